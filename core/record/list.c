#include "core/record/list_inside.h"

#include "core/buf.h"
#include "core/http/request.h"
#include "core/record/child.h"
#include "core/record/find.h"
#include "core/record/public.h"
#include "core/record/record_inside.h"
#include "core/record/row.h"
#include "core/text/json.h"

enum {
	PORTAL_DEFAULT = 20,
	TOTAL_MAX = 10000 /* counted one by one; beyond, "more than" has to do */
};

struct problem *list_fetch(struct listing_request *r, size_t limit, const char *columns, struct db_result **out)
{
	struct buf *sql = buf_in(r->call->arena);
	const char *direction = r->descending ? "DESC" : "ASC";
	buf_printf(sql, "SELECT %s, `%s` FROM `%s` WHERE platform_id = :p%s%s ORDER BY `%s` %s, id %s LIMIT %zu",
		columns, r->sort->column, r->record->table, r->where.sql->len ? " AND " : "", r->where.sql->data,
		r->sort->column, direction, direction, limit);
	if (r->offset)
		buf_printf(sql, " OFFSET %zu", r->offset);
	return db_select(
		r->call->db, r->call->scope, db_dynamic(r->call->db, sql->data), r->where.args, r->where.count, out);
}

/* How many in each phase, under the same filters. */
static struct problem *write_counts(
	struct listing_request *r, const struct record_where *filters, struct json_writer *w)
{
	struct db_result *result;
	const char *sql = arena_printf(r->call->arena,
		"SELECT phase, COUNT(*) FROM `%s` WHERE platform_id = :p%s%s GROUP BY phase", r->record->table,
		filters->sql->len ? " AND " : "", filters->sql->data);
	struct problem *problem = db_select(
		r->call->db, r->call->scope, db_dynamic(r->call->db, sql), filters->args, filters->count, &result);
	if (problem)
		return problem;
	jw_key(w, "counts");
	jw_object_begin(w);
	for (size_t i = 0; i < result->rows; i++)
		if (db_get_text(result, i, 0))
			jw_kv_int(w, db_get_text(result, i, 0), db_get_int(result, i, 1));
	jw_object_end(w);
	return NULL;
}

/* How many the filters let through, counted up to a bound, so that a list of millions answers as fast. */
static struct problem *count_rows(
	struct listing_request *r, const struct record_where *filters, size_t most, int64_t *out)
{
	struct db_result *result;
	const char *sql = arena_printf(r->call->arena,
		"SELECT COUNT(*) FROM (SELECT 1 FROM `%s` WHERE platform_id = :p%s%s LIMIT %zu) AS bounded",
		r->record->table, filters->sql->len ? " AND " : "", filters->sql->data, most);
	struct problem *problem = db_select(
		r->call->db, r->call->scope, db_dynamic(r->call->db, sql), filters->args, filters->count, &result);
	*out = problem ? 0 : db_get_int(result, 0, 0);
	return problem;
}

static struct problem *write_total(
	struct listing_request *r, const struct record_where *filters, struct json_writer *w)
{
	int64_t total;
	struct problem *problem = count_rows(r, filters, TOTAL_MAX + 1, &total);
	if (problem)
		return problem;
	jw_kv_int(w, "total", total > TOTAL_MAX ? TOTAL_MAX : total);
	jw_kv_bool(w, "total_more", total > TOTAL_MAX);
	return NULL;
}

static void write_items(const struct listing_request *r, void *const *rows, size_t count, struct json_writer *w)
{
	jw_key(w, "items");
	jw_array_begin(w);
	for (size_t i = 0; i < count; i++) {
		if (r->seen)
			public_write_json(r->call, r->record, rows[i], true, w);
		else
			record_write_json(r->call, r->record, rows[i], true, w);
	}
	jw_array_end(w);
}

/* The page that the request names. r->where: without what the cursor adds, which the next one is bound to. */
static struct problem *answer_page(struct listing_request *r)
{
	struct call *call = r->call;
	struct db_result *result;
	struct db_value key;
	struct uuid id;
	struct record_where all_phases = list_where_copy(&r->where);
	list_narrow_phases(r);
	struct problem *problem = r->cursor ? list_cursor_read(r, &key, &id) : NULL;
	if (problem)
		return problem;
	struct record_where filters = list_where_copy(&r->where);
	if (r->cursor)
		list_cursor_add(r, key, id);
	problem = list_fetch(r, r->limit + 1, r->seen ? r->seen->list_columns : r->record->list_columns, &result);
	if (problem)
		return problem;
	r->where = filters;
	size_t shown = result->rows > r->limit ? r->limit : result->rows;
	void **rows = ARENA_ARRAY(call->arena, void *, shown + 1);
	for (size_t i = 0; i < shown; i++)
		rows[i] = row_read(call, r->record, result, i, 0);
	if (!r->seen && (problem = child_look(call, r->record, rows, shown)))
		return problem;
	if (r->record->list_rows && !r->seen && (problem = r->record->list_rows(call, rows, shown)))
		return problem;
	struct json_writer w;
	jw_init(&w, call->request->out);
	jw_object_begin(&w);
	write_items(r, rows, shown, &w);
	struct uuid last = shown ? row_of(rows[shown - 1])->id : UUID_NIL;
	jw_kv_text(&w, "next",
		result->rows > r->limit ? list_cursor_make(r, db_get(result, shown - 1, result->columns - 1), last)
					: NULL);
	if (r->counts && (problem = write_counts(r, &all_phases, &w)))
		return problem;
	if (r->total && (problem = write_total(r, &filters, &w)))
		return problem;
	jw_object_end(&w);
	return NULL;
}

