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

#include "core/buf.h"
#include "core/db/migrate.h"
#include "core/text/json.h"
#include "core/work/journal.h"
#include "core/work/journal_header.h"
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
	assert_string_equal(hints.text, "7 4 4>4294967295 7 7>4 7>9 ");
	assert_null(db_transaction(db, write_three, NULL));
	assert_int_equal(journal_last_seq(db), 4);
	assert_null(journal_head(db, 7, &epoch, &seq));
	assert_int_equal(epoch, 1);
	assert_int_equal(seq, 4);
	assert_null(journal_read_for(db, 7, 4, 0, 100, 1000000, &read, &count));
	assert_int_equal(count, 2);
	assert_int_equal(read[0].seq, 2);
	assert_int_equal(read[1].seq, 4);
	assert_string_equal(read[0].payload, "{\"x\":2}");
	assert_string_equal(read[0].kind, "product.changed");
	assert_string_equal(read[0].actor_name, "张三");
	assert_memory_equal(&read[0].record_id, &RECORD, sizeof(RECORD));
	assert_memory_equal(&read[0].actor_id, &ACTOR, sizeof(ACTOR));
	assert_null(journal_read_for(db, 7, 4, 2, 100, 1000000, &read, &count));
	assert_int_equal(count, 1);
	assert_null(journal_read_for(db, 7, 5, 0, 100, 1000000, &read, &count));
	assert_int_equal(count, 0);
	assert_null(journal_read_for(db, 4, JOURNAL_EVERYBODY, 0, 100, 1000000, &read, &count));
	assert_int_equal(count, 2);
	assert_null(journal_read_for(db, 4, JOURNAL_EVERYBODY, 0, 100, 1, &read, &count)); /* at least one */
	assert_int_equal(count, 1);
	assert_null(journal_read_for(db, 4, JOURNAL_EVERYBODY, 0, 1, 1000, &read, &count));
	assert_int_equal(count, 1);
	assert_null(journal_read_for(db, 4, 5, 0, 100, 1000000, &read, &count));
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

/* Something is written, something is tried in vain, and something is written behind it. */
static struct problem *write_around_an_attempt(struct db *handle, void *arg)
{
	struct problem *problem = add(handle, P, JOURNAL_PRIVATE, NULL, 0, "{\"first\":1}");
	if (problem)
		return problem;
	problem = journal_attempt(handle, write_and_fail, arg);
	assert_ptr_equal(problem->kind, &PROBLEM_CONFLICT);
	problem = journal_attempt(handle, write_three, arg);
	return problem ? problem : add(handle, P, JOURNAL_PRIVATE, NULL, 0, "{\"last\":1}");
}

static void what_was_tried_in_vain_leaves_nothing(void **state)
{
	uint64_t epoch, seq;
	(void)state;
	assert_null(db_transaction(db, write_around_an_attempt, NULL));
	assert_null(journal_head(db, 7, &epoch, &seq));
	assert_int_equal(seq, 4);
	assert_null(journal_head(db, 4, &epoch, &seq));
	assert_int_equal(seq, 1);
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
	assert_null(journal_read_for(db, 7, 4, 0, 100, 1000000, &read, &count));
	assert_int_equal(count, 10);
	assert_null(read[0].payload);
	assert_null(read[0].actor_name);
	exec("DELETE FROM log_entry WHERE platform_id = :p AND seq = 11");
	expect_bad(11, "missing");
	exec("DELETE FROM log_entry WHERE platform_id = :p AND seq = 20");
	exec("UPDATE log_entry SET seq = 11 WHERE platform_id = :p AND seq = 12");
	expect_bad(11, "leaf");
}

/* ---- Who is addressed, by name, and what came before ---- */

static struct problem *write_addressed(struct db *handle, void *arg)
{
	static const uint32_t both[] = {9, 4}, one[] = {4};
	struct problem *problem = add(handle, P, JOURNAL_ADDRESSED, both, 2, "{}");
	(void)arg;
	if (!problem)
		problem = add(handle, P, JOURNAL_PRIVATE, NULL, 0, "{}");
	if (!problem)
		problem = add(handle, P, JOURNAL_PUBLIC, one, 1, "{}");
	return problem;
}

