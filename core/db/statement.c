#include <stdlib.h>
#include <string.h>

#include "core/db/internal.h"
#include "core/db/sql.h"

enum { TEXT_FIRST = 1024, TEXT_MOST = 65536 };

/* ---- Cache ---- */

static uint64_t hash_of(const char *sql, bool bulk)
{
	uint64_t hash = 14695981039346656037u ^ bulk;
	for (; *sql; sql++)
		hash = (hash ^ (unsigned char)*sql) * 1099511628211u;
	return hash;
}

static void unlink_used(struct statement_cache *cache, struct statement *statement)
{
	*(statement->newer ? &statement->newer->older : &cache->newest) = statement->older;
	*(statement->older ? &statement->older->newer : &cache->oldest) = statement->newer;
	statement->newer = statement->older = NULL;
}

static void link_newest(struct statement_cache *cache, struct statement *statement)
{
	statement->older = cache->newest;
	*(cache->newest ? &cache->newest->newer : &cache->oldest) = statement;
	cache->newest = statement;
}

static void free_columns(struct statement *statement)
{
	for (unsigned i = 0; i < statement->column_count; i++)
		free(statement->columns[i].text);
	free(statement->columns);
	free(statement->results);
	free(statement->names);
	statement->columns = NULL;
	statement->results = NULL;
	statement->names = NULL;
	statement->names_len = 0;
	statement->column_count = 0;
}

static void statement_destroy(struct statement *statement)
{
	if (!statement)
		return;
	if (statement->stmt)
		mysql_stmt_close(statement->stmt);
	free_columns(statement);
	free(statement->source);
	free(statement->binds);
	free(statement->times);
	free(statement->sql);
	free(statement);
}

static void cache_remove(struct statement_cache *cache, struct statement *statement)
{
	struct statement **at = &cache->buckets[statement->hash % STATEMENT_BUCKETS];
	while (*at != statement)
		at = &(*at)->next;
	*at = statement->next;
	unlink_used(cache, statement);
	cache->count--;
	statement_destroy(statement);
}

void statement_cache_clear(struct statement_cache *cache)
{
	while (cache->oldest)
		cache_remove(cache, cache->oldest);
}

static void cache_add(struct statement_cache *cache, struct statement *statement)
{
	if (cache->count == STATEMENTS_MAX)
		cache_remove(cache, cache->oldest);
	struct statement **bucket = &cache->buckets[statement->hash % STATEMENT_BUCKETS];
	statement->next = *bucket;
	*bucket = statement;
	link_newest(cache, statement);
	cache->count++;
}

static struct statement *cache_find(struct statement_cache *cache, const char *sql, bool bulk, uint64_t hash)
{
	struct statement *statement = cache->buckets[hash % STATEMENT_BUCKETS];
	while (statement && (statement->hash != hash || statement->bulk != bulk || strcmp(statement->sql, sql) != 0))
		statement = statement->next;
	if (statement && cache->newest != statement) {
		unlink_used(cache, statement);
		link_newest(cache, statement);
	}
	return statement;
}

/* ---- Preparing ---- */

static void *allocate(size_t count, size_t size)
{
	void *memory = calloc(count ? count : 1, size);
	if (!memory)
		abort();
	return memory;
}

/* Replaces :p and :n by ? and notes which parameter is what. */
static char *number_parameters(struct statement *statement)
{
	char *text = strdup(statement->sql);
	if (!text)
		abort();
	char *to = text;
	const char *from = statement->sql, *cursor = from;
	statement->source = allocate(strlen(from), 1);
	for (struct sql_token token; (token = sql_next(&cursor)).kind != SQL_END && token.kind != SQL_BAD;) {
		if (token.kind != SQL_ARGUMENT && token.kind != SQL_PLATFORM && token.kind != SQL_NETWORK)
			continue;
		size_t before = (size_t)(token.at - from);
		memmove(to, from, before);
		to += before;
		*to++ = '?';
		from = token.at + token.len;
		statement->source[statement->parameters++] = (unsigned char)token.at[token.len - 1];
		statement->arguments += token.kind == SQL_ARGUMENT;
		statement->uses_platform |= token.kind == SQL_PLATFORM;
		statement->uses_network |= token.kind == SQL_NETWORK;
	}
	strcpy(to, from);
	return text;
}

static struct statement *statement_create(const char *sql, bool bulk, uint64_t hash)
{
	struct statement *statement = allocate(1, sizeof(*statement));
	statement->hash = hash;
	statement->bulk = bulk;
	statement->sql = strdup(sql);
	if (!statement->sql)
		abort();
	return statement;
}

