/* credential: the secret side of an account: its password and second factor. How often they may be guessed at:
 * tenants/account/guess.h.
 *
 * must change  somebody else set the password, or it is too old for staff
 */
#ifndef QILIAN_TENANTS_ACCOUNT_CREDENTIAL_H
#define QILIAN_TENANTS_ACCOUNT_CREDENTIAL_H

#include "core/attributes.h"
#include "core/record/call.h"
#include "tenants/policy/policy.h"

struct credential {
	struct call *at; /* NULL: of the platform of the call; else a call at its home elsewhere
			    (tenants/account/account_directory.h) */
	struct uuid account_id;
	const char *user_name;
	const char *name;
	const char *kind;  /* "staff", "institution", "enterprise", "visitor" */
	const char *state; /* "active", "disabled", "closed" */
	struct uuid institution_id;
	const char *mobile;        /* opened; NULL if none */
	const char *password_hash; /* NULL: none was ever set */
	const char *password_history;
	int64_t password_changed_at;
	bool must_change;
	const unsigned char *totp; /* the secret, TOTP_SECRET bytes; NULL if not enrolled */
	uint64_t totp_step;
	uint32_t access_no; /* when this was read: what a session is opened with (tenants/account/access.h) */
};

/* *out NULL if there is none. */
struct problem *credential_by_id(struct call *call, struct uuid account_id, struct credential **out) MUST_CHECK;
/* Of an account that was there a moment ago; a problem of the kind `gone` if it is not any more, so *out is never NULL
 * without a problem. */
struct problem *credential_still(
	struct call *call, struct uuid account_id, const struct problem_kind *gone, struct credential **out) MUST_CHECK;
/* Case does not matter; of names from before that differ by it alone the exact one, else the eldest
 * (schema/0012_user_key.sql). */
struct problem *credential_by_user_name(struct call *call, const char *user_name, struct credential **out) MUST_CHECK;
/* All accounts of this platform with that (normalised) mobile; kind NULL for any. At most one per kind. */
struct problem *credential_by_mobile(
	struct call *call, const char *mobile, const char *kind, struct credential **out, size_t *count) MUST_CHECK;
/* User name, else mobile. Every account that `login` can mean, so that the one whose password fits signs in. */
struct problem *credential_by_login(
	struct call *call, const char *login, struct credential **out, size_t *count) MUST_CHECK;

bool credential_is_staff(const struct credential *credential);

/* Logs a wrong password or second factor, and that it was the last for a while (tenants/account/guess.h counts them).
 * NULL: a name that nobody has. */
struct problem *credential_note_failure(
	struct call *call, const struct credential *credential, const char *why, bool locks) MUST_CHECK;

/* A new password, judged by the platform's policy (PROBLEM_INVALID at `pointer`); ends the account's access
 * (tenants/account/access.h) but for the session with `keep` (a token's hash, or NULL). Not inside a transaction: it
 * computes hashes. */
enum credential_setter {
	CREDENTIAL_BY_OLD,   /* its owner, with the old password */
	CREDENTIAL_BY_PROOF, /* its owner, who proved it otherwise: whoever got in meanwhile is out, bound identities
			        and all */
	CREDENTIAL_BY_OTHER, /* somebody else, so the owner must change it */
};
struct problem *credential_set_password(struct call *call, struct credential *credential, const char *pointer,
	const char *password, enum credential_setter setter, const unsigned char *keep) MUST_CHECK;
/* The same in two parts, for an account that is about to be written: judge and hash first, store in the transaction. */
struct problem *credential_prepare_password(struct call *call, const struct credential *credential, const char *pointer,
                                            const char *password, const char **encoded) MUST_CHECK;
struct problem *credential_store_password(struct call *call, const struct credential *credential, const char *encoded,
                                          bool by_other) MUST_CHECK;
/* *matches; a hash of an outdated cost is renewed. */
struct problem *credential_verify(
	struct call *call, const struct credential *credential, const char *password, bool *matches) MUST_CHECK;

/* secret NULL takes the second factor away. */
struct problem *credential_set_totp(
	struct call *call, struct uuid account_id, const unsigned char *secret, uint64_t step) MUST_CHECK;
/* Whether `code` is right and was not used before; uses it up. */
struct problem *credential_check_totp(
	struct call *call, const struct credential *credential, const char *code, bool *right) MUST_CHECK;

/* What the session must do first, by policy: "password", "totp", or NULL. */
const char *OR_NULL credential_needs(const struct policy *policy, const struct credential *credential);

/* A person's rules for names of accounts: letters, digits and _ (DX-14), `min` to 30 of them, not looking like a
 * mobile. */
struct problem *credential_check_user_name(
	struct arena *arena, const char *pointer, const char *user_name, int min) MUST_CHECK;

#endif
