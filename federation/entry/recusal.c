/* Nobody judges what they asked for themselves, or what their own institution wants: who recommended or applied, and
 * the institution's people, are recognised by account, by where a guest came from, and by mobile or external identity
 * (tenants/account/person.h). */
#include "core/record/endpoint.h"
#include "federation/sync/federation.h"
#include "schema/records.gen.h"
#include "tenants/account/person.h"

/* The account itself, or the one from which its guest came here by hand-off. */
static struct problem *is_author(struct call *call, const struct entry_case *row, bool *author)
{
	struct db_result *result;
	struct problem *problem = db_select(call->db, call->scope,
	                                    "SELECT 1 FROM case_source s LEFT JOIN account a ON a.platform_id = :p AND "
	                                    "a.id = ? "
	                                    "WHERE s.platform_id = :p AND s.case_id = ? AND s.state = 'active' AND "
	                                    "(s.author_id = ? OR (s.author_id = a.home_account_id AND s.from_platform "
	                                    "= a.home)) LIMIT 1",
	                                    DB_ARGS(db_id(&call->actor.account_id), db_id(&row->row.id),
	                                    db_id(&call->actor.account_id)), &result);
	*author = !problem && result->rows;
	return problem;
}

/* Marks are made for each source anew: they say nothing beyond it. */
static struct problem *has_marks(struct call *call, const struct entry_case *row, bool *has)
{
	struct db_result *result;
	struct problem *problem = db_select(call->db, call->scope,
	                                    "SELECT id, author_marks FROM case_source WHERE platform_id = :p AND "
	                                    "case_id = ? AND state = 'active' "
	                                    "AND author_marks <> ''",
	                                    DB_ARGS(db_id(&row->row.id)), &result);
	*has = false;
	struct person person = {0};
	if (!problem && result->rows)
		problem = person_read(call, call->actor.account_id, UUID_NIL, &person);
	for (size_t i = 0; !problem && i < result->rows && !*has; i++) {
		struct uuid source = UUID_NIL;
		db_get_id(result, i, 0, &source);
		*has = person_is_marked(call, &person, source, db_get_text(result, i, 1));
	}
	return problem;
}

struct problem *guard_case_not_recused(struct call *call, const struct entry_case *row, struct json_object *form)
{
	(void)form;
	bool concerned = false;
	if (uuid_is_nil(call->actor.account_id))
		return NULL;
	struct problem *problem = is_author(call, row, &concerned);
	if (!problem && !concerned)
		problem = person_works_for(call, call->actor.account_id, row->institution_id, &concerned);
	if (!problem && !concerned)
		problem = has_marks(call, row, &concerned);
	if (problem || !concerned)
		return problem;
	return problem_detail(call->arena, &PROBLEM_FORBIDDEN, "您是推荐人、申请人或属于该机构，需回避",
	                      "You recommended this institution, applied for it or belong to it, and must not judge "
	                      "it");
}
