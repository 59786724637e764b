#include "core/text/code.h"

#include <string.h>

#include "core/crypto/crypto.h"
#include "core/text/text.h"

/* 0–9 and A–Z without I L O U: what is easily misheard or misread is either not there or mapped by code_read(). */
static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* Multiplication by x in GF(32) with x^5 + x^2 + 1, whose x has order 31: sixteen powers of it are all different. */
static unsigned times_x(unsigned value)
{
	value <<= 1;
	return value & 32 ? value ^ 0x25 : value;
}

/* The sum over all places of value × x^(places from the right). It is 0 for a right code. One wrong character adds a
 * non-zero multiple of its weight; two exchanged ones add their difference times the difference of two different
 * weights. */
static unsigned syndrome(const unsigned char *values, size_t count)
{
	unsigned sum = 0;
	for (size_t i = 0; i < count; i++)
		sum = times_x(sum) ^ values[i];
	return sum;
}

void code_from(const unsigned char bytes[CODE_LENGTH], char out[CODE_LENGTH + 1])
{
	unsigned char values[CODE_LENGTH];
	for (int i = 0; i < CODE_LENGTH; i++)
		values[i] = bytes[i] & 31;
	/* The check character has weight 1, so it is the sum of the others. */
	values[CODE_LENGTH - 1] = 0;
	values[CODE_LENGTH - 1] = (unsigned char)syndrome(values, CODE_LENGTH);
	for (int i = 0; i < CODE_LENGTH; i++)
		out[i] = alphabet[values[i]];
	out[CODE_LENGTH] = '\0';
}

void code_make(char out[CODE_LENGTH + 1])
{
	unsigned char bytes[CODE_LENGTH];
	crypto_random(bytes, sizeof(bytes));
	code_from(bytes, out);
}

void code_show(const char *code, char out[CODE_SHOWN + 1])
{
	for (int i = 0; i < CODE_LENGTH; i++) {
		if (i > 0 && i % 4 == 0)
			*out++ = '-';
		*out++ = code[i];
	}
	*out = '\0';
}

bool code_check(const char *code)
{
	unsigned char values[CODE_LENGTH];
	if (strlen(code) != CODE_LENGTH)
		return false;
	for (int i = 0; i < CODE_LENGTH; i++) {
		const char *found = strchr(alphabet, code[i]);
		if (!found)
			return false;
		values[i] = (unsigned char)(found - alphabet);
	}
	return syndrome(values, CODE_LENGTH) == 0;
}

/* Between the groups of a code: spaces, and what input methods make of a hyphen. */
static bool is_separator(char c)
{
	return c != '\0' && strchr(" -_.~", c);
}

static char fold(char c)
{
	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	if (c == 'O')
		return '0';
	if (c == 'I' || c == 'L')
		return '1';
	return c && strchr(alphabet, c) ? c : '\0';
}

/* The end of a code that begins at `at`, sixteen characters in a row or four groups parted by the same sign; NULL if
 * none does. */
static const char *end_of_code(const char *at, char out[CODE_LENGTH + 1])
{
	char sign = '\0';
	for (size_t n = 0; n < CODE_LENGTH; n++) {
		if (n == 4 && is_separator(*at))
			sign = *at;
		if (n && n % 4 == 0 && sign && *at++ != sign)
			return NULL;
		out[n] = fold(*at++);
		if (!out[n])
			return NULL;
	}
	out[CODE_LENGTH] = '\0';
	return fold(*at) ? NULL : at;
}

/* Everything of the text that could be part of a code. */
static bool all_of(const char *text, char out[CODE_LENGTH + 1])
{
	size_t n = 0;
	for (; *text; text++) {
		char folded = fold(*text);
		if (folded && n == CODE_LENGTH)
			return false;
		if (folded)
			out[n++] = folded;
		else if (!is_separator(*text))
			return false;
	}
	out[n] = '\0';
	return n == CODE_LENGTH;
}

bool code_read(struct arena *arena, const char *typed, char out[CODE_LENGTH + 1])
{
	char found[CODE_LENGTH + 1];
	const char *text = text_narrow(arena, typed);
	memset(out, 0, CODE_LENGTH + 1);
	if (all_of(text, out))
		return true;
	/* In a sentence, a link or brackets: what passes the check, if only one does. A code of chance passes once in
	 * 32. */
	out[0] = '\0';
	for (const char *at = text, *end; *at; at = end) {
		bool begins = fold(*at) && (at == text || !fold(at[-1]));
		end = begins ? end_of_code(at, found) : NULL;
		if (end && !code_check(found))
			end = NULL;
		if (end && *out && strcmp(out, found) != 0) {
			*out = '\0';
			return false;
		}
		if (end)
			memcpy(out, found, sizeof(found));
		else
			end = at + 1;
	}
	return *out != '\0';
}

const char *digits_read(struct arena *arena, const char *text, size_t length)
{
	const char *narrow = text_narrow(arena, text), *found = NULL;
	char *out = arena_alloc(arena, strlen(narrow) + 1), *to = out;
	for (const char *at = narrow; *at; at++)
		if (*at != ' ' && *at != '-')
			*to++ = *at;
	if (strlen(out) == length && strspn(out, "0123456789") == length)
		return out;
	for (const char *at = narrow; *at;) {
		size_t run = strspn(at, "0123456789");
		if (run == length && found)
			return NULL;
		if (run == length)
			found = at;
		at += run ? run : 1;
	}
	return found ? arena_memdup(arena, found, length) : NULL;
}
