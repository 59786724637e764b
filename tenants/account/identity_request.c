#include "tenants/account/identity_request.h"

#include <string.h>

#include "core/text/json.h"
#include "schema/records.gen.h"
#include "tenants/account/role.h"
#include "tenants/notice/notice.h"
#include "tenants/platform/audit.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/services.h"

/* A claim is against the present owner, so the platform decides it; joining is the owner's own matter. */
struct problem *guard_identity_request_decider(
	struct call *call, const struct identity_request *row, struct json_object *form)
{
	bool desk = call_has_role(call, ROLES_DESK), claim = row->kind == IDENTITY_REQUEST_KIND_CLAIM;

	if (call_has_role(call, ROLE_SERVER) || desk == claim)
		return NULL;
	if (claim)
		return problem_detail(
			call->arena, &PROBLEM_FORBIDDEN, "认领申请由平台审核。", "A claim is decided by the platform.");
	return problem_detail(call->arena, &PROBLEM_FORBIDDEN, "加入申请由机构管理员审核。",
		"Joining is decided by the institution's administrator.");
}

struct problem *effect_identity_request_decided(
	struct call *call, struct identity_request *row, struct json_object *form)
{
	row->open_key = UUID_NIL;
	row->reason = json_get_text(form, "reason");
	row->decided_name = call->actor.name;
	row->decided_at = call_now();
	return NULL;
}

/* --- who holds the institution is told, and may object --- */

struct told {
	struct call *call;
	const struct identity_request *row;
	const char *template;
	struct json_object *variables;
	const char *ways[64]; /* numbers and addresses that were told already */
	size_t count;
};

static bool is_new(struct told *told, const char *way)
{
	if (!way || !*way || told->count == sizeof told->ways / sizeof *told->ways)
		return false;
	for (size_t i = 0; i < told->count; i++)
		if (strcmp(told->ways[i], way) == 0)
			return false;
	told->ways[told->count++] = way;
	return true;
}

/* By all that is known, not by the first that works: who took over the one may not have the other. */
static struct problem *tell_ways(struct told *told, const char *mobile, const char *email, const char *name)
{
	struct notice_order order = {.template = told->template, .name = name, .variables = told->variables,
		.record_type = record_identity_request.name, .record_id = told->row->row.id};
	struct problem *problem = NULL;

	order.mobile = is_new(told, mobile) ? mobile : NULL;
	if (order.mobile)
		problem = notice_queue(told->call, &order, NULL);
	order.mobile = NULL;
	order.email = is_new(told, email) ? email : NULL;
	if (!problem && order.email)
		problem = notice_queue(told->call, &order, NULL);
	return problem;
}

static struct problem *select_owners(
	struct call *call, struct uuid institution_id, struct account ***owners, size_t *count)
{
	return account_row_select(call,
		"institution_id = ? AND state <> 'closed' AND id IN (SELECT account_id FROM account_role WHERE"
		" account_role.platform_id = :p AND role = 'owner')",
		"ORDER BY created_at LIMIT 20", DB_ARGS(db_id(&institution_id)), owners, count);
}

/* The inbox of the institution, its contact, and each of its owners. */
static struct problem *tell_holders(struct call *call, const struct identity_request *row, const char *template)
{
	struct told told = {.call = call, .row = row, .template = template};
	const struct policy *policy;
	struct institution *institution = NULL;
	struct account **owners = NULL;
	size_t count = 0;
	struct problem *problem = services_policy(call, &policy);

	if (!problem)
		problem = institution_row_peek(call, row->institution_id, &institution);
	if (!problem && institution)
		problem = select_owners(call, row->institution_id, &owners, &count);
	if (problem || !institution)
		return problem;
	told.variables = audit_details(call->arena, "applicant", row->account_name, "name", institution->name,
		"platform", call_text(call, call->platform->name_zh, call->platform->name_en), "until",
		row->objection_until, "hotline", policy->profile.hotline, NULL);
	problem = notice_sink_send(call, &record_identity_request, row, template, "institution", told.variables, NULL);
	if (!problem)
		problem = tell_ways(&told, record_open(call, &record_institution, institution, "contact_mobile"),
			institution->contact_email, institution->contact_name);
	for (size_t i = 0; !problem && i < count; i++)
		problem = tell_ways(&told, record_open(call, &record_account, owners[i], "mobile"), owners[i]->email,
			owners[i]->name);
	return problem;
}

