"""Publication (ZJ-9, HN-3): numbers, one product on several shelves, each platform's own review, the matrix, profile sync."""

import pytest

from harness import ROOT, eventually, together
from network import Network, uscc

HUNAN = ("hunan", "changsha", "changsha-cluster")
PRODUCT = {"name": "技术咨询服务", "category": "innovation", "pricing": "fixed", "price": 250000, "summary": "为中小企业提供技术咨询"}


@pytest.fixture(scope="module")
def network(installation, server, sms_server):
    return Network(installation, server, sms_server, ("zhejiang", "hangzhou", "lishui", "longquan", "suichang", *HUNAN))


def create(visitor, **more):
    return visitor.post("/api/v1/products", {**PRODUCT, **more}).expect(201).json


def publish(visitor, products, platforms, **more):
    return visitor.post("/api/v1/products/publish", {"products": [product["id"] for product in products], "platforms": platforms, **more}).expect(200).json["results"]


def cell(visitor, product, platform):
    page = visitor.get("/api/v1/publication-matrix").expect(200).json
    row = next(row for row in page["products"] if row["id"] == product["id"])
    return row["cells"].get(platform)


def becomes(visitor, product, platform, state):
    return eventually(lambda: (found := cell(visitor, product, platform)) and found["state"] == state and found)


def listing(network, slug, product):
    rows = network.desk(slug).get("/api/v1/listings", query={"product_id": product["id"]}).expect(200).json["items"]
    return rows[0] if rows else None


def fire(network, slug, row, event, **form):
    desk = network.desk(slug)
    version = desk.get(f"/api/v1/listings/{row['id']}").etag
    return desk.post(f"/api/v1/listings/{row['id']}/events", {"event": event, **form}, if_match=version)


@pytest.fixture(scope="module")
def member(network):
    """On Lishui, Hangzhou and the province."""
    institution = network.member("lishui", "331102")
    network.join(institution, "hangzhou")
    network.join(institution, "zhejiang")
    return institution


@pytest.fixture(scope="module")
def hunan_member(network):
    return network.member("changsha", "430102")


def test_numbers_are_unique_under_load(network, member):
    made = together(40, lambda i: create(member.copy(), name=f"产品{i}"))
    numbers = [product["number"] for product in made]
    assert len(set(numbers)) == 40 and all(number.startswith("PX-331100-") for number in numbers), numbers


def test_one_product_on_three_platforms_at_once(network, member):
    product = create(member)
    results = publish(member, [product], ["lishui", "hangzhou", "zhejiang", "longquan"])
    assert [result["state"] for result in results] == ["sent", "sent", "sent", "not_sent"], results
    for slug in ("lishui", "hangzhou", "zhejiang"):
        found = becomes(member, product, slug, "active")
        assert found["live"] and found["live_version"] == 1 or found["live_version"] == 2
    assert cell(member, product, "longquan") is None
    eventually(lambda: member.get(f"/api/v1/products/{product['id']}").json["listed"] == 3)
    row = eventually(lambda: (row := network.certified("hangzhou", member)) and row["products_listed"] >= 1 and row)
    assert row["products_created"] >= row["products_listed"]
    seen = network.visit("hangzhou").get("/api/v1/portal/listings", query={"q": "技术咨询"}).expect(200).json
    assert product["number"] in [item["number"] for item in seen["items"]], seen


def test_changes_reach_the_shelves_and_delisting_one_leaves_the_others(network, member):
    product = create(member)
    publish(member, [product], ["lishui", "hangzhou"], overrides=[{"product": product["id"], "platform": "hangzhou", "price": 99900}])
    becomes(member, product, "lishui", "active"), becomes(member, product, "hangzhou", "active")
    assert cell(member, product, "hangzhou")["overrides"] == {"price": 99900}
    assert listing(network, "hangzhou", product)["price"] == 99900 and listing(network, "lishui", product)["price"] == 250000
    version = member.get(f"/api/v1/products/{product['id']}").etag
    member.patch(f"/api/v1/products/{product['id']}", {"name": "新名称服务", "price": 300000}, if_match=version).expect(200)
    eventually(lambda: listing(network, "lishui", product)["name"] == "新名称服务" and listing(network, "hangzhou", product)["name"] == "新名称服务")
    assert listing(network, "hangzhou", product)["price"] == 99900
    member.post("/api/v1/products/delist", {"products": [product["id"]], "platforms": ["hangzhou"]}).expect(200)
    becomes(member, product, "hangzhou", "delisted")
    assert cell(member, product, "lishui")["state"] == "active"


