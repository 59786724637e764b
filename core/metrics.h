/* metrics: counters, gauges and histograms, written out for Prometheus (text format 0.0.4).
 *
 * A registry is built when the server is wired; afterwards values change without locks. Names are
 * "qilian_<noun>_<unit>", counters end in _total. Labels are few and fixed at registration: never ids, paths or
 * addresses.
 *
 *     struct metric *sent = metrics_counter(metrics, "qilian_notices_total", "Notices by outcome", "outcome=\"sent\"");
 *     metric_add(sent, 1);
 */
#ifndef QILIAN_CORE_METRICS_H
#define QILIAN_CORE_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "core/attributes.h"

struct buf;
struct metric;
struct metrics;

struct metrics *metrics_create(void) RETURNS_NONNULL;
void metrics_destroy(struct metrics *OR_NULL metrics);

/* name, help and labels (NULL for none) must outlive the registry. The same name may come with other labels; name and
 * labels twice give the same metric. From any thread, but takes a lock. */
struct metric *metrics_counter(struct metrics *metrics, const char *name, const char *help,
			       const char *OR_NULL labels) NONNULL_AT(1, 2, 3) RETURNS_NONNULL;
struct metric *metrics_gauge(struct metrics *metrics, const char *name, const char *help,
			     const char *OR_NULL labels) NONNULL_AT(1, 2, 3) RETURNS_NONNULL;
/* bounds: upper bounds in rising order, in the unit observed, must outlive the registry; NULL for seconds from 1 ms to
 * 10 s. */
struct metric *metrics_histogram(struct metrics *metrics, const char *name, const char *help,
	const char *OR_NULL labels, const double *OR_NULL bounds, size_t count) NONNULL_AT(1, 2, 3) RETURNS_NONNULL;
/* Asked for when written out; read must be safe on any thread and not block. */
void metrics_counter_fn(struct metrics *metrics, const char *name, const char *help, const char *OR_NULL labels,
                        int64_t (*read)(void *arg), void *OR_NULL arg) NONNULL_AT(1, 2, 3, 5);
void metrics_gauge_fn(struct metrics *metrics, const char *name, const char *help, const char *OR_NULL labels,
                      int64_t (*read)(void *arg), void *OR_NULL arg) NONNULL_AT(1, 2, 3, 5);

/* A NULL metric is ignored, so that code without a registry runs all the same. */
void metric_add(struct metric *OR_NULL metric, int64_t n);
void metric_set(struct metric *OR_NULL metric, int64_t value);
void metric_observe(struct metric *OR_NULL metric, double value);

void metrics_write(struct metrics *metrics, struct buf *out) NONNULL;

#endif
