/* arena: memory that lives as long as one piece of work (a request, a job, a command).
 *
 * Nothing taken from an arena is freed by hand; arena_destroy() frees it all and runs the deferred
 * clean-ups in reverse order. An arena belongs to one thread at a time. Allocation never returns
 * NULL: a process that is out of memory aborts with a message, since no caller could do better.
 */
#ifndef QILIAN_CORE_ARENA_H
#define QILIAN_CORE_ARENA_H

#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "core/attributes.h"

struct arena;

struct arena *arena_create(void) RETURNS_NONNULL;
/* Accepts NULL. */
void arena_destroy(struct arena *OR_NULL arena);

/* Zeroed, aligned for any type. */
void *arena_alloc(struct arena *arena, size_t size) NONNULL RETURNS_NONNULL;
/* count × size zeroed bytes; aborts on overflow. */
void *arena_array(struct arena *arena, size_t count, size_t size) NONNULL RETURNS_NONNULL;
#define ARENA_NEW(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_array((arena), (count), sizeof(type)))

/* With a NUL behind it. */
char *arena_memdup(struct arena *arena, const void *bytes, size_t size) NONNULL RETURNS_NONNULL;
/* A NUL-terminated copy. NULL stays NULL; it stands here so that compilers see that nothing else does. */
static inline char *arena_strdup(struct arena *arena, const char *text)
{
	return text ? arena_memdup(arena, text, strlen(text)) : NULL;
}
char *arena_printf(struct arena *arena, const char *format, ...) NONNULL_AT(1, 2) __attribute__((format(printf, 2, 3)))
	RETURNS_NONNULL;
char *arena_vprintf(struct arena *arena, const char *format, va_list args) NONNULL RETURNS_NONNULL;

/* Runs fn(arg) when the arena goes; for objects of libraries that have their own memory. */
void arena_defer(struct arena *arena, void (*fn)(void *), void *OR_NULL arg) NONNULL_AT(1, 2);

/* Bytes handed out so far: a limit for the caller to check. */
size_t arena_used(const struct arena *arena) NONNULL;

#endif