def test_a_range_that_differs_stays_a_range(network, member):
    product = create(member, pricing="range", price=10000, price_high=20000)
    only = {"product": product["id"], "platform": "hangzhou"}
    for more in ({"price": 50000}, {"price_high": 5000}, {"price": 500, "price_high": 400}):
        result, = publish(member, [product], ["hangzhou"], overrides=[{**only, **more}])
        assert result["state"] == "not_sent" and result["problem"]["fields"][0]["code"] == "range", result
    result, = publish(member, [product], ["hangzhou"], overrides=[{**only, "price": 50000, "price_high": 60000}])
    assert result["state"] == "sent"
    becomes(member, product, "hangzhou", "active")
    shown = network.visit("hangzhou").get("/api/v1/portal/listings", query={"q": product["name"], "limit": 100}).expect(200).json["items"]
    assert next((one["price"], one["price_high"]) for one in shown if one["number"] == product["number"]) == (50000, 60000)
    fixed, = publish(member, [create(member)], ["hangzhou"])
    assert publish(member, [{"id": fixed["product"]}], ["hangzhou"], overrides=[{**only, "product": fixed["product"], "price_high": 9}])[0]["state"] == "not_sent"


@pytest.fixture
def reviews_after(network, tmp_path):
    """Longquan shows first and inspects later."""
    file = ROOT / "config" / "platforms" / "longquan.yaml"
    changed = tmp_path / "longquan.yaml"
    changed.write_text(file.read_text(encoding="utf-8") + "\nlisting: {review: after}\n", encoding="utf-8")
    network.installation.ctl("platform", "update", changed)
    yield "longquan"
    network.installation.ctl("platform", "update", file)


def test_shown_first_and_inspected_later(network, member, reviews_after):
    network.join(member, reviews_after)
    desk, products = network.desk(reviews_after), [create(member) for _ in range(2)]
    publish(member, products, [reviews_after])
    for product in products:
        assert becomes(member, product, reviews_after, "active")["live"]
        assert product["number"] in network.visit(reviews_after).get("/api/v1/portal/listings", query={"limit": 100}).text
    waits = lambda: {one["id"]: one for one in desk.get("/api/v1/workbench/todo", query={"type": "listing_inspection"}).expect(200).json["items"]}
    rows = [listing(network, reviews_after, product) for product in products]
    assert set(waits()) == {row["id"] for row in rows} and all(one["due_on"] for one in waits().values())
    fire(network, reviews_after, rows[0], "confirm").expect(200)
    fire(network, reviews_after, rows[1], "delist", reason="内容不实").expect(200)
    assert waits() == {}
    becomes(member, products[1], reviews_after, "delisted")
    assert becomes(member, products[0], reviews_after, "active")["live"]


def test_what_the_desk_takes_down_comes_back_by_the_desk_alone(network, member):
    product = create(member)
    publish(member, [product], ["hangzhou", "lishui"])
    becomes(member, product, "hangzhou", "active")
    fire(network, "hangzhou", listing(network, "hangzhou", product), "delist").refused(422)
    fire(network, "hangzhou", listing(network, "hangzhou", product), "delist", reason="内容不实").expect(200)
    found = becomes(member, product, "hangzhou", "delisted")
    assert found["opinion"] == "内容不实" and found["ended_by"] == "platform"
    publish(member, [product], ["hangzhou"])
    becomes(member, product, "hangzhou", "waiting")
    assert cell(member, product, "lishui")["state"] == "active"


