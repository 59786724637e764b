"""Reviews of both sides, sealed until both wrote; complaints with their course; the score of an institution that follows from both (trade, T4)."""

import pytest

from harness import eventually, together
from network import Network
from test_order import arrive, brought, heard, pass_days, seen, shelve
from test_trade import ORDER, enterprise, fire, there

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def network(installation, server, sms_server):
    return Network(installation, server, sms_server, ("zhejiang", "hangzhou", "lishui"))


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
def shelf(network, seller):
    return shelve(network, seller)


@pytest.fixture(scope="module")
def desk(network):
    return network.desk("lishui")


@pytest.fixture(scope="module")
def other_desk(network):
    return network.desk("lishui", name="b")


def reviews_of(visitor, order):
    return visitor.get("/api/v1/reviews", query={"order_id": order["id"]}).expect(200).json["items"]


def mine(visitor, order):
    row, = [one for one in reviews_of(visitor, order) if one["author_id"] == visitor.institution_id]
    return row


def reviewed(buyer, seller, shelf, score=5, text="很好", both=True):
    """An accepted order whose buyer has written, and whose seller has as well; the buyer's review."""
    order = brought(buyer, seller, shelf, "approved")
    row = mine(buyer, order)
    fire(buyer, "reviews", row, "write", score=score, text=text).expect(200)
    if both:
        fire(seller, "reviews", mine(seller, order), "write", score=5).expect(200)
    return order, row


def shown(network, **query):
    return network.visit("lishui").get("/api/v1/portal/reviews", query=query).expect(200).json["items"]


# --- reviews ---

def test_both_are_asked_once_and_nobody_else(network, buyer, other_buyer, seller, shelf):
    order = brought(buyer, seller, shelf, "approved")
    for visitor, side in ((buyer, "buyer"), (seller, "seller")):
        row, = reviews_of(visitor, order)
        assert (row["side"], row["phase"]) == (side, "waiting")
        assert row["id"] in [item["id"] for item in visitor.get("/api/v1/workbench/todo", query={"limit": 100}).json["items"]]
    assert not reviews_of(other_buyer, order)
    assert buyer.post("/api/v1/reviews", {"order_id": order["id"], "score": 5}).status in (404, 405)
    row = mine(buyer, order)
    assert fire(buyer, "reviews", row, "write", score=6).status == 422 and fire(buyer, "reviews", row, "write").status == 422
    assert buyer.delete(f"/api/v1/reviews/{row['id']}", if_match=1).status in (404, 405), "nobody deletes one"


def test_what_is_written_first_is_sealed_until_the_other_has_written(network, buyer, seller, shelf):
    order, row = reviewed(buyer, seller, shelf, 2, "密封甲", both=False)
    assert seen(buyer, row, "reviews")["phase"] == "sealed"
    assert seller.get(f"/api/v1/reviews/{row['id']}").status == 404 and "密封甲" not in seller.get("/api/v1/reviews").text
    assert not [one for one in shown(network) if one["text"] == "密封甲"]
    assert "密封甲" not in seller.get(f"/api/v1/reviews/{row['id']}/history").text
    fire(seller, "reviews", mine(seller, order), "write", score=1, text="密封乙").expect(200)
    assert seen(seller, row, "reviews")["text"] == "密封甲"
    theirs = [one for one in reviews_of(buyer, order) if one["side"] == "seller"]
    assert theirs[0]["phase"] == "shown" and theirs[0]["text"] == "密封乙"
    assert [one["text"] for one in shown(network) if one["text"] in ("密封甲", "密封乙")] == ["密封甲"], "what institutions say of enterprises is between the two"
    assert fire(buyer, "reviews", row, "write", score=5).status == 409, "and never changed"


def test_the_last_day_shows_it_whatever_the_other_does(network, buyer, seller, shelf):
    order, row = reviewed(buyer, seller, shelf, 3, "期满", both=False)
    pass_days(network, row, "unseal", "sealed")
    eventually(lambda: seen(buyer, row, "reviews")["phase"] == "shown")
    assert [one for one in shown(network) if one["text"] == "期满"]
    fire(seller, "reviews", mine(seller, order), "write", score=4).expect(200)
    assert [one["phase"] for one in reviews_of(seller, order)] == ["shown", "shown"], "what answers one that is shown has nothing to wait for"


