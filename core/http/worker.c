#include "core/http/worker.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct worker_pool {
	struct worker_settings settings;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct worker_job *first, **last;
	size_t queued;
	size_t busy;
	bool ending;
	unsigned threads;
	pthread_t thread[];
};

static struct worker_job *take(struct worker_pool *pool)
{
	struct worker_job *job = pool->first;
	pool->first = job->next;
	if (!pool->first)
		pool->last = &pool->first;
	pool->queued--;
	return job;
}

static void *work(void *arg)
{
	struct worker_pool *pool = arg;
	void *state = pool->settings.begin ? pool->settings.begin(pool->settings.arg) : NULL;
	pthread_mutex_lock(&pool->lock);
	for (;;) {
		while (!pool->first && !pool->ending)
			pthread_cond_wait(&pool->wake, &pool->lock);
		if (!pool->first)
			break;
		struct worker_job *job = take(pool);
		pool->busy++;
		pthread_mutex_unlock(&pool->lock);
		job->run(job, state);
		pthread_mutex_lock(&pool->lock);
		pool->busy--;
	}
	pthread_mutex_unlock(&pool->lock);
	if (pool->settings.end)
		pool->settings.end(state, pool->settings.arg);
	return NULL;
}

static void must(int error, const char *what)
{
	if (!error)
		return;
	fprintf(stderr, "qilian: %s: %s\n", what, strerror(error));
	abort();
}

struct worker_pool *worker_pool_create(const struct worker_settings *settings)
{
	struct worker_pool *pool = calloc(1, sizeof(*pool) + settings->threads * sizeof(pthread_t));
	must(pool ? 0 : 12, "worker pool");
	pool->settings = *settings;
	pool->last = &pool->first;
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
	pthread_cond_destroy(&pool->wake);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}

static bool push(struct worker_pool *pool, struct worker_job *job, size_t max)
{
	pthread_mutex_lock(&pool->lock);
	bool room = pool->queued < max;
	if (room) {
		job->next = NULL;
		*pool->last = job;
		pool->last = &job->next;
		pool->queued++;
		pthread_cond_signal(&pool->wake);
	}
	pthread_mutex_unlock(&pool->lock);
	return room;
}

bool worker_push(struct worker_pool *pool, struct worker_job *job)
{
	return push(pool, job, pool->settings.queue_max);
}

void worker_push_always(struct worker_pool *pool, struct worker_job *job)
{
	push(pool, job, (size_t)-1);
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
