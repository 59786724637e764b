#include "core/http/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};

bool address_is_ipv4(const struct address *address)
{
	return memcmp(address->b, mapped, sizeof(mapped)) == 0;
}

bool address_parse(const char *text, size_t len, struct address *out)
{
	char copy[ADDRESS_TEXT];
	if (len == 0 || len >= sizeof(copy))
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	memcpy(out->b, mapped, sizeof(mapped));
	return inet_pton(AF_INET, copy, out->b + 12) == 1 || inet_pton(AF_INET6, copy, out->b) == 1;
}

bool address_of_socket(const struct sockaddr *socket, struct address *out)
{
	if (socket->sa_family == AF_INET) {
		memcpy(out->b, mapped, sizeof(mapped));
		memcpy(out->b + 12, &((const struct sockaddr_in *)socket)->sin_addr, 4);
		return true;
	}
	if (socket->sa_family == AF_INET6) {
		memcpy(out->b, &((const struct sockaddr_in6 *)socket)->sin6_addr, 16);
		return true;
	}
	return false;
}

void address_format(const struct address *address, char out[ADDRESS_TEXT])
{
	out[0] = '\0';
	if (address_is_ipv4(address))
		inet_ntop(AF_INET, address->b + 12, out, ADDRESS_TEXT);
	else
		inet_ntop(AF_INET6, address->b, out, ADDRESS_TEXT);
}

bool address_net_parse(const char *text, struct address_net *out)
{
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	if (!address_parse(text, len, &out->base))
		return false;
	unsigned width = memchr(text, ':', len) ? 128 : 32;
	out->bits = width;
	if (slash) {
		char *end;
		unsigned long bits = strtoul(slash + 1, &end, 10);
		if (slash[1] < '0' || slash[1] > '9' || *end || bits > width)
			return false;
		out->bits = (unsigned)bits;
	}
	out->bits += 128 - width;
	return true;
}

bool address_net_holds(const struct address_net *net, const struct address *address)
{
	unsigned bytes = net->bits / 8, rest = net->bits % 8;
	if (memcmp(net->base.b, address->b, bytes) != 0)
		return false;
	return rest == 0 || ((net->base.b[bytes] ^ address->b[bytes]) >> (8 - rest)) == 0;
}

static bool port_parse(const char *text, uint16_t *out)
{
	char *end;
	unsigned long port = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || port > 65535)
		return false;
	*out = htons((uint16_t)port);
	return true;
}

bool address_listen_parse(const char *text, struct sockaddr_storage *out, socklen_t *len)
{
	const char *colon = strrchr(text, ':');
	struct address address;
	uint16_t port;
	memset(out, 0, sizeof(*out));
	if (!colon || !port_parse(colon + 1, &port))
		return false;
	const char *host = text;
	size_t host_len = (size_t)(colon - text);
	if (host_len == 1 && *host == '*') {
		host = "::";
		host_len = 2;
	} else if (host_len > 2 && host[0] == '[' && host[host_len - 1] == ']') {
		host++;
		host_len -= 2;
	}
	if (!address_parse(host, host_len, &address))
		return false;
	if (address_is_ipv4(&address)) {
		struct sockaddr_in *in = (struct sockaddr_in *)out;
		in->sin_family = AF_INET;
		in->sin_port = port;
		memcpy(&in->sin_addr, address.b + 12, 4);
		*len = sizeof(*in);
	} else {
		struct sockaddr_in6 *in = (struct sockaddr_in6 *)out;
		in->sin6_family = AF_INET6;
		in->sin6_port = port;
		memcpy(&in->sin6_addr, address.b, 16);
		*len = sizeof(*in);
	}
	return true;
}
