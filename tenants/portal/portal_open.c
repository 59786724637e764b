/* Declared records of which visitors see some rows (core/record/public.h), for menus and for pages. */
#include "schema/records.gen.h"

#include <string.h>

#include "core/record/endpoint.h"
#include "tenants/portal/portal.h"

/* Those with pages of their own. */
static bool has_pages(const struct record *record)
{
	return record == &record_announcement;
}

const struct record *portal_open_record(struct call *call, enum endpoint_verb verb, const char *plural)
{
	const struct record_set *set = call->services->records;

	for (size_t i = 0; i < set->endpoint_count; i++)
		if (set->endpoints[i].verb == verb && strcmp(set->endpoints[i].record->plural, plural) == 0 &&
			!has_pages(set->endpoints[i].record))
			return set->endpoints[i].record;
	return NULL;
}

static struct problem *any_of(struct call *call, const struct record *record, bool *out)
{
	struct db_result *rows;
	const char *sql = arena_printf(call->arena, "SELECT 1 FROM `%s` WHERE platform_id = :p AND (%s) LIMIT 1",
		record->table, record->seen->where);
	struct problem *problem =
		db_select(call->db, call->scope, db_dynamic(call->db, sql), DB_NO_ARGS, &rows);
	*out = !problem && rows->rows;
	return problem;
}

struct problem *portal_open_read(struct call *call, struct portal_open_list *out)
{
	const struct record_set *set = call->services->records;
	*out = (struct portal_open_list){0, ARENA_ARRAY(call->arena, struct portal_open, set->count + 1)};
	for (size_t i = 0; i < set->endpoint_count; i++) {
		const struct endpoint *endpoint = &set->endpoints[i];
		bool any;
		if (endpoint->verb != VERB_PUBLIC_LIST || has_pages(endpoint->record))
			continue;
		struct problem *problem = any_of(call, endpoint->record, &any);
		if (problem)
			return problem;
		if (any)
			out->items[out->count++] = (struct portal_open){endpoint->record->plural,
				endpoint->record->zh, endpoint->record->en};
	}
	return NULL;
}
