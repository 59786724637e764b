/* Whatever the bytes, there is a tree or a fault; a tree becomes JSON that the strict reader takes. */
#include <stdint.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/config/yaml.h"
#include "core/text/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct arena *arena = arena_create();
	struct yaml_faults faults;
	struct json_object *value;
	yaml_faults_init(&faults, arena);
	struct yaml_node *root = yaml_parse(arena, &faults, "fuzz.yaml", (const char *)bytes, size);
	if (!root != (faults.count > 0))
		abort();
	if (root) {
		struct buf *out = buf_in(arena);
		json_canonical(out, yaml_to_json(arena, root));
		if (json_parse(arena, out->data, out->len, &value))
			abort();
	}
	arena_destroy(arena);
	return 0;
}
