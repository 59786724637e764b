/* server: HTTP/1.1 on a few loop threads, with worker threads for what may block.
 *
 * loop        a thread with its own libevent base; every connection belongs to one and is touched by it alone
 * worker      a thread with a database connection; runs gate and handler straight through
 * exchange    one request with its answer (internal): owned by whoever works on it, loop, worker or disk thread; it
 *             knows its connection by slot and generation, so that a client may leave at any time
 * disk thread writes uploads to the spool folder and reads files that are sent
 *
 * Public answers that a handler marked with request_cache() and the built pages (core/http/static.h) are given by the
 * loop threads themselves. Every limit and deadline is a row of the settings; all deadlines are absolute, none restarts
 * with a byte.
 *
 * /healthz and /readyz are answered on every host name of the public port and on the admin port, /metrics on the
 * latter alone.
 */
#ifndef QILIAN_CORE_HTTP_SERVER_H
#define QILIAN_CORE_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attributes.h"
#include "core/http/lane.h"
#include "core/http/request.h"

struct metrics;
struct router;
struct http_site;

struct http_settings {
	const char *listen;       /* "127.0.0.1:8080", "[::]:8080"; port 0 for a free one */
	const char *admin_listen; /* the same; NULL for none */
	unsigned loops;
	unsigned workers;
	unsigned queue_max; /* requests waiting for a worker; one more is answered 503 */
	struct http_lane_settings lanes; /* core/http/lane.h */
	const char *const *trusted_proxies; /* "127.0.0.1", "10.0.0.0/8", "fd00::/8": whose X-Forwarded-For counts */
	size_t trusted_proxy_count;
	bool forwarded_host; /* their X-Forwarded-Host too; else the host name is that of Host, which picks the
			        platform */
	bool https;          /* users come by https, whatever a proxy says of it: request->secure */
	unsigned connections_max;
	unsigned connections_per_address; /* trusted proxies and loopback's admin port are exempt; 0 for no limit */
	unsigned streams_per_session;
	unsigned uploads_max; /* at once */
	size_t body_max;   /* of ROUTE_BODY_JSON, bytes */
	size_t bodies_max; /* of all of them that are held at once; one more is answered 503 */
	size_t upload_max; /* of ROUTE_BODY_FILE, bytes */
	const char *spool; /* folder for uploads; must exist, on the same file system as the files' home. NULL: no
			      uploads */
	size_t cache_bytes; /* for cached answers, per loop; 0 for none */
	/* Milliseconds. */
	int head_timeout_ms;    /* from a request's first byte (or the connection's begin) to the end of its head */
	int body_timeout_ms;    /* from there to the end of a body in memory */
	int upload_timeout_ms;  /* the same for a file */
	int request_timeout_ms; /* request->deadline_ms: queue and handler together */
	int idle_timeout_ms;    /* between requests */
	int write_timeout_ms;   /* for the answer, and a second more for every 8 KiB */
	int heartbeat_ms;       /* comment lines that keep event streams open through proxies */
	bool access_log;
};

/* Sound values for all but the addresses and the spool folder. */
void http_settings_init(struct http_settings *settings) NONNULL;

/* What the server asks of the one who wires it. Any may be NULL. */
struct http_hooks {
	void *arg;
	/* One database connection per worker thread, made on that thread. */
	struct db *OR_NULL (*db_create)(void *arg);
	void (*db_destroy)(struct db *db);
	/* On the worker before the gate, and again on the lane's before the handler: hand request->arena and
	 * deadline_ms to request->db. */
	void (*begin)(struct request *request, void *arg);
	/* On the worker after the answer was made. */
	void (*end)(struct request *request, void *arg);
	/* For /readyz: NULL when ready, else a word why not. On a loop thread: must not block. */
	const char *OR_NULL (*not_ready)(void *arg);
	/* For /readyz on the admin port: lines of what is amiss without making this server unready. The same holds. */
	void (*write_notes)(struct buf *out, void *arg);
};

struct http_server;

/* Does not listen yet; http_server_touch() and http_stream_publish() work from now on. Settings, router, site and
 * metrics must outlive the server; site and metrics may be NULL. */
struct http_server *http_server_create(const struct http_settings *settings, const struct http_hooks *OR_NULL hooks,
	const struct router *router, const struct http_site *OR_NULL site, struct metrics *OR_NULL metrics)
	NONNULL_AT(1, 3) RETURNS_NONNULL;
/* Opens the ports and starts the threads. On failure false, and why is a sentence for the operator ("127.0.0.1:8080 is
 * taken by another program"). */
bool http_server_start(struct http_server *server, char *why, size_t why_size) NONNULL MUST_CHECK;
/* The ports in use, once started. */
uint16_t http_server_port(const struct http_server *server) NONNULL;
uint16_t http_server_admin_port(const struct http_server *server) NONNULL;

/* A server that is about to stop: /readyz says 503 and every answer is its connection's last, so that balancers turn to
 * others; everything is served as before, new connections too. From any thread. */
void http_server_leave(struct http_server *server) NONNULL;
/* Graceful stop, from the main thread: who has connected is still answered, also out of the kernel's backlog; nobody
 * new comes in. Of connections without a request those that were used are closed, and those that have just come get a
 * second. What is under way is finished within limit_ms, what is not is cut. Returns when all threads have ended. True
 * if nothing had to be cut. */
bool http_server_stop(struct http_server *server, int limit_ms) NONNULL;
/* Stops at once if it still runs. Accepts NULL. */
void http_server_destroy(struct http_server *OR_NULL server);

/* Voids what is cached for a platform; 0 voids everything. From any thread, cheap. Call it after the COMMIT. */
void http_server_touch(struct http_server *server, uint32_t platform_id) NONNULL;

#endif
