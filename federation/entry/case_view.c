/* What reviewers see: the queue with its marks and counts, and one case with all that belongs to it. */
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/db/search.h"
#include "core/http/request.h"
#include "core/record/batch.h"
#include "core/record/endpoint.h"
#include "core/record/export.h"
#include "core/text/json.h"
#include "core/work/journal.h"
#include "federation/entry/case_inside.h"
#include "federation/sync/federation.h"
#include "schema/records.gen.h"
#include "tenants/account/gate.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/post.h"
#include "tenants/platform/services.h"
#include "tenants/platform/word.h"

enum { PAGE = 50, TIMELINE = 200, SITTING_MS = 30 * 60 * 1000, TOTAL_MAX = 10000 };

/* ---- The queue ---- */

struct where {
	struct buf *sql;
	struct db_value args[16 + SEARCH_ARGS];
	size_t count;
};

static void add(struct where *where, const char *condition, struct db_value value)
{
	buf_printf(where->sql, " AND %s", condition);
	where->args[where->count++] = value;
}

#define OVERDUE "(c.phase = 'waiting' AND c.due_on < ?)"

static void filter_claim(struct call *call, const struct case_queue_query *query, struct where *where)
{
	switch (query->claimed) {
	case CASE_QUEUE_QUERY_CLAIMED_ME:
		add(where, "c.claimed_until > UTC_TIMESTAMP(3) AND c.claimed_by = ?", db_id(&call->actor.account_id));
		break;
	case CASE_QUEUE_QUERY_CLAIMED_OTHERS:
		add(where, "c.claimed_until > UTC_TIMESTAMP(3) AND c.claimed_by <> ?", db_id(&call->actor.account_id));
		break;
	case CASE_QUEUE_QUERY_CLAIMED_NOBODY:
		buf_text(where->sql, " AND (c.claimed_by IS NULL OR c.claimed_until <= UTC_TIMESTAMP(3))");
		break;
	default:
		break;
	}
}

static void filter(struct call *call, const struct case_queue_query *query, const char *today, struct where *where)
{
	const char *phase = field_code(shape_field(&shape_case_queue_query, "phase"), query->phase);
	const char *way = field_code(shape_field(&shape_case_queue_query, "way"), query->way);
	if (phase)
		add(where, "c.phase = ?", db_text(phase));
	if (way)
		add(where, "FIND_IN_SET(?, c.ways)", db_text(way));
	filter_claim(call, query, where);
	if (query->has_overdue && query->overdue)
		add(where, OVERDUE, db_text(today));
	if (query->region)
		add(where, "FIND_IN_SET(c.region_code, ?)", db_text(gate_regions_within(call, query->region, NULL)));
	if (query->q) {
		static const char *const columns[] = {"c.name", "c.uscc", "c.number"};
		struct search search;
		search_make(call->arena, query->q, columns, 3, &search);
		if (search.sql)
			buf_printf(where->sql, " AND %s", search.sql);
		for (size_t i = 0; i < search.count; i++)
			where->args[where->count++] = search.args[i];
	}
}

void case_queue_where(struct call *call, const struct case_queue_query *query, const char *today,
	struct case_where *out)
{
	struct where where = {.sql = buf_in(call->arena)};
	filter(call, query, today, &where);
	out->sql = where.sql;
	out->count = where.count;
	memcpy(out->args, where.args, where.count * sizeof *where.args);
}

/* NULL: the order of arrival, by id. */
static struct problem *order_of(struct call *call, const char *sort, const char **out)
{
	static const struct { const char *sort, *order; } known[] = {{"created_at", NULL}, {"-created_at", "c.id DESC"},
		{"due_on", "c.due_on, c.id"}, {"-due_on", "c.due_on DESC, c.id DESC"}, {"name", "c.name, c.id"},
		{"-name", "c.name DESC, c.id DESC"}};
	*out = NULL;
	if (!sort)
		return NULL;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (!strcmp(known[i].sort, sort)) {
			*out = known[i].order;
			return NULL;
		}
	return problem_add_field(call->arena, NULL, "/sort", "choice", "不能按此排序", "is nothing to sort by");
}

/* "@50": so many rows on. */
static bool read_passed(const char *cursor, size_t *out)
{
	size_t digits = cursor[0] == '@' ? strspn(cursor + 1, "0123456789") : 0;
	if (!digits || digits > 6 || cursor[1 + digits])
		return false;
	*out = strtoul(cursor + 1, NULL, 10);
	return true;
}

