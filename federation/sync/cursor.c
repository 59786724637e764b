#include "federation/sync/cursor.h"

#include "core/record/record.h"
#include "core/text/json.h"
#include "core/work/journal.h"
#include "tenants/platform/post.h"

/* Both ends of a pair as one statement shows them: of one moment. */
struct view {
	bool exists;
	bool told; /* that it was reset */
	bool other_entry;
	struct cursor cursor;
	uint64_t epoch; /* of the source's head */
	uint64_t head;
	uint64_t gap_after, gap; /* 0: none */
};

#define VIEW \
	"SELECT COALESCE(h.epoch, 1), COALESCE(h.seq, 0), c.epoch, c.seq, c.tries, c.reset_at IS NOT NULL, " \
	"c.seen_at IS NOT NULL AND NOT (e.at <=> c.seen_at), COALESCE(c.gap_after, 0), COALESCE(c.gap_seq, 0) FROM " \
	"(SELECT ? AS reader, ? AS source) k " \
	"LEFT JOIN head h ON h.platform_id = k.source LEFT JOIN log_cursor c ON c.platform_id = k.reader AND " \
	"c.source = k.source " \
	"LEFT JOIN log_entry e ON e.platform_id = c.source AND e.seq = c.seen_seq"

/* hold: until the end of the transaction nobody else moves the cursor or adds to the log. */
static struct problem *look(struct call *call, bool hold, uint32_t source, struct view *out)
{
	const struct db_value args[] = {db_uint(call->platform_id), db_uint(source)};
	struct db_result *result;
	struct problem *problem;
	if (hold)
		problem = db_select(call->db, db_all_platforms("a reader and a source"), VIEW " LOCK IN SHARE MODE",
			args, 2, &result);
	else
		problem = db_select(call->db, db_all_platforms("a reader and a source"), VIEW, args, 2, &result);
	if (problem)
		return problem;
	*out = (struct view){.epoch = db_get_uint(result, 0, 0), .head = db_get_uint(result, 0, 1),
		.exists = db_get(result, 0, 2)->type != DB_NULL, .told = db_get_int(result, 0, 5) != 0,
		.other_entry = db_get_int(result, 0, 6) != 0,
		.gap_after = db_get_uint(result, 0, 7),
		.gap = db_get_uint(result, 0, 8),
		.cursor = {db_get_uint(result, 0, 2), db_get_uint(result, 0, 3), (unsigned)db_get_uint(result, 0, 4)}};
	return NULL;
}

static bool is_another_log(const struct view *view)
{
	return view->cursor.epoch != view->epoch || view->cursor.seq > view->head || view->other_entry;
}

static struct problem *create(struct call *call, uint32_t source, uint64_t epoch)
{
	const char *duplicate;
	return db_insert(call->db, call->scope,
	                 "INSERT INTO log_cursor (platform_id, source, epoch, seq, updated_at) VALUES (:p, ?, ?, 0, "
	                 "UTC_TIMESTAMP(3))",
	                 DB_ARGS(db_uint(source), db_uint(epoch)), &duplicate);
}

/* ---- Reset ---- */

struct telling {
	struct call *call;
	uint32_t source;
	bool reset;
};

/* The second look waits for whoever is writing the log or moving the cursor. */
static struct problem *look_and_tell(struct db *db, void *arg)
{
	struct telling *telling = arg;
	struct call *call = telling->call;
	struct view view;
	struct problem *problem = look(call, true, telling->source, &view);
	telling->reset = !problem && view.exists && (view.told || is_another_log(&view));
	if (problem || !telling->reset || view.told)
		return problem;
	const char *why = arena_printf(call->arena,
		"the source is at %llu/%llu, this reader at %llu/%llu: it was restored or reset",
		(unsigned long long)view.epoch, (unsigned long long)view.head, (unsigned long long)view.cursor.epoch,
		(unsigned long long)view.cursor.seq);
	return db_exec(db, call->scope,
		"UPDATE log_cursor SET reset_at = UTC_TIMESTAMP(3), error = ? WHERE platform_id = :p AND source = ?",
		DB_ARGS(db_text(why), db_uint(telling->source)), NULL);
}

