#include "tenants/account/account_directory.h"

#include "core/crypto/crypto.h"
#include "core/text/mobile.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/services.h"

/* The same request on another platform, as somebody who is not signed in there. */
struct problem *account_directory_call(struct call *call, const struct platform *platform, struct call **out)
{
	*out = ARENA_NEW(call->arena, struct call);
	**out = *call;
	(*out)->actor = (struct actor){.roles = ROLE_PUBLIC, .client = call->actor.client};
	(*out)->session = NULL;
	(*out)->api_key = false;
	return services_enter(*out, platform);
}

static struct problem *read_found(
	struct call *call, const struct db_result *rows, struct credential **out, size_t *count)
{
	*out = ARENA_ARRAY(call->arena, struct credential, rows->rows + 1);
	for (size_t i = 0; i < rows->rows; i++) {
		const struct platform *platform =
			platform_by_id(services_directory(call), (uint32_t)db_get_uint(rows, i, 0));
		struct credential *credential = NULL;
		struct call *there;
		struct uuid id;
		if (!platform || !platform->main_host || !db_get_id(rows, i, 1, &id))
			continue;
		struct problem *problem = account_directory_call(call, platform, &there);
		if (!problem)
			problem = credential_by_id(there, id, &credential);
		if (problem)
			return problem;
		if (!credential)
			continue;
		credential->at = there;
		(*out)[(*count)++] = *credential;
	}
	return NULL;
}

/* Only where the login is known is asked across platforms, by a key that each has an index for. */
#define FIND \
	"SELECT a.platform_id, a.id FROM tenant t JOIN account a ON a.platform_id = t.id WHERE t.network = ? AND " \
	"t.id <> ?" \
	" AND a.kind <> 'visitor' AND a.state <> 'closed' AND "

static struct problem *find(struct call *call, const char *sql, struct db_value key, const char *kind,
	struct credential **out, size_t *count)
{
	struct db_result *rows;

	*out = NULL;
	*count = 0;
	struct problem *problem = db_select(call->db, db_all_platforms("one directory of accounts for a network"), sql,
		DB_ARGS(db_uint(call->network_id), db_uint(call->platform_id), key, db_text(kind), db_text(kind),
		db_int(ACCOUNT_DIRECTORY_MAX)), &rows);
	return problem ? problem : read_found(call, rows, out, count);
}

struct problem *account_directory_by_mobile(
	struct call *call, const char *mobile, const char *kind, struct credential **out, size_t *count)
{
	unsigned char index[CRYPTO_HASH];

	crypto_blind_index(call->services->keys, "account.mobile", mobile, index);
	return find(call,
		DB_ACROSS(FIND "a.mobile_index = ? AND (? IS NULL OR a.kind = ?) ORDER BY a.last_sign_in_at DESC, a.id "
			       "LIMIT ?"),
		db_bytes(index, sizeof index), kind, out, count);
}

struct problem *account_directory_by_identity(
	struct call *call, const char *provider, const char *subject, struct credential **out)
{
	struct db_result *rows;
	struct credential *found;
	const struct policy *policy;
	size_t count = 0;

	*out = NULL;
	struct problem *problem = db_select(call->db, db_all_platforms("one directory of accounts for a network"),
		"SELECT e.platform_id, e.account_id FROM tenant t JOIN external_identity e ON e.platform_id = t.id AND "
		"e.provider = ? AND e.subject = ?"
		" WHERE t.network = ? AND t.id <> ? ORDER BY e.bound_at DESC LIMIT ?",
		DB_ARGS(db_text(provider), db_text(subject), db_uint(call->network_id), db_uint(call->platform_id),
		db_int(ACCOUNT_DIRECTORY_MAX)), &rows);
	if (!problem)
		problem = read_found(call, rows, &found, &count);
	for (size_t i = 0; !problem && !*out && i < count; i++) {
		problem = services_policy(found[i].at, &policy);
		if (!problem && policy_list_has(&policy->sign_in.providers, provider))
			*out = &found[i];
	}
	return problem;
}

struct problem *account_directory_by_login(struct call *call, const char *login, struct credential **out, size_t *count)
{
	const char *mobile = mobile_read(call->arena, login);

	if (mobile)
		return account_directory_by_mobile(call, mobile, NULL, out, count);
	return find(call,
		DB_ACROSS(FIND "a.user_key = LOWER(?) AND (? IS NULL OR a.kind = ?) ORDER BY a.last_sign_in_at DESC, "
			       "a.id LIMIT ?"),
		db_text(login), NULL, out, count);
}
