/* correction: what a platform with a copy of an institution's profile asks the profile's home to put right (ZJ-5). Only
 * the home writes a profile, so elsewhere an edit is a request: a row that is made there and whose home is the
 * institution's (`asks: create`, core/record/ask.h).
 *
 * changes    fields of the institution as its declaration has them, checked when they are asked for and again when they
 *            are written. What the asking platform sees only masked (mobile, e-mail), and files, which lie with their
 *            home, cannot be asked for
 * accepted   the home writes the profile as any edit does, by the rights of the one who accepts, and only if the
 *            profile is still at the version that the asking platform saw, or at the one that the accepting person
 * names as looked at */

#include <string.h>

#include "core/record/ask.h"
#include "core/text/json.h"
#include "schema/records.gen.h"
#include "tenants/institution/reach.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/post.h"

/* ---- Changes ---- */

/* What the asking side sees only as a hint it cannot know better, and a file lies with its home. */
static bool is_correctable(const struct field *field)
{
	return !field->sealed_column && !field->masked && field->type != FIELD_FILE;
}

static struct problem *check_correctable(struct call *call, struct json_object *changes)
{
	struct problem *problem = NULL;
	json_object_object_foreach(changes, key, value)
	{
		(void)value;
		const struct field *field = shape_field(record_institution.shape, key);
		if (field && !is_correctable(field))
			problem = problem_add_field(call->arena, problem,
				json_pointer_add(call->arena, "/changes", key), "not-correctable",
				"此项只能由机构自行修改", "is changed by the institution alone");
	}
	return problem;
}

/* Puts the changes into the row, by the rights of `roles`; all faults at once, below /changes. */
static struct problem *put_changes(
	struct call *call, struct institution *institution, struct json_object *changes, uint32_t roles)
{
	struct problem *problem = check_correctable(call, changes);
	struct problem *faults =
		shape_decode(call, call->arena, record_institution.shape, changes, DECODE_PATCH, roles, institution);
	for (const struct problem_field *field = faults ? faults->fields : NULL; field; field = field->next)
		problem = problem_add_field(call->arena, problem,
			arena_printf(call->arena, "/changes%s", field->pointer), field->code, field->zh, field->en);
	return problem;
}

/* Those that differ from the profile, in their normal spelling. */
static struct json_object *differences(
	struct call *call, const struct institution *institution, struct json_object *changes)
{
	struct json_object *out = json_own(call->arena, json_object_new_object()), *all;
	struct problem *problem = record_open_members(call, &record_institution, institution->row.id,
		record_export(call, &record_institution, institution, true), &all);
	for (size_t i = 0; !problem && i < record_institution.shape->count; i++) {
		const struct field *field = &record_institution.shape->fields[i];
		if (json_has(changes, field->name) && !field_equal(field, institution->row.original, institution))
			json_object_object_add(out, field->name, json_object_get(json_get(all, field->name)));
	}
	return out;
}

/* ---- Asking ---- */

static struct problem *load_copy(struct call *call, struct uuid id, struct institution **out)
{
	struct problem *problem = institution_row_load(call, id, out);
	if (!problem && (*out)->row.home_id == call->platform_id)
		problem = problem_detail(call->arena, &PROBLEM_CONFLICT, "该机构属于本平台，请直接修改其资料",
			"The institution's home is here: edit its profile");
	return problem;
}

static struct problem *read_changes(
	struct call *call, struct institution *institution, struct json_object *given, struct json_object **out)
{
	*out = NULL;
	if (!json_object_is_type(given, json_type_object))
		return problem_add_field(call->arena, NULL, "/changes", "type", "应为对象", "must be an object");
	struct problem *problem = put_changes(call, institution, given, call->actor.roles);
	if (problem)
		return problem;
	*out = differences(call, institution, given);
	if (json_object_object_length(*out))
		return NULL;
	return problem_add_field(call->arena, NULL, "/changes", "unchanged", "与现有资料相同，没有需要更正的内容",
		"asks for nothing that is not so already");
}

static const char *open_key(struct call *call, struct uuid institution_id, uint32_t from)
{
	return arena_printf(call->arena, "%s:%u", uuid_text(call->arena, institution_id), from);
}

