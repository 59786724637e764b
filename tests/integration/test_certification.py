"""Enterprises show who they are, and are certified (NX-3, HN-5, trade T5): what is required and what is either-or, sizes by the law, one organisation on
both sides with one sign-in, and what becomes of trade when one of them is gone."""

import pytest

import people
from harness import together
from network import Network, uscc
from test_demands import BID, DEMAND, draft, fire, offer, open_bids, opened
from test_institutions import png
from test_publication import becomes, create, publish
from test_trade import ORDER

pytestmark = pytest.mark.timeout(600)
FORM = {"capacity": "enterprise", "industry": "industry", "established_on": "2015-03-02", "legal_representative": "钱启明", "address": "丽水市莲都区水阁路 1 号",
        "contact_name": "钱采购", "contact_phone": "0578-2001122", "staff": 20, "income": 300_0000_00, "assets": 500_0000_00}


@pytest.fixture(scope="module")
def network(installation, server, sms_server):
    return Network(installation, server, sms_server, ("zhejiang", "hangzhou", "lishui"))


@pytest.fixture
def enterprise(network, request):
    network.people = getattr(network, "people", 0) + 1
    return people.register(network.server.client, network.sms, "lishui.localhost", uscc("331102"), f"1365557{network.people:04}", f"firm{network.people:02}", "enterprise")


@pytest.fixture(scope="module")
def desk(network):
    return network.desk("lishui")


def licence(visitor, row):
    return visitor.put("/api/v1/attachments", body=png(), content_type="image/png", query={
        "record_type": "certification", "record_id": row["id"], "purpose": "licence", "file_name": "营业执照.png"}).expect(201)


def ready(visitor, **more):
    row = visitor.post("/api/v1/certifications", {**FORM, **more}).expect(201).json
    licence(visitor, row)
    return row


def certified(visitor, desk, user, **more):
    """New rights end what was signed in; the same name and password open both sides."""
    row = ready(visitor, **more)
    fire(visitor, "certifications", row, "submit").expect(200)
    fire(desk, "certifications", row, "pass").expect(200)
    people.sign_in(visitor, user).expect(200)


def test_either_or(enterprise):
    """One of two telephones: none is refused and says at which; one or both are taken."""
    bare = {name: value for name, value in FORM.items() if name != "contact_phone"}
    none = enterprise.post("/api/v1/certifications", bare)
    assert none.status == 422 and [fault["pointer"] for fault in none.json["errors"]] == ["/contact_phone"], none
    both = enterprise.post("/api/v1/certifications", {**FORM, "contact_mobile": "13700000009"}).expect(201)
    one = enterprise.patch(f"/api/v1/certifications/{both.json['id']}", {"contact_phone": None}, if_match=both.etag).expect(200)
    gone = enterprise.patch(f"/api/v1/certifications/{both.json['id']}", {"contact_mobile": None}, if_match=one.etag)
    assert gone.status == 422, gone


def test_what_is_missing_is_named(enterprise):
    faults = enterprise.post("/api/v1/certifications", {"capacity": "enterprise"})
    assert faults.status == 422
    assert {"/industry", "/established_on", "/legal_representative", "/address", "/contact_name"} <= {fault["pointer"] for fault in faults.json["errors"]}
    row = enterprise.post("/api/v1/certifications", FORM).expect(201).json
    refused = fire(enterprise, "certifications", row, "submit")
    assert refused.status == 409 and "营业执照" in refused.json["zh"], refused


def test_sizes_are_computed_and_never_typed(enterprise, desk):
    row = enterprise.post("/api/v1/certifications", {**FORM, "size_class": "large"})
    assert row.status == 422 and row.json["errors"][0]["pointer"] == "/size_class", row
    row = enterprise.post("/api/v1/certifications", FORM).expect(201)
    assert (row.json["size_class"], row.json["size_missing"], row.json["size_edition"]) == ("small", [], "工信部联企业〔2011〕300号") and row.json["size_on"]
    etag = row.etag
    for change, size, missing in (({"staff": 19}, "micro", []), ({"staff": 300, "income": 1999_9999_99}, "small", []), ({"income": 2000_0000_00}, "medium", []),
                                  ({"income": None}, None, ["income"]), ({"industry": "construction", "income": 6000_0000_00, "assets": None}, None, ["assets"]),
                                  ({"income": 299_0000_00}, "micro", []), ({"assets": 100_0000_00, "staff": None}, "micro", [])):
        row = enterprise.patch(f"/api/v1/certifications/{row.json['id']}", change, if_match=etag).expect(200)
        etag = row.etag
        assert (row.json["size_class"], row.json["size_missing"]) == (size, missing), change


