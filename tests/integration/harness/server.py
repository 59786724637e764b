"""An installation (database, settings, files) and the qiliands and qilianctls that run over it."""

import json
import os
import shutil
import signal
import subprocess

import process
import settings as settings_file
from mariadb import login

from harness.client import Client
from harness.places import BUILD, ROOT
from harness.wait import eventually, free_port

SLOW = 4 if "tsan" in BUILD.name else 1


def delivery(smtp, sms):
    """As in production, notices are really sent: to the test's own servers."""
    return {"mode": "production",
            "smtp": {"host": "127.0.0.1", "port": smtp.port, "tls": "none", "from": "qilian@example.test"},
            "sms": {"url": sms.url, "body": {"id": "{id}", "mobile": "{mobile}", "signature": "{signature}",
                                             "template": "{template}", "params": "{params}", "text": "{text}"},
                    "success_pointer": "/code", "success_value": "OK",
                    # All tests come from one address; the proof of work stays as it is in production.
                    "per_address": 100000, "per_platform": 100000, "in_all": 100000}}


class ControlFailed(AssertionError):
    """qilianctl ended with another code than 0."""

    def __init__(self, words, code, out, err):
        super().__init__(f"qilianctl {' '.join(words)}: exit code {code}\n{out}\n{err}")
        self.code, self.out, self.err = code, out, err


class Installation:
    def __init__(self, mariadb, folder, name, smtp, sms, changes=None):
        self.mariadb, self.folder, self.database = mariadb, folder, name
        self.servers = []
        folder.mkdir()
        self.changes = settings_file.merge(settings_file.local(
            mariadb.socket, login(), name, free_port(), free_port(), folder), delivery(smtp, sms), changes or {})
        self.settings = self._write("qilian", {})

    def _write(self, name, changes):
        path = self.folder / f"{name}.yaml"
        path.write_text(settings_file.compose(ROOT / "config" / "qilian.yaml",
                                              settings_file.merge(self.changes, changes)), encoding="utf-8")
        return path

    def sql(self, statement):
        return self.mariadb.sql(statement, self.database)

    def ctl(self, *words, stdin=None, check=True, env=None, timeout=60):
        """Runs qilianctl --json and returns what it printed, parsed (None for nothing). check False: returns (code, parsed or text)."""
        done = subprocess.run([BUILD / "tools" / "qilianctl", "--settings", self.settings, "--json", *map(str, words)], cwd=ROOT,
                              input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout * SLOW,
                              env={**os.environ, **(env or {})}, text=True)
        if check and done.returncode != 0:
            raise ControlFailed([str(word) for word in words], done.returncode, done.stdout, done.stderr)
        try:
            parsed = json.loads(done.stdout) if done.stdout.strip() else None
        except ValueError:
            parsed = done.stdout
        return parsed if check else (done.returncode, parsed if parsed is not None else done.stderr)

    def server(self, name="a", settings=None, start=True):
        """One more qiliand over this database, with settings of its own on top."""
        ports = settings_file.ports(free_port(), free_port())
        made = Server(self, name, self._write(name, settings_file.merge(ports, settings or {})), ports)
        self.servers.append(made)
        return made.start() if start else made

    def close(self):
        """Ends every server as an operator would; one that does not end so, or ended before, is an error of the test."""
        problems = [problem for problem in (server.close() for server in self.servers) if problem]
        self.mariadb.is_alive() and self.mariadb.sql(f"DROP DATABASE IF EXISTS {self.database}")
        shutil.rmtree(self.folder, ignore_errors=True)
        assert not problems, "\n".join(problems)


class Server:
    """One qiliand. port and admin_port stay the same over restarts."""

    def __init__(self, installation, name, settings, ports):
        self.installation, self.name, self.settings = installation, name, settings
        self.port, self.admin_port = ports["http"]["port"], ports["admin"]["port"]
        self.log = installation.folder / f"{name}.log"
        self.out = installation.folder / f"{name}.out"
        self.child, self.killed = None, False

    @property
    def pid(self):
        return self.child.pid

    def start(self, patience=30):
        self.out.write_bytes(b"")
        self.killed = False
        self.child = process.start([BUILD / "tools" / "qiliand", "--settings", self.settings], log=self.log, out=self.out,
                                   cwd=ROOT, end_signal=signal.SIGKILL)
        eventually(self._is_ready, patience * SLOW)
        return self

    def _is_ready(self):
        if self.child.poll() is not None:
            code, self.child = self.child.returncode, None
            raise RuntimeError(f"qiliand ended with {code} at start\n{process.tail(self.log, 40)}")
        return settings_file.is_ready(self.out.read_text())

    def is_alive(self):
        return self.child is not None and self.child.poll() is None

    def stop(self, patience=20):
        """SIGTERM, and an end with code 0 within patience."""
        gracefully = process.end(self.child, patience * SLOW)
        code, self.child = self.child.returncode, None
        assert gracefully, f"qiliand did not end within {patience} s\n{process.tail(self.log, 40)}"
        assert code == 0, f"qiliand ended with {code}\n{process.tail(self.log, 40)}"

    def kill(self):
        """As a power cut would: -9, to everything that it started too."""
        self.killed = True
        process.signal_group(self.child, signal.SIGKILL)
        self.child.wait()

    def restart(self):
        if self.is_alive():
            self.stop()
        return self.start()

    def close(self):
        """Returns what went wrong, or None. A sanitizer's report counts, also one of a helper that nobody missed."""
        if self.log.exists() and any(sign in self.log.read_text(errors="replace") for sign in (": runtime error: ", "Sanitizer: ")):
            return f"a sanitizer's report of {self.name}\n{process.tail(self.log, 60)}"
        return self._close()

    def _close(self):
        if self.child is None:
            return None
        if not self.is_alive() and not self.killed:
            return f"qiliand {self.name} ended by itself with {self.child.returncode}\n{process.tail(self.log, 40)}"
        try:
            if self.is_alive():
                self.stop()
        except AssertionError as error:
            return str(error)
        return None

    def client(self, host, **options):
        return Client(self.port, host, **options)

    def admin(self, path):
        """From the port for health and metrics."""
        return Client(self.admin_port, "127.0.0.1").get(path)

    def lines(self, **fields):
        """The log's JSON lines, those with these fields if any are named."""
        parsed = []
        for line in self.log.read_text(encoding="utf-8").splitlines():
            try:
                parsed.append(json.loads(line))
            except ValueError:
                continue  # a sanitizer, or the loader
        return [line for line in parsed if all(line.get(name) == value for name, value in fields.items())]
