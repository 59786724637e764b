#include "core/operation.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A row's status before it has an answer. VOID stands for an attempt whose COMMIT was unknown and did not take place: the row keeps
 * it from taking place later, and the next attempt takes it over. */
enum { STATUS_OPEN = 0, STATUS_VOID = 1 };
enum { GUARD_TTL_S = 3600, SWEEP_ROWS = 1000 };

struct operation {
	struct db_scope scope;
	struct uuid account_id;
	const char *key;
	unsigned char hash[OPERATION_HASH];
	int64_t expires_ms; /* tells this attempt's row from an older one of the same key */
};

static const char SLOT;

static int64_t utc_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct db_value account_of(const struct operation *operation)
{
	return db_bytes(operation->account_id.b, sizeof(operation->account_id.b)); /* nil as zeros: the column is part of the key */
}

static struct problem *insert(struct db *db, const struct operation *operation, int status, bool *inserted)
{
	const char *duplicate;
	struct problem *problem = db_insert(db, operation->scope, "INSERT INTO operation (platform_id, account_id, op_key, request_hash, "
	                                    "status, expires_at) VALUES (:p, ?, ?, ?, ?, ?)",
	                                    DB_ARGS(account_of(operation), db_text(operation->key),
	                                            db_bytes(operation->hash, OPERATION_HASH), db_int(status),
	                                            db_time(operation->expires_ms)), &duplicate);
	*inserted = !problem && !duplicate;
	return problem;
}

/* The row that was in the way; rows is 0 when it was swept meanwhile. */
static struct problem *find(struct db *db, const struct operation *operation, struct db_result **row)
{
	return db_select(db, operation->scope, "SELECT request_hash, status, answer, expires_at, expires_at < UTC_TIMESTAMP(3) FROM operation "
	                 "WHERE platform_id = :p AND account_id = ? AND op_key = ? FOR UPDATE",
	                 DB_ARGS(account_of(operation), db_text(operation->key)), row);
}

static struct problem *take_over(struct db *db, const struct operation *operation)
{
	return db_exec(db, operation->scope, "UPDATE operation SET request_hash = ?, status = 0, answer = NULL, expires_at = ? "
	               "WHERE platform_id = :p AND account_id = ? AND op_key = ?",
	               DB_ARGS(db_bytes(operation->hash, OPERATION_HASH), db_time(operation->expires_ms), account_of(operation),
	                       db_text(operation->key)), NULL);
}

/* On a fresh connection. INSERT waits for the transaction in doubt if it is still under way, so afterwards its row is
 * there or will never be. */
static struct problem *settle(struct db *db, void *arg, bool *committed)
{
	const struct operation *operation = arg;
	struct db_result *row;
	bool inserted;
	*committed = false;
	struct problem *problem = insert(db, operation, STATUS_VOID, &inserted);
	if (problem || inserted)
		return problem;
	problem = find(db, operation, &row);
	if (problem || row->rows == 0)
		return problem;
	*committed = db_get_int(row, 0, 1) != STATUS_VOID && db_get_time(row, 0, 3) == operation->expires_ms;
	return NULL; /* another attempt's row stays as it is: it may hold the answer that this one was only to hand out again */
}

static struct problem *meet(struct db *db, const struct operation *operation, const struct db_result *row,
                            const struct operation_answer **found)
{
	if (db_get_int(row, 0, 1) == STATUS_VOID || db_get_int(row, 0, 4))
		return take_over(db, operation);
	if (memcmp(db_get_text(row, 0, 0), operation->hash, OPERATION_HASH) != 0)
		return problem_new(db_arena(db), &PROBLEM_KEY_REUSED);
	struct operation_answer *answer = ARENA_NEW(db_arena(db), struct operation_answer);
	answer->status = (int)db_get_int(row, 0, 1);
	answer->answer = db_get_text(row, 0, 2);
	*found = answer;
	return NULL;
}

struct problem *operation_begin(struct db *db, struct db_scope scope, struct uuid account_id, const char *key,
                                const unsigned char request_hash[OPERATION_HASH], int ttl_s, const struct operation_answer **found)
{
	struct operation *operation = ARENA_NEW(db_arena(db), struct operation);
	*operation = (struct operation){.scope = scope, .account_id = account_id, .key = arena_strdup(db_arena(db), key),
		.expires_ms = utc_ms() + (int64_t)ttl_s * 1000};
	memcpy(operation->hash, request_hash, OPERATION_HASH);
	*found = NULL;
	*db_transaction_slot(db, &SLOT) = operation;
	db_settle_with(db, settle, operation);
	for (;;) {
		struct db_result *row;
		bool inserted;
		struct problem *problem = insert(db, operation, STATUS_OPEN, &inserted);
		if (problem || inserted)
			return problem;
		problem = find(db, operation, &row);
		if (problem || row->rows)
			return problem ? problem : meet(db, operation, row, found);
	}
}

struct problem *operation_finish(struct db *db, struct db_scope scope, int status, const char *answer)
{
	const struct operation *operation = *db_transaction_slot(db, &SLOT);
	if (!operation || operation->scope.platform_id != scope.platform_id)
		abort();
	return db_exec(db, scope, "UPDATE operation SET status = ?, answer = ? WHERE platform_id = :p AND account_id = ? AND op_key = ?",
	               DB_ARGS(db_int(status), db_text(answer), account_of(operation), db_text(operation->key)), NULL);
}

struct problem *operation_guard(struct db *db, struct db_scope scope)
{
	static const unsigned char hash[OPERATION_HASH];
	const struct operation_answer *found;
	return operation_begin(db, scope, UUID_NIL, arena_printf(db_arena(db), "guard-%s", uuid_text(db_arena(db), uuid_v7())), hash,
	                       GUARD_TTL_S, &found);
}

static struct problem *sweep(struct db *db, struct db_scope scope, struct json_object *payload, void *arg)
{
	uint64_t gone = SWEEP_ROWS;
	struct problem *problem = NULL;
	while (!problem && gone == SWEEP_ROWS)
		problem = db_exec(db, db_all_platforms("expired operations go, whosever they are"),
		                  "DELETE FROM operation WHERE expires_at < UTC_TIMESTAMP(3) LIMIT ?", DB_ARGS(db_int(SWEEP_ROWS)), &gone);
	return problem;
}

const struct job_kind OPERATION_SWEEP = {.name = "operation-sweep", .run = sweep, .max_attempts = 1, .lease_s = 60, .every_ms = 60000};
