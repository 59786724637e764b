"""Orders from the shelf to acceptance, by consent and by silence, and their ends (trade, T1): what a sceptic tries, and every event from every
step by each side."""

from urllib.parse import quote

import pytest

from harness import eventually, together
from network import Network
from test_publication import becomes, create, publish
from test_trade import ORDER, enterprise, fire, ordered, there

pytestmark = pytest.mark.timeout(900)
TERMS = {"price": 240000, "starts_on": "2026-12-01", "ends_on": "2026-12-20"}


@pytest.fixture(scope="module")
def network(installation, server, sms_server):
    return Network(installation, server, sms_server, ("zhejiang", "hangzhou", "lishui"))


@pytest.fixture(scope="module")
def buyer(network):
    return enterprise(network, 1)


@pytest.fixture(scope="module")
def stranger(network):
    return enterprise(network, 2)


@pytest.fixture(scope="module")
def seller(network):
    return network.member("lishui", "331102")


@pytest.fixture(scope="module")
def other_seller(network):
    return network.member("lishui", "331102")


def shelve(network, seller, slug="lishui"):
    product = create(seller)
    publish(seller, [product], [slug])
    becomes(seller, product, slug, "active")
    return network.desk(slug).get("/api/v1/listings", query={"product_id": product["id"]}).expect(200).json["items"][0]["id"]


@pytest.fixture(scope="module")
def shelf(network, seller):
    return network, shelve(network, seller)


@pytest.fixture(scope="module")
def desk(network):
    return network.desk("lishui", "platform_admin")


WAY = (("accept", TERMS), ("begin", {}), ("deliver", {"result": "报告"}), ("done", {}), ("approve", {}))
STEPS = ("applied", "accepted", "in_service", "delivered", "completed", "approved")


def brought(buyer, seller, listing, step, **more):
    """An order on that step."""
    row = ordered(buyer, listing, **more)
    for event, form in WAY[:STEPS.index(step)]:
        fire(buyer if event in ("done", "approve") else seller, "orders", row, event, **form).expect(200)
    assert buyer.get(f"/api/v1/orders/{row['id']}").json["step"] == step
    return row


def seen(visitor, row, plural="orders"):
    return visitor.get(f"/api/v1/{plural}/{row['id']}").expect(200).json


# --- every event, from every step, by each side ---

FORMS = {"accept": TERMS, "deliver": {"result": "报告"}, "refuse": {"reason": "排期已满"}, "not_done": {"reason": "缺清单"}, "end": {"reason": "终止"},
         "party_gone": {"reason": "已注销"}}
MAY = {
    "applied": {"buyer": {"withdraw"}, "seller": {"accept", "refuse"}, "desk": {"end", "party_gone"}},
    "accepted": {"buyer": set(), "seller": {"begin", "deliver"}, "desk": {"end", "party_gone"}},
    "in_service": {"buyer": set(), "seller": {"deliver"}, "desk": {"end", "party_gone"}},
    "delivered": {"buyer": {"done", "not_done"}, "seller": set(), "desk": {"end", "party_gone"}},
    "completed": {"buyer": {"approve", "not_done"}, "seller": set(), "desk": {"end", "party_gone"}},
    "approved": {"buyer": set(), "seller": set(), "desk": set()},
}
EVENTS = ("apply", "withdraw", "lapse", "accept", "refuse", "begin", "deliver", "done", "not_done", "approve", "silence", "close", "end_agreed", "leave",
          "party_gone", "end")


