/* Numbers that the engine keeps: after whatever writes they are what a recount says, for whom they are. */
#include "core/record/count.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/record/meta.h"
#include "core/text/json.h"
#include "tests/record/house.h"
#include "tests/record/sample.h"

#define AT OWNER "If-Match: *\n"
#define OTHERS STRANGER "If-Match: *\n"

enum { WRITERS = 4, ROUNDS = 40 };

static void run(const char *sql)
{
	assert_null(db_command(db, sql, strlen(sql)));
}

static void tidy(void)
{
	run("DELETE FROM stall");
	run("DELETE FROM record_count");
}

static void begin(struct call *call, struct db *with)
{
	call_init_server(call, &services, with, 7, 3);
	call->arena = db_arena(with);
	call->scope = db_platform(7, 3);
}

static size_t faults_of(size_t n, struct count_fault **faults)
{
	struct call call;
	size_t count;
	db_use_arena(db, arena);
	db_set_deadline(db, db_now_ms() + 10000);
	begin(&call, db);
	assert_null(count_verify(&call, &record_stall.counters[n], faults, &count));
	return count;
}

static void all_true(void)
{
	struct count_fault *faults;
	for (size_t i = 0; i < record_stall.counter_count; i++)
		if (faults_of(i, &faults))
			fail_msg("%s %s/%s: %d kept, %d there", record_stall.counters[i].name, faults->per,
				faults->bucket, (int)faults->kept_number, (int)faults->number);
}

static const char *stall_by(const char *who, const char *kind, int price)
{
	ASK(201, "POST /api/v1/stalls", who,
		arena_printf(arena, "{\"title\":\"摊位\",\"kind\":\"%s\"%s}", kind,
			price ? arena_printf(arena, ",\"price\":%d,\"region_code\":\"331102\"", price) : ""));
	return arena_strdup(arena, text_at("/id"));
}

static void fire(const char *id, const char *who, const char *event)
{
	ASK(200, path("POST /api/v1/stalls/%s/events", id), who, arena_printf(arena, "{\"event\":\"%s\"}", event));
}

static void every_write_moves_them(void **state)
{
	tidy();
	const char *id = stall_by(OWNER, "goods", 500), *second = stall_by(OWNER, "service", 0);
	all_true();
	ASK(200, "GET /api/v1/counts/stalls", OWNER, NULL);
	SAYS("{\"number\":2,\"sum\":500,\"by\":{\"draft\":{\"number\":2,\"sum\":500}}}");
	fire(id, AT, "start");
	ASK(200, path("PATCH /api/v1/stalls/%s", second), AT, "{\"price\":7,\"kind\":\"goods\",\"open\":true}");
	all_true();
	ASK(200, "GET /api/v1/counts/stalls", OWNER, NULL);
	SAYS("{\"number\":2,\"sum\":507,\"by\":{\"active\":{\"number\":1,\"sum\":500},"
	     "\"draft\":{\"number\":1,\"sum\":7}}}");
	ASK(204, path("DELETE /api/v1/stalls/%s", second), AT, NULL);
	all_true();
	fire(id, AT, "end");
	ASK(200, path("PATCH /api/v1/stalls/%s", id), AT, "{\"price\":null,\"region_code\":null}");
	all_true();
	ASK(200, "GET /api/v1/counts/stalls", OWNER, NULL);
	SAYS("{\"number\":1,\"sum\":0,\"by\":{\"ended\":{\"number\":1,\"sum\":0}}}");
	ASK(422, "POST /api/v1/stalls", OWNER, "{\"title\":\"x\"}");
	ASK(412, path("PATCH /api/v1/stalls/%s", id), OWNER "If-Match: \"1\"\n", "{\"price\":3}");
	all_true();
}

static void sides_read_their_own(void **state)
{
	tidy();
	stall_by(OWNER, "goods", 5);
	stall_by(OWNER, "service", 6);
	stall_by(STRANGER, "goods", 9);
	ASK(200, "GET /api/v1/counts/stalls", OWNER, NULL);
	assert_int_equal(number_at("/sum"), 11);
	ASK(200, "GET /api/v1/counts/stalls", STRANGER, NULL);
	assert_int_equal(number_at("/sum"), 9);
	ASK(200, "GET /api/v1/counts/stalls", REVIEWER, NULL);
	assert_int_equal(number_at("/number"), 3);
	const char *theirs =
		arena_printf(arena, "GET /api/v1/counts/stalls?institution_id=%s", uuid_text(arena, other));
	ASK(200, theirs, REVIEWER, NULL);
	assert_int_equal(number_at("/number"), 1);
	ASK(200, theirs, OWNER, NULL);
	assert_int_equal(number_at("/number"), 0);
	ASK(200, "GET /api/v1/counts/stall_kinds?kind=goods", OWNER, NULL);
	assert_int_equal(number_at("/number"), 1);
	ASK(200, "GET /api/v1/counts/stall_kinds?kind=goods&region_code=331102", REVIEWER, NULL);
	SAYS("{\"number\":2,\"by\":{\"0\":{\"number\":2}}}");
	ASK(200, "GET /api/v1/counts/stalls", "X-Roles: 64\n", NULL);
	assert_int_equal(number_at("/number"), 0);
	ASK(200, "GET /api/v1/counts/stalls", REVIEWER "X-Platform: 8\n", NULL);
	assert_int_equal(number_at("/number"), 0);
	ASK(401, "GET /api/v1/counts/stalls", "", NULL);
	ASK(403, "GET /api/v1/counts/stalls_here", OWNER, NULL);
	ASK(422, "GET /api/v1/counts/stalls?institution_id=x", REVIEWER, NULL);
	ASK(422, "GET /api/v1/counts/stalls?phase=active", REVIEWER, NULL);
}

