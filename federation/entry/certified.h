/* certified: the certified institutions of a platform: its own members and those of the counties and zones below it
 * (ZJ-5), each with its standing on the platform above.
 *
 * standing  yes: a member there; review: a case is open there, or this platform's recommendation is on its way; no:
 *           neither, with the reason if it was refused
 */
#ifndef QILIAN_FEDERATION_ENTRY_CERTIFIED_H
#define QILIAN_FEDERATION_ENTRY_CERTIFIED_H

#include "core/record/call.h"

struct platform;

/* The platform to which this one recommends: the nearest above that takes recommendations from its level; NULL if
 * none. */
struct problem *certified_target(struct call *call, const struct platform **out) MUST_CHECK;
/* Is the institution certified here or below? */
struct problem *certified_holds(struct call *call, struct uuid institution_id, bool *holds) MUST_CHECK;

#endif
