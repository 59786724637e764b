/* api_key: what a program signs with: `Authorization: Bearer qk_…`. It may what its account may; shown once, stored as
 * a hash, expiring and revocable. It ends with the account's access (tenants/account/access.h), makes
 * no other way to sign in (`session_only`), and rests while its account must change its password or set up a second
 * factor. */
#ifndef QILIAN_TENANTS_ACCOUNT_API_KEY_H
#define QILIAN_TENANTS_ACCOUNT_API_KEY_H

#include "core/record/call.h"

/* Fills the call's actor. PROBLEM_SIGN_IN for a key that is unknown, expired or revoked: a program must not go on as
 * nobody. */
struct problem *api_key_resolve(struct call *call, const char *authorization) MUST_CHECK;

#endif
