"""Power cuts under load: qiliand and MariaDB killed with -9 at random moments while people write. Whoever loses a connection sends the
same request with the same Idempotency-Key again. Afterwards nothing that was acknowledged is lost, nothing is there twice, logs have
no gap, readers have read them to their heads, and every copy equals its home.

QILIAN_SEED repeats a run's plan (which process, when); the seed is shown when a test fails.
"""

import http.client
import os
import random
import threading
import time
import uuid

import pytest

from harness import LONG, eventually
from network import Network

ROUNDS = 20 if LONG else 3
KINDS = ("server", "database", "both")
PATIENCE = 60
PRODUCT = {"category": "innovation", "pricing": "fixed", "price": 250000, "summary": "为中小企业提供技术咨询"}
pytestmark = pytest.mark.timeout(60 + 60 * ROUNDS)


class Lost(AssertionError):
    """A request that got no answer in a minute of trying."""


class Insisting:
    """A visitor who repeats a request, with its key, until somebody answers it."""

    def __init__(self, visitor):
        self.visitor = visitor.copy()
        self.again = 0  # how often a request had to be repeated

    def request(self, method, path, data=None, key=None, **options):
        key, end = key or str(uuid.uuid4()), time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                response = self.visitor.request(method, path, data, key=key if method != "GET" else None, **options)
                if response.status not in (429, 502, 503, 504) and response.code != "operation-under-way":
                    return response
            except (OSError, http.client.HTTPException):
                pass
            self.again += 1
            time.sleep(random.uniform(0.02, 0.1))
        raise Lost(f"{method} {path}: no answer within {PATIENCE} s")


class Round:
    """People at work from several threads until they are told to stop, and what was acknowledged to them."""

    def __init__(self, name, network, publisher, recommended, invited):
        self.name, self.network = name, network
        self.publisher, self.recommended, self.invited = publisher, recommended, invited
        self.ended, self.errors, self.people = threading.Event(), [], []
        self.products, self.changed, self.published, self.recommendations, self.redeemed = {}, set(), [], {}, {}
        self.threads = [threading.Thread(target=self.work, args=job, daemon=True) for job in (
            (self.create, 0), (self.create, 1), (self.create, 2), (self.publish, 3), (self.recommend, 4), (self.redeem, 5))]

    def person(self, visitor):
        self.people.append(Insisting(visitor))
        return self.people[-1]

    def start(self):
        for thread in self.threads:
            thread.start()
        return self

    def stop(self):
        self.ended.set()
        for thread in self.threads:
            thread.join()
        if self.errors:
            raise self.errors[0]

    def work(self, job, number):
        try:
            job(number)
        except BaseException as error:  # noqa: B036 - raised by stop()
            self.errors.append(error)

    def make(self, person, name):
        made = person.request("POST", "/api/v1/products", {**PRODUCT, "name": name}).expect(201).json
        self.products[name] = made
        return made

    def create(self, number):
        """Makes products, and changes each a few times."""
        person, count = self.person(self.publisher), 0
        while not self.ended.is_set():
            count += 1
            made = self.make(person, f"{self.name}-{number}-{count}")
            for change in range(3):
                self.change(person, made, f"{made['name']}-{change}")

    def change(self, person, made, summary):
        read = person.request("GET", f"/api/v1/products/{made['id']}").expect(200)
        answer = person.request("PATCH", f"/api/v1/products/{made['id']}", {"summary": summary}, if_match=read.etag)
        if answer.expect(200, 412).status == 200:
            made["summary"] = summary
            self.changed.add(summary)

    def publish(self, number):
        person, count = self.person(self.publisher), 0
        while not self.ended.is_set():
            count += 1
            made = self.make(person, f"{self.name}-{number}-{count}")
            answer = person.request("POST", "/api/v1/products/publish", {"products": [made["id"]], "platforms": ["lishui", "hangzhou"]})
            assert [one["state"] for one in answer.expect(200).json["results"]] == ["sent", "sent"], answer
            self.published.append(made["id"])

    def recommend(self, number):
        """Recommends, withdraws, and recommends anew."""
        person, count = self.person(self.network.desk("lishui")), 0
        while not self.ended.is_set():
            count += 1
            reason = f"{self.name}-{number}-{count}"
            sent = person.request("POST", "/api/v1/recommendations", {
                "institution_id": self.recommended.institution_id, "annual_income": 900000000, "insured_staff": 30,
                "qualified_staff": 27, "enterprises_served": 150, "reason": reason}).expect(201).json
            self.recommendations[reason] = sent["id"]
            path = f"/api/v1/recommendations/{sent['id']}"
            person.request("POST", f"{path}/withdraw", {"reason": "撤回"}).expect(202)
            eventually(lambda: person.request("GET", path).expect(200).json["phase"] == "withdrawn", PATIENCE)

    def redeem(self, number):
        for institution in self.invited:
            person = self.person(institution)
            answer = person.request("POST", "/api/v1/invitations/redeem", {"code": institution.code, "consent": True})
            # The server died behind its first transaction; who asks anew finds out what took place.
            if answer.code == "operation-answer-lost":
                answer = person.request("POST", "/api/v1/invitations/redeem", {"code": institution.code, "consent": True})
            outcome = answer.json.get("state") or answer.json.get("outcome")
            # "used": the answer that said "redeemed" was lost with the connection.
            assert outcome in ("redeemed", "sent", "used", "member"), answer
            self.redeemed[institution.uscc] = outcome
            if self.ended.wait(0.3):
                return


