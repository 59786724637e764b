#include "tenants/account/guess.h"

#include <string.h>

#include "core/crypto/crypto.h"
#include "core/http/request.h"
#include "core/text/fold.h"
#include "core/text/mobile.h"
#include "tenants/platform/limit.h"
#include "tenants/platform/services.h"
#include "tenants/policy/policy.h"

#define DEVICE_COOKIE "qilian_device"
enum { DEVICE_S = 180 * 86400, DEVICE_ID = 16, ALL_MAX = 6 };

/* --- whose --- */

/* A mobile, or a name without case, width and space around it. */
static const char *one_spelling(struct call *call, const char *login)
{
	const char *mobile = mobile_read(call->arena, login);

	if (mobile)
		return mobile;
	char *text = fold_text(call->arena, login);
	size_t len = strlen(text);
	while (len && text[len - 1] == ' ')
		text[--len] = '\0';
	return text + strspn(text, " ");
}

struct guess guess_of_login(struct call *call, const char *login)
{
	const char *what = arena_printf(call->arena, "guess.login.%u", call->network_id);

	return (struct guess){limit_everywhere(call), limit_subject(call, what, one_spelling(call, login))};
}

struct guess guess_of_self(struct call *call, struct uuid account_id)
{
	return (struct guess){call->scope, limit_subject(call, "guess.self", uuid_text(call->arena, account_id))};
}

struct guess guess_of_factor(struct call *call, struct uuid account_id)
{
	return (struct guess){call->scope, limit_subject(call, "guess.factor", uuid_text(call->arena, account_id))};
}

/* --- known devices: "<account>/<ends of access>/<device>", sealed for the platform --- */

static const char *device_context(struct call *call)
{
	return arena_printf(call->arena, "guess.device/%u", call->platform_id);
}

static const char *device_owner(struct call *call, const struct credential *credential)
{
	return arena_printf(
		call->arena, "%s/%u/", uuid_text(call->arena, credential->account_id), (unsigned)credential->access_no);
}

bool guess_of_device(struct call *call, const struct credential *credential, bool factor, struct guess *out)
{
	const char *cookie = call->request ? request_cookie(call->request, DEVICE_COOKIE) : NULL,
		   *owner = device_owner(call, credential);
	size_t size = 0;
	unsigned char *sealed = cookie && *cookie ? crypto_unbase64url(call->arena, cookie, &size) : NULL;
	const char *device = sealed
		? crypto_open(call->services->keys, call->arena, device_context(call), sealed, size, &size)
		: NULL;

	if (!device || strncmp(device, owner, strlen(owner)) != 0)
		return false;
	*out = (struct guess){
		call->scope, limit_subject(call, factor ? "guess.device.factor" : "guess.device", device)};
	return true;
}

void guess_remember_device(struct call *call, const struct credential *credential)
{
	struct guess known;
	size_t size;

	if (!call->request || guess_of_device(call, credential, false, &known))
		return;
	const char *device =
		arena_printf(call->arena, "%s%s", device_owner(call, credential), crypto_token(call->arena, DEVICE_ID));
	const unsigned char *sealed =
		crypto_seal(call->services->keys, call->arena, device_context(call), device, strlen(device), &size);
	request_set_cookie(call->request, DEVICE_COOKIE, crypto_base64url(call->arena, sealed, size), DEVICE_S);
}

/* --- counts --- */

static const char *lock_of(struct call *call, const struct guess *guess)
{
	return arena_printf(call->arena, "%s.rest", guess->subject);
}

struct problem *guess_rests_for(struct call *call, const struct guess *guess, int *seconds)
{
	const struct policy *policy;
	unsigned used = 0;
	struct problem *problem = services_policy(call, &policy);

	*seconds = 0;
	if (!problem)
		problem = limit_peek_in(
			call, guess->scope, lock_of(call, guess), policy->sign_in.lock_minutes * 60, &used, seconds);
	if (!used)
		*seconds = 0;
	return problem;
}

struct problem *guess_failed(struct call *call, const struct guess *guess, bool *locks)
{
	const struct policy *policy;
	unsigned used;
	struct problem *problem = services_policy(call, &policy);

	*locks = false;
	if (!problem)
		problem =
			limit_count_in(call, guess->scope, guess->subject, policy->sign_in.window_minutes * 60, &used);
	if (problem || used < (unsigned)policy->sign_in.failures)
		return problem;
	*locks = true;
	problem = limit_count_in(call, guess->scope, lock_of(call, guess), policy->sign_in.lock_minutes * 60, &used);
	/* Behind the rest it begins anew. */
	return problem ? problem : limit_clear_in(call, guess->scope, guess->subject);
}

/* Under what its people are known: counts of logins and of the second factor; devices and confirmations end by
 * themselves. */
static size_t all_of(struct call *call, const struct credential *credential, struct guess out[ALL_MAX])
{
	size_t count = 0;

	if (credential->user_name)
		out[count++] = guess_of_login(call, credential->user_name);
	if (credential->mobile)
		out[count++] = guess_of_login(call, credential->mobile);
	out[count++] = guess_of_factor(call, credential->account_id);
	out[count++] = guess_of_self(call, credential->account_id);
	return count;
}

/* Own counts and those over the network lie in two scopes. */
static size_t subjects_of(struct call *call, const struct guess *all, size_t count, bool everywhere, bool locks_alone,
	const char **subjects)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++) {
		if ((all[i].scope.platform_id == LIMIT_EVERYWHERE) != everywhere)
			continue;
		subjects[found++] = lock_of(call, &all[i]);
		if (!locks_alone)
			subjects[found++] = all[i].subject;
	}
	return found;
}

static struct problem *forget(struct call *call, const struct guess *all, size_t count, bool everywhere)
{
	const char *subjects[2 * ALL_MAX];
	size_t found = subjects_of(call, all, count, everywhere, false, subjects);

	return limit_clear_all(call, everywhere ? limit_everywhere(call) : call->scope, subjects, found);
}

struct problem *guess_account_rests(struct call *call, const struct credential *credential, bool *rests)
{
	struct guess all[ALL_MAX];
	const char *subjects[ALL_MAX];
	const struct policy *policy;
	size_t count = all_of(call, credential, all);
	struct problem *problem = services_policy(call, &policy);

	*rests = false;
	for (int everywhere = 0; !problem && !*rests && everywhere < 2; everywhere++) {
		size_t found = subjects_of(call, all, count, everywhere, true, subjects);
		problem = limit_any_in(call, everywhere ? limit_everywhere(call) : call->scope, subjects, found,
			policy->sign_in.lock_minutes * 60, rests);
	}
	return problem;
}

struct problem *guess_forget(struct call *call, const struct credential *credential)
{
	struct guess all[ALL_MAX];
	size_t count = all_of(call, credential, all);

	for (int factor = 0; factor < 2; factor++)
		count += guess_of_device(call, credential, factor, &all[count]);
	struct problem *problem = forget(call, all, count, true);
	return problem ? problem : forget(call, all, count, false);
}
