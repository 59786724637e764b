/* What is special of offers: the deadline to the millisecond, and the order that a winner's word makes. */
#include "core/record/lifecycle.h"
#include "core/record/record.h"
#include "core/text/json.h"
#include "core/text/zone.h"
#include "schema/records.gen.h"
#include "tenants/enterprise/demand.h"
#include "tenants/enterprise/standing.h"

enum { DAY_MS = 86400000 };

/* Its demand as it is, locked by who writes an offer (core/record/child.h). */
static struct problem *demand_of(struct call *call, const struct bid *row, struct demand **out)
{
	struct demand **rows;
	size_t count = 0;
	struct problem *problem = demand_row_select(
		call, "id = ?", "FOR UPDATE", DB_ARGS(db_id(&row->demand_id)), &rows, &count);
	*out = !problem && count ? rows[0] : NULL;
	return problem || count ? problem : problem_new(call->arena, &PROBLEM_NOT_FOUND);
}

static struct problem *too_late(struct call *call, const struct demand *demand)
{
	const char *when = zone_time(call->arena, demand->closes_at), *now = zone_time(call->arena, call_now());
	return problem_detail(call->arena, &PROBLEM_CONFLICT,
		arena_printf(call->arena,
			"报价截止时间为 %s，现在是 %s（北京时间，以服务器为准），已截止。", when, now),
		arena_printf(
			call->arena, "Offers ended at %s; it is %s (Beijing time, by the server's clock).", when, now));
}

/* Open, and before its deadline; or, for what was begun before that, within the grace. */
static struct problem *check_time(struct call *call, const struct bid *row, bool grace, bool *late)
{
	struct demand *demand;
	struct problem *problem = demand_of(call, row, &demand);
	*late = false;
	if (problem)
		return problem;
	int64_t now = call_now();
	*late = now >= demand->closes_at;
	if (demand->row.phase != DEMAND_PHASE_ACTIVE)
		return too_late(call, demand);
	if (!*late || (grace && row->row.created_at < demand->closes_at && now < demand_grace_ends(call, demand)))
		return NULL;
	return too_late(call, demand);
}

/* An organisation may be enterprise and institution at once. */
static struct problem *check_other(struct call *call, const struct bid *row)
{
	struct demand *demand;
	struct problem *problem = demand_of(call, row, &demand);
	if (problem || !uuid_equal(demand->buyer_id, row->institution_id))
		return problem;
	return problem_detail(call->arena, &PROBLEM_CONFLICT, "不能对自己发布的需求报价。",
		"Nobody offers on a demand of their own.");
}

struct problem *bid_before_create(struct call *call, struct bid *row)
{
	bool late;
	struct problem *problem = check_time(call, row, false, &late);
	return problem ? problem : check_other(call, row);
}

struct problem *bid_before_update(struct call *call, const struct bid *before, struct bid *row)
{
	bool late;
	(void)before;
	return check_time(call, row, true, &late);
}

struct problem *guard_bid_in_time(struct call *call, const struct bid *row, struct json_object *form)
{
	bool late;
	(void)form;
	return check_time(call, row, true, &late);
}

struct problem *guard_bid_before_deadline(struct call *call, const struct bid *row, struct json_object *form)
{
	bool late;
	(void)form;
	return check_time(call, row, false, &late);
}

struct problem *guard_bid_may_trade(struct call *call, const struct bid *row, struct json_object *form)
{
	(void)form;
	return standing_check(call, row->institution_id);
}

struct problem *effect_bid_sent(struct call *call, struct bid *row, struct json_object *form)
{
	bool late;
	(void)form;
	struct problem *problem = check_time(call, row, true, &late);
	row->submitted_at = call_now();
	row->late = late;
	return problem;
}

/* --- choosing --- */

static struct problem *move_demand(struct call *call, const struct bid *row, const char *event, const char *reason)
{
	struct demand *demand;
	struct json_object *form = json_own(call->arena, json_object_new_object());
	struct problem *problem = demand_of(call, row, &demand);
	if (reason)
		json_object_object_add(form, "reason", json_object_new_string(reason));
	return problem ? problem : lifecycle_fire_as_server(call, &record_demand, demand, event, form);
}

