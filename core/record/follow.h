/* follow: fields that are copies of another record's (declared `follows: institution.name`) stay equal to it.
 *
 * source     the row whose field is copied; the record's declaration says by which key: its id, or another unique field
 * follower   a row with such fields
 *
 * The rule, on each platform by itself: where a platform holds the source, original or copy, all its followers say the
 * same. So no message has to travel for it but the source's own entry. Two places see to it:
 *   the source is written or applied   its followers here are looked through (follow_spread)
 *   a follower is written or applied   it takes what its source here says (follow_fill, follow_settle)
 * The second locks the source's row for reading, the first for writing: whoever comes second sees what the other did.
 *
 * An original that follows is written like any other: with a version, an entry "<record>.followed" and its after_write
 * hook, so that the holders of its copies and the shelf hear of it. A copy is corrected in place; its home says the
 * same as soon as it has heard.
 */
#ifndef QILIAN_CORE_RECORD_FOLLOW_H
#define QILIAN_CORE_RECORD_FOLLOW_H

#include "core/attributes.h"
#include "core/record/record.h"

/* Whether anything follows it. */
bool follow_is_followed(struct call *call, const struct record *source) NONNULL;
/* Whether a field that somebody follows differs between two rows of it. */
bool follow_differs(struct call *call, const struct record *source, const void *before, const void *row) NONNULL;

/* Before a write: the row's following fields from its source here, if there is one. Inside a transaction. */
struct problem *follow_fill(struct call *call, const struct record *record, void *row) NONNULL MUST_CHECK;
/* After an original of it was written: its followers here. */
struct problem *follow_spread(
	struct call *call, const struct record *source, const struct uuid *ids, size_t count) NONNULL MUST_CHECK;
/* Around the applying of copies of it: what they said before (NULL if nobody follows it), and the followers of those
 * that say otherwise now. */
struct problem *follow_look(struct call *call, const struct record *source, const struct uuid *ids, size_t count,
	struct db_result **before) NONNULL MUST_CHECK;
struct problem *follow_spread_changed(struct call *call, const struct record *source, const struct uuid *ids,
	size_t count, const struct db_result *OR_NULL before) NONNULL_AT(1, 2, 3) MUST_CHECK;
/* After copies of a follower were applied. */
struct problem *follow_settle(
	struct call *call, const struct record *record, const struct uuid *ids, size_t count) NONNULL MUST_CHECK;

#endif
