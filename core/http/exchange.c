#include "core/http/exchange.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/http/connection.h"
#include "core/http/parser.h"
#include "core/http/router.h"
#include "core/http/server_inside.h"
#include "core/metrics.h"

enum { QUERY_MAX = 200 };

#define OWNER(member_pointer, type, member) ((type *)((char *)(member_pointer) - offsetof(type, member)))

int64_t clock_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_ms(void)
{
	return clock_us() / 1000;
}

void request_init(struct request *request, struct arena *arena, struct answer *answer)
{
	request->arena = arena;
	request->client = request->client_net = "";
	request->status = 200;
	request->content_type = "application/json; charset=utf-8";
	request->out = buf_in(arena);
	request->answer = answer;
	answer_init(answer, arena);
}

/* One client may have all of a /64. */
static const char *net_of(struct arena *arena, const char *client)
{
	struct address address;
	if (!strchr(client, ':') || !address_parse(client, strlen(client), &address))
		return client;
	char *net = arena_alloc(arena, ADDRESS_TEXT);
	server_address_key(&address, net);
	return net;
}

struct exchange *exchange_create_empty(struct http_connection *connection)
{
	struct arena *arena = arena_create();
	struct exchange *exchange = ARENA_NEW(arena, struct exchange);
	struct request *request = &exchange->request;
	request_init(request, arena, &exchange->answer);
	exchange->loop = connection->loop;
	exchange->connection = connection;
	exchange->spool_fd = -1;
	exchange->begun_us = clock_us();
	loop_request_id(connection->loop, exchange->request_id);
	request->diag.request_id = exchange->request_id;
	request->server = connection->loop->server;
	request->host = "";
	request->path = "";
	request->client = arena_strdup(arena, connection->client);
	request->begun_generation = atomic_load_explicit(&request->server->generations.all, memory_order_acquire);
	request->client_net = net_of(arena, request->client);
	request->secure = connection->secure;
	connection->exchange = exchange;
	return exchange;
}

/* Names end at their colon and values at their CRLF, so that a copy of the head holds all strings. */
static void take_headers(struct request *request, const struct http_parser *parser, char *copy)
{
	struct http_pair *headers = ARENA_ARRAY(request->arena, struct http_pair, parser->field_count + 1);
	for (size_t i = 0; i < parser->field_count; i++) {
		struct http_field field = parser->fields[i];
		copy[field.name.at + field.name.len] = '\0';
		copy[field.value.at + field.value.len] = '\0';
		headers[i] = (struct http_pair){copy + field.name.at, copy + field.value.at};
	}
	request->headers = headers;
	request->header_count = parser->field_count;
}

static bool take_path(struct request *request, const struct http_parser *parser, const char *copy)
{
	const char *raw = copy + parser->path.at;
	size_t len = parser->path.len;
	if (len == 0 || (len == 1 && raw[0] == '*')) {
		request->path = len ? "*" : "/";
		return true;
	}
	char *path = arena_alloc(request->arena, len + 1);
	request->path = path;
	return http_path_decode(raw, len, path);
}

static const char *take_part(struct arena *arena, const char *raw, size_t len)
{
	char *text = arena_alloc(arena, len + 1);
	return http_query_decode(raw, len, text) ? text : NULL;
}

static bool take_query(struct request *request)
{
	size_t max = 1;
	for (const char *c = request->query_raw; c && *c; c++)
		max += *c == '&';
	if (max > QUERY_MAX)
		return false;
	struct http_pair *pairs = ARENA_ARRAY(request->arena, struct http_pair, max);
	request->query = pairs;
	for (const char *at = request->query_raw; at && *at;) {
		size_t len = strcspn(at, "&");
		const char *equals = memchr(at, '=', len);
		size_t name = equals ? (size_t)(equals - at) : len;
		if (len) {
			struct http_pair *pair = &pairs[request->query_count++];
			pair->name = take_part(request->arena, at, name);
			pair->value = take_part(request->arena, at + name + !!equals, len - name - !!equals);
			if (!pair->name || !pair->value)
				return false;
		}
		at += len + (at[len] == '&');
	}
	return true;
}

