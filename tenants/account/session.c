#include "tenants/account/session.h"

#include <string.h>

#include "core/crypto/crypto.h"
#include "core/http/request.h"
#include "core/record/field.h"
#include "core/text/json.h"
#include "core/text/moment.h"
#include "tenants/account/role.h"
#include "tenants/platform/audit.h"
#include "tenants/platform/change.h"
#include "tenants/platform/services.h"
#include "tenants/rules/role_name.h"

const struct problem_kind PROBLEM_SIGN_IN_AGAIN = {"sign-in-again", 401, "该账号刚刚发生变更，请重新登录。",
	"The account has just been changed: sign in again."};

/* A request does not write; the time last seen is good to a minute. */
enum { TOUCH_MS = 60000 };

#define ACCOUNT_COLUMNS \
	" a.name, a.kind, a.institution_id, (SELECT GROUP_CONCAT(r.role) FROM account_role r WHERE r.platform_id = " \
	":p AND" \
	" r.account_id = a.id), (SELECT GROUP_CONCAT(r.permissions) FROM account_role r WHERE r.platform_id = :p AND " \
	"r.account_id = a.id)," \
	" a.user_name, a.home"

static void hash_token(const char *token, unsigned char out[CRYPTO_HASH])
{
	crypto_sha256(token, strlen(token), out);
}

static void become(struct call *call, const struct db_result *rows, size_t first, struct uuid account_id)
{
	call->actor.account_id = account_id;
	call->actor.name = db_get_text(rows, 0, first);
	db_get_id(rows, 0, first + 2, &call->actor.institution_id);
	call->actor.roles = role_bits(db_get_text(rows, 0, first + 3));
	call->actor.barred = role_barred(db_get_text(rows, 0, first + 4));
	/* At home elsewhere, or waiting to be taken into an institution. */
	if (!call->actor.roles)
		call->actor.roles = ROLE_GUEST;
}

static int idle_minutes(const struct policy *policy, const char *kind)
{
	return strcmp(kind, "staff") == 0 ? policy->sign_in.staff_idle_minutes : policy->sign_in.idle_minutes;
}

struct problem *session_assume(struct call *call, struct uuid account_id, bool *found)
{
	struct db_result *rows;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT" ACCOUNT_COLUMNS " FROM account a WHERE a.platform_id = :p AND a.id = ? AND a.state = 'active'",
		DB_ARGS(db_id(&account_id)), &rows);

	*found = !problem && rows->rows;
	if (*found)
		become(call, rows, 0, account_id);
	return problem;
}

/* The account's language is the one in which its pages are read. */
static struct problem *note_language(struct call *call, struct uuid account_id)
{
	if (!call->request || !request_header(call->request, "Accept-Language"))
		return NULL;
	const char *language = call->lang == LANG_EN ? "en" : "zh";
	return db_exec(call->db, call->scope,
		"UPDATE account SET language = ? WHERE platform_id = :p AND id = ? AND language <> ?",
		DB_ARGS(db_text(language), db_id(&account_id), db_text(language)), NULL);
}

static struct problem *touch(struct call *call, struct session *session, int64_t now)
{
	if (now - session->seen_at < TOUCH_MS)
		return NULL;
	session->seen_at = now;
	struct problem *problem = note_language(call, session->account_id);
	return problem ? problem
		       : db_exec(call->db, call->scope,
				 "UPDATE session SET seen_at = ? WHERE platform_id = :p AND token_hash = ?",
				 DB_ARGS(db_time(now), db_bytes(session->hash, sizeof session->hash)), NULL);
}

struct problem *session_resolve(struct call *call, const char *token)
{
	struct session *session = ARENA_NEW(call->arena, struct session);
	const struct policy *policy;
	struct db_result *rows;
	int64_t now = call_now();

