"""Whose clock counts: the database's. It is moved under running servers (libfaketime), which is the same as theirs being off."""

import glob
import os
import re

import pytest
from harness.client import Client
from harness.wait import eventually
from mariadb import MariaDB

from harness.server import Installation
from people import LISHUI, PASSWORD, add_platforms, administrator, ask_code, register, sign_in
from test_institutions import uscc

FAKE = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")


class Clock:
    """The clock of a MariaDB of its own, ahead by so many seconds."""

    def __init__(self, path):
        self.path = path
        self.set(0)

    def set(self, seconds):
        unfinished = self.path.with_suffix(".new")
        unfinished.write_text(f"{seconds:+d}\n")
        os.replace(unfinished, self.path)


@pytest.fixture(scope="module")
def clock(folder):
    assert FAKE, "libfaketime is missing: tools/packages.txt"
    return Clock(folder / "clock")


@pytest.fixture(scope="module")
def place(folder, clock, smtp_server, sms_server):
    database = MariaDB(folder / "mariadb-clock", buffer_pool="64M", env={
        "LD_PRELOAD": FAKE[0], "FAKETIME_TIMESTAMP_FILE": str(clock.path), "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"})
    database.initialise()
    database.start()
    made = Installation(database, folder / "clock-installation", "qilian_clock", smtp_server, sms_server)
    try:
        made.ctl("migrate")
        add_platforms(made, "zhejiang", "lishui")
        made.server()
        yield made
    finally:
        made.close()
        database.stop(20)


@pytest.fixture
def visit(place):
    return lambda host, **options: Client(place.servers[0].port, host, **options)


def notes(place):
    answer = place.servers[0].admin("/readyz")
    assert answer.status == 200  # all servers would go at once, and none is better off
    return answer.text.strip().split("\n")


def clock_note(place):
    return " ".join(line for line in notes(place) if line.startswith("clock:"))


def off(place):
    return int(re.search(r"^qilian_clock_off_seconds (-?\d+)$", place.servers[0].admin("/metrics").text, re.M).group(1))


def lives(place, visit, sms, number):
    """What hangs on time: codes, sessions, keys, notices, jobs."""
    person = register(visit, sms, LISHUI, uscc(990000 + number), f"1372000{number:04d}", f"hours{number:04d}")
    other = visit(LISHUI)
    sign_in(other, f"hours{number:04d}").expect(200)
    for visitor in (person, other):
        visitor.get("/api/v1/institution").expect(200)
    tag = other.get("/api/v1/institution").etag
    path = f"/api/v1/institutions/{person.institution_id}"
    once = other.patch(path, {"introduction": f"第 {number} 次"}, if_match=tag, key=f"the-clock-{number}").expect(200)
    again = other.patch(path, {"introduction": f"第 {number} 次"}, if_match=tag, key=f"the-clock-{number}").expect(200)  # replayed, not refused as stale
    assert again.etag == once.etag
    other.patch(path, {"introduction": "另一件事"}, if_match=once.etag, key=f"the-clock-{number}").refused(422)
    [[ran]] = place.sql("SELECT COUNT(*) FROM job_standing WHERE ran_at > UTC_TIMESTAMP() - INTERVAL 10 SECOND AND ran_at <= UTC_TIMESTAMP(3)")
    assert int(ran) >= 1


def doctor(place):
    return {one["check"]: one for one in place.ctl("doctor", check=False)[1]}


def test_the_database_s_clock_counts(place, clock, visit, sms):
    """A server that was a day ahead signed everybody out and forgot every Idempotency-Key; one behind ignored them."""
    lives(place, visit, sms, 1)
    assert notes(place) == ["ready"] and abs(off(place)) <= 1 and doctor(place)["clock"]["grade"] == "ok"
    for number, seconds, word in ((2, 86400, "behind"), (3, -86400, "ahead of"), (4, 3600, "behind"), (5, 0, None)):
        clock.set(seconds)
        eventually(lambda: word in clock_note(place) if word else not clock_note(place), 20)
        lives(place, visit, sms, number)  # each step back was a clock that was ahead: jobs and notices go on all the same
        eventually(lambda: abs(off(place) + seconds) <= 2, 20)
        seen = doctor(place)["clock"]
        assert seen["grade"] == ("mind" if word else "ok") and (word or "agrees") in seen["en"], seen


def test_a_kind_of_work_that_is_stuck_is_told(place, clock):
    place.sql("UPDATE job_standing SET failures = 7, next_at = UTC_TIMESTAMP(3) + INTERVAL 5 MINUTE WHERE kind = 'invitation'")
    eventually(lambda: any("invitation" in line and "7 times" in line for line in notes(place)), 20)
    assert 'qilian_job_stuck{kind="invitation"} 1' in place.servers[0].admin("/metrics").text
    assert any(one["check"] == "work" and "invitation" in one["en"] and one["grade"] == "mind" for one in place.ctl("doctor", check=False)[1])
    place.sql("UPDATE job_standing SET next_at = UTC_TIMESTAMP(3) WHERE kind = 'invitation'")
    eventually(lambda: not any("invitation" in line for line in notes(place)), 20)


def test_doctor_sees_what_others_can_read_and_change(place, folder):
    assert doctor(place)["permissions"]["grade"] == "ok"
    keys = folder / "keys-for-all"
    keys.write_text("\n")
    keys.chmod(0o644)
    settings = place.settings
    for mode, check in ((0o646, "settings"), (0o600, None)):
        settings.chmod(mode)
        found = doctor(place)
        assert (found["settings"]["grade"] == "bad" if check else "settings" not in found), found
    code, found = place.ctl("doctor", check=False, env={"QILIAN_SMTP_PASSWORD_FILE": str(keys)})
    assert code == 1 and any(one["check"] == "secrets" and one["grade"] == "bad" and str(keys) in one["en"] for one in found)
    keys.chmod(0o600)
    assert not any(one["check"] == "secrets" for one in place.ctl("doctor", check=False, env={"QILIAN_SMTP_PASSWORD_FILE": str(keys)})[1])