/* Where a page begins: behind the row that a cursor names, or so many rows on ("@50" by a cursor of another order). */
static struct problem *begin_at(
	struct call *call, const struct case_queue_query *query, bool arrival, struct where *where, size_t *offset)
{
	struct uuid after;
	*offset = query->has_offset ? (size_t)query->offset : 0;
	if (!query->cursor)
		return NULL;
	if (*offset)
		return problem_add_field(
			call->arena, NULL, "/offset", "choice", "不能与 cursor 同时使用", "goes without a cursor");
	if (arrival && uuid_parse(query->cursor, &after))
		add(where, "c.id > ?", db_bytes(arena_memdup(call->arena, after.b, sizeof after.b), sizeof after.b));
	else if (arrival || !read_passed(query->cursor, offset))
		return problem_add_field(call->arena, NULL, "/cursor", "cursor", "游标无效", "This is no cursor");
	return NULL;
}

enum column { COL_ID, COL_VERSION, COL_NUMBER, COL_NAME, COL_USCC, COL_REGION, COL_WAYS, COL_PHASE, COL_STEP, COL_DUE,
	COL_OVERDUE, COL_CLAIMED_BY,
              COL_CLAIMED_NAME, COL_CLAIMED_UNTIL, COL_CREATED, COL_SEEN, COL_HOME };

static struct problem *select_queue(struct call *call, const struct case_queue_query *query, const char *today,
	size_t limit, struct db_result **out)
{
	struct where where = {.sql = buf_in(call->arena)};
	const char *order;
	size_t offset;
	buf_text(where.sql,
		"SELECT c.id, c.version, c.number, c.name, c.uscc, c.region_code, c.ways, c.phase, c.step, "
		"c.due_on, " OVERDUE ", IF(c.claimed_until > UTC_TIMESTAMP(3), c.claimed_by, NULL), c.claimed_name, "
		"c.claimed_until, c.created_at, v.seen_version, "
		"c.institution_home FROM entry_case c LEFT JOIN case_view v ON v.platform_id = :p AND "
		"v.case_id = c.id AND v.account_id = ? "
		"WHERE c.platform_id = :p");
	where.args[where.count++] = db_text(today);
	where.args[where.count++] = db_id(&call->actor.account_id);
	filter(call, query, today, &where);
	struct problem *problem = order_of(call, query->sort, &order);
	if (!problem)
		problem = begin_at(call, query, !order, &where, &offset);
	if (problem)
		return problem;
	buf_printf(where.sql, " ORDER BY %s LIMIT %zu OFFSET %zu", order ? order : "c.id", limit, offset);
	return db_select(call->db, call->scope, db_dynamic(call->db, where.sql->data), where.args, where.count, out);
}

static struct problem *count_queue(
	struct call *call, const struct case_queue_query *query, const char *today, int64_t *out)
{
	struct where where = {.sql = buf_in(call->arena)};
	struct db_result *result;
	buf_text(where.sql, "SELECT COUNT(*) FROM (SELECT 1 FROM entry_case c WHERE c.platform_id = :p");
	filter(call, query, today, &where);
	buf_printf(where.sql, " LIMIT %d) AS bounded", TOTAL_MAX + 1);
	struct problem *problem = db_select(
		call->db, call->scope, db_dynamic(call->db, where.sql->data), where.args, where.count, &result);
	*out = problem ? 0 : db_get_int(result, 0, 0);
	return problem;
}

struct problem *case_queue_pick(
	struct call *call, const struct case_queue_query *query, int64_t seen, struct decide_item_list *out)
{
	struct db_result *result;
	struct case_queue_query all = *query;
	const char *today;
	int64_t total = 0;
	all.cursor = NULL;
	all.has_offset = false;
	struct problem *problem = federation_today(call, &today);
	if (!problem)
		problem = count_queue(call, &all, today, &total);
	if (!problem)
		problem = batch_check_seen(call, total, seen);
	if (!problem)
		problem = select_queue(call, &all, today, BATCH_MAX + 1, &result);
	if (!problem)
		problem = batch_check_seen(call, (int64_t)result->rows, seen);
	if (problem)
		return problem;
	*out = (struct decide_item_list){result->rows, ARENA_ARRAY(call->arena, struct decide_item, result->rows + 1)};
	for (size_t i = 0; i < result->rows; i++) {
		db_get_id(result, i, COL_ID, &out->items[i].id);
		out->items[i].version = db_get_uint(result, i, COL_VERSION);
		out->items[i].has_version = true;
	}
	return NULL;
}

