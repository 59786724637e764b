#include "tenants/account/credential.h"

#include <ctype.h>
#include <string.h>

#include "core/crypto/crypto.h"
#include "core/crypto/totp.h"
#include "core/diag.h"
#include "core/record/endpoint.h"
#include "core/text/json.h"
#include "core/text/mobile.h"
#include "tenants/account/access.h"
#include "tenants/account/guess.h"
#include "tenants/account/password.h"
#include "tenants/account/session.h"
#include "tenants/platform/audit.h"
#include "tenants/platform/services.h"

#define COLUMNS \
	"SELECT id, user_name, name, kind, state, institution_id, mobile_sealed, password_hash, password_history," \
	" password_changed_at, must_change, totp_sealed, totp_step, access_no FROM account WHERE platform_id = :p AND "

static const char *open_sealed(struct call *call, const struct db_result *rows, size_t row, size_t column,
	const char *what, struct uuid id, size_t *size)
{
	const struct db_value *value = db_get(rows, row, column);
	const char *context = arena_printf(call->arena, "account.%s/%s", what, uuid_text(call->arena, id));

	return value->type == DB_NULL
		? NULL
		: crypto_open(call->services->keys, call->arena, context, value->s.data, value->s.len, size);
}

static void read_row(struct call *call, const struct db_result *rows, size_t row, struct credential *out)
{
	size_t size = 0;

	db_get_id(rows, row, 0, &out->account_id);
	out->user_name = db_get_text(rows, row, 1);
	out->name = db_get_text(rows, row, 2);
	out->kind = db_get_text(rows, row, 3);
	out->state = db_get_text(rows, row, 4);
	db_get_id(rows, row, 5, &out->institution_id);
	out->mobile = open_sealed(call, rows, row, 6, "mobile", out->account_id, &size);
	out->password_hash = db_get_text(rows, row, 7);
	out->password_history = db_get_text(rows, row, 8);
	out->password_changed_at = db_get_time(rows, row, 9);
	out->must_change = db_get_int(rows, row, 10) != 0;
	out->totp = (const unsigned char *)open_sealed(call, rows, row, 11, "totp", out->account_id, &size);
	out->totp_step = db_get_uint(rows, row, 12);
	out->access_no = (uint32_t)db_get_uint(rows, row, 13);
}

static struct problem *read_rows(struct call *call, struct problem *problem, const struct db_result *rows,
	struct credential **out, size_t *count)
{
	*out = NULL;
	*count = 0;
	if (problem || !rows->rows)
		return problem;
	*count = rows->rows;
	*out = ARENA_ARRAY(call->arena, struct credential, rows->rows);
	for (size_t i = 0; i < rows->rows; i++)
		read_row(call, rows, i, &(*out)[i]);
	return NULL;
}

struct problem *credential_by_id(struct call *call, struct uuid account_id, struct credential **out)
{
	struct db_result *rows = NULL;
	size_t count;
	struct problem *problem =
		db_select(call->db, call->scope, COLUMNS "id = ?", DB_ARGS(db_id(&account_id)), &rows);

	return read_rows(call, problem, rows, out, &count);
}

struct problem *credential_still(
	struct call *call, struct uuid account_id, const struct problem_kind *gone, struct credential **out)
{
	struct problem *problem = credential_by_id(call, account_id, out);

	return problem || *out ? problem : problem_new(call->arena, gone);
}

struct problem *credential_by_user_name(struct call *call, const char *user_name, struct credential **out)
{
	struct db_result *rows = NULL;
	size_t count;
	struct problem *problem = db_select(call->db, call->scope,
		COLUMNS "user_key = LOWER(?) ORDER BY user_name = ? DESC, user_twin LIMIT 1",
		DB_ARGS(db_text(user_name), db_text(user_name)), &rows);

	return read_rows(call, problem, rows, out, &count);
}

struct problem *credential_by_mobile(
	struct call *call, const char *mobile, const char *kind, struct credential **out, size_t *count)
{
	unsigned char index[CRYPTO_HASH];
	struct db_result *rows = NULL;

