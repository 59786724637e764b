/* shelf: the live listings of one platform in memory, for search, filters, sort and facet counts.
 *
 * row     one live listing: its columns, and its text folded for search
 * fold    as core/text/fold.h does it: case, width, accents, traditional characters and what cannot be seen make no
 *         difference
 * sound   a term of at least two syllables of pinyin is also looked for in the names of listing and institution as they
 *         are read
 * term    a run of non-space of the search text; every term must occur, anywhere, in any order: in the row's text, or
 *         in a name of its category
 * facet   how many rows each value of a filter would leave, with all the other filters applied
 *
 * Why memory and not SQL: a Chinese word may begin at any character, MariaDB's parser cannot find it, and its bigram
 * index takes 31–89 ms on 100,000 listings before any filter or count. A scan over the folded text of the same listings
 * takes a few milliseconds, has no index to lag behind, and counts facets exactly. Approved versions only: the loader
 * (shelf_cache) never hands over another.
 *
 * Names of categories come with the query, from the policy in force, and are kept nowhere: of each category it is found
 * out once which terms its names hold, so a policy that changes them is obeyed by the next search. Names of industries
 * and regions are no part of the search: they say for whom and where, which is what filters with counts are for, and a
 * section's name is a list of words (农、林、牧、渔业).
 *
 * A struct shelf is not locked: the cache that owns it is.
 */
#ifndef QILIAN_TENANTS_SHELF_SHELF_H
#define QILIAN_TENANTS_SHELF_SHELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/attributes.h"
#include "core/crypto/uuid.h"

enum { SHELF_TERMS_MAX = 40, SHELF_READINGS_MAX = 4, SHELF_INDUSTRIES_MAX = 3 };

enum shelf_sort { SHELF_NEWEST, SHELF_PRICE_UP, SHELF_PRICE_DOWN, SHELF_RELEVANCE, SHELF_SCORE };

/* What an institution is worth in the order by score; none: 0. */
struct shelf_score {
	struct uuid institution_id;
	int64_t score;
};

/* What the loader knows of a listing. Texts are copied. */
struct shelf_item {
	struct uuid id;
	struct uuid institution_id;
	const char *number;
	const char *name;
	const char *summary;          /* may be NULL */
	const char *body;             /* plain text of the description, searched only; may be NULL */
	const char *institution_name;
	const char *category;         /* code */
	const char *region;           /* six digits */
	const char *industries[SHELF_INDUSTRIES_MAX]; /* codes, NULL where unused */
	const char *picture;          /* id of the first picture, or NULL */
	const char *price_unit;       /* may be NULL */
	const char *pricing;          /* fixed, range, negotiable */
	int64_t price;                /* fen; negative: negotiable */
	int64_t price_high;
	int64_t published_ms;
};

struct shelf_name {
	const char *code;
	const char *zh, *en; /* either may be NULL */
};

struct shelf_query {
	const char *text;     /* as typed; NULL or "" for all */
	const struct shelf_name *names; /* of categories */
	size_t name_count;
	const char *category; /* NULL: any; likewise below */
	const char *industry;
	/* Codes of the region asked for and all below it; region_count 0: any. */
	const char *const *regions;
	size_t region_count;
	const char *region_key; /* the code asked for, for the answer only */
	int64_t price_min;      /* fen; -1: no bound. A bound leaves negotiable ones out. */
	int64_t price_max;
	bool negotiable_only;
	struct uuid institution_id; /* nil: any */
	enum shelf_sort sort;
	const struct shelf_score *scores; /* for SHELF_SCORE, in the order of their ids */
	size_t score_count;
	const char *after; /* cursor of the last row of the page before, or NULL */
	size_t limit;
	bool facets;
};

struct shelf_hit {
	struct uuid id;
	struct uuid institution_id;
	const char *number;
	const char *name;
	const char *summary;
	const char *institution_name;
	const char *category;
	const char *region;
	const char *picture;
	const char *price_unit;
	const char *pricing;
	int64_t price;
	int64_t price_high;
	int64_t published_ms;
};

struct shelf_count {
	const char *value;
	size_t count;
};

struct shelf_facet {
	struct shelf_count *counts; /* by count downwards, then value; zeros left out */
	size_t size;
};

/* In the arena given to shelf_search(); texts are copied there, so the shelf may change afterwards. */
struct shelf_answer {
	struct shelf_hit *hits;
	size_t hit_count;
	size_t total;
	const char *next; /* cursor for the next page; NULL at the end */
	struct shelf_facet categories;
	struct shelf_facet regions;
	struct shelf_facet industries;
	size_t price_bands[6]; /* negotiable, < 1,000 yuan, < 10,000, < 50,000, < 200,000, above */
};

struct shelf;

struct shelf *shelf_create(void) RETURNS_NONNULL;
void shelf_destroy(struct shelf *shelf); /* accepts NULL */
/* Puts a listing on the shelf, in the place of an earlier version of it. */
void shelf_put(struct shelf *shelf, const struct shelf_item *item);
void shelf_remove(struct shelf *shelf, const struct uuid *id);
size_t shelf_size(const struct shelf *shelf);
size_t shelf_bytes(const struct shelf *shelf); /* memory held */

/* False when `after` is no cursor of this sort. */
bool shelf_search(const struct shelf *shelf, struct arena *arena, const struct shelf_query *query,
                  struct shelf_answer *answer) __attribute__((warn_unused_result));
/* memmem() by sixteen candidates at a time; needle_len ≥ 1. */
const char *OR_NULL shelf_find(const char *text, size_t text_len, const char *needle, size_t needle_len);

#endif
