/* What an institution does with its products and the shelves: publish M on N, delist, delete everywhere, copy, and the
 * matrix. */
#include <string.h>

#include "core/buf.h"
#include "core/db/search.h"
#include "core/record/endpoint.h"
#include "core/text/json.h"
#include "federation/sync/federation.h"
#include "schema/records.gen.h"
#include "tenants/institution/membership.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/post.h"
#include "tenants/shelf/product.h"

enum { PAGE = 50 };

static bool fatal(const struct problem *problem)
{
	return problem && problem->kind->status >= 500;
}

/* ---- Publishing ---- */

static const struct publish_override *override_for(
	const struct publish_input *in, struct uuid product, uint32_t platform)
{
	for (size_t i = 0; i < in->overrides.count; i++)
		if (uuid_equal(in->overrides.items[i].product, product) && in->overrides.items[i].platform == platform)
			return &in->overrides.items[i];
	return NULL;
}

static struct json_object *overrides_json(struct call *call, const struct publish_override *in)
{
	if (!in)
		return NULL;
	struct json_object *object = json_own(call->arena, json_object_new_object());
	if (in->name)
		put_text(object, "name", in->name);
	if (in->has_price)
		put_int(object, "price", in->price);
	if (in->has_price_high)
		put_int(object, "price_high", in->price_high);
	if (in->summary)
		put_text(object, "summary", in->summary);
	if (in->contact_phone)
		put_text(object, "contact_phone", in->contact_phone);
	return json_object_object_length(object) ? object : NULL;
}

/* A range stays one: what differs is looked at together with what does not. */
static struct problem *check_range(struct call *call, const struct product *row, struct json_object *overrides)
{
	int64_t low = row->price, high = row->price_high;
	if (row->pricing != PRODUCT_PRICING_RANGE)
		return json_has(overrides, "price_high")
			? problem_add_field(call->arena, NULL, "/overrides/price_high", "range", "只有区间价有最高价",
				  "Only a range of prices has an upper "
				  "bound")
			: NULL;
	json_get_int(overrides, "price", &low);
	json_get_int(overrides, "price_high", &high);
	return high >= low ? NULL : problem_add_field(call->arena, NULL, "/overrides/price", "range", "最高价应不低于最低价",
	                                              "The upper bound must not lie below the lower one");
}

static struct problem *check_overrides(
	struct call *call, const struct policy_listing *rules, const struct product *row, struct json_object *overrides)
{
	if (!overrides)
		return NULL;
	json_object_object_foreach(overrides, key, value) {
		(void)value;
		if (!policy_list_has(&rules->overrides, key))
			return problem_add_field(call->arena, NULL, arena_printf(call->arena, "/overrides/%s", key),
				"override", "该平台不允许此项差异", "That platform does not let this field differ");
	}
	return check_range(call, row, overrides);
}

/* What can be known here; the platform itself looks again. */
static struct problem *check_target(
	struct call *call, const struct product *row, uint32_t platform_id, struct json_object *overrides)
{
	const struct platform *platform = post_platform(call, platform_id);
	const struct policy *policy;
	bool active = false;
	if (!platform || platform->network_id != call->network_id)
		return problem_add_field(
			call->arena, NULL, "/platforms", "unknown", "没有这个平台", "There is no such platform");
	struct problem *problem = federation_policy(call, platform, &policy);
	if (!problem)
		problem = check_overrides(call, &policy->listing, row, overrides);
	if (!problem)
		problem = membership_is_active(call, platform_id, row->institution_id, &active);
	if (problem || active || !policy->listing.members_only)
		return problem;
	return problem_detail(call->arena, &PROBLEM_CONFLICT, "贵机构尚未入驻该平台",
		"Your institution is not a member of that platform");
}

static struct problem *load_for_shelf(struct call *call, struct uuid id, struct product **out)
{
	struct problem *problem = product_row_load(call, id, out);
	if (problem)
		return problem;
	if ((*out)->row.phase == PRODUCT_PHASE_DELETED)
		return problem_detail(call->arena, &PROBLEM_CONFLICT, "产品已删除", "The product is deleted");
	return (*out)->row.phase == PRODUCT_PHASE_DRAFT ? product_row_fire(call, *out, "finish", NULL) : NULL;
}

