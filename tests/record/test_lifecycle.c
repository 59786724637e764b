#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/buf.h"
#include "core/record/form.h"
#include "core/text/json.h"
#include "tests/record/sample.h"

static struct arena *arena;

static int setup(void **state)
{
	arena = arena_create();
	return 0;
}

static int teardown(void **state)
{
	arena_destroy(arena);
	return 0;
}

static struct json_object *parse(const char *text)
{
	struct json_object *object = NULL;
	assert_null(json_parse_object(arena, text, strlen(text), &object));
	return object;
}

/* The sample policy with one piece of its text replaced. */
static struct json_object *policy_with(const char *from, const char *to)
{
	const char *at = strstr(SAMPLE_POLICY, from);
	assert_non_null(at);
	struct buf *out = buf_in(arena);
	buf_add(out, SAMPLE_POLICY, (size_t)(at - SAMPLE_POLICY));
	buf_text(out, to);
	buf_text(out, at + strlen(from));
	return parse(out->data);
}

static bool no_template(const char *template, void *arg)
{
	return false;
}

static bool any_recipient(const struct record *record, const char *to, void *arg)
{
	return true;
}

static const char *faults(struct problem *problem)
{
	struct buf *out = buf_in(arena);
	for (struct problem_field *field = problem ? problem->fields : NULL; field; field = field->next)
		buf_printf(out, "%s%s: %s", out->len ? "\n" : "", field->pointer, field->en);
	return out->data;
}

static const char *compile(struct json_object *policy)
{
	const struct lifecycle_set *set;
	static const struct notice_sink any = {0};
	return faults(lifecycle_compile(arena, &record_set, &any, policy, &set));
}

static void compiles(void **state)
{
	const struct lifecycle_set *set;
	assert_null(lifecycle_compile(arena, &record_set, NULL, parse(SAMPLE_POLICY), &set));
	const struct lifecycle *lifecycle = lifecycle_of(set, &record_sample);
	assert_string_equal(lifecycle->initial->name, "draft");
	assert_int_equal(lifecycle->step_count, 5);
	const struct lifecycle_transition *ask = lifecycle_transition(lifecycle, "second", "ask");
	assert_int_equal(ask->to->phase, SAMPLE_PHASE_RETURNED);
	assert_int_equal(ask->form->count, 2);
	assert_true(ask->form->fields[0].required);
	assert_null(lifecycle_transition(lifecycle, "draft", "ask"));
	assert_null(lifecycle_transition(lifecycle, "done", "ask"));
}

/* An upgrade brings records that the policies in the database do not know yet: those are read all the same. */
static void reads_a_policy_of_an_earlier_version(void **state)
{
	const struct lifecycle_set *set;
	assert_null(lifecycle_compile(arena, &record_set, NULL, parse("{}"), &set));
	assert_null(lifecycle_of(set, &record_sample));
}

static void names_every_fault(void **state)
{
	assert_string_equal(compile(parse("{}")), "/lifecycles/sample: is missing: record sample needs it");
	assert_string_equal(compile(policy_with("\"phase\": \"active\"", "\"phase\": \"approved\"")),
			    "/lifecycles/sample/steps/done/phase: is no phase of sample");
	assert_string_equal(compile(policy_with("\"to\": \"first\"", "\"to\": \"frist\"")),
		"/lifecycles/sample/transitions/0/to: is no step");
	assert_string_equal(compile(policy_with("sample_priced", "sample_prized")),
			    "/lifecycles/sample/transitions/0/guards/0: is no guard that the record declares: "
			    "sample_prized");
	assert_string_equal(compile(policy_with("sample_number", "sample_nothing")),
			    "/lifecycles/sample/transitions/4/effects/0: is no effect that the record declares: "
			    "sample_nothing");
	assert_string_equal(compile(policy_with("[\"reviewer\"]", "[\"reveiwer\"]")),
			    "/lifecycles/sample/transitions/1/roles/0: is no role of those signed in: reveiwer");
	assert_string_equal(compile(policy_with("[\"reviewer\"]", "[\"public\"]")),
			    "/lifecycles/sample/transitions/1/roles/0: is no role of those signed in: public");
	assert_string_equal(compile(policy_with("\"initial\": \"draft\"", "\"initial\": \"drafft\"")),
		"/lifecycles/sample/initial: is no step");
	assert_string_equal(compile(policy_with("\"deadline\": 3", "\"deadline\": 3000, \"dead\": 1")),
			    "/lifecycles/sample/steps/first/dead: is not known "
			    "here\n/lifecycles/sample/steps/first/deadline: must be 0 to 400 working days");
	assert_string_equal(compile(policy_with("\"type\": \"uint\"", "\"type\": \"number\"")),
			    "/lifecycles/sample/transitions/2/form/0/type: is no type of a field");
	assert_string_equal(compile(policy_with("\"from\": [\"asked\"]", "\"from\": [\"done\"]")),
			    "/lifecycles/sample/transitions/3/from/0: is final, so nothing leaves it: done");
	assert_string_equal(
		compile(policy_with("{\"sample\": {\"initial\"", "{\"other\": {}, \"sample\": {\"initial\"")),
		"/lifecycles/other: belongs to no record");
}

