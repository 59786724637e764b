#include "tenants/institution/qualification.h"

#include <string.h>

#include "core/text/json.h"
#include "core/text/zone.h"
#include "schema/records.gen.h"
#include "tenants/account/person.h"
#include "tenants/institution/institution.h"
#include "tenants/notice/notice.h"
#include "tenants/platform/audit.h"
#include "tenants/platform/services.h"

struct problem *qualification_before_create(struct call *call, struct qualification *row)
{
	struct institution *institution = NULL;
	struct problem *problem = institution_row_peek(call, call->actor.institution_id, &institution);

	if (problem)
		return problem;
	if (!institution || institution->row.home_id != call->platform_id)
		return problem_detail(call->arena, &PROBLEM_CONFLICT, "资质在机构的所属平台维护。",
			"Qualifications are kept at the institution's home platform.");
	row->institution_id = call->actor.institution_id;
	return institution_hold(call, row->institution_id);
}

struct problem *qualification_before_update(
	struct call *call, const struct qualification *before, struct qualification *row)
{
	/* A renewed one is reminded of again. */
	if (row->expires_on && (!before->expires_on || strcmp(before->expires_on, row->expires_on) != 0))
		row->reminded_at = 0;
	return NULL;
}

struct problem *qualification_after_write(
	struct call *call, const struct qualification *before, const struct qualification *row)
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
			"DELETE FROM attachment WHERE platform_id = :p AND record_type = 'qualification' AND record_id "
			"= ?", DB_ARGS(db_id(&row->row.id)), NULL);
	return problem ? problem : institution_announce(call, row->institution_id, NULL, 0);
}

/* --- confirmed here --- */

/* Copies too: what is confirmed is this platform's own knowledge. */
static struct problem *confirm(struct call *call, struct uuid id, uint32_t version)
{
	return db_exec(call->db, call->scope,
		"UPDATE qualification SET confirmed = " QUALIFICATION_DIGEST ", confirmed_by = ?, confirmed_at = "
		"UTC_TIMESTAMP(3)"
		" WHERE platform_id = :p AND id = ? AND (? = 0 OR version = ?)",
		DB_ARGS(db_text(call->actor.name), db_id(&id), db_uint(version), db_uint(version)), NULL);
}

struct problem *qualification_confirm(struct call *call, struct qualification *row)
{
	bool works = false;
	struct problem *problem = person_works_for(call, call->actor.account_id, row->institution_id, &works);

	if (!problem && works)
		problem = problem_detail(call->arena, &PROBLEM_FORBIDDEN, "您属于该机构，需回避",
			"You belong to this institution and must not judge it");
	if (!problem)
		problem = confirm(call, row->row.id, 0);
	return problem ? problem
		       : audit_add(call, "qualification.confirmed", "qualification", row->row.id,
				 audit_details(call->arena, "event", "confirmed", NULL));
}

struct problem *qualification_confirmed(struct call *call, const struct qualification_of *query)
{
	struct db_result *rows;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT id FROM qualification WHERE platform_id = :p AND institution_id = ? AND confirmed "
		"= " QUALIFICATION_DIGEST " ORDER BY id LIMIT 1000",
		DB_ARGS(db_id(&query->institution_id)), &rows);
	struct qualification_confirmed_list list = {0};

	if (problem)
		return problem;
	list.items.items = ARENA_ARRAY(call->arena, struct uuid, rows->rows + 1);
	for (list.items.count = 0; list.items.count < rows->rows; list.items.count++)
		db_get_id(rows, list.items.count, 0, &list.items.items[list.items.count]);
	return endpoint_answer(call, &shape_qualification_confirmed_list, &list);
}

struct problem *qualification_confirm_dossier(struct call *call, struct json_object *dossier)
{
	struct json_object *list = json_get_array(dossier, "qualifications");
	struct problem *problem = NULL;

	for (size_t i = 0; !problem && i < json_count(list); i++) {
		struct uuid id;
		int64_t version;
		if (uuid_parse(json_get_text(json_at(list, i), "id"), &id) &&
			json_get_int(json_at(list, i), "version", &version) && version > 0)
			problem = confirm(call, id, (uint32_t)version);
	}
	return problem;
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
	return problem
		? problem
		: notice_sink_send(call, &record_qualification, row, "qualification_expiring", "institution_contact",
			  audit_details(call->arena, "name", row->name, "institution", institution->name, "expires",
				  row->expires_on, NULL),
			  NULL);
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
			" AND expires_on BETWEEN " ZONE_TODAY_SQL " AND " ZONE_TODAY_SQL " + INTERVAL ? DAY LIMIT 200",
			DB_ARGS(db_int(policy->remind_days)), &rows);
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
		" AND expires_on BETWEEN " ZONE_TODAY_SQL " AND " ZONE_TODAY_SQL " + INTERVAL 1 YEAR", DB_NO_ARGS,
		&rows);

	for (size_t i = 0; !problem && i < rows->rows; i++) {
		const struct platform *platform = platform_by_id(directory, (uint32_t)db_get_uint(rows, i, 0));
		if (platform && platform->state == PLATFORM_STATE_ACTIVE)
			problem = remind_platform(services, db, platform);
	}
	return problem;
}

const struct job_kind qualification_job = {
	.name = "qualification_remind", .run = remind, .max_attempts = 5, .lease_s = 300, .every_ms = 3600000};
