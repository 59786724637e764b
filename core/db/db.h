/* db: one connection to MariaDB and everything that is sent over it.
 *
 * scope        whose data a statement touches: one platform's, one network's, or the server's own
 * :p and :n    in a statement's text stand for the scope's platform and network; the layer binds them.
 *              A statement that names a platform table without :p (or a network table without :n) is
 *              refused when it is prepared: no author has to remember it. Each such table must be tied by
 *              `its_alias.platform_id` (a bare `platform_id` does for one table).
 * ?            the other parameters, in order
 * transaction  a function that can run again from its beginning; see db_transaction()
 *
 * isolation    READ COMMITTED. Every transaction ends by bumping the hot head row of its platform's log; under
 *              REPEATABLE READ with innodb_snapshot_isolation each bump by somebody else since the first read would
 *              fail it with
 *              1020. So what was read may have changed by the time of writing: every read-modify-write goes
 *              through a conditional UPDATE (version, state) with one affected row, or a unique key.
 *
 * A struct db belongs to one thread at a time. Statements are prepared once per connection and cached by the content of
 * their text (bounded, least recently used go first).
 * Every call ends by the deadline set with db_set_deadline(); Connector/C alone would wait for ever. Host names are
 * resolved by the system within its own limits: name hosts by address, or keep a local resolver.
 */
#ifndef QILIAN_CORE_DB_DB_H
#define QILIAN_CORE_DB_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/attributes.h"
#include "core/crypto/uuid.h"
#include "core/problem.h"

/* ---- Connecting ---- */

/* What the handles of one database share: which table belongs to whom, which host was last seen down, counts. Any
 * thread may use it. */
struct db_shared;
struct db_shared *db_shared_create(void) RETURNS_NONNULL;
/* After the last handle. Accepts NULL. */
void db_shared_destroy(struct db_shared *OR_NULL shared);

struct db_counts {
	uint64_t statements;
	uint64_t prepared;
	uint64_t transactions; /* committed */
	uint64_t rerun;        /* attempts of transactions run again */
	uint64_t unknown;      /* COMMITs whose outcome had to be settled */
	uint64_t connected;
	uint64_t failed;       /* statements and connects that ended in a problem */
};
struct db_counts db_shared_counts(const struct db_shared *shared) NONNULL;

struct db_settings {
	const char *const *hosts; /* "127.0.0.1:3306" or "/run/mysqld.sock"; tried in turn, the last good one first */
	size_t host_count;
	const char *user;
	const char *password;
	const char *name;
	bool tls;
	const char *tls_ca;
	int connect_timeout_ms;
	int query_timeout_ms; /* default deadline of one statement, and of a transaction with its reruns */
	struct db_shared *shared; /* NULL: the handle keeps one of its own */
};

/* ---- Watching ---- */

/* Threads, one a host, that ask for a sign of life several times a second, on connections of their own. A host that
 * gives none for a second, or takes no connection, is passed over by every handle that shares `settings->shared`, and
 * what waits for it is cut short. While none answers, calls fail at once (PROBLEM_UNAVAILABLE, with when to come again)
 * instead of each waiting for itself; only these threads go on looking. A COMMIT under way is left to wait for its
 * answer: it alone knows the outcome. */
struct db_watch;
struct db_watch *db_watch_create(const struct db_settings *settings) NONNULL RETURNS_NONNULL;
/* Accepts NULL. */
void db_watch_destroy(struct db_watch *OR_NULL watch);
/* Hosts that answer, as the watch saw last; all of them where nobody watches. */
size_t db_hosts_answering(const struct db_settings *settings) NONNULL;

struct db;

/* Connects lazily: the first statement does. The settings must outlive it. */
struct db *db_create(const struct db_settings *settings) NONNULL RETURNS_NONNULL;
void db_destroy(struct db *OR_NULL db);
/* Where results and problems live from now on (the request's or the job's arena). */
void db_use_arena(struct db *db, struct arena *OR_NULL arena) NONNULL_AT(1);
/* Absolute CLOCK_MONOTONIC milliseconds; 0 for the settings' default per statement. */
void db_set_deadline(struct db *db, int64_t deadline_ms) NONNULL;
int64_t db_deadline(const struct db *db) NONNULL; /* as set; 0: none */
int64_t db_now_ms(void); /* that clock */
struct arena *db_arena(struct db *db) NONNULL RETURNS_NONNULL;
const struct db_settings *db_settings_of(const struct db *db) NONNULL RETURNS_NONNULL;
/* Whom diagnostics are about (borrowed; NULL: the scope's platform). */
struct diag_context;
void db_use_context(struct db *db, const struct diag_context *OR_NULL context) NONNULL_AT(1);
/* Connects if need be and asks the server for a sign of life: for readiness. */
struct problem *db_ping(struct db *db) NONNULL MUST_CHECK;

