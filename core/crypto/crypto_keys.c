/* Keys of the installation, sealed fields and blind indexes of crypto.h. */
#include "core/crypto/crypto.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/crypto/crypto_must.h"

enum { KEYS_MAX = 64, PURPOSES_MAX = 64, KEY_ID_MAX = 65535, NONCE = 12, TAG = 16, HEAD = 3, FORMAT = 1 };

struct seal_key {
	unsigned id;
	unsigned char key[CRYPTO_KEY]; /* derived: what the file holds is not used directly */
};

/* The key of the blind indexes of one purpose. */
struct index_key {
	char *purpose;
	unsigned char key[CRYPTO_KEY];
};

struct crypto_keys {
	size_t count;
	struct seal_key seal[KEYS_MAX]; /* rising ids */
	bool has_index;
	unsigned char index[CRYPTO_KEY];
	/* Derived as purposes are met, which are a handful: deriving costs twice what indexing a value does. */
	pthread_rwlock_t lock;
	struct index_key purposes[PURPOSES_MAX];
	size_t purpose_count;
};

static const struct problem_kind PROBLEM_KEYS = {"keys-invalid", 500, "密钥文件不正确。", "The keys are not valid."};

static struct problem *fault(struct arena *arena, unsigned item, const char *zh, const char *en)
{
	return problem_detail(arena, &PROBLEM_KEYS, arena_printf(arena, "密钥第 %u 项不正确：%s。", item, zh),
		arena_printf(arena, "Item %u of the keys is not valid: %s.", item, en));
}

static bool parse_id(const char *text, size_t len, unsigned *id)
{
	*id = 0;
	if (len == 0 || len > 5 || text[0] == '0')
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		*id = *id * 10 + (unsigned)(text[i] - '0');
	}
	return *id <= KEY_ID_MAX;
}

static bool insert(struct crypto_keys *keys, unsigned id, const unsigned char *master)
{
	size_t at = keys->count;
	for (size_t i = 0; i < keys->count; i++)
		if (keys->seal[i].id == id)
			return false;
	for (; at > 0 && keys->seal[at - 1].id > id; at--)
		keys->seal[at] = keys->seal[at - 1];
	keys->seal[at].id = id;
	crypto_hkdf(master, CRYPTO_KEY, "qilian seal", keys->seal[at].key);
	keys->count++;
	return true;
}

static struct problem *parse_item(struct arena *arena, struct crypto_keys *keys, unsigned number, const char *item)
{
	const char *colon = strchr(item, ':');
	size_t size = 0;
	unsigned id;
	struct problem *problem = NULL;
	unsigned char *master = colon ? crypto_unbase64url(arena, colon + 1, &size) : NULL;
	if (!master || size != CRYPTO_KEY)
		return fault(arena, number, "应为“编号:密钥”，密钥为 32 字节的 base64url",
			"expected ID:KEY with a key of 32 bytes in base64url");
	if (colon - item == 5 && memcmp(item, "index", 5) == 0) {
		if (keys->has_index)
			problem = fault(arena, number, "index 重复", "index is given twice");
		memcpy(keys->index, master, CRYPTO_KEY);
		keys->has_index = true;
	} else if (!parse_id(item, (size_t)(colon - item), &id)) {
		problem = fault(arena, number, "编号应为 1 至 65535 或 index", "the id must be 1 to 65535, or index");
	} else if (keys->count == KEYS_MAX || !insert(keys, id, master)) {
		problem = fault(arena, number, "编号重复或密钥过多",
			"the id is given twice, or there are too many keys");
	}
	OPENSSL_cleanse(master, size);
	return problem;
}

static struct problem *parse_items(struct arena *arena, struct crypto_keys *keys, char *text)
{
	unsigned number = 0;
	char *line_rest, *item_rest;
	for (char *line = strtok_r(text, "\r\n", &line_rest); line; line = strtok_r(NULL, "\r\n", &line_rest)) {
		if (line[strspn(line, " \t")] == '#')
			continue;
		for (char *item = strtok_r(line, ", \t", &item_rest); item; item = strtok_r(NULL, ", \t", &item_rest)) {
			struct problem *problem = parse_item(arena, keys, ++number, item);
			if (problem)
				return problem;
		}
	}
	return NULL;
}

struct problem *crypto_keys_parse(struct arena *arena, const char *text, struct crypto_keys **out)
{
	struct crypto_keys *keys = calloc(1, sizeof(*keys));
	char *copy = arena_strdup(arena, text);
	crypto_must(keys && pthread_rwlock_init(&keys->lock, NULL) == 0, "memory");
	*out = NULL;
	struct problem *problem = parse_items(arena, keys, copy);
	OPENSSL_cleanse(copy, strlen(text));
	if (!problem && (keys->count == 0 || !keys->has_index))
		problem = problem_detail(arena, &PROBLEM_KEYS, "密钥不完整：至少需要一个编号密钥和一个 index 密钥。",
			"The keys are incomplete: at least one numbered key and the index key are needed.");
	if (problem)
		crypto_keys_destroy(keys);
	else
		*out = keys;
	return problem;
}

