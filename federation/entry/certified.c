#include "federation/entry/certified.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/db/search.h"
#include "core/record/export.h"
#include "core/text/json.h"
#include "federation/entry/entry_case.h"
#include "federation/entry/preflight.h"
#include "federation/sync/federation.h"
#include "schema/records.gen.h"
#include "tenants/account/gate.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/post.h"
#include "tenants/platform/services.h"
#include "tenants/platform/word.h"

enum { PAGE = 50 };

/* ---- Above and below ---- */

struct problem *certified_target(struct call *call, const struct platform **out)
{
	*out = NULL;
	for (const struct platform *above = call->platform->parent; above; above = above->parent) {
		const struct policy *policy;
		struct problem *problem = federation_policy(call, above, &policy);
		if (problem)
			return problem;
		if (policy->ways.recommendation &&
			policy_list_has(&policy->ways.recommends, platform_level_name(call->platform->level))) {
			*out = above;
			return NULL;
		}
	}
	return NULL;
}

struct query {
	struct buf *sql;
	struct db_value *args;
	size_t count, cap;
};

static void add_arg(struct call *call, struct query *query, struct db_value value)
{
	if (query->count == query->cap) {
		size_t cap = query->cap ? query->cap * 2 : 32;
		struct db_value *grown = ARENA_ARRAY(call->arena, struct db_value, cap);
		if (query->count)
			memcpy(grown, query->args, query->count * sizeof *grown);
		query->args = grown;
		query->cap = cap;
	}
	query->args[query->count++] = value;
}

/* This platform and all below it, in brackets; a closed one vouches for nobody. */
static void add_platforms(struct call *call, struct query *query, const struct platform *platform, bool first)
{
	if (first || platform->state != PLATFORM_STATE_CLOSED) {
		buf_text(query->sql, first ? "(?" : ", ?");
		add_arg(call, query, db_uint(platform->id));
	}
	for (const struct platform *child = platform->children; child; child = child->sibling)
		add_platforms(call, query, child, false);
	if (first)
		buf_char(query->sql, ')');
}

struct problem *certified_holds(struct call *call, struct uuid institution_id, bool *holds)
{
	struct query query = {.sql = buf_in(call->arena)};
	struct db_result *result;
	buf_text(query.sql,
		"SELECT 1 FROM membership WHERE platform_id = :p AND institution_id = ? AND phase = 'active' AND "
		"home_id IN ");
	add_arg(call, &query, db_id(&institution_id));
	add_platforms(call, &query, call->platform, true);
	buf_text(query.sql, " LIMIT 1");
	struct problem *problem = db_select(
		call->db, call->scope, db_dynamic(call->db, query.sql->data), query.args, query.count, &result);
	*holds = !problem && result->rows;
	return problem;
}

/* ---- The list ---- */

static void filter_region(struct call *call, struct query *query, const char *code)
{
	buf_text(query->sql, " AND FIND_IN_SET(i.region_code, ?)");
	add_arg(call, query, db_text(gate_regions_within(call, code, NULL)));
}

/* Whether it is there, under review there, or neither: one expression for filter, counts and list. */
#define STANDING "CASE WHEN up.phase IN ('active', 'suspended') THEN 'yes' " \
	"WHEN up.phase IN ('applied', 'supplement') OR r.id IS NOT NULL THEN 'review' ELSE 'no' END"

/* The platform whose membership counts. A county recommends to nobody, but it is below somebody; the topmost platform
 * asks who of its network is with itself. */
static uint32_t above_of(const struct call *call, const struct platform *target)
{
	const struct platform *above = target ? target : call->platform->parent;
	return above ? above->id : call->platform_id;
}

