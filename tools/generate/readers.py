"""Who sees what of whom: schema/readers.yaml, checked, for the pages (record.readers) and for docs/architecture.md.

readers.py DOCUMENT writes the table between its marks; readers.py --check DOCUMENT ends with 1 if it is not what stands there.
"""
import sys
from pathlib import Path

import source

SEES = ('all', 'copy', 'part', 'nothing')
BEGIN, END = '<!-- readers: written by tools/generate/readers.py from schema/readers.yaml -->', '<!-- end of readers -->'


def load(checker):
    path = checker.root / 'schema' / 'readers.yaml'
    checker.readers_paths = [path] if path.exists() else []
    document = source.read(path, checker.faults) if path.exists() else None
    if document is None:
        return
    who = document.get('who', {})
    for name, words in who.items():
        checker.title(words) if isinstance(words, dict) else checker.fault(document['who'].at(name), 'is {zh, en}')
    records = {record.name: record for record in checker.records if record.table}
    for name, rows in document.get('records', {}).items():
        record = records.get(name)
        if not record:
            checker.fault(document['records'].at(name), f'there is no record "{name}"')
            continue
        record.readers = [row for row in (read_row(checker, who, row) for row in rows) if row]
    for row in document.get('decisions', []):
        for word in ('zh', 'en', 'why'):
            if not row.get(word):
                checker.fault(row.place, f'a decision says {word}')


def read_row(checker, who, row):
    checker.known(row, {'who', 'sees', 'zh', 'en'}, 'a row')
    if row.get('who') not in who:
        checker.fault(row.at('who'), f'"{row.get("who")}" is nobody named above')
        return None
    if row.get('sees') not in SEES:
        checker.fault(row.at('sees'), f'sees is one of {", ".join(SEES)}')
    zh, en = checker.title(row)
    return {'who': row['who'], 'who_zh': who[row['who']]['zh'], 'who_en': who[row['who']]['en'], 'sees': row.get('sees'), 'zh': zh, 'en': en}


def table(document):
    records, who = document['records'], document['who']
    out = ['| Of | Who | Sees | |', '|---|---|---|---|']
    for name, rows in records.items():
        for i, row in enumerate(rows):
            out.append(f'| {name if i == 0 else ""} | {who[row["who"]]["en"]} | {row["sees"]} | {row["en"]} |')
    out += ['', 'Whoever is not named sees nothing. Decided, and why:', '']
    out += [f'- {row["en"]} *{row["why"]}*' for row in document['decisions']]
    return '\n'.join(out)


def main(words):
    faults = source.Faults()
    path = Path(words[-1])
    root = Path(__file__).resolve().parent.parent.parent
    document = source.read(root / 'schema' / 'readers.yaml', faults)
    text = path.read_text(encoding='utf-8')
    begin, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    wanted = text[:begin] + '\n\n' + table(document) + '\n\n' + text[end:]
    if words[0] == '--check':
        return 0 if wanted == text else print('the table is not that of schema/readers.yaml: tools/generate/readers.py docs/architecture.md') or 1
    path.write_text(wanted, encoding='utf-8')
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
