/* loop: a thread with an event base, its connections and its cache. Nothing on it may block. */
#ifndef QILIAN_CORE_HTTP_LOOP_H
#define QILIAN_CORE_HTTP_LOOP_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/attributes.h"
#include "core/buf.h"

struct cache;
struct http_connection;
struct event;
struct event_base;
struct http_server;
struct loop;
struct streams;

/* Something handed over from another thread. */
struct loop_post {
	struct loop_post *next; /* loop.posts */
	void (*run)(struct loop *loop, struct loop_post *post);
};

enum { LOOP_SCRATCH = 64 * 1024, LOOP_TICK_MS = 50 };

/* Written by the loop alone, read by the metrics. */
struct loop_counts {
	_Atomic uint64_t answers[6]; /* by the status' first digit */
	_Atomic uint64_t cached;     /* of them, given from the cache */
	_Atomic uint64_t sent_bytes;
	_Atomic uint64_t timeouts;
	_Atomic uint64_t broken; /* heads or bodies that were refused as malformed */
	_Atomic uint64_t streams;
};

static inline void count(_Atomic uint64_t *counter, uint64_t n)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + n, memory_order_relaxed);
}

struct loop {
	struct http_server *server;
	unsigned index;
	pthread_t thread;
	struct event_base *base;
	struct event *wake, *tick;
	int wake_fd;
	pthread_mutex_t lock; /* of posts */
	struct loop_post *posts, **posts_last;

	struct http_connection *connections; /* all of them, doubly linked */
	struct http_connection *dead;        /* closed; freed at the next tick, since libevent or a caller may still
					        hold them */
	_Atomic uint32_t load;          /* connections, also those on their way here */
	struct cache *cache;
	struct streams *streams;
	char scratch[LOOP_SCRATCH];     /* what a read brings; only rests are copied to their connection */
	int64_t now_ms;
	char date[40];                  /* "Date: …\r\n" */
	uint64_t ids;                   /* request ids */
	bool stopping;
	int64_t settled_ms; /* until then handshakes may still end */
	int64_t cut_ms;                 /* when what is under way is cut */
	bool cut;                       /* something was */
	int64_t beat_ms;                /* next heartbeat of streams */
	struct buf log;                 /* access log lines, handed to a disk thread */
	struct loop_counts counts;
};

struct loop *loop_create(struct http_server *server, unsigned index) NONNULL RETURNS_NONNULL;
/* After its thread has ended. Accepts NULL. */
void loop_destroy(struct loop *OR_NULL loop);
void loop_start(struct loop *loop) NONNULL;
/* From any thread. */
void loop_post(struct loop *loop, struct loop_post *post) NONNULL;
/* 16 hexadecimal digits, unlike any other of this server. */
void loop_request_id(struct loop *loop, char out[17]) NONNULL;
/* One line of the access log. */
struct loop_line {
	uint32_t platform_id; /* 0: none */
	const char *request_id;
	const char *method;
	const char *path;
	size_t path_len;
	int status;
	int64_t us;
	uint64_t bytes;
	uint64_t entry; /* of the platform's log, the last that it wrote; 0: none */
};
void loop_log(struct loop *loop, const struct loop_line *line) NONNULL;

#endif
