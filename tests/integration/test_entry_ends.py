"""What is under way for an institution ends with what it waits for, by whatever way that comes, and with what it rests on."""

import pytest

from harness import eventually
from network import Network


@pytest.fixture(scope="module")
def network(installation, server, sms_server):
    return Network(installation, server, sms_server)


def invite(network, institution, slug="zhejiang"):
    values = {"uscc": institution.uscc, "name": "受邀机构", "contact_name": "王联系", "contact_mobile": institution.mobile}
    return network.desk(slug).post("/api/v1/invitations", values).expect(201).json


def redeem(visitor, code, slug="zhejiang"):
    return visitor.post("/api/v1/invitations/redeem", {"code": code, "platform": slug, "consent": True})


def todo(visitor, box="waiting"):
    return visitor.get("/api/v1/workbench/todo", query={"box": box, "limit": 100}).expect(200).json["items"]


def apply_to(institution, slug):
    return institution.post("/api/v1/applications", {"platform": slug, "statement": "申请入驻", "consent": True}).expect(201).json


def case_now(network, slug, case):
    return network.desk(slug).get(f"/api/v1/cases/{case['id']}").expect(200).json


def ask(network, slug, case, **item):
    desk = network.desk(slug)
    version = desk.get(f"/api/v1/cases/{case['id']}").etag
    items = [{"addressee": "institution", "item": "营业执照", "question": "请补充", **item}]
    return desk.post(f"/api/v1/cases/{case['id']}/supplement", {"items": items}, if_match=version).expect(200)


def settled(network, institution, case, code):
    """After a code was redeemed: nothing of the case is left that could still be decided or be in anybody's way."""
    assert redeem(institution, code).expect(200).json["state"] == "redeemed"
    eventually(lambda: network.standing(institution, "zhejiang") == "active")
    shown = case_now(network, "zhejiang", case)
    assert shown["phase"] == "approved" and "邀约" in shown["decision_reason"] and "invitation" in shown["decision_reason_en"], shown
    assert not shown.get("decided_name"), shown
    network.fire("zhejiang", case, "refuse", reason="材料不足").refused(409)
    network.fire("zhejiang", case, "approve").refused(409)
    assert case["id"] not in {item["id"] for item in todo(network.desk("zhejiang"))}
    assert institution.uscc not in {row["uscc"] for row in network.queue("zhejiang", phase="waiting")}
    detail = network.desk("zhejiang").get(f"/api/v1/cases/{case['id']}/detail").expect(200).json
    assert {source["state"] for source in detail["sources"]} == {"decided"}, detail["sources"]
    assert not {one["state"] for one in detail["supplements"]} & {"open", "answered"}, detail["supplements"]
    assert network.standing(institution, "zhejiang") == "active"


def test_a_code_ends_the_case_of_a_recommendation(network):
    institution = network.member("lishui", "331102")
    sent = network.recommend("lishui", institution).expect(201).json
    case = network.case("zhejiang", institution.uscc)
    settled(network, institution, case, invite(network, institution)["code"])
    mine = eventually(lambda: (row := network.desk("lishui").get(f"/api/v1/recommendations/{sent['id']}").json)["phase"] == "approved" and row)
    assert "邀约" in mine["decision_reason"] and "invitation" in mine["decision_reason_en"], mine
    assert sent["id"] not in {item["id"] for item in todo(network.desk("lishui"), "sent")}
    assert network.certified("lishui", institution)["standing"] == "yes"


def test_a_code_ends_the_case_of_its_own_application_asked_for_a_supplement_and_claimed(network):
    institution = network.member("hangzhou", "330102")
    sent = apply_to(institution, "zhejiang")
    case = network.case("zhejiang", institution.uscc)
    network.desk("zhejiang").post(f"/api/v1/cases/{case['id']}/claim").expect(200)
    ask(network, "zhejiang", case)
    asked = eventually(lambda: next((item for item in todo(institution) if item["type"] == "supplement"), None))
    settled(network, institution, case, invite(network, institution)["code"])
    eventually(lambda: institution.get(f"/api/v1/applications/{sent['id']}").json["phase"] == "approved")
    eventually(lambda: asked["id"] not in {item["id"] for item in todo(institution)})
    assert not [item for item in todo(institution, "sent") if item["id"] == sent["id"]]


def test_a_decision_leaves_no_code_behind(network):
    institution = network.member("lishui", "331102")
    issued = invite(network, institution)
    network.recommend("lishui", institution).expect(201)
    network.approve("zhejiang", network.case("zhejiang", institution.uscc))
    assert network.desk("zhejiang").get(f"/api/v1/invitations/{issued['id']}").json["phase"] == "revoked"
    assert issued["id"] not in {item["id"] for item in todo(network.desk("zhejiang"), "sent")}
    assert redeem(institution, issued["code"]).refused(409).json["outcome"] == "member"


def test_what_arrives_for_a_suspended_member_is_refused_with_a_reason_in_both_languages(network):
    institution = network.member("lishui", "331102")
    network.join(institution, "zhejiang")
    admin = network.desk("zhejiang", "platform_admin")
    row = next(one for one in institution.get("/api/v1/memberships").json["items"] if one["home"] == "zhejiang")
    fire(admin, row["id"], "suspend", "核实")
    # The city has not heard of it yet, or asks all the same: its recommendation is answered, not parked.
    network.installation.sql(f"UPDATE membership SET phase = 'left' WHERE home_id <> platform_id AND id = UNHEX(REPLACE('{row['id']}', '-', ''))")
    sent = network.recommend("lishui", institution).expect(201).json
    shown = eventually(lambda: (one := network.desk("lishui").get(f"/api/v1/recommendations/{sent['id']}").json)["phase"] == "refused" and one)
    assert "暂停" in shown["decision_reason"] and "suspended" in shown["decision_reason_en"], shown
    assert network.installation.sql("SELECT COUNT(*) FROM log_parked") == [["0"]]