struct problem *identity_request_file(struct call *call, struct identity_request *row)
{
	const struct policy *policy;
	char due[11];
	bool claim = row->kind == IDENTITY_REQUEST_KIND_CLAIM;
	struct problem *problem = services_policy(call, &policy);

	if (!problem && claim && policy->objection_days)
		problem = call->services->due_on(call, NULL, policy->objection_days, due, call->services->arg);
	if (!problem && claim && policy->objection_days)
		row->objection_until = arena_strdup(call->arena, due);
	if (!problem)
		problem = identity_request_row_insert(call, row);
	return problem || !claim ? problem : tell_holders(call, row, "identity_claim_filed");
}

/* An objection is an answer: then the desk need not wait, but say why. */
struct problem *guard_identity_request_waited(
	struct call *call, const struct identity_request *row, struct json_object *form)
{
	const char *reason = json_get_text(form, "reason");
	char yesterday[11];

	if (row->kind != IDENTITY_REQUEST_KIND_CLAIM)
		return NULL;
	if (row->objection && (!reason || !*reason))
		return problem_add_field(call->arena, NULL, "/reason", "required",
			"现任机构管理员已提出异议，请说明仍予通过的理由。",
		                         "The present owner objects: say why the claim is granted all the same.");
	if (row->objection || !row->objection_until)
		return NULL;
	/* In the calendar of the network; a day that is over is before today. */
	struct problem *problem = call->services->due_on(call, NULL, 0, yesterday, call->services->arg);
	if (problem || strcmp(row->objection_until, yesterday) < 0)
		return problem;
	return problem_detail(call->arena, &PROBLEM_CONFLICT,
		arena_printf(call->arena, "现任机构管理员可在 %s（含）前提出异议，此后方可通过；可以先不予通过。",
			row->objection_until),
		arena_printf(call->arena,
			"The present owner may object until the end of %s; it can be granted after that, and refused "
			"at any time.",
			row->objection_until));
}

struct problem *guard_identity_request_may_object(
	struct call *call, const struct identity_request *row, struct json_object *form)
{
	if (row->kind == IDENTITY_REQUEST_KIND_CLAIM && !row->objection)
		return NULL;
	return problem_detail(call->arena, &PROBLEM_CONFLICT,
		row->objection ? "已提出过异议，请等待平台办理。" : "只能对认领申请提出异议。",
		row->objection ? "There is an objection already; the platform decides."
			       : "Only a claim can be objected to.");
}

struct problem *effect_identity_request_object(
	struct call *call, struct identity_request *row, struct json_object *form)
{
	row->objection = json_get_text(form, "reason");
	row->objected_name = call->actor.name;
	row->objected_at = call_now();
	return NULL;
}

/* --- admission --- */

/* The former owners stay on as staff: they lose no work, and the new owner decides about them. */
static struct problem *demote_owners(struct call *call, struct uuid institution_id, struct uuid except)
{
	struct db_result *rows;
	struct uuid id;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT a.id FROM account a JOIN account_role r ON r.platform_id = :p AND r.account_id = a.id AND "
		"r.role = 'owner'"
		" WHERE a.platform_id = :p AND a.institution_id = ? AND a.id <> ?", DB_ARGS(db_id(&institution_id),
		db_id(&except)), &rows);

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
		                         "The account that asked is no longer active, or belongs to an institution "
		                         "already.");
	if (problem)
		return problem;
	account->institution_id = row->institution_id;
	problem = account_row_update(call, account, "admitted");
	/* While they are the owners still: whoever holds it now hears that they hold it no more. */
	if (!problem && claim)
		problem = tell_holders(call, row, "identity_claim_granted");
	if (!problem && claim)
		problem = demote_owners(call, row->institution_id, row->account_id);
	return problem
		? problem
		: role_set(call, row->account_id, claim ? ROLE_OWNER : ROLE_STAFF, NULL, claim ? "claim" : "join");
}
