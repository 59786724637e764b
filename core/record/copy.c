#include <string.h>

#include "core/buf.h"
#include "core/record/count.h"
#include "core/record/follow.h"
#include "core/record/lifecycle.h"
#include "core/record/record_inside.h"
#include "core/record/row.h"
#include "core/text/json.h"
#include "core/text/moment.h"

/* Another home's row is never overwritten, whatever the log that is read says. */
const struct problem_kind PROBLEM_NOT_ITS_HOME = {"not-its-home", 409, "该记录属于其他平台，不能由这个平台的日志修改",
                                                  "The record has another home: this platform's log may not change it"};

/* --- reading what came --- */

static void fault(struct call *call, struct problem **problem, const char *pointer, const char *code, const char *zh,
	const char *en)
{
	*problem = problem_add_field(call->arena, *problem, pointer, code, zh, en);
}

static int phase_of(const struct record *record, const char *code)
{
	for (size_t i = 0; code && i < record->phase_count; i++)
		if (strcmp(record->phases[i].code, code) == 0)
			return (int)i + 1;
	return 0;
}

static bool is_step(const char *text)
{
	return text && *text && strlen(text) <= 32 &&
		strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-") == strlen(text);
}

static void read_phase(struct call *call, const struct record *record, struct json_object *content, struct row *row,
	struct problem **problem)
{
	if (!(record->has & ROW_HAS_PHASE))
		return;
	row->phase = phase_of(record, json_get_text(content, "phase"));
	row->step = json_get_text(content, "step");
	if (!row->phase)
		fault(call, problem, "/phase", "choice", "没有这个状态", "is no phase of this record");
	if (!is_step(row->step))
		fault(call, problem, "/step", "format", "环节名称不正确", "is no step");
}

static int64_t read_time(struct call *call, struct json_object *content, const char *name, struct problem **problem)
{
	int64_t ms = 0;
	const char *text = json_get_text(content, name);
	if (!text || !time_parse(text, &ms))
		fault(call, problem, arena_printf(call->arena, "/%s", name), "format", "时间不正确", "must be a time");
	return ms;
}

static void read_head(struct call *call, const struct record *record, struct json_object *content, struct row *row,
	struct problem **problem)
{
	int64_t version = 0;
	if (!uuid_parse(json_get_text(content, "id"), &row->id) || uuid_is_nil(row->id))
		fault(call, problem, "/id", "format", "编号不正确", "must be an id");
	if (record->has & ROW_HAS_VERSION &&
		(!json_get_int(content, "version", &version) || version < 1 || version > UINT32_MAX))
		fault(call, problem, "/version", "type", "版本不正确", "must be a version");
	row->version = (uint32_t)version;
	read_phase(call, record, content, row, problem);
	row->due_on = json_get_text(content, "due_on");
	if (row->due_on && !date_valid(row->due_on))
		fault(call, problem, "/due_on", "format", "日期不正确", "must be a day");
	if (record->has & ROW_HAS_CREATED)
		row->created_at = read_time(call, content, "created_at", problem);
	if (record->has & ROW_HAS_UPDATED)
		row->updated_at = read_time(call, content, "updated_at", problem);
}

/* What the table cannot be without, whether or not a form asks for it. */
static void check_columns(struct call *call, const struct record *record, const void *row, struct problem **problem)
{
	for (size_t i = 0; i < record->shape->count; i++) {
		const struct field *field = &record->shape->fields[i];
		if (field->column && !field->sealed_column && !field->nullable && !field->required &&
			field_is_absent(field, row))
			fault(call, problem, arena_printf(call->arena, "/%s", field->name), "required", "必填",
				"is required");
	}
}

struct problem *record_read(struct call *call, const struct record *record, struct json_object *content,
	uint32_t home_id, uint64_t seq, void **out)
{
	void *row = *out = record_new(call, record);
	struct row *head = row;
	struct problem *problem = NULL;
	if (!json_object_is_type(content, json_type_object))
		return problem_add_field(call->arena, NULL, "", "type", "应为对象", "must be an object");
	read_head(call, record, content, head, &problem);
	if (!problem)
		problem = record_open_members(call, record, head->id, content, &content);
	if (problem)
		return problem;
	problem = shape_decode(call, call->arena, record->shape, content, DECODE_ENTRY, 0, row);
	check_columns(call, record, row, &problem);
	head->home_id = home_id;
	head->home_seq = seq;
	return problem;
}

