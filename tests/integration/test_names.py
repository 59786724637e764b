"""What is copied from another record follows it (declared `follows`), on every platform that holds one: lists, the desk's queues, search, exports."""

import time

import pytest

from declarations import Declarations
from harness import eventually
from network import Network
from test_files import readers_held

PLATFORMS = ("zhejiang", "hangzhou", "lishui", "longquan", "suichang")
PRODUCT = {"name": "更名测试服务", "category": "innovation", "pricing": "negotiable", "summary": "跟随机构名称"}


@pytest.fixture(scope="module")
def network(installation, server, sms_server):
    return Network(installation, server, sms_server, PLATFORMS)


@pytest.fixture(scope="module")
def followers():
    """Every declared field that follows an institution: (record, table, key, field, column of the institution)."""
    checker = Declarations().checker
    found = [(r.name, r.table, r.follow_key.column, r.follow_by, f.column, f.follow_column)
             for r in checker.records for f in r.fields if f.follow_column and r.follows.name == "institution"]
    assert {name for name, *_ in found} == {"membership", "listing", "recommendation", "entry_case", "invitation", "supplement", "correction"}
    return found


def stale(network, followers):
    """Where a platform holds the institution and a copy says otherwise."""
    found = []
    for name, table, key, by, column, source in followers:
        rows = network.installation.sql(f"SELECT t.slug, f.`{column}`, s.`{source}` FROM `{table}` f JOIN tenant t ON t.id = f.platform_id "
                                        f"JOIN institution s ON s.platform_id = f.platform_id AND s.`{by}` = f.`{key}` "
                                        f"WHERE NOT (BINARY f.`{column}` <=> BINARY s.`{source}`)")
        found += [(name, column, *row) for row in rows]
    return found


def saying(network, followers, name):
    """Which records say a name, on which platforms."""
    found = set()
    for record, table, _, _, column, source in followers:
        if source == "name":
            found |= {(record, slug) for slug, in network.installation.sql(
                f"SELECT DISTINCT t.slug FROM `{table}` f JOIN tenant t ON t.id = f.platform_id WHERE BINARY f.`{column}` = '{name}'")}
    return found


def rename(network, institution, name, slug="lishui"):
    desk = network.desk(slug)
    path = f"/api/v1/institutions/{institution.institution_id}"
    desk.patch(path, {"name": name}, if_match=desk.get(path).etag).expect(200)


def publish(network, institution, slugs):
    product = institution.post("/api/v1/products", PRODUCT).expect(201).json
    institution.post("/api/v1/products/publish", {"products": [product["id"]], "platforms": slugs}).expect(200)
    for slug in slugs:
        eventually(lambda: found(network, slug, product["number"]))
    return product


def found(network, slug, words):
    items = network.visit(slug).get("/api/v1/portal/listings", query={"q": words}).expect(200).json["items"]
    return items[0] if items else None


@pytest.fixture(scope="module")
def everywhere(network):
    """An institution of Longquan that something is about everywhere: member at home and at Lishui with products on both shelves; recommended by Lishui
    to the province, which asks both for more; applying at Suichang; invited by the province; Hangzhou has a correction to propose."""
    institution = network.member("longquan", "331181")
    network.join(institution, "lishui")
    network.join(institution, "hangzhou")
    institution.product = publish(network, institution, ["longquan", "lishui", "hangzhou"])
    sent = network.recommend("lishui", institution).expect(201).json
    case = network.case("zhejiang", institution.uscc)
    ask = lambda to: {"addressee": to, "item": "补充", "question": "请说明"}
    desk = network.desk("zhejiang")
    version = desk.get(f"/api/v1/cases/{case['id']}").etag
    desk.post(f"/api/v1/cases/{case['id']}/supplement", {"items": [ask("city"), ask("institution")]}, if_match=version).expect(200)
    institution.post("/api/v1/applications", {"platform": "suichang", "statement": "申请", "consent": True}).expect(201)
    network.case("suichang", institution.uscc)
    desk.post("/api/v1/invitations", {"uscc": institution.uscc, "name": "邀约时填写的名称", "contact_mobile": institution.mobile})
    network.desk("hangzhou").post("/api/v1/corrections", {"institution_id": institution.institution_id, "changes": {"address": "新址 1 号"},
                                                          "reason": "地址有误"}).expect(201)
    institution.recommendation = sent["id"]
    return institution


