#include "tenants/rules/calendar.h"

#include <stdlib.h>
#include <string.h>

#include "core/text/zone.h"

#define DAY_MS (24 * 3600 * 1000LL)

/* Enough for the longest deadline anyone would write, and an end to every search. */
#define SEARCH_DAYS 36600

struct override {
	calendar_day day;
	bool working;
};

struct calendar {
	struct override *overrides; /* by day */
	size_t count, cap;
	calendar_day known_until;
};

struct calendar *calendar_create(void)
{
	struct calendar *calendar = calloc(1, sizeof *calendar);
	if (!calendar)
		abort();
	return calendar;
}

void calendar_destroy(struct calendar *calendar)
{
	if (!calendar)
		return;
	free(calendar->overrides);
	free(calendar);
}

void calendar_set_known_until(struct calendar *calendar, calendar_day day)
{
	calendar->known_until = day;
}

/* The place of the day, or where it belongs. */
static size_t place_of(const struct calendar *calendar, calendar_day day)
{
	size_t low = 0, high = calendar->count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (calendar->overrides[middle].day < day)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_at(const struct calendar *calendar, size_t place, calendar_day day)
{
	return place < calendar->count && calendar->overrides[place].day == day;
}

void calendar_set_day(struct calendar *calendar, calendar_day day, bool working)
{
	size_t place = place_of(calendar, day);

	if (!is_at(calendar, place, day)) {
		if (calendar->count == calendar->cap) {
			calendar->cap = calendar->cap ? calendar->cap * 2 : 128;
			calendar->overrides =
				reallocarray(calendar->overrides, calendar->cap, sizeof *calendar->overrides);
			if (!calendar->overrides)
				abort();
		}
		memmove(calendar->overrides + place + 1, calendar->overrides + place,
			(calendar->count - place) * sizeof *calendar->overrides);
		calendar->count++;
	}
	calendar->overrides[place] = (struct override){day, working};
}

/* --- dates ------------------------------------------------------------------------------------ */

/* Days since 1970-01-01 of a date of the Gregorian calendar; years begin in March, so that the leap day is the last. */
static calendar_day day_of_date(int year, int month, int day)
{
	int y = month > 2 ? year : year - 1, era = y / 400, of_era = y - era * 400;
	int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void date_of_day(calendar_day days, int *year, int *month, int *day)
{
	int z = days + 719468, era = z / 146097, of_era = z - era * 146097;
	int y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int of_year = of_era - (365 * y + y / 4 - y / 100), m = (5 * of_year + 2) / 153;

	*day = of_year - (153 * m + 2) / 5 + 1;
	*month = m < 10 ? m + 3 : m - 9;
	*year = y + era * 400 + (*month <= 2);
}

static int digits(const char *text, int n)
{
	int value = 0;
	for (int i = 0; i < n; i++)
		value = value * 10 + text[i] - '0';
	return value;
}

bool calendar_day_parse(const char *text, calendar_day *day)
{
	int year, month, of_month, y, m, d;

	if (strlen(text) != 10 || text[4] != '-' || text[7] != '-' || strspn(text, "0123456789-") != 10 ||
	    memchr(text, '-', 4) || memchr(text + 5, '-', 2) || memchr(text + 8, '-', 2))
		return false;
	year = digits(text, 4);
	month = digits(text + 5, 2);
	of_month = digits(text + 8, 2);
	if (year < 1970 || month < 1 || month > 12 || of_month < 1)
		return false;
	*day = day_of_date(year, month, of_month);
	date_of_day(*day, &y, &m, &d);
	return m == month && d == of_month; /* the 31st of June comes back as another date */
}

const char *calendar_day_text(struct arena *arena, calendar_day days)
{
	int year, month, day;
	date_of_day(days, &year, &month, &day);
	return arena_printf(arena, "%04d-%02d-%02d", year, month, day);
}

int calendar_weekday(calendar_day day)
{
	int weekday = (day + 3) % 7; /* 1970-01-01 was a Thursday */
	return weekday < 0 ? weekday + 7 : weekday;
}

/* --- counting --------------------------------------------------------------------------------- */

bool calendar_is_working(const struct calendar *calendar, calendar_day day)
{
	size_t place = place_of(calendar, day);
	return is_at(calendar, place, day) ? calendar->overrides[place].working : calendar_weekday(day) < 5;
}

bool calendar_is_estimate(const struct calendar *calendar, calendar_day day)
{
	return day > calendar->known_until;
}

calendar_day calendar_add(const struct calendar *calendar, calendar_day day, int n)
{
	int step = n < 0 ? -1 : 1, left = n < 0 ? -n : n;

	if (n == 0) {
		for (int i = 0; i < SEARCH_DAYS && !calendar_is_working(calendar, day); i++)
			day++;
		return day;
	}
	for (int i = 0; i < SEARCH_DAYS && left > 0; i++) {
		day += step;
		left -= calendar_is_working(calendar, day);
	}
	return day;
}

int calendar_between(const struct calendar *calendar, calendar_day from, calendar_day to)
{
	int count = 0;
	if (to < from)
		return -calendar_between(calendar, to, from);
	while (from++ < to)
		count += calendar_is_working(calendar, from);
	return count;
}

calendar_day calendar_day_of(const struct calendar *calendar, int64_t instant_ms)
{
	int64_t local = instant_ms + ZONE_MS;
	return (calendar_day)(local >= 0 ? local / DAY_MS : (local - DAY_MS + 1) / DAY_MS);
}

int64_t calendar_start_of(const struct calendar *calendar, calendar_day day)
{
	return day * DAY_MS - ZONE_MS;
}

int64_t calendar_deadline(const struct calendar *calendar, int64_t from_ms, int n)
{
	return calendar_start_of(calendar, calendar_add(calendar, calendar_day_of(calendar, from_ms), n) + 1);
}

bool calendar_set_span(struct calendar *calendar, const char *span, bool working)
{
	char first[11] = "";
	const char *last;
	calendar_day from, to;
	size_t len = strcspn(span, "/");

	if (len != 10)
		return false;
	memcpy(first, span, 10);
	last = span[10] == '/' ? span + 11 : first;
	if (!calendar_day_parse(first, &from) || !calendar_day_parse(last, &to) || to < from || to - from > 366)
		return false;
	for (; from <= to; from++)
		calendar_set_day(calendar, from, working);
	return true;
}
