#include "tenants/account/hand_off.h"

#include <string.h>

#include "core/buf.h"
#include "core/crypto/crypto.h"
#include "core/text/json.h"
#include "schema/records.gen.h"
#include "tenants/account/access.h"
#include "tenants/account/account.h"
#include "tenants/account/one_time.h"
#include "tenants/account/session.h"
#include "tenants/platform/audit.h"
#include "tenants/platform/services.h"

static const char PREFIX[] = "qilian-hand-off-1\n"; /* what is signed is signed for this purpose only */

bool hand_off_path_ok(const char *path)
{
	if (!path || path[0] != '/' || path[1] == '/')
		return false;
	for (; *path; path++)
		if ((unsigned char)*path <= ' ' || *path == '\\' || *path == 127)
			return false;
	return true;
}

/* --- leaving --- */

static struct json_object *make_payload(struct call *call, const struct platform *to, const struct account *account,
	uint32_t access_no, const char *path)
{
	struct json_object *payload = audit_details(call->arena, "from", call->platform->slug, "to", to->slug,
		"account", uuid_text(call->arena, account->row.id), "name", account->name, "institution",
		uuid_is_nil(account->institution_id) ? NULL : uuid_text(call->arena, account->institution_id), "path",
		path, "permissions", session_of(call) ? session_of(call)->permissions : NULL, "nonce",
		crypto_token(call->arena, 16), "role",
		call->actor.roles & ROLE_ENTERPRISE ? "enterprise" : NULL, NULL);

	json_object_object_add(payload, "until", json_object_new_int64(call_now() + HAND_OFF_VALID_MS));
	json_object_object_add(payload, "access_no", json_object_new_int64(access_no));
	return payload;
}

static void signed_bytes(struct buf *out, const char *payload, size_t size)
{
	buf_text(out, PREFIX);
	buf_add(out, payload, size);
}

static const char *sign_payload(struct call *call, const struct json_object *payload)
{
	unsigned char signature[CRYPTO_SIGNATURE];
	struct buf *text = buf_in(call->arena), *bytes = buf_in(call->arena);

	json_canonical(text, payload);
	signed_bytes(bytes, text->data, text->len);
	crypto_sign(services_of(call)->hand_off_signer, bytes->data, bytes->len, signature);
	return arena_printf(call->arena, "%s.%s", crypto_base64url(call->arena, text->data, text->len),
	                    crypto_base64url(call->arena, signature, sizeof signature));
}

static struct problem *check_target(struct call *call, const struct auth_hand_off *in, const struct platform **to)
{
	*to = platform_by_id(services_directory(call), in->to);
	/* Nothing of an account leaves its network (schema/readers.yaml). */
	if (!*to || (*to)->network_id != call->network_id || (*to)->state == PLATFORM_STATE_CLOSED || !(*to)->main_host)
		return problem_add_field(call->arena, NULL, "/to", "platform", "没有此平台，或它未开放。",
			"There is no such platform, or it is not open.");
	if ((*to)->id == call->platform_id)
		return problem_add_field(call->arena, NULL, "/to", "platform", "您已在该平台。",
			"You are on this platform.");
	if (in->return_path && !hand_off_path_ok(in->return_path))
		return problem_add_field(
			call->arena, NULL, "/return_path", "path", "页面地址不正确。", "This is no path of the site.");
	return NULL;
}

struct problem *auth_hand_off(struct call *call, const struct auth_hand_off *in)
{
	const struct platform *to;
	struct account *account = NULL;
	uint32_t access_no = 0;
	bool active = true;
	struct problem *problem = check_target(call, in, &to);

	if (!problem)
		problem = account_row_peek(call, call->actor.account_id, &account);
	/* From the home alone: a chain of visits would outlive what the home knows of the account. */
	if (!problem && (!account || account->kind == ACCOUNT_KIND_VISITOR))
		problem = problem_detail(call->arena, &PROBLEM_CONFLICT, "请从您的注册平台前往。",
			"Go there from the platform where you registered.");
	if (!problem)
		problem = access_visit(call, call->actor.account_id, to->id, &access_no, &active);
	if (!problem && !active)
		problem = problem_new(call->arena, &PROBLEM_SIGN_IN_AGAIN);
	if (!problem)
		problem = audit_add(call, "account.handed_off", "account", call->actor.account_id,
			audit_details(call->arena, "to", to->slug, NULL));
	if (problem)
		return problem;
	const char *token =
		sign_payload(call, make_payload(call, to, account, access_no, in->return_path ? in->return_path : "/"));
	struct json_writer *w = endpoint_writer(call);
	jw_object_begin(w);
	jw_kv_text(w, "url", arena_printf(call->arena, "%s/hand-off#%s", services_origin(call, to), token));
	jw_kv_text(w, "token", token);
	jw_kv_int(w, "valid_s", HAND_OFF_VALID_MS / 1000);
	jw_object_end(w);
	return NULL;
}

/* --- arriving --- */

struct arrival {
	struct call *call;
	const struct platform *from;
	struct uuid account_id; /* there */
	struct uuid institution_id;
	const char *name;
	const char *path;
	const char *permissions; /* of a sub-account, which has no others here; NULL: all */
	bool enterprise; /* it buys here as it does at home */
	unsigned char hash[CRYPTO_HASH];
	int64_t until;
	int64_t access_no;
	struct account *visitor;
};