class World:
    def __init__(self, installation, server, sms):
        self.installation, self.server = installation, server
        self.network = Network(installation, server, sms, ("zhejiang", "hangzhou", "lishui"))
        self.publisher = self.network.member("lishui", "331102")
        self.network.join(self.publisher, "hangzhou")
        self.recommended = self.network.member("lishui", "331102")

    def invite(self):
        institution = self.network.register("lishui", "331102")
        issued = self.network.desk("zhejiang").post("/api/v1/invitations", {
            "uscc": institution.uscc, "name": "受邀机构", "contact_name": "王联系", "contact_mobile": institution.mobile})
        institution.code = issued.expect(201).json["code"]
        return institution

    def round(self, name):
        return Round(name, self.network, self.publisher, self.recommended, [self.invite() for _ in range(2)])

    def column(self, statement):
        return [row[0] for row in self.installation.sql(statement)]

    def settled(self):
        """Every reader is at the head of what is meant for it, and nothing is parked."""
        pairs = self.installation.ctl("federation", "status")
        assert pairs and all(one["lag"] == 0 for one in pairs), pairs
        assert all(one["state"] == "current" and one["parked"] == 0 for one in pairs), pairs
        return True


@pytest.fixture(scope="module")
def world(installation, server, sms_server):
    return World(installation, server, sms_server)


@pytest.fixture(scope="module")
def plan():
    """What is killed in each round, after how long, and how long it stays away."""
    seed = int(os.environ.get("QILIAN_SEED") or random.SystemRandom().randrange(10 ** 6))
    print(f"QILIAN_SEED={seed}")
    rng = random.Random(seed)
    rounds = []
    while len(rounds) < ROUNDS:
        rounds += [(kind, rng.uniform(0.2, 1.2), rng.uniform(0, 0.3)) for kind in rng.sample(KINDS, len(KINDS))]
    return rounds[:ROUNDS]


def cut(world, mariadb, kind, away):
    """The power goes, and comes back."""
    if kind != "server":
        mariadb.kill()
    if kind != "database":
        world.server.kill()
    time.sleep(away)
    if kind != "server":
        mariadb.start()
    if kind != "database":
        world.server.start()


@pytest.mark.parametrize("number", range(ROUNDS))
def test_nothing_is_lost_and_nothing_doubled(world, mariadb, plan, number):
    kind, after, away = plan[number]
    load = world.round(f"r{number}").start()
    try:
        time.sleep(after)
        cut(world, mariadb, kind, away)
        time.sleep(0.5)
    finally:
        load.stop()
    if kind != "database":  # one that comes back soon is waited for by qiliand itself
        assert sum(person.again for person in load.people), "no request was under way when the power went"
    assert load.products and load.published and load.recommendations, vars(load)
    eventually(world.settled, PATIENCE, 0.2)
    check_products(world, load)
    check_listings(world, load)
    check_entries(world, load)
    assert all(one["holds"] for one in world.installation.ctl("log", "verify"))
    verified = world.installation.ctl("federation", "verify")
    assert verified["faults"] == 0 and verified["lines"], verified


def check_products(world, load):
    """One row for each name, as it was acknowledged last; a number is given once."""
    rows = world.installation.sql(f"SELECT name, number, LOWER(HEX(id)), summary FROM product WHERE name LIKE '{load.name}-%'")
    assert sorted(row[0] for row in rows) == sorted(load.products), "lost, or doubled"
    for name, number, row_id, summary in rows:
        made = load.products[name]
        assert (number, row_id, summary) == (made["number"], made["id"].replace("-", ""), made["summary"]), made
    assert world.column("SELECT COUNT(*) - COUNT(DISTINCT number) FROM product") == ["0"]
    changes = world.column("SELECT payload FROM log_entry WHERE record_type = 'product'")
    for made in load.products.values():
        for change in range(3):
            summary = f"{made['name']}-{change}"
            count = sum(f'"summary":"{summary}"' in payload for payload in changes)
            assert count == (summary in load.changed), f"{summary}: {count} entries"


def check_listings(world, load):
    """One listing on each of the two platforms, and on the shelf."""
    for product in load.published:
        rows = world.installation.sql("SELECT t.slug, l.phase, l.live FROM listing l JOIN tenant t ON t.id = l.platform_id "
                                      f"WHERE l.home_id = l.platform_id AND l.product_id = UNHEX('{product.replace('-', '')}') ORDER BY 1")
        assert rows == [["hangzhou", "active", "1"], ["lishui", "active", "1"]], rows


def check_entries(world, load):
    """One recommendation for each that was acknowledged; one admission for each code."""
    rows = dict(world.installation.sql(f"SELECT reason, LOWER(HEX(id)) FROM recommendation WHERE reason LIKE '{load.name}-%'"))
    assert rows == {reason: sent.replace("-", "") for reason, sent in load.recommendations.items()}
    assert world.column(f"SELECT COUNT(*) FROM recommendation WHERE reason LIKE '{load.name}-%'") == [str(len(rows))]
    for code in load.redeemed:
        admissions = world.column(
            "SELECT COUNT(*) FROM log_entry e JOIN membership m ON m.platform_id = e.platform_id AND m.id = e.record_id "
            f"JOIN tenant t ON t.id = m.platform_id WHERE t.slug = 'zhejiang' AND e.kind = 'membership.admit' AND m.uscc = '{code}'")
        assert admissions == ["1"], (code, load.redeemed[code], admissions)
        assert world.column(f"SELECT phase FROM invitation WHERE uscc = '{code}'") == ["redeemed"], code
