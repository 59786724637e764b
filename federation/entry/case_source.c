/* What stands behind a case: its sources, what they are told, and how they leave it. */
#include "federation/entry/case_inside.h"

#include <stdio.h>
#include <string.h>

#include "core/buf.h"
#include "core/text/json.h"
#include "federation/entry/supplement.h"
#include "federation/sync/federation.h"
#include "schema/records.gen.h"
#include "tenants/institution/membership.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/post.h"
#include "tenants/platform/services.h"

static const char *json_line(struct call *call, struct json_object *value)
{
	struct buf *text = buf_in(call->arena);
	json_canonical(text, value);
	return text->data;
}

/* ---- Sources ---- */

/* "recommendation:zhejiang/lishui,self:zhejiang/hangzhou" and "recommendation,self". */
struct problem *case_sources_describe(struct call *call, struct uuid case_id, const char **sources, const char **ways)
{
	struct db_result *result;
	struct problem *problem = db_select(call->db, call->scope,
	                                    "SELECT way, from_platform FROM case_source WHERE platform_id = :p AND "
	                                    "case_id = ? "
	                                    "AND state = 'active' ORDER BY created_at, id LIMIT 12",
	                                    DB_ARGS(db_id(&case_id)), &result);
	if (problem)
		return problem;
	struct buf *full = buf_in(call->arena), *brief = buf_in(call->arena);
	for (size_t i = 0; i < result->rows; i++) {
		const char *way = db_need_text(result, i, 0);
		const struct platform *from = post_platform(call, (uint32_t)db_get_uint(result, i, 1));
		buf_printf(full, "%s%s:%s", i ? "," : "", way, from ? from->origin : "?");
		if (!strstr(brief->data, way))
			buf_printf(brief, "%s%s", i ? "," : "", way);
	}
	*sources = result->rows ? full->data : NULL;
	*ways = brief->data;
	return NULL;
}

struct problem *case_source_insert(
	struct call *call, struct uuid case_id, const struct case_source *source, bool *known)
{
	const char *duplicate;
	const struct platform *from = post_platform(call, source->from_platform);
	struct problem *problem = db_insert(call->db, call->scope,
		"INSERT INTO case_source (platform_id, id, case_id, way, from_platform, "
		"from_name, state, dossier, "
		"dossier_hash, opinion, author, author_id, author_marks, created_at) "
		"VALUES (:p, ?, ?, ?, ?, ?, 'active', ?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(3))",
		DB_ARGS(db_id(&source->id), db_id(&case_id), db_text(source->way), db_uint(source->from_platform),
			db_text(from ? from->name_zh : "?"), db_text(json_line(call, source->dossier)),
			db_bytes(source->dossier_hash, 32), db_text(source->opinion), db_text(source->author),
			db_id(&source->author_id), db_text(source->author_marks)),
		&duplicate);
	*known = !problem && duplicate;
	return problem;
}

struct problem *case_source_exists(struct call *call, struct uuid id, bool *exists)
{
	struct db_result *result;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT 1 FROM case_source WHERE platform_id = :p AND id = ?", DB_ARGS(db_id(&id)), &result);
	*exists = !problem && result->rows;
	return problem;
}

/* ---- Progress ---- */

bool case_is_decided(const struct entry_case *row)
{
	return row->row.phase == ENTRY_CASE_PHASE_APPROVED || row->row.phase == ENTRY_CASE_PHASE_REFUSED ||
	       row->row.phase == ENTRY_CASE_PHASE_WITHDRAWN;
}

static struct json_object *progress(struct call *call, const struct entry_case *row)
{
	const struct lifecycle *lifecycle = lifecycle_for_row(call, &record_entry_case, row);
	const struct lifecycle_step *step = lifecycle ? lifecycle_step(lifecycle, row->row.step) : NULL;
	struct json_object *payload = json_own(call->arena, json_object_new_object());
	put_id(payload, "case_id", row->row.id);
	put_text(payload, "number", row->number);
	put_int(payload, "case_version", row->row.version);
	put_id(payload, "institution_id", row->institution_id);
	put_text(payload, "phase", record_entry_case.phases[row->row.phase - 1].code);
	put_text(payload, "step", row->row.step);
	if (step)
		put_words(payload, "desk", (struct words){step->desk_zh ? step->desk_zh : step->zh,
			step->desk_en ? step->desk_en : step->en});
	put_text(payload, "due_on", row->row.due_on);
	if (case_is_decided(row))
		put_words(payload, "reason", (struct words){row->decision_reason, row->decision_reason_en});
	return payload;
}

