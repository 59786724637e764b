#include "core/record/recusal.h"

#include "core/record/endpoint.h"
#include "core/record/row.h"

static struct problem *refuse(struct call *call)
{
	return problem_detail(call->arena, &PROBLEM_FORBIDDEN, "您提出了该事项，或属于有关机构，需回避",
		"You asked for this yourself, or belong to the institution concerned, and must not judge it");
}

struct problem *recusal_check_of(
	struct call *call, const void *row, const struct record_recusal *recusals, size_t count)
{
	const struct call_services *services = call->services;
	if (uuid_is_nil(call->actor.account_id) || !services->recused)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		const struct field *by = recusals[i].by;
		struct uuid id = by ? *(const struct uuid *)((const char *)row + by->offset) : row_of_const(row)->id;
		bool recused = false;
		struct problem *problem =
			uuid_is_nil(id) ? NULL : services->recused(call, recusals[i].of, id, &recused, services->arg);
		if (problem || recused)
			return problem ? problem : refuse(call);
	}
	return NULL;
}

struct problem *recusal_check(struct call *call, const struct record *record, const void *row)
{
	return recusal_check_of(call, row, record->recusals, record->recusal_count);
}
