/* message: what a person finds in the workbench (DX-4): title and text, for an account, an institution, or a role.
 *
 * Each account has read marks of its own, also for what goes to several. Who joins later begins with an empty desk:
 * what is older than the account counts as read. */
#ifndef QILIAN_TENANTS_NOTICE_MESSAGE_H
#define QILIAN_TENANTS_NOTICE_MESSAGE_H

#include "core/record/call.h"

enum { MESSAGE_ONCE = 16 };

struct message_order {
	struct uuid account_id;     /* one of the three; the others nil and NULL */
	struct uuid institution_id;
	const char *role;
	const char *title, *title_en;
	const char *body, *body_en;
	const char *record_type; /* may be NULL */
	struct uuid record_id;
	const unsigned char *once; /* 16 bytes that stand for what it tells: put a second time it changes nothing; NULL:
				      it cannot come twice */
};

/* *fresh (may be NULL): it was not there already. */
struct problem *message_put(struct call *call, const struct message_order *order, bool *fresh) MUST_CHECK;

#endif
