/* platform_store.h, first half: what a file would change, worked out and checked, nothing written. */
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/record/record.h"
#include "core/text/json.h"
#include "tenants/platform/network.h"
#include "tenants/platform/platform_store.h"
#include "tenants/policy/term_use.h"
#include "tenants/rules/region.h"

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* --- what is there ---------------------------------------------------------------------------- */

static const char OTHERS[] =
	"SELECT t.slug, n.slug, p.slug, t.level, t.region_code, t.number_code, v.source, t.id, t.policy_version, "
	"(SELECT GROUP_CONCAT(h.host ORDER BY h.main DESC, h.host) FROM tenant_host h WHERE h.tenant = t.id) "
	"FROM tenant t JOIN network n ON n.id = t.network LEFT JOIN tenant p ON p.id = t.parent "
	"LEFT JOIN policy_version v ON v.tenant = t.id AND v.version = t.policy_version ORDER BY t.id";

static struct policy_list split(struct arena *arena, const char *text)
{
	char *rest = arena_strdup(arena, text), *one;
	size_t n = 0;
	const char **items;

	for (const char *c = text; c && *c; c++)
		n += *c == ',';
	items = ARENA_ARRAY(arena, const char *, n + 1);
	n = 0;
	while ((one = strsep(&rest, ",")) != NULL)
		items[n++] = one;
	return (struct policy_list){items, n};
}

static void add_other(struct policy_author *author, const struct db_result *rows, size_t row)
{
	struct arena *arena = author->arena;
	const char *slug = arena_strdup(arena, db_get_text(rows, row, 0)), *source = db_get_text(rows, row, 6);
	unsigned version = (unsigned)db_get_uint(rows, row, 8);
	struct policy_other other = {
		.slug = slug, .network = arena_strdup(arena, db_get_text(rows, row, 1)),
		.parent = arena_strdup(arena, db_get_text(rows, row, 2)), .level = arena_strdup(arena, db_get_text(rows,
		row, 3)),
		.region = arena_strdup(arena, db_get_text(rows, row, 4)), .number_code = arena_strdup(arena,
		db_get_text(rows, row, 5)),
		.source = source ? arena_strdup(arena, source) : "{}", .hosts = split(arena, db_get_text(rows, row, 9)),
		.file = arena_printf(arena, "%s (version %u)", slug, version), .id = (uint32_t)db_get_uint(rows, row,
		7),
		.version = version,
	};
	policy_author_add(author, &other);
}

static struct problem *seed_regions(struct policy_author *author, struct region_set **set)
{
	char *text = policy_author_file(author, "regions.tsv");
	struct problem *problem;

	if (!text)
		return problem_detail(author->arena, &PROBLEM_INTERNAL, "找不到 regions.tsv",
			"There is no regions.tsv in the configuration folder");
	*set = region_set_create();
	problem = region_set_read(*set, author->arena, text);
	return problem ? problem : region_set_seal(*set, author->arena);
}

/* Those of the network, or what a new one starts with. */
static struct problem *stored_regions(
	struct db *db, struct policy_author *author, const char *network, struct region_set **set)
{
	struct db_result *rows;
	struct problem *problem =
		db_select(db, db_server(), "SELECT id FROM network WHERE slug = ?", DB_ARGS(db_text(network)), &rows);

	if (problem)
		return problem;
	if (rows->rows == 0)
		return seed_regions(author, set);
	return network_load_regions(db, (uint32_t)db_get_uint(rows, 0, 0), set);
}

struct problem *platform_store_look(const struct platform_store *store, struct policy_author *author,
	const char *network, struct region_set **regions)
{
	struct db_result *rows;
	struct problem *problem = db_select(store->db, db_server(), OTHERS, DB_NO_ARGS, &rows);

	*regions = NULL;
	if (problem)
		return problem;
	for (size_t i = 0; i < rows->rows; i++)
		add_other(author, rows, i);
	author->compiler = store->compiler;
	problem = network ? stored_regions(store->db, author, network, regions) : seed_regions(author, regions);
	author->regions = *regions;
	return problem;
}

/* --- the cases that a change touches ---------------------------------------------------------- */

static struct problem *current_document(struct db *db, uint32_t tenant, struct json_object **out)
{
	struct db_result *rows;
	struct problem *problem = db_select(db, db_server(),
		"SELECT d.document FROM tenant t JOIN policy_document d ON d.hash = t.policy_hash WHERE t.id = ?",
		DB_ARGS(db_uint(tenant)), &rows);

