/* external_identity: signing in by somebody else's word: the enterprise code, the government's legal-person account, a
 * province's own (ZJ-2). A table binds (provider, subject) to an account; from then on no second password is asked.
 *
 * provider  a way to one identity service, behind an interface of adapters; which a platform offers is its policy
 * subject   who it is there, for ever; never a mobile or a name, which change hands
 * state     ties the return to the start: a one-time token, and a cookie so that it is the same browser
 * bind      an unknown subject is bound to an account once its holder has also signed in with a password, and a second
 *           factor where the account has one, in the browser that came back; nothing is ever bound because a name or
 *           mobile looks alike
 * network   a subject that is bound on another platform of the network leads there (tenants/account/home_entry.h), and
 *           an account of another one is bound at its home
 *
 * To add an adapter: a struct with a struct external_provider first, an ops table, a create function (oauth2.h is one).
 */
#ifndef QILIAN_TENANTS_ACCOUNT_EXTERNAL_IDENTITY_H
#define QILIAN_TENANTS_ACCOUNT_EXTERNAL_IDENTITY_H

#include "core/record/call.h"

struct external_provider;

struct external_step {
	const char *redirect_uri;
	const char *state;
	const char *verifier; /* PKCE (RFC 7636), 43 characters */
	const char *nonce;
};

struct external_person {
	const char *subject;
	const char *name; /* may be NULL */
};

struct external_provider_ops {
	/* Where the browser is sent. */
	struct problem *(*begin)(const struct external_provider *provider, struct arena *arena,
		const struct external_step *step, const char **url);
	/* Redeems what the browser brought back. Blocks, within the adapter's deadline. */
	struct problem *(*finish)(const struct external_provider *provider, struct arena *arena,
		const struct external_step *step, const char *code, struct external_person *out);
};

struct external_provider {
	const struct external_provider_ops *ops;
	const char *name; /* "zj96871": in the policy and the paths */
	const char *zh, *en;
};

/* Outside a transaction, after the whole sign-in: 409 where the identity is another account's. */
struct sign_in_bind;
struct problem *external_identity_bind(
	struct call *call, const struct sign_in_bind *bind, struct uuid account_id) MUST_CHECK;

extern const struct problem_kind PROBLEM_EXTERNAL; /* 502: the provider refused or does not answer */

#endif
