"""Orders and complaints as declarations alone: from both sides, and from strangers (HN-7, NX-4 to NX-9)."""

import pytest

import people
from harness import eventually, together
from network import Network, uscc
from test_institutions import png
from test_publication import becomes, create, publish

pytestmark = pytest.mark.timeout(600)
ORDER = {"quantity": 1, "requirements": "两条产线的诊断", "contact_name": "钱采购", "contact_mobile": "13700000001"}


@pytest.fixture(scope="module")
def network(installation, server, sms_server):
    return Network(installation, server, sms_server, ("zhejiang", "hangzhou", "lishui"))


def enterprise(network, number):
    return people.register(network.server.client, network.sms, "lishui.localhost", uscc("331102"), f"1365555{number:04}", f"buyer{number:02}", "enterprise")


@pytest.fixture(scope="module")
def buyer(network):
    return enterprise(network, 1)


@pytest.fixture(scope="module")
def other_buyer(network):
    return enterprise(network, 2)


@pytest.fixture(scope="module")
def seller(network):
    return network.member("lishui", "331102")


@pytest.fixture(scope="module")
def other_seller(network):
    return network.member("lishui", "331102")


@pytest.fixture(scope="module")
def shelf(network, seller):
    """A product of the seller's on Lishui's shelf: the listing's id."""
    product = create(seller)
    publish(seller, [product], ["lishui"])
    becomes(seller, product, "lishui", "active")
    found = network.desk("lishui").get("/api/v1/listings", query={"product_id": product["id"]}).expect(200).json["items"]
    return product, found[0]["id"]


def fire(visitor, plural, row, event, **form):
    version = visitor.get(f"/api/v1/{plural}/{row['id']}").expect(200).etag
    return visitor.post(f"/api/v1/{plural}/{row['id']}/events", {"event": event, **form}, if_match=version)


def may_not(visitor, plural, row, event, **form):
    """Whoever sees the row is told that the event is not theirs; whoever does not, that there is no such row."""
    seen = visitor.get(f"/api/v1/{plural}/{row['id']}")
    answer = visitor.post(f"/api/v1/{plural}/{row['id']}/events", {"event": event, **form}, if_match=seen.etag if seen.status == 200 else 1)
    assert answer.status in (401, 403, 404, 409), answer
    return answer


def ordered(buyer, listing, **more):
    row = buyer.post("/api/v1/orders", {**ORDER, "listing_id": listing, **more}).expect(201).json
    fire(buyer, "orders", row, "apply").expect(200)
    return row


def test_an_order_from_both_sides_to_its_end(network, buyer, seller, shelf):
    product, listing = shelf
    row = buyer.post("/api/v1/orders", {**ORDER, "listing_id": listing}).expect(201).json
    assert row["number"].startswith("DD-331100-") and row["listing_name"] == product["name"] and row["listed_price"] == product["price"]
    assert row["buyer_name"] and row["institution_id"] == seller.institution_id and row["phase"] == "draft"
    assert seller.get(f"/api/v1/orders/{row['id']}").status == 404, "a draft is the buyer's alone"
    assert row["id"] not in [item["id"] for item in seller.get("/api/v1/orders").expect(200).json["items"]]
    fire(buyer, "orders", row, "apply").expect(200)
    seen = seller.get(f"/api/v1/orders/{row['id']}").expect(200).json
    assert seen["contact_mobile"] == ORDER["contact_mobile"], "whoever is to serve may call"
    may_not(seller, "orders", row, "withdraw")
    may_not(buyer, "orders", row, "accept", price=240000, starts_on="2026-12-01", ends_on="2026-12-20")
    wrong = fire(seller, "orders", row, "accept", price=240000, starts_on="2026-12-20", ends_on="2026-12-01")
    assert wrong.status == 422 and any("ends_on" in fault["pointer"] or "starts_on" in fault["pointer"] for fault in wrong.json["errors"]), wrong
    fire(seller, "orders", row, "accept", price=240000, starts_on="2026-12-01", ends_on="2026-12-20").expect(200)
    taken = buyer.get(f"/api/v1/orders/{row['id']}").expect(200).json
    assert (taken["price"], taken["starts_on"], taken["ends_on"], taken["phase"]) == (240000, "2026-12-01", "2026-12-20", "active") and taken["accepted_at"]
    fire(seller, "orders", row, "deliver", result="诊断报告一份").expect(200)
    fire(buyer, "orders", row, "not_done", reason="缺改造清单").expect(200)
    fire(seller, "orders", row, "deliver", result="诊断报告与改造清单").expect(200)
    assert fire(buyer, "orders", row, "approve").status == 409, "done is said before it is accepted"
    fire(buyer, "orders", row, "done").expect(200)
    may_not(seller, "orders", row, "approve")
    fire(buyer, "orders", row, "approve").expect(200)
    done = seller.get(f"/api/v1/orders/{row['id']}").expect(200).json
    assert (done["phase"], done["step"], done["approved_by"], done["result"]) == ("approved", "approved", "buyer", "诊断报告与改造清单")
    assert done["completed_at"] and done["approved_at"]
    told = [entry["event"] for entry in seller.get(f"/api/v1/orders/{row['id']}/history").expect(200).json["items"]]
    assert told[0] == "approve" and "done" in told and "not_done" in told


