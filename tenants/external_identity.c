#include "tenants/external_identity.h"

#include <string.h>

#include "core/crypto.h"
#include "core/json.h"
#include "core/text.h"
#include "schema/records.gen.h"
#include "tenants/audit.h"
#include "tenants/hand_off.h"
#include "tenants/one_time.h"
#include "tenants/services.h"
#include "tenants/session.h"
#include "tenants/sign_in.h"

#define STATE_COOKIE "qilian_external"

enum { START_MS = 10 * 60 * 1000, BIND_MS = 10 * 60 * 1000 };

const struct problem_kind PROBLEM_EXTERNAL = {"external-identity", 502, "身份提供方暂时无法完成登录，请稍后再试或使用其他方式登录。",
	"The identity provider could not complete the sign-in; try later or another way."};

/* --- which there are --- */

static const struct external_provider *find_provider(const struct services *services, const struct policy *policy, const char *name)
{
	for (size_t i = 0; i < services->provider_count; i++)
		if (strcmp(services->providers[i]->name, name) == 0 && policy_list_has(&policy->sign_in.providers, name))
			return services->providers[i];
	return NULL;
}

static struct problem *path_provider(struct call *call, const struct external_provider **out)
{
	const struct policy *policy;
	struct problem *problem = services_policy(call, &policy);

	*out = problem ? NULL : find_provider(services_of(call), policy, call_path_text(call, 0));
	return problem || *out ? problem : problem_new(call->arena, &PROBLEM_NOT_FOUND);
}

static struct problem *is_bound(struct call *call, const char *provider, bool *bound)
{
	struct db_result *rows;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT 1 FROM external_identity WHERE platform_id = :p AND provider = ? AND account_id = ?",
		DB_ARGS(db_text(provider), db_id(&call->actor.account_id)), &rows);

	*bound = !problem && rows->rows;
	return problem;
}

struct problem *auth_providers(struct call *call)
{
	const struct services *services = services_of(call);
	const struct policy *policy;
	struct problem *problem = services_policy(call, &policy);

	if (problem)
		return problem;
	struct json_writer *w = endpoint_writer(call);
	jw_object_begin(w);
	jw_key(w, "items");
	jw_array_begin(w);
	for (size_t i = 0; i < services->provider_count; i++) {
		const struct external_provider *provider = services->providers[i];
		bool bound = false;
		if (!policy_list_has(&policy->sign_in.providers, provider->name))
			continue;
		problem = is_bound(call, provider->name, &bound);
		if (problem)
			return problem;
		jw_object_begin(w);
		jw_kv_text(w, "name", provider->name);
		jw_kv_text(w, "zh", provider->zh);
		jw_kv_text(w, "en", provider->en);
		jw_kv_bool(w, "bound", bound);
		jw_object_end(w);
	}
	jw_array_end(w);
	jw_object_end(w);
	return NULL;
}

/* --- the way there --- */

static const char *redirect_uri(struct call *call, const struct external_provider *provider)
{
	return arena_printf(call->arena, "%s/api/v1/auth/providers/%s/return", services_origin(call, call->platform), provider->name);
}

struct problem *auth_provider_start(struct call *call, const struct auth_provider_start *in)
{
	const struct external_provider *provider;
	const char *cookie = crypto_token(call->arena, 32), *url;
	struct external_step step = {.verifier = crypto_token(call->arena, 32), .nonce = crypto_token(call->arena, 16)};
	bool known = !uuid_is_nil(call->actor.account_id);
	struct problem *problem = path_provider(call, &provider);

	if (!problem && in->return_path && !hand_off_path_ok(in->return_path))
		problem = problem_add_field(call->arena, NULL, "/return_path", "path", "页面地址不正确。", "This is no path of the site.");
	if (problem)
		return problem;
	step.redirect_uri = redirect_uri(call, provider);
	problem = one_time_issue(call, "external", provider->name,
		audit_details(call->arena, "verifier", step.verifier, "nonce", step.nonce, "cookie", cookie, "path", in->return_path, "account",
		              known ? uuid_text(call->arena, call->actor.account_id) : NULL, NULL), START_MS, &step.state);
	if (!problem)
		problem = provider->ops->begin(provider, call->arena, &step, &url);
	if (problem)
		return problem;
	request_set_cookie(call->request, STATE_COOKIE, cookie, START_MS / 1000);
	struct json_writer *w = endpoint_writer(call);
	jw_object_begin(w);
	jw_kv_text(w, "url", url);
	jw_object_end(w);
	return NULL;
}

