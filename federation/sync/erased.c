#include "federation/sync/erased.h"

#include <string.h>

#include "core/buf.h"
#include "core/text/json.h"

struct problem *erased_note(
	struct call *call, const struct record *record, struct uuid id, uint32_t home, int64_t at_ms)
{
	return db_exec(call->db, call->scope,
		"INSERT INTO erased (platform_id, record_type, record_id, home_id, erased_at) VALUES (:p, ?, ?, ?, ?) "
		"ON DUPLICATE KEY UPDATE home_id = VALUES(home_id), erased_at = GREATEST(erased_at, VALUES(erased_at))",
		DB_ARGS(db_text(record->name), db_id(&id), db_uint(home), db_time(at_ms)), NULL);
}

/* As many ids as the next power of two, so that there are few texts of this statement. */
static struct problem *load(
	struct call *call, const struct apply_entry *entries, size_t count, struct db_result **out)
{
	size_t size = 1;
	while (size < count)
		size *= 2;
	struct buf *sql = buf_in(call->arena);
	struct db_value *args = ARENA_ARRAY(call->arena, struct db_value, size + 1);
	buf_text(sql, "SELECT record_id, record_type, erased_at FROM erased WHERE platform_id = :p AND home_id = ? "
		      "AND record_id IN (");
	args[0] = db_uint(entries[0].source);
	for (size_t i = 0; i < size; i++) {
		buf_text(sql, i ? ", ?" : "?");
		args[i + 1] = db_id(&entries[i < count ? i : count - 1].record_id);
	}
	buf_char(sql, ')');
	return db_select(call->db, call->scope, db_dynamic(call->db, sql->data), args, size + 1, out);
}

static const struct record *find_record(struct call *call, const char *name)
{
	const struct record_set *set = call->services->records;
	for (size_t i = 0; i < set->count; i++)
		if (!strcmp(set->records[i]->name, name))
			return set->records[i];
	return NULL;
}

/* The record's members stand in the payload itself, or under its name. */
static void strip(struct json_object *payload, const struct record *record)
{
	struct json_object *own = json_get_object(payload, record->name);
	for (size_t i = 0; i < record->shape->count; i++)
		if (record_is_personal(&record->shape->fields[i])) {
			json_object_object_del(payload, record->shape->fields[i].name);
			if (own)
				json_object_object_del(own, record->shape->fields[i].name);
		}
}

static void strip_all(struct call *call, struct apply_entry *entries, size_t count, const struct db_result *rows)
{
	for (size_t i = 0; i < count; i++) {
		struct uuid id;
		entries[i].prepared = NULL; /* it was made of what stood there */
		for (size_t r = 0; r < rows->rows; r++)
			if (entries[i].payload && db_get_id(rows, r, 0, &id) && uuid_equal(id, entries[i].record_id) &&
				entries[i].at_ms <= db_get_time(rows, r, 2) && find_record(call, db_need_text(rows,
					r, 1)))
				strip(entries[i].payload, find_record(call, db_need_text(rows, r, 1)));
	}
}

struct problem *erased_strip(struct call *call, const struct apply_entry **entries, size_t count)
{
	struct db_result *rows;
	struct problem *problem = count ? load(call, *entries, count, &rows) : NULL;
	if (problem || !count || !rows->rows)
		return problem;
	struct apply_entry *own = ARENA_ARRAY(call->arena, struct apply_entry, count);
	memcpy(own, *entries, count * sizeof *own);
	strip_all(call, own, count, rows);
	*entries = own;
	return NULL;
}
