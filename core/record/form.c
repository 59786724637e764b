#include "core/record/form.h"

#include <string.h>

#include "core/http/request.h"
#include "core/record/form_read.h"
#include "core/record/lifecycle.h"
#include "core/record/record_inside.h"
#include "core/record/row.h"
#include "core/text/json.h"

struct form_set {
	struct form *forms;
	size_t count;
};

struct compiler {
	struct arena *arena;
	struct problem *problem;
	struct form_field *fields;
	size_t count;
};

static void fault(struct compiler *c, const char *pointer, const char *key, const char *zh, const char *en)
{
	const char *here = key ? json_pointer_add(c->arena, pointer, key) : pointer;
	c->problem = problem_add_field(c->arena, c->problem, here, "policy", zh, en);
}

static const struct form_field *find(const struct compiler *c, const char *name)
{
	for (size_t i = 0; name && i < c->count; i++)
		if (strcmp(c->fields[i].field->name, name) == 0)
			return &c->fields[i];
	return NULL;
}

/* The declaration's field with the form's labels over its own. */
static void tune_field(struct compiler *c, struct json_object *words, const char *pointer, struct form_field *out)
{
	static const char *const known[] = {"required", "hidden", "zh", "en", "help_zh", "help_en"};
	struct field *field = ARENA_NEW(c->arena, struct field);
	*field = *out->field;
	json_object_object_foreach(words, key, value)
	{
		bool found = false;
		(void)value;
		for (size_t i = 0; i < sizeof known / sizeof *known; i++)
			found |= strcmp(known[i], key) == 0;
		if (!found)
			fault(c, pointer, key, "没有这一项", "is not known here");
	}
	if (json_get_text(words, "zh"))
		field->zh = json_get_text(words, "zh");
	if (json_get_text(words, "en"))
		field->en = json_get_text(words, "en");
	out->help_zh = json_get_text(words, "help_zh");
	out->help_en = json_get_text(words, "help_en");
	out->required |= policy_flag(words, "required");
	out->hidden = policy_flag(words, "hidden");
	if (out->hidden && field->required)
		fault(c, pointer, "hidden", "该字段必填，不能隐藏", "is always required, so it cannot be hidden");
	out->field = field;
}

static void compile_fields(struct compiler *c, const struct record *record, struct json_object *object,
	const char *pointer, struct form *out)
{
	struct json_object *words = json_get_object(object, "fields");
	const char *here = json_pointer_add(c->arena, pointer, "fields");
	c->fields = ARENA_ARRAY(c->arena, struct form_field, record->shape->count + out->extra->count + 1);
	c->count = 0;
	for (size_t i = 0; i < record->shape->count; i++) {
		const struct field *field = &record->shape->fields[i];
		if (field != record->extra_field && field->write & ~ROLE_SERVER)
			c->fields[c->count++] = (struct form_field){.field = field, .required = field->required};
	}
	for (size_t i = 0; i < out->extra->count; i++)
		c->fields[c->count++] = (struct form_field){
			.field = &out->extra->fields[i], .required = out->extra->fields[i].required, .extra = true};
	if (!words)
		return;
	json_object_object_foreach(words, key, value)
	{
		struct form_field *field = (struct form_field *)find(c, key);
		if (field && json_object_is_type(value, json_type_object))
			tune_field(c, value, json_pointer_add(c->arena, here, key), field);
		else
			fault(c, here, key, "表单中没有这个字段", "is no field that the form can ask for");
	}
}

static void compile_section(
	struct compiler *c, struct json_object *object, const char *pointer, struct form_section *out)
{
	struct json_object *names = json_get_array(object, "fields");
	const char *here = json_pointer_add(c->arena, pointer, "fields");
	out->zh = policy_text(c->arena, object, "zh", true, pointer, &c->problem);
	out->en = policy_text(c->arena, object, "en", true, pointer, &c->problem);
	out->fields = ARENA_ARRAY(c->arena, const struct form_field *, json_count(names) + 1);
	for (size_t i = 0; i < json_count(names); i++) {
		const struct form_field *field = find(c, json_text(json_at(names, i)));
		if (field)
			out->fields[out->count++] = field;
		else
			fault(c, json_pointer_index(c->arena, here, i), NULL, "表单中没有这个字段",
				"is no field that the form can ask for");
	}
}

