/* The accounts of a demonstration, for its sign-in page: who looks at one cannot know whom there is. On any other
 * platform the address is not there. */
#include <string.h>

#include "core/db/db.h"
#include "core/record/endpoint.h"
#include "core/text/json.h"
#include "schema/records.gen.h"
#include "tenants/account/role.h"
#include "tenants/platform/platform.h"
#include "tenants/rules/role_name.h"

enum { ACCOUNTS_OF_A_ROLE = 2, ACCOUNTS_LOOKED_AT = 400 };

static void write_account(struct call *call, struct json_writer *w, const struct db_result *rows, size_t i)
{
	jw_object_begin(w);
	jw_kv_text(w, "role", role_title(call, db_get_text(rows, i, 0)));
	jw_kv_text(w, "login", db_get_text(rows, i, 1));
	jw_kv_text(w, "of", db_get_text(rows, i, 2));
	jw_object_end(w);
}

/* The first few of each role; the rows come role by role. */
static void write_accounts(struct call *call, const struct db_result *rows)
{
	struct json_writer *w = endpoint_writer(call);
	int of_role = 0;

	jw_object_begin(w);
	jw_key(w, "items");
	jw_array_begin(w);
	for (size_t i = 0; i < rows->rows; i++) {
		bool next = i && strcmp(db_need_text(rows, i, 0), db_need_text(rows, i - 1, 0)) == 0;
		of_role = next ? of_role + 1 : 0;
		if (of_role < ACCOUNTS_OF_A_ROLE)
			write_account(call, w, rows, i);
	}
	jw_array_end(w);
	jw_object_end(w);
}

struct problem *auth_demonstration(struct call *call)
{
	struct db_result *rows;
	struct problem *problem;

	if (!call->platform->demonstration)
		return problem_new(call->arena, &PROBLEM_NOT_FOUND);
	problem = db_select(call->db, call->scope,
		"SELECT r.role, a.user_name, i.name FROM account a JOIN account_role r ON r.platform_id = :p AND "
		"r.account_id = a.id "
		"LEFT JOIN institution i ON i.platform_id = :p AND i.id = a.institution_id "
		"WHERE a.platform_id = :p AND a.state = 'active' AND a.kind <> 'visitor' AND a.password_hash IS NOT "
		"NULL "
		"ORDER BY a.kind, r.role, a.created_at, a.user_name LIMIT ?",
		DB_ARGS(db_int(ACCOUNTS_LOOKED_AT)), &rows);
	if (!problem)
		write_accounts(call, rows);
	return problem;
}
