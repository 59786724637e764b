"""Numbers of rows that the engine keeps (core/record/count.h).

counts: {orders: {per: [institution_id], by: phase, sum: price}}

per      up to three fields of type id, enum, bool, region or platform: one number for each of their values
by       phase, or an enum or bool: split further
sum      a number that is added up beside
copies   true: rows of other homes count as well
roles    who reads GET /api/v1/counts/<name>; without them, whoever lists the record. Sides read their own, so `per` has their fields
"""
import sides

KEYS = {'per', 'by', 'sum', 'copies', 'roles'}
KINDS = ('id', 'enum', 'bool', 'region', 'platform')
MOST = 3


class Counter:
    def __init__(self, name, place):
        self.name, self.place, self.per, self.by, self.by_phase, self.sum, self.copies, self.who = name, place, [], None, False, None, False, (0, 0)


def read(checker, record, document, table):
    """Fills record.counters and adds their endpoints."""
    counts = checker.want(document, 'counts', dict) or {}
    for name, item in counts.items():
        place = counts.at(name)
        if not isinstance(item, dict) or not table:
            checker.fault(place, 'a count is {per: [fields], by: phase or a field, sum: field}, of a record with a table')
            continue
        checker.known(item, KEYS, 'a count')
        if not isinstance(name, str) or not name.isidentifier() or name != name.lower() or len(name) > 40:
            checker.fault(place, f'"{name}" is no name for a count')
        elif any(counter.name == name for other in checker.records for counter in other.counters):
            checker.fault(place, f'count "{name}" is declared twice')
        record.counters.append(read_one(checker, record, item, Counter(name, place)))
    if record.counters and 'VERSION' not in record.has:
        checker.fault(document.at('counts'), 'counts need the column version: without it nobody knows what a write took away')


def read_one(checker, record, item, counter):
    for name in checker.want(item, 'per', list) or []:
        field = key_field(checker, record, name, item.at('per'))
        if field:
            counter.per.append(field)
    if len(counter.per) > MOST:
        checker.fault(item.at('per'), f'per names {MOST} fields at most')
    by = checker.want(item, 'by', str)
    counter.by_phase = by == 'phase'
    if counter.by_phase and not record.phases:
        checker.fault(item.at('by'), 'the record has no phases')
    elif by and not counter.by_phase:
        counter.by = key_field(checker, record, by, item.at('by'))
        if counter.by and counter.by.type not in ('enum', 'bool'):
            checker.fault(item.at('by'), 'by is phase, an enum or a bool')
    name = checker.want(item, 'sum', str)
    counter.sum = name and checker.field_of(record, name)
    if name and (not counter.sum or counter.sum.type not in ('int', 'uint', 'money')):
        checker.fault(item.at('sum'), f'"{name}" is no number to add up')
        counter.sum = None
    counter.copies = checker.want(item, 'copies', bool, False)
    if counter.copies and 'HOME' not in record.has:
        checker.fault(item.at('copies'), 'the record has no copies')
    read_roles(checker, record, item, counter)
    return counter


def key_field(checker, record, name, place):
    field = checker.field_of(record, name)
    if not field or field.type not in KINDS or not field.column:
        checker.fault(place, f'"{name}" must be a field of type {", ".join(KINDS)}')
        return None
    if field.follows:
        checker.fault(place, f'"{name}" follows another record, and changes without the row being written')
    return field


def read_roles(checker, record, item, counter):
    """Who may list the rows may count them; of a side, what `per` tells apart as its own."""
    who = record.verbs['list'].who if 'list' in record.verbs else None
    if 'roles' not in item and (who is None or 'list_where' in record.hooks):
        checker.fault(counter.place, f'say the roles of "{counter.name}": there is no list, or C code narrows it')
    counter.who = sides.who(checker, record, item, 'roles', who or (0, 0))
    checker.check_roles(record, counter.who, counter.place, record.business)
    let_in = sides.let_in(record, counter.who)
    for side in let_in:
        if side.by not in counter.per:
            checker.fault(counter.place, f'whoever is the {side.name} sees rows of its own only: count per {side.by.name if side.by else "a field that holds it"}, '
                                         'or say other roles')
    if let_in and record.own_when:
        checker.fault(counter.place, 'own_when hides rows that a number would tell of: say other roles')


