/* stream: events for clients that wait, without holding a worker.
 *
 * topic    what a client listens to: any text of the caller's, such as "platform/12/account/<id>"
 * event    a name that the page's script switches on
 * data     one text, usually JSON; line breaks are kept
 *
 * A handler subscribes with request_subscribe(). A stream begins with `event: open`, or with `event: resync` when
 * something was published on its topics since request_subscribe(): read again. A client that reads too slowly is
 * cut; its browser reconnects and reads again. Nothing is stored: events say that there is something to read, and are
 * not the thing itself.
 */
#ifndef QILIAN_CORE_HTTP_STREAM_H
#define QILIAN_CORE_HTTP_STREAM_H

#include <stddef.h>

#include "core/attributes.h"

struct arena;
struct http_server;

/* From any thread; never blocks on clients. */
void http_stream_publish(struct http_server *server, const char *topic, const char *OR_NULL event, const char *data)
	NONNULL_AT(1, 2, 4);

/* The sessions, as given to request_subscribe(), that have something open or are about to; in the arena. Any thread. */
const char **http_stream_sessions(struct http_server *server, struct arena *arena, size_t *count) NONNULL
	RETURNS_NONNULL;
/* Ends all that a session has open, and what it was about to open: it may listen no longer. From any thread. */
void http_stream_cut(struct http_server *server, const char *session) NONNULL;

#endif
