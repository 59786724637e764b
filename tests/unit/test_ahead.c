/* Reading ahead: what was read before is used at its own place only, and everywhere else the log is read afresh. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdatomic.h>
#include <time.h>

#include "core/db/migrate.h"
#include "core/text/json.h"
#include "federation/sync/ahead.h"
#include "federation/sync/apply.h"
#include "federation/sync/pull.h"
#include "mariadb.h"

enum { SOURCE = 7, READER = 4, OTHER_READER = 5, ENTRIES = 1200, BROKEN = 603, ERASED = 604 };

static struct mariadb *server;
static struct arena *arena;
static struct db *db;
static struct ahead *ahead;
static atomic_int prepared; /* batches read ahead */

static void run(const char *sql)
{
	assert_null(db_command(db, sql, strlen(sql)));
}

static void note_prepared(struct db *handle, uint32_t reader, struct apply_entry *entries, size_t count, void *arg)
{
	assert_ptr_equal(arg, &prepared);
	assert_int_equal(reader, READER);
	assert_true(count > 0);
	entries[0].prepared = arena_strdup(db_arena(handle), "ready");
	atomic_fetch_add(&prepared, 1);
}

static int set_up(void **state)
{
	int applied;
	(void)state;
	mariadb_create(server, "");
	arena = arena_create();
	db = db_create(&server->settings);
	db_use_arena(db, arena);
	if (migrate_run(db, schema_migrations, schema_migration_count, &applied))
		return -1;
	run("INSERT INTO log_entry (platform_id, seq, epoch, kind, record_type, record_id, audience, at, commitment, "
	    "leaf, salt, payload) "
	    "SELECT 7, seq, 1, 'a.b', 'a', UNHEX(LPAD(HEX(seq), 32, '0')), 1, UTC_TIMESTAMP(3), REPEAT('c', 32), "
	    "REPEAT('l', 32), REPEAT('s', 16), "
	    "CONCAT('{\"n\":', seq, '}') FROM seq_1_to_1200");
	run("INSERT INTO log_address (reader, platform_id, seq) SELECT 4, 7, seq FROM log_entry WHERE platform_id = 7");
	run("UPDATE log_entry SET payload = '{\"n\":' WHERE platform_id = 7 AND seq = 603");
	run("UPDATE log_entry SET payload = NULL WHERE platform_id = 7 AND seq = 604");
	atomic_store(&prepared, 0);
	ahead = ahead_create(&server->settings, note_prepared, &prepared);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	ahead_destroy(ahead);
	db_destroy(db);
	arena_destroy(arena);
	return 0;
}

static struct ahead_place at(uint64_t after)
{
	return (struct ahead_place){.reader = READER, .source = SOURCE, .epoch = 1, .after = after};
}

static struct ahead_batch read_at(struct ahead_place place, bool go_on)
{
	struct ahead_batch batch;
	assert_null(ahead_read(ahead, db, place, go_on, &batch));
	return batch;
}

static void holds(const struct ahead_batch *batch, uint64_t first, size_t count)
{
	assert_int_equal(batch->count, count);
	for (size_t i = 0; i < count; i++) {
		const struct apply_entry *entry = &batch->entries[i];
		int64_t n = 0;
		assert_int_equal(entry->source, SOURCE);
		assert_int_equal(entry->seq, first + i);
		if (entry->seq == ERASED)
			assert_null(entry->text);
		if (entry->seq == BROKEN || entry->seq == ERASED) {
			assert_null(entry->payload);
			continue;
		}
		assert_true(json_get_int(entry->payload, "n", &n));
		assert_int_equal(n, entry->seq);
	}
}

static void wait_for_guess(int number)
{
	for (int i = 0; i < 1000 && atomic_load(&prepared) < number; i++)
		nanosleep(&(struct timespec){0, 10000000}, NULL);
	assert_int_equal(atomic_load(&prepared), number);
}

static void a_log_is_read_in_order(void **state)
{
	struct ahead_batch batch;
	(void)state;
	batch = read_at(at(0), true);
	holds(&batch, 1, PULL_ENTRIES);
	assert_null(batch.entries[0].prepared);
	batch = read_at(at(500), true);
	holds(&batch, 501, PULL_ENTRIES);
	assert_string_equal(batch.entries[0].prepared, "ready");
	batch = read_at(at(1000), true);
	holds(&batch, 1001, 200);
	assert_string_equal(batch.entries[0].prepared, "ready");
	batch = read_at(at(1200), true);
	assert_int_equal(batch.count, 0);
	assert_int_equal(atomic_load(&prepared), 2);
}

