"""Every list that can be taken as a file says what people read: words, names, yuan, China's time, a person's data as far as lists show them. In both
formats the same, in the reader's language, by a Chinese name, with a line in the log."""

import csv
import io
import re
import urllib.parse

import pytest

from declarations import Declarations
from harness import eventually
from network import Network
from spreadsheet import TYPE, Book
from test_names import publish

PLATFORMS = ("zhejiang", "hangzhou", "lishui", "suichang")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b[0-9a-f]{32,64}\b", re.I)
UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
REGION = re.compile(r"^[1-9]\d{5}$")
MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
RAW = re.compile(r"^\s*[\[{]")
TYPED = ("用户名", "user name", "编号", "number") # what people chose themselves may look like anything


@pytest.fixture(scope="module")
def network(installation, server, sms_server):
    """Something of everything: recommended and asked for more, invited, applied, published and returned, a correction proposed."""
    network = Network(installation, server, sms_server, PLATFORMS)
    institution = network.member("lishui", "331102", annual_income=816_0000_00)
    network.recommend("lishui", institution, insured_staff=22, qualified_staff=21).expect(201)
    case = network.case("zhejiang", institution.uscc)
    desk = network.desk("zhejiang")
    desk.post(f"/api/v1/cases/{case['id']}/claim").expect(200)
    tag = desk.get(f"/api/v1/cases/{case['id']}").expect(200).etag
    desk.post(f"/api/v1/cases/{case['id']}/supplement", {"items": [{"addressee": "institution", "item": "社保", "question": "请上传缴费证明"}]}, if_match=tag).expect(200)
    invited = network.member("hangzhou", "330106")
    desk.post("/api/v1/invitations", {"uscc": invited.uscc, "name": "受邀机构", "contact_name": "王五", "contact_mobile": "13900000088"}).expect(201)
    network.join(invited, "lishui")
    network.product = publish(network, invited, ["hangzhou", "lishui"])
    network.desk("hangzhou").post("/api/v1/announcements", {"title": "关于开展申报的通知", "body": [{"type": "paragraph", "text": "内容"}]})
    network.institution, network.invited = institution, invited
    return network


@pytest.fixture(scope="module")
def exports():
    """(path without its ending, roles)."""
    checker = Declarations().checker
    names = {bit: role["name"] for role in checker.role_document["roles"] for bit in (checker.bits[role["name"]],)}
    found = [(e.path[:-4], [names[bit] for bit in names if e.roles & bit]) for e in checker.endpoints if e.path.endswith("/export.csv")]
    assert len(found) >= 20 and all(any(e.path == path + ".xlsx" for e in checker.endpoints) for path, _ in found)
    return found


@pytest.fixture(scope="module")
def codes():
    """All that declarations call by a code, and the platforms' slugs."""
    checker = Declarations().checker
    found = set(PLATFORMS)
    for record in checker.records:
        found |= {code for code, _, _ in record.phases}
        for field in record.fields:
            found |= {code for code, _, _ in field.values}
    return {code for code in found if re.match(r"^[a-z_]+$", code)}


def readers(network, roles):
    for slug in PLATFORMS:
        for role in roles:
            if role in ("reviewer", "platform_admin", "system_admin", "security_admin", "audit_admin"):
                yield slug, network.desk(slug, role)
                break
    if "owner" in roles:
        yield "hangzhou", network.invited


def csv_rows(answer):
    assert answer.body.startswith(b"\xef\xbb\xbf")
    cells = csv.reader(io.StringIO(answer.body.decode("utf-8-sig")))
    return [[re.sub(r'^="(.*)"$', r"\1", cell) for cell in row] for row in cells]


def faults(path, rows, codes):
    heads = rows[0]
    for head in heads:
        if "分）" in head or "fen" in head or not head or re.match(r"^[a-z_]+$", head):
            yield f"{path}: heading {head!r}"
    if len(set(heads)) != len(heads):
        yield f"{path}: a heading twice: {heads}"
    for row in rows[1:]:
        for head, cell in zip(heads, row):
            named = any(word in head.lower() for word in TYPED)
            if UUID.search(cell) or UTC.search(cell) or REGION.match(cell) and "序号" not in head or RAW.match(cell) or MOBILE.search(cell) or \
                    re.match(r"^[a-z_]+:", cell) or cell in codes and not named:
                yield f"{path}: {head}: {cell!r}"


def test_no_export_says_what_only_machines_read(network, exports, codes):
    seen, found = {}, []
    for path, roles in exports:
        for slug, reader in readers(network, roles):
            for language in ("zh-CN", "en"):
                rows = csv_rows(reader.get(path + ".csv", headers={"Accept-Language": language}).expect(200))
                seen[path] = seen.get(path, 0) + len(rows) - 1
                # In English a code may be the very word that people read.
                known = codes if language == "zh-CN" else {code for code in codes if "_" in code}
                found += [f"{slug} {language} {fault}" for fault in faults(path, rows, known)]
                if language == "en":
                    found += [f"{slug} {path}: {head}" for head in rows[0] if re.search(r"[一-鿿]", head)]
    assert not found, "\n".join(sorted(set(found)))
    filled = {path.split("/")[3] for path, n in seen.items() if n}
    assert filled >= {"case-queue", "certified-institutions", "memberships", "listings", "invitations", "audit", "recommendations", "products", "institutions",
                      "supplements", "accounts", "notices", "cases", "applications"}, filled