static struct problem *counts_json(struct call *call, const char *today, struct json_object **out)
{
	struct db_result *result;
	struct problem *problem = db_select(call->db, call->scope,
	                                    "SELECT COALESCE(SUM(c.phase = 'waiting'), 0), COALESCE(SUM(c.phase = "
	                                    "'supplement'), 0), COALESCE(SUM(" OVERDUE "), 0), "
	                                    "COALESCE(SUM(c.claimed_by = ? AND c.claimed_until > UTC_TIMESTAMP(3)), 0) "
	                                    "FROM entry_case c WHERE c.platform_id = :p AND c.open_uscc IS NOT NULL",
	                                    DB_ARGS(db_text(today), db_id(&call->actor.account_id)), &result);
	if (problem)
		return problem;
	static const char *const names[] = {"waiting", "supplement", "overdue", "mine"};
	*out = json_own(call->arena, json_object_new_object());
	for (size_t i = 0; i < 4; i++)
		put_int(*out, names[i], db_get_int(result, 0, i));
	return NULL;
}

static struct problem *queue_row(struct call *call, const struct db_result *result, size_t i, struct json_object *list)
{
	struct json_object *row = json_object_new_object();
	struct uuid id, claimed = UUID_NIL;
	int days;
	struct problem *problem = federation_days_since(call, db_get_time(result, i, COL_CREATED), &days);
	json_object_array_add(list, row);
	if (problem)
		return problem;
	db_get_id(result, i, COL_ID, &id);
	bool held = db_get_id(result, i, COL_CLAIMED_BY, &claimed);
	put_id(row, "id", id);
	put_int(row, "version", db_get_int(result, i, COL_VERSION));
	put_text(row, "number", db_get_text(result, i, COL_NUMBER));
	put_text(row, "name", db_get_text(result, i, COL_NAME));
	put_text(row, "uscc", db_get_text(result, i, COL_USCC));
	put_text(row, "region_code", db_get_text(result, i, COL_REGION));
	json_object_object_add(row, "home",
		json_object_get(federation_platform_json(call, (uint32_t)db_get_uint(result, i, COL_HOME))));
	put_text(row, "ways", db_get_text(result, i, COL_WAYS));
	put_text(row, "phase", db_get_text(result, i, COL_PHASE));
	put_text(row, "step", db_get_text(result, i, COL_STEP));
	put_text(row, "due_on", db_get_text(result, i, COL_DUE));
	json_object_object_add(row, "overdue", json_object_new_boolean(db_get_int(result, i, COL_OVERDUE) != 0));
	put_int(row, "days_waiting", days);
	put_id(row, "claimed_by", claimed);
	put_text(row, "claimed_name", held ? db_get_text(result, i, COL_CLAIMED_NAME) : NULL);
	put_time(row, "claimed_until", held ? db_get_time(result, i, COL_CLAIMED_UNTIL) : 0);
	put_time(row, "created_at", db_get_time(result, i, COL_CREATED));
	json_object_object_add(row, "unseen",
		json_object_new_boolean(db_get_int(result, i, COL_SEEN) < db_get_int(result, i, COL_VERSION)));
	return NULL;
}

static const char *next_page(
	struct call *call, const struct case_queue_query *query, const struct db_result *result, size_t limit)
{
	struct uuid last;
	size_t passed = query->has_offset ? (size_t)query->offset : 0;
	if (!query->sort || !strcmp(query->sort, "created_at"))
		return db_get_id(result, limit - 1, COL_ID, &last) ? uuid_text(call->arena, last) : NULL;
	if (query->cursor)
		read_passed(query->cursor, &passed);
	return arena_printf(call->arena, "@%zu", passed + limit);
}

