"""The reviewer's desk: several judgements at once, the place in the queue, what changed since the last look, earlier cases, and what waits by day."""

import pytest

from harness import eventually
from network import Network


@pytest.fixture(scope="module")
def network(installation, server, sms_server):
    return Network(installation, server, sms_server, ("zhejiang", "hangzhou", "lishui"))


def recommended(network, city="lishui", region="331102", **profile):
    institution = network.member(city, region, **profile)
    network.recommend(city, institution).expect(201)
    return institution, network.case("zhejiang", institution.uscc)


def detail(network, case, desk=None):
    return (desk or network.desk("zhejiang")).get(f"/api/v1/cases/{case['id']}/detail").expect(200)


def judge_all(network, case, *items, version=None, desk=None):
    desk = desk or network.desk("zhejiang")
    return desk.post(f"/api/v1/cases/{case['id']}/judgements", {"items": [dict(zip(("condition", "result", "reason"), one)) for one in items]},
                     if_match=version or desk.get(f"/api/v1/cases/{case['id']}").etag)


def states(network, case):
    return {one["id"]: one["state"] for one in detail(network, case).json["conditions"]}


def place(network, case, **query):
    return network.desk("zhejiang").get(f"/api/v1/cases/{case['id']}/place", query=query).expect(200).json


def test_several_conditions_are_judged_at_once_or_none(network):
    institution, case = recommended(network, penalty_free=True, enterprises_served=3)
    unjudged = [one for one, state in states(network, case).items() if state == "judgement"]
    assert len(unjudged) == 5
    before = detail(network, case)
    refused = judge_all(network, case, (unjudged[0], "met"), ("nothing", "met"), (unjudged[1], "failed"), (unjudged[0], "relaxed")).refused(422).json
    assert [one["pointer"] for one in refused["errors"]] == ["/items/1/condition", "/items/3/condition"], refused
    assert detail(network, case).json["conditions"] == before.json["conditions"], "all or none"
    answer = judge_all(network, case, *[(one, "met") for one in unjudged[:-1]], (unjudged[-1], "failed", "无制度")).expect(200)
    assert answer.json["version"] == int(before.etag.strip('"')) + 1, "one write"
    after = states(network, case)
    assert [after[one] for one in unjudged] == ["met"] * 4 + ["failed"]
    judged = {one["id"]: one.get("judged") for one in detail(network, case).json["conditions"]}
    assert judged[unjudged[-1]]["reason"] == "无制度" and judged[unjudged[0]]["by"] == "zhejiang reviewer_a"
    judge_all(network, case, (unjudged[0], "met"), version=before.etag).refused(412)
    judge_all(network, case).refused(422)
    judge_all(network, case, ("integrity", "perhaps")).refused(422)
    network.desk("zhejiang", "reviewer", "b").post(f"/api/v1/cases/{case['id']}/claim").expect(200)
    judge_all(network, case, (unjudged[0], "met")).refused(409)
    network.desk("zhejiang", "reviewer", "b").post(f"/api/v1/cases/{case['id']}/release").expect(200)
    network.approve("zhejiang", case)
    judge_all(network, case, (unjudged[0], "met")).refused(409)


def test_what_bars_and_fails_is_no_matter_of_judgement(network):
    institution = network.member("lishui", "331102")
    network.recommend("lishui", institution).expect(201)
    case = network.case("zhejiang", institution.uscc)
    network.installation.sql("UPDATE entry_case SET conditions = REPLACE(conditions, '\"mode\":\"bars\",\"state\":\"met\"', '\"mode\":\"bars\",\"state\":\"failed\"') "
                             f"WHERE id = UNHEX(REPLACE('{case['id']}', '-', ''))")
    assert states(network, case)["penalty"] == "failed"
    refused = judge_all(network, case, ("integrity", "met"), ("penalty", "met")).refused(422).json
    assert [one["pointer"] for one in refused["errors"]] == ["/items/1/result"], refused
    assert states(network, case)["integrity"] == "judgement"


def test_each_condition_says_beside_which_figure_it_stands(network):
    institution, case = recommended(network)
    facts = {one["id"]: one["facts"] for one in detail(network, case).json["conditions"]}
    assert facts["income"] == [{"field": "annual_income", "beside": "annual_income", "value": "900000000"}]
    assert facts["qualified"] == [{"field": "qualified_percent", "beside": "qualified_staff", "value": "90"}]
    assert facts["staff"] == [{"field": "staff", "beside": "full_time_staff", "value": "30"}]
    assert facts["operating"][0]["beside"] == "registered_on" and int(facts["operating"][0]["value"]) > 100
    assert facts["integrity"] == []


