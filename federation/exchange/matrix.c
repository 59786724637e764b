/* The publication matrix: an institution's products, each with what became of it on every platform that it was asked
 * for. A page of rows at a time, whatever is asked for; columns and counts are of the whole. */
#include <string.h>

#include "core/buf.h"
#include "core/db/search.h"
#include "core/record/endpoint.h"
#include "core/text/json.h"
#include "federation/sync/federation.h"
#include "schema/records.gen.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/post.h"

enum { PAGE = 50, ARGS = SEARCH_ARGS + 8 };

/* What became of a request r, with the copy l of its listing if that has come: the request stands above what the shelf
 * said of an older one. */
#define STATE \
	"CASE WHEN r.refused_count = r.sent_count THEN 'unavailable' " \
	"WHEN l.phase IS NULL OR l.request_count < r.sent_count THEN 'sent' ELSE l.phase END"
#define REQUESTS \
	"listing_request r LEFT JOIN listing l ON l.platform_id = :p AND l.home_id = r.to_platform AND " \
	"l.product_id = r.product_id WHERE r.platform_id = :p AND r.institution_id = ?"
/* Neither shown nor on its way. */
#define NOWHERE "('delisted', 'refused', 'unavailable')"

/* A condition with its values, put together piece by piece. */
struct condition {
	struct buf *sql;
	struct db_value args[ARGS];
	size_t count;
};

static void add(struct condition *to, const char *sql)
{
	buf_text(to->sql, sql);
}

static void add_value(struct condition *to, struct db_value value)
{
	to->args[to->count++] = value;
}

/* The rows of requests that count: the institution's, of one platform where one is asked for. */
static void add_requests(struct call *call, struct condition *to, const struct matrix_query *query)
{
	add(to, REQUESTS);
	add_value(to, db_id(&call->actor.institution_id));
	if (query->platform) {
		add(to, " AND r.to_platform = ?");
		add_value(to, db_uint(query->platform));
	}
}

static void add_search(struct call *call, struct condition *to, const struct matrix_query *query)
{
	static const char *const columns[] = {"product.name", "product.number"};
	struct search search;
	search_make(call->arena, query->q ? query->q : "", columns, 2, &search);
	if (!search.sql)
		return;
	add(to, " AND ");
	add(to, search.sql);
	for (size_t i = 0; i < search.count; i++)
		add_value(to, search.args[i]);
}

static const char *state_code(const struct matrix_query *query)
{
	return query->state ? field_code(shape_field(&shape_matrix_query, "state"), query->state) : NULL;
}

static void add_state(struct call *call, struct condition *to, const struct matrix_query *query)
{
	const char *state = state_code(query);
	if (!state)
		return;
	bool none = !strcmp(state, "none");
	add(to, none ? " AND id NOT IN (SELECT r.product_id FROM " : " AND id IN (SELECT r.product_id FROM ");
	add_requests(call, to, query);
	add(to, none ? " AND " STATE " NOT IN " NOWHERE ")" : " AND " STATE " = ?)");
	if (!none)
		add_value(to, db_text(state));
}

/* ---- The page ---- */

struct matrix_data {
	struct product **products;
	size_t product_count;
	uint32_t *platforms;
	bool *member;
	size_t platform_count;
	struct db_result *cells; /* of all products on the page, those of one together, in the products' order */
	struct db_result *drafts;
};

static struct problem *select_products(
	struct call *call, const struct matrix_query *query, size_t limit, struct matrix_data *data)
{
	struct uuid after;
	memset(&after, 0xff, sizeof after);
	if (query->cursor && !uuid_parse(query->cursor, &after))
		return problem_add_field(call->arena, NULL, "/cursor", "cursor", "游标无效", "This is no cursor");
	struct condition where = {.sql = buf_in(call->arena)};
	add(&where, "institution_id = ? AND phase <> 'deleted' AND id < ?");
	add_value(&where, db_id(&call->actor.institution_id));
	add_value(&where, db_id(&after));
	add_search(call, &where, query);
	add_state(call, &where, query);
	return product_row_select(call, where.sql->data,
		arena_printf(call->arena, "ORDER BY id DESC LIMIT %zu", limit), where.args, where.count,
		&data->products, &data->product_count);
}

