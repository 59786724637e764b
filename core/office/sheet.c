#include "core/office/sheet.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xlsxwriter.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/diag.h"
#include "core/text/csv.h"
#include "core/text/zone.h"

/* ECMA-376 and Excel's own limits. */
enum { NAME_MAX_CHARS = 31, CELL_MAX_BYTES = 32767, CSV_FLUSH = 1 << 16 };
/* Decimals beyond the second are shown if they are not 0. */
enum { DECIMALS_MAX = 6, SHOWN_DECIMALS = 2 };

struct sheet {
	const struct sheet_column *columns;
	size_t count;
	enum sheet_format format;
	/* CSV */
	FILE *file;
	struct buf out;
	bool failed;
	/* .xlsx */
	char path[40];
	lxw_workbook *book;
	lxw_worksheet *page;
	lxw_format *head, *text, *date, *time, *fault, *large;
	lxw_format *numbers[DECIMALS_MAX + 1], *fault_date, *fault_time;
	lxw_row_t row, head_row;
};

/* ---- Cells ---- */

struct sheet_cell cell_text(const char *text)
{
	return (struct sheet_cell){.kind = text && *text ? CELL_TEXT : CELL_EMPTY, .text = text};
}

struct sheet_cell cell_number(int64_t number, unsigned decimals)
{
	return (struct sheet_cell){.kind = CELL_NUMBER, .number = number, .decimals = decimals};
}

struct sheet_cell cell_date(const char *day)
{
	return (struct sheet_cell){.kind = day && *day ? CELL_DATE : CELL_EMPTY, .text = day};
}

struct sheet_cell cell_time(int64_t ms)
{
	return (struct sheet_cell){.kind = ms ? CELL_TIME : CELL_EMPTY, .number = ms};
}

const char *sheet_content_type(enum sheet_format format)
{
	return format == SHEET_XLSX ? "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
				    : "text/csv; charset=utf-8";
}

const char *sheet_extension(enum sheet_format format)
{
	return format == SHEET_XLSX ? "xlsx" : "csv";
}

/* ---- CSV ---- */

static const char *number_text(const struct sheet_cell *cell, char out[48])
{
	uint64_t size = cell->number < 0 ? 0 - (uint64_t)cell->number : (uint64_t)cell->number, unit = 1;
	for (unsigned i = 0; i < cell->decimals; i++)
		unit *= 10;
	if (!cell->decimals) {
		snprintf(out, 48, "%lld", (long long)cell->number);
		return out;
	}
	int len = snprintf(out, 48, "%s%llu.%0*llu", cell->number < 0 ? "-" : "", (unsigned long long)(size / unit),
		(int)cell->decimals, (unsigned long long)(size % unit));
	for (unsigned left = cell->decimals; left > SHOWN_DECIMALS && out[len - 1] == '0'; left--)
		out[--len] = '\0';
	return out;
}

static void csv_write(struct sheet *sheet, bool all)
{
	if (sheet->out.len < (all ? 1 : CSV_FLUSH))
		return;
	sheet->failed |= fwrite(sheet->out.data, 1, sheet->out.len, sheet->file) != sheet->out.len;
	buf_reset(&sheet->out);
}

static void csv_put(struct sheet *sheet, const struct sheet_cell *cell, bool first)
{
	char number[48];
	struct arena *arena = NULL;
	const char *text = cell->kind == CELL_EMPTY ? NULL : cell->text;
	if (cell->kind == CELL_NUMBER)
		text = number_text(cell, number);
	if (cell->kind == CELL_TIME)
		text = zone_time(arena = arena_create(), cell->number);
	csv_cell(&sheet->out, text, first);
	if (arena)
		arena_destroy(arena);
}

static void csv_line(struct sheet *sheet, const struct sheet_cell *cells)
{
	for (size_t i = 0; i < sheet->count; i++)
		csv_put(sheet, &cells[i], i == 0);
	csv_end_row(&sheet->out);
	csv_write(sheet, false);
}

static void csv_alone(struct sheet *sheet, const char *text)
{
	csv_cell(&sheet->out, text, true);
	csv_end_row(&sheet->out);
}

