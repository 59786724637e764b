#include "tenants/policy/condition.h"

#include <string.h>

#include "core/text/json.h"
#include "schema/records.gen.h"
#include "tenants/rules/calendar.h"

/* Fields of record `institution` that conditions are written about, and the derived ones. */
static const struct {
	const char *name;
	enum condition_kind kind;
	const char *beside; /* of a derived one the first field that it is made of; NULL: itself */
} FIELDS[] = {
	{"organisation_type", CONDITION_WORD, NULL},
	{"type", CONDITION_WORD, NULL},
	{"region_code", CONDITION_WORD, NULL},
	{"registered_on", CONDITION_DAY, NULL},
	{"registered_capital", CONDITION_NUMBER, NULL},
	{"annual_income", CONDITION_NUMBER, NULL},
	{"insured_staff", CONDITION_NUMBER, NULL},
	{"full_time_staff", CONDITION_NUMBER, NULL},
	{"qualified_staff", CONDITION_NUMBER, NULL},
	{"enterprises_served", CONDITION_NUMBER, NULL},
	{"penalty_free", CONDITION_FLAG, NULL},
	{"fixed_premises", CONDITION_FLAG, NULL},
	{"operating_months", CONDITION_NUMBER, "registered_on"},
	{"staff", CONDITION_NUMBER, "full_time_staff"},
	{"qualified_percent", CONDITION_NUMBER, "qualified_staff"},
};

static const struct problem_kind PROBLEM_ENTRY_CONDITION = {
	"entry-condition", 422, "不符合平台的入驻条件", "The entry conditions of the platform are not met"};

enum condition_kind condition_kind_of(const char *field)
{
	for (size_t i = 0; i < sizeof FIELDS / sizeof *FIELDS; i++)
		if (strcmp(FIELDS[i].name, field) == 0)
			return FIELDS[i].kind;
	return CONDITION_NONE;
}

static const char *beside(const char *field)
{
	for (size_t i = 0; i < sizeof FIELDS / sizeof *FIELDS; i++)
		if (strcmp(FIELDS[i].name, field) == 0 && FIELDS[i].beside)
			return FIELDS[i].beside;
	return field;
}

/* What is known of one field: a number, a text or a boolean (as number, with is_bool), or nothing. */
struct fact {
	enum { FACT_NONE, FACT_NUMBER, FACT_TEXT, FACT_BOOL } kind;
	int64_t number;
	const char *text;
};

static struct fact fact_of_text(const char *text)
{
	return (struct fact){text ? FACT_TEXT : FACT_NONE, 0, text};
}

static struct fact fact_of_value(const struct json_object *value)
{
	switch (value ? json_object_get_type(value) : json_type_null) {
	case json_type_int:
		return (struct fact){FACT_NUMBER, json_object_get_int64(value), NULL};
	case json_type_double:
		return (struct fact){FACT_NUMBER, (int64_t)json_object_get_double(value), NULL};
	case json_type_boolean:
		return (struct fact){FACT_BOOL, json_object_get_boolean(value), NULL};
	case json_type_string:
		return fact_of_text(json_text(value));
	default:
		return (struct fact){FACT_NONE, 0, NULL};
	}
}

static struct fact number(int64_t value)
{
	return (struct fact){FACT_NUMBER, value, NULL};
}

static struct fact operating_months(const struct json_object *facts, const char *today)
{
	const char *since = json_get_text(facts, "registered_on");
	calendar_day from, to;
	int months;

	if (!since || !calendar_day_parse(since, &from) || !calendar_day_parse(today, &to))
		return (struct fact){FACT_NONE, 0, NULL};
	/* Both are YYYY-MM-DD, so digits can be taken by place. */
#define AT(t, i, j) (((t)[i] - '0') * 10 + (t)[j] - '0')
	months = (AT(today, 0, 1) * 100 + AT(today, 2, 3)) * 12 + AT(today, 5, 6) -
		(AT(since, 0, 1) * 100 + AT(since, 2, 3)) * 12 - AT(since, 5, 6);
	return number(AT(today, 8, 9) < AT(since, 8, 9) ? months - 1 : months);
#undef AT
}

static struct fact staff(const struct json_object *facts)
{
	int64_t n;
	if (json_get_int(facts, "full_time_staff", &n) || json_get_int(facts, "insured_staff", &n))
		return number(n);
	return (struct fact){FACT_NONE, 0, NULL};
}

