/* The recommendation form (推荐表) of one, at the city that sent it and at the platform that decides; the summary
 * (汇总表) of several. */
#include <string.h>

#include "core/office/paper.h"
#include "core/record/export.h"
#include "core/record/lifecycle.h"
#include "core/text/json.h"
#include "core/text/zone.h"
#include "federation/entry/entry_paper.h"
#include "federation/sync/federation.h"
#include "schema/records.gen.h"
#include "tenants/platform/issued_paper.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/services.h"

enum { SUMMARY_MAX = 500 };

static const char *platform_name(struct call *call, uint32_t id)
{
	const struct platform *platform = platform_by_id(services_directory(call), id);
	return platform ? call_text(call, platform->name_zh, platform->name_en) : NULL;
}

struct form {
	const char *from, *to;
	const char *name, *uscc;
	const char *reason;
	const struct json_object *dossier;
	const char *number; /* of the case; NULL */
	int64_t at;
};

static struct paper *make_form(struct call *call, const struct form *form)
{
	const struct json_object *figures = json_get(form->dossier, "recommendation"),
				 *institution = json_get(form->dossier, "institution");
	const char *day = zone_day(call->arena, form->at);
	struct paper *paper = paper_create(call->arena, &(struct paper_spec){
		.title = call_text(call, "服务机构入驻推荐表", "Recommendation for entry"), .issuer = form->from,
		.number = form->number, .at = form->at, .english = call->lang == LANG_EN});
	const struct paper_field head[] = {{call_text(call, "推荐平台", "Recommended by"), form->from, false},
		{call_text(call, "推荐至", "To"), form->to, false},
		{call_text(call, "机构名称", "Institution"), form->name, true},
		{call_text(call, "统一社会信用代码", "Unified social credit code"), form->uscc, false},
		{call_text(call, "推荐日期", "Date"), day, false}};
	const struct paper_field reason = {call_text(call, "推荐理由", "Reason"), form->reason, true};
	paper_fields(paper, head, sizeof head / sizeof *head);
	paper_heading(paper, call_text(call, "机构情况", "The institution"));
	entry_paper_profile(call, paper, institution, figures);
	paper_heading(paper, call_text(call, "推荐意见", "Recommendation"));
	paper_fields(paper, &reason, 1);
	paper_stamp(paper, call_text(call, "推荐单位（盖章）：", "Recommending body (stamp):"),
		call_text(call, "日期：　　　　年　　月　　日", "Date:"));
	return paper;
}

struct problem *recommendation_paper(struct call *call, struct recommendation *row)
{
	struct form form = {.from = platform_name(call, call->platform_id),
		.to = platform_name(call, row->to_platform), .name = row->name, .uscc = row->uscc,
		.reason = row->reason, .dossier = row->dossier, .at = row->sent_at};
	const struct paper_issue issue = {ISSUED_PAPER_KIND_RECOMMENDATION, NULL, "recommendation", row->row.id};
	return entry_paper_answer(call, make_form(call, &form), &issue,
		arena_printf(call->arena, "%s-%s", call_text(call, "推荐表", "Recommendation"), row->name),
		arena_printf(call->arena, "recommendation-%s", row->uscc));
}

/* ---- At the platform that decides: of a source of the case ---- */

struct problem *case_recommendation_paper(struct call *call, struct entry_case *row)
{
	struct db_result *result;
	struct json_object *dossier = NULL;
	struct uuid source;
	struct problem *problem = call_path_id(call, 1, &source);
	if (!problem)
		problem = db_select(call->db, call->scope,
			"SELECT from_platform, from_name, opinion, created_at, dossier FROM case_source WHERE "
			"platform_id = :p AND case_id = ? AND id = ? AND way = 'recommendation'",
			DB_ARGS(db_id(&row->row.id), db_id(&source)), &result);
	if (!problem && !result->rows)
		problem = problem_new(call->arena, &PROBLEM_NOT_FOUND);
	if (problem)
		return problem;
	const char *text = db_get_text(result, 0, 4), *name = platform_name(call, (uint32_t)db_get_uint(result, 0, 0));
	if (text && json_parse(call->arena, text, strlen(text), &dossier))
		dossier = NULL;
	struct form form = {.from = name ? name : db_get_text(result, 0, 1),
		.to = platform_name(call, call->platform_id),
		.name = row->name, .uscc = row->uscc, .reason = db_get_text(result, 0, 2), .dossier = dossier,
		.number = row->number, .at = db_get_time(result, 0, 3)};
	const struct paper_issue issue = {ISSUED_PAPER_KIND_RECOMMENDATION, row->number, "entry_case", row->row.id};
	return entry_paper_answer(call, make_form(call, &form), &issue,
		arena_printf(call->arena, "%s-%s", call_text(call, "推荐表", "Recommendation"), row->name),
		arena_printf(call->arena, "recommendation-%s", row->uscc));
}

/* ---- The summary ---- */

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
		call_text(call, "上年度营业收入", "Last year's operating income"), call_text(call, "参保人数", "Insured staff"),
		call_text(call, "年服务企业数", "Enterprises served"), call_text(call, "推荐理由", "Reason"),
		call_text(call, "推荐日期", "Date"), call_text(call, "状态", "State")};
	const char *day = export_today(call), *name = platform_name(call, call->platform_id);
	struct paper *paper = paper_create(call->arena, &(struct paper_spec){
		.title = call_text(call, "服务机构入驻推荐汇总表", "Recommendations for entry: summary"), .issuer = name,
		.at = zone_day_begin(day), .english = call->lang == LANG_EN, .landscape = true});
	paper_text(paper, call->lang == LANG_EN
		? arena_printf(call->arena, "%s, %s, %zu institutions", name, day, count)
		: arena_printf(call->arena, "填报单位：%s　　日期：%s　　共 %zu 家", name, day, count));
	paper_table_head(paper, heads, weights, sizeof heads / sizeof *heads);
	return paper;
}

/* Newest first, of one phase if it is named. */
static struct problem *select_rows(struct call *call, const struct recommendation_summary_query *query,
	struct recommendation ***rows, size_t *count)
{
	static const char *const tail = "ORDER BY sent_at DESC, id DESC LIMIT 501";
	const char *phase = field_code(shape_field(&shape_recommendation_summary_query, "phase"), query->phase);
	if (phase)
		return recommendation_row_select(call, "phase = ?", tail, DB_ARGS(db_text(phase)),
			rows, count);
	return recommendation_row_select(call, "phase <> ?", tail, DB_ARGS(db_text("")), rows,
		count);
}

struct problem *recommendation_summary(struct call *call, const struct recommendation_summary_query *query)
{
	struct recommendation **rows;
	size_t count;
	struct problem *problem = select_rows(call, query, &rows, &count);
	if (problem)
		return problem;
	if (count > SUMMARY_MAX)
		return problem_detail(call->arena, &PROBLEM_TOO_LARGE, "超过 500 家，请按状态筛选后再生成，或导出 Excel。",
			"More than 500; choose a state, or take them as .xlsx.");
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
