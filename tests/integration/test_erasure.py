"""A person's data that must go is gone at home, in every copy and in every log, which still verify; and nothing brings it back."""

import json

import pytest

from harness import eventually
from network import Network


@pytest.fixture(scope="module")
def network(installation, server, sms_server):
    return Network(installation, server, sms_server, ("zhejiang", "lishui"))


def number(network, slug):
    return int(network.installation.sql(f"SELECT id FROM tenant WHERE slug = '{slug}'")[0][0])


def contact(network, slug, institution):
    return network.installation.sql(f"""SELECT contact_name IS NOT NULL, contact_mobile_sealed IS NOT NULL, contact_email IS NOT NULL, legal_representative IS NOT NULL, introduction
        FROM institution WHERE platform_id = {number(network, slug)} AND uscc = '{institution.uscc}'""")[0]


def holds(network):
    told = network.installation.ctl("log", "verify")
    assert told and all(one["holds"] for one in told), told


def edit(institution, **fields):
    row = institution.get(f"/api/v1/institutions/{institution.institution_id}").expect(200)
    institution.patch(f"/api/v1/institutions/{institution.institution_id}", fields, if_match=row.etag).expect(200)


@pytest.fixture(scope="module")
def institution(network):
    one = network.member("lishui", "331102")
    network.recommend("lishui", one).expect(201)
    network.approve("zhejiang", network.case("zhejiang", one.uscc))
    eventually(lambda: network.standing(one, "zhejiang") == "active")
    eventually(lambda: contact(network, "zhejiang", one)[:4] == ["1", "1", "1", "1"])
    return one


def test_a_contact_is_erased_wherever_it_went(network, institution):
    sql, id = network.installation.sql, institution.institution_id
    text = f"HEX(record_id) = '{id.replace('-', '').upper()}'"
    old = sql(f"SELECT HEX(payload) FROM log_entry WHERE kind = 'institution.profile' AND {text} ORDER BY seq DESC LIMIT 1")[0][0]
    guard = network.desk("lishui", "security_admin")
    assert network.desk("lishui").post("/api/v1/erasures", {"record": "institution", "id": id, "reason": "本人要求"}).status == 403
    guard.post("/api/v1/erasures", {"record": "institution", "id": id}).expect(422)
    network.desk("zhejiang", "security_admin").post("/api/v1/erasures", {"record": "institution", "id": id, "reason": "不是这里的"}).expect(404)
    done = guard.post("/api/v1/erasures", {"record": "institution", "id": id, "reason": "联系人本人要求删除"}).expect(200).json
    assert done["told"] >= 1 and done["entries"] > 0, done
    assert contact(network, "lishui", institution) == ["0", "0", "0", "0", "为中小企业提供服务。"]
    eventually(lambda: contact(network, "zhejiang", institution) == ["0", "0", "0", "0", "为中小企业提供服务。"])
    left = sql(f"SELECT platform_id, seq, kind, payload FROM log_entry WHERE {text} AND payload LIKE '%sealed%'")
    assert not left, left
    assert sql(f"SELECT COUNT(*) FROM log_entry WHERE {text} AND payload IS NULL AND salt IS NULL")[0][0] != "0"
    holds(network)
    assert "本人要求删除" in sql("SELECT payload FROM log_entry WHERE kind = 'record.erasure'")[0][0]
    eventually(lambda: all(one["state"] == "current" for one in network.installation.ctl("federation", "status")))
    assert network.installation.ctl("federation", "verify")["faults"] == 0

    # An entry from before that comes late, as from a log that was read ahead, parked or restored: with the person in it.
    lishui, zhejiang = number(network, "lishui"), number(network, "zhejiang")
    sql(f"""START TRANSACTION; UPDATE head SET seq = seq + 1 WHERE platform_id = {lishui}; SELECT seq INTO @seq FROM head WHERE platform_id = {lishui};
        INSERT INTO log_entry (platform_id, seq, epoch, kind, record_type, record_id, audience, at, commitment, leaf, salt, payload)
          SELECT {lishui}, @seq, 1, 'institution.profile', 'institution', UNHEX('{id.replace('-', '')}'), 1, UTC_TIMESTAMP(3) - INTERVAL 1 HOUR,
                 REPEAT('c', 32), REPEAT('l', 32), REPEAT('s', 16), UNHEX('{old}');
        INSERT INTO log_address (reader, platform_id, seq) VALUES ({zhejiang}, {lishui}, @seq); COMMIT""")
    head = int(sql(f"SELECT seq FROM head WHERE platform_id = {lishui}")[0][0])
    eventually(lambda: int(sql(f"SELECT home_seq FROM institution WHERE platform_id = {zhejiang} AND HEX(id) = '{id.replace('-', '').upper()}'")[0][0]) == head)
    assert contact(network, "zhejiang", institution)[:4] == ["0", "0", "0", "0"]
    sql(f"UPDATE log_address SET reader = 1000 WHERE platform_id = {lishui} AND seq = {head}")
    sql(f"DELETE FROM log_entry WHERE platform_id = {lishui} AND seq = {head}; UPDATE head SET seq = seq - 1 WHERE platform_id = {lishui}; "
        f"UPDATE log_cursor SET seq = (SELECT MAX(seq) FROM log_address WHERE reader = {zhejiang} AND platform_id = {lishui}), seen_at = NULL, reset_at = NULL, "
        f"error = NULL WHERE platform_id = {zhejiang} AND source = {lishui}; DELETE FROM log_address WHERE reader = 1000; "
        f"UPDATE institution SET home_seq = 1 WHERE platform_id = {zhejiang} AND home_id = {lishui}")

    # Somebody new is somebody new.
    edit(institution, contact_name="新联系人")
    assert contact(network, "lishui", institution)[0] == "1"
    eventually(lambda: contact(network, "zhejiang", institution)[0] == "1")