	*out = NULL;
	if (problem || rows->rows == 0)
		return problem;
	return json_parse_object(db_arena(db), db_get_text(rows, 0, 0), db_get(rows, 0, 0)->s.len, out);
}

static bool equal_json(struct arena *arena, const struct json_object *a, const struct json_object *b)
{
	struct buf *x = buf_in(arena), *y = buf_in(arena);
	json_canonical(x, a);
	json_canonical(y, b);
	return x->len == y->len && memcmp(x->data, y->data, x->len) == 0;
}

static bool is_final(const struct json_object *lifecycle, const char *step)
{
	bool final = false;
	json_get_bool(json_get_object(json_get_object(lifecycle, "steps"), step), "final", &final);
	return final;
}

static void add_count(struct arena *arena, struct platform_change *change, const struct platform_case_count *count)
{
	struct platform_case_count *more = ARENA_ARRAY(arena, struct platform_case_count, change->case_count + 1);
	if (change->case_count)
		memcpy(more, change->cases, change->case_count * sizeof *more);
	more[change->case_count++] = *count;
	change->cases = more;
}

static struct problem *count_record(const struct platform_store *store, struct arena *keep,
	struct platform_change *change, const struct record *record, const struct json_object *before,
	const struct json_object *after)
{
	struct arena *arena = db_arena(store->db);
	/* Names of tables come from the declarations, never from outside. */
	const char *sql = arena_printf(arena,
		"SELECT step, COUNT(*) FROM %s WHERE platform_id = :p%s AND step IS NOT NULL GROUP BY step",
		record->table, record->has & ROW_HAS_HOME ? " AND home_id = platform_id" : "");
	struct db_result *rows;
	struct problem *problem =
		db_select(store->db, db_platform(change->id, 0), db_dynamic(store->db, sql), DB_NO_ARGS, &rows);

	for (size_t i = 0; !problem && i < rows->rows; i++) {
		const char *step = arena_strdup(keep, db_get_text(rows, i, 0));
		struct platform_case_count count = {record->name, step, PLATFORM_CASES_MOVED, db_get_uint(rows, i, 1)};
		if (is_final(before, step))
			continue;
		if (record->has & ROW_HAS_POLICY)
			count.fate = PLATFORM_CASES_KEPT;
		else if (!json_has(json_get_object(after, "steps"), step))
			count.fate = PLATFORM_CASES_STRANDED;
		add_count(keep, change, &count);
	}
	return problem;
}

/* What the counts hold lies in `keep`. */
static struct problem *count_cases(
	const struct platform_store *store, struct arena *keep, struct platform_change *change)
{
	struct json_object *document;
	struct problem *problem;

	if (!store->records)
		return NULL;
	problem = current_document(store->db, change->id, &document);
	for (size_t i = 0; !problem && i < store->records->count; i++) {
		const struct record *record = store->records->records[i];
		const struct json_object *before, *after;
		if (!record->table || !record->lifecycle || !(record->has & ROW_HAS_PHASE))
			continue;
		before = json_get_object(json_get_object(document, "lifecycles"), record->lifecycle);
		after = json_get_object(json_get_object(change->draft.json, "lifecycles"), record->lifecycle);
		if (before && !equal_json(db_arena(store->db), before, after))
			problem = count_record(store, keep, change, record, before, after);
	}
	return problem;
}

/* --- the terms that a change takes away ------------------------------------------------------- */

static const struct json_object *term_of(const struct json_object *document, const char *dictionary, const char *code)
{
	const struct json_object *terms = json_get_array(document, dictionary);
	for (size_t i = 0; i < json_count(terms); i++)
		if (same(json_get_text(json_at(terms, i), "code"), code))
			return json_at(terms, i);
	return NULL;
}

static void add_term(struct arena *arena, struct platform_change *change, const struct platform_term_count *term)
{
	struct platform_term_count *more = ARENA_ARRAY(arena, struct platform_term_count, change->term_count + 1);
	if (change->term_count)
		memcpy(more, change->terms, change->term_count * sizeof *more);
	more[change->term_count++] = *term;
	change->terms = more;
}

static struct problem *count_dictionary(const struct platform_store *store, struct arena *keep,
	struct platform_change *change, const struct json_object *before, const char *dictionary)
{
	const struct json_object *terms = json_get_array(before, dictionary);
	struct term_uses uses = {0};
	struct problem *problem = NULL;
	bool counted = false;

