#include "federation/exchange/crossing.h"

#include <string.h>

#include "core/record/address.h"
#include "core/record/ask.h"
#include "core/record/child.h"
#include "core/record/side.h"
#include "core/text/json.h"
#include "core/utf8.h"
#include "core/work/journal.h"
#include "federation/sync/homes.h"
#include "schema/records.gen.h"
#include "tenants/platform/post.h"

enum { REASON = 1000 };

static const struct record *record_of(const char *kind)
{
	const char *dot = strchr(kind, '.');
	for (size_t i = 0; dot && i < record_set.count; i++) {
		const char *name = record_set.records[i]->name;
		if (strlen(name) == (size_t)(dot - kind) && !memcmp(name, kind, strlen(name)))
			return record_set.records[i];
	}
	return NULL;
}

static struct problem *foreign(struct call *call, const struct apply_entry *entry)
{
	return problem_detail(call->arena, &PROBLEM_NOT_ITS_HOME,
		arena_printf(call->arena, "平台 %u 无权处理该记录", entry->source),
		arena_printf(call->arena, "platform %u has no say in this record", entry->source));
}

/* ---- Copies ---- */

/* At its home, an institution has to have to do with whoever names it (ZJ-6). */
static const char *const dealings[] = {
	"SELECT to_platform FROM application WHERE platform_id = :p AND institution_id = ?",
	"SELECT home_id FROM membership WHERE platform_id = :p AND institution_id = ?",
	"SELECT to_platform FROM listing_request WHERE platform_id = :p AND institution_id = ?",
	"SELECT to_platform FROM transfer WHERE platform_id = :p AND institution_id = ?",
	"SELECT from_platform FROM transfer WHERE platform_id = :p AND institution_id = ?", NULL};
static const struct apply_kind dealt = {"copy", NULL, APPLY_ANYBODY, {NULL}, NULL, NULL, NULL, dealings};

static struct problem *check_source(
	struct call *call, const struct record *record, const void *row, const struct apply_entry *entry)
{
	struct apply_entry content = *entry;
	const struct row *head = row;
	/* Its parent's entry came before it, and waits if that could not be applied. */
	if (record->copies_with_parent && !record_parent_row(call, record, row))
		return problem_new(call->arena, &PROBLEM_EARLY);
	if (!uuid_equal(head->id, entry->record_id) || !address_is_here(call, record, row, entry->source))
		return foreign(call, entry);
	if (!shape_field(record->shape, "institution_id"))
		return NULL;
	content.payload = json_get_object(entry->payload, "content");
	return homes_check(call, &dealt, &content, 1);
}

static struct problem *tell_submitter(struct call *call, const struct record *record, const struct apply_entry *entry)
{
	void *row;
	struct problem *problem = record->lifecycle ? record_peek(call, record, entry->record_id, &row) : NULL;
	if (problem || !record->lifecycle || !row)
		return problem;
	return lifecycle_tell_submitter(call, record, row, strchr(entry->kind, '.') + 1, entry->payload);
}

/* The row was given to another home, which the log of the home before says when it is read. */
static struct problem *check_moved(
	struct call *call, const struct record *record, const void *row, struct problem *refusal)
{
	void *here;
	bool unread = false;
	struct problem *problem = record_peek(call, record, ((const struct row *)row)->id, &here);
	if (!problem && here)
		problem = homes_is_unread(call, ((struct row *)here)->home_id, &unread);
	if (problem)
		return problem;
	return unread ? problem_new(call->arena, &PROBLEM_EARLY) : refusal;
}

static struct problem *apply_copy(struct call *call, const struct apply_entry *entry)
{
	const struct record *record = record_of(entry->kind);
	struct json_object *content = json_get_object(entry->payload, "content");
	void *row;
	bool applied;
	if (!record || !content || entry->source == call->platform_id)
		return NULL;
	struct problem *problem = record_read(call, record, content, entry->source, entry->seq, &row);
	if (!problem)
		problem = check_source(call, record, row, entry);
	if (!problem)
		problem = record_apply_row(call, record, row, &applied);
	if (problem && problem->kind == &PROBLEM_NOT_ITS_HOME)
		return check_moved(call, record, row, problem);
	return problem || !applied ? problem : tell_submitter(call, record, entry);
}

static struct problem *apply_gone(struct call *call, const struct apply_entry *entry)
{
	const struct record *record = record_of(entry->kind);
	if (!record || entry->source == call->platform_id)
		return NULL;
	return record_drop_copy(call, record, entry->record_id, entry->source, entry->seq);
}

/* ---- What was asked: read ---- */

