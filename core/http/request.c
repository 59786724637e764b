#include "core/http/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/http/answer.h"
#include "core/http/exchange.h"
#include "core/http/server_inside.h"
#include "core/http/stream_inside.h"
#include "core/text/json.h"

struct request *request_create(void)
{
	struct arena *arena = arena_create();
	struct request *request = ARENA_NEW(arena, struct request);
	request->answer = ARENA_NEW(arena, struct answer);
	request_init(request, arena, request->answer);
	request->host = "localhost";
	request->path = "/";
	request->client = "127.0.0.1";
	return request;
}

void request_destroy(struct request *request)
{
	if (request)
		arena_destroy(request->arena);
}

const char *request_header(const struct request *request, const char *name)
{
	for (size_t i = 0; i < request->header_count; i++)
		if (strcasecmp(request->headers[i].name, name) == 0)
			return request->headers[i].value;
	return NULL;
}

const char *request_query(const struct request *request, const char *name)
{
	for (size_t i = 0; i < request->query_count; i++)
		if (strcmp(request->query[i].name, name) == 0)
			return request->query[i].value;
	return NULL;
}

static const char *cookie_name(const struct request *request, const char *name)
{
	return request->secure ? arena_printf(request->arena, "__Host-%s", name) : name;
}

const char *request_cookie(const struct request *request, const char *name)
{
	const char *at = request_header(request, "Cookie");
	name = cookie_name(request, name);
	size_t len = strlen(name);
	while (at && *at) {
		at += strspn(at, "; \t");
		size_t pair = strcspn(at, ";");
		if (pair > len && strncmp(at, name, len) == 0 && at[len] == '=') {
			const char *value = at + len + 1;
			size_t n = pair - len - 1;
			while (n && (value[n - 1] == ' ' || value[n - 1] == '\t'))
				n--;
			if (n >= 2 && value[0] == '"' && value[n - 1] == '"') {
				value++;
				n -= 2;
			}
			return arena_memdup(request->arena, value, n);
		}
		at += pair;
	}
	return NULL;
}

enum http_language request_language(const struct request *request)
{
	const char *value = request_header(request, "Accept-Language");
	return http_language_of(value, value ? strlen(value) : 0);
}

enum http_language request_page_language(const struct request *request)
{
	const char *asked = request_query(request, "lang");
	if (asked && (strcmp(asked, "zh") == 0 || strcmp(asked, "en") == 0))
		return asked[0] == 'e' ? HTTP_EN : HTTP_ZH;
	return request_language(request);
}

/* ---- The answer ---- */

static void check_header_name(const char *name)
{
	static const char *const ours[] = {"content-length", "content-type", "content-encoding", "transfer-encoding",
	                                   "connection", "date", "vary", "x-request-id"};
	bool bad = name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-")];
	for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++)
		bad = bad || strcasecmp(name, ours[i]) == 0;
	if (!bad)
		return;
	fprintf(stderr, "qilian: a handler set the header %s, which is the server's\n", name);
	abort();
}

/* A value may come from outside (a file's name), and what comes from outside must not bring the server down. */
static bool value_good(const char *value)
{
	for (; *value; value++)
		if (((unsigned char)*value < 0x20 && *value != '\t') || *value == 0x7f)
			return false;
	return true;
}

void request_add_header(struct request *request, const char *name, const char *value)
{
	check_header_name(name);
	if (!value_good(value)) {
		diag_error(&request->diag, "the header %s was left out: its value holds control bytes", name);
		return;
	}
	struct answer_header *header = ARENA_NEW(request->arena, struct answer_header);
	header->name = arena_strdup(request->arena, name);
	header->value = arena_strdup(request->arena, value);
	*request->answer->headers_last = header;
	request->answer->headers_last = &header->next;
}

void request_set_cookie(struct request *request, const char *name, const char *value, int max_age_s)
{
	request_add_header(request, "Set-Cookie",
		arena_printf(request->arena, "%s=%s; Path=/; Max-Age=%d; SameSite=Lax; HttpOnly%s",
			cookie_name(request, name), value, max_age_s, request->secure ? "; Secure" : ""));
}

void request_set_etag(struct request *request, uint64_t version)
{
	request_add_header(request, "ETag", arena_printf(request->arena, "\"%llu\"", (unsigned long long)version));
}

void request_send_file(struct request *request, int fd, uint64_t size, const char *content_type)
{
	request->answer->fd = fd;
	request->answer->file_at = 0;
	request->answer->file_left = size;
	request->content_type = content_type;
}

void request_cache(struct request *request, uint32_t platform_id, int max_age_s)
{
	struct answer *answer = request->answer;
	answer->cacheable = request->server && !request->uncacheable;
	answer->cache_platform = platform_id;
	answer->cache_max_age_s = max_age_s;
	if (request->server)
		answer->cache_generation = request->begun_generation +
			atomic_load_explicit(&request->server->generations.slots[platform_id % GENERATION_SLOTS],
				memory_order_acquire);
}

/* ---- JSON bodies ---- */

static bool is_json(const char *type)
{
	if (!type || strncasecmp(type, "application/json", 16) != 0)
		return false;
	type += 16;
	return !*type || *type == ';' || *type == ' ';
}

struct problem *request_json(struct request *request, struct json_object **out)
{
	struct answer *answer = request->answer;
	*out = NULL;
	if (!answer->json_read) {
		if (!is_json(request_header(request, "Content-Type")))
			return problem_detail(request->arena, &PROBLEM_MEDIA_TYPE,
				"请求内容须为 JSON（Content-Type: application/json）。",
				"The body must be JSON (Content-Type: application/json).");
		if (request_header(request, "Content-Encoding"))
			return problem_detail(request->arena, &PROBLEM_MEDIA_TYPE, "请求内容不得压缩。",
				"The body must not be compressed.");
		struct problem *problem = json_parse_object(
			request->arena, request->body ? request->body : "", request->body_len, &answer->json);
		if (problem)
			return problem;
		answer->json_read = true;
	}
	*out = answer->json;
	return NULL;
}

/* ---- Events ---- */

struct problem *request_subscribe(struct request *request, const char *session, const char *const *topics, size_t count)
{
	if (!request->server)
		return NULL;
	request->answer->subscription = subscription_create(request, session, topics, count);
	if (!request->answer->subscription)
		return problem_detail(request->arena, &PROBLEM_RATE, "打开的实时连接过多，请关闭多余的页面。",
			"Too many live connections are open; close pages you do not need.");
	return NULL;
}

void request_stream(struct request *request)
{
	if (request->answer->subscription)
		request->answer->kind = ANSWER_STREAM;
}

void request_wait(struct request *request, int timeout_ms)
{
	request->answer->wait_ms = timeout_ms;
	if (request->answer->subscription)
		request->answer->kind = ANSWER_WAIT;
	else
		request->status = 204;
}