/* Some failures, of bulk statements among them, the library tells of the connection only. */
static bool fail_stmt(struct db *db, MYSQL_STMT *stmt)
{
	unsigned number = mysql_stmt_errno(stmt);
	const char *words = number ? mysql_stmt_error(stmt) : mysql_error(db->mysql);
	char text[sizeof(db->last_error)];
	strncpy(text, words, sizeof(text) - 1); /* closing the connection takes the statement along */
	text[sizeof(text) - 1] = 0;
	connection_failed(db, number ? number : mysql_errno(db->mysql), text);
	return false;
}

static bool prepare(struct db *db, struct statement *statement)
{
	char *text = number_parameters(statement);
	statement->stmt = mysql_stmt_init(db->mysql);
	if (!statement->stmt)
		abort();
	int failed = mysql_stmt_prepare(statement->stmt, text, strlen(text));
	free(text);
	if (failed) {
		unsigned number = mysql_stmt_errno(statement->stmt);
		set_error(db, number, mysql_stmt_error(statement->stmt));
		return false;
	}
	shared_count(db->shared, COUNT_PREPARED);
	statement->binds = allocate(statement->parameters, sizeof(MYSQL_BIND));
	statement->times = allocate(statement->parameters, sizeof(MYSQL_TIME));
	return true;
}

/* The server allows only so many for all its connections: give back half of ours. */
static void give_back(struct statement_cache *cache)
{
	for (size_t half = cache->count / 2; half > 0; half--)
		cache_remove(cache, cache->oldest);
}

static struct statement *prepare_new(struct db *db, const struct call *call, uint64_t hash)
{
	for (int attempt = 0;; attempt++) {
		struct statement *statement = statement_create(call->sql, call->rows > 0, hash);
		if (prepare(db, statement)) {
			cache_add(&db->cache, statement);
			return statement;
		}
		statement_destroy(statement);
		if (db->last_errno != 1461 || attempt > 0) {
			connection_failed(db, db->last_errno, arena_strdup(db->arena, db->last_error));
			return NULL;
		}
		give_back(&db->cache);
	}
}

static struct statement *find_or_prepare(struct db *db, const struct call *call)
{
	uint64_t hash = hash_of(call->sql, call->rows > 0);
	struct statement *statement = cache_find(&db->cache, call->sql, call->rows > 0, hash);
	/* Whether the statement may run depends on the kind of its scope alone, once the scope has its ids. */
	if (statement && statement->may[call->scope.kind] && (call->scope.platform_id || !statement->uses_platform) &&
	    (call->scope.network_id || !statement->uses_network))
		return statement;
	if (!shared_gate(db, call->sql, call->scope))
		return NULL;
	if (!statement)
		statement = prepare_new(db, call, hash);
	if (statement)
		statement->may[call->scope.kind] = 1;
	return statement;
}

/* ---- Binding ---- */

static const struct db_value *value_of(const struct statement *statement, const struct call *call, size_t parameter,
	size_t argument, size_t row, struct db_value *scope)
{
	if (statement->source[parameter] == '?')
		return &call->args[row * call->arg_count + argument];
	*scope = db_uint(statement->source[parameter] == 'p' ? call->scope.platform_id : call->scope.network_id);
	return scope;
}

static enum enum_field_types type_of(enum db_type type)
{
	switch (type) {
	case DB_INT:
	case DB_UINT:
		return MYSQL_TYPE_LONGLONG;
	case DB_DOUBLE:
		return MYSQL_TYPE_DOUBLE;
	case DB_TEXT:
		return MYSQL_TYPE_STRING;
	case DB_BYTES:
		return MYSQL_TYPE_BLOB;
	case DB_TIME:
		return MYSQL_TYPE_DATETIME;
	default:
		return MYSQL_TYPE_NULL;
	}
}

static void bind_value(MYSQL_BIND *bind, MYSQL_TIME *time, const struct db_value *value)
{
	*bind = (MYSQL_BIND){.buffer_type = type_of(value->type), .is_unsigned = value->type == DB_UINT};
	if (value->type == DB_TIME) {
		*time = time_of_ms(value->i);
		bind->buffer = time;
	} else if (value->type == DB_TEXT || value->type == DB_BYTES) {
		bind->buffer = (void *)value->s.data;
		bind->buffer_length = bind->length_value = value->s.len;
	} else {
		bind->buffer = (void *)&value->i;
	}
}

