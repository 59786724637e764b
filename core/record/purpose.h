/* purpose: what files a record takes, from whom and when (`files:` of its declaration).
 *
 *   files: {requirement: {roles: [buyer], phases: [draft], kinds: [document, image], most: 10, megabytes: 10}}
 *
 * Whoever reads a row reads its files; to add or remove one is given apart. What is not declared is not taken.
 */
#ifndef QILIAN_CORE_RECORD_PURPOSE_H
#define QILIAN_CORE_RECORD_PURPOSE_H

#include "core/attributes.h"
#include "core/record/record.h"

/* NULL: the record takes no files for that. */
const struct record_files *OR_NULL purpose_find(const struct record *record, const char *name) NONNULL;
/* Whether the caller may add and remove files of that purpose (NULL: none) on this row now: PROBLEM_INVALID at /purpose
 * where there is no such one, PROBLEM_FORBIDDEN for whom it is not, PROBLEM_CONFLICT in another phase. */
struct problem *purpose_check(struct call *call, const struct record *record, const void *row,
	const struct record_files *OR_NULL files) NONNULL_AT(1, 2, 3) MUST_CHECK;

#endif
