"""Who stands on which side of a record's rows, and what a list of roles means there.

sides:
  buyer:  {by: buyer_id, home: buyer_home, roles: [enterprise]}     by: a field of type id that holds an institution's or enterprise's id
  seller: {by: institution_id, roles: [owner, staff], menu: orders} menu: what a sub-account needs to stand on it
  expert: {by: expert_account, kind: account, roles: [expert]}      a person: by holds an account's id
phases: [waiting, active] of a side: it is there only while the row is in one of these, and its home gets copies only then
anybody: true instead of `by`: whoever has its roles in any organisation stands there, in its phases alone

`owner: field` (or `owner: id`: the row is the institution itself) is the short form of one side, called `own`, for all roles of an institution.
In a list of roles a side's name stands for whoever stands on that side of the row; in `read`, `write` and `reveal` of a field as well.
"""
import children
import source

MOST = 8
FIRST = 24  # bit of the first side in the masks of fields: SIDE_BIT() in core/record/field.h
KEYS = {'by', 'home', 'kind', 'roles', 'menu', 'phases', 'anybody', 'zh', 'en'}


class Side:
    def __init__(self, name, by, roles, **more):
        self.name, self.by, self.roles = name, by, roles  # by: a field; None: the row's own id
        self.account, self.home, self.menus, self.zh, self.en = False, None, 0, None, None
        self.phases = 0  # bits; 0: all
        self.of = 0  # n-th side of the parent, from 1: the parent's row says who stands there
        self.anybody = False
        self.__dict__.update(more)


def read(checker, record, document):
    """Fills record.sides and record.owner (the first field that holds an institution, "id", or None)."""
    owner = document.get('owner')
    children.read_parent(checker, record, document)
    if 'sides' in document:
        if owner is not None:
            checker.fault(document.at('owner'), '`owner` is the short form of `sides`: say one of them')
        read_named(checker, record, document)
    elif owner == 'id':
        record.sides = [Side('own', None, checker.confined, zh='机构', en='Institution')]
    elif owner not in (None, 'none'):
        field = id_field(record, owner)
        if not field:
            checker.fault(document.at('owner'), f'owner "{owner}" must be a field of type id')
        else:
            record.sides = [Side('own', field, checker.confined, zh=field.zh, en=field.en)]
    if record.parent and not record.sides and owner is None:
        record.sides = children.inherit(record)
    held = next((side for side in record.sides if not side.account and not side.of and not side.anybody), None)
    record.owner = held and (held.by.name if held.by else 'id')
    read_masks(checker, record)


def read_masks(checker, record):
    """Sides in the masks of fields, once it is known which there are."""
    order = {side.name: i for i, side in enumerate(record.sides)}
    for field in record.fields:
        for key, name, place in field.sided:
            if name in order:
                setattr(field, key, getattr(field, key) | 1 << FIRST + order[name])
            else:
                checker.fault(place, f'"{name}" is no role of schema/roles.yaml and no side of {record.name}')


def reach(record, mask):
    """Roles by which a mask may let somebody in, on whichever side."""
    roles = mask & (1 << FIRST) - 1
    for i, side in enumerate(record.sides):
        roles |= side.roles if mask >> FIRST + i & 1 else 0
    return roles


def id_field(record, name):
    return next((field for field in record.fields if field.name == name and field.type == 'id'), None)


def read_named(checker, record, document):
    sides = checker.want(document, 'sides', dict) or {}
    for name in sides:
        item = sides[name]
        if item == 'parent' and record.parent and children.inherit(record, name):
            record.sides += children.inherit(record, name)
            continue
        if not isinstance(item, dict):
            checker.fault(sides.at(name), 'a side is {by: field of type id, roles: […]}')
            continue
        checker.known(item, KEYS, 'a side')
        side = read_one(checker, record, name, item, sides.at(name))
        if side:
            record.sides.append(side)
    if len(record.sides) > MOST:
        checker.fault(document.at('sides'), f'a record has {MOST} sides at most')


