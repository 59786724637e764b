/* Asking, withdrawing and deciding. */
#include "federation/transfer/transfer.h"

#include <string.h>

#include "core/text/json.h"
#include "schema/records.gen.h"
#include "tenants/institution/institution.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/post.h"
#include "tenants/platform/services.h"

enum { AT_ONCE = 500 };

/* ---- Asking ---- */

static struct problem *check_target(struct call *call, uint32_t to)
{
	const struct platform *target = post_platform(call, to);
	if (!target || target->network_id != call->network_id || target->state != PLATFORM_STATE_ACTIVE)
		return problem_add_field(call->arena, NULL, "/platform", "unknown", "没有这个平台，或它未在运行",
			"There is no such platform, or it does not run");
	if (to == call->platform_id)
		return problem_add_field(call->arena, NULL, "/platform", "same", "机构已属于本平台",
			"The institution is at home here already");
	return NULL;
}

static struct problem *load_original(struct call *call, struct uuid id, struct institution **out)
{
	struct problem *problem = institution_row_peek(call, id, out);
	if (!problem && (!*out || (*out)->row.home_id != call->platform_id))
		problem = problem_detail(
			call->arena, &PROBLEM_CONFLICT, "该机构不属于本平台", "The institution is not at home here");
	return problem;
}

static struct problem *count_what_goes(struct call *call, struct transfer *row)
{
	struct db_result *found;
	struct problem *problem = db_select(call->db, call->scope,
	                                    "SELECT (SELECT COUNT(*) FROM product WHERE platform_id = :p AND "
	                                    "institution_id = ? AND phase <> 'deleted'), "
	                                    "(SELECT COUNT(*) FROM account WHERE platform_id = :p AND institution_id = "
	                                    "? AND state <> 'closed')",
	                                    DB_ARGS(db_id(&row->institution_id), db_id(&row->institution_id)), &found);
	if (problem)
		return problem;
	row->products = db_get_int(found, 0, 0);
	row->accounts = db_get_int(found, 0, 1);
	return NULL;
}

static struct problem *post_request(struct call *call, const struct transfer *row)
{
	struct json_object *payload = json_own(call->arena, json_object_new_object());
	put_id(payload, "institution_id", row->institution_id);
	put_platform(call, payload, "institution_home", call->platform_id);
	put_text(payload, "name", row->institution_name);
	put_text(payload, "uscc", row->uscc);
	put_text(payload, "asked_as", row->asked_as == TRANSFER_ASKED_AS_INSTITUTION ? "institution" : "platform");
	put_text(payload, "by", row->asked_by);
	put_text(payload, "reason", row->reason);
	put_int(payload, "products", row->products);
	put_int(payload, "accounts", row->accounts);
	struct problem *problem = institution_announce(call, row->institution_id, &row->to_platform, 1);
	return problem ? problem
		       : post_send_to(call, "transfer.requested", "transfer", row->row.id, row->to_platform, payload);
}

struct problem *transfer_ask(struct call *call, struct uuid institution_id, uint32_t to, const char *reason,
	bool by_institution, struct transfer **out)
{
	const char *duplicate = NULL;
	struct institution *institution;
	struct transfer *row = *out = transfer_row_new(call);
	struct problem *problem = check_target(call, to);
	if (!problem)
		problem = load_original(call, institution_id, &institution);
	if (problem)
		return problem;
	row->institution_id = row->open_key = institution_id;
	row->institution_name = institution->name;
	row->uscc = institution->uscc;
	row->from_platform = call->platform_id;
	row->to_platform = to;
	row->asked_as = by_institution ? TRANSFER_ASKED_AS_INSTITUTION : TRANSFER_ASKED_AS_PLATFORM;
	row->asked_by = call->actor.name;
	row->asked_at = call_now();
	row->reason = reason;
	problem = count_what_goes(call, row);
	if (!problem)
		problem = record_insert_unless(call, &record_transfer, row, &duplicate);
	if (duplicate)
		*out = NULL;
	return problem || duplicate ? problem : post_request(call, row);
}

struct problem *transfer_request(struct call *call, const struct transfer_input *in)
{
	struct transfer *row;
	if (!in->consent)
		return problem_add_field(call->arena, NULL, "/consent", "required", "须同意资料、产品和账号随之迁移",
		                         "Consent that the profile, the products and the accounts go there is needed");
	struct problem *problem = transfer_ask(call, call->actor.institution_id, in->platform, in->reason, true, &row);
	if (!problem && !row)
		problem = problem_detail(
			call->arena, &PROBLEM_CONFLICT, record_transfer.uniques[0].zh, record_transfer.uniques[0].en);
	if (problem)
		return problem;
	call->location = arena_printf(call->arena, "/api/v1/transfers/%s", uuid_text(call->arena, row->row.id));
	return record_answer(call, &record_transfer, row);
}

