#include "tenants/account/proof.h"

#include <stdlib.h>
#include <string.h>

#include "core/config/settings.h"
#include "core/crypto/crypto.h"
#include "core/http/request.h"
#include "tenants/account/one_time.h"
#include "tenants/platform/limit.h"
#include "tenants/platform/services.h"

/* 2^13 hashes: a quarter of a second of a browser, a second or two of an old telephone's; at most 2^20. */
enum { BITS = 13, BITS_MORE = 7, ASKED_EACH = 5, ASKED_S = 3600, FREE_S = 86400, VALID_MS = 10 * 60 * 1000 };

const struct problem_kind PROBLEM_PROOF = {"proof-required", 428,
	"请先完成一次简单的计算验证（网页会自动完成；程序接入见接口说明），再提交。",
	"A small computation is asked for first (pages do it by themselves; programs find it described with the API); "
	"then send it again."};

static const char *subject_of(struct call *call, const char *what)
{
	return limit_subject(call, what, call->request ? call->request->client_net : "");
}

static const char *context_of(struct call *call)
{
	return arena_printf(call->arena, "proof/%u", call->platform_id);
}

static struct problem *ask(struct call *call, const char *purpose, const char *about)
{
	unsigned asked;
	size_t size;
	struct problem *problem = limit_count(call, subject_of(call, "proof.asked"), ASKED_S, &asked);

	if (problem)
		return problem;
	unsigned more = asked / ASKED_EACH, bits = BITS + (more < BITS_MORE ? more : BITS_MORE);
	const char *text = arena_printf(call->arena, "%s %u %lld %s %s", purpose, bits,
		(long long)(call_now() + VALID_MS), crypto_token(call->arena, 12), about);
	const unsigned char *sealed =
		crypto_seal(call->services->keys, call->arena, context_of(call), text, strlen(text), &size);
	problem = problem_new(call->arena, &PROBLEM_PROOF);
	problem->extra_key = "challenge";
	problem->extra_value = arena_printf(call->arena, "%u.%s", bits, crypto_base64url(call->arena, sealed, size));
	return problem;
}

static bool begins_with_zeros(const unsigned char hash[CRYPTO_HASH], unsigned bits)
{
	unsigned i = 0;

	for (; bits >= 8; bits -= 8, i++)
		if (hash[i])
			return false;
	return !bits || !(hash[i] >> (8 - bits));
}

/* What the challenge was sealed with: the bits that were asked for, and its end. */
static bool open_challenge(
	struct call *call, const char *challenge, const char *purpose, const char *about, unsigned *bits, int64_t *end)
{
	const char *dot = strchr(challenge, '.');
	size_t size = 0, len = strlen(purpose);
	unsigned char *sealed = dot ? crypto_unbase64url(call->arena, dot + 1, &size) : NULL;
	char *text = sealed ? crypto_open(call->services->keys, call->arena, context_of(call), sealed, size, &size)
			    : NULL,
	     *at;

	if (!text || strncmp(text, purpose, len) != 0 || text[len] != ' ')
		return false;
	*bits = (unsigned)strtoul(text + len + 1, &at, 10);
	*end = strtoll(at, &at, 10);
	const char *last = strrchr(text, ' ');
	return last && strcmp(last + 1, about) == 0 && *bits >= BITS && *bits <= BITS + BITS_MORE;
}

static struct problem *verify(struct call *call, const char *purpose, const char *about, const char *proof, bool *good)
{
	const char *colon = strrchr(proof, ':');
	unsigned char hash[CRYPTO_HASH];
	unsigned bits;
	int64_t end;

	*good = false;
	if (!colon ||
		!open_challenge(call, arena_printf(call->arena, "%.*s", (int)(colon - proof), proof), purpose, about,
			&bits, &end))
		return NULL;
	crypto_sha256(proof, strlen(proof), hash);
	if (end < call_now() || !begins_with_zeros(hash, bits))
		return NULL;
	crypto_sha256(proof, (size_t)(colon - proof), hash);
	return one_time_burn(call, "proof", purpose, hash, end, good);
}

struct problem *proof_check(struct call *call, const char *purpose, const char *about, const char *proof)
{
	int64_t free_of_charge = services_of(call)->settings->sms.proof_after;
	unsigned used = 0;
	bool good = false;
	struct problem *problem = NULL;

	if (!uuid_is_nil(call->actor.account_id))
		return NULL;
	if (free_of_charge)
		problem = limit_count(call, subject_of(call, "proof.free"), FREE_S, &used);
	if (problem || (used && used <= free_of_charge))
		return problem;
	if (proof)
		problem = verify(call, purpose, about, proof, &good);
	return problem || good ? problem : ask(call, purpose, about);
}

struct problem *proof_well_spent(struct call *call)
{
	return limit_clear(call, subject_of(call, "proof.asked"));
}
