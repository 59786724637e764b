/* A home that moved, where something is held of the institution: a copy, its membership, its case, its products on the
 * shelf. */
#include "federation/transfer/transfer.h"

#include <string.h>

#include "core/record/follow.h"
#include "core/text/json.h"
#include "federation/entry/case_inside.h"
#include "core/record/ask.h"
#include "schema/records.gen.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/post.h"
#include "tenants/platform/services.h"

/* ---- The new home's name in all that names the old one ---- */

static const struct {
	const char *sql; /* new home, institution, old home */
} flips[] = {
	{"UPDATE institution SET home_id = ?, home_seq = 0 WHERE platform_id = :p AND id = ? AND home_id = ?"},
	{"UPDATE qualification SET home_id = ?, home_seq = 0 WHERE platform_id = :p AND institution_id = ? AND home_id "
	 "= ?"},
	{"UPDATE attachment SET home_id = ?, home_seq = 0 WHERE platform_id = :p AND institution_id = ? AND home_id = "
	 "? "
	 "AND record_type IN ('institution', 'qualification', 'product', 'application', 'supplement')"},
	{"UPDATE product_count SET home_id = ?, home_seq = 0 WHERE platform_id = :p AND institution_id = ? AND home_id "
	 "= ?"},
	{"UPDATE correction SET home_id = ?, home_seq = 0 WHERE platform_id = :p AND institution_id = ? AND home_id = "
	 "? "
	 "AND phase IN ('sent', 'waiting')"},
	{"UPDATE case_source SET from_platform = ? WHERE platform_id = :p AND way <> 'recommendation' "
	 "AND case_id IN (SELECT c.id FROM entry_case c WHERE c.platform_id = :p AND c.institution_id = ?) AND "
	 "from_platform = ?"},
	{"UPDATE supplement SET to_platform = ? WHERE platform_id = :p AND home_id = :p AND institution_id = ? AND "
	 "addressee = 'institution' AND to_platform = ?"},
	{"UPDATE listing_seen SET product_home = ? WHERE platform_id = :p "
	 "AND listing_id IN (SELECT l.id FROM listing l WHERE l.platform_id = :p AND l.institution_id = ?) AND "
	 "product_home = ?"},
};

/* Fields that follow the institution's, where no institution is here to follow. */
static const struct {
	const char *sql;
} orphans[] = {
	{"UPDATE membership SET institution_home = ? WHERE platform_id = :p AND institution_id = ? AND "
		"institution_home = ?"},
	{"UPDATE listing SET product_home = ? WHERE platform_id = :p AND institution_id = ? AND product_home = ?"},
	{"UPDATE entry_case SET institution_home = ? WHERE platform_id = :p AND institution_id = ? AND "
		"institution_home = ?"},
	{"UPDATE correction SET institution_home = ? WHERE platform_id = :p AND institution_id = ? AND "
		"institution_home = ?"},
};

struct problem *transfer_follow(struct call *call, struct uuid institution_id, uint32_t from, uint32_t to)
{
	struct problem *problem = NULL;
	const struct db_value args[] = {db_uint(to), db_id(&institution_id), db_uint(from)};
	for (size_t i = 0; !problem && i < sizeof flips / sizeof flips[0]; i++)
		problem = db_exec(call->db, call->scope, flips[i].sql, args, 3, NULL);
	if (!problem)
		problem = follow_spread(call, &record_institution, &institution_id, 1);
	for (size_t i = 0; !problem && i < sizeof orphans / sizeof orphans[0]; i++)
		problem = db_exec(call->db, call->scope, orphans[i].sql, args, 3, NULL);
	return problem;
}

/* ---- A copy without a reason to be here ---- */

