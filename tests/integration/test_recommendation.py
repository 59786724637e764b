"""Recommendation (ZJ-5): a city proposes, the province decides, both show the same."""

import csv
import io

import pytest

from harness import eventually
from network import Network


@pytest.fixture(scope="module")
def network(installation, server, sms_server):
    return Network(installation, server, sms_server)


def test_recommend_decide_and_the_institution_is_on_the_province(network):
    institution = network.member("lishui", "331102")
    before = network.certified("lishui", institution)
    assert before["standing"] == "no" and "recommend" in before["actions"], before
    sent = network.recommend("lishui", institution).expect(201).json
    assert sent["state"] == "sent" and len(sent["dossier_hash"]) == 64
    case = network.case("zhejiang", institution.uscc)
    assert case["ways"] == "recommendation" and case["due_on"]
    under_review = eventually(lambda: (row := network.certified("lishui", institution))["standing"] == "review" and row["review_by"] and row)
    assert under_review["review_by"][0]["whose"] == "mine" and "withdraw" in under_review["actions"]
    network.approve("zhejiang", case)
    after = eventually(lambda: (row := network.certified("lishui", institution))["standing"] == "yes" and row)
    assert "recommend" not in after["actions"] and "withdraw" not in after["actions"]
    eventually(lambda: network.standing(institution, "zhejiang") == "active")
    shown = network.desk("lishui").get(f"/api/v1/recommendations/{sent['id']}").expect(200).json
    assert shown["phase"] == "approved"


def test_the_list_covers_counties_and_zones_and_filters_by_region(network):
    county = network.member("suichang", "331123")
    row = eventually(lambda: network.certified("lishui", county))
    assert row["home"]["slug"] == "suichang" and "request_correction" in row["actions"] and "recommend" in row["actions"]
    desk = network.desk("lishui")
    there = desk.get("/api/v1/certified-institutions", query={"region": "331123"}).expect(200).json
    assert county.uscc in [item["uscc"] for item in there["items"]] and there["counts"]["all"] == len(there["items"])
    elsewhere = desk.get("/api/v1/certified-institutions", query={"region": "331181"}).expect(200).json
    assert county.uscc not in [item["uscc"] for item in elsewhere["items"]]
    export = desk.get("/api/v1/certified-institutions/export.csv", query={"region": "331123"}).expect(200)
    assert export.body.startswith(b"\xef\xbb\xbf") and county.uscc in export.text
    network.recommend("lishui", county).expect(201)
    network.approve("zhejiang", network.case("zhejiang", county.uscc))
    eventually(lambda: network.standing(county, "zhejiang") == "active")


def rows_of(export):
    assert export.expect(200).body.startswith(b"\xef\xbb\xbf"), export
    return list(csv.DictReader(io.StringIO(export.body.decode("utf-8-sig"))))


def test_the_queue_is_filtered_by_a_citys_region_and_exported_as_filtered(network):
    here, there = network.member("lishui", "331123"), network.member("hangzhou", "330106")
    network.recommend("lishui", here).expect(201)
    network.recommend("hangzhou", there).expect(201)
    cases = {institution: network.case("zhejiang", institution.uscc) for institution in (here, there)}
    desk = network.desk("zhejiang")
    assert {row["uscc"] for row in network.queue("zhejiang", region="331100")} >= {here.uscc}
    assert there.uscc not in {row["uscc"] for row in network.queue("zhejiang", region="331100")}
    for path, code in (("case-queue", "region"), ("cases", "region_code"), ("institutions", "region_code")):
        found = {row["uscc"] for row in desk.get(f"/api/v1/{path}", query={code: "331100", "limit": 200}).expect(200).json["items"]}
        assert here.uscc in found and there.uscc not in found, (path, found)
    desk.post(f"/api/v1/cases/{cases[there]['id']}/claim").expect(200)
    for query in ({"claimed": "me"}, {"way": "recommendation", "region": "330000"}, {"way": "self"}, {"overdue": "true"}, {"q": here.uscc}):
        shown = network.queue("zhejiang", **query)
        export = rows_of(desk.get("/api/v1/case-queue/export.csv", query=query))
        assert [row["统一社会信用代码"] for row in export] == [row["uscc"] for row in shown], query
    row = rows_of(desk.get("/api/v1/case-queue/export.csv", query={"claimed": "me"}))[0]
    assert row["所在地区"] == "浙江省杭州市西湖区", row
    assert (row["入驻方式"], row["状态"]) == ("平台推荐", "待审核") and row["领取人"] and len(row["提交时间"]) == 19, row
    desk.post(f"/api/v1/cases/{cases[there]['id']}/release").expect(200)
    desk.get("/api/v1/case-queue", query={"region": "丽水"}).refused(422)
    under = rows_of(network.desk("lishui").get("/api/v1/certified-institutions/export.csv", query={"q": here.uscc}))[0]
    assert under["审核来源"] == "平台推荐（丽水市企业服务平台）", under
    words = {row["状态"] for row in rows_of(desk.get("/api/v1/cases/export.csv", query={"phase": "waiting"}))}
    assert words == {"待审核"}, words


