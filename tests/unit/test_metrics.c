#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/buf.h"
#include "core/metrics.h"

static int64_t seven(void *arg)
{
	return 7;
}

static void test_text(void **state)
{
	static const double bounds[] = {1, 10};
	struct metrics *metrics = metrics_create();
	struct buf out;
	buf_init(&out);
	struct metric *b = metrics_counter(metrics, "b_total", "Bees", "kind=\"wild\"");
	struct metric *histogram = metrics_histogram(metrics, "h", "Heights", NULL, bounds, 2);
	metric_add(metrics_counter(metrics, "b_total", "Bees", "kind=\"tame\""), 3);
	metric_set(metrics_gauge(metrics, "a", "Apples", NULL), -2);
	metrics_gauge_fn(metrics, "c", "Cats", NULL, seven, NULL);
	metric_add(b, 1);
	metric_add(metrics_counter(metrics, "b_total", "Bees", "kind=\"wild\""), 1);
	metric_observe(histogram, 0.5);
	metric_observe(histogram, 1);
	metric_observe(histogram, 5);
	metric_observe(histogram, 100);
	metric_add(NULL, 1);
	metric_observe(NULL, 1);
	metrics_write(metrics, &out);
	assert_string_equal(out.data,
		"# HELP a Apples\n# TYPE a gauge\na -2\n"
		"# HELP b_total Bees\n# TYPE b_total counter\nb_total{kind=\"tame\"} 3\nb_total{kind=\"wild\"} 2\n"
		"# HELP c Cats\n# TYPE c gauge\nc 7\n"
		"# HELP h Heights\n# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_bucket{le=\"10\"} "
		"3\nh_bucket{le=\"+Inf\"} 4\n"
		"h_sum 106.500000\nh_count 4\n");
	buf_finish(&out);
	metrics_destroy(metrics);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_text)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
