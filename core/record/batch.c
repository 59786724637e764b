/* The verb batch: one event on several rows of a list, named one by one or by the list's own filter. Each row moves in
 * a transaction of its own, so that one that is refused takes none of the others along, and the answer says of each
 * what became of it.
 *
 *   by filter   the query is the list's, `seen` how many rows the person was shown by it: where that is no longer so,
 *               or more than BATCH_MAX, nothing is done (409). Who presses a button for 230 rows decides on those
 *   by name     `items`, with the versions that were seen
 *
 * A row that somebody else changed since it was picked is refused like any other whose version is not the one seen.
 */
#include "core/record/batch.h"

#include "core/buf.h"
#include "core/http/answer.h"
#include "core/http/request.h"
#include "core/record/endpoint.h"
#include "core/record/lifecycle.h"
#include "core/record/record_inside.h"
#include "core/record/row.h"
#include "core/text/json.h"

enum { TOTAL_MAX = 10000 }; /* as in list.c */

const struct problem_kind PROBLEM_COUNT_CHANGED = {
	"count-changed", 409, "筛选结果已有变化，未作任何处理。请刷新列表后再试。",
	"The list has changed meanwhile; nothing was done. Reload it and try again."};
const struct problem_kind PROBLEM_TOO_MANY = {"too-many", 409, "一次办理的条数过多，未作任何处理。请缩小筛选范围。",
	"Too many rows at once; nothing was done. Narrow the filter."};

struct batch {
	struct call *call;
	const struct record *record;
	const char *event;
	struct json_object *form;
	struct list_hit *hits;
	size_t count;
	size_t done;
};

/* One row, over the runs of its transaction. */
struct batch_row {
	struct batch *batch;
	const struct list_hit *hit;
	void *row; /* NULL: it is not there for the caller */
};

/* --- which rows --- */

struct problem *batch_check_seen(struct call *call, int64_t total, int64_t seen)
{
	const char *more = total > TOTAL_MAX ? "+" : "";
	int64_t there = total > TOTAL_MAX ? TOTAL_MAX : total;
	if (total > BATCH_MAX)
		return problem_detail(call->arena, &PROBLEM_TOO_MANY,
			arena_printf(call->arena,
				"筛选结果共 %lld%s 项，一次最多办理 %d 项，未作任何处理。请缩小筛选范围。",
				(long long)there, more, BATCH_MAX),
			arena_printf(call->arena,
				"The filter finds %lld%s rows, and at most %d are handled at once; nothing was done. "
				"Narrow the filter.", (long long)there, more, BATCH_MAX));
	if (total == seen)
		return NULL;
	return problem_detail(call->arena, &PROBLEM_COUNT_CHANGED,
		arena_printf(call->arena,
			"您看到的是 %lld 项，现在筛选结果为 %lld 项，未作任何处理。请刷新列表后再试。",
			(long long)seen, (long long)total),
		arena_printf(call->arena,
			"You saw %lld rows, and the filter finds %lld now; nothing was done. Reload the list and try "
			"again.", (long long)seen, (long long)total));
}

static const struct endpoint *list_endpoint(const struct record_set *set, const struct record *record)
{
	for (size_t i = 0; i < set->endpoint_count; i++)
		if (set->endpoints[i].record == record && set->endpoints[i].verb == VERB_LIST &&
			!set->endpoints[i].under)
			return &set->endpoints[i];
	return NULL;
}

/* What the caller's own list shows under that filter: as it may read there, whatever it may do here. */
static struct problem *pick(struct batch *batch, int64_t seen)
{
	struct call list = *batch->call;
	int64_t total;
	list.endpoint = list_endpoint(list.services->records, batch->record);
	if (!list.endpoint || !(list.endpoint->roles & list.actor.roles) || !call_may_read(&list, list.endpoint->reads))
		return problem_new(list.arena, &PROBLEM_FORBIDDEN);
	struct problem *problem =
		list_pick(&list, batch->record, BATCH_MAX + 1, &batch->hits, &batch->count, &total);
	return problem ? problem : batch_check_seen(batch->call, total, seen);
}

static void take_items(struct batch *batch, const struct json_object *items)
{
	batch->count = json_count(items);
	batch->hits = ARENA_ARRAY(batch->call->arena, struct list_hit, batch->count + 1);
	for (size_t i = 0; i < batch->count; i++) {
		const struct json_object *item = json_at(items, i);
		const char *id = json_get_text(item, "id");
		int64_t version = 0;
		json_get_int(item, "version", &version);
		batch->hits[i].version = (uint32_t)version;
		if (!id || !uuid_parse(id, &batch->hits[i].id))
			batch->hits[i].id = UUID_NIL;
	}
}

static struct problem *read_form(struct batch *batch, struct json_object *body)
{
	batch->event = json_get_text(body, "event");
	batch->form = json_get_object(body, "form");
	if (json_get(body, "form") && !batch->form)
		return problem_add_field(
			batch->call->arena, NULL, "/form", "format", "应为一个对象", "must be an object");
	return NULL;
}

