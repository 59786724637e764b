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
	{HTTP_GET, "/plain", get_plain}, {HTTP_GET, "/cached", get_cached}, {HTTP_GET, "/events", get_events}, {HTTP_GET, "/wait", get_wait},
};

struct world {
	struct http_server *server;
	uint16_t port;
	_Atomic int answered;
	_Atomic bool done;
};

static int dial(uint16_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
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
		int n = snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: a\r\n\r\nGET /cached HTTP/1.1\r\nHost: a\r\n\r\n", paths[i % 5]);
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
	struct worker_pool *pool = worker_pool_create(&(struct worker_settings){.name = "test", .threads = 3, .queue_max = 100,
		.begin = begin, .arg = &one});
	for (int i = 0; i < 100; i++) {
		jobs[i] = (struct job){{.run = run_job}, &ran};
		assert_true(worker_push(pool, &jobs[i].job));
	}
	worker_pool_destroy(pool);
	assert_int_equal(ran, 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many_at_once), cmocka_unit_test(test_never_started), cmocka_unit_test(test_pool_runs_all_before_it_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
