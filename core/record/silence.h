/* silence: what happens by itself when nobody says anything: transitions with `after: N`.
 *
 * When a row enters a step from which such a transition leads, a row of table silence says on which day it fires, and a
 * job with that time is written, in the transaction that moves the row. The days are working days of the platform's
 * calendar, the day of entering not counted; it fires once the last of them is over. tell_before: so many working days
 * before that those for whom the row waits are told. The clock stands still on steps with `clock: stopped`: a row that
 * comes back from one has the days that were left.
 *
 * A transition with `at` fires at an instant that the row says, `grace` minutes later. Its job looks at the row
 * again, so that a time put off meanwhile puts it off.
 *
 * A job that runs looks whether the row is still on that step, in the transaction that fires; so it happens once,
 * whatever servers there are and whichever dies. What a policy changed since then is judged as for deadlines: the days
 * were counted when the row entered, and a row that follows the policy it began with follows that one's transitions.
 */
#ifndef QILIAN_CORE_RECORD_SILENCE_H
#define QILIAN_CORE_RECORD_SILENCE_H

#include "core/attributes.h"
#include "core/record/lifecycle.h"

/* Inside a transaction, by the lifecycle: a row leaves a step (NULL: it begins) for another one. */
struct problem *silence_move(struct call *call, const struct record *record, const void *row,
	const struct lifecycle *lifecycle, const struct lifecycle_step *OR_NULL from,
	const struct lifecycle_step *to) NONNULL_AT(1, 2, 3, 4, 6) MUST_CHECK;
/* What a job does, in transactions of its own; the payload is what the job holds. The call is of the server itself on
 * the job's platform. A problem: again later. */
struct problem *silence_run(struct call *call, struct json_object *OR_NULL payload) NONNULL_AT(1) MUST_CHECK;
/* An array: {event, zh, en, on} for each event that will fire by itself on this row if nobody says anything. */
struct problem *silence_write(struct call *call, const struct record *record, const void *row, struct json_writer *w)
	NONNULL MUST_CHECK;

/* Of its jobs. */
#define SILENCE_JOB "silence"

#endif
