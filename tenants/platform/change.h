/* change: what other servers over the same database changed, learned within 250 ms.
 *
 * topic    a row of table change_head: "platforms", "grants", "regions", "calendar", "sessions". Who changes what
 *          servers cache bumps its topic in the same transaction; the follower reads all topics in one statement every
 *          200 ms
 *
 * A cache keeps the number it was filled at and fills itself anew when change_seq() differs.
 */
#ifndef QILIAN_TENANTS_PLATFORM_CHANGE_H
#define QILIAN_TENANTS_PLATFORM_CHANGE_H

#include <stdint.h>

#include "core/attributes.h"
#include "core/db/db.h"

enum change_topic { CHANGE_PLATFORMS, CHANGE_GRANTS, CHANGE_REGIONS, CHANGE_CALENDAR, CHANGE_SESSIONS };
enum { CHANGE_TOPICS = CHANGE_SESSIONS + 1 };

/* Inside the transaction that changes something. */
struct problem *change_bump(struct db *db, enum change_topic topic) MUST_CHECK;

struct change_follower;
/* Starts a thread with a connection of its own; reads once before it returns, if the database is there. */
struct change_follower *change_follower_create(const struct db_settings *settings) RETURNS_NONNULL;
/* Accepts NULL. */
void change_follower_destroy(struct change_follower *follower);
/* Reads again without waiting for the next turn: this process changed something itself. */
void change_poll_now(struct change_follower *follower);
/* The number last read; any thread, without waiting. */
uint64_t change_seq(const struct change_follower *follower, enum change_topic topic);
/* Milliseconds since the last successful read: a server that cannot follow must not trust its caches for long. */
int64_t change_age(const struct change_follower *follower);
/* Called on the follower's thread after the number moved; a few listeners for a topic (more abort). It may use the
 * database given, whose arena lives for the call. change_off() takes the same one off, waiting for a call under way. */
void change_on(
	struct change_follower *follower, enum change_topic topic, void (*fn)(struct db *db, void *arg), void *arg);
void change_off(
	struct change_follower *follower, enum change_topic topic, void (*fn)(struct db *db, void *arg), void *arg);

#endif
