#include "core/fold.h"

#include <string.h>

#include "core/buf.h"
#include "core/characters.h"
#include "core/utf8.h"

enum { SYLLABLE_MAX = 6, TERM_MAX = 60 };

void fold_add(struct buf *out, const char *text)
{
	size_t left = strlen(text), begin = out->len;
	uint32_t code;
	for (size_t step; left; text += step, left -= step) {
		unsigned char c = (unsigned char)*text;
		const char *folded = NULL;
		if (c > ' ' && c < 0x7f) {
			buf_char(out, c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : (char)c);
			step = 1;
			continue;
		}
		step = c < 0x80 ? 1 : utf8_decode(text, left, &code);
		if (c < 0x80)
			folded = " ";
		if (!step)
			step = 1; /* not UTF-8: nobody searches for it */
		else if (!folded)
			folded = characters_fold(code);
		if (folded && *folded == ' ' && (out->len == begin || out->data[out->len - 1] == ' '))
			continue;
		if (folded)
			buf_text(out, folded);
		else
			buf_add(out, text, step);
	}
	while (out->len > begin && out->data[out->len - 1] == ' ')
		out->data[--out->len] = '\0';
}

char *fold_text(struct arena *arena, const char *text)
{
	struct buf *out = buf_in(arena);
	fold_add(out, text);
	return out->data;
}

static void add_readings(struct buf *out, const char *text, const char *(*reading)(uint32_t), bool *differs)
{
	size_t left = strlen(text), begin = out->len;
	uint32_t code;
	for (size_t step; left && (step = utf8_decode(text, left, &code)); text += step, left -= step) {
		const char *syllable = reading(code);
		if (syllable) {
			*differs |= syllable != characters_reading(code) && strcmp(syllable, characters_reading(code)) != 0;
			buf_text(out, syllable);
		} else if (out->len > begin && out->data[out->len - 1] != '\n') {
			buf_char(out, '\n');
		}
	}
}

void fold_add_readings(struct buf *out, const char *text)
{
	bool differs = false;
	size_t begin = out->len;
	add_readings(out, text, characters_reading, &differs);
	if (out->len > begin)
		buf_char(out, '\n');
	begin = out->len;
	add_readings(out, text, characters_second_reading, &differs);
	if (!differs) {
		out->len = begin;
		out->data[begin] = '\0';
	}
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
		const char *syllable = strnlen(r->term + at, len) == len ? characters_syllable(r->term + at, len) : NULL;
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
