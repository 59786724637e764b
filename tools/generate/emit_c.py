"""records.gen.h and records.gen.c from checked declarations."""
import json

import by_itself
import children
import counts
import crossing
import model
from sides import all_of
import recusal
import refers
import rules
import seals
import exports
import todo
import visitors

VERBS = {'list': 'LIST', 'get': 'GET', 'create': 'CREATE', 'update': 'UPDATE', 'delete': 'DELETE', 'fire': 'FIRE', 'history': 'HISTORY',
         'export': 'EXPORT', 'operation': 'OPERATION', 'public_list': 'PUBLIC_LIST', 'public_get': 'PUBLIC_GET', 'count': 'COUNT', 'batch': 'BATCH'}
LIST_TYPES = {'text': 'text_list', 'id': 'id_list', 'file': 'id_list', 'enum': 'enum_list', 'platform': 'platform_list', 'term': 'text_list'}


def text(value):
    """A C string literal, NULL for None."""
    if value is None:
        return 'NULL'
    out = []
    for char in str(value):
        if char in '"\\':
            out.append('\\' + char)
        elif char == '\n':
            out.append('\\n')
        elif char == '?':
            out.append('\\?')
        elif ord(char) < 32:
            out.append('\\%03o' % ord(char))
        else:
            out.append(char)
    return '"' + ''.join(out) + '"'


def upper(code):
    return ''.join(c.upper() if c.isalnum() else '_' for c in code)


def flag(value):
    return 'true' if value else 'false'


def ident(endpoint):
    return endpoint.handler


def member(field):
    """The member(s) of a field in its struct."""
    if field.sealed:
        return f'struct sealed {field.member};'
    if field.type == 'hash':
        return f'unsigned char {field.member}[32];'
    if field.type == 'object':
        return f'struct {field.shape} *{field.member};'
    if field.type == 'list':
        kind = f'{field.shape}_list' if field.shape else LIST_TYPES[field.of]
        return f'struct {kind} {field.member};'
    kind = model.TYPES[field.type][0]
    line = f'{kind}{"" if kind.endswith("*") else " "}{field.member};'
    return line + (f' bool has_{field.member};' if field.has_flag else '')


def enums(owner, field, out):
    if not field.values:
        return
    out.append(f'enum {owner}_{field.name} {{ /* 0: absent */')
    for i, (code, _, en) in enumerate(field.values):
        out.append(f'\t{upper(owner)}_{upper(field.name)}_{upper(code)} = {i + 1}, /* {en} */')
    out.append('};')


def struct(shape, out):
    for field in shape.fields:
        enums(shape.name, field, out)
    out.append(f'struct {shape.name} {{')
    if shape.row:
        out.append('\tstruct row row;')
    for field in shape.fields:
        out.append(f'\t{member(field)} /* {field.en.replace("*/", "")} */')
    if shape.row and shape.record.extra:
        out.append('\tstruct json_object *extra; /* extra fields of the platform\'s form */')
    if not shape.fields and not shape.row:
        out.append('\tchar nothing;')
    out.append('};')
    if not shape.row:
        out.append(f'struct {shape.name}_list {{ size_t count; struct {shape.name} *items; }};')
    out.append(f'extern const struct shape shape_{shape.name};')
    out.append('')


def handler_prototype(endpoint):
    args = ['struct call *call']
    if endpoint.load:
        args.append(f'struct {endpoint.record.name} *row')
    if endpoint.input:
        args.append(f'const struct {endpoint.input} *in')
    if endpoint.query:
        args.append(f'const struct {endpoint.query} *query')
    return f'struct problem *{endpoint.handler}({", ".join(args)}) MUST_CHECK;'


HOOK_ARGS = {
    'before_create': ('struct {0} *row',), 'before_update': ('const struct {0} *before', 'struct {0} *row'), 'before_delete': ('const struct {0} *row',),
    'after_write': ('const struct {0} *before', 'const struct {0} *row'),
    'audience': ('const struct {0} *row', 'const char *kind', 'struct audience *out'), 'list_where': ('struct record_where *where',),
    'list_rows': ('void *const *rows', 'size_t count'),
    'present': ('const struct {0} *row', 'struct json_writer *w'),
}


