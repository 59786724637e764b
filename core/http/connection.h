/* connection: one client's TCP connection on its loop thread.
 *
 * It reads with plain events and writes with one writev() rather than through libevent's bufferevent: a cached answer
 * then goes from memory to the socket without being copied or allocated for, and a full buffer simply stops the
 * reading.
 *
 * One request is under way at a time; bytes of the next wait. http_connection_enter() alone changes the state. After
 * http_connection_close() the memory stays until the loop's next tick, so callers up the stack may still look at the
 * state.
 */
#ifndef QILIAN_CORE_HTTP_CONNECTION_H
#define QILIAN_CORE_HTTP_CONNECTION_H

#include <event2/event_struct.h>

#include "core/attributes.h"
#include "core/http/address.h"
#include "core/http/exchange.h"
#include "core/http/loop.h"
#include "core/http/page.h"
#include "core/http/parser.h"

enum http_connection_state {
	CONNECTION_HEAD,   /* idle, or a head is coming in */
	CONNECTION_BODY,   /* a body is coming in */
	CONNECTION_AWAY,   /* the exchange is with a worker or a disk thread */
	CONNECTION_WRITE,  /* the socket is full */
	CONNECTION_STREAM, /* server-sent events */
	CONNECTION_WAIT,   /* long polling */
	CONNECTION_LINGER, /* all is said; what still comes in is dropped, so that the answer is not reset away */
	CONNECTION_CLOSED,
};

/* What is still to be written. */
struct output {
	struct buf head; /* copied only if the socket did not take it at once; data is NULL before */
	size_t head_at;
	const char *body; /* of the page or the exchange */
	size_t body_left;
	struct page *page;
};

/* What a page's answer depends on, besides the page. */
struct page_request {
	const char *id; /* request id */
	enum http_method method;
	const char *if_none_match; /* NULL if absent */
	size_t if_none_match_len;
	const char *path; /* for the access log */
	size_t path_len;
	int64_t begun_us; /* 0: just now */
};

struct http_connection {
	struct http_connection *next, **prev; /* loop.connections; loop.dead once closed (next only) */
	struct loop *loop;
	int fd;
	struct event readable, writable;
	bool reading, writing; /* the events are added */
	enum http_connection_state state;
	int64_t opened_ms;
	int64_t deadline_ms;       /* of the state; INT64_MAX for none */
	int64_t body_deadline_ms;  /* of the body under way */
	int64_t write_deadline_ms; /* of the answer under way */
	bool eof;
	bool head_begun;
	bool close_after; /* the answer under way is the last */
	bool admin;       /* came in on the admin port */
	bool trusted;     /* from a trusted proxy */
	bool counted;     /* in server.addresses */

	const char *data; /* bytes received and not used: in loop.scratch during a read, else in own */
	size_t data_len;
	char *own;
	size_t own_cap;

	struct http_parser parser;
	struct http_chunks chunks;
	uint64_t body_left; /* of a body with Content-Length */
	size_t linger_left;
	int64_t until_ms; /* when an event stream ends, to be opened anew */
	struct exchange *exchange;
	struct output out;

	bool secure;               /* of the request: https as users see it */
	char client[ADDRESS_TEXT]; /* of the request: who asks */
	char peer[ADDRESS_TEXT];   /* of the connection */
	char counted_as[ADDRESS_TEXT];
};

void http_connection_open(struct loop *loop, int fd, const struct address *peer, bool admin, bool counted) NONNULL;
/* Aborts on a change that makes no sense. */
void http_connection_enter(struct http_connection *connection, enum http_connection_state state) NONNULL;
void http_connection_close(struct http_connection *connection) NONNULL;
/* Goes on with whatever bytes there are. */
void http_connection_advance(struct http_connection *connection) NONNULL;
/* The answer is there, and is sent a little later: nobody waits for it but the client. */
void http_connection_hold(struct http_connection *connection) NONNULL;
/* Deadlines. */
void http_connection_tick(struct http_connection *connection) NONNULL;
/* True if it may be closed without anybody missing anything. */
bool http_connection_idle(const struct http_connection *connection) NONNULL;

/* Answers with a problem about the request's form and ends the connection. */
void http_connection_refuse(struct http_connection *connection, int status, const char *reason) NONNULL;
/* The connection's exchange has its answer. */
void http_connection_send(struct http_connection *connection) NONNULL;
/* A page as the answer to the connection's exchange, or to a request that needed none. */
void http_connection_answer_page(struct http_connection *connection, struct page *page) NONNULL;
void http_connection_send_page(
	struct http_connection *connection, struct page *page, const struct page_request *wanted) NONNULL;
void http_connection_on_writable(struct http_connection *connection) NONNULL;
void http_connection_want_write(struct http_connection *connection, bool on) NONNULL;
/* "100 Continue" */
void http_connection_send_continue(struct http_connection *connection) NONNULL;

/* Bodies (connection_body.c). */
void http_connection_begin_body(struct http_connection *connection) NONNULL;
/* False when it needs more bytes or has handed the exchange on. */
bool http_connection_read_body(struct http_connection *connection) NONNULL;
/* The disk thread is done with a piece of an upload; the loop has the exchange again. */
void http_connection_spooled(struct http_connection *connection) NONNULL;

/* Streams (stream.c). */
void http_connection_stream_begin(struct http_connection *connection) NONNULL;
void http_connection_stream_heartbeat(struct http_connection *connection) NONNULL;
/* The end of long polling: 204, or 200 with what the exchange's out holds. */
void http_connection_wait_end(struct http_connection *connection, int status) NONNULL;

/* For streams: appends to what is to be written and writes what the socket takes. */
void http_connection_write_more(struct http_connection *connection, const char *text, size_t len) NONNULL;
/* Date, X-Request-Id, Connection and the empty line. */
enum { TAIL_MAX = 192 };
size_t http_connection_tail(const struct http_connection *connection, const char *id, char out[TAIL_MAX]) NONNULL;

#endif
