"""Declarations checked and completed: what schema/records/*.yaml means, with every fault at its line."""
import re
from pathlib import Path

import by_itself
import c_names
import children
import copies
import counts
import crossing
import files
import readers
import recusal
import refers
import roles as role_list
import rules
import exports
import seals
import sides
import source
import tables as table_reader
import todo
import visitors
import windows

API = '/api/v1/'

# type: (C type, numbers have a flag beside them, SQL kinds)
TYPES = {
    'text': ('const char *', {'VARCHAR', 'CHAR', 'TEXT', 'ENUM'}),
    'longtext': ('const char *', {'TEXT', 'MEDIUMTEXT', 'LONGTEXT', 'VARCHAR'}),
    'int': ('int64_t', {'TINYINT', 'SMALLINT', 'INT', 'BIGINT'}),
    'uint': ('int64_t', {'TINYINT', 'SMALLINT', 'INT', 'BIGINT'}),
    'money': ('int64_t', {'BIGINT'}),
    'bool': ('bool', {'TINYINT'}),
    'date': ('const char *', {'DATE'}),
    'time': ('int64_t', {'DATETIME'}),
    'id': ('struct uuid', {'BINARY'}),
    'file': ('struct uuid', {'BINARY'}),
    'enum': ('int', {'ENUM', 'VARCHAR', 'CHAR'}),
    'region': ('const char *', {'CHAR', 'VARCHAR'}),
    'uscc': ('const char *', {'CHAR', 'VARCHAR'}),
    'mobile': ('const char *', {'VARCHAR'}),
    'email': ('const char *', {'VARCHAR'}),
    'phone': ('const char *', {'VARCHAR'}),
    'url': ('const char *', {'VARCHAR', 'TEXT'}),
    'term': ('const char *', {'VARCHAR', 'CHAR'}),
    'platform': ('uint32_t', {'INT'}),
    'hash': ('unsigned char', {'BINARY'}),
    'secret': ('const char *', set()),
    'invite_code': ('const char *', set()),
    'digits': ('const char *', set()),
    'json': ('struct json_object *', {'TEXT', 'MEDIUMTEXT', 'LONGTEXT', 'VARCHAR'}),
    'blocks': ('struct json_object *', {'TEXT', 'MEDIUMTEXT', 'LONGTEXT', 'VARCHAR'}),
    'object': (None, {'TEXT', 'MEDIUMTEXT', 'LONGTEXT', 'VARCHAR'}),
    'list': (None, {'TEXT', 'MEDIUMTEXT', 'LONGTEXT', 'VARCHAR'}),
}
NUMBERS = ('int', 'uint', 'money')
SECRETS = ('secret', 'invite_code', 'digits')
LIST_ITEMS = ('text', 'id', 'file', 'enum', 'platform', 'term')
# Of a policy: tenants/policy/term_use.c
DICTIONARIES = ('categories', 'industries', 'qualifications', 'institution_types', 'organisation_types')
TEXTS = ('text', 'longtext', 'url', 'email', 'phone', 'mobile', 'uscc')
REASON_MOST = 1000
JSON_MOST = 2**53 - 1  # core/record/decode.c takes no larger number
LONG = ('longtext', 'json', 'blocks', 'object')
SEALABLE = ('text', 'mobile', 'email', 'phone')
C_WORDS = set('auto break case char const continue default do double else enum extern float for goto if inline int long register '
              'restrict return short signed sizeof static struct switch typedef union unsigned void volatile while bool true '
              'false row asm typeof'.split())

# Implied columns in the order of the generated statements: (column, SELECT it, has-bit)
IMPLIED = [('id', None), ('version', 'VERSION'), ('home_id', 'HOME'), ('home_seq', 'HOME_SEQ'), ('phase', 'PHASE'), ('step', 'PHASE'),
           ('policy_hash', 'POLICY'), ('due_on', 'DUE'), ('clock_stopped_on', 'CLOCK'), ('created_by', 'CREATOR'),
           ('created_at', 'CREATED'), ('updated_at', 'UPDATED')]
IMPLIED_NAMES = {name for name, _ in IMPLIED} | {'platform_id', 'extra'}
IMPLIED_TYPES = {'id': 'id', 'version': 'uint', 'home_id': 'platform', 'created_by': 'id', 'created_at': 'time', 'updated_at': 'time',
                 'due_on': 'date', 'step': 'text', 'phase': 'text'}

FIELD_KEYS = {'name', 'type', 'of', 'min', 'max', 'item_max', 'required', 'values', 'pattern', 'pattern_zh', 'pattern_en', 'read', 'write',
              'reveal', 'masked', 'sealed', 'personal', 'public', 'show_if', 'zh', 'en', 'default', 'column', 'list', 'example', 'help_zh', 'help_en', 'unit',
              'follows', 'by', 'frozen', 'own', 'files', 'exactly', 'terms', 'counts', 'window', 'names', 'codes'}
RECORD_KEYS = {'record', 'plural', 'title', 'table', 'home', 'owner', 'sides', 'sealed', 'open', 'parent', 'copies', 'copies_to', 'asks', 'lifecycle', 'phases', 'fields', 'shapes', 'verbs', 'operations',
               'guards', 'effects', 'hooks', 'uniques', 'search', 'business', 'menu', 'reads', 'description', 'idempotent', 'holds_files_in', 'own_when', 'closed_ok',
               'refers', 'series', 'groups', 'compare',
               'todo', 'recuse', 'files', 'public', 'counts', 'by_itself'}
VERB_KEYS = {
    'list': {'roles', 'filters', 'sort', 'default_sort', 'hook', 'home', 'search', 'zh', 'en'},
    'get': {'roles', 'hook', 'zh', 'en'},
    'create': {'roles', 'parent_phases', 'hook', 'zh', 'en'},
    'update': {'roles', 'parent_phases', 'phases', 'hook', 'zh', 'en'},
    'delete': {'roles', 'parent_phases', 'phases', 'hook', 'zh', 'en'},
    'fire': {'roles', 'parent_phases', 'zh', 'en'},
    'history': {'roles', 'zh', 'en'},
    'export': {'roles', 'zh', 'en'},
}
VERB_WORDS = {
    'list': ('列表', 'List'), 'get': ('查看', 'Read one'), 'create': ('新建', 'Create'), 'update': ('修改', 'Change'), 'delete': ('删除', 'Delete'),
    'fire': ('办理', 'Move on'), 'history': ('办理记录', 'History'), 'export': ('导出', 'Export as CSV'),
}
OPERATION_KEYS = {'name', 'method', 'path', 'roles', 'input', 'output', 'handler', 'zh', 'en', 'description', 'idempotent', 'success', 'query',
                  'if_match', 'stream', 'load', 'transaction', 'frozen_ok', 'closed_ok', 'session_only', 'needs_ok', 'body', 'produces', 'business', 'menu', 'reads', 'lane'}
# core/http/lane.h
LANES = ('common', 'password', 'picture', 'policy', 'export', 'wait', 'outbound')
HOOKS = ('before_create', 'before_update', 'before_delete', 'after_write', 'audience', 'list_where', 'list_rows', 'present')
HOOK_OF_VERB = {'create': 'before_create', 'update': 'before_update', 'delete': 'before_delete', 'list': 'list_where', 'get': 'present'}
NAME = re.compile(r'^[a-z][a-z0-9_]{0,39}$')
CODE = re.compile(r'^[A-Za-z0-9_.-]{1,64}$')


