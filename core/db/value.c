#include <stdlib.h>
#include <string.h>

#include "core/db/internal.h"

struct db_value db_text(const char *text)
{
	return text ? (struct db_value){DB_TEXT, {.s = {text, strlen(text)}}} : db_null();
}

struct db_value db_bytes(const void *bytes, size_t len)
{
	return bytes ? (struct db_value){DB_BYTES, {.s = {bytes, len}}} : db_null();
}

struct db_value db_contains(struct arena *arena, const char *text)
{
	if (!text)
		return db_null();
	char *pattern = arena_alloc(arena, 2 * strlen(text) + 3), *out = pattern;
	*out++ = '%';
	for (; *text; text++) {
		if (strchr("%_\\", *text))
			*out++ = '\\';
		*out++ = *text;
	}
	*out = '%';
	return db_text(pattern);
}

struct db_value db_id(const struct uuid *id)
{
	static const struct uuid nil;
	return id && memcmp(id, &nil, sizeof(nil)) != 0 ? db_bytes(id->b, sizeof(id->b)) : db_null();
}

struct db_value db_time(int64_t ms)
{
	return ms ? (struct db_value){DB_TIME, {.i = ms}} : db_null();
}

/* ---- Times: days of the proleptic Gregorian calendar, counted in eras of 400 years ---- */

static int64_t days_of_date(int64_t year, unsigned month, unsigned day)
{
	year -= month <= 2;
	int64_t era = (year >= 0 ? year : year - 399) / 400;
	int64_t year_of_era = year - era * 400;
	int64_t day_of_year = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static void date_of_days(int64_t days, MYSQL_TIME *out)
{
	days += 719468;
	int64_t era = (days >= 0 ? days : days - 146096) / 146097;
	int64_t day_of_era = days - era * 146097;
	int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t month = (5 * day_of_year + 2) / 153;
	out->day = (unsigned)(day_of_year - (153 * month + 2) / 5 + 1);
	out->month = (unsigned)(month < 10 ? month + 3 : month - 9);
	out->year = (unsigned)(year_of_era + era * 400 + (out->month <= 2));
}

MYSQL_TIME time_of_ms(int64_t ms)
{
	MYSQL_TIME time = {.time_type = MYSQL_TIMESTAMP_DATETIME};
	int64_t day = ms >= 0 ? ms / 86400000 : -((86399999 - ms) / 86400000);
	int64_t rest = ms - day * 86400000;
	date_of_days(day, &time);
	time.hour = (unsigned)(rest / 3600000);
	time.minute = (unsigned)(rest / 60000 % 60);
	time.second = (unsigned)(rest / 1000 % 60);
	time.second_part = (unsigned long)(rest % 1000) * 1000;
	return time;
}

int64_t ms_of_time(const MYSQL_TIME *time)
{
	if (!time->month)
		return 0; /* a zero date, which strict mode does not let in */
	return ((days_of_date(time->year, time->month, time->day) * 24 + time->hour) * 60 + time->minute) * 60000 +
	       (int64_t)time->second * 1000 + (int64_t)time->second_part / 1000;
}

/* ---- Reading a result ---- */

const struct db_value *db_get(const struct db_result *result, size_t row, size_t column)
{
	if (row >= result->rows || column >= result->columns)
		abort();
	return &result->values[row * result->columns + column];
}

const char *db_get_text(const struct db_result *result, size_t row, size_t column)
{
	const struct db_value *value = db_get(result, row, column);
	if (value->type == DB_NULL)
		return NULL;
	if (value->type != DB_TEXT && value->type != DB_BYTES)
		abort();
	return value->s.data;
}

const char *db_need_text(const struct db_result *result, size_t row, size_t column)
{
	const char *text = db_get_text(result, row, column);
	return text ? text : "";
}

const void *db_need_bytes(const struct db_result *result, size_t row, size_t column, size_t size)
{
	static const unsigned char zeros[64];
	const char *bytes = db_get_text(result, row, column);
	if (size > sizeof zeros)
		abort();
	return bytes && db_get(result, row, column)->s.len >= size ? (const void *)bytes : zeros;
}

int64_t db_get_int(const struct db_result *result, size_t row, size_t column)
{
	const struct db_value *value = db_get(result, row, column);
	switch (value->type) {
	case DB_NULL:
		return 0;
	case DB_INT:
	case DB_UINT:
	case DB_TIME:
		return value->i;
	case DB_TEXT:
		return strtoll(value->s.data, NULL, 10);
	default:
		abort();
	}
}

uint64_t db_get_uint(const struct db_result *result, size_t row, size_t column)
{
	const struct db_value *value = db_get(result, row, column);
	return value->type == DB_TEXT ? strtoull(value->s.data, NULL, 10) : (uint64_t)db_get_int(result, row, column);
}

double db_get_double(const struct db_result *result, size_t row, size_t column)
{
	const struct db_value *value = db_get(result, row, column);
	if (value->type == DB_DOUBLE)
		return value->d;
	return value->type == DB_TEXT ? strtod(value->s.data, NULL) : (double)db_get_int(result, row, column);
}

bool db_get_id(const struct db_result *result, size_t row, size_t column, struct uuid *out)
{
	const struct db_value *value = db_get(result, row, column);
	*out = (struct uuid){{0}};
	if (value->type == DB_NULL)
		return false;
	if (value->type != DB_BYTES || value->s.len != sizeof(out->b))
		abort();
	memcpy(out->b, value->s.data, sizeof(out->b));
	return true;
}

int64_t db_get_time(const struct db_result *result, size_t row, size_t column)
{
	const struct db_value *value = db_get(result, row, column);
	if (value->type != DB_TIME && value->type != DB_NULL)
		abort();
	return value->type == DB_NULL ? 0 : value->i;
}
