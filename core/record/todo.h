/* todo: what of one declared record waits for a caller, or was sent by it, as SQL.
 *
 * A row waits for whoever may fire an event from its step (core/record/lifecycle.h: step->waits), confined roles for
 * rows of their own; a record's `todo` (tools/generate/todo.py) says where that is too much, too little, or not what
 * people would call it. A row on a step that the policy in force does not know (it began under an earlier one) waits as
 * the others of its phase do.
 */
#ifndef QILIAN_CORE_RECORD_TODO_H
#define QILIAN_CORE_RECORD_TODO_H

#include "core/attributes.h"
#include "core/buf.h"
#include "core/db/search.h"
#include "core/record/record.h"

enum { TODO_ARGS_MAX = 24 + 2 * SEARCH_ARGS };

/* For whom is asked. */
struct todo_view {
	uint32_t roles; /* of the caller, or of a desk */
	bool whole; /* the desk as a whole: whoever has claimed a row, whoever must not judge it */
	/* What the caller must not judge: ids as literals of SQL with commas between, NULL for none
	 * (core/record/recusal.h). */
	const char *OR_NULL (*recused)(const struct todo_view *view, const char *of);
	const void *arg;
};

struct todo_sql {
	struct buf *sql;
	struct db_value args[TODO_ARGS_MAX];
	size_t count;
};

/* Whether any row of it could wait for (or have been sent by) these roles here. */
bool todo_concerns(struct call *call, const struct record *record, const struct record_todo *todo, uint32_t roles)
	NONNULL;
/* "SELECT <select> FROM (…) t WHERE 1", to which conditions may be added. What can be selected: id, name, applicant,
 * step, created, due_on and mine (the caller has claimed it). Only where todo_concerns(). */
void todo_begin(struct call *call, const struct record *record, const struct record_todo *todo,
	const struct todo_view *view, const char *select, struct todo_sql *out) NONNULL;
/* A condition with one ?. */
void todo_and(struct todo_sql *sql, const char *condition, struct db_value value) NONNULL;
/* Adds "EXISTS (…)" to a condition on platforms p (p.id): some have rows of it beyond their day. A superset of what
 * todo_begin() finds, whatever their policies say. False, and nothing added, if none of it can wait for these roles
 * beyond a day. */
bool todo_add_late(const struct record *record, const struct record_todo *todo, uint32_t roles, const char *before,
	struct buf *sql) NONNULL;

#endif
