/* reach: which platforms an institution's profile goes to, as its home knows it.
 *
 * The platforms above the home, and every platform where the institution asks to be a member, or is one by its own
 * asking (consent.h) or because it is or was below it. That a platform calls it a member is not enough (ZJ-6). Their
 * number is what
 * a profile's entries are addressed to.
 */
#ifndef QILIAN_TENANTS_INSTITUTION_REACH_H
#define QILIAN_TENANTS_INSTITUTION_REACH_H

#include "core/record/call.h"

/* call is one of the institution's home. ids in the call's arena, sorted, without the home itself; *n may be 0. */
struct problem *reach_of_institution(
	struct call *call, struct uuid institution_id, const uint32_t **ids, size_t *n) MUST_CHECK;

/* Whether that platform is one of them. */
struct problem *reach_holds(struct call *call, struct uuid institution_id, uint32_t platform, bool *holds) MUST_CHECK;

/* Whether the platform is above the home, or is or was above one that the institution had: what was admitted there on a
 * city's word stays so. */
struct problem *reach_is_above(
	struct call *call, struct uuid institution_id, uint32_t platform, bool *above) MUST_CHECK;

/* The same, asked anywhere of an institution whose home is that one. */
struct problem *reach_is_above_home(struct call *call, struct uuid institution_id, const struct platform *home,
	uint32_t platform, bool *above) MUST_CHECK;

/* At its home, when its standing on a platform has ended or never began: tells that platform to drop its copies, unless
 * it is in reach. */
struct problem *reach_forget(struct call *call, struct uuid institution_id, uint32_t platform) MUST_CHECK;

#endif
