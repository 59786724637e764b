#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/http/request.h"
#include "core/record/ask.h"
#include "core/record/child.h"
#include "core/record/count.h"
#include "core/record/endpoint.h"
#include "core/record/form.h"
#include "core/record/lifecycle.h"
#include "core/record/public.h"
#include "core/record/record_inside.h"
#include "core/record/refer.h"
#include "core/record/row.h"
#include "core/text/json.h"
#include "core/text/moment.h"

enum { HISTORY_MAX = 200 };

struct problem *verb_decode(
	struct call *call, const struct record *record, struct json_object *body, enum decode_mode mode, void *row)
{
	uint32_t roles = call->actor.roles & call->endpoint->roles,
		 here = (roles | SIDE_BITS) & record_mask_here(call, record, row);
	struct problem *problem =
		shape_decode(call, call->arena, record->shape, body, mode, here ? here : roles, row);
	if (!record->extra_field || !json_has(body, record->extra_field->name))
		return problem;
	struct problem *extra = form_decode_extra(call, record, row_of(row)->original, json_get(body,
		record->extra_field->name));
	for (struct problem_field *field = extra ? extra->fields : NULL; field; field = field->next)
		problem = problem_add_field(call->arena, problem, field->pointer, field->code, field->zh, field->en);
	return problem;
}

struct problem *record_patch(struct call *call, const struct record *record, struct json_object *body, void *row)
{
	return verb_decode(call, record, body, DECODE_PATCH, row);
}

/* A hook sees what a reference gives; what it changes of them is looked at again when the row is written. */
static struct problem *settle_refers(struct call *call, const struct record *record, const void *before, void *row,
	bool hooked)
{
	return hooked ? refer_settle(call, record, before, row) : NULL;
}

/* Who stands on a side may come with a row that is named: of whoever makes this one it must say that they do. */
static bool gives_a_side(const struct record *record)
{
	for (size_t i = 0; i < record->refer_count; i++)
		for (size_t k = 0; k < record->refers[i].take_count; k++)
			for (size_t s = 0; s < record->side_count; s++)
				if (record->sides[s].by && record->refers[i].takes[k].into == record->sides[s].by)
					return true;
	return false;
}

static struct problem *check_given(struct call *call, const struct record *record, const void *row)
{
	if (!gives_a_side(record) || !record_is_confined(call, record) || record_is_mine(call, record, row))
		return NULL;
	return problem_new(call->arena, &PROBLEM_NOT_FOUND);
}

/* Here, or where the parent is at home: that judges as if it had been asked there. */
static struct problem *make(struct call *call, const struct record *record, void *row)
{
	uint32_t home = child_home(call, record, row);
	if (home != call->platform_id)
		return ask_create(call, record, row, home);
	struct problem *problem =
		settle_refers(call, record, NULL, row, record->before_create != NULL || gives_a_side(record));
	if (!problem)
		problem = check_given(call, record, row);
	if (!problem && record->before_create)
		problem = record->before_create(call, row);
	return problem ? problem : record_insert(call, record, row);
}

static struct problem *create(struct call *call, const struct record *record)
{
	struct json_object *body;
	void *row = record_new(call, record);
	struct problem *problem = request_json(call->request, &body);
	if (!problem)
		problem = child_begin(call, record, row);
	if (!problem)
		problem = side_take(call, record, row);
	if (!problem)
		problem = verb_decode(call, record, body, DECODE_FULL, row);
	if (!problem)
		problem = side_take(call, record, row);
	if (!problem)
		problem = make(call, record, row);
	if (problem)
		return problem;
	call->location =
		arena_printf(call->arena, "/api/v1/%s/%s", record->plural, uuid_text(call->arena, row_of(row)->id));
	return record_answer(call, record, row);
}

static const struct problem_kind PROBLEM_PHASE = {
	"phase", 409, "当前状态不能进行此操作，请刷新后再看。",
		"Its present state does not allow this; reload and look again."};

