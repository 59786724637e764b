#include "federation/sync/log_seal.h"

#include <stdlib.h>
#include <string.h>

#include "core/record/record.h"
#include "core/text/json.h"
#include "core/work/journal.h"
#include "federation/sync/federation.h"
#include "schema/records.gen.h"
#include "tenants/platform/audit.h"
#include "tenants/platform/post.h"
#include "tenants/platform/services.h"

enum { AT_ONCE = 200, STEPS = 200 };

struct step {
	struct call *call;
	uint64_t from;
	uint64_t to; /* where the log ended before anything was read */
	bool more;
	size_t sealed;
};

/* ---- One payload ---- */

/* A profile, or the fields that a correction asks for. */
static struct json_object *members_of(struct json_object *payload, const char *kind)
{
	return json_get_object(payload, strcmp(kind, "institution.profile") ? "changes" : "institution");
}

static bool seal_members(struct call *call, struct uuid id, struct json_object *members)
{
	bool open = false;
	for (size_t i = 0; members && i < record_institution.shape->count; i++) {
		const struct field *field = &record_institution.shape->fields[i];
		open |= (field->personal || field->masked) && json_get_text(members, field->name);
	}
	if (open)
		record_seal_members(call, &record_institution, id, members);
	return open;
}

/* The trail of a correction kept its fields as they were asked for. */
static bool hide_changes(struct json_object *payload)
{
	struct json_object *changes = json_get_object(payload, "changes");
	if (!json_get_object(changes, "changes"))
		return false;
	put_text(changes, "changes", "***");
	return true;
}

static bool seal_payload(struct call *call, const char *kind, struct uuid record_id, struct json_object *payload)
{
	struct uuid id = record_id;
	if (!strcmp(kind, "correction.created"))
		return hide_changes(payload);
	if (!strcmp(kind, "correction.requested") && !uuid_parse(json_get_text(payload, "institution_id"), &id))
		return false;
	return seal_members(call, id, members_of(payload, kind));
}

/* ---- One step of one log ---- */

static struct problem *seal_entry(struct step *step, const struct db_result *rows, size_t i)
{
	struct json_object *payload;
	struct uuid id;
	const char *text = db_get_text(rows, i, 3);
	if (!text || json_parse_object(step->call->arena, text, strlen(text), &payload) ||
		!db_get_id(rows, i, 2, &id) || !seal_payload(step->call, db_need_text(rows, i, 1), id, payload))
		return NULL;
	step->sealed++;
	return journal_replace(step->call->db, step->call->scope, db_get_uint(rows, i, 0), payload);
}

static const char *marker(struct call *call)
{
	return arena_printf(call->arena, "log_sealed:%u", call->platform_id);
}

static struct problem *note(struct step *step, uint64_t upto)
{
	struct call *call = step->call;
	const char *text = arena_printf(call->arena, "%llu", (unsigned long long)upto);
	struct problem *problem = db_exec(call->db, db_server(),
		"INSERT INTO server_meta (name, value) VALUES (?, ?) ON DUPLICATE KEY UPDATE value = VALUES(value)",
		DB_ARGS(db_text(marker(call)), db_text(text)), NULL);
	if (problem || !step->sealed)
		return problem;
	return audit_add(call, "log.sealed", "log", uuid_v7(),
		audit_details(call->arena, "from",
			arena_printf(call->arena, "%llu", (unsigned long long)step->from + 1), "to", text, "count",
			arena_printf(call->arena, "%zu", step->sealed), NULL));
}

static struct problem *run_step(struct db *db, void *arg)
{
	struct step *step = arg;
	struct db_result *rows, *at;
	struct call *call = step->call;
	step->sealed = 0;
	struct problem *problem = db_select(
		db, db_server(), "SELECT value FROM server_meta WHERE name = ?", DB_ARGS(db_text(marker(call))), &at);
	if (problem)
		return problem;
	step->from = at->rows ? strtoull(db_need_text(at, 0, 0), NULL, 10) : 0;
	problem = db_select(db, call->scope,
		"SELECT seq, kind, record_id, payload FROM log_entry WHERE platform_id = :p AND seq > ? AND seq <= ? "
		"AND kind IN ('institution.profile', 'correction.requested', 'correction.created') ORDER "
		"BY seq LIMIT ?",
		DB_ARGS(db_uint(step->from), db_uint(step->to), db_uint(AT_ONCE)), &rows);
	for (size_t i = 0; !problem && i < rows->rows; i++)
		problem = seal_entry(step, rows, i);
	if (problem)
		return problem;
	step->more = rows->rows == AT_ONCE;
	return step->from >= step->to ? NULL : note(step, step->more ? db_get_uint(rows, rows->rows - 1, 0) : step->to);
}

/* ---- The job ---- */

static struct problem *seal_log(const struct federation *federation, struct db *db, uint32_t platform_id, uint64_t head)
{
	struct step step = {.to = head, .more = true};
	struct problem *problem = NULL;
	for (int n = 0; !problem && step.more && n < STEPS; n++) {
		struct arena *arena = db_arena(db), *own = arena_create();
		db_use_arena(db, own);
		problem = federation_call(federation, db, platform_id, &step.call);
		if (!problem)
			problem = db_transaction(db, run_step, &step);
		if (problem)
			problem = problem_detail(arena, problem->kind, problem->kind->zh, problem->kind->en);
		db_use_arena(db, arena);
		arena_destroy(own);
	}
	return problem;
}

static struct problem *run(struct db *db, struct db_scope scope, struct json_object *payload, void *arg)
{
	(void)scope;
	(void)payload;
	const struct federation federation = {arg};
	struct db_result *rows;
	struct problem *problem = db_select(db,
		db_all_platforms("logs that hold what was not looked at for open personal data"),
		"SELECT h.platform_id, h.seq FROM head h LEFT JOIN server_meta m ON m.name = CONCAT('log_sealed:', "
		"h.platform_id) "
		"WHERE h.seq > COALESCE(CAST(m.value AS UNSIGNED), 0)",
		DB_NO_ARGS, &rows);
	for (size_t i = 0; !problem && i < rows->rows; i++)
		problem = seal_log(&federation, db, (uint32_t)db_get_uint(rows, i, 0), db_get_uint(rows, i, 1));
	return problem;
}

const struct job_kind log_seal_job = {
	.name = "log_seal", .run = run, .max_attempts = 1000000, .lease_s = 300, .every_ms = 10000};
