#include "tenants/account/external_identity.h"

#include <string.h>

#include "core/crypto/crypto.h"
#include "core/out/fetch.h"
#include "core/text/json.h"
#include "core/text/text.h"
#include "schema/records.gen.h"
#include "tenants/account/account_directory.h"
#include "tenants/account/hand_off.h"
#include "tenants/account/home_entry.h"
#include "tenants/account/one_time.h"
#include "tenants/account/session.h"
#include "tenants/account/sign_in.h"
#include "tenants/platform/audit.h"
#include "tenants/platform/services.h"

#define STATE_COOKIE "qilian_external"

enum { START_MS = 10 * 60 * 1000, BIND_MS = 10 * 60 * 1000 };

const struct problem_kind PROBLEM_EXTERNAL = {"external-identity", 502,
	"身份提供方暂时无法完成登录，请稍后再试或使用其他方式登录。",
	"The identity provider could not complete the sign-in; try later or another way."};

static const struct problem_kind PROBLEM_IDENTITY_TAKEN = {"identity-taken", 409, "该外部身份已绑定到另一账号。",
	"This identity is bound to another account already."};

/* --- which there are --- */

static const struct external_provider *find_provider(
	const struct services *services, const struct policy *policy, const char *name)
{
	for (size_t i = 0; i < services->provider_count; i++)
		if (strcmp(services->providers[i]->name, name) == 0 &&
			policy_list_has(&policy->sign_in.providers, name))
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
	return arena_printf(call->arena, "%s/api/v1/auth/providers/%s/return", services_origin(call, call->platform),
		provider->name);
}

struct problem *auth_provider_start(struct call *call, const struct auth_provider_start *in)
{
	const struct external_provider *provider;
	const char *cookie = crypto_token(call->arena, 32), *url;
	struct external_step step = {.verifier = crypto_token(call->arena, 32), .nonce = crypto_token(call->arena, 16)};
	bool known = !uuid_is_nil(call->actor.account_id);
	struct problem *problem = path_provider(call, &provider);

	if (!problem && in->return_path && !hand_off_path_ok(in->return_path))
		problem = problem_add_field(
			call->arena, NULL, "/return_path", "path", "页面地址不正确。", "This is no path of the site.");
	if (problem)
		return problem;
	step.redirect_uri = redirect_uri(call, provider);
	problem = one_time_issue(call, "external", provider->name,
		audit_details(call->arena, "verifier", step.verifier, "nonce", step.nonce, "cookie", cookie, "path",
			in->return_path, "account", known ? uuid_text(call->arena, call->actor.account_id) : NULL,
			NULL),
		START_MS, &step.state);
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
	const char *path; /* to open in the end, once the state was ours; NULL for none */
};

static struct problem *go_to(struct call *call, const char *path)
{
	call->request->status = 303;
	request_add_header(call->request, "Location", path);
	return NULL;
}

/* The cookie that was set with it comes back with it. */
static bool same_browser(struct call *call, const struct one_time *one_time)
{
	const char *cookie = request_cookie(call->request, STATE_COOKIE),
		   *expected = json_get_text(one_time->payload, "cookie");

	return cookie && expected && strlen(cookie) == strlen(expected) &&
		crypto_equal(cookie, expected, strlen(expected));
}

/* The state must be ours, unused, of this provider, and come with the browser that began. */
static struct problem *take_state(struct comeback *comeback, const struct auth_provider_return *query)
{
	struct call *call = comeback->call;
	bool taken = false;
	struct problem *problem = query->state ? one_time_look(call, "external", query->state, &comeback->state) : NULL;

	if (problem)
		return problem;
	if (!comeback->state || strcmp(comeback->state->subject, comeback->provider->name) != 0)
		return problem_new(call->arena, &PROBLEM_LINK);
	if (!same_browser(call, comeback->state))
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
	if (problem)
		return problem;
	if (rows->rows && db_get_id(rows, 0, 0, &id))
		return credential_by_id(call, id, out);
	return account_directory_by_identity(call, comeback->provider->name, comeback->person.subject, out);
}

