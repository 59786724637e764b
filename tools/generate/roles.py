#!/usr/bin/python3
"""Writes core/record/roles.gen.h from schema/roles.yaml: usage: roles.py ROLES.YAML OUT.H"""
import sys

import yaml


def load(path):
    """Bits of each role and group: {name: bits}, and the roles as declared."""
    with open(path, encoding='utf-8') as file:
        document = yaml.safe_load(file)
    bits = {role['name']: 1 << i for i, role in enumerate(document['roles'])}
    assert len(bits) <= 24, 'bits from 24 on are the sides of a record (SIDE_BIT in core/record/field.h)'
    for group, members in document['groups'].items():
        bits[group] = 0
        for member in members:
            bits[group] |= bits[member]
    return bits, document


def header(bits, document):
    out = ['/* Generated from schema/roles.yaml. */', '#ifndef QILIAN_ROLES_GEN_H', '#define QILIAN_ROLES_GEN_H', '',
           '#include <stdbool.h>', '#include <stdint.h>', '', 'enum role {']
    for role in document['roles']:
        out.append(f"\tROLE_{role['name'].upper()} = 0x{bits[role['name']]:x}, /* {role['en']} {role['zh']} */")
    out.append('};')
    out.append('')
    for group in document['groups']:
        out.append(f'#define ROLES_{group.upper()} 0x{bits[group]:x}u')
    confined = sum(bits[role['name']] for role in document['roles'] if role.get('institution'))
    business = sum(bits[role['name']] for role in document['roles'] if role.get('business', True))
    out += [f'#define ROLES_CONFINED 0x{confined:x}u /* see rows of their own institution only */',
            f'#define ROLES_BUSINESS 0x{business:x}u /* may touch business data at all */', '']
    out += ['struct role_name {', '\tuint32_t bits;', '\tconst char *name;', '\tconst char *zh;', '\tconst char *en;', '\tbool group;', '};', '',
            '#define ROLE_NAMES \\']
    rows = [f"\t{{0x{bits[role['name']]:x}, \"{role['name']}\", \"{role['zh']}\", \"{role['en']}\", false}}" for role in document['roles']]
    rows += [f'\t{{0x{bits[group]:x}, "{group}", "{group}", "{group}", true}}' for group in document['groups']]
    out.append(', \\\n'.join(rows))
    menus = document['menus']
    out += ['', 'enum menu {']
    out += [f"\tMENU_{menu['name'].upper()} = 0x{1 << i:x}, /* {menu['en']} {menu['zh']} */" for i, menu in enumerate(menus)]
    out += ['};', 'struct menu_name {', '\tuint32_t bit;', '\tconst char *name;', '\tconst char *zh;', '\tconst char *en;', '};', '#define MENU_NAMES \\']
    out.append(', \\\n'.join(f"\t{{0x{1 << i:x}, \"{menu['name']}\", \"{menu['zh']}\", \"{menu['en']}\"}}" for i, menu in enumerate(menus)))
    out += [f'enum {{ MENU_COUNT = {len(menus)} }};', '']
    out += [f"enum {{ ROLE_COUNT = {len(document['roles'])}, ROLE_NAME_COUNT = {len(rows)} }};", '', '#endif', '']
    return '\n'.join(out)


def main():
    source, target = sys.argv[1:3]
    with open(target, 'w', encoding='utf-8') as file:
        file.write(header(*load(source)))


if __name__ == '__main__':
    main()
