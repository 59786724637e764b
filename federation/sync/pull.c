#include "federation/sync/pull.h"

#include <string.h>

#include "core/diag.h"
#include "core/text/json.h"
#include "core/work/journal.h"
#include "federation/sync/ahead.h"
#include "federation/sync/apply.h"
#include "federation/sync/cursor.h"
#include "federation/sync/federation.h"
#include "federation/sync/homes.h"

enum { STALE_TRIES = 20 };

/* Somebody else moved the cursor: nothing was lost, the step starts over. Never shown to anybody. */
static const struct problem_kind PROBLEM_MOVED = {"cursor-moved", 409, "读取位置已变化", "The cursor moved"};

struct batch {
	struct call *call;
	uint32_t source;
	struct cursor cursor;
	const struct apply_entry *entries;
	size_t count;
	const char *parked_why; /* park the one entry instead of applying it */
	unsigned tries;
};

static struct problem *park(struct call *call, const struct apply_entry *entry, unsigned tries, const char *why)
{
	const char *duplicate;
	return db_insert(call->db, call->scope,
	                 "INSERT INTO log_parked (platform_id, source, seq, record_id, kind, tries, error, parked_at) "
	                 "VALUES (:p, ?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(3))",
	                 DB_ARGS(db_uint(entry->source), db_uint(entry->seq), db_id(&entry->record_id),
	                 db_text(entry->kind),
	                         db_uint(tries), db_text(why)),
	                 &duplicate);
}

static struct problem *apply_batch(struct db *db, void *arg)
{
	struct batch *batch = arg;
	const struct apply_entry *last = &batch->entries[batch->count - 1];
	bool moved;
	struct problem *problem =
		cursor_move(batch->call, batch->source, &batch->cursor, last->seq, last->at_ms, &moved);
	if (!problem && !moved)
		problem = problem_new(batch->call->arena, &PROBLEM_MOVED);
	if (problem)
		return problem;
	if (batch->parked_why)
		return park(batch->call, &batch->entries[0], batch->tries, batch->parked_why);
	return apply_entries(batch->call, batch->entries, batch->count);
}

/* At most what log_parked.error holds, on a character's border. */
static const char *brief(struct arena *arena, const struct problem *problem)
{
	const struct problem_field *field = problem->fields;
	const char *detail = field ? arena_printf(arena, "%s %s", field->pointer, field->en) : problem->en;
	char *text = arena_printf(arena, "%s: %s", problem->kind->code, detail ? detail : problem->kind->en);
	if (strlen(text) > 200) {
		size_t end = 200;
		while (end && ((unsigned char)text[end] & 0xc0) == 0x80)
			end--;
		text[end] = '\0';
	}
	return text;
}

/* A record that somebody changed meanwhile (a reviewer decides while a withdrawal comes in) is no fault of the
 * entry. */
static struct problem *run_batch(struct batch *batch)
{
	struct problem *problem = NULL;
	for (int i = 0; i < STALE_TRIES; i++) {
		problem = db_transaction(batch->call->db, apply_batch, batch);
		if (!problem || problem->kind != &PROBLEM_STALE)
			break;
	}
	return problem;
}

static bool database_away(const struct problem *problem)
{
	return problem->kind == &PROBLEM_UNAVAILABLE;
}

/* An institution whose profile did not come must not get a listing or a case in its stead. */
static bool waits_behind(const struct apply_entry *entry, const struct db_result *parked)
{
	struct uuid institution = UUID_NIL, id;
	uuid_parse(json_get_text(entry->payload, "institution_id"), &institution);
	for (size_t i = 0; i < parked->rows; i++) {
		if (!db_get_id(parked, i, 0, &id))
			continue;
		if (uuid_equal(id, entry->record_id) || uuid_equal(id, institution))
			return true;
	}
	return false;
}

static struct problem *load_parked(struct call *call, uint32_t source, struct db_result **out)
{
	return db_select(call->db, call->scope,
	                 "SELECT DISTINCT record_id FROM log_parked WHERE platform_id = :p AND source = ? LIMIT ?",
	                 DB_ARGS(db_uint(source), db_uint(PULL_PARKED)), out);
}

/* Parks the one entry, unless so many wait already that order could not be kept any more: then the log is read no
 * further. */
static struct problem *step_park(struct batch *batch, const char *why, struct pull_outcome *out)
{
	struct db_result *rows;
	struct problem *problem = db_select(batch->call->db, batch->call->scope,
		"SELECT COUNT(*) FROM log_parked WHERE platform_id = :p AND source = ?",
		DB_ARGS(db_uint(batch->source)), &rows);
	if (problem)
		return problem;
	if (db_get_uint(rows, 0, 0) >= PULL_PARKED) {
		out->state = PULL_RETRY;
		return cursor_note_failure(batch->call, batch->source, &batch->cursor,
			arena_printf(batch->call->arena, "%u " PULL_FULL_WORDS, (unsigned)PULL_PARKED));
	}
	batch->parked_why = why;
	problem = run_batch(batch);
	out->parked += !problem;
	return problem;
}