def test_preflight_tells_each_condition_and_a_barring_one_stops_it(network):
    barred = network.member("lishui", "331102", penalty_free=False)
    small = network.member("lishui", "331102", annual_income=100, full_time_staff=3, insured_staff=3, qualified_staff=3)
    figures = {"qualified_staff": 2}
    checked = network.desk("lishui").post("/api/v1/recommendations/preflight", {"items": [
        {"institution_id": barred.institution_id}, {"institution_id": small.institution_id, **figures}]}).expect(200).json["results"]
    assert [result["state"] for result in checked] == ["barred", "ready"]
    states = {condition["id"]: condition["state"] for condition in checked[1]["conditions"]}
    assert states["income"] == "failed" and states["staff"] == "failed" and states["qualified"] == "failed", states
    assert states["capital"] == "met" and states["integrity"] == "judgement", states
    network.recommend("lishui", barred).refused(422)
    fault = network.recommend("lishui", small, insured_staff=20, qualified_staff=21).refused(422, "invalid").json["errors"]
    assert [one["pointer"] for one in fault] == ["/qualified_staff"], fault
    batch = network.desk("lishui").post("/api/v1/recommendations/batch", {"items": [
        {"institution_id": barred.institution_id, "reason": "推荐"}, {"institution_id": small.institution_id, "reason": "推荐"}]}).expect(200).json
    assert [result["state"] for result in batch["results"]] == ["not_sent", "sent"]
    assert batch["results"][0]["problem"]["fields"], batch


def test_refused_with_a_reason_and_recommended_again(network):
    institution = network.member("lishui", "331102")
    first = network.recommend("lishui", institution, reason="第一次").expect(201).json
    case = network.case("zhejiang", institution.uscc)
    network.fire("zhejiang", case, "refuse").refused(422)
    network.fire("zhejiang", case, "refuse", reason="材料不足").expect(200)
    row = eventually(lambda: (row := network.certified("lishui", institution))["standing"] == "no" and row["reason"] and row)
    assert row["reason"] == "材料不足" and "recommend" in row["actions"]
    form = network.desk("lishui").get(f"/api/v1/certified-institutions/{institution.institution_id}/recommendation-form").expect(200).json
    assert form["form"]["reason"] == "第一次" and form["previous"]["decision_reason"] == "材料不足"
    second = network.recommend("lishui", institution, reason="第二次").expect(201).json
    again = network.desk("lishui").get(f"/api/v1/recommendations/{second['id']}").expect(200).json
    assert again["previous_id"] == first["id"]
    network.recommend("lishui", institution).refused(409)
    network.approve("zhejiang", network.case("zhejiang", institution.uscc))
    eventually(lambda: network.standing(institution, "zhejiang") == "active")


