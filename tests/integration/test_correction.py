"""Corrections (ZJ-5): who holds a copy of a profile proposes, its home decides, and the profile is the same everywhere."""

import pytest

import people
from harness import eventually
from network import Network

REASON = "营业执照上的地址已变更"


@pytest.fixture(scope="module")
def network(installation, server, sms_server):
    return Network(installation, server, sms_server)


@pytest.fixture(scope="module")
def institution(network):
    """One of a county; the city and the province above hold copies."""
    visitor = network.member("suichang", "331123")
    for slug in ("lishui", "zhejiang"):
        eventually(lambda: network.desk(slug).get(f"/api/v1/institutions/{visitor.institution_id}").status == 200)
    return visitor


def ask(visitor, institution, reason=REASON, **changes):
    return visitor.post("/api/v1/corrections", {"institution_id": institution.institution_id, "changes": changes, "reason": reason})


def shown(visitor, id):
    return visitor.get(f"/api/v1/corrections/{id}").expect(200).json


def arrived(visitor, id):
    """The row at the institution's home."""
    return eventually(lambda: (answer := visitor.get(f"/api/v1/corrections/{id}")).status == 200 and answer)


def fire(visitor, id, event, **form):
    return visitor.post(f"/api/v1/corrections/{id}/events", {"event": event, **form}, if_match=arrived(visitor, id).etag)


def profile(visitor, institution):
    return visitor.get(f"/api/v1/institutions/{institution.institution_id}").expect(200).json


def in_step(network, institution):
    """What the home has is at the city too: a request then rests on the present version."""
    eventually(lambda: profile(network.desk("lishui"), institution)["version"] == profile(institution, institution)["version"])


def todo(visitor, id, box="waiting"):
    items = visitor.get("/api/v1/workbench/todo", query={"box": box, "limit": 100}).expect(200).json["items"]
    return next((item for item in items if item["id"] == id), None)


def events(row):
    return sorted(action["event"] for action in row["actions"])


def test_accepted_by_the_institution_and_the_same_everywhere(network, institution):
    city, home = network.desk("lishui"), network.desk("suichang")
    in_step(network, institution)
    made = ask(city, institution, address="妙高街道 8 号", penalty_free=True, website="https://example.cn").expect(201)
    sent = made.json
    assert made.headers["Location"].endswith(sent["id"]) and sent["phase"] == "sent" and events(sent) == ["withdraw"]
    assert sent["changes"] == {"address": "妙高街道 8 号", "website": "https://example.cn"}, "what is so already is no change"
    assert todo(city, sent["id"], "sent")["type"] == "correction_sent"
    waiting = arrived(institution, sent["id"]).json
    assert waiting["phase"] == "waiting" and waiting["from_platform"] == "lishui" and waiting["reason"] == REASON and waiting["due_on"]
    assert events(waiting) == ["accept", "refuse"] and events(shown(home, sent["id"])) == ["accept", "refuse"]
    for side in (institution, home):
        assert todo(side, sent["id"])["type"] == "correction"
        messages = side.get("/api/v1/messages").expect(200).json["items"]
        assert any(message["title"] == "资料更正建议" and REASON in message["body"] and message["record_id"] == sent["id"] for message in messages)
    before = profile(institution, institution)
    done = fire(institution, sent["id"], "accept").expect(200).json
    assert done["phase"] == "accepted" and events(done) == [] and todo(institution, sent["id"]) is None
    after = profile(institution, institution)
    assert after["address"] == "妙高街道 8 号" and after["version"] == before["version"] + 1
    answer = eventually(lambda: (row := shown(city, sent["id"]))["phase"] == "accepted" and row)
    assert answer["decided_by"] == done["decided_by"] and answer["decided_at"] and todo(city, sent["id"], "sent") is None
    for slug in ("lishui", "zhejiang"):
        eventually(lambda: profile(network.desk(slug), institution)["address"] == "妙高街道 8 号")
    assert any(message["title"] == "更正建议已采纳" for message in city.get("/api/v1/messages").expect(200).json["items"])
    history = institution.get(f"/api/v1/institutions/{institution.institution_id}/history").expect(200).json["items"]
    assert any(REASON in (item["reason"] or "") and item["changes"] and "address" in item["changes"] for item in history)