struct problem *effect_bid_award(struct call *call, struct bid *row, struct json_object *form)
{
	return move_demand(call, row, "award", json_get_text(form, "reason"));
}

struct problem *effect_bid_next(struct call *call, struct bid *row, struct json_object *form)
{
	const char *reason = json_get_text(form, "reason");
	return move_demand(call, row, "next", reason ? reason : "逾期未确认");
}

/* --- the order --- */

static struct problem *home_of(struct call *call, struct uuid id, uint32_t *home)
{
	struct institution *institution;
	struct problem *problem = institution_row_peek(call, id, &institution);
	*home = !problem && institution ? institution->row.home_id : call->platform_id;
	return problem;
}

static struct order *order_of(struct call *call, const struct demand *demand, const struct bid *bid)
{
	struct order *order = order_row_new(call);
	order->row.created_by = demand->row.created_by;
	order->listing_name = demand->title;
	order->pricing = ORDER_PRICING_FIXED;
	order->listed_price = bid->price;
	order->has_listed_price = true;
	order->institution_id = bid->institution_id;
	order->institution_name = bid->institution_name;
	order->buyer_id = demand->buyer_id;
	order->buyer_name = demand->buyer_name;
	order->quantity = 1;
	order->requirements = demand->details;
	order->contact_name = demand->contact_name;
	order->contact_mobile = demand->contact_mobile;
	return order;
}

/* Taken at the price and in the days of the offer: both have said yes to them. */
static struct json_object *terms_of(struct call *call, const struct bid *bid)
{
	struct json_object *form = json_own(call->arena, json_object_new_object());
	json_object_object_add(form, "price", json_object_new_int64(bid->price));
	json_object_object_add(form, "starts_on", json_object_new_string(zone_day(call->arena, call_now())));
	json_object_object_add(
		form, "ends_on", json_object_new_string(zone_day(call->arena, call_now() + bid->days * DAY_MS)));
	return form;
}

static struct problem *make_order(
	struct call *call, const struct demand *demand, const struct bid *bid, struct order **out)
{
	struct order *order = order_of(call, demand, bid);
	struct problem *problem = home_of(call, bid->institution_id, &order->institution_home);
	/* As of one that is placed by hand: whoever buys may be at home elsewhere. */
	if (!problem)
		problem = order_before_create(call, order);
	if (!problem)
		problem = order_row_insert(call, order);
	if (!problem)
		problem = order_row_peek(call, order->row.id, out);
	if (!problem && *out)
		problem = lifecycle_fire_as_server(call, &record_order, *out, "apply", NULL);
	return problem || !*out
		? problem : lifecycle_fire_as_server(call, &record_order, *out, "accept", terms_of(call, bid));
}

static struct problem *tell_losers(struct call *call, const struct demand *demand, const struct bid *winner)
{
	struct bid **others;
	size_t count = 0;
	const char *zh = arena_printf(call->arena, "由%s中选。%s", winner->institution_name, winner->reason),
		   *en = arena_printf(call->arena, "%s was chosen: %s", winner->institution_name, winner->reason);
	struct json_object *form = demand_reason(call, zh, en);
	struct problem *problem = demand_bids(call, demand, BID_PHASE_OPENED, &others, &count);
	for (size_t i = 0; !problem && i < count; i++) {
		others[i]->winner_name = winner->institution_name;
		problem = lifecycle_fire_as_server(call, &record_bid, others[i], "lose", form);
	}
	return problem;
}

struct problem *effect_bid_order(struct call *call, struct bid *row, struct json_object *form)
{
	struct demand *demand;
	struct order *order = NULL;
	struct problem *problem = demand_of(call, row, &demand);
	(void)form;
	if (!problem)
		problem = make_order(call, demand, row, &order);
	if (problem || !order)
		return problem ? problem : problem_new(call->arena, &PROBLEM_CONFLICT);
	row->order_id = demand->order_id = order->row.id;
	row->order_number = demand->order_number = order->number;
	row->winner_name = demand->winner_name = row->institution_name;
	problem = lifecycle_fire_as_server(call, &record_demand, demand, "order", NULL);
	return problem ? problem : tell_losers(call, demand, row);
}
