/* sheet_read: the rows of a list that people send in, whatever program wrote it: CSV (core/text/csv.h) or .xlsx, told
 * apart by their first bytes. Both give the same rows.
 *
 * An .xlsx is opened by a process that can do nothing else (tools/qilian-sheet.c). Refused with what to do about it:
 * files with a password, with macros, the old .xls, damaged ones, too many rows or columns, and what unpacks to more
 * than it may.
 */
#ifndef QILIAN_CORE_OFFICE_SHEET_READ_H
#define QILIAN_CORE_OFFICE_SHEET_READ_H

#include <stdbool.h>
#include <stddef.h>

#include "core/attributes.h"
#include "core/problem.h"
#include "core/text/csv.h"

/* A ZIP, as every .xlsx is. */
bool sheet_is_xlsx(const char *bytes, size_t size) NONNULL;

/* helper: path of qilian-sheet. out->encoding of an .xlsx is "Excel"; out->lossy says which of its cells were stored as
 * numbers with more digits than those hold. PROBLEM_MALFORMED, PROBLEM_TOO_LARGE, PROBLEM_UNAVAILABLE. */
struct problem *sheet_read(struct arena *arena, const char *helper, const char *bytes, size_t size, size_t max_rows,
	struct csv *out) NONNULL MUST_CHECK;

#endif
