"""A state that follows from dates alone: nobody sets it, so it cannot be wrong.

{name: state, type: enum, window: {from: opens_at, until: closes_at}, values: [upcoming, open, closed], …}

from, until    columns of type time or date (either may be left out, and be empty in a row); it is `upcoming` before `from`, `open` until `until`, and
`closed` from that moment on. A last day counts whole, in China's time. The database judges with each row that it reads, by its own clock, so that lists,
filters and pages agree to the second, and with what is refused after it.
"""
NOW = {'DATETIME': 'UTC_TIMESTAMP(3)', 'DATE': 'DATE(UTC_TIMESTAMP() + INTERVAL 8 HOUR)'}
CODES = ('upcoming', 'open', 'closed')


def read(checker, item, field, table):
    said, field.column, field.columns, field.nullable = checker.want(item, 'window', dict), None, [], False
    field.window = "('open')"
    if said is None or not table:
        return
    checker.known(said, {'from', 'until'}, 'window')
    wanted = CODES if 'from' in said else CODES[1:]
    if field.type != 'enum' or field.write or tuple(code for code, _, _ in field.values) != wanted:
        checker.fault(item.at('window'), f'"{field.name}" has a window: it is an enum of {", ".join(wanted)} with write: none')
    parts = []
    for key, word, compare in (('from', "'upcoming'", '{now} < {column}'), ('until', "'open'", '{column} IS NULL OR {now} {sign} {column}')):
        column = table.columns.get(said.get(key))
        if key in said and (column is None or column.kind not in NOW):
            checker.fault(item.at('window'), f'"{said[key]}" must be a column of {table.name} that holds a time or a day')
        elif key in said:
            sign = '<=' if column.kind == 'DATE' else '<'
            parts.append(f'WHEN {compare.format(now=NOW[column.kind], column=f"`{table.name}`.`{column.name}`", sign=sign)} THEN {word}')
    if 'until' not in said:
        checker.fault(item.at('window'), 'a window ends: say until when')
    field.window = f"(CASE {' '.join(parts)} ELSE 'closed' END)"
