"""What a dump of the database shows: nothing that is declared sealed, neither in its row nor in any log, notice, job, answer or counter."""

import json
import subprocess

import pytest

import people
from harness import eventually
from mariadb import login
from network import Network, uscc


@pytest.fixture(scope="module")
def network(installation, server, sms_server):
    return Network(installation, server, sms_server)


def dump(installation):
    done = subprocess.run(["mariadb-dump", "--no-defaults", f"--socket={installation.mariadb.socket}", f"--user={login()}", "--single-transaction",
                           "--default-character-set=utf8mb4", "--skip-extended-insert", installation.database], stdout=subprocess.PIPE, check=True)
    return done.stdout.decode("utf-8", "replace")


def lines_with(text, value):
    return [line[:160] + " … " + line[max(0, line.index(value) - 60):line.index(value) + 60] for line in text.splitlines() if value in line]


def test_no_sealed_value_stands_open_in_a_dump(network, installation, sms_server):
    mobiles = []
    institution = network.member("lishui", "331102", legal_representative="封存法人甲", contact_name="封存联系人乙", contact_email="sealed-contact@example.cn")
    mobiles.append(institution.mobile)
    path = f"/api/v1/institutions/{institution.institution_id}"
    institution.patch(path, {"contact_mobile": "15099887766"}, if_match=institution.get(path).expect(200).etag).expect(200)
    mobiles.append("15099887766")
    network.recommend("lishui", institution).expect(201)
    network.approve("zhejiang", network.case("zhejiang", institution.uscc))
    eventually(lambda: network.standing(institution, "zhejiang") == "active")
    eventually(lambda: network.desk("zhejiang").get(path).status == 200)
    asked = network.desk("zhejiang").post("/api/v1/corrections", {"institution_id": institution.institution_id, "reason": "核对",
                                                                 "changes": {"legal_representative": "封存法人丙"}}).expect(201).json
    eventually(lambda: institution.get(f"/api/v1/corrections/{asked['id']}").status == 200)
    etag = institution.get(f"/api/v1/corrections/{asked['id']}").etag
    institution.post(f"/api/v1/corrections/{asked['id']}/events", {"event": "accept"}, if_match=etag).expect(200)
    # Invitations, one by one and as a list; a code asked for by text message; a sub-account's mobile.
    code = uscc("330102")
    network.desk("zhejiang").post("/api/v1/invitations", {"uscc": code, "name": "受邀机构", "contact_name": "王五", "contact_mobile": "15199887766",
                                                          "message": "欢迎"}).expect(201, 200)
    mobiles.append("15199887766")
    visitor = network.visit("hangzhou")
    people.ask_code(visitor, sms_server, "15299887766", "register")
    mobiles.append("15299887766")
    eventually(lambda: all(row[0] != "queued" for row in installation.sql("SELECT state FROM notice")), 20, 0.2)
    text = dump(installation)
    assert institution.institution_id.replace("-", "") and "INSERT INTO `log_entry`" in text
    for value in mobiles:
        assert not lines_with(text, value), lines_with(text, value)
    logs = "\n".join(line for line in text.splitlines() if line.startswith("INSERT INTO `log_entry`"))
    for value in ("封存法人甲", "封存联系人乙", "封存法人丙", "sealed-contact@example.cn"):
        assert not lines_with(logs, value), lines_with(logs, value)
    # And those for whom it is meant have it.
    copy = network.desk("zhejiang").get(path).expect(200).json
    assert copy["contact_mobile"] == "150****7766" and eventually(lambda: network.desk("zhejiang").get(path).json["legal_representative"] == "封存法人丙")
    assert copy["contact_name"] == "封存联系人乙"


SIGNATURES = {"prepared_by", "asked_by", "decided_name", "decided_by", "by", "answered_by", "who"}  # who signed stands with what was signed: dossier, request, decision


def members_with(value, text, name=""):
    """Names of the members of a payload whose text holds it."""
    if isinstance(value, dict):
        return {found for key, one in value.items() for found in members_with(one, text, name if key == "name" and name else key)}
    if isinstance(value, list):
        return {found for one in value for found in members_with(one, text, name)}
    return {name} if isinstance(value, str) and text in value else set()


