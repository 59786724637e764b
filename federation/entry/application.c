#include "federation/entry/application.h"

#include <string.h>

#include "core/record/form.h"
#include "core/text/json.h"
#include "federation/entry/dossier.h"
#include "federation/entry/recommendation.h"
#include "federation/sync/federation.h"
#include "schema/records.gen.h"
#include "tenants/account/person.h"
#include "tenants/institution/consent.h"
#include "tenants/institution/institution.h"
#include "tenants/institution/membership.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/post.h"
#include "tenants/platform/services.h"

static const struct problem_kind PROBLEM_GUIDANCE = {"guidance", 409, "请先加入一个地市平台",
	"Join a city platform first"};

/* ---- Ways ---- */

/* Active memberships as the institution's home knows them. */
static struct problem *load_standings(
	struct call *call, struct uuid institution_id, struct membership ***out, size_t *count)
{
	return membership_row_select(
		call, "institution_id = ?", "ORDER BY home_id", DB_ARGS(db_id(&institution_id)), out, count);
}

/* A closed platform vouches for nobody. */
static bool counts(struct call *call, const struct membership *row)
{
	const struct platform *platform = post_platform(call, row->row.home_id);
	return row->row.phase == MEMBERSHIP_PHASE_ACTIVE && platform && platform->state != PLATFORM_STATE_CLOSED;
}

static bool member_of_level(struct call *call, struct membership **rows, size_t count, const char *level)
{
	for (size_t i = 0; i < count; i++) {
		const struct platform *platform = post_platform(call, rows[i]->row.home_id);
		if (platform && counts(call, rows[i]) && !strcmp(platform_level_name(platform->level), level))
			return true;
	}
	return false;
}

static bool member_anywhere(struct call *call, struct membership **rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (counts(call, rows[i]))
			return true;
	return false;
}

static void choose(struct call *call, const struct platform *platform, const struct policy *policy,
	struct membership **rows, size_t count, struct application_route *out)
{
	*out = (struct application_route){NULL, "该平台不接受申请", "This platform takes no applications"};
	/* Its own platform is where it begins; for another, a member of the network joins if that is open, else
	 * applies. */
	bool begins = platform->id == call->platform_id;
	bool below = !platform_is_below(call->platform, platform) && platform->parent;
	if (!begins && below && policy->ways.join && member_anywhere(call, rows, count)) {
		out->way = "join";
		return;
	}
	if (!policy->ways.self)
		return;
	/* ZJ-7: who registered with the platform above has to be on one below as well. */
	const char *needed = policy->ways.self_needs_member_of;
	if (needed && !(begins && !strcmp(platform_level_name(platform->level), needed)) &&
		!member_of_level(call, rows, count, needed)) {
		out->zh = policy->ways.guidance.zh ? policy->ways.guidance.zh : PROBLEM_GUIDANCE.zh;
		out->en = policy->ways.guidance.en ? policy->ways.guidance.en : PROBLEM_GUIDANCE.en;
		return;
	}
	out->way = "self";
}

struct problem *application_route_to(
	struct call *call, struct uuid institution_id, const struct platform *platform, struct application_route *out)
{
	const struct policy *policy;
	struct membership **rows;
	size_t count;
	struct problem *problem = federation_policy(call, platform, &policy);
	if (!problem)
		problem = load_standings(call, institution_id, &rows, &count);
	if (!problem)
		choose(call, platform, policy, rows, count, out);
	return problem;
}

struct problem *application_holds(struct call *call, const struct application *row, bool *holds)
{
	const struct platform *platform = post_platform(call, row->to_platform);
	const struct policy *policy;
	struct membership **rows;
	size_t count;
	*holds = true;
	if (!platform)
		return NULL;
	struct problem *problem = federation_policy(call, platform, &policy);
	if (!problem)
		problem = load_standings(call, row->institution_id, &rows, &count);
	if (problem)
		return problem;
	const char *needed = policy->ways.self_needs_member_of;
	if (platform->id == call->platform_id && !(needed && strcmp(platform_level_name(platform->level), needed)))
		return NULL; /* its own platform is where it begins */
	if (row->way == APPLICATION_WAY_JOIN)
		*holds = member_anywhere(call, rows, count);
	else if (row->way == APPLICATION_WAY_SELF && policy->ways.self_needs_member_of)
		*holds = member_of_level(call, rows, count, policy->ways.self_needs_member_of);
	return NULL;
}

