"""Chasing of leftovers (HN-2): each desk is told once on each working day what waits there beyond its deadline."""

import datetime

import pytest

from declarations import Declarations
from harness import ROOT, eventually, together
from network import Network

TODAY = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=8)).date()
STAFF = {"one": ("reviewer", "one@example.cn"), "two": ("reviewer", "two@example.cn"), "chief": ("platform_admin", "chief@example.cn"),
         "gone": ("reviewer", "gone@example.cn"), "silent": ("reviewer", None), "system": ("system_admin", "system@example.cn")}
INSTITUTION = "01890000-0000-7000-8000-000000000001"
TOLD = {"one", "two", "chief", "silent"}


class Place(Network):
    def __init__(self, installation, server, sms, folder):
        super().__init__(installation, server, sms, ("zhejiang", "hangzhou", "lishui"))
        self.folder, self.staff = folder, {}
        self.calendar("work")
        self.policy("00:00")
        for name, (role, email) in STAFF.items():
            self.staff[name] = self.desk("lishui", role, name)
            if email:
                self.staff[name].patch("/api/v1/account", {"email": email}).expect(200)
        self.desks["lishui", "reviewer", ""] = self.staff["one"]
        installation.sql("UPDATE account SET state = 'disabled' WHERE email = 'gone@example.cn'")

    def calendar(self, kind, day=TODAY):
        self.installation.ctl("calendar", "put", "zhejiang", day, kind, "测试日")

    def policy(self, chase_at):
        text = (ROOT / "config" / "platforms" / "lishui.yaml").read_text(encoding="utf-8")
        assert "\ndeadlines:" not in text
        changed = self.folder / "lishui.yaml"
        changed.write_text(f'{text}\ndeadlines: {{chase_at: "{chase_at}"}}\n', encoding="utf-8")
        self.installation.ctl("platform", "update", changed)

    def forget(self):
        self.installation.sql("DELETE FROM chase")
        self.installation.sql("DELETE FROM message")

    def chases(self):
        return self.installation.sql("SELECT t.slug, c.count, c.days, c.told FROM chase c JOIN tenant t ON t.id = c.platform_id ORDER BY 1")

    def run_job(self, *servers):
        """The standing job is due at once, and has run when this returns. A server looks when it starts."""
        servers = servers or (self.server,)
        for server in servers:
            server.stop()
        self.installation.sql("UPDATE job_standing SET next_at = '2000-01-01', ran_at = NULL WHERE kind = 'chase'")
        for server in servers:
            server.start()
        eventually(lambda: self.installation.sql("SELECT ran_at IS NOT NULL, failures FROM job_standing WHERE kind = 'chase'") == [["1", "0"]], 20)

    def queued(self):
        """Who was sent a chase by e-mail, in order; every one of them, sent or not."""
        return self.installation.sql("SELECT recipient_name, text FROM notice WHERE template = 'overdue' ORDER BY created_at, recipient_name")

    def messages(self, name):
        rows = self.staff[name].get("/api/v1/messages").expect(200).json["items"]
        return [row["body"] for row in rows if row["title"] == "有逾期事项"]


@pytest.fixture(scope="module")
def place(installation, server, sms_server, tmp_path_factory):
    return Place(installation, server, sms_server, tmp_path_factory.mktemp("chase"))


@pytest.fixture(scope="module")
def late(place):
    """Two cases of which one is two working days old and should have been decided yesterday."""
    cases = []
    for _ in range(2):
        visitor = place.register("lishui", "331102")
        visitor.post("/api/v1/applications", {"platform": "lishui", "statement": "申请入驻", "consent": True}).expect(201)
        cases.append(place.case("lishui", visitor.uscc))
    for back in (1, 2):
        place.calendar("work", TODAY - datetime.timedelta(days=back))
    created = datetime.datetime.combine(TODAY, datetime.time(4)) - datetime.timedelta(days=2)
    place.installation.sql(f"UPDATE entry_case SET due_on = '{TODAY - datetime.timedelta(days=1)}', created_at = '{created}' "
                           f"WHERE number = '{cases[0]['number']}'")
    return cases