static struct problem *has_reason(struct call *call, struct uuid institution_id, uint32_t home, bool *reason)
{
	const struct platform *platform = post_platform(call, home);
	struct db_result *rows;
	*reason = home == call->platform_id || (platform && platform_is_below(platform, call->platform));
	if (*reason)
		return NULL;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT 1 FROM membership WHERE platform_id = :p AND home_id = :p AND institution_id = ? AND phase IN "
		"('applied', 'supplement', 'active', 'suspended') "
		"UNION ALL SELECT 1 FROM entry_case WHERE platform_id = :p AND institution_id = ? AND open_uscc IS NOT "
		"NULL "
		"UNION ALL SELECT 1 FROM recommendation WHERE platform_id = :p AND institution_id = ? AND open_key IS "
		"NOT NULL "
		"UNION ALL SELECT 1 FROM transfer WHERE platform_id = :p AND institution_id = ? AND phase IN "
		"('waiting', 'moving') LIMIT 1",
		DB_ARGS(db_id(&institution_id), db_id(&institution_id), db_id(&institution_id), db_id(&institution_id)),
		&rows);
	*reason = !problem && rows->rows;
	return problem;
}

struct problem *transfer_forget(struct call *call, struct uuid institution_id, uint32_t home)
{
	static const char *const statements[] = {
		"DELETE FROM institution WHERE platform_id = :p AND id = ? AND home_id <> platform_id",
		"DELETE FROM qualification WHERE platform_id = :p AND institution_id = ? AND home_id <> platform_id",
		"DELETE FROM attachment WHERE platform_id = :p AND institution_id = ? AND home_id <> platform_id AND "
		"record_type IN ('institution', 'qualification')",
		"DELETE FROM product_count WHERE platform_id = :p AND institution_id = ? AND home_id <> platform_id",
		"DELETE FROM membership WHERE platform_id = :p AND institution_id = ? AND home_id <> platform_id",
	};
	bool reason;
	struct problem *problem = has_reason(call, institution_id, home, &reason);
	for (size_t i = 0; !problem && !reason && i < sizeof statements / sizeof statements[0]; i++)
		problem = db_exec(call->db, call->scope, statements[i], DB_ARGS(db_id(&institution_id)), NULL);
	return problem;
}

/* ---- The old home's word ---- */

static struct problem *is_registered(
	struct call *call, const struct apply_entry *entry, struct uuid transfer_id, uint32_t to, bool *registered)
{
	struct db_result *rows;
	struct problem *problem = db_select(call->db, db_network(call->network_id),
		"SELECT 1 FROM identity_move WHERE network_id = :n AND institution_id = ? AND transfer_id = ? AND "
		"from_home = ? AND to_home = ?",
		DB_ARGS(db_id(&entry->record_id), db_id(&transfer_id), db_uint(entry->source), db_uint(to)), &rows);
	*registered = !problem && rows->rows;
	return problem;
}

/* People who visit here come from the new home from now on. */
static struct problem *follow_visitors(struct call *call, const struct apply_entry *entry, uint32_t to)
{
	struct json_object *list = json_get_array(entry->payload, "accounts");
	struct problem *problem = NULL;
	for (size_t i = 0; !problem && i < json_count(list); i++) {
		struct uuid id;
		if (!uuid_parse(json_text(json_at(list, i)), &id))
			continue;
		problem = db_exec(call->db, call->scope,
			"UPDATE IGNORE account SET home = ? WHERE platform_id = :p AND kind = 'visitor' AND home = ? "
			"AND home_account_id = ?",
			DB_ARGS(db_uint(to), db_uint(entry->source), db_id(&id)), NULL);
		if (!problem)
			problem = db_exec(call->db, call->scope,
				"UPDATE IGNORE visitor_access SET home = ? WHERE platform_id = :p AND home = ? AND "
				"home_account_id = ?",
				DB_ARGS(db_uint(to), db_uint(entry->source), db_id(&id)), NULL);
	}
	return problem;
}

struct problem *transfer_apply_moved(struct call *call, const struct apply_entry *entry)
{
	struct uuid transfer_id;
	uint32_t to = get_platform(call, entry->payload, "to");
	bool registered;
	struct problem *problem = apply_id(call, entry, "transfer_id", &transfer_id);
	if (!problem)
		problem = is_registered(call, entry, transfer_id, to, &registered);
	if (problem)
		return problem;
	if (!registered)
		return problem_detail(call->arena, &PROBLEM_NOT_ITS_HOME, "登记中没有这次迁移",
			"The register knows of no such transfer");
	if ((uint32_t)to == call->platform_id)
		return NULL; /* its content came before this */
	problem = transfer_follow(call, entry->record_id, entry->source, (uint32_t)to);
	if (!problem)
		problem = follow_visitors(call, entry, (uint32_t)to);
	return problem ? problem : transfer_forget(call, entry->record_id, (uint32_t)to);
}