@pytest.mark.parametrize("step", STEPS)
def test_each_event_of_each_side_once(step, shelf, buyer, seller, desk):
    """What may be done is done once: the second time, and all else, is refused, and leaves the row as it was."""
    who = {"buyer": buyer, "seller": seller, "desk": desk}
    row = brought(buyer, seller, shelf[1], step)
    for side, visitor in who.items():
        for event in EVENTS:
            if event in MAY[step][side]:
                continue
            before = visitor.get(f"/api/v1/orders/{row['id']}").expect(200)
            answer = visitor.post(f"/api/v1/orders/{row['id']}/events", {"event": event, **FORMS.get(event, {})}, if_match=before.etag)
            assert answer.status in (403, 409), (step, side, event, answer)
            assert visitor.get(f"/api/v1/orders/{row['id']}").etag == before.etag
    for side, visitor in who.items():
        for event in sorted(MAY[step][side]):
            row = brought(buyer, seller, shelf[1], step)
            etag = visitor.get(f"/api/v1/orders/{row['id']}").etag
            body = {"event": event, **FORMS.get(event, {})}
            visitor.post(f"/api/v1/orders/{row['id']}/events", body, if_match=etag).expect(200)
            now = visitor.get(f"/api/v1/orders/{row['id']}").expect(200)
            assert visitor.post(f"/api/v1/orders/{row['id']}/events", body, if_match=now.etag).status in (403, 409), (step, side, event)
            assert visitor.post(f"/api/v1/orders/{row['id']}/events", body, if_match=etag).status in (409, 412)
            assert visitor.get(f"/api/v1/orders/{row['id']}").etag == now.etag


def test_fifty_at_once_leave_one_outcome(network, shelf, buyer, seller):
    """Two tabs each, again and again: taken or withdrawn, never both, and whoever was late is told why."""
    for _ in range(3):
        row = ordered(buyer, shelf[1])
        version = buyer.get(f"/api/v1/orders/{row['id']}").etag
        hands = [(seller if i % 2 else buyer).copy() for i in range(50)]

        def act(i):
            body = {"event": "accept", **TERMS} if i % 2 else {"event": "withdraw"}
            return hands[i].post(f"/api/v1/orders/{row['id']}/events", body, if_match=version)  # noqa: B023
        answers = together(50, act)
        assert [answer.status for answer in answers].count(200) == 1
        assert all(answer.status in (200, 409, 412) and (answer.status == 200 or answer.json["title"]) for answer in answers)
        moved = network.installation.sql(f"SELECT COUNT(*) FROM log_entry WHERE record_id = UNHEX('{row['id'].replace('-', '')}') AND kind IN ('order.accept', 'order.withdraw')")
        assert int(moved[0][0]) == 1


def heard(visitor, row):
    return [item["body"] for item in visitor.get("/api/v1/messages", query={"limit": 100}).expect(200).json["items"] if item["record_id"] == row["id"]]


def test_each_side_hears_what_the_other_did(shelf, buyer, seller):
    row = brought(buyer, seller, shelf[1], "delivered")
    fire(buyer, "orders", row, "not_done", reason="缺清单").expect(200)
    eventually(lambda: len(heard(buyer, row)) == 2 and len(heard(seller, row)) == 2)
    assert ["接单" in body for body in heard(buyer, row)].count(True) == 1 and ["交付" in body for body in heard(buyer, row)].count(True) == 1
    assert [body for body in heard(seller, row) if "未完成" in body and "缺清单" in body and row["number"] in body], heard(seller, row)


# --- silence ---

def run_job(network, row, event):
    """What waits for its day is due now."""
    network.installation.sql(f"UPDATE job SET run_at = UTC_TIMESTAMP(3) WHERE kind = 'silence' AND unique_key LIKE '%{row['id']}/{event}'")


def pass_days(network, row, event, step):
    """As if the days on that step were over."""
    raw = row["id"].replace("-", "")
    network.installation.sql(f"UPDATE silence SET fires_on = '2020-01-01', tells_on = NULL WHERE id = UNHEX('{raw}') AND event = '{event}' AND step = '{step}'")
    run_job(network, row, event)


def test_what_is_not_answered_lapses(network, shelf, buyer, seller):
    row = ordered(buyer, shelf[1])
    pass_days(network, row, "lapse", "applied")
    eventually(lambda: seen(buyer, row)["step"] == "lapsed")
    assert seen(buyer, row)["lapsed_at"] and fire(seller, "orders", row, "accept", **TERMS).status == 409


@pytest.mark.parametrize("step", ["delivered", "completed"])
def test_silence_accepts_and_says_so(step, network, shelf, buyer, seller):
    row = brought(buyer, seller, shelf[1], step)
    pass_days(network, row, "silence", step)
    eventually(lambda: seen(buyer, row)["step"] == "approved")
    assert seen(buyer, row)["approved_by"] == "silence"
    assert buyer.get(f"/api/v1/orders/{row['id']}/history").json["items"][0]["event"] == "silence"


