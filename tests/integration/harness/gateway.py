"""An SMS gateway as vendors offer it: an HTTP server that takes a request for each message, and keeps it."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from harness.wait import eventually


class Sms:
    """One request: path, query, headers (as sent), body as bytes, and `fields` when it is JSON or a form."""

    def __init__(self, method, target, headers, body):
        self.method, self.headers, self.body = method, headers, body
        self.path, self.query = urlsplit(target).path, parse_qs(urlsplit(target).query)
        kind = (headers.get("Content-Type") or "").split(";")[0]
        if kind == "application/json":
            self.fields = json.loads(body)
        elif kind == "application/x-www-form-urlencoded":
            self.fields = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        else:
            self.fields = {}

    def mentions(self, text):
        return text in self.body.decode("utf-8", "replace") or any(text in value for values in self.query.values() for value in values)

    def __repr__(self):
        return f"Sms({self.method} {self.path} {self.body.decode('utf-8', 'replace')})"


class Gateway:
    def __init__(self):
        self.messages, self.status, self.reply, self.delay = [], 200, {"code": "OK"}, 0
        self._lock, self._wake = threading.Lock(), threading.Event()
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, reply = gateway._take(Sms(self.command, self.path, self.headers, body))
                data = json.dumps(reply).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_PUT = do_POST

            def log_message(self, *words):
                pass

        class Listener(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, address):
                """A client that gave up waiting is what some tests are about."""

        self._http = Listener(("127.0.0.1", 0), Handler)
        self.port = self._http.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/send"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def _take(self, message):
        if self.delay:
            self._wake.wait(self.delay)
        with self._lock:
            if self.status < 400:
                self.messages.append(message)
            return self.status, self.reply

    def refuse(self, status, reply=None):
        """Answers so from now on, keeping nothing; clear() takes messages again."""
        self.status, self.reply = status, reply or {"code": "REFUSED"}

    def clear(self):
        self._wake.set()
        with self._lock:
            self.messages.clear()
            self.status, self.reply, self.delay = 200, {"code": "OK"}, 0
            self._wake.clear()

    def wait(self, mobile, timeout=10):
        """The newest message that names this mobile, once it is there."""
        return eventually(lambda: next((m for m in reversed(self.messages) if m.mentions(mobile)), None), timeout)

    def stop(self):
        self._wake.set()
        self._http.shutdown()
        self._http.server_close()
