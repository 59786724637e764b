#include "core/http/cache.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 8192, GRACE_MS = 1000 };

struct entry {
	struct entry *next;         /* cache.buckets */
	struct entry *newer, *older; /* cache.newest … cache.oldest */
	uint64_t hash;
	struct page *page;
	uint32_t platform_id;
	uint64_t generation;
	int64_t until_ms;
	bool renewed; /* too old, and somebody is on the way to a handler */
	size_t size;
	uint16_t port;
	uint8_t flags;
	size_t host_len, target_len;
	char text[]; /* host, target */
};

struct cache {
	size_t limit, size;
	uint64_t seed;
	struct entry *newest, *oldest;
	struct entry *buckets[BUCKETS];
};

struct cache *cache_create(size_t bytes, uint64_t seed)
{
	struct cache *cache = calloc(1, sizeof(*cache));
	if (!cache)
		abort();
	cache->limit = bytes;
	cache->seed = seed;
	return cache;
}

static void unlink_age(struct cache *cache, struct entry *entry)
{
	*(entry->newer ? &entry->newer->older : &cache->newest) = entry->older;
	*(entry->older ? &entry->older->newer : &cache->oldest) = entry->newer;
}

static void link_newest(struct cache *cache, struct entry *entry)
{
	entry->newer = NULL;
	entry->older = cache->newest;
	*(cache->newest ? &cache->newest->newer : &cache->oldest) = entry;
	cache->newest = entry;
}

static void drop(struct cache *cache, struct entry *entry)
{
	struct entry **at = &cache->buckets[entry->hash % BUCKETS];
	while (*at != entry)
		at = &(*at)->next;
	*at = entry->next;
	unlink_age(cache, entry);
	assert(cache->oldest != entry);
	cache->size -= entry->size;
	page_unref(entry->page);
	free(entry);
}

void cache_destroy(struct cache *cache)
{
	if (!cache)
		return;
	while (cache->oldest)
		drop(cache, cache->oldest);
	free(cache);
}

static uint8_t flags_of(const struct cache_key *key)
{
	return (uint8_t)(key->secure | key->english << 1 | key->gzip << 2);
}

static uint64_t hash_of(const struct cache *cache, const struct cache_key *key, size_t host_len)
{
	uint64_t hash = page_hash(cache->seed + flags_of(key) + ((uint64_t)key->port << 8), key->host, host_len);
	return page_hash(hash, key->target, key->target_len);
}

static struct entry *find(struct cache *cache, const struct cache_key *key, uint64_t hash, size_t host_len)
{
	for (struct entry *entry = cache->buckets[hash % BUCKETS]; entry; entry = entry->next)
		if (entry->hash == hash && entry->flags == flags_of(key) && entry->port == key->port &&
			entry->host_len == host_len && entry->target_len == key->target_len &&
			memcmp(entry->text, key->host, host_len) == 0 &&
			memcmp(entry->text + host_len, key->target, key->target_len) == 0)
			return entry;
	return NULL;
}

struct page *cache_get(
	struct cache *cache, const struct cache_key *key, struct generations *generations, int64_t now_ms)
{
	if (!cache->newest)
		return NULL;
	size_t host_len = strlen(key->host);
	struct entry *entry = find(cache, key, hash_of(cache, key, host_len), host_len);
	if (!entry)
		return NULL;
	if (now_ms >= entry->until_ms + GRACE_MS ||
		generation_of(generations, entry->platform_id) != entry->generation) {
		drop(cache, entry);
		return NULL;
	}
	/* All who ask for a page in demand at the moment that it expires would else keep every worker busy with the
	 * same search. */
	if (now_ms >= entry->until_ms && !entry->renewed) {
		entry->renewed = true;
		return NULL;
	}
	if (cache->newest != entry) {
		unlink_age(cache, entry);
		link_newest(cache, entry);
	}
	return entry->page;
}

void cache_put(struct cache *cache, const struct cache_key *key, struct page *page, uint32_t platform_id,
	uint64_t generation, int64_t until_ms)
{
	size_t host_len = strlen(key->host);
	size_t text = host_len + key->target_len;
	size_t size =
		sizeof(struct entry) + text + sizeof(*page) + page->head_len + page->head_same_len + page->body_len;
	if (size > cache->limit / 8)
		return;
	uint64_t hash = hash_of(cache, key, host_len);
	struct entry *entry = find(cache, key, hash, host_len);
	if (entry)
		drop(cache, entry);
	while (cache->oldest && cache->size + size > cache->limit)
		drop(cache, cache->oldest);
	entry = calloc(1, sizeof(*entry) + text);
	if (!entry)
		return;
	*entry = (struct entry){.hash = hash, .page = page, .platform_id = platform_id, .generation = generation,
		.until_ms = until_ms, .size = size, .port = key->port, .flags = flags_of(key), .host_len = host_len,
		.target_len = key->target_len};
	memcpy(entry->text, key->host, host_len);
	memcpy(entry->text + host_len, key->target, key->target_len);
	page_ref(page);
	entry->next = cache->buckets[hash % BUCKETS];
	cache->buckets[hash % BUCKETS] = entry;
	link_newest(cache, entry);
	cache->size += size;
}

size_t cache_bytes(const struct cache *cache)
{
	return cache->size;
}
