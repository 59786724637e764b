#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "core/db/db.h"
#include "mariadb.h"

static const char SCHEMA[] =
	"CREATE TABLE thing (platform_id INT UNSIGNED NOT NULL, id BIGINT NOT NULL, n BIGINT NULL, u BIGINT UNSIGNED "
	"NULL, d DOUBLE NULL, "
	"t VARCHAR(120) NULL, b VARBINARY(40) NULL, at DATETIME(3) NULL, day DATE NULL, big MEDIUMTEXT NULL, "
	"PRIMARY KEY (platform_id, id), UNIQUE KEY t (platform_id, t));"
	"CREATE TABLE area (network_id INT UNSIGNED NOT NULL, code CHAR(6) NOT NULL, PRIMARY KEY (network_id, code));"
	"CREATE TABLE plain (id BIGINT NOT NULL PRIMARY KEY, n BIGINT NOT NULL DEFAULT 0);"
	"SET SESSION max_heap_table_size = 16384;"
	"CREATE TABLE small (id BIGINT NOT NULL, t CHAR(200) NOT NULL) ENGINE=MEMORY;";

static struct mariadb *server;
static struct arena *arena;
static struct db *db;
static const struct db_scope P = {DB_SCOPE_PLATFORM, 7, 3};

static int set_up(void **state)
{
	(void)state;
	mariadb_create(server, SCHEMA);
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

static void ok(struct problem *problem)
{
	if (problem)
		fail_msg("%s: %u %s", problem->en, db_last_errno(db), db_last_error(db));
}

static int64_t number(const char *sql)
{
	struct db_result *result;
	ok(db_select(db, db_all_platforms("a test looks at everything"), sql, DB_NO_ARGS, &result));
	return db_get_int(result, 0, 0);
}

/* ---- Values ---- */

static void values_come_back_as_they_went(void **state)
{
	struct db_result *r;
	char *big = arena_alloc(arena, 300001);
	(void)state;
	memset(big, 'x', 300000);
	for (int round = 0; round < 3; round++) { /* larger buffers from the second on */
		int64_t id = 10 + round;
		ok(db_exec(db, P,
			"INSERT INTO thing (platform_id, id, n, u, d, t, b, at, day, big) VALUES (:p, ?, ?, ?, ?, ?, "
			"?, ?, ?, ?)",
			DB_ARGS(db_int(id), db_int(-5), db_uint(UINT64_MAX), db_double(0.1),
				db_text(round ? NULL : "企联𠮷"), db_bytes("a\0b", 3), db_time(1709210096789),
				db_text("2024-02-29"), db_text(big)),
			NULL));
		ok(db_select(db, P,
			"SELECT n, u, d, t, b, at, day, big, NULL, COUNT(*) OVER (), 1.50, SUM(n) FROM thing WHERE "
			"platform_id = :p AND id = ?",
			DB_ARGS(db_int(id)), &r));
		assert_int_equal(r->rows, 1);
		assert_int_equal(r->columns, 12);
		assert_string_equal(r->names[4], "b");
		assert_int_equal(db_get_int(r, 0, 0), -5);
		assert_true(db_get_uint(r, 0, 1) == UINT64_MAX);
		assert_true(db_get_double(r, 0, 2) == 0.1);
		if (round == 0)
			assert_string_equal(db_get_text(r, 0, 3), "企联𠮷");
		else
			assert_null(db_get_text(r, 0, 3));
		assert_int_equal(db_get(r, 0, 4)->s.len, 3);
		assert_memory_equal(db_get(r, 0, 4)->s.data, "a\0b", 4);
		assert_int_equal(db_get_time(r, 0, 5), 1709210096789);
		assert_string_equal(db_get_text(r, 0, 6), "2024-02-29");
		assert_int_equal(db_get(r, 0, 7)->s.len, 300000);
		assert_string_equal(db_get_text(r, 0, 7), big);
		assert_int_equal(db_get(r, 0, 8)->type, DB_NULL);
		assert_string_equal(db_get_text(r, 0, 10), "1.50");
		assert_int_equal(db_get_int(r, 0, 11), -5);
	}
}

static void times_hold_over_the_calendar(void **state)
{
	static const struct { int64_t ms; const char *text;
	} TIMES[] = {{1, "1970-01-01 00:00:00.001"}, {-1, "1969-12-31 23:59:59.999"},
		{951782400000,
			"2000-02-29 "
			"00:00:00.000"},
		{4107542399999, "2100-02-28 23:59:59.999"}, {1735689599000, "2024-12-31 23:59:59.000"},
		{-2208988800000, "1900-01-01 00:00:00.000"}};
	(void)state;
	for (size_t i = 0; i < sizeof(TIMES) / sizeof(*TIMES); i++) {
		struct db_result *r;
		ok(db_select(db, db_server(), "SELECT CAST(CAST(? AS DATETIME(3)) AS CHAR), CAST(? AS DATETIME(3))",
		             DB_ARGS(db_time(TIMES[i].ms), db_text(TIMES[i].text)), &r));
		assert_string_equal(db_get_text(r, 0, 0), TIMES[i].text);
		assert_int_equal(db_get_time(r, 0, 1), TIMES[i].ms);
	}
	assert_int_equal(db_time(0).type, DB_NULL);
}

static void many_rows_come_in_order(void **state)
{
	struct db_result *r;
	(void)state;
	ok(db_select(db, db_server(), "SELECT seq, CONCAT('n', seq) FROM seq_1_to_5000", DB_NO_ARGS, &r));
	assert_int_equal(r->rows, 5000);
	for (size_t i = 0; i < r->rows; i++) {
		char text[24];
		snprintf(text, sizeof(text), "n%zu", i + 1);
		assert_int_equal(db_get_int(r, i, 0), i + 1);
		assert_string_equal(db_get_text(r, i, 1), text);
	}
	ok(db_select(db, db_server(), "SELECT id FROM plain", DB_NO_ARGS, &r));
	assert_int_equal(r->rows, 0);
}

/* general_ci and unicode_ci take 𠮷 for 𠮸. */
static void rare_characters_stay_apart(void **state)
{
	const char *duplicate;
	(void)state;
	ok(db_insert(db, P, "INSERT INTO thing (platform_id, id, t) VALUES (:p, ?, ?)",
		DB_ARGS(db_int(1), db_text("𠮷")), &duplicate));
	assert_null(duplicate);
	ok(db_insert(db, P, "INSERT INTO thing (platform_id, id, t) VALUES (:p, ?, ?)",
		DB_ARGS(db_int(2), db_text("𠮸")), &duplicate));
	assert_null(duplicate);
	ok(db_insert(db, P, "INSERT INTO thing (platform_id, id, t) VALUES (:p, ?, ?)",
		DB_ARGS(db_int(3), db_text("𠮷")), &duplicate));
	assert_string_equal(duplicate, "t");
	ok(db_insert(db, P, "INSERT INTO thing (platform_id, id, t) VALUES (:p, ?, ?)",
		DB_ARGS(db_int(2), db_text("it's 'x'")), &duplicate));
	assert_string_equal(duplicate, "PRIMARY");
	assert_int_equal(number("SELECT '𠮷' = '𠮸'"), 0);
	assert_int_equal(number("SELECT 'a' = 'a '"), 0);
}

static void the_session_is_as_promised(void **state)
{
	struct db_result *r;
	(void)state;
	ok(db_select(db, db_server(),
		"SELECT @@time_zone, @@sql_mode, @@tx_isolation, @@character_set_connection, @@local_infile, "
		"@@max_statement_time, @@autocommit",
		DB_NO_ARGS, &r));
	assert_string_equal(db_get_text(r, 0, 0), "+00:00");
	assert_non_null(strstr(db_get_text(r, 0, 1), "STRICT_ALL_TABLES"));
	assert_string_equal(db_get_text(r, 0, 2), "READ-COMMITTED");
	assert_string_equal(db_get_text(r, 0, 3), "utf8mb4");
	assert_true(db_get_double(r, 0, 5) == 10);
	assert_non_null(db_exec(
		db, db_server(), "INSERT INTO plain (id, n) VALUES (1, 99999999999999999999)", DB_NO_ARGS, NULL));
	assert_non_null(
		db_exec(db, db_server(), "INSERT INTO plain (id) VALUES (1); DELETE FROM plain", DB_NO_ARGS, NULL));
	/* Unchanged rows that match count. */
	uint64_t affected;
	ok(db_exec(db, db_server(), "INSERT INTO plain (id, n) VALUES (1, 1)", DB_NO_ARGS, &affected));
	ok(db_exec(db, db_server(), "UPDATE plain SET n = 1 WHERE id = 1", DB_NO_ARGS, &affected));
	assert_int_equal(affected, 1);
}

/* ---- The gate ---- */

static void a_statement_without_its_platform_is_refused(void **state)
{
	struct db_result *r;
	struct problem *problem = db_select(db, P, "SELECT id FROM thing", DB_NO_ARGS, &r);
	(void)state;
	assert_ptr_equal(problem->kind, &PROBLEM_INTERNAL);
	assert_non_null(db_select(db, P, "SELECT id FROM thing WHERE platform_id = ?", DB_ARGS(db_int(8)), &r));
	assert_non_null(db_select(db, P, "SELECT code FROM area", DB_NO_ARGS, &r));
	assert_non_null(db_select(db, db_server(), "SELECT id FROM thing WHERE platform_id = 7", DB_NO_ARGS, &r));
	assert_non_null(
		db_select(db, db_platform(0, 3), "SELECT id FROM thing WHERE platform_id = :p", DB_NO_ARGS, &r));
	ok(db_select(db, P, "SELECT id FROM thing WHERE platform_id = :p", DB_NO_ARGS, &r));
	/* prepared by now */
	assert_non_null(
		db_select(db, db_platform(0, 3), "SELECT id FROM thing WHERE platform_id = :p", DB_NO_ARGS, &r));
	ok(db_select(db, P, "SELECT code FROM area WHERE network_id = :n", DB_NO_ARGS, &r));
	ok(db_select(db, db_network(3), "SELECT code FROM area WHERE network_id = :n", DB_NO_ARGS, &r));
	ok(db_select(db, db_all_platforms("test"), "SELECT id FROM thing", DB_NO_ARGS, &r));
	/* a value is missing */
	assert_non_null(db_select(db, P, "SELECT id FROM thing WHERE platform_id = :p AND id = ?", DB_NO_ARGS, &r));
}

static void placeholders_bind_the_scope(void **state)
{
	struct db_result *r;
	(void)state;
	ok(db_exec(
		db, db_platform(8, 3), "INSERT INTO thing (platform_id, id, n) VALUES (:p, 1, 8)", DB_NO_ARGS, NULL));
	ok(db_exec(db, P, "INSERT INTO thing (n, platform_id, id) VALUES (?, :p, ?)", DB_ARGS(db_int(70), db_int(1)),
		NULL));
	ok(db_select(db, P, "SELECT ':p ?', n, :p, :n FROM thing WHERE id = ? AND platform_id = :p", DB_ARGS(db_int(1)),
		&r));
	assert_int_equal(r->rows, 1);
	assert_string_equal(db_get_text(r, 0, 0), ":p ?");
	assert_int_equal(db_get_int(r, 0, 1), 70);
	assert_int_equal(db_get_int(r, 0, 2), 7);
	assert_int_equal(db_get_int(r, 0, 3), 3);
}

/* A table created after the others were read is known as well. */
static void new_tables_are_noticed(void **state)
{
	struct db_result *r;
	(void)state;
	ok(db_select(db, P, "SELECT id FROM thing WHERE platform_id = :p", DB_NO_ARGS, &r));
	struct db *other = db_create(&server->settings);
	static const char CREATE[] = "CREATE TABLE late (platform_id INT UNSIGNED NOT NULL, id INT)";
	ok(db_command(other, CREATE, sizeof(CREATE) - 1));
	db_destroy(other);
	assert_non_null(db_select(db, P, "SELECT id FROM late", DB_NO_ARGS, &r));
	ok(db_select(db, P, "SELECT id FROM late WHERE platform_id = :p", DB_NO_ARGS, &r));
}

static void more_statements_than_the_cache_holds(void **state)
{
	(void)state;
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 300; i++) {
			struct db_result *r;
			ok(db_select(db, db_server(), db_dynamic(db, arena_printf(arena, "SELECT %d, ?", i)),
				DB_ARGS(db_int(i)), &r));
			assert_int_equal(db_get_int(r, 0, 0), i);
			assert_int_equal(db_get_int(r, 0, 1), i);
		}
	}
}

