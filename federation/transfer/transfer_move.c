/* The move, at the old home: what goes is put into the log, the register names the new home, and nothing of it stays
 * that is written here. */
#include "federation/transfer/transfer.h"

#include <string.h>

#include "core/buf.h"
#include "core/crypto/crypto.h"
#include "core/text/json.h"
#include "schema/records.gen.h"
#include "tenants/account/access.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/post.h"
#include "tenants/platform/services.h"

enum { PART_BYTES = 1 << 20 };

struct moving_out {
	struct call *call;
	struct transfer *row;
	struct institution *institution;
	struct json_object *accounts; /* ids */
	struct json_object *part;     /* being filled */
	size_t part_bytes;
};

/* ---- Parts ---- */

static struct json_object *new_part(struct moving_out *move)
{
	struct json_object *part = json_own(move->call->arena, json_object_new_object());
	put_id(part, "institution_id", move->row->institution_id);
	put_id(part, "transfer_id", move->row->row.id);
	move->part_bytes = 0;
	return move->part = part;
}

static struct problem *send_part(struct moving_out *move, bool last)
{
	json_object_object_add(move->part, "last", json_object_new_boolean(last));
	struct problem *problem = post_send_to(move->call, "transfer.content", "institution", move->row->institution_id,
		move->row->to_platform, move->part);
	new_part(move);
	return problem;
}

/* The content is the part's from here on. */
static struct problem *put(struct moving_out *move, const char *list, struct json_object *content)
{
	struct buf *text = buf_in(move->call->arena);
	struct json_object *array;
	json_canonical(text, content);
	struct problem *problem =
		move->part_bytes && move->part_bytes + text->len > PART_BYTES ? send_part(move, false) : NULL;
	if (!(array = json_get_array(move->part, list))) {
		array = json_object_new_array();
		json_object_object_add(move->part, list, array);
	}
	json_object_array_add(array, content);
	move->part_bytes += text->len;
	return problem;
}

static struct problem *put_rows(
	struct moving_out *move, const struct record *record, const char *list, const char *where)
{
	void **rows;
	size_t count;
	struct problem *problem = record_select(
		move->call, record, where, "ORDER BY id", DB_ARGS(db_id(&move->row->institution_id)), &rows, &count);
	for (size_t i = 0; !problem && i < count; i++)
		problem = put(move, list, json_object_get(record_export(move->call, record, rows[i], true)));
	return problem;
}

/* ---- Accounts ---- */

static struct problem *put_list(struct call *call, struct json_object *into, const char *name, const char *sql,
	struct uuid account_id, const char *const keys[2])
{
	struct db_result *rows;
	struct json_object *list = json_object_new_array();
	json_object_object_add(into, name, list);
	struct problem *problem = db_select(call->db, call->scope, sql, DB_ARGS(db_id(&account_id)), &rows);
	for (size_t i = 0; !problem && i < rows->rows; i++) {
		struct json_object *one = json_object_new_object();
		put_text(one, keys[0], db_get_text(rows, i, 0));
		put_text(one, keys[1], db_get_text(rows, i, 1));
		json_object_array_add(list, one);
	}
	return problem;
}

static const char *open_secret(
	struct call *call, const struct db_value *sealed, const char *field, struct uuid id, size_t *size)
{
	const char *context = arena_printf(call->arena, "account.%s/%s", field, uuid_text(call->arena, id));
	*size = 0;
	return sealed->type == DB_NULL
		? NULL
		: crypto_open(call->services->keys, call->arena, context, sealed->s.data, sealed->s.len, size);
}

/* All that lets its owner in, as one value sealed for the network: nobody but the receiving platform has a use for
 * it. */
