#include "core/record/export_name.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/record/endpoint.h"

struct name {
	struct uuid id;
	const char *text;
};

struct export_names {
	struct {
		const struct field *field;
		struct name *names; /* by id */
		size_t count;
	} *of;
	size_t count;
};

static struct uuid id_of(const struct field *field, const void *row)
{
	return *(const struct uuid *)(const void *)((const char *)row + field->offset);
}

static int by_id(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct uuid));
}

/* What people tell rows apart by comes first. */
const struct field *export_name_field(const struct record *record)
{
	static const char *const titles[] = {"title", "number", "name", "user_name"};
	bool person = strcmp(record->name, "account") == 0 || strcmp(record->name, "product") == 0;
	for (size_t i = person ? 2 : 0; i < sizeof titles / sizeof *titles; i++) {
		const struct field *field = shape_field(record->shape, titles[i]);
		if (field && field->column)
			return field;
	}
	return NULL;
}

static struct problem *select_names(struct call *call, const struct record *record, const struct db_value *ids,
	size_t count, struct db_result **out)
{
	struct buf *sql = buf_in(call->arena);
	const struct field *named = export_name_field(record);
	/* Without a name it is no column of the file at all (list.c). */
	buf_printf(sql, "SELECT id, `%s` FROM `%s` WHERE platform_id = :p AND id IN (", named ? named->column : "id",
		record->table);
	for (size_t i = 0; i < count; i++)
		buf_text(sql, i ? ", ?" : "?");
	buf_text(sql, ") ORDER BY id");
	return db_select(call->db, call->scope, db_dynamic(call->db, sql->data), ids, count, out);
}

static struct problem *look(struct call *call, const struct field *field, void *const *rows, size_t count,
	struct name **names, size_t *found)
{
	struct uuid *ids = ARENA_ARRAY(call->arena, struct uuid, count + 1);
	struct db_value *values = ARENA_ARRAY(call->arena, struct db_value, count + 1);
	size_t all = 0, different = 0;
	struct db_result *result;
	*found = 0;
	for (size_t i = 0; i < count; i++)
		if (!uuid_is_nil(id_of(field, rows[i])))
			ids[all++] = id_of(field, rows[i]);
	qsort(ids, all, sizeof *ids, by_id);
	for (size_t i = 0; i < all; i++)
		if (i == 0 || by_id(&ids[i], &ids[i - 1]) != 0)
			values[different++] = db_id(&ids[i]);
	struct problem *problem = different ? select_names(call, field->names, values, different, &result) : NULL;
	if (problem || !different)
		return problem;
	*names = ARENA_ARRAY(call->arena, struct name, result->rows + 1);
	for (size_t i = 0; i < result->rows; i++, (*found)++) {
		db_get_id(result, i, 0, &(*names)[i].id);
		(*names)[i].text = db_get_text(result, i, 1);
	}
	qsort(*names, *found, sizeof **names, by_id);
	return NULL;
}

struct problem *export_names(struct call *call, const struct field *const *fields, size_t field_count,
	void *const *rows, size_t count, struct export_names **out)
{
	struct export_names *names = *out = ARENA_NEW(call->arena, struct export_names);
	names->of = (void *)arena_alloc(call->arena, sizeof *names->of * (field_count + 1));
	names->count = field_count;
	for (size_t i = 0; i < field_count; i++) {
		names->of[i].field = fields[i];
		struct problem *problem = look(call, fields[i], rows, count, &names->of[i].names, &names->of[i].count);
		if (problem)
			return problem;
	}
	return NULL;
}

const char *export_name(const struct export_names *names, const struct field *field, const void *row)
{
	struct uuid id = id_of(field, row);
	for (size_t i = 0; i < names->count; i++) {
		const struct name *found = names->of[i].field != field || !names->of[i].count ? NULL
			: (const struct name *)bsearch(
				&id, names->of[i].names, names->of[i].count, sizeof(struct name), by_id);
		if (found)
			return found->text;
	}
	return NULL;
}
