#include "core/record/endpoint.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/http/page.h"
#include "core/record/position.h"
#include "core/record/record_inside.h"
#include "core/record/repeat.h"
#include "core/record/row.h"
#include "core/text/json.h"

enum { STALE_TRIES = 5 };

/* One run of an endpoint; a transaction may begin it anew. */
struct run {
	struct call *call;
	const struct endpoint *endpoint;
	struct endpoint_args args;
	struct repeat repeat; /* Idempotency-Key */
	bool refused; /* the version that the caller named is not the row's */
};

/* --- input --- */

/* Lists and counts read it against what the record lets ask for. */
static bool reads_query(enum endpoint_verb verb)
{
	return verb == VERB_LIST || verb == VERB_EXPORT || verb == VERB_PUBLIC_LIST || verb == VERB_COUNT ||
		verb == VERB_BATCH;
}

/* Of a file for people; a link cannot say it in a header. */
static bool read_download(struct call *call, const struct http_pair *pair)
{
	if (strcmp(pair->name, "lang") == 0)
		call->lang = strcmp(pair->value, "en") == 0 ? LANG_EN : LANG_ZH;
	return strcmp(pair->name, "lang") == 0 || strcmp(pair->name, "columns") == 0;
}

static struct problem *decode_query(struct call *call, const struct endpoint *endpoint, struct endpoint_args *args)
{
	static const struct shape none = {"none", NULL, 0, 0};
	const struct request *request = call->request;
	for (size_t i = 0; endpoint->download && i < request->query_count; i++)
		read_download(call, &request->query[i]);
	if (reads_query(endpoint->verb))
		return NULL;
	const char **names = ARENA_ARRAY(call->arena, const char *, request->query_count + 1);
	const char **values = ARENA_ARRAY(call->arena, const char *, request->query_count + 1);
	size_t count = 0;
	for (size_t i = 0; i < request->query_count; i++) {
		if (endpoint->download && read_download(call, &request->query[i]))
			continue;
		names[count] = request->query[i].name;
		values[count++] = request->query[i].value;
	}
	const struct shape *shape = endpoint->query ? endpoint->query : &none;
	void *out = arena_alloc(call->arena, shape->size ? shape->size : 1);
	if (endpoint->query)
		args->query = out;
	return shape_decode_query(call, call->arena, shape, names, values, count, out);
}

/* Verbs decode their body themselves: onto the row that it changes. */
static struct problem *decode_body(struct call *call, const struct endpoint *endpoint, struct endpoint_args *args)
{
	static const struct shape none = {"none", NULL, 0, 0};
	const struct shape *shape = endpoint->input ? endpoint->input : &none;
	struct json_object *body;
	if (endpoint->verb != VERB_OPERATION || endpoint->file || (!endpoint->input && call->request->body_len == 0))
		return NULL;
	struct problem *problem = request_json(call->request, &body);
	if (problem)
		return problem;
	void *out = arena_alloc(call->arena, shape->size ? shape->size : 1);
	if (endpoint->input)
		args->input = out;
	return shape_decode(call, call->arena, shape, body, DECODE_FULL, 0, out);
}

/* --- the row of {id} and If-Match --- */

static size_t id_position(const char *path)
{
	size_t n = 0;
	for (const char *at = strchr(path, '{'); at; at = strchr(at + 1, '{'), n++)
		if (strncmp(at, "{id}", 4) == 0)
			return n;
	abort(); /* the generator sees to it */
}

/* The version that the caller read: "3", W/"3", "3-gzip" of a proxy that compresses, a list that holds it, or *. */
static struct problem *check_version(struct call *call, uint32_t version)
{
	const char *match = request_header(call->request, "If-Match");
	if (!match)
		return problem_new(call->arena, &PROBLEM_PRECONDITION);
	switch (etag_match(match, strlen(match), arena_printf(call->arena, "\"%u\"", version))) {
	case ETAG_MATCHES: return NULL;
	case ETAG_DIFFERS: return problem_new(call->arena, &PROBLEM_STALE);
	default:
		return problem_detail(call->arena, &PROBLEM_MALFORMED,
			"If-Match 应为读取时得到的 ETag，含引号，如 \"3\"。",
				      "If-Match must be the ETag that you read, with its quotation marks: \"3\".");
	}
}

