#include <stdlib.h>
#include <string.h>

#include <errmsg.h>

#include "core/db/internal.h"

enum { SETTLE_GRACE_MS = 2000 };

enum outcome { COMMITTED, ROLLED_BACK, UNKNOWN };

bool db_in_transaction(const struct db *db)
{
	return db->transaction.depth > 0;
}

/* ---- What belongs to the open transaction ---- */

static struct transaction *open_transaction(struct db *db)
{
	if (!db->transaction.depth)
		abort();
	return &db->transaction;
}

void db_before_commit(struct db *db, const char *name, db_before_commit_fn fn, void *arg)
{
	struct transaction *transaction = open_transaction(db);
	for (struct hook *hook = transaction->before; hook; hook = hook->next)
		if (hook->name == name || __builtin_strcmp(hook->name, name) == 0)
			return;
	struct hook *hook = ARENA_NEW(db->arena, struct hook);
	*hook = (struct hook){.name = name, .before = fn, .arg = arg};
	*transaction->before_end = hook;
	transaction->before_end = &hook->next;
}

void db_before_commit_last(struct db *db, db_before_commit_fn fn, void *arg)
{
	struct transaction *transaction = open_transaction(db);
	if (transaction->last.before && transaction->last.before != fn)
		abort();
	transaction->last = (struct hook){.before = fn, .arg = arg};
}

void db_after_commit(struct db *db, void (*fn)(void *arg), void *arg)
{
	struct transaction *transaction = open_transaction(db);
	struct hook *hook = ARENA_NEW(db->arena, struct hook);
	*hook = (struct hook){.after = fn, .arg = arg};
	*transaction->after_end = hook;
	transaction->after_end = &hook->next;
}

void **db_transaction_slot(struct db *db, const void *key)
{
	struct transaction *transaction = open_transaction(db);
	struct slot *slot = transaction->slots;
	while (slot && slot->key != key)
		slot = slot->next;
	if (!slot) {
		slot = ARENA_NEW(db->arena, struct slot);
		*slot = (struct slot){.next = transaction->slots, .key = key};
		transaction->slots = slot;
	}
	return &slot->value;
}

uint64_t *db_transaction_mark(struct db *db, const void *key)
{
	for (size_t i = 0; i < MARKS_MAX; i++) {
		if (!db->marks[i].key)
			db->marks[i].key = key;
		if (db->marks[i].key == key)
			return &db->marks[i].value;
	}
	abort();
}

void db_settle_with(struct db *db, db_settle_fn fn, void *arg)
{
	struct transaction *transaction = open_transaction(db);
	transaction->settle = fn;
	transaction->settle_arg = arg;
}

void db_begin_with(struct db *db, struct problem *(*fn)(struct db *db, void *arg), void *arg)
{
	db->begin_with = fn;
	db->begin_arg = arg;
}

/* ---- Begin and end ---- */

static void reset(struct db *db)
{
	struct transaction *transaction = &db->transaction;
	*transaction = (struct transaction){.depth = 1};
	transaction->before_end = &transaction->before;
	transaction->after_end = &transaction->after;
	for (size_t i = 0; i < MARKS_MAX; i++)
		db->marks[i].value = 0;
}

bool transaction_begin(struct db *db)
{
	static const char BEGIN[] = "START TRANSACTION";
	struct transaction *transaction = &db->transaction;
	if (!transaction->depth || transaction->begun)
		return true;
	transaction->begun = connection_query(db, BEGIN, sizeof(BEGIN) - 1);
	return transaction->begun;
}

static void roll_back(struct db *db)
{
	static const char ROLLBACK[] = "ROLLBACK";
	unsigned number = db->last_errno;
	if (!db->transaction.begun || !db->mysql)
		return;
	/* Without time left, or with nobody listening, closing the connection does it as well. */
	if (shared_silent(db->shared, db->host) || !connection_query(db, ROLLBACK, sizeof(ROLLBACK) - 1))
		connection_close(db);
	db->last_errno = number;
}

