/* peer: a server on a free port of 127.0.0.1 that takes one connection on a thread of its own, for tests of clients. */
#ifndef QILIAN_TESTS_UNIT_PEER_H
#define QILIAN_TESTS_UNIT_PEER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct peer {
	int listener;
	unsigned port;
	pthread_t thread;
	void (*serve)(struct peer *peer, FILE *stream);
	const char *script; /* for serve() */
	char received[65536];
	size_t received_len;
};

static void *peer_run(void *arg)
{
	struct peer *peer = arg;
	int fd = accept(peer->listener, NULL, NULL);
	FILE *stream = fdopen(fd, "r+");
	setvbuf(stream, NULL, _IOLBF, 0);
	peer->serve(peer, stream);
	fclose(stream);
	return NULL;
}

static inline void peer_start(struct peer *peer, void (*serve)(struct peer *, FILE *), const char *script)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	memset(peer, 0, sizeof(*peer));
	peer->serve = serve;
	peer->script = script;
	peer->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bind(peer->listener, (struct sockaddr *)&address, len);
	listen(peer->listener, 4);
	getsockname(peer->listener, (struct sockaddr *)&address, &len);
	peer->port = ntohs(address.sin_port);
	pthread_create(&peer->thread, NULL, peer_run, peer);
}

static inline void peer_stop(struct peer *peer)
{
	pthread_join(peer->thread, NULL);
	close(peer->listener);
}

static inline void peer_keep(struct peer *peer, const char *bytes, size_t size)
{
	if (peer->received_len + size < sizeof(peer->received)) {
		memcpy(peer->received + peer->received_len, bytes, size);
		peer->received_len += size;
	}
}

#endif
