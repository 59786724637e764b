"""Papers of entry: the recommendation form, the summary, the file of a case; as PDF, in words, for whom they are meant."""

import hashlib
import os
import pathlib
import re
import subprocess
import urllib.parse

import pytest

from harness import together
from network import Network
from spreadsheet import Book
from test_exports import UTC, UUID
from test_page_words import pages  # noqa: F401 - a fixture

KEEP = os.environ.get("QILIAN_PAPERS")
NAME = "𠮷龘〇" * 30 + "丽水数字服务有限公司"


@pytest.fixture(scope="module")
def network(make_installation, sms_server, pages):  # noqa: F811 - the fixture
    installation = make_installation(changes={"web_folder": str(pages)})
    return Network(installation, installation.server(), sms_server, ("zhejiang", "hangzhou", "lishui"))


@pytest.fixture(scope="module")
def sent(network):
    institution = network.member("lishui", "331102", name=NAME)
    sent = network.recommend("lishui", institution, reason="服务能力强，企业评价好", insured_staff=22, qualified_staff=21).expect(201).json
    return institution, sent, network.case("zhejiang", institution.uscc)


def text_of(answer):
    assert answer.expect(200).headers["Content-Type"] == "application/pdf" and answer.body.startswith(b"%PDF-"), answer
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=answer.body, stdout=subprocess.PIPE, check=True)
    text = done.stdout.decode()
    if KEEP: # to be looked at
        (pathlib.Path(KEEP) / f"{hashlib.sha256(answer.body).hexdigest()[:8]}.pdf").write_bytes(answer.body)
    assert not UUID.search(text) and not UTC.search(text) and "(null)" not in text and not re.search(r"\b(institution|annual|region|not)_[a-z]+", text), text
    return text


def flat(text):
    return re.sub(r"\s+", "", text)


def test_the_recommendation_form_says_what_was_recommended(network, sent):
    institution, recommendation, case = sent
    desk, path = network.desk("lishui"), f"/api/v1/recommendations/{sent[1]['id']}/form.pdf"
    answer = desk.get(path)
    text = text_of(answer)
    for word in ("服务机构入驻推荐表", institution.uscc, "900.00 万元", "服务能力强，企业评价好", "推荐单位（盖章）", "第1页共", "浙江省丽水市"):
        assert flat(word) in flat(text), (word, text)
    assert flat(text).count("𠮷龘〇") >= 30 and "参保人数" in text and re.search(r"参保人数（人）\s+22", text), text
    name = urllib.parse.unquote(re.search(r"filename\*=UTF-8''(\S+)", answer.headers["Content-Disposition"])[1])
    assert name.startswith("推荐表-") and name.endswith(".pdf"), name
    assert desk.get(path).expect(200).body == answer.body, "the same content, other bytes"
    assert "Recommendation for entry" in text_of(desk.get(path, query={"lang": "en"}))
    # The deciding platform has the same of the source that it got.
    source = network.desk("zhejiang").get(f"/api/v1/cases/{case['id']}/detail").expect(200).json["sources"][0]["id"]
    there = text_of(network.desk("zhejiang").get(f"/api/v1/cases/{case['id']}/sources/{source}/form.pdf"))
    assert "服务能力强，企业评价好" in there and case["number"] in there and institution.uscc in there, there


def test_the_file_of_a_case_holds_all_that_belongs_to_it(network, sent):
    institution, _, case = sent
    desk, path = network.desk("zhejiang"), f"/api/v1/cases/{sent[2]['id']}/file.pdf"
    desk.post(f"/api/v1/cases/{case['id']}/claim").expect(200)
    before = text_of(desk.get(path))
    assert "审核决定" not in before and case["number"] in before and "平台推荐" in before and "入驻条件" in before, before
    conditions = desk.get(f"/api/v1/cases/{case['id']}").expect(200).json["conditions"]
    assert all(flat(one["zh"])[:5] in flat(before) for one in conditions) and len(conditions) > 5 and "900.00万元" in flat(before), before
    network.fire("zhejiang", case, "approve", reason="符合入驻条件").expect(200)
    after = text_of(desk.get(path))
    assert "审核决定" in after and "符合入驻条件" in after and "办理过程" in after and "通过" in after, after
    assert desk.get(path).expect(200).body == desk.get(path).expect(200).body
    line = network.installation.sql("SELECT payload FROM log_entry WHERE kind = 'entry_case.exported' ORDER BY at DESC LIMIT 1")[0][0]
    assert '"format":"pdf"' in line, line


