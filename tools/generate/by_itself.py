"""What the server does with a child as soon as something about its parent is so (core/record/by_itself.h).

by_itself:
  - {event: remind, phases: [saved], parent_phases: [active], ahead_of: closes_at, days: remind_days, once: reminded_at}
  - {event: call_off, phases: [registered], parent_phases: [ended]}

event            fired by the server on rows in `phases` whose parent is in one of `parent_phases`
ahead_of, days   only within so many days (a number, or a field of the child) before that time of the parent, and never after it
once             a time of the child that the event stamps: fired while it is empty
"""
import children

KEYS = {'event', 'phases', 'parent_phases', 'ahead_of', 'days', 'once'}


def finish(checker):
    for record in checker.records:
        record.by_itself = [one for i, item in enumerate(checker.want(record.document, 'by_itself', list) or [])
                            for one in read(checker, record, item, record.document['by_itself'].at(i))]


def in_phases(record, bits, alias):
    names = [f"'{code}'" for i, (code, _, _) in enumerate(record.phases) if bits >> i & 1]
    return f'{alias}.phase IN ({", ".join(names)})'


def read(checker, record, item, place):
    events = {move.get('event') for move in (record.course or {}).get('transitions') or [] if isinstance(move, dict)}
    if not record.parent or not isinstance(item, dict) or record.course and item.get('event') not in events:
        checker.fault(place, 'by_itself is for events of a child: {event, phases, parent_phases, ahead_of, days, once}')
        return []
    checker.known(item, KEYS, 'by_itself')
    parent, key = record.parent, record.parent_key.column
    bits = [children.phase_bits(checker, one, item, name) for one, name in ((record, 'phases'), (parent, 'parent_phases'))]
    if not all(bits):
        checker.fault(place, 'say in which phases, and in which of the parent (parent_phases)')
        return []
    where = [in_phases(record, bits[0], 't'), in_phases(parent, bits[1], 'w')]
    when = 'NULL'
    if 'once' in item:
        once = checker.field_of(record, item['once'])
        if not once or once.type != 'time' or once.write:
            checker.fault(item.at('once'), 'once names a time with write: none, which the event stamps')
        where.append(f't.`{item["once"]}` IS NULL')
    if 'ahead_of' in item:
        field, days = checker.field_of(parent, item['ahead_of']), item.get('days')
        by = checker.field_of(record, days)
        if not field or field.type != 'time' or 'once' not in item or not isinstance(days, int) and not (by and by.type == 'uint'):
            checker.fault(item.at('ahead_of'), 'ahead_of names a time of the parent, with days (a number, or a uint of the child) and once')
            return []
        when = f'w.`{field.column}`'
        where += [f'{when} > UTC_TIMESTAMP(3)', f'{when} <= UTC_TIMESTAMP(3) + INTERVAL {days if by is None else f"t.`{by.column}`"} DAY']
    return [(item['event'], f'SELECT t.id, {when} FROM `{record.table}` t JOIN `{parent.table}` w ON w.platform_id = :p AND w.id = t.`{key}` '
             f'WHERE t.platform_id = :p AND t.id > ? AND {" AND ".join(where)} ORDER BY t.id LIMIT 100')]


def emit(record, text, parts, out):
    if record.by_itself:
        rows = ', '.join(f'{{{text(event)}, {text(sql)}}}' for event, sql in record.by_itself)
        out.append(f'static const struct record_by_itself by_itself_{record.name}[] = {{{rows}}};')
        parts.append(f'.by_itself = by_itself_{record.name}, .by_itself_count = {len(record.by_itself)}')
