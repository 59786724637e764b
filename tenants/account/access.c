#include "tenants/account/access.h"

#include "core/text/json.h"
#include "tenants/account/session.h"
#include "tenants/platform/post.h"

/* Each statement has the account as its one parameter, but `session`, which may keep one. Sessions come first: a key is
 * only given to a session that is still there (api_key.c), so none can appear behind their end. */
static const struct way {
	enum access_extent extent;
	const char *sql;
	bool by_text; /* one_time names its subject in text */
} ways[] = {
	{ACCESS_SESSIONS, "UPDATE one_time SET used_at = UTC_TIMESTAMP(3) WHERE platform_id = :p AND purpose IN "
		"('second_factor', 'totp_enrol', 'home_entry')"
		" AND subject = ? AND used_at IS NULL", true},
	{ACCESS_KEYS, "DELETE FROM api_key WHERE platform_id = :p AND account_id = ?", false},
	{ACCESS_LINKS, "UPDATE one_time SET used_at = UTC_TIMESTAMP(3) WHERE platform_id = :p AND purpose = "
		"'password_link' AND subject = ?"
		" AND used_at IS NULL", true},
	{ACCESS_IDENTITIES, "DELETE FROM external_identity WHERE platform_id = :p AND account_id = ?", false},
};

struct ending {
	struct call *call;
	struct uuid account_id;
	enum access_extent extent;
	const unsigned char *keep;
};

static struct problem *end_ways(const struct ending *ending)
{
	struct call *call = ending->call;
	const char *text = uuid_text(call->arena, ending->account_id);
	struct problem *problem = db_exec(call->db, call->scope,
		"DELETE FROM session WHERE platform_id = :p AND account_id = ? AND (? IS NULL OR token_hash <> ?)",
		DB_ARGS(db_id(&ending->account_id), ending->keep ? db_bytes(ending->keep, 32) : db_null(),
		        ending->keep ? db_bytes(ending->keep, 32) : db_null()), NULL);

	for (size_t i = 0; !problem && i < sizeof ways / sizeof *ways; i++)
		if (ways[i].extent <= ending->extent)
			problem = db_exec(call->db, call->scope, ways[i].sql,
				DB_ARGS(ways[i].by_text ? db_text(text) : db_id(&ending->account_id)), NULL);
	return problem ? problem : session_tell_ended(call);
}

/* To every platform that may hold a visitor of this account, or get one by a hand-off that is still under way. */
static struct problem *tell_visited(const struct ending *ending)
{
	struct call *call = ending->call;
	struct addressees to = {0};
	struct db_result *rows, *now;
	struct json_object *payload = json_own(call->arena, json_object_new_object());
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT visited FROM account_visit WHERE platform_id = :p AND account_id = ?",
		DB_ARGS(db_id(&ending->account_id)), &rows);

	if (problem || !rows->rows)
		return problem;
	for (size_t i = 0; i < rows->rows; i++)
		addressees_add(call, &to, (uint32_t)db_get_uint(rows, i, 0));
	problem = db_exec(call->db, call->scope, "DELETE FROM account_visit WHERE platform_id = :p AND account_id = ?",
	                  DB_ARGS(db_id(&ending->account_id)), NULL);
	if (!problem)
		problem = db_select(call->db, call->scope,
			"SELECT access_no FROM account WHERE platform_id = :p AND id = ?",
			DB_ARGS(db_id(&ending->account_id)), &now);
	if (problem)
		return problem;
	put_int(payload, "access_no", now->rows ? db_get_int(now, 0, 0) : UINT32_MAX);
	return post_send(call, "account.access_ended", "account", ending->account_id, &to, payload);
}

static struct problem *end_all(struct db *db, void *arg)
{
	const struct ending *ending = arg;
	struct problem *problem = db_exec(db, ending->call->scope,
		"UPDATE account SET access_no = access_no + 1 WHERE platform_id = :p AND id = ?",
		DB_ARGS(db_id(&ending->account_id)), NULL);

	if (!problem)
		problem = end_ways(ending);
	return problem ? problem : tell_visited(ending);
}

struct problem *access_end(
	struct call *call, struct uuid account_id, enum access_extent extent, const unsigned char *keep)
{
	struct ending ending = {call, account_id, extent, keep};

	return db_in_transaction(call->db) ? end_all(call->db, &ending) : db_transaction(call->db, end_all, &ending);
}

/* --- where it leads --- */

struct problem *access_visit(struct call *call, struct uuid account_id, uint32_t to, uint32_t *access_no, bool *found)
{
	struct db_result *rows;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT access_no FROM account WHERE platform_id = :p AND id = ? AND state = 'active' FOR UPDATE",
		DB_ARGS(db_id(&account_id)), &rows);

	*access_no = 0;
	*found = !problem && rows->rows;
	if (!*found)
		return problem;
	*access_no = (uint32_t)db_get_uint(rows, 0, 0);
	return db_exec(call->db, call->scope,
		"INSERT INTO account_visit (platform_id, account_id, visited) VALUES (:p, ?, ?) ON DUPLICATE KEY "
		"UPDATE visited = visited",
		DB_ARGS(db_id(&account_id), db_uint(to)), NULL);
}

/* Both sides write the row first: whichever comes second sees what the other did. */
static struct problem *learn(
	struct call *call, uint32_t home, struct uuid home_account_id, uint32_t access_no, uint32_t *known)
{
	struct db_result *rows;
	struct problem *problem = db_exec(call->db, call->scope,
		"INSERT INTO visitor_access (platform_id, home, home_account_id, access_no) VALUES (:p, ?, ?, ?)"
		" ON DUPLICATE KEY UPDATE access_no = GREATEST(access_no, VALUES(access_no))",
		DB_ARGS(db_uint(home), db_id(&home_account_id), db_uint(access_no)), NULL);

	if (!problem)
		problem = db_select(call->db, call->scope,
			"SELECT access_no FROM visitor_access WHERE platform_id = :p AND home = ? AND home_account_id "
			"= ?",
			DB_ARGS(db_uint(home), db_id(&home_account_id)), &rows);
	if (!problem)
		*known = rows->rows ? (uint32_t)db_get_uint(rows, 0, 0) : access_no;
	return problem;
}

struct problem *access_arrive(
	struct call *call, uint32_t home, struct uuid home_account_id, uint32_t access_no, bool *current)
{
	uint32_t known = 0;
	struct problem *problem = learn(call, home, home_account_id, access_no, &known);

	*current = !problem && known == access_no;
	return problem;
}

struct problem *access_end_visitor(struct call *call, uint32_t home, struct uuid home_account_id, uint32_t access_no)
{
	struct ending ending = {.call = call, .extent = ACCESS_IDENTITIES};
	struct db_result *rows;
	uint32_t known = 0;
	struct problem *problem = learn(call, home, home_account_id, access_no, &known);

	/* A newer end was heard of already, and who has come since came by a newer hand-off. */
	if (problem || known != access_no)
		return problem;
	problem = db_select(call->db, call->scope,
		"SELECT id FROM account WHERE platform_id = :p AND home = ? AND home_account_id = ?",
		DB_ARGS(db_uint(home), db_id(&home_account_id)), &rows);
	if (problem || !rows->rows)
		return problem;
	db_get_id(rows, 0, 0, &ending.account_id);
	return end_ways(&ending);
}
