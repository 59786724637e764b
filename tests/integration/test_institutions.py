"""Institutions: registration, codes, claim and join, profile, qualifications, attachments, sub-accounts, unmasking, notices."""

import struct
import zlib

import pytest
from harness.client import Client
from harness.places import ROOT
from harness.wait import eventually, together

from people import (HANGZHOU, LISHUI, PASSWORD, ZHEJIANG, add_platforms, administrator, ask_code, register, registration, sign_in,
                    token_of)

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def uscc(number, check=True, pair="91"):
    """A valid code of Lishui's registrar; pair: department and category."""
    eight = f"MA{number:06d}"
    values = {c: i for i, c in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")}
    digit = 11 - sum(values[c] * w for c, w in zip(eight, (3, 7, 9, 10, 5, 8, 4, 2))) % 11
    code = f"{pair}331100" + eight + {10: "X", 11: "0"}.get(digit, str(digit))
    right = (31 - sum(ALPHABET.index(c) * (3 ** i % 31) for i, c in enumerate(code)) % 31) % 31
    return code + ALPHABET[right if check else (right + 1) % 31]


def png(width=60, height=40):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + b"".join(bytes((x * 4 % 256, y * 6 % 256, 128)) for x in range(width)) for y in range(height))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


@pytest.fixture(scope="module")
def place(installation):
    add_platforms(installation, "zhejiang", "hangzhou", "lishui")
    installation.server()
    return installation


@pytest.fixture
def visit(place):
    return lambda host, **options: Client(place.servers[0].port, host, **options)


@pytest.fixture(scope="module")
def numbers():
    return iter(range(1, 999999))


@pytest.fixture
def newcomer(visit, sms, numbers):
    """Registers one more institution at Lishui (or elsewhere)."""
    def one(host=LISHUI, kind="institution", **more):
        number = next(numbers)
        visitor = register(visit, sms, host, uscc(number), f"1370000{number:04d}", f"service{number:04d}", kind, **more)
        visitor.number, visitor.user_name = number, f"service{number:04d}"
        return visitor
    return one


@pytest.fixture
def reviewer(place, visit, numbers):
    return administrator(place, visit, LISHUI, "lishui", "reviewer", f"reviewer{next(numbers)}")


def make_member(place, visitor, platform="lishui"):
    """As if the platform had admitted it."""
    place.sql(f"""INSERT INTO membership (platform_id, id, home_id, institution_id, institution_home, uscc, name, way, phase, step, created_at, updated_at)
        SELECT t.id, UNHEX(REPLACE(UUID(), '-', '')), t.id, i.id, i.home_id, i.uscc, i.name, 'self', 'active', 'active', NOW(3), NOW(3)
        FROM institution i JOIN tenant t ON t.slug = '{platform}' WHERE i.id = UNHEX(REPLACE('{visitor.institution_id}', '-', ''))
        AND i.platform_id = i.home_id""")


def remind_now(place, visitor):
    """The job that reminds runs once an hour, and when a server starts that finds it due."""
    place.sql(f"""UPDATE qualification SET expires_on = CURRENT_DATE + INTERVAL 5 DAY
        WHERE institution_id = UNHEX(REPLACE('{visitor.institution_id}', '-', ''))""")
    place.sql("UPDATE job_standing SET next_at = '2000-01-01' WHERE kind = 'qualification_remind'")
    place.servers[0].restart()


# ---- Registration ----

def test_registration_opens_account_and_institution(newcomer):
    person = newcomer()
    account = person.get("/api/v1/session").expect(200).json["account"]
    assert account["roles"] == ["owner"] and account["institution_id"] == person.institution_id
    mine = person.get("/api/v1/institution").expect(200).json
    assert mine["uscc"] == uscc(person.number) and mine["type"] == "social_service" and mine["home"] == "lishui"
    assert mine["contact_mobile"] == f"1370000{person.number:04d}"


def test_an_enterprise_registers_freely(newcomer):
    person = newcomer(kind="enterprise")
    account = person.get("/api/v1/session").expect(200).json["account"]
    assert account["roles"] == ["enterprise"] and account["kind"] == "enterprise"
    assert person.get("/api/v1/institution").json["type"] == "enterprise"


