#include <string.h>

#include "core/buf.h"
#include "core/http/request.h"
#include "core/json.h"
#include "core/record/endpoint.h"
#include "core/record/follow.h"
#include "core/record/lifecycle.h"
#include "core/record/record_inside.h"
#include "core/record/row.h"

static void write_id(struct json_writer *w, const char *key, struct uuid id)
{
	char text[UUID_TEXT + 1];
	uuid_format(id, text);
	jw_kv_text(w, key, text);
}

static void write_time(struct json_writer *w, const char *key, int64_t ms)
{
	char text[25];
	time_format(ms, text);
	jw_kv_text(w, key, text);
}

static void write_home(struct call *call, struct json_writer *w, uint32_t home)
{
	const struct call_services *services = call->services;
	const char *slug = services->platform_slug ? services->platform_slug(call, home, services->arg) : NULL;
	jw_kv_text(w, "home", slug ? slug : arena_printf(call->arena, "%u", home));
}

static void write_phase(struct call *call, const struct record *record, const void *row, struct json_writer *w)
{
	const struct row *head = row;
	if (head->phase > 0 && (size_t)head->phase <= record->phase_count)
		jw_kv_text(w, "phase", record->phases[head->phase - 1].code);
	if (head->step) {
		jw_kv_text(w, "step", head->step);
		jw_kv_text(w, "step_text", lifecycle_step_text(call, record, row));
	}
}

static void write_implied(struct call *call, const struct record *record, const void *row, struct json_writer *w)
{
	const struct row *head = row;
	write_id(w, "id", head->id);
	if (record->has & ROW_HAS_VERSION)
		jw_kv_uint(w, "version", head->version);
	if (record->has & ROW_HAS_HOME)
		write_home(call, w, head->home_id);
	if (record->has & ROW_HAS_PHASE)
		write_phase(call, record, row, w);
	if (record->has & ROW_HAS_DUE)
		jw_kv_text(w, "due_on", head->due_on);
	if (record->has & ROW_HAS_CREATED)
		write_time(w, "created_at", head->created_at);
	if (record->has & ROW_HAS_UPDATED)
		write_time(w, "updated_at", head->updated_at);
}

/* Visitors see what is marked public; for others the read mask decides. */
static bool may_see(const struct call *call, const struct field *field)
{
	if (call->actor.roles == ROLE_PUBLIC && !field->visible_public)
		return false;
	return (field->read & call->actor.roles) != 0;
}

/* People of an institution see their own data in clear, nobody else's. */
static bool may_reveal(struct call *call, const struct record *record, const struct field *field, const void *row)
{
	uint32_t held = call->actor.roles & field->reveal;
	if (held & ~ROLES_CONFINED)
		return true;
	return held && ((!record->owner && !record->owner_is_id) || record_is_mine(call, record, row));
}

static void write_field(struct call *call, const struct record *record, const struct field *field, const void *row, bool in_list,
			struct json_writer *w)
{
	bool reveal = !in_list && may_reveal(call, record, field, row);
	jw_key(w, field->name);
	if (reveal && field->sealed_column)
		jw_text(w, record_open(call, record, row, field->name));
	else
		field_write_json(call, w, field, row, reveal);
}

void record_write_json(struct call *call, const struct record *record, const void *row, bool in_list, struct json_writer *w)
{
	jw_object_begin(w);
	write_implied(call, record, row, w);
	for (size_t i = 0; i < record->shape->count; i++) {
		const struct field *field = &record->shape->fields[i];
		if (may_see(call, field) && (field->in_list || !in_list))
			write_field(call, record, field, row, in_list, w);
	}
	if (!in_list && record->lifecycle) {
		jw_key(w, "actions");
		lifecycle_write_actions(call, record, row, w);
	}
	jw_object_end(w);
}

/* The object of record_write_json() with the members of the declaration's hook behind its own. */
static struct problem *write_presented(struct call *call, const struct record *record, const void *row)
{
	struct buf *out = call->request->out;
	struct json_writer w;
	jw_init(&w, out);
	record_write_json(call, record, row, false, &w);
	if (!record->present)
		return NULL;
	struct buf *more = buf_in(call->arena);
	struct json_writer inner;
	jw_init(&inner, more);
	jw_object_begin(&inner);
	struct problem *problem = record->present(call, row, &inner);
	if (problem)
		return problem;
	jw_object_end(&inner);
	if (more->len > 2) {
		out->len--;
		buf_char(out, ',');
		buf_add(out, more->data + 1, more->len - 1);
	}
	return NULL;
}

