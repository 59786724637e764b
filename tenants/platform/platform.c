#include "tenants/platform/platform.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/diag.h"
#include "core/work/journal.h"
#include "tenants/platform/change.h"
#include "tenants/platform/platform_network.h"

struct host {
	const char *name;
	const struct platform *platform;
};

struct platform_directory {
	atomic_uint holds;
	struct arena *arena;
	struct platform **by_id;
	struct platform **by_slug;
	struct platform **by_origin;
	size_t count;
	struct host *hosts; /* by name */
	size_t host_count;
};

struct platform_registry {
	struct change_follower *follower;
	struct policy_store *policies;
	struct network_cache *networks;
	pthread_mutex_t lock; /* of `current` */
	const struct platform_directory *current;
};

static const char *const LEVELS[] = {"province", "city", "county", "cluster", "park"};

const char *platform_level_name(enum platform_level level)
{
	return LEVELS[level];
}

bool platform_level_parse(const char *name, enum platform_level *level)
{
	for (int i = 0; i < (int)(sizeof LEVELS / sizeof *LEVELS); i++) {
		if (strcmp(LEVELS[i], name) == 0) {
			*level = (enum platform_level)i;
			return true;
		}
	}
	return false;
}

bool platform_is_below(const struct platform *platform, const struct platform *ancestor)
{
	while (platform && platform != ancestor)
		platform = platform->parent;
	return platform != NULL;
}

/* --- building a directory --------------------------------------------------------------------- */

static const char TENANTS[] = DB_ACROSS(
	"SELECT t.id, t.network, COALESCE(t.parent, 0), t.slug, n.slug, t.level, t.kind, t.region_code, t.number_code, "
	"t.name_zh, t.name_en, t.state, t.demonstration, t.policy_hash, t.policy_version, " JOURNAL_ORIGIN_NAME ", "
	"p.policy_hash FROM tenant t JOIN network n ON n.id = t.network "
	"LEFT JOIN platform_profile p ON p.network_id = t.network AND p.platform = t.id ORDER BY t.id");
static const char HOSTS[] = "SELECT host, tenant FROM tenant_host ORDER BY tenant, main DESC, host";

static enum platform_state state_of(const char *name)
{
	return strcmp(name, "active") == 0 ? PLATFORM_STATE_ACTIVE :
	       strcmp(name, "suspended") == 0 ? PLATFORM_STATE_SUSPENDED : PLATFORM_STATE_CLOSED;
}

static struct platform *read_platform(struct arena *arena, const struct db_result *result, size_t row)
{
	struct platform *platform = ARENA_NEW(arena, struct platform);
	const struct db_value *hash = db_get(result, row, 13);

	platform->id = (uint32_t)db_get_uint(result, row, 0);
	platform->network_id = (uint32_t)db_get_uint(result, row, 1);
	platform->slug = arena_strdup(arena, db_get_text(result, row, 3));
	platform->network_slug = arena_strdup(arena, db_get_text(result, row, 4));
	(void)platform_level_parse(db_need_text(result, row, 5), &platform->level);
	platform->kind = arena_strdup(arena, db_get_text(result, row, 6));
	platform->region_code = arena_strdup(arena, db_get_text(result, row, 7));
	platform->number_code = arena_strdup(arena, db_get_text(result, row, 8));
	platform->name_zh = arena_strdup(arena, db_get_text(result, row, 9));
	platform->name_en = arena_strdup(arena, db_get_text(result, row, 10));
	platform->state = state_of(db_need_text(result, row, 11));
	platform->demonstration = db_get_int(result, row, 12) != 0;
	if (hash->type != DB_NULL && hash->s.len == POLICY_HASH)
		memcpy(platform->policy_hash, hash->s.data, POLICY_HASH);
	platform->policy_version = (uint32_t)db_get_uint(result, row, 14);
	hash = db_get(result, row, 16);
	if (hash->type != DB_NULL && hash->s.len == POLICY_HASH)
		memcpy(platform->profile_hash, hash->s.data, POLICY_HASH);
	platform->origin = arena_strdup(arena, db_get_text(result, row, 15));
	return platform;
}

static int by_slug(const void *a, const void *b)
{
	const struct platform *const *x = a, *const *y = b;
	return strcmp((*x)->slug, (*y)->slug);
}

static int by_origin(const void *a, const void *b)
{
	const struct platform *const *x = a, *const *y = b;
	return strcmp((*x)->origin, (*y)->origin);
}

static int by_host(const void *a, const void *b)
{
	const struct host *x = a, *y = b;
	return strcmp(x->name, y->name);
}

