/* Several of a record decided at once, each in a transaction of its own: one that fails does not take the others
 * along. */
#include "core/record/endpoint.h"
#include "core/record/lifecycle.h"
#include "core/text/json.h"
#include "federation/entry/entry_case.h"
#include "federation/sync/federation.h"
#include "schema/records.gen.h"
#include "tenants/platform/post.h"

struct decision {
	struct call *call;
	const struct record *record;
	const struct decide_input *in;
	const struct decide_item *item;
	struct decide_result *result;
	const char *name; /* of the row, whatever becomes of it */
};

static const char *name_of(const struct record *record, const void *row)
{
	const struct field *field = shape_field(record->shape, "name");
	return field ? *(const char *const *)((const char *)row + field->offset) : NULL;
}

static struct problem *decide_one(struct db *db, void *arg)
{
	(void)db;
	struct decision *decision = arg;
	struct call *call = decision->call;
	void *found;
	struct problem *problem = record_load(call, decision->record, decision->item->id, &found);
	const struct row *row = found;
	if (!problem)
		decision->name = name_of(decision->record, found);
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

/* Where the database goes away in the middle, what is left is told so; what was done stays done. */
static struct problem *decide(struct call *call, const struct record *record, const struct decide_input *in)
{
	struct decide_results out = {
		.results = {in->items.count, ARENA_ARRAY(call->arena, struct decide_result, in->items.count + 1)}};
	struct problem *broken = NULL;
	for (size_t i = 0; i < in->items.count; i++) {
		struct decide_result *result = &out.results.items[i];
		struct decision decision = {call, record, in, &in->items.items[i], result, NULL};
		struct problem *problem = broken ? broken : db_transaction(call->db, decide_one, &decision);
		if (problem && problem->kind->status >= 500 && !i)
			return problem;
		if (problem && problem->kind->status >= 500)
			broken = problem;
		if (problem)
			*result = (struct decide_result){.id = in->items.items[i].id,
				.problem = federation_problem_json(call, problem)};
		result->name = decision.name;
	}
	return endpoint_answer(call, &shape_decide_results, &out);
}

static struct problem *lacks_rows(struct call *call)
{
	return problem_add_field(call->arena, NULL, "/items", "choice",
		"请给出 items（逐项）或 seen（按筛选条件，看到的条数）之一",
		"give either items (one by one) or seen (by filter, how many were seen)");
}

struct problem *case_decide(
	struct call *call, const struct decide_input *in, const struct case_queue_query *query)
{
	struct decide_input all = *in;
	if (in->has_seen == (in->items.count != 0))
		return lacks_rows(call);
	struct problem *problem = in->has_seen ? case_queue_pick(call, query, (int64_t)in->seen, &all.items) : NULL;
	return problem ? problem : decide(call, &record_entry_case, &all);
}

struct problem *listing_decide(struct call *call, const struct decide_input *in)
{
	return in->has_seen || !in->items.count ? lacks_rows(call) : decide(call, &record_listing, in);
}
