/* What saving a product, or publishing it, would do on each platform, said before it is done: by the very rules that
 * the shelves go by (tenants/shelf/listing.h). Writes nothing. */
#include "core/record/endpoint.h"
#include "core/text/json.h"
#include "federation/sync/federation.h"
#include "schema/records.gen.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/post.h"
#include "tenants/shelf/product.h"

static const char *const outcomes[] = {
	[LISTING_SAME] = "same",
	[LISTING_SHOWN] = "shown",
	[LISTING_INSPECTED] = "inspected",
	[LISTING_PARTLY] = "partly",
	[LISTING_REVIEWED] = "reviewed",
	[LISTING_KEPT] = "kept",
};

/* The product as it would be saved. */
static struct problem *read_product(struct call *call, const struct publish_check_input *in, struct product **out)
{
	struct problem *problem = NULL;
	if (uuid_is_nil(in->product)) {
		*out = product_row_new(call);
		(*out)->institution_id = call->actor.institution_id;
		(*out)->number = "";
	} else {
		problem = product_row_load(call, in->product, out);
	}
	if (!problem)
		problem = record_patch(call, &record_product, in->changes, *out);
	if (!problem && json_object_object_length(in->changes))
		(*out)->row.version++;
	return problem ? problem : product_sound(call, *out);
}

/* Where the institution is a member, and where it asked for a shelf; the same that the matrix has as columns. */
static struct problem *select_platforms(struct call *call, const struct product *row, struct db_result **out)
{
	return db_select(call->db, call->scope,
		"SELECT u.platform, MAX(u.member), MAX(u.listed), MAX(l.live), MAX(l.phase) FROM ("
		"SELECT home_id AS platform, phase = 'active' AS member, 0 AS listed FROM membership "
		"WHERE platform_id = :p AND institution_id = ? AND phase IN ('active', 'suspended') UNION ALL "
		"SELECT to_platform, 0, wanted = 'listed' FROM listing_request WHERE platform_id = :p AND product_id = "
		"?) u "
		"LEFT JOIN listing l ON l.platform_id = :p AND l.home_id = u.platform AND l.product_id = ? "
		"GROUP BY u.platform ORDER BY u.platform",
		DB_ARGS(db_id(&row->institution_id), db_id(&row->row.id), db_id(&row->row.id)), out);
}

static struct problem *foresee(struct call *call, const struct product *row, const struct platform *platform,
	const struct policy_listing *rules, enum product_why why, struct json_object *into)
{
	enum listing_outcome outcome;
	struct problem *problem = product_foresee(call, row, platform->id, rules, why, &outcome);
	if (!problem)
		put_text(into, why == PRODUCT_ASKED ? "publish" : "save", outcomes[outcome]);
	return problem;
}

static struct problem *platform_json(struct call *call, const struct product *row, const struct db_result *rows,
	size_t i, struct json_object *list)
{
	const struct policy *policy;
	uint32_t id = (uint32_t)db_get_uint(rows, i, 0);
	const struct platform *platform = post_platform(call, id);
	struct json_object *one = platform ? federation_platform_json(call, id) : NULL;
	bool member = db_get_int(rows, i, 1) != 0;
	if (!one)
		return NULL;
	struct problem *problem = federation_policy(call, platform, &policy);
	if (!problem && db_get_int(rows, i, 2))
		problem = foresee(call, row, platform, &policy->listing, PRODUCT_EDITED, one);
	if (!problem && (member || !policy->listing.members_only))
		problem = foresee(call, row, platform, &policy->listing, PRODUCT_ASKED, one);
	if (problem)
		return problem;
	json_object_object_add(one, "member", json_object_new_boolean(member));
	json_object_object_add(one, "live", json_object_new_boolean(db_get_int(rows, i, 3) != 0));
	put_text(one, "state", db_get_text(rows, i, 4));
	json_object_array_add(list, json_object_get(one));
	return NULL;
}

struct problem *product_check(struct call *call, const struct publish_check_input *in)
{
	struct product *row;
	struct db_result *rows;
	struct publish_check out = {.platforms = json_own(call->arena, json_object_new_array())};
	struct problem *problem = read_product(call, in, &row);
	if (!problem)
		problem = select_platforms(call, row, &rows);
	struct problem *missing = problem ? NULL : guard_product_complete(call, row, NULL);
	if (missing && missing->kind->status >= 500)
		return missing;
	out.missing = missing ? federation_problem_json(call, missing) : NULL;
	for (size_t i = 0; !problem && i < rows->rows; i++)
		problem = platform_json(call, row, rows, i, out.platforms);
	return problem ? problem : endpoint_answer(call, &shape_publish_check, &out);
}
