#include "tenants/desk/chase.h"

#include "core/text/json.h"
#include "tenants/desk/workbench.h"
#include "tenants/notice/notice.h"
#include "tenants/platform/audit.h"
#include "tenants/platform/services.h"

enum { MINUTE_MS = 60000 };

static struct problem *local_calendar(struct call *call, const struct calendar **out)
{
	return platform_calendar(services_of(call)->registry, call->db, call->network_id, out);
}

/* --- one platform --- */

struct chase {
	struct call *call;
	const struct calendar *calendar;
	struct chase_result *result;
};

/* Who may decide what waits. */
static struct problem *find_people(struct call *call, struct db_result **out)
{
	return db_select(call->db, call->scope,
		"SELECT DISTINCT a.id FROM account a JOIN account_role r ON r.platform_id = :p AND r.account_id = a.id"
		" WHERE a.platform_id = :p AND a.state = 'active' AND r.role IN ('reviewer', 'platform_admin') ORDER "
		"BY a.id", DB_NO_ARGS, out);
}

/* The row is what makes it once: of two that write it at the same time one goes on. */
static struct problem *take_day(const struct chase *chase, size_t people, bool *taken)
{
	struct call *call = chase->call;
	const char *duplicate, *day = calendar_day_text(call->arena, calendar_day_of(chase->calendar, call_now()));
	struct problem *problem = db_insert(call->db, call->scope,
		"INSERT INTO chase (platform_id, day, count, days, told, created_at) VALUES (:p, ?, ?, ?, ?, ?)",
		DB_ARGS(db_text(day), db_int(chase->result->count), db_int(chase->result->days), db_uint(people),
		db_time(call_now())), &duplicate);

	*taken = !problem && !duplicate;
	return problem;
}

static struct problem *tell_people(const struct chase *chase, const struct db_result *people)
{
	struct call *call = chase->call;
	struct json_object *variables =
		audit_details(call->arena, "count", arena_printf(call->arena, "%lld", (long long)chase->result->count),
			"days", arena_printf(call->arena, "%d", chase->result->days), "told",
			arena_printf(call->arena, "%zu", people->rows), NULL);
	struct problem *problem = audit_add(call, "overdue.chased", "workbench", UUID_NIL, variables);

	for (size_t i = 0; !problem && i < people->rows; i++) {
		struct uuid id;
		db_get_id(people, i, 0, &id);
		problem = notice_tell_account(call, id, "overdue", variables, "workbench", UUID_NIL);
	}
	if (!problem)
		chase->result->told = (int)people->rows;
	return problem;
}

static struct problem *chase_once(struct db *db, void *arg)
{
	const struct chase *chase = arg;
	struct chase_result *result = chase->result;
	struct workbench_late late;
	struct db_result *people = NULL;
	bool taken = false;
	struct problem *problem = workbench_late(chase->call, &late);

	*result = (struct chase_result){.count = problem ? 0 : late.count};
	if (problem || !late.count)
		return problem;
	result->days = calendar_between(chase->calendar, calendar_day_of(chase->calendar, late.oldest_at),
		calendar_day_of(chase->calendar, call_now()));
	problem = find_people(chase->call, &people);
	/* With nobody there the day is not spent: who is made a reviewer later that day is told. */
	if (!problem && people->rows)
		problem = take_day(chase, people->rows, &taken);
	return problem || !taken ? problem : tell_people(chase, people);
}

struct problem *chase_now(struct call *call, struct chase_result *out)
{
	struct chase chase = {.call = call, .result = out};
	struct problem *problem = local_calendar(call, &chase.calendar);

	return problem ? problem : db_transaction(call->db, chase_once, &chase);
}

/* --- the job --- */

static struct problem *is_time(struct call *call, bool *out)
{
	const struct policy *policy;
	const struct calendar *calendar;
	int64_t now = call_now();
	struct problem *problem = services_policy(call, &policy);

	if (!problem)
		problem = local_calendar(call, &calendar);
	if (problem)
		return problem;
	calendar_day today = calendar_day_of(calendar, now);
	*out = policy->chase_at >= 0 && calendar_is_working(calendar, today) &&
	       now >= calendar_start_of(calendar, today) + (int64_t)policy->chase_at * MINUTE_MS;
	return NULL;
}

static struct problem *chase_if_time(const struct services *services, struct db *db, const struct platform *platform)
{
	struct call call;
	struct chase_result result;
	bool now = false;
	struct problem *problem = services_call(services, db, platform, &call);

	if (!problem)
		problem = is_time(&call, &now);
	return problem || !now ? problem : chase_now(&call, &result);
}

static struct problem *chase_all(struct db *db, struct db_scope scope, struct json_object *payload, void *arg)
{
	const struct services *services = arg;
	const struct platform_directory *directory = platform_directory_use(services->registry, db_arena(db));
	struct db_result *rows;
	struct problem *problem = workbench_late_platforms(db, services->call.records, &rows), *first = problem;

	for (size_t i = 0; !problem && i < rows->rows; i++) {
		const struct platform *platform = platform_by_id(directory, (uint32_t)db_get_uint(rows, i, 0));
		bool done = db_get_int(rows, i, 1) != 0;
		struct problem *one = !done && platform && platform->state == PLATFORM_STATE_ACTIVE
			? chase_if_time(services, db, platform)
			: NULL;
		/* One whose policy cannot be read keeps nobody else from being told. */
		first = first ? first : one;
	}
	return first;
}

const struct job_kind chase_job = {
	.name = "chase", .run = chase_all, .max_attempts = 5, .lease_s = 300, .every_ms = 30000};