/* --- writing it --- */

/* The ids are the first column. Of these, how many are there as copies of that home (0: of any). */
static struct problem *count_there(struct call *call, const struct record *record, const struct record_rows *rows,
	size_t count, uint32_t home, size_t *there)
{
	struct buf *sql = buf_in(call->arena);
	struct db_value *args = ARENA_ARRAY(call->arena, struct db_value, count + 1);
	struct db_result *result;
	buf_printf(sql, "SELECT COUNT(*) FROM `%s` WHERE platform_id = :p AND id IN (", record->table);
	for (size_t i = 0; i < count; i++) {
		buf_text(sql, i ? ", ?" : "?");
		args[i] = rows->values[i * rows->columns];
	}
	buf_text(sql, home ? ") AND home_id = ?" : ")");
	args[count] = db_uint(home);
	struct problem *problem =
		db_select(call->db, call->scope, db_dynamic(call->db, sql->data), args, count + (home != 0), &result);
	if (!problem)
		*there = db_get_uint(result, 0, 0);
	return problem;
}

struct problem *record_rows_of(struct call *call, const struct record *record, const struct record_copy *copies,
	size_t count, uint32_t home_id, struct record_rows *out)
{
	struct record_rows rows = {.count = count, .home_id = home_id};
	for (size_t i = 0; i < count; i++) {
		void *row;
		struct problem *problem = record_read(call, record, copies[i].content, home_id, copies[i].seq, &row);
		if (problem)
			return problem;
		struct row_values values = row_bind(call, record, row, ROW_BIND_INSERT);
		if (!rows.values)
			rows.values = ARENA_ARRAY(call->arena, struct db_value, count * values.count);
		rows.columns = values.count;
		memcpy(rows.values + i * rows.columns, values.items, rows.columns * sizeof *rows.values);
	}
	*out = rows;
	return NULL;
}

/* Over what is there already. One that met another row by a unique key, or a row of another home, is not there
 * afterwards. */
static struct problem *merge_rows(struct call *call, const struct record *record, const struct record_rows *rows)
{
	size_t there;
	struct problem *problem =
		db_exec_many(call->db, call->scope, record->merge_sql, rows->values, rows->columns, rows->count, NULL);
	if (!problem)
		problem = count_there(call, record, rows, rows->count, rows->home_id, &there);
	if (problem || there == rows->count)
		return problem;
	return problem_detail(call->arena, &PROBLEM_CONFLICT, "副本与已有的行冲突", "A copy meets another row");
}

static struct uuid *ids_of(struct call *call, const struct record_rows *rows)
{
	struct uuid *ids = ARENA_ARRAY(call->arena, struct uuid, rows->count + 1);
	for (size_t i = 0; i < rows->count; i++)
		memcpy(&ids[i], rows->values[i * rows->columns].s.data, sizeof *ids);
	return ids;
}

/* Over what is there, or may be: what others copy of them may change. */
static struct problem *apply_over(
	struct call *call, const struct record *record, const struct record_rows *rows, const struct uuid *ids)
{
	struct db_result *before;
	struct problem *problem = follow_look(call, record, ids, rows->count, &before);
	if (!problem)
		problem = merge_rows(call, record, rows);
	return problem ? problem : follow_spread_changed(call, record, ids, rows->count, before);
}

/* A catch-up consists of rows never seen, for which a plain INSERT is much the cheapest; it is tried unless the first
 * is known. */
