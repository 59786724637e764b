"""What the migrations say of the tables, so that a declaration and its table cannot disagree."""
import re
from pathlib import Path


class Column:
    def __init__(self, name, kind, length, nullable, default, ascii_only, unsigned):
        self.name, self.kind, self.length, self.nullable, self.default, self.ascii = name, kind, length, nullable, default, ascii_only
        self.unsigned = unsigned

    @property
    def characters(self):
        """How many of any kind it holds (utf8mb4: four bytes each); None for what holds no text."""
        if self.kind in ('CHAR', 'VARCHAR'):
            return self.length
        size = {'TINYTEXT': 2**8 - 1, 'TEXT': 2**16 - 1, 'MEDIUMTEXT': 2**24 - 1, 'LONGTEXT': 2**32 - 1}.get(self.kind)
        return size and (size if self.ascii else size // 4)

    @property
    def largest(self):
        """The largest whole number; None for what holds none."""
        bits = {'TINYINT': 8, 'SMALLINT': 16, 'MEDIUMINT': 24, 'INT': 32, 'BIGINT': 64}.get(self.kind)
        return bits and 2**(bits if self.unsigned else bits - 1) - 1


class Table:
    def __init__(self, name):
        self.name, self.columns, self.uniques = name, {}, set()
        self.keys = {} # name: its columns


COLUMN = re.compile(r'^`?(\w+)`?\s+([A-Za-z]+)\s*(\([^)]*\))?(.*)$', re.S)
NOT_COLUMNS = {'PRIMARY', 'KEY', 'UNIQUE', 'INDEX', 'FULLTEXT', 'CONSTRAINT', 'FOREIGN', 'CHECK', 'SPATIAL'}


def statements(text):
    """Splits at semicolons outside quotes, comments gone."""
    out, piece, quote, i = [], [], None, 0
    while i < len(text):
        c = text[i]
        if quote:
            piece.append(c)
            if c == quote:
                quote = None
        elif c in '\'"`':
            quote = c
            piece.append(c)
        elif text.startswith('--', i):
            end = text.find('\n', i)
            i = len(text) if end < 0 else end
            continue
        elif c == ';':
            out.append(''.join(piece).strip())
            piece = []
        else:
            piece.append(c)
        i += 1
    out.append(''.join(piece).strip())
    return [s for s in out if s]


def split_items(text):
    """Splits at commas outside parentheses and quotes."""
    out, piece, depth, quote = [], [], 0, None
    for c in text:
        if quote:
            quote = None if c == quote else quote
        elif c in '\'"`':
            quote = c
        elif c == '(':
            depth += 1
        elif c == ')':
            depth -= 1
        elif c == ',' and not depth:
            out.append(''.join(piece).strip())
            piece = []
            continue
        piece.append(c)
    out.append(''.join(piece).strip())
    return [item for item in out if item]


def add_item(table, item):
    first = item.split(None, 1)[0].upper()
    if first in NOT_COLUMNS: # a quoted name is never one of these words
        unique = re.match(r'UNIQUE\s+(?:KEY|INDEX)?\s*`?(\w+)`?', item, re.I)
        if unique:
            table.uniques.add(unique.group(1))
        key = re.match(r'(?:UNIQUE\s+)?(?:KEY|INDEX)\s*`?(\w+)`?\s*\((.*)\)', item, re.I | re.S)
        if key:
            table.keys[key.group(1)] = [part.strip('` ').split()[0] for part in key.group(2).split(',')]
        return
    match = COLUMN.match(item)
    if not match:
        return
    name, kind, length, rest = match.groups()
    upper = re.sub(r"'[^']*'", "''", rest).upper()
    number = int(length[1:-1]) if length and length[1:-1].isdigit() else None
    table.columns[name] = Column(name, kind.upper(), number, 'NOT NULL' not in upper and 'PRIMARY KEY' not in upper, 'DEFAULT' in upper,
                                 'CHARACTER SET ASCII' in upper, 'UNSIGNED' in upper)


def alter(table, text):
    for item in split_items(text):
        match = re.match(r'ADD\s+(?:COLUMN\s+)?(?:IF\s+NOT\s+EXISTS\s+)?(.*)$', item, re.I | re.S)
        if match:
            add_item(table, match.group(1))
            continue
        match = re.match(r'MODIFY\s+(?:COLUMN\s+)?(.*)$', item, re.I | re.S)
        if match:
            add_item(table, match.group(1))
            continue
        match = re.match(r'DROP\s+COLUMN\s+(?:IF\s+EXISTS\s+)?`?(\w+)', item, re.I)
        if match:
            table.columns.pop(match.group(1), None)


def read(folder):
    """{table name: Table} after all migrations."""
    tables = {}
    for path in sorted(Path(folder).glob('[0-9]*.sql')):
        for text in statements(path.read_text(encoding='utf-8')):
            match = re.match(r'CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?`?(\w+)`?\s*\((.*)\)[^)]*$', text, re.I | re.S)
            if match:
                table = tables[match.group(1)] = Table(match.group(1))
                for item in split_items(match.group(2)):
                    add_item(table, item)
                continue
            match = re.match(r'ALTER\s+TABLE\s+`?(\w+)`?\s+(.*)$', text, re.I | re.S)
            if match and match.group(1) in tables:
                alter(tables[match.group(1)], match.group(2))
                continue
            match = re.match(r'DROP\s+TABLE\s+(?:IF\s+EXISTS\s+)?`?(\w+)', text, re.I)
            if match:
                tables.pop(match.group(1), None)
    return tables