def test_every_department_and_category_is_answered(visit):
    """GB 32100, positions 1-2: each pair there is gets as far as its SMS code, both ways; all others are refused by name."""
    visitor, asked = visit(LISHUI), {"institution": set(), "enterprise": set()}
    for pair in (a + b for a in ALPHABET for b in ALPHABET):
        for kind, known in asked.items():
            answer = visitor.post(f"/api/v1/registration/{kind}", registration(uscc(990001, pair=pair), "13900009002", "any_department", "000000"))
            fields = {one["pointer"]: one["code"] for one in answer.json.get("errors", ())}
            assert answer.status == 422, f"{kind} {pair}: {answer.status} {answer.text}"
            if "/uscc" in fields:
                assert fields == {"/uscc": "uscc-category" if pair[0] in "123456789ANY" else "uscc-department"}, f"{kind} {pair}"
            else:
                known.add(pair)
    assert asked["institution"] == asked["enterprise"] and len(asked["institution"]) == 36


def test_the_code_says_what_kind_of_organisation_registers(newcomer, visit, sms, numbers):
    """ZJ-8 rests on it: social organisations are relaxed, law firms need be no legal person."""
    for pair, kind in (("12", "public_institution"), ("31", "partnership"), ("51", "association"), ("52", "private_non_enterprise"),
                       ("53", "foundation"), ("81", "association"), ("N2", "other")):
        number = next(numbers)
        assert visit(LISHUI).get("/api/v1/uscc", query={"uscc": uscc(number, pair=pair)}).expect(200).json["organisation_type"] == kind
        visitor = register(visit, sms, LISHUI, uscc(number, pair=pair), f"1370000{number:04d}", f"service{number:04d}")
        assert visitor.get("/api/v1/institution").expect(200).json["organisation_type"] == kind, pair
    told = newcomer(organisation_type="partnership")  # 91 as well: what the form says goes before
    assert told.get("/api/v1/institution").json["organisation_type"] == "partnership"


def test_a_second_registration_leads_to_claim_or_join(newcomer, visit, sms, numbers):
    first = newcomer()
    visitor = visit(HANGZHOU)
    answer = visitor.post("/api/v1/registration/institution", registration(uscc(first.number), "13900009001", "second_comer", "000000"))
    answer.refused(409, "uscc-registered")
    assert answer.json["home"] == "lishui" and "丽水" in answer.json["zh"]
    assert first.user_name not in answer.text.replace(f"测试服务机构 {first.user_name}", "") and "李经办" not in answer.text
    looked = visit(HANGZHOU).get("/api/v1/uscc", query={"uscc": uscc(first.number).lower()}).expect(200).json
    assert looked["valid"] and looked["registered"] and looked["home"] == "lishui"


def test_two_registrations_of_one_code_at_once(visit, sms, numbers, place):
    number = next(numbers)
    hosts = [LISHUI, HANGZHOU] * 3
    visitors = [visit(host) for host in hosts]
    codes = [ask_code(visitor, sms, f"1390001{i:04d}", "register") for i, visitor in enumerate(visitors)]
    answers = together(6, lambda i: visitors[i].post("/api/v1/registration/institution", registration(
        uscc(number), f"1390001{i:04d}", f"racer_{i}", codes[i])).status)
    assert sorted(answers) == [201, 409, 409, 409, 409, 409], answers
    assert place.sql(f"SELECT COUNT(*) FROM identity WHERE uscc = '{uscc(number)}'") == [["1"]]
    assert place.sql("SELECT COUNT(*) FROM account WHERE user_name LIKE 'racer%'") == [["1"]]
    assert place.sql(f"SELECT COUNT(*) FROM institution WHERE uscc = '{uscc(number)}' AND home_id = platform_id") == [["1"]]


