/* What reviewers do at the queue: claim, release, reassign, judge conditions, ask for supplements. */
#include <string.h>

#include "core/record/endpoint.h"
#include "core/record/recusal.h"
#include "core/text/json.h"
#include "federation/entry/entry_case.h"
#include "federation/entry/supplement.h"
#include "federation/sync/federation.h"
#include "schema/records.gen.h"
#include "tenants/notice/notice.h"
#include "tenants/platform/post.h"
#include "tenants/platform/services.h"

enum { CLAIM_MINUTES = 60 };

static struct problem *answer(struct call *call, const struct entry_case *row)
{
	struct case_result result = {
		.id = row->row.id,
		.version = row->row.version,
		.has_version = true,
		.phase = record_entry_case.phases[row->row.phase - 1].code,
		.claimed_by = row->claimed_by,
		.claimed_until = row->claimed_until,
	};
	request_set_etag(call->request, row->row.version);
	return endpoint_answer(call, &shape_case_result, &result);
}

static struct problem *undecided(struct call *call, const struct entry_case *row)
{
	if (row->open_uscc)
		return NULL;
	return problem_detail(call->arena, &PROBLEM_CONFLICT, "该件已办结", "The case is decided");
}

/* ---- Claims ---- */

/* more: what the timeline tells besides, or NULL. */
static struct problem *set_claim(struct call *call, struct entry_case *row, struct uuid account, const char *name,
	const char *event, struct json_object *more)
{
	const struct policy *policy;
	struct problem *problem = services_policy(call, &policy);
	if (problem)
		return problem;
	int minutes = policy->claim_minutes > 0 ? policy->claim_minutes : CLAIM_MINUTES;
	row->claimed_by = account;
	row->claimed_name = name;
	row->claimed_until = call_now() + (int64_t)minutes * 60000;
	return record_update_with(call, &record_entry_case, row, event, more);
}

struct problem *case_claim(struct call *call, struct entry_case *row)
{
	struct problem *problem = undecided(call, row);
	if (!problem)
		problem = guard_case_mine(call, row, NULL);
	if (!problem)
		problem = recusal_check(call, &record_entry_case, row);
	if (!problem)
		problem = set_claim(call, row, call->actor.account_id, call->actor.name, "claimed", NULL);
	return problem ? problem : answer(call, row);
}

struct problem *case_release(struct call *call, struct entry_case *row)
{
	struct problem *problem = undecided(call, row);
	if (!problem && !call_has_role(call, ROLE_PLATFORM_ADMIN))
		problem = guard_case_mine(call, row, NULL);
	if (problem)
		return problem;
	row->claimed_by = UUID_NIL;
	row->claimed_name = NULL;
	row->claimed_until = 0;
	problem = entry_case_row_update(call, row, "released");
	return problem ? problem : answer(call, row);
}

/* Only to somebody who could decide it. */
static struct problem *reviewer_name(struct call *call, struct uuid account, const char **name)
{
	struct db_result *result;
	struct problem *problem = db_select(call->db, call->scope,
	                                    "SELECT a.name FROM account a JOIN account_role r ON r.platform_id = :p "
	                                    "AND r.account_id = a.id "
	                                    "WHERE a.platform_id = :p AND a.id = ? AND a.state = 'active' AND r.role "
	                                    "IN ('reviewer', 'platform_admin') LIMIT 1",
	                                    DB_ARGS(db_id(&account)), &result);
	if (problem)
		return problem;
	if (!result->rows)
		return problem_add_field(
			call->arena, NULL, "/account_id", "unknown", "没有这位审核员", "There is no such reviewer");
	*name = db_get_text(result, 0, 0);
	return NULL;
}

/* Who has it now, and who had it; nobody of what they did themselves. */
static struct problem *tell_reassigned(
	struct call *call, const struct entry_case *row, struct uuid former, const char *reason)
{
	struct uuid actor = call->actor.account_id, now = row->claimed_by;
	struct json_object *variables = form_reason(call, reason);
	struct problem *problem = NULL;
	put_text(variables, "name", row->name);
	put_text(variables, "number", row->number);
	put_text(variables, "by", call->actor.name);
	put_text(variables, "to", row->claimed_name);
	if (!uuid_equal(now, actor) && !uuid_equal(now, former))
		problem = notice_tell_account(call, now, "case_reassigned", variables, "entry_case", row->row.id);
	if (!problem && !uuid_is_nil(former) && !uuid_equal(former, actor) && !uuid_equal(former, now))
		problem =
			notice_tell_account(call, former, "case_reassigned_away", variables, "entry_case", row->row.id);
	return problem;
}

struct problem *case_reassign(struct call *call, struct entry_case *row, const struct case_reassign_input *in)
{
	const char *name = NULL;
	struct problem *problem = undecided(call, row);
	if (!problem)
		problem = reviewer_name(call, in->account_id, &name);
	struct call other = *call;
	other.actor.account_id = in->account_id;
	if (!problem)
		problem = recusal_check(&other, &record_entry_case, row);
	if (problem && problem->kind == &PROBLEM_FORBIDDEN)
		problem = problem_add_field(call->arena, NULL, "/account_id", "recused",
			"这位审核员是推荐人、申请人或属于该机构，需回避",
		                            "This reviewer recommended the institution, applied for it or belongs to "
		                            "it, and must not judge it");
	struct json_object *told = json_own(call->arena, json_object_new_object());
	put_text(told, "reason", in->reason);
	struct uuid former = row->claimed_until > call_now() ? row->claimed_by : UUID_NIL;
	if (!problem)
		problem = set_claim(call, row, in->account_id, name, "reassigned", told);
	if (!problem)
		problem = tell_reassigned(call, row, former, in->reason);
	return problem ? problem : answer(call, row);
}