def test_an_order_keeps_what_it_was_made_from(network, buyer, seller):
    product = create(seller)
    publish(seller, [product], ["lishui"])
    becomes(seller, product, "lishui", "active")
    listing = network.desk("lishui").get("/api/v1/listings", query={"product_id": product["id"]}).json["items"][0]["id"]
    row = ordered(buyer, listing)
    version = seller.get(f"/api/v1/products/{product['id']}").etag
    seller.patch(f"/api/v1/products/{product['id']}", {"name": "改名后的服务", "price": 999}, if_match=version).expect(200)
    eventually(lambda: network.desk("lishui").get(f"/api/v1/listings/{listing}").json["name"] == "改名后的服务")
    kept = buyer.get(f"/api/v1/orders/{row['id']}").expect(200).json
    assert (kept["listing_name"], kept["listed_price"]) == (product["name"], product["price"])
    seller.post("/api/v1/products/delist", {"products": [product["id"]], "platforms": ["lishui"]}).expect(200)
    eventually(lambda: not network.desk("lishui").get(f"/api/v1/listings/{listing}").json["live"])
    refused = buyer.post("/api/v1/orders", {**ORDER, "listing_id": listing})
    assert refused.status == 422 and refused.json["errors"][0]["pointer"] == "/listing_id", refused
    assert "没有这个" in refused.json["errors"][0]["zh"] if "zh" in refused.json["errors"][0] else True
    fire(seller, "orders", row, "accept", price=1, starts_on="2026-12-01", ends_on="2026-12-01").expect(200)



def test_what_another_shelf_shows_is_ordered_there(network, buyer, seller):
    """The institution's home holds a copy of each of its listings, and shows none of them."""
    network.join(seller, "zhejiang")
    product = create(seller)
    publish(seller, [product], ["zhejiang"])
    becomes(seller, product, "zhejiang", "active")
    listing = network.desk("zhejiang").get("/api/v1/listings", query={"product_id": product["id"]}).expect(200).json["items"][0]["id"]
    copy = eventually(lambda: (lambda seen: seen.status == 200 and seen.json)(seller.get(f"/api/v1/listings/{listing}")))
    assert copy["live"] and copy["home"] == "zhejiang"
    fault, = buyer.post("/api/v1/orders", {**ORDER, "listing_id": listing}).refused(422, "invalid").json["errors"]
    assert (fault["pointer"], fault["zh"], fault["en"]) == ("/listing_id", "没有这个服务，或现在不能选它", "names no Service that can be chosen now")


def upload(visitor, record, row, purpose, **more):
    return visitor.put("/api/v1/attachments", body=png(), content_type="image/png",
                       query={"record_type": record, "record_id": row["id"], "purpose": purpose, "file_name": "材料.png", **more})


def test_files_are_added_by_one_side_in_its_time_and_read_by_both(buyer, other_buyer, seller, shelf):
    row = buyer.post("/api/v1/orders", {**ORDER, "listing_id": shelf[1]}).expect(201).json
    wanted = upload(buyer, "order", row, "requirement").expect(201).json["id"]
    assert upload(seller, "order", row, "result").status in (403, 404, 409)
    fire(buyer, "orders", row, "apply").expect(200)
    assert upload(seller, "order", row, "requirement").status in (403, 409), "reading is not adding"
    assert upload(seller, "order", row, "result").status in (403, 409), "nothing is delivered before it is taken"
    fire(seller, "orders", row, "accept", price=1, starts_on="2026-12-01", ends_on="2026-12-01").expect(200)
    result = upload(seller, "order", row, "result").expect(201).json["id"]
    for file in (wanted, result):
        for visitor in (buyer, seller):
            assert visitor.get(f"/api/v1/attachments/{file}/content").status == 200
        assert other_buyer.get(f"/api/v1/attachments/{file}/content").status == 404
    fire(seller, "orders", row, "deliver", result="报告").expect(200)
    assert upload(buyer, "order", row, "requirement").status in (403, 409), "its time is over"
    for visitor in (buyer, seller):
        for file, adder in ((wanted, buyer), (result, seller)):
            assert visitor is adder or visitor.delete(f"/api/v1/attachments/{file}").status in (403, 404, 409), "nobody removes another's"


