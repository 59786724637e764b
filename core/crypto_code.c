/* Invite codes of crypto.h. */
#include "core/crypto.h"

#include <string.h>

#include "core/utf8.h"

/* 0–9 and A–Z without I L O U: what is easily misheard or misread is either not there or mapped by code_normalise(). */
static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* Multiplication by x in GF(32) with x^5 + x^2 + 1, whose x has order 31: sixteen powers of it are all different. */
static unsigned times_x(unsigned value)
{
	value <<= 1;
	return value & 32 ? value ^ 0x25 : value;
}

/* The sum over all places of value × x^(places from the right). It is 0 for a right code. One wrong character adds a non-zero
 * multiple of its weight; two exchanged ones add their difference times the difference of two different weights. */
static unsigned syndrome(const unsigned char *values, size_t count)
{
	unsigned sum = 0;
	for (size_t i = 0; i < count; i++)
		sum = times_x(sum) ^ values[i];
	return sum;
}

void code_make(char out[CODE_LENGTH + 1])
{
	unsigned char values[CODE_LENGTH];
	crypto_random(values, sizeof(values));
	for (int i = 0; i < CODE_LENGTH; i++)
		values[i] &= 31;
	/* The check character has weight 1, so it is the sum of the others. */
	values[CODE_LENGTH - 1] = 0;
	values[CODE_LENGTH - 1] = (unsigned char)syndrome(values, CODE_LENGTH);
	for (int i = 0; i < CODE_LENGTH; i++)
		out[i] = alphabet[values[i]];
	out[CODE_LENGTH] = '\0';
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

/* Spaces, and what input methods make of a hyphen. */
static bool is_separator(uint32_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == 0xa0 || c == 0x3000 || c == '-' || c == '_' || c == '.' ||
		(c >= 0x2010 && c <= 0x2015) || c == 0x2212 || c == 0x30fc || c == 0xfe63;
}

static char fold(uint32_t c)
{
	if (c >= 0xff01 && c <= 0xff5e)
		c -= 0xfee0;
	if (c >= 'a' && c <= 'z')
		c -= 'a' - 'A';
	if (c == 'O')
		return '0';
	if (c == 'I' || c == 'L')
		return '1';
	return c > 0 && c < 0x80 && strchr(alphabet, (int)c) ? (char)c : '\0';
}

bool code_normalise(const char *typed, char out[CODE_LENGTH + 1])
{
	size_t n = 0, step, left = strlen(typed);
	uint32_t c;
	memset(out, 0, CODE_LENGTH + 1);
	for (; left > 0; typed += step, left -= step) {
		step = utf8_decode(typed, left, &c);
		if (step == 0)
			return false;
		if (is_separator(c) || c == 0xff0d || c == 0xff3f)
			continue;
		char folded = fold(c);
		if (!folded || n == CODE_LENGTH)
			return false;
		out[n++] = folded;
	}
	return n == CODE_LENGTH;
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
