"""Rows that are one side's alone for a while.

sealed: {phases: [draft, submitted], for: bidder}

In these phases a row is there for whoever stands on that side and for nobody else, whatever roles they have: not in lists, files, exports, histories or
to-dos, and the log tells which fields were written, not what they say (core/record/side.h). Its number alone is counted.
"""
import children


def read(checker, record, document):
    item = checker.want(document, 'sealed', dict)
    if item is None:
        return
    checker.known(item, {'phases', 'for'}, '`sealed`')
    place = document.at('sealed')
    phases = children.phase_bits(checker, record, item, 'phases') if 'phases' in item else 0
    at = next((i for i, side in enumerate(record.sides) if side.name == item.get('for') and not side.of and not side.anybody), None)
    if not phases or at is None:
        checker.fault(place, 'sealed is {phases: [some of its own], for: a side of its own}')
        return
    for key in ('copies_to', 'copies', 'public', 'counts'):
        if key in document:
            checker.fault(document.at(key), f'what is sealed here would be told by `{key}`')
    record.sealed = (phases, at)


def finish(checker, record):
    """A to-do names what waits: not what is sealed, for others than the side whose it is."""
    for one in record.todo if record.sealed else []:
        known = range(1, len(record.phases) + 1)
        if one.who != (0, 1 << record.sealed[1]) and any(record.sealed[0] >> n - 1 & 1 for n in one.phases or known):
            checker.fault(one.place, 'a to-do of what is sealed is of the side whose it is, or of other phases')


def emit(record, text):
    bits, at = record.sealed
    codes = ', '.join(repr(code) for i, (code, _, _) in enumerate(record.phases) if bits >> i & 1)
    return f'.sealed_phases = 0x{bits:x}, .sealed_sql = {text(codes)}, .sealed_for = &sides_{record.name}[{at}]'
