/* The move, at the new home: what the old home's log brings becomes this platform's own. */
#include "core/text/moment.h"
#include "federation/transfer/transfer.h"

#include <string.h>

#include "core/crypto/crypto.h"
#include "core/text/json.h"
#include "schema/records.gen.h"
#include "tenants/institution/institution.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/post.h"
#include "tenants/platform/services.h"
#include "tenants/shelf/product.h"

static struct problem *foreign(struct call *call, const char *what)
{
	return problem_detail(call->arena, &PROBLEM_NOT_ITS_HOME,
		arena_printf(call->arena, "没有同意过的迁移，或内容不属于该机构（%s）", what),
		arena_printf(
			call->arena, "no transfer that was accepted, or what is not the institution's (%s)", what));
}

static bool is_of(struct json_object *content, struct uuid institution_id)
{
	struct uuid id;
	return uuid_parse(json_get_text(content, "institution_id"), &id) && uuid_equal(id, institution_id);
}

static struct problem *take_list(
	struct call *call, const struct apply_entry *entry, const struct record *record, const char *name)
{
	struct json_object *list = json_get_array(entry->payload, name);
	struct problem *problem = NULL;
	for (size_t i = 0; !problem && i < json_count(list); i++)
		problem = is_of(json_at(list, i), entry->record_id) ? record_take(call, record, json_at(list, i))
								    : foreign(call, name);
	return problem;
}

/* ---- Accounts ---- */

struct person {
	struct uuid id;
	struct json_object *values;
	const char *user_name;
	bool mobile_taken;
};

struct problem *transfer_open(
	struct call *call, struct uuid id, struct json_object *content, struct json_object **out)
{
	struct json_object *opened, *wrapped = json_own(call->arena, json_object_new_object());
	json_object_object_add(wrapped, "mobile", json_object_get(json_get(content, "sealed")));
	struct problem *problem = record_open_members(call, &record_account, id, wrapped, &opened);
	*out = NULL;
	if (problem)
		return problem;
	const char *text = json_get_text(opened, "mobile");
	return text ? json_parse_object(call->arena, text, strlen(text), out)
		    : problem_new(call->arena, &PROBLEM_ENTRY);
}

static struct problem *open_person(struct call *call, struct json_object *content, struct person *out)
{
	if (!uuid_parse(json_get_text(content, "id"), &out->id))
		return foreign(call, "accounts");
	struct problem *problem = transfer_open(call, out->id, content, &out->values);
	if (!problem && !json_get_text(out->values, "user_name"))
		problem = foreign(call, "accounts");
	return problem;
}

/* Names are a platform's own: one that is taken here gets the old home's short name behind it. */
static struct problem *choose_name(struct call *call, const struct apply_entry *entry, struct person *person)
{
	const struct platform *from = post_platform(call, entry->source);
	const char *name = person->user_name = json_get_text(person->values, "user_name");
	struct db_result *rows;
	for (unsigned n = 0; n < 100; n++) {
		struct problem *problem = db_select(call->db, call->scope,
			"SELECT 1 FROM account WHERE platform_id = :p AND user_key = LOWER(?) AND id <> ? LIMIT 1",
			DB_ARGS(db_text(person->user_name), db_id(&person->id)), &rows);
		if (problem || !rows->rows)
			return problem;
		const char *slug = from ? from->slug : "x";
		int room = 60 - (int)strlen(slug);
		person->user_name = n ? arena_printf(call->arena, "%.*s.%s%u", room, name, slug, n)
				      : arena_printf(call->arena, "%.*s.%s", room, name, slug);
	}
	return problem_new(call->arena, &PROBLEM_CONFLICT);
}

static struct db_value seal(struct call *call, const char *field, struct uuid id, const void *bytes, size_t size)
{
	size_t sealed_size;
	const char *context = arena_printf(call->arena, "account.%s/%s", field, uuid_text(call->arena, id));
	if (!bytes)
		return db_null();
	const void *sealed = crypto_seal(call->services->keys, call->arena, context, bytes, size, &sealed_size);
	return db_bytes(sealed, sealed_size);
}

/* One mobile is one account of a kind: whoever has one here already signs in to the one that came by its name. */
static struct problem *free_mobile(
	struct call *call, const char *kind, const char *mobile, unsigned char index[CRYPTO_HASH], const char **out)
{
	struct db_result *rows;
	*out = mobile;
	if (!mobile)
		return NULL;
	crypto_blind_index(call->services->keys, "account.mobile", mobile, index);
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT 1 FROM account WHERE platform_id = :p AND mobile_index = ? AND kind = ?",
		DB_ARGS(db_bytes(index, CRYPTO_HASH), db_text(kind)), &rows);
	if (!problem && rows->rows)
		*out = NULL;
	return problem;
}

