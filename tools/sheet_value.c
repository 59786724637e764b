#include "tools/sheet_value.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ZEROS_MAX = 30, LAST_DAY = 2958465 /* 9999-12-31 */, DAY_S = 86400, DAY_TEXT = 80 };

/* Past a text in quotes, one in brackets (a colour, a locale), or what stands behind a sign for itself. */
static const char *skip(const char *at)
{
	const char *end = *at == '"' ? strchr(at + 1, '"') : *at == '[' ? strchr(at, ']') : NULL;
	if (end)
		return end + 1;
	return (*at == '\\' || *at == '_' || *at == '*') && at[1] ? at + 2 : at;
}

struct number_format value_format(const char *code)
{
	bool day = false, time = false, percent = false;
	size_t zeros = strspn(code, "0");
	if (zeros > 1 && zeros <= ZEROS_MAX && (!code[zeros] || code[zeros] == ';'))
		return (struct number_format){LOOK_ZEROS, (unsigned)zeros};
	if (strncmp(code, "General", 7) == 0)
		return (struct number_format){LOOK_PLAIN, 0};
	for (const char *at = code; *at && *at != ';';) {
		const char *next = skip(at);
		if (next == at) {
			day |= strchr("yYdD", *at) != NULL;
			time |= strchr("hHsS", *at) != NULL;
			percent |= *at == '%';
			next = at + 1;
		}
		at = next;
	}
	enum number_look look = day && time ? LOOK_BOTH : day ? LOOK_DATE : time ? LOOK_TIME : LOOK_PLAIN;
	return (struct number_format){look == LOOK_PLAIN && percent ? LOOK_PERCENT : look, 0};
}

struct number_format value_format_known(unsigned id)
{
	enum number_look look = LOOK_PLAIN;
	if (id == 9 || id == 10)
		look = LOOK_PERCENT;
	else if ((id >= 14 && id <= 17) || (id >= 27 && id <= 31) || id == 36 || (id >= 50 && id <= 54) || id == 57 ||
		id == 58)
		look = LOOK_DATE;
	else if ((id >= 18 && id <= 21) || (id >= 32 && id <= 35) || (id >= 45 && id <= 47) || id == 55 || id == 56)
		look = LOOK_TIME;
	else if (id == 22)
		look = LOOK_BOTH;
	return (struct number_format){look, 0};
}

/* Days since 1899-12-30 as a day (Howard Hinnant, "chrono-compatible low-level date algorithms"). */
static void put_day(long serial, char *out)
{
	long z = serial - 25569 + 719468, era = z / 146097, doe = z - era * 146097;
	long yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365, doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	long mp = (5 * doy + 2) / 153, day = doy - (153 * mp + 2) / 5 + 1, month = mp < 10 ? mp + 3 : mp - 9;
	snprintf(out, DAY_TEXT, "%04ld-%02ld-%02ld", yoe + era * 400 + (month <= 2), month, day);
}

static bool put_moment(double value, enum number_look look, bool since_1904, char out[VALUE_MAX])
{
	char day[DAY_TEXT] = "", time[DAY_TEXT] = "";
	if (value < 0 || value > LAST_DAY)
		return false;
	if (since_1904)
		value += 1462;
	else if (value < 60) /* its year 1900 has a day too many */
		value += 1;
	long whole = (long)floor(value), seconds = lround((value - (double)whole) * DAY_S);
	whole += seconds / DAY_S;
	seconds %= DAY_S;
	put_day(whole, day);
	snprintf(time, sizeof time, "%02ld:%02ld:%02ld", seconds / 3600, seconds / 60 % 60, seconds % 60);
	bool with_day = look != LOOK_TIME, with_time = look == LOOK_TIME || seconds;
	snprintf(
		out, VALUE_MAX, "%s%s%s", with_day ? day : "", with_day && with_time ? " " : "", with_time ? time : "");
	return true;
}

static bool put_plain(double value, char out[VALUE_MAX])
{
	static const double exact = 1e15; /* digits that Excel keeps */
	if (value == floor(value) && fabs(value) < 1e300) {
		snprintf(out, VALUE_MAX, "%.0f", value);
		return fabs(value) >= exact;
	}
	snprintf(out, VALUE_MAX, "%.15g", value);
	return false;
}

bool value_number(const char *text, struct number_format format, bool since_1904, char out[VALUE_MAX])
{
	char *end;
	double value = strtod(text, &end);
	if (end == text || *end || !isfinite(value)) {
		snprintf(out, VALUE_MAX, "%s", text);
		return false;
	}
	if (format.look == LOOK_ZEROS && value >= 0 && value < 1e15 && value == floor(value)) {
		snprintf(out, VALUE_MAX, "%0*.0f", (int)format.zeros, value);
		return false;
	}
	if (format.look == LOOK_PERCENT) {
		put_plain(value * 100, out);
		strcat(out, "%");
		return false;
	}
	if ((format.look == LOOK_DATE || format.look == LOOK_TIME || format.look == LOOK_BOTH) &&
		put_moment(value, format.look, since_1904, out))
		return false;
	return put_plain(value, out);
}
