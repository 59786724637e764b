#include "tenants/policy/condition.h"

#include <string.h>

#include "core/text/json.h"
#include "schema/records.gen.h"
#include "tenants/rules/calendar.h"

/* Fields of record `institution` that conditions are written about, and behind them the derived ones. */
enum { ORGANISATION_TYPE, TYPE, REGION_CODE, REGISTERED_ON, REGISTERED_CAPITAL, ANNUAL_INCOME, INSURED_STAFF,
	FULL_TIME_STAFF, QUALIFIED_STAFF, ENTERPRISES_SERVED, PENALTY_FREE, FIXED_PREMISES, OPERATING_MONTHS, STAFF,
	QUALIFIED_PERCENT };

static const struct {
	const char *name;
	enum condition_kind kind;
	const char *beside; /* of a derived one the first field that it is made of; NULL: itself */
} FIELDS[CONDITION_FACTS] = {
	[ORGANISATION_TYPE] = {"organisation_type", CONDITION_WORD, NULL},
	[TYPE] = {"type", CONDITION_WORD, NULL},
	[REGION_CODE] = {"region_code", CONDITION_WORD, NULL},
	[REGISTERED_ON] = {"registered_on", CONDITION_DAY, NULL},
	[REGISTERED_CAPITAL] = {"registered_capital", CONDITION_NUMBER, NULL},
	[ANNUAL_INCOME] = {"annual_income", CONDITION_NUMBER, NULL},
	[INSURED_STAFF] = {"insured_staff", CONDITION_NUMBER, NULL},
	[FULL_TIME_STAFF] = {"full_time_staff", CONDITION_NUMBER, NULL},
	[QUALIFIED_STAFF] = {"qualified_staff", CONDITION_NUMBER, NULL},
	[ENTERPRISES_SERVED] = {"enterprises_served", CONDITION_NUMBER, NULL},
	[PENALTY_FREE] = {"penalty_free", CONDITION_FLAG, NULL},
	[FIXED_PREMISES] = {"fixed_premises", CONDITION_FLAG, NULL},
	[OPERATING_MONTHS] = {"operating_months", CONDITION_NUMBER, "registered_on"},
	[STAFF] = {"staff", CONDITION_NUMBER, "full_time_staff"},
	[QUALIFIED_PERCENT] = {"qualified_percent", CONDITION_NUMBER, "qualified_staff"},
};

static const struct problem_kind PROBLEM_ENTRY_CONDITION = {
	"entry-condition", 422, "不符合平台的入驻条件", "The entry conditions of the platform are not met"};

static size_t index_of(const char *field)
{
	size_t i = 0;
	while (i < CONDITION_FACTS && strcmp(FIELDS[i].name, field) != 0)
		i++;
	return i;
}

static const char *beside(const char *field)
{
	size_t i = index_of(field);
	return i < CONDITION_FACTS && FIELDS[i].beside ? FIELDS[i].beside : field;
}

enum condition_kind condition_kind_of(const char *field)
{
	size_t i = index_of(field);
	return i < CONDITION_FACTS ? FIELDS[i].kind : CONDITION_NONE;
}

const char *condition_column(size_t i)
{
	return FIELDS[i].name;
}

enum condition_kind condition_column_kind(size_t i)
{
	return FIELDS[i].kind;
}

static struct condition_fact fact_of_text(const char *text)
{
	return (struct condition_fact){text ? CONDITION_FACT_TEXT : CONDITION_FACT_NONE, 0, text};
}

static struct condition_fact fact_of_value(const struct json_object *value)
{
	switch (value ? json_object_get_type(value) : json_type_null) {
	case json_type_int:
		return (struct condition_fact){CONDITION_FACT_NUMBER, json_object_get_int64(value), NULL};
	case json_type_double:
		return (struct condition_fact){CONDITION_FACT_NUMBER, (int64_t)json_object_get_double(value), NULL};
	case json_type_boolean:
		return (struct condition_fact){CONDITION_FACT_FLAG, json_object_get_boolean(value), NULL};
	case json_type_string:
		return fact_of_text(json_text(value));
	default:
		return (struct condition_fact){CONDITION_FACT_NONE, 0, NULL};
	}
}