static const char *source_type(const char *way)
{
	if (way && !strcmp(way, "recommendation"))
		return "recommendation";
	return "application";
}

static struct problem *tell(
	struct call *call, struct uuid source, const char *way, uint32_t to, struct json_object *payload, bool decided)
{
	return post_send_to(call, decided ? "case.decided" : "case.progress", source_type(way), source, to, payload);
}

/* Every source that still stands behind it. */
struct problem *case_sources_tell(struct call *call, const struct entry_case *row)
{
	struct db_result *result;
	struct problem *problem = db_select(call->db, call->scope,
	                                    "SELECT id, way, from_platform FROM case_source WHERE platform_id = :p AND "
	                                    "case_id = ? AND state <> 'withdrawn'",
	                                    DB_ARGS(db_id(&row->row.id)), &result);
	struct json_object *payload = problem || !result->rows ? NULL : progress(call, row);
	for (size_t i = 0; !problem && i < result->rows; i++) {
		struct uuid id;
		db_get_id(result, i, 0, &id);
		problem = tell(call, id, db_need_text(result, i, 1), (uint32_t)db_get_uint(result, i, 2), payload,
			case_is_decided(row));
	}
	return problem;
}

/* For what never became a case, and for a source that leaves one. */
struct problem *case_source_answer(
	struct call *call, const struct case_source *source, const char *phase, struct words reason)
{
	struct json_object *payload = json_own(call->arena, json_object_new_object());
	put_id(payload, "case_id", UUID_NIL);
	put_int(payload, "case_version", UINT32_MAX); /* nothing comes after it */
	put_id(payload, "institution_id", source->institution_id);
	put_text(payload, "phase", phase);
	put_words(payload, "reason", reason);
	return tell(call, source->id, source->way, source->from_platform, payload, true);
}

/* ---- Leaving ---- */

static struct problem *load_source(
	struct call *call, struct uuid id, uint32_t from, struct case_source *out, struct entry_case **row)
{
	struct db_result *result;
	struct uuid case_id = UUID_NIL;
	struct problem *problem = db_select(call->db, call->scope,
	                                    "SELECT case_id, way FROM case_source WHERE platform_id = :p AND id = ? "
	                                    "AND from_platform = ? AND state = 'active'",
	                                    DB_ARGS(db_id(&id), db_uint(from)), &result);
	*row = NULL;
	if (problem || !result->rows)
		return problem;
	db_get_id(result, 0, 0, &case_id);
	problem = entry_case_row_peek(call, case_id, row);
	if (!problem && *row)
		*out = (struct case_source){.id = id,
			.way = db_get_text(result, 0, 1),
			.from_platform = from,
			.institution_id = (*row)->institution_id};
	return problem;
}

/* Others stand behind it still. */
static struct problem *go_on(struct call *call, struct entry_case *row, const struct case_source *source,
	const char *sources, const char *ways)
{
	struct membership_subject subject = {row->institution_id, row->institution_home, row->uscc, row->name};
	int way =
		field_value(shape_field(record_membership.shape, "way"), strtok(arena_strdup(call->arena, ways), ","));
	row->ways = ways;
	struct problem *problem = record_update(call, &record_entry_case, row, "source_withdrawn");
	if (!problem)
		problem = membership_open(call, &subject, way, sources);
	return problem ? problem : supplement_withdraw_from(call, row->row.id, source->from_platform);
}

struct problem *case_source_leave(struct call *call, struct uuid id, uint32_t from, struct words reason)
{
	const char *sources, *ways;
	struct case_source source;
	struct entry_case *row;
	struct problem *problem = load_source(call, id, from, &source, &row);
	if (problem || !row || case_is_decided(row))
		return problem; /* never a case, and answered so; or left already; or decided first, which both sides
				   show */
	problem = db_exec(call->db, call->scope,
	                  "UPDATE case_source SET state = 'withdrawn', withdrawn_at = UTC_TIMESTAMP(3) WHERE "
	                  "platform_id = :p AND id = ? AND state = 'active'",
	                  DB_ARGS(db_id(&id)), NULL);
	if (!problem)
		problem = case_sources_describe(call, row->row.id, &sources, &ways);
	if (!problem)
		problem = sources ? go_on(call, row, &source, sources, ways) : case_fire(call, row, "withdraw", reason);
	return problem ? problem : case_source_answer(call, &source, "withdrawn", reason);
}

struct problem *case_apply_withdraw(struct call *call, const struct apply_entry *entry)
{
	return case_source_leave(call, entry->record_id, entry->source, get_words(entry->payload, "reason"));
}
