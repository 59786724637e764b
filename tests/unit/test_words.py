"""Every text that people read says one thing by one word: docs/glossary.yaml. With --write it writes docs/glossary.md from it."""

import ast
import re
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
GLOSSARY, PAGE = ROOT / "docs" / "glossary.yaml", ROOT / "docs" / "glossary.md"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
STRING = r'"(?:[^"\\\n]|\\.)*"'


# ---- Texts: (file, line, language, text) ----

def of_yaml(path):
    """Whatever has Chinese in it is Chinese; what stands under `en` is English."""
    def walk(node, key):
        if isinstance(node, yaml.MappingNode):
            for name, value in node.value:
                yield from walk(value, name.value)
        elif isinstance(node, yaml.SequenceNode):
            for value in node.value:
                yield from walk(value, key)
        elif CHINESE.search(node.value):
            yield node.start_mark.line + 1, "zh", node.value
        elif key == "en" or key.endswith("_en"):
            yield node.start_mark.line + 1, "en", node.value
    document = yaml.compose(path.read_text())
    return walk(document, "") if document else ()


def bare(text):
    """Without comments; lines and strings stay."""
    keep = lambda found: found.group(1) or re.sub(r"[^\n]", "", found.group())
    return re.sub(rf"({STRING}|'(?:[^'\\\n]|\\.)*')|/\*.*?\*/|//[^\n]*|<!--.*?-->", keep, text, flags=re.S)


def joined(found):
    return "".join(part[1:-1] for part in re.findall(STRING, found))


def of_c(path):
    """Texts are given in pairs: the string behind a Chinese one is its English."""
    text, before = bare(path.read_text()), None
    for found in re.finditer(rf"{STRING}(?:\s*(?:PRI\w+\s*)?{STRING})*", text):
        line, said = text.count("\n", 0, found.start()) + 1, joined(found.group())
        if CHINESE.search(said):
            yield line, "zh", said
            before = found.end()
        else:
            if before is not None and re.fullmatch(r"\s*,\s*", text[before:found.start()]):
                yield line, "en", said
            before = None


def of_words(path):
    """web/src/i18n: a file of one language, or one that holds both."""
    text = bare(path.read_text())
    english = re.search(r"\ben\.ts$", path.name)
    for found in re.finditer(rf"(?<![\w']){STRING}|'(?:[^'\\\n]|\\.)*'|`[^`]*`", text):
        line, said = text.count("\n", 0, found.start()) + 1, found.group()[1:-1]
        if CHINESE.search(said):
            yield line, "zh", said
        elif (english or " " in said) and not re.search(r"^[./@]|^\w+$", said):
            yield line, "en", said
        elif english and re.fullmatch(r"[A-Z]\w+", said):
            yield line, "en", said


def of_page(path):
    for number, line in enumerate(bare(path.read_text()).split("\n"), 1):
        if CHINESE.search(line):
            yield number, "zh", line.strip()


def of_python(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CHINESE.search(node.value):
            yield node.lineno, "zh", node.value


def of_document(path):
    for number, line in enumerate(path.read_text().split("\n"), 1):
        if CHINESE.search(line):
            yield number, "zh", line


SOURCES = [
    (of_words, "web/src/i18n/*.ts"), (of_page, "web/src/**/*.vue"), (of_yaml, "schema/records/*.yaml"), (of_yaml, "schema/*.yaml"),
    (of_yaml, "config/**/*.yaml"), (of_c, "core/**/*.c"), (of_c, "tenants/**/*.c"), (of_c, "federation/**/*.c"), (of_c, "tools/*.c"),
    (of_python, "tools/lib/*.py"), (of_python, "tools/demo/load.py"), (of_document, "docs/*.zh-CN.md"), (of_document, "README.zh-CN.md"),
]


def texts():
    for read, pattern in SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            for line, language, said in read(path):
                yield path.relative_to(ROOT), line, language, said


# ---- Rules ----

def rules(glossary):
    """(language, expression, what it is taken out of before, what is said of it)."""
    for term in glossary["terms"]:
        for language, words in (term.get("not") or {}).items():
            for word in words:
                yield language, re.compile(word), None, f"say {term[language]}"
    for style in glossary["style"]:
        yield style["lang"], re.compile(style["not"]), style.get("unless") and re.compile(style["unless"]), style["say"]


def faults(found, ruled):
    for path, line, language, said in found:
        for speaks, expression, unless, say in ruled:
            if speaks == language and (wrong := expression.search(unless.sub("", said) if unless else said)):
                yield f"{path}:{line}: “{wrong.group()}”: {say}  ({said[:60]})"


def page(glossary):
    """docs/glossary.md"""
    cell = lambda text: str(text).replace("|", "\\|")
    plain = lambda words: "、".join(f"`{cell(word)}`" for word in words)
    lines = ["<!-- written by tests/unit/test_words.py from docs/glossary.yaml -->", "# 用语 · Glossary", "",
             "一事一词；`tests/unit/test_words.py` 用此表检查全部文字。One word for one thing; the test holds every text against this table.", "",
             "| 中文 | English | 含义 | Meaning | 不用 · not |", "|---|---|---|---|---|"]
    for term in glossary["terms"]:
        never = [word for words in (term.get("not") or {}).values() for word in words]
        lines.append(f"| {cell(term['zh'])} | {cell(term['en'])} | {cell(term['means']['zh'])} | {cell(term['means']['en'])} | {plain(never)} |")
    return "\n".join(lines) + "\n"


def main():
    glossary = yaml.safe_load(GLOSSARY.read_text())
    if "--write" in sys.argv:
        PAGE.write_text(page(glossary))
    assert PAGE.read_text() == page(glossary), "docs/glossary.md is not what docs/glossary.yaml says: tests/unit/test_words.py --write"
    ruled, found = list(rules(glossary)), list(texts())
    # It would find what it is there for, in each language, and reads texts of every kind.
    assert len(list(faults([("x", 1, "zh", "机构负责人"), ("x", 2, "en", "Way in："), ("x", 3, "zh", "机构管理员")], ruled))) == 3
    for read, pattern in SOURCES:
        if "docs/" not in pattern:
            assert any(list(read(path)) for path in ROOT.glob(pattern)), f"no text in {pattern}"
    assert sum(language == "en" for _, _, language, _ in found) > 1000 < sum(language == "zh" for _, _, language, _ in found)
    wrong = list(faults(found, ruled))
    print("\n".join(wrong))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
