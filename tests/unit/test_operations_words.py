"""The operators' manual, and the introduction to the API, say the same in both languages: headings, tables, commands, names. What one has
the other must have."""

import re
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "generate"))
from openapi import DESCRIPTION, DESCRIPTION_ZH  # noqa: E402

DOCS = ROOT / "docs"
ENGLISH, CHINESE = DOCS / "operations.md", DOCS / "operations.zh-CN.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)


def blocks(text):
    """Commands and settings without their comments."""
    return [(kind, [line for line in (re.sub(r"(^|\s)#.*", "", line).rstrip() for line in body.split("\n")) if line]) for kind, body in BLOCK.findall(text)]


def headings(text):
    return [(len(marks), re.findall(r"`[^`]+`", said)) for marks, said in re.findall(r"^(#+) (.*)$", BLOCK.sub("", text), re.M)]


def names(text):
    """What stands in backticks, however often in all."""
    return Counter(re.findall(r"`([^`\n]+)`", BLOCK.sub("", text)))


def tables(text):
    return [len(rows.strip().split("\n")) for rows in re.findall(r"(?:^\|.*\n)+", BLOCK.sub("", text), re.M)]


def targets(text):
    """Other documents that it points to."""
    return sorted(target for target in re.findall(r"\]\(([^)#]*)[^)]*\)", BLOCK.sub("", text)) if target and "operations" not in target)


def differences(english, chinese):
    for what, look in (("headings", headings), ("tables", tables), ("links", targets)):
        if look(english) != look(chinese):
            yield f"{what} differ: {look(english)} / {look(chinese)}"
    for one, other in zip(blocks(english), blocks(chinese)):
        if one != other:
            yield f"a block differs: {one} / {other}"
    if len(blocks(english)) != len(blocks(chinese)):
        yield "one has more blocks"
    there, here = names(english), names(chinese)
    yield from (f"`{name}` stands {there[name]} times in operations.md, {here[name]} in operations.zh-CN.md" for name in sorted(there | here)
                if bool(there[name]) != bool(here[name]))


def main():
    english, chinese = ENGLISH.read_text(), CHINESE.read_text()
    # It would notice a command, a name, a row or a section that one lacks.
    for part, other in (("qilianctl log new-epoch  ", "qilianctl log old-epoch  "), ("`qilianctl overdue list`", "list"), ("| `GET /healthz` |", "\n| `GET /healthz` |"), ("## Closing", "### Closing")):
        assert part in english and list(differences(english.replace(part, other), chinese)), part
    assert DESCRIPTION.count("\n\n") == DESCRIPTION_ZH.count("\n\n") and set(names(DESCRIPTION)) == set(names(DESCRIPTION_ZH))
    found = list(differences(english, chinese))
    print("\n".join(found))
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