def test_bad_codes_are_told_and_nothing_is_stored(visit, numbers, place, reviewer, sms):
    before = place.sql("SELECT COUNT(*) FROM account")
    wrong = {"000000000000000000": "uscc-department", "9144030070846I136T": "uscc-alphabet", "9144030070846113": "uscc-length",
             "12430000MBOL67976N": "uscc-alphabet"}
    for code, fault in wrong.items():
        answer = visit(LISHUI).post("/api/v1/registration/institution", registration(code, "13900009002", "bad_code", "000000"))
        assert answer.refused(422).json["errors"][0]["code"] == fault, answer
    # A wrong SMS code is refused too.
    visit(LISHUI).post("/api/v1/registration/institution", registration(uscc(next(numbers)), "13900009002", "bad_code", "000000")).refused(422, "sms-code")
    assert place.sql("SELECT COUNT(*) FROM account") == before
    # A check digit that fails is for a reviewer to accept, with a reason.
    soft = uscc(next(numbers), check=False)
    visitor = visit(LISHUI)
    code = ask_code(visitor, sms, "13900009003", "register")
    visitor.post("/api/v1/registration/institution", registration(soft, "13900009003", "soft_code", code)).refused(422)
    reviewer.post("/api/v1/institutions/accept-uscc", {"uscc": soft, "reason": "营业执照原件核对无误"}).expect(204)
    visitor.post("/api/v1/registration/institution", registration(soft, "13900009003", "soft_code", code)).expect(201)


def waits(visitor, request):
    items = visitor.get("/api/v1/workbench/todo", query={"type": "identity_request", "limit": 100}).expect(200).json["items"]
    return next((item for item in items if item["id"] == request), None)


def test_claiming_is_decided_by_the_platform(newcomer, visit, sms, reviewer, place):
    owner = newcomer()
    claimant = visit(LISHUI)
    code = ask_code(claimant, sms, "13900002001", "register")
    ask = {"kind": "claim", "user_name": "claimant", "password": PASSWORD, "person_name": "真负责人", "mobile": "13900002001", "code": code,
           "uscc": uscc(owner.number), "statement": "我是法定代表人"}
    request = claimant.post("/api/v1/registration/identity-request", ask).expect(201).json["request_id"]
    assert claimant.get("/api/v1/session").json["account"]["roles"] == ["guest"]
    claimant.get(f"/api/v1/institutions/{owner.institution_id}").refused(403)
    evidence = claimant.put("/api/v1/attachments", body=b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n", content_type="application/pdf", query={
        "record_type": "identity_request", "record_id": request, "purpose": "evidence", "file_name": "营业执照.pdf"}).expect(201).json
    assert owner.get("/api/v1/identity-requests").expect(200).json["items"]
    assert waits(reviewer, request)["applicant"] == "真负责人" and waits(owner, request) is None
    owner.post(f"/api/v1/identity-requests/{request}/events", {"event": "approve"}, if_match=1).refused(403)
    listed = reviewer.get("/api/v1/attachments", query={"record_type": "identity_request", "record_id": request}).expect(200).json["items"]
    assert [item["id"] for item in listed] == [evidence["id"]]
    reviewer.get(f"/api/v1/attachments/{evidence['id']}/content").expect(200)
    # Who holds it is told by all ways known, and may object first.
    told = place.sql("SELECT channel, recipient_hint FROM notice WHERE template = 'identity_claim_filed' ORDER BY channel")
    assert [row[0] for row in told] == ["sms", "email"], told  # contact and owner are one person here, who is told once by each way
    assert owner.get("/api/v1/messages").json["items"][0]["title"].startswith("有人申请认领")
    early = reviewer.post(f"/api/v1/identity-requests/{request}/events", {"event": "approve", "reason": "核对无误"}, if_match=1).refused(409)
    assert "异议" in early.json["zh"] and "object until" in early.json["en"]
    place.sql("UPDATE identity_request SET objection_until = '2026-01-05'")
    reviewer.post(f"/api/v1/identity-requests/{request}/events", {"event": "approve", "reason": "核对无误"}, if_match=1).expect(200)
    assert place.sql("SELECT COUNT(*) FROM notice WHERE template = 'identity_claim_granted'") != [["0"]]
    claimant.get("/api/v1/account").refused(401)  # the change of roles ended the session
    sign_in(claimant, "claimant").expect(200)
    assert claimant.get("/api/v1/session").json["account"]["roles"] == ["owner"]
    sign_in(owner, owner.user_name).expect(200)
    assert owner.get("/api/v1/session").json["account"]["roles"] == ["staff"]


