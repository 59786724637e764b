/* sql: reading the text of a statement, without a server.
 *
 * Two readers need it: the gate that lets no statement touch a platform's table without the platform (core/db), and the
 * splitter of migrations. It reads words, strings, comments and signs; it does not know the grammar, and where it
 * doubts it refuses.
 */
#ifndef QILIAN_CORE_DB_SQL_H
#define QILIAN_CORE_DB_SQL_H

#include <stdbool.h>
#include <stddef.h>

#include "core/attributes.h"

struct buf;

enum sql_token_kind {
	SQL_END,
	SQL_WORD,     /* name or keyword; `quoted` names come without their quotes */
	SQL_TEXT,     /* string */
	SQL_NUMBER,
	SQL_SIGN,     /* one character */
	SQL_ARGUMENT, /* ? */
	SQL_PLATFORM, /* :p */
	SQL_NETWORK,  /* :n */
	SQL_BAD       /* unclosed string or comment, or an executable comment */
};

struct sql_token {
	enum sql_token_kind kind;
	bool quoted; /* `name`: never a keyword */
	const char *at;
	size_t len;
};

/* Skips blanks and comments, reads one token and moves *cursor behind it. */
struct sql_token sql_next(const char **cursor) NONNULL;
/* Case-insensitive; false for anything but an unquoted word. */
bool sql_is(const struct sql_token *token, const char *word) NONNULL;

/* The next statement of a script and its length, without the `;` and the comments before it; NULL at the end. */
const char *OR_NULL sql_split(const char **cursor, size_t *len) NONNULL;

/* ---- The gate ---- */

enum sql_owner { SQL_OWNER_UNKNOWN, SQL_OWNER_SERVER, SQL_OWNER_NETWORK, SQL_OWNER_PLATFORM };
typedef enum sql_owner (*sql_owner_fn)(void *arg, const char *table, size_t len);

/* What a caller may touch: its scope binds a platform, a network, or neither. `all` is for the few jobs that serve
 * every platform at once. */
struct sql_scope {
	bool platform;
	bool network;
	bool all;
};

/* NULL when the statement may run in this scope, else why not (appended to out as well). The rule: every table with
 * platform_id that the statement names is tied by `its_alias.platform_id` (or a bare `platform_id`, one per table), and
 * :p occurs; tables with network_id likewise with :n. Only SELECT, INSERT, UPDATE, DELETE, REPLACE, WITH and SHOW
 * pass. */
const char *OR_NULL sql_gate(const char *sql, struct sql_scope scope, sql_owner_fn owner, void *OR_NULL arg,
	struct buf *out) NONNULL_AT(1, 3, 5);

#endif
