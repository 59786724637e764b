/* fold: a text as searches compare it, in memory and in SQL.
 *
 * Lower case; full width, ligatures, Kangxi radicals and other compatibility forms as the characters they stand for; without accents and without
 * what cannot be seen; simplified instead of traditional characters; dashes and quotation marks of one kind each; without the dots inside names
 * (阿不都·热合曼); runs of space one space, none at the ends.
 * reading: Chinese by sound, as people type it on a keyboard without an input method ("shuzihua" for 数字化), toneless, ü as u.
 */
#ifndef QILIAN_CORE_FOLD_H
#define QILIAN_CORE_FOLD_H

#include <stdbool.h>
#include <stddef.h>

#include "core/arena.h"

struct buf;

void fold_add(struct buf *out, const char *text);
char *fold_text(struct arena *arena, const char *text) RETURNS_NONNULL;

/* The Han characters of a text by sound, "ShuZiHua": a capital begins each syllable, so that no word is found in the middle of one. '\n' parts
 * runs, and the text by its second readings (长 Zhang, Chang), where it has some. */
void fold_add_readings(struct buf *out, const char *text);

/* Ways to read a folded term as at least two syllables, written as above: out[0] … out[n - 1], at most `max`. None for what is no pinyin. */
size_t fold_syllables(struct arena *arena, const char *term, const char **out, size_t max);

#endif
