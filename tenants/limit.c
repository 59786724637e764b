#include "tenants/limit.h"

#include <string.h>

#include "core/crypto.h"

struct problem *limit_peek(struct call *call, const char *subject, int window_s, unsigned *used, int *left_s)
{
	struct db_result *found;
	int64_t now = call_now();
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT used, window_start FROM rate_limit WHERE platform_id = :p AND subject = ? AND window_start > ?",
		DB_ARGS(db_text(subject), db_time(now - window_s * 1000LL)), &found);

	*used = 0;
	*left_s = 0;
	if (problem || !found->rows)
		return problem;
	*used = (unsigned)db_get_uint(found, 0, 0);
	*left_s = (int)((db_get_time(found, 0, 1) + window_s * 1000LL - now + 999) / 1000);
	return NULL;
}

struct problem *limit_count(struct call *call, const char *subject, int window_s, unsigned *used)
{
	int64_t now = call_now();
	int left;
	/* MariaDB assigns from left to right: `used` still sees the old window. */
	struct problem *problem = db_exec(call->db, call->scope,
		"INSERT INTO rate_limit (platform_id, subject, window_start, used) VALUES (:p, ?, ?, 1)"
		" ON DUPLICATE KEY UPDATE used = IF(window_start > ?, used + 1, 1),"
		" window_start = IF(window_start > ?, window_start, VALUES(window_start))",
		DB_ARGS(db_text(subject), db_time(now), db_time(now - window_s * 1000LL), db_time(now - window_s * 1000LL)), NULL);

	return problem ? problem : limit_peek(call, subject, window_s, used, &left);
}

struct problem *limit_take(struct call *call, const char *subject, unsigned most, int window_s)
{
	unsigned used;
	int left;
	struct problem *problem = limit_peek(call, subject, window_s, &used, &left);

	if (!problem && used < most)
		problem = limit_count(call, subject, window_s, &used);
	else if (!problem)
		used = most + 1;
	if (problem || used <= most)
		return problem;
	problem = problem_new(call->arena, &PROBLEM_RATE);
	problem->retry_after = left > 0 ? left : 1;
	return problem;
}

struct problem *limit_clear(struct call *call, const char *subject)
{
	return db_exec(call->db, call->scope, "DELETE FROM rate_limit WHERE platform_id = :p AND subject = ?",
	               DB_ARGS(db_text(subject)), NULL);
}

const char *limit_subject(struct call *call, const char *what, const char *text)
{
	unsigned char hash[CRYPTO_HASH];
	char hex[33];

	crypto_blind_index(call->services->keys, what, text, hash);
	crypto_hex(hash, 16, hex);
	return arena_printf(call->arena, "%s:%s", what, hex);
}
