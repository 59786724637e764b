#include "tools/log_watch.h"

#include <pthread.h>
#include <stdlib.h>

#include "core/clock.h"

enum { EVERY_MS = 200 };

struct seen {
	uint32_t platform_id;
	uint64_t epoch;
	uint64_t seq;
};

struct log_watch {
	const struct db_settings *settings;
	void (*moved)(uint32_t platform_id, void *arg);
	void *arg;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t ended;
	bool end;
	struct seen *seen; /* by platform, as the statement orders them */
	size_t count;
};

/* Both lists are in the order of platforms; a platform that is new counts as moved. */
static void compare(struct log_watch *watch, const struct db_result *rows)
{
	struct seen *now = calloc(rows->rows + 1, sizeof *now);
	size_t old = 0;

	if (!now)
		abort();
	for (size_t i = 0; i < rows->rows; i++) {
		now[i] = (struct seen){
			(uint32_t)db_get_uint(rows, i, 0), db_get_uint(rows, i, 1), db_get_uint(rows, i, 2)};
		while (old < watch->count && watch->seen[old].platform_id < now[i].platform_id)
			old++;
		bool same = old < watch->count && watch->seen[old].platform_id == now[i].platform_id &&
			watch->seen[old].epoch == now[i].epoch && watch->seen[old].seq == now[i].seq;
		if (!same)
			watch->moved(now[i].platform_id, watch->arg);
	}
	free(watch->seen);
	watch->seen = now;
	watch->count = rows->rows;
}

static void look(struct log_watch *watch, struct db *db)
{
	struct arena *arena = arena_create();
	struct db_result *rows;

	db_use_arena(db, arena);
	if (!db_select(db, db_all_platforms("caches of every platform follow its log"),
		    "SELECT platform_id, epoch, seq FROM head ORDER BY platform_id", DB_NO_ARGS, &rows))
		compare(watch, rows);
	else
		/* While the database is away nothing can move; once it is back, everything may have. */
		watch->count = 0;
	arena_destroy(arena);
}

static bool rest(struct log_watch *watch)
{
	struct timespec until = clock_steady_in(EVERY_MS);

	pthread_mutex_lock(&watch->lock);
	if (!watch->end)
		pthread_cond_timedwait(&watch->ended, &watch->lock, &until);
	bool go_on = !watch->end;
	pthread_mutex_unlock(&watch->lock);
	return go_on;
}

static void *follow(void *arg)
{
	struct log_watch *watch = arg;
	struct db *db = db_create(watch->settings);

	do
		look(watch, db);
	while (rest(watch));
	db_destroy(db);
	return NULL;
}

struct log_watch *log_watch_create(
	const struct db_settings *settings, void (*moved)(uint32_t platform_id, void *arg), void *arg)
{
	struct log_watch *watch = calloc(1, sizeof *watch);

	if (!watch)
		abort();
	watch->settings = settings;
	watch->moved = moved;
	watch->arg = arg;
	pthread_mutex_init(&watch->lock, NULL);
	clock_condition_init(&watch->ended);
	if (pthread_create(&watch->thread, NULL, follow, watch))
		abort();
	return watch;
}

void log_watch_destroy(struct log_watch *watch)
{
	if (!watch)
		return;
	pthread_mutex_lock(&watch->lock);
	watch->end = true;
	pthread_cond_signal(&watch->ended);
	pthread_mutex_unlock(&watch->lock);
	pthread_join(watch->thread, NULL);
	pthread_cond_destroy(&watch->ended);
	pthread_mutex_destroy(&watch->lock);
	free(watch->seen);
	free(watch);
}
