/* guess: how many wrong passwords and codes may be tried before trying has to rest.
 *
 * policy.sign_in.failures of them within window_minutes make it rest for lock_minutes (GB/T 22239: 5 in 15 → 15). What
 * is counted:
 *
 *   login     what was typed, in one spelling, over the whole network, whether anybody has that name or not: so a lock
 *             tells nothing
 *   device    a browser that an account signed in with before (a sealed cookie) has a count of its own: strangers who
 *             use up the login's do not lock its people out
 *   self      somebody signed in who confirms an own action
 *   factor    second factors of an account, apart from passwords: only who knows the password gets to try one
 *
 * A right password resets nothing; a session does (guess_forget()). Never an address: a city hall shares one.
 */
#ifndef QILIAN_TENANTS_ACCOUNT_GUESS_H
#define QILIAN_TENANTS_ACCOUNT_GUESS_H

#include "core/attributes.h"
#include "core/record/call.h"
#include "tenants/account/credential.h"

struct guess {
	struct db_scope scope;
	const char *subject;
};

struct guess guess_of_login(struct call *call, const char *login);
struct guess guess_of_self(struct call *call, struct uuid account_id);
/* The device's own count for the account's passwords, or for its second factors; false if the request comes from none
 * that the account knows. */
bool guess_of_device(struct call *call, const struct credential *credential, bool factor, struct guess *out);
struct guess guess_of_factor(struct call *call, struct uuid account_id);

/* *seconds that trying still has to rest; 0 for none. */
struct problem *guess_rests_for(struct call *call, const struct guess *guess, int *seconds) MUST_CHECK;
/* Counts a wrong one; *locks when that was the last for a while. Outside a transaction, so that it stays when the
 * request is refused. */
struct problem *guess_failed(struct call *call, const struct guess *guess, bool *locks) MUST_CHECK;
/* Whether passwords or second factors of the account rest, for its administrator. */
struct problem *guess_account_rests(struct call *call, const struct credential *credential, bool *rests) MUST_CHECK;
/* All counts of the account: it has a session, a new password, or an administrator said so. */
struct problem *guess_forget(struct call *call, const struct credential *credential) MUST_CHECK;
/* The browser is known to the account from now on. Called with its session. */
void guess_remember_device(struct call *call, const struct credential *credential);

#endif
