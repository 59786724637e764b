/* stage: the house around the engine for its tests: a database, two platforms, an actor as headers say, and a request
 * in one line.
 *
 *   ASK(201, "POST /api/v1/samples", OWNER, "{…}"); text_at("/id")
 *   ASK(422, "PATCH /api/v1/samples/…", OWNER "If-Match: \"1\"", "{…}"); SAYS("invalid /name=too-short")
 */
#ifndef QILIAN_TESTS_STAGE_H
#define QILIAN_TESTS_STAGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/buf.h"
#include "core/http/request.h"
#include "tests/record/sample.h"

enum { NOTICES = 2000 };

extern struct db *db;
extern struct arena *arena; /* of the test; each request has one of its own */
extern struct call_services services;
extern struct uuid mine, other;  /* institutions of the headers below */
extern char notices[NOTICES];    /* the last one sent */
extern enum platform_state state_of_platform;
/* the answer's body lies in last->out; of a problem its code and "pointer=code" of each fault */
extern struct request *last;
extern struct problem *refused; /* of the last answer; NULL when it was none */
extern const char *retired;     /* of the terms design, print and fax; NULL: none */

int stage_setup(void **state);
int stage_teardown(void **state);
/* The policy in force from now on. */
void stage_policy(const char *text);
const struct lifecycle_set *stage_lifecycles(void) RETURNS_NONNULL;
/* A connection of one's own, for what happens meanwhile. */
struct db *stage_db(void) RETURNS_NONNULL;

/* "PATCH /api/v1/samples/…?x=y", headers as "Name: value" lines; answers the status. */
int ask(const char *line, const char *headers, const char *body);
#define ASK(expected, line, headers, body) do { \
		int status_ = ask(line, headers, body); \
		if (status_ != (expected)) \
			fail_msg("%s: %d instead of %d: %s", line, status_, expected, last->out->data); \
	} while (0)
#define SAYS(text) assert_string_equal(last->out->data, text)


const char *header(const char *name) RETURNS_NONNULL;
struct json_object *answer(void) RETURNS_NONNULL;
const char *text_at(const char *pointer) RETURNS_NONNULL; /* "" without one */
int64_t number_at(const char *pointer);                   /* -1 without one */
const char *path(const char *format, const char *id) RETURNS_NONNULL;
int64_t count_of(const char *sql);

#define OWNER "X-Roles: 64\nX-Institution: mine\n"
#define STRANGER "X-Roles: 64\nX-Institution: other\n"
#define STAFF "X-Roles: 128\nX-Institution: mine\n"
#define REVIEWER "X-Roles: 32\n"
#define ADMIN "X-Roles: 16\n"
#define SYSTEM "X-Roles: 2\n"

#endif
