/* A server within the test, asked by many threads at once while others publish, void the cache and stop it. What this
 * watches for are races; what the server answers is the matter of tests/integration/test_http_*.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/http/router.h"
#include "core/http/server.h"
#include "core/http/stream.h"
#include "core/http/worker.h"

enum { CLIENTS = 8, ROUNDS = 60 };

static struct problem *get_plain(struct request *request)
{
	buf_text(request->out, "{}");
	return NULL;
}

static struct problem *get_cached(struct request *request)
{
	request_cache(request, 1, 60);
	return get_plain(request);
}

static struct problem *get_events(struct request *request)
{
	const char *topics[] = {"t"};
	struct problem *problem = request_subscribe(request, "s", topics, 1);
	if (!problem)
		request_stream(request);
	return problem;
}

static struct problem *get_wait(struct request *request)
{
	const char *topics[] = {"t"};
	struct problem *problem = request_subscribe(request, "s", topics, 1);
	if (!problem)
		request_wait(request, 20);
	return problem;
}

static const struct route routes[] = {
	{HTTP_GET, "/plain", get_plain},
	{HTTP_GET, "/cached", get_cached},
	{HTTP_GET, "/events", get_events},
	{HTTP_GET, "/wait", get_wait},
};

struct world {
	struct http_server *server;
	uint16_t port;
	_Atomic int answered;
	_Atomic bool done;
};

static int dial(uint16_t port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct timeval limit = {5, 0};
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static void *ask(void *arg)
{
	static const char *const paths[] = {"/plain", "/cached", "/cached", "/wait", "/events"};
	struct world *world = arg;
	char text[2048];
	for (int i = 0; i < ROUNDS; i++) {
		int fd = dial(world->port);
		if (fd < 0)
			break;
		int n = snprintf(text, sizeof(text),
			"GET %s HTTP/1.1\r\nHost: a\r\n\r\nGET /cached HTTP/1.1\r\nHost: a\r\n\r\n", paths[i % 5]);
		/* Every third client leaves without waiting for its answer. */
		if (send(fd, text, (size_t)n, MSG_NOSIGNAL) == n && i % 3 && recv(fd, text, sizeof(text), 0) > 12)
			atomic_fetch_add(&world->answered, memcmp(text, "HTTP/1.1 20", 11) == 0);
		close(fd);
	}
	return NULL;
}

static void *disturb(void *arg)
{
	struct world *world = arg;
	while (!atomic_load(&world->done)) {
		http_stream_publish(world->server, "t", "change", "{}");
		http_server_touch(world->server, 1);
		usleep(500);
	}
	return NULL;
}

static void test_many_at_once(void **state)
{
	struct http_settings settings;
	struct world world = {0};
	pthread_t clients[CLIENTS], other;
	char why[256] = "";
	http_settings_init(&settings);
	settings.listen = "127.0.0.1:0";
	settings.workers = 3;
	settings.access_log = false;
	settings.streams_per_session = 0;
	settings.connections_per_address = 0;
	struct router *router = router_create();
	router_add(router, routes, sizeof(routes) / sizeof(*routes));
	world.server = http_server_create(&settings, NULL, router, NULL, NULL);
	if (!http_server_start(world.server, why, sizeof(why)))
		fail_msg("%s", why);
	world.port = http_server_port(world.server);
	pthread_create(&other, NULL, disturb, &world);
	for (int i = 0; i < CLIENTS; i++)
		pthread_create(&clients[i], NULL, ask, &world);
	for (int i = 0; i < CLIENTS; i++)
		pthread_join(clients[i], NULL);
	assert_true(http_server_stop(world.server, 3000));
	atomic_store(&world.done, true);
	pthread_join(other, NULL);
	/* Two of three rounds wait for their answer. */
	assert_int_equal(world.answered, CLIENTS * ROUNDS * 2 / 3);
	http_server_destroy(world.server);
	router_destroy(router);
}

static void test_never_started(void **state)
{
	struct http_settings settings;
	char why[256];
	http_settings_init(&settings);
	settings.listen = "nonsense";
	struct router *router = router_create();
	struct http_server *server = http_server_create(&settings, NULL, router, NULL, NULL);
	assert_false(http_server_start(server, why, sizeof(why)));
	assert_non_null(strstr(why, "nonsense"));
	http_server_destroy(server);
	http_server_destroy(NULL);
	router_destroy(router);
}

/* ---- The pool ---- */

struct job {
	struct worker_job job;
	_Atomic int *ran;
};

static void run_job(struct worker_job *job, void *state)
{
	atomic_fetch_add(((struct job *)job)->ran, *(int *)state);
}

static void *begin(void *arg)
{
	return arg;
}

