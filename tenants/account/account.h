/* account: who may sign in on a platform, what administrators do with accounts, and what people do with their own.
 *
 * Kinds: staff of the platform, people of an institution (owner, sub-accounts of DX-14), enterprise users, and
 * visitors, who are at home on another platform and came by hand-off. The struct is generated
 * (schema/records/account.yaml). An account is never deleted, only closed: its history stays readable, its user name is
 * not given away again.
 */
#ifndef QILIAN_TENANTS_ACCOUNT_ACCOUNT_H
#define QILIAN_TENANTS_ACCOUNT_ACCOUNT_H

#include "core/record/call.h"

struct account;

/* Inside a transaction. Fills home, and writes the account without password or roles. A user name or mobile in the way:
 * PROBLEM_INVALID with the field. */
struct problem *account_add(struct call *call, struct account *row) MUST_CHECK;

/* Answers which account it is, and the link by which its owner sets a password; url NULL: none was made. */
struct problem *account_answer_link(struct call *call, const struct account *row, const char *url) MUST_CHECK;

#endif
