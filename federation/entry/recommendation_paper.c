/* The recommendation form (推荐表) of one, at the city that sent it and at the platform that decides. */
#include <string.h>

#include "core/office/paper.h"
#include "core/text/json.h"
#include "core/text/zone.h"
#include "federation/entry/entry_paper.h"
#include "federation/sync/federation.h"
#include "schema/records.gen.h"
#include "tenants/platform/issued_paper.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/services.h"

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
