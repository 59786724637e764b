/* paper: a document on A4 as PDF, for what people sign, stamp and file: a title, forms, tables, a place for the stamp.
 *
 * Chinese and everything else by pango (line breaking rules, fallback of fonts) in the installed fonts; text can be
 * searched and copied. Rows longer than a page go on on the next, tables repeat their head, each page says its number
 * of how many. The same content gives the same bytes: nothing in it is of the moment when it was made.
 *
 * digest  of all that was put on it, before it has a mark: what a code for it is derived from
 * mark    a QR code beside the title that leads to where the file is verified, and the code to be typed
 */
#ifndef QILIAN_CORE_OFFICE_PAPER_H
#define QILIAN_CORE_OFFICE_PAPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attributes.h"
#include "core/problem.h"

struct arena;
struct buf;
struct paper;

struct paper_spec {
	const char *title;
	const char *issuer; /* whose paper: at the foot of each page, left */
	const char *number; /* at the foot, in the middle; NULL */
	int64_t at;         /* ms since 1970, of what it tells about: the date in the file */
	bool english;       /* "Page 1 of 2" */
	bool landscape;
};

struct paper_field {
	const char *label;
	const char *value; /* NULL: left empty */
	bool wide;         /* over the whole width */
};

/* Texts given to it must stay until paper_write(). */
struct paper *paper_create(struct arena *arena, const struct paper_spec *spec) NONNULL RETURNS_NONNULL;
void paper_heading(struct paper *paper, const char *text) NONNULL;
void paper_text(struct paper *paper, const char *text) NONNULL;
/* Labels and values in a frame, two fields a line unless they are wide. */
void paper_fields(struct paper *paper, const struct paper_field *fields, size_t count) NONNULL;
/* weights: of the columns' widths. */
void paper_table_head(struct paper *paper, const char *const *heads, const unsigned *weights, size_t columns) NONNULL;
void paper_table_row(struct paper *paper, const char *const *cells) NONNULL;
/* An empty place of its own for signature and stamp: "推荐单位（盖章）", and a line for the date below it. */
void paper_stamp(struct paper *paper, const char *label, const char *date) NONNULL;

/* SHA-256 over the content as it stands. */
void paper_digest(const struct paper *paper, unsigned char out[32]) NONNULL;
/* url: what the QR code holds, also a link in the file; code: what stands below it. */
void paper_mark(struct paper *paper, const char *url, const char *code) NONNULL;

/* Appends the PDF. PROBLEM_INTERNAL, told to the operator, where it cannot be made. */
struct problem *paper_write(struct paper *paper, struct arena *arena, struct buf *out) NONNULL MUST_CHECK;

#endif
