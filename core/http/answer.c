#include "core/http/answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <zlib.h>

#include "core/text/json.h"

enum { GZIP_MIN = 1024, GZIP_LEVEL = 5 };

const char *http_status_phrase(int status)
{
	static const struct {
		int status;
		const char *phrase;
	} phrases[] = {
		{200, "OK"},
		{201, "Created"},
		{202, "Accepted"},
		{204, "No Content"},
		{206, "Partial Content"},
		{301, "Moved Permanently"},
		{302, "Found"},
		{303, "See Other"},
		{304, "Not Modified"},
		{307, "Temporary Redirect"},
		{308, "Permanent Redirect"},
		{400, "Bad Request"},
		{401, "Unauthorized"},
		{403, "Forbidden"},
		{404, "Not Found"},
		{405, "Method Not Allowed"},
		{406, "Not Acceptable"},
		{408, "Request Timeout"},
		{409, "Conflict"},
		{410, "Gone"},
		{411, "Length Required"},
		{412, "Precondition Failed"},
		{413, "Content Too Large"},
		{414, "URI Too Long"},
		{415, "Unsupported Media Type"},
		{416, "Range Not Satisfiable"},
		{417, "Expectation Failed"},
		{421, "Misdirected Request"},
		{422, "Unprocessable Content"},
		{428, "Precondition Required"},
		{429, "Too Many Requests"},
		{431, "Request Header Fields Too Large"},
		{500, "Internal Server Error"},
		{501, "Not Implemented"},
		{502, "Bad Gateway"},
		{503, "Service Unavailable"},
		{504, "Gateway Timeout"},
		{505, "HTTP Version Not Supported"},
		{507, "Insufficient Storage"},
	};
	for (size_t i = 0; i < sizeof(phrases) / sizeof(*phrases); i++)
		if (phrases[i].status == status)
			return phrases[i].phrase;
	return "Status";
}

/* ---- What the client takes ---- */

/* The next element of a comma-separated list: its token in *item, its q in thousandths. False at the end. */
static bool list_next(const char **at, const char *end, const char **item, size_t *item_len, int *quality)
{
	while (*at < end && (**at == ' ' || **at == '\t' || **at == ','))
		(*at)++;
	if (*at == end)
		return false;
	const char *comma = memchr(*at, ',', (size_t)(end - *at)), *stop = comma ? comma : end;
	const char *semicolon = memchr(*at, ';', (size_t)(stop - *at)), *name_end = semicolon ? semicolon : stop;
	*item = *at;
	while (name_end > *item && (name_end[-1] == ' ' || name_end[-1] == '\t'))
		name_end--;
	*item_len = (size_t)(name_end - *item);
	*quality = 1000;
	if (semicolon) {
		const char *q = semicolon + 1;
		while (q < stop && (*q == ' ' || *q == '\t'))
			q++;
		if (stop - q >= 3 && (q[0] | 0x20) == 'q' && q[1] == '=') {
			*quality = q[2] == '1' ? 1000 : 0;
			int unit = 100;
			for (q += 3; q < stop && unit && *quality < 1000; q++) {
				if (*q >= '0' && *q <= '9') {
					*quality += (*q - '0') * unit;
					unit /= 10;
				}
			}
		}
	}
	*at = stop;
	return true;
}

bool http_accepts(const char *value, size_t len, const char *coding)
{
	const char *at = value, *item;
	size_t item_len;
	int quality;
	while (value && list_next(&at, value + len, &item, &item_len, &quality))
		if (item_len == strlen(coding) && strncasecmp(item, coding, item_len) == 0)
			return quality > 0;
	return false;
}

enum http_language http_language_of(const char *value, size_t len)
{
	const char *at = value, *item;
	size_t item_len;
	int quality, zh = 0, en = 0;
	while (value && list_next(&at, value + len, &item, &item_len, &quality)) {
		bool whole = item_len == 2 || (item_len > 2 && item[2] == '-');
		if (whole && strncasecmp(item, "zh", 2) == 0 && quality > zh)
			zh = quality;
		if (whole && strncasecmp(item, "en", 2) == 0 && quality > en)
			en = quality;
	}
	return en > zh ? HTTP_EN : HTTP_ZH;
}

/* ---- Problems ---- */

static void write_field(struct json_writer *w, const struct problem_field *field)
{
	jw_object_begin(w);
	jw_kv_text(w, "pointer", field->pointer);
	jw_kv_text(w, "code", field->code);
	jw_kv_text(w, "zh", field->zh);
	jw_kv_text(w, "en", field->en);
	jw_object_end(w);
}