def test_the_place_in_the_queue_follows_the_filters_and_passes_over_what_others_hold(network):
    cases = [recommended(network)[1] for _ in range(4)]
    other, _ = recommended(network, "hangzhou", "330102"), None
    query = {"phase": "waiting", "region": "331100"}
    listed = [row["id"] for row in network.queue("zhejiang", **query)]
    ids = [case["id"] for case in cases]
    assert [one for one in listed if one in ids] == ids and other[1]["id"] not in listed
    first = listed.index(ids[0])
    colleague = network.desk("zhejiang", "reviewer", "b")
    colleague.post(f"/api/v1/cases/{ids[1]}/claim").expect(200)
    found = place(network, cases[0], **query)
    assert (found["position"], found["total"], found["next"]["id"], found["again"]) == (first + 1, len(listed), ids[2], False), found
    assert found["left"] == 2 and found["next"]["name"] and found["next"]["number"]
    assert place(network, cases[2], **query)["previous"]["id"] == ids[0], "what a colleague holds is passed over backwards as well"
    theirs = colleague.get(f"/api/v1/cases/{ids[0]}/place", query=query).expect(200).json
    assert theirs["next"]["id"] == ids[1], "who holds it does not"
    assert place(network, cases[0], claimed="others")["next"]["id"] == ids[1], "unless that is what is looked at"
    last = place(network, cases[3], **query)
    assert last["again"] and last["next"]["id"] == listed[0] and last["left"] == 0, last
    network.approve("zhejiang", cases[2])
    gone = place(network, cases[2], **query)
    assert (gone["position"], gone["next"]["id"], gone["previous"]["id"]) == (0, ids[3], ids[0]), "the next one, not the first"
    assert gone["total"] == len(listed) - 1
    down = place(network, cases[0], sort="-created_at", **query)
    assert down["position"] == down["total"] - first and down["previous"]["id"] == ids[3]
    named = [row["id"] for row in sorted(network.queue("zhejiang", **query), key=lambda row: (row["name"], row["id"]))]
    by_name = place(network, cases[0], sort="name", **query)
    assert by_name["position"] == named.index(ids[0]) + 1, by_name
    assert place(network, cases[0], sort="due_on", **query)["position"] >= 1
    network.desk("zhejiang").get(f"/api/v1/cases/{ids[0]}/place", query={"sort": "version"}).refused(422)
    alone = place(network, cases[0], q=cases[0]["number"])
    assert (alone["position"], alone["total"], alone["next"], alone["previous"]) == (1, 1, None, None)
    network.desk("lishui").get(f"/api/v1/cases/{ids[0]}/place").refused(404)
    network.desk("zhejiang").get(f"/api/v1/cases/{ids[0]}/place", query={"phase": "nothing"}).refused(422)


def test_what_changed_since_the_last_look_stays_marked_for_a_sitting(network):
    institution, case = recommended(network)
    assert detail(network, case).json["changes"] == [], "at the first look all is new, so nothing is marked"
    network.desk("hangzhou")
    network.recommend  # a second city stands behind it, with other figures
    network.join(institution, "hangzhou")
    network.recommend("hangzhou", institution, annual_income=1200000).expect(201)
    joined = eventually(lambda: next((one for one in detail(network, case).json["changes"] if one["event"] == "source_joined"), None))
    assert {"id": "annual_income", "from": 900000000, "to": 1200000}.items() <= joined["what"]["facts"][0].items(), joined
    assert [(one["id"], one["from"], one["to"]) for one in joined["what"]["conditions"]] == [("income", "met", "failed")]
    again = detail(network, case).json["changes"]
    assert [one["event"] for one in again] == ["source_joined"], "also when the page is loaded anew"
    network.installation.sql(f"UPDATE case_view SET seen_at = seen_at - INTERVAL 31 MINUTE WHERE case_id = UNHEX(REPLACE('{case['id']}', '-', ''))")
    assert detail(network, case).json["changes"] == [], "the next sitting begins with what was seen in the last"
    network.desk("zhejiang").post(f"/api/v1/cases/{case['id']}/claim").expect(200)
    assert detail(network, case).json["changes"] == [], "what one did oneself is no news"


def test_earlier_cases_of_the_same_code_are_shown(network):
    institution, first = recommended(network)
    network.fire("zhejiang", first, "refuse", reason="服务企业数不足").expect(200)
    eventually(lambda: network.certified("lishui", institution)["standing"] == "no")
    network.recommend("lishui", institution).expect(201)
    second = network.case("zhejiang", institution.uscc)
    assert second["id"] != first["id"]
    shown = detail(network, second).json["earlier"]
    assert [(one["id"], one["number"], one["phase"], one["reason"], one["decided_name"]) for one in shown] == [
        (first["id"], first["number"], "refused", "服务企业数不足", "zhejiang reviewer_a")]
    assert [one["id"] for one in detail(network, first).json["earlier"]] == [second["id"]]


