/* Rows with two organisations and a person on their sides, tried as each of them, as one who is several, and as
 * strangers. */
#include "core/record/side.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/record/meta.h"
#include "core/record/purpose.h"
#include "core/text/json.h"
#include "tests/record/house.h"
#include "tests/record/sample.h"

#define AS(roles, rest) "X-Roles: " #roles "\n" rest
#define MINE "X-Institution: mine\n"
#define OTHER "X-Institution: other\n"
#define THIRD "X-Institution: third\n"
#define BUYER AS(256, MINE) /* an enterprise */
#define SELLER AS(128, OTHER) /* staff of an institution */
#define HEAD AS(64, OTHER) /* its owner */
#define ADVISOR AS(1024, "") /* a person */
#define BOTH AS(448, MINE) /* enterprise, owner and staff of one organisation */
#define DESK AS(16, "")
#define AT "If-Match: *\n"

/* Of mine, bought from other, advised by account; and one that other bought from mine. */
static const char *ours, *theirs;

static const char *made(const char *headers, struct uuid seller)
{
	const char *body = arena_printf(arena,
		"{\"title\":\"检测服务\",\"price\":5,\"mobile\":\"13857800001\",\"seller_id\":\"%s\"}",
		uuid_text(arena, seller));
	ASK(201, "POST /api/v1/bargains", headers, body);
	return arena_strdup(arena, text_at("/id"));
}

static void change(const char *id, const char *headers, const char *body)
{
	ASK(200, path("PATCH /api/v1/bargains/%s", id), headers, body);
}

static void make_both(void **state)
{
	ours = made(BUYER, other);
	theirs = made(AS(256, OTHER), mine);
	change(ours, DESK AT, arena_printf(arena, "{\"advisor_account\":\"%s\"}", uuid_text(arena, account)));
	change(ours, SELLER AT, "{\"cost\":3}");
	change(theirs, AS(128, MINE) AT, "{\"cost\":4}");
}

/* Everybody whom it does not concern, by every role that its addresses let in. */
static void strangers_find_nothing(void **state)
{
	static const char *const strangers[] = {AS(256, THIRD), AS(64, THIRD), AS(128, THIRD), AS(448, THIRD),
		AS(256, ""), AS(64, ""), AS(1024, "X-Account: other\n"), AS(32, "X-Account: other\n"),
		BUYER "X-Platform: 8\n", SELLER "X-Platform: 8\n", ADVISOR "X-Platform: 8\n", DESK "X-Platform: 8\n"};
	static const char *const routes[][2] = {{"GET /api/v1/bargains/%s", NULL},
		{"PATCH /api/v1/bargains/%s", "{\"title\":\"另一标题\"}"}, {"DELETE /api/v1/bargains/%s", NULL},
		{"POST /api/v1/bargains/%s/events", "{\"event\":\"offer\"}"},
		{"GET /api/v1/bargains/%s/history", NULL}};
	for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++) {
		const char *who = arena_printf(arena, "%sIf-Match: *\n", strangers[i]);
		for (size_t k = 0; k < sizeof routes / sizeof *routes; k++) {
			int status = ask(path(routes[k][0], ours), who, routes[k][1]);
			if (status != 404 && status != 403)
				fail_msg("%s as %s: %d", routes[k][0], who, status);
		}
		ASK(404, path("GET /api/v1/bargains/%s", ours), who, NULL);
		ASK(200, "GET /api/v1/bargains", who, NULL);
		assert_null(strstr(last->out->data, ours));
	}
}

