"""The worked example of CONTRIBUTING.md: one declaration, one migration, no C; built from the text that stands there."""

import os
import re
import shutil
import subprocess

import pytest

import harness.server
from harness import eventually
from harness.places import ROOT
from network import uscc
from people import LISHUI, add_platforms, administrator, register

pytestmark = pytest.mark.timeout(900)
USCC = "91440300708461136T"


def blocks():
    """{path: text} of the fenced blocks that name a file."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    found = {}
    for path, block in re.findall(r"^```\w+ (\S+)\n(.*?)^```$", text, re.M | re.S):
        found[path.rstrip("+")] = found.get(path.rstrip("+"), "") + block  # with a +: behind what is there
    return found


def copy_tree(target):
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout.decode().split("\0")
    for name in filter(None, names):
        source = ROOT / name
        if source.is_file() and not name.startswith("web/"):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name)


@pytest.fixture(scope="module")
def build(folder):
    """A tree with the example added, built."""
    tree = folder / "example"
    copy_tree(tree)
    numbers = [int(path.name[:4]) for path in (tree / "schema").glob("[0-9]*.sql")]
    number = max(numbers)
    for path, text in blocks().items():
        number += "NNNN" in path
        (tree / path.replace("NNNN", f"{number:04}")).write_text(text, encoding="utf-8")
    compiler = os.environ.get("CC") or ("ccache cc" if shutil.which("ccache") else "cc")
    run(["meson", "setup", "build", "--buildtype=debug", "-Dwerror=true"], tree, {"CC": compiler, "CCACHE_BASEDIR": str(tree)})
    run(["ninja", "-C", "build", "-j2", "tools/qiliand", "tools/qilianctl"], tree, {"CCACHE_BASEDIR": str(tree)})
    return tree / "build"


def run(words, folder, environment):
    done = subprocess.run(words, cwd=folder, env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout[-4000:]


@pytest.fixture(scope="module")
def place(build, make_installation):
    """An installation of that build."""
    before = harness.server.BUILD
    harness.server.BUILD = build
    try:
        installation = make_installation()
        add_platforms(installation, "zhejiang", "lishui")
        installation.server()
        yield installation
    finally:
        harness.server.BUILD = before


def test_the_examples_name_their_files():
    assert set(blocks()) == {f"schema/{name}" for name in ("records/seminar.yaml", "NNNN_seminar.sql", "records/booking.yaml", "NNNN_booking.sql",
                                                      "records/consultation.yaml", "NNNN_consultation.sql")}


def test_a_record_type_from_one_declaration_and_one_migration(place, sms):
    visit = place.servers[0].client
    owner = register(visit, sms, LISHUI, USCC, "13857800001", "seminars")
    reviewer = reviewer_of(place, visit)
    body = {"title": "数字化转型公开课", "begins_at": "2026-05-06T01:00:00Z", "seats": 60, "contact_phone": "0578-2091234"}
    made = owner.post("/api/v1/seminars", body).expect(201)
    path = made.headers["Location"]
    assert made.json["phase"] == "draft" and made.json["format"] == "onsite"
    assert [action["event"] for action in made.json["actions"]] == ["submit"]
    assert made.json["number"] == "GK-331100-1"

    assert owner.patch(path, {"seats": 0}, if_match=1).refused(422, "invalid").json["errors"][0]["pointer"] == "/seats"
    owner.patch(path, {"seats": 80, "fee": 10000}, if_match=1).expect(200)
    owner.patch(path, {"seats": 90}, if_match=1).refused(412, "stale")
    what_needs_no_c(owner, visit, sms, body)

    reviewer.post(f"{path}/events", {"event": "approve"}, if_match=2).refused(409, "step")
    submitted = owner.post(f"{path}/events", {"event": "submit"}, if_match=2).expect(200).json
    assert submitted["phase"] == "waiting" and submitted["due_on"] and submitted["actions"] == []
    reviewer.post(f"{path}/events", {"event": "return"}, if_match=3).refused(422, "invalid")
    opened = reviewer.post(f"{path}/events", {"event": "approve"}, if_match=3).expect(200).json
    assert opened["phase"] == "active" and opened["opened_at"]
    owner.patch(path, {"seats": 90}, if_match=4).refused(409, "phase")

    listed = reviewer.get("/api/v1/seminars", query={"phase": "active", "q": "转型"}).expect(200).json["items"]
    assert [(item["title"], item["seats"], item["contact_phone"]) for item in listed] == [("数字化转型公开课", 80, "057****1234")]
    exported = reviewer.get("/api/v1/seminars/export.csv").expect(200).text
    assert "数字化转型公开课" in exported and "技术创新" in exported and "innovation" not in exported
    assert [entry["event"] for entry in owner.get(f"{path}/history").expect(200).json["items"]] == ["approve", "submit", "changed", "created"]
    assert "/api/v1/seminars" in owner.get("/api/v1/openapi.json").expect(200).json["paths"]
    seminar, = [record for record in owner.get("/api/v1/meta").expect(200).json["records"] if record["name"] == "seminar"]
    assert seminar["refers"] == [{"field": "product_id", "to": "product", "takes": {"product_name": "name"}}]
    assert seminar["groups"] == [{"fields": ["contact_phone", "contact_email"], "at_least": 1, "at_most": 2}]
    assert seminar["compare"] == [{"left": "begins_at", "op": "<", "right": "ends_at"}]
    assert [verb["phases"] for verb in seminar["endpoints"] if verb["verb"] == "update"] == [["draft"]]
    assert [field["terms"] for field in seminar["fields"] if field["type"] == "term"] == ["categories"]
    owner.post(f"{path}/events", {"event": "close", "attended": 10001}, if_match=4).refused(422, "invalid")
    assert owner.post(f"{path}/events", {"event": "close", "attended": 75}, if_match=4).expect(200).json["attended"] == 75


def what_needs_no_c(owner, visit, sms, body):
    """References, terms, and what fields say together."""
    def fault(more):
        error, = owner.post("/api/v1/seminars", {**body, **more}).refused(422, "invalid").json["errors"]
        return error["pointer"], error["zh"], error["en"]
    other = register(visit, sms, LISHUI, uscc(), "13857800002", "others")
    product = {"name": "技术咨询服务", "category": "innovation", "pricing": "negotiable"}
    mine, theirs = (who.post("/api/v1/products", product).expect(201).json for who in (owner, other))
    unknown = ("/product_id", "没有这个相关产品，或现在不能选它", "names no Product that can be chosen now")
    assert fault({"product_id": theirs["id"]}) == fault({"product_id": "01890a5d-ac96-774b-bcce-b302099a8057"}) == unknown
    assert fault({"category": "nothing"})[0] == "/category"
    assert fault({"contact_phone": None}) == ("/contact_phone", "以下各项至少填写 1 项：咨询电话、咨询邮箱", "Fill in at least 1 of: Telephone, E-mail")
    assert fault({"ends_at": body["begins_at"]}) == ("/begins_at", "开始时间应早于结束时间", "Begins must be before Ends")
    named = owner.post("/api/v1/seminars", {**body, "product_id": mine["id"], "category": "innovation"}).expect(201).json
    assert named["product_name"] == "技术咨询服务"
    owner.patch(f"/api/v1/products/{mine['id']}", {"name": "换名的服务"}, if_match=mine["version"]).expect(200)
    assert owner.get(f"/api/v1/seminars/{named['id']}").expect(200).json["product_name"] == "技术咨询服务"


def test_a_child_of_it(place, sms):
    """Of the seminar's institution and of each enterprise that books, while the seminar is open; strangers find none of it."""
    visit = place.servers[0].client
    holder, other = (register(visit, sms, LISHUI, uscc(), f"1385780001{i}", f"holder_{i}") for i in range(2))
    first, second = (register(visit, sms, LISHUI, uscc("331102"), f"1391234567{i}", f"books_{i}", "enterprise") for i in range(2))
    reviewer = administrator(place, visit, LISHUI, "lishui", "reviewer", "booking_reviewer")
    seminar = holder.post("/api/v1/seminars", {"title": "报名的公开课", "begins_at": "2026-05-06T01:00:00Z", "contact_phone": "0578-2091234"}).expect(201)
    path = seminar.headers["Location"]
    under = f"{path}/bookings"
    first.post(under, {"people": 2}).refused(404)
    holder.post(f"{path}/events", {"event": "submit"}, if_match=1).expect(200)
    reviewer.post(f"{path}/events", {"event": "approve"}, if_match=2).expect(200)
    first.post(under, {"people": 0}).refused(422, "invalid")
    made = first.post(under, {"people": 2}).expect(201)
    one = made.headers["Location"]
    assert made.json["seminar_id"] == seminar.json["id"] and made.json["visitor_id"] == first.institution_id
    holder.post(under, {"people": 2}).refused(403)
    second.post(under, {"people": 3}).expect(201)
    shown = lambda visitor, where: len(visitor.get(where).expect(200).json["items"])
    for where in (under, "/api/v1/bookings"):
        assert [shown(visitor, where) for visitor in (holder, first, second, reviewer)] == [2, 1, 1, 2]
    other.get(under).refused(404)
    assert shown(other, "/api/v1/bookings") == 0
    for visitor in (second, other):
        visitor.get(one).refused(404)
        visitor.get(f"{one}/history").refused(404)
        visitor.post(f"{one}/events", {"event": "cancel"}, if_match=1).refused(404)
    file = lambda visitor: visitor.put("/api/v1/attachments", body=b"%PDF-1.4\n%%EOF\n", content_type="application/pdf", query={
        "record_type": "booking", "record_id": made.json["id"], "purpose": "question", "file_name": "问题.pdf"})
    file(second).refused(404)
    file(holder).refused(403)
    attached = file(first).expect(201).json["id"]
    holder.get(f"/api/v1/attachments/{attached}/content").expect(200)
    second.get(f"/api/v1/attachments/{attached}/content").refused(404)
    first.post(f"{one}/events", {"event": "confirm"}, if_match=1).refused(403)
    holder.post(f"{one}/events", {"event": "confirm"}, if_match=1).expect(200)
    file(first).refused(409)
    first.patch(one, {"people": 5}, if_match=2).refused(409)
    declared = {record["name"]: record for record in first.get("/api/v1/meta").expect(200).json["records"]}["booking"]
    assert declared["parent"] == {"record": "seminar", "plural": "seminars", "by": "seminar_id", "phases": {"create": ["active"], "fire": ["active"]}}
    assert [(side["name"], side["mine"]) for side in declared["sides"]] == [("own", True), ("visitor", True)]
    assert "/api/v1/seminars/{id}/bookings" in first.get("/api/v1/openapi.json").expect(200).json["paths"]


