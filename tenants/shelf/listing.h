/* listing: one product on this platform's shelf (上架).
 *
 * request    what the product's home asks for: a version of the product to be shown, with what shall differ here
 * pending    the version in review; the live one stays on the shelf until it is approved, and after it is returned
 * review     the policy's `listing.review` decides which way a request takes: none, after, before, accept_home
 * edit       a version that reaches the shelf because the product was changed. What the policy lets through without a
 *            review goes onto the shelf; a change of the rest goes to review; a listing that was returned, refused or
 *            taken down is not handed in again by what needs no review, and one that was refused or taken down by
 *            nothing but the institution's asking
 * frozen     of a suspended institution: takes in edits, shows nothing, and stands where it stood when the institution
 *            is resumed
 * copy       at the product's home; every write here sends it the new state ("listing.state")
 */
#ifndef QILIAN_TENANTS_SHELF_LISTING_H
#define QILIAN_TENANTS_SHELF_LISTING_H

#include "core/record/call.h"

struct json_object;
struct listing;
struct policy_listing;

struct listing_wish {
	struct uuid listing_id; /* given by the product's home, for a first request */
	struct uuid product_id;
	const char *product_number;
	uint32_t product_home;
	struct uuid institution_id;
	uint32_t institution_home;
	const char *uscc;
	const char *institution_name;
	uint32_t version;               /* of the product */
	uint32_t count;                 /* of the home's requests for this shelf */
	uint32_t home_approved;         /* version that the home's own review approved; 0 none */
	struct json_object *content;    /* as it shall be shown, the differences worked in */
	struct json_object *overrides;  /* NULL: none */
	bool asked;                     /* by the institution itself, not by an edit that goes on to all shelves */
};

/* What becomes of a request, said before it is made. */
enum listing_outcome {
	LISTING_SAME,      /* nothing: the shelf shows that already */
	LISTING_SHOWN,     /* on the shelf at once, nobody looks */
	LISTING_INSPECTED, /* on the shelf at once, the desk looks afterwards */
	LISTING_PARTLY,    /* what needs no review is shown at once, the rest once it is approved */
	LISTING_REVIEWED,  /* shown once it is approved */
	LISTING_KEPT,      /* taken in, and shown to nobody: the listing is frozen, or ended by the desk */
};

/* Of what `shelf` would do by these rules of its policy; row: the listing as it is known (NULL: none yet). Writes
 * nothing. */
enum listing_outcome listing_foresee(struct call *call, const struct policy_listing *rules, uint32_t shelf,
	const struct listing *row, const struct listing_wish *wish);

/* On the shelf's platform, inside a transaction, as the server. *refusal: why it is not taken at all (not a member…), a
 * text in both languages "zh / en"; NULL if it was taken. */
struct problem *listing_take(struct call *call, const struct listing_wish *wish, const char **refusal) MUST_CHECK;
/* The institution takes its product off this shelf. */
struct problem *listing_withdraw(
	struct call *call, struct uuid product_id, uint32_t count, const char *reason) MUST_CHECK;

/* All of an institution on this platform: "withdraw" (leaving, removal) or "suspend". */
struct problem *listing_end_all(
	struct call *call, struct uuid institution_id, const char *event, const char *reason) MUST_CHECK;
/* Back to where each was before it was frozen. */
struct problem *listing_thaw_all(struct call *call, struct uuid institution_id) MUST_CHECK;

#endif
