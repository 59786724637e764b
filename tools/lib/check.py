"""What tools/test does once the packages are there: builds, runs every kind of test, and adds up the results.

A part is a function that takes the Tally and its arguments. To add one: write it, and name it in PARTS.
"""

import contextlib
import functools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import analyse
import build
import mutants as seeded
import process
import web

ROOT = build.ROOT
PLAIN = ROOT / "build"
ADDRESS = ROOT / "build-asan"
THREAD = ROOT / "build-tsan"
CLANG = ROOT / "build-clang"
FUZZ = ROOT / "build-fuzz"
LONG = False

# Instrumented code makes gcc warn of what is not there; the plain build holds the line on warnings.
SANITIZED = ("-Db_lundef=false", "-Doptimization=1", "-Dwerror=false")
ADDRESS_OPTIONS = ("-Db_sanitize=address,undefined", *SANITIZED)
THREAD_OPTIONS = ("-Db_sanitize=thread", *SANITIZED)
# A file's tests share what they have set up, so a file stays with one of the two; each has a MariaDB of its own.
SIDE_BY_SIDE = ("-n", "2", "--dist", "loadfile")
PYTEST = ("/usr/bin/python3", "-B", "-m", "pytest", "-p", "no:cacheprovider", "-q", "--no-header", "--tb=short", "-rfEs")


