#include "core/text/html.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char *entity(char c)
{
	switch (c) {
	case '&': return "&amp;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	case '"': return "&quot;";
	case '\'': return "&#39;";
	default: return NULL;
	}
}

void html_text(struct buf *out, const char *text)
{
	for (const char *from = text; from && *from;) {
		size_t plain = strcspn(from, "&<>\"'");
		buf_add(out, from, plain);
		from += plain;
		if (*from)
			buf_text(out, entity(*from++));
	}
}

void html_put(struct buf *out, const char *markup, ...)
{
	va_list values;
	va_start(values, markup);
	for (const char *from = markup; *from;) {
		size_t plain = strcspn(from, "%");
		buf_add(out, from, plain);
		from += plain;
		if (!*from)
			break;
		if (from[1] == 's')
			html_text(out, va_arg(values, const char *));
		else if (from[1] == '%')
			buf_char(out, '%');
		else
			abort();
		from += 2;
	}
	va_end(values);
}

void html_json(struct buf *out, const char *json)
{
	for (const char *from = json; *from;) {
		size_t plain = strcspn(from, "<>&");
		buf_add(out, from, plain);
		from += plain;
		if (*from)
			buf_printf(out, "\\u%04x", (unsigned)(unsigned char)*from++);
	}
}

bool html_leads(const char *address)
{
	return address && (strncmp(address, "https://", 8) == 0 || strncmp(address, "http://", 7) == 0 ||
				  (address[0] == '/' && address[1] != '/' && address[1] != '\\'));
}
