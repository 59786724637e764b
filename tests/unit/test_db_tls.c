#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/db/db.h"
#include "mariadb.h"

static struct mariadb *server;

static void shell(const char *format, const char *subject_alt_name)
{
	char command[1200];
	snprintf(command, sizeof(command), format, server->folder, subject_alt_name);
	if (system(command) != 0)
		fail_msg("%s", command);
}

/* A certificate for these names, signed by the authority in ca.pem. */
static void make_certificate(const char *names)
{
	shell("cd %s && printf 'subjectAltName=%s' > ext && openssl req -newkey rsa:2048 -nodes -keyout server.key "
	      "-out server.csr "
	      "-subj /CN=server 2>/dev/null && openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key "
	      "-CAcreateserial -out server.pem "
	      "-days 2 -extfile ext 2>/dev/null",
		names);
}

static unsigned free_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	close(fd);
	return ntohs(address.sin_port);
}

static int set_up(void **state)
{
	(void)state;
	server = mariadb_start();
	shell("cd %s && openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=authority -days "
	      "2 2>/dev/null && "
	      "openssl req -x509 -newkey rsa:2048 -nodes -keyout other.key -out other.pem -subj /CN=other -days 2 "
	      "2>/dev/null%s",
		"");
	make_certificate("IP:127.0.0.1");
	static const char USER[] = "CREATE USER tls@'127.0.0.1' IDENTIFIED BY 'secret'";
	mariadb_create(server, "");
	struct db *db = db_create(&server->settings);
	assert_null(db_command(db, USER, sizeof(USER) - 1));
	db_destroy(db);
	mariadb_kill(server);
	server->tls = true;
	server->port = free_port();
	mariadb_launch(server);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	mariadb_stop(server);
	return 0;
}

/* The cipher in use, "" for none, NULL when the connection was refused. */
static const char *cipher(struct arena *arena, bool tls, const char *authority)
{
	const char *hosts[] = {arena_printf(arena, "127.0.0.1:%u", server->port)};
	struct db_settings settings = {.hosts = hosts,
		.host_count = 1,
		.user = "tls",
		.password = "secret",
		.name = "information_schema",
		.tls = tls,
		.tls_ca = authority ? arena_printf(arena, "%s/%s", server->folder, authority) : NULL,
		.connect_timeout_ms = 2000,
		.query_timeout_ms = 2000};
	struct db *db = db_create(&settings);
	struct db_result *row;
	const char *name = NULL;
	int64_t id[2];
	db_use_arena(db, arena);
	if (!db_select(db, db_server(), "SHOW STATUS LIKE 'Ssl_cipher'", DB_NO_ARGS, &row)) {
		name = db_get_text(row, 0, 1);
		/* What TLS 1.3 sends unasked is not taken for a closed connection. */
		for (int i = 0; i < 2; i++) {
			assert_null(db_select(db, db_server(), "SELECT CONNECTION_ID()", DB_NO_ARGS, &row));
			id[i] = db_get_int(row, 0, 0);
		}
		assert_int_equal(id[0], id[1]);
	}
	db_destroy(db);
	return name;
}

static void certificates_are_verified(void **state)
{
	struct arena *arena = arena_create();
	(void)state;
	assert_string_equal(cipher(arena, false, NULL), "");
	assert_memory_equal(cipher(arena, true, "ca.pem"), "TLS_", 4);
	assert_null(cipher(arena, true, "other.pem"));
	assert_null(cipher(arena, true, NULL)); /* not one of the system's authorities */
	/* Signed by the right authority for another host. */
	mariadb_kill(server);
	make_certificate("DNS:elsewhere.example");
	mariadb_launch(server);
	assert_null(cipher(arena, true, "ca.pem"));
	arena_destroy(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(certificates_are_verified)};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
