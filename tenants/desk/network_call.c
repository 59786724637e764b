/* Regions and calendar over HTTP (schema/records/network.yaml). */
#include <string.h>

#include "schema/records.gen.h"
#include "tenants/platform/audit.h"
#include "tenants/platform/network.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/services.h"

/* One place to change what a whole network shares. */
static struct problem *only_at_root(struct call *call)
{
	if (!call->platform->parent)
		return NULL;
	return problem_detail(call->arena, &PROBLEM_FORBIDDEN,
		arena_printf(call->arena, "区划和日历由%s统一维护。", call->platform->root->name_zh),
		arena_printf(call->arena, "Regions and calendar are kept on %s.", call->platform->root->name_en));
}

static struct region_item item_of(struct call *call, const struct region *region)
{
	struct region_item item = {.code = region->code,
		.name = region->name,
		.path = region_path(call->arena, region, NULL),
		.parent = region->parent_code,
		.kind = region_kind_name(region->kind),
		.aliases = region->aliases,
		.valid_from = region->valid_from,
		.valid_to = region->valid_to,
		.has_children = true};

	for (const struct region *child = region->children; child; child = child->sibling)
		item.children++;
	return item;
}

static bool asked_for(const struct region_set *regions, const struct region *region, const struct region_query *query)
{
	if (query->within)
		return region_is_within(regions, region->code, query->within);
	return query->under ? region->parent_code && strcmp(region->parent_code, query->under) == 0
			    : !region->parent_code;
}

struct problem *network_regions(struct call *call, const struct region_query *query)
{
	const struct region_set *regions;
	struct region_page page = {0};
	struct problem *problem = platform_regions(services_of(call)->registry, call->db, call->network_id, &regions);

	if (problem)
		return problem;
	page.items.items = ARENA_ARRAY(call->arena, struct region_item, region_count(regions) + 1);
	for (size_t i = 0; i < region_count(regions); i++)
		if (asked_for(regions, region_at(regions, i), query))
			page.items.items[page.items.count++] = item_of(call, region_at(regions, i));
	return endpoint_answer(call, &shape_region_page, &page);
}

struct problem *network_put_region_call(struct call *call, const struct region_input *in)
{
	struct region region = {.code = call_path_text(call, 0),
		.name = in->name,
		.parent_code = in->parent,
		.aliases = in->aliases,
		.valid_from = in->valid_from,
		.valid_to = in->valid_to,
		.kind = (enum region_kind)(in->kind - 1)};
	struct region_item item;
	struct problem *problem = only_at_root(call);

	if (!problem)
		problem = network_put_region(call->db, call->network_id, &region);
	if (!problem)
		problem = audit_add(call, "network.region", "network", UUID_NIL,
			audit_details(call->arena, "code", region.code, "name", region.name, "parent",
				region.parent_code, "valid_to", region.valid_to, NULL));
	if (problem)
		return problem;
	item = item_of(call, &region);
	return endpoint_answer(call, &shape_region_item, &item);
}

struct problem *network_calendar(struct call *call, const struct calendar_query *query)
{
	struct calendar_year year = {0};
	struct db_result *days, *known;
	struct problem *problem = db_select(call->db, db_network(call->network_id),
		"SELECT day, working, name FROM calendar_day WHERE network_id = :n AND day BETWEEN ? AND ? ORDER BY "
		"day",
		DB_ARGS(db_text(arena_printf(call->arena, "%04u-01-01", (unsigned)query->year)),
			db_text(arena_printf(call->arena, "%04u-12-31", (unsigned)query->year))), &days);

	if (!problem)
		problem = db_select(call->db, db_server(), "SELECT value FROM server_meta WHERE name = ?",
				    DB_ARGS(db_text(network_known_until_key(call->arena, call->network_id))), &known);
	if (problem)
		return problem;
	year.known_until = known->rows ? db_get_text(known, 0, 0) : NULL;
	year.days.items = ARENA_ARRAY(call->arena, struct calendar_entry, days->rows + 1);
	for (size_t i = 0; i < days->rows; i++)
		year.days.items[year.days.count++] = (struct calendar_entry){.day = db_get_text(days, i, 0),
			.working = db_get_int(days, i, 1) != 0,
			.has_working = true,
			.name = db_get_text(days, i, 2)};
	return endpoint_answer(call, &shape_calendar_year, &year);
}

struct problem *network_put_day_call(struct call *call, const struct calendar_input *in)
{
	const char *text = call_path_text(call, 0);
	struct calendar_entry entry = {.day = text, .working = in->working, .has_working = true, .name = in->name};
	calendar_day day;
	struct problem *problem = only_at_root(call);

	if (!problem && !calendar_day_parse(text, &day))
		problem = problem_new(call->arena, &PROBLEM_NOT_FOUND);
	if (!problem)
		problem = network_put_day(call->db, call->network_id, day, in->working, in->name);
	if (!problem)
		problem = audit_add(call, "network.calendar", "network", UUID_NIL,
			audit_details(call->arena, "day", text, "working", in->working ? "true" : "false", "name",
				in->name, NULL));
	return problem ? problem : endpoint_answer(call, &shape_calendar_entry, &entry);
}