def test_visitors_see_what_is_declared(place, sms):
    visit = place.servers[0].client
    owner = register(visit, sms, LISHUI, uscc("331102"), "13857800055", "portal_seminars")
    reviewer = administrator(place, visit, LISHUI, "lishui", "reviewer", "portal_reviewer")
    visitor = visit(LISHUI)
    path = owner.post("/api/v1/seminars", {"title": "政策解读公开课", "begins_at": "2026-06-06T01:00:00Z", "fee": 10000,
                                           "contact_phone": "0578-2091234"}).expect(201).headers["Location"]
    seen = path.replace("/api/v1/", "/api/v1/portal/")
    visitor.get(seen).refused(404)
    owner.post(f"{path}/events", {"event": "submit"}, if_match=1).expect(200)
    reviewer.post(f"{path}/events", {"event": "approve"}, if_match=2).expect(200)
    shown = visitor.get(seen).expect(200).json
    assert set(shown) == {"id", "number", "title", "category", "product_name", "begins_at", "ends_at", "format", "seats", "fee", "details"}
    assert shown["title"] == "政策解读公开课"
    listed = visitor.get("/api/v1/portal/seminars", query={"q": "解读", "format": "onsite", "sort": "-begins_at"}).expect(200).json["items"]
    assert [item["title"] for item in listed] == ["政策解读公开课"] and "details" not in listed[0]
    visitor.get("/api/v1/portal/seminars", query={"phase": "active"}).refused(422)
    assert owner.get("/api/v1/counts/seminars").expect(200).json == {"number": 1, "sum": 10000, "by": {"active": {"number": 1, "sum": 10000}}}
    owner.post(f"{path}/events", {"event": "close"}, if_match=3).expect(200)
    mine = {"institution_id": owner.institution_id}
    assert reviewer.get("/api/v1/counts/seminars", query=mine).expect(200).json == {"number": 1, "sum": 10000, "by": {"ended": {"number": 1, "sum": 10000}}}
    visitor.get("/api/v1/counts/seminars").refused(401)
    assert place.ctl("counts", "verify") == []
    visitor.get(seen).refused(404)
    assert visitor.get("/api/v1/portal/seminars", query={"q": "解读"}).expect(200).json["items"] == []


