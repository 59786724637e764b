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
#include "core/attributes.h"
#include "core/buf.h"
#include "core/diag.h"
#include "core/problem.h"

struct answer;
struct db;
struct http_server;
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
	const char *client;    /* address of the client as trusted_proxies allow; "" if none is known, never NULL */
	const char *client_net; /* the same, or the /64 that an IPv6 address lies in: what one client may have all of */
	bool secure;           /* https as users see it (http_settings.https), whatever a proxy says */
	int64_t deadline_ms;   /* absolute, CLOCK_MONOTONIC; database calls stop by then */

	/* What the router found. */
	const struct route *route;
	const char *const *path_values; /* of the {names} in the route's path, in order */

	/* Where its handler runs and whose share that is (core/http/lane.h): the route's and the client's, unless the
	 * gate says otherwise. */
	int lane;
	uint64_t share_group, share_member;

	bool uncacheable; /* set by the gate: this answer is not for everybody, whatever its handler says */
	uint64_t begun_generation; /* http_server_touch(0) as of before the gate looked: what it knew may be void when
				      the handler caches */

	struct db *db;    /* the worker's; NULL on a loop thread */
	void *call;       /* what the gate found out about the caller (struct call) */

	/* The answer. */
	int status;
	const char *content_type; /* application/json preset */
	struct buf *out;
	bool no_gzip;
	/* The last entry of the platform's log that it wrote, for the access log; 0: none. */
	uint64_t entry;

	/* The server's own; NULL in a unit test, where the functions below work all the same. */
	struct http_server *server;
	struct answer *answer;
};

enum http_language { HTTP_ZH, HTTP_EN };

/* A request without a server, for unit tests of handlers: GET / on localhost, with an arena of its own that
 * request_destroy() takes away with it. */
struct request *request_create(void) RETURNS_NONNULL;
void request_destroy(struct request *OR_NULL request);

const char *OR_NULL request_header(const struct request *request, const char *name) NONNULL; /* NULL if absent */
const char *OR_NULL request_query(const struct request *request, const char *name) NONNULL;  /* NULL if absent */
/* NULL if absent. Over https only what was set as a __Host- cookie counts: no neighbouring host name can plant one (RFC
 * 6265bis 4.1.3). */
const char *OR_NULL request_cookie(const struct request *request, const char *name) NONNULL;
/* Which of our two languages Accept-Language prefers; Chinese when it says nothing. */
enum http_language request_language(const struct request *request) NONNULL;

/* The same for a page, where ?lang=zh or ?lang=en in its address comes first: search engines know each language by an
 * address of its own. */
enum http_language request_page_language(const struct request *request) NONNULL;

/* Adds a header to the answer. A value with control bytes (CR, LF) is left out and told to the operator. Not for the
 * headers that the server writes itself, which is a defect: abort. They are Content-Length, Content-Type,
 * Content-Encoding, Transfer-Encoding, Connection, Date, Vary, X-Request-Id. Cache-Control and Referrer-Policy given
 * here replace the defaults (no-store, same-origin). Headers stay when the handler returns a problem (Set-Cookie,
 * Retry-After). Copied. */
void request_add_header(struct request *request, const char *name, const char *value) NONNULL;
/* For the whole host, HttpOnly; over https Secure, with the prefix __Host- that request_cookie() expects. */
void request_set_cookie(struct request *request, const char *name, const char *value, int max_age_s) NONNULL;
/* Answers with a file, with ranges and its length. The descriptor is taken over. */
void request_send_file(struct request *request, int fd, uint64_t size, const char *content_type) NONNULL;
/* The body as strict JSON, an object; PROBLEM_MALFORMED or PROBLEM_MEDIA_TYPE otherwise. Parsed once. */
struct problem *request_json(struct request *request, struct json_object **out) NONNULL MUST_CHECK;
/* Sets ETag: "<version>". A GET whose If-None-Match holds it is answered 304. */
void request_set_etag(struct request *request, uint64_t version) NONNULL;

/* Says that this answer is the same for everybody in the same language, signed in or not, until the platform changes
 * (http_server_touch()) or max_age_s have passed: the loop threads will give it without asking a handler. While one
 * asks for it anew, the others get the old one, for a second at most. Call it before
 * reading what the answer is made of: a change in between then voids it. For GET with status 200, without
 * Set-Cookie. */
void request_cache(struct request *request, uint32_t platform_id, int max_age_s) NONNULL;

/* Events without a worker. First the topics, before reading what they tell about, so that nothing falls between:
 * PROBLEM_RATE if the session (any stable text, never a secret; see http_stream_cut()) has too many
 * streams open already. Then one of:
 *
 *   request_stream()  turns the answer into server-sent events that last until the client leaves
 *   request_wait()    keeps the answer until something is published: 200 {"topic":…,"event":…,"data":…}; after
 *                     timeout_ms 204 (long polling)
 *
 * or neither, and the subscription is dropped. See core/http/stream.h for publishing. */
struct problem *request_subscribe(struct request *request, const char *session, const char *const *topics,
                                  size_t count) NONNULL MUST_CHECK;
void request_stream(struct request *request) NONNULL;
void request_wait(struct request *request, int timeout_ms) NONNULL;

#endif
