/* crypto_must: ends the process when a cryptographic library fails for a reason other than its input. Inside
 * core/crypto*.c only. */
#ifndef QILIAN_CORE_CRYPTO_CRYPTO_MUST_H
#define QILIAN_CORE_CRYPTO_CRYPTO_MUST_H

#include <stdbool.h>

#include "core/attributes.h"

void crypto_fail(const char *what) NONNULL __attribute__((noreturn));

/* Here, so that compilers see that what follows holds. */
static inline void crypto_must(bool ok, const char *what)
{
	if (!ok)
		crypto_fail(what);
}

#endif
