"""One directory of accounts for a network: who signs in on another of its platforms than the own one is taken home, and back."""

import pytest
from harness.wait import eventually

import people
from network import Network
from people import PASSWORD, ask_code, sign_in
from test_sign_in import totp

HOME, OTHER, COUNTY, ABROAD = "lishui", "zhejiang", "suichang", "hunan"


class World:
    def __init__(self, installation, server, sms):
        self.installation, self.sms = installation, sms
        self.network = Network(installation, server, sms, (OTHER, "hangzhou", HOME, COUNTY))
        people.add_platforms(installation, ABROAD)
        eventually(lambda: self.visit(ABROAD).get("/api/v1/uscc", query={"uscc": "1"}).code != "unknown-host")
        self.owner = self.register()

    def visit(self, slug):
        return self.network.visit(slug)

    def register(self):
        person = self.network.register(HOME, "331102")
        person.user_name = f"{HOME}{self.network.count}"
        return person

    def enter(self, going, slug=HOME, status=200):
        """What the page at home does with the link."""
        assert going["go"].startswith(f"http://{slug}.localhost:") and "/hand-off#" in going["go"], going
        visitor = self.visit(slug)
        visitor.answer = visitor.post("/api/v1/auth/enter", {"token": going["go"].split("#")[1]}).expect(status).json
        return visitor


@pytest.fixture(scope="module")
def world(installation, server, sms_server):
    return World(installation, server, sms_server)


@pytest.mark.parametrize("slug", [OTHER, COUNTY, "hangzhou"])
def test_who_signs_in_elsewhere_is_taken_home_and_back(world, slug):
    visitor = world.visit(slug)
    answer = visitor.post("/api/v1/auth/sign-in", {"login": world.owner.user_name, "password": PASSWORD, "return_path": "/services?q=检测"}).expect(200)
    assert answer.json["account"] is None and answer.json["home"]["slug"] == HOME and "Set-Cookie" not in answer.headers
    home = world.enter(answer.json)
    assert home.answer["return_path"] == "/services?q=检测" and home.answer["from"] == slug and home.answer["ticket"] is None
    assert home.get("/api/v1/session").json["account"]["user_name"] == world.owner.user_name
    back = home.post("/api/v1/auth/hand-off", {"to": slug, "return_path": home.answer["return_path"]}).expect(200).json
    assert visitor.post("/api/v1/auth/arrive", {"token": back["token"]}).expect(200).json["return_path"] == "/services?q=检测"
    assert visitor.get("/api/v1/session").json["account"]["kind"] == "visitor"
    # Once, at home, and there alone.
    world.visit(HOME).post("/api/v1/auth/enter", {"token": answer.json["go"].split("#")[1]}).refused(410)
    again = sign_in(world.visit(slug), world.owner.user_name).json
    world.visit(slug).post("/api/v1/auth/enter", {"token": again["go"].split("#")[1]}).refused(410)


def test_a_city_administrator_signs_in_at_the_province(world):
    """ZJ-5, manual 4.1."""
    world.network.desk(HOME, "reviewer", "cityadmin")
    answer = sign_in(world.visit(OTHER), "reviewer_cityadmin").expect(200).json
    home = world.enter(answer)
    assert home.get("/api/v1/certified-institutions").expect(200)


def test_nothing_is_told_before_the_password_is_right(world):
    wrong = sign_in(world.visit(OTHER), world.owner.user_name, "not this one at all").refused(401, "sign-in-refused")
    unknown = sign_in(world.visit(OTHER), "nobody_anywhere", "not this one at all").refused(401, "sign-in-refused")
    bare = lambda answer: {key: value for key, value in answer.json.items() if key != "request_id"}
    assert bare(wrong) == bare(unknown)
    abroad = sign_in(world.visit(ABROAD), world.owner.user_name).refused(401, "sign-in-refused")
    assert bare(abroad) == bare(unknown)