static struct problem *insert_person(
	struct call *call, const struct apply_entry *entry, struct person *person, const char *kind, bool *fresh)
{
	unsigned char index[CRYPTO_HASH];
	int64_t must_change = 0, totp_step = 0, access_no = 0, changed_at = 0, created_at = call_now();
	struct json_object *v = person->values;
	const char *mobile, *state = json_get_text(v, "state"), *duplicate = NULL, *at,
			    *totp_text = json_get_text(v, "totp");
	size_t totp_size = 0;
	const unsigned char *totp = totp_text ? crypto_unbase64url(call->arena, totp_text, &totp_size) : NULL;
	json_get_int(v, "must_change", &must_change);
	json_get_int(v, "totp_step", &totp_step);
	json_get_int(v, "access_no", &access_no);
	if ((at = json_get_text(v, "password_changed_at")))
		time_parse(at, &changed_at);
	if ((at = json_get_text(v, "created_at")))
		time_parse(at, &created_at);
	struct problem *problem = free_mobile(call, kind, json_get_text(v, "mobile"), index, &mobile);
	if (problem)
		return problem;
	problem = db_insert(call->db, call->scope,
		"INSERT INTO account (platform_id, id, user_name, name, kind, state, institution_id, home, "
		"mobile_sealed, mobile_index, mobile_hint, email, password_hash, "
		"password_history, password_changed_at, must_change, totp_sealed, totp_step, access_no, created_at, "
		"updated_at) "
		"VALUES (:p, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(3))",
		DB_ARGS(db_id(&person->id), db_text(person->user_name), db_text(json_get_text(v, "name")),
			db_text(kind), db_text(state && !strcmp(state, "disabled") ? "disabled" : "active"),
			db_id(&entry->record_id), db_uint(call->platform_id),
			seal(call, "mobile", person->id, mobile, mobile ? strlen(mobile) : 0),
			mobile ? db_bytes(index, CRYPTO_HASH) : db_null(),
			db_text(mobile ? field_mask(call->arena, FIELD_MOBILE, mobile) : NULL),
			db_text(json_get_text(v, "email")), db_text(json_get_text(v, "password_hash")),
			db_text(json_get_text(v, "password_history")), db_time(changed_at), db_int(must_change),
			seal(call, "totp", person->id, totp, totp_size), db_int(totp_step), db_int(access_no),
			db_time(created_at)),
		&duplicate);
	*fresh = !problem && !duplicate;
	if (problem || !duplicate || !strcmp(duplicate, "PRIMARY"))
		return problem;
	return problem_detail(call->arena, &PROBLEM_CONFLICT, "账号与已有的账号冲突", "An account meets another one");
}

/* It has been here before and went away: it is itself again. */
static struct problem *bring_back(struct call *call, const struct person *person)
{
	return db_exec(call->db, call->scope,
		"DELETE FROM account WHERE platform_id = :p AND id = ? AND state = 'closed' AND moved_to IS NOT NULL",
		DB_ARGS(db_id(&person->id)), NULL);
}

static struct problem *give_doors(struct call *call, const struct person *person)
{
	struct json_object *roles = json_get_array(person->values, "roles"),
			   *identities = json_get_array(person->values, "identities");
	struct problem *problem = NULL;
	for (size_t i = 0; !problem && i < json_count(roles); i++) {
		const char *role = json_get_text(json_at(roles, i), "role");
		/* An institution's people have its roles, whatever another log says. */
		if (!role || (strcmp(role, "owner") && strcmp(role, "staff") && strcmp(role, "enterprise")))
			continue;
		problem = db_exec(call->db, call->scope,
			"INSERT INTO account_role (platform_id, account_id, role, permissions, granted_at) VALUES (:p, "
			"?, ?, ?, UTC_TIMESTAMP(3)) "
			"ON DUPLICATE KEY UPDATE permissions = VALUES(permissions)",
			DB_ARGS(db_id(&person->id), db_text(role),
				db_text(json_get_text(json_at(roles, i), "permissions"))),
			NULL);
	}
	for (size_t i = 0; !problem && i < json_count(identities); i++)
		problem = db_exec(call->db, call->scope,
			"INSERT IGNORE INTO external_identity (platform_id, provider, subject, account_id, bound_at) "
			"VALUES (:p, ?, ?, ?, UTC_TIMESTAMP(3))",
			DB_ARGS(db_text(json_get_text(json_at(identities, i), "provider")),
				db_text(json_get_text(json_at(identities, i), "subject")), db_id(&person->id)),
			NULL);
	return problem;
}

