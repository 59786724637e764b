"""tools/test mutants: faults put into a copy of the sources one by one; the tests near each must notice it.

The list is tests/mutants.yaml. One copy and one build folder serve all: a mutant costs the compiling of a file, the linking of the programs that its tests run, and
those tests. What a mutant is meant to change must be there exactly once, so that the list cannot fall behind the sources in silence.
"""

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import yaml

import build
import process

PLACE = build.ROOT / "build-mutants"
SOURCES, BUILD = PLACE / "sources", PLACE / "build"
# Plain and quick to compile: what is unused behind a mutant must not stop it from being built.
OPTIONS = ("-Dwerror=false", "-Doptimization=0", "-Ddebug=false")
PATIENCE, UNIT_PATIENCE = 240, 90  # seconds for a test of one mutant, at least: who hangs is noticed
UNHARMED = 1800  # seconds for a test without a fault; what it took says what the fault is given, on a machine as busy as this
SHARE = 0.9
DAEMON = ("tools/qiliand", "tools/qilianctl", "tools/qilian-picture", "tools/qilian-sheet")


class Stale(Exception):
    """The list and the sources have parted."""


def load():
    return yaml.safe_load((build.ROOT / "tests" / "mutants.yaml").read_text(encoding="utf-8"))


def copy_sources():
    """What git knows and what has been added since, as it lies here; only what differs, so that the copy's build stays warm."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=build.ROOT, stdout=subprocess.PIPE, check=True).stdout
    names = {name for name in listed.decode().split("\0") if name and (build.ROOT / name).is_file()}
    for name in sorted(names):
        here, there = build.ROOT / name, SOURCES / name
        if there.is_file() and there.read_bytes() == here.read_bytes():
            continue
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(here, there)
    for path in [path for path in SOURCES.rglob("*") if path.is_file() and str(path.relative_to(SOURCES)) not in names]:
        path.unlink()


def edits_of(mutant):
    return mutant.get("edits") or [{"from": mutant["from"], "to": mutant["to"]}]


def change(mutant, text, edit):
    """Where lines are broken is nothing to a fault: any white space stands for any other."""
    words = r"\s+".join(re.escape(word) for word in edit["from"].split())
    found = list(re.finditer(words, text))
    if len(found) != 1:
        raise Stale(f"{mutant['name']}: {len(found)} times in {mutant['file']}: {edit['from']!r}")
    return text[:found[0].start()] + edit["to"].strip() + text[found[0].end():]


class Applied:
    """with Applied(mutant): the copy holds the fault."""

    def __init__(self, mutant, root=SOURCES):
        self.path = root / mutant["file"]
        self.before = self.path.read_text(encoding="utf-8")
        self.after = self.before
        for edit in edits_of(mutant):
            self.after = change(mutant, self.after, edit)

    def __enter__(self):
        self.path.write_text(self.after, encoding="utf-8")

    def __exit__(self, *failure):
        self.path.write_text(self.before, encoding="utf-8")


def program_of(name):
    """Of a unit test: those of the engine on records of their own stand in a folder apart."""
    folder = "record" if (build.ROOT / "tests" / "record" / f"test_{name}.c").is_file() else "unit"
    return f"tests/{folder}/test_{name}"


def targets_of(tests):
    targets = []
    for test in tests:
        kind, name, *_ = test.split()
        targets += DAEMON if kind == "integration" else [program_of(name)]
    return sorted(set(targets))


def run(argv, log, cwd, patience):
    """The exit code; None when time ran out. Whatever it started ends with it."""
    with open(log, "ab") as out:
        child = subprocess.Popen([str(word) for word in argv], cwd=cwd, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                 env={**os.environ, "QILIAN_BUILD": str(BUILD), "QILIAN_LONG": "", "QILIAN_SHRINK": "0"}, start_new_session=True)
        try:
            return child.wait(patience)
        except subprocess.TimeoutExpired:
            return None
        finally:
            process.signal_group(child, 15 if child.poll() is None else 9)
            if child.poll() is None:
                try:
                    child.wait(20)
                except subprocess.TimeoutExpired:
                    process.signal_group(child, 9)
                    child.wait()


def make(targets, log):
    return run(["ninja", "-C", BUILD, *targets], log, SOURCES, 900) == 0


def run_test(test, log, patience):
    """True when it passed."""
    kind, name, *words = test.split()
    if kind == "unit":
        return run([BUILD / program_of(name)], log, SOURCES, patience) == 0
    argv = ["/usr/bin/python3", "-B", "-m", "pytest", "-p", "no:cacheprovider", "-q", "-x", "--tb=line", f"tests/integration/{name}", *words]
    code = run(argv, log, SOURCES, patience)
    if code == 5:
        raise Stale(f"{test}: no test of that name")
    return code == 0


def prepare(log):
    PLACE.mkdir(exist_ok=True)
    copy_sources()
    if not (BUILD / "build.ninja").exists():
        env = {**os.environ, "CC": "ccache gcc" if shutil.which("ccache") else "gcc"}
        with open(log, "ab") as out:
            if subprocess.run(["meson", "setup", BUILD, SOURCES, *OPTIONS], stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env).returncode:
                return False
    return True


def check_unharmed(chosen, log):
    """Without a fault every test of the list passes: else a fault would be noticed that is none. What fails, and {test: seconds that it may take}."""
    tests = sorted({test for mutant in chosen for test in mutant["tests"]})
    if not make(targets_of(tests), log):
        return ["the copy does not build"], {}
    faults, patience = [], {}
    for test in tests:
        began = time.monotonic()
        if not run_test(test, log, UNHARMED):
            faults.append(f"{test} fails without a fault")
        patience[test] = max(UNIT_PATIENCE if test.startswith("unit ") else PATIENCE, 4 * (time.monotonic() - began))
    return faults, patience


def try_one(mutant, log, patience):
    """caught, survived, or unbuildable."""
    with Applied(mutant):
        if not make(targets_of(mutant["tests"]), log):
            return "unbuildable"
        return "survived" if all(run_test(test, log, patience[test]) for test in mutant["tests"]) else "caught"


def mutants(tally, *names):
    chosen = [mutant for mutant in load() if not names or mutant["name"] in names]
    unknown = set(names) - {mutant["name"] for mutant in chosen}
    log = build.ROOT / "build-mutants.log"
    log.write_bytes(b"")
    faults, patience = [f"no mutant is called {name}" for name in sorted(unknown)], {}
    if not faults:
        faults, patience = check_unharmed(chosen, log) if prepare(log) else (["the copy cannot be set up"], {})
    results = {}
    for mutant in chosen if not faults else ():
        began = time.monotonic()
        try:
            results[mutant["name"]] = try_one(mutant, log, patience)
        except Stale as stale:
            results[mutant["name"]] = f"stale: {stale}"
        print(f"   {results[mutant['name']]:<10} {mutant['name']} ({time.monotonic() - began:.0f} s)", flush=True)
    caught = [name for name, result in results.items() if result == "caught"]
    survived = [name for name, result in results.items() if result == "survived"]
    faults += [f"{name}: {result}" for name, result in results.items() if result not in ("caught", "survived")]
    for line in faults + [f"survived: {name}" for name in survived]:
        print(f"   {line}", flush=True)
    if faults:
        print(process.tail(log, 40))
    enough = bool(results) and len(caught) >= SHARE * len(results)
    print(f"-- {len(caught)} of {len(results)} seeded faults caught", flush=True)
    tally.add("mutants", len(caught), len(faults) + (0 if enough else len(survived) or 1), len(survived) if enough else 0)
