#include "tenants/account/sms_code.h"

#include <string.h>

#include "core/config/settings.h"
#include "core/crypto/crypto.h"
#include "core/http/request.h"
#include "core/text/json.h"
#include "tenants/account/proof.h"
#include "tenants/notice/notice.h"
#include "tenants/platform/audit.h"
#include "tenants/platform/limit.h"
#include "tenants/platform/services.h"

enum { VALID_MS = 5 * 60 * 1000, TRIES = 5 };

const struct problem_kind PROBLEM_SMS_CODE = {"sms-code", 422, "验证码不正确、已使用或已过期，请核对或重新获取。",
	"The code is wrong, was used, or has expired; check it or ask for a new one."};

struct problem *sms_code_problem(struct arena *arena)
{
	return problem_add_field(arena, problem_new(arena, &PROBLEM_SMS_CODE), "/code", PROBLEM_SMS_CODE.code,
		PROBLEM_SMS_CODE.zh, PROBLEM_SMS_CODE.en);
}

/* Where the code of a mobile for a use lies. */
static void place_of(struct call *call, const char *use, const char *mobile, unsigned char out[CRYPTO_HASH])
{
	crypto_blind_index(call->services->keys, arena_printf(call->arena, "sms_code.%s", use), mobile, out);
}

static const char *hash_code(struct call *call, const unsigned char place[CRYPTO_HASH], const char *code)
{
	unsigned char key[CRYPTO_KEY], text[CRYPTO_HASH + 6], hash[CRYPTO_HASH];
	char *hex = arena_alloc(call->arena, 2 * CRYPTO_HASH + 1);

	memcpy(text, place, CRYPTO_HASH);
	memcpy(text + CRYPTO_HASH, code, 6);
	crypto_keys_derive(call->services->keys, "sms_code", key);
	crypto_hmac_sha256(key, sizeof key, text, sizeof text, hash);
	crypto_hex(hash, sizeof hash, hex);
	return hex;
}

struct bound {
	struct db_scope scope;
	const char *subject;
	int64_t most;
	int window_s;
};

enum { BOUNDS_MAX = 9, HOUR_S = 3600 };

static size_t add_person(struct call *call, struct db_scope scope, const char *what, const char *who, struct bound *out)
{
	out[0] = (struct bound){scope, limit_subject(call, arena_printf(call->arena, "%s-minute", what), who), 1, 60};
	out[1] = (struct bound){scope, limit_subject(call, arena_printf(call->arena, "%s-hour", what), who), 5, HOUR_S};
	out[2] = (struct bound){scope, limit_subject(call, arena_printf(call->arena, "%s-day", what), who), 10, 86400};
	return 3;
}

static size_t bounds_of(struct call *call, const char *mobile, struct bound out[BOUNDS_MAX])
{
	const struct settings *settings = services_of(call)->settings;
	const char *net = call->request ? call->request->client_net : "";
	struct db_scope everywhere = limit_everywhere(call);
	size_t count = add_person(call, everywhere, "code", mobile, out);

	if (!uuid_is_nil(call->actor.account_id))
		count += add_person(
			call, call->scope, "code-account", uuid_text(call->arena, call->actor.account_id), out + count);
	out[count++] =
		(struct bound){everywhere, limit_subject(call, "code-address", net), settings->sms.per_address, HOUR_S};
	out[count++] = (struct bound){call->scope, "code-platform", settings->sms.per_platform, HOUR_S};
	out[count++] = (struct bound){everywhere, "code-all", settings->sms.in_all, HOUR_S};
	return count;
}

/* First looked at, then taken: what one bound refuses costs the others nothing. */
static struct problem *take_limits(struct call *call, const char *mobile)
{
	struct bound bounds[BOUNDS_MAX];
	size_t count = bounds_of(call, mobile, bounds);
	struct problem *problem = NULL;
	unsigned used;
	int left;

