/* References, numbers of a series, verbs by phase, what transitions write, what fields say together. */
#include "tests/record/stage.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/record/meta.h"
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
	/* What visitors see of others can be named, and nothing else of them. */
	const char *beside = arena_printf(arena, ",\"beside_id\":\"%s\"", away);
	ASK(422, "POST /api/v1/deals", OWNER, deal_of(live, beside));
	SAYS("invalid /beside_id=unknown");
	ASK(200, path("POST /api/v1/deals/%s/events", away), STRANGER "If-Match: \"1\"", "{\"event\":\"open\"}");
	ASK(201, "POST /api/v1/deals", OWNER, deal_of(live, beside));
	ASK(200, path("POST /api/v1/deals/%s/events", away), STRANGER "If-Match: \"2\"", "{\"event\":\"end\"}");
	make("deals", OWNER, deal_of(live, arena_printf(arena, ",\"after_id\":\"%s\"", away)));
	const char *first = make("deals", OWNER, deal_of(live, ""));
	const char *number = arena_strdup(arena, text_at("/number"));
	const char *next = make("deals", OWNER, deal_of(live, arena_printf(arena, ",\"after_id\":\"%s\"", first)));
	assert_string_equal(text_at("/after_number"), number);
	ASK(200, path("PATCH /api/v1/deals/%s", next), OWNER "If-Match: \"1\"", "{\"after_id\":null}");
	assert_null(json_at_pointer(answer(), "/after_number"));
	away = make("deals", STRANGER, deal_of(live, ""));
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

/* --- what a transition writes --- */

static void transitions_set_and_stamp(void **state)
{
	const char *id = make("deals", OWNER, deal_of(sample(LIVE), "")), *one = path("/api/v1/deals/%s", id);
	ASK(200, path("POST %s/events", one), OWNER "If-Match: \"1\"", "{\"event\":\"open\"}");
	/* The form says no more than 20 characters; of the score only a least, so the field's own most holds. */
	ASK(422, path("POST %s/events", one), OWNER "If-Match: \"2\"",
		"{\"event\":\"rate\",\"score\":6,\"remark\":\"123456789012345678901\"}");
	SAYS("invalid /score=too-large /remark=too-long");
	ASK(200, path("POST %s/events", one), OWNER "If-Match: \"2\"",
		"{\"event\":\"rate\",\"score\":4,\"remark\":\"good\"}");
	assert_int_equal(number_at("/score"), 4);
	assert_string_equal(text_at("/remark"), "good");
	ASK(200, path("POST %s/events", one), OWNER "If-Match: \"3\"",
		"{\"event\":\"rate\",\"score\":5,\"remark\":null}");
	assert_int_equal(number_at("/score"), 5);
	assert_string_equal(text_at("/remark"), "good"); /* what is not given stays */
	assert_string_equal(text_at("/ended_at"), "");
	ASK(200, path("POST %s/events", one), OWNER "If-Match: \"4\"", "{\"event\":\"end\",\"remark\":\"over\"}");
	assert_string_equal(text_at("/remark"), "over");
	assert_int_equal(strlen(text_at("/ended_at")), 24);
	ASK(200, path("GET %s/history", one), OWNER, NULL);
	assert_string_equal(text_at("/items/0/changes/remark"), "over");
	assert_int_equal(strlen(text_at("/items/0/changes/ended_at")), 24);
	assert_int_equal(number_at("/items/1/changes/score"), 5);
	assert_false(json_has(json_at_pointer(answer(), "/items/1/changes"), "remark"));
	const char *broken = make("deals", OWNER, deal_of(sample(LIVE), "")), *other_one = path("/api/v1/deals/%s",
		broken);
	ASK(200, path("POST %s/events", other_one), OWNER "If-Match: \"1\"", "{\"event\":\"open\"}");
	ASK(200, path("POST %s/events", other_one), REVIEWER "If-Match: \"2\"", "{\"event\":\"break_off\"}");
	assert_int_equal(strlen(text_at("/ended_on")), 10);
}

/* --- what fields say together --- */

static const char *fault_text(const char *lang)
{
	for (struct problem_field *field = refused ? refused->fields : NULL; field; field = field->next)
		return strcmp(lang, "zh") == 0 ? field->zh : field->en;
	return "";
}

