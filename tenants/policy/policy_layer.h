/* policy_layer: one authored YAML file laid over another, each value keeping the file and line it came from.
 *
 * Maps are merged key by key, in the order of their first appearance; anything else replaces. `~` removes what a layer
 * below said. A map that says `extends` starts afresh: the layers below it are forgotten, and the file it names takes
 * their place (policy_author.h resolves it).
 */
#ifndef QILIAN_TENANTS_POLICY_POLICY_LAYER_H
#define QILIAN_TENANTS_POLICY_POLICY_LAYER_H

#include "core/attributes.h"
#include "core/config/yaml.h"

/* Either may be NULL; neither is changed. Nulls stay, since further layers may follow. */
struct yaml_node *OR_NULL policy_layer(struct arena *arena, struct yaml_node *under, struct yaml_node *over);
/* The same mapping without the key. */
struct yaml_node *policy_layer_without(struct arena *arena, const struct yaml_node *mapping,
				       const char *key) RETURNS_NONNULL;
/* A copy without nulls, at any depth. */
struct yaml_node *policy_layer_prune(struct arena *arena, const struct yaml_node *node) RETURNS_NONNULL;

#endif
