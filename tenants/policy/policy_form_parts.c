/* Lifecycles, forms of records and texts of notices: maps of named things, each with its rows. */
#include <string.h>

#include "core/arena.h"
#include "core/record/record.h"
#include "core/text/json.h"
#include "tenants/policy/policy_form_inside.h"

/* {id, zh, en, own, layer, from, removed, fields: […]}: one named thing. */
static void write_thing(const struct policy_form *form, struct json_writer *w, const char *map, const char *id,
	const struct policy_form_row *rows)
{
	const char *path = arena_printf(form->arena, "%s.%s", map, id);
	const struct yaml_node *now = policy_form_node(form->arena, form->layers->all, path),
			       *shown = now ? now : policy_form_node(form->arena, form->layers->under, path);

	jw_object_begin(w);
	jw_kv_text(w, "id", id);
	jw_kv_text(w, "path", path);
	jw_kv_text(w, "zh", yaml_text(yaml_get(shown, "zh")));
	jw_kv_text(w, "en", yaml_text(yaml_get(shown, "en")));
	jw_kv_bool(w, "removed", !now);
	policy_form_write_origin(form, w, path);
	jw_key(w, "fields");
	jw_array_begin(w);
	for (; rows->path; rows++)
		policy_form_write_row(form, w, rows, arena_printf(form->arena, "%s.%s", path, rows->path));
	jw_array_end(w);
	jw_object_end(w);
}

/* Those in force first, in their order; then what the platform has removed from the layers below. */
static void write_things(const struct policy_form *form, struct json_writer *w, const char *key, const char *map,
	const struct policy_form_row *rows)
{
	const struct yaml_node *all = policy_form_node(form->arena, form->layers->all, map),
			       *under = policy_form_node(form->arena, form->layers->under, map);

	jw_key(w, key);
	jw_array_begin(w);
	for (size_t i = 0; yaml_is_mapping(all) && i < all->count; i++)
		write_thing(form, w, map, all->pairs[i].key, rows);
	for (size_t i = 0; yaml_is_mapping(under) && i < under->count; i++)
		if (!yaml_get(all, under->pairs[i].key))
			write_thing(form, w, map, under->pairs[i].key, rows);
	jw_array_end(w);
}

static void write_head(struct json_writer *w, const struct record *record)
{
	jw_kv_text(w, "id", record->name);
	jw_kv_text(w, "zh", record->zh);
	jw_kv_text(w, "en", record->en);
}

/* --- lifecycles ------------------------------------------------------------------------------- */

