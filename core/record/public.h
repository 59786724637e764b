/* public: what visitors see of a record, by its declaration alone.
 *
 *   public: {where: "phase = 'active'", verbs: [list, get]}
 *
 * GET /api/v1/portal/<plural> and …/{id} answer rows that satisfy `where` on this platform, originals and copies alike
 * unless it says otherwise (home_id = platform_id): their id and the fields with `public: true`; a masked or sealed one
 * as its hint, whoever asks. Whoever is signed in sees what a visitor does, so one answer fits all and may be kept
 * (lists: until the platform's log moves, a second at most on other servers; a single row is read each time, and is 404
 * as soon as it no longer satisfies `where`). Statements never fetch what is not shown. Filters, sorts and search are
 * those of the list verb that rest on fields shown in clear: another one would tell what it compares with.
 *
 * The search is that of all lists (core/db/search.h), which takes words as the shelf's does. The shelf's own
 * (tenants/shelf/shelf.h) is kept in memory, with a ranking and counts by category: it pays for the one list of a
 * platform that has tens of thousands of rows and is asked with every key stroke, knows what a listing is, and is read
 * anew from the log. A record's list has neither; its rows are where they were written, and so is its search.
 *
 * A suspended platform answers visitors nothing (core/record/endpoint.h).
 */
#ifndef QILIAN_CORE_RECORD_PUBLIC_H
#define QILIAN_CORE_RECORD_PUBLIC_H

#include "core/attributes.h"
#include "core/record/record.h"

struct json_writer;

/* GET …/{id} of the record of the endpoint under way. */
struct problem *public_get(struct call *call) NONNULL MUST_CHECK;
/* Rows as visitors see them, newest first, for pages that the server writes: those before `before` (nil: from the
 * newest), as lists show them. */
struct problem *public_select(struct call *call, const struct record *record, struct uuid before, size_t limit,
	void ***rows, size_t *count) NONNULL MUST_CHECK;
/* One; PROBLEM_NOT_FOUND. */
struct problem *public_find(struct call *call, const struct record *record, struct uuid id, void **out) NONNULL
	MUST_CHECK;
/* An object with what visitors see of the row; in_list: as lists show it. */
void public_write_json(
	struct call *call, const struct record *record, const void *row, bool in_list, struct json_writer *w) NONNULL;
/* Marks the answer as the same for everybody until the platform's log moves. Before reading what it is made of. */
void public_cacheable(struct call *call) NONNULL;

#endif
