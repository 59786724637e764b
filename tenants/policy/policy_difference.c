#include "tenants/policy/policy_difference.h"

#include <string.h>

#include "core/arena.h"
#include "core/text/json.h"

struct look {
	struct arena *arena;
	struct json_object *paths;
};

static void compare(
	const struct look *look, const char *path, const struct yaml_node *before, const struct yaml_node *after);

static bool is_same(const struct yaml_node *a, const struct yaml_node *b)
{
	if (!a || !b || a->kind != b->kind)
		return a == b;
	if (a->kind == YAML_KIND_SCALAR)
		return strcmp(a->text, b->text) == 0 && a->quoted == b->quoted;
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (a->kind == YAML_KIND_SEQUENCE ? !is_same(a->items[i], b->items[i])
		                                  : strcmp(a->pairs[i].key, b->pairs[i].key) != 0 ||
						!is_same(a->pairs[i].value, b->pairs[i].value))
			return false;
	return true;
}

static const char *below(const struct look *look, const char *path, const char *key)
{
	return *path ? arena_printf(look->arena, "%s.%s", path, key) : key;
}

/* Keys of both, those that the other lacks too. */
static void compare_members(
	const struct look *look, const char *path, const struct yaml_node *before, const struct yaml_node *after)
{
	for (size_t i = 0; before && i < before->count; i++)
		compare(look, below(look, path, before->pairs[i].key), before->pairs[i].value,
			after ? yaml_get(after, before->pairs[i].key) : NULL);
	for (size_t i = 0; after && i < after->count; i++)
		if (!before || !yaml_get(before, after->pairs[i].key))
			compare(look, below(look, path, after->pairs[i].key), NULL, after->pairs[i].value);
}

static bool is_members(const struct yaml_node *node)
{
	return node && yaml_is_mapping(node) && node->count;
}

static void compare(
	const struct look *look, const char *path, const struct yaml_node *before, const struct yaml_node *after)
{
	bool both = (!before || is_members(before)) && (!after || is_members(after));

	if (both && (before || after))
		compare_members(look, path, before, after);
	else if (!is_same(before, after))
		json_object_array_add(look->paths, json_object_new_string(path));
}

struct json_object *policy_differences(
	struct arena *arena, const struct yaml_node *before, const struct yaml_node *after)
{
	const struct look look = {arena, json_own(arena, json_object_new_array())};

	compare(&look, "", before, after);
	return look.paths;
}