static void from_joined(struct call *call, const struct platform *target, struct query *query)
{
	buf_text(query->sql, " FROM institution i "
	                     "LEFT JOIN membership up ON up.platform_id = :p AND up.home_id = ? AND up.institution_id "
	                     "= i.id "
	                     "LEFT JOIN recommendation r ON r.platform_id = :p AND r.open_key = i.id "
	                     "LEFT JOIN product_count c ON c.platform_id = :p AND c.institution_id = i.id "
	                     "WHERE i.platform_id = :p AND EXISTS (SELECT 1 FROM membership m WHERE m.platform_id = :p "
	                     "AND m.institution_id = i.id "
	                     "AND m.phase = 'active' AND m.home_id IN ");
	add_arg(call, query, db_uint(above_of(call, target)));
	add_platforms(call, query, call->platform, true);
	buf_char(query->sql, ')');
}

static void where_asked(struct call *call, const struct certified_query *in, struct query *query)
{
	static const char *const columns[] = {"i.name", "i.uscc"};
	struct search search = {0};
	if (in->q)
		search_make(call->arena, in->q, columns, 2, &search);
	if (search.sql)
		buf_printf(query->sql, " AND %s", search.sql);
	for (size_t i = 0; i < search.count; i++)
		add_arg(call, query, search.args[i]);
	if (in->region)
		filter_region(call, query, in->region);
}

/* By what the list is sorted: in SQL, but for what the conditions come to. */
static const struct ordering {
	const char *name, *sql;
} ORDERS[] = {{"newest", "i.id"}, {"name", "i.name"}, {"income", "i.annual_income"},
	{"staff", "COALESCE(i.full_time_staff, i.insured_staff)"}, {"products", "COALESCE(c.created, 0)"},
	{"preflight", "i.id"}};

static bool sorts_by_preflight(const struct certified_query *in)
{
	return in->sort && (!strcmp(in->sort, "preflight") || !strcmp(in->sort, "-preflight"));
}

static struct problem *add_order(struct call *call, const struct certified_query *in, struct query *query)
{
	const char *sort = in->sort ? in->sort : "-newest", *name = sort + (*sort == '-');
	for (size_t i = 0; i < sizeof ORDERS / sizeof *ORDERS; i++)
		if (!strcmp(ORDERS[i].name, name)) {
			const char *way = *sort == '-' && !sorts_by_preflight(in) ? "DESC" : "ASC";
			buf_printf(query->sql, " ORDER BY %s %s, i.id DESC", ORDERS[i].sql, way);
			return NULL;
		}
	return problem_add_field(
		call->arena, NULL, "/sort", "sort", "不能按此排序", "The list is not sorted by this");
}

static struct problem *run_query(struct call *call, const struct query *query, struct db_result **out)
{
	return db_select(call->db, call->scope, db_dynamic(call->db, query->sql->data), query->args, query->count, out);
}

/* ---- How institutions stand: who is certified here or below, who is above, for whom a recommendation is open ---- */

enum standing { STANDING_NONE, STANDING_YES, STANDING_REVIEW, STANDING_NO, STANDINGS };
enum { IS_CERTIFIED = 1, IS_ABOVE = 2, IS_REVIEWED = 4 };

struct stand {
	struct uuid id;
	unsigned is;
};

struct stands {
	struct stand *rows; /* rising by id */
	size_t count;
};

static int by_id(const void *a, const void *b)
{
	const struct stand *left = a, *right = b;
	return uuid_compare(left->id, right->id);
}

static unsigned stand_of(const struct db_result *result, size_t i)
{
	const char *phase = db_need_text(result, i, 2);
	unsigned certified = db_get_int(result, i, 3) && !strcmp(phase, "active") ? IS_CERTIFIED : 0;
	if (!db_get_int(result, i, 1))
		return certified;
	if (!strcmp(phase, "active") || !strcmp(phase, "suspended"))
		return certified | IS_ABOVE;
	return certified | (!strcmp(phase, "applied") || !strcmp(phase, "supplement") || !strcmp(phase, "open")
		? IS_REVIEWED : 0);
}

