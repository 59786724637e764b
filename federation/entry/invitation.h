/* invitation: a single-use code by which a platform admits an institution that it asked to come (ZJ-6).
 *
 * code      15 random characters and a check character (core/crypto/crypto.h); shown once to whoever issues it and sent
 *           to the contact; only its SHA-256 is stored
 * redeeming at the institution's home. Its own code: at once. Another platform's: the code never travels.
 *           "invitation.redeem" carries an HMAC keyed by its hash over the request's id and the USCC, and nothing of
 *           the profile; only when that is right ("invitation.answer" says known) profile and dossier follow
 *           ("invitation.dossier"). "invitation.answer" brings the outcome, for which the request waits
 * once      the winner is whose transaction moves the row to `redeemed`; all others find it used
 * silence   who is not the owner of the bound USCC gets one answer, whatever is the matter with the code
 */
#ifndef QILIAN_FEDERATION_ENTRY_INVITATION_H
#define QILIAN_FEDERATION_ENTRY_INVITATION_H

#include "core/work/job.h"
#include "federation/sync/apply.h"

struct invitation;
struct invite_input;

struct invitation_issued {
	struct uuid id; /* given by the caller */
	struct invitation *row;
	char shown[20]; /* the code in four groups */
	const char *link;
};

/* Inside a transaction. replaces: nil, or the one that this voids. A problem names the field at fault. */
struct problem *invitation_create(struct call *call, const struct invite_input *in, struct uuid replaces,
	struct uuid batch, struct invitation_issued *out) MUST_CHECK;
/* Its institution became a member: no code of it is of use any more. Inside a transaction. */
struct problem *invitation_settle(struct call *call, const char *uscc) MUST_CHECK;
/* What stands against inviting this institution: no such code, a member already, an invitation under way; NULL if
 * nothing. */
struct problem *invitation_check(struct call *call, const struct invite_input *in) MUST_CHECK;

struct problem *invitation_apply_redeem(struct call *call, const struct apply_entry *entry) MUST_CHECK;
struct problem *invitation_apply_dossier(struct call *call, const struct apply_entry *entry) MUST_CHECK;
struct problem *invitation_apply_answer(struct call *call, const struct apply_entry *entry) MUST_CHECK;
struct problem *invitation_apply_request_again(struct call *call, const struct apply_entry *entry) MUST_CHECK;

/* A standing job whose arg is a struct services: delivery states of invitations, those that expired, memberships that
 * ended. */
extern const struct job_kind invitation_job;

#endif
