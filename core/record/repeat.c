#include "core/record/repeat.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/crypto/crypto.h"
#include "core/http/answer.h"
#include "core/http/request.h"
#include "core/record/endpoint.h"

enum { KEY_MIN = 8 };

const struct problem_kind PROBLEM_KEY_REFUSED = {"idempotency-key-refused", 400,
	"此请求不接受 Idempotency-Key，未作任何处理。请去掉该请求头再提交（网页请刷新后重试）。",
	"This request takes no Idempotency-Key; nothing was done. Send it without one (in a browser: reload the "
	"page)."};
static const struct problem_kind answer_gone = {"operation-answer-lost", 409,
	"同一请求已经办理，其结果不再保存，请查看现状。",
	"The same request took effect; its answer is not kept any more. Look at the present state."};

/* --- the request --- */

static bool writes(const struct call *call)
{
	enum http_method method = call->endpoint->method;

	return method != HTTP_GET && method != HTTP_HEAD && method != HTTP_OPTIONS;
}

/* What was uploaded counts like any other body. */
static struct problem *hash_file(struct call *call, struct crypto_digest *digest, const char *path)
{
	char piece[65536];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return problem_new(call->arena, &PROBLEM_UNAVAILABLE);
	do {
		n = read(fd, piece, sizeof piece);
		if (n > 0)
			crypto_digest_add(digest, piece, (size_t)n);
	} while (n > 0 || (n < 0 && errno == EINTR));
	close(fd);
	return n < 0 ? problem_new(call->arena, &PROBLEM_UNAVAILABLE) : NULL;
}

static struct problem *hash_request(struct call *call, unsigned char hash[OPERATION_HASH])
{
	const struct request *request = call->request;
	const char *head = arena_printf(call->arena, "%d %s?%s\n", request->method, request->path,
		request->query_raw ? request->query_raw : "");
	struct crypto_digest *digest = crypto_digest_create();
	struct problem *problem = NULL;

	crypto_digest_add(digest, head, strlen(head));
	if (request->body_file)
		problem = hash_file(call, digest, request->body_file);
	else
		crypto_digest_add(digest, request->body ? request->body : "", request->body_len);
	crypto_digest_take(digest, hash);
	crypto_digest_destroy(digest);
	return problem;
}

struct problem *repeat_read(struct repeat *repeat, struct call *call)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:-";
	const char *key = request_header(call->request, "Idempotency-Key");
	size_t len = key ? strlen(key) : 0;

	*repeat = (struct repeat){.call = call};
	if (!key || !writes(call))
		return NULL;
	if (!call->endpoint->idempotent || uuid_is_nil(call->actor.account_id))
		return problem_new(call->arena, &PROBLEM_KEY_REFUSED);
	if (len < KEY_MIN || len > OPERATION_KEY_MAX || strspn(key, allowed) != len)
		return problem_detail(call->arena, &PROBLEM_MALFORMED,
			"Idempotency-Key 应为 8 到 80 位字母、数字或 _ . : -。",
		                      "Idempotency-Key must be 8 to 80 letters, digits or _ . : -.");
	repeat->key = key;
	return hash_request(call, repeat->hash);
}

/* --- the answer: ETag, Location and media type, one a line, headers of the handler, an empty line, the body --- */

static const char *context_of(const struct repeat *repeat)
{
	const struct call *call = repeat->call;

	return arena_printf(call->arena, "operation.answer/%u/%s/%s", call->platform_id,
		uuid_text(call->arena, call->actor.account_id), repeat->key);
}

static const char *seal_answer(const struct repeat *repeat, const struct problem *problem)
{
	struct call *call = repeat->call;
	struct request *request = call->request;
	struct buf *text = buf_in(call->arena);
	size_t size;

	if (problem) {
		buf_text(text, "0\n\napplication/problem+json\n\n");
		answer_write_problem(request, problem, text);
	} else {
		buf_printf(text, "%llu\n%s\n%s\n", (unsigned long long)call->etag, call->location ? call->location : "",
			request->content_type);
		for (const struct answer_header *header = request->answer->headers; header; header = header->next)
			if (strcasecmp(header->name, "Set-Cookie") != 0)
				buf_printf(text, "%s: %s\n", header->name, header->value);
		buf_char(text, '\n');
		buf_add(text, request->out->data, request->out->len);
	}
	const unsigned char *sealed =
		crypto_seal(call->services->keys, call->arena, context_of(repeat), text->data, text->len, &size);
	return crypto_base64url(call->arena, sealed, size);
}

static char *take_line(char **at)
{
	char *line = *at, *end = line ? strchr(line, '\n') : NULL;

	if (!end)
		return NULL;
	*end = '\0';
	*at = end + 1;
	return line;
}

static struct problem *replay(struct repeat *repeat, const struct operation_answer *found)
{
	struct call *call = repeat->call;
	struct request *request = call->request;
	size_t size = 0;
	unsigned char *sealed = found->answer ? crypto_unbase64url(call->arena, found->answer, &size) : NULL;
	char *text =
		sealed ? crypto_open(call->services->keys, call->arena, context_of(repeat), sealed, size, &size) : NULL;
	char *at = text, *etag = take_line(&at), *location = take_line(&at), *type = take_line(&at), *line;

	if (!type)
		return problem_new(call->arena, &answer_gone);
	request->status = found->status;
	request->content_type = type;
	call->etag = strtoull(etag, NULL, 10);
	call->location = *location ? location : NULL;
	while ((line = take_line(&at)) && *line) {
		char *value = strstr(line, ": ");
		if (value) {
			*value = '\0';
			request_add_header(request, line, value + 2);
		}
	}
	buf_add(request->out, at, size - (size_t)(at - text));
	repeat->replayed = true;
	return NULL;
}

/* --- inside the endpoint's transaction --- */

struct problem *repeat_begin(struct repeat *repeat)
{
	struct call *call = repeat->call;
	const struct operation_answer *found = NULL;

	repeat->replayed = false;
	if (!repeat->key)
		return NULL;
	struct problem *problem = operation_begin(
		call->db, call->scope, call->actor.account_id, repeat->key, repeat->hash, OPERATION_TTL_S, &found);
	return problem || !found ? problem : replay(repeat, found);
}

struct problem *repeat_keep(struct repeat *repeat)
{
	struct call *call = repeat->call;

	return repeat->key ? operation_finish(call->db, call->scope, call->request->status, seal_answer(repeat, NULL))
			   : NULL;
}

/* --- around work of several transactions --- */

struct problem *repeat_claim(struct repeat *repeat)
{
	struct call *call = repeat->call;
	const struct operation_answer *found = NULL;

	if (!repeat->key)
		return NULL;
	struct problem *problem = operation_claim(
		call->db, call->scope, call->actor.account_id, repeat->key, repeat->hash, &repeat->claim, &found);
	return problem || !found ? problem : replay(repeat, found);
}

void repeat_end(struct repeat *repeat, const struct problem *problem)
{
	struct call *call = repeat->call;
	int status = problem ? problem->kind->status : call->request->status;

	if (!repeat->claim)
		return;
	bool nothing = status >= 400 && !operation_took_effect(repeat->claim);
	operation_end(call->db, repeat->claim, nothing ? 0 : status, nothing ? NULL : seal_answer(repeat, problem));
}
