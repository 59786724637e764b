/* policy_spec: the shape of an authored policy, as tables, and the walk that checks a tree against them and turns it
 * into JSON in the same step, so that what is checked is what is stored.
 *
 * Every fault is reported with file and line; the walk goes on behind it. The place (file, line) of every JSON pointer
 * is remembered, so that checks of the JSON (lifecycles, forms) can be reported where the author wrote it.
 *
 * To add a key: a row in the table it belongs to, in policy_keys.c; and its reading in policy.c.
 */
#ifndef QILIAN_TENANTS_POLICY_POLICY_SPEC_H
#define QILIAN_TENANTS_POLICY_POLICY_SPEC_H

#include "core/attributes.h"
#include "core/config/yaml.h"

struct json_object;

enum policy_spec_type {
	SPEC_TEXT, /* a scalar as it stands; max: characters (0: 500) */
	SPEC_BOTH, /* {zh, en} */
	SPEC_BOOL,
	SPEC_INT, /* min … max */
	SPEC_CHOICE, /* one of `words` */
	SPEC_TEXTS, /* a sequence of scalars (of `words`, if given); a lone scalar is a sequence of one */
	SPEC_MAP, /* the keys of `sub` */
	SPEC_NAMED, /* any name → the keys of `sub`; stays an object */
	/* Any name → the keys of `sub`; becomes an array in authored order, the name as member `id_key` unless
	 * the item has that member itself. */
	SPEC_ITEMS,
	SPEC_LIST, /* a sequence of maps with the keys of `sub` */
	SPEC_TERMS, /* code → {zh, en} or the keys of `sub`; becomes an array of {code, zh, en} in authored order */
	SPEC_RULES, /* "field op literal", or a sequence of them, or "judgement"; becomes an array of {field, op,
		        value} */
};

struct policy_spec {
	const char *key; /* NULL ends a table */
	enum policy_spec_type type;
	bool required;
	int64_t min, max;
	const char *words;             /* separated by spaces */
	const struct policy_spec *sub;
	const char *id_key;
	/* For a text: NULL if it is good, else what it should be, in Chinese; *en in English. */
	const char *OR_NULL (*check)(const char *text, const char **en);
};

struct policy_place {
	const char *pointer; /* JSON pointer within the document */
	const char *file;
	unsigned line;
	const char *key; /* what the author calls it, where the document has only an index; else NULL */
};

struct policy_places {
	struct policy_place *items;
	size_t count, cap;
	struct json_object *index; /* pointer: the first of its items */
};

struct policy_walk {
	struct arena *arena;
	struct yaml_faults *faults;
	struct policy_places places;
	struct policy_places faulty; /* pointers at which the walk has found a fault; for a missing key, where it would
				        be */
	bool partial; /* a layer alone: nothing is missing in it */
};

/* A mapping against a table. Never NULL: what is faulty is left out. The JSON is tied to the arena. `pointer` is that
 * of the mapping. */
struct json_object *policy_walk_map(struct policy_walk *walk, const struct policy_spec *specs,
	const struct yaml_node *node, const char *pointer) RETURNS_NONNULL;
/* The place of the pointer, or of the nearest thing around it; NULL if there is none. */
const struct policy_place *OR_NULL policy_place_of(
	struct arena *arena, const struct policy_places *places, const char *pointer);
/* Whether the walk found a fault at this very pointer: a later check need not repeat it. */
bool policy_walk_has_fault(const struct policy_walk *walk, const char *pointer);
/* A fault at a pointer; the sentences are kept. */
void policy_walk_fault(struct policy_walk *walk, const char *pointer, const char *zh, const char *en);
/* The same, the sentences beginning with the place as the author knows it: "lifecycles.listing.transitions.approve:
 * …". */
void policy_walk_fault_named(struct policy_walk *walk, const char *pointer, const char *zh, const char *en);

/* By where an author writes it: "profile.contacts.hotline", "conditions.capital.mode". For a thing in a map of names,
 * or for the map itself, the map's. NULL if there is no such key. */
const struct policy_spec *OR_NULL policy_spec_find(const char *path);

/* policy_keys.c: a platform's whole authored policy. */
extern const struct policy_spec POLICY_KEYS[];

#endif