def test_public_money_is_never_accepted_by_silence(network, shelf, buyer, seller):
    row = brought(buyer, seller, shelf[1], "delivered", public_money=True)
    pass_days(network, row, "silence", "delivered")
    eventually(lambda: not network.installation.sql(f"SELECT 1 FROM silence WHERE id = UNHEX('{row['id'].replace('-', '')}') AND event = 'silence'"))
    assert seen(buyer, row)["step"] == "delivered"
    fire(buyer, "orders", row, "done").expect(200)
    fire(buyer, "orders", row, "approve").expect(200)


def test_silence_accepts_nothing_while_the_two_are_in_dispute(network, shelf, buyer, seller):
    row = brought(buyer, seller, shelf[1], "delivered")
    complaint = buyer.post("/api/v1/complaints", {"order_id": row["id"], "about": "quality", "facts": "报告与约定的内容不一致。"}).expect(201).json
    fire(buyer, "complaints", complaint, "file").expect(200)
    pass_days(network, row, "silence", "delivered")
    eventually(lambda: network.installation.sql(f"SELECT 1 FROM job WHERE unique_key LIKE '%{row['id']}/silence' AND run_at > UTC_TIMESTAMP(3)"))
    assert seen(buyer, row)["step"] == "delivered"
    fire(buyer, "complaints", complaint, "withdraw").expect(200)
    run_job(network, row, "silence")
    eventually(lambda: seen(buyer, row)["step"] == "approved")


# --- changes by consent ---

def propose(visitor, order, **what):
    return visitor.post(f"/api/v1/orders/{order['id']}/order-changes", {"why": "范围有变", **what})


def test_a_change_takes_hold_by_the_other_sides_word_alone(shelf, buyer, seller, desk):
    order = brought(buyer, seller, shelf[1], "in_service")
    change = propose(seller, order, price=300000, ends_on="2027-01-15").expect(201).json
    assert (change["was_price"], change["was_ends_on"]) == (240000, "2026-12-20")
    assert seen(buyer, order)["price"] == 240000
    for visitor in (seller, desk):
        assert fire(visitor, "order-changes", change, "agree").status in (403, 409), "one's own proposal"
    assert propose(buyer, order, quantity=2).status == 409, "one at a time"
    fire(buyer, "order-changes", change, "agree").expect(200)
    now = seen(seller, order)
    assert (now["price"], now["ends_on"], now["starts_on"], now["quantity"]) == (300000, "2027-01-15", "2026-12-01", 1)
    assert fire(buyer, "order-changes", change, "agree").status == 409
    refused = propose(buyer, order, quantity=3).expect(201).json
    assert fire(buyer, "order-changes", refused, "refuse", reason="x").status == 403
    fire(seller, "order-changes", refused, "refuse", reason="人手不够").expect(200)
    back = propose(buyer, order, quantity=4).expect(201).json
    assert fire(seller, "order-changes", back, "take_back").status == 403
    fire(buyer, "order-changes", back, "take_back").expect(200)
    versions = buyer.get(f"/api/v1/orders/{order['id']}/order-changes").expect(200).json["items"]
    assert {(one["step"], one["quantity"], one["price"]) for one in versions} == {("agreed", None, 300000), ("refused", 3, None), ("taken_back", 4, None)}
    assert seen(buyer, order)["quantity"] == 1


def test_what_a_change_must_say(shelf, buyer, seller):
    order = brought(buyer, seller, shelf[1], "accepted")
    assert propose(seller, order).refused(422, "invalid").json["errors"][0]["pointer"] == "/price"
    assert propose(seller, order, starts_on="2027-02-01", ends_on="2027-01-01").status == 422
    change = propose(seller, order, ends_on="2026-11-01").expect(201).json
    answer = fire(buyer, "order-changes", change, "agree")
    assert answer.status == 409 and "早于" in answer.json["detail"], "it would end before it begins"
    applied = ordered(buyer, shelf[1])
    assert propose(seller, applied, price=1).status == 409, "before it is taken the seller says the price, and the buyer edits"


def test_an_open_change_ends_with_its_order(network, shelf, buyer, seller, desk):
    order = brought(buyer, seller, shelf[1], "delivered")
    change = propose(seller, order, price=1).expect(201).json
    fire(buyer, "orders", order, "done").expect(200)
    fire(buyer, "orders", order, "approve").expect(200)
    assert seen(seller, change, "order-changes")["step"] == "lapsed"
    assert seen(buyer, order)["price"] == 240000


