#include "core/http/worker.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { BUCKETS = 256 };

/* A group, or a member of one. It is there while something of it is queued or running. */
struct share {
	uint64_t key;
	struct share *group;      /* of a member; NULL for a group */
	struct share *same;       /* in its bucket */
	struct share *next, *prev; /* in the ring of those with something queued */
	struct share *turn;       /* of a group: the member that is next */
	struct worker_job *first, **last; /* of a member */
	unsigned queued, busy;
};

struct worker_pool {
	struct worker_settings settings;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct share *turn; /* the group that is next; NULL when nothing is queued */
	struct share *buckets[BUCKETS];
	struct share *spare; /* through same */
	size_t queued;
	size_t busy;
	uint64_t refused;
	bool ending;
	unsigned threads;
	pthread_t thread[];
};

static void must(int error, const char *what)
{
	if (!error)
		return;
	fprintf(stderr, "qilian: %s: %s\n", what, strerror(error));
	abort();
}

/* ---- Shares ---- */

static struct share **bucket_of(struct worker_pool *pool, const struct share *group, uint64_t key)
{
	uint64_t mixed = (key ^ (group ? group->key * 0x9e3779b97f4a7c15u : 0)) * 0xff51afd7ed558ccdu;

	return &pool->buckets[mixed >> 56];
}

static struct share *find_share(struct worker_pool *pool, const struct share *group, uint64_t key)
{
	struct share *share = *bucket_of(pool, group, key);

	while (share && (share->key != key || share->group != group))
		share = share->same;
	return share;
}

static struct share *share_of(struct worker_pool *pool, struct share *group, uint64_t key)
{
	struct share *share = find_share(pool, group, key), **bucket = bucket_of(pool, group, key);

	if (share)
		return share;
	share = pool->spare;
	if (share)
		pool->spare = share->same;
	else
		must((share = malloc(sizeof(*share))) ? 0 : 12, "worker queue");
	*share = (struct share){.key = key, .group = group, .same = *bucket};
	share->last = &share->first;
	*bucket = share;
	return share;
}

static void release(struct worker_pool *pool, struct share *share)
{
	struct share **at = bucket_of(pool, share->group, share->key);

	if (share->queued || share->busy)
		return;
	while (*at != share)
		at = &(*at)->same;
	*at = share->same;
	share->same = pool->spare;
	pool->spare = share;
}

/* ---- Turns ---- */

/* Behind all that wait already. */
static void enter_ring(struct share **turn, struct share *share)
{
	if (!*turn) {
		share->next = share->prev = share;
		*turn = share;
		return;
	}
	share->next = *turn;
	share->prev = (*turn)->prev;
	share->prev->next = share;
	(*turn)->prev = share;
}

static void leave_ring(struct share **turn, struct share *share)
{
	if (share->next == share)
		*turn = NULL;
	else if (*turn == share)
		*turn = share->next;
	share->next->prev = share->prev;
	share->prev->next = share->next;
	share->next = share->prev = NULL;
}

static void enqueue(struct worker_pool *pool, struct worker_job *job)
{
	struct share *group = share_of(pool, NULL, job->group), *member = share_of(pool, group, job->member);

	job->next = NULL;
	job->share = member;
	*member->last = job;
	member->last = &job->next;
	if (!member->queued++)
		enter_ring(&group->turn, member);
	if (!group->queued++)
		enter_ring(&pool->turn, group);
	pool->queued++;
}

static struct worker_job *dequeue(struct worker_pool *pool, struct share *group, struct share *member)
{
	struct worker_job *job = member->first;

	member->first = job->next;
	if (!member->first)
		member->last = &member->first;
	group->turn = member->next;
	pool->turn = group->next;
	if (!--member->queued)
		leave_ring(&group->turn, member);
	if (!--group->queued)
		leave_ring(&pool->turn, group);
	pool->queued--;
	member->busy++;
	group->busy++;
	pool->busy++;
	return job;
}

static bool may_run(const struct share *share, unsigned most)
{
	return !most || share->busy < most;
}

static struct share *eligible_member(const struct worker_pool *pool, const struct share *group)
{
	struct share *member = group->turn;

	do {
		if (may_run(member, pool->settings.member_busy))
			return member;
		member = member->next;
	} while (member != group->turn);
	return NULL;
}

/* What is next, in turn and within its bounds; NULL if there is nothing. */
static struct worker_job *take(struct worker_pool *pool)
{
	struct share *group = pool->turn, *member;

