#include "tenants/institution/consent.h"

#include "schema/records.gen.h"
#include "tenants/institution/reach.h"

struct problem *consent_give(struct call *call, struct uuid institution_id, uint32_t to_platform)
{
	const char *duplicate;
	struct uuid id = uuid_v7();
	return db_insert(call->db, call->scope,
		"INSERT INTO consent (platform_id, id, institution_id, account_id, purpose, to_platform, "
		"text_version, given_at) "
		"VALUES (:p, ?, ?, ?, 'share_profile', ?, '1', UTC_TIMESTAMP(3))",
		DB_ARGS(db_id(&id), db_id(&institution_id), db_id(&call->actor.account_id), db_uint(to_platform)),
		&duplicate);
}

struct problem *consent_end(struct call *call, struct uuid institution_id, uint32_t to_platform)
{
	struct application **rows;
	size_t count;
	struct problem *problem = application_row_select(call,
		"institution_id = ? AND to_platform = ? AND phase = 'approved' AND consent_ended_at IS NULL",
		"ORDER BY id", DB_ARGS(db_id(&institution_id), db_uint(to_platform)), &rows, &count);
	for (size_t i = 0; !problem && i < count; i++) {
		rows[i]->consent_ended_at = call_now();
		problem = application_row_update(call, rows[i], "consent_ended");
	}
	return problem ? problem : db_exec(call->db, call->scope,
		"UPDATE consent SET withdrawn_at = UTC_TIMESTAMP(3) WHERE platform_id = :p AND institution_id = ? "
		"AND to_platform = ? AND purpose = 'share_profile' AND withdrawn_at IS NULL AND ? > 0",
		DB_ARGS(db_id(&institution_id), db_uint(to_platform), db_uint(count)), NULL);
}

struct problem *consent_stands(struct call *call, struct uuid institution_id, uint32_t platform, bool *stands)
{
	struct db_result *rows;
	struct problem *problem = reach_is_above(call, institution_id, platform, stands);
	if (problem || *stands)
		return problem;
	problem = db_select(call->db, call->scope,
		"SELECT 1 FROM application WHERE platform_id = :p AND institution_id = ? AND to_platform = ? "
		"AND " CONSENT_GIVEN("") " LIMIT 1", DB_ARGS(db_id(&institution_id), db_uint(platform)), &rows);
	*stands = !problem && rows->rows;
	return problem;
}
