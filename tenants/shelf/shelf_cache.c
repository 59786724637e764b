#include "tenants/shelf/shelf_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "core/buf.h"

enum { LOAD_ROWS = 1000, CHANGES_MAX = 2000, BUCKETS = 256 };

const struct problem_kind PROBLEM_CURSOR = {"cursor", 400, "翻页标记不属于此列表，请从第一页重新开始。",
	"The cursor does not belong to this list; start again from the first page."};

struct entry {
	struct entry *next; /* in its bucket */
	uint32_t platform_id;
	unsigned refs; /* under cache->lock; an entry in use is not evicted */
	uint64_t used; /* tick of the last use */
	pthread_rwlock_t lock; /* of the two below */
	struct shelf *shelf; /* NULL until loaded */
	uint64_t seq; /* of the platform's log, up to which the shelf is current */
	size_t bytes; /* as last counted, under cache->lock */
};

struct shelf_cache {
	pthread_mutex_t lock;
	struct entry *buckets[BUCKETS];
	size_t max_bytes;
	uint64_t tick;
};

struct shelf_cache *shelf_cache_create(size_t max_bytes)
{
	struct shelf_cache *cache = calloc(1, sizeof(*cache));
	if (!cache)
		abort();
	pthread_mutex_init(&cache->lock, NULL);
	cache->max_bytes = max_bytes;
	return cache;
}

static void entry_destroy(struct entry *entry)
{
	pthread_rwlock_destroy(&entry->lock);
	shelf_destroy(entry->shelf);
	free(entry);
}

void shelf_cache_destroy(struct shelf_cache *cache)
{
	if (!cache)
		return;
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct entry *e = cache->buckets[i], *next; e; e = next) {
			next = e->next;
			entry_destroy(e);
		}
	pthread_mutex_destroy(&cache->lock);
	free(cache);
}

/* ---- Reading rows ---- */

/* Every "text" in the blocks of a description, separated by spaces. */
static void blocks_text(struct json_object *node, struct buf *out)
{
	if (json_object_is_type(node, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(node); i++)
			blocks_text(json_object_array_get_idx(node, i), out);
	} else if (json_object_is_type(node, json_type_object)) {
		json_object_object_foreach(node, key, value)
		{
			if (strcmp(key, "text") == 0 && json_object_is_type(value, json_type_string)) {
				buf_text(out, json_object_get_string(value));
				buf_char(out, ' ');
			} else {
				blocks_text(value, out);
			}
		}
	}
}

static const char *text_of(struct json_object *content, const char *key)
{
	struct json_object *value;
	if (!json_object_object_get_ex(content, key, &value) || !json_object_is_type(value, json_type_string))
		return NULL;
	return json_object_get_string(value);
}

static const char *first_picture(struct json_object *content)
{
	struct json_object *pictures, *first;
	if (!json_object_object_get_ex(content, "pictures", &pictures) ||
		!json_object_is_type(pictures, json_type_array) || json_object_array_length(pictures) == 0)
		return NULL;
	first = json_object_array_get_idx(pictures, 0);
	return json_object_is_type(first, json_type_object) ? text_of(first, "id") : json_object_get_string(first);
}

static void read_industries(struct json_object *content, struct shelf_item *item)
{
	struct json_object *list;
	if (!json_object_object_get_ex(content, "industries", &list) || !json_object_is_type(list, json_type_array))
		return;
	for (size_t i = 0; i < SHELF_INDUSTRIES_MAX && i < json_object_array_length(list); i++)
		item->industries[i] = json_object_get_string(json_object_array_get_idx(list, i));
}

static int64_t number_of(struct json_object *content, const char *key, int64_t otherwise)
{
	struct json_object *value;
	if (!json_object_object_get_ex(content, key, &value) || !json_object_is_type(value, json_type_int))
		return otherwise;
	return json_object_get_int64(value);
}

#define LISTING_COLUMNS \
	"id, institution_id, product_number, name, institution_name, category, region_code, pricing, price, " \
	"content, published_at, live AND phase IN ('active', 'waiting', 'returned')"

enum { COL_ID, COL_INSTITUTION, COL_NUMBER, COL_NAME, COL_INSTITUTION_NAME, COL_CATEGORY, COL_REGION, COL_PRICING,
	COL_PRICE,
	COL_CONTENT, COL_PUBLISHED, COL_VISIBLE };

