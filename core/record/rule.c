#include "core/record/rule.h"

#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/text/json.h"

static const char *const signs[] = {[RULE_LESS] = "<", [RULE_AT_MOST] = "<=", [RULE_MORE] = ">",
	[RULE_AT_LEAST] = ">=", [RULE_EQUAL] = "=", [RULE_OTHER] = "!="};
enum { SIGNS = sizeof signs / sizeof *signs };

/* --- values --- */

static const void *base_of(const struct rule_part *part, const struct rule_values *values)
{
	return part->extra ? values->extra : values->row;
}

static bool is_empty(const struct rule_part *part, const struct rule_values *values)
{
	const char *in = base_of(part, values);
	const struct field *field = part->field;
	if (!in || field_is_absent(field, in))
		return true;
	switch (field->type) {
	case FIELD_BOOL: return !*(const bool *)(in + field->offset);
	case FIELD_LIST: return ((const struct object_list *)(in + field->offset))->count == 0;
	case FIELD_JSON:
	case FIELD_BLOCKS: return json_count(*(struct json_object *const *)(in + field->offset)) == 0;
	default: return false;
	}
}

static bool is_day(const struct field *field)
{
	return field->type == FIELD_DATE || field->type == FIELD_TIME;
}

/* Below 0, 0, above 0, as strcmp(). */
static int compare(const struct rule *rule, const struct rule_values *values)
{
	const struct rule_part *left = &rule->parts[0], *right = &rule->parts[1];
	const char *a = (const char *)base_of(left, values) + left->field->offset;
	const char *b = (const char *)base_of(right, values) + right->field->offset;
	if (left->field->type == FIELD_DATE)
		return strcmp(*(const char *const *)a, *(const char *const *)b);
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return x < y ? -1 : x > y;
}

static bool stands(enum rule_op op, int order)
{
	switch (op) {
	case RULE_LESS: return order < 0;
	case RULE_AT_MOST: return order <= 0;
	case RULE_MORE: return order > 0;
	case RULE_AT_LEAST: return order >= 0;
	case RULE_EQUAL: return order == 0;
	default: return order != 0;
	}
}

static bool has_changed(const struct rule *rule, const struct rule_values *before, const struct rule_values *now)
{
	for (size_t i = 0; i < rule->count; i++) {
		const void *was = base_of(&rule->parts[i], before), *is = base_of(&rule->parts[i], now);
		if (!was || !is ? was != is : !field_equal(rule->parts[i].field, was, is))
			return true;
	}
	return false;
}

/* --- faults --- */

static const char *pointer_of(struct arena *arena, const struct rule_part *part)
{
	return arena_printf(arena, part->extra ? "/extra/%s" : "/%s", part->field->name);
}

static struct problem *fault_order(struct arena *arena, const struct rule *rule, struct problem *problem)
{
	static const char *const words[2][SIGNS][2] = {
		{[RULE_LESS] = {"应小于", "must be less than"}, [RULE_AT_MOST] = {"应不大于", "must not be more than"},
		 [RULE_MORE] = {"应大于", "must be more than"}, [RULE_AT_LEAST] = {"应不小于", "must not be less than"},
		 [RULE_EQUAL] = {"应等于", "must equal"}, [RULE_OTHER] = {"应不同于", "must differ from"}},
		{[RULE_LESS] = {"应早于", "must be before"}, [RULE_AT_MOST] = {"应不晚于", "must not be after"},
		 [RULE_MORE] = {"应晚于", "must be after"}, [RULE_AT_LEAST] = {"应不早于", "must not be before"},
		 [RULE_EQUAL] = {"应等于", "must equal"}, [RULE_OTHER] = {"应不同于", "must differ from"}},
	};
	const struct field *left = rule->parts[0].field, *right = rule->parts[1].field;
	const char *const *word = words[is_day(left)][rule->op];
	return problem_add_field(arena, problem, pointer_of(arena, &rule->parts[0]), "order",
				 arena_printf(arena, "%s%s%s", left->zh, word[0], right->zh),
				 arena_printf(arena, "%s %s %s", left->en, word[1], right->en));
}

