/* References, numbers of a series, verbs by phase. */
#include "tests/record/stage.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/text/json.h"

static const char *make(const char *plural, const char *headers, const char *body)
{
	ASK(201, arena_printf(arena, "POST /api/v1/%s", plural), headers, body);
	return arena_strdup(arena, text_at("/id"));
}

static const char *sample(const char *more)
{
	return make("samples", OWNER, arena_printf(arena, "{\"name\":\"sample\",\"extra\":{\"colour\":\"red\"}%s}",
		more));
}

static const char *deal_of(const char *sample_id, const char *more)
{
	return arena_printf(arena, "{\"sample_id\":\"%s\"%s}", sample_id, more);
}

#define LIVE ",\"urgent\":true"

static void references_are_looked_at(void **state)
{
	const char *live = sample(LIVE), *idle = sample(""), *away = make("deals", STRANGER, deal_of(live, ""));
	ASK(422, "POST /api/v1/deals", OWNER, "{}");
	SAYS("invalid /sample_id=required");
	ASK(422, "POST /api/v1/deals", OWNER, deal_of("01890a5d-ac96-774b-bcce-b302099a8057", ""));
	SAYS("invalid /sample_id=unknown");
	ASK(422, "POST /api/v1/deals", OWNER, deal_of(idle, "")); /* not in the state asked for */
	SAYS("invalid /sample_id=unknown");
	ASK(422, "POST /api/v1/deals", OWNER "X-Platform: eight\n", deal_of(live, ""));
	SAYS("invalid /sample_id=unknown");
	ASK(422, "POST /api/v1/deals", OWNER, deal_of(idle, arena_printf(arena, ",\"after_id\":\"%s\"", away)));
	SAYS("invalid /sample_id=unknown /after_id=unknown"); /* another's is not there, in the same words */
	const char *first = make("deals", OWNER, deal_of(live, ""));
	const char *number = arena_strdup(arena, text_at("/number"));
	const char *next = make("deals", OWNER, deal_of(live, arena_printf(arena, ",\"after_id\":\"%s\"", first)));
	assert_string_equal(text_at("/after_number"), number);
	ASK(200, path("PATCH /api/v1/deals/%s", next), OWNER "If-Match: \"1\"", "{\"after_id\":null}");
	assert_null(json_at_pointer(answer(), "/after_number"));
	ASK(422, path("PATCH /api/v1/deals/%s", next), OWNER "If-Match: \"2\"", path("{\"after_id\":\"%s\"}", away));
	SAYS("invalid /after_id=unknown");
	ASK(422, path("PATCH /api/v1/deals/%s", next), OWNER "If-Match: \"2\"", path("{\"sample_id\":\"%s\"}", idle));
	SAYS("invalid /sample_id=unknown");
}

static void what_is_taken_is_frozen(void **state)
{
	const char *goods = sample(LIVE ",\"price\":500,\"tags\":[\"a\",\"b\"]"),
		*service = sample(LIVE ",\"kind\":\"service\"");
	const char *id = make("deals", OWNER, deal_of(goods, ""));
	assert_string_equal(text_at("/sample_name"), "sample");
	assert_string_equal(text_at("/sample_kind"), "goods");
	assert_int_equal(number_at("/sample_price"), 500);
	assert_string_equal(text_at("/sample_tags/1"), "b");
	assert_int_equal(number_at("/sample_version"), 1);
	assert_string_equal(text_at("/sample_home"), "seven");
	ASK(422, "POST /api/v1/deals", OWNER, deal_of(goods, ",\"sample_name\":\"mine\""));
	SAYS("invalid /sample_name=read-only");
	/* Neither what becomes of it, nor that it may not be named any more. */
	ASK(200, path("PATCH /api/v1/samples/%s", goods), OWNER "If-Match: \"1\"",
	    "{\"name\":\"other\",\"price\":900,\"urgent\":false}");
	ASK(200, path("PATCH /api/v1/deals/%s", id), OWNER "If-Match: \"1\"", "{\"landline\":\"1\"}");
	assert_string_equal(text_at("/sample_name"), "sample");
	assert_int_equal(number_at("/sample_price"), 500);
	ASK(200, path("PATCH /api/v1/deals/%s", id), OWNER "If-Match: \"2\"", path("{\"sample_id\":\"%s\"}", service));
	assert_string_equal(text_at("/sample_kind"), "service");
	assert_null(json_at_pointer(answer(), "/sample_price"));
	assert_null(json_at_pointer(answer(), "/sample_tags"));
	ASK(200, path("GET /api/v1/deals/%s/history", id), OWNER, NULL);
	assert_string_equal(text_at("/items/0/changes/sample_kind"), "service");
	ASK(422, path("PATCH /api/v1/deals/%s", id), OWNER "If-Match: \"3\"", path("{\"sample_id\":\"%s\"}", goods));
	SAYS("invalid /sample_id=unknown");
}

