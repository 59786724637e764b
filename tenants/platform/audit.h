/* audit: entries in the platform's log about what no record's verb writes (signing in, unmasking), and the search of
 * the log for audit administrators.
 *
 * No secrets, codes or full numbers ever go into an entry.
 */
#ifndef QILIAN_TENANTS_PLATFORM_AUDIT_H
#define QILIAN_TENANTS_PLATFORM_AUDIT_H

#include "core/attributes.h"
#include "core/record/call.h"

/* A private entry by the call's actor. Inside a transaction, or opens one of its own. details: borrowed, may be
 * NULL. */
struct problem *audit_add(struct call *call, const char *kind, const char *record_type, struct uuid record_id,
                          struct json_object *details) MUST_CHECK;
/* The same by an account that is not (yet) the call's actor: whoever signs in. */
struct problem *audit_add_by(struct call *call, struct uuid account_id, const char *name, const char *kind,
	const char *record_type, struct uuid record_id, struct json_object *details) MUST_CHECK;

/* An object of texts for details: audit_details(arena, "reason", reason, "to", to, NULL). NULL values are left out. */
struct json_object *audit_details(struct arena *arena, const char *key,
				  ...) RETURNS_NONNULL __attribute__((sentinel)) RETURNS_NONNULL;

#endif
