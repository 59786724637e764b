#include "core/work/operation.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/diag.h"

/* A row's status before it has an answer. VOID stands for an attempt whose COMMIT was unknown and did not take place:
 * the row keeps it from taking place later, and the next attempt takes it over. */
enum { STATUS_OPEN = 0, STATUS_VOID = 1 };
/* Of claimed work: n transactions of it have taken place. Statuses of HTTP begin at 100. */
enum { STATUS_CLAIMED = 2, STATUS_EFFECTS_MAX = 99 };
enum { GUARD_TTL_S = 3600, SWEEP_ROWS = 1000 };
/* Claimed work counts as under way until the deadline by which its server gives it up, and this much longer: for a
 * COMMIT in doubt, and for work beside the database. Whoever is later still finds its claim gone at its next
 * transaction. */
enum { CLAIM_MARGIN_MS = 5000 };
enum { CLAIM_MS = 300000 }; /* the same for work without a deadline */
/* Each transaction of claimed work changes expires_at by milliseconds within this span, so that it tells whose claim
 * the row is: one that takes it over comes behind the margin. */
enum { CLAIM_SPAN_MS = CLAIM_MARGIN_MS };

const struct problem_kind PROBLEM_OPERATION_RUNS = {"operation-under-way", 409,
	"同一请求正在办理，请稍候用同一 Idempotency-Key 再试。",
	"The same request is under way; ask again in a moment with the same Idempotency-Key."};
const struct problem_kind PROBLEM_OPERATION_LOST = {"operation-answer-lost", 409,
	"同一请求已经办理，但办理结果未能保存。请先查看现状，确需重办时换一个 Idempotency-Key。",
	"The same request took effect, but its answer was lost. Look at the present state first; to do it again use "
	"another Idempotency-Key."};

struct operation {
	struct db_scope scope;
	struct uuid account_id;
	const char *key;
	unsigned char hash[OPERATION_HASH];
	int64_t expires_ms; /* tells this attempt's row from an older one of the same key */
	int first;          /* status that its row begins with */
	int effects;        /* transactions of claimed work that have taken place */
	int marks;          /* times that the claim's row was written */
};

static const char SLOT;

static struct db_value account_of(const struct operation *operation)
{
	return db_bytes(operation->account_id.b, sizeof(operation->account_id.b)); /* nil as zeros: the column is part
										      of the key */
}

static struct problem *insert(struct db *db, const struct operation *operation, int status, bool *inserted)
{
	const char *duplicate;
	struct problem *problem = db_insert(db, operation->scope,
		"INSERT INTO operation (platform_id, account_id, op_key, request_hash, "
		"status, expires_at) VALUES (:p, ?, ?, ?, ?, ?)",
		DB_ARGS(account_of(operation), db_text(operation->key), db_bytes(operation->hash, OPERATION_HASH),
			db_int(status), db_time(operation->expires_ms)),
		&duplicate);
	*inserted = !problem && !duplicate;
	return problem;
}

/* The row that was in the way; rows is 0 when it was swept meanwhile. */
static struct problem *find(struct db *db, const struct operation *operation, struct db_result **row)
{
	return db_select(db, operation->scope,
		"SELECT request_hash, status, answer, expires_at, expires_at < UTC_TIMESTAMP(3) FROM operation "
		"WHERE platform_id = :p AND account_id = ? AND op_key = ? FOR UPDATE",
		DB_ARGS(account_of(operation), db_text(operation->key)), row);
}

static struct problem *take_over(struct db *db, const struct operation *operation)
{
	return db_exec(db, operation->scope,
		"UPDATE operation SET request_hash = ?, status = ?, answer = NULL, expires_at = ? "
		"WHERE platform_id = :p AND account_id = ? AND op_key = ?",
		DB_ARGS(db_bytes(operation->hash, OPERATION_HASH), db_int(operation->first),
			db_time(operation->expires_ms), account_of(operation), db_text(operation->key)),
		NULL);
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
	return NULL; /* another attempt's row stays as it is: it may hold the answer that this one was only to hand out
		        again */
}

static struct problem *runs(struct db *db)
{
	struct problem *problem = problem_new(db_arena(db), &PROBLEM_OPERATION_RUNS);
	problem->retry_after = 1;
	return problem;
}

/* Claimed work whose answer is not there yet. If whoever claimed it must be gone and nothing took effect, it is
 * ours. */
