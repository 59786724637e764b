#include "tenants/policy/policy_check.h"

#include <string.h>

#include "core/arena.h"
#include "core/text/json.h"
#include "schema/records.gen.h"
#include "tenants/policy/condition.h"
#include "tenants/policy/term_use.h"
#include "tenants/rules/calendar.h"
#include "tenants/rules/region.h"

struct check {
	struct arena *arena;
	struct policy_author *author;
	struct policy_walk *walk;
	const struct policy_draft *draft;
	/* Sets: what is asked for once for each of many is not looked for from the front. */
	struct json_object *terms; /* by dictionary, its codes */
};

static struct json_object *set_new(const struct check *check)
{
	return json_own(check->arena, json_object_new_object());
}

/* False if it is there already. */
static bool set_add(struct json_object *set, const char *word)
{
	if (!word || json_has(set, word))
		return false;
	json_object_object_add(set, word, NULL);
	return true;
}

static void fault(const struct check *check, const char *pointer, const char *zh, const char *en)
{
	(*pointer ? policy_walk_fault_named : policy_walk_fault)(check->walk, pointer, zh, en);
}

/* Both sentences end in what they are about. */
static void fault_about(
	const struct check *check, const char *pointer, const char *zh, const char *en, const char *what)
{
	fault(check, pointer, arena_printf(check->arena, "%s：%s", zh, what),
		arena_printf(check->arena, "%s: %s", en, what));
}

