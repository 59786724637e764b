/* A load generator: keep-alive connections on one epoll thread, one request under way on each.
 *
 *     load [-c CONNECTIONS] [-s SECONDS] [-n REQUESTS] [-r RATE] [-l LOG] [-H "Name: value"]… [-h HOST] PORT PATH…
 *     load … -f FILE PORT
 *
 * Paths are asked in turn. FILE holds whole requests instead, each after a line with its length in bytes.
 *
 * Without a rate each connection asks as fast as it is answered. With one, requests fall due at even distances, whoever
 * is still unanswered, and their latency counts from that moment: a server that stalls cannot hide what waited
 * meanwhile.
 *
 * LOG gets a line for each answer: which request (from 0), when it was due and when answered (µs since 1970), status.
 * Prints one JSON object: requests, errors, answers that were not 2xx, requests a second, bytes a second, and the
 * latency in milliseconds at 50, 90, 99 and 99.9 %. Answers need a Content-Length, or a status that has none. */
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

enum { REQUESTS_MAX = 1 << 20, SLOTS = 8192, READ_MAX = 256 * 1024 };

struct request {
	char *bytes;
	size_t len;
};

struct client {
	int fd;
	size_t sent, got, want; /* want: bytes of the whole answer, 0 until its head is read */
	int status;
	const struct request *request; /* NULL while idle */
	int64_t begun_ns;
	char head[8192]; /* the beginning of the answer */
};

