/* crypto: random bytes, hashes, sealed fields, signatures, passwords and the codes that people read out.
 *
 * Thin over OpenSSL 3 and libargon2, so that each choice is made once. A failure inside a library for a reason other
 * than its input (out of memory) aborts.
 *
 * seal         encrypt a small field with its context, so that a sealed value moved to another row does not open
 * blind index  keyed hash of a sealed value, for look-ups and unique keys
 * key id       number of a sealing key; the highest seals, all open (rotation)
 */
#ifndef QILIAN_CORE_CRYPTO_CRYPTO_H
#define QILIAN_CORE_CRYPTO_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attributes.h"
#include "core/problem.h"

struct arena;
struct buf;

enum { CRYPTO_HASH = 32, CRYPTO_KEY = 32, CRYPTO_SIGNATURE = 64 };

/* From the kernel. */
void crypto_random(void *out, size_t size) NONNULL;
/* Even over 0 … bound − 1; bound > 0. */
uint32_t crypto_random_below(uint32_t bound);

void crypto_sha256(const void *bytes, size_t size, unsigned char out[CRYPTO_HASH]) NONNULL;
void crypto_hmac_sha256(const void *OR_NULL key, size_t key_size, const void *bytes, size_t size,
	unsigned char out[CRYPTO_HASH]) NONNULL_AT(3, 5);
/* RFC 5869 with SHA-256, no salt, 32 bytes out. */
void crypto_hkdf(const void *key, size_t key_size, const char *info, unsigned char out[CRYPTO_KEY]) NONNULL;
/* In a time that does not depend on the contents. */
bool crypto_equal(const void *a, const void *b, size_t size) NONNULL;

/* SHA-256 in pieces. */
struct crypto_digest;
struct crypto_digest *crypto_digest_create(void) RETURNS_NONNULL;
void crypto_digest_add(struct crypto_digest *digest, const void *bytes, size_t size) NONNULL;
/* Leaves it ready for a next message. */
void crypto_digest_take(struct crypto_digest *digest, unsigned char out[CRYPTO_HASH]) NONNULL;
void crypto_digest_destroy(struct crypto_digest *OR_NULL digest);

/* Lower case. out takes 2 × size + 1 characters. */
void crypto_hex(const void *bytes, size_t size, char *out) NONNULL;
/* Exactly 2 × size lower-case digits; false otherwise. */
bool crypto_unhex(const char *text, void *out, size_t size) NONNULL;
/* RFC 4648 section 5 without padding. */
char *crypto_base64url(struct arena *arena, const void *bytes, size_t size) NONNULL RETURNS_NONNULL;
/* NULL for padding, other characters, or bits left over that are not zero. */
unsigned char *OR_NULL crypto_unbase64url(struct arena *arena, const char *text, size_t *size) NONNULL;

/* --- passwords: Argon2id, encoded as $argon2id$v=19$m=…,t=…,p=…$salt$hash --- */

struct crypto_argon2 {
	unsigned memory_kib; /* 19456 */
	unsigned passes;     /* 2 */
	unsigned lanes;      /* 1 */
};
extern const struct crypto_argon2 CRYPTO_ARGON2_DEFAULT;

/* Caps the hashes computed at once, and with them memory and CPU; one per process, shared by all threads. */
struct crypto_hasher;
/* at_once ≥ 1; a caller waits up to wait_ms for its turn. */
struct crypto_hasher *crypto_hasher_create(struct crypto_argon2 cost, unsigned at_once,
					   unsigned wait_ms) RETURNS_NONNULL;
void crypto_hasher_destroy(struct crypto_hasher *OR_NULL hasher);

/* PROBLEM_UNAVAILABLE when the turn does not come. Never on an event loop's thread. */
struct problem *crypto_password_hash(struct crypto_hasher *hasher, struct arena *arena, const char *password,
                                     const char **encoded) NONNULL MUST_CHECK;
/* *matches; *outdated (may be NULL) when it matches but was made with another cost: store it anew. encoded NULL or not
 * understood costs the same time and never matches, so that an unknown account answers like a wrong password. */
