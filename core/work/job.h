/* job: work done later, by any server, at least once, under a lease.
 *
 * A job is a row written in the transaction that wants it. A runner thread of some server leases it (a conditional
 * UPDATE with one affected row, never SKIP LOCKED: Galera does not honour it), runs its function, and removes it. A
 * server that dies leaves the lease to run out, or to be taken back when it starts again. A function that fails is
 * tried again with backoff (1 s → 5 min, jitter) up to its kind's limit, then parked with its error, visible in
 * `qilianctl doctor` and the metrics.
 *
 * All times are the database's. When its clock was ahead and is set right, what was put off until "then" is not waited
 * for: a turn, a lease and a backoff have a longest length, and what lies beyond it is due now.
 *
 * A run ends before its lease does: the db's deadline is set so, and nothing that it writes later takes effect.
 * While a job runs, an equal one (unique_key) may be added again, since what it works on may have changed after it
 * looked.
 *
 * To add a kind: a const struct job_kind and a row in the table given to job_runner_create().
 */
#ifndef QILIAN_CORE_WORK_JOB_H
#define QILIAN_CORE_WORK_JOB_H

#include "core/attributes.h"
#include "core/db/db.h"

struct json_object;

struct job_kind {
	const char *name;
	/* arg is the runner's. The db's arena lives for this run. A problem means: again later. */
	struct problem *(*run)(struct db *db, struct db_scope scope, struct json_object *payload, void *arg);
	int max_attempts; /* then parked */
	int lease_s;
	/* A standing job without rows: run again this long after its end, on one server at a time; 0 for queued ones.
	 * It gets db_server() and no payload, and is never parked: it goes on failing visibly, with backoff. */
	int every_ms;
};

/* Inside the transaction that wants it. unique_key (or NULL; ASCII, up to 100 characters) collapses equal waiting jobs
 * of a platform: the one that waits stays as it is. run_at_ms 0: now. After the commit this process's runner is woken.
 * payload may be NULL. */
struct problem *job_add(struct db *db, struct db_scope scope, const char *kind, const char *OR_NULL unique_key,
                        struct json_object *OR_NULL payload, int64_t run_at_ms) NONNULL_AT(1, 3) MUST_CHECK;

/* Takes back a waiting job by its unique_key: what it was to do is done or void. */
struct problem *job_cancel(struct db *db, struct db_scope scope, const char *kind, const char *OR_NULL unique_key)
	NONNULL_AT(1, 3) MUST_CHECK;

struct job_status {
	uint64_t waiting;    /* due or not, and those running */
	uint64_t parked;
	uint64_t failing;    /* standing ones whose last run failed */
	int64_t oldest_ms;   /* how long the longest due one has waited */
};
struct problem *job_read_status(struct db *db, struct job_status *out) NONNULL MUST_CHECK;

/* One kind: what waits of it, and when it ran last. */
struct job_kind_status {
	const char *kind;
	bool standing;
	uint64_t waiting, parked, failures; /* failures in a row, of a standing one */
	int64_t oldest_ms; /* how long the longest due one has waited */
	int64_t ran_ms;    /* how long ago a standing one last ended well; −1: never, or a queued one */
	bool stuck;        /* due for much longer than its turns, its lease and its backoff explain: nobody runs it, or
			      it always fails */
};
/* *out: an array of `count` in the order of the kinds, in the db's arena. A kind that no server has seen yet is not
 * stuck. */
struct problem *job_read_kinds(struct db *db, const struct job_kind *const *kinds, size_t count,
	struct job_kind_status **out) NONNULL MUST_CHECK;
/* Lets parked jobs of a kind (NULL: all) run again, from their first attempt. */
struct problem *job_unpark(struct db *db, const char *kind, uint64_t *count) NONNULL MUST_CHECK;

struct job_runner;
/* Starts `threads` threads, each with its own connection. kinds must outlive it. place: what only one process at a time
 * can be, the same at each start (host and port): what a predecessor that died there was at work on is taken back at
 * once, instead of waiting for the leases to run out; NULL: nothing is taken back. */
struct job_runner *job_runner_create(const struct db_settings *settings, const struct job_kind *const *kinds,
	size_t count, int threads, const char *OR_NULL place, void *OR_NULL arg) NONNULL_AT(1, 2) RETURNS_NONNULL;
/* Wakes the runner: a commit of this process added a job (job_add() sees to it by itself). */
void job_runner_wake(struct job_runner *runner) NONNULL;
/* Waits for what is running, then ends. Accepts NULL. */
void job_runner_destroy(struct job_runner *OR_NULL runner);

#endif
