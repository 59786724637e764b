#include "federation/entry/grounds.h"

#include "federation/entry/application.h"
#include "federation/entry/certified.h"
#include "federation/entry/entry_case.h"
#include "federation/sync/federation.h"
#include "schema/records.gen.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/post.h"

static const struct words NO_MEMBER = {"机构在推荐平台（含下级平台）的入驻已终止或暂停，推荐随之取消",
                                       "Its membership of the platform that recommends it ended or is suspended, and "
                                       "the recommendation with it"};
static const struct words NO_GROUND = {"机构已不满足申请该平台所需的入驻前提，申请随之撤回",
                                       "It is no longer a member where this platform asks it to be, and the "
                                       "application is withdrawn with that"};
static const struct words SOURCE_CLOSED = {"提交该推荐（申请）的平台已关闭",
	"The platform that it came from is closed"};
static const struct words TARGET_CLOSED = {
	"该平台已关闭，申请（推荐）随之终止", "That platform is closed, and what was asked of it has ended"};

/* ---- A membership ended ---- */

static struct problem *review_recommendation(struct call *call, struct recommendation *row)
{
	bool holds;
	struct problem *problem = certified_holds(call, row->institution_id, &holds);
	if (problem || holds)
		return problem;
	row->decision_reason_en = NO_MEMBER.en;
	return lifecycle_fire_as_server(call, &record_recommendation, row, "withdraw", form_reason(call, NO_MEMBER.zh));
}

static struct problem *review_application(struct call *call, struct application *row)
{
	bool holds;
	struct problem *problem = application_holds(call, row, &holds);
	if (problem || holds)
		return problem;
	row->reason_en = NO_GROUND.en;
	return lifecycle_fire_as_server(call, &record_application, row, "withdraw", form_reason(call, NO_GROUND.zh));
}

struct problem *grounds_review(struct call *call, struct uuid institution_id)
{
	struct recommendation **recommendations;
	struct application **applications;
	size_t count, more;
	struct problem *problem =
		recommendation_row_select(call, "institution_id = ? AND phase IN ('sent', 'waiting', 'supplement')",
			"LIMIT 20", DB_ARGS(db_id(&institution_id)), &recommendations, &count);
	for (size_t i = 0; !problem && i < count; i++)
		problem = review_recommendation(call, recommendations[i]);
	if (!problem)
		problem = application_row_select(call,
			"institution_id = ? AND phase IN ('sent', 'waiting', 'supplement') AND way <> 'invitation'",
			"LIMIT 50", DB_ARGS(db_id(&institution_id)), &applications, &more);
	for (size_t i = 0; !problem && i < more; i++)
		problem = review_application(call, applications[i]);
	return problem;
}

/* ---- A platform closed ---- */

struct task {
	struct call *call;
	struct uuid id;
	uint32_t from;
};

static struct problem *review(struct db *db, void *arg)
{
	(void)db;
	const struct task *task = arg;
	return grounds_review(task->call, task->id);
}

static struct problem *end_recommendation(struct db *db, void *arg)
{
	(void)db;
	const struct task *task = arg;
	struct recommendation *row;
	struct problem *problem = recommendation_row_peek(task->call, task->id, &row);
	if (problem || !row || uuid_is_nil(row->open_key))
		return problem;
	row->decision_reason = TARGET_CLOSED.zh;
	row->decision_reason_en = TARGET_CLOSED.en;
	return lifecycle_fire_as_server(
		task->call, &record_recommendation, row, "withdrawn", form_reason(task->call, TARGET_CLOSED.zh));
}

static struct problem *end_application(struct db *db, void *arg)
{
	(void)db;
	const struct task *task = arg;
	struct application *row;
	struct problem *problem = application_row_peek(task->call, task->id, &row);
	if (problem || !row || row->decided_at)
		return problem;
	row->reason = TARGET_CLOSED.zh;
	row->reason_en = TARGET_CLOSED.en;
	return lifecycle_fire_as_server(
		task->call, &record_application, row, "withdrawn", form_reason(task->call, TARGET_CLOSED.zh));
}

