/* exchange: one request and its answer on their way through the server.
 *
 * Owned by one thread at a time: its loop, then a worker or a disk thread, then its loop again. `connection` is read
 * and written on the loop thread alone; it is NULL once the client has left, and then the exchange ends when it comes
 * back.
 */
#ifndef QILIAN_CORE_HTTP_EXCHANGE_H
#define QILIAN_CORE_HTTP_EXCHANGE_H

#include <stdatomic.h>

#include "core/attributes.h"
#include "core/http/answer.h"
#include "core/http/loop.h"
#include "core/http/request.h"
#include "core/http/worker.h"

struct http_connection;
struct http_parser;

enum exchange_step {
	EXCHANGE_ADMIT, /* gate alone, before an upload is received */
	EXCHANGE_RUN,
};

struct exchange {
	struct request request;
	struct answer answer;
	struct loop *loop;
	struct http_connection *connection;
	bool away; /* with a worker or a disk thread; set and read on the loop thread */
	struct worker_job job;
	struct loop_post post;
	enum exchange_step step;
	struct problem *problem; /* of EXCHANGE_ADMIT, or of writing the upload */
	bool held; /* who asks too much gets that answer a little later: whoever asks again at once would else take the
		      loop's and the workers' time */
	_Atomic bool abandoned;  /* the client has left: not worth beginning */
	int64_t begun_us;
	bool gzip;
	bool head_only; /* the request was HEAD */
	char request_id[65];

	/* The body while it is received. */
	struct buf *body;     /* in memory; the chunk under way of an upload */
	size_t body_max;
	uint64_t body_seen;
	uint64_t body_held; /* our part of server.body_bytes */
	int spool_fd;
	bool upload_counted; /* one of settings.uploads_max is ours */

	/* What a cached answer is found by. */
	const char *target;
	size_t target_len;
};

/* From a head that the parser has read. NULL if path or query cannot be decoded. */
struct exchange *OR_NULL exchange_create(struct http_connection *connection, const struct http_parser *parser,
					 const char *bytes) NONNULL;
/* An exchange without a request, to tell what is wrong with one. */
struct exchange *exchange_create_empty(struct http_connection *connection) NONNULL RETURNS_NONNULL;
/* On the loop thread. Accepts NULL. */
void exchange_destroy(struct exchange *OR_NULL exchange);

/* Hands it to a worker; on a full queue false, and it stays with the loop. */
bool exchange_dispatch(struct exchange *exchange, enum exchange_step step) NONNULL;
/* Makes the answer on the spot. */
void exchange_answer(struct exchange *exchange, struct problem *OR_NULL problem) NONNULL_AT(1);

/* The parts of struct request that every request has; request_create() uses it too. */
void request_init(struct request *request, struct arena *arena, struct answer *answer) NONNULL;

int64_t clock_ms(void); /* CLOCK_MONOTONIC */
int64_t clock_us(void);

#endif
