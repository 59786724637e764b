/* home_entry: how somebody who proved who they are on another platform of the network gets in at home.
 *
 * token        one_time "home_entry" of the home, good once and for a minute, worth nothing after an end of access; it
 *              stands behind the # of the link. Nobody is told that an account is known elsewhere before its password
 *              (or the code on its mobile) was right
 * second factor, changes that are due  are asked at home, as after any first factor there
 * return path  where the person was going. The home's page opens it there, or hands the person back
 * (tenants/account/hand_off.h)
 */
#ifndef QILIAN_TENANTS_ACCOUNT_HOME_ENTRY_H
#define QILIAN_TENANTS_ACCOUNT_HOME_ENTRY_H

#include "core/record/call.h"
#include "tenants/account/credential.h"

struct sign_in_bind;

enum { HOME_ENTRY_VALID_MS = 60000 };

/* credential->at is set. how: the first factor. return_path: of this platform, or NULL. *url: where the browser
 * goes. */
struct problem *home_entry_issue(struct call *call, const struct credential *credential, const char *how,
	const struct sign_in_bind *OR_NULL bind, const char *OR_NULL return_path, const char **url) MUST_CHECK;

#endif
