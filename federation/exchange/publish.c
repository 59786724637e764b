/* What an institution does with its products and the shelves: publish M on N, delist, delete everywhere, copy. */
#include <string.h>

#include "core/record/endpoint.h"
#include "core/text/json.h"
#include "federation/sync/federation.h"
#include "schema/records.gen.h"
#include "tenants/institution/membership.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/post.h"
#include "tenants/shelf/product.h"

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
	return high >= low ? NULL : problem_add_field(call->arena, NULL, "/overrides/price", "range",
		"最高价应不低于最低价",
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
