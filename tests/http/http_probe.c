/* A small server for the black-box tests of core/http: routes that echo, wait, fail, cache, upload and publish.
 *
 *     http_probe [name=value…]   prints "public PORT admin PORT" and serves until SIGTERM
 *
 * Names are those of struct http_settings; site=FOLDER serves built pages. */
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/http/router.h"
#include "core/http/server.h"
#include "core/http/static.h"
#include "core/http/stream.h"
#include "core/metrics.h"
#include "core/text/json.h"

static _Atomic int begun, ended, counter;
static struct problem *say(struct request *request, const char *text)
{
	request->content_type = "text/plain; charset=utf-8";
	buf_text(request->out, text);
	return NULL;
}

static struct problem *get_echo(struct request *request)
{
	struct json_writer w;
	jw_init(&w, request->out);
	jw_object_begin(&w);
	jw_kv_text(&w, "host", request->host);
	jw_kv_int(&w, "port", request->port);
	jw_kv_text(&w, "path", request->path);
	jw_kv_text(&w, "client", request->client);
	jw_kv_bool(&w, "secure", request->secure);
	jw_kv_text(&w, "cookie", request_cookie(request, "name"));
	jw_key(&w, "query");
	jw_object_begin(&w);
	for (size_t i = 0; i < request->query_count; i++)
		jw_kv_text(&w, request->query[i].name, request->query[i].value);
	jw_object_end(&w);
	jw_object_end(&w);
	return NULL;
}

static struct problem *post_echo(struct request *request)
{
	struct json_object *body;
	struct problem *problem = request_json(request, &body);
	if (problem)
		return problem;
	struct json_writer w;
	jw_init(&w, request->out);
	jw_json(&w, body);
	request->status = 201;
	return NULL;
}

static struct problem *get_item(struct request *request)
{
	request_set_etag(request, 7);
	return say(request, request->path_values[0]);
}

static struct problem *get_sleep(struct request *request)
{
	atomic_fetch_add(&begun, 1);
	usleep((useconds_t)atoi(request->path_values[0]) * 1000);
	atomic_fetch_add(&ended, 1);
	return say(request, "slept");
}

static struct problem *get_big(struct request *request)
{
	size_t n = (size_t)atol(request->path_values[0]);
	for (size_t i = 0; i < n; i++)
		buf_char(request->out, (char)('a' + i % 26));
	request->content_type = "text/plain";
	request->no_gzip = request_query(request, "plain") != NULL;
	return NULL;
}

static struct problem *get_fault(struct request *request)
{
	buf_text(request->out, "this must not be seen");
	request_add_header(request, "Set-Cookie", "kept=1");
	struct problem *problem = problem_add_field(request->arena, NULL, "/uscc", "missing", "请填写。",
		"Fill this in.");
	problem->retry_after = 3;
	return problem;
}

static struct problem *get_cached(struct request *request)
{
	request_cache(request, (uint32_t)atoi(request->path_values[0]), 60);
	buf_printf(request->out, "{\"n\":%d,\"language\":\"%s\"}", atomic_fetch_add(&counter, 1),
		request_language(request) == HTTP_EN ? "en" : "zh");
	for (int i = request_query(request, "big") ? 4000 : 0; i; i--)
		buf_char(request->out, ' ');
	return NULL;
}

static struct problem *post_touch(struct request *request)
{
	http_server_touch(request->server, (uint32_t)atoi(request->path_values[0]));
	return say(request, "touched");
}

static struct problem *put_file(struct request *request)
{
	char keep[512];
	snprintf(keep, sizeof(keep), "%s.kept", request->body_file);
	if (request_query(request, "keep") && rename(request->body_file, keep) == 0)
		return say(request, keep);
	buf_printf(request->out, "{\"size\":%zu}", request->body_len);
	return NULL;
}

static struct problem *get_file(struct request *request)
{
	int fd = open(request_query(request, "path"), O_RDONLY);
	off_t size = lseek(fd, 0, SEEK_END);
	request_send_file(request, fd, (uint64_t)size, "application/octet-stream");
	request_add_header(request, "ETag", "\"file\"");
	return NULL;
}

static struct problem *subscribe(struct request *request)
{
	const char *topics[] = {request_query(request, "topic"), "all"};
	return request_subscribe(request, request_query(request, "session"), topics, 2);
}

static struct problem *get_events(struct request *request)
{
	struct problem *problem = subscribe(request);
	if (!problem && request_query(request, "late"))
		http_stream_publish(request->server, request_query(request, "topic"), "between", "{}");
	if (!problem)
		request_stream(request);
	return problem;
}

static struct problem *get_wait(struct request *request)
{
	struct problem *problem = subscribe(request);
	if (!problem)
		request_wait(request, atoi(request_query(request, "ms")));
	return problem;
}

static struct problem *post_publish(struct request *request)
{
	http_stream_publish(request->server, request->path_values[0], "change", "{\"line\":1}\n{\"line\":2}");
	return say(request, "published");
}

static struct problem *get_counts(struct request *request)
{
	buf_printf(request->out, "{\"begun\":%d,\"ended\":%d}", begun, ended);
	return NULL;
}

static const struct route routes[] = {
	{HTTP_GET, "/echo", get_echo},
	{HTTP_POST, "/echo", post_echo, ROUTE_BODY_JSON},
	{HTTP_GET, "/echo/{rest...}", get_echo},
	{HTTP_GET, "/lists", get_echo, .lists = true},
	{HTTP_GET, "/items/{id}", get_item},
	{HTTP_DELETE, "/items/{id}", get_item},
	{HTTP_GET, "/sleep/{ms}", get_sleep},
	{HTTP_GET, "/big/{bytes}", get_big},
	{HTTP_GET, "/fault", get_fault},
	{HTTP_GET, "/cached/{platform}", get_cached},
	{HTTP_POST, "/touch/{platform}", post_touch},
	{HTTP_PUT, "/file", put_file, ROUTE_BODY_FILE},
	{HTTP_GET, "/file", get_file},
	{HTTP_GET, "/events", get_events},
	{HTTP_GET, "/wait", get_wait},
	{HTTP_POST, "/publish/{topic}", post_publish},
	{HTTP_GET, "/counts", get_counts},
};

