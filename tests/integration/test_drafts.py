"""A product that is on shelves is edited as a draft (ZJ-9): kept where nobody else sees it, published or dropped; what saving would do is said
before. The matrix, asked by state and by page."""

import pytest

from harness import ROOT, eventually
from network import Network
from test_publication import becomes, create, listing, publish


@pytest.fixture(scope="module")
def network(installation, server, sms_server, tmp_path_factory):
    network = Network(installation, server, sms_server, ("zhejiang", "hangzhou", "lishui", "longquan", "suichang"))
    file = tmp_path_factory.mktemp("reviewing") / "hangzhou.yaml"
    file.write_text((ROOT / "config" / "platforms" / "hangzhou.yaml").read_text(encoding="utf-8")
                    + "\nlisting: {review: before, fields_without_review: [price, contact_phone]}\n", encoding="utf-8")
    installation.ctl("platform", "update", file)
    return network


@pytest.fixture(scope="module")
def member(network):
    institution = network.member("lishui", "331102")
    network.join(institution, "hangzhou")
    network.join(institution, "zhejiang")
    return institution


@pytest.fixture
def live(network, member):
    """On Lishui and the province at once, on Hangzhou once its desk has said so."""
    product = create(member)
    publish(member, [product], ["lishui", "zhejiang", "hangzhou"])
    becomes(member, product, "hangzhou", "waiting")
    desk = network.desk("hangzhou")
    row = listing(network, "hangzhou", product)
    desk.post(f"/api/v1/listings/{row['id']}/events", {"event": "approve"}, if_match=desk.get(f"/api/v1/listings/{row['id']}").etag).expect(200)
    for slug in ("lishui", "zhejiang", "hangzhou"):
        becomes(member, product, slug, "active")
    return product


def draft(visitor, product):
    return visitor.get(f"/api/v1/products/{product['id']}/draft").expect(200).json["draft"]


def keep(visitor, product, changes, version=0):
    return visitor.post(f"/api/v1/products/{product['id']}/draft", {"changes": changes, "version": version})


def foreseen(visitor, product, changes):
    body = {"changes": changes, **({"product": product["id"]} if product else {})}
    return {one["slug"]: one for one in visitor.post("/api/v1/products/check", body).expect(200).json["platforms"]}


def test_a_draft_is_kept_and_shown_to_nobody_until_it_is_published(network, member, live):
    before = member.get(f"/api/v1/products/{live['id']}")
    assert draft(member, live) is None
    assert keep(member, live, {"name": "草稿里的新名称", "price": 280000}).expect(200).json["draft"]["version"] == 1
    kept = draft(member, live)
    assert kept["changes"] == {"name": "草稿里的新名称", "price": 280000} and kept["base"] == before.json["version"]
    # The product, its version and everybody's view of it are as they were.
    after = member.get(f"/api/v1/products/{live['id']}")
    assert after.json == before.json and after.etag == before.etag
    everywhere = [network.visit(slug).get("/api/v1/portal/listings", query={"q": "草稿里的"}).expect(200).json["total"] for slug in ("lishui", "zhejiang", "hangzhou")]
    assert everywhere == [0, 0, 0]
    for path in (f"/api/v1/products/{live['id']}/draft",):
        network.desk("lishui").get(path).refused(403)
        network.desk("hangzhou").get(path).refused(403)
        network.visit("lishui").get(path).refused(401)
    for path in (f"/api/v1/products/{live['id']}", f"/api/v1/products/{live['id']}/history", "/api/v1/products/export.csv"):
        assert "草稿里的" not in network.desk("lishui").get(path).text
    row = next(row for row in member.get("/api/v1/publication-matrix").json["products"] if row["id"] == live["id"])
    assert row["draft"] and row["name"] == before.json["name"]
    # Published, it is the product: what needs no review shows at once, what does is handed in.
    member.post(f"/api/v1/products/{live['id']}/draft/publish", {"version": 1}, if_match=after.etag).expect(200)
    assert draft(member, live) is None
    becomes(member, live, "hangzhou", "waiting")
    assert listing(network, "hangzhou", live)["name"] == before.json["name"] and listing(network, "hangzhou", live)["price"] == 280000
    eventually(lambda: network.visit("lishui").get("/api/v1/portal/listings", query={"q": "草稿里的"}).json["total"] == 1)


