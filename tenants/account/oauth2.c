#include "tenants/account/oauth2.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/crypto/crypto.h"
#include "core/out/fetch.h"
#include "core/text/json.h"

enum { DEADLINE_MS = 8000 };

struct oauth2 {
	struct external_provider provider;
	const char *authorize_url, *token_url, *userinfo_url;
	const char *client_id, *secret, *scope, *issuer;
	const char *subject, *display_name; /* JSON pointers */
};

/* --- settings --- */

static const char *const known[] = {"zh", "en", "authorize_url", "token_url", "userinfo_url", "client_id",
	"secret_file", "scope", "issuer", "subject", "name"};

static struct problem *check_members(struct arena *arena, const char *name, struct json_object *settings)
{
	struct problem *problem = NULL;

	json_object_object_foreach(settings, key, value) {
		bool good = json_object_is_type(value, json_type_string);
		size_t i = 0;
		while (i < sizeof known / sizeof *known && strcmp(known[i], key) != 0)
			i++;
		if (!good || i == sizeof known / sizeof *known)
			problem = problem_add_field(arena, problem,
				arena_printf(arena, "/identity_providers/%s/%s", name, key), "unknown",
				"不认识的设置，或不是文本。", "There is no such setting, or it is no text.");
	}
	for (size_t i = 0; i < 6; i++)
		if (!json_get_text(settings, known[i]))
			problem = problem_add_field(arena, problem,
				arena_printf(arena, "/identity_providers/%s/%s", name, known[i]), "required",
				"缺少此设置。", "This setting is missing.");
	return problem;
}

static const char *read_file(struct arena *arena, const char *path)
{
	char text[4096] = "";
	FILE *file = fopen(path, "re");

	if (!file)
		return NULL;
	size_t n = fread(text, 1, sizeof text - 1, file);
	fclose(file);
	text[n] = '\0';
	text[strcspn(text, "\r\n")] = '\0';
	return arena_strdup(arena, text);
}

/* QILIAN_IDENTITY_ZJ96871 for the provider zj96871. NULL: a public client, which proves itself by PKCE alone. */
static const char *find_secret(struct arena *arena, const char *name, const struct json_object *settings)
{
	char *variable = arena_printf(arena, "QILIAN_IDENTITY_%s", name);
	const char *path = json_get_text(settings, "secret_file");

	for (char *at = variable; *at; at++)
		*at = *at == '-' ? '_' : (char)toupper((unsigned char)*at);
	const char *secret = getenv(variable);
	return secret ? arena_strdup(arena, secret) : path ? read_file(arena, path) : NULL;
}

/* --- the way there --- */

static struct problem *begin(const struct external_provider *provider, struct arena *arena,
	const struct external_step *step, const char **url)
{
	const struct oauth2 *oauth2 = (const struct oauth2 *)provider;
	unsigned char hash[CRYPTO_HASH];

	crypto_sha256(step->verifier, strlen(step->verifier), hash);
	*url = arena_printf(arena,
		"%s%cresponse_type=code&client_id=%s&redirect_uri=%s&scope=%s&state=%s&nonce=%s&code_challenge=%s"
		"&code_challenge_method=S256",
		oauth2->authorize_url, strchr(oauth2->authorize_url, '?') ? '&' : '?',
		fetch_escape(arena, oauth2->client_id), fetch_escape(arena, step->redirect_uri),
		fetch_escape(arena, oauth2->scope), fetch_escape(arena, step->state), fetch_escape(arena, step->nonce),
		crypto_base64url(arena, hash, sizeof hash));
	return NULL;
}

/* --- the way back --- */

static struct problem *refuse(struct arena *arena)
{
	return problem_new(arena, &PROBLEM_EXTERNAL);
}