def reviewer_of(place, visit):
    return administrator(place, visit, LISHUI, "lishui", "reviewer", "seminar_reviewer")


def test_what_crosses_platforms(place, sms):
    """The province asks an institution that is at home in a city; it answers there, on its copy."""
    visit = place.servers[0].client
    owner = register(visit, sms, LISHUI, uscc(), "13857800021", "respondent")
    stranger = register(visit, sms, LISHUI, uscc(), "13857800022", "stranger")
    desk = administrator(place, visit, "zhejiang.localhost", "zhejiang", "reviewer", "consulting")
    eventually(lambda: desk.get(f"/api/v1/institutions/{owner.institution_id}").status == 200)
    paths = [desk.post("/api/v1/consultations", {"institution_id": owner.institution_id, "question": f"第 {n} 问"}).expect(201).headers["Location"]
             for n in range(2)]
    copy = eventually(lambda: (answer := owner.get(paths[0])).status == 200 and answer)
    assert copy.json["home"] == "zhejiang" and [action["event"] for action in copy.json["actions"]] == ["answer"] and copy.json["asked"] == []
    assert desk.get(paths[0]).expect(200).json["actions"][0]["event"] == "close", "the answer is not the desk's to give"
    stranger.get(paths[0]).refused(404)
    owner.post(f"{paths[0]}/events", {"event": "close"}, if_match=copy.etag).refused(409, "copy")
    owner.post(f"{paths[0]}/events", {"event": "answer"}, if_match=copy.etag).refused(422, "invalid")
    owner.post(f"{paths[0]}/events", {"event": "answer", "answer": "已完成"}, if_match=copy.etag).expect(200)
    done = eventually(lambda: (row := owner.get(paths[0]).json)["asked"][0]["state"] == "done" and row["phase"] == "ended" and row)
    home = desk.get(paths[0]).expect(200).json
    assert done["answer"] == home["answer"] == "已完成" and done["version"] == home["version"] and home["step"] == "answered"
    # What is deleted at its home is gone from where it was copied to.
    eventually(lambda: owner.get(paths[1]).status == 200)
    desk.delete(paths[1], if_match=desk.get(paths[1]).etag).expect(204)
    eventually(lambda: owner.get(paths[1]).status == 404)