def test_refused_with_a_reason_that_the_asking_platform_sees(network, institution):
    city = network.desk("lishui")
    sent = ask(city, institution, legal_representative="孙法人").expect(201).json
    fire(network.desk("suichang"), sent["id"], "refuse").refused(422)
    fire(network.desk("suichang"), sent["id"], "refuse", reason="登记信息无误").expect(200)
    answer = eventually(lambda: (row := shown(city, sent["id"]))["phase"] == "refused" and row)
    assert answer["answer"] == "登记信息无误" and answer["decided_by"]
    assert profile(institution, institution)["legal_representative"] == "赵法人"
    fire(institution, sent["id"], "accept").refused(409)


def test_withdrawn_while_undecided(network, institution):
    city = network.desk("lishui")
    sent = ask(city, institution, short_name="遂昌样例").expect(201).json
    ask(city, institution, short_name="遂昌样例").refused(409)
    arrived(institution, sent["id"])
    fire(city, sent["id"], "withdraw", reason="误报").expect(200)
    eventually(lambda: shown(city, sent["id"])["phase"] == "withdrawn")
    assert shown(institution, sent["id"])["phase"] == "withdrawn" and todo(institution, sent["id"]) is None
    fire(institution, sent["id"], "accept").refused(409)
    again = ask(city, institution, short_name="遂昌样例").expect(201).json
    arrived(institution, again["id"])
    fire(institution, again["id"], "refuse", reason="暂不修改").expect(200)
    eventually(lambda: shown(city, again["id"])["phase"] == "refused")


def test_faults_are_named_field_by_field(network, institution):
    city = network.desk("lishui")
    faults = {field["pointer"]: field["code"] for field in ask(city, institution, registered_on="2026-02-30", insured_staff=-1, colour="红", uscc="1",
              contact_mobile="13800000000", logo=None, name=None, type="shop", website="example.cn").refused(422).json["errors"]}
    assert faults["/changes/registered_on"] == "format" and faults["/changes/insured_staff"] == "too-small", faults
    assert faults["/changes/colour"] == "unknown" and faults["/changes/uscc"] == "read-only" and faults["/changes/name"] == "required", faults
    assert faults["/changes/contact_mobile"] == "not-correctable" and faults["/changes/logo"] == "not-correctable", faults
    assert faults["/changes/type"] == "choice" and faults["/changes/website"] == "format", faults
    same = profile(city, institution)["service_phone"]
    assert ask(city, institution, service_phone=same).refused(422).json["errors"][0]["pointer"] == "/changes"
    assert ask(city, institution).refused(422).json["errors"][0]["code"] == "unchanged"
    lists = city.post("/api/v1/corrections", {"institution_id": institution.institution_id, "changes": ["a"], "reason": "x"})
    assert lists.refused(422).json["errors"][0]["pointer"] == "/changes"
    assert ask(city, institution, reason="", address="x").refused(422).json["errors"][0]["pointer"] == "/reason"
    ask(network.desk("suichang"), institution, address="新址").refused(409)


def test_a_profile_that_moved_on_is_looked_at_again(network, institution):
    city = network.desk("lishui")
    in_step(network, institution)
    sent = ask(city, institution, introduction="城市建议的简介").expect(201).json
    arrived(institution, sent["id"])
    row = institution.get(f"/api/v1/institutions/{institution.institution_id}").expect(200)
    institution.patch(f"/api/v1/institutions/{institution.institution_id}", {"introduction": "机构自己的简介"}, if_match=row.etag).expect(200)
    fire(institution, sent["id"], "accept").refused(409)
    fire(institution, sent["id"], "accept", profile_version=row.json["version"]).refused(412)
    assert profile(institution, institution)["introduction"] == "机构自己的简介"
    fire(institution, sent["id"], "accept", profile_version=row.json["version"] + 1).expect(200)
    assert profile(institution, institution)["introduction"] == "城市建议的简介"
    eventually(lambda: shown(city, sent["id"])["phase"] == "accepted")


def test_accepting_is_an_edit_by_the_rights_of_the_one_who_accepts(network, institution):
    """The name of a member and its type are the desk's to change; a refused attempt leaves nothing behind."""
    city = network.desk("lishui")
    in_step(network, institution)
    sent = ask(city, institution, type="government_service", name="遂昌更名服务中心").expect(201).json
    arrived(institution, sent["id"])
    refused = fire(institution, sent["id"], "accept").refused(422)
    assert [field["pointer"] for field in refused.json["errors"]] == ["/changes/type"]
    assert shown(institution, sent["id"])["phase"] == "waiting"
    fire(network.desk("suichang"), sent["id"], "accept").expect(200)
    eventually(lambda: profile(city, institution)["name"] == "遂昌更名服务中心" and profile(city, institution)["type"] == "government_service")


