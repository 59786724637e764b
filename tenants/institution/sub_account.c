/* sub_account: what an institution does with the accounts of its own people (DX-14). The handlers are declared in
 * schema/records/account.yaml. */
#include <string.h>

#include "core/buf.h"
#include "core/text/json.h"
#include "core/text/moment.h"
#include "schema/records.gen.h"
#include "tenants/account/access.h"
#include "tenants/account/account.h"
#include "tenants/account/credential.h"
#include "tenants/account/link.h"
#include "tenants/account/role.h"
#include "tenants/institution/institution.h"
#include "tenants/platform/limit.h"
#include "tenants/platform/services.h"
#include "tenants/rules/role_name.h"

static struct problem *read_permissions(struct call *call, const struct text_list *list, const char **out)
{
	struct buf *text = buf_in(call->arena);
	struct problem *problem = NULL;

	for (size_t i = 0; i < list->count; i++) {
		if (!role_menu(list->items[i]))
			problem = problem_add_field(call->arena, problem,
				arena_printf(call->arena, "/permissions/%zu", i), "permission", "没有此菜单权限。",
				"There is no such permission.");
		buf_printf(text, "%s%s", i ? "," : "", list->items[i]);
	}
	/* None named: none held. A NULL would mean all. */
	*out = arena_strdup(call->arena, text->data);
	return problem;
}

/* A sub-account of the caller's own institution; anything else is not there. */
static struct problem *load_sub(struct call *call, struct account **out)
{
	struct uuid id;
	struct account *row = NULL;
	struct problem *problem = call_path_id(call, 0, &id);
	uint32_t bits = 0;

	if (!problem)
		problem = account_row_peek(call, id, &row);
	if (!problem && row)
		problem = role_held(call, id, &bits);
	if (problem)
		return problem;
	if (!row || !uuid_equal(row->institution_id, call->actor.institution_id) ||
		row->state == ACCOUNT_STATE_CLOSED || !(bits & ROLE_STAFF))
		return problem_new(call->arena, &PROBLEM_NOT_FOUND);
	*out = row;
	return NULL;
}

struct problem *account_subs(struct call *call)
{
	struct json_writer *w = endpoint_writer(call);
	struct account **rows;
	size_t count;
	struct db_result *found;
	char created[25];
	struct problem *problem = account_row_select(call, "institution_id = ? AND state <> 'closed'",
		"ORDER BY created_at LIMIT 500", DB_ARGS(db_id(&call->actor.institution_id)), &rows, &count);

	if (problem)
		return problem;
	jw_object_begin(w);
	jw_key(w, "items");
	jw_array_begin(w);
	for (size_t i = 0; i < count; i++) {
		problem = db_select(call->db, call->scope,
			"SELECT role, permissions FROM account_role WHERE platform_id = :p AND account_id = ?",
			DB_ARGS(db_id(&rows[i]->row.id)), &found);
		if (problem)
			return problem;
		jw_object_begin(w);
		jw_kv_text(w, "id", uuid_text(call->arena, rows[i]->row.id));
		jw_kv_text(w, "user_name", rows[i]->user_name);
		jw_kv_text(w, "name", rows[i]->name);
		jw_kv_text(w, "mobile", rows[i]->mobile.hint);
		jw_kv_text(w, "email", rows[i]->email);
		jw_kv_text(w, "role", found->rows ? db_get_text(found, 0, 0) : NULL);
		jw_kv_text(w, "permissions", found->rows ? db_get_text(found, 0, 1) : NULL);
		jw_kv_text(w, "state", rows[i]->state == ACCOUNT_STATE_ACTIVE ? "active" : "disabled");
		time_format(rows[i]->row.created_at, created);
		jw_kv_text(w, "created_at", created);
		jw_object_end(w);
	}
	jw_array_end(w);
	jw_kv_null(w, "next");
	jw_object_end(w);
	return NULL;
}

/* Only for a certified provider: one that is an active member of its home (or any) platform. */
static struct problem *check_certified(struct call *call)
{
	const struct policy *policy;
	struct db_result *rows;
	struct problem *problem = services_policy(call, &policy);

