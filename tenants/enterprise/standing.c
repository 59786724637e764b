#include "tenants/enterprise/standing.h"

#include <string.h>

#include "core/buf.h"
#include "core/record/lifecycle.h"
#include "core/record/record.h"
#include "core/record/side.h"
#include "core/text/json.h"
#include "core/text/zone.h"
#include "schema/records.gen.h"
#include "tenants/platform/post.h"

enum { DORMANT_DAYS = 3 * 366, AT_ONCE = 500 };
#define DAY_MS INT64_C(86400000)

bool standing_is_open(struct call *call, const struct institution *row)
{
	switch (row->business_status) {
	case INSTITUTION_BUSINESS_STATUS_DORMANT:
		return row->dormant_until && strcmp(row->dormant_until, zone_day(call->arena, call_now())) < 0;
	case INSTITUTION_BUSINESS_STATUS_LIQUIDATION:
	case INSTITUTION_BUSINESS_STATUS_REVOKED:
	case INSTITUTION_BUSINESS_STATUS_DEREGISTERED: return false;
	default: return true;
	}
}

struct problem *standing_check(struct call *call, struct uuid institution_id)
{
	struct institution *row = NULL;
	struct problem *problem = institution_row_peek(call, institution_id, &row);
	if (problem || !row || standing_is_open(call, row))
		return problem;
	const struct choice *words =
		&shape_need(&shape_institution, "business_status")->values[row->business_status - 1];
	const char *until = row->business_status == INSTITUTION_BUSINESS_STATUS_DORMANT ? row->dormant_until : NULL;
	return problem_detail(call->arena, &PROBLEM_CONFLICT,
		arena_printf(call->arena, "%s当前状态为“%s%s%s”，不能办理新的业务。", row->name, words->zh,
			until ? "至 " : "", until ? until : ""),
		arena_printf(call->arena, "%s is %s%s%s: it may begin nothing new.", row->name, words->en,
			until ? " until " : "", until ? until : ""));
}

/* --- what runs when a party is gone --- */

static const char *const PARTY_GONE = "party_gone";

/* Rows of which it is a side, at home here; in the order of their ids. */
static struct problem *find_rows(struct call *call, const struct record *record, const struct uuid *id,
	struct uuid after, void ***rows, size_t *count)
{
	struct buf *sql = buf_in(call->arena);
	struct db_value args[10] = {db_bytes(after.b, sizeof after.b)};
	size_t n = 1;
	buf_printf(sql, "id > ? AND %s (1 = 0", record->has & ROW_HAS_HOME_SEQ ? "home_id = platform_id AND" : "");
	for (size_t i = 0; i < record->side_count && n < sizeof args / sizeof *args; i++) {
		const struct record_side *side = &record->sides[i];
		if (!side->by || side->account)
			continue;
		buf_printf(sql, " OR `%s` = ?", side->by->column);
		args[n++] = db_id(id);
	}
	buf_char(sql, ')');
	return record_select(call, record, db_dynamic(call->db, sql->data),
		db_dynamic(call->db, arena_printf(call->arena, "ORDER BY id LIMIT %d", AT_ONCE)), args, n, rows, count);
}

static struct problem *end_rows(
	struct call *call, const struct record *record, struct uuid id, struct json_object *why)
{
	struct uuid after = UUID_NIL;
	size_t count = AT_ONCE;
	struct problem *problem = NULL;
	void **rows;
	while (!problem && count == AT_ONCE) {
		problem = find_rows(call, record, &id, after, &rows, &count);
		for (size_t i = 0; !problem && i < count; i++) {
			const struct row *head = rows[i];
			const struct lifecycle *lifecycle = lifecycle_for_row(call, record, head);
			after = head->id;
			if (lifecycle && head->step && lifecycle_transition(lifecycle, head->step, PARTY_GONE))
				problem = lifecycle_fire_as_server(call, record, rows[i], PARTY_GONE, why);
		}
	}
	return problem;
}

static struct problem *end_all(struct call *call, const struct institution *gone)
{
	const struct record_set *set = call->services->records;
	const struct choice *words =
		&shape_need(&shape_institution, "business_status")->values[gone->business_status - 1];
	struct json_object *why = form_reason(call, arena_printf(call->arena, "%s%s", gone->name, words->zh));
	struct problem *problem = NULL;
	for (size_t i = 0; !problem && i < set->count; i++) {
		const struct record *record = set->records[i];
		if (record->table && record->lifecycle && record->side_count && !record->sides[0].is_id)
			problem = end_rows(call, record, gone->row.id, why);
	}
	return problem;
}

/* --- the report --- */

static struct problem *check_days(struct call *call, const struct standing_report *row)
{
	bool dormant = row->status == STANDING_REPORT_STATUS_DORMANT;
	if (dormant && !row->until)
		return problem_add_field(call->arena, NULL, "/until", "required", "歇业须填写期限",
			"is required of a dormant one");
	if (!dormant && row->until)
		return problem_add_field(call->arena, NULL, "/until", "not-empty", "仅歇业填写期限",
			"is for dormant ones alone");
	if (!dormant || zone_day_begin(row->until) - zone_day_begin(row->since) <= DORMANT_DAYS * DAY_MS)
		return NULL;
	return problem_add_field(
		call->arena, NULL, "/until", "too-late", "歇业累计不得超过三年", "may be three years at most");
}

struct problem *standing_report_before_create(struct call *call, struct standing_report *row)
{
	struct institution *institution = NULL;
	struct problem *problem = check_days(call, row);
	if (!problem)
		problem = institution_row_peek(call, row->institution_id, &institution);
	if (problem || !institution)
		return problem ? problem : problem_new(call->arena, &PROBLEM_NOT_FOUND);
	institution->business_status = row->status;
	institution->dormant_until = row->until;
	problem = institution_row_update(call, institution, "standing");
	bool gone = row->status == STANDING_REPORT_STATUS_REVOKED || row->status == STANDING_REPORT_STATUS_DEREGISTERED;
	return problem || !gone ? problem : end_all(call, institution);
}
