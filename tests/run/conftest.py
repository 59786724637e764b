from harness.places import ROOT, has_programs
from harness.timeouts import *  # noqa: F401,F403 - hooks

# Nothing to run before both programs and their settings are there.
collect_ignore = [] if has_programs() and (ROOT / "config" / "qilian.yaml").exists() else ["test_run.py"]
