"""Fields that name rows of other records (core/record/refer.h), and fields that get a number of the platform's series (core/record/series.h).

refers:
  listing_id: {to: listing, where: live = 1, takes: {listing_name: name, price: price, listing_version: version}}

where    which rows may be named, a condition on their columns
public   those rows are shown to visitors, so that anybody may name them
takes    own field: field of that row, home or version; copied when the row is named, and frozen from then on

series: {number: DD}    the field gets "DD-<code of the platform>-<n>" when a row is inserted without one; or {number: product}: by the prefix that
                        the platform's policy gives (numbers.product)"""
import re

import condition
import sides

TAKEN = {'home': ('HOME', 'platform'), 'version': ('VERSION', 'uint')}  # what can be taken besides declared fields
PLAIN = ('int', 'uint', 'money', 'bool', 'time', 'id', 'file', 'enum', 'platform', 'hash', 'text', 'longtext', 'date', 'region', 'uscc', 'mobile', 'email',
         'phone', 'url', 'term', 'json', 'blocks', 'list')
PREFIX = re.compile(r'^[A-Z0-9]{1,6}$')
NUMBER_LENGTH = 24
POLICY_PREFIXES = ('product', 'case')


class Refer:
    def __init__(self, field, to, where, public):
        self.field, self.to, self.where, self.public, self.takes = field, to, where, public, []


def check(checker, record):
    refers = checker.want(record.document, 'refers', dict) or {}
    others = {other.name: other for other in checker.records if other.table}
    for name, item in refers.items():
        field, place = checker.field_of(record, name), refers.at(name)
        if not field or field.type != 'id':
            checker.fault(place, f'"{name}" must be a field of type id')
        elif not isinstance(item, dict):
            checker.fault(place, 'is {to: record, where: condition, takes: {own field: its field}}')
        elif item.get('to') not in others:
            checker.fault(item.at('to'), f'there is no record "{item.get("to")}" to refer to')
        else:
            checker.known(item, {'to', 'where', 'public', 'takes'}, 'a reference')
            record.refers.append(read(checker, record, field, others[item['to']], item))
    read_series(checker, record)


def read(checker, record, field, to, item):
    refer = Refer(field, to, checker.want(item, 'where', str), checker.want(item, 'public', bool, False))
    if refer.public and refer.where is None:
        checker.fault(item.at('public'), 'say which rows visitors see (where)')
    if refer.where is not None and to.table in checker.tables:
        condition.check(checker, item.at('where'), refer.where, checker.tables[to.table], to)
    takes = checker.want(item, 'takes', dict) or {}
    for own_name, name in takes.items():
        own, why = checker.field_of(record, own_name), None
        taken, kind = checker.field_of(to, name), None
        if taken:
            kind = taken.type
        elif name in TAKEN and TAKEN[name][0] in to.has:
            kind = TAKEN[name][1]
        if not own:
            why = f'"{own_name}" is no field'
        elif not kind:
            why = f'"{to.name}" has no field "{name}" to take'
        elif own.taken:
            why = f'"{own_name}" is taken twice'
        else:
            why = fault_of(record, own, taken, kind, field)
        if why:
            checker.fault(takes.at(own_name), why)
        else:
            own.taken = f'{to.name}.{name}'
            refer.takes.append((own, taken, name))
    return refer


def fault_of(record, own, taken, kind, field):
    """Why the one cannot hold what the other says."""
    if kind not in PLAIN or own.type != kind and not (own.type in ('uint', 'int') and kind in ('uint', 'int')):
        return f'"{own.name}" is {own.type}, and does not hold {kind}'
    if own.write or own.sealed or own is field:
        return f'"{own.name}" is taken from another record: it must be in clear, with write: none'
    if not taken:
        return None
    if taken.sealed:
        return f'"{taken.name}" is sealed, and cannot be taken'
    if kind == 'list' and (own.of != taken.of or own.shape != taken.shape):
        return f'"{own.name}" holds {own.of}, what it takes {taken.of}'
    if [code for code, _, _ in own.values] != [code for code, _, _ in taken.values]:
        return f'"{own.name}" has other values than "{taken.name}"'
    if own.max is not None and (taken.max is None or taken.max > own.max):
        return f'"{own.name}" holds up to {own.max}, what it takes up to {taken.max}'
    if sides.reach(record, own.read) & ~taken.read or (taken.masked and not own.masked) or (taken.personal and not own.personal) or own.public and not taken.public:
        return f'"{own.name}" is shown to more people than what it takes'
    if not own.nullable and (taken.nullable and kind not in ('int', 'uint', 'money', 'bool') or field.nullable and not field.required):
        return f'"{own.name}" is NOT NULL, and there may be nothing to take'
    return None


def read_series(checker, record):
    series = checker.want(record.document, 'series', dict) or {}
    for name, prefix in series.items():
        field = checker.field_of(record, name)
        if not field or field.type != 'text' or field.write or not field.column or (field.max or NUMBER_LENGTH) < NUMBER_LENGTH:
            checker.fault(series.at(name), f'"{name}" must be a text of at least {NUMBER_LENGTH} characters with write: none')
        elif not PREFIX.match(str(prefix)) and prefix not in POLICY_PREFIXES:
            checker.fault(series.at(name), f'"{prefix}" is no prefix of numbers: 1 to 6 capital letters and digits, or {", ".join(POLICY_PREFIXES)}')
        else:
            record.series.append((field, str(prefix)))


def emit(record, index, text, parts, out):
    """The tables of a record in C; index: of one of its fields, text: a literal."""
    if record.refers:
        emit_refers(record, index, text, parts, out)
    if record.series:
        out.append(f'static const struct record_series series_{record.name}[] = {{')
        out += [f'\t{{&fields_{record.name}[{index(record, field.name)}], {text(prefix)}}},' for field, prefix in record.series]
        out.append('};')
        parts.append(f'.series = series_{record.name}, .series_count = {len(record.series)}')


def emit_refers(record, index, text, parts, out):
    rows = []
    for i, refer in enumerate(record.refers):
        row = f'.field = &fields_{record.name}[{index(record, refer.field.name)}], .to = &record_{refer.to.name}, .where = {text(refer.where)}'
        if refer.public:
            row += ', .public = true'
        if refer.takes:
            name = f'takes_{record.name}_{i}'
            out.append(f'static const struct record_take {name}[] = {{')
            for own, taken, implied in refer.takes:
                source = f'&fields_{refer.to.name}[{index(refer.to, taken.name)}], TAKE_FIELD' if taken else f'NULL, TAKE_{implied.upper()}'
                out.append(f'\t{{&fields_{record.name}[{index(record, own.name)}], {source}}},')
            out.append('};')
            row += f', .takes = {name}, .take_count = {len(refer.takes)}'
        rows.append(f'\t{{{row}}},')
    out.append(f'static const struct record_refer refers_{record.name}[] = {{')
    out += rows
    out.append('};')
    parts.append(f'.refers = refers_{record.name}, .refer_count = {len(record.refers)}')
