/* fetch: one request to another server's JSON API, within a deadline. Blocks: for workers and jobs. No redirects,
 * certificates are always verified, answers of at most 256 KiB. */
#ifndef QILIAN_CORE_OUT_FETCH_H
#define QILIAN_CORE_OUT_FETCH_H

#include <stddef.h>

#include "core/attributes.h"
#include "core/problem.h"

struct arena;
struct json_object;

struct fetch_field {
	const char *name;
	const char *value;
};

struct fetch {
	const char *url;    /* http or https */
	const char *bearer; /* an access token, or NULL */
	const struct fetch_field *form; /* a POST of these as application/x-www-form-urlencoded; NULL: a GET */
	size_t form_count;
	unsigned deadline_ms;
};

extern const struct problem_kind PROBLEM_FETCH; /* 502: no answer, not a 2xx, or no JSON object */

struct problem *fetch_json(struct arena *arena, const struct fetch *fetch, struct json_object **out) NONNULL MUST_CHECK;

/* Percent-encoded for a query or form. */
const char *fetch_escape(struct arena *arena, const char *text) NONNULL RETURNS_NONNULL;

#endif
