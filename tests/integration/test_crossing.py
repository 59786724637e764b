"""What crosses platforms by one protocol (`copies_to`, `asks`): the same for each event that a declaration lets people fire on a copy. Asked twice, on
a stale version, of a home that is suspended, against somebody at the home, with the server killed between any two writes: one outcome, and both
sides equal.

A record that declares `asks` has a stage here: how a row of it comes to be, and who stands on either side."""

import threading

import pytest

import people
from declarations import Declarations
from harness import LONG, eventually
from network import Network, uscc
from test_publication import becomes, create, publish
from test_trade import ORDER, enterprise, fire, there, upload

pytestmark = pytest.mark.timeout(1800 if LONG else 300)
RACES = 200 if LONG else 5
# Where the database is slowed so that the kill meets it: at the copy it is asked, at the home it is done and answered, at the copy that is read.
WRITES = (("asked", "INSERT", "NEW.from_platform = NEW.platform_id"), ("log_entry", "INSERT", "NEW.kind LIKE '%.asked'"), ("RECORD", "UPDATE", "OLD.home_id = OLD.platform_id"),
          ("asked", "INSERT", "NEW.to_platform = NEW.platform_id"), ("log_entry", "INSERT", "NEW.kind LIKE '%.answered'"),
          ("RECORD", "UPDATE", "OLD.home_id <> OLD.platform_id"), ("asked", "UPDATE", "NEW.outcome IS NOT NULL"))


class Correction:
    """Asked for by the city, decided at the county."""

    there, home, table, plural = "lishui", "suichang", "correction", "corrections"
    rival = {"event": "accept"}  # what the home does at the same time
    form = {}

    def __init__(self, network, event):
        self.network, self.count = network, 0
        self.institution = network.member(self.home, "331123")
        self.asker, self.decider = network.desk(self.there), self.institution
        eventually(lambda: self.asker.get(f"/api/v1/institutions/{self.institution.institution_id}").status == 200)

    def send(self):
        """A row that is made at the copy's platform and goes home."""
        self.count += 1
        path = f"/api/v1/institutions/{self.institution.institution_id}"
        eventually(lambda: self.asker.get(path).json["version"] == self.decider.get(path).json["version"])
        return self.asker.post("/api/v1/corrections", {"institution_id": self.institution.institution_id, "reason": "核对",
                                                       "changes": {"address": f"地址 {self.count} 号"}}).expect(201).json["id"]


class Order:
    """Bought on the city's shelf of an institution that is at home elsewhere."""

    there, home, table, plural = "hangzhou", "lishui", "trade_order", "orders"
    forms = {"accept": {"price": 1, "starts_on": "2026-12-01", "ends_on": "2026-12-02"}, "refuse": {"reason": "排不开"}, "begin": {},
             "deliver": {"result": "报告"}}
    market = {}

    def __init__(self, network, event):
        self.network, self.event, self.form = network, event, self.forms.get(event)
        self.buyer, self.asker, self.listing = self.stalls(network)
        begun = event in ("begin", "deliver")
        self.decider = network.desk(self.home, "platform_admin") if begun else self.buyer
        self.rival = {"event": "end", "reason": "终止"} if begun else {"event": "withdraw"}

    @classmethod
    def stalls(cls, network):
        """Who buys, who sells, and what: the same for all that is about orders."""
        if network not in cls.market:
            buyer = enterprise(network, 1)
            seller = network.member(cls.there, "330102")
            network.join(seller, cls.home)
            product = create(seller)
            publish(seller, [product], [cls.home])
            becomes(seller, product, cls.home, "active")
            listing = network.desk(cls.home).get("/api/v1/listings", query={"product_id": product["id"]}).expect(200).json["items"][0]["id"]
            cls.market[network] = buyer, seller, listing
        return cls.market[network]

    def send(self):
        row = self.buyer.post("/api/v1/orders", {**ORDER, "listing_id": self.listing}).expect(201).json
        fire(self.buyer, "orders", row, "apply").expect(200)
        if self.event in ("begin", "deliver"):
            there(self.asker, "orders", row, step="applied")
            fire(self.asker, "orders", row, "accept", **self.forms["accept"]).expect(200)
            there(self.asker, "orders", row, step="accepted")
        return row["id"]


class Complaint(Order):
    table, plural, form, rival = "complaint", "complaints", {"statement": "已更正"}, {"event": "settle"}

    def __init__(self, network, event):
        self.network, self.event = network, "begin"  # of the order: there is nothing to complain of before it was taken
        self.buyer, self.asker, self.listing = self.stalls(network)
        self.decider = self.buyer

    def send(self):
        order = super().send()
        row = self.buyer.post("/api/v1/complaints", {"order_id": order, "about": "price", "facts": "报价与约定不一致，无法接受。"}).expect(201).json
        fire(self.buyer, "complaints", row, "file").expect(200)
        fire(self.network.desk(self.home), "complaints", row, "take_up").expect(200)
        return row["id"]


