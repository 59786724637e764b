/* chase: tells a desk, once on each working day, what waits there beyond its deadline (HN-2).
 *
 * when    from the policy's deadlines.chase_at on, on working days of the network's calendar; a day on which no server
 *         was up at that time is made up for later that day
 * whom    every active account that may decide: reviewers and platform administrators, by a message and by SMS or
 *         e-mail
 * once    a row of table chase in the same transaction, whatever servers there are; again on the next working day until
 *         all is decided
 */
#ifndef QILIAN_TENANTS_DESK_CHASE_H
#define QILIAN_TENANTS_DESK_CHASE_H

#include "core/record/call.h"
#include "core/work/job.h"

struct chase_result {
	int64_t count; /* overdue; 0: nothing to tell */
	int days;      /* working days that the oldest has waited */
	int told;      /* people; 0 if it had been done that day, or nobody is there to be told */
};

/* Chases the call's platform now, whatever the hour, unless that was done today. */
struct problem *chase_now(struct call *call, struct chase_result *out) MUST_CHECK;

/* A standing job. Its arg is a struct services. */
extern const struct job_kind chase_job;

#endif