	for (size_t i = 0; !problem && i < json_count(terms); i++) {
		const char *code = json_get_text(json_at(terms, i), "code");
		if (term_of(change->draft.json, dictionary, code))
			continue;
		if (!counted)
			problem = term_uses_count(store->db, db_platform(change->id, 0), dictionary, &uses);
		counted = true;
		if (!problem && term_uses_of(&uses, code))
			add_term(keep, change,
				&(struct platform_term_count){
					dictionary, arena_strdup(keep, code), term_uses_of(&uses, code)});
	}
	return problem;
}

/* What the counts hold lies in `keep`. */
static struct problem *count_terms(
	const struct platform_store *store, struct arena *keep, struct platform_change *change)
{
	struct json_object *before;
	struct problem *problem = store->records ? current_document(store->db, change->id, &before) : NULL;

	for (size_t i = 0; store->records && !problem && term_dictionary(i); i++)
		problem = count_dictionary(store, keep, change, before, term_dictionary(i));
	return problem;
}

uint64_t platform_plan_stranded(const struct platform_plan *plan)
{
	uint64_t count = 0;
	for (size_t i = 0; i < plan->count; i++)
		for (size_t c = 0; c < plan->changes[i].case_count; c++)
			if (plan->changes[i].cases[c].fate == PLATFORM_CASES_STRANDED)
				count += plan->changes[i].cases[c].count;
	return count;
}

uint64_t platform_plan_unnamed(const struct platform_plan *plan)
{
	uint64_t count = 0;
	for (size_t i = 0; i < plan->count; i++)
		for (size_t t = 0; t < plan->changes[i].term_count; t++)
			count += plan->changes[i].terms[t].count;
	return count;
}

/* --- planning --------------------------------------------------------------------------------- */

/* Numbers and cases carry these, so they cannot change; what differs is told at the line where it stands. */
static void check_fixed(
	struct policy_author *author, const struct policy_draft *draft, const struct policy_other *before)
{
	const struct {
		const char *now, *then, *zh, *en;
	} fixed[] = {
		{draft->network, before->network, "所属网络不可更改", "the network cannot change"},
		{draft->number_code, before->number_code, "编号代码已用于产品编号，不可更改",
		 "the number code is part of the numbers given out, and cannot change"},
	};
	for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
		if (fixed[i].now && !same(fixed[i].now, fixed[i].then))
			yaml_fault_at(&author->faults, draft->file, 0,
				arena_printf(author->arena, "%s：%s", fixed[i].zh, fixed[i].then),
				arena_printf(author->arena, "%s: %s", fixed[i].en, fixed[i].then));
}

static void destroy_arena(void *arena)
{
	arena_destroy(arena);
}

/* What of a draft outlives the checking of it. */
static struct policy_draft keep_draft(struct arena *arena, const struct policy_draft *draft)
{
	struct policy_draft kept = *draft;
	const char **hosts = ARENA_ARRAY(arena, const char *, draft->hosts.count + 1);

	for (size_t i = 0; i < draft->hosts.count; i++)
		hosts[i] = arena_strdup(arena, draft->hosts.items[i]);
	kept.hosts.items = hosts;
	kept.slug = arena_strdup(arena, draft->slug);
	kept.network = arena_strdup(arena, draft->network);
	kept.parent = arena_strdup(arena, draft->parent);
	kept.level = arena_strdup(arena, draft->level);
	kept.kind = arena_strdup(arena, draft->kind);
	kept.region = arena_strdup(arena, draft->region);
	kept.number_code = arena_strdup(arena, draft->number_code);
	kept.name = (struct policy_text){arena_strdup(arena, draft->name.zh), arena_strdup(arena, draft->name.en)};
	kept.network_name = (struct policy_text){
		arena_strdup(arena, draft->network_name.zh), arena_strdup(arena, draft->network_name.en)};
	kept.calendar = arena_strdup(arena, draft->calendar);
	kept.document = arena_memdup(arena, draft->document, draft->document_len + 1);
	kept.json = NULL;
	return kept;
}

/* The document or the source (which may hand other things down) is another than the stored one. */
static struct problem *compare_stored(const struct platform_store *store, struct platform_change *change)
{
	struct db_result *rows;
	struct problem *problem = db_select(store->db, db_server(),
		"SELECT t.policy_hash, v.source FROM tenant t LEFT JOIN policy_version v ON v.tenant = t.id AND "
		"v.version = t.policy_version "
		"WHERE t.id = ?", DB_ARGS(db_uint(change->id)), &rows);
	const struct db_value *hash;

	if (problem || rows->rows == 0)
		return problem;
	hash = db_get(rows, 0, 0);
	change->changed = hash->type == DB_NULL || hash->s.len != POLICY_HASH ||
		memcmp(hash->s.data, change->draft.hash, POLICY_HASH) != 0 ||
		!same(db_get_text(rows, 0, 1), change->draft.source);
	return NULL;
}

