#include "tenants/institution/institution.h"

#include <string.h>

#include "core/buf.h"
#include "core/text/json.h"
#include "core/text/uscc.h"
#include "schema/records.gen.h"
#include "tenants/institution/reach.h"
#include "tenants/platform/audit.h"
#include "tenants/platform/post.h"
#include "tenants/platform/services.h"
#include "tenants/rules/organisation_type.h"

const struct problem_kind PROBLEM_USCC_REGISTERED = {"uscc-registered", 409,
	"该统一社会信用代码已登记。", "This code is registered already."};

/* --- the code --- */

struct problem *institution_find_holder(struct call *call, const char *uscc, struct identity_holder *out, bool *found)
{
	struct db_result *rows;
	struct problem *problem = db_select(call->db, db_network(call->network_id),
		"SELECT institution_id, home, name FROM identity WHERE network_id = :n AND uscc = ?",
		DB_ARGS(db_text(uscc)), &rows);

	*found = !problem && rows->rows;
	if (!*found)
		return problem;
	db_get_id(rows, 0, 0, &out->institution_id);
	out->home = (uint32_t)db_get_uint(rows, 0, 1);
	out->name = db_get_text(rows, 0, 2);
	return NULL;
}

struct problem *institution_claim_code(struct call *call, const char *uscc, struct uuid institution_id,
	const char *name, bool enterprise, bool *claimed)
{
	const char *duplicate = NULL;
	/* The unique key decides a race. */
	struct problem *problem = db_insert(call->db, db_network(call->network_id),
		"INSERT INTO identity (network_id, uscc, institution_id, home, name, kind, created_at) VALUES (:n, ?, "
		"?, ?, ?, ?, ?)",
		DB_ARGS(db_text(uscc), db_id(&institution_id), db_uint(call->platform_id), db_text(name),
		        db_text(enterprise ? "enterprise" : "institution"), db_time(call_now())), &duplicate);

	*claimed = !problem && !duplicate;
	return problem;
}

struct problem *institution_read_code(struct call *call, const char *text, const char **code, const char **override)
{
	struct db_result *rows;

	*code = uscc_normalise(call->arena, text);
	*override = NULL;
	struct uscc_result result = uscc_check(call->arena, *code);
	if (result.fault == USCC_OK)
		return NULL;
	if (!result.soft)
		return uscc_problem(call->arena, "/uscc", &result);
	struct problem *problem = db_select(call->db, db_network(call->network_id),
		"SELECT reason FROM uscc_override WHERE network_id = :n AND uscc = ?", DB_ARGS(db_text(*code)), &rows);
	if (problem || rows->rows == 0)
		return problem ? problem : uscc_problem(call->arena, "/uscc", &result);
	*override = db_get_text(rows, 0, 0);
	return NULL;
}

struct problem *institution_check_uscc(struct call *call, const struct uscc_question *query)
{
	const char *code = uscc_normalise(call->arena, query->uscc);
	struct uscc_result result = uscc_check(call->arena, code);
	struct identity_holder holder = {0};
	bool registered = false;
	/* What can be no code is nobody's. */
	bool possible = result.fault == USCC_OK || result.soft;
	struct problem *problem = possible ? institution_find_holder(call, code, &holder, &registered) : NULL;

	if (problem)
		return problem;
	struct problem *fault = uscc_problem(call->arena, "/uscc", &result);
	struct uscc_answer answer = {.uscc = code,
		.valid = result.fault == USCC_OK,
		.has_valid = true,
		.soft = result.soft,
		.has_soft = true,
		.fault = fault && fault->fields ? fault->fields->code : NULL,
		.message_zh = result.zh,
		.message_en = result.en,
		.suggestion = result.suggestion,
		.organisation_type = fault
			? NULL
			: field_code(shape_field(&shape_institution, "organisation_type"), organisation_type_of(code)),
		.registered = registered,
		.has_registered = true,
		.home = registered ? holder.home : 0};
	return endpoint_answer(call, &shape_uscc_answer, &answer);
}

/* A reviewer takes a code for good that fails its check digit; who registers with it then may. */
struct problem *institution_accept_uscc(struct call *call, const struct institution_override *in)
{
	const char *code = uscc_normalise(call->arena, in->uscc);
	struct uscc_result result = uscc_check(call->arena, code);
	struct problem *problem;

	if (result.fault != USCC_OK && !result.soft)
		return uscc_problem(call->arena, "/uscc", &result);
	problem = db_exec(call->db, db_network(call->network_id),
		"INSERT INTO uscc_override (network_id, uscc, reason, accepted_by, accepted_at) VALUES (:n, ?, ?, ?, ?)"
		" ON DUPLICATE KEY UPDATE reason = VALUES(reason), accepted_by = VALUES(accepted_by), accepted_at = "
		"VALUES(accepted_at)",
		DB_ARGS(db_text(code), db_text(in->reason), db_text(call->actor.name), db_time(call_now())), NULL);
	return problem ? problem : audit_add(call, "institution.uscc_accepted", "institution", uuid_v7(),
		audit_details(call->arena, "uscc", code, "reason", in->reason, NULL));
}