static void a_table_altered_under_a_prepared_statement(void **state)
{
	struct db_result *r;
	static const char ALTER[] =
		"ALTER TABLE plain ADD extra VARCHAR(10) NOT NULL DEFAULT 'x', MODIFY n VARCHAR(30) NOT NULL";
	(void)state;
	ok(db_exec(db, db_server(), "INSERT INTO plain (id, n) VALUES (1, 5)", DB_NO_ARGS, NULL));
	ok(db_select(db, db_server(), "SELECT * FROM plain", DB_NO_ARGS, &r));
	assert_int_equal(r->columns, 2);
	struct db *other = db_create(&server->settings);
	ok(db_command(other, ALTER, sizeof(ALTER) - 1));
	db_destroy(other);
	ok(db_select(db, db_server(), "SELECT * FROM plain", DB_NO_ARGS, &r));
	assert_int_equal(r->columns, 3);
	assert_string_equal(db_get_text(r, 0, 2), "x");
}

/* ---- Bulk ---- */

static void many_rows_go_at_once(void **state)
{
	enum { ROWS = 2500 };
	struct db_value *values = ARENA_ARRAY(arena, struct db_value, ROWS * 5);
	uint64_t affected;
	(void)state;
	for (int i = 0; i < ROWS; i++) {
		struct db_value row[] = {db_int(i), i % 3 ? db_int(i) : db_null(),
			db_text(arena_printf(arena, "第 %d 行", i)), i % 2 ? db_bytes("\0\1", 2) : db_null(),
			db_time(1700000000000 + i)};
		memcpy(&values[i * 5], row, sizeof(row));
	}
	static const char SQL[] =
		"INSERT INTO thing (platform_id, id, n, t, b, at, d) VALUES (:p, ?, ?, ?, ?, ?, NULL) "
		"ON DUPLICATE KEY UPDATE n = VALUES(n), d = 1";
	ok(db_exec_many(db, P, SQL, values, 5, ROWS, &affected));
	assert_int_equal(affected, ROWS);
	assert_int_equal(number("SELECT COUNT(*) FROM thing WHERE platform_id = 7 AND n <=> IF(id % 3, id, NULL) AND t "
				"= CONCAT('第 ', id, ' 行') "
				"AND b <=> IF(id % 2, x'0001', NULL) AND at = TIMESTAMPADD(MICROSECOND, id * 1000, "
				"'2023-11-14 22:13:20.000')"),
		ROWS);
	ok(db_exec_many(db, P, SQL, values, 5, 10, &affected)); /* again: updates */
	assert_int_equal(number("SELECT COUNT(*) FROM thing WHERE d = 1"), 10);
	ok(db_exec_many(db, P, "UPDATE thing SET u = ? WHERE platform_id = :p AND id = ?",
	                (struct db_value[]){db_uint(1), db_int(1), db_uint(2), db_int(2)}, 2, 2, NULL));
	assert_int_equal(number("SELECT SUM(u) FROM thing"), 3);
	assert_non_null(db_exec_many(db, P, "UPDATE thing SET u = ? WHERE platform_id = :p AND id = ?",
	                             (struct db_value[]){db_uint(1), db_int(1), db_text("2"), db_int(2)}, 2, 2, NULL));
	ok(db_exec_many(db, P, SQL, NULL, 5, 0, NULL));
}