struct load {
	const char *host;
	uint16_t port;
	unsigned connections;
	double seconds;
	uint64_t limit;
	double rate; /* requests a second, 0: as fast as it goes */
	FILE *log;
	char headers[4096];
	struct request *requests;
	size_t request_count, next;
	int epoll;
	int64_t from_ns, end_ns;
	int64_t epoch_ns; /* of CLOCK_MONOTONIC, since 1970 */
	struct client **idle; /* with a rate: those that wait for a request to fall due */
	unsigned idle_count;
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
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons(load->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
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
		ssize_t n = send(client->fd, client->request->bytes + client->sent, client->request->len - client->sent,
			MSG_NOSIGNAL);
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

static void start(struct load *load, struct client *client, int64_t due_ns)
{
	load->begun++;
	client->request = &load->requests[load->next++ % load->request_count];
	client->sent = client->got = client->want = 0;
	client->begun_ns = due_ns;
	push(load, client);
}

static bool is_over(const struct load *load)
{
	return (load->limit && load->begun >= load->limit) || (!load->rate && now_ns() >= load->end_ns);
}

static void retire(struct client *client)
{
	close(client->fd);
	client->fd = -1;
}

static int64_t due_ns(const struct load *load)
{
	return load->from_ns + (int64_t)((double)load->begun * 1e9 / load->rate);
}

/* What has fallen due goes to those that are idle. */
static void dispatch(struct load *load)
{
	while (load->idle_count && !is_over(load) && due_ns(load) <= now_ns())
		start(load, load->idle[--load->idle_count], due_ns(load));
	while (load->idle_count && is_over(load))
		retire(load->idle[--load->idle_count]);
}

/* The next request for a connection that has none under way. */
static void begin(struct load *load, struct client *client)
{
	client->request = NULL;
	if (load->rate)
		load->idle[load->idle_count++] = client;
	else if (is_over(load))
		retire(client);
	else
		start(load, client, now_ns());
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
	int64_t now = now_ns();
	load->slots[slot_of(now - client->begun_ns)]++;
	if (load->log)
		fprintf(load->log, "%td %lld %lld %d\n", client->request - load->requests,
			(long long)(client->begun_ns + load->epoch_ns) / 1000, (long long)(now + load->epoch_ns) / 1000,
			client->status);
	begin(load, client);
}

static void pull(struct load *load, struct client *client)
{
	ssize_t n = recv(client->fd, load->room, sizeof(load->room), 0);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0 && !client->request) { /* the server closes what has been idle */
		close(client->fd);
		open_client(load, client);
		return;
	}
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
	request->len = (size_t)sprintf(
		request->bytes, "GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", path, load->host, load->headers);
}

static void add_header(struct load *load, const char *line)
{
	size_t used = strlen(load->headers);
	snprintf(load->headers + used, sizeof(load->headers) - used, "%s\r\n", line);
}

static void read_requests(struct load *load, const char *path)
{
	FILE *file = fopen(path, "rb");
	size_t len;
	if (!file)
		die(path);
	while (load->request_count < REQUESTS_MAX && fscanf(file, "%zu%*1[\n]", &len) == 1) {
		struct request *request = &load->requests[load->request_count++];
		request->len = len;
		request->bytes = malloc(len);
		if (!request->bytes || fread(request->bytes, 1, len, file) != len)
			die(path);
	}
	fclose(file);
}

static void usage(void)
{
	fprintf(stderr,
		"usage: load [-c CONNECTIONS] [-s SECONDS] [-n REQUESTS] [-r RATE] [-l LOG] [-H HEADER]... [-h HOST] "
		"(PORT PATH... | -f FILE PORT)\n");
	exit(2);
}

static void parse(struct load *load, int argc, char **argv)
{
	int option;
	load->requests = calloc(REQUESTS_MAX, sizeof(*load->requests));
	if (!load->requests)
		die("load");
	while ((option = getopt(argc, argv, "c:s:n:r:l:f:H:h:")) != -1) {
		switch (option) {
		case 'c': load->connections = (unsigned)atoi(optarg); break;
		case 's': load->seconds = atof(optarg); break;
		case 'n': load->limit = strtoull(optarg, NULL, 10); break;
		case 'r': load->rate = atof(optarg); break;
		case 'l': load->log = fopen(optarg, "w"); break;
		case 'f': read_requests(load, optarg); break;
		case 'H': add_header(load, optarg); break;
		case 'h': load->host = optarg; break;
		default: usage();
		}
	}
	if (optind >= argc || !load->connections)
		usage();
	load->port = (uint16_t)atoi(argv[optind]);
	for (int i = optind + 1; i < argc && load->request_count < REQUESTS_MAX; i++)
		add_request(load, argv[i]);
	if (!load->request_count)
		usage();
	if (load->rate && !load->limit)
		load->limit = (uint64_t)(load->rate * load->seconds);
}

static bool alive(const struct client *clients, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (clients[i].fd >= 0)
			return true;
	return false;
}

/* Until something comes in, or the next request falls due. */
static int wait(const struct load *load, struct epoll_event *events, int max)
{
	int64_t ns = 1000000000;
	if (load->rate && load->idle_count) {
		int64_t left = due_ns(load) - now_ns();
		ns = left < 0 ? 0 : left < ns ? left : ns;
	}
	return epoll_pwait2(load->epoll, events, max, &(struct timespec){ns / 1000000000, ns % 1000000000}, NULL);
}

static void run(struct load *load)
{
	struct client *clients = calloc(load->connections, sizeof(*clients));
	struct epoll_event events[256];
	load->epoll = epoll_create1(EPOLL_CLOEXEC);
	load->idle = calloc(load->connections, sizeof(struct client *));
	if (!clients || !load->idle || load->epoll < 0)
		die("load");
	for (unsigned i = 0; i < load->connections; i++)
		open_client(load, &clients[i]);
	load->from_ns = now_ns();
	load->end_ns = load->from_ns + (int64_t)(load->seconds * 1e9);
	for (unsigned i = 0; i < load->connections; i++)
		begin(load, &clients[i]);
	for (dispatch(load); alive(clients, load->connections); dispatch(load)) {
		int n = wait(load, events, 256);
		for (int i = 0; i < n; i++) {
			struct client *client = events[i].data.ptr;
			if (events[i].events & EPOLLOUT) {
				watch(load, client, EPOLLIN, EPOLL_CTL_MOD);
				push(load, client);
			} else {
				pull(load, client);
			}
		}
		if (n <= 0 && now_ns() > load->end_ns + 10000000000)
			break;
	}
}

int main(int argc, char **argv)
{
	static struct load load = {.host = "localhost", .connections = 32, .seconds = 5};
	struct timespec wall;
	parse(&load, argc, argv);
	clock_gettime(CLOCK_REALTIME, &wall);
	load.epoch_ns = (int64_t)wall.tv_sec * 1000000000 + wall.tv_nsec - now_ns();
	int64_t from = now_ns();
	run(&load);
	double took = (double)(now_ns() - from) / 1e9;
	if (load.log)
		fclose(load.log);
	printf("{\"requests\":%llu,\"errors\":%llu,\"not_2xx\":%llu,\"seconds\":%.3f,\"per_second\":%.0f,\"bytes_per_"
	       "second\":%.0f,"
	       "\"p50_ms\":%.3f,\"p90_ms\":%.3f,\"p99_ms\":%.3f,\"p999_ms\":%.3f}\n",
		(unsigned long long)load.done, (unsigned long long)load.errors, (unsigned long long)load.not_2xx, took,
		(double)load.done / took, (double)load.bytes / took, percentile(&load, 0.5), percentile(&load, 0.9),
		percentile(&load, 0.99), percentile(&load, 0.999));
	return load.errors ? 1 : 0;
}
