#include "core/record/follow.h"

#include <string.h>

#include "core/buf.h"
#include "core/record/endpoint.h"
#include "core/record/record_inside.h"
#include "core/record/row.h"

/* From so many sources on it is worth a look whether a table has anything of theirs at all: a catch-up brings sources
 * that nobody follows yet. */
enum { MANY = 16 };

static const struct record_set *all(const struct call *call)
{
	return call->services->records;
}

bool follow_is_followed(struct call *call, const struct record *source)
{
	for (size_t i = 0; i < all(call)->count; i++)
		if (all(call)->records[i]->follows == source)
			return true;
	return false;
}

/* The field of a source that lies in a column; NULL for an implied one, which no write changes. */
static const struct field *field_in(const struct record *source, const char *column)
{
	for (size_t i = 0; i < source->shape->count; i++)
		if (source->shape->fields[i].column && !strcmp(source->shape->fields[i].column, column))
			return &source->shape->fields[i];
	return NULL;
}

static bool differs_for(const struct record *follower, const struct record *source, const void *before, const void *row)
{
	for (size_t i = 0; i < follower->shape->count; i++) {
		const char *column = follower->shape->fields[i].follows;
		const struct field *field = column ? field_in(source, column) : NULL;
		if (field && !field_equal(field, before, row))
			return true;
	}
	return false;
}

bool follow_differs(struct call *call, const struct record *source, const void *before, const void *row)
{
	for (size_t i = 0; i < all(call)->count; i++)
		if (all(call)->records[i]->follows == source && differs_for(all(call)->records[i], source, before, row))
			return true;
	return false;
}

/* ---- Statements ---- */

/* Of source s, the columns that the record's fields follow, in their order: "s.`name`, s.`home_id`". */
static void add_columns(const struct record *record, struct buf *sql)
{
	for (size_t i = 0, n = 0; i < record->shape->count; i++)
		if (record->shape->fields[i].follows)
			buf_printf(sql, "%ss.`%s`", n++ ? ", " : "", record->shape->fields[i].follows);
}

/* Bytes are compared: what differs in case or width alone is another name. */
static void add_equal(const struct record *record, struct buf *sql)
{
	for (size_t i = 0, n = 0; i < record->shape->count; i++) {
		const struct field *field = &record->shape->fields[i];
		if (field->follows)
			buf_printf(sql, "%sBINARY f.`%s` <=> BINARY s.`%s`", n++ ? " AND " : "", field->column,
				field->follows);
	}
}

static const struct db_value *add_ids(struct call *call, struct buf *sql, const struct uuid *ids, size_t count)
{
	struct db_value *values = ARENA_ARRAY(call->arena, struct db_value, count);
	buf_text(sql, " IN (");
	for (size_t i = 0; i < count; i++) {
		buf_text(sql, i ? ", ?" : "?");
		values[i] = db_id(&ids[i]);
	}
	buf_char(sql, ')');
	return values;
}

/* Followers (f) that say otherwise than their source (s); which: the table whose ids are given. */
static struct problem *find_stale(struct call *call, const struct record *record, char which, const struct uuid *ids,
	size_t count, struct db_result **out)
{
	struct buf *sql = buf_in(call->arena);
	buf_text(sql, "SELECT f.id, ");
	add_columns(record, sql);
	buf_printf(sql,
		" FROM `%s` f JOIN `%s` s ON s.platform_id = f.platform_id AND s.`%s` = f.`%s` WHERE f.platform_id = "
		":p AND %c.id",
		record->table, record->follows->table, record->follow_by, record->follow_key->column, which);
	const struct db_value *values = add_ids(call, sql, ids, count);
	buf_text(sql, " AND NOT (");
	add_equal(record, sql);
	buf_text(sql, which == 's' ? ") ORDER BY f.id FOR UPDATE" : ") ORDER BY f.id LOCK IN SHARE MODE");
	return db_select(call->db, call->scope, db_dynamic(call->db, sql->data), values, count, out);
}

static void put(void *row, const struct field *field, const struct db_result *found, size_t r, size_t column)
{
	char *at = (char *)row + field->offset;
	if (field->type == FIELD_PLATFORM)
		*(uint32_t *)at = (uint32_t)db_get_uint(found, r, column);
	else
		*(const char **)at = db_get_text(found, r, column);
}