void answer_write_problem(struct request *request, const struct problem *problem, struct buf *out)
{
	struct json_writer w;
	jw_init(&w, out);
	jw_object_begin(&w);
	jw_kv_text(&w, "type", arena_printf(request->arena, "/problems/%s", problem->kind->code));
	jw_kv_text(&w, "title", request_language(request) == HTTP_EN ? problem->kind->en : problem->kind->zh);
	jw_kv_int(&w, "status", problem->kind->status);
	jw_kv_text(&w, "detail", request_language(request) == HTTP_EN ? problem->en : problem->zh);
	jw_kv_text(&w, "code", problem->kind->code);
	jw_kv_text(&w, "zh", problem->zh);
	jw_kv_text(&w, "en", problem->en);
	if (request->diag.request_id)
		jw_kv_text(&w, "request_id", request->diag.request_id);
	if (problem->extra_key)
		jw_kv_text(&w, problem->extra_key, problem->extra_value);
	if (problem->fields) {
		jw_key(&w, "errors");
		jw_array_begin(&w);
		for (const struct problem_field *field = problem->fields; field; field = field->next)
			write_field(&w, field);
		jw_array_end(&w);
	}
	jw_object_end(&w);
}

static void drop_file(struct answer *answer)
{
	if (answer->fd >= 0)
		close(answer->fd);
	answer->fd = -1;
	answer->file_left = 0;
}

static void become_problem(struct request *request, const struct problem *problem)
{
	struct answer *answer = request->answer;
	drop_file(answer);
	answer->cacheable = false;
	answer->kind = ANSWER_WHOLE;
	buf_reset(request->out);
	request->status = problem->kind->status;
	request->content_type = "application/problem+json";
	answer_write_problem(request, problem, request->out);
	if (problem->retry_after)
		request_add_header(request, "Retry-After", arena_printf(request->arena, "%d", problem->retry_after));
}

/* ---- Compression ---- */

static bool is_text(const char *type)
{
	static const char *const texts[] = {"text/", "application/json", "application/problem+json",
		"application/javascript", "application/xml", "image/svg+xml"};
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (strncasecmp(type, texts[i], strlen(texts[i])) == 0)
			return true;
	return false;
}