static struct problem *insert_then_read(struct db *handle, void *arg)
{
	const char **duplicate = arg;
	struct db_result *r;
	struct problem *problem = db_insert_many(handle, P, "INSERT INTO thing (platform_id, id, t) VALUES (:p, ?, ?)",
		(struct db_value[]){db_int(11), db_text("eins"), db_int(12), db_text("zwei"), db_int(13),
			db_text("drei"), db_int(12), db_text("vier")},
		2, 4, duplicate);
	/* A duplicate is an answer: the transaction goes on. */
	return problem ? problem : db_select(handle, P, "SELECT 1 FROM thing WHERE platform_id = :p", DB_NO_ARGS, &r);
}

static void many_rows_may_meet_a_unique_key(void **state)
{
	const char *duplicate = "unset";
	(void)state;
	ok(db_insert_many(db, P, "INSERT INTO thing (platform_id, id, t) VALUES (:p, ?, ?)",
	                  (struct db_value[]){db_int(1), db_text("a"), db_int(2), db_text("b")}, 2, 2, &duplicate));
	assert_null(duplicate);
	ok(db_transaction(db, insert_then_read, &duplicate));
	assert_string_equal(duplicate, "PRIMARY");
	/* the statement alone was undone */
	assert_int_equal(number("SELECT COUNT(*) FROM thing WHERE platform_id = 7"), 2);
	ok(db_insert_many(db, P, "INSERT INTO thing (platform_id, id, t) VALUES (:p, ?, ?)",
		(struct db_value[]){db_int(3), db_text("a")}, 2, 1, &duplicate));
	assert_non_null(duplicate);
	ok(db_insert_many(db, P, "INSERT INTO thing (platform_id, id, t) VALUES (:p, ?, ?)", NULL, 2, 0, &duplicate));
	assert_null(duplicate);
	assert_non_null(db_insert_many(db, P, "INSERT INTO nothing (platform_id, id) VALUES (:p, ?)",
		(struct db_value[]){db_int(3)}, 1, 1, &duplicate));
}

