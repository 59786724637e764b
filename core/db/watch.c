/* One thread a host asks it for a sign of life, so that nobody else has to find out by waiting: see db.h. */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "core/db/internal.h"

enum {
	EVERY_MS = 200,
	EVERY_AWAY_MS = 50,
	SILENCE_MS = 500, /* a busy server answers one of two pings within this; one that is stopped or cut off does
			     not */
};

struct watched {
	struct db_watch *watch;
	size_t host;
	struct db_settings settings; /* of this host alone, without what all share: it must look, not be told */
	pthread_t thread;
};

struct db_watch {
	struct db_shared *shared;
	pthread_mutex_t lock;
	pthread_cond_t ended;
	bool end;
	size_t count;
	struct watched watched[HOSTS_MAX];
};

static bool ping(struct db *db)
{
	db_set_deadline(db, db_now_ms() + SILENCE_MS);
	return connection_open(db) && connection_enter(db) && mysql_ping(db->mysql) == 0;
}

/* A connection of its own that was closed says nothing of the host: a new one does. A host that refuses it for its
 * number or its user answers. */
static bool answers(struct db *db)
{
	bool fresh = !db->mysql;
	if (ping(db))
		return true;
	connection_close(db);
	if (!fresh && ping(db))
		return true;
	connection_close(db);
	return db->refused;
}

static bool rest(struct db_watch *watch, int ms)
{
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += ms * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	pthread_mutex_lock(&watch->lock);
	if (!watch->end)
		pthread_cond_timedwait(&watch->ended, &watch->lock, &until);
	bool go_on = !watch->end;
	pthread_mutex_unlock(&watch->lock);
	return go_on;
}

static void *look(void *arg)
{
	struct watched *watched = arg;
	struct db *db = db_create(&watched->settings);
	bool there = true;
	do {
		bool now = answers(db);
		if (now != there)
			diag_warn(NULL, now ? "database host %s answers again" : "database host %s does not answer",
				watched->settings.hosts[0]);
		shared_set_silent(watched->watch->shared, watched->host, !now);
		there = now;
	} while (rest(watched->watch, there ? EVERY_MS : EVERY_AWAY_MS));
	shared_set_silent(watched->watch->shared, watched->host, false);
	db_destroy(db);
	return NULL;
}

struct db_watch *db_watch_create(const struct db_settings *settings)
{
	struct db_watch *watch = calloc(1, sizeof(*watch));
	pthread_condattr_t clock;
	if (!watch || !settings->shared)
		abort();
	watch->shared = settings->shared;
	watch->count = settings->host_count;
	pthread_mutex_init(&watch->lock, NULL);
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&watch->ended, &clock);
	pthread_condattr_destroy(&clock);
	shared_watch_hosts(watch->shared, watch->count);
	for (size_t i = 0; i < watch->count; i++) {
		struct watched *watched = &watch->watched[i];
		*watched = (struct watched){.watch = watch, .host = i, .settings = *settings};
		watched->settings.hosts = &settings->hosts[i];
		watched->settings.host_count = 1;
		watched->settings.shared = NULL;
		watched->settings.connect_timeout_ms = SILENCE_MS;
		if (pthread_create(&watched->thread, NULL, look, watched))
			abort();
	}
	return watch;
}

void db_watch_destroy(struct db_watch *watch)
{
	if (!watch)
		return;
	pthread_mutex_lock(&watch->lock);
	watch->end = true;
	pthread_cond_broadcast(&watch->ended);
	pthread_mutex_unlock(&watch->lock);
	for (size_t i = 0; i < watch->count; i++)
		pthread_join(watch->watched[i].thread, NULL);
	pthread_cond_destroy(&watch->ended);
	pthread_mutex_destroy(&watch->lock);
	free(watch);
}
