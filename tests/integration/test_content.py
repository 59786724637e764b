"""Public content (HN-4): events with seats, calls for projects, regulations, service resources; from desk, member, visitor and stranger."""

import datetime

import pytest

import people
from test_page_words import pages  # noqa: F401 - a fixture
from harness import eventually, together
from network import Network, uscc
from test_institutions import png

pytestmark = pytest.mark.timeout(300)
PLURALS = ("event-notices", "project-calls", "regulations", "service-resources")
BODY = [{"type": "paragraph", "text": "请各企业按时参加。"}]
WHO = {"organisation": "丽水启明精密机械有限公司", "contact_name": "钱采购", "contact_mobile": "13700000001"}


@pytest.fixture(scope="module")
def network(make_installation, sms_server, pages):  # noqa: F811 - the fixture
    installation = make_installation(changes={"web_folder": str(pages)})
    return Network(installation, installation.server(), sms_server, ("zhejiang", "hangzhou", "lishui", "longquan"))


@pytest.fixture(scope="module")
def desk(network):
    return network.desk("lishui")


@pytest.fixture(scope="module")
def members(network):
    return [people.register(network.server.client, network.sms, "lishui.localhost", uscc("331102"), f"1365555{n:04}", f"member{n:02}", "enterprise")
            for n in range(10)]


@pytest.fixture(scope="module")
def visitor(network):
    return network.visit("lishui")


def at(**ahead):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(**ahead)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def sample(plural, **more):
    return {
        "event-notices": {"title": "产线数字化公开日", "organiser": "丽水市经信局", "place": "丽水市人民路 1 号三楼", "begins_at": at(days=10),
                          "ends_at": at(days=10, hours=3), "register_until": at(days=9), "seats": 3, "summary": "参观两条产线", "body": BODY},
        "project-calls": {"title": "2027 年度数字化改造项目申报", "opens_at": at(days=-1), "closes_at": at(days=30), "applicants": "规模以上工业企业",
                          "amount": 50000000, "how": "在线填报后交纸质件", "documents": "申报书、审计报告", "office": "市经信局", "body": BODY},
        "regulations": {"title": "关于支持中小企业数字化改造的意见", "issuer": "丽水市人民政府", "document_number": "丽政发〔2026〕8 号",
                        "issued_on": "2026-01-05", "effective_on": "2026-02-01", "body": BODY},
        "service-resources": {"name": "金属材料检测中心", "kind": "testing", "provider": "丽水市质检院", "place": "丽水市中山街 8 号", "body": BODY},
    }[plural] | more


def fire(who, plural, row, event, **form):
    version = who.get(f"/api/v1/{plural}/{row['id']}").expect(200).etag
    return who.post(f"/api/v1/{plural}/{row['id']}/events", {"event": event, **form}, if_match=version)


def publish(desk, plural, **more):
    row = desk.post(f"/api/v1/{plural}", sample(plural, **more)).expect(201).json
    fire(desk, plural, row, "publish").expect(200)
    return row


def change(desk, plural, row, **values):
    version = desk.get(f"/api/v1/{plural}/{row['id']}").expect(200).etag
    return desk.patch(f"/api/v1/{plural}/{row['id']}", values, if_match=version)


def register(member, event):
    return member.post(f"/api/v1/event-notices/{event['id']}/event-registrations", WHO)


def turn(network):
    """The server looks for what is due, now."""
    network.installation.sql("UPDATE job_standing SET next_at = '2000-01-01', ran_at = NULL WHERE kind = 'by_itself'")
    eventually(lambda: network.installation.sql("SELECT ran_at IS NOT NULL, failures FROM job_standing WHERE kind = 'by_itself'") == [["1", "0"]], 20)


def told(member, text):
    return [one for one in member.get("/api/v1/messages", query={"limit": 100}).expect(200).json["items"] if text in one["body"]]