/* A proxy that we trust may have given the request a name already. */
static void take_id(struct exchange *exchange, const struct http_connection *connection)
{
	const char *id = connection->trusted ? request_header(&exchange->request, "X-Request-Id") : NULL;
	size_t len = id ? strlen(id) : 0;
	bool good = len >= 8 && len < sizeof(exchange->request_id) &&
		strspn(id, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.") == len;
	if (good)
		memcpy(exchange->request_id, id, len + 1);
}

struct exchange *exchange_create(
	struct http_connection *connection, const struct http_parser *parser, const char *bytes)
{
	struct exchange *exchange = exchange_create_empty(connection);
	struct request *request = &exchange->request;
	char *copy = arena_memdup(request->arena, bytes, parser->head_len);
	const struct http_settings *settings = &connection->loop->server->settings;
	request->method = parser->method;
	request->host = arena_strdup(request->arena, parser->host);
	request->port = parser->port;
	request->deadline_ms = exchange->begun_us / 1000 + settings->request_timeout_ms;
	exchange->head_only = parser->method == HTTP_HEAD;
	exchange->target = copy + parser->target.at;
	exchange->target_len = parser->target.len;
	copy[parser->target.at + parser->target.len] = '\0';
	request->query_raw = parser->has_query ? copy + parser->query.at : NULL;
	take_headers(request, parser, copy);
	take_id(exchange, connection);
	const char *coding = request_header(request, "Accept-Encoding");
	exchange->gzip = coding && http_accepts(coding, strlen(coding), "gzip");
	if (take_path(request, parser, copy) && take_query(request))
		return exchange;
	connection->exchange = NULL;
	exchange_destroy(exchange);
	return NULL;
}

/* ---- The end ---- */

static void destroy_now(struct exchange *exchange)
{
	struct request *request = &exchange->request;
	if (exchange->spool_fd >= 0)
		close(exchange->spool_fd);
	if (exchange->answer.fd >= 0)
		close(exchange->answer.fd);
	/* A handler that kept the upload has renamed it; then there is nothing to remove. */
	if (request->body_file)
		unlink(request->body_file);
	arena_destroy(request->arena);
}

static void destroy_on_disk_thread(struct worker_job *job, void *state)
{
	destroy_now(OWNER(job, struct exchange, job));
}

void exchange_destroy(struct exchange *exchange)
{
	if (!exchange)
		return;
	struct http_server *server = exchange->request.server;
	if (exchange->upload_counted)
		atomic_fetch_sub(&server->uploads, 1);
	exchange->upload_counted = false;
	atomic_fetch_sub(&server->body_bytes, exchange->body_held);
	exchange->body_held = 0;
	if (exchange->request.body_file && server->disk) {
		exchange->job.run = destroy_on_disk_thread;
		worker_push_always(server->disk, &exchange->job);
		return;
	}
	destroy_now(exchange);
}

/* ---- At work ---- */

static void come_back(struct loop *loop, struct loop_post *post)
{
	struct exchange *exchange = OWNER(post, struct exchange, post);
	struct http_connection *connection = exchange->connection;
	exchange->away = false;
	loop->now_ms = clock_ms();
	if (!connection) {
		exchange_destroy(exchange);
		return;
	}
	if (exchange->held) {
		exchange->held = false;
		http_connection_hold(connection);
	} else if (exchange->step == EXCHANGE_ADMIT && !exchange->problem) {
		http_connection_begin_body(connection);
	} else {
		/* What an upload that is not wanted still sends would be taken for the next request. */
		connection->close_after = connection->close_after || exchange->step == EXCHANGE_ADMIT;
		http_connection_send(connection);
	}
	http_connection_advance(connection);
}

void exchange_answer(struct exchange *exchange, struct problem *problem)
{
	answer_render(&exchange->request, problem, exchange->gzip);
}

static struct problem *busy(struct request *request, int retry_after)
{
	struct problem *problem = problem_new(request->arena, &PROBLEM_UNAVAILABLE);
	problem->retry_after = retry_after;
	return problem;
}

static struct problem *run_step(
	struct exchange *exchange, struct problem *(*step)(const struct router *router, struct request *request))
{
	struct request *request = &exchange->request;
	const struct http_server *server = request->server;
	if (clock_ms() >= request->deadline_ms)
		return busy(request, 1);
	if (server->hooks.begin)
		server->hooks.begin(request, server->hooks.arg);
	struct problem *problem = step(server->router, request);
	/* Rendered while the worker's database is still at hand for the hook. */
	if (server->hooks.end)
		server->hooks.end(request, server->hooks.arg);
	return problem;
}

static void run_on(struct exchange *exchange, void *state,
	struct problem *(*step)(const struct router *router, struct request *request))
{
	exchange->request.db = state;
	exchange->problem = run_step(exchange, step);
	exchange->request.db = NULL;
}

static void answer_run(struct exchange *exchange)
{
	exchange_answer(exchange, exchange->problem);
	exchange->held = exchange->held || exchange->request.status == 429;
}

static void work_in_lane(struct worker_job *job, void *state)
{
	struct exchange *exchange = OWNER(job, struct exchange, job);
	if (!atomic_load(&exchange->abandoned)) {
		run_on(exchange, state, router_handle);
		answer_run(exchange);
		metric_observe(exchange->request.server->seconds, (double)(clock_us() - exchange->begun_us) / 1e6);
	}
	loop_post(exchange->loop, &exchange->post);
}

/* Its gate is through, so that it is known whose share it takes. True: it is the lane's from now on. */
static bool hand_over(struct exchange *exchange)
{
	struct request *request = &exchange->request;
	exchange->job.run = work_in_lane;
	exchange->job.group = request->share_group;
	exchange->job.member = request->share_member;
	if (worker_push(request->server->lanes[request->lane], &exchange->job))
		return true;
	exchange->problem = busy(request, 2);
	exchange->held = true;
	return false;
}

static void work(struct worker_job *job, void *state)
{
	struct exchange *exchange = OWNER(job, struct exchange, job);
	struct request *request = &exchange->request;
	if (!atomic_load(&exchange->abandoned)) {
		run_on(exchange, state, router_admit);
		bool runs = exchange->step == EXCHANGE_RUN && !exchange->problem;
		if (runs && request->lane != LANE_COMMON && hand_over(exchange))
			return;
		if (runs && request->lane == LANE_COMMON)
			run_on(exchange, state, router_handle);
		if (exchange->step == EXCHANGE_RUN || exchange->problem)
			answer_run(exchange);
		metric_observe(request->server->seconds, (double)(clock_us() - exchange->begun_us) / 1e6);
	}
	loop_post(exchange->loop, &exchange->post);
}

/* Who asks, as far as one can tell before the gate has looked: the address, and behind it the platform with the session
 * or key. */
static void take_share(struct exchange *exchange)
{
	struct request *request = &exchange->request;
	const char *cookie = request_header(request, "Cookie"), *key = request_header(request, "Authorization");
	exchange->job.group = page_hash(0, request->client_net, strlen(request->client_net));
	exchange->job.member = page_hash(1, request->host, strlen(request->host));
	if (cookie)
		exchange->job.member = page_hash(exchange->job.member, cookie, strlen(cookie));
	if (key)
		exchange->job.member = page_hash(exchange->job.member, key, strlen(key));
	request->lane = request->route->lane;
	request->share_group = exchange->job.member;
	request->share_member = exchange->job.group;
}

bool exchange_dispatch(struct exchange *exchange, enum exchange_step step)
{
	exchange->step = step;
	exchange->problem = NULL;
	exchange->job.run = work;
	exchange->post.run = come_back;
	take_share(exchange);
	return worker_push(exchange->request.server->lanes[LANE_COMMON], &exchange->job);
}
