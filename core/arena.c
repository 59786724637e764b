#include "core/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 16 * 1024 };

struct block {
	struct block *next;
	size_t size;
	size_t used;
	alignas(max_align_t) unsigned char bytes[];
};

struct deferred {
	struct deferred *next;
	void (*fn)(void *);
	void *arg;
};

struct arena {
	struct block *blocks;
	struct deferred *deferred;
	size_t used;
};

static void *must(void *p)
{
	if (!p) {
		fputs("qilian: out of memory\n", stderr);
		abort();
	}
	return p;
}

static struct block *block_create(size_t size)
{
	struct block *block = must(malloc(sizeof(*block) + size));
	block->next = NULL;
	block->size = size;
	block->used = 0;
	return block;
}

struct arena *arena_create(void)
{
	return must(calloc(1, sizeof(struct arena)));
}

void arena_destroy(struct arena *arena)
{
	if (!arena)
		return;
	for (struct deferred *d = arena->deferred; d; d = d->next)
		d->fn(d->arg);
	for (struct block *b = arena->blocks, *next; b; b = next) {
		next = b->next;
		free(b);
	}
	free(arena);
}

void *arena_alloc(struct arena *arena, size_t size)
{
	const size_t align = alignof(max_align_t);
	if (size > SIZE_MAX - align - sizeof(struct block))
		must(NULL);
	size_t rounded = (size + align - 1) / align * align;
	if (rounded == 0)
		rounded = align;
	struct block *block = arena->blocks;
	if (!block || block->size - block->used < rounded) {
		block = block_create(rounded > BLOCK_SIZE / 4 ? rounded : BLOCK_SIZE);
		if (rounded > BLOCK_SIZE / 4 && arena->blocks) {
			/* A large piece gets a block of its own behind the current one, whose rest stays usable. */
			block->next = arena->blocks->next;
			arena->blocks->next = block;
		} else {
			block->next = arena->blocks;
			arena->blocks = block;
		}
	}
	void *p = block->bytes + block->used;
	block->used += rounded;
	arena->used += rounded;
	return memset(p, 0, rounded);
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	if (size && count > SIZE_MAX / size)
		must(NULL);
	return arena_alloc(arena, count * size);
}

char *arena_memdup(struct arena *arena, const void *bytes, size_t size)
{
	char *copy = arena_alloc(arena, size + 1);
	if (size)
		memcpy(copy, bytes, size);
	return copy;
}

char *arena_vprintf(struct arena *arena, const char *format, va_list args)
{
	char brief[256]; /* most texts are, and are formatted once */
	va_list again;
	va_copy(again, args);
	int n = vsnprintf(brief, sizeof(brief), format, args);
	if (n < 0)
		must(NULL);
	char *text = arena_alloc(arena, (size_t)n + 1);
	if ((size_t)n < sizeof(brief))
		memcpy(text, brief, (size_t)n);
	else
		vsnprintf(text, (size_t)n + 1, format, again);
	va_end(again);
	return text;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	char *text = arena_vprintf(arena, format, args);
	va_end(args);
	return text;
}

void arena_defer(struct arena *arena, void (*fn)(void *), void *arg)
{
	struct deferred *d = ARENA_NEW(arena, struct deferred);
	d->fn = fn;
	d->arg = arg;
	d->next = arena->deferred;
	arena->deferred = d;
}

size_t arena_used(const struct arena *arena)
{
	return arena->used;
}
