#include "core/http/connection.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/http/cache.h"
#include "core/http/health.h"
#include "core/http/router.h"
#include "core/http/server_inside.h"
#include "core/http/site_inside.h"
#include "core/http/stream_inside.h"
#include "core/http/tally.h"

enum {
	READ_MAX = LOOP_SCRATCH,
	OWN_MAX = 2 * LOOP_SCRATCH, /* bytes that wait while a request is under way; then reading stops */
	BURST = 32,                 /* pipelined requests answered before others get their turn */
	LINGER_MS = 2000,
	HOLD_MS = 500,              /* of an answer 429, or of a lane that has no room */
	FRESH_MS = 1000,
	LINGER_BYTES = 4 << 20,
};

static void on_readable(evutil_socket_t fd, short what, void *arg);

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct http_connection *connection = arg;
	connection->loop->now_ms = clock_ms();
	http_connection_on_writable(connection);
	http_connection_advance(connection);
}

/* ---- States ---- */

static void want_read(struct http_connection *connection, bool on)
{
	if (connection->reading == on)
		return;
	connection->reading = on;
	if (on)
		event_add(&connection->readable, NULL);
	else
		event_del(&connection->readable);
}

void http_connection_want_write(struct http_connection *connection, bool on)
{
	if (connection->writing == on)
		return;
	connection->writing = on;
	if (on)
		event_add(&connection->writable, NULL);
	else
		event_del(&connection->writable);
}

static int64_t deadline_of(const struct http_connection *connection, enum http_connection_state state)
{
	const struct http_settings *settings = &connection->loop->server->settings;
	int64_t now = connection->loop->now_ms;
	switch (state) {
	case CONNECTION_HEAD:
		return now + settings->idle_timeout_ms;
	case CONNECTION_BODY:
		return connection->body_deadline_ms;
	case CONNECTION_WRITE:
		return connection->write_deadline_ms;
	case CONNECTION_WAIT:
		return now + connection->exchange->answer.wait_ms;
	case CONNECTION_LINGER:
		return now + LINGER_MS;
	default:
		return INT64_MAX;
	}
}

/* from → to. An upload goes body → away → body for each piece, a file write → away → write. */
static const bool allowed[CONNECTION_CLOSED + 1][CONNECTION_CLOSED + 1] = {
	[CONNECTION_HEAD] = {[CONNECTION_HEAD] = true,
		[CONNECTION_BODY] = true,
		[CONNECTION_AWAY] = true,
		[CONNECTION_WRITE] = true,
		[CONNECTION_LINGER] = true,
		[CONNECTION_CLOSED] = true},
	[CONNECTION_BODY] = {[CONNECTION_AWAY] = true,
		[CONNECTION_WRITE] = true,
		[CONNECTION_HEAD] = true,
		[CONNECTION_LINGER] = true,
		[CONNECTION_CLOSED] = true},
	[CONNECTION_AWAY] = {[CONNECTION_AWAY] = true,
		[CONNECTION_HEAD] = true,
		[CONNECTION_BODY] = true,
		[CONNECTION_WRITE] = true,
		[CONNECTION_STREAM] = true,
		[CONNECTION_WAIT] = true,
		[CONNECTION_LINGER] = true,
		[CONNECTION_CLOSED] = true},
	[CONNECTION_WRITE] = {[CONNECTION_HEAD] = true,
		[CONNECTION_AWAY] = true,
		[CONNECTION_LINGER] = true,
		[CONNECTION_CLOSED] = true},
	[CONNECTION_STREAM] = {[CONNECTION_CLOSED] = true, [CONNECTION_LINGER] = true},
	[CONNECTION_WAIT] = {[CONNECTION_HEAD] = true,
		[CONNECTION_WRITE] = true,
		[CONNECTION_LINGER] = true,
		[CONNECTION_CLOSED] = true},
	[CONNECTION_LINGER] = {[CONNECTION_CLOSED] = true},
};

void http_connection_enter(struct http_connection *connection, enum http_connection_state state)
{
	if (!allowed[connection->state][state]) {
		fprintf(stderr, "qilian: connection went from state %d to %d\n", (int)connection->state, (int)state);
		abort();
	}
	connection->deadline_ms = deadline_of(connection, state);
	connection->state = state;
	http_connection_want_write(connection, state == CONNECTION_WRITE);
	if (state == CONNECTION_HEAD || state == CONNECTION_BODY || state == CONNECTION_LINGER ||
		state == CONNECTION_STREAM)
		want_read(connection, !connection->eof);
	if (state == CONNECTION_LINGER) {
		connection->linger_left = LINGER_BYTES;
		connection->data_len = 0;
	}
}

