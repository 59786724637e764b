"""No line of C or of the pages beyond 120 columns; a tab goes to the next eighth column."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MOST = 120
WHERE = [(floor, ("*.c", "*.h")) for floor in ("core", "tenants", "federation", "tools", "tests")]


def faults(path, text):
    for number, line in enumerate(text.split("\n"), 1):
        if len(line.expandtabs(8)) > MOST:
            yield f"{path}:{number}: {len(line.expandtabs(8))} columns, {MOST} at most"


def main():
    assert len(list(faults("x", "\t" * 15 + "a\n" + "a" * 120 + "\n" + "中" * 121))) == 2
    found = [fault for folder, patterns in WHERE for pattern in patterns for path in sorted((ROOT / folder).rglob(pattern))
             if "node_modules" not in path.parts for fault in faults(path.relative_to(ROOT), path.read_text(encoding="utf-8"))]
    print(*found, sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
