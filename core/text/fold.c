#include "core/text/fold.h"

#include <string.h>

#include "core/buf.h"
#include "core/text/characters.h"
#include "core/utf8.h"

enum { SYLLABLE_MAX = 6, TERM_MAX = 60, HAN_BEGIN = 0x3400, HAN_END = 0xa000 };

/* What of an ASCII character is compared: itself in lower case, or a space. */
static char fold_ascii(unsigned char c)
{
	return c <= ' ' || c == 0x7f ? ' ' : c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : (char)c;
}

void fold_add(struct buf *out, const char *text)
{
	const char *end = text + strlen(text), *run = text; /* of characters that are compared as they are */
	size_t begin = out->len;
	uint32_t code;
	for (const char *at = text; at < end;) {
		unsigned char c = (unsigned char)*at;
		size_t step = c < 0x80 ? 1 : utf8_decode(at, (size_t)(end - at), &code);
		char one[2] = {c < 0x80 ? fold_ascii(c) : '\0', '\0'};
		/* what is not UTF-8 nobody searches for */
		const char *folded = c < 0x80 ? one : step ? characters_fold(code) : NULL;
		at += step ? step : 1;
		if (!folded || (c < 0x80 && *one == (char)c && c != ' '))
			continue;
		buf_add(out, run, (size_t)(at - (step ? step : 1) - run));
		run = at;
		if (*folded != ' ' || (out->len > begin && out->data[out->len - 1] != ' '))
			buf_add(out, folded, strlen(folded));
	}
	buf_add(out, run, (size_t)(end - run));
	while (out->len > begin && out->data[out->len - 1] == ' ')
		out->data[--out->len] = '\0';
}

char *fold_text(struct arena *arena, const char *text)
{
	struct buf *out = buf_in(arena);
	fold_add(out, text);
	return out->data;
}

/* Where the needle goes on behind the character, if it is read as the syllable that stands there. */
static const char *behind(const char *needle, const char *syllable)
{
	size_t len = syllable ? strlen(syllable) : 0;
	return len && strncmp(needle, syllable, len) == 0 && (needle[len] < 'a' || needle[len] > 'z') ? needle + len
												      : NULL;
}

static bool sounds_here(const char *text, size_t left, const char *needle)
{
	uint32_t code;
	for (size_t step; *needle; text += step, left -= step) {
		step = left ? utf8_decode(text, left, &code) : 0;
		const char *next = step > 1 ? behind(needle, characters_reading(code)) : NULL;
		if (step > 1 && !next)
			next = behind(needle, characters_second_reading(code));
		if (!next)
			return false;
		needle = next;
	}
	return true;
}

struct fold_sound {
	const char *needle;
	uint64_t first[(HAN_END - HAN_BEGIN) / 64]; /* the characters that are read as its first syllable */
};

struct fold_sound *fold_sound_make(struct arena *arena, const char *needle)
{
	struct fold_sound *sound = ARENA_NEW(arena, struct fold_sound);
	sound->needle = needle;
	for (uint32_t code = HAN_BEGIN; code < HAN_END; code++)
		if (behind(needle, characters_reading(code)) || behind(needle, characters_second_reading(code)))
			sound->first[(code - HAN_BEGIN) / 64] |= UINT64_C(1) << ((code - HAN_BEGIN) % 64);
	return sound;
}

bool fold_sounds_as(const char *text, size_t len, const struct fold_sound *sound)
{
	const unsigned char *c = (const unsigned char *)text;
	for (size_t at = 0; at + 2 < len; at++) {
		if (c[at] < 0xe3 || c[at] > 0xe9) /* U+3000 … U+9FFF: three bytes */
			continue;
		uint32_t code = (c[at] & 15u) << 12 | (c[at + 1] & 63u) << 6 | (c[at + 2] & 63u),
			 place = code - HAN_BEGIN;
		if (code >= HAN_BEGIN && code < HAN_END && (sound->first[place / 64] >> (place % 64) & 1) &&
			sounds_here(text + at, len - at, sound->needle))
			return true;
		at += 2;
	}
	return false;
}

struct reading {
	struct arena *arena;
	const char **out;
	size_t count, max;
	const char *term;
	char text[TERM_MAX + 1];
	bool dead[TERM_MAX + 1]; /* no syllables lead from there to the end */
};

/* True if what begins at `at` can be read to its end. */
static bool split(struct reading *r, size_t at, size_t syllables)
{
	bool reached = false;
	if (!r->term[at]) {
		if (syllables > 1)
			r->out[r->count++] = arena_strdup(r->arena, r->text);
		return true;
	}
	for (size_t len = SYLLABLE_MAX; len > 0 && r->count < r->max && !r->dead[at]; len--) {
		const char *syllable =
			strnlen(r->term + at, len) == len ? characters_syllable(r->term + at, len) : NULL;
		if (!syllable)
			continue;
		memcpy(r->text + at, syllable, len);
		r->text[at + len] = '\0';
		reached |= split(r, at + len, syllables + 1);
	}
	r->dead[at] = !reached && r->count < r->max;
	return reached;
}

size_t fold_syllables(struct arena *arena, const char *term, const char **out, size_t max)
{
	char *plain = arena_strdup(arena, term);
	struct reading r = {.arena = arena, .out = out, .max = max, .term = plain};
	size_t len = strlen(plain);
	if (len > TERM_MAX || strspn(plain, "abcdefghijklmnopqrstuvwxyz") != len)
		return 0;
	for (char *at = plain; *at; at++)
		if (*at == 'v' && at > plain && (at[-1] == 'l' || at[-1] == 'n'))
			*at = 'u'; /* ü on a keyboard without it */
	if (!characters_syllable(plain, len)) /* one syllable is too little, though it may be read as two: hua, hu'a */
		split(&r, 0, 0);
	return r.count;
}
