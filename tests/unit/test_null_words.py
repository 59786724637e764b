"""Every function of a public header that answers a pointer says whether it may be NULL (core/attributes.h)."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("core", "tenants", "federation", "tools")
FUNCTION = re.compile(r"^(?!typedef|#)((?:const )?(?:struct |enum |union )?\w+(?: \w+)? \*+(?:const )?(?:OR_NULL )?)(\w+)\(([^;{]*)\)([^;{]*)[;{]", re.M)
MEMBER = re.compile(r"^\t((?:const )?(?:struct |enum |union )?\w+(?: \w+)? \*+(?:OR_NULL )?)\(\*(\w+)\)\(([^;]*)\)([^;]*);", re.M)


def bare(text):
    """Without comments and preprocessor lines, so that neither is taken for a declaration; lines stay where they are."""
    blank = lambda found: re.sub(r"[^\n]", "", found.group())
    text = re.sub(r"/\*.*?\*/", blank, text, flags=re.S)
    return re.sub(r"^#(?:[^\n]*\\\n)*[^\n]*", blank, text, flags=re.M)


def faults(path, text):
    text = bare(text)
    for expression in (FUNCTION, MEMBER):
        for found in expression.finditer(text):
            answer, name, after = found.group(1), found.group(2), found.group(4)
            words = [word for word in ("OR_NULL", "RETURNS_NONNULL", "MUST_CHECK") if word in answer + after]
            problem = answer.startswith("struct problem *") and "**" not in answer
            if expression is MEMBER and problem:
                continue  # a hook's problem: whoever calls it returns it
            if len(set(words) & {"OR_NULL", "RETURNS_NONNULL"}) == 1 or (problem and words == ["MUST_CHECK"]):
                continue
            line = text.count("\n", 0, found.start()) + 1
            yield f"{path}:{line}: {name} may be NULL or not? OR_NULL or RETURNS_NONNULL" + (" or MUST_CHECK" if problem else "")


def main():
    # It would find what it is there for.
    assert len(list(faults("x", "const char *f(int a);\nstruct problem *g(void);\nstruct x *OR_NULL h(void);\n\tconst char *(*i)(void);\n"
                                "/*\nchar *none(void);\n*/\nint j(char *a);\nstruct y *k(void) RETURNS_NONNULL;\nstruct problem *l(int) MUST_CHECK;\n"))) == 3
    found = [fault for floor in FLOORS for path in sorted((ROOT / floor).rglob("*.h"))
             for fault in faults(path.relative_to(ROOT), path.read_text())]
    print(*found, sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
