/* calendar: which days of a network are working days, and deadlines counted in them.
 *
 * day       a local date as days since 1970-01-01. Local means China's (core/text/zone.h); instants are milliseconds
 *           since the epoch in UTC.
 * rule      Monday to Friday work, Saturday and Sunday rest; days_off (public holidays) and days_on (make-up days) of
 *           the State Council's yearly notice override that, day by day
 * estimate  days after `known_until` follow the weekends and what the calendar guesses: the notice for a year appears
 *           late in the year before it. Whoever shows a deadline there can say so.
 *
 * config/calendars/<name>.yaml is what a network starts with; afterwards table calendar_day holds its days. A calendar
 * is filled, then only read, by any number of threads.
 */
#ifndef QILIAN_TENANTS_RULES_CALENDAR_H
#define QILIAN_TENANTS_RULES_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/attributes.h"

typedef int32_t calendar_day;

struct calendar;

struct calendar *calendar_create(void) RETURNS_NONNULL;
/* Accepts NULL. */
void calendar_destroy(struct calendar *calendar);
/* Overrides the weekday rule, and what was set before. */
void calendar_set_day(struct calendar *calendar, calendar_day day, bool working);
/* The last day that is no estimate; without it every day is one. */
void calendar_set_known_until(struct calendar *calendar, calendar_day day);

/* One span of a calendar file, "2025-01-28" or "2025-01-28/2025-02-04"; false if it is none, or longer than a year. */
bool calendar_set_span(struct calendar *calendar, const char *span, bool working);

bool calendar_is_working(const struct calendar *calendar, calendar_day day);
bool calendar_is_estimate(const struct calendar *calendar, calendar_day day);

/* The n-th working day after `day`, which itself does not count; negative n counts backwards; 0 gives `day` if it
 * works, else the next working day. */
calendar_day calendar_add(const struct calendar *calendar, calendar_day day, int n);
/* Working days d with from < d <= to; negative if to lies before from. calendar_between(d, calendar_add(d, n)) is n. */
int calendar_between(const struct calendar *calendar, calendar_day from, calendar_day to);

calendar_day calendar_day_of(const struct calendar *calendar, int64_t instant_ms);
/* The first instant of a day. */
int64_t calendar_start_of(const struct calendar *calendar, calendar_day day);
/* When a deadline of n working days that began to run at `from_ms` is over: the end of the n-th working day after that
 * day. With 0, the end of the same working day, so that what is left on the next one is overdue (HN-2). */
int64_t calendar_deadline(const struct calendar *calendar, int64_t from_ms, int n);

/* YYYY-MM-DD of a day that exists, from 1970 to 9999. */
bool calendar_day_parse(const char *text, calendar_day *day);
const char *calendar_day_text(struct arena *arena, calendar_day day) RETURNS_NONNULL;
/* 0 Monday … 6 Sunday. */
int calendar_weekday(calendar_day day);

#endif
