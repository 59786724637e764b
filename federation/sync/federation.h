/* federation: what the floor needs to work without a request: made once where the server is wired.
 *
 * Everything that crosses platforms is an entry in the sender's log, addressed to its readers, also when both live in
 * this process. See pull.h for reading, apply.h for what entries do, reader.h for the threads.
 */
#ifndef QILIAN_FEDERATION_SYNC_FEDERATION_H
#define QILIAN_FEDERATION_SYNC_FEDERATION_H

#include "core/attributes.h"
#include "core/record/call.h"

struct condition_result;
struct db_result;
struct platform;
struct policy;
struct services;

struct federation {
	const struct services *services;
};

/* A call of the server on a platform, with its policy, lifecycles and forms. PROBLEM_NOT_FOUND for an unknown one. */
struct problem *federation_call(const struct federation *federation, struct db *db, uint32_t platform_id,
                                struct call **out) MUST_CHECK;

/* The policy in force: one's own, or what another platform has told of its own
 * (tenants/platform/platform_profile.h): its ways in,
 * conditions, rules of its shelf, names, whom to ask. */
struct problem *federation_policy(
	struct call *call, const struct platform *platform, const struct policy **out) MUST_CHECK;
/* Today in the network's calendar, "2026-05-06"; working days from an instant until today. */
struct problem *federation_today(struct call *call, const char **out) MUST_CHECK;
struct problem *federation_days_since(struct call *call, int64_t since_ms, int *out) MUST_CHECK;

/* The problem of one item of a batch, as an answer shows it: {code, zh, en, fields}. */
struct json_object *federation_problem_json(struct call *call, const struct problem *problem) RETURNS_NONNULL;
/* {slug, name} of a platform; null for an unknown one. */
struct json_object *OR_NULL federation_platform_json(struct call *call, uint32_t platform_id);
/* Lower-case hexadecimal, in the arena. */
const char *federation_hex(struct call *call, const unsigned char hash[32]) RETURNS_NONNULL;

#endif