static bool same(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

/* --- against the other platforms -------------------------------------------------------------- */

static int rank(const char *level)
{
	return same(level, "province")			       ? 0
		: same(level, "city")			       ? 1
		: same(level, "county") || same(level, "park") ? 2
							       : 3;
}

static void check_parent(const struct check *check)
{
	const struct policy_draft *draft = check->draft;
	const struct policy_other *parent = draft->parent ? policy_author_other(check->author, draft->parent) : NULL;
	const char *at = "/platform/parent";

	if (!draft->parent) {
		if (draft->level && strcmp(draft->level, "province") != 0 && strcmp(draft->level, "park") != 0)
			fault(check, "/platform", "只有省级或园区平台可以没有上级平台",
				"only a province or a park can be without a parent");
		return;
	}
	if (!parent) {
		fault_about(check, at, "上级平台不存在", "there is no such platform", draft->parent);
		return;
	}
	if (!same(parent->network, draft->network))
		fault_about(check, at, "上级平台属于另一个网络", "the parent belongs to another network",
			parent->network);
	if (draft->level && rank(parent->level) >= rank(draft->level))
		fault_about(check, at, "上级平台的层级应更高", "the parent must be of a higher level, and is a",
			parent->level);
}

static void check_circle(const struct check *check)
{
	const char *at = check->draft->parent;

	for (size_t steps = 0; at && steps <= check->author->others.count; steps++) {
		const struct policy_other *other = policy_author_other(check->author, at);
		if (same(at, check->draft->slug)) {
			fault(check, "/platform/parent", "上级关系成环", "the parents run in a circle");
			return;
		}
		at = other ? other->parent : NULL;
	}
}

static void check_region(const struct check *check)
{
	const struct policy_draft *draft = check->draft;
	const struct policy_other *parent = draft->parent ? policy_author_other(check->author, draft->parent) : NULL;
	const struct region_set *regions = check->author->regions;

	if (!regions || !draft->region)
		return;
	if (!region_find(regions, draft->region))
		fault_about(check, "/platform/region", "区划不存在", "there is no such region", draft->region);
	else if (parent && parent->region && !region_is_within(regions, draft->region, parent->region))
		fault_about(check, "/platform/region", "不在上级平台的区划之内",
			"does not lie within the parent's region", parent->region);
}

static void check_clashes(const struct check *check)
{
	const struct policy_draft *draft = check->draft;
	struct json_object *own = set_new(check);

	int64_t at;

	for (size_t i = draft->hosts.count; i-- > 0;) /* the first of several counts */
		json_object_object_add(own, draft->hosts.items[i], json_object_new_int64((int64_t)i));

	for (size_t i = 0; i < check->author->others.count; i++) {
		const struct policy_other *other = &check->author->others.items[i];
		if (same(other->slug, draft->slug))
			continue;
		if (same(other->network, draft->network) && same(other->number_code, draft->number_code))
			fault_about(check, "/platform/number_code", "编号代码在本网络中已被使用",
				"the number code is taken in this network by", other->slug);
		for (size_t h = 0; h < other->hosts.count; h++)
			if (json_get_int(own, other->hosts.items[h], &at))
				fault_about(check, json_pointer_index(check->arena, "/profile/hosts", (size_t)at),
					"主机名已被使用", "the host name is taken by", other->slug);
	}
}

static void check_own_hosts(const struct check *check)
{
	const struct policy_list *hosts = &check->draft->hosts;

	if (hosts->count == 0)
		fault(check, "/profile/hosts", "至少要有一个主机名", "there must be at least one host name");
	struct json_object *seen = set_new(check);
	for (size_t i = 0; i < hosts->count; i++)
		if (!set_add(seen, hosts->items[i]))
			fault_about(check, json_pointer_index(check->arena, "/profile/hosts", i), "主机名重复",
				"stands there twice", hosts->items[i]);
}

static void check_network(const struct check *check)
{
	const struct json_object *network = json_get_object(check->draft->json, "network");
	const char *slug = json_get_text(network, "slug");

	if (slug && check->draft->network && strcmp(slug, check->draft->network) != 0)
		fault_about(check, "/network/slug", "与 platform.network 不一致", "differs from platform.network",
			check->draft->network);
}

/* --- conditions ------------------------------------------------------------------------------- */

static bool is_term(const struct check *check, const char *dictionary, const char *code)
{
	struct json_object *codes = json_get_object(check->terms, dictionary);

	if (!codes) {
		const struct json_object *terms = json_get_array(check->draft->json, dictionary);
		codes = json_object_new_object();
		json_object_object_add(check->terms, dictionary, codes);
		for (size_t i = 0; i < json_count(terms); i++)
			set_add(codes, json_get_text(json_at(terms, i), "code"));
	}
	return code && json_has(codes, code);
}

static void check_types(const struct check *check, const struct json_object *condition, const char *at, const char *key)
{
	const struct json_object *list = json_get_array(condition, key);

	for (size_t i = 0; i < json_count(list); i++)
		if (!is_term(check, "organisation_types", json_text(json_at(list, i))))
			fault_about(check, json_pointer_index(check->arena, json_pointer_add(check->arena, at, key), i),
				    "组织类型不存在", "there is no such organisation type",
				    json_text(json_at(list, i)));
}

/* What a field is compared with, wherever one literal or several stand. */
static void check_literal(
	const struct check *check, const char *at, const char *field, const struct json_object *literal)
{
	const char *text = json_text(literal),
		   *terms = same(field, "organisation_type") ? "organisation_types"
		: same(field, "type")			     ? "institution_types"
							     : NULL;
	enum json_type type = json_object_get_type(literal);
	calendar_day day;

	switch (condition_kind_of(field)) {
	case CONDITION_NUMBER:
		if (type != json_type_int)
			fault_about(check, at, "应与整数比较", "is compared with a whole number", field);
		break;
	case CONDITION_FLAG:
		if (type != json_type_boolean)
			fault_about(check, at, "应与 true 或 false 比较", "is compared with true or false", field);
		break;
	case CONDITION_DAY:
		if (!text || !calendar_day_parse(text, &day))
			fault_about(check, at, "应与日期（YYYY-MM-DD）比较", "is compared with a day (YYYY-MM-DD)",
				field);
		break;
	case CONDITION_WORD:
		if (terms && !is_term(check, terms, text))
			fault_about(check, at, "没有这个类型", "there is no such type", text);
		else if (!terms && check->author->regions && !region_find(check->author->regions, text))
			fault_about(check, at, "区划不存在", "there is no such region", text);
		break;
	default:
		fault_about(check, at, "条件字段不存在", "there is no such field for conditions", field);
	}
}

static void check_rule(const struct check *check, const char *at, const struct json_object *rule)
{
	const char *field = json_get_text(rule, "field"), *op = json_get_text(rule, "op");
	const struct json_object *value = json_get(rule, "value");
	enum condition_kind kind = condition_kind_of(field);
	bool many = json_object_is_type(value, json_type_array), sameness = many || same(op, "eq") || same(op, "ne");

	if ((kind == CONDITION_WORD || kind == CONDITION_FLAG) && !sameness)
		fault_about(check, at, "只能用 = != in not_in 比较", "can only be compared by = != in not_in", field);
	for (size_t i = 0; many && i < json_count(value); i++)
		check_literal(check, at, field, json_at(value, i));
	if (!many)
		check_literal(check, at, field, value);
}

static void check_rules(const struct check *check, const struct json_object *condition, const char *at)
{
	const struct json_object *rules = json_get_array(condition, "rule");

	for (size_t i = 0; i < json_count(rules); i++) {
		const char *pointer = json_pointer_index(check->arena, json_pointer_add(check->arena, at, "rule"), i);
		check_rule(check, pointer, json_at(rules, i));
	}
}

static bool offers_any(const struct json_object *terms)
{
	for (size_t i = 0; i < json_count(terms); i++) {
		bool retired = false;
		json_get_bool(json_at(terms, i), "retired", &retired);
		if (!retired)
			return true;
	}
	return false;
}

/* Without any nobody could register, or nothing be offered. */
static void check_terms(const struct check *check)
{
	static const char *const needed[] = {"institution_types", "organisation_types", "categories"};

	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
		if (!offers_any(json_get_array(check->draft->json, needed[i])))
			fault(check, arena_printf(check->arena, "/%s", needed[i]), "一项也没有", "names none");
}

static void check_conditions(const struct check *check)
{
	const struct json_object *conditions = json_get_array(check->draft->json, "conditions");

	for (size_t i = 0; i < json_count(conditions); i++) {
		const char *at = json_pointer_index(check->arena, "/conditions", i);
		const struct json_object *condition = json_at(conditions, i);
		check_types(check, condition, at, "relaxed_for");
		check_types(check, condition, at, "exempt");
		check_rules(check, condition, at);
		if (same(json_get_text(condition, "mode"), "bars") &&
			json_count(json_get_array(condition, "rule")) == 0)
			fault(check, at, "由审核员判断的条件不能设为 bars",
				"a condition for the reviewer's judgement cannot bar");
	}
}

/* --- dictionaries ----------------------------------------------------------------------------- */

const struct field *policy_term_field(const char *dictionary)
{
	return shape_field(&shape_institution,
		same(dictionary, "institution_types")		 ? "type"
			: same(dictionary, "organisation_types") ? "organisation_type"
								 : "");
}

static const char *codes_of(struct arena *arena, const struct field *field)
{
	const char *all = "";
	for (size_t i = 0; i < field->value_count; i++)
		all = arena_printf(arena, "%s%s%s", all, *all ? " " : "", field->values[i].code);
	return all;
}

static void check_dictionary(const struct check *check, const char *name)
{
	const struct json_object *terms = json_get_array(check->draft->json, name);
	const struct field *field = policy_term_field(name);

	for (size_t i = 0; i < json_count(terms); i++) {
		const char *code = json_get_text(json_at(terms, i), "code");
		const char *at = json_pointer_index(check->arena, json_pointer_add(check->arena, "", name), i);
		if (!code)
			continue; /* its shape has said so */
		if (strlen(code) > 32)
			fault(check, at, "代码最多 32 个字符", "the code has more than 32 characters");
		if (field && !field_value(field, code))
			fault_about(check, at, "代码只能取自", "the code can only be one of",
				codes_of(check->arena, field));
	}
}

/* --- notices ---------------------------------------------------------------------------------- */

static void check_variables(
	const struct check *check, const struct json_object *variables, const char *at, const char *text)
{
	while (text && (text = strchr(text, '{')) != NULL) {
		const char *end = strchr(++text, '}'), *name;
		if (!end) {
			fault(check, at, "缺少右花括号", "a brace is not closed");
			return;
		}
		name = arena_printf(check->arena, "%.*s", (int)(end - text), text);
		if (!json_has(variables, name))
			fault_about(check, at, "变量未在 variables 中声明", "the variable is not declared in variables",
				name);
	}
}

static void check_notice(const struct check *check, const char *id, const struct json_object *notice)
{
	static const char *const both[] = {"title", "body"};
	const char *at = json_pointer_add(check->arena, "/notices", id);
	const struct json_object *declared = json_get_array(notice, "variables");
	struct json_object *variables = set_new(check);

	for (size_t i = 0; i < json_count(declared); i++)
		set_add(variables, json_text(json_at(declared, i)));
	for (int i = 0; i < 2; i++) {
		const struct json_object *text = json_get_object(notice, both[i]);
		const char *pointer = json_pointer_add(check->arena, at, both[i]);
		check_variables(
			check, variables, json_pointer_add(check->arena, pointer, "zh"), json_get_text(text, "zh"));
		check_variables(
			check, variables, json_pointer_add(check->arena, pointer, "en"), json_get_text(text, "en"));
	}
	check_variables(check, variables, json_pointer_add(check->arena, at, "sms"), json_get_text(notice, "sms"));
	if (json_has(notice, "sms_template") && !json_has(notice, "sms"))
		fault(check, at, "有 sms_template 而无 sms", "has sms_template but no sms");
}

static void check_notices(const struct check *check)
{
	struct json_object *notices = json_get_object(check->draft->json, "notices");

	if (!notices)
		return;
	json_object_object_foreach (notices, id, notice)
		check_notice(check, id, notice);
}

/* --- fields of forms -------------------------------------------------------------------------- */

/* Bounds that nothing can keep. Numbers may be negative; of everything else min and max count characters or items. */
static void check_bounds(const struct check *check, const struct json_object *fields, const char *at)
{
	for (size_t i = 0; i < json_count(fields); i++) {
		const struct json_object *field = json_at(fields, i);
		const char *type = json_get_text(field, "type"), *here = json_pointer_index(check->arena, at, i);
		bool may_be_negative = same(type, "int") || same(type, "money");
		int64_t min = may_be_negative ? INT64_MIN : 0, max = INT64_MAX;
		json_get_int(field, "min", &min);
		json_get_int(field, "max", &max);
		if (!may_be_negative && min < 0)
			fault(check, json_pointer_add(check->arena, here, "min"), "不能是负数", "cannot be negative");
		if (!may_be_negative && max < 0)
			fault(check, json_pointer_add(check->arena, here, "max"), "不能是负数", "cannot be negative");
		else if (max < min)
			fault(check, json_pointer_add(check->arena, here, "max"), "小于 min", "is less than min");
	}
}

static void check_transitions(const struct check *check, const struct json_object *transitions, const char *at)
{
	for (size_t i = 0; i < json_count(transitions); i++)
		check_bounds(check, json_get_array(json_at(transitions, i), "form"),
		             json_pointer_add(check->arena, json_pointer_index(check->arena, at, i), "form"));
}

static void check_forms(const struct check *check)
{
	struct json_object *forms = json_get_object(check->draft->json, "forms"),
			   *lifecycles = json_get_object(check->draft->json, "lifecycles");

	if (forms) {
		json_object_object_foreach(forms, record, form) check_bounds(check, json_get_array(form, "extra"),
			json_pointer_add(check->arena, json_pointer_add(check->arena, "/forms", record), "extra"));
	}
	if (lifecycles) {
		json_object_object_foreach(lifecycles, name, lifecycle)
			check_transitions(check, json_get_array(lifecycle, "transitions"),
				json_pointer_add(check->arena, json_pointer_add(check->arena, "/lifecycles", name),
					"transitions"));
	}
}

/* --- parts that must fit together ------------------------------------------------------------- */

static int64_t number_at(const struct json_object *object, const char *key)
{
	int64_t value = 0;
	json_get_int(object, key, &value);
	return value;
}

static void check_password(const struct check *check)
{
	const struct json_object *password = json_get_object(check->draft->json, "password");
	const struct json_object *sign_in = json_get_object(check->draft->json, "sign_in");
	bool by_password = true, by_sms = true;

	if (number_at(password, "min_length") > number_at(password, "max_length") ||
	    number_at(password, "staff_min_length") > number_at(password, "max_length"))
		fault(check, "/password/max_length", "最大长度小于最小长度",
			"the longest is shorter than the shortest");
	json_get_bool(sign_in, "password", &by_password);
	json_get_bool(sign_in, "sms_code", &by_sms);
	if (!by_password && !by_sms)
		fault(check, "/sign_in", "至少保留一种登录方式", "there must be a way to sign in");
}

static void check_calendar(const struct check *check)
{
	const char *name = check->draft->calendar, *known_until;
	struct policy_calendar_day *days;
	size_t count;

	if (!name)
		return;
	if (!policy_author_file(check->author, arena_printf(check->arena, "calendars/%s.yaml", name)))
		fault_about(check, "/calendar/name", "没有这个日历", "there is no such calendar", name);
	else
		(void)policy_author_calendar(check->author, name, &days, &count, &known_until);
}

static void check_ways(const struct check *check)
{
	const struct json_object *ways = json_get_object(check->draft->json, "ways");
	const struct json_object *recommendation = json_get_object(ways, "recommendation");
	const struct json_object *join = json_get_object(ways, "join");
	bool open = false;

	if (json_get_bool(recommendation, "open", &open) && open &&
		json_count(json_get_array(recommendation, "from")) == 0)
		fault(check, "/ways/recommendation", "开放推荐时须写明由哪些层级推荐（from）",
		      "says open, but not from which levels recommendations may come (from)");
	if (json_get_bool(join, "open", &open) && open && !check->draft->parent)
		fault(check, "/ways/join", "没有上级平台，不能向下入驻", "has no parent whose members could join");
}

/* Lifecycles and forms, by the functions that the server compiles them with: their faults point into the document. */
static void check_compiled(const struct check *check)
{
	const struct policy_compiler *compiler = check->author->compiler;
	const struct lifecycle_set *lifecycles;
	const struct form_set *forms;
	struct problem *problem;

	if (!compiler)
		return;
	problem = compiler->compile(check->arena, check->draft->json, &lifecycles, &forms, compiler->arg);
	for (const struct problem_field *field = problem ? problem->fields : NULL; field; field = field->next)
		if (!policy_walk_has_fault(check->walk, field->pointer))
			policy_walk_fault_named(check->walk, field->pointer, field->zh, field->en);
	if (problem && !problem->fields)
		fault(check, "", problem->zh, problem->en);
}

void policy_check(struct policy_author *author, struct policy_walk *walk, const struct policy_draft *draft)
{
	struct check check = {author->arena, author, walk, draft, json_own(author->arena, json_object_new_object())};

	check_network(&check);
	check_parent(&check);
	check_circle(&check);
	check_region(&check);
	check_clashes(&check);
	check_own_hosts(&check);
	check_terms(&check);
	check_conditions(&check);
	check_notices(&check);
	check_forms(&check);
	for (size_t i = 0; term_dictionary(i); i++)
		check_dictionary(&check, term_dictionary(i));
	check_password(&check);
	check_ways(&check);
	check_calendar(&check);
	check_compiled(&check);
}
