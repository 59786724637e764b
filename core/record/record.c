#include "core/record/record.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/crypto/crypto.h"
#include "core/diag.h"
#include "core/http/request.h"
#include "core/record/address.h"
#include "core/record/ask.h"
#include "core/record/child.h"
#include "core/record/count.h"
#include "core/record/follow.h"
#include "core/record/form.h"
#include "core/record/held.h"
#include "core/record/lifecycle.h"
#include "core/record/record_inside.h"
#include "core/record/refer.h"
#include "core/record/row.h"
#include "core/record/series.h"
#include "core/record/side.h"
#include "core/text/json.h"

static const struct problem_kind PROBLEM_COPY = {
	"copy", 409, "这里只是副本，请到其所属平台办理。",
		"This is a copy; change it on the platform that holds its home."};
static const struct problem_kind PROBLEM_DUPLICATE = {
	"duplicate", 409, "相同的内容已经存在。", "The same thing exists already."};

const struct record *record_find(const struct record_set *set, const char *name)
{
	for (size_t i = 0; name && i < set->count; i++)
		if (strcmp(set->records[i]->name, name) == 0)
			return set->records[i];
	return NULL;
}

void *record_new(struct call *call, const struct record *record)
{
	struct row *row = arena_alloc(call->arena, record->shape->size);
	if (record->parent)
		row->family = ARENA_NEW(call->arena, struct row_family);
	return row;
}

/* --- reading --- */

struct problem *record_select(struct call *call, const struct record *record, const char *where, const char *tail,
	const struct db_value *args, size_t arg_count, void ***out, size_t *count)
{
	struct buf *sql = buf_in(call->arena);
	struct db_result *result;
	buf_printf(sql, "SELECT %s FROM `%s` WHERE platform_id = :p", record->columns, record->table);
	if (where)
		buf_printf(sql, " AND (%s)", where);
	buf_printf(sql, " %s", tail ? tail : "");
	struct problem *problem =
		db_select(call->db, call->scope, db_dynamic(call->db, sql->data), args, arg_count, &result);
	if (problem)
		return problem;
	*out = ARENA_ARRAY(call->arena, void *, result->rows + 1);
	*count = result->rows;
	for (size_t i = 0; i < result->rows; i++) {
		(*out)[i] = row_read(call, record, result, i, 0);
		row_remember(call, record, (*out)[i]);
	}
	return NULL;
}

struct problem *record_peek(struct call *call, const struct record *record, struct uuid id, void **out)
{
	void **rows;
	size_t count;
	struct problem *problem = record_select(call, record, "id = ?", "", DB_ARGS(db_id(&id)), &rows, &count);
	*out = !problem && count ? rows[0] : NULL;
	return problem;
}

struct problem *record_load(struct call *call, const struct record *record, struct uuid id, void **out)
{
	struct problem *problem = record_peek(call, record, id, out);
	if (problem)
		return problem;
	if (*out && !record_is_sealed(call, record, *out) &&
		(!record_is_confined(call, record) || record_is_mine(call, record, *out)))
		return NULL;
	*out = NULL;
	return problem_new(call->arena, &PROBLEM_NOT_FOUND);
}

const char *record_open(struct call *call, const struct record *record, const void *row, const char *name)
{
	const struct field *field = shape_field(record->shape, name);
	if (!field || !field->sealed_column)
		abort();
	const struct sealed *value = (const struct sealed *)((const char *)row + field->offset);
	size_t size;
	if (value->plain || !value->bytes)
		return value->plain;
	return crypto_open(call->services->keys, call->arena,
		row_seal_context(call->arena, record, field, row_of_const(row)->id), value->bytes, value->size, &size);
}

/* --- the log --- */

/* What the audit trail keeps of a value: a person's data only as a hint, of what is sealed nothing. */
static void write_trace(
	struct call *call, struct json_writer *w, const struct field *field, const void *row, bool hidden)
{
	jw_key(w, field->name);
	bool whole = field->type == FIELD_LIST || field->type == FIELD_JSON;
	if (hidden) {
		jw_null(w);
	} else if (field->personal && whole) {
		jw_text(w, field_is_absent(field, row) ? NULL : "***");
	} else if (field->personal && !field->sealed_column) {
		struct field masked = *field;
		masked.masked = true;
		field_write_json(call, w, &masked, row, false);
	} else {
		field_write_json(call, w, field, row, false);
	}
}

