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
#include "core/work/journal.h"
#include "mariadb.h"

static struct mariadb *server;
static struct arena *arena;
static struct db *db;
static const struct db_scope P = {DB_SCOPE_PLATFORM, 7, 3}, Q = {DB_SCOPE_PLATFORM, 4, 3};

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
	journal_set_hint(NULL, NULL);
	db_destroy(db);
	arena_destroy(arena);
	return 0;
}

static struct json_object *object(struct arena *in, const char *text)
{
	struct json_object *value;
	assert_null(json_parse_object(in, text, strlen(text), &value));
	return value;
}

static const struct uuid RECORD = {"record"}, ACTOR = {"actor"};

static struct problem *add(struct db *handle, struct db_scope scope, enum journal_audience audience, const uint32_t *to,
	size_t to_count, const char *payload)
{
	return journal_add(handle, scope,
		&(struct journal_entry){.kind = "product.changed",
			.record_type = "product",
			.record_id = RECORD,
			.audience = audience,
			.to = to,
			.to_count = to_count,
			.actor_id = ACTOR,
			.actor_name = "张三",
			.actor_role = "owner",
			.client = "127.0.0.1",
			.payload = object(db_arena(handle), payload)});
}

static struct problem *write_three(struct db *handle, void *arg)
{
	static const uint32_t to[] = {9, 4, 9};
	struct problem *problem = add(handle, P, JOURNAL_PRIVATE, NULL, 0, "{\"b\":1,\"a\":\"一\"}");
	(void)arg;
	if (!problem)
		problem = add(handle, Q, JOURNAL_PUBLIC, NULL, 0, "{\"public\":true}");
	if (!problem)
		problem = add(handle, P, JOURNAL_ADDRESSED, to, 3, "{\"x\":2}");
	return problem;
}

struct hints {
	char text[200];
};

static void note_hint(enum journal_hint what, uint32_t from, uint32_t to, void *arg)
{
	struct hints *hints = arg;
	snprintf(hints->text + strlen(hints->text), sizeof(hints->text) - strlen(hints->text),
		what == JOURNAL_HINT_MOVED ? "%u " : "%u>%u ", from, to);
}

static void entries_are_numbered_and_read(void **state)
{
	struct journal_read *read;
	size_t count;
	uint64_t epoch, seq;
	struct hints hints = {""};
	(void)state;
	journal_set_hint(note_hint, &hints);
	assert_null(journal_head(db, 7, &epoch, &seq));
	assert_int_equal(seq, 0);
	assert_null(db_transaction(db, write_three, NULL));
	assert_int_equal(journal_last_seq(db), 2);
	assert_string_equal(hints.text, "7 4 4>0 7 7>4 7>9 ");
	assert_null(db_transaction(db, write_three, NULL));
	assert_int_equal(journal_last_seq(db), 4);
	assert_null(journal_head(db, 7, &epoch, &seq));
	assert_int_equal(epoch, 1);
	assert_int_equal(seq, 4);
	assert_null(journal_read_for(db, 7, 4, true, 0, 100, 1000000, &read, &count));
	assert_int_equal(count, 2);
	assert_int_equal(read[0].seq, 2);
	assert_int_equal(read[1].seq, 4);
	assert_string_equal(read[0].payload, "{\"x\":2}");
	assert_string_equal(read[0].kind, "product.changed");
	assert_string_equal(read[0].actor_name, "张三");
	assert_memory_equal(&read[0].record_id, &RECORD, sizeof(RECORD));
	assert_memory_equal(&read[0].actor_id, &ACTOR, sizeof(ACTOR));
	assert_null(journal_read_for(db, 7, 4, false, 2, 100, 1000000, &read, &count));
	assert_int_equal(count, 1);
	assert_null(journal_read_for(db, 7, 5, true, 0, 100, 1000000, &read, &count));
	assert_int_equal(count, 0);
	assert_null(journal_read_for(db, 4, 5, true, 0, 100, 1000000, &read, &count));
	assert_int_equal(count, 2);
	assert_null(journal_read_for(db, 4, 5, true, 0, 100, 1, &read, &count)); /* at least one */
	assert_int_equal(count, 1);
	assert_null(journal_read_for(db, 4, 5, true, 0, 1, 1000, &read, &count));
	assert_int_equal(count, 1);
	assert_null(journal_read_for(db, 4, 5, false, 0, 100, 1000000, &read, &count));
	assert_int_equal(count, 0);
	assert_null(journal_history(db, P, &RECORD, 3, &read, &count));
	assert_int_equal(count, 3);
	assert_int_equal(read[0].seq, 4);
	assert_string_equal(read[1].payload, "{\"a\":\"一\",\"b\":1}"); /* canonical */
	struct journal_position *heads;
	assert_null(journal_heads(db, &heads, &count));
	assert_int_equal(count, 2);
	assert_int_equal(heads[1].seq, 4);
}

