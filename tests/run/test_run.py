"""tools/run as a newcomer meets it: the way up, the way down, and what can go wrong."""

import contextlib
import os
import pty
import signal
import socket
import subprocess
import time
from pathlib import Path

import process
import pytest

from harness import ROOT, Client, eventually, free_port
from harness.places import BUILD, make_folder

UP = "Ctrl-C ends it"
pytestmark = pytest.mark.timeout(300)


class Run:
    """One tools/run with a var/ of its own, its output in `log`."""

    def __init__(self, var, *words, port=None, log=None):
        self.var, self.port = Path(var), port or free_port()
        self.log = log or self.var.with_name(self.var.name + ".out")
        self.log.write_bytes(b"")
        env = {**os.environ, "QILIAN_VAR": str(var), "QILIAN_BUILD": str(BUILD)}
        with open(self.log, "ab") as out:
            self.child = subprocess.Popen([ROOT / "tools" / "run", "--port", str(self.port), *words], env=env, cwd="/",
                                          stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
                                          preexec_fn=process.with_parent(signal.SIGTERM))

    @property
    def text(self):
        return self.log.read_text(encoding="utf-8")

    def wait_up(self, patience=100):
        def is_up():
            if self.child.poll() is not None:
                raise RuntimeError(f"ended with {self.child.returncode}\n{self.text}")
            return UP in self.text
        eventually(is_up, patience)
        return self

    def wait_end(self, patience=60):
        return self.child.wait(patience)

    def interrupt(self, number=signal.SIGINT):
        """Ctrl-C reaches the whole foreground group of a terminal."""
        os.killpg(self.child.pid, number)
        return self.wait_end()

    def mariadb(self):
        return process.find(f"--datadir={self.var.resolve()}/db")

    def qiliand(self):
        return process.find(str(self.var / "qilian.yaml"))

    def answers(self):
        with contextlib.suppress(OSError):
            return Client(self.port, "127.0.0.1").get("/readyz").status == 200
        return False

    def platforms(self):
        words = ["mariadb", "--no-defaults", f"--socket={self.var}/run/mariadb.sock", "-N", "-e", "SELECT COUNT(*) FROM qilian.tenant"]
        return int(subprocess.run(words, stdout=subprocess.PIPE, check=True, text=True).stdout)


@pytest.fixture(scope="module")
def folder():
    """Short: a socket's path has room for 107 bytes."""
    return make_folder()


@pytest.fixture
def start():
    """Starts tools/run; what a test leaves running is ended."""
    runs = []

    def make(*words, **options):
        runs.append(Run(*words, **options))
        return runs[-1]

    yield make
    for run in runs:
        if run.child.poll() is None:
            run.interrupt()
    assert not any(run.mariadb() + run.qiliand() for run in runs)


@pytest.fixture(scope="module")
def var(folder):
    """Filled by the first test that starts on it, and used by those after it as a second start."""
    return folder / "var"


def first_start(var, start):
    if not (var / "db").exists():
        start(var).wait_up(200).interrupt()


@pytest.mark.timeout(300)
def test_the_first_start_brings_everything_up_and_ctrl_c_ends_it(var, start):
    run = start(var).wait_up(250)
    assert run.answers() and run.platforms() >= 8
    assert "lishui.localhost" in run.text and str(run.port) in run.text
    assert run.interrupt() == 0
    assert "All of it has ended" in run.text and "Traceback" not in run.text
    assert not run.mariadb() and not run.qiliand()
    assert oct((var).stat().st_mode & 0o777) == "0o700"


@pytest.mark.timeout(300)
def test_a_second_start_is_quick_and_keeps_what_was_there(var, start):
    first_start(var, start)
    began = time.monotonic()
    run = start(var).wait_up()
    took = time.monotonic() - began
    assert run.platforms() >= 8 and "Loading the demonstration" not in run.text
    assert run.interrupt(signal.SIGTERM) == 0
    busy = max(1, os.getloadavg()[0] / os.cpu_count())  # others may be at work on the machine
    assert took < 5 * busy, f"{took:.1f} s"


def test_an_interrupt_ends_it_in_the_background_of_a_script_too(var, start):
    """Where the shell has it ignore SIGINT."""
    first_start(var, start)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        run = start(var)
    finally:
        signal.signal(signal.SIGINT, before)
    run.wait_up()
    assert run.interrupt() == 0 and "All of it has ended" in run.text


def test_a_taken_port_is_named_and_nothing_starts(var, start):
    first_start(var, start)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        run = start(var, port=port)
        assert run.wait_end() == 1
    assert f"端口 {port} 已被占用" in run.text and f"Port {port} is taken" in run.text and f"--port {port + 10}" in run.text
    assert not run.mariadb()


def test_a_second_tools_run_is_refused_and_the_first_goes_on(var, start):
    first_start(var, start)
    first = start(var).wait_up()
    told = var.with_name("second.out")
    second = start(var, log=told)
    assert second.wait_end() == 1
    assert "另一个 tools/run" in second.text and f"pid {first.child.pid}" in second.text
    assert start(var, "--reset", log=told).wait_end() == 1
    assert first.answers()


def test_a_killed_mariadb_is_started_again(var, start):
    first_start(var, start)
    run = start(var).wait_up()
    [server] = run.qiliand()
    [pid] = run.mariadb()
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: "MariaDB is back" in run.text, 20)
    eventually(run.answers, 20)
    assert run.qiliand() == [server] and run.platforms() >= 8