STEP = {"name": "现场诊断", "planned_on": "2026-12-10", "asks_consent": True}
PAYMENT = {"amount": 120000, "paid_on": "2026-12-01", "way": "transfer"}


class Inquiry(Order):
    """Addressed to an institution that is at home elsewhere."""

    table, plural, form, rival = "inquiry", "inquiries", {}, {"event": "cancel", "reason": "已自行解决"}

    def __init__(self, network, event):
        self.network, self.event = network, event
        self.buyer, self.asker, self.listing = self.stalls(network)
        self.decider = self.buyer
        if event == "read":
            self.rival = {"event": "withdraw"}
        if event == "conclude":
            self.form = {"outcome": "agreed"}

    def send(self):
        row = self.buyer.post("/api/v1/inquiries", {"title": "希望了解诊断", "details": "两条产线，想先谈一谈费用。", "listing_id": self.listing,
                                                    "contact_name": "钱采购", "contact_mobile": "13700000001"}).expect(201).json
        fire(self.buyer, "inquiries", row, "send").expect(200)
        if self.event != "read":
            there(self.asker, "inquiries", row, step="sent")
            fire(self.asker, "inquiries", row, "read").expect(200)
            there(self.asker, "inquiries", row, step="read")
        return row["id"]


class OrderStep(Order):
    """A child of the order: planned by the seller from where it is at home, where the order is a copy."""

    table, plural = "order_step", "order-steps"
    forms = {**Order.forms, "finish": {"note": "已完成"}, "reopen": {"reason": "数据有误"}, "drop": {"reason": "合并到下一节点"}}

    def __init__(self, network, event):
        self.network, self.event, self.form = network, "begin", self.forms.get(event)
        self.buyer, self.asker, self.listing = self.stalls(network)
        self.moves = event
        self.decider = self.buyer if event == "reopen" else network.desk(self.home, "platform_admin")
        self.rival = {"event": "confirm"} if event == "reopen" else {"event": "strike", "reason": "重复"}

    def send(self):
        order = {"id": super().send()}
        row = self.asker.post(f"/api/v1/orders/{order['id']}/order-steps", STEP).expect(201).json
        assert row["home"] == self.home and row["asked"][0]["event"] == "create"
        there(self.buyer, "order-steps", row, step="planned")
        eventually(lambda: not any(one["state"] == "sent" for one in self.asker.get(f"/api/v1/order-steps/{row['id']}").json["asked"]))
        if self.moves == "reopen":
            fire(self.asker, "order-steps", row, "finish", note="已完成").expect(200)
            there(self.asker, "order-steps", row, step="done")
        return row["id"]


class OrderPayment(Order):
    """A child that the buyer makes at the order's home, and that the seller answers from elsewhere."""

    table, plural, rival = "order_payment", "order-payments", {"event": "withdraw"}
    forms = {**Order.forms, "confirm": {}, "deny": {"reason": "未到账"}}

    def __init__(self, network, event):
        self.network, self.event, self.form = network, "begin", self.forms.get(event)
        self.buyer, self.asker, self.listing = self.stalls(network)
        self.decider = self.buyer

    def send(self):
        order = super().send()
        return self.buyer.post(f"/api/v1/orders/{order}/order-payments", PAYMENT).expect(201).json["id"]


class Purchase(Order):
    """Bought on the city's shelf by an enterprise that is at home elsewhere, and goes on from there."""

    way = (("accept", "seller", Order.forms["accept"]), ("begin", "seller", {}), ("deliver", "seller", {"result": "报告"}), ("done", "guest", {}), ("approve", "guest", {}))
    reached = {"withdraw": 0, "leave": 2, "done": 3, "not_done": 3, "approve": 4}
    bought = {"not_done": {"reason": "缺清单"}}

    def __init__(self, network, event):
        self.network, self.event, self.form = network, event, self.bought.get(event, {})
        self.buyer, self.guest, self.seller, self.listing = self.stalls(network)
        self.asker = self.buyer
        self.decider = self.seller if event == "withdraw" else network.desk(self.home, "platform_admin")
        self.rival = {"event": "refuse", "reason": "排不开"} if event == "withdraw" else {"event": "end", "reason": "终止"}

    @classmethod
    def stalls(cls, network):
        if (network, "from") not in Order.market:
            buyer = people.register(network.server.client, network.sms, f"{cls.there}.localhost", uscc("330102"), "13655556789", "farbuyer", "enterprise")
            seller = network.member(cls.home, "331102")
            product = create(seller)
            publish(seller, [product], [cls.home])
            becomes(seller, product, cls.home, "active")
            listing = network.desk(cls.home).get("/api/v1/listings", query={"product_id": product["id"]}).expect(200).json["items"][0]["id"]
            guest = network.visit(cls.home)
            guest.post("/api/v1/auth/arrive", {"token": buyer.post("/api/v1/auth/hand-off", {"to": cls.home}).expect(200).json["token"]}).expect(200)
            Order.market[network, "from"] = buyer, guest, seller, listing
        return Order.market[network, "from"]

    def bring(self, steps):
        row = self.guest.post("/api/v1/orders", {**ORDER, "listing_id": self.listing}).expect(201).json
        fire(self.guest, "orders", row, "apply").expect(200)
        for event, side, form in self.way[:steps]:
            fire(getattr(self, side), "orders", row, event, **form).expect(200)
        return row

    def make_so(self, table, row, what):
        """On both sides, as if it had come about."""
        self.settled(row)
        self.network.installation.sql(f"UPDATE {table} SET {what} WHERE id = UNHEX('{row['id'].replace('-', '')}')")

    def settled(self, row):
        home = self.network.desk(self.home).get(f"/api/v1/{self.plural}/{row['id']}").expect(200).json["version"]
        eventually(lambda: (one := self.network.desk(self.there).get(f"/api/v1/{self.plural}/{row['id']}")).status == 200 and one.json["version"] == home)

    def send(self):
        row = self.bring(self.reached[self.event])
        if self.event == "leave":
            self.make_so("trade_order", row, "seller_standing = 'removed'")
        return row["id"]


