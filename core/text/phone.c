#include "core/text/phone.h"

#include <string.h>
#include <strings.h>

#include "core/text/mobile.h"
#include "core/text/text.h"

enum { DIGITS_MIN = 5, DIGITS_MAX = 20 };

/* The sign of an extension at text; its length, 0 for none. */
static size_t extension_at(const char *text)
{
	static const char *const signs[] = {"转", "轉", "分机", "extension", "ext.", "ext", "x", "#"};
	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
		if (strncasecmp(text, signs[i], strlen(signs[i])) == 0)
			return strlen(signs[i]);
	return 0;
}

const char *phone_read(struct arena *arena, const char *text)
{
	const char *mobile = mobile_read(arena, text), *from = text_narrow(arena, text);
	char *out = arena_alloc(arena, strlen(from) + 1), *to = out;
	size_t count = 0;
	if (mobile)
		return mobile;
	while (*from) {
		size_t sign = count >= DIGITS_MIN ? extension_at(from) : 0;
		if (sign) {
			while (to[-1] == ' ')
				to--;
			*to++ = '-';
			from += sign + strspn(from + sign, " -:.");
		} else if (strchr("0123456789+-() ", *from)) {
			count += *from >= '0' && *from <= '9';
			*to++ = *from++;
		} else {
			return NULL;
		}
	}
	*to = '\0';
	return count >= DIGITS_MIN && count <= DIGITS_MAX ? out : NULL;
}
