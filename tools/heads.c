#include "tools/heads.h"

#include <pthread.h>
#include <stdlib.h>

#include "core/clock.h"

enum { EVERY_MS = 200 };

struct seen {
	uint32_t platform_id;
	uint64_t epoch;
	uint64_t seq;
};

struct heads {
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
static void compare(struct heads *heads, const struct db_result *rows)
{
	struct seen *now = calloc(rows->rows + 1, sizeof *now);
	size_t old = 0;

	if (!now)
		abort();
	for (size_t i = 0; i < rows->rows; i++) {
		now[i] = (struct seen){(uint32_t)db_get_uint(rows, i, 0), db_get_uint(rows, i, 1), db_get_uint(rows, i, 2)};
		while (old < heads->count && heads->seen[old].platform_id < now[i].platform_id)
			old++;
		bool same = old < heads->count && heads->seen[old].platform_id == now[i].platform_id && heads->seen[old].epoch == now[i].epoch &&
		            heads->seen[old].seq == now[i].seq;
		if (!same)
			heads->moved(now[i].platform_id, heads->arg);
	}
	free(heads->seen);
	heads->seen = now;
	heads->count = rows->rows;
}

static void look(struct heads *heads, struct db *db)
{
	struct arena *arena = arena_create();
	struct db_result *rows;

	db_use_arena(db, arena);
	if (!db_select(db, db_all_platforms("caches of every platform follow its log"), "SELECT platform_id, epoch, seq FROM head ORDER BY platform_id",
	               DB_NO_ARGS, &rows))
		compare(heads, rows);
	else
		/* While the database is away nothing can move; once it is back, everything may have. */
		heads->count = 0;
	arena_destroy(arena);
}

static bool rest(struct heads *heads)
{
	struct timespec until = clock_steady_in(EVERY_MS);

	pthread_mutex_lock(&heads->lock);
	if (!heads->end)
		pthread_cond_timedwait(&heads->ended, &heads->lock, &until);
	bool go_on = !heads->end;
	pthread_mutex_unlock(&heads->lock);
	return go_on;
}

static void *follow(void *arg)
{
	struct heads *heads = arg;
	struct db *db = db_create(heads->settings);

	do
		look(heads, db);
	while (rest(heads));
	db_destroy(db);
	return NULL;
}

struct heads *heads_create(const struct db_settings *settings, void (*moved)(uint32_t platform_id, void *arg), void *arg)
{
	struct heads *heads = calloc(1, sizeof *heads);

	if (!heads)
		abort();
	heads->settings = settings;
	heads->moved = moved;
	heads->arg = arg;
	pthread_mutex_init(&heads->lock, NULL);
	clock_condition_init(&heads->ended);
	if (pthread_create(&heads->thread, NULL, follow, heads))
		abort();
	return heads;
}

void heads_destroy(struct heads *heads)
{
	if (!heads)
		return;
	pthread_mutex_lock(&heads->lock);
	heads->end = true;
	pthread_cond_signal(&heads->ended);
	pthread_mutex_unlock(&heads->lock);
	pthread_join(heads->thread, NULL);
	pthread_cond_destroy(&heads->ended);
	pthread_mutex_destroy(&heads->lock);
	free(heads->seen);
	free(heads);
}
