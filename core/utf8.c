#include "core/utf8.h"

#include <string.h>

#include "core/buf.h"

static bool continues(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

size_t utf8_decode(const char *bytes, size_t len, uint32_t *code)
{
	const unsigned char *s = (const unsigned char *)bytes;
	if (len == 0)
		return 0;
	if (s[0] < 0x80) {
		*code = s[0];
		return 1;
	}
	size_t n = s[0] >= 0xc2 && s[0] <= 0xdf ? 2 : (s[0] & 0xf0) == 0xe0 ? 3 : s[0] >= 0xf0 && s[0] <= 0xf4 ? 4 : 0;
	if (n == 0 || len < n)
		return 0;
	uint32_t value = s[0] & (0xffu >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if (!continues(s[i]))
			return 0;
		value = value << 6 | (s[i] & 0x3f);
	}
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	if (value < least[n] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return 0;
	*code = value;
	return n;
}

size_t utf8_encode(uint32_t code, char out[4])
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	size_t n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
	for (size_t i = n - 1; i > 0; i--) {
		out[i] = (char)(0x80 | (code & 0x3f));
		code >>= 6;
	}
	out[0] = (char)(lead[n] | code);
	return n;
}

void utf8_add(struct buf *out, uint32_t code)
{
	char bytes[4];
	buf_add(out, bytes, utf8_encode(code, bytes));
}

bool utf8_valid(const char *bytes, size_t len)
{
	uint32_t code;
	for (size_t i = 0, n; i < len; i += n) {
		n = utf8_decode(bytes + i, len - i, &code);
		if (n == 0)
			return false;
	}
	return true;
}

bool utf8_clean(const char *bytes, size_t len)
{
	return utf8_valid(bytes, len) && !memchr(bytes, '\0', len);
}

size_t utf8_length(const char *text)
{
	size_t n = 0;
	for (; *text; text++)
		n += !continues((unsigned char)*text);
	return n;
}

size_t utf8_bytes(const char *text, size_t characters)
{
	const char *at = text;
	for (; *at; at++) {
		bool begins = ((unsigned char)*at & 0xc0) != 0x80;
		if (begins && characters-- == 0)
			break;
	}
	return (size_t)(at - text);
}
