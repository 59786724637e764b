/* What stands against deciding a case, and what follows from it. */
#include "federation/entry/case_inside.h"

#include <stdio.h>
#include <string.h>

#include "core/buf.h"
#include "core/text/json.h"
#include "federation/entry/supplement.h"
#include "federation/sync/federation.h"
#include "schema/records.gen.h"
#include "tenants/institution/membership.h"
#include "tenants/institution/qualification.h"
#include "tenants/notice/notice.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/post.h"
#include "tenants/platform/services.h"

/* ---- Guards ---- */

struct problem *guard_case_mine(struct call *call, const struct entry_case *row, struct json_object *form)
{
	(void)form;
	if (call->actor.roles & ROLE_SERVER || uuid_is_nil(row->claimed_by) || row->claimed_until < call_now() ||
	    uuid_equal(row->claimed_by, call->actor.account_id))
		return NULL;
	const char *name = row->claimed_name ? row->claimed_name : "?";
	return problem_detail(call->arena, &PROBLEM_CONFLICT, arena_printf(call->arena, "该件正由 %s 办理", name),
	                      arena_printf(call->arena, "%s has claimed this case", name));
}

struct problem *guard_case_conditions(struct call *call, const struct entry_case *row, struct json_object *form)
{
	(void)form;
	static const struct problem_kind kind = {"entry-condition", 422, "不满足入驻条件",
		"Entry conditions are not met"};
	struct problem *problem = NULL;
	for (size_t i = 0; i < json_count(row->conditions); i++) {
		struct json_object *one = json_at(row->conditions, i);
		bool blocks = false;
		if (!json_get_bool(one, "blocks", &blocks) || !blocks)
			continue;
		const char *zh = json_get_text(one, "zh"), *en = json_get_text(one, "en");
		if (!problem)
			problem = problem_new(call->arena, &kind);
		problem = problem_add_field(call->arena, problem,
			arena_printf(call->arena, "/conditions/%s", json_get_text(one, "id")), "entry-condition",
			zh ? zh : kind.zh, en ? en : kind.en);
	}
	return problem;
}

struct problem *guard_case_asked(struct call *call, const struct entry_case *row, struct json_object *form)
{
	(void)form;
	struct db_result *result;
	struct problem *problem = db_select(call->db, call->scope,
	                                    "SELECT 1 FROM supplement WHERE platform_id = :p AND case_id = ? AND "
	                                    "home_id = :p AND state = 'open' LIMIT 1",
	                                    DB_ARGS(db_id(&row->row.id)), &result);
	if (problem || result->rows)
		return problem;
	return problem_detail(call->arena, &PROBLEM_CONFLICT, "请先逐项列出补正要求",
		"Say first what is to be supplemented, item by item");
}

/* ---- Effects ---- */

static void decide(struct call *call, struct entry_case *row, struct json_object *form)
{
	row->open_uscc = NULL;
	row->decided_by = call->actor.account_id;
	row->decided_name = call->actor.name;
	row->decided_at = call_now();
	row->decision_reason = json_get_text(form, "reason");
	row->claimed_by = UUID_NIL;
	row->claimed_name = NULL;
	row->claimed_until = 0;
}

static struct problem *close_sources(struct call *call, const struct entry_case *row)
{
	struct problem *problem = supplement_close(call, row->row.id);
	return problem ? problem : db_exec(call->db, call->scope,
	                                   "UPDATE case_source SET state = 'decided' WHERE platform_id = :p AND "
	                                   "case_id = ? AND state = 'active'",
	                                   DB_ARGS(db_id(&row->row.id)), NULL);
}

static struct words reason_of(const struct entry_case *row)
{
	return (struct words){row->decision_reason, row->decision_reason_en};
}

static int first_way(const struct entry_case *row)
{
	const struct field *field = shape_field(record_membership.shape, "way");
	char way[60];
	snprintf(way, sizeof way, "%s", row->ways);
	way[strcspn(way, ",")] = '\0';
	int value = field_value(field, way);
	return value ? value : MEMBERSHIP_WAY_SELF;
}

/* Decided here: what ends when an institution is admitted (admission.h) must not find it open. */
static struct problem *give_up_code(struct call *call, const struct entry_case *row)
{
	return db_exec(call->db, call->scope,
		"UPDATE entry_case SET open_uscc = NULL WHERE platform_id = :p AND id = ?",
		DB_ARGS(db_id(&row->row.id)), NULL);
}

