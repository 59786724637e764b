/* clock: what time it is. For an installation with several servers that is a question to the one thing that they share,
 * the database: every expiry, lease and key is written and judged by its clock, whatever the server's own says.
 *
 * heard   the database told its time. Told often (tenants/platform/change.h polls five times a second) and once by the
 *         first connection, so that tools know it too. Between two answers CLOCK_MONOTONIC counts on: setting the
 *         server's clock changes nothing
 * off     how far the server's own clock (CLOCK_REALTIME) is ahead of that; negative: behind. Beyond CLOCK_OFF_MS
 *         /readyz, the metrics and doctor say so. It matters still to what is outside: certificates, other people's
 *         tokens, the log's times
 *
 * One per process: time is not given to each function that asks for it. Any thread.
 */
#ifndef QILIAN_CORE_CLOCK_H
#define QILIAN_CORE_CLOCK_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "core/attributes.h"

enum { CLOCK_OFF_MS = 5000 };

/* Milliseconds since 1970 (UTC) by the database's clock; by the server's own before anything was heard. */
int64_t clock_utc_ms(void);

/* The database said `utc_ms` in answer to a question sent at `asked_ms` and answered just now (both
 * clock_steady_ms()). */
void clock_heard(int64_t utc_ms, int64_t asked_ms);
bool clock_is_heard(void);

/* Milliseconds that the server's own clock is ahead; 0 before anything was heard. */
int64_t clock_off_ms(void);

/* CLOCK_MONOTONIC in milliseconds: for spans and deadlines within this process. */
int64_t clock_steady_ms(void);
/* `ms` from now for pthread_cond_timedwait() on a condition of clock_condition_init(): waiting by CLOCK_REALTIME would
 * last as long as a clock was ahead, once it is set right. */
struct timespec clock_steady_in(int ms);
void clock_condition_init(pthread_cond_t *condition) NONNULL;

#endif
