import subprocess

from harness.places import BUILD, has_programs
from harness.timeouts import *  # noqa: F401,F403 - hooks


def has_demonstration():
    return has_programs() and b"demo load" in subprocess.run([BUILD / "tools" / "qilianctl", "help"], stdout=subprocess.PIPE).stdout


# tools/run shows the demonstration: nothing to run before there is one.
collect_ignore = [] if has_demonstration() else ["test_run.py"]
