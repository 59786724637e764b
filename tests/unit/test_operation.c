#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <json-c/json_object.h>

#include "core/db/migrate.h"
#include "core/text/json.h"
#include "core/work/journal.h"
#include "core/work/operation.h"
#include "mariadb.h"

static struct mariadb *server;
static struct arena *arena;
static struct db *db;
static const struct db_scope P = {DB_SCOPE_PLATFORM, 7, 3};
static const unsigned char HASH[32] = "one request", OTHER[32] = "another";

static int set_up(void **state)
{
	int applied;
	static const char PLAIN[] =
		"CREATE TABLE plain (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, n BIGINT NOT NULL)";
	(void)state;
	mariadb_create(server, "");
	arena = arena_create();
	db = db_create(&server->settings);
	db_use_arena(db, arena);
	if (migrate_run(db, schema_migrations, schema_migration_count, &applied) ||
		db_command(db, PLAIN, sizeof(PLAIN) - 1))
		return -1;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	db_destroy(db);
	arena_destroy(arena);
	return 0;
}

static int64_t number(const char *sql)
{
	struct db_result *result;
	if (db_select(db, db_all_platforms("a test looks at everything"), sql, DB_NO_ARGS, &result))
		fail_msg("%s: %s", sql, db_last_error(db));
	return db_get_int(result, 0, 0);
}

struct request {
	const char *key; /* NULL: operation_guard() */
	const unsigned char *hash;
	int ttl_s;
	bool unguarded;
	int64_t n;
	int runs;
	bool repeated;
	int status;
	char answer[32];
};

static struct problem *serve(struct db *handle, void *arg)
{
	struct request *request = arg;
	const struct operation_answer *found = NULL;
	struct problem *problem = NULL;
	request->runs++;
	request->repeated = false;
	if (request->key)
		problem = operation_begin(handle, P, UUID_NIL, request->key, request->hash, request->ttl_s, &found);
	else if (!request->unguarded)
		problem = operation_guard(handle, P);
	if (problem)
		return problem;
	if (found) {
		request->repeated = true;
		request->status = found->status;
		snprintf(request->answer, sizeof(request->answer), "%s", found->answer ? found->answer : "");
		return NULL;
	}
	problem = db_exec(handle, db_server(), "INSERT INTO plain (n) VALUES (?)", DB_ARGS(db_int(request->n)), NULL);
	request->status = 201;
	snprintf(request->answer, sizeof(request->answer), "made %lld", (long long)request->n);
	if (problem || !request->key)
		return problem;
	return operation_finish(handle, P, 201, request->answer);
}

static void a_repeated_request_finds_its_answer(void **state)
{
	struct request first = {.key = "k1", .hash = HASH, .ttl_s = 60, .n = 1};
	struct request again = first, other = first, later = {.key = "k1", .hash = OTHER, .ttl_s = 60, .n = 2};
	(void)state;
	other.hash = OTHER;
	assert_null(db_transaction(db, serve, &first));
	assert_false(first.repeated);
	assert_null(db_transaction(db, serve, &again));
	assert_true(again.repeated);
	assert_int_equal(again.status, 201);
	assert_string_equal(again.answer, "made 1");
	struct problem *problem = db_transaction(db, serve, &other);
	assert_ptr_equal(problem->kind, &PROBLEM_KEY_REUSED);
	assert_int_equal(number("SELECT COUNT(*) FROM plain"), 1);
	/* Expired and not yet swept: as if it had never been. */
	assert_null(db_exec(
		db, P, "UPDATE operation SET expires_at = '2020-01-01' WHERE platform_id = :p", DB_NO_ARGS, NULL));
	assert_null(db_transaction(db, serve, &later));
	assert_false(later.repeated);
	assert_int_equal(number("SELECT COUNT(*) FROM plain"), 2);
	assert_null(OPERATION_SWEEP.run(db, db_server(), NULL, NULL));
	assert_int_equal(number("SELECT COUNT(*) FROM operation"), 1);
	assert_null(db_exec(
		db, P, "UPDATE operation SET expires_at = '2020-01-01' WHERE platform_id = :p", DB_NO_ARGS, NULL));
	assert_null(OPERATION_SWEEP.run(db, db_server(), NULL, NULL));
	assert_int_equal(number("SELECT COUNT(*) FROM operation"), 0);
}

