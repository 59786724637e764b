#include "core/record/public.h"

#include "core/buf.h"
#include "core/http/page.h"
#include "core/http/request.h"
#include "core/record/endpoint.h"
#include "core/record/record_inside.h"
#include "core/record/row.h"
#include "core/text/json.h"

/* Children are at the home of their parent: a copy does not know how many there are. */
static bool is_countless(
	struct call *call, const struct record *record, const struct field *field, const void *row)
{
	return field->counts && field->type == FIELD_UINT && record_is_copy(call, record, row);
}

void public_write_json(
	struct call *call, const struct record *record, const void *row, bool in_list, struct json_writer *w)
{
	char id[UUID_TEXT + 1];
	uuid_format(row_of_const(row)->id, id);
	jw_object_begin(w);
	jw_kv_text(w, "id", id);
	for (size_t i = 0; i < record->shape->count; i++) {
		const struct field *field = &record->shape->fields[i];
		if (!field->visible_public || (in_list && !field->in_list) || is_countless(call, record, field, row))
			continue;
		jw_key(w, field->name);
		field_write_json(call, w, field, row, false);
	}
	jw_object_end(w);
}

struct problem *public_select(struct call *call, const struct record *record, struct uuid before, size_t limit,
	void ***rows, size_t *count)
{
	struct db_result *result;
	bool all = uuid_is_nil(before);
	const char *sql = arena_printf(call->arena,
		"SELECT %s FROM `%s` WHERE platform_id = :p AND (%s)%s ORDER BY id DESC LIMIT ?",
		record->seen->list_columns, record->table, record->seen->where, all ? "" : " AND id < ?");
	struct db_value args[] = {db_id(&before), db_uint(limit)};
	struct problem *problem = db_select(call->db, call->scope, db_dynamic(call->db, sql), all ? args + 1 : args,
		all ? 1 : 2, &result);
	if (problem)
		return problem;
	*count = result->rows;
	*rows = ARENA_ARRAY(call->arena, void *, result->rows + 1);
	for (size_t i = 0; i < result->rows; i++)
		(*rows)[i] = row_read(call, record, result, i, 0);
	return NULL;
}

struct problem *public_find(struct call *call, const struct record *record, struct uuid id, void **out)
{
	struct db_result *result;
	const char *sql = arena_printf(call->arena, "SELECT %s FROM `%s` WHERE platform_id = :p AND id = ? AND (%s)",
		record->seen->columns, record->table, record->seen->where);
	struct problem *problem =
		db_select(call->db, call->scope, db_dynamic(call->db, sql), DB_ARGS(db_id(&id)), &result);
	if (problem)
		return problem;
	if (!result->rows)
		return problem_new(call->arena, &PROBLEM_NOT_FOUND);
	*out = row_read(call, record, result, 0, 0);
	return NULL;
}

struct problem *public_get(struct call *call)
{
	const struct record *record = call->endpoint->record;
	struct buf *out = call->request->out;
	struct json_writer w;
	struct uuid id;
	void *row = NULL;
	struct problem *problem = call_path_id(call, 0, &id);
	if (!problem)
		problem = public_find(call, record, id, &row);
	if (problem)
		return problem;
	jw_init(&w, out);
	public_write_json(call, record, row, false, &w);
	/* Of what is shown: a copy may follow another row without a new version. */
	call->etag = page_hash(0, out->data, out->len);
	return NULL;
}

void public_cacheable(struct call *call)
{
	/* This server's own commits void it at once; those of other servers are seen within the second. */
	request_cache(call->request, call->platform_id, 1);
}
