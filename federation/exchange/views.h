/* views: what a product's home learns of how often its listings elsewhere were looked at (ZJ-11).
 *
 * Every half minute each shelf tells what changed: one entry "listing.views" to each home, {"listings": [{"id",
 * "views"}…]}, up to 500 of them. The numbers are whole counts, so an entry that comes twice, or one that never came,
 * leaves no error behind.
 */
#ifndef QILIAN_FEDERATION_EXCHANGE_VIEWS_H
#define QILIAN_FEDERATION_EXCHANGE_VIEWS_H

#include "core/work/job.h"
#include "federation/sync/apply.h"

/* A standing job; its arg is a struct services. */
extern const struct job_kind views_job;

/* At the product's home. */
struct problem *views_apply(struct call *call, const struct apply_entry *entry) MUST_CHECK;

#endif
