"""Demands with sealed offers (HN-6, NX-10, trade T3): nobody sees an offer before its time, the server's clock decides, a winner that falls out is
followed by another, and whoever offered hears how it ended and why."""

import json
import re

import pytest

import people
from harness import eventually, together
from network import Network, uscc
from test_institutions import png
from test_publication import becomes, create, publish

pytestmark = pytest.mark.timeout(900)
FAR = "2099-12-31T15:59:59.000Z"
DEMAND = {"title": "寻找数字化诊断服务", "category": "digital", "details": "两条产线，希望一个月内完成诊断。", "closes_at": FAR,
          "budget_low": 100000, "budget_high": 300000, "contact_name": "钱采购", "contact_mobile": "13700000001"}
# Each of them stands nowhere else, so that it can be looked for everywhere.
CANARIES = {"price": 24681357, "days": 2468, "proposal": "先调研，再出诊断报告：金丝雀方案文本。", "contact_phone": "0578-2468135"}
OTHERS = {"price": 13572469, "days": 1357, "proposal": "先看现场，再谈价格：黄雀方案文本。", "contact_phone": "0578-1357246"}
BID = {"price": 250000, "days": 20, "proposal": "先调研，再出诊断报告与改造清单。", "contact_phone": "0578-2000001"}


@pytest.fixture(scope="module")
def network(installation, server, sms_server):
    return Network(installation, server, sms_server, ("zhejiang", "hangzhou", "lishui", "hunan", "changsha"))


def enterprise(network, number, host="lishui.localhost", region="331102"):
    return people.register(network.server.client, network.sms, host, uscc(region), f"1365556{number:04}", f"seeker{number:02}", "enterprise")


@pytest.fixture(scope="module")
def buyer(network):
    return enterprise(network, 1)


@pytest.fixture(scope="module")
def other_buyer(network):
    return enterprise(network, 2)


@pytest.fixture(scope="module")
def sellers(network):
    return [network.member("lishui", "331102") for _ in range(3)]


@pytest.fixture
def stranger(network):
    """Who has offered on nothing yet."""
    return network.member("lishui", "331102")


def fire(visitor, plural, row, event, **form):
    version = visitor.get(f"/api/v1/{plural}/{row['id']}").expect(200).etag
    return visitor.post(f"/api/v1/{plural}/{row['id']}/events", {"event": event, **form}, if_match=version)


def submitted(buyer, **more):
    row = buyer.post("/api/v1/demands", {**DEMAND, **more}).expect(201).json
    fire(buyer, "demands", row, "submit", voluntary="free").expect(200)
    return row


def opened(network, buyer, **more):
    row = submitted(buyer, **more)
    fire(network.desk("lishui"), "demands", row, "pass").expect(200)
    return row


def draft(seller, demand, **more):
    return seller.post(f"/api/v1/demands/{demand['id']}/bids", {**BID, **more}).expect(201).json


def offer(seller, demand, **more):
    row = draft(seller, demand, **more)
    fire(seller, "bids", row, "submit").expect(200)
    return row


def hexed(row):
    return row["id"].replace("-", "")


def close_in(network, demand, seconds, look=False):
    """Moves the deadline, by the database's clock; look: its job looks now, as it does at that time."""
    network.installation.sql(f"UPDATE demand SET closes_at = UTC_TIMESTAMP(3) + INTERVAL {int(seconds * 1000) * 1000} MICROSECOND WHERE id = UNHEX('{hexed(demand)}')")
    if look:
        network.installation.sql("UPDATE job SET run_at = UTC_TIMESTAMP(3) WHERE kind = 'silence'")


def begin_earlier(network, bid):
    network.installation.sql(f"UPDATE bid SET created_at = created_at - INTERVAL 1 HOUR WHERE id = UNHEX('{hexed(bid)}')")


def open_bids(network, buyer, demand):
    close_in(network, demand, -600, look=True)
    return eventually(lambda: (lambda row: row["phase"] != "active" and row)(buyer.get(f"/api/v1/demands/{demand['id']}").json), 10)


def bids_of(visitor, demand):
    return visitor.get(f"/api/v1/demands/{demand['id']}/bids").expect(200).json["items"]


def told(visitor, word):
    items = visitor.get("/api/v1/messages", query={"limit": 100}).expect(200).json["items"]
    return [item for item in items if word in json.dumps(item, ensure_ascii=False)]