/* Read as they lie and matched in memory: for a city's thousands that is a fifth of what joining row by row takes. */
static struct problem *load_stands(struct call *call, uint32_t above, struct stands *out)
{
	struct query query = {.sql = buf_in(call->arena)};
	struct db_result *result;
	buf_text(query.sql, "SELECT m.institution_id, m.home_id = ?, m.phase, m.home_id IN ");
	add_arg(call, &query, db_uint(above));
	add_platforms(call, &query, call->platform, true);
	buf_text(query.sql, " FROM membership m WHERE m.platform_id = :p UNION ALL SELECT r.open_key, 1, 'open', 0 "
			    "FROM recommendation r WHERE r.platform_id = :p AND r.open_key IS NOT NULL");
	struct problem *problem = run_query(call, &query, &result);
	if (problem)
		return problem;
	out->rows = ARENA_ARRAY(call->arena, struct stand, result->rows + 1);
	out->count = 0;
	for (size_t i = 0; i < result->rows; i++) {
		struct stand *one = &out->rows[out->count];
		one->is = stand_of(result, i);
		out->count += one->is && db_get_id(result, i, 0, &one->id);
	}
	qsort(out->rows, out->count, sizeof *out->rows, by_id);
	return NULL;
}

/* All that is known of one. */
static unsigned stands_find(const struct stands *stands, struct uuid id)
{
	struct stand wanted = {id, 0};
	const struct stand *end = stands->rows + stands->count,
			   *at = bsearch(&wanted, stands->rows, stands->count, sizeof wanted, by_id);
	unsigned is = 0;
	while (at && at > stands->rows && uuid_equal(at[-1].id, id))
		at--;
	for (; at && at < end && uuid_equal(at->id, id); at++)
		is |= at->is;
	return is;
}

/* ---- All that fit: what the columns cannot say is counted, filtered and sorted here ---- */

enum { SIFT_ID, SIFT_FACTS };

struct sifted {
	struct uuid id;
	size_t row; /* in the result */
	uint64_t rank;
};

struct sieve {
	struct preflight preflight;
	struct stands stands;
	struct sifted *rows;
	size_t count;
	size_t standing[STANDINGS];          /* among those that fit the other filters; [0]: all */
	size_t verdict[PREFLIGHT_VERDICTS]; /* likewise */
};

static enum standing standing_of(unsigned is)
{
	return is & IS_ABOVE ? STANDING_YES : is & IS_REVIEWED ? STANDING_REVIEW : STANDING_NO;
}

static void sift_row(const struct certified_query *in, const struct db_result *result, size_t row, struct sieve *sieve)
{
	struct sifted *one = &sieve->rows[sieve->count];
	unsigned is = db_get_id(result, row, SIFT_ID, &one->id) ? stands_find(&sieve->stands, one->id) : 0;
	if (!(is & IS_CERTIFIED))
		return;
	struct condition_facts facts = preflight_facts(&sieve->preflight, result, row, SIFT_FACTS);
	struct condition_tally tally = preflight_tally(&sieve->preflight, &facts);
	enum preflight_verdict verdict = preflight_verdict(&sieve->preflight, &tally);
	enum standing standing = standing_of(is);
	bool stands = !in->standing || (int)standing == in->standing, checks = !in->check || (int)verdict == in->check;
	sieve->standing[standing] += checks;
	sieve->standing[STANDING_NONE] += checks;
	sieve->verdict[verdict] += stands;
	one->row = row;
	one->rank = preflight_rank(&tally);
	sieve->count += stands && checks;
}

static int by_rank(const void *a, const void *b)
{
	const struct sifted *left = a, *right = b;
	if (left->rank != right->rank)
		return left->rank < right->rank ? -1 : 1;
	return (left->row > right->row) - (left->row < right->row);
}

