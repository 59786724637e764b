"""While the database stands still or is gone: 503 with Retry-After at once, no worker held, one that looks; and work as soon as it is back."""

import os
import signal
import time

import pytest

import people
from harness import eventually, together
from network import Network

AT_ONCE = 0.5  # seconds; a request may last 15
BACK = 2.0     # a few look-ups and this machine's load; what is measured stands in docs/benchmarks.md


@pytest.fixture(scope="module")
def network(installation, server, sms_server):
    return Network(installation, server, sms_server, ("zhejiang", "lishui"))


def gauge(server, name):
    lines = server.admin("/metrics").expect(200).text.splitlines()
    return int(next(line for line in lines if line.startswith(f"{name} ")).split()[1])


def timed(visitor, method, path, *words, **options):
    begin = time.monotonic()
    answer = visitor.copy().request(method, path, *words, **options)
    return answer, time.monotonic() - begin


def refuses_at_once(network, server, desk):
    """Reads, writes, sign-in and visitors, more of them than there are workers."""
    asks = [lambda: timed(desk, "GET", "/api/v1/account"), lambda: timed(desk, "GET", "/api/v1/case-queue"),
            lambda: timed(desk, "POST", "/api/v1/announcements", {"title": "无库", "body": "…"}),
            lambda: timed(network.visit("lishui"), "POST", "/api/v1/auth/sign-in", {"login": "nobody", "password": people.PASSWORD}),
            lambda: timed(network.visit("zhejiang"), "GET", "/api/v1/portal/listings", query={"q": "x"})]
    answers = together(20, lambda i: asks[i % len(asks)]())
    assert {answer.status for answer, _ in answers} == {503}, [answer.status for answer, _ in answers]
    assert all(int(answer.headers["Retry-After"]) <= 2 for answer, _ in answers)
    assert max(seconds for _, seconds in answers) < AT_ONCE * 4, answers  # twenty at one moment
    answer, seconds = timed(desk, "GET", "/api/v1/account")
    assert answer.status == 503 and seconds < AT_ONCE
    assert server.admin("/readyz").status == 503 and server.admin("/healthz").status == 200
    assert gauge(server, "qilian_database_hosts_answering") == 0 and gauge(server, "qilian_workers_busy") == 0


def works_again(network, desk, since):
    eventually(lambda: desk.get("/api/v1/account").status == 200, 20)
    took = time.monotonic() - since
    assert took < BACK, took
    network.visit("lishui").get("/api/v1/portal/site").expect(200)


def test_a_database_that_stands_still(network, server, mariadb):
    desk = network.desk("lishui")
    desk.get("/api/v1/account").expect(200)
    os.kill(mariadb.child.pid, signal.SIGSTOP)
    try:
        eventually(lambda: gauge(server, "qilian_database_hosts_answering") == 0, 5)
        refuses_at_once(network, server, desk)
    finally:
        os.kill(mariadb.child.pid, signal.SIGCONT)
    works_again(network, desk, time.monotonic())


def test_requests_that_it_caught_under_way(network, server, mariadb):
    """They end when it is known, not when their time is over."""
    desk = network.desk("lishui")
    desk.get("/api/v1/account").expect(200)
    os.kill(mariadb.child.pid, signal.SIGSTOP)
    try:
        answers = together(6, lambda i: timed(desk, "GET", "/api/v1/case-queue"))
    finally:
        os.kill(mariadb.child.pid, signal.SIGCONT)
    assert {answer.status for answer, _ in answers} == {503} and max(seconds for _, seconds in answers) < 4, answers
    works_again(network, desk, time.monotonic())


def test_a_database_that_is_gone(network, server, mariadb):
    desk = network.desk("lishui")
    desk.get("/api/v1/account").expect(200)
    mariadb.kill()
    eventually(lambda: gauge(server, "qilian_database_hosts_answering") == 0, 5)
    refuses_at_once(network, server, desk)
    mariadb.start()
    works_again(network, desk, time.monotonic())
    said = [line for line in server.log.read_text(errors="replace").splitlines() if "database host" in line]
    assert 2 <= len(said) <= 2 * 3 + 2, said  # told when it changes, not at every look
