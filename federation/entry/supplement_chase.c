/* What is asked and not answered: its institution is reminded on the last day and once more when it is over, and the
 * desk that waits hears of it. */
#include "core/text/json.h"
#include "core/text/zone.h"
#include "federation/entry/supplement.h"
#include "federation/sync/federation.h"
#include "schema/records.gen.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/post.h"
#include "tenants/platform/services.h"

enum { DAY_MINUTES = 24 * 60 };

struct task {
	struct call *call;
	struct uuid id;
};

/* Nobody is woken by an SMS: from the hour on at which the platform's desk is chased too. */
static struct problem *is_time(struct call *call, bool *out)
{
	const struct policy *policy;
	struct problem *problem = services_policy(call, &policy);
	int minute = (int)((call_now() + ZONE_MS) / 60000 % DAY_MINUTES);
	*out = !problem && policy->chase_at >= 0 && minute >= policy->chase_at;
	return problem;
}

/* Of several servers one writes the day. */
static struct problem *take_day(struct call *call, const char *sql, struct uuid id, bool *taken)
{
	uint64_t affected = 0;
	struct problem *problem = db_exec(call->db, call->scope, sql, DB_ARGS(db_id(&id)), &affected);
	*taken = !problem && affected;
	return problem;
}

static struct problem *tell(const struct task *task, const struct supplement *row, const char *template, const char *to)
{
	const struct notice_sink *sink = task->call->services->notices;
	struct json_object *variables = json_own(task->call->arena, json_object_new_object());
	struct problem *problem = supplement_name_asker(task->call, row, variables);
	put_text(variables, "name", row->institution_name);
	put_text(variables, "due", row->row.due_on);
	return problem || !sink ? problem
				: sink->send(task->call, &record_supplement, row, template, to, variables, sink->arg);
}

static struct problem *remind(struct db *db, void *arg)
{
	(void)db;
	const struct task *task = arg;
	struct supplement *row;
	bool taken = false;
	struct problem *problem = supplement_row_peek(task->call, task->id, &row);
	if (!problem && row && row->state == SUPPLEMENT_STATE_OPEN)
		problem = take_day(task->call,
			"UPDATE supplement SET chased_on = " ZONE_TODAY_SQL
			" WHERE platform_id = :p AND id = ? AND sent_at IS NULL "
			"AND (chased_on IS NULL OR (chased_on <= due_on AND due_on < " ZONE_TODAY_SQL "))",
			task->id, &taken);
	return problem || !taken ? problem : tell(task, row, "application_supplement_due", "institution_contact");
}

static struct problem *tell_desk(struct db *db, void *arg)
{
	(void)db;
	const struct task *task = arg;
	struct supplement *row;
	struct entry_case *waiting = NULL;
	bool taken = false;
	struct problem *problem = supplement_row_peek(task->call, task->id, &row);
	if (!problem && row && row->state == SUPPLEMENT_STATE_OPEN)
		problem = take_day(task->call,
			"UPDATE supplement SET lapsed_on = " ZONE_TODAY_SQL
			" WHERE platform_id = :p AND id = ? AND lapsed_on IS NULL",
			task->id, &taken);
	if (!problem && taken)
		problem = entry_case_row_peek(task->call, row->case_id, &waiting);
	if (problem || !waiting)
		return problem;
	bool claimed = !uuid_is_nil(waiting->claimed_by) && waiting->claimed_until > call_now();
	if (!claimed)
		return tell(task, row, "supplement_lapsed", "role:reviewer");
	struct json_object *variables = json_own(task->call->arena, json_object_new_object());
	problem = supplement_name_asker(task->call, row, variables);
	put_text(variables, "name", row->institution_name);
	put_text(variables, "item", row->item);
	put_text(variables, "due", row->row.due_on);
	const struct notice_sink *sink = task->call->services->notices;
	return problem || !sink ? problem
				: sink->send(task->call, &record_entry_case, waiting, "supplement_lapsed",
					  "account:claimed_by", variables, sink->arg);
}

static struct problem *select_due(struct db *db, struct db_result **out)
{
	return db_select(db, db_all_platforms("what institutions have not answered"),
	                 "SELECT s.platform_id, s.id FROM supplement s WHERE s.state = 'open' AND s.addressee = "
	                 "'institution' AND s.to_platform = s.platform_id "
	                 "AND s.sent_at IS NULL AND s.due_on <= " ZONE_TODAY_SQL " AND (s.chased_on IS NULL OR "
	                 "(s.chased_on <= s.due_on AND s.due_on < " ZONE_TODAY_SQL ")) LIMIT 500",
	                 DB_NO_ARGS, out);
}

static struct problem *select_lapsed(struct db *db, struct db_result **out)
{
	return db_select(db, db_all_platforms("what desks wait for in vain"),
	                 "SELECT s.platform_id, s.id FROM supplement s WHERE s.state = 'open' AND s.home_id = "
	                 "s.platform_id AND s.due_on < " ZONE_TODAY_SQL " "
	                 "AND s.lapsed_on IS NULL LIMIT 500",
	                 DB_NO_ARGS, out);
}

static struct problem *each(const struct federation *federation, struct db *db,
	struct problem *(*select)(struct db *, struct db_result **), db_transaction_fn fn)
{
	struct db_result *rows;
	struct problem *problem = select(db, &rows);
	for (size_t i = 0; !problem && i < rows->rows; i++) {
		struct task task = {.id = UUID_NIL};
		bool now = false;
		db_get_id(rows, i, 1, &task.id);
		problem = federation_call(federation, db, (uint32_t)db_get_uint(rows, i, 0), &task.call);
		if (!problem && task.call->platform_state == PLATFORM_STATE_ACTIVE)
			problem = is_time(task.call, &now);
		if (!problem && now)
			problem = db_transaction(db, fn, &task);
		if (problem && problem->kind->status < 500)
			problem = NULL; /* somebody was faster */
	}
	return problem;
}

static struct problem *run(struct db *db, struct db_scope scope, struct json_object *payload, void *arg)
{
	(void)scope;
	(void)payload;
	const struct federation federation = {arg};
	struct problem *problem = each(&federation, db, select_due, remind);
	return problem ? problem : each(&federation, db, select_lapsed, tell_desk);
}

const struct job_kind supplement_job = {
	.name = "supplement", .run = run, .max_attempts = 1000000, .lease_s = 120, .every_ms = 20000};
