/* health: what load balancers and collectors ask: /healthz, /readyz and, on the admin port, /metrics. */
#ifndef QILIAN_CORE_HTTP_HEALTH_H
#define QILIAN_CORE_HTTP_HEALTH_H

#include <stdbool.h>

#include "core/attributes.h"
#include "core/http/request.h"

struct http_server;

/* True if the request was one of these; its answer is filled in. On the loop thread. */
bool health_answers(const struct http_server *server, struct request *request, bool admin) NONNULL;
/* Registers the server's own metrics. */
void health_register(struct http_server *server) NONNULL;

#endif
