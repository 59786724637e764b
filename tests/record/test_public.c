/* What visitors see of a record: the rows and fields declared, and never the others. */
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/record/meta.h"
#include "core/text/json.h"
#include "tests/record/house.h"
#include "tests/record/sample.h"

#define CANARY "kanarienvogel"
#define MOBILE "13857812345"
#define AT OWNER "If-Match: *\n"

static const char *stall_of(const char *title, int price)
{
	ASK(201, "POST /api/v1/stalls", OWNER,
		arena_printf(arena,
			"{\"title\":\"%s\",\"price\":%d,\"region_code\":\"331102\",\"mobile\":\"" MOBILE
			"\",\"email\":\"" CANARY "@example.cn\",\"secret\":\"" CANARY "\",\"story\":\"故事\","
			"\"notes\":{\"a\":\"" CANARY "\"},\"open\":true}",
			title, price));
	return arena_strdup(arena, text_at("/id"));
}

static const char *shown(const char *title, int price)
{
	const char *id = stall_of(title, price);
	ASK(200, path("POST /api/v1/stalls/%s/events", id), AT, "{\"event\":\"start\"}");
	return id;
}

/* By the visitor: nothing that is not public, in whatever answer. */
static void look(int status, const char *line)
{
	ASK(status, line, "", NULL);
	assert_null(strstr(last->out->data, CANARY));
	assert_null(strstr(last->out->data, MOBILE));
}

static void tidy(void)
{
	static const char sql[] = "DELETE FROM stall", wares[] = "DELETE FROM ware";
	assert_null(db_command(db, sql, strlen(sql)));
	assert_null(db_command(db, wares, strlen(wares)));
}

static size_t members(struct json_object *object)
{
	return object ? (size_t)json_object_object_length(object) : 0;
}

static void visitors_see_the_fields_declared(void **state)
{
	tidy();
	const char *id = shown("检测摊位", 500);
	look(200, path("GET /api/v1/portal/stalls/%s", id));
	assert_string_equal(text_at("/title"), "检测摊位");
	assert_string_equal(text_at("/kind"), "goods");
	assert_int_equal(number_at("/price"), 500);
	assert_string_equal(text_at("/mobile"), "138****2345");
	assert_string_equal(text_at("/email"), "k***@example.cn");
	assert_string_equal(text_at("/story"), "故事");
	assert_int_equal(members(answer()), 8);
	look(200, "GET /api/v1/portal/stalls");
	assert_string_equal(text_at("/items/0/id"), id);
	assert_int_equal(members(json_at_pointer(answer(), "/items/0")), 7); /* no story */
	assert_int_equal(members(answer()), 2);
}

/* Whoever asks: the answer is one for all. */
static void nobody_sees_more_there(void **state)
{
	static const char *const all[] = {"", OWNER, STRANGER, STAFF, REVIEWER, ADMIN, SYSTEM,
		"X-Roles: 128\nX-Institution: mine\nX-Barred: 255\n"};
	tidy();
	const char *id = shown("检测摊位", 500), *first = NULL;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		ASK(200, path("GET /api/v1/portal/stalls/%s", id), all[i], NULL);
		assert_null(strstr(last->out->data, CANARY));
		if (first)
			SAYS(first);
		first = arena_strdup(arena, last->out->data);
	}
}

static void what_is_not_open_is_not_there(void **state)
{
	tidy();
	const char *id = stall_of("草稿摊位", 1);
	look(404, path("GET /api/v1/portal/stalls/%s", id));
	ASK(200, path("POST /api/v1/stalls/%s/events", id), AT, "{\"event\":\"start\"}");
	look(200, path("GET /api/v1/portal/stalls/%s", id));
	ASK(404, path("GET /api/v1/portal/stalls/%s", id), "X-Platform: 8\n", NULL);
	ASK(200, path("PATCH /api/v1/stalls/%s", id), AT, "{\"open\":false}");
	look(404, path("GET /api/v1/portal/stalls/%s", id));
	look(200, "GET /api/v1/portal/stalls");
	assert_string_equal(text_at("/items/0/id"), "");
	ASK(200, path("PATCH /api/v1/stalls/%s", id), AT, "{\"open\":true}");
	ASK(200, path("POST /api/v1/stalls/%s/events", id), AT, "{\"event\":\"end\"}");
	look(404, path("GET /api/v1/portal/stalls/%s", id));
	look(404, "GET /api/v1/portal/stalls/nothing");
}

/* An answer to them would tell what it compares with. */
static void nothing_hidden_can_be_asked_for(void **state)
{
	static const char *const refused[] = {"secret=" CANARY, "mobile=" MOBILE, "open=true", "phase=active",
		"created_from=2020-01-01", "counts=true", "sort=secret", "limit=101"};
	tidy();
	shown("检测摊位", 500);
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		look(422, path("GET /api/v1/portal/stalls?%s", refused[i]));
	ASK(200, "GET /api/v1/stalls?q=" CANARY, OWNER, NULL);
	assert_string_not_equal(text_at("/items/0/id"), "");
	ASK(200, "GET /api/v1/portal/stalls?q=" CANARY, "", NULL);
	assert_string_equal(text_at("/items/0/id"), "");
}

