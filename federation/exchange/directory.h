/* directory: what platforms say of themselves, kept by those that hear it: one copy for all platforms of a network
 * that live in
 * this database (table platform_profile), made by reading public entries as "everybody" (federation/sync/pull.h). Their
 * settings reach others by this alone: federation_policy().
 */
#ifndef QILIAN_FEDERATION_EXCHANGE_DIRECTORY_H
#define QILIAN_FEDERATION_EXCHANGE_DIRECTORY_H

#include "core/work/job.h"
#include "federation/sync/apply.h"

struct federation;

/* "platform.profile" */
struct problem *directory_apply(struct call *call, const struct apply_entry *entry) MUST_CHECK;

/* Reads now what platforms of this database have said and nobody has heard: for commands, which else would leave it
 * to the
 * servers' next look. */
struct problem *directory_hear(const struct federation *federation, struct db *db) MUST_CHECK;

/* Has platforms say what nobody has heard yet: those from before they did, and those whose log came back older. */
extern const struct job_kind directory_job; /* arg: const struct services */

#endif
