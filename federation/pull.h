/* pull: one step of one reader in one source's log.
 *
 * cursor   row of log_cursor: (reader, source) → epoch and seq of the last entry applied, or parked
 * step     up to 500 entries or 1 MB: entries and cursor in one transaction. Several servers over one database may try the
 *          same step: the conditional UPDATE of the cursor lets one through, the others roll back. Entries may have been read before
 *          (ahead.h); the cursor decides whether they are those that come next
 * poison   an entry that failed three times: parked with its error, and the cursor goes on. What later comes for the same
 *          record, or for an institution whose profile is parked, is parked behind it, so that order holds
 * reset    the source's epoch is another than the cursor's, or its head lies before it: the source was restored from an
 *          old backup. Nothing is applied and nothing rewound; it is reported until somebody decides (pull_follow()), also when
 *          the source's log has grown past the cursor again: its entries are others than those that were applied
 */
#ifndef QILIAN_FEDERATION_PULL_H
#define QILIAN_FEDERATION_PULL_H

#include "core/record/call.h"

struct ahead;
struct apply_entry;
struct federation;

enum { PULL_ENTRIES = 500, PULL_BYTES = 1 << 20, PULL_TRIES = 3 };

enum pull_state {
	PULL_IDLE,   /* nothing more to read now */
	PULL_MORE,   /* there is more */
	PULL_RETRY,  /* an entry failed; again after a pause */
	PULL_RESET,
	PULL_PAUSED, /* the reader is suspended or closed */
};

struct pull_outcome {
	enum pull_state state;
	size_t applied;
	size_t parked;
};

/* go_on: another step of the same pair is likely to be next, so that the entries behind these are read meanwhile (ahead.h). A problem: the
 * database is away. The db's arena is used up by it; the caller renews it. */
struct problem *pull_step(const struct federation *federation, struct db *db, struct ahead *ahead, bool go_on, uint32_t reader,
                          uint32_t source, struct pull_outcome *out) MUST_CHECK;

/* ahead_prepare_fn for whoever takes such steps; federation: a const struct federation. */
void pull_prepare(struct db *db, uint32_t reader, struct apply_entry *entries, size_t count, void *federation);

/* What log_cursor.error says of a reset, and keeps saying until somebody decides. */
#define PULL_RESET_WORDS "restored or reset"

/* The decision: the reader goes on from where the source is now. What came to be in between only `federation verify --repair`
 * brings. *moved is false where nothing was reset. */
struct problem *pull_follow(const struct federation *federation, struct db *db, uint32_t reader, uint32_t source, bool *moved) MUST_CHECK;

/* Tries parked entries again, in order, and frees what then applies; *left counts those that still fail. */
struct problem *pull_parked(const struct federation *federation, struct db *db, uint32_t reader, uint32_t source,
                            size_t *freed, size_t *left) MUST_CHECK;

#endif
