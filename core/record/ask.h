/* ask: what people of one platform ask of a row whose home is another.
 *
 * A row is written by its home alone. Where a declaration says `asks`, people who stand at a copy may fire its events
 * all the same: the copy's platform sends them to the home, which fires them as that person and answers
 * (federation/exchange/crossing.h). Until then the copy says so.
 *
 * key        of one thing asked: the home does it once, and answers the same however often it comes
 * asked      a row of the table `asked` with that id, at the platform that asks and, once the home has read it, there
 * open       sent and not answered yet. One at a time for each row and event
 * create     a row whose home is elsewhere from its beginning: what is written here is a copy with home_seq 0, which
 *            the home makes its own or refuses. A child is made so where its parent is a copy: by the verb `create`,
 *            and of it the home takes what that person might have typed there
 *
 * Entries: "<record>.asked" and "<record>.ask_withdrawn" to the home, "<record>.answered" back.
 */
#ifndef QILIAN_CORE_RECORD_ASK_H
#define QILIAN_CORE_RECORD_ASK_H

#include "core/attributes.h"
#include "core/record/record.h"

struct json_writer;

/* Words of the event that makes a row: no lifecycle has it. */
#define ASK_CREATE "create"

/* Whether somebody of `platform` with these roles (bits) may ask for the event on this row: the first of the record's
 * `asks` that says so; NULL if none does. */
const struct record_ask *OR_NULL ask_find(struct call *call, const struct record *record, const void *row,
	const char *event, uint32_t platform, uint32_t roles) NONNULL;
/* Whether the event is declared to be that of the people of one platform alone, and `platform` is another. */
bool ask_is_anothers(
	struct call *call, const struct record *record, const void *row, const char *event, uint32_t platform) NONNULL;

/* A row that was made here and that its home has not taken: it may be ended here, by the server. */
bool ask_is_pending(const struct record *record, const void *row) NONNULL;

/* Inside a transaction, on a copy: sends what the caller fired to the row's home. The caller has checked who it is and
 * the form (lifecycle.c). PROBLEM_CONFLICT while the same is open. form is borrowed. */
struct problem *ask_send(struct call *call, const struct record *record, const void *row, const char *event,
	struct json_object *form) NONNULL MUST_CHECK;
/* Inside a transaction: a new row whose home is `home`, another platform, written here as a copy on the lifecycle's
 * initial step, and asked for there. A unique key in the way: as record_insert() says it. */
struct problem *ask_create(struct call *call, const struct record *record, void *row, uint32_t home) NONNULL MUST_CHECK;
/* The same request once more, under a new key, to where the home is now. */
struct problem *ask_create_again(struct call *call, const struct record *record, const void *row) NONNULL MUST_CHECK;
/* The member `asked` of what `get` answers: the newest ten of this row that people of this platform asked for, newest
 * first. Nothing where the declaration has no `asks`. */
struct problem *ask_write(
	struct call *call, const struct record *record, const void *row, struct json_writer *w) NONNULL MUST_CHECK;

#endif
