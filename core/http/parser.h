/* parser: the bytes of one HTTP/1.1 request head and of a chunked body (RFC 9112), read strictly.
 *
 * Pure functions over bytes: no sockets, no allocation, linear time. What two readers could understand in two ways is
 * refused, because a proxy in front may have understood it the other way (request smuggling):
 *
 *   bare LF or CR, folded lines, NUL or control bytes in a value, a space before the colon, a missing or second Host,
 *   Content-Length that is no plain number or comes twice, Transfer-Encoding other than "chunked" or beside
 *   Content-Length, chunk sizes with sign, prefix, space or extension.
 *
 * span    a piece of the head, as offsets from its first byte: the caller may move the bytes between calls
 * field   one header line
 * known   headers that the server itself reads; found while parsing, so that nobody searches for them
 *
 * To make another header known: a row in HTTP_HEADERS below.
 */
#ifndef QILIAN_CORE_HTTP_PARSER_H
#define QILIAN_CORE_HTTP_PARSER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attributes.h"
#include "core/http/request.h"

/* X(id, name in lower case, single: a second one is refused). Of others the last counts: a proxy adds its own behind
 * what the client sent. */
#define HTTP_HEADERS(X) \
	X(HOST, "host", true) \
	X(RANGE, "range", true) \
	X(COOKIE, "cookie", true) \
	X(EXPECT, "expect", true) \
	X(ORIGIN, "origin", true) \
	X(IF_MATCH, "if-match", true) \
	X(CONNECTION, "connection", false) \
	X(CONTENT_TYPE, "content-type", true) \
	X(IF_NONE_MATCH, "if-none-match", false) \
	X(AUTHORIZATION, "authorization", true) \
	X(CONTENT_LENGTH, "content-length", true) \
	X(ACCEPT_ENCODING, "accept-encoding", false) \
	X(ACCEPT_LANGUAGE, "accept-language", false) \
	X(IDEMPOTENCY_KEY, "idempotency-key", true) \
	X(CONTENT_ENCODING, "content-encoding", true) \
	X(TRANSFER_ENCODING, "transfer-encoding", true) \
	X(X_REQUEST_ID, "x-request-id", true) \
	X(X_FORWARDED_FOR, "x-forwarded-for", false) \
	X(X_FORWARDED_HOST, "x-forwarded-host", false) \
	X(X_FORWARDED_PROTO, "x-forwarded-proto", false)

enum http_header {
#define X(id, name, single) HTTP_HEADER_##id,
	HTTP_HEADERS(X)
#undef X
	HTTP_HEADER_KNOWN,
	HTTP_HEADER_OTHER = HTTP_HEADER_KNOWN,
};

enum {
	HTTP_FIELDS_MAX = 100,
	HTTP_LINE_MAX = 8 * 1024,  /* the request line */
	HTTP_HEAD_MAX = 32 * 1024, /* all of the head; offsets below are 16 bits wide */
	HTTP_HOST_MAX = 253,
	HTTP_TRAILERS_MAX = 16,
	HTTP_TRAILER_BYTES_MAX = 4096,
};

struct http_span {
	uint16_t at, len;
};

struct http_field {
	struct http_span name, value;
};

enum http_parse {
	HTTP_PARSE_MORE, /* all right so far, more bytes are needed */
	HTTP_PARSE_DONE,
	HTTP_PARSE_BAD, /* see status and reason; the connection cannot go on */
};

struct http_parser {
	/* While reading. */
	uint32_t scanned; /* bytes in which the end of the current line is not */
	uint32_t line;    /* where the current line begins */
	bool begun;       /* the request line is read */

	/* Why it is bad: an HTTP status and an English phrase. */
	int status;
	const char *reason;

	/* When done. */
	size_t head_len; /* bytes up to and including the empty line */
	enum http_method method;
	bool http10;
	struct http_span target; /* as sent */
	struct http_span path;   /* raw, begins with '/'; "*" for OPTIONS *; length 0 for an absolute target without
				    one */
	struct http_span query;  /* raw, without '?' */
	bool has_query;
	bool has_body;            /* Content-Length above 0, or chunked */
	bool chunked;
	uint64_t content_length;  /* 0 if absent or chunked */
	bool close;               /* Connection: close, or HTTP/1.0 */
	bool expect_continue;
	char host[HTTP_HOST_MAX + 1]; /* lower case, without port and final dot */
	uint16_t port;                /* 0 if none was sent */

	size_t field_count;
	uint8_t known[HTTP_HEADER_KNOWN]; /* field index + 1; 0 if absent */
	struct http_field fields[HTTP_FIELDS_MAX];
};

void http_parser_init(struct http_parser *parser) NONNULL;
/* bytes begin with the first byte of the request each time, len grows. One empty line before it is skipped. */
enum http_parse http_parser_head(struct http_parser *parser, const char *bytes, size_t len) NONNULL;
/* The value of a known header within bytes, or NULL; *len is its length (it is not NUL-terminated). */
const char *OR_NULL http_parser_known(const struct http_parser *parser, const char *bytes, enum http_header header,
				      size_t *len) NONNULL;

/* A chunked body, piece by piece. */
struct http_chunks {
	int state;
	uint64_t left;   /* bytes of this chunk still to come */
	unsigned digits; /* of the chunk size */
	unsigned trailers;
	unsigned trailer_bytes;
	bool colon; /* in a trailer line, its colon was seen */
	const char *reason;
};

void http_chunks_init(struct http_chunks *chunks) NONNULL;
/* Reads up to the next piece of content: *used bytes are done with, of which data_len at *data are content (0 if
 * none). Call again with what follows while MORE is answered and bytes are left. */
enum http_parse http_chunks_next(struct http_chunks *chunks, const char *bytes, size_t len, size_t *used,
	const char **data, size_t *data_len) NONNULL;

/* Host or authority: name, IPv4 or [IPv6] with an optional port. Writes it as http_parser.host holds it. */
bool http_host_parse(const char *text, size_t len, char out[HTTP_HOST_MAX + 1], uint16_t *port) NONNULL;

/* Strict percent-decoding of a path into out (len + 1 bytes, NUL-terminated). Refused: bad escapes, NUL and control
 * bytes, an escaped slash, backslash, "//", "." and ".." segments, invalid UTF-8. */
bool http_path_decode(const char *raw, size_t len, char *out) NONNULL;
/* One name or value of a query ('+' is a space); refused: bad escapes, NUL, invalid UTF-8. */
bool http_query_decode(const char *raw, size_t len, char *out) NONNULL;

#endif
