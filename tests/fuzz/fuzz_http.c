/* Heads, chunked bodies, paths and queries. The first byte says where the bytes are cut; the outcome must not depend on
 * it. */
#include <stdlib.h>
#include <string.h>

#include "core/http/parser.h"

static void must(bool good)
{
	if (!good)
		abort();
}

static void check_span(const struct http_parser *parser, struct http_span span)
{
	must((size_t)span.at + span.len <= parser->head_len);
}

static void check_good(const struct http_parser *parser, const char *bytes, size_t len)
{
	must(parser->head_len <= len && parser->field_count <= HTTP_FIELDS_MAX && parser->known[HTTP_HEADER_HOST]);
	must(!(parser->chunked && parser->known[HTTP_HEADER_CONTENT_LENGTH]));
	must(!memchr(bytes, '\0', parser->head_len));
	check_span(parser, parser->target);
	check_span(parser, parser->path);
	check_span(parser, parser->query);
	for (size_t i = 0; i < parser->field_count; i++) {
		check_span(parser, parser->fields[i].name);
		check_span(parser, parser->fields[i].value);
		must(parser->fields[i].name.len > 0);
	}
	char out[HTTP_LINE_MAX + 1];
	if (http_path_decode(bytes + parser->path.at, parser->path.len, out))
		must(out[0] == '/' && !strstr(out, "//") && !strstr(out, "/../") && !strchr(out, '\\'));
	if (parser->has_query)
		(void)!http_query_decode(bytes + parser->query.at, parser->query.len, out);
}

static void fuzz_head(const char *bytes, size_t len, size_t cut)
{
	struct http_parser whole, halves;
	http_parser_init(&whole);
	http_parser_init(&halves);
	enum http_parse one = http_parser_head(&whole, bytes, len);
	enum http_parse two = http_parser_head(&halves, bytes, cut);
	if (two == HTTP_PARSE_MORE)
		two = http_parser_head(&halves, bytes, len);
	must(one == two && whole.status == halves.status && whole.head_len == halves.head_len);
	if (one == HTTP_PARSE_DONE)
		check_good(&whole, bytes, len);
}

static enum http_parse read_chunks(const char *bytes, size_t len, size_t cut, size_t *content)
{
	struct http_chunks chunks;
	http_chunks_init(&chunks);
	enum http_parse result = HTTP_PARSE_MORE;
	*content = 0;
	for (size_t at = 0; at < len && result == HTTP_PARSE_MORE;) {
		size_t end = at < cut ? cut : len, used, data_len;
		const char *data;
		result = http_chunks_next(&chunks, bytes + at, end - at, &used, &data, &data_len);
		must(used <= end - at && (used > 0 || result != HTTP_PARSE_MORE));
		must(!data_len || (data >= bytes + at && data + data_len <= bytes + at + used));
		*content += data_len;
		at += used;
	}
	return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	if (size < 1)
		return 0;
	const char *bytes = (const char *)input + 1;
	size_t len = size - 1, cut = len * input[0] / 255, one, two;
	fuzz_head(bytes, len, cut);
	enum http_parse whole = read_chunks(bytes, len, len, &one), halves = read_chunks(bytes, len, cut, &two);
	must(whole == halves && one == two);
	return 0;
}
