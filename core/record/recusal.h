/* recusal: nobody judges what they have to do with.
 *
 * A record's `recuse` (tools/generate/recusal.py) names what a row is about; a transition may name institutions of the
 * row besides. Who has to do with one of these is for the server to say (call_services.recused: the account itself, its
 * institution, other accounts of the same person). Asked when a desk fires an event (core/record/lifecycle.h), and by
 * what decides without one; to-do lists leave such rows out.
 */
#ifndef QILIAN_CORE_RECORD_RECUSAL_H
#define QILIAN_CORE_RECORD_RECUSAL_H

#include "core/attributes.h"
#include "core/record/record.h"

/* PROBLEM_FORBIDDEN if the call's account must not judge this row. The server itself may. */
struct problem *recusal_check(struct call *call, const struct record *record, const void *row) NONNULL MUST_CHECK;
/* The same of others than the record's own. */
struct problem *recusal_check_of(struct call *call, const void *row, const struct record_recusal *OR_NULL recusals,
	size_t count) NONNULL_AT(1, 2) MUST_CHECK;

#endif