def test_delist_everywhere_and_delete(network, member):
    product = create(member)
    publish(member, [product], ["lishui", "zhejiang"])
    becomes(member, product, "zhejiang", "active")
    member.post(f"/api/v1/products/{product['id']}/delete").expect(200)
    eventually(lambda: all(listing(network, slug, product)["phase"] == "delisted" for slug in ("lishui", "zhejiang")))
    publish_again = publish(member, [product], ["lishui"])
    assert publish_again[0]["state"] == "not_sent"


def test_suspending_hides_there_and_restores_as_it_was(network, member):
    product = create(member)
    publish(member, [product], ["lishui", "hangzhou"])
    becomes(member, product, "hangzhou", "active")
    desk = network.desk("hangzhou", "platform_admin")
    row = desk.get("/api/v1/memberships", query={"uscc": member.uscc}).expect(200).json["items"]
    row = next(one for one in row if one["home"] == "hangzhou")
    version = desk.get(f"/api/v1/memberships/{row['id']}").etag
    desk.post(f"/api/v1/memberships/{row['id']}/events", {"event": "suspend", "reason": "投诉核查"}, if_match=version).expect(200)
    becomes(member, product, "hangzhou", "suspended")
    assert not listing(network, "hangzhou", product)["live"] and cell(member, product, "lishui")["state"] == "active"
    version = desk.get(f"/api/v1/memberships/{row['id']}").etag
    desk.post(f"/api/v1/memberships/{row['id']}/events", {"event": "resume"}, if_match=version).expect(200)
    becomes(member, product, "hangzhou", "active")
    assert listing(network, "hangzhou", product)["live"]


def standing(network, slug, member, event, **form):
    """Suspends, resumes or removes the institution on a platform."""
    desk = network.desk(slug, "platform_admin")
    row = next(one for one in desk.get("/api/v1/memberships", query={"uscc": member.uscc}).expect(200).json["items"] if one["home"] == slug)
    version = desk.get(f"/api/v1/memberships/{row['id']}").etag
    desk.post(f"/api/v1/memberships/{row['id']}/events", {"event": event, **form}, if_match=version).expect(200)
    phase = {"suspend": "suspended", "resume": "active", "remove": "removed"}[event]
    eventually(lambda: next(one["phase"] for one in member.get("/api/v1/memberships").json["items"] if one["home"] == slug) == phase)


def change(visitor, product, **values):
    path = f"/api/v1/products/{product['id']}"
    visitor.patch(path, values, if_match=visitor.get(path).etag).expect(200)


def wait_all_read(network, member, products, slug):
    """No request is on its way any more."""
    for product in products:
        eventually(lambda: cell(member, product, slug)["state"] != "sent")


def test_what_is_edited_while_suspended_arrives_when_resumed(network, member):
    kept, renamed, gone, repriced = products = [create(member, name=f"冻结期间{n}") for n in "甲乙丙丁"]
    publish(member, products, ["hangzhou"])
    for product in products:
        becomes(member, product, "hangzhou", "active")
    standing(network, "hangzhou", member, "suspend", reason="核实")
    for product in products:
        becomes(member, product, "hangzhou", "suspended")
    change(member, renamed, name="冻结期间乙（更正）", summary="更正后")
    change(member, repriced, price=777)
    member.post(f"/api/v1/products/{gone['id']}/delete").expect(200)
    wait_all_read(network, member, (renamed, repriced), "hangzhou")
    assert network.visit("hangzhou").get("/api/v1/portal/listings", query={"q": "冻结期间"}).json["items"] == []
    profile = member.get(f"/api/v1/institutions/{member.institution_id}")
    member.patch(f"/api/v1/institutions/{member.institution_id}", {"address": "冻结期间的新址"}, if_match=profile.etag).expect(200)
    made = member.post("/api/v1/qualifications", {"kind": "iso", "name": "冻结期间的资质"}).expect(201).json
    standing(network, "hangzhou", member, "resume")
    names = lambda: {one["name"]: one["price"] for one in network.visit("hangzhou").get("/api/v1/portal/listings", query={"q": "冻结期间"}).json["items"]}
    eventually(lambda: names() == {"冻结期间甲": 250000, "冻结期间乙（更正）": 250000, "冻结期间丁": 777})
    desk = network.desk("hangzhou")
    eventually(lambda: desk.get(f"/api/v1/institutions/{member.institution_id}").json["address"] == "冻结期间的新址")
    eventually(lambda: desk.get(f"/api/v1/qualifications/{made['id']}").status == 200)
    assert all(cell(member, product, "hangzhou")["state"] == "active" for product in (kept, renamed, repriced))