static enum outcome commit(struct db *db)
{
	static const char COMMIT[] = "COMMIT";
	if (!db->transaction.begun)
		return COMMITTED; /* it asked the database nothing */
	bool silent = shared_silent(db->shared, db->host);
	if (silent)
		set_error(db, E_AWAY, "the database does not answer");
	if (silent || !connection_enter(db)) {
		failure(db, db_server(), COMMIT);
		roll_back(db);
		return ROLLED_BACK; /* COMMIT was not sent */
	}
	db->transaction.committing = true;
	bool committed = connection_query(db, COMMIT, sizeof(COMMIT) - 1);
	db->transaction.committing = false;
	if (committed)
		return COMMITTED;
	if (error_is_certainly_undone(db->last_errno)) {
		failure(db, db_server(), COMMIT);
		roll_back(db);
		return ROLLED_BACK;
	}
	connection_close(db);
	return UNKNOWN;
}

static struct problem *run_hooks(struct db *db)
{
	struct transaction *transaction = &db->transaction;
	struct problem *problem = NULL;
	for (struct hook *hook = transaction->before; hook && !problem; hook = hook->next)
		problem = hook->before(db, hook->arg);
	if (!problem && transaction->last.before)
		problem = transaction->last.before(db, transaction->last.arg);
	return problem ? problem : transaction->problem;
}

static void run_after(struct db *db)
{
	struct hook *hook = db->transaction.after;
	shared_count(db->shared, COUNT_COMMITTED);
	db->transaction = (struct transaction){0}; /* it is over: what runs now may begin another */
	for (; hook; hook = hook->next)
		hook->after(hook->arg);
}

/* ---- Unknown outcomes ---- */

static struct problem *unknown_problem(struct db *db)
{
	return problem_detail(db->arena, &PROBLEM_UNAVAILABLE,
	                      "数据库连接在提交时中断，结果尚不确定。请刷新查看，或用同一 Idempotency-Key 重试。",
	                      "The database was lost during the commit and the outcome is not known. Reload to see, or "
	                      "repeat with the same "
	                      "Idempotency-Key.");
}

struct settling {
	db_settle_fn fn;
	void *arg;
	bool committed;
};

static struct problem *attempt_settle(struct db *db, struct settling *settling)
{
	reset(db);
	struct problem *problem = settling->fn(db, settling->arg, &settling->committed);
	if (!problem)
		problem = db->transaction.problem;
	if (problem)
		roll_back(db);
	else if (commit(db) != COMMITTED)
		problem = unknown_problem(db);
	return problem;
}

/* The hooks of the transaction in doubt wait aside meanwhile. */
static enum outcome settle(struct db *db)
{
	struct transaction doubtful = db->transaction;
	struct mark marks[MARKS_MAX];
	__builtin_memcpy(marks, db->marks, sizeof(marks));
	struct settling settling = {.fn = doubtful.settle, .arg = doubtful.settle_arg};
	shared_count(db->shared, COUNT_UNKNOWN);
	if (!settling.fn)
		return UNKNOWN;
	int64_t deadline = db->deadline, own = db->transaction_deadline;
	int64_t grace = db_now_ms() + SETTLE_GRACE_MS;
	if (db->deadline && db->deadline < grace)
		db->deadline = grace;
	if (db->transaction_deadline < grace)
		db->transaction_deadline = grace;
	struct problem *problem;
	int attempt = 0;
	do
		problem = attempt_settle(db, &settling);
	while (problem && connection_pause(db, attempt++, 10, 300));
	db->deadline = deadline;
	db->transaction_deadline = own;
	db->transaction = doubtful;
	__builtin_memcpy(db->marks, marks, sizeof(marks));
	if (problem)
		return UNKNOWN;
	return settling.committed ? COMMITTED : ROLLED_BACK;
}

/* ---- Running ---- */