def test_both_written_at_once_are_both_shown(buyer, seller, shelf):
    for _ in range(5):
        order = brought(buyer, seller, shelf, "approved")
        rows = [mine(buyer, order), mine(seller, order)]
        hands = [buyer.copy(), seller.copy()]
        answers = together(2, lambda i: hands[i].post(f"/api/v1/reviews/{rows[i]['id']}/events", {"event": "write", "score": 4}, if_match=1))  # noqa: B023
        assert [answer.status for answer in answers] == [200, 200], answers
        assert [one["phase"] for one in reviews_of(buyer, order)] == ["shown", "shown"]


def test_one_reply_and_one_follow_up(network, buyer, seller, shelf):
    _, row = reviewed(buyer, seller, shelf)
    assert fire(buyer, "reviews", row, "reply", reply="自答").status == 403
    fire(seller, "reviews", row, "reply", reply="谢谢").expect(200)
    assert fire(seller, "reviews", row, "reply", reply="再说").status == 409
    early = fire(buyer, "reviews", row, "follow_up", follow_up="三个月后仍然稳定")
    assert early.status == 409 and "30" in early.json["detail"]
    raw = row["id"].replace("-", "")
    network.installation.sql(f"UPDATE review SET shown_at = UTC_TIMESTAMP(3) - INTERVAL 31 DAY WHERE id = UNHEX('{raw}')")
    fire(buyer, "reviews", row, "follow_up", follow_up="三个月后仍然稳定").expect(200)
    assert fire(buyer, "reviews", row, "follow_up", follow_up="又一次").status == 409
    public, = [one for one in shown(network) if one["id"] == row["id"]]
    assert (public["reply"], public["follow_up"]) == ("谢谢", "三个月后仍然稳定") and public["follow_up_at"]


def score_of(network, institution):
    return network.visit("lishui").get(f"/api/v1/portal/institutions/{institution.institution_id}/score").expect(200).json


def test_a_hidden_one_says_nothing_counts_nothing_and_may_come_back(network, buyer, desk, other_desk):
    seller = network.member("lishui", "331102")
    shelf = shelve(network, seller)
    _, row = reviewed(buyer, seller, shelf, 1, "含手机号13700000001")
    low = score_of(network, seller)
    assert fire(desk, "reviews", row, "hide", reason="含个人信息").status == 422, "by a code"
    assert fire(seller, "reviews", row, "hide", hidden_code="fake", reason="不实").status == 403, "who is reviewed hides nothing"
    fire(desk, "reviews", row, "hide", hidden_code="personal", reason="含个人信息").expect(200)
    assert seen(buyer, row, "reviews")["withheld"]["text"] == "含手机号13700000001" and seen(buyer, row, "reviews")["reason"] == "含个人信息"
    assert [body for body in eventually(lambda: heard(buyer, row)) if "含个人信息" in body], "its author is told why"
    public, = [one for one in shown(network) if one["id"] == row["id"]]
    assert public["hidden_code"] == "personal" and public["text"] is None and public["score"] is None
    assert "13700000001" not in seller.get(f"/api/v1/reviews/{row['id']}").text
    hidden = score_of(network, seller)
    assert (low["reviews"], hidden["reviews"]) == (1, 0) and float(hidden["review_part"]) > float(low["review_part"])
    network.installation.ctl("score", "verify", "lishui")
    fire(buyer, "reviews", row, "appeal", reason="号码是公开的客服电话").expect(200)
    assert fire(desk, "reviews", row, "restore", reason="x").status == 403, "whoever hid it"
    fire(other_desk, "reviews", row, "restore", reason="系公开电话").expect(200)
    assert seen(seller, row, "reviews")["text"] == "含手机号13700000001" and score_of(network, seller) == low
    fire(desk, "reviews", row, "hide", hidden_code="fake", reason="查实").expect(200)
    fire(buyer, "reviews", row, "appeal", reason="再看").expect(200)
    fire(other_desk, "reviews", row, "uphold", reason="经查属实").expect(200)
    assert fire(buyer, "reviews", row, "appeal", reason="还要").status == 409
    network.installation.ctl("score", "verify", "lishui")


# --- the score ---

