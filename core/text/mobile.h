/* mobile: a Chinese mobile number, 11 digits beginning with 13…19.
 * Number portability means that the prefix says nothing of the carrier; the SMS code is the real test.
 */
#ifndef QILIAN_CORE_TEXT_MOBILE_H
#define QILIAN_CORE_TEXT_MOBILE_H

#include "core/attributes.h"
#include "core/problem.h"

/* The number in what was typed or pasted: spaces, dashes, brackets and points inside it, a leading +86, 0086 or 86, a
 * label before a colon, full width, unseen characters. NULL if no mobile number is left: 13-digit numbers of the
 * internet of things (10648…, 10649…, 144…) are none. In the arena. */
const char *OR_NULL mobile_read(struct arena *arena, const char *text) NONNULL;

/* The same with a problem at `pointer`. */
struct problem *mobile_parse(
	struct arena *arena, const char *pointer, const char *text, const char **mobile) NONNULL MUST_CHECK;

/* 138****8000, as lists, exports and diagnostics show it (PIPL). For a number as mobile_read() has it. */
const char *mobile_mask(struct arena *arena, const char *mobile) NONNULL RETURNS_NONNULL;

#endif