	hash_token(token, session->hash);
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT s.id, s.account_id, s.created_at, s.seen_at, s.expires_at, s.needs," ACCOUNT_COLUMNS
		" FROM session s JOIN account a ON a.platform_id = :p AND a.id = s.account_id"
		" WHERE s.platform_id = :p AND s.token_hash = ? AND s.expires_at > ? AND a.state = 'active'",
		DB_ARGS(db_bytes(session->hash, sizeof session->hash), db_time(now)), &rows);
	if (!problem)
		problem = services_policy(call, &policy);
	if (problem || !rows->rows)
		return problem;
	db_get_id(rows, 0, 0, &session->id);
	db_get_id(rows, 0, 1, &session->account_id);
	session->created_at = db_get_time(rows, 0, 2);
	session->seen_at = db_get_time(rows, 0, 3);
	session->expires_at = db_get_time(rows, 0, 4);
	session->needs = db_get_text(rows, 0, 5);
	session->kind = db_need_text(rows, 0, 7);
	session->permissions = db_get_text(rows, 0, 10);
	session->user_name = db_get_text(rows, 0, 11);
	uint32_t home = (uint32_t)db_get_uint(rows, 0, 12);
	if (home != call->platform_id)
		session->home = platform_by_id(services_directory(call), home);
	/* Nobody is at home on a closed platform, so nobody visits from there. */
	if (home != call->platform_id && (!session->home || session->home->state == PLATFORM_STATE_CLOSED))
		return NULL;
	if (now - session->seen_at > idle_minutes(policy, session->kind) * 60000LL)
		return NULL;
	call->session = session;
	become(call, rows, 6, session->account_id);
	return touch(call, session, now);
}

struct opening {
	struct call *call;
	struct uuid account_id;
	int64_t access_no;
	const char *needs;
	const char *how;
	const char *token;
	struct session *before; /* that the request came with */
};

static struct problem *bump(struct db *db, void *arg)
{
	(void)arg;
	return change_bump(db, CHANGE_SESSIONS);
}

static void poll_now(void *arg)
{
	change_poll_now(arg);
}

/* The one row is locked as late as can be. */
struct problem *session_tell_ended(struct call *call)
{
	struct change_follower *follower = services_of(call)->follower;

	if (db_in_transaction(call->db)) {
		db_before_commit(call->db, "sessions", bump, NULL);
		if (follower)
			db_after_commit(call->db, poll_now, follower);
		return NULL;
	}
	struct problem *problem = bump(call->db, NULL);
	if (!problem && follower)
		poll_now(follower);
	return problem;
}

static struct problem *insert_session(struct call *call, struct opening *opening, const struct policy *policy)
{
	unsigned char hash[CRYPTO_HASH];
	struct uuid id = uuid_v7();
	int64_t now = call_now();
	const char *agent = call->request ? request_header(call->request, "User-Agent") : NULL;

	opening->token = crypto_token(call->arena, 32);
	hash_token(opening->token, hash);
	return db_exec(call->db, call->scope,
		"INSERT INTO session (platform_id, token_hash, id, account_id, created_at, seen_at, expires_at, "
		"client, agent, needs)"
		" VALUES (:p, ?, ?, ?, ?, ?, ?, ?, LEFT(?, 120), ?)",
		DB_ARGS(db_bytes(hash, sizeof hash), db_id(&id), db_id(&opening->account_id), db_time(now),
			db_time(now), db_time(now + policy->sign_in.longest_hours * 3600000LL),
			db_text(call->actor.client), db_text(agent), db_text(opening->needs)),
		NULL);
}

/* Locks the account's row, so that an end of its access comes before this, and is seen, or after it, and sees the
 * session. */
static struct problem *claim_account(struct db *db, const struct opening *opening)
{
	uint64_t affected = 0;
	bool any = opening->access_no == SESSION_ANY;
	struct problem *problem = db_exec(db, opening->call->scope,
		"UPDATE account SET last_sign_in_at = ? WHERE platform_id = :p AND id = ? AND state = 'active' AND (? "
		"IS NULL OR access_no = ?)",
		DB_ARGS(db_time(call_now()), db_id(&opening->account_id), any ? db_null() : db_int(opening->access_no),
		        db_int(opening->access_no)), &affected);

	return problem || affected ? problem : problem_new(opening->call->arena, &PROBLEM_SIGN_IN_AGAIN);
}

static struct problem *open_session(struct db *db, void *arg)
{
	struct opening *opening = arg;
	struct call *call = opening->call;
	const struct policy *policy;
	struct problem *problem = services_policy(call, &policy);

