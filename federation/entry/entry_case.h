/* entry_case: one review of one institution at the platform that decides, for all ways in.
 *
 * source     what brought it: a recommendation, an application, a redeemed invitation that is to be reviewed. Several
 *            may stand behind one case (two cities, two endorsements); withdrawing one keeps it, withdrawing the last
 *            withdraws it
 * open_uscc  unique while undecided: there is one open case per USCC and platform
 * progress   what the sources' platforms are told after each step: "case.progress", at the end "case.decided"
 * decision   approve against withdraw is settled here, by whoever's transaction commits first; both sides then show the
 *            same
 *
 * settled    the institution was admitted by another way (an invite code, acceptance): the case ends with it
 *            (admission.h)
 *
 * Deciding is lifecycle_fire() on the row; what it does are the effects in case_effects.c, its sources are in
 * case_source.c. What people do at the queue is in case_desk.c, what they see in case_view.c.
 */
#ifndef QILIAN_FEDERATION_ENTRY_ENTRY_CASE_H
#define QILIAN_FEDERATION_ENTRY_ENTRY_CASE_H

#include "core/attributes.h"
#include "federation/sync/apply.h"

struct entry_case;
struct membership;
struct supplement;
struct words;

struct case_source {
	struct uuid id; /* of the application, recommendation or invitation */
	const char *way;
	uint32_t from_platform;
	struct uuid institution_id;
	uint32_t institution_home;
	const char *uscc;
	const char *name;
	const char *region_code;
	struct json_object *dossier;
	unsigned char dossier_hash[32];
	const char *opinion;
	const char *author;
	struct uuid author_id;
	const char *author_marks; /* tenants/account/person.h; may be NULL */
};

/* Opens a case or joins the open one, inside a transaction. What cannot be received (a way that this platform does not
 * offer, a member already) is answered at once. */
struct problem *case_receive(struct call *call, const struct case_source *source) MUST_CHECK;

/* The institution became a member by another way: its open case ends as approved, and whoever stood behind it is told.
 * Inside a transaction. */
struct problem *case_settle(struct call *call, const struct membership *member) MUST_CHECK;
/* A source goes; with the last one the case is withdrawn. One that stands behind no open case is passed over. */
struct problem *case_source_leave(struct call *call, struct uuid id, uint32_t from, struct words reason) MUST_CHECK;

/* Conditions anew, from the dossier, keeping what reviewers judged; the row is not written. */
struct problem *case_evaluate(struct call *call, struct entry_case *row) MUST_CHECK;
/* An item is answered: the profile as it is by now, figures that a city corrects ({} or NULL) and the answer with its
 * files reach the dossier, the conditions are looked at anew, and the timeline tells what changed. */
struct problem *case_supplemented(struct call *call, const struct supplement *supplement, struct json_object *figures,
                                  struct json_object *files) MUST_CHECK;
/* All items answered: goes on, if it waited for a supplement. */
struct problem *case_answered(struct call *call, struct uuid case_id) MUST_CHECK;

/* 自主申报, self-application: a way in, for people. */
const char *case_way_word(struct call *call, const char *way) RETURNS_NONNULL;

/* The cases that a filter of the queue finds, with their versions, if they are as many as were seen under it; else
 * PROBLEM_COUNT_CHANGED or PROBLEM_TOO_MANY (core/record/batch.h). */
struct case_queue_query;
struct decide_item_list;
struct problem *case_queue_pick(struct call *call, const struct case_queue_query *query, int64_t seen,
	struct decide_item_list *out) MUST_CHECK;

struct problem *case_apply_application(struct call *call, const struct apply_entry *entry) MUST_CHECK;
struct problem *case_apply_recommendation(struct call *call, const struct apply_entry *entry) MUST_CHECK;
struct problem *case_apply_withdraw(struct call *call, const struct apply_entry *entry) MUST_CHECK;

#endif
