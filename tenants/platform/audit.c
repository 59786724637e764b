#include "tenants/platform/audit.h"

#include <stdarg.h>
#include <string.h>

#include "core/buf.h"
#include "core/http/request.h"
#include "core/record/export.h"
#include "core/text/json.h"
#include "core/text/moment.h"
#include "core/work/journal.h"
#include "schema/records.gen.h"
#include "tenants/platform/audit_word.h"
#include "tenants/rules/role_name.h"

struct entry {
	struct call *call;
	struct journal_entry journal;
};

static struct problem *write_entry(struct db *db, void *arg)
{
	struct entry *entry = arg;

	return journal_add(db, entry->call->scope, &entry->journal);
}

struct problem *audit_add_by(struct call *call, struct uuid account_id, const char *name, const char *kind,
	const char *record_type, struct uuid record_id, struct json_object *details)
{
	struct entry entry = {call,
		{.kind = kind,
			.record_type = record_type,
			.record_id = record_id,
			.audience = JOURNAL_PRIVATE,
			.actor_id = account_id,
			.actor_name = name,
			.actor_role = call_role_name(call, 0),
			.client = call->actor.client,
			.payload = details ? details : json_own(call->arena, json_object_new_object())}};

	return db_in_transaction(call->db) ? write_entry(call->db, &entry)
					   : db_transaction(call->db, write_entry, &entry);
}

struct problem *audit_add(struct call *call, const char *kind, const char *record_type, struct uuid record_id,
                          struct json_object *details)
{
	return audit_add_by(call, call->actor.account_id, call->actor.name, kind, record_type, record_id, details);
}

struct json_object *audit_details(struct arena *arena, const char *key, ...)
{
	struct json_object *object = json_own(arena, json_object_new_object());
	va_list args;

	va_start(args, key);
	for (; key; key = va_arg(args, const char *)) {
		const char *value = va_arg(args, const char *);
		if (value)
			json_object_object_add(object, key, json_object_new_string(value));
	}
	va_end(args);
	return object;
}

/* --- the search, for audit administrators --- */

static struct problem *find_entries(
	struct call *call, const struct audit_filter *query, size_t limit, struct db_result **out)
{
	return db_select(call->db, call->scope,
		"SELECT e.seq, e.kind, e.record_type, e.record_id, e.actor_id, e.actor_name, e.actor_role, e.client, "
		"e.at, e.audience, e.payload"
		" FROM log_entry e WHERE e.platform_id = :p"
		" AND (? IS NULL OR e.kind = ?) AND (? IS NULL OR e.record_type = ?) AND (? IS NULL OR e.record_id = ?)"
		" AND (? IS NULL OR e.actor_id = ?) AND (? IS NULL OR INSTR(e.actor_name, ?) > 0) AND (? IS NULL OR "
		"e.at >= ?) AND (? IS NULL OR e.at <= ?) AND (? IS NULL OR e.seq < ?)"
		" ORDER BY e.seq DESC LIMIT ?",
		DB_ARGS(db_text(query->kind), db_text(query->kind), db_text(query->record_type),
			db_text(query->record_type), db_id(&query->record_id), db_id(&query->record_id),
			db_id(&query->actor_id), db_id(&query->actor_id), db_text(query->actor), db_text(query->actor),
			db_time(query->from), db_time(query->from), db_time(query->to), db_time(query->to),
			query->has_cursor ? db_int(query->cursor) : db_null(),
			query->has_cursor ? db_int(query->cursor) : db_null(), db_int((int64_t)limit)),
		out);
}

static const char *id_text(struct call *call, const struct db_result *rows, size_t i, size_t column)
{
	struct uuid id;

	return db_get_id(rows, i, column, &id) ? uuid_text(call->arena, id) : NULL;
}

/* Of business records that something was changed, not what it says (schema/readers.yaml): the fields' names, the step,
 * the reason. */
static const char *outline(struct call *call, const char *payload)
{
	static const char *const kept[] = {"version", "event", "from", "to", "reason"};
	struct json_object *full = NULL, *brief = json_own(call->arena, json_object_new_object()),
			   *fields = json_object_new_array();
	struct buf *out = buf_in(call->arena);

	json_object_object_add(brief, "changed", fields);
	if (json_parse_object(call->arena, payload, strlen(payload), &full))
		return NULL;
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		if (json_has(full, kept[i]))
			json_object_object_add(brief, kept[i], json_object_get(json_get(full, kept[i])));
	struct json_object *changes = json_get_object(full, "changes");
	if (changes) {
		json_object_object_foreach(changes, key, value) {
			(void)value;
			json_object_array_add(fields, json_object_new_string(key));
		}
	}
	json_canonical(out, brief);
	return out->data;
}

/* What an audit administrator may read of an entry. Of one that was sent to others they see that it is, not what it
 * holds. */
static const char *details_of(struct call *call, const struct db_result *rows, size_t i)
{
	const char *payload = db_get_uint(rows, i, 9) == 0 ? db_get_text(rows, i, 10) : NULL;
	const struct record *record = record_find(call->services->records, db_get_text(rows, i, 2));

	return payload && record && record->business && record->table ? outline(call, payload) : payload;
}