@pytest.mark.parametrize("plural", PLURALS)
def test_from_draft_to_withdrawn(network, desk, members, visitor, plural):
    row = desk.post(f"/api/v1/{plural}", sample(plural)).expect(201).json
    seen = lambda: visitor.get(f"/api/v1/portal/{plural}/{row['id']}").status
    listed = lambda: row["id"] in [one["id"] for one in visitor.get(f"/api/v1/portal/{plural}").expect(200).json["items"]]
    assert seen() == 404 and not listed(), "a draft is the desk's"
    fire(desk, plural, row, "publish").expect(200)
    assert seen() == 200 and eventually(listed)
    shown = visitor.get(f"/api/v1/portal/{plural}/{row['id']}").json
    assert shown["body"] == BODY and shown["published_at"] and "reason" not in shown
    for stranger in (members[0], visitor, network.desk("hangzhou")):
        assert stranger.get(f"/api/v1/{plural}/{row['id']}").status in (401, 403, 404)
        assert stranger.post(f"/api/v1/{plural}", sample(plural)).status in (401, 403) or stranger is not members[0]
    fire(desk, plural, row, "withdraw").refused(422)
    fire(desk, plural, row, "withdraw", reason="内容有误").expect(200)
    assert seen() == 404 and eventually(lambda: not listed())
    assert change(desk, plural, row, body=[]).status == 409, "what was withdrawn stays as it was"
    assert [one["event"] for one in desk.get(f"/api/v1/{plural}/{row['id']}/history").json["items"]][:2] == ["withdraw", "publish"]


def test_what_is_wrong_is_named(desk):
    def faults(plural, **more):
        return [fault["pointer"] for fault in desk.post(f"/api/v1/{plural}", sample(plural, **more)).refused(422).json["errors"]]
    assert faults("event-notices", register_until=at(days=11)) == ["/register_until"]
    assert faults("event-notices", ends_at=at(days=9)) == ["/begins_at"]
    assert faults("project-calls", closes_at=at(days=-2)) == ["/opens_at"]
    assert faults("regulations", expires_on="2026-01-31") == ["/effective_on"]
    assert faults("project-calls", state="open") == ["/state"], "no one says that it is open"
    assert faults("service-resources", kind="boat") == ["/kind"]


def test_the_last_seat_of_fifty_tries(network, desk, members):
    event = publish(desk, "event-notices", seats=3)
    answers = together(50, lambda n: register(members[n % 10], event).status)
    assert set(answers) <= {201, 409, 422} and answers.count(201) == 3, answers  # 422: the same person once more, while there is a seat
    rows = desk.get("/api/v1/event-registrations", query={"event_notice_id": event["id"]}).expect(200).json["items"]
    assert len(rows) == 3 and desk.get(f"/api/v1/event-notices/{event['id']}").json["registered"] == 3
    mine = lambda member: member.get("/api/v1/event-registrations", query={"event_notice_id": event["id"]}).expect(200).json["items"]
    seated, late = (next(member for member in members if bool(mine(member)) == has) for has in (True, False))
    assert "名额已满" in register(late, event).json["detail"]
    assert change(desk, "event-notices", event, seats=2).refused(422).json["errors"][0]["pointer"] == "/seats"
    row, = mine(seated)
    fire(seated, "event-registrations", row, "withdraw").expect(200)
    assert register(late, event).status == 201, "a seat that was given up is free"
    refused = fire(seated, "event-registrations", row, "again").refused(409)
    assert "名额已满" in refused.json["detail"], "and its former holder has no way around the number"
    change(desk, "event-notices", event, seats=4).expect(200)
    fire(seated, "event-registrations", row, "again").expect(200)
    assert fire(seated, "event-registrations", row, "again").status == 409


