#include "federation/entry/recommendation.h"

#include <string.h>

#include "core/text/json.h"
#include "federation/entry/certified.h"
#include "federation/entry/dossier.h"
#include "federation/sync/federation.h"
#include "schema/records.gen.h"
#include "tenants/account/person.h"
#include "tenants/institution/membership.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/post.h"

static struct problem *target_or_problem(struct call *call, const struct platform **out)
{
	struct problem *problem = certified_target(call, out);
	if (!problem && !*out)
		problem = problem_detail(call->arena, &PROBLEM_CONFLICT, "本平台没有可推荐至的上级平台",
			"There is no platform above that takes recommendations from here");
	return problem;
}

/* ---- Pre-flight ---- */

/* The institution, if it is certified here and not on the target already. */
static struct problem *load_candidate(
	struct call *call, const struct platform *target, struct uuid id, struct institution **out)
{
	bool holds, active;
	struct problem *problem = certified_holds(call, id, &holds);
	if (!problem && holds)
		problem = institution_row_peek(call, id, out);
	if (!problem && (!holds || !*out))
		problem = problem_new(call->arena, &PROBLEM_NOT_FOUND);
	if (!problem)
		problem = membership_is_active(call, target->id, id, &active);
	if (!problem && active)
		problem = problem_detail(call->arena, &PROBLEM_CONFLICT, "该机构已入驻上级平台",
			"The institution is on that platform already");
	return problem;
}

/* Qualified staff are some of the insured (ZJ-5): more of them than of all would meet every share that a condition asks
 * for. */
static struct problem *check_figures(
	struct call *call, const struct recommend_input *in, const struct json_object *facts)
{
	int64_t insured;
	if (!in->has_qualified_staff || !json_get_int(facts, "insured_staff", &insured) ||
		in->qualified_staff <= insured)
		return NULL;
	return problem_add_field(call->arena, NULL, "/qualified_staff", "too-large", "不能多于参保人数",
		"There cannot be more of them than insured staff");
}

static struct problem *preflight(struct call *call, const struct platform *target, const struct recommend_input *in,
                                 struct json_object **conditions)
{
	struct institution *institution;
	struct condition_result *results;
	size_t count;
	*conditions = NULL;
	struct problem *problem = load_candidate(call, target, in->institution_id, &institution);
	if (problem)
		return problem;
	struct json_object *facts = dossier_facts(
		call, record_export(call, &record_institution, institution, false),
		dossier_figures(call, DOSSIER_FIGURES(in)));
	problem = check_figures(call, in, facts);
	if (!problem)
		problem = dossier_check(call, target, facts, &results, &count);
	if (problem)
		return problem;
	*conditions = dossier_conditions(call, results, count);
	return condition_problem(call->arena, (struct policy_text){target->name_zh, target->name_en}, results, count);
}

static bool fatal(const struct problem *problem)
{
	return problem && problem->kind->status >= 500;
}

struct problem *recommendation_preflight(struct call *call, const struct preflight_input *in)
{
	const struct platform *target;
	struct problem *problem = target_or_problem(call, &target);
	if (problem)
		return problem;
	struct recommend_results out = {
		.results = {in->items.count, ARENA_ARRAY(call->arena, struct recommend_result, in->items.count)}};
	for (size_t i = 0; i < in->items.count; i++) {
		const struct preflight_item *item = &in->items.items[i];
		struct recommend_input one = {.institution_id = item->institution_id,
			.annual_income = item->annual_income, .has_annual_income = item->has_annual_income,
			.insured_staff = item->insured_staff, .has_insured_staff = item->has_insured_staff,
			.qualified_staff = item->qualified_staff, .has_qualified_staff = item->has_qualified_staff,
			.enterprises_served = item->enterprises_served,
			.has_enterprises_served = item->has_enterprises_served};
		struct recommend_result *result = &out.results.items[i];
		struct problem *fault = preflight(call, target, &one, &result->conditions);
		if (fatal(fault))
			return fault;
		result->institution_id = item->institution_id;
		result->state = fault ? "barred" : "ready";
		result->problem = fault ? federation_problem_json(call, fault) : NULL;
	}
	return endpoint_answer(call, &shape_recommend_results, &out);
}

/* ---- Sending ---- */

static struct problem *last_refused(struct call *call, struct uuid institution_id, struct recommendation **out)
{
	struct recommendation **rows;
	size_t count;
	struct problem *problem = recommendation_row_select(call, "institution_id = ? AND phase = 'refused'",
		"ORDER BY sent_at DESC LIMIT 1", DB_ARGS(db_id(&institution_id)), &rows, &count);
	*out = !problem && count ? rows[0] : NULL;
	return problem;
}