void crypto_keys_destroy(struct crypto_keys *keys)
{
	if (!keys)
		return;
	for (size_t i = 0; i < keys->purpose_count; i++)
		free(keys->purposes[i].purpose);
	pthread_rwlock_destroy(&keys->lock);
	OPENSSL_cleanse(keys, sizeof(*keys));
	free(keys);
}

void crypto_keys_generate(struct buf *out, unsigned id)
{
	struct arena *arena = arena_create();
	unsigned char key[CRYPTO_KEY];
	crypto_random(key, sizeof(key));
	char *text = crypto_base64url(arena, key, sizeof(key));
	if (id > 0)
		buf_printf(out, "%u:%s\n", id, text);
	else
		buf_printf(out, "index:%s\n", text);
	OPENSSL_cleanse(text, strlen(text));
	OPENSSL_cleanse(key, sizeof(key));
	arena_destroy(arena);
}

unsigned crypto_keys_newest(const struct crypto_keys *keys)
{
	return keys->seal[keys->count - 1].id;
}

static const struct seal_key *find(const struct crypto_keys *keys, unsigned id)
{
	for (size_t i = 0; i < keys->count; i++)
		if (keys->seal[i].id == id)
			return &keys->seal[i];
	return NULL;
}

/* --- sealing --- */

/* Fetched once: EVP_aes_256_gcm() is looked up under a lock of the library at every use. Written once, never
 * changed. */
static pthread_once_t gcm_once = PTHREAD_ONCE_INIT;
static EVP_CIPHER *gcm;

static void gcm_fetch(void)
{
	gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	crypto_must(gcm, "fetch AES-256-GCM");
}

static const EVP_CIPHER *gcm_get(void)
{
	pthread_once(&gcm_once, gcm_fetch);
	return gcm;
}

static unsigned char *seal_under(unsigned id, const unsigned char key[CRYPTO_KEY], struct arena *arena,
	const char *context, const void *bytes, size_t size, size_t *sealed_size)
{
	unsigned char *out = arena_alloc(arena, size + CRYPTO_SEAL_EXTRA);
	unsigned char *nonce = out + HEAD, *text = nonce + NONCE;
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n;
	out[0] = FORMAT;
	out[1] = (unsigned char)(id >> 8);
	out[2] = (unsigned char)id;
	crypto_random(nonce, NONCE);
	crypto_must(c && size < INT32_MAX && EVP_EncryptInit_ex(c, gcm_get(), NULL, key, nonce) == 1 &&
		EVP_EncryptUpdate(c, NULL, &n, out, HEAD) == 1 &&
		EVP_EncryptUpdate(c, NULL, &n, (const unsigned char *)context, (int)strlen(context)) == 1 &&
		(size == 0 || EVP_EncryptUpdate(c, text, &n, bytes, (int)size) == 1) &&
		EVP_EncryptFinal_ex(c, text + size, &n) == 1 &&
		EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, TAG, text + size) == 1, "AES-256-GCM");
	EVP_CIPHER_CTX_free(c);
	*sealed_size = size + CRYPTO_SEAL_EXTRA;
	return out;
}

unsigned char *crypto_seal(const struct crypto_keys *keys, struct arena *arena, const char *context, const void *bytes,
                           size_t size, size_t *sealed_size)
{
	const struct seal_key *key = &keys->seal[keys->count - 1];
	return seal_under(key->id, key->key, arena, context, bytes, size, sealed_size);
}

unsigned char *crypto_seal_shared(const struct crypto_keys *keys, struct arena *arena, const char *purpose,
	const char *context, const void *bytes, size_t size, size_t *sealed_size)
{
	unsigned char key[CRYPTO_KEY];
	crypto_keys_derive(keys, purpose, key);
	unsigned char *sealed = seal_under(0, key, arena, context, bytes, size, sealed_size);
	OPENSSL_cleanse(key, sizeof key);
	return sealed;
}

unsigned crypto_sealed_by(const void *sealed, size_t sealed_size)
{
	const unsigned char *in = sealed;
	if (!in || sealed_size < CRYPTO_SEAL_EXTRA || in[0] != FORMAT)
		return 0;
	return (unsigned)in[1] << 8 | in[2];
}

