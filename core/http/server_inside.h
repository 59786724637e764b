/* What the parts of the server share and nobody else sees. */
#ifndef QILIAN_CORE_HTTP_SERVER_INSIDE_H
#define QILIAN_CORE_HTTP_SERVER_INSIDE_H

#include <netinet/in.h>
#include <stdatomic.h>

#include "core/attributes.h"
#include "core/http/address.h"
#include "core/http/page.h"
#include "core/http/server.h"

struct evconnlistener;
struct loop;
struct metric;
struct tally;
struct worker_pool;

enum { TOPIC_SLOTS = 4096 };

struct http_server {
	struct http_settings settings;
	struct http_hooks hooks;
	const struct router *router;
	const struct http_site *site;
	struct metrics *metrics;
	struct metric *seconds; /* from head to answer, of what workers did */
	struct address_net *proxies;
	size_t proxy_count;
	struct worker_pool *lanes[LANES], *disk; /* lanes[LANE_COMMON]: the workers */
	struct loop **loops;
	struct evconnlistener *listener, *admin_listener; /* on the first loop */
	uint16_t port, admin_port;
	/* For want of file descriptors, of the first loop: */
	bool paused, admin_paused; /* accepting rests until the next tick */
	int fd_limit;              /* connections of the public port are taken below this one: the rest is for the admin
				      port, the database, files */
	int64_t told_ms;           /* when the log said so last */
	unsigned fd_refused;       /* since then */
	bool started;
	_Atomic bool leaving;  /* /readyz says so, each answer is its connection's last */
	_Atomic bool stopping; /* only what is here already is still served */
	_Atomic bool closed;   /* the listeners are gone, and with them the last arrival */
	_Atomic uint32_t connections;
	_Atomic uint64_t accepted, turned_away;
	_Atomic uint32_t uploads;
	_Atomic uint64_t body_bytes; /* held in memory for bodies under way */
	struct tally *addresses; /* connections of each */
	struct tally *sessions;  /* event streams of each */
	struct generations generations;
	_Atomic uint64_t topics[TOPIC_SLOTS]; /* rise with each publication on a topic of the slot */
};

/* On the first loop, some times a second: takes up accepting again after a pause. */
void server_tick(struct http_server *server) NONNULL;
/* On the first loop, once handshakes are over: takes what is in the backlog and closes the listeners. */
void server_close(struct http_server *server) NONNULL;
/* What connections of an address are counted under: itself, or the /64 an IPv6 address lies in, since one client has
 * all of that. */
void server_address_key(const struct address *address, char out[ADDRESS_TEXT]) NONNULL;
/* A connection from there may say on whose behalf it speaks. */
bool server_trusts(const struct http_server *server, const struct address *address) NONNULL;

#endif
