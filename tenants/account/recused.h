/* recused: what somebody must not judge, as lists: for queues that show only what can be acted on. The guards that
 * refuse it are guard_case_not_recused() and guard_listing_not_recused(), by the same rules
 * (tenants/account/person.h). */
#ifndef QILIAN_TENANTS_ACCOUNT_RECUSED_H
#define QILIAN_TENANTS_ACCOUNT_RECUSED_H

#include "core/record/call.h"

struct recused {
	const char *cases;        /* undecided ones that they asked for themselves: literals of SQL with commas between;
				     NULL: none */
	const char *institutions; /* theirs, the same */
};

/* Of the call's account. */
struct problem *recused_read(struct call *call, struct recused *out) MUST_CHECK;

#endif
