/* sheet: a list as a file that people open: .xlsx (ECMA-376) or CSV, from the same rows.
 *
 * In .xlsx the head is frozen and can be filtered by, texts are texts whatever they look like (long codes keep their
 * digits, nothing is calculated), numbers, days and times are real ones. In CSV all of it is as core/text/csv.h writes
 * it. Rows go to a temporary file as they come, so that memory does not grow with them.
 */
#ifndef QILIAN_CORE_OFFICE_SHEET_H
#define QILIAN_CORE_OFFICE_SHEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attributes.h"
#include "core/problem.h"

struct arena;

enum sheet_format { SHEET_CSV, SHEET_XLSX };

enum cell_kind {
	CELL_EMPTY,
	CELL_TEXT,   /* text */
	CELL_NUMBER, /* number / 10^decimals, exactly */
	CELL_DATE,   /* text: "2026-05-06" */
	CELL_TIME,   /* number: ms since 1970; shown in China's time */
};

struct sheet_cell {
	enum cell_kind kind;
	unsigned decimals;
	int64_t number;
	const char *text;
	const char *fault; /* what is wrong with it: coloured, and said in a comment; NULL */
};

struct sheet_column {
	const char *title;
	enum cell_kind kind; /* of most of its cells */
	unsigned decimals;
	unsigned width;      /* in digits; 0: by its kind */
};

struct sheet_spec {
	enum sheet_format format;
	const char *name;  /* of the sheet; what it cannot hold is left out */
	const char *title; /* above the head, in large letters; NULL: none */
	const char *note;  /* below the title; NULL */
	const struct sheet_column *columns; /* must stay until sheet_end() */
	size_t count;
	bool no_head;      /* the rows bring their own */
};

struct sheet;

/* NULL when no temporary file can be made. Texts must be UTF-8. */
struct sheet *OR_NULL sheet_begin(const struct sheet_spec *spec) NONNULL;
/* spec->count cells, which need not stay. */
void sheet_row(struct sheet *sheet, const struct sheet_cell *cells) NONNULL;
/* The last row of a file that ends before its list does, in both languages: whoever counts or sums must see it. */
void sheet_end_short(struct sheet *sheet, size_t rows) NONNULL;
/* Ends the file and the sheet. *fd: open for reading, of an unlinked file, the caller's. */
struct problem *sheet_end(struct sheet *sheet, struct arena *arena, int *fd, uint64_t *size) NONNULL MUST_CHECK;
/* Ends the sheet without a file. Accepts NULL. */
void sheet_drop(struct sheet *OR_NULL sheet);

const char *sheet_content_type(enum sheet_format format) RETURNS_NONNULL;
const char *sheet_extension(enum sheet_format format) RETURNS_NONNULL; /* "xlsx" */

struct sheet_cell cell_text(const char *OR_NULL text); /* NULL: an empty one */
struct sheet_cell cell_number(int64_t number, unsigned decimals);
struct sheet_cell cell_date(const char *OR_NULL day);  /* NULL: an empty one */
struct sheet_cell cell_time(int64_t ms);       /* 0: an empty one */

#endif
