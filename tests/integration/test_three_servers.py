"""Three qiliands over one database under load: each entry is read once, none is left, and nobody takes another server's work for a reset. What
to do after a real one; that reading again changes nothing; a database that was restored."""

import threading
import time

import pytest

import people
from harness import LONG, eventually
from network import Network
from test_publication import create, publish
from test_two_servers import at

SECONDS = 600 if LONG else 6
PLATFORMS = ("zhejiang", "hangzhou", "lishui")
pytestmark = pytest.mark.timeout(240 + 2 * SECONDS)


@pytest.fixture(scope="module")
def network(installation, server, sms_server):
    return Network(installation, server, sms_server, PLATFORMS)


@pytest.fixture(scope="module")
def servers(network, installation, server):
    return [server, installation.server("b"), installation.server("c")]


@pytest.fixture(scope="module")
def members(network, servers):
    made = [network.member("lishui", "331102"), network.member("hangzhou", "330102")]
    network.join(made[0], "hangzhou")
    network.join(made[1], "lishui")
    return made


def pairs(network):
    return network.installation.ctl("federation", "status")


def settled(network, patience=60):
    eventually(lambda: all(one["state"] == "current" and one["lag"] == 0 for one in pairs(network)), patience, 0.3)


def idle(network):
    """What was applied last has sent its notices too."""
    eventually(lambda: network.installation.sql("SELECT COUNT(*) FROM job WHERE parked = 0") == [["0"]], 20, 0.2)


def resets(server):
    lines = server.admin("/metrics").expect(200).text.splitlines()
    return int(next(line for line in lines if line.startswith("qilian_federation_reset_pairs ")).split()[1])


def edit(member, text):
    own = member.get("/api/v1/institution").expect(200)
    return member.patch(f"/api/v1/institutions/{own.json['id']}", {"introduction": text}, if_match=own.etag)


def test_nothing_is_left_and_nothing_taken_for_a_reset(network, members, servers):
    until, made, errors = time.monotonic() + SECONDS, [], []

    def work(number):
        member, turn = members[number % 2], 0
        try:
            while time.monotonic() < until:
                there = at(member, servers[(number + turn) % 3])
                product = create(there, name=f"并发 {number}-{turn}")
                publish(at(member, servers[(number + turn + 1) % 3]), [product], ["hangzhou", "lishui"])
                edit(at(member, servers[(number + turn + 2) % 3]), f"第 {turn} 版").expect(200, 412)
                made.append(product["id"])
                turn += 1
        except BaseException as error:  # noqa: B036 - raised below
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    seen = 0
    while any(thread.is_alive() for thread in threads):
        seen += sum(one["state"] == "reset" for one in pairs(network))
        time.sleep(0.5)
    for thread in threads:
        thread.join()
    assert not errors, errors
    settled(network)
    assert seen == 0 and [resets(server) for server in servers] == [0, 0, 0]
    live = network.installation.sql("SELECT COUNT(DISTINCT platform_id, product_id) FROM listing WHERE platform_id = home_id AND live = 1")
    assert live == [[str(2 * len(made))]], (live, len(made))
    assert network.installation.ctl("federation", "verify")["faults"] == 0
    assert all(one["holds"] for one in network.installation.ctl("log", "verify"))


def test_a_pair_that_was_reset_is_bad_everywhere_until_it_is_decided(network, members, servers):
    """Even one that was called so by mistake: whoever decides loses nothing by it."""
    settled(network)
    installation = network.installation
    hangzhou, lishui = (installation.sql(f"SELECT id FROM tenant WHERE slug = '{slug}'")[0][0] for slug in ("hangzhou", "lishui"))
    installation.sql(f"UPDATE log_cursor SET reset_at = UTC_TIMESTAMP(3), error = '?' WHERE platform_id = {hangzhou} AND source = {lishui}")
    products = [create(members[0], name=f"停读之时 {i}") for i in range(5)]
    publish(members[0], products, ["hangzhou"])
    eventually(lambda: [resets(server) for server in servers] == [1, 1, 1], 5, 0.2)
    time.sleep(1)
    unread = next(one for one in pairs(network) if one["reader"] == "hangzhou" and one["source"] == "lishui")
    assert unread["state"] == "reset" and unread["lag"] >= 5, unread
    code, graded = installation.ctl("doctor", check=False)
    assert code == 1 and next(one for one in graded if one["check"] == "readers")["grade"] == "bad"
    code, verified = installation.ctl("federation", "verify", "--repair", check=False)
    assert code == 1 and [(one["reader"], one["source"]) for one in verified["resets"]] == [("hangzhou", "lishui")]
    decided = installation.ctl("federation", "follow", "hangzhou", "lishui")
    assert decided["from_start"] is False
    settled(network)
    live = installation.sql(f"SELECT COUNT(*) FROM listing WHERE platform_id = {hangzhou} AND live = 1 AND name LIKE '停读之时%'")
    assert live == [["5"]]
    assert installation.ctl("federation", "verify")["faults"] == 0
    eventually(lambda: [resets(server) for server in servers] == [0, 0, 0], 5, 0.2)


def test_a_cursor_knows_the_entry_where_it_is(network, members, servers):
    """By it a log that has grown again past the cursor is told from the one that was read (test_restore.py)."""
    settled(network)
    installation = network.installation
    assert installation.sql("SELECT COUNT(*) FROM log_cursor WHERE seen_seq IS NULL OR seen_at IS NULL") == [["0"]]
    wrong = installation.sql("SELECT COUNT(*) FROM log_cursor c JOIN log_entry e ON e.platform_id = c.source AND e.seq = c.seen_seq WHERE e.at <> c.seen_at")
    assert wrong == [["0"]]