/* " (?, ?, …)" with the ids of the page's products; NULL in it where there is none. */
static struct db_value *page_ids(struct call *call, const struct matrix_data *data, struct buf *sql)
{
	struct db_value *args = ARENA_ARRAY(call->arena, struct db_value, data->product_count + 1);
	buf_text(sql, " (");
	for (size_t i = 0; i < data->product_count; i++) {
		buf_text(sql, i ? ", ?" : "?");
		args[i] = db_id(&data->products[i]->row.id);
	}
	buf_text(sql, data->product_count ? ")" : "NULL)");
	return args;
}

static struct problem *select_cells(struct call *call, struct matrix_data *data)
{
	struct buf *sql = buf_in(call->arena), *drafts = buf_in(call->arena);
	buf_text(sql,
		"SELECT r.product_id, r.to_platform, r.sent_version, " STATE ", r.refusal, r.overrides, "
		"l.id, l.live, l.live_version, l.pending_version, l.reason, r.sent_at, l.ended_by, l.decided_at "
		"FROM listing_request r LEFT JOIN listing l ON l.platform_id = :p AND l.home_id = r.to_platform "
		"AND l.product_id = r.product_id WHERE r.platform_id = :p AND r.product_id IN");
	struct db_value *args = page_ids(call, data, sql);
	buf_text(sql, " ORDER BY r.product_id DESC");
	struct problem *problem = db_select(
		call->db, call->scope, db_dynamic(call->db, sql->data), args, data->product_count, &data->cells);
	buf_text(drafts, "SELECT id FROM product_draft WHERE platform_id = :p AND id IN");
	args = page_ids(call, data, drafts);
	buf_text(drafts, " ORDER BY id DESC");
	return problem ? problem : db_select(call->db, call->scope, db_dynamic(call->db, drafts->data), args,
		data->product_count, &data->drafts);
}

/* ---- Columns: where the institution is a member, and where something of it was ever asked; the same for all pages
 * ---- */

static struct problem *find_platforms(struct call *call, struct matrix_data *data)
{
	struct db_result *rows;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT platform, MAX(member) FROM ("
		"SELECT home_id AS platform, phase = 'active' AS member FROM membership WHERE platform_id = :p AND "
		"institution_id = ? AND phase IN ('active', 'suspended') UNION ALL "
		"SELECT DISTINCT to_platform, 0 FROM listing_request WHERE platform_id = :p AND institution_id = ?) u "
		"GROUP BY platform ORDER BY platform",
		DB_ARGS(db_id(&call->actor.institution_id), db_id(&call->actor.institution_id)), &rows);
	if (problem)
		return problem;
	data->platform_count = rows->rows;
	data->platforms = ARENA_ARRAY(call->arena, uint32_t, rows->rows + 1);
	data->member = ARENA_ARRAY(call->arena, bool, rows->rows + 1);
	for (size_t i = 0; i < rows->rows; i++) {
		data->platforms[i] = (uint32_t)db_get_uint(rows, i, 0);
		data->member[i] = db_get_int(rows, i, 1) != 0;
	}
	return NULL;
}

/* Whether a product that comes onto that shelf, or back to it, is reviewed before it is shown. */
static struct problem *reviews_first(struct call *call, uint32_t platform, bool *out)
{
	const struct policy *policy;
	struct problem *problem = federation_policy(call, post_platform(call, platform), &policy);
	*out = !problem && policy->listing.review != POLICY_REVIEW_NONE &&
		policy->listing.review != POLICY_REVIEW_AFTER;
	return problem;
}

static struct problem *write_platforms(struct call *call, const struct matrix_data *data, struct json_object **out)
{
	struct json_object *list = *out = json_own(call->arena, json_object_new_array());
	for (size_t i = 0; i < data->platform_count; i++) {
		bool first;
		struct json_object *one = federation_platform_json(call, data->platforms[i]);
		struct problem *problem = one ? reviews_first(call, data->platforms[i], &first) : NULL;
		if (problem)
			return problem;
		if (!one)
			continue;
		json_object_object_add(one, "member", json_object_new_boolean(data->member[i]));
		json_object_object_add(one, "reviews_first", json_object_new_boolean(first));
		json_object_array_add(list, json_object_get(one));
	}
	return NULL;
}

