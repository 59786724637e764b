/* access: everything that lets an account in, and its end.
 *
 * way        a row that opens something for an account without asking for its password again: session, API key, ticket,
 *            link, binding of an external identity. All are named in one table (access.c), which a test compares with
 *            the schema
 * hand-off   what it leads to lies on another platform. account.access_no counts the ends; a hand-off carries the
 *            count, the end is told to every platform that was visited since the last one, and there an older hand-off
 *            opens nothing and the sessions and keys of the visitor end
 *
 * What was proven before an end opens nothing after it, however the two meet: whoever opens a session says which
 * access_no the proof saw (session_open()), and the row of the account is locked by both.
 */
#ifndef QILIAN_TENANTS_ACCOUNT_ACCESS_H
#define QILIAN_TENANTS_ACCOUNT_ACCESS_H

#include "core/record/call.h"

/* How much ends; each includes those before it. */
enum access_extent {
	ACCESS_SESSIONS,   /* sessions, tickets of half a sign-in, hand-offs: "sign out everywhere else" */
	ACCESS_KEYS,       /* API keys too: the roles are others now */
	ACCESS_LINKS,      /* links to set the password too: it is another now */
	ACCESS_IDENTITIES, /* bound external identities too: the account is disabled or closed, or was won back */
};

/* In a transaction, or opens one. keep: hash of a session that stays, or NULL. */
struct problem *access_end(
	struct call *call, struct uuid account_id, enum access_extent extent, const unsigned char *keep) MUST_CHECK;

/* Inside the transaction that gives a hand-off: locks the account, notes where it goes. *access_no is what the hand-off
 * carries; *found is false for an account that may not sign in any more. */
struct problem *access_visit(
	struct call *call, struct uuid account_id, uint32_t to, uint32_t *access_no, bool *found) MUST_CHECK;

/* On a visited platform, in a transaction: what is the newest that is known of an account of `home`. *current is false
 * for a hand-off from before an end that is known here; it is asked first of all at an arrival, and locks. */
struct problem *access_arrive(
	struct call *call, uint32_t home, struct uuid home_account_id, uint32_t access_no, bool *current) MUST_CHECK;
/* The same platform hears of an end: the visitor's sessions and keys go. In a transaction; running it again changes
 * nothing. */
struct problem *access_end_visitor(
	struct call *call, uint32_t home, struct uuid home_account_id, uint32_t access_no) MUST_CHECK;

#endif
