#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>

#include "core/db/migrate.h"
#include "mariadb.h"

static struct mariadb *server;
static struct arena *arena;
static struct db *db;

static int set_up(void **state)
{
	(void)state;
	mariadb_create(server, "");
	arena = arena_create();
	db = db_create(&server->settings);
	db_use_arena(db, arena);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	db_destroy(db);
	arena_destroy(arena);
	return 0;
}

static int64_t number(const char *sql)
{
	struct db_result *result;
	struct problem *problem = db_select(db, db_server(), sql, DB_NO_ARGS, &result);
	if (problem)
		fail_msg("%s: %s", sql, db_last_error(db));
	return db_get_int(result, 0, 0);
}

static void the_schema_of_this_build_applies(void **state)
{
	int applied;
	(void)state;
	assert_null(migrate_run(db, schema_migrations, schema_migration_count, &applied));
	assert_int_equal(applied, schema_migration_count);
	assert_null(migrate_run(db, schema_migrations, schema_migration_count, &applied));
	assert_int_equal(applied, 0);
	assert_null(migrate_check(db, schema_migrations, schema_migration_count));
	assert_int_equal(number("SELECT COUNT(*) FROM schema_lease"), 0);
}

static void a_missing_database_is_created(void **state)
{
	struct db_settings settings = server->settings;
	int applied;
	(void)state;
	assert_null(db_command(db, "DROP DATABASE IF EXISTS fresh", 29));
	settings.name = "fresh";
	struct db *fresh = db_create(&settings);
	assert_null(migrate_run(fresh, schema_migrations, 1, &applied));
	assert_null(migrate_check(fresh, schema_migrations, 1));
	db_destroy(fresh);
}

static void an_empty_database_is_told_apart(void **state)
{
	(void)state;
	struct problem *problem = migrate_check(db, schema_migrations, schema_migration_count);
	assert_non_null(problem);
	assert_non_null(strstr(problem->en, "migrate"));
}

static void a_changed_file_is_refused(void **state)
{
	const struct migration before[] = {{1, "0001_a", "-- expand\nCREATE TABLE a (x INT);\n"}};
	const struct migration after[] = {{1, "0001_a", "-- expand\nCREATE TABLE a (x BIGINT);\n"}};
	int applied;
	(void)state;
	assert_null(migrate_run(db, before, 1, &applied));
	assert_non_null(migrate_check(db, after, 1));
	struct problem *problem = migrate_run(db, after, 1, &applied);
	assert_non_null(problem);
	assert_non_null(strstr(problem->en, "0001_a"));
	assert_int_equal(applied, 0);
}

static void later_additions_are_borne_later_removals_not(void **state)
{
	const struct migration migrations[] = {
		{1, "0001_a", "-- expand\nCREATE TABLE a (x INT, y INT);\n"},
		{2, "0002_b", "-- expand\nALTER TABLE a ADD z INT;\n"},
		{3, "0003_c", "-- contract\nALTER TABLE a DROP y;\n"},
	};
	int applied;
	(void)state;
	assert_null(migrate_run(db, migrations, 2, &applied));
	assert_null(migrate_check(db, migrations, 1));
	assert_non_null(migrate_check(db, migrations, 3));
	assert_null(migrate_run(db, migrations, 3, &applied));
	assert_int_equal(applied, 1);
	assert_non_null(migrate_check(db, migrations, 2));
	assert_non_null(migrate_run(db, migrations, 1, &applied));
}

/* Broken off by a faulty statement, and at the worst moment: after a statement ran and before that was noted. */
static void a_broken_off_migration_goes_on(void **state)
{
	const char *good = "-- expand\nCREATE TABLE a (x INT);\nINSERT INTO a VALUES (1);\nALTER TABLE a ADD y "
			   "INT;\nINSERT INTO a (x) VALUES (2);\n";
	const struct migration migration[] = {{1, "0001_a", good}};
	int applied;
	(void)state;
	assert_null(migrate_run(db, migration, 1, &applied));
	for (int done = 0; done < 4; done++) {
		assert_null(db_command(db, "DROP TABLE a", 12));
		assert_null(db_exec(db, db_server(),
			"UPDATE schema_migration SET finished_at = NULL, done = ?, running = ?",
			DB_ARGS(db_int(done), db_int(done + 1)), NULL));
		/* What had run before: the statement noted as running too if it is one of the schema. */
		assert_null(db_command(db, done >= 2 ? "CREATE TABLE a (x INT, y INT)" : "CREATE TABLE a (x INT)",
			done >= 2 ? 29 : 22));
		if (done >= 2)
			assert_null(db_command(db, "INSERT INTO a (x) VALUES (1)", 28));
		assert_null(migrate_run(db, migration, 1, &applied));
		assert_int_equal(applied, 1);
		assert_int_equal(number("SELECT COUNT(*) FROM a"), 2);
		assert_int_equal(number("SELECT COUNT(*) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = 'test' "
					"AND TABLE_NAME = 'a'"),
			2);
	}
}

static void a_faulty_statement_is_named(void **state)
{
	const struct migration faulty[] = {
		{1, "0001_a", "-- expand\nCREATE TABLE a (x INT);\nALTER TABLE a ADD x INT;\n"}};
	int applied;
	(void)state;
	struct problem *problem = migrate_run(db, faulty, 1, &applied);
	assert_non_null(problem);
	assert_non_null(strstr(problem->en, "Statement 2 of migration 0001_a"));
	assert_int_equal(number("SELECT done FROM schema_migration"), 1);
}

static void an_unfit_collation_is_refused(void **state)
{
	int applied;
	(void)state;
	assert_null(migrate_run(db, schema_migrations, 1, &applied));
	assert_null(db_command(db, "ALTER DATABASE test COLLATE utf8mb4_general_ci", 46));
	struct problem *problem = migrate_check(db, schema_migrations, 1);
	assert_non_null(problem);
	assert_non_null(strstr(problem->en, "collation"));
}

static void *migrate_beside(void *arg)
{
	struct db *own = db_create(&server->settings);
	int applied = -1;
	struct problem *problem = migrate_run(own, schema_migrations, 1, &applied);
	db_destroy(own);
	return (void *)(intptr_t)(problem ? -1 : applied);
}

static void several_servers_at_once_apply_once(void **state)
{
	enum { SERVERS = 4 };
	pthread_t threads[SERVERS];
	intptr_t sum = 0;
	(void)state;
	for (int i = 0; i < SERVERS; i++)
		pthread_create(&threads[i], NULL, migrate_beside, NULL);
	for (int i = 0; i < SERVERS; i++) {
		void *applied;
		pthread_join(threads[i], &applied);
		assert_true((intptr_t)applied >= 0);
		sum += (intptr_t)applied;
	}
	assert_int_equal(sum, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_schema_of_this_build_applies, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_missing_database_is_created, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_empty_database_is_told_apart, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_changed_file_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(later_additions_are_borne_later_removals_not, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_broken_off_migration_goes_on, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_faulty_statement_is_named, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_unfit_collation_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(several_servers_at_once_apply_once, set_up, tear_down),
	};
	server = mariadb_start();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	mariadb_stop(server);
	return failed;
}
