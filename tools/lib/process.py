"""Child processes that do not outlive their parent, and finding those that did."""

import ctypes
import os
import signal
import subprocess
import time

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def with_parent(end_signal):
    """For preexec_fn: the kernel sends the child this signal when we die."""
    parent = os.getpid()

    def prepare():
        _libc.prctl(PR_SET_PDEATHSIG, end_signal, 0, 0, 0)
        if os.getppid() != parent:  # we died before the line above
            os._exit(1)
    return prepare


def start(argv, *, log, out=None, env=None, cwd=None, end_signal=signal.SIGTERM):
    """Starts argv in a process group of its own, so that Ctrl-C reaches only us and we choose the order of ending.

    The kernel sends it end_signal when we die without having ended it. log and out are paths that stderr and
    stdout are appended to; without out both go to log.
    """
    with open(log, "ab") as errors, open(out or log, "ab") as output:
        return subprocess.Popen(
            [str(word) for word in argv], stdin=subprocess.DEVNULL, stdout=output, stderr=errors,
            env=env, cwd=cwd, start_new_session=True, preexec_fn=with_parent(end_signal))


def signal_group(child, number):
    """Sends a signal to the child and all that it started; a child that is gone is fine."""
    try:
        os.killpg(child.pid, number)
    except (ProcessLookupError, PermissionError):
        pass


def end(child, patience):
    """SIGTERM to the child, SIGKILL to its group after `patience` seconds. Returns whether it went by itself."""
    if child is None:
        return True
    gracefully = True
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(patience)
        except subprocess.TimeoutExpired:
            gracefully = False
    signal_group(child, signal.SIGKILL)
    child.wait()
    return gracefully


def find(argument):
    """The ids of living processes that were started with exactly this argument."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/cmdline", "rb") as file:
                words = file.read().split(b"\0")
        except OSError:
            continue
        if os.fsencode(argument) in words:
            found.append(int(name))
    return found


def wait_gone(pid, patience):
    """Waits until a process that need not be our child is gone; False when it stays."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        try:
            with open(f"/proc/{pid}/stat", "rb") as file:
                if file.read().rpartition(b")")[2].split()[0] == b"Z":
                    return True
        except OSError:
            return True
        time.sleep(0.05)
    return False


def tail(path, lines=15):
    """The last lines of a log, for showing beside an error."""
    try:
        with open(path, "rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 65536))
            return b"\n".join(file.read().splitlines()[-lines:]).decode("utf-8", "replace")
    except OSError:
        return ""
