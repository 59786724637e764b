#include "tenants/institution/attachment_use.h"

#include <string.h>

#include "core/http/request.h"
#include "core/record/held.h"
#include "core/record/side.h"
#include "core/text/json.h"
#include "schema/records.gen.h"
#include "tenants/institution/attachment.h"
#include "tenants/platform/post.h"

const struct problem_kind PROBLEM_IN_USE = {
	"file-in-use", 409, "该文件正在使用，不能删除。", "This file is in use and cannot be removed."};

static bool is_picture_purpose(const char *purpose)
{
	return !strcmp(purpose, "picture") || !strcmp(purpose, "logo");
}

/* What it was uploaded for, and really a picture where pictures are shown. */
static bool serves(const struct attachment *file, const char *purpose)
{
	return !strcmp(file->purpose, purpose) && (file->variants || !is_picture_purpose(purpose));
}

static bool belongs(struct call *call, const struct record *record, const void *row, const struct attachment *file)
{
	struct uuid owner = record_organisation(call, record, row);
	if (uuid_is_nil(owner))
		return !strcmp(file->record_type, record->name) &&
			uuid_equal(file->record_id, ((const struct row *)row)->id);
	bool near = !strcmp(file->record_type, record->name) || !strcmp(file->record_type, record_institution.name);
	return near && uuid_equal(file->institution_id, owner);
}

static struct problem *find_locked(struct call *call, struct uuid file, const char *lock, struct attachment **out)
{
	struct attachment **rows;
	size_t count;
	struct problem *problem = attachment_row_select(call, "id = ?", lock, DB_ARGS(db_id(&file)), &rows, &count);
	*out = !problem && count ? rows[0] : NULL;
	return problem;
}

struct problem *attachment_may_hold(struct call *call, const struct record *record, const void *row,
	const char *purpose, struct uuid file, bool *may, void *arg)
{
	(void)arg;
	struct attachment *found;
	*may = false;
	struct problem *problem = find_locked(call, file, "LOCK IN SHARE MODE", &found);
	if (!problem && found)
		*may = found->row.home_id == call->platform_id && belongs(call, record, row, found) &&
			(!purpose || serves(found, purpose));
	return problem;
}

struct problem *attachment_load_listing(struct call *call, const struct attachment *row)
{
	struct listing **rows = NULL, *seen;
	size_t count = 0;
	struct db_value like = db_contains(call->arena, uuid_text(call->arena, row->row.id));
	bool may = call->actor.roles & record_listing.read_roles;
	struct problem *problem = !may
		? problem_new(call->arena, &PROBLEM_NOT_FOUND)
		: listing_row_select(call, "institution_id = ? AND (content LIKE ? OR pending LIKE ?)", "LIMIT 1",
			  DB_ARGS(db_id(&row->institution_id), like, like), &rows, &count);
	if (problem)
		return problem;
	return count ? listing_row_load(call, rows[0]->row.id, &seen) : problem_new(call->arena, &PROBLEM_NOT_FOUND);
}

struct problem *attachment_refuse_in_use(struct call *call, const struct attachment *row)
{
	const char *zh, *en;
	struct attachment *locked;
	struct problem *problem = find_locked(call, row->row.id, "FOR UPDATE", &locked);
	if (!problem)
		problem = held_users(call, row->row.id, row->institution_id, &zh, &en);
	if (problem || !zh)
		return problem;
	return problem_detail(call->arena, &PROBLEM_IN_USE,
		arena_printf(call->arena, "该文件正用于：%s。请先在那里移除，再删除文件。", zh),
		arena_printf(call->arena, "This file is used by: %s. Take it out there first, then remove it.", en));
}

struct problem *attachment_tell_removed(struct call *call, const struct attachment *row)
{
	struct db_result *shelves;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT to_platform FROM listing_request WHERE platform_id = :p AND product_id = ?",
		DB_ARGS(db_id(&row->record_id)), &shelves);
	for (size_t i = 0; !problem && i < shelves->rows; i++) {
		uint32_t to = (uint32_t)db_get_uint(shelves, i, 0);
		if (to != call->platform_id)
			problem = post_send_to(call, "attachment.removed", "attachment", row->row.id, to,
				json_own(call->arena, json_object_new_object()));
	}
	return problem;
}

struct problem *attachment_show(struct call *call, struct uuid file, struct uuid institution_id, const char *owner_type,
	const char *purpose, const char *size)
{
	struct attachment *found;
	struct problem *problem = attachment_row_peek(call, file, &found);
	if (problem)
		return problem;
	bool good = found && serves(found, purpose) &&
		(strcmp(size, "small") == 0 || strcmp(size, "medium") == 0 || strcmp(size, "large") == 0);
	if (good)
		good = uuid_is_nil(institution_id) ? !strcmp(found->record_type, owner_type)
						   : uuid_equal(found->institution_id, institution_id);
	if (!good)
		return problem_new(call->arena, &PROBLEM_NOT_FOUND);
	/* The picture of an id never changes, but whether it is shown does. */
	request_add_header(call->request, "Cache-Control", "public, max-age=300");
	return attachment_send(call, found, size);
}
