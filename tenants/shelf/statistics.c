#include "tenants/shelf/statistics.h"

#include "core/record/endpoint.h"
#include "core/text/json.h"
#include "schema/records.gen.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/post.h"

struct problem *statistics_count_view(struct call *call, struct uuid listing_id, uint32_t product_home)
{
	struct problem *problem =
		db_exec(call->db, call->scope, "UPDATE listing SET views = views + 1 WHERE platform_id = :p AND id = ?",
			DB_ARGS(db_id(&listing_id)), NULL);
	if (problem || product_home == call->platform_id)
		return problem;
	return db_exec(call->db, call->scope,
		"INSERT IGNORE INTO listing_seen (platform_id, listing_id, product_home) VALUES (:p, ?, ?)",
		DB_ARGS(db_id(&listing_id), db_uint(product_home)), NULL);
}

static struct problem *by_product(struct call *call, struct statistics *out)
{
	struct db_result *rows;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT p.id, p.number, p.name, COALESCE(SUM(l.live), 0) AS live, COALESCE(SUM(l.views), 0) AS views "
		"FROM product p "
		"LEFT JOIN listing l ON l.platform_id = p.platform_id AND l.product_id = p.id "
		"WHERE p.platform_id = :p AND p.institution_id = ? AND p.phase <> 'deleted' GROUP BY p.id, p.number, "
		"p.name "
		"ORDER BY views DESC, p.number LIMIT 2000",
		DB_ARGS(db_id(&call->actor.institution_id)), &rows);
	out->products = json_own(call->arena, json_object_new_array());
	for (size_t i = 0; !problem && i < rows->rows; i++) {
		struct json_object *one = json_object_new_object();
		struct uuid id = UUID_NIL;
		db_get_id(rows, i, 0, &id);
		put_id(one, "id", id);
		put_text(one, "number", db_get_text(rows, i, 1));
		put_text(one, "name", db_get_text(rows, i, 2));
		put_int(one, "live", db_get_int(rows, i, 3));
		put_int(one, "views", db_get_int(rows, i, 4));
		json_object_array_add(out->products, one);
	}
	return problem;
}

static struct problem *by_platform(struct call *call, struct statistics *out)
{
	struct db_result *rows;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT home_id, SUM(live), SUM(views) AS views FROM listing WHERE platform_id = :p AND institution_id "
		"= ? GROUP BY home_id "
		"ORDER BY views DESC, home_id",
		DB_ARGS(db_id(&call->actor.institution_id)), &rows);
	out->platforms = json_own(call->arena, json_object_new_array());
	for (size_t i = 0; !problem && i < rows->rows; i++) {
		const struct platform *platform = post_platform(call, (uint32_t)db_get_uint(rows, i, 0));
		struct json_object *one = json_object_new_object();
		put_text(one, "platform", platform ? platform->slug : NULL);
		put_text(one, "name", platform ? call_text(call, platform->name_zh, platform->name_en) : NULL);
		put_int(one, "live", db_get_int(rows, i, 1));
		put_int(one, "views", db_get_int(rows, i, 2));
		out->views += db_get_uint(rows, i, 2);
		json_object_array_add(out->platforms, one);
	}
	return problem;
}

struct problem *statistics_read(struct call *call)
{
	struct statistics out = {.has_views = true};
	struct problem *problem = by_product(call, &out);
	if (!problem)
		problem = by_platform(call, &out);
	return problem ? problem : endpoint_answer(call, &shape_statistics, &out);
}
