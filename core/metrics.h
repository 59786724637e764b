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
void metrics_destroy(struct metrics *metrics);

/* name, help and labels (NULL for none) must outlive the registry. The same name may come with other labels; name and
 * labels twice give the same metric. From any thread, but takes a lock. */
struct metric *metrics_counter(struct metrics *metrics, const char *name, const char *help,
			       const char *labels) RETURNS_NONNULL;
struct metric *metrics_gauge(struct metrics *metrics, const char *name, const char *help,
			     const char *labels) RETURNS_NONNULL;
/* bounds: upper bounds in rising order, in the unit observed, must outlive the registry; NULL for seconds from 1 ms to
 * 10 s. */
struct metric *metrics_histogram(struct metrics *metrics, const char *name, const char *help, const char *labels,
                                 const double *bounds, size_t count) RETURNS_NONNULL;
/* Asked for when written out; read must be safe on any thread and not block. */
void metrics_counter_fn(struct metrics *metrics, const char *name, const char *help, const char *labels,
                        int64_t (*read)(void *arg), void *arg);
void metrics_gauge_fn(struct metrics *metrics, const char *name, const char *help, const char *labels,
                      int64_t (*read)(void *arg), void *arg);

/* A NULL metric is ignored, so that code without a registry runs all the same. */
void metric_add(struct metric *metric, int64_t n);
void metric_set(struct metric *metric, int64_t value);
void metric_observe(struct metric *metric, double value);

void metrics_write(struct metrics *metrics, struct buf *out);

#endif