struct asked {
	const struct record *record;
	const struct apply_entry *entry;
	struct uuid key;
	const char *event;
	uint32_t version;
	struct json_object *form;
	struct json_object *content;
	struct actor who;
};

/* One of its answers. */
struct verdict {
	const char *outcome;
	struct words reason;
};

/* Shapes have seen to the members. */
static void read_asked(struct call *call, const struct apply_entry *entry, struct asked *out)
{
	int64_t version = 0;
	*out = (struct asked){.record = record_of(entry->kind), .entry = entry};
	uuid_parse(json_get_text(entry->payload, "key"), &out->key);
	json_get_int(entry->payload, "version", &version);
	out->version = (uint32_t)version;
	out->event = json_get_text(entry->payload, "event");
	out->form = json_get_object(entry->payload, "form");
	if (!out->form)
		out->form = json_own(call->arena, json_object_new_object());
	out->content = json_get_object(entry->payload, "content");
	out->who.account_id = entry->actor_id;
	out->who.name = entry->actor_name;
	out->who.roles = call_role(json_get_text(entry->payload, "role"));
}

/* *again: it is that very entry, which was answered. */
static struct problem *load_verdict(
	struct call *call, const struct asked *asked, struct verdict *out, bool *known, bool *again)
{
	struct db_result *rows;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT outcome, reason_zh, reason_en, from_platform, entry_seq FROM asked "
		"WHERE platform_id = :p AND id = ?",
		DB_ARGS(db_id(&asked->key)), &rows);
	*known = !problem && rows->rows;
	*again = *known && db_get_uint(rows, 0, 4) == asked->entry->seq;
	if (!*known)
		return problem;
	if (db_get_uint(rows, 0, 3) != asked->entry->source)
		return foreign(call, asked->entry);
	*out = (struct verdict){db_get_text(rows, 0, 0), {db_get_text(rows, 0, 1), db_get_text(rows, 0, 2)}};
	return NULL;
}

static struct problem *keep_verdict(struct call *call, const struct asked *asked, const struct verdict *verdict)
{
	const struct apply_entry *entry = asked->entry;
	return db_exec(call->db, call->scope,
		"INSERT INTO asked (platform_id, id, record, record_id, event, version, from_platform, to_platform, "
		"asked_by, "
		"asked_by_name, sent_at, entry_seq, outcome, reason_zh, reason_en, answered_at) "
		"VALUES (:p, ?, ?, ?, ?, ?, ?, :p, ?, ?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(3))",
		DB_ARGS(db_id(&asked->key), db_text(asked->record->name), db_id(&entry->record_id),
			db_text(asked->event), db_uint(asked->version), db_uint(entry->source),
			db_id(&asked->who.account_id), db_text(asked->who.name), db_time(entry->at_ms),
			db_uint(entry->seq), db_text(verdict->outcome), db_text(verdict->reason.zh),
			db_text(verdict->reason.en)),
		NULL);
}

static struct problem *send_verdict(struct call *call, const struct asked *asked, const struct verdict *verdict)
{
	struct json_object *payload = json_own(call->arena, json_object_new_object());
	put_id(payload, "key", asked->key);
	put_text(payload, "event", asked->event);
	put_text(payload, "outcome", verdict->outcome);
	put_words(payload, "reason", verdict->reason);
	return post_send_to(call, arena_printf(call->arena, "%s.answered", asked->record->name), asked->record->name,
		asked->entry->record_id, asked->entry->source, payload);
}

/* ---- What was asked: done ---- */

static struct problem *not_here(struct call *call)
{
	return problem_detail(call->arena, &PROBLEM_CONFLICT, "该记录不在本平台，或不能由贵平台办理",
		"The record is not here, or this may not be asked by your platform");
}

/* A person of an organisation acts for the one on that side of the row; one who stands there in person must be it. */
static bool take_side(struct call *call, struct asked *asked, const void *row, const struct record_side *side)
{
	struct uuid id = record_side_id(call, asked->record, row, side);
	if (!(side->roles & asked->who.roles) || uuid_is_nil(id))
		return false;
	if (side->account)
		return uuid_equal(id, asked->who.account_id);
	asked->who.institution_id = id;
	return true;
}

/* Where the person stands, as the row says it; a desk stands nowhere. */
static struct problem *stand(struct call *call, struct asked *asked, const void *row)
{
	const struct record *record = asked->record;
	const struct record_ask *ask =
		ask_find(call, record, row, asked->event, asked->entry->source, asked->who.roles);
	bool stands = false;
	if (!ask)
		return not_here(call);
	for (size_t i = 0; !stands && i < record->side_count; i++)
		if (!ask->side || ask->side == &record->sides[i])
			stands = take_side(call, asked, row, &record->sides[i]);
	return stands || !(asked->who.roles & ROLES_CONFINED) ? NULL : not_here(call);
}

