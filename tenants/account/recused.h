/* recused: what somebody must not judge: asked of one thing (the engine's guard, core/record/recusal.h) or as lists,
 * for queues that show only what can be acted on. Who asked for a case, and an institution's people, are recognised by
 * account, by where a guest came from, and by mobile or external identity (tenants/account/person.h). */
#ifndef QILIAN_TENANTS_ACCOUNT_RECUSED_H
#define QILIAN_TENANTS_ACCOUNT_RECUSED_H

#include "core/record/call.h"

struct recused {
	const char *cases;        /* undecided ones that they asked for themselves: literals of SQL with commas between;
				     NULL: none */
	const char *institutions; /* theirs, the same */
};

/* What to leave out of a list of what is judged by what has to do with `of`, as a declaration names it
 * (tools/generate/recusal.py); NULL: nothing. */
const char *OR_NULL recused_from(const struct recused *recused, const char *of);

/* call_services.recused. of: institution (the person works for it), account (it is theirs), entry_case (they asked for
 * it). */
struct problem *recused_is(struct call *call, const char *of, struct uuid id, bool *recused, void *arg) MUST_CHECK;

/* Of the call's account. */
struct problem *recused_read(struct call *call, struct recused *out) MUST_CHECK;

#endif
