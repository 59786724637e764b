/* The form over a platform's rules: what can be changed without YAML, and changes written into the YAML by the
 * server. */
#include <string.h>

#include "core/arena.h"
#include "core/config/yaml_edit.h"
#include "core/record/endpoint.h"
#include "core/text/json.h"
#include "schema/records.gen.h"
#include "tenants/desk/platform_settings.h"
#include "tenants/policy/policy_form.h"
#include "tenants/rules/region.h"

enum { CHANGES_MAX = 300, DEPTH_MAX = 8 };

/* --- reading ---------------------------------------------------------------------------------- */

static struct problem *count_uses(struct call *call, struct term_uses *uses)
{
	struct problem *problem = NULL;
	for (size_t i = 0; !problem && term_dictionary(i); i++)
		problem = term_uses_count(call->db, call->scope, term_dictionary(i), &uses[i]);
	return problem;
}

static struct problem *write_form(struct settings_attempt *attempt, const struct db_result *rows)
{
	struct call *call = attempt->call;
	struct term_uses uses[TERM_DICTIONARIES];
	struct policy_layers layers;
	struct problem *problem = count_uses(call, uses);
	struct json_writer *w;

	if (!problem && !policy_author_layers(&attempt->author, settings_file(call), db_get_text(rows, 0, 1), &layers))
		problem = yaml_faults_problem(&attempt->author.faults);
	if (problem)
		return problem;
	w = endpoint_writer(call);
	jw_object_begin(w);
	jw_kv_uint(w, "version", db_get_uint(rows, 0, 0));
	jw_kv_bool(w, "writable", true);
	jw_kv_bool(w, "desk", settings_is_desk(call));
	policy_form_write(&(struct policy_form){.arena = call->arena, .author = &attempt->author, .layers = &layers,
		.records = call->services->records, .uses = uses, .desk = settings_is_desk(call)}, w);
	jw_object_end(w);
	return NULL;
}

struct problem *platform_settings_form(struct call *call)
{
	struct settings_attempt attempt = {.call = call};
	struct db_result *rows;
	struct problem *problem = settings_stored(call, &rows);

	if (!problem && !rows->rows)
		problem = problem_new(call->arena, &PROBLEM_NOT_FOUND);
	if (!problem)
		problem = settings_look(&attempt);
	if (!problem)
		problem = write_form(&attempt, rows);
	region_set_destroy(attempt.regions);
	return problem;
}

/* --- changing --------------------------------------------------------------------------------- */

static struct problem *fault(
	struct call *call, struct problem *problem, const char *at, const char *code, const char *zh, const char *en)
{
	return problem_add_field(call->arena, problem, at, code, zh, en);
}

/* {path, value} sets, {path, inherit: true} takes away; value null removes what a layer below says. */
static struct problem *read_change(struct call *call, struct problem *problem, const char *at, struct json_object *item,
	struct yaml_change *change)
{
	const char *path = json_get_text(item, "path"), **names = ARENA_ARRAY(call->arena, const char *, DEPTH_MAX);
	char *rest = arena_strdup(call->arena, path), *name;

	*change = (struct yaml_change){.path = names, .value = json_get(item, "value")};
	json_get_bool(item, "inherit", &change->inherit);
	if (!path || !policy_form_offers(path))
		return fault(call, problem, json_pointer_add(call->arena, at, "path"), "unknown",
			"表单中没有这个设置项", "The form has no such setting");
	if (change->inherit == json_has(item, "value"))
		return fault(call, problem, at, "value", "须给出 value，或 inherit: true",
			"Give a value, or inherit: true");
	while ((name = strsep(&rest, ".")) != NULL && change->depth < DEPTH_MAX) {
		if (!*name ||
			strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") !=
				strlen(name) ||
			strlen(name) > 48)
			return fault(call, problem, json_pointer_add(call->arena, at, "path"), "name",
				"代码只能由字母、数字、下划线和连字符组成，最多 48 个",
				"A code has letters, digits, _ and -, at most 48 of them");
		names[change->depth++] = name;
	}
	return problem;
}

static struct problem *read_changes(
	struct call *call, const struct settings_edit *in, struct yaml_change **out, size_t *count)
{
	struct problem *problem = NULL;

	*out = NULL;
	*count = json_count(in->changes);
	if (!json_object_is_type(in->changes, json_type_array) || !*count || *count > CHANGES_MAX)
		return fault(call, NULL, "/changes", "count", "须为 1—300 项修改的列表",
			"A list of 1 to 300 changes is expected");
	*out = ARENA_ARRAY(call->arena, struct yaml_change, *count);
	for (size_t i = 0; i < *count; i++)
		problem = read_change(call, problem, json_pointer_index(call->arena, "/changes", i),
			json_at(in->changes, i), &(*out)[i]);
	return problem;
}

static struct problem *edit(struct call *call, const struct settings_edit *in, const char **source)
{
	struct yaml_change *changes;
	size_t count;
	struct problem *problem = read_changes(call, in, &changes, &count);

	for (size_t i = 0; !problem && i < count; i++) {
		const char *changed = yaml_edit(call->arena, *source, &changes[i]);
		if (changed)
			*source = changed;
		else
			problem = fault(call, NULL, json_pointer_index(call->arena, "/changes", i), "expert",
				"现行配置的写法无法由表单修改此项，请在“专家模式”中修改",
				"The YAML in force is written in a way that the form cannot change here: use the "
				"expert page");
	}
	return problem;
}

static void answer(const struct settings_attempt *attempt, const char *source)
{
	struct json_writer *w = endpoint_writer(attempt->call);
	jw_object_begin(w);
	settings_write_verdict(attempt, w, false);
	jw_kv_text(w, "source", source);
	jw_object_end(w);
}

struct problem *platform_settings_edit(struct call *call, const struct settings_edit *in)
{
	struct settings_attempt attempt = {.call = call};
	struct db_result *rows;
	const char *source = NULL;
	struct json_object *paths;
	struct problem *problem = settings_stored(call, &rows);

	if (!problem && !rows->rows)
		problem = problem_new(call->arena, &PROBLEM_NOT_FOUND);
	if (!problem && db_get_int(rows, 0, 0) != in->version)
		problem = problem_new(call->arena, &PROBLEM_STALE);
	if (!problem)
		source = db_get_text(rows, 0, 1);
	if (!problem)
		problem = edit(call, in, &source);
	if (!problem)
		problem = settings_compare(&attempt, db_get_text(rows, 0, 1), source, &paths);
	if (!problem)
		problem = settings_plan(&attempt, source);
	if (!problem)
		answer(&attempt, source);
	region_set_destroy(attempt.regions);
	return problem;
}