static struct problem *take_person(struct call *call, const struct apply_entry *entry, struct json_object *content)
{
	struct person person = {0};
	bool fresh = false;
	struct problem *problem = open_person(call, content, &person);
	if (problem)
		return problem;
	const char *kind = json_get_text(person.values, "kind");
	if (!kind || (strcmp(kind, "institution") && strcmp(kind, "enterprise")))
		return foreign(call, "accounts");
	problem = choose_name(call, entry, &person);
	if (!problem)
		problem = bring_back(call, &person);
	if (!problem)
		problem = insert_person(call, entry, &person, kind, &fresh);
	if (!problem && fresh)
		problem = give_doors(call, &person);
	/* Who came here as a visitor is at home now. */
	return problem ? problem : db_exec(call->db, call->scope,
		"UPDATE account SET state = 'closed' WHERE platform_id = :p AND kind = 'visitor' AND home = ? AND "
		"home_account_id = ?",
		DB_ARGS(db_uint(entry->source), db_id(&person.id)), NULL);
}

static struct problem *take_people(struct call *call, const struct apply_entry *entry)
{
	struct json_object *list = json_get_array(entry->payload, "accounts");
	struct problem *problem = NULL;
	for (size_t i = 0; !problem && i < json_count(list); i++)
		problem = take_person(call, entry, json_at(list, i));
	return problem;
}

/* ---- What was asked of shelves ---- */

static struct problem *take_request(struct call *call, const struct apply_entry *entry, struct json_object *one)
{
	struct uuid product, listing;
	uint32_t to = get_platform(call, one, "to_platform");
	int64_t version, count, refused, sent_at = 0;
	const char *wanted = json_get_text(one, "wanted"), *at = json_get_text(one, "sent_at"), *duplicate;
	if (!uuid_parse(json_get_text(one, "product_id"), &product) ||
		!uuid_parse(json_get_text(one, "listing_id"), &listing) || !to ||
		!json_get_int(one, "sent_version", &version) || !json_get_int(one, "sent_count", &count) ||
		!json_get_int(one, "refused_count", &refused) || !wanted ||
		(strcmp(wanted, "listed") && strcmp(wanted, "delisted")) || !at || !time_parse(at, &sent_at))
		return problem_new(call->arena, &PROBLEM_ENTRY);
	return db_insert(call->db, call->scope,
		"INSERT INTO listing_request (platform_id, product_id, to_platform, listing_id, institution_id, "
		"wanted, sent_version, sent_count, refused_count, overrides, "
		"refusal, sent_at) VALUES (:p, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		DB_ARGS(db_id(&product), db_uint(to), db_id(&listing), db_id(&entry->record_id), db_text(wanted),
			db_int(version), db_int(count), db_int(refused), db_text(json_get_text(one, "overrides")),
			db_text(json_get_text(one, "refusal")), db_time(sent_at)),
		&duplicate);
}

static struct problem *take_requests(struct call *call, const struct apply_entry *entry)
{
	struct json_object *list = json_get_array(entry->payload, "requests");
	struct problem *problem = NULL;
	for (size_t i = 0; !problem && i < json_count(list); i++)
		problem = take_request(call, entry, json_at(list, i));
	return problem;
}

/* ---- All is here ---- */

static struct problem *open_applications(struct call *call, struct uuid institution_id, struct json_object *out)
{
	struct db_result *rows;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT id FROM application WHERE platform_id = :p AND institution_id = ? AND decided_at IS NULL LIMIT "
		"1000",
		DB_ARGS(db_id(&institution_id)), &rows);
	for (size_t i = 0; !problem && i < rows->rows; i++) {
		struct uuid id;
		if (db_get_id(rows, i, 0, &id))
			json_object_array_add(out, json_object_new_string(uuid_text(call->arena, id)));
	}
	return problem;
}

static struct problem *say_arrived(struct call *call, const struct apply_entry *entry)
{
	struct addressees to = {0};
	struct json_object *payload = json_own(call->arena, json_object_new_object()),
			   *applications = json_object_new_array();
	put_id(payload, "institution_id", entry->record_id);
	put_platform(call, payload, "from", entry->source);
	json_object_object_add(payload, "applications", applications);
	struct problem *problem = open_applications(call, entry->record_id, applications);
	transfer_everybody(call, &to);
	addressees_add(call, &to, call->platform_id);
	return problem ? problem : post_send(call, "transfer.arrived", "institution", entry->record_id, &to, payload);
}

