#include "core/work/journal.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/crypto/crypto.h"
#include "core/text/json.h"
#include "core/work/journal_header.h"

enum { SALT = JOURNAL_SALT, READERS_AT_ONCE = 256 };

/* An entry that waits for its number. */
struct pending {
	struct pending *next;
	struct db_scope scope;
	struct journal_entry entry; /* with copies of its own */
	const char *to;             /* as the header says it (journal_header.h) */
	const char *payload;
	size_t payload_len;
	unsigned char salt[SALT];
	unsigned char commitment[CRYPTO_HASH];
	unsigned char who_salt[SALT];
	unsigned char who[CRYPTO_HASH];
	unsigned char leaf[CRYPTO_HASH];
	uint64_t seq;
	uint64_t epoch;
	int64_t at_ms;
};

struct journal {
	struct pending *first, **end;
	size_t count;
	struct pending **sorted; /* by platform, then in the order of the calls */
};

static const char SLOT, MARK, MARK_EPOCH;

/* Who is woken by commits: one per process, set at start before other threads run, so kept here and not in every
 * handle. */
static struct {
	pthread_rwlock_t lock;
	journal_hint_fn fn;
	void *arg;
} hint = {.lock = PTHREAD_RWLOCK_INITIALIZER};

void journal_set_hint(journal_hint_fn fn, void *arg)
{
	pthread_rwlock_wrlock(&hint.lock);
	hint.fn = fn;
	hint.arg = arg;
	pthread_rwlock_unlock(&hint.lock);
}

/* ---- Adding ---- */

