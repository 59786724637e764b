/* fold: a text as searches compare it, in memory and in SQL.
 *
 * Lower case; full width, ligatures, Kangxi radicals and other compatibility forms as the characters they stand for;
 * without accents and without what cannot be seen; simplified instead of traditional characters; dashes and quotation
 * marks of one kind each; without the dots inside names (阿不都·热合曼); runs of space one space, none at the ends.
 * reading: Chinese by sound, as people type it on a keyboard without an input method ("shuzihua" for 数字化),
 * toneless, ü as u.
 */
#ifndef QILIAN_CORE_TEXT_FOLD_H
#define QILIAN_CORE_TEXT_FOLD_H

#include <stdbool.h>
#include <stddef.h>

#include "core/arena.h"
#include "core/attributes.h"

struct buf;
struct fold_sound;

void fold_add(struct buf *out, const char *text) NONNULL;
char *fold_text(struct arena *arena, const char *text) NONNULL RETURNS_NONNULL;

/* Ways to read a folded term as at least two syllables, "ShuZiHua": a capital begins each, so that no word is found in
 * the middle of one. out[0] … out[n - 1], at most `max`. None for what is no pinyin. */
size_t fold_syllables(struct arena *arena, const char *term, const char **out, size_t max) NONNULL;

/* What to look for by sound, prepared for many texts; needle is borrowed. */
struct fold_sound *fold_sound_make(struct arena *arena, const char *needle) NONNULL RETURNS_NONNULL;
/* Whether some characters of a folded text, side by side, are read so; 重 as Zhong and as Chong. */
bool fold_sounds_as(const char *text, size_t len, const struct fold_sound *sound) NONNULL;

#endif
