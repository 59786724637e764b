/* term_use: how many records of a platform carry each term of its dictionaries, so that a term in use does not vanish
 * unseen.
 *
 * dictionary  categories, industries, qualifications, institution_types, organisation_types: keys of a policy
 * use         a record on the platform that has the code: at home there, or a copy that is shown there. Deleted
 *             products do not count
 */
#ifndef QILIAN_TENANTS_POLICY_TERM_USE_H
#define QILIAN_TENANTS_POLICY_TERM_USE_H

#include "core/attributes.h"
#include "core/db/db.h"

struct term_use {
	const char *code;
	uint64_t count;
};

struct term_uses {
	struct term_use *items;
	size_t count;
};

enum { TERM_DICTIONARIES = 5 };
/* The names, in the order in which pages show them; NULL behind the last. */
const char *OR_NULL term_dictionary(size_t i);

/* In the arena of the db. A name that is no dictionary has no uses. */
struct problem *term_uses_count(
	struct db *db, struct db_scope scope, const char *dictionary, struct term_uses *out) MUST_CHECK;
uint64_t term_uses_of(const struct term_uses *uses, const char *code);

#endif
