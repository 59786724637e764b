"""What the server answers to good, odd and broken requests."""

import gzip
import http.client
import json
from urllib.parse import quote

import pytest

from http_probe import PROGRAM, Probe

pytestmark = pytest.mark.skipif(not PROGRAM.exists(), reason="http_probe is not built")


@pytest.fixture(scope="module")
def probe(tmp_path_factory):
    with Probe(spool=tmp_path_factory.mktemp("spool"), upload_max=3_000_000, body_max=10_000) as probe:
        yield probe


def get(path="/echo", more=""):
    return f"GET {path} HTTP/1.1\r\nHost: a.localhost\r\n{more}\r\n"


# ---- What is asked ----

def test_echo(probe):
    status, headers, body = probe.ask("GET", "/echo/%E5%9B%BD?x=1+2&y=%26", Host="Lishui.localhost:8080", Cookie='a=b; name="v"')
    said = json.loads(body)
    assert status == 200
    assert said["host"] == "lishui.localhost" and said["port"] == 8080 and said["path"] == "/echo/国"
    assert said["query"] == {"x": "1 2", "y": "&"} and said["cookie"] == "v" and said["client"] == "127.0.0.1"
    assert headers["cache-control"] == "no-store" and headers["x-content-type-options"] == "nosniff"
    assert headers["date"].endswith("GMT") and len(headers["x-request-id"]) == 16
    assert headers["referrer-policy"] == "same-origin"


def test_routes(probe):
    assert probe.get("/items/7")[2] == b"7"
    assert probe.get("/items/7/")[0] == 404
    assert probe.get("/items")[0] == 404
    assert probe.get("/items/")[0] == 404
    assert probe.get("/items/7/8")[0] == 404
    assert json.loads(probe.get("/echo/a/b/c")[2])["path"] == "/echo/a/b/c"


def test_methods(probe):
    status, headers, body = probe.ask("PUT", "/items/7")
    assert status == 405 and headers["allow"] == "GET, HEAD, DELETE, OPTIONS"
    assert json.loads(body)["code"] == "method-not-allowed"
    status, headers, body = probe.ask("OPTIONS", "/items/7")
    assert (status, body) == (204, b"") and headers["allow"] == "GET, HEAD, DELETE, OPTIONS"
    assert probe.ask("OPTIONS", "*")[0] == 204
    status, headers, body = probe.ask("HEAD", "/items/7")
    assert (status, body, headers["content-length"]) == (200, b"", "1")
    assert probe.ask("PROPFIND", "/items/7")[0] == 501


def test_duplicate_query_names(probe):
    status, _, body = probe.get("/echo?a=1&a=2")
    assert status == 400 and "a" in json.loads(body)["en"]
    assert probe.get("/lists?a=1&a=2")[0] == 200


@pytest.mark.parametrize("path", ["/echo/%2e%2e/x", "/echo//x", "/echo/%2Fx", "/echo/%00", "/echo/%", "/echo?a=%ff", "/echo?a=%00",
                                  "/echo/a%5Cb", "/echo?" + "&".join(f"q{n}=1" for n in range(300))])
def test_bad_targets(probe, path):
    answers = probe.raw(get(path))
    assert [answer[0] for answer in answers] == [400]
    assert json.loads(answers[0][2])["code"] == "malformed-http" and answers[0][1]["connection"] == "close"


SIGNS = "[]|{}^`\"'"


@pytest.mark.parametrize("target", [f"/echo?a=x{sign}y" for sign in SIGNS + "\\"] + ["/echo?a=国", "/echo?a=x%20[国]|y", f"/echo?a={SIGNS}"])
def test_targets_as_browsers_write_them(probe, target):
    """The URL Standard escapes fewer signs than RFC 3986 asks for; what is meant is the same either way."""
    answer = probe.raw(get(target))[0]
    escaped = probe.raw(get(quote(target, safe="/?=%")))[0]
    assert answer[0] == 200 and answer[2] == escaped[2] and json.loads(answer[2])


def test_problem(probe):
    status, headers, body = probe.get("/fault", Accept_Language="en-GB,en;q=0.9,zh;q=0.5")
    problem = json.loads(body)
    assert status == 422 and headers["content-type"] == "application/problem+json" and headers["retry-after"] == "3"
    assert headers["set-cookie"] == "kept=1" and b"must not be seen" not in body
    assert problem["type"] == "/problems/invalid" and problem["title"] == problem["en"] and problem["status"] == 422
    assert problem["request_id"] == headers["x-request-id"]
    assert problem["errors"] == [{"pointer": "/uscc", "code": "missing", "zh": "请填写。", "en": "Fill this in."}]
    assert json.loads(probe.get("/fault")[2])["title"] == problem["zh"]