/* ---- Where it may go ---- */

static const struct membership *standing_on(struct membership **rows, size_t count, uint32_t platform)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i]->row.home_id == platform)
			return rows[i];
	return NULL;
}

static struct problem *option_json(struct call *call, const struct platform *platform, struct membership **rows,
	size_t count, struct json_object *list)
{
	const struct policy *policy;
	struct application_route way;
	struct problem *problem = federation_policy(call, platform, &policy);
	if (problem)
		return problem;
	const struct membership *standing = standing_on(rows, count, platform->id);
	int phase = standing ? standing->row.phase : 0;
	choose(call, platform, policy, rows, count, &way);
	struct json_object *option = json_object_new_object();
	put_text(option, "platform", platform->slug);
	put_text(option, "name", call_text(call, platform->name_zh, platform->name_en));
	put_text(option, "level", platform_level_name(platform->level));
	put_text(option, "region_code", platform->region_code);
	put_text(option, "standing", phase ? record_membership.phases[phase - 1].code : NULL);
	put_text(option, "reason",
		standing && standing->reason ? call_text(call, standing->reason, standing->reason_en) : NULL);
	bool open = phase != MEMBERSHIP_PHASE_ACTIVE && phase != MEMBERSHIP_PHASE_APPLIED &&
		phase != MEMBERSHIP_PHASE_SUPPLEMENT && phase != MEMBERSHIP_PHASE_SUSPENDED;
	put_text(option, "way", open ? way.way : NULL);
	json_object_object_add(option, "by_invitation", json_object_new_boolean(open && policy->ways.invitation));
	put_text(option, "why_not", open && !way.way ? call_text(call, way.zh, way.en) : NULL);
	json_object_array_add(list, option);
	return NULL;
}

/* The platforms of the network that are open to somebody. */
static struct problem *walk(struct call *call, const struct platform *platform, struct membership **rows, size_t count,
	struct json_object *list)
{
	struct problem *problem =
		platform->state == PLATFORM_STATE_ACTIVE ? option_json(call, platform, rows, count, list) : NULL;
	for (const struct platform *child = platform->children; !problem && child; child = child->sibling)
		problem = walk(call, child, rows, count, list);
	return problem;
}

/* ZJ-7: on no city platform and without an invitation: where to begin. */
static struct problem *guidance(struct call *call, struct json_object *platforms, struct json_object **out)
{
	const struct policy *policy;
	struct problem *problem = federation_policy(call, call->platform->root, &policy);
	if (problem)
		return problem;
	struct json_object *cities = json_object_new_array();
	for (size_t i = 0; i < json_count(platforms); i++) {
		const char *level = json_get_text(json_at(platforms, i), "level");
		if (level && policy->ways.self_needs_member_of && !strcmp(level, policy->ways.self_needs_member_of))
			json_object_array_add(cities, json_object_get(json_at(platforms, i)));
	}
	*out = json_own(call->arena, json_object_new_object());
	put_text(*out, "text",
		call_text(call, policy->ways.guidance.zh ? policy->ways.guidance.zh : PROBLEM_GUIDANCE.zh,
			policy->ways.guidance.en ? policy->ways.guidance.en : PROBLEM_GUIDANCE.en));
	json_object_object_add(*out, "platforms", cities);
	return NULL;
}

struct problem *application_options(struct call *call)
{
	struct apply_options out = {.platforms = json_own(call->arena, json_object_new_array())};
	struct membership **rows;
	size_t count;
	struct problem *problem = load_standings(call, call->actor.institution_id, &rows, &count);
	if (!problem)
		problem = walk(call, call->platform->root, rows, count, out.platforms);
	if (!problem && !member_anywhere(call, rows, count))
		problem = guidance(call, out.platforms, &out.guidance);
	return problem ? problem : endpoint_answer(call, &shape_apply_options, &out);
}

/* ---- Applying ---- */

static struct problem *target(struct call *call, uint32_t id, const struct platform **out)
{
	*out = id ? post_platform(call, id) : NULL;
	if (*out && (*out)->network_id == call->network_id && (*out)->state == PLATFORM_STATE_ACTIVE)
		return NULL;
	return problem_add_field(call->arena, NULL, "/platform", "unknown", "没有这个平台",
		"There is no such platform");
}