static struct condition_fact number(int64_t value)
{
	return (struct condition_fact){CONDITION_FACT_NUMBER, value, NULL};
}

/* ---- Derived ---- */

static struct condition_fact operating_months(const struct condition_fact *since, const char *today)
{
	calendar_day from, to;
	int months;

	if (since->kind != CONDITION_FACT_TEXT || !calendar_day_parse(since->text, &from) ||
		!calendar_day_parse(today, &to))
		return (struct condition_fact){CONDITION_FACT_NONE, 0, NULL};
	/* Both are YYYY-MM-DD, so digits can be taken by place. */
#define AT(t, i, j) (((t)[i] - '0') * 10 + (t)[j] - '0')
	months = (AT(today, 0, 1) * 100 + AT(today, 2, 3)) * 12 + AT(today, 5, 6) -
		(AT(since->text, 0, 1) * 100 + AT(since->text, 2, 3)) * 12 - AT(since->text, 5, 6);
	return number(AT(today, 8, 9) < AT(since->text, 8, 9) ? months - 1 : months);
#undef AT
}

static struct condition_fact qualified_percent(const struct condition_fact *all, const struct condition_fact *qualified)
{
	if (all->kind != CONDITION_FACT_NUMBER || qualified->kind != CONDITION_FACT_NUMBER)
		return (struct condition_fact){CONDITION_FACT_NONE, 0, NULL};
	return number(all->number > 0 ? qualified->number * 100 / all->number : 0);
}

void condition_derive(struct condition_facts *facts, const char *today)
{
	struct condition_fact *at = facts->at;

	at[OPERATING_MONTHS] = operating_months(&at[REGISTERED_ON], today);
	at[STAFF] = at[at[FULL_TIME_STAFF].kind == CONDITION_FACT_NUMBER ? FULL_TIME_STAFF : INSURED_STAFF];
	at[QUALIFIED_PERCENT] = qualified_percent(&at[STAFF], &at[QUALIFIED_STAFF]);
}

static void facts_of_json(const struct json_object *json, const char *today, struct condition_facts *out)
{
	for (size_t i = 0; i < CONDITION_COLUMNS; i++)
		out->at[i] = fact_of_value(json_get(json, FIELDS[i].name));
	condition_derive(out, today);
}

static struct condition_fact fact_of(const struct condition_facts *facts, const char *field)
{
	size_t i = index_of(field);
	return i < CONDITION_FACTS ? facts->at[i] : (struct condition_fact){CONDITION_FACT_NONE, 0, NULL};
}

/* ---- A rule ---- */

static int compare(const struct condition_fact *fact, const struct json_object *literal)
{
	struct condition_fact other = fact_of_value(literal);
	if (fact->kind == CONDITION_FACT_TEXT && fact->text)
		return strcmp(fact->text, other.kind == CONDITION_FACT_TEXT && other.text ? other.text : "");
	return (fact->number > other.number) - (fact->number < other.number);
}

static bool is_among(const struct condition_fact *fact, const struct json_object *literals)
{
	for (size_t i = 0; i < json_count(literals); i++)
		if (compare(fact, json_at(literals, i)) == 0)
			return true;
	return false;
}

static bool holds(const struct policy_rule *rule, const struct condition_fact *fact)
{
	switch (rule->op) {
	case POLICY_EQ:
		return compare(fact, rule->literal) == 0;
	case POLICY_NE:
		return compare(fact, rule->literal) != 0;
	case POLICY_LT:
		return compare(fact, rule->literal) < 0;
	case POLICY_LE:
		return compare(fact, rule->literal) <= 0;
	case POLICY_GT:
		return compare(fact, rule->literal) > 0;
	case POLICY_GE:
		return compare(fact, rule->literal) >= 0;
	case POLICY_IN:
		return is_among(fact, rule->literal);
	case POLICY_NOT_IN:
		return !is_among(fact, rule->literal);
	}
	return false;
}