def test_seats_by_coming_back_and_anew_at_once(desk, members):
    """One seat; five who gave theirs up come back while five others take one."""
    event = publish(desk, "event-notices", seats=5)
    first = [(member, register(member, event).expect(201).json) for member in members[:5]]
    for member, row in first:
        fire(member, "event-registrations", row, "withdraw").expect(200)
    change(desk, "event-notices", event, seats=1).expect(200)
    versions = {row["id"]: member.get(f"/api/v1/event-registrations/{row['id']}").etag for member, row in first}
    back = [lambda m=member, r=row: m.post(f"/api/v1/event-registrations/{r['id']}/events", {"event": "again"}, if_match=versions[r["id"]]).status in (200, 201)
            for member, row in first]
    anew = [lambda m=member: register(m, event).status == 201 for member in members[5:]]
    won = together(10, lambda n: (back + anew)[n]())
    assert sum(won) == 1 and desk.get(f"/api/v1/event-notices/{event['id']}").json["registered"] == 1


def test_who_sees_a_registration(network, desk, members, visitor):
    event = publish(desk, "event-notices")
    row = register(members[0], event).expect(201).json
    assert row["title"] == event["title"] and row["contact_mobile"] == WHO["contact_mobile"]
    path = f"/api/v1/event-registrations/{row['id']}"
    assert members[1].get(path).status == 404 and visitor.get(path).status == 401
    assert members[1].get("/api/v1/event-registrations", query={"event_notice_id": event["id"]}).json["items"] == []
    assert members[1].post(path + "/events", {"event": "withdraw"}, if_match=1).status == 404
    assert register(visitor, event).status == 401 and register(network.desk("hangzhou"), event).status in (403, 404)
    assert register(members[1], desk.post("/api/v1/event-notices", sample("event-notices")).expect(201).json).status == 404, "a draft is nobody's to join"
    fire(members[0], "event-registrations", row, "attend").refused(403)
    change(desk, "event-notices", event, title="改名后的公开日").expect(200)
    assert members[0].get(path).json["title"] == "改名后的公开日"
    sheet = desk.get("/api/v1/event-registrations/export.csv", query={"event_notice_id": event["id"]}).expect(200).body.decode()
    assert WHO["organisation"] in sheet and WHO["contact_mobile"] not in sheet
    assert members[0].get("/api/v1/event-registrations/export.csv").status == 403
    public = str(visitor.get(f"/api/v1/portal/event-notices/{event['id']}").json)
    assert WHO["organisation"] not in public and WHO["contact_name"] not in public and "'registered': 1" in public
    fire(desk, "event-registrations", row, "strike", reason="重复单位").expect(200)
    assert told(members[0], "重复单位") and desk.get(f"/api/v1/event-notices/{event['id']}").json["registered"] == 0


def test_closed_at_the_second(network, desk, members, visitor):
    """From its dates alone, by the database's clock, for who reads and for who writes."""
    call = publish(desk, "project-calls", closes_at=at(seconds=3))
    event = publish(desk, "event-notices", register_until=at(seconds=3))
    state = lambda plural, row: visitor.get(f"/api/v1/portal/{plural}/{row['id']}").expect(200).json["state"]
    listed = lambda **query: [one["id"] for one in visitor.get("/api/v1/portal/project-calls", query=query).expect(200).json["items"]]
    assert state("project-calls", call) == state("event-notices", event) == "open" and call["id"] in listed(state="open")
    members[0].post(f"/api/v1/project-calls/{call['id']}/saved-calls", {}).expect(201)
    register(members[0], event).expect(201)
    database = lambda: float(network.installation.sql("SELECT UNIX_TIMESTAMP(UTC_TIMESTAMP(3))")[0][0])
    ends = float(network.installation.sql("SELECT UNIX_TIMESTAMP(register_until) FROM event_notice ORDER BY id DESC LIMIT 1")[0][0])
    while database() < ends:
        before = database()
        answer = state("event-notices", event)
        assert answer == "open" or database() >= ends, (before, ends)
    assert state("event-notices", event) == "closed" == state("project-calls", call)
    assert "报名已截止" in register(members[1], event).refused(409).json["detail"]
    assert members[1].post(f"/api/v1/project-calls/{call['id']}/saved-calls", {}).status == 409
    eventually(lambda: call["id"] in listed(state="closed") and call["id"] not in listed(state="open"), 3)
    row, = members[0].get("/api/v1/event-registrations", query={"event_notice_id": event["id"]}).json["items"]
    fire(members[0], "event-registrations", row, "withdraw").expect(200)
    fire(members[0], "event-registrations", row, "again").refused(409)
    change(desk, "project-calls", call, closes_at=at(days=2)).expect(200)
    assert state("project-calls", call) == "open", "prolonged, it is open again without another word"
    later = publish(desk, "project-calls", opens_at=at(days=2), closes_at=at(days=9))
    assert state("project-calls", later) == "upcoming"


