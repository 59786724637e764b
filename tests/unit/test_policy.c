/* The platforms of config/ flatten without a fault, layers lie in order, and every bad file in tests/data/policy is
 * reported with each of its faults and lines. A bad file says what is expected: comments `# expect LINE: part of the
 * English sentence` (`# expect FILE:LINE: …` for another file). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>

#include "core/buf.h"
#include "core/text/json.h"
#include "schema/records.gen.h"
#include "tenants/policy/condition.h"
#include "tenants/policy/policy.h"
#include "tenants/policy/policy_author.h"
#include "tenants/policy/policy_check.h"
#include "tenants/policy/policy_compile.h"
#include "tenants/rules/region.h"

#define CONFIG PROJECT_ROOT "/config"

static struct arena *arena;
static struct region_set *regions;
static struct policy_compile compile;

static char *file_text(const char *path)
{
	FILE *file = fopen(path, "r");
	struct buf *text = buf_in(arena);
	char bytes[8192];
	size_t n;

	if (!file)
		fail_msg("cannot read %s", path);
	while ((n = fread(bytes, 1, sizeof bytes, file)) > 0)
		buf_add(text, bytes, n);
	fclose(file);
	return text->data;
}

static int setup(void **state)
{
	arena = arena_create();
	regions = region_set_create();
	assert_null(region_set_read(regions, arena, file_text(CONFIG "/regions.tsv")));
	assert_null(region_set_seal(regions, arena));
	policy_compile_init(&compile, &record_set, true);
	return 0;
}

static int teardown(void **state)
{
	region_set_destroy(regions);
	arena_destroy(arena);
	return 0;
}

static void begin(struct policy_author *author)
{
	policy_author_init(author, arena, CONFIG);
	policy_author_add_folder(author);
	author->regions = regions;
	author->compiler = &compile.compiler;
}

static void draft_of(const char *slug, struct policy_draft *draft)
{
	const char *path = arena_printf(arena, CONFIG "/platforms/%s.yaml", slug);
	struct policy_author author;
	struct buf *faults = buf_in(arena);

	begin(&author);
	if (!policy_author_draft(&author, path, file_text(path), draft)) {
		yaml_faults_write(&author.faults, faults);
		fail_msg("%s", faults->data);
	}
}

static const struct policy *policy_of(const char *slug)
{
	const struct policy *policy;
	struct policy_draft draft;

	draft_of(slug, &draft);
	assert_null(policy_read(arena, draft.document, draft.document_len, &policy));
	assert_memory_equal(policy->hash, draft.hash, POLICY_HASH);
	return policy;
}

static void all_platforms_are_in_order(void **state)
{
	static const char *const slugs[] = {"zhejiang", "hangzhou", "lishui",   "longquan",
	                                    "suichang", "hunan",    "changsha", "changsha-cluster"};
	for (size_t i = 0; i < sizeof slugs / sizeof *slugs; i++) {
		struct policy_draft draft, again;
		draft_of(slugs[i], &draft);
		draft_of(slugs[i], &again);
		assert_string_equal(draft.slug, slugs[i]);
		assert_string_equal(draft.document, again.document);
		assert_memory_equal(draft.hash, again.hash, POLICY_HASH);
	}
}

/* Whatever an author writes, checking it takes time in proportion to its length (measured by tools/bench fairness): so
 * faults are told up to a bound, and the last one says that there are more. */