struct problem *effect_case_admit(struct call *call, struct entry_case *row, struct json_object *form)
{
	decide(call, row, form);
	struct membership_subject subject = {row->institution_id, row->institution_home, row->uscc, row->name};
	struct problem *problem = close_sources(call, row);
	if (!problem)
		problem = give_up_code(call, row);
	if (!problem)
		problem = qualification_confirm_dossier(call, row->dossier);
	return problem ? problem : membership_admit(call, &subject, first_way(row));
}

struct problem *effect_case_refuse(struct call *call, struct entry_case *row, struct json_object *form)
{
	decide(call, row, form);
	struct problem *problem = close_sources(call, row);
	return problem ? problem : membership_follow(call, row->institution_id, "refuse", reason_of(row), NULL);
}

struct problem *effect_case_close(struct call *call, struct entry_case *row, struct json_object *form)
{
	decide(call, row, form);
	struct problem *problem = supplement_close(call, row->row.id);
	return problem ? problem : membership_follow(call, row->institution_id, "withdraw", reason_of(row), NULL);
}

struct problem *effect_case_ask(struct call *call, struct entry_case *row, struct json_object *form)
{
	(void)form;
	const char *sources, *ways;
	struct problem *problem = case_sources_describe(call, row->row.id, &sources, &ways);
	return problem ? problem : membership_follow(call, row->institution_id, "ask", (struct words){0}, sources);
}

struct problem *effect_case_resume(struct call *call, struct entry_case *row, struct json_object *form)
{
	(void)form;
	const char *sources, *ways;
	struct problem *problem = supplement_close(call, row->row.id);
	if (!problem)
		problem = case_sources_describe(call, row->row.id, &sources, &ways);
	return problem ? problem : membership_follow(call, row->institution_id, "answer", (struct words){0}, sources);
}

/* The way in that overtook it, in words. */
static struct words settled_by(struct call *call, const struct membership *member)
{
	const struct field *field = shape_field(record_membership.shape, "way");
	bool known = field && member->way > 0 && (size_t)member->way <= field->value_count;
	const struct choice *way = known ? &field->values[member->way - 1] : NULL;
	return (struct words){arena_printf(call->arena, "该机构已通过%s入驻，本件随之办结", way ? way->zh : "其他方式"),
		arena_printf(call->arena, "It was admitted by another way (%s), which ends this case",
			way ? way->en : "other")};
}

static struct problem *settle(struct call *call, struct entry_case *row, struct words reason)
{
	decide(call, row, form_reason(call, reason.zh));
	row->decided_by = UUID_NIL; /* nobody judged it */
	row->decided_name = NULL;
	row->decision_reason_en = reason.en;
	struct problem *problem = close_sources(call, row);
	return problem ? problem
		       : lifecycle_settle(call, &record_entry_case, row, ENTRY_CASE_PHASE_APPROVED, "settled",
				 form_reason(call, reason.zh));
}

struct problem *case_settle(struct call *call, const struct membership *member)
{
	struct entry_case **rows;
	size_t count;
	struct problem *problem =
		entry_case_row_select(call, "open_uscc IS NOT NULL AND (open_uscc = ? OR institution_id = ?)",
			"LIMIT 10", DB_ARGS(db_text(member->uscc), db_id(&member->institution_id)), &rows, &count);
	for (size_t i = 0; !problem && i < count; i++)
		problem = settle(call, rows[i], settled_by(call, member));
	return problem;
}

/* Who had claimed it hears that it ended without them. */
static struct problem *tell_claimant(struct call *call, const struct entry_case *before, const struct entry_case *row)
{
	const struct choice *outcome = &record_entry_case.phases[row->row.phase - 1];
	if (!before || !case_is_decided(row) || case_is_decided(before) || uuid_is_nil(before->claimed_by) ||
		before->claimed_until < call_now() || uuid_equal(before->claimed_by, call->actor.account_id))
		return NULL;
	struct json_object *variables = json_own(call->arena, json_object_new_object());
	if (row->decision_reason)
		put_both(variables, "reason", reason_of(row));
	put_text(variables, "name", row->name);
	put_text(variables, "number", row->number);
	put_both(variables, "outcome", (struct words){outcome->zh, outcome->en});
	return notice_tell_account(call, before->claimed_by, "case_closed", variables, "entry_case", row->row.id);
}

struct problem *case_after_write(struct call *call, const struct entry_case *before, const struct entry_case *row)
{
	if (before && before->row.phase == row->row.phase && !strcmp(before->row.step, row->row.step))
		return NULL;
	struct problem *problem = tell_claimant(call, before, row);
	return problem ? problem : case_sources_tell(call, row);
}