static struct problem *post_recommendation(
	struct call *call, const struct recommendation *row, const struct dossier *dossier)
{
	struct json_object *payload = json_own(call->arena, json_object_new_object());
	const char *marks;
	struct problem *problem = person_marks(call, call->actor.account_id, row->institution_id, row->row.id, &marks);
	if (problem)
		return problem;
	put_id(payload, "institution_id", row->institution_id);
	put_platform(call, payload, "institution_home", dossier->institution->row.home_id);
	put_text(payload, "uscc", row->uscc);
	put_text(payload, "name", row->name);
	put_text(payload, "region_code", dossier->institution->region_code);
	json_object_object_add(payload, "dossier", json_object_get(dossier->json));
	put_text(payload, "dossier_hash", federation_hex(call, dossier->hash));
	put_text(payload, "opinion", row->reason);
	put_text(payload, "author_marks", marks);
	return post_send_to(call, "recommendation.sent", "recommendation", row->row.id, row->to_platform, payload);
}

static struct recommendation *new_row(struct call *call, const struct recommend_input *in,
	const struct platform *target, const struct dossier *dossier)
{
	struct recommendation *row = recommendation_row_new(call);
	row->institution_id = row->open_key = in->institution_id;
	row->uscc = dossier->institution->uscc;
	row->name = dossier->institution->name;
	row->to_platform = target->id;
	row->annual_income = in->annual_income;
	row->has_annual_income = in->has_annual_income;
	row->insured_staff = in->insured_staff;
	row->has_insured_staff = in->has_insured_staff;
	row->qualified_staff = in->qualified_staff;
	row->has_qualified_staff = in->has_qualified_staff;
	row->enterprises_served = in->enterprises_served;
	row->has_enterprises_served = in->has_enterprises_served;
	row->reason = in->reason;
	row->dossier = dossier->json;
	memcpy(row->dossier_hash, dossier->hash, sizeof row->dossier_hash);
	row->sent_by = call->actor.account_id;
	row->sent_at = call_now();
	return row;
}

/* Nothing is written before the last thing that may fail for the person's reasons: in a batch the others go on. */
static struct problem *send_one(struct call *call, const struct platform *target, const struct recommend_input *in,
	struct uuid batch, struct recommend_result *result)
{
	struct dossier dossier;
	struct recommendation *previous;
	const char *duplicate = NULL;
	result->institution_id = in->institution_id;
	struct problem *problem = preflight(call, target, in, &result->conditions);
	if (!problem)
		problem = last_refused(call, in->institution_id, &previous);
	struct json_object *figures = dossier_figures(call, DOSSIER_FIGURES(in));
	put_text(figures, "reason", in->reason);
	if (!problem)
		problem = dossier_make(call, in->institution_id, "recommendation", figures, &dossier);
	if (problem)
		return problem;
	struct recommendation *row = new_row(call, in, target, &dossier);
	row->previous_id = previous ? previous->row.id : UUID_NIL;
	row->batch_id = batch;
	problem = record_insert_unless(call, &record_recommendation, row, &duplicate);
	if (!problem && duplicate)
		problem = problem_detail(call->arena, &PROBLEM_CONFLICT, "该机构的推荐正在审核中",
			"A recommendation of this institution is under way");
	if (problem)
		return problem;
	result->id = row->row.id;
	result->state = "sent";
	memcpy(result->dossier_hash, dossier.hash, sizeof result->dossier_hash);
	return post_recommendation(call, row, &dossier);
}

struct problem *recommendation_send(struct call *call, const struct recommend_input *in)
{
	const struct platform *target;
	struct recommend_result result = {0};
	struct problem *problem = target_or_problem(call, &target);
	if (!problem)
		problem = send_one(call, target, in, UUID_NIL, &result);
	return problem ? problem : endpoint_answer(call, &shape_recommend_result, &result);
}

struct problem *recommendation_send_batch(struct call *call, const struct recommend_batch_input *in)
{
	const struct platform *target;
	struct problem *problem = target_or_problem(call, &target);
	if (problem)
		return problem;
	struct recommend_results out = {.batch_id = uuid_v7(),
		.results = {in->items.count, ARENA_ARRAY(call->arena, struct recommend_result, in->items.count)}};
	for (size_t i = 0; i < in->items.count; i++) {
		struct recommend_result *result = &out.results.items[i];
		problem = send_one(call, target, &in->items.items[i], out.batch_id, result);
		if (fatal(problem))
			return problem;
		if (problem) {
			result->state = "not_sent";
			result->problem = federation_problem_json(call, problem);
		}
	}
	return endpoint_answer(call, &shape_recommend_results, &out);
}

/* ---- The form ---- */

static struct json_object *prefilled(
	struct call *call, const struct institution *institution, const struct recommendation *previous)
{
	struct json_object *form = json_own(call->arena, json_object_new_object());
	struct json_object *all = record_export(call, &record_institution, institution, false);
	static const char *const given[] = {"name", "uscc", "registered_on", "registered_capital", "region_code",
		"organisation_type", "annual_income", "insured_staff", "qualified_staff", "enterprises_served"};
	for (size_t i = 0; i < sizeof given / sizeof given[0]; i++)
		json_object_object_add(form, given[i], json_object_get(json_get(all, given[i])));
	if (!previous)
		return form;
	if (previous->has_annual_income)
		put_int(form, "annual_income", previous->annual_income);
	if (previous->has_insured_staff)
		put_int(form, "insured_staff", previous->insured_staff);
	if (previous->has_qualified_staff)
		put_int(form, "qualified_staff", previous->qualified_staff);
	if (previous->has_enterprises_served)
		put_int(form, "enterprises_served", previous->enterprises_served);
	put_text(form, "reason", previous->reason);
	return form;
}

