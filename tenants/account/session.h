/* session: who is signed in, kept by the server; the browser holds a random token whose hash is the key.
 *
 * token    32 random bytes, new at each sign-in, in cookie "qilian_session" (HttpOnly, SameSite=Lax; over https
 *          "__Host-qilian_session", Secure)
 * id       how its owner names it in the list of sessions; opens nothing
 * needs    what must be done before anything else is allowed: "password", "totp"
 * ends     by sign-out, by a change of password or roles, after policy.sign_in.idle_minutes without a request (staff:
 *          staff_idle_minutes), and longest_hours after sign-in at the latest
 */
#ifndef QILIAN_TENANTS_ACCOUNT_SESSION_H
#define QILIAN_TENANTS_ACCOUNT_SESSION_H

#include "core/record/call.h"

struct json_writer;

#define SESSION_COOKIE "qilian_session"

struct session {
	unsigned char hash[32]; /* of the token */
	struct uuid id;
	struct uuid account_id;
	const char *user_name;
	const char *kind;  /* of the account */
	const char *needs; /* or NULL */
	const char *permissions; /* menu permissions of a sub-account, comma-separated; NULL: all of its role */
	const struct platform *OR_NULL home; /* of a visitor, where that is another platform */
	int64_t created_at;
	int64_t seen_at;
	int64_t expires_at;
};

/* Opens one for the account, ends the one that the request came with, sets the cookie, and makes the account the call's
 * actor. Writes "account.signed_in" with `how` ("password", "sms", "hand_off", …). In a transaction, or opens one.
 * access_no: of the account when its identity was proven, or SESSION_ANY; after an end of access
 * (tenants/account/access.h) in between, or of an account that is not active, PROBLEM_SIGN_IN_AGAIN. */
struct problem *session_open(
	struct call *call, struct uuid account_id, int64_t access_no, const char *needs, const char *how) MUST_CHECK;
enum { SESSION_ANY = -1 };
extern const struct problem_kind PROBLEM_SIGN_IN_AGAIN; /* 401 */
/* Finds the session of a token and fills the call's actor and call->session. Nothing is found: nothing happens. */
struct problem *session_resolve(struct call *call, const char *token) MUST_CHECK;
/* The same for an account that signs by an API key. *found false if it may not sign in any more. */
struct problem *session_assume(struct call *call, struct uuid account_id, bool *found) MUST_CHECK;

/* The call's own session; NULL if it has none. */
static inline struct session *session_of(const struct call *call)
{
	return call->session;
}

/* Ends the call's own session and takes the cookie back. */
struct problem *session_close(struct call *call) MUST_CHECK;
/* *ended false if the account has no such session. */
struct problem *session_end(struct call *call, struct uuid account_id, struct uuid session_id, bool *ended) MUST_CHECK;
/* Sessions or keys were deleted: all servers cut what these have open (tenants/desk/event.h), this one as soon as the
 * transaction has taken place. In a transaction, or at once. */
struct problem *session_tell_ended(struct call *call) MUST_CHECK;
/* A need was met: what the call's session needs from now on, or NULL. */
struct problem *session_set_needs(struct call *call, const char *needs) MUST_CHECK;
/* An array of the account's sessions; the call's own is marked. */
struct problem *session_write_list(struct call *call, struct json_writer *w) MUST_CHECK;

#endif
