#include "tenants/policy/policy_layer.h"

#include <string.h>

#include "core/arena.h"
#include "core/text/json.h"

static struct yaml_node *copy_head(struct arena *arena, const struct yaml_node *node, size_t room)
{
	struct yaml_node *copy = ARENA_NEW(arena, struct yaml_node);
	*copy = *node;
	copy->count = 0;
	copy->pairs = ARENA_ARRAY(arena, struct yaml_pair, room);
	copy->items = NULL;
	return copy;
}

static struct yaml_pair *pair_of(const struct yaml_node *mapping, const char *key)
{
	for (size_t i = 0; i < mapping->count; i++)
		if (strcmp(mapping->pairs[i].key, key) == 0)
			return &mapping->pairs[i];
	return NULL;
}

/* Where each key of a mapping stands, once there are so many that looking for each from the front would tell. */
enum { INDEXED_FROM = 64 };

static struct json_object *index_of(struct arena *arena, const struct yaml_node *mapping)
{
	if (mapping->count < INDEXED_FROM)
		return NULL;
	struct json_object *index = json_own(arena, json_object_new_object());
	for (size_t i = 0; i < mapping->count; i++)
		if (!json_has(index, mapping->pairs[i].key))
			json_object_object_add(index, mapping->pairs[i].key, json_object_new_int64((int64_t)i));
	return index;
}

static struct yaml_pair *pair_by(const struct json_object *index, const struct yaml_node *mapping, const char *key)
{
	int64_t at;

	if (!index)
		return pair_of(mapping, key);
	return json_get_int(index, key, &at) ? &mapping->pairs[at] : NULL;
}

struct yaml_node *policy_layer(struct arena *arena, struct yaml_node *under, struct yaml_node *over)
{
	struct yaml_node *out;

	if (!over || !under)
		return over ? over : under;
	if (!yaml_is_mapping(under) || !yaml_is_mapping(over) || pair_of(over, "extends"))
		return over;
	out = copy_head(arena, over, under->count + over->count);
	for (size_t i = 0; i < under->count; i++)
		out->pairs[out->count++] = under->pairs[i];
	/* A mapping has no key twice, so what comes from `over` need not be looked for. */
	struct json_object *index = index_of(arena, under);
	struct yaml_node below = *out;
	for (size_t i = 0; i < over->count; i++) {
		struct yaml_pair *there = pair_by(index, &below, over->pairs[i].key);
		if (!there) {
			out->pairs[out->count++] = over->pairs[i];
			continue;
		}
		there->value = policy_layer(arena, there->value, over->pairs[i].value);
		there->line = over->pairs[i].line;
	}
	return out;
}

struct yaml_node *policy_layer_without(struct arena *arena, const struct yaml_node *mapping, const char *key)
{
	struct yaml_node *out = copy_head(arena, mapping, mapping->count);
	for (size_t i = 0; i < mapping->count; i++)
		if (strcmp(mapping->pairs[i].key, key) != 0)
			out->pairs[out->count++] = mapping->pairs[i];
	return out;
}

struct yaml_node *policy_layer_prune(struct arena *arena, const struct yaml_node *node)
{
	struct yaml_node *out;

	if (yaml_is_sequence(node)) {
		out = copy_head(arena, node, 0);
		out->items = ARENA_ARRAY(arena, struct yaml_node *, node->count);
		for (size_t i = 0; i < node->count; i++)
			out->items[out->count++] = policy_layer_prune(arena, node->items[i]);
		return out;
	}
	if (!yaml_is_mapping(node))
		return (struct yaml_node *)node;
	out = copy_head(arena, node, node->count);
	for (size_t i = 0; i < node->count; i++) {
		if (yaml_is_null(node->pairs[i].value))
			continue;
		out->pairs[out->count] = node->pairs[i];
		out->pairs[out->count++].value = policy_layer_prune(arena, node->pairs[i].value);
	}
	return out;
}