def prototypes(checker, out):
    seen = {}
    for endpoint in checker.endpoints:
        if endpoint.handler:
            line = handler_prototype(endpoint)
            if seen.get(endpoint.handler, line) != line:
                checker.fault(endpoint.place, f'handler {endpoint.handler} is used with two signatures')
            if endpoint.handler not in seen:
                out.append(line)
            seen[endpoint.handler] = line
    for record in checker.records:
        for hook, function in record.hooks.items():
            args = ', '.join(arg.format(record.name) for arg in HOOK_ARGS[hook])
            out.append(f'struct problem *{function}(struct call *call, {args}) MUST_CHECK;')
        for guard in record.guards:
            out.append(f'struct problem *guard_{guard}(struct call *call, const struct {record.name} *row, struct json_object *form) MUST_CHECK;')
        for effect in record.effects:
            out.append(f'struct problem *effect_{effect}(struct call *call, struct {record.name} *row, struct json_object *form) MUST_CHECK;')


UNTYPED = ('list_where', 'list_rows')  # hooks that take no row of their record: called as they are

WRAPPERS = '''static inline struct problem *NAME_row_load(struct call *call, struct uuid id, struct NAME **out)
{
	void *row = NULL;
	struct problem *problem = record_load(call, &record_NAME, id, &row);
	*out = row;
	return problem;
}
static inline struct problem *NAME_row_peek(struct call *call, struct uuid id, struct NAME **out)
{
	void *row = NULL;
	struct problem *problem = record_peek(call, &record_NAME, id, &row);
	*out = row;
	return problem;
}
static inline struct problem *NAME_row_select(struct call *call, const char *where, const char *tail, const struct db_value *args,
	size_t arg_count, struct NAME ***out, size_t *count)
{
	void **rows = NULL;
	struct problem *problem = record_select(call, &record_NAME, where, tail, args, arg_count, &rows, count);
	*out = (struct NAME **)rows;
	return problem;
}
static inline struct NAME *NAME_row_new(struct call *call) { return record_new(call, &record_NAME); }
static inline struct problem *NAME_row_insert(struct call *call, struct NAME *row) { return record_insert(call, &record_NAME, row); }
static inline struct problem *NAME_row_update(struct call *call, struct NAME *row, const char *event) { return record_update(call, &record_NAME, row, event); }
'''
FIRE = '''static inline struct problem *NAME_row_fire(struct call *call, struct NAME *row, const char *event, struct json_object *form)
{
	return lifecycle_fire(call, &record_NAME, row, event, form);
}
'''


def header(checker):
    out = ['/* Generated from the declarations in schema/records: row structs, shapes, and the functions that declarations name. */',
           '#ifndef QILIAN_RECORDS_GEN_H', '#define QILIAN_RECORDS_GEN_H', '', '#include "core/record/endpoint.h"',
           '#include "core/record/lifecycle.h"', '#include "core/record/record.h"', '',
           'extern const struct record_set record_set;',
           'extern const struct route record_routes[];', 'extern const size_t record_route_count;', '']
    for record in checker.records:
        if record.phases:
            out.append(f'enum {record.name}_phase {{')
            for i, (code, _, en) in enumerate(record.phases):
                out.append(f'\t{upper(record.name)}_PHASE_{upper(code)} = {i + 1}, /* {en} */')
            out.append('};')
    for shape in checker.ordered:
        struct(shape, out)
    for record in checker.records:
        out.append(f'extern const struct record record_{record.name};')
    prototypes(checker, out)
    out.append('')
    for record in checker.records:
        if record.table:
            out.append((WRAPPERS + (FIRE if record.lifecycle else '')).replace('NAME', record.name))
    out += ['#endif', '']
    return '\n'.join(out)


# --- records.gen.c ---

def choices(name, values, out):
    out.append(f'static const struct choice {name}[] = {{')
    out += [f'\t{{{text(code)}, {text(zh)}, {text(en)}}},' for code, zh, en in values]
    out.append('};')


