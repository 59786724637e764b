"""Conditions on the rows of a table, as declarations write them: literal SQL over its columns alone.

No other table, no argument, no comment: what is left cannot reach another platform's rows, and the server's gate (core/db/sql.h) sees the whole
statement once more when it runs."""
import re

TOKEN = re.compile(r"\s+|'(?:[^'\\]|'')*'|`\w+`|[A-Za-z_]\w*|\d+|<=>|<=|>=|<>|!=|[=<>()+\-*/,]|(.)", re.S)
WORDS = set('AND OR NOT IN IS NULL TRUE FALSE BETWEEN LIKE COALESCE IFNULL LOWER LEAST GREATEST UTC_TIMESTAMP CURRENT_DATE'.split())


def check(checker, place, text, table, record):
    """Whether it is one; faults at the place otherwise. table: of tables.py; record: whose rows they are."""
    count = len(checker.faults.found)
    depth = 0
    for match in TOKEN.finditer(text):
        token = match.group(0)
        depth += (token == '(') - (token == ')')
        if match.group(1) is not None or depth < 0 or token == '-' and text[match.end():match.end() + 1] == '-':
            checker.fault(place, f'"{text}" is no condition: "{token}"')
            return False
        name = token.strip('`')
        if re.match(r'[A-Za-z_]', name) and (token != name or name.upper() not in WORDS) and name not in table.columns:
            checker.fault(place, f'table "{table.name}" has no column "{name}"')
    if depth or not text.strip():
        checker.fault(place, f'"{text}" is no condition: a parenthesis is open' if depth else 'a condition says something')
    check_phases(checker, place, text, record)
    return len(checker.faults.found) == count


def check_phases(checker, place, text, record):
    known = {code for code, _, _ in record.phases}
    for match in re.finditer(r"\bphase\s*(?:=|<>|!=|(?:NOT\s+)?IN)\s*(\([^)]*\)|'[^']*')", text, re.I):
        for code in re.findall(r"'([^']*)'", match.group(1)):
            if code not in known:
                checker.fault(place, f'"{code}" is no phase of {record.name}')
