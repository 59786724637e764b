/* Every row of the form is a key of policies with words for all that it can be; and every key of a policy is offered,
 * or is named here as one that stays with the YAML. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/text/json.h"
#include "schema/records.gen.h"
#include "tenants/policy/policy_form.h"
#include "tenants/policy/policy_spec.h"

/* What a platform is among others, what takes more than a value, and what nothing shows yet. */
static const char *const YAML_ONLY[] = {"platform", "network", "lifecycles", "forms", "notices", "calendar",
	"desks", "profile.hosts", "profile.branding.welcome"};

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

static void check_row(const struct policy_form_row *row, const char *path)
{
	const struct policy_spec *spec = policy_spec_find(path);
	char *rest, *code;

	if (!spec)
		fail_msg("%s is no key of a policy", path);
	assert_true(row->zh && row->en && !row->help_zh == !row->help_en);
	assert_true(policy_form_offers(path));
	if (row->from)
		assert_true(record_find(&record_set, row->from) ||
			strcmp(row->from, shape_publish_override.name) == 0 ||
			policy_spec_find(row->from)->type == SPEC_TERMS);
	if (row->from || !spec->words)
		return;
	rest = arena_strdup(arena, spec->words);
	while ((code = strsep(&rest, " ")) != NULL)
		if (!policy_form_word(row->path, code))
			fail_msg("%s: no words for %s", path, code);
}

/* What can be chosen is the record's own, where a row names that. */
static void check_part(const struct policy_form_row *row, const char *path)
{
	struct policy_form_row one = *row;

	if (row->from && (strcmp(row->from, "phases") == 0 || strcmp(row->from, "steps") == 0))
		one.from = NULL;
	check_row(&one, path);
}

static void every_row_is_a_key_and_has_its_words(void **state)
{
	for (const struct policy_form_section *section = POLICY_FORM; section->id; section++)
		for (const struct policy_form_row *row = section->rows; row->path; row++)
			check_row(row, row->path);
	for (const struct policy_form_row *row = POLICY_FORM_CONDITION; row->path; row++)
		check_row(row, arena_printf(arena, "conditions.x.%s", row->path));
	for (const struct policy_form_row *row = POLICY_FORM_DICTIONARIES; row->path; row++) {
		assert_int_equal(policy_spec_find(row->path)->type, SPEC_TERMS);
		assert_true(policy_form_offers(arena_printf(arena, "%s.some-code", row->path)));
	}
	static const struct {
		const struct policy_form_row *rows;
		const char *before;
	} parts[] = {{POLICY_FORM_STEP, "lifecycles.x.steps.y"}, {POLICY_FORM_TRANSITION, "lifecycles.x.transitions.y"},
		{POLICY_FORM_FIELD, "forms.x.fields.y"}, {POLICY_FORM_EXTRA, "forms.x.extra.y"},
		{POLICY_FORM_NOTICE, "notices.x"}};
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		for (const struct policy_form_row *row = parts[i].rows; row->path; row++)
			check_part(row, arena_printf(arena, "%s.%s", parts[i].before, row->path));
	for (size_t i = 0; i < TERM_DICTIONARIES; i++)
		assert_non_null(term_dictionary(i));
	assert_null(term_dictionary(TERM_DICTIONARIES));
}

static bool stays_with_the_yaml(const char *path)
{
	for (size_t i = 0; i < sizeof YAML_ONLY / sizeof *YAML_ONLY; i++)
		if (strcmp(YAML_ONLY[i], path) == 0)
			return true;
	return false;
}

static void check_offered(const struct policy_spec *specs, const char *before)
{
	for (; specs->key; specs++) {
		const char *path = arena_printf(arena, "%s%s%s", before, *before ? "." : "", specs->key);
		if (stays_with_the_yaml(path))
			continue;
		if (specs->type == SPEC_MAP)
			check_offered(specs->sub, path);
		else if (specs->type == SPEC_TERMS)
			assert_true(policy_form_offers(arena_printf(arena, "%s.x", path)));
		else if (specs->type == SPEC_ITEMS)
			check_offered(specs->sub, arena_printf(arena, "%s.x", path));
		else if (!policy_form_offers(path))
			fail_msg("%s is not in the form: policy_form_rows.c", path);
	}
}

static void every_key_is_offered_or_known_to_stay(void **state)
{
	check_offered(POLICY_KEYS, "");
}

static void nothing_else_is_offered(void **state)
{
	static const char *const paths[] = {"", "profile", "profile.contacts", "platform.slug", "network.name",
		"lifecycles.listing", "lifecycles.listing.initial", "lifecycles.listing.extends",
		"lifecycles.listing.steps", "lifecycles.listing.steps.review.deadline.x",
		"lifecycles.listing.transitions.approve.roles", "lifecycles.listing.transitions.approve.effects",
		"forms.institution", "forms.institution.fields.name", "forms.institution.fields.name.type",
		"notices.overdue", "notices.overdue.variables", "categories", "categories.x.zh", "categories.",
		"conditions", "conditions.", "conditions.x.y", "descendants.profile.name", "profile.contacts.hotline.x",
		"nothing"};
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		if (policy_form_offers(paths[i]))
			fail_msg("%s is offered", paths[i]);
	assert_true(policy_form_offers("lifecycles.listing.steps.review.deadline") &&
		policy_form_offers("conditions.capital"));
}

static void the_desk_has_no_rights_to_give(void **state)
{
	static const char *const mine[] = {"profile.contacts.hotline", "deadlines.chase_at", "notices.overdue.body.zh",
		"lifecycles.listing.steps.experts.phase", "lifecycles.listing.transitions.approve.zh",
		"forms.institution.extra.charges.type", "categories.new.zh", "conditions.capital.rule"};
	static const char *const others[] = {"profile.name.zh", "profile.hosts", "sign_in.failures",
		"password.min_length", "listing.review", "platform.slug", "descendants.profile.contacts.hotline",
		"profile.contactsx", "lifecycles.listing.transitions.sneak.roles",
		"lifecycles.listing.transitions.approve.guards", "lifecycles.listing.transitions",
		"lifecycles.listing.extends", "lifecycles", "forms", "desks.x.members", "notices.overdue.variables",
		"lifecycles.listing.transitions.sneak"};
	for (size_t i = 0; i < sizeof mine / sizeof *mine; i++)
		if (!policy_form_is_desk(arena, mine[i]))
			fail_msg("%s is not the desk's", mine[i]);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (policy_form_is_desk(arena, others[i]))
			fail_msg("%s is the desk's", others[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_a_key_and_has_its_words),
		cmocka_unit_test(every_key_is_offered_or_known_to_stay),
		cmocka_unit_test(nothing_else_is_offered),
		cmocka_unit_test(the_desk_has_no_rights_to_give),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
