"""schema/size_classes.yaml as a C table, for tenants/rules/size_class.c: size_classes.py YAML OUTPUT."""
import sys

import yaml

CLASSES, MEASURES = ('large', 'medium', 'small'), ('staff', 'income', 'assets')


def industry(name, classes):
    assert set(classes) == set(CLASSES), f'{name}: say {", ".join(CLASSES)}'
    rows = []
    for one in CLASSES:
        least = classes[one]
        assert least and set(least) <= set(MEASURES) and set(least) == set(classes['large']), f'{name}: {one} measures other things'
        rows.append('{' + ', '.join(str(least.get(measure, -1)) for measure in MEASURES) + '}')
    for measure in classes['large']:
        assert classes['large'][measure] > classes['medium'][measure] > classes['small'][measure] > 0, f'{name}: {measure} does not fall'
    return f'\t{{"{name}", {{{", ".join(rows)}}}}},'


def main(path, out):
    with open(path, encoding='utf-8') as file:
        editions = yaml.safe_load(file)['editions']
    lines = ['/* Made by tools/generate/size_classes.py from schema/size_classes.yaml. */']
    table = []
    for i, edition in enumerate(editions):
        lines += [f'static const struct size_industry industries_{i}[] = {{']
        lines += [industry(name, classes) for name, classes in edition['industries'].items()] + ['};']
        until = f'"{edition["until"]}"' if edition.get('until') else 'NULL'
        table.append(f'\t{{"{edition["code"]}", "{edition["from"]}", {until}, industries_{i}, sizeof industries_{i} / sizeof *industries_{i}}},')
    lines += ['static const struct size_edition editions[] = {'] + table + ['};']
    with open(out, 'w', encoding='utf-8') as file:
        file.write('\n'.join(lines) + '\n')


if __name__ == '__main__':
    main(*sys.argv[1:])
