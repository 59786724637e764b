#include "federation/exchange/correction.h"

#include <string.h>

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

static struct problem *post_request(struct call *call, const struct correction *row)
{
	struct json_object *payload = json_own(call->arena, json_object_new_object()),
			   *changes = json_object_new_object();
	json_object_object_foreach(row->changes, key, value)
		json_object_object_add(changes, key, json_object_get(value));
	record_seal_members(call, &record_institution, row->institution_id, changes);
	put_id(payload, "institution_id", row->institution_id);
	json_object_object_add(payload, "changes", changes);
	put_int(payload, "profile_version", row->profile_version);
	put_text(payload, "reason", row->reason);
	return post_send_to(call, "correction.requested", "correction", row->row.id, row->institution_home, payload);
}

struct problem *correction_ask_again(struct call *call, const struct correction *row)
{
	return post_request(call, row);
}

static struct correction *new_row(struct call *call, const struct institution *institution, uint32_t from)
{
	const struct platform *platform = post_platform(call, from);
	struct correction *row = correction_row_new(call);
	row->institution_id = institution->row.id;
	row->institution_name = institution->name;
	row->institution_home = institution->row.home_id;
	row->from_platform = from;
	row->from_name = platform ? platform->name_zh : "?";
	row->open_key = open_key(call, institution->row.id, from);
	return row;
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
	struct correction *row = new_row(call, institution->row.original, call->platform_id);
	row->changes = changes;
	row->profile_version = institution->row.version;
	row->reason = in->reason;
	row->asked_by = call->actor.name;
	row->asked_at = call_now();
	problem = correction_row_insert(call, row);
	if (!problem)
		problem = post_request(call, row);
	if (problem)
		return problem;
	call->location = arena_printf(call->arena, "/api/v1/corrections/%s", uuid_text(call->arena, row->row.id));
	return record_answer(call, &record_correction, row);
}

/* ---- Receiving ---- */

static struct problem *send_answer(
	struct call *call, struct uuid id, uint32_t to, const char *state, const char *reason, const char *by)
{
	struct json_object *payload = json_own(call->arena, json_object_new_object());
	put_text(payload, "state", state);
	put_text(payload, "reason", reason);
	put_text(payload, "by", by);
	return post_send_to(call, "correction.answered", "correction", id, to, payload);
}

static struct problem *profile_goes_to(struct call *call, struct uuid institution_id, uint32_t platform_id, bool *goes)
{
	const uint32_t *ids;
	size_t count;
	struct problem *problem = reach_of_institution(call, institution_id, &ids, &count);
	*goes = false;
	for (size_t i = 0; !problem && i < count; i++)
		*goes |= ids[i] == platform_id;
	return problem;
}

/* Why it cannot be put before anybody here; *why NULL if it can. */
static struct problem *find_refusal(struct call *call, uint32_t source, struct institution *institution,
	struct json_object *changes, const char **why)
{
	bool goes;
	*why = NULL;
	if (!institution || institution->row.home_id != call->platform_id) {
		*why = "该机构不属于本平台";
		return NULL;
	}
	struct problem *problem = profile_goes_to(call, institution->row.id, source, &goes);
	if (problem)
		return problem;
	if (!goes) {
		*why = "该机构的资料不向贵平台同步";
		return NULL;
	}
	struct institution scratch = *institution;
	struct problem *faults = put_changes(call, &scratch, changes, ROLES_DESK);
	if (faults)
		*why = arena_printf(call->arena, "更正内容不符合要求（%s：%s）", faults->fields->pointer, faults->fields->zh);
	return NULL;
}

static struct problem *receive(struct call *call, const struct apply_entry *entry,
	const struct institution *institution, struct json_object *changes, const char *reason, int64_t profile_version)
{
	struct correction *row = new_row(call, institution, entry->source);
	row->row.id = entry->record_id;
	row->changes = changes;
	row->profile_version = profile_version;
	row->reason = reason;
	row->asked_by = entry->actor_name;
	row->asked_at = entry->at_ms;
	struct problem *problem = correction_row_insert(call, row);
	return problem ? problem : correction_row_fire(call, row, "receive", form_reason(call, reason));
}

