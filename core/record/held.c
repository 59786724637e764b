#include "core/record/held.h"

#include <string.h>

#include "core/buf.h"
#include "core/record/endpoint.h"
#include "core/record/form.h"
#include "core/record/record_inside.h"
#include "core/record/row.h"
#include "core/text/json.h"

enum { USERS_SHOWN = 3 };

/* ---- What a row holds ---- */

struct walk {
	struct call *call;
	const struct record *record;
	const void *before, *row;
	struct problem *faults;  /* what the caller is told */
	struct problem *failure; /* of the database */
};

static bool had(const struct walk *w, const struct field *field, struct uuid file)
{
	if (!w->before || !field)
		return false;
	const char *at = (const char *)w->before + field->offset;
	if (field->type == FIELD_FILE)
		return uuid_equal(*(const struct uuid *)at, file);
	if (field->type != FIELD_LIST)
		return held_names(*(struct json_object *const *)at, file);
	const struct id_list *list = (const struct id_list *)at;
	for (size_t i = 0; i < list->count; i++)
		if (uuid_equal(list->items[i], file))
			return true;
	return false;
}

static void refuse(struct walk *w, const char *pointer)
{
	w->faults = problem_add_field(w->call->arena, w->faults, pointer, "file",
		"没有这个文件，或它不能用在这里，请重新上传",
				      "There is no such file, or it cannot be used here; upload it");
}

/* field: where the row before may have had it. */
static void check_one(
	struct walk *w, const struct field *field, const char *purpose, const char *text, const char *pointer)
{
	const struct call_services *services = w->call->services;
	struct uuid file;
	bool may = false;
	if (w->failure)
		return;
	if (!uuid_parse(text, &file)) {
		refuse(w, pointer);
		return;
	}
	if (had(w, field, file) || !services->may_hold)
		return;
	w->failure = services->may_hold(w->call, w->record, w->row, purpose, file, &may, services->arg);
	if (!w->failure && !may)
		refuse(w, pointer);
}

static void check_id(struct walk *w, const struct field *field, struct uuid file, const char *pointer)
{
	if (!uuid_is_nil(file))
		check_one(w, field, field->files, uuid_text(w->call->arena, file), pointer);
}

static void check_list(struct walk *w, const struct field *field, const struct id_list *list, const char *pointer)
{
	for (size_t i = 0; i < list->count; i++)
		check_id(w, field, list->items[i], json_pointer_index(w->call->arena, pointer, i));
}

static void check_blocks(struct walk *w, const struct field *field, struct json_object *blocks, const char *pointer)
{
	for (size_t i = 0; i < json_count(blocks); i++) {
		struct json_object *block = json_at(blocks, i);
		const char *at = json_pointer_index(w->call->arena, pointer, i);
		if (json_has(block, "file"))
			check_one(w, field, field->files, json_get_text(block, "file"),
				json_pointer_add(w->call->arena, at, "file"));
	}
}

static void check_entries(struct walk *w, const struct field *field, struct json_object *list, const char *pointer)
{
	if (list && !json_object_is_type(list, json_type_array))
		refuse(w, pointer);
	for (size_t i = 0; i < json_count(list); i++) {
		struct json_object *entry = json_at(list, i);
		const char *text =
			json_object_is_type(entry, json_type_object) ? json_get_text(entry, "id") : json_text(entry);
		check_one(w, field, field->files, text, json_pointer_index(w->call->arena, pointer, i));
	}
}

static void check_field(struct walk *w, const struct field *field)
{
	const char *at = (const char *)w->row + field->offset,
		   *pointer = json_pointer_add(w->call->arena, "", field->name);
	switch (field->type) {
	case FIELD_FILE: check_id(w, field, *(const struct uuid *)at, pointer); break;
	case FIELD_LIST: check_list(w, field, (const struct id_list *)at, pointer); break;
	case FIELD_BLOCKS: check_blocks(w, field, *(struct json_object *const *)at, pointer); break;
	default: check_entries(w, field, *(struct json_object *const *)at, pointer); break;
	}
}

/* Fields of a policy: they are no part of what is published, and any file of the record's owner will do. held: where
 * they were before; NULL. */
static void check_values(struct walk *w, const struct field *held, const struct shape *shape,
	struct json_object *values, const char *under)
{
	for (size_t i = 0; i < shape->count; i++) {
		const struct field *field = &shape->fields[i];
		struct json_object *value = json_get(values, field->name);
		const char *pointer = json_pointer_add(w->call->arena, under, field->name);
		if (field->type == FIELD_FILE && json_text(value))
			check_one(w, held, NULL, json_text(value), pointer);
		for (size_t k = 0; field->type == FIELD_LIST && field->item == FIELD_FILE && k < json_count(value); k++)
			check_one(w, held, NULL, json_text(json_at(value, k)),
				json_pointer_index(w->call->arena, pointer, k));
	}
}

static void check_extra(struct walk *w)
{
	const struct field *extra = w->record->extra_field;
	const struct form *form = form_of(w->call->forms, w->record);
	if (form)
		check_values(w, extra, form->extra,
			*(struct json_object *const *)((const char *)w->row + extra->offset),
			json_pointer_add(w->call->arena, "", extra->name));
}

static bool is_new(const struct field *field, const void *before, const void *row)
{
	return before ? !field_equal(field, before, row) : !field_is_absent(field, row);
}

