/* silence_job: looks at rows on whose steps nobody said anything in time (core/record/silence.h). */
#ifndef QILIAN_TENANTS_DESK_SILENCE_H
#define QILIAN_TENANTS_DESK_SILENCE_H

#include "core/work/job.h"

/* A queued job. Its arg is a struct services. */
extern const struct job_kind silence_job;

#endif