/* One entry on its own, after a batch with it failed. */
static struct problem *step_single(struct batch *batch, struct pull_outcome *out)
{
	struct problem *problem = run_batch(batch);
	if (!problem) {
		out->applied++;
		return NULL;
	}
	if (database_away(problem) || problem->kind == &PROBLEM_MOVED)
		return problem;
	if (problem->kind == &PROBLEM_EARLY) { /* no fault of anybody's */
		out->state = PULL_EARLY;
		return NULL;
	}
	const char *why = brief(batch->call->arena, problem);
	diag_warn(&(struct diag_context){.platform_id = batch->call->platform_id},
		"entry %u/%llu (%s) failed, try %u: %s", batch->source, (unsigned long long)batch->entries[0].seq,
		batch->entries[0].kind, batch->cursor.tries + 1, why);
	if (batch->cursor.tries + 1 < PULL_TRIES) {
		out->state = PULL_RETRY;
		return cursor_note_failure(batch->call, batch->source, &batch->cursor, why);
	}
	batch->tries = PULL_TRIES;
	return step_park(batch, why, out);
}

static bool any_waits(const struct batch *batch, const struct db_result *parked)
{
	for (size_t i = 0; parked->rows && i < batch->count; i++)
		if (waits_behind(&batch->entries[i], parked))
			return true;
	return false;
}

/* On a slow day a whole batch takes longer than a transaction may: fewer of it then, or it would be tried for ever. */
static struct problem *run_what_fits(struct batch *batch)
{
	int64_t most = db_settings_of(batch->call->db)->query_timeout_ms;
	struct problem *problem;
	for (;;) {
		int64_t begun = db_now_ms();
		problem = run_batch(batch);
		if (!problem || !database_away(problem) || batch->count == 1 || db_now_ms() - begun < most * 9 / 10)
			return problem;
		batch->count = (batch->count + 7) / 8;
	}
}

static struct problem *step_range(struct batch *whole, struct pull_outcome *out);

/* Half by half, until what cannot be applied stands alone: all else goes in few transactions. Ends where an entry has
 * to be tried again later. */
static struct problem *step_halves(struct batch *whole, struct pull_outcome *out)
{
	size_t half = whole->count / 2;
	struct batch left = *whole, right = *whole;
	left.count = half;
	struct problem *problem = step_range(&left, out);
	if (problem || out->state != PULL_MORE || left.count < half) /* less than that was done: the rest is read
								         again */
		return problem;
	right.entries += half;
	right.count -= half;
	right.cursor = (struct cursor){.epoch = whole->cursor.epoch, .seq = whole->entries[half - 1].seq};
	return step_range(&right, out);
}

/* What was parked in this very step may be what a later entry waits for, so it is looked up each time. */
static struct problem *step_range(struct batch *whole, struct pull_outcome *out)
{
	struct db_result *parked;
	struct problem *problem = load_parked(whole->call, whole->source, &parked);
	if (problem)
		return problem;
	bool waits = any_waits(whole, parked);
	if (whole->count == 1)
		return waits ? step_park(whole, "waits behind a parked entry of the same record", out)
			     : step_single(whole, out);
	if (waits || whole->cursor.tries) /* the first has failed before: it is the one */
		return step_halves(whole, out);
	problem = run_what_fits(whole);
	if (!problem) {
		out->applied += whole->count;
		return NULL;
	}
	if (database_away(problem) || problem->kind == &PROBLEM_MOVED)
		return problem;
	return step_halves(whole, out);
}

/* Each entry says which came before it to this reader; whatever is missing between them is told, not passed in
 * silence. */
static struct problem *look_for_gaps(const struct batch *batch)
{
	struct cursor last = batch->cursor;
	struct problem *problem = NULL;
	bool fresh;
	for (size_t i = 0; !problem && i < batch->count; last.seq = batch->entries[i++].seq) {
		const struct apply_entry *entry = &batch->entries[i];
		if (entry->previous <= (int64_t)last.seq)
			continue;
		problem = cursor_note_gap(batch->call, batch->source, &last, (uint64_t)entry->previous, &fresh);
		if (!problem && fresh)
			diag_error(&(struct diag_context){.platform_id = batch->call->platform_id},
				"entry %u/%llu says that %lld came before it, which this reader was never given: "
				"behind %llu "
				"something is missing",
				batch->source, (unsigned long long)entry->seq, (long long)entry->previous,
				(unsigned long long)last.seq);
	}
	return problem;
}

static struct problem *step(
	struct call *call, struct ahead *ahead, bool go_on, uint32_t source, struct pull_outcome *out)
{
	struct batch batch = {.call = call, .source = source};
	struct ahead_batch read;
	bool reset;
	struct problem *problem = cursor_load(call, source, &batch.cursor, &reset);
	if (problem)
		return problem;
	if (reset) {
		out->state = PULL_RESET;
		return NULL;
	}
	struct ahead_place place = {call->platform_id, source, batch.cursor.epoch, batch.cursor.seq};
	problem = ahead_read(ahead, call->db, place, go_on, &read);
	if (problem || !read.count)
		return problem;
	batch.entries = read.entries;
	batch.count = read.count;
	out->state = PULL_MORE; /* perhaps: the next step finds out */
	problem = look_for_gaps(&batch);
	return problem ? problem : step_range(&batch, out);
}