def test_an_objection_is_heard_before_a_claim_is_granted(newcomer, visit, sms, reviewer, place):
    owner, claimant = newcomer(), visit(LISHUI)
    code = ask_code(claimant, sms, "13900002003", "register")
    ask = {"kind": "claim", "user_name": "claimant_b", "password": PASSWORD, "person_name": "自称负责人", "mobile": "13900002003", "code": code,
           "uscc": uscc(owner.number), "statement": "我是法定代表人"}
    request = claimant.post("/api/v1/registration/identity-request", ask).expect(201).json["request_id"]
    path = f"/api/v1/identity-requests/{request}"
    fire = lambda who, **body: who.post(f"{path}/events", body, if_match=who.get(path).etag)
    fire(reviewer, event="object", reason="代为异议").refused(403)
    fire(owner, event="object").refused(422)
    fire(owner, event="object", reason="此人已于去年离职").expect(200)
    fire(owner, event="object", reason="再说一次").refused(409)
    assert [row["title"] for row in reviewer.get("/api/v1/messages").json["items"] if "异议" in row["title"]]
    shown = reviewer.get(path).expect(200).json
    assert shown["objection"] == "此人已于去年离职" and shown["objected_name"]
    fire(reviewer, event="approve").refused(422)
    fire(reviewer, event="refuse", reason="未能证明").expect(200)
    assert owner.get("/api/v1/session").json["account"]["roles"] == ["owner"]


def test_joining_is_decided_by_the_owner(newcomer, visit, sms, reviewer):
    owner = newcomer()
    colleague = visit(LISHUI)
    code = ask_code(colleague, sms, "13900002002", "register")
    ask = {"kind": "join", "user_name": "colleague", "password": PASSWORD, "person_name": "同事", "mobile": "13900002002", "code": code,
           "uscc": uscc(owner.number), "statement": "我是市场部员工"}
    request = colleague.post("/api/v1/registration/identity-request", ask).expect(201).json["request_id"]
    assert waits(owner, request)["applicant"] == "同事" and waits(reviewer, request) is None
    for record in sorted(path.stem for path in (ROOT / "schema" / "records").glob("*.yaml")):  # of none but the own request, belonging nowhere yet
        for where in (owner.institution_id, request):
            if record != "identity_request":
                which = {"record_type": record, "record_id": where}
                colleague.get("/api/v1/attachments", query=which).refused(404)
                colleague.put("/api/v1/attachments", body=png(), content_type="image/png",
                              query={**which, "purpose": "evidence", "file_name": "x.png"}).refused(404)
    reviewer.post(f"/api/v1/identity-requests/{request}/events", {"event": "approve"}, if_match=1).refused(403)
    owner.post(f"/api/v1/identity-requests/{request}/events", {"event": "approve"}, if_match=1).expect(200)
    sign_in(colleague, "colleague").expect(200)
    account = colleague.get("/api/v1/session").json["account"]
    assert account["roles"] == ["staff"] and account["institution_id"] == owner.institution_id


# ---- The profile ----

def test_only_the_home_writes_and_others_see_nothing(newcomer, visit, place):
    person, other = newcomer(), newcomer()
    mine = person.get("/api/v1/institution").expect(200)
    path = f"/api/v1/institutions/{person.institution_id}"
    person.patch(path, {"introduction": "提供数字化转型服务", "annual_income": 300000000}, if_match=mine.etag).expect(200)
    person.patch(path, {"introduction": "旧"}, if_match=mine.etag).refused(412)
    person.patch(path, {"uscc": uscc(999000)}, if_match=2).refused(422)
    other.get(path).refused(404)
    other.patch(path, {"introduction": "x"}, if_match=2).refused(404)
    visit(LISHUI).get(path).refused(401)
    person.at(ZHEJIANG).get(path).refused(401)


