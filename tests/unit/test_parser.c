/* Raw requests and what becomes of them. Each case is read whole, byte by byte, and in two halves cut everywhere: the
 * outcome must not depend on how the network cut it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/http/parser.h"

#define H "Host: a.example\r\n"
#define END "\r\n"
#define POST "POST / HTTP/1.1\r\n" H

struct head_case {
	const char *name;
	const char *bytes;
	size_t len;
	int status; /* 0: good */
};

#define CASE(name, bytes, status) {name, bytes, sizeof(bytes) - 1, status}
#define VALUE(name, value, status) CASE(name, "GET / HTTP/1.1\r\n" H "X: " value "\r\n\r\n", status)
#define LINE(name, line, status) CASE(name, "GET / HTTP/1.1\r\n" H line "\r\n\r\n", status)
#define HOST(name, host, status) CASE(name, "GET / HTTP/1.1\r\nHost: " host "\r\n\r\n", status)
#define START(name, start, status) CASE(name, start "\r\n" H "\r\n", status)
#define BODY(name, lines, status) CASE(name, POST lines "\r\n\r\n", status)

static const struct head_case heads[] = {
	/* The request line. */
	START("plain", "GET / HTTP/1.1", 0),
	START("HTTP/1.0", "GET / HTTP/1.0", 0),
	START("every method", "PATCH /a/b HTTP/1.1", 0),
	START("DELETE", "DELETE /a HTTP/1.1", 0),
	START("HEAD", "HEAD /a HTTP/1.1", 0),
	START("OPTIONS *", "OPTIONS * HTTP/1.1", 0),
	START("GET *", "GET * HTTP/1.1", 400),
	START("unknown method", "PROPFIND / HTTP/1.1", 501),
	START("TRACE", "TRACE / HTTP/1.1", 501),
	START("CONNECT", "CONNECT a.example:443 HTTP/1.1", 501),
	START("lower-case method", "get / HTTP/1.1", 501),
	START("method with a longer name", "GETS / HTTP/1.1", 501),
	START("method with a control byte", "G\x01T / HTTP/1.1", 400),
	START("method with a slash", "GE/T / HTTP/1.1", 400),
	START("no method", " / HTTP/1.1", 400),
	START("only a method", "GET", 400),
	START("HTTP/0.9", "GET /", 400),
	START("no target", "GET  HTTP/1.1", 400),
	START("two spaces before the target", "GET  / HTTP/1.1", 400),
	START("two spaces before the version", "GET /  HTTP/1.1", 400),
	START("a space at the end", "GET / HTTP/1.1 ", 400),
	START("a space in the target", "GET /a b HTTP/1.1", 400),
	START("a tab for a space", "GET\t/ HTTP/1.1", 400),
	START("a tab before the version", "GET /\tHTTP/1.1", 400),
	START("a form feed in the target", "GET /\x0c HTTP/1.1", 400),
	START("a CR in the line", "GET /\r HTTP/1.1", 400),
	START("NUL in the target", "GET /\0 HTTP/1.1", 400),
	START("DEL in the target", "GET /\x7f HTTP/1.1", 400),
	START("fragment", "GET /#x HTTP/1.1", 400),
	START("angle brackets", "GET /<a> HTTP/1.1", 400),
	START("angle bracket in the query", "GET /?a<b HTTP/1.1", 400),
	START("a space in the query", "GET /?a b HTTP/1.1", 400),
	/* As browsers send them (URL Standard): what else RFC 3986 would have escaped. */
	START("raw UTF-8 in the path", "GET /\xe5\x9b\xbd HTTP/1.1", 0),
	START("raw UTF-8 in the query", "GET /?q=\xe5\x9b\xbd HTTP/1.1", 0),
	START("bar in the query", "GET /?a|b HTTP/1.1", 0),
	START("braces in the query", "GET /?a={b} HTTP/1.1", 0),
	START("brackets in the query", "GET /?a[]=[b] HTTP/1.1", 0),
	START("circumflex and backquote", "GET /?a=^b` HTTP/1.1", 0),
	START("quotes in the query", "GET /?a=\"b\"'c' HTTP/1.1", 0),
	START("backslash in the query", "GET /?a=b\\c HTTP/1.1", 0),
	START("brackets and bar in the path", "GET /a[b]|c HTTP/1.1", 0),
	START("relative target", "GET a HTTP/1.1", 400),
	START("query alone", "GET ?a HTTP/1.1", 400),
	START("HTTP/2.0", "GET / HTTP/2.0", 505),
	START("HTTP/1.2", "GET / HTTP/1.2", 505),
	START("HTTP/0.9 spelled out", "GET / HTTP/0.9", 505),
	START("HTTP/1.10", "GET / HTTP/1.10", 400),
	START("HTTP/01.1", "GET / HTTP/01.1", 400),
	START("http in lower case", "GET / http/1.1", 400),
	START("HTTPS/1.1", "GET / HTTPS/1.1", 400),
	START("HTP/1.1", "GET / HTP/1.1", 400),
	START("HTTP/1,1", "GET / HTTP/1,1", 400),
	START("HTTP/+1.1", "GET / HTTP/+.1", 400),
	START("ICE/1.0", "SOURCE / ICE/1.0", 400),
	START("RTSP", "GET / RTSP/1.0", 400),
	CASE("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
	CASE("TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
	CASE("SOCKS", "\x05\x01\x00", 400),
	CASE("NUL first", "\0GET / HTTP/1.1\r\n", 400),
	CASE("a space first", " GET / HTTP/1.1\r\n" H END, 400),
	CASE("LF first", "\nGET / HTTP/1.1\r\n" H END, 400),
	CASE("one empty line first", "\r\nGET / HTTP/1.1\r\n" H END, 0),
	CASE("two empty lines first", "\r\n\r\nGET / HTTP/1.1\r\n" H END, 400),
	CASE("byte order mark", "\xef\xbb\xbfGET / HTTP/1.1\r\n" H END, 400),
	/* Absolute targets. */
	START("absolute", "GET http://a.example/ HTTP/1.1", 0),
	START("absolute, other case", "GET HTTP://A.Example/ HTTP/1.1", 0),
	START("absolute https", "GET https://a.example/x?y HTTP/1.1", 0),
	START("absolute without path", "GET http://a.example HTTP/1.1", 0),
	START("absolute, query at once", "GET http://a.example?x=1 HTTP/1.1", 0),
	START("absolute, other host", "GET http://b.example/ HTTP/1.1", 400),
	START("absolute, other port", "GET http://a.example:81/ HTTP/1.1", 400),
	START("absolute, user", "GET http://u@a.example/ HTTP/1.1", 400),
	START("absolute, user and password", "GET http://u:p@a.example/ HTTP/1.1", 400),
	START("absolute, no host", "GET http:///x HTTP/1.1", 400),
	START("absolute, ftp", "GET ftp://a.example/ HTTP/1.1", 400),
	START("absolute, file", "GET file:///etc/passwd HTTP/1.1", 400),
	START("absolute, javascript", "GET javascript:alert(1) HTTP/1.1", 400),
	START("authority alone", "GET a.example:80 HTTP/1.1", 400),
	/* Ends of lines. */
	CASE("bare LF after the request line", "GET / HTTP/1.1\n" H END, 400),
	CASE("bare LF after a header", "GET / HTTP/1.1\r\nHost: a.example\nX: y\r\n\r\n", 400),
	CASE("bare LF at the end", "GET / HTTP/1.1\r\n" H "\n", 400),
	CASE("bare CR between headers", "GET / HTTP/1.1\r\nHost: a.example\rX: y\r\n\r\n", 400),
	CASE("CR CR LF", "GET / HTTP/1.1\r\r\n" H END, 400),
	CASE("CR CR LF after a header", "GET / HTTP/1.1\r\nHost: a.example\r\r\n\r\n", 400),
	CASE("CR before the empty line", "GET / HTTP/1.1\r\n" H "\r\r\n", 400),
	/* Header lines. */
	LINE("folded with a space", "X: a\r\n b", 400),
	LINE("folded with a tab", "X: a\r\n\tb", 400),
	CASE("folded first line", "GET / HTTP/1.1\r\n X: y\r\n" H END, 400),
	LINE("space before the colon", "X : y", 400),
	LINE("tab before the colon", "X\t: y", 400),
	LINE("Content-Length with a space before the colon", "Content-Length : 0", 400),
	LINE("Transfer-Encoding with a space before the colon", "Transfer-Encoding : chunked", 400),
	LINE("no colon", "X", 400),
	LINE("no name", ": y", 400),
	LINE("colon alone", ":", 400),
	LINE("empty value", "X:", 0),
	LINE("only spaces for a value", "X:   \t ", 0),
	LINE("no space after the colon", "X:y", 0),
	LINE("name with a bracket", "X[0]: y", 400),
	LINE("name with a slash", "X/Y: y", 400),
	LINE("name with NUL", "X\0Y: y", 400),
	LINE("name with UTF-8", "\xc3\xbc: y", 400),
	LINE("name with an at sign", "X@: y", 400),
	LINE("name with token marks", "X!#$%&'*+-.^_`|~9: y", 0),
	VALUE("NUL in a value", "a\0b", 400),
	VALUE("control byte in a value", "a\x01z", 400),
	VALUE("escape in a value", "a\x1b[0m", 400),
	VALUE("DEL in a value", "a\x7fz", 400),
	VALUE("CR in a value", "a\rb", 400),
	VALUE("vertical tab in a value", "a\x0bz", 400),
	VALUE("tab in a value", "a\tb", 0),
	VALUE("UTF-8 in a value", "\xe5\x9b\xbd", 0),
	VALUE("Latin-1 in a value", "caf\xe9", 400),
	VALUE("overlong UTF-8 in a value", "\xc0\xaf", 400),
	VALUE("surrogate in a value", "\xed\xa0\x80", 400),
	LINE("two cookies", "Cookie: a=1\r\nCookie: b=2", 400),
	LINE("two Authorization", "Authorization: a\r\nAuthorization: b", 400),
	LINE("two Content-Type", "Content-Type: a/b\r\nContent-Type: a/b", 400),
	LINE("two X-Forwarded-For", "X-Forwarded-For: a\r\nX-Forwarded-For: b", 0),
	LINE("two Accept", "Accept: a/b\r\nAccept: c/d", 0),
	LINE("two Connection", "Connection: close\r\nConnection: x", 0),
	/* Host. */
	CASE("no Host", "GET / HTTP/1.1\r\nX: y\r\n\r\n", 400),
	CASE("no Host in 1.0", "GET / HTTP/1.0\r\n\r\n", 0),
	CASE("an absolute target without Host in 1.0", "GET http://a/ HTTP/1.0\r\n\r\n", 400),
	CASE("no headers", "GET / HTTP/1.1\r\n\r\n", 400),
	LINE("Host twice", "Host: a.example", 400),
	LINE("Host twice, other name", "host: b.example", 400),
	HOST("empty Host", "", 400),
	HOST("Host with port", "a.example:8080", 0),
	HOST("Host with port 0", "a.example:0", 400),
	HOST("Host with empty port", "a.example:", 400),
	HOST("Host with huge port", "a.example:65536", 400),
	HOST("Host with port of letters", "a.example:80a", 400),
	HOST("Host with signed port", "a.example:+80", 400),
	HOST("Host with two ports", "a.example:80:80", 400),
	HOST("Host with user", "u@a.example", 400),
	HOST("Host with path", "a.example/x", 400),
	HOST("Host with scheme", "http://a.example", 400),
	HOST("Host with query", "a.example?x", 400),
	HOST("Host list", "a.example, b.example", 400),
	HOST("Host with space", "a example", 400),
	HOST("Host with escape", "a%2eexample", 400),
	HOST("Host with quotes", "\"a.example\"", 400),
	HOST("Host with UTF-8", "\xe5\x9b\xbd.example", 400),
	HOST("Host with two dots", "a..example", 400),
	HOST("Host begins with a dot", ".a.example", 400),
	HOST("Host ends with a dot", "a.example.", 0),
	HOST("a dot alone", ".", 400),
	HOST("underscore", "a_b.example", 0),
	HOST("IPv4", "127.0.0.1:8080", 0),
	HOST("IPv6", "[::1]:8080", 0),
	HOST("IPv6 without brackets", "::1", 400),
	HOST("IPv6 unclosed", "[::1", 400),
	HOST("IPv6 nonsense", "[::g]", 400),
	HOST("IPv6 with rest", "[::1]x", 400),
	HOST("empty brackets", "[]", 400),
	HOST("IPv6 zone", "[fe80::1%25eth0]", 400),
	/* How long the body is. */
	BODY("no length", "X: y", 0),
	BODY("Content-Length 0", "Content-Length: 0", 0),
	BODY("Content-Length", "Content-Length: 5", 0),
	BODY("leading zeros", "Content-Length: 005", 0),
	BODY("two equal lengths", "Content-Length: 5\r\nContent-Length: 5", 400),
	BODY("two lengths", "Content-Length: 5\r\nContent-Length: 6", 400),
	BODY("list of lengths", "Content-Length: 5, 5", 400),
	BODY("signed length", "Content-Length: +5", 400),
	BODY("negative length", "Content-Length: -5", 400),
	BODY("hexadecimal length", "Content-Length: 0x5", 400),
	BODY("length with a point", "Content-Length: 5.0", 400),
	BODY("length with an exponent", "Content-Length: 5e1", 400),
	BODY("length in two words", "Content-Length: 5 5", 400),
	BODY("empty length", "Content-Length:", 400),
	BODY("huge length", "Content-Length: 18446744073709551616", 400),
	BODY("length with UTF-8 digits", "Content-Length: \xef\xbc\x95", 400),
	BODY("length in quotes", "Content-Length: \"5\"", 400),
	BODY("Content_Length is another header", "Content_Length: x", 0),
	BODY("chunked", "Transfer-Encoding: chunked", 0),
	BODY("chunked, other case", "transfer-encoding: CHUNKED", 0),
	BODY("chunked and length", "Transfer-Encoding: chunked\r\nContent-Length: 5", 400),
	BODY("length and chunked", "Content-Length: 5\r\nTransfer-Encoding: chunked", 400),
	BODY("chunked twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", 400),
	BODY("chunked, chunked", "Transfer-Encoding: chunked, chunked", 400),
	BODY("chunked and identity", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", 400),
	BODY("gzip, chunked", "Transfer-Encoding: gzip, chunked", 400),
	BODY("chunked, gzip", "Transfer-Encoding: chunked, gzip", 400),
	BODY("identity", "Transfer-Encoding: identity", 501),
	BODY("gzip", "Transfer-Encoding: gzip", 501),
	BODY("xchunked", "Transfer-Encoding: xchunked", 501),
	BODY("chunked with a comma", "Transfer-Encoding: chunked,", 400),
	BODY("comma chunked", "Transfer-Encoding: ,chunked", 400),
	BODY("chunked in quotes", "Transfer-Encoding: \"chunked\"", 400),
	BODY("chunked with a vertical tab", "Transfer-Encoding: \x0b" "chunked", 400),
	BODY("chunked with a parameter", "Transfer-Encoding: chunked;q=1", 400),
	BODY("chunked two words", "Transfer-Encoding: chunked chunked", 400),
	BODY("empty Transfer-Encoding", "Transfer-Encoding:", 400),
	BODY("folded chunked", "Transfer-Encoding:\r\n chunked", 400),
	CASE("chunked in 1.0", "POST / HTTP/1.0\r\n" H "Transfer-Encoding: chunked\r\n\r\n", 400),
	CASE("GET with a length", "GET / HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\n", 0),
	BODY("Expect", "Content-Length: 5\r\nExpect: 100-continue", 0),
	BODY("Expect something else", "Content-Length: 5\r\nExpect: 200-ok", 417),
	BODY("Expect twice", "Expect: 100-continue\r\nExpect: 100-continue", 400),
	LINE("Upgrade is ignored", "Connection: Upgrade\r\nUpgrade: h2c", 0),
};

static enum http_parse read_in_halves(struct http_parser *parser, const struct head_case *c, size_t cut)
{
	http_parser_init(parser);
	/* A copy of just these bytes each time, so that the address sanitizer sees a look beyond. */
	char *first = malloc(cut + 1);
	memcpy(first, c->bytes, cut);
	enum http_parse result = http_parser_head(parser, first, cut);
	free(first);
	if (result != HTTP_PARSE_MORE)
		return result;
	char *all = malloc(c->len + 1);
	memcpy(all, c->bytes, c->len);
	result = http_parser_head(parser, all, c->len);
	free(all);
	return result;
}

static enum http_parse read_by_bytes(struct http_parser *parser, const struct head_case *c)
{
	enum http_parse result = HTTP_PARSE_MORE;
	http_parser_init(parser);
	for (size_t n = 1; n <= c->len && result == HTTP_PARSE_MORE; n++)
		result = http_parser_head(parser, c->bytes, n);
	return result;
}

static void check(const struct head_case *c, const struct http_parser *parser, enum http_parse result, const char *how)
{
	enum http_parse want = c->status ? HTTP_PARSE_BAD : HTTP_PARSE_DONE;
	if (result != want || parser->status != c->status)
		fail_msg("%s (%s): status %d instead of %d, reason: %s", c->name, how, parser->status, c->status,
			parser->reason ? parser->reason : "none");
}

static void test_heads(void **state)
{
	struct http_parser parser;
	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
		for (size_t cut = 0; cut <= heads[i].len; cut++)
			check(&heads[i], &parser, read_in_halves(&parser, &heads[i], cut), "in halves");
		check(&heads[i], &parser, read_by_bytes(&parser, &heads[i]), "byte by byte");
	}
	assert_true(sizeof(heads) / sizeof(*heads) >= 150);
}

static void read_good(struct http_parser *parser, const char *bytes)
{
	http_parser_init(parser);
	assert_int_equal(http_parser_head(parser, bytes, strlen(bytes)), HTTP_PARSE_DONE);
}

static void test_parts(void **state)
{
	static const char bytes[] = "PUT /a/%62?x=1&y HTTP/1.1\r\nhost: A.Example.:8080\r\nContent-length: 12\r\nX-A: "
				    "\t b c \t\r\n\r\nrest";
	struct http_parser parser;
	read_good(&parser, bytes);
	assert_int_equal(parser.head_len, strlen(bytes) - 4);
	assert_int_equal(parser.method, HTTP_PUT);
	assert_string_equal(parser.host, "a.example");
	assert_int_equal(parser.port, 8080);
	assert_int_equal(parser.content_length, 12);
	assert_true(parser.has_body && !parser.chunked && !parser.close && parser.has_query);
	assert_memory_equal(bytes + parser.path.at, "/a/%62", parser.path.len);
	assert_int_equal(parser.query.len, 5);
	assert_int_equal(parser.field_count, 3);
	assert_int_equal(parser.fields[2].value.len, 3);
	assert_memory_equal(bytes + parser.fields[2].value.at, "b c", 3);
}

static void test_absolute_target(void **state)
{
	static const char bytes[] = "GET http://a.example:81?q HTTP/1.1\r\nHost: a.example:81\r\n\r\n";
	struct http_parser parser;
	read_good(&parser, bytes);
	assert_int_equal(parser.path.len, 0);
	assert_memory_equal(bytes + parser.query.at, "q", parser.query.len);
}

static void test_close(void **state)
{
	struct http_parser parser;
	read_good(&parser, "GET / HTTP/1.0\r\n" H "Connection: keep-alive\r\n\r\n");
	assert_true(parser.close);
	read_good(&parser, "GET / HTTP/1.1\r\n" H "Connection: keep-alive, Close\r\n\r\n");
	assert_true(parser.close);
	read_good(&parser, "GET / HTTP/1.1\r\n" H "Connection: close\r\nConnection: x\r\n\r\n");
	assert_true(parser.close);
	read_good(&parser, "GET / HTTP/1.1\r\n" H "Connection: closed\r\n\r\n");
	assert_false(parser.close);
}

/* ---- Limits ---- */

static int long_head(const char *start, const char *unit, size_t times, const char *end)
{
	size_t len = strlen(start) + strlen(unit) * times + strlen(end);
	char *bytes = malloc(len + 1), *at = stpcpy(bytes, start);
	for (size_t i = 0; i < times; i++)
		at = stpcpy(at, unit);
	strcpy(at, end);
	struct http_parser parser;
	http_parser_init(&parser);
	enum http_parse result = http_parser_head(&parser, bytes, len);
	free(bytes);
	return result == HTTP_PARSE_BAD ? parser.status : result == HTTP_PARSE_DONE ? 200 : 0;
}

static void test_limits(void **state)
{
	assert_int_equal(long_head("GET /", "a", 8000, " HTTP/1.1\r\n" H END), 200);
	assert_int_equal(long_head("GET /", "a", 9000, " HTTP/1.1\r\n" H END), 414);
	assert_int_equal(long_head("GET /", "a", 9000, ""), 414);
	assert_int_equal(long_head("GET / HTTP/1.1\r\n" H, "X: y\r\n", 99, END), 200);
	assert_int_equal(long_head("GET / HTTP/1.1\r\n" H, "X: y\r\n", 100, END), 431);
	assert_int_equal(long_head("GET / HTTP/1.1\r\n" H "X: ", "y", 30000, "\r\n\r\n"), 200);
	assert_int_equal(long_head("GET / HTTP/1.1\r\n" H "X: ", "y", 40000, "\r\n\r\n"), 431);
	assert_int_equal(long_head("GET / HTTP/1.1\r\n" H "X: ", "y", 40000, ""), 431);
	assert_int_equal(long_head("GET / HTTP/1.1\r\nHost: ", "a", 253, END END), 200);
	assert_int_equal(long_head("GET / HTTP/1.1\r\nHost: ", "a", 254, END END), 400);
}

/* A head that comes byte by byte costs no more than a look at each byte. */
static void test_linear(void **state)
{
	char *bytes = malloc(HTTP_HEAD_MAX);
	size_t n = (size_t)sprintf(bytes, "GET / HTTP/1.1\r\n" H "X: ");
	memset(bytes + n, 'y', HTTP_HEAD_MAX - n);
	struct timespec from, to;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	for (int round = 0; round < 10; round++) {
		struct http_parser parser;
		http_parser_init(&parser);
		for (size_t len = 1; len < HTTP_HEAD_MAX; len++)
			assert_int_equal(http_parser_head(&parser, bytes, len), HTTP_PARSE_MORE);
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	free(bytes);
	/* 320,000 calls; quadratic cost would be 5 G byte looks. */
	assert_true((double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9 < 1.0);
}

/* ---- Chunks ---- */

struct chunk_case {
	const char *bytes;
	size_t len;
	const char *content; /* NULL: bad */
};

#define CHUNKS(bytes, content) {bytes, sizeof(bytes) - 1, content}

static const struct chunk_case chunks[] = {
	CHUNKS("5\r\nhello\r\n0\r\n\r\n", "hello"),
	CHUNKS("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world"),
	CHUNKS("0\r\n\r\n", ""),
	CHUNKS("0005\r\nhello\r\n000\r\n\r\n", "hello"),
	CHUNKS("A\r\n0123456789\r\n0\r\n\r\n", "0123456789"),
	CHUNKS("a\r\n0123456789\r\n0\r\n\r\n", "0123456789"),
	CHUNKS("3\r\n\r\n\n\r\n0\r\n\r\n", "\r\n\n"),
	CHUNKS("0\r\nX: y\r\nZ:\r\n\r\n", ""),
	CHUNKS("0x5\r\nhello\r\n0\r\n\r\n", NULL),
	CHUNKS("+5\r\nhello\r\n0\r\n\r\n", NULL),
	CHUNKS("-5\r\nhello\r\n0\r\n\r\n", NULL),
	CHUNKS(" 5\r\nhello\r\n0\r\n\r\n", NULL),
	CHUNKS("5 \r\nhello\r\n0\r\n\r\n", NULL),
	CHUNKS("5\t\r\nhello\r\n0\r\n\r\n", NULL),
	CHUNKS("5;a=b\r\nhello\r\n0\r\n\r\n", NULL),
	CHUNKS("5;\r\nhello\r\n0\r\n\r\n", NULL),
	CHUNKS("5\nhello\r\n0\r\n\r\n", NULL),
	CHUNKS("5\r\nhello\n0\r\n\r\n", NULL),
	CHUNKS("5\r\nhello0\r\n\r\n", NULL),
	CHUNKS("5\r\nhello \r\n0\r\n\r\n", NULL),
	CHUNKS("4\r\nhello\r\n0\r\n\r\n", NULL),
	CHUNKS("5\rhello\r\n0\r\n\r\n", NULL),
	CHUNKS("\r\n0\r\n\r\n", NULL),
	CHUNKS("g\r\n", NULL),
	CHUNKS("\0", NULL),
	CHUNKS("1000000000000000\r\n", NULL),
	CHUNKS("ffffffffffffffff\r\n", NULL),
	CHUNKS("00000000000000005\r\nhello\r\n", NULL),
	CHUNKS("0\r\n X: y\r\n\r\n", NULL),
	CHUNKS("0\r\nX\r\n\r\n", NULL),
	CHUNKS("0\r\nX : y\r\n\r\n", NULL),
	CHUNKS("0\r\n: y\r\n\r\n", NULL),
	CHUNKS("0\r\nX: a\0b\r\n\r\n", NULL),
	CHUNKS("0\r\nX: y\n\r\n", NULL),
	CHUNKS("0\r\n\n", NULL),
	CHUNKS("0\n\r\n", NULL),
	CHUNKS("0\r\nX: a\r b\r\n\r\n", NULL),
};

static enum http_parse feed(
	struct http_chunks *c, const char *bytes, size_t len, char *content, size_t *content_len, size_t *total)
{
	enum http_parse result = HTTP_PARSE_MORE;
	while (len && result == HTTP_PARSE_MORE) {
		size_t used, data_len;
		const char *data;
		result = http_chunks_next(c, bytes, len, &used, &data, &data_len);
		assert_true(used <= len && (used || result != HTTP_PARSE_MORE));
		if (data_len)
			memcpy(content + *content_len, data, data_len);
		*content_len += data_len;
		*total += used;
		bytes += used;
		len -= used;
	}
	return result;
}

static void read_chunks(const struct chunk_case *c, size_t cut)
{
	char content[64] = "";
	size_t len = 0, total = 0;
	struct http_chunks reader;
	http_chunks_init(&reader);
	enum http_parse result = feed(&reader, c->bytes, cut, content, &len, &total);
	if (result == HTTP_PARSE_MORE)
		result = feed(&reader, c->bytes + cut, c->len - cut, content, &len, &total);
	if (result != (c->content ? HTTP_PARSE_DONE : HTTP_PARSE_BAD))
		fail_msg("%s: result %d", c->bytes, (int)result);
	if (c->content) {
		assert_int_equal(len, strlen(c->content));
		assert_memory_equal(content, c->content, len);
		assert_int_equal(total, c->len);
	}
}

static void test_chunks(void **state)
{
	for (size_t i = 0; i < sizeof(chunks) / sizeof(*chunks); i++)
		for (size_t cut = 0; cut <= chunks[i].len; cut++)
			read_chunks(&chunks[i], cut);
}

static void test_trailer_limits(void **state)
{
	struct http_chunks reader;
	size_t used, len;
	const char *data;
	enum http_parse result = HTTP_PARSE_MORE;
	http_chunks_init(&reader);
	assert_int_equal(http_chunks_next(&reader, "0\r\n", 3, &used, &data, &len), HTTP_PARSE_MORE);
	for (int i = 0; i < 16; i++)
		assert_int_equal(http_chunks_next(&reader, "X: y\r\n", 6, &used, &data, &len), HTTP_PARSE_MORE);
	assert_int_equal(http_chunks_next(&reader, "X: y\r\n", 6, &used, &data, &len), HTTP_PARSE_BAD);
	http_chunks_init(&reader);
	(void)!http_chunks_next(&reader, "0\r\nX: ", 6, &used, &data, &len);
	for (int i = 0; i < 5000 && result == HTTP_PARSE_MORE; i++)
		result = http_chunks_next(&reader, "y", 1, &used, &data, &len);
	assert_int_equal(result, HTTP_PARSE_BAD);
}

/* ---- Paths and queries ---- */

static const struct {
	const char *raw, *path; /* path NULL: refused */
} paths[] = {
	{"/", "/"},
	{"/a", "/a"},
	{"/a/", "/a/"},
	{"/a/b.c", "/a/b.c"},
	{"/a%20b", "/a b"},
	{"/%e5%9b%bd", "/国"},
	{"/%E5%9B%BD", "/国"},
	{"/...", "/..."},
	{"/.a", "/.a"},
	{"/a..b", "/a..b"},
	{"/a;b", "/a;b"},
	{"/a:b@c", "/a:b@c"},
	{"/a+b", "/a+b"},
	{"/%2561", "/%61"},
	{"/a[b]|c", "/a[b]|c"},
	{"/{a}^`\"", "/{a}^`\""},
	{"/\xe5\x9b\xbd", "/国"},
	{"/\xb9\xfa", NULL},
	{"/\xe5\x9b", NULL},
	{"/\xc0\xaf", NULL},
	{"", NULL},
	{"a", NULL},
	{"//", NULL},
	{"//a", NULL},
	{"/a//b", NULL},
	{"/a//", NULL},
	{"/.", NULL},
	{"/..", NULL},
	{"/./", NULL},
	{"/../a", NULL},
	{"/a/..", NULL},
	{"/a/../b", NULL},
	{"/a/.", NULL},
	{"/a/./b", NULL},
	{"/%2e", NULL},
	{"/%2e%2e/a", NULL},
	{"/.%2E/a", NULL},
	{"/a/%2e./b", NULL},
	{"/%2f", NULL},
	{"/a%2Fb", NULL},
	{"/%5c", NULL},
	{"/a\\b", NULL},
	{"/..%5c", NULL},
	{"/%00", NULL},
	{"/a%00b", NULL},
	{"/%0a", NULL},
	{"/%0d%0a", NULL},
	{"/%1f", NULL},
	{"/%7f", NULL},
	{"/%", NULL},
	{"/%4", NULL},
	{"/%zz", NULL},
	{"/%4g", NULL},
	{"/% 41", NULL},
	{"/%u0041", NULL},
	{"/%c0%ae", NULL},
	{"/%c0%af", NULL},
	{"/%ff", NULL},
	{"/%ed%a0%80", NULL},
	{"/%e5%9b", NULL},
	{"/%f5%80%80%80", NULL},
	{"/%fe%fe", NULL},
};

static void test_paths(void **state)
{
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		char out[64];
		bool good = http_path_decode(paths[i].raw, strlen(paths[i].raw), out);
		if (good != (paths[i].path != NULL) || (good && strcmp(out, paths[i].path) != 0))
			fail_msg("%s: %s", paths[i].raw, good ? out : "refused");
	}
}

static void test_queries(void **state)
{
	char out[64];
	assert_true(http_query_decode("a+b%2Bc", 7, out));
	assert_string_equal(out, "a b+c");
	assert_true(http_query_decode("%0a%5c%2f..", 11, out));
	assert_string_equal(out, "\n\\/..");
	assert_true(http_query_decode("", 0, out));
	assert_false(http_query_decode("%00", 3, out));
	assert_false(http_query_decode("%", 1, out));
	assert_false(http_query_decode("%f", 2, out));
	assert_false(http_query_decode("%ff", 3, out));
	assert_true(http_query_decode("\xe5\x9b\xbd[a]|{b}^`\\\"", 14, out));
	assert_string_equal(out, "国[a]|{b}^`\\\"");
	assert_false(http_query_decode("\xb9\xfa", 2, out)); /* GBK */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_heads),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_absolute_target),
		cmocka_unit_test(test_close),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_linear),
		cmocka_unit_test(test_chunks),
		cmocka_unit_test(test_trailer_limits),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_queries),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
