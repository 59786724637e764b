/* correction: what a platform with a copy of an institution's profile asks the profile's home to put right (ZJ-5). Only
 * the home writes a profile, so elsewhere an edit is a request.
 *
 * two rows   of one id: where it is asked for (sent, withdrawing) and at the institution's home (waiting). The home
 *            decides, so an answer and a withdrawal that cross are settled in one place; the asking platform's row
 *            follows its answer
 * changes    fields of the institution as its declaration has them, checked when they are asked for and again when they
 *            are written. What the asking platform sees only masked (mobile, e-mail), and files, which lie with their
 *            home, cannot be asked for
 * accepted   the home writes the profile as any edit does, by the rights of the one who accepts, and only if the
 *            profile is still at the version that the asking platform saw, or at the one that the accepting person
 *            names as looked at
 *
 * Entries: correction.requested and correction.withdraw to the home, correction.answered back.
 */
#ifndef QILIAN_FEDERATION_EXCHANGE_CORRECTION_H
#define QILIAN_FEDERATION_EXCHANGE_CORRECTION_H

#include "federation/sync/apply.h"

/* At the institution's home. One that this platform cannot take (not its institution, an asker that the profile does
 * not go to, changes that do not fit the declaration) is answered as refused, so that nobody waits for it. */
struct correction;
/* The request once more, to where the institution is at home now (federation/transfer/transfer.h). */
struct problem *correction_ask_again(struct call *call, const struct correction *row) MUST_CHECK;
struct problem *correction_apply_request(struct call *call, const struct apply_entry *entry) MUST_CHECK;
/* At the home: nothing if it is decided; its answer is on its way. */
struct problem *correction_apply_withdraw(struct call *call, const struct apply_entry *entry) MUST_CHECK;
/* Where it was asked for. */
struct problem *correction_apply_answer(struct call *call, const struct apply_entry *entry) MUST_CHECK;

#endif
