#include "core/turns.h"

#include <errno.h>
#include <time.h>

void turns_init(struct turns *turns, unsigned at_once)
{
	pthread_condattr_t monotonic;
	turns->left = at_once > 0 ? at_once : 1;
	pthread_mutex_init(&turns->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&turns->given, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

void turns_finish(struct turns *turns)
{
	pthread_cond_destroy(&turns->given);
	pthread_mutex_destroy(&turns->lock);
}

bool turns_take(struct turns *turns, unsigned wait_ms)
{
	struct timespec until;
	int rc = 0;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += wait_ms / 1000;
	until.tv_nsec += (long)(wait_ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	pthread_mutex_lock(&turns->lock);
	while (turns->left == 0 && rc != ETIMEDOUT)
		rc = pthread_cond_timedwait(&turns->given, &turns->lock, &until);
	bool taken = turns->left > 0;
	if (taken)
		turns->left--;
	pthread_mutex_unlock(&turns->lock);
	return taken;
}

void turns_give(struct turns *turns)
{
	pthread_mutex_lock(&turns->lock);
	turns->left++;
	pthread_cond_signal(&turns->given);
	pthread_mutex_unlock(&turns->lock);
}
