"""Idempotency-Key: every write honours it or refuses it (core/record/repeat.h). Which do what is read from the API's own description."""

import re
import uuid

import pytest

from harness import together
from network import Network, uscc
from test_hostile import png

WRITES = ("post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def network(installation, server, sms_server):
    return Network(installation, server, sms_server, ("zhejiang", "lishui"))


@pytest.fixture(scope="module")
def owner(network):
    return network.member("lishui", "331102")


def operations(visitor):
    document = visitor.get("/api/v1/openapi.json").expect(200).json
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method in WRITES:
                named = {parameter.get("$ref", "").rsplit("/", 1)[-1] for parameter in operation.get("parameters", ())}
                yield method.upper(), re.sub(r"\{[^}]*\}", str(uuid.uuid4()), path), operation, "IdempotencyKey" in named


def test_what_takes_no_key_refuses_it(network, owner):
    """Those who may call it are told so before anything else is looked at; visitors always, whatever they call."""
    refusing = [(method, path, operation) for method, path, operation, takes in operations(owner) if not takes]
    assert len(refusing) > 15 and {path for _, path, _ in refusing} >= {"/api/v1/auth/sign-in", "/api/v1/registration/institution"}
    for method, path, operation in refusing:
        caller = owner if "owner" in operation["x-roles"] else network.visit("lishui")
        caller.request(method, path, None if method == "DELETE" else {}, key="a-key-0001").refused(400, "idempotency-key-refused")
    for method, path, operation, takes in operations(owner):
        if takes and "public" in operation["x-roles"]:
            network.visit("lishui").request(method, path, None if method == "DELETE" else {}, key="a-key-0001").refused(400, "idempotency-key-refused")
    assert owner.get("/api/v1/session").json["account"]


def test_what_takes_a_key_looks_at_it(network, owner):
    """A malformed one is told by each that its caller may call."""
    taking = [(method, path, operation) for method, path, operation, takes in operations(owner) if takes]
    desk, checked = network.desk("lishui"), 0
    for method, path, operation in taking:
        for name, caller in (("owner", owner), ("reviewer", desk)):
            if name in operation["x-roles"] and "*/*" not in (operation.get("requestBody") or {}).get("content", {}):
                caller.request(method, path, None if method == "DELETE" else {}, key="short").refused(400, "malformed")
                checked += 1
    assert checked > 40


def twice(what, status, good=lambda answer: True):
    """The same request again: the same answer, said to be a repetition."""
    key = uuid.uuid4().hex
    first, second = what(key).expect(status), what(key)
    assert good(first), first
    assert (second.status, second.body, second.headers["Content-Type"]) == (first.status, first.body, first.headers["Content-Type"]), second
    assert second.headers["Idempotency-Replayed"] == "true" and not first.headers["Idempotency-Replayed"]
    return first, second


def test_a_list_of_invitations(network):
    desk = network.desk("zhejiang")
    rows = "\r\n".join(["统一社会信用代码,机构名称,联系人,手机,邮箱,附言", *(f"{uscc()},甲乙服务中心,,13900001111,," for _ in range(3)), ""]).encode()
    query = {"dry_run": "false"}

    def send(key, body=rows):
        return desk.post("/api/v1/invitations/import", body=body, content_type="text/csv", query=query, key=key)
    first, second = twice(send, 201)
    assert second.headers["Content-Disposition"] == first.headers["Content-Disposition"]
    assert first.text.count("/join#code=") == 3 or first.text.count("http") == 3
    key = uuid.uuid4().hex
    send(key, rows.replace(b"13900001111", b"139")).expect(422)
    send(key, rows.replace(b"13900001111", b"13900002222")).expect(200)  # who is invited already gets no second: the key was free again
    count = int(network.installation.sql("SELECT COUNT(*) FROM invitation")[0][0])
    assert count == 3
    kept = network.installation.sql("SELECT answer FROM operation WHERE answer IS NOT NULL")
    code = re.search(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){3}", first.text).group()
    assert kept and not any(code in answer or code.replace("-", "") in answer for answer, in kept)


def test_an_upload_and_its_other_bytes(owner):
    product = owner.post("/api/v1/products", {"name": "重试上传", "category": "policy", "pricing": "negotiable"}).expect(201).json
    query = {"record_type": "product", "record_id": product["id"], "purpose": "picture", "file_name": "a.png"}

    def send(key, picture=png(8, 8)):
        return owner.put("/api/v1/attachments", body=picture, content_type="image/png", query=query, key=key)
    twice(send, 201)
    key = uuid.uuid4().hex
    send(key).expect(201)
    send(key, png(9, 9)).refused(422, "idempotency-key-reused")


def test_a_sub_account_whose_link_is_shown_once(network, owner):
    body = {"user_name": "sub_again", "name": "子账号", "mobile": "13700000001", "permissions": ["products"]}
    first, _ = twice(lambda key: owner.post("/api/v1/sub-accounts", body, key=key), 201)
    assert first.json["link"]
    link = first.json["link"].split("#", 1)[1]
    assert not any(link in answer for answer, in network.installation.sql("SELECT answer FROM operation WHERE answer IS NOT NULL"))


def test_work_of_several_transactions(network, owner):
    """Redeeming a code, deciding several: what failed may be tried again with its key, what took effect is told."""
    code = network.desk("zhejiang").post("/api/v1/invitations", {"uscc": owner.uscc, "name": "受邀机构", "contact_mobile": owner.mobile}).expect(201).json["code"]
    key = uuid.uuid4().hex
    owner.post("/api/v1/invitations/redeem", {"code": code, "consent": False}, key=key).refused(422)
    owner.post("/api/v1/invitations/redeem", {"code": code, "consent": False}, key=key).refused(422)
    twice(lambda k: owner.post("/api/v1/invitations/redeem", {"code": code, "consent": True}, key=k), 200, lambda a: a.json["state"] == "redeemed")
    again = lambda k: owner.post("/api/v1/invitations/redeem", {"code": code, "consent": True}, key=k)  # noqa: E731
    first, second = again("redeem-used-1"), again("redeem-used-1")
    assert first.status == second.status == 409 and first.json["outcome"] == second.json["outcome"] == "used"
    other = network.register("lishui", "331102")
    other.post("/api/v1/applications", {"platform": "lishui", "statement": "申请入驻", "consent": True}).expect(201)
    case, desk = network.case("lishui", other.uscc), network.desk("lishui")
    version = int(desk.get(f"/api/v1/cases/{case['id']}").expect(200).etag.strip('"'))
    items = [{"id": case["id"], "version": version}]
    twice(lambda k: desk.post("/api/v1/cases/decide", {"event": "approve", "items": items}, key=k), 200, lambda a: not a.json["results"][0]["problem"])


def test_the_same_at_once(network, owner):
    """Of many at a time one does it; the others get its answer, or are told to ask again."""
    body = {"user_name": "sub_at_once", "name": "子账号", "mobile": "13700000002", "permissions": []}
    copies = [owner.copy() for _ in range(8)]
    answers = together(8, lambda i: copies[i].post("/api/v1/sub-accounts", body, key="at-once-0001"))
    made = [answer for answer in answers if answer.status == 201]
    assert made and len({answer.body for answer in made}) == 1
    assert all(answer.code == "operation-under-way" and answer.headers["Retry-After"] for answer in answers if answer.status != 201), answers
    owner.post("/api/v1/sub-accounts", body, key="at-once-0001").expect(201)


def test_a_server_that_died_in_between(network, owner):
    """Before its first transaction: the work is done anew. Behind it: nobody knows the answer, and that is said, for good."""
    sql = network.installation.sql
    body = {"user_name": "sub_died", "name": "子账号", "mobile": "13700000003", "permissions": []}
    send = lambda: owner.post("/api/v1/sub-accounts", body, key="died-0001")  # noqa: E731
    send().expect(201)

    def leave(status, age):
        sql(f"UPDATE operation SET status = {status}, answer = NULL, expires_at = UTC_TIMESTAMP(3) + INTERVAL 24 HOUR - INTERVAL {age} SECOND"
            " WHERE op_key = 'died-0001'")
    leave(2, -2)
    send().refused(409, "operation-under-way")
    leave(3, -2)
    send().refused(409, "operation-under-way")
    leave(3, 1)
    send().refused(409, "operation-answer-lost")
    leave(2, 1)
    assert send().status == 422  # the name is taken: it ran
