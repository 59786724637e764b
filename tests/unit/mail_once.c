/* mail_once: sends one e-mail as core/out/mail.h does, for test_mail_server.py.
 * Usage: mail_once HOST PORT starttls|tls|plain CA USER PASSWORD DEADLINE_MS TO; prints "sent" or the problem's
 * code. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/out/mail.h"

int main(int argc, char **argv)
{
	if (argc != 9)
		return 2;
	struct arena *arena = arena_create();
	struct mail_server server = {.host = argv[1],
		.port = (unsigned)atoi(argv[2]),
		.tls_ca = argv[4],
		.user = argv[5],
		.password = argv[6],
		.tls = strcmp(argv[3], "tls") == 0	? MAIL_TLS
			: strcmp(argv[3], "plain") == 0 ? MAIL_PLAIN
							: MAIL_STARTTLS,
		.from = "no-reply@qilian.example",
		.deadline_ms = (unsigned)atoi(argv[7])};
	struct mail mail = {.id = "0190-once", .to = argv[8], .to_name = "王芳", .from_name = "浙江省企业服务综合平台",
		.subject = "贵单位已被推荐入驻浙江省企业服务综合平台，请在五个工作日内补充材料",
			.text = "您好：\n.\n..两个点\n材料清单见平台。\n"};
	struct problem *problem = mail_send(&server, arena, &mail);
	puts(problem ? problem->kind->code : "sent");
	if (problem)
		fprintf(stderr, "%s\n", problem->en);
	arena_destroy(arena);
	return 0;
}
