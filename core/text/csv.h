/* csv: comma-separated values (RFC 4180) as offices exchange them.
 *
 * Reading takes what Excel, WPS and Numbers write: UTF-8 with or without a byte order mark, GB18030 (a Chinese Excel's
 * CSV), UTF-16 with a mark (its "Unicode text"); commas, semicolons or tabs, or what a first line "sep=" names; quoted
 * cells with line breaks; CRLF, LF or CR; ="0571" for a text of digits. Writing gives UTF-8 with a byte order mark; a
 * cell that a spreadsheet would take for a formula (= + - @) has an apostrophe before it, digits that it would show as
 * another number are written ="…", other numbers stay numbers. What was written reads as it was.
 */
#ifndef QILIAN_CORE_TEXT_CSV_H
#define QILIAN_CORE_TEXT_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "core/attributes.h"
#include "core/problem.h"

struct arena;
struct buf;

struct csv_row {
	const char *const *cells; /* trimmed, UTF-8, NUL-terminated */
	size_t count;
	size_t line; /* of its beginning, from 1 */
	const bool *lossy; /* of each cell of a spreadsheet: it lost digits (core/office/sheet_read.h); NULL: none */
};

struct csv {
	const struct csv_row *rows; /* empty ones are left out */
	size_t count;
	const char *encoding; /* what it was written in: "UTF-8", "UTF-16", "GB18030"; "Excel" */
};

/* PROBLEM_MALFORMED with the line where it is no CSV; PROBLEM_TOO_LARGE above max_rows. */
struct problem *csv_read(struct arena *arena, const char *OR_NULL bytes, size_t size, size_t max_rows, struct csv *out)
	NONNULL_AT(1, 5) MUST_CHECK;

void csv_begin(struct buf *out) NONNULL;
/* One cell; a comma before it unless it is the first of its row. NULL is an empty one. */
void csv_cell(struct buf *out, const char *OR_NULL text, bool first) NONNULL_AT(1);
void csv_end_row(struct buf *out) NONNULL;
/* The last row of a file that ends before its list does, in both languages: whoever counts or sums must see it. */
void csv_end_short(struct buf *out, size_t rows) NONNULL;

#endif
