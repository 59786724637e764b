/* Platforms in a real database: adding, changing, inheriting, following; networks with their regions and calendars. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/db/migrate.h"
#include "core/record/record.h"
#include "core/text/json.h"
#include "mariadb.h"
#include "tenants/platform/change.h"
#include "tenants/platform/network.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/platform_store.h"

#define CONFIG PROJECT_ROOT "/config"

static struct mariadb *server;
static struct arena *arena;
static struct db *db;
static struct platform_store store;

/* What counting cases needs to know of two records: one keeps its policy, one follows the current one. */
static const struct record RECORD_LISTING = {.name = "listing", .table = "listing", .lifecycle = "listing",
	.has = ROW_HAS_PHASE | ROW_HAS_POLICY | ROW_HAS_HOME};
static const struct record RECORD_INVITATION = {
	.name = "invitation", .table = "invitation", .lifecycle = "invitation", .has = ROW_HAS_PHASE};
static const struct record *const RECORDS[] = {&RECORD_LISTING, &RECORD_INVITATION};
static const struct record_set RECORD_SET = {.records = RECORDS, .count = 2};

static void ok(struct problem *problem)
{
	if (problem)
		fail_msg("%s: %u %s %s", problem->en, db_last_errno(db), db_last_error(db),
			problem->fields ? problem->fields->en : "");
}

static int set_up(void **state)
{
	int applied;

	mariadb_create(server, "");
	arena = arena_create();
	db = db_create(&server->settings);
	db_use_arena(db, arena);
	ok(migrate_run(db, schema_migrations, schema_migration_count, &applied));
	store = (struct platform_store){.db = db, .config = CONFIG, .records = &RECORD_SET};
	return 0;
}

static int tear_down(void **state)
{
	db_destroy(db);
	arena_destroy(arena);
	return 0;
}

static char *platform_file(const char *slug)
{
	FILE *file = fopen(arena_printf(arena, CONFIG "/platforms/%s.yaml", slug), "r");
	char *text = arena_alloc(arena, 65536);

	assert_non_null(file);
	text[fread(text, 1, 65535, file)] = 0;
	fclose(file);
	return text;
}

static char *replaced(const char *text, const char *what, const char *by)
{
	const char *at = strstr(text, what);
	assert_non_null(at);
	return arena_printf(arena, "%.*s%s%s", (int)(at - text), text, by, at + strlen(what));
}

/* The faults as one text; "" when the plan was made (and applied). */
static const char *put(const char *source, bool create, struct platform_plan **plan)
{
	struct policy_author author;
	struct policy_other identity;
	struct region_set *regions;
	struct buf *text = buf_in(arena);

	policy_author_init(&author, arena, CONFIG);
	assert_true(policy_author_identify(arena, "given.yaml", source, &identity));
	ok(platform_store_look(&store, &author, identity.network, &regions));
	ok(platform_store_plan(&store, &author, "given.yaml", source, create, plan));
	yaml_faults_write(&author.faults, text);
	assert_true((*plan == NULL) == (author.faults.count > 0));
	if (*plan) {
		(*plan)->by = "test";
		ok(platform_store_apply(&store, *plan));
	}
	region_set_destroy(regions);
	return text->data;
}

static void add(const char *slug)
{
	struct platform_plan *plan;
	assert_string_equal(put(platform_file(slug), true, &plan), "");
}

static void add_zhejiang(void)
{
	add("zhejiang");
	add("lishui");
	add("suichang");
}

static int64_t number(const char *sql)
{
	struct db_result *result;
	ok(db_select(db, db_all_platforms("a test looks at everything"), sql, DB_NO_ARGS, &result));
	return db_get_int(result, 0, 0);
}

static void do_sql(const char *sql)
{
	ok(db_command(db, sql, strlen(sql)));
}

static void adding_a_network(void **state)
{
	struct platform_plan *plan;

	assert_non_null(strstr(put(platform_file("suichang"), true, &plan), "there is no such platform: lishui"));
	add_zhejiang();
	add("hunan");
	assert_int_equal(number("SELECT COUNT(*) FROM tenant"), 4);
	assert_int_equal(number("SELECT COUNT(*) FROM network"), 2);
	assert_int_equal(number("SELECT COUNT(*) FROM head"), 4);
	assert_true(number("SELECT COUNT(*) FROM region") > 6600);
	assert_true(number("SELECT COUNT(*) FROM calendar_day WHERE network_id = 2") > 60);
	assert_int_equal(number("SELECT COUNT(*) FROM policy_document"), 4);
	assert_non_null(strstr(put(platform_file("lishui"), true, &plan), "There is a platform lishui already"));
	assert_non_null(strstr(put(platform_file("hangzhou"), false, &plan), "There is no platform hangzhou"));
}

