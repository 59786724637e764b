#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "core/http/cache.h"
#include "core/http/connection.h"
#include "core/http/router.h"
#include "core/http/server_inside.h"

enum {
	FILE_CHUNK = 256 * 1024,
	STREAM_PENDING_MAX = 256 * 1024, /* a client this far behind is cut: it reads again when it is back */
	WRITE_BYTES_PER_MS = 8,          /* a reader that takes less is cut: 8 KiB a second */
};

#define OWNER(member_pointer, type, member) ((type *)((char *)(member_pointer) - offsetof(type, member)))

size_t http_connection_tail(const struct http_connection *connection, const char *id, char out[TAIL_MAX])
{
	static const char name[] = "X-Request-Id: ", close_line[] = "\r\nConnection: close\r\n\r\n";
	size_t n = strlen(connection->loop->date), len = strlen(id);
	memcpy(out, connection->loop->date, n);
	memcpy(out + n, name, sizeof(name) - 1);
	n += sizeof(name) - 1;
	memcpy(out + n, id, len);
	n += len;
	if (connection->close_after) {
		memcpy(out + n, close_line, sizeof(close_line) - 1);
		return n + sizeof(close_line) - 1;
	}
	memcpy(out + n, "\r\n\r\n", 4);
	return n + 4;
}

/* ---- The end of an answer ---- */

static void read_file_chunk(struct http_connection *connection);

static void finish(struct http_connection *connection)
{
	struct exchange *exchange = connection->exchange;
	if (exchange && exchange->answer.fd >= 0 && exchange->answer.file_left && !exchange->head_only) {
		read_file_chunk(connection);
		return;
	}
	connection->exchange = NULL;
	exchange_destroy(exchange);
	page_unref(connection->out.page);
	connection->out.page = NULL;
	buf_finish(&connection->out.head);
	if (!connection->close_after) {
		http_parser_init(&connection->parser);
		connection->head_begun = false;
		http_connection_enter(connection, CONNECTION_HEAD);
	} else if (connection->eof) {
		http_connection_close(connection);
	} else {
		shutdown(connection->fd, SHUT_WR);
		http_connection_enter(connection, CONNECTION_LINGER);
	}
}

/* ---- Writing ---- */

static void skip(struct iovec *part, size_t *n)
{
	size_t taken = *n < part->iov_len ? *n : part->iov_len;
	if (!taken) /* an empty part may be NULL, to which C lets nobody add even 0 */
		return;
	part->iov_base = (char *)part->iov_base + taken;
	part->iov_len -= taken;
	*n -= taken;
}

/* Head, tail and body in one call. What the socket does not take is kept: head and tail as a copy, the body where it
 * is. */
static void send_parts(
	struct http_connection *connection, const struct buf *head, const char *id, const char *body, size_t body_len)
{
	char tail[TAIL_MAX];
	struct iovec parts[3] = {
		{head->data, head->len},
		{tail, http_connection_tail(connection, id, tail)},
		{(void *)(uintptr_t)body, body_len},
	};
	size_t total = parts[0].iov_len + parts[1].iov_len + body_len;
	count(&connection->loop->counts.sent_bytes, total);
	ssize_t sent = writev(connection->fd, parts, body_len ? 3 : 2);
	if (sent == (ssize_t)total) {
		connection->out.body_left = 0;
		finish(connection);
		return;
	}
	if (sent < 0 && errno != EAGAIN && errno != EINTR) {
		http_connection_close(connection);
		return;
	}
	size_t n = sent < 0 ? 0 : (size_t)sent;
	for (int i = 0; i < 3; i++)
		skip(&parts[i], &n);
	struct output *out = &connection->out;
	if (!out->head.data)
		buf_init(&out->head);
	buf_reset(&out->head);
	out->head_at = 0;
	buf_add(&out->head, parts[0].iov_base, parts[0].iov_len);
	buf_add(&out->head, parts[1].iov_base, parts[1].iov_len);
	out->body = parts[2].iov_base;
	out->body_left = parts[2].iov_len;
	http_connection_enter(connection, CONNECTION_WRITE);
}

