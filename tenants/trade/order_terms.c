/* What two sides of an order say of it after it was taken: changes and an early end by consent, and what was paid. Who
 * proposes and who answers is written into the row as it is made; the rest is the declarations'. */

#include <string.h>

#include "core/record/child.h"
#include "core/record/lifecycle.h"
#include "schema/records.gen.h"
#include "tenants/platform/platform.h"
#include "tenants/trade/order.h"

/* The parent is held since the child was begun. *mine: the caller's side. */
static struct problem *two_sides(
	struct call *call, const struct record *record, const void *row, struct uuid *mine, struct uuid *other)
{
	const struct order *order = record_parent_row(call, record, row);
	if (!order)
		return problem_new(call->arena, &PROBLEM_NOT_FOUND);
	bool buys = uuid_equal(order->buyer_id, call->actor.institution_id);
	*mine = buys ? order->buyer_id : order->institution_id;
	*other = buys ? order->institution_id : order->buyer_id;
	return NULL;
}

static struct problem *refuse_second(struct call *call, const struct record *record, struct uuid order_id)
{
	void **rows;
	size_t count;
	struct problem *problem = record_select(call, record, "order_id = ? AND phase IN ('waiting', 'desk')",
		"LIMIT 1", DB_ARGS(db_id(&order_id)), &rows, &count);
	if (problem || !count)
		return problem;
	return problem_detail(call->arena, &PROBLEM_CONFLICT,
		arena_printf(call->arena, "该订单已有一项%s未处理完，请先答复或收回。", record->zh),
		arena_printf(call->arena, "A %s is open on this order: it is answered or taken back first.",
			record->en));
}

/* --- changes --- */

/* As the order stands now, so that each version says what it was made against. */
static void keep_present(struct order_change *row, const struct order *order)
{
	row->was_price = order->price;
	row->has_was_price = order->has_price;
	row->was_starts_on = order->starts_on;
	row->was_ends_on = order->ends_on;
	row->was_quantity = order->quantity;
	row->has_was_quantity = true;
}

struct problem *order_change_before_create(struct call *call, struct order_change *row)
{
	struct problem *problem =
		two_sides(call, &record_order_change, row, &row->proposer_id, &row->answerer_id);
	if (!problem)
		problem = refuse_second(call, &record_order_change, row->order_id);
	if (!problem)
		keep_present(row, record_parent_row(call, &record_order_change, row));
	return problem;
}

static struct problem *check_days(struct call *call, const struct order *order)
{
	if (!order->starts_on || !order->ends_on || strcmp(order->starts_on, order->ends_on) <= 0)
		return NULL;
	return problem_detail(call->arena, &PROBLEM_CONFLICT, "变更后的完成日期早于开始日期，请对方重新提出。",
		"The order would end before it begins: let it be proposed anew.");
}

/* The parent is held by the transition under way. */
struct problem *effect_order_change_take(struct call *call, struct order_change *row, struct json_object *form)
{
	struct order *order;
	struct problem *problem = order_row_peek(call, row->order_id, &order);
	(void)form;
	if (problem || !order)
		return problem ? problem : problem_new(call->arena, &PROBLEM_NOT_FOUND);
	if (row->has_price) {
		order->price = row->price;
		order->has_price = true;
	}
	if (row->starts_on)
		order->starts_on = row->starts_on;
	if (row->ends_on)
		order->ends_on = row->ends_on;
	if (row->has_quantity)
		order->quantity = row->quantity;
	problem = check_days(call, order);
	return problem ? problem : record_update(call, &record_order, order, "terms_changed");
}

/* --- an early end --- */

struct problem *order_ending_before_create(struct call *call, struct order_ending *row)
{
	struct problem *problem =
		two_sides(call, &record_order_ending, row, &row->proposer_id, &row->answerer_id);
	return problem ? problem : refuse_second(call, &record_order_ending, row->order_id);
}

struct problem *effect_order_ending_end(struct call *call, struct order_ending *row, struct json_object *form)
{
	struct order *order;
	struct problem *problem = order_row_peek(call, row->order_id, &order);
	(void)form;
	if (problem || !order)
		return problem ? problem : problem_new(call->arena, &PROBLEM_NOT_FOUND);
	problem = order_lapse_open(call, row->order_id, row->row.id);
	return problem ? problem : lifecycle_fire_as_server(call, &record_order, order, "end_agreed", NULL);
}

/* --- payments --- */

struct problem *order_payment_before_create(struct call *call, struct order_payment *row)
{
	return two_sides(call, &record_order_payment, row, &row->stater_id, &row->answerer_id);
}