static bool bind_one(struct statement *statement, const struct call *call, struct db_value scope[2])
{
	scope[0] = db_uint(call->scope.platform_id);
	scope[1] = db_uint(call->scope.network_id);
	for (size_t i = 0, argument = 0; i < statement->parameters; i++) {
		unsigned char source = statement->source[i];
		const struct db_value *value = source == '?' ? &call->args[argument++] : &scope[source == 'n'];
		bind_value(&statement->binds[i], &statement->times[i], value);
	}
	return statement->parameters == 0 || mysql_stmt_bind_param(statement->stmt, statement->binds) == 0;
}

/* One column of a bulk call. */
struct bulk {
	char *indicators;
	void *buffer; /* int64_t, double or pointers to what is longer */
	MYSQL_TIME *times;
	unsigned long *lengths;
};

static void put_bulk(const struct bulk *bulk, size_t row, const struct db_value *value)
{
	bulk->indicators[row] = value->type == DB_NULL ? STMT_INDICATOR_NULL : STMT_INDICATOR_NONE;
	if (value->type == DB_TIME) {
		bulk->times[row] = time_of_ms(value->i);
		((MYSQL_TIME **)bulk->buffer)[row] = &bulk->times[row];
	} else if (value->type == DB_DOUBLE) {
		((double *)bulk->buffer)[row] = value->d;
	} else if (value->type == DB_INT || value->type == DB_UINT) {
		((int64_t *)bulk->buffer)[row] = value->i;
	} else if (value->type != DB_NULL) {
		((const char **)bulk->buffer)[row] = value->s.data;
		bulk->lengths[row] = value->s.len;
	}
}

/* A column's values side by side; false when they are of several types. */
static bool bind_bulk_column(struct db *db, struct statement *statement, const struct call *call, size_t parameter,
	size_t argument, struct arena *scratch)
{
	enum db_type type = DB_NULL;
	struct db_value scope;
	struct bulk bulk = {
		.indicators = arena_alloc(scratch, call->rows),
		.buffer = arena_array(scratch, call->rows, sizeof(void *)),
		.lengths = ARENA_ARRAY(scratch, unsigned long, call->rows),
	};
	for (size_t row = 0; row < call->rows; row++) {
		const struct db_value *value = value_of(statement, call, parameter, argument, row, &scope);
		if (type == DB_NULL)
			type = value->type;
		if (value->type != DB_NULL && value->type != type) {
			set_error(db, E_TYPES, "a column of a bulk statement has values of several types");
			return false;
		}
		if (value->type == DB_TIME && !bulk.times)
			bulk.times = ARENA_ARRAY(scratch, MYSQL_TIME, call->rows);
		put_bulk(&bulk, row, value);
	}
	/* All NULL: some type must be told, and the indicators say the rest. */
	statement->binds[parameter] = (MYSQL_BIND){
		.buffer_type = type == DB_NULL ? MYSQL_TYPE_LONGLONG : type_of(type), .is_unsigned = type == DB_UINT,
		.buffer = bulk.buffer,
		.length = bulk.lengths, .u.indicator = bulk.indicators};
	return true;
}

static bool bind_bulk(struct db *db, struct statement *statement, const struct call *call, struct arena *scratch)
{
	unsigned rows = (unsigned)call->rows;
	for (size_t i = 0, argument = 0; i < statement->parameters; i++) {
		if (!bind_bulk_column(db, statement, call, i, argument, scratch))
			return false;
		argument += statement->source[i] == '?';
	}
	mysql_stmt_attr_set(statement->stmt, STMT_ATTR_ARRAY_SIZE, &rows);
	return mysql_stmt_bind_param(statement->stmt, statement->binds) == 0 || fail_stmt(db, statement->stmt);
}

/* ---- Executing ---- */

static bool execute(struct db *db, struct statement *statement, const struct call *call)
{
	struct arena *scratch = call->rows ? arena_create() : NULL;
	struct db_value scope[2];
	bool done = call->rows ? bind_bulk(db, statement, call, scratch)
	                       : bind_one(statement, call, scope) || fail_stmt(db, statement->stmt);
	if (done && mysql_stmt_execute(statement->stmt))
		done = fail_stmt(db, statement->stmt);
	arena_destroy(scratch);
	shared_count(db->shared, COUNT_STATEMENT);
	return done;
}

