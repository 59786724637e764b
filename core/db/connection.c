#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include <errmsg.h>

#include "core/clock.h"
#include "core/db/internal.h"

/* The library's hook for waiting knows neither the connection nor the caller, so the end of this thread's present call
 * is left here for it. */
static _Thread_local int64_t wait_until;
static _Thread_local const struct db_shared *wait_shared; /* whose watch may cut it short; NULL: nobody */
static _Thread_local size_t wait_host;

enum {
	LOOK_MS = 100,
	GRACE_MS = 100, /* what has arrived is taken by a thread that the machine let wait beyond its time, too */
};

int64_t db_now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Bounds each call as a whole: a server that sends a byte now and then gains nothing by it. One that the watch finds
 * silent is waited for no longer. */
static int wait_io(my_socket fd, my_bool is_read, int timeout)
{
	(void)timeout;
	for (;;) {
		int64_t left = wait_until - db_now_ms();
		bool over = left <= 0 || (wait_shared && shared_silent(wait_shared, wait_host));
		struct pollfd poller = {.fd = fd, .events = is_read ? POLLIN : POLLOUT};
		if (left < -GRACE_MS)
			return 0;
		int ready = poll(&poller, 1, over ? 0 : left > LOOK_MS ? LOOK_MS : (int)left);
		if (ready > 0 || (ready < 0 && errno != EINTR))
			return ready;
		if (over)
			return 0;
	}
}

static void init_library(void)
{
	if (mysql_library_init(0, NULL, NULL))
		abort();
}

struct db *db_create(const struct db_settings *settings)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, init_library);
	struct db *db = calloc(1, sizeof(*db));
	if (!db || settings->host_count == 0 || settings->host_count > HOSTS_MAX)
		abort();
	db->settings = settings;
	db->owns_shared = !settings->shared;
	db->shared = settings->shared ? settings->shared : db_shared_create();
	db->own = db->arena = arena_create();
	if (getrandom(&db->random, sizeof(db->random), 0) != sizeof(db->random))
		db->random = (uint64_t)db_now_ms() ^ (uint64_t)(uintptr_t)db;
	db->random |= 1;
	db->galera = -1;
	return db;
}

void db_destroy(struct db *db)
{
	if (!db)
		return;
	connection_close(db);
	if (db->owns_shared)
		db_shared_destroy(db->shared);
	arena_destroy(db->own);
	free(db);
}

void db_use_arena(struct db *db, struct arena *arena)
{
	db->arena = arena ? arena : db->own;
}

struct arena *db_arena(struct db *db)
{
	return db->arena;
}

const struct db_settings *db_settings_of(const struct db *db)
{
	return db->settings;
}

void db_use_context(struct db *db, const struct diag_context *context)
{
	db->context = context;
}

void db_set_deadline(struct db *db, int64_t deadline_ms)
{
	db->deadline = deadline_ms;
}

int64_t db_deadline(const struct db *db)
{
	return db->deadline;
}

unsigned db_last_errno(const struct db *db)
{
	return db->last_errno;
}

const char *db_last_error(const struct db *db)
{
	return db->last_error;
}

void db_set_patient(struct db *db, bool patient)
{
	db->unlimited = patient;
	if (!patient)
		connection_close(db); /* the session's limits come back with the next one */
}

struct problem *db_create_database(struct db *db)
{
	connection_close(db);
	if (connection_open(db))
		return NULL;
	if (db->last_errno != 1049)
		return failure(db, db_server(), "connect");
	const char *sql = arena_printf(db->arena,
		"CREATE DATABASE IF NOT EXISTS `%s` CHARACTER SET utf8mb4 COLLATE " DB_COLLATION, db->settings->name);
	db->without_name = true;
	struct problem *problem = db_command(db, sql, strlen(sql));
	db->without_name = false;
	connection_close(db);
	return problem;
}

/* xorshift: only spreads pauses and the choice of hosts. */
uint32_t connection_random(struct db *db, uint32_t bound)
{
	db->random ^= db->random << 13;
	db->random ^= db->random >> 7;
	db->random ^= db->random << 17;
	return bound ? (uint32_t)((db->random >> 32) * bound >> 32) : 0;
}

/* ---- Time ---- */

