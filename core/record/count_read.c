/* What a counter says to those who may see the rows. */
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/http/request.h"
#include "core/record/count.h"
#include "core/record/endpoint.h"
#include "core/record/record_inside.h"
#include "core/record/row.h"
#include "core/text/json.h"

/* Which keys are meant, as a condition on record_count. */
struct keys {
	struct call *call;
	struct buf *sql;
	struct db_value args[32];
	size_t count;
};

static const struct record_counter *counter_of(const struct endpoint *endpoint)
{
	const char *name = strrchr(endpoint->path, '/') + 1;
	for (size_t i = 0; i < endpoint->record->counter_count; i++)
		if (strcmp(endpoint->record->counters[i].name, name) == 0)
			return &endpoint->record->counters[i];
	abort(); /* the generator made both */
}

/* The n-th value of the key; the first one bounds the range of the index as well. */
static void add_part(struct keys *keys, const struct record_counter *counter, size_t n, const char *value)
{
	struct arena *arena = keys->call->arena;
	if (counter->per_count == 1) {
		buf_text(keys->sql, "per = ?");
	} else if (n == 0 && counter->per[0]->type == FIELD_ID) { /* in which nothing is a wildcard */
		buf_text(keys->sql, "per LIKE ?");
		value = arena_printf(arena, "%s/%%", value);
	} else {
		buf_printf(keys->sql, "SUBSTRING_INDEX(SUBSTRING_INDEX(per, '/', %zu), '/', -1) = ?", n + 1);
	}
	keys->args[keys->count++] = db_text(value);
}

/* As the field holds it, or NULL. */
static const char *read_value(struct call *call, const struct field *field, const char *text)
{
	size_t size = field->offset + 64;
	char *row = arena_alloc(call->arena, size);
	const struct call_services *services = call->services;
	struct uuid id;
	switch (field->type) {
	case FIELD_ID:
		if (!uuid_parse(text, &id))
			return NULL;
		memcpy(row + field->offset, &id, sizeof id);
		break;
	case FIELD_ENUM:
		return field_value(field, text) ? text : NULL;
	case FIELD_BOOL:
		return strcmp(text, "true") == 0 ? "1" : strcmp(text, "false") == 0 ? "0" : NULL;
	case FIELD_PLATFORM: {
		uint32_t found = services->platform_by_slug ? services->platform_by_slug(call, text, services->arg) : 0;
		return found ? arena_printf(call->arena, "%u", found) : NULL;
	}
	default:
		return strlen(text) == 6 && strspn(text, "0123456789") == 6 ? text : NULL;
	}
	return count_key(call, field, row);
}

static struct problem *read_filters(struct keys *keys, const struct record_counter *counter)
{
	struct call *call = keys->call;
	const struct request *request = call->request;
	struct problem *faults = NULL;
	for (size_t i = 0; i < request->query_count; i++) {
		const struct http_pair *pair = &request->query[i];
		const char *pointer = arena_printf(call->arena, "/%s", pair->name), *value = NULL;
		size_t n = 0;
		while (n < counter->per_count && strcmp(counter->per[n]->name, pair->name) != 0)
			n++;
		if (n == counter->per_count)
			faults = problem_add_field(
				call->arena, faults, pointer, "unknown", "没有这个参数", "is not a known parameter");
		else if (!(value = read_value(call, counter->per[n], pair->value)))
			faults = problem_add_field(call->arena, faults, pointer, "format", "筛选条件不正确",
				"is not a value of this field");
		if (!value)
			continue;
		buf_text(keys->sql, " AND ");
		add_part(keys, counter, n, value);
	}
	return faults;
}

/* A confined caller's are those of the sides on which it stands, all of which the key tells apart. */
static void add_sides(struct keys *keys, const struct record *record, const struct record_counter *counter)
{
	size_t before = keys->count;
	buf_text(keys->sql, " AND (");
	for (size_t i = 0; i < record->side_count; i++) {
		const struct uuid *mine = side_mine(keys->call, record, i);
		for (size_t n = 0; mine && n < counter->per_count; n++) {
			if (counter->per[n] != record->sides[i].by)
				continue;
			char *row = arena_alloc(keys->call->arena, counter->per[n]->offset + sizeof *mine);
			memcpy(row + counter->per[n]->offset, mine, sizeof *mine);
			buf_text(keys->sql, keys->count > before ? " OR " : "");
			add_part(keys, counter, n, count_key(keys->call, counter->per[n], row));
		}
	}
	buf_text(keys->sql, keys->count > before ? ")" : "1 = 0)");
}

static void write_one(struct json_writer *w, const struct record_counter *counter, int64_t number, int64_t total)
{
	jw_kv_int(w, "number", number);
	if (counter->sum)
		jw_kv_int(w, "sum", total);
}

static void write_answer(struct call *call, const struct record_counter *counter, const struct db_result *rows)
{
	struct json_writer *w = endpoint_writer(call);
	int64_t number = 0, total = 0;
	for (size_t i = 0; i < rows->rows; i++) {
		number += db_get_int(rows, i, 1);
		total += db_get_int(rows, i, 2);
	}
	jw_object_begin(w);
	write_one(w, counter, number, total);
	if (counter->by || counter->by_phase) {
		jw_key(w, "by");
		jw_object_begin(w);
		for (size_t i = 0; i < rows->rows; i++) {
			jw_key(w, db_need_text(rows, i, 0));
			jw_object_begin(w);
			write_one(w, counter, db_get_int(rows, i, 1), db_get_int(rows, i, 2));
			jw_object_end(w);
		}
		jw_object_end(w);
	}
	jw_object_end(w);
}

struct problem *count_read(struct call *call)
{
	const struct record *record = call->endpoint->record;
	const struct record_counter *counter = counter_of(call->endpoint);
	struct keys keys = {.call = call, .sql = buf_in(call->arena)};
	struct db_result *rows;
	buf_text(keys.sql,
		"SELECT bucket, SUM(number), SUM(total) FROM record_count WHERE platform_id = :p AND name = ?");
	keys.args[keys.count++] = db_text(counter->name);
	struct problem *problem = read_filters(&keys, counter);
	if (problem)
		return problem;
	if (record_is_confined(call, record))
		add_sides(&keys, record, counter);
	buf_text(keys.sql, " GROUP BY bucket HAVING SUM(number) <> 0 OR SUM(total) <> 0 ORDER BY bucket");
	problem = db_select(
		call->db, call->scope, db_dynamic(call->db, keys.sql->data), keys.args, keys.count, &rows);
	if (!problem)
		write_answer(call, counter, rows);
	return problem;
}