static void everybody_sees_their_own(void **state)
{
	ASK(200, "GET /api/v1/bargains", BUYER, NULL);
	assert_non_null(strstr(last->out->data, ours));
	assert_null(strstr(last->out->data, theirs));
	ASK(200, "GET /api/v1/bargains?q=检测", SELLER, NULL);
	assert_non_null(strstr(last->out->data, ours));
	assert_null(strstr(last->out->data, theirs));
	ASK(200, "GET /api/v1/bargains", ADVISOR, NULL);
	assert_int_equal(json_count(json_at_pointer(answer(), "/items")), 1);
	ASK(200, path("GET /api/v1/bargains/%s", ours), ADVISOR, NULL);
	ASK(404, path("GET /api/v1/bargains/%s", theirs), ADVISOR, NULL);
	ASK(200, "GET /api/v1/bargains", AS(32, ""), NULL); /* a reviewer, who is let in as the advisor alone */
	assert_int_equal(json_count(json_at_pointer(answer(), "/items")), 1);
	ASK(200, "GET /api/v1/bargains", DESK, NULL);
	assert_int_equal(json_count(json_at_pointer(answer(), "/items")), 2);
	ASK(200, "GET /api/v1/bargains", BOTH, NULL);
	assert_int_equal(json_count(json_at_pointer(answer(), "/items")), 2);
}

/* Who is enterprise and institution at once has on each row what its side has there. */
static void a_role_counts_on_its_side_alone(void **state)
{
	ASK(200, path("GET /api/v1/bargains/%s", ours), BOTH, NULL);
	assert_false(json_has(answer(), "cost")); /* the seller's staff see it */
	assert_string_equal(text_at("/mobile"), "13857800001"); /* the buyer's enterprise reveals it */
	assert_string_equal(text_at("/actions/0/event"), "offer");
	ASK(200, path("GET /api/v1/bargains/%s", theirs), BOTH, NULL);
	assert_int_equal(number_at("/cost"), 4);
	assert_string_equal(text_at("/mobile"), "138****0001");
	assert_int_equal(json_count(json_at_pointer(answer(), "/actions")), 0);
	ASK(200, "GET /api/v1/bargains", BOTH, NULL);
	assert_false(json_has(json_at_pointer(answer(), "/items/0"), "cost"));
	assert_int_equal(number_at("/items/1/cost"), 4);
	ASK(422, path("PATCH /api/v1/bargains/%s", ours), BOTH AT, "{\"cost\":9}");
	SAYS("invalid /cost=read-only");
	ASK(200, path("GET /api/v1/bargains/%s/history", ours), BOTH, NULL);
	assert_null(strstr(last->out->data, "\"cost\""));
	ASK(200, path("GET /api/v1/bargains/%s/history", theirs), BOTH, NULL);
	assert_non_null(strstr(last->out->data, "\"cost\""));
}

/* An owner of the buyer's has a role that the seller's owners have too; the field asks for the side. */
static void a_field_is_of_one_side(void **state)
{
	const char *note = "{\"memo\":\"底价可谈\"}";
	ASK(422, path("PATCH /api/v1/bargains/%s", ours), AS(64, MINE) AT, note);
	SAYS("invalid /memo=read-only");
	ASK(200, path("PATCH /api/v1/bargains/%s", ours), SELLER AT, note);
	assert_string_equal(text_at("/memo"), "底价可谈");
	ASK(200, path("GET /api/v1/bargains/%s", ours), HEAD, NULL);
	assert_string_equal(text_at("/memo"), "底价可谈");
	ASK(200, path("GET /api/v1/bargains/%s", ours), AS(64, MINE), NULL);
	assert_false(json_has(answer(), "memo"));
	ASK(200, path("GET /api/v1/bargains/%s", ours), BOTH, NULL);
	assert_false(json_has(answer(), "memo"));
	ASK(200, path("GET /api/v1/bargains/%s/history", ours), AS(64, MINE), NULL);
	assert_null(strstr(last->out->data, "底价可谈"));
	ASK(200, path("GET /api/v1/bargains/%s/history", ours), HEAD, NULL);
	assert_non_null(strstr(last->out->data, "底价可谈"));
	ASK(200, path("GET /api/v1/bargains/%s", ours), AS(64, MINE), NULL);
	assert_string_equal(text_at("/mobile"), "13857800001"); /* the buyer's, whoever it is there */
	ASK(200, path("GET /api/v1/bargains/%s", ours), HEAD, NULL);
	assert_string_equal(text_at("/mobile"), "138****0001");
}

