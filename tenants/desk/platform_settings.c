/* A platform's rules from its workbench. As on the command line: everything is checked first, with the running cases
 * concerned. */
#include <string.h>

#include "core/config/settings.h"
#include "core/record/endpoint.h"
#include "core/text/json.h"
#include "core/text/moment.h"
#include "schema/records.gen.h"
#include "tenants/account/role.h"
#include "tenants/desk/platform_settings.h"
#include "tenants/platform/services.h"
#include "tenants/policy/policy_difference.h"
#include "tenants/policy/policy_form.h"
#include "tenants/rules/region.h"
#include "tenants/rules/role_name.h"

struct problem *settings_stored(struct call *call, struct db_result **rows)
{
	return db_select(call->db, db_server(),
	                 "SELECT v.version, v.source, v.created_at, v.created_by, d.document FROM tenant t JOIN "
	                 "policy_version v ON v.tenant = t.id "
	                 "AND v.version = t.policy_version JOIN policy_document d ON d.hash = v.hash WHERE t.id = ?",
	                 DB_ARGS(db_uint(call->platform_id)), rows);
}

static void write_time(struct json_writer *w, const char *key, int64_t at)
{
	char text[25];
	time_format(at, text);
	jw_kv_text(w, key, text);
}

static struct problem *write_versions(struct call *call, struct json_writer *w)
{
	struct db_result *rows;
	struct problem *problem = db_select(call->db, db_server(),
	                                    "SELECT version, created_at, created_by FROM policy_version WHERE tenant = "
	                                    "? ORDER BY version DESC LIMIT 50",
	                                    DB_ARGS(db_uint(call->platform_id)), &rows);
	if (problem)
		return problem;
	jw_key(w, "versions");
	jw_array_begin(w);
	for (size_t i = 0; i < rows->rows; i++) {
		jw_object_begin(w);
		jw_kv_uint(w, "version", db_get_uint(rows, i, 0));
		write_time(w, "at", db_get_time(rows, i, 1));
		jw_kv_text(w, "by", db_get_text(rows, i, 2));
		jw_object_end(w);
	}
	jw_array_end(w);
	return NULL;
}

struct problem *platform_settings_read(struct call *call)
{
	struct db_result *rows;
	struct problem *problem = settings_stored(call, &rows);
	if (!problem && !rows->rows)
		problem = problem_new(call->arena, &PROBLEM_NOT_FOUND);
	if (problem)
		return problem;
	struct json_writer *w = endpoint_writer(call);
	jw_object_begin(w);
	jw_kv_uint(w, "version", db_get_uint(rows, 0, 0));
	jw_kv_text(w, "source", db_get_text(rows, 0, 1));
	write_time(w, "at", db_get_time(rows, 0, 2));
	jw_kv_text(w, "by", db_get_text(rows, 0, 3));
	jw_kv_bool(w, "writable", true);
	jw_kv_bool(w, "desk", settings_is_desk(call));
	jw_kv_raw(w, "document", db_need_text(rows, 0, 4), strlen(db_need_text(rows, 0, 4)));
	problem = write_versions(call, w);
	jw_object_end(w);
	return problem;
}

/* An earlier version as it was written. To go back to one is to put it in force as a new one. */
struct problem *platform_settings_version(struct call *call, const struct settings_version *in)
{
	struct db_result *rows;
	struct problem *problem = db_select(call->db, db_server(),
		"SELECT version, source, created_at, created_by FROM policy_version WHERE tenant = ? AND version = ?",
		DB_ARGS(db_uint(call->platform_id), db_uint(in->number)), &rows);
	if (!problem && !rows->rows)
		problem = problem_new(call->arena, &PROBLEM_NOT_FOUND);
	if (problem)
		return problem;
	struct json_writer *w = endpoint_writer(call);
	jw_object_begin(w);
	jw_kv_uint(w, "version", db_get_uint(rows, 0, 0));
	jw_kv_text(w, "source", db_get_text(rows, 0, 1));
	write_time(w, "at", db_get_time(rows, 0, 2));
	jw_kv_text(w, "by", db_get_text(rows, 0, 3));
	jw_object_end(w);
	return NULL;
}

bool settings_is_desk(const struct call *call)
{
	return !(call->actor.roles & ROLE_SYSTEM_ADMIN);
}