	if (!problem)
		problem = db_select(call->db, call->scope,
			"SELECT (SELECT COUNT(*) FROM membership m WHERE m.platform_id = :p AND m.institution_id = ? "
			"AND m.phase = 'active'),"
			" (SELECT COUNT(*) FROM account a WHERE a.platform_id = :p AND a.institution_id = ? AND "
			"a.state <> 'closed')",
			DB_ARGS(db_id(&call->actor.institution_id), db_id(&call->actor.institution_id)), &rows);
	if (problem)
		return problem;
	if (!db_get_int(rows, 0, 0))
		return problem_detail(call->arena, &PROBLEM_CONFLICT, "机构通过认证（成为平台成员）后才能新建子账号。",
		                      "Sub-accounts are for institutions that are members of a platform.");
	if (db_get_int(rows, 0, 1) > policy->sign_in.sub_accounts)
		return problem_detail(call->arena, &PROBLEM_CONFLICT, "子账号数量已达上限。",
			"There are as many sub-accounts as this platform allows.");
	return NULL;
}

struct sub_work {
	struct call *call;
	const struct sub_account_new *in;
	const char *permissions;
	struct account *row;
	struct credential credential;
	const char *encoded; /* NULL: by link */
	const char *url;
};

static struct problem *write_sub(struct db *db, void *arg)
{
	struct sub_work *work = arg;
	struct call *call = work->call;
	struct account *row = account_row_new(call);

	row->user_name = work->in->user_name;
	/* DX-14: the name is the user name unless another is given. */
	row->name = work->in->name ? work->in->name : work->in->user_name;
	row->mobile.plain = work->in->mobile;
	row->email = work->in->email;
	row->kind = ACCOUNT_KIND_INSTITUTION;
	row->institution_id = call->actor.institution_id;
	work->row = row;
	struct problem *problem = institution_hold(call, row->institution_id);
	/* Looked at before, so that no password is hashed in vain; it counts here. */
	if (!problem)
		problem = limit_line_up(call, "sub-accounts", row->institution_id);
	if (!problem)
		problem = check_certified(call);
	if (!problem)
		problem = account_add(call, row);
	work->credential.account_id = row->row.id;
	if (!problem)
		problem = work->encoded ? credential_store_password(call, &work->credential, work->encoded, true)
		                        : link_for_account(call, row->row.id, &work->url);
	return problem ? problem : role_set(call, row->row.id, ROLE_STAFF, work->permissions, NULL);
}

struct problem *account_create_sub(struct call *call, const struct sub_account_new *in)
{
	struct sub_work work = {.call = call,
		.in = in,
		.credential = {.user_name = in->user_name, .kind = "institution", .mobile = in->mobile}};
	struct problem *problem = credential_check_user_name(call->arena, "/user_name", in->user_name, 6);

	if (!problem)
		problem = check_certified(call);
	if (!problem)
		problem = read_permissions(call, &in->permissions, &work.permissions);
	if (!problem && in->password)
		problem = credential_prepare_password(call, &work.credential, "/password", in->password, &work.encoded);
	if (!problem)
		problem = db_transaction(call->db, write_sub, &work);
	return problem ? problem : account_answer_link(call, work.row, work.url);
}

struct problem *account_change_sub(struct call *call, const struct sub_account_change *in)
{
	struct account *row = NULL;
	const char *permissions;
	struct problem *problem = load_sub(call, &row);

	if (problem)
		return problem;
	if (in->mobile)
		row->mobile = (struct sealed){.plain = in->mobile};
	if (in->email)
		row->email = in->email;
	problem = account_row_update(call, row, NULL);
	if (!problem && in->permissions.items)
		problem = read_permissions(call, &in->permissions, &permissions);
	if (!problem && in->permissions.items)
		problem = role_set(call, row->row.id, ROLE_STAFF, permissions, NULL);
	return problem ? problem : account_answer_link(call, row, NULL);
}

struct problem *account_delete_sub(struct call *call)
{
	struct account *row = NULL;
	struct problem *problem = load_sub(call, &row);

	if (problem)
		return problem;
	row->state = ACCOUNT_STATE_CLOSED;
	row->mobile = (struct sealed){0}; /* free for somebody else */
	problem = account_row_update(call, row, "closed");
	if (!problem)
		problem = role_set(call, row->row.id, 0, NULL, "closed");
	return problem ? problem : access_end(call, row->row.id, ACCESS_IDENTITIES, NULL);
}

struct problem *account_reset_sub(struct call *call, const struct sub_account_password *in)
{
	struct account *row = NULL;
	struct credential *credential = NULL;
	const char *url = NULL;
	struct problem *problem = load_sub(call, &row);

	if (!problem)
		problem = credential_still(call, row->row.id, &PROBLEM_NOT_FOUND, &credential);
	if (!problem && in->password)
		problem =
			credential_set_password(call, credential, "/password", in->password, CREDENTIAL_BY_OTHER, NULL);
	else if (!problem)
		problem = link_for_account(call, row->row.id, &url);
	return problem ? problem : account_answer_link(call, row, url);
}
