#include "core/text/email.h"

#include <string.h>

#include "core/text/text.h"

enum { LABEL_MAX = 63 };

static bool is_alphanumeric(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* RFC 5321's dot-string. */
static bool is_local(const char *text, size_t len)
{
	if (len == 0 || len > EMAIL_LOCAL_MAX || text[0] == '.' || text[len - 1] == '.')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_alphanumeric(text[i]) && (!text[i] || !strchr("!#$%&'*+-/=?^_`{|}~.", text[i]) ||
			(text[i] == '.' && text[i - 1] == '.')))
			return false;
	return true;
}

static bool is_domain(const char *text)
{
	size_t label = 0;
	for (; *text; text++) {
		if (*text == '.' ? label == 0 || text[-1] == '-'
				 : !is_alphanumeric(*text) && (*text != '-' || label == 0))
			return false;
		label = *text == '.' ? 0 : label + 1;
		if (label > LABEL_MAX)
			return false;
	}
	return label > 0 && text[-1] != '-';
}

bool email_valid(const char *address)
{
	const char *at = address ? strrchr(address, '@') : NULL;
	return at && strlen(address) <= EMAIL_MAX && is_local(address, (size_t)(at - address)) && is_domain(at + 1);
}

/* What stands in <…>, or all of it. */
static char *inside_brackets(char *text)
{
	char *open = strrchr(text, '<'), *close = open ? strchr(open, '>') : NULL;
	if (!close || close[1 + strspn(close + 1, " ;,.")])
		return text;
	*close = '\0';
	return open + 1 + strspn(open + 1, " ");
}

const char *email_read(struct arena *arena, const char *text)
{
	static const char full_stop[] = "。";
	char *out = inside_brackets(text_narrow(arena, text));
	size_t len = strlen(out);
	if (len >= sizeof full_stop - 1 && strcmp(out + len - (sizeof full_stop - 1), full_stop) == 0)
		out[len -= sizeof full_stop - 1] = '\0';
	while (len && strchr(" ;,.", out[len - 1]))
		out[--len] = '\0';
	const char *at = strchr(out, '@');
	return at && strchr(at, '.') && email_valid(out) ? out : NULL;
}
