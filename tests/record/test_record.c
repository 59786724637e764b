#include "tests/record/stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/http/answer.h"
#include "core/record/form.h"
#include "core/text/json.h"

/* Makes one for the institution and answers its id. */
static const char *make(const char *body)
{
	ASK(201, "POST /api/v1/samples", OWNER, body);
	return arena_strdup(arena, text_at("/id"));
}

/* --- tests --- */

static void everything_comes_back(void **state)
{
	ASK(201, "POST /api/v1/samples", OWNER,
		"{\"name\":\"检测服"
		"务\",\"code\":\"AB-1\",\"kind\":\"service\",\"price\":1280000,\"count\":3,\"urgent\":true,\"opens_"
		"on\":\"2026-05-06\","
		"\"closes_at\":\"2026-05-06T08:00:00Z\",\"to_platform\":\"eight\",\"mobile\":\"138 5780 "
		"0001\",\"email\":\"contact@example.cn\","
		"\"tags\":[\"a\",\"乙\"],\"pictures\":[\"01890a5d-ac96-774b-bcce-b302099a8057\"],\"parts\":[{\"title\":"
		"\"x\",\"weight\":2},{\"title\":\"y\"}],"
		"\"body\":[{\"type\":\"paragraph\",\"text\":\"…\"}],\"extra\":{\"colour\":\"red\"}}");
	const char *id = arena_strdup(arena, text_at("/id"));
	assert_string_equal(header("Location"), path("/api/v1/samples/%s", id));
	assert_string_equal(header("ETag"), "\"1\"");
	assert_int_equal(strncmp(header("Qilian-Position"), "7/1/", 4), 0);
	ASK(200, path("GET /api/v1/samples/%s", id), OWNER, NULL);
	assert_string_equal(text_at("/name"), "检测服务");
	assert_string_equal(text_at("/kind"), "service");
	assert_int_equal(number_at("/price"), 1280000);
	assert_string_equal(text_at("/opens_on"), "2026-05-06");
	assert_string_equal(text_at("/closes_at"), "2026-05-06T08:00:00.000Z");
	assert_string_equal(text_at("/to_platform"), "eight");
	assert_string_equal(text_at("/home"), "seven");
	assert_string_equal(text_at("/mobile"), "13857800001"); /* its own */
	assert_string_equal(text_at("/email"), "contact@example.cn");
	assert_string_equal(text_at("/tags/1"), "乙");
	assert_string_equal(text_at("/parts/1/title"), "y");
	assert_string_equal(text_at("/body/0/type"), "paragraph");
	assert_string_equal(text_at("/extra/colour"), "red");
	assert_string_equal(text_at("/phase"), "draft");
	assert_string_equal(text_at("/step_text"), "草稿");
	assert_string_equal(text_at("/actions/0/event"), "submit");
	assert_int_equal(number_at("/name_length"), 12);
	assert_false(json_has(answer(), "note"));
	ASK(200, path("GET /api/v1/samples/%s", id), REVIEWER "Accept-Language: en\n", NULL);
	assert_string_equal(text_at("/mobile"), "138****0001");
	assert_string_equal(text_at("/email"), "c***@example.cn");
	assert_string_equal(text_at("/step_text"), "Draft");
	assert_true(json_has(answer(), "note"));
	assert_int_equal(json_count(json_at_pointer(answer(), "/actions")), 0);
	ASK(200, path("GET /api/v1/samples/%s", id), NULL, NULL);
	assert_string_equal(text_at("/name"), "检测服务");
	assert_false(json_has(answer(), "price"));
	assert_int_equal(count_of("SELECT COUNT(*) FROM sample WHERE mobile_hint LIKE '138****0001' AND mobile_index "
				  "IS NOT NULL"),
		1);
	assert_int_equal(count_of("SELECT COUNT(*) FROM log_entry WHERE payload LIKE '%13857800001%'"), 0);
	assert_int_equal(count_of("SELECT COUNT(*) FROM log_entry WHERE payload LIKE '%contact@%'"), 0);
}

