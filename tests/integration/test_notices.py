"""Who is told of what: for each turn that somebody waits for, who hears of it, once, in which words, naming which platform.

A row of the table plays one turn and says what each listener then has in the inbox, and what went out by SMS or e-mail: nothing else and
nothing twice. The listeners are the institution (at its home, wherever it was decided), its owner, the desks, and single reviewers."""

import re
import time
from collections import Counter

import pytest
import yaml

import people
from harness import ROOT, eventually
from network import PLATFORMS, Network

CHINESE = re.compile("[\u4e00-\u9fff]")
NOTICES = yaml.safe_load((ROOT / "config" / "base.yaml").read_text())["notices"]
TITLES = {notice["title"]["zh"]: name for name, notice in NOTICES.items()}
NAMES = {slug: yaml.safe_load((ROOT / "config" / "platforms" / f"{slug}.yaml").read_text())["profile"]["name"] for slug in PLATFORMS}


@pytest.fixture(scope="module")
def network(installation, server, sms_server):
    return Network(installation, server, sms_server)


class Stage:
    """An institution of one city with all who may hear of it, and what they have heard so far."""

    def __init__(self, network, home="lishui", region="331102", member_of=()):
        self.network, self.institution = network, network.member(home, region)
        for slug in member_of:
            network.join(self.institution, slug)
        self.home = home
        self.province, self.city = network.desk("zhejiang"), network.desk(home)
        self.other = network.desk("zhejiang", name="b")
        self.admin = network.desk("zhejiang", "platform_admin")
        self.listeners = {"institution": self.institution, "province": self.province, "other": self.other, "city": self.city}
        time.sleep(0.5)  # what the way here told has arrived
        self.before = {name: {message["id"] for message in self.messages(name)} for name in self.listeners}
        self.out_before = self.out()

    def messages(self, name):
        return self.listeners[name].get("/api/v1/messages", query={"limit": 100}).expect(200).json["items"]

    def heard(self, name):
        """What came into an inbox; of two reviewers of one desk each has what the desk is told."""
        return [message for message in self.messages(name) if message["id"] not in self.before[name]]

    def out(self):
        """What was queued for the institution's contact or owner, on whatever platform."""
        rows = self.network.installation.sql("SELECT t.slug, n.template, n.channel FROM notice n JOIN tenant t ON t.id = n.platform_id "
                                             f"WHERE n.template <> 'sms_code' AND (n.recipient_hint LIKE '%{self.institution.mobile[-4:]}')")
        return Counter((template, slug) for slug, template, channel in rows)

    def all_heard(self):
        return {name: sorted(TITLES[message["title"]] for message in self.heard(name)) for name in self.listeners}

    def membership(self, slug):
        return next(row for row in self.institution.get("/api/v1/memberships").json["items"] if row["home"] == slug)

    def fire_membership(self, slug, event, reason=None):
        admin, row = self.network.desk(slug, "platform_admin"), self.membership(slug)
        version = admin.get(f"/api/v1/memberships/{row['id']}").etag
        admin.post(f"/api/v1/memberships/{row['id']}/events", {"event": event, **({"reason": reason} if reason else {})}, if_match=version).expect(200)

    def apply(self, slug="zhejiang"):
        self.sent = self.institution.post("/api/v1/applications", {"platform": slug, "statement": "申请", "consent": True}).expect(201).json
        return self.network.case(slug, self.institution.uscc)

    def recommend(self):
        self.sent = self.network.recommend(self.home, self.institution).expect(201).json
        return self.network.case("zhejiang", self.institution.uscc)

    def hold_up(self, table):
        """As if the withdrawal had been asked for while the decision was on its way."""
        eventually(lambda: self.network.installation.sql(f"SELECT phase FROM {table} WHERE id = UNHEX(REPLACE('{self.sent['id']}', '-', ''))") == [["waiting"]])
        self.network.installation.sql(f"UPDATE {table} SET phase = 'withdrawing', step = 'withdrawing' WHERE id = UNHEX(REPLACE('{self.sent['id']}', '-', ''))")

    def ask(self, case, *items):
        version = self.province.get(f"/api/v1/cases/{case['id']}").etag
        self.province.post(f"/api/v1/cases/{case['id']}/supplement", {"items": list(items)}, if_match=version).expect(200)

    def invite(self):
        return self.province.post("/api/v1/invitations", {"uscc": self.institution.uscc, "name": "受邀机构", "contact_email": "guest@example.cn"}).expect(201).json

    def redeem(self, code):
        self.institution.post("/api/v1/invitations/redeem", {"code": code, "platform": "zhejiang", "consent": True}).expect(200)

    def account(self, desk):
        return desk.get("/api/v1/account").expect(200).json["id"]