struct statement *statement_execute(struct db *db, const struct call *call)
{
	for (int attempt = 0;; attempt++) {
		if (!connection_open(db) || !transaction_begin(db) || !connection_ready(db))
			return NULL;
		struct statement *statement = find_or_prepare(db, call);
		if (!statement)
			return NULL;
		if (statement->arguments != call->arg_count) {
			set_error(db, E_GATE, "the number of values differs from the number of question marks");
			return NULL;
		}
		if (execute(db, statement, call)) {
			if (connection_holds(db))
				return statement;
			statement_drain(statement);
			return NULL;
		}
		/* The server has forgotten the statement, or its tables were altered: nothing has run. */
		if ((db->last_errno != 1243 && db->last_errno != 1615) || attempt > 0 || !db->mysql)
			return NULL;
		cache_remove(&db->cache, statement);
	}
}

void statement_drain(struct statement *statement)
{
	if (mysql_stmt_field_count(statement->stmt))
		mysql_stmt_free_result(statement->stmt);
}

/* ---- Results ---- */

static enum db_type type_of_field(const MYSQL_FIELD *field)
{
	switch (field->type) {
	case MYSQL_TYPE_TINY:
	case MYSQL_TYPE_SHORT:
	case MYSQL_TYPE_LONG:
	case MYSQL_TYPE_INT24:
	case MYSQL_TYPE_LONGLONG:
	case MYSQL_TYPE_YEAR:
		return field->flags & UNSIGNED_FLAG ? DB_UINT : DB_INT;
	case MYSQL_TYPE_BIT:
		return DB_UINT;
	case MYSQL_TYPE_FLOAT:
	case MYSQL_TYPE_DOUBLE:
		return DB_DOUBLE;
	case MYSQL_TYPE_DATETIME:
	case MYSQL_TYPE_TIMESTAMP:
		return DB_TIME;
	case MYSQL_TYPE_DATE:
	case MYSQL_TYPE_TIME:
	case MYSQL_TYPE_DECIMAL:
	case MYSQL_TYPE_NEWDECIMAL:
	case MYSQL_TYPE_JSON:
		return DB_TEXT;
	default:
		return field->charsetnr == 63 ? DB_BYTES : DB_TEXT;
	}
}

static void bind_column(MYSQL_BIND *bind, struct column *column)
{
	*bind = (MYSQL_BIND){.length = &column->length, .is_null = &column->null, .error = &column->error};
	switch (column->type) {
	case DB_INT:
	case DB_UINT:
		bind->buffer_type = MYSQL_TYPE_LONGLONG;
		bind->is_unsigned = column->type == DB_UINT;
		bind->buffer = &column->i;
		break;
	case DB_DOUBLE:
		bind->buffer_type = MYSQL_TYPE_DOUBLE;
		bind->buffer = &column->d;
		break;
	case DB_TIME:
		bind->buffer_type = MYSQL_TYPE_DATETIME;
		bind->buffer = &column->time;
		break;
	default:
		bind->buffer_type = column->type == DB_BYTES ? MYSQL_TYPE_BLOB : MYSQL_TYPE_STRING;
		bind->buffer = column->text;
		bind->buffer_length = column->size;
	}
}

static void add_name(struct statement *statement, const char *name)
{
	size_t len = strlen(name) + 1;
	statement->names = realloc(statement->names, statement->names_len + len);
	if (!statement->names)
		abort();
	memcpy(statement->names + statement->names_len, name, len);
	statement->names_len += len;
}

static void set_size(struct column *column, unsigned long wanted)
{
	unsigned long size = 32;
	while (size < wanted && size < TEXT_MOST)
		size *= 2;
	free(column->text);
	column->text = malloc(size);
	if (!column->text)
		abort();
	column->size = size;
}

/* Buffers for a row as the server describes it: small columns are read once, larger ones cost a second look. */
static void make_columns(struct statement *statement, unsigned count)
{
	const MYSQL_FIELD *fields = mariadb_stmt_fetch_fields(statement->stmt);
	free_columns(statement);
	statement->column_count = count;
	statement->columns = allocate(count, sizeof(*statement->columns));
	statement->results = allocate(count, sizeof(*statement->results));
	for (unsigned i = 0; i < count; i++) {
		struct column *column = &statement->columns[i];
		column->type = type_of_field(&fields[i]);
		if (column->type == DB_TEXT || column->type == DB_BYTES)
			set_size(column, fields[i].length < TEXT_FIRST ? fields[i].length + 1 : TEXT_FIRST);
		add_name(statement, fields[i].name);
	}
}

