/* oauth2: the adapter for identity services that speak OAuth 2.0 with a code (RFC 6749, PKCE by RFC 7636), OpenID
 * Connect included.
 *
 * Settings, below identity_providers.<name>; the secret comes from QILIAN_IDENTITY_<NAME> or from secret_file:
 *     zh, en                       what the button says
 *     authorize_url, token_url, userinfo_url
 *     client_id, secret_file, scope (openid)
 *     issuer                       of the id_token, if one comes; "" is not compared
 *     subject (/sub), name (/name) JSON pointers into the answer of userinfo
 */
#ifndef QILIAN_TENANTS_ACCOUNT_OAUTH2_H
#define QILIAN_TENANTS_ACCOUNT_OAUTH2_H

#include "tenants/account/external_identity.h"

struct json_object;

/* settings: the mapping of one provider; must outlive it. A member that is missing or unknown: PROBLEM_INVALID with its
 * pointer. */
struct problem *oauth2_create(struct arena *arena, const char *name, struct json_object *settings,
	const struct external_provider **out) MUST_CHECK;
/* All of them; *out has *count entries, in the arena. settings may be NULL. */
struct problem *oauth2_create_all(struct arena *arena, struct json_object *settings,
	const struct external_provider *const **out, size_t *count) MUST_CHECK;

#endif