/* ---- Rows and cells ---- */

enum cell {
	CELL_PRODUCT,
	CELL_PLATFORM,
	CELL_SENT_VERSION,
	CELL_STATE,
	CELL_REFUSAL,
	CELL_OVERRIDES,
	CELL_LISTING,
	CELL_LIVE,
	CELL_LIVE_VERSION,
	CELL_PENDING,
	CELL_REASON,
	CELL_SENT_AT,
	CELL_ENDED_BY,
	CELL_DECIDED_AT
};

static struct json_object *cell_actions(const char *state, bool live, bool newer)
{
	struct json_object *list = json_object_new_array();
	bool waiting = !strcmp(state, "waiting"), active = !strcmp(state, "active");
	if (!waiting && strcmp(state, "sent") && strcmp(state, "suspended") && (!active || newer))
		json_object_array_add(list, json_object_new_string("publish"));
	else if (waiting || active)
		json_object_array_add(list, json_object_new_string("differ"));
	if (live || waiting || !strcmp(state, "returned"))
		json_object_array_add(list, json_object_new_string("delist"));
	return list;
}

static struct json_object *cell_json(
	struct call *call, const struct db_result *cells, size_t i, uint32_t product_version)
{
	struct json_object *cell = json_object_new_object(), *overrides = NULL;
	const char *state = db_need_text(cells, i, CELL_STATE), *text = db_get_text(cells, i, CELL_OVERRIDES);
	struct uuid listing = UUID_NIL;
	bool live = db_get_int(cells, i, CELL_LIVE) != 0;
	db_get_id(cells, i, CELL_LISTING, &listing);
	put_text(cell, "state", state);
	put_id(cell, "listing", listing);
	json_object_object_add(cell, "live", json_object_new_boolean(live));
	put_int(cell, "live_version", db_get_int(cells, i, CELL_LIVE_VERSION));
	put_int(cell, "pending_version", db_get_int(cells, i, CELL_PENDING));
	put_text(cell, "opinion",
		!strcmp(state, "unavailable") ? db_get_text(cells, i, CELL_REFUSAL)
					      : db_get_text(cells, i, CELL_REASON));
	put_text(cell, "ended_by", db_get_text(cells, i, CELL_ENDED_BY));
	put_time(cell, "sent_at", db_get_time(cells, i, CELL_SENT_AT));
	put_time(cell, "decided_at", db_get_time(cells, i, CELL_DECIDED_AT));
	if (text && !json_parse(call->arena, text, strlen(text), &overrides))
		json_object_object_add(cell, "overrides", json_object_get(overrides));
	json_object_object_add(
		cell, "actions", cell_actions(state, live, db_get_uint(cells, i, CELL_SENT_VERSION) < product_version));
	return cell;
}

/* Whether row *at of a result whose first column is a product's id is this product's. */
static bool is_of(const struct db_result *rows, size_t at, struct uuid product)
{
	struct uuid id;
	return at < rows->rows && db_get_id(rows, at, 0, &id) && uuid_equal(id, product);
}

/* *cell: the first cell of this product; moved behind its last. */
static struct json_object *cells_json(
	struct call *call, const struct matrix_data *data, const struct product *product, size_t *cell)
{
	struct json_object *cells = json_object_new_object();
	for (; is_of(data->cells, *cell, product->row.id); (*cell)++) {
		const struct platform *platform =
			post_platform(call, (uint32_t)db_get_uint(data->cells, *cell, CELL_PLATFORM));
		if (platform)
			json_object_object_add(cells, platform->slug,
				cell_json(call, data->cells, *cell, product->row.version));
	}
	return cells;
}

