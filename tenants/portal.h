/* portal: what anybody sees of a platform. Handlers are declared in schema/records/portal.yaml; this is what they share. */
#ifndef QILIAN_TENANTS_PORTAL_H
#define QILIAN_TENANTS_PORTAL_H

#include "core/record/call.h"

/* The region and all below it, in the call's arena; an unknown code alone. */
struct problem *portal_region_codes(struct call *call, const char *code, const char *const **codes, size_t *count) MUST_CHECK;
/* Marks the answer as the same for everybody until the platform's log moves. */
void portal_cacheable(struct call *call);

#endif
