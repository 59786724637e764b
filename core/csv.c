#include "core/csv.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/utf8.h"

/* ---- Encodings ---- */

static char *from_gb18030(struct arena *arena, const char *bytes, size_t size, size_t *out_size)
{
	iconv_t converter = iconv_open("UTF-8", "GB18030");
	size_t room = size * 2 + 4, left = room;
	char *out = arena_alloc(arena, room + 1), *to = out, *from = (char *)(size_t)bytes;
	if (converter == (iconv_t)-1)
		return NULL;
	size_t done = iconv(converter, &from, &size, &to, &left);
	iconv_close(converter);
	if (done == (size_t)-1 || size)
		return NULL;
	*out_size = room - left;
	return out;
}

static struct problem *decode(struct arena *arena, const char **bytes, size_t *size, bool *gb18030)
{
	*gb18030 = false;
	if (*size >= 3 && !memcmp(*bytes, "\xef\xbb\xbf", 3)) {
		*bytes += 3;
		*size -= 3;
	}
	if (utf8_clean(*bytes, *size))
		return NULL;
	size_t converted;
	char *text = memchr(*bytes, '\0', *size) ? NULL : from_gb18030(arena, *bytes, *size, &converted);
	if (!text || !utf8_clean(text, converted))
		return problem_detail(arena, &PROBLEM_MALFORMED, "文件既不是 UTF-8 也不是 GB18030 编码", "The file is neither UTF-8 nor GB18030");
	*bytes = text;
	*size = converted;
	*gb18030 = true;
	return NULL;
}

/* ---- Reading ---- */

struct reader {
	struct arena *arena;
	const char *at, *end;
	char comma;
	size_t line;
	struct csv_row *rows;
	size_t row_count, row_cap;
	const char **cells;
	size_t cell_count, cell_cap;
};

static char find_comma(const char *at, const char *end)
{
	size_t commas = 0, semicolons = 0, tabs = 0;
	for (; at < end && *at != '\n'; at++) {
		commas += *at == ',';
		semicolons += *at == ';';
		tabs += *at == '\t';
	}
	if (tabs > commas && tabs > semicolons)
		return '\t';
	return semicolons > commas ? ';' : ',';
}

static void add_cell(struct reader *reader, const char *text, size_t len)
{
	while (len && (text[len - 1] == ' ' || text[len - 1] == '\t' || text[len - 1] == '\r'))
		len--;
	while (len && (*text == ' ' || *text == '\t')) {
		text++;
		len--;
	}
	if (reader->cell_count == reader->cell_cap) {
		size_t cap = reader->cell_cap ? reader->cell_cap * 2 : 16;
		const char **grown = ARENA_ARRAY(reader->arena, const char *, cap);
		if (reader->cell_count)
			memcpy(grown, reader->cells, reader->cell_count * sizeof *grown);
		reader->cells = grown;
		reader->cell_cap = cap;
	}
	char *copy = arena_alloc(reader->arena, len + 1);
	memcpy(copy, text, len);
	reader->cells[reader->cell_count++] = copy;
}

static void add_row(struct reader *reader, size_t line)
{
	bool empty = true;
	for (size_t i = 0; i < reader->cell_count; i++)
		empty &= !*reader->cells[i];
	if (!empty) {
		if (reader->row_count == reader->row_cap) {
			size_t cap = reader->row_cap ? reader->row_cap * 2 : 64;
			struct csv_row *grown = ARENA_ARRAY(reader->arena, struct csv_row, cap);
			if (reader->row_count)
				memcpy(grown, reader->rows, reader->row_count * sizeof *grown);
			reader->rows = grown;
			reader->row_cap = cap;
		}
		reader->rows[reader->row_count++] = (struct csv_row){reader->cells, reader->cell_count, line};
		reader->cells = NULL;
		reader->cell_cap = 0;
	}
	reader->cell_count = 0;
}