static void refuses_bad_input(void **state)
{
	int64_t before = count_of("SELECT COUNT(*) FROM sample");
	ASK(422, "POST /api/v1/samples", OWNER,
	"{\"name\":\"a\",\"nmae\":1,\"note\":\"x\",\"price\":\"1\",\"extra\":{\"colour\":\"green\",\"weight\":1}}");
	SAYS("invalid /nmae=unknown /note=read-only /name=too-short /price=type /extra/weight=unknown "
	     "/extra/colour=choice");
	ASK(422, "POST /api/v1/samples", OWNER, "{}");
	SAYS("invalid /name=required");
	ASK(422, "POST /api/v1/samples", OWNER, "{\"name\":\"ab\",\"count\":13}");
	SAYS("invalid /count=unlucky");
	ASK(400, "POST /api/v1/samples", OWNER, "{\"name\":\"ab\",\"name\":\"ab\"}");
	ASK(400, "POST /api/v1/samples", OWNER, "[]");
	ASK(422, "POST /api/v1/samples?x=1", OWNER, "{\"name\":\"ab\"}");
	SAYS("invalid /x=unknown");
	ASK(422, "POST /api/v1/samples", OWNER,
	"{\"name\":\"ab\",\"institution_id\":\"01890a5d-ac96-774b-bcce-b302099a8057\"}");
	ASK(404, "GET /api/v1/samples/nothing", OWNER, NULL);
	assert_int_equal(count_of("SELECT COUNT(*) FROM sample"), before);
}

static void gate_denies(void **state)
{
	const char *id = make("{\"name\":\"gate\"}"), *one = path("GET /api/v1/samples/%s", id);
	ASK(401, "GET /api/v1/samples", NULL, NULL);
	ASK(403, "GET /api/v1/samples", SYSTEM, NULL);
	ASK(404, one, STRANGER, NULL);
	ASK(200, one, STAFF, NULL);
	ASK(404, one, OWNER "X-Platform: eight\n", NULL);
	ASK(403, "POST /api/v1/samples", STAFF, "{\"name\":\"ab\"}");
	ASK(403, "POST /api/v1/samples", OWNER "Origin: http://evil.example", "{\"name\":\"ab\"}");
	SAYS("foreign-origin");
	ASK(403, "POST /api/v1/samples", OWNER "Origin: null", "{\"name\":\"ab\"}");
	ASK(403, "POST /api/v1/samples", OWNER "Sec-Fetch-Site: same-site", "{\"name\":\"ab\"}");
	ASK(201, "POST /api/v1/samples", OWNER "Origin: http://localhost", "{\"name\":\"ab\"}");
	state_of_platform = PLATFORM_STATE_SUSPENDED;
	ASK(403, one, NULL, NULL);
	SAYS("platform-suspended");
	ASK(200, one, OWNER, NULL);
	ASK(403, "POST /api/v1/samples", OWNER, "{\"name\":\"ab\"}");
	ASK(204, "POST /api/v1/samples/ping", NULL, NULL);
	state_of_platform = PLATFORM_STATE_CLOSED;
	ASK(410, one, OWNER, NULL);
	state_of_platform = PLATFORM_STATE_ACTIVE;
}

static void versions_guard_changes(void **state)
{
	const char *id = make("{\"name\":\"first\",\"price\":5,\"count\":2,\"mobile\":\"13857800002\"}"),
		   *one = path("PATCH /api/v1/samples/%s", id);
	ASK(428, one, OWNER, "{\"name\":\"second\"}");
	ASK(412, one, OWNER "If-Match: \"2\"", "{\"name\":\"second\"}");
	ASK(400, one, OWNER "If-Match: 1", "{\"name\":\"second\"}");
	ASK(404, one, STRANGER "If-Match: \"1\"", "{\"name\":\"second\"}");
	ASK(200, one, OWNER "If-Match: \"1\"", "{\"name\":\"second\",\"price\":null,\"kind\":null}");
	assert_string_equal(header("ETag"), "\"2\"");
	assert_string_equal(text_at("/name"), "second");
	assert_null(json_at_pointer(answer(), "/price"));
	assert_string_equal(text_at("/mobile"), "13857800002");
	ASK(200, one, OWNER "If-Match: \"2\"", "{\"name\":\"second\"}"); /* nothing changed */
	assert_string_equal(header("ETag"), "\"2\"");
	ASK(422, one, OWNER "If-Match: \"2\"", "{\"count\":1}");
	SAYS("invalid /count=shrinks");
	ASK(200, one, OWNER "If-Match: \"2\"", "{\"mobile\":null}");
	assert_int_equal(count_of("SELECT COUNT(*) FROM sample WHERE name = 'second' AND mobile_sealed IS NULL AND "
				  "mobile_index IS NULL"),
		1);
	ASK(200, path("POST /api/v1/samples/%s/rename", id), OWNER "If-Match: \"3\"", "{\"name\":\"third\"}");
	assert_int_equal(number_at("/version"), 4);
	ASK(200, path("GET /api/v1/samples/%s/history", id), OWNER, NULL);
	assert_string_equal(text_at("/items/0/event"), "renamed");
	assert_string_equal(text_at("/items/0/changes/name"), "third");
	assert_string_equal(text_at("/items/2/changes/name"), "second");
	assert_string_equal(text_at("/items/3/event"), "created");
	assert_string_equal(text_at("/items/3/actor"), "张三");
	assert_int_equal(json_count(json_at_pointer(answer(), "/items")), 4);
	ASK(428, path("DELETE /api/v1/samples/%s", id), OWNER, NULL);
	ASK(204, path("DELETE /api/v1/samples/%s", id), OWNER "If-Match: \"4\"", NULL);
	ASK(404, path("GET /api/v1/samples/%s", id), OWNER, NULL);
}