def test_strangers_find_no_order(network, buyer, other_buyer, seller, other_seller, shelf):
    row = ordered(buyer, shelf[1])
    for stranger in (other_buyer, other_seller, network.visit("lishui"), network.desk("hangzhou")):
        assert stranger.get(f"/api/v1/orders/{row['id']}").status in (401, 403, 404)
        assert stranger.get(f"/api/v1/orders/{row['id']}/history").status in (401, 403, 404)
        may_not(stranger, "orders", row, "accept", price=1, starts_on="2026-12-01", ends_on="2026-12-01")
    for stranger in (other_buyer, other_seller):
        assert row["id"] not in [item["id"] for item in stranger.get("/api/v1/orders").expect(200).json["items"]]
    assert seller.post("/api/v1/orders", {**ORDER, "listing_id": shelf[1]}).status == 403
    unknown = buyer.post("/api/v1/orders", {**ORDER, "listing_id": row["id"]})
    assert unknown.status == 422 and unknown.json["errors"][0]["pointer"] == "/listing_id", unknown


def test_an_order_waits_for_whoever_is_next(network, buyer, seller, shelf):
    row = ordered(buyer, shelf[1])
    def waits(visitor):
        return [item["id"] for item in visitor.get("/api/v1/workbench/todo", query={"limit": 100}).expect(200).json["items"]]
    assert row["id"] in waits(seller) and row["id"] not in waits(buyer)
    fire(seller, "orders", row, "accept", price=1, starts_on="2026-12-01", ends_on="2026-12-01").expect(200)
    fire(seller, "orders", row, "deliver", result="完成").expect(200)
    assert row["id"] in waits(buyer) and row["id"] not in waits(seller)


def test_buyer_and_seller_at_once_leave_one_outcome(network, buyer, seller, shelf):
    """Withdrawn and taken at the same moment: one of both, and never neither."""
    for _ in range(5):
        row = ordered(buyer, shelf[1])
        version = buyer.get(f"/api/v1/orders/{row['id']}").etag
        def act(i):
            if i:
                return seller.copy().post(f"/api/v1/orders/{row['id']}/events", {"event": "accept", "price": 1, "starts_on": "2026-12-01", "ends_on": "2026-12-01"}, if_match=version)
            return buyer.copy().post(f"/api/v1/orders/{row['id']}/events", {"event": "withdraw"}, if_match=version)
        statuses = sorted(answer.status for answer in together(2, act))
        assert statuses[0] == 200 and statuses[1] in (409, 412), statuses


def test_a_complaint_over_an_order(network, buyer, other_buyer, seller, other_seller, shelf):
    order = ordered(buyer, shelf[1])
    said = {"order_id": order["id"], "about": "delay", "facts": "约定日期已过，一直没有开始。", "wanted": "尽快开始"}
    fault, = buyer.post("/api/v1/complaints", said).refused(422, "invalid").json["errors"]
    assert fault["pointer"] == "/order_id", "nothing to complain of before it is taken"
    fire(seller, "orders", order, "accept", price=1, starts_on="2026-12-01", ends_on="2026-12-01").expect(200)
    stranger = other_buyer.post("/api/v1/complaints", said)
    assert stranger.status == 422 and stranger.json["errors"][0]["pointer"] == "/order_id", "of one's own orders alone"
    row = buyer.post("/api/v1/complaints", said).expect(201).json
    assert row["order_number"] == order["number"] and row["institution_id"] == seller.institution_id and row["number"].startswith("TS-331100-")
    fire(buyer, "complaints", row, "file").expect(200)
    assert seller.get(f"/api/v1/complaints/{row['id']}").status == 404, "who is complained of hears of it when it is taken up"
    may_not(seller, "complaints", row, "answer", statement="抱歉")
    fire(network.desk("lishui"), "complaints", row, "take_up").expect(200)
    may_not(other_seller, "complaints", row, "answer", statement="不是我们")
    fire(seller, "complaints", row, "answer", statement="下周一进场").expect(200)
    fire(network.desk("lishui"), "complaints", row, "resolve", outcome="agreed", decision="机构已进场，双方认可").expect(200)
    done = buyer.get(f"/api/v1/complaints/{row['id']}").expect(200).json
    assert (done["phase"], done["statement"], done["decision"]) == ("ended", "下周一进场", "机构已进场，双方认可") and done["decided_at"]
    assert network.desk("hangzhou").get(f"/api/v1/complaints/{row['id']}").status == 404