def test_two_people_and_a_draft(network, member, live):
    keep(member, live, {"summary": "甲的草稿"}).expect(200)
    keep(member, live, {"summary": "乙不知道有草稿"}).refused(412, "stale")
    keep(member, live, {"summary": "甲的第二稿"}, 1).expect(200)
    keep(member, live, {"summary": "乙的"}, 1).refused(412, "stale")
    # Somebody saves the product itself meanwhile: the draft stays, and says by its base that it is older.
    etag = member.get(f"/api/v1/products/{live['id']}").etag
    member.patch(f"/api/v1/products/{live['id']}", {"price_unit": "次"}, if_match=etag).expect(200)
    kept = draft(member, live)
    assert kept["changes"] == {"summary": "甲的第二稿"} and kept["base"] < member.get(f"/api/v1/products/{live['id']}").json["version"]
    member.post(f"/api/v1/products/{live['id']}/draft/publish", {"version": 2}, if_match=etag).refused(412)
    member.post(f"/api/v1/products/{live['id']}/draft/publish", {"version": 1}, if_match=member.get(f"/api/v1/products/{live['id']}").etag).refused(412)
    member.post(f"/api/v1/products/{live['id']}/draft/discard", {"version": 1}).refused(412)
    member.post(f"/api/v1/products/{live['id']}/draft/discard", {"version": 2}).expect(204)
    assert draft(member, live) is None and member.get(f"/api/v1/products/{live['id']}").json["price_unit"] == "次"
    member.post(f"/api/v1/products/{live['id']}/draft/publish", {"version": 0}, if_match=member.get(f"/api/v1/products/{live['id']}").etag).refused(412)


def test_bad_drafts_are_refused_at_their_fields(network, member, live):
    for changes, field in (({"name": "短" * 121}, "/name"), ({"name": None}, "/name"), ({"price": -1}, "/price"), ({"number": "PX-1"}, "/number"),
                           ({"nonsense": 1}, "/nonsense"), ({"pricing": "sometimes"}, "/pricing"), ({"category": "nowhere"}, "/category")):
        problem = keep(member, live, changes).refused(422)
        assert field in [one["pointer"] for one in problem.json["errors"]], (changes, problem.text)
    keep(member, live, "no object").refused(422)
    assert draft(member, live) is None
    # What fields make of it together is looked at when it is published: a draft may be unfinished.
    keep(member, live, {"pricing": "range"}).expect(200)
    member.post(f"/api/v1/products/{live['id']}/draft/publish", {"version": 1}, if_match=member.get(f"/api/v1/products/{live['id']}").etag).refused(422)
    assert draft(member, live)["changes"] == {"pricing": "range"}


def test_nobody_else_reaches_a_draft_and_it_goes_with_its_product(network, member, live):
    other = network.member("lishui", "331102")
    keep(member, live, {"summary": "别人看不到"}).expect(200)
    other.get(f"/api/v1/products/{live['id']}/draft").refused(404)
    keep(other, live, {"summary": "x"}).refused(404)
    other.post(f"/api/v1/products/{live['id']}/draft/discard", {"version": 1}).refused(404)
    other.post("/api/v1/products/check", {"product": live["id"], "changes": {}}).refused(404)
    member.post(f"/api/v1/products/{live['id']}/delete", {}).expect(200)
    assert network.installation.sql(f"SELECT COUNT(*) FROM product_draft WHERE id = UNHEX(REPLACE('{live['id']}', '-', ''))")[0][0] in (0, "0")
    keep(member, live, {"summary": "x"}, 0).refused(409)


