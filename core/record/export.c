#include "core/record/export.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/crypto/uuid.h"
#include "core/http/request.h"
#include "core/record/endpoint.h"
#include "core/text/json.h"
#include "core/text/zone.h"

enum { COLUMNS_MAX = 200, XLSX_ROWS = 1000000 };

struct export {
	struct call *call;
	struct arena *arena; /* the request's: call->arena may be a page's meanwhile */
	const struct export_spec *spec;
	struct sheet *sheet;
	size_t chosen[COLUMNS_MAX]; /* of the spec's columns, in the order of the file */
	size_t count;
	size_t rows;
};

enum sheet_format export_format(const struct call *call)
{
	const char *path = call->endpoint ? call->endpoint->path : "", *dot = strrchr(path, '.');
	return dot && strcmp(dot, ".xlsx") == 0 ? SHEET_XLSX : SHEET_CSV;
}

size_t export_most(const struct call *call)
{
	size_t most = call_export_rows(call);
	return most < XLSX_ROWS ? most : XLSX_ROWS;
}

/* ---- The columns that were asked for ---- */

static bool is_chosen(const struct export *export, size_t column)
{
	for (size_t i = 0; i < export->count; i++)
		if (export->chosen[i] == column)
			return true;
	return false;
}

static void choose_one(struct export *export, const char *name, size_t len)
{
	const struct export_spec *spec = export->spec;
	for (size_t i = 0; i < spec->count; i++)
		if (strlen(spec->columns[i].key) == len && strncmp(spec->columns[i].key, name, len) == 0 &&
			!is_chosen(export, i) && export->count < COLUMNS_MAX)
			export->chosen[export->count++] = i;
}

static void choose(struct export *export)
{
	const char *names = export->call->request ? request_query(export->call->request, "columns") : NULL;
	for (const char *at = names ? names : ""; *at;) {
		size_t len = strcspn(at, ",");
		choose_one(export, at, len);
		at += len + (at[len] == ',');
	}
	if (export->count)
		return;
	for (size_t i = 0; i < export->spec->count && i < COLUMNS_MAX; i++)
		export->chosen[export->count++] = i;
}

static void begin_sheet(struct export *export, struct sheet_spec *sheet)
{
	struct call *call = export->call;
	struct sheet_column *columns = ARENA_ARRAY(call->arena, struct sheet_column, export->count + 1);
	for (size_t i = 0; i < export->count; i++) {
		const struct export_column *column = &export->spec->columns[export->chosen[i]];
		columns[i] = (struct sheet_column){call_text(call, column->zh, column->en), column->kind,
			column->decimals, column->width};
	}
	sheet->columns = columns;
	sheet->count = export->count;
	export->sheet = sheet_begin(sheet);
}

struct problem *export_begin(struct call *call, const struct export_spec *spec, struct export **out)
{
	struct export *export = *out = ARENA_NEW(call->arena, struct export);
	const char *title = call_text(call, spec->zh, spec->en);
	struct sheet_spec sheet = {.format = export_format(call), .name = title, .title = spec->note ? title : NULL,
	                           .note = spec->note};
	*export = (struct export){.call = call, .arena = call->arena, .spec = spec};
	choose(export);
	begin_sheet(export, &sheet);
	return export->sheet ? NULL : problem_new(call->arena, &PROBLEM_UNAVAILABLE);
}

void export_row(struct export *export, const struct sheet_cell *cells)
{
	struct sheet_cell row[COLUMNS_MAX];
	for (size_t i = 0; i < export->count; i++)
		row[i] = cells[export->chosen[i]];
	sheet_row(export->sheet, row);
	export->rows++;
}

void export_drop(struct export *export)
{
	if (!export)
		return;
	sheet_drop(export->sheet);
	export->sheet = NULL;
}

/* ---- The answer ---- */

const char *export_today(struct call *call)
{
	return zone_day(call->arena, call_now());
}

static const char *percent(struct arena *arena, const char *text)
{
	struct buf *out = buf_in(arena);
	for (const unsigned char *at = (const unsigned char *)text; *at; at++)
		if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._", *at))
			buf_char(out, (char)*at);
		else
			buf_printf(out, "%%%02X", *at);
	return out->data;
}

/* Both, since old programs know the first alone (RFC 6266, appendix D). */
void export_named(struct call *call, const char *name, const char *ascii)
{
	request_add_header(call->request, "Content-Disposition",
		arena_printf(call->arena, "attachment; filename=\"%s\"; filename*=UTF-8''%s", ascii,
			percent(call->arena, name)));
}

struct log_line {
	struct call *call;
	struct journal_entry entry;
};

static struct problem *write_line(struct db *db, void *arg)
{
	struct log_line *line = arg;
	return journal_add(db, line->call->scope, &line->entry);
}

struct problem *export_log(struct call *call, const char *record, struct json_object *more)
{
	struct log_line line = {call,
		{.kind = arena_printf(call->arena, "%s.exported", record), .record_type = record,
			.record_id = uuid_v7(),
			.audience = JOURNAL_PRIVATE, .actor_id = call->actor.account_id, .actor_name = call->actor.name,
			.actor_role = call_role_name(call, 0), .client = call->actor.client,
			.payload = more ? more : json_own(call->arena, json_object_new_object())}};
	return db_in_transaction(call->db) ? write_line(call->db, &line)
	                                   : db_transaction(call->db, write_line, &line);
}

/* By which filters, without what they held: that may be a person's number. */
static struct problem *log_export(const struct export *export)
{
	struct call *call = export->call;
	struct json_object *more = json_own(call->arena, json_object_new_object()), *names = json_object_new_array();
	json_object_object_add(more, "rows", json_object_new_int64((int64_t)export->rows));
	json_object_object_add(
		more, "format", json_object_new_string(sheet_extension(export_format(call))));
	for (size_t i = 0; i < call->request->query_count; i++)
		if (*call->request->query[i].value)
			json_object_array_add(names, json_object_new_string(call->request->query[i].name));
	json_object_object_add(more, "filters", names);
	return export_log(call, export->spec->record, more);
}

struct problem *export_end(struct export *export, bool more)
{
	struct call *call = export->call;
	enum sheet_format format = export_format(call);
	int fd;
	uint64_t size;
	if (more)
		sheet_end_short(export->sheet, export->rows);
	struct problem *problem = sheet_end(export->sheet, export->arena, &fd, &size);
	export->sheet = NULL;
	if (!problem)
		problem = log_export(export);
	if (problem) {
		if (fd >= 0)
			close(fd);
		return problem;
	}
	const char *end = arena_printf(call->arena, "-%s.%s", export_today(call), sheet_extension(format));
	export_named(call,
		arena_printf(call->arena, "%s%s", call_text(call, export->spec->zh, export->spec->en), end),
		arena_printf(call->arena, "%s%s", export->spec->file, end));
	request_send_file(call->request, fd, size, sheet_content_type(format));
	return NULL;
}

struct problem *export_result(struct call *call, const struct export_spec *spec, const struct db_result *rows,
	size_t most, export_row_fn row)
{
	struct export *export;
	struct sheet_cell cells[COLUMNS_MAX];
	struct problem *problem = export_begin(call, spec, &export);
	if (problem)
		return problem;
	for (size_t i = 0; i < rows->rows && i < most; i++) {
		memset(cells, 0, sizeof cells);
		row(call, rows, i, cells);
		export_row(export, cells);
	}
	return export_end(export, rows->rows > most);
}
