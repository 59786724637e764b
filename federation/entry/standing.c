#include "federation/entry/standing.h"

#include <string.h>

#include "core/text/json.h"
#include "federation/entry/admission.h"
#include "schema/records.gen.h"
#include "tenants/institution/consent.h"
#include "tenants/institution/institution.h"
#include "tenants/institution/membership.h"
#include "tenants/institution/reach.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/post.h"
#include "tenants/trade/order.h"

/* ---- How far a case is ---- */

static const struct {
	const char *phase; /* of the case */
	const char *event; /* of the recommendation or application */
} events[] = {
	{"waiting", "received"},
	{"supplement", "asked"},
	{"approved", "approved"},
	{"refused", "refused"},
	{"withdrawn", "withdrawn"},
};

static const char *event_for(const char *phase)
{
	for (size_t i = 0; phase && i < sizeof events / sizeof events[0]; i++)
		if (!strcmp(events[i].phase, phase))
			return events[i].event;
	return NULL;
}

struct news {
	struct uuid case_id;
	uint32_t version;
	struct words desk;
	struct words reason;
	const char *event;
};

static struct problem *read_news(struct call *call, const struct apply_entry *entry, struct news *news)
{
	int64_t version;
	*news = (struct news){.desk = get_words(entry->payload, "desk"),
		.reason = get_words(entry->payload, "reason"),
		.event = event_for(json_get_text(entry->payload, "phase"))};
	uuid_parse(json_get_text(entry->payload, "case_id"), &news->case_id);
	if (!news->event || !json_get_int(entry->payload, "case_version", &version))
		return problem_new(call->arena, &PROBLEM_ENTRY);
	news->version = (uint32_t)version;
	return NULL;
}

/* Fires where the step allows it; a step that stays (withdrawing, another review step) takes the news all the same. */
static struct problem *move(struct call *call, const struct record *record, void *row, const struct news *news)
{
	const struct lifecycle *lifecycle = lifecycle_for_row(call, record, row);
	const char *step = ((const struct row *)row)->step;
	if (lifecycle && lifecycle_transition(lifecycle, step, news->event)) {
		bool ends = strcmp(news->event, "received") && strcmp(news->event, "asked");
		return lifecycle_fire(call, record, row, news->event, ends ? form_reason(call, news->reason.zh) : NULL);
	}
	return record_update(call, record, row, "progress");
}

static struct problem *tell_recommendation(
	struct call *call, struct recommendation *row, const struct news *news, uint32_t source)
{
	if (row->to_platform != source || row->case_version >= news->version)
		return NULL;
	row->case_version = news->version;
	row->desk = news->desk.zh;
	row->desk_en = news->desk.en;
	if (!uuid_is_nil(news->case_id))
		row->case_id = news->case_id;
	row->decision_reason = news->reason.zh;
	row->decision_reason_en = news->reason.en;
	return move(call, &record_recommendation, row, news);
}

static struct problem *tell_application(
	struct call *call, struct application *row, const struct news *news, uint32_t source)
{
	if (row->to_platform != source || row->case_version >= news->version)
		return NULL;
	row->case_version = news->version;
	row->desk = news->desk.zh;
	row->desk_en = news->desk.en;
	if (!uuid_is_nil(news->case_id))
		row->case_id = news->case_id;
	row->reason = news->reason.zh;
	row->reason_en = news->reason.en;
	struct problem *problem = move(call, &record_application, row, news);
	return problem ? problem : reach_forget(call, row->institution_id, row->to_platform);
}

struct problem *standing_apply_progress(struct call *call, const struct apply_entry *entry)
{
	struct news news;
	struct recommendation *recommendation;
	struct application *application = NULL;
	struct problem *problem = read_news(call, entry, &news);
	if (!problem)
		problem = recommendation_row_peek(call, entry->record_id, &recommendation);
	if (!problem && recommendation)
		return tell_recommendation(call, recommendation, &news, entry->source);
	if (!problem)
		problem = application_row_peek(call, entry->record_id, &application);
	return problem || !application ? problem : tell_application(call, application, &news, entry->source);
}

/* Of earlier versions: the decision came before it, and the step "withdrawing" that it met there said so. */
struct problem *standing_apply_withdraw_refused(struct call *call, const struct apply_entry *entry)
{
	(void)call;
	(void)entry;
	return NULL;
}

/* ---- Memberships ---- */

