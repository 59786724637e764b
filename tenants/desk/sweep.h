/* sweep: takes away what has served its time: ended sessions, used and expired tokens, rate limits, stored answers,
 * files that no record mentions. */
#ifndef QILIAN_TENANTS_DESK_SWEEP_H
#define QILIAN_TENANTS_DESK_SWEEP_H

#include "core/work/job.h"

/* Standing jobs; their arg is a struct services. */
extern const struct job_kind sweep_rows_job;
extern const struct job_kind sweep_files_job;

#endif