def applied_and(event, **form):
    def play(stage):
        stage.network.fire("zhejiang", stage.apply(), event, desk=stage.province, **form).expect(200)
    return play


def recommended_and(event, **form):
    def play(stage):
        stage.network.fire("zhejiang", stage.recommend(), event, desk=stage.province, **form).expect(200)
    return play


def application_withdrawn(stage):
    stage.apply()
    stage.institution.post(f"/api/v1/applications/{stage.sent['id']}/withdraw", {"reason": "改期"}).expect(202)


def application_withdrawn_while_claimed(stage):
    case = stage.apply()
    stage.other.post(f"/api/v1/cases/{case['id']}/claim").expect(200)
    stage.institution.post(f"/api/v1/applications/{stage.sent['id']}/withdraw", {"reason": "改期"}).expect(202)


def recommendation_withdrawn(stage):
    stage.recommend()
    stage.city.post(f"/api/v1/recommendations/{stage.sent['id']}/withdraw", {"reason": "改期"}).expect(202)


def late(table, play):
    def both(stage):
        case = stage.apply() if table == "application" else stage.recommend()
        stage.hold_up(table)
        stage.network.fire("zhejiang", case, "approve", desk=stage.province).expect(200)
    return both


def code_redeemed(stage):
    stage.redeem(stage.invite()["code"])


def code_redeemed_amid_a_claimed_case(stage):
    case = stage.recommend()
    stage.other.post(f"/api/v1/cases/{case['id']}/claim").expect(200)
    stage.redeem(stage.invite()["code"])


def code_expired(stage):
    issued = stage.invite()
    stage.network.installation.sql(f"UPDATE invitation SET expires_at = '2020-01-01' WHERE id = UNHEX(REPLACE('{issued['id']}', '-', ''))")


def wrong_code(stage):
    other = stage.network.register("lishui", "331102")
    issued = stage.province.post("/api/v1/invitations", {"uscc": other.uscc, "name": "另一机构", "contact_email": "guest@example.cn"}).expect(201).json
    stage.institution.post("/api/v1/invitations/redeem", {"code": issued["code"], "platform": "zhejiang", "consent": True}).refused(422)


def suspended(stage):
    stage.fire_membership("zhejiang", "suspend", "核实")


def suspended_and_resumed(stage):
    stage.fire_membership("zhejiang", "suspend", "核实")
    stage.fire_membership("zhejiang", "resume")


def removed(stage):
    stage.fire_membership("zhejiang", "remove", "违规")


def removed_at_the_city_amid_a_recommendation(stage):
    stage.recommend()
    stage.fire_membership("lishui", "remove", "违规")


def left(stage):
    stage.institution.post(f"/api/v1/memberships/{stage.membership('zhejiang')['id']}/leave", {"reason": "业务调整"}).expect(202)


def expired(stage):
    stage.network.installation.sql("UPDATE membership SET until = '2020-01-01' WHERE home_id = platform_id "
                                   f"AND id = UNHEX(REPLACE('{stage.membership('zhejiang')['id']}', '-', ''))")


def asked(stage):
    stage.ask(stage.apply(), *({"addressee": "institution", "item": item, "question": "请补充"} for item in ("执照", "报表")))


def asked_and_answered(stage):
    asked(stage)
    for row in eventually(lambda: len(rows := stage.institution.get("/api/v1/supplements", query={"state": "open"}).json["items"]) == 2 and rows):
        stage.institution.post(f"/api/v1/supplements/{row['id']}/answer", {"answer": "已补充"}).expect(202)


def city_asked(stage):
    stage.ask(stage.recommend(), {"addressee": "city", "item": "意见", "question": "请说明"})


def reassigned(stage):
    case = stage.apply()
    stage.province.post(f"/api/v1/cases/{case['id']}/claim").expect(200)
    stage.admin.post(f"/api/v1/cases/{case['id']}/reassign", {"account_id": stage.account(stage.other), "reason": "休假"}).expect(200)


def edited_by_its_desk(stage):
    row = stage.city.get(f"/api/v1/institutions/{stage.institution.institution_id}").expect(200)
    stage.city.patch(f"/api/v1/institutions/{stage.institution.institution_id}", {"address": "解放街 8 号"}, if_match=row.etag).expect(200)


