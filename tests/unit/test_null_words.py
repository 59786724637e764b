"""Every function of a public header that answers a pointer says whether it may be NULL, and of each pointer that it is given whether that
may be (core/attributes.h). With --write the words of parameters are put where they lack."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("core", "tenants", "federation", "tools")
FUNCTION = re.compile(r"^(?!typedef|#)((?:const )?(?:struct |enum |union )?\w+(?: \w+)? \*+(?:const )?(?:OR_NULL )?)(\w+)\(([^;{]*)\)([^;{]*)[;{]", re.M)
MEMBER = re.compile(r"^\t((?:const )?(?:struct |enum |union )?\w+(?: \w+)? \*+(?:OR_NULL )?)\(\*(\w+)\)\(([^;]*)\)([^;]*);", re.M)

# Whose parameters say it too: what is not OR_NULL is NONNULL, and gcc, clang's analyser and UBSan hold callers to it.
GIVEN = ("core",)
PROTOTYPE = re.compile(r"^(?!typedef|static|extern)[A-Za-z_][\w *]*?[ *](\w+)(?=\()", re.M)
POINTER_TYPE = re.compile(r"^typedef [^;]*?\(\*(\w+)\)\(", re.M)


def bare(text):
    """Comments and preprocessor lines blanked, so that neither is taken for a declaration; all else stays where it is."""
    blank = lambda found: re.sub(r"[^\n]", " ", found.group())
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


def past(text, at):
    """Behind the bracket that closes the one at `at`."""
    depth = 0
    while True:
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        at += 1
        if not depth:
            return at


def parameters(text):
    found, depth = [""], 0
    for sign in text:
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(sign, 0)
        if sign == "," and not depth:
            found.append("")
        else:
            found[-1] += sign
    return [parameter.strip() for parameter in found]


def outermost(parameter):
    """Without what a pointer to a function is given: of that its own type says."""
    return re.sub(r"\)\s*\(.*\)$", ")", parameter, flags=re.S)


def given(text, pointer_types):
    """Of each function that is given pointers: (its name, where its name stands, where its words begin, what they say, what they should)."""
    text = bare(text)
    is_pointer = re.compile(r"[*\[]" + "".join(rf"|\b{name}\b" for name in sorted(pointer_types)))
    for found in PROTOTYPE.finditer(text):
        end = past(text, found.end())
        after = re.match(r"[^;{=]*;", text[end:])
        if not after:
            continue
        all_given = parameters(text[found.end() + 1:end - 1])
        pointers = [(number, outermost(one)) for number, one in enumerate(all_given, 1) if is_pointer.search(outermost(one))]
        never = [str(number) for number, one in pointers if "OR_NULL" not in one]
        whole = len(never) == len(pointers) and "..." not in all_given
        said = re.search(r"\s*\bNONNULL(_AT\([\d, ]*\))?(?!\w)", after.group())
        yield found.group(1), found.start(), end, said.group() if said else "", "" if not never else "NONNULL" if whole else f"NONNULL_AT({', '.join(never)})"


def given_faults(path, text, pointer_types):
    for name, at, _, said, wanted in given(text, pointer_types):
        if said.strip() != wanted:
            yield (f"{path}:{text.count(chr(10), 0, at) + 1}: {name} is given pointers: "
                   + (f"{wanted}, and OR_NULL for what may be NULL" if wanted else "none of them NONNULL"))


def write(path, pointer_types):
    text = path.read_text()
    for _, _, end, said, wanted in reversed(list(given(text, pointer_types))):
        if said.strip() != wanted:
            text = text[:end] + (f" {wanted}" if wanted else "") + text[end:].replace(said, "", 1)
    path.write_text(text)


def main():
    # It would find what it is there for.
    assert len(list(faults("x", "const char *f(int a);\nstruct problem *g(void);\nstruct x *OR_NULL h(void);\n\tconst char *(*i)(void);\n"
                                "/*\nchar *none(void);\n*/\nint j(char *a);\nstruct y *k(void) RETURNS_NONNULL;\nstruct problem *l(int) MUST_CHECK;\n"))) == 3
    sample = ("void f(int *a);\nvoid g(int *a, const char *OR_NULL b) NONNULL_AT(1);\nvoid h(int *OR_NULL a);\nint i(int a, char b[3]) NONNULL;\n"
              "void j(int a, hook b);\nvoid k(const char *a, ...) NONNULL;\nvoid l(void (*OR_NULL a)(void *b), int *c) NONNULL_AT(2) MUST_CHECK;\n"
              "void m(int *a, const char *OR_NULL b) NONNULL_AT(1, 2);\nint n(void);\nstatic inline int o(int *a) { return *a; }\n")
    assert [fault.split(":")[1] for fault in given_faults("x", sample, {"hook"})] == ["1", "5", "6", "8"]
    types = {name for floor in FLOORS for path in (ROOT / floor).rglob("*.h") for name in POINTER_TYPE.findall(bare(path.read_text()))}
    headers = [path for floor in GIVEN for path in sorted((ROOT / floor).rglob("*.h"))]
    for path in headers if sys.argv[1:] == ["--write"] else ():
        write(path, types)
    found = [fault for path in headers for fault in given_faults(path.relative_to(ROOT), path.read_text(), types)]
    found += [fault for floor in FLOORS for path in sorted((ROOT / floor).rglob("*.h"))
             for fault in faults(path.relative_to(ROOT), path.read_text())]
    print(*found, sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
