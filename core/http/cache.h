/* cache: finished public answers of one loop, found without a lock and without asking a handler. */
#ifndef QILIAN_CORE_HTTP_CACHE_H
#define QILIAN_CORE_HTTP_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attributes.h"
#include "core/http/page.h"

struct cache;

/* What an answer depends on. */
struct cache_key {
	const char *host; /* lower case, without port */
	uint16_t port;
	bool secure;
	bool english;
	bool gzip;
	const char *target; /* path and query as sent */
	size_t target_len;
};

/* bytes: what pages and keys may take together; the least recently used go first. */
struct cache *cache_create(size_t bytes, uint64_t seed) RETURNS_NONNULL;
void cache_destroy(struct cache *OR_NULL cache);

/* The page, if it is still true; not referenced for the caller. Once it is too old, but not void, the first who asks
 * gets NULL and is expected to cache_put() another; the others get the old one meanwhile, for a second at most. */
struct page *OR_NULL cache_get(struct cache *cache, const struct cache_key *key, struct generations *generations,
			       int64_t now_ms) NONNULL;
/* Takes a reference of its own. Pages larger than an eighth of the cache are not kept. */
void cache_put(struct cache *cache, const struct cache_key *key, struct page *page, uint32_t platform_id,
	uint64_t generation, int64_t until_ms) NONNULL;
size_t cache_bytes(const struct cache *cache) NONNULL;

#endif
