#include "tenants/policy/term_use.h"

#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/record/record.h"
#include "core/text/json.h"
#include "schema/records.gen.h"

/* Each answers codes, or JSON arrays of them, with a number of records: of fields that declare no dictionary; NULL:
 * none. */
static const struct {
	const char *dictionary, *sql;
} QUERIES[] = {
	{"categories",
	 "SELECT l.category, COUNT(*) FROM listing l WHERE l.platform_id = :p AND l.home_id <> l.platform_id "
	 "GROUP BY l.category "
	 "UNION ALL SELECT i.categories, COUNT(*) FROM institution i WHERE i.platform_id = :p AND i.categories IS NOT "
	 "NULL GROUP BY i.categories"},
	{"industries", NULL},
	{"qualifications", "SELECT kind, COUNT(*) FROM qualification WHERE platform_id = :p GROUP BY kind"},
	{"institution_types", "SELECT type, COUNT(*) FROM institution WHERE platform_id = :p GROUP BY type"},
	{"organisation_types", "SELECT organisation_type, COUNT(*) FROM institution WHERE platform_id = :p GROUP BY "
		"organisation_type"},
};

const char *term_dictionary(size_t i)
{
	return i < sizeof QUERIES / sizeof *QUERIES ? QUERIES[i].dictionary : NULL;
}

/* And of those that do; a record that is gone for its people counts no more. */
static void add_field(const struct record *record, const struct field *field, struct buf *sql)
{
	const char *phases = record->holds_files_in;
	buf_printf(sql, "%sSELECT t.`%s`, COUNT(*) FROM `%s` t WHERE t.platform_id = :p AND t.`%s` IS NOT NULL",
		sql->len ? " UNION ALL " : "", field->column, record->table, field->column);
	if (phases)
		buf_printf(sql, " AND t.phase IN (%s)", phases);
	buf_printf(sql, " GROUP BY t.`%s`", field->column);
}

static const char *query_of(struct arena *arena, size_t dictionary)
{
	struct buf *sql = buf_in(arena);
	if (QUERIES[dictionary].sql)
		buf_text(sql, QUERIES[dictionary].sql);
	for (size_t i = 0; i < record_set.count; i++) {
		const struct record *record = record_set.records[i];
		for (size_t k = 0; record->table && k < record->shape->count; k++) {
			const struct field *field = &record->shape->fields[k];
			if (field->terms && strcmp(field->terms, QUERIES[dictionary].dictionary) == 0)
				add_field(record, field, sql);
		}
	}
	return sql->len ? sql->data : NULL;
}

static void add(struct term_uses *uses, const char *code, uint64_t count)
{
	for (size_t i = 0; i < uses->count; i++)
		if (strcmp(uses->items[i].code, code) == 0) {
			uses->items[i].count += count;
			return;
		}
	uses->items[uses->count++] = (struct term_use){code, count};
}

/* The codes of one answered row; at most `room` of them. */
static struct problem *read_row(
	struct arena *arena, struct term_uses *uses, const char *text, uint64_t count, size_t room)
{
	struct json_object *list;
	struct problem *problem;
	const char *code;

	if (*text != '[') {
		add(uses, text, count);
		return NULL;
	}
	problem = json_parse(arena, text, strlen(text), &list);
	for (size_t i = 0; !problem && i < json_count(list) && i < room; i++)
		if ((code = json_text(json_at(list, i))))
			add(uses, code, count);
	return problem;
}

struct problem *term_uses_count(struct db *db, struct db_scope scope, const char *dictionary, struct term_uses *out)
{
	enum { CODES_OF_ONE = 100 }; /* a list holds at most so many, unless it says otherwise */
	struct arena *arena = db_arena(db);
	const char *sql = NULL;
	struct db_result *rows;
	struct problem *problem;

	*out = (struct term_uses){0};
	for (size_t i = 0; term_dictionary(i); i++)
		if (strcmp(term_dictionary(i), dictionary) == 0)
			sql = query_of(arena, i);
	if (!sql)
		return NULL;
	problem = db_select(db, scope, db_dynamic(db, sql), DB_NO_ARGS, &rows);
	if (problem)
		return problem;
	out->items = ARENA_ARRAY(arena, struct term_use, rows->rows * CODES_OF_ONE + 1);
	for (size_t i = 0; !problem && i < rows->rows; i++) {
		const char *text = db_get_text(rows, i, 0);
		if (text)
			problem = read_row(arena, out, text, db_get_uint(rows, i, 1), CODES_OF_ONE);
	}
	return problem;
}

uint64_t term_uses_of(const struct term_uses *uses, const char *code)
{
	for (size_t i = 0; i < uses->count; i++)
		if (strcmp(uses->items[i].code, code) == 0)
			return uses->items[i].count;
	return 0;
}