static struct problem *check_version(struct call *call, const struct asked *asked, const struct row *row)
{
	if (!asked->version || asked->version == row->version)
		return NULL;
	return problem_detail(call->arena, &PROBLEM_CONFLICT, "该记录在提交后已有变化，请查看后再办理",
		"The record has changed since: look at it again");
}

static struct problem *fire(struct call *call, struct asked *asked)
{
	void *row;
	struct problem *problem = record_peek(call, asked->record, asked->entry->record_id, &row);
	if (problem || !row || ((struct row *)row)->home_id != call->platform_id)
		return problem ? problem : not_here(call);
	problem = stand(call, asked, row);
	if (!problem)
		problem = check_version(call, asked, row);
	if (!problem)
		problem = child_check_phase(call, asked->record, row, VERB_FIRE);
	return problem ? problem
		       : lifecycle_fire_for(call, &asked->who, asked->entry->source, asked->record, row, asked->event,
				 asked->form);
}

struct making {
	const struct record *record;
	void *row;
	struct json_object *content;
};

/* Of such content what this person may write: the rest is the home's to say. */
static struct json_object *typed(struct call *call, const struct record *record, struct json_object *content,
	uint32_t mask)
{
	struct json_object *out = json_own(call->arena, json_object_new_object());
	json_object_object_foreach(content, key, value)
	{
		const struct field *field = shape_field(record->shape, key);
		if (field && (field->write & mask) && value)
			json_object_object_add(out, key, json_object_get(value));
	}
	return out;
}

/* A child that people make by the verb `create`: read as if it had been typed here. */
static struct problem *retype(struct call *call, struct making *making)
{
	const struct record *record = making->record;
	const struct row *sent = making->row;
	size_t key = record->parent_key->offset;
	uint32_t mask = record_mask_here(call, record, sent);
	struct json_object *content;
	struct row *row = record_new(call, record);
	struct problem *problem = record_open_members(call, record, sent->id, making->content, &content);
	row->id = sent->id;
	row->created_by = call->actor.account_id;
	memcpy((char *)row + key, (const char *)sent + key, sizeof(struct uuid));
	making->row = row;
	return problem ? problem
		       : shape_decode(call, call->arena, record->shape, typed(call, record, content, mask), DECODE_FULL,
				 mask, row);
}

static struct problem *make(struct call *call, void *arg)
{
	struct making *making = arg;
	const struct record *record = making->record;
	struct problem *problem = record->parent ? retype(call, making) : NULL;
	if (!problem)
		problem = child_check_phase(call, record, making->row, VERB_CREATE);
	if (!problem && record->before_create)
		problem = record->before_create(call, making->row);
	return problem ? problem : record_insert(call, record, making->row);
}

/* Its course begins here: whatever step the other platform called it. */
static void begin_anew(struct row *row)
{
	row->phase = 0;
	row->step = NULL;
	row->due_on = NULL;
	row->home_seq = 0;
}

static struct problem *create(struct call *call, struct asked *asked)
{
	struct making making = {.record = asked->record, .content = asked->content};
	void *known;
	const struct lifecycle *lifecycle = lifecycle_of(call->lifecycles, asked->record);
	struct problem *problem = record_read(call, asked->record, asked->content, call->platform_id, 0, &making.row);
	struct row *row = making.row;
	if (problem || !uuid_equal(row->id, asked->entry->record_id))
		return problem ? problem : not_here(call);
	problem = stand(call, asked, row);
	if (!problem)
		problem = record_peek(call, asked->record, row->id, &known);
	if (problem || known)
		return problem ? problem : ((struct row *)known)->home_id == call->platform_id ? NULL : not_here(call);
	begin_anew(row);
	problem = call_run_as(call, &asked->who, asked->entry->source, make, &making);
	row = making.row;
	if (problem || !lifecycle || !lifecycle_transition(lifecycle, row->step, "receive"))
		return problem;
	/* Whoever is told of it reads why it is asked for. */
	return lifecycle_fire_as_server(call, asked->record, row, "receive",
		form_reason(call, json_get_text(asked->content, "reason")));
}

static struct problem *run_asked(struct db *db, void *arg)
{
	void **both = arg;
	struct call *call = both[0];
	struct asked *asked = both[1];
	(void)db;
	if (!strcmp(asked->event, ASK_CREATE))
		return asked->content ? create(call, asked) : not_here(call);
	return fire(call, asked);
}

