#include "tenants/institution/supplement_asked.h"

#include "schema/records.gen.h"

static bool is_asked(const struct call *call, const struct supplement *row)
{
	if (row->to_platform != call->platform_id)
		return false;
	if (row->addressee == SUPPLEMENT_ADDRESSEE_CITY)
		return call_has_role(call, ROLE_REVIEWER | ROLE_PLATFORM_ADMIN);
	return call_has_role(call, ROLE_OWNER | ROLE_STAFF);
}

struct problem *supplement_check_asked(struct call *call, const struct supplement *row)
{
	struct db_result *rows;
	if (!is_asked(call, row))
		return problem_detail(call->arena, &PROBLEM_FORBIDDEN, "该事项不由您答复",
			"This item is not asked of you");
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT 1 FROM supplement WHERE platform_id = :p AND id = ? AND state = 'open' AND sent_at IS NULL",
		DB_ARGS(db_id(&row->row.id)), &rows);
	if (problem || rows->rows)
		return problem;
	return problem_detail(
		call->arena, &PROBLEM_CONFLICT, "该事项已答复或已作废", "This item is answered, or no longer asked");
}