static void write_entry_json(struct call *call, struct json_writer *w, const struct db_result *rows, size_t i)
{
	static const char *const audiences[] = {"private", "addressed", "public"};
	const char *details = details_of(call, rows, i);
	uint64_t audience = db_get_uint(rows, i, 9);
	char at[25];

	time_format(db_get_time(rows, i, 8), at);
	jw_object_begin(w);
	jw_kv_uint(w, "seq", db_get_uint(rows, i, 0));
	jw_kv_text(w, "at", at);
	jw_kv_text(w, "kind", db_get_text(rows, i, 1));
	jw_kv_text(w, "record_type", db_get_text(rows, i, 2));
	jw_kv_text(w, "record_id", id_text(call, rows, i, 3));
	jw_kv_text(w, "actor_id", id_text(call, rows, i, 4));
	jw_kv_text(w, "actor_name", db_get_text(rows, i, 5));
	jw_kv_text(w, "actor_role", db_get_text(rows, i, 6));
	jw_kv_text(w, "client", db_get_text(rows, i, 7));
	jw_kv_text(w, "audience", audience < 3 ? audiences[audience] : NULL);
	jw_kv_raw(w, "details", details, details ? strlen(details) : 0);
	jw_object_end(w);
}

struct problem *audit_search(struct call *call, const struct audit_filter *query)
{
	struct db_result *rows;
	size_t limit = query->has_limit ? (size_t)query->limit : 50;
	struct problem *problem = find_entries(call, query, limit + 1, &rows);

	if (problem)
		return problem;
	struct json_writer *w = endpoint_writer(call);
	size_t shown = rows->rows > limit ? limit : rows->rows;
	jw_object_begin(w);
	jw_key(w, "items");
	jw_array_begin(w);
	for (size_t i = 0; i < shown; i++)
		write_entry_json(call, w, rows, i);
	jw_array_end(w);
	jw_kv_text(w, "next",
		rows->rows > limit
			? arena_printf(call->arena, "%llu", (unsigned long long)db_get_uint(rows, shown - 1, 0))
			: NULL);
	jw_object_end(w);
	return NULL;
}

/* --- the export: page by page, so that neither one statement nor the memory of the request grows with the log --- */

enum { EXPORT_PAGE = 1000 };

static void export_entry(struct export *file, struct call *call, const struct db_result *rows, size_t i)
{
	const char *type = db_get_text(rows, i, 2);
	const struct sheet_cell cells[] = {cell_number((int64_t)db_get_uint(rows, i, 0), 0),
		cell_time(db_get_time(rows, i, 8)), cell_text(audit_word(call, db_need_text(rows, i, 1))),
		cell_text(db_get_text(rows, i, 5)), cell_text(role_title(call, db_get_text(rows, i, 6))),
		cell_text(db_get_text(rows, i, 7)),
		cell_text(audit_details_word(call, type, details_of(call, rows, i)))};

	export_row(file, cells);
}

/* *left: how many may still be written, 0 afterwards if the log has no more. One more is asked for, to know of it. */
static struct problem *export_page(
	struct call *call, struct audit_filter *query, size_t *left, bool *more, struct export *file)
{
	struct db_result *rows;
	size_t page = *left < EXPORT_PAGE ? *left : EXPORT_PAGE;
	struct problem *problem = find_entries(call, query, page + 1, &rows);

	if (problem)
		return problem;
	size_t shown = rows->rows > page ? page : rows->rows;
	for (size_t i = 0; i < shown; i++)
		export_entry(file, call, rows, i);
	if (shown)
		query->cursor = (int64_t)db_get_uint(rows, shown - 1, 0);
	query->has_cursor = query->has_cursor || shown;
	*left = rows->rows <= page ? 0 : *left - shown;
	*more = rows->rows > page;
	return NULL;
}

static struct problem *export_pages(struct call *call, struct audit_filter *query, bool *more, struct export *file)
{
	struct arena *outer = call->arena;
	size_t left = export_most(call);
	struct problem *problem = NULL;

	while (left && !problem) {
		struct arena *page = arena_create();
		call->arena = page;
		db_use_arena(call->db, page);
		problem = export_page(call, query, &left, more, file);
		if (problem) /* its words go with the page: say it again in the request's */
			problem = problem_new(outer, problem->kind);
		call->arena = outer;
		db_use_arena(call->db, outer);
		arena_destroy(page);
	}
	return problem;
}

struct problem *audit_export(struct call *call, const struct audit_filter *query)
{
	static const struct export_column columns[] = {{"seq", "序号", "Number", CELL_NUMBER, 0, 10},
		{"at", "时间", "Time", CELL_TIME, 0, 0}, {"kind", "事件", "Event", CELL_TEXT, 0, 30},
		{"actor", "操作人", "Actor", CELL_TEXT, 0, 16}, {"role", "角色", "Role", CELL_TEXT, 0, 16},
		{"client", "网络地址", "Network address", CELL_TEXT, 0, 18},
		{"details", "内容", "Details", CELL_TEXT, 0, 60}};
	static const struct export_spec spec = {.zh = "审计日志", .en = "Audit log", .file = "audit", .record = "audit",
		.columns = columns, .count = sizeof columns / sizeof *columns};
	struct audit_filter filter = *query;
	struct export *file;
	bool more = false;
	struct problem *problem = export_begin(call, &spec, &file);

	if (problem)
		return problem;
	problem = export_pages(call, &filter, &more, file);
	if (!problem)
		return export_end(file, more);
	export_drop(file);
	return problem;
}

struct problem *audit_verify(struct call *call)
{
	uint64_t epoch, seq, checked = 0, bad = 0;
	const char *why = NULL;
	struct problem *problem = journal_head(call->db, call->platform_id, &epoch, &seq);

	if (!problem)
		problem = journal_verify(call->db, call->platform_id, 0, seq, &checked, &bad, &why);
	if (problem)
		return problem;
	struct audit_verdict verdict = {.holds = bad == 0,
		.has_holds = true,
		.checked = (int64_t)checked,
		.has_checked = true,
		.head = (int64_t)seq,
		.has_head = true,
		.first_bad = (int64_t)bad,
		.has_first_bad = bad != 0,
		.why = bad ? why : NULL};
	return endpoint_answer(call, &shape_audit_verdict, &verdict);
}