	for (size_t i = 0; !problem && i < count; i++) {
		problem = limit_peek_in(call, bounds[i].scope, bounds[i].subject, bounds[i].window_s, &used, &left);
		if (problem || used < bounds[i].most)
			continue;
		if (i + 2 >= count)
			diag_warn(&call->request->diag,
				"%s: %u codes in an hour, more are refused (settings sms.per_platform, sms.in_all)",
				bounds[i].subject, used);
		problem = problem_new(call->arena, &PROBLEM_RATE);
		problem->retry_after = left > 0 ? left : 1;
	}
	for (size_t i = 0; !problem && i < count; i++)
		problem = limit_take_in(
			call, bounds[i].scope, bounds[i].subject, (unsigned)bounds[i].most, bounds[i].window_s);
	return problem;
}

static struct problem *store_code(struct call *call, const char *use, const char *mobile, const char *code)
{
	unsigned char place[CRYPTO_HASH];

	place_of(call, use, mobile, place);
	return db_exec(call->db, call->scope,
		"INSERT INTO one_time (platform_id, token_hash, purpose, subject, payload, expires_at) VALUES (:p, ?, "
		"'sms_code', ?, ?, ?)"
		" ON DUPLICATE KEY UPDATE payload = VALUES(payload), tries = 0, used_at = NULL, expires_at = "
		"VALUES(expires_at)",
		DB_ARGS(db_bytes(place, sizeof place), db_text(use), db_text(hash_code(call, place, code)),
		db_time(call_now() + VALID_MS)), NULL);
}

struct problem *sms_code_send(struct call *call, const char *use, const char *mobile, bool deliver)
{
	char code[7];
	struct problem *problem = take_limits(call, mobile);

	crypto_digits(code);
	if (!problem)
		problem = store_code(call, use, mobile, code);
	if (problem || !deliver)
		return problem;
	struct notice_order order = {.template = "sms_code", .mobile = mobile, .lang = call->lang,
		.variables = audit_details(call->arena, "minutes", "5", NULL), .secrets = audit_details(call->arena,
		"code", code, NULL)};
	return notice_queue(call, &order, NULL);
}

struct problem *sms_code_check(
	struct call *call, const char *use, const char *mobile, const char *code, bool use_up, bool *right)
{
	unsigned char place[CRYPTO_HASH];
	struct db_result *rows;
	uint64_t affected = 0;

	*right = false;
	place_of(call, use, mobile, place);
	/* The try is taken before the code is looked at: many guesses at once are no more than five. */
	struct problem *problem = db_exec(call->db, call->scope,
		"UPDATE one_time SET tries = tries + 1 WHERE platform_id = :p AND token_hash = ? AND purpose = "
		"'sms_code'"
		" AND tries < ? AND used_at IS NULL AND expires_at > ?",
		DB_ARGS(db_bytes(place, sizeof place), db_int(TRIES), db_time(call_now())), &affected);
	if (problem || !affected || strlen(code) != 6)
		return problem;
	problem = db_select(call->db, call->scope,
		"SELECT payload FROM one_time WHERE platform_id = :p AND token_hash = ?",
		DB_ARGS(db_bytes(place, sizeof place)), &rows);
	if (problem || !rows->rows)
		return problem;
	const char *stored = db_get_text(rows, 0, 0), *hash = hash_code(call, place, code);
	if (!stored || strlen(stored) != strlen(hash) || !crypto_equal(stored, hash, strlen(hash)))
		return NULL;
	/* Of several with the right code one gets it; looking gives the try back. */
	problem = db_exec(call->db, call->scope,
		"UPDATE one_time SET used_at = ?, tries = tries - ? WHERE platform_id = :p AND token_hash = ? AND "
		"used_at IS NULL AND payload = ?",
		DB_ARGS(use_up ? db_time(call_now()) : db_null(), db_int(!use_up), db_bytes(place, sizeof place),
		db_text(stored)), &affected);
	*right = !problem && affected == 1;
	return *right && use_up ? proof_well_spent(call) : problem;
}
