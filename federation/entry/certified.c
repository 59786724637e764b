#include "federation/entry/certified.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/db/search.h"
#include "core/record/export.h"
#include "core/text/json.h"
#include "federation/entry/entry_case.h"
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

static struct problem *from_where(
	struct call *call, const struct platform *target, const struct certified_query *in, struct query *query)
{
	buf_text(query->sql, " FROM institution i "
	                     "LEFT JOIN membership up ON up.platform_id = :p AND up.home_id = ? AND up.institution_id "
	                     "= i.id "
	                     "LEFT JOIN recommendation r ON r.platform_id = :p AND r.open_key = i.id "
	                     "LEFT JOIN product_count c ON c.platform_id = :p AND c.institution_id = i.id "
	                     "WHERE i.platform_id = :p AND EXISTS (SELECT 1 FROM membership m WHERE m.platform_id = :p "
	                     "AND m.institution_id = i.id "
	                     "AND m.phase = 'active' AND m.home_id IN ");
	/* The topmost platform asks who of its network is with itself. */
	const struct platform *above = target ? target : call->platform->parent; /* a county recommends to nobody, but
										    it is below somebody */
	add_arg(call, query, db_uint(above ? above->id : call->platform_id));
	add_platforms(call, query, call->platform, true);
	buf_char(query->sql, ')');
	if (in->q) {
		static const char *const columns[] = {"i.name", "i.uscc"};
		struct search search;
		search_make(call->arena, in->q, columns, 2, &search);
		if (search.sql)
			buf_printf(query->sql, " AND %s", search.sql);
		for (size_t i = 0; i < search.count; i++)
			add_arg(call, query, search.args[i]);
	}
	if (in->region)
		filter_region(call, query, in->region);
	return NULL;
}

static const char *standing_code(int standing)
{
	const struct field *field = shape_field(&shape_certified_query, "standing");
	return field_code(field, standing);
}

static struct problem *select_rows(struct call *call, const struct platform *target, const struct certified_query *in,
	size_t limit, struct db_result **out)
{
	struct query query = {.sql = buf_in(call->arena)};
	struct uuid after;
	buf_text(query.sql,
		"SELECT i.id, i.name, i.uscc, i.region_code, i.home_id, " STANDING
		", up.phase, up.sources, up.reason, up.reason_en, r.id, r.phase, "
		"COALESCE(c.created, 0), COALESCE(c.listed, 0), i.version");
	struct problem *problem = from_where(call, target, in, &query);
	if (problem)
		return problem;
	if (in->standing) {
		buf_text(query.sql, " AND " STANDING " = ?");
		add_arg(call, &query, db_text(standing_code(in->standing)));
	}
	if (in->cursor) {
		if (!uuid_parse(in->cursor, &after))
			return problem_add_field(call->arena, NULL, "/cursor", "cursor", "游标无效", "This is no cursor");
		buf_text(query.sql, " AND i.id < ?");
		add_arg(call, &query, db_id(&after));
	}
	buf_printf(query.sql, " ORDER BY i.id DESC LIMIT %zu", limit);
	return db_select(call->db, call->scope, db_dynamic(call->db, query.sql->data), query.args, query.count, out);
}

static struct problem *select_counts(struct call *call, const struct platform *target, const struct certified_query *in,
                                     struct json_object **out)
{
	struct query query = {.sql = buf_in(call->arena)};
	struct db_result *result;
	buf_text(query.sql, "SELECT " STANDING " AS standing, COUNT(*)");
	struct problem *problem = from_where(call, target, in, &query);
	buf_text(query.sql, " GROUP BY standing");
	if (!problem)
		problem = db_select(
			call->db, call->scope, db_dynamic(call->db, query.sql->data), query.args, query.count, &result);
	if (problem)
		return problem;
	struct json_object *counts = *out = json_own(call->arena, json_object_new_object());
	int64_t all = 0;
	put_int(counts, "yes", 0);
	put_int(counts, "review", 0);
	put_int(counts, "no", 0);
	for (size_t i = 0; i < result->rows; i++) {
		put_int(counts, db_get_text(result, i, 0), db_get_int(result, i, 1));
		all += db_get_int(result, i, 1);
	}
	put_int(counts, "all", all);
	return NULL;
}

/* ---- One row ---- */