/* Content of another platform's stall. */
static struct json_object *copy_of(const char *id, const char *phase, int version)
{
	struct json_object *content;
	const char *text = arena_printf(arena,
		"{\"id\":\"%s\",\"version\":%d,\"phase\":\"%s\",\"step\":\"trade\",\"title\":\"摊位\","
		"\"kind\":\"goods\","
		"\"institution_id\":\"%s\",\"price\":5,\"open\":true,\"created_at\":\"2026-05-06T08:00:00.000Z\","
		"\"updated_at\":\"2026-05-06T08:00:00.000Z\"}",
		id, version, phase, uuid_text(arena, other));
	assert_null(json_parse_object(arena, text, strlen(text), &content));
	return content;
}

struct applied {
	struct call *call;
	const char *ids[2];
	int version;
};

static struct problem *apply_one(struct db *with, void *arg)
{
	struct applied *a = arg;
	bool applied;
	return record_apply(a->call, &record_stall, copy_of(a->ids[0], "active", a->version), 8, (uint64_t)a->version,
		&applied);
}

static struct problem *apply_both(struct db *with, void *arg)
{
	struct applied *a = arg;
	struct record_rows rows;
	struct record_copy copies[] = {{copy_of(a->ids[0], "ended", a->version), (uint64_t)a->version},
		{copy_of(a->ids[1], "active", a->version), (uint64_t)a->version}};
	struct problem *problem = record_rows_of(a->call, &record_stall, copies, 2, 8, &rows);
	return problem ? problem : record_apply_rows(a->call, &record_stall, &rows, NULL);
}

static struct problem *take(struct db *with, void *arg)
{
	struct applied *a = arg;
	return record_take(a->call, &record_stall, copy_of(a->ids[0], "active", a->version));
}

static struct problem *drop(struct db *with, void *arg)
{
	struct applied *a = arg;
	struct uuid id;
	assert_true(uuid_parse(a->ids[1], &id));
	return record_drop_copy(a->call, &record_stall, id, 8, (uint64_t)a->version);
}

static void copies_count_where_declared(void **state)
{
	struct call call;
	tidy();
	stall_by(OWNER, "goods", 5);
	db_use_arena(db, arena);
	begin(&call, db);
	struct applied a = {&call, {uuid_text(arena, uuid_v7()), uuid_text(arena, uuid_v7())}, 1};
	for (; a.version < 3; a.version++)
		assert_null(db_transaction(db, apply_one, &a));
	all_true();
	ASK(200, "GET /api/v1/counts/stalls_here", REVIEWER, NULL);
	SAYS("{\"number\":2}");
	ASK(200, "GET /api/v1/counts/stalls", REVIEWER, NULL);
	assert_int_equal(number_at("/number"), 1);
	db_use_arena(db, arena);
	for (int i = 0; i < 2; i++, a.version++)
		assert_null(db_transaction(db, apply_both, &a));
	all_true();
	ASK(200, "GET /api/v1/counts/stalls_here", REVIEWER, NULL);
	SAYS("{\"number\":3}");
	db_use_arena(db, arena);
	assert_null(db_transaction(db, take, &a));
	all_true();
	ASK(200, "GET /api/v1/counts/stalls", REVIEWER, NULL);
	assert_int_equal(number_at("/number"), 2);
	db_use_arena(db, arena);
	assert_null(db_transaction(db, drop, &a));
	all_true();
	ASK(200, "GET /api/v1/counts/stalls_here", REVIEWER, NULL);
	SAYS("{\"number\":2}");
}

/* --- many at once --- */

struct writer {
	pthread_t thread;
	struct db *db;
	struct uuid institution;
	struct uuid both; /* of another's, which they also write, in turns in another order */
	int failed;
	bool backwards;
};

