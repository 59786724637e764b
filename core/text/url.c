#include "core/text/url.h"

#include <string.h>
#include <strings.h>

#include "core/buf.h"
#include "core/text/text.h"

const char *url_read(struct arena *arena, const char *text)
{
	const char *line = text_line(arena, text), *scheme = NULL;
	if (strncasecmp(line, "https://", 8) == 0)
		scheme = "https://";
	else if (strncasecmp(line, "http://", 7) == 0)
		scheme = "http://";
	if (!scheme)
		return NULL;
	const char *host = line + strlen(scheme);
	size_t host_len = strcspn(host, "/?#");
	if (!host_len || memchr(host, '@', host_len) || strpbrk(host, " \t\r\n") || strstr(host, "\u3000"))
		return NULL;
	struct buf *out = buf_in(arena);
	buf_text(out, scheme);
	for (const char *at = host; *at; at++) {
		bool escaped = strchr("\"<>\\^`{|}", *at);
		if (escaped && (size_t)(at - host) < host_len)
			return NULL;
		if (escaped)
			buf_printf(out, "%%%02X", (unsigned char)*at);
		else
			buf_char(out, *at);
	}
	return out->data;
}
