"""Reading logs: positions, poison entries, copies against their homes and their repair, the command line."""

import pytest

from harness import eventually
from network import Network, uscc


@pytest.fixture(scope="module")
def network(installation, server, sms_server):
    return Network(installation, server, sms_server)


def pair(network, reader, source):
    found = [one for one in network.installation.ctl("federation", "status") if one["reader"] == reader and one["source"] == source]
    return found[0] if found else None


def platform_id(network, slug):
    return network.installation.sql(f"SELECT id FROM tenant WHERE slug = '{slug}'")[0][0]


def test_copies_equal_their_homes_and_are_repaired_when_they_do_not(network):
    institution = network.member("lishui", "331102")
    network.recommend("lishui", institution).expect(201)
    network.approve("zhejiang", network.case("zhejiang", institution.uscc))
    eventually(lambda: network.standing(institution, "zhejiang") == "active")
    eventually(lambda: all(one["lag"] == 0 for one in network.installation.ctl("federation", "status")))
    good = network.installation.ctl("federation", "verify")
    assert good["faults"] == 0 and {line["table"] for line in good["lines"]} >= {"institution", "membership"}
    network.installation.sql("UPDATE institution SET introduction = '被改' WHERE platform_id <> home_id")
    network.installation.sql("DELETE FROM membership WHERE platform_id <> home_id")
    code, bad = network.installation.ctl("federation", "verify", check=False)
    assert code == 1 and bad["faults"] > 0, bad
    assert network.installation.ctl("federation", "verify", "--repair")["sent"] > 0
    eventually(lambda: network.installation.ctl("federation", "verify", check=False)[1]["faults"] == 0, 10, 0.2)


def test_a_request_is_followed_to_its_entry_and_to_whoever_reads_it(network):
    """The number in the answer, in the access log, and what every reader has done with that entry."""
    institution = network.member("lishui", "331102")
    row = institution.get(f"/api/v1/institutions/{institution.institution_id}")
    answer = institution.patch(f"/api/v1/institutions/{institution.institution_id}", {"introduction": "新介绍"}, if_match=row.etag).expect(200)
    origin, epoch, seq = answer.headers["qilian-position"].rsplit("/", 2)
    assert (origin, epoch) == ("zhejiang/lishui", "1")  # a name that any server understands
    [line] = eventually(lambda: network.server.lines(at="access", request=answer.headers["x-request-id"]))
    assert str(line["entry"]) == seq and str(line["platform"]) == platform_id(network, "lishui")
    shown = eventually(lambda: (one := network.installation.ctl("log", "show", "lishui", seq)) and all(r["state"] == "read" for r in one["readers"]) and one)
    assert shown["kind"] == "institution.profile" and shown["audience"] == "addressed"
    assert {r["reader"] for r in shown["readers"]} >= {"zhejiang"}
    code, text = network.installation.ctl("log", "show", "lishui", "999999", check=False)
    assert code == 1
    assert network.installation.ctl("log", "show", "nowhere", "1", check=False)[0] == 1


def test_a_position_is_carried_by_name(network):
    """What one writes here can be read there at once; open pages may still hold a number, and an unknown log is not waited for."""
    institution = network.member("lishui", "331102")
    for n in range(3):
        row = institution.get(f"/api/v1/institutions/{institution.institution_id}")
        answer = institution.patch(f"/api/v1/institutions/{institution.institution_id}", {"introduction": f"第 {n} 版"}, if_match=row.etag).expect(200)
        position = answer.headers["qilian-position"]
        if n == 2:
            position = f"{platform_id(network, 'lishui')}/{position.split('/', 2)[2]}"
        seen = network.desk("zhejiang").get(f"/api/v1/institutions/{institution.institution_id}", headers={"Qilian-After": position}).expect(200)
        assert seen.json["introduction"] == f"第 {n} 版"
    for words, status in (("elsewhere.example/log/1/5", 200), ("zhejiang/lishui/1/x", 400), ("zhejiang/lishui/1", 400), ("/1/1", 400), ("0/1/1", 400)):
        network.desk("zhejiang").get(f"/api/v1/institutions/{institution.institution_id}", headers={"Qilian-After": words}).expect(status)


def test_a_poison_entry_is_parked_and_all_else_flows(network):
    """An entry that cannot be applied stops neither its log nor other records; what comes for its record waits behind it."""
    institution, other = network.member("lishui", "331102"), network.member("lishui", "331102")
    zhejiang, lishui = platform_id(network, "zhejiang"), platform_id(network, "lishui")
    # The province's copy is in the way of the next profile: its code belongs to another row.
    network.installation.sql(f"UPDATE institution SET id = UNHEX('{'0' * 31}1'), name = '占位' WHERE platform_id = {zhejiang} AND uscc = '{institution.uscc}'")
    row = institution.get(f"/api/v1/institutions/{institution.institution_id}")
    institution.patch(f"/api/v1/institutions/{institution.institution_id}", {"introduction": "第二版"}, if_match=row.etag).expect(200)
    row = other.get(f"/api/v1/institutions/{other.institution_id}")
    other.patch(f"/api/v1/institutions/{other.institution_id}", {"introduction": "照常"}, if_match=row.etag).expect(200)
    eventually(lambda: pair(network, "zhejiang", "lishui")["parked"] == 1, 15, 0.2)
    eventually(lambda: network.desk("zhejiang").get(f"/api/v1/institutions/{other.institution_id}").json["introduction"] == "照常")
    network.recommend("lishui", institution).expect(201)
    eventually(lambda: pair(network, "zhejiang", "lishui")["parked"] >= 2, 10, 0.2)
    state = pair(network, "zhejiang", "lishui")
    assert state["state"] == "parked" and state["lag"] == 0
    shown = network.desk("zhejiang").get("/api/v1/sync").expect(200).json["reads"]
    assert any(one["state"] == "parked" and one["platform"]["slug"] == "lishui" for one in shown)
    network.installation.sql(f"DELETE FROM institution WHERE platform_id = {zhejiang} AND name = '占位'")
    network.installation.ctl("federation", "verify", "--repair")
    assert pair(network, "zhejiang", "lishui")["parked"] == 0
    network.approve("zhejiang", network.case("zhejiang", institution.uscc))