static struct problem *end_source(struct db *db, void *arg)
{
	(void)db;
	const struct task *task = arg;
	return case_source_leave(task->call, task->id, task->from, SOURCE_CLOSED);
}

static const struct {
	const char *sql; /* platform, id[, from] */
	db_transaction_fn fn;
} closed[] = {
	{DB_ACROSS("SELECT r.platform_id, r.id FROM platform_profile t JOIN recommendation r ON r.to_platform = "
		"t.platform WHERE "
		"t.state = 'closed' AND r.open_key IS NOT NULL LIMIT 200"),
	 end_recommendation},
	{DB_ACROSS("SELECT a.platform_id, a.id FROM platform_profile t JOIN application a ON a.to_platform = "
		"t.platform WHERE t.state "
		"= 'closed' AND a.decided_at IS NULL "
	 "AND a.phase IN ('sent', 'waiting', 'supplement', 'withdrawing') LIMIT 200"),
	 end_application},
	{DB_ACROSS("SELECT s.platform_id, s.id, s.from_platform FROM platform_profile t JOIN case_source s ON "
		"s.from_platform = "
		"t.platform AND s.state = 'active' "
	 "WHERE t.state = 'closed' LIMIT 200"),
	 end_source},
	{DB_ACROSS("SELECT DISTINCT r.platform_id, r.institution_id FROM platform_profile t JOIN membership m ON "
		"m.home_id = "
		"t.platform AND m.phase = 'active' "
	 "JOIN recommendation r ON r.platform_id = m.platform_id AND r.institution_id = m.institution_id AND r.phase "
	 "IN ('sent', 'waiting', 'supplement') "
	 "WHERE t.state = 'closed' LIMIT 200"),
	 review},
	{DB_ACROSS("SELECT DISTINCT a.platform_id, a.institution_id FROM platform_profile t JOIN membership m ON "
		"m.home_id = "
		"t.platform AND m.phase = 'active' "
	 "JOIN application a ON a.platform_id = m.platform_id AND a.institution_id = m.institution_id AND a.phase IN "
	 "('sent', 'waiting', 'supplement') "
	 "WHERE t.state = 'closed' LIMIT 200"),
	 review},
};

/* Each in a transaction of its own, as the server on its platform; one that somebody was faster with is nobody's
 * fault. */
static struct problem *run_one(
	const struct federation *federation, struct db *db, uint32_t platform, struct task *task, db_transaction_fn fn)
{
	struct problem *problem = federation_call(federation, db, platform, &task->call);
	if (!problem && task->call->platform_state == PLATFORM_STATE_ACTIVE)
		problem = db_transaction(db, fn, task);
	return problem && problem->kind->status < 500 ? NULL : problem;
}

static struct problem *run(struct db *db, struct db_scope scope, struct json_object *payload, void *arg)
{
	(void)scope;
	(void)payload;
	const struct federation federation = {arg};
	struct problem *problem = NULL;
	for (size_t n = 0; !problem && n < sizeof closed / sizeof closed[0]; n++) {
		struct db_result *rows = NULL;
		problem = db_select(
			db, db_all_platforms("what rests on a closed platform"), closed[n].sql, DB_NO_ARGS, &rows);
		for (size_t i = 0; !problem && i < rows->rows; i++) {
			struct task task = {
				.id = UUID_NIL, .from = rows->columns > 2 ? (uint32_t)db_get_uint(rows, i, 2) : 0};
			db_get_id(rows, i, 1, &task.id);
			problem = run_one(&federation, db, (uint32_t)db_get_uint(rows, i, 0), &task, closed[n].fn);
		}
	}
	return problem;
}

const struct job_kind grounds_job = {
	.name = "grounds", .run = run, .max_attempts = 1000000, .lease_s = 120, .every_ms = 10000};