/* As much of a problem as a reason holds: its words, and the first field at fault. */
static struct words words_of(struct call *call, const struct problem *problem)
{
	const struct problem_field *field = problem->fields;
	struct words words = {
		problem->zh ? problem->zh : problem->kind->zh, problem->en ? problem->en : problem->kind->en};
	if (field) {
		words.zh = arena_printf(call->arena, "%s（%s：%s）", words.zh, field->pointer, field->zh);
		words.en = arena_printf(call->arena, "%s (%s: %s)", words.en, field->pointer, field->en);
	}
	words.zh = arena_printf(call->arena, "%.*s", (int)utf8_bytes(words.zh, REASON), words.zh);
	words.en = arena_printf(call->arena, "%.*s", (int)utf8_bytes(words.en, REASON), words.en);
	return words;
}

/* A refusal is an answer. Who was faster, and a database that is away, are none: it is tried again. */
static bool is_judgement(const struct problem *problem)
{
	return problem->kind->status < 500 && problem->kind != &PROBLEM_STALE && problem->kind != &PROBLEM_EARLY;
}

static struct problem *judge(struct call *call, struct asked *asked, struct verdict *out)
{
	void *both[] = {call, asked};
	struct problem *problem = journal_attempt(call->db, run_asked, both);
	*out = (struct verdict){"done", {NULL, NULL}};
	if (!problem || !is_judgement(problem))
		return problem;
	*out = (struct verdict){"refused", words_of(call, problem)};
	return NULL;
}

/* ---- Entries to the home ---- */

static bool is_key(struct json_object *payload, struct uuid key)
{
	struct uuid other;
	return uuid_parse(json_get_text(payload, "key"), &other) && uuid_equal(other, key);
}

/* Whether it was withdrawn before anybody read it. */
static struct problem *was_withdrawn(struct call *call, const struct asked *asked, bool *withdrawn)
{
	struct json_object **later;
	size_t count;
	const char *kind = arena_printf(call->arena, "%s.ask_withdrawn", asked->record->name);
	struct problem *problem = apply_later(call, asked->entry, kind, &later, &count);
	*withdrawn = false;
	for (size_t i = 0; !problem && i < count; i++)
		*withdrawn |= is_key(later[i], asked->key);
	return problem;
}

static struct problem *find_verdict(struct call *call, struct asked *asked, struct verdict *verdict)
{
	bool withdrawn;
	struct problem *problem = was_withdrawn(call, asked, &withdrawn);
	if (!problem && !withdrawn)
		problem = judge(call, asked, verdict);
	return problem ? problem : keep_verdict(call, asked, verdict);
}

static struct problem *apply_asked(struct call *call, const struct apply_entry *entry)
{
	struct asked asked;
	struct verdict verdict = {"withdrawn", {NULL, NULL}};
	bool known, again;
	read_asked(call, entry, &asked);
	struct problem *problem = load_verdict(call, &asked, &verdict, &known, &again);
	if (problem || again)
		return problem;
	if (!known)
		problem = find_verdict(call, &asked, &verdict);
	return problem ? problem : send_verdict(call, &asked, &verdict);
}

/* ---- Answers ---- */

/* A row that was made here, and that its home did not take. */
static struct problem *end_pending(struct call *call, const struct record *record, const struct apply_entry *entry,
	const char *outcome, struct words reason)
{
	void *row;
	struct problem *problem = record_peek(call, record, entry->record_id, &row);
	if (problem || !row || ((struct row *)row)->home_id != entry->source || !ask_is_pending(record, row))
		return problem;
	const struct lifecycle *lifecycle = lifecycle_for_row(call, record, row);
	if (!lifecycle || !lifecycle_transition(lifecycle, ((struct row *)row)->step, outcome))
		return record_drop_copy(call, record, entry->record_id, entry->source, entry->seq);
	return lifecycle_fire_as_server(call, record, row, outcome, form_reason(call, reason.zh));
}

static struct problem *take_answer(
	struct call *call, const struct apply_entry *entry, const struct db_result *known, struct uuid key)
{
	const char *outcome;
	const struct words reason = get_words(entry->payload, "reason");
	struct problem *problem = apply_text(call, entry, "outcome", &outcome);
	if (problem || !outcome)
		return problem;
	problem = db_exec(call->db, call->scope,
		"UPDATE asked SET outcome = ?, reason_zh = ?, reason_en = ?, answered_at = ?, open_key = NULL WHERE "
		"platform_id = :p AND id = ?",
		DB_ARGS(db_text(outcome), db_text(reason.zh), db_text(reason.en), db_time(entry->at_ms), db_id(&key)),
		NULL);
	if (problem || !strcmp(outcome, "done") || strcmp(db_need_text(known, 0, 0), ASK_CREATE) != 0)
		return problem;
	return end_pending(call, record_of(entry->kind), entry, outcome, reason);
}

