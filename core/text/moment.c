#include "core/text/moment.h"

#include <stdio.h>
#include <string.h>

#include "core/text/text.h"

enum { DAY_MS = 24 * 3600 * 1000 };

/* Days since 1970-01-01 of a day in the Gregorian calendar; years 1970 … 9999 are all that columns hold here. */
static int64_t days_of(int year, int month, int day)
{
	int y = month <= 2 ? year - 1 : year;
	int era = y / 400, of_era = y - era * 400;
	int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return (int64_t)era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void civil_of(int64_t days, int *year, int *month, int *day)
{
	days += 719468;
	int64_t era = (days >= 0 ? days : days - 146096) / 146097;
	int of_era = (int)(days - era * 146097);
	int years = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int of_year = of_era - (365 * years + years / 4 - years / 100);
	int shifted = (5 * of_year + 2) / 153;
	*day = of_year - (153 * shifted + 2) / 5 + 1;
	*month = shifted < 10 ? shifted + 3 : shifted - 9;
	*year = (int)(years + era * 400) + (*month <= 2);
}

static int days_in(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return month == 2 && leap ? 29 : days[month - 1];
}

/* `count` digits at text; -1 if they are none. */
static int digits(const char *text, int count)
{
	int value = 0;
	for (int i = 0; i < count; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		value = value * 10 + text[i] - '0';
	}
	return value;
}

/* The first ten characters as a day; text must hold at least ten. */
static bool read_day(const char *text, int64_t *days)
{
	int year = digits(text, 4), month = digits(text + 5, 2), day = digits(text + 8, 2);
	if (year < 1000 || month < 1 || month > 12 || day < 1 || text[4] != '-' || text[7] != '-' ||
		day > days_in(year, month))
		return false;
	*days = days_of(year, month, day);
	return true;
}

bool date_valid(const char *text)
{
	int64_t days;
	return text && strlen(text) == 10 && read_day(text, &days);
}

/* A number of one or two digits at *at, moved behind it; -1 for none. */
static int one_or_two(const char **at)
{
	size_t count = strspn(*at, "0123456789");
	int value = count == 1 || count == 2 ? digits(*at, (int)count) : -1;
	*at += count;
	return value;
}

/* What parts the numbers of a day; moves behind it. */
static bool skip_any(const char **at, const char *const *signs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t len = strlen(signs[i]);
		if (strncmp(*at, signs[i], len) == 0) {
			*at += len + strspn(*at + len, " ");
			return true;
		}
	}
	return false;
}

const char *date_read(struct arena *arena, const char *text)
{
	static const char *const behind_year[] = {"-", "/", ".", "年"}, *const behind_month[] = {"-", "/", ".", "月"},
				 *const behind_day[] = {"日", "号"};
	const char *at = text_narrow(arena, text), *out;
	if (strlen(at) == 8 && strspn(at, "0123456789") == 8) {
		out = arena_printf(arena, "%.4s-%.2s-%.2s", at, at + 4, at + 6);
		return date_valid(out) ? out : NULL;
	}
	int year = strspn(at, "0123456789") == 4 ? digits(at, 4) : -1;
	at += year < 0 ? 0 : 4;
	if (year < 0 || !skip_any(&at, behind_year, 4))
		return NULL;
	int month = one_or_two(&at);
	if (month < 0 || !skip_any(&at, behind_month, 4))
		return NULL;
	int day = one_or_two(&at);
	skip_any(&at, behind_day, 2);
	out = arena_printf(arena, "%04d-%02d-%02d", year, month, day);
	return day > 0 && !*at && date_valid(out) ? out : NULL;
}

void date_format(int64_t ms, char out[11])
{
	int year, month, day;
	civil_of(ms / DAY_MS - (ms % DAY_MS < 0), &year, &month, &day);
	char text[48];
	snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, day);
	memcpy(out, text, 10);
	out[10] = 0;
}

void time_format(int64_t ms, char out[25])
{
	int64_t rest = ms % DAY_MS;
	if (rest < 0)
		rest += DAY_MS;
	date_format(ms, out);
	char text[64];
	snprintf(text, sizeof text, "T%02d:%02d:%02d.%03dZ", (int)(rest / 3600000), (int)(rest / 60000 % 60),
		(int)(rest / 1000 % 60), (int)(rest % 1000));
	memcpy(out + 10, text, 15);
}

/* "Z" or "+08:00" at text: minutes east of UTC. */
static bool read_zone(const char *text, int *minutes)
{
	*minutes = 0;
	if (strcmp(text, "Z") == 0 || strcmp(text, "z") == 0)
		return true;
	if (strlen(text) != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':')
		return false;
	int hours = digits(text + 1, 2), rest = digits(text + 4, 2);
	if (hours < 0 || hours > 23 || rest < 0 || rest > 59)
		return false;
	*minutes = (hours * 60 + rest) * (text[0] == '-' ? -1 : 1);
	return true;
}

bool time_parse(const char *text, int64_t *ms)
{
	int64_t days;
	if (strnlen(text, 20) < 20 || !read_day(text, &days) || (text[10] != 'T' && text[10] != 't') ||
		text[13] != ':' || text[16] != ':')
		return false;
	int hour = digits(text + 11, 2), minute = digits(text + 14, 2), second = digits(text + 17, 2);
	if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
		return false;
	const char *rest = text + 19;
	int fraction = 0;
	if (*rest == '.') {
		int count = (int)strspn(++rest, "0123456789");
		if (count < 1 || count > 9)
			return false;
		for (int i = 0; i < 3; i++)
			fraction = fraction * 10 + (i < count ? rest[i] - '0' : 0);
		rest += count;
	}
	int zone;
	if (!read_zone(rest, &zone))
		return false;
	*ms = days * DAY_MS + hour * 3600000LL + minute * 60000LL + second * 1000LL + fraction - zone * 60000LL;
	/* in any zone a year of four digits */
	return *ms >= days_of(1000, 1, 2) * DAY_MS && *ms < days_of(9999, 12, 31) * DAY_MS;
}
