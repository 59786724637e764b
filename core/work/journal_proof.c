/* The other half of journal.h: erasing, sealing and verifying what stands in a log. */
#include <string.h>

#include "core/buf.h"
#include "core/crypto/crypto.h"
#include "core/text/json.h"
#include "core/work/journal.h"
#include "core/work/journal_header.h"

enum { VERIFY_ROWS = 500 };

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

/* e.v is NULL in entries from before it was kept. */
#define HEADER_COLUMNS "e.seq, e.epoch, e.kind, e.record_type, e.record_id, e.audience, e.actor_id, e.actor_role, " \
	"e.at, " \
	"e.addressed_to, COALESCE(e.v, IF(e.who IS NULL, 1, 2)), e.who, " JOURNAL_ORIGIN "e.platform_id)"
enum { AFTER_HEADER = 13 };

static struct journal_header read_header(struct db *db, const struct db_result *rows, size_t row, uint32_t platform_id)
{
	struct journal_header header = {.platform_id = platform_id,
		.seq = db_get_uint(rows, row, 0),
		.epoch = db_get_uint(rows, row, 1),
		.kind = db_get_text(rows, row, 2),
		.record_type = db_get_text(rows, row, 3),
		.audience = (int)db_get_int(rows, row, 5),
		.actor_role = db_get_text(rows, row, 7),
		.at_ms = db_get_time(rows, row, 8),
		.to = db_get_text(rows, row, 9),
		.v = (int)db_get_int(rows, row, 10),
		.who = (const unsigned char *)db_get_text(rows, row, 11),
		.origin = db_get_text(rows, row, 12)};
	db_get_id(rows, row, 4, &header.record_id);
	db_get_id(rows, row, 6, &header.actor_id);
	if (!header.origin)
		header.origin = arena_printf(db_arena(db), "#%u", platform_id);
	return header;
}

struct problem *journal_replace(struct db *db, struct db_scope scope, uint64_t seq, const struct json_object *payload)
{
	struct db_result *row;
	unsigned char salt[JOURNAL_SALT], commitment[CRYPTO_HASH], leaf[CRYPTO_HASH];
	struct buf *text = buf_in(db_arena(db));
	struct problem *problem = db_select(db, scope,
		"SELECT " HEADER_COLUMNS
		" FROM log_entry e WHERE e.platform_id = :p AND e.seq = ? AND e.payload IS NOT NULL FOR UPDATE",
		DB_ARGS(db_uint(seq)), &row);
	if (problem)
		return problem;
	if (!row->rows)
		return problem_new(db_arena(db), &PROBLEM_NOT_FOUND);
	struct journal_header header = read_header(db, row, 0, scope.platform_id);
	header.commitment = commitment;
	json_canonical(text, payload);
	crypto_random(salt, sizeof(salt));
	journal_commit(salt, text->data, text->len, commitment);
	journal_header_leaf(&header, leaf);
	return db_exec(db, scope,
		"UPDATE log_entry SET salt = ?, payload = ?, commitment = ?, leaf = ? WHERE platform_id = :p AND seq "
		"= ?",
		DB_ARGS(db_bytes(salt, sizeof(salt)), (struct db_value){DB_TEXT, {.s = {text->data, text->len}}},
			db_bytes(commitment, CRYPTO_HASH), db_bytes(leaf, CRYPTO_HASH), db_uint(seq)),
		NULL);
}

/* ---- Verifying ---- */

enum { COL_COMMITMENT = AFTER_HEADER, COL_LEAF, COL_SALT, COL_PAYLOAD, COL_WHO_SALT, COL_NAME, COL_CLIENT };

static const char *check_who(const struct db_result *rows, size_t row, const unsigned char *who)
{
	unsigned char hash[CRYPTO_HASH];
	const char *salt = db_get_text(rows, row, COL_WHO_SALT);
	const char *name = db_get_text(rows, row, COL_NAME), *client = db_get_text(rows, row, COL_CLIENT);
	if (!who)
		return NULL;
	if (!salt)
		return name || client ? "who acted stands there although it was erased" : NULL;
	journal_commit_who((const unsigned char *)salt, name, client, hash);
	return memcmp(hash, who, CRYPTO_HASH) == 0 ? NULL : "who acted does not fit its commitment";
}

static const char *check_row(
	struct db *db, const struct db_result *rows, size_t row, uint32_t platform_id, uint64_t expected)
{
	unsigned char hash[CRYPTO_HASH];
	struct journal_header header = read_header(db, rows, row, platform_id);
	header.commitment = db_need_bytes(rows, row, COL_COMMITMENT, CRYPTO_HASH);
	if (header.seq != expected)
		return "the entry is missing";
	if (header.v > JOURNAL_HEADER_VERSION)
		return "the entry is of a version that this server does not know";
	if (header.v >= 2 && !header.who)
		return "who acted is not committed to";
	const struct db_value *salt = db_get(rows, row, COL_SALT), *payload = db_get(rows, row, COL_PAYLOAD);
	if (payload->type != DB_NULL) {
		journal_commit((const unsigned char *)salt->s.data, payload->s.data, payload->s.len, hash);
		if (memcmp(hash, header.commitment, CRYPTO_HASH) != 0)
			return "the payload does not fit its commitment";
	}
	const char *why = check_who(rows, row, header.who);
	if (why)
		return why;
	journal_header_leaf(&header, hash);
	return memcmp(hash, db_need_bytes(rows, row, COL_LEAF, CRYPTO_HASH), CRYPTO_HASH) == 0 ?
		NULL : "the entry does not fit its leaf hash";
}

static struct problem *verify_chunk(struct db *db, uint32_t platform_id, uint64_t after, uint64_t to, uint64_t *checked,
	uint64_t *bad_seq, const char **why)
{
	struct db_result *rows;
	struct problem *problem = db_select(db, db_platform(platform_id, 0),
		"SELECT " HEADER_COLUMNS ", e.commitment, e.leaf, e.salt, e.payload, e.who_salt, e.actor_name, "
		"e.client "
		"FROM log_entry e WHERE e.platform_id = :p AND e.seq > ? AND e.seq <= ? ORDER BY e.seq",
		DB_ARGS(db_uint(after), db_uint(to)), &rows);
	if (problem)
		return problem;
	for (uint64_t i = 0; after + i < to; i++) {
		*why = i < rows->rows ? check_row(db, rows, i, platform_id, after + 1 + i) : "the entry is missing";
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