static struct fact qualified_percent(const struct json_object *facts)
{
	struct fact all = staff(facts);
	int64_t qualified;
	if (all.kind == FACT_NONE || !json_get_int(facts, "qualified_staff", &qualified))
		return (struct fact){FACT_NONE, 0, NULL};
	return number(all.number > 0 ? qualified * 100 / all.number : 0);
}

static struct fact fact_of(const struct json_object *facts, const char *field, const char *today)
{
	if (strcmp(field, "operating_months") == 0)
		return operating_months(facts, today);
	if (strcmp(field, "staff") == 0)
		return staff(facts);
	if (strcmp(field, "qualified_percent") == 0)
		return qualified_percent(facts);
	return fact_of_value(json_get(facts, field));
}

static int compare(const struct fact *fact, const struct json_object *literal)
{
	struct fact other = fact_of_value(literal);
	if (fact->kind == FACT_TEXT && fact->text)
		return strcmp(fact->text, other.kind == FACT_TEXT && other.text ? other.text : "");
	return (fact->number > other.number) - (fact->number < other.number);
}

static bool is_among(const struct fact *fact, const struct json_object *literals)
{
	for (size_t i = 0; i < json_count(literals); i++)
		if (compare(fact, json_at(literals, i)) == 0)
			return true;
	return false;
}

static bool holds(const struct policy_rule *rule, const struct fact *fact)
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

static const char *fact_text(struct arena *arena, const struct fact *fact)
{
	switch (fact->kind) {
	case FACT_NUMBER:
		return arena_printf(arena, "%lld", (long long)fact->number);
	case FACT_TEXT:
		return arena_strdup(arena, fact->text);
	case FACT_BOOL:
		return fact->number ? "true" : "false";
	default:
		return NULL;
	}
}

/* "other" says what an organisation is not. A rule that does not name it learns nothing from it: neither met nor
 * failed. */
static bool says_nothing(const struct policy_rule *rule, const struct fact *fact)
{
	return strcmp(rule->field, "organisation_type") == 0 && fact->kind == FACT_TEXT &&
		field_value(shape_field(&shape_institution, "organisation_type"), fact->text) ==
		INSTITUTION_ORGANISATION_TYPE_OTHER &&
		!is_among(fact, rule->literal) && compare(fact, rule->literal) != 0;
}

/* A failure weighs more than something not stated: it is what the applicant must change. */
static void check_rules(
	struct arena *arena, const struct json_object *facts, const char *today, struct condition_result *result)
{
	const struct policy_condition *condition = result->condition;

	result->state = condition->rule_count ? CONDITION_MET : CONDITION_JUDGEMENT;
	result->values = ARENA_ARRAY(arena, const char *, condition->rule_count + 1);
	for (size_t i = 0; i < condition->rule_count; i++) {
		struct fact fact = fact_of(facts, condition->rules[i].field, today);
		result->values[i] = fact_text(arena, &fact);
		if (says_nothing(&condition->rules[i], &fact))
			fact.kind = FACT_NONE;
		enum condition_state state = fact.kind == FACT_NONE ? CONDITION_NOT_STATED : CONDITION_FAILED;
		if ((fact.kind != FACT_NONE && holds(&condition->rules[i], &fact)) || result->state == CONDITION_FAILED)
			continue;
		if (result->state == CONDITION_NOT_STATED && state == CONDITION_NOT_STATED)
			continue;
		result->state = state;
		result->field = condition->rules[i].field;
		result->found = fact_text(arena, &fact);
	}
}

static struct condition_result check_one(struct arena *arena, const struct policy_condition *condition,
                                         const struct json_object *facts, const char *today)
{
	struct condition_result result = {.condition = condition};
	const char *type = json_get_text(facts, "organisation_type");

	check_rules(arena, facts, today, &result);
	if (type && (policy_list_has(&condition->exempt, type) ||
		     (policy_list_has(&condition->relaxed_for, type) &&
		      (result.state == CONDITION_FAILED || result.state == CONDITION_NOT_STATED))))
		result.state = CONDITION_RELAXED;
	result.blocks = condition->mode == POLICY_BARS &&
		(result.state == CONDITION_FAILED || result.state == CONDITION_NOT_STATED);
	return result;
}

struct condition_result *condition_check(struct arena *arena, const struct policy *policy,
	const struct json_object *facts, const char *today, size_t *count)
{
	struct condition_result *results = ARENA_ARRAY(arena, struct condition_result, policy->condition_count + 1);

	*count = 0;
	for (size_t i = 0; i < policy->condition_count; i++)
		if (policy->conditions[i].mode != POLICY_OFF)
			results[(*count)++] = check_one(arena, &policy->conditions[i], facts, today);
	return results;
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
