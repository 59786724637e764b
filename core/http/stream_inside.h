/* The loop's side of event streams: who listens to what, and what waits to be written to them. */
#ifndef QILIAN_CORE_HTTP_STREAM_INSIDE_H
#define QILIAN_CORE_HTTP_STREAM_INSIDE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/attributes.h"
#include "core/http/loop.h"
#include "core/http/request.h"

struct http_connection;
struct streams;
struct subscription;

/* On the worker; NULL if the session has too many. Ends with the request's arena. */
struct subscription *OR_NULL subscription_create(struct request *request, const char *session,
						 const char *const *topics, size_t count) NONNULL;

struct streams *streams_create(void) RETURNS_NONNULL;
void streams_destroy(struct streams *streams) NONNULL;
/* What happened between request_subscribe() and the listening. */
enum streams_missed { STREAMS_NOTHING, STREAMS_EVENT, STREAMS_END };
/* The connection's exchange begins to listen. STREAMS_END: its session has ended, perhaps. */
enum streams_missed streams_enter(
	struct loop *loop, struct http_connection *connection, struct subscription *subscription) NONNULL;
void streams_leave(struct loop *loop, struct subscription *subscription) NONNULL;

#endif