struct problem *held_check(struct call *call, const struct record *record, const void *before, const void *row)
{
	struct walk w = {call, record, before, row, NULL, NULL};
	for (size_t i = 0; i < record->shape->count; i++) {
		const struct field *field = &record->shape->fields[i];
		/* What no caller sets comes from where it was looked at. */
		if (field->files && field->write && is_new(field, before, row))
			check_field(&w, field);
	}
	if (record->extra_field && call->forms && is_new(record->extra_field, before, row))
		check_extra(&w);
	return w.failure ? w.failure : w.faults;
}

struct problem *held_check_form(struct call *call, const struct record *record, const void *row,
	const struct shape *form, struct json_object *values)
{
	struct walk w = {call, record, NULL, row, NULL, NULL};
	check_values(&w, NULL, form, values, "");
	return w.failure ? w.failure : w.faults;
}

/* ---- Who holds a file ---- */

bool held_names(struct json_object *value, struct uuid file)
{
	struct uuid id;
	if (json_object_is_type(value, json_type_string))
		return uuid_parse(json_text(value), &id) && uuid_equal(id, file);
	for (size_t i = 0; json_object_is_type(value, json_type_array) && i < json_count(value); i++)
		if (held_names(json_at(value, i), file))
			return true;
	if (!json_object_is_type(value, json_type_object))
		return false;
	json_object_object_foreach(value, key, member)
	{
		(void)key;
		if (held_names(member, file))
			return true;
	}
	return false;
}

/* Conditions on the columns of one record that may hold a file; the number of values goes into *n. */
static void add_holding(struct call *call, const struct record *record, struct uuid *file, struct buf *sql,
	struct db_value *values, size_t *n)
{
	struct db_value like = db_contains(call->arena, uuid_text(call->arena, *file));
	size_t first = *n;
	for (size_t i = 0; i < record->shape->count; i++) {
		const struct field *field = &record->shape->fields[i];
		if (!field->column || (!field->files && field != record->extra_field))
			continue;
		buf_printf(sql, field->type == FIELD_FILE ? "%s`%s` = ?" : "%s`%s` LIKE ?", *n > first ? " OR " : "",
			field->column);
		values[(*n)++] = field->type == FIELD_FILE ? db_id(file) : like;
	}
}

/* Among the rows on one of whose sides that institution stands. */
static void add_sides(const struct record *record, const struct uuid *institution_id, struct buf *sql,
	struct db_value *values, size_t *n)
{
	size_t count = 0;
	for (size_t i = 0; i < record->side_count; i++) {
		const struct record_side *side = &record->sides[i];
		if (side->account || side->of || side->anybody)
			continue;
		buf_printf(sql, "%s`%s` = ?", count++ ? " OR " : " AND (", side->is_id ? "id" : side->by->column);
		values[(*n)++] = db_id(institution_id);
	}
	buf_text(sql, count ? ")" : "");
}

static const char *label_column(const struct record *record)
{
	const struct field *label = shape_field(record->shape, "name");
	if (!label)
		label = shape_field(record->shape, "title");
	return label && label->column ? label->column : "id";
}

static struct problem *users_in(struct call *call, const struct record *record, struct uuid file,
	struct uuid institution_id, struct db_result **out)
{
	struct buf *sql = buf_in(call->arena);
	struct db_value *values =
		ARENA_ARRAY(call->arena, struct db_value, record->shape->count + record->side_count + 2);
	size_t n = 0;
	buf_printf(sql, "SELECT DISTINCT `%s` FROM `%s` WHERE platform_id = :p AND (", label_column(record),
		record->table);
	add_holding(call, record, &file, sql, values, &n);
	buf_char(sql, ')');
	if (!uuid_is_nil(institution_id))
		add_sides(record, &institution_id, sql, values, &n);
	if (record->holds_files_in)
		buf_printf(sql, " AND phase IN (%s)", record->holds_files_in);
	buf_printf(sql, " LIMIT %d", USERS_SHOWN);
	return db_select(call->db, call->scope, db_dynamic(call->db, sql->data), values, n, out);
}

static bool may_hold_any(const struct record *record)
{
	for (size_t i = 0; record->table && i < record->shape->count; i++)
		if (record->shape->fields[i].files || &record->shape->fields[i] == record->extra_field)
			return true;
	return false;
}

struct problem *held_users(
	struct call *call, struct uuid file, struct uuid institution_id, const char **zh, const char **en)
{
	const struct record_set *set = call->services->records;
	struct buf *in_zh = buf_in(call->arena), *in_en = buf_in(call->arena);
	*zh = *en = NULL;
	for (size_t i = 0; i < set->count; i++) {
		const struct record *record = set->records[i];
		struct db_result *rows;
		if (!may_hold_any(record))
			continue;
		struct problem *problem = users_in(call, record, file, institution_id, &rows);
		if (problem)
			return problem;
		for (size_t r = 0; r < rows->rows; r++) {
			bool named = strcmp(label_column(record), "id") != 0;
			buf_printf(in_zh, "%s%s%s%s%s", in_zh->len ? "、" : "", record->zh, named ? "「" : "",
				named ? db_get_text(rows, r, 0) : "", named ? "」" : "");
			buf_printf(in_en, "%s%s%s%s", in_en->len ? ", " : "", record->en, named ? " " : "",
				named ? db_get_text(rows, r, 0) : "");
		}
	}
	if (in_zh->len) {
		*zh = in_zh->data;
		*en = in_en->data;
	}
	return NULL;
}
