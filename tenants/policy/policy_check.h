/* policy_check: what a flattened policy may not say although each key is well formed: clashes with other platforms,
 * names that nothing answers to, parts that do not fit together. Used by policy_author_draft() only.
 */
#ifndef QILIAN_TENANTS_POLICY_POLICY_CHECK_H
#define QILIAN_TENANTS_POLICY_POLICY_CHECK_H

#include "core/attributes.h"
#include "tenants/policy/policy_author.h"
#include "tenants/policy/policy_spec.h"

struct field;

/* The field whose codes a dictionary can only name and leave out, since records hold nothing else: of institution_types
 * and organisation_types. NULL for dictionaries of free codes. */
const struct field *OR_NULL policy_term_field(const char *dictionary);

/* Adds its faults to author->faults. */
void policy_check(struct policy_author *author, struct policy_walk *walk, const struct policy_draft *draft);

#endif