KEPT = ("institution", "qualification", "membership", "listing", "supplement", "entry_case", "case_source", "application", "recommendation",
        "invitation", "correction", "product", "product_count", "identity", "message")


def key(table):
    return {"product_count": "HEX(institution_id)", "identity": "uscc"}.get(table, "HEX(id)")


def digests(installation):
    tables = {row[0] for row in installation.sql("SHOW TABLES")}
    restless = {"updated_at", "home_seq", "due_on"}
    found = {}
    for table in KEPT:
        if table not in tables:
            continue
        columns = [row[0] for row in installation.sql(f"SHOW COLUMNS FROM {table}") if row[0] not in restless and "_sealed" not in row[0]]
        sums = ", ".join(f"SUM(CRC32(CONCAT_WS('|', HEX(id), IFNULL(HEX(`{column}`), '-'))))" for column in columns).replace("HEX(id)", key(table))
        found[table] = dict(zip(["rows", *columns], installation.sql(f"SELECT COUNT(*), {sums} FROM {table}")[0]))
    found["notice"] = {"rows": installation.sql("SELECT COUNT(*) FROM notice")[0][0]}
    return found


def test_reading_all_again_changes_nothing(network, members, servers):
    """Recommendation, case with a supplement, refusal, invitation, correction, publication, leaving: all that crosses platforms, read twice."""
    installation = network.installation
    one, two = network.member("lishui", "331102"), network.member("hangzhou", "330102")
    network.recommend("lishui", one).expect(201)
    network.recommend("hangzhou", two).expect(201)
    network.approve("zhejiang", network.case("zhejiang", one.uscc))
    network.fire("zhejiang", network.case("zhejiang", two.uscc), "refuse", reason="条件不足").expect(200)
    eventually(lambda: network.standing(one, "zhejiang") == "active", 10)
    product = create(one, name="读两遍")
    publish(one, [product], ["lishui", "zhejiang"])
    invited = network.register("lishui", "331102")
    code = installation.ctl("invite", "--platform", "zhejiang", "--uscc", invited.uscc, "--name", "读两遍的机构", "--mobile", invited.mobile)["code"]
    invited.post("/api/v1/invitations/redeem", {"code": code, "consent": True}).expect(200)
    edit(one, "读两遍").expect(200)
    settled(network)
    idle(network)
    before = digests(installation)
    installation.sql("UPDATE log_cursor SET seq = 0, seen_at = NULL")
    eventually(lambda: max(one["lag"] for one in pairs(network)) > 0 or True)
    edit(one, "读三遍").expect(200)  # heads move: everybody looks
    edit(one, "读两遍").expect(200)
    settled(network)
    idle(network)
    after = digests(installation)
    edited = {("institution", "version"), ("product_count", "home_seq")}
    edited |= {("invitation", "delivery"), ("invitation", "version"), ("invitation", "updated_at")}  # its message may still be on its way
    differing = {(table, column): (value, after[table][column]) for table, columns in before.items() for column, value in columns.items()
                 if value != after[table][column] and (table, column) not in edited}
    assert not differing
    assert installation.ctl("federation", "verify")["faults"] == 0


def test_a_restored_database_begins_a_new_epoch(network, members, servers):
    """Numbers given after the backup are not given again, and what reads the logs goes on."""
    settled(network)
    installation = network.installation
    before = int(create(members[0], name="恢复前")["number"].rsplit("-", 1)[1])
    told = installation.ctl("log", "new-epoch", "--skip", "50")
    assert set(told["epochs"]) == set(PLATFORMS) and set(told["epochs"].values()) == {2} and told["series"] > 0
    product = create(members[0], name="恢复后")
    assert int(product["number"].rsplit("-", 1)[1]) == before + 51
    publish(members[0], [product], ["hangzhou"])
    settled(network)
    assert [resets(server) for server in servers] == [0, 0, 0]
    assert installation.sql("SELECT DISTINCT epoch FROM log_cursor") == [["2"]]
    assert installation.sql("SELECT COUNT(*) FROM log_entry WHERE kind = 'log.restored' AND epoch = 2") == [["3"]]
    assert all(one["holds"] for one in installation.ctl("log", "verify"))
    for wrong in ("-1", "1.5", "x", "1000001", ""):
        assert installation.ctl("log", "new-epoch", "--skip", wrong, check=False)[0] in (1, 2)
    installation.ctl("log", "new-epoch", "--skip", "0")  # on idle logs: seen at once
    settled(network)
    eventually(lambda: installation.sql("SELECT DISTINCT epoch FROM log_cursor") == [["3"]], 5)


def test_an_epoch_raised_under_an_idle_reader_is_seen(network, members, servers):
    """Without a single entry more: by tables restored apart, or by hand."""
    settled(network)
    installation = network.installation
    lishui = installation.sql("SELECT id FROM tenant WHERE slug = 'lishui'")[0][0]
    installation.sql(f"UPDATE head SET epoch = epoch + 1 WHERE platform_id = {lishui}")
    eventually(lambda: {one["state"] for one in pairs(network) if one["source"] == "lishui" and one["reader"] != "lishui"} == {"reset"}, 5, 0.2)
    for one in pairs(network):
        if one["state"] == "reset":
            assert installation.ctl("federation", "follow", one["reader"], one["source"])["from_start"] is False
    settled(network)
    assert installation.ctl("federation", "verify")["faults"] == 0
