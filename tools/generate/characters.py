#!/usr/bin/python3
"""Makes core/text/characters.gen.h: what core/text/text.c and core/text/fold.c know of each character.

usage: characters.py OUT.H

From Python's Unicode tables and ICU's (traditional to simplified, Han to Latin); neither is there at run time.
"""
import sys
import unicodedata

import icu

VISIBLE, SPACE, UNSEEN, MARK = range(4)
# Default_Ignorable_Code_Point (Unicode, DerivedCoreProperties) as far as the general category does not say so; and the braille pattern
# without a dot, which shows nothing either.
UNSEEN_BESIDES = {0x115f, 0x1160, 0x2065, 0x2800, 0x3164, 0xffa0, *range(0xfff0, 0xfff9), *range(0xe0080, 0xe0100), *range(0xe01f0, 0xe1000)}
# They belong to the character before them: flags of regions.
TAGS = range(0xe0020, 0xe0080)
# What search looks through: the dots inside names of people (阿不都·热合曼) and titles.
DOTS = {0xb7, 0x2022, 0x2027, 0x2219, 0x22c5, 0x30fb, 0xff65}
DASHES = {*range(0x2010, 0x2016), 0x2212, 0xfe58, 0xfe63}
QUOTES = {0x2018: "'", 0x2019: "'", 0x201c: '"', 0x201d: '"'}
DIACRITICS = {*range(0x300, 0x370), *range(0x1ab0, 0x1b00), *range(0x1dc0, 0x1e00), *range(0x20d0, 0x2100), *range(0xfe20, 0xfe30)}
HAN = (0x3400, 0xa000)
# Characters read otherwise in words that name trades and places: 银行, 长沙, 重庆, 会计, 成都, 调研, 乐清, 朝阳, 厦门, 单县, 曾, 传记, 便宜, 模具, 车, 藏, 参.
SECOND = {'行': 'hang', '长': 'chang', '重': 'chong', '会': 'kuai', '都': 'du', '调': 'diao', '乐': 'yue', '朝': 'chao', '厦': 'sha', '单': 'shan',
          '传': 'zhuan', '模': 'mu', '车': 'ju', '藏': 'zang', '参': 'shen', '省': 'xing', '数': 'shuo', '还': 'huan', '种': 'chong', '少': 'shao'}

to_simplified = icu.Transliterator.createInstance('Traditional-Simplified')
to_latin = icu.Transliterator.createInstance('Han-Latin; Latin-ASCII; Lower')


def points():
    return (code for code in range(0x110000) if not 0xd800 <= code < 0xe000)


def kind_of(code):
    category = unicodedata.category(chr(code))
    if code in TAGS or category in ('Mn', 'Me'):
        return MARK
    if category[0] == 'Z' or code in (*range(9, 14), 0x85):
        return SPACE
    if category in ('Cf', 'Cc') or code in UNSEEN_BESIDES:
        return UNSEEN
    return VISIBLE


def ranges():
    found = []
    for code in points():
        kind = kind_of(code)
        if kind == VISIBLE:
            continue
        if found and found[-1][1] == code - 1 and found[-1][2] == kind:
            found[-1][1] = code
        else:
            found.append([code, code, kind])
    return found


def fold(code):
    """What a search compares instead of the character."""
    kind, char = kind_of(code), chr(code)
    if kind == SPACE or code < 0x20:
        return ' '
    if kind == UNSEEN or code in DOTS or code in DIACRITICS or (kind == MARK and not unicodedata.combining(char)):
        return ''
    if code in DASHES:
        return '-'
    if code in QUOTES:
        return QUOTES[code]
    bare = ''.join(c for c in unicodedata.normalize('NFKD', char) if ord(c) not in DIACRITICS)
    text = unicodedata.normalize('NFKC', unicodedata.normalize('NFKC', bare).casefold())
    return to_simplified.transliterate(text) if text else char


def numbers(values, per_line=24):
    values = [str(value) for value in values]
    return ',\n'.join(', '.join(values[i:i + per_line]) for i in range(0, len(values), per_line))


def pages(values):
    """Two levels: pages of 256 values, equal ones once. values: code → number, 0 where it lacks one."""
    kept, index = {}, []
    for first in range(0, 0x110000, 256):
        page = tuple(values.get(code, 0) for code in range(first, first + 256))
        index.append(kept.setdefault(page, len(kept)))
    return index, [value for page in kept for value in page]


def texts(strings):
    """One text that holds them all, each ended by NUL, and where each begins."""
    blob, at = bytearray(), []
    for text in strings:
        at.append(len(blob))
        blob += text.encode() + b'\0'
    return blob, at


def table(out, name, values):
    """name_page, name_number, name_at, name_text for a mapping of codes to texts."""
    strings = sorted(set(values.values()))
    number = {text: i + 1 for i, text in enumerate(strings)}
    index, flat = pages({code: number[text] for code, text in values.items()})
    blob, at = texts([''] + strings)
    out.append(f'static const uint16_t {name}_page[] = {{\n{numbers(index)}}};')
    out.append(f'static const uint16_t {name}_number[] = {{\n{numbers(flat)}}};')
    out.append(f'static const uint32_t {name}_at[] = {{\n{numbers(at)}}};')
    out.append(f'static const unsigned char {name}_text[] = {{\n{numbers(blob)}}};')
    return strings


def readings():
    first, second = {}, {}
    for code in range(*HAN):
        text = to_latin.transliterate(chr(code))
        if text.isascii() and text.isalpha() and len(text) <= 6:
            first[code] = text.capitalize()
            second[code] = SECOND.get(chr(code), text).capitalize()
    return first, second


def main():
    folds = {code: text for code, text in ((code, fold(code)) for code in points()) if text != chr(code)}
    first, second = readings()
    found = ranges()
    out = ['/* Made by tools/generate/characters.py. */', '#include <stdint.h>', '']
    out.append('static const struct { uint32_t first, last; unsigned char kind; } kind_ranges[] = {')
    out += [f'{{{a}, {b}, {kind}}},' for a, b, kind in found]
    out.append('};')
    table(out, 'fold', folds)
    syllables = table(out, 'reading', first)
    table(out, 'second', second)
    out.append('static const char *const syllables[] = {' + ', '.join(f'"{text}"' for text in sorted(set(syllables) | set(second.values()))) + '};')
    with open(sys.argv[1], 'w', encoding='utf-8') as file:
        file.write('\n'.join(out) + '\n')


main()