/* What differs there stays unless it is given anew: given without a field, nothing differs any more. */
static struct problem *publish_one(
	struct call *call, const struct publish_input *in, const struct product *row, uint32_t platform)
{
	const struct publish_override *given = override_for(in, row->row.id, platform);
	struct json_object *overrides = overrides_json(call, given);
	struct problem *problem = given ? NULL : product_overrides(call, row->row.id, platform, &overrides);
	if (!problem)
		problem = check_target(call, row, platform, overrides);
	return problem ? problem : product_request(call, row, platform, overrides, PRODUCT_ASKED);
}

static void note(struct call *call, struct publish_outcome *outcome, const struct problem *problem, const char *done)
{
	outcome->state = problem ? "not_sent" : done;
	outcome->problem = problem ? federation_problem_json(call, problem) : NULL;
}

/* One transaction for all: what is sent is sent together, and what cannot be says why without stopping the rest. */
struct problem *product_publish(struct call *call, const struct publish_input *in)
{
	size_t total = in->products.count * in->platforms.count, n = 0;
	struct publish_result out = {.results = {total, ARENA_ARRAY(call->arena, struct publish_outcome, total)}};
	for (size_t i = 0; i < in->products.count; i++) {
		struct product *row = NULL;
		struct problem *missing = load_for_shelf(call, in->products.items[i], &row);
		if (fatal(missing))
			return missing;
		for (size_t j = 0; j < in->platforms.count; j++) {
			struct publish_outcome *outcome = &out.results.items[n++];
			struct problem *problem =
				missing ? missing : publish_one(call, in, row, in->platforms.items[j]);
			if (fatal(problem))
				return problem;
			outcome->product = in->products.items[i];
			outcome->platform = in->platforms.items[j];
			note(call, outcome, problem, "sent");
		}
	}
	return endpoint_answer(call, &shape_publish_result, &out);
}

/* ---- Delisting, deleting, copying ---- */

static struct problem *asked_platforms(struct call *call, struct uuid product, uint32_t **ids, size_t *count)
{
	struct db_result *result;
	struct problem *problem = db_select(call->db, call->scope,
	                                    "SELECT to_platform FROM listing_request WHERE platform_id = :p AND "
	                                    "product_id = ? AND wanted = 'listed'",
	                                    DB_ARGS(db_id(&product)), &result);
	if (problem)
		return problem;
	*count = result->rows;
	*ids = ARENA_ARRAY(call->arena, uint32_t, *count + 1);
	for (size_t i = 0; i < *count; i++)
		(*ids)[i] = (uint32_t)db_get_uint(result, i, 0);
	return NULL;
}

struct problem *product_delist(struct call *call, const struct delist_input *in)
{
	struct publish_result out = {
		.results = {0, ARENA_ARRAY(call->arena, struct publish_outcome, in->products.count * 1000)}};
	for (size_t i = 0; i < in->products.count; i++) {
		struct product *row;
		uint32_t *ids = in->platforms.items;
		size_t count = in->platforms.count;
		struct problem *problem = product_row_load(call, in->products.items[i], &row);
		if (!problem && !count)
			problem = asked_platforms(call, in->products.items[i], &ids, &count);
		if (fatal(problem))
			return problem;
		for (size_t j = 0; j < (problem ? 1 : count) && j < 1000; j++) {
			struct publish_outcome *outcome = &out.results.items[out.results.count++];
			struct problem *fault =
				problem ? problem : product_withdraw(call, row->row.id, ids[j], in->reason);
			if (fatal(fault))
				return fault;
			outcome->product = in->products.items[i];
			outcome->platform = problem ? 0 : ids[j];
			note(call, outcome, fault, "sent");
		}
	}
	return endpoint_answer(call, &shape_publish_result, &out);
}

static struct problem *answer_ref(struct call *call, const struct product *row)
{
	struct product_ref ref = {
		.id = row->row.id, .number = row->number, .phase = record_product.phases[row->row.phase - 1].code};
	request_set_etag(call->request, row->row.version);
	return endpoint_answer(call, &shape_product_ref, &ref);
}