def test_from_the_demand_to_the_order(network, buyer, sellers):
    demand = opened(network, buyer)
    first, second, third = (offer(seller, demand, price=200000 + n) for n, seller in enumerate(sellers))
    assert buyer.get(f"/api/v1/demands/{demand['id']}").json["bids"] == 3 and bids_of(buyer, demand) == []
    assert open_bids(network, buyer, demand)["phase"] == "evaluating"
    assert {bid["id"] for bid in bids_of(buyer, demand)} == {first["id"], second["id"], third["id"]}
    assert told(buyer, "报价已开启")
    fire(buyer, "bids", third, "reject", reason="没有驻场人员").expect(200)
    fire(buyer, "bids", first, "award", reason="方案最合适").expect(200)
    assert buyer.get(f"/api/v1/demands/{demand['id']}").json["phase"] == "awarded"
    assert fire(buyer, "bids", second, "award", reason="也不错").status == 409, "one winner"
    fire(sellers[0], "bids", first, "confirm").expect(200)
    done = buyer.get(f"/api/v1/demands/{demand['id']}").json
    won = sellers[0].get(f"/api/v1/bids/{first['id']}").json
    assert done["phase"] == "ordered" and done["winner_name"] == won["institution_name"] and done["order_id"] == won["order_id"]
    for visitor in (buyer, sellers[0]):
        order = visitor.get(f"/api/v1/orders/{done['order_id']}").expect(200).json
        assert order["buyer_home"] == "lishui", "as of one that is placed by hand"
        assert (order["price"], order["step"], order["listing_name"], order["number"]) == (200000, "accepted", DEMAND["title"], done["order_number"])
    assert order["contact_mobile"] == DEMAND["contact_mobile"]
    assert sellers[1].get(f"/api/v1/orders/{done['order_id']}").status == 404
    lost = sellers[1].get(f"/api/v1/bids/{second['id']}").json
    assert lost["step"] == "lost" and lost["winner_name"] == won["institution_name"] and "方案最合适" in lost["reason"] and "was chosen" in lost["reason_en"]
    eventually(lambda: told(sellers[1], won["institution_name"]))
    eventually(lambda: told(sellers[2], "没有驻场人员"))


def test_where_a_network_lets_enterprises_publish_at_once(network):
    """HN-6: no desk looks first."""
    buyer = enterprise(network, 3, "changsha.localhost", "430102")
    row = buyer.post("/api/v1/demands", DEMAND).expect(201).json
    fire(buyer, "demands", row, "submit", voluntary="free").expect(200)
    assert buyer.get(f"/api/v1/demands/{row['id']}").json["phase"] == "active"
    seen = network.visit("changsha").get(f"/api/v1/portal/demands/{row['id']}").expect(200).json
    assert seen["title"] == DEMAND["title"] and "contact_mobile" not in seen and "buyer_name" not in seen


def test_changed_and_deleted_before_approval_alone(network, buyer):
    row = submitted(buyer)
    def change(visitor=buyer):
        return visitor.patch(f"/api/v1/demands/{row['id']}", {"title": "换一个标题"}, if_match=visitor.get(f"/api/v1/demands/{row['id']}").etag)
    assert change().status == 409, "the desk is looking at it"
    fire(buyer, "demands", row, "take_back").expect(200)
    change().expect(200)
    fire(buyer, "demands", row, "submit", voluntary="free").expect(200)
    fire(network.desk("lishui"), "demands", row, "return", reason="请写明地点").expect(200)
    assert buyer.get(f"/api/v1/demands/{row['id']}").json["reason"] == "请写明地点"
    fire(buyer, "demands", row, "submit", voluntary="free").expect(200)
    fire(network.desk("lishui"), "demands", row, "pass").expect(200)
    assert change().status == 409
    assert buyer.delete(f"/api/v1/demands/{row['id']}", if_match=buyer.get(f"/api/v1/demands/{row['id']}").etag).status == 409
    fresh = buyer.post("/api/v1/demands", DEMAND).expect(201)
    buyer.delete(f"/api/v1/demands/{fresh.json['id']}", if_match=fresh.etag).expect(204)


