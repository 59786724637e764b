#include "tests/record/house.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/crypto/crypto.h"
#include "core/db/migrate.h"
#include "core/db/sql.h"
#include "core/http/answer.h"
#include "core/record/form.h"
#include "core/text/json.h"
#include "core/text/moment.h"
#include "tests/record/sample.h"
#include "tests/unit/mariadb.h"

/* --- the house around the engine: two platforms, an actor as headers say --- */

static struct mariadb *server;
struct db *db;
struct arena *arena; /* of the test; each request has one of its own */
static struct router *router;
struct call_services services;
const struct lifecycle_set *lifecycles;
static const struct form_set *forms;
struct uuid mine, other, third, account;
char notices[2000];
enum platform_state state_of_platform;

static struct problem *resolve(struct call *call, void *arg)
{
	const char *roles = request_header(call->request, "X-Roles"),
		   *institution = request_header(call->request, "X-Institution");
	call->platform_id = request_header(call->request, "X-Platform") ? 8 : 7;
	call->network_id = 3;
	call->scope = db_platform(call->platform_id, 3);
	call->platform_state = state_of_platform;
	call->lifecycles = lifecycles;
	call->forms = forms;
	if (!roles)
		return NULL;
	call->actor.roles = (uint32_t)strtoul(roles, NULL, 10);
	call->actor.account_id = account;
	call->actor.name = "张三";
	if (request_header(call->request, "X-Account"))
		call->actor.account_id =
			strcmp(request_header(call->request, "X-Account"), "third") == 0 ? third : other;
	if (request_header(call->request, "X-Barred"))
		call->actor.barred = (uint32_t)strtoul(request_header(call->request, "X-Barred"), NULL, 10);
	if (institution)
		call->actor.institution_id = strcmp(institution, "mine") == 0 ? mine
			: strcmp(institution, "third") == 0		      ? third
									      : other;
	return NULL;
}

static struct problem *due_on(struct call *call, const char *from, int days, char out[11], void *arg)
{
	int64_t ms = call_now();
	if (from)
		assert_true(time_parse(arena_printf(call->arena, "%sT00:00:00Z", from), &ms));
	date_format(ms + days * 86400000LL, out);
	return NULL;
}

static struct problem *working_days(struct call *call, const char *from, const char *to, int *out, void *arg)
{
	*out = 2;
	return NULL;
}

static struct problem *send_notice(struct call *call, const struct record *record, const void *row,
	const char *template, const char *to, struct json_object *variables, void *arg)
{
	snprintf(notices, sizeof notices, "%s to %s: %s", template, to, json_get_text(variables, "reason"));
	return NULL;
}

static const char *platform_slug(struct call *call, uint32_t id, void *arg)
{
	return id == 7 ? "seven" : id == 8 ? "eight" : NULL;
}

static uint32_t platform_by_slug(struct call *call, const char *slug, void *arg)
{
	return strcmp(slug, "seven") == 0 ? 7 : strcmp(slug, "eight") == 0 ? 8 : 0;
}

static const struct notice_sink sink = {.send = send_notice};

/* The server may have a table of that name, for a record that is not declared here. */
static void make_room(const char *statement)
{
	char name[41];
	if (sscanf(statement, "CREATE TABLE %40[a-z_]", name) != 1)
		return;
	const char *drop = arena_printf(arena, "DROP TABLE IF EXISTS `%s`", name);
	assert_null(db_command(db, drop, strlen(drop)));
}

