"""A full disk under the uploaded files: 507 as for a full database, nothing half kept, all else goes on, and uploads again once there is room."""

import os
import resource
import subprocess

import pytest

from harness import eventually
from network import Network
from test_institutions import png

SMALL = 1 << 20


@pytest.fixture(scope="module")
def network(installation, server, sms_server):
    return Network(installation, server, sms_server, ("zhejiang", "lishui"))


@pytest.fixture(scope="module")
def member(network):
    return network.register("lishui", "331102")


def noise(width):
    """A picture that does not pack: about 3 × width² bytes."""
    import struct
    import zlib

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + os.urandom(3 * width) for _ in range(width))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, width, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows, 0)) + chunk(b"IEND", b"")


def upload(member, body):
    own = member.get("/api/v1/institution").expect(200).json
    return member.put("/api/v1/attachments", body=body, content_type="image/png", query={
        "record_type": "institution", "record_id": own["id"], "purpose": "logo", "file_name": "标志.png"})


def refused(answer):
    assert answer.status == 507 and answer.code == "storage-full", (answer.status, answer.text)
    assert "存储" in answer.json["zh"] and "room" in answer.json["en"]


def goes_on(network, member, server):
    own = member.get("/api/v1/institution").expect(200)
    member.patch(f"/api/v1/institutions/{own.json['id']}", {"introduction": "磁盘已满"}, if_match=own.etag).expect(200)
    assert server.admin("/readyz").status == 200


def left_over(installation):
    return [path for path in (installation.folder / "files" / "spool").glob("*")] + list((installation.folder / "files").glob("**/*.tmp"))


def test_a_limit_on_the_size_of_files(network, member, installation, server):
    upload(member, png()).expect(201)
    before = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (SMALL, before[1]))
    try:
        for _ in range(3):
            refused(upload(member, noise(700)))
        goes_on(network, member, server)
        assert eventually(lambda: not left_over(installation), 3)
    finally:
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, before)
    upload(member, noise(700)).expect(201)


@pytest.mark.parametrize("room", [0, 1, 100, 400])
def test_a_small_picture_finds_no_room_either(network, member, installation, server, room):
    """One that comes whole in the request's first bytes, and whose smaller sizes are smaller still: the same words, wherever the room ends."""
    before = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        for width in (3, 60):
            refused(upload(member, noise(width)))
        goes_on(network, member, server)
        assert eventually(lambda: not left_over(installation), 3)
    finally:
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, before)
    upload(member, noise(3)).expect(201)


@pytest.fixture
def small_disk(installation, server):
    """Mounted over the folder of files, where that may be done."""
    folder = installation.folder / "files"
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=0777", "tmpfs", folder], stderr=subprocess.DEVNULL).returncode == 0
    if not mounted:
        pytest.skip("mounting is not allowed here")
    server.restart()
    yield folder
    server.stop()
    subprocess.run(["umount", folder], check=True)
    server.start()


def test_a_full_disk(network, member, installation, server, small_disk):
    upload(member, png()).expect(201)
    for _ in range(3):
        refused(upload(member, noise(700)))
    assert eventually(lambda: not left_over(installation), 3)
    goes_on(network, member, server)
    upload(member, noise(150)).expect(201)  # what fits is kept
    _, graded = installation.ctl("doctor", check=False)
    room = next((one for one in graded if one["check"] == "room"), None)
    assert room, graded
    assert room["grade"] == "bad", room
    with pytest.raises(OSError), open(small_disk / "filler", "wb") as filler:
        for size in (4096, 512, 1):
            for _ in range(1 << 20):
                filler.write(b"x" * size)
                filler.flush()
    for width in (3, 60):
        refused(upload(member, noise(width)))
    (small_disk / "filler").unlink()
    upload(member, noise(3)).expect(201)


def test_what_the_database_must_be(installation, mariadb):
    graded = {one["check"]: one for one in installation.ctl("doctor", check=False)[1]}
    assert {graded[check]["grade"] for check in ("durability", "isolation", "characters", "connections")} == {"ok"}, graded
    for name, bad, good, check, grade in (("innodb_flush_log_at_trx_commit", "2", "1", "durability", "bad"), ("innodb_snapshot_isolation", "OFF", "ON", "isolation", "mind"),
                                          ("collation_server", "'utf8mb4_general_ci'", "'utf8mb4_unicode_520_nopad_ci'", "characters", "mind"),
                                          ("max_connections", "12", None, "connections", "bad")):
        before = mariadb.sql(f"SELECT @@{name}")[0][0]
        mariadb.sql(f"SET GLOBAL {name} = {bad}")
        try:
            graded = {one["check"]: one for one in installation.ctl("doctor", check=False)[1]}
            assert graded[check]["grade"] == grade, graded[check]
        finally:
            mariadb.sql(f"SET GLOBAL {name} = {good or before}")