def test_both_formats_say_the_same(network, exports):
    for path, roles in exports:
        for _, reader in list(readers(network, roles))[:2]:
            if path.endswith("/audit/export"):
                continue # each of them adds a line to it
            answer = reader.get(path + ".xlsx").expect(200)
            book, plain = Book(answer.body), csv_rows(reader.get(path + ".csv").expect(200))
            assert answer.headers["Content-Type"] == TYPE
            width = len(plain[0])
            assert [row + [""] * (width - len(row)) for row in book.rows] == plain, path
            assert book.frozen == ["1"], path


def test_cells_are_what_they_are(network):
    book = Book(network.desk("lishui").get("/api/v1/recommendations/export.xlsx").expect(200).body)
    row = dict(zip(book.rows[0], book.rows[1]))
    look = dict(zip(book.rows[0], book.styles[1]))
    assert row["统一社会信用代码"] == network.institution.uscc and look["统一社会信用代码"][0] == "@", look
    assert "浙江" in row["推荐至"], row
    assert row["上年度营业收入（万元）"] == "900.00" and "0.00" in look["上年度营业收入（万元）"][0], (row, look)
    assert "yyyy" in look["提交时间"][0] and re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$", row["提交时间"]), (row, look)
    assert row["提交人"] and not UUID.search(row["提交人"]), row
    cases = Book(network.desk("zhejiang").get("/api/v1/case-queue/export.xlsx").expect(200).body)
    case = dict(zip(cases.rows[0], cases.rows[1]))
    assert "浙江省丽水市" in case["所在地区"] and "yyyy-mm-dd" == dict(zip(cases.rows[0], cases.styles[1]))["应办结日期"][0], case


def test_the_file_is_called_by_what_it_holds_and_the_day(network):
    desk = network.desk("zhejiang")
    said = desk.get("/api/v1/case-queue/export.xlsx").expect(200).headers["Content-Disposition"]
    name = re.search(r"filename\*=UTF-8''(\S+)", said)[1]
    assert re.match(r"入驻受理-\d{4}-\d\d-\d\d\.xlsx$", urllib.parse.unquote(name)), said
    assert re.search(r'filename="case-queue-\d{4}-\d\d-\d\d\.xlsx"', said), said
    english = desk.get("/api/v1/memberships/export.csv", headers={"Accept-Language": "en"}).expect(200).headers["Content-Disposition"]
    assert re.match(r"memberships-\d{4}-\d\d-\d\d\.csv$", urllib.parse.unquote(re.search(r"''(\S+)", english)[1])), english


def test_filters_and_chosen_columns_hold(network):
    desk = network.desk("zhejiang")
    rows = csv_rows(desk.get("/api/v1/case-queue/export.csv", query={"columns": "uscc,actions,name", "q": network.institution.uscc}).expect(200))
    assert rows[0] == ["统一社会信用代码", "机构名称"] and [row[0] for row in rows[1:]] == [network.institution.uscc], rows
    book = Book(network.desk("lishui").get("/api/v1/memberships/export.xlsx", query={"columns": "name,phase,sources", "phase": "active"}).expect(200).body)
    assert book.rows[0] == ["机构名称", "状态", "来源"] and len(book.rows) > 1 and all(row[1] == "已入驻" for row in book.rows[1:]), book.rows
    assert len(csv_rows(desk.get("/api/v1/case-queue/export.csv", query={"columns": "nothing"}).expect(200))[0]) > 5
    desk.get("/api/v1/case-queue", query={"columns": "name"}).refused(422)
    desk.get("/api/v1/case-queue/export.xlsx", query={"region": "丽水"}).refused(422)
    desk.get("/api/v1/memberships/export.xlsx", query={"phase": "nothing"}).refused(422)


def test_an_export_leaves_a_line_in_the_log_without_what_was_searched_for(network):
    desk, audit = network.desk("lishui"), network.desk("lishui", "audit_admin")
    desk.get("/api/v1/institutions/export.xlsx", query={"q": "13900000088"}).expect(200)
    line = audit.get("/api/v1/audit", query={"kind": "institution.exported"}).expect(200).json["items"][0]
    assert line["actor_name"] and line["at"], line
    payload = network.installation.sql("SELECT payload FROM log_entry WHERE kind = 'institution.exported' ORDER BY at DESC LIMIT 1")[0][0]
    assert '"filters":["q"]' in payload and '"format":"xlsx"' in payload and "13900000088" not in payload, payload
    book = Book(audit.get("/api/v1/audit/export.xlsx", query={"kind": "institution.exported"}).expect(200).body)
    row = dict(zip(book.rows[0], book.rows[1]))
    assert row["事件"].endswith("导出") and "机构" in row["事件"], row


def test_whoever_may_not_see_the_list_takes_no_file_of_it(network, exports):
    for path, roles in exports:
        for ending in (".csv", ".xlsx"):
            network.visit("lishui").get(path + ending).refused(401)
            if "owner" not in roles:
                network.invited.get(path + ending).refused(403)