/* Without sections: one, in the order of the declaration. */
static void compile_sections(struct compiler *c, struct json_object *object, const char *pointer, struct form *out)
{
	struct json_object *list = json_get_array(object, "sections");
	const char *here = json_pointer_add(c->arena, pointer, "sections");
	size_t count = json_count(list);
	struct form_section *sections = ARENA_ARRAY(c->arena, struct form_section, count + 1);
	for (size_t i = 0; i < count; i++)
		compile_section(c, json_at(list, i), json_pointer_index(c->arena, here, i), &sections[i]);
	if (!count) {
		sections[0] = (struct form_section){out->record->zh, out->record->en,
			ARENA_ARRAY(c->arena, const struct form_field *, c->count + 1), 0};
		for (size_t i = 0; i < c->count; i++)
			sections[0].fields[sections[0].count++] = &c->fields[i];
	}
	out->sections = sections;
	out->section_count = count ? count : 1;
}

static bool find_part(const void *compiler, const char *name, struct rule_part *out)
{
	const struct form_field *field = find(compiler, name);
	if (field)
		*out = (struct rule_part){field->field, field->extra};
	return field != NULL;
}

static void compile_form(struct compiler *c, const struct record *record, struct json_object *object,
	const char *pointer, struct form *out)
{
	struct json_object *extra = json_get(object, "extra");
	out->record = record;
	if (extra && !record->extra_field)
		fault(c, pointer, "extra", "该记录不能有额外字段", "needs a record with the column extra");
	out->extra = form_read_fields(
		c->arena, "extra", NULL, 0, extra, json_pointer_add(c->arena, pointer, "extra"), &c->problem);
	for (size_t i = 0; i < out->extra->count; i++)
		if (shape_field(record->shape, out->extra->fields[i].name))
			fault(c, json_pointer_index(c->arena, json_pointer_add(c->arena, pointer, "extra"), i), "name",
				"与固有字段重名", "is the name of a declared field");
	compile_fields(c, record, object, pointer, out);
	compile_sections(c, object, pointer, out);
	out->rules = rule_read(c->arena, object, pointer, find_part, c, &c->problem);
	out->fields = c->fields;
	out->count = c->count;
}

struct problem *form_compile(
	struct arena *arena, const struct record_set *records, struct json_object *policy, const struct form_set **out)
{
	struct compiler c = {.arena = arena};
	struct json_object *forms = json_get_object(policy, "forms");
	struct form_set *set = ARENA_NEW(arena, struct form_set);
	set->forms = ARENA_ARRAY(arena, struct form, forms ? (size_t)json_object_object_length(forms) + 1 : 1);
	if (forms) {
		json_object_object_foreach(forms, key, value)
		{
			const struct record *record = record_find(records, key);
			const char *pointer = json_pointer_add(arena, "/forms", key);
			if (!record || !record->shape || !json_object_is_type(value, json_type_object))
				fault(&c, pointer, NULL, "没有这种记录", "names no record with fields");
			else
				compile_form(&c, record, value, pointer, &set->forms[set->count++]);
		}
	}
	*out = c.problem ? NULL : set;
	return c.problem;
}

const struct form *form_of(const struct form_set *set, const struct record *record)
{
	for (size_t i = 0; set && i < set->count; i++)
		if (set->forms[i].record == record)
			return &set->forms[i];
	return NULL;
}

static struct json_object *extra_of(const struct record *record, const void *row)
{
	return record->extra_field ? *(struct json_object *const *)((const char *)row + record->extra_field->offset)
				   : NULL;
}

