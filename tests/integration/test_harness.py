"""The harness keeps its own promises; a test that fails because of it wastes a day."""

import http.client
import os
import re
import signal
import smtplib
import socket
import shutil
import subprocess
import tempfile
import sys
import threading
import time
import urllib.request
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, HTTPServer

import process
from pathlib import Path

import pytest
from mariadb import MariaDB

from harness import ROOT, Client, Wire, eventually, together


def test_mariadb_is_what_the_server_relies_on(mariadb):
    assert mariadb.sql("SELECT @@character_set_server, @@innodb_snapshot_isolation, @@innodb_flush_log_at_trx_commit,"
                       " @@skip_networking, @@time_zone, @@sql_mode LIKE '%STRICT_TRANS_TABLES%'") == \
        [["utf8mb4", "1", "1", "1", "+00:00", "1"]]


def test_mariadb_comes_back_after_a_kill_with_what_was_committed(mariadb):
    mariadb.sql("CREATE DATABASE kept; CREATE TABLE kept.note (text VARCHAR(20)); INSERT INTO kept.note VALUES ('𠮷 企业')")
    mariadb.kill()
    assert not mariadb.is_alive()
    mariadb.start()
    assert mariadb.sql("SELECT text FROM kept.note") == [["𠮷 企业"]]
    mariadb.sql("DROP DATABASE kept")


@pytest.mark.parametrize("end", ("kill", "stop"))
def test_a_data_folder_with_a_smaller_redo_log_gets_the_larger_one(tmp_path, end):
    """As one made by an earlier tools/run has: also after a crash, and nothing that was committed is lost."""
    log, asked = tmp_path / "db" / "ib_logfile0", "SELECT @@innodb_log_file_size, text FROM kept.note"
    earlier = MariaDB(tmp_path, buffer_pool="32M", options=("--innodb-log-file-size=48M",))
    earlier.initialise()
    earlier.start()
    try:
        earlier.sql("CREATE DATABASE kept; CREATE TABLE kept.note (text VARCHAR(20)); INSERT INTO kept.note VALUES ('𠮷 企业')")
        assert earlier.sql(asked) == [[str(48 << 20), "𠮷 企业"]] and log.stat().st_size == 48 << 20
    finally:
        getattr(earlier, end)()
    later = MariaDB(tmp_path, buffer_pool="32M")
    later.start()
    try:
        assert later.sql(asked) == [[str(128 << 20), "𠮷 企业"]] and log.stat().st_size == 128 << 20
    finally:
        later.stop()


def test_mariadb_ends_a_server_left_behind_on_its_data(tmp_path):
    first = MariaDB(tmp_path, buffer_pool="32M")
    first.initialise()
    first.start()
    second = MariaDB(tmp_path, buffer_pool="32M")
    second.start()
    assert first.child.wait(5) == 0 and second.answers()
    second.stop()
    assert not process.find(f"--datadir={second.data}")


def test_a_deep_checkout_still_has_room_for_the_socket(tmp_path):
    folder = tmp_path / ("d" * 120)
    folder.mkdir()
    database = MariaDB(folder, buffer_pool="32M")
    database.initialise()
    database.start()
    socket = database.socket
    database.stop()
    assert not socket.parent.exists()


def test_a_broken_off_attempt_at_the_data_folder_is_made_again(tmp_path):
    (tmp_path / "db.tmp" / "mysql").mkdir(parents=True)
    (tmp_path / "db.tmp" / "ibdata1").write_bytes(b"half")
    database = MariaDB(tmp_path, buffer_pool="32M")
    assert not database.is_complete()
    database.initialise()
    assert database.is_complete() and not (tmp_path / "db.tmp").exists()