static struct platform *find_id(const struct platform_directory *directory, uint32_t id)
{
	size_t low = 0, high = directory->count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		if (directory->by_id[middle]->id == id)
			return directory->by_id[middle];
		if (directory->by_id[middle]->id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* From the last to the first, so that children end up in the order of their ids. */
static void link_tree(struct platform_directory *directory, const struct db_result *result)
{
	for (size_t i = directory->count; i-- > 0;) {
		struct platform *platform = directory->by_id[i],
				*parent = find_id(directory, (uint32_t)db_get_uint(result, i, 2));
		if (!parent)
			continue;
		platform->parent = parent;
		platform->sibling = parent->children;
		parent->children = platform;
	}
	for (size_t i = 0; i < directory->count; i++) {
		const struct platform *root = directory->by_id[i];
		for (size_t steps = 0; root->parent && steps < directory->count; steps++)
			root = root->parent;
		directory->by_id[i]->root = root;
	}
}

/* Rows come by platform, the main host first. */
static void take_hosts(struct platform_directory *directory, const struct db_result *result)
{
	const char **names = ARENA_ARRAY(directory->arena, const char *, result->rows + 1);

	directory->hosts = ARENA_ARRAY(directory->arena, struct host, result->rows + 1);
	for (size_t i = 0; i < result->rows; i++) {
		struct platform *platform = find_id(directory, (uint32_t)db_get_uint(result, i, 1));
		if (!platform)
			continue;
		names[i] = arena_strdup(directory->arena, db_get_text(result, i, 0));
		if (platform->host_count++ == 0) {
			platform->hosts = &names[i];
			platform->main_host = names[i];
		}
		directory->hosts[directory->host_count++] = (struct host){names[i], platform};
	}
	qsort(directory->hosts, directory->host_count, sizeof *directory->hosts, by_host);
}

static struct problem *load_directory(struct db *db, const struct platform_directory **out)
{
	struct db_result *tenants, *hosts;
	struct platform_directory *directory;
	struct arena *arena;
	struct problem *problem = db_select(db, db_all_platforms("the directory of platforms"), TENANTS, DB_NO_ARGS,
		&tenants);

	if (!problem)
		problem = db_select(db, db_server(), HOSTS, DB_NO_ARGS, &hosts);
	if (problem)
		return problem;
	arena = arena_create();
	directory = ARENA_NEW(arena, struct platform_directory);
	atomic_init(&directory->holds, 1);
	directory->arena = arena;
	directory->count = tenants->rows;
	directory->by_id = ARENA_ARRAY(arena, struct platform *, tenants->rows + 1);
	directory->by_slug = ARENA_ARRAY(arena, struct platform *, tenants->rows + 1);
	directory->by_origin = ARENA_ARRAY(arena, struct platform *, tenants->rows + 1);
	for (size_t i = 0; i < tenants->rows; i++)
		directory->by_origin[i] = directory->by_slug[i] = directory->by_id[i] = read_platform(arena,
			tenants, i);
	qsort(directory->by_slug, directory->count, sizeof *directory->by_slug, by_slug);
	qsort(directory->by_origin, directory->count, sizeof *directory->by_origin, by_origin);
	link_tree(directory, tenants);
	take_hosts(directory, hosts);
	*out = directory;
	return NULL;
}

/* --- looking up ------------------------------------------------------------------------------- */

const struct platform *platform_by_host(const struct platform_directory *directory, const char *host)
{
	struct host key = {host, NULL}, *found;
	if (directory->host_count == 0)
		return NULL;
	found = bsearch(&key, directory->hosts, directory->host_count, sizeof key, by_host);
	return found ? found->platform : NULL;
}

const struct platform *platform_by_id(const struct platform_directory *directory, uint32_t id)
{
	return find_id(directory, id);
}

const struct platform *platform_by_slug(const struct platform_directory *directory, const char *slug)
{
	struct platform key = {.slug = slug}, *at = &key, **found;
	if (directory->count == 0)
		return NULL;
	found = bsearch(&at, directory->by_slug, directory->count, sizeof *directory->by_slug, by_slug);
	return found ? *found : NULL;
}

const struct platform *platform_by_origin(const struct platform_directory *directory, const char *origin)
{
	struct platform key = {.origin = origin}, *at = &key, **found;
	found = bsearch(&at, directory->by_origin, directory->count, sizeof *directory->by_origin, by_origin);
	return found ? *found : NULL;
}

size_t platform_count(const struct platform_directory *directory)
{
	return directory->count;
}

const struct platform *platform_at(const struct platform_directory *directory, size_t i)
{
	if (i >= directory->count)
		abort();
	return directory->by_id[i];
}

/* --- the registry ----------------------------------------------------------------------------- */

const struct platform_directory *platform_directory_hold(struct platform_registry *registry)
{
	const struct platform_directory *directory;

	pthread_mutex_lock(&registry->lock);
	directory = registry->current;
	atomic_fetch_add(&((struct platform_directory *)(uintptr_t)directory)->holds, 1);
	pthread_mutex_unlock(&registry->lock);
	return directory;
}

void platform_directory_release(const struct platform_directory *directory)
{
	if (directory && atomic_fetch_sub(&((struct platform_directory *)(uintptr_t)directory)->holds, 1) == 1)
		arena_destroy(directory->arena);
}

static void release_directory(void *directory)
{
	platform_directory_release(directory);
}

const struct platform_directory *platform_directory_use(struct platform_registry *registry, struct arena *arena)
{
	const struct platform_directory *directory = platform_directory_hold(registry);
	arena_defer(arena, release_directory, (void *)(uintptr_t)directory);
	return directory;
}

static void replace_directory(struct platform_registry *registry, const struct platform_directory *directory)
{
	const struct platform_directory *old;

	pthread_mutex_lock(&registry->lock);
	old = registry->current;
	registry->current = directory;
	pthread_mutex_unlock(&registry->lock);
	platform_directory_release(old);
}

/* On the follower's thread. A failure leaves the old directory; the database's absence is in the diagnostics
 * already. */
static void platforms_changed(struct db *db, void *arg)
{
	const struct platform_directory *directory;
	struct problem *problem = load_directory(db, &directory);

	if (problem)
		diag_error(NULL, "the platforms could not be read anew: %s", problem->en);
	else
		replace_directory(arg, directory);
}

struct problem *platform_registry_create(struct arena *arena, struct db *db, struct change_follower *follower,
                                         struct policy_store *policies, struct platform_registry **out)
{
	const struct platform_directory *directory;
	struct platform_registry *registry;
	struct problem *problem = load_directory(db, &directory);

	if (problem)
		return problem;
	registry = calloc(1, sizeof *registry);
	if (!registry)
		abort();
	pthread_mutex_init(&registry->lock, NULL);
	registry->follower = follower;
	registry->policies = policies;
	registry->current = directory;
	registry->networks = network_cache_create(follower);
	if (follower)
		change_on(follower, CHANGE_PLATFORMS, platforms_changed, registry);
	*out = registry;
	/* What changed between the reading and the listening. */
	problem = load_directory(db, &directory);
	if (!problem)
		replace_directory(registry, directory);
	return problem;
}

void platform_registry_destroy(struct platform_registry *registry)
{
	if (!registry)
		return;
	if (registry->follower)
		change_off(registry->follower, CHANGE_PLATFORMS, platforms_changed, registry);
	platform_directory_release(registry->current);
	network_cache_destroy(registry->networks);
	pthread_mutex_destroy(&registry->lock);
	free(registry);
}

struct problem *platform_registry_reload(struct platform_registry *registry, struct db *db)
{
	const struct platform_directory *directory;
	struct problem *problem = load_directory(db, &directory);
	if (!problem)
		replace_directory(registry, directory);
	return problem;
}

struct problem *platform_policy(struct platform_registry *registry, struct db *db, const struct platform *platform,
                                const struct policy **out)
{
	return policy_use(registry->policies, db, platform->policy_hash, out);
}

struct problem *platform_told_policy(struct platform_registry *registry, struct db *db, const struct platform *platform,
                                     const struct policy **out)
{
	static const unsigned char none[POLICY_HASH];
	if (memcmp(platform->profile_hash, none, POLICY_HASH))
		return policy_use(registry->policies, db, platform->profile_hash, out);
	return problem_detail(db_arena(db), &PROBLEM_UNAVAILABLE,
		arena_printf(db_arena(db), "%s的资料尚未到达，请稍后再试", platform->name_zh),
		arena_printf(db_arena(db), "What %s says of itself has not come yet: please try again soon",
			platform->name_en));
}

struct problem *platform_policy_of(struct platform_registry *registry, struct db *db,
	const unsigned char hash[POLICY_HASH], const struct policy **out)
{
	return policy_use(registry->policies, db, hash, out);
}

struct problem *platform_regions(struct platform_registry *registry, struct db *db, uint32_t network_id,
                                 const struct region_set **out)
{
	return network_cache_regions(registry->networks, db, network_id, out);
}

struct problem *platform_calendar(struct platform_registry *registry, struct db *db, uint32_t network_id,
                                  const struct calendar **out)
{
	return network_cache_calendar(registry->networks, db, network_id, out);
}