/* --- the profile --- */

static struct problem *export_all(struct call *call, const struct record *record, const char *where, struct uuid id,
                                  struct json_object *into)
{
	void **rows;
	size_t count;
	struct problem *problem =
		record_select(call, record, where, "ORDER BY id LIMIT 1000", DB_ARGS(db_id(&id)), &rows, &count);

	for (size_t i = 0; !problem && i < count; i++)
		json_object_array_add(into, json_object_get(record_export(call, record, rows[i], true)));
	return problem;
}

struct problem *institution_profile(struct call *call, struct uuid institution_id, struct json_object **out)
{
	struct institution *row = NULL;
	struct problem *problem = institution_row_peek(call, institution_id, &row);

	if (problem || !row)
		return problem ? problem : problem_new(call->arena, &PROBLEM_NOT_FOUND);
	struct json_object *profile = json_own(call->arena, json_object_new_object());
	struct json_object *qualifications = json_object_new_array(), *attachments = json_object_new_array();
	json_object_object_add(
		profile, "institution", json_object_get(record_export(call, &record_institution, row, true)));
	json_object_object_add(profile, "qualifications", qualifications);
	json_object_object_add(profile, "attachments", attachments);
	problem = export_all(
		call, &record_qualification, "institution_id = ? AND home_id = :p", institution_id, qualifications);
	if (!problem)
		problem = export_all(call, &record_attachment,
			"institution_id = ? AND home_id = :p AND record_type IN ('institution', 'qualification')",
			institution_id, attachments);
	*out = profile;
	return problem;
}

struct problem *institution_announce(struct call *call, struct uuid institution_id, const uint32_t *to, size_t to_count)
{
	struct json_object *profile = NULL;
	struct problem *problem = to ? NULL : reach_of_institution(call, institution_id, &to, &to_count);

	if (problem || !to_count)
		return problem;
	problem = institution_profile(call, institution_id, &profile);
	if (problem)
		return problem;
	struct journal_entry entry = {.kind = "institution.profile",
		.record_type = "institution",
		.record_id = institution_id,
		.audience = JOURNAL_ADDRESSED,
		.to = to,
		.to_count = to_count,
		.actor_id = call->actor.account_id,
		.actor_name = call->actor.name,
		.actor_role = call_role_name(call, 0),
		.client = call->actor.client,
		.payload = profile};
	return journal_add(call->db, call->scope, &entry);
}

static bool same_number(bool had, int64_t was, bool has, int64_t is)
{
	return had == has && (!has || was == is);
}

/* Qualified staff are some of all: more of them would meet every share that a condition asks for (ZJ-8). Only what this
 * edit states is looked at: an older slip must not stand in the way of an address. */
static struct problem *check_staff(struct call *call, const struct institution *before, const struct institution *row)
{
	if (same_number(before->has_qualified_staff, before->qualified_staff, row->has_qualified_staff,
		    row->qualified_staff) &&
		same_number(before->has_full_time_staff, before->full_time_staff, row->has_full_time_staff,
			row->full_time_staff) &&
		same_number(
			before->has_insured_staff, before->insured_staff, row->has_insured_staff, row->insured_staff))
		return NULL;
	if (row->has_qualified_staff && row->has_full_time_staff && row->qualified_staff > row->full_time_staff)
		return problem_add_field(call->arena, NULL, "/qualified_staff", "too-large", "不能多于专职人员",
			"There cannot be more of them than full-time staff");
	if (row->has_qualified_staff && row->has_insured_staff && row->qualified_staff > row->insured_staff)
		return problem_add_field(call->arena, NULL, "/qualified_staff", "too-large", "不能多于参保人数",
			"There cannot be more of them than insured staff");
	return NULL;
}

/* Rename of a member goes through its platform, which looks at the licence; until it is one, the institution corrects
 * its own slips. */
struct problem *institution_before_update(struct call *call, const struct institution *before, struct institution *row)
{
	struct db_result *rows;
	struct problem *staff = check_staff(call, before, row);

