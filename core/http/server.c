#include "core/http/server.h"

#include <errno.h>
#include <event2/listener.h>
#include <limits.h>
#include <linux/filter.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/diag.h"
#include "core/http/connection.h"
#include "core/http/health.h"
#include "core/http/loop.h"
#include "core/http/server_inside.h"
#include "core/http/tally.h"
#include "core/http/worker.h"

enum { BACKLOG = 1024, DISK_THREADS = 2, DISK_QUEUE = 1024, TELL_MS = 60000, SETTLE_MS = 50 };

static void *must(void *p)
{
	if (!p) {
		fputs("qilian: out of memory\n", stderr);
		abort();
	}
	return p;
}

void http_settings_init(struct http_settings *settings)
{
	*settings = (struct http_settings){
		.listen = "127.0.0.1:8080",
		.loops = 2,
		.workers = 16,
		.queue_max = 512,
		.lanes = {.threads = {[LANE_PASSWORD] = 4, [LANE_PICTURE] = 2, [LANE_POLICY] = 2, [LANE_EXPORT] = 2,
		[LANE_WAIT] = 16, [LANE_OUTBOUND] = 4},
			.queue = 64},
		.connections_max = 10000,
		.connections_per_address = 1024, /* a whole city hall may share one */
		.streams_per_session = 8,
		.uploads_max = 64,
		.body_max = 1 << 20,
		.bodies_max = 256 << 20,
		.upload_max = 20 << 20,
		.cache_bytes = 32 << 20,
		.head_timeout_ms = 10000,
		.body_timeout_ms = 20000,
		.upload_timeout_ms = 300000,
		.request_timeout_ms = 30000,
		.idle_timeout_ms = 60000,
		.write_timeout_ms = 30000,
		.heartbeat_ms = 15000,
		.access_log = true,
	};
}

/* ---- Accepting ---- */

struct arrival {
	struct loop_post post;
	int fd;
	struct address peer;
	bool admin, counted;
};

bool server_trusts(const struct http_server *server, const struct address *address)
{
	for (size_t i = 0; i < server->proxy_count; i++)
		if (address_net_holds(&server->proxies[i], address))
			return true;
	return false;
}

void server_address_key(const struct address *address, char out[ADDRESS_TEXT])
{
	struct address net = *address;
	if (!address_is_ipv4(address))
		memset(net.b + 8, 0, 8);
	address_format(&net, out);
}

