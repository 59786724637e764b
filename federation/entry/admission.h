/* admission: what an institution's standing on a platform means for whatever else is under way for it.
 *
 * admitted   by any way: its open case there ends (case_settle) and its open invitations are revoked. The way does not
 *            matter: this hangs on the membership's row, which all of them write
 * ended      left, removed, expired, suspended: what rested on it goes (grounds.h)
 */
#ifndef QILIAN_FEDERATION_ENTRY_ADMISSION_H
#define QILIAN_FEDERATION_ENTRY_ADMISSION_H

#include "core/record/call.h"

struct membership;

/* Inside the transaction that wrote the row, original or copy. before: NULL when it is new here. */
struct problem *admission_follow(
	struct call *call, const struct membership *before, const struct membership *row) MUST_CHECK;

#endif
