/* shelf_cache: the shelves of the platforms that are searched, loaded when first asked for and kept up to date.
 *
 * Fresh at each search: the head of the platform's log is read (one point select), and what its `listing` entries
 * since the last look name is read again. So every server over one database shows a listing as soon as it is
 * committed, without a message between them. Shelves least recently used go when `max_bytes` is exceeded; a platform
 * that cannot be held is still answered, loaded for the one search.
 *
 * Thread-safe.
 */
#ifndef QILIAN_TENANTS_SHELF_SHELF_CACHE_H
#define QILIAN_TENANTS_SHELF_SHELF_CACHE_H

#include "core/attributes.h"
#include "core/db/db.h"
#include "tenants/shelf/shelf.h"

struct shelf_cache;

struct shelf_cache *shelf_cache_create(size_t max_bytes) RETURNS_NONNULL;
void shelf_cache_destroy(struct shelf_cache *cache); /* accepts NULL */

extern const struct problem_kind PROBLEM_CURSOR; /* 400: `after` does not belong to this list */

/* scope is the platform's; the answer lies in the db's arena. */
struct problem *shelf_cache_search(struct shelf_cache *cache, struct db *db, struct db_scope scope,
                                   const struct shelf_query *query, struct shelf_answer *answer) MUST_CHECK;

struct shelf_cache_stats {
	size_t shelves;
	size_t listings;
	size_t bytes;
};
struct shelf_cache_stats shelf_cache_stats(struct shelf_cache *cache);

#endif
