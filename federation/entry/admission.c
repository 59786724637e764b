#include "federation/entry/admission.h"

#include "federation/entry/entry_case.h"
#include "federation/entry/grounds.h"
#include "federation/entry/invitation.h"
#include "schema/records.gen.h"
#include "tenants/shelf/product.h"

struct problem *admission_follow(struct call *call, const struct membership *before, const struct membership *row)
{
	bool was = before && before->row.phase == MEMBERSHIP_PHASE_ACTIVE,
	     is = row->row.phase == MEMBERSHIP_PHASE_ACTIVE;
	if (was == is)
		return NULL;
	if (was)
		return grounds_review(call, row->institution_id);
	struct problem *problem = NULL;
	if (row->institution_home == call->platform_id)
		problem = product_member_again(call, row->institution_id, row->row.home_id);
	if (problem || row->row.home_id != call->platform_id)
		return problem; /* that platform's cases and codes are its own */
	problem = case_settle(call, row);
	return problem ? problem : invitation_settle(call, row->uscc);
}
