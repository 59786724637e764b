"""Desks that a policy names: cases that only the members of one decide, claimed for a while, and announcements that two must publish."""

import pytest

from harness import ROOT, eventually
from network import Network

POLICY = """
desks:
  window: {zh: 入驻窗口, en: Entry desk, members: [reviewer_a, reviewer_b]}
  editors: {zh: 编辑组, en: Editors, members: [platform_admin_a, platform_admin_b, platform_admin_c]}
lifecycles:
  entry_case:
    extends: entry_case
    steps:
      received: {desk: window, claim: 30}
  announcement:
    extends: announcement
    transitions:
      publish: {by: {group: editors, need: 2, of: 3, once_a_person: true}}
"""


@pytest.fixture(scope="module")
def network(installation, server, sms_server, tmp_path_factory):
    network = Network(installation, server, sms_server, ("zhejiang", "lishui", "longquan"))
    changed = tmp_path_factory.mktemp("desks") / "longquan.yaml"
    changed.write_text((ROOT / "config" / "platforms" / "longquan.yaml").read_text(encoding="utf-8") + POLICY, encoding="utf-8")
    installation.ctl("platform", "update", changed)
    eventually(lambda: "by" in transition(network.desk("longquan", "platform_admin"), "announcement", "publish"))
    return network


def transition(visitor, record, event):
    records = visitor.get("/api/v1/meta").expect(200).json["records"]
    moves = next(one for one in records if one["name"] == record)["lifecycle"]["transitions"]
    return next(one for one in moves if one["event"] == event)


def fire(visitor, path, event):
    return visitor.post(f"{path}/events", {"event": event}, if_match=visitor.get(path).expect(200).etag)


def waits(visitor):
    return [one["id"] for one in visitor.get("/api/v1/workbench/todo", query={"limit": 100}).expect(200).json["items"]]


def actions(visitor, path):
    return [one["event"] for one in visitor.get(path).expect(200).json["actions"]]


def test_a_case_is_its_desks(network):
    one, two, stranger = (network.desk("longquan", "reviewer", name) for name in ("", "b", "c"))
    member = network.register("longquan", "331181")
    member.post("/api/v1/applications", {"platform": "longquan", "statement": "申请入驻", "consent": True}).expect(201)
    case = network.case("longquan", member.uscc)
    path = f"/api/v1/cases/{case['id']}"
    assert case["id"] in waits(one) and case["id"] not in waits(stranger)
    assert "approve" in actions(one, path) and actions(stranger, path) == []
    assert "办理组" in fire(stranger, path, "approve").refused(403).json["zh"] + str(fire(stranger, path, "claim").refused(403).json)
    fire(one, path, "claim").expect(200)
    assert case["id"] in waits(one) and case["id"] not in waits(two) and "approve" not in actions(two, path)
    fire(two, path, "approve").refused(409)
    fire(two, path, "release").refused(409)
    fire(one, path, "release").expect(200)
    fire(two, path, "claim").expect(200)
    fire(two, path, "approve").expect(200)
    events = [item["event"] for item in one.get(f"{path}/history").expect(200).json["items"]]
    assert events[:4] == ["approve", "claimed", "released", "claimed"], events


def test_two_publish(network):
    one, two, three, stranger = (network.desk("longquan", "platform_admin", name) for name in ("", "b", "c", "d"))
    made = one.post("/api/v1/announcements", {"title": "两人发布"}).expect(201).json
    path = f"/api/v1/announcements/{made['id']}"
    fire(stranger, path, "publish").refused(403)
    assert fire(one, path, "publish").expect(200).json["phase"] == "draft"
    fire(one, path, "publish").refused(409)
    stale = three.get(path).expect(200).etag
    assert fire(two, path, "publish").expect(200).json["phase"] == "active"
    three.post(f"{path}/events", {"event": "publish"}, if_match=stale).refused(412)
    events = [item["event"] for item in one.get(f"{path}/history").expect(200).json["items"]]
    assert events[:2] == ["publish", "voted"], events
    assert network.installation.sql("SELECT COUNT(*) FROM vote") == [["0"]]