/* One attempt. *rerun: it certainly did not take place, and another attempt may help. */
static struct problem *attempt(struct db *db, db_transaction_fn fn, void *arg, bool *rerun)
{
	struct transaction *transaction = &db->transaction;
	*rerun = false;
	reset(db);
	struct problem *problem = db->begin_with ? db->begin_with(db, db->begin_arg) : NULL;
	if (!transaction->problem && !problem)
		problem = fn(db, arg);
	if (!transaction->problem && !problem)
		problem = run_hooks(db);
	if (transaction->problem || problem) {
		roll_back(db);
		/* COMMIT was not sent: a lost connection has undone it. */
		*rerun = transaction->poison &&
			(error_is_certainly_undone(transaction->poison) || error_is_lost(transaction->poison));
		return transaction->problem ? transaction->problem : problem;
	}
	enum outcome outcome = commit(db);
	if (outcome == UNKNOWN) {
		diag_warn(db->context, "COMMIT: %u %s; %s", db->last_errno, db->last_error,
		          transaction->settle ? "the operation row tells" : "nothing can tell");
		outcome = settle(db);
		*rerun = outcome == ROLLED_BACK;
	} else {
		*rerun = outcome == ROLLED_BACK && error_is_certainly_undone(transaction->poison);
	}
	if (outcome == COMMITTED) {
		run_after(db);
		return NULL;
	}
	return transaction->problem ? transaction->problem : unknown_problem(db);
}

static struct problem *run_inner(struct db *db, db_transaction_fn fn, void *arg)
{
	struct transaction *transaction = &db->transaction;
	transaction->depth++;
	struct problem *problem = fn(db, arg);
	transaction->depth--;
	if (problem && !transaction->poison) { /* half of its work may be done: it must not be committed */
		transaction->poison = E_INNER;
		transaction->problem = problem;
	}
	return problem;
}

/* What only SQL text can do, between two statements of a transaction. */
static bool say(struct db *db, const char *sql)
{
	return connection_open(db) && transaction_begin(db) && connection_ready(db) &&
		connection_query(db, sql, strlen(sql));
}

static void forget_since(struct db *db, const struct transaction *mark)
{
	struct transaction *transaction = &db->transaction;
	transaction->before_end = mark->before_end;
	transaction->after_end = mark->after_end;
	*transaction->before_end = *transaction->after_end = NULL;
	transaction->slots = mark->slots;
	transaction->last = mark->last;
	if (transaction->poison == E_INNER) {
		transaction->poison = E_NONE;
		transaction->problem = NULL;
	}
}

struct problem *db_attempt(struct db *db, db_transaction_fn fn, void *arg)
{
	struct transaction *transaction = open_transaction(db);
	if (transaction->poison)
		return transaction->problem;
	const struct transaction mark = *transaction;
	if (!say(db, "SAVEPOINT attempt"))
		return failure(db, db_server(), "SAVEPOINT attempt");
	struct problem *problem = fn(db, arg);
	if (!problem || (transaction->poison && transaction->poison != E_INNER))
		return problem;
	forget_since(db, &mark);
	return say(db, "ROLLBACK TO SAVEPOINT attempt") ? problem : failure(db, db_server(), "ROLLBACK TO SAVEPOINT");
}

struct problem *db_transaction(struct db *db, db_transaction_fn fn, void *arg)
{
	if (db->transaction.depth)
		return db->transaction.poison ? db->transaction.problem : run_inner(db, fn, arg);
	db->transaction_deadline = db_now_ms() + db->settings->query_timeout_ms;
	struct problem *problem;
	bool rerun;
	for (int count = 0;; count++) {
		problem = attempt(db, fn, arg, &rerun);
		if (!rerun || !connection_pause(db, count, 4, 500))
			break;
		shared_count(db->shared, COUNT_RERUN);
	}
	if (problem && rerun)
		diag_warn(
			db->context, "no time left to run a transaction again: %u %s", db->last_errno, db->last_error);
	db->transaction = (struct transaction){0};
	db->transaction_deadline = 0;
	return problem;
}
