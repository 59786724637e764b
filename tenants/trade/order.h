/* order: what an enterprise asked of an institution, and how it ends when one of the two is gone.
 *
 * running    taken and neither accepted nor over: phases active, delivered, completed
 * silence    acceptance by silence waits while a complaint or a proposal to end is open (guard order_undisputed): the
 *            server asks again every day
 * standing   of an institution that was suspended or has left the platform, written into its running orders, so that
 *            the buyer and the desk see it
 */
#ifndef QILIAN_TENANTS_TRADE_ORDER_H
#define QILIAN_TENANTS_TRADE_ORDER_H

#include "core/attributes.h"
#include "core/record/call.h"

enum order_standing { ORDER_STANDS, ORDER_SELLER_SUSPENDED, ORDER_SELLER_REMOVED };

/* Inside a transaction, on the platform of the orders: what an institution's standing there became. What runs goes on
 * and says so; of one that was removed, what it has not taken yet ends (party_gone). */
struct problem *order_standing_became(
	struct call *call, struct uuid institution_id, enum order_standing standing) MUST_CHECK;
/* PROBLEM_CONFLICT while orders of that institution run on `platform`, as originals or copies here: whoever leaves
 * brings them to an end first. */
struct problem *order_refuse_leave(struct call *call, struct uuid institution_id, uint32_t platform) MUST_CHECK;

/* --- for the other files of this wing --- */

/* Inside a transaction: open changes and proposals of an order that is over lapse; except: one that is being fired, or
 * nil. */
struct problem *order_lapse_open(struct call *call, struct uuid order_id, struct uuid except) MUST_CHECK;

#endif