static struct problem *count_anew(struct call *call, struct uuid institution_id)
{
	struct db_result *rows;
	struct uuid id;
	struct problem *problem = db_exec(call->db, call->scope,
		"DELETE FROM product_count WHERE platform_id = :p AND institution_id = ?",
		DB_ARGS(db_id(&institution_id)), NULL);
	if (!problem)
		problem = db_select(call->db, call->scope,
			"SELECT id FROM product WHERE platform_id = :p AND institution_id = ? LIMIT 1",
			DB_ARGS(db_id(&institution_id)), &rows);
	if (problem || !rows->rows || !db_get_id(rows, 0, 0, &id))
		return problem;
	return product_listing_changed(call, id, UINT32_MAX);
}

/* A copy that the old home did not give away any more is nobody's. */
static struct problem *drop_leftovers(struct call *call, const struct apply_entry *entry)
{
	struct problem *problem = db_exec(call->db, call->scope,
		"DELETE FROM qualification WHERE platform_id = :p AND institution_id = ? AND home_id = ?",
		DB_ARGS(db_id(&entry->record_id), db_uint(entry->source)), NULL);
	return problem ? problem : db_exec(call->db, call->scope,
		"DELETE FROM attachment WHERE platform_id = :p AND institution_id = ? AND home_id = ? AND record_type "
		"IN ('institution', 'qualification', 'product')",
		DB_ARGS(db_id(&entry->record_id), db_uint(entry->source)), NULL);
}

/* What this platform asked of the old home as one that held a copy it can now do itself. */
static struct problem *close_own_corrections(struct call *call, struct uuid institution_id)
{
	struct correction **rows;
	size_t count;
	struct problem *problem = correction_row_select(call,
		"institution_id = ? AND from_platform = :p AND phase IN ('sent', 'waiting')", "",
		DB_ARGS(db_id(&institution_id)), &rows, &count);
	for (size_t i = 0; !problem && i < count; i++) {
		rows[i]->open_key = NULL;
		problem = lifecycle_settle(
			call, &record_correction, rows[i], CORRECTION_PHASE_WITHDRAWN, "moved_here", NULL);
	}
	return problem;
}

static struct problem *complete(struct call *call, const struct apply_entry *entry, struct transfer *row)
{
	struct problem *problem = drop_leftovers(call, entry);
	if (!problem)
		problem = transfer_follow(call, entry->record_id, entry->source, call->platform_id);
	if (!problem)
		problem = close_own_corrections(call, entry->record_id);
	if (!problem)
		problem = transfer_row_fire(call, row, "arrived", NULL);
	if (!problem)
		problem = institution_announce(call, entry->record_id, NULL, 0);
	if (!problem)
		problem = count_anew(call, entry->record_id);
	return problem ? problem : say_arrived(call, entry);
}

struct problem *transfer_apply_content(struct call *call, const struct apply_entry *entry)
{
	struct uuid id;
	struct transfer *row;
	bool last = false;
	struct json_object *institution = json_get_object(entry->payload, "institution");
	struct problem *problem = apply_id(call, entry, "transfer_id", &id);
	if (!problem)
		problem = transfer_row_peek(call, id, &row);
	if (problem)
		return problem;
	if (!row || row->from_platform != entry->source || row->to_platform != call->platform_id ||
		!uuid_equal(row->institution_id, entry->record_id))
		return foreign(call, "transfer");
	if (row->row.phase == TRANSFER_PHASE_MOVED)
		return NULL; /* read already */
	if (row->row.phase != TRANSFER_PHASE_MOVING)
		return foreign(call, "phase");
	if (institution) {
		struct uuid own;
		if (!uuid_parse(json_get_text(institution, "id"), &own) || !uuid_equal(own, entry->record_id))
			return foreign(call, "institution");
		problem = record_take(call, &record_institution, institution);
	}
	if (!problem)
		problem = take_list(call, entry, &record_qualification, "qualifications");
	if (!problem)
		problem = take_people(call, entry);
	if (!problem)
		problem = take_list(call, entry, &record_attachment, "attachments");
	if (!problem)
		problem = take_list(call, entry, &record_product, "products");
	if (!problem)
		problem = take_list(call, entry, &record_product_draft, "drafts");
	if (!problem)
		problem = take_list(call, entry, &record_application, "applications");
	if (!problem)
		problem = take_list(call, entry, &record_correction, "corrections");
	if (!problem)
		problem = take_requests(call, entry);
	if (!problem)
		problem = transfer_inbox_take(call, entry->record_id, json_get_array(entry->payload, "inbox"));
	if (problem)
		return problem;
	json_get_bool(entry->payload, "last", &last);
	return last ? complete(call, entry, row) : NULL;
}
