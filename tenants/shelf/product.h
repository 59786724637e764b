/* product: what an institution offers, mastered on its home platform (ZJ-9).
 *
 * number     PX-331100-66821: the policy's prefix, the number_code of the platform where it is created, a running
 *            number of the network's series; never given twice, kept for ever
 * request    row of listing_request: what was last asked of a platform's shelf. Another version of the product asks
 *            again by itself
 * overrides  what shall differ on one platform, within what its policy allows; in listing_request too
 *
 * The review of other platforms is theirs: see tenants/shelf/listing.h.
 */
#ifndef QILIAN_TENANTS_SHELF_PRODUCT_H
#define QILIAN_TENANTS_SHELF_PRODUCT_H

#include "core/attributes.h"
#include "core/record/call.h"
#include "tenants/shelf/listing.h"

struct json_object;
struct policy_listing;
struct product;

/* Why a shelf is asked: the institution wants it there; or a version goes on to where it was asked for before, which
 * hands in nothing that the desk there has refused or taken down. */
enum product_why { PRODUCT_ASKED, PRODUCT_EDITED };

/* Asks `platform` to show the product. overrides NULL: none. Inside a transaction, on the product's home. */
struct problem *product_request(struct call *call, const struct product *row, uint32_t platform,
	struct json_object *overrides, enum product_why why) MUST_CHECK;
/* What would become of it, by these rules of that platform. Writes nothing; of a product that is not stored yet too.
 * row->row.version: what it will be. */
struct problem *product_foresee(struct call *call, const struct product *row, uint32_t platform,
	const struct policy_listing *rules, enum product_why why, enum listing_outcome *out) MUST_CHECK;
/* What differs there as it was asked for last; NULL: nothing. */
struct problem *product_overrides(
	struct call *call, struct uuid product_id, uint32_t platform, struct json_object **out) MUST_CHECK;
/* The institution is a member of `platform` (again): what that did not take meanwhile, and what went with the
 * membership, is sent once more. */
struct problem *product_member_again(struct call *call, struct uuid institution_id, uint32_t platform) MUST_CHECK;
/* Asks it to take the product down; nothing if it was never asked to show it. */
struct problem *product_withdraw(
	struct call *call, struct uuid product_id, uint32_t platform, const char *reason) MUST_CHECK;

/* What follows at the product's home when one of its listings (own row or copy) has changed: counts; the parent's shelf
 * (HN-3) and those that wait for home's approval, when the own shelf shows a newer version than own_live_before. */
struct problem *product_listing_changed(struct call *call, struct uuid product_id, uint32_t own_live_before) MUST_CHECK;

/* What must hold of fields together for it to be saved: NULL, or a fault at each. More is asked for a shelf
 * (guard_product_complete()). */
struct problem *product_sound(struct call *call, const struct product *row) MUST_CHECK;

/* As it shall be shown: the public fields, and `version`. */
struct json_object *product_content(struct call *call, const struct product *row,
				    struct json_object *overrides) RETURNS_NONNULL;

#endif