/* ---- Scope ---- */

enum db_scope_kind { DB_SCOPE_PLATFORM = 1, DB_SCOPE_NETWORK, DB_SCOPE_SERVER, DB_SCOPE_ALL_PLATFORMS };

struct db_scope {
	enum db_scope_kind kind;
	uint32_t platform_id;
	uint32_t network_id;
};

/* Around a statement that does not stand where it is run (in a table, or handed on): it is meant for
 * db_all_platforms(), and the test that puts every statement to the gate takes it so. */
#define DB_ACROSS(sql) sql

static inline struct db_scope db_platform(uint32_t platform_id, uint32_t network_id)
{
	return (struct db_scope){DB_SCOPE_PLATFORM, platform_id, network_id};
}
static inline struct db_scope db_network(uint32_t network_id)
{
	return (struct db_scope){DB_SCOPE_NETWORK, 0, network_id};
}
static inline struct db_scope db_server(void)
{
	return (struct db_scope){DB_SCOPE_SERVER, 0, 0};
}
/* For the few jobs that serve every platform at once (sealing the logs, sweeping, the digest of federation
 * verify). `why` is for the reader. */
static inline struct db_scope db_all_platforms(const char *why)
{
	(void)why;
	return (struct db_scope){DB_SCOPE_ALL_PLATFORMS, 0, 0};
}

/* ---- Values ---- */

/* Results: DATETIME and TIMESTAMP come as DB_TIME; DATE ("2024-05-01"), TIME, DECIMAL, ENUM and JSON as DB_TEXT; BINARY
 * and BLOB as DB_BYTES. */
enum db_type { DB_NULL, DB_INT, DB_UINT, DB_DOUBLE, DB_TEXT, DB_BYTES, DB_TIME };

struct db_value {
	enum db_type type;
	union {
		int64_t i; /* of DB_TIME: UTC ms since 1970 */
		uint64_t u;
		double d;
		struct {
			const char *data; /* NUL-terminated behind its end in results */
			size_t len;
		} s;
	};
};

static inline struct db_value db_null(void) { return (struct db_value){DB_NULL, {0}}; }
static inline struct db_value db_int(int64_t i) { return (struct db_value){DB_INT, {.i = i}}; }
static inline struct db_value db_uint(uint64_t u) { return (struct db_value){DB_UINT, {.u = u}}; }
static inline struct db_value db_double(double d) { return (struct db_value){DB_DOUBLE, {.d = d}}; }
struct db_value db_text(const char *OR_NULL text); /* NULL becomes SQL NULL */
struct db_value db_bytes(const void *OR_NULL bytes, size_t len);
/* For `LIKE ?`: the text anywhere, its % _ and \ standing for themselves. NULL becomes SQL NULL. */
struct db_value db_contains(struct arena *arena, const char *OR_NULL text) NONNULL_AT(1);
struct db_value db_id(const struct uuid *OR_NULL id); /* NULL or nil becomes SQL NULL */
/* Times are UTC milliseconds since 1970 in C, DATETIME(3) in the database; 0 is NULL. */
struct db_value db_time(int64_t ms);

#define DB_ARGS(...) ((const struct db_value[]){__VA_ARGS__}), (sizeof((const struct db_value[]){__VA_ARGS__}) \
	/ sizeof(struct db_value))
#define DB_NO_ARGS NULL, 0

/* ---- Statements ---- */

struct db_result {
	size_t rows;
	size_t columns;
	const char *const *names;
	const struct db_value *values; /* rows × columns */
};

/* A failure is a problem of kind PROBLEM_UNAVAILABLE, PROBLEM_STORAGE_FULL or PROBLEM_INTERNAL, already in the
 * diagnostics; inside a transaction it also poisons the transaction, so a caller just returns it. A duplicate key is no
 * failure here: see db_insert(). */