def test_the_desk_certifies_and_the_organisation_says_it(network, enterprise, desk):
    row = ready(enterprise)
    fire(enterprise, "certifications", row, "submit").expect(200)
    assert row["id"] in [item["id"] for item in desk.get("/api/v1/workbench/todo", query={"limit": 100}).expect(200).json["items"]]
    fire(desk, "certifications", row, "return", reason="执照不清楚").expect(200)
    assert enterprise.get(f"/api/v1/certifications/{row['id']}").json["reason"] == "执照不清楚"
    fire(enterprise, "certifications", row, "submit").expect(200)
    assert enterprise.patch(f"/api/v1/certifications/{row['id']}", {"staff": 1}, if_match=enterprise.get(f"/api/v1/certifications/{row['id']}").etag).status == 409
    assert enterprise.get("/api/v1/institution").json["certified_at"] is None
    fire(desk, "certifications", row, "pass").expect(200)
    organisation = enterprise.get("/api/v1/institution").expect(200).json
    assert organisation["certified_at"] and (organisation["size_class"], organisation["industry"]) == ("small", "industry")
    changed = fire(enterprise, "certifications", row, "change").expect(200)
    enterprise.patch(f"/api/v1/certifications/{row['id']}", {"staff": 5000, "income": 90000_0000_00}, if_match=changed.etag).expect(200)
    assert enterprise.get("/api/v1/institution").json["size_class"] == "small", "until the changed one is certified"
    another = enterprise.post("/api/v1/certifications", FORM)
    assert another.status == 422 and another.json["errors"][0]["pointer"] == "/capacity", "one of an organisation"


def test_others_find_no_certification(network, enterprise, desk):
    row = ready(enterprise)
    for stranger in (network.member("lishui", "331102"), network.visit("lishui"), network.desk("hangzhou")):
        assert stranger.get(f"/api/v1/certifications/{row['id']}").status in (401, 403, 404)
    for event in ("pass", "refuse", "return"):
        assert fire(enterprise, "certifications", row, event, reason="自己来").status in (403, 409), event


def test_one_sign_in_on_both_sides(network, enterprise, desk):
    """One code, one organisation: an enterprise that is certified as an institution offers services by the same sign-in, and the other way round."""
    assert enterprise.get("/api/v1/products").status == 403
    user = enterprise.get("/api/v1/account").expect(200).json["user_name"]
    certified(enterprise, desk, user, capacity="both")
    roles = enterprise.get("/api/v1/account").expect(200).json["roles"]
    assert {"enterprise", "owner"} <= set(roles), roles
    enterprise.get("/api/v1/products").expect(200)
    enterprise.post("/api/v1/demands", DEMAND).expect(201)
    member = network.member("lishui", "331102")
    assert member.post("/api/v1/demands", DEMAND).status == 403
    certified(member, desk, member.get("/api/v1/account").expect(200).json["user_name"], capacity="enterprise")
    demand = member.post("/api/v1/demands", DEMAND).expect(201).json
    fire(member, "demands", demand, "submit", voluntary="free").expect(200)
    fire(desk, "demands", demand, "pass").expect(200)
    # On both sides of one demand it stands on neither's other: nobody offers on what it asked for itself.
    own = member.post(f"/api/v1/demands/{demand['id']}/bids", BID)
    assert own.status == 409 and "自己" in own.json["zh"], own


def shelved(network, seller):
    """A product of the seller's on Lishui's shelf: the listing's id."""
    product = create(seller)
    publish(seller, [product], ["lishui"])
    becomes(seller, product, "lishui", "active")
    return network.desk("lishui").get("/api/v1/listings", query={"product_id": product["id"]}).expect(200).json["items"][0]["id"]


def test_on_the_other_side_of_a_row_nobody_acts_as_its_first(network, enterprise, desk):
    """Who sells and may buy as well complains of no order that they sold: who complains comes with the order."""
    seller = network.member("lishui", "331102")
    listing = shelved(network, seller)
    order = enterprise.post("/api/v1/orders", {**ORDER, "listing_id": listing}).expect(201).json
    fire(enterprise, "orders", order, "apply").expect(200)
    fire(seller, "orders", order, "accept", price=1, starts_on="2026-12-01", ends_on="2026-12-02").expect(200)
    certified(seller, desk, seller.get("/api/v1/account").expect(200).json["user_name"], capacity="both")
    said = {"order_id": order["id"], "about": "delay", "facts": "约定日期已过，一直没有开始。"}
    seller.post("/api/v1/complaints", said).refused(404)
    assert not desk.get("/api/v1/complaints", query={"limit": 200}).expect(200).json["items"]
    row = enterprise.post("/api/v1/complaints", said).expect(201).json
    assert row["buyer_id"] == order["buyer_id"]