static const struct platform_change *change_of(const struct platform_plan *plan, const char *slug)
{
	for (size_t i = 0; i < plan->count; i++)
		if (strcmp(plan->changes[i].draft.slug, slug) == 0)
			return &plan->changes[i];
	fail_msg("no change of %s", slug);
	return NULL;
}

static void updating_reaches_those_below(void **state)
{
	struct platform_plan *plan;
	char *text;

	add_zhejiang();
	assert_string_equal(put(platform_file("zhejiang"), false, &plan), "");
	assert_false(plan->changes[0].changed);
	assert_int_equal(number("SELECT MAX(version) FROM policy_version"), 1);

	/* Lishui hands its colour down to its counties. */
	text = replaced(platform_file("lishui"), "descendants:\n  profile:\n",
		"descendants:\n  deadlines: {supplement_days: 7}\n  profile:\n");
	assert_string_equal(put(text, false, &plan), "");
	assert_int_equal(plan->count, 2);
	assert_true(change_of(plan, "suichang")->changed);
	assert_int_equal(number("SELECT policy_version FROM tenant WHERE slug = 'suichang'"), 2);
	assert_int_equal(number("SELECT COUNT(*) FROM log_entry e JOIN tenant t ON t.id = e.platform_id WHERE t.slug = "
				"'suichang' AND "
				"e.kind = 'platform.policy_changed' AND e.actor_name = 'test'"),
		1);
	assert_int_equal(number("SELECT policy_version FROM tenant WHERE slug = 'zhejiang'"), 1);

	/* A fault that shows only below is found before anything is stored. */
	assert_string_equal(
		put(arena_printf(arena, "%ssign_in: {sms_code: false}\n", platform_file("suichang")), false, &plan),
		"");
	text = replaced(text, "deadlines: {supplement_days: 7}", "sign_in: {password: false}");
	assert_non_null(strstr(put(text, false, &plan), "there must be a way to sign in"));
	assert_int_equal(number("SELECT policy_version FROM tenant WHERE slug = 'lishui'"), 2);
	assert_int_equal(number("SELECT policy_version FROM tenant WHERE slug = 'suichang'"), 3);
}

static void identity_is_fixed(void **state)
{
	struct platform_plan *plan;

	add_zhejiang();
	assert_non_null(
		strstr(put(replaced(platform_file("lishui"), "number_code: \"331100\"", "number_code: \"331199\""),
			       false, &plan),
			"the number code is part of the numbers given out"));
	assert_non_null(
		strstr(put(replaced(platform_file("hangzhou"), "number_code: \"330100\"", "number_code: \"331100\""),
			       true, &plan),
			"the number code is taken in this network by: lishui"));
	assert_non_null(
		strstr(put(replaced(platform_file("hangzhou"), "hangzhou.localhost", "lishui.localhost"), true, &plan),
			"the host name is taken by: lishui"));
}

static void cases_are_counted(void **state)
{
	struct platform_plan *plan;
	const struct platform_change *change;
	char *text;

	add_zhejiang();
	do_sql("INSERT INTO listing (platform_id, id, home_id, product_id, product_number, product_home, "
	       "institution_id, institution_name, phase, "
	       "step, name, category, region_code, pricing, created_at, updated_at) VALUES "
	       "(2, '1234567890123456', 2, '1234567890123456', 'x', 2, '1234567890123456', 'x', 'waiting', 'review', "
	       "'x', 'x', '331100', 'fixed', "
	       "NOW(), NOW()), (2, '2234567890123456', 2, '2234567890123456', 'x', 2, '1234567890123456', 'x', "
	       "'active', 'active', 'x', 'x', "
	       "'331100', 'fixed', NOW(), NOW()), (2, '3234567890123456', 1, '3234567890123456', 'x', 2, "
	       "'1234567890123456', 'x', 'waiting', "
	       "'review', 'a copy', 'x', '331100', 'fixed', NOW(), NOW())");
	do_sql("INSERT INTO invitation (platform_id, id, uscc, name, code_hash, code_hint, phase, step, expires_at, "
	       "created_at, updated_at) VALUES "
	       "(2, '1234567890123456', '91330100799655058B', 'x', REPEAT('a', 32), 'ABCD', 'opened', 'opened', NOW(), "
	       "NOW(), NOW()), "
	       "(2, '2234567890123456', '91330100799655058B', 'x', REPEAT('b', 32), 'ABCD', 'redeemed', 'redeemed', "
	       "NOW(), NOW(), NOW())");
	text = arena_printf(arena, "%s%s", platform_file("lishui"),
			    "lifecycles:\n  listing: {steps: {review: {deadline: 9}}}\n"
			    "  invitation: {steps: {opened: ~}, transitions: {open: ~}}\n");
	assert_string_equal(put(text, false, &plan), "");
	change = change_of(plan, "lishui");
	assert_int_equal(change->case_count, 3);
	assert_string_equal(change->cases[0].record, "listing");
	assert_int_equal(change->cases[0].fate, PLATFORM_CASES_KEPT);
	assert_int_equal(change->cases[0].count, 1);
	assert_string_equal(change->cases[2].record, "invitation");
	assert_string_equal(change->cases[2].step, "opened");
	assert_int_equal(change->cases[2].fate, PLATFORM_CASES_STRANDED);
}