struct problem *record_apply_rows(
	struct call *call, const struct record *record, const struct record_rows *rows, bool *fresh)
{
	size_t known = 0;
	const char *duplicate = NULL;
	if (fresh)
		*fresh = true;
	if (!rows->count)
		return NULL;
	const struct uuid *ids = ids_of(call, rows);
	struct count_look before;
	struct problem *problem = count_look(call, record, ids, rows->count, &before);
	if (!problem)
		problem = count_there(call, record, rows, 1, 0, &known);
	if (!problem && !known)
		problem = db_insert_many(call->db, call->scope, record->insert_sql, rows->values, rows->columns,
			rows->count, &duplicate);
	if (problem)
		return problem;
	if (!known && !duplicate) {
		problem = follow_spread(call, record, ids, rows->count);
	} else {
		if (fresh)
			*fresh = false;
		problem = apply_over(call, record, rows, ids);
	}
	if (!problem)
		problem = count_move_looked(call, record, ids, rows->count, &before);
	return problem ? problem : follow_settle(call, record, ids, rows->count);
}

/* Whose the row is that stood in the way: of that home it is a newer one. */
static struct problem *check_home(struct call *call, const struct record *record, const struct row *row)
{
	struct db_result *result;
	const char *sql =
		arena_printf(call->arena, "SELECT home_id FROM `%s` WHERE platform_id = :p AND id = ?", record->table);
	struct problem *problem =
		db_select(call->db, call->scope, db_dynamic(call->db, sql), DB_ARGS(db_id(&row->id)), &result);
	if (problem || !result->rows || db_get_uint(result, 0, 0) == row->home_id)
		return problem;
	return problem_new(call->arena, &PROBLEM_NOT_ITS_HOME);
}

static struct problem *apply_one(struct call *call, const struct record *record, void *row, uint64_t seq, bool *applied)
{
	uint64_t affected;
	const char *duplicate;
	struct row *head = row;
	struct row_values values = row_bind(call, record, row, ROW_BIND_APPLY);
	row_values_add(&values, db_id(&head->id));
	row_values_add(&values, db_uint(seq));
	row_values_add(&values, db_uint(head->home_id));
	struct problem *problem =
		db_exec(call->db, call->scope, record->apply_sql, values.items, values.count, &affected);
	*applied = !problem && affected > 0;
	if (problem || affected)
		return problem;
	values = row_bind(call, record, row, ROW_BIND_INSERT);
	problem = db_insert(call->db, call->scope, record->insert_sql, values.items, values.count, &duplicate);
	*applied = !problem && !duplicate;
	if (problem || !duplicate)
		return problem;
	if (!strcmp(duplicate, "PRIMARY"))
		return check_home(call, record, head);
	return problem_detail(call->arena, &PROBLEM_CONFLICT,
		arena_printf(call->arena, "副本与已有的行冲突（%s）", duplicate),
		arena_printf(call->arena, "The copy of %s meets another row (%s)", record->name, duplicate));
}

struct problem *record_apply(struct call *call, const struct record *record, struct json_object *content,
	uint32_t home_id, uint64_t seq, bool *applied)
{
	void *row;
	*applied = false;
	struct problem *problem = record_read(call, record, content, home_id, seq, &row);
	return problem ? problem : record_apply_row(call, record, row, applied);
}

struct problem *record_apply_row(struct call *call, const struct record *record, void *row, bool *applied)
{
	struct db_result *before;
	const struct uuid *id = &row_of(row)->id;
	struct count_look counted;
	*applied = false;
	struct problem *problem = count_look(call, record, id, 1, &counted);
	if (!problem)
		problem = follow_look(call, record, id, 1, &before);
	if (!problem)
		problem = apply_one(call, record, row, row_of(row)->home_seq, applied);
	if (problem || !*applied)
		return problem;
	problem = count_move_looked(call, record, id, 1, &counted);
	if (!problem)
		problem = follow_spread_changed(call, record, id, 1, before);
	return problem ? problem : follow_settle(call, record, id, 1);
}

