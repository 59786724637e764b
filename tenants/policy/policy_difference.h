/* policy_difference: what one version of a platform's own file says that another does not, as paths. */
#ifndef QILIAN_TENANTS_POLICY_POLICY_DIFFERENCE_H
#define QILIAN_TENANTS_POLICY_POLICY_DIFFERENCE_H

#include "core/attributes.h"
#include "core/config/yaml.h"

struct json_object;

/* A list of texts, in the arena: "notices.listing_returned.body.zh", each the smallest thing that differs; a list is
 * one thing. Comments and style do not count. Either may be NULL. */
struct json_object *policy_differences(
	struct arena *arena, const struct yaml_node *before, const struct yaml_node *after) RETURNS_NONNULL;

#endif