static struct problem *serve_and_fail(struct db *handle, void *arg)
{
	struct problem *problem = serve(handle, arg);
	return problem ? problem : problem_new(db_arena(handle), &PROBLEM_CONFLICT);
}

static void a_failed_request_leaves_its_key_free(void **state)
{
	struct request request = {.key = "k2", .hash = HASH, .ttl_s = 60};
	(void)state;
	assert_non_null(db_transaction(db, serve_and_fail, &request));
	assert_null(db_transaction(db, serve, &request));
	assert_false(request.repeated);
}

static void *serve_beside(void *arg)
{
	struct db *own = db_create(&server->settings);
	struct problem *problem = db_transaction(own, serve, arg);
	db_destroy(own);
	return problem ? own : NULL;
}

static void the_same_request_many_times_at_once(void **state)
{
	enum { THREADS = 12 };
	struct request requests[THREADS];
	pthread_t threads[THREADS];
	int done = 0;
	(void)state;
	for (int i = 0; i < THREADS; i++) {
		requests[i] = (struct request){.key = "race", .hash = HASH, .ttl_s = 60, .n = 5};
		pthread_create(&threads[i], NULL, serve_beside, &requests[i]);
	}
	for (int i = 0; i < THREADS; i++) {
		void *failed;
		pthread_join(threads[i], &failed);
		assert_null(failed);
		done += !requests[i].repeated;
		assert_string_equal(requests[i].answer, "made 5");
	}
	assert_int_equal(done, 1);
	assert_int_equal(number("SELECT COUNT(*) FROM plain"), 1);
}

/* ---- A COMMIT whose answer does not arrive ---- */

enum cut { CUT_NONE, CUT_BEFORE, CUT_AFTER };

/* Passes bytes between clients and the server, and loses the connection at a COMMIT, or at the message whose turn it
 * is: before it arrives, or before its answer does. */
struct proxy {
	char path[104];
	int fd;
	pthread_t thread;
	_Atomic int cut;  /* enum cut; back to CUT_NONE once done */
	_Atomic int then; /* enum cut: the next one after it */
	atomic_int turn;  /* 0: a COMMIT; else that message from now */
	atomic_int cuts;
	atomic_bool stop;
};

static int connect_to(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool pass(int from, int to, char *bytes, size_t size, ssize_t *len)
{
	*len = read(from, bytes, size);
	return *len > 0 && (to < 0 || write(to, bytes, (size_t)*len) == *len);
}

/* One client after another is enough. */
static void serve_client(struct proxy *proxy, int client)
{
	int upstream = connect_to(server->socket);
	char bytes[65536];
	ssize_t len;
	while (upstream >= 0 && !proxy->stop) {
		struct pollfd fds[] = {{.fd = client, .events = POLLIN}, {.fd = upstream, .events = POLLIN}};
		if (poll(fds, 2, 50) <= 0)
			continue;
		if (fds[1].revents && !pass(upstream, client, bytes, sizeof(bytes), &len))
			break;
		if (!fds[0].revents)
			continue;
		if (!pass(client, -1, bytes, sizeof(bytes), &len))
			break;
		bool here = proxy->turn ? --proxy->turn == 0 : len == 11 && memcmp(bytes + 4, "\3COMMIT", 7) == 0;
		here = here && proxy->cut != CUT_NONE;
		if (here && proxy->cut == CUT_AFTER && write(upstream, bytes, (size_t)len) == len)
			pass(upstream, -1, bytes, sizeof(bytes), &len);
		if (here) {
			proxy->cut = proxy->then;
			proxy->then = CUT_NONE;
			proxy->cuts++;
			break;
		}
		if (write(upstream, bytes, (size_t)len) != len)
			break;
	}
	close(upstream);
	close(client);
}

static void *run_proxy(void *arg)
{
	struct proxy *proxy = arg;
	while (!proxy->stop) {
		struct pollfd poller = {.fd = proxy->fd, .events = POLLIN};
		if (poll(&poller, 1, 50) > 0) {
			int client = accept(proxy->fd, NULL, NULL);
			if (client >= 0)
				serve_client(proxy, client);
		}
	}
	return NULL;
}

static void proxy_start(struct proxy *proxy)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	memset(proxy, 0, sizeof(*proxy));
	snprintf(proxy->path, sizeof(proxy->path), "%s/proxy", server->folder);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", proxy->path);
	unlink(proxy->path);
	proxy->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(proxy->fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(proxy->fd, 8), 0);
	pthread_create(&proxy->thread, NULL, run_proxy, proxy);
}