def test_etag(probe):
    assert probe.get("/items/7", If_None_Match='"7"')[0] == 304
    assert probe.get("/items/7", If_None_Match='"6", W/"7"')[0] == 304
    assert probe.get("/items/7", If_None_Match='"8"')[0] == 200
    assert probe.ask("DELETE", "/items/7", If_None_Match='"7"')[0] == 200


def test_gzip(probe):
    status, headers, body = probe.get("/big/50000", Accept_Encoding="br, gzip")
    assert headers["content-encoding"] == "gzip" and "Accept-Encoding" in headers["vary"]
    assert len(gzip.decompress(body)) == 50000 and len(body) < 2000
    assert "content-encoding" not in probe.get("/big/50000", Accept_Encoding="gzip;q=0, br")[1]
    assert "content-encoding" not in probe.get("/big/500", Accept_Encoding="gzip")[1]


# ---- JSON bodies ----

def test_json_body(probe):
    assert probe.ask("POST", "/echo", '{"a": [1]}', Content_Type="application/json")[::2] == (201, b'{"a":[1]}')
    assert probe.ask("POST", "/echo", '{"a":1}', Content_Type="text/plain")[0] == 415
    assert probe.ask("POST", "/echo", '{"a":1}')[0] == 415
    assert probe.ask("POST", "/echo", "x", Content_Type="application/json", Content_Encoding="gzip")[0] == 415
    for bad in ('{"a":1,"a":2}', "{'a':1}", "[1]", "", '{"a":1e999}', '{"a":"\\ud800"}', "{" * 5000):
        assert probe.ask("POST", "/echo", bad, Content_Type="application/json; charset=utf-8")[0] == 400, bad


def test_json_body_chunked(probe):
    head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    answers = probe.raw(head + '3\r\n{"a\r\n4\r\n":1}\r\n0\r\nX: y\r\n\r\n' + get())
    assert [answer[0] for answer in answers] == [201, 200]
    for broken in ("0x5\r\nhello", "5;x\r\nhello", "5\nhello", "5\r\nhello0\r\n\r\n", "-1\r\n", " 5\r\nhello"):
        answers = probe.raw(head + broken)
        assert [answer[0] for answer in answers] == [400], broken


def test_body_limits(probe):
    post = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    answers = probe.raw(post + "Content-Length: 10001\r\n\r\n")
    assert answers[0][0] == 413 and answers[0][1]["connection"] == "close"
    answers = probe.raw(post + "Transfer-Encoding: chunked\r\n\r\n" + f"2711\r\n{'x' * 10001}\r\n0\r\n\r\n")
    assert [answer[0] for answer in answers] == [413]
    assert probe.raw("GET /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nxx" + get())[0][0] == 400
    assert len(probe.raw("POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nxx" + get())) == 1


def test_broken_off_body_is_not_answered(probe):
    assert probe.raw("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{}") == []


def test_expect(probe):
    with probe.wire() as wire:
        wire.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert wire.answer()[0] == 100
        assert wire.send("{}").answer()[0] == 201
        wire.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\nExpect: 100-continue\r\n\r\n")
        assert wire.answer()[0] == 413


# ---- Framing ----