static void turn_away(struct http_server *server, int fd)
{
	static const char answer[] =
		"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 1\r\nConnection: close\r\n\r\n";
	atomic_fetch_add(&server->turned_away, 1);
	ssize_t n = send(fd, answer, sizeof(answer) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	(void)n;
	close(fd);
}

/* Once a minute, whatever happens meanwhile: a log that fills the disk would be the next fault. */
static void tell_descriptors(struct http_server *server, const char *why)
{
	int64_t now = clock_ms();
	server->fd_refused++;
	if (server->told_ms && now - server->told_ms < TELL_MS)
		return;
	diag_warn(NULL,
		"out of file descriptors (%s): %u connections were turned away; raise the limit (LimitNOFILE, ulimit "
		"-n) or lower"
		" limits.connections",
		why, server->fd_refused);
	server->told_ms = now;
	server->fd_refused = 0;
}

static struct loop *least_loaded(struct http_server *server)
{
	struct loop *best = server->loops[0];
	for (unsigned i = 1; i < server->settings.loops; i++)
		if (atomic_load(&server->loops[i]->load) < atomic_load(&best->load))
			best = server->loops[i];
	return best;
}

static void arrive(struct loop *loop, struct loop_post *post)
{
	struct arrival *arrival = (struct arrival *)post;
	http_connection_open(loop, arrival->fd, &arrival->peer, arrival->admin, arrival->counted);
	free(arrival);
}

static void take(struct http_server *server, int fd, const struct sockaddr *from, bool admin)
{
	struct address peer;
	char text[ADDRESS_TEXT];
	atomic_fetch_add(&server->accepted, 1);
	if (!address_of_socket(from, &peer)) {
		close(fd);
		return;
	}
	server_address_key(&peer, text);
	/* The kernel gives the lowest number that is free: a high one says that few are left. */
	if (!admin && fd >= server->fd_limit) {
		turn_away(server, fd);
		tell_descriptors(server, "the last are kept for the admin port, the database and files");
		return;
	}
	/* The admin port must answer when the public one is overrun, and a proxy speaks for many. */
	bool free_pass = admin || server_trusts(server, &peer);
	if (!admin && atomic_load(&server->connections) >= server->settings.connections_max) {
		turn_away(server, fd);
		return;
	}
	if (!free_pass && !tally_take(server->addresses, text, server->settings.connections_per_address)) {
		turn_away(server, fd);
		return;
	}
	int on = 1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	atomic_fetch_add(&server->connections, 1);
	struct loop *loop = least_loaded(server);
	atomic_fetch_add(&loop->load, 1);
	if (loop->index == 0) {
		http_connection_open(loop, fd, &peer, admin, !free_pass);
		return;
	}
	struct arrival *arrival = must(malloc(sizeof(*arrival)));
	*arrival = (struct arrival){.post.run = arrive, .fd = fd, .peer = peer, .admin = admin, .counted = !free_pass};
	loop_post(loop, &arrival->post);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *from, int len, void *arg)
{
	take(arg, fd, from, false);
}

static void on_accept_admin(
	struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *from, int len, void *arg)
{
	take(arg, fd, from, true);
}

/* Out of file descriptors: level-triggered readiness would spin, so accepting rests until the next tick. */
static void on_accept_error(struct evconnlistener *listener, void *arg)
{
	struct http_server *server = arg;
	tell_descriptors(server, strerror(errno));
	*(listener == server->admin_listener ? &server->admin_paused : &server->paused) = true;
	evconnlistener_disable(listener);
}

void server_tick(struct http_server *server)
{
	if (server->stopping)
		return;
	if (server->paused)
		evconnlistener_enable(server->listener);
	if (server->admin_paused)
		evconnlistener_enable(server->admin_listener);
	server->paused = server->admin_paused = false;
}

/* ---- Starting ---- */

static void explain(const char *listen, char *why, size_t size)
{
	if (errno == EADDRINUSE)
		snprintf(why, size, "%s is taken by another program", listen);
	else if (errno == EACCES)
		snprintf(why, size, "%s may not be opened by this user (ports below 1024 need rights)", listen);
	else
		snprintf(why, size, "%s cannot be opened: %s", listen, strerror(errno));
}

static struct evconnlistener *listen_on(
	struct http_server *server, const char *listen, bool admin, uint16_t *port, char *why, size_t size)
{
	struct sockaddr_storage address;
	socklen_t len;
	if (!address_listen_parse(listen, &address, &len)) {
		snprintf(
			why, size, "%s is no address to listen on; write 127.0.0.1:8080, [::1]:8080 or *:8080", listen);
		return NULL;
	}
	struct evconnlistener *listener =
		evconnlistener_new_bind(server->loops[0]->base, admin ? on_accept_admin : on_accept, server,
			LEV_OPT_REUSEABLE | LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, BACKLOG,
			(struct sockaddr *)&address, (int)len);
	if (!listener) {
		explain(listen, why, size);
		return NULL;
	}
	evconnlistener_set_error_cb(listener, on_accept_error);
	len = sizeof(address);
	getsockname(evconnlistener_get_fd(listener), (struct sockaddr *)&address, &len);
	*port = ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
	                                           : ((struct sockaddr_in *)&address)->sin_port);
	return listener;
}

static bool parse_proxies(struct http_server *server, char *why, size_t size)
{
	const struct http_settings *settings = &server->settings;
	server->proxies = must(calloc(settings->trusted_proxy_count + 1, sizeof(*server->proxies)));
	for (size_t i = 0; i < settings->trusted_proxy_count; i++) {
		if (!address_net_parse(settings->trusted_proxies[i], &server->proxies[i])) {
			snprintf(why, size,
				"trusted_proxies: %s is neither an address nor a network such as 10.0.0.0/8",
				settings->trusted_proxies[i]);
			return false;
		}
		server->proxy_count++;
	}
	return true;
}

static bool check_spool(const struct http_settings *settings, char *why, size_t size)
{
	if (!settings->spool || access(settings->spool, W_OK | X_OK) == 0)
		return true;
	snprintf(why, size, "the spool folder %s cannot be written: %s", settings->spool, strerror(errno));
	return false;
}

