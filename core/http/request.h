/* request: one HTTP request and its answer, as a handler on a worker thread sees them.
 *
 * Owned by the HTTP server; everything in it lives as long as request->arena. A handler runs straight
 * through on a worker thread and may block. The client may leave meanwhile; the handler never notices.
 *
 * To answer: set request->status (200 is preset) and fill request->out through a json_writer or
 * buf_*(), or hand a file over with request_send_file(). Returning a problem discards what was
 * written and answers application/problem+json.
 */
#ifndef QILIAN_CORE_HTTP_REQUEST_H
#define QILIAN_CORE_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/diag.h"
#include "core/problem.h"

struct db;
struct json_object;
struct route;

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_PUT, HTTP_PATCH, HTTP_DELETE, HTTP_OPTIONS };
enum { HTTP_METHODS = HTTP_OPTIONS + 1 };

struct http_pair {
	const char *name; /* a header's: as it was sent; compare without case */
	const char *value;
};

struct request {
	struct arena *arena;
	struct diag_context diag; /* request id; platform id once it is known */

	/* What was asked. */
	enum http_method method;
	const char *host; /* lower case, without port; validated */
	uint16_t port;    /* of the Host header, 0 if none: links are built with it */
	const char *path; /* percent-decoded, normalised: no "//", ".", ".."; begins with '/' */
	const char *query_raw;         /* as sent, without '?'; NULL if none */
	const struct http_pair *query; /* decoded; a duplicate name is a problem unless the route allows lists */
	size_t query_count;
	const struct http_pair *headers;
	size_t header_count;
	const char *body; /* NUL-terminated; NULL when streamed to a file */
	size_t body_len;
	const char *body_file; /* a streamed upload in the spool folder, removed with the request unless
	                          somebody renames it away; NULL otherwise */
	const char *client;    /* address of the client as trusted_proxies allow */
	bool secure;           /* https, as seen by the client */
	int64_t deadline_ms;   /* absolute, CLOCK_MONOTONIC; database calls stop by then */

	/* What the router found. */
	const struct route *route;
	const char *const *path_values; /* of the {names} in the route's path, in order */

	struct db *db;    /* the worker's; NULL on a loop thread */
	void *call;       /* what the gate found out about the caller (struct call) */

	/* The answer. */
	int status;
	const char *content_type; /* application/json preset */
	struct buf *out;
	bool no_gzip;
};

const char *request_header(const struct request *request, const char *name); /* NULL if absent */
const char *request_query(const struct request *request, const char *name);  /* NULL if absent */
const char *request_cookie(const struct request *request, const char *name); /* NULL if absent */

/* Adds a header to the answer; the value must hold no CR, LF or NUL (such a one is a defect: abort). */
void request_add_header(struct request *request, const char *name, const char *value);
void request_set_cookie(struct request *request, const char *name, const char *value, const char *path, int max_age_s,
                        bool http_only);
/* Answers with a file, with ranges and its length. The descriptor is taken over. */
void request_send_file(struct request *request, int fd, uint64_t size, const char *content_type);
/* The body as strict JSON, an object; PROBLEM_MALFORMED or PROBLEM_MEDIA_TYPE otherwise. Parsed once. */
struct problem *request_json(struct request *request, struct json_object **out) MUST_CHECK;
/* Sets ETag: "<version>". */
void request_set_etag(struct request *request, uint64_t version);

#endif
