/* Whatever the bytes, there are rows or a reason why not, and every text of a row ends. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>

#include "tools/sheet_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void be_silent(void *arg, const char *format, ...)
{
}

static void look(uint32_t number, const struct sheet_text *cells, size_t count, void *arg)
{
	if (!number || !count || count > 50)
		abort();
	for (size_t i = 0; i < count; i++)
		*(size_t *)arg += strlen(cells[i].text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct sheet_limits limits = {100, 50};
	size_t length = 0;
	xmlSetGenericErrorFunc(NULL, be_silent);
	int code = sheet_parse(bytes, size, &limits, look, &length);
	if (code && (code < 10 || code > 15))
		abort();
	return 0;
}