class Thing:
    """An object of plain attributes."""

    def __init__(self, **values):
        self.__dict__.update(values)


class Checker:
    """Reads a tree's declarations. After load(): records (in order), shapes (by name), endpoints; and faults."""

    def __init__(self, root):
        self.root = Path(root)
        self.faults = source.Faults()
        self.roles_path = self.root / 'schema' / 'roles.yaml'
        if not self.roles_path.exists(): # a tree of tests takes the project's
            self.roles_path = Path(__file__).resolve().parent.parent.parent / 'schema' / 'roles.yaml'
        self.bits, self.role_document = role_list.load(self.roles_path)
        self.tables = table_reader.read(self.root / 'schema')
        self.records, self.shapes, self.endpoints, self.paths = [], {}, [], []
        self.menu_bits = {menu['name']: 1 << i for i, menu in enumerate(self.role_document['menus'])}
        self.http = sum(self.bits[r['name']] for r in self.role_document['roles'] if r.get('http', True))
        self.confined = sum(self.bits[r['name']] for r in self.role_document['roles'] if r.get('institution'))
        self.no_business = sum(self.bits[r['name']] for r in self.role_document['roles'] if not r.get('business', True))

    def fault(self, place, text):
        self.faults.add(place, text)

    def load(self):
        documents = []
        for path in sorted((self.root / 'schema' / 'records').glob('*.yaml')):
            self.paths.append(path)
            document = source.read(path, self.faults)
            if document is not None:
                documents.append(document)
        for document in documents:
            self.declare(document)
        for document in documents:
            if hasattr(document, 'record'):
                self.fill(document.record)
        children.finish(self)
        by_itself.finish(self)
        files.finish(self)
        self.finish_shapes()
        for record in self.records:
            refers.check(self, record)
            rules.of_record(self, record)
        for record in self.records:
            visitors.check(self, record)
            copies.check(self, record)
            recusal.check(self, record)
            todo.check(self, record)
            seals.finish(self, record)
        exports.finish(self)
        readers.load(self)
        self.check_clashes()
        return self

    # --- small checks ---

    def known(self, mapping, keys, what):
        for key in mapping:
            if key not in keys:
                self.fault(mapping.at(key), f'{what} has no member "{key}"')

    def want(self, mapping, key, kind, default=None):
        """A member of a type; a fault and the default otherwise."""
        if key not in mapping:
            return default
        value = mapping[key]
        if kind is int and isinstance(value, bool) or not isinstance(value, kind):
            names = {str: 'a text', int: 'a whole number', bool: 'true or false', list: 'a list', dict: 'a mapping'}
            self.fault(mapping.at(key), f'"{key}" must be {names.get(kind, kind)}')
            return default
        return value

    def name(self, mapping, key='name', what='name'):
        value = mapping.get(key)
        if not isinstance(value, str) or not NAME.match(value):
            self.fault(mapping.at(key), f'{what} must be lower-case letters, digits and _, at most 40: {value!r}')
            return None
        return value

    def roles(self, mapping, key, default, others=None):
        """Bits of a list of roles and groups, or of the words all and none. others: takes the names that are none, as (key, name, place)."""
        if key not in mapping:
            return default
        value = mapping[key]
        if value == 'all':
            return self.http | self.bits['server']
        if value == 'none':
            return 0
        if isinstance(value, str):
            value = [value]
        if not isinstance(value, list):
            self.fault(mapping.at(key), f'"{key}" must be a list of roles, all, or none')
            return default
        bits = 0
        for role in value:
            if role not in self.bits and others is not None:
                others.append((key, role, mapping.at(key)))
            elif role not in self.bits:
                self.fault(mapping.at(key), f'there is no role "{role}" in schema/roles.yaml')
            else:
                bits |= self.bits[role]
        return bits

    def menus(self, mapping, default, key='menu'):
        """Bits of the menus that a sub-account needs: all of `menu` for a record's writes, and for an operation that names them itself; one of `reads`
        for its reads, where `all` is no menu."""
        if key not in mapping:
            return default
        names = mapping[key] if isinstance(mapping[key], list) else [mapping[key]] if key != 'reads' or mapping[key] != 'all' else []
        for name in names:
            if name not in self.menu_bits:
                self.fault(mapping.at(key), f'there is no menu "{name}" in schema/roles.yaml')
        return sum(self.menu_bits.get(name, 0) for name in names)

    def title(self, mapping, default=None):
        zh, en = self.want(mapping, 'zh', str), self.want(mapping, 'en', str)
        if default is None and (not zh or not en):
            self.fault(mapping.place, f'"{mapping.get("name", "this")}" needs a name in both languages, zh and en')
        return (zh or (default or ('', ''))[0], en or (default or ('', ''))[1])

    def choices(self, values, place):
        out, seen = [], set()
        if not isinstance(values, list) or not values:
            self.fault(place, 'must be a list of codes, or of {code, zh, en}')
            return out
        for i, value in enumerate(values):
            if isinstance(value, (str, int)) and not isinstance(value, bool):
                value = {'code': str(value)}
                code, zh, en = value['code'], value['code'], value['code']
            elif isinstance(value, dict) and value.get('code') is not None:
                self.known(value, {'code', 'zh', 'en'}, 'a value')
                code = str(value['code'])
                zh, en = value.get('zh', code), value.get('en', code)
            else:
                self.fault(values.at(i), 'a value is a code, or {code, zh, en}')
                continue
            if not CODE.match(code):
                self.fault(values.at(i), f'"{code}" is no code: letters, digits, _ . -')
            elif code in seen:
                self.fault(values.at(i), f'"{code}" is given twice')
            seen.add(code)
            out.append((code, zh, en))
        return out

    # --- first pass: names ---

    def declare(self, document):
        self.known(document, RECORD_KEYS, 'a declaration')
        name = self.name(document, 'record', 'record')
        if not name:
            return
        stem = Path(document.path).stem
        if stem != name:
            self.fault(document.at('record'), f'the file of record "{name}" must be called {name}.yaml')
        title = self.want(document, 'title', dict)
        if not title:
            self.fault(document.place, 'a title {zh, en} is missing')
            title = source.Map(*document.place)
        record = Thing(name=name, document=document, place=document.place, zh=title.get('zh', name), en=title.get('en', name),
                       plural=self.want(document, 'plural', str, name + 's'), description=self.want(document, 'description', str, ''),
                       table=self.want(document, 'table', str), closed_ok=self.want(document, 'closed_ok', bool, False), home=self.want(document, 'home', str, ''), fields=[], phases=[], verbs={},
                       operations=[], guards=[], effects=[], hooks={}, uniques=[], search=[], has=[], owner=None, sides=[], takes_files=[], parent=None, parent_key=None, parent_phases={}, filled=False, open=self.want(document, 'open', str), filters=[], sorts=[],
                       default_sort=None, extra=False, lifecycle=None, course=None, list_home=None, read_roles=0, read_who=(0, 0), follows=None, follow_key=None, follow_by=None, holds_files_in=None, own_when=None, readers=None,
                       business=self.want(document, 'business', bool, True), idempotent=self.want(document, 'idempotent', bool, True), menus=self.menus(document, 0), reads=self.menus(document, self.menus(document, 0), 'reads'), insertable=True, shape_names=[],
                       refers=[], series=[], rules=[], public=None, counters=[], update_phases=[], delete_phases=[], sealed=None)
        document.record = record
        if isinstance(document.get('lifecycle'), dict):
            record.lifecycle, record.course = name, document['lifecycle']
        else:
            record.lifecycle = self.want(document, 'lifecycle', str)
        if any(other.name == name for other in self.records):
            self.fault(document.at('record'), f'record "{name}" is declared twice')
        self.records.append(record)
        for shape_name, fields in (self.want(document, 'shapes', dict) or {}).items():
            place = document['shapes'].at(shape_name)
            if not isinstance(shape_name, str) or not NAME.match(shape_name):
                self.fault(place, f'"{shape_name}" is no name for a shape')
            elif shape_name in self.shapes:
                self.fault(place, f'shape "{shape_name}" is declared twice (first in {self.shapes[shape_name].place[0]})')
            else:
                self.shapes[shape_name] = Thing(name=shape_name, place=place, source=fields, fields=[], record=record, row=False)
                record.shape_names.append(shape_name)

    # --- second pass ---

    def fill(self, record):
        if record.filled:
            return
        record.filled = True
        document = record.document
        table = None
        if record.table:
            table = self.tables.get(record.table)
            if table is None:
                self.fault(document.at('table'), f'no migration in schema/ creates table "{record.table}"')
            elif 'platform_id' not in table.columns or 'id' not in table.columns:
                self.fault(document.at('table'), f'table "{record.table}" must have platform_id and id; declare operations only for others')
                table = None
        self.read_phases(record, document, table)
        self.read_fields(record, document, table)
        for key, target in (('guards', record.guards), ('effects', record.effects)):
            for i, item in enumerate(self.want(document, key, list) or []):
                if isinstance(item, str) and NAME.match(item):
                    target.append(item)
                else:
                    self.fault(document[key].at(i), f'{item!r} is no name of a function')
        hooks = self.want(document, 'hooks', dict) or {}
        for key, value in hooks.items():
            if key not in HOOKS:
                self.fault(hooks.at(key), f'there is no hook "{key}"; there are {", ".join(HOOKS)}')
            elif not isinstance(value, str) or not NAME.match(value):
                self.fault(hooks.at(key), f'{value!r} is no name of a function')
            else:
                record.hooks[key] = value
        if record.course is not None:
            self.check_course(record)
        self.read_verbs(record, document, table)
        crossing.read(self, record, document)
        visitors.read(self, record, document, table)
        counts.read(self, record, document, table)
        counts.add_endpoints(self, record)
        self.read_uniques(record, document, table)
        for i, item in enumerate(self.want(document, 'operations', list) or []):
            if isinstance(item, dict):
                self.read_operation(record, item)
            else:
                self.fault(document['operations'].at(i), 'an operation is a mapping')
        if not table and (record.verbs or record.fields or record.lifecycle):
            if not record.table:
                self.fault(document.place, 'without a table there can be operations and shapes only')

    def read_phases(self, record, document, table):
        if 'phases' in document:
            phases = document['phases']
            if isinstance(phases, dict):
                record.phases = [(code, text.get('zh', code), text.get('en', code)) if isinstance(text, dict) else (code, code, code)
                                 for code, text in phases.items()]
            else:
                record.phases = self.choices(phases, document.at('phases'))
        if record.lifecycle and not record.phases:
            self.fault(document.at('lifecycle'), 'a record with a lifecycle needs phases')
        if table:
            record.has = [bit for column, bit in IMPLIED if bit and column in table.columns]
            record.has = list(dict.fromkeys(record.has))
            if record.phases and ('phase' not in table.columns or 'step' not in table.columns):
                self.fault(document.at('phases'), f'table "{record.table}" lacks the columns phase and step')
                record.has = [bit for bit in record.has if bit != 'PHASE']
            if 'PHASE' in record.has and not record.phases:
                self.fault(document.at('table'), f'table "{record.table}" has a phase: declare the phases')
            for code, _, _ in record.phases:
                length = table.columns['phase'].length if 'phase' in table.columns else None
                if length and len(code) > length:
                    self.fault(document.at('phases'), f'phase "{code}" is longer than the column ({length})')
            if record.lifecycle and 'VERSION' not in record.has:
                self.fault(document.at('lifecycle'), f'table "{record.table}" lacks the column version')
            record.holds_files_in = self.want(document, 'holds_files_in', list)
            for i, code in enumerate(record.holds_files_in or []):
                if code not in [phase for phase, _, _ in record.phases]:
                    self.fault(document['holds_files_in'].at(i), f'"{code}" is no phase')
            if self.want(document, 'copies', bool, False) and 'HOME_SEQ' not in record.has:
                self.fault(document.at('copies'), f'table "{record.table}" lacks home_id or home_seq, so it cannot hold copies')
            record.extra = 'extra' in table.columns

    def check_course(self, record):
        """A lifecycle of the declaration's own, for platforms whose policy says nothing of it. The server checks all of it again
        with the policies (core/record/lifecycle_compile.c)."""
        course = record.course
        self.known(course, {'initial', 'steps', 'transitions'}, 'a lifecycle')
        steps = self.want(course, 'steps', dict) or {}
        phases = {code for code, _, _ in record.phases}
        for name, step in steps.items():
            if not isinstance(step, dict):
                self.fault(steps.at(name), 'a step is a mapping')
                continue
            self.known(step, {'phase', 'zh', 'en', 'deadline', 'clock', 'final', 'desk_zh', 'desk_en', 'waits', 'desk', 'claim'}, 'a step')
            self.title(step)
            if step.get('phase') not in phases:
                self.fault(steps.at(name), f'step "{name}": "{step.get("phase")}" is no phase')
            if step.get('deadline') and 'DUE' not in record.has:
                self.fault(steps.at(name), f'step "{name}": a deadline needs the column due_on')
        if course.get('initial') not in steps:
            self.fault(course.at('initial'), f'"{course.get("initial")}" is no step')
        for i, move in enumerate(self.want(course, 'transitions', list) or []):
            if isinstance(move, dict):
                self.check_move(record, move, steps)
            else:
                self.fault(course['transitions'].at(i), 'a transition is a mapping')
        self.check_reach(record, course, steps)

    def check_move(self, record, move, steps):
        self.known(move, {'event', 'from', 'to', 'roles', 'zh', 'en', 'guards', 'effects', 'reason', 'form', 'complete', 'confirm_zh', 'confirm_en',
                          'tone', 'notices', 'sets', 'stamps', 'groups', 'compare',
                          'recuse', 'one', 'at_least',
                          'after', 'at', 'grace', 'tell_before', 'tells', 'unless', 'then', 'by'}, 'a transition')
        children.check_move(self, record, move)
        self.name(move, 'event', 'event')
        self.title(move)
        at = self.field_of(record, move.get('at'))
        if 'at' in move and (not at or at.type != 'time' or 'after' in move):
            self.fault(move.at('at'), f'"{move["at"]}" must be a field of type time, and goes without `after`')
        if 'after' not in move and 'at' not in move and sides.who(self, record, move, 'roles', (0, 0)) == (0, 0):
            self.fault(move.place, 'say the roles')
        for key in ('from', 'to'):
            names = move.get(key) if key == 'from' else [move['to']] if 'to' in move else []
            for name in names if isinstance(names, list) else [None]:
                if name not in steps:
                    self.fault(move.at(key), f'"{name}" is no step')
                elif key == 'from' and isinstance(steps[name], dict) and steps[name].get('final'):
                    self.fault(move.at(key), f'step "{name}" is final, so nothing leaves it')
        for key, known in (('guards', record.guards), ('effects', record.effects)):
            for name in self.want(move, key, list) or []:
                if name not in known:
                    self.fault(move.at(key), f'the record declares no {key[:-1]} "{name}"')
        form = {item.get('name'): item.get('type') for item in self.want(move, 'form', list) or [] if isinstance(item, dict)}
        rules.read(self, move, form)
        for item in move.get('form') or []:
            if isinstance(item, dict) and 'term' in (item.get('type'), item.get('item')) and item.get('terms') not in DICTIONARIES:
                self.fault(item.place, f'a term says of which dictionary: terms: {", ".join(DICTIONARIES)}')
        self.check_sets(record, move, form)

    def check_sets(self, record, move, form):
        """Values of the form that become the record's, and the moment, which does too."""
        for name in self.want(move, 'sets', list) or []:
            field = self.field_of(record, name)
            if not field or form.get(name) != field.type and name != 'reason':
                self.fault(move.at('sets'), f'"{name}" must be a field of the record and of the form, of one type')
            elif field.sealed or field.personal:
                self.fault(move.at('sets'), f'"{name}" holds a person\'s data, which forms of transitions tell the log')
        stamp = self.field_of(record, move.get('stamps'))
        if 'stamps' in move and (not stamp or stamp.type not in ('time', 'date')):
            self.fault(move.at('stamps'), f'"{move["stamps"]}" must be a field of type time or date')

    def check_reach(self, record, course, steps):
        moves = [move for move in course.get('transitions') or [] if isinstance(move, dict) and isinstance(move.get('from'), list)]
        reached, before = {course.get('initial')}, None
        while before != reached:
            before = set(reached)
            reached |= {move['to'] for move in moves if 'to' in move and reached & set(move['from'])}
        for name, step in steps.items():
            if name not in reached:
                self.fault(steps.at(name), f'step "{name}" cannot be reached')
            if isinstance(step, dict) and not step.get('final') and not any(name in move['from'] for move in moves):
                self.fault(steps.at(name), f'step "{name}" has no way out and is not final')

    def read_fields(self, record, document, table):
        shape = Thing(name=record.name, place=document.place, fields=record.fields, record=record, row=True, source=None)
        record.shape = shape
        if not record.table:
            return
        if record.name in self.shapes:
            self.fault(self.shapes[record.name].place, f'shape "{record.name}" has the name of a record')
        self.shapes[record.name] = shape
        for i, item in enumerate(self.want(document, 'fields', list) or []):
            if isinstance(item, dict):
                field = self.read_field(item, record, table)
                if field:
                    if any(other.name == field.name for other in record.fields):
                        self.fault(item.at('name'), f'field "{field.name}" is given twice')
                    record.fields.append(field)
            else:
                self.fault(document['fields'].at(i), 'a field is a mapping')
        if table:
            self.check_rest_of_table(record, document, table)
        sides.read(self, record, document)
        seals.read(self, record, document)
        files.read(self, record, document)
        when = self.want(document, 'own_when', dict)
        if when:
            field = self.field_of(record, when.get('field'))
            if not field or field.type != 'enum' or when.get('eq') not in [code for code, _, _ in field.values]:
                self.fault(document.at('own_when'), 'own_when is {field: an enum, eq: one of its values}')
            else:
                record.own_when = (field, when['eq'])

    def check_rest_of_table(self, record, document, table):
        stored = {'platform_id'} | {name for name, _ in IMPLIED} | {'extra'}
        for field in record.fields:
            stored |= set(field.columns)
        for name, column in table.columns.items():
            if name not in stored and not column.nullable and not column.default:
                record.insertable = False
                if 'create' in (document.get('verbs') or {}):
                    self.fault(document.at('table'), f'column {record.table}.{name} is NOT NULL without DEFAULT, so it must be a field')

    def read_field(self, item, record, table):
        """record None: a field of a shape."""
        self.known(item, FIELD_KEYS, 'a field')
        name = self.name(item)
        kind = item.get('type')
        if kind not in TYPES:
            self.fault(item.at('type'), f'there is no type "{kind}"; there are {", ".join(TYPES)}')
            return None
        if not name:
            return None
        if record and name in IMPLIED_NAMES:
            self.fault(item.at('name'), f'"{name}" is implied; leave it out')
            return None
        zh, en = self.title(item, None if record else (name, name))
        everybody = self.http | self.bits['server']
        sided = [] if record else None
        field = Thing(name=name, type=kind, zh=zh, en=en, place=item.place, required=self.want(item, 'required', bool, False), of=None, shape=None,
                      values=[], min=self.want(item, 'min', int), max=self.want(item, 'max', int), item_max=self.want(item, 'item_max', int, 0),
                      pattern=self.want(item, 'pattern', str), pattern_zh=self.want(item, 'pattern_zh', str),
                      pattern_en=self.want(item, 'pattern_en', str), read=self.roles(item, 'read', everybody, sided),
                      write=self.roles(item, 'write', everybody, sided), reveal=self.roles(item, 'reveal', 0, sided), sided=sided,
                      masked=self.want(item, 'masked', bool, False), personal=self.want(item, 'personal', bool, False),
                      public=self.want(item, 'public', bool, False), in_list=self.want(item, 'list', bool, kind not in LONG), columns=[],
                      column=None, ends=None, sealed=None, nullable=True, ascii=False, show_if=None, default=item.get('default'), example=item.get('example'),
                      help_zh=self.want(item, 'help_zh', str), help_en=self.want(item, 'help_en', str), unit=self.want(item, 'unit', str), member=name + '_' if name in C_WORDS else name,
                      follows=self.want(item, 'follows', str), by=self.want(item, 'by', str), frozen=self.want(item, 'frozen', str),
                      own=self.want(item, 'own', bool, False), follow_column=None, terms=self.want(item, 'terms', str), files=self.want(item, 'files', str), taken=None, counts=item.get('counts'), window=item.get('window'), names=item.get('names'))
        self.read_kind(item, field)
        if field.min is not None and field.max is not None and field.min > field.max:
            self.fault(item.at('min'), f'min {field.min} is above max {field.max}')
        if field.pattern is not None:
            self.check_pattern(item, field)
        if field.required and field.default is not None:
            self.fault(item.at('default'), 'a required field needs no default')
        if 'show_if' in item:
            condition = self.want(item, 'show_if', dict) or {}
            if 'field' in condition and 'eq' in condition:
                value = condition['eq']
                field.show_if = (condition['field'], str(value).lower() if isinstance(value, bool) else str(value))
            else:
                self.fault(item.at('show_if'), 'show_if is {field: name, eq: value}')
        if record:
            self.read_columns(item, field, record, table)
            self.check_files(item, field)
        elif kind in SECRETS or not record:
            field.ends = self.want(item, 'column', (str, list)) if kind not in SECRETS and not record else None
            for key in ('sealed', 'write', 'follows', 'frozen', 'own', 'files') + (('column',) if kind in SECRETS or record else ()):
                if key in item:
                    self.fault(item.at(key), f'"{key}" is for fields of a table')
        field.has_flag = (kind in NUMBERS or kind == 'bool') and \
            (field.nullable if record else not field.required and field.default is None)
        return field

    def read_kind(self, item, field):
        kind = field.type
        if kind == 'enum' or kind == 'list' and item.get('of') == 'enum':
            field.values = self.choices(item.get('values'), item.at('values'))
        elif 'values' in item:
            self.fault(item.at('values'), f'"values" is for enums, not {kind}')
        if 'codes' in item:
            if kind != 'text':
                self.fault(item.at('codes'), f'"codes" is for texts, not {kind}')
            else:
                field.values = self.choices(item.get('codes'), item.at('codes'))
        if kind in ('list', 'object'):
            field.of = item.get('of')
            if not isinstance(field.of, str):
                self.fault(item.place, f'{kind} "{field.name}" needs `of`')
            elif kind == 'list' and field.of in LIST_ITEMS:
                pass
            else:
                field.shape = field.of
        elif 'of' in item:
            self.fault(item.at('of'), f'"of" is for lists and objects, not {kind}')
        if 'exactly' in item:
            field.min = field.max = self.want(item, 'exactly', int)
            if kind != 'list' or 'min' in item or 'max' in item or not field.max or field.max < 1:
                self.fault(item.at('exactly'), 'exactly is a number of entries of a list, without min and max')
        if kind == 'list' and field.max is None:
            field.max = 100
        if (kind == 'term' or field.of == 'term') != (field.terms is not None) or field.terms not in DICTIONARIES + (None,):
            self.fault(item.at('terms'), f'a term says of which dictionary, as nothing else does: terms: {", ".join(DICTIONARIES)}')
            field.terms = field.terms or DICTIONARIES[0]
        default = field.default
        if default is not None:
            good = {'bool': isinstance(default, bool), 'enum': any(default == v[0] for v in field.values), 'text': isinstance(default, str)}
            if not good.get(kind, kind in NUMBERS and isinstance(default, int) and not isinstance(default, bool)):
                self.fault(item.at('default'), f'{default!r} is no default for {kind}')
                field.default = None
        if kind == 'money' and field.min is None:
            field.min = 0
        if field.unit is not None and (kind, field.unit) not in (('money', 'wan'), ('time', 'second')):
            self.fault(item.at('unit'), 'unit is wan for money that people say in 10,000 yuan, and second for a time at which something ends')
            field.unit = None

    def check_files(self, item, field):
        holds = field.type in ('file', 'blocks') or field.type == 'list' and field.of == 'file'
        if holds and not field.files:
            self.fault(item.place, f'"{field.name}" holds files: say for what (`files: purpose`)')
        elif field.files and not holds and field.type != 'json':
            self.fault(item.at('files'), f'{field.type} holds no files')
        elif field.files and not NAME.match(field.files):
            self.fault(item.at('files'), f'{field.files!r} is no purpose')

    def check_pattern(self, item, field):
        if field.type not in ('text', 'longtext', 'secret', 'phone'):
            self.fault(item.at('pattern'), f'a pattern is for texts, not {field.type}')
        if not field.pattern_zh or not field.pattern_en:
            self.fault(item.at('pattern'), 'say what the pattern asks for: pattern_zh and pattern_en')
        try:
            re.compile(field.pattern)
        except re.error as error:
            self.fault(item.at('pattern'), f'is no regular expression: {error}')
        if re.search(r'\\[dwsDWSb]|\(\?', field.pattern):
            self.fault(item.at('pattern'), 'is POSIX extended: write [0-9] for \\d, no (?…)')

    def read_columns(self, item, field, record, table):
        if field.type in SECRETS:
            self.fault(item.at('type'), 'a secret is never stored: inputs only')
            return
        sealed = self.want(item, 'sealed', dict)
        if sealed:
            if field.type not in SEALABLE:
                self.fault(item.at('sealed'), f'{field.type} cannot be sealed')
            self.known(sealed, {'sealed', 'index', 'hint'}, 'sealed')
            field.sealed = (sealed.get('sealed'), sealed.get('index'), sealed.get('hint'))
            if not field.sealed[0] or not field.sealed[2]:
                self.fault(item.at('sealed'), 'sealed is {sealed: column, hint: column, index: column (optional)}')
                field.sealed = None
                return
            field.personal = True
            field.columns = [column for column in field.sealed if column]
        else:
            field.column = self.want(item, 'column', str, field.name)
            field.columns = [field.column]
        if field.counts is not None:
            self.read_count(item, field)
            return
        if field.window is not None:
            windows.read(self, item, field, table)
            return
        if table is None:
            return
        for name in field.columns:
            if name not in table.columns:
                self.fault(item.place, f'table "{table.name}" has no column "{name}"')
                return
        column = table.columns[field.columns[0]]
        field.nullable, field.ascii = column.nullable, column.ascii
        if field.sealed:
            if column.kind != 'VARBINARY':
                self.fault(item.at('sealed'), f'{table.name}.{column.name} must be VARBINARY')
            return
        self.check_column(item, field, column, table)
        self.check_reason(record, item, field, column, table)

    def read_count(self, item, field):
        """Of children, counted as it is read: always right, in lists too, and nothing that two writers would meet on."""
        field.column, field.columns, field.nullable = None, [], False
        if field.type != 'uint' or field.write or field.sealed:
            self.fault(item.at('counts'), f'"{field.name}" counts: it is a uint with write: none')

    def check_reason(self, record, item, field, column, table):
        """Why a lifecycle moves a record is told in up to 1,000 characters (core/record/lifecycle_compile.c), whatever moves it."""
        if record.lifecycle and field.name in ('reason', 'decision_reason') and column.characters and column.characters < REASON_MOST:
            self.fault(item.place, f'{table.name}.{column.name} holds {column.characters} characters; the reason of a move has up to {REASON_MOST}')

    def check_column(self, item, field, column, table):
        kinds = TYPES[field.type][1]
        if column.kind not in kinds:
            self.fault(item.at('type'), f'{table.name}.{column.name} is {column.kind}, which does not hold {field.type}')
            return
        size = {'id': 16, 'file': 16, 'hash': 32}.get(field.type)
        if size and column.length != size:
            self.fault(item.at('type'), f'{table.name}.{column.name} must be BINARY({size})')
        if column.kind in ('VARCHAR', 'CHAR') and column.length:
            if field.type in ('text', 'longtext', 'url', 'email', 'phone', 'mobile', 'term'):
                if field.max is None:
                    field.max = column.length
                elif field.max > column.length:
                    self.fault(item.at('max'), f'max {field.max} does not fit {table.name}.{column.name} ({column.length})')
            for code, _, _ in field.values if field.type == 'enum' else []:
                if len(code) > column.length:
                    self.fault(item.at('values'), f'"{code}" does not fit {table.name}.{column.name} ({column.length})')
        elif column.characters and field.type in ('text', 'longtext', 'url'):
            if field.max is None:
                field.max = min(column.characters, 200000)
            elif field.max > column.characters:
                self.fault(item.at('max'), f'max {field.max} does not fit {table.name}.{column.name} ({column.characters} characters)')
        if field.type in NUMBERS and column.largest and column.largest < JSON_MOST:
            if field.max is None:
                field.max = column.largest
            elif field.max > column.largest:
                self.fault(item.at('max'), f'max {field.max} does not fit {table.name}.{column.name} ({column.largest})')
        free = field.required or field.default is not None or field.write == 0 or field.type in NUMBERS + ('bool',)
        if not column.nullable and not free:
            self.fault(item.place, f'{table.name}.{column.name} is NOT NULL: make the field required, give a default, or write: none')

    def read_uniques(self, record, document, table):
        for i, item in enumerate(self.want(document, 'uniques', list) or []):
            if not isinstance(item, dict) or not item.get('key'):
                self.fault(document['uniques'].at(i), 'is {key, field, zh, en}')
                continue
            self.known(item, {'key', 'field', 'zh', 'en'}, 'a unique key')
            if table and item['key'] not in table.uniques:
                self.fault(item.at('key'), f'table "{table.name}" has no unique key "{item["key"]}"')
            zh, en = self.title(item)
            record.uniques.append((item['key'], item.get('field'), zh, en))

    # --- verbs ---

    def read_verbs(self, record, document, table):
        verbs = self.want(document, 'verbs', dict) or {}
        for verb, item in verbs.items():
            place = verbs.at(verb)
            if verb not in VERB_KEYS:
                self.fault(place, f'there is no verb "{verb}"; there are {", ".join(VERB_KEYS)}')
                continue
            if item is None:
                item = source.Map(*place)
            if not isinstance(item, dict):
                self.fault(place, 'a verb is a mapping')
                continue
            self.known(item, VERB_KEYS[verb], f'verb {verb}')
            everyone = self.bits['signed_in'] & ~self.no_business & ~self.confined
            for side in record.sides:
                everyone |= side.roles
            who = sides.who(self, record, item, 'roles', (everyone, 0) if verb == 'fire' else None)
            if who is None:
                self.fault(place, f'say the roles of {verb}')
                who = (0, 0)
            roles = sides.all_of(record, who)
            hooked = verb in ('list', 'export') and ('hook' in item or 'list_where' in record.hooks)
            self.check_roles(record, who, place, record.business, hooked)
            record.parent_phases[verb] = children.read_phases(self, record, verb, item)
            if verb == 'create':
                sides.check_create(self, record, who, place)
                children.check_create(self, record, who, record.parent_phases[verb], place)
            words = self.title(item, VERB_WORDS[verb])
            record.verbs[verb] = Thing(name=verb, roles=roles, who=who, zh=words[0], en=words[1], place=place)
            self.read_verb_phases(record, verb, item)
            if 'hook' in item:
                if verb not in HOOK_OF_VERB:
                    self.fault(item.at('hook'), f'{verb} has no hook')
                elif HOOK_OF_VERB[verb] in record.hooks:
                    self.fault(item.at('hook'), f'{HOOK_OF_VERB[verb]} is given twice')
                else:
                    record.hooks[HOOK_OF_VERB[verb]] = item['hook']
            if verb == 'list':
                self.read_list(record, item, table)
        if 'get' in record.verbs:
            record.read_roles, record.read_who = record.verbs['get'].roles, record.verbs['get'].who
        if 'fire' in record.verbs and not record.lifecycle:
            self.fault(record.verbs['fire'].place, 'fire needs a lifecycle')
        if 'update' in record.verbs and 'VERSION' not in record.has:
            self.fault(record.verbs['update'].place, 'update needs the column version')
        if 'export' in record.verbs and 'list' not in record.verbs:
            self.fault(record.verbs['export'].place, 'export needs list, whose filters it takes')
        for verb in ('history', 'fire', 'update'):
            if verb in record.verbs and 'get' not in record.verbs:
                self.fault(record.verbs[verb].place, f'{verb} needs get')
        for verb, thing in record.verbs.items():
            self.add_verb_endpoint(record, verb, thing)

    def read_verb_phases(self, record, verb, item):
        phases = self.want(item, 'phases', list)
        for i, code in enumerate(phases or []):
            if code not in [phase for phase, _, _ in record.phases]:
                self.fault(item['phases'].at(i), f'"{code}" is no phase')
        if phases == []:
            self.fault(item.at('phases'), 'name at least one phase, or leave it out')
        if phases:
            setattr(record, verb + '_phases', phases)

    def check_roles(self, record, who, place, business, hooked=False):
        roles = sides.all_of(record, who)
        if roles & ~self.http:
            self.fault(place, 'role server never comes over HTTP')
        if business and roles & self.no_business:
            self.fault(place, 'the administrators of system, security and audit touch no business data (business: false says it is none)')
        sides.check(self, record, who, place, hooked)

    def field_of(self, record, name):
        return next((field for field in record.fields if field.name == name), None)

    def read_list(self, record, item, table):
        record.list_home = self.want(item, 'home', str)
        if record.list_home not in (None, 'own', 'copies'):
            self.fault(item.at('home'), 'home is own or copies')
        for i, name in enumerate(self.want(item, 'filters', list) or []):
            self.read_filter(record, name, item['filters'].at(i))
        sorts = self.want(item, 'sort', list) or ['created_at']
        for name in sorts:
            field = self.field_of(record, name)
            if field and field.column and field.type in NUMBERS + ('text', 'date', 'time', 'region', 'uscc'):
                record.sorts.append((name, field.column, field.type, field.nullable))
            elif name in ('created_at', 'updated_at', 'due_on') and (table is None or name in table.columns):
                record.sorts.append((name, name, IMPLIED_TYPES[name], name == 'due_on'))
            else:
                self.fault(item.at('sort'), f'cannot sort by "{name}"')
        record.default_sort = self.want(item, 'default_sort', str) or '-' + sorts[0]
        if record.default_sort.lstrip('-') not in [sort[0] for sort in record.sorts]:
            self.fault(item.at('default_sort'), f'"{record.default_sort}" is not among the sorts')
        document = record.document
        words = item if 'search' in item else document
        for i, name in enumerate(self.want(words, 'search', list) or []):
            field = self.field_of(record, name)
            if field and field.read >> sides.FIRST:
                self.fault(words['search'].at(i), f'"{name}" is for some sides alone: a search would tell the others what it says')
            elif field and field.column and field.type in ('text', 'longtext', 'uscc'):
                record.search.append(field.column)
            else:
                self.fault(words['search'].at(i), f'cannot search in "{name}"')
        if len(record.search) > 4:
            self.fault(words.at('search'), 'a search looks in four fields at most (core/db/search.h)')
        if any(kind == 'SEARCH' for _, kind, _, _ in record.filters) and not record.search:
            self.fault(item.at('filters'), 'filter q needs `search`: which fields it looks in')

    def read_filter(self, record, name, place):
        """Filters: a field, <field>_from, <field>_to, q, phase, step, home, and created/updated/due with _from and _to."""
        if name in ('q', 'phase', 'step', 'home'):
            if name in ('phase', 'step') and not record.phases:
                self.fault(place, f'filter {name} needs phases')
            if name == 'home' and 'HOME' not in record.has:
                self.fault(place, 'filter home needs the column home_id')
            record.filters.append((name, {'q': 'SEARCH', 'phase': 'PHASE', 'step': 'STEP', 'home': 'HOME'}[name], None, None))
            return
        field = self.field_of(record, name)
        if field and (field.column or field.window or field.sealed and field.sealed[1]) and field.type not in LONG + ('blocks', 'hash'):
            record.filters.append((name, 'EQUAL', field, field.column or field.window or field.sealed[1]))
            return
        for suffix, kind in (('_from', 'FROM'), ('_to', 'TO')):
            if isinstance(name, str) and name.endswith(suffix):
                stem = name[:-len(suffix)]
                field = self.field_of(record, stem) or self.field_of(record, stem + '_at') or self.field_of(record, stem + '_on')
                if field and field.column and field.type in NUMBERS + ('date', 'time'):
                    record.filters.append((name, kind, field, field.column))
                    return
                if stem in ('created', 'updated', 'due'):
                    record.filters.append((name, 'IMPLIED_' + kind, None, {'created': 'created_at', 'updated': 'updated_at', 'due': 'due_on'}[stem]))
                    return
        self.fault(place, f'cannot filter by "{name}"')

    def add_verb_endpoint(self, record, verb, thing):
        """A child is created under its parent alone, and listed there too."""
        under = f'{API}{record.parent.plural}/{{id}}/{record.plural}' if record.parent else None
        if under and verb == 'list':
            self.add_verb(record, verb, thing, '_under', under)
        self.add_verb(record, verb, thing, '', under if verb == 'create' else None)
        if verb == 'fire' and 'list' in record.verbs:
            self.add_batch(record, thing)

    def add_batch(self, record, fire):
        """One event on several rows, named or by the filter of the list: for those who have both verbs."""
        roles = fire.roles & record.verbs['list'].roles
        if not roles:
            return
        thing = Thing(name='batch', roles=roles, who=fire.who, zh='批量办理', en='Move several on', place=fire.place)
        self.add_verb(record, 'batch', thing, '', None)

    def verb_words(self, record, verb):
        """When a verb is refused elsewhere (409 phase); what a batch means."""
        if verb == 'batch':
            return ('Either `items`, or `seen` with the list\'s filters in the query: all rows of that filter, if there are as many as were seen, at most 500 '
                    '(else 409, saying both numbers). Each row moves in a transaction of its own; the answer says of each what became of it.')
        phases = {'update': record.update_phases, 'delete': record.delete_phases}.get(verb)
        words = {code: en for code, _, en in record.phases}
        return f'Only while it is: {", ".join(words.get(code, code) for code in phases)}.' if phases else ''

    def add_verb(self, record, verb, thing, suffix, under):
        base = under or API + record.plural
        method, path, success = {
            'list': ('GET', base, 200), 'get': ('GET', base + '/{id}', 200), 'create': ('POST', base, 201),
            'update': ('PATCH', base + '/{id}', 200), 'delete': ('DELETE', base + '/{id}', 204),
            'fire': ('POST', base + '/{id}/events', 200), 'batch': ('POST', base + '/events', 200), 'history': ('GET', base + '/{id}/history', 200),
            'export': ('GET', base + '/export.csv', 200)}[verb]
        versioned = 'VERSION' in record.has
        self.endpoints.append(Thing(
            name=f'{record.name}_{verb}{suffix}', under=under is not None, verb=verb, record=record, roles=thing.roles, who=thing.who, menus=record.menus if method != 'GET' else 0, reads=record.reads if method == 'GET' else 0, method=method, path=path,
            input='batch_input' if verb == 'batch' else None, query=None, output='batch_results' if verb == 'batch' else None,
            output_list=False, success=success, load=verb in ('get', 'update', 'delete', 'fire', 'history'),
            if_match=versioned and verb in ('update', 'delete', 'fire'), idempotent=verb in ('create', 'update', 'delete', 'fire', 'batch'),
            transaction=verb in ('create', 'update', 'delete', 'fire'), frozen_ok=False, closed_ok=record.closed_ok, session_only=False, needs_ok=False, file=False, lane='export' if verb in ('export', 'batch') else 'common', handler=None, zh=(f'{record.parent.zh}：' if under else '') + thing.zh + record.zh,
            en=f'{thing.en}: {record.en}' + (f' of one {record.parent.en}' if under else ''), description=self.verb_words(record, verb), produces='text/csv' if verb == 'export' else None, place=thing.place))
        if verb == 'export':
            self.endpoints.append(exports.twin(self.endpoints[-1]))

    def read_operation(self, record, item):
        self.known(item, OPERATION_KEYS, 'an operation')
        name = self.name(item)
        method = item.get('method')
        if method not in ('GET', 'POST', 'PUT', 'PATCH', 'DELETE'):
            self.fault(item.at('method'), 'method is GET, POST, PUT, PATCH or DELETE')
            method = 'GET'
        path = self.want(item, 'path', str, '')
        if not re.match(r'^/[A-Za-z0-9_./{}-]+$', path):
            self.fault(item.at('path'), f'"{path}" is no path')
        if 'roles' not in item:
            self.fault(item.place, 'say the roles')
        who = sides.who(self, record, item, 'roles', (0, 0))
        roles = sides.all_of(record, who)
        load = self.want(item, 'load', bool, False)
        business = record.business and self.want(item, 'business', bool, True)
        if roles & ~self.http:
            self.fault(item.at('roles'), 'role server never comes over HTTP')
        if business and record.table and roles & self.no_business:
            self.fault(item.at('roles'), 'the administrators of system, security and audit touch no business data (business: false says it is none)')
        if load and (not record.table or '{id}' not in path):
            self.fault(item.at('load'), 'load needs a table and {id} in the path')
        if load:
            self.check_roles(record, who, item.at('roles'), False)
        writes = method != 'GET'
        file = item.get('body') == 'file' or item.get('stream') == 'file'
        transaction = self.want(item, 'transaction', bool, writes)
        if transaction and not writes:
            self.fault(item.at('transaction'), 'reading needs no transaction')
        public_only = roles == self.bits['public']
        # A write that takes none refuses it (core/record/repeat.h): there is no third way.
        idempotent = self.want(item, 'idempotent', bool, writes and not public_only and record.idempotent)
        if idempotent and not writes:
            self.fault(item.at('idempotent'), 'reading needs no Idempotency-Key')
        if_match = self.want(item, 'if_match', bool, False)
        if if_match and not load:
            self.fault(item.at('if_match'), 'if_match needs load')
        lane = self.want(item, 'lane', str, 'export' if item.get('produces') in (exports.CSV, exports.PDF) else 'common')
        if lane not in LANES:
            self.fault(item.at('lane'), f'there is no lane "{lane}"; there are {", ".join(LANES)}')
        success = self.want(item, 'success', int, 200)
        if success not in (200, 201, 202, 204, 302, 303):
            self.fault(item.at('success'), f'success {success}: 200, 201, 202, 204, 302 or 303')
        output, output_list = item.get('output'), False
        if isinstance(output, dict):
            output, output_list = output.get('list'), True
        zh, en = self.title(item)
        endpoint = Thing(
            under=False, name=name if name and name.startswith(record.name) else f'{record.name}_{name}', verb='operation', record=record, roles=roles, who=who, menus=self.menus(item, record.menus if writes else 0),
            reads=0 if writes or 'menu' in item else self.menus(item, record.reads, 'reads'), method=method, path=path, input=item.get('input'),
            query=item.get('query'), output=output, output_list=output_list, success=success, load=load, if_match=if_match, idempotent=idempotent,
            transaction=transaction, frozen_ok=self.want(item, 'frozen_ok', bool, False), closed_ok=record.closed_ok or self.want(item, 'closed_ok', bool, False), file=file, lane=lane,
            session_only=self.want(item, 'session_only', bool, False), needs_ok=self.want(item, 'needs_ok', bool, False),
            handler=self.want(item, 'handler', str) or f'{record.name}_{name}', zh=zh, en=en, description=self.want(item, 'description', str, ''),
            produces=self.want(item, 'produces', str), place=item.place, item=item)
        if method == 'GET' and endpoint.input:
            self.fault(item.at('input'), 'GET has no body: use query')
        if file and endpoint.input:
            self.fault(item.at('input'), 'the body is a file')
        if not NAME.match(endpoint.handler):
            self.fault(item.at('handler'), f'{endpoint.handler!r} is no name of a function')
        record.operations.append(endpoint)
        self.endpoints.append(endpoint)
        if exports.is_list(endpoint):
            if not path.endswith('.csv'):
                self.fault(item.at('path'), 'a list as a file ends with .csv (its .xlsx is made beside it)')
            self.endpoints.append(exports.twin(endpoint))

    # --- third pass: what refers to something else ---

    def finish_shapes(self):
        if 'batch_input' not in self.shapes:  # declarations of tests that do without schema/records/decide.yaml
            self.endpoints = [endpoint for endpoint in self.endpoints if endpoint.verb != 'batch']
        for shape in [s for s in self.shapes.values() if not s.row]:
            if not isinstance(shape.source, list):
                self.fault(shape.place, f'shape "{shape.name}" is a list of fields')
                continue
            for i, item in enumerate(shape.source):
                if not isinstance(item, dict):
                    self.fault(shape.source.at(i), 'a field is a mapping')
                    continue
                field = self.read_field(item, None, None)
                if field and any(other.name == field.name for other in shape.fields):
                    self.fault(item.at('name'), f'field "{field.name}" is given twice')
                elif field:
                    shape.fields.append(field)
        for shape in self.shapes.values():
            names = {field.name for field in shape.fields}
            for field in shape.fields:
                if field.shape and (field.shape not in self.shapes or self.shapes[field.shape].row):
                    self.fault(field.place, f'there is no shape "{field.shape}"')
                    field.shape, field.of, field.type = None, None, 'json'
                if field.show_if and field.show_if[0] not in names:
                    self.fault(field.place, f'show_if names "{field.show_if[0]}", which is no field here')
        self.check_cycles()
        self.check_ends()
        for endpoint in self.endpoints:
            for key in ('input', 'query', 'output'):
                name = getattr(endpoint, key)
                row_allowed = key == 'output'
                if name and (name not in self.shapes or self.shapes[name].row and not row_allowed):
                    self.fault(endpoint.item.at(key), f'there is no shape "{name}"')
                    setattr(endpoint, key, None)

    def check_ends(self):
        """Every text that comes in says in which column it ends or with which it is compared: its bound is no longer than the column, and what an
        ASCII column cannot hold is refused. A field of the record that has the same name says it for the field of the shape."""
        seen = set()

        def visit(name):
            if name in seen or name not in self.shapes or self.shapes[name].row:
                return
            seen.add(name)
            for field in self.shapes[name].fields:
                self.check_end(self.shapes[name], field)
                if field.shape:
                    visit(field.shape)
        for endpoint in self.endpoints:
            visit(endpoint.input)
            visit(endpoint.query)

    def check_end(self, shape, field):
        texts = field.type in TEXTS or field.type == 'list' and field.of == 'text'
        same = self.field_of(shape.record, field.name)
        if field.ends is None and same and (same.column or same.sealed):
            if same.sealed or same.type not in TEXTS + NUMBERS:
                return
            field.ends = f'{shape.record.table}.{same.column}'
        if field.ends is None and texts and field.type != 'mobile':
            self.fault(field.place, f'"{field.name}" of {shape.name}: say in which column it ends or with which it is compared '
                                    '(column: table.column, a list of them, or none)')
        for end in [] if field.ends in (None, 'none') else [field.ends] if isinstance(field.ends, str) else field.ends:
            table, _, name = str(end).partition('.')
            column = self.tables[table].columns.get(name) if table in self.tables else None
            if column is None:
                self.fault(field.place, f'"{end}": no migration makes this column')
            elif texts and field.type != 'list':
                self.fit(shape, field, column, end)
            elif field.type in NUMBERS and column.largest and column.largest < JSON_MOST:
                if field.max is not None and field.max > column.largest:
                    self.fault(field.place, f'max {field.max} of "{field.name}" does not fit {end} ({column.largest})')
                field.max = column.largest if field.max is None else field.max

    def fit(self, shape, field, column, end):
        field.ascii = field.ascii or column.ascii or column.kind == 'ENUM' and field.type == 'text'
        if column.characters is None or field.type in ('mobile', 'uscc'):
            return
        if field.max is None:
            field.max, field.bounded = min(column.characters, 200000), True
        elif getattr(field, 'bounded', False):
            field.max = min(field.max, column.characters)
        elif field.max > column.characters:
            self.fault(field.place, f'max {field.max} of "{field.name}" in {shape.name} does not fit {end} ({column.characters} characters)')

    def check_cycles(self):
        def visit(shape, trail):
            if shape.name in trail:
                self.fault(shape.place, f'shape "{shape.name}" contains itself')
                return True
            return any(visit(self.shapes[f.shape], trail + [shape.name]) for f in shape.fields if f.shape)
        for shape in self.shapes.values():
            if visit(shape, []):
                return

    def check_clashes(self):
        routes, names, plurals = {}, {}, {}
        for endpoint in self.endpoints:
            key = (endpoint.method, re.sub(r'\{[^}]*\}', '{}', endpoint.path))
            if key in routes:
                self.fault(endpoint.place, f'{endpoint.method} {endpoint.path} is already {routes[key].name}')
            routes[key] = endpoint
            if endpoint.name in names:
                self.fault(endpoint.place, f'"{endpoint.name}" is given twice')
            names[endpoint.name] = endpoint
        for record in self.records:
            if record.table and record.plural in plurals:
                self.fault(record.place, f'plural "{record.plural}" is taken by {plurals[record.plural]}')
            plurals[record.plural] = record.name
        c_names.check(self, C_WORDS)
        self.order_shapes()

    def order_shapes(self):
        """Inner shapes before those that contain them."""
        self.ordered, seen = [], set()

        def visit(shape):
            if shape.name in seen:
                return
            seen.add(shape.name)
            for field in shape.fields:
                if field.shape:
                    visit(self.shapes[field.shape])
            self.ordered.append(shape)
        if not self.faults.found:
            for shape in self.shapes.values():
                visit(shape)