static struct problem *check_standing(struct call *call, const struct platform *platform)
{
	struct membership *row;
	struct problem *problem = membership_find(call, platform->id, call->actor.institution_id, &row);
	if (problem || !row)
		return problem;
	if (row->row.phase == MEMBERSHIP_PHASE_ACTIVE || row->row.phase == MEMBERSHIP_PHASE_SUSPENDED)
		return problem_detail(
			call->arena, &PROBLEM_CONFLICT, "已入驻该平台", "The institution is on that platform already");
	return NULL;
}

/* ZJ-1: `ways.outside: false` keeps institutions of other provinces out. */
static struct problem *check_region(struct call *call, const struct platform *platform)
{
	const struct policy *policy;
	struct institution *institution;
	bool outside = false;
	struct problem *problem = federation_policy(call, platform, &policy);
	if (problem || policy->ways.outside)
		return problem;
	problem = institution_row_peek(call, call->actor.institution_id, &institution);
	if (!problem && institution)
		problem = institution_is_outside(call, institution->region_code, &outside);
	if (problem || !outside)
		return problem;
	return problem_detail(call->arena, &PROBLEM_CONFLICT, "该平台只接受本省（区、市）的机构",
		"That platform takes institutions of its own province only");
}

static struct problem *check(
	struct call *call, const struct platform *platform, const char **way, struct json_object **conditions)
{
	struct application_route found;
	struct institution *institution;
	struct condition_result *results;
	size_t count;
	struct problem *problem = check_standing(call, platform);
	if (!problem)
		problem = check_region(call, platform);
	if (!problem)
		problem = application_route_to(call, call->actor.institution_id, platform, &found);
	if (!problem && !found.way)
		problem = problem_detail(call->arena, &PROBLEM_GUIDANCE, found.zh, found.en);
	if (!problem)
		problem = institution_row_peek(call, call->actor.institution_id, &institution);
	if (!problem && (!institution || institution->row.home_id != call->platform_id))
		problem = problem_detail(call->arena, &PROBLEM_CONFLICT, "请到机构所属平台办理",
			"Apply from the institution's home platform");
	if (!problem)
		problem = dossier_check(
			call, platform, record_export(call, &record_institution, institution, false), &results, &count);
	if (problem)
		return problem;
	*way = found.way;
	*conditions = dossier_conditions(call, results, count);
	problem = form_check(call, &record_institution, institution);
	return problem ? problem
		       : condition_problem(call->arena, (struct policy_text){platform->name_zh, platform->name_en},
				 results, count);
}

struct problem *application_check(struct call *call, const struct apply_check_input *in)
{
	const struct platform *platform;
	struct apply_result result = {.phase = "ready"};
	const char *way;
	struct problem *problem = target(call, in->platform, &platform);
	if (!problem)
		problem = check(call, platform, &way, &result.conditions);
	if (problem && !result.conditions)
		return problem;
	if (problem && problem->kind->status >= 500)
		return problem;
	if (problem)
		result.phase = "barred";
	return endpoint_answer(call, &shape_apply_result, &result);
}

static struct problem *last_refused(struct call *call, uint32_t to, struct uuid *out)
{
	struct application **rows;
	size_t count;
	struct problem *problem = application_row_select(call,
		"institution_id = ? AND to_platform = ? AND phase = 'refused' AND way <> 'invitation'",
		"ORDER BY sent_at DESC LIMIT 1", DB_ARGS(db_id(&call->actor.institution_id), db_uint(to)), &rows,
		&count);
	*out = !problem && count ? rows[0]->row.id : UUID_NIL;
	return problem;
}

static struct problem *post_application(struct call *call, const struct application *row, const struct dossier *dossier,
	const char *way, const char *statement)
{
	struct json_object *payload = json_own(call->arena, json_object_new_object());
	const char *marks;
	struct problem *problem = person_marks(call, call->actor.account_id, row->institution_id, row->row.id, &marks);
	if (problem)
		return problem;
	put_id(payload, "institution_id", row->institution_id);
	put_platform(call, payload, "institution_home", dossier->institution->row.home_id);
	put_text(payload, "uscc", dossier->institution->uscc);
	put_text(payload, "name", dossier->institution->name);
	put_text(payload, "region_code", dossier->institution->region_code);
	put_text(payload, "way", way);
	json_object_object_add(payload, "dossier", json_object_get(dossier->json));
	put_text(payload, "dossier_hash", federation_hex(call, dossier->hash));
	put_text(payload, "opinion", statement);
	put_text(payload, "author_marks", marks);
	return post_send_to(call, "application.sent", "application", row->row.id, row->to_platform, payload);
}

