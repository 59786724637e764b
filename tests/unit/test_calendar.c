/* Working days around Spring Festival, National Day and their make-up days. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tenants/rules/calendar.h"

static struct arena *arena;
static struct calendar *calendar;

static calendar_day day(const char *text)
{
	calendar_day d;
	assert_true(calendar_day_parse(text, &d));
	return d;
}

static int setup(void **state)
{
	arena = arena_create();
	calendar = calendar_create();
	/* Out of order on purpose. */
	assert_true(calendar_set_span(calendar, "2025-10-01/2025-10-08", false));
	assert_true(calendar_set_span(calendar, "2025-01-28/2025-02-04", false));
	assert_true(calendar_set_span(calendar, "2025-01-01/2025-01-01", false));
	calendar_set_day(calendar, day("2025-10-11"), true);
	calendar_set_day(calendar, day("2025-01-26"), true);
	calendar_set_day(calendar, day("2025-02-08"), true);
	calendar_set_day(calendar, day("2025-09-28"), true);
	calendar_set_known_until(calendar, day("2025-12-31"));
	assert_false(calendar_set_span(calendar, "2025-10-08/2025-10-01", false));
	assert_false(calendar_set_span(calendar, "2025-10-01/", false));
	assert_false(calendar_set_span(calendar, "2025-10-01/2027-10-01", false));
	assert_false(calendar_set_span(calendar, "10-01", false));
	return 0;
}

static int teardown(void **state)
{
	calendar_destroy(calendar);
	arena_destroy(arena);
	return 0;
}

static void dates(void **state)
{
	static const char *const bad[] = {"", "2025-1-01", "2025-02-29", "2025-13-01", "2025-00-10", "2025-06-31",
		"20250101", "2025-01-00", "1969-12-31", "2025-01-1x", "-025-01-01", "2025-01--1"};
	calendar_day d;

	assert_int_equal(day("1970-01-01"), 0);
	assert_int_equal(day("2000-02-29"), 11016);
	assert_int_equal(calendar_weekday(day("2025-01-26")), 6);
	assert_int_equal(calendar_weekday(day("1970-01-01")), 3);
	for (d = 0; d < 60000; d++)
		assert_int_equal(day(calendar_day_text(arena, d)), d);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(calendar_day_parse(bad[i], &d));
}

static void working_days(void **state)
{
	assert_false(calendar_is_working(calendar, day("2025-01-01")));
	assert_true(calendar_is_working(calendar, day("2025-01-26"))); /* a Sunday made up */
	assert_false(calendar_is_working(calendar, day("2025-01-28")));
	assert_false(calendar_is_working(calendar, day("2025-02-04")));
	assert_true(calendar_is_working(calendar, day("2025-02-08"))); /* a Saturday made up */
	assert_false(calendar_is_working(calendar, day("2025-02-09")));
	assert_true(calendar_is_working(calendar, day("2025-03-03")));
	assert_true(calendar_is_working(calendar, day("2027-02-08"))); /* not known: a Monday */
	assert_true(calendar_is_estimate(calendar, day("2026-01-01")));
	assert_false(calendar_is_estimate(calendar, day("2025-12-31")));
}

static void adding(void **state)
{
	static const struct {
		const char *from;
		int n;
		const char *to;
	} rows[] = {
		{"2025-03-03", 1, "2025-03-04"}, {"2025-03-07", 1, "2025-03-10"},  {"2025-03-08", 1, "2025-03-10"},
		{"2025-03-08", 0, "2025-03-10"}, {"2025-03-07", 0, "2025-03-07"},  {"2025-01-24", 1, "2025-01-26"},
		{"2025-01-27", 1, "2025-02-05"}, {"2025-01-24", 10, "2025-02-13"}, {"2025-09-30", 3, "2025-10-11"},
		{"2025-02-05", -1, "2025-01-27"}, {"2025-03-10", -1, "2025-03-07"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_string_equal(
			calendar_day_text(arena, calendar_add(calendar, day(rows[i].from), rows[i].n)), rows[i].to);
}

static void between_inverts_adding(void **state)
{
	for (calendar_day d = day("2025-01-01"); d < day("2025-12-31"); d += 3)
		for (int n = 1; n < 30; n += 4)
			assert_int_equal(calendar_between(calendar, d, calendar_add(calendar, d, n)), n);
	assert_int_equal(calendar_between(calendar, day("2025-03-03"), day("2025-03-03")), 0);
	assert_int_equal(calendar_between(calendar, day("2025-03-10"), day("2025-03-07")), -1);
}

/* The local day is Beijing's: 16:30 UTC on Monday is Tuesday there. */
static void deadlines(void **state)
{
	int64_t monday = day("2025-03-03") * 86400000LL;

	assert_int_equal(calendar_day_of(calendar, monday + 15 * 3600000LL), day("2025-03-03"));
	assert_int_equal(calendar_day_of(calendar, monday + 16 * 3600000LL + 1800000), day("2025-03-04"));
	assert_int_equal(calendar_day_of(calendar, -1), 0);
	assert_int_equal(calendar_day_of(calendar, -9 * 3600000LL), -1);
	assert_int_equal(calendar_start_of(calendar, day("2025-03-04")), monday + 16 * 3600000LL);
	/* Left over from the previous working day is overdue on the next (HN-2). */
	assert_int_equal(calendar_deadline(calendar, monday, 0), calendar_start_of(calendar, day("2025-03-04")));
	assert_int_equal(calendar_deadline(calendar, monday, 1), calendar_start_of(calendar, day("2025-03-05")));
	assert_int_equal(calendar_deadline(calendar, day("2025-03-08") * 86400000LL, 0),
		calendar_start_of(calendar, day("2025-03-11")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates),  cmocka_unit_test(working_days),           cmocka_unit_test(adding),
		cmocka_unit_test(between_inverts_adding), cmocka_unit_test(deadlines),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
