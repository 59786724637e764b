#include "tenants/desk/by_itself.h"

#include "core/record/by_itself.h"
#include "tenants/platform/services.h"

static struct problem *run_on(
	const struct services *services, struct db *db, const struct platform *platform, const struct record *record)
{
	struct call call;
	struct problem *problem = services_call(services, db, platform, &call);

	return problem ? problem : by_itself_run(&call, record);
}

static struct problem *run_record(const struct services *services, struct db *db, const struct record *record)
{
	const struct platform_directory *directory = platform_directory_use(services->registry, db_arena(db));
	struct db_result *rows;
	const char *sql = arena_printf(db_arena(db), DB_ACROSS("SELECT DISTINCT platform_id FROM `%s`"), record->table);
	struct problem *problem = db_select(
		db, db_all_platforms("most platforms have none"), db_dynamic(db, sql), DB_NO_ARGS, &rows);
	struct problem *first = problem;

	for (size_t i = 0; !problem && i < rows->rows; i++) {
		const struct platform *platform = platform_by_id(directory, (uint32_t)db_get_uint(rows, i, 0));
		struct problem *one = platform && platform->state == PLATFORM_STATE_ACTIVE
			? run_on(services, db, platform, record)
			: NULL;
		/* One whose policy cannot be read keeps nobody else waiting. */
		first = first ? first : one;
	}
	return first;
}

static struct problem *run(struct db *db, struct db_scope scope, struct json_object *payload, void *arg)
{
	const struct services *services = arg;
	const struct record_set *set = services->call.records;
	struct problem *first = NULL;

	for (size_t i = 0; i < set->count; i++) {
		struct problem *one =
			set->records[i]->by_itself_count ? run_record(services, db, set->records[i]) : NULL;
		first = first ? first : one;
	}
	return first;
}

const struct job_kind by_itself_job = {
	.name = "by_itself", .run = run, .max_attempts = 5, .lease_s = 300, .every_ms = 5000};