static bool verify(struct call *call, const char *token, struct json_object **payload)
{
	unsigned char key[CRYPTO_KEY];
	const char *dot = strchr(token, '.');
	size_t text_size = 0, signature_size = 0;

	if (!dot)
		return false;
	char *head = arena_memdup(call->arena, token, (size_t)(dot - token) + 1);
	head[dot - token] = '\0';
	const unsigned char *text = crypto_unbase64url(call->arena, head, &text_size);
	const unsigned char *signature = crypto_unbase64url(call->arena, dot + 1, &signature_size);
	struct buf *bytes = buf_in(call->arena);
	if (!text || !signature || signature_size != CRYPTO_SIGNATURE)
		return false;
	signed_bytes(bytes, (const char *)text, text_size);
	crypto_signer_public(services_of(call)->hand_off_signer, key);
	return crypto_verify(key, bytes->data, bytes->len, signature) &&
		!json_parse_object(call->arena, (const char *)text, text_size, payload);
}

static bool read_arrival(struct arrival *arrival, const char *token)
{
	struct call *call = arrival->call;
	struct json_object *payload;

	if (!verify(call, token, &payload))
		return false;
	const char *from = json_get_text(payload, "from"), *to = json_get_text(payload, "to"),
		   *institution = json_get_text(payload, "institution");
	arrival->name = json_get_text(payload, "name");
	arrival->path = json_get_text(payload, "path");
	arrival->permissions = json_get_text(payload, "permissions");
	const char *role = json_get_text(payload, "role");
	arrival->enterprise = role && !strcmp(role, "enterprise");
	arrival->from = from ? platform_by_slug(services_directory(call), from) : NULL;
	crypto_sha256(token, strlen(token), arrival->hash);
	if (institution && !uuid_parse(institution, &arrival->institution_id))
		return false;
	return arrival->from && arrival->from->network_id == call->network_id &&
		arrival->from->state == PLATFORM_STATE_ACTIVE && to && strcmp(to, call->platform->slug) == 0 &&
		arrival->name && uuid_parse(json_get_text(payload, "account"), &arrival->account_id) &&
		json_get_int(payload, "until", &arrival->until) &&
		json_get_int(payload, "access_no", &arrival->access_no) && call_now() < arrival->until;
}

static struct problem *make_visitor(struct arrival *arrival)
{
	struct call *call = arrival->call;
	struct account *row = account_row_new(call);

	/* Unique here, and telling: @ is in no user name that a person can choose. */
	row->user_name =
		arena_printf(call->arena, "%s@%s", uuid_text(call->arena, arrival->account_id), arrival->from->slug);
	row->name = arrival->name;
	row->kind = ACCOUNT_KIND_VISITOR;
	row->institution_id = arrival->institution_id;
	row->home = arrival->from->id;
	row->home_account_id = arrival->account_id;
	arrival->visitor = row;
	return account_add(call, row);
}

static struct problem *refresh_visitor(struct arrival *arrival)
{
	struct account *row = arrival->visitor;

	if (row->state != ACCOUNT_STATE_ACTIVE)
		return problem_new(arrival->call->arena, &PROBLEM_FORBIDDEN);
	row->name = arrival->name;
	row->institution_id = arrival->institution_id;
	return account_row_update(arrival->call, row, NULL);
}

/* What the owner gave at home is given here, and no more: to see to what concerns the institution, and, of an
 * enterprise, to order from the shelf of any platform of the network. */
static struct problem *give_menus(const struct arrival *arrival)
{
	struct call *call = arrival->call;
	const char *role = arrival->enterprise ? "enterprise" : "guest";
	struct problem *problem = db_exec(call->db, call->scope,
		"DELETE FROM account_role WHERE platform_id = :p AND account_id = ? AND role <> ?",
		DB_ARGS(db_id(&arrival->visitor->row.id), db_text(role)), NULL);

	return problem ? problem : db_exec(call->db, call->scope,
		"INSERT INTO account_role (platform_id, account_id, role, permissions, granted_at) VALUES (:p, ?, "
		"?, ?, ?)"
		" ON DUPLICATE KEY UPDATE permissions = VALUES(permissions)",
		DB_ARGS(db_id(&arrival->visitor->row.id), db_text(role), db_text(arrival->permissions),
			db_time(call_now())), NULL);
}

static struct problem *arrive(struct db *db, void *arg)
{
	struct arrival *arrival = arg;
	struct call *call = arrival->call;
	struct account **found;
	size_t count;
	bool taken = false, current = false;
	struct problem *problem =
		access_arrive(call, arrival->from->id, arrival->account_id, (uint32_t)arrival->access_no, &current);

	if (!problem && current)
		problem = one_time_burn(call, "hand_off", arrival->from->slug, arrival->hash, arrival->until, &taken);
	if (!problem && !taken)
		problem = problem_new(call->arena, &PROBLEM_LINK);
	if (!problem)
		problem = account_row_select(call, "home = ? AND home_account_id = ?", "LIMIT 1",
			DB_ARGS(db_uint(arrival->from->id), db_id(&arrival->account_id)), &found, &count);
	if (problem)
		return problem;
	arrival->visitor = count ? found[0] : NULL;
	problem = count ? refresh_visitor(arrival) : make_visitor(arrival);
	if (!problem)
		problem = give_menus(arrival);
	return problem ? problem : session_open(call, arrival->visitor->row.id, SESSION_ANY, NULL, "hand-off");
}

struct problem *auth_arrive(struct call *call, const struct auth_token *in)
{
	struct arrival arrival = {.call = call};
	struct problem *problem;

	if (!read_arrival(&arrival, in->token))
		return problem_new(call->arena, &PROBLEM_LINK);
	problem = db_transaction(call->db, arrive, &arrival);
	if (problem)
		return problem;
	struct json_writer *w = endpoint_writer(call);
	jw_object_begin(w);
	jw_kv_text(w, "return_path", hand_off_path_ok(arrival.path) ? arrival.path : "/");
	jw_kv_text(w, "account_id", uuid_text(call->arena, arrival.visitor->row.id));
	jw_object_end(w);
	return NULL;
}
