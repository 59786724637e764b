"""One field for everything (GET /search): each finds what their own lists hold, and nothing else."""

import pytest

from test_menus import HOME, World

PATH = "/api/v1/search"


@pytest.fixture(scope="module")
def world(installation, server, sms_server):
    world = World(installation, server, sms_server)
    world.product = world.owner.post("/api/v1/products", {"name": "设备上云改造", "category": "policy", "pricing": "negotiable"}).expect(201).json
    world.other = world.network.member(HOME, "331102", name="丽水另一家服务有限公司")
    return world


def found(visitor, words):
    """{record: [names or numbers]} of what is found."""
    answer = visitor.get(PATH, query={"q": words}).expect(200).json["results"]
    assert all(one["items"] and len(one["items"]) <= 5 for one in answer), answer
    return {one["record"]: one["items"] for one in answer}


def lists(visitor, plural, words):
    return [row["id"] for row in visitor.get(f"/api/v1/{plural}", query={"q": words, "limit": 5}).expect(200).json["items"]]


def test_finds_what_the_lists_hold(world):
    product = world.product
    for words in (product["name"], product["number"], product["name"][1:4]):
        mine = found(world.owner, words)
        assert [row["id"] for row in mine["product"]] == lists(world.owner, "products", words), words
        assert all(set(row) >= {"id", "name", "number", "phase"} for row in mine["product"])


def test_each_their_own(world):
    product = world.product
    assert "product" not in found(world.other, product["number"])
    reached = set()
    for menu, visitor in world.people.items():
        may = visitor.get("/api/v1/products", query={"q": product["number"]}).status == 200
        assert ("product" in found(visitor, product["number"])) == may, menu
        reached.add(may)
    assert reached == {True, False}
    security = world.network.desk(HOME, "security_admin")
    assert not set(found(security, product["name"])) & {"product", "listing", "institution", "entry_case"}


def test_more_says_that_there_is_more(world):
    desk = world.network.desk(HOME, "reviewer")
    for one in desk.get(PATH, query={"q": "公司"}).expect(200).json["results"]:
        whole = desk.get(f"/api/v1/{one['plural']}", query={"q": "公司", "limit": 6}).expect(200).json["items"]
        assert [row["id"] for row in one["items"]] == [row["id"] for row in whole[:5]] and one["more"] == (len(whole) > 5), one


@pytest.mark.parametrize("words", ["", "一", "x" * 61, None])
def test_too_short_too_long(world, words):
    answer = world.owner.get(PATH, query={} if words is None else {"q": words}).expect(422)
    assert answer.json["errors"][0]["pointer"].endswith("/q") and answer.json["errors"][0]["zh"], answer.json


@pytest.mark.parametrize("words", ["  ", "​​​", "%%", "__", "' OR 1=1 --"])
def test_what_means_everything_elsewhere_finds_nothing(world, words):
    answer = world.network.desk(HOME, "reviewer").get(PATH, query={"q": words})
    assert answer.status == 422 or answer.expect(200).json["results"] == [], answer.json


def test_visitors_have_no_lists(world):
    world.network.visit(HOME).get(PATH, query={"q": "公司"}).expect(401)