static void visitors_search_filter_sort_and_turn_pages(void **state)
{
	tidy();
	const char *low = shown("检测摊位", 100), *high = shown("检测与认证", 900), *other_one = shown("培训", 500);
	look(200, "GET /api/v1/portal/stalls?q=检测");
	assert_null(strstr(last->out->data, other_one));
	look(200, "GET /api/v1/portal/stalls?price_from=500&sort=-price");
	assert_string_equal(text_at("/items/0/id"), high);
	assert_string_equal(text_at("/items/1/id"), other_one);
	look(200, "GET /api/v1/portal/stalls?sort=price&limit=2");
	assert_string_equal(text_at("/items/0/id"), low);
	const char *next = arena_strdup(arena, text_at("/next"));
	look(200, path("GET /api/v1/portal/stalls?sort=price&limit=2&cursor=%s", next));
	assert_string_equal(text_at("/items/0/id"), high);
	assert_string_equal(text_at("/next"), "");
	ASK(422, path("GET /api/v1/stalls?sort=price&limit=2&cursor=%s", next), REVIEWER, NULL);
	ASK(422, path("GET /api/v1/portal/stalls?sort=price&limit=2&cursor=%s", next), "X-Platform: 8\n", NULL);
}

static void an_unchanged_one_is_not_sent_again(void **state)
{
	tidy();
	const char *id = shown("检测摊位", 500);
	look(200, path("GET /api/v1/portal/stalls/%s", id));
	const char *tag = arena_strdup(arena, header("ETag"));
	assert_int_not_equal(strlen(tag), 0);
	ASK(200, path("PATCH /api/v1/stalls/%s", id), AT, "{\"secret\":\"another\"}");
	look(200, path("GET /api/v1/portal/stalls/%s", id));
	assert_string_equal(header("ETag"), tag);
	ASK(200, path("PATCH /api/v1/stalls/%s", id), AT, "{\"price\":501}");
	look(200, path("GET /api/v1/portal/stalls/%s", id));
	assert_string_not_equal(header("ETag"), tag);
}

static void what_lies_under_goes_with_what_is_above(void **state)
{
	tidy();
	const char *id = shown("检测摊位", 500), *closed = stall_of("草稿", 1);
	ASK(201, "POST /api/v1/wares", OWNER,
		arena_printf(arena, "{\"stall_id\":\"%s\",\"name\":\"秤\",\"cost\":7}", id));
	const char *ware = arena_strdup(arena, text_at("/id"));
	ASK(201, "POST /api/v1/wares", OWNER, arena_printf(arena, "{\"stall_id\":\"%s\",\"name\":\"尺\"}", closed));
	ASK(201, "POST /api/v1/wares", OWNER, arena_printf(arena, "{\"stall_id\":\"%s\",\"name\":\"hidden\"}", id));
	look(200, path("GET /api/v1/portal/wares?stall_id=%s", id));
	assert_string_equal(text_at("/items/0/name"), "秤");
	assert_string_equal(text_at("/items/1/name"), "");
	assert_null(strstr(last->out->data, "cost"));
	look(200, "GET /api/v1/portal/wares");
	assert_string_equal(text_at("/items/1/name"), "");
	look(200, path("GET /api/v1/portal/wares/%s", ware));
	ASK(200, path("POST /api/v1/stalls/%s/events", id), AT, "{\"event\":\"pause\"}");
	look(404, path("GET /api/v1/portal/wares/%s", ware));
	look(200, "GET /api/v1/portal/wares");
	assert_string_equal(text_at("/items/0/name"), "");
}

static void a_suspended_platform_shows_visitors_nothing(void **state)
{
	tidy();
	const char *id = shown("检测摊位", 500);
	state_of_platform = PLATFORM_STATE_SUSPENDED;
	ASK(403, "GET /api/v1/portal/stalls", "", NULL);
	ASK(403, path("GET /api/v1/portal/stalls/%s", id), "", NULL);
	state_of_platform = PLATFORM_STATE_CLOSED;
	ASK(410, "GET /api/v1/portal/stalls", "", NULL);
	state_of_platform = PLATFORM_STATE_ACTIVE;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(visitors_see_the_fields_declared),
		cmocka_unit_test(nobody_sees_more_there),
		cmocka_unit_test(what_is_not_open_is_not_there),
		cmocka_unit_test(nothing_hidden_can_be_asked_for),
		cmocka_unit_test(visitors_search_filter_sort_and_turn_pages),
		cmocka_unit_test(an_unchanged_one_is_not_sent_again),
		cmocka_unit_test(what_lies_under_goes_with_what_is_above),
		cmocka_unit_test(a_suspended_platform_shows_visitors_nothing),
	};
	return cmocka_run_group_tests(tests, house_setup, house_teardown);
}