static int64_t end_of_call(const struct db *db)
{
	if (db->unlimited)
		return INT64_MAX / 2;
	if (db->deadline)
		return db->deadline;
	return db->transaction_deadline ? db->transaction_deadline : db_now_ms() + db->settings->query_timeout_ms;
}

int64_t connection_left(const struct db *db)
{
	return end_of_call(db) - db_now_ms();
}

bool connection_enter(struct db *db)
{
	wait_until = end_of_call(db);
	wait_shared = db->transaction.committing ? NULL : db->shared;
	wait_host = db->host;
	if (wait_until > db_now_ms())
		return true;
	set_error(db, E_DEADLINE, "no time is left for this call");
	return false;
}

bool connection_pause(struct db *db, int attempt, int base_ms, int cap_ms)
{
	int64_t most = attempt < 12 ? (int64_t)base_ms << attempt : cap_ms;
	int64_t pause = 1 + connection_random(db, (uint32_t)(most < cap_ms ? most : cap_ms));
	if (connection_left(db) <= pause)
		return false;
	nanosleep(&(struct timespec){.tv_sec = pause / 1000, .tv_nsec = pause % 1000 * 1000000}, NULL);
	return true;
}

/* ---- Errors ---- */

void set_error(struct db *db, unsigned number, const char *text)
{
	db->last_errno = number;
	snprintf(db->last_error, sizeof(db->last_error), "%s", text);
}

bool error_is_lost(unsigned number)
{
	switch (number) {
	case CR_SERVER_GONE_ERROR:
	case CR_SERVER_LOST:
	case CR_SERVER_LOST_EXTENDED:
	case CR_MALFORMED_PACKET:
	case CR_COMMANDS_OUT_OF_SYNC:
	case CR_NEW_STMT_METADATA: /* the table was altered under SELECT *; only a new connection reads on */
	case CR_UNKNOWN_ERROR:
	case 1053: /* the server is going down */
	case 1079:
	case 1080:
	case 1152:
	case 1158: /* network errors as the server sees them */
	case 1159:
	case 1160:
	case 1161:
	case 1317: /* KILL */
	case 1927:
		return true;
	default:
		return false;
	}
}

bool error_is_certainly_undone(unsigned number)
{
	switch (number) {
	case E_NO_SERVER:
	case 1020: /* changed since read */
	case 1040: /* too many connections */
	case 1047: /* Galera: this node is not part of the cluster */
	case 1205: /* waited too long for a lock */
	case 1213: /* deadlock */
	case 1290: /* read-only: the primary has moved */
	case 1412: /* the table was altered under the transaction */
	case 1615: /* needs to be prepared again */
	case 1637:
		return true;
	default:
		return false;
	}
}

/* Of no use to later statements either. */
static bool ends_connection(unsigned number)
{
	return error_is_lost(number) || number == 1047 || number == 1290;
}

void connection_failed(struct db *db, unsigned number, const char *text)
{
	set_error(db, number ? number : CR_UNKNOWN_ERROR, text);
	if (ends_connection(db->last_errno)) {
		if (db->last_errno == 1047 || db->last_errno == 1290)
			shared_set_host_down(db->shared, db->host, db_now_ms() + 1000);
		connection_close(db);
	}
}

static bool is_passing(unsigned number)
{
	switch (number) {
	case E_DEADLINE:
	case E_AWAY:
	case 1044: /* no access, no such database: the installation is at fault, not the request */
	case 1045:
	case 1049:
	case 1180: /* error during COMMIT */
	case 1461: /* too many prepared statements */
	case 1969: /* max_statement_time */
		return true;
	default:
		return error_is_lost(number) || error_is_certainly_undone(number);
	}
}

/* The disk is full, or a table's space is: the statement was rolled back. Reading goes on. */
static bool is_full(struct db *db)
{
	switch (db->last_errno) {
	case 1021:
	case 1114:
		return true;
	case 1026: /* error writing a file */
	case 1030: /* got error … from a storage engine; both name the cause in their text only */
		return strstr(db->last_error, "28 \"No space left") || strstr(db->last_error, "(Errcode: 28");
	default:
		return false;
	}
}

