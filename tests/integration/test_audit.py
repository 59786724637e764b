"""The audit log answers who approved an institution, and why: found by name, code, number and person, in words."""

import csv
import io
import json
import re
import time

import pytest

from harness import LONG, eventually
from network import Network

LOG = "/api/v1/audit"
REASON = "材料齐全，实地核验属实"


@pytest.fixture(scope="module")
def network(installation, server, sms_server):
    return Network(installation, server, sms_server, slugs=("zhejiang", "lishui"))


@pytest.fixture(scope="module")
def approved(network):
    institution = network.member("lishui", "331102")
    network.recommend("lishui", institution).expect(201)
    case = network.case("zhejiang", institution.uscc)
    network.fire("zhejiang", case, "approve", reason=REASON).expect(200)
    eventually(lambda: network.standing(institution, "zhejiang") == "active")
    institution.name = institution.get(f"/api/v1/institutions/{institution.institution_id}").json["name"]
    institution.case = case
    return institution


@pytest.fixture(scope="module")
def audit(network):
    return network.desk("zhejiang", "audit_admin")


def entries(audit, **query):
    return audit.get(LOG, query={"limit": 200, **query}).expect(200).json["items"]


def test_a_page_of_the_log_is_one_of_so_many(network, approved, audit):
    """Pages by offset are those by cursor, with and without words; the total is how many all pages hold."""
    for more in ({}, {"q": approved.uscc}, {"kind": "entry_case.approve"}, {"actor": "审核"}, {"q": "没有这样的机构"}):
        first = audit.get(LOG, query={"limit": 2, "total": "true", **more}).expect(200).json
        seen, cursor = [], None
        while True:
            page = audit.get(LOG, query={"limit": 2, **({"cursor": cursor} if cursor else {}), **more}).expect(200).json
            assert "total" not in page
            here = audit.get(LOG, query={"limit": 2, "offset": len(seen), **more}).expect(200).json
            assert [one["seq"] for one in here["items"]] == [one["seq"] for one in page["items"]], more
            seen += [one["seq"] for one in page["items"]]
            cursor = page["next"]
            if not cursor:
                break
        assert (first["total"], first["total_more"]) == (len(seen), False) and len(set(seen)) == len(seen), more
    audit.get(LOG, query={"offset": 10_001}).refused(422)
    audit.get(LOG, query={"offset": "x"}).refused(422)


def test_who_approved_it_and_why(network, approved, audit):
    reviewer = network.desk("zhejiang").get("/api/v1/account").expect(200).json
    for words in (approved.name, approved.uscc, approved.uscc.lower(), approved.case["number"], approved.name[1:]):
        found = [one for one in entries(audit, q=words) if one["kind"] == "entry_case.approve"
                 and one["record_id"] == approved.case["id"]]
        assert len(found) == 1, (words, found)
    one = found[0]
    assert one["event_text"] == "通过", one
    assert one["actor_name"] == reviewer["name"] and one["role_text"] == "审核员"
    said = {line["label"]: line["text"] for line in one["says"]}
    assert said["理由"] == REASON and "→" in said["状态"], said
    assert one["about"]["number"] == approved.case["number"] and one["about"]["institution"] == approved.name
    assert one["about"]["uscc"] == approved.uscc
    english = audit.get(LOG, query={"q": approved.uscc, "kind": "entry_case.approve"}, headers={"Accept-Language": "en"}).expect(200).json["items"][0]
    assert english["event_text"] == "Approve" and {line["label"] for line in english["says"]} >= {"Reason", "State"}, english
    # By whom: all that the reviewer did, and nothing else.
    theirs = entries(audit, q=reviewer["name"])
    assert "entry_case.approve" in {one["kind"] for one in theirs} and {one["actor_name"] for one in theirs} == {reviewer["name"]}
    assert entries(audit, actor=reviewer["name"][1:], kind="entry_case.approve")
    # The membership that came of it is found by the same words.
    assert "membership.admit" in {one["kind"] for one in entries(audit, q=approved.uscc)}
    assert entries(audit, q="没有这样的机构") == [] and entries(audit, actor="没有此人") == []