static void put_row(struct shelf *shelf, const struct db_result *result, size_t row)
{
	struct uuid id;
	db_get_id(result, row, COL_ID, &id);
	if (!db_get_int(result, row, COL_VISIBLE)) {
		shelf_remove(shelf, &id);
		return;
	}
	const char *text = db_get_text(result, row, COL_CONTENT);
	struct json_object *content = text ? json_tokener_parse(text) : NULL;
	struct buf body;
	buf_init(&body);
	struct json_object *description = NULL;
	if (json_object_object_get_ex(content, "description", &description))
		blocks_text(description, &body);
	bool negotiable = strcmp(db_need_text(result, row, COL_PRICING), "negotiable") == 0;
	int64_t price = negotiable ? -1 : db_get_int(result, row, COL_PRICE);
	struct shelf_item item = {.id = id, .number = db_get_text(result, row, COL_NUMBER),
		.name = db_get_text(result, row, COL_NAME), .summary = text_of(content, "summary"), .body = body.data,
		.institution_name = db_get_text(result, row, COL_INSTITUTION_NAME), .category = db_get_text(result, row,
		COL_CATEGORY),
		.region = db_get_text(result, row, COL_REGION), .picture = first_picture(content),
		.price_unit = text_of(content, "price_unit"), .pricing = db_get_text(result, row, COL_PRICING),
		.price = price,
		.price_high = number_of(content, "price_high", price), .published_ms = db_get_time(result, row,
		COL_PUBLISHED)};
	db_get_id(result, row, COL_INSTITUTION, &item.institution_id);
	read_industries(content, &item);
	shelf_put(shelf, &item);
	buf_finish(&body);
	json_object_put(content);
}

static struct problem *read_head(struct db *db, struct db_scope scope, uint64_t *seq)
{
	struct db_result *result;
	struct problem *problem =
		db_select(db, scope, "SELECT seq FROM head WHERE platform_id = :p", DB_NO_ARGS, &result);
	*seq = !problem && result->rows ? db_get_uint(result, 0, 0) : 0;
	return problem;
}

static struct problem *load_page(struct db *db, struct db_scope scope, struct shelf *shelf,
                                 struct uuid *last, bool *more)
{
	struct db_result *result;
	struct problem *problem = db_select(db, scope,
		"SELECT " LISTING_COLUMNS " FROM listing WHERE platform_id = :p AND id > ? AND home_id = platform_id "
		"AND live = 1 "
		"ORDER BY id LIMIT 1000",
		DB_ARGS(db_bytes(last->b, sizeof(last->b))), &result);
	if (problem)
		return problem;
	for (size_t i = 0; i < result->rows; i++)
		put_row(shelf, result, i);
	*more = result->rows == LOAD_ROWS;
	if (result->rows)
		db_get_id(result, result->rows - 1, COL_ID, last);
	return NULL;
}

/* A page at a time with an arena of its own: a platform may have hundreds of thousands. */
static struct problem *load_all(struct db *db, struct db_scope scope, struct shelf **out)
{
	struct arena *outer = db_arena(db);
	struct shelf *shelf = shelf_create();
	struct uuid last = {{0}};
	struct problem *problem = NULL;
	for (bool more = true; more && !problem;) {
		struct arena *arena = arena_create();
		db_use_arena(db, arena);
		problem = load_page(db, scope, shelf, &last, &more);
		db_use_arena(db, outer);
		if (problem) /* its texts are static or lie in the arena that goes: keep the kind */
			problem = problem_new(outer, problem->kind);
		arena_destroy(arena);
	}
	if (problem) {
		shelf_destroy(shelf);
		return problem;
	}
	*out = shelf;
	return NULL;
}

/* Reads again what the log names between the two positions. *too_many: loading all anew is cheaper. */
static struct problem *load_changes(struct db *db, struct db_scope scope, struct shelf *shelf,
                                    uint64_t from, uint64_t to, bool *too_many)
{
	struct db_result *ids;
	struct problem *problem = db_select(db, scope,
		"SELECT DISTINCT record_id FROM log_entry WHERE platform_id = :p AND seq > ? AND seq <= ? "
		"AND record_type = 'listing' LIMIT 2001",
		DB_ARGS(db_uint(from), db_uint(to)), &ids);
	if (problem)
		return problem;
	*too_many = ids->rows > CHANGES_MAX;
	for (size_t i = 0; i < ids->rows && !*too_many; i++) {
		struct uuid id;
		struct db_result *result;
		db_get_id(ids, i, 0, &id);
		problem = db_select(db, scope,
			"SELECT " LISTING_COLUMNS " FROM listing WHERE platform_id = :p AND id = ? AND home_id = "
			"platform_id",
			DB_ARGS(db_id(&id)), &result);
		if (problem)
			return problem;
		if (result->rows)
			put_row(shelf, result, 0);
		else
			shelf_remove(shelf, &id);
	}
	return NULL;
}