struct problem *correction_request(struct call *call, const struct correction_input *in)
{
	struct institution *institution;
	struct json_object *changes;
	struct problem *problem = load_copy(call, in->institution_id, &institution);
	if (!problem)
		problem = read_changes(call, institution, in->changes, &changes);
	if (problem)
		return problem;
	/* Its own name: the one asked for may be among the changes. */
	const struct institution *now = institution->row.original;
	struct correction *row = correction_row_new(call);
	row->institution_id = now->row.id;
	row->institution_name = now->name;
	row->institution_home = now->row.home_id;
	row->from_platform = call->platform_id;
	row->from_name = call->platform->name_zh;
	row->open_key = open_key(call, now->row.id, call->platform_id);
	row->changes = changes;
	row->profile_version = now->row.version;
	row->reason = in->reason;
	row->asked_by = call->actor.name;
	row->asked_at = call_now();
	problem = ask_create(call, &record_correction, row, now->row.home_id);
	if (problem)
		return problem;
	call->location = arena_printf(call->arena, "/api/v1/corrections/%s", uuid_text(call->arena, row->row.id));
	return record_answer(call, &record_correction, row);
}

/* ---- Receiving ---- */

static struct problem *check_goes(struct call *call, struct uuid institution_id, uint32_t platform_id)
{
	const uint32_t *ids;
	size_t count;
	struct problem *problem = reach_of_institution(call, institution_id, &ids, &count);
	for (size_t i = 0; !problem && i < count; i++)
		if (ids[i] == platform_id)
			return NULL;
	return problem ? problem : problem_detail(call->arena, &PROBLEM_CONFLICT, "该机构的资料不向贵平台同步",
		"The institution's profile does not go to your platform");
}

static struct problem *not_at_home(struct call *call)
{
	return problem_detail(call->arena, &PROBLEM_CONFLICT, "该机构不属于本平台",
		"The institution is not at home here");
}

static struct problem *check_changes(
	struct call *call, const struct institution *institution, struct json_object *changes)
{
	struct institution scratch = *institution;
	struct problem *faults = put_changes(call, &scratch, changes, ROLES_DESK);
	if (!faults)
		return NULL;
	return problem_detail(call->arena, &PROBLEM_CONFLICT,
		arena_printf(call->arena, "更正内容不符合要求（%s：%s）", faults->fields->pointer, faults->fields->zh),
		arena_printf(
			call->arena, "The changes do not fit (%s: %s)", faults->fields->pointer, faults->fields->en));
}

/* At the home: what can be put before anybody here. */
struct problem *correction_before_create(struct call *call, struct correction *row)
{
	struct institution *institution;
	const struct platform *from = post_platform(call, row->from_platform);
	struct problem *problem = institution_row_peek(call, row->institution_id, &institution);
	if (problem || !institution || institution->row.home_id != call->platform_id || !from)
		return problem ? problem : not_at_home(call);
	problem = check_goes(call, institution->row.id, row->from_platform);
	if (!problem)
		problem = check_changes(call, institution, row->changes);
	row->institution_name = institution->name;
	row->institution_home = call->platform_id;
	row->from_name = from->name_zh;
	row->asked_by = call->actor.name;
	row->asked_at = call_now();
	row->open_key = open_key(call, institution->row.id, row->from_platform);
	return problem;
}

/* ---- Deciding ---- */

static struct problem *check_version(struct call *call, const struct correction *row,
	const struct institution *institution, struct json_object *form)
{
	int64_t seen;
	if (json_get_int(form, "profile_version", &seen))
		return seen == institution->row.version ? NULL : problem_new(call->arena, &PROBLEM_STALE);
	if (row->profile_version == institution->row.version)
		return NULL;
	return problem_detail(call->arena, &PROBLEM_CONFLICT,
		"建议提出后机构资料已有修改，请核对现有资料，并填写所核对的资料版本",
	                      "The profile has changed since this was asked for: look at it, and say which version you "
	                      "looked at");
}

/* As an edit by the one who accepts: the same rights, the same checks, the same entry for all copies. */
struct problem *effect_correction_write(struct call *call, struct correction *row, struct json_object *form)
{
	struct institution *institution;
	struct problem *problem = institution_row_peek(call, row->institution_id, &institution);
	if (!problem && (!institution || institution->row.home_id != call->platform_id))
		problem = problem_detail(call->arena, &PROBLEM_CONFLICT, "该机构已不属于本平台",
			"The institution's home is no longer here");
	if (!problem)
		problem = check_version(call, row, institution, form);
	if (!problem)
		problem = put_changes(call, institution, row->changes, call->actor.roles);
	if (!problem && record_institution.before_update)
		problem = record_institution.before_update(call, institution->row.original, institution);
	if (problem)
		return problem;
	struct json_object *more = form_reason(call, arena_printf(call->arena, "%s：%s", row->from_name, row->reason));
	put_id(more, "correction_id", row->row.id);
	return record_update_with(call, &record_institution, institution, NULL, more);
}

struct problem *effect_correction_close(struct call *call, struct correction *row, struct json_object *form)
{
	row->open_key = NULL;
	row->answer = json_get_text(form, "reason");
	row->decided_at = call_now();
	row->decided_by = call_has_role(call, ROLE_SERVER) || call->asked_from ? NULL : call->actor.name;
	return NULL;
}