	if (staff)
		return staff;
	if (strcmp(before->name, row->name) == 0 && before->organisation_type == row->organisation_type)
		return NULL;
	if (call_has_role(call, ROLES_DESK | ROLE_SERVER))
		return NULL;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT COUNT(*) FROM membership WHERE platform_id = :p AND institution_id = ? AND phase IN "
		"('applied', 'supplement', 'active', 'suspended')",
		DB_ARGS(db_id(&row->row.id)), &rows);
	if (problem || !db_get_int(rows, 0, 0))
		return problem;
	return problem_detail(call->arena, &PROBLEM_CONFLICT,
		"入驻后名称和组织类型的变更须由所属平台审核办理，请联系本平台。",
		"Once it is a member, an institution's name and type are changed by its home platform after review; "
		"ask this platform.");
}

/* What the desk changed of it, told to the institution: by field, in its own words it can read the rest. */
static struct problem *tell_edited(struct call *call, const struct institution *before, const struct institution *row)
{
	const struct notice_sink *sink = call->services->notices;
	struct buf *zh = buf_in(call->arena), *en = buf_in(call->arena);
	bool desk = before && call_has_role(call, ROLES_DESK) && !call_has_role(call, ROLE_OWNER | ROLE_STAFF);

	for (size_t i = 0; desk && i < record_institution.shape->count; i++) {
		const struct field *field = &record_institution.shape->fields[i];
		if (field_equal(field, before, row))
			continue;
		buf_printf(zh, "%s%s", zh->len ? "、" : "", field->zh);
		buf_printf(en, "%s%s", en->len ? ", " : "", field->en);
	}
	if (!sink || !zh->len)
		return NULL;
	struct json_object *variables = json_own(call->arena, json_object_new_object());
	put_both(variables, "fields", (struct words){zh->data, en->data});
	return sink->send(
		call, &record_institution, row, "profile_edited", "institution_contact", variables, sink->arg);
}

struct problem *institution_after_write(
	struct call *call, const struct institution *before, const struct institution *row)
{
	struct problem *problem = NULL;

	if (row->row.home_id != call->platform_id)
		return NULL;
	if (before && strcmp(before->name, row->name) != 0)
		problem = db_exec(call->db, db_network(call->network_id),
			"UPDATE identity SET name = ? WHERE network_id = :n AND uscc = ?",
			DB_ARGS(db_text(row->name), db_text(row->uscc)), NULL);
	if (!problem)
		problem = institution_announce(call, row->row.id, NULL, 0);
	return problem ? problem : tell_edited(call, before, row);
}

struct problem *institution_present(struct call *call, const struct institution *row, struct json_writer *w)
{
	struct db_result *rows;
	const struct platform *home = platform_by_id(services_directory(call), row->row.home_id);
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT home_id, phase, since FROM membership WHERE platform_id = :p AND institution_id = ? ORDER BY "
		"created_at",
		DB_ARGS(db_id(&row->row.id)), &rows);

	if (problem)
		return problem;
	jw_kv_text(w, "home_name", home ? call_text(call, home->name_zh, home->name_en) : NULL);
	jw_kv_bool(w, "editable", row->row.home_id == call->platform_id);
	jw_key(w, "memberships");
	jw_array_begin(w);
	for (size_t i = 0; i < rows->rows; i++) {
		const struct platform *on = platform_by_id(services_directory(call), (uint32_t)db_get_uint(rows, i, 0));
		jw_object_begin(w);
		jw_kv_text(w, "platform", on ? on->slug : NULL);
		jw_kv_text(w, "phase", db_get_text(rows, i, 1));
		jw_object_end(w);
	}
	jw_array_end(w);
	return NULL;
}

struct problem *institution_is_outside(struct call *call, const char *region_code, bool *outside)
{
	const struct region_set *regions;
	struct problem *problem = platform_regions(services_of(call)->registry, call->db, call->network_id, &regions);

	*outside =
		!problem && region_code && !region_is_within(regions, region_code, call->platform->root->region_code);
	return problem;
}

struct problem *institution_hold(struct call *call, struct uuid institution_id)
{
	struct db_result *rows;

	if (uuid_is_nil(institution_id))
		return NULL;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT home_id FROM institution WHERE platform_id = :p AND id = ? LOCK IN SHARE MODE",
		DB_ARGS(db_id(&institution_id)), &rows);

	if (problem || (rows->rows && db_get_uint(rows, 0, 0) == call->platform_id))
		return problem;
	const struct platform *home =
		rows->rows ? platform_by_id(services_directory(call), (uint32_t)db_get_uint(rows, 0, 0)) : NULL;
	return problem_detail(call->arena, &PROBLEM_CONFLICT,
		arena_printf(call->arena, "该机构属于%s，请到该平台办理。", home ? home->name_zh : "其他平台"),
		arena_printf(call->arena, "The institution is at home on %s: do it there.",
			home ? home->name_en : "another platform"));
}

struct problem *institution_mine(struct call *call)
{
	struct institution *row;
	struct problem *problem = institution_row_load(call, call->actor.institution_id, &row);

	return problem ? problem : record_answer(call, &record_institution, row);
}
