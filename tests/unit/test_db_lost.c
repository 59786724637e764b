/* Transactions that the server ends behind a statement's back, as a node of Galera does when it aborts one in favour of
 * another node's: the statement is answered OK, and what follows would stand alone. A relay between client and server
 * rolls back at a chosen statement. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/db/db.h"
#include "mariadb.h"

enum { COM_ONE = 0x17, COM_BULK = 0xfa };

/* ---- The relay ---- */

struct relay {
	int listener;
	unsigned port;
	pthread_t thread;
	_Atomic int command; /* before the next of these the transaction is rolled back; once */
	_Atomic int skip;    /* so many of them pass first */
	_Atomic int fired;
	_Atomic bool stop;
};

static struct mariadb *server;
static struct relay relay;

static bool read_all(int fd, unsigned char *to, size_t size)
{
	for (size_t got = 0; got < size;) {
		ssize_t n = read(fd, to + got, size - got);
		if (n <= 0)
			return false;
		got += (size_t)n;
	}
	return true;
}

static bool write_all(int fd, const unsigned char *from, size_t size)
{
	for (size_t put = 0; put < size;) {
		ssize_t n = write(fd, from + put, size - put);
		if (n <= 0)
			return false;
		put += (size_t)n;
	}
	return true;
}

/* A packet with its head of four bytes: length, number. */
static bool read_packet(int fd, unsigned char **packet, size_t *size)
{
	unsigned char head[4];
	if (!read_all(fd, head, 4))
		return false;
	*size = 4 + (head[0] | head[1] << 8 | (size_t)head[2] << 16);
	*packet = realloc(*packet, *size);
	memcpy(*packet, head, 4);
	return read_all(fd, *packet + 4, *size - 4);
}

static bool roll_back_at(int to_server, int command, unsigned char **scratch)
{
	static const unsigned char ROLLBACK[] = "\x09\0\0\0\x03ROLLBACK";
	size_t size;
	if (command != relay.command || relay.skip-- > 0)
		return true;
	relay.command = 0;
	relay.fired++;
	return write_all(to_server, ROLLBACK, sizeof(ROLLBACK) - 1) && read_packet(to_server, scratch, &size);
}

static bool pass_on(int client, int to_server, unsigned char **packet, unsigned char **scratch)
{
	size_t size;
	if (!read_packet(client, packet, &size))
		return false;
	bool command = size > 4 && (*packet)[3] == 0;
	return (!command || roll_back_at(to_server, (*packet)[4], scratch)) && write_all(to_server, *packet, size);
}

static void serve(int client)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int to_server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	unsigned char *packet = NULL, *scratch = NULL, bytes[4096];
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", server->socket);
	bool going = connect(to_server, (struct sockaddr *)&address, sizeof(address)) == 0;
	while (going && !relay.stop) {
		struct pollfd ends[2] = {{.fd = client, .events = POLLIN}, {.fd = to_server, .events = POLLIN}};
		if (poll(ends, 2, 50) <= 0)
			continue;
		if (ends[1].revents) {
			ssize_t n = read(to_server, bytes, sizeof(bytes));
			going = n > 0 && write_all(client, bytes, (size_t)n);
		}
		if (going && ends[0].revents)
			going = pass_on(client, to_server, &packet, &scratch);
	}
	free(packet);
	free(scratch);
	close(to_server);
	close(client);
}

static void *run_relay(void *arg)
{
	(void)arg;
	while (!relay.stop) {
		struct pollfd waiting = {.fd = relay.listener, .events = POLLIN};
		if (poll(&waiting, 1, 50) > 0)
			serve(accept(relay.listener, NULL, NULL));
	}
	return NULL;
}

static void relay_start(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	relay.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(relay.listener, (struct sockaddr *)&address, len) || listen(relay.listener, 4) ||
	    getsockname(relay.listener, (struct sockaddr *)&address, &len))
		abort();
	relay.port = ntohs(address.sin_port);
	relay.stop = false;
	pthread_create(&relay.thread, NULL, run_relay, NULL);
}

static void relay_stop(void)
{
	relay.stop = true;
	pthread_join(relay.thread, NULL);
	close(relay.listener);
}

/* ---- Tests ---- */

static struct arena *arena;
static struct db *db, *direct;

static int set_up(void **state)
{
	static char host[32];
	static const char *hosts[] = {host};
	static struct db_settings settings;
	(void)state;
	mariadb_create(server, "CREATE TABLE plain (id BIGINT NOT NULL PRIMARY KEY, n BIGINT NOT NULL DEFAULT 0);");
	relay.command = relay.skip = relay.fired = 0;
	relay_start();
	snprintf(host, sizeof(host), "127.0.0.1:%u", relay.port);
	settings = server->settings;
	settings.hosts = hosts;
	arena = arena_create();
	db = db_create(&settings);
	direct = db_create(&server->settings);
	db_use_arena(db, arena);
	db_use_arena(direct, arena);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	db_destroy(db);
	db_destroy(direct);
	relay_stop();
	arena_destroy(arena);
	return 0;
}

static int64_t number(const char *sql)
{
	struct db_result *result;
	assert_null(db_select(direct, db_server(), sql, DB_NO_ARGS, &result));
	return db_get_int(result, 0, 0);
}

