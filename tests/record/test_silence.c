/* What happens by itself when nobody says anything: counted, told of, put off by a stopped clock, and fired once. */
#include "core/record/silence.h"

#include <string.h>

#include "core/buf.h"
#include "core/text/json.h"
#include "core/text/zone.h"
#include "tests/record/house.h"
#include "tests/record/sample.h"

#define LAPSE                                                                                                          \
	"{\"event\": \"lapse\", \"from\": [\"first\"], \"to\": \"second\", \"after\": 5, \"tell_before\": 2, "         \
	"\"unless\": \"urgent\", "                                                                                     \
	"\"guards\": [\"sample_priced\"], \"zh\": \"逾期视为通过\", \"en\": \"Passes by itself\"}, "
#define BODY "\"price\":100,\"opens_on\":\"2026-05-06\",\"extra\":{\"colour\":\"red\"}}"

static int setup(void **state)
{
	int failed = house_setup(state);
	struct json_object *policy;
	const char *at = strstr(SAMPLE_POLICY, "{\"event\": \"pass\"");
	struct buf *text = buf_in(arena);
	buf_add(text, SAMPLE_POLICY, (size_t)(at - SAMPLE_POLICY));
	buf_text(text, LAPSE);
	buf_text(text, at);
	assert_null(json_parse_object(arena, text->data, text->len, &policy));
	assert_null(lifecycle_compile(arena, &record_set, NULL, policy, &lifecycles));
	return failed;
}

static const char *day(int days)
{
	return zone_day(arena, call_now() + days * INT64_C(86400000));
}

static const char *cell(const char *sql)
{
	struct db_result *rows;
	db_use_arena(db, arena);
	assert_null(db_select(db, db_all_platforms("a test"), db_dynamic(db, sql), DB_NO_ARGS, &rows));
	return rows->rows && db_get_text(rows, 0, 0) ? db_need_text(rows, 0, 0) : "";
}

static void set(const char *assignment)
{
	const char *sql = arena_printf(arena, "UPDATE silence SET %s", assignment);
	db_use_arena(db, arena);
	assert_null(db_exec(db, db_all_platforms("a test"), db_dynamic(db, sql), DB_NO_ARGS, NULL));
}

/* As the job does for a row that came to the step `first`. */
static void run(const char *id)
{
	struct call call;
	struct json_object *payload;
	const char *text = arena_printf(
		arena, "{\"record\":\"sample\",\"id\":\"%s\",\"step\":\"first\",\"event\":\"lapse\"}", id);
	db_use_arena(db, arena);
	assert_null(json_parse_object(arena, text, strlen(text), &payload));
	call_init_server(&call, &services, db, 7, 3);
	call.lifecycles = lifecycles;
	call.platform_state = state_of_platform;
	assert_null(silence_run(&call, payload));
}

static const char *step_of(const char *id)
{
	ASK(200, path("GET /api/v1/samples/%s", id), REVIEWER, NULL);
	return text_at("/step");
}

static const char *submitted(const char *name, const char *more)
{
	const char *id = make(arena_printf(arena, "{\"name\":\"%s\",%s%s", name, more, BODY));
	ASK(200, path("POST /api/v1/samples/%s/events", id), OWNER "If-Match: *", "{\"event\":\"submit\"}");
	return id;
}

static void fires_once_when_its_days_are_over(void **state)
{
	const char *id = submitted("quiet", "");
	assert_string_equal(cell("SELECT DATE_FORMAT(fires_on, '%Y-%m-%d') FROM silence"), day(5));
	assert_string_equal(cell("SELECT DATE_FORMAT(tells_on, '%Y-%m-%d') FROM silence"), day(3));
	assert_int_equal(count_of("SELECT COUNT(*) FROM job WHERE kind = 'silence'"), 1);
	ASK(200, path("GET /api/v1/samples/%s", id), REVIEWER, NULL);
	assert_string_equal(text_at("/silence/0/event"), "lapse");
	assert_string_equal(text_at("/silence/0/on"), day(5));
	for (size_t i = 0; i < json_count(json_at_pointer(answer(), "/actions")); i++)
		assert_string_not_equal(text_at(arena_printf(arena, "/actions/%zu/event", i)), "lapse");
	run(id); /* by a clock that was ahead */
	assert_string_equal(step_of(id), "first");
	set(arena_printf(arena, "tells_on = '%s'", day(0)));
	notices[0] = 0;
	run(id);
	assert_non_null(strstr(notices, "silence_ahead to role:reviewer"));
	notices[0] = 0;
	run(id);
	assert_string_equal(notices, "");
	set(arena_printf(arena, "fires_on = '%s'", day(0)));
	run(id); /* on the last day somebody may still say something */
	assert_string_equal(step_of(id), "first");
	set(arena_printf(arena, "fires_on = '%s'", day(-1)));
	run(id);
	assert_string_equal(step_of(id), "second");
	run(id);
	assert_int_equal(count_of("SELECT COUNT(*) FROM log_entry WHERE kind = 'sample.lapse'"), 1);
	assert_int_equal(count_of("SELECT COUNT(*) FROM silence"), 0);
	assert_int_equal(count_of("SELECT COUNT(*) FROM job WHERE kind = 'silence' AND unique_key IS NOT NULL"), 0);
}