	if (!problem && opening->before)
		problem = db_exec(db, call->scope, "DELETE FROM session WHERE platform_id = :p AND token_hash = ?",
		                  DB_ARGS(db_bytes(opening->before->hash, sizeof opening->before->hash)), NULL);
	if (!problem && opening->before)
		problem = session_tell_ended(call);
	if (!problem)
		problem = claim_account(db, opening);
	if (!problem)
		problem = note_language(call, opening->account_id);
	if (!problem)
		problem = insert_session(call, opening, policy);
	if (!problem)
		problem = session_resolve(call, opening->token);
	return problem ? problem : audit_add(call, "account.signed_in", "account", opening->account_id,
	                                     audit_details(call->arena, "how", opening->how, NULL));
}

struct problem *session_open(
	struct call *call, struct uuid account_id, int64_t access_no, const char *needs, const char *how)
{
	struct opening opening = {call, account_id, access_no, needs, how, NULL, call->session};
	const struct policy *policy;
	struct problem *problem = services_policy(call, &policy);

	if (problem)
		return problem;
	problem = db_in_transaction(call->db) ? open_session(call->db, &opening)
	                                       : db_transaction(call->db, open_session, &opening);

	if (!problem && call->request)
		request_set_cookie(call->request, SESSION_COOKIE, opening.token, policy->sign_in.longest_hours * 3600);
	return problem;
}

struct problem *session_close(struct call *call)
{
	struct session *session = call->session;

	if (!session)
		return NULL;
	request_set_cookie(call->request, SESSION_COOKIE, "", 0);
	struct problem *problem =
		db_exec(call->db, call->scope, "DELETE FROM session WHERE platform_id = :p AND token_hash = ?",
			DB_ARGS(db_bytes(session->hash, sizeof session->hash)), NULL);
	if (!problem)
		problem = session_tell_ended(call);
	return problem ? problem : audit_add(call, "account.signed_out", "account", session->account_id, NULL);
}

struct problem *session_end(struct call *call, struct uuid account_id, struct uuid session_id, bool *ended)
{
	uint64_t affected = 0;
	struct problem *problem = db_exec(call->db, call->scope,
		"DELETE FROM session WHERE platform_id = :p AND account_id = ? AND id = ?",
		DB_ARGS(db_id(&account_id), db_id(&session_id)), &affected);

	*ended = affected > 0;
	return problem || !*ended ? problem : session_tell_ended(call);
}

struct problem *session_set_needs(struct call *call, const char *needs)
{
	struct session *session = call->session;

	if (!session || !session->needs)
		return NULL;
	session->needs = needs;
	return db_exec(call->db, call->scope, "UPDATE session SET needs = ? WHERE platform_id = :p AND token_hash = ?",
	               DB_ARGS(db_text(needs), db_bytes(session->hash, sizeof session->hash)), NULL);
}

static void write_time(struct json_writer *w, const char *key, int64_t ms)
{
	char text[25];

	time_format(ms, text);
	jw_kv_text(w, key, text);
}

struct problem *session_write_list(struct call *call, struct json_writer *w)
{
	const struct session *own = call->session;
	struct db_result *rows;
	struct uuid id;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT id, created_at, seen_at, client, agent FROM session WHERE platform_id = :p AND account_id = ? "
		"AND expires_at > ?"
		" ORDER BY seen_at DESC LIMIT 100", DB_ARGS(db_id(&call->actor.account_id), db_time(call_now())),
		&rows);

	if (problem)
		return problem;
	jw_array_begin(w);
	for (size_t i = 0; i < rows->rows; i++) {
		db_get_id(rows, i, 0, &id);
		jw_object_begin(w);
		jw_kv_text(w, "id", uuid_text(call->arena, id));
		write_time(w, "created_at", db_get_time(rows, i, 1));
		write_time(w, "seen_at", db_get_time(rows, i, 2));
		jw_kv_text(w, "client", db_get_text(rows, i, 3));
		jw_kv_text(w, "agent", db_get_text(rows, i, 4));
		jw_kv_bool(w, "this", own && uuid_equal(own->id, id));
		jw_object_end(w);
	}
	jw_array_end(w);
	return NULL;
}
