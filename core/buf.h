/* buf: a growing run of bytes on the heap, always NUL-terminated behind its end.
 * init/finish for an embedded one; buf_in() ties one to an arena, which then frees it. */
#ifndef QILIAN_CORE_BUF_H
#define QILIAN_CORE_BUF_H

#include <stdarg.h>
#include <stddef.h>

#include "core/attributes.h"

struct arena;

struct buf {
	char *data; /* never NULL after init */
	size_t len;
	size_t cap;
};

void buf_init(struct buf *buf) NONNULL;
void buf_finish(struct buf *buf) NONNULL;
struct buf *buf_in(struct arena *arena) NONNULL RETURNS_NONNULL;
void buf_reset(struct buf *buf) NONNULL;

void buf_add(struct buf *buf, const void *OR_NULL bytes, size_t size) NONNULL_AT(1);
void buf_text(struct buf *buf, const char *text) NONNULL;
void buf_char(struct buf *buf, char c) NONNULL;
void buf_printf(struct buf *buf, const char *format, ...) NONNULL_AT(1, 2) __attribute__((format(printf, 2, 3)));

/* Takes the bytes out (malloc'd, NUL-terminated) and leaves the buffer empty. */
char *buf_steal(struct buf *buf) NONNULL RETURNS_NONNULL;

#endif
