/* The limit that cached answers are compared with: a bare libevent evhttp program that returns the same bytes.
 *
 *     evhttp_limit THREADS BODY_FILE [CONTENT_TYPE]     prints its port, serves until it is killed
 *
 * Each thread has a base and an evhttp of its own on a port shared by SO_REUSEPORT. */
#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct body {
	char *bytes;
	size_t len;
	const char *type;
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int listen_on(uint16_t *port)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons(*port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) != 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 || listen(fd, 1024) != 0)
		die("listen");
	getsockname(fd, (struct sockaddr *)&address, &len);
	*port = ntohs(address.sin_port);
	return fd;
}

static void on_request(struct evhttp_request *request, void *arg)
{
	const struct body *body = arg;
	struct evbuffer *out = evhttp_request_get_output_buffer(request);
	evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type", body->type);
	evbuffer_add_reference(out, body->bytes, body->len, NULL, NULL);
	evhttp_send_reply(request, 200, "OK", NULL);
}

struct server {
	pthread_t thread;
	int fd;
	struct body *body;
};

static void *serve(void *arg)
{
	struct server *server = arg;
	struct event_base *base = event_base_new();
	struct evhttp *http = evhttp_new(base);
	if (evhttp_accept_socket(http, server->fd) != 0)
		die("evhttp_accept_socket");
	evhttp_set_gencb(http, on_request, server->body);
	event_base_dispatch(base);
	return NULL;
}

static void read_body(struct body *body, const char *path)
{
	FILE *file = fopen(path, "rb");
	if (!file)
		die(path);
	body->bytes = malloc(1 << 24);
	body->len = body->bytes ? fread(body->bytes, 1, 1 << 24, file) : 0;
	fclose(file);
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: evhttp_limit THREADS BODY_FILE [CONTENT_TYPE]\n");
		return 2;
	}
	unsigned threads = (unsigned)atoi(argv[1]);
	struct body body = {.type = argc > 3 ? argv[3] : "application/json; charset=utf-8"};
	struct server servers[64];
	uint16_t port = 0;
	read_body(&body, argv[2]);
	signal(SIGPIPE, SIG_IGN);
	if (threads < 1 || threads > 64)
		threads = 1;
	for (unsigned i = 0; i < threads; i++)
		servers[i] = (struct server){.fd = listen_on(&port), .body = &body};
	for (unsigned i = 0; i < threads; i++)
		if (pthread_create(&servers[i].thread, NULL, serve, &servers[i]) != 0)
			die("pthread_create");
	printf("%u\n", port);
	fflush(stdout);
	pthread_join(servers[0].thread, NULL);
	return 0;
}
