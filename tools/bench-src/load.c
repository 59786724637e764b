/* A load generator: keep-alive connections on one epoll thread, one request under way on each.
 *
 *     load [-c CONNECTIONS] [-s SECONDS] [-n REQUESTS] [-H "Name: value"]… [-h HOST] PORT PATH…
 *
 * Paths are asked in turn. Prints one JSON object: requests, errors, answers that were not 2xx, requests a second, bytes a
 * second, and the latency in milliseconds at 50, 90, 99 and 99.9 %. Answers need a Content-Length. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PATHS_MAX = 65536, SLOTS = 8192, READ_MAX = 256 * 1024 };

struct request {
	char *bytes;
	size_t len;
};

struct client {
	int fd;
	size_t sent, got, want; /* want: bytes of the whole answer, 0 until its head is read */
	int status;
	const struct request *request;
	int64_t begun_ns;
	char head[8192]; /* the beginning of the answer */
};

struct load {
	const char *host;
	uint16_t port;
	unsigned connections;
	double seconds;
	uint64_t limit;
	char headers[4096];
	struct request *requests;
	size_t request_count, next;
	int epoll;
	int64_t end_ns;
	uint64_t begun, done, errors, not_2xx, bytes;
	uint64_t slots[SLOTS]; /* latencies, logarithmic */
	char room[READ_MAX];
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* 64 steps to each doubling: an error below 1.6 %. */
static unsigned slot_of(int64_t ns)
{
	uint64_t v = ns < 64 ? 64 : (uint64_t)ns;
	unsigned top = 63 - (unsigned)__builtin_clzll(v);
	unsigned slot = (top - 6) * 64 + (unsigned)(v >> (top - 6) & 63);
	return slot < SLOTS ? slot : SLOTS - 1;
}

static double slot_ms(unsigned slot)
{
	return (double)((uint64_t)(64 + slot % 64) << (slot / 64)) / 1e6;
}

static double percentile(const struct load *load, double share)
{
	uint64_t sum = 0, want = (uint64_t)((double)load->done * share);
	for (unsigned i = 0; i < SLOTS; i++) {
		sum += load->slots[i];
		if (sum > want)
			return slot_ms(i);
	}
	return slot_ms(SLOTS - 1);
}

static void watch(struct load *load, struct client *client, uint32_t events, int op)
{
	struct epoll_event event = {.events = events, .data.ptr = client};
	if (epoll_ctl(load->epoll, op, client->fd, &event) != 0)
		die("epoll_ctl");
}

static void open_client(struct load *load, struct client *client)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(load->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int on = 1;
	client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client->fd < 0 || connect(client->fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		die("connect");
	fcntl(client->fd, F_SETFL, O_NONBLOCK);
	setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	watch(load, client, EPOLLIN, EPOLL_CTL_ADD);
}

static void fail(struct load *load, struct client *client);

static void push(struct load *load, struct client *client)
{
	while (client->sent < client->request->len) {
		ssize_t n = send(client->fd, client->request->bytes + client->sent, client->request->len - client->sent, MSG_NOSIGNAL);
		if (n < 0 && errno == EAGAIN) {
			watch(load, client, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
			return;
		}
		if (n < 0) {
			fail(load, client);
			return;
		}
		client->sent += (size_t)n;
	}
}

static void begin(struct load *load, struct client *client)
{
	int64_t now = now_ns();
	if (now >= load->end_ns || (load->limit && load->begun >= load->limit)) {
		close(client->fd);
		client->fd = -1;
		return;
	}
	load->begun++;
	client->request = &load->requests[load->next++ % load->request_count];
	client->sent = client->got = client->want = 0;
	client->begun_ns = now;
	push(load, client);
}

static void fail(struct load *load, struct client *client)
{
	load->errors++;
	close(client->fd);
	if (load->errors > 1000) {
		fprintf(stderr, "load: more than 1000 errors\n");
		exit(1);
	}
	open_client(load, client);
	begin(load, client);
}

/* Reads status and Content-Length once the head is whole. */
static void read_head(struct client *client)
{
	size_t kept = client->got < sizeof(client->head) - 1 ? client->got : sizeof(client->head) - 1;
	client->head[kept] = '\0';
	char *end = strstr(client->head, "\r\n\r\n");
	if (!end)
		return;
	client->status = atoi(client->head + 9);
	client->want = (size_t)(end - client->head) + 4;
	*end = '\0';
	for (const char *line = client->head; (line = strstr(line, "\r\n")); line += 2)
		if (strncasecmp(line + 2, "content-length:", 15) == 0)
			client->want += strtoull(line + 17, NULL, 10);
}

static void finish(struct load *load, struct client *client)
{
	load->done++;
	load->bytes += client->got;
	load->not_2xx += client->status / 100 != 2;
	load->slots[slot_of(now_ns() - client->begun_ns)]++;
	begin(load, client);
}

static void pull(struct load *load, struct client *client)
{
	ssize_t n = recv(client->fd, load->room, sizeof(load->room), 0);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		fail(load, client);
		return;
	}
	if (!client->want && client->got < sizeof(client->head) - 1) {
		size_t room = sizeof(client->head) - 1 - client->got;
		memcpy(client->head + client->got, load->room, (size_t)n < room ? (size_t)n : room);
	}
	client->got += (size_t)n;
	if (!client->want)
		read_head(client);
	if (client->want && client->got >= client->want)
		finish(load, client);
}

static void add_request(struct load *load, const char *path)
{
	struct request *request = &load->requests[load->request_count++];
	request->bytes = malloc(strlen(path) + strlen(load->host) + strlen(load->headers) + 64);
	if (!request->bytes)
		die("malloc");
	request->len = (size_t)sprintf(request->bytes, "GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", path, load->host, load->headers);
}

static void add_header(struct load *load, const char *line)
{
	size_t used = strlen(load->headers);
	snprintf(load->headers + used, sizeof(load->headers) - used, "%s\r\n", line);
}

static void parse(struct load *load, int argc, char **argv)
{
	int option;
	while ((option = getopt(argc, argv, "c:s:n:H:h:")) != -1) {
		switch (option) {
		case 'c': load->connections = (unsigned)atoi(optarg); break;
		case 's': load->seconds = atof(optarg); break;
		case 'n': load->limit = strtoull(optarg, NULL, 10); break;
		case 'H': add_header(load, optarg); break;
		case 'h': load->host = optarg; break;
		default: exit(2);
		}
	}
	if (argc - optind < 2 || argc - optind > PATHS_MAX || !load->connections) {
		fprintf(stderr, "usage: load [-c CONNECTIONS] [-s SECONDS] [-n REQUESTS] [-H HEADER]... [-h HOST] PORT PATH...\n");
		exit(2);
	}
	load->port = (uint16_t)atoi(argv[optind]);
	load->requests = calloc((size_t)(argc - optind), sizeof(*load->requests));
	for (int i = optind + 1; i < argc; i++)
		add_request(load, argv[i]);
}

static bool alive(const struct client *clients, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (clients[i].fd >= 0)
			return true;
	return false;
}

static void run(struct load *load)
{
	struct client *clients = calloc(load->connections, sizeof(*clients));
	struct epoll_event events[256];
	load->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (!clients || load->epoll < 0)
		die("load");
	for (unsigned i = 0; i < load->connections; i++)
		open_client(load, &clients[i]);
	load->end_ns = now_ns() + (int64_t)(load->seconds * 1e9);
	for (unsigned i = 0; i < load->connections; i++)
		begin(load, &clients[i]);
	while (alive(clients, load->connections)) {
		int n = epoll_wait(load->epoll, events, 256, 1000);
		for (int i = 0; i < n; i++) {
			struct client *client = events[i].data.ptr;
			if (events[i].events & EPOLLOUT) {
				watch(load, client, EPOLLIN, EPOLL_CTL_MOD);
				push(load, client);
			} else {
				pull(load, client);
			}
		}
		if (n == 0 && now_ns() > load->end_ns + 10000000000)
			break;
	}
}

int main(int argc, char **argv)
{
	static struct load load = {.host = "localhost", .connections = 32, .seconds = 5};
	parse(&load, argc, argv);
	int64_t from = now_ns();
	run(&load);
	double took = (double)(now_ns() - from) / 1e9;
	printf("{\"requests\":%llu,\"errors\":%llu,\"not_2xx\":%llu,\"seconds\":%.3f,\"per_second\":%.0f,\"bytes_per_second\":%.0f,"
	       "\"p50_ms\":%.3f,\"p90_ms\":%.3f,\"p99_ms\":%.3f,\"p999_ms\":%.3f}\n",
		(unsigned long long)load.done, (unsigned long long)load.errors, (unsigned long long)load.not_2xx, took, (double)load.done / took,
		(double)load.bytes / took, percentile(&load, 0.5), percentile(&load, 0.9), percentile(&load, 0.99), percentile(&load, 0.999));
	return load.errors ? 1 : 0;
}
