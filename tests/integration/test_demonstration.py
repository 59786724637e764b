"""The demonstration with its past: a year told through the API while the clock of its database is moved on from day to day."""

import datetime
import subprocess
import sys

import pytest
from harness import BUILD, ROOT
from harness.client import Client
from harness.server import Installation
from mariadb import MariaDB

sys.path.insert(0, str(ROOT / "tools" / "demo"))
import past  # noqa: E402

pytestmark = pytest.mark.timeout(600)  # a whole year


@pytest.fixture(scope="module")
def told(folder, smtp_server, sms_server):
    """(installation, port, password), the clock set right again."""
    assert past.library(), "libfaketime is missing: tools/packages.txt"
    clock = folder / "past"
    past.write(clock, 0)
    database = MariaDB(folder / "mariadb-past", buffer_pool="64M", env=past.environment(clock))
    database.initialise()
    database.start()
    made = Installation(database, folder / "past-installation", "qilian_past", smtp_server, sms_server, {"mode": "demonstration"})
    try:
        made.ctl("migrate")
        running = made.server()
        port = running.port
        password = made.folder / "demo-password"
        done = subprocess.run([ROOT / "tools" / "demo" / "load.py", "--settings", made.settings, "--ctl", BUILD / "tools" / "qilianctl",
                               "--port", str(port), "--password-file", password, "--clock", clock, "--admin-port", str(running.admin_port)],
                              stderr=subprocess.PIPE, text=True)
        assert done.returncode == 0, done.stderr[-3000:]
        yield made, port, password.read_text().strip()
    finally:
        made.close()
        database.stop(20)


@pytest.fixture(scope="module")
def desk(told):
    _, port, password = told

    def sign_in(platform, user):
        client = Client(port, f"{platform}.localhost")
        client.post("/api/v1/auth/sign-in", {"login": user, "password": password}).expect()
        return client

    return sign_in


def rows(client, path, **query):
    return client.get(f"/api/v1/{path}", query={"limit": 200, **query}).expect().json["items"]


def days_ago(text):
    return (datetime.datetime.now(datetime.timezone.utc) - datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))).days


def test_a_year_has_gone_by_in_all_that_clerks_see(desk):
    province = desk("zhejiang", "reviewer")
    figures = province.get("/api/v1/figures").expect().json
    assert len(figures["months"]) >= 8 and len({row["days"] for row in figures["decisions"]}) >= 4, figures
    cases = rows(province, "case-queue")
    assert {row["phase"] for row in cases} >= {"waiting", "supplement", "approved", "refused", "withdrawn"}
    assert max(days_ago(row["created_at"]) for row in cases) > 300 and min(days_ago(row["created_at"]) for row in cases) < 5
    assert {row["phase"] for row in rows(province, "invitations")} >= {"redeemed", "expired", "revoked"}
    assert figures["overdue"]["cases"] >= 1


def test_every_platform_has_its_administrators(desk):
    for platform in ("zhejiang", "hangzhou", "lishui", "longquan", "suichang", "hunan", "changsha", "changsha-cluster"):
        for user in ("admin", "reviewer", "system", "security", "audit"):
            desk(platform, user)


def test_one_institution_is_on_four_platforms_and_its_products_wait_at_one(desk):
    owner = desk("lishui", "lishui0010")
    assert {row["home"] for row in rows(owner, "memberships", phase="active")} >= {"lishui", "zhejiang", "suichang", "hangzhou"}
    reviewer = desk("suichang", "reviewer")
    waiting = rows(reviewer, "listings", phase="waiting")
    assert len(waiting) >= 2
    for row, event in zip(waiting, ({"event": "approve"}, {"event": "return", "reason": "请补充收费说明。"})):
        reviewer.post(f"/api/v1/listings/{row['id']}/events", event, if_match=row["version"]).expect()


def test_its_logs_and_counts_hold(told):
    made = told[0]
    made.ctl("log", "verify")
    made.ctl("counts", "verify")


def test_its_sign_in_pages_name_its_accounts_and_no_other_does(told):
    _, port, _ = told
    items = Client(port, "lishui.localhost").get("/api/v1/auth/demonstration").expect().json["items"]
    assert {"admin", "reviewer", "system", "security", "audit", "lishui0010", "lishui2001"} <= {item["login"] for item in items}
    assert all(item["role"] for item in items)


def test_no_other_platform_names_accounts(server, installation):
    from people import add_platforms
    add_platforms(installation, "zhejiang")
    Client(server.port, "zhejiang.localhost").get("/api/v1/auth/demonstration").refused(404)


def test_what_desks_tell_has_come_and_gone(desk):
    lishui = desk("lishui", "admin")
    for plural, state, wanted in (("event-notices", "state", {"open", "closed"}), ("project-calls", "state", {"open", "closed"}),
                                  ("regulations", "validity", {"open", "closed"})):
        assert {row[state] for row in rows(lishui, plural)} >= wanted, plural
    assert {row["phase"] for row in rows(lishui, "event-registrations")} == {"registered", "attended", "ended"}
    assert any(row["seats"] == row["registered"] and row["state"] == "open" for row in rows(lishui, "event-notices")), "one is full"
    province = rows(desk("zhejiang", "admin"), "event-notices", home="copies")
    assert [row["home"] for row in province] == ["lishui"] and any(row["home"] == "zhejiang" for row in rows(lishui, "event-notices", home="copies"))


def test_trade_shows_life_on_the_first_day(told, desk):
    """Orders on every step of their course, what hangs on them, and scores that are what their rows say."""
    made, _, _ = told
    city = desk("lishui", "reviewer")
    assert {row["step"] for row in rows(city, "orders")} >= {"applied", "in_service", "delivered", "completed", "approved", "closed", "agreed"}
    assert any(row["approved_by"] == "silence" for row in rows(city, "orders"))
    assert {row["phase"] for row in rows(city, "reviews")} >= {"waiting", "sealed", "shown"}
    complaints = rows(city, "complaints")
    assert {row["step"] for row in complaints} >= {"filed", "mediation", "answered", "closed"} and {row["solved"] for row in complaints} >= {"yes", "no"}
    assert any(row["due_on"] and row["phase"] == "waiting" and days_ago(row["due_on"] + "T00:00:00Z") > 0 for row in complaints), "one is overdue"
    assert {row["step"] for row in rows(city, "order-changes")} >= {"agreed", "proposed"} and {row["kind"] for row in rows(city, "order-payments")} == {"payment"}
    assert len({row["score"] for row in rows(city, "reviews", phase="shown", side="buyer")}) >= 3
    made.ctl("score", "verify")