def todo(visitor, **query):
    return visitor.get("/api/v1/workbench/todo", query={"limit": 100, **query}).expect(200).json["items"]


def test_what_waits_is_told_by_the_day_it_is_due_and_by_whose_it_is(network):
    desk = network.desk("zhejiang")
    applicant = network.member("lishui", "331102", name="丽水自荐咨询有限公司")
    applicant.post("/api/v1/applications", {"platform": "zhejiang", "statement": "申请", "consent": True}).expect(201)
    cases = [network.case("zhejiang", applicant.uscc)] + [recommended(network)[1] for _ in range(2)]
    for case, day in zip(cases, ("'2026-01-05'", "DATE(UTC_TIMESTAMP() + INTERVAL 8 HOUR)", "NULL")):
        network.installation.sql(f"UPDATE entry_case SET due_on = {day} WHERE id = UNHEX(REPLACE('{case['id']}', '-', ''))")
    found = {due: {one["id"] for one in todo(desk, due=due)} for due in ("late", "today", "later")}
    for n, due in enumerate(("late", "today", "later")):
        assert cases[n]["id"] in found[due], due
        assert not any(cases[n]["id"] in found[other] for other in found if other != due)
    counts = desk.get("/api/v1/workbench/counts").expect(200).json
    assert (counts["overdue"], counts["today"]) == (len(found["late"]), len(found["today"])) and counts["waiting"] == sum(map(len, found.values()))
    row = next(one for one in todo(desk) if one["id"] == cases[0]["id"])
    assert row["applicant"] == "丽水自荐咨询有限公司", "an application is the institution's, not its platform's"
    assert next(one for one in todo(desk) if one["id"] == cases[1]["id"])["applicant"] == "丽水市企业服务平台"
    version = desk.get(f"/api/v1/cases/{cases[1]['id']}").etag
    desk.post(f"/api/v1/cases/{cases[1]['id']}/supplement", {"items": [{"addressee": "city", "item": "推荐意见", "question": "请补充"}]}, if_match=version).expect(200)
    city = network.desk("lishui")
    name = network.queue("zhejiang", phase="supplement", q=cases[1]["number"])[0]["name"]
    asked = eventually(lambda: next((one for one in todo(city) if one["type"] == "supplement" and name in one["name"]), None))
    assert asked["name"] == f"{name} · 推荐意见"
    desk.get("/api/v1/workbench/todo", query={"due": "sometime"}).refused(422)


def test_what_waits_comes_in_pages_in_either_order(network):
    """In each order, pages by offset and by cursor are the same rows; what is due on no day comes last, or first where the order is turned round."""
    desk = network.desk("zhejiang")
    for _ in range(3):
        recommended(network)

    def page(**query):
        return desk.get("/api/v1/workbench/todo", query={"limit": 2, **query}).expect(200).json

    whole = {one["id"] for one in todo(desk)}
    for sort in (None, "created_at", "-created_at", "due_on", "-due_on"):
        order = {"sort": sort} if sort else {}
        assert page(total="true", **order)["total"] == len(whole)
        seen, cursor = [], None
        while True:
            shown = page(**order, **({"cursor": cursor} if cursor else {}))
            assert page(offset=len(seen), **order)["items"] == shown["items"], (sort, len(seen))
            seen, cursor = seen + shown["items"], shown["next"]
            if not cursor:
                break
        assert len(seen) == len(whole) and {one["id"] for one in seen} == whole, sort
        keys = [(one["due_on"] is None, one["due_on"] or "", one["created_at"]) if sort and "due" in sort else one["created_at"] for one in seen]
        assert keys == sorted(keys, reverse=bool(sort and sort[0] == "-")), (sort, keys)
    nobody = desk.get("/api/v1/workbench/todo", query={"name": "没有这样的机构", "total": "true"}).expect(200).json
    assert nobody["items"] == [] and nobody["total"] == 0
    for bad in ({"sort": "name"}, {"sort": "due_on", "cursor": "x"}, {"sort": "due_on", "cursor": "-1"}, {"cursor": "2"}, {"offset": 10_001}):
        answer = desk.get("/api/v1/workbench/todo", query=bad)
        assert answer.status in (400, 422) and answer.json["zh"] and answer.json["en"], (bad, answer.json)
