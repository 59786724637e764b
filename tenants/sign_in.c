#include "tenants/sign_in.h"

#include <string.h>

#include "core/json.h"
#include "tenants/account_directory.h"
#include "tenants/audit.h"
#include "tenants/limit.h"
#include "tenants/one_time.h"
#include "tenants/services.h"
#include "tenants/session.h"

enum { TICKET_MS = 5 * 60 * 1000, TICKET_TRIES = 5 };

const struct problem_kind PROBLEM_SIGN_IN_REFUSED = {"sign-in-refused", 401, "账号或密码不正确。", "The account or the password is wrong."};
const struct problem_kind PROBLEM_SIGN_IN_LOCKED = {"sign-in-locked", 429, "尝试次数过多，该账号已暂时锁定，请稍后再试，或用短信验证码登录。",
	"Too many attempts: the account is locked for a while. Try later, or sign in with an SMS code."};
const struct problem_kind PROBLEM_ACCOUNT_STATE = {"account-disabled", 403, "该账号已停用或注销，请联系平台管理员。",
	"This account is disabled or closed; ask the platform's administrator."};
const struct problem_kind PROBLEM_SIGN_IN_WAY = {"sign-in-way", 403, "本平台未开放此登录方式。", "This platform does not offer this way to sign in."};
const struct problem_kind PROBLEM_NEEDS_PASSWORD = {"password-change-required", 403, "请先修改密码，再进行其他操作。",
	"Change your password first."};
const struct problem_kind PROBLEM_NEEDS_TOTP = {"second-factor-required", 403, "本平台要求双因素登录，请先绑定动态口令。",
	"This platform asks for two factors: set up an authenticator first."};
static const struct problem_kind second_factor_refused = {"second-factor-refused", 401, "动态口令不正确，请核对后再试。",
	"The code of the authenticator is wrong; check it and try again."};

struct problem *sign_in_needs_problem(struct arena *arena, const char *needs)
{
	return problem_new(arena, strcmp(needs, "totp") == 0 ? &PROBLEM_NEEDS_TOTP : &PROBLEM_NEEDS_PASSWORD);
}

static struct problem *locked(struct call *call, int seconds)
{
	struct problem *problem = problem_new(call->arena, &PROBLEM_SIGN_IN_LOCKED);

	problem->retry_after = seconds > 0 ? seconds : 1;
	return problem;
}

/* A name that nobody has: the same work, the same lock, the same words. */
static struct problem *refuse_unknown(struct call *call, const struct policy_sign_in *policy, const char *login, const char *password)
{
	const char *subject = limit_subject(call, "sign-in", login);
	int window = policy->window_minutes * 60, left;
	unsigned used;
	bool matches;
	struct problem *problem = limit_peek(call, subject, window, &used, &left);

	if (problem)
		return problem;
	if (used >= (unsigned)policy->failures)
		return locked(call, left);
	problem = credential_verify(call, NULL, password, &matches);
	if (!problem)
		problem = limit_count(call, subject, window, &used);
	if (!problem)
		problem = audit_add(call, "account.sign_in_failed", "account", uuid_v7(), audit_details(call->arena, "why", "unknown", NULL));
	return problem ? problem : problem_new(call->arena, &PROBLEM_SIGN_IN_REFUSED);
}

/* Each account is looked at, counted and locked where it is at home. */
static struct call *home_of(struct call *call, const struct credential *credential)
{
	return credential->at ? credential->at : call;
}

/* Whose password it is among those that the login can mean; *found NULL if nobody's. */
static struct problem *find_match(struct call *call, struct credential *candidates, size_t count, const char *password,
                                  struct credential **found, int *locked_for)
{
	*found = NULL;
	for (size_t i = 0; i < count; i++) {
		bool matches = false;
		int left = credential_locked_for(&candidates[i]);
		if (left) {
			*locked_for = left;
			continue;
		}
		struct problem *problem = credential_verify(home_of(call, &candidates[i]), &candidates[i], password, &matches);
		if (problem)
			return problem;
		if (matches) {
			*found = &candidates[i];
			return NULL;
		}
	}
	return NULL;
}

static struct problem *refuse(struct call *call, struct credential *candidates, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct call *home = home_of(call, &candidates[i]);
		const struct policy *policy;
		if (credential_locked_for(&candidates[i]))
			continue;
		struct problem *problem = services_policy(home, &policy);
		if (!problem)
			problem = credential_fail(home, &policy->sign_in, &candidates[i], "password");
		if (problem)
			return problem;
	}
	return problem_new(call->arena, &PROBLEM_SIGN_IN_REFUSED);
}

/* Among those that the login can mean. */
static struct problem *prove(struct call *call, const char *login, const char *password, struct credential *candidates, size_t count,
                             struct credential **out)
{
	const struct policy *policy;
	struct credential *found;
	int locked_for = 0;
	bool late = false;
	struct problem *problem = services_policy(call, &policy);

