#include "tenants/account/api_key.h"

#include <string.h>

#include "core/crypto/crypto.h"
#include "core/text/json.h"
#include "core/text/moment.h"
#include "core/text/zone.h"
#include "schema/records.gen.h"
#include "tenants/account/credential.h"
#include "tenants/account/session.h"
#include "tenants/account/sign_in.h"
#include "tenants/platform/audit.h"
#include "tenants/platform/limit.h"
#include "tenants/platform/services.h"

enum { TOUCH_MS = 60000, KEYS_MAX = 20 };

static const struct problem_kind key_refused = {"api-key-refused", 401, "接口密钥无效、已过期或已作废。",
	"The API key is not valid, has expired, or was revoked."};
static const struct problem_kind visitor_makes_none = {"api-key-visitor", 403, "请在您的注册平台管理接口密钥。",
	"Keys are made on the platform where you registered."};

static void hash_key(const char *key, unsigned char out[CRYPTO_HASH])
{
	crypto_sha256(key, strlen(key), out);
}

static struct problem *touch(struct call *call, struct uuid id, int64_t last_used, int64_t now)
{
	if (now - last_used < TOUCH_MS)
		return NULL;
	return db_exec(call->db, call->scope, "UPDATE api_key SET last_used_at = ? WHERE platform_id = :p AND id = ?",
	               DB_ARGS(db_time(now), db_id(&id)), NULL);
}

/* What a session of its account would have to do first, a key cannot. */
static struct problem *check_needs(struct call *call, struct uuid account_id)
{
	const struct policy *policy;
	struct credential *credential = NULL;
	struct problem *problem = services_policy(call, &policy);

	if (!problem)
		problem = credential_by_id(call, account_id, &credential);
	if (problem || !credential)
		return problem;
	const char *needs = credential_needs(policy, credential);
	return needs ? sign_in_needs_problem(call->arena, needs) : NULL;
}

struct problem *api_key_resolve(struct call *call, const char *authorization)
{
	unsigned char hash[CRYPTO_HASH];
	struct db_result *rows;
	struct uuid id, account_id;
	int64_t now = call_now();
	bool found = false;

	if (strncasecmp(authorization, "Bearer qk_", 10) != 0)
		return problem_new(call->arena, &key_refused);
	hash_key(authorization + 7, hash);
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT id, account_id, last_used_at FROM api_key WHERE platform_id = :p AND key_hash = ? AND "
		"(expires_at IS NULL OR expires_at > ?)",
		DB_ARGS(db_bytes(hash, sizeof hash), db_time(now)), &rows);
	if (problem)
		return problem;
	if (!rows->rows)
		return problem_new(call->arena, &key_refused);
	db_get_id(rows, 0, 0, &id);
	db_get_id(rows, 0, 1, &account_id);
	problem = session_assume(call, account_id, &found);
	if (!problem && found)
		problem = check_needs(call, account_id);
	if (problem || !found)
		return problem ? problem : problem_new(call->arena, &key_refused);
	call->api_key = true;
	return touch(call, id, db_get_time(rows, 0, 2), now);
}

struct problem *api_key_mine(struct call *call, struct record_where *where)
{
	record_where_add(where, "account_id = ?", DB_ARGS(db_id(&call->actor.account_id)));
	return NULL;
}

static struct problem *check_may_create(struct call *call)
{
	struct db_result *rows;

	/* Its home knows nothing of it, and would not end it. */
	if (!session_of(call) || strcmp(session_of(call)->kind, "visitor") == 0)
		return problem_new(call->arena, &visitor_makes_none);
	struct problem *problem = limit_line_up(call, "api-keys", call->actor.account_id);
	if (problem)
		return problem;
	problem = db_select(call->db, call->scope,
		"SELECT COUNT(*) FROM api_key WHERE platform_id = :p AND account_id = ? AND (expires_at IS NULL OR "
		"expires_at > ?)",
		DB_ARGS(db_id(&call->actor.account_id), db_time(call_now())), &rows);
	if (problem || db_get_int(rows, 0, 0) < KEYS_MAX)
		return problem;
	return problem_detail(call->arena, &PROBLEM_CONFLICT, "接口密钥已达上限，请先作废不用的。",
		"There are enough keys already; revoke unused ones first.");
}

struct problem *api_key_create(struct call *call, const struct api_key_new *in)
{
	const struct policy *policy;
	unsigned char hash[CRYPTO_HASH];
	char expires[25];
	struct uuid id = uuid_v7();
	int64_t now = call_now(), days;
	uint64_t affected = 0;
	struct problem *problem = check_may_create(call);

	if (!problem)
		problem = services_policy(call, &policy);
	if (problem)
		return problem;
	days = policy->sign_in.api_key_days > 0 ? policy->sign_in.api_key_days : 365;
	if (in->has_days && in->days < days)
		days = in->days;
	const char *key = arena_printf(call->arena, "qk_%s", crypto_token(call->arena, 32));
	hash_key(key, hash);
	/* To a session that is still there when this is written: one that is ended meanwhile leaves no key behind
	 * (access.c). */
	problem = db_exec(call->db, call->scope,
		"INSERT INTO api_key (platform_id, id, account_id, name, key_hash, expires_at, created_at, updated_at)"
		" SELECT s.platform_id, ?, s.account_id, ?, ?, ?, ?, ? FROM session s WHERE s.platform_id = :p AND "
		"s.token_hash = ? LOCK IN SHARE MODE",
		DB_ARGS(db_id(&id), db_text(in->name), db_bytes(hash, sizeof hash), db_time(zone_day_end(now, days)),
		db_time(now), db_time(now),
		        db_bytes(session_of(call)->hash, CRYPTO_HASH)), &affected);
	if (!problem && !affected)
		problem = problem_new(call->arena, &PROBLEM_SIGN_IN);
	if (!problem)
		problem = audit_add(
			call, "api_key.created", "api_key", id, audit_details(call->arena, "name", in->name, NULL));
	if (problem)
		return problem;
	time_format(zone_day_end(now, days), expires);
	struct json_writer *w = endpoint_writer(call);
	jw_object_begin(w);
	jw_kv_text(w, "id", uuid_text(call->arena, id));
	jw_kv_text(w, "name", in->name);
	jw_kv_text(w, "key", key);
	jw_kv_text(w, "expires_at", expires);
	jw_object_end(w);
	return NULL;
}

struct problem *api_key_revoke(struct call *call)
{
	struct uuid id;
	uint64_t affected = 0;
	struct problem *problem = call_path_id(call, 0, &id);

	if (!problem)
		problem = db_exec(call->db, call->scope,
			"DELETE FROM api_key WHERE platform_id = :p AND id = ? AND account_id = ?",
			DB_ARGS(db_id(&id), db_id(&call->actor.account_id)), &affected);
	if (!problem && !affected)
		problem = problem_new(call->arena, &PROBLEM_NOT_FOUND);
	if (!problem)
		problem = session_tell_ended(call);
	return problem ? problem : audit_add(call, "api_key.revoked", "api_key", id, NULL);
}