static uint32_t waits(struct json_object *policy, const char *step)
{
	const struct lifecycle_set *set;
	assert_null(lifecycle_compile(arena, &record_set, NULL, policy, &set));
	return lifecycle_step(lifecycle_of(set, &record_sample), step)->waits.roles;
}

static void knows_whom_a_step_waits_for(void **state)
{
	assert_int_equal(waits(parse(SAMPLE_POLICY), "draft"), ROLE_OWNER);
	assert_int_equal(waits(parse(SAMPLE_POLICY), "first"), ROLE_REVIEWER); /* a note is the server's */
	assert_int_equal(waits(parse(SAMPLE_POLICY), "done"), 0);
	assert_int_equal(waits(policy_with("\"deadline\": 3", "\"waits\": []"), "first"), 0);
	assert_int_equal(waits(policy_with("\"deadline\": 3", "\"waits\": [\"desk\"]"), "first"),
		ROLE_REVIEWER | ROLE_PLATFORM_ADMIN);
	assert_string_equal(compile(policy_with("\"deadline\": 3", "\"waits\": [\"nobody\"]")),
		"/lifecycles/sample/steps/first/waits/0: is no role of those signed in: nobody");
	assert_string_equal(compile(policy_with("\"deadline\": 3", "\"waits\": true")),
		"/lifecycles/sample/steps/first/waits: must be a list of roles");
	assert_string_equal(compile(policy_with("\"event\": \"pass\"", "\"event\": \"pass\", \"recuse\": [\"name\"]")),
		"/lifecycles/sample/transitions/1/recuse/0: is no field of the record that holds an id: name");
	assert_string_equal(compile(policy_with("\"event\": \"pass\"", "\"event\": \"pass\", \"recuse\": true")),
		"/lifecycles/sample/transitions/1/recuse: needs a record that declares whom to recuse");
}

/* The transition `ask` of the sample policy with more members. */
static const char *with(const char *more)
{
	const char *ask = "\"reason\": \"required\", \"zh\": \"要求补正\"";
	return compile(policy_with(ask, arena_printf(arena, "%s, %s", more, ask)));
}

static void names_faults_of_what_is_set(void **state)
{
	const char *at = "/lifecycles/sample/transitions/2";
	assert_string_equal(with("\"stamps\": \"closes_at\""), "");
	assert_string_equal(with("\"stamps\": \"opens_on\", \"sets\": []"), "");
	assert_string_equal(with("\"stamps\": \"name\""),
		arena_printf(arena, "%s/stamps: is no field of the record that holds a time or a day: name", at));
	assert_string_equal(with("\"sets\": [\"gone\"]"),
		arena_printf(arena, "%s/sets/0: is no field of the record that a transition can set: gone", at));
	assert_string_equal(with("\"sets\": [\"count\"]"),
		arena_printf(arena, "%s/sets/0: is no field of the form, of the same type and values: count", at));
	assert_string_equal(with("\"groups\": [{\"fields\": [\"days\", \"reason\"], \"at_least\": 1}]"), "");
	assert_string_equal(with("\"groups\": [{\"fields\": [\"days\", \"gone\"], \"at_least\": 1}]"),
		arena_printf(arena, "%s/groups/0/fields/1: is no field of the form", at));
	assert_string_equal(with("\"groups\": [{\"fields\": [\"days\", \"reason\"], \"at_least\": 3}]"),
		arena_printf(arena, "%s/groups/0: asks for some of its fields: at_least, at_most or exactly", at));
	assert_string_equal(with("\"compare\": [{\"left\": \"days\", \"op\": \"<\", \"right\": \"reason\"}]"),
		arena_printf(arena, "%s/compare/0: compares two numbers, amounts, days or times", at));
	assert_string_equal(with("\"compare\": [{\"left\": \"days\", \"op\": \"before\", \"right\": \"days\"}]"),
		arena_printf(arena, "%s/compare/0/op: is one of < <= > >= = !=\n"
		"%s/compare/0: compares two numbers, amounts, days or times", at, at));
	/* A form that asks for more than the field holds. */
	const char *form = "\"name\": \"days\", \"type\": \"uint\", \"min\": 1, \"max\": 30";
	const char *wide = "\"name\": \"count\", \"type\": \"uint\", \"max\": 2000";
	struct json_object *policy = policy_with(form, wide);
	json_object_object_add(json_at_pointer(policy, at), "sets",
		json_object_get(json_get(parse("{\"x\": [\"count\"]}"), "x")));
	assert_string_equal(compile(policy),
		arena_printf(arena, "%s/sets/0: may be more or less in the form than the field holds: count", at));
}

