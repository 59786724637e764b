#include "tenants/rules/region.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"

struct alias {
	const char *code;
	const struct region *region;
};

struct region_set {
	struct arena *arena;
	struct region **regions; /* by code, once sealed */
	size_t count, cap;
	struct alias *aliases; /* by code */
	size_t alias_count;
};

static const char *const KINDS[] = {"province", "city", "county", "zone"};

struct region_set *region_set_create(void)
{
	struct arena *arena = arena_create();
	struct region_set *set = ARENA_NEW(arena, struct region_set);
	set->arena = arena;
	return set;
}

void region_set_destroy(struct region_set *set)
{
	if (set)
		arena_destroy(set->arena);
}

static const char *copy_unless_empty(struct arena *arena, const char *text)
{
	return text && *text ? arena_strdup(arena, text) : NULL;
}

void region_set_add(struct region_set *set, const struct region *region)
{
	struct region *copy = ARENA_NEW(set->arena, struct region);

	if (set->count == set->cap) {
		struct region **old = set->regions;
		set->cap = set->cap ? set->cap * 2 : 4096;
		set->regions = ARENA_ARRAY(set->arena, struct region *, set->cap);
		if (old)
			memcpy(set->regions, old, set->count * sizeof *old);
	}
	copy->code = arena_strdup(set->arena, region->code);
	copy->name = arena_strdup(set->arena, region->name);
	copy->parent_code = copy_unless_empty(set->arena, region->parent_code);
	copy->aliases = copy_unless_empty(set->arena, region->aliases);
	copy->valid_from = copy_unless_empty(set->arena, region->valid_from);
	copy->valid_to = copy_unless_empty(set->arena, region->valid_to);
	copy->kind = region->kind;
	set->regions[set->count++] = copy;
}

static int by_code(const void *a, const void *b)
{
	const struct region *const *x = a, *const *y = b;
	return strcmp((*x)->code, (*y)->code);
}

static int by_alias(const void *a, const void *b)
{
	const struct alias *x = a, *y = b;
	return strcmp(x->code, y->code);
}

static struct region *find_code(const struct region_set *set, const char *code)
{
	struct region key = {.code = code}, *at = &key, **found;
	found = set->count ? bsearch(&at, set->regions, set->count, sizeof *set->regions, by_code) : NULL;
	return found ? *found : NULL;
}

static struct problem *fault(
	struct arena *arena, struct problem *problem, const char *code, const char *zh, const char *en)
{
	return problem_add_field(arena, problem, arena_printf(arena, "/%s", code), "region",
		arena_printf(arena, "区划 %s：%s", code, zh), arena_printf(arena, "Region %s: %s", code, en));
}

static struct problem *find_duplicates(struct region_set *set, struct arena *arena)
{
	struct problem *problem = NULL;
	for (size_t i = 1; i < set->count; i++)
		if (strcmp(set->regions[i - 1]->code, set->regions[i]->code) == 0)
			problem = fault(arena, problem, set->regions[i]->code, "代码重复", "the code occurs twice");
	return problem;
}

/* From the last to the first, so that children end up in the order of codes. */
static struct problem *link_parents(struct region_set *set, struct arena *arena, struct problem *problem)
{
	for (size_t i = set->count; i-- > 0;) {
		struct region *region = set->regions[i], *parent;
		if (!region->parent_code) {
			if (region->kind != REGION_PROVINCE)
				problem = fault(arena, problem, region->code, "缺少上级区划",
					"has no parent and is no province");
			continue;
		}
		parent = find_code(set, region->parent_code);
		if (!parent) {
			problem = fault(arena, problem, region->code, "上级区划不存在", "its parent does not exist");
			continue;
		}
		region->parent = parent;
		region->sibling = parent->children;
		parent->children = region;
	}
	return problem;
}

static struct problem *find_circles(struct region_set *set, struct arena *arena, struct problem *problem)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct region *at = set->regions[i];
		size_t steps = 0;
		while (at && steps++ <= set->count)
			at = at->parent;
		if (at)
			return fault(arena, problem, set->regions[i]->code, "上级关系成环",
				"its parents run in a circle");
	}
	return problem;
}

static void index_aliases(struct region_set *set)
{
	size_t n = 0;
	for (size_t i = 0; i < set->count; i++) {
		n += set->regions[i]->aliases != NULL;
		for (const char *c = set->regions[i]->aliases; c && *c; c++)
			n += *c == ',';
	}
	set->aliases = ARENA_ARRAY(set->arena, struct alias, n + 1);
	for (size_t i = 0; i < set->count; i++) {
		char *rest = arena_strdup(set->arena, set->regions[i]->aliases), *one;
		while ((one = strsep(&rest, ",")) != NULL)
			set->aliases[set->alias_count++] = (struct alias){one, set->regions[i]};
	}
	qsort(set->aliases, set->alias_count, sizeof *set->aliases, by_alias);
}

struct problem *region_set_seal(struct region_set *set, struct arena *arena)
{
	struct problem *problem;

	if (set->count)
		qsort(set->regions, set->count, sizeof *set->regions, by_code);
	problem = find_duplicates(set, arena);
	problem = link_parents(set, arena, problem);
	problem = find_circles(set, arena, problem);
	index_aliases(set);
	return problem;
}

/* --- reading the seed ------------------------------------------------------------------------- */

