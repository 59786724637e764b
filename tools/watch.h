/* watch: what a server sees of how the installation fares, every few seconds: its own clock against the database's, and
 * whether background work is done. Nothing of it makes a server unready, since another one would be no better off;
 * /readyz, the metrics and the log say it.
 */
#ifndef QILIAN_TOOLS_WATCH_H
#define QILIAN_TOOLS_WATCH_H

#include "core/attributes.h"
#include "core/work/job.h"

struct buf;
struct metrics;
struct watch;

/* Looks on a thread and a connection of its own. Everything must outlive it. */
struct watch *watch_create(const struct db_settings *settings, const struct job_kind *const *kinds, size_t count,
                           struct metrics *metrics) RETURNS_NONNULL;
/* Accepts NULL. */
void watch_destroy(struct watch *watch);

/* One line for each thing that is not as it should be, in English, for whoever asked; nothing if all is well. Any
 * thread. */
void watch_write(struct watch *watch, struct buf *out);

#endif
