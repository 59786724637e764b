/* desk: groups of people that a policy names, their claims on rows, and their votes.
 *
 * desk     "desks": {<name>: {zh, en, members: [user names, "role:reviewer"]}}. A step with `desk: <name>` is for them:
 *          of those who act by a role and not by a side of the row, nobody else fires an event from it, claims the row
 *          or has it in the to-do
 * claim    a step with `claim: minutes` has the engine's own events "claim" and "release": while a claim lasts, nobody
 *          else at a desk fires anything. It needs the record's fields claimed_by, claimed_name and claimed_until, and
 *          ends when the row leaves the step. An administrator of the platform may release another's
 * vote     a transition with `by: {group: desk, need: n, of: m, once_a_person: true}` takes effect when n members of
 *          the group (all of the step's desk without one) have fired it; before that each is an entry
 *          "<record>.voted" and a row of table vote. once_a_person: the same person (whatever account) has one vote
 *          on the step, else one for each event. Votes end when the row leaves the step
 */
#ifndef QILIAN_CORE_RECORD_DESK_H
#define QILIAN_CORE_RECORD_DESK_H

#include "core/attributes.h"
#include "core/record/lifecycle.h"

struct lifecycle_desk {
	const char *name;
	const char *zh, *en;
	uint32_t roles;           /* whose holders are members */
	const char *const *names; /* user names of further ones */
	size_t name_count;
};

struct desk_set {
	const struct lifecycle_desk *desks;
	size_t count;
};

/* "desks" of a policy; answers the problem with its faults added. */
struct problem *desk_compile(struct arena *arena, struct json_object *OR_NULL policy, struct desk_set *out,
	struct problem *OR_NULL problem) NONNULL_AT(1, 3) MUST_CHECK;
/* `desk` and `claim` of a step, `by` of a transition whose form is compiled. lax: a stored policy, whose desk may lack:
 * then it has no members. */
struct problem *desk_compile_step(struct arena *arena, const struct desk_set *desks, const struct record *record,
	struct json_object *OR_NULL object, const char *pointer, bool lax, struct lifecycle_step *out,
	struct problem *OR_NULL problem) NONNULL_AT(1, 2, 3, 5, 7) MUST_CHECK;
struct problem *desk_compile_vote(struct arena *arena, const struct desk_set *desks, struct json_object *OR_NULL object,
	const char *pointer, bool lax, struct lifecycle_transition *out, struct problem *OR_NULL problem)
	NONNULL_AT(1, 2, 4, 6) MUST_CHECK;

/* Whether the caller is a member; NULL has everybody. */
bool desk_has(struct call *call, const struct lifecycle_desk *OR_NULL desk) NONNULL_AT(1);
/* Whether the caller, who fires this by a role as such, may at this step's desk. PROBLEM_FORBIDDEN, or PROBLEM_CONFLICT
 * while another has claimed the row. */
struct problem *desk_check(struct call *call, const struct record *record, const void *row,
	const struct lifecycle_step *step, const struct lifecycle_transition *transition) NONNULL MUST_CHECK;

/* --- claims --- */

/* "claim" or "release" on a step with claims: *done, the row written. *done false: neither. */
struct problem *desk_claim(struct call *call, const struct record *record, void *row, const struct lifecycle_step *step,
	const char *event, bool *done) NONNULL MUST_CHECK;
/* Which of the two is open to the caller; NULL: none. */
const char *OR_NULL desk_claim_open(
	struct call *call, const struct record *record, const void *row, const struct lifecycle_step *step) NONNULL;
/* The row leaves the step. */
void desk_claim_end(const struct record *record, void *row, const struct lifecycle_step *from) NONNULL;

/* --- votes --- */

/* Counts the caller's vote. *enough: the transition takes effect now; else the row is written with "voted". */
struct problem *desk_vote(struct call *call, const struct record *record, void *row, const struct lifecycle_step *step,
	const struct lifecycle_transition *transition, bool *enough) NONNULL MUST_CHECK;
struct problem *desk_vote_end(struct call *call, const void *row) NONNULL MUST_CHECK;

#endif
