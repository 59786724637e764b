/* limit: how often something may be tried in a while. Kept in the database, so that several servers count together.
 *
 * subject  what is counted: an account, a mobile's blind index, a name typed. Never an address alone: a city hall shares one
 */
#ifndef QILIAN_TENANTS_LIMIT_H
#define QILIAN_TENANTS_LIMIT_H

#include <stdint.h>

#include "core/attributes.h"
#include "core/record/call.h"

/* Counts one more. PROBLEM_RATE with retry_after when `most` in `window_s` seconds were used up before. Outside a transaction, so that
 * the count stays when the work is refused. */
struct problem *limit_take(struct call *call, const char *subject, unsigned most, int window_s) MUST_CHECK;
/* Counts one more; *used tells how many it makes in the present window, this one included. */
struct problem *limit_count(struct call *call, const char *subject, int window_s, unsigned *used) MUST_CHECK;
/* How many there are, and in how many seconds the window ends (0 if nothing is counted). */
struct problem *limit_peek(struct call *call, const char *subject, int window_s, unsigned *used, int *left_s) MUST_CHECK;
struct problem *limit_clear(struct call *call, const char *subject) MUST_CHECK;

/* "sign-in:" and a hash of what somebody typed: such texts never enter the database in clear. In the call's arena. */
const char *limit_subject(struct call *call, const char *what, const char *text) RETURNS_NONNULL RETURNS_NONNULL;

#endif
