/* heads: notices which platforms' logs have moved, by whichever server over this database, within 200 ms.
 * What is cached for a platform is void then. One thread with a connection of its own. */
#ifndef QILIAN_TOOLS_HEADS_H
#define QILIAN_TOOLS_HEADS_H

#include <stdint.h>

#include "core/attributes.h"
#include "core/db.h"

struct heads;
/* moved runs on the thread of heads; it must not block. */
struct heads *heads_create(const struct db_settings *settings, void (*moved)(uint32_t platform_id, void *arg),
			   void *arg) RETURNS_NONNULL;
/* Accepts NULL. */
void heads_destroy(struct heads *heads);

#endif
