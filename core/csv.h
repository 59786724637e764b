/* csv: comma-separated values (RFC 4180) as offices exchange them.
 *
 * Reading takes UTF-8 with or without a byte order mark and GB18030 (what a Chinese Excel saves), commas, semicolons or tabs, quoted cells
 * with line breaks, CRLF or LF. Writing gives UTF-8 with a byte order mark; a cell that a spreadsheet would take for a formula
 * (= + - @) is written as text, but numbers stay numbers.
 */
#ifndef QILIAN_CORE_CSV_H
#define QILIAN_CORE_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "core/problem.h"

struct arena;
struct buf;

struct csv_row {
	const char *const *cells; /* trimmed, UTF-8, NUL-terminated */
	size_t count;
	size_t line; /* of its beginning, from 1 */
};

struct csv {
	const struct csv_row *rows; /* empty ones are left out */
	size_t count;
	bool gb18030; /* what it was written in */
};

/* PROBLEM_MALFORMED with the line where it is no CSV; PROBLEM_TOO_LARGE above max_rows. */
struct problem *csv_read(struct arena *arena, const char *bytes, size_t size, size_t max_rows, struct csv *out) MUST_CHECK;

void csv_begin(struct buf *out);
/* One cell; a comma before it unless it is the first of its row. NULL is an empty one. */
void csv_cell(struct buf *out, const char *text, bool first);
void csv_end_row(struct buf *out);
/* The last row of a file that ends before its list does, in both languages: whoever counts or sums must see it. */
void csv_end_short(struct buf *out, size_t rows);

#endif
