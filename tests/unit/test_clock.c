/* The database's time, whatever the server's own clock says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/clock.h"

enum { DAY = 86400000 };

static int64_t own(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void close_to(int64_t a, int64_t b)
{
	assert_in_range(a - b + 1000, 0, 2000);
}

static void before_anything_is_heard_the_own_clock_counts(void **state)
{
	assert_false(clock_is_heard());
	close_to(clock_utc_ms(), own());
	assert_int_equal(clock_off_ms(), 0);
}

static void the_database_is_believed(void **state)
{
	static const int64_t ahead[] = {DAY, -DAY, 6000, 0, 365LL * DAY};

	for (size_t i = 0; i < sizeof ahead / sizeof *ahead; i++) {
		clock_heard(own() + ahead[i], clock_steady_ms());
		assert_true(clock_is_heard());
		close_to(clock_utc_ms(), own() + ahead[i]);
		close_to(clock_off_ms(), -ahead[i]);
	}
}

/* An answer that was long under way, or a little off, moves nothing. */
static void jitter_moves_nothing(void **state)
{
	clock_heard(own(), clock_steady_ms());
	int64_t off = clock_utc_ms() - clock_steady_ms();
	clock_heard(off + clock_steady_ms() + 40, clock_steady_ms());
	clock_heard(off + clock_steady_ms() - 40, clock_steady_ms());
	clock_heard(off + clock_steady_ms() - 2000, clock_steady_ms() - 4000);
	clock_heard(off + clock_steady_ms() - 3900, clock_steady_ms() - 4000);
	assert_int_equal(clock_utc_ms() - clock_steady_ms(), off);
	clock_heard(off + clock_steady_ms() + 200, clock_steady_ms());
	close_to(clock_utc_ms() - clock_steady_ms(), off + 200);
	assert_int_not_equal(clock_utc_ms() - clock_steady_ms(), off);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(before_anything_is_heard_the_own_clock_counts),
		cmocka_unit_test(the_database_is_believed), cmocka_unit_test(jitter_moves_nothing)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
