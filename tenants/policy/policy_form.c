#include "tenants/policy/policy_form.h"
#include "tenants/policy/policy_form_inside.h"

#include <assert.h>
#include <string.h>

#include "core/arena.h"
#include "core/record/record.h"
#include "core/text/json.h"
#include "schema/records.gen.h"
#include "tenants/policy/policy_check.h"
#include "tenants/policy/policy_compile.h"
#include "tenants/policy/policy_spec.h"

/* --- what the form offers --------------------------------------------------------------------- */

static bool is_row(const struct policy_form_row *rows, const char *path)
{
	for (; rows->path; rows++)
		if (strcmp(rows->path, path) == 0)
			return true;
	return false;
}

/* "a.b.c": the rest behind the first `count` names, NULL if there are not as many. */
static const char *behind(const char *path, int count)
{
	for (; path && count > 0; count--) {
		path = strchr(path, '.');
		path = path ? path + 1 : NULL;
	}
	return path;
}

static bool begins_with(const char *path, const char *word)
{
	return strncmp(path, word, strlen(word)) == 0 && path[strlen(word)] == '.' && path[strlen(word) + 1];
}

static bool is_term(const char *path)
{
	for (const struct policy_form_row *row = POLICY_FORM_DICTIONARIES; row->path; row++)
		if (begins_with(path, row->path))
			return !behind(path, 2);
	return false;
}

/* "<map>.<record>.<kind>.<name>", with `whole` that itself, or a row behind it. */
static bool is_part(const char *path, const char *map, const char *kind, const struct policy_form_row *rows, bool whole)
{
	const char *part = behind(path, 2), *row = behind(path, 4);

	return begins_with(path, map) && part && begins_with(part, kind) && (row ? is_row(rows, row) : whole);
}

static bool is_of_a_record(const char *path)
{
	return is_part(path, "lifecycles", "steps", POLICY_FORM_STEP, true) ||
		is_part(path, "lifecycles", "transitions", POLICY_FORM_TRANSITION, true) ||
		is_part(path, "forms", "fields", POLICY_FORM_FIELD, false) ||
		is_part(path, "forms", "extra", POLICY_FORM_EXTRA, true);
}

bool policy_form_offers(const char *path)
{
	for (const struct policy_form_section *section = POLICY_FORM; section->id; section++)
		if (is_row(section->rows, path))
			return true;
	if (begins_with(path, "conditions"))
		return !behind(path, 2) || is_row(POLICY_FORM_CONDITION, behind(path, 2));
	if (begins_with(path, "notices"))
		return behind(path, 2) && is_row(POLICY_FORM_NOTICE, behind(path, 2));
	return is_term(path) || is_of_a_record(path);
}

static bool begins_as_desk(const char *path)
{
	for (const char *const *begin = POLICY_FORM_DESK; *begin; begin++)
		if (strcmp(path, *begin) == 0 || begins_with(path, *begin))
			return true;
	return false;
}

bool policy_form_is_desk(struct arena *arena, const char *path)
{
	const char *part = behind(path, 2);
	char *around = arena_strdup(arena, path), *dot;

	if (!begins_as_desk(path))
		return false;
	if (begins_with(path, "lifecycles") && part && begins_with(part, "transitions"))
		return is_part(path, "lifecycles", "transitions", POLICY_FORM_TRANSITION, false);
	while (!policy_form_offers(around) && (dot = strrchr(around, '.')))
		*dot = 0;
	return policy_form_offers(around);
}

const struct policy_form_word *policy_form_word(const char *path, const char *code)
{
	for (const struct policy_form_word *word = POLICY_FORM_WORDS; word->code; word++)
		if (strcmp(word->code, code) == 0 && (!word->path || strcmp(word->path, path) == 0))
			return word;
	return NULL;
}

/* --- values ----------------------------------------------------------------------------------- */

const struct yaml_node *policy_form_node(struct arena *arena, const struct yaml_node *root, const char *path)
{
	char *rest = arena_strdup(arena, path), *name;
	while (root && (name = strsep(&rest, ".")) != NULL)
		root = yaml_get(root, name);
	return root;
}

/* In the type that the key declares, whatever a plain scalar looks like: a hotline 96871 is a text. */
static void write_value(
	struct json_writer *w, struct arena *arena, const struct policy_spec *spec, const struct yaml_node *node)
{
	bool many = spec->type == SPEC_TEXTS || spec->type == SPEC_RULES;

