/* network: changing what the platforms of a network share: its regions and its calendar. Servers follow within 250 ms.
 *
 * A region is never deleted, since records name it: it is retired by its last day. What a network starts with comes
 * from config/regions.tsv and config/calendars when its root is added (tenants/platform/platform_store.h).
 */
#ifndef QILIAN_TENANTS_PLATFORM_NETWORK_H
#define QILIAN_TENANTS_PLATFORM_NETWORK_H

#include "core/attributes.h"
#include "core/db/db.h"
#include "tenants/rules/calendar.h"
#include "tenants/rules/region.h"

/* All of them, as the database holds them; the caller destroys the set. */
struct problem *network_load_regions(struct db *db, uint32_t network_id, struct region_set **out) MUST_CHECK;

/* Adds the region or changes it. In a transaction, or opens one. PROBLEM_INVALID for a code that is none, an unknown
 * parent, a circle, an alias that is the code of another. */
struct problem *network_put_region(struct db *db, uint32_t network_id, const struct region *region) MUST_CHECK;
/* Makes a day a working day or a holiday. */
struct problem *network_put_day(
	struct db *db, uint32_t network_id, calendar_day day, bool working, const char *name) MUST_CHECK;

/* Name in table server_meta of the last day of a network's calendar that is no estimate. */
const char *network_known_until_key(struct arena *arena, uint32_t network_id) RETURNS_NONNULL;

#endif