def test_what_a_removed_institution_edits_arrives_when_it_is_back(network, member):
    product, own = create(member, name="清退前后"), create(member, name="自行下架")
    publish(member, [product, own], ["hangzhou", "lishui"])
    becomes(member, product, "hangzhou", "active"), becomes(member, own, "hangzhou", "active")
    member.post("/api/v1/products/delist", {"products": [own["id"]], "platforms": ["hangzhou"]}).expect(200)
    becomes(member, own, "hangzhou", "delisted")
    standing(network, "hangzhou", member, "remove", reason="违规")
    becomes(member, product, "hangzhou", "delisted")
    change(member, product, name="清退前后（更正）")
    becomes(member, product, "hangzhou", "unavailable")
    profile = member.get(f"/api/v1/institutions/{member.institution_id}")
    member.patch(f"/api/v1/institutions/{member.institution_id}", {"address": "清退期间的新址"}, if_match=profile.etag).expect(200)
    network.join(member, "hangzhou")
    assert becomes(member, product, "hangzhou", "active")["live"]
    eventually(lambda: listing(network, "hangzhou", product)["name"] == "清退前后（更正）")
    eventually(lambda: network.desk("hangzhou").get(f"/api/v1/institutions/{member.institution_id}").json["address"] == "清退期间的新址")
    assert cell(member, own, "hangzhou")["state"] == "delisted"


def test_publishing_again_keeps_what_differs_and_it_can_be_changed(network, member):
    product = create(member)
    only = {"product": product["id"], "platform": "hangzhou"}
    publish(member, [product], ["hangzhou", "lishui"], overrides=[{**only, "price": 99900, "name": "杭州专用名称"}])
    becomes(member, product, "hangzhou", "active"), becomes(member, product, "lishui", "active")
    publish(member, [product], ["hangzhou", "lishui"])
    becomes(member, product, "hangzhou", "active")
    assert cell(member, product, "hangzhou")["overrides"] == {"price": 99900, "name": "杭州专用名称"}
    assert listing(network, "hangzhou", product)["price"] == 99900 and listing(network, "lishui", product)["price"] == 250000
    # On the shelf as it is: the cell says that it may, and it does.
    assert "differ" in cell(member, product, "hangzhou")["actions"]
    publish(member, [product], ["hangzhou"], overrides=[{**only, "price": 88800}])
    eventually(lambda: (row := listing(network, "hangzhou", product))["price"] == 88800 and row["name"] == product["name"])
    publish(member, [product], ["hangzhou"], overrides=[only])
    eventually(lambda: listing(network, "hangzhou", product)["price"] == 250000 and "overrides" not in cell(member, product, "hangzhou"))


def test_a_difference_that_has_lost_its_meaning_is_dropped(network, member):
    product = create(member, pricing="range", price=10000, price_high=20000)
    publish(member, [product], ["hangzhou"], overrides=[{"product": product["id"], "platform": "hangzhou", "price": 50000, "price_high": 60000}])
    becomes(member, product, "hangzhou", "active")
    change(member, product, pricing="fixed", price=30000, price_high=None)
    eventually(lambda: cell(member, product, "hangzhou")["overrides"] == {"price": 50000})
    change(member, product, pricing="negotiable")
    eventually(lambda: "overrides" not in cell(member, product, "hangzhou") and cell(member, product, "hangzhou")["state"] == "active")
    assert listing(network, "hangzhou", product)["price"] is None


