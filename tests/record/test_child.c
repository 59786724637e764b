/* Records under a record: who makes, sees and moves them by the sides of their parent, when, and how many there may be.
 */
#include "core/record/child.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/text/json.h"
#include "tests/record/house.h"
#include "tests/record/sample.h"

#define AS(roles, rest) "X-Roles: " #roles "\n" rest
#define MINE "X-Institution: mine\n"
#define OTHER "X-Institution: other\n"
#define THIRD "X-Institution: third\n"
#define BUYER AS(256, MINE)
#define SELLER AS(128, OTHER)
#define ADVISOR AS(1024, "")
#define BIDDER AS(64, THIRD)
#define BIDDER2 AS(64, MINE) /* the buyer's organisation again, by another role */
#define RIVAL AS(64, OTHER)
#define DESK AS(16, "")
#define AT "If-Match: *\n"

static const char *deal;

static const char *new_deal(void)
{
	ASK(201, "POST /api/v1/bargains", BUYER,
		arena_printf(arena, "{\"title\":\"检测服务\",\"seller_id\":\"%s\"}", uuid_text(arena, other)));
	const char *id = arena_strdup(arena, text_at("/id"));
	ASK(200, path("PATCH /api/v1/bargains/%s", id), DESK AT,
		arena_printf(arena, "{\"advisor_account\":\"%s\"}", uuid_text(arena, account)));
	return id;
}

static const char *bid_on(const char *parent, const char *headers)
{
	ASK(201, path("POST /api/v1/bargains/%s/bids", parent), headers, "{\"price\":7}");
	return arena_strdup(arena, text_at("/id"));
}

static size_t listed(const char *line, const char *headers)
{
	ASK(200, line, headers, NULL);
	return json_count(json_at_pointer(answer(), "/items"));
}

static void make_one(void **state)
{
	deal = new_deal();
}

static void sides_are_the_parents(void **state)
{
	const char *under = path("POST /api/v1/bargains/%s/amendments", deal),
		   *list = path("GET /api/v1/bargains/%s/amendments", deal);
	ASK(201, under, BUYER, "{\"content\":\"改期\"}");
	const char *id = arena_strdup(arena, text_at("/id")), *one = path("GET /api/v1/amendments/%s", id);
	assert_string_equal(text_at("/bargain_id"), deal);
	ASK(201, under, SELLER, "{\"content\":\"加急\",\"secret\":\"成本高\"}");
	ASK(403, under, ADVISOR, "{\"content\":\"加急\"}");
	static const char *const sides[] = {BUYER, SELLER, ADVISOR, DESK};
	for (size_t i = 0; i < 4; i++) {
		ASK(200, one, sides[i], NULL);
		assert_int_equal(listed(list, sides[i]), 2);
		assert_int_equal(listed("GET /api/v1/amendments", sides[i]), 2);
	}
	static const char *const strangers[] = {AS(256, THIRD), AS(64, THIRD), AS(128, THIRD),
		AS(1024, "X-Account: other\n"), AS(64, ""), BUYER "X-Platform: 8\n", DESK "X-Platform: 8\n",
		BUYER "X-Platform: 8\n"};
	for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++) {
		ASK(404, one, strangers[i], NULL);
		ASK(404, list, strangers[i], NULL);
		assert_int_equal(listed("GET /api/v1/amendments", strangers[i]), 0);
		int status = ask(under, strangers[i], "{\"content\":\"x\"}");
		assert_true(status == 404 || status == 403);
		status = ask(path("PATCH /api/v1/amendments/%s", id), arena_printf(arena, "%s" AT, strangers[i]),
			"{\"content\":\"y\"}");
		assert_true(status == 404 || status == 403);
		status = ask(path("GET /api/v1/amendments/%s/history", id), strangers[i], NULL);
		assert_true(status == 404 || status == 403);
	}
	ASK(404, path("POST /api/v1/bargains/%s/amendments", id), BUYER, "{\"content\":\"x\"}"); /* no deal */
	ASK(405, "POST /api/v1/amendments", BUYER, "{\"content\":\"x\"}");
	ASK(200, "GET /api/v1/amendments", AS(448, MINE), NULL); /* staff too, but the buyer's */
	assert_null(strstr(last->out->data, "成本高"));
	ASK(200, "GET /api/v1/amendments", SELLER, NULL);
	assert_non_null(strstr(last->out->data, "成本高"));
}

static void the_parents_phase_closes(void **state)
{
	const char *bids = path("POST /api/v1/bargains/%s/bids", deal);
	ASK(404, bids, BIDDER, "{\"price\":7}"); /* a stranger does not even learn that it is there */
	ASK(201, path("POST /api/v1/bargains/%s/amendments", deal), BUYER, "{\"content\":\"三\"}");
	const char *gone = path("DELETE /api/v1/amendments/%s", arena_strdup(arena, text_at("/id")));
	ASK(201, path("POST /api/v1/bargains/%s/amendments", deal), BUYER, "{\"content\":\"四\"}");
	const char *stays = path("DELETE /api/v1/amendments/%s", arena_strdup(arena, text_at("/id")));
	ASK(204, gone, BUYER AT, NULL);
	ASK(409, path("DELETE /api/v1/bargains/%s", deal), BUYER AT, NULL); /* with its amendments */
	ASK(200, path("POST /api/v1/bargains/%s/events", deal), BUYER AT, "{\"event\":\"offer\"}");
	ASK(409, stays, BUYER AT, NULL);
	ASK(403, bids, BUYER, "{\"price\":7}");
	ASK(201, bids, BIDDER, "{\"price\":7}");
	assert_string_equal(text_at("/bidder_id"), uuid_text(arena, third));
	assert_string_equal(text_at("/phase"), "waiting");
}