static struct problem *meet_claimed(struct db *db, const struct operation *operation, int status, int64_t expires_ms)
{
	bool under_way = expires_ms - OPERATION_TTL_S * 1000LL >= clock_utc_ms();
	if (!under_way && status == STATUS_CLAIMED)
		return take_over(db, operation);
	return under_way ? runs(db) : problem_new(db_arena(db), &PROBLEM_OPERATION_LOST);
}

static struct problem *meet(struct db *db, const struct operation *operation, const struct db_result *row,
                            const struct operation_answer **found)
{
	int status = (int)db_get_int(row, 0, 1);
	if (status == STATUS_VOID || db_get_int(row, 0, 4))
		return take_over(db, operation);
	if (memcmp(db_need_bytes(row, 0, 0, OPERATION_HASH), operation->hash, OPERATION_HASH) != 0)
		return problem_new(db_arena(db), &PROBLEM_KEY_REUSED);
	if (status >= STATUS_CLAIMED && status <= STATUS_EFFECTS_MAX)
		return meet_claimed(db, operation, status, db_get_time(row, 0, 3));
	struct operation_answer *answer = ARENA_NEW(db_arena(db), struct operation_answer);
	answer->status = (int)db_get_int(row, 0, 1);
	answer->answer = db_get_text(row, 0, 2);
	*found = answer;
	return NULL;
}

/* Inside a transaction: its row is there afterwards, or *found the answer of the one that was there. */
static struct problem *enter(struct db *db, const struct operation *operation, const struct operation_answer **found)
{
	for (;;) {
		struct db_result *row;
		bool inserted;
		struct problem *problem = insert(db, operation, operation->first, &inserted);
		if (problem || inserted)
			return problem;
		problem = find(db, operation, &row);
		if (problem || row->rows)
			return problem ? problem : meet(db, operation, row, found);
	}
}

struct problem *operation_begin(struct db *db, struct db_scope scope, struct uuid account_id, const char *key,
	const unsigned char request_hash[OPERATION_HASH], int ttl_s, const struct operation_answer **found)
{
	struct operation *operation = ARENA_NEW(db_arena(db), struct operation);
	*operation = (struct operation){.scope = scope,
		.account_id = account_id,
		.key = arena_strdup(db_arena(db), key),
		.expires_ms = clock_utc_ms() + (int64_t)ttl_s * 1000,
		.first = STATUS_OPEN};
	memcpy(operation->hash, request_hash, OPERATION_HASH);
	*found = NULL;
	*db_transaction_slot(db, &SLOT) = operation;
	db_settle_with(db, settle, operation);
	return enter(db, operation, found);
}

struct problem *operation_finish(struct db *db, struct db_scope scope, int status, const char *answer)
{
	const struct operation *operation = *db_transaction_slot(db, &SLOT);
	if (!operation || operation->scope.platform_id != scope.platform_id)
		abort();
	return db_exec(db, scope,
		"UPDATE operation SET status = ?, answer = ? WHERE platform_id = :p AND account_id = ? AND op_key = ?",
		DB_ARGS(db_int(status), db_text(answer), account_of(operation), db_text(operation->key)), NULL);
}

/* ---- Work of several transactions ---- */

static void count_effect(void *arg)
{
	struct operation *operation = arg;
	operation->effects++;
}

#define IS_OURS "platform_id = :p AND account_id = ? AND op_key = ? AND status BETWEEN ? AND ? AND expires_at " \
	"BETWEEN ? AND ?"
#define OURS(operation) \
	account_of(operation), db_text((operation)->key), db_int(STATUS_CLAIMED), db_int(STATUS_EFFECTS_MAX), \
		db_time((operation)->expires_ms), db_time((operation)->expires_ms + CLAIM_SPAN_MS - 1)

/* Unless somebody else has claimed it meanwhile. A row that stays the same would count as not found. */
static struct problem *set_status(struct db *db, struct operation *operation, int status, bool *found)
{
	uint64_t affected = 0;
	int64_t expires_ms = operation->expires_ms + ++operation->marks % CLAIM_SPAN_MS;
	struct problem *problem =
		db_exec(db, operation->scope, "UPDATE operation SET status = ?, expires_at = ? WHERE " IS_OURS,
			DB_ARGS(db_int(status), db_time(expires_ms), OURS(operation)), &affected);
	*found = affected == 1;
	return problem;
}

static bool is_ours(const struct operation *operation, const struct db_result *row)
{
	int64_t expires_ms = db_get_time(row, 0, 3);
	return expires_ms >= operation->expires_ms && expires_ms < operation->expires_ms + CLAIM_SPAN_MS;
}

/* On a fresh connection: waits for the transaction in doubt, which holds the row, and writes it, so that it cannot
 * commit afterwards. */
