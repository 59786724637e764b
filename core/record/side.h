/* side: who stands on which side of a record's rows, and what that opens.
 *
 * side       declared (`sides:`, or its short form `owner:`): a field that holds an institution's, an enterprise's or
 *            an account's id, and the roles by which people stand there. A sub-account without the side's menu does
 *            not stand on it, and a side with `phases` is there only while the row is in one of them
 * who        what a list of roles means (struct record_who): roles named as such, and sides named
 * masks      a field's `read`, `write` and `reveal` name sides as well: then whoever stands there, and nobody else who
 *            has the same role
 * confined   a caller whom only roles of an institution, or sides, let in: rows on none of whose sides it stands are
 *            not there for it (404). Where none of its roles is let in and C code looks on its behalf, all of them
 *            count
 *
 * anybody    a side without a field: in its phases every organisation whose people have its roles stands there, so that
 *            what is open to offers is read by whoever may offer
 * sealed     (`sealed:`) rows in these phases are there for whoever stands on one side, and for nobody else, not even
 *            for roles that are not confined; the log tells which of their fields were written, not what they say
 *
 * A role that is confined counts on the sides alone that have it: who is `owner` of the seller fires nothing that the
 * buyer's owners may, though it be enterprise and institution both, and the same organisation may stand on different
 * sides of different rows.
 */
#ifndef QILIAN_CORE_RECORD_SIDE_H
#define QILIAN_CORE_RECORD_SIDE_H

#include "core/attributes.h"
#include "core/record/record.h"

/* Of `roles`, those of the caller's by which it stands on a side of this row. */
uint32_t record_roles_on(struct call *call, const struct record *record, const void *row, uint32_t roles) NONNULL;
/* The caller's roles as far as they count on this row: those that are not confined, and those by which it stands on a
 * side. All of them where C code shows a row to somebody who stands on none, and where the record has no sides. */
uint32_t record_roles_here(struct call *call, const struct record *record, const void *row) NONNULL;
/* What the masks of fields (read, write, reveal) ask: those roles, and SIDE_BIT(n) of each side on which the caller
 * stands. */
uint32_t record_mask_here(struct call *call, const struct record *record, const void *row) NONNULL;
/* The same of no row in particular: the caller's roles, and each side on which it may stand by one of them. */
uint32_t record_mask_anywhere(const struct call *call, const struct record *record) NONNULL;
/* Whether a list may be narrowed, sorted and searched by the field: on every row that the list may show the caller, it
 * sees the field. What is hidden is found out by no filter. */
bool record_field_is_open(struct call *call, const struct record *record, const struct field *field) NONNULL;
/* Whether `who` lets the caller in on this row. The server may all. */
bool record_lets(struct call *call, const struct record *record, const void *row, struct record_who who) NONNULL;
/* Whom the endpoint under way lets in; for other records, those of their get verb. */
struct record_who record_who_now(struct call *call, const struct record *record) NONNULL;
/* The caller sees only rows on whose sides it stands. */
bool record_is_confined(struct call *call, const struct record *record) NONNULL;
/* The row is there for a caller who is confined. */
bool record_is_mine(struct call *call, const struct record *record, const void *row) NONNULL;

/* The row is another side's alone as long as it is in its phase. The server itself sees it. */
bool record_is_sealed(struct call *call, const struct record *record, const void *row) NONNULL;

/* The side of that name; NULL if there is none. */
const struct record_side *OR_NULL record_side(const struct record *record, const char *name) NONNULL;
/* Whose id a side of the row (of its parent's, where that says it) holds; nil if nobody stands there yet. */
struct uuid record_side_id(
	struct call *call, const struct record *record, const void *row, const struct record_side *side) NONNULL;
/* Where that organisation is at home, as the row says; 0 where it does not. */
uint32_t record_side_home(
	struct call *call, const struct record *record, const void *row, const struct record_side *side) NONNULL;
/* The organisation to which the row belongs: on the side on which the caller stands, else on the first that is one;
 * nil if there is none. */
struct uuid record_organisation(struct call *call, const struct record *record, const void *row) NONNULL;
/* `institution` stands on a side of the row, whoever the caller is. */
bool record_has_organisation(struct call *call, const struct record *record, const void *row, struct uuid institution)
	NONNULL;

#endif