/* The fields that differ from `before` (NULL: all that are there). */
static struct json_object *trace_changes(
	struct call *call, const struct record *record, const void *before, const void *row)
{
	struct buf *out = buf_in(call->arena);
	struct json_writer w;
	struct json_object *object = NULL;
	jw_init(&w, out);
	jw_object_begin(&w);
	for (size_t i = 0; i < record->shape->count; i++) {
		const struct field *field = &record->shape->fields[i];
		if (!field->counts && (before ? !field_equal(field, before, row) : !field_is_absent(field, row)))
			write_trace(call, &w, field, row,
				side_hides(record, before, row) && field != record->parent_key);
	}
	jw_object_end(&w);
	if (json_parse_object(call->arena, out->data, out->len, &object))
		abort(); /* what our own writer wrote is JSON */
	return object;
}

static void merge(struct json_object *into, struct json_object *more)
{
	if (!more)
		return;
	json_object_object_foreach(more, key, value)
		json_object_object_add(into, key, json_object_get(value));
}

/* What the log keeps of a write, and for whom. */
static struct problem *add_entry(struct call *call, const struct record *record, const void *row, const char *event,
	const struct audience *audience, struct json_object *payload)
{
	if (audience->content)
		json_object_object_add(payload, "content", json_object_get(audience->content));
	struct journal_entry entry = {
		.kind = arena_printf(call->arena, "%s.%s", record->name, event), .record_type = record->name,
		.record_id = row_of_const(row)->id, .audience = audience->kind, .to = audience->to,
		.to_count = audience->to_count, .actor_id = call->actor.account_id, .actor_name = call->actor.name,
		.actor_role = call_role_name(call, call->endpoint ? call->endpoint->roles : 0),
		.client = call->actor.client, .payload = payload};
	return journal_add(call->db, call->scope, &entry);
}

static struct json_object *version_payload(struct call *call, const void *row)
{
	struct json_object *payload = json_own(call->arena, json_object_new_object());
	json_object_object_add(payload, "version", json_object_new_int64(row_of_const(row)->version));
	return payload;
}

/* Of a record with copies: the entry is for those who get them; a deleted row has no content any more. */
static void address_copies(
	struct call *call, const struct record *record, const void *row, const char *event, struct audience *out)
{
	const struct address to = address_of(call, record, row);
	if (!to.count)
		return;
	out->kind = JOURNAL_ADDRESSED;
	out->to = to.ids;
	out->to_count = to.count;
	if (strcmp(event, "deleted") != 0)
		out->content = record_export(call, record, row, true);
}

static struct problem *tell_those_left(
	struct call *call, const struct record *record, const void *before, const void *row)
{
	const struct address left = address_left(call, record, before, row);
	const struct audience audience = {JOURNAL_ADDRESSED, left.ids, left.count, NULL};
	return left.count ? add_entry(call, record, row, "gone", &audience, version_payload(call, row)) : NULL;
}

enum { SHARED_AT_ONCE = 200 };

static struct problem *share_rows(struct call *call, const struct record *child, void *const *rows, size_t count,
	const struct address *to)
{
	struct problem *problem = NULL;
	for (size_t i = 0; !problem && i < count; i++) {
		const struct audience audience = {
			JOURNAL_ADDRESSED, to->ids, to->count, record_export(call, child, rows[i], true)};
		problem = add_entry(call, child, rows[i], "shared", &audience, version_payload(call, rows[i]));
	}
	return problem;
}

struct problem *record_share(struct call *call, const struct record *record, void *row, uint32_t reader)
{
	const struct address to = {&reader, 1};
	return share_rows(call, record, &row, 1, &to);
}

static struct problem *share(
	struct call *call, const struct record *child, const void *parent, const struct address *to)
{
	struct uuid last = UUID_NIL;
	size_t count = SHARED_AT_ONCE;
	struct problem *problem = NULL;
	void **rows;
	const char *where = arena_printf(call->arena, "`%s` = ? AND home_id = platform_id AND id > ?",
			   child->parent_key->column),
		   *tail = arena_printf(call->arena, "ORDER BY id LIMIT %d", SHARED_AT_ONCE);
	while (!problem && count == SHARED_AT_ONCE) {
		problem = record_select(call, child, db_dynamic(call->db, where), db_dynamic(call->db, tail),
			DB_ARGS(db_id(&row_of_const(parent)->id), db_bytes(last.b, sizeof last.b)), &rows, &count);
		if (!problem)
			problem = share_rows(call, child, rows, count, to);
		if (!problem && count)
			last = row_of_const(rows[count - 1])->id;
	}
	return problem;
}

/* Who gets a copy of the parent only now gets the children that are there. */
static struct problem *tell_those_new(
	struct call *call, const struct record *record, const void *before, const void *row)
{
	const struct record_set *set = call->services->records;
	const struct address gained = address_gained(call, record, before, row);
	struct problem *problem = NULL;
	for (size_t i = 0; !problem && gained.count && i < set->count; i++)
		if (set->records[i]->parent == record && set->records[i]->copies_with_parent)
			problem = share(call, set->records[i], row, &gained);
	return problem;
}