BROKEN = {
    "two lengths": "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "same length twice": "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    "signed length": "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: +2\r\n\r\n{}",
    "space before colon": "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "length and chunked": "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "bare LF": "GET /echo HTTP/1.1\nHost: a\n\n",
    "bare LF in a header": "GET /echo HTTP/1.1\r\nHost: a\nX: y\r\n\r\n",
    "folded": "GET /echo HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n",
    "NUL": "GET /echo HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n",
    "no host": "GET /echo HTTP/1.1\r\nX: y\r\n\r\n",
    "two hosts": "GET /echo HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
    "other host in the target": "GET http://b/echo HTTP/1.1\r\nHost: a\r\n\r\n",
    "HTTP/0.9": "GET /echo\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_framing(probe, name):
    data = BROKEN[name]
    answers = probe.raw((data.encode() if isinstance(data, str) else data) + get().encode())
    assert len(answers) == 1 and answers[0][0] == 400
    assert answers[0][1]["connection"] == "close" and json.loads(answers[0][2])["code"] == "malformed-http"
    assert probe.get("/echo")[0] == 200


def test_other_versions(probe):
    assert probe.raw("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")[0][0] == 505
    answers = probe.raw("GET /echo HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n" + get())
    assert len(answers) == 1 and answers[0][0] == 200 and answers[0][1]["connection"] == "close"


def test_big_heads(probe):
    assert probe.raw(get("/echo", "".join(f"X-{n}: y\r\n" for n in range(101))))[0][0] == 431
    assert probe.raw(get("/echo", f"X: {'y' * 33000}\r\n"))[0][0] == 431
    assert probe.raw(get("/" + "a" * 9000))[0][0] == 414
    assert probe.raw(get("/echo", f"X: {'y' * 30000}\r\n"))[0][0] == 200
    # The answer arrives although the client is still sending what nobody reads.
    assert probe.raw(get("/echo", f"X: {'y' * 2_000_000}\r\n"))[0][0] == 431


def test_absolute_target(probe):
    assert json.loads(probe.raw("GET http://A.localhost/echo?x=1 HTTP/1.1\r\nHost: a.localhost\r\n\r\n")[0][2])["query"] == {"x": "1"}


def test_pipelining(probe):
    paths = [f"/echo/{n}" for n in range(100)] + ["/sleep/30", "/cached/1", "/cached/1", "/echo/last"]
    answers = probe.raw("".join(get(path) for path in paths))
    assert [answer[0] for answer in answers] == [200] * len(paths)
    assert [json.loads(answer[2])["path"] for answer in answers[:100]] == paths[:100]
    with probe.wire() as wire:
        wire.send(get("/cached/1")).answer()
        wire.send(get("/cached/1") * 2000)
        assert all(wire.answer()[0] == 200 for _ in range(2000))
    answers = probe.raw(get("/echo/1") + "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
                        + get("/echo/2", "Connection: close\r\n") + get("/echo/3"))
    assert [answer[0] for answer in answers] == [200, 201, 200]


def test_byte_by_byte(probe):
    with probe.wire() as wire:
        for byte in (get("/echo/1") + get("/echo/2")).encode():
            wire.send(bytes([byte]))
        assert wire.answer()[0] == 200 and wire.answer()[0] == 200


# ---- Files ----

def test_upload(probe, tmp_path):
    content = bytes(range(256)) * 8000
    assert json.loads(probe.ask("PUT", "/file", content)[2]) == {"size": len(content)}
    status, _, kept = probe.ask("PUT", "/file?keep=1", content)
    assert status == 200 and open(kept, "rb").read() == content
    status, _, kept = probe.ask("PUT", "/file?keep=1", iter([content[:1000], content[1000:]]))
    assert status == 200 and open(kept, "rb").read() == content
    assert probe.ask("PUT", "/file", b"")[0] == 400


def test_upload_refused_before_it_is_received(probe):
    with probe.wire() as wire:
        wire.send("PUT /file HTTP/1.1\r\nHost: a\r\nX-Stranger: 1\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n\r\n")
        status, headers, _ = wire.answer()
        assert status == 401 and headers["connection"] == "close"
    assert probe.raw("PUT /file HTTP/1.1\r\nHost: a\r\nContent-Length: 3000001\r\n\r\n")[0][0] == 413
    data = b"PUT /file HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2dc6c1\r\n" + b"x" * 3_000_001 + b"\r\n0\r\n\r\n"
    assert probe.raw(data)[0][0] == 413


def test_download(probe, tmp_path):
    path = tmp_path / "file"
    content = bytes(range(256)) * 6001
    path.write_bytes(content)
    status, headers, body = probe.get(f"/file?path={path}")
    assert (status, body, headers["accept-ranges"]) == (200, content, "bytes")
    status, headers, body = probe.get(f"/file?path={path}", Range="bytes=1000-1999")
    assert (status, body, headers["content-range"]) == (206, content[1000:2000], f"bytes 1000-1999/{len(content)}")
    assert probe.get(f"/file?path={path}", Range="bytes=-10")[2] == content[-10:]
    assert probe.get(f"/file?path={path}", Range="bytes=1536000-")[2] == content[1536000:]
    assert probe.get(f"/file?path={path}", Range=f"bytes={len(content)}-")[0] == 416
    assert probe.get(f"/file?path={path}", Range="bytes=1-2,5-6")[0] == 200
    assert probe.get(f"/file?path={path}", Range="bytes=9-1")[0] == 200
    assert probe.get(f"/file?path={path}", If_None_Match='"file"')[0] == 304
    assert probe.ask("HEAD", f"/file?path={path}")[1]["content-length"] == str(len(content))


# ---- Cache ----

def test_cache(probe):
    bodies = {probe.get("/cached/5")[2] for _ in range(20)}
    assert len(bodies) <= 2  # one for each loop thread
    assert probe.get("/cached/5", Accept_Language="en")[2] not in bodies
    with probe.wire() as wire:
        wire.send(get("/cached/5")).answer()
        _, headers, body = wire.send(get("/cached/5")).answer()
        assert wire.send(get("/cached/5", f"If-None-Match: {headers['etag']}\r\n")).answer()[0] == 304
        wire.send("HEAD /cached/5 HTTP/1.1\r\nHost: a.localhost\r\n\r\n")
        assert wire.answer(head=True)[1]["content-length"] == str(len(body))
        probe.ask("POST", "/touch/6")
        assert wire.send(get("/cached/5")).answer()[2] == body
        probe.ask("POST", "/touch/5")
        assert wire.send(get("/cached/5")).answer()[2] != body
        body = wire.send(get("/cached/5")).answer()[2]
        probe.ask("POST", "/touch/0")
        assert wire.send(get("/cached/5")).answer()[2] != body


def test_cache_gzip(probe):
    with probe.wire() as wire:
        plain = [wire.send(get("/cached/7?big=1")).answer() for _ in range(2)]
        packed = [wire.send(get("/cached/7?big=1", "Accept-Encoding: gzip\r\n")).answer() for _ in range(2)]
    assert plain[0][2] == plain[1][2] and packed[0][2] == packed[1][2]
    assert packed[1][1]["content-encoding"] == "gzip" and len(packed[1][2]) < 200
    assert packed[1][1]["etag"] != plain[1][1]["etag"] and "Accept-Encoding" in plain[1][1]["vary"]


# ---- Proxies ----

def test_untrusted_proxy(probe):
    said = json.loads(probe.get("/echo", X_Forwarded_For="9.9.9.9", X_Forwarded_Host="evil", X_Forwarded_Proto="https")[2])
    assert said["client"] == "127.0.0.1" and said["host"] == "127.0.0.1" and said["secure"] is False


def test_trusted_proxy(probe):
    connection = http.client.HTTPConnection("127.0.0.1", probe.port, source_address=("127.0.0.2", 0))

    def ask(**headers):
        connection.request("GET", "/echo", headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.headers, json.loads(answer.read())

    status, headers, said = ask(X_Forwarded_For="1.1.1.1, 9.9.9.9, 10.1.2.3", X_Forwarded_Host="lishui.example", X_Forwarded_Proto="https",
                                X_Request_Id="from-the-proxy")
    assert said["client"] == "9.9.9.9" and headers["x-request-id"] == "from-the-proxy"
    assert said["host"] == "127.0.0.1" and said["secure"] is False  # neither is a header's to say
    assert ask(X_Forwarded_For="nonsense")[2]["client"] == "127.0.0.2"
    assert ask(X_Forwarded_For="2001:db8::1")[2]["client"] == "2001:db8::1"
    assert ask(X_Forwarded_Host="a/b")[0] == 200


def test_what_the_settings_say_of_host_and_scheme():
    with Probe(https=1, forwarded_host=1) as probe:
        connection = http.client.HTTPConnection("127.0.0.1", probe.port, source_address=("127.0.0.2", 0))

        def ask(**headers):
            connection.request("GET", "/echo", headers={name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())

        for proto in ("http", "https", ""):
            said = ask(X_Forwarded_Host="lishui.example:8443", X_Forwarded_Proto=proto, Cookie="name=planted; __Host-name=ours")[1]
            assert said["host"] == "lishui.example" and said["secure"] is True and said["cookie"] == "ours"
        assert ask(Cookie="name=planted")[1]["cookie"] is None
        assert ask(X_Forwarded_Host="a/b")[0] == 400
        # Whoever is no proxy of ours says nothing.
        said = json.loads(probe.get("/echo", X_Forwarded_Host="evil.example")[2])
        assert said["host"] == "127.0.0.1" and said["secure"] is True


# ---- Health ----

def test_health(probe):
    assert probe.get("/healthz", Host="nobody.example")[2] == b"ok\n"
    assert probe.get("/readyz")[0] == 200
    assert probe.get("/metrics")[0] == 404
    status, headers, body = probe.ask("GET", "/metrics", port=probe.admin_port)
    assert status == 200 and headers["content-type"].startswith("text/plain; version=0.0.4")
    assert b"qilian_http_answers_total{class=\"2xx\"} " in body and b"qilian_http_seconds_bucket{le=\"+Inf\"} " in body
    assert probe.ask("GET", "/readyz", port=probe.admin_port)[0] == 200
    assert probe.ask("GET", "/echo", port=probe.admin_port)[0] == 404
