#include "federation/exchange/erasure.h"

#include <string.h>

#include "core/record/endpoint.h"
#include "core/record/record.h"
#include "core/text/json.h"
#include "core/work/journal.h"
#include "federation/sync/erased.h"
#include "schema/records.gen.h"
#include "tenants/institution/institution.h"
#include "tenants/platform/audit.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/post.h"
#include "tenants/platform/services.h"

/* ---- At home ---- */

/* Everybody who ever got an entry of it, or of its doing. */
static struct problem *holders(struct call *call, const struct erasure *erasure, struct addressees *to)
{
	struct db_result *rows;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT DISTINCT a.reader FROM log_entry e JOIN log_address a ON a.platform_id = :p AND a.seq = e.seq "
		"WHERE e.platform_id = :p AND (e.record_id = ? OR e.actor_id = ?) AND a.reader <> ? ORDER BY a.reader",
		DB_ARGS(db_id(&erasure->id), db_id(&erasure->id), db_uint(JOURNAL_EVERYBODY)), &rows);
	for (size_t i = 0; !problem && i < rows->rows; i++)
		if (db_get_uint(rows, i, 0) != call->platform_id)
			addressees_add(call, to, (uint32_t)db_get_uint(rows, i, 0));
	return problem;
}

/* Whoever holds an account may have been anywhere in the network with it. */
static void add_network(struct call *call, struct addressees *to)
{
	const struct platform_directory *directory = services_directory(call);
	for (size_t i = 0; i < platform_count(directory); i++)
		if (platform_at(directory, i)->network_id == call->network_id && platform_at(directory,
			i) != call->platform)
			addressees_add(call, to, platform_at(directory, i)->id);
}

/* While it is open its holder works with it, and everybody has to know who they are. */
static struct problem *check_account(struct call *call, struct uuid id)
{
	struct account *row;
	struct problem *problem = account_row_peek(call, id, &row);
	if (problem || !row)
		return problem ? problem : problem_new(call->arena, &PROBLEM_NOT_FOUND);
	if (row->state == ACCOUNT_STATE_CLOSED)
		return NULL;
	return problem_detail(
		call->arena, &PROBLEM_CONFLICT, "请先注销该账号",
		"Close the account before its holder's data is erased");
}

/* What is no field of it: how its holder signed in. */
static struct problem *empty_account(struct call *call, struct uuid id)
{
	struct problem *problem = db_exec(call->db, call->scope,
		"UPDATE account SET user_name = CONCAT('erased-', LOWER(HEX(id))), password_hash = NULL, "
		"password_history = NULL, "
		"totp_sealed = NULL WHERE platform_id = :p AND id = ?", DB_ARGS(db_id(&id)), NULL);
	if (!problem)
		problem = db_exec(call->db, call->scope,
			"DELETE FROM external_identity WHERE platform_id = :p AND account_id = ?",
			DB_ARGS(db_id(&id)), NULL);
	if (!problem)
		problem = db_exec(call->db, call->scope,
			"UPDATE asked SET asked_by_name = NULL WHERE platform_id = :p AND asked_by = ?",
			DB_ARGS(db_id(&id)), NULL);
	return problem;
}

static struct problem *empty_log(struct call *call, const struct record *record, struct uuid id, uint64_t *entries)
{
	uint64_t acted = 0;
	struct problem *problem = journal_erase(call->db, call->scope, &id, entries);
	if (!problem && record == &record_account)
		problem = journal_erase_actor(call->db, call->scope, &id, &acted);
	*entries += acted;
	return problem;
}

static struct problem *tell(struct call *call, struct erasure *erasure, const struct addressees *to)
{
	struct db_result *row;
	struct json_object *payload = json_own(call->arena, json_object_new_object());
	const char *sql = arena_printf(
		call->arena, "SELECT version FROM `%s` WHERE platform_id = :p AND id = ?", erasure->record->table);
	struct problem *problem =
		db_select(call->db, call->scope, db_dynamic(call->db, sql), DB_ARGS(db_id(&erasure->id)), &row);
	if (problem)
		return problem;
	put_text(payload, "record", erasure->record->name);
	put_int(payload, "version", row->rows ? db_get_int(row, 0, 0) : 0);
	erasure->told = to->count;
	problem = audit_add(call, "record.erasure", erasure->record->name, uuid_v7(),
		audit_details(call->arena, "reason", erasure->reason, "id", uuid_text(call->arena, erasure->id), NULL));
	if (!problem)
		problem = post_send(call, "record.erased", erasure->record->name, erasure->id, to, payload);
	if (!problem && erasure->record == &record_institution && to->count)
		problem = institution_announce(call, erasure->id, to->ids, to->count);
	return problem;
}

