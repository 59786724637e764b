#include "tenants/account/role.h"

#include <string.h>

#include "core/buf.h"
#include "core/text/json.h"
#include "tenants/account/access.h"
#include "tenants/platform/audit.h"
#include "tenants/rules/role_name.h"

static const struct role_name names[] = {ROLE_NAMES};

struct problem *role_check(struct arena *arena, const char *pointer, uint32_t bits)
{
	uint32_t three = bits & ROLES_ADMINISTRATION;

	if (three & (three - 1))
		return problem_add_field(arena, NULL, pointer, "separation-of-duties",
			"系统管理员、安全管理员、审计管理员须由不同的人担任，同一账号只能担任其中之一。",
			"System, security and audit administrator are different people; one account is at most one of "
			"them.");
	if (three && (bits & ~three))
		return problem_add_field(arena, NULL, pointer, "separation-of-duties",
			"系统、安全、审计管理员不能同时承担业务角色。",
			"An administrator of these three cannot hold a business role as well.");
	return NULL;
}

struct problem *role_held(struct call *call, struct uuid account_id, uint32_t *bits)
{
	struct db_result *rows;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT GROUP_CONCAT(role) FROM account_role WHERE platform_id = :p AND account_id = ?",
		DB_ARGS(db_id(&account_id)), &rows);

	*bits = 0;
	if (!problem && rows->rows)
		*bits = role_bits(db_get_text(rows, 0, 0));
	return problem;
}

static const char *join_names(struct arena *arena, uint32_t bits)
{
	struct buf *out = buf_in(arena);

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!names[i].group && (bits & names[i].bits))
			buf_printf(out, "%s%s", out->len ? "," : "", names[i].name);
	return arena_strdup(arena, out->data);
}

static struct problem *add_roles(struct call *call, struct uuid account_id, uint32_t bits, const char *permissions)
{
	struct problem *problem = NULL;

	for (size_t i = 0; !problem && i < sizeof names / sizeof *names; i++)
		if (!names[i].group && (bits & names[i].bits))
			problem = db_exec(call->db, call->scope,
				"INSERT INTO account_role (platform_id, account_id, role, permissions, granted_by, "
				"granted_at) VALUES (:p, ?, ?, ?, ?, ?)"
				" ON DUPLICATE KEY UPDATE permissions = VALUES(permissions)",
				DB_ARGS(db_id(&account_id), db_text(names[i].name), db_text(permissions),
				db_id(&call->actor.account_id),
				        db_time(call_now())), NULL);
	return problem;
}

static struct problem *take_roles(struct call *call, struct uuid account_id, uint32_t bits)
{
	struct problem *problem = NULL;

	for (size_t i = 0; !problem && i < sizeof names / sizeof *names; i++)
		if (!names[i].group && (bits & names[i].bits))
			problem = db_exec(call->db, call->scope,
				"DELETE FROM account_role WHERE platform_id = :p AND account_id = ? AND role = ?",
				DB_ARGS(db_id(&account_id), db_text(names[i].name)), NULL);
	return problem;
}

struct problem *role_set(
	struct call *call, struct uuid account_id, uint32_t bits, const char *permissions, const char *reason)
{
	uint32_t held;
	struct problem *problem = role_held(call, account_id, &held);

	if (!problem)
		problem = add_roles(call, account_id, bits, permissions);
	if (!problem)
		problem = take_roles(call, account_id, held & ~bits);
	if (!problem)
		problem = audit_add(call, "account.roles_set", "account", account_id,
			audit_details(call->arena, "before", join_names(call->arena, held), "after",
				join_names(call->arena, bits), "permissions", permissions, "reason", reason, NULL));
	return problem || held == bits ? problem : access_end(call, account_id, ACCESS_KEYS, NULL);
}

void role_write(struct json_writer *w, const char *key, uint32_t bits)
{
	jw_key(w, key);
	jw_array_begin(w);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!names[i].group && (bits & names[i].bits))
			jw_text(w, names[i].name);
	jw_array_end(w);
}
