/* pull: one step of one reader in one source's log.
 *
 * everybody  reader JOURNAL_EVERYBODY: public entries are read once in this database, whoever lives in it; what
 *            they do is the network's
 * step     up to 500 entries or 1 MB: entries and cursor in one transaction. Several servers over one database may try
 *          the same step: the conditional UPDATE of the cursor lets one through, the others roll back. Entries may have
 *          been read before (ahead.h); the cursor decides whether they are those that come next
 * poison   an entry that failed three times: parked with its error, and the cursor goes on. What later comes for the
 *          same record, or for an institution whose profile is parked, is parked behind it, so that order holds
 * reset    the source's log is another than the one that was read (cursor.h). Nothing is applied and nothing rewound;
 *          it is reported until somebody decides (pull_follow())
 */
#ifndef QILIAN_FEDERATION_SYNC_PULL_H
#define QILIAN_FEDERATION_SYNC_PULL_H

#include "core/record/call.h"

struct ahead;
struct apply_entry;
struct cursor_decision;
struct federation;

enum { PULL_ENTRIES = 500, PULL_BYTES = 1 << 20, PULL_TRIES = 3, PULL_PARKED = 10000 };

enum pull_state {
	PULL_IDLE,   /* nothing more to read now */
	PULL_MORE,   /* there is more */
	PULL_RETRY,  /* an entry failed; again after a pause */
	PULL_EARLY,  /* an entry waits for another log's: again once that was read on (homes.h) */
	PULL_RESET,
	PULL_PAUSED, /* the reader is suspended or closed */
};

struct pull_outcome {
	enum pull_state state;
	size_t applied;
	size_t parked;
};

/* go_on: another step of the same pair is likely to be next, so that the entries behind these are read meanwhile
 * (ahead.h). A problem: the database is away. The db's arena is used up by it; the caller renews it. */
struct problem *pull_step(const struct federation *federation, struct db *db, struct ahead *ahead, bool go_on,
	uint32_t reader, uint32_t source, struct pull_outcome *out) MUST_CHECK;

/* ahead_prepare_fn for whoever takes such steps; federation: a const struct federation. */
void pull_prepare(struct db *db, uint32_t reader, struct apply_entry *entries, size_t count, void *federation);

/* What log_cursor.error says when no more may be parked. */
#define PULL_FULL_WORDS "entries are parked, as many as may be: decide about these first"

/* The decision after a reset: cursor_follow() for one of the federation's readers. */
struct problem *pull_follow(const struct federation *federation, struct db *db, uint32_t reader, uint32_t source,
                            struct cursor_decision *out) MUST_CHECK;

/* Tries parked entries again, in order, and frees what then applies; *left counts those that still fail. */
struct problem *pull_parked(const struct federation *federation, struct db *db, uint32_t reader, uint32_t source,
                            size_t *freed, size_t *left) MUST_CHECK;

#endif
