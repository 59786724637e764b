"""Recommendation (ZJ-5): a city proposes, the province decides, both show the same."""

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