enum kind { SINGLE, BULK, BULK_IN_CHUNKS, INSERTS, READ };

struct work {
	enum kind kind;
	int runs;
	bool careless; /* goes on after a problem */
};

static struct problem *middle(struct db *handle, enum kind kind)
{
	static const char SQL[] = "INSERT INTO plain (id, n) VALUES (?, 1) ON DUPLICATE KEY UPDATE n = n + 1";
	static struct db_value values[3000];
	struct db_result *r;
	const char *duplicate;
	for (int i = 0; i < 3000; i++)
		values[i] = db_int(10 + i);
	switch (kind) {
	case SINGLE:
		return db_exec(handle, db_server(), SQL, DB_ARGS(db_int(10)), NULL);
	case READ:
		return db_select(handle, db_server(), "SELECT n FROM plain WHERE id = 1", DB_NO_ARGS, &r);
	case INSERTS:
		return db_insert_many(handle, db_server(), "INSERT IGNORE INTO plain (id, n) VALUES (?, 1)", values, 1,
			20, &duplicate);
	default:
		return db_exec_many(handle, db_server(), SQL, values, 1, kind == BULK ? 20 : 3000, NULL);
	}
}

static struct problem *three_steps(struct db *handle, void *arg)
{
	struct work *work = arg;
	work->runs++;
	struct problem *problem = db_exec(handle, db_server(), "INSERT INTO plain (id) VALUES (1)", DB_NO_ARGS, NULL);
	if (!problem)
		problem = middle(handle, work->kind);
	if (!problem || work->careless)
		problem = db_exec(handle, db_server(), "INSERT INTO plain (id) VALUES (2)", DB_NO_ARGS, NULL);
	return problem;
}

static void runs_again(enum kind kind, int command, int skip, bool careless)
{
	struct work work = {.kind = kind, .careless = careless};
	relay.command = command;
	relay.skip = skip;
	assert_null(db_transaction(db, three_steps, &work));
	assert_int_equal(relay.fired, 1);
	assert_int_equal(work.runs, 2);
	assert_int_equal(number("SELECT COUNT(*) FROM plain WHERE id IN (1, 2)"), 2);
}

static void a_statement_that_ran_outside_its_transaction(void **state)
{
	(void)state;
	runs_again(SINGLE, COM_ONE, 1, false);
}

static void one_whose_answer_is_not_looked_at(void **state)
{
	(void)state;
	runs_again(SINGLE, COM_ONE, 1, true);
}

static void a_read_in_it(void **state)
{
	(void)state;
	runs_again(READ, COM_ONE, 1, false);
}

static void the_first_statement(void **state)
{
	(void)state;
	struct work work = {.kind = READ};
	relay.command = COM_ONE;
	/* It stood alone before anybody could know, and meets itself when it runs again. */
	assert_non_null(db_transaction(db, three_steps, &work));
	assert_int_equal(relay.fired, 1);
	assert_int_equal(work.runs, 2);
}

static void a_bulk_statement(void **state)
{
	(void)state;
	runs_again(BULK, COM_BULK, 0, false);
	assert_int_equal(number("SELECT COUNT(*) FROM plain WHERE id >= 10"), 20);
}

static void inserts_in_bulk(void **state)
{
	(void)state;
	runs_again(INSERTS, COM_BULK, 0, true);
	assert_int_equal(number("SELECT COUNT(*) FROM plain WHERE id >= 10"), 20);
}

static void a_later_chunk_of_many(void **state)
{
	(void)state;
	runs_again(BULK_IN_CHUNKS, COM_BULK, 2, false);
	assert_int_equal(number("SELECT COUNT(*) FROM plain WHERE id >= 10"), 3000);
	/* the lost chunk alone stood by itself */
	assert_int_equal(number("SELECT COUNT(*) FROM plain WHERE id >= 10 AND n = 1"), 2000);
}

static struct problem *end_it(struct db *handle, void *arg)
{
	struct work *work = arg;
	work->runs++;
	struct problem *problem = db_exec(handle, db_server(), "INSERT INTO plain (id) VALUES (1)", DB_NO_ARGS, NULL);
	if (!problem && work->runs == 1)
		problem = db_command(handle, "ROLLBACK", 8);
	if (!problem)
		problem = db_exec(handle, db_server(), "INSERT INTO plain (id) VALUES (2)", DB_NO_ARGS, NULL);
	return problem;
}

static void a_command_that_ends_it(void **state)
{
	struct work work = {0};
	(void)state;
	assert_null(db_transaction(db, end_it, &work));
	assert_int_equal(work.runs, 2);
	assert_int_equal(number("SELECT COUNT(*) FROM plain"), 2);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_statement_that_ran_outside_its_transaction),
		TEST(one_whose_answer_is_not_looked_at),
		TEST(a_read_in_it),
		TEST(the_first_statement),
		TEST(a_bulk_statement),
		TEST(inserts_in_bulk),
		TEST(a_later_chunk_of_many),
		TEST(a_command_that_ends_it),
	};
	server = mariadb_start();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	mariadb_stop(server);
	return failed;
}