def test_who_acted_is_erased_with_the_account(network, institution):
    sql = network.installation.sql
    leaver = network.desk("lishui", "reviewer", "leaver")
    other = network.member("lishui", "331102")
    leaver.post("/api/v1/recommendations", {"institution_id": other.institution_id, "annual_income": 900000000, "insured_staff": 30,
                                            "qualified_staff": 27, "enterprises_served": 150, "reason": "服务能力突出"}).expect(201)
    author = f"SELECT author FROM case_source WHERE platform_id = {number(network, 'zhejiang')} AND dossier LIKE '%{other.uscc}%'"
    eventually(lambda: sql(author) == [["lishui reviewer_leaver"]])
    account = sql("SELECT LOWER(HEX(id)) FROM account WHERE user_name = 'reviewer_leaver'")[0][0]
    id = f"{account[:8]}-{account[8:12]}-{account[12:16]}-{account[16:20]}-{account[20:]}"
    with pytest.raises(Exception):
        network.installation.ctl("erase", "--platform", "lishui", "account", id, "--reason", "离职")
    administrator = network.desk("lishui", "security_admin")
    sql(f"UPDATE account SET state = 'closed' WHERE HEX(id) = '{account.upper()}'")
    assert network.installation.ctl("erase", "--platform", "lishui", "account", id, "--reason", "离职后本人要求")["told"] == 1
    eventually(lambda: sql(author) == [["NULL"]])
    assert sql(f"SELECT COUNT(*) FROM log_entry WHERE HEX(actor_id) = '{account.upper()}' AND (actor_name IS NOT NULL OR client IS NOT NULL)")[0][0] == "0"
    row = sql(f"SELECT name, user_name, password_hash, mobile_sealed, email FROM account WHERE HEX(id) = '{account.upper()}'")[0]
    assert row[0] == "（已删除）" and row[1].startswith("erased-") and row[2:] == ["NULL", "NULL", "NULL"], row
    holds(network)
    administrator.post("/api/v1/erasures", {"record": "account", "id": id, "reason": "再一次"}).expect(200)