def test_agreed_and_approved_at_once(shelf, buyer, seller):
    """A change agreed while the order is accepted: either it holds, or it lapsed; never agreed without effect."""
    for _ in range(4):
        order = brought(buyer, seller, shelf[1], "completed")
        assert propose(seller, order, price=7).status == 409, "the work is done: nothing of it is changed now"
        order = brought(buyer, seller, shelf[1], "delivered")
        change = propose(seller, order, price=7).expect(201).json
        versions = buyer.get(f"/api/v1/orders/{order['id']}").etag
        ways = (("order-changes", change, "agree", 1), ("orders", order, "done", versions))
        hands = [buyer.copy(), buyer.copy()]
        answers = together(2, lambda i: hands[i].post(f"/api/v1/{ways[i][0]}/{ways[i][1]['id']}/events", {"event": ways[i][2]}, if_match=ways[i][3]))  # noqa: B023
        assert all(answer.status in (200, 409, 412) for answer in answers), answers
        agreed = seen(buyer, change, "order-changes")["step"] == "agreed"
        assert agreed == (seen(buyer, order)["price"] == 7) == (answers[0].status == 200)


# --- an early end ---

def end(visitor, order, **what):
    return visitor.post(f"/api/v1/orders/{order['id']}/order-endings", {"why": "不再需要", "delivered": "现场诊断一次", "settled": 80000, **what})


def test_an_order_ended_by_agreement(shelf, buyer, seller):
    order = brought(buyer, seller, shelf[1], "in_service")
    change = propose(seller, order, price=5).expect(201).json
    proposal = end(buyer, order).expect(201).json
    assert fire(buyer, "order-endings", proposal, "agree").status == 403
    fire(seller, "order-endings", proposal, "agree").expect(200)
    assert (seen(buyer, order)["step"], seen(buyer, order)["phase"]) == ("agreed", "ended") and seen(buyer, order)["ended_at"]
    assert seen(buyer, change, "order-changes")["step"] == "lapsed"
    assert {one["side"] for one in buyer.get("/api/v1/reviews", query={"order_id": order["id"]}).json["items"]} == {"buyer"}, "each its own"


def test_what_is_refused_goes_to_the_desk_and_back(shelf, buyer, seller, desk):
    order = brought(buyer, seller, shelf[1], "in_service")
    proposal = end(seller, order).expect(201).json
    fire(buyer, "order-endings", proposal, "refuse", reason="还要交付").expect(200)
    assert seen(buyer, order)["step"] == "in_service"
    assert fire(desk, "order-endings", proposal, "end", reason="x").status == 409, "nobody called it in"
    fire(seller, "order-endings", proposal, "call_in").expect(200)
    assert fire(seller, "order-endings", proposal, "end", reason="x").status == 403
    fire(desk, "order-endings", proposal, "go_on", reason="应继续履行").expect(200)
    assert seen(buyer, order)["step"] == "in_service"
    again = end(seller, order).expect(201).json
    fire(buyer, "order-endings", again, "refuse", reason="不").expect(200)
    fire(buyer, "order-endings", again, "call_in").expect(200)
    fire(desk, "order-endings", again, "end", reason="双方无法继续").expect(200)
    assert seen(buyer, order)["step"] == "agreed"


def test_silence_on_a_proposal_goes_to_the_desk_never_through(network, shelf, buyer, seller):
    order = brought(buyer, seller, shelf[1], "in_service")
    proposal = end(buyer, order).expect(201).json
    pass_days(network, proposal, "silence", "proposed")
    eventually(lambda: seen(buyer, proposal, "order-endings")["step"] == "desk")
    assert seen(buyer, order)["step"] == "in_service"


# --- progress and payments ---