static int compare_platforms(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

/* Rising and once each; none for what stays here. */
static const uint32_t *addressees(struct arena *arena, const struct journal_entry *entry, size_t *count)
{
	uint32_t *sorted = ARENA_ARRAY(arena, uint32_t, entry->to_count + 1);
	size_t given = entry->audience == JOURNAL_PRIVATE ? 0 : entry->to_count, kept = 0;
	if (given)
		memcpy(sorted, entry->to, given * sizeof(*sorted));
	qsort(sorted, given, sizeof(*sorted), compare_platforms);
	for (size_t i = 0; i < given; i++)
		if (!kept || sorted[kept - 1] != sorted[i])
			sorted[kept++] = sorted[i];
	*count = kept;
	return sorted;
}

static struct pending *copy_entry(struct arena *arena, struct db_scope scope, const struct journal_entry *entry)
{
	struct pending *pending = ARENA_NEW(arena, struct pending);
	struct journal_entry *copy = &pending->entry;
	struct buf *payload = buf_in(arena);
	*copy = *entry;
	copy->kind = arena_strdup(arena, entry->kind);
	copy->record_type = arena_strdup(arena, entry->record_type);
	copy->actor_name = arena_strdup(arena, entry->actor_name);
	copy->actor_role = arena_strdup(arena, entry->actor_role);
	copy->client = arena_strdup(arena, entry->client);
	copy->payload = NULL;
	copy->to = addressees(arena, entry, &copy->to_count);
	json_canonical(payload, entry->payload);
	pending->scope = scope;
	pending->payload = payload->data;
	pending->payload_len = payload->len;
	crypto_random(pending->salt, SALT);
	journal_commit(pending->salt, payload->data, payload->len, pending->commitment);
	crypto_random(pending->who_salt, SALT);
	journal_commit_who(pending->who_salt, entry->actor_name, entry->client, pending->who);
	return pending;
}

/* ---- Just before COMMIT ---- */

/* Whom entries of a run are addressed to. */
struct reader {
	uint32_t id; /* or JOURNAL_EVERYBODY */
	const char *origin;
	uint64_t last; /* seq of the entry last addressed to it */
};

/* A platform's entries side by side, to be written at once. */
struct run {
	struct pending **entries;
	size_t count;
	const char *origin;
	struct reader *readers; /* by id */
	size_t reader_count;
};

static bool is_public(const struct pending *pending)
{
	return pending->entry.audience == JOURNAL_PUBLIC;
}

static int compare_readers(const void *a, const void *b)
{
	return compare_platforms(&((const struct reader *)a)->id, &((const struct reader *)b)->id);
}

static void collect_readers(struct db *db, struct run *run)
{
	size_t most = 0, kept = 0;
	for (size_t i = 0; i < run->count; i++)
		most += run->entries[i]->entry.to_count + is_public(run->entries[i]);
	struct reader *readers = ARENA_ARRAY(db_arena(db), struct reader, most + 1);
	size_t count = 0;
	for (size_t i = 0; i < run->count; i++) {
		const struct journal_entry *entry = &run->entries[i]->entry;
		for (size_t t = 0; t < entry->to_count; t++)
			readers[count++] = (struct reader){entry->to[t], NULL, 0};
		if (is_public(run->entries[i]))
			readers[count++] = (struct reader){JOURNAL_EVERYBODY, "*", 0};
	}
	qsort(readers, count, sizeof(*readers), compare_readers);
	for (size_t i = 0; i < count; i++)
		if (!kept || readers[kept - 1].id != readers[i].id)
			readers[kept++] = readers[i];
	run->readers = readers;
	run->reader_count = kept;
}

static struct reader *find_reader(const struct run *run, uint32_t id)
{
	struct reader key = {.id = id};
	return bsearch(&key, run->readers, run->reader_count, sizeof(key), compare_readers);
}

/* As many ids as the next power of two, so that there are few texts of this statement. */
static struct problem *load_some_readers(struct db *db, const struct run *run, size_t from, size_t count)
{
	size_t size = 1;
	while (size < count)
		size *= 2;
	struct buf *sql = buf_in(db_arena(db));
	struct db_value *args = ARENA_ARRAY(db_arena(db), struct db_value, size);
	struct db_result *rows;
	buf_text(sql, "SELECT t.id, " JOURNAL_ORIGIN_NAME ", (SELECT a.seq FROM log_address a WHERE a.reader = t.id "
		"AND a.platform_id = :p ORDER BY a.seq DESC LIMIT 1) FROM tenant t JOIN network n ON n.id = t.network "
		"WHERE t.id IN (");
	for (size_t i = 0; i < size; i++) {
		buf_text(sql, i ? ", ?" : "?");
		args[i] = db_uint(run->readers[from + (i < count ? i : count - 1)].id);
	}
	buf_char(sql, ')');
	struct problem *problem = db_select(db, run->entries[0]->scope, db_dynamic(db, sql->data), args, size, &rows);
	for (size_t i = 0; !problem && i < rows->rows; i++) {
		struct reader *reader = find_reader(run, (uint32_t)db_get_uint(rows, i, 0));
		reader->origin = db_get_text(rows, i, 1);
		reader->last = db_get_uint(rows, i, 2);
	}
	return problem;
}

static struct problem *load_everybody(struct db *db, const struct run *run, struct reader *reader)
{
	struct db_result *row;
	struct problem *problem = db_select(db, run->entries[0]->scope,
		"SELECT COALESCE(MAX(seq), 0) FROM log_address WHERE reader = ? AND platform_id = :p",
		DB_ARGS(db_uint(JOURNAL_EVERYBODY)),
		&row);
	if (!problem)
		reader->last = db_get_uint(row, 0, 0);
	return problem;
}

/* After the head is locked, so that what was addressed before is all there. Entries that stay here ask nothing. */
static struct problem *load_readers(struct db *db, struct run *run)
{
	struct problem *problem = NULL;
	collect_readers(db, run);
	size_t named = run->reader_count;
	if (named && run->readers[named - 1].id == JOURNAL_EVERYBODY)
		problem = load_everybody(db, run, &run->readers[--named]);
	for (size_t at = 0; !problem && at < named; at += READERS_AT_ONCE)
		problem = load_some_readers(
			db, run, at, named - at < READERS_AT_ONCE ? named - at : READERS_AT_ONCE);
	for (size_t i = 0; i < run->reader_count; i++)
		if (!run->readers[i].origin)
			run->readers[i].origin = arena_printf(db_arena(db), "#%u", run->readers[i].id);
	return problem;
}

static int compare_origins(const void *a, const void *b)
{
	return strcmp((*(struct reader *const *)a)->origin, (*(struct reader *const *)b)->origin);
}

/* "zhejiang/hangzhou=12,zhejiang/ningbo=0"; NULL for nobody. The next entry then comes after this one. */
static const char *address(struct db *db, const struct run *run, const struct pending *pending)
{
	const struct journal_entry *entry = &pending->entry;
	size_t count = 0;
	struct reader **to = ARENA_ARRAY(db_arena(db), struct reader *, entry->to_count + 1);
	struct buf *text = buf_in(db_arena(db));
	for (size_t i = 0; i < entry->to_count; i++)
		to[count++] = find_reader(run, entry->to[i]);
	if (is_public(pending))
		to[count++] = find_reader(run, JOURNAL_EVERYBODY);
	qsort(to, count, sizeof(*to), compare_origins);
	for (size_t i = 0; i < count; i++) {
		buf_printf(text, "%s%s=%llu", i ? "," : "", to[i]->origin, (unsigned long long)to[i]->last);
		to[i]->last = pending->seq;
	}
	return count ? text->data : NULL;
}

/* The head row makes the order of commits: from here until COMMIT nobody else gets a number. It is locked after all
 * other rows, heads of several platforms in rising order, and what follows writes fresh rows only, so it cannot be part
 * of a deadlock. */
static struct problem *take_numbers(struct db *db, struct run *run)
{
	struct db_result *head;
	struct problem *problem = db_select(db, run->entries[0]->scope,
		"INSERT INTO head (platform_id, epoch, seq) VALUES (:p, 1, ?) "
		"ON DUPLICATE KEY UPDATE seq = seq + VALUES(seq) RETURNING epoch, seq, " JOURNAL_ORIGIN "platform_id)",
		DB_ARGS(db_uint(run->count)), &head);
	if (problem)
		return problem;
	int64_t now = clock_utc_ms();
	run->origin = db_get_text(head, 0, 2);
	if (!run->origin)
		run->origin = arena_printf(db_arena(db), "#%u", run->entries[0]->scope.platform_id);
	for (size_t i = 0; i < run->count; i++) {
		struct pending *pending = run->entries[i];
		pending->epoch = db_get_uint(head, 0, 0);
		pending->seq = db_get_uint(head, 0, 1) - run->count + 1 + i;
		pending->at_ms = now;
	}
	return NULL;
}

static void seal_headers(struct db *db, const struct run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		struct pending *pending = run->entries[i];
		const struct journal_entry *entry = &pending->entry;
		pending->to = address(db, run, pending);
		journal_header_leaf(
			&(struct journal_header){.v = JOURNAL_HEADER_VERSION,
				.origin = run->origin,
				.epoch = pending->epoch,
				.seq = pending->seq,
				.at_ms = pending->at_ms,
				.audience = entry->audience,
				.kind = entry->kind,
				.record_type = entry->record_type,
				.record_id = entry->record_id,
				.actor_id = entry->actor_id,
				.actor_role = entry->actor_role,
				.to = pending->to,
				.commitment = pending->commitment,
				.who = pending->who},
			pending->leaf);
	}
}

