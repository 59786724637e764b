#!/usr/bin/python3
"""Every SQL text in the sources is put to the gate (core/db/sql.h), whether a test reaches it or not.

    test_sql_sources.py ROOT CHECKER [MORE.c …]

A platform's table without its platform would be refused when the statement is first prepared; here it is found before
anything runs. Texts with %s in them are put together at run time, so they meet the gate only then. db_command(), which passes no gate, may occur in migrations and tests only.
"""

import os
import re
import subprocess
import sys

FOLDERS = ("core", "tenants", "federation", "tools")
# The limits that the benchmarks compare with speak to MariaDB without our layers.
APART = os.path.join("tools", "bench-src")
MAY_COMMAND = ("core/db/db.h", "core/db/connection.c", "core/db/migrate.c")
TOKEN = re.compile(
    r"(?P<comment>//[^\n]*|/\*.*?\*/)|(?P<text>\"(?:\\.|[^\"\\\n])*\")|(?P<char>'(?:\\.|[^'\\\n])*')|(?P<space>\s+)"
    r"|(?P<word>[A-Za-z_]\w*)|(?P<sign>.)", re.S)
VERB = re.compile(r"\s*\(?\s*(SELECT|INSERT|UPDATE|DELETE|REPLACE|WITH)\s")
CALLS = ("db_select", "db_exec", "db_insert", "db_update", "db_exec_many")
SCOPES = {"db_platform": "platform", "db_network": "network", "db_server": "server", "db_all_platforms": "all"}


def tables(root):
    """Owner of each table by its columns, from the migrations in their order."""
    columns = {}
    folder = os.path.join(root, "schema")
    for name in sorted(os.listdir(folder)):
        if not re.fullmatch(r"\d{4}_\w+\.sql", name):
            continue
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            text = re.sub(r"--[^\n]*|'(?:[^'\\]|\\.|'')*'", "", file.read())
        for statement in text.split(";"):
            found = re.match(r"\s*(?:CREATE\s+TABLE(?:\s+IF\s+NOT\s+EXISTS)?|ALTER\s+TABLE)\s+`?(\w+)`?(.*)", statement, re.S | re.I)
            if found:
                columns.setdefault(found[1], set()).update(re.findall(r"\b(platform_id|network_id)\s+INT", found[2]))
    for name, owned in columns.items():
        yield name, "platform" if "platform_id" in owned else "network" if "network_id" in owned else "server"
    yield "schema_migration", "server"
    yield "schema_lease", "server"


def tokens(text):
    line = 1
    for match in TOKEN.finditer(text):
        kind = match.lastgroup
        if kind not in ("comment", "space"):
            yield kind, match[0], line
        line += match[0].count("\n")


def unescape(literal):
    simple = {"n": "\n", "t": "\t", "\\": "\\", '"': '"', "'": "'", "?": "?"}
    return re.sub(r"\\(.)", lambda match: simple.get(match[1], " "), literal[1:-1])


def macros(text):
    """#define NAME "text" "text", as far as they are texts alone."""
    found = {}
    for match in re.finditer(r"^#define\s+(\w+)[ \t]+((?:[^\n\\]|\\.|\\\n)*)", text, re.M):
        if '"' in match[2]:
            found[match[1]] = match[2]
    return found


def join(parts, known, depth=0):
    out = []
    for kind, value in parts:
        if kind == "text":
            out.append(unescape(value))
        elif depth < 5:
            inner = [(k, v) for k, v, _ in tokens(known[value].replace("\\\n", " ")) if k == "text" or v in known]
            out.append(join(inner, known, depth + 1))
    return "".join(out)


def scope_before(before):
    """The scope that the enclosing call names, if it names one in so many words: db_select(db, db_server(), …"""
    words = [value for kind, value, _ in before[-40:]]
    for back in range(len(words) - 1, -1, -1):
        if words[back] == "DB_ACROSS":
            return "all"
        if words[back] in (";", "{", "}"):
            return "?"
        if words[back] in CALLS:
            return next((SCOPES[word] for word in words[back:] if word in SCOPES), "?")
    return "?"


def statements(path, known):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    known = {**known, **macros(text)}
    text = re.sub(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", lambda match: "\n" * match[0].count("\n"), text, flags=re.M | re.S)
    seen = list(tokens(text))
    at = 0
    while at < len(seen):
        begin, parts = at, []
        while at < len(seen) and (seen[at][0] == "text" or (seen[at][0] == "word" and seen[at][1] in known)):
            parts.append(seen[at][:2])
            at += 1
        if any(kind == "text" for kind, _ in parts):
            sql = join(parts, known)
            if VERB.match(sql):
                yield seen[begin][2], scope_before(seen[:begin]), sql
        at += at == begin
    for _, value, line in seen:
        if value == "db_command":
            yield line, "command", ""


def sources(root):
    for folder in FOLDERS:
        for place, below, names in os.walk(os.path.join(root, folder)):
            below[:] = [name for name in below if name != "bench-src"]  # bare clients to compare with, which have no gate
            for name in sorted(names):
                if name.endswith((".c", ".h")) and not os.path.relpath(place, root).startswith(APART):
                    yield os.path.join(place, name)


# Days are China's, and core/text/zone.h is where that is said: no day of the database's clock or of UTC, and no eight hours of one's own.
DAYS = re.compile(r"\b(CURRENT_DATE|CURDATE|UTC_DATE|CURRENT_TIMESTAMP|LOCALTIME|SYSDATE|TO_DAYS|DAYOFYEAR)\b|\bNOW\(|\b8 HOUR\b|\b8 \* 3600|\b28800|\+08:00|\blocaltime|\bmktime")
BARE_DATE = re.compile(r"\bDATE\((?![^()]*(?:\(\))?[^()]*\" ?ZONE_SQL)")


def own_days(path, short):
    if short in ("core/text/zone.h", "core/text/moment.c"):
        return
    with open(path, encoding="utf-8") as file:
        text = re.sub(r"/\*.*?\*/|//[^\n]*", lambda match: "\n" * match[0].count("\n"), file.read(), flags=re.S)
    for number, line in enumerate(text.split("\n"), 1):
        found = DAYS.search(line) or BARE_DATE.search(line)
        if found:
            yield f"{short}:{number}: {found[0].strip()} is a day or an hour of its own: see core/text/zone.h"


def main():
    root, checker, *more = sys.argv[1:]
    known = {}
    for path in sources(root):
        if path.endswith(".h"):
            with open(path, encoding="utf-8") as file:
                known.update(macros(file.read()))
    feed = [f"T\x1f{name}\x1f{owner}\x1e" for name, owner in tables(root)]
    faults, later = [], 0
    for path in sources(root):
        faults += own_days(path, os.path.relpath(path, root))
    for path in [*sources(root), *more]:
        short = os.path.relpath(path, root)
        for line, scope, sql in statements(path, known):
            if scope != "command" and re.search(r"%(\.\*)?s", sql):
                later += 1
            elif scope != "command":
                feed.append(f"S\x1f{short}:{line}\x1f{scope}\x1f{sql}\x1e")
            elif short not in MAY_COMMAND:
                faults.append(f"{short}:{line}: db_command() passes no gate and is for migrations and tests")
    result = subprocess.run([checker], input="".join(feed), text=True, check=False)
    print(*faults, f"{later} texts are put together at run time", sep="\n")
    sys.exit(bool(faults) or result.returncode)


main()
