/* statistics: how often listings were looked at, and what an institution sees of that (ZJ-11).
 *
 * A view is counted on the shelf where it happened and is no business data: it leaves no entry in the log. What the
 * product's home has to be told is noted beside it and told in one entry for many (federation/exchange/views.h).
 */
#ifndef QILIAN_TENANTS_SHELF_STATISTICS_H
#define QILIAN_TENANTS_SHELF_STATISTICS_H

#include "core/record/call.h"

/* A visitor looks at a listing of this platform; product_home is the platform that the product is at home on. */
struct problem *statistics_count_view(struct call *call, struct uuid listing_id, uint32_t product_home) MUST_CHECK;

#endif