def report(desk, visitor, status, **more):
    return desk.post("/api/v1/standing_reports", {"institution_id": visitor.institution_id, "status": status, "since": "2026-11-01", "reason": "国家企业信用信息公示系统", **more})


def test_a_dormant_one_begins_nothing_new(network, enterprise, desk):
    demand = enterprise.post("/api/v1/demands", DEMAND).expect(201).json
    assert report(desk, enterprise, "dormant").status == 422, "until when"
    assert report(desk, enterprise, "dormant", until="2031-01-01").status == 422, "three years at most"
    assert report(desk, enterprise, "moving", until="2027-01-01").status == 422
    report(desk, enterprise, "dormant", until="2027-11-01").expect(201)
    refused = fire(enterprise, "demands", demand, "submit", voluntary="free")
    assert refused.status == 409 and "歇业至 2027-11-01" in refused.json["zh"], refused
    network.installation.sql(f"UPDATE institution SET dormant_until = '2026-11-02' WHERE id = UNHEX('{enterprise.institution_id.replace('-', '')}')")
    fire(enterprise, "demands", demand, "submit", voluntary="free").expect(200)
    assert report(enterprise, enterprise, "existing").status == 403


def test_what_runs_ends_with_a_party_that_is_gone(network, enterprise, desk):
    seller, other = network.member("lishui", "331102"), network.member("lishui", "331102")
    demand, second = opened(network, enterprise), opened(network, enterprise)
    mine, theirs = offer(seller, demand), offer(other, demand)
    sealed = draft(seller, second)
    open_bids(network, enterprise, demand)
    fire(enterprise, "bids", mine, "award", reason="合适").expect(200)
    report(desk, seller, "liquidation").expect(201)
    assert fire(seller, "bids", mine, "confirm").status == 409, "nothing new"
    report(desk, seller, "deregistered").expect(201)
    assert enterprise.get(f"/api/v1/bids/{mine['id']}").json["step"] == "declined"
    assert enterprise.get(f"/api/v1/demands/{demand['id']}").json["phase"] == "evaluating", "another may be chosen"
    assert seller.get(f"/api/v1/bids/{sealed['id']}").json["step"] == "unopened"
    report(desk, enterprise, "revoked").expect(201)
    for row in (demand, second):
        over = enterprise.get(f"/api/v1/demands/{row['id']}").json
        assert (over["step"], over["cause"]) == ("void", "party_gone")
    assert other.get(f"/api/v1/bids/{theirs['id']}").json["step"] == "closed"


@pytest.mark.parametrize("gone", ["seller", "buyer"])
def test_an_order_ends_with_either_party_that_is_gone(network, enterprise, desk, gone):
    """Running ones and those that nobody has taken yet, with what became of whom; what is over stays."""
    seller = network.member("lishui", "331102")
    listing = shelved(network, seller)
    rows = []
    for events in ((), (("accept", {"price": 1, "starts_on": "2026-12-01", "ends_on": "2026-12-02"}),), (("refuse", {"reason": "排不开"}),)):
        row = enterprise.post("/api/v1/orders", {**ORDER, "listing_id": listing}).expect(201).json
        fire(enterprise, "orders", row, "apply").expect(200)
        for event, form in events:
            fire(seller, "orders", row, event, **form).expect(200)
        rows.append(row)
    report(desk, seller if gone == "seller" else enterprise, "deregistered").expect(201)
    steps = [desk.get(f"/api/v1/orders/{row['id']}").expect(200).json for row in rows]
    assert [one["step"] for one in steps] == ["party_gone", "party_gone", "refused"], steps
    assert all("注销" in one["reason"] for one in steps[:2]), steps


def test_certified_and_withdrawn_at_once(enterprise, desk):
    for _ in range(5):
        row = ready(enterprise) if _ == 0 else row  # noqa: F821
        fire(enterprise, "certifications", row, "submit").expect(200)
        version = enterprise.get(f"/api/v1/certifications/{row['id']}").etag
        hands = [(desk.copy(), "pass"), (enterprise.copy(), "take_back")]
        answers = together(2, lambda i: hands[i][0].post(f"/api/v1/certifications/{row['id']}/events", {"event": hands[i][1]}, if_match=version))  # noqa: B023
        assert sorted(answer.status for answer in answers)[0] == 200 and sorted(answer.status for answer in answers)[1] in (409, 412), answers
        if enterprise.get(f"/api/v1/certifications/{row['id']}").json["phase"] == "certified":
            fire(enterprise, "certifications", row, "change").expect(200)