/* A value that the column cannot hold or be compared with. Declarations refuse such input at its field
 * (tools/generate/model.py, check_ends), so this is a fault of ours, and told in the diagnostics; but what is wrong is
 * the input. */
static bool is_misfit(unsigned number)
{
	switch (number) {
	case 1264: /* out of range */
	case 1267: /* illegal mix of collations: text beyond ASCII and an ASCII column */
	case 1271:
	case 1292: /* no such time */
	case 1366: /* no such text or number */
	case 1406: /* too long */
		return true;
	default:
		return false;
	}
}

static const struct problem_kind *kind_of(struct db *db)
{
	if (is_misfit(db->last_errno))
		return &PROBLEM_INVALID;
	if (is_full(db))
		return &PROBLEM_STORAGE_FULL;
	return is_passing(db->last_errno) ? &PROBLEM_UNAVAILABLE : &PROBLEM_INTERNAL;
}

static struct problem *poison(struct db *db, struct problem *problem)
{
	struct transaction *transaction = &db->transaction;
	if (transaction->depth && !transaction->poison) {
		transaction->poison = db->last_errno;
		transaction->problem = problem;
	}
	return problem;
}

struct problem *failure(struct db *db, struct db_scope scope, const char *sql)
{
	unsigned number = db->last_errno;
	bool passing = is_passing(number);
	/* A transaction that runs again is no news; if it ends in a problem, db_transaction() says so. */
	/* the watch has said it */
	bool quiet = (db->transaction.depth && error_is_certainly_undone(number)) || number == E_AWAY;
	struct diag_context context = {.platform_id = scope.platform_id};
	if (!quiet)
		shared_count(db->shared, COUNT_FAILED);
	diag_write(quiet	  ? DIAG_DEBUG
			: passing ? DIAG_WARN
				  : DIAG_ERROR,
		db->context ? db->context : &context, "core/db", "%u %s: %s", number, db->last_error, sql ? sql : "-");
	struct problem *problem = problem_new(db->arena, kind_of(db));
	problem->retry_after = passing ? 1 : 0;
	return poison(db, problem);
}

/* ---- Connecting ---- */

void connection_close(struct db *db)
{
	if (!db->mysql)
		return;
	wait_until = db_now_ms() + 100; /* the farewell is a courtesy */
	wait_shared = db->shared;
	wait_host = db->host;
	mysql_close(db->mysql);
	db->mysql = NULL;
	db->galera = -1;
	statement_cache_clear(&db->cache); /* after it: so their ends are not sent one by one */
}

struct address {
	char host[256];
	const char *socket; /* or NULL */
	unsigned port;
};

/* "/path" is a socket; else "host", "host:port" or "[v6]:port". */
static struct address read_address(const char *text)
{
	struct address address = {.port = 3306};
	if (*text == '/') {
		address.socket = text;
		return address;
	}
	const char *colon = strrchr(text, ':');
	const char *bracket = *text == '[' ? strchr(text, ']') : NULL;
	size_t len = strlen(text);
	if (colon && (!bracket || colon > bracket) && (bracket || strchr(text, ':') == colon)) {
		address.port = (unsigned)strtoul(colon + 1, NULL, 10);
		len = (size_t)(colon - text);
	}
	if (bracket) {
		text++;
		len = (size_t)(bracket - text);
	}
	snprintf(address.host, sizeof(address.host), "%.*s", (int)len, text);
	return address;
}

static void set_options(MYSQL *mysql, const struct db_settings *settings, const struct address *address)
{
	static const unsigned off = 0;
	static const my_bool on = 1, no = 0;
	mysql_optionsv(mysql, MARIADB_OPT_IO_WAIT, wait_io);
	mysql_options(mysql, MYSQL_OPT_LOCAL_INFILE, &off);
	mysql_options(mysql, MYSQL_OPT_RECONNECT, &no);
	mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	unsigned protocol = address->socket ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;
	mysql_options(mysql, MYSQL_OPT_PROTOCOL, &protocol);
	if (!settings->tls || address->socket)
		return;
	mysql_options(mysql, MYSQL_OPT_SSL_ENFORCE, &on);
	mysql_options(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &on);
	mysql_options(mysql, settings->tls_ca ? MYSQL_OPT_SSL_CA : MYSQL_OPT_SSL_CAPATH,
	              settings->tls_ca ? settings->tls_ca : "/etc/ssl/certs");
}

