/* reach: which platforms an institution's profile goes to, as its home knows it.
 *
 * The platforms above the home, and every platform where the institution is a member, or asks to be. Their number is what
 * a profile's entries are addressed to.
 */
#ifndef QILIAN_TENANTS_REACH_H
#define QILIAN_TENANTS_REACH_H

#include "core/record/call.h"

/* call is one of the institution's home. ids in the call's arena, sorted, without the home itself; *n may be 0. */
struct problem *reach_of_institution(struct call *call, struct uuid institution_id, const uint32_t **ids, size_t *n) MUST_CHECK;

/* At its home, when its standing on a platform has ended or never began: tells that platform to drop its copies, unless it is in reach. */
struct problem *reach_forget(struct call *call, struct uuid institution_id, uint32_t platform) MUST_CHECK;

#endif