static void put_all(const struct record *record, void *row, const struct db_result *found, size_t r, size_t first)
{
	for (size_t i = 0; i < record->shape->count; i++)
		if (record->shape->fields[i].follows)
			put(row, &record->shape->fields[i], found, r, first++);
}

/* ---- Writing ---- */

static struct problem *correct_copy(
	struct call *call, const struct record *record, struct uuid id, const struct db_result *found, size_t r)
{
	struct buf *sql = buf_in(call->arena);
	struct db_value *values = ARENA_ARRAY(call->arena, struct db_value, record->shape->count + 1);
	size_t n = 0;
	buf_printf(sql, "UPDATE `%s` SET ", record->table);
	for (size_t i = 0; i < record->shape->count; i++) {
		if (!record->shape->fields[i].follows)
			continue;
		buf_printf(sql, "%s`%s` = ?", n ? ", " : "", record->shape->fields[i].column);
		values[n] = *db_get(found, r, n + 1);
		n++;
	}
	values[n++] = db_id(&id);
	buf_text(sql, " WHERE platform_id = :p AND id = ?");
	return db_exec(call->db, call->scope, db_dynamic(call->db, sql->data), values, n, NULL);
}

static void *row_under_way(const struct call *call, const struct record *record, struct uuid id)
{
	for (const struct moving *moving = call->moving; moving; moving = moving->outer)
		if (moving->record == record && uuid_equal(row_of(moving->row)->id, id))
			return moving->row;
	return NULL;
}

static struct problem *correct(struct call *call, const struct record *record, const struct db_result *found, size_t r)
{
	struct uuid id;
	void *row;
	db_get_id(found, r, 0, &id);
	if ((row = row_under_way(call, record, id))) {
		put_all(record, row, found, r, 1); /* an effect of its own changed the source; it is written when all of
						      them are through */
		return NULL;
	}
	struct problem *problem = record_peek(call, record, id, &row);
	if (problem || !row)
		return problem;
	if ((record->has & ROW_HAS_HOME) && row_of(row)->home_id != call->platform_id)
		return correct_copy(call, record, id, found, r);
	put_all(record, row, found, r, 1);
	return record_write_and_log(call, record, row, "followed", NULL);
}

static struct problem *correct_all(struct call *call, const struct record *record, const struct db_result *found)
{
	struct problem *problem = NULL;
	for (size_t r = 0; !problem && r < found->rows; r++)
		problem = correct(call, record, found, r);
	return problem;
}

struct problem *follow_settle(struct call *call, const struct record *record, const struct uuid *ids, size_t count)
{
	struct db_result *found;
	if (!record->follows || !count)
		return NULL;
	struct problem *problem = find_stale(call, record, 'f', ids, count, &found);
	return problem ? problem : correct_all(call, record, found);
}

static struct problem *has_any(
	struct call *call, const struct record *record, const struct uuid *ids, size_t count, bool *any)
{
	struct uuid low = ids[0], high = ids[0];
	struct db_result *found;
	bool by_id = !strcmp(record->follow_by, "id");
	for (size_t i = 1; i < count; i++) {
		low = memcmp(&ids[i], &low, sizeof low) < 0 ? ids[i] : low;
		high = memcmp(&ids[i], &high, sizeof high) > 0 ? ids[i] : high;
	}
	const struct db_value values[] = {db_id(&low), db_id(&high)};
	const char *sql = by_id
		? arena_printf(call->arena,
			  "SELECT 1 FROM `%s` WHERE platform_id = :p AND `%s` BETWEEN ? AND ? LIMIT 1", record->table,
			  record->follow_key->column)
		: arena_printf(call->arena, "SELECT 1 FROM `%s` WHERE platform_id = :p LIMIT 1", record->table);
	struct problem *problem =
		db_select(call->db, call->scope, db_dynamic(call->db, sql), values, by_id ? 2 : 0, &found);
	*any = !problem && found->rows;
	return problem;
}

