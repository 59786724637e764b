/* standing: what comes back to those who asked: how far their case is, and what memberships have become of it.
 *
 * The deciding platform's word is final here: a recommendation or application moves only by its entries, in their
 * order.
 */
#ifndef QILIAN_FEDERATION_ENTRY_STANDING_H
#define QILIAN_FEDERATION_ENTRY_STANDING_H

#include "federation/sync/apply.h"

/* case.progress and case.decided, for a recommendation or an application of this platform. */
struct problem *standing_apply_progress(struct call *call, const struct apply_entry *entry) MUST_CHECK;
struct problem *standing_apply_withdraw_refused(struct call *call, const struct apply_entry *entry) MUST_CHECK;
/* A membership elsewhere, as its platform holds it. */
struct problem *standing_apply_membership(struct call *call, const struct apply_entry *entry) MUST_CHECK;
/* An institution asks to leave this platform. */
struct problem *standing_apply_leave(struct call *call, const struct apply_entry *entry) MUST_CHECK;

#endif
