#!/usr/bin/python3
"""A small identity provider that speaks OpenID Connect, as a process of its own: usage: identity_provider.py PORT <PIPE
It ends with whoever holds the other end of the pipe, however that one ends.

GET /authorize sends the browser back at once, as the person that GET /next?sub=…&name=… named before. Codes are good once and need
the PKCE verifier; /token checks client, secret and redirect address. GET /next?fault=nonce makes the next id_token lie.
"""
import base64
import contextlib
import hashlib
import json
import os
import secrets
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

CLIENT, SECRET = "qilian-test", "a secret of the client"
person, codes, tokens = {}, {}, {}


def b64(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class Provider(BaseHTTPRequestHandler):
    def answer(self, status, value, **headers):
        body = json.dumps(value).encode()
        self.send_response(status)
        for name, text in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/next":
            person.clear()
            person.update(query)
            return self.answer(200, {})
        if parts.path == "/authorize":
            if query.get("client_id") != CLIENT or query.get("code_challenge_method") != "S256" or query.get("response_type") != "code":
                return self.answer(400, {"error": "invalid_request"})
            code = secrets.token_urlsafe(16)
            codes[code] = {**query, **person}
            back = {"code": code, "state": query["state"]} if "refuse" not in person else {"error": "access_denied", "state": query["state"]}
            return self.answer(302, {}, Location=query["redirect_uri"] + "?" + urlencode(back))
        if parts.path == "/userinfo":
            found = tokens.get(self.headers.get("Authorization", "").removeprefix("Bearer "))
            return self.answer(200, {"sub": found["sub"], "name": found.get("name")}) if found else self.answer(401, {})
        return self.answer(404, {})

    def do_POST(self):
        form = {name: values[0] for name, values in parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()).items()}
        asked = codes.pop(form.get("code"), None)
        proof = b64(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if (not asked or form.get("client_id") != CLIENT or form.get("client_secret") != SECRET or proof != asked["code_challenge"]
                or form.get("redirect_uri") != asked["redirect_uri"]):
            return self.answer(400, {"error": "invalid_grant"})
        access = secrets.token_urlsafe(16)
        tokens[access] = asked
        claims = {"iss": "https://id.example.cn", "aud": CLIENT, "sub": asked["sub"], "nonce": asked["nonce"], "exp": int(time.time()) + 60}
        claims.update({asked["fault"]: "another"} if "fault" in asked else {})
        token = ".".join((b64(b'{"alg":"none"}'), b64(json.dumps(claims).encode()), ""))
        return self.answer(200, {"access_token": access, "token_type": "Bearer", "id_token": token})

    def log_message(self, *words):
        pass


@contextlib.contextmanager
def provided(port):
    """One that listens on the port, for as long as the context lasts and the process that is in it."""
    with subprocess.Popen([sys.executable, __file__, str(port)], stdin=subprocess.PIPE) as child:
        try:
            yield child
        finally:
            child.kill()


def end_with_parent():
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    threading.Thread(target=end_with_parent, daemon=True).start()
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Provider).serve_forever()