def test_a_profile_goes_to_the_platforms_above(newcomer, place, visit, numbers):
    person = newcomer()
    mine = person.get("/api/v1/institution")
    person.patch(f"/api/v1/institutions/{person.institution_id}", {"short_name": "新简称"}, if_match=mine.etag).expect(200)
    hub = administrator(place, visit, ZHEJIANG, "zhejiang", "reviewer", f"hub{next(numbers)}")
    copy = eventually(lambda: next((item for item in hub.get("/api/v1/institutions", query={"q": uscc(person.number)}).expect(200).json["items"]
                                    if item["short_name"] == "新简称"), None), 10)
    assert copy["id"] == person.institution_id
    one = hub.get(f"/api/v1/institutions/{person.institution_id}").expect(200)
    assert one.json["editable"] is False and "138" not in str(one.json["contact_email"])
    hub.patch(f"/api/v1/institutions/{person.institution_id}", {"short_name": "改"}, if_match=one.etag).refused(409)


def test_a_member_is_renamed_by_its_platform(newcomer, place, reviewer):
    person = newcomer()
    path = f"/api/v1/institutions/{person.institution_id}"
    person.patch(path, {"name": "改名之前可自行更正"}, if_match=1).expect(200)
    make_member(place, person)
    person.patch(path, {"name": "入驻之后不可自行更名"}, if_match=2).refused(409)
    reviewer.patch(path, {"name": "经平台审核更名"}, if_match=2).expect(200)
    assert place.sql(f"SELECT name FROM identity WHERE uscc = '{uscc(person.number)}'") == [["经平台审核更名"]]


# ---- Qualifications and files ----

def test_qualifications_with_attachments(newcomer, place, visit):
    person, other = newcomer(), newcomer()
    bad = {"kind": "other", "name": "质量管理体系认证", "issued_on": "2025-03-01", "expires_on": "2024-03-01"}
    person.post("/api/v1/qualifications", bad).refused(422)
    made = person.post("/api/v1/qualifications", {**bad, "expires_on": "2028-03-01"}).expect(201)
    where = {"record_type": "qualification", "record_id": made.json["id"], "purpose": "certificate"}
    picture = person.put("/api/v1/attachments", body=png(900, 500), content_type="image/png", query={**where, "file_name": "证书 扫描.png"}).expect(201).json
    assert picture["picture"] and picture["media_type"] == "image/png"
    for size in ("original", "large", "medium", "small"):
        got = person.get(f"/api/v1/attachments/{picture['id']}/content", query={"size": size}).expect(200)
        assert got.body[:4] == (b"\x89PNG" if size == "original" else b"\xff\xd8\xff\xe0") or got.body[:2] == b"\xff\xd8"
        assert "filename*=UTF-8''%E8%AF%81" in got.headers["Content-Disposition"]
    other.get(f"/api/v1/attachments/{picture['id']}/content").refused(404)
    visit(LISHUI).get(f"/api/v1/attachments/{picture['id']}/content").refused(401)
    other.put("/api/v1/attachments", body=png(), content_type="image/png", query={**where, "file_name": "x.png"}).refused(404)
    # What lies about itself is refused, and nothing is left.
    before = place.sql("SELECT COUNT(*) FROM attachment")
    person.put("/api/v1/attachments", body=b"MZ\x90\0 not a picture", content_type="image/png", query={**where, "file_name": "a.png"}).refused(415)
    person.put("/api/v1/attachments", body=png()[:60], content_type="image/png", query={**where, "file_name": "a.png"}).refused(422)
    person.put("/api/v1/attachments", body=b"", content_type="image/png", query={**where, "file_name": "a.png"}).refused(400)
    assert place.sql("SELECT COUNT(*) FROM attachment") == before
    cleaned = person.put("/api/v1/attachments", body=png(), content_type="image/png", query={**where, "file_name": "..\\..//etc/passwd"}).expect(201)
    assert cleaned.json["file_name"] == "passwd"
    person.delete(f"/api/v1/attachments/{picture['id']}").expect(204)
    person.get(f"/api/v1/attachments/{picture['id']}/content").refused(404)
    person.delete(f"/api/v1/qualifications/{made.json['id']}", if_match=made.etag).expect(204)