/* phases: bits; 0: all of them. */
static struct problem *check_phase(struct call *call, const struct record *record, const void *row, uint64_t phases)
{
	int phase = row_of_const(row)->phase;
	if (!phases || (phase > 0 && (phases & 1ull << (phase - 1))))
		return NULL;
	const struct choice *words = phase > 0 ? &record->phases[phase - 1] : &(const struct choice){"", "", ""};
	return problem_detail(call->arena, &PROBLEM_PHASE,
		arena_printf(call->arena, "%s当前为“%s”，不能修改或删除。", record->zh, words->zh),
		arena_printf(call->arena, "This %s is %s now, and cannot be changed so.", record->en, words->en));
}

static struct problem *update(struct call *call, const struct record *record, void *row)
{
	struct json_object *body;
	const void *before = row_of(row)->original;
	struct problem *problem = request_json(call->request, &body);
	if (!problem)
		problem = record_refuse_copy(call, record, row);
	if (!problem)
		problem = check_phase(call, record, row, record->update_phases);
	if (!problem)
		problem = child_check_phase(call, record, row, VERB_UPDATE);
	if (!problem)
		problem = verb_decode(call, record, body, DECODE_PATCH, row);
	if (!problem)
		side_keep(call, record, row);
	if (!problem)
		problem = settle_refers(call, record, before, row, record->before_update != NULL);
	if (!problem && record->before_update)
		problem = record->before_update(call, before, row);
	if (!problem)
		problem = child_check_seats(call, record, row);
	if (!problem)
		problem = record_update(call, record, row, NULL);
	return problem ? problem : record_answer(call, record, row);
}

static struct problem *delete(struct call *call, const struct record *record, const void *row)
{
	struct problem *problem = check_phase(call, record, row, record->delete_phases);
	if (!problem)
		problem = child_check_phase(call, record, row, VERB_DELETE);
	if (!problem && record->before_delete)
		problem = record->before_delete(call, row);
	return problem ? problem : record_delete(call, record, row);
}

struct problem *verb_fire(
	struct call *call, const struct record *record, void *row, const char *event, struct json_object *form)
{
	struct problem *problem = child_check_phase(call, record, row, VERB_FIRE);
	if (problem)
		return problem;
	return record_is_copy(call, record, row) ? lifecycle_ask(call, record, row, event, form)
						 : lifecycle_fire(call, record, row, event, form);
}

/* {"event": …, further members: the form}. */
static struct problem *fire(struct call *call, const struct record *record, void *row)
{
	struct json_object *body;
	struct problem *problem = request_json(call->request, &body);
	if (problem)
		return problem;
	const char *event = json_get_text(body, "event");
	if (!event)
		return problem_add_field(call->arena, NULL, "/event", "required", "必填", "is required");
	struct json_object *form = json_own(call->arena, json_object_new_object());
	json_object_object_foreach(body, key, value)
		if (strcmp(key, "event") != 0)
			json_object_object_add(form, key, json_object_get(value));
	problem = verb_fire(call, record, row, event, form);
	return problem ? problem : record_answer(call, record, row);
}

/* --- history --- */

static const char *event_of(const char *kind)
{
	const char *dot = strchr(kind, '.');
	return dot ? dot + 1 : kind;
}

/* Only changes of fields that this caller may read. */
static void write_changes(struct call *call, const struct record *record, const void *row,
	struct json_object *changes, struct json_writer *w)
{
	uint32_t here = record_mask_here(call, record, row);
	jw_key(w, "changes");
	if (!changes) {
		jw_null(w);
		return;
	}
	jw_object_begin(w);
	json_object_object_foreach(changes, key, value)
	{
		const struct field *field = shape_field(record->shape, key);
		if (field && (field->read & here))
			jw_kv_json(w, key, value);
	}
	jw_object_end(w);
}