static void knows_what_silence_asks(void **state)
{
	const char *pass = "\"event\": \"pass\"", *alone = "\"roles\": [\"reviewer\"], \"reason\": \"optional\"";
	const struct lifecycle_set *set;
	assert_string_equal(
		compile(policy_with(alone, "\"after\": 5, \"tell_before\": 2, \"unless\": \"urgent\"")), "");
	assert_null(lifecycle_compile(arena, &record_set, NULL, policy_with(alone, "\"after\": 5"), &set));
	assert_true(lifecycle_of(set, &record_sample)->silent);
	assert_string_equal(compile(policy_with(pass, "\"event\": \"pass\", \"after\": 0")),
		"/lifecycles/sample/transitions/1/after: must be 1 to 400 working days");
	assert_string_equal(compile(policy_with(pass, "\"event\": \"pass\", \"after\": 3, \"tell_before\": 3")),
		"/lifecycles/sample/transitions/1/tell_before: must be 1 to 2 working days");
	assert_string_equal(compile(policy_with(pass, "\"event\": \"pass\", \"tell_before\": 3")),
		"/lifecycles/sample/transitions/1/tell_before: goes with after");
	assert_string_equal(compile(policy_with(pass, "\"event\": \"pass\", \"after\": 3, \"unless\": \"name\"")),
		"/lifecycles/sample/transitions/1/unless: is no yes-or-no field of the record and no guard");
	assert_string_equal(compile(policy_with("\"event\": \"answer\"", "\"event\": \"answer\", \"after\": 3")),
		"/lifecycles/sample/transitions/3/from/0: stands still, so its time never comes: asked");
	assert_string_equal(compile(policy_with("\"event\": \"ask\"", "\"event\": \"ask\", \"after\": 3")),
		"/lifecycles/sample/transitions/2/after: cannot be fired by the server: it asks for input");
}

static void knows_what_follows_by_itself(void **state)
{
	(void)state;
	const char *pass = "\"event\": \"pass\"";
	const struct lifecycle_set *set;
	assert_null(lifecycle_compile(arena, &record_set, NULL,
		policy_with(pass, "\"event\": \"pass\", \"then\": \"approve\""), &set));
	/* Of another step, asking for input, and of no event at all. */
	static const char *const wrong[] = {"pass", "ask", "nothing"};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		const char *then = arena_printf(arena, "%s, \"then\": \"%s\"", pass, wrong[i]);
		assert_string_equal(compile(policy_with(pass, then)),
			arena_printf(arena,
				"/lifecycles/sample/transitions/1: must be an event of the step reached that "
				"asks for no input: %s",
				wrong[i]));
	}
}

static void finds_dead_ends(void **state)
{
	assert_string_equal(compile(policy_with("\"to\": \"second\"", "\"to\": \"first\"")),
			    "/lifecycles/sample/steps/second: cannot be reached from the initial step\n"
			    "/lifecycles/sample/steps/done: cannot be reached from the initial step");
	assert_string_equal(compile(policy_with("\"final\": true", "\"final\": false")),
			    "/lifecycles/sample/steps/done: has no way out and is not final");
	assert_string_equal(compile(policy_with("\"event\": \"pass\"", "\"event\": \"note\"")),
			    "/lifecycles/sample/transitions/5: has this event already, from step: first");
}

static void asks_the_sink(void **state)
{
	const struct notice_sink sink = {.knows_template = no_template, .knows_recipient = any_recipient};
	const struct lifecycle_set *set;
	assert_string_equal(faults(lifecycle_compile(arena, &record_set, &sink, parse(SAMPLE_POLICY), &set)),
			    "/lifecycles/sample/transitions/2/notices/0: names no template: asked");
	assert_null(set);
}

