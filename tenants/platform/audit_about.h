/* audit_about: which record an entry is about, so that people can tell it from others: its number, the institution that
 * it is of (name and code), the account's name. Nothing else of a business record (schema/readers.yaml), and as it is
 * called now: a record that is gone has none.
 */
#ifndef QILIAN_TENANTS_PLATFORM_AUDIT_ABOUT_H
#define QILIAN_TENANTS_PLATFORM_AUDIT_ABOUT_H

#include "core/attributes.h"
#include "core/record/call.h"

struct db_result;

struct audit_about {
	struct uuid id; /* of the record */
	const char *OR_NULL number;
	const char *OR_NULL institution;
	const char *OR_NULL uscc;
	const char *OR_NULL person;
	struct uuid institution_id;
};
struct audit_abouts {
	struct audit_about *items;
	size_t count;
};

/* Of rows with record_type and record_id in these columns; a statement for each type. */
struct problem *audit_about_load(struct call *call, const struct db_result *rows, size_t type_column, size_t id_column,
	struct audit_abouts *out) MUST_CHECK;
const struct audit_about *OR_NULL audit_about_of(const struct audit_abouts *abouts, struct uuid id);

#endif