def test_the_summary_lists_what_the_filter_names(network, sent):
    institution, _, _ = sent
    desk = network.desk("lishui")
    text = text_of(desk.get("/api/v1/recommendations/summary.pdf"))
    assert "服务机构入驻推荐汇总表" in text and flat(institution.uscc) in flat(text) and "共1家" in flat(text), text
    assert "共0家" in flat(text_of(desk.get("/api/v1/recommendations/summary.pdf", query={"phase": "refused"})))
    desk.get("/api/v1/recommendations/summary.pdf", query={"phase": "nothing"}).refused(422)


def test_a_summary_of_a_selection_holds_exactly_that(network, sent):
    """Some of what the list shows, as PDF and as .xlsx; what is wrong with the selection is named, and nothing is left out of it unsaid."""
    desk, paper, sheet = network.desk("lishui"), "/api/v1/recommendations/summary.pdf", "/api/v1/recommendations/summary.xlsx"
    others = [network.member("lishui", "331102") for _ in range(2)]
    for other in others:
        network.recommend("lishui", other, insured_staff=22, qualified_staff=21).expect(201)
    rows = {row["uscc"]: row["id"] for row in desk.get("/api/v1/recommendations", query={"limit": 200}).expect(200).json["items"]}
    chosen = ",".join([rows[sent[0].uscc], rows[others[0].uscc], rows[others[0].uscc]])
    text = flat(text_of(desk.get(paper, query={"ids": chosen})))
    assert "共2家" in text and flat(sent[0].uscc) in text and flat(others[0].uscc) in text and flat(others[1].uscc) not in text, text
    book = Book(desk.get(sheet, query={"ids": chosen}).expect(200).body)
    assert {line[2] for line in book.rows[1:]} == {sent[0].uscc, others[0].uscc}, book.rows
    assert "共1家" in flat(text_of(desk.get(paper, query={"q": others[1].uscc}))), "the filter's words count as well"
    unknown = "01941900-0000-7000-8000-000000000000"
    for ids, code in ((unknown, "not-found"), (f"{chosen},{unknown}", "not-found"), ("x" * 36, "id"), (chosen + ",", "id"),
                      (",".join(f"01941900-0000-7000-8000-{i:012x}" for i in range(151)), "too-many")):
        for path in (paper, sheet):
            fault = desk.get(path, query={"ids": ids}).refused(422).json["errors"][0]
            assert fault["pointer"] == "/ids" and fault["code"] == code and fault["zh"] and fault["en"], fault
    province = network.desk("zhejiang")
    assert province.get(paper, query={"ids": rows[sent[0].uscc]}).refused(422).json["errors"][0]["code"] == "not-found"


def scanned(answer, folder):
    """What a telephone reads in the paper's corner."""
    (folder / "paper.pdf").write_bytes(answer.body)
    subprocess.run(["pdftoppm", "-r", "150", "-png", "-f", "1", "-l", "1", "-singlefile", "paper.pdf", "paper"], cwd=folder, check=True)
    done = subprocess.run(["zbarimg", "-q", "--raw", "-Sdisable", "-Sqrcode.enable", folder / "paper.png"], stdout=subprocess.PIPE, check=True)
    return done.stdout.decode().strip()


def code_of(answer):
    done = subprocess.run(["pdftotext", "-", "-"], input=answer.body, stdout=subprocess.PIPE, check=True)
    return re.search(r"核验码\s*((?:[0-9A-Z]{4}-){3}[0-9A-Z]{4})", done.stdout.decode())[1]


def verified(visitor, **query):
    return visitor.get("/api/v1/papers/verify", query=query).expect(200).json


def papers(network, sent):
    """(who gets it, its path, kind, number) of each paper that there is."""
    _, recommendation, case = sent
    source = network.desk("zhejiang").get(f"/api/v1/cases/{case['id']}/detail").expect(200).json["sources"][0]["id"]
    return [("lishui", f"recommendations/{recommendation['id']}/form.pdf", "推荐表", None), ("lishui", "recommendations/summary.pdf", "推荐汇总表", None),
            ("zhejiang", f"cases/{case['id']}/file.pdf", "审核案卷", case["number"]), ("zhejiang", f"cases/{case['id']}/sources/{source}/form.pdf", "推荐表", case["number"])]


