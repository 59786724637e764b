"""Numbers that the server keeps: people write at the same time on two servers over one database, servers are killed with -9 under them, and
afterwards `qilianctl counts verify` has nothing to say; a planted difference is named and set right."""

import http.client
import random
import threading
import time

import pytest

from harness import LONG
from people import add_platforms, administrator

pytestmark = pytest.mark.timeout(300)
KILLS = 20 if LONG else 4
SLUGS = ("zhejiang", "lishui")


class Writer(threading.Thread):
    """Makes announcements and moves them on, until told to stop; a server that is gone is tried again."""

    def __init__(self, visitor, number):
        super().__init__(daemon=True)
        self.visitor, self.number, self.ended, self.fault, self.wrote = visitor.copy(), number, threading.Event(), None, 0

    def run(self):
        while not self.ended.is_set():
            try:
                self.one()
            except (OSError, http.client.HTTPException):
                time.sleep(random.uniform(0.01, 0.1))
            except AssertionError as fault:
                self.fault = fault
                return

    def ask(self, method, path, data, **options):
        answer = self.visitor.request(method, path, data, **options)
        if answer.status == 503:
            raise OSError("not yet")
        return answer

    def one(self):
        path = self.ask("POST", "/api/v1/announcements", {"title": f"公告 {self.number}"}).expect(201).headers["Location"]
        for event in random.choice([[], ["publish"], ["publish", "withdraw"]]):
            etag = self.ask("GET", path, None).expect(200).etag
            self.ask("POST", f"{path}/events", {"event": event}, if_match=etag).expect(200)
        self.wrote += 1


@pytest.fixture(scope="module")
def place(make_installation):
    installation = make_installation()
    add_platforms(installation, *SLUGS)
    first, second = installation.server("a"), installation.server("b")
    client = lambda host: first.client(host)
    installation.admins = {slug: administrator(installation, client, f"{slug}.localhost", slug, "platform_admin", f"count_{slug}") for slug in SLUGS}
    installation.visitors = []
    for slug, admin in installation.admins.items():
        there = second.client(f"{slug}.localhost")
        there.cookies = dict(admin.cookies)
        installation.visitors += [admin, there]
    return installation


def verify(place, *words):
    return place.ctl("counts", "verify", *words, check=False)


def test_they_are_true_whatever_dies(place):
    writers = [Writer(visitor, i) for i, visitor in enumerate(place.visitors * 2)]
    for writer in writers:
        writer.start()
    try:
        for i in range(KILLS):
            time.sleep(random.uniform(0.3, 1.0))
            assert verify(place) == (0, []), "while people write"
            server = place.servers[i % 2]
            server.kill()
            server.start()
    finally:
        for writer in writers:
            writer.ended.set()
        for writer in writers:
            writer.join()
    assert [writer.fault for writer in writers if writer.fault] == []
    assert sum(writer.wrote for writer in writers) > 20
    assert verify(place) == (0, [])


def test_they_are_read_by_the_desk(place):
    for slug, admin in place.admins.items():
        told = admin.get("/api/v1/counts/announcements").expect(200).json
        listed = admin.get("/api/v1/announcements", query={"counts": "true", "limit": 1}).expect(200).json["counts"]
        assert {phase: number["number"] for phase, number in told["by"].items()} == listed
        assert told["number"] == sum(listed.values())
        assert "announcements" in [count["name"] for record in admin.get("/api/v1/meta").expect(200).json["records"] for count in record.get("counts", [])]


def test_a_difference_is_named_and_set_right(place):
    platform = place.sql("SELECT id FROM tenant WHERE slug = 'lishui'")[0][0]
    place.sql(f"UPDATE record_count SET number = number + 3 WHERE platform_id = {platform} AND bucket = 'draft'")
    code, found = verify(place)
    assert code == 1 and [(fault["platform"], fault["count"], fault["bucket"], fault["kept"] - fault["number"]) for fault in found] \
        == [("lishui", "announcements", "draft", 3)]
    assert verify(place, "zhejiang") == (0, [])
    code, found = verify(place, "lishui", "--repair")
    assert code == 0 and len(found) == 1
    assert verify(place) == (0, [])
    assert verify(place, "nowhere")[0] != 0
