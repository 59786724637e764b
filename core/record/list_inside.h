/* list_inside: what the files of lists share; nobody else includes it.
 *
 * list_request.c   what is asked for: filters, order, page, who may see which rows
 * list_cursor.c    where the next page begins
 * list.c           a page of rows, with how many there are
 * list_export.c    a file of all of them
 */
#ifndef QILIAN_CORE_RECORD_LIST_INSIDE_H
#define QILIAN_CORE_RECORD_LIST_INSIDE_H

#include "core/record/endpoint.h"
#include "core/record/record.h"

struct buf;
struct db_result;
struct record_public;

struct record_where {
	struct arena *arena;
	struct buf *sql;
	struct db_value *args;
	size_t count;
	size_t cap;
};

/* What a list asks for, read from the query. */
struct listing_request {
	struct call *call;
	const struct record *record;
	const struct record_public *seen; /* by visitors alone; NULL: by the list verb's roles */
	struct record_offer offer;
	const struct record_sort *sort;
	bool descending;
	size_t limit;
	size_t offset;
	bool counts;
	bool total;
	const char *cursor;
	const char *phases; /* wanted, left out of the counts; or NULL */
	struct record_where where;
	struct problem *problem;
};

/* ---- What is asked for ---- */

/* Nothing of the query is read yet. */
void list_begin(struct listing_request *r, struct call *call, const struct record *record) NONNULL;
/* To the rows that the caller may see. */
void list_isolate(struct listing_request *r) NONNULL;
/* To originals of this platform, or to copies. */
void list_add_home(struct listing_request *r, bool own) NONNULL;
/* As people type it; nothing is added where nothing that can be seen was typed. */
void list_search(struct listing_request *r, const char *text) NONNULL;
/* "-created_at"; a fault where there is no such order. */
void list_set_sort(struct listing_request *r, const char *text) NONNULL;
/* The query's parameters; without paging those of pages are passed over. Every fault is named. */
struct problem *list_read_query(struct listing_request *r, bool paging) NONNULL MUST_CHECK;
/* All of it, of a list verb. */
struct problem *list_read(
	struct listing_request *r, struct call *call, const struct record *record, bool paging) NONNULL MUST_CHECK;
/* Of r->where with the phases that are wanted. */
void list_narrow_phases(struct listing_request *r) NONNULL;
/* A copy that conditions are added to without changing `where`; in its arena. */
struct record_where list_where_copy(const struct record_where *where) NONNULL;

/* ---- Cursors ---- */

/* key: the row's value of the sort's column. In the call's arena. */
const char *list_cursor_make(struct listing_request *r, const struct db_value *key, struct uuid id) NONNULL
	RETURNS_NONNULL;
/* Of r->cursor. PROBLEM_INVALID for one of another list, platform or filter. */
struct problem *list_cursor_read(struct listing_request *r, struct db_value *key, struct uuid *id) NONNULL MUST_CHECK;
/* Rows behind that one alone. */
void list_cursor_add(struct listing_request *r, struct db_value key, struct uuid id) NONNULL;

/* ---- Rows ---- */

/* The last column of *out is the sort's. */
struct problem *list_fetch(
	struct listing_request *r, size_t limit, const char *columns, struct db_result **out) NONNULL MUST_CHECK;

#endif
