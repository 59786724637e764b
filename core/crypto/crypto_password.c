/* Passwords of crypto.h. */
#include "core/crypto/crypto.h"

#include <stdlib.h>
#include <string.h>

#include <argon2.h>

#include "core/arena.h"
#include "core/crypto/crypto_must.h"
#include "core/turns.h"

enum { SALT = 16, HASH = 32 };

const struct crypto_argon2 CRYPTO_ARGON2_DEFAULT = {19456, 2, 1};

struct crypto_hasher {
	struct crypto_argon2 cost;
	unsigned wait_ms;
	struct turns turns;
};

struct crypto_hasher *crypto_hasher_create(struct crypto_argon2 cost, unsigned at_once, unsigned wait_ms)
{
	struct crypto_hasher *hasher = calloc(1, sizeof(*hasher));
	crypto_must(hasher, "memory");
	hasher->cost = cost;
	hasher->wait_ms = wait_ms;
	turns_init(&hasher->turns, at_once);
	return hasher;
}

void crypto_hasher_destroy(struct crypto_hasher *hasher)
{
	if (!hasher)
		return;
	turns_finish(&hasher->turns);
	free(hasher);
}

static struct problem *busy(struct arena *arena)
{
	struct problem *problem = problem_detail(arena, &PROBLEM_UNAVAILABLE, "同时登录的人较多，请稍后重试。",
		"Many people are signing in at this moment; try again shortly.");
	problem->retry_after = 2;
	return problem;
}

static char *hash_now(const struct crypto_hasher *hasher, struct arena *arena, const char *password)
{
	const struct crypto_argon2 *c = &hasher->cost;
	size_t size = argon2_encodedlen(c->passes, c->memory_kib, c->lanes, SALT, HASH, Argon2_id);
	char *out = arena_alloc(arena, size);
	unsigned char salt[SALT];
	crypto_random(salt, sizeof(salt));
	crypto_must(argon2id_hash_encoded(c->passes, c->memory_kib, c->lanes, password, strlen(password), salt, SALT,
			    HASH, out, size) == ARGON2_OK,
		"Argon2id");
	return out;
}

struct problem *crypto_password_hash(struct crypto_hasher *hasher, struct arena *arena, const char *password,
                                     const char **encoded)
{
	*encoded = NULL;
	if (!turns_take(&hasher->turns, hasher->wait_ms))
		return busy(arena);
	*encoded = hash_now(hasher, arena, password);
	turns_give(&hasher->turns);
	return NULL;
}

/* What a hash of today's cost begins with. */
static bool is_current(const struct crypto_hasher *hasher, struct arena *arena, const char *encoded)
{
	const struct crypto_argon2 *c = &hasher->cost;
	const char *begin = arena_printf(arena, "$argon2id$v=19$m=%u,t=%u,p=%u$", c->memory_kib, c->passes, c->lanes);
	return strncmp(encoded, begin, strlen(begin)) == 0;
}

struct problem *crypto_password_verify(struct crypto_hasher *hasher, struct arena *arena, const char *encoded,
                                       const char *password, bool *matches, bool *outdated)
{
	static const char known[] = "$argon2id$v=19$";
	bool understood = encoded && strncmp(encoded, known, sizeof(known) - 1) == 0;
	*matches = false;
	if (outdated)
		*outdated = false;
	if (!turns_take(&hasher->turns, hasher->wait_ms))
		return busy(arena);
	if (understood)
		*matches = argon2id_verify(encoded, password, strlen(password)) == ARGON2_OK;
	else
		hash_now(hasher, arena, password);
	turns_give(&hasher->turns);
	if (outdated && *matches)
		*outdated = !is_current(hasher, arena, encoded);
	return NULL;
}