class BuyersComplaint(Purchase):
    """What the complainant says from where it is at home."""

    table, plural = "complaint", "complaints"
    bought = {"unsatisfied": {"reason": "仍未进场"}, "verdict": {"solved": "no"}, "reopen": {"reason": "仍未进场"}}
    resolve = {"event": "resolve", "outcome": "partly", "decision": "部分成立"}

    def __init__(self, network, event):
        super().__init__(network, event)
        over = event in ("verdict", "reopen")
        self.decider = self.guest if over else network.desk(self.home)
        self.rival = {"verdict": {"event": "reopen", "reason": "再看"}, "reopen": {"event": "verdict", "solved": "no"},
                      "withdraw": {"event": "dismiss", "decision": "不属本平台"}}.get(event, self.resolve)

    def send(self):
        order = self.bring(2)
        row = self.guest.post("/api/v1/complaints", {"order_id": order["id"], "about": "delay", "facts": "约定日期已过，一直没有开始。"}).expect(201).json
        fire(self.guest, "complaints", row, "file").expect(200)
        desk = self.network.desk(self.home)
        if self.event != "withdraw":
            fire(desk, "complaints", row, "take_up").expect(200)
        if self.event in ("satisfied", "unsatisfied"):
            fire(self.seller, "complaints", row, "answer", statement="下周进场").expect(200)
        if self.event in ("verdict", "reopen"):
            fire(desk, "complaints", row, **self.resolve).expect(200)
        return row["id"]


class Proposal(Purchase):
    """Agreed to, refused or taken back from where the buyer is at home."""

    what = {}
    bought = {"refuse": {"reason": "不同意"}}

    def __init__(self, network, event):
        super().__init__(network, event)
        self.decider = self.seller
        self.rival = {"event": "refuse", "reason": "人手不够"} if event == "take_back" else {"event": "take_back"}

    def send(self):
        order = self.bring(2)
        proposer = self.guest if self.event == "take_back" else self.seller
        return proposer.post(f"/api/v1/orders/{order['id']}/{self.plural}", {"why": "范围有变", **self.what}).expect(201).json["id"]


class Change(Proposal):
    table, plural, what = "order_change", "order-changes", {"price": 77}


class Ending(Proposal):
    table, plural = "order_ending", "order-endings"


class BuyersPayment(Purchase):
    table, plural = "order_payment", "order-payments"

    def __init__(self, network, event):
        super().__init__(network, event)
        self.decider, self.rival = self.seller, {"event": "confirm"}

    def send(self):
        row = self.guest.post(f"/api/v1/orders/{self.bring(2)['id']}/order-payments", PAYMENT).expect(201).json
        if self.event == "state_again":
            fire(self.seller, "order-payments", row, "deny", reason="未到账").expect(200)
        return row["id"]


class BuyersStep(Purchase):
    table, plural = "order_step", "order-steps"

    def __init__(self, network, event):
        super().__init__(network, event)
        self.decider, self.rival = self.seller, {"event": "reopen", "reason": "数据有误"}

    def send(self):
        row = self.seller.post(f"/api/v1/orders/{self.bring(2)['id']}/order-steps", STEP).expect(201).json
        fire(self.seller, "order-steps", row, "finish", note="已完成").expect(200)
        return row["id"]


