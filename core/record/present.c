#include <string.h>

#include "core/buf.h"
#include "core/http/request.h"
#include "core/record/ask.h"
#include "core/record/endpoint.h"
#include "core/record/lifecycle.h"
#include "core/record/record_inside.h"
#include "core/record/row.h"
#include "core/record/silence.h"
#include "core/text/json.h"
#include "core/text/moment.h"

static void write_id(struct json_writer *w, const char *key, struct uuid id)
{
	char text[UUID_TEXT + 1];
	uuid_format(id, text);
	jw_kv_text(w, key, text);
}

static void write_time(struct json_writer *w, const char *key, int64_t ms)
{
	char text[25];
	time_format(ms, text);
	jw_kv_text(w, key, text);
}

static void write_home(struct call *call, struct json_writer *w, uint32_t home)
{
	const struct call_services *services = call->services;
	const char *slug = services->platform_slug ? services->platform_slug(call, home, services->arg) : NULL;
	jw_kv_text(w, "home", slug ? slug : arena_printf(call->arena, "%u", home));
}

static void write_phase(struct call *call, const struct record *record, const void *row, struct json_writer *w)
{
	const struct row *head = row;
	if (head->phase > 0 && (size_t)head->phase <= record->phase_count)
		jw_kv_text(w, "phase", record->phases[head->phase - 1].code);
	if (head->step) {
		jw_kv_text(w, "step", head->step);
		jw_kv_text(w, "step_text", lifecycle_step_text(call, record, row));
	}
}

static void write_implied(struct call *call, const struct record *record, const void *row, struct json_writer *w)
{
	const struct row *head = row;
	write_id(w, "id", head->id);
	if (record->has & ROW_HAS_VERSION)
		jw_kv_uint(w, "version", head->version);
	if (record->has & ROW_HAS_HOME)
		write_home(call, w, head->home_id);
	if (record->has & ROW_HAS_PHASE)
		write_phase(call, record, row, w);
	if (record->has & ROW_HAS_DUE)
		jw_kv_text(w, "due_on", head->due_on);
	if (record->has & ROW_HAS_CREATED)
		write_time(w, "created_at", head->created_at);
	if (record->has & ROW_HAS_UPDATED)
		write_time(w, "updated_at", head->updated_at);
}

/* Visitors see what is marked public; for others the read mask decides. here: record_mask_here(). */
static bool may_see(const struct call *call, const struct field *field, uint32_t here)
{
	if (call->actor.roles == ROLE_PUBLIC && !field->visible_public)
		return false;
	return (field->read & here) != 0;
}

/* People of an institution see what is on their side in clear, nobody else's. */
static bool may_reveal(struct call *call, const struct record *record, const struct field *field, const void *row)
{
	uint32_t held = call->actor.roles & field->reveal;
	if (held & ~ROLES_CONFINED)
		return true;
	if (held && (!record->side_count || record_roles_on(call, record, row, held)))
		return true;
	return (field->reveal & SIDE_BITS) && (record_mask_here(call, record, row) & field->reveal & SIDE_BITS);
}

static void write_field(struct call *call, const struct record *record, const struct field *field, const void *row,
	bool in_list, struct json_writer *w)
{
	bool reveal = !in_list && may_reveal(call, record, field, row);
	jw_key(w, field->name);
	if (reveal && field->sealed_column)
		jw_text(w, record_open(call, record, row, field->name));
	else
		field_write_json(call, w, field, row, reveal);
}

void record_write_json(
	struct call *call, const struct record *record, const void *row, bool in_list, struct json_writer *w)
{
	uint32_t here = record_mask_here(call, record, row);
	jw_object_begin(w);
	write_implied(call, record, row, w);
	for (size_t i = 0; i < record->shape->count; i++) {
		const struct field *field = &record->shape->fields[i];
		if (may_see(call, field, here) && (field->in_list || !in_list))
			write_field(call, record, field, row, in_list, w);
	}
	if (!in_list && record->lifecycle) {
		jw_key(w, "actions");
		lifecycle_write_actions(call, record, row, w);
	}
	jw_object_end(w);
}

/* The object of record_write_json() with the members of the declaration's hook behind its own. */
static struct problem *write_presented(struct call *call, const struct record *record, const void *row)
{
	struct buf *out = call->request->out;
	struct json_writer w;
	jw_init(&w, out);
	record_write_json(call, record, row, false, &w);
	const struct lifecycle *lifecycle = record->lifecycle ? lifecycle_for_row(call, record, row) : NULL;
	bool silent = lifecycle && lifecycle->silent;
	if (!record->present && !record->ask_count && !silent)
		return NULL;
	struct buf *more = buf_in(call->arena);
	struct json_writer inner;
	jw_init(&inner, more);
	jw_object_begin(&inner);
	struct problem *problem = record->present ? record->present(call, row, &inner) : NULL;
	if (!problem)
		problem = ask_write(call, record, row, &inner);
	if (!problem && silent) {
		jw_key(&inner, "silence");
		problem = silence_write(call, record, row, &inner);
	}
	if (problem)
		return problem;
	jw_object_end(&inner);
	if (more->len > 2) {
		out->len--;
		buf_char(out, ',');
		buf_add(out, more->data + 1, more->len - 1);
	}
	return NULL;
}

struct problem *record_answer(struct call *call, const struct record *record, const void *row)
{
	if (record->has & ROW_HAS_VERSION)
		call->etag = row_of_const(row)->version;
	return write_presented(call, record, row);
}

/* --- content for other platforms --- */

struct json_object *record_export(struct call *call, const struct record *record, const void *row, bool with_personal)
{
	struct buf *out = buf_in(call->arena);
	struct json_writer w;
	struct json_object *object = NULL;
	const struct row *head = row;
	jw_init(&w, out);
	jw_object_begin(&w);
	write_id(&w, "id", head->id);
	jw_kv_uint(&w, "version", head->version);
	if ((record->has & ROW_HAS_PHASE) && head->phase) {
		jw_kv_text(&w, "phase", record->phases[head->phase - 1].code);
		jw_kv_text(&w, "step", head->step);
	}
	if (record->has & ROW_HAS_DUE)
		jw_kv_text(&w, "due_on", head->due_on);
	if (record->has & ROW_HAS_CREATED)
		write_time(&w, "created_at", head->created_at);
	if (record->has & ROW_HAS_UPDATED)
		write_time(&w, "updated_at", head->updated_at);
	for (size_t i = 0; i < record->shape->count; i++) {
		const struct field *field = &record->shape->fields[i];
		if (field->personal && !with_personal)
			continue;
		jw_key(&w, field->name);
		if (field->sealed_column)
			jw_text(&w, record_open(call, record, row, field->name));
		else
			field_write_json(call, &w, field, row, true);
	}
	jw_object_end(&w);
	if (json_parse_object(call->arena, out->data, out->len, &object))
		return NULL;
	if (with_personal)
		record_seal_members(call, record, head->id, object);
	return object;
}
