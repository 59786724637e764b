#include "core/text/mobile.h"

#include <string.h>

#include "core/text/text.h"

enum { LENGTH = 11 };

const char *mobile_read(struct arena *arena, const char *text)
{
	const char *from = text_narrow(arena, text);
	char *out = arena_alloc(arena, strlen(from) + 1), *to = out;

	for (; *from; from++)
		if (!strchr(" -().", *from))
			*to++ = *from;
	if (strncmp(out, "+86", 3) == 0)
		out += 3;
	else if (strncmp(out, "0086", 4) == 0)
		out += 4;
	else if (strncmp(out, "86", 2) == 0 && strlen(out) == LENGTH + 2)
		out += 2;
	if (strlen(out) != LENGTH || strspn(out, "0123456789") != LENGTH || out[0] != '1' || out[1] < '3')
		return NULL;
	return out;
}

struct problem *mobile_parse(struct arena *arena, const char *pointer, const char *text, const char **mobile)
{
	*mobile = mobile_read(arena, text);
	if (*mobile)
		return NULL;
	return problem_add_field(arena, NULL, pointer, "mobile", "手机号码应为 13—19 开头的 11 位数字",
				 "A mobile number has 11 digits and begins with 13 to 19");
}

const char *mobile_mask(struct arena *arena, const char *mobile)
{
	size_t len = strlen(mobile);
	if (len < 8)
		return "****";
	return arena_printf(arena, "%.3s****%s", mobile, mobile + len - 4);
}
