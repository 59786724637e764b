#include "federation/exchange/views.h"

#include "core/text/json.h"
#include "federation/sync/federation.h"
#include "tenants/platform/post.h"
#include "tenants/platform/services.h"

enum { TOLD_AT_ONCE = 500 };

struct telling {
	struct call *call;
	uint32_t home;
};

/* ---- At the shelf ---- */

/* A view that comes meanwhile waits for this transaction and notes its listing anew. */
static struct problem *tell_home(struct db *db, void *arg)
{
	struct telling *telling = arg;
	struct call *call = telling->call;
	struct db_result *rows;
	struct problem *problem = db_select(db, call->scope,
		"SELECT s.listing_id, COALESCE(l.views, 0) FROM listing_seen s LEFT JOIN listing l ON l.platform_id = "
		"s.platform_id AND l.id = s.listing_id "
		"WHERE s.platform_id = :p AND s.product_home = ? ORDER BY s.listing_id LIMIT ?",
		DB_ARGS(db_uint(telling->home), db_uint(TOLD_AT_ONCE)), &rows);
	if (problem)
		return problem;
	struct json_object *payload = json_own(call->arena, json_object_new_object()), *list = json_object_new_array();
	json_object_object_add(payload, "listings", list);
	for (size_t i = 0; !problem && i < rows->rows; i++) {
		struct json_object *one = json_object_new_object();
		struct uuid id = UUID_NIL;
		db_get_id(rows, i, 0, &id);
		put_id(one, "id", id);
		put_int(one, "views", db_get_int(rows, i, 1));
		json_object_array_add(list, one);
		problem = db_exec(db, call->scope, "DELETE FROM listing_seen WHERE platform_id = :p AND listing_id = ?",
			DB_ARGS(db_id(&id)), NULL);
	}
	if (problem || !rows->rows)
		return problem;
	return post_send_to(call, "listing.views", "listing", UUID_NIL, telling->home, payload);
}

static struct problem *run(struct db *db, struct db_scope scope, struct json_object *payload, void *arg)
{
	const struct federation federation = {arg};
	struct db_result *rows;
	struct problem *problem = db_select(db, db_all_platforms("most shelves have nothing to tell"),
		"SELECT DISTINCT platform_id, product_home FROM listing_seen", DB_NO_ARGS, &rows);
	for (size_t i = 0; !problem && i < rows->rows; i++) {
		struct telling telling = {.home = (uint32_t)db_get_uint(rows, i, 1)};
		problem = federation_call(&federation, db, (uint32_t)db_get_uint(rows, i, 0), &telling.call);
		if (!problem && telling.call->platform_state == PLATFORM_STATE_ACTIVE)
			problem = db_transaction(db, tell_home, &telling);
	}
	return problem;
}

const struct job_kind views_job = {.name = "views", .run = run, .max_attempts = 5, .lease_s = 120, .every_ms = 30000};

/* ---- At home ---- */

struct problem *views_apply(struct call *call, const struct apply_entry *entry)
{
	struct json_object *list = json_get_array(entry->payload, "listings");
	struct problem *problem = list ? NULL : problem_new(call->arena, &PROBLEM_ENTRY);
	for (size_t i = 0; !problem && i < json_count(list); i++) {
		const struct json_object *one = json_at(list, i);
		struct uuid id;
		int64_t views;
		if (!uuid_parse(json_get_text(one, "id"), &id) || !json_get_int(one, "views", &views) || views < 0 ||
			views > UINT32_MAX)
			return problem_new(call->arena, &PROBLEM_ENTRY);
		problem = db_exec(call->db, call->scope,
			"UPDATE listing SET views = GREATEST(views, ?) WHERE platform_id = :p AND id = ? AND home_id = "
			"?",
			DB_ARGS(db_int(views), db_id(&id), db_uint(entry->source)), NULL);
	}
	return problem;
}