static struct problem *put_account(struct moving_out *move, const struct db_result *rows, size_t i)
{
	static const char *const role_keys[] = {"role", "permissions"},
				 *const identity_keys[] = {"provider", "subject"};
	struct call *call = move->call;
	struct json_object *account = json_own(call->arena, json_object_new_object()),
			   *content = json_object_new_object();
	struct buf *text = buf_in(call->arena);
	struct uuid id;
	size_t size;
	db_get_id(rows, i, 0, &id);
	put_text(account, "user_name", db_get_text(rows, i, 1));
	put_text(account, "name", db_get_text(rows, i, 2));
	put_text(account, "kind", db_get_text(rows, i, 3));
	put_text(account, "state", db_get_text(rows, i, 4));
	put_text(account, "mobile", open_secret(call, db_get(rows, i, 5), "mobile", id, &size));
	put_text(account, "email", db_get_text(rows, i, 6));
	put_text(account, "password_hash", db_get_text(rows, i, 7));
	put_text(account, "password_history", db_get_text(rows, i, 8));
	put_time(account, "password_changed_at", db_get_time(rows, i, 9));
	put_int(account, "must_change", db_get_int(rows, i, 10));
	const char *totp = open_secret(call, db_get(rows, i, 11), "totp", id, &size);
	put_text(account, "totp", totp ? crypto_base64url(call->arena, totp, size) : NULL);
	put_int(account, "totp_step", db_get_int(rows, i, 12));
	put_int(account, "access_no", db_get_int(rows, i, 13));
	put_time(account, "created_at", db_get_time(rows, i, 14));
	struct problem *problem = put_list(call, account, "roles",
		"SELECT role, permissions FROM account_role WHERE platform_id = :p AND account_id = ? ORDER BY role",
		id, role_keys);
	if (!problem)
		problem = put_list(call, account, "identities",
			"SELECT provider, subject FROM external_identity WHERE platform_id = :p AND account_id = ?", id,
			identity_keys);
	if (problem)
		return problem;
	json_canonical(text, account);
	json_object_array_add(move->accounts, json_object_new_string(uuid_text(call->arena, id)));
	put_id(content, "id", id);
	json_object_object_add(content, "sealed",
		record_seal_text(call, &record_account, shape_field(record_account.shape, "mobile"), id, text->data));
	return put(move, "accounts", content);
}

static struct problem *put_accounts(struct moving_out *move)
{
	struct db_result *rows;
	struct call *call = move->call;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT id, user_name, name, kind, state, mobile_sealed, email, password_hash, password_history, "
		"password_changed_at, must_change, totp_sealed, "
		"totp_step, access_no, created_at FROM account WHERE platform_id = :p AND institution_id = ? AND state "
		"<> 'closed' AND kind IN ('institution', 'enterprise') "
		"ORDER BY created_at, id", DB_ARGS(db_id(&move->row->institution_id)), &rows);
	for (size_t i = 0; !problem && i < rows->rows; i++)
		problem = put_account(move, rows, i);
	return problem;
}

/* ---- What was asked of shelves ---- */

static struct problem *put_requests(struct moving_out *move)
{
	struct db_result *rows;
	struct call *call = move->call;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT product_id, to_platform, listing_id, wanted, sent_version, sent_count, refused_count, "
		"overrides, refusal, sent_at FROM listing_request "
		"WHERE platform_id = :p AND institution_id = ? ORDER BY product_id, to_platform",
		DB_ARGS(db_id(&move->row->institution_id)), &rows);
	for (size_t i = 0; !problem && i < rows->rows; i++) {
		struct json_object *one = json_object_new_object();
		struct uuid product = UUID_NIL, listing = UUID_NIL;
		db_get_id(rows, i, 0, &product);
		db_get_id(rows, i, 2, &listing);
		put_id(one, "product_id", product);
		put_platform(call, one, "to_platform", (uint32_t)db_get_uint(rows, i, 1));
		put_id(one, "listing_id", listing);
		put_text(one, "wanted", db_get_text(rows, i, 3));
		put_int(one, "sent_version", db_get_int(rows, i, 4));
		put_int(one, "sent_count", db_get_int(rows, i, 5));
		put_int(one, "refused_count", db_get_int(rows, i, 6));
		put_text(one, "overrides", db_get_text(rows, i, 7));
		put_text(one, "refusal", db_get_text(rows, i, 8));
		put_time(one, "sent_at", db_get_time(rows, i, 9));
		problem = put(move, "requests", one);
	}
	return problem;
}