static struct json_object *previous_json(struct call *call, const struct recommendation *previous)
{
	if (!previous)
		return NULL;
	struct json_object *object = json_own(call->arena, json_object_new_object());
	put_id(object, "id", previous->row.id);
	put_text(object, "decision_reason", previous->decision_reason);
	put_time(object, "decided_at", previous->decided_at);
	return object;
}

struct problem *recommendation_form(struct call *call)
{
	const struct platform *target;
	struct institution *institution;
	struct recommendation *previous;
	struct recommend_input none = {0};
	struct recommend_form form = {0};
	struct uuid id;
	struct problem *problem = call_path_id(call, 0, &id);
	if (!problem)
		problem = target_or_problem(call, &target);
	if (!problem)
		problem = load_candidate(call, target, id, &institution);
	if (!problem)
		problem = last_refused(call, id, &previous);
	if (problem)
		return problem;
	none.institution_id = id;
	problem = preflight(call, target, &none, &form.conditions);
	if (fatal(problem))
		return problem; /* one that bars is shown among the conditions */
	form.form = prefilled(call, institution, previous);
	form.previous = previous_json(call, previous);
	return endpoint_answer(call, &shape_recommend_form, &form);
}

/* ---- Withdrawing, progress ---- */

struct problem *recommendation_withdraw(struct call *call, struct recommendation *row, const struct withdraw_input *in)
{
	struct membership_request_result result = {.id = row->row.id};
	struct problem *problem = recommendation_row_fire(call, row, "withdraw", form_reason(call, in->reason));
	result.state = record_recommendation.phases[row->row.phase - 1].code;
	return problem ? problem : endpoint_answer(call, &shape_membership_request_result, &result);
}

struct problem *effect_recommendation_ask_withdrawal(
	struct call *call, struct recommendation *row, struct json_object *form)
{
	struct json_object *payload = json_own(call->arena, json_object_new_object());
	put_id(payload, "institution_id", row->institution_id);
	put_words(payload, "reason", (struct words){json_get_text(form, "reason"), row->decision_reason_en});
	return post_send_to(call, "recommendation.withdraw", "recommendation", row->row.id, row->to_platform, payload);
}

struct problem *effect_recommendation_close(struct call *call, struct recommendation *row, struct json_object *form)
{
	(void)form;
	row->open_key = UUID_NIL;
	row->decided_at = call_now();
	return NULL;
}

static struct problem *steps_json(struct call *call, struct uuid id, struct json_object **out)
{
	struct journal_read *read;
	size_t count;
	struct problem *problem = journal_history(call->db, call->scope, &id, 50, &read, &count);
	*out = json_own(call->arena, json_object_new_array());
	for (size_t i = count; !problem && i-- > 0;) {
		struct json_object *payload = NULL, *step = json_object_new_object();
		if (read[i].payload && json_parse_object(call->arena, read[i].payload, read[i].payload_len, &payload))
			payload = NULL;
		put_text(step, "event", strchr(read[i].kind, '.') ? strchr(read[i].kind, '.') + 1 : read[i].kind);
		put_time(step, "at", read[i].at_ms);
		put_text(step, "by", read[i].actor_name);
		put_text(step, "reason", json_get_text(payload, "reason"));
		json_object_array_add(*out, step);
	}
	return problem;
}

static struct problem *supplements_json(struct call *call, struct uuid case_id, struct json_object **out)
{
	struct supplement **rows = NULL;
	size_t count = 0;
	*out = json_own(call->arena, json_object_new_array());
	struct problem *problem = uuid_is_nil(case_id)
		? NULL
		: supplement_row_select(
			  call, "case_id = ?", "ORDER BY asked_at LIMIT 100", DB_ARGS(db_id(&case_id)), &rows, &count);
	for (size_t i = 0; !problem && i < count; i++)
		json_object_array_add(*out, json_object_get(record_export(call, &record_supplement, rows[i], false)));
	return problem;
}

struct problem *recommendation_write_progress(struct call *call, const struct record *record, struct uuid id,
	struct uuid case_id, const char *phase, const char *desk, int64_t sent_at, int64_t decided_at)
{
	(void)record;
	struct recommend_progress out = {.phase = phase, .desk = desk};
	int days = 0;
	struct problem *problem = decided_at ? NULL : federation_days_since(call, sent_at, &days);
	if (!problem)
		problem = steps_json(call, id, &out.steps);
	if (!problem)
		problem = supplements_json(call, case_id, &out.supplements);
	out.days_waiting = days;
	out.has_days_waiting = true;
	return problem ? problem : endpoint_answer(call, &shape_recommend_progress, &out);
}

struct problem *recommendation_progress(struct call *call, struct recommendation *row)
{
	return recommendation_write_progress(call, &record_recommendation, row->row.id, row->case_id,
		record_recommendation.phases[row->row.phase - 1].code, call_text(call, row->desk, row->desk_en),
		row->sent_at, row->decided_at);
}