static void fields_are_looked_at_together(void **state)
{
	const char *live = sample(LIVE);
	ASK(422, "POST /api/v1/deals", OWNER, deal_of(live,
		",\"begins_on\":\"2026-05-07\",\"ends_on\":\"2026-05-06\""));
	SAYS("invalid /begins_on=order");
	assert_string_equal(fault_text("zh"), "开始日期应不晚于结束日期");
	assert_string_equal(fault_text("en"), "Begins must not be after Ends");
	ASK(422, "POST /api/v1/deals", OWNER, deal_of(live, ",\"low\":500,\"high\":500"));
	SAYS("invalid /low=order");
	assert_string_equal(fault_text("zh"), "最低价应小于最高价");
	ASK(422, "POST /api/v1/deals", OWNER, deal_of(live, ",\"landline\":\"1\",\"fax\":\"2\",\"in_person\":true"));
	SAYS("invalid /landline=too-many");
	assert_string_equal(fault_text("en"), "Fill in at most 2 of: Landline, Fax, In person");
	ASK(422, "POST /api/v1/deals", OWNER, deal_of(live, ",\"three\":[\"a\",\"b\"]"));
	SAYS("invalid /three=too-few");
	assert_string_equal(fault_text("zh"), "应恰好 3 项，现有 2 项");
	ASK(422, "POST /api/v1/deals", OWNER, deal_of(live, ",\"three\":[\"a\",\"b\",\"c\",\"d\"]"));
	SAYS("invalid /three=too-many");
	make("deals", OWNER, deal_of(live, ",\"three\":[]")); /* nobody asks for it */
	/* A box that is not ticked is empty; days may be the same; nothing is compared with nothing. */
	const char *id = make("deals", OWNER, deal_of(live,
		",\"landline\":\"1\",\"fax\":\"2\",\"in_person\":false,\"low\":500,"
		"\"begins_on\":\"2026-05-07\",\"ends_on\":\"2026-05-07\",\"three\":[\"a\",\"b\",\"c\"]"));
	ASK(422, path("PATCH /api/v1/deals/%s", id), OWNER "If-Match: \"1\"", "{\"ends_on\":\"2026-05-06\"}");
	SAYS("invalid /begins_on=order");
	/* What lay there before the rule stays, as long as nobody touches it. */
	struct db *by_hand = stage_db();
	db_use_arena(by_hand, arena);
	assert_null(db_exec(by_hand, db_platform(7, 3), "UPDATE deal SET ends_on = '2026-05-01' WHERE platform_id = :p "
		"AND begins_on = '2026-05-07'", DB_NO_ARGS, NULL));
	db_destroy(by_hand);
	ASK(200, path("PATCH /api/v1/deals/%s", id), OWNER "If-Match: \"1\"", "{\"low\":400}");
	ASK(422, path("PATCH /api/v1/deals/%s", id), OWNER "If-Match: \"2\"", "{\"begins_on\":\"2026-05-02\"}");
}

static const char FORM[] = "{\"lifecycles\":{\"deal\":{\"initial\":\"draft\",\"steps\":{"
	"\"draft\":{\"phase\":\"draft\",\"zh\":\"草稿\",\"en\":\"Draft\"},"
	"\"open\":{\"phase\":\"active\",\"zh\":\"进行\",\"en\":\"Open\",\"final\":true}},\"transitions\":["
	"{\"event\":\"open\",\"from\":[\"draft\"],\"to\":\"open\",\"roles\":[\"owner\"],\"complete\":true,"
	" \"zh\":\"开始\",\"en\":\"Begin\",\"form\":["
	"  {\"name\":\"first\",\"type\":\"uint\",\"zh\":\"首\",\"en\":\"First\"},"
	"  {\"name\":\"last\",\"type\":\"uint\",\"zh\":\"末\",\"en\":\"Last\"}],"
	" \"groups\":[{\"fields\":[\"first\",\"last\"],\"at_least\":1}],"
	" \"compare\":[{\"left\":\"first\",\"op\":\"<\",\"right\":\"last\"}]}]}},"
	"\"forms\":{\"deal\":{\"extra\":["
	" {\"name\":\"contact\",\"type\":\"text\",\"zh\":\"联系人\",\"en\":\"Contact\"},"
	" {\"name\":\"until\",\"type\":\"date\",\"zh\":\"有效期至\",\"en\":\"Valid until\"},"
	" {\"name\":\"pair\",\"type\":\"list\",\"item\":\"text\",\"exactly\":2,\"zh\":\"两项\",\"en\":\"Pair\"}],"
	" \"groups\":[{\"fields\":[\"landline\",\"contact\",\"industries\"],\"exactly\":1}],"
	" \"compare\":[{\"left\":\"ends_on\",\"op\":\"<=\",\"right\":\"until\"}]}}}";

