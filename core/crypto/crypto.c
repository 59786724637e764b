/* Random bytes, hashes, encodings and signatures of crypto.h; passwords, keys and codes have files of their own. */
#include "core/crypto/crypto.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "core/arena.h"
#include "core/crypto/crypto_must.h"

void crypto_fail(const char *what)
{
	fprintf(stderr, "qilian: the cryptographic library failed: %s\n", what);
	abort();
}

/* --- random --- */

void crypto_random(void *out, size_t size)
{
	unsigned char *at = out;
	while (size > 0) {
		ssize_t n = getrandom(at, size, 0);
		if (n < 0 && errno == EINTR)
			continue;
		crypto_must(n > 0, "getrandom");
		at += n;
		size -= (size_t)n;
	}
}

uint32_t crypto_random_below(uint32_t bound)
{
	/* Values below 2^32 mod bound would make the small results more frequent. */
	uint32_t least = (uint32_t)-bound % bound, value;
	do
		crypto_random(&value, sizeof(value));
	while (value < least);
	return value % bound;
}

/* --- hashes --- */

/* Fetched once: EVP_sha256() looks the algorithm up under a lock of the library at every use. Written once, never
 * changed. */
static pthread_once_t sha256_once = PTHREAD_ONCE_INIT;
static EVP_MD *sha256;

static void sha256_fetch(void)
{
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	crypto_must(sha256, "fetch SHA-256");
}

static const EVP_MD *sha256_get(void)
{
	pthread_once(&sha256_once, sha256_fetch);
	return sha256;
}

void crypto_sha256(const void *bytes, size_t size, unsigned char out[CRYPTO_HASH])
{
	crypto_must(EVP_Digest(bytes, size, out, NULL, sha256_get(), NULL), "SHA-256");
}

/* Made once and copied at every use, for the same reason: HMAC() looks up two algorithms each time. Written once, never
 * changed. */
static pthread_once_t hmac_once = PTHREAD_ONCE_INIT;
static EVP_MAC_CTX *hmac;

static void hmac_make(void)
{
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	char digest[] = "SHA256";
	const OSSL_PARAM with[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_construct_end()};
	crypto_must(mac && (hmac = EVP_MAC_CTX_new(mac)) && EVP_MAC_CTX_set_params(hmac, with) == 1, "fetch HMAC");
	EVP_MAC_free(mac);
}

void crypto_hmac_sha256(
	const void *key, size_t key_size, const void *bytes, size_t size, unsigned char out[CRYPTO_HASH])
{
	size_t written;
	pthread_once(&hmac_once, hmac_make);
	EVP_MAC_CTX *context = EVP_MAC_CTX_dup(hmac);
	crypto_must(context && EVP_MAC_init(context, key ? key : (const void *)"", key_size, NULL) == 1 &&
			(size == 0 || EVP_MAC_update(context, bytes, size) == 1) &&
			EVP_MAC_final(context, out, &written, CRYPTO_HASH) == 1,
		"HMAC");
	EVP_MAC_CTX_free(context);
}

/* One block of output is one step of the expansion: HMAC(prk, info ‖ 1). */
void crypto_hkdf(const void *key, size_t key_size, const char *info, unsigned char out[CRYPTO_KEY])
{
	static const unsigned char no_salt[CRYPTO_HASH];
	unsigned char prk[CRYPTO_HASH];
	size_t n = strlen(info);
	unsigned char *message = malloc(n + 1);
	crypto_must(message, "memory");
	memcpy(message, info, n);
	message[n] = 1;
	crypto_hmac_sha256(no_salt, sizeof(no_salt), key, key_size, prk);
	crypto_hmac_sha256(prk, sizeof(prk), message, n + 1, out);
	OPENSSL_cleanse(prk, sizeof(prk));
	free(message);
}

bool crypto_equal(const void *a, const void *b, size_t size)
{
	return CRYPTO_memcmp(a, b, size) == 0;
}

struct crypto_digest {
	EVP_MD_CTX *context;
};

static void digest_begin(struct crypto_digest *digest)
{
	crypto_must(EVP_DigestInit_ex(digest->context, sha256_get(), NULL), "SHA-256");
}

struct crypto_digest *crypto_digest_create(void)
{
	struct crypto_digest *digest = calloc(1, sizeof(*digest));
	crypto_must(digest, "memory");
	digest->context = EVP_MD_CTX_new();
	crypto_must(digest->context, "memory");
	digest_begin(digest);
	return digest;
}

void crypto_digest_add(struct crypto_digest *digest, const void *bytes, size_t size)
{
	crypto_must(EVP_DigestUpdate(digest->context, bytes, size), "SHA-256");
}