static struct problem *write_and_fail(struct db *handle, void *arg)
{
	struct problem *problem = write_three(handle, arg);
	return problem ? problem : problem_new(db_arena(handle), &PROBLEM_CONFLICT);
}

static struct problem *add_alike(struct db *handle, void *arg)
{
	struct problem *problem = NULL;
	(void)arg;
	for (int i = 0; i < 3 && !problem; i++)
		problem = add(handle, P, JOURNAL_PRIVATE, NULL, 0, "{\"mobile\":\"13800000000\"}");
	return problem;
}

/* Who knows what may stand in a payload must not find out by trying: after it is erased, its commitment says
 * nothing. */
static void alike_payloads_have_commitments_of_their_own(void **state)
{
	struct db_result *r;
	(void)state;
	for (int i = 0; i < 2; i++)
		assert_null(db_transaction(db, add_alike, NULL));
	assert_null(db_select(db, P,
		"SELECT COUNT(*), COUNT(DISTINCT salt), COUNT(DISTINCT commitment), COUNT(DISTINCT payload), "
		"MIN(LENGTH(salt)) "
		"FROM log_entry WHERE platform_id = :p",
		DB_NO_ARGS, &r));
	assert_int_equal(db_get_int(r, 0, 0), 6);
	assert_int_equal(db_get_int(r, 0, 1), 6);
	assert_int_equal(db_get_int(r, 0, 2), 6);
	assert_int_equal(db_get_int(r, 0, 3), 1);
	assert_int_equal(db_get_int(r, 0, 4), 16);
	assert_null(db_select(db, P,
		"SELECT COUNT(*) FROM log_entry WHERE platform_id = :p AND commitment = UNHEX(SHA2(payload, 256))",
		DB_NO_ARGS, &r));
	assert_int_equal(db_get_int(r, 0, 0), 0);
}

static void what_rolls_back_leaves_no_gap(void **state)
{
	uint64_t epoch, seq;
	(void)state;
	assert_null(db_transaction(db, write_three, NULL));
	assert_non_null(db_transaction(db, write_and_fail, NULL));
	assert_int_equal(journal_last_seq(db), 0);
	assert_null(db_transaction(db, write_three, NULL));
	assert_null(journal_head(db, 7, &epoch, &seq));
	assert_int_equal(seq, 4);
}

static void exec(const char *sql)
{
	if (db_exec(db, P, sql, DB_NO_ARGS, NULL))
		fail_msg("%s", db_last_error(db));
}

static void expect_bad(uint64_t expected, const char *word)
{
	uint64_t checked, bad;
	const char *why;
	assert_null(journal_verify(db, 7, 0, 20, &checked, &bad, &why));
	assert_int_equal(bad, expected);
	if (expected)
		assert_non_null(strstr(why, word));
	else
		assert_int_equal(checked, 20);
}

