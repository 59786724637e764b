#include "tenants/platform/audit_about.h"

#include <string.h>

#include "core/buf.h"
#include "core/record/record.h"
#include "schema/records.gen.h"

static bool has_field(const struct record *record, const char *name, enum field_type type)
{
	const struct field *field = shape_field(record->shape, name);
	return field && field->type == type;
}

const struct audit_about *audit_about_of(const struct audit_abouts *abouts, struct uuid id)
{
	for (size_t i = 0; i < abouts->count; i++)
		if (uuid_equal(abouts->items[i].id, id))
			return &abouts->items[i];
	return NULL;
}

/* ---- The rows of one type ---- */

static const char *columns_of(struct call *call, const struct record *record)
{
	bool named = has_field(record, "uscc", FIELD_USCC) && has_field(record, "name", FIELD_TEXT);
	const char *number = record->series_count ? record->series[0].field->name
		: has_field(record, "product_number", FIELD_TEXT) ? "product_number" : "NULL";
	const char *institution = record == &record_institution ? "id"
		: has_field(record, "institution_id", FIELD_ID) ? "institution_id" : "NULL";
	return arena_printf(call->arena, "id, %s, %s, %s, %s, %s", number, named ? "name" : "NULL",
		named ? "uscc" : "NULL", record == &record_account ? "name" : "NULL", institution);
}

static void take(const struct db_result *rows, struct audit_abouts *out)
{
	for (size_t i = 0; i < rows->rows; i++) {
		struct audit_about *one = &out->items[out->count++];
		*one = (struct audit_about){0};
		db_get_id(rows, i, 0, &one->id);
		one->number = db_get_text(rows, i, 1);
		one->institution = db_get_text(rows, i, 2);
		one->uscc = db_get_text(rows, i, 3);
		one->person = db_get_text(rows, i, 4);
		db_get_id(rows, i, 5, &one->institution_id);
	}
}

static struct problem *select_in(
	struct call *call, const char *columns, const char *table, const struct uuid *ids, size_t count,
	struct db_result **out)
{
	struct buf *sql = buf_in(call->arena);
	struct db_value *args = ARENA_ARRAY(call->arena, struct db_value, count + 1);
	buf_printf(sql, "SELECT %s FROM `%s` WHERE platform_id = :p AND id IN (NULL", columns, table);
	for (size_t i = 0; i < count; i++) {
		buf_text(sql, ", ?");
		args[i] = db_id(&ids[i]);
	}
	buf_char(sql, ')');
	return db_select(call->db, call->scope, db_dynamic(call->db, sql->data), args, count, out);
}

static void add_once(struct uuid *ids, size_t *count, struct uuid id)
{
	for (size_t i = 0; i < *count; i++)
		if (uuid_equal(ids[i], id))
			return;
	ids[(*count)++] = id;
}

static struct problem *load_type(struct call *call, const struct record *record, const struct db_result *rows,
	size_t type_column, size_t id_column, struct audit_abouts *out)
{
	struct uuid *ids = ARENA_ARRAY(call->arena, struct uuid, rows->rows + 1), id;
	struct db_result *found;
	size_t count = 0;
	for (size_t i = 0; i < rows->rows; i++)
		if (!strcmp(db_need_text(rows, i, type_column), record->name) && db_get_id(rows, i, id_column, &id))
			add_once(ids, &count, id);
	if (!count)
		return NULL;
	struct problem *problem = select_in(call, columns_of(call, record), record->table, ids, count, &found);
	if (!problem)
		take(found, out);
	return problem;
}

/* ---- Institutions of rows that name one by its id alone ---- */

static struct problem *name_institutions(struct call *call, struct audit_abouts *out)
{
	struct uuid *ids = ARENA_ARRAY(call->arena, struct uuid, out->count + 1), id;
	struct db_result *found;
	size_t count = 0;
	for (size_t i = 0; i < out->count; i++)
		if (!out->items[i].institution && !uuid_is_nil(out->items[i].institution_id))
			add_once(ids, &count, out->items[i].institution_id);
	if (!count)
		return NULL;
	struct problem *problem = select_in(call, "id, name, uscc", "institution", ids, count, &found);
	for (size_t i = 0; !problem && i < found->rows; i++)
		for (size_t k = 0; db_get_id(found, i, 0, &id) && k < out->count; k++)
			if (!out->items[k].institution && uuid_equal(out->items[k].institution_id, id)) {
				out->items[k].institution = db_get_text(found, i, 1);
				out->items[k].uscc = db_get_text(found, i, 2);
			}
	return problem;
}

struct problem *audit_about_load(struct call *call, const struct db_result *rows, size_t type_column, size_t id_column,
	struct audit_abouts *out)
{
	const struct record_set *set = call->services->records;
	struct problem *problem = NULL;
	*out = (struct audit_abouts){ARENA_ARRAY(call->arena, struct audit_about, rows->rows + 1), 0};
	for (size_t i = 0; !problem && i < set->count; i++)
		if (set->records[i]->table)
			problem = load_type(call, set->records[i], rows, type_column, id_column, out);
	return problem ? problem : name_institutions(call, out);
}
