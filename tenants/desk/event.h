/* event: what tells open pages that there is something new (server-sent events).
 *
 * One topic per platform: whoever is signed in there reads again what the page shows, and sees what its role lets it
 * see. Nothing of the change travels in the event, so nothing can leak through it.
 */
#ifndef QILIAN_TENANTS_DESK_EVENT_H
#define QILIAN_TENANTS_DESK_EVENT_H

#include <stdint.h>

enum { EVENT_TOPIC = 32 };

/* "platform/12" */
void event_topic(uint32_t platform_id, char out[EVENT_TOPIC]);

#endif