def test_a_source_that_went_back_is_reported_and_never_rewound(network):
    lishui = platform_id(network, "lishui")
    network.installation.sql(f"UPDATE head SET epoch = epoch + 1 WHERE platform_id = {lishui}")
    institution = network.register("lishui", "331102")
    eventually(lambda: pair(network, "zhejiang", "lishui")["state"] == "reset", 10, 0.2)
    network.installation.sql(f"UPDATE head SET epoch = epoch - 1 WHERE platform_id = {lishui}")
    network.installation.sql(f"UPDATE log_entry SET epoch = epoch - 1 WHERE platform_id = {lishui} AND epoch > 1")
    network.installation.sql("UPDATE log_cursor SET error = NULL, reset_at = NULL")
    row = institution.get(f"/api/v1/institutions/{institution.institution_id}")
    institution.patch(f"/api/v1/institutions/{institution.institution_id}", {"introduction": "之后"}, if_match=row.etag).expect(200)
    eventually(lambda: pair(network, "zhejiang", "lishui")["state"] == "current", 10, 0.2)


def test_an_entry_that_was_kept_from_a_reader_is_missed(network):
    """Each entry names the one before it to the same reader: what is taken out of the middle shows, and all else flows on."""
    lishui, zhejiang = platform_id(network, "lishui"), platform_id(network, "zhejiang")
    of_pair = f"platform_id = {zhejiang} AND source = {lishui}"
    institution = network.member("lishui", "331102")

    def edit(words):
        row = institution.get(f"/api/v1/institutions/{institution.institution_id}")
        institution.patch(f"/api/v1/institutions/{institution.institution_id}", {"introduction": words}, if_match=row.etag).expect(200)
        sql = f"SELECT MAX(seq) FROM log_address WHERE reader = {zhejiang} AND platform_id = {lishui}"
        return int(network.installation.sql(sql)[0][0])

    eventually(lambda: pair(network, "zhejiang", "lishui")["state"] == "current", 10, 0.2)
    network.installation.sql(f"UPDATE log_cursor SET reset_at = UTC_TIMESTAMP(3) WHERE {of_pair}")  # it stands still
    before, withheld, _ = pair(network, "zhejiang", "lishui")["applied"], edit("不给你看"), edit("后来的")
    network.installation.sql(f"DELETE FROM log_address WHERE reader = {zhejiang} AND platform_id = {lishui} AND seq = {withheld}")
    network.installation.sql(f"UPDATE log_cursor SET reset_at = NULL WHERE {of_pair}")
    eventually(lambda: pair(network, "zhejiang", "lishui")["state"] == "gap", 10, 0.2)
    eventually(lambda: network.desk("zhejiang").get(f"/api/v1/institutions/{institution.institution_id}").json["introduction"] == "后来的")
    shown = network.desk("zhejiang").get("/api/v1/sync").expect(200).json["reads"]
    assert [one["missing"] for one in shown if one["platform"]["slug"] == "lishui"] == [withheld], shown
    edit("再后来的")
    assert pair(network, "zhejiang", "lishui")["state"] == "gap"  # until somebody decides
    code, told = network.installation.ctl("federation", "verify", check=False)
    assert code == 1 and [one["missing"] for one in told["resets"]] == [withheld], told
    network.installation.sql(f"INSERT INTO log_address (reader, platform_id, seq) VALUES ({zhejiang}, {lishui}, {withheld})")
    assert network.installation.ctl("federation", "follow", "zhejiang", "lishui")["from"] == before
    eventually(lambda: pair(network, "zhejiang", "lishui")["state"] == "current", 10, 0.2)
    assert network.desk("zhejiang").get(f"/api/v1/institutions/{institution.institution_id}").json["introduction"] == "再后来的"
    assert network.installation.ctl("federation", "verify")["faults"] == 0


def test_two_servers_over_one_database_apply_each_entry_once(network):
    network.installation.server("b")
    institutions = [network.member("hangzhou", "330102") for _ in range(3)]
    for institution in institutions:
        network.join(institution, "zhejiang")
    admits = network.installation.sql("SELECT COUNT(*), COUNT(DISTINCT record_id) FROM log_entry WHERE kind = 'membership.admit'")
    assert admits[0][0] == admits[0][1], admits
    eventually(lambda: network.installation.ctl("federation", "verify", check=False)[1]["faults"] == 0, 10, 0.2)


def test_an_invitation_from_the_command_line(network):
    institution = network.register("hangzhou", "330102")
    issued = network.installation.ctl("invite", "--platform", "zhejiang", "--uscc", institution.uscc, "--name", "命令行邀约",
                                      "--mobile", institution.mobile)
    done = institution.post("/api/v1/invitations/redeem", {"code": issued["code"], "consent": True}).expect(200).json
    assert done["state"] == "redeemed"
