/* publication: products on shelves, one's own and others'.
 *
 * The product's home asks ("listing.requested", "listing.withdraw"); the shelf's platform decides by its own policy and
 * tells home what became of it ("listing.state", or "listing.unavailable" when it does not take it at all). The
 * publication matrix lays both beside each other: what was asked last, and what is.
 */
#ifndef QILIAN_FEDERATION_EXCHANGE_PUBLICATION_H
#define QILIAN_FEDERATION_EXCHANGE_PUBLICATION_H

#include "federation/sync/apply.h"

/* At the shelf. */
struct problem *publication_apply_request(struct call *call, const struct apply_entry *entry) MUST_CHECK;
struct problem *publication_apply_withdraw(struct call *call, const struct apply_entry *entry) MUST_CHECK;
/* A file of a product is gone at its home. */
struct problem *publication_apply_file_removed(struct call *call, const struct apply_entry *entry) MUST_CHECK;
/* At the product's home. */
struct problem *publication_apply_state(struct call *call, const struct apply_entry *entry) MUST_CHECK;
struct problem *publication_apply_state_many(
	struct call *call, const struct apply_entry *entries, size_t count) MUST_CHECK;
struct problem *publication_apply_unavailable(struct call *call, const struct apply_entry *entry) MUST_CHECK;
/* Wherever the institution is listed: how many products it has. */
struct problem *publication_apply_count(struct call *call, const struct apply_entry *entry) MUST_CHECK;
struct problem *publication_apply_count_many(
	struct call *call, const struct apply_entry *entries, size_t count) MUST_CHECK;

#endif