/* Orders that run go on, and say so. */
static struct problem *mark_orders(struct call *call, const struct membership *before, const struct membership *row)
{
	if (!before || before->row.phase == row->row.phase)
		return NULL;
	if (row->row.phase == MEMBERSHIP_PHASE_ACTIVE)
		return order_standing_became(call, row->institution_id, ORDER_STANDS);
	if (row->row.phase == MEMBERSHIP_PHASE_SUSPENDED)
		return order_standing_became(call, row->institution_id, ORDER_SELLER_SUSPENDED);
	bool was = before->row.phase == MEMBERSHIP_PHASE_ACTIVE || before->row.phase == MEMBERSHIP_PHASE_SUSPENDED;
	return was ? order_standing_became(call, row->institution_id, ORDER_SELLER_REMOVED) : NULL;
}

struct problem *standing_after_write(struct call *call, const struct membership *before, const struct membership *row)
{
	struct problem *problem = membership_tell_holders(call, row);
	if (!problem)
		problem = mark_orders(call, before, row);
	return problem ? problem : admission_follow(call, before, row);
}

static struct problem *note_first_live(struct call *call, const struct membership *membership)
{
	struct recommendation **rows;
	size_t count;
	if (!membership->first_live_at)
		return NULL;
	struct problem *problem = recommendation_row_select(call,
		"institution_id = ? AND to_platform = ? AND phase = 'approved' AND first_live_at IS NULL", "LIMIT 10",
		DB_ARGS(db_id(&membership->institution_id), db_uint(membership->row.home_id)), &rows, &count);
	for (size_t i = 0; !problem && i < count; i++) {
		rows[i]->first_live_at = membership->first_live_at;
		problem = recommendation_row_update(call, rows[i], "first_live");
	}
	return problem;
}

static struct problem *recommended_here(struct call *call, const struct membership *row, bool *recommended)
{
	struct db_result *rows;
	struct problem *problem = db_select(call->db, call->scope,
	                                    "SELECT 1 FROM recommendation WHERE platform_id = :p AND institution_id = "
	                                    "? AND to_platform = ? AND phase = 'approved' LIMIT 1",
	                                    DB_ARGS(db_id(&row->institution_id), db_uint(row->row.home_id)), &rows);
	*recommended = !problem && rows->rows;
	return problem;
}

static bool was_member(const struct membership *row)
{
	return row && (row->row.phase == MEMBERSHIP_PHASE_ACTIVE || row->row.phase == MEMBERSHIP_PHASE_SUSPENDED);
}

/* The desk of its home, and of the city that recommended it, hear what has become of a member on another platform. */
static struct problem *tell_desk(struct call *call, const struct membership *before, const struct membership *row)
{
	const struct notice_sink *sink = call->services->notices;
	const struct platform *on = post_platform(call, row->row.home_id);
	bool concerned = row->institution_home == call->platform_id;
	if (!sink || !on || !was_member(before) || before->row.phase == row->row.phase)
		return NULL;
	struct problem *problem = concerned ? NULL : recommended_here(call, row, &concerned);
	if (problem || !concerned)
		return problem;
	const struct choice *state = &record_membership.phases[row->row.phase - 1];
	struct json_object *variables = json_own(call->arena, json_object_new_object());
	put_both(variables, "platform", (struct words){on->name_zh, on->name_en});
	put_both(variables, "state", (struct words){state->zh, state->en});
	if (row->reason)
		put_both(variables, "reason", (struct words){row->reason, row->reason_en});
	return sink->send(call, &record_membership, row, "member_standing", "role:reviewer", variables, sink->arg);
}

/* Whoever admitted it gets its profile, if the institution, at home here, wants it there (reach.h). */
static struct problem *share_profile(struct call *call, const struct membership *row, bool newly)
{
	struct institution *institution;
	struct problem *problem = institution_row_peek(call, row->institution_id, &institution);
	if (problem || !institution || institution->row.home_id != call->platform_id)
		return problem;
	bool holds = false;
	if (newly)
		problem = reach_holds(call, row->institution_id, row->row.home_id, &holds);
	if (problem)
		return problem;
	return holds ? institution_announce(call, row->institution_id, &row->row.home_id, 1)
		     : reach_forget(call, row->institution_id, row->row.home_id);
}

