/* review: what both sides of an order say of each other (HN-9, NX-9, SIP-8).
 *
 * open       two rows, one a side, made when the order was accepted or ended after it was taken; each may be written
 * sealed     what is written is its author's and the desk's alone until the other side has written too, or its days are
 *            over (steps of schema/records/review.yaml; side `subject` is there only while it is shown or hidden)
 * hidden     by a desk with a code: the row keeps its place, what it said moves into `withheld`, so that no list, mean
 *            or public page can count or show it, and comes back from there when somebody else of the desk decides so
 * related    of two organisations with the same legal representative when the review was opened: counts for nothing
 */
#ifndef QILIAN_TENANTS_TRADE_REVIEW_H
#define QILIAN_TENANTS_TRADE_REVIEW_H

#include "core/attributes.h"
#include "core/record/call.h"

struct order;

/* Inside a transaction, at the order's home: makes the two open reviews of an order. */
struct problem *review_open(struct call *call, const struct order *order) MUST_CHECK;

#endif
