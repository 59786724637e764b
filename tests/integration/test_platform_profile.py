"""What platforms say of themselves to all (platform.profile), and that nobody reads another's settings otherwise."""

import json

import pytest

from harness import ROOT, eventually
from network import Network

SLUGS = ("zhejiang", "hangzhou", "lishui")
EVERYBODY = 4294967295


@pytest.fixture(scope="module")
def network(installation, server, sms_server):
    return Network(installation, server, sms_server, SLUGS)


@pytest.fixture(scope="module")
def visitor(network):
    return network.register("lishui", "331102")


def number(network, slug):
    return int(network.installation.sql(f"SELECT id FROM tenant WHERE slug = '{slug}'")[0][0])


def told(network):
    rows = network.installation.sql("SELECT t.slug, p.version, p.state, p.content FROM platform_profile p JOIN tenant t ON t.id = p.platform")
    return {slug: (int(version), state, json.loads(content)) for slug, version, state, content in rows}


def way_to(visitor, slug):
    options = visitor.get("/api/v1/join-options").expect(200).json["platforms"]
    return next(one["way"] for one in options if one["platform"] == slug)


def change(network, tmp_path, slug, opened):
    """Hangzhou opens or closes the way of applying oneself."""
    text = (ROOT / "config" / "platforms" / f"{slug}.yaml").read_text(encoding="utf-8")
    file = tmp_path / f"{slug}.yaml"
    file.write_text(text + f"\nways: {{self: {{open: {str(opened).lower()}}}}}\n", encoding="utf-8")
    assert "\nways:" not in text
    network.installation.ctl("platform", "update", str(file))


def test_everybody_knows_what_each_says(network):
    eventually(lambda: set(told(network)) == set(SLUGS))
    version, state, content = told(network)["lishui"]
    assert (version, state) == (1, "active")
    assert content["parent"] == "zhejiang/zhejiang" and content["level"] == "city" and content["host"] == "lishui.localhost", content
    parts = network.installation.sql("SELECT JSON_KEYS(d.document), JSON_KEYS(d.document, '$.profile'), JSON_KEYS(d.document, '$.profile.contacts') "
                                     "FROM platform_profile p JOIN policy_document d ON d.hash = p.policy_hash")
    for whole, profile, contacts in parts:  # what others need, and nothing else: no contacts of administrators, no sign-in rules
        assert set(json.loads(whole)) <= {"ways", "conditions", "listing", "profile"}, whole
        assert set(json.loads(profile)) <= {"name", "short_name", "hosts", "contacts"}
        assert set(json.loads(contacts)) <= {"hotline", "hours"}
    status = [one for one in network.installation.ctl("federation", "status") if one["reader"] == "*"]
    assert {one["source"] for one in status} == set(SLUGS)


def test_what_is_not_told_is_not_known(network, visitor, tmp_path):
    """The way to Hangzhou as Lishui shows it follows Hangzhou's word, not its settings: while the word is not heard, nothing changes."""
    eventually(lambda: way_to(visitor, "hangzhou"))
    before, hangzhou = way_to(visitor, "hangzhou"), number(network, "hangzhou")
    cursor = f"platform_id = {EVERYBODY} AND source = {hangzhou}"
    network.installation.sql(f"UPDATE log_cursor SET reset_at = UTC_TIMESTAMP(3) WHERE {cursor}")
    change(network, tmp_path, "hangzhou", False)
    eventually(lambda: network.visit("hangzhou").get("/api/v1/uscc", query={"uscc": "1"}).code != "unknown-host")
    version = int(network.installation.sql(f"SELECT policy_version FROM tenant WHERE id = {hangzhou}")[0][0])
    assert version == 2 and told(network)["hangzhou"][0] == 1
    for _ in range(3):
        assert way_to(visitor, "hangzhou") == before
    network.installation.sql(f"UPDATE log_cursor SET reset_at = NULL WHERE {cursor}")
    eventually(lambda: way_to(visitor, "hangzhou") is None)
    assert told(network)["hangzhou"][0] == version
    change(network, tmp_path, "hangzhou", True)
    eventually(lambda: way_to(visitor, "hangzhou") == before)


def test_who_came_before_it_was_told_says_it_by_itself(network):
    network.installation.sql("DELETE FROM platform_profile")
    eventually(lambda: set(told(network)) == set(SLUGS), 20, 0.2)


def test_a_state_is_told(network):
    network.installation.ctl("platform", "suspend", "hangzhou")
    eventually(lambda: told(network)["hangzhou"][1] == "suspended")
    network.installation.ctl("platform", "resume", "hangzhou")
    eventually(lambda: told(network)["hangzhou"][1] == "active")