def test_what_the_law_has_tendered_is_not_published(buyer):
    row = buyer.post("/api/v1/demands", DEMAND).expect(201).json
    refused = fire(buyer, "demands", row, "submit")
    assert refused.status == 422 and refused.json["errors"][0]["pointer"] == "/voluntary", refused
    early = buyer.post("/api/v1/demands", {**DEMAND, "closes_at": "2020-01-01T00:00:00.000Z"}).expect(201).json
    refused = fire(buyer, "demands", early, "submit", voluntary="free")
    assert refused.status == 422 and refused.json["errors"][0]["pointer"] == "/closes_at" and "2020-01-01 08:00:00" in refused.json["errors"][0]["zh"], refused


def everything(network, visitor, demand, bid):
    """All that this caller can be told of an offer, as one text."""
    base, out = f"/api/v1/bids/{bid['id']}", []
    paths = [base, base + "/history", f"/api/v1/demands/{demand['id']}", f"/api/v1/demands/{demand['id']}/bids", f"/api/v1/demands/{demand['id']}/history",
             "/api/v1/bids", "/api/v1/bids?phase=submitted", "/api/v1/bids?phase=draft", "/api/v1/bids?sort=price", f"/api/v1/bids?demand_id={demand['id']}",
             "/api/v1/bids/export.csv", "/api/v1/demands/export.csv", "/api/v1/demands", f"/api/v1/attachments?record_type=bid&record_id={bid['id']}",
             "/api/v1/workbench/todo?limit=100", "/api/v1/messages?limit=100", f"/api/v1/portal/demands/{demand['id']}", "/api/v1/portal/demands",
             f"/api/v1/demands/{demand['id']}/demand-questions", "/api/v1/audit?limit=100", f"/api/v1/audit?record_id={bid['id']}", "/api/v1/notices?limit=100",
             "/api/v1/workbench/lookup?q=%E9%87%91%E4%B8%9D%E9%9B%80", f"/api/v1/demands?q={demand['number']}"]
    for path in paths:
        answer = visitor.get(path)
        out.append(f"{path} {answer.status} {answer.text}")
    for event in ("award", "reject", "open", "confirm", "withdraw", "revise"):
        out.append(visitor.post(f"{base}/events", {"event": event, "reason": "看看"}, if_match=2).text)
    out.append(visitor.patch(base, {"price": 1}, if_match=2).text)
    out.append(visitor.post("/api/v1/bids/events", {"event": "award", "reason": "看看", "items": [{"id": bid["id"], "version": 2}]}).text)
    return "\n".join(out)


def canaries(seller, values=CANARIES):
    return [str(value) for value in values.values()] + ["金丝雀附件" if values is CANARIES else "黄雀附件", seller.institution_id]


def holds(text, canary):
    """As a whole: no part of an id."""
    return re.search(rf"(?<![0-9a-f]){re.escape(canary)}(?![0-9a-f])", text) is not None


def test_a_sealed_offer_is_nobodys_to_see(network, buyer, other_buyer, sellers, stranger):
    """As the buyer, the desk, other institutions, visitors, administrators, keys, exports, histories, the log: its number is all that there is."""
    demand = opened(network, buyer)
    name = stranger.get("/api/v1/institution").expect(200).json["name"]
    bid = draft(stranger, demand, **CANARIES)
    file = stranger.put("/api/v1/attachments", body=png(), content_type="image/png", query={
        "record_type": "bid", "record_id": bid["id"], "purpose": "proposal", "file_name": "金丝雀附件.png"}).expect(201).json["id"]
    fire(stranger, "bids", bid, "submit").expect(200)
    mine = stranger.get(f"/api/v1/bids/{bid['id']}").expect(200).json
    assert all(mine[key] == value for key, value in CANARIES.items()), "its own side sees all of it"
    desks = {role: network.desk("lishui", role) for role in ("reviewer", "platform_admin", "audit_admin", "system_admin", "security_admin")}
    keyed = buyer.post("/api/v1/api-keys", {"name": "导出", "expires_on": "2026-12-31"})
    readers = {"buyer": buyer, "other buyer": other_buyer, "other institution": sellers[1], "visitor": network.visit("lishui"), **desks}
    if keyed.status == 201:
        readers["key"] = network.visit("lishui")
        readers["key"].headers = {"Authorization": f"Bearer {keyed.json['key']}"}
    for who, visitor in readers.items():
        text = everything(network, visitor, demand, bid)
        for canary in canaries(stranger):
            # The audit administrator sees who did something, never what it says (docs/architecture.md).
            if not (who == "audit_admin" and canary == stranger.institution_id):
                assert not holds(text, canary), (who, canary)
        if who not in ("audit_admin", "visitor"):
            assert name not in "\n".join(line for line in text.split("\n") if line.startswith(("/api/v1/bids", "/api/v1/demands"))), who
        assert visitor.get(f"/api/v1/attachments/{file}/content").status in (401, 403, 404), who
        assert visitor.get(f"/api/v1/bids/{bid['id']}").status in (401, 403, 404), who
    assert buyer.get(f"/api/v1/demands/{demand['id']}").json["bids"] == 1
    logged = json.dumps(network.installation.sql(f"SELECT CAST(payload AS CHAR) FROM log_entry WHERE record_id = UNHEX('{hexed(bid)}')"), ensure_ascii=False)
    assert "price" in logged and "proposal" in logged, "which fields were written is told"
    for canary in canaries(stranger):
        assert not holds(logged, canary), canary
    told_of = json.dumps([network.installation.sql("SELECT variables, text FROM notice"), network.installation.sql("SELECT title, body FROM message")], ensure_ascii=False)
    assert not any(holds(told_of, canary) for canary in canaries(stranger)[:5])
    open_bids(network, buyer, demand)
    assert buyer.get(f"/api/v1/bids/{bid['id']}").expect(200).json["price"] == CANARIES["price"]
    assert buyer.get(f"/api/v1/attachments/{file}/content").status == 200
    assert "金丝雀" in desks["reviewer"].get(f"/api/v1/bids/{bid['id']}").expect(200).text
    assert sellers[1].get(f"/api/v1/bids/{bid['id']}").status == 404, "each institution its own for ever"


