/* gate: who asks, on which platform. The tenants floor's part of the gate that every request passes
 * (core/record/endpoint.h).
 *
 * platform  from the host name alone; an unknown one is told nothing
 * account   from the cookie, or from `Authorization: Bearer` with an API key, which then alone counts
 * needs     a session that must change its password or set up a second factor first may do that (`needs_ok`), and else
 *           what a visitor may
 * language  of Accept-Language, Chinese unless English is preferred
 */
#ifndef QILIAN_TENANTS_ACCOUNT_GATE_H
#define QILIAN_TENANTS_ACCOUNT_GATE_H

#include "core/attributes.h"
#include "core/record/call.h"

/* call_services.resolve */
struct problem *gate_resolve(struct call *call, void *arg) MUST_CHECK;
/* call_services.platforms_above, platforms_below, platform_slug, platform_by_slug, knows_region, regions_within,
 * due_on, working_days */
size_t gate_platforms_above(struct call *call, uint32_t platform_id, const uint32_t **ids, void *arg);
size_t gate_platforms_below(struct call *call, uint32_t platform_id, const uint32_t **ids, void *arg);
const char *OR_NULL gate_platform_slug(struct call *call, uint32_t platform_id, void *arg);
const char *OR_NULL gate_platform_origin(struct call *call, uint32_t platform_id, void *arg);
uint32_t gate_platform_by_slug(struct call *call, const char *slug, void *arg);
bool gate_knows_region(struct call *call, const char *code, void *arg);
const char *gate_regions_within(struct call *call, const char *code, void *arg) RETURNS_NONNULL;
struct problem *gate_due_on(struct call *call, const char *from, int working_days, char out[11], void *arg) MUST_CHECK;
struct problem *gate_working_days(struct call *call, const char *from, const char *to, int *out, void *arg) MUST_CHECK;

/* call_services.user_name */
const char *OR_NULL gate_user_name(struct call *call, void *arg);

#endif