static struct json_object *row_json(
	struct call *call, const struct matrix_data *data, const struct product *product, size_t *cell, size_t *draft)
{
	struct json_object *row = json_object_new_object();
	put_id(row, "id", product->row.id);
	put_text(row, "number", product->number);
	put_text(row, "name", product->name);
	put_int(row, "version", product->row.version);
	put_text(row, "phase", record_product.phases[product->row.phase - 1].code);
	put_int(row, "listed", product->listed);
	put_text(row, "pricing", field_code(shape_field(record_product.shape, "pricing"), product->pricing));
	if (product->has_price)
		put_int(row, "price", product->price);
	if (product->has_price_high)
		put_int(row, "price_high", product->price_high);
	put_text(row, "price_unit", product->price_unit);
	put_time(row, "created_at", product->row.created_at);
	bool has = is_of(data->drafts, *draft, product->row.id);
	*draft += has;
	json_object_object_add(row, "draft", json_object_new_boolean(has));
	json_object_object_add(row, "cells", cells_json(call, data, product, cell));
	return row;
}

/* ---- Counts ---- */

static struct problem *select_counted(
	struct call *call, const struct matrix_query *query, const char *what, const char *tail, struct db_result **out)
{
	struct condition sql = {.sql = buf_in(call->arena)};
	add(&sql, what);
	add_requests(call, &sql, query);
	add(&sql, " AND r.product_id IN (SELECT id FROM product WHERE platform_id = :p AND institution_id = ? AND "
		"phase <> 'deleted'");
	add_value(&sql, db_id(&call->actor.institution_id));
	add_search(call, &sql, query);
	add(&sql, ")");
	add(&sql, tail);
	return db_select(
		call->db, call->scope, db_dynamic(call->db, sql.sql->data), sql.args, sql.count, out);
}

static struct problem *count_products(struct call *call, const struct matrix_query *query, uint64_t *out)
{
	struct condition sql = {.sql = buf_in(call->arena)};
	struct db_result *rows;
	add(&sql, "SELECT COUNT(*) FROM product WHERE platform_id = :p AND institution_id = ? AND phase <> 'deleted'");
	add_value(&sql, db_id(&call->actor.institution_id));
	add_search(call, &sql, query);
	struct problem *problem = db_select(
		call->db, call->scope, db_dynamic(call->db, sql.sql->data), sql.args, sql.count, &rows);
	*out = problem ? 0 : db_get_uint(rows, 0, 0);
	return problem;
}

/* {"all": 60, "active": 48, …, "none": 3}: a product counts once in each state that it has a cell in. */
static struct problem *count_states(struct call *call, const struct matrix_query *query, struct json_object **out)
{
	struct db_result *states, *somewhere;
	uint64_t all;
	struct problem *problem = count_products(call, query, &all);
	if (!problem)
		problem = select_counted(call, query, "SELECT " STATE " AS s, COUNT(DISTINCT r.product_id) FROM ",
			" GROUP BY s", &states);
	if (!problem)
		problem = select_counted(call, query, "SELECT COUNT(DISTINCT r.product_id) FROM ",
			" AND " STATE " NOT IN " NOWHERE, &somewhere);
	if (problem)
		return problem;
	*out = json_own(call->arena, json_object_new_object());
	put_int(*out, "all", (int64_t)all);
	for (size_t i = 0; i < states->rows; i++)
		put_int(*out, db_get_text(states, i, 0), db_get_int(states, i, 1));
	put_int(*out, "none", (int64_t)(all - db_get_uint(somewhere, 0, 0)));
	return NULL;
}

struct problem *publication_matrix(struct call *call, const struct matrix_query *query)
{
	struct matrix_data data = {0};
	struct matrix out = {0};
	size_t limit = query->has_limit ? (size_t)query->limit : PAGE, cell = 0, draft = 0;
	struct problem *problem = select_products(call, query, limit + 1, &data);
	if (!problem && data.product_count > limit) {
		data.product_count = limit;
		out.next = uuid_text(call->arena, data.products[limit - 1]->row.id);
	}
	if (!problem)
		problem = select_cells(call, &data);
	if (!problem)
		problem = find_platforms(call, &data);
	if (!problem && query->counts)
		problem = count_states(call, query, &out.counts);
	if (!problem)
		problem = write_platforms(call, &data, &out.platforms);
	if (problem)
		return problem;
	out.products = json_own(call->arena, json_object_new_array());
	for (size_t i = 0; i < data.product_count; i++)
		json_object_array_add(out.products, row_json(call, &data, data.products[i], &cell, &draft));
	return endpoint_answer(call, &shape_matrix, &out);
}
