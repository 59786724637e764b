/* What the files of core/db share; nobody else includes it. */
#ifndef QILIAN_CORE_DB_INTERNAL_H
#define QILIAN_CORE_DB_INTERNAL_H

#include <mysql.h>

#include "core/attributes.h"
#include "core/db/db.h"
#include "core/diag.h"

enum {
	STATEMENTS_MAX = 192,   /* per connection; the server's max_prepared_stmt_count is 16382 for all */
	STATEMENT_BUCKETS = 256,
	MARKS_MAX = 4,
	HOSTS_MAX = 16,
};

/* Client errors of Connector/C (errmsg.h) and server errors that decide what happens next. */
enum {
	E_NONE = 0,
	E_GATE = 1,        /* ours: refused by the gate */
	E_NO_SERVER = 2,   /* ours: no host took the connection */
	E_DEADLINE = 3,    /* ours: no time left */
	E_INNER = 4,       /* ours: an inner transaction ended in a problem */
	E_TYPES = 5,       /* ours: a bulk column of several types */
	E_AWAY = 6,        /* ours: the watch knows that no host answers */
	E_DUPLICATE = 1062,
};

/* ---- shared.c ---- */

enum count { COUNT_STATEMENT, COUNT_PREPARED, COUNT_COMMITTED, COUNT_RERUN, COUNT_UNKNOWN, COUNT_CONNECTED,
	COUNT_FAILED, COUNTS };
void shared_count(struct db_shared *shared, enum count which) NONNULL;
/* Until when a host is passed over, db_now_ms(). */
int64_t shared_host_down(struct db_shared *shared, size_t host) NONNULL;
void shared_set_host_down(struct db_shared *shared, size_t host, int64_t until) NONNULL;
/* What the watch knows: whether a host gives no sign of life, and whether none of them does. */
void shared_watch_hosts(struct db_shared *shared, size_t count) NONNULL;
void shared_set_silent(struct db_shared *shared, size_t host, bool silent) NONNULL;
bool shared_silent(const struct db_shared *shared, size_t host) NONNULL;
bool shared_away(const struct db_shared *shared) NONNULL;
/* Whether the statement may run; false with last_errno. Loads the tables on first use and again when the statement
 * names one that is unknown. */
bool shared_gate(struct db *db, const char *sql, struct db_scope scope) NONNULL;
/* Tables were altered. */
void shared_forget(struct db_shared *shared) NONNULL;

/* ---- statement.c ---- */

struct column {
	enum db_type type;
	char *text; /* for DB_TEXT and DB_BYTES, `size` bytes */
	unsigned long size;
	unsigned long length;
	my_bool null;
	my_bool error;
	union {
		int64_t i;
		double d;
		MYSQL_TIME time;
	};
};

struct statement {
	struct statement *next; /* in its bucket */
	struct statement *newer, *older;
	uint64_t hash;
	bool bulk;
	unsigned char may[5];    /* by db_scope_kind: 0 not asked, 1 may run */
	char *sql;
	MYSQL_STMT *stmt;
	unsigned char *source;   /* per parameter: '?', 'p' or 'n' */
	size_t parameters;
	size_t arguments;        /* those that are '?' */
	bool uses_platform;
	bool uses_network;
	MYSQL_BIND *binds;
	MYSQL_TIME *times;       /* per parameter */
	struct column *columns;
	MYSQL_BIND *results;
	unsigned column_count;
	bool wider;              /* a value did not fit: larger buffers next time */
	char *names;             /* one after the other, each with its NUL */
	size_t names_len;
};

struct statement_cache {
	struct statement *buckets[STATEMENT_BUCKETS];
	struct statement *newest, *oldest;
	size_t count;
};

/* What one call wants. */
struct call {
	struct db_scope scope;
	const char *sql;
	const struct db_value *args;
	size_t arg_count;   /* of one row */
	size_t rows;        /* 0: not in bulk */
	bool insert;        /* a duplicate key is an answer */
};

/* Gate, prepare, bind, execute. NULL with last_errno. */
struct statement *OR_NULL statement_execute(struct db *db, const struct call *call) NONNULL;
/* Fetches all rows. False with last_errno. */
bool statement_fetch(struct db *db, struct statement *statement, struct db_result **out) NONNULL;
/* Throws the rows away. */
void statement_drain(struct statement *statement) NONNULL;
/* Closes all; the server's side goes with the connection. */
void statement_cache_clear(struct statement_cache *cache) NONNULL;

