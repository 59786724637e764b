#include "core/text/zone.h"

#include "core/text/moment.h"

enum { DAY_MS = 24 * 3600 * 1000 };

const char *zone_day(struct arena *arena, int64_t ms)
{
	char text[11];
	date_format(ms + ZONE_MS, text);
	return arena_strdup(arena, text);
}

const char *zone_time(struct arena *arena, int64_t ms)
{
	enum { TO_SECONDS = 19 };
	char text[25];
	if (!ms)
		return NULL;
	time_format(ms + ZONE_MS, text);
	text[10] = ' ';
	return arena_printf(arena, "%.*s", TO_SECONDS, text);
}

int64_t zone_day_begin(const char *day)
{
	char text[] = "0000-00-00T00:00:00Z";
	int64_t ms;
	if (!date_valid(day))
		return INT64_MIN;
	for (int i = 0; i < 10; i++)
		text[i] = day[i];
	return time_parse(text, &ms) ? ms - ZONE_MS : INT64_MIN;
}

int64_t zone_day_end(int64_t ms, int64_t days)
{
	int64_t local = ms + ZONE_MS, rest = local % DAY_MS;
	return ms - (rest < 0 ? rest + DAY_MS : rest) + (days + 1) * DAY_MS - 1;
}
