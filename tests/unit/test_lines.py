"""No line of C or of the pages beyond 120 columns; a tab goes to the next eighth column, and a Chinese character takes two, as on a screen."""

import re
import sys
import unicodedata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MOST = 120
WHERE = [(floor, ("*.c", "*.h")) for floor in ("core", "tenants", "federation", "tools", "tests")]
WHERE += [(folder, ("*.ts", "*.vue", "*.css", "*.mjs")) for folder in ("web/src", "web/tests", "web/scripts", "tests/browser")]
# A template or a regular expression goes on to its end: to break it changes what it says.
WHOLE = re.compile(r"`[^`]*\$\{|: /\S{60,}/,$")


def columns(line):
    """Of what is wide in East Asia's scripts two; signs that are narrow in some of their fonts ("…", "·") one."""
    at = 0
    for sign in line:
        at += 8 - at % 8 if sign == "\t" else 0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1
    return at


def faults(path, text):
    for number, line in enumerate(text.split("\n"), 1):
        if columns(line) > MOST and not (path.suffix in (".ts", ".vue") and WHOLE.search(line)):
            yield f"{path}:{number}: {columns(line)} columns, {MOST} at most"


def main():
    assert len(list(faults(Path("x"), "\t" * 15 + "a\n" + "a" * 120 + "\n" + "中" * 60 + "\n" + "中" * 60 + "。\n中\t" + "a" * 113))) == 3 and not list(faults(Path("x.ts"), "`${" + "a" * 120))
    found = [fault for folder, patterns in WHERE for pattern in patterns for path in sorted((ROOT / folder).rglob(pattern))
             if "node_modules" not in path.parts for fault in faults(path.relative_to(ROOT), path.read_text(encoding="utf-8"))]
    print(*found, sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
