/* yaml: configuration files as a tree that remembers file and line, and a collector of all their faults.
 *
 * A plain subset of YAML 1.1: mappings, sequences and scalars of one document in UTF-8. Anchors, aliases, tags, merge
 * keys, duplicate keys and keys that are not scalars are refused, for a reader of the file should see what it says.
 *
 * node    a mapping (in the file's order), a sequence or a scalar; lives as long as its arena
 * null    a plain scalar that is empty, `~` or `null`; getters take it for absent
 * fault   something wrong at a line; a reader goes on behind it, so that one run reports all of them
 *
 * To read a file: yaml_load(), then yaml_allow() and getters for each mapping, then look at faults.count.
 */
#ifndef QILIAN_CORE_CONFIG_YAML_H
#define QILIAN_CORE_CONFIG_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attributes.h"
#include "core/problem.h"

struct arena;
struct buf;
struct json_object;

enum { YAML_BYTES_MAX = 1 << 20, YAML_DEPTH_MAX = 32, YAML_NODES_MAX = 100000 };

enum yaml_kind { YAML_KIND_MAPPING, YAML_KIND_SEQUENCE, YAML_KIND_SCALAR };

struct yaml_pair;

struct yaml_node {
	enum yaml_kind kind;
	const char *file;
	unsigned line; /* from 1 */
	/* scalar */
	const char *text;
	bool quoted; /* also block scalars: text whatever it looks like */
	/* mapping and sequence */
	size_t count;
	struct yaml_pair *pairs;
	struct yaml_node **items;
	/* where it stands, in bytes of the text; a block collection ends with its last value, a block scalar with its
	 * last line */
	size_t begin, end;
	bool flow; /* a collection in brackets */
};

struct yaml_pair {
	const char *key;
	unsigned line; /* of the key */
	struct yaml_node *value;
	size_t begin; /* of the key */
};

struct yaml_fault {
	struct yaml_fault *next;
	const char *file;
	unsigned line; /* 0 where it concerns the whole file */
	const char *zh;
	const char *en;
	const char *path; /* what it concerns, "profile.contacts.hotline", where the reader says so; else NULL */
};

struct yaml_faults {
	struct arena *arena; /* the texts live here */
	struct yaml_fault *first, *last;
	unsigned count;
};

/* More are not told: the last one says so. Telling them all of a large file would take quadratic time, and nobody reads
 * them. */
enum { YAML_FAULTS_MAX = 200 };
bool yaml_faults_full(const struct yaml_faults *faults) NONNULL;

void yaml_faults_init(struct yaml_faults *faults, struct arena *arena) NONNULL;
/* A fault that is known already, in the same words at the same line, is not added again. zh and en are kept, not
 * copied: arena_printf(faults->arena, …) makes them. */
void yaml_fault_at(struct yaml_faults *faults, const char *file, unsigned line, const char *zh, const char *en) NONNULL;
void yaml_fault(struct yaml_faults *faults, const struct yaml_node *OR_NULL node, const char *zh, const char *en)
	NONNULL_AT(1, 3, 4);
/* Lines `file:line: zh / en`. */
void yaml_faults_write(const struct yaml_faults *faults, struct buf *out) NONNULL;
/* NULL without faults; else PROBLEM_INVALID with one field per fault, its pointer `file:line`. */
struct problem *yaml_faults_problem(const struct yaml_faults *faults) NONNULL MUST_CHECK;

/* For a text that goes on as a string: a NUL would end it there unseen, so it is made another control character, which
 * yaml_parse() refuses with its line. */
void yaml_show_nul(char *text, size_t len) NONNULL;
/* NULL, and at least one fault, when the file cannot be read or is no YAML as described above. A byte order mark before
 * it is none of it. An empty document is a fault. */
struct yaml_node *OR_NULL yaml_load(struct arena *arena, struct yaml_faults *faults, const char *path) NONNULL;
/* The same for bytes in memory; file is the name that faults show. */
struct yaml_node *OR_NULL yaml_parse(struct arena *arena, struct yaml_faults *faults, const char *file,
				     const char *bytes, size_t len) NONNULL;

/* --- looking at nodes; node may be NULL everywhere --- */