def test_what_was_never_opened_stays_shut(network, buyer, stranger):
    demand = opened(network, buyer)
    bid = offer(stranger, demand, **OTHERS)
    fire(buyer, "demands", demand, "set_aside", cause="need_gone", reason="项目取消").expect(200)
    assert stranger.get(f"/api/v1/bids/{bid['id']}").json["step"] == "unopened"
    for visitor in (buyer, network.desk("lishui"), network.desk("lishui", "platform_admin")):
        text = everything(network, visitor, demand, bid)
        assert not any(holds(text, canary) for canary in canaries(stranger, OTHERS)), visitor


def test_the_servers_clock_decides(network, buyer, sellers):
    """Before the deadline an offer is begun, a tenth of a second after it none is."""
    demand = opened(network, buyer)
    close_in(network, demand, 2)
    begun = sellers[0].post(f"/api/v1/demands/{demand['id']}/bids", BID)
    begin_earlier(network, begun.json)
    close_in(network, demand, 0.1)
    network.installation.sql("SELECT SLEEP(0.2)")
    late = sellers[1].post(f"/api/v1/demands/{demand['id']}/bids", BID)
    assert begun.status == 201 and late.status == 409, (begun, late)
    assert "北京时间" in late.json["detail"] or "Beijing" in late.json["detail"]
    # What was begun before it may be finished for five minutes, and says so.
    fire(sellers[0], "bids", begun.json, "submit").expect(200)
    assert sellers[0].get(f"/api/v1/bids/{begun.json['id']}").json["late"] is True
    for event in ("revise", "withdraw"):
        assert fire(sellers[0], "bids", begun.json, event).status == 409, event
    assert fire(buyer, "demands", demand, "lengthen", closes_at=FAR).status == 409, "it is over"
    assert bids_of(buyer, demand) == [], "sealed until the grace is over"


def test_the_grace_ends(network, buyer, sellers):
    demand = opened(network, buyer)
    mine, other = draft(sellers[0], demand), offer(sellers[1], demand)
    begin_earlier(network, mine)
    close_in(network, demand, -290)
    version = sellers[0].get(f"/api/v1/bids/{mine['id']}").etag
    sellers[0].patch(f"/api/v1/bids/{mine['id']}", {"price": 1}, if_match=version).expect(200)
    close_in(network, demand, -300)
    assert fire(sellers[0], "bids", mine, "submit").status == 409
    version = sellers[0].get(f"/api/v1/bids/{mine['id']}").etag
    assert sellers[0].patch(f"/api/v1/bids/{mine['id']}", {"price": 2}, if_match=version).status == 409
    open_bids(network, buyer, demand)
    assert sellers[0].get(f"/api/v1/bids/{mine['id']}").json["step"] == "unopened"
    assert [bid["id"] for bid in bids_of(buyer, demand)] == [other["id"]]
    assert buyer.get(f"/api/v1/demands/{demand['id']}").json["bids"] == 1


