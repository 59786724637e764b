/* The inbox of an institution and of its people, which goes along when it moves: as it was, with what each has read. */
#include "federation/transfer/transfer.h"

#include <string.h>

#include "core/buf.h"
#include "core/text/json.h"
#include "core/text/moment.h"
#include "schema/records.gen.h"
#include "tenants/platform/post.h"

enum { MOST = 5000 }; /* the newest */

#define PEOPLE "(SELECT a.id FROM account a WHERE a.platform_id = :p AND a.institution_id = ?)"
#define ITS "(m.institution_id = ? OR m.account_id IN " PEOPLE ")"

/* In the order in which the statements say them. */
static const char *const texts[] = {"title", "title_en", "body", "body_en", "record_type"};
enum { TEXTS = sizeof texts / sizeof *texts };

/* ---- At the old home ---- */

static struct problem *put_reads(struct call *call, struct json_object *into, struct uuid message_id)
{
	struct db_result *rows;
	struct json_object *list = json_object_new_array();
	json_object_object_add(into, "read", list);
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT account_id, read_at FROM message_read WHERE platform_id = :p AND message_id = ?",
		DB_ARGS(db_id(&message_id)), &rows);
	for (size_t i = 0; !problem && i < rows->rows; i++) {
		struct json_object *one = json_object_new_object();
		struct uuid account = UUID_NIL;
		db_get_id(rows, i, 0, &account);
		put_id(one, "account", account);
		put_time(one, "at", db_get_time(rows, i, 1));
		json_object_array_add(list, one);
	}
	return problem;
}

/* What it says may name a person or hold a code: sealed as an account is. */
static struct json_object *seal(struct call *call, struct uuid id, struct json_object *values)
{
	struct json_object *content = json_own(call->arena, json_object_new_object());
	struct buf *text = buf_in(call->arena);
	json_canonical(text, values);
	put_id(content, "id", id);
	json_object_object_add(content, "sealed",
		record_seal_text(call, &record_account, shape_field(record_account.shape, "mobile"), id, text->data));
	return content;
}

static struct problem *put_message(struct call *call, const struct db_result *rows, size_t i, struct json_object *list)
{
	struct json_object *values = json_own(call->arena, json_object_new_object());
	struct uuid id, account = UUID_NIL, about = UUID_NIL;
	db_get_id(rows, i, TEXTS, &id);
	if (db_get_id(rows, i, TEXTS + 1, &account))
		put_id(values, "account", account);
	if (db_get_id(rows, i, TEXTS + 2, &about))
		put_id(values, "record_id", about);
	for (size_t n = 0; n < TEXTS; n++)
		put_text(values, texts[n], db_get_text(rows, i, n));
	put_time(values, "created_at", db_get_time(rows, i, TEXTS + 3));
	struct problem *problem = put_reads(call, values, id);
	if (!problem)
		json_object_array_add(list, json_object_get(seal(call, id, values)));
	return problem;
}

struct problem *transfer_inbox_list(struct call *call, struct uuid institution_id, struct json_object **out)
{
	struct db_result *rows;
	*out = json_own(call->arena, json_object_new_array());
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT m.title, m.title_en, m.body, m.body_en, m.record_type, m.id, m.account_id, m.record_id, "
		"m.created_at FROM message m WHERE m.platform_id = :p AND " ITS " ORDER BY m.id DESC LIMIT ?",
		DB_ARGS(db_id(&institution_id), db_id(&institution_id), db_int(MOST)), &rows);
	for (size_t i = 0; !problem && i < rows->rows; i++)
		problem = put_message(call, rows, i, *out);
	return problem;
}

struct problem *transfer_inbox_drop(struct call *call, struct uuid institution_id)
{
	struct problem *problem = db_exec(call->db, call->scope,
		"DELETE FROM message_read WHERE platform_id = :p AND account_id IN " PEOPLE,
		DB_ARGS(db_id(&institution_id)), NULL);
	return problem ? problem : db_exec(call->db, call->scope,
		"DELETE m FROM message m WHERE m.platform_id = :p AND " ITS,
		DB_ARGS(db_id(&institution_id), db_id(&institution_id)), NULL);
}

/* ---- At the new home ---- */

static int64_t time_of(struct json_object *values, const char *name, int64_t otherwise)
{
	int64_t ms;
	const char *text = json_get_text(values, name);
	return text && time_parse(text, &ms) ? ms : otherwise;
}

/* Marks of people who came along: an account of anybody else's is none of its business. */
static struct problem *take_reads(
	struct call *call, struct uuid institution_id, struct uuid id, struct json_object *list)
{
	struct problem *problem = NULL;
	for (size_t i = 0; !problem && i < json_count(list); i++) {
		struct uuid account;
		if (!uuid_parse(json_get_text(json_at(list, i), "account"), &account))
			continue;
		problem = db_exec(call->db, call->scope,
			"INSERT IGNORE INTO message_read (platform_id, account_id, message_id, read_at) "
			"SELECT :p, a.id, ?, ? FROM account a "
			"WHERE a.platform_id = :p AND a.id = ? AND a.institution_id = ?",
			DB_ARGS(db_id(&id), db_time(time_of(json_at(list, i), "at", call_now())), db_id(&account),
				db_id(&institution_id)), NULL);
	}
	return problem;
}

static struct problem *take_message(
	struct call *call, struct uuid institution_id, struct uuid id, struct json_object *values)
{
	struct uuid account, about;
	const char *duplicate;
	const char *to = json_get_text(values, "account"), *record = json_get_text(values, "record_id");
	bool personal = uuid_parse(to, &account), names = uuid_parse(record, &about);
	const char *title = json_get_text(values, "title"), *body = json_get_text(values, "body");
	int64_t at = time_of(values, "created_at", call_now());
	if (!title || !body || (to && !personal))
		return problem_new(call->arena, &PROBLEM_ENTRY);
	const char *title_en = json_get_text(values, "title_en"), *body_en = json_get_text(values, "body_en");
	struct problem *problem = db_insert(call->db, call->scope,
		"INSERT INTO message (platform_id, id, account_id, institution_id, title, title_en, body, body_en, "
		"record_type, record_id, created_at, updated_at) "
		"VALUES (:p, ?, ?, ?, LEFT(?, 120), LEFT(?, 200), LEFT(?, 2000), "
		"LEFT(?, 2000), LEFT(?, 32), ?, ?, ?)",
		DB_ARGS(db_id(&id), personal ? db_id(&account) : db_null(),
			personal ? db_null() : db_id(&institution_id), db_text(title),
			db_text(title_en ? title_en : title), db_text(body), db_text(body_en ? body_en : body),
			db_text(json_get_text(values, "record_type")), names ? db_id(&about) : db_null(), db_time(at),
			db_time(at)), &duplicate);
	return problem || duplicate ? problem : take_reads(call, institution_id, id, json_get_array(values, "read"));
}

struct problem *transfer_inbox_take(struct call *call, struct uuid institution_id, struct json_object *list)
{
	struct problem *problem = NULL;
	for (size_t i = 0; !problem && i < json_count(list); i++) {
		struct uuid id;
		struct json_object *values;
		problem = uuid_parse(json_get_text(json_at(list, i), "id"), &id)
			? transfer_open(call, id, json_at(list, i), &values) : problem_new(call->arena, &PROBLEM_ENTRY);
		if (!problem)
			problem = take_message(call, institution_id, id, values);
	}
	return problem;
}
