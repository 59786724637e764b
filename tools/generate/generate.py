#!/usr/bin/python3
"""Makes C tables and the API's description from schema/records/*.yaml.

usage: generate.py ROOT OUT.H OUT.C OPENAPI.JSON [DEPFILE]     generate
       generate.py ROOT --check                                 report the faults of the declarations only

Faults are written as file:line: what is wrong, all at once; then nothing is generated.
"""
import json
import sys
from pathlib import Path

import emit_c
import model
import openapi
import page


def depfile(target, checker, path):
    """Also on the folders themselves, so that a new file is noticed."""
    root = checker.root
    folders = [root / 'schema' / 'records', root / 'schema']
    files = checker.paths + sorted((root / 'schema').glob('*.sql')) + [checker.roles_path, *checker.readers_paths]
    files += sorted(Path(__file__).parent.glob('*.py'))
    names = ' '.join(str(file.resolve()).replace(' ', '\\ ') for file in folders + files)
    Path(path).write_text(f'{target}: {names}\n', encoding='utf-8')


def write(path, content):
    """Only what changed, so that what depends on it is not built anew."""
    path = Path(path)
    if not path.exists() or path.read_text(encoding='utf-8') != content:
        path.write_text(content, encoding='utf-8')


def main():
    root = sys.argv[1]
    checker = model.Checker(root).load()
    if sys.argv[2:] == ['--check'] or checker.faults.found:
        return report(checker)
    header_path, body_path, openapi_path = sys.argv[2:5]
    header, document = emit_c.header(checker), openapi.document(checker)
    if checker.faults.found:
        return report(checker)
    write(header_path, header)
    write(body_path, emit_c.body(checker, document, page.page(document)))
    write(openapi_path, json.dumps(document, ensure_ascii=False, indent=1) + '\n')
    if len(sys.argv) > 5:
        depfile(header_path, checker, sys.argv[5])
    return 0


def report(checker):
    for line in checker.faults.report():
        print(line, file=sys.stderr)
    return 1 if checker.faults.found else 0


if __name__ == '__main__':
    sys.exit(main())
