/* A platform's rules from its workbench. As on the command line: everything is checked first, with the running cases concerned. */
#include <string.h>

#include "core/json.h"
#include "core/record/endpoint.h"
#include "core/settings.h"
#include "schema/records.gen.h"
#include "tenants/platform_store.h"
#include "tenants/policy_compile.h"
#include "tenants/region.h"
#include "tenants/services.h"

struct attempt {
	struct call *call;
	struct policy_compile compile;
	struct platform_store store;
	struct policy_author author;
	struct region_set *regions;
	struct platform_plan *plan; /* NULL with faults */
};

static struct problem *stored(struct call *call, struct db_result **rows)
{
	return db_select(call->db, db_server(),
	                 "SELECT v.version, v.source, v.created_at, v.created_by, d.document FROM tenant t JOIN policy_version v ON v.tenant = t.id "
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
	                                    "SELECT version, created_at, created_by FROM policy_version WHERE tenant = ? ORDER BY version DESC LIMIT 50",
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
	struct problem *problem = stored(call, &rows);
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
	jw_kv_bool(w, "writable", (call->actor.roles & ROLE_SYSTEM_ADMIN) != 0);
	jw_kv_raw(w, "document", db_get_text(rows, 0, 4), strlen(db_get_text(rows, 0, 4)));
	problem = write_versions(call, w);
	jw_object_end(w);
	return problem;
}

static bool same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* What a platform is among others (its place, its addresses) is not for its own staff to change. */
static struct problem *keeps_identity(struct call *call, const struct policy_other *found)
{
	const struct platform *own = call->platform;
	if (same(found->slug, own->slug) && same(found->network, own->network_slug) && same(found->level, platform_level_name(own->level)) &&
	    same(found->parent, own->parent ? own->parent->slug : NULL) && same(found->number_code, own->number_code))
		return NULL;
	return problem_add_field(call->arena, NULL, "/source", "identity", "平台的标识、网络、上级、层级和编号代码只能由部署方用 qilianctl 修改",
	                         "Slug, network, parent, level and number code are changed by the operator with qilianctl only");
}

static struct problem *plan(struct attempt *attempt, const struct settings_input *in)
{
	struct call *call = attempt->call;
	struct policy_other found = {0};
	const char *file = arena_printf(call->arena, "%s.yaml", call->platform->slug);
	policy_compile_init(&attempt->compile, call->services->records, true);
	attempt->store = (struct platform_store){.db = call->db, .config = services_of(call)->settings->config_folder, .records = call->services->records,
	                                         .compiler = &attempt->compile.compiler};
	policy_author_init(&attempt->author, call->arena, attempt->store.config);
	bool known = policy_author_identify(call->arena, file, in->source, &found);
	struct problem *problem = known ? keeps_identity(call, &found) : NULL;
	if (!problem)
		problem = platform_store_look(&attempt->store, &attempt->author, call->platform->network_slug, &attempt->regions);
	if (!problem)
		problem = platform_store_plan(&attempt->store, &attempt->author, file, in->source, false, &attempt->plan);
	return problem;
}

static void write_faults(const struct attempt *attempt, struct json_writer *w)
{
	jw_key(w, "faults");
	jw_array_begin(w);
	for (const struct yaml_fault *fault = attempt->author.faults.first; fault; fault = fault->next) {
		jw_object_begin(w);
		jw_kv_text(w, "file", fault->file);
		jw_kv_uint(w, "line", fault->line);
		jw_kv_text(w, "zh", fault->zh);
		jw_kv_text(w, "en", fault->en);
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

static void write_plan(const struct attempt *attempt, struct json_writer *w)
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
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void answer(struct attempt *attempt, bool applied)
{
	struct json_writer *w = endpoint_writer(attempt->call);
	jw_object_begin(w);
	jw_kv_bool(w, "ok", attempt->plan && !attempt->author.faults.count);
	jw_kv_bool(w, "stored", applied);
	write_faults(attempt, w);
	write_plan(attempt, w);
	if (attempt->plan)
		jw_kv_json(w, "document", attempt->plan->changes[0].draft.json);
	jw_object_end(w);
}

struct problem *platform_settings_check(struct call *call, const struct settings_input *in)
{
	struct attempt attempt = {.call = call};
	struct problem *problem = plan(&attempt, in);
	if (!problem)
		answer(&attempt, false);
	region_set_destroy(attempt.regions);
	return problem;
}

static bool strands(const struct platform_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		for (size_t c = 0; c < plan->changes[i].case_count; c++)
			if (plan->changes[i].cases[c].fate == PLATFORM_CASES_STRANDED)
				return true;
	return false;
}

static struct problem *put_in_force(struct attempt *attempt, const struct settings_input *in)
{
	struct call *call = attempt->call;
	struct db_result *rows;
	struct problem *problem = stored(call, &rows);
	if (!problem && rows->rows && db_get_int(rows, 0, 0) != in->version)
		problem = problem_new(call->arena, &PROBLEM_STALE);
	if (!problem)
		problem = plan(attempt, in);
	if (!problem && attempt->author.faults.count)
		problem = yaml_faults_problem(&attempt->author.faults);
	if (!problem && strands(attempt->plan))
		problem = problem_detail(call->arena, &PROBLEM_CONFLICT, "有在办事项所在的环节将不存在，请保留这些环节", "Running cases are in steps that would be gone; keep those steps");
	if (problem)
		return problem;
	attempt->plan->by = call->actor.name;
	return platform_store_apply(&attempt->store, attempt->plan);
}

struct problem *platform_settings_apply(struct call *call, const struct settings_input *in)
{
	struct attempt attempt = {.call = call};
	struct problem *problem = put_in_force(&attempt, in);
	if (!problem)
		answer(&attempt, true);
	region_set_destroy(attempt.regions);
	return problem;
}
