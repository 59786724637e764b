/* qualification: a certificate of an institution, at its home, with attachments; reminded of before it expires. */
#ifndef QILIAN_TENANTS_QUALIFICATION_H
#define QILIAN_TENANTS_QUALIFICATION_H

#include "core/job.h"

/* A standing job: once an hour, those that expire within the policy's remind_days and were not reminded of. Its arg is a struct
 * services. */
extern const struct job_kind qualification_job;

#endif
