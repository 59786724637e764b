"""Signing in by an external identity (ZJ-2), against an identity provider that is a process of its own."""

import http.client
import json
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from harness.client import Client
from harness.wait import eventually, free_port

import identity_provider
from people import LISHUI, PASSWORD, add_platforms, administrator, sign_in


@pytest.fixture(scope="module")
def provider():
    port = free_port()
    child = subprocess.Popen([sys.executable, Path(identity_provider.__file__), str(port)])

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

    eventually(answers, 10)
    ask.port = port
    yield ask
    child.kill()
    child.wait()


@pytest.fixture(scope="module")
def place(make_installation, provider):
    base = f"http://127.0.0.1:{provider.port}"
    secret = Path(f"/tmp/qilian-identity-{provider.port}.secret")
    secret.write_text(identity_provider.SECRET + "\n")
    made = make_installation(changes={"identity_providers": {"zj96871": {
        "zh": "96871 账号", "en": "96871 account", "authorize_url": base + "/authorize", "token_url": base + "/token",
        "userinfo_url": base + "/userinfo", "client_id": identity_provider.CLIENT, "secret_file": str(secret),
        "issuer": "https://id.example.cn"}}})
    add_platforms(made, "zhejiang", "lishui")
    made.server()
    yield made
    secret.unlink()


@pytest.fixture
def visit(place):
    return lambda host, **options: Client(place.servers[0].port, host, **options)


def go_there(provider, visitor, **person):
    """Starts, lets the provider send the browser back, and answers the path with which it comes back."""
    provider("/next?" + urlencode(person))
    url = visitor.post("/api/v1/auth/providers/zj96871/start", {"return_path": "/center"}).expect(200).json["url"]
    parts = urlsplit(url)
    back = urlsplit(provider(f"{parts.path}?{parts.query}").headers["Location"])
    assert back.hostname == LISHUI
    return f"{back.path}?{back.query}"


def test_an_unknown_person_is_bound_once_and_then_needs_no_password(provider, place, visit):
    administrator(place, visit, LISHUI, "lishui", "reviewer", "bound_person")
    visitor = visit(LISHUI)
    listed = visitor.get("/api/v1/auth/providers").expect(200).json["items"]
    assert [item["name"] for item in listed] == ["zj96871"]
    back = go_there(provider, visitor, sub="person-1", name="张三")
    answer = visitor.get(back).expect(303)
    assert answer.headers["Location"].startswith("/sign-in#bind=")
    assert visitor.get("/api/v1/session").json["account"] is None
    ticket = answer.headers["Location"].split("=", 1)[1]
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
    # The identity is taken: it signs its owner in, and never joins a second account.
    assert other.get(go_there(provider, other, sub="person-2")).expect(303).headers["Location"] == "/center"
    assert other.get("/api/v1/session").json["account"]["user_name"] == "adds_identity"


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
    assert visitor.get(go_there(provider, visitor, sub="person-5", refuse="1")).expect(303).headers["Location"] == "/sign-in#refused"


def test_a_platform_takes_only_what_its_policy_names(place, visit):
    document = json.dumps(place.ctl("platform", "show", "lishui"))
    assert "zj96871" in document
    visit(LISHUI).post("/api/v1/auth/providers/gov_service/start", {}).refused(404)
    sign_in(visit(LISHUI), "bound_person").expect(200)