static bool same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* What a platform is among others (its place, its addresses) is not for its own staff to change. */
static struct problem *keeps_identity(struct call *call, const struct policy_other *found)
{
	const struct platform *own = call->platform;
	if (same(found->slug, own->slug) && same(found->network, own->network_slug) &&
		same(found->level, platform_level_name(own->level)) &&
		same(found->parent, own->parent ? own->parent->slug : NULL) &&
		same(found->number_code, own->number_code))
		return NULL;
	return problem_add_field(call->arena, NULL, "/source", "identity",
		"平台的标识、网络、上级、层级和编号代码只能由部署方用 qilianctl 修改",
	                         "Slug, network, parent, level and number code are changed by the operator with "
	                         "qilianctl only");
}

const char *settings_file(const struct call *call)
{
	return arena_printf(call->arena, "%s.yaml", call->platform->slug);
}

struct problem *settings_look(struct settings_attempt *attempt)
{
	struct call *call = attempt->call;

	policy_compile_init(&attempt->compile, call->services->records, true);
	attempt->store = (struct platform_store){.db = call->db,
		.config = services_of(call)->settings->config_folder,
		.records = call->services->records,
		.compiler = &attempt->compile.compiler};
	policy_author_init(&attempt->author, call->arena, attempt->store.config);
	return platform_store_look(&attempt->store, &attempt->author, call->platform->network_slug, &attempt->regions);
}

struct problem *settings_plan(struct settings_attempt *attempt, const char *source)
{
	struct call *call = attempt->call;
	struct policy_other found = {0};
	const char *file = settings_file(call);
	bool known = policy_author_identify(call->arena, file, source, &found);
	struct problem *problem = known ? keeps_identity(call, &found) : NULL;

	if (!problem)
		problem = settings_look(attempt);
	if (!problem)
		problem = platform_store_plan(&attempt->store, &attempt->author, file, source, false, &attempt->plan);
	return problem;
}

static struct yaml_node *own_file(struct settings_attempt *attempt, const char *source)
{
	struct yaml_faults faults; /* those of the new version are told by its plan */

	yaml_faults_init(&faults, attempt->call->arena);
	return yaml_parse(attempt->call->arena, &faults, settings_file(attempt->call), source, strlen(source));
}

struct problem *settings_compare(
	struct settings_attempt *attempt, const char *before, const char *source, struct json_object **paths)
{
	struct call *call = attempt->call;
	struct problem *problem = NULL;

	*paths = policy_differences(call->arena, own_file(attempt, before), own_file(attempt, source));
	for (size_t i = 0; settings_is_desk(call) && i < json_count(*paths); i++) {
		const char *path = json_text(json_at(*paths, i));
		if (policy_form_is_desk(call->arena, path))
			continue;
		if (!problem)
			problem = problem_detail(call->arena, &PROBLEM_FORBIDDEN, "其中有只能由系统管理员修改的设置",
				"Some of these settings are the system administrator's to change");
		problem = problem_add_field(call->arena, problem, "/source", "desk",
			arena_printf(call->arena, "%s 只能由系统管理员修改", path),
			arena_printf(call->arena, "%s is the system administrator's to change", path));
	}
	return problem;
}