static const char *fact_text(struct arena *arena, const struct condition_fact *fact)
{
	switch (fact->kind) {
	case CONDITION_FACT_NUMBER:
		return arena_printf(arena, "%lld", (long long)fact->number);
	case CONDITION_FACT_TEXT:
		return arena_strdup(arena, fact->text);
	case CONDITION_FACT_FLAG:
		return fact->number ? "true" : "false";
	default:
		return NULL;
	}
}

/* "other" says what an organisation is not. A rule that does not name it learns nothing from it: neither met nor
 * failed. */
static bool says_nothing(const struct policy_rule *rule, const struct condition_fact *fact)
{
	return strcmp(rule->field, "organisation_type") == 0 && fact->kind == CONDITION_FACT_TEXT &&
		field_value(shape_field(&shape_institution, "organisation_type"), fact->text) ==
		INSTITUTION_ORGANISATION_TYPE_OTHER &&
		!is_among(fact, rule->literal) && compare(fact, rule->literal) != 0;
}

/* What the facts say to a rule; nothing where it learns nothing from them. */
static struct condition_fact fact_for(const struct policy_rule *rule, const struct condition_facts *facts)
{
	struct condition_fact fact = fact_of(facts, rule->field);
	if (says_nothing(rule, &fact))
		fact.kind = CONDITION_FACT_NONE;
	return fact;
}

/* What one condition comes to, and through which rule. A failure weighs more than something not stated: it is what the
 * applicant must change. */
static enum condition_state check_rules(const struct policy_condition *condition, const struct condition_facts *facts,
	const struct policy_rule **at, struct condition_fact *found)
{
	enum condition_state verdict = condition->rule_count ? CONDITION_MET : CONDITION_JUDGEMENT;

	for (size_t i = 0; i < condition->rule_count && verdict != CONDITION_FAILED; i++) {
		struct condition_fact fact = fact_for(&condition->rules[i], facts);
		enum condition_state state =
			fact.kind == CONDITION_FACT_NONE ? CONDITION_NOT_STATED : CONDITION_FAILED;
		if ((fact.kind != CONDITION_FACT_NONE && holds(&condition->rules[i], &fact)) || state == verdict)
			continue;
		verdict = state;
		*at = &condition->rules[i];
		*found = fact;
	}
	return verdict;
}

/* The organisation's type may be let off what fails or is not stated, or exempt from it altogether. */
static enum condition_state relax(
	const struct policy_condition *condition, const struct condition_facts *facts, enum condition_state state)
{
	const struct condition_fact *type = &facts->at[ORGANISATION_TYPE];

	if (type->kind != CONDITION_FACT_TEXT)
		return state;
	if (policy_list_has(&condition->exempt, type->text))
		return CONDITION_RELAXED;
	return (state == CONDITION_FAILED || state == CONDITION_NOT_STATED) &&
			policy_list_has(&condition->relaxed_for, type->text)
		? CONDITION_RELAXED
		: state;
}

static bool bars(const struct policy_condition *condition, enum condition_state state)
{
	return condition->mode == POLICY_BARS && (state == CONDITION_FAILED || state == CONDITION_NOT_STATED);
}

static struct condition_result check_one(
	struct arena *arena, const struct policy_condition *condition, const struct condition_facts *facts)
{
	struct condition_result result = {.condition = condition};
	const struct policy_rule *rule = NULL;
	struct condition_fact found = {CONDITION_FACT_NONE, 0, NULL};

	result.state = relax(condition, facts, check_rules(condition, facts, &rule, &found));
	result.field = rule ? rule->field : NULL;
	result.found = rule ? fact_text(arena, &found) : NULL;
	result.blocks = bars(condition, result.state);
	result.values = ARENA_ARRAY(arena, const char *, condition->rule_count + 1);
	for (size_t i = 0; i < condition->rule_count; i++) {
		struct condition_fact one = fact_for(&condition->rules[i], facts);
		result.values[i] = fact_text(arena, &one);
	}
	return result;
}