struct problem *record_answer(struct call *call, const struct record *record, const void *row)
{
	if (record->has & ROW_HAS_VERSION)
		call->etag = row_of_const(row)->version;
	return write_presented(call, record, row);
}

/* --- content for other platforms --- */

struct json_object *record_export(struct call *call, const struct record *record, const void *row, bool with_personal)
{
	struct buf *out = buf_in(call->arena);
	struct json_writer w;
	struct json_object *object = NULL;
	const struct row *head = row;
	jw_init(&w, out);
	jw_object_begin(&w);
	write_id(&w, "id", head->id);
	jw_kv_uint(&w, "version", head->version);
	if ((record->has & ROW_HAS_PHASE) && head->phase) {
		jw_kv_text(&w, "phase", record->phases[head->phase - 1].code);
		jw_kv_text(&w, "step", head->step);
	}
	if (record->has & ROW_HAS_DUE)
		jw_kv_text(&w, "due_on", head->due_on);
	if (record->has & ROW_HAS_CREATED)
		write_time(&w, "created_at", head->created_at);
	if (record->has & ROW_HAS_UPDATED)
		write_time(&w, "updated_at", head->updated_at);
	for (size_t i = 0; i < record->shape->count; i++) {
		const struct field *field = &record->shape->fields[i];
		if (field->personal && !with_personal)
			continue;
		jw_key(&w, field->name);
		if (field->sealed_column)
			jw_text(&w, record_open(call, record, row, field->name));
		else
			field_write_json(call, &w, field, row, true);
	}
	jw_object_end(&w);
	return json_parse_object(call->arena, out->data, out->len, &object) ? NULL : object;
}

static int phase_of(const struct record *record, const char *code)
{
	for (size_t i = 0; code && i < record->phase_count; i++)
		if (strcmp(record->phases[i].code, code) == 0)
			return (int)i + 1;
	return 0;
}

static void read_head(const struct record *record, struct json_object *content, struct row *row)
{
	int64_t version = 0;
	const char *at;
	uuid_parse(json_get_text(content, "id"), &row->id);
	json_get_int(content, "version", &version);
	row->version = (uint32_t)version;
	row->phase = phase_of(record, json_get_text(content, "phase"));
	row->step = json_get_text(content, "step");
	row->due_on = json_get_text(content, "due_on");
	if ((at = json_get_text(content, "created_at")))
		time_parse(at, &row->created_at);
	if ((at = json_get_text(content, "updated_at")))
		time_parse(at, &row->updated_at);
}

static void *read_copy(struct call *call, const struct record *record, struct json_object *content, uint32_t home_id, uint64_t seq)
{
	void *row = record_new(call, record);
	struct row *head = row;
	read_head(record, content, head);
	head->home_id = home_id;
	head->home_seq = seq;
	for (size_t i = 0; i < record->shape->count; i++) {
		const struct field *field = &record->shape->fields[i];
		struct json_object *value = json_get(content, field->name);
		if (value)
			field_decode_loose(call, call->arena, field, value, row);
	}
	return row;
}

/* The ids are the first column. */
static struct problem *count_there(struct call *call, const struct record *record, const struct record_rows *rows, size_t count, size_t *there)
{
	struct buf *sql = buf_in(call->arena);
	struct db_value *ids = ARENA_ARRAY(call->arena, struct db_value, count);
	struct db_result *result;
	buf_printf(sql, "SELECT COUNT(*) FROM `%s` WHERE platform_id = :p AND id IN (", record->table);
	for (size_t i = 0; i < count; i++) {
		buf_text(sql, i ? ", ?" : "?");
		ids[i] = rows->values[i * rows->columns];
	}
	buf_char(sql, ')');
	struct problem *problem = db_select(call->db, call->scope, db_dynamic(call->db, sql->data), ids, count, &result);
	if (!problem)
		*there = db_get_uint(result, 0, 0);
	return problem;
}

struct record_rows record_rows_of(struct call *call, const struct record *record, const struct record_copy *copies, size_t count, uint32_t home_id)
{
	struct record_rows rows = {.count = count};
	for (size_t i = 0; i < count; i++) {
		void *row = read_copy(call, record, copies[i].content, home_id, copies[i].seq);
		struct row_values values = row_bind(call, record, row, ROW_BIND_INSERT);
		if (!rows.values)
			rows.values = ARENA_ARRAY(call->arena, struct db_value, count * values.count);
		rows.columns = values.count;
		memcpy(rows.values + i * rows.columns, values.items, rows.columns * sizeof *rows.values);
	}
	return rows;
}

