"""clang's analyser over every file of the floors: paths on which a pointer that may be NULL (core/attributes.h) is used, or a value that was
never set. What it found of a file is kept in the build folder until the file, a header of it or a flag changes.

What is known stands in tools/lib/analysed.txt, each with the line it is about, so that it stays known when lines move. A new finding fails; a known one
that is gone is said, to be taken off: the list only shrinks.

    python3 -B tools/lib/analyse.py build [WORD...]    only files whose name holds a word
    python3 -B tools/lib/analyse.py build --known      prints the list as it would be now
"""

import concurrent.futures
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KNOWN = ROOT / "tools" / "lib" / "analysed.txt"
FLOORS = ("core", "tenants", "federation", "tools")
CHECKS = "core,unix,nullability,deadcode.DeadStores"
KEPT = ("-I", "-D", "-U", "-std", "-isystem")
NOT_KEPT = ("-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=3")
FLAGS = ("--analyze", "-Xclang", f"-analyzer-checker={CHECKS}", "-Xclang", "-analyzer-output=text", "-Wno-everything")
FINDING = re.compile(r"^(.*?):(\d+):(\d+): warning: (.*)$")


def digest(path, known):
    if path not in known:
        try:
            known[path] = hashlib.sha256(Path(path).read_bytes()).hexdigest()
        except OSError:
            known[path] = ""
    return known[path]


def sources(folder):
    """The floors' files with what they are compiled with; each once, however many programs it is part of."""
    chosen = {}
    for entry in json.loads((folder / "compile_commands.json").read_text()):
        path = Path(os.path.normpath(os.path.join(entry["directory"], entry["file"])))
        if path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in FLOORS and "-src" not in str(path):
            chosen.setdefault(path, [word for word in shlex.split(entry["command"]) if word.startswith(KEPT) and word not in NOT_KEPT])
    return chosen


def read_dependencies(path):
    words = path.read_text().split(":", 1)[1].replace("\\\n", " ").split()
    return [word for word in words if not word.startswith("/usr/")]


def analyse(folder, source, flags, version, known):
    """(findings, whether it was looked at anew). A file that clang cannot read is a finding."""
    kept = folder / "analysis" / f"{source.relative_to(ROOT).as_posix().replace('/', '__')}.json"
    key = hashlib.sha256(json.dumps([version, FLAGS, flags]).encode()).hexdigest()
    try:
        told = json.loads(kept.read_text())
        if told["key"] == key and all(digest(path, known) == was for path, was in told["files"].items()):
            return told["findings"], False
    except (OSError, ValueError, KeyError):
        pass
    dependencies = kept.with_suffix(".d")
    done = subprocess.run(["clang", *FLAGS, *flags, "-MD", "-MF", dependencies, source, "-o", os.devnull], cwd=folder, capture_output=True, text=True)
    findings = sorted({f"{os.path.relpath(os.path.join(folder, found[1]), ROOT)}:{found[2]}: {found[4]}"
                       for found in map(FINDING.match, done.stderr.splitlines()) if found})
    if done.returncode:
        return [f"{source.relative_to(ROOT)}: clang ended with {done.returncode}", *findings, done.stderr[-2000:]], True
    files = {os.path.join(folder, path): digest(os.path.join(folder, path), known) for path in read_dependencies(dependencies)}
    kept.write_text(json.dumps({"key": key, "files": files, "findings": findings}))
    dependencies.unlink()
    return findings, True


def analyse_all(folder, words=()):
    """(findings, files, files looked at anew)."""
    folder = Path(folder).resolve()
    (folder / "analysis").mkdir(exist_ok=True)
    version = subprocess.run(["clang", "--version"], capture_output=True, text=True, check=True).stdout
    chosen, known, findings, anew = sources(folder), {}, set(), 0
    if words:
        chosen = {path: flags for path, flags in chosen.items() if any(word in str(path) for word in words)}
    with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("ANALYSERS", os.cpu_count() or 2))) as pool:
        for found, fresh in pool.map(lambda one: analyse(folder, one[0], one[1], version, known), chosen.items()):
            findings.update(found)
            anew += fresh
    return sorted(findings), len(chosen), anew


def as_known(finding):
    """Without the line's number, with its text instead."""
    found = re.match(r"^(.*?):(\d+): (.*)$", finding)
    if not found:
        return finding
    lines = (ROOT / found[1]).read_text(errors="replace").splitlines()
    return f"{found[1]}: {found[3]}: {lines[int(found[2]) - 1].strip()}"


def compare(findings, whole=True):
    """(new findings with their line numbers, known ones that are gone)."""
    known = {line for line in KNOWN.read_text().splitlines() if line and not line.startswith("#")} if KNOWN.exists() else set()
    new = [finding for finding in findings if as_known(finding) not in known]
    return new, sorted(known - set(map(as_known, findings))) if whole else []


def main(folder, words):
    everything, files, looked = analyse_all(folder, [word for word in words if word != "--known"])
    if "--known" in words:
        print(*sorted(set(map(as_known, everything))), sep="\n")
        return 0
    new, gone = compare(everything, whole=not words)
    print(*new, *(f"gone, take it off {KNOWN.relative_to(ROOT)}: {line}" for line in gone),
          f"{len(everything)} in {files} files, {looked} of them anew; {len(new)} new, {len(gone)} gone", sep="\n")
    return 1 if new else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
