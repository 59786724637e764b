"""What happens by itself when nobody says anything: a thousand rows due at once, three servers over one database, one of them killed, and people who
act on some of them meanwhile. Each fires once, or somebody was faster."""

import threading

import pytest

from harness import ROOT, eventually
from network import Network
from test_two_servers import at

ROWS = 1000
LAPSE = """
lifecycles:
  announcement:
    extends: announcement
    transitions:
      lapse: {from: published, to: withdrawn, after: 30, tell_before: 5, tells: [{template: silence_ahead, to: "role:platform_admin"}], zh: 到期撤下, en: Lapse}
"""


@pytest.fixture(scope="module")
def network(installation, server, sms_server):
    return Network(installation, server, sms_server, ("zhejiang", "lishui", "longquan"))


@pytest.fixture(scope="module")
def desk(network, tmp_path_factory):
    """An administrator of Longquan, whose announcements lapse."""
    changed = tmp_path_factory.mktemp("silence") / "longquan.yaml"
    original = (ROOT / "config" / "platforms" / "longquan.yaml").read_text(encoding="utf-8")
    changed.write_text(original + LAPSE, encoding="utf-8")
    network.installation.ctl("platform", "update", changed)
    admin = network.desk("longquan", "platform_admin")
    eventually(lambda: "lapse" in events(admin))
    return admin


def events(visitor):
    record = next(one for one in visitor.get("/api/v1/meta").expect(200).json["records"] if one["name"] == "announcement")
    return {one["event"]: one for one in record["lifecycle"]["transitions"]}


def published(visitor, number):
    made = visitor.post("/api/v1/announcements", {"title": f"公告 {number}"}).expect(201)
    return visitor.post(f"/api/v1/announcements/{made.json['id']}/events", {"event": "publish"}, if_match=made.etag).expect(200).json


def all_of(numbers, work, threads=8):
    """In several threads; the answers in no order."""
    left, done, errors = list(numbers), [], []

    def run():
        while left and not errors:
            try:
                done.append(work(left.pop()))
            except IndexError:
                return
            except BaseException as error:  # noqa: B036 - raised below
                errors.append(error)

    started = [threading.Thread(target=run) for _ in range(threads)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()
    assert not errors, errors
    return done


def fall_due(installation):
    installation.sql("UPDATE silence SET fires_on = CURDATE() - INTERVAL 3 DAY, tells_on = NULL")
    installation.sql("UPDATE job SET run_at = UTC_TIMESTAMP(3) WHERE kind = 'silence'")


def entries(installation, kind):
    return int(installation.sql(f"SELECT COUNT(*) FROM log_entry WHERE kind = 'announcement.{kind}'")[0][0])


def test_people_see_it_and_are_told(network, desk):
    assert (events(desk)["lapse"]["after"], events(desk)["lapse"]["tell_before"]) == (30, 5) and not events(desk)["lapse"]["open_to_me"]
    row = published(desk, 0)
    assert [one["event"] for one in row["silence"]] == ["lapse"] and "lapse" not in [one["event"] for one in row["actions"]]
    desk.post(f"/api/v1/announcements/{row['id']}/events", {"event": "lapse"}, if_match=f'"{row["version"]}"').refused(403)
    network.installation.sql("UPDATE silence SET tells_on = CURDATE() - INTERVAL 1 DAY")
    network.installation.sql("UPDATE job SET run_at = UTC_TIMESTAMP(3) WHERE kind = 'silence'")
    told = lambda: [one for one in desk.get("/api/v1/messages").expect(200).json["items"] if one["record_id"] == row["id"]]
    eventually(told, 10)
    assert "到期撤下" in told()[0]["body"] and row["silence"][0]["on"] in told()[0]["body"]
    assert desk.get(f"/api/v1/announcements/{row['id']}").expect(200).json["phase"] == "active"
    fall_due(network.installation)
    eventually(lambda: desk.get(f"/api/v1/announcements/{row['id']}").expect(200).json["phase"] == "ended", 10)
    history = desk.get(f"/api/v1/announcements/{row['id']}/history").expect(200).json["items"]
    assert history[0]["event"] == "lapse" and len(told()) == 1
    assert network.installation.sql("SELECT COUNT(*) FROM silence") == [["0"]]


@pytest.mark.timeout(300)
def test_a_thousand_at_once_each_once(network, desk, installation, server):
    others = [installation.server("b"), installation.server("c")]
    before = entries(installation, "lapse")
    eventually(lambda: all("lapse" in events(at(desk, one)) for one in others))
    rows = all_of(range(1, ROWS + 1), lambda number: published(at(desk, [server, *others][number % 3]), number))
    assert installation.sql("SELECT COUNT(*) FROM silence") == [[str(ROWS)]]
    fall_due(installation)
    killer = threading.Timer(0.7, others[1].kill)
    killer.start()
    taken = all_of(rows[:60], lambda row: desk.post(f"/api/v1/announcements/{row['id']}/events", {"event": "withdraw"},
                                                    if_match=f'"{row["version"]}"').status, threads=3)
    killer.join()
    eventually(lambda: installation.sql("SELECT COUNT(*) FROM silence") == [["0"]], 120, 0.3)
    by_people = sum(status == 200 for status in taken)
    assert set(taken) <= {200, 409, 412}, taken
    assert entries(installation, "lapse") - before == ROWS - by_people
    twice = installation.sql("SELECT COUNT(*) FROM (SELECT record_id FROM log_entry WHERE kind IN ('announcement.lapse', 'announcement.withdraw') "
                             "GROUP BY record_id HAVING COUNT(*) > 1) x")
    assert twice == [["0"]]
    assert installation.sql("SELECT COUNT(*) FROM announcement WHERE phase <> 'ended'") == [["0"]]
    eventually(lambda: installation.sql("SELECT COUNT(*) FROM job WHERE kind = 'silence'") == [["0"]], 70, 0.5)
    assert all(one["holds"] for one in installation.ctl("log", "verify"))
