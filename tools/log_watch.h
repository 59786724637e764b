/* log_watch: notices which platforms' logs have moved, by whichever server over this database, within 200 ms.
 * What is cached for a platform is void then. One thread with a connection of its own. */
#ifndef QILIAN_TOOLS_LOG_WATCH_H
#define QILIAN_TOOLS_LOG_WATCH_H

#include <stdint.h>

#include "core/attributes.h"
#include "core/db/db.h"

struct log_watch;
/* moved runs on the its thread; it must not block. */
struct log_watch *log_watch_create(const struct db_settings *settings, void (*moved)(uint32_t platform_id, void *arg),
			   void *arg) RETURNS_NONNULL;
/* Accepts NULL. */
void log_watch_destroy(struct log_watch *watch);

#endif
