/* Regions and calendar of a network. */
#include "tools/qilianctl.h"

#include <string.h>

#include "core/arena.h"
#include "core/record/field.h"
#include "schema/records.gen.h"
#include "tenants/platform/network.h"

static struct problem *find_network(struct ctl *ctl, uint32_t *out)
{
	struct db_result *rows;
	struct problem *problem = db_select(ctl_db(ctl), db_server(), "SELECT id FROM network WHERE slug = ?",
					    DB_ARGS(db_text(ctl->arguments[0])), &rows);

	if (!problem && rows->rows == 0)
		problem = problem_detail(ctl->arena, &PROBLEM_NOT_FOUND,
			arena_printf(ctl->arena, "没有网络 %s", ctl->arguments[0]),
			arena_printf(ctl->arena, "There is no network %s", ctl->arguments[0]));
	if (!problem)
		*out = (uint32_t)db_get_uint(rows, 0, 0);
	return problem;
}

/* --- regions ---------------------------------------------------------------------------------- */

static void show_region(struct ctl *ctl, const struct region *region)
{
	struct json_writer *w = ctl_json(ctl);

	ctl_out(ctl, "%s %-8s %s%s%s\n", region->code, region_kind_name(region->kind),
		region_path(ctl->arena, region, NULL), region->valid_to ? " – " : "",
		region->valid_to ? region->valid_to : "");
	if (!ctl->json)
		return;
	jw_object_begin(w);
	jw_kv_text(w, "code", region->code);
	jw_kv_text(w, "parent", region->parent_code);
	jw_kv_text(w, "kind", region_kind_name(region->kind));
	jw_kv_text(w, "name", region->name);
	jw_kv_text(w, "aliases", region->aliases);
	jw_kv_text(w, "valid_from", region->valid_from);
	jw_kv_text(w, "valid_to", region->valid_to);
	jw_object_end(w);
}

static struct problem *run_region_list(struct ctl *ctl)
{
	const char *within = ctl_value(ctl, "--within");
	struct region_set *set;
	uint32_t network = 0;
	struct problem *problem = find_network(ctl, &network);

	if (!problem)
		problem = network_load_regions(ctl_db(ctl), network, &set);
	if (problem)
		return problem;
	if (ctl->json)
		jw_array_begin(ctl_json(ctl));
	for (size_t i = 0; i < region_count(set); i++)
		if (!within || region_is_within(set, region_at(set, i)->code, within))
			show_region(ctl, region_at(set, i));
	if (ctl->json)
		jw_array_end(ctl_json(ctl));
	region_set_destroy(set);
	return NULL;
}

/* What is there already stays, unless an option says otherwise. */
static void take_option(struct ctl *ctl, const char *option, const char **value)
{
	const char *given = ctl_value(ctl, option);
	if (given)
		*value = *given ? given : NULL;
}

/* By the shape that the page's form is read with: one rule for each, whoever sends it. */
static struct problem *by_the_form(struct ctl *ctl, struct region *region)
{
	static const char *const names[] = {"name", "parent", "kind", "aliases", "valid_from", "valid_to"};
	const char *values[] = {region->name, region->parent_code, region_kind_name(region->kind), region->aliases,
		region->valid_from, region->valid_to};
	struct region_input in = {0};
	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		values[i] = values[i] ? values[i] : "";
	struct problem *problem = shape_decode_query(
		NULL, ctl->arena, &shape_region_input, names, values, sizeof names / sizeof *names, &in);
	region->name = in.name;
	region->parent_code = in.parent;
	region->aliases = in.aliases;
	region->valid_from = in.valid_from;
	region->valid_to = in.valid_to;
	return problem;
}

static struct problem *complete_region(struct ctl *ctl, struct region *region)
{
	const char *kind = ctl_value(ctl, "--kind");

	take_option(ctl, "--name", &region->name);
	take_option(ctl, "--parent", &region->parent_code);
	take_option(ctl, "--aliases", &region->aliases);
	take_option(ctl, "--from", &region->valid_from);
	take_option(ctl, "--to", &region->valid_to);
	if (kind && !region_kind_parse(kind, &region->kind))
		return problem_add_field(ctl->arena, NULL, "--kind", "region", "应为 province、city、county 或 zone",
					 "must be province, city, county or zone");
	if (!region->name)
		return problem_add_field(ctl->arena, NULL, "--name", "region", "新区划须有名称",
			"a new region needs a name");
	return by_the_form(ctl, region);
}