/* ---- For a platform that is closing ---- */

#define STRANDED \
	"FROM institution i WHERE i.platform_id = :p AND i.home_id = i.platform_id AND NOT EXISTS (SELECT 1 FROM " \
	"transfer t WHERE t.platform_id = i.platform_id " \
	"AND t.open_key = i.id)"

struct problem *transfer_stranded(struct call *call, size_t limit, struct uuid **out, size_t *count, uint64_t *all)
{
	struct db_result *rows, *total;
	struct problem *problem = db_select(call->db, call->scope, "SELECT COUNT(*) " STRANDED, DB_NO_ARGS, &total);
	if (!problem)
		problem = db_select(call->db, call->scope, "SELECT i.id " STRANDED " ORDER BY i.id LIMIT ?",
			DB_ARGS(db_uint(limit)), &rows);
	if (problem)
		return problem;
	*all = db_get_uint(total, 0, 0);
	*count = rows->rows;
	*out = ARENA_ARRAY(call->arena, struct uuid, rows->rows + 1);
	for (size_t i = 0; i < rows->rows; i++)
		db_get_id(rows, i, 0, &(*out)[i]);
	return NULL;
}

static struct problem *tell_result(struct call *call, struct uuid id, bool asked, struct json_object *list)
{
	struct institution *institution;
	struct problem *problem = institution_row_peek(call, id, &institution);
	if (problem)
		return problem;
	struct json_object *one = json_object_new_object();
	json_object_array_add(list, one);
	put_id(one, "id", id);
	put_text(one, "name", institution ? institution->name : NULL);
	put_text(one, "result", asked ? "asked" : "under_way");
	return NULL;
}

struct problem *transfer_request_all(struct call *call, const struct transfer_all_input *in)
{
	struct transfer_all_result result = {.has_asked = true, .has_under_way = true, .has_left = true,
	                                     .institutions = json_own(call->arena, json_object_new_array())};
	struct id_list list = in->institutions;
	uint64_t all = 0;
	struct problem *problem = check_target(call, in->platform);
	if (!problem && !list.count)
		problem = transfer_stranded(call, AT_ONCE, &list.items, &list.count, &all);
	for (size_t i = 0; !problem && i < list.count; i++) {
		struct transfer *row;
		problem = transfer_ask(call, list.items[i], in->platform, in->reason, false, &row);
		if (!problem)
			problem = tell_result(call, list.items[i], row, result.institutions);
		*(row ? &result.asked : &result.under_way) += 1;
	}
	result.left = all > list.count ? (int64_t)(all - list.count) : 0;
	return problem ? problem : endpoint_answer(call, &shape_transfer_all_result, &result);
}

struct problem *transfer_choices(struct call *call)
{
	struct json_object *list = json_own(call->arena, json_object_new_array());
	struct transfer_options out = {.platforms = list, .has_stranded = true};
	struct uuid *ids;
	size_t count;
	uint64_t all = 0;
	struct problem *problem =
		call_has_role(call, ROLES_DESK) ? transfer_stranded(call, 0, &ids, &count, &all) : NULL;
	if (problem)
		return problem;
	out.stranded = (int64_t)all;
	for (size_t i = 0; i < platform_count(services_directory(call)); i++) {
		const struct platform *platform = platform_at(services_directory(call), i);
		if (platform->network_id != call->network_id || platform->state != PLATFORM_STATE_ACTIVE ||
			platform->id == call->platform_id)
			continue;
		struct json_object *one = json_object_new_object();
		put_text(one, "slug", platform->slug);
		put_text(one, "name", call_text(call, platform->name_zh, platform->name_en));
		put_text(one, "level", platform_level_name(platform->level));
		json_object_array_add(list, one);
	}
	return endpoint_answer(call, &shape_transfer_options, &out);
}

/* ---- Where it is decided ---- */

static struct problem *send_answer(
	struct call *call, struct uuid id, uint32_t to, const char *state, const char *reason, const char *by)
{
	struct json_object *payload = json_own(call->arena, json_object_new_object());
	put_text(payload, "state", state);
	put_text(payload, "reason", reason);
	put_text(payload, "by", by);
	return post_send_to(call, "transfer.answered", "transfer", id, to, payload);
}

