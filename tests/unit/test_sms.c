#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/arena.h"
#include "core/out/sms.h"
#include "core/text/json.h"
#include "tests/unit/peer.h"

static const struct sms_param PARAMS[] = {{"code", "12\"34"}, {"name", "丽水"}};
static const struct sms SMS = {.id = "n1", .mobile = "13800000000", .signature = "企联 & 平台", .template = "T1",
	.params = PARAMS, .param_count = 2};

/* script: "STATUS BODY" */
static void serve_http(struct peer *peer, FILE *stream)
{
	char line[4096];
	size_t length = 0;
	while (fgets(line, sizeof(line), stream) && strcmp(line, "\r\n") != 0) {
		peer_keep(peer, line, strlen(line));
		if (strncmp(line, "Content-Length: ", 16) == 0)
			length = strtoul(line + 16, NULL, 10);
	}
	peer_keep(peer, "\n", 1);
	for (int c; length > 0 && (c = fgetc(stream)) != EOF; length--)
		peer_keep(peer, &(char){(char)c}, 1);
	const char *body = strchr(peer->script, ' ') + 1;
	fprintf(stream, "HTTP/1.1 %.3s X\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s", peer->script,
		strlen(body), body);
}

static struct json_object *json(struct arena *arena, const char *text)
{
	struct json_object *value;
	assert_null(json_parse(arena, text, strlen(text), &value));
	return value;
}

static struct sms_driver *driver(struct arena *arena, const struct sms_http *settings)
{
	struct sms_driver *made;
	struct problem *problem = sms_http_create(arena, settings, &made);
	if (problem)
		fail_msg("%s", problem->en);
	return made;
}

static void placeholders_are_escaped_where_they_stand(void **state)
{
	static struct peer peer;
	struct arena *arena = arena_create();
	const char *receipt;
	peer_start(&peer, serve_http, "200 {\"code\":\"OK\"}");
	struct sms_http settings = {
		.url = arena_printf(arena, "http://127.0.0.1:%u/{template}?s={signature}", peer.port),
		.method = "POST",
		.encoding = "json",
		.headers = json(arena, "{\"Authorization\":\"Bearer {secret}\"}"),
		.secret = "k\"1",
		.deadline_ms = 5000,
		.body = json(arena,
			"{\"to\":[\"{mobile}\"],\"p\":\"{params}\",\"c\":\"{{{param.code}}}\",\"n\":7,\"id\":\"{id}"
			"\"}"),
		.success_pointer = "/code",
		.success_value = "OK"};
	struct sms_driver *made = driver(arena, &settings);
	struct problem *problem = sms_send(made, arena, &SMS, &receipt);
	peer_stop(&peer);
	if (problem)
		fail_msg("%s", problem->en);
	assert_string_equal(receipt, "{\"code\":\"OK\"}");
	assert_non_null(strstr(peer.received, "POST /T1?s=%E4%BC%81%E8%81%94%20%26%20%E5%B9%B3%E5%8F%B0 HTTP/1.1"));
	assert_non_null(strstr(peer.received, "Authorization: Bearer k\"1\r\n"));
	assert_non_null(strstr(peer.received, "Content-Type: application/json\r\n"));
	assert_non_null(strstr(peer.received,
		"\n{\"to\":[\"13800000000\"],\"p\":\"{\\\"code\\\":\\\"12\\\\\\\"34\\\",\\\"name\\\":\\\"丽水\\\"}\","
		"\"c\":\"{12\\\"34}\",\"n\":7,\"id\":\"n1\"}"));
	sms_driver_destroy(made);
	arena_destroy(arena);
}

static void forms_are_encoded(void **state)
{
	static struct peer peer;
	struct arena *arena = arena_create();
	const char *receipt;
	peer_start(&peer, serve_http, "204 ");
	struct sms_http settings = {.url = arena_printf(arena, "http://127.0.0.1:%u/", peer.port), .method = "POST",
		.encoding = "form", .secret = "",
		.body = json(arena, "{\"a b\":\"{param.name}&\",\"m\":\"{mobile}\"}"), .deadline_ms = 5000};
	struct sms_driver *made = driver(arena, &settings);
	assert_null(sms_send(made, arena, &SMS, &receipt));
	peer_stop(&peer);
	assert_non_null(strstr(peer.received, "\na%20b=%E4%B8%BD%E6%B0%B4%26&m=13800000000"));
	sms_driver_destroy(made);
	arena_destroy(arena);
}