/* Writes what is left. True when all is written; on an error the connection is closed. */
static bool flush(struct http_connection *connection)
{
	struct output *out = &connection->out;
	size_t head_left = out->head.len - out->head_at;
	struct iovec parts[2] = {
		{out->head.data + out->head_at, head_left},
		{(void *)(uintptr_t)out->body, out->body_left},
	};
	if (!head_left && !out->body_left)
		return true;
	ssize_t sent = writev(connection->fd, parts, out->body_left ? 2 : 1);
	if (sent < 0) {
		if (errno != EAGAIN && errno != EINTR)
			http_connection_close(connection);
		return false;
	}
	size_t n = (size_t)sent;
	skip(&parts[0], &n);
	skip(&parts[1], &n);
	out->head_at = out->head.len - parts[0].iov_len;
	out->body = parts[1].iov_base;
	out->body_left = parts[1].iov_len;
	return parts[0].iov_len == 0 && out->body_left == 0;
}

static void flush_stream(struct http_connection *connection)
{
	bool done = flush(connection);
	if (connection->state == CONNECTION_CLOSED)
		return;
	http_connection_want_write(connection, !done);
	if (done) {
		buf_finish(&connection->out.head);
		connection->out.head_at = 0;
		connection->deadline_ms = INT64_MAX;
	} else if (connection->deadline_ms == INT64_MAX) {
		connection->deadline_ms =
			connection->loop->now_ms + connection->loop->server->settings.write_timeout_ms;
	}
}

void http_connection_write_more(struct http_connection *connection, const char *text, size_t len)
{
	struct buf *head = &connection->out.head;
	if (!head->data)
		buf_init(head);
	if (head->len - connection->out.head_at + len > STREAM_PENDING_MAX) {
		http_connection_close(connection);
		return;
	}
	if (connection->out.head_at) {
		memmove(head->data, head->data + connection->out.head_at, head->len - connection->out.head_at);
		head->len -= connection->out.head_at;
		connection->out.head_at = 0;
	}
	buf_add(head, text, len);
	count(&connection->loop->counts.sent_bytes, len);
	flush_stream(connection);
}

void http_connection_on_writable(struct http_connection *connection)
{
	if (connection->state == CONNECTION_STREAM)
		flush_stream(connection);
	else if (connection->state == CONNECTION_WRITE && flush(connection))
		finish(connection);
}

void http_connection_send_continue(struct http_connection *connection)
{
	static const char line[] = "HTTP/1.1 100 Continue\r\n\r\n";
	/* Nothing else is on its way to the client now, so the socket takes these few bytes; if not, the client is not
	 * reading. */
	if (send(connection->fd, line, sizeof(line) - 1, MSG_NOSIGNAL) != (ssize_t)sizeof(line) - 1)
		http_connection_close(connection);
}

/* ---- Files ---- */

static void read_on_disk_thread(struct worker_job *job, void *state)
{
	struct exchange *exchange = OWNER(job, struct exchange, job);
	struct answer *answer = &exchange->answer;
	size_t want = answer->file_left < FILE_CHUNK ? (size_t)answer->file_left : FILE_CHUNK;
	if (!exchange->body)
		exchange->body = buf_in(exchange->request.arena);
	static const char zeros[4096];
	buf_reset(exchange->body);
	while (exchange->body->len < want && exchange->body->cap < want)
		buf_add(exchange->body, zeros, sizeof(zeros));
	ssize_t got = pread(answer->fd, exchange->body->data, want, (off_t)answer->file_at);
	exchange->body->len = got > 0 ? (size_t)got : 0;
	answer->file_at += exchange->body->len;
	answer->file_left -= exchange->body->len;
	loop_post(exchange->loop, &exchange->post);
}

static void file_chunk_back(struct loop *loop, struct loop_post *post)
{
	struct exchange *exchange = OWNER(post, struct exchange, post);
	struct http_connection *connection = exchange->connection;
	exchange->away = false;
	loop->now_ms = clock_ms();
	if (!connection) {
		exchange_destroy(exchange);
		return;
	}
	if (!exchange->body->len) {
		/* The file became shorter or unreadable: the length promised cannot be kept. */
		http_connection_close(connection);
		return;
	}
	connection->out.body = exchange->body->data;
	connection->out.body_left = exchange->body->len;
	count(&loop->counts.sent_bytes, exchange->body->len);
	http_connection_enter(connection, CONNECTION_WRITE);
	http_connection_on_writable(connection);
	http_connection_advance(connection);
}

static void read_file_chunk(struct http_connection *connection)
{
	struct exchange *exchange = connection->exchange;
	http_connection_enter(connection, CONNECTION_AWAY);
	exchange->away = true;
	exchange->job.run = read_on_disk_thread;
	exchange->post.run = file_chunk_back;
	worker_push_always(exchange->request.server->disk, &exchange->job);
}

/* ---- Answers ---- */

static const char *const method_names[HTTP_METHODS] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