class Review(Purchase):
    table, plural = "review", "reviews"
    bought = {"write": {"score": 4}, "follow_up": {"follow_up": "仍然稳定"}, "reply": {"reply": "谢谢"}, "appeal": {"reason": "属实"}}

    def __init__(self, network, event):
        super().__init__(network, event)
        self.decider = self.guest if event == "write" else network.desk(self.home)
        self.rival = {"write": {"event": "write", "score": 3}, "appeal": {"event": "restore", "reason": "属实"}}.get(
            event, {"event": "hide", "hidden_code": "fake", "reason": "查实"})

    def send(self):
        order = self.bring(5)
        both = [one.get("/api/v1/reviews", query={"order_id": order["id"]}).expect(200).json["items"][0] for one in (self.guest, self.seller)]
        for one, row in zip((self.guest, self.seller), both):
            if self.event != "write":
                fire(one, "reviews", row, "write", score=5).expect(200)
        row = both[1 if self.event == "reply" else 0]
        if self.event == "follow_up":
            self.make_so("review", row, "shown_at = UTC_TIMESTAMP(3) - INTERVAL 40 DAY")
        if self.event == "appeal":
            fire(self.network.desk(self.home, name="b"), "reviews", row, "hide", hidden_code="fake", reason="查实").expect(200)
        return row["id"]


REASON = {"reason": "双方另行协商"}


class Contract(Order):
    """Opened by the buyer where the order is at home; the seller acts from elsewhere."""

    table, plural = "contract", "contracts"
    # Where each event is fired from, and what the buyer may do at the same time.
    steps = {"send": "drafting", "seller_agrees": "agreeing", "seller_concludes": "buyer_agreed", "reopen": "buyer_agreed", "void": "buyer_part", "submit": "uploaded",
             "seller_asks_void": "effective", "seller_asks_end": "effective", "agree_void": "buyer_asks_void", "agree_end": "buyer_asks_end",
             "decline": "buyer_asks_end", "take_back": "seller_asks_void"}
    rivals = {"buyer_part": {"event": "return", **REASON}, "effective": {"event": "perform"}, "buyer_asks_void": {"event": "withdraw"}, "buyer_asks_end": {"event": "withdraw"}, "seller_asks_void": {"event": "accept_void"}}
    asked = ("reopen", "void", "seller_asks_void", "seller_asks_end", "decline")

    def __init__(self, network, event):
        self.network, self.event, self.moves = network, "begin", event
        self.form = REASON if event in self.asked else {}
        self.buyer, self.asker, self.listing = self.stalls(network)
        self.decider, self.rival = self.buyer, self.rivals.get(self.steps[event], {"event": "void", **REASON})

    def make(self, step):
        """A contract on that step, on both sides."""
        row = self.buyer.post("/api/v1/contracts", {"order_id": super().send(), "buyer_agent": "钱采购", "buyer_kind": "sme"}).expect(201).json
        for at, who, event, form in (("drafting", self.asker, "send", {}), ("buyer_part", self.buyer, "complete", {}), ("agreeing", self.buyer, "buyer_agrees", {}),
                                     ("buyer_agreed", self.asker, "seller_concludes", {}), ("agreed", self.buyer, "upload", {}), ("uploaded", self.asker, "submit", {}),
                                     ("submitted", self.buyer, "confirm", {}), ("effective", self.asker if step.startswith("seller") else self.buyer, step, REASON)):
            there(self.asker, "contracts", row, step=at)
            if at == step:
                return row["id"]
            if event == "upload":
                upload(self.buyer, "contract", row, "scan").expect(201)
            fire(who, "contracts", row, event, **form).expect(200)
            eventually(lambda: self.buyer.get(f"/api/v1/contracts/{row['id']}").json["step"] != at)
        there(self.asker, "contracts", row, step=step)
        return row["id"]

    def send(self):
        return self.make(self.steps[self.moves])


class ContractPayment(Contract):
    """An instalment that the buyer says is paid, and that the seller answers from elsewhere."""

    table, plural = "contract_payment", "contract-payments"

    def __init__(self, network, event):
        super().__init__(network, "seller_asks_end")
        self.form, self.rival = REASON if event == "deny" else {}, {"event": "withdraw"}

    def send(self):
        contract = super().send()
        row = self.buyer.get(f"/api/v1/contracts/{contract}/contract-payments").expect(200).json["items"][0]
        fire(self.buyer, "contract-payments", row, "pay", paid_on="2026-12-01").expect(200)
        return row["id"]


class ContractSupplement(Contract):
    table, plural = "contract_supplement", "contract-supplements"

    def __init__(self, network, event):
        super().__init__(network, "seller_asks_end")
        self.form, self.rival = REASON if event == "refuse" else {}, {"event": "take_back"}

    def send(self):
        row = self.buyer.post(f"/api/v1/contracts/{super().send()}/contract-supplements", {"title": "补充协议一", "changes": "延期一周"}).expect(201).json
        fire(self.buyer, "contract-supplements", row, "buyer_proposes").expect(200)
        return row["id"]