static void answers_are_judged(void **state)
{
	static const struct {
		const char *script;
		const struct problem_kind *kind;
	} cases[] = {
		{"200 {\"code\":0}", NULL},
		{"200 {\"code\":1}", &PROBLEM_SMS_FAILED},
		{"200 {\"code\":\"0\"}", NULL},
		{"200 not json", &PROBLEM_SMS_FAILED},
		{"400 {\"code\":0}", &PROBLEM_SMS_REFUSED},
		{"401 x", &PROBLEM_SMS_FAILED},
		{"429 x", &PROBLEM_SMS_FAILED},
		{"500 x", &PROBLEM_SMS_FAILED},
		{"302 x", &PROBLEM_SMS_FAILED},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		static struct peer peer;
		struct arena *arena = arena_create();
		const char *receipt;
		peer_start(&peer, serve_http, cases[i].script);
		struct sms_http settings = {.url = arena_printf(arena, "http://127.0.0.1:%u/?m={mobile}", peer.port),
			.method = "GET", .encoding = "json", .secret = "",
			.success_pointer = "/code", .success_value = "0", .deadline_ms = 5000};
		struct sms_driver *made = driver(arena, &settings);
		struct problem *problem = sms_send(made, arena, &SMS, &receipt);
		peer_stop(&peer);
		if ((problem ? problem->kind : NULL) != cases[i].kind)
			fail_msg("%s", cases[i].script);
		assert_non_null(receipt);
		sms_driver_destroy(made);
		arena_destroy(arena);
	}
}

static void a_message_without_a_value_is_refused(void **state)
{
	struct arena *arena = arena_create();
	const char *receipt;
	struct sms_http settings = {.url = "http://127.0.0.1:1/",
		.method = "POST",
		.encoding = "json",
		.body = json(arena, "{\"x\":\"{param.absent}\"}"),
		.secret = "",
		.deadline_ms = 1000};
	struct sms_driver *made = driver(arena, &settings);
	assert_ptr_equal(sms_send(made, arena, &SMS, &receipt)->kind, &PROBLEM_SMS_REFUSED);
	struct sms_param injected = {"absent", "x\r\nX-Evil: 1"};
	struct sms sms = {
		.id = "1", .mobile = "1", .signature = "", .template = "", .params = &injected, .param_count = 1};
	settings.body = NULL;
	settings.headers = json(arena, "{\"X\":\"{param.absent}\"}");
	sms_driver_destroy(made);
	made = driver(arena, &settings);
	assert_ptr_equal(sms_send(made, arena, &sms, &receipt)->kind, &PROBLEM_SMS_REFUSED);
	injected.value = "fine";
	assert_ptr_equal(sms_send(made, arena, &sms, &receipt)->kind, &PROBLEM_SMS_FAILED);
	sms_driver_destroy(made);
	arena_destroy(arena);
}

static void faulty_settings_make_no_driver(void **state)
{
	struct arena *arena = arena_create();
	const struct sms_http good = {.url = "http://127.0.0.1/", .method = "POST", .encoding = "json", .secret = ""};
	struct sms_http bad[6] = {good, good, good, good, good, good};
	struct sms_driver *made;
	bad[0].url = "ftp://127.0.0.1/";
	bad[1].url = "http://127.0.0.1/{nonsense}";
	bad[2].body = json(arena, "{\"a\":[\"{unclosed\"]}");
	bad[3].headers = json(arena, "{\"X Y\":\"z\"}");
	bad[4].method = "TRACE";
	bad[5].encoding = "form";
	bad[5].body = json(arena, "{\"a\":1}");
	for (size_t i = 0; i < 6; i++)
		assert_ptr_equal(sms_http_create(arena, &bad[i], &made)->kind, &PROBLEM_SMS_SETTINGS);
	sms_driver_destroy(driver(arena, &good));
	sms_driver_destroy(NULL);
	arena_destroy(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(placeholders_are_escaped_where_they_stand),
		cmocka_unit_test(forms_are_encoded),
		cmocka_unit_test(answers_are_judged),
		cmocka_unit_test(a_message_without_a_value_is_refused),
		cmocka_unit_test(faulty_settings_make_no_driver),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