static char *open_under(const unsigned char key[CRYPTO_KEY], struct arena *arena, const char *context,
	const void *sealed, size_t sealed_size, size_t *size)
{
	const unsigned char *in = sealed, *nonce = in + HEAD, *text = nonce + NONCE;
	int n;
	if (sealed_size > INT32_MAX)
		return NULL;
	size_t length = sealed_size - CRYPTO_SEAL_EXTRA;
	char *out = arena_alloc(arena, length + 1);
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	crypto_must(c && EVP_DecryptInit_ex(c, gcm_get(), NULL, key, nonce) == 1, "AES-256-GCM");
	bool ok = EVP_DecryptUpdate(c, NULL, &n, in, HEAD) == 1 &&
		EVP_DecryptUpdate(c, NULL, &n, (const unsigned char *)context, (int)strlen(context)) == 1 &&
		(length == 0 || EVP_DecryptUpdate(c, (unsigned char *)out, &n, text, (int)length) == 1) &&
		EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, TAG, (void *)(text + length)) == 1 &&
		EVP_DecryptFinal_ex(c, (unsigned char *)out + length, &n) == 1;
	EVP_CIPHER_CTX_free(c);
	if (!ok) {
		OPENSSL_cleanse(out, length);
		return NULL;
	}
	*size = length;
	return out;
}

char *crypto_open(const struct crypto_keys *keys, struct arena *arena, const char *context, const void *sealed,
                  size_t sealed_size, size_t *size)
{
	const struct seal_key *key = find(keys, crypto_sealed_by(sealed, sealed_size));
	return key ? open_under(key->key, arena, context, sealed, sealed_size, size) : NULL;
}

char *crypto_open_shared(const struct crypto_keys *keys, struct arena *arena, const char *purpose, const char *context,
	const void *sealed, size_t sealed_size, size_t *size)
{
	const unsigned char *in = sealed;
	unsigned char key[CRYPTO_KEY];
	if (!in || sealed_size < CRYPTO_SEAL_EXTRA || in[0] != FORMAT || in[1] || in[2])
		return NULL;
	crypto_keys_derive(keys, purpose, key);
	char *out = open_under(key, arena, context, sealed, sealed_size, size);
	OPENSSL_cleanse(key, sizeof key);
	return out;
}

void crypto_keys_derive(const struct crypto_keys *keys, const char *purpose, unsigned char out[CRYPTO_KEY])
{
	struct arena *arena = arena_create();
	crypto_hkdf(keys->index, CRYPTO_KEY, arena_printf(arena, "qilian derive/%s", purpose), out);
	arena_destroy(arena);
}

static bool find_purpose(const struct crypto_keys *keys, const char *purpose, unsigned char key[CRYPTO_KEY])
{
	for (size_t i = 0; i < keys->purpose_count; i++)
		if (strcmp(keys->purposes[i].purpose, purpose) == 0) {
			memcpy(key, keys->purposes[i].key, CRYPTO_KEY);
			return true;
		}
	return false;
}

static void remember_purpose(struct crypto_keys *keys, const char *purpose, const unsigned char key[CRYPTO_KEY])
{
	unsigned char there[CRYPTO_KEY];
	pthread_rwlock_wrlock(&keys->lock);
	if (keys->purpose_count < PURPOSES_MAX && !find_purpose(keys, purpose, there)) {
		struct index_key *made = &keys->purposes[keys->purpose_count];
		made->purpose = strdup(purpose);
		memcpy(made->key, key, CRYPTO_KEY);
		keys->purpose_count += made->purpose != NULL;
	}
	pthread_rwlock_unlock(&keys->lock);
	OPENSSL_cleanse(there, sizeof(there));
}

static void index_key(const struct crypto_keys *keys, const char *purpose, unsigned char key[CRYPTO_KEY])
{
	struct crypto_keys *own = (struct crypto_keys *)(uintptr_t)keys; /* what is remembered is no part of what keys
									    are */
	pthread_rwlock_rdlock(&own->lock);
	bool known = find_purpose(keys, purpose, key);
	pthread_rwlock_unlock(&own->lock);
	if (known)
		return;
	struct arena *arena = arena_create();
	crypto_hkdf(keys->index, CRYPTO_KEY, arena_printf(arena, "qilian index/%s", purpose), key);
	arena_destroy(arena);
	remember_purpose(own, purpose, key);
}

void crypto_blind_index(const struct crypto_keys *keys, const char *purpose, const char *value,
                        unsigned char out[CRYPTO_HASH])
{
	unsigned char key[CRYPTO_KEY];
	index_key(keys, purpose, key);
	crypto_hmac_sha256(key, sizeof(key), value, strlen(value), out);
	OPENSSL_cleanse(key, sizeof(key));
}