static void turn(struct sifted *rows, size_t count)
{
	for (size_t i = 0; i < count / 2; i++) {
		struct sifted one = rows[i];
		rows[i] = rows[count - 1 - i];
		rows[count - 1 - i] = one;
	}
}

static struct problem *select_known(struct call *call, const struct certified_query *in, struct db_result **out)
{
	struct query query = {.sql = buf_in(call->arena)};
	bool counted = in->sort && strstr(in->sort, "products");
	buf_printf(query.sql, "SELECT i.id%s FROM institution i%s WHERE i.platform_id = :p", preflight_columns(call),
		counted ? " LEFT JOIN product_count c ON c.platform_id = :p AND c.institution_id = i.id" : "");
	where_asked(call, in, &query);
	struct problem *problem = add_order(call, in, &query);
	return problem ? problem : run_query(call, &query, out);
}

static struct problem *sift(
	struct call *call, const struct platform *target, const struct certified_query *in, struct sieve *sieve)
{
	struct db_result *known;
	*sieve = (struct sieve){0};
	struct problem *problem = select_known(call, in, &known);
	if (!problem)
		problem = load_stands(call, above_of(call, target), &sieve->stands);
	if (!problem)
		problem = preflight_begin(call, target, &sieve->preflight);
	if (problem)
		return problem;
	sieve->rows = ARENA_ARRAY(call->arena, struct sifted, known->rows + 1);
	for (size_t i = 0; i < known->rows; i++)
		sift_row(in, known, i, sieve);
	if (sorts_by_preflight(in))
		qsort(sieve->rows, sieve->count, sizeof *sieve->rows, by_rank);
	if (sorts_by_preflight(in) && *in->sort == '-')
		turn(sieve->rows, sieve->count);
	return NULL;
}

/* ---- One row ---- */

/* Behind the id and preflight_columns(). */
#define MORE \
	", " STANDING ", i.name, i.uscc, i.home_id, up.phase, up.sources, up.reason, up.reason_en, r.id, r.phase, " \
	"COALESCE(c.created, 0), COALESCE(c.listed, 0), i.version, i.region_code, i.annual_income, " \
	"COALESCE(i.full_time_staff, i.insured_staff)"
enum column { COL_ID = SIFT_ID, COL_STANDING = SIFT_FACTS + CONDITION_COLUMNS, COL_NAME, COL_USCC,
	COL_HOME, COL_UP_PHASE, COL_SOURCES, COL_REASON, COL_REASON_EN, COL_REC_ID, COL_REC_PHASE, COL_CREATED,
	COL_LISTED, COL_VERSION, COL_REGION, COL_INCOME, COL_STAFF,
	COL_CHECK /* of exports: in words */ };

/* "recommendation:zhejiang/lishui,self:zhejiang/hangzhou" (from before: "recommendation:3") as [{way, platform,
 * whose}]; whose: mine, city, own, invited. */
static struct json_object *reviewed_by(struct call *call, const char *sources)
{
	struct json_object *list = json_own(call->arena, json_object_new_array());
	char *rest = arena_strdup(call->arena, sources), *one;
	while (rest && (one = strsep(&rest, ",")) && *one) {
		char *colon = strchr(one, ':');
		if (!colon)
			continue;
		*colon = '\0';
		const struct platform *from = post_named(call, colon + 1);
		uint32_t platform = from ? from->id : (uint32_t)strtoul(colon + 1, NULL, 10);
		bool recommended = !strcmp(one, "recommendation");
		struct json_object *item = json_object_new_object();
		put_text(item, "way", one);
		json_object_object_add(item, "platform", json_object_get(federation_platform_json(call, platform)));
		put_text(item, "whose",
			recommended && platform == call->platform_id ? "mine"
				: recommended			     ? "city"
				: !strcmp(one, "invitation")	     ? "invited"
								     : "own");
		json_object_array_add(list, item);
	}
	return list;
}