def field_row(shape, field):
    kind = f'struct {shape.name}'
    parts = [f'.name = {text(field.name)}', f'.zh = {text(field.zh)}', f'.en = {text(field.en)}', f'.type = FIELD_{field.type.upper()}',
             f'.offset = offsetof({kind}, {field.member})',
             f'.has_offset = offsetof({kind}, has_{field.member})' if field.has_flag else '.has_offset = FIELD_NO_OFFSET']
    if field.type == 'list':
        parts.append('.item = FIELD_OBJECT' if field.shape else f'.item = FIELD_{field.of.upper()}')
    if field.shape:
        parts.append(f'.shape = &shape_{field.shape}')
    if field.min is not None:
        parts.append(f'.has_min = true, .min = {field.min}')
    if field.max is not None:
        parts.append(f'.has_max = true, .max = {field.max}')
    if field.pattern:
        parts.append(f'.pattern = {text(field.pattern)}, .pattern_zh = {text(field.pattern_zh)}, .pattern_en = {text(field.pattern_en)}')
    if field.values:
        parts.append(f'.values = values_{shape.name}_{field.name}, .value_count = {len(field.values)}')
    parts.append(f'.read = 0x{field.read:x}, .write = 0x{field.write:x}')
    if field.reveal:
        parts.append(f'.reveal = 0x{field.reveal:x}')
    for key in ('required', 'masked', 'personal', 'in_list'):
        if getattr(field, key):
            parts.append(f'.{key} = true')
    if field.public:
        parts.append('.visible_public = true')
    if field.help_zh or field.help_en:
        parts.append(f'.help_zh = {text(field.help_zh)}, .help_en = {text(field.help_en)}')
    if field.unit:
        parts.append(f'.unit = {text(field.unit)}')
    if field.item_max:
        parts.append(f'.item_max = {field.item_max}')
    if shape.row:
        if field.sealed:
            sealed, index, hint = field.sealed
            parts.append(f'.sealed_column = {text(sealed)}, .index_column = {text(index)}, .hint_column = {text(hint)}')
        else:
            parts.append(f'.column = {text(field.column)}')
        parts.append(f'.nullable = {flag(field.nullable)}' + (', .ascii = true' if field.ascii and not field.sealed else ''))
    if field.terms:
        parts.append(f'.terms = {text(field.terms)}')
    if field.follow_column:
        parts.append(f'.follows = {text(field.follow_column)}')
    if field.counts or field.window:
        parts.append('.counts = true')
    if field.files:
        parts.append(f'.files = {text(field.files)}')
    if shape.row and field.names:
        parts.append(f'.names = &record_{field.names.name}')
    if field.show_if:
        parts.append(f'.show_if_field = {text(field.show_if[0])}, .show_if_value = {text(field.show_if[1])}')
    if field.default is not None:
        if field.type in ('text', 'enum'):
            parts.append(f'.has_default = true, .default_text = {text(field.default)}')
        else:
            parts.append(f'.has_default = true, .default_number = {int(field.default)}')
    return '\t{' + ', '.join(parts) + '},'


def shape_table(shape, out):
    for field in shape.fields:
        if field.values:
            choices(f'values_{shape.name}_{field.name}', field.values, out)
    extra = shape.row and shape.record.extra
    count = len(shape.fields) + (1 if extra else 0)
    if count:
        out.append(f'static const struct field fields_{shape.name}[] = {{')
        out += [field_row(shape, field) for field in shape.fields]
        if extra:
            out.append(f'\t{{.name = "extra", .zh = "其他", .en = "Extra fields", .type = FIELD_JSON, .offset = offsetof(struct {shape.name}, extra), '
                       '.has_offset = FIELD_NO_OFFSET, .read = ~0u, .write = ~0u, .column = "extra", .nullable = true},')
        out.append('};')
    out.append(f'const struct shape shape_{shape.name} = {{{text(shape.name)}, {f"fields_{shape.name}" if count else "NULL"}, {count}, '
               f'sizeof(struct {shape.name})}};')
    out.append('')