def test_a_qualification_that_expires_is_reminded_of_once(newcomer, place, sms):
    person = newcomer()
    person.post("/api/v1/qualifications", {"kind": "other", "name": "高新技术企业", "expires_on": "2028-03-01"}).expect(201)
    sms.clear()
    remind_now(place, person)
    sent = sms.wait(f"1370000{person.number:04d}", timeout=15)
    assert "高新技术企业" in sent.fields["text"]
    found = person.get("/api/v1/messages").expect(200).json["items"]
    assert any("高新技术企业" in item["body"] for item in found)
    assert person.get("/api/v1/messages/unread").json["unread"] == len(found)
    person.post(f"/api/v1/messages/{found[0]['id']}/read").expect(204)
    assert person.get("/api/v1/messages/unread").json["unread"] == len(found) - 1


# ---- The profile's figures ----

def test_qualified_staff_are_some_of_all(newcomer, place):
    person = newcomer()
    path = f"/api/v1/institutions/{person.institution_id}"
    def change(**values):
        return person.patch(path, values, if_match=person.get(path).expect(200).etag)
    change(full_time_staff=10, insured_staff=12, qualified_staff=10).expect(200)
    for values, word in (({"qualified_staff": 11}, "专职"), ({"full_time_staff": 9}, "专职"), ({"full_time_staff": 20, "qualified_staff": 13}, "参保"),
                         ({"full_time_staff": None, "insured_staff": 9}, "参保")):
        fault, = change(**values).refused(422, "invalid").json["errors"]
        assert fault["pointer"] == "/qualified_staff" and word in fault["zh"] and "more of them than" in fault["en"], fault
    change(full_time_staff=None, insured_staff=None, qualified_staff=11).expect(200)
    # What was written before does not stand in the way of something else.
    place.sql(f"UPDATE institution SET full_time_staff = 1 WHERE id = UNHEX(REPLACE('{person.institution_id}', '-', ''))")
    change(address="人民路 2 号").expect(200)
    change(qualified_staff=12).refused(422, "invalid")


# ---- Sub-accounts (DX-14) ----

def test_sub_accounts(newcomer, place, visit):
    owner, other = newcomer(), newcomer()
    body = {"user_name": "sub_account_1", "mobile": "13600000001", "permissions": ["products", "messages"], "password": "a first password 9"}
    owner.post("/api/v1/sub-accounts", body).refused(409)
    make_member(place, owner)
    owner.post("/api/v1/sub-accounts", {**body, "user_name": "short"}).refused(422)
    owner.post("/api/v1/sub-accounts", {**body, "user_name": "有汉字的名字"}).refused(422)
    owner.post("/api/v1/sub-accounts", {**body, "permissions": ["everything"]}).refused(422)
    made = owner.post("/api/v1/sub-accounts", body).expect(201).json
    owner.post("/api/v1/sub-accounts", {**body, "user_name": "sub_account_2"}).refused(422)  # the mobile is taken
    sub = visit(LISHUI)
    sign_in(sub, "sub_account_1", body["password"]).expect(200)
    assert sub.get("/api/v1/session").json["account"]["needs"] == "password"
    sub.get("/api/v1/institution").refused(403, "password-change-required")
    sub.post("/api/v1/auth/password", {"old_password": body["password"], "new_password": "my own choice 33"}).expect(204)
    account = sub.get("/api/v1/session").json["account"]
    assert account["roles"] == ["staff"] and account["permissions"] == ["products", "messages"] and account["needs"] is None
    sub.get("/api/v1/institution").expect(200)
    sub.get("/api/v1/sub-accounts").refused(403)
    listed = owner.get("/api/v1/sub-accounts").expect(200).json["items"]
    assert {item["user_name"] for item in listed} >= {"sub_account_1"} and "136****0001" in str(listed)
    assert other.get("/api/v1/sub-accounts").json["items"][0]["user_name"] == other.user_name
    other.delete(f"/api/v1/sub-accounts/{made['id']}").refused(404)
    link = owner.post(f"/api/v1/sub-accounts/{made['id']}/password", {}).expect(200).json["link"]
    sub.post("/api/v1/auth/link", {"token": token_of(link), "password": "yet another lake 5"}).expect(200)
    owner.delete(f"/api/v1/sub-accounts/{made['id']}").expect(204)
    sub.get("/api/v1/institution").refused(401)
    sign_in(visit(LISHUI), "sub_account_1", "yet another lake 5").refused(403, "account-disabled")