/* Behind its opening quote. False without a closing one. */
static bool read_quoted(struct reader *reader)
{
	struct buf *text = buf_in(reader->arena);
	for (; reader->at < reader->end; reader->at++) {
		if (*reader->at == '"' && reader->at + 1 < reader->end && reader->at[1] == '"') {
			buf_char(text, '"');
			reader->at++;
		} else if (*reader->at == '"') {
			reader->at++;
			add_cell(reader, text->data, text->len);
			return true;
		} else {
			reader->line += *reader->at == '\n';
			buf_char(text, *reader->at);
		}
	}
	return false;
}

static void read_plain(struct reader *reader)
{
	const char *from = reader->at;
	while (reader->at < reader->end && *reader->at != reader->comma && *reader->at != '\n')
		reader->at++;
	add_cell(reader, from, (size_t)(reader->at - from));
}

static struct problem *malformed(struct reader *reader, size_t line)
{
	return problem_detail(reader->arena, &PROBLEM_MALFORMED, arena_printf(reader->arena, "第 %zu 行：引号不成对", line),
	                      arena_printf(reader->arena, "Line %zu: a quote is not closed, or something follows it", line));
}

static struct problem *read_row(struct reader *reader)
{
	size_t line = reader->line;
	for (;;) {
		if (reader->at < reader->end && *reader->at == '"') {
			reader->at++;
			if (!read_quoted(reader))
				return malformed(reader, line);
			while (reader->at < reader->end && *reader->at == '\r')
				reader->at++;
		} else {
			read_plain(reader);
		}
		if (reader->at >= reader->end)
			break;
		char sign = *reader->at++;
		if (sign == '\n') {
			reader->line++;
			break;
		}
		if (sign != reader->comma)
			return malformed(reader, line);
	}
	add_row(reader, line);
	return NULL;
}

struct problem *csv_read(struct arena *arena, const char *bytes, size_t size, size_t max_rows, struct csv *out)
{
	struct problem *problem = decode(arena, &bytes, &size, &out->gb18030);
	if (problem)
		return problem;
	struct reader reader = {.arena = arena, .at = bytes, .end = bytes + size, .comma = find_comma(bytes, bytes + size), .line = 1};
	while (reader.at < reader.end) {
		problem = read_row(&reader);
		if (problem)
			return problem;
		if (reader.row_count > max_rows)
			return problem_detail(arena, &PROBLEM_TOO_LARGE, arena_printf(arena, "最多 %zu 行", max_rows),
			                      arena_printf(arena, "%zu rows at most", max_rows));
	}
	out->rows = reader.rows;
	out->count = reader.row_count;
	return NULL;
}

/* ---- Writing ---- */

void csv_begin(struct buf *out)
{
	buf_add(out, "\xef\xbb\xbf", 3);
}

/* A sign, digits and a point at most: "-1.50" or "+8613800000000", not "+1+1". */
static bool is_number(const char *text)
{
	text += *text == '+' || *text == '-';
	size_t whole = strspn(text, "0123456789");
	size_t part = text[whole] == '.' ? 1 + strspn(text + whole + 1, "0123456789") : 0;
	return whole && !text[whole + part];
}

void csv_cell(struct buf *out, const char *text, bool first)
{
	if (!first)
		buf_char(out, ',');
	if (!text || !*text)
		return;
	bool formula = strchr("=+-@\t\r", *text) && !is_number(text);
	if (!formula && !strpbrk(text, ",\"\r\n")) {
		buf_text(out, text);
		return;
	}
	buf_char(out, '"');
	if (formula)
		buf_char(out, '\'');
	for (; *text; text++) {
		if (*text == '"')
			buf_char(out, '"');
		buf_char(out, *text);
	}
	buf_char(out, '"');
}

void csv_end_row(struct buf *out)
{
	buf_text(out, "\r\n");
}

void csv_end_short(struct buf *out, size_t rows)
{
	buf_printf(out, "\"未完：仅导出前 %zu 行，其余请缩小筛选范围后再导出 | Incomplete: only the first %zu rows; narrow the filter to export the rest\"",
	           rows, rows);
	csv_end_row(out);
}
