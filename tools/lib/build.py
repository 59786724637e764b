"""Building with meson and ninja, quietly: the output goes to a log and is shown when something is wrong."""

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import process

ROOT = Path(__file__).resolve().parents[2]


def is_configured(folder):
    """A setup that was broken off, or a build folder that was moved or copied, does not count."""
    try:
        info = json.loads((folder / "meson-info" / "meson-info.json").read_text())
    except (OSError, ValueError):
        return False
    places = info.get("directories", {})
    return (folder / "build.ninja").exists() and (places.get("source"), places.get("build")) == (str(ROOT), str(folder.resolve()))


def environment(compiler="gcc"):
    env = dict(os.environ)
    env.setdefault("CC", f"ccache {compiler}" if shutil.which("ccache") else compiler)
    return env


def build(folder, log, options=(), targets=(), compiler="gcc"):
    """True when the build folder is up to date. targets: what to build, all if empty."""
    folder, log = Path(folder), Path(log)
    log.parent.mkdir(parents=True, exist_ok=True)
    env = environment(compiler)
    with open(log, "wb") as output:
        def quietly(*argv):
            return subprocess.run([str(word) for word in argv], cwd=ROOT, env=env, stdin=subprocess.DEVNULL,
                                  stdout=output, stderr=subprocess.STDOUT,
                                  preexec_fn=process.with_parent(signal.SIGINT)).returncode == 0

        chosen = folder / "meson-private" / "qilian-options"
        if not is_configured(folder):
            shutil.rmtree(folder, ignore_errors=True)
            if not quietly("meson", "setup", folder, *options):
                return False
        elif options and not (chosen.exists() and chosen.read_text() == str(options)):
            if not quietly("meson", "configure", folder, *options):
                return False
        chosen.write_text(str(options))
        return quietly("ninja", "-C", folder, *targets)


def programs(folder):
    """What tools/meson.build makes, for building it without the tests. The folder is set up (targets=("build.ninja",) does that)."""
    targets = json.loads((Path(folder) / "meson-info" / "intro-targets.json").read_text())
    return tuple(sorted(os.path.relpath(target["filename"][0], folder) for target in targets
                        if target["type"] == "executable" and target["build_by_default"]
                        and target["defined_in"] == str(ROOT / "tools" / "meson.build")))