struct problem *case_queue(struct call *call, const struct case_queue_query *query)
{
	struct case_queue_page page = {0};
	struct db_result *result;
	const char *today;
	int64_t total = 0;
	size_t limit = query->has_limit ? (size_t)query->limit : PAGE;
	struct problem *problem = federation_today(call, &today);
	if (!problem)
		problem = select_queue(call, query, today, limit + 1, &result);
	if (!problem)
		problem = counts_json(call, today, &page.counts);
	if (!problem && query->total)
		problem = count_queue(call, query, today, &total);
	if (problem)
		return problem;
	page.items = json_own(call->arena, json_object_new_array());
	for (size_t i = 0; !problem && i < result->rows && i < limit; i++)
		problem = queue_row(call, result, i, page.items);
	page.has_total = page.has_total_more = query->total;
	page.total = total > TOTAL_MAX ? TOTAL_MAX : total;
	page.total_more = total > TOTAL_MAX;
	if (!problem && result->rows > limit)
		page.next = next_page(call, query, result, limit);
	return problem ? problem : endpoint_answer(call, &shape_case_queue_page, &page);
}

/* ---- The queue as a file: exactly what the filters show ---- */

static const char *word(struct call *call, const char *parameter, const char *code)
{
	const struct field *field = shape_field(&shape_case_queue_query, parameter);
	for (size_t i = 0; field && i < field->value_count; i++)
		if (!strcmp(field->values[i].code, code))
			return call_text(call, field->values[i].zh, field->values[i].en);
	return code;
}

const char *case_way_word(struct call *call, const char *way)
{
	return word(call, "way", way);
}

static const char *way_words(struct call *call, const char *codes)
{
	struct buf *out = buf_in(call->arena);
	char *rest = arena_strdup(call->arena, codes ? codes : ""), *code;
	while ((code = strsep(&rest, ",")) != NULL)
		if (*code)
			buf_printf(out, "%s%s", out->len ? call_text(call, "、", ", ") : "", case_way_word(call, code));
	return out->len ? out->data : NULL;
}

static void write_row(struct call *call, const struct db_result *result, size_t i, struct sheet_cell *cells)
{
	struct uuid claimed;
	bool held = db_get_id(result, i, COL_CLAIMED_BY, &claimed);
	const struct platform *home =
		platform_by_id(services_directory(call), (uint32_t)db_get_uint(result, i, COL_HOME));
	bool late = db_get_int(result, i, COL_OVERDUE) != 0;
	*cells++ = cell_text(db_get_text(result, i, COL_NUMBER));
	*cells++ = cell_text(db_get_text(result, i, COL_NAME));
	*cells++ = cell_text(db_get_text(result, i, COL_USCC));
	*cells++ = cell_text(word_region(call, db_get_text(result, i, COL_REGION)));
	*cells++ = cell_text(home ? call_text(call, home->name_zh, home->name_en) : NULL);
	*cells++ = cell_text(way_words(call, db_get_text(result, i, COL_WAYS)));
	*cells++ = cell_text(word(call, "phase", db_need_text(result, i, COL_PHASE)));
	*cells++ = cell_time(db_get_time(result, i, COL_CREATED));
	*cells++ = cell_date(db_get_text(result, i, COL_DUE));
	*cells++ = cell_text(late ? call_text(call, "是", "yes") : call_text(call, "否", "no"));
	*cells = cell_text(held ? db_get_text(result, i, COL_CLAIMED_NAME) : NULL);
}

struct problem *case_queue_export(struct call *call, const struct case_queue_query *query)
{
	static const struct export_column columns[] = {{"number", "受理号", "Number", CELL_TEXT, 0, 18},
		{"name", "机构名称", "Name", CELL_TEXT, 0, 32},
		{"uscc", "统一社会信用代码", "Unified social credit code", CELL_TEXT, 0, 22},
		{"region_code", "所在地区", "Region", CELL_TEXT, 0, 24},
		{"home", "所属平台", "Home platform", CELL_TEXT, 0, 24},
		{"ways", "入驻方式", "Entry routes", CELL_TEXT, 0, 18}, {"phase", "状态", "State", CELL_TEXT, 0, 12},
		{"created_at", "提交时间", "Received", CELL_TIME, 0, 0},
		{"due_on", "应办结日期", "Due", CELL_DATE, 0, 0},
		{"overdue", "逾期", "Overdue", CELL_TEXT, 0, 8},
		{"claimed_name", "领取人", "Claimed by", CELL_TEXT, 0, 14}};
	static const struct export_spec spec = {.zh = "入驻受理", .en = "Cases", .file = "case-queue",
		.record = "entry_case", .columns = columns, .count = sizeof columns / sizeof *columns};
	struct case_queue_query all = *query;
	struct db_result *result;
	const char *today;
	struct problem *problem = federation_today(call, &today);
	size_t most = export_most(call);
	all.cursor = NULL;
	all.has_offset = false;
	if (!problem)
		problem = select_queue(call, &all, today, most + 1, &result);
	return problem ? problem : export_result(call, &spec, result, most, write_row);
}