struct problem *db_select(struct db *db, struct db_scope scope, const char *sql, const struct db_value *OR_NULL args,
                          size_t arg_count, struct db_result **out) NONNULL_AT(1, 3, 6) MUST_CHECK;
/* affected may be NULL. Matching but unchanged rows count (CLIENT_FOUND_ROWS). */
struct problem *db_exec(struct db *db, struct db_scope scope, const char *sql, const struct db_value *OR_NULL args,
	size_t arg_count, uint64_t *OR_NULL affected) NONNULL_AT(1, 3) MUST_CHECK;
/* INSERT that may meet a unique key: *duplicate (not NULL) tells the name of the key in the way, or NULL when the row
 * went in. A duplicate does not poison the transaction: the statement alone is undone. */
struct problem *db_insert(struct db *db, struct db_scope scope, const char *sql, const struct db_value *OR_NULL args,
                          size_t arg_count, const char **duplicate) NONNULL_AT(1, 3, 6) MUST_CHECK;
/* The same for an UPDATE that may meet a unique key. */
struct problem *db_update(struct db *db, struct db_scope scope, const char *sql, const struct db_value *OR_NULL args,
	size_t arg_count, uint64_t *affected, const char **duplicate) NONNULL_AT(1, 3, 6, 7) MUST_CHECK;
/* The same statement for each of `rows` rows (INSERT … [ON DUPLICATE KEY UPDATE …], UPDATE or DELETE); values are rows
 * × columns, row by row, and a column is of one type or NULL. Sent in bulk, some 100,000 rows a second. :p and :n are
 * bound for each row. affected may be NULL. */
struct problem *db_exec_many(struct db *db, struct db_scope scope, const char *sql,
	const struct db_value *OR_NULL values, size_t columns, size_t rows, uint64_t *OR_NULL affected) NONNULL_AT(1, 3)
	MUST_CHECK;
/* INSERTs that may meet a unique key, sent the same way: *duplicate (not NULL) names the key in the way, or is NULL
 * when all rows went in. After a duplicate some of the first rows may be there: what comes next must be able to meet
 * them. */
struct problem *db_insert_many(struct db *db, struct db_scope scope, const char *sql,
	const struct db_value *OR_NULL values, size_t columns, size_t rows, const char **duplicate) NONNULL_AT(1, 3, 7)
	MUST_CHECK;
/* For text put together at run time from const pieces: a copy in the db's arena, so that the pieces may go. */
const char *OR_NULL db_dynamic(struct db *db, const char *sql) NONNULL;
/* Sends text as it is: no gate, no parameters, no result, not within a transaction's reruns. For DDL in migrations and
 * tests; nothing else may use it (a test sees to that). */
struct problem *db_command(struct db *db, const char *sql, size_t len) NONNULL MUST_CHECK;
/* The server's number and words of the last failure on this handle (1062, 1213…), 0 if none; for migrations and
 * tests. */
unsigned db_last_errno(const struct db *db) NONNULL;
const char *db_last_error(const struct db *db) NONNULL RETURNS_NONNULL;
/* Whether statements may take as long as they need (DDL); for migrations. */
void db_set_patient(struct db *db, bool patient) NONNULL;
/* Creates the database that the settings name unless it is there; for migrations. */
struct problem *db_create_database(struct db *db) NONNULL MUST_CHECK;
/* Of the database and the connections: keeps rare characters apart (𠮷 from 𠮸, which general_ci and unicode_ci
 * confuse), takes full-width letters and brackets for half-width ones and upper for lower case; trailing spaces
 * count. */
#define DB_COLLATION "utf8mb4_unicode_520_nopad_ci"

/* Reading a result; an index out of range or a value of an unfit type aborts. */
/* NULL for SQL NULL */
const char *OR_NULL db_get_text(const struct db_result *result, size_t row, size_t column) NONNULL;
/* Of a column that is NOT NULL, or a value that cannot be: "" where it is all the same, and so many zero bytes (up to
 * 64) where there are fewer. */
const char *db_need_text(const struct db_result *result, size_t row, size_t column) NONNULL RETURNS_NONNULL;
const void *db_need_bytes(const struct db_result *result, size_t row, size_t column, size_t size) NONNULL
	RETURNS_NONNULL;
