/* Addressed demands: to whom, from what was named; and the telephone, once it was asked for. */
#include "core/record/record.h"
#include "schema/records.gen.h"
#include "tenants/enterprise/standing.h"

/* The institution of that id, if visitors of this platform see it. */
static struct problem *find_member(struct call *call, struct uuid id, struct institution **out)
{
	struct db_result *rows;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT 1 FROM membership WHERE platform_id = :p AND institution_id = ? AND phase = 'active' LIMIT 1",
		DB_ARGS(db_id(&id)), &rows);
	*out = NULL;
	if (!problem && rows->rows)
		problem = institution_row_peek(call, id, out);
	return problem;
}

static struct problem *address(struct call *call, struct inquiry *row)
{
	struct listing *listing = NULL;
	struct institution *institution = NULL;
	struct uuid id = row->addressee_id;
	struct problem *problem = NULL;
	bool by_listing = !uuid_is_nil(row->listing_id);
	if (by_listing == !uuid_is_nil(id)) /* none or both: the group says so */
		return rule_check(
			call->arena, &record_inquiry.rules, (struct rule_values){row, NULL}, NULL, true, NULL);
	if (by_listing)
		problem = listing_row_peek(call, row->listing_id, &listing);
	if (!problem && by_listing && listing)
		id = listing->institution_id;
	if (!problem)
		problem = find_member(call, id, &institution);
	if (problem)
		return problem;
	if (!institution)
		return problem_add_field(call->arena, NULL, by_listing ? "/listing_id" : "/addressee_id", "unknown",
			"没有这个机构，或它未入驻本平台", "names no institution that is a member of this platform");
	row->institution_id = id;
	row->institution_name = institution->name;
	row->institution_home = institution->row.home_id;
	return NULL;
}

struct problem *inquiry_before_create(struct call *call, struct inquiry *row)
{
	return address(call, row);
}

struct problem *inquiry_before_update(struct call *call, const struct inquiry *before, struct inquiry *row)
{
	(void)before;
	return address(call, row);
}

struct problem *guard_inquiry_may_trade(struct call *call, const struct inquiry *row, struct json_object *form)
{
	(void)form;
	return standing_check(call, row->buyer_id);
}

struct problem *effect_inquiry_telephone(struct call *call, struct inquiry *row, struct json_object *form)
{
	(void)call;
	(void)form;
	row->telephone = row->contact_mobile;
	return NULL;
}