enum column { COLUMN_CODE, COLUMN_PARENT, COLUMN_KIND, COLUMN_NAME, COLUMN_ALIASES, COLUMN_FROM, COLUMN_TO, COLUMNS };

static const char *const COLUMN_NAMES[COLUMNS] = {
	"code", "parent", "kind", "name", "aliases", "valid_from", "valid_to"};

static int column_named(const char *name)
{
	for (int i = 0; i < COLUMNS; i++)
		if (strcmp(COLUMN_NAMES[i], name) == 0)
			return i;
	return -1;
}

struct reading {
	struct arena *arena;
	struct problem *problem;
	int line;
	int columns[16]; /* enum column of each place, -1 behind the last */
	bool headed;
};

static void reading_fault(struct reading *reading, const char *zh, const char *en)
{
	reading->problem =
		problem_add_field(reading->arena, reading->problem, arena_printf(reading->arena, "/%d", reading->line),
			"region", arena_printf(reading->arena, "第 %d 行：%s", reading->line, zh),
			arena_printf(reading->arena, "Line %d: %s", reading->line, en));
}

static void read_head(struct reading *reading, char *line)
{
	char *name;
	int n = 0;

	memset(reading->columns, -1, sizeof reading->columns);
	while ((name = strsep(&line, "\t")) != NULL && n < 15) {
		reading->columns[n] = column_named(name);
		if (reading->columns[n++] < 0)
			reading_fault(reading, "列名未知", "unknown column");
	}
	reading->headed = true;
}

static bool is_code(const char *code)
{
	return strlen(code) == 6 && strspn(code, "0123456789") == 6;
}

static void read_row(struct region_set *set, struct reading *reading, char *line)
{
	const char *cells[COLUMNS] = {"", "", "", "", "", "", ""};
	char *cell;
	struct region region;
	int n = 0;

	while ((cell = strsep(&line, "\t")) != NULL && n < 15 && reading->columns[n] >= 0)
		cells[reading->columns[n++]] = cell;
	region = (struct region){.code = cells[COLUMN_CODE],
		.parent_code = cells[COLUMN_PARENT],
		.name = cells[COLUMN_NAME],
		.aliases = cells[COLUMN_ALIASES],
		.valid_from = cells[COLUMN_FROM],
		.valid_to = cells[COLUMN_TO]};
	if (!is_code(region.code))
		reading_fault(reading, "区划代码应为 6 位数字", "a code has six digits");
	else if (!*region.name)
		reading_fault(reading, "缺少名称", "the name is missing");
	else if (!region_kind_parse(cells[COLUMN_KIND], &region.kind))
		reading_fault(reading, "类型应为 province、city、county 或 zone",
			"kind must be province, city, county or zone");
	else
		region_set_add(set, &region);
}

struct problem *region_set_read(struct region_set *set, struct arena *arena, const char *text)
{
	struct reading reading = {.arena = arena};
	char *rest = arena_strdup(arena, text), *line;

	while ((line = strsep(&rest, "\n")) != NULL) {
		reading.line++;
		line[strcspn(line, "\r")] = 0;
		if (!*line || *line == '#')
			continue;
		if (!reading.headed)
			read_head(&reading, line);
		else
			read_row(set, &reading, line);
	}
	return reading.problem;
}

/* --- looking up ------------------------------------------------------------------------------- */

const struct region *region_find(const struct region_set *set, const char *code)
{
	struct alias key = {.code = code}, *alias;
	const struct region *region = find_code(set, code);

	if (region || !set->alias_count)
		return region;
	alias = bsearch(&key, set->aliases, set->alias_count, sizeof *set->aliases, by_alias);
	return alias ? alias->region : NULL;
}

size_t region_count(const struct region_set *set)
{
	return set->count;
}

const struct region *region_at(const struct region_set *set, size_t i)
{
	if (i >= set->count)
		abort();
	return set->regions[i];
}

bool region_is_within(const struct region_set *set, const char *code, const char *ancestor)
{
	const struct region *at = region_find(set, code), *top = region_find(set, ancestor);
	while (at && at != top)
		at = at->parent;
	return at != NULL;
}

static void add_codes(struct buf *out, const struct region *region)
{
	buf_printf(out, "%s%s", out->len ? "," : "", region->code);
	for (const struct region *child = region->children; child; child = child->sibling)
		add_codes(out, child);
}

const char *region_codes_within(struct arena *arena, const struct region_set *set, const char *code)
{
	const struct region *region = region_find(set, code);
	struct buf *out = buf_in(arena);
	if (!region)
		return code;
	add_codes(out, region);
	return out->data;
}

bool region_valid_on(const struct region *region, const char *day)
{
	return (!region->valid_from || strcmp(region->valid_from, day) <= 0) &&
	       (!region->valid_to || strcmp(day, region->valid_to) <= 0);
}

const char *region_path(struct arena *arena, const struct region *region, const struct region *top)
{
	if (!region->parent || region->parent == top || region == top)
		return region->name;
	return arena_printf(arena, "%s%s", region_path(arena, region->parent, top), region->name);
}

const char *region_kind_name(enum region_kind kind)
{
	return KINDS[kind];
}

bool region_kind_parse(const char *name, enum region_kind *kind)
{
	for (int i = 0; i < (int)(sizeof KINDS / sizeof *KINDS); i++) {
		if (strcmp(KINDS[i], name) == 0) {
			*kind = (enum region_kind)i;
			return true;
		}
	}
	return false;
}
