/* email: the address of a mailbox (RFC 5321), one rule for forms, lists, settings and letters: what a form takes is
 * written to. */
#ifndef QILIAN_CORE_TEXT_EMAIL_H
#define QILIAN_CORE_TEXT_EMAIL_H

#include <stdbool.h>

#include "core/arena.h"
#include "core/attributes.h"

enum { EMAIL_MAX = 254, EMAIL_LOCAL_MAX = 64 };

/* ASCII: a dot-string of at most 64 characters, '@', labels of letters, digits and inner hyphens. NULL is none. */
bool email_valid(const char *OR_NULL address);

/* The address in what was pasted: full width, spaces and unseen characters around it, "mailto:", "Name <address>", a
 * full stop or semicolon behind it. Its domain has a dot: a form is filled in by people elsewhere. NULL if there is
 * none. In the arena. */
const char *OR_NULL email_read(struct arena *arena, const char *text) NONNULL;

#endif
