/* The summary (汇总表) of recommendations: of those that the list's filters name, or of those that were selected in it.
 * As a paper to be stamped, and the same as a sheet. */
#include <string.h>

#include "core/buf.h"
#include "core/db/search.h"
#include "core/office/paper.h"
#include "core/record/export.h"
#include "core/record/lifecycle.h"
#include "core/text/json.h"
#include "core/text/zone.h"
#include "federation/entry/entry_paper.h"
#include "schema/records.gen.h"
#include "tenants/platform/issued_paper.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/services.h"

/* SELECTED_MOST: as many ids as an address may hold with what else stands in it (core/http/parser.h). */
enum { SUMMARY_MOST = 500, SELECTED_MOST = 150 };

/* ---- Which ---- */

struct wanted {
	struct uuid ids[SELECTED_MOST];
	size_t count;
};

static struct problem *fault_at_ids(struct call *call, const char *code, const char *zh, const char *en)
{
	return problem_add_field(call->arena, NULL, "/ids", code, zh, en);
}

static bool has_id(const struct wanted *wanted, struct uuid id)
{
	for (size_t i = 0; i < wanted->count; i++)
		if (uuid_equal(wanted->ids[i], id))
			return true;
	return false;
}

/* "id,id"; one that is named twice counts once. */
static struct problem *read_ids(struct call *call, const char *text, struct wanted *out)
{
	char *rest = arena_strdup(call->arena, text), *one;
	struct uuid id;
	out->count = 0;
	while ((one = strsep(&rest, ","))) {
		if (!uuid_parse(one, &id))
			return fault_at_ids(call, "id", arena_printf(call->arena, "“%.40s”不是推荐的编号", one),
				arena_printf(call->arena, "“%.40s” is no recommendation's id", one));
		if (has_id(out, id))
			continue;
		if (out->count == SELECTED_MOST)
			return fault_at_ids(call, "too-many", "一次最多选择 150 家，更多的请按状态筛选后生成",
				"At most 150 can be selected; for more of them choose a state instead");
		out->ids[out->count++] = id;
	}
	return NULL;
}

struct where {
	struct buf *sql;
	struct db_value args[SELECTED_MOST + SEARCH_ARGS + 1];
	size_t count;
};

static void add_where(struct where *where, const char *sql, struct db_value value)
{
	buf_text(where->sql, sql);
	where->args[where->count++] = value;
}

static void where_filtered(struct call *call, const struct recommendation_summary_query *query, struct where *where)
{
	static const char *const columns[] = {"name", "uscc"};
	const char *phase = field_code(shape_field(&shape_recommendation_summary_query, "phase"), query->phase);
	struct search search = {0};
	buf_text(where->sql, "1");
	if (phase)
		add_where(where, " AND phase = ?", db_text(phase));
	if (query->q)
		search_make(call->arena, query->q, columns, 2, &search);
	if (search.sql)
		buf_printf(where->sql, " AND %s", search.sql);
	for (size_t i = 0; i < search.count; i++)
		where->args[where->count++] = search.args[i];
}

static void where_selected(const struct wanted *wanted, struct where *where)
{
	buf_text(where->sql, "id IN (NULL");
	for (size_t i = 0; i < wanted->count; i++)
		add_where(where, ", ?", db_id(&wanted->ids[i]));
	buf_char(where->sql, ')');
}

/* Newest first. Of those selected all, or none: a summary that lacks one would be stamped for the whole. */
static struct problem *select_rows(struct call *call, const struct recommendation_summary_query *query,
	struct recommendation ***rows, size_t *count)
{
	struct wanted wanted = {.count = 0};
	struct where where = {.sql = buf_in(call->arena)};
	struct problem *problem = query->ids ? read_ids(call, query->ids, &wanted) : NULL;
	if (problem)
		return problem;
	if (query->ids)
		where_selected(&wanted, &where);
	else
		where_filtered(call, query, &where);
	problem = recommendation_row_select(call, where.sql->data, "ORDER BY sent_at DESC, id DESC LIMIT 501",
		where.args, where.count, rows, count);
	if (!problem && query->ids && *count < wanted.count)
		return fault_at_ids(call, "not-found",
			arena_printf(call->arena,
				"所选的 %zu 家中有 %zu 家不在本平台的推荐中，请刷新列表后重新选择", wanted.count,
				wanted.count - *count),
			arena_printf(call->arena, "%zu of the %zu selected are no recommendations of this platform; "
				"reload the list and select again", wanted.count - *count, wanted.count));
	if (!problem && *count > SUMMARY_MOST)
		return problem_detail(call->arena, &PROBLEM_TOO_LARGE,
			"超过 500 家，请按状态筛选后再生成，或导出 Excel。",
			"More than 500; choose a state, or take them as .xlsx.");
	return problem;
}

/* ---- As a paper ---- */

