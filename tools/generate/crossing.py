"""What crosses platforms by declaration: `copies_to`, to whom the writes of a record go, and `asks`, what may be fired on its copies.

`above`, `below`: all platforms above this one, all below it; {above: [phases]}: while the row is in one of these.
`copies_to: parent` of a child: wherever its parent has copies. Its sides ask from where the parent's row says that they are at home."""
import children
import sides

RESERVED = ('created', 'changed', 'deleted', 'followed', 'gone', 'shared', 'asked', 'ask_withdrawn', 'answered', 'taken_over')
ALWAYS = (1 << 64) - 1
CREATE = 'create'  # makes a row whose home is elsewhere: no event of a lifecycle


class Ask:
    """One event and where it may be asked. alone: nobody but the people of that platform fires it, at the home neither."""

    def __init__(self, event, field, roles, side):
        self.event, self.field, self.roles, self.side, self.alone = event, field, roles, side, side is None


def read(checker, record, document):
    record.copies_to, record.copies_above, record.copies_below, record.asks = [], 0, 0, []
    record.copies_with_parent = document.get('copies_to') == 'parent'
    if record.copies_with_parent:
        check_parent(checker, record, document)
    for i, name in enumerate([] if record.copies_with_parent else checker.want(document, 'copies_to', list) or []):
        place = document['copies_to'].at(i)
        if name in ('above', 'below'):
            setattr(record, f'copies_{name}', ALWAYS)
        elif isinstance(name, dict):
            in_phases(checker, record, name, place)
        elif (field := platform_of(checker, record, name, place)) and field not in record.copies_to:
            record.copies_to.append(field)
    if 'copies_to' in document:
        check_copies(checker, record, document)
    if 'asks' in document:
        read_asks(checker, record, document)


def in_phases(checker, record, item, place):
    """{above: [phases]}, {below: [phases]}: only while a row is in one of them."""
    name = next(iter(item), None)
    if len(item) != 1 or name not in ('above', 'below'):
        checker.fault(place, 'copies_to by phase is {above: [phases]} or {below: [phases]}')
        return
    setattr(record, f'copies_{name}', children.phase_bits(checker, record, item, name))


def check_parent(checker, record, document):
    parent = record.parent
    if not parent or 'copies_to' not in parent.document or parent.document.get('copies_to') == 'parent':
        checker.fault(document.at('copies_to'), 'copies_to: parent is for a child whose parent says copies_to of its own')


def check_copies(checker, record, document):
    place = document.at('copies_to')
    if 'HOME_SEQ' not in record.has:
        checker.fault(place, f'table "{record.table}" lacks home_id or home_seq, so it cannot hold copies')
    if 'audience' in record.hooks:
        checker.fault(place, 'copies_to says to whom entries go: there is no hook `audience` beside it')
    if not record.insertable:
        checker.fault(place, f'every column of "{record.table}" must be a field, or have a default: copies are rows too')


def platform_of(checker, record, name, place):
    """A field of type platform, by its name or as the home of a side."""
    side, _, member = str(name).partition('.')
    if member == 'home':
        found = next((one for one in getattr(record, 'sides', []) if one.name == side), None)
        if found is None or not found.home:
            checker.fault(place, f'"{name}": there is no side "{side}" with a home')
            return None
        return checker.field_of(record, found.home if isinstance(found.home, str) else found.home.name)
    field = checker.field_of(record, name)
    if field is None or field.type != 'platform':
        checker.fault(place, f'"{name}" must be a field of type platform, <side>.home, above or below')
        return None
    return field


def read_asks(checker, record, document):
    asks, place = document['asks'], document.at('asks')
    if not record.lifecycle or 'copies_to' not in document:
        checker.fault(place, 'asks needs a lifecycle and `copies_to`: what is asked is seen on the copy')
        return
    if 'fire' not in record.verbs:
        checker.fault(place, 'asks needs the verb fire')
        return
    if isinstance(asks, dict):
        for event, names in asks.items():
            for name in names if isinstance(names, list) else [names]:
                add(checker, record, event, platform_of(checker, record, name, asks.at(event)), None, asks.at(event))
    elif isinstance(asks, list):
        for i, event in enumerate(asks):
            by_sides(checker, record, event, asks.at(i))
    else:
        checker.fault(place, 'asks is a list of events, or {event: field of type platform}')


def with_parent(checker, record, event, place):
    """Sides that the child has of its parent ask from where they are at home; to make one, those whom the verb lets in."""
    if not known(checker, record, event, place):
        return
    at_home = [side for side in record.sides if side.of and record.parent.sides[side.of - 1].home]
    if event == CREATE:
        verb = record.verbs.get('create')
        at_home = [side for side in at_home if verb and side in sides.let_in(record, verb.who)]
    if not at_home:
        checker.fault(place, f'"{event}": no side of the parent that has a home may ask for it')
    for side in at_home:
        record.asks.append(Ask(event, None, side.roles, side))


def add(checker, record, event, field, side, place):
    if not known(checker, record, event, place) or field is None:
        return
    if field not in record.copies_to:
        checker.fault(place, f'"{field.name}" is not among copies_to: nobody there would see the row')
        return
    roles = side.roles if side else record.verbs['fire'].roles
    record.asks.append(Ask(event, field, roles, side))


def by_sides(checker, record, event, place):
    """Each side with a home asks from there, in its roles; so does the desk of that platform."""
    if record.copies_with_parent and record.parent:
        with_parent(checker, record, event, place)
        return
    homes = [side for side in getattr(record, 'sides', []) if side.home]
    if not homes:
        checker.fault(place, f'say from where "{event}" is asked: {{event: field of type platform}}, or give a side its home')
    for side in homes:
        add(checker, record, event, platform_of(checker, record, f'{side.name}.home', place), side, place)


def known(checker, record, event, place):
    events = None
    if record.course is not None:
        events = {move.get('event') for move in record.course.get('transitions') or [] if isinstance(move, dict)}
    if event in RESERVED:
        checker.fault(place, f'"{event}" is what the engine calls its own entries')
    elif not isinstance(event, str) or events is not None and event not in events and event != CREATE:
        checker.fault(place, f'the lifecycle has no event "{event}"')
    else:
        return True
    return False


def tables(record, index, parts, out):
    """Members of struct record, and the tables that they point to."""
    if record.copies_to:
        fields = ', '.join(f'&fields_{record.name}[{index(record, field.name)}]' for field in record.copies_to)
        out.append(f'static const struct field *const copy_fields_{record.name}[] = {{{fields}}};')
        parts.append(f'.copy_fields = copy_fields_{record.name}, .copy_field_count = {len(record.copies_to)}')
    for name, bits in (('above', record.copies_above), ('below', record.copies_below)):
        if bits:
            parts.append(f'.copies_{name} = 0x{bits:x}u')
    if record.copies_with_parent:
        parts.append('.copies_with_parent = true')
    if record.asks:
        out.append(f'static const struct record_ask asks_{record.name}[] = {{')
        for ask in record.asks:
            side = f'&sides_{record.name}[{[one.name for one in record.sides].index(ask.side.name)}]' if ask.side else 'NULL'
            field = f'&fields_{record.name}[{index(record, ask.field.name)}]' if ask.field else 'NULL'
            out.append(f'\t{{"{ask.event}", {field}, {side}, 0x{ask.roles:x}, '
                       f'{"true" if ask.alone else "false"}}},')
        out.append('};')
        parts.append(f'.asks = asks_{record.name}, .ask_count = {len(record.asks)}')
