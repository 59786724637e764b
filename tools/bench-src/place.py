"""The installation that is measured: a MariaDB as tools/run starts it, a qiliand, and requests in its people's names."""

import contextlib
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
import build  # noqa: E402
import process  # noqa: E402
import settings  # noqa: E402
from mariadb import MariaDB, login  # noqa: E402

ROOT = build.ROOT
BUILD = Path(os.environ.get("QILIAN_BUILD", ROOT / "build")).absolute()
DATABASE = "qilian_bench"
PATIENCE = 120


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def program(name):
    return BUILD / "tools" / "bench-src" / name


def run_json(argv, check=True):
    """What a measuring program prints: one JSON object. None of them is asked to take more than some seconds."""
    done = subprocess.run([str(word) for word in argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          timeout=PATIENCE)
    if check and done.returncode != 0:
        raise RuntimeError(f"{argv[0]}: {done.stderr or done.stdout}")
    return json.loads(done.stdout)


def output_in_time(child):
    """Of one that was started to run beside something else and should be at its end."""
    try:
        return child.communicate(timeout=PATIENCE)[0]
    except subprocess.TimeoutExpired:
        child.kill()
        raise


def memory_mb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) / 1024


class Place:
    """Made anew for each run, gone with it."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="qilian-bench-"))
        self.mariadb = MariaDB(self.folder / "mariadb")
        self.port, self.admin_port = free_port(), free_port()
        self.settings = self.folder / "qilian.yaml"
        self.log, self.out = self.folder / "qiliand.log", self.folder / "qiliand.out"
        self.child = None

    def __enter__(self):
        try:
            self.mariadb.initialise()
            self.mariadb.start()
            self.write_settings()
            self.ctl("migrate")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        with contextlib.suppress(Exception):
            self.stop()
        if self.mariadb.child:
            self.mariadb.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def write_settings(self, changes=None):
        made = settings.merge(settings.local(self.mariadb.socket, login(), DATABASE, self.port, self.admin_port, self.folder),
                              {"web_folder": ""}, changes or {})
        self.settings.write_text(settings.compose(ROOT / "config" / "qilian.yaml", made), encoding="utf-8")

    def sql(self, text):
        return self.mariadb.sql(text, DATABASE)

    def value(self, text):
        rows = self.sql(text)
        return rows[0][0] if rows else None

    def ctl(self, *words):
        done = subprocess.run([BUILD / "tools" / "qilianctl", "--settings", self.settings, "--json", *map(str, words)], cwd=ROOT,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"qilianctl {' '.join(map(str, words))}: {done.stderr or done.stdout}")
        return done.stdout

    def start(self):
        """Seconds until qiliand says that it is ready."""
        self.out.write_bytes(b"")
        begun = time.monotonic()
        self.child = process.start([BUILD / "tools" / "qiliand", "--settings", self.settings], log=self.log, out=self.out, cwd=ROOT)
        while not settings.is_ready(self.out.read_text()):
            if self.child.poll() is not None or time.monotonic() > begun + 60:
                raise RuntimeError(f"qiliand did not start\n{process.tail(self.log, 30)}")
            time.sleep(0.005)
        return time.monotonic() - begun

    def stop(self):
        child, self.child = self.child, None
        process.end(child, 30)

    def last_words(self):
        """Of qiliand, to stand beside an error."""
        return process.tail(self.log, 30)

    def memory_mb(self):
        return memory_mb(self.child.pid)

    def load(self, *words, check=True):
        return run_json([program("load"), *words], check)

    def requests(self, name, made):
        """A file of whole requests for `load -f`."""
        path = self.folder / name
        with open(path, "wb") as file:
            for one in made:
                file.write(b"%d\n%s" % (len(one), one))
        return path

    def request(self, method, host, path, *, token=None, body=None, headers=()):
        lines = [f"{method} {path} HTTP/1.1", f"Host: {host}:{self.port}", *headers]
        if token:
            lines.append(f"Cookie: qilian_session={token}")
        if method != "GET":
            lines.append(f"Origin: http://{host}:{self.port}")
        data = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        if body is not None:
            lines.append("Content-Type: application/json")
        if method != "GET":
            lines.append(f"Content-Length: {len(data)}")
        return "\r\n".join([*lines, "", ""]).encode() + data

    def ask(self, request):
        """One request by itself: status and body."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
            connection.sendall(request)
            got = b""
            while b"\r\n\r\n" not in got:
                got += connection.recv(65536) or b"\r\n\r\n"
            head, _, body = got.partition(b"\r\n\r\n")
            want = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
            while len(body) < want:
                more = connection.recv(65536)
                if not more:
                    raise RuntimeError(f"the answer ended after {len(body)} of {want} bytes: {head!r}")
                body += more
        return int(head.split()[1]), body


def median(values):
    return statistics.median(values)


def wait_until(test, patience=PATIENCE, pause=0.05):
    deadline = time.monotonic() + patience
    while not test():
        if time.monotonic() > deadline:
            raise RuntimeError("waited in vain")
        time.sleep(pause)


def wait_for_number(read, goal, patience=60, pause=0.1):
    """Until the number that is read has reached the goal. However long that takes: an error once it has stood still for `patience` seconds."""
    last, deadline = None, time.monotonic() + patience
    while (now := read()) < goal:
        if now != last:
            last, deadline = now, time.monotonic() + patience
        if time.monotonic() > deadline:
            raise RuntimeError(f"stuck at {now} of {goal} for {patience} s")
        time.sleep(pause)
