"""What fields say together (core/record/rule.h): so many of a group, and one not after another; of a record, or of a transition's form.

groups:  [{fields: [landline, mobile], at_least: 1}]       or at_most, exactly
compare: [{left: begins_on, op: <=, right: ends_on}]        told at the field on the left"""

OPS = {'<': 'LESS', '<=': 'AT_MOST', '>': 'MORE', '>=': 'AT_LEAST', '=': 'EQUAL', '!=': 'OTHER'}
KINDS = {'int': 'number', 'uint': 'number', 'money': 'money', 'date': 'day', 'time': 'time'}
COUNTS = ('at_least', 'at_most', 'exactly')


class Rule:
    def __init__(self, fields, least=0, most=0, op=None):
        self.fields, self.least, self.most, self.op = fields, least, most, op


def read(checker, mapping, types):
    """The rules of a record or form; types: {name of a field: its type}. Faults where one is none."""
    out = []
    for i, item in enumerate(checker.want(mapping, 'groups', list) or []):
        place = mapping['groups'].at(i)
        if isinstance(item, dict):
            out.append(read_group(checker, item, types))
        else:
            checker.fault(place, 'a group is {fields: [two or more], at_least: 1}, or at_most, or exactly')
    for i, item in enumerate(checker.want(mapping, 'compare', list) or []):
        if isinstance(item, dict):
            out.append(read_comparison(checker, item, types))
        else:
            checker.fault(mapping['compare'].at(i), 'a comparison is {left: field, op: <=, right: field}')
    return [rule for rule in out if rule]


def read_group(checker, item, types):
    checker.known(item, {'fields', *COUNTS}, 'a group')
    names, counts = checker.want(item, 'fields', list) or [], [key for key in COUNTS if key in item]
    for name in names:
        if name not in types:
            checker.fault(item.at('fields'), f'"{name}" is no field')
    if len(set(map(str, names))) < 2:
        checker.fault(item.place, 'a group has two fields or more')
    if not counts or 'exactly' in counts and len(counts) > 1:
        checker.fault(item.place, 'a group says at_least, at_most, both, or exactly')
        return None
    numbers = [checker.want(item, key, int, 0) for key in COUNTS]
    least, most = (numbers[2], numbers[2]) if 'exactly' in counts else (numbers[0], numbers[1] if 'at_most' in counts else len(names))
    if not 0 <= least <= most <= len(names) or most == 0 or (least, most) == (0, len(names)):
        checker.fault(item.place, f'a group of {len(names)} asks for some of them')
    return Rule(names, least, most) if all(name in types for name in names) else None


def read_comparison(checker, item, types):
    checker.known(item, {'left', 'op', 'right'}, 'a comparison')
    names = [item.get('left'), item.get('right')]
    for key in ('left', 'right'):
        if item.get(key) not in types:
            checker.fault(item.at(key), f'"{item.get(key)}" is no field')
    if item.get('op') not in OPS:
        checker.fault(item.at('op'), f'op is one of {" ".join(OPS)}')
        return None
    if not all(name in types for name in names):
        return None
    kinds = [KINDS.get(types[name]) for name in names]
    if None in kinds or kinds[0] != kinds[1] or names[0] == names[1]:
        checker.fault(item.place, 'two numbers, amounts, days or times are compared')
        return None
    return Rule(names, op=OPS[item['op']])


def of_record(checker, record):
    record.rules = read(checker, record.document, {field.name: field.type for field in record.fields})


def emit(record, index, parts, out):
    rows = []
    for i, rule in enumerate(record.rules):
        name = f'rule_{record.name}_{i}'
        fields = ', '.join(f'{{&fields_{record.name}[{index(record, field)}], false}}' for field in rule.fields)
        out.append(f'static const struct rule_part {name}[] = {{{fields}}};')
        op = f'RULE_{rule.op}' if rule.op else 'RULE_GROUP'
        rows.append(f'\t{{{op}, {name}, {len(rule.fields)}, {rule.least}, {rule.most}}},')
    if rows:
        out.append(f'static const struct rule rules_{record.name}[] = {{')
        out += rows
        out.append('};')
        parts.append(f'.rules = {{rules_{record.name}, {len(rows)}}}')