static void link_live(struct http_connection *connection)
{
	struct loop *loop = connection->loop;
	connection->next = loop->connections;
	connection->prev = &loop->connections;
	if (connection->next)
		connection->next->prev = &connection->next;
	loop->connections = connection;
}

void http_connection_open(struct loop *loop, int fd, const struct address *peer, bool admin, bool counted)
{
	struct http_connection *connection = calloc(1, sizeof(*connection));
	if (!connection)
		abort();
	loop->now_ms = clock_ms();
	connection->loop = loop;
	connection->fd = fd;
	connection->admin = admin;
	connection->counted = counted;
	connection->trusted = server_trusts(loop->server, peer);
	address_format(peer, connection->peer);
	server_address_key(peer, connection->counted_as);
	event_assign(&connection->readable, loop->base, fd, EV_READ | EV_PERSIST, on_readable, connection);
	event_assign(&connection->writable, loop->base, fd, EV_WRITE | EV_PERSIST, on_writable, connection);
	http_parser_init(&connection->parser);
	link_live(connection);
	http_connection_enter(connection, CONNECTION_HEAD);
	connection->head_begun = true;
	connection->opened_ms = loop->now_ms;
	connection->deadline_ms = loop->now_ms + loop->server->settings.head_timeout_ms;
}

/* The exchange's answer, if it is still being made, will come back to nobody. */
static void let_go(struct http_connection *connection)
{
	struct exchange *exchange = connection->exchange;
	if (!exchange)
		return;
	connection->exchange = NULL;
	exchange->connection = NULL;
	if (exchange->answer.subscription)
		streams_leave(connection->loop, exchange->answer.subscription);
	if (exchange->away)
		atomic_store(&exchange->abandoned, true);
	else
		exchange_destroy(exchange);
}

void http_connection_close(struct http_connection *connection)
{
	struct loop *loop = connection->loop;
	if (connection->state == CONNECTION_CLOSED)
		return;
	let_go(connection);
	page_unref(connection->out.page);
	connection->out.page = NULL;
	want_read(connection, false);
	http_connection_enter(connection, CONNECTION_CLOSED);
	close(connection->fd);
	if (connection->counted)
		tally_give(loop->server->addresses, connection->counted_as);
	atomic_fetch_sub(&loop->server->connections, 1);
	atomic_fetch_sub(&loop->load, 1);
	buf_finish(&connection->out.head);
	free(connection->own);
	connection->own = NULL;
	connection->data_len = 0;
	*connection->prev = connection->next;
	if (connection->next)
		connection->next->prev = connection->prev;
	connection->next = loop->dead;
	loop->dead = connection;
}

/* Bytes that the kernel has and the loop has not seen yet: closing now would throw away a request. */
static bool has_arrived(const struct http_connection *connection)
{
	int bytes = 0;
	return ioctl(connection->fd, FIONREAD, &bytes) == 0 && bytes > 0;
}

bool http_connection_idle(const struct http_connection *connection)
{
	if (connection->state == CONNECTION_STREAM)
		return true;
	if (connection->state != CONNECTION_HEAD || connection->data_len || has_arrived(connection))
		return false;
	/* From one that has just come the first request is under way; one that was used may be closed between two. */
	return !connection->head_begun || connection->loop->now_ms >= connection->opened_ms + FRESH_MS;
}

void http_connection_hold(struct http_connection *connection)
{
	connection->deadline_ms = connection->loop->now_ms + HOLD_MS;
}

static void end_hold(struct http_connection *connection)
{
	/* What an upload that is not wanted still sends would be taken for the next request. */
	connection->close_after = connection->close_after || connection->exchange->step == EXCHANGE_ADMIT;
	http_connection_send(connection);
	http_connection_advance(connection);
}

void http_connection_tick(struct http_connection *connection)
{
	if (connection->loop->now_ms < connection->deadline_ms)
		return;
	if (connection->state == CONNECTION_WAIT) {
		http_connection_wait_end(connection, 204);
		http_connection_advance(connection);
		return;
	}
	if (connection->state == CONNECTION_AWAY) {
		end_hold(connection);
		return;
	}
	count(&connection->loop->counts.timeouts, 1);
	if (connection->state == CONNECTION_BODY || (connection->state == CONNECTION_HEAD && connection->data_len)) {
		http_connection_refuse(connection, 408, "the request did not arrive in time");
	} else {
		http_connection_close(connection);
	}
}