@pytest.fixture(scope="module")
def far_seller(network):
    """At home on Hangzhou, a member of Lishui, where the enterprise buys."""
    institution = network.member("hangzhou", "330102")
    network.join(institution, "lishui")
    return institution


@pytest.fixture(scope="module")
def far_shelf(network, far_seller):
    product = create(far_seller)
    publish(far_seller, [product], ["lishui"])
    becomes(far_seller, product, "lishui", "active")
    return network.desk("lishui").get("/api/v1/listings", query={"product_id": product["id"]}).expect(200).json["items"][0]["id"]


def there(visitor, plural, row, **members):
    """The copy at the seller's home, once it says this."""
    def look():
        answer = visitor.get(f"/api/v1/{plural}/{row['id']}")
        return answer.status == 200 and all(answer.json[name] == value for name, value in members.items()) and answer.json
    return eventually(look)


def test_a_seller_at_home_elsewhere_answers_from_there(network, buyer, far_seller, far_shelf, other_seller):
    row = buyer.post("/api/v1/orders", {**ORDER, "listing_id": far_shelf}).expect(201).json
    fire(buyer, "orders", row, "apply").expect(200)
    copy = there(far_seller, "orders", row, step="applied")
    assert copy["contact_mobile"] == ORDER["contact_mobile"]
    asked = fire(far_seller, "orders", row, "accept", price=230000, starts_on="2026-12-01", ends_on="2026-12-10")
    assert asked.status in (200, 202), asked
    there(far_seller, "orders", row, step="accepted", price=230000)
    assert buyer.get(f"/api/v1/orders/{row['id']}").json["step"] == "accepted"
    fire(far_seller, "orders", row, "deliver", result="报告").expect(200)
    eventually(lambda: buyer.get(f"/api/v1/orders/{row['id']}").json["step"] == "delivered")
    fire(buyer, "orders", row, "done").expect(200)
    fire(buyer, "orders", row, "approve").expect(200)
    there(far_seller, "orders", row, step="approved")
    refused = far_seller.post(f"/api/v1/orders/{row['id']}/events", {"event": "deliver", "result": "再来"}, if_match=far_seller.get(f"/api/v1/orders/{row['id']}").etag)
    assert refused.status == 409, refused
    assert network.member("hangzhou", "330102").get(f"/api/v1/orders/{row['id']}").status == 404


def test_a_complaint_reaches_whoever_is_at_home_elsewhere(network, buyer, far_seller, far_shelf):
    order = ordered(buyer, far_shelf)
    there(far_seller, "orders", order, step="applied")
    fire(far_seller, "orders", order, "accept", price=1, starts_on="2026-12-01", ends_on="2026-12-01").expect(200)
    there(far_seller, "orders", order, step="accepted")
    row = buyer.post("/api/v1/complaints", {"order_id": order["id"], "about": "price", "facts": "报价与约定不一致，无法接受。"}).expect(201).json
    fire(buyer, "complaints", row, "file").expect(200)
    fire(network.desk("lishui"), "complaints", row, "take_up").expect(200)
    there(far_seller, "complaints", row, step="hearing")
    fire(far_seller, "complaints", row, "answer", statement="已更正").expect(200)
    eventually(lambda: buyer.get(f"/api/v1/complaints/{row['id']}").json["statement"] == "已更正")


def test_a_draft_crosses_to_nobody(network, buyer, far_seller, far_shelf):
    row = buyer.post("/api/v1/orders", {**ORDER, "listing_id": far_shelf}).expect(201).json
    version = buyer.get(f"/api/v1/orders/{row['id']}").etag
    changed = buyer.patch(f"/api/v1/orders/{row['id']}", {"quantity": 2}, if_match=version).expect(200)
    assert not network.installation.sql(f"SELECT 1 FROM log_address a JOIN log_entry e ON e.platform_id = a.platform_id AND e.seq = a.seq "
                                        f"WHERE e.record_id = UNHEX('{row['id'].replace('-', '')}')")
    assert far_seller.get(f"/api/v1/orders/{row['id']}").status == 404
    buyer.delete(f"/api/v1/orders/{row['id']}", if_match=changed.etag).expect(204)
    assert buyer.get(f"/api/v1/orders/{row['id']}").status == 404
