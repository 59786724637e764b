/* Desks that a policy names: members act, whoever has claimed a row acts alone, and votes count once a person. */
#include "core/record/desk.h"

#include <string.h>

#include "core/buf.h"
#include "core/record/todo.h"
#include "core/text/json.h"
#include "tests/record/house.h"
#include "tests/record/sample.h"

#define DESKS \
	"{\"desks\": {\"window\": {\"zh\": \"窗口\", \"en\": \"Window\", \"members\": [\"zhang\", \"li\"]}, " \
	"\"experts\": {\"zh\": \"专家组\", \"en\": \"Experts\", \"members\": [\"zhang\", \"li\", \"wang\"]}}, " \
	"\"lifecycles\": {\"panel\": {\"initial\": \"first\", \"steps\": {" \
	"\"first\": {\"phase\": \"waiting\", \"desk\": \"window\", \"claim\": 30, \"zh\": \"初审\", \"en\": " \
	"\"First\"}, " \
	"\"experts\": {\"phase\": \"waiting\", \"zh\": \"专家\", \"en\": \"Experts\"}, " \
	"\"over\": {\"phase\": \"ended\", \"final\": true, \"zh\": \"办结\", \"en\": \"Over\"}}, \"transitions\": [" \
	"{\"event\": \"pass\", \"from\": [\"first\"], \"to\": \"experts\", \"roles\": [\"desk\"], \"zh\": \"通过\", " \
	"\"en\": \"Pass\"}, " \
	"{\"event\": \"back\", \"from\": [\"experts\"], \"to\": \"first\", \"roles\": [\"desk\"], \"zh\": \"退回\", " \
	"\"en\": \"Back\"}, " \
	"{\"event\": \"agree\", \"from\": [\"experts\"], \"to\": \"over\", \"roles\": [\"desk\"], \"reason\": " \
	"\"optional\", \"zh\": \"同意\", \"en\": \"Agree\", " \
	"\"by\": {\"group\": \"experts\", \"need\": 2, \"of\": 3, \"once_a_person\": true}}, " \
	"{\"event\": \"object\", \"from\": [\"experts\"], \"to\": \"over\", \"roles\": [\"desk\"], \"zh\": \"反对\", " \
	"\"en\": \"Object\", " \
	"\"by\": {\"group\": \"experts\", \"need\": 2, \"once_a_person\": true}}]}}}"
#define ZHANG "X-Roles: 32\n"
#define LI "X-Roles: 32\nX-Account: other\n"
#define WANG "X-Roles: 32\nX-Account: third\n"
#define CHIEF "X-Roles: 16\nX-Account: third\n" /* an administrator, of the experts alone */
#define AT "If-Match: *\n"

static bool li_is_wang;

static const char *user_name(struct call *call, void *arg)
{
	struct uuid id = call->actor.account_id;
	return uuid_equal(id, account) ? "zhang" : uuid_equal(id, other) ? "li" : "wang";
}

static struct problem *same_person(struct call *call, struct uuid id, bool *same, void *arg)
{
	*same = li_is_wang && !uuid_equal(id, account) && !uuid_equal(call->actor.account_id, account);
	return NULL;
}

static int setup(void **state)
{
	int failed = house_setup(state);
	struct json_object *policy;
	services.user_name = user_name;
	services.same_person = same_person;
	assert_null(json_parse_object(arena, DESKS, strlen(DESKS), &policy));
	assert_null(lifecycle_compile(arena, &record_set, NULL, policy, &lifecycles));
	return failed;
}

static const char *made(void)
{
	ASK(201, "POST /api/v1/panels", ZHANG, "{\"title\":\"评审一件\"}");
	return arena_strdup(arena, text_at("/id"));
}

static void does(int expected, const char *id, const char *who, const char *event)
{
	const char *headers = arena_printf(arena, "%s%s", who, AT);
	ASK(expected, path("POST /api/v1/panels/%s/events", id), headers,
		arena_printf(arena, "{\"event\":\"%s\"}", event));
}

static bool is_open(const char *id, const char *who, const char *event)
{
	ASK(200, path("GET /api/v1/panels/%s", id), who, NULL);
	return strstr(json_object_to_json_string(json_at_pointer(answer(), "/actions")),
		       arena_printf(arena, "\"%s\"", event)) != NULL;
}

static bool waits_for(struct uuid who, uint32_t roles)
{
	struct call call;
	db_use_arena(db, arena);
	call_init_server(&call, &services, db, 7, 3);
	call.lifecycles = lifecycles;
	call.actor = (struct actor){.roles = roles, .account_id = who};
	const struct todo_view view = {.roles = roles};
	struct todo_sql asked;
	struct db_result *rows;
	if (!todo_concerns(&call, &record_panel, &record_panel.todo[0], roles))
		return false;
	todo_begin(&call, &record_panel, &record_panel.todo[0], &view, "id", &asked);
	assert_null(db_select(db, call.scope, db_dynamic(db, asked.sql->data), asked.args, asked.count, &rows));
	return rows->rows != 0;
}