static void write_faults(const struct settings_attempt *attempt, struct json_writer *w)
{
	jw_key(w, "faults");
	jw_array_begin(w);
	for (const struct yaml_fault *fault = attempt->author.faults.first; fault; fault = fault->next) {
		jw_object_begin(w);
		jw_kv_text(w, "file", fault->file);
		jw_kv_uint(w, "line", fault->line);
		jw_kv_text(w, "zh", fault->zh);
		jw_kv_text(w, "en", fault->en);
		jw_kv_text(w, "path", fault->path);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void write_cases(const struct platform_change *change, struct json_writer *w)
{
	static const char *const fates[] = {"kept", "moved", "stranded"};
	jw_key(w, "cases");
	jw_array_begin(w);
	for (size_t i = 0; i < change->case_count; i++) {
		jw_object_begin(w);
		jw_kv_text(w, "record", change->cases[i].record);
		jw_kv_text(w, "step", change->cases[i].step);
		jw_kv_uint(w, "count", change->cases[i].count);
		jw_kv_text(w, "fate", fates[change->cases[i].fate]);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void write_terms(const struct platform_change *change, struct json_writer *w)
{
	jw_key(w, "terms");
	jw_array_begin(w);
	for (size_t i = 0; i < change->term_count; i++) {
		jw_object_begin(w);
		jw_kv_text(w, "dictionary", change->terms[i].dictionary);
		jw_kv_text(w, "code", change->terms[i].code);
		jw_kv_uint(w, "count", change->terms[i].count);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void write_plan(const struct settings_attempt *attempt, struct json_writer *w)
{
	jw_key(w, "platforms");
	jw_array_begin(w);
	for (size_t i = 0; attempt->plan && i < attempt->plan->count; i++) {
		const struct platform_change *change = &attempt->plan->changes[i];
		jw_object_begin(w);
		jw_kv_text(w, "slug", change->draft.slug);
		jw_kv_bool(w, "changed", change->changed);
		jw_kv_uint(w, "version", change->version);
		write_cases(change, w);
		write_terms(change, w);
		jw_object_end(w);
	}
	jw_array_end(w);
}

void settings_write_verdict(const struct settings_attempt *attempt, struct json_writer *w, bool applied)
{
	jw_kv_bool(w, "ok", attempt->plan && !attempt->author.faults.count);
	jw_kv_bool(w, "stored", applied);
	write_faults(attempt, w);
	write_plan(attempt, w);
	if (attempt->plan)
		jw_kv_json(w, "document", attempt->plan->changes[0].draft.json);
}

static void answer(struct settings_attempt *attempt, bool applied)
{
	struct json_writer *w = endpoint_writer(attempt->call);
	jw_object_begin(w);
	settings_write_verdict(attempt, w, applied);
	jw_object_end(w);
}

struct problem *platform_settings_check(struct call *call, const struct settings_input *in)
{
	struct settings_attempt attempt = {.call = call};
	struct problem *problem = settings_plan(&attempt, in->source);
	if (!problem)
		answer(&attempt, false);
	region_set_destroy(attempt.regions);
	return problem;
}

/* Nothing that is running or written down may lose its step or its name. */
static struct problem *refuse_losses(struct call *call, const struct platform_plan *plan)
{
	if (platform_plan_stranded(plan))
		return problem_detail(call->arena, &PROBLEM_CONFLICT,
			"有办理中的事项停留在将被删除的环节，请保留这些环节",
			"Running cases are in steps that would be gone; keep those steps");
	if (platform_plan_unnamed(plan))
		return problem_detail(call->arena, &PROBLEM_CONFLICT, "有记录正在使用将被删除的字典项，请改为停用",
			"Records carry terms that would be gone; retire those terms instead");
	return NULL;
}

/* The version is compared with what the plan itself was made against: what somebody else applies in between is refused
 * when it is stored. */
static struct problem *put_in_force(struct settings_attempt *attempt, const struct settings_input *in)
{
	struct call *call = attempt->call;
	struct problem *problem = settings_plan(attempt, in->source);
	const struct policy_other *before =
		problem ? NULL : policy_author_other(&attempt->author, call->platform->slug);
	struct json_object *paths = NULL;
	struct db_result *stored = NULL;

	if (before && before->version != in->version)
		problem = problem_new(call->arena, &PROBLEM_STALE);
	if (!problem) /* what the author holds is the new one by now */
		problem = settings_stored(call, &stored);
	if (!problem && stored->rows)
		problem = settings_compare(attempt, db_need_text(stored, 0, 1), in->source, &paths);
	if (!problem && attempt->author.faults.count)
		problem = yaml_faults_problem(&attempt->author.faults);
	if (!problem)
		problem = refuse_losses(call, attempt->plan);
	if (problem)
		return problem;
	attempt->plan->by = call->actor.name;
	attempt->plan->by_id = call->actor.account_id;
	attempt->plan->by_role = role_name(settings_is_desk(call) ? ROLE_PLATFORM_ADMIN : ROLE_SYSTEM_ADMIN);
	attempt->plan->paths = paths;
	attempt->plan->by_client = call->actor.client;
	return platform_store_apply(&attempt->store, attempt->plan);
}

struct problem *platform_settings_apply(struct call *call, const struct settings_input *in)
{
	struct settings_attempt attempt = {.call = call};
	struct problem *problem = put_in_force(&attempt, in);
	if (!problem)
		answer(&attempt, true);
	region_set_destroy(attempt.regions);
	return problem;
}
