/* Several listings decided at once, each in a transaction of its own. */
#include "core/json.h"
#include "core/record/endpoint.h"
#include "federation/federation.h"
#include "schema/records.gen.h"
#include "tenants/post.h"

struct decision {
	struct call *call;
	const struct listing_decide_input *in;
	const struct listing_decide_item *item;
	struct listing_result *result;
};

static struct problem *decide_one(struct db *db, void *arg)
{
	(void)db;
	struct decision *decision = arg;
	struct call *call = decision->call;
	struct listing *row;
	struct problem *problem = listing_row_load(call, decision->item->id, &row);
	if (!problem && decision->item->has_version && decision->item->version != row->row.version)
		problem = problem_new(call->arena, &PROBLEM_STALE);
	if (!problem)
		problem = listing_row_fire(call, row, decision->in->event, form_reason(call, decision->in->reason));
	if (problem)
		return problem;
	*decision->result = (struct listing_result){.id = row->row.id, .version = row->row.version, .has_version = true,
	                                            .phase = record_listing.phases[row->row.phase - 1].code};
	return NULL;
}

struct problem *listing_decide(struct call *call, const struct listing_decide_input *in)
{
	struct listing_decide_results out = {.results = {in->items.count, ARENA_ARRAY(call->arena, struct listing_result, in->items.count)}};
	for (size_t i = 0; i < in->items.count; i++) {
		struct decision decision = {call, in, &in->items.items[i], &out.results.items[i]};
		struct problem *problem = db_transaction(call->db, decide_one, &decision);
		if (problem && problem->kind->status >= 500)
			return problem;
		if (problem)
			out.results.items[i] = (struct listing_result){.id = in->items.items[i].id, .problem = federation_problem_json(call, problem)};
	}
	return endpoint_answer(call, &shape_listing_decide_results, &out);
}
