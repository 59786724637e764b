/* export_name: what the rows are called that ids name, for a page of rows at once. Which record an id leads to says the
 * build (field.names): a reference, the parent, "<record>_id", or an account where it ends with "_by". */
#ifndef QILIAN_CORE_RECORD_EXPORT_NAME_H
#define QILIAN_CORE_RECORD_EXPORT_NAME_H

#include "core/attributes.h"
#include "core/record/record.h"

struct export_names;

/* Those that `count` fields of `rows` name. */
struct problem *export_names(struct call *call, const struct field *const *fields, size_t field_count,
	void *const *rows, size_t count, struct export_names **out) NONNULL MUST_CHECK;
/* NULL where the row is not here, or has no name. */
const char *OR_NULL export_name(const struct export_names *names, const struct field *field, const void *row) NONNULL;
/* Which field says what a row of the record is called; NULL: none does. */
const struct field *OR_NULL export_name_field(const struct record *record) NONNULL;

#endif