def test_two_cities_stand_behind_one_case_and_one_may_leave_it(network):
    institution = network.member("lishui", "331102")
    network.join(institution, "hangzhou")
    eventually(lambda: network.certified("hangzhou", institution))
    network.recommend("lishui", institution).expect(201)
    case = network.case("zhejiang", institution.uscc)
    other = network.recommend("hangzhou", institution).expect(201).json
    detail = lambda: network.desk("zhejiang").get(f"/api/v1/cases/{case['id']}/detail").expect(200).json
    eventually(lambda: len(detail()["sources"]) == 2)
    shown = eventually(lambda: (row := network.certified("hangzhou", institution)) and len(row["review_by"]) == 2 and row)
    assert sorted(source["whose"] for source in shown["review_by"]) == ["city", "mine"]
    network.desk("hangzhou").post(f"/api/v1/recommendations/{other['id']}/withdraw", {"reason": "撤回"}).expect(202)
    eventually(lambda: network.desk("hangzhou").get(f"/api/v1/recommendations/{other['id']}").json["phase"] == "withdrawn")
    assert [source["state"] for source in detail()["sources"]] == ["active", "withdrawn"]
    assert network.case("zhejiang", institution.uscc)["id"] == case["id"]
    eventually(lambda: len(network.certified("lishui", institution)["review_by"]) == 1)


def test_withdrawing_the_last_withdraws_the_case(network):
    institution = network.member("lishui", "331102")
    sent = network.recommend("lishui", institution).expect(201).json
    case = network.case("zhejiang", institution.uscc)
    network.desk("lishui").post(f"/api/v1/recommendations/{sent['id']}/withdraw", {}).expect(202)
    eventually(lambda: network.desk("zhejiang").get(f"/api/v1/cases/{case['id']}").json["phase"] == "withdrawn")
    eventually(lambda: network.certified("lishui", institution)["standing"] == "no")


def test_supplements_go_to_city_and_institution_item_by_item(network):
    institution = network.member("lishui", "331102")
    sent = network.recommend("lishui", institution).expect(201).json
    case = network.case("zhejiang", institution.uscc)
    desk = network.desk("zhejiang")
    version = desk.get(f"/api/v1/cases/{case['id']}").etag
    desk.post(f"/api/v1/cases/{case['id']}/supplement", {"items": [
        {"addressee": "city", "item": "推荐理由", "question": "请补充服务案例"},
        {"addressee": "institution", "item": "年报", "question": "请说明上年收入"}]}, if_match=version).expect(200)
    shown = desk.get(f"/api/v1/cases/{case['id']}/detail").expect(200).json["supplements"]
    assert len(shown) == 2 and not any("1970" in str(item) for item in shown), shown
    city = eventually(lambda: network.desk("lishui").get("/api/v1/supplements", query={"case_id": case["id"]}).expect(200).json["items"])
    asked = {item["addressee"]: item for item in city}
    assert set(asked) == {"city", "institution"} and asked["city"]["due_on"], city
    eventually(lambda: network.desk("lishui").get(f"/api/v1/recommendations/{sent['id']}").json["phase"] == "supplement")
    institution.post(f"/api/v1/supplements/{asked['city']['id']}/answer", {"answer": "我来答"}).refused(404)
    network.desk("lishui").post(f"/api/v1/supplements/{asked['city']['id']}/answer", {"answer": "案例如下"}).expect(202)
    institution.post(f"/api/v1/supplements/{asked['institution']['id']}/answer", {"answer": "收入如下"}).expect(202)
    eventually(lambda: desk.get(f"/api/v1/cases/{case['id']}").json["phase"] == "waiting")
    progress = eventually(lambda: (shown := network.desk("lishui").get(f"/api/v1/recommendations/{sent['id']}/progress").expect(200).json)
                          and shown["phase"] == "waiting" and shown)
    assert progress["desk"] == "受理审核" and network.desk("lishui").get(
        f"/api/v1/recommendations/{sent['id']}/progress", headers={"Accept-Language": "en"}).expect(200).json["desk"] == "Review desk"
    row = network.desk("lishui").get(f"/api/v1/recommendations/{sent['id']}").expect(200).json
    assert (row["desk"], row["desk_en"]) == ("受理审核", "Review desk")
    assert progress["days_waiting"] == 0 and len(progress["supplements"]) == 2, progress
    network.approve("zhejiang", network.case("zhejiang", institution.uscc))


