"""Where things lie: the checkout, the binaries under test, and a temporary folder that is always cleared away."""

import atexit
import fcntl
import os
import shutil
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
LONG = bool(os.environ.get("QILIAN_LONG"))
PREFIX = "qilian-test-"


def _build():
    if os.environ.get("QILIAN_BUILD"):
        return Path(os.environ["QILIAN_BUILD"]).absolute()
    return next((ROOT / name for name in ("build-asan", "build") if (ROOT / name / "tools" / "qiliand").exists()),
                ROOT / "build")


BUILD = _build()


def has_programs():
    """Both programs have been built."""
    return (BUILD / "tools" / "qiliand").exists() and (BUILD / "tools" / "qilianctl").exists()


def _sweep(base):
    """Folders of runs that were killed: their lock is free."""
    for folder in base.glob(PREFIX + "*"):
        try:
            with open(folder / "lock", "rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue


def make_folder():
    """This run's temporary folder. The lock is held while we live; children do not inherit it."""
    base = Path(tempfile.gettempdir())
    _sweep(base)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    lock = open(folder / "lock", "wb")
    fcntl.flock(lock, fcntl.LOCK_EX)
    make_folder.lock = lock
    owner = os.getpid()
    atexit.register(lambda: os.getpid() == owner and shutil.rmtree(folder, ignore_errors=True))
    return folder