void crypto_digest_take(struct crypto_digest *digest, unsigned char out[CRYPTO_HASH])
{
	crypto_must(EVP_DigestFinal_ex(digest->context, out, NULL), "SHA-256");
	digest_begin(digest);
}

void crypto_digest_destroy(struct crypto_digest *digest)
{
	if (!digest)
		return;
	EVP_MD_CTX_free(digest->context);
	free(digest);
}

/* --- encodings --- */

void crypto_hex(const void *bytes, size_t size, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *at = bytes;
	for (size_t i = 0; i < size; i++) {
		*out++ = digits[at[i] >> 4];
		*out++ = digits[at[i] & 15];
	}
	*out = '\0';
}

static int hex_value(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool crypto_unhex(const char *text, void *out, size_t size)
{
	unsigned char *at = out;
	for (size_t i = 0; i < size; i++, text += 2) {
		int high = hex_value(text[0]), low = high < 0 ? -1 : hex_value(text[1]);
		if (low < 0)
			return false;
		at[i] = (unsigned char)(high << 4 | low);
	}
	return *text == '\0';
}

static const char base64url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

char *crypto_base64url(struct arena *arena, const void *bytes, size_t size)
{
	const unsigned char *at = bytes;
	char *text = arena_alloc(arena, size / 3 * 4 + 5), *out = text;
	uint32_t bits = 0;
	int have = 0;
	for (size_t i = 0; i < size; i++) {
		bits = bits << 8 | at[i];
		for (have += 8; have >= 6; have -= 6)
			*out++ = base64url[bits >> (have - 6) & 63];
	}
	if (have > 0)
		*out++ = base64url[bits << (6 - have) & 63];
	return text;
}

unsigned char *crypto_unbase64url(struct arena *arena, const char *text, size_t *size)
{
	size_t len = strlen(text), n = 0;
	unsigned char *out = arena_alloc(arena, len / 4 * 3 + 3);
	uint32_t bits = 0;
	int have = 0;
	*size = 0;
	for (; *text; text++) {
		const char *found = strchr(base64url, *text);
		if (!found)
			return NULL;
		bits = (bits << 6 | (uint32_t)(found - base64url)) & 0xffff;
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[n++] = (unsigned char)(bits >> have);
		}
	}
	if (len % 4 == 1 || (bits & ((1u << have) - 1)))
		return NULL;
	*size = n;
	return out;
}

/* --- Ed25519 --- */

struct crypto_signer {
	EVP_PKEY *key;
};

struct crypto_signer *crypto_signer_create(const unsigned char seed[CRYPTO_KEY])
{
	struct crypto_signer *signer = calloc(1, sizeof(*signer));
	crypto_must(signer, "memory");
	signer->key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, CRYPTO_KEY);
	crypto_must(signer->key, "Ed25519 key");
	return signer;
}

void crypto_signer_destroy(struct crypto_signer *signer)
{
	if (!signer)
		return;
	EVP_PKEY_free(signer->key);
	free(signer);
}

void crypto_signer_public(const struct crypto_signer *signer, unsigned char out[CRYPTO_KEY])
{
	size_t size = CRYPTO_KEY;
	crypto_must(EVP_PKEY_get_raw_public_key(signer->key, out, &size), "Ed25519 public key");
}

void crypto_sign(
	const struct crypto_signer *signer, const void *bytes, size_t size, unsigned char out[CRYPTO_SIGNATURE])
{
	size_t length = CRYPTO_SIGNATURE;
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	crypto_must(context && EVP_DigestSignInit(context, NULL, NULL, NULL, signer->key) == 1 &&
		EVP_DigestSign(context, out, &length, bytes, size) == 1, "Ed25519 signature");
	EVP_MD_CTX_free(context);
}

bool crypto_verify(const unsigned char public_key[CRYPTO_KEY], const void *bytes, size_t size,
                   const unsigned char signature[CRYPTO_SIGNATURE])
{
	EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key, CRYPTO_KEY);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	crypto_must(context, "memory");
	bool ok = key && EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1 &&
		EVP_DigestVerify(context, signature, CRYPTO_SIGNATURE, bytes, size) == 1;
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key);
	return ok;
}

char *crypto_token(struct arena *arena, size_t size)
{
	unsigned char *bytes = arena_alloc(arena, size);
	crypto_random(bytes, size);
	return crypto_base64url(arena, bytes, size);
}

void crypto_digits(char out[7])
{
	snprintf(out, 7, "%06u", (unsigned)crypto_random_below(1000000) % 1000000);
}
