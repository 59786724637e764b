/* With the database away nobody waits for it but the watch. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>
#include <time.h>

#include "core/db/db.h"
#include "mariadb.h"

static struct mariadb *server;
static struct arena *arena;
static struct db_settings settings;
static struct db_watch *watch;
static struct db *db;

static int set_up(void **state)
{
	(void)state;
	mariadb_create(server, "CREATE TABLE plain (id BIGINT NOT NULL PRIMARY KEY, n BIGINT NOT NULL DEFAULT 0);");
	arena = arena_create();
	settings = server->settings;
	settings.shared = db_shared_create();
	watch = db_watch_create(&settings);
	db = db_create(&settings);
	db_use_arena(db, arena);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	db_destroy(db);
	db_watch_destroy(watch);
	db_shared_destroy(settings.shared);
	arena_destroy(arena);
	return 0;
}

static void nap(int ms)
{
	nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L}, NULL);
}

static bool becomes(size_t answering, int within_ms)
{
	for (int64_t end = db_now_ms() + within_ms; db_now_ms() < end; nap(5))
		if (db_hosts_answering(&settings) == answering)
			return true;
	return false;
}

static struct problem *insert(struct db *handle, void *arg)
{
	return db_exec(handle, db_server(), "INSERT INTO plain (id) VALUES (?)", DB_ARGS(db_int(*(int *)arg)), NULL);
}

static void fails_at_once(void)
{
	struct db_result *r;
	int id = 7;
	int64_t begin = db_now_ms();
	struct problem *problems[] = {db_select(db, db_server(), "SELECT 1", DB_NO_ARGS, &r), insert(db, &id),
		db_transaction(db, insert, &id)};
	assert_true(db_now_ms() - begin < 300); /* the deadline is 10 s */
	for (int i = 0; i < 3; i++) {
		assert_non_null(problems[i]);
		assert_ptr_equal(problems[i]->kind, &PROBLEM_UNAVAILABLE);
		assert_int_equal(problems[i]->retry_after, 1);
	}
}

static void works(void)
{
	struct db_result *r;
	assert_null(db_select(db, db_server(), "SELECT COUNT(*) FROM plain", DB_NO_ARGS, &r));
}

static void a_server_that_stands_still(void **state)
{
	(void)state;
	works();
	mariadb_pause(server);
	assert_true(becomes(0, 5000));
	fails_at_once();
	uint64_t connected = db_shared_counts(settings.shared).connected;
	for (int i = 0; i < 20; i++)
		fails_at_once();
	assert_int_equal(db_shared_counts(settings.shared).connected, connected); /* nobody else looks */
	mariadb_resume(server);
	assert_true(becomes(1, 5000));
	works();
}

static void a_server_that_is_gone(void **state)
{
	(void)state;
	works();
	mariadb_kill(server);
	assert_true(becomes(0, 2000));
	fails_at_once();
	mariadb_launch(server);
	assert_true(becomes(1, 5000));
	works();
}

struct under_way {
	const char *what;
	pthread_t thread;
	struct problem *problem;
	int64_t took;
	bool in_mid_transaction;
};

static struct problem *stop_then_commit(struct db *handle, void *arg)
{
	int id = 1;
	struct problem *problem = insert(handle, &id);
	if (!problem)
		mariadb_pause(server);
	return problem;
}

static struct problem *sleep_long(struct db *handle, void *arg)
{
	struct db_result *r;
	int id = 1;
	struct problem *problem = insert(handle, &id);
	return problem ? problem : db_select(handle, db_server(), "SELECT SLEEP(8)", DB_NO_ARGS, &r);
}

static void *run(void *arg)
{
	struct under_way *under_way = arg;
	struct arena *own = arena_create();
	struct db *handle = db_create(&settings);
	struct db_result *r;
	db_use_arena(handle, own);
	int64_t begin = db_now_ms();
	if (!strcmp(under_way->what, "commit"))
		under_way->problem = db_transaction(handle, stop_then_commit, NULL);
	else if (!strcmp(under_way->what, "transaction"))
		under_way->problem = db_transaction(handle, sleep_long, NULL);
	else
		under_way->problem = db_select(handle, db_server(), "SELECT SLEEP(8)", DB_NO_ARGS, &r);
	under_way->took = db_now_ms() - begin;
	db_destroy(handle);
	arena_destroy(own);
	return NULL;
}

static void what_was_under_way(const char *what)
{
	struct under_way under_way = {.what = what};
	works();
	pthread_create(&under_way.thread, NULL, run, &under_way);
	nap(300);
	mariadb_pause(server);
	pthread_join(under_way.thread, NULL);
	mariadb_resume(server);
	assert_non_null(under_way.problem);
	assert_true(under_way.took < 4000);
	assert_true(becomes(1, 5000));
	works();
}

static void a_read_under_way_is_cut(void **state)
{
	(void)state;
	what_was_under_way("read");
}

static void a_transaction_under_way_is_cut(void **state)
{
	(void)state;
	what_was_under_way("transaction");
	nap(200); /* the server finds the connection closed, and rolls back */
	struct db_result *r;
	for (int i = 0; i < 100; i++, nap(100)) {
		assert_null(db_select(
			db, db_server(), "SELECT COUNT(*) FROM information_schema.INNODB_TRX", DB_NO_ARGS, &r));
		if (!db_get_int(r, 0, 0))
			break;
	}
	assert_null(db_select(db, db_server(), "SELECT COUNT(*) FROM plain", DB_NO_ARGS, &r));
	assert_int_equal(db_get_int(r, 0, 0), 0);
}

/* It alone knows the outcome: cut short, nobody would. */
static void a_commit_under_way_is_waited_for(void **state)
{
	struct under_way under_way = {.what = "commit"};
	(void)state;
	works();
	pthread_create(&under_way.thread, NULL, run, &under_way);
	assert_true(becomes(0, 5000));
	nap(500);
	mariadb_resume(server);
	pthread_join(under_way.thread, NULL);
	assert_null(under_way.problem);
	struct db_result *r;
	assert_true(becomes(1, 5000));
	assert_null(db_select(db, db_server(), "SELECT COUNT(*) FROM plain WHERE id = 1", DB_NO_ARGS, &r));
	assert_int_equal(db_get_int(r, 0, 0), 1);
}

/* One of several hosts: the others take over, and the silent one costs nobody anything. */
static void one_of_two_hosts(void **state)
{
	const char *hosts[] = {"/nonexistent/socket", server->socket};
	struct db_settings two = server->settings;
	(void)state;
	two.hosts = hosts;
	two.host_count = 2;
	two.shared = db_shared_create();
	struct db_watch *other = db_watch_create(&two);
	struct db *handle = db_create(&two);
	db_use_arena(handle, arena);
	for (int i = 0; i < 400 && db_hosts_answering(&two) != 1; i++)
		nap(5);
	assert_int_equal(db_hosts_answering(&two), 1);
	for (int i = 0; i < 10; i++)
		assert_null(db_ping(handle));
	db_destroy(handle);
	db_watch_destroy(other);
	db_shared_destroy(two.shared);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_server_that_stands_still),
		TEST(a_server_that_is_gone),
		TEST(a_read_under_way_is_cut),
		TEST(a_transaction_under_way_is_cut),
		TEST(a_commit_under_way_is_waited_for),
		TEST(one_of_two_hosts),
	};
	server = mariadb_start();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	mariadb_stop(server);
	return failed;
}
