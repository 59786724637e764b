/* utf8: strict UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef QILIAN_CORE_UTF8_H
#define QILIAN_CORE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attributes.h"

struct buf;

/* Decodes the character at bytes; answers its length (1–4), or 0 where none is well-formed within len. */
size_t utf8_decode(const char *bytes, size_t len, uint32_t *code) NONNULL;
/* Writes 1–4 bytes; code must be a valid scalar value. */
size_t utf8_encode(uint32_t code, char out[4]) NONNULL;
void utf8_add(struct buf *out, uint32_t code) NONNULL;

/* True if every byte belongs to a well-formed character. NUL is a character here: see utf8_clean(). */
bool utf8_valid(const char *bytes, size_t len) NONNULL;
/* utf8_valid() and no NUL: what may become a string of ours. */
bool utf8_clean(const char *bytes, size_t len) NONNULL;
/* Characters (code points) in a valid NUL-terminated string. */
size_t utf8_length(const char *text) NONNULL;
/* Bytes of its first `characters`, or of all of it. */
size_t utf8_bytes(const char *text, size_t characters) NONNULL;

#endif