static struct problem *gate(struct request *request, void *arg)
{
	return request_header(request, "X-Stranger") ? problem_new(request->arena, &PROBLEM_SIGN_IN) : NULL;
}

static bool words(const struct request *request, struct http_site_words *out, void *arg)
{
	snprintf(out->title, sizeof(out->title), "Title <%s> of %s", request->path, request->host);
	snprintf(out->description, sizeof(out->description), "About \"%s\"", request->host);
	if (strcmp(request->path, "/") != 0)
		snprintf(out->address, sizeof(out->address), "http://%s%s?a=1&b=2", request->host, request->path);
	out->platform_id = 1;
	return strcmp(request->host, "unknown.localhost") != 0;
}

/* ---- Settings from the command line ---- */

static const char *trusted[] = {"127.0.0.2", "10.0.0.0/8"};
static const char *site_folder;

static void set(struct http_settings *settings, const char *name, const char *value)
{
	const struct {
		const char *name;
		int *number;
	} numbers[] = {
		{"head_timeout_ms", &settings->head_timeout_ms},
		{"body_timeout_ms", &settings->body_timeout_ms},
		{"upload_timeout_ms", &settings->upload_timeout_ms},
		{"request_timeout_ms", &settings->request_timeout_ms},
		{"idle_timeout_ms", &settings->idle_timeout_ms},
		{"write_timeout_ms", &settings->write_timeout_ms},
		{"heartbeat_ms", &settings->heartbeat_ms},
		{"loops", (int *)&settings->loops},
		{"workers", (int *)&settings->workers},
		{"queue_max", (int *)&settings->queue_max},
		{"connections_max", (int *)&settings->connections_max},
		{"connections_per_address", (int *)&settings->connections_per_address},
		{"streams_per_session", (int *)&settings->streams_per_session},
		{"uploads_max", (int *)&settings->uploads_max},
	};
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		if (strcmp(numbers[i].name, name) == 0)
			*numbers[i].number = atoi(value);
	if (strcmp(name, "body_max") == 0)
		settings->body_max = (size_t)atol(value);
	if (strcmp(name, "bodies_max") == 0)
		settings->bodies_max = (size_t)atol(value);
	if (strcmp(name, "upload_max") == 0)
		settings->upload_max = (size_t)atol(value);
	if (strcmp(name, "cache_bytes") == 0)
		settings->cache_bytes = (size_t)atol(value);
	if (strcmp(name, "spool") == 0)
		settings->spool = value;
	if (strcmp(name, "listen") == 0)
		settings->listen = value;
	if (strcmp(name, "site") == 0)
		site_folder = value;
	if (strcmp(name, "access_log") == 0)
		settings->access_log = atoi(value);
	else if (strcmp(name, "https") == 0)
		settings->https = atoi(value);
	else if (strcmp(name, "forwarded_host") == 0)
		settings->forwarded_host = atoi(value);
}

static void read_settings(struct http_settings *settings, int argc, char **argv)
{
	http_settings_init(settings);
	settings->listen = "127.0.0.1:0";
	settings->admin_listen = "127.0.0.1:0";
	settings->trusted_proxies = trusted;
	settings->trusted_proxy_count = 2;
	settings->connections_per_address = 0;
	settings->access_log = false;
	for (int i = 1; i < argc; i++) {
		char *equals = strchr(argv[i], '=');
		if (!equals)
			continue;
		*equals = '\0';
		set(settings, argv[i], equals + 1);
	}
}

static void wait_for_term(void)
{
	sigset_t set_of;
	int got;
	sigemptyset(&set_of);
	sigaddset(&set_of, SIGTERM);
	sigwait(&set_of, &got);
}

static void block_term(void)
{
	sigset_t set_of;
	sigemptyset(&set_of);
	sigaddset(&set_of, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &set_of, NULL);
}

int main(int argc, char **argv)
{
	static const char *const pages[] = {"/", "/listings/{id}"};
	struct http_settings settings;
	char why[256];
	read_settings(&settings, argc, argv);
	block_term();
	struct http_site *site = NULL;
	if (site_folder) {
		site = http_site_create(
			&(struct http_site_settings){
				.folder = site_folder, .page_routes = pages, .page_route_count = 2, .words = words},
			why, sizeof(why));
		if (!site) {
			fprintf(stderr, "%s\n", why);
			return 1;
		}
	}
	struct router *router = router_create();
	router_add(router, routes, sizeof(routes) / sizeof(*routes));
	router_set_gate(router, gate, NULL);
	struct metrics *metrics = metrics_create();
	struct http_server *server = http_server_create(&settings, NULL, router, site, metrics);
	bool good = http_server_start(server, why, sizeof(why));
	if (good) {
		printf("public %u admin %u\n", http_server_port(server), http_server_admin_port(server));
		fflush(stdout);
		wait_for_term();
		good = http_server_stop(server, 3000);
		printf("%s\n", good ? "whole" : "cut");
	} else {
		fprintf(stderr, "%s\n", why);
	}
	http_server_destroy(server);
	metrics_destroy(metrics);
	router_destroy(router);
	http_site_destroy(site);
	return good ? 0 : 1;
}