struct problem *cursor_load(struct call *call, uint32_t source, struct cursor *out, bool *reset)
{
	struct view view;
	struct problem *problem = look(call, false, source, &view);
	*reset = false;
	if (problem)
		return problem;
	*out = view.cursor;
	if (!view.exists) {
		*out = (struct cursor){.epoch = view.epoch};
		return create(call, source, view.epoch);
	}
	if (!view.told && !is_another_log(&view))
		return NULL;
	struct telling telling = {.call = call, .source = source, .reset = view.told};
	if (!view.told)
		problem = db_transaction(call->db, look_and_tell, &telling);
	*reset = telling.reset;
	return problem;
}

/* ---- Moving ---- */

struct problem *cursor_move(
	struct call *call, uint32_t source, const struct cursor *from, uint64_t to, int64_t to_at_ms, bool *moved)
{
	uint64_t affected;
	struct problem *problem = db_exec(call->db, call->scope,
	                                  "UPDATE log_cursor SET seq = ?, seen_seq = ?, seen_at = ?, tries = 0, error "
	                                  "= NULL, "
	                                  "updated_at = UTC_TIMESTAMP(3) WHERE platform_id = :p AND source = ? AND "
	                                  "epoch = ? AND seq = ? AND reset_at IS NULL",
	                                  DB_ARGS(db_uint(to), db_uint(to), db_time(to_at_ms), db_uint(source),
	                                  db_uint(from->epoch),
	                                          db_uint(from->seq)),
	                                  &affected);
	*moved = !problem && affected == 1;
	return problem;
}

struct problem *cursor_note_failure(struct call *call, uint32_t source, const struct cursor *at, const char *why)
{
	return db_exec(call->db, call->scope,
	               "UPDATE log_cursor SET tries = tries + 1, error = ?, updated_at = UTC_TIMESTAMP(3) "
	               "WHERE platform_id = :p AND source = ? AND epoch = ? AND seq = ? AND reset_at IS NULL",
	               DB_ARGS(db_text(why), db_uint(source), db_uint(at->epoch), db_uint(at->seq)), NULL);
}

struct problem *cursor_note_gap(
	struct call *call, uint32_t source, const struct cursor *at, uint64_t missing, bool *fresh)
{
	uint64_t affected;
	struct problem *problem = db_exec(call->db, call->scope,
		"UPDATE log_cursor SET gap_after = ?, gap_seq = ?, gap_at = UTC_TIMESTAMP(3) "
		"WHERE platform_id = :p AND source = ? AND epoch = ? AND gap_seq IS NULL AND reset_at IS NULL",
		DB_ARGS(db_uint(at->seq), db_uint(missing), db_uint(source), db_uint(at->epoch)), &affected);
	*fresh = !problem && affected;
	return problem;
}

/* ---- Deciding ---- */

/* A copy made from an entry that the log has lost would be taken for newer than what home writes now. */
static struct problem *age_copies(struct call *call, uint32_t source, uint64_t head)
{
	const struct record_set *set = call->services->records;
	struct problem *problem = db_exec(call->db, call->scope,
	                                  "UPDATE product_count SET home_seq = ? WHERE platform_id = :p AND home_id = "
	                                  "? AND home_seq > ?",
	                                  DB_ARGS(db_uint(head), db_uint(source), db_uint(head)), NULL);
	for (size_t i = 0; !problem && i < set->count; i++) {
		const struct record *record = set->records[i];
		if (!record->table || !(record->has & ROW_HAS_HOME_SEQ))
			continue;
		const char *sql = arena_printf(call->arena,
			"UPDATE %s SET home_seq = ? WHERE platform_id = :p AND home_id = ? AND home_seq > ?",
			record->table);
		problem = db_exec(call->db, call->scope, db_dynamic(call->db, sql),
			DB_ARGS(db_uint(head), db_uint(source), db_uint(head)), NULL);
	}
	return problem;
}

static struct problem *start_anew(struct call *call, uint32_t source, uint64_t head)
{
	struct problem *problem = db_exec(call->db, call->scope,
		"DELETE FROM log_parked WHERE platform_id = :p AND source = ?", DB_ARGS(db_uint(source)), NULL);
	return problem ? problem : age_copies(call, source, head);
}

struct deciding {
	struct call *call;
	uint32_t source;
	struct cursor_decision *out;
};