static void forms_look_at_fields_together(void **state)
{
	const char *live = sample(LIVE);
	stage_policy(FORM);
	/* Too much and the wrong order are refused at once; what lacks, when it is handed in. */
	ASK(422, "POST /api/v1/deals", OWNER, deal_of(live, ",\"landline\":\"1\",\"extra\":{\"contact\":\"x\"}"));
	SAYS("invalid /landline=too-many");
	ASK(422, "POST /api/v1/deals", OWNER,
		deal_of(live, ",\"ends_on\":\"2026-05-06\",\"extra\":{\"until\":\"2026-05-05\",\"pair\":[\"a\"]}"));
	SAYS("invalid /extra/pair=too-few");
	ASK(422, "POST /api/v1/deals", OWNER, deal_of(live,
		",\"ends_on\":\"2026-05-06\",\"extra\":{\"until\":\"2026-05-05\"}"));
	SAYS("invalid /ends_on=order");
	const char *id = make("deals", OWNER, deal_of(live, "")), *events = path("POST /api/v1/deals/%s/events", id);
	ASK(422, events, OWNER "If-Match: \"1\"", "{\"event\":\"open\",\"first\":1}");
	SAYS("invalid /landline=too-few");
	assert_string_equal(fault_text("zh"), "以下各项应填写 1 项：座机、联系人、行业");
	ASK(422, "POST /api/v1/deals", OWNER, deal_of(live, ",\"landline\":\"1\",\"industries\":[\"fax\"]"));
	SAYS("invalid /landline=too-many");
	make("deals", OWNER, deal_of(live, ",\"landline\":\"1\",\"industries\":[]")); /* without entries it is empty */
	ASK(200, path("PATCH /api/v1/deals/%s", id), OWNER "If-Match: \"1\"", "{\"extra\":{\"contact\":\"x\"}}");
	ASK(422, events, OWNER "If-Match: \"2\"", "{\"event\":\"open\"}");
	SAYS("invalid /first=too-few");
	ASK(422, events, OWNER "If-Match: \"2\"", "{\"event\":\"open\",\"first\":2,\"last\":2}");
	SAYS("invalid /first=order");
	ASK(200, events, OWNER "If-Match: \"2\"", "{\"event\":\"open\",\"first\":1,\"last\":2}");
	stage_policy(SAMPLE_POLICY);
}

/* --- terms --- */

static void terms_are_of_the_dictionary(void **state)
{
	const char *live = sample(LIVE);
	ASK(422, "POST /api/v1/deals", OWNER, deal_of(live,
		",\"category\":\"nothing\",\"industries\":[\"print\",\"other\"]"));
	SAYS("invalid /category=unknown /industries/1=unknown");
	assert_string_equal(fault_text("zh"), "没有这一项，或已停用：nothing");
	const char *id = make("deals", OWNER, deal_of(live, ",\"category\":\"fax\",\"industries\":[\"fax\"]"));
	const char *one = path("/api/v1/deals/%s", id);
	retired = "fax";
	ASK(422, "POST /api/v1/deals", OWNER, deal_of(live, ",\"category\":\"fax\""));
	SAYS("invalid /category=unknown");
	/* What has it keeps it, beside others too, and by a transition; what gave it up does not get it back. */
	ASK(200, path("PATCH %s", one), OWNER "If-Match: \"1\"",
		"{\"category\":\"fax\",\"industries\":[\"design\",\"fax\"]}");
	ASK(200, path("POST %s/events", one), OWNER "If-Match: \"2\"", "{\"event\":\"open\"}");
	ASK(422, path("POST %s/events", one), OWNER "If-Match: \"3\"", "{\"event\":\"sort\",\"category\":\"nothing\"}");
	SAYS("invalid /category=unknown");
	ASK(200, path("POST %s/events", one), OWNER "If-Match: \"3\"",
		"{\"event\":\"sort\",\"category\":\"fax\",\"industries\":[\"fax\"]}");
	assert_int_equal(json_count(json_at_pointer(answer(), "/industries")), 1);
	ASK(200, path("PATCH %s", one), OWNER "If-Match: \"4\"", "{\"category\":\"design\",\"industries\":[]}");
	ASK(422, path("PATCH %s", one), OWNER "If-Match: \"5\"", "{\"category\":\"fax\",\"industries\":[\"fax\"]}");
	SAYS("invalid /category=unknown /industries/0=unknown");
	ASK(200, "GET /api/v1/deals?category=fax", OWNER, NULL); /* and is still found by it */
	retired = NULL;
}