/* ---- Receiving ---- */

static void grow_own(struct http_connection *connection, size_t need)
{
	if (connection->own_cap >= need)
		return;
	size_t cap = connection->own_cap ? connection->own_cap : 4096;
	while (cap < need)
		cap *= 2;
	connection->own = realloc(connection->own, cap);
	if (!connection->own)
		abort();
	connection->own_cap = cap;
}

/* Bytes that nobody has used yet stay with the connection; without any it holds no memory for them. */
static void keep_rest(struct http_connection *connection)
{
	if (connection->data_len == 0) {
		free(connection->own);
		connection->own = NULL;
		connection->own_cap = 0;
	} else if (connection->own && connection->data >= connection->own &&
		connection->data < connection->own + connection->own_cap) {
		memmove(connection->own, connection->data, connection->data_len);
	} else {
		grow_own(connection, connection->data_len);
		assert(connection->own); /* there is something to keep */
		memcpy(connection->own, connection->data, connection->data_len);
	}
	connection->data = connection->own;
}

/* Reads once. */
static void receive(struct http_connection *connection)
{
	char *into = connection->loop->scratch;
	size_t room = READ_MAX;
	if (connection->data_len) {
		if (connection->data_len >= OWN_MAX) {
			want_read(connection, false);
			return;
		}
		room = OWN_MAX - connection->data_len < READ_MAX ? OWN_MAX - connection->data_len : READ_MAX;
		grow_own(connection, connection->data_len + room);
		connection->data = connection->own;
		into = connection->own + connection->data_len;
	}
	ssize_t n = recv(connection->fd, into, room, 0);
	if (n > 0) {
		if (!connection->data_len)
			connection->data = into;
		connection->data_len += (size_t)n;
		return;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		http_connection_close(connection);
		return;
	}
	connection->eof = true;
	want_read(connection, false);
}

static void drop_incoming(struct http_connection *connection)
{
	ssize_t n = recv(connection->fd, connection->loop->scratch, LOOP_SCRATCH, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0 || (connection->state == CONNECTION_LINGER && (size_t)n >= connection->linger_left)) {
		http_connection_close(connection);
		return;
	}
	if (connection->state == CONNECTION_LINGER)
		connection->linger_left -= (size_t)n;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct http_connection *connection = arg;
	connection->loop->now_ms = clock_ms();
	if (connection->state == CONNECTION_CLOSED)
		return;
	if (connection->state == CONNECTION_LINGER || connection->state == CONNECTION_STREAM) {
		drop_incoming(connection);
		return;
	}
	receive(connection);
	/* Even if nothing is new: the rest of a burst waits for its turn here. */
	http_connection_advance(connection);
}

/* ---- A request ---- */

static const struct problem_kind refusals[] = {
	{"malformed-http", 400, "HTTP 请求不符合规范，未作任何处理。",
		"The HTTP request is malformed; nothing was done."},
	{"request-timeout", 408, "请求未能及时到达，请重试。", "The request did not arrive in time; send it again."},
	{"address-too-long", 414, "请求地址过长。", "The address is too long."},
	{"expectation-failed", 417, "不支持该 Expect 要求。", "The expectation cannot be met."},
	{"headers-too-large", 431, "请求头过多或过长。", "The headers are too many or too long."},
	{"not-implemented", 501, "不支持该请求方法或传输编码。", "The method or transfer coding is not supported."},
	{"http-version", 505, "仅支持 HTTP/1.1。", "Only HTTP/1.1 is supported."},
};

void http_connection_refuse(struct http_connection *connection, int status, const char *reason)
{
	const struct problem_kind *kind = &refusals[0];
	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++)
		if (refusals[i].status == status)
			kind = &refusals[i];
	if (status == 400)
		count(&connection->loop->counts.broken, 1);
	connection->close_after = true;
	struct exchange *exchange = connection->exchange ? connection->exchange : exchange_create_empty(connection);
	struct arena *arena = exchange->request.arena;
	exchange_answer(
		exchange, problem_detail(arena, kind, kind->zh, arena_printf(arena, "%s (%s)", kind->en, reason)));
	http_connection_send(connection);
}