/* Those of the declarations in tests/record/schema. */
static void add_tables(void)
{
	glob_t found;
	assert_int_equal(glob(PROJECT_ROOT "/tests/record/schema/*.sql", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		FILE *file = fopen(found.gl_pathv[i], "r");
		char sql[8000];
		sql[fread(sql, 1, sizeof sql - 1, file)] = 0;
		fclose(file);
		const char *cursor = sql, *statement;
		for (size_t len; (statement = sql_split(&cursor, &len));) {
			make_room(statement);
			assert_null(db_command(db, statement, len));
		}
	}
	globfree(&found);
}

int house_setup(void **state)
{
	static const char keys[] =
		"1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\nindex:AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
	struct crypto_keys *parsed;
	struct json_object *policy;
	int applied;
	server = mariadb_start();
	mariadb_create(server, "");
	arena = arena_create();
	db = db_create(&server->settings);
	db_use_arena(db, arena);
	assert_null(migrate_run(db, schema_migrations, schema_migration_count, &applied));
	add_tables();
	db_destroy(db);
	db = db_create(&server->settings); /* the new table is known to the gate now */
	assert_null(crypto_keys_parse(arena, keys, &parsed));
	services = (struct call_services){.records = &record_set,
		.keys = parsed,
		.resolve = resolve,
		.due_on = due_on,
		.working_days = working_days,
		.platform_slug = platform_slug,
		.platform_by_slug = platform_by_slug,
		.notices = &sink};
	assert_null(json_parse_object(arena, SAMPLE_POLICY, strlen(SAMPLE_POLICY), &policy));
	assert_null(lifecycle_compile(arena, &record_set, NULL, policy, &lifecycles));
	assert_null(form_compile(arena, &record_set, policy, &forms));
	router = router_create();
	router_add(router, record_routes, record_route_count);
	router_set_gate(router, endpoint_gate, &services);
	mine = uuid_v7();
	other = uuid_v7();
	third = uuid_v7();
	account = uuid_v7();
	return 0;
}

int house_teardown(void **state)
{
	router_destroy(router);
	db_destroy(db);
	arena_destroy(arena);
	mariadb_stop(server);
	return 0;
}

/* --- a request in one line: "PATCH /api/v1/samples/…?x=y", headers as "Name: value" lines --- */

struct request *last;

const char *header(const char *name)
{
	const char *value = answer_header(last->answer, name);
	return value ? value : "";
}

static void add_headers(struct request *request, const char *text)
{
	struct http_pair *headers = ARENA_ARRAY(request->arena, struct http_pair, 20);
	char *copy = arena_strdup(request->arena, text), *save = NULL;
	for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *colon = strstr(line, ": ");
		*colon = 0;
		headers[request->header_count++] = (struct http_pair){line, colon + 2};
	}
	headers[request->header_count++] = (struct http_pair){"Content-Type", "application/json"};
	request->headers = headers;
}

static void add_query(struct request *request, char *query)
{
	struct http_pair *pairs = ARENA_ARRAY(request->arena, struct http_pair, 20);
	char *save = NULL;
	request->query_raw = arena_strdup(request->arena, query);
	for (char *item = strtok_r(query, "&", &save); item; item = strtok_r(NULL, "&", &save)) {
		char *sign = strchr(item, '=');
		*sign = 0;
		pairs[request->query_count++] = (struct http_pair){item, sign + 1};
	}
	request->query = pairs;
}

/* Answers the status; the answer's body is in `last`. Faults as "pointer code" in last->out for a problem. */
int ask(const char *line, const char *headers, const char *body)
{
	static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};
	request_destroy(last);
	struct request *request = last = request_create();
	char *path = arena_strdup(request->arena, strchr(line, ' ') + 1), *query = strchr(path, '?');
	for (size_t i = 0; i < 6; i++)
		if (strncmp(line, methods[i], strlen(methods[i])) == 0 && line[strlen(methods[i])] == ' ')
			request->method = (enum http_method)i;
	if (query) {
		*query = 0;
		add_query(request, query + 1);
	}
	add_headers(request, headers ? headers : "");
	request->path = path;
	request->db = db;
	request->body = body;
	request->body_len = body ? strlen(body) : 0;
	db_use_arena(db, request->arena);
	db_set_deadline(db, db_now_ms() + 10000);
	struct problem *problem = router_match(router, request);
	if (!problem)
		problem = router_run(router, request);
	if (!problem)
		return request->status;
	buf_reset(request->out);
	buf_text(request->out, problem->kind->code);
	for (struct problem_field *field = problem->fields; field; field = field->next)
		buf_printf(request->out, " %s=%s", field->pointer, field->code);
	return problem->kind->status;
}

struct json_object *answer(void)
{
	struct json_object *object = NULL;
	if (json_parse_object(last->arena, last->out->data, last->out->len, &object))
		fail_msg("no JSON: %s", last->out->data);
	return object;
}

const char *text_at(const char *pointer)
{
	const char *text = json_text(json_at_pointer(answer(), pointer));
	return text ? text : "";
}

int64_t number_at(const char *pointer)
{
	struct json_object *value = json_at_pointer(answer(), pointer);
	return value ? json_object_get_int64(value) : -1;
}

const char *path(const char *format, const char *id)
{
	return arena_printf(arena, format, id);
}

/* Makes one for the institution and answers its id. */
const char *make(const char *body)
{
	ASK(201, "POST /api/v1/samples", OWNER, body);
	return arena_strdup(arena, text_at("/id"));
}

int64_t count_of(const char *sql)
{
	struct db_result *result;
	assert_null(db_select(db, db_all_platforms("a test looks at everything"), sql, DB_NO_ARGS, &result));
	return db_get_int(result, 0, 0);
}
