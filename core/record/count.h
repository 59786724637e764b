/* count: numbers of a record's rows that the engine keeps, so that nobody counts rows to show one.
 *
 *   counts: {orders: {per: [institution_id], by: phase, sum: price}}
 *
 * counter    declared; its numbers lie in the table record_count, one row for each key and bucket that ever was
 * key        the values of `per`, "01973f…/goods": an id as 32 hex digits, the rest by its code; nothing where absent
 * bucket     the value of `by`
 *
 * Every write of the engine (insert, update, fire, delete, a home that was taken over, copies that were applied where
 * the counter has `copies`) moves the numbers in its own transaction, so that they equal a recount whenever one looks.
 * They are written just before the commit, when all other rows are locked, in the order of platform, counter, key and
 * bucket: writers that meet there wait for each other and never in a circle, and those of other keys do not meet. One
 * key for a whole platform costs nothing either: the head of the platform's log, which is locked next, is such a row.
 *
 * Statements of C code that change a counted column, home_id or the number of rows are not seen: whoever writes one
 * calls count_again() behind it, in the same transaction. The build refuses fields that follow another record.
 *
 * A counter that is new in a table that has rows begins with nothing: qilianctl counts verify --repair.
 */
#ifndef QILIAN_CORE_RECORD_COUNT_H
#define QILIAN_CORE_RECORD_COUNT_H

#include "core/attributes.h"
#include "core/record/record.h"

/* Inside a transaction, once the write is certain. before: as it was stored, after: as it is; NULL: not there. */
void count_move(struct call *call, const struct record *record, const void *OR_NULL before, const void *OR_NULL after)
	NONNULL_AT(1, 2);

/* What a write that meets many rows finds before it, locked. */
struct count_look {
	bool active; /* a counter has copies */
	void **rows;
	size_t count;
};
struct problem *count_look(struct call *call, const struct record *record, const struct uuid *ids, size_t count,
	struct count_look *out) NONNULL MUST_CHECK;
/* And what is there behind it. */
struct problem *count_move_looked(struct call *call, const struct record *record, const struct uuid *ids, size_t count,
	const struct count_look *before) NONNULL MUST_CHECK;

/* Where a counter of the call's platform is not what a recount says. */
struct count_fault {
	const char *per;
	const char *bucket;
	int64_t number; /* as counted now */
	int64_t total;
	int64_t kept_number;
	int64_t kept_total;
};
struct problem *count_verify(struct call *call, const struct record_counter *counter, struct count_fault **out,
	size_t *count) NONNULL MUST_CHECK;
/* Sets right what is wrong, while others write. */
struct problem *count_repair(struct call *call, const struct record_counter *counter) NONNULL MUST_CHECK;
/* The same for all counters of a record, behind statements that they have not seen. */
struct problem *count_again(struct call *call, const struct record *record) NONNULL MUST_CHECK;

/* GET /api/v1/counts/<name> of the endpoint under way, with the fields of `per` as filters: {"number", "sum", "by"} of
 * the rows that the caller may list. */
struct problem *count_read(struct call *call) NONNULL MUST_CHECK;
/* What record_count says for a value of a field; "" where it is absent. */
const char *count_key(struct call *call, const struct field *field, const void *row) NONNULL RETURNS_NONNULL;

#endif
