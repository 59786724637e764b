/* portal: what anybody sees of a platform. Handlers are declared in schema/records/portal.yaml; this is what they
 * share. */
#ifndef QILIAN_TENANTS_PORTAL_PORTAL_H
#define QILIAN_TENANTS_PORTAL_PORTAL_H

#include "core/record/call.h"

/* Of a listing: shown here, in its approved version, whatever is in review. */
#define PORTAL_LIVE "home_id = platform_id AND live = 1 AND phase IN ('active', 'waiting', 'returned')"
/* An institution is shown where it is an active member. */
#define PORTAL_MEMBER_JOIN \
	" FROM institution i JOIN membership m ON m.platform_id = i.platform_id AND m.institution_id = i.id AND " \
	"m.home_id = m.platform_id AND m.phase = 'active' "
/* Of an announcement. */
#define PORTAL_PUBLISHED "phase = 'active'"

/* The region and all below it, in the call's arena; an unknown code alone. */
struct problem *portal_region_codes(
	struct call *call, const char *code, const char *const **codes, size_t *count) MUST_CHECK;
/* Marks the answer as the same for everybody until the platform's log moves. */
void portal_cacheable(struct call *call);

#endif
