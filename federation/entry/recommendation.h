/* recommendation: a city's proposal to its province that an institution be admitted (ZJ-5).
 *
 * Sending freezes a dossier and puts "recommendation.sent" into the city's log; the province's case answers through its
 * own (standing.h). Withdrawing is a request: the province decides which came first.
 */
#ifndef QILIAN_FEDERATION_ENTRY_RECOMMENDATION_H
#define QILIAN_FEDERATION_ENTRY_RECOMMENDATION_H

#include "core/record/call.h"

/* Rows of the timeline that both kinds of requests show: desk, working days waiting, items asked. */
struct recommend_progress;
struct problem *recommendation_write_progress(struct call *call, const struct record *record, struct uuid id,
	struct uuid case_id, const char *phase, const char *desk, int64_t sent_at, int64_t decided_at) MUST_CHECK;

#endif
