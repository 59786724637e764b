/* Institutions as anybody sees them: active members of this platform, and their shop pages (ZJ-12). */
#include "schema/records.gen.h"

#include <string.h>

#include "core/buf.h"
#include "core/db/search.h"
#include "core/text/zone.h"
#include "tenants/institution/qualification.h"
#include "tenants/platform/services.h"
#include "tenants/portal/portal.h"
#include "tenants/trade/score.h"

enum { PAGE = 20, ARGS_MAX = 4096 };

struct conditions {
	struct buf *sql;
	struct db_value *args;
	size_t count;
};

static struct problem *make_conditions(
	struct call *call, const struct portal_institutions_query *query, struct conditions *c)
{
	c->sql = buf_in(call->arena);
	c->args = ARENA_ARRAY(call->arena, struct db_value, ARGS_MAX);
	c->count = 0;
	buf_text(c->sql, "WHERE i.platform_id = :p ");
	if (query->q) {
		static const char *const columns[] = {
			"i.name", "IFNULL(i.short_name, '')", "IFNULL(i.introduction, '')"};
		struct search search;
		search_make(call->arena, query->q, columns, 3, &search);
		if (search.sql)
			buf_printf(c->sql, "AND %s ", search.sql);
		for (size_t i = 0; i < search.count; i++)
			c->args[c->count++] = search.args[i];
	}
	if (query->type) {
		buf_text(c->sql, "AND i.type = ? ");
		c->args[c->count++] = db_text(query->type);
	}
	if (query->region) {
		const char *const *codes;
		size_t count;
		struct problem *problem = portal_region_codes(call, query->region, &codes, &count);
		if (problem)
			return problem;
		buf_text(c->sql, "AND i.region_code IN (");
		for (size_t i = 0; i < count && c->count < ARGS_MAX - 8; i++) {
			buf_text(c->sql, i ? ", ?" : "?");
			c->args[c->count++] = db_text(codes[i]);
		}
		buf_text(c->sql, ") ");
	}
	return NULL;
}

struct problem *portal_institutions_read(
	struct call *call, const struct portal_institutions_query *query, struct portal_institutions *out)
{
	struct conditions c;
	struct db_result *total, *rows;
	struct problem *problem = make_conditions(call, query, &c);
	if (problem)
		return problem;
	const char *sql =
		db_dynamic(call->db, arena_printf(call->arena, "SELECT COUNT(*)" PORTAL_MEMBER_JOIN "%s", c.sql->data));
	if ((problem = db_select(call->db, call->scope, sql, c.args, c.count, &total)))
		return problem;
	size_t limit = query->has_limit ? (size_t)query->limit : PAGE;
	bool after = !uuid_is_nil(query->cursor);
	if (after)
		c.args[c.count++] = db_id(&query->cursor);
	c.args[c.count++] = db_uint(limit + 1);
	/* Newest first: ids rise with time. */
	sql = db_dynamic(call->db,
		arena_printf(call->arena,
			"SELECT i.id, i.name, i.type, i.region_code, i.introduction, i.logo, " PORTAL_LISTED
				PORTAL_MEMBER_JOIN "%s%s ORDER BY i.id DESC LIMIT ?",
			c.sql->data, after ? "AND i.id < ? " : ""));
	if ((problem = db_select(call->db, call->scope, sql, c.args, c.count, &rows)))
		return problem;
	*out = (struct portal_institutions){.total = db_get_int(total, 0, 0), .has_total = true};
	out->items.count = rows->rows > limit ? limit : rows->rows;
	out->items.items = ARENA_ARRAY(call->arena, struct portal_institution, out->items.count + 1);
	for (size_t i = 0; i < out->items.count; i++) {
		struct portal_institution *item = &out->items.items[i];
		*item = (struct portal_institution){.name = db_get_text(rows, i, 1), .type = db_get_text(rows, i, 2),
			.region = db_get_text(rows, i, 3), .introduction = db_get_text(rows, i, 4),
			.listings = db_get_int(rows, i, 6),
			.has_listings = true};
		db_get_id(rows, i, 0, &item->id);
		db_get_id(rows, i, 5, &item->logo);
	}
	if (rows->rows > limit)
		out->next = out->items.items[limit - 1].id;
	return NULL;
}

struct problem *portal_institutions(struct call *call, const struct portal_institutions_query *query)
{
	struct portal_institutions page;
	struct problem *problem = portal_institutions_read(call, query, &page);
	return problem ? problem : endpoint_answer(call, &shape_portal_institutions, &page);
}

static struct problem *qualifications_of(
	struct call *call, const struct uuid *id, struct portal_qualification_list *list)
{
	struct db_result *rows;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT name, issuer, DATE_FORMAT(expires_on, '%Y-%m-%d') FROM qualification WHERE platform_id = :p "
		"AND institution_id = ? "
		"AND confirmed = " QUALIFICATION_DIGEST " AND (expires_on IS NULL OR expires_on >= " ZONE_TODAY_SQL
		") ORDER BY name LIMIT 100",
		DB_ARGS(db_id(id)), &rows);
	if (problem)
		return problem;
	list->count = rows->rows;
	list->items = ARENA_ARRAY(call->arena, struct portal_qualification, rows->rows + 1);
	for (size_t i = 0; i < rows->rows; i++)
		list->items[i] = (struct portal_qualification){
			db_get_text(rows, i, 0), db_get_text(rows, i, 1), db_get_text(rows, i, 2)};
	return NULL;
}

static struct problem *add_score(struct call *call, struct portal_shop *out)
{
	struct score score;
	bool found;
	struct problem *problem = score_read(call, out->id, &score, &found);
	out->score = found ? score_text(call, score.score) : NULL;
	return problem;
}

struct problem *portal_institution_read(struct call *call, struct portal_shop *out)
{
	struct uuid id;
	struct db_result *row;
	struct problem *problem = call_path_id(call, 0, &id);
	if (problem)
		return problem;
	problem = db_select(call->db, call->scope,
		"SELECT i.name, i.type, i.region_code, i.introduction, i.logo, i.uscc, i.address, i.service_phone, "
		"i.website, m.since, "
		"i.home_id, " PORTAL_LISTED PORTAL_MEMBER_JOIN "WHERE i.platform_id = :p AND i.id = ?",
		DB_ARGS(db_id(&id)), &row);
	if (problem)
		return problem;
	if (!row->rows)
		return problem_new(call->arena, &PROBLEM_NOT_FOUND);
	const struct platform *home = platform_by_id(services_directory(call), (uint32_t)db_get_uint(row, 0, 10));
	*out = (struct portal_shop){.id = id, .name = db_get_text(row, 0, 0), .type = db_get_text(row, 0, 1),
		.region = db_get_text(row, 0, 2), .introduction = db_get_text(row, 0, 3), .uscc = db_get_text(row, 0,
		5),
		.address = db_get_text(row, 0, 6), .service_phone = db_get_text(row, 0, 7), .website = db_get_text(row,
		0, 8),
		.since = db_get_time(row, 0, 9), .home = home ? home->slug : NULL, .listings = db_get_int(row, 0, 11),
		.has_listings = true};
	db_get_id(row, 0, 4, &out->logo);
	if ((problem = add_score(call, out)))
		return problem;
	return qualifications_of(call, &id, &out->qualifications);
}

struct problem *portal_institution(struct call *call)
{
	struct portal_shop shop;
	struct problem *problem = portal_institution_read(call, &shop);
	return problem ? problem : endpoint_answer(call, &shape_portal_shop, &shop);
}