/* ---- Conditions ---- */

static struct json_object *find_condition(struct json_object *list, const char *id)
{
	for (size_t i = 0; i < json_count(list); i++) {
		const char *other = json_get_text(json_at(list, i), "id");
		if (other && !strcmp(other, id))
			return json_at(list, i);
	}
	return NULL;
}

static bool state_is(struct json_object *condition, const char *state)
{
	const char *text = json_get_text(condition, "state");
	return text && !strcmp(text, state);
}

/* A copy, since the loaded one is what the change is compared with. */
static struct json_object *copy_of(struct call *call, struct json_object *value)
{
	struct json_object *copy = NULL;
	json_object_deep_copy(value, &copy, NULL);
	return json_own(call->arena, copy);
}

/* The facts fail what must be met: no reviewer's word changes that, a supplement does. */
static bool is_barred(struct json_object *condition)
{
	const char *mode = json_get_text(condition, "mode");
	return state_is(condition, "failed") && !json_has(condition, "judged") && mode && !strcmp(mode, "bars");
}

static void set_judgement(struct call *call, struct json_object *condition, const struct case_judge_input *in)
{
	const char *state = field_code(shape_field(&shape_case_judge_input, "result"), in->result);
	const char *mode = json_get_text(condition, "mode");
	struct json_object *judged = json_object_new_object();
	put_text(judged, "state", state);
	put_text(judged, "by", call->actor.name);
	put_text(judged, "reason", in->reason);
	put_time(judged, "at", call_now());
	json_object_object_add(condition, "judged", judged);
	put_text(condition, "state", state);
	bool bars = state && !strcmp(state, "failed") && mode && !strcmp(mode, "bars");
	json_object_object_add(condition, "blocks", json_object_new_boolean(bars));
}

static struct problem *may_judge(struct call *call, const struct entry_case *row)
{
	struct problem *problem = undecided(call, row);
	if (!problem)
		problem = guard_case_mine(call, row, NULL);
	return problem ? problem : recusal_check(call, &record_entry_case, row);
}

static struct problem *keep_judged(struct call *call, struct entry_case *row, struct json_object *conditions)
{
	row->conditions = conditions;
	struct problem *problem = entry_case_row_update(call, row, "judged");
	return problem ? problem : answer(call, row);
}

struct problem *case_judge(struct call *call, struct entry_case *row, const struct case_judge_input *in)
{
	struct problem *problem = may_judge(call, row);
	if (problem)
		return problem;
	struct json_object *conditions = copy_of(call, row->conditions);
	struct json_object *one = find_condition(conditions, in->condition);
	if (!one)
		return problem_add_field(
			call->arena, NULL, "/condition", "unknown", "没有这项条件", "There is no such condition");
	if (is_barred(one))
		return problem_detail(call->arena, &PROBLEM_CONFLICT, "该条件未满足且为必备条件，不能改判",
			"This condition bars, and the facts fail it");
	set_judgement(call, one, in);
	return keep_judged(call, row, conditions);
}

static struct problem *item_fault(struct call *call, struct problem *before, size_t n, const char *member,
	const char *code, struct words words)
{
	return problem_add_field(call->arena, before, arena_printf(call->arena, "/items/%zu/%s", n, member), code,
		words.zh, words.en);
}

static bool said_before(const struct case_judge_input *items, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(items[i].condition, items[n].condition))
			return true;
	return false;
}

/* Several at once: all of them, or none and what is wrong with each. */
struct problem *case_judge_all(struct call *call, struct entry_case *row, const struct case_judge_all_input *in)
{
	const struct words unknown = {"没有这项条件", "There is no such condition"},
			   barred = {"该条件未满足且为必备条件，不能改判",
				"This condition bars, and the facts fail it"},
			   twice = {"同一条件只能判定一次", "A condition is judged once"};
	struct problem *faults = NULL, *problem = may_judge(call, row);
	if (problem)
		return problem;
	struct json_object *conditions = copy_of(call, row->conditions);
	for (size_t i = 0; i < in->items.count; i++) {
		const struct case_judge_input *item = &in->items.items[i];
		struct json_object *one = find_condition(conditions, item->condition);
		if (!one)
			faults = item_fault(call, faults, i, "condition", "unknown", unknown);
		else if (said_before(in->items.items, i))
			faults = item_fault(call, faults, i, "condition", "twice", twice);
		else if (is_barred(one))
			faults = item_fault(call, faults, i, "result", "barred", barred);
		else
			set_judgement(call, one, item);
	}
	return faults ? faults : keep_judged(call, row, conditions);
}

/* ---- Supplements ---- */

struct problem *case_supplement(struct call *call, struct entry_case *row, const struct case_supplement_input *in)
{
	struct problem *problem = undecided(call, row);
	int64_t at = call_now();
	for (size_t i = 0; !problem && i < in->items.count; i++)
		problem = supplement_ask(call, row, &in->items.items[i], i, at);
	if (!problem)
		problem = entry_case_row_fire(call, row, "ask", NULL);
	return problem ? problem : answer(call, row);
}
