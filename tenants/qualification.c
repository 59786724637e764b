#include "tenants/qualification.h"

#include <string.h>

#include "core/json.h"
#include "core/zone.h"
#include "schema/records.gen.h"
#include "tenants/audit.h"
#include "tenants/institution.h"
#include "tenants/notice.h"
#include "tenants/services.h"

static struct problem *check_dates(struct call *call, const struct qualification *row)
{
	if (row->issued_on && row->expires_on && strcmp(row->expires_on, row->issued_on) < 0)
		return problem_add_field(call->arena, NULL, "/expires_on", "date-order", "有效期至不能早于发证日期。", "It cannot expire before it was issued.");
	return NULL;
}

struct problem *qualification_before_create(struct call *call, struct qualification *row)
{
	struct institution *institution = NULL;
	struct problem *problem = institution_row_peek(call, call->actor.institution_id, &institution);

	if (problem)
		return problem;
	if (!institution || institution->row.home_id != call->platform_id)
		return problem_detail(call->arena, &PROBLEM_CONFLICT, "资质在机构的所属平台维护。", "Qualifications are kept at the institution's home platform.");
	row->institution_id = call->actor.institution_id;
	return check_dates(call, row);
}

struct problem *qualification_before_update(struct call *call, const struct qualification *before, struct qualification *row)
{
	/* A renewed one is reminded of again. */
	if (row->expires_on && (!before->expires_on || strcmp(before->expires_on, row->expires_on) != 0))
		row->reminded_at = 0;
	return check_dates(call, row);
}

struct problem *qualification_after_write(struct call *call, const struct qualification *before, const struct qualification *row)
{
	if (row->row.home_id != call->platform_id)
		return NULL;
	return institution_announce(call, row->institution_id, NULL, 0);
}

struct problem *qualification_remove(struct call *call, struct qualification *row)
{
	struct problem *problem = record_delete(call, &record_qualification, row);

	if (!problem)
		problem = db_exec(call->db, call->scope,
			"DELETE FROM attachment WHERE platform_id = :p AND record_type = 'qualification' AND record_id = ?", DB_ARGS(db_id(&row->row.id)), NULL);
	return problem ? problem : institution_announce(call, row->institution_id, NULL, 0);
}

/* --- the reminder --- */

struct reminder {
	struct call *call;
	struct uuid id;
};

static struct problem *remind_one(struct db *db, void *arg)
{
	struct reminder *reminder = arg;
	struct call *call = reminder->call;
	struct qualification *row = NULL;
	struct institution *institution = NULL;
	struct problem *problem = qualification_row_peek(call, reminder->id, &row);

	if (problem || !row || row->reminded_at)
		return problem;
	problem = institution_row_peek(call, row->institution_id, &institution);
	if (problem || !institution)
		return problem;
	row->reminded_at = call_now();
	problem = qualification_row_update(call, row, "reminded");
	return problem ? problem : notice_sink_send(call, &record_qualification, row, "qualification_expiring", "institution_contact",
		audit_details(call->arena, "name", row->name, "institution", institution->name, "expires", row->expires_on, NULL), NULL);
}

static struct problem *remind_platform(const struct services *services, struct db *db, const struct platform *platform)
{
	struct call call;
	const struct policy *policy;
	struct db_result *rows = NULL;
	struct problem *problem = services_call(services, db, platform, &call);

	if (!problem)
		problem = services_policy(&call, &policy);
	if (!problem && policy->remind_days > 0)
		problem = db_select(db, call.scope,
			"SELECT id FROM qualification WHERE platform_id = :p AND home_id = :p AND reminded_at IS NULL"
			" AND expires_on BETWEEN " ZONE_TODAY_SQL " AND " ZONE_TODAY_SQL " + INTERVAL ? DAY LIMIT 200", DB_ARGS(db_int(policy->remind_days)), &rows);
	for (size_t i = 0; !problem && rows && i < rows->rows; i++) {
		struct reminder reminder = {.call = &call};
		db_get_id(rows, i, 0, &reminder.id);
		problem = db_transaction(db, remind_one, &reminder);
	}
	return problem;
}

static struct problem *remind(struct db *db, struct db_scope scope, struct json_object *payload, void *arg)
{
	const struct services *services = arg;
	const struct platform_directory *directory = platform_directory_use(services->registry, db_arena(db));
	struct db_result *rows;
	struct problem *problem = db_select(db, db_all_platforms("most platforms have none to remind of"),
		"SELECT DISTINCT platform_id FROM qualification WHERE home_id = platform_id AND reminded_at IS NULL"
		" AND expires_on BETWEEN " ZONE_TODAY_SQL " AND " ZONE_TODAY_SQL " + INTERVAL 1 YEAR", DB_NO_ARGS, &rows);

	for (size_t i = 0; !problem && i < rows->rows; i++) {
		const struct platform *platform = platform_by_id(directory, (uint32_t)db_get_uint(rows, i, 0));
		if (platform && platform->state == PLATFORM_STATE_ACTIVE)
			problem = remind_platform(services, db, platform);
	}
	return problem;
}

const struct job_kind qualification_job = {.name = "qualification_remind", .run = remind, .max_attempts = 5, .lease_s = 300, .every_ms = 3600000};