@pytest.fixture
def fresh(place, late):
    place.forget()
    place.installation.sql("DELETE FROM notice")
    place.calendar("work")
    place.policy("00:00")
    return place


def test_everybody_who_may_decide_is_told(fresh, smtp):
    fresh.run_job()
    assert fresh.chases() == [["lishui", "1", "2", "4"]]
    for name in ("one", "two", "chief"):
        mail = smtp.wait(STAFF[name][1], subject="有逾期事项")
        assert "有 1 件待办已逾期，最早的已等待 2 个工作日" in mail.text and "丽水" in mail.text, mail.text
    for name in TOLD:
        eventually(lambda: len(fresh.messages(name)) == 1)
        assert "1 件待办已逾期" in fresh.messages(name)[0]
    assert fresh.messages("system") == []
    assert len(fresh.queued()) == 3, fresh.queued()
    assert not [mail for mail in smtp.mails if {"gone@example.cn", "system@example.cn"} & set(mail.recipients)]
    assert fresh.installation.sql("SELECT COUNT(*) FROM log_entry WHERE kind = 'overdue.chased'") == [["1"]]
    # The message leads to the workbench, which shows the same.
    assert fresh.staff["one"].get("/api/v1/messages").json["items"][0]["record_type"] == "workbench"
    assert fresh.staff["one"].get("/api/v1/workbench/counts").expect(200).json["overdue"] == 1
    assert fresh.installation.ctl("overdue", "list") == [{"platform": "lishui", "count": 1, "days": 2, "chased": True}]


def test_once_a_day_over_restarts_and_two_servers(fresh, smtp):
    other = fresh.installation.server("b")
    fresh.run_job(fresh.server, other)
    smtp.wait("one@example.cn")
    fresh.run_job(fresh.server)
    fresh.run_job(other)
    assert [len(fresh.queued()), fresh.chases()] == [3, [["lishui", "1", "2", "4"]]]
    assert fresh.installation.ctl("overdue", "chase", "lishui") == {"count": 1, "days": 2, "told": 0}
    other.stop()


def test_of_many_at_once_one_tells(fresh):
    answers = together(6, lambda i: fresh.installation.ctl("overdue", "chase", "lishui"))
    assert sorted(answer["told"] for answer in answers) == [0, 0, 0, 0, 0, 4], answers
    assert len(fresh.queued()) == 3


def test_again_on_the_next_day_until_it_is_decided(fresh):
    fresh.run_job()
    fresh.installation.sql("UPDATE chase SET day = day - INTERVAL 1 DAY")
    fresh.run_job()
    assert len(fresh.queued()) == 6 and len(fresh.chases()) == 2


def test_not_on_a_holiday(fresh):
    fresh.calendar("rest")
    fresh.run_job()
    assert fresh.chases() == [] and fresh.queued() == []
    # The day does not count for the age either, and who asks for it is heard all the same.
    assert fresh.installation.ctl("overdue", "chase", "lishui") == {"count": 1, "days": 1, "told": 4}


@pytest.mark.parametrize("chase_at", ["off", "23:59"])
def test_not_before_its_time_and_not_when_it_is_off(fresh, chase_at):
    fresh.policy(chase_at)
    fresh.run_job()
    assert fresh.chases() == [] and fresh.queued() == []


def test_a_claim_hides_nothing(fresh, late):
    fresh.staff["one"].post(f"/api/v1/cases/{late[0]['id']}/claim", {}).expect(200)
    assert fresh.staff["two"].get("/api/v1/workbench/counts").expect(200).json["overdue"] == 0
    assert fresh.staff["one"].get("/api/v1/workbench/counts").expect(200).json["overdue"] == 1
    fresh.run_job()
    assert fresh.chases() == [["lishui", "1", "2", "4"]]
    fresh.staff["one"].post(f"/api/v1/cases/{late[0]['id']}/release", {}).expect(200)


