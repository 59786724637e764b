"""What visitors see of a record (core/record/public.h).

public: {where: "phase = 'active'", verbs: [list, get]}

where    which rows, a condition on their columns; a row that no longer satisfies it is gone
verbs    list: GET /api/v1/portal/<plural>; get: GET /api/v1/portal/<plural>/{id}
under    a field that names a row of another record (`refers`) that visitors see as well: gone with that one. Of a child whose parent is public: that
filters, sort, default_sort, search    as for the list verb; without them, what that one has of public fields

Visitors see id and the fields with `public: true`, in lists those without `list: false`. What is not shown can neither be filtered, sorted nor searched by:
the answer would say what it is.
"""
import condition
import source

VERBS = {'list': ('public_list', '公开列表', 'What visitors see'), 'get': ('public_get', '公开详情', 'Read one as visitors do')}
KEYS = {'where', 'verbs', 'under', 'filters', 'sort', 'default_sort', 'search'}


class Public:
    def __init__(self, where, verbs, fields, under, offer):
        self.where, self.verbs, self.fields, self.under, self.offer = where, verbs, fields, under, offer


def shown(field):
    """Plainly: what is masked is shown as a hint, and a filter would tell the rest."""
    return field.public and not field.masked and not field.sealed


def read(checker, record, document, table):
    """Fills record.public and adds the endpoints."""
    item = checker.want(document, 'public', dict)
    if item is None or not table:
        return
    checker.known(item, KEYS, '`public`')
    place, where = document.at('public'), checker.want(item, 'where', str)
    verbs = checker.want(item, 'verbs', list) or []
    fields = [field for field in record.fields if field.public]
    if where is None:
        checker.fault(place, 'say which rows visitors see (where)')
    elif condition.check(checker, item.at('where'), where, table, record):
        where = ' '.join(where.split())
    if not verbs or any(verb not in VERBS for verb in verbs):
        checker.fault(item.at('verbs'), 'the verbs of visitors are list and get')
    if not fields:
        checker.fault(place, 'no field has `public: true`, so there is nothing to see')
    for field in fields:
        if not field.read & checker.bits['public']:
            checker.fault(field.place, f'"{field.name}" is public, and `read` keeps it from visitors')
    offer = read_offer(checker, record, item, table) if 'list' in verbs else None
    record.public = Public(where, verbs, fields, item.get('under'), offer)
    for verb in verbs:
        if verb in VERBS:
            add_endpoint(checker, record, verb, place)


def read_offer(checker, record, item, table):
    """What a list lets ask for, by the words of the list verb."""
    asked = source.Map(*item.place)
    asked.update({key: item[key] for key in ('filters', 'sort', 'default_sort', 'search') if key in item})
    asked.lines = item.lines
    names = {field.name for field in record.fields if shown(field)}
    columns = {field.column for field in record.fields if shown(field)}
    view = type(record)(**{**record.__dict__, 'filters': [], 'sorts': [], 'search': [], 'default_sort': None})
    inherit(record, asked, names)
    checker.read_list(view, asked, table)
    for name, kind, field, _ in view.filters:
        if not (kind == 'SEARCH' or field and shown(field)):
            checker.fault(item.at('filters'), f'visitors do not see "{name}", so they cannot filter by it')
    for name, column, _, _ in view.sorts:
        if column not in columns | {'created_at'}:
            checker.fault(item.at('sort'), f'visitors do not see "{name}", so they cannot sort by it')
    if 'search' in item and not set(view.search) <= columns:
        checker.fault(item.at('search'), f'visitors do not see all of {", ".join(map(str, item["search"]))}, so they cannot search in it')
    view.search = [column for column in view.search if column in columns]
    view.filters = [row for row in view.filters if row[1] != 'SEARCH' or view.search]
    return view


def inherit(record, asked, names):
    """From the list verb, what is made of public fields."""
    def put(key, names):
        asked[key] = source.Seq(*asked.place)
        asked[key].extend(names)
        asked[key].lines = [asked.line] * len(names)

    if 'filters' not in asked:
        put('filters', [name for name, kind, field, _ in record.filters if kind == 'SEARCH' or field and field.name in names])
    if 'sort' not in asked:
        found = [sort[0] for sort in record.sorts if sort[0] in names | {'created_at'}]
        put('sort', found or ['created_at'])
        if 'default_sort' not in asked and (record.default_sort or '').lstrip('-') in asked['sort']:
            asked['default_sort'] = record.default_sort
    if 'search' not in asked:
        by_column = {field.column: field.name for field in record.fields}
        put('search', [by_column[column] for column in record.search])


def add_endpoint(checker, record, verb, place):
    name, zh, en = VERBS[verb]
    path = f'/api/v1/portal/{record.plural}' + ('/{id}' if verb == 'get' else '')
    everybody = checker.bits['everybody'] & checker.http
    checker.endpoints.append(type(record)(
        under=False, name=f'{record.name}_{name}', verb=name, record=record, roles=everybody, who=(everybody, 0), menus=0, reads=0, method='GET', path=path, input=None,
        query=None, output=None, output_list=False, success=200, load=False, if_match=False, idempotent=False, transaction=False, frozen_ok=False,
        closed_ok=False, session_only=False, needs_ok=False, file=False, lane='common', handler=None, zh=f'{zh}：{record.zh}', en=f'{en}: {record.en}',
        description='', produces=None, place=place))


def check(checker, record):
    """When all records are read: `under` names a row that visitors see."""
    public = record.public
    if not public:
        return
    if public.under is None and record.parent and record.parent.public:
        public.under = record.parent_key.name
    named = {refer.field.name: (refer.field, refer.to) for refer in record.refers}
    if record.parent:
        named[record.parent_key.name] = (record.parent_key, record.parent)
    if public.under is None:
        return
    if public.under not in named or not named[public.under][1].public or not named[public.under][1].public.where:
        checker.fault(record.document['public'].at('under'),
                      f'under "{public.under}" must be a field of `refers`, or of the parent, whose record has `public`')
        public.under = None
    else:
        public.under = named[public.under]


def where_of(record):
    """The whole condition, with that of the record above."""
    public = record.public
    if not public.under:
        return public.where
    field, above = public.under
    return (f'({public.where}) AND `{field.column}` IN (SELECT above.id FROM `{above.table}` above WHERE above.platform_id = :p AND '
            f'({where_of(above)}))')


def columns(record, implied, in_list):
    """SELECT list with NULL for whatever visitors do not see."""
    out = [f'`{column}`' for column in implied]
    for field in record.fields:
        seen = field.public and (field.in_list or not in_list)
        if field.counts or field.window:
            out.append((field.counts or field.window) if seen else 'NULL')
            continue
        for column in field.sealed or [field.column]:
            if column:
                out.append(f'`{column}`' if seen and (not field.sealed or column == field.sealed[2]) else 'NULL')
    return ', '.join(out + (['NULL'] if record.extra else []))


def emit(record, implied, text, offer, parts, out):
    """Its table in C."""
    if not record.public:
        return
    rows = [f'.where = {text(where_of(record))}', f'.columns = {text(columns(record, implied, False))}',
            f'.list_columns = {text(columns(record, implied, True))}']
    if record.public.offer:
        rows.append('.offer = {' + ', '.join(offer(record.public.offer, f'public_{record.name}', out)) + '}')
    out.append(f'static const struct record_public public_{record.name} = {{{", ".join(rows)}}};')
    parts.append(f'.seen = &public_{record.name}')