def test_fifty_praises_of_one_enterprise_move_it_once(network, buyer, other_buyer):
    seller = network.member("lishui", "331102")
    shelf = shelve(network, seller)
    reviewed(buyer, seller, shelf, 5)
    once = score_of(network, seller)["review_part"]
    for _ in range(4):
        reviewed(buyer, seller, shelf, 5)
    assert score_of(network, seller)["review_part"] == once and score_of(network, seller)["buyers"] == 1
    raw = seller.institution_id.replace("-", "")
    columns = ("platform_id, home_id, home_seq, order_number, listing_id, listing_name, institution_id, institution_home, institution_name, buyer_id, buyer_home, "
               "buyer_name, side, author_id, author_home, subject_id, subject_home, score, text, written_at, shown_at, phase, step, created_at, updated_at")
    for i in range(45):
        network.installation.sql(f"INSERT INTO review (id, order_id, {columns}) SELECT UNHEX(MD5('praise{i}')), UNHEX(MD5('order{i}')), {columns} FROM review "
                                 f"WHERE institution_id = UNHEX('{raw}') AND side = 'buyer' ORDER BY created_at LIMIT 1")
    network.installation.ctl("score", "verify", "lishui", "--repair")
    assert (score_of(network, seller)["review_part"], score_of(network, seller)["reviews"]) == (once, 50)
    reviewed(other_buyer, seller, shelf, 5)
    assert float(score_of(network, seller)["review_part"]) > float(once) and score_of(network, seller)["buyers"] == 2
    network.installation.ctl("score", "verify", "lishui")


def test_related_organisations_weigh_nothing(network, buyer):
    seller = network.member("lishui", "331102")
    shelf = shelve(network, seller)
    person = seen(seller, {"id": seller.institution_id}, "institutions")["legal_representative"]
    raw = buyer.institution_id.replace("-", "")
    before, = network.installation.sql(f"SELECT legal_representative FROM institution WHERE id = UNHEX('{raw}') LIMIT 1")
    network.installation.sql(f"UPDATE institution SET legal_representative = '{person or '张三'}' WHERE id = UNHEX('{raw}')")
    network.installation.sql(f"UPDATE institution SET legal_representative = '{person or '张三'}' WHERE id = UNHEX('{seller.institution_id.replace('-', '')}')")
    _, row = reviewed(buyer, seller, shelf, 5)
    network.installation.sql(f"UPDATE institution SET legal_representative = {'NULL' if before[0] in (None, 'NULL', '') else repr(before[0])} WHERE id = UNHEX('{raw}')")
    assert (score_of(network, seller)["reviews"], score_of(network, seller)["done"]) == (0, 1)
    assert seen(network.desk("lishui"), row, "reviews")["related"] is True and "related" not in seen(buyer, row, "reviews")


def test_a_kept_score_that_is_wrong_is_found_and_set_right(network, buyer, seller, shelf):
    reviewed(buyer, seller, shelf, 4)
    right = score_of(network, seller)
    network.installation.sql(f"UPDATE institution_score SET score = score + 1, done = done + 1 WHERE institution_id = UNHEX('{seller.institution_id.replace('-', '')}')")
    code, told = network.installation.ctl("score", "verify", "lishui", check=False)
    assert code == 1 and [line.split(":")[0].rpartition(" ")[2] for line in told] == ["score"], told
    network.installation.ctl("score", "verify", "lishui", "--repair")
    assert score_of(network, seller) == right
    assert network.visit("lishui").get(f"/api/v1/portal/institutions/{seller.institution_id}").expect(200).json["score"] == right["score"]


def test_the_search_by_score(network, buyer):
    """The better one first, whatever was listed last; who has none behind both."""
    good, bad, new = (network.member("lishui", "331102") for _ in range(3))
    shelves = {one.institution_id: shelve(network, one) for one in (good, bad, new)}
    reviewed(buyer, good, shelves[good.institution_id], 5)
    reviewed(buyer, bad, shelves[bad.institution_id], 1)
    def order():
        items = network.visit("lishui").get("/api/v1/portal/listings", query={"sort": "score", "limit": 100}).expect(200).json["items"]
        return [item["institution"]["id"] for item in items if item["institution"]["id"] in shelves]
    eventually(lambda: order() == [good.institution_id, bad.institution_id, new.institution_id])


# --- complaints ---

def complained(buyer, order, **more):
    row = buyer.post("/api/v1/complaints", {"order_id": order["id"], "about": "delay", "facts": "约定日期已过，一直没有开始。", **more}).expect(201).json
    fire(buyer, "complaints", row, "file").expect(200)
    return row