/* ---- Transactions ---- */

struct counter {
	int runs;
	int after;
	int fail_first;
	struct db *other;
	struct problem *result;
};

static void count_after(void *arg)
{
	((struct counter *)arg)->after++;
}

static struct problem *fail_always(struct db *handle, void *arg)
{
	struct counter *counter = arg;
	counter->runs++;
	struct problem *problem = db_exec(handle, db_server(), "INSERT INTO plain (id) VALUES (1)", DB_NO_ARGS, NULL);
	db_after_commit(handle, count_after, arg);
	return problem ? problem : problem_new(db_arena(handle), &PROBLEM_CONFLICT);
}

static void a_problem_rolls_back(void **state)
{
	struct counter counter = {0};
	struct problem *problem = db_transaction(db, fail_always, &counter);
	(void)state;
	assert_ptr_equal(problem->kind, &PROBLEM_CONFLICT);
	assert_int_equal(counter.runs, 1);
	assert_int_equal(counter.after, 0);
	assert_false(db_in_transaction(db));
	assert_int_equal(number("SELECT COUNT(*) FROM plain"), 0);
}

static struct problem *ignore_a_failure(struct db *handle, void *arg)
{
	struct counter *counter = arg;
	struct problem *ignored = db_exec(handle, db_server(), "INSERT INTO plain (id) VALUES (2)", DB_NO_ARGS, NULL);
	ignored = db_exec(handle, db_server(), "INSERT INTO plain (id) VALUES (2)", DB_NO_ARGS, NULL);
	assert_non_null(ignored);
	ignored = db_exec(handle, db_server(), "INSERT INTO plain (id) VALUES (3)", DB_NO_ARGS, NULL);
	assert_non_null(ignored); /* poisoned */
	counter->runs++;
	return NULL;
}

