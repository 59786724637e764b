/* event: what tells open pages that there is something new (server-sent events).
 *
 * One topic per platform: whoever is signed in there reads again what the page shows, and sees what its role lets it
 * see. Nothing of the change travels in the event, so nothing can leak through it. A connection lasts no longer
 * than the session or key that it was opened with.
 */
#ifndef QILIAN_TENANTS_DESK_EVENT_H
#define QILIAN_TENANTS_DESK_EVENT_H

#include <stdint.h>

#include "core/attributes.h"

struct db;
struct http_server;

enum { EVENT_TOPIC = 32 };

/* "platform/12" */
void event_topic(uint32_t platform_id, char out[EVENT_TOPIC]);

/* Cuts what sessions and keys have open that let nobody in any more: signed out, ended, run out, revoked. Called when
 * some ended (CHANGE_SESSIONS), on whatever server. */
void event_cut_ended(struct db *db, struct http_server *server);

#endif