/* --- two flows --- */

struct flow {
	struct db *db;
	struct arena *arena;
	const char *sql;
	struct problem *problem;
	uint64_t affected;
	bool begun;
	pthread_mutex_t lock;
	pthread_cond_t turn;
};

static struct problem *take_off(struct db *handle, void *arg)
{
	struct flow *flow = arg;
	struct problem *problem = db_exec(handle, db_platform(7, 3), flow->sql, DB_NO_ARGS, &flow->affected);
	pthread_mutex_lock(&flow->lock);
	flow->begun = true;
	pthread_cond_signal(&flow->turn);
	pthread_mutex_unlock(&flow->lock);
	usleep(300000); /* the other flow looks in the meantime */
	return problem;
}

static void *run_flow(void *arg)
{
	struct flow *flow = arg;
	flow->problem = db_transaction(flow->db, take_off, flow);
	return NULL;
}

static void begin_flow(struct flow *flow, pthread_t *thread, const char *sql)
{
	*flow = (struct flow){.db = stage_db(), .arena = arena_create(), .sql = sql, .lock = PTHREAD_MUTEX_INITIALIZER,
		.turn = PTHREAD_COND_INITIALIZER};
	db_use_arena(flow->db, flow->arena);
	db_set_deadline(flow->db, db_now_ms() + 20000);
	assert_int_equal(pthread_create(thread, NULL, run_flow, flow), 0);
}

static void end_flow(struct flow *flow, pthread_t thread)
{
	pthread_join(thread, NULL);
	assert_null(flow->problem);
	assert_int_equal(flow->affected, 1);
	db_destroy(flow->db);
	arena_destroy(flow->arena);
}

/* It is being taken off while somebody names it: who names it waits, and then is refused. */
static void a_row_that_goes_is_not_named(void **state)
{
	const char *live = sample(LIVE);
	struct flow flow;
	pthread_t thread;
	begin_flow(&flow, &thread,
		path("UPDATE sample SET urgent = 0 WHERE platform_id = :p AND id = UNHEX(REPLACE('%s', '-', ''))",
			live));
	pthread_mutex_lock(&flow.lock);
	while (!flow.begun)
		pthread_cond_wait(&flow.turn, &flow.lock);
	pthread_mutex_unlock(&flow.lock);
	ASK(422, "POST /api/v1/deals", OWNER, deal_of(live, ""));
	SAYS("invalid /sample_id=unknown");
	end_flow(&flow, thread);
}

static struct flow second;
static pthread_t second_thread;
static bool second_done;

static void *run_second(void *arg)
{
	struct problem *problem = db_exec(second.db, db_platform(7, 3), second.sql, DB_NO_ARGS, &second.affected);
	second.problem = problem;
	__atomic_store_n(&second_done, true, __ATOMIC_SEQ_CST);
	return NULL;
}

static void take_it_off(const struct deal *row)
{
	second_done = false;
	second = (struct flow){.db = stage_db(), .arena = arena_create()};
	second.sql = arena_printf(second.arena, "UPDATE sample SET urgent = 0 WHERE platform_id = :p AND name = '%s'",
		row->sample_name);
	db_use_arena(second.db, second.arena);
	db_set_deadline(second.db, db_now_ms() + 20000);
	assert_int_equal(pthread_create(&second_thread, NULL, run_second, NULL), 0);
	usleep(300000);
	assert_false(__atomic_load_n(&second_done, __ATOMIC_SEQ_CST));
}

/* It is named, and then somebody takes it off before the COMMIT: they wait. */
static void a_row_that_is_named_stays(void **state)
{
	const char *live = make("samples", OWNER,
		"{\"name\":\"stays\",\"urgent\":true,\"extra\":{\"colour\":\"red\"}}");
	deal_meanwhile = take_it_off;
	int status = ask("POST /api/v1/deals", OWNER, deal_of(live, ""));
	deal_meanwhile = NULL;
	pthread_join(second_thread, NULL);
	assert_int_equal(status, 201);
	assert_null(second.problem);
	assert_int_equal(second.affected, 1);
	db_destroy(second.db);
	arena_destroy(second.arena);
	ASK(422, "POST /api/v1/deals", OWNER, deal_of(live, ""));
}

/* --- numbers --- */