static bool csv_open(struct sheet *sheet, const struct sheet_spec *spec)
{
	sheet->file = tmpfile();
	if (!sheet->file)
		return false;
	csv_begin(&sheet->out);
	if (spec->title)
		csv_alone(sheet, spec->title);
	if (spec->note)
		csv_alone(sheet, spec->note);
	if (!spec->no_head) {
		for (size_t i = 0; i < spec->count; i++)
			csv_cell(&sheet->out, spec->columns[i].title, i == 0);
		csv_end_row(&sheet->out);
	}
	return true;
}

/* ---- .xlsx ---- */

static lxw_format *format(struct sheet *sheet, const char *number)
{
	lxw_format *out = workbook_add_format(sheet->book);
	format_set_num_format(out, number);
	format_set_align(out, LXW_ALIGN_VERTICAL_TOP);
	return out;
}

static lxw_format *fault_format(struct sheet *sheet, const char *number)
{
	lxw_format *out = format(sheet, number);
	format_set_bg_color(out, 0xFFD7D7);
	format_set_border(out, LXW_BORDER_THIN);
	format_set_border_color(out, 0xC00000);
	return out;
}

static void make_formats(struct sheet *sheet)
{
	sheet->head = format(sheet, "@");
	format_set_bold(sheet->head);
	format_set_text_wrap(sheet->head);
	format_set_bg_color(sheet->head, 0xE8EEF7);
	format_set_bottom(sheet->head, LXW_BORDER_THIN);
	sheet->large = format(sheet, "@");
	format_set_bold(sheet->large);
	format_set_font_size(sheet->large, 16);
	sheet->text = format(sheet, "@");
	format_set_text_wrap(sheet->text);
	sheet->date = format(sheet, "yyyy-mm-dd");
	sheet->time = format(sheet, "yyyy-mm-dd hh:mm:ss");
	sheet->fault = fault_format(sheet, "@");
	sheet->fault_date = fault_format(sheet, "yyyy-mm-dd");
	sheet->fault_time = fault_format(sheet, "yyyy-mm-dd hh:mm:ss");
	for (unsigned i = 0; i <= DECIMALS_MAX; i++) {
		char number[16] = "#,##0.00####";
		number[i ? 6 + i : 5] = '\0';
		sheet->numbers[i] = format(sheet, number);
	}
}

/* At most `bytes`, ending with a whole character. */
static char *cut(const char *text, size_t bytes)
{
	size_t len = strlen(text);
	if (len > bytes)
		for (len = bytes; len && ((unsigned char)text[len] & 0xc0) == 0x80;)
			len--;
	return strndup(text, len);
}

/* Excel takes neither these signs nor more than 31 of its characters. */
static char *page_name(const char *name)
{
	char *out = strdup(name ? name : "1"), *to = out;
	size_t chars = 0;
	for (const char *from = out; from && *from && chars < NAME_MAX_CHARS; from++) {
		if (strchr("[]:*?/\\'", *from))
			continue;
		chars += ((unsigned char)*from & 0xc0) != 0x80 && (unsigned char)*from < 0xf0;
		chars += (unsigned char)*from >= 0xf0 ? 2 : 0; /* a surrogate pair there */
		*to++ = *from;
		while (((unsigned char)from[1] & 0xc0) == 0x80)
			*to++ = *++from;
	}
	if (out)
		*to = '\0';
	return out;
}

/* How wide a text is, in digits: a character beyond Latin takes two. */
static unsigned width_of(const char *text)
{
	unsigned width = 0;
	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) == 0x80 ? 0 : (unsigned char)*text >= 0xe0 ? 2 : 1;
	return width;
}

static unsigned column_width(const struct sheet_column *column)
{
	static const unsigned usual[] = {
		[CELL_EMPTY] = 10, [CELL_TEXT] = 20, [CELL_NUMBER] = 12, [CELL_DATE] = 12, [CELL_TIME] = 20};
	unsigned width = column->width ? column->width : usual[column->kind], title = width_of(column->title) + 4;
	return title > width && title < 32 ? title : width;
}