static void write_phases(struct json_writer *w, const struct record *record)
{
	jw_key(w, "phases");
	jw_array_begin(w);
	for (size_t i = 0; i < record->phase_count; i++) {
		jw_object_begin(w);
		jw_kv_text(w, "code", record->phases[i].code);
		jw_kv_text(w, "zh", record->phases[i].zh);
		jw_kv_text(w, "en", record->phases[i].en);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void write_lifecycle(const struct policy_form *form, struct json_writer *w, const struct record *record)
{
	const char *map = arena_printf(form->arena, "lifecycles.%s", record->lifecycle);
	const char *steps = arena_printf(form->arena, "%s.steps", map);
	struct policy_form one = *form;

	one.record = record;
	one.steps = policy_form_node(form->arena, form->layers->all, steps);
	if (!one.steps)
		return;
	jw_object_begin(w);
	write_head(w, record);
	jw_kv_text(w, "path", map);
	write_phases(w, record);
	write_things(&one, w, "steps", steps, POLICY_FORM_STEP);
	write_things(&one, w, "transitions", arena_printf(form->arena, "%s.transitions", map), POLICY_FORM_TRANSITION);
	jw_object_end(w);
}

void policy_form_write_lifecycles(const struct policy_form *form, struct json_writer *w)
{
	jw_key(w, "lifecycles");
	jw_array_begin(w);
	for (size_t i = 0; i < form->records->count; i++)
		if (form->records->records[i]->lifecycle)
			write_lifecycle(form, w, form->records->records[i]);
	jw_array_end(w);
}

/* --- forms ------------------------------------------------------------------------------------ */

/* What people may write, as core/record/form.c takes it. */
static bool is_asked(const struct record *record, const struct field *field)
{
	return field != record->extra_field && field->write & ~ROLE_SERVER;
}

static void write_field(
	const struct policy_form *form, struct json_writer *w, const char *map, const struct field *field)
{
	const char *path = arena_printf(form->arena, "%s.fields.%s", map, field->name);

	jw_object_begin(w);
	jw_kv_text(w, "id", field->name);
	jw_kv_text(w, "path", path);
	jw_kv_text(w, "zh", field->zh);
	jw_kv_text(w, "en", field->en);
	jw_kv_bool(w, "always", field->required);
	jw_key(w, "fields");
	jw_array_begin(w);
	for (const struct policy_form_row *row = POLICY_FORM_FIELD; row->path; row++)
		policy_form_write_row(form, w, row, arena_printf(form->arena, "%s.%s", path, row->path));
	jw_array_end(w);
	jw_object_end(w);
}

static void write_form(const struct policy_form *form, struct json_writer *w, const struct record *record)
{
	const char *map = arena_printf(form->arena, "forms.%s", record->name);

	jw_object_begin(w);
	write_head(w, record);
	jw_kv_text(w, "path", map);
	jw_key(w, "asked");
	jw_array_begin(w);
	for (size_t i = 0; i < record->shape->count; i++)
		if (is_asked(record, &record->shape->fields[i]))
			write_field(form, w, map, &record->shape->fields[i]);
	jw_array_end(w);
	write_things(form, w, "extra", arena_printf(form->arena, "%s.extra", map), POLICY_FORM_EXTRA);
	jw_object_end(w);
}

/* Records that keep extra fields of a platform's own. */
void policy_form_write_forms(const struct policy_form *form, struct json_writer *w)
{
	jw_key(w, "forms");
	jw_array_begin(w);
	for (size_t i = 0; i < form->records->count; i++)
		if (form->records->records[i]->extra_field)
			write_form(form, w, form->records->records[i]);
	jw_array_end(w);
}

/* --- notices ---------------------------------------------------------------------------------- */

static void write_notice(
	const struct policy_form *form, struct json_writer *w, const char *id, const struct yaml_node *notice)
{
	const struct yaml_node *title = yaml_get(notice, "title"), *variables = yaml_get(notice, "variables");
	const char *path = arena_printf(form->arena, "notices.%s", id);

	jw_object_begin(w);
	jw_kv_text(w, "id", id);
	jw_kv_text(w, "path", path);
	jw_kv_text(w, "zh", yaml_text(yaml_get(title, "zh")));
	jw_kv_text(w, "en", yaml_text(yaml_get(title, "en")));
	jw_key(w, "variables");
	jw_array_begin(w);
	for (size_t i = 0; yaml_is_sequence(variables) && i < variables->count; i++)
		jw_text(w, yaml_text(variables->items[i]));
	jw_array_end(w);
	jw_key(w, "fields");
	jw_array_begin(w);
	for (const struct policy_form_row *row = POLICY_FORM_NOTICE; row->path; row++)
		policy_form_write_row(form, w, row, arena_printf(form->arena, "%s.%s", path, row->path));
	jw_array_end(w);
	jw_object_end(w);
}

void policy_form_write_notices(const struct policy_form *form, struct json_writer *w)
{
	const struct yaml_node *notices = yaml_get(form->layers->all, "notices");

	jw_key(w, "notices");
	jw_array_begin(w);
	for (size_t i = 0; yaml_is_mapping(notices) && i < notices->count; i++)
		write_notice(form, w, notices->pairs[i].key, notices->pairs[i].value);
	jw_array_end(w);
}