/* Two descriptors a connection would be generous; the soft limit of 1024 is not. */
static void raise_files(struct http_server *server)
{
	const struct http_settings *settings = &server->settings;
	struct rlimit limit;
	rlim_t want = settings->connections_max + 1024;
	server->fd_limit = INT_MAX;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	if (limit.rlim_cur < want) {
		limit.rlim_cur = limit.rlim_max == RLIM_INFINITY || limit.rlim_max > want ? want : limit.rlim_max;
		if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < want)
			diag_warn(NULL, "only %llu file descriptors for %u connections",
				(unsigned long long)limit.rlim_cur, settings->connections_max);
	}
	/* A quarter of few, 256 of many. */
	rlim_t spare = limit.rlim_cur / 4 < 256 ? limit.rlim_cur / 4 : 256;
	server->fd_limit = limit.rlim_cur < INT_MAX ? (int)(limit.rlim_cur - spare) : INT_MAX;
}

struct http_server *http_server_create(const struct http_settings *settings, const struct http_hooks *hooks,
	const struct router *router, const struct http_site *site, struct metrics *metrics)
{
	struct http_server *server = must(calloc(1, sizeof(*server)));
	server->settings = *settings;
	if (!server->settings.loops)
		server->settings.loops = 1;
	if (!server->settings.workers)
		server->settings.workers = 1;
	if (hooks)
		server->hooks = *hooks;
	server->router = router;
	server->site = site;
	server->metrics = metrics;
	server->addresses = tally_create();
	server->sessions = tally_create();
	/* Not running yet, but others may publish and post from now on. */
	server->loops = must(calloc(server->settings.loops, sizeof(struct loop *)));
	for (unsigned i = 0; i < server->settings.loops; i++)
		server->loops[i] = loop_create(server, i);
	return server;
}

static void *worker_begin(void *arg)
{
	const struct http_server *server = arg;
	return server->hooks.db_create ? server->hooks.db_create(server->hooks.arg) : NULL;
}

static void worker_end(void *state, void *arg)
{
	const struct http_server *server = arg;
	if (server->hooks.db_destroy && state)
		server->hooks.db_destroy(state);
}

/* One platform gets at most half of a lane, and one account or visitor of it a quarter, of its threads and of its
 * queue: whoever comes next finds a free one. Of the workers nobody holds one for long; there, only the turns
 * matter. */
static void start_lane(struct http_server *server, enum http_lane lane, const char *name, int nice)
{
	unsigned threads = server->settings.lanes.threads[lane], queue = server->settings.lanes.queue;
	struct worker_settings settings = {.name = name,
		.threads = threads ? threads : 1,
		.nice = nice,
		.queue_max = queue,
		.group_queue = queue > 1 ? queue / 2 : 1,
		.member_queue = queue > 4 ? queue / 4 : 1,
		.group_busy = threads > 1 ? threads / 2 : 1,
		.member_busy = threads > 4 ? threads / 4 : 1,
		.begin = worker_begin,
		.end = worker_end,
		.arg = server};
	if (lane == LANE_COMMON)
		settings = (struct worker_settings){.name = "worker",
			.threads = server->settings.workers,
			.queue_max = server->settings.queue_max,
			.begin = worker_begin,
			.end = worker_end,
			.arg = server};
	server->lanes[lane] = worker_pool_create(&settings);
}

static void start_threads(struct http_server *server)
{
	struct worker_settings disk = {.name = "disk", .threads = DISK_THREADS, .queue_max = DISK_QUEUE};
#define X(NAME, name, nice) start_lane(server, LANE_##NAME, #name, nice);
	HTTP_LANES_TABLE(X)
#undef X
	server->disk = worker_pool_create(&disk);
	health_register(server);
	for (unsigned i = 0; i < server->settings.loops; i++)
		loop_start(server->loops[i]);
	server->started = true;
}

bool http_server_start(struct http_server *server, char *why, size_t why_size)
{
	const struct http_settings *settings = &server->settings;
	signal(SIGPIPE, SIG_IGN);
	if (!parse_proxies(server, why, why_size) || !check_spool(settings, why, why_size))
		return false;
	raise_files(server);
	server->listener = listen_on(server, settings->listen, false, &server->port, why, why_size);
	if (!server->listener)
		return false;
	if (settings->admin_listen) {
		server->admin_listener =
			listen_on(server, settings->admin_listen, true, &server->admin_port, why, why_size);
		if (!server->admin_listener)
			return false;
	}
	start_threads(server);
	return true;
}

