#include "federation/exchange/directory.h"

#include <string.h>

#include "core/buf.h"
#include "core/crypto/crypto.h"
#include "core/text/json.h"
#include "federation/sync/ahead.h"
#include "federation/sync/pull.h"
#include "tenants/platform/change.h"
#include "tenants/platform/platform_profile.h"
#include "tenants/platform/post.h"
#include "tenants/policy/policy.h"

enum { AT_ONCE = 100 };

/* ---- Hearing ---- */

/* What may be in an excerpt, as it is stored; it must be readable as a policy. */
static struct problem *store_excerpt(struct call *call, const struct json_object *told, unsigned char hash[POLICY_HASH])
{
	struct buf *text = buf_in(call->arena);
	const struct policy *policy;
	json_canonical(text, platform_profile_excerpt(call->arena, told));
	struct problem *problem = policy_read(call->arena, text->data, text->len, &policy);
	if (problem)
		return problem_new(call->arena, &PROBLEM_ENTRY);
	policy_release(policy);
	crypto_sha256(text->data, text->len, hash);
	return db_exec(call->db, db_server(),
		"INSERT IGNORE INTO policy_document (hash, document, created_at) VALUES (?, ?, UTC_TIMESTAMP(3))",
		DB_ARGS(db_bytes(hash, POLICY_HASH), (struct db_value){DB_TEXT, {.s = {text->data, text->len}}}), NULL);
}

struct problem *directory_apply(struct call *call, const struct apply_entry *entry)
{
	struct json_object *platform = json_get_object(entry->payload, "platform");
	struct json_object *policy = json_get_object(entry->payload, "policy");
	unsigned char hash[POLICY_HASH];
	struct buf *content = buf_in(call->arena);
	int64_t version = 0;
	if (!platform || !policy || !json_get_int(platform, "version", &version))
		return problem_new(call->arena, &PROBLEM_ENTRY);
	json_canonical(content, platform);
	struct problem *problem = store_excerpt(call, policy, hash);
	if (!problem)
		problem = db_exec(call->db, db_network(call->network_id),
			"INSERT INTO platform_profile (network_id, platform, seq, version, state, content, "
			"policy_hash, updated_at) "
			"VALUES (:n, ?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(3)) ON DUPLICATE KEY UPDATE seq = VALUES(seq), "
			"version = VALUES(version), state = VALUES(state), content = VALUES(content), "
			"policy_hash = VALUES(policy_hash), updated_at = VALUES(updated_at)",
			DB_ARGS(db_uint(entry->source), db_uint(entry->seq), db_int(version),
				db_text(json_get_text(platform, "state")), db_text(content->data), db_bytes(hash,
				POLICY_HASH)),
			NULL);
	return problem ? problem : change_bump(call->db, CHANGE_PLATFORMS);
}

struct problem *directory_hear(const struct federation *federation, struct db *db)
{
	struct db_result *rows;
	struct problem *problem = db_select(db, db_all_platforms("what was said to all and not heard"),
		"SELECT a.platform_id FROM (SELECT platform_id, MAX(seq) AS seq FROM log_address WHERE reader = ? "
		"GROUP BY platform_id) a "
		"LEFT JOIN log_cursor c ON c.platform_id = ? AND c.source = a.platform_id "
		"WHERE c.seq IS NULL OR (c.seq < a.seq AND c.reset_at IS NULL)",
		DB_ARGS(db_uint(JOURNAL_EVERYBODY), db_uint(JOURNAL_EVERYBODY)), &rows);
	if (problem)
		return problem;
	struct ahead *ahead = ahead_create(db_settings_of(db), NULL, NULL);
	for (size_t i = 0; !problem && i < rows->rows; i++) {
		struct pull_outcome out = {.state = PULL_MORE};
		while (!problem && out.state == PULL_MORE)
			problem = pull_step(federation, db, ahead, false, JOURNAL_EVERYBODY,
				(uint32_t)db_get_uint(rows, i, 0), &out);
	}
	ahead_destroy(ahead);
	return problem;
}

/* ---- Saying ---- */

static struct problem *announce_all(struct db *db, void *arg)
{
	const struct db_result *rows = arg;
	struct problem *problem = NULL;
	for (size_t i = 0; !problem && i < rows->rows; i++)
		problem = platform_profile_announce(
			db, (uint32_t)db_get_uint(rows, i, 0), &(struct journal_entry){.actor_role = "server"});
	return problem;
}

/* Not of those of whom something is on its way already. */
static struct problem *run(struct db *db, struct db_scope scope, struct json_object *payload, void *arg)
{
	(void)scope;
	(void)payload;
	(void)arg;
	struct db_result *rows;
	struct problem *problem = db_select(db, db_all_platforms("platforms of whom nobody has heard how they are"),
		"SELECT t.id FROM tenant t LEFT JOIN platform_profile p ON p.network_id = t.network AND p.platform = "
		"t.id "
		"WHERE t.policy_hash IS NOT NULL AND (p.platform IS NULL OR p.version <> t.policy_version OR p.state "
		"<> t.state) "
		"AND NOT EXISTS (SELECT 1 FROM log_address a WHERE a.reader = ? AND a.platform_id = t.id AND a.seq > "
		"COALESCE("
		"(SELECT c.seq FROM log_cursor c WHERE c.platform_id = a.reader AND c.source = t.id), 0)) ORDER BY "
		"t.id LIMIT ?",
		DB_ARGS(db_uint(JOURNAL_EVERYBODY), db_uint(AT_ONCE)), &rows);
	if (problem || !rows->rows)
		return problem;
	return db_transaction(db, announce_all, rows);
}

const struct job_kind directory_job = {.name = "directory", .run = run, .lease_s = 60, .every_ms = 5000};