/* Every step × event × role, against the policy read by eye. */
static void walks_every_step_and_event(void **state)
{
	static const char *const steps[] = {"draft", "first", "second", "asked", "done"},
				 *const events[] = {"submit", "pass", "ask", "answer", "approve", "note"};
	static const uint32_t roles[] = {ROLE_PUBLIC, ROLE_OWNER, ROLE_STAFF, ROLE_REVIEWER, ROLE_PLATFORM_ADMIN,
		ROLE_SYSTEM_ADMIN, ROLE_SERVER};
	/* Per step and event: who besides the server. */
	static const uint32_t allowed[5][6] = {[0] = {[0] = ROLE_OWNER},
		[1] = {[1] = ROLE_REVIEWER, [2] = ROLE_REVIEWER},
		[2] = {[2] = ROLE_REVIEWER, [4] = ROLE_REVIEWER},
		[3] = {[3] = ROLE_OWNER}};
	static const bool exists[5][6] = {[0] = {[0] = true},
		[1] = {[1] = true, [2] = true, [5] = true},
		[2] = {[2] = true, [4] = true, [5] = true},
		[3] = {[3] = true}};
	const struct lifecycle_set *set;
	assert_null(lifecycle_compile(arena, &record_set, NULL, parse(SAMPLE_POLICY), &set));
	struct uuid mine = uuid_v7(), other = uuid_v7();
	struct call_services services = {.records = &record_set};
	struct call call = {.arena = arena,
		.services = &services,
		.lifecycles = set,
		.platform_id = 7,
		.actor = {.institution_id = mine}};
	struct sample row = {.row = {.home_id = 7}};
	for (int s = 0; s < 5; s++)
		for (int e = 0; e < 6; e++)
			for (size_t r = 0; r < sizeof roles / sizeof *roles; r++) {
				bool server = roles[r] == ROLE_SERVER && exists[s][e];
				bool expected = (allowed[s][e] & roles[r]) != 0 || server;
				row.row.step = steps[s];
				call.actor.roles = roles[r];
				row.institution_id = mine;
				assert_int_equal(lifecycle_allows(&call, &record_sample, &row, events[e]), expected);
				row.institution_id = other;
				expected = expected && roles[r] != ROLE_OWNER;
				assert_int_equal(lifecycle_allows(&call, &record_sample, &row, events[e]), expected);
				row.row.home_id = 8;
				assert_false(lifecycle_allows(&call, &record_sample, &row, events[e]));
				row.row.home_id = 7;
			}
}

static void forms_compile(void **state)
{
	const struct form_set *set;
	assert_null(form_compile(arena, &record_set, parse(SAMPLE_POLICY), &set));
	const struct form *form = form_of(set, &record_sample);
	assert_int_equal(form->extra->count, 2);
	assert_int_equal(form->section_count, 1);
	assert_string_equal(faults(form_compile(arena, &record_set, policy_with("\"opens_on\"", "\"open_on\""), &set)),
			    "/forms/sample/fields/open_on: is no field that the form can ask for");
	assert_string_equal(faults(form_compile(arena, &record_set, policy_with("\"colour\"", "\"name\""), &set)),
			    "/forms/sample/extra/0/name: is the name of a declared field");
	assert_string_equal(faults(form_compile(arena, &record_set,
				    policy_with("\"forms\": {", "\"forms\": {\"nothing\": {}, "), &set)),
		"/forms/nothing: names no record with fields");
}

static void forms_check_completeness(void **state)
{
	const struct form_set *set;
	assert_null(form_compile(arena, &record_set, parse(SAMPLE_POLICY), &set));
	struct call_services services = {.records = &record_set};
	struct call call = {.arena = arena, .services = &services, .forms = set};
	struct sample row = {.name = "ab", .kind = 1};
	assert_string_equal(faults(form_check(&call, &record_sample, &row)),
		"/opens_on: Opens is required\n/extra/colour: Colour is required");
	row.opens_on = "2026-05-06";
	row.extra = parse("{\"colour\": \"red\"}");
	assert_null(form_check(&call, &record_sample, &row));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(compiles, setup, teardown),
		cmocka_unit_test_setup_teardown(reads_a_policy_of_an_earlier_version, setup, teardown),
		cmocka_unit_test_setup_teardown(names_every_fault, setup, teardown),
		cmocka_unit_test_setup_teardown(knows_whom_a_step_waits_for, setup, teardown),
		cmocka_unit_test_setup_teardown(names_faults_of_what_is_set, setup, teardown),
		cmocka_unit_test_setup_teardown(knows_what_silence_asks, setup, teardown),
		cmocka_unit_test_setup_teardown(knows_what_follows_by_itself, setup, teardown),
		cmocka_unit_test_setup_teardown(finds_dead_ends, setup, teardown),
		cmocka_unit_test_setup_teardown(asks_the_sink, setup, teardown),
		cmocka_unit_test_setup_teardown(walks_every_step_and_event, setup, teardown),
		cmocka_unit_test_setup_teardown(forms_compile, setup, teardown),
		cmocka_unit_test_setup_teardown(forms_check_completeness, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
