/* What a platform tells its visitors (HN-4). Written through the engine; this is what is special, and the portal's
 * side. */
#include "schema/records.gen.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/record/held.h"
#include "core/text/json.h"
#include "tenants/institution/attachment_use.h"
#include "tenants/portal/portal.h"
#include "tenants/shelf/shelf_cache.h"

enum { PAGE = 20 };

struct problem *effect_announcement_publish(struct call *call, struct announcement *row, struct json_object *form)
{
	(void)call;
	(void)form;
	row->published_at = call_now();
	return NULL;
}

/* A cursor is the time and the id of the last one shown. */
static struct problem *read_cursor(struct call *call, const char *after, int64_t *at, struct uuid *id)
{
	char text[UUID_TEXT + 1];
	if (sscanf(after, "%" SCNd64 ".%36s", at, text) != 2 || !uuid_parse(text, id))
		return problem_new(call->arena, &PROBLEM_CURSOR);
	return NULL;
}

struct problem *portal_announcements(struct call *call, const struct portal_announcements_query *query)
{
	struct db_result *rows;
	size_t limit = query->has_limit ? (size_t)query->limit : PAGE;
	int64_t at = INT64_C(253370764800000); /* behind every time */
	struct uuid id = {{0}};
	struct problem *problem = query->cursor ? read_cursor(call, query->cursor, &at, &id) : NULL;
	if (problem)
		return problem;
	problem = db_select(call->db, call->scope,
		"SELECT id, title, summary, published_at FROM announcement WHERE platform_id = :p AND " PORTAL_PUBLISHED
		" "
		"AND (published_at < ? OR (published_at = ? AND id < ?)) ORDER BY published_at DESC, id DESC LIMIT ?",
		DB_ARGS(db_time(at), db_time(at), db_bytes(id.b, sizeof(id.b)), db_uint(limit + 1)), &rows);
	if (problem)
		return problem;
	struct portal_announcements page = {0};
	page.items.count = rows->rows > limit ? limit : rows->rows;
	page.items.items = ARENA_ARRAY(call->arena, struct portal_announcement, page.items.count + 1);
	for (size_t i = 0; i < page.items.count; i++) {
		struct portal_announcement *item = &page.items.items[i];
		*item = (struct portal_announcement){.title = db_get_text(rows, i, 1),
			.summary = db_get_text(rows, i, 2),
			.published_at = db_get_time(rows, i, 3)};
		db_get_id(rows, i, 0, &item->id);
	}
	if (rows->rows > limit) {
		const struct portal_announcement *last = &page.items.items[limit - 1];
		page.next = arena_printf(
			call->arena, "%" PRId64 ".%s", last->published_at, uuid_text(call->arena, last->id));
	}
	return endpoint_answer(call, &shape_portal_announcements, &page);
}

struct problem *portal_announcement(struct call *call)
{
	struct db_result *row;
	struct portal_announcement item = {0};
	struct problem *problem = call_path_id(call, 0, &item.id);
	if (problem)
		return problem;
	problem = db_select(call->db, call->scope,
		"SELECT title, summary, published_at, body FROM announcement WHERE platform_id = :p AND id = ? "
		"AND " PORTAL_PUBLISHED,
		DB_ARGS(db_id(&item.id)), &row);
	if (problem)
		return problem;
	if (!row->rows)
		return problem_new(call->arena, &PROBLEM_NOT_FOUND);
	item.title = db_get_text(row, 0, 0);
	item.summary = db_get_text(row, 0, 1);
	item.published_at = db_get_time(row, 0, 2);
	const char *body = db_get_text(row, 0, 3);
	if (body && (problem = json_parse(call->arena, body, strlen(body), &item.body)))
		return problem;
	return endpoint_answer(call, &shape_portal_announcement, &item);
}

struct problem *portal_announcement_picture(struct call *call)
{
	struct db_result *row;
	struct json_object *body = NULL;
	struct uuid id, picture;
	struct problem *problem = call_path_id(call, 0, &id);
	if (!problem)
		problem = call_path_id(call, 1, &picture);
	if (!problem)
		problem = db_select(call->db, call->scope,
			"SELECT body FROM announcement WHERE platform_id = :p AND id = ? AND " PORTAL_PUBLISHED,
			DB_ARGS(db_id(&id)), &row);
	if (problem)
		return problem;
	const char *text = row->rows ? db_get_text(row, 0, 0) : NULL;
	if (text && (problem = json_parse(call->arena, text, strlen(text), &body)))
		return problem;
	if (!held_names(body, picture))
		return problem_new(call->arena, &PROBLEM_NOT_FOUND);
	return attachment_show(call, picture, UUID_NIL, record_announcement.name, "picture", call_path_text(call, 2));
}