def quoted(columns):
    return ', '.join(column if column.startswith('(') else f'`{column}`' for column in columns)


def implied_columns(record):
    return [column for column, bit in model.IMPLIED if bit is None or bit in record.has and column_present(record, column)]


def column_present(record, column):
    return column in record.table_columns


def statements(record, table):
    """SELECT list, INSERT, UPDATE, and the one that applies a copy; their order is what record.c binds."""
    record.table_columns = set(table.columns)
    implied = implied_columns(record)
    select, write, brief = list(implied), list(implied), [f'`{column}`' for column in implied]
    side_fields = [side.by for side in record.sides if side.by] + [key for key in [record.parent_key] if key] + ([record.own_when[0]] if record.own_when else [])
    for field in record.fields:
        if field.sealed:
            select += [column for column in field.sealed if column]
            brief += [f'`{column}`' if column == field.sealed[2] else 'NULL' for column in field.sealed if column]
            write += [column for column in field.sealed if column]
        elif field.counts or field.window:
            select.append(field.counts or field.window)
            brief.append(select[-1] if field.in_list else 'NULL')
        else:
            select.append(field.column)
            brief.append(f'`{field.column}`' if field.in_list or field in side_fields else 'NULL')
            write.append(field.column)
    if record.extra:
        select.append('extra')
        brief.append('NULL')
        write.append('extra')
    insert = f'INSERT INTO `{record.table}` (platform_id, {quoted(write)}) VALUES (:p{", ?" * len(write)})'
    fixed = {'id', 'created_at', 'created_by', 'home_id'}
    changed = ', '.join(f'`{column}` = ?' for column in write if column not in fixed)
    update = f'UPDATE `{record.table}` SET {changed} WHERE platform_id = :p AND id = ?' + (' AND version = ?' if 'VERSION' in record.has else '')
    applied = ', '.join(f'`{column}` = ?' for column in write if column not in ('id', 'created_by'))
    apply = f'UPDATE `{record.table}` SET {applied} WHERE platform_id = :p AND id = ? AND home_seq < ? AND home_id = ? AND home_id <> platform_id' if 'HOME_SEQ' in record.has else None
    fresh = 'VALUES(`home_seq`) > `home_seq` AND `home_id` <> `platform_id` AND `home_id` = VALUES(`home_id`) AND `id` = VALUES(`id`)'
    merged = [column for column in write if column not in ('id', 'created_by', 'home_id', 'home_seq')] + ['home_id', 'home_seq']
    merge = (insert + ' ON DUPLICATE KEY UPDATE ' + ', '.join(f'`{column}` = IF({fresh}, VALUES(`{column}`), `{column}`)' for column in merged)
             if 'HOME_SEQ' in record.has and record.insertable else None)
    return quoted(select), ', '.join(brief), insert if record.insertable else None, update if changed else None, apply, merge


def thunk_args(hook, name):
    """Parameters of a thunk with void pointers, and what it passes on."""
    params, passed = [], []
    for arg in HOOK_ARGS[hook]:
        kind, _, variable = arg.format(name).rpartition('*')
        variable = variable.strip()
        generic = arg.replace('struct {0} ', 'void ')
        params.append(generic)
        passed.append(variable)
    return ', '.join(params), ', '.join(passed)


def hooks(record, out):
    for hook, function in record.hooks.items():
        if hook not in UNTYPED:
            params, passed = thunk_args(hook, record.name)
            out.append(f'static struct problem *hook_{record.name}_{hook}(struct call *call, {params})\n{{\n\treturn {function}(call, {passed});\n}}')
    for kind, names, row in (('guard', record.guards, 'const void *row'), ('effect', record.effects, 'void *row')):
        for name in names:
            out.append(f'static struct problem *{kind}_of_{record.name}_{name}(struct call *call, {row}, struct json_object *form)\n{{\n'
                       f'\treturn {kind}_{name}(call, row, form);\n}}')
        if names:
            out.append(f'static const struct record_{kind} {kind}s_{record.name}[] = {{')
            out += [f'\t{{{text(name)}, {kind}_of_{record.name}_{name}}},' for name in names]
            out.append('};')