/* What a field says is found out by no filter, no order and no file. */
static void what_is_hidden_narrows_no_list(void **state)
{
	ASK(200, "GET /api/v1/bargains?memo=底价可谈", SELLER, NULL);
	assert_int_equal(json_count(json_at_pointer(answer(), "/items")), 1);
	ASK(200, "GET /api/v1/bargains?memo=底价可谈", DESK, NULL);
	ASK(200, "GET /api/v1/bargains?sort=-memo", DESK, NULL);
	static const char *const others[] = {BUYER, BOTH, AS(64, MINE), ADVISOR};
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		ASK(422, "GET /api/v1/bargains?memo=底价可谈", others[i], NULL);
		SAYS("invalid /memo=forbidden");
		ASK(422, "GET /api/v1/bargains?sort=-memo", others[i], NULL);
		SAYS("invalid /sort=choice");
	}
	ASK(200, "GET /api/v1/bargains?q=底价", BUYER, NULL);
	assert_int_equal(json_count(json_at_pointer(answer(), "/items")), 0);
}

static void each_side_fires_its_own(void **state)
{
	const char *events = path("POST /api/v1/bargains/%s/events", ours);
	ASK(403, events, SELLER AT, "{\"event\":\"offer\"}");
	ASK(200, events, BOTH AT, "{\"event\":\"offer\"}");
	ASK(403, events, BOTH AT, "{\"event\":\"accept\"}"); /* an owner too, but the buyer's */
	ASK(403, events, ADVISOR AT, "{\"event\":\"accept\"}");
	ASK(403, events, DESK AT, "{\"event\":\"accept\"}");
	ASK(200, events, ADVISOR AT, "{\"event\":\"advise\",\"reason\":\"可以\"}");
	ASK(403, events, SELLER AT, "{\"event\":\"advise\",\"reason\":\"可以\"}");
	ASK(200, events, HEAD AT, "{\"event\":\"accept\"}");
	ASK(403, events, HEAD AT, "{\"event\":\"finish\"}");
	ASK(404, path("DELETE /api/v1/bargains/%s", ours), HEAD AT, NULL);
	ASK(200, events, BUYER AT, "{\"event\":\"finish\"}");
}

static void who_creates_stands_on_the_side_named(void **state)
{
	ASK(403, "POST /api/v1/bargains", SELLER, "{\"title\":\"检测\"}");
	ASK(422, "POST /api/v1/bargains", BUYER,
		"{\"title\":\"检测\",\"buyer_id\":\"01890a5d-ac96-774b-bcce-b302099a8057\"}");
	ASK(201, "POST /api/v1/bargains", BOTH, "{\"title\":\"自用服务\"}");
	assert_string_equal(text_at("/buyer_id"), uuid_text(arena, mine));
	assert_null(json_get(answer(), "seller_id"));
	ASK(403, "POST /api/v1/bargains", AS(256, ""), "{\"title\":\"检测\"}"); /* of no enterprise yet */
	ASK(201, "POST /api/v1/bargains", DESK, "{\"title\":\"平台代办\"}");
	assert_null(json_get(answer(), "buyer_id"));
}

/* A sub-account without the side's menu does not stand there; on another side it does. */
static void a_menu_bars_one_side(void **state)
{
	ASK(403, path("GET /api/v1/bargains/%s/history", ours), SELLER "X-Barred: 32\n", NULL);
	SAYS("no-menu");
	ASK(200, "GET /api/v1/bargains", BOTH "X-Barred: 32\n", NULL);
	assert_null(strstr(last->out->data, theirs));
	assert_non_null(strstr(last->out->data, ours));
	ASK(404, path("GET /api/v1/bargains/%s", theirs), BOTH "X-Barred: 32\n", NULL);
	ASK(200, path("GET /api/v1/bargains/%s", ours), BOTH "X-Barred: 32\n", NULL);
}

static struct json_object *named(struct json_object *list, const char *name)
{
	for (size_t i = 0; i < json_count(list); i++)
		if (strcmp(json_get_text(json_at(list, i), "name"), name) == 0)
			return json_at(list, i);
	fail_msg("nothing is called %s", name);
	return NULL;
}