/* Why it was refused; NULL if nobody said. */
static const char *reason_of(struct call *call, const struct db_result *result, size_t i)
{
	const char *zh = db_get_text(result, i, COL_REASON);
	return zh ? call_text(call, zh, db_get_text(result, i, COL_REASON_EN)) : NULL;
}

static void add_action(struct json_object *list, const char *name)
{
	json_object_array_add(list, json_object_new_string(name));
}

static struct json_object *actions(
	struct call *call, const struct db_result *result, size_t i, const struct platform *target)
{
	struct json_object *list = json_object_new_array();
	const char *standing = db_need_text(result, i, COL_STANDING);
	struct uuid id;
	bool mine = db_get_id(result, i, COL_REC_ID, &id);
	add_action(list, "view");
	add_action(list, db_get_uint(result, i, COL_HOME) == call->platform_id ? "edit" : "request_correction");
	if (mine && strcmp(db_need_text(result, i, COL_REC_PHASE), "withdrawing"))
		add_action(list, "withdraw");
	if (!mine && target && strcmp(standing, "yes"))
		add_action(list, "recommend"); /* also beside another's review: a second endorsement */
	return list;
}

/* Whose review it is under, if it is: a recommendation that has just been sent is not yet among the sources that came
 * back. */
static struct json_object *review_of(struct call *call, const struct db_result *result, size_t i)
{
	struct uuid recommendation;
	struct json_object *whose = reviewed_by(call, db_get_text(result, i, COL_SOURCES));
	if (!strcmp(db_need_text(result, i, COL_STANDING), "review") && !json_count(whose) &&
		db_get_id(result, i, COL_REC_ID, &recommendation))
		whose = reviewed_by(call, arena_printf(call->arena, "recommendation:%s", call->platform->origin));
	return whose;
}

/* A figure that may not be stated. */
static void put_figure(
	struct json_object *row, const char *name, const struct db_result *result, size_t i, size_t column)
{
	if (db_get(result, i, column)->type == DB_NULL)
		json_object_object_add(row, name, NULL);
	else
		put_int(row, name, db_get_int(result, i, column));
}

static void put_figures(struct json_object *row, const struct db_result *result, size_t i)
{
	put_figure(row, "annual_income", result, i, COL_INCOME);
	put_figure(row, "staff", result, i, COL_STAFF);
	put_int(row, "products_created", db_get_int(result, i, COL_CREATED));
	put_int(row, "products_listed", db_get_int(result, i, COL_LISTED));
}

static void put_standing(struct call *call, struct json_object *row, const struct db_result *result, size_t i)
{
	const char *phase = db_get_text(result, i, COL_UP_PHASE);
	struct uuid recommendation = UUID_NIL;
	db_get_id(result, i, COL_REC_ID, &recommendation);
	put_text(row, "standing", db_need_text(result, i, COL_STANDING));
	json_object_object_add(row, "review_by", json_object_get(review_of(call, result, i)));
	put_text(row, "reason", phase && !strcmp(phase, "refused") ? reason_of(call, result, i) : NULL);
	put_id(row, "recommendation_id", recommendation);
	put_text(row, "recommendation_phase", db_get_text(result, i, COL_REC_PHASE));
}

static struct json_object *row_json(struct call *call, const struct db_result *result, size_t i,
	const struct platform *target, const struct preflight *preflight)
{
	struct json_object *row = json_object_new_object();
	struct condition_facts facts = preflight_facts(preflight, result, i, SIFT_FACTS);
	struct uuid id;
	db_get_id(result, i, COL_ID, &id);
	put_id(row, "id", id);
	put_int(row, "version", db_get_int(result, i, COL_VERSION));
	put_text(row, "name", db_get_text(result, i, COL_NAME));
	put_text(row, "uscc", db_get_text(result, i, COL_USCC));
	put_text(row, "region_code", db_get_text(result, i, COL_REGION));
	json_object_object_add(row, "home",
		json_object_get(federation_platform_json(call, (uint32_t)db_get_uint(result, i, COL_HOME))));
	put_standing(call, row, result, i);
	json_object_object_add(row, "preflight", json_object_get(preflight_json(call, preflight, &facts)));
	put_figures(row, result, i);
	json_object_object_add(row, "actions", actions(call, result, i, target));
	return row;
}

