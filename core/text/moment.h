/* moment: times and days as texts: RFC 3339 in UTC with milliseconds, and days of the Gregorian calendar, 1970 to
 * 9999. */
#ifndef QILIAN_CORE_TEXT_MOMENT_H
#define QILIAN_CORE_TEXT_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/attributes.h"

/* "2026-05-06T08:00:00.000Z" and back (false: no such time). out: 25 bytes. */
void time_format(int64_t ms, char out[25]) NONNULL;
bool time_parse(const char *text, int64_t *ms) NONNULL;
/* A day that exists. */
bool date_valid(const char *OR_NULL text);
/* A day as "2026-05-06", also out of 2026/5/6, 2026.5.6, 20260506 and 2026年5月6日, full width as well; NULL if there
 * is no such day. In the arena. */
const char *OR_NULL date_read(struct arena *arena, const char *text) NONNULL;
/* The UTC day of a time: 11 bytes. */
void date_format(int64_t ms, char out[11]) NONNULL;

#endif