def test_pages_days_and_bad_words(network, approved, audit):
    whole = entries(audit, q=approved.uscc)
    seen, cursor = [], None
    while True:
        page = audit.get(LOG, query={"q": approved.uscc, "limit": 3, **({"cursor": cursor} if cursor else {})}).expect(200).json
        seen += [one["seq"] for one in page["items"]]
        cursor = page["next"]
        if not cursor:
            break
    assert seen == [one["seq"] for one in whole] == sorted(seen, reverse=True) and len(set(seen)) == len(seen)
    everything = audit.get(LOG, query={"limit": 200}).json["items"]
    middle = everything[len(everything) // 2]["at"]
    assert {one["seq"] for one in entries(audit, **{"from": middle})} == {one["seq"] for one in everything if one["at"] >= middle}
    assert {one["seq"] for one in entries(audit, to=middle)} == {one["seq"] for one in everything if one["at"] <= middle}
    assert entries(audit, **{"from": "2000-01-01T00:00:00Z"}) == everything and entries(audit, to="2000-01-01T00:00:00Z") == []
    assert entries(audit, **{"from": "2999-01-01T00:00:00Z"}) == []
    for name in ("q", "kind", "record_type", "record_id", "actor_id", "actor", "from", "to", "cursor", "limit"):
        for text in ("通过", "𠮷%_'\\\"", "张" * 60, "-1", "ａｂ"):
            for path in (LOG, f"{LOG}/export.csv"):
                assert audit.get(path, query={name: text}).status in (200, 422), (name, text)


def test_words_and_no_codes(network, approved, audit):
    words = audit.get(f"{LOG}/words").expect(200).json
    shown = [one["text"] for one in words["kinds"] + words["types"]]
    assert len(words["kinds"]) > 10 and "entry_case" in {one["code"] for one in words["types"]}
    assert not [text for text in shown if re.search(r"[a-z_]{3,}", text)], shown
    for one in entries(audit):
        texts = [one["event_text"], one["type_text"]] + [
            part for line in one["says"] if line["label"] != "用户名" for part in (line["label"], line["text"])]
        for text in texts:
            assert text and not re.search(r"[0-9a-f]{32}|^[a-z]+_[a-z_]+$|[0-9a-f]{8}-[0-9a-f]{4}", text), (one, text)
    export = audit.get(f"{LOG}/export.csv", query={"q": approved.uscc}).expect(200).body.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(export)))
    row = next(row for row in rows if row["事件"].endswith(" · 通过") and row["编号"] == approved.case["number"])
    assert row["机构或人员"] == approved.name and REASON in row["内容"] and "{" not in export, row
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", export)


def test_no_values_of_business_fields(network, approved, audit):
    desk = network.desk("lishui", "audit_admin")
    path = f"/api/v1/institutions/{approved.institution_id}"
    network.desk("lishui").patch(path, {"introduction": "审计看不到的简介"}, if_match=approved.get(path).etag).expect(200)
    found = desk.get(LOG, query={"q": approved.uscc, "kind": "institution.changed"}).expect(200)
    assert "审计看不到的简介" not in found.text and found.json["items"][0]["about"]["institution"] == approved.name
    assert {line["label"] for line in found.json["items"][0]["says"]} == {"涉及"}


def plan(network, sql):
    return network.installation.sql("EXPLAIN FORMAT=JSON " + sql)[0][0]


