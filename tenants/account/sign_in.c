#include "tenants/account/sign_in.h"

#include <string.h>

#include "core/text/json.h"
#include "core/text/mobile.h"
#include "tenants/account/account_directory.h"
#include "tenants/account/external_identity.h"
#include "tenants/account/guess.h"
#include "tenants/account/one_time.h"
#include "tenants/account/session.h"
#include "tenants/platform/audit.h"
#include "tenants/platform/services.h"

enum { TICKET_MS = 5 * 60 * 1000, TICKET_TRIES = 5 };

const struct problem_kind PROBLEM_SIGN_IN_REFUSED = {
	"sign-in-refused", 401, "账号或密码不正确。", "The account or the password is wrong."};
const struct problem_kind PROBLEM_SIGN_IN_LOCKED = {"sign-in-locked", 429,
	"尝试次数过多，已暂停密码登录，请稍后再试，或用短信验证码登录；已绑定动态口令的，可将密码与动态口令一并提交。",
	"Too many attempts: passwords are not looked at for a while. Try later, sign in with an SMS code, or, if you "
	"have an authenticator, send its code"
	" together with the password."};
const struct problem_kind PROBLEM_ACCOUNT_STATE = {"account-disabled", 403, "该账号已停用或注销，请联系平台管理员。",
	"This account is disabled or closed; ask the platform's administrator."};
const struct problem_kind PROBLEM_SIGN_IN_WAY = {
	"sign-in-way", 403, "本平台未开放此登录方式。", "This platform does not offer this way to sign in."};
const struct problem_kind PROBLEM_NEEDS_PASSWORD = {"password-change-required", 403, "请先修改密码，再进行其他操作。",
	"Change your password first."};
const struct problem_kind PROBLEM_NEEDS_TOTP = {"second-factor-required", 403,
	"本平台要求双因素登录，请先绑定动态口令。",
	"This platform asks for two factors: set up an authenticator first."};
