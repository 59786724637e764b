/* reader: the threads that read other platforms' logs on behalf of every platform of this server.
 *
 * pair   (reader, source). A hint of the journal, or the poll, puts it into a queue; a thread takes one step
 *        (pull.h) and puts it back at the end while there is more, so that no pair starves the others
 * hint   what this process has just committed; the poll, once a second, finds what other servers committed and what a
 *        lost hint left behind
 * ahead  while no other pair waits, the next step's entries are read while those of this one are written (ahead.h)
 * pause  a pair whose step failed rests for 1 s → 5 min with jitter, and a new hint wakes it; the others go on
 * early  one whose next entry waits for another log (homes.h) rests no longer than 2 s, and is woken as soon as the
 *        same reader got on in any other log
 *
 * Threads have their own database connections; nothing here ever runs on a worker or a loop thread.
 */
#ifndef QILIAN_FEDERATION_SYNC_READER_H
#define QILIAN_FEDERATION_SYNC_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/problem.h"

struct call;
struct db_settings;
struct federation;
struct metrics;
struct reader;

/* Called by a thread of the reader after it has applied entries of others for a platform: pages that show them may read
 * again. What is applied need not move the platform's own log, so that the journal's hints do not tell it. */
typedef void (*reader_applied_fn)(uint32_t platform_id, void *arg);

/* Starts `threads` threads and the poll. All arguments must outlive it; metrics and applied may be NULL. */
struct reader *reader_create(const struct db_settings *settings, const struct federation *federation,
	struct metrics *metrics, int threads, reader_applied_fn applied, void *arg) RETURNS_NONNULL;
/* Finishes the steps under way. Accepts NULL. */
void reader_destroy(struct reader *reader);
/* For the journal's hints (JOURNAL_HINT_ADDRESSED): wakes whoever reads `source` for `platform`, or for
 * JOURNAL_EVERYBODY. */
void reader_wake(struct reader *reader, uint32_t source, uint32_t platform);

/* For call_services.wait_applied: waits up to two seconds, less if the request ends earlier, until what `source`
 * addressed to this platform up to seq is applied here. Never a problem of its own: after that time the reader sees
 * what there is. */
struct problem *reader_wait_applied(
	struct call *call, uint32_t source, uint64_t epoch, uint64_t seq, void *arg) MUST_CHECK;

#endif