struct binding {
	struct call *call;
	const struct sign_in_bind *bind;
	struct uuid account_id;
	bool duplicate;
};

static struct problem *write_binding(struct db *db, void *arg)
{
	struct binding *binding = arg;
	struct call *call = binding->call;
	const char *duplicate = NULL;
	struct problem *problem = db_insert(db, call->scope,
		"INSERT INTO external_identity (platform_id, provider, subject, account_id, bound_at) VALUES (:p, ?, "
		"?, ?, ?)",
		DB_ARGS(db_text(binding->bind->provider), db_text(binding->bind->subject), db_id(&binding->account_id),
		db_time(call_now())), &duplicate);

	binding->duplicate = duplicate;
	if (problem || duplicate)
		return problem;
	return audit_add_by(call, binding->account_id, NULL, "account.identity_bound", "account", binding->account_id,
	                    audit_details(call->arena, "provider", binding->bind->provider, NULL));
}

struct problem *external_identity_bind(struct call *call, const struct sign_in_bind *bind, struct uuid account_id)
{
	struct binding binding = {call, bind, account_id, false};
	struct problem *problem = db_transaction(call->db, write_binding, &binding);

	if (problem || !binding.duplicate)
		return problem;
	return problem_new(call->arena, &PROBLEM_IDENTITY_TAKEN);
}

/* Signed in when it began, and still the same: the identity is added to that account. */
static bool adds_to_own(struct comeback *comeback)
{
	const char *account = json_get_text(comeback->state->payload, "account");
	struct uuid id;

	return account && uuid_parse(account, &id) && uuid_equal(id, comeback->call->actor.account_id);
}

/* The page that signs in, and what it goes on with; `then` is the page to open in the end. */
static const char *sign_in_page(struct call *call, const char *then, const char *what)
{
	return then ? arena_printf(call->arena, "/sign-in?then=%s#%s", fetch_escape(call->arena, then), what)
		    : arena_printf(call->arena, "/sign-in#%s", what);
}

static struct problem *enter(struct comeback *comeback, const struct credential *credential, const char *path)
{
	struct call *call = comeback->call;
	struct sign_in_result result = {NULL};
	const char *url = "/";
	struct problem *problem = credential->at
		? home_entry_issue(call, credential, comeback->provider->name, NULL, path, &url)
		: sign_in_complete(call, credential, comeback->provider->name, NULL, &result);

	if (problem)
		return problem;
	if (credential->at)
		return go_to(call, url);
	return go_to(call,
		result.ticket  ? sign_in_page(call, path, arena_printf(call->arena, "ticket=%s", result.ticket))
			: path ? path
			       : "/");
}

/* The ticket is worth something to this browser alone: sent to somebody else, their sign-in would bind a stranger's
 * identity to their account. */
static struct problem *offer_binding(struct comeback *comeback, const char *path)
{
	struct call *call = comeback->call;
	const char *ticket, *cookie = crypto_token(call->arena, 32);
	struct problem *problem = one_time_issue(call, "external_bind", comeback->provider->name,
		audit_details(call->arena, "subject", comeback->person.subject, "name", comeback->person.name, "cookie",
			cookie, NULL),
		BIND_MS, &ticket);

	if (problem)
		return problem;
	request_set_cookie(call->request, STATE_COOKIE, cookie, BIND_MS / 1000);
	return go_to(call, sign_in_page(call, path, arena_printf(call->arena, "bind=%s", ticket)));
}

static struct problem *come_back(struct comeback *comeback, const struct auth_provider_return *query)
{
	struct call *call = comeback->call;
	struct credential *credential = NULL;
	struct problem *problem = path_provider(call, &comeback->provider);