static void unique_keys_speak(void **state)
{
	make("{\"name\":\"ab\",\"code\":\"UN-1\"}");
	ASK(422, "POST /api/v1/samples", OWNER, "{\"name\":\"ab\",\"code\":\"UN-1\"}");
	SAYS("invalid /code=taken");
	const char *id = make("{\"name\":\"ab\",\"code\":\"UN-2\"}");
	ASK(422, path("PATCH /api/v1/samples/%s", id), OWNER "If-Match: \"1\"", "{\"code\":\"UN-1\"}");
	SAYS("invalid /code=taken");
}

static void repeats_take_effect_once(void **state)
{
	const char *body = "{\"name\":\"once\"}";
	ASK(201, "POST /api/v1/samples", OWNER "Idempotency-Key: key-0001", body);
	const char *first = arena_strdup(arena, last->out->data), *location = arena_strdup(arena, header("Location"));
	ASK(201, "POST /api/v1/samples", OWNER "Idempotency-Key: key-0001", body);
	SAYS(first);
	assert_string_equal(header("Location"), location);
	assert_string_equal(header("ETag"), "\"1\"");
	assert_string_equal(header("Idempotency-Replayed"), "true");
	ASK(422, "POST /api/v1/samples", OWNER "Idempotency-Key: key-0001", "{\"name\":\"twice\"}");
	SAYS("idempotency-key-reused");
	ASK(400, "POST /api/v1/samples", OWNER "Idempotency-Key: short", body);
	assert_int_equal(count_of("SELECT COUNT(*) FROM sample WHERE name = 'once'"), 1);
	ASK(422, "POST /api/v1/samples", OWNER "Idempotency-Key: key-0002", "{}");
	ASK(201, "POST /api/v1/samples", OWNER "Idempotency-Key: key-0002", "{\"name\":\"after a no\"}");
}

/* Pages through a list three at a time and answers all names in one line. */
static const char *walk(const char *query)
{
	struct buf *names = buf_in(arena);
	const char *next = "";
	for (int page = 0; page < 20; page++) {
		ASK(200, arena_printf(arena, "GET /api/v1/samples?limit=3&%s%s%s", query, *next ? "&cursor=" : "",
		next), REVIEWER, NULL);
		for (size_t i = 0; i < json_count(json_get(answer(), "items")); i++)
			buf_printf(names, "%s%s", names->len ? " " : "",
				json_get_text(json_at(json_get(answer(), "items"), i), "name"));
		next = arena_strdup(arena, text_at("/next"));
		if (!*next)
			return names->data;
	}
	return "endless";
}

