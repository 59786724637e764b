/* worker: threads that run what may block, fed by a bounded queue.
 *
 * job     embedded in what is to be done; owned by the pool from worker_push() until its run() begins
 * state   what a thread needs of its own (a database connection); made and ended on that thread
 */
#ifndef QILIAN_CORE_HTTP_WORKER_H
#define QILIAN_CORE_HTTP_WORKER_H

#include <stdbool.h>
#include <stddef.h>

#include "core/attributes.h"

struct worker_job {
	struct worker_job *next; /* worker_pool.first … */
	void (*run)(struct worker_job *job, void *state);
};

struct worker_settings {
	const char *name; /* of the threads, up to 12 characters */
	unsigned threads;
	unsigned queue_max;
	void *OR_NULL (*begin)(void *arg); /* either may be NULL */
	void (*end)(void *state, void *arg);
	void *arg;
};

struct worker_pool;

struct worker_pool *worker_pool_create(const struct worker_settings *settings) RETURNS_NONNULL;
/* Runs what is queued, then joins the threads. Accepts NULL. */
void worker_pool_destroy(struct worker_pool *pool);

/* False when the queue is full: the job is still the caller's. From any thread. */
bool worker_push(struct worker_pool *pool, struct worker_job *job);
/* The same for what must not get lost (clean-up, the rest of something begun): no bound. */
void worker_push_always(struct worker_pool *pool, struct worker_job *job);

size_t worker_pool_queued(struct worker_pool *pool);
size_t worker_pool_busy(struct worker_pool *pool);

#endif
