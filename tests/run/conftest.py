from harness.places import has_programs
from harness.timeouts import *  # noqa: F401,F403 - hooks

collect_ignore = [] if has_programs() else ["test_run.py"]