def hook_value(record, hook):
    function = record.hooks[hook]
    return function if hook in UNTYPED else f'hook_{record.name}_{hook}'


def record_table(checker, record, out):
    parts = [f'.name = {text(record.name)}', f'.plural = {text(record.plural)}', f'.zh = {text(record.zh)}', f'.en = {text(record.en)}',
             f'.home = {text(record.home)}', f'.read_roles = 0x{record.read_roles:x}', f'.read_who = {who(record.read_who)}']
    hooks(record, out)
    if record.table:
        parts += [f'.table = {text(record.table)}', f'.shape = &shape_{record.name}']
        columns, brief, insert, update, apply, merge = statements(record, checker.tables[record.table])
        parts += [f'.columns = {text(columns)}', f'.list_columns = {text(brief)}', f'.insert_sql = {text(insert)}', f'.update_sql = {text(update)}', f'.apply_sql = {text(apply)}', f'.merge_sql = {text(merge)}']
        if record.has:
            parts.append('.has = ' + ' | '.join(f'ROW_HAS_{bit}' for bit in record.has))
    if record.phases:
        choices(f'phases_{record.name}', record.phases, out)
        parts.append(f'.phases = phases_{record.name}, .phase_count = {len(record.phases)}')
    if record.sides:
        side_table(record, out)
        parts.append(f'.sides = sides_{record.name}, .side_count = {len(record.sides)}')
    if record.sealed:
        parts.append(seals.emit(record, text))
    if record.takes_files:
        out.append(f'static const struct record_files files_{record.name}[] = {{')
        out += [f'\t{{{text(one.purpose)}, {text(one.zh)}, {text(one.en)}, {who(one.who)}, 0x{all_of(record, one.who):x}, 0x{one.phases:x}, '
                f'0x{one.kinds:x}, {one.most}, {one.megabytes}, {flag(one.public)}}},' for one in record.takes_files]
        out.append('};')
        parts.append(f'.files = files_{record.name}, .files_count = {len(record.takes_files)}')
    if record.parent:
        parts.append(f'.parent = &record_{record.parent.name}, .parent_key = &fields_{record.name}[{index(record, record.parent_key.name)}]')
    open_in = [f'[VERB_{VERBS[verb]}] = 0x{bits:x}' for verb, bits in record.parent_phases.items() if bits]
    if open_in:
        parts.append(f'.parent_phases = {{{", ".join(open_in)}}}')
    if record.own_when:
        parts.append(f'.own_when = &fields_{record.name}[{index(record, record.own_when[0].name)}], .own_value = {text(record.own_when[1])}')
    if record.business:
        parts.append('.business = true')
    if record.readers:
        parts.append(f'.readers = {text(json.dumps(record.readers, ensure_ascii=False, separators=(",", ":")))}')
    if record.lifecycle:
        parts.append(f'.lifecycle = {text(record.lifecycle)}')
    if record.course is not None:
        parts.append(f'.course = {text(json.dumps(record.course, ensure_ascii=False))}')
    if record.extra:
        parts.append(f'.extra_field = &fields_{record.name}[{len(record.fields)}]')
    for kind in ('guard', 'effect'):
        names = getattr(record, kind + 's')
        if names:
            parts.append(f'.{kind}s = {kind}s_{record.name}, .{kind}_count = {len(names)}')
    if record.uniques:
        out.append(f'static const struct record_unique uniques_{record.name}[] = {{')
        out += [f'\t{{{text(key)}, {text("/" + field.lstrip("/")) if field else "NULL"}, {text(zh)}, {text(en)}}},' for key, field, zh, en in record.uniques]
        out.append('};')
        parts.append(f'.uniques = uniques_{record.name}, .unique_count = {len(record.uniques)}')
    refers.emit(record, index, text, parts, out)
    rules.emit(record, index, parts, out)
    for verb in ('update', 'delete'):
        phases = getattr(record, verb + '_phases')
        if phases:
            bits = sum(1 << i for i, (code, _, _) in enumerate(record.phases) if code in phases)
            parts.append(f'.{verb}_phases = 0x{bits:x}')
    if record.follows:
        parts.append(f'.follows = &record_{record.follows.name}, .follow_key = &fields_{record.name}[{index(record, record.follow_key.name)}], '
                     f'.follow_by = {text(record.follow_by)}')
    if record.holds_files_in:
        quoted_phases = ', '.join(f"'{code}'" for code in record.holds_files_in)
        parts.append(f'.holds_files_in = {text(quoted_phases)}')
    crossing.tables(record, index, parts, out)
    children.emit(record, index, parts)
    by_itself.emit(record, text, parts, out)
    list_tables(record, parts, out)
    recusal.emit(record, parts, out, text, index)
    todo.emit(record, parts, out, text)
    visitors.emit(record, implied_columns(record) if record.table else [], text, offer, parts, out)
    counts.emit(record, index, text, parts, out)
    if record.menus:
        parts.append(f'.menus = 0x{record.menus:x}')
    if record.reads:
        parts.append(f'.reads = 0x{record.reads:x}')
    if 'fire' in record.verbs:
        parts.append(f'.fire_roles = 0x{record.verbs["fire"].roles:x}, .fire_who = {who(record.verbs["fire"].who)}')
    for hook in record.hooks:
        parts.append(f'.{hook} = {hook_value(record, hook)}')
    out.append(f'const struct record record_{record.name} = {{')
    out += [f'\t{part},' for part in parts]
    out.append('};')
    out.append('')


