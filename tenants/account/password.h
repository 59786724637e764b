/* password: what a platform's policy asks of a password, and which were used before.
 *
 * The default follows NIST SP 800-63B: at least 8 characters, up to 128, any characters, known-bad ones refused, no
 * classes forced. DX-15 is another platform's: 8–18, three of four classes, not containing user name or mobile, none of
 * the earlier ones. Both are data (policy_password); staff may be asked for more.
 *
 * classes  how many of digit, upper case, lower case, other must occur
 * history  how many earlier ones are refused (the present one included); 0: none is kept
 */
#ifndef QILIAN_TENANTS_ACCOUNT_PASSWORD_H
#define QILIAN_TENANTS_ACCOUNT_PASSWORD_H

#include <stdbool.h>

#include "core/problem.h"

struct crypto_hasher;
struct policy_password;

enum { PASSWORD_BYTES_MAX = 512, PASSWORD_HISTORY_MAX = 24 };

struct password_rules {
	unsigned min; /* characters, not bytes */
	unsigned max;
	unsigned classes;
	bool not_name, not_mobile;
	unsigned history;
	bool known_bad;
};

/* No policy gets below 8 characters or beyond what the history holds. */
struct password_rules password_rules_of(const struct policy_password *policy, bool staff);

/* Every fault as a field problem at `pointer`; NULL if the password will do. user_name and mobile may be NULL. */
struct problem *password_check(struct arena *arena, const struct password_rules *rules, const char *pointer,
	const char *password, const char *user_name, const char *mobile) MUST_CHECK;
/* Whether everybody's attacker tries it first: in the list, one pattern repeated, a run of neighbours, or a listed word
 * with digits and signs behind it. */
bool password_is_known_bad(const char *password);

/* history: encoded hashes, newest first, one per line, as account.password_history keeps them; NULL for none. A problem
 * at `pointer` if the password is among the newest rules->history of them. One hash computation each: worker threads
 * only. */
struct problem *password_check_history(struct crypto_hasher *hasher, struct arena *arena,
	const struct password_rules *rules, const char *pointer, const char *history, const char *password) MUST_CHECK;
/* The history with a new hash in front, cut to what the rules look at; NULL if they keep none. */
const char *OR_NULL password_history_add(struct arena *arena, const struct password_rules *rules, const char *history,
                                 const char *encoded);

#endif