static bool same(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

/* The id_token came straight from the token endpoint over a connection that we verified, so its signature may stay
 * unchecked (OpenID Connect Core 3.1.3.7); what it says may not. */
static bool id_token_holds(struct arena *arena, const struct oauth2 *oauth2, const struct external_step *step,
	const char *token, const char **subject)
{
	char *copy = arena_strdup(arena, token), *rest = copy;
	struct json_object *claims;
	int64_t until;
	size_t size = 0;

	strsep(&rest, ".");
	const char *body = rest ? strsep(&rest, ".") : NULL;
	const unsigned char *text = body ? crypto_unbase64url(arena, body, &size) : NULL;
	if (!text || json_parse_object(arena, (const char *)text, size, &claims))
		return false;
	struct json_object *audience = json_get(claims, "aud");
	bool ours = json_object_is_type(audience, json_type_array)
		? json_count(audience) == 1 && same(json_text(json_at(audience, 0)), oauth2->client_id)
		: same(json_text(audience), oauth2->client_id);
	*subject = json_get_text(claims, "sub");
	return ours && same(json_get_text(claims, "nonce"), step->nonce) && json_get_int(claims, "exp", &until) &&
		until * 1000 > call_now() - 60000 &&
		(!*oauth2->issuer || same(json_get_text(claims, "iss"), oauth2->issuer));
}

static struct problem *fetch_token(const struct oauth2 *oauth2, struct arena *arena, const struct external_step *step,
	const char *code, struct json_object **out)
{
	const struct fetch_field form[] = {{"grant_type", "authorization_code"}, {"code", code},
		{"redirect_uri", step->redirect_uri}, {"client_id", oauth2->client_id},
		{"client_secret", oauth2->secret}, {"code_verifier", step->verifier}};
	struct fetch fetch = {.url = oauth2->token_url,
		.form = form,
		.form_count = sizeof form / sizeof *form,
		.deadline_ms = DEADLINE_MS};

	return fetch_json(arena, &fetch, out);
}

static const char *text_at(struct arena *arena, struct json_object *answer, const char *pointer)
{
	struct json_object *value = json_at_pointer(answer, pointer);

	/* Some services number their people. */
	if (json_object_is_type(value, json_type_int))
		return arena_printf(arena, "%lld", (long long)json_object_get_int64(value));
	return json_text(value);
}

static struct problem *finish(const struct external_provider *provider, struct arena *arena,
	const struct external_step *step, const char *code, struct external_person *out)
{
	const struct oauth2 *oauth2 = (const struct oauth2 *)provider;
	struct json_object *token, *person;
	const char *claimed = NULL;
	struct problem *problem = fetch_token(oauth2, arena, step, code, &token);

	if (problem)
		return refuse(arena);
	const char *id_token = json_get_text(token, "id_token"), *access = json_get_text(token, "access_token");
	if (!access || (id_token && !id_token_holds(arena, oauth2, step, id_token, &claimed)))
		return refuse(arena);
	struct fetch fetch = {.url = oauth2->userinfo_url, .bearer = access, .deadline_ms = DEADLINE_MS};
	if (fetch_json(arena, &fetch, &person))
		return refuse(arena);
	out->subject = text_at(arena, person, oauth2->subject);
	out->name = text_at(arena, person, oauth2->display_name);
	/* A token of one person and the data of another must not meet. */
	if (!out->subject || !*out->subject || strlen(out->subject) > 190 ||
		(claimed && strcmp(claimed, out->subject) != 0))
		return refuse(arena);
	return NULL;
}

static const struct external_provider_ops ops = {.begin = begin, .finish = finish};

struct problem *oauth2_create(
	struct arena *arena, const char *name, struct json_object *settings, const struct external_provider **out)
{
	struct oauth2 *oauth2 = ARENA_NEW(arena, struct oauth2);
	const char *scope = json_get_text(settings, "scope"), *issuer = json_get_text(settings, "issuer");
	const char *subject = json_get_text(settings, "subject"), *display_name = json_get_text(settings, "name");
	struct problem *problem = check_members(arena, name, settings);

	if (problem)
		return problem;
	oauth2->provider = (struct external_provider){
		&ops, arena_strdup(arena, name), json_get_text(settings, "zh"), json_get_text(settings, "en")};
	oauth2->authorize_url = json_get_text(settings, "authorize_url");
	oauth2->token_url = json_get_text(settings, "token_url");
	oauth2->userinfo_url = json_get_text(settings, "userinfo_url");
	oauth2->client_id = json_get_text(settings, "client_id");
	oauth2->secret = find_secret(arena, name, settings);
	oauth2->scope = scope ? scope : "openid";
	oauth2->issuer = issuer ? issuer : "";
	oauth2->subject = subject ? subject : "/sub";
	oauth2->display_name = display_name ? display_name : "/name";
	*out = &oauth2->provider;
	return NULL;
}

struct problem *oauth2_create_all(
	struct arena *arena, struct json_object *settings, const struct external_provider *const **out, size_t *count)
{
	size_t n = settings ? (size_t)json_object_object_length(settings) : 0, i = 0;
	const struct external_provider **list = ARENA_ARRAY(arena, const struct external_provider *, n + 1);

	*out = list;
	*count = n;
	if (!settings)
		return NULL;
	json_object_object_foreach(settings, name, value) {
		struct problem *problem = json_object_is_type(value, json_type_object)
			? oauth2_create(arena, name, value, &list[i++])
			: problem_add_field(arena, NULL, arena_printf(arena, "/identity_providers/%s", name), "type",
				  "应为一组设置。", "must be a mapping.");
		if (problem)
			return problem;
	}
	return NULL;
}