static struct problem *load_row(struct run *run)
{
	struct call *call = run->call;
	struct uuid id;
	if (!run->endpoint->load)
		return NULL;
	struct problem *problem = call_path_id(call, id_position(run->endpoint->path), &id);
	if (!problem)
		problem = record_load(call, run->endpoint->record, id, &run->args.row);
	if (problem || !run->endpoint->if_match)
		return problem;
	problem = check_version(call, row_of(run->args.row)->version);
	run->refused = problem != NULL;
	return problem;
}

/* --- the run --- */

static void reset(struct run *run)
{
	struct call *call = run->call;
	buf_reset(call->request->out);
	call->request->status = run->endpoint->success;
	call->writer = NULL;
	call->etag = 0;
	call->location = NULL;
	run->args.row = NULL;
}

static struct problem *run_handler(struct run *run)
{
	struct call *call = run->call;
	struct problem *problem = load_row(run);
	if (problem)
		return problem;
	return run->endpoint->run ? run->endpoint->run(call, &run->args) : verb_run(call, &run->args);
}

static struct problem *run_once(struct db *db, void *arg)
{
	struct run *run = arg;
	reset(run);
	struct problem *problem = repeat_begin(&run->repeat);
	if (problem || run->repeat.replayed)
		return problem;
	problem = run_handler(run);
	return problem ? problem : repeat_keep(&run->repeat);
}

/* A handler that begins transactions itself, or none. */
static struct problem *run_outside(struct run *run)
{
	reset(run);
	struct problem *problem = repeat_claim(&run->repeat);
	if (problem || run->repeat.replayed)
		return problem;
	problem = run_handler(run);
	repeat_end(&run->repeat, problem);
	return problem;
}

/* When another write (an entry of another platform that was applied just now) came between reading and writing a row,
 * the request is run again instead of being refused: it may be a row that the caller never saw, which follows from
 * theirs. Who names a version is refused by that alone. */
static struct problem *run_in_transaction(struct run *run)
{
	struct problem *problem = db_transaction(run->call->db, run_once, run);
	for (int i = 1; problem && problem->kind == &PROBLEM_STALE && !run->refused && i < STALE_TRIES; i++)
		problem = db_transaction(run->call->db, run_once, run);
	return problem;
}

static void write_headers(struct run *run)
{
	struct call *call = run->call;
	struct request *request = call->request;
	if (call->etag)
		request_set_etag(request, call->etag);
	if (call->location)
		request_add_header(request, "Location", call->location);
	if (run->repeat.replayed)
		request_add_header(request, "Idempotency-Replayed", "true");
	else if (run->endpoint->transaction && journal_last_seq(call->db)) {
		request->entry = journal_last_seq(call->db);
		request_add_header(request, "Qilian-Position",
			position_text(call, journal_last_epoch(call->db), request->entry));
	}
}

/* One database holds all that this process reads as it is written; only what other platforms wrote may come later. */
static struct problem *wait_for_position(struct call *call)
{
	const char *after = request_header(call->request, "Qilian-After");
	const struct call_services *services = call->services;
	struct position position;
	if (!after || !services->wait_applied)
		return NULL;
	if (!position_read(call, after, &position))
		return problem_detail(
			call->arena, &PROBLEM_MALFORMED, "Qilian-After 不正确。", "Qilian-After is no position.");
	return !position.platform || position.platform == call->platform_id
		? NULL
		: services->wait_applied(call, position.platform, position.epoch, position.seq, services->arg);
}

struct problem *endpoint_run(struct request *request)
{
	struct call *call = request->call;
	struct run run = {.call = call, .endpoint = call->endpoint};
	struct problem *problem = repeat_read(&run.repeat, call);
	if (!problem)
		problem = wait_for_position(call);
	if (!problem)
		problem = decode_query(call, run.endpoint, &run.args);
	if (!problem)
		problem = decode_body(call, run.endpoint, &run.args);
	if (!problem)
		problem = run.endpoint->transaction ? run_in_transaction(&run) : run_outside(&run);
	if (!problem)
		write_headers(&run);
	return problem;
}

struct json_writer *endpoint_writer(struct call *call)
{
	if (!call->writer) {
		call->writer = ARENA_NEW(call->arena, struct json_writer);
		jw_init(call->writer, call->request->out);
	}
	return call->writer;
}

struct problem *endpoint_answer(struct call *call, const struct shape *shape, const void *output)
{
	shape_write_json(call, endpoint_writer(call), shape, output);
	return NULL;
}
