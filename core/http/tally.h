/* tally: how many of something each key holds at the moment (connections of an address, streams of a session).
 * Thread-safe. */
#ifndef QILIAN_CORE_HTTP_TALLY_H
#define QILIAN_CORE_HTTP_TALLY_H

#include <stdbool.h>
#include <stddef.h>

#include "core/attributes.h"

struct arena;
struct tally;

struct tally *tally_create(void) RETURNS_NONNULL;
void tally_destroy(struct tally *OR_NULL tally);

/* One more for the key, unless it has max already (0: no limit). */
bool tally_take(struct tally *tally, const char *key, unsigned max) NONNULL;
/* One less; giving back what was not taken aborts. */
void tally_give(struct tally *tally, const char *key) NONNULL;
/* The keys that hold something now, in the arena. */
const char **tally_keys(struct tally *tally, struct arena *arena, size_t *count) NONNULL RETURNS_NONNULL;
/* All that is taken, over all keys. */
size_t tally_total(struct tally *tally) NONNULL;

#endif