def test_a_deadline_that_was_put_off(network, buyer, sellers):
    demand = opened(network, buyer)
    offer(sellers[0], demand)
    shorter = fire(buyer, "demands", demand, "lengthen", closes_at="2098-01-01T00:00:00.000Z")
    assert shorter.status == 422 and shorter.json["errors"][0]["pointer"] == "/closes_at", shorter
    fire(buyer, "demands", demand, "lengthen", closes_at="2100-01-01T00:00:00.000Z").expect(200)
    network.installation.sql("UPDATE job SET run_at = UTC_TIMESTAMP(3) WHERE kind = 'silence'")  # the old time comes
    def waits():
        rows = network.installation.sql(f"SELECT CAST(run_at AS CHAR) FROM job WHERE unique_key LIKE '%{demand['id']}/open_bids%'")
        return rows and rows[0][0].startswith("2100-01-01 00:05")
    eventually(waits, 10)
    assert buyer.get(f"/api/v1/demands/{demand['id']}").json["phase"] == "active"
    assert open_bids(network, buyer, demand)["phase"] == "evaluating"


def test_an_offer_is_revised_and_withdrawn_until_then(network, buyer, sellers):
    demand = opened(network, buyer)
    bid = offer(sellers[0], demand)
    again = sellers[0].post(f"/api/v1/demands/{demand['id']}/bids", BID)
    assert again.status == 422, again
    assert sellers[0].patch(f"/api/v1/bids/{bid['id']}", {"price": 5}, if_match=sellers[0].get(f"/api/v1/bids/{bid['id']}").etag).status == 409, "it is sealed"
    fire(sellers[0], "bids", bid, "revise").expect(200)
    sellers[0].patch(f"/api/v1/bids/{bid['id']}", {"price": 5}, if_match=sellers[0].get(f"/api/v1/bids/{bid['id']}").etag).expect(200)
    fire(sellers[0], "bids", bid, "submit").expect(200)
    fire(sellers[0], "bids", bid, "withdraw").expect(200)
    assert buyer.get(f"/api/v1/demands/{demand['id']}").json["bids"] == 0
    fire(sellers[0], "bids", bid, "revise").expect(200)
    fire(sellers[0], "bids", bid, "submit").expect(200)
    assert buyer.get(f"/api/v1/demands/{demand['id']}").json["bids"] == 1


def test_nobody_offered(network, buyer, sellers):
    demand = opened(network, buyer)
    draft(sellers[0], demand)
    over = open_bids(network, buyer, demand)
    assert (over["step"], over["cause"]) == ("unsuccessful", "none")
    assert told(buyer, "无人报价")


def test_the_winner_declines_and_the_next_is_chosen(network, buyer, sellers):
    demand = opened(network, buyer)
    first, second, third = (offer(seller, demand) for seller in sellers)
    open_bids(network, buyer, demand)
    fire(buyer, "bids", first, "award", reason="价格合适").expect(200)
    eventually(lambda: told(sellers[0], "价格合适"))
    assert fire(sellers[0], "bids", first, "decline").status == 422, "with a reason"
    fire(sellers[0], "bids", first, "decline", reason="人员不足").expect(200)
    assert buyer.get(f"/api/v1/demands/{demand['id']}").json["phase"] == "evaluating"
    assert told(buyer, "人员不足")
    assert fire(buyer, "bids", first, "award", reason="再想想").status == 409
    fire(buyer, "bids", second, "award", reason="其次").expect(200)
    # Silent for its days: the next again.
    network.installation.sql("UPDATE silence SET fires_on = CURDATE() - INTERVAL 3 DAY, tells_on = NULL WHERE event = 'lapse'")
    network.installation.sql("UPDATE job SET run_at = UTC_TIMESTAMP(3) WHERE kind = 'silence'")
    eventually(lambda: sellers[1].get(f"/api/v1/bids/{second['id']}").json["step"] == "declined", 10)
    fire(buyer, "bids", third, "award", reason="第三家").expect(200)
    fire(sellers[2], "bids", third, "confirm").expect(200)
    assert buyer.get(f"/api/v1/demands/{demand['id']}").json["phase"] == "ordered"


