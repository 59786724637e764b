#include "tenants/platform/limit.h"

#include <string.h>

#include "core/buf.h"
#include "core/crypto/crypto.h"

/* Servers see the database's time a little differently. */
enum { CLOCK_SLACK_MS = 5000 };

struct problem *limit_peek_in(
	struct call *call, struct db_scope scope, const char *subject, int window_s, unsigned *used, int *left_s)
{
	struct db_result *found;
	int64_t now = call_now();
	struct problem *problem = db_select(call->db, scope,
		"SELECT used, window_start FROM rate_limit WHERE platform_id = :p AND subject = ? AND window_start > ? "
		"AND window_start <= ?",
		DB_ARGS(db_text(subject), db_time(now - window_s * 1000LL), db_time(now + CLOCK_SLACK_MS)), &found);

	*used = 0;
	*left_s = 0;
	if (problem || !found->rows)
		return problem;
	*used = (unsigned)db_get_uint(found, 0, 0);
	*left_s = (int)((db_get_time(found, 0, 1) + window_s * 1000LL - now + 999) / 1000);
	return NULL;
}

struct problem *limit_count_in(
	struct call *call, struct db_scope scope, const char *subject, int window_s, unsigned *used)
{
	int64_t now = call_now();
	int left;
	/* MariaDB assigns from left to right: `used` still sees the old window. One that begins in the future was begun
	 * by a clock that was ahead. */
	struct problem *problem = db_exec(call->db, scope,
		"INSERT INTO rate_limit (platform_id, subject, window_start, used) VALUES (:p, ?, ?, 1)"
		" ON DUPLICATE KEY UPDATE used = IF(window_start > ? AND window_start <= ?, used + 1, 1),"
		" window_start = IF(window_start > ? AND window_start <= ?, window_start, VALUES(window_start))",
		DB_ARGS(db_text(subject), db_time(now), db_time(now - window_s * 1000LL), db_time(now + CLOCK_SLACK_MS),
		        db_time(now - window_s * 1000LL), db_time(now + CLOCK_SLACK_MS)), NULL);

	return problem ? problem : limit_peek_in(call, scope, subject, window_s, used, &left);
}

struct problem *limit_take_in(
	struct call *call, struct db_scope scope, const char *subject, unsigned most, int window_s)
{
	unsigned used;
	int left;
	struct problem *problem = limit_peek_in(call, scope, subject, window_s, &used, &left);

	if (!problem && used < most)
		problem = limit_count_in(call, scope, subject, window_s, &used);
	else if (!problem)
		used = most + 1;
	if (problem || used <= most)
		return problem;
	problem = problem_new(call->arena, &PROBLEM_RATE);
	problem->retry_after = left > 0 ? left : 1;
	return problem;
}

struct problem *limit_clear_in(struct call *call, struct db_scope scope, const char *subject)
{
	return db_exec(call->db, scope, "DELETE FROM rate_limit WHERE platform_id = :p AND subject = ?",
	               DB_ARGS(db_text(subject)), NULL);
}

/* "… IN (?, ?)" and its values; room for one more is left behind them. */
static const char *in_list(
	struct call *call, const char *begin, const char *const *subjects, size_t count, struct db_value **values)
{
	struct buf *sql = buf_in(call->arena);

	*values = ARENA_ARRAY(call->arena, struct db_value, count + 1);
	buf_text(sql, begin);
	for (size_t i = 0; i < count; i++) {
		buf_text(sql, i ? ", ?" : " (?");
		(*values)[i] = db_text(subjects[i]);
	}
	buf_char(sql, ')');
	return sql->data;
}

struct problem *limit_clear_all(struct call *call, struct db_scope scope, const char *const *subjects, size_t count)
{
	struct db_value *values;

	if (!count)
		return NULL;
	const char *sql =
		in_list(call, "DELETE FROM rate_limit WHERE platform_id = :p AND subject IN", subjects, count, &values);
	return db_exec(call->db, scope, sql, values, count, NULL);
}

struct problem *limit_any_in(
	struct call *call, struct db_scope scope, const char *const *subjects, size_t count, int window_s, bool *any)
{
	struct db_value *values;
	struct db_result *found;

	*any = false;
	if (!count)
		return NULL;
	const char *sql = in_list(
		call, "SELECT 1 FROM rate_limit WHERE platform_id = :p AND subject IN", subjects, count, &values);
	values[count] = db_time(call_now() - window_s * 1000LL);
	struct problem *problem = db_select(call->db, scope,
		arena_printf(call->arena, "%s AND window_start > ? LIMIT 1", sql), values, count + 1, &found);
	*any = !problem && found->rows;
	return problem;
}

struct problem *limit_line_up(struct call *call, const char *what, struct uuid id)
{
	return db_exec(call->db, call->scope,
		"INSERT INTO rate_limit (platform_id, subject, window_start, used) VALUES (:p, ?, ?, 0)"
		" ON DUPLICATE KEY UPDATE used = 0, window_start = VALUES(window_start)",
		DB_ARGS(db_text(arena_printf(call->arena, "line:%s:%s", what, uuid_text(call->arena, id))),
		db_time(call_now())), NULL);
}

struct db_scope limit_everywhere(struct call *call)
{
	return db_platform(LIMIT_EVERYWHERE, call->network_id);
}

struct problem *limit_peek(struct call *call, const char *subject, int window_s, unsigned *used, int *left_s)
{
	return limit_peek_in(call, call->scope, subject, window_s, used, left_s);
}

struct problem *limit_count(struct call *call, const char *subject, int window_s, unsigned *used)
{
	return limit_count_in(call, call->scope, subject, window_s, used);
}

struct problem *limit_take(struct call *call, const char *subject, unsigned most, int window_s)
{
	return limit_take_in(call, call->scope, subject, most, window_s);
}

struct problem *limit_clear(struct call *call, const char *subject)
{
	return limit_clear_in(call, call->scope, subject);
}

const char *limit_subject(struct call *call, const char *what, const char *text)
{
	unsigned char hash[CRYPTO_HASH];
	char hex[33];

	crypto_blind_index(call->services->keys, what, text, hash);
	crypto_hex(hash, 16, hex);
	return arena_printf(call->arena, "%s:%s", what, hex);
}