	crypto_blind_index(call->services->keys, "account.mobile", mobile, index);
	struct problem *problem = db_select(call->db, call->scope,
		COLUMNS "mobile_index = ? AND (? IS NULL OR kind = ?) ORDER BY kind",
		DB_ARGS(db_bytes(index, sizeof index), db_text(kind), db_text(kind)), &rows);
	return read_rows(call, problem, rows, out, count);
}

struct problem *credential_by_login(struct call *call, const char *login, struct credential **out, size_t *count)
{
	const char *mobile = mobile_read(call->arena, login);

	*count = 0;
	if (mobile)
		return credential_by_mobile(call, mobile, NULL, out, count);
	struct problem *problem = credential_by_user_name(call, login, out);
	*count = !problem && *out;
	return problem;
}

bool credential_is_staff(const struct credential *credential)
{
	return strcmp(credential->kind, "staff") == 0;
}

/* --- failures --- */

struct failure {
	struct call *call;
	const struct credential *credential;
	const char *why;
	bool locks;
};

static struct problem *write_failure(struct db *db, void *arg)
{
	const struct failure *failure = arg;
	const struct credential *credential = failure->credential;
	struct call *call = failure->call;
	/* A name that nobody has leaves as much behind, in the same time. */
	struct uuid id = credential ? credential->account_id : uuid_v7();
	const char *name = credential ? credential->name : NULL;
	(void)db;
	struct problem *problem = audit_add_by(call, id, name, "account.sign_in_failed", "account", id,
	                                       audit_details(call->arena, "why", failure->why, NULL));
	return problem || !failure->locks ? problem
					  : audit_add_by(call, id, name, "account.locked", "account", id, NULL);
}

struct problem *credential_note_failure(
	struct call *call, const struct credential *credential, const char *why, bool locks)
{
	struct failure failure = {call, credential, why, locks};

	return db_transaction(call->db, write_failure, &failure);
}

/* --- passwords --- */

/* A hash takes tens of milliseconds of a processor: whoever forgets the lane is told at the first test, not by those
 * who wait. */
static struct problem *check_lane(struct call *call)
{
	if (!call->endpoint || call->endpoint->lane == LANE_PASSWORD)
		return NULL;
	diag_error(NULL, "%s computes password hashes outside `lane: password`", call->endpoint->name);
	return problem_new(call->arena, &PROBLEM_INTERNAL);
}

struct problem *credential_prepare_password(struct call *call, const struct credential *credential, const char *pointer,
                                            const char *password, const char **encoded)
{
	const struct policy *policy;
	struct crypto_hasher *hasher = services_of(call)->hasher;
	struct problem *problem = services_policy(call, &policy);

	if (!problem)
		problem = check_lane(call);
	if (problem)
		return problem;
	struct password_rules rules = password_rules_of(&policy->password, credential_is_staff(credential));
	problem = password_check(call->arena, &rules, pointer, password, credential->user_name, credential->mobile);
	if (!problem)
		problem = password_check_history(
			hasher, call->arena, &rules, pointer, credential->password_history, password);
	return problem ? problem : crypto_password_hash(hasher, call->arena, password, encoded);
}

struct problem *credential_store_password(
	struct call *call, const struct credential *credential, const char *encoded, bool by_other)
{
	const struct policy *policy;
	uint64_t affected = 0;
	struct problem *problem = services_policy(call, &policy);

	if (problem)
		return problem;
	struct password_rules rules = password_rules_of(&policy->password, credential_is_staff(credential));
	problem = db_exec(call->db, call->scope,
		"UPDATE account SET password_hash = ?, password_history = ?, password_changed_at = ?, must_change = ?"
		" WHERE platform_id = :p AND id = ? AND access_no = ?",
		DB_ARGS(db_text(encoded),
			db_text(password_history_add(call->arena, &rules, credential->password_history, encoded)),
			db_time(call_now()), db_int(by_other), db_id(&credential->account_id),
			db_uint(credential->access_no)),
		&affected);
	/* Proven before somebody ended all access: worth nothing after it. */
	if (!problem && !affected)
		problem = problem_new(call->arena, &PROBLEM_SIGN_IN_AGAIN);
	if (!problem)
		problem = guess_forget(call, credential);
	return problem ? problem : audit_add(call, "account.password_set", "account", credential->account_id, NULL);
}

struct password_change {
	struct call *call;
	const struct credential *credential;
	const char *encoded;
	enum credential_setter setter;
	const unsigned char *keep;
};