class Tally:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.failures = []

    def add(self, part, passed, failed, skipped=0):
        self.passed += passed
        self.failed += failed
        self.skipped += skipped
        if failed:
            self.failures.append(f"{part}: {failed}")
        print(f"-- {part}: {passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""), flush=True)

    def check(self, part, good):
        self.add(part, 1 if good else 0, 0 if good else 1)
        return good


# ---- Running ----

@functools.cache
def steady():
    """Sanitizers lay out their shadow memory more reliably without address randomisation; a container may forbid that."""
    words = ("setarch", os.uname().machine, "-R")
    works = shutil.which("setarch") and subprocess.run([*words, "true"], stderr=subprocess.DEVNULL).returncode == 0
    return words if works else ()


def start(argv, env=None, **options):
    return subprocess.Popen([str(word) for word in argv], cwd=ROOT, env=env, stdin=subprocess.DEVNULL,
                            preexec_fn=process.with_parent(signal.SIGINT), **options)


def finish(child):
    """Its exit code; when we are interrupted it is given time to put away what it has started."""
    try:
        child.wait()
    except KeyboardInterrupt:
        child.send_signal(signal.SIGINT)
        try:
            child.wait(60)
        except subprocess.TimeoutExpired:
            child.kill()
        raise
    return child.returncode


def run(argv, env=None, **options):
    return finish(start(argv, env, **options))


def sanitized(folder):
    """An environment in which every sanitizer report lands in the build folder, whoever's stderr would have swallowed it."""
    reports = folder / "reports"
    shutil.rmtree(reports, ignore_errors=True)
    reports.mkdir(parents=True)
    common = f'log_path="{reports}/report":print_stacktrace=1'
    suppressions = ROOT / "tests" / "sanitizers"
    return dict(
        os.environ, QILIAN_BUILD=str(folder), QILIAN_LONG="1" if LONG else "", MALLOC_PERTURB_="0",
        ASAN_OPTIONS=f"{common}:detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1:exitcode=99",
        LSAN_OPTIONS=f'suppressions="{suppressions}/leaks.txt":print_suppressions=0' if (suppressions / "leaks.txt").exists() else "",
        UBSAN_OPTIONS=f"{common}:halt_on_error=1",
        TSAN_OPTIONS=f"{common}:exitcode=66:second_deadlock_stack=1" +
        (f':suppressions="{suppressions}/races.txt"' if (suppressions / "races.txt").exists() else ""))


def check_reports(tally, folder, part):
    found = sorted((folder / "reports").glob("report.*"))
    for path in found:
        print(f"==== {path.relative_to(ROOT)}", path.read_text(errors="replace")[:6000], sep="\n", flush=True)
    if found:
        tally.add(f"{part}, sanitizer reports", 0, len(found))


def make(tally, name, folder, options=(), compiler="gcc", targets=()):
    """Counts only when it fails: a build is the condition of a test, not one."""
    began = time.monotonic()
    log = folder.with_name(f"{folder.name}.log")
    good = build.build(folder, log, options, compiler=compiler, targets=targets)
    print(f"-- {name}: {time.monotonic() - began:.0f} s", flush=True)
    if good:
        log.unlink()
    else:
        print(process.tail(log, 60))
        tally.add(name, 0, 1)
    return good


# ---- Reading results ----

def read_meson(tally, folder, part, exit_code):
    """Counts cmocka's test functions; a program that fails without naming one (a crash, a time-out) counts once."""
    passed = failed = skipped = programs = 0
    log = folder / "meson-logs" / "testlog.json"
    for line in log.read_text(errors="replace").splitlines() if log.exists() else ():
        result = json.loads(line)
        programs += 1
        output = result.get("stdout", "") + "\n" + result.get("stderr", "")
        good = result["result"] in ("OK", "EXPECTEDFAIL")
        if result["result"] == "SKIP":
            skipped += 1
            continue
        passed += len(re.findall(r"^\[ +OK +\]", output, re.M)) or (1 if good else 0)
        skipped += len(re.findall(r"^\[  SKIPPED \] [^\d]", output, re.M))
        if not good:
            failed += max(1, len(re.findall(r"^\[  FAILED  \] [^\d]", output, re.M)) // 2)
            print(f"==== {result['name']}: {result['result']}", output.strip()[-8000:], sep="\n", flush=True)
    if exit_code != 0 and failed == 0:
        failed = 1
    tally.add(part, passed, failed, skipped)


def read_junit(tally, path, part, exit_code):
    passed = failed = skipped = 0
    try:
        for suite in ElementTree.parse(path).getroot().iter("testsuite"):
            bad = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
            skipped += int(suite.get("skipped", 0))
            failed += bad
            passed += int(suite.get("tests", 0)) - bad - int(suite.get("skipped", 0))
    except (OSError, ElementTree.ParseError):
        failed = 1
    if exit_code not in (0, 5) and failed == 0:  # 5: nothing collected
        failed = 1
    tally.add(part, max(0, passed), failed, skipped)


def meson_test(tally, folder, part, *words):
    env = sanitized(folder)
    (folder / "meson-logs" / "testlog.json").unlink(missing_ok=True)
    code = run([*steady(), "meson", "test", "-C", folder, "--no-rebuild", "--num-processes", os.cpu_count() or 2, "-t", 4,
                "-q", *words], env=env, stdout=subprocess.DEVNULL)
    read_meson(tally, folder, part, code)
    check_reports(tally, folder, part)


def pytest(tally, folder, part, *words):
    env = sanitized(folder)
    report = folder / f"{re.sub('[^a-z]+', '-', part)}.xml"
    report.unlink(missing_ok=True)
    code = run([*steady(), *PYTEST, f"--junitxml={report}", *words], env=env)
    read_junit(tally, report, part, code)
    check_reports(tally, folder, part)


# ---- The parts ----

def plain(tally, *words):
    """Optimised and with every warning an error: what tools/run builds."""
    if make(tally, "build", PLAIN):
        tally.check("build without warnings", True)
        for name in ("qiliand", "qilianctl", "qilian-picture", "qilian-sheet"):
            tally.check(f"{name} is hardened", hardened(PLAIN / "tools" / name))


def hardened(program):
    """Position independent, its table of functions bound at the start and never written again, with canaries and checked copies."""
    def look(*words):
        return subprocess.run([*words, program], capture_output=True, text=True, check=True).stdout
    head, symbols = look("readelf", "-hldW"), look("nm", "-D")
    lacking = [what for what, there in {
        "PIE": "DYN (" in head, "RELRO": "GNU_RELRO" in head, "BIND_NOW": re.search(r"BIND_NOW|\bNOW\b", head),
        "stack protector": "__stack_chk_fail" in symbols, "_FORTIFY_SOURCE": re.search(r"__\w+_chk@", symbols.replace("__stack_chk", "")),
    }.items() if not there]
    if lacking:
        print(f"==== {program.relative_to(ROOT)} lacks {', '.join(lacking)}")
    return not lacking


def analysis(tally, *words):
    """Of the plain build's files; what did not change since the last time is not looked at again."""
    if make(tally, "set up", PLAIN, targets=("build.ninja", *generated(PLAIN))):
        began = time.monotonic()
        findings, files, anew = analyse.analyse_all(PLAIN, words)
        new, gone = analyse.compare(findings, whole=not words)
        print(*new, *(f"gone, take it off {analyse.KNOWN.relative_to(ROOT)}: {line}" for line in gone), sep="\n")
        print(f"-- analysis of {files} files, {anew} of them anew: {time.monotonic() - began:.0f} s", flush=True)
        tally.add("analysis", files, len(new))


def generated(folder):
    """What is made before anything is compiled, headers among it."""
    targets = json.loads((folder / "meson-info" / "intro-targets.json").read_text()) if (folder / "meson-info" / "intro-targets.json").exists() else ()
    return tuple(sorted(os.path.relpath(name, folder) for target in targets if target["type"] == "custom"
                        for name in target["filename"] if name.endswith(".h")))


def unit(tally, *words):
    if make(tally, "build with ASan and UBSan", ADDRESS, ADDRESS_OPTIONS):
        meson_test(tally, ADDRESS, "unit", "--no-suite", "long", *words)


def threads(tally, *words):
    """Only the tests that start threads, and what they link."""
    if make(tally, "set up TSan", THREAD, THREAD_OPTIONS, targets=("build.ninja",)):
        names = in_suite(THREAD, "threads")
        if names and make(tally, "build with TSan", THREAD, THREAD_OPTIONS, targets=names):
            meson_test(tally, THREAD, "threads", "--suite", "threads")


def in_suite(folder, suite):
    """The programs of a suite, relative to the build folder."""
    tests = json.loads((folder / "meson-info" / "intro-tests.json").read_text())
    chosen = [test for test in tests if any(name.split(":")[-1] == suite for name in test["suite"])]
    return tuple(sorted({os.path.relpath(test["cmd"][0], folder) for test in chosen}))


def integration(tally, *words):
    if make(tally, "build with ASan and UBSan", ADDRESS, ADDRESS_OPTIONS):
        pytest(tally, ADDRESS, "integration", *(words or (*SIDE_BY_SIDE, "tests/integration")))


def run_itself(tally, *words):
    """The pages come first, outside of any test's time: the first time they fetch a good deal."""
    if make(tally, "build", PLAIN):
        began = time.monotonic()
        good = web.build(PLAIN / "web.log")
        print(f"-- pages: {time.monotonic() - began:.0f} s" + ("" if good else "; not built, the tests go on without"), flush=True)
        pytest(tally, PLAIN, "run", *(words or ("tests/run",)))


def pages(tally, *words):
    """Types, the unit tests of the pages, what is loaded first and how much of it."""
    log = PLAIN.with_name("web.log")
    env = web.install(log) if make(tally, "build", PLAIN) else None
    if not tally.check("packages of web/", env is not None):
        print(process.tail(log, 30) if log.exists() else "")
        return
    tally.check("format of the pages", subprocess.run([web.MODULES / ".bin" / "prettier", "--check", "--log-level", "warn", "src/**/*.{ts,vue,css}", "tests/**/*.ts",
                                                       "scripts/*.mjs", "vite.config.ts", "../tests/browser/*.ts"], cwd=web.WEB, env=env).returncode == 0)
    tally.check("types of the pages", subprocess.run([web.MODULES / ".bin" / "vue-tsc", "--noEmit"], cwd=web.WEB, env=env).returncode == 0)
    tally.check("build of the pages", web.build(log))
    report = PLAIN / "web.xml"
    report.unlink(missing_ok=True)
    code = subprocess.run([web.MODULES / ".bin" / "vitest", "run", "--reporter=default", "--reporter=junit", f"--outputFile.junit={report}"], cwd=web.WEB, env=env).returncode
    read_junit(tally, report, "pages", code)


def browser(tally, *words):
    """The pages in headless Chromium against a real server and database; all of them on two such stages side by side."""
    if not make(tally, "build", PLAIN) or not tally.check("pages for the browser", web.build(PLAIN / "web.log")):
        return
    shares = [words] if words else [("--shard=1/2",), ("--shard=2/2",)]
    folders = [PLAIN / ("browser" if words else f"browser-{i}") for i in range(1, len(shares) + 1)]
    children, logs = [], [None if words else PLAIN / f"{folder.name}.log" for folder in folders]
    for share, folder, log in zip(shares, folders, logs):
        (folder / "junit.xml").unlink(missing_ok=True)
        env = dict(sanitized(PLAIN), QILIAN_BROWSER=" ".join(share), QILIAN_OUTPUT=str(folder))
        with open(log, "wb") if log else contextlib.nullcontext() as out:
            children.append(start([*PYTEST, "-s", "tests/browser"], env, stdout=out, stderr=out))
    for child, folder, log in zip(children, folders, logs):
        code = finish(child)
        if log:
            print(log.read_text(errors="replace"), flush=True)
        read_junit(tally, folder / "junit.xml", "browser", code)


def clang(tally, *words):
    if make(tally, "build with clang, ASan and UBSan", CLANG, ADDRESS_OPTIONS, compiler="clang"):
        meson_test(tally, CLANG, "unit with clang", "--no-suite", "long")


def thread_integration(tally, *words):
    if make(tally, "build with TSan", THREAD, THREAD_OPTIONS):
        pytest(tally, THREAD, "integration with TSan", "tests/integration")


def fuzz(tally, *words):
    """Fuzzers are programs of the suite 'fuzz', built when the option 'fuzz' is set; each ends by itself."""
    options = ROOT / "meson_options.txt"
    if not options.exists() or "'fuzz'" not in options.read_text():
        return
    if make(tally, "build fuzzers", FUZZ, ("-Dfuzz=true", *ADDRESS_OPTIONS), compiler="clang"):
        meson_test(tally, FUZZ, "fuzz", "--suite", "fuzz", "-t", "20")


def mutants(tally, *words):
    """Seeded faults, each of which the tests near it must notice."""
    seeded.mutants(tally, *words)


PARTS = {"build": plain, "analysis": analysis, "unit": unit, "threads": threads, "integration": integration, "run": run_itself, "pages": pages, "browser": browser}
LONG_PARTS = {"clang": clang, "fuzz": fuzz, "threads-integration": thread_integration, "mutants": mutants}


def main():
    global LONG
    words = [word for word in sys.argv[1:] if word != "--long"]
    LONG = len(words) < len(sys.argv) - 1
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    known = {**PARTS, **LONG_PARTS}
    if words and words[0] not in known:
        print(f"没有名为 {words[0]} 的部分。\nThere is no part called {words[0]}. Parts: {', '.join(known)}", file=sys.stderr)
        return 2
    began, tally = time.monotonic(), Tally()
    try:
        for part in [known[words[0]]] if words else [*PARTS.values(), *(LONG_PARTS.values() if LONG else ())]:
            part(tally, *words[1:])
    except KeyboardInterrupt:
        tally.add("interrupted", 0, 1)
    for line in tally.failures:
        print(f"FAILED {line}")
    print(f"-- {time.monotonic() - began:.0f} s" + (f", {tally.skipped} skipped" if tally.skipped else ""))
    print(f"{tally.passed} passed, {tally.failed} failed", flush=True)
    return 1 if tally.failed or not tally.passed else 0


if __name__ == "__main__":
    sys.exit(main())