def test_what_saving_and_publishing_would_do_is_what_they_do(network, member, live):
    found = foreseen(member, live, {"name": "改过的名称"})
    assert {slug: one.get("save") for slug, one in found.items()} == {"lishui": "shown", "zhejiang": "shown", "hangzhou": "reviewed"}, found
    assert foreseen(member, live, {"price": 300000})["hangzhou"]["save"] == "shown"
    assert foreseen(member, live, {"price": 300000, "name": "又一名称"})["hangzhou"]["save"] == "partly"
    assert {one["save"] for one in foreseen(member, live, {}).values()} == {"same"}
    etag = member.get(f"/api/v1/products/{live['id']}").etag
    member.patch(f"/api/v1/products/{live['id']}", {"name": "改过的名称"}, if_match=etag).expect(200)
    becomes(member, live, "hangzhou", "waiting")
    assert becomes(member, live, "lishui", "active")
    fresh = foreseen(member, None, {"name": "还没保存的产品", "category": "innovation", "pricing": "negotiable"})
    assert {slug: (one["publish"], one.get("save")) for slug, one in fresh.items()} == {"lishui": ("shown", None), "zhejiang": ("shown", None), "hangzhou": ("reviewed", None)}
    missing = member.post("/api/v1/products/check", {"changes": {"name": "还没保存的产品", "category": "innovation", "pricing": "negotiable"}}).expect(200).json["missing"]
    assert [one["pointer"] for one in missing["fields"]] == ["/summary"], missing
    member.post("/api/v1/products/check", {"changes": {"name": "没有价格", "category": "innovation", "pricing": "fixed"}}).refused(422)
    member.post("/api/v1/products/check", {"product": live["id"], "changes": {"price": "x"}}).refused(422)
    # Taken off by its own people, it is handed in anew where the desk looks first.
    member.post("/api/v1/products/delist", {"products": [live["id"]], "platforms": ["hangzhou", "lishui"]}).expect(200)
    becomes(member, live, "hangzhou", "delisted"), becomes(member, live, "lishui", "delisted")
    found = foreseen(member, live, {})
    assert {slug: (one.get("save"), one["publish"]) for slug, one in found.items()} == {
        "lishui": (None, "shown"), "zhejiang": ("same", "same"), "hangzhou": (None, "reviewed")}, found


def test_the_matrix_by_state_and_by_page(network, member):
    owner = network.member("lishui", "331102")
    network.join(owner, "hangzhou")
    products = [create(owner, name=f"分页产品{i:02}") for i in range(7)]
    publish(owner, products[:3], ["lishui"])
    publish(owner, products[2:4], ["hangzhou"])
    for product in products[:3]:
        becomes(owner, product, "lishui", "active")
    for product in products[2:4]:
        becomes(owner, product, "hangzhou", "waiting")
    ask = lambda **query: owner.get("/api/v1/publication-matrix", query=query).expect(200).json
    names = lambda page: sorted(row["name"][-2:] for row in page["products"])
    page = ask(counts="true", limit=2)
    assert page["counts"] == {"all": 7, "active": 3, "waiting": 2, "none": 3}, page["counts"]
    assert names(ask(state="active")) == ["00", "01", "02"] and names(ask(state="waiting")) == ["02", "03"] and names(ask(state="none")) == ["04", "05", "06"]
    assert names(ask(state="none", platform="hangzhou")) == ["00", "01", "04", "05", "06"] and names(ask(state="active", platform="hangzhou")) == []
    assert ask(counts="true", platform="hangzhou", q="产品0")["counts"] == {"all": 7, "waiting": 2, "none": 5}
    assert names(ask(state="active", q="品01")) == ["01"] and ask(state="returned")["products"] == []
    # Page by page the same rows, each once, and the same columns on each.
    seen, cursor, columns = [], None, set()
    while True:
        page = ask(limit=2, **({"cursor": cursor} if cursor else {}))
        seen += [row["name"] for row in page["products"]]
        columns.add(tuple((one["slug"], one["member"], one["reviews_first"]) for one in page["platforms"]))
        cursor = page["next"]
        if not cursor:
            break
    assert seen == [product["name"] for product in reversed(products)] and len(columns) == 1 and set(columns.pop()) == {("lishui", True, False), ("hangzhou", True, True)}
    for bad in ({"state": "sometimes"}, {"platform": "atlantis"}, {"cursor": "x"}, {"limit": 201}, {"state": "通过"}):
        owner.get("/api/v1/publication-matrix", query=bad).refused(422)