# By whom it is asked: sellers at home elsewhere, and buyers.
STAGES = {"contract": Contract, "contract_payment": ContractPayment, "contract_supplement": ContractSupplement, "correction": Correction, "order": Order, "complaint": Complaint, "inquiry": Inquiry, "order_step": OrderStep, "order_payment": OrderPayment, "order_change": Change,
          "order_ending": Ending, "review": Review}
BUYERS = {"order": Purchase, "complaint": BuyersComplaint, "order_step": BuyersStep, "order_payment": BuyersPayment}
SELLERS = {"order": ("accept", "refuse", "begin", "deliver"), "complaint": ("answer",), "order_step": ("finish", "reopen", "drop"), "order_payment": ("confirm", "deny")}
DECLARED = {record.name: record for record in Declarations().records if record.asks}
# They leave the row where it is, and may be done again as far as its guards know.
STAYS = {("complaint", "verdict"), ("review", "follow_up"), ("review", "reply")}
EVENTS = sorted({(name, ask.event) for name, record in DECLARED.items() for ask in record.asks})
FIRED = [(name, event) for name, event in EVENTS if event != "create"]
KILLED = FIRED if LONG else [next(one for one in FIRED if one[0] == name) for name in sorted(DECLARED)]


def test_each_record_that_asks_has_a_stage():
    assert set(DECLARED) == set(STAGES) and FIRED


class Stage:
    def __init__(self, network, name, event):
        self.network, self.name, self.event = network, name, event
        self.set = (STAGES if event in SELLERS.get(name, (event,)) else BUYERS)[name](network, event)
        self.id, self.path = None, None

    def begin(self):
        """A new row, known on both sides."""
        self.id = self.set.send()
        self.path = f"/api/v1/{self.set.plural}/{self.id}"
        eventually(lambda: self.set.decider.get(self.path).status == 200 and self.set.asker.get(self.path).status == 200)
        eventually(lambda: self.here().json["version"] == self.at_home().json["version"])
        return self

    def here(self):
        return self.set.asker.get(self.path).expect(200)

    def at_home(self):
        return self.set.decider.get(self.path).expect(200)

    def ask(self, **options):
        return self.set.asker.post(f"{self.path}/events", {"event": self.event, **self.set.form}, if_match=options.pop("version", None) or self.here().etag, **options)

    def asked(self):
        """The newest time that this was asked, as the copy shows it."""
        return next(one for one in self.here().json["asked"] if one["event"] == self.event)

    def answer(self, patience=15):
        return eventually(lambda: (one := self.asked())["state"] not in ("sent", "withdrawing") and one, patience)

    def row(self, slug):
        """What a page shows of it, but for what is each platform's own."""
        found = self.network.desk(slug).get(self.path).expect(200).json
        return {key: value for key, value in found.items() if key not in ("asked", "actions", "silence", "step_text")}

    def equal(self):
        def alike():
            here, home = self.row(self.set.there), self.row(self.set.home)
            different = {key: (here.get(key), home.get(key)) for key in here.keys() | home.keys() if here.get(key) != home.get(key)}
            assert not different, (different, self.parked())
            return True
        eventually(alike)
        assert self.network.installation.ctl("federation", "status") and not self.parked()

    def parked(self):
        return self.network.installation.sql("SELECT kind, error FROM log_parked")

    def fired(self):
        """How often the home did it."""
        raw = self.id.replace("-", "")
        return int(self.network.installation.sql(f"SELECT COUNT(*) FROM log_entry e JOIN tenant t ON t.id = e.platform_id WHERE t.slug = '{self.set.home}' "
                                                 f"AND e.record_id = UNHEX('{raw}') AND e.kind = '{self.name}.{self.event}'")[0][0])

    def answered(self):
        raw = self.id.replace("-", "")
        return int(self.network.installation.sql(f"SELECT COUNT(*) FROM log_entry WHERE record_id = UNHEX('{raw}') AND kind = '{self.name}.answered' "
                                                 f"AND payload LIKE '%\"event\":\"{self.event}\"%'")[0][0])

    def read_again(self):
        """The home reads once more what it was asked."""
        sql, raw = self.network.installation.sql, self.id.replace("-", "")
        first = sql(f"SELECT MIN(e.seq) FROM log_entry e JOIN tenant t ON t.id = e.platform_id WHERE t.slug = '{self.set.there}' "
                    f"AND e.record_id = UNHEX('{raw}') AND e.kind = '{self.name}.asked'")[0][0]
        sql(f"UPDATE log_cursor SET seq = {first} - 1 WHERE platform_id = (SELECT id FROM tenant WHERE slug = '{self.set.home}') "
            f"AND source = (SELECT id FROM tenant WHERE slug = '{self.set.there}')")

    def pause(self, slug, state):
        self.network.installation.ctl("platform", "suspend" if state else "resume", slug)
        eventually(lambda: (self.network.visit(slug).get("/api/v1/meta").code == "platform-suspended") == state)


@pytest.fixture(scope="module")
def network(installation, server, sms_server):
    return Network(installation, server, sms_server)


