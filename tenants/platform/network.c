#include "tenants/platform/network.h"

#include <string.h>

#include "core/arena.h"
#include "tenants/platform/change.h"

static const char REGIONS[] =
	"SELECT code, parent_code, kind, name, aliases, valid_from, valid_to FROM region WHERE network_id = :n ORDER "
	"BY code";

/* --- regions in the database ------------------------------------------------------------------ */

static struct problem *fill_regions(struct db *db, uint32_t network_id, struct region_set *set, const char *but)
{
	struct db_result *rows;
	struct problem *problem = db_select(db, db_network(network_id), REGIONS, DB_NO_ARGS, &rows);

	for (size_t i = 0; !problem && i < rows->rows; i++) {
		struct region region = {.code = db_need_text(rows, i, 0),
			.parent_code = db_get_text(rows, i, 1),
			.name = db_need_text(rows, i, 3),
			.aliases = db_get_text(rows, i, 4),
			.valid_from = db_get_text(rows, i, 5),
			.valid_to = db_get_text(rows, i, 6)};
		if ((!but || strcmp(region.code, but) != 0) &&
			region_kind_parse(db_need_text(rows, i, 2), &region.kind))
			region_set_add(set, &region);
	}
	return problem;
}

struct problem *network_load_regions(struct db *db, uint32_t network_id, struct region_set **out)
{
	struct region_set *set = region_set_create();
	struct problem *problem = fill_regions(db, network_id, set, NULL);

	if (!problem)
		problem = region_set_seal(set, db_arena(db));
	if (problem)
		region_set_destroy(set);
	else
		*out = set;
	return problem;
}

static struct problem *invalid(struct db *db, const char *field, const char *zh, const char *en)
{
	return problem_add_field(db_arena(db), NULL, field, "region", zh, en);
}

static bool six_digits(const char *code)
{
	return strlen(code) == 6 && strspn(code, "0123456789") == 6;
}

static struct problem *check_aliases(struct db *db, const struct region_set *set, const struct region *region)
{
	char *rest = arena_strdup(db_arena(db), region->aliases), *one;

	while ((one = strsep(&rest, ",")) != NULL) {
		const struct region *other = region_find(set, one);
		if (!six_digits(one))
			return invalid(db, "/aliases", "别用代码应为 6 位数字，以逗号分隔",
				"Other codes have six digits, separated by commas");
		if (other && strcmp(other->code, region->code) != 0)
			return invalid(db, "/aliases", arena_printf(db_arena(db), "代码 %s 已属于%s", one, other->name),
				       arena_printf(db_arena(db), "The code %s belongs to %s", one, other->name));
	}
	return NULL;
}

/* The tree as it would be, with the new one in it. */
static struct problem *check_region(struct db *db, uint32_t network_id, const struct region *region)
{
	struct region_set *set = region_set_create();
	struct problem *problem;

	if (!six_digits(region->code))
		problem = invalid(db, "/code", "区划代码应为 6 位数字", "A code has six digits");
	else if (region->valid_from && region->valid_to && strcmp(region->valid_from, region->valid_to) > 0)
		problem = invalid(db, "/valid_to", "停用日期早于启用日期", "The last day lies before the first");
	else
		problem = fill_regions(db, network_id, set, region->code);
	if (!problem) {
		region_set_add(set, region);
		problem = region_set_seal(set, db_arena(db));
	}
	if (!problem)
		problem = check_aliases(db, set, region);
	region_set_destroy(set);
	return problem;
}

struct putting {
	uint32_t network_id;
	const struct region *region;
};

static struct problem *put_region(struct db *db, void *arg)
{
	const struct putting *putting = arg;
	const struct region *region = putting->region;
	struct problem *problem = check_region(db, putting->network_id, region);

	if (!problem)
		problem = db_exec(db, db_network(putting->network_id),
			"INSERT INTO region (network_id, code, parent_code, name, kind, valid_from, valid_to, aliases) "
			"VALUES (:n, ?, ?, ?, ?, ?, ?, ?) "
			"ON DUPLICATE KEY UPDATE parent_code = VALUES(parent_code), name = VALUES(name), kind = "
			"VALUES(kind), "
			"valid_from = VALUES(valid_from), valid_to = VALUES(valid_to), aliases = VALUES(aliases)",
			DB_ARGS(db_text(region->code), db_text(region->parent_code), db_text(region->name),
				db_text(region_kind_name(region->kind)), db_text(region->valid_from),
				db_text(region->valid_to), db_text(region->aliases)),
			NULL);
	return problem ? problem : change_bump(db, CHANGE_REGIONS);
}

struct problem *network_put_region(struct db *db, uint32_t network_id, const struct region *region)
{
	struct putting putting = {network_id, region};
	return db_transaction(db, put_region, &putting);
}

/* --- the calendar in the database ------------------------------------------------------------- */

const char *network_known_until_key(struct arena *arena, uint32_t network_id)
{
	return arena_printf(arena, "calendar_known_until:%u", (unsigned)network_id);
}

struct dating {
	uint32_t network_id;
	calendar_day day;
	bool working;
	const char *name;
};

static struct problem *put_day(struct db *db, void *arg)
{
	const struct dating *dating = arg;
	struct problem *problem = db_exec(db, db_network(dating->network_id),
		"INSERT INTO calendar_day (network_id, day, working, name) VALUES (:n, ?, ?, ?) "
		"ON DUPLICATE KEY UPDATE working = VALUES(working), name = VALUES(name)",
		DB_ARGS(db_text(calendar_day_text(db_arena(db), dating->day)), db_int(dating->working),
		db_text(dating->name)), NULL);
	return problem ? problem : change_bump(db, CHANGE_CALENDAR);
}

struct problem *network_put_day(struct db *db, uint32_t network_id, calendar_day day, bool working, const char *name)
{
	struct dating dating = {network_id, day, working, name};
	return db_transaction(db, put_day, &dating);
}
