/* operation: the record of one request that must take effect once, whatever is repeated (Idempotency-Key).
 *
 * The row goes in at the beginning of the request's transaction and holds its answer at the end. A repeated request
 * finds the answer; one that comes while the first still runs waits for it. The same row tells whether an unknown COMMIT
 * took place (core/db.h).
 */
#ifndef QILIAN_CORE_OPERATION_H
#define QILIAN_CORE_OPERATION_H

#include "core/db.h"
#include "core/job.h"

enum { OPERATION_KEY_MAX = 80, OPERATION_HASH = 32, OPERATION_TTL_S = 24 * 3600 };

struct operation_answer {
	int status;         /* 0: it committed without operation_finish() */
	const char *answer; /* as given to operation_finish(); may be NULL */
};

/* Inside a transaction, first of all, with platform scope. key: up to 80 printable ASCII characters (the caller checks).
 * request_hash: SHA-256 of method, path and body. *found is NULL when the request is new; else it was done before, and the
 * transaction should only hand out this answer. Another request under the same key: PROBLEM_KEY_REUSED. account_id may be nil for
 * requests without an account, whose keys then share one name space per platform. */
struct problem *operation_begin(struct db *db, struct db_scope scope, struct uuid account_id, const char *key,
                                const unsigned char request_hash[OPERATION_HASH], int ttl_s,
                                const struct operation_answer **found) MUST_CHECK;
/* Keeps the answer of the operation begun in this transaction. */
struct problem *operation_finish(struct db *db, struct db_scope scope, int status, const char *answer) MUST_CHECK;
/* For a transaction without a key whose unknown COMMIT must be settled all the same: a random operation. */
struct problem *operation_guard(struct db *db, struct db_scope scope) MUST_CHECK;

/* Removes those expired; a standing job. */
extern const struct job_kind OPERATION_SWEEP;

#endif
