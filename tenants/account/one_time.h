/* one_time: tokens that open one thing, once, for a while. Only their hash is stored.
 *
 * purpose  what it opens: "admin_link", "password_link", "second_factor", "totp_enrol", "external", "external_bind",
 *          "home_entry"; a token of one is worth nothing for another
 * subject  about whom, for revoking them together: an account's id, a role
 */
#ifndef QILIAN_TENANTS_ACCOUNT_ONE_TIME_H
#define QILIAN_TENANTS_ACCOUNT_ONE_TIME_H

#include "core/record/call.h"

struct one_time {
	unsigned char hash[32];
	const char *subject;
	struct json_object *payload; /* never NULL */
	unsigned tries;
	int64_t expires_at;
};

/* payload may be NULL. *token: 43 characters of base64url. */
struct problem *one_time_issue(struct call *call, const char *purpose, const char *subject, struct json_object *payload,
                               int64_t valid_ms, const char **token) MUST_CHECK;
/* Unused and not expired; *out NULL otherwise. */
struct problem *one_time_look(
	struct call *call, const char *purpose, const char *token, struct one_time **out) MUST_CHECK;
/* Uses it up: of all who try at once, one gets *taken. In the transaction that does what it opens. */
struct problem *one_time_take(struct call *call, const struct one_time *one_time, bool *taken) MUST_CHECK;
/* Counts a failed try at what it opens; the token is worth nothing after `most`. */
struct problem *one_time_fail(struct call *call, const struct one_time *one_time, unsigned most) MUST_CHECK;
struct problem *one_time_revoke(struct call *call, const char *purpose, const char *subject) MUST_CHECK;

/* For a token that was made elsewhere (a hand-off): marks its hash as used here; *taken false if it was before. */
struct problem *one_time_burn(struct call *call, const char *purpose, const char *subject, const unsigned char hash[32],
                              int64_t expires_at, bool *taken) MUST_CHECK;

extern const struct problem_kind PROBLEM_LINK; /* 410: expired, used, or never was */

#endif