/* ---- One case ---- */

static struct json_object *parse(struct call *call, const char *text)
{
	struct json_object *value = NULL;
	if (text && json_parse(call->arena, text, strlen(text), &value))
		value = NULL;
	return value;
}

static struct problem *sources_json(struct call *call, const struct entry_case *row, struct json_object **out)
{
	struct db_result *result;
	struct problem *problem = db_select(call->db, call->scope,
	                                    "SELECT id, way, from_platform, from_name, state, opinion, author, "
	                                    "created_at, withdrawn_at, LOWER(HEX(dossier_hash)), "
	                                    "dossier FROM case_source WHERE platform_id = :p AND case_id = ? ORDER BY "
	                                    "created_at, id",
	                                    DB_ARGS(db_id(&row->row.id)), &result);
	*out = json_own(call->arena, json_object_new_array());
	for (size_t i = 0; !problem && i < result->rows; i++) {
		struct json_object *one = json_object_new_object();
		struct uuid id;
		db_get_id(result, i, 0, &id);
		put_id(one, "id", id);
		put_text(one, "way", db_get_text(result, i, 1));
		json_object_object_add(one, "platform",
			json_object_get(federation_platform_json(call, (uint32_t)db_get_uint(result, i, 2))));
		put_text(one, "from_name", db_get_text(result, i, 3));
		put_text(one, "state", db_get_text(result, i, 4));
		put_text(one, "opinion", db_get_text(result, i, 5));
		put_text(one, "author", db_get_text(result, i, 6));
		put_time(one, "received_at", db_get_time(result, i, 7));
		put_time(one, "withdrawn_at", db_get_time(result, i, 8));
		put_text(one, "dossier_hash", db_get_text(result, i, 9));
		json_object_object_add(one, "dossier", json_object_get(parse(call, db_get_text(result, i, 10))));
		json_object_array_add(*out, one);
	}
	return problem;
}

static struct problem *supplements_json(struct call *call, const struct entry_case *row, struct json_object **out)
{
	struct supplement **rows;
	size_t count;
	*out = json_own(call->arena, json_object_new_array());
	struct problem *problem = supplement_row_select(call, "case_id = ? AND home_id = platform_id",
		"ORDER BY asked_at, id LIMIT 200", DB_ARGS(db_id(&row->row.id)), &rows, &count);
	for (size_t i = 0; !problem && i < count; i++)
		json_object_array_add(*out, json_object_get(record_export(call, &record_supplement, rows[i], false)));
	return problem;
}

/* Of the reviewer's looks at it: what is marked as new stays so for a sitting, however often the page is loaded. */
struct seen {
	uint64_t base; /* the newest entry seen when the sitting began */
	int64_t at;    /* 0: never looked at */
};

static struct problem *load_seen(struct call *call, const struct entry_case *row, struct seen *out)
{
	struct db_result *result;
	*out = (struct seen){0};
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT seen_seq, COALESCE(base_seq, seen_seq), seen_at FROM case_view WHERE "
		"platform_id = :p AND case_id = ? AND account_id = ?",
		DB_ARGS(db_id(&row->row.id), db_id(&call->actor.account_id)), &result);
	if (problem || !result->rows)
		return problem;
	out->at = db_get_time(result, 0, 2);
	out->base = db_get_uint(result, 0, call_now() - out->at > SITTING_MS ? 0 : 1);
	return NULL;
}

static struct problem *save_seen(
	struct call *call, const struct entry_case *row, const struct seen *seen, uint64_t newest)
{
	return db_exec(call->db, call->scope,
	               "INSERT INTO case_view (platform_id, case_id, account_id, seen_version, seen_seq, base_seq, "
	               "seen_at) VALUES (:p, ?, ?, ?, ?, ?, UTC_TIMESTAMP(3)) ON DUPLICATE KEY UPDATE seen_version = "
	               "VALUES(seen_version), seen_seq = VALUES(seen_seq), base_seq = VALUES(base_seq), "
	               "seen_at = VALUES(seen_at)",
	               DB_ARGS(db_id(&row->row.id), db_id(&call->actor.account_id), db_uint(row->row.version),
	               db_uint(newest), db_uint(seen->at ? seen->base : newest)), NULL);
}

