/* worker: threads that run what may block, fed by a bounded queue with fair shares.
 *
 * job     embedded in what is to be done; owned by the pool from worker_push() until its run() begins
 * state   what a thread needs of its own (a database connection); made and ended on that thread
 * share   on whose behalf: a group (an address, a platform) and a member of it (a session, an account), as hashes.
 *         Groups take turns, and so do the members of a group, however many jobs one of them has queued; what is queued
 *         or running of one is bounded
 */
#ifndef QILIAN_CORE_HTTP_WORKER_H
#define QILIAN_CORE_HTTP_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attributes.h"

struct share;

struct worker_job {
	struct worker_job *next;
	void (*run)(struct worker_job *job, void *state);
	uint64_t group, member; /* whose; both 0: nobody's in particular */
	struct share *share;    /* the pool's */
};

struct worker_settings {
	const char *name; /* of the threads, up to 12 characters */
	unsigned threads;
	int nice;         /* of the threads: what they leave to others, 0 to 19 */
	unsigned queue_max;
	/* Of one group and of one member: queued, and running at once. 0: no bound. */
	unsigned group_queue, member_queue;
	unsigned group_busy, member_busy;
	void *OR_NULL (*begin)(void *arg); /* either may be NULL */
	void (*end)(void *state, void *arg);
	void *arg;
};

struct worker_pool;

struct worker_pool *worker_pool_create(const struct worker_settings *settings) NONNULL RETURNS_NONNULL;
/* Runs what is queued, then joins the threads. Accepts NULL. */
void worker_pool_destroy(struct worker_pool *OR_NULL pool);

/* False when the queue, or the share of it, is full: the job is still the caller's. From any thread. */
bool worker_push(struct worker_pool *pool, struct worker_job *job) NONNULL;
/* The same for what must not get lost (clean-up, the rest of something begun): no bound. */
void worker_push_always(struct worker_pool *pool, struct worker_job *job) NONNULL;

size_t worker_pool_queued(struct worker_pool *pool) NONNULL;
size_t worker_pool_busy(struct worker_pool *pool) NONNULL;
/* Jobs that were not taken, so far. */
uint64_t worker_pool_refused(struct worker_pool *pool) NONNULL;

#endif