static void an_ignored_failure_rolls_back_all_the_same(void **state)
{
	struct counter counter = {0};
	(void)state;
	assert_non_null(db_transaction(db, ignore_a_failure, &counter));
	assert_int_equal(counter.runs, 1);
	assert_int_equal(number("SELECT COUNT(*) FROM plain"), 0);
}

static struct problem *meet_a_duplicate(struct db *handle, void *arg)
{
	const char *duplicate;
	(void)arg;
	struct problem *problem = db_exec(handle, db_server(), "INSERT INTO plain (id) VALUES (4)", DB_NO_ARGS, NULL);
	if (!problem)
		problem = db_insert(handle, db_server(), "INSERT INTO plain (id) VALUES (4)", DB_NO_ARGS, &duplicate);
	assert_string_equal(duplicate, "PRIMARY");
	if (!problem)
		problem = db_exec(handle, db_server(), "INSERT INTO plain (id) VALUES (5)", DB_NO_ARGS, NULL);
	return problem;
}

static void a_duplicate_key_leaves_the_transaction_whole(void **state)
{
	(void)state;
	ok(db_transaction(db, meet_a_duplicate, NULL));
	assert_int_equal(number("SELECT COUNT(*) FROM plain"), 2);
}

static const char MARK;

static struct problem *note(struct db *handle, void *arg)
{
	strcat(arg, "b");
	return db_exec(handle, db_server(), "INSERT INTO plain (id) VALUES (11)", DB_NO_ARGS, NULL);
}

static struct problem *note_last(struct db *handle, void *arg)
{
	strcat(arg, "l");
	(void)handle;
	return NULL;
}