def test_a_sub_account_writes_where_it_was_given_a_menu(newcomer, place, visit):
    owner = newcomer()
    make_member(place, owner)
    product = {"name": "子账号权限检测", "category": "testing", "pricing": "negotiable", "summary": "用于核对子账号能做什么。", "contact_phone": "0578-2000001",
               "description": [{"type": "paragraph", "text": "内容"}]}
    mine = owner.post("/api/v1/products", product).expect(201)
    paper = {"kind": "licence", "name": "资质证书", "issuer": "发证机关"}

    def sub(number, permissions):
        name = f"given_menus_{number}"
        made = owner.post("/api/v1/sub-accounts", {"user_name": name, "mobile": f"1360000020{number}", "permissions": permissions, "password": "a first password 9"}).expect(201)
        person = visit(LISHUI)
        sign_in(person, name, "a first password 9").expect(200)
        person.post("/api/v1/auth/password", {"old_password": "a first password 9", "new_password": "my own choice 33"}).expect(204)
        return made.json["id"], person

    goods_id, goods = sub(1, ["products"])
    _, papers = sub(2, ["qualifications"])
    # Who was given the menu reads and writes (what else is read by which: test_menus.py).
    made = goods.post("/api/v1/products", product).expect(201).json
    papers.get("/api/v1/products").refused(403, "no-menu")
    papers.post("/api/v1/products", product).refused(403, "no-menu")
    papers.patch(f"/api/v1/products/{mine.json['id']}", {"summary": "改"}, if_match=mine.etag).refused(403, "no-menu")
    papers.post("/api/v1/qualifications", paper).expect(201)
    goods.post("/api/v1/qualifications", paper).refused(403, "no-menu")
    own = goods.get("/api/v1/institution").expect(200)
    goods.patch(f"/api/v1/institutions/{owner.institution_id}", {"address": "新址 1 号"}, if_match=own.etag).refused(403, "no-menu")
    # Publishing is given apart, and so is deleting, which delists.
    publish = {"products": [made["id"]], "platforms": ["lishui"]}
    goods.post("/api/v1/products/publish", publish).refused(403, "no-menu")
    goods.post(f"/api/v1/products/{made['id']}/delete", {}).refused(403, "no-menu")
    owner.post("/api/v1/products/publish", publish).expect(200)
    # A file is part of its record.
    query = {"record_type": "product", "record_id": made["id"], "purpose": "evidence", "file_name": "a.txt"}
    papers.put("/api/v1/attachments", body=b"text", content_type="text/plain", query=query, key=None).refused(403, "no-menu")
    # Figures are a menu of their own.
    owner.get("/api/v1/statistics").expect(200)
    goods.get("/api/v1/statistics").refused(403, "no-menu")
    # What the account may not do is not declared to it.
    declared = {record["name"]: record for record in papers.get("/api/v1/meta").expect(200).json["records"]}
    verbs = {endpoint["name"] for endpoint in declared["product"]["endpoints"]}
    assert not verbs & {"product_list", "product_create", "product_update", "product_publish"}
    # A key of the account can do no more than the account.
    key = papers.post("/api/v1/api-keys", {"name": "导出", "days": 30}).expect(201).json["key"]
    robot = visit(LISHUI, token=key, origin=None)
    robot.get("/api/v1/products").refused(403, "no-menu")
    robot.post("/api/v1/products", product).refused(403, "no-menu")
    # Given later: after the sign-in that a change of rights asks for.
    owner.patch(f"/api/v1/sub-accounts/{goods_id}", {"permissions": ["products", "publish"]}).expect(200)
    sign_in(goods, "given_menus_1", "my own choice 33").expect(200)
    goods.post("/api/v1/products/delist", publish).expect(200)