static void forms_ask_for_terms(void **state)
{
	static const char form[] = "{\"forms\":{\"deal\":{\"extra\":["
		"{\"name\":\"way\",\"type\":\"term\",\"terms\":\"categories\",\"zh\":\"方式\",\"en\":\"Way\"},"
		"{\"name\":\"ways\",\"type\":\"list\",\"item\":\"term\",\"terms\":\"industries\","
		" \"zh\":\"各\",\"en\":\"Ways\"}]}}}";
	const char *live = sample(LIVE);
	stage_policy(form);
	ASK(422, "POST /api/v1/deals", OWNER, deal_of(live, ",\"extra\":{\"way\":\"nothing\",\"ways\":[\"nothing\"]}"));
	SAYS("invalid /extra/way=unknown /extra/ways/0=unknown");
	const char *id = make("deals", OWNER, deal_of(live, ",\"extra\":{\"way\":\"fax\",\"ways\":[\"fax\"]}"));
	retired = "fax";
	ASK(200, path("PATCH /api/v1/deals/%s", id), OWNER "If-Match: \"1\"",
		"{\"extra\":{\"way\":\"fax\",\"ways\":[\"fax\",\"print\"]}}");
	ASK(422, "POST /api/v1/deals", OWNER, deal_of(live, ",\"extra\":{\"way\":\"fax\"}"));
	retired = NULL;
	stage_policy(SAMPLE_POLICY);
}

static void pages_are_told(void **state)
{
	struct request *request = last;
	struct call call = *(struct call *)request->call;
	call.actor.roles = ROLE_OWNER;
	buf_reset(request->out);
	call.writer = NULL;
	assert_null(meta_read(&call));
	struct json_object *records = json_get_array(answer(), "records");
	struct json_object *deal = NULL;
	for (size_t i = 0; i < json_count(records); i++)
		if (strcmp(json_get_text(json_at(records, i), "name"), "deal") == 0)
			deal = json_at(records, i);
	struct json_object *first = json_at(json_get_array(deal, "refers"), 0);
	assert_string_equal(json_get_text(first, "field"), "sample_id");
	assert_string_equal(json_get_text(first, "to"), "sample");
	assert_string_equal(json_get_text(json_get(first, "takes"), "sample_name"), "name");
	assert_null(json_get_text(json_get(first, "takes"), "sample_home")); /* of no field of the other's */
}

static struct json_object *named(struct json_object *list, const char *name)
{
	for (size_t i = 0; i < json_count(list); i++)
		if (strcmp(json_get_text(json_at(list, i), "name"), name) == 0)
			return json_at(list, i);
	fail_msg("there is no %s", name);
	return NULL;
}

static void pages_are_told_of_rules(void **state)
{
	stage_policy(FORM);
	ASK(200, "GET /api/v1/deals", OWNER, NULL);
	struct call *call = last->call;
	buf_reset(last->out);
	call->writer = NULL;
	assert_null(meta_read(call));
	struct json_object *meta = named(json_get_array(answer(), "records"), "deal");
	struct json_object *endpoints = json_get_array(meta, "endpoints");
	assert_int_equal(json_count(json_get(named(endpoints, "deal_update"), "phases")), 2);
	assert_string_equal(json_text(json_at_pointer(named(endpoints, "deal_delete"), "/phases/0")), "draft");
	assert_false(json_has(named(endpoints, "deal_create"), "phases"));
	struct json_object *fields = json_get_array(meta, "fields");
	assert_string_equal(json_get_text(named(fields, "category"), "terms"), "categories");
	/* Of the declaration whole; of the form what is refused before it is handed in. */
	assert_int_equal(json_count(json_get_array(meta, "groups")), 2);
	assert_int_equal(json_object_get_int64(json_at_pointer(meta, "/groups/0/at_most")), 2);
	assert_int_equal(json_object_get_int64(json_at_pointer(meta, "/groups/1/at_least")), 0);
	assert_int_equal(json_object_get_int64(json_at_pointer(meta, "/groups/1/at_most")), 1);
	assert_int_equal(json_count(json_get_array(meta, "compare")), 3);
	assert_string_equal(json_text(json_at_pointer(meta, "/compare/0/op")), "<=");
	assert_string_equal(json_text(json_at_pointer(meta, "/compare/2/right")), "until");
	struct json_object *group = json_at_pointer(meta, "/lifecycle/transitions/0/groups/0");
	assert_int_equal(json_object_get_int64(json_get(group, "at_least")), 1);
	stage_policy(SAMPLE_POLICY);
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
		cmocka_unit_test(transitions_set_and_stamp),
		cmocka_unit_test(fields_are_looked_at_together),
		cmocka_unit_test(forms_look_at_fields_together),
		cmocka_unit_test(terms_are_of_the_dictionary),
		cmocka_unit_test(forms_ask_for_terms),
		cmocka_unit_test(pages_are_told),
		cmocka_unit_test(pages_are_told_of_rules),
	};
	return cmocka_run_group_tests(tests, stage_setup, stage_teardown);
}