/* --- the way back --- */

struct comeback {
	struct call *call;
	const struct external_provider *provider;
	struct one_time *state;
	struct external_person person;
};

static struct problem *go_to(struct call *call, const char *path)
{
	call->request->status = 303;
	request_add_header(call->request, "Location", path);
	return NULL;
}

/* The state must be ours, unused, of this provider, and come with the browser that began. */
static struct problem *take_state(struct comeback *comeback, const struct auth_provider_return *query)
{
	struct call *call = comeback->call;
	const char *cookie = request_cookie(call->request, STATE_COOKIE), *expected;
	bool taken = false;
	struct problem *problem = query->state ? one_time_look(call, "external", query->state, &comeback->state) : NULL;

	if (problem)
		return problem;
	if (!comeback->state || strcmp(comeback->state->subject, comeback->provider->name) != 0)
		return problem_new(call->arena, &PROBLEM_LINK);
	expected = json_get_text(comeback->state->payload, "cookie");
	if (!cookie || !expected || strlen(cookie) != strlen(expected) || !crypto_equal(cookie, expected, strlen(expected)))
		return problem_new(call->arena, &PROBLEM_LINK);
	problem = one_time_take(call, comeback->state, &taken);
	return problem || taken ? problem : problem_new(call->arena, &PROBLEM_LINK);
}

static struct problem *find_account(struct comeback *comeback, struct credential **out)
{
	struct call *call = comeback->call;
	struct db_result *rows;
	struct uuid id;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT account_id FROM external_identity WHERE platform_id = :p AND provider = ? AND subject = ?",
		DB_ARGS(db_text(comeback->provider->name), db_text(comeback->person.subject)), &rows);

	*out = NULL;
	if (problem || !rows->rows || !db_get_id(rows, 0, 0, &id))
		return problem;
	return credential_by_id(call, id, out);
}

struct binding {
	struct call *call;
	const char *provider;
	const char *subject;
	struct uuid account_id;
	bool duplicate;
};

static struct problem *write_binding(struct db *db, void *arg)
{
	struct binding *binding = arg;
	struct call *call = binding->call;
	const char *duplicate = NULL;
	struct problem *problem = db_insert(db, call->scope,
		"INSERT INTO external_identity (platform_id, provider, subject, account_id, bound_at) VALUES (:p, ?, ?, ?, ?)",
		DB_ARGS(db_text(binding->provider), db_text(binding->subject), db_id(&binding->account_id), db_time(call_now())), &duplicate);

	binding->duplicate = duplicate;
	if (problem || duplicate)
		return problem;
	return audit_add(call, "account.identity_bound", "account", binding->account_id, audit_details(call->arena, "provider", binding->provider, NULL));
}

static struct problem *bind(struct call *call, const char *provider, const char *subject, struct uuid account_id)
{
	struct binding binding = {call, provider, subject, account_id, false};
	struct problem *problem = db_transaction(call->db, write_binding, &binding);

	if (problem || !binding.duplicate)
		return problem;
	return problem_detail(call->arena, &PROBLEM_CONFLICT, "该外部身份已绑定到另一账号。", "This identity is bound to another account already.");
}

/* Signed in when it began, and still the same: the identity is added to that account. */
static bool adds_to_own(struct comeback *comeback)
{
	const char *account = json_get_text(comeback->state->payload, "account");
	struct uuid id;

	return account && uuid_parse(account, &id) && uuid_equal(id, comeback->call->actor.account_id);
}

static struct problem *enter(struct comeback *comeback, const struct credential *credential, const char *path)
{
	struct call *call = comeback->call;
	struct sign_in_result result = {NULL};
	struct problem *problem = sign_in_complete(call, credential, comeback->provider->name, &result);

