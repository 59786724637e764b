/* repeat: Idempotency-Key at an endpoint. A write that is given one honours it or refuses it; none ignores it.
 *
 *   honoured   those signed in, where the endpoint takes keys (struct endpoint, idempotent): inside the endpoint's
 *              transaction, or by a claim (core/work/operation.h) around work of several
 *   refused    400, everything else that writes: visitors have no name space of their own, and answers below /auth are
 *              sessions
 *
 * A stored answer is sealed: it may hold a code or a link that is shown once, and the table goes into every dump.
 */
#ifndef QILIAN_CORE_RECORD_REPEAT_H
#define QILIAN_CORE_RECORD_REPEAT_H

#include "core/attributes.h"
#include "core/record/call.h"
#include "core/work/operation.h"

struct repeat {
	struct call *call;
	const char *key; /* NULL: none was sent */
	unsigned char hash[OPERATION_HASH];
	struct operation *claim;
	bool replayed;
};

/* Reads the header; PROBLEM_KEY_REFUSED, or PROBLEM_MALFORMED for what is no key. */
struct problem *repeat_read(struct repeat *repeat, struct call *call) NONNULL MUST_CHECK;
/* First of all inside the endpoint's transaction; repeat->replayed: the answer is there, nothing is left to do. */
struct problem *repeat_begin(struct repeat *repeat) NONNULL MUST_CHECK;
/* Last of all inside it. */
struct problem *repeat_keep(struct repeat *repeat) NONNULL MUST_CHECK;
/* The same for work outside a transaction: the claim, and its end with what the work led to (NULL or a problem). */
struct problem *repeat_claim(struct repeat *repeat) NONNULL MUST_CHECK;
void repeat_end(struct repeat *repeat, const struct problem *OR_NULL problem) NONNULL_AT(1);

extern const struct problem_kind PROBLEM_KEY_REFUSED; /* 400 */

#endif
