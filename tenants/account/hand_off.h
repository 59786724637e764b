/* hand_off: how a person who is signed in on the home platform comes to another one without a second password (design:
 * homes).
 *
 * token     payload.signature in base64url, Ed25519 by a key derived from the installation's: who, from where, to
 *           where, for 60 s; its nonce is burnt at the arrival, so it opens one session. It stands behind the # of the
 *           link, in no log
 * visitor   the account that the arrival finds or makes: bound to (home platform, account there), without password;
 *           its institution is that of the home account, so it sees what concerns that institution here. It is a
 *           guest; who is an enterprise's at home is one here too, and may order from this shelf (NX-4)
 */
#ifndef QILIAN_TENANTS_ACCOUNT_HAND_OFF_H
#define QILIAN_TENANTS_ACCOUNT_HAND_OFF_H

#include "core/record/call.h"

enum { HAND_OFF_VALID_MS = 60000 };

/* A path of our own site: begins with one '/', holds no backslash, control character or second '/'. */
bool hand_off_path_ok(const char *path);

#endif
