/* role: what an account may be on a platform, and who may grant it.
 *
 * The three administrators (system, security, audit) watch one another: system creates accounts and cannot grant,
 * security grants and cannot create, audit only reads the log; one person is at most one of them, and none touches
 * business data (GB/T 22239: 三员分立).
 */
#ifndef QILIAN_TENANTS_ACCOUNT_ROLE_H
#define QILIAN_TENANTS_ACCOUNT_ROLE_H

#include "core/attributes.h"
#include "core/record/call.h"

struct json_writer;

/* PROBLEM_INVALID if these together break the separation. */
struct problem *role_check(struct arena *arena, const char *pointer, uint32_t bits) MUST_CHECK;

/* The roles held now. */
struct problem *role_held(struct call *call, struct uuid account_id, uint32_t *bits) MUST_CHECK;
/* Inside a transaction. Writes the difference and the log, and ends the account's access (ACCESS_KEYS) if anything
 * changed. permissions: JSON-free, comma-separated menu permissions for all of them; NULL: no restriction. */
struct problem *role_set(struct call *call, struct uuid account_id, uint32_t bits, const char *permissions,
	const char *reason) MUST_CHECK;
/* An array of names. */
void role_write(struct json_writer *w, const char *key, uint32_t bits);

#endif
