#include "tenants/desk/silence.h"

#include "core/record/silence.h"
#include "tenants/platform/services.h"

/* On a platform that is closed or gone nothing happens any more. */
static struct problem *run(struct db *db, struct db_scope scope, struct json_object *payload, void *arg)
{
	const struct services *services = arg;
	const struct platform_directory *directory = platform_directory_use(services->registry, db_arena(db));
	const struct platform *platform = platform_by_id(directory, scope.platform_id);
	struct call call;

	if (!platform || platform->state == PLATFORM_STATE_CLOSED)
		return NULL;
	struct problem *problem = services_call(services, db, platform, &call);
	return problem ? problem : silence_run(&call, payload);
}

const struct job_kind silence_job = {.name = SILENCE_JOB, .run = run, .max_attempts = 10, .lease_s = 60};
