/* What a transition writes into the record besides phase and step: values of its form, and the moment. */
#include <stdlib.h>
#include <string.h>

#include "core/record/form_read.h"
#include "core/record/lifecycle_inside.h"
#include "core/record/record_inside.h"
#include "core/record/row.h"
#include "core/text/json.h"
#include "core/text/zone.h"

struct compiler {
	struct arena *arena;
	const struct record *record;
	struct lifecycle_transition *out;
	struct problem *problem;
};

static void fault(struct compiler *c, const char *pointer, const char *zh, const char *en, const char *name)
{
	c->problem = problem_add_field(c->arena, c->problem, pointer, "policy",
		arena_printf(c->arena, "%s：%s", zh, name ? name : "?"),
		arena_printf(c->arena, "%s: %s", en, name ? name : "?"));
}

/* Says who stands where, or what another record says. */
static bool is_kept(const struct record *record, const struct field *field)
{
	for (size_t i = 0; i < record->side_count; i++)
		if (record->sides[i].by == field || record->sides[i].home == field)
			return true;
	for (size_t i = 0; i < record->refer_count; i++)
		for (size_t j = 0; j < record->refers[i].take_count; j++)
			if (record->refers[i].takes[j].into == field)
				return true;
	return field->follows != NULL;
}

static bool is_same_dictionary(const struct field *from, const struct field *into)
{
	return !into->terms || (from->terms && strcmp(from->terms, into->terms) == 0);
}

/* The reason of a move has line breaks; a record may hold it as a line. */
static bool is_same_type(const struct field *from, const struct field *into)
{
	if (from->type == FIELD_LIST)
		return into->type == FIELD_LIST && from->item == into->item && !into->shape && is_same_dictionary(from,
			into);
	return (from->type == into->type && is_same_dictionary(from, into)) || (from->type == FIELD_LONGTEXT &&
		into->type == FIELD_TEXT);
}

static bool has_all_values(const struct field *from, const struct field *into)
{
	for (size_t i = 0; i < from->value_count; i++)
		if (!field_value(into, from->values[i].code))
			return false;
	return from->item != FIELD_ENUM || from->value_count == into->value_count;
}

/* A form that says no bounds has those of the record; it may say closer ones. False if it says wider ones. */
static bool take_bounds(struct field *from, const struct field *into)
{
	bool good = !(from->has_min && into->has_min && from->min < into->min) &&
		    !(from->has_max && into->has_max && from->max > into->max);
	if (!from->has_min && into->has_min) {
		from->has_min = true;
		from->min = into->min;
	}
	if (!from->has_max && into->has_max) {
		from->has_max = true;
		from->max = into->max;
	}
	from->ascii |= into->ascii;
	from->item_max = into->item_max;
	if (!from->pattern) {
		from->pattern = into->pattern;
		from->pattern_zh = into->pattern_zh;
		from->pattern_en = into->pattern_en;
	}
	return good;
}

static void compile_one(struct compiler *c, const char *name, const char *pointer)
{
	const struct field *into = shape_field(c->record->shape, name);
	/* This form was made a moment ago, in the same arena, and nobody else has it. */
	struct field *from = (struct field *)(uintptr_t)shape_field(c->out->form, name);
	struct lifecycle_value *values = (struct lifecycle_value *)(uintptr_t)c->out->sets;
	if (!into || into == c->record->extra_field || is_kept(c->record, into))
		fault(c, pointer, "不是可由办理填写的字段", "is no field of the record that a transition can set",
			name);
	else if (!from || !is_same_type(from, into) || !has_all_values(from, into))
		fault(c, pointer, "表单中没有同名同类型的字段", "is no field of the form, of the same type and values",
			name);
	else if (into->sealed_column || into->personal || into->masked)
		fault(c, pointer, "含个人信息的字段不能由办理填写",
			"holds a person's data, and the log tells what a form says", name);
	else if (!take_bounds(from, into))
		fault(c, pointer, "表单允许的范围超出该字段", "may be more or less in the form than the field holds",
			name);
	else
		values[c->out->set_count++] = (struct lifecycle_value){from, into};
}

struct problem *lifecycle_sets_compile(struct arena *arena, const struct record *record, struct json_object *object,
	const char *pointer, struct lifecycle_transition *out, struct problem *problem)
{
	struct compiler c = {arena, record, out, problem};
	struct json_object *names = json_get_array(object, "sets");
	const char *here = json_pointer_add(arena, pointer, "sets"), *stamp = json_get_text(object, "stamps");
	out->sets = ARENA_ARRAY(arena, struct lifecycle_value, json_count(names) + 1);
	if (json_has(object, "sets") && !names)
		fault(&c, here, "应为列表", "must be a list", "sets");
	for (size_t i = 0; i < json_count(names); i++)
		compile_one(&c, json_text(json_at(names, i)), json_pointer_index(arena, here, i));
	out->stamps = shape_field(record->shape, stamp);
	if (json_has(object, "stamps") &&
		(!out->stamps || (out->stamps->type != FIELD_TIME && out->stamps->type != FIELD_DATE)))
		fault(&c, json_pointer_add(arena, pointer, "stamps"), "不是该记录的时间或日期字段",
			"is no field of the record that holds a time or a day", stamp);
	return c.problem;
}

void lifecycle_sets_recall(const struct lifecycle_transition *transition, const void *row, struct json_object *form,
	void *in)
{
	for (size_t i = 0; i < transition->set_count; i++)
		if (transition->sets[i].from->terms && json_get(form, transition->sets[i].from->name))
			field_copy(transition->sets[i].from, in, transition->sets[i].into, row);
}

void lifecycle_sets_apply(struct call *call, const struct lifecycle_transition *transition, void *row,
	struct json_object *form)
{
	void *in = arena_alloc(call->arena, transition->form->size);
	lifecycle_sets_recall(transition, row, form, in);
	struct problem *problem =
		transition->set_count ? shape_decode(call, call->arena, transition->form, form, DECODE_FULL, 0,
			in) : NULL;
	if (problem)
		abort(); /* it was checked a moment ago */
	for (size_t i = 0; i < transition->set_count; i++)
		if (json_get(form, transition->sets[i].from->name))
			field_copy(transition->sets[i].into, row, transition->sets[i].from, in);
	if (!transition->stamps)
		return;
	if (transition->stamps->type == FIELD_TIME)
		field_set_number(transition->stamps, row, call_now());
	else
		*(const char **)((char *)row + transition->stamps->offset) = zone_day(call->arena, call_now());
}
