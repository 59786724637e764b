/* find: one text over the lists of many records, each as its own list would answer the same caller: by its roles and
 * sides, its hooks, its columns of `search`, and no field that they may not read.
 */
#ifndef QILIAN_CORE_RECORD_FIND_H
#define QILIAN_CORE_RECORD_FIND_H

#include "core/attributes.h"
#include "core/record/endpoint.h"

struct json_writer;

/* Adds {record, plural, items, more} to an array: at most limit rows of the list, in its usual order. Adds nothing when
 * there are none, or when text has nothing that can be seen. list: of VERB_LIST, which the caller may use. */
struct problem *list_find(struct call *call, const struct endpoint *list, const char *OR_NULL text, size_t limit,
	struct json_writer *w) NONNULL_AT(1, 2, 5) MUST_CHECK;
/* The lists that can be searched by words and that this caller may use, in the order of their declarations. *out has
 * room for all endpoints. */
size_t find_lists(struct call *call, const struct endpoint **out) NONNULL;

#endif
