/* draft: what an institution has changed of a product and shows to nobody yet (schema/records/product_draft.yaml).
 *
 * changes    fields of the product with their new values, each within the product's own bounds; what they make of it
 *            together is looked at when they are published
 * version    the draft's: whoever saves, publishes or drops it says which one was looked at (PROBLEM_STALE: another)
 * base       the product's version then; a product that is saved meanwhile keeps its draft
 *
 * A deleted product has none; one that moves to another home takes it along.
 */
#ifndef QILIAN_TENANTS_SHELF_DRAFT_H
#define QILIAN_TENANTS_SHELF_DRAFT_H

#include "core/record/call.h"

/* Inside a transaction: the product's draft goes, if it has one. */
struct problem *draft_drop(struct call *call, struct uuid product_id) MUST_CHECK;

#endif
