/* membership: an institution's standing on one platform (入驻).
 *
 * original   the row at the platform that the membership is on (platform_id = home_id)
 * copies     at the institution's home, at the platforms above it and above this one, and wherever else it is known
 *            here to be a member: each of them shows it in lists and matrices
 * sources    while a case is open, who brought it: "recommendation:zhejiang/lishui" (way:origin)
 *
 * Its beginning and end reach further: leaving or removal ends the listings on this platform, and nowhere else. What
 * they do to cases, recommendations and invitations is the federation's (federation/entry/admission.h).
 */
#ifndef QILIAN_TENANTS_INSTITUTION_MEMBERSHIP_H
#define QILIAN_TENANTS_INSTITUTION_MEMBERSHIP_H

#include "core/record/call.h"
#include "tenants/platform/post.h"

struct membership;

/* Whom it is about. */
struct membership_subject {
	struct uuid institution_id;
	uint32_t institution_home;
	const char *uscc;
	const char *name;
};

/* The row of (platform, institution) as it is seen here, original or copy; *out NULL if there is none. */
struct problem *membership_find(
	struct call *call, uint32_t platform, struct uuid institution_id, struct membership **out) MUST_CHECK;
/* Active as seen here. */
struct problem *membership_is_active(
	struct call *call, uint32_t platform, struct uuid institution_id, bool *active) MUST_CHECK;

/* On this platform, inside a transaction. way: enum membership_way. */
struct problem *membership_open(
	struct call *call, const struct membership_subject *subject, int way, const char *sources) MUST_CHECK;
struct problem *membership_admit(struct call *call, const struct membership_subject *subject, int way) MUST_CHECK;
/* Fires an event of the case ("ask", "answer", "refuse", "withdraw") where the step allows it, and sets the sources. */
struct problem *membership_follow(struct call *call, struct uuid institution_id, const char *event, struct words reason,
                                  const char *sources) MUST_CHECK;

/* Sends the row, the original, to all who hold a copy. */
struct problem *membership_tell_holders(struct call *call, const struct membership *row) MUST_CHECK;

/* All platforms that hold something of this institution, as far as is known here: its home, those above it and above
 * this one, those of its memberships. This platform is not among them. */
struct problem *membership_holders(struct call *call, struct uuid institution_id, uint32_t institution_home,
                                   struct addressees *to) MUST_CHECK;

#endif
