#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/crypto/uuid.h"
#include "core/http/connection.h"
#include "core/http/router.h"
#include "core/http/server_inside.h"

/* An upload is written in pieces of about this size, one at a time; meanwhile the client is not read from. */
enum { PIECE = 256 * 1024 };

#define OWNER(member_pointer, type, member) ((type *)((char *)(member_pointer) - offsetof(type, member)))

static bool is_upload(const struct exchange *exchange)
{
	return exchange->request.route->body == ROUTE_BODY_FILE;
}

void http_connection_begin_body(struct http_connection *connection)
{
	struct exchange *exchange = connection->exchange;
	const struct http_settings *settings = &connection->loop->server->settings;
	exchange->body = buf_in(exchange->request.arena);
	connection->body_left = connection->parser.content_length;
	connection->body_deadline_ms = connection->loop->now_ms +
		(is_upload(exchange) ? settings->upload_timeout_ms : settings->body_timeout_ms);
	http_chunks_init(&connection->chunks);
	http_connection_enter(connection, CONNECTION_BODY);
	if (connection->parser.expect_continue && connection->data_len == 0)
		http_connection_send_continue(connection);
}

/* ---- To the disk ---- */

static bool write_all(int fd, const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = write(fd, bytes, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			errno = EIO;
		if (n <= 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

static bool open_spool(struct exchange *exchange)
{
	struct request *request = &exchange->request;
	if (exchange->spool_fd >= 0)
		return true;
	char *path = arena_printf(
		request->arena, "%s/upload-%s", request->server->settings.spool, uuid_text(request->arena, uuid_v7()));
	exchange->spool_fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (exchange->spool_fd >= 0)
		request->body_file = path;
	return exchange->spool_fd >= 0;
}

static void write_on_disk_thread(struct worker_job *job, void *state)
{
	struct exchange *exchange = OWNER(job, struct exchange, job);
	if (!open_spool(exchange) || !write_all(exchange->spool_fd, exchange->body->data, exchange->body->len)) {
		int reason = errno;
		diag_error(&exchange->request.diag, "upload to %s: %s", exchange->request.server->settings.spool,
			strerror(reason));
		exchange->problem = problem_of_disk(exchange->request.arena, reason);
	}
	buf_reset(exchange->body);
	loop_post(exchange->loop, &exchange->post);
}

static void piece_back(struct loop *loop, struct loop_post *post)
{
	struct exchange *exchange = OWNER(post, struct exchange, post);
	exchange->away = false;
	loop->now_ms = clock_ms();
	if (!exchange->connection)
		exchange_destroy(exchange);
	else
		http_connection_spooled(exchange->connection);
}

static void spool(struct http_connection *connection)
{
	struct exchange *exchange = connection->exchange;
	http_connection_enter(connection, CONNECTION_AWAY);
	exchange->away = true;
	exchange->problem = NULL;
	exchange->job.run = write_on_disk_thread;
	exchange->post.run = piece_back;
	worker_push_always(exchange->request.server->disk, &exchange->job);
}

/* ---- From the client ---- */

static bool complete(const struct http_connection *connection)
{
	return connection->body_left == 0;
}

static void answer_problem(struct http_connection *connection, struct problem *problem)
{
	connection->close_after = connection->close_after || !complete(connection);
	exchange_answer(connection->exchange, problem);
	http_connection_send(connection);
}

static void run(struct http_connection *connection)
{
	struct exchange *exchange = connection->exchange;
	struct request *request = &exchange->request;
	if (is_upload(exchange)) {
		close(exchange->spool_fd);
		exchange->spool_fd = -1;
	} else {
		request->body = exchange->body->data;
	}
	request->body_len = (size_t)exchange->body_seen;
	/* The clock of the request itself starts now: receiving it had a deadline of its own. */
	request->deadline_ms = connection->loop->now_ms + connection->loop->server->settings.request_timeout_ms;
	if (connection->state == CONNECTION_BODY)
		http_connection_enter(connection, CONNECTION_AWAY);
	exchange->away = exchange_dispatch(exchange, EXCHANGE_RUN);
	if (!exchange->away) {
		struct problem *problem = problem_new(request->arena, &PROBLEM_UNAVAILABLE);
		problem->retry_after = 1;
		answer_problem(connection, problem);
	}
}

void http_connection_spooled(struct http_connection *connection)
{
	struct exchange *exchange = connection->exchange;
	if (exchange->problem)
		answer_problem(connection, exchange->problem);
	else if (complete(connection))
		run(connection);
	else
		http_connection_enter(connection, CONNECTION_BODY);
	http_connection_advance(connection);
}

/* Takes the next piece of content out of what has arrived; body_left stays above 0 until the end is seen. */
static enum http_parse take(struct http_connection *connection, const char **piece, size_t *len)
{
	size_t used;
	if (connection->parser.chunked) {
		enum http_parse result = http_chunks_next(
			&connection->chunks, connection->data, connection->data_len, &used, piece, len);
		connection->data += used;
		connection->data_len -= used;
		connection->body_left = result == HTTP_PARSE_DONE ? 0 : 1;
		return result;
	}
	*piece = connection->data;
	*len = connection->body_left < connection->data_len ? (size_t)connection->body_left : connection->data_len;
	connection->data += *len;
	connection->data_len -= *len;
	connection->body_left -= *len;
	return connection->body_left ? HTTP_PARSE_MORE : HTTP_PARSE_DONE;
}

/* Many clients with large bodies must not fill the memory together. */
static bool hold(struct exchange *exchange, size_t len)
{
	struct http_server *server = exchange->request.server;
	exchange->body_held += len;
	return atomic_fetch_add(&server->body_bytes, len) + len <= server->settings.bodies_max;
}

/* True when the body is all there, or the connection has gone another way. */
static bool read_pieces(struct http_connection *connection)
{
	struct exchange *exchange = connection->exchange;
	if (connection->parser.chunked)
		connection->body_left = 1;
	while (connection->data_len || complete(connection)) {
		const char *piece;
		size_t len;
		enum http_parse result = take(connection, &piece, &len);
		if (result == HTTP_PARSE_BAD) {
			http_connection_refuse(connection, 400, connection->chunks.reason);
			return true;
		}
		exchange->body_seen += len;
		if (exchange->body_seen > exchange->body_max) {
			answer_problem(connection, problem_new(exchange->request.arena, &PROBLEM_TOO_LARGE));
			return true;
		}
		if (!is_upload(exchange) && !hold(exchange, len)) {
			struct problem *problem = problem_new(exchange->request.arena, &PROBLEM_UNAVAILABLE);
			problem->retry_after = 1;
			answer_problem(connection, problem);
			return true;
		}
		buf_add(exchange->body, piece, len);
		if (result == HTTP_PARSE_DONE || (is_upload(exchange) && exchange->body->len >= PIECE))
			return true;
	}
	return false;
}

bool http_connection_read_body(struct http_connection *connection)
{
	struct exchange *exchange = connection->exchange;
	if (!read_pieces(connection)) {
		if (connection->eof)
			http_connection_close(connection);
		return false;
	}
	if (connection->state != CONNECTION_BODY || connection->exchange != exchange)
		return true;
	if (is_upload(exchange))
		spool(connection);
	else
		run(connection);
	return true;
}