static void proxy_stop(struct proxy *proxy)
{
	proxy->stop = true;
	pthread_join(proxy->thread, NULL);
	close(proxy->fd);
}

static struct problem *serve_through(
	struct proxy *proxy, enum cut cut, struct request *request, struct db_counts *counts)
{
	const char *hosts[] = {proxy->path};
	struct db_settings settings = server->settings;
	settings.hosts = hosts;
	settings.shared = db_shared_create();
	struct db *through = db_create(&settings);
	db_use_arena(through, arena);
	assert_null(db_ping(through));
	proxy->cut = cut;
	struct problem *problem = db_transaction(through, serve, request);
	*counts = db_shared_counts(settings.shared);
	db_destroy(through);
	db_shared_destroy(settings.shared);
	return problem;
}

static void a_lost_answer_to_commit_is_settled(void **state)
{
	struct proxy proxy;
	struct db_counts counts;
	struct request after = {.key = "after", .hash = HASH, .ttl_s = 60, .n = 1},
		       before = {.key = "before", .hash = HASH, .ttl_s = 60, .n = 2};
	struct request guarded_after = {.n = 3}, guarded_before = {.n = 4};
	(void)state;
	proxy_start(&proxy);
	assert_null(serve_through(&proxy, CUT_AFTER, &after, &counts)); /* it took place: found out, not done again */
	assert_int_equal(after.runs, 1);
	assert_int_equal(counts.unknown, 1);
	assert_null(serve_through(&proxy, CUT_BEFORE, &before, &counts)); /* it did not: done again */
	assert_int_equal(before.runs, 2);
	assert_false(before.repeated);
	assert_int_equal(counts.unknown, 1);
	assert_null(serve_through(&proxy, CUT_AFTER, &guarded_after, &counts));
	assert_int_equal(guarded_after.runs, 1);
	assert_null(serve_through(&proxy, CUT_BEFORE, &guarded_before, &counts));
	assert_int_equal(guarded_before.runs, 2);
	assert_int_equal(proxy.cuts, 4);
	assert_int_equal(number("SELECT COUNT(*) FROM plain"), 4);
	assert_int_equal(number("SELECT COUNT(DISTINCT n) FROM plain"), 4);
	/* And the answer is there for the client that repeats. */
	assert_null(db_transaction(db, serve, &after));
	assert_true(after.repeated);
	assert_null(db_transaction(db, serve, &before));
	assert_true(before.repeated);
	assert_string_equal(before.answer, "made 2");
	proxy_stop(&proxy);
}

/* The look for the outcome makes sure that there will be none; when its own answer is lost as well, the next look finds
 * what it left. */
