/* The file of a case (案卷) as PDF: dossier, conditions with figures and judgements, sources, supplements, decision,
 * timeline. What reviewers see of it, as it stands. */
#include <string.h>

#include "core/office/paper.h"
#include "core/record/export.h"
#include "core/record/lifecycle.h"
#include "core/text/json.h"
#include "core/text/zone.h"
#include "core/work/journal.h"
#include "federation/entry/entry_case.h"
#include "federation/entry/entry_paper.h"
#include "schema/records.gen.h"
#include "tenants/platform/audit_word.h"
#include "tenants/platform/issued_paper.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/services.h"
#include "tenants/platform/word.h"

enum { TIMELINE = 300, SUPPLEMENTS_MAX = 200 };

static void put_head(struct call *call, struct paper *paper, const struct entry_case *row)
{
	const struct field *ways = shape_field(&shape_entry_case, "ways");
	const struct sheet_cell way = ways ? export_cell(call, ways, row) : cell_text(NULL);
	const struct platform *home = platform_by_id(services_directory(call), row->institution_home);
	const struct paper_field fields[] = {{call_text(call, "受理号", "Number"), row->number, false},
		{call_text(call, "状态", "State"), lifecycle_step_text(call, &record_entry_case, row), false},
		{call_text(call, "机构名称", "Institution"), row->name, true},
		{call_text(call, "统一社会信用代码", "Unified social credit code"), row->uscc, false},
		{call_text(call, "所在地区", "Region"), word_region(call, row->region_code), false},
		{call_text(call, "所属平台", "Home platform"),
			home ? call_text(call, home->name_zh, home->name_en) : NULL, false},
		{call_text(call, "入驻方式", "Entry routes"), way.text, false},
		{call_text(call, "受理时间", "Received"), zone_time(call->arena, row->row.created_at), false},
		{call_text(call, "应办结日期", "Due"), row->row.due_on, false}};
	paper_fields(paper, fields, sizeof fields / sizeof *fields);
}

static void put_decision(struct call *call, struct paper *paper, const struct entry_case *row)
{
	const struct paper_field fields[] = {{call_text(call, "审核人", "Decided by"), row->decided_name, false},
		{call_text(call, "审核时间", "Decided"), zone_time(call->arena, row->decided_at), false},
		{call_text(call, "审核意见", "Reason"),
			row->decision_reason ? call_text(call, row->decision_reason, row->decision_reason_en) : NULL,
			true}};
	if (!row->decided_at)
		return;
	paper_heading(paper, call_text(call, "审核决定", "Decision"));
	paper_fields(paper, fields, sizeof fields / sizeof *fields);
}

static const char *source_state(struct call *call, const char *state)
{
	static const struct choice states[] = {{"active", "有效", "Standing"}, {"withdrawn", "已撤回", "Withdrawn"}};
	for (size_t i = 0; state && i < sizeof states / sizeof *states; i++)
		if (strcmp(states[i].code, state) == 0)
			return call_text(call, states[i].zh, states[i].en);
	return NULL;
}

static struct problem *put_sources(struct call *call, struct paper *paper, const struct entry_case *row)
{
	static const unsigned weights[] = {4, 7, 10, 4, 6, 3};
	const char *const heads[] = {call_text(call, "入驻方式", "Route"), call_text(call, "来源平台", "From"),
		call_text(call, "意见", "Opinion"), call_text(call, "提交人", "By"), call_text(call, "时间", "Time"),
		call_text(call, "状态", "State")};
	struct db_result *result;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT way, from_name, opinion, author, created_at, state FROM case_source WHERE platform_id = :p AND "
		"case_id = ? ORDER BY created_at, id",
		DB_ARGS(db_id(&row->row.id)), &result);
	if (problem || !result->rows)
		return problem;
	paper_heading(paper, call_text(call, "来源", "Sources"));
	paper_table_head(paper, heads, weights, 6);
	for (size_t i = 0; i < result->rows; i++) {
		const char *cells[] = {case_way_word(call, db_need_text(result, i, 0)), db_get_text(result, i, 1),
			db_get_text(result, i, 2), db_get_text(result, i, 3),
			zone_time(call->arena, db_get_time(result, i, 4)),
			source_state(call, db_get_text(result, i, 5))};
		paper_table_row(paper, cells);
	}
	return NULL;
}

