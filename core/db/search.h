/* search: what people type into the search field of a list, as a condition of SQL: the portal's search
 * (tenants/shelf/shelf.h) for what lies in tables.
 *
 * Every term of the text (fold.h) must occur in one of the columns, anywhere, in any order; without regard to case,
 * width and accents; rare characters are told apart (the columns' own collation takes all beyond the basic plane for
 * one); signs are signs, none is a wildcard; a dot inside a name is looked through. A term of traditional characters
 * finds the simplified ones, and itself.
 */
#ifndef QILIAN_CORE_DB_SEARCH_H
#define QILIAN_CORE_DB_SEARCH_H

#include "core/attributes.h"
#include "core/db/db.h"

enum { SEARCH_TERMS = 8, SEARCH_ARGS = 64 };

struct search {
	const char *sql; /* a condition in brackets; NULL: nothing was typed that can be seen, all fit */
	struct db_value args[SEARCH_ARGS];
	size_t count;
};

/* columns: at most four, as SQL names them ("i.name"). What is typed behind the eighth term counts as part of that
 * one. */
void search_make(struct arena *arena, const char *text, const char *const *columns, size_t columns_count,
	struct search *out) NONNULL;

#endif