static struct problem *fault_group(struct arena *arena, const struct rule *rule, bool few, struct problem *problem)
{
	struct buf *zh = buf_in(arena), *en = buf_in(arena);
	size_t number = few ? rule->least : rule->most;
	bool exactly = rule->least == rule->most;
	for (size_t i = 0; i < rule->count; i++) {
		buf_printf(zh, "%s%s", i ? "、" : "", rule->parts[i].field->zh);
		buf_printf(en, "%s%s", i ? ", " : "", rule->parts[i].field->en);
	}
	const char *how_zh = exactly ? "应" : few ? "至少" : "最多";
	const char *how_en = exactly ? "exactly" : few ? "at least" : "at most";
	return problem_add_field(arena, problem, pointer_of(arena, &rule->parts[0]), few ? "too-few" : "too-many",
		arena_printf(arena, "以下各项%s填写 %zu 项：%s", how_zh, number, zh->data),
		arena_printf(arena, "Fill in %s %zu of: %s", how_en, number, en->data));
}

static struct problem *check_one(struct arena *arena, const struct rule *rule, const struct rule_values *now,
	bool handed_in, struct problem *problem)
{
	size_t filled = 0;
	for (size_t i = 0; i < rule->count; i++)
		filled += !is_empty(&rule->parts[i], now);
	if (rule->op == RULE_GROUP) {
		bool few = filled < rule->least;
		return filled > rule->most || (few && handed_in) ? fault_group(arena, rule, few, problem) : problem;
	}
	return filled == 2 && !stands(rule->op, compare(rule, now)) ? fault_order(arena, rule, problem) : problem;
}

struct problem *rule_check(struct arena *arena, const struct rules *rules, struct rule_values now,
	const struct rule_values *before, bool handed_in, struct problem *problem)
{
	for (size_t i = 0; i < rules->count; i++)
		if (!before || has_changed(&rules->items[i], before, &now))
			problem = check_one(arena, &rules->items[i], &now, handed_in, problem);
	return problem;
}

/* --- those of a policy --- */

struct reader {
	struct arena *arena;
	rule_find_fn find;
	const void *arg;
	struct problem *problem;
};

static void fault(struct reader *r, const char *pointer, const char *key, const char *zh, const char *en)
{
	const char *here = key ? json_pointer_add(r->arena, pointer, key) : pointer;
	r->problem = problem_add_field(r->arena, r->problem, here, "policy", zh, en);
}

static bool read_part(struct reader *r, struct json_object *name, const char *pointer, struct rule_part *out)
{
	bool found = json_text(name) && r->find(r->arg, json_text(name), out);
	if (!found)
		fault(r, pointer, NULL, "表单中没有这个字段", "is no field of the form");
	return found;
}

static void check_members(struct reader *r, struct json_object *item, const char *pointer, const char *const *known)
{
	json_object_object_foreach(item, key, value)
	{
		size_t i = 0;
		(void)value;
		while (known[i] && strcmp(known[i], key) != 0)
			i++;
		if (!known[i])
			fault(r, pointer, key, "没有这一项", "is not known here");
	}
}

static void read_counts(struct reader *r, struct json_object *item, const char *pointer, struct rule *out)
{
	int64_t least = 0, most = (int64_t)out->count, exactly;
	bool said = json_get_int(item, "at_least", &least) | json_get_int(item, "at_most", &most);
	if (json_get_int(item, "exactly", &exactly)) {
		if (said)
			fault(r, pointer, "exactly", "不能与 at_least、at_most 同用",
				"goes without at_least and at_most");
		least = most = exactly;
		said = true;
	}
	bool asks = least > 0 || most < (int64_t)out->count;
	if (!said || !asks || least < 0 || least > most || most < 1 || most > (int64_t)out->count)
		fault(r, pointer, NULL, "应写明其中几项：at_least、at_most 或 exactly",
			"asks for some of its fields: at_least, at_most or exactly");
	out->least = (size_t)least;
	out->most = (size_t)most;
}

static void read_group(struct reader *r, struct json_object *item, const char *pointer, struct rule *out)
{
	static const char *const known[] = {"fields", "at_least", "at_most", "exactly", NULL};
	struct json_object *names = json_get_array(item, "fields");
	struct rule_part *parts = ARENA_ARRAY(r->arena, struct rule_part, json_count(names) + 1);
	const char *here = json_pointer_add(r->arena, pointer, "fields");
	check_members(r, item, pointer, known);
	*out = (struct rule){.op = RULE_GROUP, .parts = parts};
	for (size_t i = 0; i < json_count(names); i++)
		out->count += read_part(r, json_at(names, i), json_pointer_index(r->arena, here, i),
			&parts[out->count]);
	if (json_count(names) < 2)
		fault(r, pointer, "fields", "至少两个字段", "names two fields or more");
	if (out->count == json_count(names) && out->count > 1)
		read_counts(r, item, pointer, out);
}