def test_nobody_to_tell_does_not_spend_the_day(fresh):
    people_of = "UPDATE account a JOIN account_role r ON r.account_id = a.id SET a.state = '%s' WHERE r.role IN ('reviewer', 'platform_admin') AND a.state = '%s'"
    fresh.installation.sql(people_of % ("closed", "active"))
    fresh.run_job()
    assert fresh.chases() == []
    fresh.installation.sql(people_of % ("active", "closed"))
    fresh.run_job()
    assert fresh.chases() == [["lishui", "1", "2", "4"]]


# What the desk of Hangzhou would have to do, of each kind that the workbench counts.
KINDS = {
    "entry_case": ("entry_case", "phase = 'waiting'"),
    "listing": ("listing", "phase = 'waiting'"),
    "listing_inspection": ("listing", "phase = 'active', step = 'inspection'"),
    "supplement": ("supplement", "state = 'open', addressee = 'city', to_platform = platform_id"),
    "supplement_lapsed": ("supplement", "state = 'open', addressee = 'institution', home_id = platform_id"),
    "correction": ("correction", "phase = 'waiting'"),
    "transfer": ("transfer", "phase = 'waiting'"),
    "demand": ("demand", "phase = 'waiting'"),
    "complaint": ("complaint", "phase = 'waiting'"),
    "certification": ("certification", "phase = 'waiting'"),
    "order_ending_desk": ("order_ending", "phase = 'desk', step = 'desk'"),
    "review_appeal": ("review", "phase = 'hidden', step = 'appealed'"),
}
NEVER_LATE = ["identity_request", "supplement_answered"]  # no day is set for it, or no longer


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_work_counts(place, late, kind):
    desk, sql = place.desk("hangzhou"), place.installation.sql
    counted = [one["type"] for one in desk.get("/api/v1/workbench/counts").expect(200).json["types"]]
    assert sorted(counted) == sorted([*KINDS, *NEVER_LATE]), "a kind of work that this test does not know: is it in workbench_late_platforms()?"
    platform = int(sql("SELECT id FROM tenant WHERE slug = 'hangzhou'")[0][0])
    declarations, (table, values) = Declarations(), KINDS[kind]
    record = next(record for record in declarations.records if record.table == table)
    row = declarations.seed(place.installation, record, platform, INSTITUTION, "chased").hex
    chased = lambda: [one["count"] for one in place.installation.ctl("overdue", "list") if one["platform"] == "hangzhou"]
    if kind == "supplement_lapsed":  # of a case that waits for it
        case = declarations.seed(place.installation, next(one for one in declarations.records if one.table == "entry_case"), platform, INSTITUTION, "waits").hex
        sql(f"UPDATE entry_case SET phase = 'supplement', step = 'supplement' WHERE id = UNHEX('{case}')")
        values += f", case_id = UNHEX('{case}')"
    sql(f"UPDATE {table} SET {values}, due_on = '{TODAY}' WHERE id = UNHEX('{row}')")
    assert chased() == []
    sql(f"UPDATE {table} SET due_on = '{TODAY - datetime.timedelta(days=1)}' WHERE id = UNHEX('{row}')")
    assert chased() == [1]
    assert desk.get("/api/v1/workbench/counts").expect(200).json["overdue"] == 1
    sql(f"DELETE FROM {table} WHERE id = UNHEX('{row}')")


def test_nothing_overdue_and_no_notice(fresh):
    fresh.installation.sql(f"UPDATE entry_case SET due_on = '{TODAY}' WHERE due_on < '{TODAY}'")
    fresh.run_job()
    assert fresh.chases() == [] and fresh.queued() == [] and fresh.installation.ctl("overdue", "list") == []
    assert fresh.installation.ctl("overdue", "chase", "lishui") == {"count": 0, "days": 0, "told": 0}
    code, _ = fresh.installation.ctl("overdue", "chase", "nowhere", check=False)
    assert code == 1
