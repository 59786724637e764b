"""A private MariaDB: its own data folder, reached by a unix socket only, started and ended by us.

tools/run keeps one under var/; the integration tests start one per run in a temporary folder.
"""

import contextlib
import hashlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from pathlib import Path

import process

SOCKET_PATH_MAX = 100  # the kernel allows 107 bytes
# When the redo log is full of changes to pages that were not written yet, every COMMIT waits until a good part of them is: with 48 MB a few
# minutes of heavy writing led to waits of 0.8 s. A data folder made with another size gets this one when the server starts.
REDO_LOG = "--innodb-log-file-size=128M"
COMPLETE = ".qilian-complete"  # written into a data folder once it has been made to the end


class Trouble(Exception):
    """Something the user must be told, in Chinese and English."""

    def __init__(self, chinese, english, detail=""):
        super().__init__(f"{english}\n{detail}".strip())
        self.chinese, self.english, self.detail = chinese, english, detail


def program(name):
    found = shutil.which(name, path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin:" + os.environ.get("PATH", ""))
    if not found:
        raise Trouble(f"找不到 {name}：请安装软件包 mariadb-server-core。",
                      f"{name} is not installed: install the package mariadb-server-core.")
    return found


def login():
    """The system account we run as: MariaDB knows it by the socket and asks for no password."""
    return pwd.getpwuid(os.geteuid()).pw_name


class MariaDB:
    def __init__(self, folder, *, log=None, buffer_pool="256M", end_signal=signal.SIGTERM, options=(), env=None):
        self.folder = Path(folder).resolve()
        self.data = self.folder / "db"
        self.run = self.folder / "run"
        self.log = Path(log) if log else self.folder / "mariadb.log"
        self.socket = self.run / "mariadb.sock"
        self._socket_folder = None
        self._options = [f"--innodb-buffer-pool-size={buffer_pool}", *options]
        self._end_signal = end_signal
        self._env = {**os.environ, **env} if env else None
        self.child = None

    # ---- The data folder ----

    def is_complete(self):
        return all((self.data / name).exists() for name in (COMPLETE, "ibdata1", "mysql"))

    def initialise(self):
        """Makes the data folder. It appears under its name only when it is whole, so a broken-off attempt is no harm."""
        unfinished = self.folder / "db.tmp"
        for pid in process.find(f"--datadir={unfinished}"):  # a killed attempt still at work
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            process.wait_gone(pid, 10)
        shutil.rmtree(unfinished, ignore_errors=True)
        self._make_folders()
        argv = [program("mariadb-install-db"), "--no-defaults", f"--datadir={unfinished}", "--skip-test-db", f"--tmpdir={self.run / 'tmp'}",
                "--auth-root-authentication-method=socket", f"--auth-root-socket-user={login()}",
                REDO_LOG]  # no --user=root: its chown knows no spaces, and the bootstrap needs none
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              preexec_fn=process.with_parent(signal.SIGKILL))
        with open(self.log, "ab") as file:
            file.write(done.stdout)
        if done.returncode != 0:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise Trouble("无法建立数据库文件夹。", "The database folder could not be made.", process.tail(self.log))
        (unfinished / COMPLETE).touch()
        os.sync()
        unfinished.rename(self.data)

    # ---- The server ----

    def start(self, patience=60):
        self._make_folders()
        self._place_socket()
        self.end_leftover()
        self.socket.unlink(missing_ok=True)
        argv = [program("mariadbd"), "--no-defaults", f"--datadir={self.data}", f"--socket={self.socket}",
                f"--pid-file={self.run / 'mariadb.pid'}", f"--log-error={self.log}", f"--tmpdir={self.run / 'tmp'}",
                "--skip-networking", "--skip-name-resolve", "--character-set-server=utf8mb4",
                "--collation-server=utf8mb4_unicode_520_nopad_ci", "--default-time-zone=+00:00", "--local-infile=OFF", "--feedback=OFF",
                "--max-connections=300", "--max-allowed-packet=64M", REDO_LOG,
                "--innodb-flush-log-at-trx-commit=1", "--innodb-snapshot-isolation=ON",
                "--innodb-buffer-pool-load-at-startup=OFF", "--innodb-buffer-pool-dump-at-shutdown=OFF", *self._options]
        if os.geteuid() == 0:
            argv.append("--user=root")
        self.child = process.start(argv, log=self.log, env=self._env, end_signal=self._end_signal)
        deadline = time.monotonic() + patience
        while not self.answers():
            if self.child.poll() is not None:
                raise Trouble("MariaDB 没有启动成功。", "MariaDB did not start.", process.tail(self.log))
            if time.monotonic() > deadline:
                process.end(self.child, 5)
                raise Trouble(f"MariaDB 在 {patience} 秒内没有就绪。", f"MariaDB was not ready within {patience} seconds.",
                              process.tail(self.log))
            time.sleep(0.05)

    def is_alive(self):
        return self.child is not None and self.child.poll() is None

    def answers(self):
        if not self.socket.exists():
            return False
        probe = subprocess.run(self._client("-e", "SELECT 1"), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
        return probe.returncode == 0

    def stop(self, patience=60):
        gracefully = process.end(self.child, patience)
        self.child = None
        self.socket.unlink(missing_ok=True)
        if self._socket_folder:
            shutil.rmtree(self._socket_folder, ignore_errors=True)
            self._socket_folder = None
        return gracefully

    def kill(self):
        """As a crash would."""
        process.signal_group(self.child, signal.SIGKILL)
        self.child.wait()

    def sql(self, statement, database=None):
        """Rows as lists of texts, NULL as the text NULL. For tools and tests; the server has a connection of its own."""
        done = subprocess.run(self._client("--batch", "--skip-column-names", *(["-D", database] if database else [])),
                              input=statement.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode != 0:
            raise Trouble("数据库拒绝了一条语句。", "The database refused a statement.", done.stderr.decode())
        return [line.split("\t") for line in done.stdout.decode().splitlines()]

    def _make_folders(self):
        """One for temporary tables too: a server that starts deletes what it takes for leftovers in a shared /tmp."""
        (self.run / "tmp").mkdir(parents=True, exist_ok=True)

    def _client(self, *words):
        return [program("mariadb"), "--no-defaults", f"--socket={self.socket}", f"--user={login()}",
                "--default-character-set=utf8mb4", *words]

    def _place_socket(self):
        """A checkout deep in the file system has no room for a socket's path: then it lies in a private folder in /tmp."""
        if len(os.fsencode(str(self.socket))) > SOCKET_PATH_MAX and not self._socket_folder:
            name = hashlib.sha256(os.fsencode(str(self.folder))).hexdigest()[:16]
            self._socket_folder = Path(tempfile.gettempdir()) / f"qilian-{os.geteuid()}-{name}"
            with contextlib.suppress(FileExistsError):
                self._socket_folder.mkdir(mode=0o700)
            status = self._socket_folder.lstat()
            if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) != 0o700 or not stat.S_ISDIR(status.st_mode):
                raise Trouble(f"{self._socket_folder} 属于他人。", f"{self._socket_folder} belongs to somebody else.")
            self.socket = self._socket_folder / "mariadb.sock"

    def end_leftover(self):
        """A server that an earlier, killed run left behind would hold the data folder: it is ours, so end it."""
        for pid in process.find(f"--datadir={self.data}"):
            try:
                os.kill(pid, signal.SIGTERM)
            except ProcessLookupError:
                continue
            if not process.wait_gone(pid, 60):
                raise Trouble(f"上次留下的 MariaDB（进程 {pid}）没有结束。", f"A MariaDB left behind earlier (process {pid}) does not end.")