static struct problem *spread_to(struct call *call, const struct record *record, const struct uuid *ids, size_t count)
{
	struct db_result *found;
	bool any = true;
	struct problem *problem = count < MANY ? NULL : has_any(call, record, ids, count, &any);
	if (problem || !any)
		return problem;
	problem = find_stale(call, record, 's', ids, count, &found);
	return problem ? problem : correct_all(call, record, found);
}

struct problem *follow_spread(struct call *call, const struct record *source, const struct uuid *ids, size_t count)
{
	struct problem *problem = NULL;
	for (size_t i = 0; !problem && count && i < all(call)->count; i++)
		if (all(call)->records[i]->follows == source)
			problem = spread_to(call, all(call)->records[i], ids, count);
	return problem;
}

/* Ids with all columns that anybody follows. */
struct problem *follow_look(
	struct call *call, const struct record *source, const struct uuid *ids, size_t count, struct db_result **before)
{
	*before = NULL;
	if (!count || !follow_is_followed(call, source))
		return NULL;
	struct buf *sql = buf_in(call->arena);
	buf_text(sql, "SELECT s.id");
	for (size_t i = 0; i < all(call)->count; i++) {
		if (all(call)->records[i]->follows != source)
			continue;
		buf_text(sql, ", ");
		add_columns(all(call)->records[i], sql);
	}
	buf_printf(sql, " FROM `%s` s WHERE s.platform_id = :p AND s.id", source->table);
	const struct db_value *values = add_ids(call, sql, ids, count);
	buf_text(sql, " ORDER BY s.id");
	return db_select(call->db, call->scope, db_dynamic(call->db, sql->data), values, count, before);
}

static bool value_equal(const struct db_value *a, const struct db_value *b)
{
	if (a->type != b->type)
		return false;
	if (a->type == DB_TEXT || a->type == DB_BYTES)
		return a->s.len == b->s.len && !memcmp(a->s.data, b->s.data, a->s.len);
	return a->type == DB_NULL || a->i == b->i;
}

static bool row_equal(const struct db_result *before, size_t b, const struct db_result *after, size_t a)
{
	for (size_t column = 0; column < after->columns; column++)
		if (!value_equal(db_get(before, b, column), db_get(after, a, column)))
			return false;
	return true;
}

/* Both come in the order of the primary key. */
struct problem *follow_spread_changed(struct call *call, const struct record *source, const struct uuid *ids,
	size_t count, const struct db_result *before)
{
	struct db_result *after = NULL;
	struct problem *problem = before ? follow_look(call, source, ids, count, &after) : NULL;
	if (problem || !before || !after) /* nobody follows it */
		return problem;
	struct uuid *changed = ARENA_ARRAY(call->arena, struct uuid, after->rows + 1);
	size_t n = 0;
	for (size_t a = 0, b = 0; a < after->rows; a++) {
		struct uuid id, old = UUID_NIL;
		db_get_id(after, a, 0, &id);
		while (b < before->rows && db_get_id(before, b, 0, &old) && memcmp(&old, &id, sizeof id) < 0)
			b++;
		if (b >= before->rows || !uuid_equal(old, id) || !row_equal(before, b, after, a))
			changed[n++] = id;
	}
	return follow_spread(call, source, changed, n);
}

struct problem *follow_fill(struct call *call, const struct record *record, void *row)
{
	struct db_result *found;
	if (!record->follows || field_is_absent(record->follow_key, row))
		return NULL;
	const char *at = (const char *)row + record->follow_key->offset;
	struct db_value key = record->follow_key->type == FIELD_ID ? db_id((const struct uuid *)at)
								   : db_text(*(const char *const *)at);
	struct buf *sql = buf_in(call->arena);
	buf_text(sql, "SELECT ");
	add_columns(record, sql);
	buf_printf(sql, " FROM `%s` s WHERE s.platform_id = :p AND s.`%s` = ? LOCK IN SHARE MODE",
		record->follows->table, record->follow_by);
	struct problem *problem = db_select(call->db, call->scope, db_dynamic(call->db, sql->data), &key, 1, &found);
	if (!problem && found->rows)
		put_all(record, row, found, 0, 0);
	return problem;
}
