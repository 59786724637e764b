/* link: one-time links that lead a person to an account without anybody knowing a password: https://host/welcome#token,
 * valid for 24 hours. */
#ifndef QILIAN_TENANTS_ACCOUNT_LINK_H
#define QILIAN_TENANTS_ACCOUNT_LINK_H

#include "core/record/call.h"

/* Lets its holder choose a password for the account; earlier links for it are void. Inside a transaction, or on its
 * own. */
struct problem *link_for_account(struct call *call, struct uuid account_id, const char **url) MUST_CHECK;
/* Makes a new account of staff with that one role: `qilianctl admin link`. */
struct problem *link_for_role(struct call *call, uint32_t role, const char **url) MUST_CHECK;

#endif
