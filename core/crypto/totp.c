#include "core/crypto/totp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/crypto/crypto.h"

void totp_secret_make(unsigned char out[TOTP_SECRET])
{
	crypto_random(out, TOTP_SECRET);
}

void totp_code(const unsigned char *secret, size_t size, uint64_t step, char out[TOTP_DIGITS + 1])
{
	unsigned char counter[8], mac[EVP_MAX_MD_SIZE];
	unsigned mac_len = 0;

	for (int i = 7; i >= 0; i--, step >>= 8)
		counter[i] = (unsigned char)step;
	if (!HMAC(EVP_sha1(), secret, (int)size, counter, sizeof counter, mac, &mac_len) || mac_len != 20)
		abort();
	const unsigned char *at = mac + (mac[19] & 15);
	uint32_t number = (uint32_t)(at[0] & 127) << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
	snprintf(out, TOTP_DIGITS + 1, "%06u", number % 1000000);
}

bool totp_check(
	const unsigned char *secret, size_t size, int64_t now_s, uint64_t last_step, const char *code, uint64_t *step)
{
	uint64_t now = (uint64_t)(now_s / TOTP_PERIOD_S);
	bool found = false;

	if (strlen(code) != TOTP_DIGITS)
		return false;
	/* All three are compared, whichever fits, so that the time tells nothing. */
	for (uint64_t at = now - 1; at <= now + 1; at++) {
		char expected[TOTP_DIGITS + 1];
		totp_code(secret, size, at, expected);
		if (crypto_equal(expected, code, TOTP_DIGITS) && at > last_step) {
			*step = at;
			found = true;
		}
	}
	return found;
}

char *totp_base32(struct arena *arena, const unsigned char *bytes, size_t size)
{
	char *out = arena_alloc(arena, size * 8 / 5 + 2);
	uint32_t bits = 0;
	unsigned have = 0;
	size_t n = 0;

	for (size_t i = 0; i < size; i++) {
		bits = bits << 8 | bytes[i];
		for (have += 8; have >= 5; have -= 5)
			out[n++] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[bits >> (have - 5) & 31];
	}
	if (have)
		out[n++] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[bits << (5 - have) & 31];
	out[n] = '\0';
	return out;
}

static void add_percent(struct buf *out, const char *text)
{
	for (; *text; text++) {
		if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~", *text))
			buf_char(out, *text);
		else
			buf_printf(out, "%%%02X", (unsigned char)*text);
	}
}

char *totp_uri(struct arena *arena, const char *issuer, const char *account, const unsigned char *secret, size_t size)
{
	struct buf *out = buf_in(arena);

	buf_text(out, "otpauth://totp/");
	add_percent(out, issuer);
	buf_char(out, ':');
	add_percent(out, account);
	buf_printf(out, "?secret=%s&issuer=", totp_base32(arena, secret, size));
	add_percent(out, issuer);
	return arena_strdup(arena, out->data);
}
