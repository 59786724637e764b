#include "tenants/account/one_time.h"

#include <string.h>

#include "core/buf.h"
#include "core/crypto/crypto.h"
#include "core/text/json.h"

const struct problem_kind PROBLEM_LINK = {"link-void", 410, "该链接或凭据无效、已使用或已过期，请重新获取。",
	"This link or ticket is not valid, was used, or has expired; ask for a new one."};

static void hash_token(const char *purpose, const char *token, unsigned char out[CRYPTO_HASH])
{
	struct crypto_digest *digest = crypto_digest_create();

	crypto_digest_add(digest, purpose, strlen(purpose) + 1);
	crypto_digest_add(digest, token, strlen(token));
	crypto_digest_take(digest, out);
	crypto_digest_destroy(digest);
}

struct problem *one_time_issue(struct call *call, const char *purpose, const char *subject, struct json_object *payload,
                               int64_t valid_ms, const char **token)
{
	unsigned char hash[CRYPTO_HASH];
	struct buf *text = buf_in(call->arena);

	*token = crypto_token(call->arena, 32);
	hash_token(purpose, *token, hash);
	if (payload)
		json_canonical(text, payload);
	return db_exec(call->db, call->scope,
		"INSERT INTO one_time (platform_id, token_hash, purpose, subject, payload, expires_at) VALUES (:p, ?, "
		"?, ?, ?, ?)",
		DB_ARGS(db_bytes(hash, sizeof hash), db_text(purpose), db_text(subject),
		db_text(payload ? text->data : NULL),
		        db_time(call_now() + valid_ms)), NULL);
}

struct problem *one_time_look(struct call *call, const char *purpose, const char *token, struct one_time **out)
{
	unsigned char hash[CRYPTO_HASH];
	struct db_result *found;

	*out = NULL;
	hash_token(purpose, token, hash);
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT subject, payload, tries, expires_at FROM one_time WHERE platform_id = :p AND token_hash = ? "
		"AND purpose = ?"
		" AND used_at IS NULL AND expires_at > ?",
		DB_ARGS(db_bytes(hash, sizeof hash), db_text(purpose), db_time(call_now())), &found);
	if (problem || !found->rows)
		return problem;
	struct one_time *one_time = ARENA_NEW(call->arena, struct one_time);
	const char *payload = db_get_text(found, 0, 1);
	memcpy(one_time->hash, hash, sizeof hash);
	one_time->subject = db_get_text(found, 0, 0);
	one_time->tries = (unsigned)db_get_uint(found, 0, 2);
	one_time->expires_at = db_get_time(found, 0, 3);
	if (!payload)
		payload = "{}";
	problem = json_parse_object(call->arena, payload, strlen(payload), &one_time->payload);
	if (!problem)
		*out = one_time;
	return problem;
}

struct problem *one_time_take(struct call *call, const struct one_time *one_time, bool *taken)
{
	uint64_t affected = 0;
	struct problem *problem = db_exec(call->db, call->scope,
		"UPDATE one_time SET used_at = ? WHERE platform_id = :p AND token_hash = ? AND used_at IS NULL",
		DB_ARGS(db_time(call_now()), db_bytes(one_time->hash, sizeof one_time->hash)), &affected);

	*taken = !problem && affected == 1;
	return problem;
}

struct problem *one_time_fail(struct call *call, const struct one_time *one_time, unsigned most)
{
	return db_exec(call->db, call->scope,
		"UPDATE one_time SET tries = tries + 1, used_at = IF(tries >= ?, ?, used_at) WHERE platform_id = :p "
		"AND token_hash = ?",
		DB_ARGS(db_uint(most), db_time(call_now()), db_bytes(one_time->hash, sizeof one_time->hash)), NULL);
}

struct problem *one_time_revoke(struct call *call, const char *purpose, const char *subject)
{
	return db_exec(call->db, call->scope,
		"UPDATE one_time SET used_at = ? WHERE platform_id = :p AND purpose = ? AND subject = ? AND used_at IS "
		"NULL",
		DB_ARGS(db_time(call_now()), db_text(purpose), db_text(subject)), NULL);
}

struct problem *one_time_burn(struct call *call, const char *purpose, const char *subject, const unsigned char hash[32],
                              int64_t expires_at, bool *taken)
{
	const char *duplicate = NULL;
	int64_t now = call_now();
	struct problem *problem = db_insert(call->db, call->scope,
		"INSERT INTO one_time (platform_id, token_hash, purpose, subject, expires_at, used_at) VALUES (:p, ?, "
		"?, ?, ?, ?)",
		DB_ARGS(db_bytes(hash, 32), db_text(purpose), db_text(subject), db_time(expires_at), db_time(now)),
		&duplicate);

	*taken = !problem && !duplicate;
	return problem;
}