def who(pair):
    return f'{{0x{pair[0]:x}, 0x{pair[1]:x}}}'


def side_table(record, out):
    out.append(f'static const struct record_side sides_{record.name}[] = {{')
    for side in record.sides:
        parts = [f'.name = {text(side.name)}', f'.zh = {text(side.zh)}', f'.en = {text(side.en)}', f'.roles = 0x{side.roles:x}']
        parts += [f'.{key} = &fields_{record.name}[{index(record, field.name)}]' for key, field in (('by', side.by), ('home', side.home)) if field]
        parts += [f'.of = {side.of}'] if side.of else ['.anybody = true'] if side.anybody else ['.is_id = true'] if not side.by else []
        parts += ['.account = true'] if side.account else []
        parts += [f'.menus = 0x{side.menus:x}'] if side.menus else []
        if side.phases:
            codes = ', '.join(repr(code) for i, (code, _, _) in enumerate(record.phases) if side.phases >> i & 1)
            parts.append(f'.phases = 0x{side.phases:x}, .phases_sql = {text(codes)}')
        out.append('\t{' + ', '.join(parts) + '},')
    out.append('};')


def index(record, name):
    return next(i for i, field in enumerate(record.fields) if field.name == name)


def list_tables(record, parts, out):
    if 'list' not in record.verbs:
        return
    parts += offer(record, record.name, out)
    if record.list_home:
        parts.append(f'.list_home = LIST_HOME_{record.list_home.upper()}')


def offer(record, name, out):
    """What a list lets ask for, as members; name: of its tables."""
    parts = []
    if record.filters:
        out.append(f'static const struct record_filter filters_{name}[] = {{')
        for filter_name, kind, field, column in record.filters:
            pointer = f'&fields_{record.name}[{index(record, field.name)}]' if field else 'NULL'
            out.append(f'\t{{{text(filter_name)}, {pointer}, FILTER_{kind}, {text(column)}}},')
        out.append('};')
        parts.append(f'.filters = filters_{name}, .filter_count = {len(record.filters)}')
    out.append(f'static const struct record_sort sorts_{name}[] = {{')
    out += [f'\t{{{text(sort)}, {text(column)}, FIELD_{kind.upper()}, {flag(nullable)}}},' for sort, column, kind, nullable in record.sorts]
    out.append('};')
    parts.append(f'.sorts = sorts_{name}, .sort_count = {len(record.sorts)}, .default_sort = {text(record.default_sort)}')
    if record.search:
        out.append(f'static const char *const search_{name}[] = {{{", ".join(text(column) for column in record.search)}}};')
        parts.append(f'.search_columns = search_{name}, .search_count = {len(record.search)}')
    return parts