static void faults_have_an_end(void **state)
{
	static const char *const kinds[][2] = {
		{"categories:\n", "  c%d: 1\n"}, {"", "unknown_%d: 1\n"}, {"notices:\n", "  n%d: {body: {zh: '{x}', "
			"en: '{y}'}, variables: [z]}\n"},
		{"conditions:\n", "  k%d: {zh: a, en: b, rule: judgement, exempt: [nothing]}\n"},
		{"lifecycles:\n", "  record_%d: {extends: listing}\n"},
	};
	const char *head = file_text(CONFIG "/platforms/lishui.yaml");

	for (size_t kind = 0; kind < sizeof kinds / sizeof *kinds; kind++) {
		struct buf *text = buf_in(arena);
		struct policy_author author;
		struct policy_draft draft;
		buf_printf(text, "%s%s", head, kinds[kind][0]);
		for (int i = 0; i < 1000; i++)
			buf_printf(text, kinds[kind][1], i);
		begin(&author);
		assert_false(policy_author_draft(&author, "many.yaml", text->data, &draft));
		assert_true(author.faults.count <= YAML_FAULTS_MAX + 1);
		if (author.faults.count == YAML_FAULTS_MAX + 1)
			assert_non_null(strstr(author.faults.last->en, "There are more faults"));
		else
			assert_int_equal(kind, 4); /* of which only so many are looked at */
	}
}

static void hosts_are_taken_once(void **state)
{
	const char *head = file_text(CONFIG "/platforms/lishui.yaml"), *at = strstr(head, "hosts: [lishui.localhost]");
	struct policy_author author;
	struct policy_draft draft;
	struct buf *text = buf_in(arena), *faults = buf_in(arena);

	buf_add(text, head, (size_t)(at - head));
	buf_printf(text, "hosts: [a.cn, hangzhou.localhost, a.cn]%s", at + strlen("hosts: [lishui.localhost]"));
	begin(&author);
	assert_false(policy_author_draft(&author, "hosts.yaml", text->data, &draft));
	yaml_faults_write(&author.faults, faults);
	assert_non_null(strstr(faults->data, "the host name is taken by: hangzhou"));
	assert_non_null(strstr(faults->data, "stands there twice: a.cn"));
	assert_int_equal(author.faults.count, 2);
}

/* What a record can say, the base can name: else pages would show a code, or a form could not choose it. */
static void the_base_names_every_type(void **state)
{
	const struct field *field = policy_term_field("organisation_types");
	const struct policy *policy = policy_of("zhejiang");
	const struct policy_terms *terms = &policy->organisation_types;

	assert_int_equal(terms->count, field->value_count);
	for (size_t i = 0; i < field->value_count; i++)
		assert_non_null(policy_term(terms, field->values[i].code));
	policy_release(policy);
}