static const char *engine_text(struct call *call, const struct record *record, const char *event)
{
	static const struct choice known[] = {{"created", "新建", "Created"}, {"changed", "修改", "Changed"},
		{"deleted", "删除", "Deleted"}, {"followed", "随机构资料更新", "Followed a change elsewhere"},
		{"create", "提出", "Asked for"}, {"asked", "提交所属平台", "Sent to its home"},
		{"ask_withdrawn", "撤回已提交的事项", "Withdrew what was sent"}, {"answered", "答复", "Answered"},
		{"gone", "不再向其他平台同步", "No longer copied to a platform"},
		{"shared", "同步至有关平台", "Copied to a platform concerned"}};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(known[i].code, event) == 0)
			return call_text(call, known[i].zh, known[i].en);
	if (!call->services->event_word)
		return event;
	return call->services->event_word(
		call, arena_printf(call->arena, "%s.%s", record->name, event), call->services->arg);
}

const char *record_event_text(struct call *call, const struct record *record, const void *row, const char *event)
{
	const struct lifecycle *lifecycle = lifecycle_for_row(call, record, row);
	for (size_t i = 0; lifecycle && i < lifecycle->transition_count; i++)
		if (strcmp(lifecycle->transitions[i].event, event) == 0)
			return call_text(call, lifecycle->transitions[i].zh, lifecycle->transitions[i].en);
	return engine_text(call, record, event);
}

static void write_history_entry(struct call *call, const struct record *record, const void *row,
	const struct journal_read *entry, struct json_writer *w)
{
	struct json_object *payload = NULL;
	char at[25];
	if (entry->payload && json_parse(call->arena, entry->payload, entry->payload_len, &payload))
		payload = NULL;
	time_format(entry->at_ms, at);
	jw_object_begin(w);
	jw_kv_uint(w, "seq", entry->seq);
	jw_kv_text(w, "kind", entry->kind);
	jw_kv_text(w, "event", event_of(entry->kind));
	jw_kv_text(w, "text", record_event_text(call, record, row, event_of(entry->kind)));
	jw_kv_text(w, "at", at);
	jw_kv_text(w, "actor", entry->actor_name);
	jw_kv_text(w, "role", entry->actor_role);
	jw_kv_text(w, "from", json_get_text(payload, "from"));
	jw_kv_text(w, "to", json_get_text(payload, "to"));
	jw_kv_text(w, "reason", json_get_text(payload, "reason"));
	write_changes(call, record, row, json_get_object(payload, "changes"), w);
	jw_object_end(w);
}

static struct problem *history(struct call *call, const struct record *record, const void *row)
{
	struct journal_read *entries;
	size_t count;
	struct json_writer w;
	struct problem *problem =
		journal_history(call->db, call->scope, &row_of_const(row)->id, HISTORY_MAX, &entries, &count);
	if (problem)
		return problem;
	jw_init(&w, call->request->out);
	jw_object_begin(&w);
	jw_key(&w, "items");
	jw_array_begin(&w);
	for (size_t i = 0; i < count; i++)
		write_history_entry(call, record, row, &entries[i], &w);
	jw_array_end(&w);
	jw_object_end(&w);
	return NULL;
}

struct problem *verb_run(struct call *call, const struct endpoint_args *args)
{
	const struct record *record = call->endpoint->record;
	switch (call->endpoint->verb) {
	case VERB_LIST: return list_run(call);
	case VERB_EXPORT: return list_export(call);
	case VERB_GET: return record_answer(call, record, args->row);
	case VERB_CREATE: return create(call, record);
	case VERB_UPDATE: return update(call, record, args->row);
	case VERB_DELETE: return delete(call, record, args->row);
	case VERB_FIRE: return fire(call, record, args->row);
	case VERB_HISTORY: return history(call, record, args->row);
	case VERB_PUBLIC_LIST: return list_run_public(call);
	case VERB_PUBLIC_GET: return public_get(call);
	case VERB_COUNT: return count_read(call);
	case VERB_BATCH: return batch_run(call);
	case VERB_OPERATION: break;
	}
	abort(); /* the generator gives every operation its handler */
}