static void test_pool_runs_all_before_it_ends(void **state)
{
	static int one = 1;
	struct job jobs[100];
	_Atomic int ran = 0;
	struct worker_pool *pool = worker_pool_create(
		&(struct worker_settings){.name = "test", .threads = 3, .queue_max = 100, .begin = begin, .arg = &one});
	for (int i = 0; i < 100; i++) {
		jobs[i] = (struct job){{.run = run_job}, &ran};
		assert_true(worker_push(pool, &jobs[i].job));
	}
	worker_pool_destroy(pool);
	assert_int_equal(ran, 100);
}

/* One thread that is held by a first job, so that what is queued meanwhile comes in the order of the shares. */
struct held {
	struct worker_job job;
	pthread_mutex_t *gate;
	char *order;
	char name;
};

static void run_held(struct worker_job *job, void *state)
{
	struct held *held = (struct held *)job;
	pthread_mutex_lock(held->gate);
	if (held->order)
		strncat(held->order, &held->name, 1);
	pthread_mutex_unlock(held->gate);
}

static struct held held(pthread_mutex_t *gate, char *order, char name, uint64_t group, uint64_t member)
{
	return (struct held){{.run = run_held, .group = group, .member = member}, gate, order, name};
}

static void push_all(struct worker_pool *pool, struct held *jobs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_true(worker_push(pool, &jobs[i].job));
}

static void until_busy(struct worker_pool *pool, size_t count)
{
	while (worker_pool_busy(pool) != count)
		usleep(200);
}

static void test_pool_gives_turns(void **state)
{
	pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
	char order[32] = "";
	struct worker_pool *pool =
		worker_pool_create(&(struct worker_settings){.name = "test", .threads = 1, .queue_max = 100});
	struct held first = held(&gate, NULL, 0, 9, 9);
	/* One platform with a busy account (a) and a quiet one (b), another platform (c), and a third with two (d,
	 * e). */
	struct held jobs[] = {held(&gate, order, 'a', 1, 1), held(&gate, order, 'a', 1, 1),
		held(&gate, order, 'a', 1, 1), held(&gate, order, 'a', 1, 1), held(&gate, order, 'b', 1, 2),
		held(&gate, order, 'c', 2, 1), held(&gate, order, 'd', 3, 1), held(&gate, order, 'e', 3, 2)};
	pthread_mutex_lock(&gate);
	push_all(pool, &first, 1);
	until_busy(pool, 1);
	push_all(pool, jobs, sizeof(jobs) / sizeof(*jobs));
	assert_int_equal(worker_pool_queued(pool), 8);
	pthread_mutex_unlock(&gate);
	worker_pool_destroy(pool);
	assert_string_equal(order, "acdbeaaa");
}

static void test_pool_bounds_shares(void **state)
{
	pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
	struct worker_pool *pool = worker_pool_create(&(struct worker_settings){.name = "test",
		.threads = 4,
		.queue_max = 6,
		.group_queue = 4,
		.member_queue = 2,
		.group_busy = 2,
		.member_busy = 1});
	struct held a[4], b[4], other[5], last = held(&gate, NULL, 0, 4, 1);
	pthread_mutex_lock(&gate);
	for (int i = 0; i < 4; i++) {
		a[i] = held(&gate, NULL, 0, 1, 1);
		b[i] = held(&gate, NULL, 0, 1, 2);
	}
	push_all(pool, a, 1);
	until_busy(pool, 1);
	push_all(pool, a + 1, 2);
	assert_false(worker_push(pool, &a[3].job)); /* one runs, two wait: the member's share */
	push_all(pool, b, 1);
	until_busy(pool, 2);
	push_all(pool, b + 1, 2);
	struct held c = held(&gate, NULL, 0, 1, 3);
	assert_false(worker_push(pool, &c.job)); /* four wait: the group's */
	for (int i = 0; i < 5; i++)
		other[i] = held(&gate, NULL, 0, 2, (uint64_t)i);
	push_all(pool, other, 2);
	until_busy(pool, 4); /* a thread was free for them */
	push_all(pool, other + 2, 2);
	assert_int_equal(worker_pool_queued(pool), 6);
	assert_false(worker_push(pool, &last.job)); /* all that may wait do */
	assert_int_equal(worker_pool_refused(pool), 3);
	worker_push_always(pool, &last.job);
	pthread_mutex_unlock(&gate);
	worker_pool_destroy(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many_at_once),
		cmocka_unit_test(test_never_started),
		cmocka_unit_test(test_pool_runs_all_before_it_ends),
		cmocka_unit_test(test_pool_gives_turns),
		cmocka_unit_test(test_pool_bounds_shares),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