static struct problem *missing(
	struct call *call, struct problem *problem, const char *pointer, const struct field *field)
{
	return problem_add_field(call->arena, problem, pointer, "required",
		arena_printf(call->arena, "请填写%s", field->zh),
		arena_printf(call->arena, "%s is required", field->en));
}

/* Shown only beside another field's value: see field.h. */
static bool is_asked(const struct record *record, const struct field *field, const void *row)
{
	const struct field *other = field->show_if_field ? shape_field(record->shape, field->show_if_field) : NULL;
	if (!other)
		return true;
	const char *at = (const char *)row + other->offset;
	if (other->type == FIELD_BOOL)
		return *(const bool *)at == (strcmp(field->show_if_value, "true") == 0);
	const char *value = other->type == FIELD_ENUM ? field_code(other, *(const int *)at) : *(const char *const *)at;
	return value && strcmp(value, field->show_if_value) == 0;
}

/* The extra fields as a struct, for rules; NULL without a row. */
static void *extra_struct(struct call *call, const struct form *form, const void *row)
{
	struct json_object *extra = row ? extra_of(form->record, row) : NULL;
	if (!row)
		return NULL;
	void *out = arena_alloc(call->arena, form->extra->size);
	for (size_t i = 0; i < form->extra->count; i++)
		field_decode_loose(call, call->arena, &form->extra->fields[i], json_get(extra,
			form->extra->fields[i].name),
			out);
	return out;
}

struct problem *form_check_rules(struct call *call, const struct record *record, const void *before, const void *row,
	bool handed_in, struct problem *problem)
{
	const struct form *form = form_of(call->forms, record);
	if (!form || !form->rules.count)
		return problem;
	const struct rule_values now = {row, extra_struct(call, form, row)}, was = {before, extra_struct(call, form,
		before)};
	return rule_check(call->arena, &form->rules, now, before ? &was : NULL, handed_in, problem);
}

struct problem *form_check(struct call *call, const struct record *record, const void *row)
{
	const struct form *form = form_of(call->forms, record);
	struct json_object *extra = extra_of(record, row);
	struct problem *problem = NULL;
	for (size_t i = 0; form && i < form->count; i++) {
		const struct form_field *field = &form->fields[i];
		if (!field->required || field->hidden)
			continue;
		if (field->extra && !json_get(extra, field->field->name))
			problem = missing(call, problem, arena_printf(call->arena, "/extra/%s", field->field->name),
				field->field);
		else if (!field->extra && is_asked(record, field->field, row) && field_is_absent(field->field, row))
			problem = missing(
				call, problem, arena_printf(call->arena, "/%s", field->field->name), field->field);
	}
	return form_check_rules(call, record, NULL, row, true, problem);
}

/* An unfinished form can be kept, so what is missing counts only when it is handed in. */
struct problem *form_decode_extra(
	struct call *call, const struct record *record, const void *before, struct json_object *extra)
{
	static const struct shape none = {"extra", NULL, 0, 1};
	const struct form *form = form_of(call->forms, record);
	const struct shape *shape = form ? form->extra : &none;
	struct problem *problem, *out = NULL;
	if (!extra)
		return NULL;
	if (!json_object_is_type(extra, json_type_object))
		return problem_add_field(call->arena, NULL, "/extra", "type", "应为对象", "must be an object");
	void *in = form && before ? extra_struct(call, form, before) : arena_alloc(call->arena, shape->size);
	problem = shape_decode(call, call->arena, shape, extra, DECODE_PATCH, 0, in);
	if (!problem)
		shape_put_back(shape, extra, in);
	for (struct problem_field *field = problem ? problem->fields : NULL; field; field = field->next)
		if (strcmp(field->code, "required") != 0)
			out = problem_add_field(call->arena, out, arena_printf(call->arena, "/extra%s", field->pointer),
				field->code, field->zh, field->en);
	return out;
}
