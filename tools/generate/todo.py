"""What of a record waits for somebody, or was sent by somebody: its `todo`.

A record with a lifecycle and no `todo` has one row: it waits for whoever may fire an event from its step. `todo: none` waits for nobody; else one
mapping, or a list of them, each a kind of its own in to-do lists, counts, badges and chasing:

type       what it is called in lists and counts; the record's name
zh, en     what people call it; the record's title
box        waiting (default), or sent: what somebody began and others decide
phases     of these phases alone; without it of every one from whose steps an event leads
roles      of those who may fire, these roles and sides alone
waits      roles and sides that it waits for (or who sent it), whatever the steps say
where      a condition of SQL besides; the row is `t`, {today} is the day of China
home       own: originals only; all. Own where it is derived, since nothing is fired on a copy; with `asks` copies too, for those who may ask
with       {record, by, phases}: another row that it waits along with: claimed and judged as that one is, and only while that is in these phases
name, applicant, step, created, due
           a field, a list of fields of which the first that is there counts, or an expression of SQL; due: none where no day is set
index      by which what is overdue is found over all platforms; without it the table's that fits best
"""
import re

import sides

KEYS = {'type', 'zh', 'en', 'box', 'phases', 'roles', 'waits', 'where', 'home', 'with', 'name', 'applicant', 'step', 'created', 'due', 'index'}
WORD = re.compile(r'^[a-z_][a-z0-9_]*$')
CLAIM = ('claimed_by', 'claimed_until')


class Todo:
    def __init__(self, **values):
        self.__dict__.update(values)


def check(checker, record):
    """Sets record.todo: a list of Todo."""
    record.todo = []
    document = record.document
    said = document.get('todo')
    if not record.table or record.name not in checker.shapes:
        if said is not None:
            checker.fault(document.at('todo'), 'a to-do is of rows: without a table there are none')
        return
    if said == 'none' or said is None and not record.lifecycle:
        return
    items = [{}] if said is None else said if isinstance(said, list) else [said]
    for i, item in enumerate(items):
        place = document.place if said is None else said.at(i) if isinstance(said, list) else document.at('todo')
        if not isinstance(item, dict):
            checker.fault(place, 'a to-do is a mapping, a list of them, or none')
            continue
        read(checker, record, item, place, said is not None)


def read(checker, record, item, place, written):
    if written:
        checker.known(item, KEYS, 'a to-do')
    box = item.get('box', 'waiting')
    if box not in ('waiting', 'sent'):
        checker.fault(item.at('box'), 'box is waiting or sent')
    derived = 'waits' not in item
    if derived and not record.lifecycle:
        checker.fault(place, 'without a lifecycle say whom it waits for (`waits`)')
    if derived and box == 'sent':
        checker.fault(place, 'say who sent it (`waits`)')
    who = sides.who(checker, record, item, 'roles' if derived else 'waits', (0, 0))
    kind = item.get('type', record.name)
    if not isinstance(kind, str) or not WORD.match(kind):
        checker.fault(item.at('type'), f'{kind!r} is no name')
        kind = record.name
    if item.get('home', 'own') not in ('own', 'all'):
        checker.fault(item.at('home'), 'home is own or all')
    copies = derived and 'HOME' in record.has and 'asks' in record.document and item.get('home') != 'own'
    own = 'HOME' in record.has and not copies and item.get('home', 'own' if derived else 'all') == 'own'
    todo = Todo(type=kind, zh=item.get('zh', record.zh), en=item.get('en', record.en), sent=box == 'sent', derived=derived, who=who, everybody=derived and 'roles' not in item, copies=copies,
                phases=phases(checker, record, item, place), where=[], joined=None, claim=None, index=None, due=None, place=place)
    if own:
        todo.where.append('t.home_id = t.platform_id')
    if 'where' in item:
        todo.where.append('(' + condition(checker, item, 'where') + ')')
    join(checker, record, item, todo)
    columns(checker, record, item, todo)
    todo.index = index(checker, record, item, todo)
    record.todo.append(todo)


def phases(checker, record, item, place):
    """Positions of the phases named, from 1; none: all."""
    codes = [code for code, _, _ in record.phases]
    found = []
    for i, code in enumerate(checker.want(item, 'phases', list) or []):
        if code in codes:
            found.append(codes.index(code) + 1)
        else:
            checker.fault(item['phases'].at(i), f'"{code}" is no phase')
    return found


def condition(checker, item, key):
    text = item[key]
    if not isinstance(text, str) or not text or ';' in text or '?' in text:
        checker.fault(item.at(key), f'"{key}" is an expression of SQL, without ? and ;')
        return '1'
    return text


