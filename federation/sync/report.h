/* report: how far every reader is, and whether the copies are what their homes hold. For GET /sync, `qilianctl
 * federation` and tests.
 *
 * lag      entries addressed to a reader behind its cursor, and the age of the oldest
 * state    current, behind, failing (an entry is being tried again), parked (some wait for somebody), full (as many as
 *          may be: it reads no further), reset (the source went back), gap (an entry addressed to it never came:
 *          cursor.h), paused (the reader is suspended)
 * verify   (verify.c) each copied table of each (reader, home), those of records that are declared to cross among
 *          them: a digest over the copies against one over the originals; rows that differ, are missing or are left
 *          over are named
 * repair   home sends what differs once more; nothing is written behind its back
 */
#ifndef QILIAN_FEDERATION_SYNC_REPORT_H
#define QILIAN_FEDERATION_SYNC_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/problem.h"

struct call;
struct db;
struct federation;
struct json_object;

struct report_pair {
	uint32_t reader;
	uint32_t source;
	uint64_t applied; /* seq of the cursor */
	uint64_t head;    /* last seq addressed to the reader */
	uint64_t lag;
	int64_t oldest_at; /* ms, of what is not applied; 0 if nothing */
	uint64_t parked;
	bool reset; /* nothing is read until somebody decides: cursor.h */
	uint64_t gap; /* seq of an entry that was addressed to the reader and never came: cursor.h; 0: none */
	const char *error;
	const char *state;
	int64_t updated_at;
};

/* reader or source 0: all. In the db's arena. */
struct problem *report_pairs(
	struct db *db, uint32_t reader, uint32_t source, struct report_pair **out, size_t *count) MUST_CHECK;

struct report_fault {
	const char *table;
	uint32_t reader;
	uint32_t home;
	uint64_t copies;
	uint64_t differing; /* rows that are not what home holds */
	uint64_t missing;   /* that home addressed here, and that are not here */
	char copy_digest[33], home_digest[33];
};

/* One line for each (table, reader, home) that holds copies. repair: homes send again what differs (counted in *sent),
 * and parked entries are tried again. *faults: lines with something wrong. */
struct problem *report_verify(const struct federation *federation, struct db *db, bool repair,
	struct report_fault **out, size_t *count, size_t *faults, size_t *sent) MUST_CHECK;

#endif