static void layers_lie_in_order(void **state)
{
	const struct policy *zhejiang = policy_of("zhejiang"), *lishui = policy_of("lishui"),
			    *suichang = policy_of("suichang");
	const struct policy *hunan = policy_of("hunan"), *changsha = policy_of("changsha");

	/* base → network → platform → descendants of the parent */
	assert_string_equal(zhejiang->profile.hotline, "0571-96871");
	assert_string_equal(lishui->profile.hotline, "0578-12345");
	assert_string_equal(suichang->profile.hotline, "0578-12345");
	assert_string_equal(suichang->profile.primary_colour, "#1b7f5c");
	assert_string_equal(zhejiang->profile.primary_colour, "#0b5cad");
	assert_string_equal(suichang->profile.hosts.items[0], "suichang.localhost");

	/* ways in (ZJ-4..7, HN-3) */
	assert_true(zhejiang->ways.self && zhejiang->ways.recommendation && zhejiang->ways.invitation);
	assert_false(zhejiang->ways.invitation_review);
	assert_string_equal(zhejiang->ways.self_needs_member_of, "city");
	assert_true(policy_list_has(&zhejiang->ways.recommends, "city"));
	assert_null(lishui->ways.self_needs_member_of);
	assert_true(lishui->ways.join && !zhejiang->ways.join);
	assert_true(!hunan->ways.self && hunan->ways.acceptance && !hunan->ways.recommendation);

	/* listing (ZJ-9, HN-2, HN-3) */
	assert_int_equal(lishui->listing.review, POLICY_REVIEW_NONE);
	assert_int_equal(changsha->listing.review, POLICY_REVIEW_BEFORE);
	assert_int_equal(hunan->listing.review, POLICY_REVIEW_ACCEPT_HOME);
	assert_true(changsha->listing.to_parent && !hunan->listing.to_parent);
	assert_true(policy_list_has(&changsha->listing.fields_without_review, "price"));

	/* `~` removes, order stays (HN-1) */
	assert_int_equal(zhejiang->institution_types.count, 2);
	assert_int_equal(changsha->institution_types.count, 4);
	assert_string_equal(changsha->institution_types.items[0].code, "social_service");
	assert_string_equal(policy_term(&changsha->institution_types, "expert")->text.zh, "专家");
	assert_null(policy_term(&zhejiang->institution_types, "expert"));

	/* a lifecycle laid over a file, with transitions in order */
	assert_int_equal(
		json_object_get_int(json_at_pointer(changsha->lifecycles, "/listing/steps/review/deadline")), 0);
	assert_int_equal(json_object_get_int(json_at_pointer(lishui->lifecycles, "/listing/steps/review/deadline")), 1);
	assert_string_equal(json_text(json_at_pointer(lishui->lifecycles, "/listing/transitions/4/event")), "approve");
	assert_string_equal(json_text(json_at_pointer(lishui->lifecycles, "/listing/transitions/4/from/0")), "review");

	assert_int_equal(zhejiang->condition_count, 14);
	assert_int_equal(lishui->condition_count, 0);
	assert_string_equal(zhejiang->conditions[0].id, "integrity");
	assert_string_equal(zhejiang->conditions[13].id, "penalty");
	assert_int_equal(zhejiang->conditions[13].mode, POLICY_BARS);

	assert_string_equal(policy_notice(arena, zhejiang, "sms_code")->variables.items[1], "minutes");
	assert_null(policy_notice(arena, zhejiang, "nothing"));

	policy_release(zhejiang);
	policy_release(lishui);
	policy_release(suichang);
	policy_release(hunan);
	policy_release(changsha);
}

/* --- entry conditions (ZJ-8) ------------------------------------------------------------------ */

static const struct condition_result *result_of(const struct condition_result *results, size_t count, const char *id)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(results[i].condition->id, id) == 0)
			return &results[i];
	fail_msg("no result for %s", id);
	return NULL;
}

static void check_states(const struct policy *policy, const char *facts, const char *expected)
{
	struct json_object *json;
	struct condition_result *results;
	char *rest = arena_strdup(arena, expected), *pair;
	size_t count;

	assert_null(json_parse_object(arena, facts, strlen(facts), &json));
	results = condition_check(arena, policy, json, "2026-05-06", &count);
	assert_int_equal(count, 14);
	while ((pair = strsep(&rest, " ")) != NULL) {
		char *state = strchr(pair, '=');
		*state++ = 0;
		if (strcmp(condition_state_name(result_of(results, count, pair)->state), state) != 0)
			fail_msg("%s should be %s, is %s", pair, state,
				condition_state_name(result_of(results, count, pair)->state));
	}
}

