/* refer: fields that name a row of another record on this platform.
 *
 *   refers:
 *     listing_id: {to: listing, where: live = 1, takes: {listing_name: name, price: price, listing_version: version}}
 *
 * named     the row is there, in the state that `where` asks for, and the caller may see it (or visitors do); which
 *           of the three it
 *           lacks is not told. With `public: true` the rows in that state are what visitors see, so that anybody may
 *           name them. What no caller sets (write: none) C code has looked at: then existence and state count
 * when      a row is inserted, or an update brings another reference. What was named before stays good, whatever
 *           became of it
 * takes     fields are copied then, and frozen: they follow nothing, and change with the reference alone. Without a
 *           reference they are absent
 * locked    the row named stays as it is until the transaction ends: nothing slips in between look and COMMIT
 */
#ifndef QILIAN_CORE_RECORD_REFER_H
#define QILIAN_CORE_RECORD_REFER_H

#include "core/attributes.h"
#include "core/record/record.h"

/* Looks at the references that this write brings and takes what they give; each wrong one is a fault at its field.
 * before: NULL for a new row. Inside a transaction. */
struct problem *refer_settle(struct call *call, const struct record *record, const void *OR_NULL before, void *row)
	NONNULL_AT(1, 2, 4) MUST_CHECK;

#endif
