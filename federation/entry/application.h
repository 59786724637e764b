/* application: an institution's own wish to join a platform, held at its home.
 *
 * self    upward, or to its own home as its first platform (ZJ-4, ZJ-7)
 * join    downward or sideways: a member of a platform of the network ticks another one (NX-12)
 * invitation  a redeemed code on its way to the platform that gave it (invitation.h)
 */
#ifndef QILIAN_FEDERATION_ENTRY_APPLICATION_H
#define QILIAN_FEDERATION_ENTRY_APPLICATION_H

#include "core/record/call.h"

struct application;
struct platform;
struct policy;

/* Which way leads from this institution to that platform; *way NULL with *refusal (zh, en) if none does. */
struct application_route {
	const char *way;
	const char *zh, *en; /* why not */
};
struct problem *application_route_to(struct call *call, struct uuid institution_id, const struct platform *platform,
	struct application_route *out) MUST_CHECK;
/* Whether an open one still rests on the membership that its way asks for. */
struct problem *application_holds(struct call *call, const struct application *row, bool *holds) MUST_CHECK;

#endif