static void what_c_code_asks(void **state)
{
	struct bargain row = {.buyer_id = mine, .seller_id = other, .advisor_account = account};
	struct call call = {
		.arena = arena, .actor = {.roles = ROLE_OWNER, .institution_id = other, .account_id = account}};
	assert_true(uuid_equal(record_organisation(&call, &record_bargain, &row), other));
	assert_int_equal(record_roles_on(&call, &record_bargain, &row, ~0u), ROLE_OWNER);
	call.actor.institution_id = third;
	assert_true(uuid_equal(record_organisation(&call, &record_bargain, &row), mine));
	assert_int_equal(record_roles_on(&call, &record_bargain, &row, ~0u), 0);
	assert_true(record_has_organisation(&call, &record_bargain, &row, other));
	assert_false(record_has_organisation(&call, &record_bargain, &row, account));
	assert_null(record_side(&record_bargain, "nobody"));
}

/* Who adds which files, and when; to read a row is not enough. */
static void files_have_a_purpose(void **state)
{
	struct bargain row = {
		.row.phase = BARGAIN_PHASE_DRAFT, .buyer_id = mine, .seller_id = other, .advisor_account = account};
	struct call call = {
		.arena = arena, .actor = {.roles = ROLE_ENTERPRISE, .institution_id = mine, .account_id = other}};
	const struct record_files *requirement = purpose_find(&record_bargain, "requirement"),
				  *result = purpose_find(&record_bargain, "result");
	assert_null(purpose_check(&call, &record_bargain, &row, requirement));
	assert_string_equal(purpose_check(&call, &record_bargain, &row, result)->kind->code, "forbidden");
	call.actor.institution_id = other;
	assert_string_equal(purpose_check(&call, &record_bargain, &row, requirement)->kind->code, "forbidden");
	call.actor.roles = ROLE_STAFF;
	assert_string_equal(purpose_check(&call, &record_bargain, &row, result)->kind->code, "conflict");
	row.row.phase = BARGAIN_PHASE_ACTIVE;
	assert_null(purpose_check(&call, &record_bargain, &row, result));
	call.actor.roles = ROLE_GUEST;
	call.actor.account_id = account;
	assert_string_equal(purpose_check(&call, &record_bargain, &row, result)->kind->code, "forbidden");
	assert_null(purpose_find(&record_bargain, "picture"));
	assert_string_equal(purpose_check(&call, &record_bargain, &row, NULL)->fields->pointer, "/purpose");
}

static void pages_are_told(void **state)
{
	struct request *request = last;
	struct call call = *(struct call *)request->call;
	call.actor.roles = ROLE_STAFF;
	call.actor.barred = 0;
	buf_reset(request->out);
	call.writer = NULL;
	assert_null(meta_read(&call));
	struct json_object *meta = named(json_get_array(answer(), "records"), "bargain");
	struct json_object *side = named(json_get_array(meta, "sides"), "seller");
	assert_string_equal(json_get_text(side, "by"), "seller_id");
	assert_string_equal(json_get_text(side, "zh"), "卖方");
	assert_true(json_object_get_boolean(json_get(side, "mine")));
	side = named(json_get_array(meta, "sides"), "buyer");
	assert_string_equal(json_get_text(side, "home"), "buyer_home");
	assert_false(json_object_get_boolean(json_get(side, "mine")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(make_both),
		cmocka_unit_test(strangers_find_nothing),
		cmocka_unit_test(everybody_sees_their_own),
		cmocka_unit_test(a_role_counts_on_its_side_alone),
		cmocka_unit_test(a_field_is_of_one_side),
		cmocka_unit_test(what_is_hidden_narrows_no_list),
		cmocka_unit_test(each_side_fires_its_own),
		cmocka_unit_test(who_creates_stands_on_the_side_named),
		cmocka_unit_test(a_menu_bars_one_side),
		cmocka_unit_test(what_c_code_asks),
		cmocka_unit_test(files_have_a_purpose),
		cmocka_unit_test(pages_are_told),
	};
	return cmocka_run_group_tests(tests, house_setup, house_teardown);
}