def fire(desk, membership, event, reason=None):
    version = desk.get(f"/api/v1/memberships/{membership}").expect(200).etag
    return desk.post(f"/api/v1/memberships/{membership}/events", {"event": event, **({"reason": reason} if reason else {})}, if_match=version).expect(200)


def end(network, institution, slug, how):
    """The institution's membership of a platform ends."""
    row = next(one for one in institution.get("/api/v1/memberships").json["items"] if one["home"] == slug)
    if how in ("remove", "suspend"):
        fire(network.desk(slug, "platform_admin"), row["id"], how, "经核查不符")
    elif how == "leave":
        institution.post(f"/api/v1/memberships/{row['id']}/leave", {"reason": "业务调整"}).expect(202)
    else:
        network.installation.sql(f"UPDATE membership SET until = '2020-01-01' WHERE home_id = platform_id AND id = UNHEX(REPLACE('{row['id']}', '-', ''))")


@pytest.mark.parametrize("how", ["remove", "suspend", "leave", "expire"])
def test_a_recommendation_ends_with_the_membership_that_it_rests_on(network, how):
    institution = network.member("lishui", "331102")
    sent = network.recommend("lishui", institution).expect(201).json
    case = network.case("zhejiang", institution.uscc)
    end(network, institution, "lishui", how)
    shown = eventually(lambda: (row := network.desk("lishui").get(f"/api/v1/recommendations/{sent['id']}").json)["phase"] == "withdrawn" and row, 15)
    assert "入驻" in shown["decision_reason"] and "membership" in shown["decision_reason_en"], shown
    assert case_now(network, "zhejiang", case)["phase"] == "withdrawn"
    network.fire("zhejiang", case, "approve").refused(409)
    eventually(lambda: network.standing(institution, "zhejiang") == "left")


def test_a_county_s_membership_carries_its_city_s_recommendation(network):
    institution = network.member("suichang", "331123")
    eventually(lambda: network.certified("lishui", institution))
    sent = network.recommend("lishui", institution).expect(201).json
    case = network.case("zhejiang", institution.uscc)
    end(network, institution, "suichang", "remove")
    eventually(lambda: network.desk("lishui").get(f"/api/v1/recommendations/{sent['id']}").json["phase"] == "withdrawn")
    eventually(lambda: case_now(network, "zhejiang", case)["phase"] == "withdrawn")


def test_another_membership_keeps_what_it_carries(network):
    """Two cities stand behind it: one ends, the other's goes on."""
    institution = network.member("lishui", "331102")
    network.join(institution, "hangzhou")
    eventually(lambda: network.certified("hangzhou", institution))
    mine = network.recommend("lishui", institution).expect(201).json
    case = network.case("zhejiang", institution.uscc)
    other = network.recommend("hangzhou", institution).expect(201).json
    eventually(lambda: network.desk("hangzhou").get(f"/api/v1/recommendations/{other['id']}").json["phase"] == "waiting")
    ask(network, "zhejiang", case, addressee="city", to_platform="lishui")
    end(network, institution, "lishui", "remove")
    eventually(lambda: network.desk("lishui").get(f"/api/v1/recommendations/{mine['id']}").json["phase"] == "withdrawn")
    shown = eventually(lambda: (row := case_now(network, "zhejiang", case))["phase"] == "waiting" and row)
    assert shown["ways"] == "recommendation"  # what was asked of the one that left is asked no more, and the case goes on
    network.approve("zhejiang", case)
    eventually(lambda: network.standing(institution, "zhejiang") == "active")


def test_its_own_application_ends_with_the_membership_that_the_province_asks_for(network):
    institution = network.member("hangzhou", "330102")
    sent = apply_to(institution, "zhejiang")
    case = network.case("zhejiang", institution.uscc)
    end(network, institution, "hangzhou", "remove")
    shown = eventually(lambda: (row := institution.get(f"/api/v1/applications/{sent['id']}").json)["phase"] == "withdrawn" and row)
    assert "前提" in shown["reason"] and shown["reason_en"], shown
    assert case_now(network, "zhejiang", case)["phase"] == "withdrawn"


def test_what_rests_on_a_closed_platform_ends(network):
    """A county that vouched, a city that asked: last, since they do not open again."""
    county = network.member("longquan", "331181")
    eventually(lambda: network.certified("lishui", county))
    by_city = network.recommend("lishui", county).expect(201).json
    first = network.case("zhejiang", county.uscc)
    from_city = network.member("hangzhou", "330102")
    network.recommend("hangzhou", from_city).expect(201)
    second = network.case("zhejiang", from_city.uscc)
    network.installation.ctl("platform", "close", "longquan")
    network.installation.ctl("platform", "close", "hangzhou")
    eventually(lambda: network.desk("lishui").get(f"/api/v1/recommendations/{by_city['id']}").json["phase"] == "withdrawn", 25)
    for case in (first, second):
        assert eventually(lambda: case_now(network, "zhejiang", case)["phase"] == "withdrawn", 25)
    assert "关闭" in case_now(network, "zhejiang", second)["decision_reason"]