@pytest.fixture
def returned(network, hunan_member):
    """Live in one version, with a newer one returned."""
    product = create(hunan_member)
    publish(hunan_member, [product], ["changsha"])
    becomes(hunan_member, product, "changsha", "waiting")
    fire(network, "changsha", listing(network, "changsha", product), "approve").expect(200)
    becomes(hunan_member, product, "changsha", "active")
    change(hunan_member, product, summary="要退回的简介")
    becomes(hunan_member, product, "changsha", "waiting")
    fire(network, "changsha", listing(network, "changsha", product), "return", reason="请补充案例").expect(200)
    becomes(hunan_member, product, "changsha", "returned")
    return product


def test_what_needs_no_review_hands_in_nothing(network, hunan_member, returned):
    change(hunan_member, returned, price=4321)
    eventually(lambda: listing(network, "changsha", returned)["price"] == 4321)
    found = becomes(hunan_member, returned, "changsha", "returned")
    assert found["live"] and found["opinion"] == "请补充案例"
    shown = network.visit("changsha").get("/api/v1/portal/listings", query={"q": returned["number"]}).json["items"]
    assert [(one["price"], one["summary"]) for one in shown] == [(4321, PRODUCT["summary"])]
    publish(hunan_member, [returned], ["changsha"])
    becomes(hunan_member, returned, "changsha", "waiting")


def test_a_returned_one_is_still_returned_when_its_institution_is_resumed(network, hunan_member, returned):
    waiting, active = create(hunan_member), create(hunan_member)
    publish(hunan_member, [waiting, active], ["changsha"])
    becomes(hunan_member, waiting, "changsha", "waiting"), becomes(hunan_member, active, "changsha", "waiting")
    fire(network, "changsha", listing(network, "changsha", active), "approve", reason="合格").expect(200)
    becomes(hunan_member, active, "changsha", "active")
    standing(network, "changsha", hunan_member, "suspend", reason="核实")
    for product in (returned, waiting, active):
        becomes(hunan_member, product, "changsha", "suspended")
    standing(network, "changsha", hunan_member, "resume")
    found = becomes(hunan_member, returned, "changsha", "returned")
    assert found["live"] and found["opinion"] == "请补充案例", found
    becomes(hunan_member, waiting, "changsha", "waiting")
    found = becomes(hunan_member, active, "changsha", "active")
    assert found["live"] and found["opinion"] == "合格", found
    # Worked over meanwhile: handed in.
    standing(network, "changsha", hunan_member, "suspend", reason="再核实")
    becomes(hunan_member, returned, "changsha", "suspended")
    change(hunan_member, returned, summary="补充案例后的简介")
    change(hunan_member, active, summary="待审的简介")
    wait_all_read(network, hunan_member, (returned, active), "changsha")
    standing(network, "changsha", hunan_member, "resume")
    becomes(hunan_member, returned, "changsha", "waiting")
    assert becomes(hunan_member, active, "changsha", "waiting")["live"]


@pytest.mark.parametrize("event", ["refuse", "delist"])
def test_an_edit_does_not_bring_back_what_the_desk_took_away(network, hunan_member, event):
    product = create(hunan_member)
    publish(hunan_member, [product], ["changsha"])
    becomes(hunan_member, product, "changsha", "waiting")
    fire(network, "changsha", listing(network, "changsha", product), event, reason="不合要求").expect(200)
    state = {"refuse": "refused", "delist": "delisted"}[event]
    becomes(hunan_member, product, "changsha", state)
    for values in ({"price": 5}, {"summary": "换个说法"}):
        change(hunan_member, product, **values)
        wait_all_read(network, hunan_member, [product], "changsha")
        assert cell(hunan_member, product, "changsha")["state"] == state
    publish(hunan_member, [product], ["changsha"])
    becomes(hunan_member, product, "changsha", "waiting")
    assert listing(network, "changsha", product)["pending_version"] >= 3


