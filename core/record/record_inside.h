/* record_inside: what the files of the engine share; nobody else includes it. */
#ifndef QILIAN_CORE_RECORD_RECORD_INSIDE_H
#define QILIAN_CORE_RECORD_RECORD_INSIDE_H

#include "core/attributes.h"
#include "core/record/endpoint.h"
#include "core/record/record.h"
#include "core/record/side.h"

struct json_writer;

/* Narrows a list to the rows on whose sides a confined caller stands. */
void side_where(struct call *call, const struct record *record, struct record_where *where) NONNULL;
/* Narrows a list to what is not sealed for the caller. */
void side_seal_where(struct call *call, const struct record *record, struct record_where *where) NONNULL;
/* What the row says, or said before (NULL: there was none), is kept out of the log. */
bool side_hides(const struct record *record, const void *OR_NULL before, const void *row) NONNULL_AT(1, 3);
/* Whose id the record's n-th side must hold for the caller to be let in by it; NULL: it is not. */
const struct uuid *OR_NULL side_mine(struct call *call, const struct record *record, size_t n) NONNULL;
/* A confined caller makes rows of its own side, whatever it sent; and stays where it stands when it changes one. */
struct problem *side_take(struct call *call, const struct record *record, void *row) NONNULL MUST_CHECK;
/* That a side's field names somebody (one ?), of a child in the parent's rows; as: "t.", or "" for the table itself. */
void side_condition(
	const struct record *record, const struct record_side *side, const char *as, struct buf *sql) NONNULL;
/* Whether somebody stands on this side of a row in the phase that it is in. */
bool side_is_open(const struct record_side *side, const void *row) NONNULL;
/* The caller stands on a side that the child has of its parent, and is let in by it; on one of its own it might. */
bool side_of_parent(struct call *call, const struct record *record, const void *row) NONNULL;
bool side_has_own(struct call *call, const struct record *record) NONNULL;
void side_keep(struct call *call, const struct record *record, void *row) NONNULL;
/* Roles that a list of them lets in by the i-th side. */
uint32_t side_roles_by(const struct record *record, size_t i, struct record_who who) NONNULL;
/* Whom a side's field must name for the caller to stand there by one of these roles; NULL: it does not, whatever the
 * row. */
const struct uuid *OR_NULL side_place(const struct call *call, const struct record_side *side, uint32_t roles) NONNULL;
/* What lets this caller in are sides alone on none of which it may stand, for want of a menu. */
bool side_is_barred(const struct call *call, const struct record *record, struct record_who who) NONNULL;
bool record_is_copy(struct call *call, const struct record *record, const void *row) NONNULL;
/* A unique key in the way, in the words of the declaration. */
struct problem *record_duplicate_problem(
	struct call *call, const struct record *record, const char *key) NONNULL RETURNS_NONNULL;
/* What an event of the record's timeline is called, in the caller's language. */
const char *record_event_text(
	struct call *call, const struct record *record, const void *row, const char *event) NONNULL RETURNS_NONNULL;
struct problem *record_refuse_copy(struct call *call, const struct record *record, const void *row) NONNULL MUST_CHECK;

/* UPDATE of the row as it is (version + 1, PROBLEM_STALE). */
struct problem *record_write(struct call *call, const struct record *record, void *row) NONNULL MUST_CHECK;
/* The entry "<record>.<event>" with what differs from `before`. */
struct problem *record_journal(struct call *call, const struct record *record, const void *OR_NULL before,
	const void *row, const char *event, struct json_object *OR_NULL more) NONNULL_AT(1, 2, 4, 5) MUST_CHECK;
/* Both, and what a change of phase needs too. */
struct problem *record_write_and_log(struct call *call, const struct record *record, void *row, const char *event,
                                     struct json_object *OR_NULL more) NONNULL_AT(1, 2, 3, 4) MUST_CHECK;

/* A row whose transition is under way: its effects have begun, and it is not yet written. What they change of it is
 * changed here. */
struct moving {
	const struct record *record;
	void *row;
	const struct moving *outer;
};

/* The generic verbs (verb.c, list.c). */
struct problem *verb_run(struct call *call, const struct endpoint_args *args) NONNULL MUST_CHECK;
struct problem *list_run(struct call *call) NONNULL MUST_CHECK;
struct problem *list_run_public(struct call *call) NONNULL MUST_CHECK;
struct problem *list_export(struct call *call) NONNULL MUST_CHECK;
/* The rows that the request's query filters, in its order, at most so many; call->endpoint is the list's. version: 0
 * where the table has none. *total: how many there are, counted up to 10,001. */
struct list_hit {
	struct uuid id;
	uint32_t version;
};
struct problem *list_pick(struct call *call, const struct record *record, size_t most, struct list_hit **out,
	size_t *count, int64_t *total) NONNULL MUST_CHECK;
/* Fires an event on a row, or asks its home to. */
struct problem *verb_fire(struct call *call, const struct record *record, void *row, const char *event,
	struct json_object *form) NONNULL MUST_CHECK;
/* The verb batch: batch.c. */
struct problem *batch_run(struct call *call) NONNULL MUST_CHECK;
/* Body of create, update and events against the record's fields; *out is a row. */
struct problem *verb_decode(struct call *call, const struct record *record, struct json_object *body,
	enum decode_mode mode, void *row) NONNULL MUST_CHECK;

/* "extra" of a body against the extra fields of the platform's form. before: the row that is changed, or NULL. */
struct problem *form_decode_extra(struct call *call, const struct record *record, const void *OR_NULL before,
	struct json_object *OR_NULL extra) NONNULL_AT(1, 2) MUST_CHECK;

/* One field under its JSON name, as an object a page can render a form from. */
void meta_write_field(struct json_writer *w, const struct field *field, bool required, const char *OR_NULL help_zh,
	const char *OR_NULL help_en) NONNULL_AT(1, 2);

/* Members of a transition, inside of an object. */
struct lifecycle_transition;
void lifecycle_write_transition(struct json_writer *w, const struct lifecycle_transition *transition) NONNULL;

/* Bits of a role or group; 0 if there is none of the name (NULL too). */
uint32_t role_bits_of(const char *OR_NULL name);

#endif
