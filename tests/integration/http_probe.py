"""The small server tests/http/http_probe.c, started per test module or with settings of its own."""

import http.client
import os
import resource
import signal
import subprocess

from harness.places import BUILD
from harness.wire import Wire

PROGRAM = BUILD / "tests" / "http" / "http_probe"


class Probe:
    """with Probe(head_timeout_ms=300) as probe: probe.get("/echo")"""

    def __init__(self, files=None, **settings):
        """files: how many file descriptors it may have."""
        limit = (lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))) if files else None
        self.process = subprocess.Popen([PROGRAM, *(f"{name}={value}" for name, value in settings.items())],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=limit)
        words = self.process.stdout.readline().split()
        if not words:
            raise AssertionError(self.process.communicate()[1])
        self.port, self.admin_port = int(words[1]), int(words[3])
        self.ended = None

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.stop()

    def begin_stop(self):
        self.process.send_signal(signal.SIGTERM)

    def stop(self):
        """Ends it; what it said on stdout and stderr. Sanitizers turn their findings into an exit code."""
        if self.ended is None:
            self.process.send_signal(signal.SIGTERM)
            output = self.process.communicate(timeout=30)
            self.ended = (self.process.returncode, *output)
            assert self.process.returncode in (0, 1) and "Sanitizer" not in output[1], output[1][-4000:]
        return self.ended

    def wire(self, **options):
        return Wire(self.port, **options)

    def raw(self, data):
        """Sends bytes and closes the sending side; every answer that comes back."""
        with self.wire() as wire:
            wire.send(data).half_close()
            answers = []
            while (answer := wire.answer()) is not None:
                answers.append(answer)
            return answers

    def ask(self, method, path, body=None, port=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=20)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def get(self, path, **headers):
        return self.ask("GET", path, **headers)


def open_files(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))