static void note_after(void *arg)
{
	strcat(arg, "a");
}

static struct problem *inner(struct db *handle, void *arg)
{
	assert_true(db_in_transaction(handle));
	assert_ptr_equal(*db_transaction_slot(handle, &MARK), arg);
	db_before_commit(handle, "note", note, arg);
	db_after_commit(handle, note_after, arg);
	return db_exec(handle, db_server(), "INSERT INTO plain (id) VALUES (10)", DB_NO_ARGS, NULL);
}

static struct problem *outer(struct db *handle, void *arg)
{
	strcpy(arg, "o");
	assert_null(*db_transaction_slot(handle, &MARK));
	*db_transaction_slot(handle, &MARK) = arg;
	*db_transaction_mark(handle, &MARK) = 5;
	db_before_commit_last(handle, note_last, arg);
	db_before_commit(handle, "note", note, arg);
	return db_transaction(handle, inner, arg);
}

static void hooks_and_nesting(void **state)
{
	char order[16];
	(void)state;
	ok(db_transaction(db, outer, order));
	assert_string_equal(order, "obla");
	assert_int_equal(*db_transaction_mark(db, &MARK), 5);
	assert_int_equal(number("SELECT COUNT(*) FROM plain"), 2);
}

static struct problem *forget_the_inner_problem(struct db *handle, void *arg)
{
	struct problem *ignored = db_transaction(handle, fail_always, arg);
	assert_non_null(ignored);
	return NULL;
}

static void an_inner_problem_cannot_be_forgotten(void **state)
{
	struct counter counter = {0};
	(void)state;
	assert_non_null(db_transaction(db, forget_the_inner_problem, &counter));
	assert_int_equal(number("SELECT COUNT(*) FROM plain"), 0);
}

/* Two transactions that lock two rows crosswise, and meet between. */
struct crossing {
	pthread_barrier_t barrier;
	_Atomic int runs;
};

struct crosser {
	struct crossing *crossing;
	int first, second;
	struct problem *problem;
	int runs;
};

static struct problem *lock_both(struct db *handle, void *arg)
{
	struct crosser *me = arg;
	struct problem *problem = db_exec(
		handle, db_server(), "UPDATE plain SET n = n + 1 WHERE id = ?", DB_ARGS(db_int(me->first)), NULL);
	if (me->runs++ == 0)
		pthread_barrier_wait(&me->crossing->barrier);
	if (!problem)
		problem = db_exec(handle, db_server(), "UPDATE plain SET n = n + 1 WHERE id = ?",
			DB_ARGS(db_int(me->second)), NULL);
	me->crossing->runs++;
	return problem;
}

static void *cross(void *arg)
{
	struct crosser *me = arg;
	struct db *own = db_create(&server->settings);
	me->problem = db_transaction(own, lock_both, me);
	db_destroy(own);
	return NULL;
}

static void deadlocks_run_again(void **state)
{
	struct crossing crossing = {0};
	struct crosser crossers[2] = {{&crossing, 1, 2, NULL, 0}, {&crossing, 2, 1, NULL, 0}};
	pthread_t threads[2];
	(void)state;
	ok(db_exec(db, db_server(), "INSERT INTO plain (id) VALUES (1), (2)", DB_NO_ARGS, NULL));
	pthread_barrier_init(&crossing.barrier, NULL, 2);
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, cross, &crossers[i]);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&crossing.barrier);
	assert_null(crossers[0].problem);
	assert_null(crossers[1].problem);
	assert_int_equal(crossing.runs, 3); /* the deadlock took place */
	assert_int_equal(number("SELECT SUM(n) FROM plain"), 4);
}

static struct problem *add_one(struct db *handle, void *arg)
{
	struct counter *counter = arg;
	counter->runs++;
	return db_exec(handle, db_server(), "UPDATE plain SET n = n + 1 WHERE id = 1", DB_NO_ARGS, NULL);
}

static struct problem *hold_a_lock(struct db *handle, void *arg)
{
	struct counter *waiting = arg;
	struct problem *problem = add_one(handle, waiting);
	if (problem)
		return problem;
	/* Another one waits for the row until 1205, and has no time to run again. */
	struct db_settings settings = server->settings;
	settings.query_timeout_ms = 2100; /* locks are waited for one second */
	struct db *other = db_create(&settings);
	struct counter counter = {0};
	db_use_arena(other, arena);
	waiting->result = db_transaction(other, add_one, &counter);
	waiting->fail_first = counter.runs;
	db_destroy(other);
	return NULL;
}