/* What can be compared with what: 0 nothing. */
static int kind_of(const struct field *field)
{
	switch (field->type) {
	case FIELD_INT:
	case FIELD_UINT: return 1;
	case FIELD_MONEY: return 2;
	case FIELD_DATE: return 3;
	case FIELD_TIME: return 4;
	default: return 0;
	}
}

static enum rule_op op_of(const char *sign)
{
	for (size_t i = RULE_LESS; sign && i < SIGNS; i++)
		if (strcmp(signs[i], sign) == 0)
			return (enum rule_op)i;
	return RULE_GROUP;
}

static void read_comparison(struct reader *r, struct json_object *item, const char *pointer, struct rule *out)
{
	static const char *const known[] = {"left", "op", "right", NULL};
	struct rule_part *parts = ARENA_ARRAY(r->arena, struct rule_part, 2);
	check_members(r, item, pointer, known);
	*out = (struct rule){.op = op_of(json_get_text(item, "op")), .parts = parts, .count = 2};
	bool left = read_part(r, json_get(item, "left"), json_pointer_add(r->arena, pointer, "left"), &parts[0]);
	bool right = read_part(r, json_get(item, "right"), json_pointer_add(r->arena, pointer, "right"), &parts[1]);
	if (out->op == RULE_GROUP)
		fault(r, pointer, "op", "只能是 <、<=、>、>=、= 或 !=", "is one of < <= > >= = !=");
	if (!left || !right)
		return;
	int kind = kind_of(parts[0].field);
	if (!kind || kind != kind_of(parts[1].field) || parts[0].field == parts[1].field)
		fault(r, pointer, NULL, "只能比较两个数、金额、日期或时间",
			"compares two numbers, amounts, days or times");
}

static void read_list(struct reader *r, struct json_object *object, const char *key, const char *pointer,
	struct rule *items, size_t *count)
{
	struct json_object *list = json_get_array(object, key);
	const char *here = json_pointer_add(r->arena, pointer, key);
	if (json_has(object, key) && !list)
		fault(r, pointer, key, "应为列表", "must be a list");
	for (size_t i = 0; i < json_count(list); i++) {
		struct json_object *item = json_at(list, i);
		const char *at = json_pointer_index(r->arena, here, i);
		if (!json_object_is_type(item, json_type_object))
			fault(r, at, NULL, "应为对象", "must be an object");
		else
			(strcmp(key, "groups") == 0 ? read_group : read_comparison)(r, item, at, &items[(*count)++]);
	}
}

struct rules rule_read(struct arena *arena, struct json_object *object, const char *pointer, rule_find_fn find,
	const void *arg, struct problem **problem)
{
	struct reader r = {arena, find, arg, *problem};
	size_t count = 0;
	size_t most = json_count(json_get_array(object, "groups")) + json_count(json_get_array(object, "compare"));
	struct rule *items = ARENA_ARRAY(arena, struct rule, most + 1);
	read_list(&r, object, "groups", pointer, items, &count);
	read_list(&r, object, "compare", pointer, items, &count);
	*problem = r.problem;
	return (struct rules){items, count};
}

/* --- for pages --- */

static void write_group(struct json_writer *w, const struct rule *rule)
{
	jw_object_begin(w);
	jw_key(w, "fields");
	jw_array_begin(w);
	for (size_t i = 0; i < rule->count; i++)
		jw_text(w, rule->parts[i].field->name);
	jw_array_end(w);
	jw_kv_uint(w, "at_least", rule->least);
	jw_kv_uint(w, "at_most", rule->most);
	jw_object_end(w);
}

static void write_comparison(struct json_writer *w, const struct rule *rule)
{
	jw_object_begin(w);
	jw_kv_text(w, "left", rule->parts[0].field->name);
	jw_kv_text(w, "op", signs[rule->op]);
	jw_kv_text(w, "right", rule->parts[1].field->name);
	jw_object_end(w);
}

void rule_write(struct json_writer *w, const struct rules *rules)
{
	jw_key(w, "groups");
	jw_array_begin(w);
	for (size_t i = 0; i < rules->count; i++)
		if (rules->items[i].op == RULE_GROUP)
			write_group(w, &rules->items[i]);
	jw_array_end(w);
	jw_key(w, "compare");
	jw_array_begin(w);
	for (size_t i = 0; i < rules->count; i++)
		if (rules->items[i].op != RULE_GROUP)
			write_comparison(w, &rules->items[i]);
	jw_array_end(w);
}
