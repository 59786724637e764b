#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/db/internal.h"
#include "core/db/sql.h"

struct table {
	char *name;
	size_t len;
	enum sql_owner owner;
};

struct db_shared {
	pthread_rwlock_t lock; /* of tables */
	struct table *tables;  /* by name */
	size_t table_count;
	bool loaded;
	_Atomic int64_t down[HOSTS_MAX];
	_Atomic size_t watched; /* hosts; 0 while nobody watches */
	_Atomic bool silent[HOSTS_MAX];
	_Atomic uint64_t counts[COUNTS];
};

struct db_shared *db_shared_create(void)
{
	struct db_shared *shared = calloc(1, sizeof(*shared));
	if (!shared)
		abort();
	pthread_rwlock_init(&shared->lock, NULL);
	return shared;
}

static void free_tables(struct table *tables, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(tables[i].name);
	free(tables);
}

void db_shared_destroy(struct db_shared *shared)
{
	if (!shared)
		return;
	free_tables(shared->tables, shared->table_count);
	pthread_rwlock_destroy(&shared->lock);
	free(shared);
}

void shared_count(struct db_shared *shared, enum count which)
{
	atomic_fetch_add_explicit(&shared->counts[which], 1, memory_order_relaxed);
}

static uint64_t count_of(const struct db_shared *shared, enum count which)
{
	return atomic_load_explicit(&shared->counts[which], memory_order_relaxed);
}

struct db_counts db_shared_counts(const struct db_shared *shared)
{
	return (struct db_counts){
		.statements = count_of(shared, COUNT_STATEMENT),
		.prepared = count_of(shared, COUNT_PREPARED),
		.transactions = count_of(shared, COUNT_COMMITTED),
		.rerun = count_of(shared, COUNT_RERUN),
		.unknown = count_of(shared, COUNT_UNKNOWN),
		.connected = count_of(shared, COUNT_CONNECTED),
		.failed = count_of(shared, COUNT_FAILED),
	};
}

int64_t shared_host_down(struct db_shared *shared, size_t host)
{
	return atomic_load_explicit(&shared->down[host], memory_order_relaxed);
}

void shared_set_host_down(struct db_shared *shared, size_t host, int64_t until)
{
	atomic_store_explicit(&shared->down[host], until, memory_order_relaxed);
}

void shared_watch_hosts(struct db_shared *shared, size_t count)
{
	atomic_store_explicit(&shared->watched, count, memory_order_relaxed);
}

void shared_set_silent(struct db_shared *shared, size_t host, bool silent)
{
	atomic_store_explicit(&shared->silent[host], silent, memory_order_relaxed);
}

bool shared_silent(const struct db_shared *shared, size_t host)
{
	return atomic_load_explicit(&shared->silent[host], memory_order_relaxed);
}

static size_t silent_hosts(const struct db_shared *shared)
{
	size_t silent = 0, watched = atomic_load_explicit(&shared->watched, memory_order_relaxed);
	for (size_t i = 0; i < watched; i++)
		silent += shared_silent(shared, i);
	return silent;
}

bool shared_away(const struct db_shared *shared)
{
	size_t watched = atomic_load_explicit(&shared->watched, memory_order_relaxed);
	return watched && silent_hosts(shared) == watched;
}

size_t db_hosts_answering(const struct db_settings *settings)
{
	return settings->host_count - (settings->shared ? silent_hosts(settings->shared) : 0);
}

/* ---- Which table belongs to whom ---- */

/* Binary, as MariaDB compares names of tables on Linux. */
static int compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
	int order = memcmp(a, b, a_len < b_len ? a_len : b_len);
	return order ? order : (a_len > b_len) - (a_len < b_len);
}

static int compare_tables(const void *a, const void *b)
{
	const struct table *x = a, *y = b;
	return compare(x->name, x->len, y->name, y->len);
}

static enum sql_owner owner_of(const char *platform, const char *network)
{
	if (platform && *platform == '1')
		return SQL_OWNER_PLATFORM;
	return network && *network == '1' ? SQL_OWNER_NETWORK : SQL_OWNER_SERVER;
}

static bool load_tables(struct db *db)
{
	static const char SQL[] =
		"SELECT TABLE_NAME, MAX(COLUMN_NAME = 'platform_id'), MAX(COLUMN_NAME = 'network_id') "
		"FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() GROUP BY TABLE_NAME";
	if (!connection_query(db, SQL, sizeof(SQL) - 1))
		return false;
	MYSQL_RES *result = mysql_store_result(db->mysql);
	if (!result) {
		connection_failed(db, mysql_errno(db->mysql), mysql_error(db->mysql));
		return false;
	}
	size_t count = 0;
	struct table *tables = calloc(mysql_num_rows(result) + 1, sizeof(*tables));
	if (!tables)
		abort();
	for (MYSQL_ROW row; (row = mysql_fetch_row(result));)
		tables[count++] = (struct table){
			.name = strdup(row[0]), .len = strlen(row[0]), .owner = owner_of(row[1], row[2])};
	mysql_free_result(result);
	qsort(tables, count, sizeof(*tables), compare_tables);
	pthread_rwlock_wrlock(&db->shared->lock);
	free_tables(db->shared->tables, db->shared->table_count);
	db->shared->tables = tables;
	db->shared->table_count = count;
	db->shared->loaded = true;
	pthread_rwlock_unlock(&db->shared->lock);
	return true;
}

struct look_up {
	const struct db_shared *shared;
	bool unknown;
};

static enum sql_owner find_owner(void *arg, const char *name, size_t len)
{
	struct look_up *look_up = arg;
	size_t low = 0, high = look_up->shared->table_count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct table *table = &look_up->shared->tables[middle];
		int order = compare(name, len, table->name, table->len);
		if (order == 0)
			return table->owner;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	look_up->unknown = true;
	return SQL_OWNER_UNKNOWN;
}

void shared_forget(struct db_shared *shared)
{
	pthread_rwlock_wrlock(&shared->lock);
	shared->loaded = false;
	pthread_rwlock_unlock(&shared->lock);
}

bool shared_gate(struct db *db, const char *sql, struct db_scope scope)
{
	struct sql_scope may = {
		.platform = scope.kind == DB_SCOPE_PLATFORM && scope.platform_id,
		.network = (scope.kind == DB_SCOPE_PLATFORM || scope.kind == DB_SCOPE_NETWORK) && scope.network_id,
		.all = scope.kind == DB_SCOPE_ALL_PLATFORMS,
	};
	for (bool fresh = false;; fresh = true) {
		struct look_up look_up = {.shared = db->shared};
		struct buf *why = buf_in(db->arena);
		pthread_rwlock_rdlock(&db->shared->lock);
		bool loaded = db->shared->loaded;
		bool refused = loaded && sql_gate(sql, may, find_owner, &look_up, why);
		pthread_rwlock_unlock(&db->shared->lock);
		if (refused && (fresh || !look_up.unknown))
			set_error(db, E_GATE, why->data);
		if (loaded && (fresh || !look_up.unknown))
			return !refused;
		if (!load_tables(db))
			return false;
	}
}