static void a_look_that_was_lost_too_is_no_outcome(void **state)
{
	struct proxy proxy;
	struct db_counts counts;
	struct request request = {.key = "twice", .hash = HASH, .ttl_s = 60, .n = 1};
	(void)state;
	proxy_start(&proxy);
	proxy.then = CUT_AFTER;
	assert_null(serve_through(&proxy, CUT_BEFORE, &request, &counts));
	assert_int_equal(proxy.cuts, 2);
	assert_int_equal(request.runs, 2);
	assert_int_equal(number("SELECT COUNT(*) FROM plain"), 1);
	proxy_stop(&proxy);
}

/* The row is another attempt's: what it holds must not be taken for something that never happened. */
static void handing_out_an_answer_again_never_voids_it(void **state)
{
	struct proxy proxy;
	struct db_counts counts;
	struct request first = {.key = "replayed", .hash = HASH, .ttl_s = 60, .n = 1};
	(void)state;
	proxy_start(&proxy);
	assert_null(db_transaction(db, serve, &first));
	for (int cut = CUT_BEFORE; cut <= CUT_AFTER; cut++) {
		struct request again = {.key = "replayed", .hash = HASH, .ttl_s = 3600, .n = 2};
		assert_null(serve_through(&proxy, cut, &again, &counts));
		assert_true(again.repeated);
		assert_string_equal(again.answer, "made 1");
		assert_int_equal(number("SELECT COUNT(*) FROM plain"), 1);
	}
	assert_int_equal(proxy.cuts, 2);
	proxy_stop(&proxy);
}

static void without_an_operation_the_caller_is_told(void **state)
{
	struct proxy proxy;
	struct db_counts counts;
	struct request request = {.unguarded = true};
	(void)state;
	proxy_start(&proxy);
	struct problem *problem = serve_through(&proxy, CUT_AFTER, &request, &counts);
	assert_ptr_equal(problem->kind, &PROBLEM_UNAVAILABLE);
	assert_int_equal(request.runs, 1);
	assert_int_equal(proxy.cuts, 1);
	proxy_stop(&proxy);
}

static struct problem *serve_with_log(struct db *handle, void *arg)
{
	struct uuid record = uuid_v7();
	struct problem *problem = serve(handle, arg);
	if (problem || ((struct request *)arg)->repeated)
		return problem;
	return journal_add(handle, P,
		&(struct journal_entry){.kind = "thing.made",
			.record_type = "thing",
			.record_id = record,
			.payload = json_own(db_arena(handle), json_object_new_object())});
}

/* The connection breaks at each message in turn: it happens once, the log has no gap, and nobody is told otherwise. */
static void broken_at_each_message_in_turn(void **state)
{
	struct proxy proxy;
	uint64_t epoch, seq;
	int done = 0;
	(void)state;
	proxy_start(&proxy);
	const char *hosts[] = {proxy.path};
	struct db_settings settings = server->settings;
	settings.hosts = hosts;
	for (int cut = CUT_BEFORE; cut <= CUT_AFTER; cut++) {
		for (int turn = 1;; turn++) {
			struct request request = {
				.key = arena_printf(arena, "k%d", done), .hash = HASH, .ttl_s = 60, .n = done};
			struct db *through = db_create(&settings);
			db_use_arena(through, arena);
			assert_null(db_ping(through));
			proxy.turn = turn;
			proxy.cut = cut;
			assert_null(db_transaction(through, serve_with_log, &request));
			bool cut_took_place = proxy.cut == CUT_NONE;
			proxy.cut = CUT_NONE;
			proxy.turn = 0;
			db_destroy(through);
			assert_false(request.repeated);
			assert_string_equal(request.answer, arena_printf(arena, "made %d", done));
			done++;
			assert_int_equal(number("SELECT COUNT(*) FROM plain"), done);
			if (!cut_took_place)
				break;
			assert_true(turn < 60);
		}
	}
	proxy_stop(&proxy);
	assert_true(done > 20);
	assert_int_equal(number("SELECT COUNT(DISTINCT n) FROM plain"), done);
	assert_null(journal_head(db, 7, &epoch, &seq));
	assert_int_equal(seq, done);
	uint64_t checked, bad;
	const char *why;
	assert_null(journal_verify(db, 7, 0, seq, &checked, &bad, &why));
	assert_int_equal(bad, 0);
}

