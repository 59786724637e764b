/* identity_request: who decides that somebody owns, or belongs to, an institution that is registered already. */
#include "core/json.h"
#include "schema/records.gen.h"
#include "tenants/audit.h"
#include "tenants/role.h"

/* A claim is against the present owner, so the platform decides it; joining is the owner's own matter. */
struct problem *guard_identity_request_decider(struct call *call, const struct identity_request *row, struct json_object *form)
{
	bool desk = call_has_role(call, ROLES_DESK), claim = row->kind == IDENTITY_REQUEST_KIND_CLAIM;

	if (call_has_role(call, ROLE_SERVER) || desk == claim)
		return NULL;
	if (claim)
		return problem_detail(call->arena, &PROBLEM_FORBIDDEN, "认领申请由平台审核。", "A claim is decided by the platform.");
	return problem_detail(call->arena, &PROBLEM_FORBIDDEN, "加入申请由机构负责人审核。", "Joining is decided by the institution's owner.");
}

struct problem *effect_identity_request_decided(struct call *call, struct identity_request *row, struct json_object *form)
{
	row->open_key = UUID_NIL;
	row->reason = json_get_text(form, "reason");
	row->decided_name = call->actor.name;
	row->decided_at = call_now();
	return NULL;
}

/* The former owners stay on as staff: they lose no work, and the new owner decides about them. */
static struct problem *demote_owners(struct call *call, struct uuid institution_id, struct uuid except)
{
	struct db_result *rows;
	struct uuid id;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT a.id FROM account a JOIN account_role r ON r.platform_id = :p AND r.account_id = a.id AND r.role = 'owner'"
		" WHERE a.platform_id = :p AND a.institution_id = ? AND a.id <> ?", DB_ARGS(db_id(&institution_id), db_id(&except)), &rows);

	for (size_t i = 0; !problem && i < rows->rows; i++)
		if (db_get_id(rows, i, 0, &id))
			problem = role_set(call, id, ROLE_STAFF, NULL, "claim");
	return problem;
}

struct problem *effect_identity_request_admit(struct call *call, struct identity_request *row, struct json_object *form)
{
	bool claim = row->kind == IDENTITY_REQUEST_KIND_CLAIM;
	struct account *account = NULL;
	struct problem *problem = account_row_peek(call, row->account_id, &account);

	if (!problem && (!account || account->state != ACCOUNT_STATE_ACTIVE || !uuid_is_nil(account->institution_id)))
		problem = problem_detail(call->arena, &PROBLEM_CONFLICT, "申请人账号已不可用或已属于其他机构。",
		                         "The account that asked is no longer active, or belongs to an institution already.");
	if (problem)
		return problem;
	account->institution_id = row->institution_id;
	problem = account_row_update(call, account, "admitted");
	if (!problem && claim)
		problem = demote_owners(call, row->institution_id, row->account_id);
	return problem ? problem : role_set(call, row->account_id, claim ? ROLE_OWNER : ROLE_STAFF, NULL, claim ? "claim" : "join");
}