static struct problem *read_rows(struct batch *batch, struct json_object *body)
{
	struct call *call = batch->call;
	struct json_object *items = json_get_array(body, "items");
	int64_t seen = 0;
	bool by_filter = json_get_int(body, "seen", &seen);
	if (by_filter == (items != NULL))
		return problem_add_field(call->arena, NULL, by_filter ? "/items" : "/seen", "choice",
			"请给出 items（逐项）或 seen（按筛选条件，看到的条数）之一",
			"give either items (one by one) or seen (by filter, how many were seen)");
	if (!by_filter && call->request->query_count)
		return problem_add_field(call->arena, NULL, "/items", "choice", "逐项办理时不能带筛选条件",
			"go without a filter");
	if (by_filter)
		return pick(batch, seen);
	take_items(batch, items);
	return NULL;
}

static struct problem *read_body(struct batch *batch)
{
	struct call *call = batch->call;
	const struct shape *shape = call->endpoint->input;
	struct json_object *body;
	struct problem *problem = request_json(call->request, &body);
	if (!problem)
		problem = shape_decode(call, call->arena, shape, body, DECODE_FULL, 0,
			arena_alloc(call->arena, shape->size));
	if (!problem)
		problem = read_form(batch, body);
	return problem ? problem : read_rows(batch, body);
}

/* --- moving them --- */

/* Of its own for each row and run: firing fills in what the form leaves out. */
static struct json_object *form_of_row(struct batch *batch)
{
	struct json_object *form = NULL;
	if (batch->form && json_object_deep_copy(batch->form, &form, NULL))
		form = NULL;
	return json_own(batch->call->arena, form ? form : json_object_new_object());
}

static struct problem *move_row(struct db *db, void *arg)
{
	struct batch_row *one = arg;
	struct batch *batch = one->batch;
	struct call *call = batch->call;
	(void)db;
	one->row = NULL;
	struct problem *problem = record_load(call, batch->record, one->hit->id, &one->row);
	if (!problem && one->hit->version && one->hit->version != row_of(one->row)->version)
		problem = problem_new(call->arena, &PROBLEM_STALE);
	return problem ? problem : verb_fire(call, batch->record, one->row, batch->event, form_of_row(batch));
}

static void write_problem(struct batch *batch, const struct problem *problem, struct json_writer *w)
{
	struct buf *text = buf_in(batch->call->arena);
	answer_write_problem(batch->call->request, problem, text);
	jw_kv_raw(w, "problem", text->data, text->len);
}

/* What was refused says what it is, since nobody need have it on the screen. */
static void write_refused(struct batch_row *one, const struct problem *problem, struct json_writer *w)
{
	const struct record *record = one->batch->record;
	const void *row = one->row ? row_of(one->row)->original : NULL;
	jw_kv_null(w, "version");
	jw_kv_null(w, "phase");
	jw_kv_null(w, "step_text");
	write_problem(one->batch, problem, w);
	jw_key(w, "row");
	if (row)
		record_write_json(one->batch->call, record, row, true, w);
	else
		jw_null(w);
}

static void write_done(struct batch_row *one, struct json_writer *w)
{
	const struct record *record = one->batch->record;
	const struct row *row = row_of(one->row);
	if (record->has & ROW_HAS_VERSION)
		jw_kv_uint(w, "version", row->version);
	else
		jw_kv_null(w, "version");
	jw_kv_text(w, "phase", row->phase ? record->phases[row->phase - 1].code : NULL);
	jw_kv_text(w, "step_text", lifecycle_step_text(one->batch->call, record, row));
	jw_kv_null(w, "problem");
	jw_kv_null(w, "row");
}

static void write_result(struct batch_row *one, const struct problem *problem, struct json_writer *w)
{
	jw_object_begin(w);
	jw_kv_uuid(w, "id", one->hit->id);
	if (problem)
		write_refused(one, problem, w);
	else
		write_done(one, w);
	jw_object_end(w);
}

/* Where the database goes away in the middle, what is left is told so; what was done stays done. */
static struct problem *move_all(struct batch *batch, struct json_writer *w)
{
	struct problem *broken = NULL;
	for (size_t i = 0; i < batch->count; i++) {
		struct batch_row one = {batch, &batch->hits[i], NULL};
		struct problem *problem = broken ? broken : db_transaction(batch->call->db, move_row, &one);
		if (problem && problem->kind->status >= 500 && !batch->done)
			return problem;
		if (problem && problem->kind->status >= 500)
			broken = problem;
		batch->done += !problem;
		write_result(&one, problem, w);
	}
	return NULL;
}

struct problem *batch_run(struct call *call)
{
	struct batch batch = {.call = call, .record = call->endpoint->record};
	struct problem *problem = read_body(&batch);
	if (problem)
		return problem;
	struct json_writer *w = endpoint_writer(call);
	jw_object_begin(w);
	jw_key(w, "results");
	jw_array_begin(w);
	problem = move_all(&batch, w);
	if (problem)
		return problem;
	jw_array_end(w);
	jw_kv_uint(w, "done", batch.done);
	jw_kv_uint(w, "failed", batch.count - batch.done);
	jw_object_end(w);
	return NULL;
}
