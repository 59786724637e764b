/* The seed of regions is whole, and sets refuse trees that are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tenants/rules/region.h"

static struct arena *arena;
static struct region_set *seed;

static char *file_text(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = arena_alloc(arena, 1 << 20);
	size_t len;

	assert_non_null(file);
	len = fread(text, 1, (1 << 20) - 1, file);
	text[len] = 0;
	fclose(file);
	return text;
}

static int setup(void **state)
{
	arena = arena_create();
	seed = region_set_create();
	assert_null(region_set_read(seed, arena, file_text(PROJECT_ROOT "/config/regions.tsv")));
	assert_null(region_set_seal(seed, arena));
	return 0;
}

static int teardown(void **state)
{
	region_set_destroy(seed);
	arena_destroy(arena);
	return 0;
}

static void the_seed_knows_both_networks(void **state)
{
	static const char *const rows[][2] = {
		{"330000", "浙江省"}, {"330100", "杭州市"}, {"331100", "丽水市"}, {"331181", "龙泉市"},
		{"331123", "遂昌县"}, {"331190", "丽水经济技术开发区"}, {"430000", "湖南省"}, {"430100", "长沙市"},
		{"433100", "湘西土家族苗族自治州"},
		{"320594", "苏州工业园区"}, {"320576", "苏州工业园区"}, {"320571", "苏州工业园区"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct region *region = region_find(seed, rows[i][0]);
		assert_non_null(region);
		assert_string_equal(region->name, rows[i][1]);
	}
	assert_null(region_find(seed, "999999"));
	assert_null(region_find(seed, ""));
	assert_true(region_count(seed) > 3300);
}

static void within_follows_the_tree_not_the_digits(void **state)
{
	assert_true(region_is_within(seed, "331123", "331100"));
	assert_true(region_is_within(seed, "331123", "330000"));
	assert_true(region_is_within(seed, "331123", "331123"));
	assert_true(region_is_within(seed, "331190", "331100"));
	assert_true(region_is_within(seed, "320576", "320500"));
	assert_true(region_is_within(seed, "429004", "420000")); /* 仙桃 lies directly in its province */
	assert_true(region_is_within(seed, "110105", "110000"));
	assert_false(region_is_within(seed, "331100", "331123"));
	assert_false(region_is_within(seed, "330106", "331100"));
	assert_false(region_is_within(seed, "000000", "331100"));
	assert_false(region_is_within(seed, "331100", "000000"));
}

static void codes_within(void **state)
{
	const char *lishui = region_codes_within(arena, seed, "331100");
	assert_memory_equal(lishui, "331100,", 7);
	assert_non_null(strstr(lishui, ",331123"));
	assert_non_null(strstr(lishui, ",331190")); /* a zone */
	assert_null(strstr(lishui, "330106"));
	assert_string_equal(region_codes_within(arena, seed, "331123"), "331123");
	assert_memory_equal(region_codes_within(arena, seed, "320576"), "320594", 6); /* an alias */
	assert_string_equal(region_codes_within(arena, seed, "000000"), "000000");
}

static void children_and_paths(void **state)
{
	const struct region *lishui = region_find(seed, "331100");
	int n = 0;

	for (const struct region *at = lishui->children; at; at = at->sibling, n++)
		assert_true(!at->sibling || strcmp(at->code, at->sibling->code) < 0);
	assert_int_equal(n, 10);
	assert_string_equal(region_path(arena, region_find(seed, "331123"), NULL), "浙江省丽水市遂昌县");
	assert_string_equal(region_path(arena, region_find(seed, "331123"), region_find(seed, "330000")),
		"丽水市遂昌县");
	assert_string_equal(region_path(arena, lishui, lishui), "丽水市");
}

static struct problem *seal(const char *text)
{
	struct region_set *set = region_set_create();
	struct problem *problem = region_set_read(set, arena, text);
	if (!problem)
		problem = region_set_seal(set, arena);
	region_set_destroy(set);
	return problem;
}

static int fault_count(const struct problem *problem)
{
	int n = 0;
	for (const struct problem_field *field = problem ? problem->fields : NULL; field; field = field->next)
		n++;
	return n;
}

static void trees_that_are_none(void **state)
{
	const char *head = "code\tparent\tkind\tname\n";

	assert_null(seal(head));
	assert_int_equal(
		fault_count(seal(arena_printf(arena, "%s330000\t\tprovince\tA\n330000\t\tprovince\tB\n", head))), 1);
	assert_int_equal(fault_count(seal(arena_printf(arena, "%s330100\t330000\tcity\tA\n", head))), 1);
	assert_int_equal(fault_count(seal(arena_printf(arena, "%s330100\t\tcity\tA\n", head))), 1);
	assert_int_equal(
		fault_count(seal(arena_printf(arena, "%s1\t\tcity\tA\n330100\t\ttown\tA\n330100\t\tcity\t\n", head))),
		3);
	assert_true(fault_count(seal(
			    arena_printf(arena, "%s330100\t330200\tcity\tA\n330200\t330100\tcity\tB\n", head))) >= 1);
	assert_int_equal(fault_count(seal("code\tcolour\n")), 1);
}

static void validity(void **state)
{
	struct region_set *set = region_set_create();
	const struct region *region;

	assert_null(region_set_read(set, arena,
		"code\tkind\tname\tvalid_from\tvalid_to\r\n330000\tprovince\tA\t2020-01-01\t2024-12-31\r\n"));
	assert_null(region_set_seal(set, arena));
	region = region_find(set, "330000");
	assert_false(region_valid_on(region, "2019-12-31"));
	assert_true(region_valid_on(region, "2020-01-01"));
	assert_true(region_valid_on(region, "2024-12-31"));
	assert_false(region_valid_on(region, "2025-01-01"));
	region_set_destroy(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_seed_knows_both_networks),
		cmocka_unit_test(within_follows_the_tree_not_the_digits),
		cmocka_unit_test(codes_within),
		cmocka_unit_test(children_and_paths),
		cmocka_unit_test(trees_that_are_none),
		cmocka_unit_test(validity),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
