/* cursor: how far a reader is in a source's log, and whether that log is still the one it was reading.
 *
 * cursor  row of log_cursor: (reader, source) → epoch and seq of the last entry applied, or parked
 * seen    which entry that was: its seq and when it was written. A log that came back older and has grown again holds
 *         another one there
 * reset   the source's log is another: of another epoch, shorter than the cursor, or with another entry where the
 *         cursor was. Found by one statement, and told only when a second look, with log and cursor held still, finds
 *         it too: what other servers of this database do in between cannot look like it. Nothing is read from then on
 *         until somebody decides (cursor_follow())
 * gap     an entry says that another came before it, addressed to the same reader, and the reader was never given
 *         that: it was kept back, or its address was lost. The reader goes on, since what came is good, and says so
 *         until somebody decides (cursor_follow())
 * epoch   counts the lives of a log. Whoever restores a database raises it (cursor_raise_epoch()), so that what is
 *         written from then on can be told from what was lost, by everybody who saw that
 */
#ifndef QILIAN_FEDERATION_SYNC_CURSOR_H
#define QILIAN_FEDERATION_SYNC_CURSOR_H

#include "core/record/call.h"

struct cursor {
	uint64_t epoch;
	uint64_t seq;
	unsigned tries; /* of the entry that comes next */
};

/* The cursor of the call's platform, made if there is none. *reset: see above; it is told to all by now. Outside a
 * transaction. */
struct problem *cursor_load(struct call *call, uint32_t source, struct cursor *out, bool *reset) MUST_CHECK;

/* First in the transaction that applies: whoever gets the row applies, all others wait for it and then find it moved
 * (*moved false). `to` and to_at: the last entry applied, and when it was written. */
struct problem *cursor_move(struct call *call, uint32_t source, const struct cursor *from, uint64_t to,
	int64_t to_at_ms, bool *moved) MUST_CHECK;
/* One more failure of the entry behind it. */
struct problem *cursor_note_failure(
	struct call *call, uint32_t source, const struct cursor *at, const char *why) MUST_CHECK;

/* Another entry, `missing`, was addressed here behind the cursor and was not given. *fresh: nobody has said so yet. */
struct problem *cursor_note_gap(
	struct call *call, uint32_t source, const struct cursor *at, uint64_t missing, bool *fresh) MUST_CHECK;

struct cursor_decision {
	/* and no reset: what was missing is read from `from` on if it is there now, else taken as lost */
	bool had_gap;
	bool was_reset;  /* else nothing was decided */
	bool from_start; /* all of the source's log is read again, which changes nothing where it was applied before */
	uint64_t from;
};

/* The decision after a gap, or after a reset: the reader takes the source's log as it is now. Where the entry that
 * it read last is
 * still there, it goes on from it; else it reads all again, and its copies from there count as no newer than that log:
 * `report_verify(repair)` then brings those that home wrote while both differed. */
struct problem *cursor_follow(struct call *call, uint32_t source, struct cursor_decision *out) MUST_CHECK;

/* The database was restored: the platform's log begins another epoch, which an entry says; readers in this database go
 * on without a break. In a transaction. */
struct problem *cursor_raise_epoch(struct call *call, uint64_t *epoch) MUST_CHECK;

#endif