struct problem *correction_apply_request(struct call *call, const struct apply_entry *entry)
{
	struct json_object *changes = json_get_object(entry->payload, "changes");
	struct institution *institution;
	struct correction *known;
	struct uuid institution_id;
	const char *reason, *why;
	int64_t profile_version;
	if (!changes || !json_get_int(entry->payload, "profile_version", &profile_version))
		return problem_new(call->arena, &PROBLEM_ENTRY);
	struct problem *problem = apply_id(call, entry, "institution_id", &institution_id);
	if (!problem)
		problem = apply_text(call, entry, "reason", &reason);
	if (!problem)
		problem = correction_row_peek(call, entry->record_id, &known);
	if (problem || known)
		return problem; /* here already, or the platform's own row, which is no request to itself */
	problem = record_open_members(call, &record_institution, institution_id, changes, &changes);
	if (!problem)
		problem = institution_row_peek(call, institution_id, &institution);
	if (!problem)
		problem = find_refusal(call, entry->source, institution, changes, &why);
	if (problem)
		return problem;
	if (why)
		return send_answer(call, entry->record_id, entry->source, "refused", why, NULL);
	return receive(call, entry, institution, changes, reason, profile_version);
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
	return problem_detail(call->arena, &PROBLEM_CONFLICT, "建议提出后机构资料已有修改，请核对现有资料，并填写所核对的资料版本",
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

/* On both sides; the home's answer moves the other. */
struct problem *effect_correction_close(struct call *call, struct correction *row, struct json_object *form)
{
	const char *state = record_correction.phases[row->row.phase - 1].code;
	row->open_key = NULL;
	row->answer = json_get_text(form, "reason");
	if (row->from_platform == call->platform_id)
		return NULL;
	row->decided_at = call_now();
	row->decided_by = call_has_role(call, ROLE_SERVER) ? NULL : call->actor.name;
	return send_answer(call, row->row.id, row->from_platform, state, row->answer, row->decided_by);
}

struct problem *effect_correction_ask_withdrawal(struct call *call, struct correction *row, struct json_object *form)
{
	struct json_object *payload = json_own(call->arena, json_object_new_object());
	put_id(payload, "institution_id", row->institution_id);
	put_text(payload, "reason", json_get_text(form, "reason"));
	return post_send_to(call, "correction.withdraw", "correction", row->row.id, row->institution_home, payload);
}

struct problem *correction_apply_withdraw(struct call *call, const struct apply_entry *entry)
{
	struct correction *row;
	struct problem *problem = correction_row_peek(call, entry->record_id, &row);
	if (problem || !row || row->from_platform != entry->source || row->row.phase != CORRECTION_PHASE_WAITING)
		return problem;
	return correction_row_fire(call, row, "withdrawn", form_reason(call, json_get_text(entry->payload, "reason")));
}

static bool is_answer(const char *state)
{
	return !strcmp(state, "accepted") || !strcmp(state, "refused") || !strcmp(state, "withdrawn");
}

struct problem *correction_apply_answer(struct call *call, const struct apply_entry *entry)
{
	struct correction *row;
	const char *state;
	struct problem *problem = apply_text(call, entry, "state", &state);
	if (!problem && !is_answer(state))
		problem = problem_new(call->arena, &PROBLEM_ENTRY);
	if (!problem)
		problem = correction_row_peek(call, entry->record_id, &row);
	if (problem || !row || row->from_platform != call->platform_id || row->institution_home != entry->source)
		return problem;
	if (row->row.phase != CORRECTION_PHASE_SENT && row->row.phase != CORRECTION_PHASE_WITHDRAWING)
		return NULL;
	row->decided_by = json_get_text(entry->payload, "by");
	row->decided_at = entry->at_ms;
	return correction_row_fire(call, row, state, form_reason(call, json_get_text(entry->payload, "reason")));
}