/* Not of NULL; they stand here so that compilers see that. */
static inline bool yaml_is_mapping(const struct yaml_node *node)
{
	return node && node->kind == YAML_KIND_MAPPING;
}
static inline bool yaml_is_sequence(const struct yaml_node *node)
{
	return node && node->kind == YAML_KIND_SEQUENCE;
}
bool yaml_is_null(const struct yaml_node *OR_NULL node); /* also NULL itself */
/* The member's value, null included; NULL where there is none, or no mapping. */
struct yaml_node *OR_NULL yaml_get(const struct yaml_node *OR_NULL mapping, const char *key) NONNULL_AT(2);
/* The text of a scalar that is not null; NULL otherwise. */
const char *OR_NULL yaml_text(const struct yaml_node *OR_NULL node);
bool yaml_node_int(const struct yaml_node *OR_NULL node, int64_t *out) NONNULL_AT(2); /* a plain integer within int64 */
bool yaml_node_bool(const struct yaml_node *OR_NULL node, bool *out) NONNULL_AT(2);    /* plain true or false */

/* --- getters that report: absent or null gives the fallback (get) or a fault (need); a wrong type is always a fault
 *     and gives the fallback, or NULL or 0 --- */

const char *OR_NULL yaml_get_text(struct yaml_faults *faults, const struct yaml_node *OR_NULL mapping, const char *key,
				  const char *OR_NULL fallback) NONNULL_AT(1, 3);
const char *OR_NULL yaml_need_text(struct yaml_faults *faults, const struct yaml_node *OR_NULL mapping, const char *key)
	NONNULL_AT(1, 3);
int64_t yaml_get_int(struct yaml_faults *faults, const struct yaml_node *OR_NULL mapping, const char *key, int64_t min,
	int64_t max, int64_t fallback) NONNULL_AT(1, 3);
int64_t yaml_need_int(struct yaml_faults *faults, const struct yaml_node *OR_NULL mapping, const char *key, int64_t min,
	int64_t max) NONNULL_AT(1, 3);
bool yaml_get_bool(struct yaml_faults *faults, const struct yaml_node *OR_NULL mapping, const char *key, bool fallback)
	NONNULL_AT(1, 3);
/* The place of the text among names (ends with NULL); the fault lists them. */
int yaml_get_choice(struct yaml_faults *faults, const struct yaml_node *OR_NULL mapping, const char *key,
	const char *const *names, int fallback) NONNULL_AT(1, 3, 4);
int yaml_need_choice(struct yaml_faults *faults, const struct yaml_node *OR_NULL mapping, const char *key,
	const char *const *names) NONNULL_AT(1, 3, 4);
struct yaml_node *OR_NULL yaml_get_mapping(struct yaml_faults *faults, const struct yaml_node *OR_NULL mapping,
					   const char *key) NONNULL_AT(1, 3);
struct yaml_node *OR_NULL yaml_need_mapping(struct yaml_faults *faults, const struct yaml_node *OR_NULL mapping,
					    const char *key) NONNULL_AT(1, 3);
struct yaml_node *OR_NULL yaml_get_sequence(struct yaml_faults *faults, const struct yaml_node *OR_NULL mapping,
					    const char *key) NONNULL_AT(1, 3);
struct yaml_node *OR_NULL yaml_need_sequence(struct yaml_faults *faults, const struct yaml_node *OR_NULL mapping,
					     const char *key) NONNULL_AT(1, 3);
/* Faults for keys not among keys (ends with NULL), with the nearest one as a suggestion; for what is no mapping,
 * too. */
void yaml_allow(struct yaml_faults *faults, const struct yaml_node *OR_NULL mapping, const char *const *keys)
	NONNULL_AT(1, 3);

/* --- scalars with units --- */

/* "250ms", "10s", "5m", "2h", "1d"; plain "0". False otherwise. */
bool yaml_duration(const char *OR_NULL text, int64_t *ms) NONNULL_AT(2);
/* "512", "64K", "10M", "2G": bytes, K is 1024. */
bool yaml_size(const char *OR_NULL text, int64_t *bytes) NONNULL_AT(2);

/* Quoted scalars are texts; plain ones null, true, false, integers within int64 written without leading zeros, else
 * texts. The value is tied to the arena; NULL for null. */
struct json_object *OR_NULL yaml_to_json(struct arena *arena, const struct yaml_node *OR_NULL node) NONNULL_AT(1);

#endif
