#include "core/metrics.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"

enum metric_kind { COUNTER, GAUGE, HISTOGRAM };

enum { BOUNDS_MAX = 24 };

struct metric {
	struct metric *next; /* metrics.first, in the order of their names */
	enum metric_kind kind;
	const char *name, *help, *labels;
	_Atomic int64_t value;
	int64_t (*read)(void *arg);
	void *arg;
	const double *bounds;
	size_t bound_count;
	_Atomic int64_t buckets[BOUNDS_MAX + 1];
	_Atomic int64_t sum; /* in millionths, since a double cannot be added to atomically */
};

struct metrics {
	pthread_mutex_t lock; /* of the list; values need none */
	struct metric *first;
};

static const double seconds[] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};

struct metrics *metrics_create(void)
{
	struct metrics *metrics = calloc(1, sizeof(*metrics));
	if (!metrics)
		abort();
	pthread_mutex_init(&metrics->lock, NULL);
	return metrics;
}

void metrics_destroy(struct metrics *metrics)
{
	if (!metrics)
		return;
	for (struct metric *metric = metrics->first, *next; metric; metric = next) {
		next = metric->next;
		free(metric);
	}
	pthread_mutex_destroy(&metrics->lock);
	free(metrics);
}

static int compare(const struct metric *metric, const char *name, const char *labels)
{
	int order = strcmp(metric->name, name);
	return order ? order : strcmp(metric->labels, labels);
}

/* Kept sorted, because all lines of a name must stand together. */
static struct metric *add(
	struct metrics *metrics, enum metric_kind kind, const char *name, const char *help, const char *labels)
{
	if (!labels)
		labels = "";
	pthread_mutex_lock(&metrics->lock);
	struct metric **at = &metrics->first;
	while (*at && compare(*at, name, labels) < 0)
		at = &(*at)->next;
	struct metric *metric = *at;
	if (!metric || compare(metric, name, labels) != 0) {
		metric = calloc(1, sizeof(*metric));
		if (!metric)
			abort();
		metric->kind = kind;
		metric->name = name;
		metric->help = help;
		metric->labels = labels;
		metric->next = *at;
		*at = metric;
	}
	pthread_mutex_unlock(&metrics->lock);
	return metric;
}

struct metric *metrics_counter(struct metrics *metrics, const char *name, const char *help, const char *labels)
{
	return add(metrics, COUNTER, name, help, labels);
}

struct metric *metrics_gauge(struct metrics *metrics, const char *name, const char *help, const char *labels)
{
	return add(metrics, GAUGE, name, help, labels);
}

struct metric *metrics_histogram(struct metrics *metrics, const char *name, const char *help, const char *labels,
                                 const double *bounds, size_t bound_count)
{
	struct metric *metric = add(metrics, HISTOGRAM, name, help, labels);
	metric->bounds = bounds ? bounds : seconds;
	metric->bound_count = bounds ? bound_count : sizeof(seconds) / sizeof(*seconds);
	if (metric->bound_count > BOUNDS_MAX)
		metric->bound_count = BOUNDS_MAX;
	return metric;
}

static void add_fn(struct metrics *metrics, enum metric_kind kind, const char *name, const char *help,
	const char *labels, int64_t (*read)(void *arg), void *arg)
{
	struct metric *metric = add(metrics, kind, name, help, labels);
	metric->read = read;
	metric->arg = arg;
}

void metrics_counter_fn(struct metrics *metrics, const char *name, const char *help, const char *labels,
                        int64_t (*read)(void *arg), void *arg)
{
	add_fn(metrics, COUNTER, name, help, labels, read, arg);
}

void metrics_gauge_fn(struct metrics *metrics, const char *name, const char *help, const char *labels,
                      int64_t (*read)(void *arg), void *arg)
{
	add_fn(metrics, GAUGE, name, help, labels, read, arg);
}

void metric_add(struct metric *metric, int64_t n)
{
	if (metric)
		atomic_fetch_add_explicit(&metric->value, n, memory_order_relaxed);
}

void metric_set(struct metric *metric, int64_t value)
{
	if (metric)
		atomic_store_explicit(&metric->value, value, memory_order_relaxed);
}

void metric_observe(struct metric *metric, double value)
{
	if (!metric)
		return;
	size_t i = 0;
	while (i < metric->bound_count && value > metric->bounds[i])
		i++;
	atomic_fetch_add_explicit(&metric->buckets[i], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&metric->sum, (int64_t)(value * 1e6), memory_order_relaxed);
}

/* ---- Writing ---- */

static void write_histogram(struct metric *metric, struct buf *out)
{
	const char *comma = *metric->labels ? "," : "";
	int64_t total = 0;
	for (size_t i = 0; i <= metric->bound_count; i++) {
		total += atomic_load_explicit(&metric->buckets[i], memory_order_relaxed);
		char bound[32] = "+Inf";
		if (i < metric->bound_count)
			snprintf(bound, sizeof(bound), "%.10g", metric->bounds[i]);
		buf_printf(out, "%s_bucket{%s%sle=\"%s\"} %" PRId64 "\n", metric->name, metric->labels, comma, bound,
			total);
	}
	const char *open = *metric->labels ? "{" : "", *close = *metric->labels ? "}" : "";
	buf_printf(out, "%s_sum%s%s%s %.6f\n", metric->name, open, metric->labels, close,
		(double)atomic_load_explicit(&metric->sum, memory_order_relaxed) / 1e6);
	buf_printf(out, "%s_count%s%s%s %" PRId64 "\n", metric->name, open, metric->labels, close, total);
}

static void write_metric(struct metric *metric, struct buf *out)
{
	if (metric->kind == HISTOGRAM) {
		write_histogram(metric, out);
		return;
	}
	int64_t value =
		metric->read ? metric->read(metric->arg) : atomic_load_explicit(&metric->value, memory_order_relaxed);
	const char *open = *metric->labels ? "{" : "", *close = *metric->labels ? "}" : "";
	buf_printf(out, "%s%s%s%s %" PRId64 "\n", metric->name, open, metric->labels, close, value);
}

void metrics_write(struct metrics *metrics, struct buf *out)
{
	static const char *const kinds[] = {"counter", "gauge", "histogram"};
	pthread_mutex_lock(&metrics->lock);
	const char *name = "";
	for (struct metric *metric = metrics->first; metric; metric = metric->next) {
		if (strcmp(metric->name, name) != 0)
			buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", metric->name, metric->help, metric->name,
				kinds[metric->kind]);
		name = metric->name;
		write_metric(metric, out);
	}
	pthread_mutex_unlock(&metrics->lock);
}