static struct problem *put_supplements(struct call *call, struct paper *paper, const struct entry_case *row)
{
	static const unsigned weights[] = {5, 9, 9, 5, 6};
	const char *const heads[] = {call_text(call, "事项", "Item"), call_text(call, "补正要求", "What is asked"),
		call_text(call, "答复", "Answer"), call_text(call, "答复人", "By"),
			call_text(call, "答复时间", "Answered")};
	struct supplement **rows;
	size_t count;
	struct problem *problem = supplement_row_select(call, "case_id = ? AND home_id = platform_id",
		"ORDER BY asked_at, id LIMIT 200", DB_ARGS(db_id(&row->row.id)), &rows, &count);
	if (problem || !count)
		return problem;
	paper_heading(paper, call_text(call, "补正", "Supplements"));
	paper_table_head(paper, heads, weights, 5);
	for (size_t i = 0; i < count; i++) {
		const char *cells[] = {rows[i]->item, rows[i]->question, rows[i]->answer, rows[i]->answered_by,
			zone_time(call->arena, rows[i]->answered_at)};
		paper_table_row(paper, cells);
	}
	return NULL;
}

static const char *reason_of(struct call *call, const struct journal_read *read)
{
	struct json_object *payload = NULL;
	if (!read->payload || json_parse_object(call->arena, read->payload, read->payload_len, &payload))
		return NULL;
	return json_get_text(payload, "reason");
}

static struct problem *put_timeline(struct call *call, struct paper *paper, const struct entry_case *row)
{
	static const unsigned weights[] = {6, 7, 5, 12};
	const char *const heads[] = {call_text(call, "时间", "Time"), call_text(call, "事项", "Event"),
		call_text(call, "办理人", "By"), call_text(call, "说明", "Reason")};
	struct journal_read *read;
	size_t count;
	struct problem *problem = journal_history(call->db, call->scope, &row->row.id, TIMELINE, &read, &count);
	if (problem || !count)
		return problem;
	paper_heading(paper, call_text(call, "办理过程", "Timeline"));
	paper_table_head(paper, heads, weights, 4);
	for (size_t i = count; i-- > 0;) {
		const char *cells[] = {zone_time(call->arena, read[i].at_ms), audit_word(call, read[i].kind),
			read[i].actor_name, reason_of(call, &read[i])};
		paper_table_row(paper, cells);
	}
	return NULL;
}

static struct problem *put_all(struct call *call, struct paper *paper, const struct entry_case *row)
{
	put_head(call, paper, row);
	put_decision(call, paper, row);
	paper_heading(paper, call_text(call, "申报资料", "Dossier"));
	entry_paper_profile(
		call, paper, json_get(row->dossier, "institution"), json_get(row->dossier, "recommendation"));
	if (json_count(row->conditions)) {
		paper_heading(paper, call_text(call, "入驻条件", "Entry conditions"));
		entry_paper_conditions(call, paper, row->conditions);
	}
	struct problem *problem = put_sources(call, paper, row);
	if (!problem)
		problem = put_supplements(call, paper, row);
	if (!problem)
		problem = put_timeline(call, paper, row);
	if (!problem)
		paper_stamp(paper, call_text(call, "审核单位（盖章）：", "Deciding body (stamp):"),
			call_text(call, "日期：　　　　年　　月　　日", "Date:"));
	return problem;
}

struct problem *case_paper(struct call *call, struct entry_case *row)
{
	const struct platform *here = platform_by_id(services_directory(call), call->platform_id);
	struct paper *paper = paper_create(call->arena, &(struct paper_spec){
		.title = call_text(call, "服务机构入驻审核案卷", "File of a case"),
		.issuer = here ? call_text(call, here->name_zh, here->name_en) : NULL, .number = row->number,
		.at = row->row.updated_at, .english = call->lang == LANG_EN});
	struct problem *problem = put_all(call, paper, row);
	if (problem)
		return problem;
	const struct paper_issue issue = {ISSUED_PAPER_KIND_CASE_FILE, row->number, "entry_case", row->row.id};
	return entry_paper_answer(call, paper, &issue,
		arena_printf(call->arena, "%s-%s", call_text(call, "案卷", "Case"), row->number),
		arena_printf(call->arena, "case-%s", row->number));
}