static void add_tenants(void)
{
	exec("INSERT INTO network (id, slug, name_zh, name_en, created_at) VALUES (3, 'net', '网', 'Net', "
		"UTC_TIMESTAMP(3))");
	exec("INSERT INTO tenant (id, network, slug, origin, level, kind, region_code, number_code, name_zh, "
		"name_en, created_at) VALUES "
	     "(7, 3, 'seven', 'net/seven', 'city', 'hub', '330000', '7', '七', 'Seven', UTC_TIMESTAMP(3)), "
	     "(4, 3, 'four', NULL, 'city', 'hub', '330000', '4', '四', 'Four', UTC_TIMESTAMP(3)), "
	     "(9, 3, 'nine', 'example.org/elsewhere', 'city', 'hub', '330000', '9', '九', 'Nine', UTC_TIMESTAMP(3))");
}

static void expect_to(uint64_t seq, const char *to)
{
	struct db_result *r;
	assert_null(db_select(db, P, "SELECT addressed_to, v FROM log_entry WHERE platform_id = :p AND seq = ?",
		DB_ARGS(db_uint(seq)), &r));
	assert_int_equal(db_get_int(r, 0, 1), 3);
	if (to)
		assert_string_equal(db_get_text(r, 0, 0), to);
	else
		assert_null(db_get_text(r, 0, 0));
}

static void each_reader_is_named_with_the_entry_before(void **state)
{
	struct journal_read *read;
	size_t count;
	(void)state;
	add_tenants();
	for (int i = 0; i < 2; i++)
		assert_null(db_transaction(db, write_addressed, NULL));
	expect_to(1, "example.org/elsewhere=0,net/four=0");
	expect_to(2, NULL);
	expect_to(3, "*=0,net/four=1");
	expect_to(4, "example.org/elsewhere=1,net/four=3");
	expect_to(6, "*=3,net/four=4");
	assert_null(journal_read_for(db, 7, 4, 0, 100, 1000000, &read, &count));
	assert_int_equal(count, 4);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(read[i].previous, i ? read[i - 1].seq : 0);
	assert_null(journal_read_for(db, 7, JOURNAL_EVERYBODY, 0, 100, 1000000, &read, &count));
	assert_int_equal(count, 2);
	assert_int_equal(read[1].previous, 3);
	uint64_t checked, bad;
	const char *why;
	assert_null(journal_verify(db, 7, 0, 6, &checked, &bad, &why));
	assert_int_equal(bad, 0);
	exec("UPDATE tenant SET origin = 'net/other' WHERE id = 7 AND :p = 7"); /* it is given once */
	assert_null(journal_verify(db, 7, 0, 6, &checked, &bad, &why));
	assert_int_equal(bad, 1);
}

static void expect_leaf(const struct journal_header *header, const char *expected)
{
	unsigned char leaf[CRYPTO_HASH];
	char hex[2 * CRYPTO_HASH + 1];
	journal_header_leaf(header, leaf);
	crypto_hex(leaf, sizeof(leaf), hex);
	assert_string_equal(hex, expected);
}

/* Computed with the words of journal_header.h alone, by Python's json and hashlib. */
static void a_header_is_what_it_is_written_down_as(void **state)
{
	static const char text[] =
		"{\"actor\":\"0190a5f0-0000-7000-8000-000000000001\",\"at\":1714953600123,\"audience\":2,\"co"
		"mmitment\":\"aed8a0ebb5f60a8aa06554873318b8e888584ebddf7878258719930ae328cbb2\",\"epoch\":1,"
		"\"kind\":\"product.changed\",\"origin\":\"net/seven\",\"record\":null,\"record_type\":\"prod"
		"uct\",\"role\":\"owner\",\"seq\":6,\"to\":[{\"origin\":\"*\",\"previous\":3},{\"origin\":\"n"
		"et/four\",\"previous\":4}],\"v\":3,\"who\":\"5c3fb8bb4a83c4aee45d04c9415f556ec916678cbece005"
		"b5cf318aea60a2102\"}";
	unsigned char salt[JOURNAL_SALT], commitment[CRYPTO_HASH], who[CRYPTO_HASH];
	struct buf out;
	(void)state;
	for (size_t i = 0; i < sizeof(salt); i++)
		salt[i] = (unsigned char)i;
	journal_commit(salt, "{\"a\":1}", 7, commitment);
	journal_commit_who(salt, "张三", "192.0.2.1", who);
	struct journal_header header = {.v = 3, .origin = "net/seven", .platform_id = 7, .epoch = 1, .seq = 6,
		.at_ms = 1714953600123, .audience = JOURNAL_PUBLIC, .kind = "product.changed", .record_type = "product",
		.actor_role = "owner", .to = "*=3,net/four=4", .commitment = commitment, .who = who};
	assert_true(uuid_parse("0190a5f0-0000-7000-8000-000000000001", &header.actor_id));
	buf_init(&out);
	journal_header_write(&header, &out);
	assert_string_equal(out.data, text);
	buf_finish(&out);
	expect_leaf(&header, "3bb52fff992296b6c5aaafaa9e3f6aac48e9b80aa1bc199aa4ed3bdec8d76c72");
	header.v = 2; /* as they lie in logs from before */
	header.to = "4,12";
	expect_leaf(&header, "255c02a5366a80f07338664f6abfaac616927a6cb7a14cc27e0e0d6b5a0d11da");
	header.v = 1;
	expect_leaf(&header, "cbbbb306edfcd54123abe4fce6e120f2dbe5298adc164628619ed33391e9ca5f");
	assert_int_equal(journal_header_previous("*=3,net/four=4", "net/four"), 4);
	assert_int_equal(journal_header_previous("*=3,net/four=4", "net/fou"), -1);
	assert_int_equal(journal_header_previous("4,12", "4"), -1);
}