	if (yaml_is_null(node)) {
		jw_null(w);
	} else if (many) {
		jw_array_begin(w);
		for (size_t i = 0; i < (yaml_is_sequence(node) ? node->count : 1); i++)
			jw_text(w, yaml_text(yaml_is_sequence(node) ? node->items[i] : node));
		jw_array_end(w);
	} else if (spec->type == SPEC_BOTH && yaml_is_mapping(node)) {
		jw_object_begin(w);
		jw_kv_text(w, "zh", yaml_text(yaml_get(node, "zh")));
		jw_kv_text(w, "en", yaml_text(yaml_get(node, "en")));
		jw_object_end(w);
	} else if (spec->type == SPEC_TEXT || spec->type == SPEC_CHOICE) {
		jw_text(w, yaml_text(node));
	} else {
		jw_json(w, yaml_to_json(arena, node));
	}
}

/* --- layers ----------------------------------------------------------------------------------- */

static const char *layer_of(const struct policy_form *form, const struct yaml_node *node, const char **from)
{
	const char *file = node->file, *config = form->author->config;
	size_t len = strlen(config);

	*from = NULL;
	if (strncmp(file, config, len) == 0 && file[len] == '/') {
		const char *folder = file + len + 1;
		return strncmp(folder, "levels/", 7) == 0      ? "level"
			: strncmp(folder, "networks/", 9) == 0 ? "network"
							       : "base";
	}
	for (size_t i = 0; i < form->author->others.count; i++)
		if (strcmp(form->author->others.items[i].file, file) == 0)
			*from = form->author->others.items[i].slug;
	return *from ? "parent" : "own";
}

/* own: it stands in the platform's own file, maybe as `~`. layer, from, inherited: of what would hold without that. */
void policy_form_write_origin(const struct policy_form *form, struct json_writer *w, const char *path)
{
	const struct yaml_node *own = policy_form_node(form->arena, form->layers->own, path),
			       *under = policy_form_node(form->arena, form->layers->under, path);
	const char *from = NULL, *layer = under ? layer_of(form, under, &from) : NULL;

	jw_kv_bool(w, "own", own != NULL);
	jw_kv_text(w, "layer", layer);
	jw_kv_text(w, "from", from);
}

/* --- choices ---------------------------------------------------------------------------------- */

static void write_choice(struct json_writer *w, const char *code, const char *zh, const char *en)
{
	jw_object_begin(w);
	jw_kv_text(w, "code", code);
	jw_kv_text(w, "zh", zh);
	jw_kv_text(w, "en", en);
	jw_object_end(w);
}

static void write_words(struct json_writer *w, struct arena *arena, const char *row, const char *words)
{
	char *rest = arena_strdup(arena, words), *code;
	while ((code = strsep(&rest, " ")) != NULL) {
		const struct policy_form_word *word = policy_form_word(row, code);
		write_choice(w, code, word ? word->zh : code, word ? word->en : code);
	}
}

static void write_fields(struct json_writer *w, const struct record *record)
{
	for (size_t i = 0; i < record->shape->count; i++)
		if (record->shape->fields[i].write)
			write_choice(w, record->shape->fields[i].name, record->shape->fields[i].zh,
				record->shape->fields[i].en);
}

static void write_overrides(struct json_writer *w)
{
	for (size_t i = 0; i < shape_publish_override.count; i++) {
		const struct field *field = &shape_publish_override.fields[i];
		if (policy_may_override(field->name))
			write_choice(w, field->name, field->zh, field->en);
	}
}

static void write_phases(struct json_writer *w, const struct record *record)
{
	for (size_t i = 0; record && i < record->phase_count; i++)
		write_choice(w, record->phases[i].code, record->phases[i].zh, record->phases[i].en);
}

static void write_steps(struct json_writer *w, const struct yaml_node *steps)
{
	for (size_t i = 0; yaml_is_mapping(steps) && i < steps->count; i++)
		write_choice(w, steps->pairs[i].key, yaml_text(yaml_get(steps->pairs[i].value, "zh")),
			yaml_text(yaml_get(steps->pairs[i].value, "en")));
}

static void write_terms(const struct policy_form *form, struct json_writer *w, const char *dictionary)
{
	const struct yaml_node *terms = yaml_get(form->layers->all, dictionary);
	for (size_t i = 0; terms && yaml_is_mapping(terms) && i < terms->count; i++)
		write_choice(w, terms->pairs[i].key, yaml_text(yaml_get(terms->pairs[i].value, "zh")),
			yaml_text(yaml_get(terms->pairs[i].value, "en")));
}

static void write_choices(const struct policy_form *form, struct json_writer *w, const struct policy_form_row *row,
	const struct policy_spec *spec)
{
	const struct record *record = row->from ? record_find(form->records, row->from) : NULL;

	if (!row->from && !spec->words)
		return;
	jw_key(w, "choices");
	jw_array_begin(w);
	if (row->from && strcmp(row->from, "phases") == 0)
		write_phases(w, form->record);
	else if (row->from && strcmp(row->from, "steps") == 0)
		write_steps(w, form->steps);
	else if (record)
		write_fields(w, record);
	else if (row->from && strcmp(row->from, shape_publish_override.name) == 0)
		write_overrides(w);
	else if (row->from)
		write_terms(form, w, row->from);
	else
		write_words(w, form->arena, row->path, spec->words);
	jw_array_end(w);
}