/* ---- Keeping shelves ---- */

static struct entry *acquire(struct shelf_cache *cache, uint32_t platform_id)
{
	pthread_mutex_lock(&cache->lock);
	struct entry **bucket = &cache->buckets[platform_id % BUCKETS];
	struct entry *entry = *bucket;
	while (entry && entry->platform_id != platform_id)
		entry = entry->next;
	if (!entry) {
		entry = calloc(1, sizeof(*entry));
		if (!entry)
			abort();
		entry->platform_id = platform_id;
		pthread_rwlock_init(&entry->lock, NULL);
		entry->next = *bucket;
		*bucket = entry;
	}
	entry->refs++;
	entry->used = ++cache->tick;
	pthread_mutex_unlock(&cache->lock);
	return entry;
}

/* Where the pointer to the entry least recently used and not in use stands; NULL if there is none. */
static struct entry **oldest_idle(struct shelf_cache *cache, size_t *total)
{
	struct entry **oldest = NULL;
	*total = 0;
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct entry **at = &cache->buckets[i]; *at; at = &(*at)->next) {
			*total += (*at)->bytes;
			if (!(*at)->refs && (!oldest || (*at)->used < (*oldest)->used))
				oldest = at;
		}
	return oldest;
}

static void evict(struct shelf_cache *cache)
{
	size_t total;
	struct entry **at;
	while ((at = oldest_idle(cache, &total)) && total > cache->max_bytes) {
		struct entry *entry = *at;
		*at = entry->next;
		entry_destroy(entry);
	}
}

static void release(struct shelf_cache *cache, struct entry *entry, size_t bytes)
{
	pthread_mutex_lock(&cache->lock);
	entry->refs--;
	bool grown = bytes > entry->bytes;
	entry->bytes = bytes;
	if (grown)
		evict(cache);
	pthread_mutex_unlock(&cache->lock);
}

/* Under the write lock. The head was read before the rows, so a change in between is read twice, never missed. */
static struct problem *bring_up_to_date(struct entry *entry, struct db *db, struct db_scope scope)
{
	uint64_t head;
	struct problem *problem = read_head(db, scope, &head);
	if (problem || (entry->shelf && head <= entry->seq))
		return problem;
	bool anew = !entry->shelf;
	if (!anew && (problem = load_changes(db, scope, entry->shelf, entry->seq, head, &anew)))
		return problem;
	if (anew) {
		struct shelf *shelf;
		if ((problem = load_all(db, scope, &shelf)))
			return problem;
		shelf_destroy(entry->shelf);
		entry->shelf = shelf;
	}
	entry->seq = head;
	return NULL;
}

struct problem *shelf_cache_search(struct shelf_cache *cache, struct db *db, struct db_scope scope,
                                   const struct shelf_query *query, struct shelf_answer *answer)
{
	uint64_t head;
	struct problem *problem = read_head(db, scope, &head);
	if (problem)
		return problem;
	struct entry *entry = acquire(cache, scope.platform_id);
	pthread_rwlock_rdlock(&entry->lock);
	while (!entry->shelf || entry->seq < head) {
		pthread_rwlock_unlock(&entry->lock);
		pthread_rwlock_wrlock(&entry->lock);
		problem = bring_up_to_date(entry, db, scope);
		pthread_rwlock_unlock(&entry->lock);
		if (problem) {
			release(cache, entry, entry->bytes);
			return problem;
		}
		pthread_rwlock_rdlock(&entry->lock);
	}
	bool good = shelf_search(entry->shelf, db_arena(db), query, answer);
	size_t bytes = shelf_bytes(entry->shelf);
	pthread_rwlock_unlock(&entry->lock);
	release(cache, entry, bytes);
	return good ? NULL : problem_new(db_arena(db), &PROBLEM_CURSOR);
}

struct shelf_cache_stats shelf_cache_stats(struct shelf_cache *cache)
{
	struct shelf_cache_stats stats = {0};
	pthread_mutex_lock(&cache->lock);
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct entry *e = cache->buckets[i]; e; e = e->next) {
			stats.shelves++;
			stats.bytes += e->bytes;
			pthread_rwlock_rdlock(&e->lock);
			stats.listings += e->shelf ? shelf_size(e->shelf) : 0;
			pthread_rwlock_unlock(&e->lock);
		}
	pthread_mutex_unlock(&cache->lock);
	return stats;
}