static struct problem *put_inbox(struct moving_out *move)
{
	struct json_object *list;
	struct problem *problem = transfer_inbox_list(move->call, move->row->institution_id, &list);
	for (size_t i = 0; !problem && i < json_count(list); i++)
		problem = put(move, "inbox", json_object_get(json_at(list, i)));
	return problem;
}

static struct problem *send_content(struct moving_out *move)
{
	new_part(move);
	json_object_object_add(move->part, "institution",
		json_object_get(record_export(move->call, &record_institution, move->institution, true)));
	move->part_bytes = 1;
	struct problem *problem =
		put_rows(move, &record_qualification, "qualifications", "institution_id = ? AND home_id = :p");
	if (!problem)
		problem = put_accounts(move);
	if (!problem)
		problem = put_rows(move, &record_attachment, "attachments",
		                   "institution_id = ? AND home_id = :p AND record_type IN ('institution', "
		                   "'qualification', 'product', 'application', 'supplement')");
	if (!problem)
		problem = put_rows(move, &record_product, "products", "institution_id = ?");
	if (!problem)
		problem = put_rows(move, &record_product_draft, "drafts", "institution_id = ?");
	if (!problem)
		problem = put_rows(move, &record_application, "applications", "institution_id = ?");
	if (!problem)
		problem = put_rows(move, &record_correction, "corrections",
			"institution_id = ? AND home_id = :p AND phase = 'waiting'");
	if (!problem)
		problem = put_requests(move);
	if (!problem)
		problem = put_inbox(move);
	return problem ? problem : send_part(move, true);
}

/* ---- The register, and the entry for everybody ---- */

void transfer_everybody(struct call *call, struct addressees *to)
{
	for (size_t i = 0; i < platform_count(services_directory(call)); i++) {
		const struct platform *platform = platform_at(services_directory(call), i);
		if (platform->network_id == call->network_id && platform->id != call->platform_id)
			addressees_add(call, to, platform->id);
	}
}

static struct problem *register_home(struct moving_out *move)
{
	struct call *call = move->call;
	const struct transfer *row = move->row;
	uint64_t affected;
	struct problem *problem = db_exec(call->db, db_network(call->network_id),
		"UPDATE identity SET home = ? WHERE network_id = :n AND institution_id = ? AND home = ?",
		DB_ARGS(db_uint(row->to_platform), db_id(&row->institution_id), db_uint(call->platform_id)), &affected);
	if (!problem && affected != 1)
		problem = problem_detail(
			call->arena, &PROBLEM_CONFLICT, "登记的所属平台不是本平台", "The register names another home");
	return problem ? problem : db_exec(call->db, db_network(call->network_id),
		"INSERT INTO identity_move (network_id, institution_id, transfer_id, from_home, to_home, moved_at) "
		"VALUES (:n, ?, ?, ?, ?, UTC_TIMESTAMP(3))",
		DB_ARGS(db_id(&row->institution_id), db_id(&row->row.id), db_uint(call->platform_id),
		db_uint(row->to_platform)), NULL);
}

/* It has no person's data, and every platform of the network may be one that holds something. */
static struct problem *tell_everybody(struct moving_out *move)
{
	struct addressees to = {0};
	struct json_object *payload = json_own(move->call->arena, json_object_new_object());
	transfer_everybody(move->call, &to);
	put_id(payload, "institution_id", move->row->institution_id);
	put_id(payload, "transfer_id", move->row->row.id);
	put_platform(move->call, payload, "to", move->row->to_platform);
	json_object_object_add(payload, "accounts", json_object_get(move->accounts));
	return post_send(move->call, "transfer.moved", "institution", move->row->institution_id, &to, payload);
}

/* ---- What stays behind ---- */