static void xlsx_alone(struct sheet *sheet, const char *text, lxw_format *format)
{
	worksheet_write_string(sheet->page, sheet->row++, 0, text, format);
}

static void xlsx_head(struct sheet *sheet, const struct sheet_spec *spec)
{
	if (spec->title) {
		worksheet_set_row(sheet->page, sheet->row, 26, NULL);
		xlsx_alone(sheet, spec->title, sheet->large);
	}
	if (spec->note)
		xlsx_alone(sheet, spec->note, NULL);
	for (size_t i = 0; i < spec->count; i++)
		worksheet_set_column(
			sheet->page, (lxw_col_t)i, (lxw_col_t)i, column_width(&spec->columns[i]),
			spec->columns[i].kind == CELL_TEXT ? sheet->text : NULL); /* what is typed below stays a text */
	sheet->head_row = sheet->row;
	if (spec->no_head)
		return;
	for (size_t i = 0; i < spec->count; i++)
		worksheet_write_string(sheet->page, sheet->row, (lxw_col_t)i, spec->columns[i].title, sheet->head);
	sheet->row++;
	worksheet_freeze_panes(sheet->page, sheet->row, 0);
	worksheet_repeat_rows(sheet->page, sheet->head_row, sheet->head_row);
}

static bool xlsx_open(struct sheet *sheet, const struct sheet_spec *spec)
{
	strcpy(sheet->path, "/tmp/qilian-sheet-XXXXXX");
	int fd = mkstemp(sheet->path);
	if (fd < 0) {
		sheet->path[0] = '\0';
		return false;
	}
	close(fd);
	lxw_workbook_options options = {.constant_memory = LXW_TRUE};
	char *name = page_name(spec->name);
	sheet->book = workbook_new_opt(sheet->path, &options);
	sheet->page = sheet->book && name ? workbook_add_worksheet(sheet->book, name) : NULL;
	free(name);
	if (!sheet->page)
		return false;
	make_formats(sheet);
	worksheet_set_landscape(sheet->page);
	worksheet_set_paper(sheet->page, 9); /* A4 */
	worksheet_fit_to_pages(sheet->page, 1, 0);
	xlsx_head(sheet, spec);
	return true;
}

static void xlsx_text(struct sheet *sheet, lxw_col_t column, const char *text, lxw_format *format)
{
	char *fits = strlen(text) > CELL_MAX_BYTES ? cut(text, CELL_MAX_BYTES) : NULL;
	worksheet_write_string(sheet->page, sheet->row, column, fits ? fits : text, format);
	free(fits);
}

static void xlsx_datetime(struct sheet *sheet, lxw_col_t column, const char *text, lxw_format *format)
{
	lxw_datetime at = {0};
	int hour = 0, minute = 0, second = 0;
	if (sscanf(text, "%4d-%2d-%2d %2d:%2d:%2d", &at.year, &at.month, &at.day, &hour, &minute, &second) < 3 ||
		at.year < 1900) { /* before its calendar begins */
		xlsx_text(sheet, column, text, sheet->text);
		return;
	}
	at.hour = hour;
	at.min = minute;
	at.sec = second;
	worksheet_write_datetime(sheet->page, sheet->row, column, &at, format);
}

static void xlsx_time(struct sheet *sheet, lxw_col_t column, int64_t ms, lxw_format *format)
{
	struct arena *arena = arena_create();
	const char *text = zone_time(arena, ms);
	if (text)
		xlsx_datetime(sheet, column, text, format);
	arena_destroy(arena);
}

