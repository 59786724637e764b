#include "core/http/router.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"

/* A tree of segments. Children are few, so they are searched one by one. */
struct node {
	struct node *next;  /* node.children */
	struct node *children;
	struct node *any;   /* the child for a {name} */
	const char *text;   /* the literal segment; not terminated */
	size_t len;
	const struct route *routes[HTTP_METHODS];
	const struct route *rest[HTTP_METHODS]; /* of a trailing {rest...} */
};

enum { SEGMENTS_MAX = 16 };

struct router {
	struct arena *arena;
	struct node root;
	router_gate gate;
	void *gate_arg;
};

static const char *const method_names[HTTP_METHODS] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

struct router *router_create(void)
{
	struct arena *arena = arena_create();
	struct router *router = ARENA_NEW(arena, struct router);
	router->arena = arena;
	return router;
}

void router_destroy(struct router *router)
{
	if (router)
		arena_destroy(router->arena);
}

static void defect(const struct route *route, const char *what)
{
	fprintf(stderr, "qilian: route %s %s: %s\n", method_names[route->method], route->path, what);
	abort();
}

static struct node *literal(struct node *parent, const char *text, size_t len)
{
	for (struct node *child = parent->children; child; child = child->next)
		if (child->len == len && memcmp(child->text, text, len) == 0)
			return child;
	return NULL;
}

static struct node *node_create(struct router *router, const char *text, size_t len)
{
	struct node *node = ARENA_NEW(router->arena, struct node);
	node->text = text;
	node->len = len;
	return node;
}

static struct node *grow(struct router *router, struct node *parent, const char *text, size_t len)
{
	if (text[0] == '{') {
		if (!parent->any)
			parent->any = node_create(router, text, len);
		return parent->any;
	}
	struct node *child = literal(parent, text, len);
	if (!child) {
		child = node_create(router, text, len);
		child->next = parent->children;
		parent->children = child;
	}
	return child;
}

static void add(struct router *router, const struct route *route)
{
	struct node *node = &router->root;
	if (route->path[0] != '/')
		defect(route, "does not begin with '/'");
	const char *at = route->path + 1;
	size_t depth = 0;
	bool rest = false;
	while (*at && !rest) {
		size_t len = strcspn(at, "/");
		if (len == 0 || ++depth > SEGMENTS_MAX)
			defect(route, "has an empty segment or too many");
		rest = len > 5 && at[0] == '{' && memcmp(at + len - 4, "...}", 4) == 0;
		if (rest && at[len])
			defect(route, "goes on behind its {rest...}");
		if (!rest)
			node = grow(router, node, at, len);
		at += len;
		at += *at == '/';
	}
	const struct route **slot = rest ? &node->rest[route->method] : &node->routes[route->method];
	if (*slot)
		defect(route, "comes twice");
	*slot = route;
}

void router_add(struct router *router, const struct route *routes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		add(router, &routes[i]);
}

void router_set_gate(struct router *router, router_gate gate, void *arg)
{
	router->gate = gate;
	router->gate_arg = arg;
}

/* ---- Matching ---- */

struct match {
	const struct route *const *routes;
	const char *values[SEGMENTS_MAX + 1];
	size_t lens[SEGMENTS_MAX + 1];
	size_t count;
};

static bool has_routes(const struct route *const routes[HTTP_METHODS])
{
	for (int i = 0; i < HTTP_METHODS; i++)
		if (routes[i])
			return true;
	return false;
}

static void push_value(struct match *match, const char *text, size_t len)
{
	match->values[match->count] = text;
	match->lens[match->count++] = len;
}

/* Literal first, then {name}, then {rest...}; a dead end steps back. Depth and so the work are bounded by the
 * routes'. */
static bool walk(const struct node *node, const char *at, struct match *match)
{
	size_t count = match->count;
	if (!*at && has_routes(node->routes)) {
		match->routes = node->routes;
		return true;
	}
	size_t len = strcspn(at, "/");
	const char *next = at + len + (at[len] == '/');
	/* "/a/" is not "/a": a slash at the end must lead to a segment. */
	bool tail = at[len] == '/' && !*next;
	if (len && !tail) {
		const struct node *child = literal((struct node *)node, at, len);
		if (child && walk(child, next, match))
			return true;
		if (node->any) {
			push_value(match, at, len);
			if (walk(node->any, next, match))
				return true;
			match->count = count;
		}
	}
	if (*at && has_routes(node->rest)) {
		push_value(match, at, strlen(at));
		match->routes = node->rest;
		return true;
	}
	return false;
}

static void set_allow(struct request *request, const struct route *const routes[HTTP_METHODS])
{
	struct buf *allow = buf_in(request->arena);
	for (int i = 0; i < HTTP_METHODS; i++) {
		if (routes[i] || i == HTTP_OPTIONS || (i == HTTP_HEAD && routes[HTTP_GET])) {
			if (allow->len)
				buf_text(allow, ", ");
			buf_text(allow, method_names[i]);
		}
	}
	request_add_header(request, "Allow", allow->data);
}

static struct problem *answer_options(struct request *request)
{
	request->status = 204;
	return NULL;
}

static const struct route options_route = {.method = HTTP_OPTIONS, .path = "*", .handler = answer_options};

struct problem *router_match(const struct router *router, struct request *request)
{
	struct match match = {0};
	if (request->method == HTTP_OPTIONS && strcmp(request->path, "*") == 0) {
		request->route = &options_route;
		return NULL;
	}
	if (!walk(&router->root, request->path + 1, &match))
		return problem_new(request->arena, &PROBLEM_NOT_FOUND);
	const struct route *route = match.routes[request->method];
	if (!route && request->method == HTTP_HEAD)
		route = match.routes[HTTP_GET];
	if (!route) {
		set_allow(request, match.routes);
		if (request->method != HTTP_OPTIONS)
			return problem_new(request->arena, &PROBLEM_METHOD);
		route = &options_route;
	}
	const char **values = ARENA_ARRAY(request->arena, const char *, match.count + 1);
	for (size_t i = 0; i < match.count; i++)
		values[i] = arena_memdup(request->arena, match.values[i], match.lens[i]);
	request->path_values = values;
	request->route = route;
	return NULL;
}

static struct problem *check_lists(struct request *request)
{
	if (request->route->lists)
		return NULL;
	for (size_t i = 0; i < request->query_count; i++)
		for (size_t j = 0; j < i; j++)
			if (strcmp(request->query[i].name, request->query[j].name) == 0)
				return problem_detail(request->arena, &PROBLEM_MALFORMED,
					arena_printf(
						request->arena, "查询参数“%s”出现了两次。", request->query[i].name),
					arena_printf(request->arena, "The query parameter \"%s\" came twice.",
						request->query[i].name));
	return NULL;
}

struct problem *router_admit(const struct router *router, struct request *request)
{
	if (request->route == &options_route)
		return NULL;
	struct problem *problem = check_lists(request);
	if (!problem && router->gate)
		problem = router->gate(request, router->gate_arg);
	return problem;
}

struct problem *router_handle(const struct router *router, struct request *request)
{
	(void)router;
	return request->route->handler(request);
}

struct problem *router_run(const struct router *router, struct request *request)
{
	struct problem *problem = router_admit(router, request);
	return problem ? problem : router_handle(router, request);
}