/* ---- The list ---- */

static void put_counts(struct call *call, const struct sieve *sieve, struct certified_page *page)
{
	static const char *const standings[STANDINGS] = {"all", "yes", "review", "no"};
	page->counts = json_own(call->arena, json_object_new_object());
	for (size_t i = 0; i < STANDINGS; i++)
		put_int(page->counts, standings[i], (int64_t)sieve->standing[i]);
	for (size_t i = PREFLIGHT_READY; sieve->preflight.policy && i < PREFLIGHT_VERDICTS; i++)
		put_int(page->counts, preflight_code((enum preflight_verdict)i), (int64_t)sieve->verdict[i]);
	page->total = (int64_t)sieve->count;
	page->has_total = true;
}

/* "50.<id>": behind the row with this id, which stood in the 50th place; where it is gone, from that place on. */
static struct problem *place_of(
	struct call *call, const struct certified_query *in, const struct sieve *sieve, size_t *out)
{
	struct uuid id;
	char *end = NULL;
	const char *cursor = in->cursor;
	unsigned long place = cursor ? strtoul(cursor, &end, 10) : (unsigned long)in->offset;
	*out = place < sieve->count ? place : sieve->count;
	if (!cursor)
		return NULL;
	if (*cursor < '0' || *cursor > '9' || *end != '.' || !uuid_parse(end + 1, &id))
		return problem_add_field(call->arena, NULL, "/cursor", "cursor", "游标无效", "This is no cursor");
	for (size_t i = 0; i < sieve->count; i++)
		if (uuid_equal(sieve->rows[i].id, id))
			*out = i + 1;
	return NULL;
}

/* The rows of one page, in any order. What is shown of a row is read at once, with what it is checked by. */
static struct problem *select_page(struct call *call, const struct platform *target, const struct sifted *rows,
	size_t count, struct db_result **out)
{
	struct query query = {.sql = buf_in(call->arena)};
	buf_printf(query.sql, "SELECT i.id%s" MORE, preflight_columns(call));
	from_joined(call, target, &query);
	buf_text(query.sql, " AND i.id IN (NULL");
	for (size_t i = 0; i < count; i++) {
		buf_text(query.sql, ", ?");
		add_arg(call, &query, db_id(&rows[i].id));
	}
	buf_char(query.sql, ')');
	return run_query(call, &query, out);
}

/* Where a row is in the result; its end for one that has gone since. */
static size_t row_of(const struct db_result *result, struct uuid wanted)
{
	struct uuid id;
	size_t i = 0;
	while (i < result->rows && !(db_get_id(result, i, COL_ID, &id) && uuid_equal(id, wanted)))
		i++;
	return i;
}

static struct problem *fill_page(struct call *call, const struct platform *target, const struct certified_query *query,
	const struct sieve *sieve, struct certified_page *page)
{
	size_t begin, limit = query->has_limit ? (size_t)query->limit : PAGE;
	struct db_result *result;
	struct problem *problem = place_of(call, query, sieve, &begin);
	if (problem)
		return problem;
	size_t count = sieve->count - begin < limit ? sieve->count - begin : limit;
	problem = select_page(call, target, sieve->rows + begin, count, &result);
	if (problem)
		return problem;
	page->items = json_own(call->arena, json_object_new_array());
	for (size_t i = begin; i < begin + count; i++) {
		size_t row = row_of(result, sieve->rows[i].id);
		if (row < result->rows)
			json_object_array_add(page->items, row_json(call, result, row, target, &sieve->preflight));
	}
	if (begin + count < sieve->count)
		page->next = arena_printf(call->arena, "%zu.%s", begin + count,
			uuid_text(call->arena, sieve->rows[begin + count - 1].id));
	return NULL;
}