def test_a_rename_is_heard_wherever_the_name_stands(network, followers, everywhere):
    mobile = everywhere.mobile
    network.desk("suichang").post("/api/v1/invitations", {"uscc": everywhere.uscc, "name": "邀约名称", "contact_mobile": mobile})
    eventually(lambda: not stale(network, followers))
    before = everywhere.get("/api/v1/institution").expect(200).json["name"]
    where = saying(network, followers, before)
    assert {record for record, _ in where} >= {"membership", "listing", "recommendation", "entry_case", "supplement", "correction", "invitation"}, where
    rename(network, everywhere, "新名称科技有限公司", "longquan")
    eventually(lambda: not saying(network, followers, before) and not stale(network, followers))
    assert saying(network, followers, "新名称科技有限公司") == where
    # Where people look: the shelf, the queue, lists and exports.
    for slug in ("longquan", "lishui", "hangzhou"):
        assert eventually(lambda: (hit := found(network, slug, "新名称科技")) and hit)["institution"]["name"] == "新名称科技有限公司"
        assert "新名称科技有限公司" in network.desk(slug).get("/api/v1/listings/export.csv").expect(200).text
    assert any(row["name"] == "新名称科技有限公司" for row in network.queue("zhejiang"))
    assert "新名称科技有限公司" in network.desk("lishui").get("/api/v1/recommendations/export.csv").expect(200).text
    # What a desk has looked at stays as it was.
    dossier = network.desk("lishui").get(f"/api/v1/recommendations/{everywhere.recommendation}").expect(200).json["dossier"]
    assert dossier["institution"]["name"] == before


@pytest.mark.parametrize("name", ["新名称科技有限公司", "ＡＢＣ科技有限公司", "ABC科技有限公司", "abc科技有限公司"])
def test_names_that_a_database_takes_for_equal_are_others(network, followers, everywhere, name):
    rename(network, everywhere, name, "longquan")
    eventually(lambda: not stale(network, followers) and ("listing", "hangzhou") in saying(network, followers, name))


def test_names_that_come_in_bulk(network, followers, everywhere):
    """Many profiles at once, as after a pause: applied in a few statements, and followed all the same."""
    other = network.register("longquan", "331181")
    with readers_held(network):
        rename(network, other, "先到的名称有限公司", "longquan")
        time.sleep(0.3)
        for n in range(4):
            rename(network, other, f"另一机构 {n} 号", "longquan")
            rename(network, everywhere, f"成批更名 {n} 号有限公司", "longquan")
    eventually(lambda: not stale(network, followers) and ("listing", "lishui") in saying(network, followers, "成批更名 3 号有限公司"))


def test_renamed_while_requests_are_under_way(network, followers, everywhere):
    """Names and requests cross: whichever comes last, all agree."""
    for n in range(6):
        version = everywhere.get(f"/api/v1/products/{everywhere.product['id']}").etag
        everywhere.patch(f"/api/v1/products/{everywhere.product['id']}", {"summary": f"第 {n} 版"}, if_match=version).expect(200)
        rename(network, everywhere, f"交错更名 {n} 号有限公司", "longquan")
    eventually(lambda: not stale(network, followers) and ("listing", "hangzhou") in saying(network, followers, "交错更名 5 号有限公司"))


def test_an_accepted_correction_renames_as_well(network, followers, everywhere):
    desk = network.desk("lishui")
    sent = desk.post("/api/v1/corrections", {"institution_id": everywhere.institution_id, "changes": {"name": "更正后的名称有限公司"},
                                             "reason": "以执照为准"}).expect(201).json
    home = network.desk("longquan")
    arrived = eventually(lambda: (answer := home.get(f"/api/v1/corrections/{sent['id']}")).status == 200 and answer)
    home.post(f"/api/v1/corrections/{sent['id']}/events", {"event": "accept"}, if_match=arrived.etag).expect(200)
    eventually(lambda: not stale(network, followers) and ("listing", "hangzhou") in saying(network, followers, "更正后的名称有限公司"))


def test_history_says_why_a_record_changed(network, everywhere):
    desk = network.desk("hangzhou")
    row = desk.get("/api/v1/listings", query={"product_id": everywhere.product["id"]}).expect(200).json["items"][0]
    events = desk.get(f"/api/v1/listings/{row['id']}/history").expect(200).json["items"]
    followed = [one for one in events if one["event"] == "followed"]
    assert followed and "institution_name" in followed[-1]["changes"], events
