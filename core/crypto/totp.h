/* totp: six-digit codes that a telephone and the server compute alike from a shared secret and the time (RFC 6238).
 *
 * step    the number of the 30-second interval since 1970; a code belongs to one
 * SHA-1, since many authenticator apps silently ignore any other choice.
 */
#ifndef QILIAN_CORE_CRYPTO_TOTP_H
#define QILIAN_CORE_CRYPTO_TOTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attributes.h"

struct arena;

enum { TOTP_SECRET = 20, TOTP_DIGITS = 6, TOTP_PERIOD_S = 30 };

void totp_secret_make(unsigned char out[TOTP_SECRET]) NONNULL;
/* The code of a step, NUL-terminated. */
void totp_code(const unsigned char *secret, size_t size, uint64_t step, char out[TOTP_DIGITS + 1]) NONNULL;
/* Whether `code` is that of the present step or a neighbour (clocks differ), and later than last_step, so that no code
 * is taken twice; then *step is its step, to be stored as the new last_step. */
bool totp_check(const unsigned char *secret, size_t size, int64_t now_s, uint64_t last_step, const char *code,
	uint64_t *step) NONNULL;
/* RFC 4648 section 6, without padding: what a person types. */
char *totp_base32(struct arena *arena, const unsigned char *bytes, size_t size) NONNULL RETURNS_NONNULL;
/* otpauth://totp/… for a QR code. issuer and account are UTF-8. */
char *totp_uri(struct arena *arena, const char *issuer, const char *account, const unsigned char *secret, size_t size)
	NONNULL RETURNS_NONNULL;

#endif
