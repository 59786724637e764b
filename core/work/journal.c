#include "core/work/journal.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/crypto/crypto.h"
#include "core/text/json.h"

enum { SALT = 16, VERIFY_ROWS = 500 };

/* An entry that waits for its number. */
struct pending {
	struct pending *next;
	struct db_scope scope;
	struct journal_entry entry; /* with copies of its own */
	const char *to;             /* "12,15" or NULL */
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

/* ---- Hashes ---- */

static void commit_to(const unsigned char salt[SALT], const char *payload, size_t len, unsigned char out[CRYPTO_HASH])
{
	struct buf bytes;
	buf_init(&bytes);
	buf_add(&bytes, salt, SALT);
	buf_add(&bytes, payload, len);
	crypto_sha256(bytes.data, bytes.len, out);
	buf_finish(&bytes);
}

/* Name and address; "" where there is none. */
static void commit_to_who(
	const unsigned char salt[SALT], const char *name, const char *client, unsigned char out[CRYPTO_HASH])
{
	struct buf bytes;
	buf_init(&bytes);
	buf_add(&bytes, salt, SALT);
	buf_text(&bytes, name ? name : "");
	buf_char(&bytes, 0);
	buf_text(&bytes, client ? client : "");
	crypto_sha256(bytes.data, bytes.len, out);
	buf_finish(&bytes);
}

struct header {
	uint32_t platform_id;
	uint64_t epoch;
	uint64_t seq;
	int64_t at_ms;
	int audience;
	const char *kind;
	const char *record_type;
	struct uuid record_id;
	struct uuid actor_id;
	const char *actor_role;
	const char *to;
	const unsigned char *commitment;
	const unsigned char *who; /* NULL in entries from before: v 1 */
};

static void put_id(struct json_writer *w, const char *key, struct uuid id)
{
	char text[UUID_TEXT + 1];
	if (uuid_is_nil(id)) {
		jw_kv_null(w, key);
		return;
	}
	uuid_format(id, text);
	jw_kv_text(w, key, text);
}

static void put_addressees(struct json_writer *w, const char *to)
{
	jw_key(w, "to");
	jw_array_begin(w);
	while (to && *to) {
		char *end;
		jw_uint(w, strtoul(to, &end, 10));
		to = *end ? end + 1 : end;
	}
	jw_array_end(w);
}

/* Keys in their canonical order, so that the text is canonical as it is written. */
static void hash_leaf(const struct header *header, unsigned char out[CRYPTO_HASH])
{
	struct buf bytes;
	struct json_writer w;
	char commitment[2 * CRYPTO_HASH + 1];
	crypto_hex(header->commitment, CRYPTO_HASH, commitment);
	buf_init(&bytes);
	buf_char(&bytes, 0);
	jw_init(&w, &bytes);
	jw_object_begin(&w);
	put_id(&w, "actor", header->actor_id);
	jw_kv_int(&w, "at", header->at_ms);
	jw_kv_int(&w, "audience", header->audience);
	jw_kv_text(&w, "commitment", commitment);
	jw_kv_uint(&w, "epoch", header->epoch);
	jw_kv_text(&w, "kind", header->kind);
	jw_kv_uint(&w, "platform", header->platform_id);
	put_id(&w, "record", header->record_id);
	jw_kv_text(&w, "record_type", header->record_type);
	jw_kv_text(&w, "role", header->actor_role);
	jw_kv_uint(&w, "seq", header->seq);
	put_addressees(&w, header->to);
	jw_kv_int(&w, "v", header->who ? 2 : 1);
	if (header->who) {
		char who[2 * CRYPTO_HASH + 1];
		crypto_hex(header->who, CRYPTO_HASH, who);
		jw_kv_text(&w, "who", who);
	}
	jw_object_end(&w);
	crypto_sha256(bytes.data, bytes.len, out);
	buf_finish(&bytes);
}

/* ---- Adding ---- */

static int compare_platforms(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

/* Rising and once each; NULL for none. */
static const char *addressees(struct arena *arena, const struct journal_entry *entry, uint32_t **to, size_t *count)
{
	struct buf *text = buf_in(arena);
	uint32_t *sorted = ARENA_ARRAY(arena, uint32_t, entry->to_count + 1);
	size_t kept = 0;
	if (entry->to_count)
		memcpy(sorted, entry->to, entry->to_count * sizeof(*sorted));
	qsort(sorted, entry->to_count, sizeof(*sorted), compare_platforms);
	for (size_t i = 0; i < entry->to_count; i++) {
		if (kept && sorted[kept - 1] == sorted[i])
			continue;
		buf_printf(text, "%s%u", kept ? "," : "", sorted[i]);
		sorted[kept++] = sorted[i];
	}
	*to = sorted;
	*count = kept;
	return kept ? text->data : NULL;
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
	uint32_t *to = NULL;
	pending->to = addressees(arena, entry, &to, &copy->to_count);
	copy->to = to;
	json_canonical(payload, entry->payload);
	pending->scope = scope;
	pending->payload = payload->data;
	pending->payload_len = payload->len;
	crypto_random(pending->salt, SALT);
	commit_to(pending->salt, payload->data, payload->len, pending->commitment);
	crypto_random(pending->who_salt, SALT);
	commit_to_who(pending->who_salt, entry->actor_name, entry->client, pending->who);
	return pending;
}

/* ---- Just before COMMIT ---- */

/* A platform's entries side by side, to be written at once. */
struct run {
	struct pending **entries;
	size_t count;
};

/* The head row makes the order of commits: from here until COMMIT nobody else gets a number. It is locked after all
 * other rows, heads of several platforms in rising order, and what follows writes fresh rows only, so it cannot be part
 * of a deadlock. */
static struct problem *take_numbers(struct db *db, const struct run *run)
{
	struct db_result *head;
	struct problem *problem = db_select(db, run->entries[0]->scope,
		"INSERT INTO head (platform_id, epoch, seq) VALUES (:p, 1, ?) "
		"ON DUPLICATE KEY UPDATE seq = seq + VALUES(seq) RETURNING epoch, seq",
		DB_ARGS(db_uint(run->count)), &head);
	if (problem)
		return problem;
	int64_t now = clock_utc_ms();
	for (size_t i = 0; i < run->count; i++) {
		struct pending *pending = run->entries[i];
		const struct journal_entry *entry = &pending->entry;
		pending->epoch = db_get_uint(head, 0, 0);
		pending->seq = db_get_uint(head, 0, 1) - run->count + 1 + i;
		pending->at_ms = now;
		hash_leaf(&(struct header){.platform_id = pending->scope.platform_id,
				  .epoch = pending->epoch,
				  .seq = pending->seq,
				  .at_ms = now,
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
	return NULL;
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
	enum { COLUMNS = 18 };
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
			(struct db_value){DB_TEXT, {.s = {pending->payload, pending->payload_len}}}};
		memcpy(&values[i * COLUMNS], row, sizeof(row));
	}
	return insert_rows(db, run->entries[0]->scope,
		"INSERT INTO log_entry (platform_id, seq, epoch, kind, record_type, record_id, audience, "
		"actor_id, actor_name, actor_role, client, at, commitment, leaf, addressed_to, who_salt, "
		"who, salt, payload) "
		"VALUES (:p, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		values, COLUMNS, run->count);
}

/* Reader 0 stands for everybody. */
static struct problem *write_addresses(struct db *db, const struct run *run)
{
	size_t count = 0, most = 0;
	for (size_t i = 0; i < run->count; i++)
		most += run->entries[i]->entry.to_count + 1;
	struct db_value *values = ARENA_ARRAY(db_arena(db), struct db_value, most * 2);
	for (size_t i = 0; i < run->count; i++) {
		const struct journal_entry *entry = &run->entries[i]->entry;
		bool public = entry->audience == JOURNAL_PUBLIC;
		for (size_t t = 0; t < entry->to_count + public && entry->audience != JOURNAL_PRIVATE; t++, count++) {
			values[count * 2] = db_uint(t == entry->to_count ? 0 : entry->to[t]);
			values[count * 2 + 1] = db_uint(run->entries[i]->seq);
		}
	}
	if (!count)
		return NULL;
	return insert_rows(db, run->entries[0]->scope,
		"INSERT INTO log_address (reader, platform_id, seq) VALUES (?, :p, ?)", values, 2, count);
}

static struct problem *write_run(struct db *db, const struct run *run)
{
	struct problem *problem = take_numbers(db, run);
	if (!problem)
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
			hint.fn(JOURNAL_HINT_ADDRESSED, pending->scope.platform_id, 0, hint.arg);
		for (size_t i = 0; i < entry->to_count && entry->audience != JOURNAL_PRIVATE; i++)
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
		.at_ms = db_get_time(rows, row, 10)};
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

struct problem *journal_read_for(struct db *db, uint32_t from, uint32_t reader, bool with_public, uint64_t after,
	size_t limit, size_t max_bytes, struct journal_read **out, size_t *count)
{
	struct db_result *rows;
	struct problem *problem;
	*count = 0;
	if (with_public)
		problem = db_select(db, db_platform(from, 0), "SELECT " READ_COLUMNS " FROM ("
		                    "(SELECT seq FROM log_address WHERE platform_id = :p AND reader = 0 AND seq > ? "
		                    "ORDER BY seq LIMIT ?) UNION "
		                    "(SELECT seq FROM log_address WHERE platform_id = :p AND reader = ? AND seq > ? "
		                    "ORDER BY seq LIMIT ?) "
		                    "ORDER BY seq LIMIT ?) a JOIN log_entry e WHERE e.platform_id = :p AND e.seq = "
		                    "a.seq ORDER BY e.seq",
		                    DB_ARGS(db_uint(after), db_uint(limit), db_uint(reader), db_uint(after),
		                    db_uint(limit), db_uint(limit)), &rows);
	else
		problem = db_select(db, db_platform(from, 0),
			"SELECT " READ_COLUMNS " FROM log_address a JOIN log_entry e"
			" WHERE a.platform_id = :p AND a.reader = ? AND a.seq > ? AND e.platform_id = "
			"a.platform_id AND e.seq = a.seq "
			"ORDER BY a.seq LIMIT ?",
			DB_ARGS(db_uint(reader), db_uint(after), db_uint(limit)), &rows);
	if (!problem)
		read_entries(db, rows, from, max_bytes, out, count);
	return problem;
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

/* ---- Erasing ---- */

struct problem *journal_erase(struct db *db, struct db_scope scope, const struct uuid *record_id, uint64_t *erased)
{
	return db_exec(db, scope,
		"UPDATE log_entry SET salt = NULL, payload = NULL, who_salt = NULL, actor_name = NULL, client = NULL "
		"WHERE platform_id = :p AND record_id = ? AND payload IS NOT NULL",
		DB_ARGS(db_bytes(record_id->b, sizeof(record_id->b))), erased);
}

struct problem *journal_erase_actor(
	struct db *db, struct db_scope scope, const struct uuid *account_id, uint64_t *erased)
{
	return db_exec(db, scope, "UPDATE log_entry SET who_salt = NULL, actor_name = NULL, client = NULL "
	               "WHERE platform_id = :p AND actor_id = ? AND (actor_name IS NOT NULL OR client IS NOT NULL)",
	               DB_ARGS(db_bytes(account_id->b, sizeof(account_id->b))), erased);
}

/* ---- Sealing what stands open ---- */

struct problem *journal_replace(struct db *db, struct db_scope scope, uint64_t seq, const struct json_object *payload)
{
	struct db_result *row;
	unsigned char salt[SALT], commitment[CRYPTO_HASH], leaf[CRYPTO_HASH];
	struct buf *text = buf_in(db_arena(db));
	struct problem *problem = db_select(db, scope,
		"SELECT epoch, kind, record_type, record_id, audience, actor_id, actor_role, at, addressed_to, who "
		"FROM log_entry"
		" WHERE platform_id = :p AND seq = ? AND payload IS NOT NULL FOR UPDATE",
		DB_ARGS(db_uint(seq)), &row);
	if (problem)
		return problem;
	if (!row->rows)
		return problem_new(db_arena(db), &PROBLEM_NOT_FOUND);
	struct header header = {.platform_id = scope.platform_id,
		.seq = seq,
		.epoch = db_get_uint(row, 0, 0),
		.kind = db_get_text(row, 0, 1),
		.record_type = db_get_text(row, 0, 2),
		.audience = (int)db_get_int(row, 0, 4),
		.actor_role = db_get_text(row, 0, 6),
		.at_ms = db_get_time(row, 0, 7),
		.to = db_get_text(row, 0, 8),
		.commitment = commitment,
		.who = (const unsigned char *)db_get_text(row, 0, 9)};
	db_get_id(row, 0, 3, &header.record_id);
	db_get_id(row, 0, 5, &header.actor_id);
	json_canonical(text, payload);
	crypto_random(salt, SALT);
	commit_to(salt, text->data, text->len, commitment);
	hash_leaf(&header, leaf);
	return db_exec(db, scope,
		"UPDATE log_entry SET salt = ?, payload = ?, commitment = ?, leaf = ? WHERE platform_id = :p AND seq = "
		"?",
		DB_ARGS(db_bytes(salt, SALT), (struct db_value){DB_TEXT, {.s = {text->data, text->len}}},
			db_bytes(commitment, CRYPTO_HASH), db_bytes(leaf, CRYPTO_HASH), db_uint(seq)),
		NULL);
}

/* ---- Verifying ---- */

/* Columns 14 to 17: who_salt, who, actor_name, client. */
static const char *check_who(const struct db_result *rows, size_t row)
{
	unsigned char hash[CRYPTO_HASH];
	const char *salt = db_get_text(rows, row, 14), *who = db_get_text(rows, row, 15);
	const char *name = db_get_text(rows, row, 16), *client = db_get_text(rows, row, 17);
	if (!who)
		return NULL;
	if (!salt)
		return name || client ? "who acted stands there although it was erased" : NULL;
	commit_to_who((const unsigned char *)salt, name, client, hash);
	return memcmp(hash, who, CRYPTO_HASH) == 0 ? NULL : "who acted does not fit its commitment";
}

static const char *check_row(const struct db_result *rows, size_t row, uint32_t platform_id, uint64_t expected)
{
	unsigned char hash[CRYPTO_HASH];
	struct header header = {.platform_id = platform_id,
		.seq = db_get_uint(rows, row, 0),
		.epoch = db_get_uint(rows, row, 1),
		.kind = db_get_text(rows, row, 2),
		.record_type = db_get_text(rows, row, 3),
		.audience = (int)db_get_int(rows, row, 5),
		.actor_role = db_get_text(rows, row, 7),
		.at_ms = db_get_time(rows, row, 8),
		.to = db_get_text(rows, row, 9),
		.commitment = db_need_bytes(rows, row, 10, CRYPTO_HASH),
		.who = (const unsigned char *)db_get_text(rows, row, 15)};
	db_get_id(rows, row, 4, &header.record_id);
	db_get_id(rows, row, 6, &header.actor_id);
	if (header.seq != expected)
		return "the entry is missing";
	const struct db_value *salt = db_get(rows, row, 12), *payload = db_get(rows, row, 13);
	if (payload->type != DB_NULL) {
		commit_to((const unsigned char *)salt->s.data, payload->s.data, payload->s.len, hash);
		if (memcmp(hash, header.commitment, CRYPTO_HASH) != 0)
			return "the payload does not fit its commitment";
	}
	const char *why = check_who(rows, row);
	if (why)
		return why;
	hash_leaf(&header, hash);
	return memcmp(hash, db_need_bytes(rows, row, 11, CRYPTO_HASH), CRYPTO_HASH) == 0
		? NULL
		: "the entry does not fit its leaf hash";
}

static struct problem *verify_chunk(struct db *db, uint32_t platform_id, uint64_t after, uint64_t to, uint64_t *checked,
	uint64_t *bad_seq, const char **why)
{
	struct db_result *rows;
	struct problem *problem = db_select(db, db_platform(platform_id, 0),
		"SELECT e.seq, e.epoch, e.kind, e.record_type, e.record_id, e.audience, "
		"e.actor_id, e.actor_role, e.at, e.addressed_to, e.commitment, e.leaf, "
		"e.salt, e.payload, e.who_salt, e.who, "
		"e.actor_name, e.client FROM log_entry e"
		" WHERE e.platform_id = :p AND e.seq > ? AND e.seq <= ? ORDER BY e.seq",
		DB_ARGS(db_uint(after), db_uint(to)), &rows);
	if (problem)
		return problem;
	for (uint64_t i = 0; after + i < to; i++) {
		*why = i < rows->rows ? check_row(rows, i, platform_id, after + 1 + i) : "the entry is missing";
		if (*why) {
			*bad_seq = after + 1 + i;
			return NULL;
		}
		++*checked;
	}
	return NULL;
}

struct problem *journal_verify(struct db *db, uint32_t platform_id, uint64_t from_seq, uint64_t to_seq,
	uint64_t *checked, uint64_t *bad_seq, const char **why)
{
	struct arena *arena = db_arena(db);
	struct problem *problem = NULL;
	*checked = *bad_seq = 0;
	*why = NULL;
	while (from_seq < to_seq && !problem && !*bad_seq) {
		uint64_t to = to_seq - from_seq > VERIFY_ROWS ? from_seq + VERIFY_ROWS : to_seq;
		struct arena *scratch = arena_create();
		db_use_arena(db, scratch);
		problem = verify_chunk(db, platform_id, from_seq, to, checked, bad_seq, why);
		if (problem)
			problem = problem_detail(arena, problem->kind, problem->kind->zh, problem->kind->en);
		db_use_arena(db, arena);
		arena_destroy(scratch);
		from_seq = to;
	}
	return problem;
}