/* What every statement may rely on. Locks are waited for half as long as a statement may last, so that 1205 comes while
 * there is time to run again. */
static bool set_session(struct db *db)
{
	int timeout = db->settings->query_timeout_ms;
	int lock_s = timeout / 2000 > 0 ? timeout / 2000 : 1;
	char sql[640];
	int len = snprintf(sql, sizeof(sql),
		"SET NAMES utf8mb4 COLLATE " DB_COLLATION ", time_zone = '+00:00', autocommit = 1, "
		"sql_mode = "
		"'STRICT_TRANS_TABLES,STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,"
		"NO_ENGINE_SUBSTITUTION', tx_isolation = 'READ-COMMITTED', innodb_lock_wait_timeout = %d, "
		"lock_wait_timeout = %d, max_statement_time = %d.%03d",
		lock_s, lock_s + 1, timeout / 1000, timeout % 1000);
	db->session_ms = timeout;
	return mysql_real_query(db->mysql, sql, (unsigned long)len) == 0;
}

/* What time it is, once: whoever polls (tenants/platform/change.h) goes on from there. Without an answer the connection
 * is good all the same. */
static void ask_time(struct db *db)
{
	static const char sql[] = "SELECT CAST(UNIX_TIMESTAMP(UTC_TIMESTAMP(3)) * 1000 AS SIGNED)";
	int64_t asked = clock_steady_ms();
	if (clock_is_heard() || mysql_real_query(db->mysql, sql, sizeof sql - 1))
		return;
	MYSQL_RES *answer = mysql_store_result(db->mysql);
	MYSQL_ROW row = answer ? mysql_fetch_row(answer) : NULL;
	if (row && row[0])
		clock_heard(strtoll(row[0], NULL, 10), asked);
	mysql_free_result(answer);
}

static bool connect_host(struct db *db, size_t host)
{
	const struct db_settings *settings = db->settings;
	struct address address = read_address(settings->hosts[host]);
	int64_t limit = db_now_ms() + (settings->connect_timeout_ms > 0 ? settings->connect_timeout_ms : 2000);
	if (!connection_enter(db))
		return false;
	if (wait_until > limit)
		wait_until = limit;
	wait_host = host;
	db->refused = false;
	db->mysql = mysql_init(NULL);
	if (!db->mysql)
		abort();
	set_options(db->mysql, settings, &address);
	if (mysql_real_connect(db->mysql, address.socket ? NULL : address.host, settings->user, settings->password,
		    db->without_name ? NULL : settings->name, address.port, address.socket, CLIENT_FOUND_ROWS) &&
		set_session(db)) {
		db->host = host;
		ask_time(db);
		shared_count(db->shared, COUNT_CONNECTED);
		return true;
	}
	unsigned number = mysql_errno(db->mysql);
	char text[sizeof(db->last_error)];
	snprintf(text, sizeof(text), "%s: %s", settings->hosts[host], mysql_error(db->mysql));
	connection_close(db);
	db->refused = number >= 1000 && number < 2000; /* the server's own words */
	/* A wrong password or a missing database will not mend by itself; all else may. */
	set_error(db, number == 1045 || number == 1049 || number == 1044 ? number : E_NO_SERVER, text);
	return false;
}

/* The last good host first, then the others from a random one on; a host lately seen down only when no other
 * answered. */
static bool connect_any(struct db *db)
{
	size_t count = db->settings->host_count;
	size_t start = connection_random(db, (uint32_t)count);
	int64_t now = db_now_ms();
	set_error(db, E_AWAY, "no host of the database answers");
	if (shared_away(db->shared))
		return false;
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i <= count; i++) {
			size_t host = i == 0 ? db->host : (start + i) % count;
			bool down = shared_host_down(db->shared, host) > now;
			if ((i > 0 && host == db->host) || down != (pass == 1) || shared_silent(db->shared, host))
				continue;
			if (connect_host(db, host)) {
				shared_set_host_down(db->shared, host, 0);
				return true;
			}
			if (db->last_errno != E_NO_SERVER)
				return false;
			shared_set_host_down(db->shared, host, db_now_ms() + 500 + connection_random(db, 1500));
		}
	}
	return false;
}