static void changes_are_found_and_erasing_is_none(void **state)
{
	struct journal_read *read;
	size_t count;
	uint64_t erased;
	(void)state;
	for (int i = 0; i < 10; i++)
		assert_null(db_transaction(db, write_three, NULL));
	expect_bad(0, NULL);
	exec("UPDATE log_entry SET payload = '{\"x\":3}' WHERE platform_id = :p AND seq = 6");
	expect_bad(6, "payload");
	exec("UPDATE log_entry SET payload = '{\"x\":2}' WHERE platform_id = :p AND seq = 6");
	exec("UPDATE log_entry SET actor_role = 'admin' WHERE platform_id = :p AND seq = 5");
	expect_bad(5, "leaf");
	exec("UPDATE log_entry SET actor_role = 'owner', addressed_to = '9' WHERE platform_id = :p AND seq = 5");
	expect_bad(5, "leaf");
	exec("UPDATE log_entry SET addressed_to = NULL WHERE platform_id = :p AND seq = 5");
	expect_bad(0, NULL);
	assert_null(journal_erase(db, P, &RECORD, &erased));
	assert_int_equal(erased, 20);
	expect_bad(0, NULL);
	assert_null(journal_read_for(db, 7, 4, false, 0, 100, 1000000, &read, &count));
	assert_int_equal(count, 10);
	assert_null(read[0].payload);
	assert_null(read[0].actor_name);
	exec("DELETE FROM log_entry WHERE platform_id = :p AND seq = 11");
	expect_bad(11, "missing");
	exec("DELETE FROM log_entry WHERE platform_id = :p AND seq = 20");
	exec("UPDATE log_entry SET seq = 11 WHERE platform_id = :p AND seq = 12");
	expect_bad(11, "leaf");
}

/* Whose hand it was is proven too, and can be erased apart from what was done. */
static void who_acted_is_covered(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++)
		assert_null(db_transaction(db, write_three, NULL));
	exec("UPDATE log_entry SET actor_name = '别人' WHERE platform_id = :p AND seq = 3");
	expect_bad(3, "who acted");
	/* what is erased leaves no salt behind */
	exec("UPDATE log_entry SET actor_name = NULL WHERE platform_id = :p AND seq = 3");
	expect_bad(3, "who acted");
	exec("UPDATE log_entry SET actor_name = NULL, client = NULL, who_salt = NULL WHERE platform_id = :p AND seq = "
	     "3");
	expect_bad(0, NULL);
	exec("UPDATE log_entry SET actor_name = '别人' WHERE platform_id = :p AND seq = 3");
	expect_bad(3, "erased");
	exec("UPDATE log_entry SET actor_name = NULL WHERE platform_id = :p AND seq = 3");
	exec("UPDATE log_entry SET client = '192.0.2.1' WHERE platform_id = :p AND seq = 4");
	expect_bad(4, "who acted");
	/* as if from before */
	exec("UPDATE log_entry SET actor_name = '别人', who = NULL, who_salt = NULL WHERE platform_id = :p AND seq = 4");
	expect_bad(4, "leaf");
}

static void a_person_s_name_can_be_erased_wherever_they_acted(void **state)
{
	struct journal_read *read;
	size_t count;
	uint64_t erased;
	(void)state;
	for (int i = 0; i < 10; i++)
		assert_null(db_transaction(db, write_three, NULL));
	assert_null(journal_erase_actor(db, P, &ACTOR, &erased));
	assert_int_equal(erased, 20);
	expect_bad(0, NULL);
	assert_null(journal_read_for(db, 7, 4, false, 0, 100, 1000000, &read, &count));
	assert_true(count > 0 && read[0].payload && !read[0].actor_name && !read[0].client);
}

static struct problem *write_many(struct db *handle, void *arg)
{
	static const uint32_t to[] = {4};
	struct problem *problem = NULL;
	for (int i = 0; i < 2500 && !problem; i++)
		problem = add(
			handle, P, i % 2 ? JOURNAL_ADDRESSED : JOURNAL_PRIVATE, i % 2 ? to : NULL, i % 2, "{\"n\":1}");
	(void)arg;
	return problem;
}

static void many_entries_in_one_transaction(void **state)
{
	struct journal_read *read;
	size_t count;
	uint64_t checked, bad;
	const char *why;
	(void)state;
	assert_null(db_transaction(db, write_many, NULL));
	assert_int_equal(journal_last_seq(db), 2500);
	assert_null(journal_verify(db, 7, 0, 2500, &checked, &bad, &why));
	assert_int_equal(checked, 2500);
	assert_null(journal_read_for(db, 7, 4, false, 0, 5000, SIZE_MAX, &read, &count));
	assert_int_equal(count, 1250);
}

