/* limit: how often something may be tried in a while. Kept in the database, so that several servers count together.
 *
 * subject  what is counted: an account, a mobile's blind index, a name typed. Never an address alone: a city hall
 *          shares one
 */
#ifndef QILIAN_TENANTS_PLATFORM_LIMIT_H
#define QILIAN_TENANTS_PLATFORM_LIMIT_H

#include <stdint.h>

#include "core/attributes.h"
#include "core/record/call.h"

/* Counts one more. PROBLEM_RATE with retry_after when `most` in `window_s` seconds were used up before. Outside a
 * transaction, so that the count stays when the work is refused. */
struct problem *limit_take(struct call *call, const char *subject, unsigned most, int window_s) MUST_CHECK;
/* Counts one more; *used tells how many it makes in the present window, this one included. */
struct problem *limit_count(struct call *call, const char *subject, int window_s, unsigned *used) MUST_CHECK;
/* How many there are, and in how many seconds the window ends (0 if nothing is counted). */
struct problem *limit_peek(
	struct call *call, const char *subject, int window_s, unsigned *used, int *left_s) MUST_CHECK;
struct problem *limit_clear(struct call *call, const char *subject) MUST_CHECK;

/* The same within another scope; that of limit_everywhere() is one for all platforms of all networks, under a number
 * that none of them has. */
#define LIMIT_EVERYWHERE UINT32_MAX
struct db_scope limit_everywhere(struct call *call);
struct problem *limit_take_in(
	struct call *call, struct db_scope scope, const char *subject, unsigned most, int window_s) MUST_CHECK;
struct problem *limit_count_in(
	struct call *call, struct db_scope scope, const char *subject, int window_s, unsigned *used) MUST_CHECK;
struct problem *limit_peek_in(struct call *call, struct db_scope scope, const char *subject, int window_s,
	unsigned *used, int *left_s) MUST_CHECK;
struct problem *limit_clear_in(struct call *call, struct db_scope scope, const char *subject) MUST_CHECK;

/* Several at once: whether one of them counts anything, and that none does any more. */
struct problem *limit_any_in(struct call *call, struct db_scope scope, const char *const *subjects, size_t count,
	int window_s, bool *any) MUST_CHECK;
struct problem *limit_clear_all(
	struct call *call, struct db_scope scope, const char *const *subjects, size_t count) MUST_CHECK;

/* Inside a transaction: those who name the same subject come one after the other, until each has committed. For what is
 * counted before it is inserted and has no unique key: "so many files of a record", "so many keys of an account". */
struct problem *limit_line_up(struct call *call, const char *what, struct uuid id) MUST_CHECK;

/* "sign-in:" and a hash of what somebody typed: such texts never enter the database in clear. In the call's arena. */
const char *limit_subject(struct call *call, const char *what, const char *text) RETURNS_NONNULL;

#endif