@pytest.fixture
def short_folder():
    """Not below tmp_path, which a worker's name makes too long for a socket of a run within this run."""
    folder = Path(tempfile.mkdtemp(prefix="outlives-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_outlives_a_run_that_is_ended(tmp_path, short_folder, number):
    """However the run ends; and the next run clears away what a killed one left in the temporary folder."""
    module = tmp_path / "test_long.py"
    module.write_text("import time\n\ndef test_long(mariadb):\n    print('up', flush=True)\n    time.sleep(60)\n")
    (tmp_path / "conftest.py").write_text((ROOT / "tests/integration/conftest.py").read_text())
    temporary = short_folder

    alone = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}  # no worker of this run

    def begin():
        return subprocess.Popen(
            [sys.executable, "-B", "-m", "pytest", "-s", "-c", ROOT / "tests/pytest.ini", "-p", "no:cacheprovider", module],
            env={**alone, "TMPDIR": str(temporary)}, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    run = begin()
    said = []
    assert any(said.append(line) or re.search(r"\bup$", line.strip()) for line in run.stdout), "never started:\n" + "".join(said)
    data = f"--datadir={next(temporary.glob('qilian-test-*')).resolve()}/mariadb/db"
    assert process.find(data)
    run.send_signal(number)
    run.stdout.read()
    run.wait()
    eventually(lambda: not process.find(data))
    if number == signal.SIGKILL:
        run = begin()
        assert any("up" in line for line in run.stdout)
        assert len(list(temporary.glob("qilian-test-*"))) == 1
        run.send_signal(signal.SIGINT)
        run.stdout.read()
        run.wait()
    assert not list(temporary.glob("qilian-test-*"))


def test_a_hanging_test_fails_in_its_time(tmp_path):
    module = tmp_path / "test_hang.py"
    module.write_text("import pytest, threading\n\n@pytest.mark.timeout(1)\ndef test_hang():\n    threading.Event().wait()\n\n"
                      "def test_next():\n    pass\n")
    (tmp_path / "conftest.py").write_text("from harness.timeouts import *\n")
    done = subprocess.run([sys.executable, "-B", "-m", "pytest", "-c", ROOT / "tests/pytest.ini", "-p", "no:cacheprovider", module],
                          cwd=tmp_path, stdout=subprocess.PIPE, text=True, timeout=40)
    assert "took longer than 1" in done.stdout and "1 failed, 1 passed" in done.stdout


def test_smtp_keeps_and_refuses(smtp):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@example.test", "b@example.test", "审核结果"
    mail.set_content("通过")
    with smtplib.SMTP("127.0.0.1", smtp.port) as connection:
        connection.send_message(mail)
        got = smtp.wait("b@example.test", subject="审核")
        assert (got.subject, got.text.strip()) == ("审核结果", "通过")
        smtp.refuse("451 later")
        with pytest.raises(smtplib.SMTPDataError):
            connection.send_message(mail)
    assert len(smtp.mails) == 1


def test_gateway_keeps_and_refuses(sms):
    urllib.request.urlopen(urllib.request.Request(
        sms.url + "?sign=1", b'{"mobile": "13800000000", "code": "1234"}', {"Content-Type": "application/json"})).close()
    message = sms.wait("13800000000")
    assert message.fields["code"] == "1234" and message.query == {"sign": ["1"]}
    sms.refuse(500)
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(sms.url, b"mobile=1")
    assert len(sms.messages) == 1


@pytest.fixture
def echo():
    """A small server that answers with the request it saw, in chunks where the path says so."""
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            data = (str(self.headers) + "\n").encode() + body
            self.send_response(200)
            self.send_header("Set-Cookie", "s=1; HttpOnly" if self.path != "/out" else "s=; Max-Age=0")
            if self.path == "/chunks":
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                self.wfile.write(b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (data[:5], data[5:])) + b"0\r\n\r\n")
                return
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST

        def log_message(self, *words):
            pass

    http = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    yield http.server_address[1]
    http.shutdown()
    http.server_close()


def test_client_sends_exactly_what_it_says(echo):
    visitor = Client(echo, "lishui.localhost")
    seen = visitor.post("/records", {"名": "丽水"}, if_match=3, key="first-key").expect(200).text
    assert f"Host: lishui.localhost:{echo}" in seen and f"Origin: http://lishui.localhost:{echo}" in seen
    assert 'If-Match: "3"' in seen and "Idempotency-Key: " in seen and "Cookie" not in seen and '{"名": "丽水"}' in seen
    assert seen.count("Host:") == seen.count("Content-Length:") == 1
    assert "Cookie: s=1" in visitor.get("/").text
    seen = visitor.copy().post("/out", key=None, headers={"Origin": None}).text
    assert "Cookie: s=1" in seen and "Idempotency-Key" not in seen and "Origin" not in seen
    assert "Idempotency-Key: " in visitor.copy().post("/out").text
    assert "Idempotency-Key" not in visitor.copy().post("/api/v1/auth/sign-in").text
    visitor.post("/out")
    assert visitor.cookies == {}


def test_client_explains_an_unexpected_answer(echo):
    with pytest.raises(AssertionError, match="GET /there -> 200"):
        Client(echo, "x.localhost").get("/there").expect(404)


class Rude:
    """Takes connections and does with each what the next of `manners` says, after the head of its request."""

    def __init__(self, *manners):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.heads = []
        self.thread = threading.Thread(target=self._serve, args=(manners,), daemon=True)
        self.thread.start()

    def _serve(self, manners):
        for manner in manners:
            connection, _ = self.listener.accept()
            head = b""
            while b"\r\n\r\n" not in head:
                head += connection.recv(1024)
            self.heads.append(head.decode("utf-8", "replace"))
            manner(connection)
            connection.close()  # what was not read is answered by a reset


def silent(connection):
    pass


def answers(status):
    body = b'{"code":"x"}'
    head = f"HTTP/1.1 {status} Said\r\nContent-Type: application/problem+json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return lambda connection: connection.sendall(head.encode() + body)


def breaks_off(connection):
    connection.sendall(b"HTTP/1.1 200 Said\r\nContent-Length: 100\r\n\r\nhalf")


def keys_of(rude):
    return [re.search(r"Idempotency-Key: (\S+)", head).group(1) for head in rude.heads]


def test_client_reads_what_was_answered_before_all_was_sent():
    rude = Rude(answers(413))
    answer = Client(rude.port, "x.localhost", repeats=3).post("/there", body=b"x" * (64 << 20), content_type="text/plain")
    assert (answer.status, answer.code, len(rude.heads)) == (413, "x", 1)


@pytest.mark.parametrize("size", (10, 64 << 20))
def test_client_repeats_what_nobody_answered_under_the_same_key(size):
    rude = Rude(silent, silent, answers(201))
    answer = Client(rude.port, "x.localhost", token="t", repeats=3).post("/there", body=b"x" * size, content_type="text/plain")
    assert answer.status == 201 and len(keys_of(rude)) == 3 and len(set(keys_of(rude))) == 1


def test_client_repeats_nothing_else():
    rude = Rude(silent, silent, silent, breaks_off)
    with pytest.raises(ConnectionError):
        Client(rude.port, "x.localhost").post("/there", {})
    with pytest.raises(ConnectionError):
        Client(rude.port, "x.localhost", repeats=1).get("/there")
    with pytest.raises(http.client.IncompleteRead):
        Client(rude.port, "x.localhost", repeats=3).get("/there")
    assert len(rude.heads) == 4
    rude = Rude(silent)
    with pytest.raises(ConnectionError):
        Client(rude.port, "x.localhost", repeats=3).post("/there", {}, key=None)
    assert len(rude.heads) == 1


def test_wire_reads_what_comes(echo):
    with Wire(echo) as wire:
        for path in ("/", "/chunks"):
            status, headers, body = wire.send(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n").answer()
            assert status == 200 and body.startswith(b"Host: a")
        wire.half_close()
        assert wire.is_closed()


def test_eventually_tells_the_last_failure():
    began = time.monotonic()

    def never():
        assert 1 == 2, "not yet"

    with pytest.raises(AssertionError) as caught:
        eventually(never, timeout=0.2)
    assert time.monotonic() - began < 2 and "not yet" in str(caught.value.__cause__)


def test_together_starts_all_and_raises_the_first_error():
    assert together(5, lambda index: index * index) == [0, 1, 4, 9, 16]
    with pytest.raises(ZeroDivisionError):
        together(3, lambda index: 1 // index)