struct problem *record_journal(struct call *call, const struct record *record, const void *before, const void *row,
	const char *event, struct json_object *more)
{
	struct audience audience = {JOURNAL_PRIVATE, NULL, 0, NULL};
	const char *kind = arena_printf(call->arena, "%s.%s", record->name, event);
	struct problem *problem = record->audience ? record->audience(call, row, kind, &audience) : NULL;
	if (problem)
		return problem;
	if (address_is_declared(record))
		address_copies(call, record, row, event, &audience);
	struct json_object *payload = version_payload(call, row);
	json_object_object_add(payload, "changes", json_object_get(trace_changes(call, record, before, row)));
	merge(payload, more);
	problem = add_entry(call, record, row, event, &audience, payload);
	if (problem || !before || !address_is_declared(record) || record->copies_with_parent)
		return problem;
	problem = tell_those_left(call, record, before, row);
	return problem ? problem : tell_those_new(call, record, before, row);
}

/* --- writing --- */

struct problem *record_duplicate_problem(struct call *call, const struct record *record, const char *key)
{
	for (size_t i = 0; i < record->unique_count; i++) {
		const struct record_unique *unique = &record->uniques[i];
		if (strcmp(unique->key, key) != 0)
			continue;
		if (!unique->field)
			return problem_detail(call->arena, &PROBLEM_DUPLICATE, unique->zh, unique->en);
		return problem_add_field(call->arena, NULL, unique->field, "taken", unique->zh, unique->en);
	}
	return problem_new(call->arena, &PROBLEM_DUPLICATE);
}

bool record_is_copy(struct call *call, const struct record *record, const void *row)
{
	return (record->has & ROW_HAS_HOME) && row_of_const(row)->home_id &&
		row_of_const(row)->home_id != call->platform_id;
}

struct problem *record_refuse_copy(struct call *call, const struct record *record, const void *row)
{
	if (!record_is_copy(call, record, row))
		return NULL;
	/* What its home never took is ended here. */
	if (ask_is_pending(record, row) && call_has_role(call, ROLE_SERVER))
		return NULL;
	return problem_new(call->arena, &PROBLEM_COPY);
}

static void fill_new(struct call *call, const struct record *record, struct row *row)
{
	if (uuid_is_nil(row->id))
		row->id = uuid_v7();
	row->version = 1;
	row->created_at = row->updated_at = call_now();
	if (!row->home_id)
		row->home_id = call->platform_id;
	if (uuid_is_nil(row->created_by))
		row->created_by = call->actor.account_id;
}

/* What the declaration and the platform's form say of several fields, where this write touches one of them. */
static struct problem *check_rules(struct call *call, const struct record *record, const void *before, const void *row)
{
	const struct rule_values now = {row, NULL}, was = {before, NULL};
	struct problem *problem = rule_check(call->arena, &record->rules, now, before ? &was : NULL, true, NULL);
	return form_check_rules(call, record, before, row, false, problem);
}

struct problem *record_insert_unless(struct call *call, const struct record *record, void *row, const char **duplicate)
{
	struct problem *problem = NULL;
	if (!record->insert_sql || !db_in_transaction(call->db))
		abort();
	fill_new(call, record, row);
	bool begun = record->lifecycle && !row_of(row)->phase;
	if (begun)
		problem = lifecycle_begin(call, record, row);
	if (!problem)
		problem = record_refuse_copy(call, record, row);
	if (!problem)
		problem = child_hold(call, record, row);
	if (!problem)
		problem = held_check(call, record, NULL, row);
	if (!problem)
		problem = refer_settle(call, record, NULL, row);
	if (!problem)
		problem = check_rules(call, record, NULL, row);
	if (!problem)
		problem = follow_fill(call, record, row);
	if (!problem)
		problem = series_fill(call, record, row);
	if (problem)
		return problem;
	struct row_values values = row_bind(call, record, row, ROW_BIND_INSERT);
	problem = db_insert(call->db, call->scope, record->insert_sql, values.items, values.count, duplicate);
	if (problem || *duplicate)
		return problem;
	problem = record_journal(call, record, NULL, row, "created", NULL);
	count_move(call, record, NULL, row);
	row_remember(call, record, row);
	if (!problem && begun)
		problem = lifecycle_begun(call, record, row);
	if (!problem && record->after_write)
		problem = record->after_write(call, NULL, row);
	if (!problem && follow_is_followed(call, record))
		problem = follow_spread(call, record, &row_of(row)->id, 1);
	return problem;
}

