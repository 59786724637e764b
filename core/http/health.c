#include "core/http/health.h"

#include <string.h>

#include "core/http/cache.h"
#include "core/http/loop.h"
#include "core/http/server_inside.h"
#include "core/http/tally.h"
#include "core/http/worker.h"
#include "core/metrics.h"

static void plain(struct request *request, int status, const char *text)
{
	request->status = status;
	request->content_type = "text/plain; charset=utf-8";
	buf_text(request->out, text);
	buf_char(request->out, '\n');
}

static void answer_ready(const struct http_server *server, struct request *request, bool admin)
{
	const char *why = server->leaving ? "stopping" : NULL;
	if (!why && server->hooks.not_ready)
		why = server->hooks.not_ready(server->hooks.arg);
	plain(request, why ? 503 : 200, why ? why : "ready");
	if (admin && server->hooks.write_notes)
		server->hooks.write_notes(request->out, server->hooks.arg);
}

bool health_answers(const struct http_server *server, struct request *request, bool admin)
{
	/* haproxy's check when nothing else is said: OPTIONS / HTTP/1.0. */
	if (request->method == HTTP_OPTIONS && !*request->host &&
		(strcmp(request->path, "/") == 0 || strcmp(request->path, "*") == 0)) {
		answer_ready(server, request, admin);
		return true;
	}
	if (request->method != HTTP_GET && request->method != HTTP_HEAD)
		return false;
	if (strcmp(request->path, "/healthz") == 0) {
		plain(request, 200, "ok");
	} else if (strcmp(request->path, "/readyz") == 0) {
		answer_ready(server, request, admin);
	} else if (admin && server->metrics && strcmp(request->path, "/metrics") == 0) {
		metrics_write(server->metrics, request->out);
		request->content_type = "text/plain; version=0.0.4; charset=utf-8";
	} else {
		return false;
	}
	return true;
}

/* ---- The server's own metrics ---- */

#define SUM(name, member) \
	static int64_t name(void *arg) \
	{ \
		const struct http_server *server = arg; \
		uint64_t sum = 0; \
		for (unsigned i = 0; i < server->settings.loops; i++) \
			sum += atomic_load_explicit(&server->loops[i]->counts.member, memory_order_relaxed); \
		return (int64_t)sum; \
	}

SUM(answers_2xx, answers[2])
SUM(answers_3xx, answers[3])
SUM(answers_4xx, answers[4])
SUM(answers_5xx, answers[5])
SUM(cached, cached)
SUM(sent_bytes, sent_bytes)
SUM(timeouts, timeouts)
SUM(broken, broken)
SUM(streams, streams)

static int64_t connections(void *arg)
{
	return atomic_load(&((struct http_server *)arg)->connections);
}

static int64_t accepted(void *arg)
{
	return (int64_t)atomic_load(&((struct http_server *)arg)->accepted);
}

static int64_t turned_away(void *arg)
{
	return (int64_t)atomic_load(&((struct http_server *)arg)->turned_away);
}

static int64_t queued(void *arg)
{
	return (int64_t)worker_pool_queued(((struct http_server *)arg)->lanes[LANE_COMMON]);
}

static int64_t busy(void *arg)
{
	return (int64_t)worker_pool_busy(((struct http_server *)arg)->lanes[LANE_COMMON]);
}

static int64_t lane_queued(void *arg)
{
	return (int64_t)worker_pool_queued(arg);
}

static int64_t lane_busy(void *arg)
{
	return (int64_t)worker_pool_busy(arg);
}

static int64_t lane_refused(void *arg)
{
	return (int64_t)worker_pool_refused(arg);
}

static void register_lane(struct metrics *m, struct worker_pool *lane, const char *label)
{
	metrics_gauge_fn(m, "qilian_lane_queued", "Requests waiting in a lane", label, lane_queued, lane);
	metrics_gauge_fn(m, "qilian_lane_busy", "Threads of a lane with a request", label, lane_busy, lane);
	metrics_counter_fn(m, "qilian_lane_refused_total", "Requests that found a lane, or their share of it, full",
		label, lane_refused, lane);
}

void health_register(struct http_server *server)
{
	struct metrics *m = server->metrics;
	if (!m)
		return;
	static const char answers[] = "qilian_http_answers_total",
			  answers_help[] = "Answers by the first digit of their status";
	metrics_counter_fn(m, answers, answers_help, "class=\"2xx\"", answers_2xx, server);
	metrics_counter_fn(m, answers, answers_help, "class=\"3xx\"", answers_3xx, server);
	metrics_counter_fn(m, answers, answers_help, "class=\"4xx\"", answers_4xx, server);
	metrics_counter_fn(m, answers, answers_help, "class=\"5xx\"", answers_5xx, server);
	metrics_counter_fn(m, "qilian_http_cached_total", "Answers given from the cache", NULL, cached, server);
	metrics_counter_fn(m, "qilian_http_sent_bytes_total", "Bytes sent to clients", NULL, sent_bytes, server);
	metrics_counter_fn(
		m, "qilian_http_timeouts_total", "Connections that ran into a deadline", NULL, timeouts, server);
	metrics_counter_fn(m, "qilian_http_broken_total", "Requests refused for their framing", NULL, broken, server);
	metrics_counter_fn(m, "qilian_http_accepted_total", "Connections accepted", NULL, accepted, server);
	metrics_counter_fn(m, "qilian_http_turned_away_total", "Connections over a limit", NULL, turned_away, server);
	metrics_gauge_fn(m, "qilian_http_connections", "Open connections", NULL, connections, server);
	metrics_gauge_fn(m, "qilian_http_streams", "Event streams and long polls", NULL, streams, server);
	metrics_gauge_fn(m, "qilian_workers_queued", "Requests waiting for a worker", NULL, queued, server);
	metrics_gauge_fn(m, "qilian_workers_busy", "Workers with a request", NULL, busy, server);
#define X(NAME, name, nice) register_lane(m, server->lanes[LANE_##NAME], "lane=\"" #name "\"");
	HTTP_LANES_TABLE(X)
#undef X
	server->seconds = metrics_histogram(
		m, "qilian_http_seconds", "From head to answer, of requests that workers ran", NULL, NULL, 0);
}