/* KILL while the server is about to commit: it rolls back or has committed, and either is found out. */
static void a_connection_killed_in_commit_is_settled(void **state)
{
	pthread_t thread;
	struct request request = {.n = 9};
	struct db *blocker = db_create(&server->settings);
	struct db_result *rows;
	void *failed;
	(void)state;
	assert_null(db_command(blocker, "BACKUP STAGE START", 18));
	assert_null(db_command(blocker, "BACKUP STAGE BLOCK_COMMIT", 25));
	pthread_create(&thread, NULL, serve_beside, &request);
	do {
		nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
		assert_null(db_select(db, db_server(),
			"SELECT id FROM information_schema.processlist WHERE info = 'COMMIT'", DB_NO_ARGS, &rows));
	} while (rows->rows == 0);
	const char *kill = arena_printf(arena, "KILL %lld", (long long)db_get_int(rows, 0, 0));
	assert_null(db_command(db, kill, strlen(kill)));
	nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
	assert_null(db_command(blocker, "BACKUP STAGE END", 16));
	db_destroy(blocker);
	pthread_join(thread, &failed);
	assert_null(failed);
	assert_int_equal(number("SELECT COUNT(*) FROM plain WHERE n = 9"), 1);
}

/* ---- kill -9 under load ---- */

struct load {
	atomic_bool stop;
	_Atomic int64_t next;
	_Atomic int acknowledged;
	struct {
		int64_t n;
		bool done;
	} log[200000];
};

static void *keep_writing(void *arg)
{
	struct load *load = arg;
	struct db_settings settings = server->settings;
	settings.query_timeout_ms = 8000;
	struct db *own = db_create(&settings);
	while (!load->stop) {
		struct arena *scratch = arena_create();
		struct request request = {.n = load->next++};
		db_use_arena(own, scratch);
		if (!db_transaction(own, serve, &request)) {
			load->log[request.n].done = true;
			load->acknowledged++;
		}
		db_use_arena(own, NULL);
		arena_destroy(scratch);
	}
	db_destroy(own);
	return NULL;
}

static void a_killed_server_loses_and_doubles_nothing(void **state)
{
	enum { THREADS = 6, ROUNDS = 3 };
	static struct load load;
	pthread_t threads[THREADS];
	(void)state;
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, keep_writing, &load);
	for (int round = 0; round < ROUNDS; round++) {
		nanosleep(&(struct timespec){.tv_nsec = 300000000 + round * 37000000}, NULL);
		mariadb_kill(server);
		nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
		mariadb_launch(server);
	}
	nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
	load.stop = true;
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	struct db_result *rows;
	assert_true(load.acknowledged > 100);
	assert_null(
		db_select(db, db_server(), "SELECT n, COUNT(*) FROM plain GROUP BY n ORDER BY n", DB_NO_ARGS, &rows));
	int found = 0;
	for (size_t i = 0; i < rows->rows; i++) {
		assert_int_equal(db_get_int(rows, i, 1), 1);
		found += load.log[db_get_int(rows, i, 0)].done;
	}
	assert_int_equal(found, load.acknowledged);
}

/* --- claimed work --- */

static struct problem *claim(struct db *handle, struct operation **out, const struct operation_answer **found)
{
	return operation_claim(handle, P, UUID_NIL, "claimed", HASH, out, found);
}

static struct problem *do_one(struct db *handle, void *arg)
{
	return db_exec(handle, db_server(), "INSERT INTO plain (n) VALUES (?)", DB_ARGS(db_int(*(int64_t *)arg)), NULL);
}

/* As if so much time had gone by. */
static void wait_ms(int ms)
{
	assert_null(db_exec(db, P,
		"UPDATE operation SET expires_at = expires_at - INTERVAL ? * 1000 MICROSECOND WHERE platform_id = :p",
		DB_ARGS(db_int(ms)), NULL));
}

