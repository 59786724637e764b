/* password_known: the passwords that every attacker tries first. */
#ifndef QILIAN_TENANTS_ACCOUNT_PASSWORD_KNOWN_H
#define QILIAN_TENANTS_ACCOUNT_PASSWORD_KNOWN_H

#include <stdbool.h>
#include <stddef.h>

#include "core/attributes.h"

/* `lower`: in lower case. */
bool password_known_has(const char *lower);

/* For the test that proves the list sorted. */
size_t password_known_count(void);
const char *password_known_at(size_t i) RETURNS_NONNULL;

#endif