	if (problem)
		return problem;
	return go_to(call, result.ticket ? arena_printf(call->arena, "/sign-in#ticket=%s", result.ticket) : path);
}

static struct problem *offer_binding(struct comeback *comeback)
{
	struct call *call = comeback->call;
	const char *ticket;
	struct problem *problem = one_time_issue(call, "external_bind", comeback->provider->name,
		audit_details(call->arena, "subject", comeback->person.subject, "name", comeback->person.name, NULL), BIND_MS, &ticket);

	return problem ? problem : go_to(call, arena_printf(call->arena, "/sign-in#bind=%s", ticket));
}

struct problem *auth_provider_return(struct call *call, const struct auth_provider_return *query)
{
	struct comeback comeback = {.call = call};
	struct credential *credential = NULL;
	struct problem *problem = path_provider(call, &comeback.provider);

	if (!problem)
		problem = take_state(&comeback, query);
	if (problem)
		return problem;
	request_set_cookie(call->request, STATE_COOKIE, "", 0);
	const char *path = json_get_text(comeback.state->payload, "path");
	struct external_step step = {.redirect_uri = redirect_uri(call, comeback.provider), .state = query->state,
		.verifier = json_get_text(comeback.state->payload, "verifier"), .nonce = json_get_text(comeback.state->payload, "nonce")};
	/* The person said no there, or the provider did. */
	if (query->error || !query->code)
		return go_to(call, "/sign-in#refused");
	problem = comeback.provider->ops->finish(comeback.provider, call->arena, &step, query->code, &comeback.person);
	if (!problem)
		problem = find_account(&comeback, &credential);
	if (problem)
		return problem;
	if (credential)
		return enter(&comeback, credential, path ? path : "/");
	if (!adds_to_own(&comeback))
		return offer_binding(&comeback);
	problem = bind(call, comeback.provider->name, comeback.person.subject, call->actor.account_id);
	return problem ? problem : go_to(call, path ? path : "/");
}

struct problem *auth_provider_bind(struct call *call, const struct auth_bind *in)
{
	struct one_time *ticket;
	struct credential *credential = NULL;
	struct sign_in_result result = {NULL};
	bool taken = false;
	struct problem *problem = one_time_look(call, "external_bind", in->ticket, &ticket);

	if (!problem && !ticket)
		problem = problem_new(call->arena, &PROBLEM_LINK);
	if (!problem)
		problem = sign_in_prove(call, text_narrow(call->arena, in->login), in->password, &credential);
	if (!problem)
		problem = one_time_take(call, ticket, &taken);
	if (!problem && !taken)
		problem = problem_new(call->arena, &PROBLEM_LINK);
	if (!problem)
		problem = bind(call, ticket->subject, json_get_text(ticket->payload, "subject"), credential->account_id);
	if (!problem)
		problem = sign_in_complete(call, credential, ticket->subject, &result);
	if (problem)
		return problem;
	struct json_writer *w = endpoint_writer(call);
	jw_object_begin(w);
	jw_kv_text(w, "account_id", result.ticket ? NULL : uuid_text(call->arena, credential->account_id));
	jw_kv_text(w, "second_factor", result.ticket ? "totp" : NULL);
	jw_kv_text(w, "ticket", result.ticket);
	jw_object_end(w);
	return NULL;
}

struct problem *auth_provider_unbind(struct call *call)
{
	uint64_t affected = 0;
	struct problem *problem = db_exec(call->db, call->scope, "DELETE FROM external_identity WHERE platform_id = :p AND provider = ? AND account_id = ?",
		DB_ARGS(db_text(call_path_text(call, 0)), db_id(&call->actor.account_id)), &affected);

	if (!problem && !affected)
		problem = problem_new(call->arena, &PROBLEM_NOT_FOUND);
	return problem ? problem : audit_add(call, "account.identity_unbound", "account", call->actor.account_id,
	                                     audit_details(call->arena, "provider", call_path_text(call, 0), NULL));
}
