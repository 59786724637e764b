"""What waits or computes for long has a place of its own (core/http/lane.h): it never takes the workers of others, and nobody takes all of it."""

import threading

import pytest

import people
from harness import together
from network import Network


@pytest.fixture(scope="module")
def small(installation):
    """A second server over the same database, with few workers and short queues."""
    server = installation.server("small", settings={"http": {"workers": 2}, "limits": {"password_hashes": 2, "lane_queue": 4, "waits": 4}})
    yield server
    server.stop()


@pytest.fixture(scope="module")
def network(installation, server, sms_server):
    return Network(installation, server, sms_server, ("zhejiang", "lishui"))


def test_one_platform_leaves_room_for_the_next(network, small):
    """Thirty at once try passwords on one platform: some are sent away with a time to come again, and nobody of another platform is."""
    network.desk("zhejiang"), network.desk("lishui")
    visitors = [small.client("lishui.localhost") for _ in range(30)]
    crowd = threading.Thread(target=together, args=(30, lambda i: answers.extend(
        people.sign_in(visitors[i], f"nobody_{i}", "wrong word 9") for _ in range(4))))
    answers, others = [], []
    crowd.start()
    while crowd.is_alive() or not others:
        others.append(people.sign_in(small.client("zhejiang.localhost"), "reviewer_a"))
    crowd.join()
    assert {answer.status for answer in others} == {200}
    turned_away = [answer for answer in answers if answer.status == 503]
    assert {answer.status for answer in answers} == {401, 503} and all(answer.headers["Retry-After"] for answer in turned_away)


def test_those_who_wait_hold_no_worker(network, small):
    """More reads than there are workers wait for what another platform will never write; others are answered before any of them."""
    desk = small.client("lishui.localhost")
    people.sign_in(desk, "reviewer_a").expect(200)
    sql = network.installation.sql
    (other,), (own,) = (sql(f"SELECT id FROM tenant WHERE slug = '{slug}'")[0] for slug in ("zhejiang", "lishui"))
    far, order = 9 * 10 ** 12, []

    def wait(_):
        answer = desk.copy().get("/api/v1/products", headers={"Qilian-After": f"{other}/1/{far}"}).expect(200, 503)
        order.extend(["waited"] if answer.status == 200 else [])  # beyond the account's share: 503
    waiting = threading.Thread(target=together, args=(8, wait))
    sql(f"INSERT INTO log_address (platform_id, seq, reader) VALUES ({other}, {far}, {own})")  # announced, and never there
    waiting.start()
    for _ in range(20):
        small.client("lishui.localhost").get("/api/v1/portal/site").expect(200)
        order.append("answered")
    waiting.join()
    sql(f"DELETE FROM log_address WHERE seq = {far}")
    assert order[:20] == ["answered"] * 20 and "waited" in order, order


def test_what_is_over_its_share_is_said_in_both_languages(network, small):
    visitors = [small.client("lishui.localhost") for _ in range(30)]
    answers = together(30, lambda i: people.sign_in(visitors[i], f"somebody_{i}", "wrong word 9"))
    away = next(answer for answer in answers if answer.status == 503)
    assert away.code == "unavailable" and away.json["zh"] and away.json["en"] and int(away.headers["Retry-After"]) >= 1


def test_who_asks_too_much_is_answered_a_little_later(network, small):
    """Beside somebody who repeats what is refused for being too much, without a pause, others are answered in between."""
    visitor, order = small.client("lishui.localhost"), []
    visitor.keep_alive = True
    visitor.proves = False
    for i in range(6):
        people.sign_in(visitor, "asked_too_much", f"wrong word {i}")

    def repeat():
        for _ in range(2):
            people.sign_in(visitor, "asked_too_much", "wrong word 9").refused(429)
            order.append("refused")
    greedy = threading.Thread(target=repeat)
    greedy.start()
    while greedy.is_alive():
        small.client("zhejiang.localhost").get("/api/v1/portal/site").expect(200)
        order.append("answered")
    greedy.join()
    assert order.count("refused") == 2 and order.count("answered") > 4, order
