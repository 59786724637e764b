"""Backup and restore as docs/operations.md says, done for real; and a source that comes back older than its readers."""

import re
import shutil
import subprocess
import threading
import time

import pytest

import people
from harness import ROOT, eventually
from mariadb import login
from network import Network
from test_institutions import png
from test_publication import create, publish

DOCS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def network(installation, server, sms_server):
    return Network(installation, server, sms_server, ("zhejiang", "hangzhou", "lishui"))


@pytest.fixture(scope="module")
def member(network):
    institution = network.member("lishui", "331102")
    network.join(institution, "hangzhou")
    return institution


def upload(visitor, product):
    return visitor.put("/api/v1/attachments", body=png(), content_type="image/png", query={
        "record_type": "product", "record_id": product["id"], "purpose": "picture", "file_name": "图.png"}).expect(201).json["id"]


class Backup:
    """The three things, taken as the document says: the database first, the files after it, the keys apart."""

    def __init__(self, installation, folder):
        self.installation, self.folder = installation, folder
        options = re.search(r"^mariadb-dump (.*?) qilian \|", DOCS, re.M).group(1).split()
        self.server = ["--no-defaults", f"--socket={installation.mariadb.socket}", f"--user={login()}"]
        with open(folder / "dump.sql", "wb") as out:
            subprocess.run(["mariadb-dump", *self.server, *options, installation.database], stdout=out, check=True)
        shutil.copytree(installation.folder / "files", folder / "files", ignore=shutil.ignore_patterns("spool", "*.tmp"))
        shutil.copy2(installation.folder / "keys", folder / "keys")

    def restore(self):
        shutil.copytree(self.folder / "files", self.installation.folder / "files")
        shutil.copy2(self.folder / "keys", self.installation.folder / "keys")
        create = re.search(r"^mariadb -e '(CREATE DATABASE) qilian (.*?)'", DOCS, re.M)
        self.installation.mariadb.sql(f"{create.group(1)} {self.installation.database} {create.group(2)}")
        with open(self.folder / "dump.sql", "rb") as dump:
            subprocess.run(["mariadb", *self.server, self.installation.database], stdin=dump, check=True)
        self.installation.ctl("migrate")
        self.installation.ctl("log", "new-epoch")


def lose_everything(installation):
    installation.mariadb.sql(f"DROP DATABASE {installation.database}")
    shutil.rmtree(installation.folder / "files")
    (installation.folder / "keys").unlink()


def settled(network):
    eventually(lambda: all(one["state"] == "current" for one in network.installation.ctl("federation", "status")), 15, 0.2)


def test_backup_under_work_and_restore(network, member, installation, server, tmp_path):
    before = create(member, name="备份之前")
    picture = upload(member, before)
    publish(member, [before], ["lishui", "hangzhou"])
    settled(network)
    made, stop = [], threading.Event()

    def work():
        visitor = member.copy()
        while not stop.is_set():
            made.append(create(visitor, name="备份之中"))
            publish(visitor, [made[-1]], ["lishui", "hangzhou"])

    worker = threading.Thread(target=work)
    worker.start()
    try:
        eventually(lambda: len(made) > 2, 15)
        backup = Backup(installation, tmp_path)
    finally:
        stop.set()
        worker.join()
    after = create(member, name="备份之后")
    server.stop()
    lose_everything(installation)
    backup.restore()
    graded = installation.ctl("doctor", check=False)[1]
    assert not [one for one in graded if one["grade"] == "bad"], graded
    server.start()
    settled(network)
    assert all(one["holds"] for one in installation.ctl("log", "verify"))
    assert installation.ctl("federation", "verify")["faults"] == 0
    # Sessions from before the backup, sealed fields, files: all there. What came after it is not.
    assert member.get("/api/v1/institution").expect(200).json["contact_mobile"] == member.mobile
    assert member.get(f"/api/v1/attachments/{picture}/content", query={"size": "small"}).expect(200).body[:2] == b"\xff\xd8"
    assert member.get(f"/api/v1/products/{before['id']}").expect(200).json["number"] == before["number"]
    member.get(f"/api/v1/products/{after['id']}").refused(404)
    people.sign_in(network.visit("lishui"), "lishui1").expect(200)
    # And work goes on, also across platforms; no number is given twice.
    again = create(member, name="恢复之后")
    publish(member, [again], ["hangzhou"])
    settled(network)
    assert installation.sql("SELECT COUNT(*) - COUNT(DISTINCT number) FROM product") == [["0"]]
    assert network.desk("hangzhou").get("/api/v1/listings", query={"product_id": again["id"]}).expect(200).json["items"]


