/* case_inside: what the files of the entry case share (entry_case.c, case_source.c, case_effects.c). */
#ifndef QILIAN_FEDERATION_ENTRY_CASE_INSIDE_H
#define QILIAN_FEDERATION_ENTRY_CASE_INSIDE_H

#include "core/buf.h"
#include "core/db/search.h"
#include "federation/entry/entry_case.h"
#include "tenants/platform/post.h"

/* Fires as the server; the reason in both languages. */
struct problem *case_fire(struct call *call, struct entry_case *row, const char *event, struct words reason) MUST_CHECK;
bool case_is_decided(const struct entry_case *row);

/* The active ones as "recommendation:3,self:5" (NULL if there is none) and as "recommendation,self". */
struct problem *case_sources_describe(
	struct call *call, struct uuid case_id, const char **sources, const char **ways) MUST_CHECK;
struct problem *case_source_insert(
	struct call *call, struct uuid case_id, const struct case_source *source, bool *known) MUST_CHECK;
struct problem *case_source_exists(struct call *call, struct uuid id, bool *exists) MUST_CHECK;
/* Every source that still stands behind it learns how far it is. */
struct problem *case_sources_tell(struct call *call, const struct entry_case *row) MUST_CHECK;
/* For what never became a case, and for a source that leaves one. */
struct problem *case_source_answer(
	struct call *call, const struct case_source *source, const char *phase, struct words reason) MUST_CHECK;

/* The queue's filters as " AND …" on entry_case c, with room for more arguments behind theirs. */
struct case_queue_query;
struct case_where {
	struct buf *sql;
	struct db_value args[20 + SEARCH_ARGS];
	size_t count;
};
void case_queue_where(struct call *call, const struct case_queue_query *query, const char *today,
	struct case_where *out);

/* What a dossier and its conditions say otherwise than before: {facts, conditions}, each a list of {id, zh, en, from,
 * to}. */
struct json_object *case_changes(struct call *call, struct json_object *dossier_before,
	struct json_object *conditions_before, const struct entry_case *now) RETURNS_NONNULL;

#endif