/* What was written before is verified as it was written, beside what is new. */
static void entries_of_older_versions_hold(void **state)
{
	(void)state;
	add_tenants();
	for (int i = 0; i < 10; i++)
		assert_null(db_transaction(db, write_three, NULL));
	struct db_result *r;
	for (uint64_t seq = 4; seq <= 6; seq++) {
		assert_null(db_select(db, P, "SELECT commitment, who, at FROM log_entry WHERE platform_id = :p AND "
			"seq = ?",
			DB_ARGS(db_uint(seq)), &r));
		unsigned char leaf[CRYPTO_HASH];
		struct journal_header header = {.v = seq == 4 ? 1 : 2, .platform_id = 7, .epoch = 1, .seq = seq,
			.at_ms = db_get_time(r, 0, 2), .audience = seq % 2 ? JOURNAL_PRIVATE : JOURNAL_ADDRESSED,
			.kind = "product.changed", .record_type = "product", .record_id = RECORD, .actor_id = ACTOR,
			.actor_role = "owner", .to = seq % 2 ? NULL : "4,9",
			.commitment = db_need_bytes(r, 0, 0, CRYPTO_HASH), .who = db_need_bytes(r, 0, 1, CRYPTO_HASH)};
		journal_header_leaf(&header, leaf);
		assert_null(db_exec(db, P, "UPDATE log_entry SET v = NULL, addressed_to = ?, who = IF(seq = 4, NULL, "
			"who), "
			"who_salt = IF(seq = 4, NULL, who_salt), leaf = ? WHERE platform_id = :p AND seq = ?",
			DB_ARGS(db_text(header.to), db_bytes(leaf, CRYPTO_HASH), db_uint(seq)), NULL));
	}
	expect_bad(0, NULL);
	exec("UPDATE log_entry SET v = 3 WHERE platform_id = :p AND seq = 5");
	expect_bad(5, "leaf");
	exec("UPDATE log_entry SET v = 4 WHERE platform_id = :p AND seq = 5");
	expect_bad(5, "version");
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
	exec("UPDATE log_entry SET actor_name = '别人', who = NULL, who_salt = NULL "
		"WHERE platform_id = :p AND seq = 4");
	expect_bad(4, "not committed");
	exec("UPDATE log_entry SET v = NULL WHERE platform_id = :p AND seq = 4"); /* as if from before */
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
	assert_null(journal_read_for(db, 7, 4, 0, 100, 1000000, &read, &count));
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
	assert_null(journal_read_for(db, 7, 4, 0, 5000, SIZE_MAX, &read, &count));
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
	assert_null(journal_read_for(db, 7, 4, *cursor, 100, 1000000, &read, &count));
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
		TEST(what_rolls_back_leaves_no_gap), TEST(what_was_tried_in_vain_leaves_nothing),
		TEST(changes_are_found_and_erasing_is_none), TEST(each_reader_is_named_with_the_entry_before),
		TEST(a_header_is_what_it_is_written_down_as), TEST(entries_of_older_versions_hold),
			TEST(who_acted_is_covered),
		TEST(a_person_s_name_can_be_erased_wherever_they_acted),
		TEST(many_entries_in_one_transaction), TEST(a_reader_beside_sixteen_writers_misses_nothing),
	};
	server = mariadb_start();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	mariadb_stop(server);
	return failed;
}