def pair(network, reader, source):
    return next(one for one in network.installation.ctl("federation", "status") if one["reader"] == reader and one["source"] == source)


def test_a_source_older_than_its_reader_stays_reported(network, member, installation):
    """Its log grows again, past where the reader was: those entries are others than the reader knows, and must not be skipped in silence."""
    settled(network)
    lishui = installation.sql("SELECT id FROM tenant WHERE slug = 'lishui'")[0][0]
    cursor = pair(network, "zhejiang", "lishui")["applied"]
    old = cursor - 3
    for table in ("log_entry", "log_address"):
        installation.sql(f"DELETE FROM {table} WHERE platform_id = {lishui} AND seq > {old}")
    installation.sql(f"UPDATE head SET seq = {old} WHERE platform_id = {lishui}")
    # An entry for the province, so that it looks.
    read = member.get("/api/v1/institution").expect(200)
    member.patch(f"/api/v1/institutions/{member.institution_id}", {"introduction": "恢复后的第 0 版"}, if_match=read.etag).expect(200)
    eventually(lambda: pair(network, "zhejiang", "lishui")["state"] == "reset", 10, 0.2)
    for i in range(1, 6):
        read = member.get("/api/v1/institution").expect(200)
        member.patch(f"/api/v1/institutions/{member.institution_id}", {"introduction": f"恢复后的第 {i} 版"}, if_match=read.etag).expect(200)
    assert int(installation.sql(f"SELECT seq FROM head WHERE platform_id = {lishui}")[0][0]) > cursor
    time.sleep(1)  # readers look a few times
    found = pair(network, "zhejiang", "lishui")
    assert found["head"] > cursor and found["state"] == "reset" and found["applied"] == cursor, found
    # Somebody decides, for each of its readers: all is read again, and what the log has lost is sent anew.
    for one in installation.ctl("federation", "status"):
        if one["state"] == "reset":
            assert installation.ctl("federation", "follow", one["reader"], one["source"])["from_start"] is True
    assert installation.ctl("federation", "follow", "zhejiang", "lishui", check=False)[0] == 1
    settled(network)
    installation.ctl("federation", "verify", "--repair", check=False)
    settled(network)
    shown = network.desk("zhejiang").get(f"/api/v1/institutions/{member.institution_id}").expect(200).json["introduction"]
    assert shown == "恢复后的第 5 版"
    assert installation.ctl("federation", "verify")["faults"] == 0


def test_a_source_that_has_grown_past_its_reader_before_anybody_looked(network, member, installation):
    """Longer than the reader's cursor, and yet another log: the entry that the reader stood at is not there any more."""
    settled(network)
    lishui = installation.sql("SELECT id FROM tenant WHERE slug = 'lishui'")[0][0]
    cursor = pair(network, "hangzhou", "lishui")["applied"]
    installation.ctl("platform", "suspend", "hangzhou")  # it reads nothing meanwhile
    time.sleep(1)
    for table in ("log_entry", "log_address"):
        installation.sql(f"DELETE FROM {table} WHERE platform_id = {lishui} AND seq >= {cursor}")
    installation.sql(f"UPDATE head SET seq = {cursor - 1} WHERE platform_id = {lishui}")
    for i in range(4):
        read = member.get("/api/v1/institution").expect(200)
        member.patch(f"/api/v1/institutions/{member.institution_id}", {"introduction": f"重新长出的第 {i} 版"}, if_match=read.etag).expect(200)
    assert int(installation.sql(f"SELECT seq FROM head WHERE platform_id = {lishui}")[0][0]) > cursor
    assert pair(network, "hangzhou", "lishui")["applied"] == cursor
    installation.ctl("platform", "resume", "hangzhou")
    read = member.get("/api/v1/institution").expect(200)
    member.patch(f"/api/v1/institutions/{member.institution_id}", {"introduction": "再来一版"}, if_match=read.etag).expect(200)
    found = eventually(lambda: (one := pair(network, "hangzhou", "lishui"))["state"] == "reset" and one, 10, 0.2)
    assert found["applied"] == cursor < found["head"]
    for one in installation.ctl("federation", "status"):
        if one["state"] == "reset":
            assert installation.ctl("federation", "follow", one["reader"], one["source"])["from_start"] is True
    settled(network)
    installation.ctl("federation", "verify", "--repair", check=False)
    settled(network)
    assert installation.ctl("federation", "verify")["faults"] == 0
    assert network.desk("hangzhou").get(f"/api/v1/institutions/{member.institution_id}").expect(200).json["introduction"] == "再来一版"