static struct json_object *entry_json(struct call *call, const struct journal_read *read)
{
	struct json_object *one = json_object_new_object(), *payload = NULL;
	if (read->payload && json_parse_object(call->arena, read->payload, read->payload_len, &payload))
		payload = NULL;
	put_text(one, "event", strchr(read->kind, '.') ? strchr(read->kind, '.') + 1 : read->kind);
	put_time(one, "at", read->at_ms);
	put_text(one, "by", read->actor_name);
	put_text(one, "reason", json_get_text(payload, "reason"));
	json_object_object_add(one, "changed", json_object_get(json_get(payload, "changes")));
	json_object_object_add(one, "what", json_object_get(json_get(payload, "what")));
	return one;
}

/* The timeline oldest first; of it, what came after the last look. */
static struct problem *timeline_json(struct call *call, const struct entry_case *row, const struct seen *seen,
	struct case_detail *out, uint64_t *newest)
{
	struct journal_read *read;
	size_t count;
	struct problem *problem = journal_history(call->db, call->scope, &row->row.id, TIMELINE, &read, &count);
	out->timeline = json_own(call->arena, json_object_new_array());
	out->changes = json_own(call->arena, json_object_new_array());
	*newest = !problem && count ? read[0].seq : 0;
	for (size_t i = count; !problem && i-- > 0;) {
		json_object_array_add(out->timeline, entry_json(call, &read[i]));
		if (seen->at && read[i].seq > seen->base && !uuid_equal(read[i].actor_id, call->actor.account_id))
			json_object_array_add(out->changes, entry_json(call, &read[i]));
	}
	return problem;
}

/* Other cases of the same code here, newest first. */
static struct problem *earlier_json(struct call *call, const struct entry_case *row, struct json_object **out)
{
	struct entry_case **rows;
	size_t count;
	*out = json_own(call->arena, json_object_new_array());
	struct problem *problem = entry_case_row_select(call, "uscc = ? AND id <> ?",
		"ORDER BY created_at DESC LIMIT 20", DB_ARGS(db_text(row->uscc), db_id(&row->row.id)), &rows, &count);
	for (size_t i = 0; !problem && i < count; i++) {
		struct json_object *one = json_object_new_object();
		put_id(one, "id", rows[i]->row.id);
		put_text(one, "number", rows[i]->number);
		put_text(one, "phase", record_entry_case.phases[rows[i]->row.phase - 1].code);
		put_text(one, "ways", rows[i]->ways);
		put_time(one, "created_at", rows[i]->row.created_at);
		put_time(one, "decided_at", rows[i]->decided_at);
		put_text(one, "decided_name", rows[i]->decided_name);
		put_text(one, "reason", rows[i]->decision_reason);
		put_text(one, "reason_en", rows[i]->decision_reason_en);
		json_object_array_add(*out, one);
	}
	return problem;
}

static struct json_object *case_json(struct call *call, const struct entry_case *row)
{
	struct buf *text = buf_in(call->arena);
	struct json_writer w;
	jw_init(&w, text);
	jw_object_begin(&w);
	jw_key(&w, "row");
	record_write_json(call, &record_entry_case, row, false, &w);
	jw_key(&w, "actions");
	lifecycle_write_actions(call, &record_entry_case, row, &w);
	jw_object_end(&w);
	struct json_object *both = parse(call, text->data), *object = json_get_object(both, "row");
	if (!object)
		return NULL;
	json_object_object_add(object, "actions", json_object_get(json_get(both, "actions")));
	put_text(object, "step_text", lifecycle_step_text(call, &record_entry_case, row));
	return object;
}

struct problem *case_detail(struct call *call, struct entry_case *row)
{
	struct case_detail out = {.case_ = case_json(call, row), .conditions = row->conditions};
	struct seen seen;
	uint64_t newest;
	struct problem *problem = sources_json(call, row, &out.sources);
	if (!problem)
		problem = supplements_json(call, row, &out.supplements);
	if (!problem)
		problem = earlier_json(call, row, &out.earlier);
	if (!problem)
		problem = load_seen(call, row, &seen);
	if (!problem)
		problem = timeline_json(call, row, &seen, &out, &newest);
	if (!problem)
		problem = save_seen(call, row, &seen, newest);
	if (problem)
		return problem;
	request_set_etag(call->request, row->row.version);
	return endpoint_answer(call, &shape_case_detail, &out);
}