def test_what_waits_follows_the_menus(newcomer, place, visit):
    owner = newcomer()
    make_member(place, owner)
    owner.post("/api/v1/qualifications", {"kind": "licence", "name": "将到期证书", "issuer": "发证机关", "expires_on": "2020-01-09"}).expect(201)
    owner.post("/api/v1/sub-accounts", {"user_name": "waits_for_me", "mobile": "13600000299", "permissions": ["products"], "password": "a first password 9"}).expect(201)
    person = visit(LISHUI)
    sign_in(person, "waits_for_me", "a first password 9").expect(200)
    person.post("/api/v1/auth/password", {"old_password": "a first password 9", "new_password": "my own choice 33"}).expect(204)
    assert [item["type"] for item in owner.get("/api/v1/workbench/todo").json["items"]] == ["qualification"]
    assert person.get("/api/v1/workbench/todo").json["items"] == [] and person.get("/api/v1/workbench/counts").json["waiting"] == 0


# ---- Masking and notices ----

def test_unmasking_is_on_record(newcomer, reviewer, place, visit, numbers):
    person = newcomer()
    mobile = f"1370000{person.number:04d}"
    seen = reviewer.get(f"/api/v1/institutions/{person.institution_id}").expect(200)
    assert mobile not in seen.text and f"137****{person.number:04d}" in seen.text
    ask = {"record": "institution", "id": person.institution_id, "field": "contact_mobile"}
    reviewer.post("/api/v1/unmask", ask).refused(422)
    assert reviewer.post("/api/v1/unmask", {**ask, "reason": "电话核实"}).expect(200).json["value"] == mobile
    reviewer.post("/api/v1/unmask", {**ask, "field": "introduction", "reason": "x"}).refused(404)
    audit = administrator(place, visit, LISHUI, "lishui", "audit_admin", f"audit{next(numbers)}")
    found = audit.get("/api/v1/audit", query={"kind": "institution.unmasked"}).expect(200).json["items"]
    assert found[0]["details"]["reason"] == "电话核实" and mobile not in str(found)


def test_email_follows_when_sms_fails_for_good(visit, sms, smtp, newcomer, place):
    person = newcomer()
    mobile = f"1370000{person.number:04d}"
    person.post("/api/v1/qualifications", {"kind": "other", "name": "双软认证", "expires_on": "2028-03-01"}).expect(201)
    sms.refuse(400)
    remind_now(place, person)
    mail = smtp.wait(f"{person.user_name}@example.cn", timeout=15)
    assert "双软认证" in mail.text and "资质" in mail.subject
    states = place.sql("SELECT channel, state FROM notice WHERE template = 'qualification_expiring' AND record_id IS NOT NULL ORDER BY created_at")
    assert ["sms", "replaced"] in states and ["email", "sent"] in states
    assert mobile not in str(place.sql("SELECT text, recipient_hint FROM notice"))


def test_a_vendor_that_is_down_is_tried_again(visit, sms, place):
    sms.refuse(503)
    visit(LISHUI).post("/api/v1/auth/sms-code", {"mobile": "13500000009", "use": "register"}).expect(202)
    eventually(lambda: place.sql("SELECT attempts FROM notice WHERE recipient_hint = '135****0009' AND attempts > 0"), 10)
    sms.clear()
    place.sql("UPDATE notice SET next_at = NOW(3) WHERE recipient_hint = '135****0009'")
    sms.wait("13500000009")
    eventually(lambda: place.sql("SELECT state FROM notice WHERE recipient_hint = '135****0009'") == [["sent"]], 5)
    assert place.sql("SELECT COUNT(*) FROM notice WHERE recipient_hint = '135****0009' AND secret_sealed IS NOT NULL") == [["0"]]


def test_administrators_read_the_log_of_notices(place, visit, numbers):
    admin = administrator(place, visit, LISHUI, "lishui", "system_admin", f"sysadmin{next(numbers)}")
    items = admin.get("/api/v1/notices", query={"template": "sms_code"}).expect(200).json["items"]
    assert items and all("******" in item["text"] for item in items)