def join(checker, record, item, todo):
    """`with`: the row that it waits along with is `w`."""
    todo.judged = (record, 't')
    other = record
    if 'with' in item:
        said = checker.want(item, 'with', dict) or {}
        other = next((one for one in checker.records if one.name == said.get('record') and one.table), None)
        by = checker.field_of(record, said.get('by'))
        if not other or not by or by.type != 'id' or not by.column:
            checker.fault(item.at('with'), 'with is {record: a record, by: a field of type id, phases: [of it]}')
            return
        checker.known(said, {'record', 'by', 'phases'}, 'with')
        within = ''
        codes = [code for code, _, _ in other.phases]
        for i, code in enumerate(checker.want(said, 'phases', list) or []):
            if code not in codes:
                checker.fault(said['phases'].at(i), f'"{code}" is no phase of {other.name}')
        if said.get('phases'):
            within = ' AND w.phase IN (' + ', '.join(f"'{code}'" for code in said['phases']) + ')'
        todo.joined = f' JOIN `{other.table}` w ON w.platform_id = t.platform_id AND w.id = t.`{by.column}`{within}'
        todo.judged = (other, 'w')
    if all(name in (checker.tables[other.table].columns if other.table in checker.tables else {}) for name in CLAIM):
        todo.claim = todo.judged[1]


def expression(checker, record, item, key, default):
    """A field, the first of several, or SQL."""
    said = item.get(key, default)
    table = checker.tables.get(record.table)
    names = said if isinstance(said, list) else [said]
    found = []
    for name in names:
        if not isinstance(name, str):
            checker.fault(item.at(key), f'"{key}" is a field, a list of fields, or an expression of SQL')
            return 'NULL'
        if not WORD.match(name):
            return condition(checker, item, key)
        field = checker.field_of(record, name)
        column = field.column if field else name
        if table and column not in table.columns:
            checker.fault(item.at(key) if key in item else record.place, f'"{name}" is no field and no column of {record.table}')
        found.append(f't.`{column}`')
    return found[0] if len(found) == 1 else 'COALESCE(' + ', '.join(found) + ')'


def columns(checker, record, item, todo):
    table = checker.tables.get(record.table)
    has = table.columns if table else {}
    first = next((name for name in ('name', 'title', 'number') if name in has),
                 next((field.name for field in record.fields if field.type == 'text' and field.column), 'id'))
    name = expression(checker, record, item, 'name', first)
    applicant = expression(checker, record, item, 'applicant', 'institution_name') if 'applicant' in item or 'institution_name' in has else 'NULL'
    step = expression(checker, record, item, 'step', 'step') if 'step' in item or 'step' in has else "''"
    created = (expression(checker, record, item, 'created', 'created_at') if 'created' in item or 'created_at' in has
               else "CAST('1970-01-01' AS DATETIME(3))")
    todo.due = None
    if item.get('due') != 'none' and ('due' in item or 'due_on' in has):
        todo.due = expression(checker, record, item, 'due', 'due_on')
        said = item.get('due')
        if isinstance(said, str) and said in has and has[said].kind == 'DATETIME':
            todo.due = f'DATE({todo.due} + {{zone}})'
    todo.columns = f't.id, {name} AS name, {applicant} AS applicant, {step} AS step, {created} AS created, {todo.due or "NULL"} AS due_on'


def index(checker, record, item, todo):
    """The key by which a platform's overdue rows are found: the one named, else one with the due date, else one with the phase."""
    table = checker.tables.get(record.table)
    keys = table.keys if table else {}
    if 'index' in item:
        if item['index'] not in keys:
            checker.fault(item.at('index'), f'table "{record.table}" has no key "{item["index"]}"')
        return item['index']
    for column in ('due_on', 'phase'):
        for name, parts in keys.items():
            if parts[:1] == ['platform_id'] and column in parts[1:3] and (parts[1] == column or parts[1] == 'home_id' and 't.home_id = t.platform_id' in todo.where):
                return name
    return None


# --- C ---

def sql(text, quote):
    """A C expression of a text in which {today} and {zone} stand for what core/text/zone.h says."""
    parts = re.split(r'(\{today\}|\{zone\})', text)
    words = {'{today}': 'ZONE_TODAY_SQL', '{zone}': 'ZONE_SQL'}
    return ' '.join(words.get(part) or quote(part) for part in parts if part)


def emit(record, parts, out, quote):
    """Rows of record.todo, and their place in the record's initialiser."""
    if not record.todo:
        return
    out.append(f'static const struct record_todo todo_{record.name}[] = {{')
    for todo in record.todo:
        bits = sum(1 << (phase - 1) for phase in todo.phases)
        row = [f'.type = {quote(todo.type)}, .zh = {quote(todo.zh)}, .en = {quote(todo.en)}, .who = {{0x{todo.who[0]:x}, 0x{todo.who[1]:x}}}, .phases = 0x{bits:x}',
               f'.columns = {sql(todo.columns, quote)}']
        row += [f'.{key} = true' for key in ('sent', 'derived', 'everybody', 'copies') if getattr(todo, key)]
        if todo.joined:
            row.append(f'.join = {quote(todo.joined)}')
        if todo.where:
            row.append(f'.where = {sql(" AND ".join(todo.where), quote)}')
        if todo.claim:
            row.append(f'.claim = {quote(todo.claim)}')
        if todo.due:
            row.append(f'.due = {sql(todo.due, quote)}')
        if todo.index:
            row.append(f'.index = {quote(todo.index)}')
        row.append(f'.judged = &record_{todo.judged[0].name}, .judged_as = {quote(todo.judged[1])}')
        out.append('\t{' + ',\n\t '.join(row) + '},')
    out.append('};')
    parts.append(f'.todo = todo_{record.name}, .todo_count = {len(record.todo)}')
