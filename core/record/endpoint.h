/* endpoint: one HTTP address below /api/v1 with what the gate must know of it, and the gate itself.
 *
 * Declared in schema/records/<name>.yaml, as a verb of a record (list, get, create, update, delete, fire, history,
 * export) or as an operation with a handler in C; the generator makes the rows, the routes, the prototypes and
 * openapi.json.
 *
 * The order before a handler runs, each step refusing on its own (deny by default):
 *   1 platform from the host name, actor from session or API key      call_services.resolve
 *   2 state of the platform                                           suspended: people of the platform read, nobody
 *   writes 3 role; menus of a sub-account; no API key where `session_only`   401 when signing in could help, else 403
 *   4 Origin on writes, unless an API key signs                       against requests forged by other sites
 *   5 path ids, query, body against the declared shapes               400, 422 with all faults
 *   6 the row of {id}, if the operation says `load`; If-Match          404, 428, 412
 *   7 Idempotency-Key                                                 the stored answer is replayed, another body
 *                                                                     refused; where none is taken, having one is
 *                                                                     refused (core/record/repeat.h)
 * A writing endpoint then runs inside db_transaction() (unless `transaction: false`), so its handler must be able to
 * run again from its start; the answer is reset before each run. After the commit the answer carries Qilian-Position:
 * <origin>/<epoch>/<seq> (position.h); a read that sends it back as Qilian-After waits up to 2 s until that is
 * applied where it
 * reads.
 */
#ifndef QILIAN_CORE_RECORD_ENDPOINT_H
#define QILIAN_CORE_RECORD_ENDPOINT_H

#include "core/attributes.h"
#include "core/http/request.h"
#include "core/http/router.h"
#include "core/record/call.h"
#include "core/record/record.h"

enum endpoint_verb {
	VERB_LIST,
	VERB_GET,
	VERB_CREATE,
	VERB_UPDATE,
	VERB_DELETE,
	VERB_FIRE,
	VERB_HISTORY,
	VERB_EXPORT,
	VERB_OPERATION,
	VERB_PUBLIC_LIST, /* what visitors see: core/record/public.h */
	VERB_PUBLIC_GET,
	VERB_COUNT, /* core/record/count.h */
	VERB_BATCH, /* one event on several rows: core/record/batch.c */
};

struct endpoint_args {
	void *row;         /* of {id}, when the endpoint loads it */
	const void *input; /* struct <input shape>, or NULL */
	const void *query; /* struct <query shape>, or NULL */
};

struct endpoint {
	const char *name; /* operationId: "product.list", "product.publish" */
	enum endpoint_verb verb;
	const struct record *record;
	uint32_t roles;        /* who may come at all: */
	struct record_who who; /* the same by what lets them in, as such or by a side of the row */
	uint32_t menus; /* bits of enum menu, all of which a sub-account needs: see struct actor */
	uint32_t reads; /* of which it needs one, to read; 0: none */
	enum http_method method;
	const char *path;
	const struct shape *input;
	const struct shape *query;
	const struct shape *output;
	int success;        /* status */
	bool under;         /* {id} is the parent's, of a child that is listed or made: core/record/child.h */
	bool load;          /* {id} is a row of record: loaded with isolation and given to the handler */
	bool if_match;      /* required; compared with the loaded row's version */
	bool idempotent;    /* takes Idempotency-Key from those signed in; else it is refused */
	bool transaction;   /* runs inside db_transaction() */
	bool closed_ok;     /* also on a closed platform: what its people need to get away from it */
	bool frozen_ok;     /* a write that a suspended platform still allows (sign-out) */
	bool session_only;  /* not by an API key: what gives or changes a way to sign in */
	bool needs_ok;      /* also for a session that must first change its password or set up a second factor */
	bool file;          /* the body is a file, streamed */
	bool download;      /* answers a file for people, asked for with lang=en or zh, and a list with its columns:
			       core/record/export.h */
	enum http_lane lane; /* where it runs, so that what waits or computes holds up nobody else */
	/* Calls the handler with typed arguments; NULL for generic verbs. */
	struct problem *(*run)(struct call *call, const struct endpoint_args *args);
};

/* For router_set_gate(); arg is a const struct call_services. Fills request->call. Routes without endpoint (static
 * files, health) pass untouched. */
struct problem *endpoint_gate(struct request *request, void *OR_NULL arg) NONNULL_AT(1) MUST_CHECK;
/* The handler of every generated route. */
struct problem *endpoint_run(struct request *request) NONNULL MUST_CHECK;

/* Answers with a declared output shape. */
struct problem *endpoint_answer(struct call *call, const struct shape *shape, const void *output) NONNULL MUST_CHECK;
/* A writer over the answer's body, for answers made by hand. */
struct json_writer *endpoint_writer(struct call *call) NONNULL RETURNS_NONNULL;

extern const struct problem_kind PROBLEM_ORIGIN;             /* 403, a write from another site */
extern const struct problem_kind PROBLEM_MENU;               /* 403, a sub-account without a menu that this needs */
extern const struct problem_kind PROBLEM_KEY_SESSION;        /* 403, an API key where only a session may */
extern const struct problem_kind PROBLEM_PLATFORM_SUSPENDED; /* 403 */
extern const struct problem_kind PROBLEM_PLATFORM_CLOSED;    /* 410 */

#endif