static void a_desk_is_its_members(void **state)
{
	const char *id = made();
	assert_true(is_open(id, ZHANG, "pass") && !is_open(id, WANG, "pass") && !is_open(id, WANG, "claim"));
	assert_true(waits_for(account, ROLE_REVIEWER) && !waits_for(third, ROLE_REVIEWER));
	does(403, id, WANG, "pass");
	does(403, id, CHIEF, "pass");
	does(403, id, WANG, "claim");
	does(200, id, LI, "pass");
	assert_true(waits_for(third, ROLE_REVIEWER)); /* no desk is named there */
	does(200, id, WANG, "back");
}

static void a_claim_keeps_others_away(void **state)
{
	const char *id = made();
	does(200, id, ZHANG, "claim");
	assert_string_equal(text_at("/claimed_name"), "张三");
	assert_true(is_open(id, ZHANG, "release") && !is_open(id, LI, "claim") && !is_open(id, LI, "pass"));
	does(409, id, LI, "pass");
	does(409, id, LI, "claim");
	does(409, id, LI, "release");
	does(200, id, ZHANG, "release");
	does(200, id, LI, "claim");
	assert_null(db_exec(
		db, db_all_platforms("a test"), "UPDATE panel SET claimed_until = UTC_TIMESTAMP(3)", DB_NO_ARGS, NULL));
	does(200, id, ZHANG, "pass"); /* it lapsed */
	assert_int_equal(count_of("SELECT COUNT(*) FROM panel WHERE step = 'experts' AND claimed_by IS NOT NULL"), 0);
	does(409, id, ZHANG, "claim"); /* nothing to claim there */
	assert_int_equal(count_of("SELECT COUNT(*) FROM log_entry WHERE kind = 'panel.claimed'"), 2);
}

static void votes_count_once_a_person(void **state)
{
	const char *id = made();
	does(200, id, ZHANG, "pass");
	does(200, id, ZHANG, "agree");
	assert_string_equal(text_at("/step"), "experts");
	does(409, id, ZHANG, "agree");
	does(409, id, ZHANG, "object");
	does(200, id, LI, "object");
	assert_string_equal(text_at("/step"), "experts");
	li_is_wang = true;
	does(409, id, WANG, "agree");
	li_is_wang = false;
	assert_int_equal(count_of("SELECT COUNT(*) FROM log_entry WHERE kind = 'panel.voted'"), 2);
	does(200, id, ZHANG, "back"); /* no vote: it goes back at once, and the votes with it */
	assert_int_equal(count_of("SELECT COUNT(*) FROM vote"), 0);
	does(200, id, ZHANG, "pass");
	does(200, id, WANG, "agree");
	does(200, id, ZHANG, "agree");
	assert_string_equal(text_at("/step"), "over");
	assert_int_equal(count_of("SELECT COUNT(*) FROM vote"), 0);
	assert_int_equal(count_of("SELECT COUNT(*) FROM log_entry WHERE kind = 'panel.agree'"), 1);
}

static const char *faults(const char *from, const char *to)
{
	struct buf *text = buf_in(arena), *out = buf_in(arena);
	const char *at = strstr(DESKS, from);
	struct json_object *policy;
	const struct lifecycle_set *set;
	static const struct notice_sink any = {0};
	assert_non_null(at);
	buf_add(text, DESKS, (size_t)(at - DESKS));
	buf_text(text, to);
	buf_text(text, at + strlen(from));
	assert_null(json_parse_object(arena, text->data, text->len, &policy));
	struct problem *problem = lifecycle_compile(arena, &record_set, &any, policy, &set);
	for (struct problem_field *field = problem ? problem->fields : NULL; field; field = field->next)
		if (!strstr(field->pointer, "/sample")) /* which this policy lacks */
			buf_printf(out, "%s%s: %s", out->len ? "\n" : "", field->pointer, field->en);
	return out->len ? out->data : "";
}

static void a_policy_is_told_what_is_wrong(void **state)
{
	assert_string_equal(faults("\"desk\": \"window\"", "\"desk\": \"door\""),
		"/lifecycles/panel/steps/first/desk: is no desk of the policy");
	assert_string_equal(faults("\"claim\": 30", "\"claim\": 0"),
		"/lifecycles/panel/steps/first/claim: must be 1 to 10080 minutes");
	assert_string_equal(faults("\"need\": 2, \"of\": 3", "\"need\": 4, \"of\": 3"),
		"/lifecycles/panel/transitions/2/by/need: must be 1 to as many as there are");
	assert_string_equal(faults("\"need\": 2, \"of\": 3", "\"need\": 4"),
		"/lifecycles/panel/transitions/2/by/need: is more than the desk has members");
	assert_string_equal(faults("[\"zhang\", \"li\", \"wang\"]", "[\"role:nobody\"]"),
		"/desks/experts/members/0: is no role of those signed in\n"
		"/lifecycles/panel/transitions/2/by/need: is more than the desk has members\n"
		"/lifecycles/panel/transitions/3/by/need: is more than the desk has members");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_desk_is_its_members),
		cmocka_unit_test(a_claim_keeps_others_away),
		cmocka_unit_test(votes_count_once_a_person),
		cmocka_unit_test(a_policy_is_told_what_is_wrong),
	};
	return cmocka_run_group_tests(tests, setup, house_teardown);
}
