/* What the strict reader takes, the writer writes so that it is taken again, with the same canonical form. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/text/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct arena *arena = arena_create();
	struct buf *first = buf_in(arena), *second = buf_in(arena);
	struct json_object *value, *again;
	if (!json_parse(arena, (const char *)bytes, size, &value)) {
		json_canonical(first, value);
		if (json_parse(arena, first->data, first->len, &again))
			abort();
		json_canonical(second, again);
		if (strcmp(first->data, second->data) != 0)
			abort();
	}
	arena_destroy(arena);
	return 0;
}
