/* turns: a cap on how many threads do something at once; the others wait their turn, but not for ever. */
#ifndef QILIAN_CORE_TURNS_H
#define QILIAN_CORE_TURNS_H

#include <pthread.h>
#include <stdbool.h>

#include "core/attributes.h"

struct turns {
	pthread_mutex_t lock;
	pthread_cond_t given;
	unsigned left;
};

/* at_once: at least 1, 0 counts as 1. */
void turns_init(struct turns *turns, unsigned at_once) NONNULL;
void turns_finish(struct turns *turns) NONNULL;
/* False when no turn came within wait_ms. */
bool turns_take(struct turns *turns, unsigned wait_ms) NONNULL;
void turns_give(struct turns *turns) NONNULL;

#endif