static void conditions_one_by_one(void **state)
{
	const struct policy *policy = policy_of("zhejiang");

	check_states(policy,
		"{\"organisation_type\":\"enterprise\",\"registered_on\":\"2025-05-06\",\"registered_capital\":"
		"10000000,"
		"\"annual_income\":200000000,\"full_time_staff\":10,\"qualified_staff\":7,\"fixed_premises\":true,"
		"\"enterprises_served\":100,\"penalty_free\":true}",
		"integrity=judgement legal_person=met operating=met capital=met income=met staff=met "
		"qualified=met premises=met "
		"served=met penalty=met reputation=judgement");
	check_states(policy,
		"{\"organisation_type\":\"enterprise\",\"registered_on\":\"2025-05-07\",\"registered_capital\":9999999,"
		"\"annual_income\":199999999,\"full_time_staff\":9,\"qualified_staff\":6,\"fixed_premises\":false,"
		"\"enterprises_served\":99,\"penalty_free\":false}",
		"operating=failed capital=failed income=failed staff=failed qualified=failed premises=failed "
		"served=failed penalty=failed");
	check_states(policy, "{}",
		"legal_person=not_stated operating=not_stated capital=not_stated qualified=not_stated "
		"penalty=not_stated");
	/* A law firm needs no legal person; an association is relaxed in (2) and (3) and in nothing else. */
	check_states(policy, "{\"organisation_type\":\"partnership\"}", "legal_person=relaxed capital=not_stated");
	check_states(policy, "{\"organisation_type\":\"individual\"}", "legal_person=failed");
	check_states(policy,
		"{\"organisation_type\":\"association\",\"full_time_staff\":3,\"registered_capital\":20000000,"
		"\"enterprises_served\":5,\"penalty_free\":false}",
		"legal_person=met staff=relaxed capital=met income=relaxed served=failed penalty=failed "
		"ability=judgement");
	/* "other" tells nothing about being a legal person; what it may be relaxed from, the policy says. */
	check_states(policy, "{\"organisation_type\":\"other\",\"full_time_staff\":3}",
		"legal_person=not_stated staff=failed");
	/* Insured headcount stands in for full-time staff that is not stated. */
	check_states(policy, "{\"insured_staff\":100,\"qualified_staff\":69}", "staff=met qualified=failed");
	check_states(policy, "{\"insured_staff\":0,\"qualified_staff\":0}", "staff=failed qualified=failed");
	policy_release(policy);
}

static void only_the_sixth_bars(void **state)
{
	const struct policy *policy = policy_of("zhejiang");
	struct json_object *json;
	struct condition_result *results;
	struct problem *problem;
	size_t count;

	assert_null(json_parse_object(arena, "{\"penalty_free\":true}", 21, &json));
	results = condition_check(arena, policy, json, "2026-05-06", &count);
	assert_null(condition_problem(arena, policy->profile.name, results, count));
	assert_null(json_parse_object(arena, "{\"penalty_free\":false}", 22, &json));
	results = condition_check(arena, policy, json, "2026-05-06", &count);
	problem = condition_problem(arena, policy->profile.name, results, count);
	assert_string_equal(problem->kind->code, "entry-condition");
	assert_string_equal(problem->fields->pointer, "/conditions/penalty");
	assert_null(problem->fields->next);
	assert_null(json_parse_object(arena, "{}", 2, &json));
	results = condition_check(arena, policy, json, "2026-05-06", &count);
	assert_string_equal(
		condition_problem(arena, policy->profile.name, results, count)->fields->code, "condition-not-stated");
	policy_release(policy);
}

/* --- bad files -------------------------------------------------------------------------------- */

struct expectation {
	char file[64]; /* "" for the bad file itself */
	unsigned line;
	char text[160];
	bool met;
};

static size_t read_expectations(const char *text, struct expectation *out, size_t room)
{
	size_t n = 0;

	for (const char *at = text; (at = strstr(at, "# expect ")) != NULL && n < room; n++) {
		at += strlen("# expect ");
		out[n].met = false;
		out[n].file[0] = 0;
		if (sscanf(at, "%63[a-z./_-]:%u: %159[^\n]", out[n].file, &out[n].line, out[n].text) != 3 &&
		    sscanf(at, "%u: %159[^\n]", &out[n].line, out[n].text) != 2)
			fail_msg("cannot read the expectation %.60s", at);
		if (out[n].file[0] >= '0' && out[n].file[0] <= '9')
			out[n].file[0] = 0;
	}
	return n;
}

static bool meets(struct expectation *expectations, size_t n, const char *file, const struct yaml_fault *fault)
{
	for (size_t i = 0; i < n; i++) {
		const char *where = expectations[i].file[0] ? expectations[i].file : file;
		if (!expectations[i].met && expectations[i].line == fault->line && strstr(fault->file, where) &&
		    strstr(fault->en, expectations[i].text)) {
			expectations[i].met = true;
			return true;
		}
	}
	return false;
}