/* A single row by an ordinary statement, several in bulk. */
static struct problem *insert_rows(struct db *db, struct db_scope scope, const char *sql, const struct db_value *values,
	size_t columns, size_t rows)
{
	if (rows == 1)
		return db_exec(db, scope, sql, values, columns, NULL);
	return db_exec_many(db, scope, sql, values, columns, rows, NULL);
}

static struct problem *write_entries(struct db *db, const struct run *run)
{
	enum { COLUMNS = 19 };
	struct db_value *values = ARENA_ARRAY(db_arena(db), struct db_value, run->count * COLUMNS);
	for (size_t i = 0; i < run->count; i++) {
		const struct pending *pending = run->entries[i];
		const struct journal_entry *entry = &pending->entry;
		const struct db_value row[COLUMNS] = {db_uint(pending->seq), db_uint(pending->epoch),
			db_text(entry->kind), db_text(entry->record_type),
			db_bytes(entry->record_id.b, sizeof(entry->record_id.b)), db_int(entry->audience),
			db_id(&entry->actor_id), db_text(entry->actor_name), db_text(entry->actor_role),
			db_text(entry->client), db_time(pending->at_ms), db_bytes(pending->commitment, CRYPTO_HASH),
			db_bytes(pending->leaf, CRYPTO_HASH), db_text(pending->to), db_bytes(pending->who_salt, SALT),
			db_bytes(pending->who, CRYPTO_HASH), db_bytes(pending->salt, SALT),
			db_int(JOURNAL_HEADER_VERSION),
			(struct db_value){DB_TEXT, {.s = {pending->payload, pending->payload_len}}}};
		memcpy(&values[i * COLUMNS], row, sizeof(row));
	}
	return insert_rows(db, run->entries[0]->scope,
		"INSERT INTO log_entry (platform_id, seq, epoch, kind, record_type, record_id, audience, "
		"actor_id, actor_name, actor_role, client, at, commitment, leaf, addressed_to, who_salt, "
		"who, salt, v, payload) "
		"VALUES (:p, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		values, COLUMNS, run->count);
}

static struct problem *write_addresses(struct db *db, const struct run *run)
{
	size_t count = 0, most = 0;
	for (size_t i = 0; i < run->count; i++)
		most += run->entries[i]->entry.to_count + 1;
	struct db_value *values = ARENA_ARRAY(db_arena(db), struct db_value, most * 2);
	for (size_t i = 0; i < run->count; i++) {
		const struct journal_entry *entry = &run->entries[i]->entry;
		for (size_t t = 0; t < entry->to_count + is_public(run->entries[i]); t++, count++) {
			values[count * 2] = db_uint(t == entry->to_count ? JOURNAL_EVERYBODY : entry->to[t]);
			values[count * 2 + 1] = db_uint(run->entries[i]->seq);
		}
	}
	if (!count)
		return NULL;
	return insert_rows(db, run->entries[0]->scope,
		"INSERT INTO log_address (reader, platform_id, seq) VALUES (?, :p, ?)", values, 2, count);
}

static struct problem *write_run(struct db *db, struct run *run)
{
	struct problem *problem = take_numbers(db, run);
	if (!problem)
		problem = load_readers(db, run);
	if (problem)
		return problem;
	seal_headers(db, run);
	problem = write_entries(db, run);
	return problem ? problem : write_addresses(db, run);
}

/* Stable: insertion into place, since a transaction seldom has more than a few entries and they mostly are of one
 * platform. */
static void sort_pending(struct db *db, struct journal *journal)
{
	size_t count = 0;
	journal->sorted = ARENA_ARRAY(db_arena(db), struct pending *, journal->count);
	for (struct pending *pending = journal->first; pending; pending = pending->next) {
		size_t at = count++;
		for (; at > 0 && journal->sorted[at - 1]->scope.platform_id > pending->scope.platform_id; at--)
			journal->sorted[at] = journal->sorted[at - 1];
		journal->sorted[at] = pending;
	}
}

static struct problem *write_pending(struct db *db, void *arg)
{
	struct journal *journal = arg;
	struct problem *problem = NULL;
	sort_pending(db, journal);
	for (size_t i = 0; i < journal->count && !problem;) {
		struct run run = {.entries = &journal->sorted[i]};
		while (i < journal->count &&
			journal->sorted[i]->scope.platform_id == run.entries[0]->scope.platform_id) {
			run.count++;
			i++;
		}
		problem = write_run(db, &run);
		if (!problem && run.entries[0]->scope.platform_id == journal->first->scope.platform_id) {
			*db_transaction_mark(db, &MARK) = run.entries[run.count - 1]->seq;
			*db_transaction_mark(db, &MARK_EPOCH) = run.entries[run.count - 1]->epoch;
		}
	}
	return problem;
}

static void hint_readers(void *arg)
{
	const struct journal *journal = arg;
	uint32_t previous = 0;
	pthread_rwlock_rdlock(&hint.lock);
	for (const struct pending *pending = journal->first; pending && hint.fn; pending = pending->next) {
		const struct journal_entry *entry = &pending->entry;
		if (pending == journal->first || pending->scope.platform_id != previous)
			hint.fn(JOURNAL_HINT_MOVED, pending->scope.platform_id, 0, hint.arg);
		previous = pending->scope.platform_id;
		if (entry->audience == JOURNAL_PUBLIC)
			hint.fn(JOURNAL_HINT_ADDRESSED, pending->scope.platform_id, JOURNAL_EVERYBODY, hint.arg);
		for (size_t i = 0; i < entry->to_count; i++)
			hint.fn(JOURNAL_HINT_ADDRESSED, pending->scope.platform_id, entry->to[i], hint.arg);
	}
	pthread_rwlock_unlock(&hint.lock);
}

static struct journal *journal_of(struct db *db)
{
	void **slot = db_transaction_slot(db, &SLOT);
	if (!*slot) {
		struct journal *journal = ARENA_NEW(db_arena(db), struct journal);
		journal->end = &journal->first;
		*slot = journal;
		db_before_commit_last(db, write_pending, journal);
		db_after_commit(db, hint_readers, journal);
	}
	return *slot;
}

struct problem *journal_add(struct db *db, struct db_scope scope, const struct journal_entry *entry)
{
	struct journal *journal = journal_of(db);
	if (!scope.platform_id || !entry->payload || (entry->audience == JOURNAL_ADDRESSED && !entry->to_count))
		abort();
	struct pending *pending = copy_entry(db_arena(db), scope, entry);
	*journal->end = pending;
	journal->end = &pending->next;
	journal->count++;
	return NULL;
}

struct problem *journal_attempt(struct db *db, struct problem *(*fn)(struct db *db, void *arg), void *arg)
{
	struct journal *journal = journal_of(db);
	const struct journal mark = *journal;
	struct problem *problem = db_attempt(db, fn, arg);
	if (problem) {
		*journal = mark;
		*journal->end = NULL;
	}
	return problem;
}

uint64_t journal_last_seq(const struct db *db)
{
	return *db_transaction_mark((struct db *)db, &MARK);
}

uint64_t journal_last_epoch(const struct db *db)
{
	return *db_transaction_mark((struct db *)db, &MARK_EPOCH);
}

/* ---- Reading ---- */

#define READ_COLUMNS "e.seq, e.epoch, e.kind, e.record_type, e.record_id, e.audience, e.actor_id, e.actor_name, " \
	"e.actor_role, e.client, e.at, e.payload"
/* Of entries that one reader reads: as the header names it. Two ? for the reader, so that it is looked up once for all
 * rows. */
#define READ_ADDRESS ", e.addressed_to, IF(? = 4294967295, '*', " JOURNAL_ORIGIN "?))"

static void read_row(const struct db_result *rows, size_t row, uint32_t platform_id, struct journal_read *out)
{
	const struct db_value *payload = db_get(rows, row, 11);
	*out = (struct journal_read){.platform_id = platform_id,
		.seq = db_get_uint(rows, row, 0),
		.epoch = db_get_uint(rows, row, 1),
		.kind = db_get_text(rows, row, 2),
		.record_type = db_get_text(rows, row, 3),
		.audience = (enum journal_audience)db_get_int(rows, row, 5),
		.actor_name = db_get_text(rows, row, 7),
		.actor_role = db_get_text(rows, row, 8),
		.client = db_get_text(rows, row, 9),
		.at_ms = db_get_time(rows, row, 10),
		.previous = -1};
	db_get_id(rows, row, 4, &out->record_id);
	db_get_id(rows, row, 6, &out->actor_id);
	if (payload->type != DB_NULL) {
		out->payload = payload->s.data;
		out->payload_len = payload->s.len;
	}
}

/* Up to max_bytes of payload, and at least one entry. */
static void read_entries(struct db *db, const struct db_result *rows, uint32_t platform_id, size_t max_bytes,
	struct journal_read **out, size_t *count)
{
	size_t bytes = 0;
	*count = 0;
	*out = ARENA_ARRAY(db_arena(db), struct journal_read, rows->rows + 1);
	for (size_t i = 0; i < rows->rows; i++) {
		read_row(rows, i, platform_id, &(*out)[i]);
		bytes += (*out)[i].payload_len;
		if (i > 0 && bytes > max_bytes)
			return;
		*count = i + 1;
	}
}

struct problem *journal_read_for(struct db *db, uint32_t from, uint32_t reader, uint64_t after, size_t limit,
	size_t max_bytes, struct journal_read **out, size_t *count)
{
	struct db_result *rows;
	*count = 0;
	struct problem *problem = db_select(db, db_platform(from, 0),
		"SELECT " READ_COLUMNS READ_ADDRESS " FROM log_address a JOIN log_entry e"
		" WHERE a.platform_id = :p AND a.reader = ? AND a.seq > ? AND e.platform_id = "
		"a.platform_id AND e.seq = a.seq "
		"ORDER BY a.seq LIMIT ?",
		DB_ARGS(db_uint(reader), db_uint(reader), db_uint(reader), db_uint(after), db_uint(limit)), &rows);
	if (problem)
		return problem;
	read_entries(db, rows, from, max_bytes, out, count);
	for (size_t i = 0; i < *count; i++)
		(*out)[i].previous = journal_header_previous(db_get_text(rows, i, 12), db_get_text(rows, i, 13));
	return NULL;
}

struct problem *journal_history(struct db *db, struct db_scope scope, const struct uuid *record_id, size_t limit,
	struct journal_read **out, size_t *count)
{
	struct db_result *rows;
	*count = 0;
	struct problem *problem = db_select(db, scope, "SELECT " READ_COLUMNS " FROM log_entry e"
	                                    " WHERE e.platform_id = :p AND e.record_id = ? ORDER BY e.seq DESC LIMIT ?",
	                                    DB_ARGS(db_bytes(record_id->b, sizeof(record_id->b)), db_uint(limit)),
	                                    &rows);
	if (!problem)
		read_entries(db, rows, scope.platform_id, SIZE_MAX, out, count);
	return problem;
}

struct problem *journal_head(struct db *db, uint32_t platform_id, uint64_t *epoch, uint64_t *seq)
{
	struct db_result *row;
	*epoch = 1;
	*seq = 0;
	struct problem *problem = db_select(db, db_platform(platform_id, 0),
		"SELECT epoch, seq FROM head WHERE platform_id = :p", DB_NO_ARGS, &row);
	if (!problem && row->rows) {
		*epoch = db_get_uint(row, 0, 0);
		*seq = db_get_uint(row, 0, 1);
	}
	return problem;
}

struct problem *journal_heads(struct db *db, struct journal_position **out, size_t *count)
{
	struct db_result *rows;
	*count = 0;
	struct problem *problem = db_select(db, db_all_platforms("caches follow the heads of all logs"),
		"SELECT platform_id, epoch, seq FROM head", DB_NO_ARGS, &rows);
	if (problem)
		return problem;
	*out = ARENA_ARRAY(db_arena(db), struct journal_position, rows->rows + 1);
	*count = rows->rows;
	for (size_t i = 0; i < rows->rows; i++)
		(*out)[i] = (struct journal_position){
			(uint32_t)db_get_uint(rows, i, 0), (uint32_t)db_get_uint(rows, i, 1), db_get_uint(rows, i, 2)};
	return NULL;
}
