/* grounds: what an open recommendation or application rests on, and that it ends with it.
 *
 * recommendation   the institution is a member of the platform that recommends it, or of one below (ZJ-5)
 * application      self: a member of a platform of the level that the other asks for (ZJ-4); joining: a member of any
 * closed           a platform that is closed vouches for nobody, decides nothing and withdraws nothing by itself:
 *                  grounds_job does it
 *
 * What lost its ground is withdrawn as a person would: the platform asked says what came first.
 */
#ifndef QILIAN_FEDERATION_ENTRY_GROUNDS_H
#define QILIAN_FEDERATION_ENTRY_GROUNDS_H

#include "core/record/call.h"
#include "core/work/job.h"

/* After a membership ended, as it is seen here. Inside a transaction. */
struct problem *grounds_review(struct call *call, struct uuid institution_id) MUST_CHECK;

/* A standing job whose arg is a struct services. */
extern const struct job_kind grounds_job;

#endif