static struct problem *run_region_put(struct ctl *ctl)
{
	struct region_set *set;
	const struct region *found;
	struct region region;
	uint32_t network = 0;
	struct problem *problem = find_network(ctl, &network);

	if (!problem)
		problem = network_load_regions(ctl_db(ctl), network, &set);
	if (problem)
		return problem;
	found = region_find(set, ctl->arguments[1]);
	region = found && strcmp(found->code, ctl->arguments[1]) == 0 ? *found :
		 (struct region){.code = ctl->arguments[1], .kind = REGION_ZONE};
	problem = complete_region(ctl, &region);
	if (!problem)
		problem = network_put_region(ctl_db(ctl), network, &region);
	if (!problem)
		show_region(ctl, &region);
	region_set_destroy(set);
	return problem;
}

/* --- calendar --------------------------------------------------------------------------------- */

static struct problem *run_calendar_list(struct ctl *ctl)
{
	struct db_result *rows;
	struct json_writer *w = ctl_json(ctl);
	uint32_t network = 0;
	struct problem *problem = find_network(ctl, &network);

	if (!problem)
		problem = db_select(ctl_db(ctl), db_network(network),
			"SELECT day, working, name FROM calendar_day WHERE network_id = :n ORDER BY day", DB_NO_ARGS,
			&rows);
	if (problem)
		return problem;
	if (ctl->json)
		jw_array_begin(w);
	for (size_t i = 0; i < rows->rows; i++) {
		bool working = db_get_int(rows, i, 1) != 0;
		ctl_out(ctl, "%s %s %s\n", db_get_text(rows, i, 0), working ? "班 / work" : "休 / rest",
			db_get_text(rows, i, 2));
		if (!ctl->json)
			continue;
		jw_object_begin(w);
		jw_kv_text(w, "day", db_get_text(rows, i, 0));
		jw_kv_bool(w, "working", working);
		jw_kv_text(w, "name", db_get_text(rows, i, 2));
		jw_object_end(w);
	}
	if (ctl->json)
		jw_array_end(w);
	return NULL;
}

static struct problem *run_calendar_put(struct ctl *ctl)
{
	bool working = strcmp(ctl->arguments[2], "work") == 0;
	struct json_writer *w = ctl_json(ctl);
	calendar_day day;
	uint32_t network = 0;
	struct problem *problem = find_network(ctl, &network);

	if (!problem &&
		(!calendar_day_parse(ctl->arguments[1], &day) || (!working && strcmp(ctl->arguments[2], "rest") != 0)))
		problem = problem_detail(ctl->arena, &PROBLEM_INVALID, "应为日期 YYYY-MM-DD 和 work 或 rest",
			"A date YYYY-MM-DD and work or rest are expected");
	struct calendar_input in = {0};
	if (!problem)
		problem = shape_decode_query(NULL, ctl->arena, &shape_calendar_input,
			(const char *const[]){"working", "name"},
			(const char *const[]){working ? "true" : "false", ctl->arguments[3]}, 2, &in);
	if (!problem)
		problem = network_put_day(ctl_db(ctl), network, day, working, in.name);
	if (problem)
		return problem;
	ctl_out(ctl, "%s %s %s\n", ctl->arguments[1], ctl->arguments[2], ctl->arguments[3]);
	if (ctl->json) {
		jw_object_begin(w);
		jw_kv_text(w, "day", ctl->arguments[1]);
		jw_kv_bool(w, "working", working);
		jw_kv_text(w, "name", ctl->arguments[3]);
		jw_object_end(w);
	}
	return NULL;
}

const struct ctl_verb CTL_NETWORK[] = {
	{"region list", "NETWORK [--within CODE]", "列出区划", "list the regions of a network", "--within=", 1, 1,
		run_region_list, false},
	{"region put", "NETWORK CODE [--name N] [--parent CODE] [--kind zone] [--aliases C,C] [--from DAY] [--to DAY]",
		"新增、更名或停用区划", "add, rename or retire a region",
		"--name= --parent= --kind= --aliases= --from= --to=", 2, 2, run_region_put, false},
	{"calendar list", "NETWORK", "列出节假日与调休", "list holidays and make-up days", NULL, 1, 1,
		run_calendar_list, false},
	{"calendar put", "NETWORK DAY work|rest NAME", "修改一天", "make a day a working day or a holiday", NULL, 4, 4,
		run_calendar_put, false},
	{0},
};
