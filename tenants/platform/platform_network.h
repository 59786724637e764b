/* platform_network: regions and calendars of networks as the database holds them, kept in memory until change_head says
 * that they moved. Used by platform.c only; others call platform_regions() and platform_calendar().
 */
#ifndef QILIAN_TENANTS_PLATFORM_PLATFORM_NETWORK_H
#define QILIAN_TENANTS_PLATFORM_PLATFORM_NETWORK_H

#include "core/attributes.h"
#include "core/db/db.h"
#include "tenants/platform/change.h"
#include "tenants/rules/calendar.h"
#include "tenants/rules/region.h"

struct network_cache;

/* Without a follower (tools) everything is read once. */
struct network_cache *network_cache_create(const struct change_follower *follower) RETURNS_NONNULL;
void network_cache_destroy(struct network_cache *cache);
/* Valid as long as the db's arena. */
struct problem *network_cache_regions(struct network_cache *cache, struct db *db, uint32_t network_id,
                                      const struct region_set **out) MUST_CHECK;
struct problem *network_cache_calendar(struct network_cache *cache, struct db *db, uint32_t network_id,
                                       const struct calendar **out) MUST_CHECK;

#endif
