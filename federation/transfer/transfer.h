/* transfer: an institution goes to another home.
 *
 * from      its home until then (the row where it is asked for)
 * to        the platform that is to receive it and decides (a row of the same id)
 *
 *   transfer.requested   from → to   asked for; the profile goes there with it and follows every edit
 *                        (tenants/institution/reach.h)
 *   transfer.withdraw    from → to   until it has moved, a withdrawal wins
 *   transfer.answered    to → from   accepted, refused or withdrawn
 *   transfer.moved       from → all of the network   the home is `to` from here on: copies, memberships, cases, shelves
 *                        follow. Only the old home's log can say so, and the register (identity_move) must say the same
 *   transfer.content     from → to   all that goes with it; what is a person's is sealed for the network
 *   transfer.arrived     to → all    it is there: who decides or shows something of it says again how that stands
 *
 * Where the acceptance is applied the move is made, in one transaction: the rows leave, the register names the new
 * home, and both entries are written. Whatever stops there stops before or after it. What `to` writes about the
 * institution can be read elsewhere before the old home's entry is; then it waits (homes.h).
 */
#ifndef QILIAN_FEDERATION_TRANSFER_TRANSFER_H
#define QILIAN_FEDERATION_TRANSFER_TRANSFER_H

#include "federation/sync/apply.h"

struct addressees;
struct transfer;

/* Inside a transaction, at the institution's home, by the call's actor. *row NULL where one is under way already. */
struct problem *transfer_ask(struct call *call, struct uuid institution_id, uint32_t to, const char *reason,
	bool by_institution, struct transfer **row) MUST_CHECK;
/* Those at home here that no transfer is asked for, up to limit; *all counts them (with `kind` institutions alone). */
struct problem *transfer_stranded(
	struct call *call, size_t limit, struct uuid **out, size_t *count, uint64_t *all) MUST_CHECK;

struct problem *transfer_apply_request(struct call *call, const struct apply_entry *entry) MUST_CHECK;
struct problem *transfer_apply_withdraw(struct call *call, const struct apply_entry *entry) MUST_CHECK;
struct problem *transfer_apply_answer(struct call *call, const struct apply_entry *entry) MUST_CHECK;
struct problem *transfer_apply_moved(struct call *call, const struct apply_entry *entry) MUST_CHECK;
struct problem *transfer_apply_content(struct call *call, const struct apply_entry *entry) MUST_CHECK;
struct problem *transfer_apply_arrived(struct call *call, const struct apply_entry *entry) MUST_CHECK;

/* Between its files. The move itself, at the old home; what holders of copies do. */
struct problem *transfer_move(struct call *call, struct transfer *row) MUST_CHECK;
struct problem *transfer_follow(struct call *call, struct uuid institution_id, uint32_t from, uint32_t to) MUST_CHECK;
struct problem *transfer_forget(struct call *call, struct uuid institution_id, uint32_t home) MUST_CHECK;
/* The inbox of the institution and its people, each message sealed; what is left of it at the old home; and its coming
 * to the new one, after the people. */
struct problem *transfer_inbox_list(struct call *call, struct uuid institution_id, struct json_object **out) MUST_CHECK;
struct problem *transfer_inbox_drop(struct call *call, struct uuid institution_id) MUST_CHECK;
struct problem *transfer_inbox_take(
	struct call *call, struct uuid institution_id, struct json_object *list) MUST_CHECK;
/* What {"id", "sealed"} holds: an account, a message. PROBLEM_ENTRY where it is nothing of the kind. */
struct problem *transfer_open(
	struct call *call, struct uuid id, struct json_object *content, struct json_object **out) MUST_CHECK;
/* Every platform of the network but this one. */
void transfer_everybody(struct call *call, struct addressees *to);

#endif