static void stands_still_with_the_clock(void **state)
{
	const char *id = submitted("asked", ""), *events = path("POST /api/v1/samples/%s/events", id);
	set(arena_printf(arena, "fires_on = '%s', tells_on = NULL", day(-1)));
	ASK(200, events, REVIEWER "If-Match: *", "{\"event\":\"ask\",\"days\":3,\"reason\":\"缺\"}");
	assert_string_equal(cell("SELECT DATE_FORMAT(stopped_on, '%Y-%m-%d') FROM silence"), day(0));
	assert_int_equal(count_of("SELECT COUNT(*) FROM job WHERE kind = 'silence'"), 0);
	run(id);
	assert_string_equal(step_of(id), "asked");
	ASK(200, events, OWNER "If-Match: *", "{\"event\":\"answer\"}");
	assert_string_equal(cell("SELECT DATE_FORMAT(fires_on, '%Y-%m-%d') FROM silence"), day(1)); /* two days more */
	assert_int_equal(count_of("SELECT COUNT(*) FROM job WHERE kind = 'silence'"), 1);
	run(id);
	assert_string_equal(step_of(id), "first");
	ASK(200, events, REVIEWER "If-Match: *", "{\"event\":\"pass\"}");
	assert_int_equal(count_of("SELECT COUNT(*) FROM silence"), 0);
	assert_int_equal(count_of("SELECT COUNT(*) FROM job WHERE kind = 'silence'"), 0);
	run(id);
	assert_string_equal(step_of(id), "second");
}

static void leaves_what_is_excepted(void **state)
{
	const char *id = submitted("urgent", "\"urgent\":true,");
	set(arena_printf(arena, "fires_on = '%s', tells_on = NULL", day(-1)));
	run(id);
	assert_string_equal(step_of(id), "first");
	assert_int_equal(count_of("SELECT COUNT(*) FROM silence"), 0);
}

/* A guard refuses: it is asked again tomorrow. */
static void waits_for_its_guards(void **state)
{
	const char *id = submitted("unpriced", "");
	ASK(200, path("PATCH /api/v1/samples/%s", id), OWNER "If-Match: *", "{\"price\":null}");
	set(arena_printf(arena, "fires_on = '%s', tells_on = NULL", day(-1)));
	assert_null(db_exec(db, db_server(), "DELETE FROM job", DB_NO_ARGS, NULL));
	run(id);
	assert_string_equal(step_of(id), "first");
	assert_int_equal(count_of("SELECT COUNT(*) FROM job WHERE kind = 'silence' AND run_at > UTC_TIMESTAMP()"), 1);
	ASK(200, path("PATCH /api/v1/samples/%s", id), OWNER "If-Match: *", "{\"price\":5}");
	state_of_platform = PLATFORM_STATE_SUSPENDED; /* nobody can say anything: a day more */
	run(id);
	state_of_platform = PLATFORM_STATE_ACTIVE;
	assert_string_equal(step_of(id), "first");
	assert_string_equal(cell("SELECT DATE_FORMAT(fires_on, '%Y-%m-%d') FROM silence"), day(1));
	set(arena_printf(arena, "fires_on = '%s'", day(-1)));
	run(id);
	assert_string_equal(step_of(id), "second");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fires_once_when_its_days_are_over),
		cmocka_unit_test(stands_still_with_the_clock),
		cmocka_unit_test(leaves_what_is_excepted),
		cmocka_unit_test(waits_for_its_guards),
	};
	return cmocka_run_group_tests(tests, setup, house_teardown);
}
