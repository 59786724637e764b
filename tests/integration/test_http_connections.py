"""Slow, greedy and vanishing clients; limits, streams and the end."""

import json
import re
import socket
import subprocess
import threading
import time

import pytest

from http_probe import PROGRAM, Probe, open_files

pytestmark = pytest.mark.skipif(not PROGRAM.exists(), reason="http_probe is not built")

GET = "GET /echo HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.fixture(scope="module")
def probe():
    with Probe(heartbeat_ms=200, workers=4) as probe:
        yield probe


def metric(probe, name):
    text = probe.ask("GET", "/metrics", port=probe.admin_port)[2].decode()
    return int(re.search(rf"^{re.escape(name)} (\d+)", text, re.M)[1])


def wait_for(condition, seconds=5):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


# ---- Slow clients ----

def test_slow_head_does_not_restart_the_clock():
    with Probe(head_timeout_ms=600) as probe, probe.wire() as wire:
        began = time.monotonic()
        assert wire.drip(b"GET /echo HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 100, 0.05) < 100
        assert 0.4 < time.monotonic() - began < 2
        status, headers, _ = wire.answer()
        assert status == 408 and headers["connection"] == "close"


def test_silent_connections_are_closed():
    with Probe(head_timeout_ms=300, idle_timeout_ms=500) as probe, probe.wire() as silent, probe.wire() as idle:
        assert silent.answer() is None
        assert idle.socket.recv(1) == b""
        with probe.wire() as wire:
            assert wire.send(GET).answer()[0] == 200
            began = time.monotonic()
            assert wire.answer() is None
            assert 0.3 < time.monotonic() - began < 2


def test_slow_body():
    with Probe(body_timeout_ms=500) as probe, probe.wire() as wire:
        wire.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n")
        assert wire.drip(b"x" * 99, 0.05) < 99
        assert wire.answer()[0] == 408


def test_slow_upload(tmp_path):
    with Probe(upload_timeout_ms=500, spool=tmp_path) as probe:
        with probe.wire() as wire:
            wire.send("PUT /file HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n").send(b"x" * 600_000)
            assert wire.drip(b"x" * 99, 0.05) < 99
            assert wire.answer()[0] == 408
        wait_for(lambda: not list(tmp_path.iterdir()))


def test_reader_that_stops_is_cut():
    with Probe(write_timeout_ms=200) as probe, socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        client.connect(("127.0.0.1", probe.port))
        # So many small answers that no more fit; each of them is allowed a fifth of a second.
        client.setblocking(False)
        block = b"GET /big/800?plain=1 HTTP/1.1\r\nHost: a\r\n\r\n" * 200
        end = time.monotonic() + 10
        while time.monotonic() < end:
            try:
                client.send(block)
            except BlockingIOError:
                time.sleep(0.05)
            except ConnectionError:
                break
            if metric(probe, "qilian_http_timeouts_total"):
                break
        assert metric(probe, "qilian_http_timeouts_total") == 1


# ---- Clients that leave ----

def test_client_leaves_during_handler(probe):
    before = json.loads(probe.get("/counts")[2])["ended"]
    for _ in range(20):
        probe.wire().send("GET /sleep/50 HTTP/1.1\r\nHost: a\r\n\r\n").reset()
        probe.wire().send("GET /sleep/50 HTTP/1.1\r\nHost: a\r\n\r\n").close()
    time.sleep(0.3)
    assert json.loads(probe.get("/counts")[2])["ended"] > before
    wait_for(lambda: metric(probe, "qilian_http_connections") == 1)


def test_who_only_stops_sending_is_answered(probe):
    answers = probe.raw("GET /sleep/200 HTTP/1.1\r\nHost: a\r\n\r\n" + GET)
    assert [answer[0] for answer in answers] == [200, 200]


def test_client_leaves_during_upload(tmp_path):
    with Probe(spool=tmp_path) as probe:
        for n in range(10):
            wire = probe.wire()
            wire.send("PUT /file HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n").send(b"x" * 100_000 * n)
            wire.reset() if n % 2 else wire.close()
        wait_for(lambda: metric(probe, "qilian_http_connections") == 1)
        wait_for(lambda: not list(tmp_path.iterdir()))


def test_client_leaves_during_download(probe, tmp_path):
    (tmp_path / "file").write_bytes(b"x" * 8_000_000)
    for _ in range(5):
        wire = probe.wire().send(f"GET /file?path={tmp_path}/file HTTP/1.1\r\nHost: a\r\n\r\n")
        wire.socket.recv(1000)
        wire.reset()
    wait_for(lambda: metric(probe, "qilian_http_connections") == 1)


# ---- Limits ----

def test_full_queue():
    with Probe(workers=1, queue_max=2) as probe:
        wires = [probe.wire().send("GET /sleep/300 HTTP/1.1\r\nHost: a\r\n\r\n") for _ in range(6)]
        answers = [wire.answer() for wire in wires]
        statuses = [answer[0] for answer in answers]
        assert statuses.count(200) in (2, 3) and statuses.count(503) == 6 - statuses.count(200)
        assert all(answer[1]["retry-after"] for answer in answers if answer[0] == 503)


def test_deadline_passes_in_the_queue():
    with Probe(workers=1, request_timeout_ms=200) as probe:
        first = probe.wire().send("GET /sleep/500 HTTP/1.1\r\nHost: a\r\n\r\n")
        time.sleep(0.05)
        second = probe.wire().send("GET /sleep/0 HTTP/1.1\r\nHost: a\r\n\r\n")
        assert first.answer()[0] == 200 and second.answer()[0] == 503
        assert json.loads(probe.get("/counts")[2]) == {"begun": 1, "ended": 1}


def test_connections_per_address():
    with Probe(connections_per_address=5) as probe:
        wires = [probe.wire().send(GET) for _ in range(5)]
        assert [wire.answer()[0] for wire in wires] == [200] * 5
        assert probe.wire().answer()[0] == 503
        assert probe.ask("GET", "/healthz", port=probe.admin_port)[0] == 200
        for wire in wires:
            wire.close()
        wait_for(lambda: metric(probe, "qilian_http_connections") == 1)
        assert probe.get("/echo")[0] == 200


def test_connections_at_all():
    with Probe(connections_max=5) as probe:
        wires = [probe.wire().send(GET) for _ in range(5)]
        assert [wire.answer()[0] for wire in wires] == [200] * 5
        assert probe.wire().answer()[0] == 503
        assert probe.ask("GET", "/readyz", port=probe.admin_port)[0] == 200


def test_uploads_at_once(tmp_path):
    with Probe(uploads_max=2, spool=tmp_path) as probe:
        head = "PUT /file HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n"
        wires = [probe.wire().send(head) for _ in range(2)]
        time.sleep(0.1)
        assert probe.raw(head + "xx")[0][0] == 503
        assert [wire.send("xx").answer()[0] for wire in wires] == [200, 200]
        assert probe.raw(head + "xx")[0][0] == 200


def test_memory_for_bodies():
    with Probe(bodies_max=100_000, body_max=100_000) as probe:
        head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n"
        first = probe.wire().send(head + "{" + " " * 50_000)
        time.sleep(0.2)
        answer = probe.raw(head + "{" + " " * 59_998 + "}")[0]
        assert answer[0] == 503 and answer[1]["retry-after"]
        assert first.send(" " * 9_998 + "}").answer()[0] == 201
        first.close()
        assert probe.raw(head + "{" + " " * 59_998 + "}")[0][0] == 201


def test_missing_spool_folder(tmp_path):
    with pytest.raises(AssertionError, match="the spool folder .*/gone cannot be written"):
        Probe(spool=tmp_path / "gone")


def test_a_thousand_idle_connections():
    with Probe() as probe:
        idle = [probe.wire() for _ in range(500)] + [probe.wire().send(GET) for _ in range(500)]
        assert all(wire.answer()[0] == 200 for wire in idle[500:])
        began = time.monotonic()
        assert all(probe.get("/echo")[0] == 200 for _ in range(50))
        assert time.monotonic() - began < 3
        assert metric(probe, "qilian_http_connections") == 1001
        assert open_files(probe.process.pid) > 1000
        for wire in idle:
            wire.close()
        wait_for(lambda: open_files(probe.process.pid) < 60)


def test_taken_port(probe):
    second = subprocess.run([PROGRAM, f"listen=127.0.0.1:{probe.port}"], capture_output=True, text=True)
    assert second.returncode == 1 and f"127.0.0.1:{probe.port} is taken by another program" in second.stderr


# ---- Streams ----

class Events:
    def __init__(self, probe, path):
        self.wire = probe.wire()
        self.wire.send(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")
        self.file = self.wire.socket.makefile("r", encoding="utf-8", newline="\n")
        self.status = int(self.file.readline().split()[1])
        self.headers = {}
        while (line := self.file.readline()) not in ("\r\n", ""):
            name, _, value = line.partition(":")
            self.headers[name.lower()] = value.strip()

    def next(self, heartbeats=False):
        lines = []
        while (line := self.file.readline()) not in ("\n", ""):
            lines.append(line.rstrip("\n"))
        if not lines:
            return None
        if lines == [": "] and not heartbeats:
            return self.next()
        return lines

    def close(self):
        self.file.close()
        self.wire.close()


def test_events(probe):
    events = [Events(probe, f"/events?topic=t{n % 2}&session=s{n}") for n in range(6)]
    assert all(e.status == 200 and e.headers["content-type"].startswith("text/event-stream") for e in events)
    assert all(e.next() == ["event: open", "data: {}"] for e in events)
    probe.ask("POST", "/publish/t0")
    probe.ask("POST", "/publish/t1")
    probe.ask("POST", "/publish/all")
    expected = ["event: change", 'data: {"line":1}', 'data: {"line":2}']
    for e in events:
        assert e.next() == expected and e.next() == expected
    assert events[0].next(heartbeats=True) == [": "]
    assert metric(probe, "qilian_http_streams") == 6
    for e in events:
        e.close()
    wait_for(lambda: metric(probe, "qilian_http_streams") == 0)


def test_event_between_reading_and_listening(probe):
    events = Events(probe, "/events?topic=x&session=s&late=1")
    assert events.next() == ["event: resync", "data: {}"]
    events.close()


def test_streams_hold_no_worker(probe):
    events = [Events(probe, f"/events?topic=x&session=many{n}") for n in range(20)]
    assert probe.get("/echo")[0] == 200
    for e in events:
        e.close()


def test_streams_per_session(probe):
    events = [Events(probe, "/events?topic=x&session=one") for _ in range(8)]
    assert probe.get("/events?topic=x&session=one")[0] == 429
    for e in events:
        e.close()
    wait_for(lambda: metric(probe, "qilian_http_streams") == 0)
    again = Events(probe, "/events?topic=x&session=one")
    assert again.status == 200
    again.close()


def test_stream_that_is_not_read_is_cut(probe):
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        client.connect(("127.0.0.1", probe.port))
        client.sendall(b"GET /events?topic=flood&session=f HTTP/1.1\r\nHost: a\r\n\r\n")
        wait_for(lambda: metric(probe, "qilian_http_streams") == 1)
        with probe.wire() as wire:
            for _ in range(300):
                wire.send("POST /publish/flood HTTP/1.1\r\nHost: a\r\n\r\n" * 300)
                for _ in range(300):
                    assert wire.answer()[0] == 200
                if metric(probe, "qilian_http_streams") == 0:
                    break
            else:
                pytest.fail("still there")


def test_long_polling(probe):
    wires = [probe.wire().send(f"GET /wait?topic=poll&session=p{n}&ms=5000 HTTP/1.1\r\nHost: a\r\n\r\n") for n in range(10)]
    wait_for(lambda: metric(probe, "qilian_http_streams") == 10)
    probe.ask("POST", "/publish/poll")
    for wire in wires:
        status, _, body = wire.answer()
        assert status == 200 and json.loads(body)["event"] == "change"
        assert wire.send(GET).answer()[0] == 200
        wire.close()
    began = time.monotonic()
    assert probe.get("/wait?topic=poll&session=p&ms=200")[0] == 204
    assert 0.15 < time.monotonic() - began < 1
    probe.wire().send("GET /wait?topic=poll&session=p&ms=60000 HTTP/1.1\r\nHost: a\r\n\r\n").close()
    wait_for(lambda: metric(probe, "qilian_http_streams") == 0)


# ---- File descriptors ----

def test_out_of_descriptors_the_admin_port_answers_and_the_log_says_it_once():
    with Probe(files=120, workers=2) as probe:
        held, away = [], 0
        for _ in range(200):
            wire = probe.wire()
            answer = wire.send(GET).answer()
            if answer and answer[0] == 503:
                away += 1
                assert answer[1]["retry-after"] == "1"
                wire.close()
            else:
                assert answer[0] == 200
                held.append(wire)
        assert away and len(held) > 30
        for path in ("/healthz", "/readyz", "/metrics"):
            assert probe.ask("GET", path, port=probe.admin_port)[0] == 200
        assert held[0].send(GET).answer()[0] == 200
        for wire in held:
            wire.close()
        wait_for(lambda: metric(probe, "qilian_http_connections") <= 2)
        assert probe.get("/echo")[0] == 200
        assert probe.stop()[2].count("out of file descriptors") == 1


# ---- The end ----

def test_stop_finishes_what_is_under_way(tmp_path):
    with Probe(spool=tmp_path) as probe:
        idle, away, half, stream = probe.wire(), probe.wire(), probe.wire(), Events(probe, "/events?topic=x&session=s")
        idle.send(GET).answer()
        half.send("GET /echo HTTP/1.1\r\nHo")
        away.send("GET /sleep/800 HTTP/1.1\r\nHost: a\r\n\r\n")
        wait_for(lambda: json.loads(probe.get("/counts")[2])["begun"] == 1)
        probe.begin_stop()
        assert idle.answer() is None
        while stream.next():
            pass
        status, headers, _ = half.send("st: a\r\n\r\n").answer()
        assert status == 200 and headers["connection"] == "close"
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.1", probe.port), timeout=1).recv(1)
            raise ConnectionError("closed at once")
        status, headers, _ = away.answer()
        assert status == 200 and headers["connection"] == "close"
        half.close(), away.close()
        assert probe.stop()[:2] == (0, "whole\n")


def test_stop_cuts_what_does_not_end():
    with Probe() as probe:
        wire = probe.wire().send("GET /sleep/4500 HTTP/1.1\r\nHost: a\r\n\r\n")
        wait_for(lambda: json.loads(probe.get("/counts")[2])["begun"] == 1)
        began = time.monotonic()
        assert probe.stop()[1] == "cut\n"
        assert 2.5 < time.monotonic() - began < 8
        assert wire.answer() is None


def test_stop_under_load():
    with Probe(workers=4) as probe:
        done = threading.Event()

        def ask(path):
            while not done.is_set():
                try:
                    with probe.wire() as wire:
                        while wire.send(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n").answer():
                            pass
                except (OSError, AssertionError):
                    time.sleep(0.01)

        paths = ["/echo", "/cached/1", "/big/100000", "/sleep/10", "/events?topic=all&session=x", "/wait?topic=x&session=y&ms=50"]
        threads = [threading.Thread(target=ask, args=(path,)) for path in paths * 2]
        for thread in threads:
            thread.start()
        time.sleep(1)
        probe.stop()
        done.set()
        for thread in threads:
            thread.join()


# ---- Built pages ----

@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    (folder / "assets").mkdir()
    (folder / "index.html").write_text('<!doctype html><html lang="zh-CN"><head><title>T</title>'
                                       '<meta name="description" content="D"><meta name="robots" content="R"><link rel="canonical" href="C">'
                                       '<meta property="og:title" content="O"></head><body>国</body></html>', encoding="utf-8")
    (folder / "assets" / "app-1.js").write_text("let a = 1;\n" * 500)
    (folder / "assets" / "app-1.js.br").write_bytes(b"brotli")
    (folder / "assets" / "app-1.js.gz").write_bytes(b"gzip")
    (folder / "robots.txt").write_text("User-agent: *\n")
    with Probe(site=folder) as probe:
        yield probe


def test_assets(site):
    status, headers, body = site.get("/assets/app-1.js")
    assert status == 200 and headers["cache-control"] == "public, max-age=31536000, immutable" and len(body) == 5500
    assert headers["content-type"] == "text/javascript; charset=utf-8" and headers["vary"] == "Accept-Encoding"
    assert site.get("/assets/app-1.js", Accept_Encoding="gzip, br")[2] == b"brotli"
    assert site.get("/assets/app-1.js", Accept_Encoding="gzip, br;q=0")[2] == b"gzip"
    assert site.get("/assets/app-1.js", If_None_Match=headers["etag"])[0] == 304
    assert site.get("/robots.txt")[1]["cache-control"] == "no-cache"
    for missing in ("/assets/none.js", "/assets/none", "/assets", "/favicon.ico"):
        status, headers, body = site.get(missing)
        assert status == 404 and (missing == "/assets" or headers["content-type"] == "application/problem+json"), missing
    status, headers, _ = site.ask("POST", "/robots.txt")
    assert status == 405 and headers["allow"] == "GET, HEAD, OPTIONS"


def test_pages(site):
    status, headers, body = site.get("/listings/5", Host="lishui.localhost")
    assert status == 200 and headers["content-type"] == "text/html; charset=utf-8" and headers["cache-control"] == "no-cache"
    assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")
    assert "<title>Title &lt;/listings/5&gt; of lishui.localhost</title>" in body.decode()
    assert '<meta name="description" content="About &quot;lishui.localhost&quot;">' in body.decode()
    assert '<meta name="robots" content="index"><link rel="canonical" href="http://lishui.localhost/listings/5?a=1&amp;b=2">' in body.decode()
    assert '<meta property="og:title" content="Title &lt;/listings/5&gt; of lishui.localhost"></head><body>国</body></html>' in body.decode()
    assert b'<meta name="robots" content="noindex"><link rel="canonical" href="">' in site.get("/", Host="lishui.localhost")[2]
    assert site.get("/listings/5", Host="lishui.localhost", If_None_Match=headers["etag"])[0] == 304
    assert b'<html lang="en">' in site.get("/listings/5", Host="lishui.localhost", Accept_Language="en")[2]
    status, headers, body = site.get("/nowhere", Host="lishui.localhost")
    assert status == 404 and headers["content-type"] == "text/html; charset=utf-8" and "国" in body.decode() and b'content="noindex"' in body
    status, headers, body = site.get("/", Host="unknown.localhost")
    assert status == 404 and headers["content-type"] == "application/problem+json" and b"lishui" not in body
    assert site.get("/api/nothing")[1]["content-type"] == "application/problem+json"
    assert site.ask("POST", "/listings/5")[0] == 405
    assert site.ask("HEAD", "/", Host="lishui.localhost")[0] == 200


def test_access_log():
    with Probe(access_log=1) as probe:
        probe.get("/echo/%22?secret=1")
        probe.get("/cached/1"), probe.get("/cached/1")
        lines = [json.loads(line) for line in probe.stop()[2].splitlines()]
    assert [line["path"] for line in lines] == ['/echo/"', "/cached/1", "/cached/1"]
    assert lines[0]["method"] == "GET" and lines[0]["status"] == 200 and lines[0]["bytes"] > 50 and lines[0]["ms"] >= 0
    assert all(len(line["request"]) == 16 and line["level"] == "info" for line in lines)
