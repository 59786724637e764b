#include "tenants/shelf/draft.h"

#include "core/record/endpoint.h"
#include "core/text/json.h"
#include "schema/records.gen.h"
#include "tenants/institution/institution.h"
#include "tenants/platform/post.h"

/* The draft of that version; *out NULL and version 0: none. */
static struct problem *find(struct call *call, struct uuid id, int64_t version, struct product_draft **out)
{
	struct problem *problem = product_draft_row_peek(call, id, out);
	if (!problem && (*out ? (int64_t)(*out)->row.version : 0) != version)
		problem = problem_new(call->arena, &PROBLEM_STALE);
	return problem;
}

static struct problem *answer(struct call *call, const struct product_draft *row)
{
	struct draft_state state = {0};
	if (row) {
		state.draft = json_own(call->arena, json_object_new_object());
		put_int(state.draft, "version", row->row.version);
		put_int(state.draft, "base", row->base);
		put_text(state.draft, "saved_name", row->saved_name);
		put_time(state.draft, "updated_at", row->row.updated_at);
		json_object_object_add(state.draft, "changes", json_object_get(row->changes));
	}
	return endpoint_answer(call, &shape_draft_state, &state);
}

struct problem *product_draft_get(struct call *call, struct product *row)
{
	struct product_draft *draft;
	struct problem *problem = product_draft_row_peek(call, row->row.id, &draft);
	return problem ? problem : answer(call, draft);
}

static struct problem *insert(struct call *call, const struct product *row, struct product_draft *draft)
{
	const char *duplicate = NULL;
	draft->row.id = row->row.id;
	draft->institution_id = row->institution_id;
	struct problem *problem = record_insert_unless(call, &record_product_draft, draft, &duplicate);
	return problem || !duplicate ? problem : problem_new(call->arena, &PROBLEM_STALE);
}

struct problem *product_draft_save(struct call *call, struct product *row, const struct draft_input *in)
{
	struct product next = *row;
	struct product_draft *draft;
	struct problem *problem = record_patch(call, &record_product, in->changes, &next);
	if (!problem && row->row.phase == PRODUCT_PHASE_DELETED)
		problem = problem_detail(call->arena, &PROBLEM_CONFLICT, "产品已删除", "The product is deleted");
	if (!problem)
		problem = institution_hold(call, row->institution_id);
	if (!problem)
		problem = find(call, row->row.id, in->has_version ? in->version : 0, &draft);
	if (problem)
		return problem;
	bool fresh = !draft;
	if (fresh)
		draft = product_draft_row_new(call);
	draft->changes = in->changes;
	draft->base = row->row.version;
	draft->saved_name = call->actor.name;
	problem = fresh ? insert(call, row, draft) : product_draft_row_update(call, draft, NULL);
	return problem ? problem : answer(call, draft);
}

struct problem *product_draft_discard(struct call *call, struct product *row, const struct draft_version *in)
{
	struct product_draft *draft;
	struct problem *problem = find(call, row->row.id, in->version, &draft);
	return problem || !draft ? problem : record_delete(call, &record_product_draft, draft);
}

struct problem *product_draft_publish(struct call *call, struct product *row, const struct draft_version *in)
{
	struct product_draft *draft;
	const struct product *before = row->row.original;
	struct problem *problem = find(call, row->row.id, in->version, &draft);
	if (!problem && !draft)
		problem = problem_new(call->arena, &PROBLEM_STALE);
	if (!problem)
		problem = record_patch(call, &record_product, draft->changes, row);
	if (!problem)
		problem = product_before_update(call, before, row);
	if (!problem)
		problem = product_row_update(call, row, NULL);
	if (!problem)
		problem = record_delete(call, &record_product_draft, draft);
	return problem ? problem : record_answer(call, &record_product, row);
}

struct problem *draft_drop(struct call *call, struct uuid product_id)
{
	struct product_draft *draft;
	struct problem *problem = product_draft_row_peek(call, product_id, &draft);
	return problem || !draft ? problem : record_delete(call, &record_product_draft, draft);
}
