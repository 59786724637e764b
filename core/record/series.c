#include "core/record/series.h"

/* The row stays locked until the COMMIT that follows at once, as the log's head does; of two that create a series,
 * one counts on. */
static struct problem *take_number(struct call *call, const char *series, uint64_t *out)
{
	struct db_result *result;
	struct problem *problem = db_exec(call->db, call->scope,
					  "INSERT INTO number_series (network_id, series, next) VALUES (:n, ?, 2) "
					  "ON DUPLICATE KEY UPDATE next = next + 1",
					  DB_ARGS(db_text(series)), NULL);
	if (!problem)
		problem = db_select(call->db, call->scope,
				    "SELECT next - 1 FROM number_series WHERE network_id = :n AND series = ?",
				    DB_ARGS(db_text(series)), &result);
	if (!problem)
		*out = db_get_uint(result, 0, 0);
	return problem;
}

static struct problem *next_number(struct call *call, const char *name, const char **out)
{
	const struct call_services *services = call->services;
	const char *series = arena_printf(call->arena, "%s-%u", name, call->platform_id);
	uint64_t n = 0;
	struct problem *problem = services->series ? services->series(call, name, &series, services->arg) : NULL;
	if (!problem)
		problem = take_number(call, series, &n);
	if (!problem)
		*out = arena_printf(call->arena, "%s-%llu", series, (unsigned long long)n);
	return problem;
}

struct problem *series_fill(struct call *call, const struct record *record, void *row)
{
	struct problem *problem = NULL;
	for (size_t i = 0; !problem && i < record->series_count; i++)
		if (field_is_absent(record->series[i].field, row))
			problem = next_number(call, record->series[i].name,
					      (const char **)((char *)row + record->series[i].field->offset));
	return problem;
}