def test_whoever_holds_a_paper_learns_whether_it_is_the_one_that_was_issued(network, sent, tmp_path):
    for slug, path, kind, number in papers(network, sent):
        answer = network.desk(slug).get(f"/api/v1/{path}").expect(200)
        visitor, digest, code = network.visit(slug), hashlib.sha256(answer.body).hexdigest(), code_of(answer)
        assert scanned(answer, tmp_path).endswith(f"/verify/{code.replace('-', '')}") and f"//{slug}." in scanned(answer, tmp_path)
        assert f"/verify/{code.replace('-', '')})".encode() in answer.body, "the QR code is a link as well"
        seen = verified(visitor, sha256=digest)
        assert (seen["result"], seen["kind"], seen["number"]) == ("same", kind, number) and seen["day"] and seen["issuer"], seen
        assert set(seen) == {"result", "kind", "number", "day", "issuer"}, "who the paper is about is no answer"
        assert verified(visitor, sha256=digest.upper(), code=code.lower()) == seen
        # One byte changed, as whoever forges an amount would: whether the code is known or not.
        forged = hashlib.sha256(answer.body.replace(b"0", b"1", 1)).hexdigest()
        assert verified(visitor, sha256=forged) == {"result": "unknown", "kind": None, "number": None, "day": None, "issuer": None}
        changed = verified(visitor, sha256=forged, code=code)
        assert changed == {**seen, "result": "different"}
        assert verified(visitor, code=code) == {**seen, "result": "issued"}
        # Another genuine paper under this one's code is not this one.
        other = network.desk("lishui").get("/api/v1/recommendations/summary.pdf", query={"lang": "en"}).expect(200)
        if slug == "lishui":
            assert verified(visitor, sha256=hashlib.sha256(other.body).hexdigest(), code=code)["result"] == "different"
        # Another platform answers for its own alone.
        assert verified(network.visit("hangzhou"), sha256=digest, code=code)["result"] == "unknown"


def test_a_paper_is_known_once_and_from_when_it_was_first_made(network, sent):
    path = f"/api/v1/recommendations/{sent[1]['id']}/form.pdf"
    desk = network.desk("lishui")
    body = desk.get(path).expect(200).body
    together(8, lambda i: desk.get(path, query={"lang": "en"}).expect(200))
    rows = network.installation.sql("SELECT COUNT(*), COUNT(DISTINCT sha256), COUNT(DISTINCT code) FROM issued_paper WHERE record_id = UNHEX('%s')"
                                    % sent[1]["id"].replace("-", ""))
    assert rows == [["2", "2", "2"]], rows
    assert desk.get(path).expect(200).body == body
    listed = desk.get("/api/v1/papers").expect(200).json["items"]
    assert {item["kind"] for item in listed} == {"recommendation", "summary"}, listed
    assert all("sha256" not in item and "record_id" not in item for item in listed), listed
    network.visit("lishui").get("/api/v1/papers").refused(401)
    sent[0].get("/api/v1/papers").refused(403)


def test_what_is_no_hash_and_no_code_finds_nothing(network):
    visitor = network.visit("lishui")
    for query in ({}, {"code": "nothing at all"}, {"code": "0" * 16}, {"sha256": "0" * 64}, {"sha256": "f" * 64, "code": "%" * 200}):
        assert verified(visitor, **query)["result"] == "unknown", query
    for query in ({"sha256": "0" * 63}, {"sha256": "g" * 64}, {"code": "1" * 201}):
        visitor.get("/api/v1/papers/verify", query=query).refused(422)


def test_without_scripts_the_page_says_the_same(network, sent):
    answer = network.desk("lishui").get(f"/api/v1/recommendations/{sent[1]['id']}/form.pdf").expect(200)
    visitor, digest, code = network.visit("lishui"), hashlib.sha256(answer.body).hexdigest(), code_of(answer)
    page = visitor.get(f"/verify/{code.replace('-', '')}").expect(200).text
    assert "有此文书" in page and "certutil" in page and sent[0].uscc not in page, page
    assert "核验一致" in visitor.get("/verify", query={"code": code, "sha256": digest}).expect(200).text
    assert "核验不一致" in visitor.get("/verify", query={"code": code, "sha256": "0" * 64}).expect(200).text
    assert "Not known" in visitor.get("/verify", query={"sha256": "0" * 64, "lang": "en"}).expect(200).text
    assert "role=\"status\"" not in visitor.get("/verify").expect(200).text
    assert "<b>" not in visitor.get("/verify", query={"code": "<b>"}).expect(200).text


def test_papers_are_for_those_who_see_the_record(network, sent):
    institution, recommendation, case = sent
    for path in (f"recommendations/{recommendation['id']}/form.pdf", f"cases/{case['id']}/file.pdf", "recommendations/summary.pdf"):
        network.visit("lishui").get(f"/api/v1/{path}").refused(401)
        institution.get(f"/api/v1/{path}").refused(403)
    network.desk("hangzhou").get(f"/api/v1/recommendations/{recommendation['id']}/form.pdf").refused(404)
    network.desk("lishui").get(f"/api/v1/cases/{case['id']}/file.pdf").refused(404)
    network.desk("zhejiang").get(f"/api/v1/cases/{case['id']}/sources/01941900-0000-7000-8000-000000000000/form.pdf").refused(404)