struct problem *crypto_password_verify(struct crypto_hasher *hasher, struct arena *arena, const char *OR_NULL encoded,
	const char *password, bool *matches, bool *OR_NULL outdated) NONNULL_AT(1, 2, 4, 5) MUST_CHECK;

/* --- keys of this installation --- */

/* Read-only after creation, shared by all threads. */
struct crypto_keys;

/* text: lines (or comma-separated items) `ID:KEY` with ID 1–65535 for sealing keys, and one `index:KEY` for blind
 * indexes and derived keys, which is never rotated since unique keys rest on it. KEY is 32 bytes in base64url. `#`
 * begins a comment line. */
struct problem *crypto_keys_parse(struct arena *arena, const char *text, struct crypto_keys **out) NONNULL MUST_CHECK;
/* Wipes them. Accepts NULL. */
void crypto_keys_destroy(struct crypto_keys *OR_NULL keys);
/* A line with a fresh key: id 0 writes the index key's. A new installation takes 1 and 0. */
void crypto_keys_generate(struct buf *out, unsigned id) NONNULL;
unsigned crypto_keys_newest(const struct crypto_keys *keys) NONNULL;

/* AES-256-GCM with the newest key. context says whose value it is ("account.mobile/" + id) and is needed to open it.
 * Binary result: 1 (format), key id (2, big-endian), nonce (12), ciphertext, tag (16): 31 bytes longer than the
 * value. */
enum { CRYPTO_SEAL_EXTRA = 31 };
unsigned char *crypto_seal(const struct crypto_keys *keys, struct arena *arena, const char *context, const void *bytes,
                           size_t size, size_t *sealed_size) NONNULL RETURNS_NONNULL;
/* NULL when it was changed, is of another context, or its key is not here. NUL-terminated beyond its size. */
char *OR_NULL crypto_open(const struct crypto_keys *keys, struct arena *arena, const char *context, const void *sealed,
                  size_t sealed_size, size_t *size) NONNULL;
/* The same with a key derived for a purpose that several share ("network/3"): never rotated, since what is sealed with
 * it stands in logs for good. */
unsigned char *crypto_seal_shared(const struct crypto_keys *keys, struct arena *arena, const char *purpose,
	const char *context, const void *bytes, size_t size, size_t *sealed_size) NONNULL RETURNS_NONNULL;
char *OR_NULL crypto_open_shared(const struct crypto_keys *keys, struct arena *arena, const char *purpose,
	const char *context, const void *sealed, size_t sealed_size, size_t *size) NONNULL;
/* The key id that sealed it; 0 for what is no sealed value. Values of an older key are sealed anew by a job. */
unsigned crypto_sealed_by(const void *sealed, size_t sealed_size) NONNULL;

/* The caller normalises first. purpose keeps columns apart: the same mobile in two of them gives unrelated values. */
void crypto_blind_index(
	const struct crypto_keys *keys, const char *purpose, const char *value, unsigned char out[CRYPTO_HASH]) NONNULL;
/* A key for another purpose (hand-off tokens, cursors). */
void crypto_keys_derive(const struct crypto_keys *keys, const char *purpose, unsigned char out[CRYPTO_KEY]) NONNULL;

/* --- Ed25519 --- */

/* Holds the private key ready. Any thread may sign. */
struct crypto_signer;
struct crypto_signer *crypto_signer_create(const unsigned char seed[CRYPTO_KEY]) NONNULL RETURNS_NONNULL;
void crypto_signer_destroy(struct crypto_signer *OR_NULL signer);
void crypto_signer_public(const struct crypto_signer *signer, unsigned char out[CRYPTO_KEY]) NONNULL;
void crypto_sign(const struct crypto_signer *signer, const void *bytes, size_t size,
	unsigned char out[CRYPTO_SIGNATURE]) NONNULL;
bool crypto_verify(const unsigned char public_key[CRYPTO_KEY], const void *bytes, size_t size,
                   const unsigned char signature[CRYPTO_SIGNATURE]) NONNULL;

/* --- tokens and codes --- */

/* Random base64url of size bytes (32 for sessions and links: 43 characters). */
char *crypto_token(struct arena *arena, size_t size) NONNULL RETURNS_NONNULL;
/* Six digits for SMS. */
void crypto_digits(char out[7]) NONNULL;

#endif
