"""No test hangs the run: each phase of a test fails after its time, and shows where every thread stood.

@pytest.mark.timeout(seconds) gives a test more. When even the failing does not get through (a call that no signal breaks), the
whole run ends; what it started goes with it.
"""

import faulthandler
import os
import signal
import sys
import threading
import traceback

import pytest
from _pytest.faulthandler import fault_handler_stderr_key

SECONDS = 180  # far above what any needs: these machines are shared
SLOWER = 4 if "tsan" in os.environ.get("QILIAN_BUILD", "") else 1


class TookTooLong(Exception):
    pass


def _stacks():
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    here = threading.main_thread().ident
    return "".join(f"\n--- {names.get(ident, ident)}\n" + "".join(traceback.format_stack(frame)[-8:])
                   for ident, frame in sys._current_frames().items() if ident != here)


def _limited(item):
    marker = item.get_closest_marker("timeout")
    seconds = (marker.args[0] if marker else SECONDS) * SLOWER

    def late(number, frame):
        raise TookTooLong(f"took longer than {seconds} s{_stacks()}")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    faulthandler.dump_traceback_later(seconds + 60, exit=True, file=item.config.stash[fault_handler_stderr_key])
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def pytest_configure(config):
    """SIGTERM ends a run as Ctrl-C does: with its fixtures put away. Shells start background commands with SIGINT ignored."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_setup(item):
    yield from _limited(item)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item):
    yield from _limited(item)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_teardown(item):
    yield from _limited(item)