struct problem *product_delete(struct call *call, struct product *row)
{
	struct problem *problem = product_row_fire(call, row, "delete", NULL);
	return problem ? problem : answer_ref(call, row);
}

/* Pictures stay with the original: they are its attachments. */
struct problem *product_copy(struct call *call, struct product *row)
{
	struct product *copy = product_row_new(call);
	struct row fresh = copy->row;
	*copy = *row;
	copy->row = fresh;
	copy->copied_from = row->row.id;
	copy->listed = 0;
	copy->number = NULL; /* it gets one of its own */
	struct problem *problem = product_row_insert(call, copy);
	return problem ? problem : answer_ref(call, copy);
}

/* ---- The matrix ---- */

struct matrix_data {
	struct product **products;
	size_t product_count;
	uint32_t *platforms;
	size_t platform_count;
	struct db_result *cells; /* of all products on the page */
};

static struct problem *select_products(
	struct call *call, const struct matrix_query *query, size_t limit, struct matrix_data *data)
{
	struct uuid after = {
		{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
	static const char *const columns[] = {"name", "number"};
	struct search search;
	search_make(call->arena, query->q ? query->q : "", columns, 2, &search);
	struct db_value args[SEARCH_ARGS + 2] = {db_id(&call->actor.institution_id), db_id(&after)};
	for (size_t i = 0; i < search.count; i++)
		args[2 + i] = search.args[i];
	if (query->cursor && !uuid_parse(query->cursor, &after))
		return problem_add_field(call->arena, NULL, "/cursor", "cursor", "游标无效", "This is no cursor");
	return product_row_select(call,
		arena_printf(call->arena, "institution_id = ? AND phase <> 'deleted' AND id < ?%s%s",
			search.sql ? " AND " : "", search.sql ? search.sql : ""),
		arena_printf(call->arena, "ORDER BY id DESC LIMIT %zu", limit), args, 2 + search.count, &data->products,
		&data->product_count);
}

static struct problem *select_cells(struct call *call, struct matrix_data *data)
{
	struct buf *sql = buf_in(call->arena);
	struct db_value *args = ARENA_ARRAY(call->arena, struct db_value, data->product_count + 1);
	buf_text(sql,
		"SELECT r.product_id, r.to_platform, r.wanted, r.sent_version, r.sent_count, r.refused_count, "
		"r.refusal, r.overrides, "
		"l.id, l.phase, l.live, l.live_version, l.pending_version, l.reason, l.request_count, l.step, "
		"r.sent_at, l.ended_by "
		"FROM listing_request r LEFT JOIN listing l ON l.platform_id = :p AND l.home_id = r.to_platform "
		"AND l.product_id = r.product_id "
		"WHERE r.platform_id = :p AND r.product_id IN (");
	for (size_t i = 0; i < data->product_count; i++) {
		buf_text(sql, i ? ", ?" : "?");
		args[i] = db_id(&data->products[i]->row.id);
	}
	if (!data->product_count)
		buf_text(sql, "NULL");
	buf_char(sql, ')');
	return db_select(
		call->db, call->scope, db_dynamic(call->db, sql->data), args, data->product_count, &data->cells);
}

static void add_platform(struct matrix_data *data, uint32_t id, size_t cap)
{
	for (size_t i = 0; i < data->platform_count; i++)
		if (data->platforms[i] == id)
			return;
	if (data->platform_count < cap)
		data->platforms[data->platform_count++] = id;
}

/* Columns: where the institution is a member, and where something of it was ever asked. */
static struct problem *find_platforms(struct call *call, struct matrix_data *data, struct json_object **out)
{
	struct membership **rows;
	size_t count;
	struct problem *problem = membership_row_select(call, "institution_id = ? AND phase IN ('active', 'suspended')",
		"ORDER BY home_id", DB_ARGS(db_id(&call->actor.institution_id)), &rows, &count);
	if (problem)
		return problem;
	size_t cap = count + data->cells->rows;
	data->platforms = ARENA_ARRAY(call->arena, uint32_t, cap + 1);
	for (size_t i = 0; i < count; i++)
		add_platform(data, rows[i]->row.home_id, cap);
	for (size_t i = 0; i < data->cells->rows; i++)
		add_platform(data, (uint32_t)db_get_uint(data->cells, i, 1), cap);
	*out = json_own(call->arena, json_object_new_array());
	for (size_t i = 0; i < data->platform_count; i++) {
		struct json_object *one = federation_platform_json(call, data->platforms[i]);
		bool member = false;
		for (size_t j = 0; j < count; j++)
			member |= rows[j]->row.home_id == data->platforms[i] &&
				rows[j]->row.phase == MEMBERSHIP_PHASE_ACTIVE;
		if (!one)
			continue;
		json_object_object_add(one, "member", json_object_new_boolean(member));
		json_object_array_add(*out, json_object_get(one));
	}
	return NULL;
}

enum cell {
	CELL_PRODUCT,
	CELL_PLATFORM,
	CELL_WANTED,
	CELL_SENT_VERSION,
	CELL_SENT,
	CELL_REFUSED,
	CELL_REFUSAL,
	CELL_OVERRIDES,
	CELL_LISTING,
	CELL_PHASE,
	CELL_LIVE,
	CELL_LIVE_VERSION,
	CELL_PENDING,
	CELL_REASON,
	CELL_COUNT,
	CELL_STEP,
	CELL_SENT_AT,
	CELL_ENDED_BY
};

static const char *cell_state(const struct db_result *cells, size_t i)
{
	uint64_t sent = db_get_uint(cells, i, CELL_SENT);
	const char *phase = db_get_text(cells, i, CELL_PHASE);
	if (db_get_uint(cells, i, CELL_REFUSED) == sent)
		return "unavailable";
	if (!phase || db_get_uint(cells, i, CELL_COUNT) < sent)
		return "sent";
	return phase;
}

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
	const char *state = cell_state(cells, i), *text = db_get_text(cells, i, CELL_OVERRIDES);
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
	if (text && !json_parse(call->arena, text, strlen(text), &overrides))
		json_object_object_add(cell, "overrides", json_object_get(overrides));
	json_object_object_add(
		cell, "actions", cell_actions(state, live, db_get_uint(cells, i, CELL_SENT_VERSION) < product_version));
	return cell;
}

static struct json_object *row_json(struct call *call, const struct matrix_data *data, const struct product *product)
{
	struct json_object *row = json_object_new_object(), *cells = json_object_new_object();
	put_id(row, "id", product->row.id);
	put_text(row, "number", product->number);
	put_text(row, "name", product->name);
	put_int(row, "version", product->row.version);
	put_text(row, "phase", record_product.phases[product->row.phase - 1].code);
	put_int(row, "listed", product->listed);
	put_text(row, "pricing", field_code(shape_field(record_product.shape, "pricing"), product->pricing));
	if (product->has_price)
		put_int(row, "price", product->price);
	put_time(row, "created_at", product->row.created_at);
	json_object_object_add(row, "cells", cells);
	for (size_t i = 0; i < data->cells->rows; i++) {
		struct uuid id;
		const struct platform *platform =
			post_platform(call, (uint32_t)db_get_uint(data->cells, i, CELL_PLATFORM));
		if (db_get_id(data->cells, i, CELL_PRODUCT, &id) && uuid_equal(id, product->row.id) && platform)
			json_object_object_add(
				cells, platform->slug, cell_json(call, data->cells, i, product->row.version));
	}
	return row;
}

struct problem *publication_matrix(struct call *call, const struct matrix_query *query)
{
	struct matrix_data data = {0};
	struct matrix out = {0};
	size_t limit = query->has_limit ? (size_t)query->limit : PAGE;
	struct problem *problem = select_products(call, query, limit + 1, &data);
	if (!problem && data.product_count > limit) {
		data.product_count = limit;
		out.next = uuid_text(call->arena, data.products[limit - 1]->row.id);
	}
	if (!problem)
		problem = select_cells(call, &data);
	if (!problem)
		problem = find_platforms(call, &data, &out.platforms);
	if (problem)
		return problem;
	out.products = json_own(call->arena, json_object_new_array());
	for (size_t i = 0; i < data.product_count; i++)
		json_object_array_add(out.products, row_json(call, &data, data.products[i]));
	return endpoint_answer(call, &shape_matrix, &out);
}