def test_validity_by_whole_days(network, desk, visitor):
    today = network.installation.sql("SELECT DATE(UTC_TIMESTAMP() + INTERVAL 8 HOUR), DATE(UTC_TIMESTAMP() + INTERVAL 32 HOUR), DATE(UTC_TIMESTAMP() - INTERVAL 16 HOUR)")[0]
    for effective, expires, validity in ((None, None, "open"), (today[0], today[0], "open"), (today[1], None, "upcoming"), (None, today[2], "closed")):
        row = publish(desk, "regulations", issued_on="2020-01-01", effective_on=effective, expires_on=expires)
        assert visitor.get(f"/api/v1/portal/regulations/{row['id']}").json["validity"] == validity, (effective, expires)
        assert row["id"] in [one["id"] for one in desk.get("/api/v1/regulations", query={"validity": validity}).expect(200).json["items"]]


def test_reminded_once_and_told_when_it_is_off(network, desk, members):
    near = publish(desk, "project-calls", title="三天内截止的申报", closes_at=at(days=2))
    far = publish(desk, "project-calls", title="一月后截止的申报", closes_at=at(days=30))
    event = publish(desk, "event-notices", title="明天的公开日", begins_at=at(hours=20), ends_at=at(hours=22), register_until=at(hours=10))
    for call in (near, far):
        members[2].post(f"/api/v1/project-calls/{call['id']}/saved-calls", {}).expect(201)
    members[3].post(f"/api/v1/project-calls/{near['id']}/saved-calls", {"remind_days": 1}).expect(201)
    members[2].post(f"/api/v1/project-calls/{near['id']}/saved-calls", {}).refused(422)
    seat = register(members[2], event).expect(201).json
    left = register(members[3], event).expect(201).json
    fire(members[3], "event-registrations", left, "withdraw").expect(200)
    for _ in range(2):
        turn(network)
    assert len(told(members[2], "三天内截止的申报")) == 1 and not told(members[2], "一月后截止的申报") and not told(members[3], "三天内截止的申报")
    assert len(told(members[2], "明天的公开日")) == 1 and not told(members[3], "明天的公开日")
    day = network.installation.sql("SELECT DATE_FORMAT(closes_at + INTERVAL 8 HOUR, '%Y-%m-%d %H:%i') FROM project_call WHERE title = '三天内截止的申报'")[0][0]
    assert day in told(members[2], "三天内截止的申报")[0]["body"], "when, by the clock on the wall"
    change(desk, "project-calls", far, closes_at=at(days=1)).expect(200)
    turn(network)
    assert len(told(members[2], "一月后截止的申报")) == 1, "brought forward, it is due at once"
    fire(desk, "event-notices", event, "withdraw", reason="场地检修").expect(200)
    fire(desk, "project-calls", near, "withdraw", reason="延期举行").expect(200)
    for _ in range(2):
        turn(network)
    assert members[2].get(f"/api/v1/event-registrations/{seat['id']}").json["step"] == "called_off"
    assert len([one for one in told(members[2], "明天的公开日") if "取消" in one["body"]]) == 1 and not told(members[3], "明天的公开日")
    assert len([one for one in told(members[3], "三天内截止的申报") if "撤下" in one["body"]]) == 1