@pytest.fixture(scope="module")
def stages(network):
    made = {}
    return lambda name, event: made.setdefault((name, event), Stage(network, name, event)).begin()


@pytest.mark.parametrize("name,event", FIRED)
def test_done_at_the_home_and_the_same_on_both_sides(stages, name, event):
    stage = stages(name, event)
    assert event in [action["event"] for action in stage.here().json["actions"]], "the copy's page has the button"
    shown = stage.ask().expect(200).json["asked"][0]
    assert shown["event"] == event and shown["text"] and shown["by"] and shown["sent_at"] and shown["state"] in ("sent", "done")
    assert stage.answer()["state"] == "done"
    stage.equal()
    assert stage.fired() == 1 and stage.answered() == 1
    payload = stage.network.installation.sql(f"SELECT payload FROM log_entry WHERE record_id = UNHEX('{stage.id.replace('-', '')}') AND kind = '{name}.asked' "
                                             "ORDER BY seq DESC LIMIT 1")[0][0]
    assert shown["by"] not in payload, "a name stands where it can be erased"
    assert stage.asked()["answered_at"] and ((name, event) in STAYS) == (event in [action["event"] for action in stage.here().json["actions"]])


@pytest.mark.parametrize("name,event", FIRED)
def test_read_twice_it_is_done_once(stages, name, event):
    stage = stages(name, event)
    stage.ask().expect(200)
    stage.answer()
    stage.equal()
    first, before = (stage.id, stage.path), (stage.row(stage.set.home), stage.fired(), stage.answered())
    stage.read_again()
    stages(name, event).ask().expect(200)  # of another row: something new wakes the reader
    stage.answer()
    stage.id, stage.path = first
    assert (stage.row(stage.set.home), stage.fired(), stage.answered()) == before and before[1:] == (1, 1)
    stage.equal()


@pytest.mark.parametrize("name,event", FIRED)
def test_the_same_key_asks_once(stages, name, event):
    stage = stages(name, event)
    version = stage.here().etag
    first = stage.ask(version=version, key=f"asks-{stage.id}").expect(200)
    again = stage.ask(version=version, key=f"asks-{stage.id}").expect(200)
    assert again.headers.get("Idempotency-Replayed") and first.json["asked"][0]["key"] == again.json["asked"][0]["key"]
    assert stage.answer()["state"] == "done" and stage.fired() == 1
    stage.equal()


@pytest.mark.parametrize("name,event", FIRED)
def test_a_stale_version_is_refused_by_the_home_in_the_readers_language(stages, name, event):
    stage = stages(name, event)
    stage.network.installation.sql(f"UPDATE {stage.set.table} SET version = version + 1 WHERE platform_id = home_id AND id = UNHEX('{stage.id.replace('-', '')}')")
    stage.ask().expect(200)
    refused = stage.answer()
    assert refused["state"] == "refused" and "变化" in refused["reason"] and stage.fired() == 0
    english = stage.set.asker.get(stage.path, headers={"Accept-Language": "en"}).expect(200).json["asked"][0]
    assert "has changed" in english["reason"]
    stage.set.decider.post(f"{stage.path}/events", stage.set.rival, if_match=stage.at_home().etag).expect(200)
    stage.equal()


@pytest.mark.parametrize("name,event", FIRED)
def test_a_home_that_is_suspended_answers_when_it_is_back(stages, name, event):
    stage = stages(name, event)
    stage.pause(stage.set.home, True)
    try:
        stage.ask().expect(200)
        again = stage.ask().refused(409, "asked")
        assert "等待答复" in again.json["zh"] and "wait" in again.json["en"]
        assert stage.asked()["state"] == "sent"
    finally:
        stage.pause(stage.set.home, False)
    assert stage.answer(30)["state"] == "done"
    stage.equal()
    assert stage.fired() == 1


@pytest.mark.parametrize("name,event", FIRED)
def test_what_nobody_has_read_may_be_withdrawn(stages, name, event):
    stage = stages(name, event)
    stage.pause(stage.set.home, True)
    try:
        stage.ask().expect(200)
        key = stage.asked()["key"]
        stage.network.desk("hangzhou").post(f"/api/v1/asked/{key}/withdraw").refused(404)
        for _ in range(2):
            assert stage.set.asker.post(f"/api/v1/asked/{key}/withdraw").expect(202).json["state"] == "withdrawing"
        assert stage.asked()["state"] == "withdrawing"
    finally:
        stage.pause(stage.set.home, False)
    assert stage.answer(30)["state"] == "withdrawn" and stage.fired() == 0
    stage.set.asker.post(f"/api/v1/asked/{key}/withdraw").refused(409)
    stage.ask().expect(200)  # and asked anew
    assert stage.answer()["state"] == "done"
    stage.equal()


