#include "core/text/csv.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>
#include <strings.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/text/text.h"
#include "core/utf8.h"

/* ---- Encodings ---- */

static char *to_utf8(struct arena *arena, const char *encoding, const char *bytes, size_t size, size_t *out_size)
{
	iconv_t converter = iconv_open("UTF-8", encoding);
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

static bool begins_with(const char *bytes, size_t size, const char *mark, size_t mark_size)
{
	return size >= mark_size && memcmp(bytes, mark, mark_size) == 0;
}

/* "Unicode text" of Excel, by its byte order mark. */
static const char *wide_encoding(const char *bytes, size_t size)
{
	return begins_with(bytes, size, "\xff\xfe", 2)	  ? "UTF-16LE"
		: begins_with(bytes, size, "\xfe\xff", 2) ? "UTF-16BE"
							  : NULL;
}

static struct problem *decode(struct arena *arena, const char **bytes, size_t *size, const char **encoding)
{
	const char *wide = wide_encoding(*bytes, *size), *other = wide ? wide : "GB18030";
	*encoding = "UTF-8";
	if (begins_with(*bytes, *size, "\xef\xbb\xbf", 3)) {
		*bytes += 3;
		*size -= 3;
	}
	if (!wide && utf8_clean(*bytes, *size))
		return NULL;
	size_t mark = wide ? 2 : 0, converted;
	char *text = !wide && memchr(*bytes, '\0', *size)
		? NULL
		: to_utf8(arena, other, *bytes + mark, *size - mark, &converted);
	if (!text || !utf8_clean(text, converted))
		return problem_detail(arena, &PROBLEM_MALFORMED, "文件既不是 UTF-8、UTF-16 也不是 GB18030 编码",
		                      "The file is neither UTF-8, UTF-16 nor GB18030");
	*bytes = text;
	*size = converted;
	*encoding = wide ? "UTF-16" : "GB18030";
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

/* A first line "sep=;" (also in quotes, and with cells behind it) is for spreadsheets: it only names the separator. */
static bool read_separator(struct reader *reader)
{
	const char *at = reader->at, *quote = at < reader->end && *at == '"' ? at++ : NULL;
	if (reader->end - at < 5 || strncasecmp(at, "sep=", 4) != 0 || !strchr(",;\t|", at[4]))
		return false;
	char comma = at[4];
	for (at += 5; at < reader->end && *at != '\n' && *at != '\r'; at++)
		if (*at != comma && !(quote && *at == '"'))
			return false;
	reader->comma = comma;
	reader->at = at;
	return true;
}

static char find_comma(const char *at, const char *end)
{
	size_t commas = 0, semicolons = 0, tabs = 0;
	bool quoted = false;
	for (; at < end && (quoted || (*at != '\n' && *at != '\r')); at++) {
		quoted ^= *at == '"';
		commas += !quoted && *at == ',';
		semicolons += !quoted && *at == ';';
		tabs += !quoted && *at == '\t';
	}
	if (tabs > commas && tabs > semicolons)
		return '\t';
	return semicolons > commas ? ';' : ',';
}

/* What a spreadsheet would calculate, and what it hides from calculation by an apostrophe before it: csv_cell() writes
 * one, which is no part of the text. */
static bool is_formula(const char *text)
{
	static const char *const signs[] = {"=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"};
	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
		if (strncmp(text, signs[i], strlen(signs[i])) == 0)
			return true;
	return false;
}

static bool is_hidden_formula(const char *text)
{
	return *text == '\'' && is_formula(text + strspn(text, "'"));
}

/* ="0571…" is how a text of digits is kept one. */
static const char *inside(const char *text, size_t *len)
{
	if (*len >= 3 && text[0] == '=' && text[1] == '"' && text[*len - 1] == '"' &&
		!memchr(text + 2, '"', *len - 3)) {
		*len -= 3;
		return text + 2;
	}
	return text;
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
	text = inside(text, &len);
	char *copy = arena_alloc(reader->arena, len + 1);
	memcpy(copy, text, len);
	reader->cells[reader->cell_count++] = is_hidden_formula(copy) ? copy + 1 : copy;
}

static void add_row(struct reader *reader, size_t line)
{
	bool empty = true;
	for (size_t i = 0; i < reader->cell_count; i++)
		empty &= text_is_blank(reader->cells[i]);
	if (!empty) {
		if (reader->row_count == reader->row_cap) {
			size_t cap = reader->row_cap ? reader->row_cap * 2 : 64;
			struct csv_row *grown = ARENA_ARRAY(reader->arena, struct csv_row, cap);
			if (reader->row_count)
				memcpy(grown, reader->rows, reader->row_count * sizeof *grown);
			reader->rows = grown;
			reader->row_cap = cap;
		}
		reader->rows[reader->row_count++] = (struct csv_row){reader->cells, reader->cell_count, line, NULL};
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
		} else if (*reader->at == '\r') { /* a line ends alike whatever the system */
			reader->line++;
			buf_char(text, '\n');
			reader->at += reader->at + 1 < reader->end && reader->at[1] == '\n';
		} else {
			reader->line += *reader->at == '\n';
			buf_char(text, *reader->at);
		}
	}
	return false;
}

static void read_plain(struct reader *reader)
{
	const char *from = reader->at, *close = NULL;
	if (reader->end - from > 2 && from[0] == '=' && from[1] == '"')
		close = memchr(from + 2, '"', (size_t)(reader->end - from - 2));
	if (close) /* what is in these quotes parts nothing */
		reader->at = close + 1;
	while (reader->at < reader->end && *reader->at != reader->comma && *reader->at != '\n' && *reader->at != '\r')
		reader->at++;
	add_cell(reader, from, (size_t)(reader->at - from));
}

/* At the end of a line: CRLF, LF, or the CR alone of an old Macintosh. */
static bool skip_line_end(struct reader *reader)
{
	bool cr = reader->at < reader->end && *reader->at == '\r';
	reader->at += cr;
	bool lf = reader->at < reader->end && *reader->at == '\n';
	reader->at += lf;
	reader->line += cr || lf;
	return cr || lf;
}

static struct problem *malformed(struct reader *reader, size_t line)
{
	return problem_detail(reader->arena, &PROBLEM_MALFORMED,
		arena_printf(reader->arena, "第 %zu 行：引号不成对", line),
		arena_printf(reader->arena, "Line %zu: a quote is not closed, or something follows it", line));
}

static struct problem *read_row(struct reader *reader)
{
	size_t line = reader->line;
	for (;;) {
		const char *quote = reader->at;
		while (quote < reader->end && *quote == ' ')
			quote++;
		if (quote < reader->end && *quote == '"') {
			reader->at = quote + 1;
			if (!read_quoted(reader))
				return malformed(reader, line);
			while (reader->at < reader->end && *reader->at == ' ')
				reader->at++;
		} else {
			read_plain(reader);
		}
		if (reader->at >= reader->end || skip_line_end(reader))
			break;
		if (*reader->at++ != reader->comma)
			return malformed(reader, line);
	}
	add_row(reader, line);
	return NULL;
}

struct problem *csv_read(struct arena *arena, const char *bytes, size_t size, size_t max_rows, struct csv *out)
{
	bytes = bytes ? bytes : ""; /* of an empty upload */
	struct problem *problem = decode(arena, &bytes, &size, &out->encoding);
	if (problem)
		return problem;
	struct reader reader = {.arena = arena, .at = bytes, .end = bytes + size, .line = 1};
	if (read_separator(&reader))
		skip_line_end(&reader);
	else
		reader.comma = find_comma(bytes, bytes + size);
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

/* Digits that a spreadsheet would show as another number: more than it writes out (E+11) or holds (15), zeros before
 * them, or an E that is a letter of a code. */
static bool is_code_of_digits(const char *text)
{
	enum { SHOWN = 11 };
	text += *text == '+' || *text == '-';
	size_t whole = strspn(text, "0123456789"), rest = whole;
	if (!whole)
		return false;
	if (text[rest] == 'E' || text[rest] == 'e')
		rest += 1 + strspn(text + rest + 1, "0123456789");
	return !text[rest] && (rest > whole || whole > SHOWN || (whole > 1 && *text == '0'));
}

void csv_cell(struct buf *out, const char *text, bool first)
{
	if (!first)
		buf_char(out, ',');
	if (!text || !*text)
		return;
	if (is_code_of_digits(text)) {
		buf_printf(out, "\"=\"\"%s\"\"\"", text);
		return;
	}
	bool formula = (is_formula(text) && !is_number(text)) || is_hidden_formula(text);
	if (!formula && !strpbrk(text, ",;\t\"\r\n")) {
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
	buf_printf(out,
		"\"未完：仅导出前 %zu 行，其余请缩小筛选范围后再导出 | Incomplete: only the first %zu rows; narrow the "
		"filter to export the rest\"",
		rows, rows);
	csv_end_row(out);
}