def edited_by_itself(stage):
    row = stage.institution.get(f"/api/v1/institutions/{stage.institution.institution_id}").expect(200)
    stage.institution.patch(f"/api/v1/institutions/{stage.institution.institution_id}", {"address": "解放街 9 号"}, if_match=row.etag).expect(200)


def taken_down(stage):
    product = stage.institution.post("/api/v1/products", {"name": "咨询", "category": "innovation", "pricing": "negotiable", "summary": "咨询"}).expect(201).json
    stage.institution.post("/api/v1/products/publish", {"products": [product["id"]], "platforms": ["zhejiang"]}).expect(200)
    row = eventually(lambda: (rows := stage.province.get("/api/v1/listings", query={"product_id": product["id"]}).json["items"]) and rows[0]["phase"] == "active" and rows[0])
    version = stage.province.get(f"/api/v1/listings/{row['id']}").etag
    stage.province.post(f"/api/v1/listings/{row['id']}/events", {"event": "delist", "reason": "价格有误"}, if_match=version).expect(200)


RECEIVED = {"province": ["entry_received"], "other": ["entry_received"]}


def desk(*more, other=()):
    """What the whole desk of the province is told of a case, and what one reviewer of it is told alone."""
    return {"province": sorted(["entry_received", *more]), "other": sorted(["entry_received", *more, *other])}


# turn: what each hears; what the contact gets by SMS or e-mail, always from the institution's home; the platform that must be named.
TABLE = {
    "applied and approved": (applied_and("approve"), (), {"institution": ["entry_approved"], **RECEIVED}, ["entry_approved"]),
    "applied and refused": (applied_and("refuse", reason="材料不足"), (), {"institution": ["entry_refused"], **RECEIVED}, ["entry_refused"]),
    "applied and withdrawn": (application_withdrawn, (), {"institution": ["entry_withdrawn"], **RECEIVED}, ["entry_withdrawn"]),
    "withdrawn while somebody has it": (application_withdrawn_while_claimed, (), {"institution": ["entry_withdrawn"], **desk(other=["case_closed"])}, ["entry_withdrawn"]),
    "withdrawn too late by the institution": (late("application", "approve"), (), {"institution": ["application_withdraw_late", "entry_approved"], **RECEIVED},
                                              ["application_withdraw_late", "entry_approved"]),
    "recommended and approved": (recommended_and("approve"), (), {"institution": ["entry_approved"], "city": ["recommendation_approved"], **RECEIVED}, ["entry_approved"]),
    "recommended and refused": (recommended_and("refuse", reason="材料不足"), (), {"institution": ["entry_refused"], "city": ["recommendation_refused"], **RECEIVED}, ["entry_refused"]),
    "recommended and withdrawn": (recommendation_withdrawn, (), {"institution": ["entry_withdrawn"], "city": ["recommendation_withdrawn"], **RECEIVED}, ["entry_withdrawn"]),
    "withdrawn too late by the city": (late("recommendation", "approve"), (), {"institution": ["entry_approved"], "city": ["withdraw_refused"], **RECEIVED}, ["entry_approved"]),
    "removed at the city amid a recommendation": (removed_at_the_city_amid_a_recommendation, (), {
        "institution": ["entry_withdrawn", "membership_removed"], "city": ["recommendation_withdrawn"], **RECEIVED}, ["entry_withdrawn", "membership_removed"]),
    "a code": (code_redeemed, (), {"institution": ["entry_approved"], "province": ["invitation_redeemed"]}, ["entry_approved"]),
    "a code amid a case": (code_redeemed_amid_a_claimed_case, (), {
        "institution": ["entry_approved"], "city": ["recommendation_approved"], "province": ["entry_received", "invitation_redeemed"],
        "other": ["case_closed", "entry_received"]}, ["entry_approved"]),
    "a code that expired": (code_expired, (), {"province": ["invitation_expired"]}, []),
    "a wrong code": (wrong_code, (), {}, []),
    "suspended": (suspended, ("zhejiang",), {"institution": ["membership_suspended"], "city": ["member_standing"]}, ["membership_suspended"]),
    "suspended and resumed": (suspended_and_resumed, ("zhejiang",), {"institution": ["membership_resumed", "membership_suspended"], "city": ["member_standing", "member_standing"]},
                              ["membership_resumed", "membership_suspended"]),
    "removed": (removed, ("zhejiang",), {"institution": ["membership_removed"], "city": ["member_standing"]}, ["membership_removed"]),
    "left": (left, ("zhejiang",), {"institution": ["membership_left"], "city": ["member_standing"], "province": ["member_left"], "other": ["member_left"]}, []),
    "expired": (expired, ("zhejiang",), {"institution": ["membership_expired"], "city": ["member_standing"], "province": ["member_expired"], "other": ["member_expired"]},
                ["membership_expired"]),
    "asked for two things": (asked, (), {"institution": ["application_supplement"], **RECEIVED}, ["application_supplement"]),
    "asked and answered": (asked_and_answered, (), {"institution": ["application_supplement"], **desk("supplement_answered")}, ["application_supplement"]),
    "the city is asked": (city_asked, (), {"city": ["recommendation_supplement"], **RECEIVED}, []),
    "reassigned": (reassigned, (), {"province": ["case_reassigned_away", "entry_received"], "other": ["case_reassigned", "entry_received"]}, []),
    "its profile edited by its desk": (edited_by_its_desk, (), {"institution": ["profile_edited"]}, ["profile_edited"]),
    "its profile edited by itself": (edited_by_itself, (), {}, []),
    "taken off a shelf": (taken_down, ("zhejiang",), {"institution": ["listing_taken_down"]}, ["listing_taken_down"]),
}
OWN = {"membership_removed": None, "profile_edited": "lishui"}  # of one's own platform, or of either


