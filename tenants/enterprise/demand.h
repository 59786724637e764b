/* demand: what an enterprise looks for, and the moment at which its sealed offers are opened (NX-10, trade T3).
 *
 * deadline   closes_at, by the server's clock. Offers are made before it; one that was begun before it may be
 *            finished in the minutes of grace of the policy's event `open_bids`, and is marked
 * opening    that event, at deadline and grace: all offers that were sent become the buyer's to read, in one
 *            transaction
 * ending     流标 (no winner) and 废标 (set aside) close every offer with the coded cause and the text, and tell
 *            who made it
 */
#ifndef QILIAN_TENANTS_ENTERPRISE_DEMAND_H
#define QILIAN_TENANTS_ENTERPRISE_DEMAND_H

#include "core/attributes.h"
#include "core/record/call.h"

struct bid;
struct demand;

/* When offers on it that were begun before its deadline can no longer be sent: ms since 1970. */
int64_t demand_grace_ends(struct call *call, const struct demand *demand);
/* Inside a transaction: its offers in that phase (enum bid_phase), loaded so that events can be fired on them. */
struct problem *demand_bids(
	struct call *call, const struct demand *demand, int phase, struct bid ***out, size_t *count) MUST_CHECK;
/* A reason that the server gives, as the form of an event of an offer. In the call's arena. */
struct json_object *demand_reason(struct call *call, const char *zh, const char *en) RETURNS_NONNULL;

#endif
