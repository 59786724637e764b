#include "tenants/enterprise/demand.h"

#include "core/record/lifecycle.h"
#include "core/record/record.h"
#include "core/text/json.h"
#include "core/text/moment.h"
#include "core/text/zone.h"
#include "schema/records.gen.h"
#include "tenants/enterprise/standing.h"

enum { MINUTE_MS = 60000, LEAST_MINUTES = 1 };

struct json_object *demand_reason(struct call *call, const char *zh, const char *en)
{
	struct json_object *form = json_own(call->arena, json_object_new_object());
	json_object_object_add(form, "reason", json_object_new_string(zh));
	json_object_object_add(form, "reason_en", json_object_new_string(en));
	return form;
}

int64_t demand_grace_ends(struct call *call, const struct demand *demand)
{
	const struct lifecycle *lifecycle = lifecycle_for_row(call, &record_demand, demand);
	const struct lifecycle_transition *opening =
		lifecycle ? lifecycle_transition(lifecycle, demand->row.step, "open_bids") : NULL;
	return demand->closes_at + (opening ? opening->grace * MINUTE_MS : 0);
}

struct problem *demand_bids(
	struct call *call, const struct demand *demand, int phase, struct bid ***out, size_t *count)
{
	const char *code = record_bid.phases[phase - 1].code;
	return bid_row_select(call, "demand_id = ? AND phase = ?", "ORDER BY created_at, id FOR UPDATE",
		DB_ARGS(db_id(&demand->row.id), db_text(code)), out, count);
}

/* --- guards --- */

struct problem *guard_demand_in_time(struct call *call, const struct demand *row, struct json_object *form)
{
	(void)form;
	if (row->closes_at >= call_now() + LEAST_MINUTES * MINUTE_MS)
		return NULL;
	return problem_add_field(call->arena, NULL, "/closes_at", "too-early",
		arena_printf(call->arena, "报价截止时间（%s，北京时间）已过或不足一分钟，请先改为更晚的时间",
			zone_time(call->arena, row->closes_at)),
		arena_printf(call->arena, "is over, or within a minute (%s, Beijing time): choose a later time first",
			zone_time(call->arena, row->closes_at)));
}

/* The time in its form, once the form is known to be right. */
struct problem *guard_demand_longer(struct call *call, const struct demand *row, struct json_object *form)
{
	int64_t wanted = 0;
	const char *text = json_get_text(form, "closes_at");
	if (call_now() >= row->closes_at)
		return problem_detail(call->arena, &PROBLEM_CONFLICT, "截止时间已到，不能再延长。",
			"The deadline is over; it cannot be put off any more.");
	if (text && time_parse(text, &wanted) && wanted > row->closes_at)
		return NULL;
	return problem_add_field(call->arena, NULL, "/closes_at", "too-early", "只能延长，须晚于原截止时间",
		"can only be put off: later than it is now");
}

static struct problem *count_sent(struct call *call, const struct demand *row, size_t *count)
{
	struct bid **bids;
	return demand_bids(call, row, BID_PHASE_SUBMITTED, &bids, count);
}

struct problem *guard_demand_has_bids(struct call *call, const struct demand *row, struct json_object *form)
{
	size_t count = 0;
	struct problem *problem = count_sent(call, row, &count);
	(void)form;
	return problem || count ? problem : problem_new(call->arena, &PROBLEM_CONFLICT);
}

struct problem *guard_demand_has_none(struct call *call, const struct demand *row, struct json_object *form)
{
	size_t count = 0;
	struct problem *problem = count_sent(call, row, &count);
	(void)form;
	return problem || !count ? problem : problem_new(call->arena, &PROBLEM_CONFLICT);
}

struct problem *guard_demand_may_trade(struct call *call, const struct demand *row, struct json_object *form)
{
	(void)form;
	return standing_check(call, row->buyer_id);
}

/* --- effects --- */

static struct problem *fire_all(
	struct call *call, const struct demand *row, int phase, const char *event, struct json_object *form)
{
	struct bid **bids;
	size_t count = 0;
	struct problem *problem = demand_bids(call, row, phase, &bids, &count);
	for (size_t i = 0; !problem && i < count; i++)
		problem = lifecycle_fire_as_server(call, &record_bid, bids[i], event, form);
	return problem;
}

struct problem *effect_demand_opened(struct call *call, struct demand *row, struct json_object *form)
{
	struct problem *problem = fire_all(call, row, BID_PHASE_SUBMITTED, "open", NULL);
	(void)form;
	return problem ? problem : fire_all(call, row, BID_PHASE_DRAFT, "miss", NULL);
}

/* Every offer ends with it, and whoever made one hears why; what was never opened stays shut for ever. */
static struct problem *end(struct call *call, struct demand *row, int cause, const char *text)
{
	const struct choice *words = &shape_need(&shape_demand, "cause")->values[cause - 1];
	const char *zh = text ? arena_printf(call->arena, "%s。%s", words->zh, text) : words->zh,
		   *en = text ? arena_printf(call->arena, "%s. %s", words->en, text) : words->en;
	struct json_object *why = demand_reason(call, zh, en);
	row->cause = cause;
	struct problem *problem = fire_all(call, row, BID_PHASE_SUBMITTED, "close_sealed", why);
	if (!problem)
		problem = fire_all(call, row, BID_PHASE_OPENED, "close", why);
	if (!problem)
		problem = fire_all(call, row, BID_PHASE_WON, "close", why);
	return problem ? problem : fire_all(call, row, BID_PHASE_DRAFT, "miss", NULL);
}

struct problem *effect_demand_ended(struct call *call, struct demand *row, struct json_object *form)
{
	int cause = field_value(shape_field(&shape_demand, "cause"), json_get_text(form, "cause"));
	return end(call, row, cause, json_get_text(form, "reason"));
}

struct problem *effect_demand_nobody(struct call *call, struct demand *row, struct json_object *form)
{
	(void)form;
	return end(call, row, DEMAND_CAUSE_NONE, NULL);
}

struct problem *effect_demand_silent(struct call *call, struct demand *row, struct json_object *form)
{
	(void)form;
	return end(call, row, DEMAND_CAUSE_BUYER_SILENT, NULL);
}

struct problem *effect_demand_gone(struct call *call, struct demand *row, struct json_object *form)
{
	(void)form;
	return end(call, row, DEMAND_CAUSE_PARTY_GONE, NULL);
}
