#include "core/record/count.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/record/row.h"

enum { REPAIRS_MOST = 5 };

#define MOVE_SQL \
	"INSERT INTO record_count (platform_id, name, per, bucket, number, total) VALUES (:p, ?, ?, ?, ?, ?) " \
	"ON DUPLICATE KEY UPDATE number = number + VALUES(number), total = total + VALUES(total)"

static const char SLOT;

/* By how much one number moves. */
struct move {
	struct db_scope scope;
	const char *name;
	const char *per;
	const char *bucket;
	int64_t number;
	int64_t total;
	struct move *next;
};

struct moves {
	struct move *first;
	size_t count;
};

/* --- what a row counts for --- */

static const char *id_key(struct call *call, struct uuid id)
{
	char *text = arena_alloc(call->arena, 2 * sizeof id.b + 1);
	for (size_t i = 0; i < sizeof id.b; i++) {
		text[2 * i] = "0123456789abcdef"[id.b[i] >> 4];
		text[2 * i + 1] = "0123456789abcdef"[id.b[i] & 15];
	}
	return text;
}

const char *count_key(struct call *call, const struct field *field, const void *row)
{
	const char *at = (const char *)row + field->offset, *code;
	if (field_is_absent(field, row))
		return "";
	switch (field->type) {
	case FIELD_ID: return id_key(call, *(const struct uuid *)at);
	case FIELD_ENUM: code = field_code(field, *(const int *)at); return code ? code : "";
	case FIELD_BOOL: return *(const bool *)at ? "1" : "0";
	case FIELD_PLATFORM: return arena_printf(call->arena, "%u", *(const uint32_t *)at);
	case FIELD_REGION: return *(const char *const *)at;
	default: abort(); /* the generator lets nothing else through */
	}
}

static const char *per_of(struct call *call, const struct record_counter *counter, const void *row)
{
	struct buf *out = buf_in(call->arena);
	for (size_t i = 0; i < counter->per_count; i++) {
		if (i)
			buf_char(out, '/');
		buf_text(out, count_key(call, counter->per[i], row));
	}
	return out->data ? out->data : "";
}

static const char *bucket_of(
	struct call *call, const struct record *record, const struct record_counter *counter, const void *row)
{
	int phase = row_of_const(row)->phase;
	if (counter->by_phase)
		return phase > 0 ? record->phases[phase - 1].code : "";
	return counter->by ? count_key(call, counter->by, row) : "";
}

static int64_t sum_of(const struct record_counter *counter, const void *row)
{
	if (!counter->sum || field_is_absent(counter->sum, row))
		return 0;
	return *(const int64_t *)((const char *)row + counter->sum->offset);
}

static bool counts(
	struct call *call, const struct record *record, const struct record_counter *counter, const void *row)
{
	return row && (counter->copies || !(record->has & ROW_HAS_HOME) || row_of_const(row)->home_id ==
		call->platform_id);
}

/* --- moving: written when all other rows are --- */

static int by_place(const void *a, const void *b)
{
	const struct move *x = *(const struct move *const *)a, *y = *(const struct move *const *)b;
	if (x->scope.platform_id != y->scope.platform_id)
		return x->scope.platform_id < y->scope.platform_id ? -1 : 1;
	int order = strcmp(x->name, y->name);
	if (!order)
		order = strcmp(x->per, y->per);
	return order ? order : strcmp(x->bucket, y->bucket);
}

/* Those of one place together, and nothing for those that come to nothing. Answers how many are left. */
static size_t gather(struct move **all, size_t count)
{
	size_t kept = 0;
	for (size_t i = 0; i < count; i++) {
		if (kept && by_place(&all[kept - 1], &all[i]) == 0) {
			all[kept - 1]->number += all[i]->number;
			all[kept - 1]->total += all[i]->total;
			continue;
		}
		if (kept && !all[kept - 1]->number && !all[kept - 1]->total)
			kept--;
		all[kept++] = all[i];
	}
	return kept && !all[kept - 1]->number && !all[kept - 1]->total ? kept - 1 : kept;
}

