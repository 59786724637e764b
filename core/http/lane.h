/* lane: where a route runs. What waits or computes for long has a place of its own, with few threads and a bounded
 * queue, so that it never holds the workers that everything else needs.
 *
 * The gate of such a route runs on a common worker, which knows afterwards on whose behalf it is asked; then it is
 * queued in its lane with a fair share (core/http/worker.h). Beyond its share it is answered 503 with Retry-After.
 *
 * To add one: a row here, its threads in http_settings_init() and tools/qiliand.c, and `lane: <name>` in declarations.
 */
#ifndef QILIAN_CORE_HTTP_LANE_H
#define QILIAN_CORE_HTTP_LANE_H

#include <stdint.h>

/* X(NAME, name, nice): nice, what its threads leave to the others, 0 for what only sleeps. */
#define HTTP_LANES_TABLE(X) \
	X(COMMON, common, 0) \
	X(PASSWORD, password, 5)  /* Argon2 */ \
	X(PICTURE, picture, 10)   /* decoding, in a process of its own */ \
	X(POLICY, policy, 10)     /* checking settings */ \
	X(EXPORT, export, 10)     /* many rows: files, both ways, and one event on all of them */ \
	X(WAIT, wait, 0)          /* for what another platform answers */ \
	X(OUTBOUND, outbound, 0)  /* other people's servers */

enum http_lane {
#define X(NAME, name, nice) LANE_##NAME,
	HTTP_LANES_TABLE(X)
#undef X
	LANES
};

/* Threads of each; LANE_COMMON's are settings.workers. */
struct http_lane_settings {
	unsigned threads[LANES];
	unsigned queue; /* requests waiting in each */
};

#endif