/* Copies of children stand where their parent's stands. */
static struct problem *drop_children(
	struct call *call, const struct record *record, struct uuid id, uint32_t home_id, uint64_t seq)
{
	const struct record_set *set = call->services->records;
	struct problem *problem = NULL;
	for (size_t i = 0; !problem && i < set->count; i++) {
		const struct record *child = set->records[i];
		struct db_result *rows;
		struct uuid one;
		if (child->parent != record || !child->copies_with_parent)
			continue;
		const char *sql = arena_printf(call->arena,
			"SELECT id FROM `%s` WHERE platform_id = :p AND `%s` = ? AND home_id = ?", child->table,
			child->parent_key->column);
		problem = db_select(call->db, call->scope, db_dynamic(call->db, sql),
			DB_ARGS(db_id(&id), db_uint(home_id)), &rows);
		for (size_t k = 0; !problem && k < rows->rows; k++)
			if (db_get_id(rows, k, 0, &one))
				problem = record_drop_copy(call, child, one, home_id, seq);
	}
	return problem;
}

struct problem *record_drop_copy(
	struct call *call, const struct record *record, struct uuid id, uint32_t home_id, uint64_t seq)
{
	const char *sql = arena_printf(call->arena,
		"DELETE FROM `%s` WHERE platform_id = :p AND id = ? AND home_id = ? AND home_id <> platform_id "
		"AND home_seq < ?", record->table);
	struct count_look before;
	struct problem *problem = count_look(call, record, &id, 1, &before);
	if (!problem)
		problem = db_exec(call->db, call->scope, db_dynamic(call->db, sql),
			DB_ARGS(db_id(&id), db_uint(home_id), db_uint(seq)), NULL);
	if (!problem)
		problem = count_move_looked(call, record, &id, 1, &before);
	return problem ? problem : drop_children(call, record, id, home_id, seq);
}

/* --- taking over what another home gave away --- */

/* This platform's policy may name its steps otherwise. */
static void fit_step(struct call *call, const struct record *record, struct row *row)
{
	const struct lifecycle *lifecycle = record->lifecycle ? lifecycle_for_row(call, record, row) : NULL;
	if (!lifecycle || lifecycle_step(lifecycle, row->step))
		return;
	for (size_t i = 0; i < lifecycle->step_count; i++)
		if (lifecycle->steps[i].phase == row->phase) {
			row->step = lifecycle->steps[i].name;
			return;
		}
}

/* A copy that was counted gives way to an original. */
static struct problem *count_taken(
	struct call *call, const struct record *record, const void *row, const struct count_look *before)
{
	if (before->active)
		return count_move_looked(call, record, &row_of_const(row)->id, 1, before);
	count_move(call, record, NULL, row);
	return NULL;
}

struct problem *record_take(struct call *call, const struct record *record, struct json_object *content)
{
	void *row;
	const char *duplicate;
	const char *drop = arena_printf(call->arena, "DELETE FROM `%s` WHERE platform_id = :p AND id = ?%s",
		record->table, record->has & ROW_HAS_HOME ? " AND home_id <> platform_id" : "");
	struct problem *problem = record_read(call, record, content, call->platform_id, 0, &row);
	if (problem)
		return problem;
	struct row *head = row;
	struct count_look before;
	fit_step(call, record, head);
	problem = count_look(call, record, &head->id, 1, &before);
	if (!problem && (record->has & ROW_HAS_HOME))
		problem = db_exec(call->db, call->scope, db_dynamic(call->db, drop), DB_ARGS(db_id(&head->id)), NULL);
	if (problem)
		return problem;
	struct row_values values = row_bind(call, record, row, ROW_BIND_INSERT);
	problem = db_insert(call->db, call->scope, record->insert_sql, values.items, values.count, &duplicate);
	if (problem || (duplicate && !strcmp(duplicate, "PRIMARY")))
		return problem; /* it is here already */
	if (duplicate)
		return problem_detail(call->arena, &PROBLEM_CONFLICT,
			arena_printf(call->arena, "与已有的内容冲突（%s）", duplicate),
			arena_printf(call->arena, "%s meets another row (%s)", record->name, duplicate));
	problem = record_journal(call, record, NULL, row, "taken_over", NULL);
	if (!problem && record->lifecycle)
		problem = lifecycle_begun(call, record, row);
	if (!problem)
		problem = count_taken(call, record, row, &before);
	return problem ? problem : follow_spread(call, record, &head->id, 1);
}