/* Whether an idle connection was closed at the other end: nothing may arrive unasked but that. */
static bool is_stale(struct db *db)
{
	struct pollfd poller = {.fd = mysql_get_socket(db->mysql), .events = POLLIN};
	return poll(&poller, 1, 0) != 0;
}

bool connection_open(struct db *db)
{
	if (db->mysql && shared_silent(db->shared, db->host))
		connection_close(db); /* in mid-transaction too: it cannot go on */
	if (db->mysql && !(db->transaction.depth && db->transaction.begun) && is_stale(db))
		connection_close(db);
	if (db->mysql)
		return true;
	if (db->transaction.depth && db->transaction.begun) { /* on another connection its statements would each stand
							         alone */
		set_error(db, CR_SERVER_LOST, "the connection was lost in mid-transaction");
		return false;
	}
	return connect_any(db);
}

bool connection_holds(struct db *db)
{
	unsigned status = 0;
	if (!db->transaction.begun)
		return true;
	if (mariadb_get_infov(db->mysql, MARIADB_CONNECTION_SERVER_STATUS, &status) || status & SERVER_STATUS_IN_TRANS)
		return true;
	set_error(db, 1213, "the server has ended the transaction without saying so");
	return false;
}

bool connection_knows_galera(struct db *db)
{
	static const char SQL[] = "SELECT @@wsrep_on";
	if (db->galera >= 0)
		return true;
	if (!connection_query(db, SQL, sizeof(SQL) - 1)) {
		if (db->last_errno != 1193) /* a server that was built without it */
			return false;
		db->galera = 0;
		return true;
	}
	MYSQL_RES *result = mysql_store_result(db->mysql);
	MYSQL_ROW row = result ? mysql_fetch_row(result) : NULL;
	if (row && row[0])
		db->galera = row[0][0] == '1';
	else
		connection_failed(db, mysql_errno(db->mysql), mysql_error(db->mysql));
	mysql_free_result(result);
	return db->galera >= 0;
}

/* A deadline beyond the default needs the server's consent as well; it is raised, never lowered: the socket's end is
 * exact. */
static bool raise_session(struct db *db)
{
	int64_t left = db->unlimited ? INT64_MAX / 2 : connection_left(db);
	if (left <= db->session_ms + 50 || db->session_ms == INT64_MAX / 2)
		return true;
	char sql[128];
	int len = snprintf(sql, sizeof(sql), "SET max_statement_time = %lld%s",
		db->unlimited ? 0LL : (long long)(left / 1000 + 1), db->unlimited ? ", lock_wait_timeout = 60" : "");
	if (mysql_real_query(db->mysql, sql, (unsigned long)len))
		return false;
	db->session_ms = db->unlimited ? INT64_MAX / 2 : (left / 1000 + 1) * 1000;
	return true;
}

bool connection_ready(struct db *db)
{
	if (!connection_enter(db))
		return false;
	if (raise_session(db))
		return true;
	connection_failed(db, mysql_errno(db->mysql), mysql_error(db->mysql));
	return false;
}

bool connection_query(struct db *db, const char *sql, size_t len)
{
	if (!connection_ready(db))
		return false;
	if (mysql_real_query(db->mysql, sql, (unsigned long)len) == 0)
		return true;
	connection_failed(db, mysql_errno(db->mysql), mysql_error(db->mysql));
	return false;
}

struct problem *db_ping(struct db *db)
{
	if (db->transaction.poison)
		return db->transaction.problem;
	if (!connection_open(db) || !connection_enter(db))
		return failure(db, db_server(), "ping");
	if (mysql_ping(db->mysql)) {
		connection_failed(db, mysql_errno(db->mysql), mysql_error(db->mysql));
		return failure(db, db_server(), "ping");
	}
	return NULL;
}

struct problem *db_command(struct db *db, const char *sql, size_t len)
{
	if (db->transaction.poison)
		return db->transaction.problem;
	if (connection_open(db) && transaction_begin(db) && connection_query(db, sql, len) && connection_holds(db)) {
		shared_forget(db->shared);
		return NULL;
	}
	return failure(db, db_server(), arena_printf(db->arena, "%.*s", len > 200 ? 200 : (int)len, sql));
}
