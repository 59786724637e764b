#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <zlib.h>

#include "core/http/answer.h"
#include "core/text/json.h"

static struct request *with(const struct http_pair *headers, size_t count)
{
	struct request *request = request_create();
	request->headers = headers;
	request->header_count = count;
	return request;
}

static void test_headers_and_cookies(void **state)
{
	static const struct http_pair headers[] = {
		{"COOKIE", "a=1;b=2; ab=3; q=\"x y\"; empty=; c=4 "}, {"X-One", "1"}};
	struct request *request = with(headers, 2);
	assert_string_equal(request_header(request, "x-one"), "1");
	assert_null(request_header(request, "x-on"));
	assert_string_equal(request_cookie(request, "a"), "1");
	assert_string_equal(request_cookie(request, "b"), "2");
	assert_string_equal(request_cookie(request, "ab"), "3");
	assert_string_equal(request_cookie(request, "q"), "x y");
	assert_string_equal(request_cookie(request, "empty"), "");
	assert_string_equal(request_cookie(request, "c"), "4");
	assert_null(request_cookie(request, "d"));
	request_destroy(request);
}

static enum http_language language(const char *value)
{
	return http_language_of(value, value ? strlen(value) : 0);
}

static void test_language(void **state)
{
	assert_int_equal(language(NULL), HTTP_ZH);
	assert_int_equal(language(""), HTTP_ZH);
	assert_int_equal(language("*"), HTTP_ZH);
	assert_int_equal(language("fr"), HTTP_ZH);
	assert_int_equal(language("en"), HTTP_EN);
	assert_int_equal(language("en-GB,en;q=0.9,zh;q=0.5"), HTTP_EN);
	assert_int_equal(language("zh-CN,zh;q=0.9,en;q=0.8"), HTTP_ZH);
	assert_int_equal(language("en;q=0.2, zh;q=0.3"), HTTP_ZH);
	assert_int_equal(language("en;q=0"), HTTP_ZH);
	assert_int_equal(language("zh;q=0.1,EN-us;q=0.15"), HTTP_EN);
	assert_int_equal(language("english"), HTTP_ZH);
}

static bool accepts(const char *value, const char *coding)
{
	return http_accepts(value, strlen(value), coding);
}

static void test_codings(void **state)
{
	assert_true(accepts("gzip", "gzip"));
	assert_true(accepts("br;q=1.0, GZIP;q=0.8", "gzip"));
	assert_true(accepts("gzip;q=0.001", "gzip"));
	assert_false(accepts("gzip;q=0", "gzip"));
	assert_false(accepts("gzip; q=0.000", "gzip"));
	assert_false(accepts("xgzip, gzipx, br", "gzip"));
	assert_false(accepts("", "gzip"));
}

static void test_etags(void **state)
{
	assert_true(etag_listed("\"1\"", 3, "\"1\""));
	assert_true(etag_listed("\"0\", W/\"1\"", 11, "\"1\""));
	assert_true(etag_listed("*", 1, "\"1\""));
	assert_false(etag_listed("\"11\"", 4, "\"1\""));
	assert_false(etag_listed("1", 1, "\"1\""));
	assert_false(etag_listed("", 0, "\"1\""));
	assert_false(etag_listed("*", 1, ""));
	static const struct {
		const char *list;
		enum etag_match match;
	} lists[] = {
		{"\"7\"", ETAG_MATCHES},
		{"W/\"7\"", ETAG_MATCHES},
		{"\"7-gzip\"", ETAG_MATCHES},
		{"\"7--gzip\"", ETAG_MATCHES},
		{"W/\"7-gzip\"", ETAG_MATCHES},
		{"\"7;gzip\"", ETAG_MATCHES},
		{"\"7-br\"", ETAG_MATCHES},
		{"\"7-zstd\"", ETAG_MATCHES},
		{"\"7-deflate\"", ETAG_MATCHES},
		{"\"9\", \"7\"", ETAG_MATCHES},
		{"\"9\",\"7\"", ETAG_MATCHES},
		{"\"9\"\t,,  W/\"7\" ,", ETAG_MATCHES},
		{"\"a,b\", \"7\"", ETAG_MATCHES},
		{"*", ETAG_MATCHES},
		{"\"8\"", ETAG_DIFFERS},
		{"\"77\"", ETAG_DIFFERS},
		{"\"\"", ETAG_DIFFERS},
		{"\"7-gz\"", ETAG_DIFFERS},
		{"\"7gzip\"", ETAG_DIFFERS},
		{"\"-gzip\"", ETAG_DIFFERS},
		{"\"9\", \"77\"", ETAG_DIFFERS},
		{"", ETAG_DIFFERS},
		{"\"a,\"", ETAG_DIFFERS},
		{"7", ETAG_MALFORMED},
		{"\"7", ETAG_MALFORMED},
		{"7\"", ETAG_MALFORMED},
		{"'7'", ETAG_MALFORMED},
		{"\"7\"\"8\"", ETAG_MALFORMED},
		{"w/\"7\"", ETAG_MALFORMED},
		{"\"7\", 8", ETAG_MALFORMED},
		{"W/", ETAG_MALFORMED},
	};
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		if (etag_match(lists[i].list, strlen(lists[i].list), "\"7\"") != lists[i].match)
			fail_msg("%s", lists[i].list);
}

