"""The C names that declarations become: each means one thing, or the declaration that makes it mean two is named."""
import re

TAG = re.compile(r'^\s*(?:struct|enum|union)\s+(\w+)\s*\{', re.M)
WRAPPED = ('load', 'peek', 'select', 'new', 'insert', 'update', 'fire')


def upper(code):
    return ''.join(c.upper() if c.isalnum() else '_' for c in code)


class Names:
    """One of C's name spaces: what each name was made of first."""

    def __init__(self, checker, what):
        self.checker, self.what, self.taken = checker, what, {}

    def take(self, name, place, made_of):
        if name in self.taken and self.taken[name] != made_of:
            self.checker.fault(place, f'{made_of} would be {self.what} {name} in C, which is {self.taken[name]} already')
        self.taken.setdefault(name, made_of)


def tags_of_headers(root):
    """Tags that C authors have taken, with their header."""
    for floor in ('core', 'tenants', 'federation', 'tools'):
        for path in sorted((root / floor).rglob('*.h')):
            for name in TAG.findall(path.read_text(encoding='utf-8')):
                yield name, f'one of {path.relative_to(root)}'


def check_members(checker, shape):
    names = Names(checker, 'the member')
    if shape.row:
        names.take('row', shape.place, 'what all rows share')
        if shape.record.extra:
            names.take('extra', shape.place, 'the extra fields of a form')
    for field in shape.fields:
        names.take(field.member, field.place, f'field "{field.name}"')
        if field.has_flag:
            names.take(f'has_{field.member}', field.place, f'whether "{field.name}" is there')


def check_shape(checker, shape, words, tags, constants):
    made_of = f'record "{shape.name}"' if shape.row else f'shape "{shape.name}"'
    if shape.name in words:
        checker.fault(shape.place, f'"{shape.name}" is a word of C: call the {made_of.split()[0]} otherwise')
    tags.take(shape.name, shape.place, made_of)
    if not shape.row:
        tags.take(f'{shape.name}_list', shape.place, f'a list of {made_of}')
    for field in shape.fields:
        if field.values:
            tags.take(f'{shape.name}_{field.name}', field.place, f'the codes of "{field.name}" in {made_of}')
        for code, _, _ in field.values or ():
            constants.take(f'{upper(shape.name)}_{upper(field.name)}_{upper(code)}', field.place, f'code "{code}" of "{field.name}" in {made_of}')
    check_members(checker, shape)


def check(checker, words):
    tags, constants, functions = Names(checker, 'the struct or enum'), Names(checker, 'the constant'), Names(checker, 'the function')
    for name, header in tags_of_headers(checker.root):
        tags.taken.setdefault(name, header)
    for record in checker.records:
        for code, _, _ in record.phases or ():
            constants.take(f'{upper(record.name)}_PHASE_{upper(code)}', record.place, f'phase "{code}" of record "{record.name}"')
        if record.phases:
            tags.take(f'{record.name}_phase', record.place, f'the phases of record "{record.name}"')
        for verb in WRAPPED if record.table else ():
            functions.take(f'{record.name}_row_{verb}', record.place, f'{verb} of record "{record.name}"')
    for shape in checker.shapes.values():
        check_shape(checker, shape, words, tags, constants)
    for endpoint in checker.endpoints:
        if endpoint.handler:
            functions.take(endpoint.handler, endpoint.place, 'a handler')
