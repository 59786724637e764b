"""Lists of declared records: their totals, order and pages, and one event on all rows of a filter (core/record/list.c, batch.c)."""

import time

import pytest

from harness import LONG, together
from network import Network

LIST, EVENTS = "/api/v1/announcements", "/api/v1/announcements/events"
MANY = 100_000 if LONG else 20_000


@pytest.fixture(scope="module")
def network(installation, server, sms_server):
    return Network(installation, server, sms_server, ("zhejiang", "lishui"))


@pytest.fixture(scope="module")
def desk(network):
    """Whose announcements nobody else touches."""
    desk = network.desk("lishui", "platform_admin")
    for i in range(1, 61):
        desk.post(LIST, {"title": f"公告{i:02}"}).expect(201)
    return desk


def titles(answer):
    return [item["title"] for item in answer.expect(200).json["items"]]


def rows(desk, **query):
    return desk.get(LIST, query={"limit": 200, **query}).expect(200).json["items"]


def test_a_total_is_that_of_the_filter(desk):
    page = desk.get(LIST, query={"total": "true", "limit": 20, "q": "公告1"}).expect(200).json
    assert (page["total"], page["total_more"], len(page["items"])) == (10, False, 10)
    page = desk.get(LIST, query={"total": "true", "limit": 20}).expect(200).json
    assert (page["total"], len(page["items"])) == (60, 20) and page["next"]
    assert "total" not in desk.get(LIST).expect(200).json


def test_any_page_can_be_asked_for_and_goes_on_from_there(desk):
    every = titles(desk.get(LIST, query={"sort": "title", "limit": 200}))
    assert every == sorted(every) and len(every) == 60
    assert titles(desk.get(LIST, query={"sort": "-title", "limit": 200})) == every[::-1]
    page = desk.get(LIST, query={"sort": "title", "limit": 20, "offset": 20}).expect(200)
    assert titles(page) == every[20:40]
    assert titles(desk.get(LIST, query={"sort": "title", "limit": 20, "cursor": page.json["next"]})) == every[40:]
    past = desk.get(LIST, query={"offset": 9_000}).expect(200).json
    assert past["items"] == [] and past["next"] is None
    for query in ({"offset": 10_001}, {"offset": -1}, {"offset": "x"}, {"offset": 20, "cursor": page.json["next"]}):
        fault = desk.get(LIST, query=query).refused(422, "invalid").json["errors"][0]
        assert fault["pointer"] == "/offset" and fault["zh"] and fault["en"]


def test_counts_are_those_of_the_other_filters(desk):
    """So that each phase says how many it would show."""
    desk.post(EVENTS, {"event": "publish", "items": [{"id": row["id"]} for row in rows(desk, q="公告6")]}).expect(200)
    page = desk.get(LIST, query={"phase": "active", "counts": "true", "total": "true"}).expect(200).json
    assert page["total"] == len(page["items"]) == 1
    assert page["counts"] == {"active": 1, "draft": 59}


def test_all_rows_of_a_filter_move_at_once(desk):
    answer = desk.post(EVENTS, {"event": "publish", "seen": 10}, query={"q": "公告2", "phase": "draft"}).expect(200).json
    assert (answer["done"], answer["failed"]) == (10, 0)
    assert {result["phase"] for result in answer["results"]} == {"active"} and all(result["version"] == 2 for result in answer["results"])
    assert {row["phase"] for row in rows(desk, q="公告2")} == {"active"}
    assert {row["phase"] for row in rows(desk, q="公告3")} == {"draft"}


def test_what_was_not_seen_does_not_move(desk):
    """Both numbers are said, and nothing is done."""
    refused = desk.post(EVENTS, {"event": "publish", "seen": 9}, query={"q": "公告3"}).refused(409, "count-changed").json
    assert "9" in refused["zh"] and "10" in refused["zh"] and "9" in refused["en"] and "10" in refused["en"]
    assert {row["phase"] for row in rows(desk, q="公告3")} == {"draft"}


