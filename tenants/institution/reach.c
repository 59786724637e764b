#include "tenants/institution/reach.h"

#include <stdlib.h>

#include "core/text/json.h"
#include "tenants/institution/consent.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/post.h"

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

struct problem *reach_is_above(struct call *call, struct uuid institution_id, uint32_t platform, bool *above)
{
	return reach_is_above_home(call, institution_id, call->platform, platform, above);
}

struct problem *reach_is_above_home(struct call *call, struct uuid institution_id, const struct platform *home,
	uint32_t platform, bool *above)
{
	struct db_result *rows;
	const struct platform *one = post_platform(call, platform);

	*above = one && platform_is_below(home, one);
	if (!one || *above)
		return NULL;
	struct problem *problem = db_select(call->db, db_network(call->network_id),
		"SELECT from_home FROM identity_move WHERE network_id = :n AND institution_id = ?",
		DB_ARGS(db_id(&institution_id)), &rows);
	for (size_t i = 0; !problem && i < rows->rows; i++) {
		const struct platform *former = post_platform(call, (uint32_t)db_get_uint(rows, i, 0));
		*above = *above || (former && platform_is_below(former, one));
	}
	return problem;
}

/* out: of memberships (home_id, whether it applied there); those that it is wanted in stay, in order. */
static struct problem *keep_wanted(
	struct call *call, struct uuid institution_id, const struct db_result *rows, uint32_t *out, size_t *count)
{
	struct problem *problem = NULL;

	for (size_t i = 0; !problem && i < rows->rows; i++) {
		bool wanted = db_get_int(rows, i, 1) != 0;
		if (!wanted)
			problem = reach_is_above(call, institution_id, (uint32_t)db_get_uint(rows, i, 0), &wanted);
		if (wanted)
			out[(*count)++] = (uint32_t)db_get_uint(rows, i, 0);
	}
	return problem;
}

struct problem *reach_of_institution(struct call *call, struct uuid institution_id, const uint32_t **ids, size_t *n)
{
	struct db_result *rows;
	size_t count = 0, kept = 0, depth = 0;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT home_id, EXISTS (SELECT 1 FROM application a WHERE a.platform_id = :p AND a.institution_id = ? "
		"AND a.to_platform = home_id AND " CONSENT_GIVEN("a.") ")"
		" FROM membership WHERE platform_id = :p AND institution_id = ? AND phase IN ('applied', 'supplement', "
		"'active', 'suspended')"
		" UNION SELECT to_platform, 1 FROM application WHERE platform_id = :p AND institution_id = ?"
		" AND consent_ended_at IS NULL"
		" AND (phase IN ('sent', 'waiting', 'supplement', 'withdrawing') OR (phase = 'approved' AND NOT EXISTS "
		"(SELECT 1 FROM membership m"
		/* a code may be wrong */
		" WHERE m.platform_id = :p AND m.institution_id = ? AND m.home_id = to_platform))) AND (way <> "
		"'invitation' OR phase <> 'sent')"
		" UNION SELECT to_platform, 1 FROM transfer WHERE platform_id = :p AND institution_id = ? AND "
		"from_platform = :p AND open_key IS NOT NULL",
		DB_ARGS(db_id(&institution_id), db_id(&institution_id), db_id(&institution_id), db_id(&institution_id),
		db_id(&institution_id)), &rows);

	*ids = NULL;
	*n = 0;
	if (problem)
		return problem;
	for (const struct platform *at = call->platform; at; at = at->parent)
		depth++;
	uint32_t *out = ARENA_ARRAY(call->arena, uint32_t, rows->rows + depth);
	if ((problem = keep_wanted(call, institution_id, rows, out, &count)))
		return problem;
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

struct problem *reach_holds(struct call *call, struct uuid institution_id, uint32_t platform, bool *holds)
{
	const uint32_t *ids;
	size_t n;
	struct problem *problem = reach_of_institution(call, institution_id, &ids, &n);

	*holds = false;
	for (size_t i = 0; !problem && i < n; i++)
		*holds = *holds || ids[i] == platform;
	return problem;
}

struct problem *reach_forget(struct call *call, struct uuid institution_id, uint32_t platform)
{
	bool holds = true;
	struct problem *problem =
		platform == call->platform_id ? NULL : reach_holds(call, institution_id, platform, &holds);

	if (problem || holds)
		return problem;
	return post_send_to(call, "institution.forget", "institution", institution_id, platform,
		json_own(call->arena, json_object_new_object()));
}
