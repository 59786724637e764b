/* ahead: reads and prepares the next entries of a log while those before them are being applied, so that this server
 * and the database work at the same time. One belongs to each thread that applies (reader.h): a thread with a
 * connection of its own.
 *
 * place  where a batch begins: behind `after` in the source's log, in an epoch
 * batch  up to PULL_ENTRIES entries or PULL_BYTES behind a place, in order
 * guess  what was read ahead. Whoever applies asks for the place where its cursor is; a guess for another place (the
 *        cursor was moved by another server, an entry has to be tried again, another log's turn has come) or another
 *        epoch is thrown away and the log read afresh. So nothing rests on it: the cursor and what it passes are still
 *        moved in one transaction, in the log's order
 */
#ifndef QILIAN_FEDERATION_SYNC_AHEAD_H
#define QILIAN_FEDERATION_SYNC_AHEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/problem.h"

struct ahead;
struct apply_entry;
struct db;
struct db_settings;

struct ahead_place {
	uint32_t reader;
	uint32_t source;
	uint64_t epoch;
	uint64_t after; /* seq */
};

struct ahead_batch {
	const struct apply_entry *entries; /* what is no JSON has no payload: met as a poison entry when its turn
					      comes */
	size_t count;
};

/* Makes of entries read ahead what can be made before their turn comes (pull_prepare()): on the thread of `ahead`, in
 * its db's arena, which lives as long as the batch. */
typedef void (*ahead_prepare_fn)(struct db *db, uint32_t reader, struct apply_entry *entries, size_t count, void *arg);

/* The settings must outlive it. prepare may be NULL. It connects when it first reads ahead. */
struct ahead *ahead_create(const struct db_settings *settings, ahead_prepare_fn prepare, void *arg) RETURNS_NONNULL;
/* Waits for a read under way. Accepts NULL. */
void ahead_destroy(struct ahead *ahead);

/* The batch behind `place`: as it was read ahead, or else read now by `db`. go_on: when it is full, what follows it is
 * read meanwhile. *out is lent until the next call of any of these. A problem, in db's arena: the database is away. */
struct problem *ahead_read(
	struct ahead *ahead, struct db *db, struct ahead_place place, bool go_on, struct ahead_batch *out) MUST_CHECK;
/* Frees what is lent and what was read ahead: there is nothing to do for a while. */
void ahead_forget(struct ahead *ahead);

#endif
