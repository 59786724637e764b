#include "core/diag.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MESSAGE_MAX = 2048, LINE_MAX_BYTES = 3 * MESSAGE_MAX };

static _Atomic int diag_level = DIAG_INFO;

void diag_set_level(enum diag_level level)
{
	diag_level = level;
}

/* Escapes what JSON needs escaped; UTF-8 passes through. */
static size_t escape(char *out, size_t cap, const char *text)
{
	size_t n = 0;
	for (; *text && n + 7 < cap; text++) {
		unsigned char c = (unsigned char)*text;
		if (c == '"' || c == '\\') {
			out[n++] = '\\';
			out[n++] = (char)c;
		} else if (c < 0x20) {
			n += (size_t)snprintf(out + n, cap - n, "\\u%04x", c);
		} else {
			out[n++] = (char)c;
		}
	}
	out[n] = '\0';
	return n;
}

void diag_write(enum diag_level level, const struct diag_context *context, const char *where, const char *format, ...)
{
	static const char *const names[] = {"debug", "info", "warn", "error"};
	if ((int)level < diag_level)
		return;
	char message[MESSAGE_MAX];
	va_list args;
	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);

	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	struct tm tm;
	gmtime_r(&now.tv_sec, &tm);
	const char *base = strrchr(where, '/');
	char line[LINE_MAX_BYTES];
	int n = snprintf(line, sizeof(line),
		"{\"time\":\"%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ\",\"level\":\"%s\",\"at\":\"%s\"", tm.tm_year + 1900,
		tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, now.tv_nsec / 1000000, names[level],
		base ? base + 1 : where);
	if (context && context->platform_id)
		n += snprintf(line + n, sizeof(line) - (size_t)n, ",\"platform\":%u", context->platform_id);
	if (context && context->request_id)
		n += snprintf(line + n, sizeof(line) - (size_t)n, ",\"request\":\"%.64s\"", context->request_id);
	n += snprintf(line + n, sizeof(line) - (size_t)n, ",\"message\":\"");
	n += (int)escape(line + n, sizeof(line) - (size_t)n - 4, message);
	memcpy(line + n, "\"}\n", 3);
	/* One write per line keeps lines of several threads apart. */
	ssize_t ignored = write(STDERR_FILENO, line, (size_t)n + 3);
	(void)ignored;
}