struct problem *record_insert(struct call *call, const struct record *record, void *row)
{
	const char *duplicate = NULL;
	struct problem *problem = record_insert_unless(call, record, row, &duplicate);
	return problem || !duplicate ? problem : record_duplicate_problem(call, record, duplicate);
}

/* Whether anything that update_sql writes differs from what was loaded. */
static bool has_changed(const struct record *record, const void *before, const void *row)
{
	const struct row *old = before, *new = row;
	if (old->phase != new->phase ||
		(old->step != new->step && (!old->step || !new->step || strcmp(old->step, new->step))))
		return true;
	for (size_t i = 0; i < record->shape->count; i++)
		if (!field_equal(&record->shape->fields[i], before, row))
			return true;
	return false;
}

struct problem *record_write(struct call *call, const struct record *record, void *row)
{
	struct row *head = row;
	const char *duplicate = NULL;
	uint32_t version = head->version;
	head->version++;
	head->updated_at = call_now();
	struct row_values values = row_bind(call, record, row, ROW_BIND_UPDATE);
	row_values_add(&values, db_id(&head->id));
	if (record->has & ROW_HAS_VERSION)
		row_values_add(&values, db_uint(version));
	uint64_t affected = 0;
	struct problem *problem =
		db_update(call->db, call->scope, record->update_sql, values.items, values.count, &affected, &duplicate);
	if (!problem && duplicate)
		problem = record_duplicate_problem(call, record, duplicate);
	else if (!problem && affected == 0)
		problem = problem_new(call->arena, &PROBLEM_STALE);
	if (problem)
		head->version = version;
	return problem;
}

struct problem *record_update_with(
	struct call *call, const struct record *record, void *row, const char *event, struct json_object *more)
{
	const void *before = row_of(row)->original;
	if (!before || !record->update_sql || !db_in_transaction(call->db))
		abort();
	if (!event && !has_changed(record, before, row))
		return NULL;
	const struct row *old = before;
	if (old->phase != row_of(row)->phase)
		abort(); /* only lifecycle_fire() moves a record */
	return record_write_and_log(call, record, row, event ? event : "changed", more);
}

/* Whoever sets a field that follows, or says whom it follows, may know an older state of it. */
static bool follows_anew(const struct record *record, const void *before, const void *row)
{
	for (size_t i = 0; record->follows && i < record->shape->count; i++) {
		const struct field *field = &record->shape->fields[i];
		if ((field->follows || field == record->follow_key) && !field_equal(field, before, row))
			return true;
	}
	return false;
}

struct problem *record_write_and_log(
	struct call *call, const struct record *record, void *row, const char *event, struct json_object *more)
{
	const void *before = row_of(row)->original;
	struct problem *problem = record_refuse_copy(call, record, row);
	if (!problem)
		problem = held_check(call, record, before, row);
	if (!problem)
		problem = refer_settle(call, record, before, row);
	if (!problem)
		problem = check_rules(call, record, before, row);
	if (!problem && follows_anew(record, before, row))
		problem = follow_fill(call, record, row);
	if (!problem)
		problem = record_write(call, record, row);
	if (!problem)
		problem = record_journal(call, record, before, row, event, more);
	if (problem)
		return problem;
	count_move(call, record, before, row);
	row_remember(call, record, row);
	if (record->after_write)
		problem = record->after_write(call, before, row);
	if (!problem && follow_differs(call, record, before, row))
		problem = follow_spread(call, record, &row_of(row)->id, 1);
	return problem;
}

struct problem *record_update(struct call *call, const struct record *record, void *row, const char *event)
{
	return record_update_with(call, record, row, event, NULL);
}

struct problem *record_delete(struct call *call, const struct record *record, const void *row)
{
	const struct row *head = row;
	uint64_t affected;
	const char *sql = arena_printf(call->arena, "DELETE FROM `%s` WHERE platform_id = :p AND id = ?%s",
		record->table, record->has & ROW_HAS_VERSION ? " AND version = ?" : "");
	struct problem *problem = record_refuse_copy(call, record, row);
	if (!problem)
		problem = child_hold(call, record, row);
	if (!problem)
		problem = child_refuse_orphans(call, record, row);
	if (problem)
		return problem;
	const struct db_value args[] = {db_id(&head->id), db_uint(head->version)};
	problem = db_exec(call->db, call->scope, db_dynamic(call->db, sql), args, record->has & ROW_HAS_VERSION ? 2 : 1,
		&affected);
	if (problem)
		return problem;
	if (!affected)
		return problem_new(call->arena, &PROBLEM_STALE);
	count_move(call, record, head->original ? head->original : row, NULL);
	return record_journal(call, record, row, row, "deleted", NULL);
}