/* Over what is there already; one that met another row by a unique key is not there afterwards. */
static struct problem *merge_rows(struct call *call, const struct record *record, const struct record_rows *rows)
{
	size_t there;
	struct problem *problem = db_exec_many(call->db, call->scope, record->merge_sql, rows->values, rows->columns, rows->count, NULL);
	if (!problem)
		problem = count_there(call, record, rows, rows->count, &there);
	if (problem || there == rows->count)
		return problem;
	return problem_detail(call->arena, &PROBLEM_CONFLICT, "副本与已有的行冲突", "A copy meets another row");
}

/* The ids are the first column. */
static struct uuid *ids_of(struct call *call, const struct record_rows *rows)
{
	struct uuid *ids = ARENA_ARRAY(call->arena, struct uuid, rows->count + 1);
	for (size_t i = 0; i < rows->count; i++)
		memcpy(&ids[i], rows->values[i * rows->columns].s.data, sizeof *ids);
	return ids;
}

/* Over what is there, or may be: what others copy of them may change. */
static struct problem *apply_over(struct call *call, const struct record *record, const struct record_rows *rows, const struct uuid *ids)
{
	struct db_result *before;
	struct problem *problem = follow_look(call, record, ids, rows->count, &before);
	if (!problem)
		problem = merge_rows(call, record, rows);
	return problem ? problem : follow_spread_changed(call, record, ids, rows->count, before);
}

/* A catch-up consists of rows never seen, for which a plain INSERT is much the cheapest; it is tried unless the first is known. */
struct problem *record_apply_rows(struct call *call, const struct record *record, const struct record_rows *rows, bool *fresh)
{
	size_t known = 0;
	const char *duplicate = NULL;
	if (fresh)
		*fresh = true;
	if (!rows->count)
		return NULL;
	struct problem *problem = count_there(call, record, rows, 1, &known);
	if (!problem && !known)
		problem = db_insert_many(call->db, call->scope, record->insert_sql, rows->values, rows->columns, rows->count, &duplicate);
	if (problem)
		return problem;
	const struct uuid *ids = ids_of(call, rows);
	if (!known && !duplicate) {
		problem = follow_spread(call, record, ids, rows->count);
	} else {
		if (fresh)
			*fresh = false;
		problem = apply_over(call, record, rows, ids);
	}
	return problem ? problem : follow_settle(call, record, ids, rows->count);
}

static struct problem *apply_one(struct call *call, const struct record *record, void *row, uint64_t seq, bool *applied)
{
	struct row_values values = row_bind(call, record, row, ROW_BIND_APPLY);
	row_values_add(&values, db_id(&row_of(row)->id));
	row_values_add(&values, db_uint(seq));
	uint64_t affected;
	struct problem *problem = db_exec(call->db, call->scope, record->apply_sql, values.items, values.count, &affected);
	*applied = !problem && affected > 0;
	if (problem || affected)
		return problem;
	const char *duplicate;
	values = row_bind(call, record, row, ROW_BIND_INSERT);
	problem = db_insert(call->db, call->scope, record->insert_sql, values.items, values.count, &duplicate);
	*applied = !problem && !duplicate;
	if (problem || !duplicate || !strcmp(duplicate, "PRIMARY"))
		return problem; /* a row of the same id is there, and newer, or it is no copy */
	return problem_detail(call->arena, &PROBLEM_CONFLICT, arena_printf(call->arena, "副本与已有的行冲突（%s）", duplicate),
			      arena_printf(call->arena, "The copy of %s meets another row (%s)", record->name, duplicate));
}

struct problem *record_apply(struct call *call, const struct record *record, struct json_object *content, uint32_t home_id, uint64_t seq,
			     bool *applied)
{
	void *row = read_copy(call, record, content, home_id, seq);
	const struct uuid *id = &row_of(row)->id;
	struct db_result *before;
	*applied = false;
	struct problem *problem = follow_look(call, record, id, 1, &before);
	if (!problem)
		problem = apply_one(call, record, row, seq, applied);
	if (problem || !*applied)
		return problem;
	problem = follow_spread_changed(call, record, id, 1, before);
	return problem ? problem : follow_settle(call, record, id, 1);
}
