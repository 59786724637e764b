/* term: codes of a dictionary of the platform's policy (categories, industries …), as fields of type `term` hold them.
 *
 *   {name: category, type: term, terms: categories}       {name: industries, type: list, of: term, terms: industries}
 *
 * A retired term stays good on a row that has it, and is named there; nobody else can choose it any more. A
 * dictionary without terms
 * allows every code. What other platforms write is a term of theirs, and is not looked up.
 */
#ifndef QILIAN_CORE_RECORD_TERM_H
#define QILIAN_CORE_RECORD_TERM_H

#include "core/attributes.h"
#include "core/record/call.h"

struct text_list;

struct term {
	const char *code;
	const char *zh;
	const char *en;
	bool retired;
};

/* Whether a field of that dictionary may get the code. before: what it held, or NULL. call NULL: any. */
bool term_allows(struct call *OR_NULL call, const char *dictionary, const char *code, const char *OR_NULL before)
	NONNULL_AT(2, 3);
/* The same of an entry of a list. */
bool term_allows_in(struct call *OR_NULL call, const char *dictionary, const char *code,
	const struct text_list *OR_NULL before) NONNULL_AT(2, 3);

#endif
