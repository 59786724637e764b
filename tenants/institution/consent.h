/* consent: what an institution, at home here, has agreed to by asking to join a platform: that its profile goes there
 * (ZJ-6).
 *
 * stands   while an application to that platform is open or was approved, until the institution asks to leave it or
 *          its membership there ends in any way. One that was refused or withdrawn gives nothing. Who comes again
 *          asks again
 * above    the platforms above its home, or above a home that it had, need none
 */
#ifndef QILIAN_TENANTS_INSTITUTION_CONSENT_H
#define QILIAN_TENANTS_INSTITUTION_CONSENT_H

#include "core/record/call.h"

/* A condition on rows of `application` that give consent now; with a column's prefix such as "a.". */
#define CONSENT_GIVEN(prefix) prefix "phase NOT IN ('refused', 'withdrawn') AND " prefix "consent_ended_at IS NULL"

/* Records that the institution agrees. In the transaction that makes the application. */
struct problem *consent_give(struct call *call, struct uuid institution_id, uint32_t to_platform) MUST_CHECK;
/* That it does no longer: of what was approved. In a transaction; nothing happens where nothing stands. */
struct problem *consent_end(struct call *call, struct uuid institution_id, uint32_t to_platform) MUST_CHECK;
struct problem *consent_stands(
	struct call *call, struct uuid institution_id, uint32_t platform, bool *stands) MUST_CHECK;

#endif