static struct problem *apply_answered(struct call *call, const struct apply_entry *entry)
{
	struct uuid key, record_id;
	struct db_result *known;
	uuid_parse(json_get_text(entry->payload, "key"), &key);
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT event, to_platform, record_id, outcome FROM asked WHERE platform_id = :p AND id = ? AND "
		"from_platform = :p",
		DB_ARGS(db_id(&key)), &known);
	if (problem || !known->rows)
		return problem;
	if (db_get_uint(known, 0, 1) != entry->source || !db_get_id(known, 0, 2, &record_id) ||
		!uuid_equal(record_id, entry->record_id))
		return foreign(call, entry);
	return db_get_text(known, 0, 3) ? NULL : take_answer(call, entry, known, key);
}

/* ---- Withdrawing ---- */

static bool may_withdraw(const struct call *call, const struct db_result *row)
{
	struct uuid institution, account;
	if (db_get_id(row, 0, 4, &institution) && uuid_equal(institution, call->actor.institution_id))
		return true;
	if (db_get_id(row, 0, 5, &account) && uuid_equal(account, call->actor.account_id))
		return true;
	return db_get(row, 0, 4)->type == DB_NULL && call_has_role(call, ROLES_DESK);
}

static struct problem *send_withdrawal(struct call *call, const struct db_result *row, struct uuid key)
{
	struct uuid id;
	struct json_object *payload = json_own(call->arena, json_object_new_object());
	const char *record = db_need_text(row, 0, 0);
	db_get_id(row, 0, 1, &id);
	put_id(payload, "key", key);
	put_text(payload, "event", db_need_text(row, 0, 2));
	return post_send_to(call, arena_printf(call->arena, "%s.ask_withdrawn", record), record, id,
		(uint32_t)db_get_uint(row, 0, 3), payload);
}

struct problem *asked_withdraw(struct call *call)
{
	struct uuid key;
	struct db_result *row;
	uint64_t first = 0;
	struct asked_state answer = {.state = "withdrawing"};
	struct problem *problem = call_path_id(call, 0, &key);
	if (!problem)
		problem = db_select(call->db, call->scope,
			"SELECT record, record_id, event, to_platform, institution_id, asked_by, outcome FROM asked "
			"WHERE platform_id = :p AND id = ? AND from_platform = :p",
			DB_ARGS(db_id(&key)), &row);
	if (problem || !row->rows || !may_withdraw(call, row))
		return problem ? problem : problem_new(call->arena, &PROBLEM_NOT_FOUND);
	if (db_get_text(row, 0, 6))
		return problem_detail(call->arena, &PROBLEM_CONFLICT, "所属平台已答复，不能再撤回",
			"Its home has answered: it cannot be withdrawn any more");
	problem = db_exec(call->db, call->scope,
		"UPDATE asked SET withdrawn_at = UTC_TIMESTAMP(3) WHERE platform_id = :p AND id = ? AND outcome IS "
		"NULL AND withdrawn_at IS NULL",
		DB_ARGS(db_id(&key)), &first);
	if (!problem && first)
		problem = send_withdrawal(call, row, key);
	answer.key = key;
	return problem ? problem : endpoint_answer(call, &shape_asked_state, &answer);
}

/* ---- Kinds ---- */

static const struct apply_kind kinds[] = {
	{"asked", &shape_entry_asked, APPLY_ANYBODY, {NULL}, apply_asked, NULL, NULL, NULL},
	{"answered", &shape_entry_answered, APPLY_ANYBODY, {NULL}, apply_answered, NULL, NULL, NULL},
	{"deleted", NULL, APPLY_ANYBODY, {NULL}, apply_gone, NULL, NULL, NULL},
	{"gone", NULL, APPLY_ANYBODY, {NULL}, apply_gone, NULL, NULL, NULL},
};
static const struct apply_kind copy = {"*", NULL, APPLY_ANYBODY, {NULL}, apply_copy, NULL, NULL, NULL};

const struct apply_kind *crossing_kind(const char *name)
{
	const struct record *record = record_of(name);
	if (!record || !address_is_declared(record))
		return NULL;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (!strcmp(kinds[i].name, strchr(name, '.') + 1))
			return &kinds[i];
	return &copy;
}