/* --- rows ------------------------------------------------------------------------------------- */

static const char *type_name(const struct policy_spec *spec, const struct policy_form_row *row)
{
	static const char *const names[] = {[SPEC_TEXT] = "text",
		[SPEC_BOTH] = "both",
		[SPEC_BOOL] = "bool",
		[SPEC_INT] = "int",
		[SPEC_CHOICE] = "choice",
		[SPEC_TEXTS] = "texts",
		[SPEC_RULES] = "rules"};
	return row->look == LOOK_COLOUR		       ? "colour"
		: row->from && spec->type == SPEC_TEXT ? "choice"
						       : names[spec->type];
}

static void write_bounds(struct json_writer *w, const struct policy_spec *spec)
{
	jw_kv_bool(w, "required", spec->required);
	if (spec->type == SPEC_INT) {
		jw_kv_int(w, "min", spec->min);
		jw_kv_int(w, "max", spec->max);
	} else if (spec->type == SPEC_TEXT) {
		jw_kv_int(w, "max", spec->max ? spec->max : 500);
	}
}

void policy_form_write_row(
	const struct policy_form *form, struct json_writer *w, const struct policy_form_row *row, const char *path)
{
	const struct policy_spec *spec = policy_spec_find(path);
	assert(spec); /* each row of the form has a key (tests/unit/test_policy_form.c) */

	jw_object_begin(w);
	jw_kv_text(w, "path", path);
	jw_kv_text(w, "type", type_name(spec, row));
	jw_kv_text(w, "zh", row->zh);
	jw_kv_text(w, "en", row->en);
	jw_kv_text(w, "help_zh", row->help_zh);
	jw_kv_text(w, "help_en", row->help_en);
	jw_kv_bool(w, "long", row->look == LOOK_LONG);
	jw_kv_bool(w, "mine", !form->desk || policy_form_is_desk(form->arena, path));
	write_bounds(w, spec);
	write_choices(form, w, row, spec);
	jw_key(w, "value");
	write_value(w, form->arena, spec, policy_form_node(form->arena, form->layers->all, path));
	jw_key(w, "inherited");
	write_value(w, form->arena, spec, policy_form_node(form->arena, form->layers->under, path));
	policy_form_write_origin(form, w, path);
	jw_object_end(w);
}

static void write_sections(const struct policy_form *form, struct json_writer *w)
{
	jw_key(w, "sections");
	jw_array_begin(w);
	for (const struct policy_form_section *section = POLICY_FORM; section->id; section++) {
		jw_object_begin(w);
		jw_kv_text(w, "id", section->id);
		jw_kv_text(w, "zh", section->zh);
		jw_kv_text(w, "en", section->en);
		jw_key(w, "fields");
		jw_array_begin(w);
		for (const struct policy_form_row *row = section->rows; row->path; row++)
			policy_form_write_row(form, w, row, row->path);
		jw_array_end(w);
		jw_object_end(w);
	}
	jw_array_end(w);
}

/* --- conditions and deadlines of steps -------------------------------------------------------- */

static void write_condition(
	const struct policy_form *form, struct json_writer *w, const char *id, const struct yaml_node *node)
{
	jw_object_begin(w);
	jw_kv_text(w, "id", id);
	jw_kv_text(w, "zh", yaml_text(yaml_get(node, "zh")));
	jw_kv_text(w, "en", yaml_text(yaml_get(node, "en")));
	policy_form_write_origin(form, w, arena_printf(form->arena, "conditions.%s", id));
	jw_key(w, "fields");
	jw_array_begin(w);
	for (const struct policy_form_row *row = POLICY_FORM_CONDITION; row->path; row++)
		policy_form_write_row(form, w, row, arena_printf(form->arena, "conditions.%s.%s", id, row->path));
	jw_array_end(w);
	jw_object_end(w);
}

static void write_conditions(const struct policy_form *form, struct json_writer *w)
{
	const struct yaml_node *conditions = yaml_get(form->layers->all, "conditions");

	jw_key(w, "conditions");
	jw_array_begin(w);
	for (size_t i = 0; yaml_is_mapping(conditions) && i < conditions->count; i++)
		write_condition(form, w, conditions->pairs[i].key, conditions->pairs[i].value);
	jw_array_end(w);
}

