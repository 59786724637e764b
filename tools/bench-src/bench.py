"""tools/bench: measures in a place of its own, prints a table, and puts it into docs/benchmarks.md when asked."""

import argparse
import os
import platform
import subprocess
import sys
import time

import fairness
import figures
import seed
from place import BUILD, ROOT, Place, build

DOCUMENT = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- figures: written by tools/bench --write -->", "<!-- end of figures -->"
FIGURES = {"start": figures.start, "cached": figures.cached, "search": figures.search, "writes": figures.writes, "publish": figures.publish, "catch-up": figures.catch_up,
           "listings": figures.listings, "fairness": fairness.fairness}
PROGRAMS = ("tools/qiliand", "tools/qilianctl", "tools/bench-src/load", "tools/bench-src/evhttp_limit", "tools/bench-src/writes_limit", "tools/bench-src/watch")


def arguments():
    parser = argparse.ArgumentParser(prog="tools/bench", add_help=False)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("figures", nargs="*", metavar="FIGURE", choices=[*FIGURES, []])
    chosen = parser.parse_args()
    chosen.figures = chosen.figures or list(FIGURES)
    if chosen.write and set(chosen.figures) != set(FIGURES):
        parser.error("--write wants all figures")
    return chosen


def output_of(*argv):
    return subprocess.run(argv, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout.strip()


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        return next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), platform.machine())


def conditions(begun, loads):
    """Where and how, for the document."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = output_of("dpkg-query", "-W", "-f", "${Package} ${Version}, ", "mariadb-server-core", "libevent-2.1-7", "libjson-c5").rstrip(", ")
    return [
        f"- {time.strftime('%Y-%m-%d', begun)}, commit {output_of('git', 'rev-parse', '--short', 'HEAD')}, "
        f"`{' '.join(['tools/bench', *sys.argv[1:]])}`",
        f"- {os.cpu_count()} processors ({processor()}), {memory:.0f} GB, Linux {platform.release()}",
        f"- {versions}; {output_of('gcc', '--version').splitlines()[0]}",
        f"- load average before each figure: {', '.join(f'{load:.1f}' for load in loads)}; generator, server and database share the processors",
    ]


def table(rows):
    lines = ["| What | Figure | Limit in the same run | Goal | |", "|---|---|---|---|---|"]
    return lines + [f"| {row.what} | {row.figure} | {row.limit} | {row.goal} | {row.verdict} |" for row in rows]


def write(lines):
    text = DOCUMENT.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        sys.exit(f"{DOCUMENT} has no place for figures")
    DOCUMENT.write_text("\n".join([before + BEGIN, "", *lines, "", END]) + after, encoding="utf-8")


def measure(chosen):
    rows, loads = [], []
    with Place() as place:
        print("making 1,000 platforms, 100,000 products and their listings…", file=sys.stderr)
        seed.populate(place)
        for name in chosen.figures:
            print(f"{name}…", file=sys.stderr)
            loads.append(os.getloadavg()[0])
            seed.keep_signed_in(place)
            try:
                got = FIGURES[name](place, chosen.rounds)
            except Exception as error:
                sys.exit(f"{place.last_words()}\n{name}: {type(error).__name__}: {error}")
            rows += got
            print("\n".join(table(got)[2:]), flush=True)
    return rows, loads


def main():
    chosen, begun = arguments(), time.localtime()
    log = ROOT / "var" / "bench-build.log" if (ROOT / "var").exists() else BUILD / "bench-build.log"
    if not build.build(BUILD, log, targets=PROGRAMS):
        sys.exit(f"the build failed: {log}")
    rows, loads = measure(chosen)
    lines = [*table(rows), "", *conditions(begun, loads)]
    print("", *lines, sep="\n")
    if chosen.write:
        write(lines)


if __name__ == "__main__":
    main()