static struct problem *change_password(struct db *db, void *arg)
{
	struct password_change *change = arg;
	struct problem *problem = credential_store_password(
		change->call, change->credential, change->encoded, change->setter == CREDENTIAL_BY_OTHER);

	return problem ? problem
		       : access_end(change->call, change->credential->account_id,
				 change->setter == CREDENTIAL_BY_OLD ? ACCESS_LINKS : ACCESS_IDENTITIES, change->keep);
}

struct problem *credential_set_password(struct call *call, struct credential *credential, const char *pointer,
	const char *password, enum credential_setter setter, const unsigned char *keep)
{
	struct password_change change = {call, credential, NULL, setter, keep};
	struct problem *problem = credential_prepare_password(call, credential, pointer, password, &change.encoded);

	return problem ? problem : db_transaction(call->db, change_password, &change);
}

struct problem *credential_verify(
	struct call *call, const struct credential *credential, const char *password, bool *matches)
{
	struct crypto_hasher *hasher = services_of(call)->hasher;
	bool outdated = false;
	const char *encoded;
	struct problem *problem = check_lane(call);

	if (!problem)
		problem = crypto_password_verify(hasher, call->arena, credential ? credential->password_hash : NULL,
			password, matches, &outdated);

	if (problem || !credential || !*matches || !outdated)
		return problem;
	problem = crypto_password_hash(hasher, call->arena, password, &encoded);
	return problem ? problem : db_exec(call->db, call->scope,
		"UPDATE account SET password_hash = ? WHERE platform_id = :p AND id = ? AND password_hash = ?",
		DB_ARGS(db_text(encoded), db_id(&credential->account_id), db_text(credential->password_hash)), NULL);
}

/* --- the second factor --- */

struct problem *credential_set_totp(
	struct call *call, struct uuid account_id, const unsigned char *secret, uint64_t step)
{
	const char *context = arena_printf(call->arena, "account.totp/%s", uuid_text(call->arena, account_id));
	size_t size = 0;
	const void *sealed =
		secret ? crypto_seal(call->services->keys, call->arena, context, secret, TOTP_SECRET, &size) : NULL;

	return db_exec(call->db, call->scope,
		"UPDATE account SET totp_sealed = ?, totp_step = ? WHERE platform_id = :p AND id = ?",
		DB_ARGS(sealed ? db_bytes(sealed, size) : db_null(), db_uint(step), db_id(&account_id)), NULL);
}

struct problem *credential_check_totp(
	struct call *call, const struct credential *credential, const char *code, bool *right)
{
	uint64_t step, affected = 0;

	*right = false;
	if (!credential->totp ||
		!totp_check(credential->totp, TOTP_SECRET, call_now() / 1000, credential->totp_step, code, &step))
		return NULL;
	/* Two requests with one code: the second finds the step taken. */
	struct problem *problem = db_exec(call->db, call->scope,
		"UPDATE account SET totp_step = ? WHERE platform_id = :p AND id = ? AND totp_step < ?",
		DB_ARGS(db_uint(step), db_id(&credential->account_id), db_uint(step)), &affected);
	*right = !problem && affected == 1;
	return problem;
}

const char *credential_needs(const struct policy *policy, const struct credential *credential)
{
	int days = policy->password.staff_max_age_days;

	if (credential->must_change)
		return "password";
	if (!credential_is_staff(credential))
		return NULL;
	if (days && credential->password_changed_at && call_now() - credential->password_changed_at > days * 86400000LL)
		return "password";
	return policy->sign_in.staff_second_factor && !credential->totp ? "totp" : NULL;
}

struct problem *credential_check_user_name(struct arena *arena, const char *pointer, const char *user_name, int min)
{
	size_t len = strlen(user_name);

	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)user_name[i]) && user_name[i] != '_')
			len = 0;
	if (len >= (size_t)min && len <= 30 && !mobile_read(arena, user_name))
		return NULL;
	return problem_add_field(arena, NULL, pointer, "user-name",
		arena_printf(arena, "用户名为 %d–30 个字母、数字或下划线，且不能是手机号。", min),
		arena_printf(arena, "A user name is %d to 30 letters, digits or _, and no mobile number.", min));
}