static struct problem *settle_claimed(struct db *db, void *arg, bool *committed)
{
	struct operation *operation = arg;
	struct db_result *row;
	*committed = false;
	struct problem *problem = find(db, operation, &row);
	if (problem || row->rows == 0 || !is_ours(operation, row))
		return problem;
	*committed = db_get_int(row, 0, 1) == STATUS_CLAIMED + operation->effects + 1;
	bool found;
	return set_status(db, operation, (int)db_get_int(row, 0, 1), &found);
}

/* What each transaction of claimed work begins with. */
static struct problem *mark(struct db *db, void *arg)
{
	struct operation *operation = arg;
	bool found;
	db_settle_with(db, settle_claimed, operation);
	db_after_commit(db, count_effect, operation);
	int next = STATUS_CLAIMED + operation->effects + 1;
	struct problem *problem =
		set_status(db, operation, next < STATUS_EFFECTS_MAX ? next : STATUS_EFFECTS_MAX, &found);
	return problem || found ? problem : runs(db);
}

struct claim {
	struct operation *operation;
	const struct operation_answer **found;
};

static struct problem *claim(struct db *db, void *arg)
{
	struct claim *claim = arg;
	*claim->found = NULL;
	db_settle_with(db, settle, claim->operation);
	return enter(db, claim->operation, claim->found);
}

static int64_t claim_ms(const struct db *db)
{
	int64_t deadline = db_deadline(db), left = deadline - db_now_ms();
	return CLAIM_MARGIN_MS + (!deadline ? CLAIM_MS : left > 0 ? left : 0);
}

struct problem *operation_claim(struct db *db, struct db_scope scope, struct uuid account_id, const char *key,
                                const unsigned char request_hash[OPERATION_HASH], struct operation **out,
                                const struct operation_answer **found)
{
	struct operation *operation = ARENA_NEW(db_arena(db), struct operation);
	struct claim work = {operation, found};
	*operation = (struct operation){.scope = scope,
		.account_id = account_id,
		.key = arena_strdup(db_arena(db), key),
		.expires_ms = clock_utc_ms() + claim_ms(db) + OPERATION_TTL_S * 1000LL,
		.first = STATUS_CLAIMED};
	memcpy(operation->hash, request_hash, OPERATION_HASH);
	*out = NULL;
	struct problem *problem = db_transaction(db, claim, &work);
	if (problem || *found)
		return problem;
	*out = operation;
	db_begin_with(db, mark, operation);
	return NULL;
}

bool operation_took_effect(const struct operation *operation)
{
	return operation->effects > 0;
}

static struct problem *store_end(struct db *db, struct operation *operation, int status, const char *answer)
{
	if (!status) /* unless a COMMIT of which nothing is known took place */
		return db_exec(db, operation->scope, "DELETE FROM operation WHERE " IS_OURS " AND status = ?",
		               DB_ARGS(OURS(operation), db_int(STATUS_CLAIMED)), NULL);
	return db_exec(db, operation->scope, "UPDATE operation SET status = ?, answer = ? WHERE " IS_OURS,
	               DB_ARGS(db_int(status), db_text(answer), OURS(operation)), NULL);
}

void operation_end(struct db *db, struct operation *operation, int status, const char *answer)
{
	db_begin_with(db, NULL, NULL);
	struct problem *problem = store_end(db, operation, status, answer);
	if (problem)
		diag_warn(NULL, "the answer to an Idempotency-Key was not kept: %s", problem->en);
}

struct problem *operation_guard(struct db *db, struct db_scope scope)
{
	static const unsigned char hash[OPERATION_HASH];
	const struct operation_answer *found;
	return operation_begin(db, scope, UUID_NIL,
		arena_printf(db_arena(db), "guard-%s", uuid_text(db_arena(db), uuid_v7())), hash, GUARD_TTL_S, &found);
}

static struct problem *sweep(struct db *db, struct db_scope scope, struct json_object *payload, void *arg)
{
	uint64_t gone = SWEEP_ROWS;
	struct problem *problem = NULL;
	while (!problem && gone == SWEEP_ROWS)
		problem = db_exec(db, db_all_platforms("expired operations go, whosever they are"),
		                  "DELETE FROM operation WHERE expires_at < UTC_TIMESTAMP(3) LIMIT ?",
		                  DB_ARGS(db_int(SWEEP_ROWS)), &gone);
	return problem;
}

const struct job_kind OPERATION_SWEEP = {
	.name = "operation-sweep", .run = sweep, .max_attempts = 1, .lease_s = 60, .every_ms = 60000};