def test_claims_recusal_and_batch(network):
    institutions = [network.member("lishui", "331102") for _ in range(2)]
    for institution in institutions:
        network.recommend("lishui", institution).expect(201)
    cases = [network.case("zhejiang", institution.uscc) for institution in institutions]
    first, second = network.desk("zhejiang"), network.desk("zhejiang", "reviewer", "b")
    first.post(f"/api/v1/cases/{cases[0]['id']}/claim").expect(200)
    second.post(f"/api/v1/cases/{cases[0]['id']}/claim").refused(409)
    results = second.post("/api/v1/cases/decide", {"event": "approve", "items": [{"id": case["id"]} for case in cases]}).expect(200).json["results"]
    assert results[0]["problem"]["code"] == "conflict" and results[1]["phase"] == "approved", results
    assert [row["uscc"] for row in network.queue("zhejiang", claimed="me")] == [institutions[0].uscc]
    first.post(f"/api/v1/cases/{cases[0]['id']}/release").expect(200)
    network.approve("zhejiang", cases[0])


def test_reassigning_says_to_whom_and_why_and_a_decided_case_is_left_alone(network):
    institution = network.member("lishui", "331102")
    network.recommend("lishui", institution).expect(201)
    case = network.case("zhejiang", institution.uscc)
    path, admin, second = f"/api/v1/cases/{case['id']}", network.desk("zhejiang", "platform_admin"), network.desk("zhejiang", "reviewer", "b")
    account = second.get("/api/v1/account").expect(200).json
    admin.post(f"{path}/reassign", {"account_id": account["id"], "reason": "熟悉该领域"}).expect(200)
    last = admin.get(f"{path}/detail").expect(200).json["timeline"][-1]
    assert (last["event"], last["reason"], last["changed"]["claimed_name"]) == ("reassigned", "熟悉该领域", account["name"]), last
    network.fire("zhejiang", case, "approve").refused(409)
    network.fire("zhejiang", case, "approve", second).expect(200)
    for desk in (admin, second):
        desk.post(f"{path}/release").refused(409)
        desk.post(f"{path}/claim").refused(409)


def test_the_city_hears_the_result_whoever_of_its_desk_recommended(network):
    institution = network.member("lishui", "331102")
    admin = network.desk("lishui", "platform_admin")
    sent = admin.post("/api/v1/recommendations", {"institution_id": institution.institution_id, "insured_staff": 30, "qualified_staff": 27,
                                                  "annual_income": 900000000, "enterprises_served": 150, "reason": "推荐"}).expect(201).json
    network.fire("zhejiang", network.case("zhejiang", institution.uscc), "refuse", reason="材料不足").expect(200)
    for desk in (admin, network.desk("lishui")):
        told = eventually(lambda: [one for one in desk.pages("/api/v1/messages") if one["record_id"] == sent["id"]])
        assert len(told) == 1 and "材料不足" in told[0]["body"], told
    assert admin.get("/api/v1/messages/unread").expect(200).json["unread"] >= 1
    assert not [one for one in network.desk("lishui", "audit_admin").pages("/api/v1/messages") if one["record_id"] == sent["id"]]