def test_progress_is_counted_never_typed(shelf, buyer, seller):
    order = brought(buyer, seller, shelf[1], "in_service")
    steps = [seller.post(f"/api/v1/orders/{order['id']}/order-steps", {"name": name, "planned_on": "2026-12-10"}).expect(201).json
             for name in ("调研", "诊断", "报告", "答疑")]
    assert (seen(buyer, order)["steps_planned"], seen(buyer, order)["steps_done"], seen(buyer, order)["progress"]) == (4, 0, 0)
    for step in steps[:3]:
        fire(seller, "order-steps", step, "finish", note="已完成").expect(200)
    assert seen(buyer, order)["progress"] == 75
    fire(seller, "order-steps", steps[3], "drop", reason="合并").expect(200)
    assert (seen(buyer, order)["steps_planned"], seen(buyer, order)["steps_done"]) == (3, 3)
    assert (seen(buyer, order)["progress"], seen(buyer, brought(buyer, seller, shelf[1], "accepted"))["progress"]) == (100, 0)
    assert buyer.post(f"/api/v1/orders/{order['id']}/order-steps", {"name": "私改", "planned_on": "2026-12-10"}).status == 403


def test_each_side_states_and_the_other_confirms(shelf, buyer, seller, stranger):
    order = brought(buyer, seller, shelf[1], "in_service")
    path = f"/api/v1/orders/{order['id']}/order-payments"
    paid = buyer.post(path, {"amount": 100000, "paid_on": "2026-12-02", "way": "transfer"}).expect(201).json
    back = seller.post(path, {"kind": "refund", "amount": 20000, "paid_on": "2026-12-09", "way": "transfer"}).expect(201).json
    assert paid["kind"] == "payment"
    for mine, row in ((buyer, paid), (seller, back)):
        assert fire(mine, "order-payments", row, "confirm").status == 403, "nobody confirms their own word"
    assert seller.patch(f"/api/v1/order-payments/{paid['id']}", {"amount": 1}, if_match=1).status in (403, 404)
    fire(seller, "order-payments", paid, "deny", reason="未到账").expect(200)
    fire(buyer, "order-payments", paid, "state_again").expect(200)
    fire(seller, "order-payments", paid, "confirm").expect(200)
    fire(buyer, "order-payments", back, "confirm").expect(200)
    assert {one["step"] for one in buyer.get(path).json["items"]} == {"confirmed"}
    assert stranger.get(f"/api/v1/order-payments/{paid['id']}").status == 404


# --- exits ---

def test_an_institution_leaves_once_nothing_runs(network, buyer, desk):
    leaver = network.member("lishui", "331102")
    listing = shelve(network, leaver)
    order = brought(buyer, leaver, listing, "in_service")
    membership = next(row for row in leaver.get("/api/v1/memberships").expect(200).json["items"] if row["home"] == "lishui")
    answer = leaver.post(f"/api/v1/memberships/{membership['id']}/leave", {"reason": "搬迁"}, if_match=membership["version"])
    assert answer.status == 409 and "1 个订单" in answer.json["detail"], answer
    fire(buyer, "order-endings", end(leaver, order).expect(201).json, "agree").expect(200)
    leaver.post(f"/api/v1/memberships/{membership['id']}/leave", {"reason": "搬迁"}, if_match=membership["version"]).expect(202)
    eventually(lambda: seen(leaver, membership, "memberships")["phase"] == "left")


def test_what_a_suspended_and_a_removed_institution_leaves_behind(network, buyer, desk):
    gone = network.member("lishui", "331102")
    listing = shelve(network, gone)
    running, waiting = brought(buyer, gone, listing, "in_service"), ordered(buyer, listing)
    membership = next(row for row in gone.get("/api/v1/memberships").expect(200).json["items"] if row["home"] == "lishui")
    assert fire(buyer, "orders", running, "leave").status == 409, "it is still there"
    fire(desk, "memberships", membership, "suspend", reason="核查").expect(200)
    assert seen(buyer, running)["seller_standing"] == "suspended"
    assert buyer.post("/api/v1/orders", {**ORDER, "listing_id": listing}).status == 422, "nothing new"
    fire(gone, "orders", running, "deliver", result="报告").expect(200)
    fire(buyer, "orders", running, "not_done", reason="缺清单").expect(200)
    fire(desk, "memberships", membership, "resume").expect(200)
    assert seen(buyer, running)["seller_standing"] is None
    fire(desk, "memberships", membership, "remove", reason="违规").expect(200)
    assert (seen(buyer, waiting)["step"], seen(buyer, running)["seller_standing"]) == ("party_gone", "removed")
    assert seen(buyer, running)["step"] == "in_service", "the buyer says what becomes of it"
    fire(buyer, "orders", running, "leave").expect(200)
    assert seen(buyer, running)["step"] == "party_gone" and seen(buyer, running)["left_at"]


