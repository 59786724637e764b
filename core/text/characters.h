/* characters: lookups in the generated tables of Unicode (tools/generate/characters.py). For text.h and fold.h; others
 * use those. */
#ifndef QILIAN_CORE_TEXT_CHARACTERS_H
#define QILIAN_CORE_TEXT_CHARACTERS_H

#include <stddef.h>
#include <stdint.h>

#include "core/attributes.h"

/* enum text_kind of a character. */
unsigned characters_kind(uint32_t code);
/* What a search compares instead of it: UTF-8, "" for nothing; NULL: itself. */
const char *OR_NULL characters_fold(uint32_t code);
/* How it is read, "Zhang", or in the second of its readings; NULL for what is no Han character. */
const char *OR_NULL characters_reading(uint32_t code);
const char *OR_NULL characters_second_reading(uint32_t code);
/* The syllable that begins at text, of `len` lower-case letters, as characters_reading() writes it; NULL if that is
 * none. */
const char *OR_NULL characters_syllable(const char *text, size_t len) NONNULL;

#endif
