/* batch: one event on several rows at once, by the filter of the list that showed them or one by one: POST
 * /api/v1/<plural>/events (batch.c). Also what other lists of the same kind ask.
 */
#ifndef QILIAN_CORE_RECORD_BATCH_H
#define QILIAN_CORE_RECORD_BATCH_H

#include "core/attributes.h"
#include "core/record/call.h"

enum { BATCH_MAX = 500 }; /* rows at once */

/* Whether the filter still finds what the person saw: PROBLEM_COUNT_CHANGED or PROBLEM_TOO_MANY say both numbers.
 * total: counted up to 10,001. */
struct problem *batch_check_seen(struct call *call, int64_t total, int64_t seen) NONNULL MUST_CHECK;

extern const struct problem_kind PROBLEM_COUNT_CHANGED; /* 409 */
extern const struct problem_kind PROBLEM_TOO_MANY;      /* 409 */

#endif
