/* Certification: the size of an organisation is computed as it is written and again on the day on which it is
 * certified; what is certified stands on the organisation, and opens its other side to the same sign-in. */
#include "core/record/record.h"
#include "core/text/json.h"
#include "core/text/zone.h"
#include "schema/records.gen.h"
#include "tenants/account/role.h"
#include "tenants/rules/size_class.h"

/* In the declared order of the figures, which is that of enum size_measure. */
static struct enum_list missing_of(struct call *call, const struct size_result *result)
{
	struct enum_list out = {0, ARENA_ARRAY(call->arena, int, SIZE_MEASURES)};
	for (int m = 0; m < SIZE_MEASURES; m++)
		if (result->missing[m])
			out.items[out.count++] = m + 1;
	return out;
}

static void measure(struct call *call, struct certification *row)
{
	const char *today = zone_day(call->arena, call_now());
	const struct size_inputs inputs = {
		.industry = field_code(shape_field(&shape_certification, "industry"), row->industry),
		.has = {row->has_staff, row->has_income, row->has_assets},
		.value = {row->staff, row->income, row->assets}};
	const struct size_result result = size_class_on(today, &inputs);
	row->size_class = (int)result.size; /* the same order: large, medium, small, micro */
	row->size_missing = missing_of(call, &result);
	row->size_edition = result.edition;
	row->size_on = today;
}

struct problem *certification_before_create(struct call *call, struct certification *row)
{
	measure(call, row);
	return NULL;
}

struct problem *certification_before_update(
	struct call *call, const struct certification *before, struct certification *row)
{
	(void)before;
	measure(call, row);
	return NULL;
}

struct problem *guard_certification_has_licence(
	struct call *call, const struct certification *row, struct json_object *form)
{
	struct db_result *found;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT 1 FROM attachment WHERE platform_id = :p AND record_type = 'certification' AND record_id = ? "
		"LIMIT 1",
		DB_ARGS(db_id(&row->row.id)), &found);
	(void)form;
	if (problem || found->rows)
		return problem;
	return problem_detail(call->arena, &PROBLEM_CONFLICT, "请先上传营业执照或登记证书。",
		"Upload the licence or certificate of registration first.");
}

struct problem *effect_certification_measure(struct call *call, struct certification *row, struct json_object *form)
{
	(void)form;
	measure(call, row);
	return NULL;
}

/* Whoever runs it on one side runs it on the other. */
static struct problem *open_sides(struct call *call, const struct certification *row)
{
	uint32_t add = row->capacity == CERTIFICATION_CAPACITY_ENTERPRISE ? ROLE_ENTERPRISE
		: row->capacity == CERTIFICATION_CAPACITY_INSTITUTION ? ROLE_OWNER : ROLE_OWNER | ROLE_ENTERPRISE;
	struct db_result *people;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT a.id FROM account a "
		"JOIN account_role r ON r.platform_id = a.platform_id AND r.account_id = a.id "
		"WHERE a.platform_id = :p AND a.institution_id = ? AND r.role IN ('owner', 'enterprise') GROUP BY a.id",
		DB_ARGS(db_id(&row->institution_id)), &people);
	for (size_t i = 0; !problem && i < people->rows; i++) {
		struct uuid id;
		uint32_t held = 0;
		db_get_id(people, i, 0, &id);
		problem = role_held(call, id, &held);
		if (!problem && (held | add) != held)
			problem = role_set(call, id, held | add, NULL, "certification");
	}
	return problem;
}

struct problem *effect_certification_pass(struct call *call, struct certification *row, struct json_object *form)
{
	struct institution *institution = NULL;
	(void)form;
	measure(call, row);
	struct problem *problem = institution_row_peek(call, row->institution_id, &institution);
	if (problem || !institution)
		return problem ? problem : problem_new(call->arena, &PROBLEM_NOT_FOUND);
	institution->certified_at = call_now();
	institution->industry = field_code(shape_field(&shape_certification, "industry"), row->industry);
	institution->size_class = row->size_class;
	institution->size_edition = row->size_edition;
	institution->size_on = row->size_on;
	problem = institution_row_update(call, institution, "certified");
	return problem ? problem : open_sides(call, row);
}