static void check_bad_file(const char *name)
{
	const char *path = arena_printf(arena, TEST_DATA "/policy/%s", name);
	struct expectation expectations[64];
	struct policy_author author;
	struct policy_draft draft;
	struct buf *all = buf_in(arena);
	char *text = file_text(path);
	size_t n = read_expectations(text, expectations, 64);

	begin(&author);
	assert_false(policy_author_draft(&author, path, text, &draft));
	yaml_faults_write(&author.faults, all);
	for (const struct yaml_fault *fault = author.faults.first; fault; fault = fault->next) {
		assert_true(fault->zh && *fault->zh && fault->en && *fault->en);
		if (!meets(expectations, n, name, fault))
			fail_msg("%s: not expected: %s:%u: %s\nall of them:\n%s", name, fault->file, fault->line,
				fault->en, all->data);
	}
	for (size_t i = 0; i < n; i++)
		if (!expectations[i].met)
			fail_msg("%s: missing: %u: %s\nall of them:\n%s", name, expectations[i].line,
				expectations[i].text, all->data);
	assert_true(n > 0);
}

static void every_fault_is_reported_with_its_line(void **state)
{
	DIR *dir = opendir(TEST_DATA "/policy");
	struct dirent *entry;
	int files = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		check_bad_file(entry->d_name);
		files++;
	}
	closedir(dir);
	assert_true(files >= 10);
}

static void times_of_day(void **state)
{
	static const char *const bad[] = {
		"", "9", "24:00", "09:60", "9:5", "009:00", "09:00:00", "-1:00", "9.30", "never", "OFF"};
	int minute;

	assert_true(policy_time_parse("09:00", &minute) && minute == 540);
	assert_true(policy_time_parse("0:05", &minute) && minute == 5);
	assert_true(policy_time_parse("23:59", &minute) && minute == 1439);
	assert_true(policy_time_parse("off", &minute) && minute == POLICY_NEVER);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (policy_time_parse(bad[i], &minute))
			fail_msg("\"%s\" is no time of day", bad[i]);
}

/* One that was stored before the key existed is chased at the default hour. */
static void a_desk_is_chased_at_nine_unless_it_says_otherwise(void **state)
{
	static const char old[] = "{\"deadlines\":{\"remind_days\":5}}",
			  off[] = "{\"deadlines\":{\"chase_at\":\"off\"}}";
	const struct policy *policy = policy_of("lishui");

	assert_int_equal(policy->chase_at, 540);
	policy_release(policy);
	assert_null(policy_read(arena, old, strlen(old), &policy));
	assert_int_equal(policy->chase_at, 540);
	policy_release(policy);
	assert_null(policy_read(arena, off, strlen(off), &policy));
	assert_int_equal(policy->chase_at, POLICY_NEVER);
	policy_release(policy);
}

static void calendars(void **state)
{
	struct policy_author author;
	struct policy_calendar_day *days;
	const char *known_until;
	size_t count;

	begin(&author);
	assert_true(policy_author_calendar(&author, "cn", &days, &count, &known_until));
	assert_string_equal(known_until, "2026-12-31");
	assert_true(count > 20);
	assert_false(policy_author_calendar(&author, "nowhere", &days, &count, &known_until));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_platforms_are_in_order),
		cmocka_unit_test(faults_have_an_end),
		cmocka_unit_test(hosts_are_taken_once),
		cmocka_unit_test(the_base_names_every_type),
		cmocka_unit_test(layers_lie_in_order),
		cmocka_unit_test(conditions_one_by_one),
		cmocka_unit_test(only_the_sixth_bars),
		cmocka_unit_test(every_fault_is_reported_with_its_line),
		cmocka_unit_test(calendars),
		cmocka_unit_test(times_of_day),
		cmocka_unit_test(a_desk_is_chased_at_nine_unless_it_says_otherwise),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
