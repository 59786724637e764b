/* The calls of db.h: one statement, and what its failure means. */
#include <stdio.h>
#include <string.h>

#include "core/db/internal.h"
#include "core/db/sql.h"

enum { BULK_ROWS = 1000, BULK_BYTES = 4 << 20 };

/* Outside a transaction one statement is one: what certainly did not take place runs again, and so do lost reads. */
static bool again(struct db *db, const struct call *call, bool reads, int attempt)
{
	if (db->transaction.depth)
		return false;
	if (!error_is_certainly_undone(db->last_errno) && !(reads && error_is_lost(db->last_errno)))
		return false;
	return connection_pause(db, attempt, 4, 500);
}

static bool reads_again(const char *sql)
{
	struct sql_token token = sql_next(&sql);
	return sql_is(&token, "select") || sql_is(&token, "show");
}

/* The statement, executed; its rows in *rows when that is not NULL. */
static struct problem *run(struct db *db, const struct call *call, struct db_result **rows, struct statement **out)
{
	if (db->transaction.poison)
		return db->transaction.problem;
	int64_t deadline = db->deadline;
	if (!deadline && !db->transaction.depth && !db->unlimited)
		db->deadline = db_now_ms() + db->settings->query_timeout_ms;
	struct problem *problem = NULL;
	for (int attempt = 0;; attempt++) {
		*out = statement_execute(db, call);
		if (*out && (!rows || statement_fetch(db, *out, rows)))
			break;
		*out = NULL;
		if (call->insert && db->last_errno == E_DUPLICATE)
			break;
		if (again(db, call, reads_again(call->sql), attempt))
			continue;
		problem = failure(db, call->scope, call->sql);
		break;
	}
	db->deadline = deadline;
	return problem;
}

struct problem *db_select(struct db *db, struct db_scope scope, const char *sql, const struct db_value *args,
	size_t arg_count, struct db_result **out)
{
	struct call call = {.scope = scope, .sql = sql, .args = args, .arg_count = arg_count};
	struct statement *statement;
	*out = NULL;
	return run(db, &call, out, &statement);
}

struct problem *db_exec(struct db *db, struct db_scope scope, const char *sql, const struct db_value *args,
	size_t arg_count, uint64_t *affected)
{
	struct call call = {.scope = scope, .sql = sql, .args = args, .arg_count = arg_count};
	struct statement *statement;
	struct problem *problem = run(db, &call, NULL, &statement);
	if (affected)
		*affected = problem ? 0 : mysql_stmt_affected_rows(statement->stmt);
	if (!problem)
		statement_drain(statement);
	return problem;
}

/* "Duplicate entry '…' for key 'name'": the value may hold quotes, the name none. */
static const char *key_of(struct arena *arena, const char *message)
{
	const char *end = strrchr(message, '\'');
	const char *begin = end;
	while (begin && begin > message && begin[-1] != '\'')
		begin--;
	if (!end || begin == message)
		return "unknown";
	char *key = arena_printf(arena, "%.*s", (int)(end - begin), begin);
	const char *dot = strrchr(key, '.');
	return dot ? dot + 1 : key;
}

struct problem *db_insert(struct db *db, struct db_scope scope, const char *sql, const struct db_value *args,
	size_t arg_count, const char **duplicate)
{
	struct call call = {.scope = scope, .sql = sql, .args = args, .arg_count = arg_count, .insert = true};
	struct statement *statement;
	*duplicate = NULL;
	struct problem *problem = run(db, &call, NULL, &statement);
	if (!problem && !statement)
		*duplicate = key_of(db->arena, db->last_error);
	else if (!problem)
		statement_drain(statement);
	return problem;
}

struct problem *db_update(struct db *db, struct db_scope scope, const char *sql, const struct db_value *args,
	size_t arg_count, uint64_t *affected, const char **duplicate)
{
	struct call call = {.scope = scope, .sql = sql, .args = args, .arg_count = arg_count, .insert = true};
	struct statement *statement;
	*duplicate = NULL;
	*affected = 0;
	struct problem *problem = run(db, &call, NULL, &statement);
	if (!problem && !statement) {
		*duplicate = key_of(db->arena, db->last_error);
	} else if (!problem) {
		*affected = mysql_stmt_affected_rows(statement->stmt);
		statement_drain(statement);
	}
	return problem;
}

/* How many of the rows left fit into one message. */
static size_t chunk(const struct db_value *values, size_t columns, size_t rows)
{
	size_t bytes = 0, row = 0;
	while (row < rows && row < BULK_ROWS && (row == 0 || bytes < BULK_BYTES)) {
		for (size_t i = 0; i < columns; i++) {
			const struct db_value *value = &values[row * columns + i];
			bytes += value->type == DB_TEXT || value->type == DB_BYTES ? value->s.len : 8;
		}
		row++;
	}
	return row;
}

struct many {
	struct call call;
	size_t rows;
	uint64_t affected;
	const char *duplicate;
};

static struct problem *may_chunk(struct db *db, const struct call *call, bool *may)
{
	*may = false;
	if (db->transaction.poison)
		return db->transaction.problem;
	if (!connection_open(db) || !transaction_begin(db) || !connection_knows_galera(db))
		return failure(db, call->scope, call->sql);
	*may = !db->galera;
	return NULL;
}

static struct problem *exec_chunks(struct db *db, void *arg)
{
	struct many *many = arg;
	struct call call = many->call;
	bool chunks;
	many->affected = 0;
	many->duplicate = NULL;
	struct problem *problem = may_chunk(db, &call, &chunks);
	for (size_t left = many->rows, rows; left > 0 && !problem && !many->duplicate; left -= rows) {
		struct statement *statement = NULL;
		rows = chunks ? chunk(call.args, call.arg_count, left) : 1;
		call.rows = chunks ? rows : 0;
		problem = run(db, &call, NULL, &statement);
		if (!problem && !statement)
			many->duplicate = key_of(db->arena, db->last_error);
		else if (!problem)
			many->affected += mysql_stmt_affected_rows(statement->stmt);
		call.args += rows * call.arg_count;
	}
	return problem;
}

struct problem *db_exec_many(struct db *db, struct db_scope scope, const char *sql, const struct db_value *values,
	size_t columns, size_t rows, uint64_t *affected)
{
	struct many many = {.call = {.scope = scope, .sql = sql, .args = values, .arg_count = columns}, .rows = rows};
	struct problem *problem = NULL;
	if (rows)
		problem = db_transaction(db, exec_chunks, &many);
	if (affected)
		*affected = many.affected;
	return problem;
}

struct problem *db_insert_many(struct db *db, struct db_scope scope, const char *sql, const struct db_value *values,
	size_t columns, size_t rows, const char **duplicate)
{
	struct many many = {.call = {.scope = scope, .sql = sql, .args = values, .arg_count = columns, .insert = true},
		.rows = rows};
	struct problem *problem = NULL;
	if (rows)
		problem = db_transaction(db, exec_chunks, &many);
	*duplicate = problem ? NULL : many.duplicate;
	return problem;
}

const char *db_dynamic(struct db *db, const char *sql)
{
	return arena_strdup(db->arena, sql);
}