	if (!group)
		return NULL;
	do {
		member = may_run(group, pool->settings.group_busy) ? eligible_member(pool, group) : NULL;
		if (member)
			return dequeue(pool, group, member);
		group = group->next;
	} while (group != pool->turn);
	return NULL;
}

static void finish(struct worker_pool *pool, struct share *member)
{
	struct share *group = member->group;

	pool->busy--;
	member->busy--;
	group->busy--;
	release(pool, member);
	release(pool, group);
}

/* ---- Threads ---- */

static void *work(void *arg)
{
	struct worker_pool *pool = arg;
	struct worker_job *job;
	void *state = pool->settings.begin ? pool->settings.begin(pool->settings.arg) : NULL;
	/* Linux: of the thread alone. */
	if (pool->settings.nice)
		setpriority(PRIO_PROCESS, 0, pool->settings.nice);
	pthread_mutex_lock(&pool->lock);
	for (;;) {
		while (!(job = take(pool)) && !(pool->ending && !pool->queued))
			pthread_cond_wait(&pool->wake, &pool->lock);
		if (!job)
			break;
		struct share *share = job->share;
		pthread_mutex_unlock(&pool->lock);
		job->run(job, state);
		pthread_mutex_lock(&pool->lock);
		finish(pool, share);
		/* What waits beyond its bounds may be all that is left. */
		if (pool->ending)
			pthread_cond_broadcast(&pool->wake);
	}
	pthread_mutex_unlock(&pool->lock);
	if (pool->settings.end)
		pool->settings.end(state, pool->settings.arg);
	return NULL;
}

struct worker_pool *worker_pool_create(const struct worker_settings *settings)
{
	struct worker_pool *pool = calloc(1, sizeof(*pool) + settings->threads * sizeof(pthread_t));
	must(pool ? 0 : 12, "worker pool");
	pool->settings = *settings;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->wake, NULL);
	for (unsigned i = 0; i < settings->threads; i++) {
		must(pthread_create(&pool->thread[i], NULL, work, pool), "starting a worker thread");
		pool->threads++;
		char name[16];
		snprintf(name, sizeof(name), "%.11s-%u", settings->name, i % 1000);
		pthread_setname_np(pool->thread[i], name);
	}
	return pool;
}

void worker_pool_destroy(struct worker_pool *pool)
{
	if (!pool)
		return;
	pthread_mutex_lock(&pool->lock);
	pool->ending = true;
	pthread_cond_broadcast(&pool->wake);
	pthread_mutex_unlock(&pool->lock);
	for (unsigned i = 0; i < pool->threads; i++)
		pthread_join(pool->thread[i], NULL);
	for (struct share *share = pool->spare, *next; share; share = next) {
		next = share->same;
		free(share);
	}
	pthread_cond_destroy(&pool->wake);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}

/* ---- Queueing ---- */

static bool has_room(struct worker_pool *pool, const struct worker_job *job)
{
	const struct worker_settings *settings = &pool->settings;
	const struct share *group = find_share(pool, NULL, job->group);
	const struct share *member = group ? find_share(pool, group, job->member) : NULL;

	if (pool->queued >= settings->queue_max)
		return false;
	if (group && settings->group_queue && group->queued >= settings->group_queue)
		return false;
	return !member || !settings->member_queue || member->queued < settings->member_queue;
}

static bool push(struct worker_pool *pool, struct worker_job *job, bool always)
{
	pthread_mutex_lock(&pool->lock);
	bool room = always || has_room(pool, job);
	if (room) {
		enqueue(pool, job);
		pthread_cond_signal(&pool->wake);
	} else {
		pool->refused++;
	}
	pthread_mutex_unlock(&pool->lock);
	return room;
}

bool worker_push(struct worker_pool *pool, struct worker_job *job)
{
	return push(pool, job, false);
}

void worker_push_always(struct worker_pool *pool, struct worker_job *job)
{
	push(pool, job, true);
}

size_t worker_pool_queued(struct worker_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	size_t n = pool->queued;
	pthread_mutex_unlock(&pool->lock);
	return n;
}

size_t worker_pool_busy(struct worker_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	size_t n = pool->busy;
	pthread_mutex_unlock(&pool->lock);
	return n;
}

uint64_t worker_pool_refused(struct worker_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	uint64_t n = pool->refused;
	pthread_mutex_unlock(&pool->lock);
	return n;
}