@pytest.mark.parametrize("name,event", FIRED)
def test_against_somebody_at_the_home_one_of_both_comes_first(stages, name, event):
    outcomes = set()
    for _ in range(RACES):
        stage = stages(name, event)
        asker, decider = stage.set.asker.copy(), stage.set.decider.copy()
        versions, statuses = (stage.here().etag, stage.at_home().etag), []
        both = [threading.Thread(target=lambda: statuses.append(asker.post(f"{stage.path}/events", {"event": event, **stage.set.form}, if_match=versions[0]).status)),
                threading.Thread(target=lambda: decider.post(f"{stage.path}/events", stage.set.rival, if_match=versions[1]))]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
        state = stage.answer()["state"] if statuses == [200] else "too late"
        stage.equal()
        same = stage.set.rival["event"] == event
        assert stage.fired() == (same or state == "done"), (state, statuses)
        if stage.fired() == 0:
            rival = stage.row(stage.set.home)
            assert rival["phase"] == stage.row(stage.set.there)["phase"]
        outcomes.add(state)
    assert outcomes <= {"done", "refused", "too late"}, outcomes


@pytest.mark.parametrize("table,change,when", WRITES)
@pytest.mark.parametrize("name,event", KILLED)
def test_killed_between_two_writes(stages, server, name, event, table, change, when):
    stage = stages(name, event)
    sql, table = stage.network.installation.sql, stage.set.table if table == "RECORD" else table
    sql(f"CREATE TRIGGER slow BEFORE {change} ON `{table}` FOR EACH ROW DO IF({when}, SLEEP(0.6), 0)")
    asker, version, status = stage.set.asker.copy(), stage.here().etag, []

    def insist():
        """Asks with one key until somebody answers."""
        for _ in range(200):
            try:
                status.append(asker.post(f"{stage.path}/events", {"event": event, **stage.set.form}, if_match=version, key=f"kill-{stage.id}").status)
                if status[-1] == 200:
                    return
            except OSError:
                pass
            threading.Event().wait(0.1)

    person = threading.Thread(target=insist)
    try:
        person.start()
        eventually(lambda: sql("SELECT 1 FROM information_schema.processlist WHERE state = 'User sleep'"), 15, 0.02)
        server.kill()
        eventually(lambda: not sql("SELECT 1 FROM information_schema.innodb_trx"), 30, 0.3)
    finally:
        sql("DROP TRIGGER slow")
        if server.killed:
            server.start()
        person.join()
    assert status[-1] == 200 and stage.answer(30)["state"] == "done"
    stage.equal()
    assert (stage.fired(), stage.answered()) == (1, 1)
    assert len([one for one in stage.here().json["asked"] if one["event"] == event]) == 1


# ---- Children ----

@pytest.fixture(scope="module")
def trade(network):
    return OrderStep(network, "finish")


def running(trade):
    """An order that is being served, known on both sides."""
    return {"id": Order.send(trade)}


def test_a_child_that_its_home_refuses_says_why(trade):
    order = running(trade)
    home, there_ = trade.network.desk(trade.home, "platform_admin"), trade.network
    there_.installation.ctl("platform", "suspend", trade.home)
    try:
        eventually(lambda: there_.visit(trade.home).get("/api/v1/meta").code == "platform-suspended")
        row = trade.asker.post(f"/api/v1/orders/{order['id']}/order-steps", STEP).expect(201).json
    finally:
        there_.installation.sql(f"UPDATE trade_order SET phase = 'ended', step = 'ended' WHERE platform_id = home_id AND id = UNHEX('{order['id'].replace('-', '')}')")
        there_.installation.ctl("platform", "resume", trade.home)
    seen = eventually(lambda: (one := trade.asker.get(f"/api/v1/order-steps/{row['id']}").json)["step"] == "refused" and one, 30)
    assert seen["asked"][0]["state"] == "refused" and "状态" in seen["asked"][0]["reason"] and seen["reason"]
    assert home.get(f"/api/v1/order-steps/{row['id']}").status == 404
    trade.asker.post(f"/api/v1/order-steps/{row['id']}/events", {"event": "finish", "note": "x"}, if_match="*").refused(409)


def test_of_what_was_asked_the_home_takes_only_what_that_person_may_write(trade):
    """A platform that adds to what its people typed what only the home may say."""
    order, sql = running(trade), trade.network.installation.sql
    trade.asker.post(f"/api/v1/orders/{order['id']}/order-steps", {**STEP, "note": "替你完成"}).refused(422)
    sql("CREATE TRIGGER forge BEFORE INSERT ON log_entry FOR EACH ROW SET NEW.payload = IF(NEW.kind = 'order_step.asked', "
        "REPLACE(NEW.payload, '\"note\":null', '\"note\":\"替你完成\"'), NEW.payload)")
    try:
        row = trade.asker.post(f"/api/v1/orders/{order['id']}/order-steps", {**STEP, "name": "培训"}).expect(201).json
    finally:
        sql("DROP TRIGGER forge")
    raw = row["id"].replace("-", "")
    kept = eventually(lambda: (found := trade.buyer.get(f"/api/v1/order-steps/{row['id']}")).status == 200 and found.json)
    assert "替你完成" in sql(f"SELECT payload FROM log_entry WHERE record_id = UNHEX('{raw}') AND kind = 'order_step.asked'")[0][0]
    assert (kept["name"], kept["note"], kept["step"]) == ("培训", None, "planned")


