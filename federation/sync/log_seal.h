/* log_seal: seals a person's data in what logs hold from before it was sealed when written (core/record/record.h).
 *
 * A standing job goes over each log once, from where it stopped, and then over what is new, so that a server of an
 * older version beside this one leaves nothing open. A payload that is sealed gets a new salt, commitment and leaf
 * hash; the log says so itself ("log.sealed": from, to, count).
 */
#ifndef QILIAN_FEDERATION_SYNC_LOG_SEAL_H
#define QILIAN_FEDERATION_SYNC_LOG_SEAL_H

#include "core/work/job.h"

extern const struct job_kind log_seal_job; /* arg: const struct services */

#endif