static struct problem *close_accounts(struct moving_out *move)
{
	struct call *call = move->call;
	struct problem *problem = NULL;
	for (size_t i = 0; !problem && i < json_count(move->accounts); i++) {
		struct uuid id;
		if (!uuid_parse(json_text(json_at(move->accounts, i)), &id))
			continue;
		problem = access_end(call, id, ACCESS_IDENTITIES, NULL);
		if (!problem)
			problem = db_exec(call->db, call->scope,
				"UPDATE account SET state = 'closed', moved_to = ?, mobile_sealed = NULL, mobile_index "
				"= NULL, mobile_hint = NULL, email = NULL, "
				"password_hash = NULL, password_history = NULL, totp_sealed = NULL, version = version "
				"+ 1, updated_at = UTC_TIMESTAMP(3) "
				"WHERE platform_id = :p AND id = ?", DB_ARGS(db_uint(move->row->to_platform),
				db_id(&id)), NULL);
	}
	return problem;
}

/* Claims and requests to join are for the new home, where whoever asks has no account yet. */
static struct problem *answer_requests(struct moving_out *move)
{
	struct call *call = move->call;
	struct identity_request **rows;
	size_t count;
	const struct platform *to = post_platform(call, move->row->to_platform);
	const char *reason = arena_printf(call->arena, "该机构已迁移到%s，请在该平台提出",
		to ? to->name_zh : "其他平台");
	struct problem *problem = identity_request_row_select(call, "institution_id = ? AND phase = 'waiting'", "",
		DB_ARGS(db_id(&move->row->institution_id)), &rows, &count);
	for (size_t i = 0; !problem && i < count; i++)
		problem = lifecycle_fire_as_server(
			call, &record_identity_request, rows[i], "refuse", form_reason(call, reason));
	return problem;
}

static struct problem *drop_own(struct moving_out *move)
{
	static const char *const statements[] = {
		"DELETE FROM product WHERE platform_id = :p AND institution_id = ?",
		"DELETE FROM product_draft WHERE platform_id = :p AND institution_id = ?",
		"DELETE FROM application WHERE platform_id = :p AND institution_id = ?",
		"DELETE FROM correction WHERE platform_id = :p AND institution_id = ? AND home_id = :p AND phase = "
		"'waiting'",
		"DELETE FROM listing_request WHERE platform_id = :p AND institution_id = ?",
		"DELETE FROM supplement WHERE platform_id = :p AND institution_id = ? AND home_id <> platform_id AND "
		"addressee = 'institution'",
		"DELETE FROM listing WHERE platform_id = :p AND institution_id = ? AND home_id <> platform_id",
	};
	struct problem *problem = NULL;
	for (size_t i = 0; !problem && i < sizeof statements / sizeof statements[0]; i++)
		problem = db_exec(move->call->db, move->call->scope, statements[i],
			DB_ARGS(db_id(&move->row->institution_id)), NULL);
	return problem;
}

struct problem *transfer_move(struct call *call, struct transfer *row)
{
	struct moving_out move = {.call = call, .row = row, .accounts = json_own(call->arena, json_object_new_array())};
	struct db_result *locked;
	/* Who makes something of it here holds this row (institution_hold()): nothing is made behind what goes. */
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT home_id FROM institution WHERE platform_id = :p AND id = ? FOR UPDATE",
		DB_ARGS(db_id(&row->institution_id)), &locked);
	if (!problem)
		problem = institution_row_peek(call, row->institution_id, &move.institution);
	if (!problem && (!move.institution || move.institution->row.home_id != call->platform_id))
		problem = problem_detail(
			call->arena, &PROBLEM_CONFLICT, "该机构不属于本平台", "The institution is not at home here");
	if (!problem)
		problem = register_home(&move);
	if (!problem)
		problem = send_content(&move);
	if (!problem)
		problem = tell_everybody(&move);
	if (!problem)
		problem = answer_requests(&move);
	if (!problem)
		problem = transfer_row_fire(call, row, "left", NULL);
	if (!problem)
		problem = close_accounts(&move);
	if (!problem)
		problem = drop_own(&move);
	if (!problem)
		problem = transfer_inbox_drop(call, row->institution_id);
	if (!problem)
		problem = transfer_follow(call, row->institution_id, call->platform_id, row->to_platform);
	return problem ? problem : transfer_forget(call, row->institution_id, row->to_platform);
}