# --- nobody else ---

def test_a_stranger_finds_nothing_of_it_anywhere(network, shelf, buyer, seller, stranger, other_seller):
    """A canary in each text of an order and of what hangs on it, over lists, rows, history, exports, files, search and what visitors see."""
    canary = "金丝雀7f3a"
    order = brought(buyer, seller, shelf[1], "in_service", requirements=canary)
    step = seller.post(f"/api/v1/orders/{order['id']}/order-steps", {"name": canary, "planned_on": "2026-12-10"}).expect(201).json
    change = propose(seller, order, price=9, why=canary).expect(201).json
    payment = buyer.post(f"/api/v1/orders/{order['id']}/order-payments", {"amount": 1, "paid_on": "2026-12-02", "way": "cash", "note": canary}).expect(201).json
    proposal = end(buyer, order, why=canary).expect(201).json
    complaint = buyer.post("/api/v1/complaints", {"order_id": order["id"], "about": "other", "facts": canary * 3}).expect(201).json
    rows = [("orders", order), ("order-steps", step), ("order-changes", change), ("order-payments", payment), ("order-endings", proposal), ("complaints", complaint)]
    for visitor in (stranger, other_seller, network.visit("lishui"), network.desk("hangzhou")):
        for plural, row in rows:
            paths = [f"/api/v1/{plural}/{row['id']}", f"/api/v1/{plural}/{row['id']}/history", f"/api/v1/{plural}", f"/api/v1/{plural}?q={quote(canary)}",
                     f"/api/v1/{plural}/export.csv", f"/api/v1/portal/{plural}", f"/api/v1/portal/listings?q={quote(canary)}"]
            for path in paths:
                answer = visitor.get(path)
                assert canary not in answer.text and order["number"] not in answer.text, (plural, path)
                assert row["id"] not in answer.text or answer.status in (401, 403, 404), (plural, path)
            assert visitor.get(f"/api/v1/{plural}/{row['id']}").status in (401, 403, 404)
        assert canary not in visitor.get("/api/v1/messages").text and canary not in visitor.get("/api/v1/workbench/todo").text


# --- from elsewhere ---

def arrive(network, visitor, slug):
    token = visitor.post("/api/v1/auth/hand-off", {"to": slug}).expect(200).json["token"]
    guest = network.visit(slug)
    guest.post("/api/v1/auth/arrive", {"token": token}).expect(200)
    return guest


def test_an_enterprise_of_another_platform_orders_here(network, buyer, seller):
    """At home on Lishui, it buys from Hangzhou's shelf, where nothing of it lies; it goes on from home and from there."""
    far = network.member("hangzhou", "330102")
    listing = shelve(network, far, "hangzhou")
    guest = arrive(network, buyer, "hangzhou")
    row = guest.post("/api/v1/orders", {**ORDER, "listing_id": listing}).expect(201).json
    assert row["buyer_name"] == seen(buyer, {"id": buyer.institution_id}, "institutions")["name"]
    there(buyer, "orders", row, step="draft")
    fire(guest, "orders", row, "apply").expect(200)
    fire(far, "orders", row, "accept", **TERMS).expect(200)
    fire(far, "orders", row, "deliver", result="报告").expect(200)
    there(buyer, "orders", row, step="delivered")
    fire(buyer, "orders", row, "done").expect(200)
    there(buyer, "orders", row, step="completed")
    fire(buyer, "orders", row, "approve").expect(200)
    there(buyer, "orders", row, step="approved")
    assert seen(far, row)["approved_by"] == "buyer"
    assert [body for body in eventually(lambda: heard(buyer, row)) if "接单" in body], "told where it is at home"
    mine = eventually(lambda: buyer.get("/api/v1/reviews", query={"order_id": row["id"]}).json["items"])
    fire(buyer, "reviews", mine[0], "write", score=4, text="按期完成").expect(200)
    theirs, = far.get("/api/v1/reviews", query={"order_id": row["id"]}).expect(200).json["items"]
    assert theirs["side"] == "seller"
    assert arrive(network, seller, "hangzhou").post("/api/v1/orders", {**ORDER, "listing_id": listing}).status == 403, "an institution buys nothing"