	*out = NULL;
	if (problem)
		return problem;
	if (!count)
		return refuse_unknown(call, &policy->sign_in, login, password);
	problem = find_match(call, candidates, count, password, &found, &locked_for);
	if (problem)
		return problem;
	if (!found && locked_for)
		return locked(call, locked_for);
	if (!found)
		return refuse(call, candidates, count);
	problem = credential_pass(home_of(call, found), found, &late);
	if (!problem && late)
		return locked(call, policy->sign_in.lock_minutes * 60);
	*out = found;
	return problem;
}

struct problem *sign_in_prove(struct call *call, const char *login, const char *password, struct credential **out)
{
	struct credential *candidates;
	size_t count;
	struct problem *problem = credential_by_login(call, login, &candidates, &count);

	*out = NULL;
	return problem ? problem : prove(call, login, password, candidates, count, out);
}

struct problem *sign_in_prove_in_network(struct call *call, const char *login, const char *password, struct credential **out)
{
	struct credential *here, *elsewhere;
	size_t here_count, elsewhere_count;
	struct problem *problem = credential_by_login(call, login, &here, &here_count);

	*out = NULL;
	if (!problem)
		problem = account_directory_by_login(call, login, &elsewhere, &elsewhere_count);
	if (problem)
		return problem;
	/* This platform's own come first: who is at home in both places stays here. */
	struct credential *all = ARENA_ARRAY(call->arena, struct credential, here_count + elsewhere_count + 1);
	if (here_count)
		memcpy(all, here, here_count * sizeof *all);
	if (elsewhere_count)
		memcpy(all + here_count, elsewhere, elsewhere_count * sizeof *all);
	return prove(call, login, password, all, here_count + elsewhere_count, out);
}

struct problem *sign_in_open(struct call *call, const struct credential *credential, const char *how)
{
	const struct policy *policy;
	struct problem *problem = services_policy(call, &policy);

	return problem ? problem : session_open(call, credential->account_id, credential->access_no, credential_needs(policy, credential), how);
}

/* The ticket is worth what the first factor was: nothing after an end of access. */
static struct json_object *ticket_payload(struct call *call, const struct credential *credential, const char *how)
{
	return audit_details(call->arena, "how", how, "access_no", arena_printf(call->arena, "%u", credential->access_no), NULL);
}

bool sign_in_ticket_holds(struct call *call, const struct one_time *ticket, const struct credential *credential)
{
	const char *given = json_get_text(ticket->payload, "access_no");

	return given && strcmp(given, arena_printf(call->arena, "%u", credential->access_no)) == 0;
}

struct problem *sign_in_complete(struct call *call, const struct credential *credential, const char *how, struct sign_in_result *out)
{
	out->ticket = NULL;
	if (strcmp(credential->state, "active") != 0)
		return problem_new(call->arena, &PROBLEM_ACCOUNT_STATE);
	if (!credential->totp)
		return sign_in_open(call, credential, how);
	return one_time_issue(call, "second_factor", uuid_text(call->arena, credential->account_id), ticket_payload(call, credential, how),
	                      TICKET_MS, &out->ticket);
}

struct problem *sign_in_second_factor(struct call *call, const char *ticket, const char *code)
{
	const struct policy *policy;
	struct credential *credential = NULL;
	struct one_time *one_time;
	struct uuid id;
	bool right, taken;
	struct problem *problem = services_policy(call, &policy);

	if (!problem)
		problem = one_time_look(call, "second_factor", ticket, &one_time);
	if (problem)
		return problem;
	if (!one_time || !uuid_parse(one_time->subject, &id))
		return problem_new(call->arena, &PROBLEM_LINK);
	problem = credential_by_id(call, id, &credential);
	if (problem || !credential || !sign_in_ticket_holds(call, one_time, credential))
		return problem ? problem : problem_new(call->arena, &PROBLEM_LINK);
	int left = credential_locked_for(credential);
	if (left)
		return locked(call, left);
	problem = credential_check_totp(call, credential, code, &right);
	if (!problem && !right) {
		problem = one_time_fail(call, one_time, TICKET_TRIES);
		if (!problem)
			problem = credential_fail(call, &policy->sign_in, credential, "second factor");
		return problem ? problem : problem_new(call->arena, &second_factor_refused);
	}
	if (!problem)
		problem = one_time_take(call, one_time, &taken);
	if (problem || !taken)
		return problem ? problem : problem_new(call->arena, &PROBLEM_LINK);
	const char *how = json_get_text(one_time->payload, "how");
	return sign_in_open(call, credential, arena_printf(call->arena, "%s+totp", how ? how : "?"));
}
