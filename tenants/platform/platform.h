/* platform: the tenants of this server: which host name means which, and its place in the tree.
 *
 * platform    one tenant (table `tenant`); its id is platform_id elsewhere
 * network     the tree of platforms under one root (Zhejiang's, Hunan's)
 * directory   an immutable picture of all platforms; a new one replaces it when change_head's "platforms" moves, so at
 *             most a quarter of a second after any server or qilianctl changed something. 1,000 platforms are normal
 * policy      belongs to a platform but is loaded when it is first asked for (tenants/policy/policy.h)
 *
 * Hold a directory for one piece of work; what hangs on it stays valid until it is released.
 */
#ifndef QILIAN_TENANTS_PLATFORM_PLATFORM_H
#define QILIAN_TENANTS_PLATFORM_PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attributes.h"
#include "core/db/db.h"
#include "core/record/call.h" /* enum platform_state */
#include "tenants/rules/calendar.h"
#include "tenants/policy/policy.h"
#include "tenants/rules/region.h"

enum platform_level { PLATFORM_PROVINCE, PLATFORM_CITY, PLATFORM_COUNTY, PLATFORM_CLUSTER, PLATFORM_PARK };

struct platform {
	uint32_t id;
	uint32_t network_id;
	const struct platform *parent;   /* NULL at the root of its network */
	const struct platform *root;     /* itself there */
	const struct platform *children; /* by id */
	const struct platform *sibling;
	const char *slug; /* "lishui" */
	const char *network_slug;
	const char *origin; /* name of its log in the world, "zhejiang/lishui": core/work/journal.h */
	enum platform_level level;
	const char *kind; /* hub, window, cluster, park */
	const char *region_code;
	const char *number_code; /* in product numbers, unique in the network */
	const char *name_zh, *name_en;
	const char *main_host; /* NULL if it has none */
	const char *const *hosts;
	size_t host_count;
	enum platform_state state;
	bool demonstration;
	unsigned char policy_hash[POLICY_HASH];
	uint32_t policy_version;
	/* Of what it says of itself, as this database keeps it (platform_profile.h): how others read its policy.
	 * Zeros: nothing
	 * has come yet. */
	unsigned char profile_hash[POLICY_HASH];
};

static inline struct db_scope platform_scope(const struct platform *platform)
{
	return db_platform(platform->id, platform->network_id);
}

/* "province", "city", "county", "cluster", "park". */
const char *platform_level_name(enum platform_level level) RETURNS_NONNULL;
bool platform_level_parse(const char *name, enum platform_level *level);
/* Is `platform` `ancestor` itself or below it? */
bool platform_is_below(const struct platform *platform, const struct platform *ancestor);

/* --- the directory --- */

struct platform_directory;

const struct platform *OR_NULL platform_by_host(const struct platform_directory *directory,
						const char *host); /* lower case */
const struct platform *OR_NULL platform_by_id(const struct platform_directory *directory, uint32_t id);
const struct platform *OR_NULL platform_by_slug(const struct platform_directory *directory, const char *slug);
const struct platform *OR_NULL platform_by_origin(const struct platform_directory *directory, const char *origin);
size_t platform_count(const struct platform_directory *directory);
/* By id. */
const struct platform *platform_at(const struct platform_directory *directory, size_t i) RETURNS_NONNULL;

/* --- the registry: one per process --- */

struct platform_registry;
struct change_follower;

/* Loads the first directory; fails if the database does. All arguments must outlive it. Without a follower (tools) it
 * stays as it is until platform_registry_reload(). */
struct problem *platform_registry_create(struct arena *arena, struct db *db, struct change_follower *follower,
                                         struct policy_store *policies, struct platform_registry **out) MUST_CHECK;
void platform_registry_destroy(struct platform_registry *registry);

/* Reads the directory now, on the caller's connection. */
struct problem *platform_registry_reload(struct platform_registry *registry, struct db *db) MUST_CHECK;

/* The current directory; any thread, never blocks on the database. Release it, or tie it to an arena. */
const struct platform_directory *platform_directory_hold(struct platform_registry *registry) RETURNS_NONNULL;
void platform_directory_release(const struct platform_directory *directory);
const struct platform_directory *platform_directory_use(struct platform_registry *registry,
							struct arena *arena) RETURNS_NONNULL;

/* The platform's current policy, released with the db's arena. Workers only: may load it. */
struct problem *platform_policy(struct platform_registry *registry, struct db *db, const struct platform *platform,
                                const struct policy **out) MUST_CHECK;
/* What the platform tells others of its policy: an excerpt. PROBLEM_UNAVAILABLE while nothing of it has come. */
struct problem *platform_told_policy(struct platform_registry *registry, struct db *db, const struct platform *platform,
                                     const struct policy **out) MUST_CHECK;
/* A policy that a running case began with. */
struct problem *platform_policy_of(struct platform_registry *registry, struct db *db,
	const unsigned char hash[POLICY_HASH], const struct policy **out) MUST_CHECK;

/* The network's regions and calendar as the database holds them now; the same rules. */
struct problem *platform_regions(struct platform_registry *registry, struct db *db, uint32_t network_id,
                                 const struct region_set **out) MUST_CHECK;
struct problem *platform_calendar(struct platform_registry *registry, struct db *db, uint32_t network_id,
                                  const struct calendar **out) MUST_CHECK;

#endif
