/* uuid: identifiers of records, UUID version 7 (RFC 9562).
 *
 * Unique across servers without asking anybody. They rise roughly with time, which keeps inserts close together in an
 * index; order of events comes from versions and sequence numbers, never from them.
 */
#ifndef QILIAN_CORE_CRYPTO_UUID_H
#define QILIAN_CORE_CRYPTO_UUID_H

#include <stdbool.h>

#include "core/attributes.h"

struct arena;

struct uuid {
	unsigned char b[16];
};

enum { UUID_TEXT = 36 };

struct uuid uuid_v7(void);
extern const struct uuid UUID_NIL;

/* Lower case with hyphens. */
void uuid_format(struct uuid uuid, char out[UUID_TEXT + 1]) NONNULL;
char *uuid_text(struct arena *arena, struct uuid uuid) NONNULL RETURNS_NONNULL;
/* Only what uuid_format() writes; false and *out nil for anything else, NULL included. */
bool uuid_parse(const char *OR_NULL text, struct uuid *out) NONNULL_AT(2);

bool uuid_equal(struct uuid a, struct uuid b);
bool uuid_is_nil(struct uuid uuid);
/* Byte order, as BINARY(16) sorts. */
int uuid_compare(struct uuid a, struct uuid b);

#endif