static bool gzip_to(struct buf *out, const char *bytes, size_t len)
{
	z_stream z = {0};
	if (len > 1u << 30 || deflateInit2(&z, GZIP_LEVEL, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return false;
	size_t bound = deflateBound(&z, (uLong)len);
	char *room = malloc(bound);
	if (!room) {
		deflateEnd(&z);
		return false;
	}
	z.next_in = (unsigned char *)(uintptr_t)bytes;
	z.avail_in = (unsigned)len;
	z.next_out = (unsigned char *)room;
	z.avail_out = (unsigned)bound;
	bool good = deflate(&z, Z_FINISH) == Z_STREAM_END && z.total_out < len;
	if (good)
		buf_add(out, room, z.total_out);
	deflateEnd(&z);
	free(room);
	return good;
}

/* ---- Files and ranges ---- */

static bool number(const char **at, uint64_t *out)
{
	const char *from = *at;
	*out = 0;
	for (; **at >= '0' && **at <= '9' && *at - from < 18; (*at)++)
		*out = *out * 10 + (uint64_t)(**at - '0');
	return *at > from;
}

/* One range of bytes; several, or what is no range, are answered with the whole file, as RFC 9110 allows. */
static void apply_range(struct request *request)
{
	struct answer *answer = request->answer;
	const char *range = request_header(request, "Range");
	uint64_t size = answer->file_left, first = 0, last = size ? size - 1 : 0, n;
	if (!range || request->method != HTTP_GET || request->status != 200 || request_header(request, "If-Range") ||
	    strncasecmp(range, "bytes=", 6) != 0)
		return;
	const char *at = range + 6;
	if (*at == '-') {
		at++;
		if (!number(&at, &n) || *at)
			return;
		first = n < size ? size - n : 0;
		if (n == 0)
			first = size;
	} else {
		if (!number(&at, &first) || *at++ != '-')
			return;
		if (number(&at, &n) && n < last)
			last = n;
		if (*at || last < first) {
			if (*at || first < size)
				return;
		}
	}
	if (first >= size) {
		request->status = 416;
		request_add_header(request, "Content-Range",
			arena_printf(request->arena, "bytes */%llu", (unsigned long long)size));
		drop_file(answer);
		return;
	}
	request->status = 206;
	request_add_header(request, "Content-Range",
		arena_printf(request->arena, "bytes %llu-%llu/%llu", (unsigned long long)first,
			(unsigned long long)last, (unsigned long long)size));
	answer->file_at = first;
	answer->file_left = last - first + 1;
}

/* ---- The head ---- */

void answer_init(struct answer *answer, struct arena *arena)
{
	*answer = (struct answer){.fd = -1};
	answer->headers_last = &answer->headers;
	answer->head = buf_in(arena);
}

const char *answer_header(const struct answer *answer, const char *name)
{
	for (const struct answer_header *header = answer->headers; header; header = header->next)
		if (strcasecmp(header->name, name) == 0)
			return header->value;
	return NULL;
}

static bool has_body(int status)
{
	return status != 204 && status != 304;
}

/* Headers by hand rather than by printf: this runs for every answer. */
static void line(struct buf *head, const char *name, const char *value)
{
	buf_text(head, name);
	buf_add(head, ": ", 2);
	buf_text(head, value);
	buf_add(head, "\r\n", 2);
}

static void write_common(struct request *request, struct buf *head)
{
	struct answer *answer = request->answer;
	for (const struct answer_header *header = answer->headers; header; header = header->next)
		line(head, header->name, header->value);
	if (answer->etag[0])
		line(head, "ETag", answer->etag);
	if (!answer_header(answer, "Cache-Control"))
		line(head, "Cache-Control", answer->cacheable ? "no-cache" : "no-store");
	if (!answer_header(answer, "Referrer-Policy"))
		line(head, "Referrer-Policy", "same-origin");
	line(head, "X-Content-Type-Options", "nosniff");
	if (is_text(request->content_type))
		line(head, "Vary", "Accept-Encoding, Accept-Language");
}

static void write_head(struct request *request, struct buf *head, int status, bool gzip, uint64_t length)
{
	buf_printf(head, "HTTP/1.1 %d %s\r\n", status, http_status_phrase(status));
	if (has_body(status)) {
		if (request->answer->kind != ANSWER_STREAM)
			buf_printf(head, "Content-Length: %llu\r\n", (unsigned long long)length);
		if (length || request->answer->kind == ANSWER_STREAM)
			line(head, "Content-Type", request->content_type);
		if (gzip)
			line(head, "Content-Encoding", "gzip");
	}
	write_common(request, head);
}

static bool unchanged(struct request *request)
{
	const struct answer *answer = request->answer;
	const char *etag = answer_header(answer, "ETag");
	const char *list = request_header(request, "If-None-Match");
	bool reads = request->method == HTTP_GET || request->method == HTTP_HEAD;
	return etag && list && reads && request->status == 200 && etag_listed(list, strlen(list), etag);
}

static void check_cacheable(struct request *request)
{
	struct answer *answer = request->answer;
	bool reads = request->method == HTTP_GET || request->method == HTTP_HEAD;
	if (!reads || request->status != 200 || answer->fd >= 0 || answer_header(answer, "Set-Cookie"))
		answer->cacheable = false;
}

void answer_render(struct request *request, struct problem *problem, bool gzip)
{
	struct answer *answer = request->answer;
	if (problem)
		become_problem(request, problem);
	if (answer->kind != ANSWER_WHOLE) {
		if (answer->kind == ANSWER_STREAM) {
			request->content_type = "text/event-stream; charset=utf-8";
			/* A proxy that gathers an answer before it passes it on would hold events back. */
			request_add_header(request, "X-Accel-Buffering", "no");
			write_head(request, answer->head, 200, false, 0);
		}
		return;
	}
	check_cacheable(request);
	if (answer->fd >= 0) {
		if (unchanged(request)) {
			drop_file(answer);
			request->status = 304;
		}
		apply_range(request);
		request_add_header(request, "Accept-Ranges", "bytes");
		write_head(request, answer->head, request->status, false, answer->file_left);
		return;
	}
	answer->body = request->out->data;
	answer->body_len = request->out->len;
	if (!answer->cacheable && unchanged(request)) {
		request->status = 304;
		answer->body_len = 0;
	}
	bool packed = false;
	if (gzip && !request->no_gzip && answer->body_len > GZIP_MIN && is_text(request->content_type)) {
		struct buf *room = buf_in(request->arena);
		packed = gzip_to(room, answer->body, answer->body_len);
		if (packed) {
			answer->body = room->data;
			answer->body_len = room->len;
		}
	}
	if (answer->cacheable && !answer_header(answer, "ETag"))
		etag_make(answer->body, answer->body_len, packed ? "-gz" : "", answer->etag);
	write_head(request, answer->head, request->status, packed, answer->body_len);
	if (answer->cacheable) {
		answer->head_same = buf_in(request->arena);
		write_head(request, answer->head_same, 304, false, 0);
	}
	if (!has_body(request->status))
		answer->body_len = 0;
}