static struct problem *write_run(struct db *db, struct move *const *run, size_t count)
{
	enum { COLUMNS = 5 };
	struct db_value *values = ARENA_ARRAY(db_arena(db), struct db_value, count * COLUMNS);
	for (size_t i = 0; i < count; i++) {
		const struct db_value one[COLUMNS] = {db_text(run[i]->name), db_text(run[i]->per),
			db_text(run[i]->bucket), db_int(run[i]->number), db_int(run[i]->total)};
		memcpy(values + i * COLUMNS, one, sizeof one);
	}
	if (count == 1)
		return db_exec(db, run[0]->scope, MOVE_SQL, values, COLUMNS, NULL);
	return db_exec_many(db, run[0]->scope, MOVE_SQL, values, COLUMNS, count, NULL);
}

static struct problem *write_moves(struct db *db, void *arg)
{
	const struct moves *moves = arg;
	struct problem *problem = NULL;
	struct move **all = ARENA_ARRAY(db_arena(db), struct move *, moves->count + 1);
	size_t count = 0;
	for (struct move *move = moves->first; move; move = move->next)
		all[count++] = move;
	qsort(all, count, sizeof *all, by_place);
	count = gather(all, count);
	for (size_t i = 0, n; !problem && i < count; i += n) {
		for (n = 1; i + n < count && all[i + n]->scope.platform_id == all[i]->scope.platform_id;)
			n++;
		problem = write_run(db, all + i, n);
	}
	return problem;
}

static struct moves *moves_of(struct db *db)
{
	void **slot = db_transaction_slot(db, &SLOT);
	if (!*slot) {
		*slot = ARENA_NEW(db_arena(db), struct moves);
		db_before_commit(db, "counts", write_moves, *slot);
	}
	return *slot;
}

static void add(struct call *call, const struct record *record, const struct record_counter *counter, const void *row,
	int sign)
{
	struct moves *moves = moves_of(call->db);
	struct arena *arena = db_arena(call->db);
	struct move *move = ARENA_NEW(arena, struct move);
	*move = (struct move){.scope = call->scope,
		.name = counter->name,
		.per = arena_strdup(arena, per_of(call, counter, row)),
		.bucket = arena_strdup(arena, bucket_of(call, record, counter, row)),
		.number = sign,
		.total = sign * sum_of(counter, row),
		.next = moves->first};
	moves->first = move;
	moves->count++;
}

void count_move(struct call *call, const struct record *record, const void *before, const void *after)
{
	for (size_t i = 0; i < record->counter_count; i++) {
		const struct record_counter *counter = &record->counters[i];
		if (counts(call, record, counter, before))
			add(call, record, counter, before, -1);
		if (counts(call, record, counter, after))
			add(call, record, counter, after, 1);
	}
}

/* --- copies, many at once --- */

static struct problem *look(struct call *call, const struct record *record, const struct uuid *ids, size_t count,
	const char *tail, void ***rows, size_t *found)
{
	struct buf *where = buf_in(call->arena);
	struct db_value *args = ARENA_ARRAY(call->arena, struct db_value, count + 1);
	buf_text(where, "id IN (");
	for (size_t i = 0; i < count; i++) {
		buf_text(where, i ? ", ?" : "?");
		args[i] = db_id(&ids[i]);
	}
	buf_char(where, ')');
	return record_select(call, record, where->data, tail, args, count, rows, found);
}

struct problem *count_look(struct call *call, const struct record *record, const struct uuid *ids, size_t count,
	struct count_look *out)
{
	*out = (struct count_look){0};
	for (size_t i = 0; i < record->counter_count; i++)
		out->active |= record->counters[i].copies;
	if (!out->active || !count)
		return NULL;
	return look(call, record, ids, count, "ORDER BY id FOR UPDATE", &out->rows, &out->count);
}