def test_each_row_says_what_became_of_it(desk):
    """One that is past the step, one that somebody else has changed, one that is not there; the others move."""
    first, second, third = rows(desk, q="公告4")[:3]
    desk.post(f"{LIST}/{first['id']}/events", {"event": "publish"}, if_match=first["version"]).expect(200)
    desk.patch(f"{LIST}/{second['id']}", {"summary": "改过"}, if_match=second["version"]).expect(200)
    gone = {"id": "0190ffff-0000-7000-8000-000000000000", "version": 1}
    answer = desk.post(EVENTS, {"event": "publish", "items": [
        {"id": first["id"]}, {"id": second["id"], "version": second["version"]}, {"id": third["id"], "version": third["version"]}, gone]}).expect(200).json
    assert (answer["done"], answer["failed"]) == (1, 3)
    codes = [result["problem"] and result["problem"]["code"] for result in answer["results"]]
    assert codes == ["step", "stale", None, "not-found"]
    assert answer["results"][0]["row"]["title"] == first["title"] and answer["results"][3]["row"] is None
    assert all(problem["zh"] and problem["en"] for problem in (result["problem"] for result in answer["results"]) if problem)
    assert desk.get(f"{LIST}/{second['id']}").expect(200).json["phase"] == "draft"


def test_the_same_request_again_does_nothing_twice(desk):
    def once():
        return desk.post(EVENTS, {"event": "publish", "seen": 10}, query={"q": "公告5"}, key="batch-of-fives")
    first = once().expect(200)
    assert first.json["done"] == 10
    again = once().expect(200)
    assert again.headers["Idempotency-Replayed"] == "true" and again.json == first.json
    assert {row["version"] for row in rows(desk, q="公告5")} == {2}


def test_what_is_no_batch_is_refused_in_both_languages(desk):
    one = [{"id": rows(desk)[0]["id"]}]
    for body, pointer in (({"event": "publish"}, "/seen"), ({"event": "publish", "seen": 1, "items": one}, "/items"), ({"seen": 1}, "/event"),
                          ({"event": "publish", "items": []}, "/items"), ({"event": "publish", "seen": 1, "x": 1}, "/x"),
                          ({"event": "publish", "seen": "all"}, "/seen"), ({"event": "publish", "seen": 1, "form": "x"}, "/form")):
        fault = desk.post(EVENTS, body).refused(422, "invalid").json["errors"][0]
        assert fault["pointer"] == pointer and fault["zh"] and fault["en"], (body, fault)
    desk.post(EVENTS, {"event": "publish", "items": one}, query={"q": "公告"}).refused(422, "invalid")
    desk.post(EVENTS, {"event": "publish", "seen": 1}, query={"phase": "nothing"}).refused(422, "invalid")


def test_nobody_moves_by_batch_what_they_may_not(network, desk):
    reviewer = network.desk("lishui", "reviewer")
    before = {row["id"]: row["phase"] for row in rows(desk)}
    answer = reviewer.post(EVENTS, {"event": "publish", "seen": len(before)})
    assert answer.status in (200, 403)
    if answer.status == 200:
        assert {result["problem"]["code"] for result in answer.json["results"] if result["problem"]} <= {"forbidden", "step"}
    network.visit("lishui").post(EVENTS, {"event": "publish", "seen": 1}).refused(401)
    network.desk("zhejiang", "platform_admin").post(EVENTS, {"event": "publish", "items": [{"id": one} for one in before]}).expect(200)
    assert {row["id"]: row["phase"] for row in rows(desk)} == before


def test_rows_that_leave_the_filter_meanwhile_move_once(desk):
    """Two people press the button for the same rows: each row moves once, and who came second is told, by the count or at the row."""
    ids = [desk.post(LIST, {"title": f"同时{i:02}"}).expect(201).json["id"] for i in range(30)]
    answers = together(2, lambda i: desk.post(EVENTS, {"event": "publish", "seen": 30}, query={"q": "同时", "phase": "draft"}))
    done = [answer.json["done"] for answer in answers if answer.status == 200]
    assert sum(done) == 30, [answer.text[:300] for answer in answers]
    for answer in answers:
        if answer.status != 200:
            answer.refused(409, "count-changed")
        else:
            assert {result["problem"]["code"] for result in answer.json["results"] if result["problem"]} <= {"step", "stale"}
    assert {row["version"] for row in rows(desk, q="同时")} == {2} and len(ids) == 30


QUEUE, DECIDE = "/api/v1/case-queue", "/api/v1/cases/decide"


@pytest.fixture(scope="module")
def cases(network):
    """Five applications at Lishui, by name."""
    for i in range(5):
        institution = network.register("lishui", "331102", name=f"队列机构{i}有限公司")
        institution.post("/api/v1/applications", {"platform": "lishui", "statement": "申请入驻", "consent": True}).expect(201)
        network.case("lishui", institution.uscc)
    return network.desk("lishui")


