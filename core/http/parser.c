#include "core/http/parser.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "core/utf8.h"

/* ---- Classes of bytes ---- */

enum {
	TOKEN = 1,  /* RFC 9110 tchar */
	TARGET = 2, /* RFC 3986 pchar, '/', '?', '%', and what browsers write as it is (URL Standard, "percent-encode
		       sets"; raw UTF-8 by older ones) */
	VALUE = 4,  /* field-value: VCHAR, SP, HTAB, obs-text */
	HOST = 8,   /* letters, digits, '-', '.', '_' */
};

static const uint8_t classes[256] = {
	['\t'] = VALUE,
	[' '] = VALUE,
	[0x80 ... 0xff] = TARGET | VALUE,
	['0' ... '9'] = TOKEN | TARGET | VALUE | HOST,
	['A' ... 'Z'] = TOKEN | TARGET | VALUE | HOST,
	['a' ... 'z'] = TOKEN | TARGET | VALUE | HOST,
	['-'] = TOKEN | TARGET | VALUE | HOST,
	['.'] = TOKEN | TARGET | VALUE | HOST,
	['_'] = TOKEN | TARGET | VALUE | HOST,
	['!'] = TOKEN | TARGET | VALUE,
	['$'] = TOKEN | TARGET | VALUE,
	['%'] = TOKEN | TARGET | VALUE,
	['&'] = TOKEN | TARGET | VALUE,
	['\''] = TOKEN | TARGET | VALUE,
	['*'] = TOKEN | TARGET | VALUE,
	['+'] = TOKEN | TARGET | VALUE,
	['~'] = TOKEN | TARGET | VALUE,
	['#'] = TOKEN | VALUE,
	['^'] = TOKEN | TARGET | VALUE,
	['`'] = TOKEN | TARGET | VALUE,
	['|'] = TOKEN | TARGET | VALUE,
	['('] = TARGET | VALUE,
	[')'] = TARGET | VALUE,
	[','] = TARGET | VALUE,
	['/'] = TARGET | VALUE,
	[':'] = TARGET | VALUE,
	[';'] = TARGET | VALUE,
	['='] = TARGET | VALUE,
	['?'] = TARGET | VALUE,
	['@'] = TARGET | VALUE,
	['"'] = TARGET | VALUE,
	['<'] = VALUE,
	['>'] = VALUE,
	['['] = TARGET | VALUE,
	['\\'] = TARGET | VALUE,
	[']'] = TARGET | VALUE,
	['{'] = TARGET | VALUE,
	['}'] = TARGET | VALUE,
};

static bool is(char c, uint8_t class)
{
	return classes[(unsigned char)c] & class;
}

