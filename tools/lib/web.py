"""The pages: built from web/ into web/dist, which qiliand serves. Nothing is done that was done before: the inputs' digest tells."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from build import ROOT

WEB = ROOT / "web"
DIST = WEB / "dist"
MODULES = WEB / "node_modules"
PRIVATE = WEB / ".node"
BUILT = WEB / ".built"  # digest of what dist was made from; beside it, since all of dist is served
NODE_LEAST = (20, 19)  # what vite needs; Debian 12 has 18
NODE_PRIVATE = "22"
INPUTS = ("package.json", "package-lock.json", "vite.config.ts", "tsconfig.json", "index.html", "src", "public", "scripts")


def version(program):
    try:
        said = subprocess.run([program, "--version"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=20).stdout.decode()
        return tuple(int(part) for part in said.strip().lstrip("v").split(".")[:2])
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return (0, 0)


def environment(log=None):
    """With a node that is new enough first in PATH: the system's, else one of our own from the npm package `node`. None without npm."""
    env = dict(os.environ, npm_config_update_notifier="false", npm_config_fund="false", npm_config_audit="false")
    if version("node") >= NODE_LEAST and shutil.which("npm"):
        return env
    own = PRIVATE / "node_modules" / "node" / "bin"
    if version(own / "node") < NODE_LEAST:
        if not shutil.which("npm"):
            return None
        PRIVATE.mkdir(exist_ok=True)
        (PRIVATE / "package.json").write_text('{"private": true}\n')
        if not run(["npm", "install", "--no-save", f"node@{NODE_PRIVATE}"], env, log, PRIVATE) or version(own / "node") < NODE_LEAST:
            return None
    return dict(env, PATH=f"{own}{os.pathsep}{env['PATH']}")


def run(argv, env, log, folder=WEB):
    with open(log, "ab") if log else open(os.devnull, "wb") as output:
        return subprocess.run([str(word) for word in argv], cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=output,
                              stderr=subprocess.STDOUT).returncode == 0


def digest(names):
    """Of the files' names and contents; a few dozen small ones."""
    sums = hashlib.sha256()
    for name in names:
        path = WEB / name
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                content = file.read_bytes()
                sums.update(f"{file.relative_to(WEB)} {len(content)}\n".encode())
                sums.update(content)
    return sums.hexdigest()


def is_stamped(stamp, text):
    return stamp.exists() and stamp.read_text() == text


def install(log):
    """The environment to run node in, with web/node_modules as the lock says; None when that failed (see the log)."""
    log.parent.mkdir(parents=True, exist_ok=True)
    env = environment(log)
    wanted, stamp = digest(("package.json", "package-lock.json")), MODULES / ".qilian-lock"
    if env and not is_stamped(stamp, wanted):
        if not run(["npm", "ci", "--no-progress"], env, log):
            return None
        stamp.write_text(wanted)
    return env


def is_built():
    return (DIST / "index.html").exists() and is_stamped(BUILT, digest(INPUTS))


def build(log):
    """True when web/dist is what web/ says. What was built before stays as it is until the new is complete."""
    if is_built():
        return True
    log = Path(log)
    log.unlink(missing_ok=True)
    env, wanted, made = install(log), digest(INPUTS), WEB / "dist.unfinished"
    shutil.rmtree(made, ignore_errors=True)
    if not env or not run(["npx", "vite", "build", "--outDir", made.name, "--emptyOutDir"], env, log) or \
            not run(["node", "scripts/compress.mjs", made.name], env, log):
        return False
    BUILT.unlink(missing_ok=True)
    shutil.rmtree(DIST, ignore_errors=True)
    made.rename(DIST)
    BUILT.write_text(wanted)
    return True