def test_several_decided_at_once_each_by_itself(network, hunan_member):
    products = [create(hunan_member) for _ in range(3)]
    publish(hunan_member, products, ["changsha"])
    for product in products:
        becomes(hunan_member, product, "changsha", "waiting")
    desk = network.desk("changsha")
    rows = [listing(network, "changsha", product) for product in products]
    decide = lambda items, **more: desk.post("/api/v1/listings/decide", {"event": "return", "items": items, **more}).expect(200).json["results"]
    assert [one["problem"]["code"] for one in decide([{"id": row["id"]} for row in rows])] == ["invalid"] * 3  # no reason
    items = [{"id": rows[0]["id"], "version": rows[0]["version"] + 1}, {"id": hunan_member.institution_id}, {"id": rows[1]["id"], "version": rows[1]["version"]},
             {"id": rows[2]["id"]}]
    stale, unknown, good, free = decide(items, reason="请补充说明")
    assert (stale["id"], stale["problem"]["code"], stale["phase"]) == (rows[0]["id"], "stale", None), stale
    assert (unknown["id"], unknown["problem"]["code"]) == (hunan_member.institution_id, "not-found"), unknown
    assert [(one["id"], one["phase"], one["problem"]) for one in (good, free)] == [(row["id"], "returned", None) for row in rows[1:]]
    assert good["version"] == rows[1]["version"] + 1
    assert [listing(network, "changsha", product)["phase"] for product in products] == ["waiting", "returned", "returned"]
    desk.post("/api/v1/listings/decide", {"event": "return", "items": []}).refused(422)


def test_hunan_window_reviews_and_the_province_shows(network, hunan_member):
    """HN-3: with the window's approval profile and product appear at the province, which reviews nothing itself."""
    product = create(hunan_member, category="innovation")
    assert product["number"].startswith("FW-430100-")
    publish(hunan_member, [product], ["changsha"])
    becomes(hunan_member, product, "changsha", "waiting")
    assert cell(hunan_member, product, "hunan") is None
    fire(network, "changsha", listing(network, "changsha", product), "approve").expect(200)
    becomes(hunan_member, product, "changsha", "active")
    becomes(hunan_member, product, "hunan", "active")
    eventually(lambda: network.standing(hunan_member, "hunan") == "active")
    rows = network.desk("hunan").get("/api/v1/memberships", query={"uscc": hunan_member.uscc}).expect(200).json["items"]
    assert [row["way"] for row in rows if row["home"] == "hunan"] == ["acceptance"]
    held = network.desk("hunan").get(f"/api/v1/institutions/{hunan_member.institution_id}").expect(200).json
    assert held["home"] == "changsha"


def test_a_newer_version_waits_while_the_approved_one_stays(network, hunan_member):
    product = create(hunan_member)
    publish(hunan_member, [product], ["changsha"])
    becomes(hunan_member, product, "changsha", "waiting")
    fire(network, "changsha", listing(network, "changsha", product), "approve").expect(200)
    becomes(hunan_member, product, "hunan", "active")
    version = hunan_member.get(f"/api/v1/products/{product['id']}").etag
    hunan_member.patch(f"/api/v1/products/{product['id']}", {"summary": "全新的简介"}, if_match=version).expect(200)
    found = becomes(hunan_member, product, "changsha", "waiting")
    assert found["live"] and found["pending_version"] > found["live_version"]
    fire(network, "changsha", listing(network, "changsha", product), "return", reason="请补充案例").expect(200)
    found = becomes(hunan_member, product, "changsha", "returned")
    assert found["live"] and found["opinion"] == "请补充案例"
    assert cell(hunan_member, product, "hunan")["live"]
    version = hunan_member.get(f"/api/v1/products/{product['id']}").etag
    hunan_member.patch(f"/api/v1/products/{product['id']}", {"summary": "补充案例后的简介"}, if_match=version).expect(200)
    becomes(hunan_member, product, "changsha", "waiting")
    fire(network, "changsha", listing(network, "changsha", product), "approve").expect(200)
    eventually(lambda: cell(hunan_member, product, "hunan")["state"] == "active" and
               cell(hunan_member, product, "hunan")["live_version"] == cell(hunan_member, product, "changsha")["live_version"])


