/* workbench: what waits for whom (DX-4, DX-6), and what of it is overdue at a platform's desk (HN-2). */
#ifndef QILIAN_TENANTS_DESK_WORKBENCH_H
#define QILIAN_TENANTS_DESK_WORKBENCH_H

#include "core/record/call.h"

struct workbench_late {
	int64_t count;
	int64_t oldest_at; /* UTC ms: since when the one that has waited longest waits; 0 if there is none */
};

/* What waits for the desk of the call's platform beyond its deadline, as workbench_counts() has it, but whoever has
 * claimed it. */
struct problem *workbench_late(struct call *call, struct workbench_late *out) MUST_CHECK;
/* Rows of (id, whether it was chased today) of the active platforms that have any. */
struct problem *workbench_late_platforms(
	struct db *db, const struct record_set *set, struct db_result **out) MUST_CHECK;

#endif