static bool bind_columns(struct statement *statement)
{
	unsigned count = mysql_stmt_field_count(statement->stmt);
	bool fresh = count != statement->column_count;
	if (fresh)
		make_columns(statement, count);
	if (!fresh && !statement->wider)
		return true;
	statement->wider = false;
	for (unsigned i = 0; i < count; i++)
		bind_column(&statement->results[i], &statement->columns[i]);
	return mysql_stmt_bind_result(statement->stmt, statement->results) == 0;
}

static bool read_long(struct db *db, struct statement *statement, unsigned i, char *to)
{
	const struct column *column = &statement->columns[i];
	unsigned long length;
	my_bool null, error;
	MYSQL_BIND bind = {.buffer_type = statement->results[i].buffer_type,
		.buffer = to,
		.buffer_length = column->length,
		.length = &length,
		.is_null = &null,
		.error = &error};
	statement->wider |= column->size < TEXT_MOST;
	return mysql_stmt_fetch_column(statement->stmt, &bind, i, 0) == 0 || fail_stmt(db, statement->stmt);
}

static bool read_text(struct db *db, struct statement *statement, unsigned i, struct db_value *out)
{
	const struct column *column = &statement->columns[i];
	char *data = arena_alloc(db->arena, column->length + 1);
	*out = (struct db_value){column->type, {.s = {data, column->length}}};
	if (column->length > column->size)
		return read_long(db, statement, i, data);
	memcpy(data, column->text, column->length);
	return true;
}

static bool read_value(struct db *db, struct statement *statement, unsigned i, struct db_value *out)
{
	const struct column *column = &statement->columns[i];
	*out = (struct db_value){column->null ? DB_NULL : column->type, {0}};
	if (column->null)
		return true;
	if (column->type == DB_TEXT || column->type == DB_BYTES)
		return read_text(db, statement, i, out);
	if (column->type == DB_TIME)
		out->i = ms_of_time(&column->time);
	else if (column->type == DB_DOUBLE)
		out->d = column->d;
	else
		out->i = column->i;
	return true;
}

/* Rows as they come in, before their number is known. */
struct rows {
	struct db_value *values;
	size_t count; /* of values */
	size_t cap;
};

static struct db_value *next_row(struct rows *rows, size_t columns)
{
	if (rows->count + columns > rows->cap) {
		rows->cap = rows->cap ? rows->cap * 2 : 16 * columns;
		rows->values = realloc(rows->values, rows->cap * sizeof(*rows->values));
		if (!rows->values)
			abort();
	}
	rows->count += columns;
	return rows->values + rows->count - columns;
}

static bool read_rows(struct db *db, struct statement *statement, struct rows *rows)
{
	for (;;) {
		int fetched = mysql_stmt_fetch(statement->stmt);
		if (fetched == MYSQL_NO_DATA)
			return true;
		if (fetched != 0 && fetched != MYSQL_DATA_TRUNCATED)
			return fail_stmt(db, statement->stmt);
		struct db_value *row = next_row(rows, statement->column_count);
		for (unsigned i = 0; i < statement->column_count; i++)
			if (!read_value(db, statement, i, &row[i]))
				return false;
	}
}

static void widen(struct statement *statement)
{
	for (unsigned i = 0; i < statement->column_count; i++) {
		struct column *column = &statement->columns[i];
		if (column->text && column->size < TEXT_MOST)
			set_size(column, column->size * 4);
	}
}

static const char *const *copy_names(struct arena *arena, const struct statement *statement)
{
	const char *name = arena_memdup(arena, statement->names ? statement->names : "", statement->names_len);
	const char **names = ARENA_ARRAY(arena, const char *, statement->column_count + 1);
	for (unsigned i = 0; i < statement->column_count; i++, name += strlen(name) + 1)
		names[i] = name;
	return names;
}

bool statement_fetch(struct db *db, struct statement *statement, struct db_result **out)
{
	struct rows rows = {0};
	bool read = (bind_columns(statement) || fail_stmt(db, statement->stmt)) && read_rows(db, statement, &rows);
	if (read) {
		size_t columns = statement->column_count;
		*out = ARENA_NEW(db->arena, struct db_result);
		(*out)->rows = columns ? rows.count / columns : 0;
		(*out)->columns = columns;
		(*out)->names = copy_names(db->arena, statement);
		(*out)->values = (void *)arena_memdup(
			db->arena, rows.values ? (void *)rows.values : "", rows.count * sizeof(*rows.values));
		if (statement->wider)
			widen(statement);
	}
	free(rows.values);
	return read;
}
