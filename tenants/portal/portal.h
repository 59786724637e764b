/* portal: what anybody sees of a platform. Handlers are declared in schema/records/portal.yaml; this is what they
 * share. */
#ifndef QILIAN_TENANTS_PORTAL_PORTAL_H
#define QILIAN_TENANTS_PORTAL_PORTAL_H

#include "core/record/endpoint.h"

struct attachment;
struct portal_home;
struct portal_institutions;
struct portal_institutions_query;
struct portal_listing;
struct portal_listing_detail;
struct portal_listings;
struct portal_listings_query;
struct portal_open_list;
struct portal_shop;
struct portal_site;

/* Of a listing: shown here, in its approved version, whatever is in review. */
#define PORTAL_LIVE "home_id = platform_id AND live = 1 AND phase IN ('active', 'waiting', 'returned')"
/* An institution is shown where it is an active member. */
#define PORTAL_MEMBER_JOIN \
	" FROM institution i JOIN membership m ON m.platform_id = i.platform_id AND m.institution_id = i.id AND " \
	"m.home_id = m.platform_id AND m.phase = 'active' "
/* How many services of an institution `i` are shown here. */
#define PORTAL_LISTED \
	"(SELECT COUNT(*) FROM listing l WHERE l.platform_id = i.platform_id AND l.institution_id = i.id AND " \
	"l.home_id = l.platform_id AND l.live = 1 AND l.phase IN ('active', 'waiting', 'returned'))"
/* Of an announcement. */
#define PORTAL_PUBLISHED "phase = 'active'"

/* The region and all below it, in the call's arena; an unknown code alone. */
struct problem *portal_region_codes(
	struct call *call, const char *code, const char *const **codes, size_t *count) MUST_CHECK;
/* What the addresses of the API answer, for pages that the server writes. Those of one row take it from the first value
 * of the path; PROBLEM_NOT_FOUND for what is not shown. */
struct problem *portal_home_read(struct call *call, struct portal_home *out) MUST_CHECK;
struct problem *portal_site_read(struct call *call, struct portal_site *out) MUST_CHECK;
struct problem *portal_listings_read(
	struct call *call, const struct portal_listings_query *query, struct portal_listings *out) MUST_CHECK;
struct problem *portal_listing_read(struct call *call, struct portal_listing_detail *out) MUST_CHECK;
struct problem *portal_institutions_read(
	struct call *call, const struct portal_institutions_query *query, struct portal_institutions *out) MUST_CHECK;
struct problem *portal_institution_read(struct call *call, struct portal_shop *out) MUST_CHECK;
/* Declared records of which visitors see some now, but those that have pages of their own. */
struct problem *portal_open_read(struct call *call, struct portal_open_list *out) MUST_CHECK;
/* The record of that plural of which visitors may do this, but for those; NULL. */
const struct record *OR_NULL portal_open_record(struct call *call, enum endpoint_verb verb, const char *plural);
/* Files that visitors who see this row see, borrowed from the call's arena. */
struct problem *portal_files_read(struct call *call, const struct record *record, struct uuid id,
	struct attachment ***out, size_t *count) MUST_CHECK;

/* Marks the answer as the same for everybody until the platform's log moves. */
void portal_cacheable(struct call *call);

#endif