def read_one(checker, record, name, item, place):
    kind = item.get('kind', 'organisation')
    roles = checker.roles(item, 'roles', checker.confined)
    if kind not in ('organisation', 'account'):
        checker.fault(item.at('kind'), 'kind is organisation or account')
    if checker.bits.get(name) not in (None, roles) or not isinstance(name, str) or not name.isidentifier() or name != name.lower():
        checker.fault(place, f'"{name}" is no name for a side: lower-case letters, digits and _, and no role\'s but of its only one')
    by, home = id_field(record, item.get('by')), None
    if item.get('anybody'):
        return read_anybody(checker, record, name, item, roles, place)
    if not by:
        checker.fault(item.at('by'), f'side "{name}": by "{item.get("by")}" must be a field of type id')
    elif any(other.by is by for other in record.sides):
        checker.fault(item.at('by'), f'side "{name}": another side has "{by.name}"')
    if kind == 'organisation' and roles & ~checker.confined:
        checker.fault(item.at('roles'), f'side "{name}": people of an organisation have its roles; for others it is by account (kind: account)')
    if not roles or roles & ~checker.bits['signed_in']:
        checker.fault(item.at('roles'), f'side "{name}": its roles are of those signed in')
    if 'home' in item:
        home = checker.field_of(record, item['home'])
        if not home or home.type != 'platform':
            checker.fault(item.at('home'), f'side "{name}": home "{item["home"]}" must be a field of type platform')
    zh, en = checker.title(item, (name, name))
    phases = children.phase_bits(checker, record, item, 'phases') if 'phases' in item else 0
    return by and Side(name, by, roles, account=kind == 'account', home=home, phases=phases, menus=checker.menus(item, 0), zh=zh, en=en)


def read_anybody(checker, record, name, item, roles, place):
    """What is open to all of some roles for a while: a demand to those who may offer on it."""
    phases = children.phase_bits(checker, record, item, 'phases') if 'phases' in item else 0
    if not phases or record.parent or any(key in item for key in ('by', 'home', 'kind')):
        checker.fault(place, f'side "{name}": where anybody stands the phases are said, and there is no parent, by, home or kind')
    if not roles or roles & ~checker.confined:
        checker.fault(item.at('roles'), f'side "{name}": its roles are of organisations')
    zh, en = checker.title(item, (name, name))
    return Side(name, None, roles, phases=phases, menus=checker.menus(item, 0), anybody=True, zh=zh, en=en)


def who(checker, record, mapping, key, default):
    """(bits of the roles named, bits of the sides named by their order); default where there is no such member."""
    value = mapping.get(key)
    names = [value] if isinstance(value, str) else value
    order = {side.name: i for i, side in enumerate(record.sides)}
    if not isinstance(names, list) or not any(isinstance(name, str) and name in order for name in names):
        roles = checker.roles(mapping, key, None)
        return default if roles is None else (roles, 0)
    plain = source.Map(*mapping.place)
    plain[key] = [name for name in names if name not in order]
    plain.lines[key] = mapping.at(key)[1]
    return checker.roles(plain, key, 0), sum(1 << i for name, i in order.items() if name in names)


def all_of(record, who):
    """Bits of all roles that are let in, as such or by a side."""
    bits = who[0]
    for i, side in enumerate(record.sides):
        bits |= side.roles if who[1] >> i & 1 else 0
    return bits


def let_in(record, who):
    """The sides by which people are let in."""
    return [side for i, side in enumerate(record.sides) if who[1] >> i & 1 or side.roles & who[0]]


def check(checker, record, who, place, hooked=False):
    """Confined roles see rows by a side alone: each must stand on one."""
    confined = who[0] & checker.confined
    if not record.table or not confined or hooked or record.open:
        return
    if not record.sides:
        checker.fault(place, 'roles of an institution need `owner` or `sides`: which field says whose row it is (or `open: why` all see all)')
        return
    for role in checker.role_document['roles']:
        bit = checker.bits[role['name']]
        if confined & bit and not any(side.roles & bit for side in record.sides):
            checker.fault(place, f'role "{role["name"]}" stands on no side, so it would see nothing')


def check_create(checker, record, who, place):
    """Whoever creates a row stands on one side of it, which gets their id."""
    seen = 0
    for i, side in enumerate(record.sides):
        roles = 0 if side.of or side.anybody else side.roles if who[1] >> i & 1 else side.roles & who[0]
        if roles & seen:
            checker.fault(place, 'two sides that have a role in common may create: name one of them')
        seen |= roles