enum column { COL_ID, COL_NAME, COL_USCC, COL_REGION, COL_HOME, COL_STANDING, COL_UP_PHASE, COL_SOURCES, COL_REASON,
	COL_REASON_EN, COL_REC_ID, COL_REC_PHASE,
              COL_CREATED, COL_LISTED, COL_VERSION };

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

static struct json_object *row_json(
	struct call *call, const struct db_result *result, size_t i, const struct platform *target)
{
	struct json_object *row = json_object_new_object();
	const char *standing = db_need_text(result, i, COL_STANDING), *phase = db_get_text(result, i, COL_UP_PHASE);
	struct uuid id, recommendation = UUID_NIL;
	db_get_id(result, i, COL_ID, &id);
	db_get_id(result, i, COL_REC_ID, &recommendation);
	put_id(row, "id", id);
	put_int(row, "version", db_get_int(result, i, COL_VERSION));
	put_text(row, "name", db_get_text(result, i, COL_NAME));
	put_text(row, "uscc", db_get_text(result, i, COL_USCC));
	put_text(row, "region_code", db_get_text(result, i, COL_REGION));
	json_object_object_add(row, "home",
		json_object_get(federation_platform_json(call, (uint32_t)db_get_uint(result, i, COL_HOME))));
	put_text(row, "standing", standing);
	json_object_object_add(row, "review_by", json_object_get(review_of(call, result, i)));
	put_text(row, "reason", phase && !strcmp(phase, "refused") ? reason_of(call, result, i) : NULL);
	put_id(row, "recommendation_id", recommendation);
	put_text(row, "recommendation_phase", db_get_text(result, i, COL_REC_PHASE));
	put_int(row, "products_created", db_get_int(result, i, COL_CREATED));
	put_int(row, "products_listed", db_get_int(result, i, COL_LISTED));
	json_object_object_add(row, "actions", actions(call, result, i, target));
	return row;
}

struct problem *certified_list(struct call *call, const struct certified_query *query)
{
	const struct platform *target;
	struct db_result *result;
	struct certified_page page = {0};
	size_t limit = query->has_limit ? (size_t)query->limit : PAGE;
	struct problem *problem = certified_target(call, &target);
	if (!problem)
		problem = select_rows(call, target, query, limit + 1, &result);
	if (!problem)
		problem = select_counts(call, target, query, &page.counts);
	if (problem)
		return problem;
	page.items = json_own(call->arena, json_object_new_array());
	for (size_t i = 0; i < result->rows && i < limit; i++)
		json_object_array_add(page.items, row_json(call, result, i, target));
	struct uuid last;
	if (result->rows > limit && db_get_id(result, limit - 1, COL_ID, &last))
		page.next = uuid_text(call->arena, last);
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
	*cells++ = cell_number(db_get_int(result, i, COL_CREATED), 0);
	*cells = cell_number(db_get_int(result, i, COL_LISTED), 0);
}

struct problem *certified_export(struct call *call, const struct certified_query *query)
{
	static const struct export_column columns[] = {{"name", "机构名称", "Name", CELL_TEXT, 0, 32},
		{"uscc", "统一社会信用代码", "Unified social credit code", CELL_TEXT, 0, 22},
		{"region_code", "所在地区", "Region", CELL_TEXT, 0, 24},
		{"home", "所属平台", "Home platform", CELL_TEXT, 0, 24},
		{"standing", "是否入驻上级平台", "On the parent platform", CELL_TEXT, 0, 12},
		{"review_by", "审核来源", "Reviewed for", CELL_TEXT, 0, 30}, {"reason", "原因", "Reason", CELL_TEXT, 0, 40},
		{"products_created", "发布产品数", "Products created", CELL_NUMBER, 0, 0},
		{"products_listed", "上架产品数", "Products listed", CELL_NUMBER, 0, 0}};
	static const struct export_spec spec = {.zh = "已认证机构", .en = "Certified institutions",
		.file = "certified-institutions", .record = "recommendation", .columns = columns,
		.count = sizeof columns / sizeof *columns};
	const struct platform *target;
	struct db_result *result;
	struct certified_query all = *query;
	size_t most = export_most(call);
	all.cursor = NULL;
	struct problem *problem = certified_target(call, &target);
	if (!problem)
		problem = select_rows(call, target, &all, most + 1, &result);
	return problem ? problem : export_result(call, &spec, result, most, write_row);
}
