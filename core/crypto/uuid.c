#include "core/crypto/uuid.h"

#include <stdint.h>
#include <string.h>
#include <time.h>

#include "core/arena.h"
#include "core/crypto/crypto.h"

const struct uuid UUID_NIL;

struct uuid uuid_v7(void)
{
	struct uuid uuid;
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	uint64_t ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
	crypto_random(uuid.b + 6, 10);
	for (int i = 5; i >= 0; i--, ms >>= 8)
		uuid.b[i] = (unsigned char)ms;
	uuid.b[6] = (unsigned char)(0x70 | (uuid.b[6] & 0x0f));
	uuid.b[8] = (unsigned char)(0x80 | (uuid.b[8] & 0x3f));
	return uuid;
}

/* A hyphen stands before these bytes. */
static bool hyphen_before(int i)
{
	return i == 4 || i == 6 || i == 8 || i == 10;
}

void uuid_format(struct uuid uuid, char out[UUID_TEXT + 1])
{
	static const char digits[] = "0123456789abcdef";
	for (int i = 0; i < 16; i++) {
		if (hyphen_before(i))
			*out++ = '-';
		*out++ = digits[uuid.b[i] >> 4];
		*out++ = digits[uuid.b[i] & 15];
	}
	*out = '\0';
}

char *uuid_text(struct arena *arena, struct uuid uuid)
{
	char *out = arena_alloc(arena, UUID_TEXT + 1);
	uuid_format(uuid, out);
	return out;
}

bool uuid_parse(const char *text, struct uuid *out)
{
	*out = UUID_NIL;
	if (!text || strlen(text) != UUID_TEXT)
		return false;
	struct uuid uuid;
	for (int i = 0; i < 16; i++, text += 2) {
		if (hyphen_before(i) && *text++ != '-')
			return false;
		char pair[3] = {text[0], text[1], '\0'};
		if (!crypto_unhex(pair, uuid.b + i, 1))
			return false;
	}
	*out = uuid;
	return true;
}

bool uuid_equal(struct uuid a, struct uuid b)
{
	return memcmp(a.b, b.b, sizeof(a.b)) == 0;
}

bool uuid_is_nil(struct uuid uuid)
{
	return uuid_equal(uuid, UUID_NIL);
}

int uuid_compare(struct uuid a, struct uuid b)
{
	return memcmp(a.b, b.b, sizeof(a.b));
}
