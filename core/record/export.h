/* export: a list as a file for people, .csv or .xlsx by the address that was asked for.
 *
 * The one place where what is declared becomes what people read: words instead of codes, names instead of ids, yuan
 * instead of fen with the unit in the heading, China's days and times, a person's data as far as lists show them.
 * Headings are in the reader's language, the file is called by what it holds and the day, `columns=` picks and orders
 * its columns (names that it does not have are passed over: pages have columns of their own). Each file puts one line
 * into the log: who took how many rows of what.
 *
 * The export verb of a record needs nothing else. For another list:
 *   export_begin(call, &spec, &e); for each row: export_row(e, cells); export_end(e, whether there were more)
 */
#ifndef QILIAN_CORE_RECORD_EXPORT_H
#define QILIAN_CORE_RECORD_EXPORT_H

#include "core/attributes.h"
#include "core/office/sheet.h"
#include "core/record/record.h"

struct db_result;
struct export;

struct export_column {
	const char *key; /* what `columns` calls it */
	const char *zh;
	const char *en;
	enum cell_kind kind;
	unsigned decimals;
	unsigned width;
};

struct export_spec {
	const char *zh; /* what it is a list of, and what the file is called */
	const char *en;
	const char *file;   /* the same for what knows ASCII alone: "case-queue" */
	const char *record; /* type in the log */
	const struct export_column *columns;
	size_t count;
	const char *note;   /* below a title, which there is only with it; NULL */
};

/* Whether the address of this call asks for .xlsx. */
enum sheet_format export_format(const struct call *call) NONNULL;
/* How many rows the file may have. */
size_t export_most(const struct call *call) NONNULL;

struct problem *export_begin(struct call *call, const struct export_spec *spec, struct export **out) NONNULL MUST_CHECK;
/* A cell for each column of the spec, in its order, chosen or not. */
void export_row(struct export *export, const struct sheet_cell *cells) NONNULL;
/* Answers with the file; more: the list has rows beyond the last one, and the file says so. Ends the export. */
struct problem *export_end(struct export *export, bool more) NONNULL MUST_CHECK;
/* Ends it without an answer. Accepts NULL. */
void export_drop(struct export *OR_NULL export);

/* The first `most` of the rows selected, each by `row`. */
typedef void (*export_row_fn)(struct call *call, const struct db_result *rows, size_t i, struct sheet_cell *cells);
struct problem *export_result(struct call *call, const struct export_spec *spec, const struct db_result *rows,
	size_t most, export_row_fn row) NONNULL MUST_CHECK;

/* ---- Words ---- */

/* What people read of a field; ids and platforms' rows by export_name(). in: the struct that the field lies in. */
struct sheet_cell export_cell(struct call *call, const struct field *field, const void *in) NONNULL;
/* Its heading: "价格（元）". */
const char *export_title(struct call *call, const struct field *field) NONNULL RETURNS_NONNULL;
/* How its cells look. */
struct export_column export_column_of(struct call *call, const struct field *field) NONNULL;
/* 2026-05-06, today in China. */
const char *export_today(struct call *call) NONNULL RETURNS_NONNULL;
/* Content-Disposition of a file to be kept, by its name in the reader's language and in ASCII. */
void export_named(struct call *call, const char *name, const char *ascii) NONNULL;
/* The line in the log: `record` "exported", with the members of more (borrowed, may be NULL). */
struct problem *export_log(struct call *call, const char *record, struct json_object *OR_NULL more) NONNULL_AT(1, 2)
	MUST_CHECK;

#endif
