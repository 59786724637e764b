/* account_directory: the accounts of a network, wherever in it they are registered: who signs in on a platform that is
 * not theirs is taken to the one that is (tenants/account/home_entry.h).
 *
 * An account stays its home's alone: the directory says only where a login is known, and every look at the account,
 * every failure that is counted and every entry of the log happens in the home's own scope, by credential.at. A
 * platform without host name is passed over; one that is closed is not, since its people get in to move to another.
 */
#ifndef QILIAN_TENANTS_ACCOUNT_ACCOUNT_DIRECTORY_H
#define QILIAN_TENANTS_ACCOUNT_ACCOUNT_DIRECTORY_H

#include "core/record/call.h"
#include "tenants/account/credential.h"

/* So many accounts elsewhere are looked at for one login; those that signed in last come first. */
enum { ACCOUNT_DIRECTORY_MAX = 4 };

struct platform;
/* A call in another platform's scope, for whoever is asking here: `at` of its credentials. */
struct problem *account_directory_call(
	struct call *call, const struct platform *platform, struct call **out) MUST_CHECK;

/* User name, else mobile, as credential_by_login() has it, on the network's other platforms; `at` is set. *count may be
 * 0. */
struct problem *account_directory_by_login(
	struct call *call, const char *login, struct credential **out, size_t *count) MUST_CHECK;
/* The same for a normalised mobile; kind NULL for any. */
struct problem *account_directory_by_mobile(struct call *call, const char *mobile, const char *OR_NULL kind,
	struct credential **out, size_t *count) MUST_CHECK;

/* Whoever an external identity is bound to elsewhere in the network, where that home still takes the provider; *out
 * NULL if nobody. */
struct problem *account_directory_by_identity(
	struct call *call, const char *provider, const char *subject, struct credential **out) MUST_CHECK;

#endif