static void lists_page_and_filter(void **state)
{
	static const char *const bodies[] = {
		"{\"name\":\"la\",\"price\":300,\"kind\":\"service\",\"mobile\":\"13900000001\"}",
		"{\"name\":\"lb\",\"price\":100,\"closes_at\":\"2026-01-01T00:00:00Z\"}",
		"{\"name\":\"lc\"}", "{\"name\":\"ld\",\"price\":200,\"to_platform\":\"eight\"}", "{\"name\":\"le "
		"100%\",\"price\":200}", "{\"name\":\"lf 公共服务\"}",
		"{\"name\":\"lg\",\"price\":100}"};
	for (size_t i = 0; i < 7; i++) {
		make(bodies[i]);
		usleep(2000); /* so that each has a millisecond of its own */
	}
	ASK(200, "GET /api/v1/samples?q=l&limit=200&counts=true", REVIEWER, NULL);
	assert_true(number_at("/counts/draft") >= 7);
	assert_string_equal(walk("created_from=2020-01-01&q=l&sort=name"), "la lb lc ld le 100% lf 公共服务 lg");
	assert_string_equal(walk("q=l&sort=-name"), "lg lf 公共服务 le 100% ld lc lb la");
	assert_string_equal(walk("price_from=100&price_to=300&q=l&sort=-price"), "la le 100% ld lg lb");
	assert_string_equal(walk("q=l&sort=price"), "lc lf 公共服务 lb lg ld le 100% la");
	/* the only one with a date */
	assert_string_equal(walk("q=l&sort=closes_at") + strlen(walk("q=l&sort=closes_at")) - 3, " lb");
	assert_string_equal(arena_printf(arena, "%.3s", walk("q=l&sort=-closes_at")), "lb ");
	assert_int_equal(strlen(walk("q=l&sort=-closes_at")), strlen(walk("q=l&sort=closes_at")));
	assert_string_equal(walk("q=l&sort=created_at"), "la lb lc ld le 100% lf 公共服务 lg");
	assert_string_equal(walk("q=%&sort=name"), "le 100%");
	assert_string_equal(walk("q=共服&sort=name"), "lf 公共服务");
	assert_string_equal(walk("kind=service&q=l"), "la");
	assert_string_equal(walk("to_platform=eight&q=l"), "ld");
	assert_string_equal(walk("mobile=139 0000 0001"), "la");
	assert_string_equal(walk("phase=active,waiting&q=l"), "");
	assert_string_equal(walk("closes_from=2026-01-01&q=l"), "lb");
	assert_string_equal(walk("q=l&home=copies"), "");
	ASK(422, "GET /api/v1/samples?limit=201&sort=nothing&phase=gone&price_from=x&x=1", REVIEWER, NULL);
	SAYS("invalid /limit=range /sort=choice /phase=choice /price_from=format /x=unknown");
	ASK(422, "GET /api/v1/samples?code=中文", REVIEWER, NULL);
	ASK(422, "POST /api/v1/samples", OWNER, "{\"name\":\"ab\",\"code\":\"中文\"}");
	SAYS("invalid /code=ascii /code=pattern");
	ASK(200, "GET /api/v1/samples?limit=2&sort=name", REVIEWER, NULL);
	const char *cursor = arena_strdup(arena, text_at("/next"));
	ASK(422, path("GET /api/v1/samples?limit=2&sort=-name&cursor=%s", cursor), REVIEWER, NULL);
	ASK(422, path("GET /api/v1/samples?limit=2&sort=name&cursor=%s", cursor), OWNER, NULL);
	ASK(422, path("GET /api/v1/samples?limit=2&sort=name&cursor=%s", cursor), REVIEWER "X-Platform: eight\n", NULL);
	ASK(200, "GET /api/v1/samples", STRANGER, NULL);
	assert_int_equal(json_count(json_get(answer(), "items")), 0);
	ASK(200, "GET /api/v1/samples", REVIEWER "X-Platform: eight\n", NULL);
	assert_int_equal(json_count(json_get(answer(), "items")), 0);
	ASK(200, "GET /api/v1/samples?mobile=13900000001", OWNER, NULL);
	assert_string_equal(text_at("/items/0/mobile"), "139****0001"); /* lists reveal nothing */
	ASK(200, "GET /api/v1/samples?limit=1", OWNER, NULL);
	assert_false(json_has(json_at(json_get(answer(), "items"), 0), "body"));
	ASK(200, "GET /api/v1/samples/count?kind=service", REVIEWER, NULL);
	assert_true(number_at("/count") >= 1);
	ASK(422, "GET /api/v1/samples/count?kind=x", REVIEWER, NULL);
}

static void exports_defuse(void **state)
{
	make("{\"name\":\"=1+1\",\"price\":1250}");
	make("{\"name\":\"a, \\\"b\\\"\",\"price\":5,\"mobile\":\"13900000009\"}");
	ASK(200, "GET /api/v1/samples/export.csv?price_to=1250&sort=name", REVIEWER, NULL);
	char csv[20000] = "";
	ssize_t len = pread(last->answer->fd, csv, sizeof csv - 1, 0);
	close(last->answer->fd);
	assert_true(len > 100);
	assert_memory_equal(csv, "\xef\xbb\xbf", 3);
	assert_non_null(strstr(csv, ",\"'=1+1\","));
	assert_non_null(strstr(csv, ",\"a, \"\"b\"\"\","));
	assert_non_null(strstr(csv, ",12.50,"));
	assert_non_null(strstr(csv, "139****0009"));
	assert_non_null(strstr(csv, "草稿"));
	assert_null(strstr(csv, "13900000009"));
	assert_null(strstr(csv, "检测服务")); /* the filter holds: it costs more */
	assert_non_null(strstr(header("Content-Disposition"), "filename=\"samples-"));
	ASK(403, "GET /api/v1/samples/export.csv", OWNER, NULL);
}

