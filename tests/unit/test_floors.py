"""Arrows run one way: no floor and no wing includes what stands above it, and no folders include one another in a circle.

The order is that of docs/architecture.md, from the ground up. What is generated (schema/) is known to all.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ORDER = [
    "core", "core/crypto", "core/text", "core/config", "core/db", "core/work", "core/file", "core/out", "core/office", "core/http", "core/record",
    "tenants/rules", "tenants/policy", "tenants/platform", "tenants/notice", "tenants/account", "tenants/institution", "tenants/shelf", "tenants/trade",
    "tenants/portal", "tenants/desk",
    "federation/sync", "federation/exchange", "federation/entry", "federation/transfer", "federation",
    "tools",
]
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+"([^"]+)"', re.M)


def faults(sources):
    """sources: path → text."""
    place = {folder: at for at, folder in enumerate(ORDER)}
    for path, text in sorted(sources.items()):
        folder = path.rpartition("/")[0]
        if folder not in place:
            yield f"{path}: {folder}/ has no place in the order of tests/unit/test_floors.py"
            continue
        for found in INCLUDE.finditer(text):
            other = found[1].rpartition("/")[0]
            line = text.count("\n", 0, found.start()) + 1
            if other.startswith("schema") or found[1].endswith(".gen.h"):
                continue
            if "/" not in found[1]:
                yield f"{path}:{line}: {found[1]} is included without its folder"
            elif place.get(other, len(ORDER)) > place[folder]:
                yield f"{path}:{line}: {folder}/ includes {found[1]}, which stands above it"


def main():
    # It would find what it is there for: a higher wing, a higher floor, a folder that nobody has placed, a bare name.
    assert len(list(faults({"tenants/policy/a.c": '#include "tenants/shelf/b.h"\n#include "core/arena.h"\n', "core/arena.c": '# include "tenants/policy/a.h"\n',
                            "tenants/new/c.c": "", "core/buf.h": '#include "arena.h"\n', "tools/x.c": '#include "federation/sync/pull.h"\n'}))) == 4
    sources = {str(path.relative_to(ROOT)): path.read_text() for floor in ("core", "tenants", "federation", "tools")
               for path in (ROOT / floor).rglob("*.[ch]")}
    assert len(sources) > 300
    found = [fault for fault in faults(sources) if not fault.startswith(("tools/bench-src", "tools/generate"))]
    print(*found, sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
