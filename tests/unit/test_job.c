#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "core/db/migrate.h"
#include "core/text/json.h"
#include "core/work/job.h"
#include "mariadb.h"

static struct mariadb *server;
static struct arena *arena;
static struct db *db;
static const struct db_scope P = {DB_SCOPE_PLATFORM, 7, 3};

static int set_up(void **state)
{
	int applied;
	(void)state;
	mariadb_create(server, "");
	arena = arena_create();
	db = db_create(&server->settings);
	db_use_arena(db, arena);
	return migrate_run(db, schema_migrations, schema_migration_count, &applied) ? -1 : 0;
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
	if (db_select(db, db_server(), sql, DB_NO_ARGS, &result))
		fail_msg("%s: %s", sql, db_last_error(db));
	return db_get_int(result, 0, 0);
}

static void pause_ms(int ms)
{
	nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

static bool wait_for(atomic_int *value, int at_least)
{
	for (int i = 0; i < 500 && *value < at_least; i++)
		pause_ms(10);
	return *value >= at_least;
}

struct seen {
	atomic_int runs;
	atomic_int together; /* at once */
	atomic_int most;
	atomic_int sum;
	atomic_int fail;    /* so many times */
	atomic_int hold_ms;
	_Atomic uint32_t platform_id, network_id;
};

static struct problem *see(struct db *handle, struct db_scope scope, struct json_object *payload, void *arg)
{
	struct seen *seen = arg;
	int64_t n = 0;
	int together = ++seen->together;
	if (together > seen->most)
		seen->most = together;
	json_get_int(payload, "n", &n);
	seen->sum += (int)n;
	if (seen->hold_ms)
		pause_ms(seen->hold_ms);
	seen->together--;
	seen->platform_id = scope.platform_id;
	seen->network_id = scope.network_id;
	seen->runs++;
	if (seen->fail > 0) {
		seen->fail--;
		return problem_detail(db_arena(handle), &PROBLEM_UNAVAILABLE, "没有成功", "it did not work");
	}
	return NULL;
}

static const struct job_kind SEE = {.name = "see", .run = see, .max_attempts = 2, .lease_s = 30};
static const struct job_kind BRIEF = {.name = "see", .run = see, .max_attempts = 5, .lease_s = 1};
static const struct job_kind STANDING = {.name = "standing", .run = see, .lease_s = 2, .every_ms = 30};

static struct job_runner *start_at(const char *place, const struct job_kind *kind, int threads, struct seen *seen)
{
	static const struct job_kind *kinds[8];
	static int used;
	const struct job_kind **at = &kinds[used++ % 8]; /* a runner borrows the array */
	*at = kind;
	return job_runner_create(&server->settings, at, 1, threads, place, seen);
}

static struct job_runner *start(const struct job_kind *kind, int threads, struct seen *seen)
{
	return start_at(NULL, kind, threads, seen);
}

struct wish {
	const char *unique_key;
	int n;
	int64_t run_at_ms;
	bool fail;
};

static struct problem *wish_for(struct db *handle, void *arg)
{
	const struct wish *wish = arg;
	struct json_object *payload = json_own(db_arena(handle), json_object_new_object());
	json_object_object_add(payload, "n", json_object_new_int(wish->n));
	struct problem *problem = job_add(handle, P, "see", wish->unique_key, payload, wish->run_at_ms);
	return problem ? problem : wish->fail ? problem_new(db_arena(handle), &PROBLEM_CONFLICT) : NULL;
}

static void jobs_run_once_after_their_commit(void **state)
{
	struct seen seen = {0};
	struct job_runner *runner = start(&SEE, 4, &seen);
	(void)state;
	for (int i = 1; i <= 40; i++)
		assert_null(db_transaction(db, wish_for, &(struct wish){.n = i}));
	assert_non_null(db_transaction(db, wish_for, &(struct wish){.n = 1000, .fail = true}));
	assert_true(wait_for(&seen.runs, 40));
	int64_t begin = db_now_ms();
	assert_null(db_transaction(db, wish_for, &(struct wish){.n = 100}));
	assert_true(wait_for(&seen.runs, 41));
	assert_true(db_now_ms() - begin < 900); /* woken, not polled */
	pause_ms(50);
	job_runner_destroy(runner);
	assert_int_equal(seen.sum, 820 + 100);
	assert_int_equal(seen.platform_id, 7);
	assert_int_equal(seen.network_id, 3);
	assert_int_equal(number("SELECT COUNT(*) FROM job"), 0);
}

static void two_servers_share_the_work(void **state)
{
	struct seen seen = {.hold_ms = 2};
	(void)state;
	for (int i = 1; i <= 60; i++)
		assert_null(db_transaction(db, wish_for, &(struct wish){.n = 1}));
	struct job_runner *one = start(&SEE, 3, &seen), *two = start(&SEE, 3, &seen);
	assert_true(wait_for(&seen.runs, 60));
	job_runner_destroy(one);
	job_runner_destroy(two);
	assert_int_equal(seen.sum, 60);
	assert_int_equal(number("SELECT COUNT(*) FROM job"), 0);
}

static void equal_jobs_collapse_while_they_wait(void **state)
{
	struct seen seen = {.hold_ms = 200};
	(void)state;
	assert_null(db_transaction(db, wish_for, &(struct wish){.unique_key = "k", .n = 1}));
	assert_null(db_transaction(db, wish_for, &(struct wish){.unique_key = "k", .n = 2}));
	assert_null(db_transaction(db, wish_for, &(struct wish){.unique_key = "l", .n = 4}));
	assert_null(job_cancel(db, P, "see", "l"));
	assert_int_equal(number("SELECT COUNT(*) FROM job"), 1);
	struct job_runner *runner = start(&SEE, 1, &seen);
	assert_true(wait_for(&seen.together, 1));
	/* the one that runs may have looked too early */
	assert_null(db_transaction(db, wish_for, &(struct wish){.unique_key = "k", .n = 8}));
	assert_true(wait_for(&seen.runs, 2));
	pause_ms(50);
	job_runner_destroy(runner);
	assert_int_equal(seen.sum, 9);
}

static void later_jobs_wait(void **state)
{
	struct seen seen = {0};
	struct timespec now;
	(void)state;
	clock_gettime(CLOCK_REALTIME, &now);
	assert_null(db_transaction(
		db, wish_for, &(struct wish){.n = 1, .run_at_ms = (int64_t)now.tv_sec * 1000 + 3600000}));
	struct job_runner *runner = start(&SEE, 1, &seen);
	pause_ms(200);
	assert_int_equal(seen.runs, 0);
	job_runner_destroy(runner);
}

static void a_failing_job_comes_back_and_is_parked(void **state)
{
	struct seen seen = {.fail = 5};
	struct job_status status;
	uint64_t count;
	(void)state;
	assert_null(db_transaction(db, wish_for, &(struct wish){.unique_key = "k", .n = 1}));
	struct job_runner *runner = start(&SEE, 1, &seen);
	assert_true(wait_for(&seen.runs, 2)); /* the second after half a second to a second */
	for (int i = 0; i < 100 && number("SELECT parked FROM job") == 0; i++)
		pause_ms(10);
	assert_null(job_read_status(db, &status));
	assert_int_equal(status.parked, 1);
	assert_int_equal(status.waiting, 0);
	assert_int_equal(number("SELECT error = 'it did not work' FROM job"), 1);
	pause_ms(100);
	assert_int_equal(seen.runs, 2);
	/* a parked one stands in nobody's way */
	assert_null(db_transaction(db, wish_for, &(struct wish){.unique_key = "k", .n = 2}));
	seen.fail = 0;
	assert_null(job_unpark(db, "see", &count));
	assert_int_equal(count, 1);
	job_runner_wake(runner);
	assert_true(wait_for(&seen.runs, 4));
	pause_ms(50);
	job_runner_destroy(runner);
	assert_int_equal(number("SELECT COUNT(*) FROM job"), 0);
}

/* The first holder outlives its lease: another takes the job, and what the first then says has no effect. */
static void a_lost_lease_is_taken_over(void **state)
{
	struct seen slow = {.hold_ms = 2200}, quick = {0};
	(void)state;
	assert_null(db_transaction(db, wish_for, &(struct wish){.n = 1}));
	struct job_runner *one = start(&BRIEF, 1, &slow);
	assert_true(wait_for(&slow.together, 1));
	struct job_runner *two = start(&BRIEF, 1, &quick);
	pause_ms(300);
	assert_int_equal(quick.runs, 0);
	assert_true(wait_for(&quick.runs, 1));
	assert_int_equal(slow.runs, 0);
	assert_true(wait_for(&slow.runs, 1));
	pause_ms(50);
	job_runner_destroy(one);
	job_runner_destroy(two);
	assert_int_equal(number("SELECT COUNT(*) FROM job"), 0);
	assert_int_equal(quick.runs, 1);
}

/* What the first says at its end must not take the job away from the second, who may yet fail. */
static void a_late_end_leaves_the_job_to_who_has_it(void **state)
{
	struct seen slow = {.hold_ms = 1800}, second = {.hold_ms = 6000};
	(void)state;
	assert_null(db_transaction(db, wish_for, &(struct wish){.n = 1}));
	struct job_runner *one = start(&BRIEF, 1, &slow);
	assert_true(wait_for(&slow.together, 1));
	struct job_runner *two = start(&BRIEF, 1, &second);
	assert_true(wait_for(&second.together, 1));
	assert_true(wait_for(&slow.runs, 1));
	job_runner_destroy(one);
	assert_int_equal(second.runs, 0);
	assert_int_equal(number("SELECT COUNT(*) FROM job"), 1);
	job_runner_destroy(two);
}

/* Else nobody would get a code by SMS for as long as the lease of a server that was killed and started again. */
static void what_a_predecessor_left_is_taken_back(void **state)
{
	struct seen slow = {.hold_ms = 1500}, elsewhere = {0}, after = {0};
	(void)state;
	assert_null(db_transaction(db, wish_for, &(struct wish){.n = 1}));
	struct job_runner *dead = start_at("host:1", &SEE, 1, &slow); /* as good as dead: it writes nothing while it
								         holds */
	assert_true(wait_for(&slow.together, 1));
	struct job_runner *other = start_at("host:2", &SEE, 1, &elsewhere);
	pause_ms(300);
	assert_int_equal(elsewhere.runs, 0);
	job_runner_destroy(other);
	struct job_runner *next = start_at("host:1", &SEE, 1, &after);
	assert_true(wait_for(&after.runs, 1));
	assert_int_equal(slow.runs, 0);
	job_runner_destroy(next);
	job_runner_destroy(dead);
	assert_int_equal(number("SELECT COUNT(*) FROM job"), 0);
}

static void a_job_that_kills_its_servers_is_parked(void **state)
{
	struct seen seen = {0};
	(void)state;
	assert_null(db_transaction(db, wish_for, &(struct wish){.n = 1}));
	assert_null(db_exec(db, db_server(),
		"UPDATE job SET attempts = 2, lease_owner = x'00', lease_until = UTC_TIMESTAMP(3), "
		"run_at = UTC_TIMESTAMP(3)",
		DB_NO_ARGS, NULL));
	struct job_runner *runner = start(&SEE, 1, &seen);
	for (int i = 0; i < 100 && number("SELECT parked FROM job") == 0; i++)
		pause_ms(10);
	job_runner_destroy(runner);
	assert_int_equal(seen.runs, 0);
	assert_int_equal(number("SELECT parked FROM job"), 1);
}

static void a_standing_job_runs_on_one_server_at_a_time(void **state)
{
	struct seen seen = {.hold_ms = 20, .fail = 1};
	(void)state;
	struct job_runner *one = start(&STANDING, 2, &seen), *two = start(&STANDING, 2, &seen);
	assert_true(wait_for(&seen.runs, 1));
	for (int i = 0; i < 100 && number("SELECT COALESCE(MAX(failures), 0) FROM job_standing") == 0; i++)
		pause_ms(10);
	assert_int_equal(number("SELECT failures FROM job_standing"), 1);
	assert_true(wait_for(&seen.runs, 6));
	job_runner_destroy(one);
	assert_true(wait_for(&seen.runs, seen.runs + 2)); /* the other goes on */
	job_runner_destroy(two);
	assert_int_equal(seen.most, 1);
	assert_int_equal(number("SELECT failures FROM job_standing"), 0);
}

/* The database's clock was a day ahead when all this was written, and is right again. */
static void a_clock_that_was_ahead_stops_nothing(void **state)
{
	struct seen seen = {0}, standing = {0};
	(void)state;
	int64_t later = number("SELECT CAST(UNIX_TIMESTAMP(UTC_TIMESTAMP(3) + INTERVAL 2 HOUR) * 1000 AS SIGNED)");
	for (int i = 1; i <= 3; i++)
		assert_null(db_transaction(db, wish_for, &(struct wish){.n = i}));
	assert_null(db_transaction(db, wish_for, &(struct wish){.n = 100, .run_at_ms = later})); /* on purpose */
	assert_null(db_exec(db, db_server(),
		"UPDATE job SET run_at = run_at + INTERVAL 1 DAY, created_at = created_at + INTERVAL 1 DAY, attempts = "
		"IF(payload LIKE '%2%', 1, 0) WHERE payload NOT LIKE '%100%'",
		DB_NO_ARGS, NULL));
	assert_null(db_exec(db, db_server(),
		"UPDATE job SET created_at = UTC_TIMESTAMP(3) - INTERVAL 1 HOUR, attempts = 1, lease_owner = "
		"REPEAT('x', 16), "
		"lease_until = run_at WHERE payload LIKE '%3%'",
		DB_NO_ARGS, NULL));
	struct job_runner *runner = start(&SEE, 1, &seen);
	assert_true(wait_for(&seen.runs, 3));
	job_runner_destroy(runner);
	assert_int_equal(seen.sum, 1 + 2 + 3);
	assert_int_equal(number("SELECT COUNT(*) FROM job"), 1);

	assert_null(db_exec(db, db_server(),
		"INSERT INTO job_standing (kind, next_at, lease_until, lease_owner, ran_at) VALUES ('standing', "
		"UTC_TIMESTAMP(3) + INTERVAL 1 DAY, UTC_TIMESTAMP(3) + INTERVAL 1 DAY, REPEAT('x', 16), "
		"UTC_TIMESTAMP(3) + INTERVAL 1 DAY)",
		DB_NO_ARGS, NULL));
	runner = start(&STANDING, 1, &standing);
	assert_true(wait_for(&standing.runs, 2));
	job_runner_destroy(runner);
}

/* Whoever looks is told what waits, what ran last and what is stuck, kind by kind. */
static void each_kind_tells_how_it_fares(void **state)
{
	static const struct job_kind never = {.name = "never", .every_ms = 1000, .lease_s = 1};
	static const struct job_kind *const kinds[] = {&SEE, &STANDING, &never};
	struct seen seen = {0};
	struct job_kind_status *status;
	(void)state;
	assert_null(job_read_kinds(db, kinds, 3, &status));
	for (int i = 0; i < 3; i++)
		assert_false(status[i].stuck || status[i].waiting || status[i].ran_ms != -1);
	struct job_runner *runner = start(&STANDING, 1, &seen);
	assert_true(wait_for(&seen.runs, 2));
	job_runner_destroy(runner);
	assert_null(db_transaction(db, wish_for, &(struct wish){.n = 1}));
	assert_null(job_read_kinds(db, kinds, 3, &status));
	assert_true(status[0].waiting == 1 && !status[0].stuck && !status[0].standing);
	assert_true(status[1].standing && !status[1].stuck && status[1].ran_ms >= 0 && status[1].ran_ms < 60000);
	assert_null(db_exec(db, db_server(), "UPDATE job SET run_at = run_at - INTERVAL 1 HOUR", DB_NO_ARGS, NULL));
	for (int i = 0; i < 3; i++) { /* due and not run; failing again and again; put off by a clock */
		static const char *const how[] = {
			"UPDATE job_standing SET next_at = UTC_TIMESTAMP(3) - INTERVAL 1 HOUR, ran_at = next_at",
			"UPDATE job_standing SET next_at = UTC_TIMESTAMP(3), ran_at = next_at, failures = 5",
			"UPDATE job_standing SET next_at = UTC_TIMESTAMP(3) + INTERVAL 1 DAY, ran_at = "
			"UTC_TIMESTAMP(3), failures = 0"};
		assert_null(db_exec(db, db_server(), how[i], DB_NO_ARGS, NULL));
		assert_null(job_read_kinds(db, kinds, 3, &status));
		assert_true(status[0].stuck && status[0].oldest_ms >= 3600000 && status[1].stuck && !status[2].stuck);
	}
}

static void runners_outlive_the_database(void **state)
{
	struct seen seen = {0};
	(void)state;
	struct job_runner *runner = start(&SEE, 2, &seen);
	pause_ms(50);
	mariadb_kill(server);
	pause_ms(100);
	mariadb_launch(server);
	assert_null(db_transaction(db, wish_for, &(struct wish){.n = 1}));
	assert_true(wait_for(&seen.runs, 1));
	job_runner_destroy(runner);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(jobs_run_once_after_their_commit), TEST(two_servers_share_the_work),
		TEST(equal_jobs_collapse_while_they_wait),
		TEST(later_jobs_wait), TEST(a_failing_job_comes_back_and_is_parked), TEST(a_lost_lease_is_taken_over),
		TEST(a_late_end_leaves_the_job_to_who_has_it),
		TEST(what_a_predecessor_left_is_taken_back), TEST(a_job_that_kills_its_servers_is_parked),
		TEST(a_standing_job_runs_on_one_server_at_a_time),
		TEST(a_clock_that_was_ahead_stops_nothing), TEST(each_kind_tells_how_it_fares),
		TEST(runners_outlive_the_database),
	};
	server = mariadb_start();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	mariadb_stop(server);
	return failed;
}
