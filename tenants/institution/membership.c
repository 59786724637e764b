#include "tenants/institution/membership.h"

#include <string.h>

#include "core/text/json.h"
#include "schema/records.gen.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/post.h"

struct problem *membership_find(
	struct call *call, uint32_t platform, struct uuid institution_id, struct membership **out)
{
	struct membership **rows;
	size_t count;
	struct problem *problem = membership_row_select(call, "home_id = ? AND institution_id = ?", "LIMIT 1",
	                                                DB_ARGS(db_uint(platform), db_id(&institution_id)), &rows,
	                                                &count);
	*out = !problem && count ? rows[0] : NULL;
	return problem;
}

struct problem *membership_is_active(struct call *call, uint32_t platform, struct uuid institution_id, bool *active)
{
	struct membership *row;
	struct problem *problem = membership_find(call, platform, institution_id, &row);
	*active = !problem && row && row->row.phase == MEMBERSHIP_PHASE_ACTIVE;
	return problem;
}

/* ---- Who holds what ---- */

static struct problem *add_platforms_of_memberships(
	struct call *call, struct uuid institution_id, struct addressees *to)
{
	struct db_result *result;
	struct problem *problem = db_select(call->db, call->scope,
	                                    "SELECT home_id FROM membership WHERE platform_id = :p AND institution_id "
	                                    "= ? "
	                                    "AND phase IN ('applied', 'supplement', 'active', 'suspended')",
	                                    DB_ARGS(db_id(&institution_id)), &result);
	for (size_t i = 0; !problem && i < result->rows; i++)
		addressees_add(call, to, (uint32_t)db_get_uint(result, i, 0));
	return problem;
}

struct problem *membership_holders(
	struct call *call, struct uuid institution_id, uint32_t institution_home, struct addressees *to)
{
	addressees_add(call, to, institution_home);
	addressees_add_above(call, to, post_platform(call, institution_home));
	addressees_add_above(call, to, call->platform);
	struct problem *problem = add_platforms_of_memberships(call, institution_id, to);
	addressees_remove(to, call->platform_id);
	return problem;
}

/* ---- Changes ---- */

static struct problem *create(struct call *call, const struct membership_subject *subject, int way, const char *sources,
                              struct membership **out)
{
	struct membership *row = membership_row_new(call);
	row->institution_id = subject->institution_id;
	row->institution_home = subject->institution_home;
	row->uscc = subject->uscc;
	row->name = subject->name;
	row->way = way;
	row->sources = sources;
	*out = row;
	return membership_row_insert(call, row);
}

static bool is_open(const struct membership *row)
{
	return row->row.phase == MEMBERSHIP_PHASE_APPLIED || row->row.phase == MEMBERSHIP_PHASE_SUPPLEMENT;
}

/* A standing is no running case: it goes by the policy in force, not by the one under which it began years ago. */
static void follow_policy(struct call *call, struct membership *row)
{
	memcpy(row->row.policy_hash, call->policy_hash, sizeof row->row.policy_hash);
}

struct problem *membership_open(
	struct call *call, const struct membership_subject *subject, int way, const char *sources)
{
	struct membership *row;
	struct problem *problem = membership_find(call, call->platform_id, subject->institution_id, &row);
	if (problem)
		return problem;
	if (!row)
		return create(call, subject, way, sources, &row);
	row->sources = sources;
	row->way = way;
	row->name = subject->name;
	row->institution_home = subject->institution_home;
	if (is_open(row))
		return membership_row_update(call, row, NULL);
	follow_policy(call, row);
	return lifecycle_fire_as_server(call, &record_membership, row, "apply", NULL);
}

struct problem *membership_admit(struct call *call, const struct membership_subject *subject, int way)
{
	struct membership *row;
	struct problem *problem = membership_find(call, call->platform_id, subject->institution_id, &row);
	if (!problem && !row)
		problem = create(call, subject, way, NULL, &row);
	if (problem || row->row.phase == MEMBERSHIP_PHASE_ACTIVE)
		return problem;
	row->way = way;
	row->name = subject->name;
	row->institution_home = subject->institution_home;
	follow_policy(call, row);
	return lifecycle_fire_as_server(call, &record_membership, row, "admit", NULL);
}

static bool follows(const struct membership *row, const char *event)
{
	if (!strcmp(event, "answer"))
		return row->row.phase == MEMBERSHIP_PHASE_SUPPLEMENT;
	if (!strcmp(event, "ask"))
		return row->row.phase == MEMBERSHIP_PHASE_APPLIED;
	return is_open(row);
}

struct problem *membership_follow(struct call *call, struct uuid institution_id, const char *event, struct words reason,
                                  const char *sources)
{
	struct membership *row;
	struct problem *problem = membership_find(call, call->platform_id, institution_id, &row);
	if (problem || !row || !follows(row, event))
		return problem;
	row->sources = sources;
	row->reason = reason.zh;
	row->reason_en = reason.en;
	follow_policy(call, row);
	const struct lifecycle *lifecycle = lifecycle_for_row(call, &record_membership, row);
	const struct lifecycle_transition *transition =
		lifecycle ? lifecycle_transition(lifecycle, row->row.step, event) : NULL;
	bool says = transition && transition->reason != REASON_NONE;
	return lifecycle_fire_as_server(
		call, &record_membership, row, event, says ? form_reason(call, reason.zh) : NULL);
}

/* ---- Hooks of the declaration ---- */

struct problem *membership_tell_holders(struct call *call, const struct membership *row)
{
	struct addressees to = {0};
	struct problem *problem = membership_holders(call, row->institution_id, row->institution_home, &to);
	if (problem)
		return problem;
	return post_send(call, "membership.state", "membership", row->row.id, &to,
		record_export(call, &record_membership, row, false));
}

struct problem *effect_membership_begin(struct call *call, struct membership *row, struct json_object *form)
{
	(void)form;
	row->since = call_now();
	row->sources = NULL;
	row->reason = row->reason_en = NULL;
	return NULL;
}