/* Of everybody: a call that is the source's own, but for whose cursor it moves. */
static struct problem *reader_call(
	const struct federation *federation, struct db *db, uint32_t reader, uint32_t source, struct call **out)
{
	struct problem *problem = federation_call(federation, db, reader == JOURNAL_EVERYBODY ? source : reader, out);
	if (problem || reader != JOURNAL_EVERYBODY)
		return problem;
	(*out)->platform_id = JOURNAL_EVERYBODY;
	(*out)->platform_state = PLATFORM_STATE_ACTIVE; /* that it is not is something that it says */
	(*out)->scope = db_platform(JOURNAL_EVERYBODY, (*out)->network_id);
	return NULL;
}

struct problem *pull_step(const struct federation *federation, struct db *db, struct ahead *ahead, bool go_on,
	uint32_t reader, uint32_t source, struct pull_outcome *out)
{
	struct call *call;
	*out = (struct pull_outcome){PULL_IDLE, 0, 0};
	struct problem *problem = reader_call(federation, db, reader, source, &call);
	if (problem)
		return problem;
	bool reads = call->platform_state == PLATFORM_STATE_ACTIVE;
	if (call->platform_state == PLATFORM_STATE_CLOSED) /* its institutions still have to get away */
		problem = homes_are_moving(call, &reads);
	if (problem || !reads) {
		out->state = PULL_PAUSED;
		return problem;
	}
	problem = step(call, ahead, go_on, source, out);
	if (problem && problem->kind == &PROBLEM_MOVED) {
		out->state = PULL_MORE;
		return NULL;
	}
	return problem;
}

void pull_prepare(struct db *db, uint32_t reader, struct apply_entry *entries, size_t count, void *federation)
{
	struct call *call;
	if (reader != JOURNAL_EVERYBODY && !federation_call(federation, db, reader, &call))
		apply_prepare(call, entries, count);
}

struct problem *pull_follow(const struct federation *federation, struct db *db, uint32_t reader, uint32_t source,
	struct cursor_decision *out)
{
	struct call *call;
	struct problem *problem = reader_call(federation, db, reader, source, &call);
	return problem ? problem : cursor_follow(call, source, out);
}

/* ---- Parked entries ---- */

struct parked_try {
	struct call *call;
	struct apply_entry entry;
};

static struct problem *try_parked(struct db *db, void *arg)
{
	struct parked_try *parked = arg;
	uint64_t affected;
	struct problem *problem = db_exec(db, parked->call->scope,
		"DELETE FROM log_parked WHERE platform_id = :p AND source = ? AND seq = ?",
		DB_ARGS(db_uint(parked->entry.source), db_uint(parked->entry.seq)), &affected);
	if (problem || !affected)
		return problem;
	return apply_entries(parked->call, &parked->entry, 1);
}

static struct problem *load_parked_entry(
	struct call *call, uint32_t source, uint64_t seq, struct apply_entry *out, bool *found)
{
	struct journal_read *read;
	size_t count;
	*found = false;
	struct problem *problem =
		journal_read_for(call->db, source, call->platform_id, seq - 1, 1, PULL_BYTES, &read, &count);
	if (problem || !count || read[0].seq != seq)
		return problem;
	*out = apply_entry_of(call->arena, source, &read[0]);
	*found = true;
	return NULL;
}

/* Does it come behind one of those that still fail? */
static bool is_behind(const struct apply_entry *entry, const struct uuid *failed, size_t count)
{
	struct uuid institution = UUID_NIL;
	uuid_parse(json_get_text(entry->payload, "institution_id"), &institution);
	for (size_t i = 0; i < count; i++)
		if (uuid_equal(failed[i], entry->record_id) || uuid_equal(failed[i], institution))
			return true;
	return false;
}

struct problem *pull_parked(const struct federation *federation, struct db *db, uint32_t reader, uint32_t source,
	size_t *freed, size_t *left)
{
	struct call *call;
	struct db_result *result;
	*freed = *left = 0;
	struct problem *problem = reader_call(federation, db, reader, source, &call);
	if (!problem)
		problem = db_select(db, call->scope,
			"SELECT seq FROM log_parked WHERE platform_id = :p AND source = ? ORDER BY seq",
			DB_ARGS(db_uint(source)), &result);
	if (problem)
		return problem;
	struct uuid *failed = ARENA_ARRAY(call->arena, struct uuid, result->rows + 1);
	for (size_t i = 0; i < result->rows; i++) {
		struct parked_try parked = {.call = call};
		bool found;
		problem = load_parked_entry(call, source, db_get_uint(result, i, 0), &parked.entry, &found);
		if (problem)
			return problem;
		bool tried = found && !is_behind(&parked.entry, failed, *left);
		struct problem *failure = tried ? db_transaction(db, try_parked, &parked) : NULL;
		if (failure && database_away(failure))
			return failure;
		if (tried && !failure)
			++*freed;
		else
			failed[(*left)++] = parked.entry.record_id;
	}
	return NULL;
}