static void write_step(const struct policy_form *form, struct json_writer *w, const struct record *record,
	const struct yaml_pair *step)
{
	const struct policy_form_row row = {.path = "deadline",
		.zh = arena_printf(form->arena, "%s：%s（工作日）", record->zh, yaml_text(yaml_get(step->value, "zh"))),
		.en = arena_printf(form->arena, "%s: %s (working days)", record->en, yaml_text(yaml_get(step->value,
		"en")))};
	policy_form_write_row(form, w, &row,
		arena_printf(form->arena, "lifecycles.%s.steps.%s.deadline", record->lifecycle, step->key));
}

/* Steps in which somebody waits for a desk: those that have a deadline in some layer. */
static void write_deadlines(const struct policy_form *form, struct json_writer *w)
{
	jw_key(w, "deadlines");
	jw_array_begin(w);
	for (size_t r = 0; r < form->records->count; r++) {
		const struct record *record = form->records->records[r];
		const struct yaml_node *steps = NULL;
		if (record->lifecycle)
			steps = policy_form_node(form->arena, form->layers->all,
				arena_printf(form->arena, "lifecycles.%s.steps", record->lifecycle));
		for (size_t i = 0; yaml_is_mapping(steps) && i < steps->count; i++) {
			const char *path = arena_printf(
				form->arena, "lifecycles.%s.steps.%s.deadline", record->lifecycle, steps->pairs[i].key);
			if (policy_form_node(form->arena, form->layers->all, path) ||
				policy_form_node(form->arena, form->layers->under, path))
				write_step(form, w, record, &steps->pairs[i]);
		}
	}
	jw_array_end(w);
}

/* --- dictionaries ----------------------------------------------------------------------------- */

static void write_term(const struct policy_form *form, struct json_writer *w, size_t dictionary, const char *code)
{
	const char *path = arena_printf(form->arena, "%s.%s", term_dictionary(dictionary), code);
	const struct yaml_node *now = policy_form_node(form->arena, form->layers->all, path),
			       *under = policy_form_node(form->arena, form->layers->under, path);
	const struct yaml_node *shown = now ? now : under;
	bool retired = false;

	yaml_node_bool(yaml_get(now, "retired"), &retired);
	jw_object_begin(w);
	jw_kv_text(w, "code", code);
	jw_kv_text(w, "zh", yaml_text(yaml_get(shown, "zh")));
	jw_kv_text(w, "en", yaml_text(yaml_get(shown, "en")));
	jw_kv_bool(w, "retired", retired);
	jw_kv_bool(w, "removed", !now);
	jw_kv_uint(w, "uses", term_uses_of(&form->uses[dictionary], code));
	jw_key(w, "inherited");
	jw_json(w, under ? yaml_to_json(form->arena, under) : NULL);
	policy_form_write_origin(form, w, path);
	jw_object_end(w);
}

/* Those in force first, in their order; then what the platform has removed from the layers below. */
static void write_dictionary(const struct policy_form *form, struct json_writer *w, size_t i)
{
	const struct yaml_node *all = yaml_get(form->layers->all, term_dictionary(i)),
			       *under = yaml_get(form->layers->under, term_dictionary(i));

	jw_key(w, "terms");
	jw_array_begin(w);
	for (size_t t = 0; yaml_is_mapping(all) && t < all->count; t++)
		write_term(form, w, i, all->pairs[t].key);
	for (size_t t = 0; yaml_is_mapping(under) && t < under->count; t++)
		if (!yaml_get(all, under->pairs[t].key))
			write_term(form, w, i, under->pairs[t].key);
	jw_array_end(w);
}

static void write_dictionaries(const struct policy_form *form, struct json_writer *w)
{
	jw_key(w, "dictionaries");
	jw_array_begin(w);
	const char *name;
	for (size_t i = 0; (name = term_dictionary(i)); i++) {
		const struct policy_form_row *row = POLICY_FORM_DICTIONARIES;
		while (strcmp(row->path, name) != 0)
			row++;
		jw_object_begin(w);
		jw_kv_text(w, "id", row->path);
		jw_kv_text(w, "zh", row->zh);
		jw_kv_text(w, "en", row->en);
		jw_kv_text(w, "help_zh", row->help_zh);
		jw_kv_text(w, "help_en", row->help_en);
		jw_kv_bool(w, "fixed", policy_term_field(row->path) != NULL);
		write_dictionary(form, w, i);
		jw_object_end(w);
	}
	jw_array_end(w);
}

void policy_form_write(const struct policy_form *form, struct json_writer *w)
{
	write_sections(form, w);
	write_conditions(form, w);
	write_deadlines(form, w);
	write_dictionaries(form, w);
	policy_form_write_lifecycles(form, w);
	policy_form_write_forms(form, w);
	policy_form_write_notices(form, w);
}