def test_price_changes_pass_without_review(network, hunan_member):
    product = create(hunan_member)
    publish(hunan_member, [product], ["changsha"])
    becomes(hunan_member, product, "changsha", "waiting")
    fire(network, "changsha", listing(network, "changsha", product), "approve").expect(200)
    becomes(hunan_member, product, "changsha", "active")
    version = hunan_member.get(f"/api/v1/products/{product['id']}").etag
    hunan_member.patch(f"/api/v1/products/{product['id']}", {"price": 123400}, if_match=version).expect(200)
    eventually(lambda: listing(network, "changsha", product)["price"] == 123400)
    assert listing(network, "changsha", product)["phase"] == "active"
    eventually(lambda: listing(network, "hunan", product)["price"] == 123400)


def test_profiles_follow_their_home(network, member):
    row = member.get(f"/api/v1/institutions/{member.institution_id}")
    member.patch(f"/api/v1/institutions/{member.institution_id}", {"introduction": "更新后的简介"}, if_match=row.etag).expect(200)
    for slug in ("hangzhou", "zhejiang"):
        eventually(lambda: network.desk(slug).get(f"/api/v1/institutions/{member.institution_id}").json["introduction"] == "更新后的简介")
    state = network.desk("zhejiang").get("/api/v1/sync").expect(200).json
    pair = eventually(lambda: next((one for one in network.desk("zhejiang").get("/api/v1/sync").json["reads"]
                                    if one["platform"]["slug"] == "lishui" and one["state"] == "current"), None))
    assert pair["lag"] == 0 and pair["applied"] == pair["head"]
    assert any(one["home"]["slug"] == "lishui" for one in state["copies"])
    desk = network.desk("hangzhou")
    copy = desk.get(f"/api/v1/institutions/{member.institution_id}")
    desk.patch(f"/api/v1/institutions/{member.institution_id}", {"introduction": "外人改写"}, if_match=copy.etag).refused(409)


def test_views_reach_the_institution_where_it_is_at_home(installation, server, network, member):
    """ZJ-11: each shelf counts for itself and tells home, which shows them by platform and by product."""
    product = create(member, name="浏览统计示例")
    publish(member, [product], ["lishui", "zhejiang"])
    becomes(member, product, "lishui", "active")
    becomes(member, product, "zhejiang", "active")
    for slug, times in (("lishui", 1), ("zhejiang", 3)):
        row = listing(network, slug, product)
        for _ in range(times):
            network.visit(slug).get(f"/api/v1/portal/listings/{row['id']}").expect(200)

    def seen():
        found = member.get("/api/v1/statistics").expect(200).json
        mine = next(row for row in found["products"] if row["id"] == product["id"])
        return mine["views"] == 4 and (mine, found)

    # The job has its time; a server that starts finds it due.
    installation.sql("UPDATE job_standing SET next_at = '2000-01-01' WHERE kind = 'views'")
    server.restart()
    mine, found = eventually(seen)
    assert mine["live"] == 2 and mine["number"] == product["number"]
    platforms = {row["platform"]: row for row in found["platforms"]}
    assert platforms["zhejiang"]["views"] >= 3 and platforms["zhejiang"]["live"] >= 1
    assert found["views"] == sum(row["views"] for row in found["platforms"])
    # Nobody else's: a reviewer has no such page.
    assert network.desk("lishui").get("/api/v1/statistics").status == 403


def test_the_topmost_platform_sees_who_of_its_network_is_with_itself(network, member):
    """ZJ-5 seen from the province: not whether they are "above", where there is nothing."""
    rows = network.desk("zhejiang").get("/api/v1/certified-institutions", query={"q": member.uscc}).expect(200).json
    assert [row["standing"] for row in rows["items"]] == ["yes"] and rows["counts"]["yes"] == 1
    assert "recommend" not in rows["items"][0]["actions"]