static size_t run_of(const char *bytes, size_t len, uint8_t class)
{
	size_t n = 0;
	while (n < len && is(bytes[n], class))
		n++;
	return n;
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

static int hex(char c)
{
	if (digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool same(const char *bytes, size_t len, const char *lower)
{
	return strlen(lower) == len && strncasecmp(bytes, lower, len) == 0;
}

static enum http_parse bad(struct http_parser *p, int status, const char *reason)
{
	p->status = status;
	p->reason = reason;
	return HTTP_PARSE_BAD;
}

/* ---- Host ---- */

static bool port_parse(const char *text, size_t len, uint16_t *port)
{
	unsigned n = 0;
	if (len == 0 || len > 5)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!digit(text[i]))
			return false;
		n = n * 10 + (unsigned)(text[i] - '0');
	}
	*port = (uint16_t)n;
	return n > 0 && n <= 65535;
}

static bool host_ipv6(const char *text, size_t len, char *out)
{
	char address[INET6_ADDRSTRLEN];
	unsigned char ignored[16];
	if (len < 4 || len - 2 >= sizeof(address))
		return false;
	memcpy(address, text + 1, len - 2);
	address[len - 2] = '\0';
	if (inet_pton(AF_INET6, address, ignored) != 1)
		return false;
	for (size_t i = 0; i < len; i++)
		out[i] = text[i] >= 'A' && text[i] <= 'F' ? (char)(text[i] | 0x20) : text[i];
	out[len] = '\0';
	return true;
}

static bool host_name(const char *text, size_t len, char *out)
{
	if (len && text[len - 1] == '.')
		len--;
	if (len == 0 || len > HTTP_HOST_MAX)
		return false;
	char before = '.';
	for (size_t i = 0; i < len; i++) {
		char c = text[i];
		if (!is(c, HOST) || (c == '.' && before == '.'))
			return false;
		out[i] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
		before = c;
	}
	out[len] = '\0';
	return before != '.';
}

bool http_host_parse(const char *text, size_t len, char out[HTTP_HOST_MAX + 1], uint16_t *port)
{
	*port = 0;
	size_t name = len;
	if (len && text[0] == '[') {
		const char *end = memchr(text, ']', len);
		if (!end)
			return false;
		name = (size_t)(end - text) + 1;
	} else {
		const char *colon = memchr(text, ':', len);
		if (colon)
			name = (size_t)(colon - text);
	}
	if (name < len && (text[name] != ':' || !port_parse(text + name + 1, len - name - 1, port)))
		return false;
	return len && text[0] == '[' ? host_ipv6(text, name, out) : host_name(text, name, out);
}

/* ---- Paths and queries ---- */

/* One byte at raw[*at], unescaped; -1 for a bad escape. Moves *at behind it. */
static int unescape(const char *raw, size_t len, size_t *at)
{
	char c = raw[(*at)++];
	if (c != '%')
		return (unsigned char)c;
	if (len - *at < 2)
		return -1;
	int high = hex(raw[*at]), low = hex(raw[*at + 1]);
	*at += 2;
	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* "", "." and ".." are no segments; a final empty one ("/a/") is. */
static bool segment_good(const char *segment, size_t len, bool last)
{
	if (len == 0)
		return last;
	return !(segment[0] == '.' && (len == 1 || (len == 2 && segment[1] == '.')));
}

bool http_path_decode(const char *raw, size_t len, char *out)
{
	size_t n = 0, start = 1;
	if (len == 0 || raw[0] != '/')
		return false;
	for (size_t i = 0; i < len;) {
		bool plain = raw[i] != '%';
		int c = unescape(raw, len, &i);
		if (c < 0x20 || c == 0x7f || c == '\\' || (c == '/' && !plain))
			return false;
		if (c == '/' && n > 0) {
			if (!segment_good(out + start, n - start, false))
				return false;
			start = n + 1;
		}
		out[n++] = (char)c;
	}
	out[n] = '\0';
	return segment_good(out + start, n - start, true) && utf8_valid(out, n);
}

bool http_query_decode(const char *raw, size_t len, char *out)
{
	size_t n = 0;
	for (size_t i = 0; i < len;) {
		bool plain = raw[i] != '%';
		int c = unescape(raw, len, &i);
		if (c <= 0)
			return false;
		out[n++] = c == '+' && plain ? ' ' : (char)c;
	}
	out[n] = '\0';
	return utf8_valid(out, n);
}

/* ---- Request line ---- */

static const struct {
	const char *name;
	enum http_method method;
} methods[] = {
	{"GET", HTTP_GET},     {"HEAD", HTTP_HEAD},     {"POST", HTTP_POST},      {"PUT", HTTP_PUT},
	{"PATCH", HTTP_PATCH}, {"DELETE", HTTP_DELETE}, {"OPTIONS", HTTP_OPTIONS},
};

static enum http_parse parse_method(struct http_parser *p, const char *name, size_t len)
{
	if (len == 0 || run_of(name, len, TOKEN) != len)
		return bad(p, 400, "the method is no token");
	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
		if (strlen(methods[i].name) == len && memcmp(name, methods[i].name, len) == 0) {
			p->method = methods[i].method;
			return HTTP_PARSE_DONE;
		}
	}
	return bad(p, 501, "the method is not known here");
}

static enum http_parse parse_version(struct http_parser *p, const char *text, size_t len)
{
	if (len != 8 || memcmp(text, "HTTP/", 5) != 0 || !digit(text[5]) || text[6] != '.' || !digit(text[7]))
		return bad(p, 400, "the request line does not end with an HTTP version");
	if (text[5] != '1' || text[7] > '1')
		return bad(p, 505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
	p->http10 = text[7] == '0';
	p->close = p->http10;
	return HTTP_PARSE_DONE;
}

/* Where the path begins in an absolute target; 0 if it is none. */
static size_t authority_at(const char *target, size_t len)
{
	if (len > 7 && strncasecmp(target, "http://", 7) == 0)
		return 7;
	if (len > 8 && strncasecmp(target, "https://", 8) == 0)
		return 8;
	return 0;
}

static enum http_parse parse_target(struct http_parser *p, const char *bytes, size_t at, size_t len)
{
	const char *target = bytes + at;
	p->target = (struct http_span){(uint16_t)at, (uint16_t)len};
	if (len == 1 && target[0] == '*') {
		p->path = p->target;
		return p->method == HTTP_OPTIONS ? HTTP_PARSE_DONE : bad(p, 400, "the target * is for OPTIONS");
	}
	size_t path = 0;
	if (target[0] != '/') {
		path = authority_at(target, len);
		if (!path)
			return bad(p, 400, "the target is neither a path nor an http address");
		while (path < len && target[path] != '/' && target[path] != '?')
			path++;
	}
	/* The authority may hold brackets; it is compared with Host later, which is checked. */
	if (run_of(target + path, len - path, TARGET) != len - path)
		return bad(p, 400, "the target holds a byte that must be percent-encoded");
	const char *question = memchr(target + path, '?', len - path);
	size_t path_len = question ? (size_t)(question - target) - path : len - path;
	p->path = (struct http_span){(uint16_t)(at + path), (uint16_t)path_len};
	p->has_query = question != NULL;
	if (question)
		p->query =
			(struct http_span){(uint16_t)(at + path + path_len + 1), (uint16_t)(len - path - path_len - 1)};
	return HTTP_PARSE_DONE;
}

static enum http_parse parse_request_line(struct http_parser *p, const char *bytes, size_t at, size_t len)
{
	const char *line = bytes + at;
	if (len == 14 && memcmp(line, "PRI * HTTP/2.0", 14) == 0)
		return bad(p, 505, "HTTP/2 is not spoken here");
	const char *first = memchr(line, ' ', len);
	const char *last = memrchr(line, ' ', len);
	if (!first || last <= first + 1)
		return bad(p, 400, "the request line is not method, target and version");
	if (memchr(first + 1, ' ', (size_t)(last - first - 1)))
		return bad(p, 400, "the request line has more than two spaces");
	enum http_parse result = parse_version(p, last + 1, (size_t)(line + len - last - 1));
	if (result == HTTP_PARSE_DONE)
		result = parse_method(p, line, (size_t)(first - line));
	if (result == HTTP_PARSE_DONE)
		result = parse_target(p, bytes, at + (size_t)(first - line) + 1, (size_t)(last - first - 1));
	return result;
}

/* ---- Header lines ---- */

static const struct {
	const char *name;
	uint8_t len;
	bool single;
} headers[] = {
#define X(id, name, single) {name, sizeof(name) - 1, single},
	HTTP_HEADERS(X)
#undef X
};

static enum http_header header_find(const char *name, size_t len)
{
	for (int i = 0; i < HTTP_HEADER_KNOWN; i++)
		if (headers[i].len == len && strncasecmp(name, headers[i].name, len) == 0)
			return (enum http_header)i;
	return HTTP_HEADER_OTHER;
}

static enum http_parse parse_field(struct http_parser *p, const char *bytes, size_t at, size_t len)
{
	const char *line = bytes + at;
	if (p->field_count == HTTP_FIELDS_MAX)
		return bad(p, 431, "there are too many header lines");
	size_t name = run_of(line, len, TOKEN);
	if (name == 0)
		return bad(
			p, 400, line[0] == ' ' || line[0] == '\t' ? "a header line is folded" : "a header has no name");
	if (name == len || line[name] != ':')
		return bad(p, 400, "a header name is not followed by a colon");
	size_t from = name + 1, to = len;
	while (from < to && (line[from] == ' ' || line[from] == '\t'))
		from++;
	while (to > from && (line[to - 1] == ' ' || line[to - 1] == '\t'))
		to--;
	bool high = false;
	for (size_t i = from; i < to; i++) {
		if (!is(line[i], VALUE))
			return bad(p, 400, "a header value holds a control byte");
		high |= (line[i] & 0x80) != 0;
	}
	if (high && !utf8_valid(line + from, to - from))
		return bad(p, 400, "a header value is no UTF-8");
	enum http_header known = header_find(line, name);
	if (known != HTTP_HEADER_OTHER) {
		if (p->known[known] && headers[known].single)
			return bad(p, 400, "a header that may come once came twice");
		p->known[known] = (uint8_t)(p->field_count + 1);
	}
	p->fields[p->field_count++] = (struct http_field){
		.name = {(uint16_t)at, (uint16_t)name},
		.value = {(uint16_t)(at + from), (uint16_t)(to - from)},
	};
	return HTTP_PARSE_DONE;
}

const char *http_parser_known(const struct http_parser *p, const char *bytes, enum http_header header, size_t *len)
{
	*len = 0;
	if (!p->known[header])
		return NULL;
	struct http_span value = p->fields[p->known[header] - 1].value;
	*len = value.len;
	return bytes + value.at;
}

/* ---- What the lines mean together ---- */

static enum http_parse check_host(struct http_parser *p, const char *bytes)
{
	size_t len;
	const char *host = http_parser_known(p, bytes, HTTP_HEADER_HOST, &len);
	if (!host && p->http10 && !authority_at(bytes + p->target.at, p->target.len))
		return HTTP_PARSE_DONE; /* RFC 9112 asks it of HTTP/1.1 alone; p->host is empty, which is no
					   platform's */
	if (!host)
		return bad(p, 400, "the Host header is missing");
	if (!http_host_parse(host, len, p->host, &p->port))
		return bad(p, 400, "the Host header names no host");
	const char *target = bytes + p->target.at;
	size_t at = authority_at(target, p->target.len);
	if (target[0] == '/' || !at)
		return HTTP_PARSE_DONE;
	char name[HTTP_HOST_MAX + 1];
	uint16_t port;
	size_t authority = (size_t)(p->path.at - p->target.at) - at;
	if (!http_host_parse(target + at, authority, name, &port) || port != p->port || strcmp(name, p->host) != 0)
		return bad(p, 400, "the target's host is not the Host header's");
	return HTTP_PARSE_DONE;
}

static enum http_parse check_length(struct http_parser *p, const char *bytes)
{
	size_t len;
	const char *text = http_parser_known(p, bytes, HTTP_HEADER_CONTENT_LENGTH, &len);
	if (!text)
		return HTTP_PARSE_DONE;
	if (len == 0 || len > 18)
		return bad(p, 400, "Content-Length is no number");
	for (size_t i = 0; i < len; i++) {
		if (!digit(text[i]))
			return bad(p, 400, "Content-Length is no number");
		p->content_length = p->content_length * 10 + (uint64_t)(text[i] - '0');
	}
	p->has_body = p->content_length > 0;
	return HTTP_PARSE_DONE;
}

static enum http_parse check_coding(struct http_parser *p, const char *bytes)
{
	size_t len;
	const char *text = http_parser_known(p, bytes, HTTP_HEADER_TRANSFER_ENCODING, &len);
	if (!text)
		return HTTP_PARSE_DONE;
	if (p->known[HTTP_HEADER_CONTENT_LENGTH])
		return bad(p, 400, "Transfer-Encoding and Content-Length exclude each other");
	if (p->http10)
		return bad(p, 400, "HTTP/1.0 has no Transfer-Encoding");
	if (!same(text, len, "chunked"))
		return bad(
			p, len && run_of(text, len, TOKEN) == len ? 501 : 400, "the only Transfer-Encoding is chunked");
	p->chunked = true;
	p->has_body = true;
	return HTTP_PARSE_DONE;
}

static enum http_parse check_expect(struct http_parser *p, const char *bytes)
{
	size_t len;
	const char *text = http_parser_known(p, bytes, HTTP_HEADER_EXPECT, &len);
	if (!text)
		return HTTP_PARSE_DONE;
	if (!same(text, len, "100-continue"))
		return bad(p, 417, "the only expectation met is 100-continue");
	p->expect_continue = p->has_body && !p->http10;
	return HTTP_PARSE_DONE;
}

/* Connection may come in several lines, so every field is looked at. */
static void check_connection(struct http_parser *p, const char *bytes)
{
	if (!p->known[HTTP_HEADER_CONNECTION])
		return;
	for (size_t i = 0; i < p->field_count; i++) {
		struct http_field field = p->fields[i];
		if (!same(bytes + field.name.at, field.name.len, "connection"))
			continue;
		const char *at = bytes + field.value.at, *end = at + field.value.len;
		while (at < end) {
			size_t n = run_of(at, (size_t)(end - at), TOKEN);
			if (same(at, n, "close"))
				p->close = true;
			at += n ? n : 1;
		}
	}
}

static enum http_parse finish(struct http_parser *p, const char *bytes)
{
	enum http_parse result = check_host(p, bytes);
	if (result == HTTP_PARSE_DONE)
		result = check_length(p, bytes);
	if (result == HTTP_PARSE_DONE)
		result = check_coding(p, bytes);
	if (result == HTTP_PARSE_DONE)
		result = check_expect(p, bytes);
	check_connection(p, bytes);
	return result;
}

/* ---- The head, line by line ---- */

void http_parser_init(struct http_parser *p)
{
	/* The fields need no clearing, and clearing them would cost more than parsing. */
	memset(p, 0, offsetof(struct http_parser, fields));
}

static enum http_parse parse_line(struct http_parser *p, const char *bytes, size_t end)
{
	size_t at = p->line, len = end - at;
	if (len == 0 || bytes[end - 1] != '\r')
		return bad(p, 400, "a line ends with LF alone");
	len--;
	p->line = (uint32_t)end + 1;
	if (p->begun) {
		if (len)
			return parse_field(p, bytes, at, len) == HTTP_PARSE_BAD ? HTTP_PARSE_BAD : HTTP_PARSE_MORE;
		p->head_len = end + 1;
		return finish(p, bytes);
	}
	if (len == 0)
		return at == 0 ? HTTP_PARSE_MORE : bad(p, 400, "empty lines precede the request");
	p->begun = true;
	if (len > HTTP_LINE_MAX)
		return bad(p, 414, "the request line is too long");
	return parse_request_line(p, bytes, at, len) == HTTP_PARSE_BAD ? HTTP_PARSE_BAD : HTTP_PARSE_MORE;
}

enum http_parse http_parser_head(struct http_parser *p, const char *bytes, size_t len)
{
	if (p->status)
		return HTTP_PARSE_BAD;
	/* Other protocols (TLS, SOCKS) are told apart by their first byte, without waiting for a line. */
	if (p->scanned == 0 && len && !is(bytes[0], TOKEN) && bytes[0] != '\r')
		return bad(p, 400, "this is no HTTP request");
	size_t limit = len < HTTP_HEAD_MAX ? len : HTTP_HEAD_MAX;
	while (p->scanned < limit) {
		const char *lf = memchr(bytes + p->scanned, '\n', limit - p->scanned);
		if (!lf) {
			p->scanned = (uint32_t)limit;
			break;
		}
		p->scanned = (uint32_t)(lf - bytes) + 1;
		enum http_parse result = parse_line(p, bytes, (size_t)(lf - bytes));
		if (result != HTTP_PARSE_MORE)
			return result;
	}
	if (!p->begun && p->scanned - p->line > HTTP_LINE_MAX)
		return bad(p, 414, "the request line is too long");
	if (p->scanned >= HTTP_HEAD_MAX)
		return bad(p, 431, "the header lines are too long");
	return HTTP_PARSE_MORE;
}

/* ---- Chunks ---- */

enum {
	CHUNK_SIZE,
	CHUNK_SIZE_LF,
	CHUNK_DATA,
	CHUNK_DATA_CR,
	CHUNK_DATA_LF,
	CHUNK_TRAILER, /* at the beginning of a line */
	CHUNK_TRAILER_LINE,
	CHUNK_TRAILER_LF,
	CHUNK_END_LF,
	CHUNK_DONE,
	CHUNK_BAD,
};

void http_chunks_init(struct http_chunks *chunks)
{
	*chunks = (struct http_chunks){.state = CHUNK_SIZE};
}

static int chunk_bad(struct http_chunks *c, const char *reason)
{
	c->reason = reason;
	return CHUNK_BAD;
}

static int chunk_size(struct http_chunks *c, char byte)
{
	int value = hex(byte);
	if (value >= 0) {
		if (++c->digits > 15)
			return chunk_bad(c, "a chunk size is too large");
		c->left = c->left * 16 + (uint64_t)value;
		return CHUNK_SIZE;
	}
	return byte == '\r' && c->digits ? CHUNK_SIZE_LF : chunk_bad(c, "a chunk size is not hexadecimal digits alone");
}

/* Trailers are checked and dropped: nothing here reads them. */
static int chunk_trailer(struct http_chunks *c, char byte)
{
	if (++c->trailer_bytes > HTTP_TRAILER_BYTES_MAX)
		return chunk_bad(c, "the trailers are too long");
	if (c->state == CHUNK_TRAILER) {
		if (byte == '\r')
			return CHUNK_END_LF;
		if (++c->trailers > HTTP_TRAILERS_MAX || !is(byte, TOKEN))
			return chunk_bad(c, "a trailer is malformed");
		c->colon = false;
		return CHUNK_TRAILER_LINE;
	}
	if (byte == '\r')
		return c->colon ? CHUNK_TRAILER_LF : chunk_bad(c, "a trailer is malformed");
	if (!c->colon && byte == ':')
		c->colon = true;
	else if (!is(byte, c->colon ? VALUE : TOKEN))
		return chunk_bad(c, "a trailer is malformed");
	return CHUNK_TRAILER_LINE;
}

static int chunk_byte(struct http_chunks *c, char byte)
{
	switch (c->state) {
	case CHUNK_SIZE:
		return chunk_size(c, byte);
	case CHUNK_SIZE_LF:
		if (byte != '\n')
			return chunk_bad(c, "a chunk size is not followed by CRLF");
		return c->left ? CHUNK_DATA : CHUNK_TRAILER;
	case CHUNK_DATA_CR:
		return byte == '\r' ? CHUNK_DATA_LF : chunk_bad(c, "a chunk is longer than its size");
	case CHUNK_DATA_LF:
		c->digits = 0;
		return byte == '\n' ? CHUNK_SIZE : chunk_bad(c, "a chunk does not end with CRLF");
	case CHUNK_TRAILER_LF:
		return byte == '\n' ? CHUNK_TRAILER : chunk_bad(c, "a trailer does not end with CRLF");
	case CHUNK_END_LF:
		return byte == '\n' ? CHUNK_DONE : chunk_bad(c, "the last chunk does not end with CRLF");
	default:
		return chunk_trailer(c, byte);
	}
}

enum http_parse http_chunks_next(struct http_chunks *c, const char *bytes, size_t len, size_t *used, const char **data,
                                 size_t *data_len)
{
	size_t at = 0;
	*data_len = 0;
	*data = NULL;
	while (at < len && c->state != CHUNK_DONE && c->state != CHUNK_BAD) {
		if (c->state == CHUNK_DATA) {
			*data = bytes + at;
			*data_len = c->left < len - at ? (size_t)c->left : len - at;
			c->left -= *data_len;
			at += *data_len;
			if (c->left == 0)
				c->state = CHUNK_DATA_CR;
			break;
		}
		c->state = chunk_byte(c, bytes[at++]);
	}
	*used = at;
	if (c->state == CHUNK_BAD)
		return HTTP_PARSE_BAD;
	return c->state == CHUNK_DONE ? HTTP_PARSE_DONE : HTTP_PARSE_MORE;
}