def test_no_winner_and_set_aside_say_why_to_all(network, buyer, sellers):
    demand = opened(network, buyer)
    bids = [offer(seller, demand) for seller in sellers]
    for form in ({}, {"cause": "error"}, {"reason": "没有说原因代码"}, {"cause": "silly", "reason": "没有这个代码"}, {"cause": "error", "reason": "  "}):
        refused = fire(buyer, "demands", demand, "set_aside", **form)
        assert refused.status == 422, (form, refused)
    open_bids(network, buyer, demand)
    assert fire(buyer, "demands", demand, "give_up", cause="buyer_silent", reason="不能自己选这个").status == 422
    fire(buyer, "demands", demand, "give_up", cause="none_fit", reason="都缺少驻场人员").expect(200)
    over = sellers[1].get(f"/api/v1/demands/{demand['id']}").expect(200).json
    assert (over["step"], over["cause"], over["reason"]) == ("unsuccessful", "none_fit", "都缺少驻场人员")
    for seller, bid in zip(sellers, bids):
        seen = seller.get(f"/api/v1/bids/{bid['id']}").json
        assert seen["step"] == "closed" and seen["reason"] == "报价均不符合要求。都缺少驻场人员" and seen["reason_en"].startswith("No offer fits")
        eventually(lambda: told(seller, "都缺少驻场人员"))  # noqa: B023
    aside = opened(network, buyer)
    bid = offer(sellers[0], aside)
    assert fire(network.desk("lishui", "platform_admin"), "demands", aside, "set_aside", cause="collusion", reason="多家报价雷同").status == 200
    assert sellers[0].get(f"/api/v1/bids/{bid['id']}").json["phase"] == "unopened"
    eventually(lambda: told(sellers[0], "多家报价雷同"))


def test_a_silent_buyer(network, buyer, sellers):
    demand = opened(network, buyer)
    bid = offer(sellers[0], demand)
    open_bids(network, buyer, demand)
    network.installation.sql(f"UPDATE silence SET fires_on = CURDATE() - INTERVAL 3 DAY, tells_on = NULL WHERE id = UNHEX('{hexed(demand)}')")
    network.installation.sql("UPDATE job SET run_at = UTC_TIMESTAMP(3) WHERE kind = 'silence'")
    over = eventually(lambda: (lambda row: row["phase"] == "ended" and row)(buyer.get(f"/api/v1/demands/{demand['id']}").json), 10)
    assert over["cause"] == "buyer_silent" and sellers[0].get(f"/api/v1/bids/{bid['id']}").json["reason"] == "企业逾期未评选"


def test_questions_are_everybodys_and_nobody_knows_who_asked(network, buyer, other_buyer, sellers):
    demand = opened(network, buyer)
    name = sellers[0].get("/api/v1/institution").expect(200).json["name"]
    row = sellers[0].post(f"/api/v1/demands/{demand['id']}/demand_questions", {"question": "产线在哪个县？"}).expect(201).json
    for visitor in (buyer, sellers[1], network.desk("lishui")):
        text = visitor.get(f"/api/v1/demands/{demand['id']}/demand_questions").expect(200).text
        assert "产线在哪个县" in text and name not in text and sellers[0].institution_id not in text
    assert other_buyer.get(f"/api/v1/demands/{demand['id']}/demand_questions").status == 404
    assert fire(sellers[1], "demand_questions", row, "answer", answer="不知道").status in (403, 404)
    fire(buyer, "demand_questions", row, "answer", answer="莲都区").expect(200)
    assert sellers[1].get(f"/api/v1/demand_questions/{row['id']}").expect(200).json["answer"] == "莲都区"


def test_institutions_find_open_demands(network, buyer, sellers, other_buyer):
    demand = opened(network, buyer)
    hidden = submitted(buyer)
    seen = [row["id"] for row in sellers[1].get("/api/v1/demands", query={"phase": "active", "limit": 100}).expect(200).json["items"]]
    assert demand["id"] in seen and hidden["id"] not in seen
    assert sellers[1].get(f"/api/v1/demands/{hidden['id']}").status == 404
    open_row = sellers[1].get(f"/api/v1/demands/{demand['id']}").expect(200).json
    assert "contact_mobile" not in open_row and "contact_name" not in open_row and open_row["actions"] == []
    assert sellers[1].get(f"/api/v1/demands/{demand['id']}/history").status in (403, 404)
    assert sellers[1].get("/api/v1/demands/export.csv").status in (403, 404)
    assert other_buyer.get(f"/api/v1/demands/{demand['id']}").status == 404
    assert fire(sellers[1], "demands", demand, "set_aside", cause="error", reason="不是我的").status == 403
    assert network.desk("hangzhou").get(f"/api/v1/demands/{demand['id']}").status == 404


