/* held: files that a record holds by the id of an attachment, in whatever type of field.
 *
 * A field says for what: `files: picture` on a file, a list of files, rich text (its images), JSON (entries {id, …} or
 * ids). The extra fields of a policy's form of type file hold files of any purpose.
 *
 * taken      an id is written only where the caller may use that very file for that purpose (call_services.may_hold),
 *            in one place for all types: record_insert() and every update. What the row held before stays good
 * in use     a file that a row holds cannot be removed; while in one of the phases `holds_files_in`, where the
 * declaration names some
 * shown      who delivers a file in public asks held_shows() with the field that is shown
 */
#ifndef QILIAN_CORE_RECORD_HELD_H
#define QILIAN_CORE_RECORD_HELD_H

#include "core/attributes.h"
#include "core/record/record.h"

/* Faults of all file ids that this write brings and that the caller may not use there, each at its pointer; NULL if
 * there are none. before: NULL for a new row. Inside a transaction: what is taken stays until it ends. */
struct problem *held_check(struct call *call, const struct record *record, const void *OR_NULL before, const void *row)
	NONNULL_AT(1, 2, 4) MUST_CHECK;
/* The same of what a transition's form brings. */
struct problem *held_check_form(struct call *call, const struct record *record, const void *row,
	const struct shape *form, struct json_object *OR_NULL values) NONNULL_AT(1, 2, 3, 4) MUST_CHECK;
/* Who holds it here among the rows of an institution (nil: of anybody), as a text for people in both languages; NULL:
 * nobody. */
struct problem *held_users(struct call *call, struct uuid file, struct uuid institution_id, const char **zh,
	const char **en) NONNULL MUST_CHECK;
/* Whether a value of such a field names the file: content of a listing, rich text, a list. */
bool held_names(struct json_object *OR_NULL value, struct uuid file);

#endif