/* The log is emptied once the guess is made: what still comes was read before. */
static void what_was_read_ahead_is_used(void **state)
{
	struct ahead_batch batch;
	(void)state;
	read_at(at(0), true);
	wait_for_guess(1);
	run("DELETE FROM log_address");
	batch = read_at(at(500), true);
	holds(&batch, 501, PULL_ENTRIES);
	batch = read_at(at(1000), true);
	assert_int_equal(batch.count, 0);
}

static void elsewhere_it_is_not(void **state)
{
	struct ahead_place places[] = {at(600), at(500), at(500), at(500)};
	struct ahead_batch batch;
	(void)state;
	places[1].epoch = 2;
	places[2].reader = OTHER_READER;
	places[3].source = SOURCE + 1;
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		read_at(at(0), true);
		wait_for_guess((int)i + 1);
		batch = read_at(places[i], false);
		if (i < 2)
			holds(&batch, places[i].after + 1, PULL_ENTRIES);
		else
			assert_int_equal(batch.count, 0);
		if (batch.count)
			assert_null(batch.entries[0].prepared);
	}
}

/* The guess is gone with the first one who asks for another place. */
static void a_guess_does_not_come_back(void **state)
{
	struct ahead_batch batch;
	(void)state;
	read_at(at(0), true);
	wait_for_guess(1);
	read_at(at(600), false);
	run("DELETE FROM log_address");
	batch = read_at(at(500), false);
	assert_int_equal(batch.count, 0);
	read_at(at(0), true);
	ahead_forget(ahead);
	batch = read_at(at(500), false);
	assert_int_equal(batch.count, 0);
}

static void little_is_not_read_ahead(void **state)
{
	(void)state;
	read_at(at(0), false);
	read_at(at(1000), true);
	nanosleep(&(struct timespec){0, 100000000}, NULL);
	assert_int_equal(atomic_load(&prepared), 0);
	run("UPDATE log_entry SET payload = CONCAT('{\"n\":', seq, ',\"x\":\"', REPEAT('x', 100000), '\"}') WHERE seq "
	    "<= 30");
	struct ahead_batch batch = read_at(at(0), true); /* a megabyte's worth is much */
	assert_in_range(batch.count, 9, 11);
	uint64_t last = batch.entries[batch.count - 1].seq;
	wait_for_guess(1);
	batch = read_at(at(last), false);
	holds(&batch, last + 1, batch.count);
	assert_string_equal(batch.entries[0].prepared, "ready");
}

static void the_database_goes_and_comes(void **state)
{
	struct ahead_batch batch;
	(void)state;
	read_at(at(0), true);
	wait_for_guess(1);
	mariadb_kill(server);
	batch = read_at(at(500), true); /* read before; what follows it cannot be */
	holds(&batch, 501, PULL_ENTRIES);
	db_set_deadline(db, db_now_ms() + 300);
	assert_non_null(ahead_read(ahead, db, at(1000), true, &batch));
	assert_int_equal(batch.count, 0);
	db_set_deadline(db, 0);
	mariadb_launch(server);
	batch = read_at(at(500), true);
	holds(&batch, 501, PULL_ENTRIES);
	batch = read_at(at(1000), true);
	holds(&batch, 1001, 200);
}

static void it_ends_at_any_time(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		struct ahead *other = ahead_create(&server->settings, NULL, NULL);
		struct ahead_batch batch;
		assert_null(ahead_read(other, db, at(0), true, &batch));
		if (i % 2)
			assert_null(ahead_read(other, db, at(500), true, &batch));
		ahead_destroy(other);
	}
	ahead_destroy(NULL);
}

/* Here too, what an apply kind makes of a run of entries: of each record the newest, in order. */
static void the_newest_of_each(void **state)
{
	struct apply_entry entries[1000];
	size_t count;
	(void)state;
	for (uint64_t i = 0; i < 1000; i++) {
		entries[i] = (struct apply_entry){.seq = i + 1};
		entries[i].record_id.b[i % 7 ? 15 : 3] = (unsigned char)(i % 90);
	}
	const struct apply_entry **newest = apply_newest(arena, entries, 1000, &count);
	size_t n = 0;
	for (size_t i = 0; i < 1000; i++) {
		bool again = false;
		for (size_t j = i + 1; j < 1000 && !again; j++)
			again = uuid_equal(entries[i].record_id, entries[j].record_id);
		if (!again)
			assert_ptr_equal(newest[n++], &entries[i]);
	}
	assert_int_equal(n, count);
	apply_newest(arena, entries, 0, &count);
	assert_int_equal(count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_log_is_read_in_order), TEST(what_was_read_ahead_is_used), TEST(elsewhere_it_is_not),
		TEST(a_guess_does_not_come_back),
		TEST(little_is_not_read_ahead), TEST(the_database_goes_and_comes), TEST(it_ends_at_any_time),
		TEST(the_newest_of_each),
	};
	server = mariadb_start();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	mariadb_stop(server);
	return failed;
}
