#include "core/record/list_inside.h"

#include <stdlib.h>
#include <string.h>

#include "core/http/request.h"
#include "core/record/child.h"
#include "core/record/export.h"
#include "core/record/export_name.h"
#include "core/record/lifecycle.h"
#include "core/record/record_inside.h"
#include "core/record/row.h"
#include "core/record/side.h"

enum { EXPORT_PAGE = 500 };

/* Where an export stands: pages are read one after the other, each with an arena of its own, so that neither one
 * statement nor one lock nor the memory of the request grows with the list. */
struct list_export {
	struct listing_request *request;
	struct record_where filters;
	const struct field **fields; /* of the columns behind the state */
	size_t count;
	const struct field **ids; /* those of them that hold ids */
	size_t id_count;
	bool state, created; /* columns before and behind them */
	struct export *file;
	struct db_value key; /* of the last row */
	char *key_text;
	struct uuid id;
	size_t done;
	size_t most;
	bool more; /* than that */
};

/* The half of a text in two languages that the reader does not want is not there beside the one that they do. */
static bool is_other_half(const struct call *call, const struct shape *shape, const struct field *field)
{
	size_t len = strlen(field->name);
	bool english = len > 3 && strcmp(field->name + len - 3, "_en") == 0;
	if (english)
		return call->lang != LANG_EN &&
			shape_field(shape, arena_printf(call->arena, "%.*s", (int)len - 3, field->name));
	return call->lang == LANG_EN && shape_field(shape, arena_printf(call->arena, "%s_en", field->name));
}

/* What nobody reads is left out: what is not in lists, hashes, trees, files, ids without a name. */
static bool in_export(const struct call *call, const struct record *record, const struct field *field)
{
	switch (field->type) {
	case FIELD_HASH:
	case FIELD_JSON:
	case FIELD_BLOCKS:
	case FIELD_OBJECT:
	case FIELD_FILE: return false;
	case FIELD_ID:
		if (!field->names || !export_name_field(field->names))
			return false;
		break;
	case FIELD_LIST:
		if (field->item != FIELD_TEXT && field->item != FIELD_TERM && field->item != FIELD_PLATFORM)
			return false;
		break;
	default: break;
	}
	return field->in_list && (field->read & record_mask_anywhere(call, record)) &&
		!is_other_half(call, record->shape, field);
}

static void choose_fields(struct list_export *e, struct call *call, const struct record *record)
{
	const struct shape *shape = record->shape;
	e->fields = ARENA_ARRAY(call->arena, const struct field *, shape->count + 1);
	e->ids = ARENA_ARRAY(call->arena, const struct field *, shape->count + 1);
	for (size_t i = 0; i < shape->count; i++)
		if (in_export(call, record, &shape->fields[i])) {
			e->fields[e->count++] = &shape->fields[i];
			if (shape->fields[i].type == FIELD_ID)
				e->ids[e->id_count++] = &shape->fields[i];
		}
	e->state = record->phase_count > 0;
	e->created = (record->has & ROW_HAS_CREATED) != 0;
}

static struct problem *begin_file(struct list_export *e, struct call *call, const struct record *record)
{
	struct export_spec *spec = ARENA_NEW(call->arena, struct export_spec);
	struct export_column *columns = ARENA_ARRAY(call->arena, struct export_column, e->count + 3), *at = columns;
	if (e->state)
		*at++ = (struct export_column){"phase", "状态", "State", CELL_TEXT, 0, 12};
	for (size_t i = 0; i < e->count; i++)
		*at++ = export_column_of(call, e->fields[i]);
	if (e->created)
		*at++ = (struct export_column){"created_at", "创建时间", "Created", CELL_TIME, 0, 0};
	*spec = (struct export_spec){record->zh, arena_printf(call->arena, "%s", record->plural), record->plural,
		record->name, columns, (size_t)(at - columns), NULL};
	return export_begin(call, spec, &e->file);
}

/* The step's name where the platform gives one, as lists show it. */
static const char *state_words(struct call *call, const struct record *record, const void *row)
{
	const struct row *head = row;
	const struct choice *phase = head->phase ? &record->phases[head->phase - 1] : NULL;
	const char *step = record->lifecycle ? lifecycle_step_text(call, record, row) : NULL;
	return step || !phase ? step : call_text(call, phase->zh, phase->en);
}