@pytest.mark.parametrize("plural", PLURALS)
def test_shown_above_and_below(network, desk, visitor, plural):
    """A city's goes up to the province, the province's down to all cities and counties; neither goes to a neighbour."""
    def on(slug, row):
        return network.visit(slug).get(f"/api/v1/portal/{plural}/{row['id']}").status == 200
    row = publish(desk, plural)
    assert not on("zhejiang", row)
    fire(desk, plural, row, "send_up").expect(200)
    eventually(lambda: on("zhejiang", row))
    assert not on("hangzhou", row) and not on("longquan", row) and on("lishui", row)
    copy = network.desk("zhejiang").get(f"/api/v1/{plural}/{row['id']}").expect(200)
    assert copy.json["home"] == "lishui" and copy.json["actions"] == []
    assert network.desk("zhejiang").patch(f"/api/v1/{plural}/{row['id']}", {"body": []}, if_match=copy.etag).status == 409
    name = "name" if plural == "service-resources" else "title"
    change(desk, plural, row, **{name: "改了名的内容"}).expect(200)
    eventually(lambda: network.visit("zhejiang").get(f"/api/v1/portal/{plural}/{row['id']}").json[name] == "改了名的内容")
    fire(desk, plural, row, "keep_here").expect(200)
    eventually(lambda: not on("zhejiang", row))
    fire(desk, plural, row, "send_up").expect(200)
    eventually(lambda: on("zhejiang", row))
    fire(desk, plural, row, "withdraw", reason="内容有误").expect(200)
    eventually(lambda: not on("zhejiang", row))

    above = publish(network.desk("zhejiang"), plural)
    fire(network.desk("zhejiang"), plural, above, "send_down").expect(200)
    for slug in ("hangzhou", "lishui", "longquan"):
        eventually(lambda: on(slug, above))
    fire(network.desk("zhejiang"), plural, above, "withdraw", reason="内容有误").expect(200)
    for slug in ("hangzhou", "lishui", "longquan"):
        eventually(lambda: not on(slug, above))


def test_a_copy_takes_no_registrations(network, members):
    event = publish(network.desk("zhejiang"), "event-notices")
    fire(network.desk("zhejiang"), "event-notices", event, "send_down").expect(200)
    eventually(lambda: network.visit("lishui").get(f"/api/v1/portal/event-notices/{event['id']}").status == 200)
    assert register(members[4], event).status == 409
    assert "registered" not in network.visit("lishui").get(f"/api/v1/portal/event-notices/{event['id']}").json


def test_attachments_for_everybody(network, desk, visitor):
    row = publish(desk, "regulations")
    def upload(purpose):
        return desk.put("/api/v1/attachments", body=png(), content_type="image/png",
                        query={"record_type": "regulation", "record_id": row["id"], "purpose": purpose, "file_name": "全文.png"}).expect(201).json
    shown, picture = upload("attachment"), upload("picture")
    folder = f"/api/v1/portal/open/regulations/{row['id']}/files"
    assert [one["id"] for one in visitor.get(folder).expect(200).json["items"]] == [shown["id"]]
    assert visitor.get(f"{folder}/{shown['id']}").expect(200).headers["content-type"] == "image/png"
    assert visitor.get(f"{folder}/{picture['id']}").status == 404
    assert visitor.get(f"/api/v1/portal/open/regulations/{row['id']}/pictures/{picture['id']}/small").status == 404, "the text does not show it"
    change(desk, "regulations", row, body=[{"type": "image", "file": picture["id"]}]).expect(200)
    assert visitor.get(f"/api/v1/portal/open/regulations/{row['id']}/pictures/{picture['id']}/small").expect(200).headers["content-type"] == "image/jpeg"
    page = visitor.get(f"/open/regulations/{row['id']}").expect(200).body.decode()
    assert f"{folder}/{shown['id']}" in page and f"/pictures/{picture['id']}/large" in page and "全文.png" in page and "丽政发〔2026〕8 号" in page
    other = publish(desk, "regulations")
    assert visitor.get(f"/api/v1/portal/open/regulations/{other['id']}/files/{shown['id']}").status == 404
    assert visitor.get(f"/api/v1/portal/open/orders/{row['id']}/files").status == 404
    fire(desk, "regulations", row, "withdraw", reason="内容有误").expect(200)
    assert visitor.get(folder).status == 404 == visitor.get(f"{folder}/{shown['id']}").status
