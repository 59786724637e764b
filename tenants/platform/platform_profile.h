/* platform_profile: what a platform tells all others of itself: a public entry in its own log, "platform.profile",
 * which
 * everybody keeps a copy of. Whoever asks what another platform wants (its ways in, conditions, rules of its shelf)
 * reads
 * that copy, never the other's settings: federation/exchange/directory.h.
 *
 * platform  slug, network, parent, level, kind, region, names, state, address, version of its policy
 * policy    an excerpt of its policy's document: ways, conditions, listing, and of its profile the names, hosts and
 *           what the
 *           public is told to ask. It is read as any policy is; what is not in it counts as left out
 */
#ifndef QILIAN_TENANTS_PLATFORM_PLATFORM_PROFILE_H
#define QILIAN_TENANTS_PLATFORM_PLATFORM_PROFILE_H

#include "core/db/db.h"
#include "core/work/journal.h"

struct arena;
struct json_object;

/* Inside a transaction: says how the platform is now. by: who acts (actor_id, actor_name, actor_role, client of it). */
struct problem *platform_profile_announce(struct db *db, uint32_t platform_id,
	const struct journal_entry *by) MUST_CHECK;

/* Of a document, or of an excerpt: only what may be in one. Of the arena. */
struct json_object *platform_profile_excerpt(struct arena *arena, const struct json_object *document) RETURNS_NONNULL;

#endif
