/* url: the address of a web page, as people paste it into a form. */
#ifndef QILIAN_CORE_TEXT_URL_H
#define QILIAN_CORE_TEXT_URL_H

#include "core/arena.h"
#include "core/attributes.h"

/* http or https; what a browser's address line shows as it is (| { } ^ ` \ " < >) escaped, nothing unseen, trimmed.
 * NULL if it is none: another scheme, no host, a space inside, a name and password before the host. In the arena. */
const char *OR_NULL url_read(struct arena *arena, const char *text) NONNULL;

#endif
