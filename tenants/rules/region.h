/* region: administrative divisions (GB/T 2260) and functional zones, as one network knows them.
 *
 * region   a code with its name, its kind and its place in the tree. A zone (Suzhou Industrial Park is 320594 in
 *          business registration and not in GB/T 2260) is a region like any other.
 * parent   always stated, never computed from the digits: 429004 lies directly in 420000, 441900 has no counties, a
 *          zone's code may follow no rule
 * alias    another code for the same place (320571 and 320576 for 320594)
 *
 * A set is filled (from config/regions.tsv for a new network, from table `region` afterwards), sealed, and then only
 * read, by any number of threads. To change a region is to change the table; servers then build a new set.
 */
#ifndef QILIAN_TENANTS_RULES_REGION_H
#define QILIAN_TENANTS_RULES_REGION_H

#include <stdbool.h>
#include <stddef.h>

#include "core/problem.h"

enum region_kind { REGION_PROVINCE, REGION_CITY, REGION_COUNTY, REGION_ZONE };

struct region {
	const char *code;
	const char *name;
	const char *parent_code; /* NULL at a province */
	const char *aliases;     /* comma-separated, or NULL */
	const char *valid_from;  /* YYYY-MM-DD, or NULL: always so */
	const char *valid_to;    /* the last day, or NULL: still valid */
	enum region_kind kind;
	const struct region *parent; /* set by region_set_seal() */
	const struct region *children, *sibling; /* in the order of codes */
};

struct region_set;

struct region_set *region_set_create(void) RETURNS_NONNULL;
/* Accepts NULL. */
void region_set_destroy(struct region_set *set);
/* Copies the texts. Tree and order come with region_set_seal(). */
void region_set_add(struct region_set *set, const struct region *region);

/* Builds the tree. A problem names every duplicate code, unknown parent and circle, as fields "/<code>"; the set must
 * then not be used. */
struct problem *region_set_seal(struct region_set *set, struct arena *arena) MUST_CHECK;

/* Tab-separated text: lines of # are comments, the first other line names the columns code, parent, kind, name,
 * aliases, and may name valid_from and valid_to. Adds all rows; faults as fields "/<line number>". Not sealed yet. */
struct problem *region_set_read(struct region_set *set, struct arena *arena, const char *text) MUST_CHECK;

/* By code or alias; NULL for none. Retired regions are found too. */
const struct region *OR_NULL region_find(const struct region_set *set, const char *code);
/* In the order of codes; for listing all. */
size_t region_count(const struct region_set *set);
const struct region *region_at(const struct region_set *set, size_t i) RETURNS_NONNULL;

/* Is `code` the region `ancestor` or below it? False if either is unknown. Both may be aliases. */
bool region_is_within(const struct region_set *set, const char *code, const char *ancestor);
/* The codes of a region and of all below it, comma-separated, in the arena; the code itself if it is unknown. For
 * FIND_IN_SET(). */
const char *region_codes_within(struct arena *arena, const struct region_set *set, const char *code) RETURNS_NONNULL;
/* On the day YYYY-MM-DD. */
bool region_valid_on(const struct region *region, const char *day);
/* 浙江省丽水市遂昌县, in the arena; below `top` only, if top is not NULL. */
const char *region_path(struct arena *arena, const struct region *region, const struct region *top) RETURNS_NONNULL;

/* "province", "city", "county", "zone". */
const char *region_kind_name(enum region_kind kind) RETURNS_NONNULL;
bool region_kind_parse(const char *name, enum region_kind *kind);

#endif