/* --- following -------------------------------------------------------------------------------- */

struct world {
	struct change_follower *follower;
	struct policy_store *policies;
	struct platform_registry *registry;
};

static void begin(struct world *world)
{
	world->follower = change_follower_create(&server->settings);
	world->policies = policy_store_create(NULL);
	ok(platform_registry_create(arena, db, world->follower, world->policies, &world->registry));
}

static void end(struct world *world)
{
	arena_destroy(arena); /* what it held is released with it */
	arena = arena_create();
	db_use_arena(db, arena);
	platform_registry_destroy(world->registry);
	change_follower_destroy(world->follower);
	policy_store_destroy(world->policies);
}

static const struct platform *by_host(struct world *world, const char *host)
{
	return platform_by_host(platform_directory_use(world->registry, arena), host);
}

static void the_tree_of_platforms(void **state)
{
	struct world world;
	const struct platform_directory *directory;
	const struct platform *zhejiang, *lishui, *suichang;

	add_zhejiang();
	add("hunan");
	begin(&world);
	directory = platform_directory_use(world.registry, arena);
	zhejiang = platform_by_slug(directory, "zhejiang");
	lishui = platform_by_host(directory, "lishui.localhost");
	suichang = platform_by_slug(directory, "suichang");
	assert_int_equal(platform_count(directory), 4);
	assert_ptr_equal(lishui->parent, zhejiang);
	assert_ptr_equal(suichang->root, zhejiang);
	assert_ptr_equal(zhejiang->children, lishui);
	assert_null(zhejiang->parent);
	assert_true(platform_is_below(suichang, zhejiang) && platform_is_below(zhejiang, zhejiang) &&
		!platform_is_below(zhejiang, lishui));
	assert_false(platform_is_below(suichang, platform_by_slug(directory, "hunan")));
	assert_int_equal(lishui->level, PLATFORM_CITY);
	assert_string_equal(lishui->main_host, "lishui.localhost");
	assert_string_equal(lishui->network_slug, "zhejiang");
	assert_ptr_equal(platform_by_id(directory, suichang->id), suichang);
	assert_null(platform_by_host(directory, "nowhere.localhost"));
	assert_null(platform_by_slug(directory, "nowhere"));
	assert_null(platform_by_id(directory, 99));
	end(&world);
}

static bool eventually(struct world *world, bool (*there)(struct world *world), int ms)
{
	for (int i = 0; i < ms / 10; i++) {
		if (there(world))
			return true;
		usleep(10000);
	}
	return false;
}

static bool hangzhou_is_there(struct world *world)
{
	return by_host(world, "hangzhou.localhost") != NULL;
}

static bool lishui_is_suspended(struct world *world)
{
	return by_host(world, "lishui.localhost")->state == PLATFORM_STATE_SUSPENDED;
}

static bool lishui_has_version_2(struct world *world)
{
	return by_host(world, "lishui.localhost")->policy_version == 2;
}

