/* profile: copies of institutions' profiles, as their homes write them (tenants/institution/institution.h: announce).
 *
 * One entry carries the whole profile; what it no longer holds is removed from the copy. Bulk: a catch-up applies
 * hundreds of entries in a few multi-row statements.
 */
#ifndef QILIAN_FEDERATION_EXCHANGE_PROFILE_H
#define QILIAN_FEDERATION_EXCHANGE_PROFILE_H

#include "core/attributes.h"
#include "federation/sync/apply.h"

struct problem *profile_apply(struct call *call, const struct apply_entry *entry) MUST_CHECK;
struct problem *profile_apply_forget(struct call *call, const struct apply_entry *entry) MUST_CHECK;
struct problem *profile_apply_many(struct call *call, const struct apply_entry *entries, size_t count) MUST_CHECK;
/* The rows of such a run, read and sealed. */
void *OR_NULL profile_prepare(struct call *call, const struct apply_entry *entries, size_t count);

/* Rows of `record` that a payload lists under `member`, all of the institution `owner`: another's are a problem. */
struct problem *profile_apply_list(struct call *call, const struct apply_entry *entry, const struct record *record,
	const char *member, struct uuid owner) MUST_CHECK;

#endif
