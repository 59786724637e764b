#include "federation/correction.h"

#include "core/json.h"
#include "federation/federation.h"
#include "schema/records.gen.h"
#include "tenants/message.h"
#include "tenants/platform.h"
#include "tenants/post.h"

struct problem *institution_correct(struct call *call, struct institution *row, const struct institution_correction *in)
{
	struct json_object *payload = json_own(call->arena, json_object_new_object());
	struct json_writer *w;
	if (row->row.home_id == call->platform_id)
		return problem_detail(call->arena, &PROBLEM_CONFLICT, "该机构由本平台维护，请直接编辑", "This platform keeps the profile: edit it here");
	put_text(payload, "statement", in->statement);
	struct problem *problem = post_send_to(call, "institution.correction", "institution", row->row.id, row->row.home_id, payload);
	if (problem)
		return problem;
	w = endpoint_writer(call);
	jw_object_begin(w);
	jw_kv_text(w, "state", "sent");
	jw_object_end(w);
	return NULL;
}

/* Told once, also when the entry is read twice. */
static struct problem *is_told(struct call *call, struct uuid institution_id, const char *body, bool *told)
{
	struct db_result *rows;
	struct problem *problem = db_select(call->db, call->scope, "SELECT 1 FROM message WHERE platform_id = :p AND record_id = ? AND body = ? LIMIT 1",
	                                    DB_ARGS(db_id(&institution_id), db_text(body)), &rows);
	*told = !problem && rows->rows;
	return problem;
}

struct problem *correction_apply(struct call *call, const struct apply_entry *entry)
{
	const struct platform *from = post_platform(call, entry->source);
	struct institution *row;
	const char *statement;
	bool told;
	struct problem *problem = apply_text(call, entry, "statement", &statement);
	if (!problem)
		problem = institution_row_peek(call, entry->record_id, &row);
	if (problem || !row || row->row.home_id != call->platform_id || !from)
		return problem;
	const char *body = arena_printf(call->arena, "%s（%s %s）请求更正：%s", row->name, from->name_zh, entry->actor_name ? entry->actor_name : "", statement);
	const struct message_order order = {.role = "platform_admin", .title = "机构资料更正请求", .title_en = "A profile is to be corrected", .body = body,
	                                    .body_en = arena_printf(call->arena, "%s: %s (%s) asks for a correction: %s", row->name, from->name_en,
	                                                            entry->actor_name ? entry->actor_name : "", statement),
	                                    .record_type = "institution", .record_id = row->row.id};
	problem = is_told(call, row->row.id, body, &told);
	return problem || told ? problem : message_put(call, &order);
}
