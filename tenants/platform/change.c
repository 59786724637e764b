#include "tenants/platform/change.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/diag.h"

enum { POLL_MS = 200, POLL_AWAY_MS = 1000 };

static const char *const TOPICS[CHANGE_TOPICS] = {"platforms", "grants", "regions", "calendar", "sessions"};

enum { CHANGE_LISTENERS = 4 };

struct listener {
	void (*fn)(struct db *db, void *arg);
	void *arg;
};

struct change_follower {
	const struct db_settings *settings;
	pthread_t thread;
	pthread_mutex_t calling; /* held while listeners run, so that change_on() can wait for them */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stopping;
	bool awake; /* somebody asked for a poll now */
	_Atomic uint64_t seq[CHANGE_TOPICS];
	_Atomic int64_t read_at; /* db_now_ms(); 0: never */
	struct listener listeners[CHANGE_TOPICS][CHANGE_LISTENERS]; /* fn NULL: free */
};

struct problem *change_bump(struct db *db, enum change_topic topic)
{
	return db_exec(db, db_server(), "UPDATE change_head SET seq = seq + 1 WHERE topic = ?",
		DB_ARGS(db_text(TOPICS[topic])), NULL);
}

static void take(struct change_follower *follower, const struct db_result *result, bool moved[CHANGE_TOPICS])
{
	for (size_t row = 0; row < result->rows; row++) {
		for (int topic = 0; topic < CHANGE_TOPICS; topic++) {
			uint64_t seq = db_get_uint(result, row, 1);
			if (strcmp(TOPICS[topic], db_need_text(result, row, 0)) != 0)
				continue;
			moved[topic] = atomic_load(&follower->seq[topic]) != seq;
			atomic_store(&follower->seq[topic], seq);
		}
	}
	atomic_store(&follower->read_at, db_now_ms());
}

static bool poll_once(struct change_follower *follower, struct db *db)
{
	struct arena *arena = arena_create();
	bool moved[CHANGE_TOPICS] = {false};
	struct db_result *result;
	struct problem *problem;

	db_use_arena(db, arena);
	int64_t asked = clock_steady_ms();
	problem =
		db_select(db, db_server(), "SELECT topic, seq, UTC_TIMESTAMP(3) FROM change_head", DB_NO_ARGS, &result);
	if (!problem)
		take(follower, result, moved);
	if (!problem && result->rows)
		clock_heard(db_get_time(result, 0, 2), asked);
	pthread_mutex_lock(&follower->calling);
	for (int topic = 0; topic < CHANGE_TOPICS; topic++)
		for (int i = 0; moved[topic] && i < CHANGE_LISTENERS; i++)
			if (follower->listeners[topic][i].fn)
				follower->listeners[topic][i].fn(db, follower->listeners[topic][i].arg);
	pthread_mutex_unlock(&follower->calling);
	db_use_arena(db, NULL);
	arena_destroy(arena);
	return !problem;
}

static void *follow(void *arg)
{
	struct change_follower *follower = arg;
	struct db *db = db_create(follower->settings);

	pthread_mutex_lock(&follower->lock);
	while (!follower->stopping) {
		struct timespec until;
		bool there;

		follower->awake = false;
		pthread_mutex_unlock(&follower->lock);
		there = poll_once(follower, db);
		pthread_mutex_lock(&follower->lock);
		until = clock_steady_in(there ? POLL_MS : POLL_AWAY_MS);
		while (!follower->stopping && !follower->awake &&
		       pthread_cond_timedwait(&follower->wake, &follower->lock, &until) == 0)
			;
	}
	pthread_mutex_unlock(&follower->lock);
	db_destroy(db);
	return NULL;
}

struct change_follower *change_follower_create(const struct db_settings *settings)
{
	struct change_follower *follower = calloc(1, sizeof *follower);
	struct db *db = db_create(settings);

	if (!follower)
		abort();
	follower->settings = settings;
	pthread_mutex_init(&follower->calling, NULL);
	pthread_mutex_init(&follower->lock, NULL);
	clock_condition_init(&follower->wake);
	poll_once(follower, db);
	db_destroy(db);
	if (pthread_create(&follower->thread, NULL, follow, follower) != 0)
		abort();
	return follower;
}

void change_follower_destroy(struct change_follower *follower)
{
	if (!follower)
		return;
	pthread_mutex_lock(&follower->lock);
	follower->stopping = true;
	pthread_cond_signal(&follower->wake);
	pthread_mutex_unlock(&follower->lock);
	pthread_join(follower->thread, NULL);
	pthread_cond_destroy(&follower->wake);
	pthread_mutex_destroy(&follower->lock);
	pthread_mutex_destroy(&follower->calling);
	free(follower);
}

void change_poll_now(struct change_follower *follower)
{
	pthread_mutex_lock(&follower->lock);
	follower->awake = true;
	pthread_cond_signal(&follower->wake);
	pthread_mutex_unlock(&follower->lock);
}

uint64_t change_seq(const struct change_follower *follower, enum change_topic topic)
{
	return atomic_load(&follower->seq[topic]);
}

int64_t change_age(const struct change_follower *follower)
{
	int64_t at = atomic_load(&follower->read_at);
	return at ? db_now_ms() - at : INT64_MAX;
}

/* The first that is `from` becomes `to`. */
static void replace(struct change_follower *follower, enum change_topic topic, struct listener from, struct listener to)
{
	int i = 0;

	pthread_mutex_lock(&follower->calling);
	while (i < CHANGE_LISTENERS &&
		(follower->listeners[topic][i].fn != from.fn || follower->listeners[topic][i].arg != from.arg))
		i++;
	if (i == CHANGE_LISTENERS)
		abort();
	follower->listeners[topic][i] = to;
	pthread_mutex_unlock(&follower->calling);
}

void change_on(
	struct change_follower *follower, enum change_topic topic, void (*fn)(struct db *db, void *arg), void *arg)
{
	replace(follower, topic, (struct listener){NULL, NULL}, (struct listener){fn, arg});
}

void change_off(
	struct change_follower *follower, enum change_topic topic, void (*fn)(struct db *db, void *arg), void *arg)
{
	replace(follower, topic, (struct listener){fn, arg}, (struct listener){NULL, NULL});
}