struct problem *list_run(struct call *call)
{
	struct listing_request r;
	struct problem *problem = list_read(&r, call, call->endpoint->record, true);
	return problem ? problem : answer_page(&r);
}

struct problem *list_pick(struct call *call, const struct record *record, size_t most, struct list_hit **out,
	size_t *count, int64_t *total)
{
	struct listing_request r;
	struct db_result *result;
	*count = 0;
	*total = 0;
	struct problem *problem = list_read(&r, call, record, false);
	if (problem)
		return problem;
	list_narrow_phases(&r);
	problem = list_fetch(&r, most, record->has & ROW_HAS_VERSION ? "id, version" : "id, 0", &result);
	if (problem)
		return problem;
	*out = ARENA_ARRAY(call->arena, struct list_hit, result->rows + 1);
	*count = result->rows;
	for (size_t i = 0; i < result->rows; i++) {
		db_get_id(result, i, 0, &(*out)[i].id);
		(*out)[i].version = (uint32_t)db_get_uint(result, i, 1);
	}
	*total = (int64_t)result->rows;
	return result->rows < most ? NULL : count_rows(&r, &r.where, TOTAL_MAX + 1, total);
}

/* --- one text over many lists --- */

/* As the list's first page shows them; nothing where there are none. */
static struct problem *write_found(struct listing_request *r, struct json_writer *w)
{
	struct call *call = r->call;
	struct db_result *result;
	struct problem *problem = list_fetch(r, r->limit + 1, r->record->list_columns, &result);
	if (problem || !result->rows)
		return problem;
	size_t shown = result->rows > r->limit ? r->limit : result->rows;
	void **rows = ARENA_ARRAY(call->arena, void *, shown + 1);
	for (size_t i = 0; i < shown; i++)
		rows[i] = row_read(call, r->record, result, i, 0);
	if ((problem = child_look(call, r->record, rows, shown)) ||
		(r->record->list_rows && (problem = r->record->list_rows(call, rows, shown))))
		return problem;
	jw_object_begin(w);
	jw_kv_text(w, "record", r->record->name);
	jw_kv_text(w, "plural", r->record->plural);
	write_items(r, rows, shown, w);
	jw_kv_bool(w, "more", result->rows > shown);
	jw_object_end(w);
	return NULL;
}

static struct problem *find_in(
	struct call *call, const struct record *record, const char *text, size_t limit, struct json_writer *w)
{
	struct listing_request r;
	list_begin(&r, call, record);
	r.limit = limit;
	list_search(&r, text);
	if (r.problem || !r.where.sql->len) /* nothing that can be seen was typed: not everything */
		return r.problem;
	list_isolate(&r);
	if (record->list_home != LIST_HOME_ALL)
		list_add_home(&r, record->list_home == LIST_HOME_OWN);
	list_set_sort(&r, r.offer.default_sort);
	struct problem *problem = record->list_where ? record->list_where(call, &r.where) : NULL;
	return problem ? problem : write_found(&r, w);
}

struct problem *list_find(
	struct call *call, const struct endpoint *list, const char *text, size_t limit, struct json_writer *w)
{
	const struct endpoint *asked = call->endpoint;
	call->endpoint = list; /* whose roles say which rows are there */
	struct problem *problem = find_in(call, list->record, text, limit, w);
	call->endpoint = asked;
	return problem;
}

/* Whoever asks: the answer is the same for all, so it may be kept until the platform's log moves. */
struct problem *list_run_public(struct call *call)
{
	const struct record *record = call->endpoint->record;
	struct listing_request r;
	list_begin(&r, call, record);
	r.seen = record->seen;
	r.offer = record->seen->offer;
	r.limit = PORTAL_DEFAULT;
	record_where_add(&r.where, record->seen->where, NULL, 0);
	struct problem *problem = list_read_query(&r, true);
	if (problem)
		return problem;
	public_cacheable(call);
	return answer_page(&r);
}