struct problem *certified_list(struct call *call, const struct certified_query *query)
{
	const struct platform *target;
	struct sieve sieve;
	struct certified_page page = {0};
	struct problem *problem = certified_target(call, &target);
	if (!problem)
		problem = sift(call, target, query, &sieve);
	if (!problem)
		problem = fill_page(call, target, query, &sieve, &page);
	if (problem)
		return problem;
	put_counts(call, &sieve, &page);
	page.target = target ? federation_platform_json(call, target->id) : NULL;
	return endpoint_answer(call, &shape_certified_page, &page);
}

/* ---- Export ---- */

static const char *standing_words(struct call *call, const char *standing)
{
	if (!strcmp(standing, "yes"))
		return call_text(call, "是", "yes");
	return !strcmp(standing, "review") ? call_text(call, "审核中", "under review") : call_text(call, "否", "no");
}

/* 平台推荐（丽水市企业服务平台）、自主申报 */
static const char *review_words(struct call *call, const struct json_object *whose)
{
	struct buf *out = buf_in(call->arena);
	for (size_t i = 0; i < json_count(whose); i++) {
		const struct json_object *one = json_at(whose, i);
		const char *way = json_get_text(one, "way"),
			   *platform = json_get_text(json_get_object(one, "platform"), "name");
		if (!way)
			continue;
		buf_printf(out, "%s%s", out->len ? call_text(call, "、", ", ") : "", case_way_word(call, way));
		if (platform)
			buf_printf(out, "（%s）", platform);
	}
	return out->len ? out->data : NULL;
}

/* One that is not stated leaves its cell empty. */
static struct sheet_cell figure_cell(const struct db_result *result, size_t i, size_t column, unsigned decimals)
{
	return db_get(result, i, column)->type == DB_NULL ? cell_text(NULL)
							  : cell_number(db_get_int(result, i, column), decimals);
}

static void write_row(struct call *call, const struct db_result *result, size_t i, struct sheet_cell *cells)
{
	const char *phase = db_get_text(result, i, COL_UP_PHASE);
	const struct platform *home =
		platform_by_id(services_directory(call), (uint32_t)db_get_uint(result, i, COL_HOME));
	*cells++ = cell_text(db_get_text(result, i, COL_NAME));
	*cells++ = cell_text(db_get_text(result, i, COL_USCC));
	*cells++ = cell_text(word_region(call, db_get_text(result, i, COL_REGION)));
	*cells++ = cell_text(home ? call_text(call, home->name_zh, home->name_en) : NULL);
	*cells++ = cell_text(standing_words(call, db_need_text(result, i, COL_STANDING)));
	*cells++ = cell_text(review_words(call, review_of(call, result, i)));
	*cells++ = cell_text(phase && !strcmp(phase, "refused") ? reason_of(call, result, i) : NULL);
	*cells++ = cell_text(db_get_text(result, i, COL_CHECK));
	*cells++ = figure_cell(result, i, COL_INCOME, 2);
	*cells++ = figure_cell(result, i, COL_STAFF, 0);
	*cells++ = cell_number(db_get_int(result, i, COL_CREATED), 0);
	*cells = cell_number(db_get_int(result, i, COL_LISTED), 0);
}