/* 0 for SQL NULL; reads whole DECIMALs */
int64_t db_get_int(const struct db_result *result, size_t row, size_t column) NONNULL;
/* 0 for SQL NULL; reads DECIMALs */
double db_get_double(const struct db_result *result, size_t row, size_t column) NONNULL;
uint64_t db_get_uint(const struct db_result *result, size_t row, size_t column) NONNULL;
/* false for SQL NULL */
bool db_get_id(const struct db_result *result, size_t row, size_t column, struct uuid *out) NONNULL;
int64_t db_get_time(const struct db_result *result, size_t row, size_t column) NONNULL; /* UTC ms; 0 for SQL NULL */
const struct db_value *db_get(const struct db_result *result, size_t row, size_t column) NONNULL RETURNS_NONNULL;

/* ---- Transactions ---- */

/* Called with an open transaction. Returns NULL to commit; a problem rolls back and is handed to the caller. May be run
 * again from its start, so it writes its results only through arg, and resets them first. */
typedef struct problem *(*db_transaction_fn)(struct db *db, void *arg);

/* Runs fn in a transaction and again with full jitter while the failure certainly did not commit (1213, 1020, 1205,
 * 1047, a failed connect, a connection lost before COMMIT) until the deadline. Any failed statement poisons the
 * transaction: whatever fn does then, it rolls back. Unknown outcomes of COMMIT (2013, 2006, 1180) are settled by the
 * operation row when the transaction has one (operation_begin() inside fn), for which up to two seconds beyond the
 * deadline are taken; else they are reported as PROBLEM_UNAVAILABLE. Nesting: fn of the inner one just runs inside the
 * outer; when it returns a problem, the outer one rolls back as well. */
struct problem *db_transaction(struct db *db, db_transaction_fn fn, void *OR_NULL arg) NONNULL_AT(1, 2) MUST_CHECK;
bool db_in_transaction(const struct db *db) NONNULL;
/* Inside a transaction: runs fn behind a savepoint. When it ends in a problem that is no fault of the database, what it
 * did and what it left for the end of the transaction is undone, and the transaction goes on; entries of the log need
 * journal_attempt(). */
struct problem *db_attempt(struct db *db, db_transaction_fn fn, void *OR_NULL arg) NONNULL_AT(1, 2) MUST_CHECK;

/* Runs just before COMMIT, once per name within a transaction, in the order of the calls. */
typedef struct problem *(*db_before_commit_fn)(struct db *db, void *arg);
void db_before_commit(struct db *db, const char *name, db_before_commit_fn fn, void *OR_NULL arg) NONNULL_AT(1, 2, 3);
/* The same, behind all others: the journal, whose head rows are locked last. One per transaction. */
void db_before_commit_last(struct db *db, db_before_commit_fn fn, void *OR_NULL arg) NONNULL_AT(1, 2);
/* Runs after the COMMIT took place (hints to readers); not when it did not. */
void db_after_commit(struct db *db, void (*fn)(void *arg), void *OR_NULL arg) NONNULL_AT(1, 2);
/* One pointer of a caller's own per transaction, by the address of its key; gone at its end. The journal keeps its list
 * so. */
void **db_transaction_slot(struct db *db, const void *key) NONNULL RETURNS_NONNULL;
/* A number by the address of its key, 0 when a transaction begins, kept until the next one does. */
uint64_t *db_transaction_mark(struct db *db, const void *key) NONNULL RETURNS_NONNULL;
/* How an unknown COMMIT of this transaction is settled: called in a transaction of its own on a fresh connection; tells
 * whether the first one took place and makes sure that it cannot do so afterwards. core/work/operation.h uses it. */
typedef struct problem *(*db_settle_fn)(struct db *db, void *arg, bool *committed);
void db_settle_with(struct db *db, db_settle_fn fn, void *OR_NULL arg) NONNULL_AT(1, 2);
/* What each transaction that begins from now on does first, inside it; fn NULL ends it. For work of several
 * transactions that must be known by one row (core/work/operation.h). */
void db_begin_with(struct db *db, struct problem *(*OR_NULL fn)(struct db *db, void *arg), void *OR_NULL arg)
	NONNULL_AT(1);

#endif
