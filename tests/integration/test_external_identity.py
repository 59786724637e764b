"""Signing in by an external identity (ZJ-2), against an identity provider that is a process of its own."""

import contextlib
import http.client
import json
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from harness.client import Client
from harness.wait import eventually, free_port

import identity_provider
from people import LISHUI, PASSWORD, ZHEJIANG, add_platforms, administrator, sign_in
from test_sign_in import totp

BROWSER = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture(scope="module")
def provider():
    port = free_port()

    def ask(path):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            return answer
        finally:
            connection.close()

    def answers():
        try:
            return ask("/next").status == 200
        except OSError:
            return False

    with identity_provider.provided(port):
        eventually(answers, 10)
        ask.port = port
        yield ask


@pytest.fixture(scope="module")
def place(make_installation, provider, tmp_path_factory):
    base = f"http://127.0.0.1:{provider.port}"
    secret = tmp_path_factory.mktemp("identity") / "identity.secret"
    secret.write_text(identity_provider.SECRET + "\n")
    made = make_installation(changes={"identity_providers": {"zj96871": {
        "zh": "96871 账号", "en": "96871 account", "authorize_url": base + "/authorize", "token_url": base + "/token",
        "userinfo_url": base + "/userinfo", "client_id": identity_provider.CLIENT, "secret_file": str(secret),
        "issuer": "https://id.example.cn"}}})
    add_platforms(made, "zhejiang", "lishui")
    made.server()
    return made


def test_the_provider_ends_with_who_started_it():
    """Also when that one is killed: nothing of a test run may stay."""
    port = free_port()
    starter = subprocess.Popen([sys.executable, "-c", "import identity_provider, time\n"
                                f"with identity_provider.provided({port}): time.sleep(60)"], cwd=Path(identity_provider.__file__).parent)

    def listens():
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return True
        return False

    try:
        eventually(listens, 10)
    finally:
        starter.kill()
        starter.wait()
    eventually(lambda: not listens(), 10)


@pytest.fixture
def visit(place):
    return lambda host, **options: Client(place.servers[0].port, host, **options)


def go_there(provider, visitor, **person):
    """Starts, lets the provider send the browser back, and answers the path with which it comes back."""
    provider("/next?" + urlencode(person))
    url = visitor.post("/api/v1/auth/providers/zj96871/start", {"return_path": "/center"}).expect(200).json["url"]
    parts = urlsplit(url)
    back = urlsplit(provider(f"{parts.path}?{parts.query}").headers["Location"])
    assert back.hostname == visitor.host
    return f"{back.path}?{back.query}"


def test_an_unknown_person_is_bound_once_and_then_needs_no_password(provider, place, visit):
    administrator(place, visit, LISHUI, "lishui", "reviewer", "bound_person")
    visitor = visit(LISHUI)
    listed = visitor.get("/api/v1/auth/providers").expect(200).json["items"]
    assert [item["name"] for item in listed] == ["zj96871"]
    back = go_there(provider, visitor, sub="person-1", name="张三")
    answer = visitor.get(back).expect(303)
    assert answer.headers["Location"].startswith("/sign-in?then=%2Fcenter#bind=")
    assert visitor.get("/api/v1/session").json["account"] is None
    ticket = answer.headers["Location"].split("#bind=")[1]
    visitor.post("/api/v1/auth/providers/bind", {"ticket": ticket, "login": "bound_person", "password": "wrong it is"}).refused(401)
    visitor.post("/api/v1/auth/providers/bind", {"ticket": ticket, "login": "bound_person", "password": PASSWORD}).expect(200)
    assert visitor.get("/api/v1/session").json["account"]["user_name"] == "bound_person"
    visit(LISHUI).post("/api/v1/auth/providers/bind", {"ticket": ticket, "login": "bound_person", "password": PASSWORD}).refused(410)
    # The next time it is enough.
    later = visit(LISHUI)
    answer = later.get(go_there(provider, later, sub="person-1", name="张三")).expect(303)
    assert answer.headers["Location"] == "/center"
    assert later.get("/api/v1/session").json["account"]["user_name"] == "bound_person"
    later.delete("/api/v1/auth/providers/zj96871").expect(204)
    again = visit(LISHUI)
    assert "#bind=" in again.get(go_there(provider, again, sub="person-1")).expect(303).headers["Location"]


def test_who_is_signed_in_adds_an_identity_to_the_own_account(provider, place, visit):
    person = administrator(place, visit, LISHUI, "lishui", "reviewer", "adds_identity")
    assert person.get(go_there(provider, person, sub="person-2")).expect(303).headers["Location"] == "/center"
    other = administrator(place, visit, LISHUI, "lishui", "reviewer", "other_person")
    # The identity is taken: it never joins a second account, and nobody is made into somebody else on the way.
    other.get(go_there(provider, other, sub="person-2")).refused(409, "identity-taken")
    page = other.get(go_there(provider, other, sub="person-2"), headers=BROWSER).expect(303).headers["Location"]
    assert page == "/center#refused=identity-taken" and other.get("/api/v1/session").json["account"]["user_name"] == "other_person"
    # Once more to the same account changes nothing.
    assert person.get(go_there(provider, person, sub="person-2")).expect(303).headers["Location"] == "/center"


