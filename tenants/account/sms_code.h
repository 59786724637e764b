/* sms_code: six digits that prove who holds a mobile.
 *
 * use      "sign_in", "reset", "register", "change": a code of one is worth nothing for another
 * valid    5 minutes, 5 tries, used once; a new one voids the old
 * limits   one a minute, 5 an hour, 10 a day for each mobile over all platforms; the same for each account that asks;
 *          and per hour so many of one address, one platform, and in all (settings sms.per_address …). Before a
 *          visitor's: tenants/account/proof.h
 *
 * Only a keyed hash is stored. Codes travel as notices, so in the demonstration they land in the outbox.
 */
#ifndef QILIAN_TENANTS_ACCOUNT_SMS_CODE_H
#define QILIAN_TENANTS_ACCOUNT_SMS_CODE_H

#include "core/record/call.h"

/* mobile: normalised. deliver false: all the same work, but nothing is sent, so that nobody learns whether the mobile
 * is known. */
struct problem *sms_code_send(struct call *call, const char *use, const char *mobile, bool deliver) MUST_CHECK;
/* use_up false: only looks, and the right code can still be used. Outside a transaction: tries count even when the work
 * is refused. */
struct problem *sms_code_check(
	struct call *call, const char *use, const char *mobile, const char *code, bool use_up, bool *right) MUST_CHECK;

extern const struct problem_kind PROBLEM_SMS_CODE; /* 422 at /code: wrong, used or expired */
/* That problem. */
struct problem *sms_code_problem(struct arena *arena) MUST_CHECK;

#endif
