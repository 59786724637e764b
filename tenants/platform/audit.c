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
#include "tenants/platform/audit_about.h"
#include "tenants/platform/audit_find.h"
#include "tenants/platform/audit_word.h"
#include "tenants/platform/post.h"
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

static const char *id_text(struct call *call, const struct db_result *rows, size_t i, size_t column)
{
	struct uuid id;

	return db_get_id(rows, i, column, &id) ? uuid_text(call->arena, id) : NULL;
}

/* Of business records that something was changed, not what it says (schema/readers.yaml): the fields' names, the step,
 * the reason. */
static struct json_object *outline(struct call *call, struct json_object *full)
{
	static const char *const kept[] = {"version", "event", "from", "to", "reason"};
	struct json_object *brief = json_own(call->arena, json_object_new_object()), *fields = json_object_new_array();

	json_object_object_add(brief, "changed", fields);
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
	return brief;
}

/* What an audit administrator may read of an entry. Of one that was sent to others they see that it is, not what it
 * holds: NULL. */
static struct json_object *details_of(struct call *call, const struct db_result *rows, size_t i)
{
	const char *payload = db_get_uint(rows, i, 9) == 0 ? db_get_text(rows, i, 10) : NULL;
	const struct record *record = record_find(call->services->records, db_get_text(rows, i, 2));
	struct json_object *full = NULL;

	if (!payload || json_parse_object(call->arena, payload, strlen(payload), &full))
		return NULL;
	return record && record->business && record->table ? outline(call, full) : full;
}

static void write_about(struct call *call, struct json_writer *w, const struct audit_about *about)
{
	struct uuid institution = about ? about->institution_id : UUID_NIL;

	jw_key(w, "about");
	if (!about) {
		jw_null(w);
		return;
	}
	jw_object_begin(w);
	jw_kv_text(w, "number", about->number);
	jw_kv_text(w, "institution", about->institution);
	jw_kv_text(w, "uscc", about->uscc);
	jw_kv_text(w, "institution_id", uuid_is_nil(institution) ? NULL : uuid_text(call->arena, institution));
	jw_kv_text(w, "person", about->person);
	jw_object_end(w);
}

/* The same in the reader's words. */
static void write_words(struct call *call, struct json_writer *w, const struct db_result *rows, size_t i,
	struct json_object *details)
{
	const char *type = db_get_text(rows, i, 2);

	jw_kv_text(w, "event_text", audit_event_word(call, db_need_text(rows, i, 1)));
	jw_kv_text(w, "type_text", audit_type_word(call, type));
	jw_kv_text(w, "role_text", role_title(call, db_get_text(rows, i, 6)));
	jw_kv_json(w, "says", audit_says(call, type, details));
}

static void write_entry_json(struct call *call, struct json_writer *w, const struct db_result *rows, size_t i,
	const struct audit_abouts *abouts)
{
	static const char *const audiences[] = {"private", "addressed", "public"};
	struct json_object *details = details_of(call, rows, i);
	uint64_t audience = db_get_uint(rows, i, 9);
	struct uuid id;
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
	write_words(call, w, rows, i, details);
	write_about(call, w, db_get_id(rows, i, 3, &id) ? audit_about_of(abouts, id) : NULL);
	jw_kv_json(w, "details", details);
	jw_object_end(w);
}

enum { TOTAL_MOST = 10000 }; /* beyond, "more than" has to do */

/* A log of millions is not counted to its end. */
static void write_total(struct json_writer *w, size_t total)
{
	jw_kv_uint(w, "total", total > TOTAL_MOST ? TOTAL_MOST : total);
	jw_kv_bool(w, "total_more", total > TOTAL_MOST);
}

struct problem *audit_search(struct call *call, const struct audit_filter *query)
{
	struct db_result *rows;
	struct audit_wanted wanted;
	struct audit_abouts abouts;
	size_t limit = query->has_limit ? (size_t)query->limit : 50, total = 0;
	bool counted = query->has_total && query->total;
	struct problem *problem = audit_find_begin(call, query, &wanted);

	if (!problem && counted)
		problem = audit_find_count(call, query, &wanted, TOTAL_MOST + 1, &total);
	if (!problem)
		problem = audit_find_page(call, query, &wanted, limit + 1, &rows);
	if (!problem)
		problem = audit_about_load(call, rows, 2, 3, &abouts);
	if (problem)
		return problem;
	struct json_writer *w = endpoint_writer(call);
	size_t shown = rows->rows > limit ? limit : rows->rows;
	jw_object_begin(w);
	jw_key(w, "items");
	jw_array_begin(w);
	for (size_t i = 0; i < shown; i++)
		write_entry_json(call, w, rows, i, &abouts);
	jw_array_end(w);
	jw_kv_text(w, "next",
		rows->rows > limit
			? arena_printf(call->arena, "%llu", (unsigned long long)db_get_uint(rows, shown - 1, 0))
			: NULL);
	if (counted)
		write_total(w, total);
	jw_object_end(w);
	return NULL;
}