static void test_whole_answer(void **state)
{
	struct request *request = with(NULL, 0);
	buf_text(request->out, "{}");
	request->status = 201;
	request_set_cookie(request, "s", "v", 60);
	answer_render(request, NULL, false);
	const char *head = request->answer->head->data;
	assert_true(strncmp(head, "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n", 41) == 0);
	assert_non_null(strstr(head, "\r\nSet-Cookie: s=v; Path=/; Max-Age=60; SameSite=Lax; HttpOnly\r\n"));
	assert_non_null(strstr(head, "\r\nCache-Control: no-store\r\n"));
	assert_null(strstr(head, "\r\n\r\n"));
	request_destroy(request);
}

static void test_caller_overrides(void **state)
{
	struct request *request = with(NULL, 0);
	request_add_header(request, "cache-control", "private");
	request_add_header(request, "Referrer-Policy", "no-referrer");
	answer_render(request, NULL, false);
	assert_null(strstr(request->answer->head->data, "no-store"));
	assert_null(strstr(request->answer->head->data, "same-origin"));
	request_destroy(request);
}

static void test_gzip(void **state)
{
	struct request *request = with(NULL, 0);
	for (int i = 0; i < 1000; i++)
		buf_text(request->out, "0123456789");
	answer_render(request, NULL, true);
	assert_non_null(strstr(request->answer->head->data, "Content-Encoding: gzip"));
	char back[10001];
	z_stream z = {.next_in = (unsigned char *)(uintptr_t)request->answer->body,
		.avail_in = (unsigned)request->answer->body_len,
		.next_out = (unsigned char *)back,
		.avail_out = sizeof(back)};
	assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
	assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
	assert_int_equal(z.total_out, 10000);
	inflateEnd(&z);
	request_destroy(request);
}

static void test_bodies(void **state)
{
	static const struct http_pair json[] = {{"Content-Type", "application/json;charset=utf-8"}};
	static const struct http_pair other[] = {{"Content-Type", "application/jsonx"}};
	struct json_object *body;
	struct request *request = with(json, 1);
	request->body = "{\"a\":1}";
	request->body_len = 7;
	assert_null(request_json(request, &body));
	assert_non_null(json_get(body, "a"));
	struct json_object *again;
	assert_null(request_json(request, &again));
	assert_ptr_equal(body, again);
	request_destroy(request);
	request = with(other, 1);
	assert_ptr_equal(request_json(request, &body)->kind, &PROBLEM_MEDIA_TYPE);
	request_destroy(request);
	request = with(json, 1);
	assert_ptr_equal(request_json(request, &body)->kind, &PROBLEM_MALFORMED);
	request_destroy(request);
}

static void test_events_without_server(void **state)
{
	struct request *request = with(NULL, 0);
	const char *topics[] = {"a"};
	assert_null(request_subscribe(request, "s", topics, 1));
	request_wait(request, 1000);
	assert_int_equal(request->status, 204);
	request_cache(request, 1, 60);
	assert_false(request->answer->cacheable);
	request_destroy(request);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_headers_and_cookies),
		cmocka_unit_test(test_language),
		cmocka_unit_test(test_codings),
		cmocka_unit_test(test_etags),
		cmocka_unit_test(test_whole_answer),
		cmocka_unit_test(test_caller_overrides),
		cmocka_unit_test(test_gzip),
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_events_without_server),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