static void bidders_see_their_own(void **state)
{
	const char *list = path("GET /api/v1/bargains/%s/bids", deal);
	const char *second = bid_on(deal, RIVAL);
	assert_int_equal(listed(list, BIDDER), 1);
	assert_int_equal(listed(list, RIVAL), 1);
	assert_int_equal(listed("GET /api/v1/bids", RIVAL), 1);
	assert_int_equal(listed(list, BUYER), 2);
	assert_int_equal(listed("GET /api/v1/bids", BUYER), 2);
	assert_int_equal(listed(list, DESK), 2);
	assert_int_equal(listed(list, AS(128, MINE)), 0); /* staff of one who is no bidder */
	ASK(404, path("GET /api/v1/bids/%s", second), BIDDER, NULL);
	ASK(404, path("PATCH /api/v1/bids/%s", second), BIDDER AT, "{\"price\":1}");
	ASK(404, path("POST /api/v1/bids/%s/events", second), BIDDER AT, "{\"event\":\"withdraw\"}");
	ASK(403, path("POST /api/v1/bids/%s/events", second), BUYER AT, "{\"event\":\"withdraw\"}");
	ASK(403, path("POST /api/v1/bids/%s/events", second), RIVAL AT, "{\"event\":\"choose\"}");
	ASK(403, path("GET /api/v1/bids/%s", second), ADVISOR, NULL); /* no side of bids */
	ASK(200, "GET /api/v1/bids/export.csv", RIVAL, NULL);
}

static int64_t count_at(const char *name)
{
	ASK(200, path("GET /api/v1/bargains/%s", deal), BUYER, NULL);
	return number_at(arena_printf(arena, "/%s", name));
}

static void counts_are_kept(void **state)
{
	assert_int_equal(count_at("bids"), 2);
	assert_int_equal(count_at("open_bids"), 2);
	const char *third_bid = bid_on(deal, BIDDER2);
	assert_int_equal(count_at("open_bids"), 3);
	ASK(200, path("POST /api/v1/bids/%s/events", third_bid), BIDDER2 AT, "{\"event\":\"withdraw\"}");
	assert_int_equal(count_at("bids"), 3);
	assert_int_equal(count_at("open_bids"), 2);
	ASK(200, path("PATCH /api/v1/bargains/%s", deal), BUYER AT, "{\"title\":\"另一标题\"}");
	assert_int_equal(number_at("/bids"), 3);
	ASK(200, "GET /api/v1/bargains", BUYER, NULL);
	assert_int_equal(number_at("/items/0/bids"), 3);
	ASK(422, path("PATCH /api/v1/bargains/%s", deal), BUYER AT, "{\"bids\":1}");
}

static void at_least_two_and_one_winner(void **state)
{
	const char *other_deal = new_deal(), *events = path("POST /api/v1/bargains/%s/events", other_deal);
	ASK(200, events, BUYER AT, "{\"event\":\"offer\"}");
	const char *first = bid_on(other_deal, BIDDER);
	ASK(409, events, DESK AT, "{\"event\":\"open\"}");
	const char *second = bid_on(other_deal, RIVAL);
	ASK(200, events, DESK AT, "{\"event\":\"open\"}");
	ASK(404, path("POST /api/v1/bargains/%s/bids", other_deal), BIDDER2, "{\"price\":7}");
	ASK(409, path("PATCH /api/v1/bids/%s", first), BIDDER AT, "{\"price\":1}");
	ASK(200, path("POST /api/v1/bids/%s/events", first), BUYER AT, "{\"event\":\"choose\"}");
	ASK(409, path("POST /api/v1/bids/%s/events", second), BUYER AT, "{\"event\":\"choose\"}");
	ASK(200, events, BUYER AT, "{\"event\":\"finish\"}");
	ASK(409, path("POST /api/v1/bids/%s/events", second), RIVAL AT, "{\"event\":\"withdraw\"}");
	ASK(200, path("GET /api/v1/bids/%s", second), RIVAL, NULL);
	assert_int_equal(json_count(json_at_pointer(answer(), "/actions")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(make_one),
		cmocka_unit_test(sides_are_the_parents),
		cmocka_unit_test(the_parents_phase_closes),
		cmocka_unit_test(bidders_see_their_own),
		cmocka_unit_test(counts_are_kept),
		cmocka_unit_test(at_least_two_and_one_winner),
	};
	return cmocka_run_group_tests(tests, house_setup, house_teardown);
}