def test_nobody_else_sees_it(network, institution):
    city, stranger = network.desk("lishui"), network.member("suichang", "331123")
    sent = ask(city, institution, address="别处看不到 1 号").expect(201).json
    etag = arrived(institution, sent["id"]).etag
    outside = (network.desk("hangzhou"), network.desk("zhejiang"), stranger)
    for visitor in outside:
        visitor.get(f"/api/v1/corrections/{sent['id']}").refused(404)
        visitor.get(f"/api/v1/corrections/{sent['id']}/history").refused(404)
        visitor.post(f"/api/v1/corrections/{sent['id']}/events", {"event": "accept"}, if_match=etag).refused(404)
        assert sent["id"] not in visitor.get("/api/v1/corrections").expect(200).text
        assert todo(visitor, sent["id"]) is None
    network.visit("suichang").get(f"/api/v1/corrections/{sent['id']}").refused(401)
    ask(network.desk("hangzhou"), institution, address="无副本").refused(404)
    ask(institution, institution, address="自己").refused(403)
    fire(city, sent["id"], "accept").refused(409)
    fire(institution, sent["id"], "withdraw").refused(409)
    fire(institution, sent["id"], "refuse", reason="不改").expect(200)
    eventually(lambda: shown(city, sent["id"])["phase"] == "refused")


def test_applied_twice_changes_nothing(network, institution):
    city, sql = network.desk("lishui"), network.installation.sql
    in_step(network, institution)
    sent = ask(city, institution, address="只改一次 3 号").expect(201).json
    fire(institution, sent["id"], "accept").expect(200)
    eventually(lambda: shown(city, sent["id"])["phase"] == "accepted")
    raw = sent["id"].replace("-", "")

    def state():
        rows = sql(f"SELECT platform_id, version, phase, answer, decided_at FROM correction WHERE id = UNHEX('{raw}') ORDER BY platform_id")
        kept = sql("SELECT platform_id, version, address FROM institution WHERE id = "
                   f"UNHEX('{institution.institution_id.replace('-', '')}') ORDER BY platform_id")
        return rows, kept, sql(f"SELECT platform_id, kind, COUNT(*) FROM log_entry WHERE record_id = UNHEX('{raw}') GROUP BY 1, 2 ORDER BY 1, 2")

    before = state()
    assert len(before[0]) == 2
    # Both read again what they have read: the home the request, the city the answer.
    for reader, source in (("suichang", "lishui"), ("lishui", "suichang")):
        first = sql(f"SELECT MIN(e.seq) FROM log_entry e JOIN tenant t ON t.id = e.platform_id WHERE t.slug = '{source}' "
                    f"AND e.record_id = UNHEX('{raw}') AND e.kind IN ('correction.asked', 'correction.created')")[0][0]
        sql(f"UPDATE log_cursor SET seq = {first} - 1 WHERE platform_id = (SELECT id FROM tenant WHERE slug = '{reader}') "
            f"AND source = (SELECT id FROM tenant WHERE slug = '{source}')")
    # Something new wakes both readers.
    other = ask(city, institution, address="再改 4 号").expect(201).json
    fire(institution, other["id"], "refuse", reason="不改").expect(200)
    eventually(lambda: shown(city, other["id"])["phase"] == "refused")
    assert state() == before


def test_what_the_home_cannot_take_is_answered(network, institution):
    """The city's copy names a home that has no such institution: refused by itself, so that nobody waits."""
    city, sql = network.desk("lishui"), network.installation.sql
    moved = network.member("suichang", "331123")
    eventually(lambda: city.get(f"/api/v1/institutions/{moved.institution_id}").status == 200)
    sql("UPDATE institution SET home_id = (SELECT id FROM tenant WHERE slug = 'longquan') WHERE platform_id = "
        f"(SELECT id FROM tenant WHERE slug = 'lishui') AND id = UNHEX('{moved.institution_id.replace('-', '')}')")
    sent = ask(city, moved, address="无人受理 5 号").expect(201).json
    answer = eventually(lambda: (row := shown(city, sent["id"]))["phase"] == "refused" and row)
    assert answer["answer"] == "该机构不属于本平台"
    network.desk("longquan").get(f"/api/v1/corrections/{sent['id']}").refused(404)
