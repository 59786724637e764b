#include "core/text/text.h"

#include <string.h>

#include "core/buf.h"
#include "core/text/characters.h"
#include "core/utf8.h"

enum { ZERO_WIDTH_NON_JOINER = 0x200c, ZERO_WIDTH_JOINER = 0x200d, IDEOGRAPHIC_SPACE = 0x3000 };

enum text_kind text_kind_of(uint32_t code)
{
	if (code > 0x20 && code < 0x7f)
		return TEXT_VISIBLE;
	return (enum text_kind)characters_kind(code);
}

/* One character; what is not UTF-8 counts as visible, a byte of it at a time. */
static size_t next(const char *text, uint32_t *code)
{
	size_t step = *text ? utf8_decode(text, strnlen(text, 4), code) : 0;
	if (*text && step == 0) {
		*code = 0xfffd;
		return 1;
	}
	return step;
}

/* What makes text run from right to left: a name shows as another. The other marks of direction, which telephones put
 * around the numbers of their contacts, show nothing and change nothing in text that runs from the left. */
static bool turns_direction(uint32_t code)
{
	return code == 0x202b || code == 0x202e || code == 0x2067;
}

bool text_is_blank(const char *text)
{
	uint32_t code;
	for (size_t step; (step = next(text, &code)); text += step)
		if (text_kind_of(code) == TEXT_VISIBLE)
			return false;
	return true;
}

/* Where the text ends when what cannot be seen behind it is left out; the same as `text` if it is blank. */
static const char *end_of(const char *text)
{
	uint32_t code;
	const char *end = text;
	bool seen = false; /* a mark belongs to the character right before it */
	for (size_t step; (step = next(text, &code)); text += step) {
		enum text_kind kind = text_kind_of(code);
		if (kind == TEXT_VISIBLE || (kind == TEXT_MARK && seen))
			end = text + step;
		seen = kind == TEXT_VISIBLE || (kind == TEXT_MARK && seen);
	}
	return end;
}

static const char *begin_of(const char *text)
{
	uint32_t code;
	for (size_t step; (step = next(text, &code)) && text_kind_of(code) != TEXT_VISIBLE;)
		text += step;
	return text;
}

/* Inside a text. A control or a turn of direction is kept, so that it is seen and refused. */
static bool kept_in_line(uint32_t code, enum text_kind kind)
{
	return kind != TEXT_UNSEEN || code < 0x20 || (code >= 0x7f && code < 0xa0) || turns_direction(code) ||
		code == ZERO_WIDTH_JOINER || code == ZERO_WIDTH_NON_JOINER;
}

char *text_line(struct arena *arena, const char *text)
{
	const char *at = begin_of(text), *end = end_of(text);
	char *out = arena_alloc(arena, (at < end ? (size_t)(end - at) : 0) + 1), *to = out;
	uint32_t code;
	for (size_t step; at < end && (step = next(at, &code)); at += step) {
		enum text_kind kind = text_kind_of(code);
		if (kind == TEXT_SPACE && code > 0x7f && code != IDEOGRAPHIC_SPACE && code != 0x85 && code != 0x2028 &&
			code != 0x2029) {
			*to++ = ' ';
		} else if (kept_in_line(code, kind)) {
			memcpy(to, at, step);
			to += step;
		}
	}
	return out;
}

char *text_lines(struct arena *arena, const char *text)
{
	static const char indent[] = "\u3000";
	const char *begin = begin_of(text), *end = end_of(text);
	while (begin - text >= (ptrdiff_t)(sizeof indent - 1) &&
		memcmp(begin - (sizeof indent - 1), indent, sizeof indent - 1) == 0)
		begin -= sizeof indent - 1;
	char *out = arena_alloc(arena, (begin < end ? (size_t)(end - begin) : 0) + 1), *to = out;
	uint32_t code;
	for (size_t step; begin < end && (step = next(begin, &code)); begin += step)
		if (kept_in_line(code, text_kind_of(code))) {
			memcpy(to, begin, step);
			to += step;
		}
	return out;
}

bool text_is_plain(const char *text, bool lines, bool *direction)
{
	uint32_t code;
	if (direction)
		*direction = false;
	for (size_t step; (step = next(text, &code)); text += step) {
		bool line = code == '\n' || code == '\t' || code == '\r' || code == 0x85 || code == 0x2028 ||
			code == 0x2029;
		if (turns_direction(code)) {
			if (direction)
				*direction = true;
			return false;
		}
		if (line ? !lines : code < 0x20 || (code >= 0x7f && code < 0xa0))
			return false;
	}
	return true;
}

static bool is_dash(uint32_t code)
{
	return (code >= 0x2010 && code <= 0x2015) || code == 0x2212 || code == 0x30fc || code == 0xfe58 ||
		code == 0xfe63 || code == 0x2e3a;
}

/* Behind the label, if there is one. */
static char *behind_label(char *text)
{
	char *colon = strchr(text, ':');
	if (!colon || strncmp(colon, "://", 3) == 0 || strcspn(text, "0123456789@") < (size_t)(colon - text))
		return text;
	return colon + 1 + strspn(colon + 1, " ");
}

char *text_narrow(struct arena *arena, const char *text)
{
	char *out = arena_alloc(arena, strlen(text) + 1), *to = out;
	uint32_t code;
	for (size_t step; (step = next(text, &code)); text += step) {
		enum text_kind kind = text_kind_of(code);
		if (code >= 0xff01 && code <= 0xff5e)
			*to++ = (char)(code - 0xff01 + '!');
		else if (kind == TEXT_SPACE)
			*to++ = ' ';
		else if (is_dash(code))
			*to++ = '-';
		else if (kind != TEXT_UNSEEN) {
			memcpy(to, text, step);
			to += step;
		}
	}
	while (to > out && to[-1] == ' ')
		*--to = '\0';
	return behind_label(out + strspn(out, " "));
}