struct problem *transfer_apply_request(struct call *call, const struct apply_entry *entry)
{
	struct transfer *row;
	struct transfer *known;
	struct json_object *payload = entry->payload;
	const char *as = json_get_text(payload, "asked_as");
	struct problem *problem = transfer_row_peek(call, entry->record_id, &known);
	if (problem || known)
		return problem;
	row = transfer_row_new(call);
	row->row.id = entry->record_id;
	problem = apply_id(call, entry, "institution_id", &row->institution_id);
	if (problem)
		return problem;
	row->institution_name = json_get_text(payload, "name");
	row->uscc = json_get_text(payload, "uscc");
	row->from_platform = entry->source;
	row->to_platform = call->platform_id;
	row->asked_as = as && !strcmp(as, "platform") ? TRANSFER_ASKED_AS_PLATFORM : TRANSFER_ASKED_AS_INSTITUTION;
	row->asked_by = json_get_text(payload, "by");
	row->asked_at = entry->at_ms;
	row->reason = json_get_text(payload, "reason");
	json_get_int(payload, "products", &row->products);
	json_get_int(payload, "accounts", &row->accounts);
	problem = transfer_row_insert(call, row);
	return problem ? problem : transfer_row_fire(call, row, "receive", form_reason(call, row->reason));
}

struct problem *effect_transfer_answer(struct call *call, struct transfer *row, struct json_object *form)
{
	bool accepted = row->row.phase == TRANSFER_PHASE_MOVING;
	row->answer = json_get_text(form, "reason");
	row->decided_by = call->actor.name;
	row->decided_at = call_now();
	return send_answer(
		call, row->row.id, row->from_platform, accepted ? "accepted" : "refused", row->answer, row->decided_by);
}

/* Also of one that was accepted: as long as it is not here, the home has the last word. */
struct problem *transfer_apply_withdraw(struct call *call, const struct apply_entry *entry)
{
	struct transfer *row;
	struct problem *problem = transfer_row_peek(call, entry->record_id, &row);
	if (problem || !row || row->row.phase == TRANSFER_PHASE_MOVED)
		return problem;
	/* it is over: nothing of it stays */
	if (row->row.phase != TRANSFER_PHASE_WAITING && row->row.phase != TRANSFER_PHASE_MOVING)
		return transfer_forget(call, row->institution_id, row->from_platform);
	row->answer = json_get_text(entry->payload, "reason");
	problem = transfer_row_fire(call, row, "withdrawn", form_reason(call, row->answer));
	if (!problem)
		problem = send_answer(call, row->row.id, entry->source, "withdrawn", row->answer, NULL);
	return problem ? problem : transfer_forget(call, row->institution_id, row->from_platform);
}

/* ---- At the home ---- */

struct problem *effect_transfer_ask_withdrawal(struct call *call, struct transfer *row, struct json_object *form)
{
	struct json_object *payload = json_own(call->arena, json_object_new_object());
	put_id(payload, "institution_id", row->institution_id);
	put_text(payload, "reason", json_get_text(form, "reason"));
	return post_send_to(call, "transfer.withdraw", "transfer", row->row.id, row->to_platform, payload);
}

struct problem *effect_transfer_close(struct call *call, struct transfer *row, struct json_object *form)
{
	const char *reason = json_get_text(form, "reason");
	(void)call;
	row->open_key = UUID_NIL;
	if (reason)
		row->answer = reason;
	if (row->row.phase == TRANSFER_PHASE_MOVED)
		row->moved_at = call_now();
	/* Edits went there until now: after the last one it is told that there will be none. */
	bool over = row->from_platform == call->platform_id && row->row.phase != TRANSFER_PHASE_MOVED;
	return over ? effect_transfer_ask_withdrawal(call, row, NULL) : NULL;
}

struct problem *transfer_apply_answer(struct call *call, const struct apply_entry *entry)
{
	struct transfer *row;
	const char *state;
	struct problem *problem = apply_text(call, entry, "state", &state);
	if (!problem)
		problem = transfer_row_peek(call, entry->record_id, &row);
	if (problem || !row || row->from_platform != call->platform_id)
		return problem;
	if (row->row.phase != TRANSFER_PHASE_SENT && row->row.phase != TRANSFER_PHASE_WITHDRAWING)
		return NULL;
	bool accepted = !strcmp(state, "accepted");
	if (accepted && row->row.phase == TRANSFER_PHASE_WITHDRAWING)
		return NULL; /* what was withdrawn meanwhile is answered once more */
	row->decided_by = json_get_text(entry->payload, "by");
	row->decided_at = entry->at_ms;
	row->answer = json_get_text(entry->payload, "reason");
	if (accepted)
		return transfer_move(call, row);
	return transfer_row_fire(call, row, state, form_reason(call, row->answer));
}