static void long_exports_end_by_saying_so(void **state)
{
	char csv[20000];
	make("{\"name\":\"甲甲甲\",\"price\":77}");
	make("{\"name\":\"乙乙乙\",\"price\":77}");
	make("{\"name\":\"丙丙丙\",\"price\":77}");
	for (size_t most = 1; most <= 4; most++) {
		services.export_rows = most;
		ASK(200, "GET /api/v1/samples/export.csv?price_from=77&price_to=77", REVIEWER, NULL);
		memset(csv, 0, sizeof csv);
		assert_true(pread(last->answer->fd, csv, sizeof csv - 1, 0) > 0);
		close(last->answer->fd);
		size_t rows = 0;
		for (const char *at = csv; (at = strstr(at, ",0.77,")); at++)
			rows++;
		assert_int_equal(rows, most < 3 ? most : 3);
		const char *told = strstr(csv, "\"未完：仅导出前 "), *en = strstr(csv, "Incomplete: only the first ");
		assert_true((most < 3) == (told && en));
		assert_true(!told || strchr(told, '\n') + 1 == csv + strlen(csv)); /* the last line */
	}
	services.export_rows = 0;
}

static void fires(void **state)
{
	const char *id = make("{\"name\":\"walker\"}"), *events = path("POST /api/v1/samples/%s/events", id);
	ASK(409, events, REVIEWER "If-Match: \"1\"", "{\"event\":\"pass\"}");
	SAYS("step");
	ASK(403, events, REVIEWER "If-Match: \"1\"", "{\"event\":\"submit\"}");
	ASK(422, events, OWNER "If-Match: \"1\"", "{\"event\":\"submit\"}");
	SAYS("invalid /opens_on=required /extra/colour=required");
	ASK(200, path("PATCH /api/v1/samples/%s", id), OWNER "If-Match: \"1\"",
	"{\"opens_on\":\"2026-05-06\",\"extra\":{\"colour\":\"red\"}}");
	ASK(409, events, OWNER "If-Match: \"2\"", "{\"event\":\"submit\"}");
	SAYS("price-missing");
	ASK(200, path("PATCH /api/v1/samples/%s", id), OWNER "If-Match: \"2\"", "{\"price\":100}");
	ASK(404, events, STRANGER "If-Match: \"3\"", "{\"event\":\"submit\"}");
	ASK(422, events, OWNER "If-Match: \"3\"", "{\"event\":\"submit\",\"reason\":\"x\"}");
	SAYS("invalid /reason=unknown");
	ASK(200, events, OWNER "If-Match: \"3\"", "{\"event\":\"submit\"}");
	assert_string_equal(text_at("/phase"), "waiting");
	assert_string_equal(text_at("/step"), "first");
	const char *due = arena_strdup(arena, text_at("/due_on"));
	assert_int_equal(strlen(due), 10);
	ASK(422, events, REVIEWER "If-Match: \"4\"", "{\"event\":\"ask\",\"days\":99}");
	SAYS("invalid /days=too-large /reason=required");
	notices[0] = 0;
	ASK(200, events, REVIEWER "If-Match: \"4\"", "{\"event\":\"ask\",\"days\":3,\"reason\":\"缺少资料\"}");
	assert_string_equal(notices, "asked to owner: 缺少资料");
	assert_string_equal(text_at("/phase"), "returned");
	assert_string_equal(text_at("/due_on"), due);
	ASK(200, events, OWNER "If-Match: \"5\"", "{\"event\":\"answer\"}");
	assert_true(strcmp(text_at("/due_on"), due) > 0); /* the clock stood still for two days */
	ASK(412, events, REVIEWER "If-Match: \"5\"", "{\"event\":\"pass\"}");
	ASK(200, events, REVIEWER "If-Match: \"6\"\nIdempotency-Key: pass-0001", "{\"event\":\"pass\"}");
	ASK(200, events, REVIEWER "If-Match: \"6\"\nIdempotency-Key: pass-0001", "{\"event\":\"pass\"}");
	assert_string_equal(header("Idempotency-Replayed"), "true");
	ASK(403, events, REVIEWER "If-Match: \"7\"", "{\"event\":\"note\",\"reason\":\"x\"}");
	ASK(200, events, REVIEWER "If-Match: \"7\"", "{\"event\":\"approve\"}");
	assert_string_equal(text_at("/code"), "OK-1");
	assert_string_equal(text_at("/phase"), "active");
	ASK(200, path("GET /api/v1/samples/%s/history", id), REVIEWER, NULL);
	assert_string_equal(text_at("/items/0/event"), "approve");
	assert_string_equal(text_at("/items/0/from"), "second");
	assert_string_equal(text_at("/items/0/to"), "done");
	assert_string_equal(text_at("/items/3/reason"), "缺少资料");
	assert_int_equal(count_of("SELECT COUNT(*) FROM log_address WHERE reader = 9"), 1);
	assert_int_equal(count_of("SELECT COUNT(*) FROM log_entry WHERE kind = 'sample.approve' AND payload LIKE "
				  "'%\"content\":{%'"),
		1);
}

