/* job: work done later, by any server, at least once, under a lease.
 *
 * A job is a row written in the transaction that wants it. A runner thread of some server leases it (a conditional
 * UPDATE with one affected row, never SKIP LOCKED: Galera does not honour it), runs its function, and removes it. A
 * server that dies leaves the lease to run out. A function that fails is tried again with backoff (1 s → 5 min, jitter)
 * up to its kind's limit, then parked with its error, visible in `qilianctl doctor` and the metrics.
 *
 * To add a kind: a const struct job_kind and a row in the table given to job_runner_create().
 */
#ifndef QILIAN_CORE_JOB_H
#define QILIAN_CORE_JOB_H

#include "core/db.h"

struct json_object;

struct job_kind {
	const char *name;
	/* arg is the runner's. The db's arena lives for this run. A problem means: again later. */
	struct problem *(*run)(struct db *db, struct db_scope scope, struct json_object *payload, void *arg);
	int max_attempts; /* then parked */
	int lease_s;
	int every_ms; /* a standing job without rows: run again this long after its end; 0 for queued ones */
};

/* Inside the transaction that wants it. unique_key (or NULL) collapses equal waiting jobs. run_at_ms 0: now. */
struct problem *job_add(struct db *db, struct db_scope scope, const char *kind, const char *unique_key,
                        struct json_object *payload, int64_t run_at_ms) MUST_CHECK;

struct job_runner;
/* Starts `threads` threads, each with its own connection. kinds must outlive it. */
struct job_runner *job_runner_create(const struct db_settings *settings, const struct job_kind *const *kinds, size_t count,
                                     int threads, void *arg);
/* Wakes the runner: a commit of this process added a job. */
void job_runner_wake(struct job_runner *runner);
/* Waits for what is running, then ends. Accepts NULL. */
void job_runner_destroy(struct job_runner *runner);

#endif
