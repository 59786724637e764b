/* Figures of a platform, and the services that are looked at most. */
#include "schema/records.gen.h"

#include <string.h>

#include "core/record/endpoint.h"
#include "core/text/json.h"
#include "tenants/portal/portal.h"

enum { HOT = 6 };

static const char *first_picture(const struct json_object *content)
{
	const struct json_object *picture = json_at(json_get_array(content, "pictures"), 0);
	return json_object_is_type(picture, json_type_object) ? json_get_text(picture, "id") : json_text(picture);
}

static struct problem *read_row(struct call *call, struct db_result *rows, size_t i, struct portal_listing *out)
{
	struct json_object *content;
	struct portal_institution_ref *institution = ARENA_NEW(call->arena, struct portal_institution_ref);
	const char *text = db_need_text(rows, i, 8), *pricing = db_need_text(rows, i, 7);
	struct problem *problem = json_parse_object(call->arena, text, strlen(text), &content);
	if (problem)
		return problem;
	*out = (struct portal_listing){.number = db_get_text(rows, i, 1), .name = db_get_text(rows, i, 2),
		.summary = json_get_text(content, "summary"), .institution = institution,
		.category = db_get_text(rows, i, 5), .region = db_get_text(rows, i, 6),
		.picture = first_picture(content), .pricing = pricing, .price = db_get_int(rows, i, 9),
		.has_price = strcmp(pricing, "negotiable") != 0, .price_unit = json_get_text(content, "price_unit"),
		.published_at = db_get_time(rows, i, 10)};
	out->has_price_high = json_get_int(content, "price_high", &out->price_high);
	db_get_id(rows, i, 0, &out->id);
	institution->name = db_get_text(rows, i, 4);
	db_get_id(rows, i, 3, &institution->id);
	return NULL;
}

/* By the index `hot`. What nobody looked at is none of them. */
static struct problem *hot_of(struct call *call, struct portal_listing_list *out)
{
	struct db_result *rows;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT id, product_number, name, institution_id, institution_name, category, region_code, pricing, "
		"content, price, published_at FROM listing FORCE INDEX (hot) WHERE platform_id = :p AND content IS NOT "
		"NULL AND views > 0 AND " PORTAL_LIVE " ORDER BY views DESC, id LIMIT ?",
		DB_ARGS(db_int(HOT)), &rows);
	if (problem)
		return problem;
	out->items = ARENA_ARRAY(call->arena, struct portal_listing, rows->rows + 1);
	for (size_t i = 0; !problem && i < rows->rows; i++)
		problem = read_row(call, rows, i, &out->items[out->count++]);
	return problem;
}

static struct problem *count(struct call *call, const char *sql, int64_t *out)
{
	struct db_result *row;
	struct problem *problem = db_select(call->db, call->scope, sql, DB_NO_ARGS, &row);
	if (!problem)
		*out = db_get_int(row, 0, 0);
	return problem;
}

struct problem *portal_home_read(struct call *call, struct portal_home *out)
{
	struct portal_listings_query none = {.limit = 1, .has_limit = true};
	struct portal_listings shelf;
	*out = (struct portal_home){.has_services = true, .has_institutions = true, .has_orders = true};
	struct problem *problem = portal_listings_read(call, &none, &shelf);
	if (problem)
		return problem;
	out->services = shelf.total;
	problem = count(call, "SELECT COUNT(*)" PORTAL_MEMBER_JOIN "WHERE i.platform_id = :p", &out->institutions);
	if (!problem)
		problem = count(call,
			"SELECT COUNT(*) FROM trade_order WHERE platform_id = :p AND home_id = platform_id AND phase "
			"IN ('approved', 'ended') AND approved_at IS NOT NULL",
			&out->orders);
	return problem ? problem : hot_of(call, &out->hot);
}

struct problem *portal_home(struct call *call)
{
	struct portal_home home;
	portal_cacheable(call);
	struct problem *problem = portal_home_read(call, &home);
	return problem ? problem : endpoint_answer(call, &shape_portal_home, &home);
}
