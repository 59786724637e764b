"""Codes by SMS cost money and bother people: bounds per mobile over all platforms, per address, per platform, in all; before a visitor's, a
proof of work that a page computes by itself (tenants/account/proof.h)."""

import hashlib
import itertools

import pytest

import people
from client import prove
from network import uscc
from people import LISHUI, ZHEJIANG

PATH = "/api/v1/auth/sms-code"
mobiles = (f"1360000{n:04d}" for n in itertools.count())


@pytest.fixture(scope="module")
def place(installation):
    people.add_platforms(installation, "zhejiang", "hangzhou", "lishui")
    installation.server()
    return installation


@pytest.fixture
def visit(place):
    """A visitor who answers nothing by itself."""
    def make(host=LISHUI, server=place.servers[0]):
        visitor = server.client(host)
        visitor.proves = False
        return visitor
    return make


def ask(visitor, mobile, use="register", **more):
    return visitor.post(PATH, {"mobile": mobile, "use": use, **more})


def challenge(visitor, mobile, use="register"):
    return ask(visitor, mobile, use).refused(428, "proof-required").json["challenge"]


def test_a_proof_is_asked_for_and_worth_one_request(visit):
    mobile, other = next(mobiles), next(mobiles)
    proof = prove(challenge(visit(), mobile))
    for wrong in (None, "", "15.abc:1", proof[:-1] + "x", proof.rsplit(":", 1)[0], "1." + proof.split(".", 1)[1], ":" * 50, "." * 50):
        ask(visit(), mobile, **({} if wrong is None else {"proof": wrong})).refused(428, "proof-required")
    ask(visit(), other, proof=proof).refused(428, "proof-required")  # of another mobile
    ask(visit(ZHEJIANG), mobile, proof=proof).refused(428, "proof-required")  # and of another platform
    ask(visit(), mobile, proof=proof).expect(202)
    ask(visit(), mobile, proof=proof).refused(428, "proof-required")  # it was used


def test_it_is_never_easier_than_it_was_made(visit):
    """Bits are sealed with it: saying fewer in front does not help."""
    mobile = next(mobiles)
    given = challenge(visit(), mobile)
    easy = "0" + given[given.index("."):]
    for n in range(50):
        ask(visit(), mobile, proof=f"{easy}:{n}").refused(428)


def test_it_becomes_harder_and_easy_again(visit, place, sms):
    place.sql("DELETE FROM rate_limit WHERE subject LIKE 'proof.%'")
    bits = [int(challenge(visit(), next(mobiles)).split(".")[0]) for _ in range(20)]
    assert bits == sorted(bits) and bits[0] == 13 and bits[-1] > 15, bits
    visitor = place.servers[0].client(LISHUI)
    people.register(lambda host: place.servers[0].client(host), sms, LISHUI, uscc(), next(mobiles), "came_to_something")
    assert int(challenge(visitor_without(visitor), next(mobiles)).split(".")[0]) == 13


def visitor_without(visitor):
    visitor.proves = False
    return visitor


def test_one_mobile_over_all_platforms(place):
    mobile = next(mobiles)
    hosts = [place.servers[0].client(host) for host in (LISHUI, ZHEJIANG, "hangzhou.localhost")]
    ask(hosts[0], mobile).expect(202)
    for visitor in hosts:
        refused = ask(visitor, mobile, use="sign_in").refused(429)
        assert 0 < int(refused.headers["Retry-After"]) <= 60


@pytest.mark.parametrize("bound", ("per_address", "per_platform", "in_all"))
def test_bounds_in_an_hour(place, bound):
    """What is over the bound is refused, and costs the mobile nothing."""
    server = place.server(bound, settings={"sms": {bound: 3, "proof_after": 100}})
    place.sql("DELETE FROM rate_limit WHERE subject LIKE 'code%'")
    own = [next(mobiles) for _ in range(4)]
    for mobile in own[:3]:
        ask(server.client(LISHUI), mobile).expect(202)
    refused = ask(server.client(LISHUI), own[3]).refused(429)
    assert int(refused.headers["Retry-After"]) > 60
    elsewhere = ask(server.client(ZHEJIANG), own[3])
    assert elsewhere.status == (202 if bound == "per_platform" else 429)
    place.sql("DELETE FROM rate_limit WHERE subject LIKE 'code%' AND used >= 3")
    if bound != "per_platform":
        ask(server.client(LISHUI), own[3]).expect(202)  # its own minute was not touched
    server.stop()


def test_the_first_few_of_an_address_may_be_free(place):
    server = place.server("free", settings={"sms": {"proof_after": 2}})
    place.sql("DELETE FROM rate_limit WHERE subject LIKE 'proof.%'")
    visitors = [visitor_without(server.client(LISHUI)) for _ in range(3)]
    assert [ask(visitor, next(mobiles)).status for visitor in visitors] == [202, 202, 428]
    server.stop()


def test_who_is_signed_in_is_asked_for_none(place):
    someone = visitor_without(people.administrator(place, place.servers[0].client, LISHUI, "lishui", "reviewer", "changes_mobile"))
    ask(someone, next(mobiles), use="change").expect(202)


def test_a_taken_name_is_told_only_to_whom_a_mobile_was_proven(place, sms):
    client = place.servers[0].client
    people.administrator(place, client, LISHUI, "lishui", "reviewer", "taken_name")
    mobile, code = next(mobiles), uscc()
    for path in ("institution", "enterprise"):
        for name in ("taken_name", "free_name"):
            body = people.registration(code, mobile, name, "000000")
            client(LISHUI).post(f"/api/v1/registration/{path}", body).refused(422, "sms-code")
    proven = people.ask_code(client(LISHUI), sms, mobile, "register")
    body = people.registration(code, mobile, "taken_name", proven)
    taken = client(LISHUI).post("/api/v1/registration/institution", body).refused(422)
    assert [(fault["pointer"], fault["code"]) for fault in taken.json["errors"]] == [("/user_name", "taken")]
    client(LISHUI).post("/api/v1/registration/institution", {**body, "user_name": "free_name"}).expect(201)  # the code was not used up


def test_what_programs_are_told_holds(visit):
    """As the API's description says it, without our client."""
    mobile = next(mobiles)
    given = challenge(visit(), mobile)
    bits = int(given.split(".")[0])
    n = next(n for n in itertools.count() if int(hashlib.sha256(f"{given}:{n}".encode()).hexdigest(), 16) >> (256 - bits) == 0)
    ask(visit(), mobile, proof=f"{given}:{n}").expect(202)