def names_the_platform(message):
    """The platform where it happened, in the language of the text and in no other."""
    slug = OWN.get(TITLES[message["title"]], "zhejiang")
    named = {one: NAMES[one] for one in PLATFORMS}
    zh, en = message["title"] + message["body"], message["title_en"] + message["body_en"]
    assert any(name["zh"] in zh for one, name in named.items() if slug in (None, one)), message
    assert any(name["en"] in en for one, name in named.items() if slug in (None, one)), message
    assert not any(name["en"] in zh for name in named.values()) and not any(name["zh"] in en for name in named.values()), message


@pytest.mark.parametrize("turn", TABLE)
def test_each_who_waits_is_told_once(network, turn):
    play, member_of, expected, out = TABLE[turn]
    stage = Stage(network, member_of=member_of)
    play(stage)
    wanted = {name: sorted(expected.get(name, [])) for name in stage.listeners}
    eventually(lambda: stage.all_heard() == wanted or print(stage.all_heard()), 15)
    time.sleep(0.3)
    assert stage.all_heard() == wanted
    sent = stage.out() - stage.out_before
    by_mail = {"profile_edited", "entry_withdrawn", "membership_resumed", "application_withdraw_late"}
    assert sent == Counter((template, stage.home) for template in out if template not in by_mail), sent
    for name in stage.listeners:
        for message in stage.heard(name):
            names_the_platform(message)


def test_english_reasons_of_the_server_are_english(network):
    """A reason that no person wrote is said in the language of the text around it."""
    stage = Stage(network)
    removed_at_the_city_amid_a_recommendation(stage)
    told = eventually(lambda: next((one for one in stage.heard("institution") if TITLES[one["title"]] == "entry_withdrawn"), None))
    assert "入驻已终止" in told["body"] and "membership" in told["body_en"] and not CHINESE.search(told["body_en"].split("withdrawn")[1]), told


def test_mail_is_in_the_language_in_which_the_reader_reads(network, smtp):
    """An e-mail follows the account: the last language its pages came in."""
    stage = Stage(network, member_of=("zhejiang",))
    stage.network.installation.sql(f"UPDATE institution SET contact_mobile_sealed = NULL WHERE id = UNHEX(REPLACE('{stage.institution.institution_id}', '-', ''))")
    for language, title in (("en-GB,en;q=0.9", "Your membership is suspended"), ("zh-CN", "机构已被暂停")):
        smtp.clear()
        network.visit(stage.home).post("/api/v1/auth/sign-in", {"login": f"{stage.home}{int(stage.institution.mobile[3:])}", "password": people.PASSWORD},
                                       headers={"Accept-Language": language}).expect(200)
        stage.fire_membership("zhejiang", "suspend", "核实")
        assert smtp.wait(f"{stage.home}{int(stage.institution.mobile[3:])}@example.cn", 15, title)
        stage.fire_membership("zhejiang", "resume")
