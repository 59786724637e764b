#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/arena.h"
#include "core/out/mail.h"
#include "core/text/email.h"
#include "tests/unit/peer.h"

/* Answers each command; script: "VERB answer" lines that replace the usual ones. */
static void answer(struct peer *peer, FILE *stream, const char *verb, const char *usual)
{
	const char *own = peer->script ? strstr(peer->script, verb) : NULL;
	if (own)
		fprintf(stream, "%.*s\r\n", (int)strcspn(own + strlen(verb) + 1, "\n"), own + strlen(verb) + 1);
	else
		fprintf(stream, "%s\r\n", usual);
	fflush(stream);
}

static void serve_smtp(struct peer *peer, FILE *stream)
{
	char line[4096];
	bool data = false;
	answer(peer, stream, "GREET", "220 test");
	while (fgets(line, sizeof(line), stream)) {
		peer_keep(peer, line, strlen(line));
		if (data && strcmp(line, ".\r\n") != 0)
			continue;
		if (data)
			answer(peer, stream, "END", "250 taken");
		else if (strncmp(line, "EHLO", 4) == 0)
			answer(peer, stream, "EHLO", "250 test");
		else if (strncmp(line, "DATA", 4) == 0)
			answer(peer, stream, "DATA", "354 go on");
		else if (strncmp(line, "RCPT", 4) == 0)
			answer(peer, stream, "RCPT", "250 ok");
		else if (strncmp(line, "QUIT", 4) == 0)
			answer(peer, stream, "QUIT", "221 bye");
		else
			answer(peer, stream, "MAIL", "250 ok");
		data = !data && strncmp(line, "DATA", 4) == 0 && !(peer->script && strstr(peer->script, "DATA"));
	}
}

static struct problem *send_to(struct peer *peer, struct arena *arena, const char *script, const struct mail *mail)
{
	peer_start(peer, serve_smtp, script);
	struct mail_server server = {.host = "127.0.0.1", .port = peer->port, .tls = MAIL_PLAIN,
		.from = "no-reply@qilian.example", .deadline_ms = 5000};
	struct problem *problem = mail_send(&server, arena, mail);
	peer_stop(peer);
	return problem;
}

static const struct mail MAIL = {.id = "0190-1", .to = "contact@example.cn", .to_name = "王芳",
	.from_name = "丽水市企业综合服务平台",
	.subject = "贵单位的入驻申请已通过审核，请登录平台查看详情并完善服务产品信息",
	.text = "您好：\n.\n审核已通过。\n"};

static void a_message_arrives_encoded(void **state)
{
	static struct peer peer;
	struct arena *arena = arena_create();
	struct problem *problem = send_to(&peer, arena, NULL, &MAIL);
	if (problem)
		fail_msg("%s", problem->en);
	static const char *const expected[] = {
		"MAIL FROM:<no-reply@qilian.example>", "RCPT TO:<contact@example.cn>",
			"\r\nTo: =?UTF-8?B?546L6Iqz?=\r\n <contact@example.cn>\r\n",
		"\r\nMessage-ID: <0190-1@qilian.example>\r\n",
			"\r\nSubject: =?UTF-8?B?6LS15Y2V5L2N55qE5YWl6am755Sz6K+35bey6YCa6L+H5a6h5qC4?=\r\n "
			"=?UTF-8?B?77yM6K+3",
		"\r\nContent-Transfer-Encoding: base64\r\n\r\n5oKo5aW977yaCi4K5a6h5qC45bey6YCa6L+H44CCCg==\r\n.\r\n",
	};
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		if (!strstr(peer.received, expected[i]))
			fail_msg("%s is not in\n%s", expected[i], peer.received);
	for (const char *line = peer.received, *end; (end = strstr(line, "\r\n")); line = end + 2)
		assert_true(end - line <= 76);
	arena_destroy(arena);
}

static void refusals_are_told_from_failures(void **state)
{
	static const struct {
		const char *script;
		bool final;
	} cases[] = {
		{"RCPT 550 no such user\n", true}, {"RCPT 451 later\n", false}, {"MAIL 530 sign in\n", false},
			{"GREET 554 go away\n", false},
		{"END 554 spam\n", true}, {"END 452 full\n", false}, {"DATA 554 no valid recipients\n", true},
			{"GREET 421 busy\n", false},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		static struct peer peer;
		struct arena *arena = arena_create();
		struct problem *problem = send_to(&peer, arena, cases[i].script, &MAIL);
		if (!problem || problem->kind != (cases[i].final ? &PROBLEM_MAIL_REFUSED : &PROBLEM_MAIL_FAILED))
			fail_msg("%s: %s", cases[i].script, problem ? problem->en : "sent");
		arena_destroy(arena);
	}
}

static void nothing_can_add_a_header(void **state)
{
	static const char *const bad[] = {"a\nBcc: x@example.cn", "a\r\nX: y", "a\tb", "\x7f", "\xff"};
	struct arena *arena = arena_create();
	struct mail_server server = {
		.host = "127.0.0.1", .port = 1, .tls = MAIL_PLAIN, .from = "a@b.cn", .deadline_ms = 1000};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct mail mails[5] = {MAIL, MAIL, MAIL, MAIL, MAIL};
		mails[0].subject = bad[i];
		mails[1].to_name = bad[i];
		mails[2].from_name = bad[i];
		mails[3].to = bad[i];
		mails[4].id = bad[i];
		for (int k = 0; k < 5; k++)
			assert_ptr_equal(mail_send(&server, arena, &mails[k])->kind, &PROBLEM_MAIL_REFUSED);
	}
	struct problem *problem = mail_send(&server, arena, &MAIL);
	assert_ptr_equal(problem->kind, &PROBLEM_MAIL_FAILED);
	arena_destroy(arena);
}

static void addresses_are_strict(void **state)
{
	static const char *const good[] = {"a@b", "first.last+tag@sub.example-1.cn", "o'brien@example.com", "1@2.cn"};
	static const char *const bad[] = {"", "a", "@b", "a@", "a@b@c", "a b@c", "a@b c", "<a@b>", "a@b>", "a@-b",
		"a@b-", "a@b..c", "a@.b", "a@b.", ".a@b", "a.@b", "a..b@c", "\"a\"@b", "a@[127.0.0.1]", "a,b@c",
		"a@b\n", "王@例.cn", "a@b,c@d", "a\r\n@b"};
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!email_valid(good[i]))
			fail_msg("%s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (email_valid(bad[i]))
			fail_msg("%s", bad[i]);
	assert_false(email_valid(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_arrives_encoded),
		cmocka_unit_test(refusals_are_told_from_failures),
		cmocka_unit_test(nothing_can_add_a_header),
		cmocka_unit_test(addresses_are_strict),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
