#include "tools/sheet_parse.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/office/sheet_wire.h"
#include "tools/sheet_book.h"
#include "tools/sheet_package.h"
#include "tools/sheet_value.h"

enum { CELLS_MAX = 5000000, LAST_COLUMN = 16384 };

struct parser {
	const struct sheet_limits *limits;
	const struct book *book;
	sheet_row_fn row;
	void *arg;
	int code;
	uint32_t number;    /* of the row */
	struct sheet_text *cells; /* limits->columns of them */
	size_t count;       /* up to the last that is not empty */
	size_t rows, seen;
	/* the cell that is read */
	long column;
	char type[16];
	size_t style;
	struct grown value;
	bool inside, phonetic;
};

static void stop(struct parser *p, int code)
{
	if (!p->code)
		p->code = code;
}

/* "AB12": its column from 0, or -1. */
static long column_of(const char *reference)
{
	long column = 0;
	for (; *reference >= 'A' && *reference <= 'Z' && column < LAST_COLUMN; reference++)
		column = column * 26 + *reference - 'A' + 1;
	return column >= 1 && column <= LAST_COLUMN ? column - 1 : -1;
}

static void begin_cell(struct parser *p, int count, const xmlChar **attributes)
{
	char reference[32], style[16];
	long next = p->column + 1;
	if (++p->seen > CELLS_MAX)
		stop(p, SHEET_TOO_LARGE);
	p->column = sax_attribute(count, attributes, "r", reference, sizeof reference) ? column_of(reference) : next;
	if (p->column < 0)
		stop(p, SHEET_BROKEN);
	if (!sax_attribute(count, attributes, "t", p->type, sizeof p->type))
		strcpy(p->type, "n");
	p->style = sax_attribute(count, attributes, "s", style, sizeof style) ? strtoul(style, NULL, 10) : 0;
	p->value.len = 0;
}

static void drop_row(struct parser *p)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->cells[i].text && *p->cells[i].text)
			free((char *)(uintptr_t)p->cells[i].text);
	p->count = 0;
}

static void begin_row(struct parser *p, int count, const xmlChar **attributes)
{
	char number[16];
	unsigned long given =
		sax_attribute(count, attributes, "r", number, sizeof number) ? strtoul(number, NULL, 10) : 0;
	p->number = given && given <= 1048576 ? (uint32_t)given : p->number + 1;
	drop_row(p);
	p->column = -1;
	memset(p->cells, 0, p->limits->columns * sizeof *p->cells);
}

static void on_begin(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int spaces,
	const xmlChar **namespaces, int count, int defaulted, const xmlChar **attributes)
{
	struct parser *p = arg;
	const char *text = (const char *)name;
	if (p->code)
		return;
	if (strcmp(text, "row") == 0)
		begin_row(p, count, attributes);
	else if (strcmp(text, "c") == 0)
		begin_cell(p, count, attributes);
	p->phonetic |= strcmp(text, "rPh") == 0;
	p->inside = strcmp(text, "v") == 0 || (strcmp(text, "t") == 0 && !p->phonetic);
}

static void on_text(void *arg, const xmlChar *text, int len)
{
	struct parser *p = arg;
	if (p->inside && !p->code)
		grown_add(&p->value, (const char *)text, (size_t)len);
}

/* Without blanks at its ends, and with "_x000D_" as the break that it stands for (ECMA-376, 22.9.2.19). */
static char *tidy(const char *text)
{
	char *out = strdup(text), *to = out;
	if (!out)
		_exit(SHEET_TOO_LARGE);
	for (const char *from = text + strspn(text, " \t\r\n"); *from;) {
		if (strncmp(from, "_x000D_", 7) == 0 || strncmp(from, "_x000A_", 7) == 0) {
			*to++ = '\n';
			from += 7;
		} else if (*from == '\r') {
			*to++ = from[1] == '\n' ? *++from : '\n';
			from++;
		} else {
			*to++ = *from++;
		}
	}
	while (to > out && strchr(" \t\n", to[-1]))
		to--;
	*to = '\0';
	return out;
}

static const char *cell_value(struct parser *p, char number[VALUE_MAX], bool *lossy)
{
	static const struct number_format plain = {LOOK_PLAIN, 0};
	const char *value = grown_text(&p->value);
	*lossy = false;
	if (strcmp(p->type, "s") == 0) {
		size_t index = strtoul(value, NULL, 10);
		if (*value && index >= p->book->strings.count)
			stop(p, SHEET_BROKEN);
		return *value && index < p->book->strings.count ? p->book->strings.items[index] : "";
	}
	if (strcmp(p->type, "b") == 0)
		return strcmp(value, "1") == 0 ? "TRUE" : "FALSE";
	if (strcmp(p->type, "n") != 0 || !*value || p->value.len > 60)
		return value;
	*lossy = value_number(value, p->style < p->book->format_count ? p->book->formats[p->style] : plain,
		p->book->since_1904, number);
	return number;
}

static void end_cell(struct parser *p)
{
	char number[VALUE_MAX];
	bool lossy;
	char *text = tidy(cell_value(p, number, &lossy));
	if (!*text || p->code) {
		free(text);
		return;
	}
	if ((size_t)p->column >= p->limits->columns) {
		stop(p, SHEET_TOO_WIDE);
		free(text);
		return;
	}
	if (p->cells[p->column].text) /* given twice: the last one counts */
		free((char *)(uintptr_t)p->cells[p->column].text);
	p->cells[p->column] = (struct sheet_text){text, lossy};
	if ((size_t)p->column >= p->count)
		p->count = (size_t)p->column + 1;
}

static void end_row(struct parser *p)
{
	if (p->count && ++p->rows > p->limits->rows)
		stop(p, SHEET_TOO_LONG);
	for (size_t i = 0; i < p->count; i++)
		if (!p->cells[i].text)
			p->cells[i].text = "";
	if (p->count && !p->code)
		p->row(p->number, p->cells, p->count, p->arg);
	drop_row(p);
}

static void on_end(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct parser *p = arg;
	const char *text = (const char *)name;
	p->inside = false;
	if (strcmp(text, "rPh") == 0)
		p->phonetic = false;
	else if (p->code)
		return;
	else if (strcmp(text, "c") == 0)
		end_cell(p);
	else if (strcmp(text, "row") == 0)
		end_row(p);
}

static int parse_sheet(struct package *package, struct parser *p)
{
	char *bytes;
	size_t size;
	int code = package_read(package, p->book->sheet, &bytes, &size);
	if (code || !bytes)
		return code ? code : SHEET_BROKEN;
	p->cells = calloc(p->limits->columns + 1, sizeof *p->cells);
	if (!p->cells)
		return SHEET_TOO_LARGE;
	bool whole = sax_run(bytes, size, on_begin, on_end, on_text, p);
	free(bytes);
	drop_row(p);
	free(p->cells);
	free(p->value.text);
	return p->code ? p->code : whole ? SHEET_DONE : SHEET_BROKEN;
}

static void book_free(struct book *book)
{
	for (size_t i = 0; i < book->strings.count; i++)
		free(book->strings.items[i]);
	free(book->strings.items);
	free(book->formats);
	free(book->sheet);
}

int sheet_parse(const void *bytes, size_t size, const struct sheet_limits *limits, sheet_row_fn row, void *arg)
{
	struct package package;
	struct book book = {0};
	struct parser parser = {.limits = limits, .book = &book, .row = row, .arg = arg};
	int code = package_open(&package, bytes, size);
	if (!code)
		code = book_read(&package, &book);
	if (!code)
		code = parse_sheet(&package, &parser);
	package_close(&package);
	book_free(&book);
	return code;
}