static struct problem *write_some(struct db *with, void *arg)
{
	struct writer *w = arg;
	struct call call;
	struct problem *problem = NULL;
	begin(&call, with);
	for (int i = 0; !problem && i < 2; i++) {
		struct stall *row = stall_row_new(&call);
		row->institution_id = (i == 1) == w->backwards ? w->institution : w->both;
		row->title = "摊位";
		row->kind = STALL_KIND_GOODS;
		row->price = 3;
		row->has_price = true;
		row->row.phase = STALL_PHASE_DRAFT;
		row->row.step = "draft";
		problem = stall_row_insert(&call, row);
		if (!problem && i == 0) {
			row->price = 4;
			problem = stall_row_update(&call, row, NULL);
		}
	}
	return problem;
}

static void *work(void *arg)
{
	struct writer *w = arg;
	for (int i = 0; i < ROUNDS; i++) {
		struct arena *own = arena_create();
		db_use_arena(w->db, own);
		db_set_deadline(w->db, db_now_ms() + 20000);
		w->failed += db_transaction(w->db, write_some, w) != NULL;
		arena_destroy(own);
	}
	return NULL;
}

static struct problem *repair_all(struct call *call)
{
	return count_again(call, &record_stall);
}

/* All write one institution's and each its own, in both orders; and a repair in between, again and again. */
static void writers_meet_without_a_circle(void **state)
{
	struct writer writers[WRITERS];
	struct call call;
	tidy();
	for (size_t i = 0; i < WRITERS; i++) {
		writers[i] = (struct writer){.db = db_create(db_settings_of(db)), .backwards = i % 2,
			.institution = i / 2 ? mine : other, .both = third};
		assert_int_equal(pthread_create(&writers[i].thread, NULL, work, &writers[i]), 0);
	}
	db_use_arena(db, arena);
	begin(&call, db);
	for (int i = 0; i < 10; i++) {
		run("UPDATE record_count SET number = number + 1 WHERE name = 'stalls' LIMIT 1");
		db_set_deadline(db, db_now_ms() + 20000);
		assert_null(repair_all(&call));
		usleep(20000);
	}
	for (size_t i = 0; i < WRITERS; i++) {
		pthread_join(writers[i].thread, NULL);
		assert_int_equal(writers[i].failed, 0);
		db_use_arena(writers[i].db, arena);
		db_destroy(writers[i].db);
	}
	assert_null(repair_all(&call)); /* what was planted last */
	all_true();
	assert_int_equal(count_of("SELECT SUM(number) FROM record_count WHERE name = 'stalls' AND platform_id = 7"),
		WRITERS * ROUNDS * 2);
}

static void what_is_wrong_is_named_and_set_right(void **state)
{
	struct count_fault *faults;
	struct call call;
	tidy();
	stall_by(OWNER, "goods", 5);
	stall_by(STRANGER, "goods", 5);
	run("UPDATE record_count SET number = 4, total = 1 WHERE name = 'stalls' LIMIT 1");
	run("DELETE FROM record_count WHERE name = 'stalls_here'");
	run("INSERT INTO record_count VALUES (7, 'stalls', 'nobody', 'draft', 2, 0)");
	assert_int_equal(faults_of(0, &faults), 2);
	assert_int_equal(faults[0].number, 1);
	assert_int_equal(faults[0].total, 5);
	assert_int_equal(faults[0].kept_number, 4);
	assert_int_equal(faults[0].kept_total, 1);
	assert_string_equal(faults[0].bucket, "draft");
	assert_string_equal(faults[1].per, "nobody");
	assert_int_equal(faults_of(2, &faults), 1);
	assert_int_equal(faults_of(1, &faults), 0);
	begin(&call, db);
	assert_null(repair_all(&call));
	all_true();
}

static void pages_learn_of_them(void **state)
{
	struct call call;
	ASK(200, "GET /api/v1/counts/stalls", OWNER, NULL); /* a request to write into */
	begin(&call, db);
	call.request = last;
	call.actor.roles = ROLE_OWNER;
	buf_reset(last->out);
	assert_null(meta_read(&call));
	assert_non_null(strstr(last->out->data,
		"{\"name\":\"stalls\",\"path\":\"/api/v1/counts/stalls\",\"per\":[\"institution_id\"],\"by\":\"phase\","
		"\"sum\":\"price\"}"));
	assert_null(strstr(last->out->data, "stalls_here"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_write_moves_them),
		cmocka_unit_test(sides_read_their_own),
		cmocka_unit_test(copies_count_where_declared),
		cmocka_unit_test(what_is_wrong_is_named_and_set_right),
		cmocka_unit_test(writers_meet_without_a_circle),
		cmocka_unit_test(pages_learn_of_them),
	};
	return cmocka_run_group_tests(tests, house_setup, house_teardown);
}