static struct problem *insert(struct call *call, const struct platform *platform, const char *way,
	const struct dossier *dossier, struct application **out)
{
	const char *duplicate = NULL;
	struct application *row = *out = application_row_new(call);
	row->institution_id = call->actor.institution_id;
	row->to_platform = platform->id;
	row->way = field_value(shape_field(record_application.shape, "way"), way);
	row->open_key = arena_printf(call->arena, "%s:%u", uuid_text(call->arena, row->institution_id), platform->id);
	row->dossier = dossier->json;
	memcpy(row->dossier_hash, dossier->hash, sizeof row->dossier_hash);
	row->sent_at = call_now();
	struct problem *problem = institution_hold(call, row->institution_id);
	if (!problem)
		problem = last_refused(call, platform->id, &row->previous_id);
	if (!problem)
		problem = record_insert_unless(call, &record_application, row, &duplicate);
	if (!problem && duplicate)
		problem = problem_detail(call->arena, &PROBLEM_CONFLICT, "对该平台的申请正在审核中",
			"An application to that platform is under way");
	return problem;
}

struct problem *application_send(struct call *call, const struct apply_input *in)
{
	const struct platform *platform;
	struct apply_result result = {0};
	struct dossier dossier;
	struct application *row;
	const char *way;
	if (!in->consent)
		return problem_add_field(call->arena, NULL, "/consent", "required", "须同意向该平台共享机构资料",
			"Consent to the sharing of the profile is needed");
	struct problem *problem = target(call, in->platform, &platform);
	if (!problem)
		problem = check(call, platform, &way, &result.conditions);
	struct json_object *statement =
		json_own(call->arena, json_object_new_string(in->statement ? in->statement : ""));
	if (!problem)
		problem = dossier_make(call, call->actor.institution_id, "statement", statement, &dossier);
	if (!problem)
		problem = insert(call, platform, way, &dossier, &row);
	if (!problem)
		problem = consent_give(call, row->institution_id, platform->id);
	if (!problem && platform->id != call->platform_id) /* first the profile, then what rests on it */
		problem = institution_announce(call, row->institution_id, &platform->id, 1);
	if (!problem)
		problem = post_application(call, row, &dossier, way, in->statement);
	if (problem)
		return problem;
	result.id = row->row.id;
	result.phase = record_application.phases[row->row.phase - 1].code;
	memcpy(result.dossier_hash, dossier.hash, sizeof result.dossier_hash);
	return endpoint_answer(call, &shape_apply_result, &result);
}

/* ---- Withdrawing, progress ---- */

struct problem *application_withdraw(struct call *call, struct application *row, const struct withdraw_input *in)
{
	struct membership_request_result result = {.id = row->row.id};
	struct problem *problem = application_row_fire(call, row, "withdraw", form_reason(call, in->reason));
	result.state = record_application.phases[row->row.phase - 1].code;
	return problem ? problem : endpoint_answer(call, &shape_membership_request_result, &result);
}

struct problem *effect_application_ask_withdrawal(struct call *call, struct application *row, struct json_object *form)
{
	struct json_object *payload = json_own(call->arena, json_object_new_object());
	put_id(payload, "institution_id", row->institution_id);
	put_words(payload, "reason", (struct words){json_get_text(form, "reason"), row->reason_en});
	return post_send_to(call, "application.withdraw", "application", row->row.id, row->to_platform, payload);
}

struct problem *effect_application_close(struct call *call, struct application *row, struct json_object *form)
{
	(void)form;
	row->open_key = NULL;
	row->decided_at = call_now();
	return NULL;
}

struct problem *application_progress(struct call *call, struct application *row)
{
	return recommendation_write_progress(call, &record_application, row->row.id, row->case_id,
		record_application.phases[row->row.phase - 1].code, call_text(call, row->desk, row->desk_en),
		row->sent_at, row->decided_at);
}