def test_fifty_at_once(network, buyer, sellers):
    """Fifty offers of one institution, fifty tries to choose: one each."""
    demand = opened(network, buyer)
    hands = [sellers[0].copy() for _ in range(50)]
    made = together(50, lambda i: hands[i].post(f"/api/v1/demands/{demand['id']}/bids", BID))
    assert sorted({answer.status for answer in made}) in ([201, 422], [201, 409, 422], [201, 422, 429]) and sum(answer.status == 201 for answer in made) == 1
    mine = next(answer.json for answer in made if answer.status == 201)
    fire(sellers[0], "bids", mine, "submit").expect(200)
    others = [offer(seller, demand) for seller in sellers[1:]]
    open_bids(network, buyer, demand)
    bids = [mine, *others]
    hands = [buyer.copy() for _ in range(50)]
    version = {bid["id"]: buyer.get(f"/api/v1/bids/{bid['id']}").etag for bid in bids}
    chosen = together(50, lambda i: hands[i].post(f"/api/v1/bids/{bids[i % 3]['id']}/events", {"event": "award", "reason": f"第 {i} 次"}, if_match=version[bids[i % 3]["id"]]))
    assert sum(answer.status == 200 for answer in chosen) == 1, sorted(answer.status for answer in chosen)
    assert {answer.status for answer in chosen} <= {200, 409, 412, 429, 503}
    winner = next(bid for bid in bids_of(buyer, demand) if bid["phase"] == "won")
    seller = sellers[[bid["id"] for bid in bids].index(winner["id"])]
    hands = [seller.copy() for _ in range(50)]
    etag = seller.get(f"/api/v1/bids/{winner['id']}").etag
    answers = together(50, lambda i: hands[i].post(f"/api/v1/bids/{winner['id']}/events", {"event": "confirm"}, if_match=etag))
    assert sum(answer.status == 200 for answer in answers) == 1
    assert len(network.installation.sql(f"SELECT 1 FROM trade_order WHERE listing_name = '{DEMAND['title']}' AND created_at >= "
                                        f"(SELECT opened_at FROM demand WHERE id = UNHEX('{hexed(demand)}'))")) == 1, "one order"


def test_offers_that_come_as_it_closes(network, buyer, sellers):
    """Sent, withdrawn and opened at the same moment: what the buyer sees is what was sent, and nothing is left half."""
    for _ in range(5):
        demand = opened(network, buyer)
        rows = [draft(seller, demand) for seller in sellers]
        fire(sellers[1], "bids", rows[1], "submit").expect(200)
        for row in rows:
            begin_earlier(network, row)
        close_in(network, demand, -299.8)
        acts = [lambda: fire(sellers[0].copy(), "bids", rows[0], "submit"), lambda: close_in(network, demand, -600, look=True),  # noqa: B023
                lambda: fire(sellers[2].copy(), "bids", rows[2], "submit")]  # noqa: B023
        sent = together(3, lambda i: acts[i]())  # noqa: B023
        eventually(lambda: buyer.get(f"/api/v1/demands/{demand['id']}").json["phase"] == "evaluating", 10)  # noqa: B023
        there = {bid["id"] for bid in bids_of(buyer, demand)}
        assert there == {rows[1]["id"]} | {rows[i]["id"] for i in (0, 2) if sent[i].status == 200}, sent


# --- demands addressed to one institution (SIP-6) ---

INQUIRY = {"title": "希望了解数字化诊断", "details": "两条产线，想先谈一谈费用和周期。", "contact_name": "钱采购", "contact_mobile": "13700002468"}


def inquired(buyer, seller, **more):
    row = buyer.post("/api/v1/inquiries", {**INQUIRY, "addressee_id": seller.institution_id, **more}).expect(201).json
    fire(buyer, "inquiries", row, "send").expect(200)
    return row


