#include "core/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"

static void reserve(struct buf *buf, size_t more)
{
	if (more > SIZE_MAX / 2 - buf->len) {
		fputs("qilian: buffer too large\n", stderr);
		abort();
	}
	size_t need = buf->len + more + 1;
	if (need <= buf->cap)
		return;
	size_t cap = buf->cap ? buf->cap : 64;
	while (cap < need)
		cap *= 2;
	char *data = realloc(buf->data, cap);
	if (!data) {
		fputs("qilian: out of memory\n", stderr);
		abort();
	}
	buf->data = data;
	buf->cap = cap;
}

void buf_init(struct buf *buf)
{
	*buf = (struct buf){0};
	reserve(buf, 0);
	buf->data[0] = '\0';
}

void buf_finish(struct buf *buf)
{
	free(buf->data);
	*buf = (struct buf){0};
}

static void finish_deferred(void *arg)
{
	buf_finish(arg);
}

struct buf *buf_in(struct arena *arena)
{
	struct buf *buf = ARENA_NEW(arena, struct buf);
	buf_init(buf);
	arena_defer(arena, finish_deferred, buf);
	return buf;
}

void buf_reset(struct buf *buf)
{
	buf->len = 0;
	buf->data[0] = '\0';
}

void buf_add(struct buf *buf, const void *bytes, size_t size)
{
	reserve(buf, size);
	if (size)
		memcpy(buf->data + buf->len, bytes, size);
	buf->len += size;
	buf->data[buf->len] = '\0';
}

void buf_text(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void buf_char(struct buf *buf, char c)
{
	buf_add(buf, &c, 1);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	va_list again;
	va_copy(again, args);
	int n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n > 0) {
		reserve(buf, (size_t)n);
		vsnprintf(buf->data + buf->len, (size_t)n + 1, format, again);
		buf->len += (size_t)n;
	}
	va_end(again);
}

char *buf_steal(struct buf *buf)
{
	char *data = buf->data;
	buf_init(buf);
	return data;
}