static struct db *another(void)
{
	struct db *made = db_create(&server->settings);
	db_use_arena(made, arena);
	return made;
}

static void a_claim_lasts_as_long_as_its_work_may(void **state)
{
	struct db *first = another(), *second = another();
	struct operation *claimed;
	const struct operation_answer *found;
	(void)state;
	db_set_deadline(first, db_now_ms() + 15000);
	assert_null(claim(first, &claimed, &found));
	wait_ms(15000);
	struct problem *problem = claim(second, &claimed, &found);
	assert_ptr_equal(problem->kind, &PROBLEM_OPERATION_RUNS);
	assert_int_equal(problem->retry_after, 1);
	wait_ms(10000); /* not half a minute after it died */
	assert_null(claim(second, &claimed, &found));
	assert_null(found);
	db_destroy(first);
	db_destroy(second);
}

/* It was not dead, but slow: whatever it does next is refused, and the row is the other's. */
static void who_lost_its_claim_does_nothing_more(void **state)
{
	struct db *slow = another(), *next = another(), *last = another();
	struct operation *lost, *taken, *none;
	const struct operation_answer *found;
	int64_t one = 1, two = 2;
	(void)state;
	db_set_deadline(slow, db_now_ms() + 10000);
	assert_null(claim(slow, &lost, &found));
	wait_ms(20000);
	assert_null(claim(next, &taken, &found));
	struct problem *problem = db_transaction(slow, do_one, &one);
	assert_ptr_equal(problem->kind, &PROBLEM_OPERATION_RUNS);
	assert_false(operation_took_effect(lost));
	operation_end(slow, lost, 0, NULL);
	assert_int_equal(number("SELECT COUNT(*) FROM operation"), 1);
	operation_end(slow, lost, 201, "of the slow one");
	for (int i = 0; i < 3; i++)
		assert_null(db_transaction(next, do_one, &two));
	assert_true(operation_took_effect(taken));
	operation_end(next, taken, 201, "of the next one");
	assert_null(claim(last, &none, &found));
	assert_string_equal(found->answer, "of the next one");
	assert_int_equal(number("SELECT COUNT(*) FROM plain WHERE n = 1"), 0);
	assert_int_equal(number("SELECT COUNT(*) FROM plain WHERE n = 2"), 3);
	db_destroy(slow);
	db_destroy(next);
	db_destroy(last);
}

/* Once something took effect, nobody takes it over. */
static void work_that_took_effect_is_not_done_again(void **state)
{
	struct db *first = another(), *second = another();
	struct operation *claimed;
	const struct operation_answer *found;
	int64_t one = 1;
	(void)state;
	db_set_deadline(first, db_now_ms() + 10000);
	assert_null(claim(first, &claimed, &found));
	assert_null(db_transaction(first, do_one, &one));
	assert_ptr_equal(claim(second, &claimed, &found)->kind, &PROBLEM_OPERATION_RUNS);
	wait_ms(20000);
	assert_ptr_equal(claim(second, &claimed, &found)->kind, &PROBLEM_OPERATION_LOST);
	db_destroy(first);
	db_destroy(second);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_repeated_request_finds_its_answer), TEST(a_failed_request_leaves_its_key_free),
		TEST(the_same_request_many_times_at_once), TEST(a_lost_answer_to_commit_is_settled),
		TEST(a_look_that_was_lost_too_is_no_outcome), TEST(handing_out_an_answer_again_never_voids_it),
		TEST(without_an_operation_the_caller_is_told), TEST(broken_at_each_message_in_turn),
		TEST(a_connection_killed_in_commit_is_settled),
		TEST(a_claim_lasts_as_long_as_its_work_may), TEST(who_lost_its_claim_does_nothing_more),
		TEST(work_that_took_effect_is_not_done_again),
		TEST(a_killed_server_loses_and_doubles_nothing),
	};
	server = mariadb_start();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	mariadb_stop(server);
	return failed;
}