def test_a_binding_belongs_to_the_browser_that_came_back(provider, place, visit):
    administrator(place, visit, LISHUI, "lishui", "reviewer", "binds_here")
    visitor, victim = visit(LISHUI), visit(LISHUI)
    ticket = visitor.get(go_there(provider, visitor, sub="person-6")).expect(303).headers["Location"].split("#bind=")[1]
    body = {"ticket": ticket, "login": "binds_here", "password": PASSWORD}
    victim.post("/api/v1/auth/providers/bind", body).refused(410)
    victim.cookies = {"qilian_external": "made up"}
    victim.post("/api/v1/auth/providers/bind", body).refused(410)
    visitor.post("/api/v1/auth/providers/bind", body).expect(200)


def test_a_binding_comes_after_the_second_factor(provider, place, visit):
    person = administrator(place, visit, LISHUI, "lishui", "reviewer", "two_factors")
    enrolled = person.post("/api/v1/auth/totp/enrol", {"password": PASSWORD}).expect(200).json
    person.post("/api/v1/auth/totp/confirm", {"ticket": enrolled["ticket"], "code": totp(enrolled["secret"])}).expect(204)
    visitor = visit(LISHUI)
    ticket = visitor.get(go_there(provider, visitor, sub="person-7")).expect(303).headers["Location"].split("#bind=")[1]
    half = visitor.post("/api/v1/auth/providers/bind", {"ticket": ticket, "login": "two_factors", "password": PASSWORD}).expect(200).json
    assert half["account_id"] is None and half["second_factor"] == "totp"
    assert not place.sql("SELECT 1 FROM external_identity WHERE subject = 'person-7'")
    visitor.post("/api/v1/auth/second-factor", {"ticket": half["ticket"], "code": totp(enrolled["secret"], 1)}).expect(200)
    assert place.sql("SELECT 1 FROM external_identity WHERE subject = 'person-7'")
    # By the identity alone the second factor is asked, on the page where the code is typed.
    later = visit(LISHUI)
    assert later.get(go_there(provider, later, sub="person-7")).expect(303).headers["Location"].startswith("/sign-in?then=%2Fcenter#ticket=")
    assert later.get("/api/v1/session").json["account"] is None


def test_an_identity_leads_home_from_anywhere_in_the_network(provider, place, visit):
    administrator(place, visit, LISHUI, "lishui", "reviewer", "travels")
    abroad = visit(ZHEJIANG)
    ticket = abroad.get(go_there(provider, abroad, sub="person-8")).expect(303).headers["Location"].split("#bind=")[1]
    body = {"ticket": ticket, "login": "travels", "password": PASSWORD, "return_path": "/center"}
    going = abroad.post("/api/v1/auth/providers/bind", body).expect(200).json["go"]
    assert not place.sql("SELECT 1 FROM external_identity WHERE subject = 'person-8'")
    home = visit(LISHUI)
    home.post("/api/v1/auth/enter", {"token": going.split("#")[1]}).expect(200)
    assert home.get("/api/v1/session").json["account"]["user_name"] == "travels"
    for host in (ZHEJIANG, LISHUI):
        later = visit(host)
        to = later.get(go_there(provider, later, sub="person-8")).expect(303).headers["Location"]
        assert to.startswith("http://lishui.localhost:") if host == ZHEJIANG else to == "/center", to
    entered = visit(LISHUI)
    later = visit(ZHEJIANG)
    to = later.get(go_there(provider, later, sub="person-8")).expect(303).headers["Location"]
    assert entered.post("/api/v1/auth/enter", {"token": to.split("#")[1]}).expect(200).json["return_path"] == "/center"


def test_a_browser_is_shown_pages_not_problems(provider, visit):
    for fault, code in (("nonce", "external-identity"), ("aud", "external-identity")):
        visitor = visit(LISHUI)
        page = visitor.get(go_there(provider, visitor, sub="person-9", fault=fault), headers=BROWSER).expect(303).headers["Location"]
        assert page == f"/sign-in?then=%2Fcenter#refused={code}"
    assert visit(LISHUI).get("/api/v1/auth/providers/zj96871/return?code=x&state=made-up", headers=BROWSER).expect(303).headers["Location"] == \
        "/sign-in#refused=link-void"


def test_the_way_back_belongs_to_the_browser_that_began(provider, visit):
    visitor, stranger = visit(LISHUI), visit(LISHUI)
    back = go_there(provider, visitor, sub="person-3")
    stranger.get(back).refused(410)
    visitor.get(back).expect(303)
    visitor.get(back).refused(410)
    visitor.get("/api/v1/auth/providers/zj96871/return?code=x&state=made-up").refused(410)
    visitor.get("/api/v1/auth/providers/nobody/return?code=x&state=y").refused(404)


def test_a_token_that_lies_is_refused(provider, visit):
    for fault in ("nonce", "aud", "iss", "sub"):
        visitor = visit(LISHUI)
        visitor.get(go_there(provider, visitor, sub="person-4", fault=fault)).refused(502, "external-identity")
        assert visitor.get("/api/v1/session").json["account"] is None


def test_a_person_who_says_no_comes_back_unharmed(provider, visit):
    visitor = visit(LISHUI)
    assert visitor.get(go_there(provider, visitor, sub="person-5", refuse="1")).expect(303).headers["Location"] == "/sign-in?then=%2Fcenter#refused"


def test_a_platform_takes_only_what_its_policy_names(place, visit):
    document = json.dumps(place.ctl("platform", "show", "lishui"))
    assert "zj96871" in document
    visit(LISHUI).post("/api/v1/auth/providers/gov_service/start", {}).refused(404)
    sign_in(visit(LISHUI), "bound_person").expect(200)
