"""Applications: the first platform (ZJ-7), the province by oneself (ZJ-4), joining sideways and downward (NX-12), and races at the case."""

import pytest

from harness import eventually, together
from network import Network, uscc


@pytest.fixture(scope="module")
def network(installation, server, sms_server):
    return Network(installation, server, sms_server)


def test_who_is_on_no_city_platform_is_told_where_to_begin(network):
    institution = network.register("lishui", "331102")
    options = institution.get("/api/v1/join-options").expect(200).json
    cities = {platform["platform"] for platform in options["guidance"]["platforms"]}
    assert {"lishui", "hangzhou"} <= cities and options["guidance"]["text"]
    refused = institution.post("/api/v1/applications", {"platform": "zhejiang", "consent": True}).refused(409, "guidance")
    assert "地市" in refused.json["zh"]


def test_by_itself_from_the_city_onto_the_province(network, sms):
    institution = network.member("hangzhou", "330102")
    checked = institution.post("/api/v1/applications/check", {"platform": "zhejiang"}).expect(200).json
    assert checked["phase"] == "ready" and any(one["id"] == "penalty" for one in checked["conditions"])
    sms.clear()
    network.join(institution, "zhejiang")
    assert sms.wait(institution.mobile)
    row = network.certified("hangzhou", institution)
    assert row["standing"] == "yes"
    institution.post("/api/v1/applications", {"platform": "zhejiang", "consent": True}).refused(409)


def test_consent_is_needed(network):
    institution = network.register("lishui", "331102")
    institution.post("/api/v1/applications", {"platform": "lishui", "consent": False}).refused(422)


def test_one_application_at_a_time_and_withdrawing_it(network):
    institution = network.register("lishui", "331102")
    sent = institution.post("/api/v1/applications", {"platform": "lishui", "consent": True}).expect(201).json
    institution.post("/api/v1/applications", {"platform": "lishui", "consent": True}).refused(409)
    case = network.case("lishui", institution.uscc)
    institution.post(f"/api/v1/applications/{sent['id']}/withdraw", {"reason": "资料有误"}).expect(202)
    eventually(lambda: institution.get(f"/api/v1/applications/{sent['id']}").json["phase"] == "withdrawn")
    assert network.desk("lishui").get(f"/api/v1/cases/{case['id']}").json["phase"] == "withdrawn"
    network.join(institution, "lishui")


def test_a_member_of_the_province_joins_downward(network):
    """NX-12: the city's administrator reviews, and it can work there."""
    institution = network.member("hangzhou", "330102")
    network.join(institution, "zhejiang")
    option = next(one for one in institution.get("/api/v1/join-options").json["platforms"] if one["platform"] == "lishui")
    assert option["way"] == "join", option
    network.join(institution, "lishui")
    case = network.queue("lishui", way="join")
    assert institution.uscc in [row["uscc"] for row in case]
    held = network.desk("lishui").get(f"/api/v1/institutions/{institution.institution_id}").expect(200).json
    assert held["name"]


def test_leaving_a_platform_ends_it_there_and_nowhere_else(network):
    institution = network.member("lishui", "331102")
    network.join(institution, "hangzhou")
    rows = institution.get("/api/v1/memberships").expect(200).json["items"]
    there = next(row for row in rows if row["home"] == "hangzhou")
    institution.post(f"/api/v1/memberships/{there['id']}/leave", {"reason": "业务调整"}).expect(202)
    eventually(lambda: network.standing(institution, "hangzhou") == "left")
    assert network.standing(institution, "lishui") == "active"


def test_approve_against_withdraw_is_decided_once(network):
    """Whichever commits first wins, and both sides show the same."""
    outcomes = set()
    for _ in range(6):
        institution = network.member("lishui", "331102")
        sent = network.recommend("lishui", institution).expect(201).json
        case = network.case("zhejiang", institution.uscc)
        eventually(lambda: network.desk("lishui").get(f"/api/v1/recommendations/{sent['id']}").json["phase"] == "waiting")
        city, province = network.desk("lishui").copy(), network.desk("zhejiang").copy()
        sides = (lambda: city.post(f"/api/v1/recommendations/{sent['id']}/withdraw", {}),
                 lambda: network.fire("zhejiang", case, "approve", desk=province))
        together(2, lambda i: sides[i]())
        decided = eventually(lambda: (phase := province.get(f"/api/v1/cases/{case['id']}").json["phase"]) in ("approved", "withdrawn") and phase)
        eventually(lambda: city.get(f"/api/v1/recommendations/{sent['id']}").json["phase"] == decided)
        eventually(lambda: network.standing(institution, "zhejiang") == ("active" if decided == "approved" else "left"))
        outcomes.add(decided)
    assert outcomes <= {"approved", "withdrawn"}
