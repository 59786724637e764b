#include "core/record/ask.h"

#include <string.h>

#include "core/record/follow.h"
#include "core/record/held.h"
#include "core/record/lifecycle.h"
#include "core/record/record_inside.h"
#include "core/record/row.h"
#include "core/text/json.h"
#include "core/text/moment.h"

enum { SHOWN = 10 };

static const struct problem_kind PROBLEM_ASKED = {"asked", 409, "同一事项已提交所属平台，请等待答复，或先撤回。",
	"This was sent to its home already: wait for the answer, or withdraw it."};

/* ---- Who may ----- */

/* From which platform it is asked. */
static uint32_t place_of(struct call *call, const struct record *record, const void *row, const struct record_ask *ask)
{
	return ask->from ? *(const uint32_t *)((const char *)row + ask->from->offset)
			 : record_side_home(call, record, row, ask->side);
}

const struct record_ask *ask_find(struct call *call, const struct record *record, const void *row, const char *event,
	uint32_t platform, uint32_t roles)
{
	for (size_t i = 0; i < record->ask_count; i++) {
		const struct record_ask *ask = &record->asks[i];
		if (!strcmp(ask->event, event) && (ask->roles & roles) &&
			place_of(call, record, row, ask) == platform)
			return ask;
	}
	return NULL;
}

bool ask_is_anothers(
	struct call *call, const struct record *record, const void *row, const char *event, uint32_t platform)
{
	bool alone = false;
	for (size_t i = 0; i < record->ask_count; i++) {
		const struct record_ask *ask = &record->asks[i];
		if (strcmp(ask->event, event) != 0 || !ask->alone)
			continue;
		if (place_of(call, record, row, ask) == platform)
			return false;
		alone = true;
	}
	return alone;
}

bool ask_is_pending(const struct record *record, const void *row)
{
	bool may = false;
	for (size_t i = 0; i < record->ask_count; i++)
		may |= !strcmp(record->asks[i].event, ASK_CREATE);
	return may && !row_of_const(row)->home_seq;
}

/* ---- Asking ---- */

struct asking {
	const struct record *record;
	const struct row *row;
	const char *event;
	struct uuid key;
	uint64_t version;
	struct json_object *form; /* borrowed, or NULL */
	struct json_object *content; /* of a new row, or NULL */
};

static void add_text(struct json_object *object, const char *key, const char *text)
{
	json_object_object_add(object, key, text ? json_object_new_string(text) : NULL);
}

static void add_id(struct call *call, struct json_object *object, const char *key, struct uuid id)
{
	add_text(object, key, uuid_is_nil(id) ? NULL : uuid_text(call->arena, id));
}

/* The role that let the person in, by which the home judges. Who it is stands with the entry, where it can be erased.
 */
static const char *asking_role(struct call *call)
{
	return call_role_name(call, call->endpoint ? call->endpoint->roles : 0);
}

static struct json_object *asking_payload(struct call *call, const struct asking *asking)
{
	struct json_object *payload = json_own(call->arena, json_object_new_object());
	add_id(call, payload, "key", asking->key);
	add_text(payload, "event", asking->event);
	json_object_object_add(payload, "version", json_object_new_int64((int64_t)asking->version));
	json_object_object_add(
		payload, "form", asking->form ? json_object_get(asking->form) : json_object_new_object());
	if (asking->content)
		json_object_object_add(payload, "content", json_object_get(asking->content));
	add_text(payload, "role", asking_role(call));
	return payload;
}

static struct problem *post(struct call *call, const struct asking *asking)
{
	const struct journal_entry entry = {.kind = arena_printf(call->arena, "%s.asked", asking->record->name),
		.record_type = asking->record->name,
		.record_id = asking->row->id,
		.audience = JOURNAL_ADDRESSED,
		.to = &asking->row->home_id,
		.to_count = 1,
		.actor_id = call->actor.account_id,
		.actor_name = call->actor.name,
		.actor_role = asking_role(call),
		.client = call->actor.client,
		.payload = asking_payload(call, asking)};
	return journal_add(call->db, call->scope, &entry);
}

static struct problem *ask(struct call *call, struct asking *asking)
{
	const char *duplicate;
	asking->key = uuid_v7();
	const char *open_key =
		arena_printf(call->arena, "%s:%s", uuid_text(call->arena, asking->row->id), asking->event);
	struct problem *problem = db_insert(call->db, call->scope,
		"INSERT INTO asked (platform_id, id, record, record_id, event, version, from_platform, to_platform, "
		"institution_id, asked_by, "
		"asked_by_name, role, sent_at, open_key) VALUES (:p, ?, ?, ?, ?, ?, :p, ?, ?, ?, ?, ?, "
		"UTC_TIMESTAMP(3), ?)",
		DB_ARGS(db_id(&asking->key), db_text(asking->record->name), db_id(&asking->row->id),
			db_text(asking->event), db_uint(asking->version), db_uint(asking->row->home_id),
			db_id(&call->actor.institution_id), db_id(&call->actor.account_id), db_text(call->actor.name),
			db_text(asking_role(call)), db_text(open_key)),
		&duplicate);
	if (!problem && duplicate)
		problem = problem_new(call->arena, &PROBLEM_ASKED);
	return problem ? problem : post(call, asking);
}

