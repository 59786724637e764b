#include "tenants/account/account.h"

#include <string.h>

#include "core/buf.h"
#include "core/record/side.h"
#include "core/text/json.h"
#include "core/text/moment.h"
#include "schema/records.gen.h"
#include "tenants/account/access.h"
#include "tenants/account/credential.h"
#include "tenants/account/guess.h"
#include "tenants/account/link.h"
#include "tenants/account/role.h"
#include "tenants/account/sms_code.h"
#include "tenants/notice/notice.h"
#include "tenants/platform/audit.h"
#include "tenants/platform/services.h"
#include "tenants/rules/role_name.h"

struct problem *account_add(struct call *call, struct account *row)
{
	if (!row->home)
		row->home = call->platform_id;
	if (!row->state)
		row->state = ACCOUNT_STATE_ACTIVE;
	return account_row_insert(call, row);
}

/* --- what administrators do --- */

struct problem *account_answer_link(struct call *call, const struct account *row, const char *url)
{
	struct json_writer *w = endpoint_writer(call);

	jw_object_begin(w);
	jw_kv_text(w, "id", uuid_text(call->arena, row->row.id));
	jw_kv_text(w, "user_name", row->user_name);
	jw_kv_text(w, "link", url);
	jw_object_end(w);
	return NULL;
}

/* By e-mail with the link, by SMS without: an SMS is no place for it. Who has neither gets it from the
 * administrator. */
static struct problem *send_link(struct call *call, const struct account_new *in, const char *url)
{
	struct notice_order order = {.template = "account_created",
		.mobile = in->email ? NULL : in->mobile,
		.email = in->email,
		.name = in->name,
		.variables = audit_details(call->arena, "user_name", in->user_name, NULL),
		.secrets = audit_details(call->arena, "link", url, NULL)};

	return notice_queue(call, &order, NULL);
}

struct problem *account_create(struct call *call, const struct account_new *in)
{
	struct account *row = account_row_new(call);
	const char *url = NULL;
	struct problem *problem = credential_check_user_name(call->arena, "/user_name", in->user_name, 3);

	row->user_name = in->user_name;
	row->name = in->name;
	row->mobile.plain = in->mobile;
	row->email = in->email;
	row->kind = ACCOUNT_KIND_STAFF;
	if (!problem)
		problem = account_add(call, row);
	if (!problem)
		problem = link_for_account(call, row->row.id, &url);
	if (!problem)
		problem = send_link(call, in, url);
	return problem ? problem : account_answer_link(call, row, url);
}

static struct problem *is_own(struct call *call, const struct account *row)
{
	if (!uuid_equal(row->row.id, call->actor.account_id))
		return NULL;
	return problem_detail(call->arena, &PROBLEM_CONFLICT, "不能对自己的账号进行此操作。",
		"Nobody does this to their own account.");
}

struct problem *account_set_state(struct call *call, struct account *row, const struct account_state_change *in)
{
	static const char *const events[] = {NULL, "restored", "disabled", "closed"};
	struct problem *problem = is_own(call, row);

	if (!problem && row->state == ACCOUNT_STATE_CLOSED)
		problem = problem_detail(call->arena, &PROBLEM_CONFLICT, "账号已注销，不能恢复。",
			"A closed account cannot be restored.");
	if (problem)
		return problem;
	row->state = in->state; /* both enums name the same codes in the same order */
	problem = record_update_with(
		call, &record_account, row, events[in->state], audit_details(call->arena, "reason", in->reason, NULL));
	if (!problem)
		problem = access_end(call, row->row.id, ACCESS_IDENTITIES, NULL);
	return problem ? problem : record_answer(call, &record_account, row);
}

/* What the caller may grant to whom: staff's roles to staff of this platform. */
static struct problem *read_roles(
	struct call *call, const struct account *row, const struct text_list *list, uint32_t *bits)
{
	struct problem *problem = NULL;

	*bits = 0;
	for (size_t i = 0; i < list->count; i++) {
		uint32_t bit = role_by_name(list->items[i]);
		if (!role_is_staff(bit) || row->kind != ACCOUNT_KIND_STAFF)
			problem = problem_add_field(call->arena, problem, arena_printf(call->arena, "/roles/%zu", i),
				"role", "不能授予该角色：只能向平台人员授予平台角色。",
				"This role cannot be granted: only roles of the platform, to "
				"its staff.");
		*bits |= bit;
	}
	return problem ? problem : role_check(call->arena, "/roles", *bits);
}

struct problem *account_set_roles(struct call *call, struct account *row, const struct account_roles *in)
{
	uint32_t bits;
	struct problem *problem = is_own(call, row);

	if (!problem)
		problem = read_roles(call, row, &in->roles, &bits);
	if (!problem)
		problem = role_set(call, row->row.id, bits, NULL, in->reason);
	return problem ? problem : record_answer(call, &record_account, row);
}

struct problem *account_password_link(struct call *call, struct account *row)
{
	const char *url = NULL;
	struct problem *problem = NULL;

	if (row->kind == ACCOUNT_KIND_VISITOR)
		problem = problem_detail(call->arena, &PROBLEM_CONFLICT, "该账号在其注册平台登录。",
			"This account signs in on its home platform.");
	if (!problem)
		problem = link_for_account(call, row->row.id, &url);
	return problem ? problem : account_answer_link(call, row, url);
}

struct problem *account_unlock(struct call *call, struct account *row)
{
	struct credential *credential;
	struct problem *problem = credential_by_id(call, row->row.id, &credential);

	if (!problem && credential)
		problem = guess_forget(call, credential);
	return problem ? problem : audit_add(call, "account.unlocked", "account", row->row.id, NULL);
}

struct problem *account_totp_reset(struct call *call, struct account *row)
{
	struct problem *problem = credential_set_totp(call, row->row.id, NULL, 0);

