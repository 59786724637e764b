#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/http/cache.h"

static struct generations generations;

static struct cache_key key_of(const char *host, const char *target)
{
	return (struct cache_key){.host = host, .target = target, .target_len = strlen(target)};
}

static void put(struct cache *cache, struct cache_key key, const char *body, size_t len, uint32_t platform)
{
	struct page *page = page_create(200, "h", 1, "s", 1, body, len, "\"e\"");
	cache_put(cache, &key, page, platform, generation_of(&generations, platform), 1000);
	page_unref(page);
}

static const char *get(struct cache *cache, struct cache_key key, int64_t now)
{
	struct page *page = cache_get(cache, &key, &generations, now);
	return page ? page->body : NULL;
}

static void test_keys(void **state)
{
	struct cache *cache = cache_create(1 << 20, 7);
	struct cache_key key = key_of("a", "/x");
	assert_null(get(cache, key, 0));
	put(cache, key, "one", 4, 1);
	assert_string_equal(get(cache, key, 0), "one");
	assert_null(get(cache, key_of("b", "/x"), 0));
	assert_null(get(cache, key_of("a", "/x?"), 0));
	assert_null(get(cache, key_of("a/", "x"), 0));
	struct cache_key other = key;
	other.gzip = true;
	assert_null(get(cache, other, 0));
	put(cache, other, "two", 4, 1);
	other.gzip = false;
	other.english = true;
	assert_null(get(cache, other, 0));
	other.english = false;
	other.secure = true;
	assert_null(get(cache, other, 0));
	other.secure = false;
	other.port = 8080;
	assert_null(get(cache, other, 0));
	assert_string_equal(get(cache, key, 0), "one");
	put(cache, key, "three", 6, 1);
	assert_string_equal(get(cache, key, 0), "three");
	cache_destroy(cache);
}

static void test_validity(void **state)
{
	struct cache *cache = cache_create(1 << 20, 7);
	struct cache_key key = key_of("a", "/x");
	put(cache, key, "one", 4, 1);
	generations.slots[2]++;
	assert_string_equal(get(cache, key, 999), "one");
	assert_null(get(cache, key, 1000));
	put(cache, key, "two", 4, 1);
	generations.slots[1]++;
	assert_null(get(cache, key, 0));
	put(cache, key, "three", 6, 1);
	generations.all++;
	assert_null(get(cache, key, 0));
	assert_int_equal(cache_bytes(cache), 0);
	cache_destroy(cache);
}

static void test_bounds(void **state)
{
	struct cache *cache = cache_create(100000, 7);
	char target[32], body[1000] = "";
	for (int i = 0; i < 1000; i++) {
		snprintf(target, sizeof(target), "/%d", i);
		put(cache, key_of("a", target), body, sizeof(body), 1);
		/* The first one is asked for again and again, so it stays. */
		assert_non_null(get(cache, key_of("a", "/0"), 0));
		assert_true(cache_bytes(cache) <= 100000);
	}
	assert_non_null(get(cache, key_of("a", "/999"), 0));
	assert_null(get(cache, key_of("a", "/1"), 0));
	char *large = calloc(1, 20000);
	put(cache, key_of("a", "/large"), large, 20000, 1);
	assert_null(get(cache, key_of("a", "/large"), 0));
	free(large);
	cache_destroy(cache);
}

/* One fetches a page anew when it expires; with all of them at the handlers a page in demand would stop the platform
 * each second. */
static void test_one_renews(void **state)
{
	struct cache *cache = cache_create(1 << 20, 7);
	struct cache_key key = key_of("a", "/x");
	put(cache, key, "one", 4, 1);
	assert_null(get(cache, key, 1000));
	assert_string_equal(get(cache, key, 1000), "one");
	assert_string_equal(get(cache, key, 1999), "one");
	assert_null(get(cache, key, 2000));
	assert_int_equal(cache_bytes(cache), 0);
	put(cache, key, "two", 4, 1);
	assert_null(get(cache, key, 1000));
	generations.slots[1]++;
	assert_null(get(cache, key, 1001));
	cache_destroy(cache);
}

/* A page that is being sent when it is dropped lives until it is sent. */
static void test_references(void **state)
{
	struct cache *cache = cache_create(1 << 20, 7);
	struct cache_key key = key_of("a", "/x");
	put(cache, key, "one", 4, 1);
	struct page *page = cache_get(cache, &key, &generations, 0);
	page_ref(page);
	cache_destroy(cache);
	assert_string_equal(page->body, "one");
	page_unref(page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_validity),
		cmocka_unit_test(test_one_renews),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_references),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