uint16_t http_server_port(const struct http_server *server)
{
	return server->port;
}

uint16_t http_server_admin_port(const struct http_server *server)
{
	return server->admin_port;
}

void http_server_touch(struct http_server *server, uint32_t platform_id)
{
	atomic_fetch_add(
		platform_id ? &server->generations.slots[platform_id % GENERATION_SLOTS] : &server->generations.all, 1);
}

/* ---- Stopping ---- */

struct stop {
	struct loop_post post;
	int64_t cut_ms;
};

/* Nobody new may begin a handshake; who is amid one finishes it. Closing a listener resets what nobody has accepted
 * yet, so it is closed only when nothing can be there any more. A client whose SYN is passed over sends it again after
 * a second and is then refused outright. */
static void refuse_handshakes(struct evconnlistener *listener)
{
	enum { FLAGS = 13, SYN = 0x02, ACK = 0x10 }; /* of a TCP header */
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, FLAGS), BPF_STMT(BPF_ALU | BPF_AND | BPF_K, SYN | ACK),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYN, 0, 1), BPF_STMT(BPF_RET | BPF_K, 0), BPF_STMT(BPF_RET | BPF_K,
		0xffff),
	};
	const struct sock_fprog program = {sizeof code / sizeof *code, code};
	if (setsockopt(evconnlistener_get_fd(listener), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0)
		diag_info(NULL, "the last handshakes may be reset: %s", strerror(errno));
}

/* What the kernel has accepted for us. */
static void take_backlog(struct http_server *server, struct evconnlistener *listener, bool admin)
{
	for (;;) {
		struct sockaddr_storage from;
		socklen_t len = sizeof from;
		int fd = accept4(
			evconnlistener_get_fd(listener), (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0)
			take(server, fd, (struct sockaddr *)&from, admin);
		else if (errno != EINTR && errno != ECONNABORTED)
			return;
	}
}

static void close_listener(struct http_server *server, struct evconnlistener **listener, bool admin)
{
	if (!*listener)
		return;
	take_backlog(server, *listener, admin);
	evconnlistener_free(*listener);
	*listener = NULL;
}

void server_close(struct http_server *server)
{
	close_listener(server, &server->listener, false);
	close_listener(server, &server->admin_listener, true);
	atomic_store(&server->closed, true);
}

static void stop_loop(struct loop *loop, struct loop_post *post)
{
	struct stop *stop = (struct stop *)post;
	struct http_server *server = loop->server;
	loop->stopping = true;
	loop->cut_ms = stop->cut_ms;
	loop->settled_ms = stop->cut_ms > clock_ms() ? clock_ms() + SETTLE_MS : 0;
	if (loop->index == 0) {
		refuse_handshakes(server->listener);
		if (server->admin_listener)
			refuse_handshakes(server->admin_listener);
	}
	free(stop);
}

void http_server_leave(struct http_server *server)
{
	atomic_store(&server->leaving, true);
}

bool http_server_stop(struct http_server *server, int limit_ms)
{
	bool whole = true;
	if (!server->started)
		return true;
	server->started = false;
	server->leaving = server->stopping = true;
	for (unsigned i = 0; i < server->settings.loops; i++) {
		struct stop *stop = must(malloc(sizeof(*stop)));
		*stop = (struct stop){.post.run = stop_loop, .cut_ms = clock_ms() + limit_ms};
		loop_post(server->loops[i], &stop->post);
	}
	for (unsigned i = 0; i < server->settings.loops; i++) {
		pthread_join(server->loops[i]->thread, NULL);
		whole = whole && !server->loops[i]->cut;
	}
	/* The common one first: it hands on to the others. */
	for (int lane = 0; lane < LANES; lane++) {
		worker_pool_destroy(server->lanes[lane]);
		server->lanes[lane] = NULL;
	}
	worker_pool_destroy(server->disk);
	server->disk = NULL;
	return whole;
}

void http_server_destroy(struct http_server *server)
{
	if (!server)
		return;
	http_server_stop(server, 0);
	if (server->listener)
		evconnlistener_free(server->listener);
	if (server->admin_listener)
		evconnlistener_free(server->admin_listener);
	for (unsigned i = 0; i < server->settings.loops; i++)
		loop_destroy(server->loops[i]);
	free(server->loops);
	free(server->proxies);
	tally_destroy(server->addresses);
	tally_destroy(server->sessions);
	free(server);
}
