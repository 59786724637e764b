/* homes: whether the platform whose log is read may say what an entry says. Asked once, in apply.c, for every kind.
 *
 * home      of an institution: what its network's register says (table identity), and what the copy here says. Both
 *           have to name the source; the register alone decides while no copy is here
 * named     a row here names the platform that may speak of it: the platform asked of an application, the source of a
 *           case
 * dealt     at its home, the institution has had to do with the source: it applied there, is a member there, or is
 *           below it. What only such a platform may say is refused to all others, so that nobody gets its profile or
 *           its ear by naming it (ZJ-6)
 * early     the register knows the source as the new home, and the old home's log, which says so, has not been read
 *           here to its end. The entry waits; it counts as no failure
 */
#ifndef QILIAN_FEDERATION_SYNC_HOMES_H
#define QILIAN_FEDERATION_SYNC_HOMES_H

#include "federation/sync/apply.h"

/* PROBLEM_NOT_ITS_HOME (core/record/record.h), PROBLEM_EARLY, or a fault of the database. Entries of one kind. */
struct problem *homes_check(
	struct call *call, const struct apply_kind *kind, const struct apply_entry *entries, size_t count) MUST_CHECK;

extern const struct problem_kind PROBLEM_EARLY;

/* Whether anything of that log is still to be read here. */
struct problem *homes_is_unread(struct call *call, uint32_t source, bool *unread) MUST_CHECK;

/* Whether an institution is on its way from or to the platform, which then reads on though it is closed. */
struct problem *homes_are_moving(struct call *call, bool *moving) MUST_CHECK;

#endif
