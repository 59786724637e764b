"""Records under a record.

parent: {record: order, by: order_id}   a field of type id, NOT NULL, with an index that begins with it

Sides, home and rights come from the parent's row: a child without `sides` of its own has all of its parent's. One that has some takes over of the
parent's what it names (`buyer: parent`). It is created and listed under the parent (/orders/{id}/changes); `parent_phases` of a verb says in which
phases of the parent it is open. A field of the parent with `counts: changes` (or {children: changes, phases: […]}) is their number at any time; with
`percent: [done]` the share of those in these phases, in whole per cent.

seats: {of: seats, phases: [registered]}     in `parent`: no more children are in these phases than the parent's number says (empty: any number)
while: {state: [open]}                       in `parent`: made, and brought back into those phases, only while the parent's field has one of these values

In transitions: `one: {of: order_id, phase: chosen}` of a child: no other child of that parent is in that phase;
`at_least: {children: bid, phase: waiting, n: 3}` of a parent: so many are. Both hold against what others do at the same time.
"""
import sides

VERBS = ('create', 'update', 'delete', 'fire')


def read_parent(checker, record, document):
    """After the record's fields, before its sides."""
    item = checker.want(document, 'parent', dict)
    if item is None:
        return
    checker.known(item, {'record', 'by', 'seats', 'while'}, 'parent')
    place = document.at('parent')
    parent = next((other for other in checker.records if other.name == item.get('record')), None)
    if not parent or not parent.table or parent is record:
        checker.fault(place, f'there is no record "{item.get("record")}" with a table to be the parent')
        return
    checker.fill(parent)
    by = sides.id_field(record, item.get('by'))
    if not by or by.nullable or by.write:
        checker.fault(place, f'"{item.get("by")}" must be a field of type id with write: none, whose column is NOT NULL')
        return
    if parent.own_when:
        checker.fault(place, f'"{parent.name}" shows its sides some rows only (own_when): it cannot be a parent')
    table = checker.tables.get(record.table)
    if table and not any(key[:2] == ['platform_id', by.column] for key in table.keys.values()):
        checker.fault(place, f'table "{record.table}" needs a key that begins with (platform_id, {by.column})')
    record.parent, record.parent_key = parent, by


def inherit(record, name=None):
    """Sides of the parent's row: all, or the one of that name."""
    return [sides.Side(side.name, None, side.roles, account=side.account, menus=side.menus, zh=side.zh, en=side.en, of=i + 1)
            for i, side in enumerate(record.parent.sides) if name in (None, side.name)]


def read_phases(checker, record, verb, item):
    """{verb: phases of the parent in which it is open}, as bits; 0: in all."""
    if 'parent_phases' not in item or verb not in VERBS:
        return 0
    if not record.parent:
        checker.fault(item.at('parent_phases'), 'parent_phases is for records with a parent')
        return 0
    return phase_bits(checker, record.parent, item, 'parent_phases')


def phase_bits(checker, record, item, key):
    codes, bits = [code for code, _, _ in record.phases], 0
    for i, code in enumerate(checker.want(item, key, list) or []):
        if code in codes:
            bits |= 1 << codes.index(code)
        else:
            checker.fault(item[key].at(i), f'"{code}" is no phase of {record.name}')
    return bits


def check_create(checker, record, who, bits, place):
    """Whoever is no side of the parent finds it by its id alone: say when."""
    if record.parent and any(not side.of for side in sides.let_in(record, who)) and not bits:
        checker.fault(place, 'who stands on no side of the parent may create here: say in which phases of it (parent_phases)')


def finish(checker):
    """Fields that count, and what bounds children, once all records are known."""
    for record in checker.records:
        record.seats, record.seat_phases, record.parent_state, record.parent_states = None, 0, None, 0
        if record.parent:
            finish_bounds(checker, record, record.document['parent'])
        for field in record.fields:
            if field.counts:
                finish_count(checker, record, field)


def finish_bounds(checker, record, item):
    """`seats` and `while`: how many there may be, and while the parent's row says what."""
    seats, during = checker.want(item, 'seats', dict), checker.want(item, 'while', dict)
    if seats is not None:
        record.seats = checker.field_of(record.parent, seats.get('of'))
        record.seat_phases = phase_bits(checker, record, seats, 'phases')
        if not record.seats or record.seats.type != 'uint' or not record.seats.column or not record.seat_phases:
            checker.fault(item.at('seats'), 'seats is {of: a number of the parent, phases: of the child}')
    if during is not None:
        name = next(iter(during), None)
        record.parent_state = checker.field_of(record.parent, name)
        codes = [code for code, _, _ in record.parent_state.values] if record.parent_state and record.parent_state.type == 'enum' else []
        wanted = during.get(name) if isinstance(during.get(name), list) else []
        if len(during) != 1 or not wanted or any(code not in codes for code in wanted):
            checker.fault(item.at('while'), 'while is {an enum of the parent: [its values]}')
            record.parent_state = None
        record.parent_states = sum(1 << codes.index(code) for code in wanted if code in codes)


def emit(record, index, parts):
    for name, field, bits in (('seats', record.seats, ('seat_phases', record.seat_phases)), ('parent_state', record.parent_state, ('parent_states', record.parent_states))):
        if field:
            parts.append(f'.{name} = &fields_{record.parent.name}[{index(record.parent, field.name)}], .{bits[0]} = 0x{bits[1]:x}')


def finish_count(checker, record, field):
    said = field.counts if isinstance(field.counts, dict) else {'children': field.counts}
    child = next((other for other in checker.records if other.parent is record and said.get('children') in (other.plural, other.name)), None)
    field.counts = '0'
    if not child:
        checker.fault(field.place, f'"{field.name}" counts "{said.get("children")}", which is no record with parent: {record.name}')
        return
    share = said.get('percent') or []
    what = 'COUNT(*)' if not share else 'COALESCE(SUM(counted.phase IN (' + ', '.join(f"'{code}'" for code in share) + ')) * 100 DIV COUNT(*), 0)'
    field.counts = (f'(SELECT {what} FROM `{child.table}` AS counted WHERE counted.platform_id = :p AND counted.`{child.parent_key.column}` = '
                    f'`{record.table}`.id')
    known = [code for code, _, _ in child.phases]
    phases = said.get('phases') or []
    for code in [*phases, *share]:
        if code not in known:
            checker.fault(field.place, f'"{code}" is no phase of {child.name}')
    if phases:
        field.counts += ' AND counted.phase IN (' + ', '.join(f"'{code}'" for code in phases) + ')'
    field.counts += ')'


def check_move(checker, record, move):
    one, least = checker.want(move, 'one', dict), checker.want(move, 'at_least', dict)
    if one is not None:
        checker.known(one, {'of', 'phase'}, 'one')
        if not record.parent or one.get('of') != record.parent_key.name or one.get('phase') not in [code for code, _, _ in record.phases]:
            checker.fault(move.at('one'), 'one is {of: the field that holds the parent, phase: one of its own}')
    if least is not None:
        checker.known(least, {'children', 'phase', 'n'}, 'at_least')
        document = next((other.document for other in checker.records if other.name == least.get('children')), None)
        under = document and (document.get('parent') or {}).get('record') == record.name
        codes = [item.get('code') if isinstance(item, dict) else item for item in (document.get('phases') if document else None) or []]
        if not under or least.get('phase') not in codes or not isinstance(least.get('n'), int) or least['n'] < 1:
            checker.fault(move.at('at_least'), 'at_least is {children: a record with this parent, phase: one of its, n: how many}')