struct problem *erasure_do(struct call *call, struct erasure *erasure)
{
	struct addressees to = {0};
	uint64_t rows = 0;
	bool account = erasure->record == &record_account;
	struct problem *problem = account ? check_account(call, erasure->id) : NULL;
	if (!problem)
		problem = record_erase_personal(call, erasure->record, erasure->id, 0, 0, &rows);
	if (!problem && !rows)
		problem = problem_new(call->arena, &PROBLEM_NOT_FOUND);
	if (!problem && account)
		problem = empty_account(call, erasure->id);
	if (!problem)
		problem = holders(call, erasure, &to);
	if (!problem && account)
		add_network(call, &to);
	if (!problem)
		problem = empty_log(call, erasure->record, erasure->id, &erasure->entries);
	if (!problem)
		problem = erased_note(call, erasure->record, erasure->id, call->platform_id, call_now());
	return problem ? problem : tell(call, erasure, &to);
}

static const struct record *record_named(struct call *call, const char *name)
{
	const struct record_set *set = call->services->records;
	for (size_t i = 0; name && i < set->count; i++)
		if (!strcmp(set->records[i]->name, name))
			return set->records[i]->table ? set->records[i] : NULL;
	return NULL;
}

struct problem *erasure_ask(struct call *call, const struct erasure_new *in)
{
	const char *name = field_code(shape_field(&shape_erasure_new, "record"), in->record);
	struct erasure erasure = {.record = record_named(call, name), .id = in->id, .reason = in->reason};
	if (!erasure.record)
		return problem_new(call->arena, &PROBLEM_NOT_FOUND);
	struct problem *problem = erasure_do(call, &erasure);
	if (problem)
		return problem;
	struct erasure_done out = {
		.has_entries = true, .entries = erasure.entries, .has_told = true, .told = erasure.told};
	return endpoint_answer(call, &shape_erasure_done, &out);
}

/* ---- Where it went ---- */

/* What somebody asked for from there was done here in their name (federation/exchange/crossing.h). */
static struct problem *forget_asker(struct call *call, const struct apply_entry *entry)
{
	uint64_t acted;
	struct problem *problem = db_exec(call->db, call->scope,
		"UPDATE asked SET asked_by_name = NULL WHERE platform_id = :p AND asked_by = ? AND from_platform = ?",
		DB_ARGS(db_id(&entry->record_id), db_uint(entry->source)), NULL);
	return problem ? problem : journal_erase_actor(call->db, call->scope, &entry->record_id, &acted);
}

/* Somebody who came here as a visitor, and who wrote what lies here. */
static struct problem *forget_person(struct call *call, const struct apply_entry *entry, uint64_t *entries)
{
	struct db_result *rows;
	struct problem *problem = db_exec(call->db, call->scope,
		"UPDATE case_source SET author = NULL, author_marks = IF(state = 'active', author_marks, NULL) "
		"WHERE platform_id = :p AND author_id = ? AND from_platform = ?",
		DB_ARGS(db_id(&entry->record_id), db_uint(entry->source)), NULL);
	if (!problem)
		problem = forget_asker(call, entry);
	if (!problem)
		problem = db_select(call->db, call->scope,
			"SELECT id FROM account WHERE platform_id = :p AND kind = 'visitor' AND home = ? AND "
			"home_account_id = ?",
			DB_ARGS(db_uint(entry->source), db_id(&entry->record_id)), &rows);
	for (size_t i = 0; !problem && i < rows->rows; i++) {
		struct uuid id;
		uint64_t changed;
		if (!db_get_id(rows, i, 0, &id))
			continue;
		problem = record_erase_personal(call, &record_account, id, 0, 0, &changed);
		if (!problem)
			problem = empty_account(call, id);
		if (!problem)
			problem = empty_log(call, &record_account, id, entries);
	}
	return problem;
}

static struct problem *forget_copy(
	struct call *call, const struct record *record, const struct apply_entry *entry, uint64_t *entries)
{
	int64_t version = 0;
	uint64_t rows;
	json_get_int(entry->payload, "version", &version);
	struct problem *problem = record_erase_personal(
		call, record, entry->record_id, entry->source, (uint32_t)version, &rows);
	return problem || !rows ? problem : empty_log(call, record, entry->record_id, entries);
}

struct problem *erasure_apply(struct call *call, const struct apply_entry *entry)
{
	const struct record *record = record_named(call, json_get_text(entry->payload, "record"));
	uint64_t entries = 0;
	struct problem *problem = NULL;
	if (!record || entry->source == call->platform_id)
		return record ? NULL : problem_new(call->arena, &PROBLEM_ENTRY);
	if (record == &record_account)
		problem = forget_person(call, entry, &entries);
	else if (record->has & ROW_HAS_HOME)
		problem = forget_copy(call, record, entry, &entries);
	return problem ? problem : erased_note(call, record, entry->record_id, entry->source, entry->at_ms);
}
