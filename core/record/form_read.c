#include "core/record/form_read.h"

#include <string.h>

#include "core/text/json.h"

/* Room for any value in C form, and its flag. */
enum { SLOT = 32, FIELDS_MAX = 60, NAME_MAX_LENGTH = 40, VALUES_MAX = 300 };

static const struct {
	const char *name;
	enum field_type type;
} types[] = {
	{"text", FIELD_TEXT},
	{"longtext", FIELD_LONGTEXT},
	{"int", FIELD_INT},
	{"uint", FIELD_UINT},
	{"money", FIELD_MONEY},
	{"bool", FIELD_BOOL},
	{"date", FIELD_DATE},
	{"time", FIELD_TIME},
	{"id", FIELD_ID},
	{"file", FIELD_FILE},
	{"enum", FIELD_ENUM},
	{"region", FIELD_REGION},
	{"uscc", FIELD_USCC},
	{"mobile", FIELD_MOBILE},
	{"email", FIELD_EMAIL},
	{"phone", FIELD_PHONE},
	{"url", FIELD_URL},
	{"platform", FIELD_PLATFORM},
	{"blocks", FIELD_BLOCKS},
	{"list", FIELD_LIST},
	{"term", FIELD_TERM},
};

struct reader {
	struct arena *arena;
	struct problem *problem;
};

static void fault(struct reader *r, const char *pointer, const char *key, const char *zh, const char *en)
{
	const char *here = key ? json_pointer_add(r->arena, pointer, key) : pointer;
	r->problem = problem_add_field(r->arena, r->problem, here, "policy", zh, en);
}

bool policy_flag(struct json_object *object, const char *key)
{
	bool value = false;
	json_get_bool(object, key, &value);
	return value;
}

const char *policy_text(struct arena *arena, struct json_object *object, const char *key, bool required,
	const char *pointer, struct problem **problem)
{
	const char *text = json_get_text(object, key);
	if (!text && (required || json_has(object, key)))
		*problem = problem_add_field(
			arena, *problem, json_pointer_add(arena, pointer, key), "policy", "缺少文本", "must be a text");
	return text;
}

static bool type_of(const char *name, enum field_type *out)
{
	for (size_t i = 0; name && i < sizeof types / sizeof *types; i++)
		if (strcmp(types[i].name, name) == 0) {
			*out = types[i].type;
			return true;
		}
	return false;
}

static bool name_good(const char *name)
{
	size_t len = name ? strlen(name) : 0;
	return len && len <= NAME_MAX_LENGTH && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == len &&
		name[0] >= 'a';
}

/* [{code, zh, en}], [code], or {code: {zh, en}} as the maps of a policy are written. */
static void read_values(struct reader *r, struct json_object *item, const char *pointer, struct field *field)
{
	struct json_object *values = json_get(item, "values");
	bool map = json_object_is_type(values, json_type_object);
	size_t count = map ? (size_t)json_object_object_length(values) : json_count(values), i = 0;
	if (!count || count > VALUES_MAX) {
		fault(r, pointer, "values", "缺少选项", "needs values");
		return;
	}
	struct choice *choices = ARENA_ARRAY(r->arena, struct choice, count);
	if (map) {
		json_object_object_foreach(values, key, value)
			choices[i++] = (struct choice){key, json_get_text(value, "zh"), json_get_text(value, "en")};
	} else {
		for (; i < count; i++) {
			struct json_object *value = json_at(values, i);
			const char *code = json_text(value) ? json_text(value) : json_get_text(value, "code");
			if (!code)
				fault(r, pointer, "values", "选项应为代码，或 {code, zh, en}",
					"is a list of codes, or of {code, zh, en}");
			choices[i] = (struct choice){code, json_get_text(value, "zh"), json_get_text(value, "en")};
		}
	}
	for (i = 0; i < count; i++) {
		choices[i].zh = choices[i].zh ? choices[i].zh : choices[i].code;
		choices[i].en = choices[i].en ? choices[i].en : choices[i].code;
	}
	field->values = choices;
	field->value_count = count;
}

static void check_members(struct reader *r, struct json_object *item, const char *pointer)
{
	static const char *const known[] = {"name", "type", "item", "required", "min", "max", "exactly", "pattern",
		"pattern_zh",
		"pattern_en", "values", "terms", "zh", "en", "help_zh", "help_en"};
	json_object_object_foreach(item, key, value)
	{
		bool found = false;
		(void)value;
		for (size_t i = 0; i < sizeof known / sizeof *known; i++)
			found |= strcmp(known[i], key) == 0;
		if (!found)
			fault(r, pointer, key, "没有这一项", "is not a member of a form's field");
	}
}