/* One column may be for some sides alone: where the caller stands on the row decides. */
static void write_row(struct list_export *e, const void *row, const struct export_names *names)
{
	struct call *call = e->request->call;
	const struct record *record = e->request->record;
	uint32_t here = record_mask_here(call, record, row);
	struct sheet_cell *cells = ARENA_ARRAY(call->arena, struct sheet_cell, e->count + 3), *at = cells;
	if (e->state)
		*at++ = cell_text(state_words(call, record, row));
	for (size_t i = 0; i < e->count; i++, at++) {
		const struct field *field = e->fields[i];
		if (!(field->read & here))
			*at = cell_text(NULL);
		else if (field->type == FIELD_ID)
			*at = cell_text(export_name(names, field, row));
		else
			*at = export_cell(call, field, row);
	}
	if (e->created)
		*at++ = cell_time(row_of_const(row)->created_at);
	export_row(e->file, cells);
}

static void remember_key(struct list_export *e, const struct db_value *key)
{
	char *text = key->type == DB_TEXT ? strdup(key->s.data) : NULL;
	free(e->key_text);
	e->key_text = text;
	e->key = text ? db_text(text) : *key;
}

static struct problem *write_rows(struct list_export *e, struct db_result *result, size_t shown)
{
	struct listing_request *r = e->request;
	struct call *call = r->call;
	struct export_names *names;
	void **rows = ARENA_ARRAY(call->arena, void *, shown + 1);
	for (size_t i = 0; i < shown; i++)
		rows[i] = row_read(call, r->record, result, i, 0);
	struct problem *problem = child_look(call, r->record, rows, shown);
	if (!problem)
		problem = export_names(call, e->ids, e->id_count, rows, shown, &names);
	for (size_t i = 0; !problem && i < shown; i++) {
		write_row(e, rows[i], names);
		e->id = row_of(rows[i])->id;
	}
	return problem;
}

/* *last: there is no further page. One row beyond the limit is asked for, to know of it. */
static struct problem *export_page(struct list_export *e, struct arena *page, bool *last)
{
	size_t left = e->most - e->done, limit = left < EXPORT_PAGE ? left + 1 : EXPORT_PAGE;
	struct listing_request *r = e->request;
	struct db_result *result;
	r->where = list_where_copy(&e->filters);
	r->where.arena = page;
	if (e->done)
		list_cursor_add(r, e->key, e->id);
	struct problem *problem = list_fetch(r, limit, r->record->list_columns, &result);
	if (problem)
		return problem;
	size_t shown = result->rows > left ? left : result->rows;
	problem = write_rows(e, result, shown);
	if (shown)
		remember_key(e, db_get(result, shown - 1, result->columns - 1));
	e->done += shown;
	e->more = result->rows > shown;
	*last = e->more || result->rows < limit;
	return problem;
}

static struct problem *export_pages(struct list_export *e)
{
	struct call *call = e->request->call;
	struct arena *outer = call->arena;
	struct problem *problem = NULL;
	bool last = false;
	while (!last && !problem) {
		struct arena *page = arena_create();
		call->arena = page;
		db_use_arena(call->db, page);
		problem = export_page(e, page, &last);
		if (problem) /* its words go with the page: say it again in the request's */
			problem = problem_new(outer, problem->kind);
		call->arena = outer;
		db_use_arena(call->db, outer);
		arena_destroy(page);
	}
	free(e->key_text);
	return problem;
}

struct problem *list_export(struct call *call)
{
	struct listing_request r;
	const struct record *record = call->endpoint->record;
	struct problem *problem = list_read(&r, call, record, false);
	if (problem)
		return problem;
	list_narrow_phases(&r);
	struct list_export e = {.request = &r, .filters = list_where_copy(&r.where), .most = export_most(call)};
	choose_fields(&e, call, record);
	problem = begin_file(&e, call, record);
	if (problem)
		return problem;
	problem = export_pages(&e);
	if (!problem)
		return export_end(e.file, e.more);
	export_drop(e.file);
	return problem;
}