def test_a_mariadb_that_keeps_dying_is_given_up(var, start):
    first_start(var, start)
    run = start(var).wait_up()
    for _ in range(5):
        os.kill(eventually(lambda: run.child.poll() is not None and [0] or run.mariadb(), 20)[0], signal.SIGKILL)
        time.sleep(0.7)
    assert run.wait_end(30) == 1 and "keeps ending" in run.text
    assert not run.qiliand()


def test_a_dead_qiliand_is_reported_with_its_last_lines(var, start):
    first_start(var, start)
    run = start(var).wait_up()
    os.kill(run.qiliand()[0], signal.SIGKILL)
    assert run.wait_end(30) == 1
    assert "qiliand ended unexpectedly (signal SIGKILL)" in run.text and '{"' in run.text
    assert not run.mariadb()


def test_after_a_kill_nothing_is_left_and_the_next_start_is_normal(var, start):
    first_start(var, start)
    run = start(var).wait_up()
    run.child.kill()
    run.wait_end()
    again = start(var).wait_up()
    assert again.answers() and len(again.mariadb()) == 1
    assert again.platforms() >= 8


def test_mariadb_and_all_killed_together_leaves_stale_files_only(var, start):
    first_start(var, start)
    run = start(var).wait_up()
    victims = run.mariadb() + run.qiliand()
    run.child.kill()
    for pid in victims:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    run.wait_end()
    (var / "run" / "mariadb.sock").touch()
    (var / "run" / "mariadb.pid").write_text("1\n")
    assert start(var).wait_up().answers()


@pytest.mark.timeout(300)
def test_a_broken_off_first_start_is_taken_up_again(folder, start):
    """Killed while the data folder or the demonstration was being made."""
    var = folder / "broken"
    for sign in ("Making the database folder", "Loading the demonstration"):
        run = start(var)
        eventually(lambda: sign in run.text, 60, 0.002)
        run.child.kill()
        run.wait_end()
        eventually(lambda: not process.find(f"--datadir={var.resolve()}/db.tmp"))
    run = start(var).wait_up(200)
    assert "loading it again" in run.text and run.platforms() >= 8
    assert not (var / "db.tmp").exists()


@pytest.mark.timeout(300)
def test_a_half_made_data_folder_without_data_is_set_aside(folder, start):
    var = folder / "half"
    (var / "db" / "mysql").mkdir(parents=True)
    (var / "db" / "ibdata1").write_bytes(b"half")
    run = start(var).wait_up(200)
    assert "half-made" in run.text
    [aside] = var.glob("db.incomplete-*")
    assert (aside / "ibdata1").read_bytes() == b"half"


def test_a_half_made_data_folder_with_data_is_left_alone(folder, start):
    var = folder / "damaged"
    (var / "db" / "qilian").mkdir(parents=True)
    (var / "db" / "qilian" / "account.ibd").write_bytes(b"precious")
    run = start(var)
    assert run.wait_end() == 1 and "--reset" in run.text and "不完整" in run.text
    assert (var / "db" / "qilian" / "account.ibd").read_bytes() == b"precious"


def test_reset_removes_only_what_tools_run_made(folder, start):
    var = folder / "foreign"
    var.mkdir()
    (var / "letter.txt").write_text("mine")
    run = start(var, "--reset")
    assert run.wait_end() == 1 and "nothing was removed" in run.text
    assert (var / "letter.txt").read_text() == "mine"


@pytest.mark.timeout(300)
def test_reset_begins_anew(var, start):
    first_start(var, start)
    (var / "db" / "old").touch()
    run = start(var, "--reset").wait_up(200)
    assert "beginning anew" in run.text and run.platforms() >= 8 and not (var / "db" / "old").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a small disk")
def test_a_full_disk_is_told_before_anything_is_written(folder, start):
    var = folder / "small"
    var.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "none", var]).returncode != 0:
        pytest.skip("no mounting here")
    try:
        run = start(var)
        assert run.wait_end() == 1
        assert "磁盘空间不足" in run.text and "The disk is full" in run.text and not (var / "db").exists()
    finally:
        subprocess.run(["umount", var], check=True)


@pytest.mark.parametrize("words", [["--port", "0"], ["--port", "70000"], ["--port", "x"], ["--wrong"]])
def test_wrong_arguments_are_refused(folder, words):
    done = subprocess.run([ROOT / "tools" / "run", *words], env={**os.environ, "QILIAN_VAR": str(folder / "none")},
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode in (1, 2) and "Traceback" not in done.stdout
    assert not (folder / "none").exists()


def test_help_needs_nothing(folder):
    done = subprocess.run([ROOT / "tools" / "run", "--help"], stdout=subprocess.PIPE, text=True)
    assert done.returncode == 0 and "--reset" in done.stdout


def test_ctrl_c_in_a_terminal_reaches_the_servers_in_order(var, start):
    """Typed in a real terminal, where the signal goes to the whole foreground group."""
    first_start(var, start)
    port = free_port()
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(QILIAN_VAR=str(var), QILIAN_BUILD=str(BUILD))
        os.execv(ROOT / "tools" / "run", ["run", "--port", str(port)])
    seen = b""
    while UP.encode() not in seen:
        seen += os.read(terminal, 4096)
    os.write(terminal, b"\x03")
    with contextlib.suppress(OSError):
        while data := os.read(terminal, 4096):
            seen += data
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0, seen.decode()
    assert "All of it has ended".encode() in seen and b"unexpectedly" not in seen
    assert not process.find(f"--datadir={var.resolve()}/db")