def test_children_are_their_parents_sides_alone_on_either_platform(trade):
    order = running(trade)
    step = trade.asker.post(f"/api/v1/orders/{order['id']}/order-steps", STEP).expect(201).json
    payment = trade.buyer.post(f"/api/v1/orders/{order['id']}/order-payments", PAYMENT).expect(201).json
    there(trade.asker, "order-payments", payment, step="waiting")
    there(trade.buyer, "order-steps", step, step="planned")
    stranger, other_buyer = trade.network.member(trade.there, "330102"), enterprise(trade.network, 7)
    for who in (stranger, other_buyer, trade.network.visit(trade.there), trade.network.visit(trade.home)):
        for path in (f"/api/v1/order-steps/{step['id']}", f"/api/v1/order-payments/{payment['id']}", f"/api/v1/orders/{order['id']}/order-steps",
                     f"/api/v1/order-payments/{payment['id']}/history"):
            assert who.get(path).status in (401, 403, 404), (path, who.get(path))
        assert who.post(f"/api/v1/orders/{order['id']}/order-steps", STEP).status in (401, 403, 404)
        assert who.post(f"/api/v1/orders/{order['id']}/order-payments", PAYMENT).status in (401, 403, 404)
    refund = trade.asker.post(f"/api/v1/orders/{order['id']}/order-payments", {**PAYMENT, "kind": "refund"}).expect(201).json
    there(trade.buyer, "order-payments", refund, step="waiting", kind="refund")
    trade.asker.post(f"/api/v1/order-payments/{payment['id']}/events", {"event": "withdraw"}, if_match="*").refused(403)
    listed = [item["id"] for item in trade.asker.get("/api/v1/order-payments").expect(200).json["items"]]
    assert payment["id"] in listed
    waiting = [item["id"] for item in trade.asker.get("/api/v1/workbench/todo", query={"type": "order_payment", "limit": 100}).expect(200).json["items"]]
    assert payment["id"] in waiting, "what may be answered from here waits here"



def test_copies_of_what_is_declared_are_verified_and_sent_anew(trade):
    """One that was changed, one that is missing with its children, one whose original is gone: each is named, and mended from its home."""
    order, ctl, sql = running(trade), trade.network.installation.ctl, trade.network.installation.sql
    step = trade.asker.post(f"/api/v1/orders/{order['id']}/order-steps", STEP).expect(201).json
    there(trade.buyer, "order-steps", step, step="planned")
    ctl("federation", "verify", "--repair", check=False)  # tests before this one wrote behind the platforms' backs
    eventually(lambda: ctl("federation", "verify", check=False)[1]["faults"] == 0, 30, 0.3)
    lines = {line["table"] for line in ctl("federation", "verify")["lines"]}
    assert lines >= {"order", "order_step", "institution"}, lines
    copy = "platform_id <> home_id AND id = UNHEX('%s')"
    order_id, step_id = (one["id"].replace("-", "") for one in (order, step))

    def faults(**wanted):
        code, said = ctl("federation", "verify", check=False)
        found = {(line["table"], kind): line[kind] for line in said["lines"] for kind in ("differing", "missing") if line[kind]}
        assert code == 1 and found == {tuple(key.split("__")): count for key, count in wanted.items()}, said
        assert ctl("federation", "verify", "--repair", check=False)[1]["sent"] > 0
        eventually(lambda: ctl("federation", "verify", check=False)[1]["faults"] == 0, 20, 0.3)

    sql(f"UPDATE trade_order SET quantity = 77 WHERE {copy % order_id}")
    faults(order__differing=1)
    assert trade.asker.get(f"/api/v1/orders/{order['id']}").json["quantity"] != 77
    sql(f"DELETE FROM order_step WHERE {copy % step_id}")
    faults(order_step__missing=1)
    assert trade.asker.get(f"/api/v1/order-steps/{step['id']}").json["step"] == "planned"
    sql(f"DELETE FROM trade_order WHERE {copy % order_id}")
    faults(order__missing=1)
    assert trade.asker.get(f"/api/v1/orders/{order['id']}").json["step"] == "accepted"
    sql(f"UPDATE order_step SET id = UNHEX('01941900000070008000000000000000') WHERE {copy % step_id}")
    faults(order_step__differing=1, order_step__missing=1)
    assert sql("SELECT COUNT(*) FROM order_step WHERE id = UNHEX('01941900000070008000000000000000')")[0][0] in ("0", 0)
