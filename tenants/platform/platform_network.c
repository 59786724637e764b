#include "tenants/platform/platform_network.h"

#include <pthread.h>
#include <stdlib.h>

#include "core/arena.h"
#include "tenants/platform/network.h"

/* One loaded thing; held by the cache and by the arenas that use it. */
struct loaded {
	size_t holds; /* under the cache's lock */
	uint64_t seq; /* of change_head when the reading began */
	struct network_cache *cache;
	void *object;
	void (*destroy)(void *object);
};

struct network {
	struct network *next;
	uint32_t id;
	struct loaded *regions, *calendar;
};

struct network_cache {
	const struct change_follower *follower;
	pthread_mutex_t lock;
	struct network *networks;
};

struct kind {
	enum change_topic topic;
	struct loaded **(*slot)(struct network *network);
	struct problem *(*load)(struct db *db, uint32_t network_id, void **object);
	void (*destroy)(void *object);
};

struct network_cache *network_cache_create(const struct change_follower *follower)
{
	struct network_cache *cache = calloc(1, sizeof *cache);
	if (!cache)
		abort();
	cache->follower = follower;
	pthread_mutex_init(&cache->lock, NULL);
	return cache;
}

/* With the lock held, or when nobody else is left. */
static void leave(struct loaded *loaded)
{
	if (!loaded || --loaded->holds > 0)
		return;
	loaded->destroy(loaded->object);
	free(loaded);
}

static void leave_locked(void *arg)
{
	struct network_cache *cache = ((struct loaded *)arg)->cache;
	pthread_mutex_lock(&cache->lock);
	leave(arg);
	pthread_mutex_unlock(&cache->lock);
}

void network_cache_destroy(struct network_cache *cache)
{
	struct network *next;

	if (!cache)
		return;
	for (struct network *network = cache->networks; network; network = next) {
		next = network->next;
		leave(network->regions);
		leave(network->calendar);
		free(network);
	}
	pthread_mutex_destroy(&cache->lock);
	free(cache);
}

static struct network *network_of(struct network_cache *cache, uint32_t id)
{
	struct network *network;

	for (network = cache->networks; network; network = network->next)
		if (network->id == id)
			return network;
	network = calloc(1, sizeof *network);
	if (!network)
		abort();
	network->id = id;
	network->next = cache->networks;
	cache->networks = network;
	return network;
}

static uint64_t seq_now(const struct network_cache *cache, enum change_topic topic)
{
	return cache->follower ? change_seq(cache->follower, topic) : 0;
}

static const void *use(struct loaded *loaded, struct arena *arena)
{
	arena_defer(arena, leave_locked, loaded);
	return loaded->object;
}

static struct problem *get(
	struct network_cache *cache, struct db *db, uint32_t network_id, const struct kind *kind, const void **out)
{
	uint64_t seq = seq_now(cache, kind->topic);
	struct loaded *loaded, **slot;
	struct problem *problem;

	pthread_mutex_lock(&cache->lock);
	loaded = *kind->slot(network_of(cache, network_id));
	if (loaded && loaded->seq == seq)
		loaded->holds++;
	else
		loaded = NULL;
	pthread_mutex_unlock(&cache->lock);
	if (loaded) {
		*out = use(loaded, db_arena(db));
		return NULL;
	}
	loaded = calloc(1, sizeof *loaded);
	if (!loaded)
		abort();
	*loaded = (struct loaded){.holds = 2, .seq = seq, .cache = cache, .destroy = kind->destroy};
	problem = kind->load(db, network_id, &loaded->object);
	if (problem) {
		free(loaded);
		return problem;
	}
	pthread_mutex_lock(&cache->lock);
	slot = kind->slot(network_of(cache, network_id));
	leave(*slot);
	*slot = loaded;
	pthread_mutex_unlock(&cache->lock);
	*out = use(loaded, db_arena(db));
	return NULL;
}

/* --- regions ---------------------------------------------------------------------------------- */

static struct loaded **regions_slot(struct network *network)
{
	return &network->regions;
}

static void destroy_regions(void *object)
{
	region_set_destroy(object);
}

static struct problem *load_regions(struct db *db, uint32_t network_id, void **object)
{
	struct region_set *set = NULL;
	struct problem *problem = network_load_regions(db, network_id, &set);
	*object = set;
	return problem;
}

struct problem *network_cache_regions(struct network_cache *cache, struct db *db, uint32_t network_id,
                                      const struct region_set **out)
{
	static const struct kind kind = {CHANGE_REGIONS, regions_slot, load_regions, destroy_regions};
	const void *object = NULL;
	struct problem *problem = get(cache, db, network_id, &kind, &object);
	*out = object;
	return problem;
}

/* --- calendars -------------------------------------------------------------------------------- */

static struct loaded **calendar_slot(struct network *network)
{
	return &network->calendar;
}

static void destroy_calendar(void *object)
{
	calendar_destroy(object);
}

static struct problem *load_calendar(struct db *db, uint32_t network_id, void **object)
{
	struct db_result *days, *known;
	struct calendar *calendar;
	calendar_day day;
	struct problem *problem = db_select(db, db_network(network_id),
		"SELECT day, working FROM calendar_day WHERE network_id = :n ORDER BY day", DB_NO_ARGS, &days);

	if (!problem)
		problem = db_select(db, db_server(), "SELECT value FROM server_meta WHERE name = ?",
				    DB_ARGS(db_text(network_known_until_key(db_arena(db), network_id))), &known);
	if (problem)
		return problem;
	calendar = calendar_create();
	for (size_t i = 0; i < days->rows; i++)
		if (calendar_day_parse(db_get_text(days, i, 0), &day))
			calendar_set_day(calendar, day, db_get_int(days, i, 1) != 0);
	if (known->rows && calendar_day_parse(db_get_text(known, 0, 0), &day))
		calendar_set_known_until(calendar, day);
	*object = calendar;
	return NULL;
}

struct problem *network_cache_calendar(struct network_cache *cache, struct db *db, uint32_t network_id,
                                       const struct calendar **out)
{
	static const struct kind kind = {CHANGE_CALENDAR, calendar_slot, load_calendar, destroy_calendar};
	const void *object = NULL;
	struct problem *problem = get(cache, db, network_id, &kind, &object);
	*out = object;
	return problem;
}
