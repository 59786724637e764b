"""Each seeded fault (tests/mutants.yaml) still has its place in the sources: the list does not fall behind unseen."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "lib"))

import mutants  # noqa: E402


def main():
    stale = []
    for mutant in mutants.load():
        try:
            mutants.Applied(mutant, ROOT)
        except (mutants.Stale, FileNotFoundError) as fault:
            stale.append(str(fault))
    print(*stale, sep="\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
