"""The generator's own words about bad declarations: each is named with file and line, all at once."""
import shutil
import subprocess
import sys
import tempfile
import textwrap
import unittest
from pathlib import Path

ROOT = Path(sys.argv.pop(1) if len(sys.argv) > 1 else '.').resolve()

SQL = '''
CREATE TABLE thing (
  platform_id INT UNSIGNED NOT NULL,
  id BINARY(16) NOT NULL,
  version INT UNSIGNED NOT NULL DEFAULT 1,
  institution_id BINARY(16) NOT NULL,
  name VARCHAR(20) NOT NULL,
  price BIGINT UNSIGNED NULL,
  `key` VARCHAR(10) NULL COMMENT 'a comment, with a comma; and a semicolon',
  mobile_sealed VARBINARY(160) NULL,
  mobile_hint VARCHAR(20) NULL,
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (platform_id, id),
  UNIQUE KEY name (platform_id, name)
);
'''
HEAD = '''\
record: thing
title: {zh: 东西, en: thing}
table: thing
owner: institution_id
'''
FIELDS = HEAD + '''\
fields:
  - {name: institution_id, type: id, write: none, zh: 机构, en: Institution}
  - {name: name, type: text, required: true, zh: 名称, en: Name}
'''


class Generate(unittest.TestCase):
    def setUp(self):
        self.root = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.root)
        (self.root / 'schema' / 'records').mkdir(parents=True)
        (self.root / 'schema' / '0001_thing.sql').write_text(SQL)

    def run_generator(self, *arguments):
        return subprocess.run(['/usr/bin/python3', '-B', ROOT / 'tools' / 'generate' / 'generate.py', self.root, *arguments],
                              capture_output=True, text=True, timeout=60)

    def check(self, text, expected, name='thing.yaml'):
        """expected: lines of "line: words"."""
        (self.root / 'schema' / 'records' / name).write_text(text)
        result = self.run_generator('--check')
        prefix = str(self.root / 'schema' / 'records' / name) + ':'
        found = [line.removeprefix(prefix) for line in result.stderr.splitlines()]
        self.assertEqual(found, textwrap.dedent(expected).strip().splitlines() if expected else [])
        self.assertEqual(result.returncode, 1 if expected else 0)

    def test_good(self):
        self.check(FIELDS, '')

    def test_yaml(self):
        self.check('record: [', "1: expected the node content, but found '<stream end>'")
        self.check(FIELDS + 'title: {zh: 东西, en: thing}\n', '8: "title" is given twice')

    def test_unknown_members(self):
        self.check(FIELDS + 'verb: {}\n', '8: a declaration has no member "verb"')
        self.check(FIELDS + '  - {name: price, type: money, zh: 价, en: Price, maximum: 3}\n', '8: a field has no member "maximum"')

    def test_types_against_the_table(self):
        self.check(FIELDS + '''\
  - {name: price, type: text, zh: 价, en: Price}
  - {name: colour, type: text, zh: 色, en: Colour}
  - {name: key, type: text, max: 11, zh: 键, en: Key}
  - {name: other, type: nothing, zh: 其他, en: Other}
''', '''\
8: thing.price is BIGINT, which does not hold text
9: table "thing" has no column "colour"
10: max 11 does not fit thing.key (10)
11: there is no type "nothing"; there are text, longtext, int, uint, money, bool, date, time, id, file, enum, region, uscc, mobile, email, phone, url, term, platform, hash, secret, invite_code, digits, json, blocks, object, list
''')

    def test_not_null(self):
        self.check(FIELDS.replace('required: true, ', ''), '7: thing.name is NOT NULL: make the field required, give a default, or write: none')

    def test_implied(self):
        self.check(FIELDS + '  - {name: version, type: uint, zh: 版本, en: Version}\n', '8: "version" is implied; leave it out')

    def test_names_in_both_languages(self):
        self.check(FIELDS + '  - {name: price, type: money, zh: 价}\n', '8: "price" needs a name in both languages, zh and en')

    def test_sealed(self):
        self.check(FIELDS + '  - {name: mobile, type: mobile, sealed: {sealed: mobile_sealed}, zh: 手机, en: Mobile}\n',
                   '8: sealed is {sealed: column, hint: column, index: column (optional)}')

    def test_roles(self):
        self.check(FIELDS + 'verbs:\n  list: {roles: [owners]}\n  get: {roles: [system_admin]}\n  create: {roles: [server]}\n', '''\
9: there is no role "owners" in schema/roles.yaml
10: the administrators of system, security and audit touch no business data (business: false says it is none)
11: role server never comes over HTTP
''')

    def test_menus(self):
        self.check(FIELDS.replace('owner:', 'menu: shop\nowner:') + 'verbs:\n  list: {roles: [owner]}\n', '4: there is no menu "shop" in schema/roles.yaml')
        self.check(FIELDS.replace('owner:', 'menu: [products, publish]\nowner:') + 'verbs:\n  list: {roles: [owner]}\n', '')

    def test_owner(self):
        none = 'roles of an institution need `owner` or `sides`: which field says whose row it is (or `open: why` all see all)'
        self.check(FIELDS.replace('owner: institution_id\n', '') + 'verbs:\n  list: {roles: [owner]}\n', f'8: {none}')
        self.check(FIELDS.replace('institution_id\n', 'none\n', 1) + 'verbs:\n  list: {roles: [owner]}\n', f'9: {none}')
        self.check(FIELDS.replace('institution_id\n', 'none\nopen: a notice board\n', 1) + 'verbs:\n  list: {roles: [owner]}\n', '')

    def sides(self, text, roles, expected):
        self.check(FIELDS.replace('owner: institution_id\n', text) + f'verbs:\n  get: {{roles: {roles}}}\n  create: {{roles: {roles}}}\n', expected)

    def test_sides(self):
        self.sides('sides:\n  seller: {by: institution_id, roles: [owner, staff], menu: orders}\n', '[seller]', '')
        self.sides('sides:\n  seller: {by: institution_id, roles: [owner]}\n', '[owner, staff]', '''\
10: role "staff" stands on no side, so it would see nothing
11: role "staff" stands on no side, so it would see nothing
''')
        self.sides('owner: none\nsides:\n  seller: {by: name, roles: [owner, reviewer], home: name, kind: person}\n', '[seller]', '''\
4: `owner` is the short form of `sides`: say one of them
6: kind is organisation or account
6: side "seller": by "name" must be a field of type id
6: side "seller": home "name" must be a field of type platform
11: there is no role "seller" in schema/roles.yaml
12: there is no role "seller" in schema/roles.yaml
''')
        self.sides('sides:\n  buyer: {by: institution_id, roles: [owner, reviewer]}\n', '[buyer]',
                   '5: side "buyer": people of an organisation have its roles; for others it is by account (kind: account)')
        self.sides('sides:\n  institution: {by: institution_id, roles: [owner]}\n', '[reviewer]',
                   '5: "institution" is no name for a side: lower-case letters, digits and _, and no role\'s but of its only one')
        (self.root / 'schema' / '0001_thing.sql').write_text(SQL.replace('  name V', '  buyer_id BINARY(16) NULL,\n  name V'))
        self.check(HEAD.replace('owner: institution_id\n', 'sides:\n  buyer: {by: buyer_id, roles: [owner]}\n  seller: {by: institution_id, roles: [owner, staff]}\n') + '''\
fields:
  - {name: institution_id, type: id, write: none, zh: 机构, en: Institution}
  - {name: buyer_id, type: id, write: none, zh: 机构, en: Institution}
  - {name: name, type: text, required: true, zh: 名称, en: Name}
verbs:
  create: {roles: [owner]}
''', '12: two sides that have a role in common may create: name one of them')

    def test_masks_name_sides(self):
        sides = 'sides:\n  seller: {by: institution_id, roles: [owner, staff]}\n'
        fields = FIELDS.replace('owner: institution_id\n', sides).replace('required: true', 'required: true, read: [%s], write: [seller, reviewer]')
        verbs = 'verbs:\n  list: {roles: [seller, reviewer], filters: [q]}\n'
        self.check(fields % 'seller, reviewer', '')
        self.check(fields % 'buyer', '8: "buyer" is no role of schema/roles.yaml and no side of thing')
        self.check(fields % 'seller' + 'search: [name]\n' + verbs, '''\
9: "name" is for some sides alone: a search would tell the others what it says
11: filter q needs `search`: which fields it looks in
''')
        self.check(fields % 'reviewer' + 'search: [name]\n' + verbs, '')

    def test_files(self):
        self.check(FIELDS + 'files:\n  paper: {roles: [owner], kinds: [paper], most: 3, megabytes: 2}\n', '')
        self.check(FIELDS + 'files:\n  paper: {roles: [owner], kinds: [page], most: 99, phases: [draft]}\n  Other: {}\n  one: {kinds: [image]}\n', '''\
9: "draft" is no phase of thing
9: most is up to 60 files, megabytes up to 10
9: there is no kind "page"; there are image, document, paper, archive
10: files are {purpose: {roles: […], phases, kinds, most, megabytes}}
10: purpose must be lower-case letters, digits and _, at most 40: 'Other'
11: say the roles that add files of one
''')

    def test_parents(self):
        (self.root / 'schema' / '0001_thing.sql').write_text(SQL + SQL.replace('TABLE thing', 'TABLE part').replace('  name V', '  thing_id BINARY(16) NOT NULL,\n  name V')
                                                             .replace('UNIQUE KEY name', 'KEY thing (platform_id, thing_id), UNIQUE KEY name'))
        (self.root / 'schema' / 'records' / 'thing.yaml').write_text(FIELDS + '  - {name: parts, type: uint, write: none, counts: parts, zh: 数, en: Parts}\n')
        part = '''\
record: part
title: {zh: 部件, en: part}
table: part
parent: {record: thing, by: thing_id}
fields:
  - {name: thing_id, type: id, write: none, zh: 东西, en: Thing}
  - {name: institution_id, type: id, write: none, zh: 机构, en: Institution}
  - {name: name, type: text, required: true, own: true, zh: 名称, en: Name}
verbs:
  list: {roles: [owner]}
  create: {roles: [owner]}
'''
        self.check(part, '', 'part.yaml')
        self.check(part.replace('thing_id}', 'institution_id}'), '4: table "part" needs a key that begins with (platform_id, institution_id)', 'part.yaml')
        self.check(part.replace('[owner]}', '[owner], parent_phases: [x]}'),
                   '10: verb list has no member "parent_phases"\n11: "x" is no phase of thing', 'part.yaml')
        own = part.replace('fields:', 'sides: {maker: {by: institution_id, roles: [staff]}, own: parent}\nfields:')
        self.check(own, '', 'part.yaml')
        self.check(own.replace('create: {roles: [owner]', 'create: {roles: [maker]'),
                   '12: who stands on no side of the parent may create here: say in which phases of it (parent_phases)', 'part.yaml')

    def test_list(self):
        self.check(FIELDS + 'verbs:\n  list: {roles: [owner], filters: [nothing, q, phase], sort: [created_at, colour], default_sort: -name}\n', '''\
9: "-name" is not among the sorts
9: cannot filter by "nothing"
9: cannot sort by "colour"
9: filter phase needs phases
9: filter q needs `search`: which fields it looks in
''')

    def test_verbs_need_one_another(self):
        self.check(FIELDS + 'verbs:\n  fire: {}\n  export: {roles: [owner]}\n', '''\
9: fire needs a lifecycle
9: fire needs get
10: export needs list, whose filters it takes
''')

    def test_shapes_and_operations(self):
        self.check('''\
record: thing
title: {zh: 东西, en: thing}
shapes:
  thing_input:
    - {name: items, type: list, of: thing_item, zh: 项, en: Items}
    - {name: loop, type: object, of: thing_input, zh: 环, en: Loop}
operations:
  - {name: one, method: GET, path: /api/v1/one, roles: [reviewer], input: thing_input, zh: 一, en: One}
  - {name: two, method: POST, path: "/api/v1/{x}", roles: [reviewer], input: nothing, load: true, zh: 二, en: Two}
  - {name: three, method: FETCH, path: "/api/v1/{y}", zh: 三, en: Three}
''', '''\
4: shape "thing_input" contains itself
5: there is no shape "thing_item"
8: GET has no body: use query
9: load needs a table and {id} in the path
9: there is no shape "nothing"
10: method is GET, POST, PUT, PATCH or DELETE
10: say the roles
''')

    def test_routes_clash(self):
        line = '  - {name: %s, method: POST, path: "/api/v1/x/{%s}", roles: [reviewer], zh: 一, en: One}\n'
        self.check('record: thing\ntitle: {zh: 东西, en: thing}\noperations:\n' + line % ('one', 'a') + line % ('two', 'b'),
                   '5: POST /api/v1/x/{b} is already thing_one')

    def test_names_of_c_clash(self):
        """Two things that would be one name in C are named here, not by the compiler."""
        self.check('''\
record: thing
title: {zh: 东西, en: thing}
shapes:
  union:
    - {name: register, type: text, max: 4, column: none, zh: 一, en: One}
  sum:
    - {name: seats, type: uint, zh: 一, en: One}
    - {name: has_seats, type: bool, zh: 二, en: Two}
    - {name: kind, type: enum, column: none, values: [{code: a-b, zh: 一, en: One}, {code: a.b, zh: 二, en: Two}], zh: 三, en: Three}
  sum_list:
    - {name: kind, type: text, max: 4, column: none, zh: 一, en: One}
  sum_kind:
    - {name: one, type: text, max: 4, column: none, zh: 一, en: One}
operations:
  - {name: ask, method: POST, path: /api/v1/things, roles: [reviewer], handler: thing_ask, zh: 一, en: One}
''', '''\
4: "union" is a word of C: call the shape otherwise
8: field "has_seats" would be the member has_seats in C, which is whether "seats" is there already
9: code "a.b" of "kind" in shape "sum" would be the constant SUM_KIND_A_B in C, which is code "a-b" of "kind" in shape "sum" already
10: shape "sum_list" would be the struct or enum sum_list in C, which is a list of shape "sum" already
12: shape "sum_kind" would be the struct or enum sum_kind in C, which is the codes of "kind" in shape "sum" already
''')

    def test_a_name_that_c_authors_have_taken(self):
        (self.root / 'core').mkdir()
        (self.root / 'core' / 'arena.h').write_text('struct arena {\n\tint x;\n};\n')
        self.check('record: thing\ntitle: {zh: 东西, en: thing}\nshapes:\n  arena:\n    - {name: one, type: bool, zh: 一, en: One}\noperations:\n'
                   '  - {name: ask, method: POST, path: /api/v1/things, roles: [reviewer], handler: thing_ask, zh: 一, en: One}\n',
                   '4: shape "arena" would be the struct or enum arena in C, which is one of core/arena.h already')

    def test_pattern(self):
        self.check(FIELDS + '  - {name: key, type: text, pattern: "\\\\d+", zh: 键, en: Key}\n', '''\
8: is POSIX extended: write [0-9] for \\d, no (?…)
8: say what the pattern asks for: pattern_zh and pattern_en
''')

    SHELF = '''
CREATE TABLE shelf (platform_id INT UNSIGNED NOT NULL, id BINARY(16) NOT NULL, version INT UNSIGNED NOT NULL DEFAULT 1, name VARCHAR(40) NOT NULL,
  phase VARCHAR(16) NOT NULL, step VARCHAR(32) NOT NULL, live TINYINT(1) NOT NULL DEFAULT 0, note VARCHAR(20) NULL, PRIMARY KEY (platform_id, id));
CREATE TABLE deal (platform_id INT UNSIGNED NOT NULL, id BINARY(16) NOT NULL, version INT UNSIGNED NOT NULL DEFAULT 1, shelf_id BINARY(16) NOT NULL,
  shelf_name VARCHAR(40) NOT NULL, shelf_version INT UNSIGNED NULL, number VARCHAR(32) NULL, short VARCHAR(10) NULL, begins_on DATE NULL, ends_on DATE NULL,
  score INT UNSIGNED NULL, ended_at DATETIME(3) NULL, kind VARCHAR(32) NULL, kinds VARCHAR(200) NULL,
  phase VARCHAR(16) NOT NULL, step VARCHAR(32) NOT NULL, PRIMARY KEY (platform_id, id));
'''

    def deal(self, more, expected, **changed):
        """A record that refers to another; what `more` says is wrong."""
        (self.root / 'schema' / '0002_deal.sql').write_text(self.SHELF)
        (self.root / 'schema' / 'records' / 'shelf.yaml').write_text('''\
record: shelf
title: {zh: 架, en: shelf}
table: shelf
phases: [waiting, active]
fields:
  - {name: name, type: text, required: true, zh: 名, en: Name}
  - {name: live, type: bool, zh: 在, en: Live}
  - {name: note, type: text, read: [reviewer], zh: 注, en: Note}
''')
        fields = {'shelf_id': 'type: id, required: true', 'shelf_name': 'type: text, write: none', 'shelf_version': 'type: uint, write: none',
                  'number': 'type: text, write: none', 'short': 'type: text, write: none', 'begins_on': 'type: date', 'ends_on': 'type: date',
                  'score': 'type: uint, max: 5', 'ended_at': 'type: time', 'kind': 'type: term, terms: categories',
                  'kinds': 'type: list, of: text, exactly: 3', **changed}
        text = 'record: deal\ntitle: {zh: 单, en: deal}\ntable: deal\nphases: [waiting, ended]\nfields:\n' + ''.join(
            f'  - {{name: {name}, {rest}, zh: 一, en: One}}\n' for name, rest in fields.items())
        self.check(text + more, expected, 'deal.yaml')

    def test_references(self):
        self.deal('refers: {shelf_id: {to: shelf, where: live = 1 AND phase = \'active\', takes: {shelf_name: name, shelf_version: version}}}\n', '')
        self.deal('refers: {shelf_id: {to: shelf, where: live = 1 AND phase = \'gone\', takes: {shelf_name: name, shelf_version: version}}}\n',
                  '17: "gone" is no phase of shelf')
        self.deal('refers:\n  number: {to: shelf}\n  shelf_id: {to: nothing}\n', '''\
7: "shelf_name" is called after shelf: say `follows: record.field`, `frozen: why`, or `own: true`
8: "shelf_version" is called after shelf: say `follows: record.field`, `frozen: why`, or `own: true`
18: "number" must be a field of type id
19: there is no record "nothing" to refer to
''')
        for where, why in (('alive = 1', 'table "shelf" has no column "alive"'), ('live = ?', '"live = ?" is no condition: "?"'),
                           ('live IN (SELECT 1)', 'table "shelf" has no column "SELECT"'), ('live = 1)', '"live = 1)" is no condition: ")"'),
                           ('(live = 1', '"(live = 1" is no condition: a parenthesis is open'),
                           ('live = 1 -- x', '"live = 1 -- x" is no condition: "-"'), ('live = 1; DELETE', '"live = 1; DELETE" is no condition: ";"')):
            self.deal(f'refers: {{shelf_id: {{to: shelf, where: "{where}", takes: {{shelf_name: name, shelf_version: version}}}}}}\n', f'17: {why}')

        self.deal('refers: {shelf_id: {to: shelf, public: true, takes: {shelf_name: name, shelf_version: version}}}\n',
                  '17: say which rows visitors see (where)')

    def test_what_is_taken(self):
        self.deal('''\
refers:
  shelf_id:
    to: shelf
    takes:
      shelf_name: nothing
      shelf_version: name
      number: name
      short: note
      ended_at: ended_at
      gone: name
''', '''\
7: "shelf_name" is called after shelf: say `follows: record.field`, `frozen: why`, or `own: true`
8: "shelf_version" is called after shelf: say `follows: record.field`, `frozen: why`, or `own: true`
21: "shelf" has no field "nothing" to take
22: "shelf_version" is uint, and does not hold text
23: "number" holds up to 32, what it takes up to 40
24: "short" holds up to 10, what it takes up to 20
25: "shelf" has no field "ended_at" to take
26: "gone" is no field
''')
        takes = 'refers: {shelf_id: {to: shelf, takes: {shelf_name: name, shelf_version: version, number: note}}}\n'
        self.deal(takes, '17: "number" is shown to more people than what it takes')
        self.deal(takes, '', number='type: text, write: none, read: [reviewer]')
        self.deal(takes, '17: "shelf_name" is taken from another record: it must be in clear, with write: none',
                  number='type: text, write: none, read: [reviewer]', shelf_name='type: text, required: true, own: true')
        self.deal(takes, '7: "shelf_name" is taken from shelf.name, so it is frozen: leave out frozen',
                  number='type: text, write: none, read: [reviewer]', shelf_name='type: text, write: none, frozen: so')

    SEATS = '''
CREATE TABLE party (platform_id INT UNSIGNED NOT NULL, id BINARY(16) NOT NULL, version INT UNSIGNED NOT NULL DEFAULT 1, seats INT UNSIGNED NULL,
  begins_at DATETIME(3) NOT NULL, until_on DATE NULL, phase VARCHAR(16) NOT NULL, step VARCHAR(32) NOT NULL, PRIMARY KEY (platform_id, id));
CREATE TABLE guest (platform_id INT UNSIGNED NOT NULL, id BINARY(16) NOT NULL, version INT UNSIGNED NOT NULL DEFAULT 1, party_id BINARY(16) NOT NULL,
  told_at DATETIME(3) NULL, days INT UNSIGNED NULL, phase VARCHAR(16) NOT NULL, step VARCHAR(32) NOT NULL, PRIMARY KEY (platform_id, id),
  KEY party (platform_id, party_id));
'''

    def party(self, expected, window='{from: begins_at, until: until_on}', bounds='seats: {of: seats, phases: [in]}, while: {state: [open]}',
              more='by_itself: [{event: tell, phases: [in], parent_phases: [on], ahead_of: begins_at, days: days, once: told_at}]\n'):
        (self.root / 'schema' / '0004_party.sql').write_text(self.SEATS)
        (self.root / 'schema' / 'records' / 'party.yaml').write_text(f'''\
record: party
plural: parties
title: {{zh: 会, en: party}}
table: party
phases: ['on', gone]
fields:
  - {{name: seats, type: uint, zh: 栏, en: Field}}
  - {{name: begins_at, type: time, required: true, zh: 栏, en: Field}}
  - {{name: until_on, type: date, zh: 栏, en: Field}}
  - {{name: state, type: enum, write: none, window: {window}, zh: 栏, en: Field, values: [{{code: upcoming, zh: 未, en: no}}, {{code: open, zh: 开, en: yes}}, {{code: closed, zh: 关, en: over}}]}}
''')
        self.check(f'''\
record: guest
title: {{zh: 客, en: guest}}
table: guest
parent: {{record: party, by: party_id, {bounds}}}
phases: [in, out]
fields:
  - {{name: party_id, type: id, write: none, zh: 栏, en: Field}}
  - {{name: told_at, type: time, write: none, zh: 栏, en: Field}}
  - {{name: days, type: uint, zh: 栏, en: Field}}
lifecycle:
  initial: came
  steps: {{came: {{phase: in, zh: 来, en: Came}}, told: {{phase: in, zh: 告, en: Told, final: true}}}}
  transitions: [{{event: tell, from: [came], to: told, roles: [server], stamps: told_at, zh: 告, en: Tell}}]
''' + more, expected, 'guest.yaml')

    def test_bounds_of_children(self):
        """How many there may be, while what is so, and what happens by itself."""
        self.party('')
        self.party('4: seats is {of: a number of the parent, phases: of the child}', bounds='seats: {of: begins_at, phases: [in]}')
        self.party('4: while is {an enum of the parent: [its values]}', bounds='while: {state: [ajar]}')
        self.party('4: while is {an enum of the parent: [its values]}', bounds='while: {seats: [open]}')
        self.party('14: by_itself is for events of a child: {event, phases, parent_phases, ahead_of, days, once}',
                   more='by_itself: [{event: sing, phases: [in], parent_phases: [on]}]\n')
        self.party('14: say in which phases, and in which of the parent (parent_phases)', more='by_itself: [{event: tell, phases: [in]}]\n')
        wrong = '14: ahead_of names a time of the parent, with days (a number, or a uint of the child) and once'
        self.party(wrong, more='by_itself: [{event: tell, phases: [in], parent_phases: [on], ahead_of: until_on, days: 1, once: told_at}]\n')
        self.party(wrong, more='by_itself: [{event: tell, phases: [in], parent_phases: [on], ahead_of: begins_at, days: 1}]\n')

    def test_windows(self):
        def told(expected, window):
            self.party(str(self.root / 'schema' / 'records' / 'party.yaml') + ':10: ' + expected, window)
        told('"state" has a window: it is an enum of open, closed with write: none', '{until: until_on}')
        told('"seats" must be a column of party that holds a time or a day', '{from: begins_at, until: seats}')
        told('a window ends: say until when', '{from: begins_at}')

    ORDERS = '''
CREATE TABLE trade (platform_id INT UNSIGNED NOT NULL, id BINARY(16) NOT NULL, version INT UNSIGNED NOT NULL DEFAULT 1,
  home_id INT UNSIGNED NOT NULL, home_seq BIGINT UNSIGNED NOT NULL DEFAULT 0, buyer_id BINARY(16) NULL, buyer_home INT UNSIGNED NULL, other INT UNSIGNED NULL,
  phase VARCHAR(16) NOT NULL, step VARCHAR(32) NOT NULL, PRIMARY KEY (platform_id, id));
'''

    def trade(self, more, expected, side_home='home: buyer_home, '):
        """A record with a side that crosses platforms; what `more` says is wrong."""
        (self.root / 'schema' / '0003_trade.sql').write_text(self.ORDERS)
        self.check(f'''\
record: trade
title: {{zh: 单, en: trade}}
table: trade
sides: {{buyer: {{by: buyer_id, {side_home}roles: [owner]}}}}
phases: [waiting, ended]
fields:
  - {{name: buyer_id, type: id, write: none, zh: 栏, en: Field}}
  - {{name: buyer_home, type: platform, write: none, zh: 栏, en: Field}}
  - {{name: other, type: platform, write: none, zh: 栏, en: Field}}
verbs:
  get: {{roles: [buyer, reviewer]}}
  fire: {{roles: [buyer, reviewer]}}
lifecycle:
  initial: open
  steps: {{open: {{phase: waiting, zh: 开, en: Open}}, over: {{phase: ended, zh: 完, en: Over, final: true}}}}
  transitions: [{{event: close, from: [open], to: over, roles: [buyer], zh: 完, en: Close}}]
''' + more, expected, 'trade.yaml')

    def test_crossing(self):
        self.trade('copies_to: [buyer.home, above]\nasks: [close]\n', '')
        self.trade('copies_to: [other]\nasks: {close: other, create: other}\n', '')
        self.trade('copies_to: [{above: [waiting]}, {below: [waiting, ended]}]\n', '')
        self.trade('copies_to: [{above: [gone]}]\n', '17: "gone" is no phase of trade')
        self.trade('copies_to: [{beside: [waiting]}]\n', '17: copies_to by phase is {above: [phases]} or {below: [phases]}')
        self.trade('copies_to: [buyer_id, seller.home]\n', '''\
17: "buyer_id" must be a field of type platform, <side>.home, above or below
17: "seller.home": there is no side "seller" with a home
''')
        self.trade('asks: [close]\n', '17: asks needs a lifecycle and `copies_to`: what is asked is seen on the copy')
        self.trade('copies_to: [other]\nasks: [close]\n', '18: "buyer_home" is not among copies_to: nobody there would see the row')
        self.trade('copies_to: [buyer_home]\nasks: {open: buyer_home, answered: buyer_home}\n', '''\
18: "answered" is what the engine calls its own entries
18: the lifecycle has no event "open"
''')
        self.trade('copies_to: [other]\nasks: [close]\n', '''\
18: say from where "close" is asked: {event: field of type platform}, or give a side its home
''', '')

    TAKES = 'refers: {shelf_id: {to: shelf, takes: {shelf_name: name, shelf_version: version}}}\n'

    def test_children_that_cross(self):
        (self.root / 'schema' / '0001_thing.sql').write_text(SQL.replace('  name V', '  home_id INT UNSIGNED NOT NULL,\n  home_seq BIGINT UNSIGNED NOT NULL,\n  name V'))
        self.check(FIELDS + 'copies_to: parent\n', '8: copies_to: parent is for a child whose parent says copies_to of its own')

    def test_series(self):
        self.deal(self.TAKES + 'series: {number: DD}\n', '')
        self.deal(self.TAKES + 'series: {number: product}\n', '')
        self.deal(self.TAKES + 'series: {short: DD, number: dd}\n', '''\
18: "dd" is no prefix of numbers: 1 to 6 capital letters and digits, or product, case
18: "short" must be a text of at least 24 characters with write: none
''')

    def test_verbs_by_phase(self):
        verbs = self.TAKES + 'verbs:\n  get: {roles: [reviewer]}\n  update: {roles: [reviewer], phases: [waiting]}\n'
        self.deal(verbs, '')
        self.deal(verbs + '  delete: {roles: [reviewer], phases: [gone]}\n', '21: "gone" is no phase')
        self.deal(verbs + '  create: {roles: [reviewer], phases: [waiting]}\n', '21: verb create has no member "phases"')

    def test_rules(self):
        self.deal(self.TAKES + 'groups:\n  - {fields: [short, kind], at_least: 1}\ncompare:\n  - {left: begins_on, op: "<=", right: ends_on}\n', '')
        self.deal(self.TAKES + '''\
groups:
  - {fields: [short], at_least: 1}
  - {fields: [short, gone], exactly: 1}
  - {fields: [short, kind], at_least: 3}
  - {fields: [short, kind], exactly: 1, at_most: 1}
compare:
  - {left: begins_on, op: before, right: ends_on}
  - {left: begins_on, op: <, right: score}
''', '''\
19: a group has two fields or more
20: "gone" is no field
21: a group of 2 asks for some of them
22: a group says at_least, at_most, both, or exactly
24: op is one of < <= > >= = !=
25: two numbers, amounts, days or times are compared
''')

    def test_what_a_transition_sets(self):
        course = self.TAKES + '''\
lifecycle:
  initial: begun
  steps:
    begun: {phase: waiting, zh: 始, en: Begun}
    over: {phase: ended, zh: 终, en: Over, final: true}
  transitions:
    - {event: end, from: [begun], to: over, roles: [reviewer], zh: 结束, en: End, sets: [%s], stamps: %s,
       form: [{name: score, type: uint, max: 5, zh: 分, en: Score}, {name: short, type: longtext, zh: 短, en: Short}]}
'''
        self.deal(course % ('score', 'ended_at'), '')
        self.deal(course % ('score, short, gone', 'number'), '''\
24: "gone" must be a field of the record and of the form, of one type
24: "number" must be a field of type time or date
24: "short" must be a field of the record and of the form, of one type
''')

    def seen(self, public, expected, name_more='public: true'):
        self.check(f'''{HEAD}fields:
  - {{name: institution_id, type: id, write: none, zh: 机构, en: Institution}}
  - {{name: name, type: text, required: true, {name_more}, zh: 名称, en: Name}}
  - {{name: price, type: money, zh: 价格, en: Price}}
verbs: {{list: {{roles: [owner], filters: [price, q], sort: [name, price], search: [name]}}}}
public: {public}
''', expected)

    def count(self, counts, expected):
        self.check(f'''{HEAD}fields:
  - {{name: institution_id, type: id, write: none, zh: 机构, en: Institution}}
  - {{name: name, type: text, required: true, zh: 名称, en: Name}}
  - {{name: price, type: money, zh: 价格, en: Price}}
verbs: {{list: {{roles: [owner, reviewer]}}}}
counts:
  things: {counts}
''', expected)

    def test_what_is_counted(self):
        self.count('{per: [institution_id], sum: price}', '')
        self.count('{roles: [reviewer]}', '')
        self.count('{sum: price}', '11: whoever is the own sees rows of its own only: count per institution_id, or say other roles')
        self.count('{per: [institution_id, name]}', '11: "name" must be a field of type id, enum, bool, region, platform')
        self.count('{per: [institution_id], by: phase, sum: name}', '''\
            11: "name" is no number to add up
            11: the record has no phases''')
        self.count('{per: [institution_id], copies: true}', '11: the record has no copies')

    def test_what_visitors_see(self):
        self.seen('{where: name <> \'\', verbs: [list, get]}', '')
        self.seen('{where: gone = 1, verbs: [list]}', '10: table "thing" has no column "gone"')
        self.seen('{where: "1 = 1; DROP", verbs: [list]}', '10: "1 = 1; DROP" is no condition: ";"')
        self.seen('{verbs: [list]}', '10: say which rows visitors see (where)')
        self.seen('{where: price > 1, verbs: [create]}', '10: the verbs of visitors are list and get')
        self.seen('{where: price > 1}', '10: the verbs of visitors are list and get')
        self.seen('{where: price > 1, verbs: [get]}', '10: no field has `public: true`, so there is nothing to see', 'min: 1')
        self.seen('{where: price > 1, verbs: [get]}', '7: "name" is public, and `read` keeps it from visitors', 'public: true, read: [owner]')
        self.seen('{where: price > 1, verbs: [list], filters: [price]}', '10: visitors do not see "price", so they cannot filter by it')
        self.seen('{where: price > 1, verbs: [list], filters: [name]}', '10: visitors do not see "name", so they cannot filter by it',
                  'public: true, masked: true')
        self.seen('{where: price > 1, verbs: [list], sort: [price]}', '10: visitors do not see "price", so they cannot sort by it')
        self.seen('{where: price > 1, verbs: [list], search: [name]}', '10: visitors do not see all of name, so they cannot search in it',
                  'public: true, masked: true')
        self.seen('{where: price > 1, verbs: [list], under: institution_id}',
                  '10: under "institution_id" must be a field of `refers`, or of the parent, whose record has `public`')

    def test_terms_and_exact_lists(self):
        self.deal(self.TAKES, '15: a term says of which dictionary, as nothing else does: terms: categories, industries, qualifications, institution_types, '
                  'organisation_types',
                  kind='type: term')
        self.deal(self.TAKES, '16: exactly is a number of entries of a list, without min and max',
                  kinds='type: list, of: text, exactly: 3, max: 4')

    def test_copies_say_how_they_follow(self):
        """Whoever adds a copy of something has to say what becomes of it."""
        (self.root / 'schema' / '0002_copy.sql').write_text('''
CREATE TABLE institution (platform_id INT UNSIGNED NOT NULL, id BINARY(16) NOT NULL, version INT UNSIGNED NOT NULL DEFAULT 1,
  uscc CHAR(18) NOT NULL, name VARCHAR(20) NOT NULL, PRIMARY KEY (platform_id, id));
CREATE TABLE copy (platform_id INT UNSIGNED NOT NULL, id BINARY(16) NOT NULL, version INT UNSIGNED NOT NULL DEFAULT 1,
  institution_id BINARY(16) NOT NULL, uscc CHAR(18) NOT NULL, name VARCHAR(20) NOT NULL, institution_name VARCHAR(10) NOT NULL, decided_name VARCHAR(20) NULL,
  decided_at DATETIME(3) NULL, asked_by VARCHAR(20) NULL, contact_name VARCHAR(20) NULL, PRIMARY KEY (platform_id, id));
''')
        (self.root / 'schema' / 'records' / 'institution.yaml').write_text('''\
record: institution
title: {zh: 机构, en: institution}
table: institution
owner: id
fields:
  - {name: uscc, type: uscc, required: true, zh: 代码, en: Code}
  - {name: name, type: text, required: true, zh: 名称, en: Name}
''')
        lines = {'id': 'institution_id, type: id', 'uscc': 'uscc, type: uscc', 'name': 'name, type: text', 'other': 'institution_name, type: text',
                 'decided': 'decided_name, type: text', 'at': 'decided_at, type: time', 'asked': 'asked_by, type: text', 'contact': 'contact_name, type: text'}

        def declare(**said):
            fields = [f'  - {{name: {line}, write: none{", " + said[key] if key in said else ""}, zh: 一, en: One}}\n' for key, line in lines.items()]
            return 'record: copy\ntitle: {zh: 副本, en: copy}\ntable: copy\nowner: institution_id\nfields:\n' + ''.join(fields)
        ask = ': say `follows: record.field`, `frozen: why`, or `own: true`'
        self.check(declare(), f'''\
7: "uscc" is the code of an institution{ask}
8: "name" is called as a field of institution is, whose id or code stands beside it{ask}
9: "institution_name" is called after institution{ask}
10: "decided_name" names somebody{ask}
12: "asked_by" names somebody{ask}
''', 'copy.yaml')
        rest = {'uscc': 'frozen: it never changes', 'decided': 'frozen: signed so', 'asked': 'own: true', 'other': 'own: true'}
        self.check(declare(name='follows: institution.name', **rest), '', 'copy.yaml')
        self.check(declare(name='follows: institution.name, by: uscc', **rest), '', 'copy.yaml')
        self.check(declare(name='follows: institution.name, frozen: both', **rest), '8: "name" is one of follows, frozen and own', 'copy.yaml')
        self.check(declare(name='follows: nobody.name', **rest), '8: there is no record "nobody" to follow', 'copy.yaml')
        self.check(declare(name='follows: institution.colour', **rest), '8: "institution" has no field "colour" to follow', 'copy.yaml')
        self.check(declare(name='follows: institution.uscc', **rest),
                   '8: "name" follows a uscc: it must be one (text, region, uscc, platform), in clear, with write: none', 'copy.yaml')
        self.check(declare(name='own: true, by: uscc', **rest), '8: "by" goes with follows', 'copy.yaml')
        self.check(declare(name='own: true', **{**rest, 'other': 'follows: institution.name'}),
                   '9: "institution_name" holds 10 characters, what it follows 20', 'copy.yaml')
        self.check(declare(name='follows: institution.name', **{**rest, 'uscc': 'follows: institution.uscc, by: uscc'}),
                   '8: a record follows one other, by one field', 'copy.yaml')

    def test_where_input_ends(self):
        """A bound of an input is never above its column, and every text says which that is."""
        inputs = FIELDS.replace('{', '{{').replace('}', '}}') + 'shapes:\n  in:\n{}operations:\n  - {{name: act, method: POST, path: /api/v1/things/act, roles: [owner], input: in, zh: 做, en: Act}}\n'

        def field(more):
            return '    - {' + more + ', zh: 甲, en: A}\n'
        for good in ('name: name, type: text, max: 20', 'name: name, type: text', 'name: x, type: text, column: none', 'name: x, type: email, column: thing.key',
                     'name: x, type: text, max: 10, column: [thing.key, thing.name]', 'name: x, type: mobile', 'name: price, type: uint', 'name: x, type: uint, max: 4294967295, column: thing.version'):
            self.check(inputs.format(field(good)), '')
        for bad, words in (('name: x, type: text, max: 5', '"x" of in: say in which column it ends or with which it is compared (column: table.column, a list of them, or none)'),
                           ('name: x, type: list, of: text', '"x" of in: say in which column it ends or with which it is compared (column: table.column, a list of them, or none)'),
                           ('name: name, type: text, max: 21', 'max 21 of "name" in in does not fit thing.name (20 characters)'),
                           ('name: x, type: text, max: 20, column: [thing.name, thing.key]', 'max 20 of "x" in in does not fit thing.key (10 characters)'),
                           ('name: x, type: url, max: 11, column: thing.key', 'max 11 of "x" in in does not fit thing.key (10 characters)'),
                           ('name: x, type: text, column: thing.nothing', '"thing.nothing": no migration makes this column'),
                           ('name: x, type: text, column: nowhere.name', '"nowhere.name": no migration makes this column'),
                           ('name: x, type: uint, max: 4294967296, column: thing.version', 'max 4294967296 of "x" does not fit thing.version (4294967295)')):
            self.check(inputs.format(field(bad)), '10: ' + words)
        self.check(FIELDS.replace('type: text, required', 'type: longtext, max: 21, required'), '7: max 21 does not fit thing.name (20)')

    def test_files_say_for_what(self):
        (self.root / 'schema' / '0003_shown.sql').write_text("CREATE TABLE shown (platform_id INT UNSIGNED NOT NULL, id BINARY(16) NOT NULL, "
                                                             "logo BINARY(16) NULL, body MEDIUMTEXT NULL, files VARCHAR(500) NULL, PRIMARY KEY (platform_id, id));")
        head = 'record: shown\ntitle: {zh: 东西, en: shown}\ntable: shown\nfields:\n'
        lines = ('logo, type: file', 'body, type: blocks', 'files, type: list, of: file')
        declare = lambda more: head + ''.join(f'  - {{name: {line}{more}, zh: 一, en: One}}\n' for line in lines)
        self.check(declare(''), '''\
5: "logo" holds files: say for what (`files: purpose`)
6: "body" holds files: say for what (`files: purpose`)
7: "files" holds files: say for what (`files: purpose`)
''', 'shown.yaml')
        said = declare(', files: picture')
        self.check(said, ''.join(f'{line}: "{name}" holds files for "picture": say in `files` who uploads them\n'
                                 for line, name in ((5, 'logo'), (6, 'body'), (7, 'files'))), 'shown.yaml')
        self.check(said.replace('fields:', 'files: {picture: {roles: [reviewer]}}\nfields:'), '', 'shown.yaml')
        self.check(head + '  - {name: logo, type: id, write: none, files: picture, zh: 一, en: One}\n', '5: id holds no files', 'shown.yaml')

    def test_what_waits_says_for_whom(self):
        self.check(FIELDS + 'todo: none\n', '')
        self.check(FIELDS + 'todo: {waits: [desk], where: "t.price > 5", name: name, due: none, index: name}\n', '')
        self.check(FIELDS + 'todo:\n  - {waits: [nobody]}\n  - {box: sent}\n  - {waits: [desk], box: in, phases: [new], where: "a; b", name: title, index: none}\n'
                   '  - {waits: [desk], wehre: "1", with: {record: other, by: name}}\n', """\
            9: there is no role "nobody" in schema/roles.yaml
            10: say who sent it (`waits`)
            10: without a lifecycle say whom it waits for (`waits`)
            11: "new" is no phase
            11: "title" is no field and no column of thing
            11: "where" is an expression of SQL, without ? and ;
            11: box is waiting or sent
            11: table "thing" has no key "none"
            12: a to-do has no member "wehre"
            12: with is {record: a record, by: a field of type id, phases: [of it]}""")

    def test_recuse_names_what_it_is_about(self):
        self.check(FIELDS + 'recuse: {institution: name, nothing: id, guard: Bad}\n', """\
            8: "name" is no field of type id
            8: "nothing" is no record, and neither institution nor account
            8: guard must be lower-case letters, digits and _, at most 40: 'Bad'
            8: nothing is decided of a record without a lifecycle""")

    def test_generates_the_same_twice(self):
        (self.root / 'schema' / 'records' / 'thing.yaml').write_text(FIELDS + 'verbs:\n  list: {roles: [owner]}\n')
        texts = []
        for _ in range(2):
            names = [str(self.root / name) for name in ('a.h', 'a.c', 'a.json')]
            result = self.run_generator(*names, str(self.root / 'd'))
            self.assertEqual((result.returncode, result.stderr), (0, ''))
            texts.append([Path(name).read_text() for name in names])
            for name in names:
                Path(name).unlink()
        self.assertEqual(texts[0], texts[1])
        self.assertIn('struct thing {', texts[0][0])
        self.assertIn('a.h: ', (self.root / 'd').read_text())


if __name__ == '__main__':
    unittest.main()