def endpoint_rows(checker, out):
    for endpoint in checker.endpoints:
        if endpoint.handler:
            args = ['call']
            if endpoint.load:
                args.append('args->row')
            if endpoint.input:
                args.append('args->input')
            if endpoint.query:
                args.append('args->query')
            unused = '' if len(args) > 1 else '\t(void)args;\n'
            out.append(f'static struct problem *run_{endpoint.name}(struct call *call, const struct endpoint_args *args)\n{{\n{unused}'
                       f'\treturn {endpoint.handler}({", ".join(args)});\n}}')
    out.append('static const struct endpoint endpoints[] = {')
    for e in checker.endpoints:
        parts = [f'.name = {text(e.name)}', f'.verb = VERB_{VERBS[e.verb]}', f'.record = &record_{e.record.name}', f'.roles = 0x{e.roles:x}', f'.who = {who(e.who)}',
                 f'.method = HTTP_{e.method}', f'.path = {text(e.path)}', f'.success = {e.success}']
        if e.menus:
            parts.append(f'.menus = 0x{e.menus:x}')
        if e.reads:
            parts.append(f'.reads = 0x{e.reads:x}')
        parts += [f'.{key} = &shape_{getattr(e, key)}' for key in ('input', 'query') if getattr(e, key)]
        if e.output and not checker.shapes[e.output].row and not e.output_list:
            parts.append(f'.output = &shape_{e.output}')
        parts += [f'.{key} = true' for key in ('load', 'if_match', 'idempotent', 'transaction', 'frozen_ok', 'closed_ok', 'session_only', 'needs_ok', 'file', 'under') if getattr(e, key)]
        if exports.is_download(e):
            parts.append('.download = true')
        if e.lane != 'common':
            parts.append(f'.lane = LANE_{e.lane.upper()}')
        if e.handler:
            parts.append(f'.run = run_{e.name}')
        out.append('\t{' + ', '.join(parts) + '},')
    out.append('};')
    out.append('const struct route record_routes[] = {')
    for i, e in enumerate(checker.endpoints):
        body = 'FILE' if e.file else 'JSON' if e.input or e.method in ('POST', 'PUT', 'PATCH') else 'NONE'
        out.append(f'\t{{HTTP_{e.method}, {text(e.path)}, endpoint_run, ROUTE_BODY_{body}, &endpoints[{i}], false, 0, LANE_{e.lane.upper()}}},')
    out.append('};')
    out.append('const size_t record_route_count = sizeof record_routes / sizeof *record_routes;')


def blob(name, content, out):
    """Bytes as a char array of literals, short enough for any compiler."""
    data = content.encode('utf-8')
    out.append(f'static const char {name}[] = {{')
    for start in range(0, len(data), 24):
        out.append('\t' + ','.join(str(b if b < 128 else b - 256) for b in data[start:start + 24]) + ',')
    out.append('\t0};')


def body(checker, openapi, page):
    out = ['/* Generated from the declarations in schema/records. */', '#include "records.gen.h"', '', '#include <stddef.h>', '', '#include "core/text/zone.h"', '']
    for shape in checker.ordered:
        shape_table(shape, out)
    for record in checker.records:
        record_table(checker, record, out)
    endpoint_rows(checker, out)
    out.append('static const struct record *const all_records[] = {' + ', '.join(f'&record_{record.name}' for record in checker.records) + '};')
    blob('openapi_document', json.dumps(openapi, ensure_ascii=False, separators=(',', ':')), out)
    blob('api_page', page, out)
    out.append(f'const struct record_set record_set = {{all_records, {len(checker.records)}, endpoints, sizeof endpoints / sizeof *endpoints, '
               'openapi_document, sizeof openapi_document - 1, api_page, sizeof api_page - 1};')
    return '\n'.join(out) + '\n'