static void waiting_for_a_lock_runs_again_until_the_deadline(void **state)
{
	struct counter counter = {0};
	(void)state;
	ok(db_exec(db, db_server(), "INSERT INTO plain (id) VALUES (1)", DB_NO_ARGS, NULL));
	ok(db_transaction(db, hold_a_lock, &counter));
	assert_non_null(counter.result);
	assert_ptr_equal(counter.result->kind, &PROBLEM_UNAVAILABLE);
	assert_true(counter.fail_first >= 2);
	assert_int_equal(number("SELECT n FROM plain"), 1);
}

/* ---- Lost connections ---- */

static void kill_connection(struct db *by, int64_t id)
{
	const char *sql = arena_printf(arena, "KILL %lld", (long long)id);
	struct problem *problem = db_command(by, sql, strlen(sql));
	if (problem)
		fail_msg("%s", db_last_error(by));
}

static void an_idle_connection_that_was_closed_is_replaced(void **state)
{
	struct db *other = db_create(&server->settings);
	(void)state;
	for (int i = 0; i < 3; i++) {
		kill_connection(other, number("SELECT CONNECTION_ID()"));
		nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
		ok(db_exec(db, db_server(), "INSERT INTO plain (id) VALUES (?)", DB_ARGS(db_int(i)), NULL));
	}
	db_destroy(other);
}

static struct problem *be_killed_once(struct db *handle, void *arg)
{
	struct counter *counter = arg;
	struct db_result *r;
	struct problem *problem = db_exec(handle, db_server(), "INSERT INTO plain (id) VALUES (1)", DB_NO_ARGS, NULL);
	if (!problem)
		problem = db_select(handle, db_server(), "SELECT CONNECTION_ID()", DB_NO_ARGS, &r);
	if (!problem && counter->runs++ == 0)
		kill_connection(counter->other, db_get_int(r, 0, 0));
	if (!problem)
		problem = db_exec(handle, db_server(), "INSERT INTO plain (id) VALUES (2)", DB_NO_ARGS, NULL);
	return problem;
}

static void a_connection_killed_in_mid_transaction_runs_again(void **state)
{
	struct counter counter = {.other = db_create(&server->settings)};
	(void)state;
	ok(db_transaction(db, be_killed_once, &counter));
	assert_int_equal(counter.runs, 2);
	assert_int_equal(number("SELECT COUNT(*) FROM plain"), 2);
	db_destroy(counter.other);
}

static void a_server_killed_and_started_again(void **state)
{
	struct counter counter = {0};
	(void)state;
	ok(db_exec(db, db_server(), "INSERT INTO plain (id) VALUES (1)", DB_NO_ARGS, NULL));
	mariadb_kill(server);
	db_set_deadline(db, db_now_ms() + 300);
	int64_t begin = db_now_ms();
	struct problem *problem = db_transaction(db, add_one, &counter);
	assert_ptr_equal(problem->kind, &PROBLEM_UNAVAILABLE);
	assert_true(db_now_ms() - begin < 1000);
	mariadb_launch(server);
	db_set_deadline(db, 0);
	ok(db_transaction(db, add_one, &counter));
	assert_int_equal(number("SELECT n FROM plain WHERE id = 1"), 1);
}

static void a_hanging_server_ends_the_call_by_the_deadline(void **state)
{
	struct db_result *r;
	struct counter counter = {0};
	(void)state;
	assert_int_equal(number("SELECT 1"), 1);
	mariadb_pause(server);
	int64_t begin = db_now_ms();
	db_set_deadline(db, begin + 300);
	struct problem *problem = db_select(db, db_server(), "SELECT 1", DB_NO_ARGS, &r);
	assert_ptr_equal(problem->kind, &PROBLEM_UNAVAILABLE);
	assert_true(db_now_ms() - begin >= 290);
	assert_true(db_now_ms() - begin < 600);
	begin = db_now_ms(); /* now the connecting hangs */
	db_set_deadline(db, begin + 300);
	assert_non_null(db_transaction(db, add_one, &counter));
	assert_true(db_now_ms() - begin < 600);
	mariadb_resume(server);
	db_set_deadline(db, 0);
	assert_int_equal(number("SELECT 1"), 1);
}