/* ---- value.c ---- */

MYSQL_TIME time_of_ms(int64_t ms);
int64_t ms_of_time(const MYSQL_TIME *time) NONNULL;

/* ---- transaction.c ---- */

struct hook {
	struct hook *next;
	const char *name;
	db_before_commit_fn before;
	void (*after)(void *arg);
	void *arg;
};

struct slot {
	struct slot *next;
	const void *key;
	void *value;
};

struct transaction {
	int depth;    /* 0: none */
	bool begun;   /* START TRANSACTION was sent: the first statement does so */
	bool committing; /* COMMIT is being sent: nothing cuts it short but the deadline */
	unsigned poison; /* E_… or the server's number; 0 while healthy */
	struct problem *problem; /* that poisoned it */
	struct hook *before, **before_end;
	struct hook last;
	struct hook *after, **after_end;
	struct slot *slots;
	db_settle_fn settle;
	void *settle_arg;
};

struct mark {
	const void *key;
	uint64_t value;
};

struct db {
	const struct db_settings *settings;
	struct problem *(*begin_with)(struct db *db, void *arg); /* db_begin_with() */
	void *begin_arg;
	struct db_shared *shared;
	bool owns_shared;
	struct arena *own;   /* until db_use_arena() */
	struct arena *arena;
	const struct diag_context *context;
	int64_t deadline;
	int64_t transaction_deadline; /* of one without deadline; 0 outside */
	MYSQL *mysql;        /* NULL while not connected */
	size_t host;         /* the last good one */
	int64_t session_ms;  /* max_statement_time of the session */
	bool refused;        /* the last connect was answered, but not granted */
	bool without_name;   /* migrations connect before the database exists */
	bool unlimited;      /* statements of migrations may take their time */
	signed char galera;  /* whether the server at the other end is a node of Galera: 1, 0, or -1 for not asked
			        yet */
	unsigned last_errno;
	char last_error[512];
	uint64_t random;
	struct statement_cache cache;
	struct transaction transaction;
	struct mark marks[MARKS_MAX];
};

/* ---- connection.c ---- */

/* Milliseconds that are left for the next call; ≤ 0 when none. */
int64_t connection_left(const struct db *db) NONNULL;
/* Before each call into the library: sets how long its waits may last. False when no time is left. */
bool connection_enter(struct db *db) NONNULL;
/* The same, and the server lets a statement run that long. */
bool connection_ready(struct db *db) NONNULL;
/* Connects unless connected and alive; false with last_errno. */
bool connection_open(struct db *db) NONNULL;
void connection_close(struct db *db) NONNULL;
/* After a statement that succeeded: whether the transaction that it was sent in is still open. The server may have
 * ended it and answer OK all the same: Galera's brute-force abort within a bulk statement does. False with last_errno
 * 1213: what it had done is undone. */
bool connection_holds(struct db *db) NONNULL;
/* Whether rows have to be sent one by one: in a bulk statement a node of Galera goes on with the next row after it has
 * lost the transaction, each a transaction of its own (measured: 18,279 rows of 20,000 committed in spite of ROLLBACK);
 * of single ones it tells. False with last_errno when it cannot be found out. */
bool connection_knows_galera(struct db *db) NONNULL;
/* One statement as text. False with last_errno. */
bool connection_query(struct db *db, const char *sql, size_t len) NONNULL;
/* Copies the library's error into last_errno and closes the connection when it is of no use any more. */
void connection_failed(struct db *db, unsigned number, const char *text) NONNULL;
void set_error(struct db *db, unsigned number, const char *text) NONNULL;
/* Sleeps a random time of up to min(base × 2^attempt, cap); false when that would pass the time left. */
bool connection_pause(struct db *db, int attempt, int base_ms, int cap_ms) NONNULL;
uint32_t connection_random(struct db *db, uint32_t bound) NONNULL;

bool error_is_lost(unsigned number);          /* the connection is gone, the statement's fate unknown */
bool error_is_certainly_undone(unsigned number); /* the transaction did not take place and may run again */
/* The problem for last_errno, written to the diagnostics; poisons an open transaction. */
struct problem *failure(struct db *db, struct db_scope scope, const char *OR_NULL sql) NONNULL_AT(1) RETURNS_NONNULL;

/* Sends START TRANSACTION if the open transaction waits for it. False with last_errno. */
bool transaction_begin(struct db *db) NONNULL;

#endif