/* ---- Many writers and a reader ---- */

enum { WRITERS = 16, EACH = 60 };

struct writer {
	int number;
	int round;
	int failed;
};

/* As requests do: rows of their own, a row that two others want as well, then the log; some go to two logs. */
static struct problem *write_one(struct db *handle, void *arg)
{
	const struct writer *writer = arg;
	static const uint32_t to[] = {4};
	struct problem *problem = db_exec(handle, db_network(3),
		"INSERT INTO number_series (network_id, series, next) VALUES (:n, ?, 1) "
		"ON DUPLICATE KEY UPDATE next = next + 1",
		DB_ARGS(db_text(arena_printf(db_arena(handle), "S%d", writer->number / 3))), NULL);
	if (!problem && writer->round % 4 == 3)
		problem = add(handle, Q, JOURNAL_PRIVATE, NULL, 0, "{}");
	if (!problem)
		problem = add(handle, P, JOURNAL_ADDRESSED, to, 1,
		              arena_printf(db_arena(handle), "{\"w\":%d,\"r\":%d}", writer->number, writer->round));
	return problem;
}

static atomic_int writing;

static void *keep_writing(void *arg)
{
	struct writer *writer = arg;
	struct db *own = db_create(&server->settings);
	for (writer->round = 0; writer->round < EACH; writer->round++) {
		struct arena *scratch = arena_create();
		db_use_arena(own, scratch);
		if (db_transaction(own, write_one, writer))
			writer->failed++;
		db_use_arena(own, NULL);
		arena_destroy(scratch);
	}
	db_destroy(own);
	writing--;
	return NULL;
}

/* Follows by cursor while they write; every entry must come, in order. */
static void follow(uint64_t *cursor)
{
	struct arena *scratch = arena_create();
	struct journal_read *read;
	size_t count;
	db_use_arena(db, scratch);
	assert_null(journal_read_for(db, 7, 4, true, *cursor, 100, 1000000, &read, &count));
	for (size_t i = 0; i < count; i++)
		assert_int_equal(read[i].seq, ++*cursor); /* the first that is missing fails here */
	db_use_arena(db, arena);
	arena_destroy(scratch);
}

static void a_reader_beside_sixteen_writers_misses_nothing(void **state)
{
	struct writer writers[WRITERS] = {{0}};
	pthread_t threads[WRITERS];
	uint64_t cursor = 0, epoch, seq;
	(void)state;
	writing = WRITERS;
	int64_t begin = db_now_ms();
	for (int i = 0; i < WRITERS; i++) {
		writers[i].number = i;
		pthread_create(&threads[i], NULL, keep_writing, &writers[i]);
	}
	while (writing)
		follow(&cursor);
	while (cursor < WRITERS * EACH)
		follow(&cursor);
	for (int i = 0; i < WRITERS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(writers[i].failed, 0);
	}
	print_message("%d entries in %lld ms\n", WRITERS * EACH, (long long)(db_now_ms() - begin));
	assert_null(journal_head(db, 7, &epoch, &seq));
	assert_int_equal(seq, WRITERS * EACH);
	uint64_t checked, bad;
	const char *why;
	assert_null(journal_verify(db, 7, 0, seq, &checked, &bad, &why));
	assert_int_equal(bad, 0);
	assert_null(journal_head(db, 4, &epoch, &seq));
	assert_int_equal(seq, WRITERS * EACH / 4);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(entries_are_numbered_and_read), TEST(alike_payloads_have_commitments_of_their_own),
		TEST(what_rolls_back_leaves_no_gap),
		TEST(changes_are_found_and_erasing_is_none), TEST(who_acted_is_covered),
		TEST(a_person_s_name_can_be_erased_wherever_they_acted),
		TEST(many_entries_in_one_transaction), TEST(a_reader_beside_sixteen_writers_misses_nothing),
	};
	server = mariadb_start();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	mariadb_stop(server);
	return failed;
}
