/* json: strict reading, streaming writing and a canonical form of JSON (RFC 8259, RFC 8785).
 *
 * Values are json-c's `struct json_object`, null is NULL as there. The reader is ours, since json-c even in its
 * strict mode takes duplicate keys, single quotes and clamps large numbers.
 *
 * value   an object, array, text, integer (int64), number with fraction or exponent (double), boolean or null
 */
#ifndef QILIAN_CORE_TEXT_JSON_H
#define QILIAN_CORE_TEXT_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json_object.h>
#include <json-c/linkhash.h>

#include "core/attributes.h"
#include "core/crypto/uuid.h"
#include "core/problem.h"

struct arena;
struct buf;

enum {
	JSON_DEPTH_MAX = 32,       /* arrays and objects within one another */
	JSON_VALUES_MAX = 100000,  /* values in one text, containers included */
};

/* Reads one value. Refused as PROBLEM_MALFORMED with line and column: anything RFC 8259 does not allow, duplicate keys
 * (compared after unescaping), invalid UTF-8, a byte order mark, NUL and lone surrogates even when escaped, integers
 * outside int64 (1e30 too), numbers with fraction or exponent that a double does not give back digit for digit, more
 * depth or values than above. The value lives as long as the arena. *out is NULL for `null` and on a problem. */
struct problem *json_parse(struct arena *arena, const char *bytes, size_t len, struct json_object **out) NONNULL
	MUST_CHECK;
/* The same; also refuses what is not an object, so that *out is never NULL without a problem. */
struct problem *json_parse_object(
	struct arena *arena, const char *bytes, size_t len, struct json_object **out) NONNULL MUST_CHECK;

/* Ties a reference of the caller to the arena; answers the value. */
struct json_object *OR_NULL json_own(struct arena *arena, struct json_object *OR_NULL value) NONNULL_AT(1);

/* Getters: object may be NULL or of another type, the member absent, null or of another type; then NULL or false,
 * and *out untouched. Texts live as long as the value. */
struct json_object *OR_NULL json_get(const struct json_object *OR_NULL object, const char *key) NONNULL_AT(2);
struct json_object *OR_NULL json_get_object(const struct json_object *OR_NULL object, const char *key) NONNULL_AT(2);
struct json_object *OR_NULL json_get_array(const struct json_object *OR_NULL object, const char *key) NONNULL_AT(2);
const char *OR_NULL json_get_text(const struct json_object *OR_NULL object, const char *key) NONNULL_AT(2);
bool json_get_int(const struct json_object *OR_NULL object, const char *key, int64_t *out) NONNULL_AT(2, 3);
/* takes integers too */
bool json_get_double(const struct json_object *OR_NULL object, const char *key, double *out) NONNULL_AT(2, 3);
bool json_get_bool(const struct json_object *OR_NULL object, const char *key, bool *out) NONNULL_AT(2, 3);
/* True also for a member that is null. */
bool json_has(const struct json_object *OR_NULL object, const char *key) NONNULL_AT(2);

/* 0 and NULL for what is no array, or behind its end. */
size_t json_count(const struct json_object *OR_NULL array);
struct json_object *OR_NULL json_at(const struct json_object *OR_NULL array, size_t i);
/* NULL for what is no text. */
const char *OR_NULL json_text(const struct json_object *OR_NULL value);
/* RFC 6901; "" is the value itself. NULL where there is nothing. */
struct json_object *OR_NULL json_at_pointer(struct json_object *OR_NULL value, const char *pointer) NONNULL_AT(2);
/* "/key" or "/3" behind a pointer, with ~ and / escaped. */
const char *json_pointer_add(struct arena *arena, const char *pointer, const char *key) NONNULL RETURNS_NONNULL;
const char *json_pointer_index(struct arena *arena, const char *pointer, size_t i) NONNULL RETURNS_NONNULL;

/* Writer: appends to a buf and sets the commas. Misuse (a key in an array, an end without its begin) aborts.
 *
 *     struct json_writer w;
 *     jw_init(&w, out);
 *     jw_object_begin(&w);
 *     jw_kv_text(&w, "name", row->name);
 *     jw_key(&w, "tags"); jw_array_begin(&w); … jw_array_end(&w);
 *     jw_object_end(&w);
 */
struct json_writer {
	struct buf *out;
	uint64_t objects; /* bit i: the container at depth i is an object */
	unsigned depth;
	bool comma; /* something precedes in this container */
	bool keyed; /* a key waits for its value */
};

void jw_init(struct json_writer *w, struct buf *out) NONNULL;
void jw_object_begin(struct json_writer *w) NONNULL;
void jw_object_end(struct json_writer *w) NONNULL;
void jw_array_begin(struct json_writer *w) NONNULL;
void jw_array_end(struct json_writer *w) NONNULL;
void jw_key(struct json_writer *w, const char *key) NONNULL;
/* NULL writes null. Bytes that are no UTF-8 become U+FFFD, so that what is written is always JSON. */
void jw_text(struct json_writer *w, const char *OR_NULL text) NONNULL_AT(1);
void jw_text_len(struct json_writer *w, const char *text, size_t len) NONNULL;
void jw_int(struct json_writer *w, int64_t value) NONNULL;
void jw_uint(struct json_writer *w, uint64_t value) NONNULL;
void jw_bool(struct json_writer *w, bool value) NONNULL;
void jw_null(struct json_writer *w) NONNULL;
/* The nil UUID writes null. */
void jw_uuid(struct json_writer *w, struct uuid value) NONNULL;
/* Shortest digits that read back the same; null for NaN and infinities. */
void jw_double(struct json_writer *w, double value) NONNULL;
/* One ready-made JSON value, unchecked; NULL writes null. */
void jw_raw(struct json_writer *w, const char *OR_NULL json, size_t len) NONNULL_AT(1);
/* A value in its own order of keys. */
void jw_json(struct json_writer *w, const struct json_object *OR_NULL value) NONNULL_AT(1);

void jw_kv_text(struct json_writer *w, const char *key, const char *OR_NULL text) NONNULL_AT(1, 2);
void jw_kv_int(struct json_writer *w, const char *key, int64_t value) NONNULL;
void jw_kv_uint(struct json_writer *w, const char *key, uint64_t value) NONNULL;
void jw_kv_bool(struct json_writer *w, const char *key, bool value) NONNULL;
void jw_kv_double(struct json_writer *w, const char *key, double value) NONNULL;
void jw_kv_uuid(struct json_writer *w, const char *key, struct uuid value) NONNULL;
void jw_kv_null(struct json_writer *w, const char *key) NONNULL;
void jw_kv_raw(struct json_writer *w, const char *key, const char *OR_NULL json, size_t len) NONNULL_AT(1, 2);
void jw_kv_json(struct json_writer *w, const char *key, const struct json_object *OR_NULL value) NONNULL_AT(1, 2);

/* The text as a quoted JSON string. */
void json_quote(struct buf *out, const char *text, size_t len) NONNULL;
/* One spelling per value (RFC 8785: keys in UTF-16 order, no spaces, ECMAScript numbers); what hashes are taken
 * over. */
void json_canonical(struct buf *out, const struct json_object *OR_NULL value) NONNULL_AT(1);

#endif
