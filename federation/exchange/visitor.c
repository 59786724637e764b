#include "federation/exchange/visitor.h"

#include "core/text/json.h"
#include "tenants/account/access.h"

struct problem *visitor_apply_ended(struct call *call, const struct apply_entry *entry)
{
	int64_t access_no;

	if (!json_get_int(entry->payload, "access_no", &access_no) || access_no < 0 || access_no > UINT32_MAX)
		return problem_new(call->arena, &PROBLEM_ENTRY);
	/* Only of its own people: the home is whose log this is. */
	return access_end_visitor(call, entry->source, entry->record_id, (uint32_t)access_no);
}
