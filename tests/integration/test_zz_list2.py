"""Requests that nobody would write: every endpoint, by everybody, with ids of theirs and of others, values that break rules at random, headers
in odd forms. Whatever comes, the answer is no 5xx but 503 and 507, and the server lives (under its sanitizers). QILIAN_SEED repeats a run,
QILIAN_REQUESTS says how many."""

import http.client
import json
import os
import random
import uuid

import pytest

import people
from declarations import Declarations
from harness import LONG
from network import Network, uscc

REQUESTS = int(os.environ.get("QILIAN_REQUESTS") or (100_000 if LONG else 4000))
pytestmark = pytest.mark.timeout(120 + REQUESTS // 10)
STAFF = ("system_admin", "security_admin", "audit_admin", "platform_admin", "reviewer")
# These need nothing to succeed, and leave nobody to go on with.
ENDING = ("/api/v1/auth/sign-out", "/api/v1/auth/sessions/end-others", "/api/v1/auth/sessions/{id}")

TEXTS = ("", " ", "a", "通过", "　", "\u200b", "\u202e", "😀", "𠮷" * 40, "é" * 300, "x" * 5000, "0", "-1", "12.5", "１２３", "9" * 30, "null", "true",
         "' OR 1=1 --", "\\", "%", "_", "<b>", "a\nb", "\x01", "2026-02-30", "2026-11-29T00:00:00+25:00", "2026-11-29", "330000", "zhejiang",
         "91440300708461136T", "81331102A2GPJF867Q", "13912345678", "+86 139-1234-5678", "a@b", "a@例子.cn", "https://" + "a" * 3000, "javascript:1")
VALUES = (None, True, False, 0, 1, -1, 2 ** 31, 2 ** 53 + 1, 2 ** 63 - 1, -2 ** 63, 1e308, 0.1, [], {}, [[]], [None], {"": None}, ["a"] * 300, *TEXTS)
HEADERS = ({}, {}, {}, {"If-Match": "*"}, {"If-Match": 'W/"1"'}, {"If-Match": '"1-gzip"'}, {"If-Match": '"9999999999999999999"'}, {"If-Match": "1"},
           {"Idempotency-Key": "x" * 200}, {"Idempotency-Key": ""}, {"Accept-Language": "xx;q=a"}, {"Content-Type": "text/csv"}, {"Content-Type": "a"},
           {"Origin": "null"}, {"Qilian-After": "1:2:3"}, {"Qilian-After": "x"}, {"Accept-Encoding": "gzip;q=9"}, {"Range": "bytes=5-2"})


class World:
    def __init__(self, installation, server, sms):
        self.installation, self.server, self.declarations = installation, server, Declarations()
        self.network = network = Network(installation, server, sms, ("zhejiang", "hangzhou", "lishui"))
        here = {role: network.desk("lishui", role) for role in STAFF}
        member, other = network.member("lishui", "331102"), network.member("hangzhou", "330106")
        token = other.post("/api/v1/auth/hand-off", {"to": "lishui"}).expect(200).json["token"]
        guest = network.visit("lishui")
        guest.post("/api/v1/auth/arrive", {"token": token}).expect(200)
        enterprise = people.register(server.client, sms, "lishui.localhost", uscc("331102"), "13912345678", "enterprise1", "enterprise")
        self.people = [*here.values(), member, other, guest, enterprise, network.visit("lishui"), network.desk("zhejiang"), network.desk("hangzhou")]
        member.post("/api/v1/products", {"name": "技术咨询服务", "category": "innovation", "pricing": "negotiable"}).expect(201)
        member.post("/api/v1/qualifications", {"kind": "licence", "name": "证书", "number": "1", "issuer": "局", "issued_on": "2023-01-10",
                                               "expires_on": "2030-01-09"}).expect(201)
        network.recommend("lishui", member).expect(201)
        self.endpoints = [e for e in self.declarations.endpoints if e.path not in ENDING]
        self.ids = self.all_ids()
        for person in self.people:
            person.keep_alive = True

    def all_ids(self):
        """Of whatever is there, so that an id is often one of something else; not of accounts, whose end would end the test."""
        tables = [record.table for record in self.declarations.records if record.name != "account"]
        statement = " UNION ".join(f"(SELECT LOWER(HEX(id)) FROM `{table}` LIMIT 20)" for table in dict.fromkeys(tables))
        return [str(uuid.UUID(row[0])) for row in self.installation.sql(statement)]


class Requests:
    """One after the other out of a seed."""

    def __init__(self, world, seed):
        self.world, self.rng = world, random.Random(seed)

    def value(self, field):
        rng = self.rng
        if rng.random() < 0.6:
            value = self.world.declarations.value(field)
            return rng.choice(self.world.ids) if field.type in ("id", "file") else value
        return rng.choice(VALUES)

    def body(self, endpoint):
        declarations, rng = self.world.declarations, self.rng
        if endpoint.verb in ("create", "update"):
            fields = [field for field in endpoint.record.fields if field.write]
        else:
            fields = declarations.checker.shapes[endpoint.input].fields if endpoint.input else []
        body = {field.name: self.value(field) for field in fields if field.required or rng.random() < 0.5}
        if endpoint.verb == "fire":
            body = {"event": rng.choice(("approve", "refuse", "submit", "withdraw", "suspend", "delist", "revoke", "x", "通过", 5)),
                    "reason": rng.choice(VALUES)}
        if rng.random() < 0.1:
            body[rng.choice(("id", "version", "platform_id", "home_id", "phase", "x", "__proto__"))] = rng.choice(VALUES)
        return body

    def query(self, endpoint):
        rng = self.rng
        names = [*(getattr(endpoint.record, "filters", None) or ()), "limit", "cursor", "sort", "q", "phase", "created_from", "x", "record_type",
                 "record_id", "uscc", "type", "kind", "file_name", "purpose", "dry_run"]
        return {rng.choice(names): rng.choice(TEXTS + tuple(self.world.ids[:5])) for _ in range(rng.choice((0, 0, 1, 2, 4)))}

    def next(self):
        world, rng = self.world, self.rng
        endpoint, person = rng.choice(world.endpoints), rng.choice(world.people)
        row = rng.choice(world.ids) if rng.random() < 0.9 else rng.choice(("0", "通过", "x" * 300, str(uuid.uuid4()), "..", "%00"))
        options = {"query": self.query(endpoint), "headers": rng.choice(HEADERS)}
        if endpoint.if_match and rng.random() < 0.8:
            options["if_match"] = rng.choice((1, 1, 1, 2, 3))
        data = None
        if endpoint.file:
            options.update(body=rng.choice((b"", b"GIF89a", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"a,b\n1,2", os.urandom(64))),
                           content_type=rng.choice(("image/png", "text/csv", "application/pdf")))
        elif endpoint.method != "GET":
            data = self.body(endpoint)
        return person, endpoint.method, world.declarations.path(endpoint, row), data, options


@pytest.fixture(scope="module")
def world(installation, server, sms_server):
    return World(installation, server, sms_server)


def test_whatever_comes_is_answered(world):
    seed = int(os.environ.get("QILIAN_SEED") or random.SystemRandom().randrange(10 ** 6))
    requests, wrong, pid, statuses = Requests(world, seed), [], world.server.pid, {}
    for _ in range(REQUESTS):
        person, method, path, data, options = requests.next()
        try:
            answer = person.request(method, path, data, **options)
        except (OSError, http.client.HTTPException) as error:
            assert world.server.is_alive(), f"seed {seed}: the server ended at {method} {path} {options} {json.dumps(data)[:2000]}"
            wrong.append(f"{method} {path} {options}: {error!r}")
            person.close()
            continue
        statuses[answer.status] = statuses.get(answer.status, 0) + 1
        if answer.status >= 500 and answer.status not in (503, 507):
            wrong.append(f"{method} {path} {options} {json.dumps(data, ensure_ascii=False)[:1000]} -> {answer.status} {answer.text[:300]}")
        assert len(wrong) < 20, f"seed {seed}:\n" + "\n".join(wrong)
    print(statuses)
    assert not wrong, f"seed {seed}:\n" + "\n".join(wrong)
    assert world.server.is_alive() and world.server.pid == pid
    assert statuses.get(200, 0) + statuses.get(201, 0) + statuses.get(204, 0) > REQUESTS // 20, statuses  # it is not all refused at the door
    assert statuses.get(422, 0) > REQUESTS // 50, statuses