static const void *of_id(void *const *rows, size_t count, struct uuid id)
{
	for (size_t i = 0; i < count; i++)
		if (uuid_equal(row_of(rows[i])->id, id))
			return rows[i];
	return NULL;
}

struct problem *count_move_looked(struct call *call, const struct record *record, const struct uuid *ids, size_t count,
	const struct count_look *before)
{
	void **rows;
	size_t found;
	if (!before->active || !count)
		return NULL;
	struct problem *problem = look(call, record, ids, count, "ORDER BY id", &rows, &found);
	for (size_t i = 0; !problem && i < found; i++)
		count_move(call, record, of_id(before->rows, before->count, row_of(rows[i])->id), rows[i]);
	for (size_t i = 0; !problem && i < before->count; i++)
		if (!of_id(rows, found, row_of(before->rows[i])->id))
			count_move(call, record, before->rows[i], NULL);
	return problem;
}

/* --- looking whether it is so --- */

struct problem *count_verify(
	struct call *call, const struct record_counter *counter, struct count_fault **out, size_t *count)
{
	struct db_result *found;
	struct problem *problem = db_select(
		call->db, call->scope, db_dynamic(call->db, counter->recount_sql), DB_NO_ARGS, &found);
	*count = 0;
	if (problem)
		return problem;
	*count = found->rows;
	*out = ARENA_ARRAY(call->arena, struct count_fault, found->rows + 1);
	for (size_t i = 0; i < found->rows; i++)
		(*out)[i] = (struct count_fault){db_need_text(found, i, 0), db_need_text(found, i, 1),
			db_get_int(found, i, 2), db_get_int(found, i, 3), db_get_int(found, i, 4),
			db_get_int(found, i, 5)};
	return NULL;
}

struct repair {
	struct call *call;
	const struct record_counter *counter;
	size_t left;
};

static bool has(const struct count_fault *faults, size_t count, const struct count_fault *one)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(faults[i].per, one->per) && !strcmp(faults[i].bucket, one->bucket))
			return true;
	return false;
}

/* A write that is under way adds its part when these rows are free again, since it writes them last: what is counted
 * once they are locked misses that part and nothing else. */
static struct problem *repair_once(struct db *db, void *arg)
{
	struct repair *repair = arg;
	struct call *call = repair->call;
	const char *name = repair->counter->name;
	struct count_fault *before, *now;
	size_t count;
	struct problem *problem = count_verify(call, repair->counter, &before, &count);
	repair->left = count;
	for (size_t i = 0; !problem && i < count; i++)
		problem = db_exec(db, call->scope, MOVE_SQL, DB_ARGS(db_text(name), db_text(before[i].per),
			db_text(before[i].bucket), db_int(0), db_int(0)), NULL);
	size_t locked = count;
	if (!problem && locked)
		problem = count_verify(call, repair->counter, &now, &count);
	for (size_t i = 0; !problem && locked && i < count; i++)
		if (has(before, locked, &now[i]))
			problem = db_exec(db, call->scope,
				"UPDATE record_count SET number = ?, total = ? WHERE platform_id = :p AND name = ? AND "
				"per = ? AND bucket = ?",
				DB_ARGS(db_int(now[i].number), db_int(now[i].total), db_text(name), db_text(now[i].per),
				db_text(now[i].bucket)), NULL);
	return problem;
}

struct problem *count_repair(struct call *call, const struct record_counter *counter)
{
	struct repair repair = {call, counter, 1};
	struct problem *problem = NULL;
	for (int i = 0; !problem && repair.left && i < REPAIRS_MOST; i++)
		problem = db_transaction(call->db, repair_once, &repair);
	return problem;
}

struct problem *count_again(struct call *call, const struct record *record)
{
	struct problem *problem = NULL;
	for (size_t i = 0; !problem && i < record->counter_count; i++)
		problem = count_repair(call, &record->counters[i]);
	return problem;
}