def add_endpoints(checker, record):
    for counter in record.counters:
        checker.endpoints.append(type(record)(
            under=False, name=f'{record.name}_count_{counter.name}', verb='count', record=record, roles=sides.all_of(record, counter.who), who=counter.who, menus=0,
            reads=record.reads, method='GET', path=f'/api/v1/counts/{counter.name}', input=None, query=None, output=None, output_list=False, success=200,
            load=False, if_match=False, idempotent=False, transaction=False, frozen_ok=False, closed_ok=record.closed_ok, session_only=False, needs_ok=False,
            file=False, lane='common', handler=None, zh=f'计数：{record.zh}', en=f'How many: {record.en}', description='', produces=None, place=counter.place,
            counter=counter))


def key(field):
    """What stands in record_count for a value, as core/record/count.c writes it."""
    column = f't.`{field.column}`'
    return f"IFNULL({f'LOWER(HEX({column}))' if field.type == 'id' else column}, '')"


def recount(record, counter):
    """Where what is kept differs from what is there, in one statement: one look at both."""
    per = f"CONCAT_WS('/', {', '.join(key(field) for field in counter.per)})" if counter.per else "''"
    bucket = 't.`phase`' if counter.by_phase else key(counter.by) if counter.by else "''"
    total = f'IFNULL(SUM(t.`{counter.sum.column}`), 0)' if counter.sum else '0'
    own = ' AND t.home_id = t.platform_id' if 'HOME' in record.has and not counter.copies else ''
    exactly = 'CONVERT({} USING ascii) COLLATE ascii_bin'
    return (f'SELECT k.per, k.bucket, SUM(k.number), SUM(k.total), SUM(k.kept), SUM(k.kept_total) FROM (SELECT {exactly.format(per)} AS per, '
            f'{exactly.format(bucket)} AS bucket, COUNT(*) AS number, {total} AS total, 0 AS kept, 0 AS kept_total FROM `{record.table}` t '
            f'WHERE t.platform_id = :p{own} GROUP BY 1, 2 UNION ALL SELECT c.per, c.bucket, 0, 0, c.number, c.total FROM record_count c '
            f"WHERE c.platform_id = :p AND c.name = '{counter.name}') k GROUP BY k.per, k.bucket "
            'HAVING SUM(k.number) <> SUM(k.kept) OR SUM(k.total) <> SUM(k.kept_total) ORDER BY k.per, k.bucket')


def emit(record, index, text, parts, out):
    """Its tables in C."""
    if not record.counters:
        return
    place = lambda field: f'&fields_{record.name}[{index(record, field.name)}]'
    rows = []
    for counter in record.counters:
        row = [f'.name = {text(counter.name)}', f'.recount_sql = {text(recount(record, counter))}']
        if counter.per:
            out.append(f'static const struct field *const per_{counter.name}[] = {{{", ".join(map(place, counter.per))}}};')
            row.append(f'.per = per_{counter.name}, .per_count = {len(counter.per)}')
        row += ['.by_phase = true'] if counter.by_phase else []
        row += [f'.by = {place(counter.by)}'] if counter.by else []
        row += [f'.sum = {place(counter.sum)}'] if counter.sum else []
        row += ['.copies = true'] if counter.copies else []
        rows.append('\t{' + ', '.join(row) + '},')
    out.append(f'static const struct record_counter counters_{record.name}[] = {{')
    out += rows
    out.append('};')
    parts.append(f'.counters = counters_{record.name}, .counter_count = {len(record.counters)}')
