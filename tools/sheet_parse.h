/* sheet_parse: the rows of an .xlsx (ECMA-376, OPC: a ZIP of XML), of its first sheet that is shown. For qilian-sheet,
 * which is confined before it calls it.
 *
 * What a person sees in the sheet is what a cell says: days and times as their format shows them, numbers in full,
 * zeros before them where the format asks for them, the stored result of a formula. Nothing is calculated, no link
 * followed, no entity expanded, no other entry of the file opened than those that are needed.
 */
#ifndef QILIAN_TOOLS_SHEET_PARSE_H
#define QILIAN_TOOLS_SHEET_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sheet_text {
	const char *text; /* NUL-terminated, trimmed; "" for an empty cell */
	bool lossy;       /* SHEET_CELL_LOSSY */
};

struct sheet_limits {
	unsigned rows;    /* that are not empty */
	unsigned columns;
};

/* One row that is not empty: its number in the sheet, from 1, and its cells up to the last that is not empty. */
typedef void (*sheet_row_fn)(uint32_t number, const struct sheet_text *cells, size_t count, void *arg);

/* A code of core/office/sheet_wire.h. */
int sheet_parse(const void *bytes, size_t size, const struct sheet_limits *limits, sheet_row_fn row, void *arg);

#endif