static void add_row(struct call *call, struct paper *paper, const struct recommendation *row, size_t number)
{
	const struct field *income = shape_field(&shape_recommendation, "annual_income");
	const char *step = lifecycle_step_text(call, &record_recommendation, row);
	const char *cells[] = {arena_printf(call->arena, "%zu", number), row->name, row->uscc,
		row->has_annual_income && income
			? entry_paper_value(call, income,
				json_own(call->arena, json_object_new_int64(row->annual_income)))
			: NULL,
		row->has_insured_staff ? arena_printf(call->arena, "%lld", (long long)row->insured_staff) : NULL,
		row->has_enterprises_served
			? arena_printf(call->arena, "%lld", (long long)row->enterprises_served) : NULL,
		row->reason, zone_day(call->arena, row->sent_at),
		step ? step : ""};
	paper_table_row(paper, cells);
}

static struct paper *begin_summary(struct call *call, size_t count)
{
	static const unsigned weights[] = {2, 10, 10, 6, 4, 4, 10, 5, 4};
	const char *const heads[] = {call_text(call, "序号", "No."), call_text(call, "机构名称", "Institution"),
		call_text(call, "统一社会信用代码", "Unified social credit code"),
		call_text(call, "上年度营业收入", "Last year's operating income"),
		call_text(call, "参保人数", "Insured staff"),
		call_text(call, "年服务企业数", "Enterprises served"), call_text(call, "推荐理由", "Reason"),
		call_text(call, "推荐日期", "Date"), call_text(call, "状态", "State")};
	const char *day = export_today(call), *name = call_text(call, call->platform->name_zh, call->platform->name_en);
	struct paper *paper = paper_create(call->arena, &(struct paper_spec){
		.title = call_text(call, "服务机构入驻推荐汇总表", "Recommendations for entry: summary"),
		.issuer = name,
		.at = zone_day_begin(day), .english = call->lang == LANG_EN, .landscape = true});
	paper_text(paper, call->lang == LANG_EN
		? arena_printf(call->arena, "%s, %s, %zu institutions", name, day, count)
		: arena_printf(call->arena, "填报单位：%s　　日期：%s　　共 %zu 家", name, day, count));
	paper_table_head(paper, heads, weights, sizeof heads / sizeof *heads);
	return paper;
}

struct problem *recommendation_summary(struct call *call, const struct recommendation_summary_query *query)
{
	struct recommendation **rows;
	size_t count;
	struct problem *problem = select_rows(call, query, &rows, &count);
	if (problem)
		return problem;
	struct paper *paper = begin_summary(call, count);
	for (size_t i = 0; i < count; i++)
		add_row(call, paper, rows[i], i + 1);
	paper_stamp(paper, call_text(call, "填报单位（盖章）：", "Stamp:"),
		call_text(call, "日期：　　　　年　　月　　日", "Date:"));
	const char *day = export_today(call);
	const struct paper_issue issue = {ISSUED_PAPER_KIND_SUMMARY, NULL, "recommendation", UUID_NIL};
	return entry_paper_answer(call, paper, &issue,
		arena_printf(call->arena, "%s-%s", call_text(call, "推荐汇总表", "Recommendations"), day),
		arena_printf(call->arena, "recommendations-%s", day));
}

/* ---- As a sheet ---- */

static struct sheet_cell figure(bool has, int64_t value, unsigned decimals)
{
	return has ? cell_number(value, decimals) : cell_text(NULL);
}

static void write_line(struct call *call, struct export *file, const struct recommendation *row, size_t number)
{
	const struct sheet_cell cells[] = {cell_number((int64_t)number, 0), cell_text(row->name), cell_text(row->uscc),
		figure(row->has_annual_income, row->annual_income, 2),
		figure(row->has_insured_staff, row->insured_staff, 0),
		figure(row->has_enterprises_served, row->enterprises_served, 0), cell_text(row->reason),
		cell_time(row->sent_at), cell_text(lifecycle_step_text(call, &record_recommendation, row))};
	export_row(file, cells);
}

struct problem *recommendation_summary_sheet(struct call *call, const struct recommendation_summary_query *query)
{
	static const struct export_column columns[] = {{"seq", "序号", "No.", CELL_NUMBER, 0, 6},
		{"name", "机构名称", "Institution", CELL_TEXT, 0, 32},
		{"uscc", "统一社会信用代码", "Unified social credit code", CELL_TEXT, 0, 22},
		{"income", "上年度营业收入（元）", "Last year's operating income (yuan)", CELL_NUMBER, 2, 20},
		{"insured_staff", "参保人数（人）", "Insured staff", CELL_NUMBER, 0, 14},
		{"served", "年服务企业数（家）", "Enterprises served", CELL_NUMBER, 0, 16},
		{"reason", "推荐理由", "Reason", CELL_TEXT, 0, 40},
		{"sent_at", "推荐时间", "Recommended", CELL_TIME, 0, 0},
		{"state", "状态", "State", CELL_TEXT, 0, 14}};
	static const struct export_spec spec = {.zh = "推荐汇总表", .en = "Recommendations", .file = "recommendations",
		.record = "recommendation", .columns = columns, .count = sizeof columns / sizeof *columns};
	struct recommendation **rows;
	struct export *file;
	size_t count;
	struct problem *problem = select_rows(call, query, &rows, &count);
	if (!problem)
		problem = export_begin(call, &spec, &file);
	if (problem)
		return problem;
	for (size_t i = 0; i < count; i++)
		write_line(call, file, rows[i], i + 1);
	return export_end(file, false);
}