def test_names_stand_open_in_logs_as_signatures_alone(network, installation):
    """Of people: those of the desks and those who act for an institution. Contacts, sub-accounts and people who were invited stand nowhere."""
    institution = network.member("lishui", "331102", legal_representative="露名法人甲", contact_name="露名联系人乙", contact_email="named-contact@example.cn")
    network.recommend("lishui", institution).expect(201)
    network.approve("zhejiang", network.case("zhejiang", institution.uscc))
    institution.post("/api/v1/sub-accounts", {"user_name": "sub_named", "name": "露名子账号丙", "mobile": "15899887766", "permissions": ["products"]}).expect(201)
    network.desk("zhejiang").post("/api/v1/invitations", {"uscc": uscc("330102"), "name": "受邀机构", "contact_name": "露名受邀丁", "contact_mobile": "15199887767",
                                                          "message": "欢迎"}).expect(201, 200)
    sent = institution.post("/api/v1/transfers", {"platform": "hangzhou", "reason": "迁移", "consent": True}).expect(201).json
    eventually(lambda: network.desk("hangzhou").get(f"/api/v1/transfers/{sent['id']}").status == 200)
    payloads = [(kind, json.loads(bytes.fromhex(text))) for kind, text in installation.sql("SELECT kind, HEX(payload) FROM log_entry WHERE payload IS NOT NULL")]
    for name in ("露名", "named-contact@", "15899887766"):
        assert not [kind for kind, payload in payloads if members_with(payload, name)], name
    signed = {(kind, member) for name in ("李经办", "lishui reviewer_a", "zhejiang reviewer_a") for kind, payload in payloads for member in members_with(payload, name)}
    assert signed and {member for _, member in signed} <= SIGNATURES, signed


def test_what_older_logs_hold_open_is_sealed(network, installation, server):
    """Entries of a version that wrote them open: sealed in place once, told by the log itself, which holds as before."""
    sql = installation.sql
    institution = network.register("hangzhou", "330102")
    raw = institution.institution_id.replace("-", "")
    eventually(lambda: network.desk("zhejiang").get(f"/api/v1/institutions/{institution.institution_id}").status == 200)
    seq, platform, payload = sql(f"SELECT seq, platform_id, payload FROM log_entry WHERE kind = 'institution.profile' AND record_id = UNHEX('{raw}') "
                                 "ORDER BY seq DESC LIMIT 1")[0]
    old = json.loads(payload)
    assert set(old["institution"]["contact_mobile"]) == {"sealed"}
    old["institution"]["contact_mobile"] = "15399887766"
    text = json.dumps(old, ensure_ascii=False, sort_keys=True, separators=(",", ":")).replace("\\", "\\\\").replace("'", "''")
    sql(f"UPDATE log_entry SET payload = '{text}' WHERE platform_id = {platform} AND seq = {seq}")
    sql(f"UPDATE server_meta SET value = {int(seq) - 1} WHERE name = 'log_sealed:{platform}'")
    eventually(lambda: not lines_with(dump(installation), "15399887766"), 40, 0.5)
    assert sql(f"SELECT COUNT(*) FROM log_entry WHERE platform_id = {platform} AND kind = 'log.sealed'") == [["1"]]
    for log in installation.ctl("log", "verify"):
        assert not log.get("bad") and not log.get("why"), log
    # The reader opens what was sealed so.
    sql(f"UPDATE institution SET home_seq = 0 WHERE home_id = {platform} AND platform_id <> home_id AND id = UNHEX('{raw}')")
    sql(f"UPDATE log_cursor SET seq = {int(seq) - 1} WHERE source = {platform} AND platform_id = (SELECT id FROM tenant WHERE slug = 'zhejiang')")
    path = f"/api/v1/institutions/{institution.institution_id}"
    institution.patch(path, {"introduction": "再读一次"}, if_match=institution.get(path).expect(200).etag).expect(200)
    eventually(lambda: network.desk("zhejiang").get(path).expect(200).json["introduction"] == "再读一次")
    assert sql("SELECT COUNT(*) FROM log_parked") == [["0"]]