static bool is_begun(const struct membership *row)
{
	return row && (was_member(row) || row->row.phase == MEMBERSHIP_PHASE_APPLIED ||
	               row->row.phase == MEMBERSHIP_PHASE_SUPPLEMENT);
}

/* At the institution's home: a platform may say what becomes of a standing that is here, and begins one only while it
 * is wanted. */
static struct problem *check_consent(struct call *call, const struct membership *before, const struct membership *after)
{
	struct institution *institution;
	bool stands = true;
	if (is_begun(before) || !is_begun(after))
		return NULL;
	struct problem *problem = institution_row_peek(call, after->institution_id, &institution);
	if (!problem && institution && institution->row.home_id == call->platform_id)
		problem = consent_stands(call, after->institution_id, after->row.home_id, &stands);
	if (problem || stands)
		return problem;
	return problem_detail(call->arena, &PROBLEM_NOT_ITS_HOME,
		arena_printf(call->arena, "该机构已不再同意加入平台 %u", after->row.home_id),
		arena_printf(call->arena, "the institution does not ask for platform %u any more", after->row.home_id));
}

/* Its word to leave counts at once (membership_leave()); an end by the platform with its coming here. */
static struct problem *end_consent(struct call *call, const struct membership *before, const struct membership *after)
{
	bool ended = is_begun(before) && !is_begun(after) && after->institution_home == call->platform_id;
	return ended ? consent_end(call, after->institution_id, after->row.home_id) : NULL;
}

struct problem *standing_apply_membership(struct call *call, const struct apply_entry *entry)
{
	struct membership *before, *after;
	bool applied;
	if (entry->source == call->platform_id)
		return NULL;
	struct problem *problem = membership_row_peek(call, entry->record_id, &before);
	if (!problem)
		problem = record_apply(call, &record_membership, entry->payload, entry->source, entry->seq, &applied);
	if (problem || !applied)
		return problem;
	problem = membership_row_peek(call, entry->record_id, &after);
	if (problem || !after)
		return problem;
	if ((problem = check_consent(call, before, after)) || (problem = end_consent(call, before, after)))
		return problem;
	if ((problem = admission_follow(call, before, after)) || (problem = tell_desk(call, before, after)))
		return problem;
	bool newly = after->row.phase == MEMBERSHIP_PHASE_ACTIVE &&
		(!before || before->row.phase != MEMBERSHIP_PHASE_ACTIVE);
	problem = share_profile(call, after, newly);
	return problem ? problem : note_first_live(call, after);
}

struct problem *standing_apply_leave(struct call *call, const struct apply_entry *entry)
{
	struct membership *row;
	struct problem *problem = membership_row_peek(call, entry->record_id, &row);
	if (problem || !row || row->row.home_id != call->platform_id || row->institution_home != entry->source)
		return problem;
	if (row->row.phase != MEMBERSHIP_PHASE_ACTIVE && row->row.phase != MEMBERSHIP_PHASE_SUSPENDED)
		return NULL;
	return membership_row_fire(call, row, "leave", form_reason(call, json_get_text(entry->payload, "reason")));
}

/* POST /memberships/{id}/leave, at the institution's home or on the platform itself. */
struct problem *membership_leave(struct call *call, struct membership *row, const struct membership_leave_input *in)
{
	struct membership_request_result result = {.id = row->row.id, .state = "sent"};
	struct json_object *payload = json_own(call->arena, json_object_new_object());
	if (row->row.phase != MEMBERSHIP_PHASE_ACTIVE && row->row.phase != MEMBERSHIP_PHASE_SUSPENDED)
		return problem_detail(call->arena, &PROBLEM_CONFLICT, "该机构当前未入驻此平台",
			"The institution is not a member there");
	if (row->row.home_id == call->platform_id && row->institution_home != call->platform_id)
		return problem_detail(call->arena, &PROBLEM_CONFLICT, "请到机构所属平台办理退出",
			"Leave from the institution's home platform");
	put_text(payload, "reason", in->reason);
	struct problem *problem = order_refuse_leave(call, row->institution_id, row->row.home_id);
	if (!problem && row->row.home_id != call->platform_id)
		problem = consent_end(call, row->institution_id, row->row.home_id);
	if (!problem)
		problem = post_send_to(call, "membership.leave", "membership", row->row.id, row->row.home_id, payload);
	return problem ? problem : endpoint_answer(call, &shape_membership_request_result, &result);
}