/* 有不符合：符合 8，待判 5，未填报 0，不符合 1 */
static const char *check_words(
	struct call *call, const struct preflight *preflight, const struct db_result *rows, size_t i)
{
	static const char *const verdicts[PREFLIGHT_VERDICTS][2] = {
		{"", ""}, {"可推荐", "Ready"}, {"有未填报", "Figures missing"}, {"有不符合", "Some not met"},
		{"不能推荐", "Barred"}};
	struct condition_facts facts = preflight_facts(preflight, rows, i, SIFT_FACTS);
	struct condition_tally tally = preflight_tally(preflight, &facts);
	enum preflight_verdict verdict = preflight_verdict(preflight, &tally);
	if (verdict == PREFLIGHT_NONE)
		return NULL;
	return arena_printf(call->arena,
		call_text(call, "%s：符合 %u，待判 %u，未填报 %u，不符合 %u",
			"%s: %u met, %u to judge, %u not stated, %u not met"),
		call_text(call, verdicts[verdict][0], verdicts[verdict][1]),
		tally.of[CONDITION_MET] + tally.of[CONDITION_RELAXED], tally.of[CONDITION_JUDGEMENT],
		tally.of[CONDITION_NOT_STATED], tally.of[CONDITION_FAILED]);
}

/* The rows that fit, in the list's order, read a part at a time. */
static struct problem *select_all(struct call *call, const struct platform *target, const struct sieve *sieve,
	size_t most, struct db_result **out)
{
	enum { PART = 200 };
	size_t count = sieve->count < most + 1 ? sieve->count : most + 1, width = COL_CHECK + 1;
	struct db_value *values = ARENA_ARRAY(call->arena, struct db_value, count * width + 1);
	struct db_result *all = *out = ARENA_NEW(call->arena, struct db_result), *part;
	*all = (struct db_result){.columns = width, .values = values};
	for (size_t begin = 0; begin < count; begin += PART) {
		size_t end = begin + PART < count ? begin + PART : count;
		struct problem *problem = select_page(call, target, sieve->rows + begin, end - begin, &part);
		if (problem)
			return problem;
		for (size_t i = begin; i < end; i++) {
			size_t row = row_of(part, sieve->rows[i].id);
			struct db_value *at = values + all->rows * width;
			if (row == part->rows)
				continue;
			memcpy(at, part->values + row * part->columns, part->columns * sizeof *at);
			at[COL_CHECK] = db_text(check_words(call, &sieve->preflight, part, row));
			all->rows++;
		}
	}
	return NULL;
}

struct problem *certified_export(struct call *call, const struct certified_query *query)
{
	static const struct export_column columns[] = {{"name", "机构名称", "Name", CELL_TEXT, 0, 32},
		{"uscc", "统一社会信用代码", "Unified social credit code", CELL_TEXT, 0, 22},
		{"region_code", "所在地区", "Region", CELL_TEXT, 0, 24},
		{"home", "所属平台", "Home platform", CELL_TEXT, 0, 24},
		{"standing", "是否入驻上级平台", "On the parent platform", CELL_TEXT, 0, 12},
		{"review_by", "审核来源", "Reviewed for", CELL_TEXT, 0, 30},
		{"reason", "原因", "Reason", CELL_TEXT, 0, 40},
		{"preflight", "预检", "Pre-flight", CELL_TEXT, 0, 36},
		{"income", "上年度营业收入（元）", "Last year's operating income (yuan)", CELL_NUMBER, 2, 0},
		{"staff", "人员（人）", "Staff", CELL_NUMBER, 0, 0},
		{"products_created", "发布产品数", "Products created", CELL_NUMBER, 0, 0},
		{"products_listed", "上架产品数", "Products listed", CELL_NUMBER, 0, 0}};
	static const struct export_spec spec = {.zh = "已认证机构", .en = "Certified institutions",
		.file = "certified-institutions", .record = "recommendation", .columns = columns,
		.count = sizeof columns / sizeof *columns};
	const struct platform *target;
	struct db_result *all;
	struct sieve sieve;
	size_t most = export_most(call);
	struct problem *problem = certified_target(call, &target);
	if (!problem)
		problem = sift(call, target, query, &sieve);
	if (!problem)
		problem = select_all(call, target, &sieve, most, &all);
	return problem ? problem : export_result(call, &spec, all, most, write_row);
}
