/* by_itself: what the server does with rows because of their parents (core/record/by_itself.h), platform by platform.
 */
#ifndef QILIAN_TENANTS_DESK_BY_ITSELF_H
#define QILIAN_TENANTS_DESK_BY_ITSELF_H

#include "core/work/job.h"

/* Every few seconds, on one server at a time; of platforms that are at work and have any such rows. */
extern const struct job_kind by_itself_job;

#endif