/* A thousand platforms below a province are checked one after the other, so each in an arena of its own. It stays if
 * its faults are to be shown. */
static struct problem *plan_one(const struct platform_store *store, struct policy_author *author, const char *file,
	const char *source, const struct policy_other *before, struct platform_change *change)
{
	struct policy_author inner = *author;
	struct arena *before_arena = db_arena(store->db);
	struct problem *problem = NULL;

	inner.arena = arena_create();
	change->before = before;
	change->version = 1;
	change->changed = true;
	policy_author_draft(&inner, file, source, &change->draft);
	author->faults = inner.faults;
	if (before && !author->faults.count) {
		change->id = before->id;
		change->version = before->version + 1;
		db_use_arena(store->db, inner.arena);
		problem = compare_stored(store, change);
		if (!problem && change->changed)
			problem = count_cases(store, author->arena, change);
		if (!problem && change->changed)
			problem = count_terms(store, author->arena, change);
		db_use_arena(store->db, before_arena);
	}
	if (problem || author->faults.count) {
		arena_defer(author->arena, destroy_arena, inner.arena);
		return problem;
	}
	change->draft = keep_draft(author->arena, &change->draft);
	arena_destroy(inner.arena);
	return NULL;
}

/* Those below `slug`, nearest first: each is flattened anew over its changed parents. */
static struct problem *plan_below(
	const struct platform_store *store, struct policy_author *author, struct platform_plan *plan, const char *slug)
{
	for (size_t i = 0; i < author->others.count; i++) {
		const struct policy_other *other = &author->others.items[i];
		struct problem *problem;
		if (!other->parent || strcmp(other->parent, slug) != 0)
			continue;
		problem = plan_one(store, author, other->file, other->source, other, &plan->changes[plan->count++]);
		if (!problem)
			problem = plan_below(store, author, plan, other->slug);
		if (problem)
			return problem;
	}
	return NULL;
}

static void replace_source(
	struct policy_author *author, const struct policy_draft *draft, const char *file, const char *source)
{
	for (size_t i = 0; i < author->others.count; i++) {
		struct policy_other *other = &author->others.items[i];
		if (!same(other->slug, draft->slug))
			continue;
		other->source = source;
		other->file = file;
		other->parent = draft->parent;
		other->level = draft->level;
		other->region = draft->region;
		other->hosts = draft->hosts;
	}
}

static void check_existence(struct policy_author *author, const char *file, const char *slug, bool create,
	const struct policy_other *before)
{
	if (create && before)
		yaml_fault_at(&author->faults, file, 0,
			arena_printf(author->arena, "平台 %s 已存在，请用 update", slug),
			      arena_printf(author->arena, "There is a platform %s already: use update", slug));
	if (!create && !before)
		yaml_fault_at(&author->faults, file, 0, arena_printf(author->arena, "平台 %s 不存在，请用 add", slug),
			      arena_printf(author->arena, "There is no platform %s: use add", slug));
}

struct problem *platform_store_plan(const struct platform_store *store, struct policy_author *author, const char *file,
                                    const char *source, bool create, struct platform_plan **out)
{
	struct arena *arena = author->arena;
	struct platform_plan *plan = ARENA_NEW(arena, struct platform_plan);
	struct policy_other identity, *before = NULL;
	struct problem *problem;

	*out = NULL;
	plan->create = create;
	plan->changes = ARENA_ARRAY(arena, struct platform_change, author->others.count + 1);
	if (policy_author_identify(arena, file, source, &identity)) {
		const struct policy_other *found = policy_author_other(author, identity.slug);
		check_existence(author, file, identity.slug, create, found);
		before = found ? (void *)arena_memdup(arena, found, sizeof *found) : NULL;
	}
	problem = plan_one(store, author, file, source, before, &plan->changes[plan->count++]);
	if (problem || author->faults.count)
		return problem;
	if (before) {
		check_fixed(author, &plan->changes[0].draft, before);
		replace_source(author, &plan->changes[0].draft, file, source);
		problem = plan_below(store, author, plan, identity.slug);
	}
	if (!problem && !plan->changes[0].draft.parent)
		policy_author_calendar(author, plan->changes[0].draft.calendar, &plan->days_found, &plan->day_count,
			&plan->known_until);
	if (!problem && create && !plan->changes[0].draft.parent)
		plan->regions = policy_author_file(author, "regions.tsv");
	if (!problem && author->faults.count == 0)
		*out = plan;
	return problem;
}
