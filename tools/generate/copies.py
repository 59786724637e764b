"""Fields that are copies of another record's: each says that it follows it, that it is frozen, and why, or that it is no copy.

A field looks like a copy when it is somebody else's code (type uscc), is called like a field of a record whose id stands beside it
(or, beside a uscc, like one of an institution), is called <record>_<something>, or is the name of whoever did something.

follows: institution.name    the engine keeps it equal to that record's, on every platform that holds one (core/record/follow.h)
frozen: why                  it says what was so at that time
own: true                    it is called alike and is its own

What a reference takes (`takes`, refers.py) is frozen from then on, and says nothing more; a number of a series is the
record's own.
"""

KINDS = ('text', 'region', 'uscc', 'platform')
HOMES = {'home': ('home_id', 'platform')}  # what can be followed besides declared fields


def check(checker, record):
    if not record.table:
        return
    others = {other.name: other for other in checker.records if other.table and other is not record}
    beside = beside_it(record, others)
    for field in record.fields:
        said = [word for word in ('follows', 'frozen') if getattr(field, word)] + (['own'] if field.own else [])
        why = looks_copied(record, field, others, beside)
        if len(said) > 1:
            checker.fault(field.place, f'"{field.name}" is one of follows, frozen and own')
        elif field.taken and said:
            checker.fault(field.place, f'"{field.name}" is taken from {field.taken}, so it is frozen: leave out {said[0]}')
        elif why and not said and not field.taken and field not in [own for own, _ in record.series]:
            checker.fault(field.place, f'"{field.name}" {why}: say `follows: record.field`, `frozen: why`, or `own: true`')
        if field.by and not field.follows:
            checker.fault(field.place, '"by" goes with follows')
        if field.follows:
            follow(checker, record, field, others)


def beside_it(record, others):
    found = {field.name[:-3] for field in record.fields if field.type == 'id' and field.name.endswith('_id')}
    if record.owner != 'id' and any(field.type == 'uscc' for field in record.fields):
        found.add('institution')
    return sorted(name for name in found if name in others)


def looks_copied(record, field, others, beside):
    if field.type == 'id':
        return None
    if field.type == 'uscc' and record.owner != 'id' and 'institution' in others:
        return 'is the code of an institution'
    for name in beside:
        if any(other.name == field.name for other in others[name].fields):
            return f'is called as a field of {name} is, whose id or code stands beside it'
    for name in others:
        if field.name.startswith(name + '_') and name in beside:
            return f'is called after {name}'
    if field.type == 'text' and field.name.endswith('_by'):
        return 'names somebody'
    stem = field.name.removesuffix('_name')
    if stem != field.name and any(other.name in (stem + '_by', stem + '_at', stem + '_platform', stem + '_id') for other in record.fields):
        return 'names somebody'
    return None


def follow(checker, record, field, others):
    name, _, member = field.follows.partition('.')
    source = others.get(name)
    if not source:
        checker.fault(field.place, f'there is no record "{name}" to follow')
        return
    by = field.by or 'id'
    key = next((f for f in record.fields if f.name == (f'{name}_id' if by == 'id' else by)), None)
    followed = checker.field_of(source, member)
    if member in HOMES and 'HOME' in source.has:
        column, kind, length = *HOMES[member], None
    elif followed and followed.column:
        column, kind, length = followed.column, followed.type, followed.max
    else:
        checker.fault(field.place, f'"{name}" has no field "{member}" to follow')
        return
    if not key or by != 'id' and not checker.field_of(source, by):
        checker.fault(field.place, f'nothing says which {name}: a field {name}_id, or `by: field` that both have')
    elif kind not in KINDS or kind != field.type or field.sealed or field.write:
        checker.fault(field.place, f'"{field.name}" follows a {kind}: it must be one ({", ".join(KINDS)}), in clear, with write: none')
    elif length and field.max and length > field.max:
        checker.fault(field.place, f'"{field.name}" holds {field.max} characters, what it follows {length}')
    elif 'VERSION' not in record.has:
        checker.fault(field.place, f'table "{record.table}" lacks the column version, so that nobody would notice')
    elif record.follows not in (None, source) or record.follow_key not in (None, key):
        checker.fault(field.place, 'a record follows one other, by one field')
    else:
        record.follows, record.follow_key, record.follow_by, field.follow_column = source, key, by, column
