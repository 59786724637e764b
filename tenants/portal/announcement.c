/* What a platform tells its visitors (HN-4). Written and shown through the engine; this is what is special. */
#include "schema/records.gen.h"

#include <string.h>

#include "core/record/held.h"
#include "core/text/json.h"
#include "tenants/institution/attachment_use.h"
#include "tenants/portal/portal.h"
#include "tenants/shelf/shelf_cache.h"

struct problem *effect_announcement_publish(struct call *call, struct announcement *row, struct json_object *form)
{
	(void)call;
	(void)form;
	row->published_at = call_now();
	return NULL;
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
