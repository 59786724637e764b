#include "core/clock.h"

#include <stdatomic.h>
#include <stdlib.h>

/* Answers differ by their way through the network; only more than that moves the time. */
enum { JITTER_MS = 50 };

/* Database's time − CLOCK_MONOTONIC: one for the process, as the clock it corrects is. */
static struct {
	_Atomic int64_t ahead_ms;
	atomic_bool heard;
} database;

static int64_t read_clock(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_steady_ms(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

int64_t clock_utc_ms(void)
{
	return clock_is_heard() ? clock_steady_ms() + atomic_load(&database.ahead_ms) : read_clock(CLOCK_REALTIME);
}

void clock_heard(int64_t utc_ms, int64_t asked_ms)
{
	int64_t now = clock_steady_ms(), ahead = utc_ms - (asked_ms + (now - asked_ms) / 2);
	int64_t doubt = JITTER_MS + (now - asked_ms) / 2, change = ahead - atomic_load(&database.ahead_ms);

	if (clock_is_heard() && change <= doubt && change >= -doubt)
		return;
	atomic_store(&database.ahead_ms, ahead);
	atomic_store(&database.heard, true);
}

bool clock_is_heard(void)
{
	return atomic_load(&database.heard);
}

int64_t clock_off_ms(void)
{
	return clock_is_heard() ? read_clock(CLOCK_REALTIME) - clock_utc_ms() : 0;
}

struct timespec clock_steady_in(int ms)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_nsec += ms % 1000 * 1000000L;
	at.tv_sec += ms / 1000 + at.tv_nsec / 1000000000L;
	at.tv_nsec %= 1000000000L;
	return at;
}

void clock_condition_init(pthread_cond_t *condition)
{
	pthread_condattr_t steady;

	if (pthread_condattr_init(&steady) || pthread_condattr_setclock(&steady, CLOCK_MONOTONIC) ||
		pthread_cond_init(condition, &steady))
		abort();
	pthread_condattr_destroy(&steady);
}