struct problem *ask_send(
	struct call *call, const struct record *record, const void *row, const char *event, struct json_object *form)
{
	const struct row *head = row;
	/* Of a row that the home has not read yet nobody here can know the version. */
	struct asking asking = {.record = record,
		.row = head,
		.event = event,
		.version = head->home_seq ? head->version : 0,
		.form = form};
	return ask(call, &asking);
}

/* ---- A row whose home is elsewhere ---- */

static struct problem *insert_copy(struct call *call, const struct record *record, void *row)
{
	const char *duplicate;
	struct problem *problem = lifecycle_begin(call, record, row);
	if (!problem)
		problem = held_check(call, record, NULL, row);
	if (!problem)
		problem = follow_fill(call, record, row);
	if (problem)
		return problem;
	struct row_values values = row_bind(call, record, row, ROW_BIND_INSERT);
	problem = db_insert(call->db, call->scope, record->insert_sql, values.items, values.count, &duplicate);
	if (!problem && duplicate)
		problem = record_duplicate_problem(call, record, duplicate);
	if (!problem)
		row_remember(call, record, row);
	return problem;
}

struct problem *ask_create_again(struct call *call, const struct record *record, const void *row)
{
	struct asking asking = {.record = record, .row = row, .event = ASK_CREATE};
	const char *open_key = arena_printf(call->arena, "%s:" ASK_CREATE, uuid_text(call->arena, asking.row->id));
	struct problem *problem = db_exec(call->db, call->scope,
		"UPDATE asked SET open_key = NULL WHERE platform_id = :p AND open_key = ?", DB_ARGS(db_text(open_key)),
		NULL);
	asking.content = record_export(call, record, row, true);
	return problem ? problem : ask(call, &asking);
}

struct problem *ask_create(struct call *call, const struct record *record, void *row, uint32_t home)
{
	struct row *head = row;
	head->id = uuid_v7();
	head->version = 1;
	head->home_id = home;
	head->home_seq = 0;
	head->created_by = call->actor.account_id;
	head->created_at = head->updated_at = call_now();
	struct problem *problem = insert_copy(call, record, row);
	return problem ? problem : ask_create_again(call, record, row);
}

/* ---- What is shown ---- */

static void write_time(struct json_writer *w, const char *key, int64_t ms)
{
	char text[25];
	if (ms)
		time_format(ms, text);
	jw_kv_text(w, key, ms ? text : NULL);
}

/* What the asking page says of it: sent until it is answered. */
static const char *state_of(const struct db_result *rows, size_t i)
{
	const char *outcome = db_get_text(rows, i, 6);
	if (outcome)
		return outcome;
	return db_get_time(rows, i, 5) ? "withdrawing" : "sent";
}

static void write_one(struct call *call, const struct record *record, const void *row, const struct db_result *rows,
	size_t i, struct json_writer *w)
{
	struct uuid key;
	const char *event = db_need_text(rows, i, 1);
	db_get_id(rows, i, 0, &key);
	jw_object_begin(w);
	jw_kv_uuid(w, "key", key);
	jw_kv_text(w, "event", event);
	jw_kv_text(w, "text", record_event_text(call, record, row, event));
	jw_kv_text(w, "by", db_get_text(rows, i, 2));
	jw_kv_text(w, "state", state_of(rows, i));
	write_time(w, "sent_at", db_get_time(rows, i, 3));
	write_time(w, "answered_at", db_get_time(rows, i, 4));
	const char *zh = db_get_text(rows, i, 7), *en = db_get_text(rows, i, 8);
	jw_kv_text(w, "reason", zh && en ? call_text(call, zh, en) : zh);
	jw_object_end(w);
}

struct problem *ask_write(struct call *call, const struct record *record, const void *row, struct json_writer *w)
{
	struct db_result *rows;
	if (!record->ask_count)
		return NULL;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT id, event, asked_by_name, sent_at, answered_at, withdrawn_at, outcome, reason_zh, reason_en "
		"FROM asked "
		"WHERE platform_id = :p AND record_id = ? AND from_platform = :p ORDER BY sent_at DESC, id DESC LIMIT "
		"?",
		DB_ARGS(db_id(&row_of_const(row)->id), db_uint(SHOWN)), &rows);
	if (problem)
		return problem;
	jw_key(w, "asked");
	jw_array_begin(w);
	for (size_t i = 0; i < rows->rows; i++)
		write_one(call, record, row, rows, i, w);
	jw_array_end(w);
	return NULL;
}