static const struct problem_kind second_factor_refused = {"second-factor-refused", 401,
	"动态口令不正确，请核对后再试。",
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

/* Each account is looked at where it is at home. */
static struct call *home_of(struct call *call, const struct credential *credential)
{
	return credential->at ? credential->at : call;
}

struct attempt {
	struct call *call;
	const char *login, *password;
	const char *code; /* of the second factor, sent along; or NULL */
	struct credential *candidates; /* all that the login can mean */
	size_t count;
	struct guess guess;
	bool both; /* the second factor was right as well */
};

/* A device that the account knows, or its owner who is signed in, have a count of their own. */
static void choose_guess(struct attempt *attempt)
{
	struct call *call = attempt->call;

	attempt->guess = guess_of_login(call, attempt->login);
	for (size_t i = 0; i < attempt->count; i++) {
		const struct credential *credential = &attempt->candidates[i];
		if (credential->at)
			continue;
		if (!uuid_is_nil(call->actor.account_id) && uuid_equal(call->actor.account_id, credential->account_id))
			attempt->guess = guess_of_self(call, credential->account_id);
		else if (!guess_of_device(call, credential, false, &attempt->guess))
			continue;
		return;
	}
}

/* Whose password it is; *found NULL if nobody's. As many hashes are computed for nobody as for the holder of a mobile
 * with an account of each kind: the time tells nothing. */
static struct problem *find_match(const struct attempt *attempt, struct credential **found)
{
	enum { KINDS = 3 };
	struct call *call = attempt->call;
	size_t least = mobile_read(call->arena, attempt->login) ? KINDS : 1;
	struct problem *problem = NULL;
	bool matches = false;

	*found = NULL;
	for (size_t i = 0; !problem && !matches && (i < attempt->count || i < least); i++) {
		struct credential *one = i < attempt->count ? &attempt->candidates[i] : NULL;
		problem = credential_verify(one ? home_of(call, one) : call, one, attempt->password, &matches);
		if (!problem && matches)
			*found = one;
	}
	return problem;
}

static struct problem *note_failures(const struct attempt *attempt, bool locks)
{
	struct problem *problem = NULL;

	if (!attempt->count)
		return credential_note_failure(attempt->call, NULL, "unknown", locks);
	for (size_t i = 0; !problem && i < attempt->count; i++)
		problem = credential_note_failure(
			home_of(attempt->call, &attempt->candidates[i]), &attempt->candidates[i], "password", locks);
	return problem;
}

static struct problem *refuse(const struct attempt *attempt)
{
	bool locks;
	struct problem *problem = guess_failed(attempt->call, &attempt->guess, &locks);

	if (!problem)
		problem = note_failures(attempt, locks);
	return problem ? problem : problem_new(attempt->call->arena, &PROBLEM_SIGN_IN_REFUSED);
}

static struct guess factor_guess(struct call *call, const struct credential *credential)
{
	struct guess guess;

	return guess_of_device(call, credential, true, &guess) ? guess : guess_of_factor(call, credential->account_id);
}

/* A second factor, counted apart from passwords. */
static struct problem *check_factor(
	struct call *call, const struct credential *credential, const char *code, bool *right)
{
	struct guess guess = factor_guess(call, credential);
	bool locks;
	int left;
	struct problem *problem = guess_rests_for(call, &guess, &left);

	*right = false;
	if (problem || left)
		return problem ? problem : locked(call, left);
	problem = credential_check_totp(call, credential, code, right);
	if (problem || *right)
		return problem;
	problem = guess_failed(call, &guess, &locks);
	return problem ? problem : credential_note_failure(call, credential, "second factor", locks);
}

/* While passwords rest: only both factors together get in, and whatever of them is wrong, the answer is that they
 * rest. */
static struct problem *pass_both(struct attempt *attempt, struct credential *found, int left)
{
	bool right = false;

	if (!found || found->at || !found->totp)
		return locked(attempt->call, left);
	struct problem *problem = check_factor(attempt->call, found, attempt->code, &right);
	if (problem && problem->kind != &PROBLEM_SIGN_IN_LOCKED)
		return problem;
	attempt->both = right;
	return right ? NULL : locked(attempt->call, left);
}

static struct problem *prove(struct attempt *attempt, struct credential **out)
{
	struct call *call = attempt->call;
	struct credential *found;
	int left, late;

	*out = NULL;
	choose_guess(attempt);
	struct problem *problem = guess_rests_for(call, &attempt->guess, &left);
	if (!problem && left && !attempt->code)
		problem = locked(call, left);
	if (!problem)
		problem = find_match(attempt, &found);
	if (problem)
		return problem;
	if (left)
		problem = pass_both(attempt, found, left);
	else if (!found)
		problem = refuse(attempt);
	/* Many guesses at once gain nothing: what others got wrong meanwhile counts. */
	if (!problem && !left)
		problem = guess_rests_for(call, &attempt->guess, &late);
	if (!problem && !left && late)
		problem = locked(call, late);
	if (!problem)
		*out = found;
	return problem;
}

struct problem *sign_in_prove(struct call *call, const char *login, const char *password, struct credential **out)
{
	struct attempt attempt = {.call = call, .login = login, .password = password};
	struct problem *problem = credential_by_login(call, login, &attempt.candidates, &attempt.count);

	*out = NULL;
	return problem ? problem : prove(&attempt, out);
}

struct problem *sign_in_prove_in_network(struct call *call, const char *login, const char *password, const char *code,
                                         struct credential **out, bool *both)
{
	struct attempt attempt = {.call = call, .login = login, .password = password, .code = code};
	struct credential *here, *elsewhere;
	size_t here_count, elsewhere_count;
	struct problem *problem = credential_by_login(call, login, &here, &here_count);

	*out = NULL;
	*both = false;
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
	attempt.candidates = all;
	attempt.count = here_count + elsewhere_count;
	problem = prove(&attempt, out);
	/* Sent along without need, it is as good as sent afterwards. */
	if (!problem && code && !attempt.both && (*out)->totp && !(*out)->at) {
		problem = check_factor(call, *out, code, &attempt.both);
		if (!problem && !attempt.both)
			problem = problem_new(call->arena, &second_factor_refused);
	}
	*both = attempt.both;
	return problem;
}

struct problem *sign_in_open(struct call *call, const struct credential *credential, const char *how)
{
	const struct policy *policy;
	struct problem *problem = services_policy(call, &policy);

	if (!problem)
		problem = session_open(
			call, credential->account_id, credential->access_no, credential_needs(policy, credential), how);
	/* Now, and not before the last factor, wrong ones are forgotten. */
	if (!problem)
		problem = guess_forget(call, credential);
	if (!problem)
		guess_remember_device(call, credential);
	return problem;
}

/* The ticket is worth what the first factor was: nothing after an end of access. */
static struct json_object *ticket_payload(
	struct call *call, const struct credential *credential, const char *how, const struct sign_in_bind *bind)
{
	struct json_object *payload = audit_details(
		call->arena, "how", how, "access_no", arena_printf(call->arena, "%u", credential->access_no), NULL);

	sign_in_bind_keep(payload, bind);
	return payload;
}

void sign_in_bind_keep(struct json_object *payload, const struct sign_in_bind *bind)
{
	if (!bind)
		return;
	json_object_object_add(payload, "bind_provider", json_object_new_string(bind->provider));
	json_object_object_add(payload, "bind_subject", json_object_new_string(bind->subject));
}

const struct sign_in_bind *sign_in_bind_of(struct arena *arena, struct json_object *payload)
{
	struct sign_in_bind *bind = ARENA_NEW(arena, struct sign_in_bind);

	*bind = (struct sign_in_bind){json_get_text(payload, "bind_provider"), json_get_text(payload, "bind_subject")};
	return bind->provider && bind->subject ? bind : NULL;
}

bool sign_in_ticket_holds(struct call *call, const struct one_time *ticket, const struct credential *credential)
{
	const char *given = json_get_text(ticket->payload, "access_no");

	return given && strcmp(given, arena_printf(call->arena, "%u", credential->access_no)) == 0;
}

struct problem *sign_in_complete(struct call *call, const struct credential *credential, const char *how,
                                 const struct sign_in_bind *bind, struct sign_in_result *out)
{
	out->ticket = NULL;
	if (strcmp(credential->state, "active") != 0)
		return problem_new(call->arena, &PROBLEM_ACCOUNT_STATE);
	if (credential->totp)
		return one_time_issue(call, "second_factor", uuid_text(call->arena, credential->account_id),
		                      ticket_payload(call, credential, how, bind), TICKET_MS, &out->ticket);
	struct problem *problem = bind ? external_identity_bind(call, bind, credential->account_id) : NULL;
	return problem ? problem : sign_in_open(call, credential, how);
}

struct problem *sign_in_second_factor(struct call *call, const char *ticket, const char *code)
{
	struct credential *credential = NULL;
	struct one_time *one_time;
	struct uuid id;
	bool right, taken;
	struct problem *problem = one_time_look(call, "second_factor", ticket, &one_time);

	if (problem)
		return problem;
	if (!one_time || !uuid_parse(one_time->subject, &id))
		return problem_new(call->arena, &PROBLEM_LINK);
	problem = credential_by_id(call, id, &credential);
	if (problem || !credential || !sign_in_ticket_holds(call, one_time, credential))
		return problem ? problem : problem_new(call->arena, &PROBLEM_LINK);
	problem = check_factor(call, credential, code, &right);
	if (!problem && !right) {
		problem = one_time_fail(call, one_time, TICKET_TRIES);
		return problem ? problem : problem_new(call->arena, &second_factor_refused);
	}
	if (!problem)
		problem = one_time_take(call, one_time, &taken);
	if (problem || !taken)
		return problem ? problem : problem_new(call->arena, &PROBLEM_LINK);
	const struct sign_in_bind *bind = sign_in_bind_of(call->arena, one_time->payload);
	problem = bind ? external_identity_bind(call, bind, credential->account_id) : NULL;
	if (problem)
		return problem;
	const char *how = json_get_text(one_time->payload, "how");
	return sign_in_open(call, credential, arena_printf(call->arena, "%s+totp", how ? how : "?"));
}
