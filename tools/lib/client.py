"""A visitor of one platform: cookies, Origin, Idempotency-Key, If-Match, JSON."""

import hashlib
import http.client
import io
import itertools
import json
import time
import uuid
import zipfile
from urllib.parse import urlencode

WRITES = ("POST", "PUT", "PATCH", "DELETE")
AUTO = object()


class Unanswered(ConnectionError):
    """The connection was closed before anything of an answer came."""


class Response:
    def __init__(self, method, path, status, headers, body):
        self.method, self.path, self.status, self.headers, self.body = method, path, status, headers, body

    @property
    def text(self):
        """What it says; of a workbook what all its parts say."""
        if self.body.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(self.body)) as parts:
                return "\n".join(parts.read(name).decode("utf-8", "replace") for name in parts.namelist())
        return self.body.decode("utf-8", "replace" if self.body.startswith(b"%PDF") else "strict")

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def etag(self):
        return self.headers["ETag"]

    @property
    def code(self):
        """The stable code of a problem, None when the answer is none."""
        if (self.headers["Content-Type"] or "").split(";")[0] != "application/problem+json":
            return None
        return self.json.get("code")

    def expect(self, *statuses):
        """self when the status is one of these (200, 201, 202 and 204 without any); otherwise says all that came back."""
        assert self.status in (statuses or (200, 201, 202, 204)), repr(self)
        return self

    def refused(self, status, code=None):
        """A problem+json with this status, and this code if given."""
        assert self.status == status and self.code is not None, repr(self)
        assert code is None or self.code == code, repr(self)
        return self

    def __repr__(self):
        return f"{self.method} {self.path} -> {self.status}\n{self.headers}{self.body[:3000].decode('utf-8', 'replace')}"


def prove(challenge):
    """The little work that a visitor's browser does before an SMS (tenants/account/proof.h)."""
    bits, begin = int(challenge.split(".", 1)[0]), hashlib.sha256(f"{challenge}:".encode())
    for n in itertools.count():
        whole = begin.copy()
        whole.update(b"%d" % n)
        if int.from_bytes(whole.digest()[:4], "big") >> (32 - bits) == 0:
            return f"{challenge}:{n}"


class Client:
    proves = True  # answers 428 proof-required by itself

    def __init__(self, port, host, *, keep_alive=False, timeout=20, origin=AUTO, token=None, repeats=0):
        """origin: None leaves the header out. token: an API key instead of a session. repeats: how often a request to which nothing was
        answered is sent anew, under the same Idempotency-Key; a write without one never is."""
        self.port, self.host, self.timeout, self.token, self.repeats = port, host, timeout, token, repeats
        self.authority = f"{host}:{port}"
        self.origin = f"http://{self.authority}" if origin is AUTO else origin
        self.cookies = {}
        self.keep_alive = keep_alive
        self.connection = None

    def at(self, host, port=None):
        """The same settings on another platform, as a new visitor there."""
        return Client(port or self.port, host, keep_alive=self.keep_alive, timeout=self.timeout, token=self.token, repeats=self.repeats)

    def copy(self):
        """The same visitor in another thread: shares the session, not the connection."""
        other = Client(self.port, self.host, keep_alive=self.keep_alive, timeout=self.timeout, origin=self.origin,
                       token=self.token, repeats=self.repeats)
        other.cookies = dict(self.cookies)
        return other

    def request(self, method, path, data=None, *, query=None, body=None, content_type=None, headers=None, key=AUTO,
                if_match=None):
        """data is sent as JSON; body as the bytes it is, with content_type. key: Idempotency-Key; unless told one of its own for each write that
        takes one, None for none."""
        if query:
            path += ("&" if "?" in path else "?") + urlencode(query, doseq=True)
        sent = {"Host": self.authority, "Accept": "application/json"}
        if data is not None:
            body, content_type = json.dumps(data, ensure_ascii=False).encode(), content_type or "application/json"
        if content_type:
            sent["Content-Type"] = content_type
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        if method in WRITES:
            if self.origin:
                sent["Origin"] = self.origin
            if key is AUTO:
                key = str(uuid.uuid4()) if self._takes_key(path) else None
            if key is not None:
                sent["Idempotency-Key"] = key
        if if_match is not None:
            sent["If-Match"] = f'"{if_match}"' if isinstance(if_match, int) else if_match
        sent.update(headers or {})
        answer = self._exchange(method, path, body, {name: value for name, value in sent.items() if value is not None})
        if answer.status == 428 and answer.code == "proof-required" and self.proves and "proof" not in (data or {}):
            return self.request(method, path, {**(data or {}), "proof": prove(answer.json["challenge"])}, headers=headers, key=key)
        return answer

    def _takes_key(self, path):
        """Visitors have none, and neither has what gives a session."""
        return bool(self.cookies or self.token) and not path.startswith(("/api/v1/auth/", "/api/v1/registration/"))

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def head(self, path, **options):
        return self.request("HEAD", path, **options)

    def post(self, path, data=None, **options):
        return self.request("POST", path, data, **options)

    def put(self, path, data=None, **options):
        return self.request("PUT", path, data, **options)

    def patch(self, path, data=None, **options):
        return self.request("PATCH", path, data, **options)

    def delete(self, path, **options):
        return self.request("DELETE", path, **options)

    def pages(self, path, items="items", cursor="next", **query):
        """Every item of a list, following its cursor."""
        after = {}
        while True:
            page = self.get(path, query={**query, **after}).expect(200).json
            yield from page[items]
            if not page.get(cursor):
                return
            after = {"cursor": page[cursor]}

    def close(self):
        if self.connection:
            self.connection.close()
            self.connection = None

    def _exchange(self, method, path, body, headers):
        repeats = self.repeats if method not in WRITES or "Idempotency-Key" in headers else 0
        for n in range(repeats):
            try:
                return self._exchange_once(method, path, body, headers)
            except Unanswered:
                time.sleep(0.1 * 2 ** n)
        return self._exchange_once(method, path, body, headers)

    def _exchange_once(self, method, path, body, headers):
        connection = self.connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
        self.connection = None
        try:
            # putrequest writes no Host and no Accept-Encoding of its own: what is sent is what stands above.
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name, value.encode() if isinstance(value, str) else value)
            if not self.keep_alive:
                connection.putheader("Connection", "close")
            if body is not None or method in WRITES:
                connection.putheader("Content-Length", str(len(body or b"")))
            answer = self._answer(connection, body)
            response = Response(method, path, answer.status, answer.headers, answer.read())
        except BaseException:
            connection.close()
            raise
        if self.keep_alive and not answer.will_close:
            self.connection = connection
        else:
            connection.close()
        self._remember(answer.headers.get_all("Set-Cookie") or ())
        return response

    @staticmethod
    def _answer(connection, body):
        """Sends the rest. Who answers early and closes meanwhile has answered: that is read although not all could be sent."""
        broken = None
        try:
            connection.endheaders(body)
        except (BrokenPipeError, ConnectionResetError) as error:
            broken = error
        try:
            return connection.getresponse()
        except (BrokenPipeError, ConnectionResetError, http.client.RemoteDisconnected) as error:
            raise Unanswered(str(broken or error)) from error

    def _remember(self, lines):
        for line in lines:
            pair, *attributes = [part.strip() for part in line.split(";")]
            name, _, value = pair.partition("=")
            if "max-age=0" in (attribute.lower() for attribute in attributes) or not value:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
