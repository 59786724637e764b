#include "tenants/trade/order.h"

#include <string.h>

#include "core/record/lifecycle.h"
#include "schema/records.gen.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/post.h"
#include "tenants/trade/review.h"

#define RUNNING "phase IN ('active', 'delivered', 'completed')"

/* --- beginning --- */

/* The register of the network knows every organisation; its profile need not be here. */
struct problem *order_before_create(struct call *call, struct order *row)
{
	struct db_result *rows;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT name, home FROM identity WHERE network_id = :n AND institution_id = ?",
		DB_ARGS(db_id(&row->buyer_id)), &rows);
	if (problem)
		return problem;
	if (!rows->rows)
		return problem_new(call->arena, &PROBLEM_FORBIDDEN);
	row->buyer_name = db_need_text(rows, 0, 0);
	row->buyer_home = (uint32_t)db_get_uint(rows, 0, 1);
	if (!uuid_equal(row->buyer_id, row->institution_id))
		return NULL;
	return problem_add_field(call->arena, NULL, "/listing_id", "own", "不能向自己的机构下单",
		"is your own: nobody orders of themselves");
}

/* --- guards --- */

struct problem *guard_order_undisputed(struct call *call, const struct order *row, struct json_object *form)
{
	struct db_result *rows;
	(void)form;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT 1 FROM complaint WHERE platform_id = :p AND order_id = ? AND phase IN ('waiting', 'active') "
		"UNION SELECT 1 FROM order_ending WHERE platform_id = :p AND order_id = ? AND phase IN ('waiting', "
		"'desk')",
		DB_ARGS(db_id(&row->row.id), db_id(&row->row.id)), &rows);
	if (problem || !rows->rows)
		return problem;
	return problem_detail(call->arena, &PROBLEM_CONFLICT, "该订单有未处理完的投诉或终止申请。",
		"A complaint or a proposal to end the order is open.");
}

struct problem *guard_order_seller_left(struct call *call, const struct order *row, struct json_object *form)
{
	(void)form;
	if (row->seller_standing == ORDER_SELLER_STANDING_REMOVED)
		return NULL;
	return problem_detail(call->arena, &PROBLEM_CONFLICT, "机构仍在本平台，请与机构协商终止。",
		"The institution is still on this platform: propose to end the order.");
}

/* --- effects --- */

struct problem *effect_order_by_buyer(struct call *call, struct order *row, struct json_object *form)
{
	(void)call, (void)form;
	row->approved_by = ORDER_APPROVED_BY_BUYER;
	return NULL;
}

struct problem *effect_order_by_silence(struct call *call, struct order *row, struct json_object *form)
{
	(void)call, (void)form;
	row->approved_by = ORDER_APPROVED_BY_SILENCE;
	return NULL;
}

struct problem *effect_order_reviews(struct call *call, struct order *row, struct json_object *form)
{
	(void)form;
	return review_open(call, row);
}

static struct problem *lapse_of(
	struct call *call, const struct record *record, struct uuid order_id, struct uuid except)
{
	void **rows;
	size_t count;
	struct problem *problem = record_select(call, record, "order_id = ? AND phase IN ('waiting', 'desk')",
		"ORDER BY id FOR UPDATE", DB_ARGS(db_id(&order_id)), &rows, &count);
	for (size_t i = 0; !problem && i < count; i++)
		if (!uuid_equal(((const struct row *)rows[i])->id, except))
			problem = lifecycle_fire_as_server(call, record, rows[i], "lapse", NULL);
	return problem;
}

struct problem *order_lapse_open(struct call *call, struct uuid order_id, struct uuid except)
{
	struct problem *problem = lapse_of(call, &record_order_change, order_id, except);
	return problem ? problem : lapse_of(call, &record_order_ending, order_id, except);
}

struct problem *effect_order_over(struct call *call, struct order *row, struct json_object *form)
{
	(void)form;
	return order_lapse_open(call, row->row.id, UUID_NIL);
}

/* --- exits --- */

static struct problem *end_each(struct call *call, const char *where, struct uuid organisation_id, const char *reason)
{
	void **rows;
	size_t count;
	struct problem *problem = record_select(call, &record_order, where, "ORDER BY id FOR UPDATE",
		DB_ARGS(db_id(&organisation_id), db_id(&organisation_id)), &rows, &count);
	for (size_t i = 0; !problem && i < count; i++)
		problem = lifecycle_fire_as_server(
			call, &record_order, rows[i], "party_gone", form_reason(call, reason));
	return problem;
}

static struct problem *mark_each(struct call *call, struct uuid institution_id, enum order_standing standing)
{
	static const enum order_seller_standing marks[] = {
		0, ORDER_SELLER_STANDING_SUSPENDED, ORDER_SELLER_STANDING_REMOVED};
	void **rows;
	size_t count;
	struct problem *problem = record_select(call, &record_order,
		"home_id = platform_id AND institution_id = ? AND " RUNNING, "ORDER BY id FOR UPDATE",
		DB_ARGS(db_id(&institution_id)), &rows, &count);
	for (size_t i = 0; !problem && i < count; i++) {
		struct order *order = rows[i];
		order->seller_standing = marks[standing];
		problem = record_update(call, &record_order, order, "seller_standing");
	}
	return problem;
}

struct problem *order_standing_became(struct call *call, struct uuid institution_id, enum order_standing standing)
{
	struct problem *problem = NULL;
	if (standing == ORDER_SELLER_REMOVED)
		problem = end_each(call,
			"home_id = platform_id AND phase = 'waiting' AND institution_id = ? AND buyer_id <> ?",
			institution_id, "机构已离开本平台");
	return problem ? problem : mark_each(call, institution_id, standing);
}

struct problem *order_refuse_leave(struct call *call, struct uuid institution_id, uint32_t platform)
{
	struct db_result *rows;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT COUNT(*) FROM trade_order WHERE platform_id = :p AND institution_id = ? AND home_id = ? "
		"AND " RUNNING,
		DB_ARGS(db_id(&institution_id), db_uint(platform)), &rows);
	uint64_t count = problem ? 0 : db_get_uint(rows, 0, 0);
	if (problem || !count)
		return problem;
	return problem_detail(call->arena, &PROBLEM_CONFLICT,
		arena_printf(call->arena, "还有 %d 个订单正在履行，请先完成或与企业协商终止。", (int)count),
		arena_printf(call->arena,
			"%d orders run still: bring them to their end, or end them by agreement, before you leave.",
			(int)count));
}