static void read_field(struct reader *r, struct json_object *item, const char *pointer, struct field *field)
{
	if (!json_object_is_type(item, json_type_object)) {
		fault(r, pointer, NULL, "应为对象", "must be an object");
		return;
	}
	check_members(r, item, pointer);
	field->name = json_get_text(item, "name");
	if (!name_good(field->name)) {
		fault(r, pointer, "name", "名称只能是小写字母、数字和 _",
			"must be a name of lower-case letters, digits and _");
		field->name = "?";
	}
	if (!type_of(json_get_text(item, "type"), &field->type))
		fault(r, pointer, "type", "没有这种类型", "is no type of a field");
	if (field->type == FIELD_LIST &&
		(!type_of(json_get_text(item, "item"), &field->item) ||
			(field->item != FIELD_TEXT && field->item != FIELD_FILE && field->item != FIELD_ENUM &&
				field->item != FIELD_ID && field->item != FIELD_TERM)))
		fault(r, pointer, "item", "列表项只能是 text、file、id、enum 或 term",
			"must be text, file, id, enum or term");
	bool term = field->type == FIELD_TERM || (field->type == FIELD_LIST && field->item == FIELD_TERM);
	field->terms = json_get_text(item, "terms");
	if (term != (field->terms != NULL))
		fault(r, pointer, "terms", "term 须写明词典（terms），其他类型不写",
			"a term says of which dictionary, and nothing else does");
	field->zh = policy_text(r->arena, item, "zh", true, pointer, &r->problem);
	field->en = policy_text(r->arena, item, "en", true, pointer, &r->problem);
	field->required = policy_flag(item, "required");
	field->has_min = json_get_int(item, "min", &field->min);
	field->has_max = json_get_int(item, "max", &field->max);
	if (json_get_int(item, "exactly", &field->max)) {
		if (field->type != FIELD_LIST || field->has_min || field->has_max || field->max < 1)
			fault(r, pointer, "exactly", "只用于列表，且不能与 min、max 同用",
				"is for lists, without min and max");
		field->min = field->max;
		field->has_min = field->has_max = true;
	}
	field->pattern = json_get_text(item, "pattern");
	field->pattern_zh = json_get_text(item, "pattern_zh");
	field->pattern_en = json_get_text(item, "pattern_en");
	if (field->type == FIELD_ENUM || (field->type == FIELD_LIST && field->item == FIELD_ENUM))
		read_values(r, item, pointer, field);
	field->read = field->write = ~0u;
}

static void place(struct field *fields, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		enum field_type type = fields[i].type;
		bool flagged = type == FIELD_INT || type == FIELD_UINT || type == FIELD_MONEY || type == FIELD_BOOL;
		fields[i].offset = (uint16_t)(i * SLOT);
		fields[i].has_offset = flagged ? (uint16_t)(i * SLOT + SLOT - 1) : FIELD_NO_OFFSET;
	}
}

const struct shape *form_read_fields(struct arena *arena, const char *name, const struct field *first,
	size_t first_count, struct json_object *array, const char *pointer, struct problem **problem)
{
	struct reader r = {arena, *problem};
	size_t more = json_count(array);
	if (array && (!json_object_is_type(array, json_type_array) || more > FIELDS_MAX)) {
		fault(&r, pointer, NULL, "应为字段列表，最多 60 项", "must be a list of at most 60 fields");
		more = 0;
	}
	struct field *fields = ARENA_ARRAY(arena, struct field, first_count + more + 1);
	for (size_t i = 0; i < first_count; i++)
		fields[i] = first[i];
	for (size_t i = 0; i < more; i++) {
		const char *here = json_pointer_index(arena, pointer, i);
		struct field *field = &fields[first_count + i];
		read_field(&r, json_at(array, i), here, field);
		for (size_t j = 0; j < first_count + i; j++)
			if (field->name && strcmp(fields[j].name, field->name) == 0)
				fault(&r, here, "name", "字段重复", "is given twice");
	}
	place(fields, first_count + more);
	struct shape *shape = ARENA_NEW(arena, struct shape);
	*shape = (struct shape){name, fields, first_count + more, (first_count + more + 1) * SLOT};
	*problem = r.problem;
	return shape;
}