/* --- the export: page by page, so that neither one statement nor the memory of the request grows with the log --- */

enum { EXPORT_PAGE = 1000 };

/* 理由：符合入驻条件；状态：待审核 → 已通过 */
static const char *said(struct call *call, const char *type, struct json_object *details)
{
	struct buf *out = buf_in(call->arena);
	struct json_object *says = audit_says(call, type, details);

	for (size_t i = 0; i < json_count(says); i++) {
		const struct json_object *one = json_at(says, i);
		buf_printf(out, "%s%s%s%s", out->len ? call_text(call, "；", "; ") : "", json_get_text(one, "label"),
			call_text(call, "：", ": "), json_get_text(one, "text"));
	}
	return out->len ? out->data : NULL;
}

static void export_entry(struct export *file, struct call *call, const struct db_result *rows, size_t i,
	const struct audit_abouts *abouts)
{
	struct uuid id;
	const char *type = db_get_text(rows, i, 2);
	const struct audit_about *about = db_get_id(rows, i, 3, &id) ? audit_about_of(abouts, id) : NULL;
	const struct sheet_cell cells[] = {cell_number((int64_t)db_get_uint(rows, i, 0), 0),
		cell_time(db_get_time(rows, i, 8)), cell_text(audit_word(call, db_need_text(rows, i, 1))),
		cell_text(about ? about->number : NULL),
		cell_text(!about ? NULL : about->institution ? about->institution : about->person),
		cell_text(about ? about->uscc : NULL), cell_text(db_get_text(rows, i, 5)),
		cell_text(role_title(call, db_get_text(rows, i, 6))), cell_text(db_get_text(rows, i, 7)),
		cell_text(said(call, type, details_of(call, rows, i)))};

	export_row(file, cells);
}

/* *left: how many may still be written, 0 afterwards if the log has no more. One more is asked for, to know of it. */
static struct problem *export_page(
	struct call *call, struct audit_filter *query, const struct audit_wanted *wanted, size_t *left, bool *more,
	struct export *file)
{
	struct db_result *rows;
	struct audit_abouts abouts;
	size_t page = *left < EXPORT_PAGE ? *left : EXPORT_PAGE;
	struct problem *problem = audit_find_page(call, query, wanted, page + 1, &rows);

	if (!problem)
		problem = audit_about_load(call, rows, 2, 3, &abouts);
	if (problem)
		return problem;
	size_t shown = rows->rows > page ? page : rows->rows;
	for (size_t i = 0; i < shown; i++)
		export_entry(file, call, rows, i, &abouts);
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
	struct audit_wanted wanted;
	struct problem *problem = audit_find_begin(call, query, &wanted);

	while (left && !problem) {
		struct arena *page = arena_create();
		call->arena = page;
		db_use_arena(call->db, page);
		problem = export_page(call, query, &wanted, &left, more, file);
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
		{"number", "编号", "Record number", CELL_TEXT, 0, 22},
		{"about", "机构或人员", "Institution or person", CELL_TEXT, 0, 32},
		{"uscc", "统一社会信用代码", "Unified social credit code", CELL_TEXT, 0, 22},
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

/* --- what there is to choose from --- */

static struct problem *distinct(struct call *call, const char *sql, struct db_result **out)
{
	return db_select(call->db, call->scope, sql, DB_NO_ARGS, out);
}

struct problem *audit_words(struct call *call)
{
	struct db_result *kinds, *types;
	struct problem *problem = distinct(call,
		"SELECT DISTINCT e.kind FROM log_entry e WHERE e.platform_id = :p ORDER BY e.kind LIMIT 1000", &kinds);

	if (!problem)
		problem = distinct(call,
			"SELECT DISTINCT SUBSTRING_INDEX(k.kind, '.', 1) FROM (SELECT DISTINCT e.kind FROM log_entry e "
			"WHERE e.platform_id = :p) AS k LIMIT 200", &types);
	if (problem)
		return problem;
	struct audit_words out = {.kinds = {kinds->rows, ARENA_ARRAY(call->arena, struct audit_word, kinds->rows + 1)},
		.types = {types->rows, ARENA_ARRAY(call->arena, struct audit_word, types->rows + 1)}};
	for (size_t i = 0; i < kinds->rows; i++) {
		const char *kind = db_need_text(kinds, i, 0);
		out.kinds.items[i] = (struct audit_word){kind, audit_word(call, kind)};
	}
	out.types.count = 0;
	for (size_t i = 0; i < types->rows; i++) {
		const char *type = db_need_text(types, i, 0);
		if (record_find(call->services->records, type))
			out.types.items[out.types.count++] = (struct audit_word){type, audit_type_word(call, type)};
	}
	return endpoint_answer(call, &shape_audit_words, &out);
}