static void numbers_are_the_platforms_own(void **state)
{
	const char *live = sample(LIVE);
	make("deals", OWNER, deal_of(live, ""));
	const char *number = arena_strdup(arena, text_at("/number"));
	assert_int_equal(strncmp(number, "DD-7-", 5), 0);
	make("deals", OWNER, deal_of(live, ""));
	assert_int_equal(atoi(text_at("/number") + 5), atoi(number + 5) + 1);
	ASK(422, "POST /api/v1/deals", OWNER, deal_of(live, ",\"number\":\"DD-7-1\""));
	SAYS("invalid /number=read-only");
	ASK(201, "POST /api/v1/samples", OWNER "X-Platform: eight\n",
		"{\"name\":\"ab\",\"urgent\":true,\"extra\":{\"colour\":\"red\"}}");
	ASK(201, "POST /api/v1/deals", OWNER "X-Platform: eight\n", deal_of(arena_strdup(arena, text_at("/id")), ""));
	assert_string_equal(text_at("/number"), "DD-8-1");
}

enum { FLOWS = 8, EACH = 20 };

struct insert {
	struct uuid sample;
	struct db *db;
	struct arena *arena;
	pthread_t thread;
	struct problem *problem;
};

static struct problem *insert_one(struct db *handle, void *arg)
{
	struct insert *insert = arg;
	struct call call;
	call_init_server(&call, &services, handle, 7, 3);
	call.arena = insert->arena;
	call.lifecycles = stage_lifecycles();
	struct deal *row = deal_row_new(&call);
	row->sample_id = insert->sample;
	row->institution_id = mine;
	return deal_row_insert(&call, row);
}

static void *insert_many(void *arg)
{
	struct insert *insert = arg;
	for (int i = 0; i < EACH && !insert->problem; i++)
		insert->problem = db_transaction(insert->db, insert_one, insert);
	return NULL;
}

static void numbers_are_given_once(void **state)
{
	struct insert inserts[FLOWS] = {0};
	int64_t before = count_of("SELECT COUNT(DISTINCT number) FROM deal WHERE number LIKE 'DD-7-%'");
	const char *live = sample(LIVE);
	for (int i = 0; i < FLOWS; i++) {
		inserts[i] = (struct insert){.db = stage_db(), .arena = arena_create()};
		assert_true(uuid_parse(live, &inserts[i].sample));
		db_use_arena(inserts[i].db, inserts[i].arena);
		db_set_deadline(inserts[i].db, db_now_ms() + 60000);
		assert_int_equal(pthread_create(&inserts[i].thread, NULL, insert_many, &inserts[i]), 0);
	}
	for (int i = 0; i < FLOWS; i++) {
		pthread_join(inserts[i].thread, NULL);
		assert_null(inserts[i].problem);
		db_destroy(inserts[i].db);
		arena_destroy(inserts[i].arena);
	}
	int64_t after = count_of("SELECT COUNT(DISTINCT number) FROM deal WHERE number LIKE 'DD-7-%'");
	assert_int_equal(after - before, FLOWS * EACH);
}

/* --- verbs by phase --- */

static void verbs_ask_the_phase(void **state)
{
	const char *id = make("deals", OWNER, deal_of(sample(LIVE), "")), *one = path("/api/v1/deals/%s", id);
	ASK(200, path("PATCH %s", one), OWNER "If-Match: \"1\"", "{\"landline\":\"1\"}");
	ASK(200, path("POST %s/events", one), OWNER "If-Match: \"2\"", "{\"event\":\"open\"}");
	ASK(200, path("PATCH %s", one), OWNER "If-Match: \"3\"", "{\"landline\":\"2\"}");
	ASK(409, path("DELETE %s", one), OWNER "If-Match: \"4\"", NULL);
	SAYS("phase");
	ASK(200, path("POST %s/events", one), OWNER "If-Match: \"4\"", "{\"event\":\"end\"}");
	ASK(409, path("PATCH %s", one), OWNER "If-Match: \"5\"", "{\"landline\":\"3\"}");
	SAYS("phase");
	/* who read an older state learns that first */
	ASK(412, path("PATCH %s", one), OWNER "If-Match: \"4\"", "{\"landline\":\"3\"}");
	const char *draft = make("deals", OWNER, deal_of(sample(LIVE), ""));
	ASK(204, path("DELETE /api/v1/deals/%s", draft), OWNER "If-Match: \"1\"", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(references_are_looked_at),
		cmocka_unit_test(what_is_taken_is_frozen),
		cmocka_unit_test(a_row_that_goes_is_not_named),
		cmocka_unit_test(a_row_that_is_named_stays),
		cmocka_unit_test(numbers_are_the_platforms_own),
		cmocka_unit_test(numbers_are_given_once),
		cmocka_unit_test(verbs_ask_the_phase),
	};
	return cmocka_run_group_tests(tests, stage_setup, stage_teardown);
}
