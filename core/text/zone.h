/* zone: whose days. Days of deadlines, lists, exports, messages and pages are China's, which has one time zone, UTC+8,
 * and no summer time. The only place that says so in C and SQL; pages have web/src/app/day.ts. Instants stay UTC
 * everywhere.
 */
#ifndef QILIAN_CORE_TEXT_ZONE_H
#define QILIAN_CORE_TEXT_ZONE_H

#include <stdint.h>

#include "core/arena.h"
#include "core/attributes.h"
#include "core/text/moment.h"

#define ZONE_MS (8 * 3600 * INT64_C(1000))
/* To be added to an instant of a column, before DATE() or DATE_FORMAT(). */
#define ZONE_SQL "INTERVAL 8 HOUR"
#define ZONE_TODAY_SQL "DATE(UTC_TIMESTAMP() + " ZONE_SQL ")"

/* "2026-05-06", the day on which an instant (ms since 1970) lies. In the arena. */
const char *zone_day(struct arena *arena, int64_t ms) NONNULL RETURNS_NONNULL;
/* "2026-05-06 14:00:00", as files for people say it, in the arena; NULL for 0. */
const char *OR_NULL zone_time(struct arena *arena, int64_t ms) NONNULL;
/* The first instant of a day that date_valid() takes; INT64_MIN for another text. */
int64_t zone_day_begin(const char *OR_NULL day);
/* The last millisecond of the day `days` after the one on which `ms` lies: what is valid so many days is so until that
 * day is over. */
int64_t zone_day_end(int64_t ms, int64_t days);

#endif