def test_who_does_not_answer_is_not_waited_for(network, buyer, seller, shelf, desk):
    row = complained(buyer, brought(buyer, seller, shelf, "in_service"))
    fire(desk, "complaints", row, "take_up").expect(200)
    pass_days(network, row, "no_answer", "hearing")
    eventually(lambda: seen(buyer, row, "complaints")["step"] == "mediation")
    assert seen(buyer, row, "complaints")["unanswered_at"]
    assert score_of(network, seller)["upheld"] >= 1
    fire(seller, "complaints", row, "answer", statement="迟复，抱歉").expect(200)
    assert seen(buyer, row, "complaints")["step"] == "mediation"
    fire(desk, "complaints", row, "resolve", outcome="agreed", decision="双方达成一致").expect(200)


def test_closed_is_not_solved(network, buyer, seller, shelf, desk):
    """What the desk decided and what the complainant says stand side by side; reopened once, and not again."""
    row = complained(buyer, brought(buyer, seller, shelf, "in_service"))
    fire(desk, "complaints", row, "take_up").expect(200)
    fire(seller, "complaints", row, "answer", statement="下周进场").expect(200)
    fire(buyer, "complaints", row, "unsatisfied", reason="已经拖了一个月").expect(200)
    assert fire(desk, "complaints", row, "resolve", decision="已办结").status == 422, "with an outcome"
    fire(desk, "complaints", row, "resolve", outcome="not_upheld", decision="机构已进场").expect(200)
    assert fire(desk, "complaints", row, "verdict", solved="yes").status == 403 and fire(seller, "complaints", row, "verdict", solved="yes").status == 403
    fire(buyer, "complaints", row, "verdict", solved="no", solved_note="没有进场").expect(200)
    now = seen(buyer, row, "complaints")
    assert (now["outcome"], now["solved"], now["solved_note"]) == ("not_upheld", "no", "没有进场")
    listed = desk.get("/api/v1/complaints", query={"outcome": "not_upheld", "solved": "no"}).expect(200).json
    assert [one["id"] for one in listed["items"]] == [row["id"]]
    fire(buyer, "complaints", row, "reopen", reason="没有进场").expect(200)
    fire(desk, "complaints", row, "resolve", outcome="upheld", decision="经核实未进场").expect(200)
    assert (seen(buyer, row, "complaints")["outcome"], seen(buyer, row, "complaints")["step"]) == ("upheld", "closed")
    assert fire(buyer, "complaints", row, "reopen", reason="再来").status == 409
    fire(buyer, "complaints", row, "verdict", solved="yes").expect(200)


def test_the_time_to_reopen_runs_out(network, buyer, seller, shelf, desk):
    row = complained(buyer, brought(buyer, seller, shelf, "in_service"))
    fire(desk, "complaints", row, "take_up").expect(200)
    fire(desk, "complaints", row, "resolve", outcome="partly", decision="部分成立").expect(200)
    pass_days(network, row, "close", "resolved")
    eventually(lambda: seen(buyer, row, "complaints")["step"] == "closed")
    assert fire(buyer, "complaints", row, "reopen", reason="晚了").status == 409
    fire(buyer, "complaints", row, "verdict", solved="no").expect(200)


def test_an_enterprise_of_another_platform_complains_and_reviews(network, buyer):
    """All from where it is at home, about an order on another platform's shelf."""
    far = network.member("hangzhou", "330102")
    listing = shelve(network, far, "hangzhou")
    guest = arrive(network, buyer, "hangzhou")
    order = guest.post("/api/v1/orders", {**ORDER, "listing_id": listing}).expect(201).json
    fire(guest, "orders", order, "apply").expect(200)
    fire(far, "orders", order, "accept", price=1, starts_on="2026-12-01", ends_on="2026-12-01").expect(200)
    row = complained(guest, order)
    there(buyer, "complaints", row, step="filed")
    fire(network.desk("hangzhou"), "complaints", row, "take_up").expect(200)
    fire(far, "complaints", row, "answer", statement="下周进场").expect(200)
    there(buyer, "complaints", row, step="answered")
    fire(buyer, "complaints", row, "satisfied").expect(200)
    there(buyer, "complaints", row, step="settled")
