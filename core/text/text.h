/* text: what people type and paste, read as the eye reads it.
 *
 * space    anything that shows as a gap: also no-break and ideographic spaces, line ends
 * unseen   shows nothing: zero width, direction and byte order marks, joiners, Hangul fillers, the empty braille
 *          pattern, controls
 * mark     belongs to the character before it and shows nothing alone: accents, variation selectors
 *
 * Every form, list, query, command line and letter that takes a text of people's goes by these (Unicode 14,
 * tools/generate/characters.py). All texts are valid UTF-8; answers are in the arena.
 */
#ifndef QILIAN_CORE_TEXT_TEXT_H
#define QILIAN_CORE_TEXT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/attributes.h"

enum text_kind { TEXT_VISIBLE, TEXT_SPACE, TEXT_UNSEEN, TEXT_MARK };

enum text_kind text_kind_of(uint32_t code);

/* Nothing of it can be seen. */
bool text_is_blank(const char *text) NONNULL;

/* One line (a name, a title): without spaces and unseen characters at its ends, and without unseen ones inside it, but
 * for the joiners that emoji and some scripts are written with. No-break and other narrow spaces become plain ones.
 * Controls and what turns the direction of reading stay inside, to be refused: text_is_plain(). */
char *text_line(struct arena *arena, const char *text) NONNULL RETURNS_NONNULL;
/* Several lines: its ends are trimmed, an indented first line stays so, and spaces inside stay as they are. */
char *text_lines(struct arena *arena, const char *text) NONNULL RETURNS_NONNULL;

/* No control characters (line breaks and tabs only if `lines`), and nothing that turns the direction of reading to the
 * left: such a name shows as another (U+202E). *direction tells which of the two it is; may be NULL. */
bool text_is_plain(const char *text, bool lines, bool *OR_NULL direction) NONNULL_AT(1);

/* For what is made of ASCII (codes, numbers, addresses): full-width characters made half-width, every dash "-", every
 * space ' ', nothing unseen, trimmed. A label before a colon goes as well, unless it holds a digit or '@' ("手机：…",
 * "mailto:…"). What else is there beyond ASCII stays, to be refused. */
char *text_narrow(struct arena *arena, const char *text) NONNULL RETURNS_NONNULL;

#endif
