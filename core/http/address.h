/* address: where a client comes from, and which proxies are believed when they say it. */
#ifndef QILIAN_CORE_HTTP_ADDRESS_H
#define QILIAN_CORE_HTTP_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "core/attributes.h"

/* IPv6; an IPv4 address is mapped (::ffff:192.0.2.1), so that both kinds compare. */
struct address {
	unsigned char b[16];
};

enum { ADDRESS_TEXT = 46 };

/* Text without port, or a socket's; false for anything else. */
bool address_parse(const char *text, size_t len, struct address *out) NONNULL;
bool address_of_socket(const struct sockaddr *socket, struct address *out) NONNULL;
bool address_is_ipv4(const struct address *address) NONNULL;
/* IPv4 in its own spelling. */
void address_format(const struct address *address, char out[ADDRESS_TEXT]) NONNULL;

struct address_net {
	struct address base;
	unsigned bits;
};

/* "10.0.0.0/8", "::1" */
bool address_net_parse(const char *text, struct address_net *out) NONNULL;
bool address_net_holds(const struct address_net *net, const struct address *address) NONNULL;

/* "127.0.0.1:8080", "[::1]:8080", "*:8080" into something to bind to. */
bool address_listen_parse(const char *text, struct sockaddr_storage *out, socklen_t *len) NONNULL;

#endif