/* ---- The new home's word: all that it did not hear while it was on its way ---- */

static struct problem *say_listings(struct call *call, struct uuid institution_id)
{
	struct listing **rows;
	size_t count;
	struct problem *problem = listing_row_select(call, "home_id = :p AND institution_id = ?", "ORDER BY id",
		DB_ARGS(db_id(&institution_id)), &rows, &count);
	for (size_t i = 0; !problem && i < count; i++)
		problem = record_listing.after_write(call, rows[i], rows[i]);
	return problem;
}

static struct problem *say_memberships(struct call *call, struct uuid institution_id)
{
	struct membership **rows;
	size_t count;
	struct problem *problem = membership_row_select(
		call, "home_id = :p AND institution_id = ?", "", DB_ARGS(db_id(&institution_id)), &rows, &count);
	for (size_t i = 0; !problem && i < count; i++)
		problem = record_membership.after_write(call, rows[i], rows[i]);
	return problem;
}

static struct problem *say_supplements(struct call *call, struct uuid institution_id, uint32_t to)
{
	struct supplement **rows;
	size_t count;
	struct problem *problem = supplement_row_select(call,
		"home_id = :p AND institution_id = ? AND to_platform = ? AND state IN ('open', 'answered')", "",
		DB_ARGS(db_id(&institution_id), db_uint(to)), &rows, &count);
	for (size_t i = 0; !problem && i < count; i++)
		problem = record_supplement.after_write(call, rows[i], rows[i]);
	return problem;
}

static struct problem *say_cases(struct call *call, struct uuid institution_id)
{
	struct entry_case **rows;
	size_t count;
	struct problem *problem = entry_case_row_select(call, "institution_id = ?", "ORDER BY created_at DESC LIMIT 50",
		DB_ARGS(db_id(&institution_id)), &rows, &count);
	for (size_t i = 0; !problem && i < count; i++)
		problem = case_sources_tell(call, rows[i]);
	return problem;
}

static struct problem *ask_corrections(struct call *call, struct uuid institution_id)
{
	struct correction **rows;
	size_t count;
	struct problem *problem = correction_row_select(call,
		"institution_id = ? AND from_platform = :p AND phase = 'sent'", "",
		DB_ARGS(db_id(&institution_id)), &rows, &count);
	for (size_t i = 0; !problem && i < count; i++)
		problem = ask_create_again(call, &record_correction, rows[i]);
	return problem;
}

/* A code that was redeemed on the way: its answer went to the old home. */
static struct problem *answer_again(struct call *call, struct uuid application_id, uint32_t to)
{
	struct journal_read *entries;
	size_t count;
	struct json_object *payload;
	struct problem *problem = journal_history(call->db, call->scope, &application_id, 20, &entries, &count);
	for (size_t i = 0; !problem && i < count; i++)
		if (!strcmp(entries[i].kind, "invitation.answer") && entries[i].payload &&
		    !json_parse_object(call->arena, entries[i].payload, entries[i].payload_len, &payload))
			return post_send_to(call, "invitation.answer", "application", application_id, to, payload);
	return problem;
}

static struct problem *answer_redeemed(struct call *call, const struct apply_entry *entry)
{
	struct json_object *list = json_get_array(entry->payload, "applications");
	struct problem *problem = NULL;
	for (size_t i = 0; !problem && i < json_count(list); i++) {
		struct uuid id;
		if (uuid_parse(json_text(json_at(list, i)), &id))
			problem = answer_again(call, id, entry->source);
	}
	return problem;
}

struct problem *transfer_apply_arrived(struct call *call, const struct apply_entry *entry)
{
	uint32_t from = get_platform(call, entry->payload, "from");
	struct problem *problem = transfer_follow(call, entry->record_id, from, entry->source);
	if (!problem)
		problem = say_memberships(call, entry->record_id);
	if (!problem)
		problem = say_listings(call, entry->record_id);
	if (!problem)
		problem = say_cases(call, entry->record_id);
	if (!problem)
		problem = say_supplements(call, entry->record_id, entry->source);
	if (!problem)
		problem = ask_corrections(call, entry->record_id);
	return problem ? problem : answer_redeemed(call, entry);
}