def test_guesses_elsewhere_count_at_home(world):
    person = world.register()
    for slug in (OTHER, COUNTY, "hangzhou", OTHER, HOME):
        sign_in(world.visit(slug), person.user_name, "not this one at all").refused(401)
    for slug in (OTHER, HOME):
        sign_in(world.visit(slug), person.user_name).refused(429, "sign-in-locked")


def test_the_password_says_which_of_two_namesakes_it_is(world):
    here, there = world.visit(HOME), world.visit(OTHER)
    for visitor, slug, password in ((here, HOME, PASSWORD), (there, OTHER, "a boat on the river 8")):
        link = world.installation.ctl("admin", "link", "--platform", slug, "--role", "reviewer")["link"]
        visitor.post("/api/v1/auth/link", {"token": people.token_of(link), "user_name": "namesake", "name": slug, "password": password}).expect(200)
    assert sign_in(world.visit(OTHER), "namesake").expect(200).json["home"]["slug"] == HOME
    assert sign_in(world.visit(OTHER), "namesake", "a boat on the river 8").expect(200).json["account"]["name"] == OTHER
    assert sign_in(world.visit(COUNTY), "Namesake", "a boat on the river 8").expect(200).json["home"]["slug"] == OTHER


def test_the_second_factor_is_asked_at_home(world):
    person = world.register()
    enrolled = person.post("/api/v1/auth/totp/enrol", {"password": PASSWORD}).expect(200).json
    person.post("/api/v1/auth/totp/confirm", {"ticket": enrolled["ticket"], "code": totp(enrolled["secret"])}).expect(204)
    home = world.enter(sign_in(world.visit(OTHER), person.user_name).expect(200).json)
    assert home.answer["second_factor"] == "totp" and home.get("/api/v1/session").json["account"] is None
    home.post("/api/v1/auth/second-factor", {"ticket": home.answer["ticket"], "code": totp(enrolled["secret"], 1)}).expect(200)
    assert home.get("/api/v1/session").json["account"]


def test_a_way_home_ends_with_the_access(world):
    person = world.register()
    going = sign_in(world.visit(OTHER), person.user_name).expect(200).json
    person.post("/api/v1/auth/password", {"old_password": PASSWORD, "new_password": "a boat on the river 8"}).expect(204)
    world.enter(going, status=410)
    sign_in(world.visit(OTHER), person.user_name).refused(401)
    world.enter(sign_in(world.visit(OTHER), person.user_name, "a boat on the river 8").expect(200).json)


def test_a_disabled_account_is_told_so_everywhere(world):
    person = world.register()
    account = person.get("/api/v1/account").json["id"]
    world.network.desk(HOME, "system_admin").post(f"/api/v1/accounts/{account}/state", {"state": "disabled", "reason": "核查"}).expect(200)
    sign_in(world.visit(OTHER), person.user_name).refused(403, "account-disabled")


def test_by_code_and_reset_too(world):
    person = world.register()
    visitor = world.visit(OTHER)
    world.installation.sql("DELETE FROM rate_limit")  # the code with which it registered was sent this very minute
    body = {"mobile": person.mobile, "code": ask_code(visitor, world.sms, person.mobile, "sign_in"), "kind": "institution"}
    wrong = f"{(int(body['code']) + 1) % 1000000:06d}"
    visitor.post("/api/v1/auth/sms-sign-in", {**body, "code": wrong}).refused(422, "sms-code")
    home = world.enter(visitor.post("/api/v1/auth/sms-sign-in", body).expect(200).json)
    assert home.get("/api/v1/session").json["account"]["user_name"] == person.user_name
    world.installation.sql("DELETE FROM rate_limit")
    code = ask_code(visitor, world.sms, person.mobile, "reset")
    visitor.post("/api/v1/auth/password-reset", {"mobile": person.mobile, "code": code, "kind": "institution", "password": "a boat on the river 8"}).expect(204)
    sign_in(world.visit(HOME), person.user_name, "a boat on the river 8").expect(200)
    home.get("/api/v1/account").refused(401)
