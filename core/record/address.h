/* address: to whom the writes of a row go by its declaration (`copies_to`): the platforms that its fields name, and
 * those above or below its home, always or while the row is in some phases.
 *
 * Each write of an original of such a record is an entry for them with the row's content, from which they make their
 * copies (record_apply()); a row that is deleted, and a platform that a row names no longer, get a tombstone:
 * "<record>.deleted", "<record>.gone".
 *
 * Children that are declared so (`copies_to: parent`) go where their parent goes: those that are there when a platform
 * gets its copy of the parent follow it ("<record>.shared"), and go with it when that goes.
 */
#ifndef QILIAN_CORE_RECORD_ADDRESS_H
#define QILIAN_CORE_RECORD_ADDRESS_H

#include "core/attributes.h"
#include "core/record/record.h"

struct address {
	uint32_t *ids; /* in the call's arena, each once */
	size_t count;
};

/* Whether the record has `copies_to` at all. */
bool address_is_declared(const struct record *record) NONNULL;
/* Of an original of this platform: all who get a copy. Not this platform itself, and nobody for a row that is a copy.
 */
struct address address_of(struct call *call, const struct record *record, const void *row) NONNULL;
/* Of those whom `before` was for, the ones for whom `row` is no longer. */
struct address address_left(struct call *call, const struct record *record, const void *before, const void *row)
	NONNULL;
/* Of those whom `row` is for, the ones for whom `before` was not. */
struct address address_gained(struct call *call, const struct record *record, const void *before, const void *row)
	NONNULL;
/* Whether a copy that came from `source` is for this platform: it names it, or is for those above and comes from
 * below, or is for those below and comes from above. */
bool address_is_here(struct call *call, const struct record *record, const void *row, uint32_t source) NONNULL;

#endif