def test_each_of_the_desk_has_read_marks_of_their_own(network):
    institution = network.member("lishui", "331102")
    desks = first, second, third = [network.desk("lishui", "reviewer", name) for name in ("reads_one", "reads_none", "reads_all")]
    sent = network.recommend("lishui", institution).expect(201).json
    network.fire("zhejiang", network.case("zhejiang", institution.uscc), "refuse", reason="材料不足").expect(200)
    told = lambda desk: [one for one in desk.pages("/api/v1/messages") if one["record_id"] == sent["id"]]
    unread = lambda desk: desk.get("/api/v1/messages/unread").expect(200).json["unread"]
    message, = eventually(lambda: told(first))
    before = [unread(desk) for desk in desks]
    assert all(before), before
    for _ in range(2):
        first.post(f"/api/v1/messages/{message['id']}/read").expect(204)
    third.post("/api/v1/messages/read-all").expect(204)
    assert [unread(desk) for desk in desks] == [before[0] - 1, before[1], 0]
    assert [bool(told(desk)[0]["read_at"]) for desk in desks] == [True, False, True]
    network.visit("lishui").post(f"/api/v1/messages/{message['id']}/read").refused(401)
    network.desk("lishui", "audit_admin").post(f"/api/v1/messages/{message['id']}/read").refused(404)
    # Who joins later has not to read what was before them; what comes then is new to whoever has read all.
    assert unread(network.desk("lishui", "reviewer", "joined_later")) == 0
    network.recommend("lishui", institution).expect(201)
    network.fire("zhejiang", network.case("zhejiang", institution.uscc), "refuse", reason="仍不足").expect(200)
    assert eventually(lambda: unread(third)) == 1


def test_what_was_read_before_stays_read_and_old_marks_are_folded(network, installation):
    desk = network.desk("lishui", "reviewer", "long_there")
    account = desk.get("/api/v1/account").expect(200).json["id"].replace("-", "")
    installation.sql(f"UPDATE account SET created_at = '2024-01-01' WHERE id = UNHEX('{account}')")
    row = "INSERT INTO message (platform_id, id, role, title, title_en, body, body_en, created_at, updated_at, read_at) SELECT id, UNHEX('{}'), " \
          "'reviewer', 'x', 'x', 'x', 'x', '2025-01-01', '2025-01-01', {} FROM tenant WHERE slug = 'lishui'"
    unread = lambda: desk.get("/api/v1/messages/unread").expect(200).json["unread"]
    known = unread()
    for n, read in enumerate(("NULL", "NULL", "'2025-01-02'")):
        installation.sql(row.format(f"019419000000700080000000000000{n:02x}", read))
    assert unread() == known + 2
    desk.post("/api/v1/messages/01941900-0000-7000-8000-000000000000/read").expect(204)
    assert unread() == known + 1
    desk.post("/api/v1/messages/read-all").expect(204)
    assert unread() == 0
    marks = installation.sql(f"SELECT COUNT(*) FROM message_read WHERE account_id = UNHEX('{account}') AND message_id < UNHEX('0195')")
    assert marks == [["0"]], marks


def test_a_long_export_ends_by_saying_so(make_installation, sms_server):
    place = make_installation(changes={"limits": {"export_rows": 2}})
    network = Network(place, place.server(), sms_server, ("zhejiang", "lishui"))
    institutions = [network.member("lishui", "331102") for _ in range(3)]
    def lines(slug, path, **query):
        text = network.desk(slug).get(f"/api/v1/{path}/export.csv", query=query).expect(200).body.decode("utf-8-sig")
        return text.splitlines()[1:]
    for found in (lines("lishui", "certified-institutions"), lines("lishui", "institutions")):
        assert len(found) == 3 and "未完" in found[-1] and "Incomplete: only the first 2 rows" in found[-1], found
    trail = network.desk("lishui", "audit_admin").get("/api/v1/audit/export.csv").expect(200).body.decode("utf-8-sig").splitlines()
    assert len(trail) == 4 and "未完" in trail[-1] and "Incomplete: only the first 2 rows" in trail[-1], trail
    found = lines("lishui", "certified-institutions", q=institutions[0].uscc)
    assert len(found) == 1 and institutions[0].uscc in found[0], found
    for institution in institutions:
        network.recommend("lishui", institution).expect(201)
        network.case("zhejiang", institution.uscc)
    found = lines("zhejiang", "case-queue")
    assert len(found) == 3 and "未完" in found[-1], found
    # What just fits says nothing.
    network.approve("zhejiang", network.case("zhejiang", institutions[0].uscc))
    found = lines("zhejiang", "case-queue", phase="waiting")
    assert len(found) == 2 and "未完" not in found[-1], found
