/* mobile: a Chinese mobile number, 11 digits beginning with 13…19.
 * Number portability means that the prefix says nothing of the carrier; the SMS code is the real test.
 */
#ifndef QILIAN_TENANTS_MOBILE_H
#define QILIAN_TENANTS_MOBILE_H

#include "core/problem.h"

/* Strips spaces, dashes, brackets and a leading +86 or 0086, full-width digits → half-width. NULL if no mobile number is left: 13-digit numbers of
 * the internet of things (10648…, 10649…, 144…) are none. The answer is in the arena. */
const char *OR_NULL mobile_normalise(struct arena *arena, const char *text);

/* The same with a problem at `pointer`. */
struct problem *mobile_parse(struct arena *arena, const char *pointer, const char *text, const char **mobile) MUST_CHECK;

/* 138****8000, as lists, exports and diagnostics show it (PIPL). For a normalised number. */
const char *mobile_mask(struct arena *arena, const char *mobile) RETURNS_NONNULL;

#endif