	if (!problem)
		problem = take_state(comeback, query);
	if (problem)
		return problem;
	request_set_cookie(call->request, STATE_COOKIE, "", 0);
	const char *path = json_get_text(comeback->state->payload, "path");
	struct external_step step = {.redirect_uri = redirect_uri(call, comeback->provider), .state = query->state,
		.verifier = json_get_text(comeback->state->payload, "verifier"),
		.nonce = json_get_text(comeback->state->payload, "nonce")};
	comeback->path = path;
	/* The person said no there, or the provider did. */
	if (query->error || !query->code)
		return go_to(call, sign_in_page(call, path, "refused"));
	problem =
		comeback->provider->ops->finish(comeback->provider, call->arena, &step, query->code, &comeback->person);
	if (!problem)
		problem = find_account(comeback, &credential);
	if (problem)
		return problem;
	if (adds_to_own(comeback)) {
		const struct sign_in_bind bind = {comeback->provider->name, comeback->person.subject};
		if (credential && !credential->at && uuid_equal(credential->account_id, call->actor.account_id))
			return go_to(call, path ? path : "/");
		problem = external_identity_bind(call, &bind, call->actor.account_id);
		return problem ? problem : go_to(call, path ? path : "/");
	}
	return credential ? enter(comeback, credential, path) : offer_binding(comeback, path);
}

/* A browser shows what this answers: its pages say it better than a problem's JSON. */
static bool is_navigation(const struct request *request)
{
	const char *accept = request_header(request, "Accept");

	return accept && strstr(accept, "text/html");
}

struct problem *auth_provider_return(struct call *call, const struct auth_provider_return *query)
{
	struct comeback comeback = {.call = call};
	struct problem *problem = come_back(&comeback, query);

	if (!problem || !is_navigation(call->request))
		return problem;
	const char *what = arena_printf(call->arena, "refused=%s", problem->kind->code);
	if (!uuid_is_nil(call->actor.account_id) && comeback.path)
		return go_to(call, arena_printf(call->arena, "%s#%s", comeback.path, what));
	return go_to(call, sign_in_page(call, comeback.path, what));
}

static struct problem *bind_here(struct call *call, const struct credential *credential,
	const struct sign_in_bind *bind, struct auth_bound *answer)
{
	struct sign_in_result result = {NULL};
	struct problem *problem = sign_in_complete(call, credential, bind->provider, bind, &result);

	answer->ticket = result.ticket;
	answer->second_factor = result.ticket ? "totp" : NULL;
	if (!result.ticket)
		answer->account_id = credential->account_id;
	return problem;
}

struct problem *auth_provider_bind(struct call *call, const struct auth_bind *in)
{
	struct one_time *ticket;
	struct credential *credential = NULL;
	struct auth_bound answer = {0};
	bool taken = false, both;
	struct problem *problem = one_time_look(call, "external_bind", in->ticket, &ticket);

	if (!problem && (!ticket || !same_browser(call, ticket)))
		problem = problem_new(call->arena, &PROBLEM_LINK);
	if (!problem)
		problem = sign_in_prove_in_network(
			call, text_narrow(call->arena, in->login), in->password, NULL, &credential, &both);
	if (!problem)
		problem = one_time_take(call, ticket, &taken);
	if (!problem && !taken)
		problem = problem_new(call->arena, &PROBLEM_LINK);
	if (problem)
		return problem;
	const struct sign_in_bind bind = {ticket->subject, json_get_text(ticket->payload, "subject")};
	problem = credential->at ? home_entry_issue(call, credential, bind.provider, &bind, in->return_path, &answer.go)
	                         : bind_here(call, credential, &bind, &answer);
	if (problem)
		return problem;
	request_set_cookie(call->request, STATE_COOKIE, "", 0);
	return endpoint_answer(call, &shape_auth_bound, &answer);
}

struct problem *auth_provider_unbind(struct call *call)
{
	uint64_t affected = 0;
	struct problem *problem = db_exec(call->db, call->scope,
		"DELETE FROM external_identity WHERE platform_id = :p AND provider = ? AND account_id = ?",
		DB_ARGS(db_text(call_path_text(call, 0)), db_id(&call->actor.account_id)), &affected);

	if (!problem && !affected)
		problem = problem_new(call->arena, &PROBLEM_NOT_FOUND);
	return problem ? problem : audit_add(call, "account.identity_unbound", "account", call->actor.account_id,
	                                     audit_details(call->arena, "provider", call_path_text(call, 0), NULL));
}
