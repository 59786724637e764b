/* house: what tests of the engine stand in: two platforms (7, 8) over a real MariaDB, an actor as headers say,
 * requests in one line.
 *
 * headers    X-Roles (bits), X-Institution (mine, third, else other), X-Account (other or third instead of account),
 * X-Barred (bits of menus), X-Platform (8)
 */
#ifndef QILIAN_TESTS_RECORD_HOUSE_H
#define QILIAN_TESTS_RECORD_HOUSE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/db/db.h"
#include "core/http/request.h"
#include "core/record/call.h"

extern struct db *db;
extern struct arena *arena; /* of the tests; each request has one of its own */
extern struct call_services services;
extern const struct lifecycle_set *lifecycles;
extern struct uuid mine, other, third, account;
extern char notices[2000];
extern enum platform_state state_of_platform;
extern struct request *last;

int house_setup(void **state);
int house_teardown(void **state);
const char *header(const char *name);
/* Answers the status; the answer's body is in `last`. Faults as "pointer code" in last->out for a problem. */
int ask(const char *line, const char *headers, const char *body);
struct json_object *answer(void);
const char *text_at(const char *pointer);
int64_t number_at(const char *pointer);
const char *path(const char *format, const char *id);
/* Makes a sample for the institution and answers its id. */
const char *make(const char *body);
int64_t count_of(const char *sql);

#define ASK(expected, line, headers, body)                                                                             \
	do {                                                                                                           \
		int status_ = ask(line, headers, body);                                                                \
		if (status_ != (expected))                                                                             \
			fail_msg("%s: %d instead of %d: %s", line, status_, expected, last->out->data);                \
	} while (0)
#define SAYS(text) assert_string_equal(last->out->data, text)

#define OWNER "X-Roles: 64\nX-Institution: mine\n"
#define STRANGER "X-Roles: 64\nX-Institution: other\n"
#define STAFF "X-Roles: 128\nX-Institution: mine\n"
#define REVIEWER "X-Roles: 32\n"
#define ADMIN "X-Roles: 16\n"
#define SYSTEM "X-Roles: 2\n"

#endif