/* It reads again from there if what was missing has come to light; what it had already changes nothing. */
static struct problem *close_gap(struct call *call, uint32_t source, const struct view *view,
	struct cursor_decision *out)
{
	struct db_result *rows;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT 1 FROM log_address a WHERE a.reader = :p AND a.platform_id = ? AND a.seq = ?",
		DB_ARGS(db_uint(source), db_uint(view->gap)), &rows);
	if (problem)
		return problem;
	bool found = rows->rows > 0;
	*out = (struct cursor_decision){.had_gap = true, .from = found ? view->gap_after : view->cursor.seq};
	return db_exec(call->db, call->scope,
		"UPDATE log_cursor SET seq = ?, seen_at = IF(?, NULL, seen_at), gap_after = NULL, gap_seq = NULL, "
		"gap_at = NULL, "
		"updated_at = UTC_TIMESTAMP(3) WHERE platform_id = :p AND source = ?",
		DB_ARGS(db_uint(out->from), db_int(found), db_uint(source)), NULL);
}

static struct problem *decide(struct db *db, void *arg)
{
	struct deciding *deciding = arg;
	struct call *call = deciding->call;
	struct cursor_decision *out = deciding->out;
	struct view view = {0};
	struct problem *problem = look(call, true, deciding->source, &view);
	*out = (struct cursor_decision){.was_reset = !problem && view.told};
	if (!problem && !view.told && view.gap)
		return close_gap(call, deciding->source, &view, out);
	if (!out->was_reset)
		return problem;
	out->from_start = view.other_entry || view.cursor.seq > view.head;
	out->from = out->from_start ? 0 : view.cursor.seq;
	if (out->from_start)
		problem = start_anew(call, deciding->source, view.head);
	if (problem)
		return problem;
	return db_exec(db, call->scope,
	               "UPDATE log_cursor SET epoch = ?, seq = ?, seen_at = IF(?, NULL, seen_at), reset_at = NULL, "
	               "tries = 0, error = NULL, gap_after = NULL, gap_seq = NULL, gap_at = NULL, "
	               "updated_at = UTC_TIMESTAMP(3) WHERE platform_id = :p AND source = ?",
	               DB_ARGS(db_uint(view.epoch), db_uint(out->from), db_int(out->from_start),
	               db_uint(deciding->source)), NULL);
}

struct problem *cursor_follow(struct call *call, uint32_t source, struct cursor_decision *out)
{
	struct deciding deciding = {call, source, out};
	return db_transaction(call->db, decide, &deciding);
}

/* ---- Epochs ---- */

/* Those that came back with the log know it as it is. */
static struct problem *take_readers_along(struct call *call, uint64_t epoch)
{
	return db_exec(call->db, db_all_platforms("whoever reads this log"),
	               "UPDATE log_cursor c JOIN head h ON h.platform_id = c.source LEFT JOIN log_entry e ON "
	               "e.platform_id = c.source AND e.seq = c.seen_seq "
	               "SET c.epoch = ? WHERE c.source = ? AND c.epoch = ? AND c.seq <= h.seq AND c.reset_at IS NULL "
	               "AND (c.seen_at IS NULL OR e.at <=> c.seen_at)",
	               DB_ARGS(db_uint(epoch), db_uint(call->platform_id), db_uint(epoch - 1)), NULL);
}

struct problem *cursor_raise_epoch(struct call *call, uint64_t *epoch)
{
	struct db_result *result;
	/* Also where nothing was written before the backup: what was written after it may have been seen. */
	struct problem *problem = db_select(call->db, call->scope,
		"INSERT INTO head (platform_id, epoch, seq) VALUES (:p, 2, 0) "
		"ON DUPLICATE KEY UPDATE epoch = epoch + 1 RETURNING epoch",
		DB_NO_ARGS, &result);
	if (problem)
		return problem;
	*epoch = db_get_uint(result, 0, 0);
	problem = take_readers_along(call, *epoch);
	if (problem)
		return problem;
	struct json_object *payload = json_own(call->arena, json_object_new_object());
	put_int(payload, "epoch", (int64_t)*epoch);
	const struct journal_entry entry = {.kind = "log.restored",
		.record_type = "log",
		.record_id = uuid_v7(),
		.audience = JOURNAL_PRIVATE,
		.actor_name = call->actor.name,
		.actor_role = "server",
		.payload = payload};
	return journal_add(call->db, call->scope, &entry);
}