def test_an_addressed_demand_is_read_telephoned_and_concluded(network, buyer, other_buyer, sellers):
    row = buyer.post("/api/v1/inquiries", {**INQUIRY, "addressee_id": sellers[0].institution_id}).expect(201).json
    assert sellers[0].get(f"/api/v1/inquiries/{row['id']}").status == 404, "not before it is sent"
    fire(buyer, "inquiries", row, "send").expect(200)
    eventually(lambda: told(sellers[0], INQUIRY["title"]))
    seen = sellers[0].get(f"/api/v1/inquiries/{row['id']}").expect(200)
    assert "contact_mobile" not in seen.json and INQUIRY["contact_mobile"] not in seen.text
    for stranger in (other_buyer, sellers[1], network.visit("lishui"), network.desk("hangzhou")):
        assert stranger.get(f"/api/v1/inquiries/{row['id']}").status in (401, 403, 404)
    assert fire(sellers[0], "inquiries", row, "contact").status == 409, "it is taken up first"
    fire(sellers[0], "inquiries", row, "read").expect(200)
    assert fire(buyer, "inquiries", row, "withdraw").status == 409
    fire(sellers[0], "inquiries", row, "contact").expect(200)
    assert sellers[0].get(f"/api/v1/inquiries/{row['id']}").json["telephone"] == INQUIRY["contact_mobile"]
    course = buyer.get(f"/api/v1/inquiries/{row['id']}/history").expect(200).json["items"]
    assert any(moment["event"] == "contact" and moment["actor"] for moment in course), "who asked for the telephone is seen"
    assert network.desk("lishui").get(f"/api/v1/inquiries/{row['id']}").expect(200).text.count(INQUIRY["contact_mobile"]) == 0
    fire(sellers[0], "inquiries", row, "conclude", outcome="agreed", note="下周上门").expect(200)
    assert buyer.get(f"/api/v1/inquiries/{row['id']}").json["outcome"] == "agreed" and told(buyer, "下周上门")


def test_an_addressed_demand_that_nobody_reads_comes_back(network, buyer, sellers):
    row = inquired(buyer, sellers[1])
    network.installation.sql(f"UPDATE silence SET fires_on = CURDATE() - INTERVAL 3 DAY, tells_on = NULL WHERE id = UNHEX('{hexed(row)}')")
    network.installation.sql("UPDATE job SET run_at = UTC_TIMESTAMP(3) WHERE kind = 'silence'")
    eventually(lambda: buyer.get(f"/api/v1/inquiries/{row['id']}").json["step"] == "back", 10)
    assert told(buyer, "已退回") and fire(sellers[1], "inquiries", row, "read").status == 409


def test_to_whom_a_demand_is_addressed(network, buyer, other_buyer, sellers):
    neither = buyer.post("/api/v1/inquiries", INQUIRY)
    assert neither.status == 422 and neither.json["errors"][0]["pointer"] == "/listing_id", neither
    for nobody in (other_buyer.institution_id, network.register("lishui", "331102").institution_id):
        refused = buyer.post("/api/v1/inquiries", {**INQUIRY, "addressee_id": nobody})
        assert refused.status == 422 and refused.json["errors"][0]["pointer"] == "/addressee_id", refused
    product = create(sellers[0])
    publish(sellers[0], [product], ["lishui"])
    becomes(sellers[0], product, "lishui", "active")
    listing = network.desk("lishui").get("/api/v1/listings", query={"product_id": product["id"]}).expect(200).json["items"][0]["id"]
    row = buyer.post("/api/v1/inquiries", {**INQUIRY, "listing_id": listing}).expect(201).json
    assert (row["institution_id"], row["listing_name"]) == (sellers[0].institution_id, product["name"])


def test_who_is_at_home_elsewhere_on_that_morning(network, buyer):
    """The address is the institution: whoever works for it reads it at its home, also when that is another platform."""
    far = network.member("hangzhou", "330102")
    network.join(far, "lishui")
    row = inquired(buyer, far)
    def copy(**members):
        answer = far.get(f"/api/v1/inquiries/{row['id']}")
        return answer.status == 200 and all(answer.json[name] == value for name, value in members.items())
    eventually(lambda: copy(step="sent"), 10)
    for event in ("read", "contact"):
        fire(far, "inquiries", row, event).expect(200)
        eventually(lambda: copy(step={"read": "read", "contact": "contacted"}[event]), 10)  # noqa: B023
        eventually(lambda: buyer.get(f"/api/v1/inquiries/{row['id']}").json["step"] == {"read": "read", "contact": "contacted"}[event], 10)  # noqa: B023
    eventually(lambda: copy(step="contacted", telephone=INQUIRY["contact_mobile"]), 10)
