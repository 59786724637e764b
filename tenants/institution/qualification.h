/* qualification: a certificate of an institution, at its home, with attachments; reminded of before it expires.
 *
 * confirmed  a platform's desk has looked at it, as it stands: only then that platform's shop page shows it
 *            (schema/readers.yaml). Each platform confirms for itself, its copy; a change makes it unconfirmed
 */
#ifndef QILIAN_TENANTS_INSTITUTION_QUALIFICATION_H
#define QILIAN_TENANTS_INSTITUTION_QUALIFICATION_H

#include "core/record/call.h"
#include "core/work/job.h"

struct json_object;

/* SQL: of what is confirmed. */
#define QUALIFICATION_DIGEST "UNHEX(SHA2(JSON_ARRAY(kind, name, number, issuer, issued_on, expires_on), 256))"

/* Those of a dossier that was approved here, where they still are what was approved. */
struct problem *qualification_confirm_dossier(struct call *call, struct json_object *dossier) MUST_CHECK;

/* A standing job: once an hour, those that expire within the policy's remind_days and were not reminded of. Its arg is
 * a struct services. */
extern const struct job_kind qualification_job;

#endif