	if (!problem)
		problem = access_end(call, row->row.id, ACCESS_KEYS, NULL);
	return problem ? problem : audit_add(call, "account.totp_removed", "account", row->row.id, NULL);
}

struct problem *account_present(struct call *call, const struct account *row, struct json_writer *w)
{
	uint32_t bits;
	bool rests = false;
	struct credential *credential;
	struct problem *problem = role_held(call, row->row.id, &bits);

	if (!problem)
		problem = credential_by_id(call, row->row.id, &credential);
	if (!problem && credential)
		problem = guess_account_rests(call, credential, &rests);
	if (problem)
		return problem;
	role_write(w, "roles", bits);
	jw_kv_bool(w, "second_factor", credential && credential->totp);
	jw_kv_bool(w, "locked", rests);
	jw_kv_bool(w, "password_set", credential && credential->password_hash);
	return NULL;
}

struct problem *account_grants(struct call *call)
{
	struct db_result *rows;
	struct staff_grants answer = {0};
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT r.account_id, GROUP_CONCAT(r.role ORDER BY r.role) FROM account_role r JOIN account a ON "
		"a.platform_id = :p AND a.id = r.account_id"
		" WHERE r.platform_id = :p AND a.kind = 'staff' GROUP BY r.account_id ORDER BY r.account_id LIMIT "
		"5000", DB_NO_ARGS, &rows);

	if (problem)
		return problem;
	answer.items =
		(struct staff_grant_list){rows->rows, ARENA_ARRAY(call->arena, struct staff_grant, rows->rows + 1)};
	for (size_t i = 0; i < rows->rows; i++) {
		char *rest = arena_strdup(call->arena, db_get_text(rows, i, 1)), *role;
		struct text_list *roles = &answer.items.items[i].roles;
		db_get_id(rows, i, 0, &answer.items.items[i].id);
		roles->items = ARENA_ARRAY(call->arena, const char *, strlen(rest) + 1);
		while ((role = strsep(&rest, ",")) != NULL)
			roles->items[roles->count++] = role;
	}
	return endpoint_answer(call, &shape_staff_grants, &answer);
}

/* --- my own account --- */

static void write_me(struct call *call, const struct account *row, const struct credential *credential)
{
	struct json_writer *w = endpoint_writer(call);

	jw_object_begin(w);
	jw_kv_text(w, "id", uuid_text(call->arena, row->row.id));
	jw_kv_text(w, "user_name", row->user_name);
	jw_kv_text(w, "name", row->name);
	jw_kv_text(w, "mobile", row->mobile.hint);
	jw_kv_text(w, "email", row->email);
	role_write(w, "roles", call->actor.roles);
	jw_kv_bool(w, "second_factor", credential->totp);
	jw_object_end(w);
	request_set_etag(call->request, row->row.version);
}

struct problem *account_me(struct call *call)
{
	struct account *row;
	struct credential *credential;
	struct problem *problem = account_row_peek(call, call->actor.account_id, &row);

	if (!problem)
		problem = credential_still(call, call->actor.account_id, &PROBLEM_NOT_FOUND, &credential);
	if (!problem && !row)
		problem = problem_new(call->arena, &PROBLEM_NOT_FOUND);
	if (!problem)
		write_me(call, row, credential);
	return problem;
}

struct me_change {
	struct call *call;
	const struct account_me *in;
};

static struct problem *write_own(struct db *db, void *arg)
{
	struct me_change *change = arg;
	const struct account_me *in = change->in;
	struct account *row;
	struct problem *problem = account_row_peek(change->call, change->call->actor.account_id, &row);

	if (problem || !row)
		return problem ? problem : problem_new(change->call->arena, &PROBLEM_NOT_FOUND);
	if (in->name)
		row->name = in->name;
	if (in->email)
		row->email = in->email;
	if (in->mobile)
		row->mobile = (struct sealed){.plain = in->mobile};
	return account_row_update(change->call, row, NULL);
}

struct problem *account_change_me(struct call *call, const struct account_me *in)
{
	struct me_change change = {call, in};
	struct problem *problem = NULL;
	bool right = true;

	if (in->mobile)
		problem = sms_code_check(call, "change", in->mobile, in->code ? in->code : "", true, &right);
	if (!problem && !right)
		problem = sms_code_problem(call->arena);
	if (!problem)
		problem = db_transaction(call->db, write_own, &change);
	return problem ? problem : account_me(call);
}

/* --- unmasking --- */

struct problem *account_unmask(struct call *call, const struct unmask *in)
{
	const struct record *record = record_find(call->services->records, in->record);
	const struct field *field = record && record->shape ? shape_field(record->shape, in->field) : NULL;
	void *row = NULL;

	if (!field || !(field->sealed_column || field->masked) || !(record->read_roles & call->actor.roles) ||
		!(field->read & record_mask_anywhere(call, record)) || !call_may_read(call, record->reads))
		return problem_new(call->arena, &PROBLEM_NOT_FOUND);
	struct problem *problem = record_load(call, record, in->id, &row);
	if (!problem && !(field->read & record_mask_here(call, record, row)))
		problem = problem_new(call->arena, &PROBLEM_NOT_FOUND);
	if (!problem)
		problem = audit_add(call, arena_printf(call->arena, "%s.unmasked", record->name), record->name, in->id,
		                    audit_details(call->arena, "field", in->field, "reason", in->reason, NULL));
	if (problem)
		return problem;
	struct json_writer *w = endpoint_writer(call);
	jw_object_begin(w);
	jw_key(w, "value");
	if (field->sealed_column)
		jw_text(w, record_open(call, record, row, in->field));
	else
		field_write_json(call, w, field, row, true);
	jw_object_end(w);
	return NULL;
}