struct condition_result *condition_results(
	struct arena *arena, const struct policy *policy, const struct condition_facts *facts, size_t *count)
{
	struct condition_result *results = ARENA_ARRAY(arena, struct condition_result, policy->condition_count + 1);

	*count = 0;
	for (size_t i = 0; i < policy->condition_count; i++)
		if (policy->conditions[i].mode != POLICY_OFF)
			results[(*count)++] = check_one(arena, &policy->conditions[i], facts);
	return results;
}

struct condition_result *condition_check(struct arena *arena, const struct policy *policy,
	const struct json_object *facts, const char *today, size_t *count)
{
	struct condition_facts known;

	facts_of_json(facts, today, &known);
	return condition_results(arena, policy, &known, count);
}

struct condition_tally condition_tally(const struct policy *policy, const struct condition_facts *facts)
{
	struct condition_tally tally = {0};

	for (size_t i = 0; i < policy->condition_count; i++) {
		const struct policy_condition *condition = &policy->conditions[i];
		const struct policy_rule *rule;
		struct condition_fact found;
		if (condition->mode == POLICY_OFF)
			continue;
		enum condition_state state = relax(condition, facts, check_rules(condition, facts, &rule, &found));
		tally.of[state]++;
		tally.blocks += bars(condition, state);
	}
	return tally;
}

struct problem *condition_problem(
	struct arena *arena, struct policy_text platform, const struct condition_result *results, size_t count)
{
	struct problem *problem = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct policy_condition *condition = results[i].condition;
		bool unstated = results[i].state == CONDITION_NOT_STATED;
		if (!results[i].blocks)
			continue;
		if (!problem)
			problem = problem_detail(arena, &PROBLEM_ENTRY_CONDITION,
				arena_printf(arena, "不符合%s的入驻条件", platform.zh),
				arena_printf(arena, "The entry conditions of %s are not met", platform.en));
		problem_add_field(arena, problem, arena_printf(arena, "/conditions/%s", condition->id),
			unstated ? "condition-not-stated" : "condition-failed",
			arena_printf(arena, "%s：%s", unstated ? "尚未填报" : "不符合", condition->text.zh),
			arena_printf(arena, "%s: %s", unstated ? "Not stated yet" : "Not met", condition->text.en));
	}
	return problem;
}

const char *condition_state_name(enum condition_state state)
{
	static const char *const names[] = {"met", "failed", "relaxed", "not_stated", "judgement"};
	return names[state];
}

static void write_facts(struct json_writer *w, const struct condition_result *result)
{
	jw_key(w, "facts");
	jw_array_begin(w);
	for (size_t i = 0; i < result->condition->rule_count; i++) {
		const char *field = result->condition->rules[i].field;
		jw_object_begin(w);
		jw_kv_text(w, "field", field);
		jw_kv_text(w, "beside", beside(field));
		jw_kv_text(w, "value", result->values[i]);
		jw_object_end(w);
	}
	jw_array_end(w);
}

void condition_write(struct json_writer *w, const struct condition_result *results, size_t count)
{
	static const char *const modes[] = {"off", "informs", "bars"};

	jw_array_begin(w);
	for (size_t i = 0; i < count; i++) {
		const struct policy_condition *condition = results[i].condition;
		jw_object_begin(w);
		jw_kv_text(w, "id", condition->id);
		jw_kv_int(w, "group", condition->group);
		jw_kv_text(w, "zh", condition->text.zh);
		jw_kv_text(w, "en", condition->text.en);
		jw_kv_text(w, "mode", modes[condition->mode]);
		jw_kv_text(w, "state", condition_state_name(results[i].state));
		jw_kv_bool(w, "blocks", results[i].blocks);
		jw_kv_text(w, "field", results[i].field);
		jw_kv_text(w, "found", results[i].found);
		write_facts(w, &results[i]);
		jw_object_end(w);
	}
	jw_array_end(w);
}