def test_the_queue_is_sorted_paged_and_counted(cases):
    def queue(**query):
        return cases.get(QUEUE, query={"q": "队列机构", **query}).expect(200).json
    arrival = [row["name"] for row in queue(limit=50)["items"]]
    assert arrival == sorted(arrival) and len(arrival) == 5
    for sort, expected in (("name", arrival), ("-name", arrival[::-1]), ("created_at", arrival), ("-created_at", arrival[::-1])):
        first = queue(sort=sort, limit=2, total="true")
        assert first["total"] == 5 and first["total_more"] is False
        second = queue(sort=sort, limit=2, cursor=first["next"])
        third = queue(sort=sort, limit=2, cursor=second["next"])
        assert [row["name"] for page in (first, second, third) for row in page["items"]] == expected and third["next"] is None
        assert [row["name"] for row in queue(sort=sort, limit=2, offset=2)["items"]] == expected[2:4]
        assert queue(sort=sort, limit=2, offset=2)["next"] == second["next"]
    assert queue(sort="-due_on")["total"] is None
    for query in ({"sort": "number"}, {"sort": "name", "cursor": "x"}, {"sort": "name", "cursor": "@-1"}, {"cursor": "@2"}, {"offset": 10_001},
                  {"offset": 2, "sort": "name", "cursor": "@2"}):
        assert cases.get(QUEUE, query=query).refused(422, "invalid").json["errors"][0]["zh"]


def test_all_cases_of_a_filter_are_decided_at_once(cases, network):
    query = {"q": "队列机构", "phase": "waiting"}
    refused = cases.post(DECIDE, {"event": "approve", "seen": 4}, query=query).refused(409, "count-changed").json
    assert "4" in refused["zh"] and "5" in refused["en"]
    held = cases.get(QUEUE, query=query).expect(200).json["items"][0]
    network.desk("lishui", "reviewer", "b").post(f"/api/v1/cases/{held['id']}/claim", {}).expect(200)
    results = cases.post(DECIDE, {"event": "approve", "seen": 5}, query=query, key="all-of-the-queue").expect(200).json["results"]
    assert [bool(result["problem"]) for result in results] == [True, False, False, False, False]
    assert [result["name"] for result in results] == [f"队列机构{i}有限公司" for i in range(5)]
    assert [row["id"] for row in cases.get(QUEUE, query=query).expect(200).json["items"]] == [held["id"]]
    for body in ({"event": "approve"}, {"event": "approve", "seen": 1, "items": [{"id": held["id"]}]}):
        cases.post(DECIDE, body).refused(422, "invalid")


def test_too_many_rows_are_no_batch(installation, network):
    """A list of many answers as fast as one of few, counts as far as its bound, and moves no more than may be moved at once."""
    desk = network.desk("zhejiang", "platform_admin")
    desk.post(LIST, {"title": "样本"}).expect(201)
    columns = [name for name, in installation.sql("SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND "
                                                  "table_name = 'announcement'")]
    given = {"id": "UNHEX(CONCAT('0191', LPAD(HEX(s.seq), 28, '0')))", "title": "CONCAT('批量', s.seq)"}
    picked = ", ".join(given.get(name, f"a.`{name}`") for name in columns)
    names = ", ".join(f"`{name}`" for name in columns)
    installation.sql(f"INSERT INTO announcement ({names}) SELECT {picked} FROM announcement a, seq_1_to_{MANY} s WHERE a.title = '样本'")
    took = {}
    for name, query in {"first": {}, "total": {"total": "true"}, "counts": {"total": "true", "counts": "true"}, "deep": {"offset": 9_950, "total": "true"},
                        "by title": {"sort": "title", "total": "true"}, "search": {"q": "批量1", "total": "true"}}.items():
        begun = time.monotonic()
        page = desk.get(LIST, query={"limit": 50, **query}).expect(200).json
        took[name] = time.monotonic() - begun
        assert len(page["items"]) == 50
        if "total" in query and "q" not in query:
            assert (page["total"], page["total_more"]) == (10_000, True)
    print(f"\n{MANY} rows:", {name: f"{s * 1000:.0f} ms" for name, s in took.items()})
    assert max(took.values()) < 3, took
    refused = desk.post(EVENTS, {"event": "publish", "seen": 10_000}).refused(409, "too-many").json
    assert "10000+" in refused["zh"] and "500" in refused["zh"] and "500" in refused["en"]
    assert desk.get(LIST, query={"phase": "active", "total": "true"}).expect(200).json["total"] == 0