static void a_server_follows_within_a_second(void **state)
{
	struct world world;
	struct platform_plan *plan;
	const struct policy *before, *after;

	add_zhejiang();
	begin(&world);
	ok(platform_policy(world.registry, db, by_host(&world, "lishui.localhost"), &before));
	assert_string_equal(before->profile.hotline, "0578-12345");
	add("hangzhou");
	assert_true(eventually(&world, hangzhou_is_there, 1000));
	assert_string_equal(
		put(replaced(platform_file("lishui"), "hotline: 0578-12345", "hotline: 0578-96871"), false, &plan), "");
	assert_true(eventually(&world, lishui_has_version_2, 1000));
	ok(platform_policy(world.registry, db, by_host(&world, "lishui.localhost"), &after));
	assert_string_equal(after->profile.hotline, "0578-96871");
	/* A case that began before keeps what it began with; both share their rules. */
	ok(platform_policy_of(world.registry, db, before->hash, &before));
	assert_string_equal(before->profile.hotline, "0578-12345");
	assert_ptr_equal(before->rules_json, after->rules_json);

	ok(platform_store_set_state(&store, "lishui", "suspended", "test"));
	assert_true(eventually(&world, lishui_is_suspended, 1000));
	ok(platform_store_set_state(&store, "lishui", "active", "test"));
	ok(platform_store_set_state(&store, "lishui", "closed", "test"));
	assert_non_null(platform_store_set_state(&store, "lishui", "active", "test"));
	assert_non_null(platform_store_set_state(&store, "nowhere", "suspended", "test"));
	end(&world);
}

static void regions_and_calendar_of_a_network(void **state)
{
	static const struct region bad[] = {
		{.code = "33", .parent_code = "331100", .name = "x", .kind = REGION_ZONE},
		{.code = "331192", .parent_code = "999999", .name = "x", .kind = REGION_ZONE},
		{.code = "331192", .name = "x", .kind = REGION_ZONE},
		{.code = "331100", .parent_code = "331123", .name = "丽水市", .kind = REGION_CITY}, /* a circle */
		{.code = "331192", .parent_code = "331100", .name = "x", .kind = REGION_ZONE, .aliases = "331123"},
		{.code = "331192", .parent_code = "331100", .name = "x", .kind = REGION_ZONE, .aliases = "31"},
		{.code = "331192",
			.parent_code = "331100",
			.name = "x",
			.kind = REGION_ZONE,
			.valid_from = "2026-02-01",
			.valid_to = "2026-01-01"},
	};
	struct world world;
	const struct region_set *regions;
	const struct calendar *calendar;
	calendar_day day;

	add_zhejiang();
	begin(&world);
	ok(platform_regions(world.registry, db, 1, &regions));
	assert_true(region_is_within(regions, "331123", "331100"));
	assert_true(region_is_within(regions, "331190", "330000"));
	ok(platform_calendar(world.registry, db, 1, &calendar));
	assert_true(calendar_day_parse("2026-02-16", &day));
	assert_false(calendar_is_working(calendar, day));
	assert_true(calendar_day_parse("2026-02-14", &day));
	assert_true(calendar_is_working(calendar, day)); /* a Saturday made up */
	assert_false(calendar_is_estimate(calendar, day));
	assert_true(calendar_day_parse("2027-02-08", &day));
	assert_true(calendar_is_estimate(calendar, day) && !calendar_is_working(calendar, day));

	/* An administrator adds a zone; what was held stays as it was. */
	ok(network_put_region(db, 1,
		&(struct region){.code = "331191",
			.parent_code = "331100",
			.name = "新区",
			.kind = REGION_ZONE,
			.aliases = "331177"}));
	assert_null(region_find(regions, "331191"));
	for (int i = 0; i < 100 && !region_find(regions, "331191"); i++) {
		usleep(10000);
		ok(platform_regions(world.registry, db, 1, &regions));
	}
	assert_non_null(region_find(regions, "331177"));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct problem *problem = network_put_region(db, 1, &bad[i]);
		assert_non_null(problem);
		assert_string_equal(problem->kind->code, "invalid");
	}
	ok(calendar_day_parse("2026-11-11", &day) ? network_put_day(db, 1, day, false, "本省纪念日") : NULL);
	for (int i = 0; i < 100 && calendar_is_working(calendar, day); i++) {
		usleep(10000);
		ok(platform_calendar(world.registry, db, 1, &calendar));
	}
	assert_false(calendar_is_working(calendar, day));
	end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(adding_a_network, set_up, tear_down),
		cmocka_unit_test_setup_teardown(updating_reaches_those_below, set_up, tear_down),
		cmocka_unit_test_setup_teardown(identity_is_fixed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(cases_are_counted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_tree_of_platforms, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_server_follows_within_a_second, set_up, tear_down),
		cmocka_unit_test_setup_teardown(regions_and_calendar_of_a_network, set_up, tear_down),
	};
	int failed;

	server = mariadb_start();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	mariadb_stop(server);
	return failed;
}
