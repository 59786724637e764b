/* Several of a record decided at once, each in a transaction of its own: one that fails does not take the others
 * along. */
#include "core/record/endpoint.h"
#include "core/record/lifecycle.h"
#include "core/text/json.h"
#include "federation/sync/federation.h"
#include "schema/records.gen.h"
#include "tenants/platform/post.h"

struct decision {
	struct call *call;
	const struct record *record;
	const struct decide_input *in;
	const struct decide_item *item;
	struct decide_result *result;
};

static struct problem *decide_one(struct db *db, void *arg)
{
	(void)db;
	struct decision *decision = arg;
	struct call *call = decision->call;
	void *found;
	struct problem *problem = record_load(call, decision->record, decision->item->id, &found);
	const struct row *row = found;
	if (!problem && decision->item->has_version && decision->item->version != row->version)
		problem = problem_new(call->arena, &PROBLEM_STALE);
	if (!problem)
		problem = lifecycle_fire(
			call, decision->record, found, decision->in->event, form_reason(call, decision->in->reason));
	if (problem)
		return problem;
	*decision->result = (struct decide_result){.id = row->id, .version = row->version, .has_version = true,
	                                           .phase = decision->record->phases[row->phase - 1].code};
	return NULL;
}

static struct problem *decide(struct call *call, const struct record *record, const struct decide_input *in)
{
	struct decide_results out = {
		.results = {in->items.count, ARENA_ARRAY(call->arena, struct decide_result, in->items.count)}};
	for (size_t i = 0; i < in->items.count; i++) {
		struct decision decision = {call, record, in, &in->items.items[i], &out.results.items[i]};
		struct problem *problem = db_transaction(call->db, decide_one, &decision);
		if (problem && problem->kind->status >= 500)
			return problem;
		if (problem)
			out.results.items[i] = (struct decide_result){
				.id = in->items.items[i].id, .problem = federation_problem_json(call, problem)};
	}
	return endpoint_answer(call, &shape_decide_results, &out);
}

struct problem *case_decide(struct call *call, const struct decide_input *in)
{
	return decide(call, &record_entry_case, in);
}

struct problem *listing_decide(struct call *call, const struct decide_input *in)
{
	return decide(call, &record_listing, in);
}