static bool last_of_list(const char **value, size_t *len)
{
	const char *comma = memrchr(*value, ',', *len);
	const char *from = comma ? comma + 1 : *value, *end = *value + *len;
	while (from < end && (*from == ' ' || *from == '\t'))
		from++;
	while (end > from && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	*value = from;
	*len = (size_t)(end - from);
	return comma != NULL;
}

/* From the right, the first address that is not one of ours is the client's; what stands left of it anybody may
 * write. */
static void believe_for(struct http_connection *connection, const char *value, size_t len)
{
	for (bool more = value != NULL; more;) {
		const char *item = value;
		size_t item_len = len;
		struct address address;
		more = last_of_list(&item, &item_len);
		if (!address_parse(item, item_len, &address))
			return;
		address_format(&address, connection->client);
		if (!more || !server_trusts(connection->loop->server, &address))
			return;
		len = (size_t)(item - value);
		while (len && value[len - 1] != ',')
			len--;
		len -= len > 0;
	}
}

static bool believe_proxy(struct http_connection *connection, const char *bytes)
{
	struct http_parser *parser = &connection->parser;
	size_t len;
	const char *value = http_parser_known(parser, bytes, HTTP_HEADER_X_FORWARDED_FOR, &len);
	believe_for(connection, value, len);
	if (!connection->loop->server->settings.forwarded_host)
		return true;
	value = http_parser_known(parser, bytes, HTTP_HEADER_X_FORWARDED_HOST, &len);
	return !value || http_host_parse(value, len, parser->host, &parser->port);
}

static bool send_cached(struct http_connection *connection, const char *bytes)
{
	struct loop *loop = connection->loop;
	const struct http_parser *parser = &connection->parser;
	size_t language_len, coding_len;
	const char *language = http_parser_known(parser, bytes, HTTP_HEADER_ACCEPT_LANGUAGE, &language_len);
	const char *coding = http_parser_known(parser, bytes, HTTP_HEADER_ACCEPT_ENCODING, &coding_len);
	struct cache_key key = {
		.host = parser->host,
		.port = parser->port,
		.secure = connection->secure,
		.english = http_language_of(language, language_len) == HTTP_EN,
		.gzip = http_accepts(coding, coding_len, "gzip"),
		.target = bytes + parser->target.at,
		.target_len = parser->target.len,
	};
	struct page *page = cache_get(loop->cache, &key, &loop->server->generations, loop->now_ms);
	if (!page)
		return false;
	count(&loop->counts.cached, 1);
	char id[17];
	loop_request_id(loop, id);
	struct page_request wanted = {.id = id,
		.method = parser->method,
		.path = bytes + parser->path.at,
		.path_len = parser->path.len,
		.begun_us = 0};
	wanted.if_none_match = http_parser_known(parser, bytes, HTTP_HEADER_IF_NONE_MATCH, &wanted.if_none_match_len);
	http_connection_send_page(connection, page, &wanted);
	return true;
}

static void answer_now(struct http_connection *connection, struct problem *problem)
{
	/* A body that nobody reads would be taken for the next request. */
	if (connection->parser.has_body)
		connection->close_after = true;
	exchange_answer(connection->exchange, problem);
	http_connection_send(connection);
}

static struct problem *busy(struct exchange *exchange)
{
	struct problem *problem = problem_new(exchange->request.arena, &PROBLEM_UNAVAILABLE);
	problem->retry_after = 1;
	return problem;
}

static void dispatch(struct http_connection *connection, enum exchange_step step)
{
	http_connection_enter(connection, CONNECTION_AWAY);
	connection->exchange->away = exchange_dispatch(connection->exchange, step);
	if (!connection->exchange->away)
		answer_now(connection, busy(connection->exchange));
}

static struct problem *check_body(struct http_connection *connection)
{
	struct exchange *exchange = connection->exchange;
	const struct request *request = &exchange->request;
	const struct http_settings *settings = &connection->loop->server->settings;
	enum route_body kind = request->route->body;
	if (kind == ROUTE_BODY_FILE && !connection->parser.has_body)
		return problem_detail(request->arena, &PROBLEM_MALFORMED, "上传内容为空。", "The upload is empty.");
	if (!connection->parser.has_body)
		return NULL;
	if (kind == ROUTE_BODY_NONE)
		return problem_detail(request->arena, &PROBLEM_MALFORMED, "此请求不应带有内容。",
			"This request takes no body.");
	exchange->body_max = kind == ROUTE_BODY_FILE ? settings->upload_max : settings->body_max;
	if (request->route->body_max)
		exchange->body_max = request->route->body_max;
	if (connection->parser.content_length > exchange->body_max)
		return problem_new(request->arena, &PROBLEM_TOO_LARGE);
	if (kind == ROUTE_BODY_FILE && !settings->spool)
		return problem_new(request->arena, &PROBLEM_UNAVAILABLE);
	return NULL;
}

static bool take_upload(struct exchange *exchange)
{
	struct http_server *server = exchange->request.server;
	exchange->upload_counted = true;
	return atomic_fetch_add(&server->uploads, 1) < server->settings.uploads_max;
}

static void route(struct http_connection *connection)
{
	struct exchange *exchange = connection->exchange;
	struct request *request = &exchange->request;
	const struct http_server *server = connection->loop->server;
	if (health_answers(server, request, connection->admin)) {
		answer_now(connection, NULL);
		return;
	}
	struct problem *problem = connection->admin ? problem_new(request->arena, &PROBLEM_NOT_FOUND)
	                                            : router_match(server->router, request);
	if (problem && problem->kind == &PROBLEM_NOT_FOUND && server->site && !connection->admin) {
		struct page *page = NULL;
		if (site_answers(server->site, request, exchange->gzip, &page, &problem)) {
			if (connection->parser.has_body)
				connection->close_after = true;
			if (page)
				http_connection_answer_page(connection, page);
			else
				answer_now(connection, problem);
			return;
		}
	}
	if (!problem)
		problem = check_body(connection);
	if (problem)
		answer_now(connection, problem);
	else if (!connection->parser.has_body)
		dispatch(connection, EXCHANGE_RUN);
	else if (request->route->body == ROUTE_BODY_JSON)
		http_connection_begin_body(connection);
	else if (take_upload(exchange))
		dispatch(connection, EXCHANGE_ADMIT);
	else
		answer_now(connection, busy(exchange));
}

static void handle(struct http_connection *connection)
{
	const char *bytes = connection->data;
	struct http_parser *parser = &connection->parser;
	connection->data += parser->head_len;
	connection->data_len -= parser->head_len;
	connection->close_after = parser->close;
	connection->secure = connection->loop->server->settings.https;
	memcpy(connection->client, connection->peer, sizeof(connection->client));
	if (connection->trusted && !believe_proxy(connection, bytes)) {
		http_connection_refuse(connection, 400, "X-Forwarded-Host names no host");
		return;
	}
	bool reads = parser->method == HTTP_GET || parser->method == HTTP_HEAD;
	if (reads && !parser->has_body && !connection->admin && connection->loop->cache &&
		send_cached(connection, bytes))
		return;
	if (exchange_create(connection, parser, bytes))
		route(connection);
	else
		http_connection_refuse(connection, 400, "the path or the query cannot be decoded");
}

/* True if another step may follow at once. */
static bool read_head(struct http_connection *connection)
{
	if (connection->data_len == 0) {
		if (connection->eof)
			http_connection_close(connection);
		return false;
	}
	if (!connection->head_begun) {
		connection->head_begun = true;
		connection->deadline_ms = connection->loop->now_ms + connection->loop->server->settings.head_timeout_ms;
	}
	switch (http_parser_head(&connection->parser, connection->data, connection->data_len)) {
	case HTTP_PARSE_MORE:
		if (connection->eof)
			http_connection_close(connection);
		return false;
	case HTTP_PARSE_BAD:
		http_connection_refuse(connection, connection->parser.status, connection->parser.reason);
		return true;
	default:
		handle(connection);
		return true;
	}
}

void http_connection_advance(struct http_connection *connection)
{
	bool more = true;
	for (int i = 0; more && i < BURST; i++) {
		if (connection->state == CONNECTION_HEAD)
			more = read_head(connection);
		else if (connection->state == CONNECTION_BODY)
			more = http_connection_read_body(connection);
		else
			more = false;
	}
	/* Who waits and hangs up is gone; who asked and closed its sending side may still want its answer. */
	if (connection->state == CONNECTION_WAIT && connection->eof)
		http_connection_close(connection);
	if (connection->state == CONNECTION_CLOSED)
		return;
	keep_rest(connection);
	/* Others first; the rest of the burst comes with the next round of the loop. */
	if (more)
		event_active(&connection->readable, EV_READ, 1);
}