def test_a_log_of_a_million_is_not_read_through(network, approved, audit):
    zhejiang = int(network.installation.sql("SELECT id FROM tenant WHERE slug = 'zhejiang'")[0][0])
    if LONG:  # entries of many people about many records, as old as the log
        network.installation.sql(
            "INSERT INTO log_entry (platform_id, seq, epoch, kind, record_type, record_id, audience, actor_id, actor_name, at, commitment, leaf, salt, payload) "
            f"SELECT {zhejiang}, 1000000 + s.seq, 1, ELT(1 + s.seq MOD 3, 'product.changed', 'institution.changed', 'account.signed_in'), 'product', "
            "UNHEX(MD5(s.seq MOD 90000)), 0, UNHEX(MD5(s.seq MOD 5000)), CONCAT('人员', s.seq MOD 5000), "
            "NOW(3) + INTERVAL s.seq SECOND, UNHEX(SHA2('', 256)), UNHEX(SHA2('', 256)), UNHEX(MD5('')), '{}' FROM seq_1_to_1000000 s")
        network.installation.sql("ANALYZE TABLE log_entry")
    names = plan(network, f"SELECT DISTINCT e.actor_name FROM log_entry e WHERE e.platform_id = {zhejiang} AND e.actor_name IS NOT NULL")
    assert '"key": "actor"' in names.replace("\\", ""), names
    taken = {}
    for query in ({"q": approved.name}, {"q": approved.case["number"]}, {"actor": "zhejiang"}, {"kind": "entry_case.approve"},
                  {"q": "没有这样的"}, {"from": "2026-01-01T00:00:00Z", "to": "2999-01-01T00:00:00Z"}, {}):
        began = time.monotonic()
        entries(audit, **query)
        taken[str(query)] = round((time.monotonic() - began) * 1000, 1)
    print(json.dumps(taken, ensure_ascii=False))
    if LONG:
        network.installation.sql(f"DELETE FROM log_entry WHERE platform_id = {zhejiang} AND seq > 1000000")
    assert max(taken.values()) < 5000, taken


def test_messages_by_kinds_that_are_named(network, approved):
    desk = network.desk("lishui")
    inbox = eventually(lambda: (page := desk.get("/api/v1/messages/inbox").expect(200).json)["items"] and page)
    kinds = {one["code"]: one for one in inbox["kinds"]}
    assert kinds["recommendation"]["text"] == "推荐" and kinds["recommendation"]["total"] >= 1, kinds
    assert inbox["unread"] == desk.get("/api/v1/messages/unread").json["unread"] == sum(one["unread"] for one in inbox["items"])
    only = desk.get("/api/v1/messages/inbox", query={"kind": "recommendation", "limit": 1}).expect(200).json
    assert {one["record_type"] for one in only["items"]} == {"recommendation"} and only["items"][0]["kind"] == "推荐"
    assert bool(only["next"]) == (kinds["recommendation"]["total"] > 1)
    first = next(one for one in inbox["items"] if one["unread"])
    desk.post(f"/api/v1/messages/{first['id']}/read", {}).expect(204)
    unread = desk.get("/api/v1/messages/inbox", query={"unread": "true"}).expect(200).json
    assert first["id"] not in [one["id"] for one in unread["items"]] and all(one["unread"] for one in unread["items"])
    desk.post("/api/v1/messages/read-all", {}).expect(204)
    after = desk.get("/api/v1/messages/inbox", query={"unread": "true"}).expect(200).json
    assert after["items"] == [] and after["unread"] == 0 and desk.get("/api/v1/messages/inbox").json["items"]
    # The institution hears its own; each its own marks, and nobody those of others.
    theirs = approved.get("/api/v1/messages/inbox").expect(200).json
    assert theirs["items"] and not {one["id"] for one in theirs["items"]} & {one["id"] for one in inbox["items"]}
    english = desk.get("/api/v1/messages/inbox", headers={"Accept-Language": "en"}).json["items"][0]
    assert not re.search(r"[\u4e00-\u9fff]", english["title"]) or english["title"]
    for query in ({"kind": "推荐"}, {"cursor": "x"}, {"limit": 0}, {"unread": "也许"}):
        desk.get("/api/v1/messages/inbox", query=query).refused(422)


def test_an_institution_is_invited_by_the_contact_on_file(network):
    institution = network.member("lishui", "331102")
    desk = network.desk("zhejiang")
    known = eventually(lambda: (rows := desk.get("/api/v1/institutions", query={"uscc": institution.uscc}).json["items"]) and rows[0])
    assert "*" in known["contact_mobile"]  # a page shows it in part, and cannot send it back
    given = {"uscc": institution.uscc, "name": known["name"]}
    desk.post("/api/v1/invitations", given).refused(422)
    issued = desk.post("/api/v1/invitations", {**given, "contact_on_file": True}).expect(201).json
    assert issued["delivery"] == "queued"
    eventually(lambda: any(sms.mentions(issued["code"]) for sms in [network.sms.wait(institution.mobile)]))
    stranger = {"uscc": "91330000MA27XXXX0L", "name": "本平台不认识的机构", "contact_on_file": True}
    answer = desk.post("/api/v1/invitations", stranger)
    assert answer.status == 422, answer