static void xlsx_put(struct sheet *sheet, lxw_col_t column, const struct sheet_cell *cell)
{
	bool bad = cell->fault != NULL;
	unsigned decimals = cell->decimals > DECIMALS_MAX ? DECIMALS_MAX : cell->decimals;
	switch (cell->kind) {
	case CELL_EMPTY:
		if (bad)
			worksheet_write_blank(sheet->page, sheet->row, column, sheet->fault);
		break;
	case CELL_TEXT: xlsx_text(sheet, column, cell->text, bad ? sheet->fault : sheet->text); break;
	case CELL_NUMBER:
		worksheet_write_number(sheet->page, sheet->row, column, (double)cell->number / pow(10, cell->decimals),
			bad ? sheet->fault : sheet->numbers[decimals]);
		break;
	case CELL_DATE: xlsx_datetime(sheet, column, cell->text, bad ? sheet->fault_date : sheet->date); break;
	case CELL_TIME: xlsx_time(sheet, column, cell->number, bad ? sheet->fault_time : sheet->time); break;
	}
	if (bad)
		worksheet_write_comment(sheet->page, sheet->row, column, cell->fault);
}

/* ---- Both ---- */

struct sheet *sheet_begin(const struct sheet_spec *spec)
{
	struct sheet *sheet = calloc(1, sizeof *sheet);
	if (!sheet)
		return NULL;
	sheet->columns = spec->columns;
	sheet->count = spec->count;
	sheet->format = spec->format;
	buf_init(&sheet->out);
	if (spec->format == SHEET_XLSX ? xlsx_open(sheet, spec) : csv_open(sheet, spec))
		return sheet;
	sheet_drop(sheet);
	return NULL;
}

void sheet_row(struct sheet *sheet, const struct sheet_cell *cells)
{
	if (sheet->format == SHEET_CSV) {
		csv_line(sheet, cells);
		return;
	}
	for (size_t i = 0; i < sheet->count; i++)
		xlsx_put(sheet, (lxw_col_t)i, &cells[i]);
	sheet->row++;
}

void sheet_end_short(struct sheet *sheet, size_t rows)
{
	char *text;
	if (sheet->format == SHEET_CSV) {
		csv_end_short(&sheet->out, rows);
		return;
	}
	if (asprintf(&text,
		"未完：仅导出前 %zu 行，其余请缩小筛选范围后再导出 | Incomplete: only the first %zu rows; narrow the "
		"filter to export the rest", rows, rows) < 0)
		return;
	xlsx_alone(sheet, text, NULL);
	free(text);
}

static struct problem *xlsx_close(struct sheet *sheet, struct arena *arena)
{
	if (sheet->head_row + 1 < sheet->row && sheet->count)
		worksheet_autofilter(
			sheet->page, sheet->head_row, 0, sheet->row - 1, (lxw_col_t)(sheet->count - 1));
	lxw_error error = workbook_close(sheet->book);
	sheet->book = NULL;
	if (!error)
		return NULL;
	diag_error(NULL, "a spreadsheet could not be written: %s", lxw_strerror(error));
	return problem_of_disk(arena, errno);
}

static struct problem *csv_close(struct sheet *sheet, struct arena *arena)
{
	csv_write(sheet, true);
	return sheet->failed || fflush(sheet->file) != 0 ? problem_of_disk(arena, errno) : NULL;
}

struct problem *sheet_end(struct sheet *sheet, struct arena *arena, int *fd, uint64_t *size)
{
	bool xlsx = sheet->format == SHEET_XLSX;
	*fd = -1;
	struct problem *problem = xlsx ? xlsx_close(sheet, arena) : csv_close(sheet, arena);
	FILE *file = xlsx && !problem ? fopen(sheet->path, "rbe") : NULL;
	if (!problem) {
		FILE *from = xlsx ? file : sheet->file;
		long end = from && fseek(from, 0, SEEK_END) == 0 ? ftell(from) : -1;
		*fd = end >= 0 ? dup(fileno(from)) : -1;
		*size = (uint64_t)end;
		if (*fd < 0)
			problem = problem_of_disk(arena, errno);
	}
	if (file)
		fclose(file);
	sheet_drop(sheet);
	return problem;
}

void sheet_drop(struct sheet *sheet)
{
	if (!sheet)
		return;
	if (sheet->book)
		lxw_workbook_free(sheet->book);
	if (sheet->path[0])
		unlink(sheet->path);
	if (sheet->file)
		fclose(sheet->file);
	buf_finish(&sheet->out);
	free(sheet);
}
