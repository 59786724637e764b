/* operation: the record of one request that must take effect once, whatever is repeated (Idempotency-Key).
 *
 * The row goes in at the beginning of the request's transaction and holds its answer at the end. A repeated request
 * finds the answer; one that comes while the first still runs waits for it. The same row tells whether an unknown
 * COMMIT took place (core/db/db.h).
 */
#ifndef QILIAN_CORE_WORK_OPERATION_H
#define QILIAN_CORE_WORK_OPERATION_H

#include "core/attributes.h"
#include "core/db/db.h"
#include "core/work/job.h"

enum { OPERATION_KEY_MAX = 80, OPERATION_HASH = 32, OPERATION_TTL_S = 24 * 3600 };

struct operation_answer {
	int status;         /* 0: it committed without operation_finish() */
	const char *answer; /* as given to operation_finish(); may be NULL */
};

/* Inside a transaction, first of all, with platform scope. key: up to 80 printable ASCII characters (the caller
 * checks). request_hash: SHA-256 of method, path and body. *found is NULL when the request is new; else it was done
 * before, and the transaction should only hand out this answer. Another request under the same key: PROBLEM_KEY_REUSED.
 * account_id may be nil for requests without an account, whose keys then share one name space per platform. */
struct problem *operation_begin(struct db *db, struct db_scope scope, struct uuid account_id, const char *key,
                                const unsigned char request_hash[OPERATION_HASH], int ttl_s,
                                const struct operation_answer **found) NONNULL MUST_CHECK;
/* Keeps the answer of the operation begun in this transaction. */
struct problem *operation_finish(struct db *db, struct db_scope scope, int status, const char *OR_NULL answer)
	NONNULL_AT(1) MUST_CHECK;
/* The same for work that is not one transaction (it hashes a password, waits for another platform, decides several
 * cases one by one). The row is written before the work; every transaction of the work then marks it, so that at any
 * time it says whether something took effect. Until operation_end() no other transaction of this db may run. *found as
 * above. The claim holds for as long as the deadline of db (db_set_deadline()) and a few seconds. After that, if no
 * transaction of it has taken place, whoever asks again takes it over, and one that was merely slow gets
 * PROBLEM_OPERATION_RUNS from its next transaction. PROBLEM_OPERATION_RUNS: the same request is under way.
 * PROBLEM_OPERATION_LOST: its server died behind its first transaction. */
struct operation;
struct problem *operation_claim(struct db *db, struct db_scope scope, struct uuid account_id, const char *key,
                                const unsigned char request_hash[OPERATION_HASH], struct operation **out,
                                const struct operation_answer **found) NONNULL MUST_CHECK;
/* Whether a transaction of the claimed work has taken place. */
bool operation_took_effect(const struct operation *operation) NONNULL;
/* Keeps the answer of claimed work (status of HTTP), or sets the key free again (0: nothing took effect). */
void operation_end(struct db *db, struct operation *operation, int status, const char *OR_NULL answer) NONNULL_AT(1, 2);

extern const struct problem_kind PROBLEM_OPERATION_RUNS; /* 409 */
extern const struct problem_kind PROBLEM_OPERATION_LOST; /* 409, it took effect and nobody knows the answer */

/* For a transaction without a key whose unknown COMMIT must be settled all the same: a random operation. */
struct problem *operation_guard(struct db *db, struct db_scope scope) NONNULL MUST_CHECK;

/* Removes those expired; a standing job. */
extern const struct job_kind OPERATION_SWEEP;

#endif