static void begin_answer(struct http_connection *connection, int status, uint64_t bytes)
{
	struct loop *loop = connection->loop;
	connection->close_after =
		connection->close_after || atomic_load_explicit(&loop->server->leaving, memory_order_relaxed);
	connection->write_deadline_ms =
		loop->now_ms + loop->server->settings.write_timeout_ms + (int64_t)(bytes / WRITE_BYTES_PER_MS);
	count(&loop->counts.answers[status / 100 % 6], 1);
}

/* What stands in a path for a {code} or {token} opens doors: the log gets the route's path instead. */
static const char *path_for_log(const struct request *request)
{
	const char *pattern = request->route ? request->route->path : NULL;
	bool secret = pattern && (strstr(pattern, "{code}") || strstr(pattern, "{token}"));
	return secret ? pattern : request->path;
}

static void log_exchange(const struct exchange *exchange, int status, uint64_t bytes)
{
	const struct request *request = &exchange->request;
	const char *path = path_for_log(request);
	if (request->server->settings.access_log)
		loop_log(exchange->loop, &(struct loop_line){.platform_id = request->diag.platform_id,
			.request_id = request->diag.request_id, .method = method_names[request->method], .path = path,
			.path_len = strlen(path), .status = status, .us = clock_us() - exchange->begun_us,
			.bytes = bytes, .entry = request->entry});
}

void http_connection_send_page(struct http_connection *connection, struct page *page, const struct page_request *wanted)
{
	bool same = page->status == 200 && wanted->if_none_match &&
		etag_listed(wanted->if_none_match, wanted->if_none_match_len, page->etag);
	int status = same ? 304 : page->status;
	struct buf head = {
		.data = same ? page->head_same : page->head, .len = same ? page->head_same_len : page->head_len};
	size_t body_len = same || wanted->method == HTTP_HEAD ? 0 : page->body_len;
	begin_answer(connection, status, body_len);
	if (connection->loop->server->settings.access_log)
		loop_log(connection->loop, &(struct loop_line){.request_id = wanted->id,
			.method = method_names[wanted->method], .path = wanted->path, .path_len = wanted->path_len,
			.status = status, .us = wanted->begun_us ? clock_us() - wanted->begun_us : 0,
			.bytes = body_len});
	page_ref(page);
	connection->out.page = page;
	send_parts(connection, &head, wanted->id, page->body, body_len);
}

void http_connection_answer_page(struct http_connection *connection, struct page *page)
{
	struct exchange *exchange = connection->exchange;
	struct request *request = &exchange->request;
	const char *list = request_header(request, "If-None-Match");
	struct page_request wanted = {.id = request->diag.request_id, .method = request->method, .if_none_match = list,
		.if_none_match_len = list ? strlen(list) : 0, .path = request->path, .path_len = strlen(request->path),
		.begun_us = exchange->begun_us};
	http_connection_send_page(connection, page, &wanted);
}

static void keep_and_send(struct http_connection *connection)
{
	struct exchange *exchange = connection->exchange;
	struct request *request = &exchange->request;
	const struct answer *answer = &exchange->answer;
	struct loop *loop = connection->loop;
	const char *etag = answer->etag[0] ? answer->etag : answer_header(answer, "ETag");
	struct page *page = page_create(request->status, answer->head->data, answer->head->len, answer->head_same->data,
		answer->head_same->len, answer->body, answer->body_len, etag);
	struct cache_key key = {.host = request->host, .port = request->port, .secure = request->secure,
		.english = request_language(request) == HTTP_EN, .gzip = exchange->gzip, .target = exchange->target,
		.target_len = exchange->target_len};
	if (loop->cache)
		cache_put(loop->cache, &key, page, answer->cache_platform, answer->cache_generation,
			loop->now_ms + (int64_t)answer->cache_max_age_s * 1000);
	http_connection_answer_page(connection, page);
	page_unref(page);
}

void http_connection_send(struct http_connection *connection)
{
	struct exchange *exchange = connection->exchange;
	const struct answer *answer = &exchange->answer;
	if (answer->kind != ANSWER_WHOLE) {
		http_connection_stream_begin(connection);
		return;
	}
	if (answer->cacheable) {
		keep_and_send(connection);
		return;
	}
	size_t body_len = exchange->head_only ? 0 : answer->body_len;
	uint64_t bytes = answer->fd >= 0 ? answer->file_left : body_len;
	begin_answer(connection, exchange->request.status, bytes);
	log_exchange(exchange, exchange->request.status, bytes);
	send_parts(connection, answer->head, exchange->request.diag.request_id, answer->body, body_len);
}
