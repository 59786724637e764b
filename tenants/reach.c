#include "tenants/reach.h"

#include <stdlib.h>

#include "core/json.h"
#include "tenants/platform.h"
#include "tenants/post.h"

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

struct problem *reach_of_institution(struct call *call, struct uuid institution_id, const uint32_t **ids, size_t *n)
{
	struct db_result *rows;
	size_t count = 0, kept = 0, depth = 0;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT home_id FROM membership WHERE platform_id = :p AND institution_id = ? AND phase IN ('applied', 'supplement', 'active', 'suspended')"
		" UNION SELECT to_platform FROM application WHERE platform_id = :p AND institution_id = ?"
		" AND (phase IN ('sent', 'waiting', 'supplement', 'withdrawing') OR (phase = 'approved' AND NOT EXISTS (SELECT 1 FROM membership m"
		" WHERE m.platform_id = :p AND m.institution_id = ? AND m.home_id = to_platform))) AND (way <> 'invitation' OR phase <> 'sent')" /* a code may be wrong */
		" UNION SELECT to_platform FROM transfer WHERE platform_id = :p AND institution_id = ? AND from_platform = :p AND open_key IS NOT NULL",
		DB_ARGS(db_id(&institution_id), db_id(&institution_id), db_id(&institution_id), db_id(&institution_id)), &rows);

	*ids = NULL;
	*n = 0;
	if (problem)
		return problem;
	for (const struct platform *at = call->platform; at; at = at->parent)
		depth++;
	uint32_t *out = ARENA_ARRAY(call->arena, uint32_t, rows->rows + depth);
	for (size_t i = 0; i < rows->rows; i++)
		out[count++] = (uint32_t)db_get_uint(rows, i, 0);
	for (const struct platform *at = call->platform ? call->platform->parent : NULL; at; at = at->parent)
		out[count++] = at->id;
	qsort(out, count, sizeof *out, compare);
	for (size_t i = 0; i < count; i++)
		if (out[i] != call->platform_id && (!kept || out[kept - 1] != out[i]))
			out[kept++] = out[i];
	*ids = out;
	*n = kept;
	return NULL;
}

struct problem *reach_forget(struct call *call, struct uuid institution_id, uint32_t platform)
{
	const uint32_t *ids;
	size_t n;
	struct problem *problem = platform == call->platform_id ? NULL : reach_of_institution(call, institution_id, &ids, &n);

	if (problem || platform == call->platform_id)
		return problem;
	for (size_t i = 0; i < n; i++)
		if (ids[i] == platform)
			return NULL;
	return post_send_to(call, "institution.forget", "institution", institution_id, platform, json_own(call->arena, json_object_new_object()));
}
