/* child: records under a record (`parent: {record: order, by: order_id}`).
 *
 * Sides, home and rights of a child are looked up in its parent's row, which is loaded once for a row or for a page of
 * them, and named by a subquery in the WHERE of lists; nothing of the parent is copied. So whoever comes to stand on a
 * side of the parent later (an advisor) stands on that of all its children at once, and nothing has to be kept equal.
 *
 * held       what makes, moves or takes away a child locks its parent's row first, and so does a transition that counts
 *            children. Together with the parent's own writes they come one after the other, so that what was counted
 *            (one winner, at least three) or looked at (the phase of the parent) is still so at COMMIT. Servers beside
 *            this one meet on the platform's head row, as all writers do (core/work/journal.h)
 * seats      no more children are in some phases than a number of the parent says; `while`: they are made, and brought
 *            back into these phases, only while a field of the parent has some values (a window that is open). Both
 *            are judged under the lock, by the row that it read
 * here       a child is made where its parent is at home; on a copy of the parent it is asked for there, where the
 *            declaration says so (`asks: [create]`)
 */
#ifndef QILIAN_CORE_RECORD_CHILD_H
#define QILIAN_CORE_RECORD_CHILD_H

#include "core/attributes.h"
#include "core/record/endpoint.h"

struct lifecycle_transition;
struct record_where;

/* The parent's row of a child, as it is (no isolation); NULL where it has none here, or the database failed. */
const void *OR_NULL record_parent_row(struct call *call, const struct record *record, const void *row) NONNULL;

/* The platform at which a child is made: its parent's home. Of a record without parent: this one. */
uint32_t child_home(struct call *call, const struct record *record, const void *row) NONNULL;

/* --- for the engine --- */

/* A new child of the parent that the address names, if the caller may make one: on a side of the parent (`sides` that
 * the child has of it), or on one of its own in a phase of the parent that the declaration names; not found else. */
struct problem *child_begin(struct call *call, const struct record *record, void *row) NONNULL MUST_CHECK;
/* Inside a transaction: nobody else changes the parent or its children until it ends. PROBLEM_NOT_FOUND without one.
 * Of a record without parent: nothing. */
struct problem *child_hold(struct call *call, const struct record *record, const void *row) NONNULL MUST_CHECK;
/* Holds, and refuses where the verb is closed by the parent's phase: PROBLEM_CONFLICT. */
struct problem *child_check_phase(
	struct call *call, const struct record *record, const void *row, enum endpoint_verb verb) NONNULL MUST_CHECK;
/* Whether the parent's phase leaves the verb open, as it is now. */
bool child_is_open(struct call *call, const struct record *record, const void *row, enum endpoint_verb verb) NONNULL;
/* `one` and `at_least` of a transition, and `seats` of one that brings a child back. */
struct problem *child_check_move(struct call *call, const struct record *record, const void *row,
	const struct lifecycle_transition *transition) NONNULL MUST_CHECK;
/* Of a parent that is written anew: its children's `seats` are no fewer than are taken; a fault at the number else. */
struct problem *child_check_seats(struct call *call, const struct record *record, const void *row) NONNULL MUST_CHECK;
/* A parent with children stays. */
struct problem *child_refuse_orphans(struct call *call, const struct record *record, const void *row) NONNULL
	MUST_CHECK;
/* Narrows a list to the children of the parent that the address names: PROBLEM_NOT_FOUND for whom it is not there. */
struct problem *child_where(struct call *call, const struct record *record, struct record_where *where) NONNULL
	MUST_CHECK;
/* The parents of a page of rows in one statement, where they say who sees what. */
struct problem *child_look(struct call *call, const struct record *record, void *const *rows, size_t count) NONNULL
	MUST_CHECK;

#endif
