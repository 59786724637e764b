/* answer: what becomes of a request, made on the worker (or on the loop for what needs none) and ready to be sent. */
#ifndef QILIAN_CORE_HTTP_ANSWER_H
#define QILIAN_CORE_HTTP_ANSWER_H

#include "core/attributes.h"
#include "core/http/page.h"
#include "core/http/request.h"

struct subscription;

enum answer_kind {
	ANSWER_WHOLE,
	ANSWER_STREAM, /* server-sent events */
	ANSWER_WAIT,   /* long polling */
};

struct answer_header {
	struct answer_header *next;
	const char *name, *value;
};

struct answer {
	/* Asked for by the handler. */
	struct answer_header *headers, **headers_last;
	int fd; /* of request_send_file(); -1 for none */
	uint64_t file_at, file_left;
	struct json_object *json; /* of request_json() */
	bool json_read;
	bool cacheable;
	uint32_t cache_platform;
	uint64_t cache_generation;
	int cache_max_age_s;
	enum answer_kind kind;
	int wait_ms;
	struct subscription *subscription;

	/* Made by answer_render(). */
	struct buf *head;      /* status line and headers; the sender adds Date, X-Request-Id, Connection and the empty
			          line */
	struct buf *head_same; /* for 304; NULL unless cacheable */
	const char *body;
	size_t body_len;
	char etag[PAGE_ETAG];
};

void answer_init(struct answer *answer, struct arena *arena) NONNULL;
/* Head and body of what the handler left, or of the problem. gzip: the client takes it. */
void answer_render(struct request *request, struct problem *OR_NULL problem, bool gzip) NONNULL_AT(1);

/* A problem as it is answered (RFC 9457). */
void answer_write_problem(struct request *request, const struct problem *problem, struct buf *out) NONNULL;

/* A header that the handler set; NULL if it did not. */
const char *OR_NULL answer_header(const struct answer *answer, const char *name) NONNULL;
const char *http_status_phrase(int status) RETURNS_NONNULL;
/* Of an Accept-Encoding value: "gzip" or "br", with a quality above 0. */
bool http_accepts(const char *OR_NULL value, size_t len, const char *coding) NONNULL_AT(3);
/* Of an Accept-Language value. */
enum http_language http_language_of(const char *OR_NULL value, size_t len);

#endif