static void a_long_statement_ends_by_the_deadline(void **state)
{
	struct db_result *r;
	(void)state;
	int64_t begin = db_now_ms();
	db_set_deadline(db, begin + 300);
	assert_non_null(db_select(db, db_server(), "SELECT SLEEP(5)", DB_NO_ARGS, &r));
	assert_true(db_now_ms() - begin < 600);
	/* A deadline beyond the default lets it run longer than the session's limit. */
	struct db_settings settings = server->settings;
	settings.query_timeout_ms = 300;
	struct db *brief = db_create(&settings);
	db_use_arena(brief, arena);
	assert_non_null(db_select(brief, db_server(), "SELECT SLEEP(1)", DB_NO_ARGS, &r));
	db_set_deadline(brief, db_now_ms() + 5000);
	struct problem *problem = db_select(brief, db_server(), "SELECT SLEEP(1)", DB_NO_ARGS, &r);
	assert_null(problem);
	assert_int_equal(db_get_int(r, 0, 0), 0);
	db_destroy(brief);
}

/* A table in memory is full in the way that a disk is. */
static void a_full_table_is_told_as_such(void **state)
{
	struct problem *problem = NULL;
	(void)state;
	for (int i = 0; i < 1000 && !problem; i++)
		problem =
			db_exec(db, db_server(), "INSERT INTO small (id, t) VALUES (?, 'x')", DB_ARGS(db_int(i)), NULL);
	assert_non_null(problem);
	assert_string_equal(problem->kind->code, "storage-full");
	assert_int_equal(number("SELECT COUNT(*) FROM small") > 0, true);
}

static void another_host_is_tried(void **state)
{
	const char *hosts[] = {"/nonexistent/socket", "127.0.0.1:1", server->socket};
	struct db_settings settings = server->settings;
	settings.hosts = hosts;
	settings.host_count = 3;
	settings.shared = db_shared_create();
	(void)state;
	for (int i = 0; i < 20; i++) {
		struct db *many = db_create(&settings);
		db_use_arena(many, arena);
		int64_t begin = db_now_ms();
		assert_null(db_ping(many));
		assert_true(db_now_ms() - begin < 200);
		db_destroy(many);
	}
	assert_int_equal(db_shared_counts(settings.shared).connected, 20);
	db_shared_destroy(settings.shared);
}

static void a_wrong_password_is_told_at_once(void **state)
{
	struct db_settings settings = server->settings;
	settings.user = "nobody";
	settings.password = "wrong";
	struct db *stranger = db_create(&settings);
	(void)state;
	int64_t begin = db_now_ms();
	assert_non_null(db_ping(stranger));
	assert_true(db_now_ms() - begin < 500);
	db_destroy(stranger);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(values_come_back_as_they_went), TEST(times_hold_over_the_calendar), TEST(many_rows_come_in_order),
		TEST(rare_characters_stay_apart), TEST(the_session_is_as_promised),
		TEST(a_statement_without_its_platform_is_refused), TEST(placeholders_bind_the_scope),
		TEST(new_tables_are_noticed),
		TEST(more_statements_than_the_cache_holds), TEST(a_table_altered_under_a_prepared_statement),
		TEST(many_rows_go_at_once),
		TEST(many_rows_may_meet_a_unique_key),
		TEST(a_problem_rolls_back), TEST(an_ignored_failure_rolls_back_all_the_same),
		TEST(a_duplicate_key_leaves_the_transaction_whole),
		TEST(hooks_and_nesting), TEST(an_inner_problem_cannot_be_forgotten), TEST(deadlocks_run_again),
		TEST(waiting_for_a_lock_runs_again_until_the_deadline),
		TEST(an_idle_connection_that_was_closed_is_replaced),
		TEST(a_connection_killed_in_mid_transaction_runs_again), TEST(a_server_killed_and_started_again),
		TEST(a_hanging_server_ends_the_call_by_the_deadline), TEST(a_long_statement_ends_by_the_deadline),
		TEST(a_full_table_is_told_as_such), TEST(another_host_is_tried), TEST(a_wrong_password_is_told_at_once),
	};
	server = mariadb_start();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	mariadb_stop(server);
	return failed;
}
