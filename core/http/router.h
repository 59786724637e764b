/* router: which handler answers a method and path. Built once from const tables, then read-only.
 *
 * A path pattern is made of literal segments and {names}; literals win over names; a trailing
 * "/{rest...}" takes what is left. An unknown path is 404, a known one with another method 405 with
 * Allow; HEAD follows GET; OPTIONS is answered here.
 *
 * To add a route by hand: a row in a const struct route table, and one router_add() call where the
 * server is wired. Routes of record types come from their declarations (tools/generate).
 */
#ifndef QILIAN_CORE_HTTP_ROUTER_H
#define QILIAN_CORE_HTTP_ROUTER_H

#include "core/attributes.h"
#include "core/http/lane.h"
#include "core/http/request.h"

enum route_body {
	ROUTE_BODY_NONE, /* a body is refused */
	ROUTE_BODY_JSON, /* in memory, up to the settings' body limit */
	ROUTE_BODY_FILE, /* streamed to the spool folder, up to the upload limit */
};

struct route {
	enum http_method method;
	const char *path; /* "/api/v1/products/{id}" */
	struct problem *(*handler)(struct request *request);
	enum route_body body;
	const void *endpoint; /* what the gate needs to know of it: a struct endpoint (core/record/endpoint.h), or
			         NULL */
	bool lists;           /* a query name may come several times */
	size_t body_max;      /* bytes; 0 for the settings' limit of its kind */
	enum http_lane lane;
};

/* Runs on every request before its handler, on the worker: resolves platform, session, permission. */
typedef struct problem *(*router_gate)(struct request *request, void *arg);

struct router;

struct router *router_create(void) RETURNS_NONNULL;
void router_destroy(struct router *OR_NULL router);
/* The rows must outlive the router. Two rows for one method and path: aborts at start, naming them. */
void router_add(struct router *router, const struct route *routes, size_t count) NONNULL;
void router_set_gate(struct router *router, router_gate gate, void *OR_NULL arg) NONNULL_AT(1, 2);
/* Fills request->route and path_values; NULL, PROBLEM_NOT_FOUND or PROBLEM_METHOD (with Allow set). OPTIONS on a known
 * path finds a route of the router's own that answers 204 with Allow. */
struct problem *router_match(const struct router *router, struct request *request) NONNULL MUST_CHECK;
/* The gate alone: asked before a file is received, so that a stranger's upload never fills the disk. */
struct problem *router_admit(const struct router *router, struct request *request) NONNULL MUST_CHECK;
/* The handler, once the gate has let it through. */
struct problem *router_handle(const struct router *router, struct request *request) NONNULL MUST_CHECK;
/* Both. */
struct problem *router_run(const struct router *router, struct request *request) NONNULL MUST_CHECK;

#endif