static struct problem *apply_twice(struct db *unused, void *arg)
{
	struct sample *row = arg;
	struct call call;
	bool applied;
	call_init_server(&call, &services, db, 8, 3);
	struct json_object *content = record_export(&call, &record_sample, row, true);
	struct problem *problem = record_apply(&call, &record_sample, content, 7, 10, &applied);
	assert_true(problem || applied);
	if (!problem)
		problem = record_apply(&call, &record_sample, content, 7, 10, &applied);
	assert_true(problem || !applied);
	json_object_object_add(content, "name", json_object_new_string("newer"));
	json_object_object_add(content, "unheard_of", json_object_new_string("by a newer server"));
	if (!problem)
		problem = record_apply(&call, &record_sample, content, 7, 11, &applied);
	assert_true(problem || applied);
	json_object_object_add(content, "name", json_object_new_string("late"));
	if (!problem)
		problem = record_apply(&call, &record_sample, content, 7, 9, &applied);
	assert_true(problem || !applied);
	return problem;
}

static void copies_follow_and_refuse(void **state)
{
	const char *id =
		make("{\"name\":\"original\",\"mobile\":\"13857800003\",\"tags\":[\"x\"],\"to_platform\":\"eight\"}");
	struct call call;
	struct sample *row;
	struct uuid uuid;
	assert_true(uuid_parse(id, &uuid));
	db_use_arena(db, arena);
	call_init_server(&call, &services, db, 7, 3);
	assert_null(sample_row_load(&call, uuid, &row));
	assert_null(db_transaction(db, apply_twice, row));
	ASK(200, path("GET /api/v1/samples/%s", id), ADMIN "X-Platform: eight\n", NULL);
	assert_string_equal(text_at("/name"), "newer");
	assert_string_equal(text_at("/mobile"), "13857800003");
	assert_string_equal(text_at("/to_platform"), "eight");
	assert_string_equal(text_at("/home"), "seven");
	assert_string_equal(text_at("/created_at"), arena_strdup(arena, text_at("/created_at")));
	ASK(409, path("PATCH /api/v1/samples/%s", id), REVIEWER "X-Platform: eight\nIf-Match: \"1\"",
	"{\"name\":\"mine now\"}");
	SAYS("copy");
	ASK(409, path("POST /api/v1/samples/%s/events", id), OWNER "X-Platform: eight\nIf-Match: \"1\"",
	"{\"event\":\"submit\"}");
	ASK(409, path("DELETE /api/v1/samples/%s", id), OWNER "X-Platform: eight\nIf-Match: \"1\"", NULL);
	ASK(200, "GET /api/v1/samples?home=copies", REVIEWER "X-Platform: eight\n", NULL);
	assert_int_equal(json_count(json_get(answer(), "items")), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_comes_back),
		cmocka_unit_test(refuses_bad_input),
		cmocka_unit_test(gate_denies),
		cmocka_unit_test(versions_guard_changes),
		cmocka_unit_test(unique_keys_speak),
		cmocka_unit_test(repeats_take_effect_once),
		cmocka_unit_test(lists_page_and_filter),
		cmocka_unit_test(exports_defuse),
		cmocka_unit_test(long_exports_end_by_saying_so),
		cmocka_unit_test(fires),
		cmocka_unit_test(copies_follow_and_refuse),
	};
	return cmocka_run_group_tests(tests, stage_setup, stage_teardown);
}
